-- with little memory: the same bytes, and no file left behind
SET timezone = 'UTC';
-- 60,000 rows of 5,000 customers, and as many again of customer 0 alone, who
-- has many rows at the same instant, too
CREATE TABLE events AS
SELECT CASE WHEN i % 2 = 0 THEN 0 ELSE h & 4095 END AS customer,
	timestamptz '2026-01-01Z' + CASE WHEN i % 8 = 0 THEN interval '100 days'
		ELSE ((h >> 13) & 1048575) * interval '1 second' END AS at,
	(ARRAY['visit', 'cart', 'pay', 'other'])[1 + ((h >> 33) & 3)] AS event,
	((h >> 35) & 255) / 4.0 AS value
FROM (SELECT i, hashint8extended(i, 1) FROM generate_series(1, 120000) i) q(i, h);
CREATE TABLE results (name text, memory text, f funnel);
CREATE PROCEDURE run(memory text) LANGUAGE plpgsql AS $$
DECLARE
	j text;
BEGIN
	PERFORM set_config('work_mem', memory, false);
	-- plain; stages that share events; a window; one stage
	FOREACH j IN ARRAY ARRAY['visit -> cart -> pay',
		'a(visit|cart) -> b(cart|pay) -> c(cart) -> pay within 1 hour',
		'visit -> cart -> pay -> visit2(visit) -> cart2(cart) within 3 minutes', 'pay']
	LOOP
		INSERT INTO results SELECT j || ', numbers', memory, funnel(j::journey, customer, at, event) FROM events;
		INSERT INTO results SELECT j || ', values', memory, funnel(j::journey, customer, at, event, value) FROM events;
		INSERT INTO results SELECT j || ', values', memory, funnel(j::journey, customer::text, at, event, value) FROM events;
		INSERT INTO results SELECT j || ', values', memory, funnel(j::journey, lpad(to_hex(customer), 32, '0')::uuid, at, event, value) FROM events;
	END LOOP;
	INSERT INTO results SELECT 'conditions', memory,
		funnel('a -> b -> c -> d within 1 hour', customer, at, value, event IN ('visit', 'cart'),
			event IN ('cart', 'pay'), event = 'cart', event = 'pay') FROM events;
	INSERT INTO results SELECT 'giant', memory,
		funnel('visit -> cart -> pay within 2 minutes', 'one', at, event, value) FROM events;
	INSERT INTO results SELECT 'giant', memory,
		funnel('visit -> cart -> pay within 2 minutes', 1, at, event, value ORDER BY at DESC) FROM events;
	INSERT INTO results SELECT 'giant instant', memory,
		funnel('a(visit|cart) -> b(cart|pay) -> c(cart)', 1, timestamptz '2026-01-01Z', event, value) FROM events;
	INSERT INTO results SELECT 'groups', memory, rollup(f ORDER BY g)
	FROM (SELECT customer % 100 AS g, funnel('visit -> cart -> pay', customer, at, event, value) f
		FROM events GROUP BY customer % 100) q;
	INSERT INTO results SELECT 'group by set', memory, rollup(f ORDER BY f)
	FROM (SELECT funnel('visit -> cart -> pay', customer, at, event, value) f
		FROM events GROUP BY GROUPING SETS ((customer % 10), (customer % 7), ())) q;
END
$$;
SET hash_mem_multiplier = 1;
CALL run('64MB');
CALL run('1MB');
CALL run('64kB');
SELECT name, count(*), count(DISTINCT memory) AS memories, count(DISTINCT f) AS different
FROM results GROUP BY name ORDER BY name COLLATE "C";
-- as conditions say it, as names say it
SELECT (SELECT f FROM results WHERE name = 'conditions' LIMIT 1)::jsonb -> 'stages' -> 3 -> 'reached' =
	(SELECT f FROM results WHERE name LIKE 'a(visit|cart)%values' LIMIT 1)::jsonb -> 'stages' -> 3 -> 'reached' AS equal;

-- two customers of whose hashes all but the last bits are the same
SELECT customers(funnel('a -> b', c, timestamptz '2026-01-01Z' + i * interval '1 s', 'a'))
FROM (VALUES (4519331657660121413), (-5884382483820962813)) v(c), generate_series(1, 600) i;
-- several funnels, and grouping sets, hashed and sorted
SET enable_sort = off;
CREATE TABLE hashed AS SELECT customer % 5 AS a, customer % 3 AS b, funnel('visit -> cart', customer, at, event) AS f,
	funnel('visit -> pay', customer, at, event, value) FILTER (WHERE customer > 9) AS g FROM events GROUP BY CUBE (1, 2);
RESET enable_sort;
SET enable_hashagg = off;
CREATE TABLE sorted AS SELECT customer % 5 AS a, customer % 3 AS b, funnel('visit -> cart', customer, at, event) AS f,
	funnel('visit -> pay', customer, at, event, value) FILTER (WHERE customer > 9) AS g FROM events GROUP BY CUBE (1, 2);
RESET enable_hashagg;
SELECT (SELECT count(*) FROM hashed) AS groups, count(*) AS same FROM hashed h JOIN sorted s
	ON (h.a, h.b, h.f, h.g) IS NOT DISTINCT FROM (s.a, s.b, s.f, s.g);
DROP TABLE hashed, sorted;
-- very many sets of conditions
SELECT reached FROM (SELECT funnel('a -> b -> c -> d -> e -> f -> g -> h -> i -> j -> k -> l', 1, timestamptz '2026-01-01Z' + (i / 5000) * interval '1 s',
	VARIADIC ARRAY(SELECT (hashint4(i) >> k) & 1 = 1 FROM generate_series(0, 11) k)) f FROM generate_series(1, 20000) i) q, LATERAL stages(f) WHERE stage_no IN (1, 12);

-- it did spill
CREATE FUNCTION temp_written(memory text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found boolean := false;
BEGIN
	PERFORM set_config('work_mem', memory, true);
	FOR line IN EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)
		SELECT funnel('visit -> cart -> pay', customer, at, event, value) FROM events
	LOOP
		found := found OR line ~ 'temp read=[0-9]+ written=[0-9]+';
	END LOOP;
	RETURN found;
END
$$;
SELECT temp_written('64MB'), temp_written('64kB');

-- a file that may not grow: an error, nothing left, and the next one works
SET work_mem = '64kB';
SET temp_file_limit = '256kB';
\set VERBOSITY sqlstate
SELECT customers(funnel('visit -> cart -> pay', customer, at, event, value)) FROM events;
\set VERBOSITY default
RESET temp_file_limit;
-- the same for an error in the middle
SELECT customers(funnel('visit -> cart -> pay', customer, at, event, 1 / (i - 119990)))
FROM (SELECT row_number() OVER () AS i, * FROM events) q;
SELECT count(*) AS files FROM pg_ls_tmpdir();
SELECT customers(funnel('visit -> cart -> pay', customer, at, event, value)) FROM events;
-- a cursor that is closed before its end
BEGIN;
DECLARE c CURSOR FOR SELECT customer % 10, customers(funnel('visit -> cart', customer, at, event))
	FROM events GROUP BY 1 ORDER BY 1;
FETCH 2 FROM c;
CLOSE c;
COMMIT;
SELECT count(*) AS files FROM pg_ls_tmpdir();
-- a sub-select that runs again and again
SELECT sum((SELECT customers(funnel('visit -> cart', customer, at, event)) FROM events WHERE customer % 3 = g AND customer > 0))
FROM generate_series(0, 2) g;

DROP TABLE events, results;
DROP PROCEDURE run(text);
DROP FUNCTION temp_written(text);
