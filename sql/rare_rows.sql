-- What other tests do not reach: many rows of one customer, odd plans.
SET timezone = 'UTC';
SET hash_mem_multiplier = 1;
\pset format unaligned
\pset tuples_only on
-- 60,000 events of one customer in an hour, a third of them at one instant, and
-- one a year before: what is read in parts must be looked into twice
CREATE TABLE events AS
SELECT timestamptz '2026-01-01Z' + CASE i % 3 WHEN 0 THEN '30 min' ELSE (h & 4095) * interval '1 s' END AS at,
	(ARRAY['a', 'b', 'c', 'x', 'y', 'z'])[1 + ((h >> 13) & 65535) % 6] AS event, (h >> 33) & 7 AS value,
	'channel ' || ((h >> 40) & 3) AS channel
FROM (SELECT i, hashint8extended(i, 1) FROM generate_series(1, 60000) i) q(i, h)
UNION ALL SELECT '2025-01-01Z', 'x', 1, 'channel 0';
CREATE TABLE journeys AS SELECT j::journey AS j, memory FROM (VALUES
	('a -> b -> c within 20 minutes'),
	('a -> b -> c within 3 seconds attempts'),
	('{"stages": [{"name": "a"}, {"name": "b", "without": ["x"]}, {"name": "c", "without": ["y", "z"]}], "within": "1 minute"}'),
	('{"stages": [{"name": "a"}, {"name": "b", "without": ["x"]}, {"name": "c", "without": ["y", "x"]}], "within": "1 minute", "counting": "attempts"}'),
	('a -> b -> c within 2 seconds any order'),
	('a -> b? -> c within 1 second strict attempts'),
	('{"stages": [{"name": "a", "events": ["a", "x"]}, {"name": "b", "events": ["b", "x"]}, {"name": "c", "without": ["y"]}], "within": "1 second", "counting": "attempts"}')) v(j),
	unnest(ARRAY['64kB', '1GB']) memory;
CREATE TABLE results (j journey, memory text, form text, f funnel);
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN TABLE journeys LOOP
		PERFORM set_config('work_mem', r.memory, false);
		INSERT INTO results SELECT r.j, r.memory, 'events', funnel(r.j, 1, at, event, value) FROM events;
		INSERT INTO results SELECT r.j, r.memory, 'channels', funnel(r.j, 1, at, event, value, channel) FROM events;
		IF NOT r.j::jsonb @? '$.stages[*].without' THEN
			INSERT INTO results SELECT r.j, r.memory, 'conditions',
				funnel(r.j, 1, at, value, event = 'a', event = 'b', event = 'c') FROM events;
		END IF;
	END LOOP;
END
$$;
RESET work_mem;
SELECT form, count(*), count(DISTINCT memory) AS memories, count(DISTINCT f) AS results,
	bool_and(conversion(f) IS NOT NULL) AS measured
FROM results GROUP BY j::text, form ORDER BY j::text COLLATE "C", form;

-- more than 16, and than 32, conditions
CREATE TABLE steps AS SELECT c, timestamptz '2026-01-01Z' + i * interval '1 s' AS at, 'e' || 1 + (i * (1 + c % 3)) % 40 AS event FROM generate_series(1, 9) c, generate_series(0, 79) i;
SELECT format('SELECT %s AS stages, by_name = by_condition AS equal, customers(by_name), conversion(by_name) FROM (SELECT funnel(%L, c, at, event) AS by_name, funnel(%2$L, c, at, %s) AS by_condition FROM steps) q',
	n, string_agg('e' || i, ' -> ' ORDER BY i), string_agg(format('event = ''e%s''', i), ', ' ORDER BY i))
FROM unnest(ARRAY[16, 17, 20, 33, 40]) n, generate_series(1, n) i GROUP BY n ORDER BY n \gexec
-- one customer's 60,000 events of no stage at one instant, heard in a channel
CREATE TABLE talk AS
SELECT timestamptz '2026-01-01Z' + CASE WHEN i <= 3 THEN (i - 2) * interval '1 hour' ELSE '10 min' END AS at,
	CASE WHEN i <= 3 THEN chr(96 + i) ELSE 'x' END AS event, i % 7 / 7.0 AS feeling FROM generate_series(1, 60000) i;
SET work_mem = '1GB';
CREATE TABLE heard AS SELECT j, funnel(j, 1, at, event, 1, 'phone', feeling) AS f FROM talk,
	unnest(ARRAY['a -> b -> c', 'a -> b -> c strict', 'a -> b -> c attempts', 'a -> b -> c any order']::journey[]) j GROUP BY j::text, j;
SET work_mem = '64kB';
SELECT j, f = (SELECT funnel(j, 1, at, event, 1, 'phone', feeling) FROM talk) AS equal,
	(SELECT sum(events) FROM touchpoints(f) WHERE channel IS NOT NULL) AS events FROM heard ORDER BY j::text COLLATE "C";
RESET work_mem;
-- so many names that two bytes do not hold their number
SELECT reached, value FROM stages((
	SELECT funnel(format('{"stages": [{"name": "a", "events": [%s]}, {"name": "b", "events": [%s]}]}',
			(SELECT string_agg('"' || i || '"', ',') FROM generate_series(1, 40000) i),
			(SELECT string_agg('"' || i || '"', ',') FROM generate_series(40001, 80000) i))::journey,
		c, timestamptz '2026-01-01Z' + i * interval '1 s', CASE i WHEN 0 THEN c ELSE 80000 + 2 * c - 4 END::text, c)
	FROM generate_series(1, 3) c, generate_series(0, 1) i));
-- a timeline of 70,000 names
SELECT reached FROM stages((SELECT funnel('9 -> 69999 -> 10', t) FROM (
	SELECT timeline(timestamptz '2026-01-01Z' + i * interval '1 s', i::text) AS t FROM generate_series(1, 70000) i) q));

-- a journey that is stored out of line, in two places
CREATE TABLE toasted (no int, j journey);
ALTER TABLE toasted ALTER j SET STORAGE EXTERNAL;
INSERT INTO toasted SELECT no, format('{"stages": [{"name": "a"}, {"name": "b", "goal": "%s"}]}', repeat('x', 3000))::journey FROM generate_series(1, 2) no;
SELECT reached FROM stages((SELECT funnel(j, no, timestamptz '2026-01-01Z', 'a') FROM toasted, generate_series(1, 3)));

-- partitions without a row that is counted, counted apart
CREATE TABLE parted (i int) PARTITION BY LIST (i);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
INSERT INTO parted SELECT 1 + i % 2 FROM generate_series(1, 2000) i;
ANALYZE parted;
SET enable_partitionwise_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET cpu_tuple_cost = 10;
EXPLAIN (COSTS OFF) SELECT funnel('a', i, now(), 'a') FROM parted WHERE random() < i - 2;
SELECT funnel('a', i, now(), 'a') IS NULL FROM parted WHERE random() < i - 2;
SELECT customers(funnel('a', i, now(), 'a')) FROM parted WHERE random() < i - 1;
SELECT customers(funnel('a', i, now(), 'a')) FROM parted WHERE random() < 2 - i;
RESET cpu_tuple_cost;
RESET max_parallel_workers_per_gather;

-- beside an aggregate whose states have memory of their own, group by group
CREATE AGGREGATE numbers(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray, INITCOND = '{}');
SET enable_sort = off;
SELECT g, customers(f), customers(r), cardinality(n) FROM (
	SELECT g, funnel('a', i, now(), 'a') AS f, rollup((SELECT funnel('a', i + k, now(), 'a') FROM generate_series(1, 2) k)) AS r, numbers(i) AS n
	FROM generate_series(1, 3) g, generate_series(1, 10) i WHERE i % g = 0 GROUP BY g) q ORDER BY g;
RESET enable_sort;
DROP TABLE steps, talk, heard, events, journeys, results, toasted, parted;
DROP AGGREGATE numbers(anycompatible);
