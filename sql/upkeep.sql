-- Folding new events into stored timelines; concurrency and crashes are tested
-- by test/upkeep.
SET timezone = 'UTC';
CREATE SCHEMA test_upkeep;
SET search_path = test_upkeep, public;

CREATE TABLE timelines (customer bigint PRIMARY KEY, timeline timeline NOT NULL) WITH (fillfactor = 90);
CREATE TABLE fresh (customer bigint, at timestamptz, event text, value float8, channel text, feeling float8);
-- folds what is in fresh; how many customers were written
CREATE FUNCTION fold() RETURNS bigint LANGUAGE sql AS $$
	WITH folded AS (
		INSERT INTO timelines AS t (customer, timeline)
		SELECT customer, merge(timeline(at, event, value, channel, feeling), '{"events": []}')
		FROM fresh GROUP BY customer ORDER BY customer
		ON CONFLICT (customer) DO UPDATE SET timeline = merge(t.timeline, excluded.timeline)
		RETURNING 1)
	SELECT count(*) FROM folded
$$;

-- new customers, one of whose events is delivered twice
INSERT INTO fresh (customer, at, event) VALUES (2, '2026-01-01Z', 'visit'), (1, '2026-01-03Z', 'cart'), (1, '2026-01-03Z', 'cart');
SELECT fold();
TABLE timelines ORDER BY customer;
-- late events, a repeat, a new customer; customer 2 is left alone
CREATE TEMP TABLE before AS SELECT customer, ctid AS place, xmin AS xid FROM timelines;
TRUNCATE fresh;
INSERT INTO fresh (customer, at, event) VALUES (3, '2026-01-01Z', 'visit'), (1, '2026-01-01Z', 'visit'), (1, '2026-01-03Z', 'cart'), (1, '2026-01-02Z', 'search');
SELECT fold();
TABLE timelines ORDER BY customer;
SELECT customer FROM timelines t JOIN before b USING (customer) WHERE (t.ctid, t.xmin) IS NOT DISTINCT FROM (b.place, b.xid);
-- the whole batch again changes no timeline
CREATE TEMP TABLE kept AS TABLE timelines;
SELECT fold();
SELECT count(*) FROM timelines JOIN kept USING (customer) WHERE timelines.timeline = kept.timeline;
-- equal is what is equal in every field, feelings to the millionth
TRUNCATE fresh;
INSERT INTO fresh VALUES (2, '2026-01-01Z', 'visit', 1, NULL, NULL), (2, '2026-01-01Z', 'visit', 1, 'web', NULL), (2, '2026-01-01Z', 'visit', 1, 'web', 0.5),
	(2, '2026-01-01Z', 'visit', 1, 'web', 0.5000001), (2, '2026-01-01Z', 'visit', 2, NULL, NULL), (2, '2026-01-01 00:00:00.000001Z', 'visit', NULL, NULL, NULL);
SET datestyle = ISO;
SELECT fold(), fold();
SELECT e.* FROM timelines, events(timeline) e WHERE customer = 2;
-- two real views in one microsecond count once
SELECT customers(funnel('a(view) -> b(view)', t)) AS customers, reached(funnel('a(view) -> b(view)', t), 'b') AS all_rows,
	reached(funnel('a(view) -> b(view)', merge(t, '{"events": []}')), 'b') AS merged
FROM (SELECT timeline('2026-01-01Z', 'view') FROM generate_series(1, 2)) q(t);
-- a repeat need not rewrite the row
TRUNCATE before;
INSERT INTO before SELECT customer, ctid, xmin FROM timelines;
INSERT INTO timelines AS t (customer, timeline)
SELECT customer, merge(timeline(at, event, value, channel, feeling), '{"events": []}') FROM fresh GROUP BY customer ORDER BY customer
ON CONFLICT (customer) DO UPDATE SET timeline = merge(t.timeline, excluded.timeline) WHERE merge(t.timeline, excluded.timeline) <> t.timeline;
SELECT count(*) FROM timelines t JOIN before b USING (customer) WHERE (t.ctid, t.xmin) IS NOT DISTINCT FROM (b.place, b.xid);

-- in any batches, in any order, each batch twice: as if all were read at once
CREATE TABLE source AS
SELECT h % 50 AS customer, timestamptz '2026-01-01Z' + (h >> 16) % 1000 * interval '1 hour' AS at, 'event ' || (h >> 32) % 5 AS event,
	CASE WHEN i % 3 > 0 THEN (i % 7)::float8 END AS value, CASE WHEN i % 4 > 0 THEN 'channel ' || i % 3 END AS channel,
	CASE WHEN i % 5 > 0 THEN i % 11 / 11.0::float8 END AS feeling, i
FROM (SELECT i, hashint8extended(i, 3) & 281474976710655 FROM generate_series(1, 4000) i) q(i, h);
TRUNCATE timelines, fresh;
DO $$
BEGIN
	FOR batch IN 0 .. 39 LOOP
		TRUNCATE fresh;
		INSERT INTO fresh SELECT customer, at, event, value, channel, feeling FROM source WHERE (i * 7919 + 13) % 20 = batch % 20;
		PERFORM fold();
	END LOOP;
END
$$;
SELECT count(*), count(*) FILTER (WHERE t.timeline IS DISTINCT FROM s.timeline) AS differ
FROM timelines t FULL JOIN (SELECT customer, merge(timeline(at, event, value, channel, feeling), '{"events": []}') AS timeline
	FROM source GROUP BY customer) s USING (customer);
SELECT count(*), bool_and(t.timeline = l.timeline)
FROM timelines t JOIN (SELECT customer, merge(timeline, '{"events": []}') AS timeline
	FROM timelines('SELECT customer, at, event, value, channel, feeling FROM source', NULL::bigint)) l USING (customer);

-- retention: cut away, only where there is something to cut
TRUNCATE before;
INSERT INTO timelines VALUES (100, '{"events": [["2026-02-01T00:00:00Z", "a"]]}'), (101, '{"events": [["2025-01-01T00:00:00Z", "a"]]}');
INSERT INTO before SELECT customer, ctid, xmin FROM timelines;
UPDATE timelines SET timeline = slice(timeline, '2026-01-20Z', NULL)
WHERE customer IN (SELECT customer FROM timelines WHERE first_at(timeline) < '2026-01-20Z' ORDER BY customer FOR UPDATE);
SELECT customer FROM timelines t JOIN before b USING (customer) WHERE (t.ctid, t.xmin) IS NOT DISTINCT FROM (b.place, b.xid);
SELECT customer FROM timelines WHERE num_events(timeline) = 0;
SELECT sum(num_events(timeline)) = (SELECT count(*) + 1 FROM (SELECT DISTINCT customer, at, event, value, channel, feeling FROM source WHERE at >= '2026-01-20Z') d)
FROM timelines;

DROP TABLE timelines, fresh, source;
DROP FUNCTION fold();
DROP SCHEMA test_upkeep;
