-- funnel(journey, timeline) over plain journeys, which has a way of its own:
-- the same bytes as one level
SET timezone = 'UTC';
CREATE SCHEMA test_timeline_funnel;
SET search_path = test_timeline_funnel, public;
\pset format unaligned
-- short and long customers; times in seconds of few kinds, so that there are
-- ties, and windows that are reached exactly; some have hundreds of names
CREATE TABLE rows AS
SELECT customer, timestamptz '2026-01-01Z' + interval '1 second' * ((h >> 8 & 65535) % CASE customer % 4 WHEN 0 THEN 1 WHEN 1 THEN 7 WHEN 2 THEN 60 ELSE 2000 END) AS at,
	CASE WHEN customer % 50 = 0 THEN 'x' || (h >> 24 & 65535) % 400 ELSE (ARRAY['a', 'b', 'c', 'd', 'e', 'a name of more than sixteen bytes'])[1 + (h >> 24 & 65535) % 6] END AS event,
	CASE WHEN h >> 40 & 1 = 0 THEN (h >> 41 & 255) END::float8 AS value
FROM (SELECT customer, hashint8extended(customer * 100000::bigint + i, 3) FROM generate_series(1, 2000) customer,
	generate_series(1, CASE WHEN customer % 100 = 99 THEN 200 ELSE 1 + customer % 13 END) i) q(customer, h);
-- more events than are looked at in one go
INSERT INTO rows SELECT 3000, timestamptz '2026-01-01Z' + i * interval '1 second', (ARRAY['a', 'e', 'b', 'e', 'e'])[1 + i % 5] FROM generate_series(1, 66000) i;
INSERT INTO rows SELECT 3001, timestamptz '2026-01-01Z' + i / 40000 * interval '1 second', (ARRAY['a', 'b', 'c'])[1 + i / 30000] FROM generate_series(1, 65000) i;
INSERT INTO rows SELECT 3002, timestamptz '2026-01-01Z' + i * interval '1 microsecond', CASE i WHEN 1 THEN 'a' WHEN 65000 THEN 'b' WHEN 65001 THEN 'c' ELSE 'e' END FROM generate_series(1, 65536) i;
INSERT INTO rows VALUES (3003, '4714-11-24T00:00:00Z BC', 'a'), (3003, '294276-12-31T23:59:59.999999Z', 'b');
CREATE TABLE timelines AS SELECT customer, timeline(at, event) AS t, timeline(at, event, value) AS valued FROM rows GROUP BY customer;
CREATE TABLE journeys AS SELECT *, row_number() OVER () AS id FROM unnest(ARRAY['a', 'a -> b', 'first(a) -> second(a)', 'a -> b -> c', 'a -> b -> c -> d -> e', 'a -> b within 0 seconds', 'a -> b -> c within 1 second',
	'a -> b -> c -> d within 5 seconds', 'b -> a within 60 seconds', 'first(a|e) -> second(b|c) -> third(d) within 30 seconds', 'first(a) -> second(b) -> third(a) within 30 seconds',
	'x1 -> x2 within 500 seconds', 'x(x1|x2|x3|x4|x5|x6|x7|x8|x9) -> y(x300|x301|x302|x303|x304) -> z(x17|x18|x19) within 1000 seconds', '"a name of more than sixteen bytes" -> d -> b',
	'a -> nothing', 'nothing -> a', 'a -> b -> c within 300000 days']::journey[]) j;
SELECT id, two = one AS same, two_valued = one_valued AS same_valued, reached
FROM journeys, LATERAL (SELECT funnel_send(funnel(j, customer, at, event)) AS one, funnel_send(funnel(j, customer, at, event, value)) AS one_valued FROM rows) x,
	LATERAL (SELECT funnel_send(funnel(j, t)) AS two, funnel_send(funnel(j, valued)) AS two_valued,
		(SELECT string_agg(reached::text, ' ' ORDER BY stage_no) FROM stages(funnel(j, t))) AS reached FROM timelines) y ORDER BY id;
-- more sets of names than are remembered, and one after the other of very many names
CREATE TABLE many AS
SELECT customer, timestamptz '2026-01-01Z' + i * interval '1 second' AS at, 'x' || (customer * 7919 + i * i * 31) % 400 AS event
FROM generate_series(1, 3000) customer, generate_series(1, CASE WHEN customer % 30 = 0 THEN 300 ELSE 6 END) i;
SELECT funnel_send(funnel('x1 -> x2', t)) = (SELECT funnel_send(funnel('x1 -> x2', customer, at, event)) FROM many) AS same, count(*)
FROM (SELECT customer, timeline(at, event) AS t FROM many GROUP BY customer) q;
