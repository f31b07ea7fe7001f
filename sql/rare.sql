-- What other tests do not reach.
SET timezone = 'UTC';
CREATE FUNCTION refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'not refused';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || message, nullif(detail, ''));
END
$$;

-- every way in which two journeys match differently is told
\pset format unaligned
\pset tuples_only on
CREATE TABLE others (no int, j journey);
INSERT INTO others VALUES
	(1, 'a -> b(b|c) -> d within 1 day'),
	(2, 'a -> b -> e within 1 day'),
	(3, 'a -> b? -> d within 1 day'),
	(4, 'a -> b within 1 day'),
	(5, 'a -> b -> d'),
	(6, 'a -> b -> d within 2 days'),
	(7, 'a -> b -> d within 1 day strict'),
	(8, 'a -> b -> d within 1 day any order'),
	(9, 'a -> b -> d within 1 day open'),
	(10, 'a -> b -> d within 1 day attempts'),
	(11, '{"within": "1 day", "stages": [{"name": "a"}, {"name": "b", "within": "2 hours"}, {"name": "d"}]}'),
	(12, '{"within": "1 day", "stages": [{"name": "a"}, {"name": "b", "after": "2 hours"}, {"name": "d"}]}'),
	(13, '{"within": "1 day", "stages": [{"name": "a"}, {"name": "b", "without": ["x", "y"]}, {"name": "d"}]}'),
	(14, '{"within": "1 day", "stages": [{"name": "a"}, {"name": "b", "events": ["an event with quite a long name", "another one with quite a long name", "a third one with quite a long name", "a fourth one with quite a long name", "a fifth one with quite a long name", "a sixth one with quite a long name", "a seventh one with quite a long name", "an eighth one with quite a long name", "and one more"]}, {"name": "d"}]}'),
	(16, '{"within": "1 day", "stages": [{"name": "a"}, {"name": "b", "events": ["c"]}, {"name": "d"}]}'),
	(15, '{"within": "1 day", "matching": "any", "stages": [{"name": "a"}, {"name": "b"}, {"name": "d"}]}');
CREATE TABLE one AS SELECT funnel('a -> b -> d within 1 day', 1, now(), 'a') AS f;
SELECT no, refused(format('SELECT f + (SELECT funnel(%L, 1, now(), ''a'')) FROM one', j)) FROM others ORDER BY no;
-- and what is noted only is no difference
SELECT refused(format('SELECT f + (SELECT funnel(%L, 1, now(), ''a'')) FROM one',
	'{"within": "1 day", "stages": [{"name": "a", "goal": "x"}, {"name": "b", "expected_drop_off": 0.5}, {"name": "d"}]}'));

-- a journey that changes, or is NULL, in mid-group; rows and timelines
SELECT refused($$ SELECT funnel(CASE i WHEN 1 THEN journey 'a -> b' END, 1, now(), 'a') FROM generate_series(1, 2) i $$);
SELECT refused($$ SELECT funnel(NULL::journey, 1, now(), 'a') $$);
SELECT refused($$ SELECT funnel(CASE i WHEN 1 THEN journey 'a -> b' ELSE 'a -> c' END, 1, now(), 'a') FROM generate_series(1, 2) i $$);
SELECT refused($$ SELECT funnel(CASE i WHEN 1 THEN journey 'a -> b' END, timeline '{"events": []}') FROM generate_series(1, 2) i $$);
SELECT refused($$ SELECT funnel(CASE i WHEN 1 THEN journey 'a -> b' ELSE 'a -> c' END, timeline '{"events": []}') FROM generate_series(1, 2) i $$);
-- the same where partitions were counted apart, the first of them without a row
CREATE TABLE parted (i int, j journey, t timeline) PARTITION BY LIST (i);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES IN (0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
INSERT INTO parted SELECT i, 'a -> b', timeline(timestamptz '2026-01-01Z' + k * interval '1 day', chr(96 + k)) FROM generate_series(1, 2) i, generate_series(1, 2) k, generate_series(1, 300) n GROUP BY i, n;
ANALYZE parted;
SET enable_partitionwise_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET cpu_tuple_cost = 10;	-- to count them apart
\pset tuples_only off
\pset format aligned
EXPLAIN (COSTS OFF) SELECT funnel(j, i, timestamptz '2026-01-01Z', 'a') FROM parted;
SELECT reached FROM stages((SELECT funnel(j, i, timestamptz '2026-01-01Z', 'a') FROM parted));
EXPLAIN (COSTS OFF) SELECT funnel(j, t) FROM parted;
SELECT reached FROM stages((SELECT funnel(j, t) FROM parted));
SELECT customers(funnel(j, i, timestamptz '2026-01-01Z', 'a')), customers(funnel(j, t)) FROM parted WHERE i < 1 OR i > 2;
SELECT customers(funnel(j, i, timestamptz '2026-01-01Z', 'a')), customers(funnel(j, t)) FROM parted WHERE t IS NULL;
UPDATE parted SET j = 'a -> c' WHERE i = 2;
SELECT refused('SELECT funnel(j, i, timestamptz ''2026-01-01Z'', ''a'') FROM parted');
SELECT refused('SELECT funnel(j, t) FROM parted');
RESET cpu_tuple_cost;
RESET enable_partitionwise_aggregate;
RESET max_parallel_workers_per_gather;

-- as window functions: the same as aggregates over the rows so far
CREATE TABLE stored AS SELECT i, timeline(timestamptz '2026-01-01Z' + k * interval '1 hour', (ARRAY['a', 'b', 'x', 'd'])[1 + (i * k) % 4]) AS t
FROM generate_series(1, 40) i, generate_series(1, 6) k GROUP BY i;
SELECT count(*), bool_and(f = (SELECT funnel('a -> b -> d', t) FROM stored s WHERE s.i <= w.i)) AS timelines,
	bool_and(g = (SELECT funnel('a -> b -> d', i, e.at, e.event) FROM stored s, events(t) e WHERE s.i <= w.i)) AS rows
FROM (SELECT i, funnel('a -> b -> d', t) OVER (ORDER BY i) AS f,
		rollup((SELECT funnel('a -> b -> d', i, e.at, e.event) FROM events(t) e)) OVER (ORDER BY i) AS g
	FROM stored) w;

-- timelines of many names: one level and two agree
CREATE TABLE wide AS SELECT c, timeline(timestamptz '2026-01-01Z' + i * interval '1 minute', 'name_' || (i * 7 + c) % n, i) AS t
FROM (VALUES (1, 300), (2, 20000), (3, 5)) v(c, n), generate_series(1, 25000) i GROUP BY c;
SELECT c, bool_and(funnel_send(two) = funnel_send(one)) AS same, sum(reached) AS reached
FROM unnest(ARRAY['name_3 -> name_1 -> name_4', 'name_3 -> name_1 -> name_4 strict', 'name_3 -> name_1? -> name_4 attempts', 'name_4 -> name_3 any order']::journey[]) j,
	LATERAL (SELECT c, (SELECT funnel(j, t) FROM wide w WHERE w.c = wide.c) AS two,
			(SELECT funnel(j, c, at, event, value) FROM wide w, events(t) WHERE w.c = wide.c) AS one FROM wide) q,
	LATERAL stages(two) s
GROUP BY c ORDER BY c;

-- bytes that were cut off on disk: every journey and funnel is refused, but for
-- the funnel that has lost just all its touchpoints
CREATE CAST (bytea AS journey) WITHOUT FUNCTION;
CREATE CAST (bytea AS funnel) WITHOUT FUNCTION;
CREATE CAST (bytea AS timeline) WITHOUT FUNCTION;
CREATE TABLE whole AS SELECT journey '{"within": "2 days", "stages": [{"name": "a"}, {"name": "b", "goal": "x", "without": ["y"]}, {"name": "d", "after": "1 hour"}]}' AS j;
ALTER TABLE whole ADD f funnel;
UPDATE whole SET f = (SELECT funnel(j, i, timestamptz '2026-01-01Z' + k * interval '3 hours', (ARRAY['a', 'b', 'd'])[1 + k % 3], i, 'channel ' || k, 1) FROM generate_series(1, 50) i, generate_series(0, 5) k);
CREATE FUNCTION cut(whole bytea, what text, OUT refusal text, OUT times bigint) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT split_part(refused(format('SELECT ' || what, substr(whole, 1, n)::text)), E'\n', 1), count(*)
	FROM generate_series(0, length(whole) - 1) n GROUP BY 1 ORDER BY 1
$$;
SELECT cut.* FROM whole, cut(funnel_send(f), '%L::bytea::funnel + (SELECT f FROM whole)');
SELECT cut.* FROM whole, cut(funnel_send(f), '(SELECT f FROM whole) + %L::bytea::funnel');
SELECT cut.* FROM whole, cut(funnel_send(f), '%L::bytea::funnel::text');
SELECT cut.* FROM whole, cut(journey_send(j), '%L::bytea::journey::text');
SELECT cut.* FROM whole, cut(journey_send(j), 'funnel(%L::bytea::journey, 1, now(), ''a'')');
-- bytes that say something else: told, whichever they are
CREATE FUNCTION changed(whole bytea, what text, OUT refusal text, OUT times bigint) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT split_part(refused(format('SELECT ' || what, set_byte(whole, n, b)::text)), E'\n', 1), count(*)
	FROM generate_series(0, length(whole) - 1) n, unnest(ARRAY[0, 127, 128, 255]) b GROUP BY 1 ORDER BY 1
$$;
SELECT changed.* FROM whole, changed(journey_send(j), '%L::bytea::journey::text');
SELECT changed.* FROM whole, changed(funnel_send(f), '(SELECT f FROM whole) + %L::bytea::funnel');
SELECT changed.* FROM changed('\x0180c0ddeec10280c08e87cd11020a060402bf843d0206060004040000000001010102', 'life_table_final(%L)');
SELECT refused('SELECT num_events(''\x09000000000000000000000000000000''::bytea::timeline)');
SELECT refused('SELECT count(*) FROM events(''\x09000000000000000000000000000000''::bytea::timeline)');
DROP CAST (bytea AS journey);
DROP CAST (bytea AS funnel);
DROP CAST (bytea AS timeline);

\pset format unaligned
\pset tuples_only on
-- spans and times as nobody writes them
SELECT span, refused(format('SELECT ''{"stages": [{"name": "a"}, {"name": "b"}], "within": "%s"}''::journey', span))
FROM unnest(ARRAY[repeat('1 s ', 40), 'P1M', 'P0001-02-03T04:05:06', '1 mon', '0.5 years', '1-2', '1 day 1 mon']) span;
SELECT time, refused(format('SELECT ''{"stages": [{"name": "a"}], "as_of": "%s"}''::journey', time))
FROM unnest(ARRAY['2026-01-01T00:00:00+5', '2026-01-01T00:00:00+123', '2026-01-01T00:00:00+12:3', '2026-01-01T00:00:00+12:30:5', '2026-01-01T00:0:00Z',
	'2026-01-01T00:00:0Z', '5874898-06-04T00:00:00Z', '999999-01-01T00:00:00Z', '294277-01-01T00:00:00Z',
	'4714-01-01T00:00:00Z BC', '0000-01-01T00:00:00Z', '2026-01-01T00:00:00Z AD', 'x', '']) time;
-- a sum that is none
SELECT v, refused(format('SELECT %L::funnel', regexp_replace(f::text, '"value_millionths": *\d+', '"value_millionths": ' || v)))
FROM (SELECT funnel('a -> b', 1, now(), 'a', 2.5) AS f) q, unnest(ARRAY['-1', '1.5', '1e3', '1e400', repeat('9', 80)]) v;
-- sums that are long in a picture
SELECT v, substring(svg(rollup(f)) FROM '[0-9.]+e\d\d\M') FROM unnest(ARRAY[9.94e11, 9.996e11]) v,
	LATERAL (SELECT funnel('a -> b', i, now(), 'a', v) AS f FROM generate_series(1, 10000) i) q, generate_series(1, 1000) GROUP BY v ORDER BY v;
-- every form of a time between two stages, and much in one lane
SELECT d, substring(svg(f) FROM 'median ([^<.]*(?:\.\d[^<.]*)?)') FROM (
	SELECT d, (SELECT funnel('a -> b', 1, timestamptz '2000-01-01Z' + i * d, chr(97 + i)) FROM generate_series(0, 1) i) AS f
	FROM unnest(ARRAY['0', '400 us', '999 ms', '0.9996 s', '9.7 s', '59.4 s', '59.6 s', '3599.6 s', '3 h 20 min', '1 day', '47 h 59 min 59 s', '99 days 23 h', '101 days 13 h', '20000 days', '290000 years']::interval[]) d) q ORDER BY d;
SELECT line FROM regexp_split_to_table(svg(journey(ARRAY[stage '{"name": "a"}', format('{"name": "b", "events": [%1$s], "without": [%1$s], "within": "1 hour", "after": "5 s"}',
	(SELECT string_agg('"e' || i || '"', ',') FROM generate_series(1, 12) i))::stage])), '<') line WHERE line ~ '>(without )?(e\d|and|within|after)';
SELECT substring(svg(funnel('a -> b? -> c', 1, now(), 'x')) FROM 'optional');
-- a source of more than one statement, or none
CREATE TABLE ruled (i int);
CREATE RULE twice AS ON INSERT TO ruled DO ALSO DELETE FROM ruled;
SELECT refused(format('SELECT count(*) FROM timelines(%L, NULL::text)', q))
FROM unnest(ARRAY['INSERT INTO ruled VALUES (1)', 'SELECT 1; SELECT 2', '', ';', 'EXPLAIN SELECT 1', 'VALUES (1)']) q;
DROP TABLE ruled, others, one, parted, stored, wide, whole;
DROP FUNCTION cut(bytea, text), refused(text);
