-- the journey map, beside what was measured

CREATE FUNCTION journey_map(
	journey journey,
	funnel funnel DEFAULT NULL,
	OUT stage_no integer,
	OUT stage text,
	OUT optional boolean,
	OUT goal text,
	OUT touchpoints text,
	OUT thoughts text,
	OUT pains text,
	OUT opportunities text,
	OUT evidence text,
	OUT basis text,
	OUT expected_feeling double precision,
	OUT feeling double precision,
	OUT negative_share double precision,
	OUT felt bigint,
	OUT expected_drop_off double precision,
	OUT drop_off double precision,
	OUT drop_off_low double precision,
	OUT drop_off_high double precision,
	OUT reached bigint,
	OUT settled bigint,
	OUT dropped bigint,
	OUT waiting bigint,
	OUT excluded bigint,
	OUT value double precision,
	OUT value_lost double precision,
	OUT leak_rank integer,
	OUT measure text,
	OUT expected_reached double precision,
	OUT expected_lost double precision,
	OUT expected_leak_rank integer
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_journey_map'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 5;

COMMENT ON FUNCTION journey_map(journey, funnel) IS
'the journey map as a table, one row a stage: what is known and assumed of it, beside what was measured by a funnel of the same journey, where one is given. goal, touchpoints, thoughts, pains, opportunities, evidence: the notes of the journey given, not those in the funnel; of a list, the texts with "; " in between. expected_feeling (-1..1) and expected_drop_off (0..1) are its hypotheses. feeling, negative_share, reached, settled, dropped, waiting, excluded, value, value_lost: as in stages(); felt: how many events feeling and negative_share rest on; drop_off with its Wilson bounds, leak_rank and measure: as in leaks() at its defaults; all are NULL without a funnel. basis: what a stage rests on: measured (at least 30 settled customers; on the last stage and on optional ones at least 30 who reached it), else hypothesis (an expected_drop_off is given), else none. expected_reached, expected_lost: of 1,000 who enter, carried from stage to stage with the measured drop-off where basis is measured, else with the expected one; NULL after a required stage that has neither, on optional stages, and for open journeys. expected_leak_rank: by the same drop-offs, in the order of the completions lost (lost x conversions of the later stages), ties in stage order; NULL where there is none, and for open journeys. In any order, notes belong to no row of a funnel ("1 done", "2 done", ...), so they are NULL beside one, and without one nothing is carried. A NULL journey gives no rows; error 22023 if the funnel is of a journey with other stages, events or rules';
