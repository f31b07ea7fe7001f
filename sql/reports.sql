-- reports: definition, refresh, history, views; more in test/reports
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_journey_owner;
CREATE ROLE regress_journey_other;
CREATE ROLE regress_journey_reader;
CREATE SCHEMA "shop's ""own"" %s" AUTHORIZATION regress_journey_owner;
GRANT CREATE ON SCHEMA public TO regress_journey_owner;

-- all of it as an ordinary user
SET ROLE regress_journey_owner;
SET search_path = "shop's ""own"" %s", public;
SELECT oid AS ns FROM pg_namespace WHERE nspname = current_schema() \gset
CREATE TABLE visits (who int, at timestamptz, what text, worth numeric, shop text);
-- 40 customers a day enter; 30 + n pay the same or the next day
INSERT INTO visits
SELECT 1000 * day + n, timestamptz '2026-03-01 10:00Z' + (day - 1) * interval '1 day' + e * interval '5 hours',
	(ARRAY['visit', 'cart', 'pay'])[e + 1], 10, CASE n % 4 WHEN 0 THEN 'north' WHEN 1 THEN 'south' END
FROM generate_series(1, 6) day, generate_series(1, 40) n, generate_series(0, 2) e
WHERE e = 0 OR (e = 1 AND n <= 36) OR (e = 2 AND n <= 20 + day);

-- wrong definitions
CREATE FUNCTION refused(statement text) RETURNS TABLE (code text, message text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	code := 'none';
	RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END
$$;
\x on
SELECT r.* FROM unnest(ARRAY[
	$$SELECT journey_create_report('r', 'visit -> pay', 'visits', 'who', event => 'what')$$,
	$$SELECT journey_create_report(NULL, 'visit -> pay within 1 day', 'visits')$$,
	$$SELECT journey_create_report('4', 'visit -> pay within 1 day', 'visits', 'who', event => 'what')$$,
	$$SELECT journey_create_report(repeat('x', 41), 'visit -> pay within 1 day', 'visits', 'who', event => 'what')$$,
	$$SELECT journey_create_report('r', 'visit -> pay within 1 day', 'visit', 'who', event => 'what')$$,
	$$SELECT journey_create_report('r', 'visit -> pay within 1 day', 'visits', 'whom', event => 'what')$$,
	$$SELECT journey_create_report('r', 'visit -> pay within 1 day', 'visits', 'who', 'at::timestamp', event => 'what')$$,
	$$SELECT journey_create_report('r', 'visit -> pay within 1 day', 'visits', 'worth', event => 'what')$$,
	$$SELECT journey_create_report('r', 'visit -> pay within 1 day', 'visits', 'who', event => 'what', value => 'shop::money')$$,
	$$SELECT journey_create_report('r', 'visit -> pay within 1 day', 'visits', 'who', event => 'what', period => 'fortnight')$$,
	$$SELECT journey_create_report('r', 'visit -> pay within 1 day', 'visits', 'who', event => 'what', time_zone => 'Mars/Olympus')$$,
	$$SELECT journey_create_report('r', 'visit -> pay within 1 day', 'visits', 'who', event => 'what', level => 95)$$,
	$$SELECT journey_create_report('r', 'visit -> pay within 1 day', 'visits', 'who', event => 'what', schema => 'nowhere')$$,
	$$SELECT journey_alter_report('r')$$,
	$$SELECT journey_drop_report('r', 'public')$$]) AS statement, refused(statement) r;
\x off
SELECT count(*) AS relations FROM pg_class WHERE relnamespace = :ns AND relname <> 'visits';

-- a name that needs quoting gives names that do not
SELECT journey_create_report('Shop; "daily" $1 %s', 'visit -> cart -> pay within 20 hours', 'visits',
	customer => 'who', event => 'what', value => 'worth', segment => 'shop');
SELECT relname, relkind, pg_get_userbyid(relowner) AS owner FROM pg_class
WHERE relnamespace = :ns AND relname <> 'visits' AND relkind <> 'i' ORDER BY 1;
SELECT code, message FROM refused($$SELECT journey_create_report('shop_daily_1_s', 'a within 1 day', 'visits', 'who', event => 'what')$$);
SELECT count(*) AS rows FROM shop_daily_1_s_stages;

-- not in a transaction block, nor in a function
BEGIN;
CALL journey_refresh('shop_daily_1_s');
ROLLBACK;
SELECT code, message FROM refused($$CALL journey_refresh('shop_daily_1_s')$$);
CALL journey_refresh('shop_daily_1_s', since => '2026-03-02Z', until => '2026-03-02Z');
CALL journey_refresh('shop_daily_1_s', as_of => 'infinity');
CALL journey_refresh('shop_daily_1_s', as_of => '2999-01-01Z');
CALL journey_refresh('nothing');
CALL journey_refresh(NULL);

SET client_min_messages = notice;
CALL journey_refresh('Shop; "daily" $1 %s');
-- the last period is open: its last customers came at 10:00, the newest event was at 20:00
SELECT stage_no, stage, period, is_final, segment, reached, settled, dropped, waiting, round(conversion::numeric, 3) AS conversion, value_lost
FROM shop_daily_1_s_stages WHERE period >= '2026-03-05' ORDER BY period_start, is_total DESC, segment, stage_no;
SELECT period, is_final, customers, completed, dropped, waiting, round(conversion::numeric, 3) AS conversion, median_s, value, value_lost, value_waiting, worst_stage, worst_lost
FROM shop_daily_1_s_trend WHERE is_total ORDER BY period_start;
SELECT stage_no, stage, next_stage, rank, measure, lost, value_lost, enough_data FROM shop_daily_1_s_leaks
WHERE is_total AND period = '2026-03-01' ORDER BY rank;
-- the same, all periods together, by hand
SELECT bool_and((s.reached, s.settled, s.dropped, s.waiting, s.value_lost) IS NOT DISTINCT FROM (t.reached, t.settled, t.dropped, t.waiting, t.value_lost)) AS same, count(*)
FROM shop_daily_1_s_stages s, LATERAL (
	SELECT f.* FROM stages((SELECT funnel(scope('visit -> cart -> pay within 20 hours', as_of => '2026-03-06 20:00Z', entered_from => s.period_start, entered_until => s.period_end),
		who, at, what, worth) FROM visits WHERE s.is_total OR coalesce(shop, '(none)') = s.segment)) f WHERE f.stage_no = s.stage_no) t;

-- nothing new: only what is open
CALL journey_refresh('shop_daily_1_s');
-- late, repeated, changed, removed: the periods they concern, and no other
INSERT INTO visits VALUES (1040, '2026-03-02 05:00Z', 'pay', 10, 'north');
CALL journey_refresh('shop_daily_1_s');
INSERT INTO visits SELECT * FROM visits WHERE who = 2003 AND what = 'pay';
CALL journey_refresh('shop_daily_1_s');
UPDATE visits SET worth = 99 WHERE who = 3007;
CALL journey_refresh('shop_daily_1_s');
DELETE FROM visits WHERE who = 2003 AND what = 'pay';
CALL journey_refresh('shop_daily_1_s');
-- after the end of the window, and before its begin: no matter for that period
INSERT INTO visits VALUES (3040, '2026-03-04 20:00Z', 'pay', 10, 'north');
CALL journey_refresh('shop_daily_1_s');
-- time goes on
INSERT INTO visits VALUES (7001, '2026-03-08 12:00Z', 'visit', 10, 'north');
CALL journey_refresh('shop_daily_1_s');
SELECT period, is_final, customers, completed FROM shop_daily_1_s_trend WHERE is_total ORDER BY period_start;
-- a part, whatever it is
CALL journey_refresh('shop_daily_1_s', '2026-03-02 12:00Z', '2026-03-03 12:00Z', recompute => true);
-- rows that cannot be used are counted
INSERT INTO visits VALUES (NULL, '2026-03-02Z', 'visit'), (1, NULL, 'visit'), (1, '2026-03-02Z', NULL), (1, 'infinity', 'visit'), (1, '-infinity', 'visit'), (1, '2999-01-01Z', 'visit');
CALL journey_refresh('shop_daily_1_s');
DELETE FROM visits WHERE who = 1 OR who IS NULL;
-- the newest events are gone
DELETE FROM visits WHERE who = 7001;
CALL journey_refresh('shop_daily_1_s');
-- as of a time that is given; not back again
CALL journey_refresh('shop_daily_1_s', as_of => '2026-03-09Z');
CALL journey_refresh('shop_daily_1_s', as_of => '2026-03-08Z');
SELECT period, is_final, customers FROM shop_daily_1_s_trend WHERE is_total AND period > '2026-03-05' ORDER BY period_start;
CALL journey_refresh('shop_daily_1_s', as_of => '2026-03-06 20:00Z', recompute => true);

-- comparison with the period before
SELECT stage_no, stage, period, is_final, previous_period, comparable, reason, reached, previous_reached, round(conversion::numeric, 3) AS conversion,
	round(previous_conversion::numeric, 3) AS previous, round(change::numeric, 3) AS change, round(change_low::numeric, 3) AS low, round(change_high::numeric, 3) AS high, significant
FROM shop_daily_1_s_comparison WHERE is_total AND period < '2026-03-04' ORDER BY period_start, stage_no;
SELECT DISTINCT period, segment, comparable, reason FROM shop_daily_1_s_comparison WHERE NOT comparable ORDER BY 1, 2;
SELECT * FROM shop_daily_1_s_alerts;
-- it is what compare() says of the funnels
SELECT count(*), bool_and((c.change, c.change_low, c.change_high, c.p_value, c.p_holm, c.p_better, c.conversion, c.previous_conversion)
	IS NOT DISTINCT FROM (d.difference, d.difference_low, d.difference_high, d.p_value, d.p_holm, d.p_better, d.conversion_after, d.conversion_before)) AS same
FROM shop_daily_1_s_comparison c
	JOIN shop_daily_1_s_periods a USING (period_start) JOIN shop_daily_1_s_results ar USING (period_start, run_no)
	JOIN shop_daily_1_s_periods b ON b.period_start = c.previous_period_start JOIN shop_daily_1_s_results br ON br.period_start = b.period_start AND br.run_no = b.run_no,
	LATERAL compare(br.summary, ar.summary) d
WHERE c.comparable AND c.is_total AND ar.is_total AND br.is_total AND coalesce(d.stage_no, 0) = c.stage_no AND c.is_final;

-- another journey: final periods keep theirs, and are not compared with it
SELECT journey_alter_report('shop_daily_1_s', journey => 'visit -> pay within 2 days');
CALL journey_refresh('shop_daily_1_s');
SELECT DISTINCT period, previous_period, journey_no, comparable, reason FROM shop_daily_1_s_comparison WHERE is_total ORDER BY 1;
SELECT journey_no, matching_no, journey FROM shop_daily_1_s_journeys ORDER BY 1;
-- late events of an old period: with the journey of then
INSERT INTO visits VALUES (1039, '2026-03-02 05:00Z', 'pay', 10, NULL);
CALL journey_refresh('shop_daily_1_s');
SELECT stage_no, stage, reached, journey_no FROM shop_daily_1_s_stages WHERE is_total AND period = '2026-03-01' ORDER BY 1;
-- notes alone make no difference; the map shows the newest
SELECT journey_alter_report('shop_daily_1_s', journey => journey(ARRAY[stage('visit', goal => 'a new bicycle',
	expected_drop_off => 0.25, evidence => 'last spring', pains => '{"too dear",too slow}'), stage('pay')], within => '2 days', title => 'Shop'));
SELECT journey_no, matching_no FROM shop_daily_1_s_journeys ORDER BY 1;
SELECT stage_no, stage, period, goal, pains, expected_drop_off, evidence, basis, reached, dropped, round(drop_off::numeric, 3) AS drop_off
FROM shop_daily_1_s_map WHERE is_total AND period >= '2026-03-05' ORDER BY period_start, stage_no;
-- all with the new one; then two changes at once to see the alerts
CALL journey_refresh('shop_daily_1_s', recompute => true);
SELECT DISTINCT period, journey_no, comparable FROM shop_daily_1_s_comparison WHERE is_total ORDER BY 1;
SELECT journey_alter_report('shop_daily_1_s', journey => 'visit -> cart -> pay within 20 hours');
DELETE FROM visits WHERE what = 'cart' AND who BETWEEN 5010 AND 5099;
SET client_min_messages = warning;
CALL journey_refresh('shop_daily_1_s', recompute => true);
SELECT stage_no, stage, alert, period, segment, previous_period, previous_stage, round(change::numeric, 3) AS change, round(p_worst::numeric, 3) AS p_worst, message FROM shop_daily_1_s_alerts ORDER BY alert, is_total DESC, segment, stage_no;

-- a source that changes: all is computed from what it is now
SELECT journey_alter_report('shop_daily_1_s', source => 'SELECT * FROM visits WHERE what <> ''look'' -- a comment', value => '', level => 0.9);
CALL journey_refresh('shop_daily_1_s');
SELECT DISTINCT source_no, value IS NULL AS no_value FROM shop_daily_1_s_stages;
SELECT round(conversion_low::numeric, 4) = round((SELECT s.conversion_low FROM stages(
	(SELECT summary FROM shop_daily_1_s_results JOIN shop_daily_1_s_periods USING (period_start, run_no) WHERE is_total AND period = '2026-03-02' AND state = 'current'), 0.9) s
	WHERE s.stage_no = 1)::numeric, 4) AS level_is_used
FROM shop_daily_1_s_stages WHERE is_total AND period = '2026-03-02' AND stage_no = 1;
SELECT code, message FROM refused($$SELECT journey_alter_report('shop_daily_1_s', journey => 'visit -> pay')$$)
UNION ALL SELECT code, message FROM refused($$SELECT journey_alter_report('shop_daily_1_s', segment => 'nothing')$$)
UNION ALL SELECT code, message FROM refused($$SELECT journey_alter_report('shop_daily_1_s', level => 1)$$);

-- a source that is cut: what it no longer has is kept
DELETE FROM visits WHERE at < '2026-03-03 12:00Z';
SET client_min_messages = notice;
CALL journey_refresh('shop_daily_1_s');
SELECT period, customers FROM shop_daily_1_s_trend WHERE is_total ORDER BY period_start;
-- and one that is empty changes nothing
CREATE TABLE put_away AS TABLE visits;
TRUNCATE visits;
CALL journey_refresh('shop_daily_1_s');
INSERT INTO visits TABLE put_away;
SELECT count(*) FROM shop_daily_1_s_trend WHERE is_total;

-- errors: the log says what happened, the views stay, the next refresh repairs
ALTER TABLE visits RENAME what TO what_was_it;
CALL journey_refresh('shop_daily_1_s');
ALTER TABLE visits RENAME what_was_it TO what;
INSERT INTO visits VALUES (9001, '2026-03-06 11:00Z', 'visit', 'NaN', 'north');
SELECT journey_alter_report('shop_daily_1_s', value => 'worth');
CALL journey_refresh('shop_daily_1_s');
SELECT count(*), bool_and(value IS NULL) AS as_before FROM shop_daily_1_s_trend WHERE is_total;
DELETE FROM visits WHERE who = 9001;
CALL journey_refresh('shop_daily_1_s');
SELECT run_no, state, periods, periods_planned AS planned, periods_done AS done, periods_resumed AS resumed, periods_kept AS kept,
	periods_removed AS removed, rows_computed, rows_ignored AS ignored, rows_later AS later, error_code, error
FROM shop_daily_1_s_runs ORDER BY 1;
SET client_min_messages = warning;

-- a reader needs no more than SELECT; the list shows what one may read
GRANT USAGE ON SCHEMA "shop's ""own"" %s" TO regress_journey_reader, regress_journey_other;
GRANT SELECT ON shop_daily_1_s_stages, shop_daily_1_s_leaks, shop_daily_1_s_trend, shop_daily_1_s_comparison,
	shop_daily_1_s_map, shop_daily_1_s_pictures, shop_daily_1_s_alerts, shop_daily_1_s_runs TO regress_journey_reader;
SELECT schema, name, owner, views, journey, source, segment, period, time_zone, as_of, periods, open_periods, refreshed_at >= created_at AS refreshed FROM journey_reports();
SET ROLE regress_journey_reader;
SELECT (SELECT count(*) > 0 FROM shop_daily_1_s_stages) AS stages, (SELECT count(*) > 0 FROM shop_daily_1_s_leaks) AS leaks, (SELECT count(*) > 0 FROM shop_daily_1_s_trend) AS trend,
	(SELECT count(*) > 0 FROM shop_daily_1_s_comparison) AS comparison, (SELECT count(*) > 0 FROM shop_daily_1_s_map) AS map, (SELECT count(*) > 0 FROM shop_daily_1_s_pictures WHERE picture LIKE 'data:%') AS pictures,
	(SELECT count(*) >= 0 FROM shop_daily_1_s_alerts) AS alerts, (SELECT count(*) > 0 FROM shop_daily_1_s_runs) AS runs;
SELECT count(*) FROM journey_reports();
SELECT FROM shop_daily_1_s_results;
-- nobody refreshes with other rights than the owner's
CALL journey_refresh('shop_daily_1_s');
SET ROLE regress_journey_other;
SELECT journey_drop_report('shop_daily_1_s');
-- a definition that somebody else plants is no use either
RESET ROLE;
CALL journey_refresh('shop_daily_1_s', schema => 'shop''s "own" %s');
SET ROLE regress_journey_owner;

-- comments on all, plain types only, no name that needs quoting
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum) IS NOT NULL AS comment
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = :ns AND c.relname LIKE 'shop\_daily%' AND c.relkind IN ('v', 'r')
	AND (col_description(c.oid, a.attnum) IS NULL OR (c.relkind = 'v' AND (quote_ident(attname) <> attname
		OR atttypid NOT IN ('text'::regtype, 'int'::regtype, 'bigint'::regtype, 'float8'::regtype, 'boolean'::regtype, 'timestamptz'::regtype, 'date'::regtype))));
SELECT count(*) FILTER (WHERE obj_description(oid, 'pg_class') IS NULL) AS without_comment, count(*)
FROM pg_class WHERE relnamespace = :ns AND relname LIKE 'shop\_daily%' AND relkind IN ('v', 'r');
-- a comment that no relation uses
SELECT DISTINCT d.name, d.suffix FROM journey_report_columns() d WHERE NOT EXISTS (
	SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = :ns
	AND c.relname LIKE 'shop\_daily%' AND a.attname = d.name AND (d.suffix IS NULL OR c.relname LIKE '%' || d.suffix)) ORDER BY 1;

-- dropping: not what others use, then all of it
CREATE VIEW of_mine AS SELECT * FROM shop_daily_1_s_stages;
SELECT code FROM refused($$SELECT journey_drop_report('shop_daily_1_s')$$);
DROP VIEW of_mine;
SELECT journey_drop_report('shop_daily_1_s');
SELECT relname FROM pg_class WHERE relnamespace = :ns AND relkind IN ('r', 'v', 'S') ORDER BY 1;

-- local days: 23 and 25 hours long when clocks change
CREATE TABLE hours AS SELECT 1 AS customer, at, 'a' AS event
FROM generate_series(timestamptz '2026-03-28 00:00Z', '2026-03-30 12:00Z', interval '1 hour') at
UNION ALL SELECT 1, at, 'a' FROM generate_series(timestamptz '2026-10-24 12:00Z', '2026-10-26 12:00Z', interval '1 hour') at;
SELECT journey_create_report('berlin', journey(ARRAY[stage('a')], within => '30 minutes', counting => 'attempts'), 'hours', time_zone => 'Europe/Berlin');
CALL journey_refresh('berlin');
SELECT period, period_date, period_start, period_end - period_start AS length, customers, is_final FROM berlin_trend
WHERE customers > 0 ORDER BY period_start;
SELECT count(*) FILTER (WHERE customers = 0) AS empty, count(*) FROM berlin_trend;
SELECT journey_drop_report('berlin');
-- midnight that does not exist, days that do not exist, each period
SELECT period, zone, b[1:3], cardinality(b) FROM (VALUES ('day', 'America/Sao_Paulo', '2018-11-03 12:00Z', '2018-11-05 12:00Z'), ('day', 'Pacific/Apia', '2011-12-29 12:00Z', '2012-01-01 12:00Z'),
	('day', 'America/St_Johns', '2006-10-28 12:00Z', '2006-10-30 12:00Z'), ('hour', 'Australia/Lord_Howe', '2026-04-04 13:30Z', '2026-04-04 16:30Z'), ('week', 'UTC', '2026-03-01Z', '2026-03-08Z'),
	('month', 'Asia/Kolkata', '2026-03-01Z', '2026-04-08Z'), ('quarter', 'UTC', '2026-03-01Z', '2026-04-08Z'), ('year', 'UTC', '2026-03-01Z', '2026-04-08Z')) v(period, zone, a, z),
	journey_report_bounds(period, zone, a::timestamptz, z::timestamptz) b;
SELECT code, message FROM refused($$SELECT journey_report_bounds('hour', 'UTC', '1970-01-01Z', '2026-01-01Z')$$);
SELECT period, journey_report_label(period, 'Europe/Berlin', '2025-12-28 23:00Z') FROM unnest(ARRAY['hour', 'day', 'week', 'month', 'quarter', 'year']) period;
-- hours that a clock shows twice: names differ, and are in order
SELECT zone, count(DISTINCT label) = count(*) AS distinct, bool_and(label COLLATE "C" > before COLLATE "C") AS in_order,
	string_agg(label, ', ' ORDER BY at) FILTER (WHERE length(label) > 16) AS second_time
FROM (SELECT zone, at, label, lag(label) OVER (PARTITION BY zone ORDER BY at) AS before
	FROM unnest(ARRAY['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Havana', 'America/St_Johns', 'Pacific/Chatham', 'Antarctica/Troll']) zone,
	generate_series(timestamptz '2020-01-01Z', '2021-01-01Z', interval '1 hour') at, journey_report_label('hour', zone, at) label) q GROUP BY zone ORDER BY zone;
SELECT at, journey_report_label('hour', 'Europe/Berlin', at) FROM generate_series(timestamptz '2026-10-24 23:00Z', '2026-10-25 02:00Z', interval '1 hour') at;

-- an open journey: what each column of the trend says, counted by hand
CREATE TABLE halfway AS SELECT n AS customer, timestamptz '2026-01-01Z' + stage * interval '1 hour' AS at, chr(96 + stage) AS event, 10 * stage + n % 7 AS worth
FROM generate_series(1, 300) n, generate_series(1, 3) stage WHERE (n * (stage + 1) + n / 7 * stage) % 4 <> 0;
SELECT journey_create_report('halfway', 'a -> b -> c within 5 days open', 'halfway', value => 'worth', period => 'month'),
	journey_create_report('closed', 'a -> b -> c within 5 days', 'halfway', value => 'worth', period => 'month'),
	journey_create_report('worthless', 'a -> b -> c within 5 days open', 'halfway', period => 'month');
INSERT INTO halfway VALUES (0, '2026-02-20Z', 'b', 12), (1, '2026-02-20Z', 'a', NULL);
CALL journey_refresh('halfway');
CALL journey_refresh('closed');
CALL journey_refresh('worthless');
SELECT period, customers, completed, dropped, waiting, round(conversion::numeric, 4) AS conversion, value, value_lost, value_waiting FROM halfway_trend WHERE is_total ORDER BY 1;
SELECT period, customers, completed, dropped, waiting, round(conversion::numeric, 4) AS conversion, value, value_lost, value_waiting FROM closed_trend WHERE is_total ORDER BY 1;
SELECT period, customers, completed, value, value_lost, value_waiting FROM worthless_trend WHERE is_total ORDER BY 1;
-- the value of the last event of each counted attempt, whoever entered where; the product
SELECT t.customers = count(*) FILTER (WHERE p.depth > 0) AS customers, t.completed = count(p.reached_at[3]) AS completed,
	t.value = sum(coalesce(p.stage_values[3], p.stage_values[2], p.stage_values[1])) AS value, t.value >= t.value_lost AS more_than_lost,
	abs(t.conversion - (SELECT exp(sum(ln(conversion))) FROM halfway_stages WHERE is_total AND period = '2026-01' AND stage_no < 3)) < 1e-12 AS product,
	t.conversion = conversion((SELECT summary FROM halfway_results JOIN halfway_periods USING (period_start, run_no) WHERE state = 'current' AND is_total AND period = '2026-01')) AS function,
	t.conversion < t.completed::float8 / t.customers AS others_enter_later
FROM halfway_trend t, (SELECT customer, timeline(at, event, worth) AS events FROM halfway WHERE at < '2026-02-01Z' GROUP BY customer) h,
	progress('a -> b -> c within 5 days open', events) p
WHERE t.is_total AND t.period = '2026-01' GROUP BY t.customers, t.completed, t.value, t.value_lost, t.conversion;
-- one that is entered at its first stage: the value there, and completed / customers
SELECT t.value = (SELECT s.value FROM closed_stages s WHERE s.is_total AND s.period = t.period AND s.stage_no = 1) AS value,
	abs(t.conversion - t.completed::float8 / t.customers) < 1e-12 AS conversion FROM closed_trend t WHERE t.is_total AND t.period = '2026-01';
SELECT journey_drop_report('halfway'), journey_drop_report('closed'), journey_drop_report('worthless');

-- segments with the names of those that the views make up
CREATE TABLE names (i int, segment text, changes boolean);
INSERT INTO names VALUES (1, NULL, false), (2, '(none)', true), (3, '((none))', false), (4, '(all)', true), (5, '((all)', false), (6, '(none', false), (7, 'none', false);
CREATE TABLE named AS SELECT 100 * i + n AS customer, timestamptz '2026-01-05Z' + week * interval '7 days' + e * interval '1 hour' AS at, (ARRAY['a', 'b', 'c'])[e] AS event, segment
FROM names, generate_series(1, 50 + i) n, generate_series(0, 1) week, generate_series(1, 3) e
WHERE e = 1 OR (e = 2 AND n > CASE WHEN changes AND week = 1 THEN 5 ELSE 20 END) OR (e = 3 AND n > 25);
INSERT INTO named VALUES (1, '2026-01-25Z', 'other', NULL);
SELECT journey_create_report('named', 'a -> b -> c within 5 days', 'named', segment => 'segment', period => 'week');
CALL journey_refresh('named');
-- 50 + i customers have the segment i
SELECT t.segment, n.segment AS is, t.period FROM named_trend t JOIN names n ON t.customers = 50 + n.i WHERE NOT is_total ORDER BY t.period, n.i;
SELECT segment, customers FROM named_trend WHERE is_total AND customers > 0 ORDER BY period;
SELECT segment, is_total, stage, previous_stage, alert FROM named_alerts ORDER BY alert, segment COLLATE "C";
SELECT count(*), count(DISTINCT (stage_no, period, segment)) FROM named_stages;
SELECT journey_drop_report('named');

-- each way of counting customers, all columns, the search path of then
CREATE TABLE keyed (id uuid, code varchar(10), ts timestamp, kind "char", price real, via text, mood int);
INSERT INTO keyed SELECT md5(n::text)::uuid, 'c' || n, timestamp '2026-01-01' + n * interval '1 hour' + e * interval '1 minute', (ARRAY['a', 'b'])[e]::"char", n, 'web', -1
FROM generate_series(1, 40) n, generate_series(1, 2) e WHERE e = 1 OR n % 3 = 0;
CREATE FUNCTION twice(real) RETURNS float8 LANGUAGE sql RETURN 2 * $1;
SELECT journey_create_report('by_uuid', 'a -> b within 1 hour', 'keyed', 'id', 'ts AT TIME ZONE ''UTC''', 'kind', 'twice(price)', NULL, 'week', channel => 'via', feeling => 'mood', since => '2026-01-01 12:00Z'),
	journey_create_report('by_text', 'a -> b within 1 hour', 'VALUES (1)', 'column1::text', 'now()', '''a''', schema => 'public');
SELECT journey_alter_report('by_text', source => 'TABLE keyed;', customer => 'code', at => 'ts AT TIME ZONE ''UTC''', event => 'kind', feeling => 'mood');
SET search_path = public;
CALL journey_refresh('by_uuid', schema => 'shop''s "own" %s');
CALL journey_refresh('by_text');
SET search_path = "shop's ""own"" %s", public;
SELECT period, period_date, customers, completed, value, source_rows FROM by_uuid_trend;
SELECT period, customers, completed, value, source_rows FROM by_text_trend ORDER BY 1;
SELECT journey_drop_report('by_uuid'), journey_drop_report('by_text');

-- row security of the source is that of the owner
RESET ROLE;
CREATE TABLE secured AS SELECT n AS customer, timestamptz '2026-01-01Z' AS at, 'a' AS event, CASE n % 2 WHEN 0 THEN 'regress_journey_owner' ELSE 'regress_journey_other' END AS belongs FROM generate_series(1, 5) n;
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secured USING (belongs = current_user);
GRANT SELECT ON secured TO regress_journey_owner;
SET ROLE regress_journey_owner;
SELECT journey_create_report('secured', 'a within 1 day', 'secured');
CALL journey_refresh('secured');
SELECT customers FROM secured_trend;
SELECT journey_drop_report('secured');

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA "shop's ""own"" %s" CASCADE;
REVOKE CREATE ON SCHEMA public FROM regress_journey_owner;
DROP ROLE regress_journey_owner, regress_journey_other, regress_journey_reader;
