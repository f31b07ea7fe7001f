-- comparing funnels, segments, and what would be if

CREATE FUNCTION compare(
	before funnel,
	after funnel,
	level double precision DEFAULT 0.95,
	OUT stage_no integer,
	OUT stage text,
	OUT next_stage text,
	OUT reached_before bigint,
	OUT reached_after bigint,
	OUT settled_before bigint,
	OUT settled_after bigint,
	OUT conversion_before double precision,
	OUT conversion_after double precision,
	OUT difference double precision,
	OUT difference_low double precision,
	OUT difference_high double precision,
	OUT z double precision,
	OUT p_value double precision,
	OUT p_holm double precision,
	OUT p_better double precision,
	OUT enough_data boolean,
	OUT value_lost_each_before double precision,
	OUT value_lost_each_after double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_compare'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000 ROWS 5;

COMMENT ON FUNCTION compare(funnel, funnel, double precision) IS
'two funnels of one journey, such as two periods or two segments: one row for each required stage with another one after it, then one for the whole journey, whose stage_no, stage and next_stage are NULL (no rows for a journey of one stage). The customers of the two are taken as independent. conversion_before, conversion_after: shares 0..1 of those settled at the stage who went on; difference: after - before, with Newcombe''s interval (R. G. Newcombe 1998, method 10, from Wilson''s intervals) at this level of confidence; z: the pooled two-proportion z; p_value: two-sided, of z; p_holm: p_value adjusted for the number of stages (S. Holm 1979), NULL for the whole journey, which is not one of that family; p_better: the probability that the true conversion of after is above that of before, from posteriors Beta(continued + 1/2, dropped + 1/2) (H. Jeffreys). Whole journey: reached and settled are those of the first stage; conversion is the product of the stages'' conversions; it is judged as the share of all who were settled at the first stage where the same customers are settled at each, else as a share of the effective sample size that M. Greenwood''s variance of a product of conditional shares (1926) amounts to. enough_data: settled (for the whole journey the effective size) is at least 30 on both sides. value_lost_each_*: value lost at the stage per customer who enters the journey, = product of the conversions before it x value_lost / settled; for the whole journey their sum; NULL without values and for open journeys. What is about conversion is NULL where it is not known on both sides. NULL arguments give no rows; error 22023 if the journeys differ in stages, events or rules, or level is not between 0 and 1';

CREATE FUNCTION segment_leaks(
	segments text[],
	funnels funnel[],
	by text DEFAULT NULL,
	level double precision DEFAULT 0.95,
	OUT segment text,
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
AS 'MODULE_PATHNAME', 'journey_segment_leaks'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 20;

COMMENT ON FUNCTION segment_leaks(text[], funnel[], text, double precision) IS
'the leaks of several segments in one ranking: a row for each segment and leak, the worst of all first, with the columns of leaks(funnel, by, level). rank, share and p_worst are over all rows together; the default measure is value if it is known for every one of them. The n-th funnel is that of the n-th segment: SELECT l.* FROM (SELECT array_agg(segment) AS s, array_agg(f) AS f FROM funnels) x, segment_leaks(x.s, x.f) AS l. The order of the arrays does not matter: equal losses rank by stage, then by the bytes of the segment''s name, a NULL one last. A NULL funnel is a segment without data, and left out; other NULL arguments (but by) give no rows. Error 22023 if the arrays differ in length or are not one-dimensional, a segment is given twice, the journeys differ in stages, events or rules, or by or level is not valid';

CREATE FUNCTION what_if(
	funnel,
	changes jsonb,
	OUT stage_no integer,
	OUT stage text,
	OUT drop_off_before double precision,
	OUT drop_off_after double precision,
	OUT reached_before double precision,
	OUT reached_after double precision,
	OUT gained double precision,
	OUT value_lost_before double precision,
	OUT value_lost_after double precision,
	OUT value_before double precision,
	OUT value_after double precision,
	OUT value_gained double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_what_if'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 5;

COMMENT ON FUNCTION what_if(funnel, jsonb) IS
'the funnel as it is expected to be with changes: one row for each required stage; on that of the last one, reached are the completions and value is theirs. changes: {"STAGE": {"drop_off": 0.3}, ..., "entrants": 1.2, "value": 1.1}. A number is the new drop-off of a stage, 0..1, and a factor for entrants and for the value of each customer; {"to": number} and {"factor": number} say which ({"entrants": {"to": 12000}} is that many customers). Stages called entrants, value or stages go into {"stages": {...}}. *_before is what was measured, except that those who wait are taken to go on as those settled did; *_after is with the changes; gained and value_gained are after - before. A lower drop-off keeps leavers, who carry what leavers carry and then leave as often as others; with a higher one those who leave in addition carry what those who stayed do. Optional stages are left out; what depends on a drop-off that is not known, or on values that are not, is NULL. No change changes nothing, exactly. NULL arguments give no rows; error 22023 for unknown stages and keys, stages without a drop-off, a stage given twice, numbers out of range and values of another type';

CREATE FUNCTION ways_to_gain(
	funnel,
	gain double precision,
	by text DEFAULT 'completions',
	OUT rank integer,
	OUT stage_no integer,
	OUT stage text,
	OUT next_stage text,
	OUT drop_off double precision,
	OUT drop_off_needed double precision,
	OUT improvement double precision,
	OUT customers double precision,
	OUT max_gain double precision,
	OUT reachable boolean,
	OUT enough_data boolean
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_ways_to_gain'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 5;

COMMENT ON FUNCTION ways_to_gain(funnel, double precision, text) IS
'what would bring so many more completions, or so much more value of completions (by: completions or value): one row for each leak, the one that needs the smallest improvement first, and a last one, whose rank and stage are NULL, for more entrants at unchanged rates. drop_off_needed: the drop-off of this stage alone that brings the gain, all else unchanged, by the rules of what_if(); improvement = drop_off - drop_off_needed; customers: how many more must go on from here, or enter; max_gain: what a drop-off of 0 would bring; reachable: max_gain is at least gain, else the columns about what is needed are NULL and the stage ranks after those where it is. NULL where not known; enough_data: settled is at least 30. NULL arguments give no rows; error 22023 if gain is not a positive number or by is neither';
