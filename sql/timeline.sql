-- The type timeline: its forms, the aggregates that make it, what reads it.
SET timezone = 'UTC';
CREATE SCHEMA test_timeline;
SET search_path = test_timeline, public;
\pset format unaligned
\pset tuples_only on

-- ----------------------------------------------------------------------
-- Text form: canonical, exact, whatever the settings
-- ----------------------------------------------------------------------
SELECT '{"events": [["2026-01-02T10:00:00.5Z", "pay", 9.5, "web", -0.25], ["2026-01-01T01:00:00+01", "visit", null, null]]}'::timeline;
SELECT '{"events": []}'::timeline, ' { "events" : [ ] } '::timeline;
-- what is NULL inside and at the end; equal events stay; order of time, name, value, channel, feeling
SELECT '{"events": [["2026-01-01 00:00:00Z", "b", 1, "x", 1], ["2026-01-01 00:00:00Z", "b", 1, "x"], ["2026-01-01 00:00:00Z", "b", 1, null, 1],
	["2026-01-01 00:00:00Z", "b", null, "x", 1], ["2026-01-01 00:00:00Z", "b", -2], ["2026-01-01 00:00:00Z", "b"], ["2026-01-01 00:00:00Z", "a", 7],
	["2026-01-01 00:00:00Z", "b", null, null, 0], ["2026-01-01 00:00:00Z", "b"], ["2026-01-01 00:00:00Z", "", null, ""]]}'::timeline;
-- numbers; a feeling is kept in millionths
SELECT '{"events": [["2026-01-01 00:00:00Z", "a", 0.3333333333333333, null, 0.3333333333333333], ["2026-01-01 00:00:01Z", "a", 1e12, null, 1],
	["2026-01-01 00:00:02Z", "a", -1e12, null, -1], ["2026-01-01 00:00:03Z", "a", 0.1], ["2026-01-01 00:00:04Z", "a", -0, null, -0.0],
	["2026-01-01 00:00:05Z", "a", 1e-320], ["2026-01-01 00:00:06Z", "a", 123456789.123456], ["2026-01-01 00:00:07Z", "a", 5e-7]]}'::timeline;
SELECT '{"events": [["2026-01-01 00:00:00Z", "a", -0], ["2026-01-01 00:00:00Z", "a", 0.1]]}'::timeline
	= '{"events": [["2026-01-01 00:00:00Z", "a", 0.1], ["2026-01-01 00:00:00Z", "a", 0]]}';
SELECT '{"events": [["2026-01-01 00:00:00Z", "a", -0], ["2026-01-01 00:00:00Z", "a", 1e-9]]}'::timeline
	= '{"events": [["2026-01-01 00:00:00Z", "a", 1e-9], ["2026-01-01 00:00:00Z", "a", 0]]}';
-- times from the first to the last that there is
SELECT '{"events": [["294276-12-31T23:59:59.999999Z", "a"], ["4714-11-24T00:00:00Z BC", "a"], ["0001-01-01T00:00:00Z", "a"]]}'::timeline;
SELECT span('{"events": [["294276-12-31T23:59:59.999999Z", "a"], ["4714-11-24T00:00:00Z BC", "a"]]}');
-- names: quotes, escapes, control characters, beyond ASCII
SELECT '{"events": [["2026-01-01 00:00:00Z", "a \"b\" \\ c\n\u00e9\ud83d\ude00日本", 1, "\u0001'']"]]}'::timeline;

CREATE TABLE odd (id int, t timeline);
INSERT INTO odd
SELECT id, timeline(timestamptz '2026-01-01Z' + i * i * interval '17 minutes 3 microseconds', e,
	CASE WHEN id & 1 = 0 THEN v END, CASE WHEN id & 2 = 0 THEN c END, CASE WHEN id & 4 = 0 THEN f END)
FROM generate_series(0, 7) id, generate_series(1, 9) i, LATERAL (SELECT
	(ARRAY['a', 'sign "up"', 'é日本😀', '', E'tab\t', 'b', 'a', 'back\slash', ' '])[i] AS e,
	(ARRAY[1 / 3.0::float8, 1e12, -1e12, 0.1, '-0', NULL, 5, 1e-300, 999999999999.999])[i] AS v,
	(ARRAY['web', NULL, '', 'é', 'web', 'x', '"', NULL, 'app'])[i] AS c,
	(ARRAY[1, -1, 0, '-0', NULL, 0.25, -0.333333, 0.000001, NULL])[i] AS f) x
GROUP BY id;
-- many names and channels, some values
INSERT INTO odd
SELECT 8, timeline(timestamptz '2026-01-01Z' + i * interval '1 second', 'name ' || i % 300, CASE WHEN i % 3 = 0 THEN i END, 'channel ' || i % 301)
FROM generate_series(1, 1000) i;
INSERT INTO odd SELECT 9, timeline(timestamptz '2026-01-01Z' + i * interval '1 second', 'name ' || i % 255, NULL, 'channel ' || i % 255) FROM generate_series(1, 600) i;
INSERT INTO odd SELECT 10, timeline(timestamptz '2026-01-01Z' + i * interval '1 second', 'name ' || i % 256, NULL, 'channel ' || i % 256) FROM generate_series(1, 600) i;
INSERT INTO odd SELECT 11, timeline(timestamptz '2026-01-01Z' + i * interval '1 second', 'name ' || i) FROM generate_series(1, 70000) i;
INSERT INTO odd SELECT 12, timeline('2026-01-01Z', 'a') FROM generate_series(1, 1000);
INSERT INTO odd VALUES (13, '{"events": []}');
INSERT INTO odd SELECT 14, timeline('2026-01-01Z', repeat('long', 100)) FROM generate_series(1, 3);
SELECT id, t::text::timeline = t, timeline_send(t::text::timeline) = timeline_send(t), num_events(t), length(timeline_send(t)) FROM odd ORDER BY id;
SELECT t FROM odd WHERE id IN (0, 5) ORDER BY id;
CREATE TEMP TABLE as_text AS SELECT id, t::text AS text FROM odd;
BEGIN;
SET LOCAL timezone = 'Asia/Kathmandu';
SET LOCAL datestyle = 'German, DMY';
SET LOCAL extra_float_digits = -15;
SET LOCAL intervalstyle = 'iso_8601';
SELECT bool_and(t::text = text AND text::timeline = t) FROM odd JOIN as_text USING (id);
COMMIT;
-- json and jsonb
SELECT bool_and(t::json::text = t::text AND t::jsonb = t::text::jsonb AND t::jsonb::text::timeline = t) FROM odd WHERE id <> 11;
SELECT to_jsonb(s) #> '{t,events,0}' FROM (SELECT t FROM odd WHERE id = 0) s;

-- binary form, through a file of the client
\getenv directory PG_ABS_BUILDDIR
\set file :directory '/results/timeline.bin'
\setenv TIMELINE_FILE :file
COPY odd TO STDOUT (FORMAT binary) \g :file
CREATE TABLE again (LIKE odd);
\copy again from program 'cat "$TIMELINE_FILE"' (format binary)
SELECT count(*), bool_and(a.t = b.t AND timeline_send(a.t) = timeline_send(b.t)) FROM odd a JOIN again b USING (id);
DROP TABLE again;
-- version 1, a timeline
SELECT DISTINCT substr(timeline_send(t), 1, 2) FROM odd;

-- ----------------------------------------------------------------------
-- Aggregates: any order, any plan, the same bytes
-- ----------------------------------------------------------------------
CREATE TABLE events (customer int, at timestamptz, event text, value float8, channel text, feeling float8);
INSERT INTO events
SELECT h & 511, timestamptz '2026-01-01Z' + ((h >> 13) & 1023) * interval '1 hour',
	(ARRAY['visit', 'cart', 'pay', 'other', 'é', 'x1', 'x2', 'x3', 'x4', 'x5'])[1 + ((h >> 23) & 1023) % 10],
	CASE WHEN h & 1024 = 0 THEN ((h >> 25) & 255) / 3.0 END, CASE WHEN h & 2048 = 0 THEN 'channel ' || ((h >> 33) & 3) END,
	CASE WHEN h & 4096 = 0 THEN ((h >> 40) & 15) / 15.0 END
FROM (SELECT hashint8extended(i, 1) FROM generate_series(1, 10000) i) q(h);
ANALYZE events;
-- rows that are ignored
INSERT INTO events VALUES (1, NULL, 'visit', 1e15, 'x', 7), (2, '2026-01-01Z', NULL, 1e15, 'x', 7), (NULL, NULL, NULL, NULL, NULL, NULL);
SELECT timeline(NULL, 'a') IS NULL, timeline('2026-01-01Z', NULL::text, 1) IS NULL, timeline('2026-01-01Z', 'a', NULL, NULL, NULL) FROM generate_series(1, 2);
SELECT timeline(at, event) IS NULL FROM events WHERE false;
SELECT customer, timeline(at, event, value, channel, feeling) IS NULL FROM events WHERE customer IS NULL GROUP BY customer;
-- the overloads agree
SELECT timeline(at, event) = timeline(at, event, NULL), timeline(at, event, value) = timeline(at, event, value, NULL),
	timeline(at, event, value, channel) = timeline(at, event, value, channel, NULL) FROM events;

CREATE TABLE timelines AS SELECT customer, timeline(at, event, value, channel, feeling) AS t FROM events GROUP BY customer;
SELECT count(*), sum(num_events(t)) FROM timelines;
-- the rows come back
SELECT count(*) FROM (
	SELECT customer, at, event, value, channel, round(feeling::numeric, 6) FROM events WHERE at IS NOT NULL AND event IS NOT NULL
	EXCEPT ALL SELECT customer, e.at, e.event, e.value, e.channel, round(e.feeling::numeric, 6) FROM timelines, events(t) e) d;
SELECT bool_and(before IS NULL OR before <= this) FROM (
	SELECT lag((e.at, e.event COLLATE "C")) OVER (PARTITION BY customer ORDER BY n) AS before, (e.at, e.event COLLATE "C") AS this
	FROM timelines, events(t) WITH ORDINALITY e(at, event, value, channel, feeling, n)) s;
SELECT count(*), count(*) FILTER (WHERE a.t = b.t) FROM timelines a JOIN (
	SELECT customer, timeline(at, event, value, channel, feeling ORDER BY event DESC, hashtext(at::text)) AS t FROM events GROUP BY customer) b USING (customer);
SELECT bool_and(t = again) FROM timelines, LATERAL (SELECT timeline(at, event, value, channel, feeling) AS again FROM events(t)) x WHERE t IS NOT NULL;
-- sorted groups, grouping sets: a state may be read more than once
SET enable_hashagg = off;
SELECT count(*) FILTER (WHERE a.t = b.t) FROM timelines a JOIN (
	SELECT customer, timeline(at, event, value, channel, feeling) AS t FROM events GROUP BY customer) b USING (customer);
RESET enable_hashagg;
SELECT bool_and(t = whole) FROM (
	SELECT customer % 3 AS part, customer % 2 AS half, timeline(at, event, value) AS t FROM events WHERE customer IS NOT NULL
	GROUP BY GROUPING SETS ((customer % 3), (customer % 3, customer % 2), ())) g,
	LATERAL (SELECT timeline(at, event, value) AS whole FROM events e
		WHERE (g.part IS NULL OR e.customer % 3 = g.part) AND (g.half IS NULL OR e.customer % 2 = g.half) AND e.customer IS NOT NULL) w;
-- as a window function the state is read and then grows
SELECT n, running FROM (
	SELECT n, timeline(timestamptz '2026-01-01Z' + (7 - n) * interval '1 day', chr(96 + n)) OVER (ORDER BY n) AS running FROM generate_series(1, 4) n) s;
SELECT bool_and(num_events(running) = n AND running = slow) FROM (
	SELECT n, timeline(timestamptz '2026-01-01Z' + n * 7919 % 1000 * interval '1 hour', 'e' || n % 13, n) OVER (ORDER BY n) AS running FROM generate_series(1, 60) n) s,
	LATERAL (SELECT timeline(timestamptz '2026-01-01Z' + m * 7919 % 1000 * interval '1 hour', 'e' || m % 13, m ORDER BY m DESC) AS slow FROM generate_series(1, n) m) l;
SELECT customer, around = three FROM (
	SELECT customer, rollup(t) OVER (ORDER BY customer ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS around FROM timelines WHERE customer < 4) s,
	LATERAL (SELECT rollup(t) AS three FROM timelines o WHERE o.customer BETWEEN s.customer - 1 AND s.customer + 1 AND o.customer < 4) l ORDER BY 1;
SELECT timeline(at, event) FILTER (WHERE customer = 7) = (SELECT timeline(at, event) FROM events WHERE customer = 7) FROM events;
SELECT num_events(timeline(DISTINCT '2026-01-01Z', event)) FROM events;

-- rollup, || and the raw rows agree, in any nesting
CREATE TEMP TABLE whole AS SELECT timeline(at, event, value, channel, feeling) AS t FROM events WHERE customer IS NOT NULL;
SELECT (SELECT rollup(t) FROM timelines) = t, (SELECT rollup(t ORDER BY customer DESC) FROM timelines) = t,
	(SELECT rollup(g) FROM (SELECT rollup(t) AS g FROM timelines GROUP BY customer % 7) s) = t FROM whole;
SELECT bool_and(a.t || b.t = b.t || a.t AND a.t || b.t = (SELECT rollup(t) FROM timelines WHERE customer IN (a.customer, b.customer))
	AND num_events(a.t || b.t) = num_events(a.t) + num_events(b.t)) FROM timelines a, timelines b WHERE a.customer < b.customer AND b.customer < 8;
SELECT rollup(t) IS NULL FROM timelines WHERE false;
SELECT rollup(t) IS NULL FROM timelines WHERE customer IS NULL;
SELECT t || NULL IS NULL, NULL || t IS NULL, t || '{"events": []}' = t FROM whole;
-- the values that were joined are left as they were
SELECT count(*) FROM timelines a JOIN (SELECT customer, timeline(at, event, value, channel, feeling) AS t FROM events GROUP BY customer) b USING (customer) WHERE a.t <> b.t;

-- merge: equal rows once
SELECT merge('{"events": [["2026-01-01 00:00:00Z", "a"], ["2026-01-01 00:00:00Z", "a"], ["2026-01-01 00:00:00Z", "a", 1]]}',
	'{"events": [["2026-01-01 00:00:00Z", "a", 1], ["2026-01-01 00:00:00Z", "a", 1, "x"], ["2025-01-01 00:00:00Z", "b"]]}');
SELECT bool_and(merge(a.t, b.t) = merge(b.t, a.t) AND merge(merge(a.t, b.t), b.t) = merge(a.t, b.t)
	AND merge(merge(a.t, b.t), merge(b.t, c.t)) = merge(a.t, merge(b.t, c.t)) AND merge(a.t || a.t, '{"events": []}') = merge(a.t, a.t)
	AND merge(a.t, b.t) = (SELECT timeline(at, event, value, channel, feeling) FROM (SELECT * FROM events(a.t) UNION SELECT * FROM events(b.t)) u))
FROM timelines a, timelines b, timelines c WHERE a.customer < 6 AND b.customer < 6 AND c.customer < 3;
SELECT merge(t, NULL) IS NULL, merge(NULL, t) IS NULL FROM whole;
SELECT bool_and(merge(t, t) = t) FROM odd WHERE id NOT IN (12, 14);
SELECT num_events(merge(t, t)) FROM odd WHERE id IN (12, 14);

-- parallel
BEGIN;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
ALTER TABLE events SET (parallel_workers = 2);
ALTER TABLE timelines SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT timeline(at, event, value, channel, feeling) FROM events WHERE customer IS NOT NULL;
SELECT (SELECT timeline(at, event, value, channel, feeling) FROM events WHERE customer IS NOT NULL) = t FROM whole;
SET LOCAL parallel_leader_participation = off;
SELECT (SELECT timeline(at, event, value, channel, feeling) FROM events WHERE customer IS NOT NULL) = t FROM whole;
SELECT count(*) FILTER (WHERE a.t = b.t) FROM timelines a JOIN (
	SELECT customer, timeline(at, event, value, channel, feeling) AS t FROM events GROUP BY customer) b USING (customer);
EXPLAIN (COSTS OFF) SELECT rollup(t) FROM timelines;
SELECT (SELECT rollup(t) FROM timelines) = t FROM whole;
ROLLBACK;

-- ----------------------------------------------------------------------
-- Reading
-- ----------------------------------------------------------------------
CREATE TEMP TABLE one AS SELECT '{"events": [["2026-01-01T00:00:00Z", "visit", null, "web"], ["2026-01-01T00:20:00Z", "cart", 20, "web", 0.5],
	["2026-01-01T00:50:00Z", "pay", 20, "app", -1], ["2026-01-01T01:20:00.000001Z", "visit"], ["2026-01-03T12:00:00Z", "visit"], ["2026-01-03T12:00:00Z", "cart"]]}'::timeline AS t;
SELECT e.* FROM one, events(t) e;
SELECT (events(t)).event FROM one LIMIT 2;
SELECT num_events(t), first_at(t), last_at(t), span(t) FROM one;
SELECT has_event(t, 'visit'), has_event(t, 'vis'), has_event(t, 'visit '), has_event(t, ''), has_event(t, NULL) FROM one;
SELECT s.* FROM one, sessions(t, '30 minutes') s;
SELECT s.session_no, s.events FROM one, sessions(t, '30 minutes 0.000001 seconds') s;
SELECT s.session_no, s.events, s.event_names FROM one, sessions(t, '0') s;
SELECT s.session_no, s.events FROM one, sessions(t, '60 hours') s;
-- half open, a bound that is NULL is open
SELECT n, slice(t, since, until) FROM one, (VALUES (1, timestamptz '2026-01-01 00:20Z', timestamptz '2026-01-01 01:20:00.000001Z'), (2, NULL, '2026-01-01 00:20Z'),
	(3, '2026-01-03 12:00Z', NULL), (4, '2026-01-03 12:00:00.000001Z', NULL), (5, '2026-01-02Z', '2026-01-01Z')) v(n, since, until) ORDER BY n;
SELECT slice(t, NULL, NULL) = t, slice(t, '-infinity', 'infinity') = t, slice(NULL, NULL, NULL) IS NULL FROM one;
SELECT bool_and(slice(t, NULL, at) || slice(t, at, NULL) = t AND slice(t, NULL, at) = coalesce((SELECT timeline(e.at, e.event, e.value, e.channel, e.feeling)
	FROM events(t) e WHERE e.at < s.at), '{"events": []}')) FROM odd, LATERAL (SELECT DISTINCT at FROM events(t)) s WHERE id < 8;
-- without events, and NULL
SELECT num_events(t), first_at(t), last_at(t), span(t), has_event(t, 'a'), (SELECT count(*) FROM events(t)), (SELECT count(*) FROM sessions(t, '1 day')),
	slice(t, NULL, NULL), t || t, merge(t, t) FROM odd WHERE id = 13;
SELECT num_events(NULL), first_at(NULL), last_at(NULL), span(NULL), has_event(NULL, 'a'), (SELECT count(*) FROM events(NULL)), (SELECT count(*) FROM sessions(NULL, '1 day'));
SELECT count(*) FROM one, sessions(t, NULL);
-- the same as a window query
SELECT count(*) FROM (
	(SELECT customer, count(*), min(at), max(at), array_agg(event ORDER BY at, event COLLATE "C") FROM (
		SELECT customer, at, event, count(*) FILTER (WHERE far) OVER (PARTITION BY customer ORDER BY at) AS session FROM (
			SELECT *, at - lag(at) OVER (PARTITION BY customer ORDER BY at) > interval '20 hours' AS far
			FROM events WHERE at IS NOT NULL AND event IS NOT NULL) a) b GROUP BY customer, session)
	EXCEPT ALL SELECT customer, s.events, started_at, ended_at, event_names FROM timelines, sessions(t, '20 hours') s) d;
SELECT count(*), max(session_no), sum(s.events) FROM timelines, sessions(t, '20 hours') s;

-- stored out of line, compressed or not, the first and the last bytes alone can be read
CREATE TABLE large (id int, t timeline);
ALTER TABLE large ALTER t SET STORAGE external;
INSERT INTO large SELECT 1, t FROM odd WHERE id = 11;
INSERT INTO large SELECT 1, t FROM whole;
ALTER TABLE large ALTER t SET STORAGE extended;
INSERT INTO large SELECT 2, t FROM odd WHERE id = 11;
INSERT INTO large SELECT 2, t FROM whole;
INSERT INTO large SELECT 2, t FROM odd WHERE id = 12;
SELECT id, num_events(t), first_at(t), last_at(t), (SELECT min(at) FROM events(t)) = first_at(t), (SELECT max(at) FROM events(t)) = last_at(t) FROM large ORDER BY 1, 2;

-- ----------------------------------------------------------------------
-- Order, equality and hash agree
-- ----------------------------------------------------------------------
SELECT bool_and((a.t < b.t)::int + (a.t = b.t)::int + (a.t > b.t)::int = 1 AND (a.t <= b.t) = NOT (a.t > b.t) AND (a.t >= b.t) = NOT (a.t < b.t)
	AND (a.t <> b.t) = NOT (a.t = b.t) AND (timeline_hash(a.t) = timeline_hash(b.t)) = (a.t = b.t)
	AND (timeline_hash_extended(a.t, 7) = timeline_hash_extended(b.t, 7)) = (a.t = b.t) AND sign(timeline_cmp(a.t, b.t)) = - sign(timeline_cmp(b.t, a.t)))
FROM odd a, odd b;
SELECT count(*), count(DISTINCT t) FROM (SELECT t FROM timelines UNION ALL SELECT t::text::timeline FROM timelines) s WHERE t IS NOT NULL;
SET enable_seqscan = off;
CREATE INDEX timelines_btree ON timelines (t);
SELECT customer FROM timelines WHERE t = (SELECT timeline(at, event, value, channel, feeling) FROM events WHERE customer = 4);
DROP INDEX timelines_btree;
CREATE INDEX timelines_hash ON timelines USING hash (t);
SELECT customer FROM timelines WHERE t = (SELECT timeline(at, event, value, channel, feeling) FROM events WHERE customer = 5);
RESET enable_seqscan;

-- what the catalogues say
SELECT typcategory, typispreferred, typstorage, typlen FROM pg_type WHERE oid = 'timeline'::regtype;
SELECT aggfnoid::regprocedure, aggtranstype::regtype, aggcombinefn, aggfinalfn, aggserialfn FROM pg_aggregate
WHERE aggtranstype = 'timeline'::regtype ORDER BY aggfnoid::regprocedure::text COLLATE "C";
SELECT opcname, amname, amvalidate(c.oid) FROM pg_opclass c JOIN pg_am m ON m.oid = opcmethod WHERE opcintype = 'timeline'::regtype ORDER BY 2;
-- at most 12 bytes an event, and its names
SELECT length(timeline_send(t)) / num_events(t) FROM (SELECT timeline(at, event) AS t FROM events) s;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA test_timeline CASCADE;
