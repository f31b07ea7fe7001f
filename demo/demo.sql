-- Shows the journey of the demo's first data set.  Run by demo/run; by hand:
--     psql -f demo/load.sql -f demo/demo.sql
-- in the top directory of the source tree, in a database to play with.

\set QUIET on
\pset pager off
\pset footer off
\pset null ''
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS journey;

SELECT to_char(count(*), 'FM999,999') AS events,
	to_char(count(DISTINCT customer_id), 'FM999,999') AS customers
FROM oulad \gset

\echo
\echo Where does a distance university lose its students?
\echo :events events of :customers enrolments; value is in credits studied.
\echo
\echo '1. The journey'
\echo

\set journey 'registered -> tma_1 -> tma_2 -> tma_3 -> passed'
\echo '  ' :journey

-- One pass over the events; everything below reads these few small rows.
CREATE TABLE funnels AS
	SELECT segment, funnel(:'journey', customer_id, at, event, value) AS f
	FROM oulad
	GROUP BY segment;
CREATE VIEW total AS
	SELECT rollup(f) AS f FROM funnels;

\echo
\echo '2. Its stages'
\echo

SELECT stage, reached, dropped,
	round(100 * conversion::numeric, 1) AS "conv. %",
	round(100 * conversion_low::numeric, 1) || ' - '
		|| round(100 * conversion_high::numeric, 1) AS "95 % sure",
	round(100 * overall::numeric, 1) AS "overall %",
	round(median_s::numeric / 86400) AS "days"
FROM total, stages(f);

\echo 'What the enrolments that reach a stage, or leave after it, are worth:'
\echo

SELECT stage, value, value_lost, valued AS "left with a value"
FROM total, stages(f);

\echo '3. Its leaks, by what they lose (passes: how many of them would have passed)'
\echo

SELECT rank, stage || ' -> ' || next_stage AS leak, lost, value_lost,
	round(100 * share::numeric, 1) AS "share %",
	round(completions_lost) AS "passes",
	to_char(p_worst, '0.000') AS p_worst
FROM total, leaks(f);

\echo '4. The same as bars'
\echo

\pset tuples_only on
\pset format unaligned
SELECT bars(f) FROM total;
\pset format aligned
\pset tuples_only off

\echo
\echo '5. The worst leak of each module'
\echo

SELECT segment AS module, reached, stage || ' -> ' || next_stage AS "worst leak",
	lost, round(100 * drop_off::numeric, 1) AS "left %",
	value_lost, to_char(p_worst, '0.000') AS p_worst
FROM funnels, worst_leak(f)
ORDER BY value_lost DESC;

SELECT segment AS module, reached(f, 'registered') AS registered,
	reached(f, 'tma_1') AS tma_1, reached(f, 'tma_2') AS tma_2,
	reached(f, 'tma_3') AS tma_3, reached(f, 'passed') AS passed,
	round(100 * conversion(f)::numeric, 1) AS "overall %"
FROM funnels
ORDER BY segment;

\echo '6. In one sentence'
\echo

\pset tuples_only on
\pset format unaligned
SELECT format(
	E'The worst leak is %s -> %s: %s of %s enrolments leave there\n'
	'(%s %%; 95 %% confidence: %s to %s %%) and %s credits are lost,\n'
	'%s %% of all; the probability that no other leak loses more is %s.',
	stage, next_stage, to_char(lost, 'FM999,999'),
	to_char(settled, 'FM999,999'), round(100 * drop_off::numeric, 1),
	round(100 * drop_off_low::numeric, 1),
	round(100 * drop_off_high::numeric, 1),
	to_char(value_lost, 'FM999,999,999'), round(100 * share::numeric),
	CASE WHEN p_worst < 0.9995 THEN round(p_worst::numeric, 3)::text
		ELSE 'above 0.999' END)
FROM total, worst_leak(f);
\echo
