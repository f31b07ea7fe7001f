-- A report on the demo's second data set: kept over time, read through views.
-- Run by demo/run; by hand, after demo/load.sql:
--     psql -f demo/report.sql

\set QUIET on
\pset pager off
\pset format aligned
\pset tuples_only off
\pset footer off
\pset null ''
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS journey;

\echo
\echo A report: hotel bookings, by the quarter in which they were made
\echo

SELECT journey_create_report('bookings',
	'booked -> checked_in -> checked_out within 400 days', 'hotel',
	customer => 'customer_id', value => 'value', segment => 'segment',
	period => 'quarter') AS made \gset report_
\echo '   SELECT journey_create_report(''bookings'', ''booked -> checked_in ->'
\echo '      checked_out within 400 days'', ''hotel'', customer => ''customer_id'','
\echo '      value => ''value'', segment => ''segment'', period => ''quarter'');'

\echo
\echo '1. Refreshed as if it were the end of 2016'
\echo
\echo '   CALL journey_refresh(''bookings'', as_of => ''2016-12-31'');'
\echo

CALL journey_refresh('bookings', as_of => '2016-12-31');

PREPARE trend AS
SELECT period, CASE WHEN NOT is_final THEN 'open' ELSE '' END AS "open?",
	customers AS booked, completed AS stayed, waiting,
	round(100 * conversion::numeric, 1) AS "conv. %",
	round(value_lost::numeric / 1000) AS "lost, 1000",
	worst_stage AS "worst at"
FROM bookings_trend
WHERE is_total AND period >= '2015'
ORDER BY period_start;
EXECUTE trend;

\echo '2. Refreshed with all that has come since'
\echo
\echo '   CALL journey_refresh(''bookings'');'
\echo

CALL journey_refresh('bookings');
EXECUTE trend;

SELECT run_no AS run, as_of::date, periods, periods_planned AS computed,
	periods - periods_planned AS "as before", rows_computed AS "rows read",
	state
FROM bookings_runs
ORDER BY run_no;

\echo '3. Each quarter beside the one before: of the bookings, how many check in?'
\echo

SELECT period, round(100 * previous_conversion::numeric, 1) AS "before %",
	round(100 * conversion::numeric, 1) AS "now %",
	round(100 * change::numeric, 1) AS change,
	round(100 * change_low::numeric, 1) || ' to '
		|| round(100 * change_high::numeric, 1) AS "95 % sure",
	CASE WHEN significant THEN
		CASE WHEN change < 0 THEN 'worse' ELSE 'better' END END AS verdict
FROM bookings_comparison
WHERE is_total AND stage = 'booked' AND comparable AND is_final
	AND period >= '2015'
ORDER BY period_start;

\echo '4. What would be in tomorrow''s alert'
\echo

SELECT period, segment, message FROM bookings_alerts WHERE stage_no = 0 ORDER BY is_total DESC, segment;
