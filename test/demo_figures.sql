-- The demo's figures, computed a second way.  Run by test/demo_figures.
--
-- Everything here is plain SQL over the raw rows, by the definitions of the
-- documentation.  The attempts are found by a chain of "first row at or after"
-- from each entry row, which is right where no two stages share an event and
-- the journey has no rule but its window.

\set QUIET on
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET jit = off;
SET work_mem = '256MB';
SET check_function_bodies = off;
CREATE EXTENSION journey;
\i demo/load.sql

-- The case at hand: its stages, the events that reach them, its funnel as the
-- extension sees it.
CREATE TABLE plan (stage_no int, stage text, expected float8);
CREATE TABLE event (customer text, stage_no int, at timestamptz, value float8);
CREATE TABLE measured (f funnel);

-- One row for each stage that a customer's counted attempt reached.
CREATE TABLE visit (customer text, stage_no int, depth int, at timestamptz,
	first_s float8, next_s float8, value float8);

CREATE FUNCTION find_visits(within interval) RETURNS void
LANGUAGE sql AS $$
	TRUNCATE visit;
	WITH RECURSIVE attempt AS (
		SELECT DISTINCT customer, ARRAY[at] AS times
		FROM event
		WHERE stage_no = 1
		UNION ALL
		SELECT a.customer, a.times || next.at
		FROM attempt a
			CROSS JOIN LATERAL (
				SELECT min(e.at) AS at
				FROM event e
				WHERE e.customer = a.customer
					AND e.stage_no = cardinality(a.times) + 1
					AND e.at >= a.times[cardinality(a.times)]
					AND (within IS NULL OR e.at <= a.times[1] + within)
			) next
		WHERE next.at IS NOT NULL
	), counted AS (
		-- the deepest, then the first to end, then the newest to begin
		SELECT DISTINCT ON (customer) customer, times,
			cardinality(times) AS depth
		FROM attempt
		ORDER BY customer, cardinality(times) DESC, times[cardinality(times)],
			times[1] DESC
	), matched AS MATERIALIZED (
		SELECT c.*, stage_no, times[stage_no] AS at,
			(SELECT max(e.value) FROM event e
			 WHERE e.customer = c.customer AND e.stage_no = p.stage_no
				AND e.at = times[p.stage_no]) AS value
		FROM counted c JOIN plan p ON p.stage_no <= depth
	), carried AS (
		-- each value with the stages after it that have none of their own
		SELECT *, count(value) OVER (PARTITION BY customer ORDER BY stage_no)
			AS run
		FROM matched
	)
	INSERT INTO visit
	SELECT customer, stage_no, depth, at,
		extract(epoch FROM at - times[1]),
		extract(epoch FROM times[stage_no + 1] - at),
		max(value) OVER (PARTITION BY customer, run)
	FROM carried;
	ANALYZE visit;
$$;

-- The Wilson score interval of k out of n.
CREATE FUNCTION wilson(k float8, n float8, z float8, side int) RETURNS float8
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN n > 0 THEN
		(k + z * z / 2 + side * z * sqrt(k * (n - k) / n + z * z / 4))
			/ (n + z * z)
	END
$$;

-- Sums of the counted attempts, a row a stage.
CREATE MATERIALIZED VIEW tally AS
	SELECT *, CASE WHEN any_value AND 2 * valued >= dropped
		THEN coalesce(lost, 0) END AS known_lost
	FROM (
		SELECT p.stage_no, p.stage, p.expected,
			p.stage_no = (SELECT max(stage_no) FROM plan) AS is_last,
			count(customer) AS reached,
			count(customer) FILTER (WHERE depth > stage_no) AS continued,
			count(customer) FILTER (WHERE depth = stage_no) AS dropped,
			count(v.value) FILTER (WHERE depth = stage_no) AS valued,
			(SELECT bool_or(value IS NOT NULL) FROM visit) AS any_value,
			-- a sum over nobody is 0, one over unknown values is not
			CASE WHEN (SELECT bool_or(value IS NOT NULL) FROM visit) THEN
				CASE WHEN count(customer) = 0 THEN 0 ELSE sum(v.value) END
			END AS value,
			sum(v.value) FILTER (WHERE depth = stage_no) AS lost,
			sum(v.value ^ 2) FILTER (WHERE depth = stage_no) AS lost_sq,
			percentile_disc(0.5) WITHIN GROUP (ORDER BY next_s) AS median_s,
			percentile_disc(0.9) WITHIN GROUP (ORDER BY next_s) AS p90_s
		FROM plan p LEFT JOIN visit v USING (stage_no)
		GROUP BY p.stage_no, p.stage, p.expected
	) AS sums;

CREATE FUNCTION wanted_stages(z float8)
RETURNS TABLE (stage_no int, stage text, optional bool, entered bigint,
	reached bigint, settled bigint, continued bigint, dropped bigint,
	waiting bigint, excluded bigint, conversion float8, conversion_low float8,
	conversion_high float8, drop_off float8, overall float8, median_s float8,
	p90_s float8, valued bigint, value float8, value_lost float8,
	value_waiting float8, feeling float8, negative_share float8)
LANGUAGE sql AS $$
	SELECT stage_no, stage, false,
		CASE WHEN stage_no = 1 THEN reached ELSE 0 END,
		reached,
		CASE WHEN NOT is_last THEN reached END,
		CASE WHEN NOT is_last THEN continued END,
		CASE WHEN NOT is_last THEN dropped END,
		CASE WHEN NOT is_last THEN 0 END,
		0,
		CASE WHEN NOT is_last THEN continued / nullif(reached, 0)::float8 END,
		CASE WHEN NOT is_last THEN wilson(continued, reached, z, -1) END,
		CASE WHEN NOT is_last THEN wilson(continued, reached, z, 1) END,
		CASE WHEN NOT is_last THEN dropped / nullif(reached, 0)::float8 END,
		reached::float8 / first_value(reached) OVER (ORDER BY stage_no),
		median_s, p90_s,
		CASE WHEN NOT is_last THEN valued ELSE 0 END,
		value,
		CASE WHEN NOT is_last THEN known_lost END,
		CASE WHEN any_value THEN 0 END, NULL::float8, NULL::float8
	FROM tally
$$;

-- The probability that each of some independent quantities is the largest, from
-- their log densities: sums over one grid, so that the tails are cut at ten
-- standard deviations and the rest is exact to many digits.
CREATE FUNCTION normal_log_density(x float8, mean float8, sd float8)
RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT -ln(sd) - ((x - mean) / sd) ^ 2 / 2
$$;
CREATE FUNCTION beta_log_density(x float8, a float8, b float8)
RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN x > 0 AND x < 1 THEN (a - 1) * ln(x) + (b - 1) * ln(1 - x)
	END
$$;
CREATE FUNCTION p_worst(is_beta bool, a float8[], b float8[])
RETURNS float8[] LANGUAGE sql AS $$
	WITH loss AS (
		SELECT i AS leak, a[i] AS a, b[i] AS b,
			CASE WHEN is_beta THEN a[i] / (a[i] + b[i]) ELSE a[i] END AS mean,
			CASE WHEN is_beta THEN
				sqrt(a[i] * b[i] / (a[i] + b[i] + 1)) / (a[i] + b[i])
				ELSE b[i] END AS sd
		FROM generate_subscripts(a, 1) i
	), span AS (
		SELECT min(mean - 10 * sd) AS low,
			(max(mean + 10 * sd) - min(mean - 10 * sd)) / 20000 AS step
		FROM loss
	), density AS (
		SELECT leak, point,
			CASE WHEN is_beta
				THEN beta_log_density(low + point * step, a, b)
				ELSE normal_log_density(low + point * step, a,
					greatest(b, 4 * step)) END AS y
		FROM loss, span, generate_series(0, 20000) point
	), part AS (
		SELECT leak, point,
			exp(greatest(y - max(y) OVER (PARTITION BY leak), -300)) AS y
		FROM density WHERE y IS NOT NULL
	), share AS (
		SELECT leak, point, y / sum(y) OVER (PARTITION BY leak) AS y FROM part
	), below AS (
		SELECT leak, point, y,
			sum(y) OVER (PARTITION BY leak ORDER BY point) - y / 2 AS below
		FROM share
	), product AS (
		SELECT leak, y, exp(greatest(-300,
			sum(ln(below)) OVER (PARTITION BY point) - ln(below)))
			AS others_below
		FROM below
	)
	SELECT array_agg(p ORDER BY leak)
	FROM (SELECT leak, sum(y * others_below) AS p FROM product GROUP BY leak) x
$$;

CREATE FUNCTION wanted_leaks(by text, z float8)
RETURNS TABLE (rank int, stage_no int, stage text, next_stage text,
	measure text, reached bigint, settled bigint, lost bigint, drop_off float8,
	drop_off_low float8, drop_off_high float8, value_lost float8,
	completions_lost float8, share float8, expected_drop_off float8,
	excess float8, recoverable float8, recoverable_low float8, enough_data bool,
	p_worst float8)
LANGUAGE sql AS $$
	WITH leak AS (
		SELECT *, lead(stage) OVER w AS next_stage,
			-- how many of those who reach the next stage go on to the end
			last_value(reached) OVER w / lead(reached) OVER w::float8 AS later,
			known_lost AS value_lost
		FROM tally
		WINDOW w AS (ORDER BY stage_no
			ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
	), rated AS (
		SELECT *, dropped / reached::float8 AS drop_off,
			wilson(dropped, reached, z, -1) AS drop_off_low,
			wilson(dropped, reached, z, 1) AS drop_off_high,
			dropped * later AS completions_lost,
			by = 'value' OR by = 'recoverable'
				AND bool_and(value_lost IS NOT NULL) OVER () AS in_value
		FROM leak WHERE NOT is_last
	), priced AS (
		SELECT *, CASE WHEN in_value THEN value_lost ELSE dropped END * later
				AS prize
		FROM rated
	), hoped AS (
		SELECT *, prize * CASE WHEN expected >= 0 THEN
				greatest(0, 1 - expected / nullif(drop_off, 0)) END AS recoverable,
			prize * CASE WHEN expected >= 0 THEN
				greatest(0, 1 - expected / nullif(drop_off_low, 0)) END
				AS recoverable_low
		FROM priced
	), sized AS (
		SELECT *,
			CASE by WHEN 'value' THEN value_lost
				WHEN 'completions' THEN completions_lost
				WHEN 'customers' THEN dropped
				WHEN 'drop_off' THEN drop_off
				WHEN 'recoverable' THEN recoverable
			END AS size
		FROM hoped
	), chance AS (
		-- of a sum of n values: sum and n times their variance; a count is a
		-- sum of ones and zeros
		SELECT p_worst(by = 'drop_off',
			array_agg(CASE WHEN by = 'drop_off' THEN dropped + 0.5 ELSE size END
				ORDER BY stage_no),
			array_agg(CASE WHEN by = 'drop_off' THEN continued + 0.5
				WHEN dropped = 0 THEN 0
				WHEN in_value
					THEN size / lost * sqrt(lost_sq - lost ^ 2 / reached)
				ELSE size / dropped * sqrt(dropped - dropped ^ 2.0 / reached)
				END ORDER BY stage_no)) AS p_worst
		FROM sized
	)
	SELECT row_number() OVER (ORDER BY size DESC, stage_no)::int,
		stage_no, stage, next_stage, by, reached, reached, dropped, drop_off,
		drop_off_low, drop_off_high, value_lost, completions_lost,
		size / sum(size) OVER (), expected, drop_off - expected, recoverable,
		recoverable_low, reached >= 30, chance.p_worst[stage_no]
	FROM sized, chance
$$;

-- Equal, but for what floating point and, where allowed, sketches lose.
CREATE FUNCTION near(a text, b text, tolerance float8) RETURNS bool
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN a IS NOT DISTINCT FROM b OR coalesce(abs(a::float8 - b::float8)
		<= tolerance * greatest(abs(a::float8), abs(b::float8)) + 1e-9, false);
EXCEPTION WHEN invalid_text_representation THEN
	RETURN false;
END
$$;

CREATE FUNCTION verdict(is_ok bool, what text, got text, wanted text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN is_ok THEN 'ok - ' || what
		ELSE format(E'not ok - %s\n# got:    %s\n# wanted: %s',
			what, got, wanted) END
$$;

-- Two tables with a row for each stage_no: one line for each column, and one
-- for the names, types and order of the columns.
CREATE FUNCTION compare_tables(title text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY WITH columns AS (
		SELECT attrelid::regclass::text AS relation,
			string_agg(attname || ' ' || atttypid::regtype, ', '
				ORDER BY attnum) AS list
		FROM pg_attribute
		WHERE attrelid IN ('got'::regclass, 'wanted'::regclass) AND attnum > 0
		GROUP BY attrelid
	)
	SELECT verdict(g.list = w.list, title || 'columns', g.list, w.list)
	FROM columns g, columns w
	WHERE g.relation = 'got' AND w.relation = 'wanted';

	RETURN QUERY WITH g AS (
		SELECT stage_no, field.*
		FROM got, json_each_text(to_json(got)) field (name, content)
	), w AS (
		SELECT stage_no, field.*
		FROM wanted, json_each_text(to_json(wanted)) WITH ORDINALITY
			field (name, content, place)
	)
	SELECT verdict(bool_and(near(g.content, w.content, CASE
			WHEN name IN ('median_s', 'p90_s') THEN 0.01
			WHEN name = 'p_worst' THEN 1e-6 ELSE 1e-9 END)), title || name,
		string_agg(coalesce(g.content, 'null'), ' ' ORDER BY stage_no),
		string_agg(coalesce(w.content, 'null'), ' ' ORDER BY stage_no))
	FROM w FULL JOIN g USING (stage_no, name)
	GROUP BY name
	ORDER BY min(place);
END
$$;

-- Measures and recomputes one journey: its stages and its leaks by each of the
-- measures asked for, NULL being the default, which is to be the first named.
CREATE FUNCTION check_case(title text, source text, stages text[],
	within interval, bys text[], expected float8[] = '{}',
	level float8 = 0.95, z float8 = 1.959963984540054)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	chosen text;
BEGIN
	TRUNCATE event, plan, measured;
	INSERT INTO plan SELECT i, stages[i], expected[i]
		FROM generate_subscripts(stages, 1) i;
	DROP INDEX IF EXISTS event_index;
	EXECUTE format('INSERT INTO event
		SELECT customer, stage_no, at, value
		FROM (%s) AS raw (customer, at, event, value)
			JOIN plan ON stage = event', source);
	CREATE INDEX event_index ON event (customer, stage_no, at);
	ANALYZE event;
	EXECUTE format('INSERT INTO measured
		SELECT funnel(j, customer, at, event, value)
		FROM (%s) AS raw (customer, at, event, value),
			(SELECT journey(array_agg(stage(stage,
					expected_drop_off => p.expected) ORDER BY stage_no),
					within => $1) AS j
				FROM plan p) map', source) USING within;
	PERFORM find_visits(within);
	REFRESH MATERIALIZED VIEW tally;

	CREATE TEMP TABLE wanted AS SELECT * FROM wanted_stages(z);
	CREATE TEMP TABLE got AS SELECT s.* FROM measured, stages(f, level) s;
	RETURN QUERY SELECT * FROM compare_tables(title || ': stages, ');
	DROP TABLE wanted, got;

	FOREACH chosen IN ARRAY bys LOOP
		CREATE TEMP TABLE wanted AS SELECT * FROM wanted_leaks(chosen, z);
		CREATE TEMP TABLE got AS
			SELECT l.* FROM measured, leaks(f, chosen, level) l;
		RETURN QUERY SELECT * FROM
			compare_tables(title || ': leaks by ' || chosen || ', ');
		RETURN QUERY SELECT verdict(worst::text = leak::text,
				title || ': worst leak by ' || chosen, worst::text, leak::text)
			FROM measured, worst_leak(f, chosen) worst, leaks(f, chosen) leak
			WHERE leak.rank = 1;
		DROP TABLE wanted, got;
	END LOOP;
	RETURN QUERY SELECT verdict(measure = bys[1], title || ': default measure',
			measure, bys[1])
		FROM measured, worst_leak(f);
END
$$;

-- Oulad, as in the README.  The figures themselves, then all that is said of
-- them.
CREATE TEMP TABLE readme AS
	SELECT funnel('registered -> tma_1 -> tma_2 -> tma_3 -> passed',
		customer_id, at, event, value) AS f
	FROM oulad;

SELECT verdict(got = wanted, 'oulad: reached as published', got, wanted)
FROM (SELECT string_agg(reached::text, ' ' ORDER BY stage_no) AS got,
		'32548 23954 20945 18508 14452' AS wanted
	FROM readme, stages(f)) x;
SELECT verdict(got = wanted, 'oulad: value lost as published', got, wanted)
FROM (SELECT string_agg(value_lost::text, ' ' ORDER BY stage_no) AS got,
		'760155 252640 197570 321380' AS wanted
	FROM readme, stages(f)) x;
SELECT verdict(first = parts, 'oulad: value is lost, waiting or at the end',
		parts::text, first::text)
FROM (SELECT sum(value) FILTER (WHERE stage_no = 1) AS first,
		sum(value_lost) + sum(value_waiting)
			+ sum(value) FILTER (WHERE stage_no = 5) AS parts
	FROM readme, stages(f)) x;

SELECT check_case('oulad',
	'SELECT customer_id, at, event, value FROM oulad',
	'{registered,tma_1,tma_2,tma_3,passed}', NULL, '{value,customers}');

-- The readers of one number, beside the columns just checked.
CREATE TEMP TABLE first_s AS
	SELECT stage, percentile_disc('{0.1,0.5,0.9}'::float8[])
		WITHIN GROUP (ORDER BY first_s)
		AS quantile
	FROM visit JOIN plan USING (stage_no) GROUP BY stage;
SELECT verdict(near(got, wanted, tolerance), 'oulad: ' || what, got, wanted)
FROM readme, first_s AS last, LATERAL (VALUES
	('customers(f)', customers(f)::text, '32548', 0),
	('reached(f, tma_2)', reached(f, 'tma_2')::text, '20945', 0),
	('drop_off(f, tma_1)', drop_off(f, 'tma_1')::text,
		(3009 / 23954.0)::text, 1e-9),
	('conversion(f)', conversion(f)::text, (14452 / 32548.0)::text, 1e-9),
	('conversion(f, tma_1)', conversion(f, 'tma_1')::text,
		(20945 / 23954.0)::text, 1e-9),
	('conversion(f, tma_1, tma_3)', conversion(f, 'tma_1', 'tma_3')::text,
		(18508 / 23954.0)::text, 1e-9),
	('time_to_convert(f)',
		extract(epoch FROM time_to_convert(f))::text, quantile[2]::text, 0.01),
	('time_to_convert(f, 0.9)',
		extract(epoch FROM time_to_convert(f, 0.9))::text, quantile[3]::text,
		0.01)
) AS reader (what, got, wanted, tolerance)
WHERE last.stage = 'passed';
SELECT verdict(near(got, wanted, 0.01),
	format('oulad: time_to_convert(f, %s, 0.1)', stage), got, wanted)
FROM readme, first_s, LATERAL (SELECT
	extract(epoch FROM time_to_convert(f, stage, 0.1))::text AS got,
	quantile[1]::text AS wanted) reader
WHERE stage <> 'registered'
ORDER BY stage;

-- A window that cuts some journeys off; another level.
SELECT check_case('oulad in 300 days',
	'SELECT customer_id, at, event, value FROM oulad',
	'{registered,tma_1,tma_2,tma_3,passed}', '300 days', '{value,completions}',
	level => 0.8, z => 1.2815515655446004);

-- Small enough for the ranking to be in doubt; hypotheses.
SELECT check_case('module AAA',
	$$SELECT customer_id, at, event, value FROM oulad WHERE segment = 'AAA'$$,
	'{registered,tma_1,tma_2,tma_3,passed}', NULL,
	'{value,completions,customers,drop_off,recoverable}',
	expected => '{0.05,0.01,0.04,0.1}');

-- One value after the other, the first stage without any.
SELECT check_case('scores',
	'SELECT customer_id, at, event, score FROM oulad',
	'{registered,tma_1,tma_2,tma_3,passed}', NULL, '{completions,drop_off}');

-- Students that come again: several entries, and values that differ.
SELECT check_case('students in 300 days',
	$$SELECT split_part(customer_id, '-', 3), at, event, value FROM oulad$$,
	'{registered,tma_1,tma_2,tma_3,passed}', '300 days', '{value}');

SELECT check_case('hotel',
	'SELECT customer_id, at, event, value FROM hotel',
	'{booked,checked_in,checked_out}', NULL, '{value}');
SELECT check_case('hotel in 100 days',
	'SELECT customer_id, at, event, value FROM hotel',
	'{booked,checked_in,checked_out}', '100 days', '{value,drop_off}');
SELECT check_case('groups, without value',
	$$SELECT customer_id, at, event, NULL::float8 FROM hotel
	WHERE segment = 'Groups'$$,
	'{booked,checked_in,checked_out}', '400 days', '{completions}');
