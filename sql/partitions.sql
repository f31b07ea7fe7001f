-- Partitioned tables: every plan gives the same funnels; where each partition
-- has customers of its own, the aggregate works partition by partition.
SET timezone = 'UTC';
CREATE SCHEMA test_partitions;
SET search_path = test_partitions, public;
CREATE TABLE plain (customer bigint, at timestamptz, event text, value float8);
INSERT INTO plain
SELECT h & 2047, timestamptz '2026-01-01Z' + ((h >> 13) & 1023) * interval '1 hour',
	(ARRAY['visit', 'cart', 'pay', 'other'])[1 + ((h >> 23) & 3)], ((h >> 25) & 255) / 4.0
FROM (SELECT hashint8extended(i, 1) FROM generate_series(1, 12000) i) q(h);
CREATE TABLE by_hash (LIKE plain) PARTITION BY HASH (customer);
CREATE TABLE by_time (LIKE plain) PARTITION BY RANGE (at);
CREATE TABLE timelines_plain (customer bigint, t timeline);
CREATE TABLE timelines_by_hash (LIKE timelines_plain) PARTITION BY HASH (customer);
DO $$
BEGIN
	FOR i IN 0..2 LOOP
		EXECUTE format('CREATE TABLE by_hash_%s PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER %1$s)', i);
		EXECUTE format('CREATE TABLE timelines_by_hash_%s PARTITION OF timelines_by_hash FOR VALUES WITH (MODULUS 3, REMAINDER %1$s)', i);
		EXECUTE format('CREATE TABLE by_time_%s PARTITION OF by_time FOR VALUES FROM (%L) TO (%L)', i,
			timestamptz '2026-01-01Z' + i * interval '15 days', timestamptz '2026-01-01Z' + (i + 1) * interval '15 days');
	END LOOP;
END
$$;
INSERT INTO by_hash SELECT * FROM plain;
INSERT INTO by_time SELECT * FROM plain;
INSERT INTO timelines_plain SELECT customer, timeline(at, event, value) FROM plain GROUP BY customer;
INSERT INTO timelines_by_hash SELECT customer, timeline(at, event, value) FROM by_hash GROUP BY customer;
ANALYZE;

CREATE TABLE journeys (key int, j journey);
INSERT INTO journeys VALUES (1, 'visit -> cart -> pay within 5 days'), (2, 'visit -> cart -> pay within 9 days strict'), (3, 'visit -> cart -> pay any order'),
	(4, scope('visit -> cart? -> pay within 9 days', as_of => '2026-02-01Z')), (5, 'visit -> cart -> pay within 2 days attempts');
-- the three ways to a funnel; %s is the table, %L the journey
CREATE TABLE ways (way text, tab text, query text);
INSERT INTO ways
SELECT 'one level', tab, format('SELECT funnel(%%L, customer, at, event, value) FROM %s', tab) FROM unnest('{plain,by_hash,by_time}'::text[]) tab
UNION ALL SELECT 'two levels', tab, format('SELECT funnel(%%L, t) FROM (SELECT customer, timeline(at, event, value) AS t FROM %s GROUP BY customer) q', tab)
FROM unnest('{plain,by_hash,by_time}'::text[]) tab
UNION ALL SELECT 'stored', tab, format('SELECT funnel(%%L, t) FROM %s', tab) FROM unnest('{timelines_plain,timelines_by_hash}'::text[]) tab
-- each partition by itself, then the sum
UNION ALL SELECT 'rollup', 'by_hash', 'SELECT rollup(f) FROM (SELECT funnel(%L, customer, at, event, value) FROM by_hash GROUP BY tableoid) q(f)'
-- partitions of time hold pieces of a customer: their timelines are joined, never their funnels
UNION ALL SELECT 'timelines joined', 'by_time', 'SELECT funnel(%L, t) FROM (SELECT customer, rollup(t) AS t FROM (SELECT customer, timeline(at, event, value) AS t
	FROM by_time GROUP BY tableoid, customer) p GROUP BY customer) q';

-- below: an aggregate of each partition, under the node that appends them
CREATE TABLE results (way text, tab text, partitionwise text, parallel text, key int, f bytea, below boolean, gathered boolean);
CREATE FUNCTION run() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	w ways;
	r journeys;
	plan jsonb;
	f funnel;
BEGIN
	FOR w IN SELECT * FROM ways LOOP
		FOR r IN SELECT * FROM journeys LOOP
			EXECUTE 'EXPLAIN (FORMAT JSON) ' || format(w.query, r.j) INTO plan;
			EXECUTE format(w.query, r.j) INTO f;
			INSERT INTO results VALUES (w.way, w.tab, current_setting('enable_partitionwise_aggregate'),
				CASE current_setting('max_parallel_workers_per_gather') WHEN '0' THEN 'off' ELSE 'on' END, r.key, funnel_send(f),
				plan @? '$.** ? (@."Node Type" == "Append").** ? (@."Node Type" == "Aggregate")', plan @? '$.** ? (@."Node Type" like_regex "^Gather")');
		END LOOP;
	END LOOP;
END
$$;
SET max_parallel_workers_per_gather = 0;
SELECT run();
SET enable_partitionwise_aggregate = on;
SELECT run();
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT run();
SET enable_partitionwise_aggregate = off;
SELECT run();
RESET max_parallel_workers_per_gather;

SELECT way, tab, count(*) AS results FROM results GROUP BY 1, 2 ORDER BY 1, 2;
SELECT key, count(DISTINCT f) AS different, min(length(f)) > 100 AS full FROM results GROUP BY 1 ORDER BY 1;
SELECT reached, value_lost FROM stages((SELECT funnel(j, t) FROM timelines_by_hash, journeys WHERE key = 1));
-- hash partitions: each partition aggregates its customers, with one process and with several
SELECT DISTINCT way, tab, parallel, below FROM results WHERE partitionwise = 'on' AND way IN ('one level', 'two levels', 'stored') AND tab LIKE '%by_hash' ORDER BY 1, 2, 3;
SELECT DISTINCT below FROM results WHERE partitionwise = 'off' AND way IN ('one level', 'two levels', 'stored') AND parallel = 'off';
-- several processes take part
SELECT DISTINCT way, tab, gathered FROM results WHERE parallel = 'on' AND way IN ('one level', 'stored') ORDER BY 1, 2;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA test_partitions CASCADE;
