-- every plan gives the same bytes
SET timezone = 'UTC';
CREATE TABLE events (customer bigint, at timestamptz, event text, value float8)
	PARTITION BY HASH (customer);
CREATE TABLE events_0 PARTITION OF events FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE events_1 PARTITION OF events FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE events_2 PARTITION OF events FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO events
SELECT h & 8191, timestamptz '2026-01-01Z' + ((h >> 13) & 1023) * interval '1 hour',
	(ARRAY['visit', 'cart', 'pay', 'other'])[1 + ((h >> 23) & 3)], ((h >> 25) & 255) / 4.0
FROM (SELECT hashint8extended(i, 1) FROM generate_series(1, 60000) i) q(h);
ANALYZE events;

CREATE TABLE results (plan text, f funnel, t funnel, u funnel, c funnel);
CREATE FUNCTION run(name text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO results
	SELECT name, funnel('visit -> cart -> pay within 5 days', customer, at, event, value),
		funnel('visit -> cart -> pay within 5 days', customer::text, at, event, value),
		funnel('visit -> cart -> pay within 5 days', lpad(to_hex(customer), 32, '0')::uuid, at, event, value),
		funnel('visit -> cart -> pay within 5 days', customer, at, value, event = 'visit', event = 'cart', event = 'pay')
	FROM events
$$;
SET max_parallel_workers_per_gather = 0;
SELECT run('serial');
SELECT reached, value_lost FROM results, LATERAL stages(f);

SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF)
SELECT funnel('visit -> cart', customer, at, event) FROM events;
CREATE FUNCTION run_parallel(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r results;
BEGIN
	SELECT name, funnel('visit -> cart -> pay within 5 days', customer, at, event, value),
		funnel('visit -> cart -> pay within 5 days', customer::text, at, event, value),
		funnel('visit -> cart -> pay within 5 days', lpad(to_hex(customer), 32, '0')::uuid, at, event, value),
		funnel('visit -> cart -> pay within 5 days', customer, at, value, event = 'visit', event = 'cart', event = 'pay')
	INTO r FROM events;
	INSERT INTO results SELECT r.*;
END
$$;
SELECT run_parallel('parallel');
SET parallel_leader_participation = off;
SELECT run_parallel('parallel without the leader');
RESET parallel_leader_participation;
SET enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF)
SELECT funnel('visit -> cart', customer, at, event) FROM events;
SELECT run_parallel('parallel and partitionwise');
SET max_parallel_workers_per_gather = 0;
SELECT run_parallel('partitionwise');
RESET enable_partitionwise_aggregate;
INSERT INTO results
SELECT 'rollup of parts', rollup(f), rollup(t), rollup(u), rollup(c)
FROM (SELECT funnel('visit -> cart -> pay within 5 days', customer, at, event, value),
		funnel('visit -> cart -> pay within 5 days', customer::text, at, event, value),
		funnel('visit -> cart -> pay within 5 days', lpad(to_hex(customer), 32, '0')::uuid, at, event, value),
		funnel('visit -> cart -> pay within 5 days', customer, at, value, event = 'visit', event = 'cart', event = 'pay')
	FROM events GROUP BY customer % 7) q(f, t, u, c);
INSERT INTO results
SELECT 'sorted', funnel('visit -> cart -> pay within 5 days', customer, at, event, value ORDER BY at DESC, value),
	funnel('visit -> cart -> pay within 5 days', customer::text, at, event, value ORDER BY value, at),
	funnel('visit -> cart -> pay within 5 days', lpad(to_hex(customer), 32, '0')::uuid, at, event, value ORDER BY customer, at),
	funnel('visit -> cart -> pay within 5 days', customer, at, value, event = 'visit', event = 'cart', event = 'pay' ORDER BY customer DESC, at)
FROM events;
SELECT plan, count(*) FROM results GROUP BY plan ORDER BY plan;
SELECT count(DISTINCT x) AS different
FROM (SELECT funnel_send(f) FROM results UNION ALL SELECT funnel_send(t) FROM results
	UNION ALL SELECT funnel_send(u) FROM results UNION ALL SELECT funnel_send(c) FROM results) q(x);

-- a second way, in SQL: customers by depth, window from the start
SELECT count(DISTINCT customer) AS visited FROM events WHERE event = 'visit';
SELECT count(DISTINCT v.customer) AS carted
FROM events v JOIN events c USING (customer)
WHERE v.event = 'visit' AND c.event = 'cart' AND c.at >= v.at AND c.at - v.at <= interval '5 days';
SELECT count(DISTINCT v.customer) AS paid
FROM events v JOIN events c USING (customer) JOIN events p USING (customer)
WHERE v.event = 'visit' AND c.event = 'cart' AND p.event = 'pay' AND c.at >= v.at AND p.at >= c.at AND p.at - v.at <= interval '5 days';

-- many groups, empty parts
SET max_parallel_workers_per_gather = 2;
SELECT count(*), sum(customers(f)), sum(reached(f, 'pay'))
FROM (SELECT funnel('visit -> cart -> pay', customer, at, event) f FROM events GROUP BY customer) q;
SELECT customers(funnel('visit -> cart', customer, at, event)) FROM events WHERE customer < 0;
SELECT customers(funnel('visit -> cart', customer, at, event)) FROM events WHERE event = 'other';

-- a hash aggregate that is scanned again calls the final functions again, for the same states
SET enable_sort = off;
SET parallel_setup_cost = 1000000;
SELECT n, (SELECT max(customers(f)) FROM (SELECT funnel('visit -> cart -> pay', customer, at, event) f FROM events GROUP BY customer < 0 HAVING count(*) > n) q)
FROM (VALUES (1), (2), (3)) v(n);

DROP TABLE results, events;
DROP FUNCTION run(text), run_parallel(text);
