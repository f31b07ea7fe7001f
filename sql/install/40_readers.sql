-- reading a funnel

CREATE FUNCTION stages(
	funnel,
	level double precision DEFAULT 0.95,
	OUT stage_no integer,
	OUT stage text,
	OUT optional boolean,
	OUT entered bigint,
	OUT reached bigint,
	OUT settled bigint,
	OUT continued bigint,
	OUT dropped bigint,
	OUT waiting bigint,
	OUT excluded bigint,
	OUT conversion double precision,
	OUT conversion_low double precision,
	OUT conversion_high double precision,
	OUT drop_off double precision,
	OUT overall double precision,
	OUT median_s double precision,
	OUT p90_s double precision,
	OUT valued bigint,
	OUT value double precision,
	OUT value_lost double precision,
	OUT value_waiting double precision,
	OUT feeling double precision,
	OUT negative_share double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_stages'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 5;

CREATE FUNCTION leaks(
	funnel,
	by text DEFAULT NULL,
	level double precision DEFAULT 0.95,
	OUT rank integer,
	OUT stage_no integer,
	OUT stage text,
	OUT next_stage text,
	OUT measure text,
	OUT reached bigint,
	OUT settled bigint,
	OUT lost bigint,
	OUT drop_off double precision,
	OUT drop_off_low double precision,
	OUT drop_off_high double precision,
	OUT value_lost double precision,
	OUT completions_lost double precision,
	OUT share double precision,
	OUT expected_drop_off double precision,
	OUT excess double precision,
	OUT recoverable double precision,
	OUT recoverable_low double precision,
	OUT enough_data boolean,
	OUT p_worst double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_leaks'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 4;

CREATE FUNCTION worst_leak(
	funnel,
	by text DEFAULT NULL,
	OUT rank integer,
	OUT stage_no integer,
	OUT stage text,
	OUT next_stage text,
	OUT measure text,
	OUT reached bigint,
	OUT settled bigint,
	OUT lost bigint,
	OUT drop_off double precision,
	OUT drop_off_low double precision,
	OUT drop_off_high double precision,
	OUT value_lost double precision,
	OUT completions_lost double precision,
	OUT share double precision,
	OUT expected_drop_off double precision,
	OUT excess double precision,
	OUT recoverable double precision,
	OUT recoverable_low double precision,
	OUT enough_data boolean,
	OUT p_worst double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_worst_leak'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1;

COMMENT ON FUNCTION stages(funnel, double precision) IS
'the stage table of a funnel, one row a stage. entered: customers whose counted attempt starts here; reached = continued (to the next required stage) + dropped (went no further, and will not) + waiting (may still go further); settled: of reached, those whose outcome can no longer change; excluded: not in reached, last seen here before an excluded event. drop_off = dropped / settled, conversion = 1 - drop_off, both 0..1, with Wilson''s score interval (E. B. Wilson 1927) for n = settled at this level of confidence (0.95: it holds the true share 95 times in 100); overall: product of the conversions of the required stages before this one, NULL for open journeys and where one of them is not known. median_s, p90_s: seconds to the next required stage, to within 1 percent. valued: those of dropped who carried a value; value, value_lost, value_waiting: sums of the values carried by those who reached, dropped, wait; value_lost is NULL where fewer than half of dropped carry one. feeling: mean, -1..1; negative_share: share of negative ones. On the last stage and on optional ones what is about going on is NULL; values are NULL if nobody there has one, rates NULL if nobody is settled. A NULL argument gives no rows; error 22023 if level is not between 0 and 1';
COMMENT ON FUNCTION leaks(funnel, text, double precision) IS
'what a funnel loses between each required stage and the next, the worst first. Ranked by value (value_lost), completions (completions_lost = lost x the conversions of the later stages: completions missed), customers (lost), drop_off or recoverable; NULL takes value if it is known for every leak, else completions; measure says which. share: of the measure''s sum over all leaks, NULL where gains stand against losses. drop_off = lost / settled with Wilson''s interval at this level. expected_drop_off: the hypothesis of the journey map; excess = drop_off - expected_drop_off; recoverable = max(0, 1 - expected_drop_off / drop_off) x (by value: value_lost x conversions of the later stages, else completions_lost), NULL without a hypothesis; recoverable_low: with the lower bound of drop_off. enough_data: settled is at least 30. share and p_worst are NULL where some loss is not known. p_worst: the probability that this leak is the worst by the measure, losses taken as independent normals with the measured mean and variance (drop_off: Beta(lost + 1/2, settled - lost + 1/2)). Where nobody left there is no leak: such rows come last. Equal losses rank in stage order. A NULL funnel or level gives no rows; error 22023 if by is none of these or level is not between 0 and 1';
COMMENT ON FUNCTION worst_leak(funnel, text) IS
'the first row of leaks(funnel, by): the leak that loses most; no row for NULL or for a journey of one stage';

CREATE FUNCTION conversion(funnel) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_conversion'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION conversion(funnel, stage text) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_conversion_stage'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION conversion(funnel, stage text, to_stage text)
RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_conversion_between'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION drop_off(funnel, stage text) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_drop_off'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION reached(funnel, stage text) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_reached'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION customers(funnel) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_customers'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION time_to_convert(
	funnel,
	quantile double precision DEFAULT 0.5
) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_time_to_convert'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION time_to_convert(
	funnel,
	stage text,
	quantile double precision DEFAULT 0.5
) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_time_to_convert_stage'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION journey(funnel) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_of_funnel'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION bars(funnel) RETURNS text
AS 'MODULE_PATHNAME', 'journey_bars'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

COMMENT ON FUNCTION conversion(funnel) IS
'the share of those at the first stage who reach the last one, 0..1: the product of the conversions of all required stages, 0 as soon as one of them is 0; NULL if one is not known, or for NULL';
COMMENT ON FUNCTION conversion(funnel, text) IS
'the share of those settled at this stage who reach the next required one, 0..1; NULL for the last stage, for optional ones, where nobody is settled, and for NULL; error 22023 if there is no such stage';
COMMENT ON FUNCTION conversion(funnel, text, text) IS
'the share of those at one required stage who reach a later one, 0..1: the product of the conversions from the first up to the second, 1 for the same stage; NULL if one of them is not known, or for NULL; error 22023 if there is no such stage, if it is optional, or if the second comes first';
COMMENT ON FUNCTION drop_off(funnel, text) IS
'the share of those settled at this stage who did not reach the next required one, 0..1; NULL for the last stage, for optional ones, where nobody is settled, and for NULL; error 22023 if there is no such stage';
COMMENT ON FUNCTION reached(funnel, text) IS
'how many reached this stage, which may be optional; NULL for NULL; error 22023 if there is no such stage';
COMMENT ON FUNCTION customers(funnel) IS
'how many customers are counted (attempts, where the journey counts attempts), those excluded not among them; NULL for NULL';
COMMENT ON FUNCTION time_to_convert(funnel, double precision) IS
'the time from the first stage to the last that this share (0..1, 0.5 is the median) of those who made it took at most, to within 1 percent; NULL if nobody made it, or for NULL; error 22023 if quantile is not from 0 to 1';
COMMENT ON FUNCTION time_to_convert(funnel, text, double precision) IS
'the time from the first stage to this one that this share (0..1, 0.5 is the median) of those who reached it took at most, to within 1 percent; zero for the first stage; NULL if nobody reached it, for optional stages, and for NULL; error 22023 if there is no such stage or quantile is not from 0 to 1';
COMMENT ON FUNCTION journey(funnel) IS
'the journey that the funnel was measured against, notes and scope included; NULL for NULL';
COMMENT ON FUNCTION bars(funnel) IS
'the funnel as text for a terminal 80 columns wide: for each stage a bar, how many reached it and which share of all, below it those who leave, what is lost with them, who waits or is excluded; the worst leak is marked and named in the last line; plain ASCII where the server encoding is not UTF8; NULL for NULL';

CREATE FUNCTION touchpoints(
	funnel,
	OUT stage_no integer,
	OUT stage text,
	OUT channel text,
	OUT others boolean,
	OUT events bigint,
	OUT customers bigint,
	OUT felt bigint,
	OUT feeling double precision,
	OUT negative_share double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_touchpoints'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20;

COMMENT ON FUNCTION touchpoints(funnel) IS
'one row for each stage and channel of the events that funnel() was given with a channel or a feeling, ordered by both. An event, also of no stage, belongs to the stage that its customer''s counted attempt is in at that moment: the one reached last, from that very instant on; in the last one reached until the next attempt begins. Events before the first stage, and those of customers who are not counted or excluded, belong nowhere. events: how many. customers: who had any of them (attempts, where these are counted). felt: events with a feeling. feeling: their mean, -1..1. negative_share: share of those below 0, 0..1; both NULL where nothing was felt. channel: NULL for events with a feeling but no channel, and in the row where others is true, which counts all channels behind the first 64 in the order of their bytes together; there, customers is NULL. No rows for NULL, or without channels and feelings';
