-- when in the life of a customer things happen

CREATE TYPE life_period AS (
	period integer,
	start_s double precision,
	end_s double precision,
	customers bigint,
	active bigint,
	events bigint,
	felt bigint,
	feeling double precision,
	negative_share double precision,
	at_risk bigint,
	departed bigint,
	open bigint,
	hazard double precision,
	hazard_low double precision,
	hazard_high double precision,
	survival double precision
);

COMMENT ON TYPE life_period IS
'one period in the life of customers, a row of life_table() after unnest';
COMMENT ON COLUMN life_period.period IS 'number of the period, from 1';
COMMENT ON COLUMN life_period.start_s IS 'seconds from a customer''s first event to the start of the period, which belongs to it';
COMMENT ON COLUMN life_period.end_s IS 'seconds from a customer''s first event to the end of the period, which belongs to the next';
COMMENT ON COLUMN life_period.customers IS 'customers whose observation reaches this period: as_of is not before its start; those who have departed are among them';
COMMENT ON COLUMN life_period.active IS 'customers with an event in this period';
COMMENT ON COLUMN life_period.events IS 'events in this period';
COMMENT ON COLUMN life_period.felt IS 'events with a feeling in this period';
COMMENT ON COLUMN life_period.feeling IS 'mean feeling of those events, -1..1; NULL where there is none';
COMMENT ON COLUMN life_period.negative_share IS 'share of those events whose feeling is below zero, 0..1; NULL where there is none';
COMMENT ON COLUMN life_period.at_risk IS 'customers whose last event is in this period or later, and for whom this period ended at least `quiet` before as_of, so that it is known if they departed in it';
COMMENT ON COLUMN life_period.departed IS 'those at risk whose last event is in this period';
COMMENT ON COLUMN life_period.open IS 'customers who have not departed in a period before, and of whom it is not yet known if they do in this one; customers - at_risk - open have departed before';
COMMENT ON COLUMN life_period.hazard IS 'departed / at_risk, 0..1; NULL where nobody is at risk';
COMMENT ON COLUMN life_period.hazard_low IS 'lower bound of hazard: Wilson''s score interval at 95 percent';
COMMENT ON COLUMN life_period.hazard_high IS 'upper bound of hazard: Wilson''s score interval at 95 percent';
COMMENT ON COLUMN life_period.survival IS 'share of customers that is still there after this period, 0..1: product of 1 - hazard up to here (the life-table estimate); NULL once a hazard is not known';

CREATE FUNCTION life_table_add(bytea, timeline, timestamptz, interval, interval)
RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_life_table_add'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION life_table_combine(bytea, bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_life_table_combine'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;

CREATE FUNCTION life_table_final(bytea) RETURNS life_period[]
AS 'MODULE_PATHNAME', 'journey_life_table_final'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

COMMENT ON FUNCTION life_table_add(bytea, timeline, timestamptz, interval, interval) IS
'transition function of life_table(): adds a customer; not for other use';
COMMENT ON FUNCTION life_table_combine(bytea, bytea) IS
'combine function of life_table(): adds up two states; not for other use';
COMMENT ON FUNCTION life_table_final(bytea) IS
'final function of life_table(): the periods of a state; not for other use';

CREATE AGGREGATE life_table(timeline, as_of timestamptz, width interval, quiet interval) (
	SFUNC = life_table_add,
	STYPE = bytea,
	SSPACE = 8192,
	FINALFUNC = life_table_final,
	COMBINEFUNC = life_table_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE life_table(timeline, timestamptz, interval, interval) IS
'what happens when in the life of customers, over one timeline a customer: an array with one element a period, to be read as rows by unnest(). Periods are elapsed time of this width since a customer''s own first event. as_of: until when that customer is observed; later events are ignored, and so are customers whose first event is later; it may differ from customer to customer. quiet: how long a silence must be to be called a departure, which is dated to the last event; NULL timelines are ignored; without any the result is NULL. See type life_period for the columns. Periods after the last one in which somebody was active, or may have been, are left out. Errors: 22023 if as_of, width or quiet is NULL, as_of is infinite, width is zero, one of the two has months or is negative, or they are not the same in all rows of a group; 22003 if one is infinite; 54000 past 100000 periods';
