-- The life table of the demo's students, computed a second way: plain SQL over
-- the raw rows, a row for each student and period, by the definitions of
-- docs/life_table.md.  Run by test/demo_life.

\set QUIET on
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET timezone = 'UTC';
SET jit = off;
CREATE EXTENSION journey;
\i demo/load.sql

-- Marks as feelings; observed until the end of the course.
CREATE TABLE event AS
	SELECT customer_id AS customer, segment, at, (score - 50) / 50 AS feeling,
		max(at) OVER (PARTITION BY left(customer_id, 9)) AS ends
	FROM oulad;
CREATE TABLE student AS
	SELECT customer, segment, ends, timeline(at, 'e', NULL, NULL, feeling) AS t
	FROM event
	GROUP BY customer, segment, ends;
ANALYZE event, student;

CREATE FUNCTION wilson(k float8, n float8, side int) RETURNS float8
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN n > 0 THEN (k + 1.959963984540054 ^ 2 / 2
			+ side * 1.959963984540054 * sqrt(k * (n - k) / n
				+ 1.959963984540054 ^ 2 / 4)) / (n + 1.959963984540054 ^ 2)
	END
$$;

CREATE FUNCTION wanted_periods(until timestamptz, width interval, quiet interval)
RETURNS TABLE (segment text, period int, start_s float8, end_s float8,
	customers bigint, active bigint, events bigint, felt bigint,
	feeling float8, negative_share float8, at_risk bigint, departed bigint,
	open bigint, hazard float8, hazard_low float8, hazard_high float8)
LANGUAGE sql AS $$
	WITH seen AS (
		SELECT *, least(ends, until) AS as_of FROM event
		WHERE at <= least(ends, until)
	), life AS (
		SELECT customer, segment, as_of, min(at) AS first_at, max(at) AS last_at
		FROM seen
		GROUP BY customer, segment, as_of
	), told AS (
		SELECT customer, 1 + floor(extract(epoch FROM at - first_at)
				/ extract(epoch FROM width))::int AS n,
			count(*) AS events, count(feeling) AS felt,
			sum(round(feeling::numeric, 6)) AS feeling,
			count(*) FILTER (WHERE feeling < 0) AS negative
		FROM seen JOIN life USING (customer)
		GROUP BY customer, n
	), fate AS (
		SELECT *, first_at + n * width + quiet <= as_of AS settled,
			last_at < first_at + n * width AS last_before_end,
			last_at < first_at + (n - 1) * width AS last_before_start,
			first_at + (floor(extract(epoch FROM last_at - first_at)
				/ extract(epoch FROM width)) + 1) * width + quiet <= as_of
				AS departs
		FROM life, generate_series(1, 2000) n
		WHERE first_at + (n - 1) * width <= as_of
	), sums AS (
		SELECT segment, n, count(*) AS customers,
			count(t.events) AS active,
			coalesce(sum(t.events), 0)::bigint AS events,
			coalesce(sum(t.felt), 0)::bigint AS felt,
			sum(t.feeling)::float8 AS feeling,
			sum(t.negative)::float8 AS negative,
			count(*) FILTER (WHERE settled AND NOT last_before_start)
				AS at_risk,
			count(*) FILTER (WHERE settled AND last_before_end
				AND NOT last_before_start) AS departed,
			count(*) FILTER (WHERE NOT settled
				AND NOT (departs AND last_before_start)) AS open
		FROM fate LEFT JOIN told t USING (customer, n)
		GROUP BY segment, n
	)
	SELECT segment, n, extract(epoch FROM width) * (n - 1),
		extract(epoch FROM width) * n, customers, active, events, felt,
		feeling / nullif(felt, 0), negative / nullif(felt, 0), at_risk,
		departed, open, departed / nullif(at_risk, 0)::float8,
		wilson(departed, at_risk, -1), wilson(departed, at_risk, 1)
	FROM sums s
	WHERE n <= (SELECT max(n) FROM sums o WHERE o.segment = s.segment
		AND (active > 0 OR open > 0))
$$;

CREATE FUNCTION near(a text, b text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$
	SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a::float8 - b::float8)
		<= 1e-9 * greatest(abs(a::float8), abs(b::float8)) + 1e-12, false)
$$;

-- One line for each column.
CREATE FUNCTION check_case(title text, until timestamptz, width interval,
	quiet interval) RETURNS SETOF text LANGUAGE sql AS $$
	WITH wanted AS MATERIALIZED (
		SELECT * FROM wanted_periods(until, width, quiet)
	), got AS MATERIALIZED (
		SELECT segment, p.* FROM (
			SELECT segment, life_table(t, least(ends, until), width, quiet) AS l
			FROM student
			GROUP BY segment) s, unnest(l) p
	), g AS (
		SELECT segment, period, field.*
		FROM got, json_each_text(to_json(got)) field (name, content)
		WHERE name NOT IN ('segment', 'survival')
	), w AS (
		SELECT segment, period, field.*
		FROM wanted, json_each_text(to_json(wanted)) WITH ORDINALITY
			field (name, content, place)
		WHERE name <> 'segment'
	), compared AS (
		SELECT name, min(place) AS place, count(*) AS n,
			count(*) FILTER (WHERE (near(g.content, w.content)) IS NOT TRUE)
				AS differ
		FROM w FULL JOIN g USING (segment, period, name)
		GROUP BY name
	)
	SELECT CASE WHEN differ = 0 THEN format('ok - %s: %s, %s values', title,
			name, n)
		ELSE format('not ok - %s: %s, %s of %s values differ', title, name,
			differ, n) END
	FROM compared
	ORDER BY place
$$;

SELECT check_case('to the end of the course', 'infinity', '7 days', '0');
SELECT check_case('in mid-course', '2014-04-01Z', '7 days', '60 days');
SELECT check_case('periods of 70 hours', '2013-06-01 07:30Z', '70 hours',
	'45 days');

-- Survival, from the columns just checked.
SELECT CASE WHEN bool_and(near(survival::text, wanted::text)) THEN 'ok'
	ELSE 'not ok' END || ' - survival is the product of 1 - hazard, '
	|| count(*) || ' values'
FROM (SELECT survival, CASE WHEN sum(1) FILTER (WHERE hazard IS NULL) OVER life
			IS NULL THEN exp(sum(ln(1 - hazard)) OVER life) END AS wanted
	FROM (SELECT life_table(t, ends, '7 days', '0') AS l FROM student) s,
		unnest(l) WHERE hazard < 1 OR hazard IS NULL
	WINDOW life AS (ORDER BY period)) x;
