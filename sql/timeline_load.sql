-- timelines(): as timeline() with GROUP BY, faster
SET timezone = 'UTC';
-- 12,000 rows, of 400 customers and as many again of customer 0 alone, with
-- ties, NULLs, and values that millionths do not hold
CREATE TABLE raw AS
SELECT CASE WHEN i % 2 = 0 THEN 0 WHEN i % 499 <> 0 THEN a % 400 END AS customer,
	CASE WHEN b % 53 <> 0 THEN timestamptz '2026-01-01Z' + (b % 300) * interval '1 hour' END AS at,
	CASE WHEN c % 41 <> 0 THEN (ARRAY['visit', 'cart', 'a name of more than sixteen bytes', '', 'pay', 'Pay'])[1 + c % 6] END AS event,
	CASE d % 5 WHEN 0 THEN NULL WHEN 1 THEN -0.0::float8 WHEN 2 THEN CASE WHEN a % 3 = 0 THEN d / 7e12::float8 ELSE -d END
		ELSE (d % 1000 - 500) / 100.0 END::float8 AS value,
	CASE WHEN e % 5 <> 0 THEN (ARRAY['mail', 'ad', 'shop', 'x'])[1 + e % 4] END AS channel,
	CASE WHEN f % 5 <> 0 THEN (f % 2001 - 1000) / 1000.0 END::float8 AS feeling
FROM (SELECT i, h & 65535, (h >> 8) & 65535, (h >> 16) & 65535, (h >> 24) & 65535, (h >> 32) & 65535, (h >> 40) & 65535
	FROM (SELECT i, hashint8extended(i, 11) FROM generate_series(1, 12000) i) q(i, h)) q(i, a, b, c, d, e, f);
CREATE FUNCTION difference(n int, key text, customer text, tab text = 'raw') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	columns text := array_to_string((ARRAY['at', 'event', 'value', 'channel', 'feeling'])[:n - 1], ', ');
	result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' customers, '' || count(*) FILTER (WHERE timeline_send(l.timeline) IS DISTINCT FROM timeline_send(a.timeline)) || '' differ''
		FROM timelines(%L, NULL::%s) l FULL JOIN (SELECT %s AS customer, timeline(%s) FROM %s
			WHERE customer IS NOT NULL AND at IS NOT NULL AND event IS NOT NULL GROUP BY 1) a USING (customer)',
		format('SELECT %s, %s FROM %s', customer, columns, tab), key, customer, columns, tab) INTO result;
	RETURN result;
END
$$;
CREATE VIEW differences AS
SELECT n, key, difference(n, key, customer)
FROM generate_series(3, 6) n, (VALUES ('bigint', 'customer::bigint'), ('bigint', 'customer'), ('bigint', 'customer::int2'),
	('text', 'customer::text'), ('text', 'nullif(repeat(''x'', 20) || customer, repeat(''x'', 20))::varchar'),
	('uuid', 'lpad(to_hex(customer), 32, ''0'')::uuid')) k(key, customer);
SET hash_mem_multiplier = 1;
SET work_mem = '32MB';
SELECT difference, count(*) FROM differences GROUP BY 1;
-- spilled; customer 0 has more events than memory is allowed for
SET work_mem = '64kB';
SELECT difference, count(*) FROM differences GROUP BY 1;
RESET work_mem;

-- many names: codes grow, twice; many in one timeline, too
CREATE TABLE many AS
SELECT i % 3 AS customer, timestamptz '2026-01-01Z' + i % 7 * interval '1 s' AS at, 'event ' || i % 70000 AS event,
	1.0::float8 AS value, 'channel ' || i % 3000 AS channel, NULL::float8 AS feeling
FROM generate_series(1, 90000) i;
SELECT n, difference(n, 'bigint', 'customer', 'many') FROM generate_series(3, 6, 1) n;
SET work_mem = '256kB';
SELECT n, difference(n, 'bigint', 'customer', 'many') FROM generate_series(3, 6, 3) n;
RESET work_mem;
-- one instant of one customer
CREATE TABLE instant AS
SELECT 1 AS customer, timestamptz '2026-01-01Z' AS at, 'e' || i % 10 AS event, (i % 100)::float8 AS value FROM generate_series(1, 20000) i;
SET work_mem = '64kB';
SELECT n, difference(n, 'text', 'customer::text', 'instant') FROM generate_series(3, 4) n;
RESET work_mem;
-- two customers of whose hashes all but the last bits are the same
CREATE TABLE twins AS
SELECT c AS customer, timestamptz '2026-01-01Z' + i * interval '1 s' AS at, 'e' AS event
FROM (VALUES (4519331657660121413), (-5884382483820962813)) v(c), generate_series(1, 6000) i;
SET work_mem = '64kB';
SELECT difference(3, 'bigint', 'customer', 'twins');
RESET work_mem;

-- names that are compressed or elsewhere; domains; dropped columns
CREATE DOMAIN event_name AS text;
CREATE TABLE wide (gone int, customer text, at timestamptz, event event_name);
ALTER TABLE wide DROP COLUMN gone;
ALTER TABLE wide ALTER customer SET STORAGE external;
INSERT INTO wide VALUES (repeat('customer', 1000), '2026-01-02Z', repeat('long', 5000)), (repeat('customer', 1000), '2026-01-01Z', 'short');
SELECT difference(3, 'text', 'customer', 'wide');
SELECT num_events(timeline), length(customer) FROM timelines('TABLE wide', NULL::text);
-- nothing
SELECT * FROM timelines('SELECT 1::bigint, now(), ''e'' WHERE false', NULL::bigint);
SELECT * FROM timelines(NULL, NULL::bigint);
SELECT * FROM timelines('SELECT NULL::bigint, now(), ''e''', 1::bigint);
-- what it sees, where else it may stand
BEGIN;
INSERT INTO instant VALUES (2, '2026-01-01Z', 'new', NULL);
SELECT * FROM timelines('SELECT customer, at, event, value FROM instant WHERE customer = 2', NULL::bigint);
ROLLBACK;
SELECT count(*), sum(num_events((t).timeline)) FROM (SELECT timelines('SELECT customer, at, event FROM raw', NULL::bigint) t) q;
SELECT v, t.* FROM (VALUES (1), (2)) v(v), timelines(format('SELECT %s, timestamptz ''2026-01-01Z'', ''e''', v), NULL::bigint) t;
SELECT customer FROM timelines('SELECT customer, timeline_at, ''e'' FROM (SELECT customer, first_at(timeline) FROM timelines(''SELECT customer, at, event FROM raw'', NULL::bigint)) q(customer, timeline_at)', NULL::bigint) ORDER BY 1 LIMIT 2;

-- errors
\set VERBOSITY sqlstate
\set SHOW_CONTEXT never
CREATE FUNCTION sqlstate(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END
$$;
\pset format unaligned
\pset tuples_only on
SELECT sqlstate(format('SELECT * FROM timelines(%L, NULL::bigint)', source)) FROM (VALUES
	(1, ''), (2, 'SELECT'), (3, 'SELECT 1, now()'), (4, 'SELECT 1, now(), ''a'', 1.0::float8, ''c'', 1.0::float8, 1'),
	(5, 'SELECT 1::numeric, now(), ''a'''), (6, 'SELECT ''1'', now(), ''a'''), (7, 'SELECT 1, now()::timestamp, ''a'''),
	(8, 'SELECT 1, now(), 1'), (9, 'SELECT 1, now(), ''a'', 1'), (10, 'SELECT 1, now(), ''a'', 1::float8, 1'),
	(11, 'SELECT 1, now(), ''a'', 1::float8, ''c'', 1'), (12, 'CREATE TABLE never (i int)'), (13, 'DELETE FROM raw'),
	(14, 'DELETE FROM raw RETURNING customer, at, event'), (15, 'SELECT customer, at, event FROM raw FOR UPDATE'),
	(16, 'WITH d AS (DELETE FROM raw RETURNING customer, at, event) TABLE d'), (17, 'SELECT 1; SELECT 2'), (18, 'EXPLAIN SELECT 1'),
	(19, 'SELECT customer, at, event INTO never FROM raw'), (20, 'SELECT 1, ''infinity''::timestamptz, ''a'''),
	(21, 'SELECT 1, now(), ''a'', ''NaN''::float8'), (22, 'SELECT 1, now(), ''a'', -1.1e12::float8'),
	(23, 'SELECT 1, now(), ''a'', NULL::float8, NULL::text, 1.5::float8'), (24, 'SELECT nothing'),
	(25, 'SELECT 1 / (i - 5000), now(), ''e'' FROM generate_series(1, 10000) i')) v(n, source) ORDER BY n;
SELECT sqlstate(format('SELECT * FROM timelines(''SELECT 1, now(), 1'', NULL::%s)', key))
FROM unnest('{int,varchar,numeric,text[],uuid,text}'::text[]) key;
SELECT sqlstate($$SELECT * FROM timelines('SELECT 1, now(), ''a'', 0::float8, i::text, 0::float8 FROM generate_series(1, 65536) i', NULL::bigint)$$);
SELECT sqlstate($$SELECT * FROM timelines('SELECT i, now(), ''a'', 0::float8, i::text, 0::float8 FROM generate_series(1, 131072) i', NULL::bigint)$$);
\pset format aligned
\pset tuples_only off

-- cancelled, or in error, in mid-spill: no file is left
CREATE FUNCTION temp_files() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM pg_ls_tmpdir()';
SET work_mem = '64kB';
SET statement_timeout = '1s';
SELECT count(*) FROM timelines('SELECT i % 1000, now(), ''e'' || i % 10 FROM generate_series(1, 100000000) i', NULL::bigint);
RESET statement_timeout;
SELECT temp_files();
SELECT count(*) FROM timelines('SELECT i / (100000 - i), now(), ''e'' FROM generate_series(1, 200000) i', NULL::bigint);
SELECT temp_files();
-- within one transaction, too
BEGIN;
SELECT count(*) FROM timelines('SELECT i % 1000, now(), ''e'' FROM generate_series(1, 200000) i', NULL::bigint);
SELECT temp_files();
COMMIT;
SELECT temp_files();
DROP VIEW differences;
DROP TABLE raw, many, instant, twins, wide;
DROP DOMAIN event_name;
DROP FUNCTION difference(int, text, text, text), sqlstate(text), temp_files();
