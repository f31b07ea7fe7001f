-- What a report keeps when its source forgets: the results of final periods
-- cannot be had again.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA report_history;
SET search_path = report_history, public;
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE TABLE ev AS
SELECT c AS customer, timestamptz '2026-01-01Z' + (c % 120) * interval '1 day' + e * interval '3 hours' AS at,
	(ARRAY['a', 'b', 'c'])[e] AS event
FROM generate_series(1, 360) c, generate_series(1, 3) e WHERE e = 1 OR c % (e * 3) < 3;
CREATE FUNCTION shown(report text) RETURNS TABLE (period text, customers bigint, waiting bigint, source_rows bigint, is_final boolean, as_of date)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT t.period, t.customers, t.waiting, p.source_rows, p.is_final, p.as_of::date
		FROM %1$s_trend t JOIN %1$s_periods p USING (period_start) WHERE t.is_total AND p.state = ''current'' ORDER BY t.period_start', report);
END
$$;

-- a source that was cut, and then an event from before the cut
CREATE TABLE cut AS TABLE ev;
SELECT journey_create_report('cut', 'a -> b -> c within 3 days', 'cut', period => 'month');
CALL journey_refresh('cut');
SELECT * FROM shown('cut');
DELETE FROM cut WHERE at < '2026-03-20Z';
SET client_min_messages = notice;
CALL journey_refresh('cut');
INSERT INTO cut VALUES (99999, '2026-01-10 12:00Z', 'a');
CALL journey_refresh('cut');
-- earlier than the first of its month
INSERT INTO cut VALUES (99999, '2026-01-01 00:30Z', 'a');
CALL journey_refresh('cut');
-- from before everything, and of no stage
INSERT INTO cut VALUES (5, '2025-11-30 12:00Z', 'z');
CALL journey_refresh('cut');
SELECT * FROM shown('cut');
SELECT periods, periods_kept FROM cut_runs ORDER BY run_no DESC LIMIT 1;
-- all with what the source has now: what it has nothing of stays
CALL journey_refresh('cut', recompute => true);
SELECT * FROM shown('cut');

-- a wrong clock, and how to be rid of it
SET client_min_messages = warning;
CREATE TABLE clock AS TABLE ev;
SELECT journey_create_report('clock', 'a -> b -> c within 3 days', 'clock', period => 'month');
INSERT INTO clock VALUES (1, '2025-10-15Z', 'a');
CALL journey_refresh('clock');
DELETE FROM clock WHERE at < '2026-01-01Z';
SET client_min_messages = notice;
CALL journey_refresh('clock');
SELECT * FROM shown('clock');
CALL journey_refresh('clock', since => '2025-11-15Z', until => '2025-12-01Z', recompute => true);
SELECT * FROM shown('clock');
CALL journey_refresh('clock', since => '2025-01-01Z', until => '2026-01-20Z', recompute => true);
SELECT * FROM shown('clock');

-- correct events are not a cut: the first one is removed, all are moved
DELETE FROM clock WHERE customer = (SELECT customer FROM clock ORDER BY at LIMIT 1) AND at < '2026-02-01Z';
DELETE FROM clock WHERE customer = (SELECT customer FROM clock WHERE at >= '2026-02-01Z' ORDER BY at LIMIT 1);
CALL journey_refresh('clock');
SELECT * FROM shown('clock');
UPDATE clock SET at = at + interval '1 minute';
CALL journey_refresh('clock');

-- what was said about the time up to which the source is complete stays said
SET client_min_messages = warning;
SELECT journey_create_report('said', 'a -> b within 20 days', 'ev', period => 'month');
CALL journey_refresh('said', as_of => '2026-06-01Z');
SET client_min_messages = notice;
CALL journey_refresh('said');
SELECT * FROM shown('said');
CALL journey_refresh('said', as_of => '2026-05-01Z');
CALL journey_refresh('said', as_of => '2026-05-01Z', recompute => true);
CALL journey_refresh('said');
SELECT * FROM shown('said');
-- a newest event that is gone again was never said
SET client_min_messages = warning;
CREATE TABLE newest AS TABLE ev;
INSERT INTO newest VALUES (1, '2026-07-01Z', 'a');
SELECT journey_create_report('newest', 'a -> b within 20 days', 'newest', period => 'month');
CALL journey_refresh('newest');
DELETE FROM newest WHERE at = '2026-07-01Z';
SET client_min_messages = notice;
CALL journey_refresh('newest');
SELECT * FROM shown('newest');

-- a source that keeps its events for less than a period and its window
SET client_min_messages = warning;
CREATE TABLE short AS TABLE ev;
SELECT journey_create_report('short', 'a -> b -> c within 30 days', 'short', period => 'month');
CALL journey_refresh('short', as_of => '2026-03-20Z');
DELETE FROM short WHERE at < '2026-03-05Z';
SET client_min_messages = notice;
CALL journey_refresh('short');
-- nor with an event from before the cut
INSERT INTO short VALUES (1, '2026-01-20Z', 'a');
CALL journey_refresh('short');
SELECT * FROM shown('short');

-- times of whole days: a late event at the very time of a first one
SET client_min_messages = warning;
CREATE TABLE days AS SELECT c AS customer, timestamptz '2026-01-01Z' + (c % 20) * interval '1 day' AS at, 'a'::text AS event FROM generate_series(0, 99) c;
SELECT journey_create_report('days', 'a -> b within 1 day', 'days');
CALL journey_refresh('days');
DELETE FROM days WHERE at < '2026-01-15Z';
INSERT INTO days VALUES (1000, '2026-01-03Z', 'a');
CALL journey_refresh('days');
INSERT INTO days VALUES (1001, '2026-01-03Z', 'a'), (1002, '2025-12-30Z', 'a');
CALL journey_refresh('days');
SELECT customers, count(*), string_agg(DISTINCT p.is_cut::text, ' ') AS is_cut FROM shown('days') JOIN days_periods p USING (period) WHERE state = 'current' GROUP BY customers ORDER BY 1;
-- another expression is a correction, also where it moves all first events
SELECT journey_create_report('moved', 'a -> b within 1 hour', 'SELECT c AS customer, timestamptz ''2026-01-01Z'' + floor(sqrt(c * 40)) * interval ''1 hour'' AS at, ''a'' AS event FROM generate_series(1, 600) c');
CALL journey_refresh('moved');
SELECT journey_alter_report('moved', at => $$at + interval '6 hours 1 minute'$$);
CALL journey_refresh('moved');
SELECT sum(customers), min(source_no) AS source_no FROM shown('moved') JOIN moved_periods USING (period);
-- all was cut, and then one late event
CREATE TABLE gone AS SELECT c AS customer, timestamptz '2026-01-01 01:00Z' + c * interval '6 hours' AS at, 'a'::text AS event FROM generate_series(0, 39) c;
SELECT journey_create_report('gone', 'a -> b within 1 hour', 'gone');
CALL journey_refresh('gone');
TRUNCATE gone;
CALL journey_refresh('gone');
INSERT INTO gone VALUES (100, '2026-01-03 02:00Z', 'a');
CALL journey_refresh('gone');
SELECT count(*), sum(customers) FROM shown('gone');
-- attempts read all that was before, but no time that is none
CREATE TABLE endless AS SELECT 1 AS customer, timestamptz '2026-01-01Z' AS at, 'a'::text AS event UNION ALL SELECT 2, '-infinity', 'a';
SELECT journey_create_report('endless', '{"stages": ["a", "b"], "within": "1 day", "counting": "attempts"}', 'endless');
CALL journey_refresh('endless');
SELECT period, customers FROM shown('endless');

-- since: the first period is whole
SET client_min_messages = warning;
SELECT journey_create_report('since', 'a -> b -> c within 3 days', 'cut', period => 'month', since => '2026-04-20Z', time_zone => 'Europe/Berlin');
SELECT since FROM since_report;
CALL journey_refresh('since');
SELECT period, customers, (SELECT count(DISTINCT customer) FROM cut WHERE event = 'a' AND at >= '2026-04-01 00:00 Europe/Berlin') AS of_the_month FROM shown('since');
SELECT journey_create_report('since2', 'a -> b -> c within 3 days', 'cut', since => 'infinity');

-- nothing at all: not even what was said is of any use
SET client_min_messages = warning;
INSERT INTO ev VALUES (1, '2026-06-10Z', 'a');
CALL journey_refresh('said');
TRUNCATE ev;
SET client_min_messages = notice;
CALL journey_refresh('said');
SELECT count(*), max(period) FROM shown('said');

-- nothing that can be read
SET client_min_messages = warning;
CREATE TABLE nothing (customer int, at timestamptz, event text);
INSERT INTO nothing VALUES (NULL, '2026-01-05Z', 'a'), (1, NULL, 'a'), (1, 'infinity', 'a'), (1, '2026-02-01Z', NULL);
SELECT journey_create_report('nothing', 'a -> b within 1 day', 'nothing');
SET client_min_messages = notice;
CALL journey_refresh('nothing');
INSERT INTO nothing SELECT c, now() + interval '1 day', 'a' FROM generate_series(1, 3) c;
CALL journey_refresh('nothing');
SELECT state, periods, rows_ignored, rows_later FROM nothing_runs ORDER BY run_no;

SET client_min_messages = warning;
DROP SCHEMA report_history CASCADE;
