-- The type funnel: text, JSON and binary forms, checks, order, addition.

-- what a statement gives: its result, or its error in full
CREATE FUNCTION pg_temp.try(statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	result text;
	detail text;
	hint text;
BEGIN
	EXECUTE statement INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ' ' || SQLERRM,
		'DETAIL ' || nullif(detail, ''), 'HINT ' || nullif(hint, ''));
END $$;

CREATE FUNCTION pg_temp.read(j jsonb) RETURNS text
LANGUAGE sql AS $$ SELECT pg_temp.try(format('SELECT %L::funnel', j)) $$;

-- only the SQLSTATE and the detail
CREATE FUNCTION pg_temp.brief(j jsonb) RETURNS text
LANGUAGE sql AS $$
	SELECT regexp_replace(pg_temp.read(j), '^(\w{5}) .*\nDETAIL (.*)\nHINT .*$', '\1 \2')
$$;

-- three required stages and an optional one; 10, 6 and 3 customers
CREATE TEMP TABLE sample AS SELECT '{
	"version": 1,
	"journey": {"stages": [{"name": "a"}, {"name": "b"},
		{"name": "c", "optional": true}, {"name": "d"}]},
	"stages": [
		{"stage": "a", "reached": 10, "entered": 10, "dropped": 3,
			"waiting": 1, "settled": 9, "valued": 4, "valued_dropped": 2,
			"valued_waiting": 1, "value_millionths": 10000000,
			"value_lost_millionths": 3000000,
			"value_lost_squares_trillionths": 5000000000000,
			"value_waiting_millionths": -2000000,
			"to_next_us": [[0, 1], [127, 2], [128, [2]], [131, 1]],
			"excluded": 2},
		{"stage": "b", "reached": 6, "dropped": 3, "settled": 6,
			"to_next_us": [[86400000000, 3]],
			"from_first_us": [[0, 1], [127, 2], [128, [2]], [131, 1]]},
		{"stage": "c", "reached": 4},
		{"stage": "d", "reached": 3,
			"from_first_us": [[85899345920, [3]]]}],
	"touchpoints": [
		{"stage": "a", "events": 2, "customers": 1, "felt": 2,
			"feeling_millionths": 500000},
		{"channel": "mail", "stage": "a", "events": 9, "customers": 3,
			"felt": 3, "felt_negative": 1, "feeling_millionths": 1000000},
		{"channel": "mail", "stage": "d", "events": 3, "customers": 3},
		{"channel": "web", "stage": "b", "events": 7, "customers": 6}]}'::jsonb AS j;

\pset format unaligned
\pset tuples_only on

-- the text form is one line, its keys in a fixed order, and reads back
SELECT j::text::funnel FROM sample;
SELECT j::text::funnel::text::funnel = j::text::funnel FROM sample;
SELECT (j::text::funnel::json #>> '{}')::funnel = j::text::funnel FROM sample;
SELECT j::text::funnel::jsonb = j::text::funnel::text::jsonb FROM sample;
SELECT j::text::funnel::json::text = j::text::funnel::text FROM sample;
SELECT (j::text::funnel::jsonb - 'journey') = (j - 'journey') FROM sample;
-- inside a row it is nested JSON, not a string
SELECT to_jsonb(s) #>> '{f,stages,3,reached}'
FROM (SELECT j::text::funnel AS f FROM sample) s;
-- white space, order of keys and 3.00 for 3 do not matter; zeros are left out
SELECT ('  ' || jsonb_pretty(j || '{"version": 1.0}'))::funnel = j::text::funnel
FROM sample;
SELECT jsonb_set(j, '{stages,3,waiting}', '0')::text::funnel = j::text::funnel FROM sample;
SELECT pg_temp.try($$SELECT '{"version": 1, "journey": {"stages": [{"name": "a"}]}, "stages": [{"stage": "a", "reached": 1e1, "entered": 10}]}'::funnel$$);

-- an empty funnel
SELECT '{"version": 1, "journey": {"stages": [{"name": "a"}]}, "stages": [{"stage": "a"}]}'::funnel;

-- what is not a funnel
SELECT pg_temp.try($$SELECT ''::funnel$$);
SELECT pg_temp.try($$SELECT 'a -> b'::funnel$$);
SELECT pg_temp.try($$SELECT '[1]'::funnel$$);
SELECT pg_temp.try($$SELECT '{'::funnel$$);
SELECT pg_temp.try($$SELECT '{}'::funnel$$);
SELECT pg_temp.read('{"version": 1}');
SELECT pg_temp.read(j - 'stages') FROM sample;
SELECT pg_temp.read(j - 'version') FROM sample;
SELECT pg_temp.read(j || '{"version": 2, "other": true}') FROM sample;
SELECT pg_temp.read(j || '{"version": "1"}') FROM sample;
SELECT pg_temp.read(j || '{"version": 1.5}') FROM sample;
SELECT pg_temp.read(j || '{"version": 1e40}') FROM sample;
SELECT pg_temp.read(j || '{"other": true}') FROM sample;
SELECT pg_temp.read(j || jsonb_build_object(repeat('long', 50), 1)) FROM sample;
SELECT pg_temp.read(j || '{"journey": 1}') FROM sample;
SELECT pg_temp.read(j || '{"journey": {}}') FROM sample;
SELECT pg_temp.read(j || '{"stages": {}}') FROM sample;
SELECT pg_temp.read(j || '{"stages": 5}') FROM sample;
SELECT pg_temp.read(j || '{"stages": []}') FROM sample;
SELECT pg_temp.read(j || '{"stages": [1, 2, 3, 4]}') FROM sample;
SELECT pg_temp.read(j #- '{stages,3}') FROM sample;
SELECT pg_temp.read(jsonb_insert(j, '{stages,3}', '{"stage": "e"}', true)) FROM sample;
SELECT pg_temp.read(jsonb_set(j, '{stages,1,stage}', '"x"')) FROM sample;
SELECT pg_temp.read(jsonb_set(j, '{stages,1,stage}', '1')) FROM sample;
SELECT pg_temp.read(j #- '{stages,1,stage}') FROM sample;
SELECT pg_temp.read(jsonb_set(j, '{stages,1,lost}', '1')) FROM sample;

-- numbers out of range or of another kind
SELECT v, pg_temp.brief(jsonb_set(j, '{stages,1,reached}', v))
FROM sample, jsonb_array_elements('[-1, 1.5, "6", null, true, [6], {},
	72057594037927937, 1e30, 1e-30]') v;
SELECT v, pg_temp.brief(jsonb_set(j, '{stages,0,value_millionths}', v))
FROM sample, jsonb_array_elements('[0.1, "6", null,
	3138550867693340381917894711603833208051177722232017256448]') v;
SELECT v, pg_temp.brief(jsonb_set(j, '{stages,3,from_first_us}', v))
FROM sample, jsonb_array_elements('[3, [3], [[]], [[64]], [[64, null]], [[64, []]],
	[[64, 3, 64]], [[64, [3]]], [[64, 0]], [[64, -3]], [[-1, 3]],
	[[64, 2], [64, 1]], [[65, 1], [64, 2]], [[130, 1], [131, 2]],
	[[129, [3]]], [[128, [1]], [130, 2]], [[128, [2, 0]], [140, 1]],
	[[128, [2], 1]], [[128, [[3]]]], [[128, [2, 2]], [131, 1]], [[128, [3, null]]],
	[[9151314442816847872, [2, 2]]], [[9223372036854775808, 3]], [[64.5, 3]],
	[["64", 3]], [[64, "3"]], [{"lower": 64}], {}]') v;
-- the longest duration there is; what could be one run may be several
SELECT pg_temp.read(jsonb_set(j, '{stages,3,from_first_us}',
	'[[9223372036854775807, 3]]')) LIKE '{%' FROM sample;
SELECT pg_temp.read(jsonb_set(j, '{stages,1,from_first_us}', v))::jsonb #> '{stages,1,from_first_us}'
FROM sample, jsonb_array_elements('[[[128, [2]], [130, [4]]], [[128, [2, 4]]], [[128, [2]], [132, [4]]],
	[[128, [2]], [130, 4]], [[64, 2], [128, [4]]], [[9151314442816847872, [6]]]]') v;

-- every rule between the numbers of a funnel, broken once
CREATE TEMP TABLE broken (path text[], value jsonb);
INSERT INTO broken VALUES
	('{0,dropped}', '10'),
	('{0,settled}', '11'),
	('{3,dropped}', '1'),
	('{3,waiting}', '1'),
	('{3,settled}', '1'),
	('{2,dropped}', '1'),
	('{2,entered}', '1'),
	('{2,reached}', '11'),
	('{1,entered}', '1'),
	('{0,entered}', '9'),
	('{0,dropped}', '4'),
	('{1,reached}', '7'),
	('{3,reached}', '4'),
	('{0,valued}', '11'),
	('{0,valued_dropped}', '4'),
	('{0,valued_waiting}', '2'),
	('{0,valued}', '2'),
	('{3,value_millionths}', '1'),
	('{0,value_millionths}', '4000000100000000001'),
	('{0,value_millionths}', '-4000000100000000001'),
	('{1,value_lost_millionths}', '1'),
	('{1,value_waiting_millionths}', '1'),
	('{1,value_lost_squares_trillionths}', '1'),
	('{0,value_lost_squares_trillionths}', '-1'),
	('{0,value_lost_squares_trillionths}', '4499000000000'),
	('{0,value_lost_squares_trillionths}', '3e36'),
	('{0,to_next_us}', '[[0, 5]]'),
	('{0,to_next_us}', '[]'),
	('{2,to_next_us}', '[[0, 1]]'),
	('{3,to_next_us}', '[[0, 1]]'),
	('{1,from_first_us}', '[[0, 5]]'),
	('{0,from_first_us}', '[[0, 1]]'),
	('{2,from_first_us}', '[[0, 4]]');
SELECT pg_temp.read(jsonb_set(j, '{stages,0,settled}', '11')) FROM sample;
SELECT path, value, pg_temp.brief(jsonb_set(j, '{stages}' || path, value))
FROM sample, broken;
-- the same of touchpoints
CREATE TEMP TABLE broken_touch (path text[], value jsonb);
INSERT INTO broken_touch VALUES
	('{0,events}', '3'),
	('{0,customers}', '0'),
	('{0,felt}', '1'),
	('{0,felt_negative}', '3'),
	('{0,feeling_millionths}', '2000001'),
	('{0,others}', 'true'),
	('{0,others}', 'false'),
	('{1,events}', '2'),
	('{1,events}', '0'),
	('{1,customers}', '0'),
	('{1,customers}', '11'),
	('{1,felt}', '10'),
	('{1,felt_negative}', '4'),
	('{1,feeling_millionths}', '-3000001'),
	('{1,channel}', '7'),
	('{1,channel}', '""'),
	('{1,stage}', '"x"'),
	('{1,stage}', '"d"'),
	('{1,others}', 'true'),
	('{1,other}', 'true'),
	('{1}', '[]'),
	('{}', '{}');
SELECT path, value, pg_temp.brief(jsonb_set(j, '{touchpoints}' || path, value))
FROM sample, broken_touch;
SELECT n, pg_temp.brief(jsonb_set(j, '{touchpoints}', (
	SELECT jsonb_agg(jsonb_build_object('stage', 'a', 'channel', i::text, 'events', 1, 'customers', 1))
	FROM generate_series(1, n) i))) LIKE '{%' FROM sample, (VALUES (64), (65)) v(n);
SELECT value, pg_temp.read(jsonb_set(j, '{stages,0,value_millionths}', value)) LIKE '{%'
FROM sample, jsonb_array_elements('[4000000000000000000, -4000000000000000000]') value;
SELECT pg_temp.read(jsonb_set(j, '{stages,0,value_lost_squares_trillionths}', '4500000000000')) LIKE '{%'
FROM sample;
-- an open journey may be entered at later stages, without a time from the first
CREATE TEMP TABLE open AS SELECT '{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}],
	"entry": "any"}, "stages": [
		{"stage": "a", "reached": 5, "entered": 5, "dropped": 2, "settled": 5, "to_next_us": [[9, 3]]},
		{"stage": "b", "reached": 7, "entered": 4, "from_first_us": [[9, 3]]}]}'::jsonb AS j;
SELECT j::text::funnel::jsonb = j FROM open;
SELECT pg_temp.brief(jsonb_set(j, '{stages,1,from_first_us}', '[[9, 8]]')) FROM open;
SELECT pg_temp.brief(jsonb_set(j, '{stages,1,entered}', '3')) FROM open;

-- Customers made up by a fixed rule, counted in plain SQL, sketches included.
CREATE TEMP TABLE customer AS
SELECT id, id % 7 AS part,
	-- 0 .. 3 further stages; whole days, short times, odd times
	(id * 7919 % 11) % 4 AS further,
	ARRAY[(id * 104729 % 97) * 86400000000,
		id * 31 % 200,
		id::bigint * id * 1234577 % 100000000000] AS step,
	CASE WHEN id % 3 > 0 THEN (id * 15485863::bigint % 1000003 - 300000) END AS value
FROM generate_series(1, 2000) id;

CREATE FUNCTION pg_temp.sketch(micros bigint[]) RETURNS jsonb
LANGUAGE sql AS $$
	WITH duration AS (
		-- 7 significant bits
		SELECT m, 1::bigint << greatest(0, length(ltrim(m::bit(64)::text, '0')) - 7) AS width
		FROM unnest(micros) m),
	bucket AS (
		SELECT m - m % width AS lower, m - m % width + width AS upper, count(*) AS n,
			min(m) AS least, min(m) < max(m) AS mixed
		FROM duration GROUP BY 1, 2),
	-- neighbours with different durations are one run
	run AS (
		SELECT *, count(*) FILTER (WHERE goes_on IS NOT TRUE) OVER (ORDER BY lower) AS run_no
		FROM (SELECT *, mixed AND lag(mixed) OVER w AND lower = lag(upper) OVER w AS goes_on
			FROM bucket WINDOW w AS (ORDER BY lower)) b)
	SELECT jsonb_agg(part ORDER BY run_no)
	FROM (SELECT run_no, CASE WHEN bool_or(mixed)
			THEN jsonb_build_array(min(lower), jsonb_agg(n ORDER BY lower))
			ELSE jsonb_build_array(min(least), min(n)) END AS part
		FROM run GROUP BY run_no) r
$$;

-- the funnel of some parts; a stage that nobody reached has no fields
CREATE FUNCTION pg_temp.count_funnel(parts int[], as_of text = NULL, title text = NULL)
RETURNS funnel LANGUAGE sql AS $$
	WITH chosen AS (SELECT * FROM customer WHERE part = ANY (parts)),
	stage AS (
		SELECT k, jsonb_strip_nulls(jsonb_build_object('stage', (ARRAY['a', 'b', 'c', 'd'])[k + 1],
			'reached', count(*),
			'entered', count(*) FILTER (WHERE k = 0),
			'dropped', count(*) FILTER (WHERE further = k AND k < 3),
			'settled', count(*) FILTER (WHERE k < 3),
			'valued', count(value),
			'valued_dropped', count(value) FILTER (WHERE further = k AND k < 3),
			'value_millionths', coalesce(sum(value * 10000::numeric), 0),
			'value_lost_millionths',
				coalesce(sum(value * 10000::numeric) FILTER (WHERE further = k AND k < 3), 0),
			'value_lost_squares_trillionths',
				coalesce(sum((value * 10000::numeric) ^ 2) FILTER (WHERE further = k AND k < 3), 0)))
			|| CASE WHEN count(*) FILTER (WHERE further > k) > 0 THEN jsonb_build_object('to_next_us',
				pg_temp.sketch(array_agg(step[k + 1]) FILTER (WHERE further > k))) ELSE '{}' END
			|| CASE WHEN k > 0 THEN jsonb_build_object('from_first_us',
				pg_temp.sketch(array_agg((SELECT sum(s)::bigint FROM unnest(step[1:k]) s)))) ELSE '{}' END AS o
		FROM chosen, generate_series(0, 3) k
		WHERE further >= k
		GROUP BY k)
	SELECT jsonb_build_object('version', 1,
		'journey', jsonb_strip_nulls(jsonb_build_object('as_of', as_of, 'title', title))
			|| '{"stages": [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]}',
		'stages', jsonb_agg(o ORDER BY k))::text::funnel
	FROM stage
$$;

CREATE TEMP TABLE whole AS
SELECT pg_temp.count_funnel('{0,1,2,3,4,5,6}', '2024-01-07T00:00:00Z', 'seven') AS f;
CREATE TABLE funnel_part AS
SELECT p AS part, pg_temp.count_funnel(ARRAY[p], format('2024-01-0%sT00:00:00Z', p + 1),
	CASE WHEN p > 2 THEN 'seven' END) AS f
FROM generate_series(0, 6) p;

-- the sketches as text are those computed here: single durations, runs, gaps
SELECT k, jsonb_array_length(out), out = pg_temp.sketch(micros)
FROM whole, LATERAL (SELECT k, f::jsonb #> ARRAY['stages', k::text, 'to_next_us'] AS out,
	array_agg(step[k + 1]) FILTER (WHERE further > k) AS micros FROM customer, generate_series(0, 2) k GROUP BY k) s ORDER BY k;

-- merging the parts gives the bytes of the whole, in any order and nesting
SELECT rollup(p.f) = w.f, rollup(p.f)::text = w.f::text
FROM funnel_part p, whole w GROUP BY w.f;
SELECT bool_and(r = w.f), count(*)
FROM whole w, generate_series(1, 100) seed, LATERAL (
	SELECT rollup(f ORDER BY hashint4extended(part, seed)) AS r FROM funnel_part) x;
SELECT bool_and(r = w.f), count(*)
FROM whole w, generate_series(1, 50) seed, LATERAL (
	SELECT rollup(g) AS r FROM (
		SELECT rollup(f ORDER BY hashint4extended(part, seed)) AS g
		FROM funnel_part GROUP BY hashint4extended(part, seed + 1000) % 3) y) x;
SELECT ((((((a.f + b.f) + c.f) + d.f) + e.f) + f.f) + g.f) = w.f,
	(g.f + (f.f + (e.f + (d.f + (c.f + (b.f + a.f)))))) = w.f,
	(d.f + b.f) + ((a.f + g.f) + (e.f + (f.f + c.f))) = w.f
FROM funnel_part a, funnel_part b, funnel_part c, funnel_part d, funnel_part e,
	funnel_part f, funnel_part g, whole w
WHERE (a.part, b.part, c.part, d.part, e.part, f.part, g.part) = (0, 1, 2, 3, 4, 5, 6);
-- the funnels that were merged are left as they were
SELECT count(*) FROM funnel_part
WHERE f <> pg_temp.count_funnel(ARRAY[part], format('2024-01-0%sT00:00:00Z', part + 1),
	CASE WHEN part > 2 THEN 'seven' END);

-- parallel, partitionwise, as window, with DISTINCT and FILTER
BEGIN;
INSERT INTO funnel_part SELECT p.* FROM funnel_part p, generate_series(2, 300);
CREATE TEMP TABLE serial AS SELECT rollup(f) AS f FROM funnel_part;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
ALTER TABLE funnel_part SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT rollup(f) FROM funnel_part;
SELECT (SELECT rollup(f) FROM funnel_part) = f, (f::jsonb #>> '{stages,0,reached}') FROM serial;
SELECT count(*), bool_and(p.f = s.f) FROM (
	SELECT part, rollup(f) AS f FROM funnel_part GROUP BY part) p
JOIN LATERAL (SELECT rollup(f) AS f FROM (
	SELECT f FROM funnel_part q WHERE q.part = p.part OFFSET 0) o) s ON true;
SELECT rollup(DISTINCT p.f) = w.f FROM funnel_part p, whole w GROUP BY w.f;
ROLLBACK;

BEGIN;
CREATE TABLE funnel_kept (part int, f funnel) PARTITION BY LIST (part);
CREATE TABLE funnel_kept_0 PARTITION OF funnel_kept FOR VALUES IN (0, 1, 2);
CREATE TABLE funnel_kept_1 PARTITION OF funnel_kept FOR VALUES IN (3, 4, 5, 6);
INSERT INTO funnel_kept SELECT * FROM funnel_part;
SET LOCAL enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT rollup(f) FROM funnel_kept;
SELECT (SELECT rollup(f) FROM funnel_kept) = w.f FROM whole w;
ROLLBACK;

SELECT part, running = pg_temp.count_funnel((SELECT array_agg(i) FROM generate_series(0, part) i),
	format('2024-01-0%sT00:00:00Z', part + 1), CASE WHEN part > 2 THEN 'seven' END)
FROM (SELECT part, rollup(f) OVER (ORDER BY part) AS running FROM funnel_part) s;
SELECT part, first, around::jsonb #> '{stages,0,reached}' FROM (
	SELECT part, rollup(f) OVER w AS around,
		(first_value(f) OVER w)::jsonb #> '{stages,0,reached}' AS first
	FROM funnel_part WINDOW w AS (ORDER BY part ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)) s;
SELECT rollup(f) FILTER (WHERE part < 2) = (SELECT rollup(f) FROM funnel_part WHERE part IN (0, 1))
FROM funnel_part;
-- the name is a key word of GROUP BY, and may stand beside it
SELECT part % 2, rollup(f)::jsonb #> '{stages,0,reached}'
FROM funnel_part GROUP BY ROLLUP (part % 2) ORDER BY 1;
SELECT rollup(f) = rollup(f ORDER BY part DESC) FROM funnel_part;

-- none, one and NULL
SELECT rollup(f) IS NULL FROM funnel_part WHERE false;
SELECT rollup(NULL::funnel) IS NULL FROM funnel_part;
SELECT rollup(CASE WHEN part = 3 THEN f END) = (SELECT f FROM funnel_part WHERE part = 3)
FROM funnel_part;
SELECT f + NULL IS NULL, NULL + f IS NULL FROM whole;
SELECT f + e = f, e + f = f FROM (SELECT f, ('{"version": 1, "stages": [{"stage": "a"}, {"stage": "b"},
	{"stage": "c"}, {"stage": "d"}], "journey": ' || (f::jsonb ->> 'journey') || '}')::funnel AS e FROM whole) s;

-- journeys: notes and scope may differ, matching may not
SELECT (a.f + b.f)::jsonb -> 'journey' FROM funnel_part a, funnel_part b
WHERE a.part = 1 AND b.part = 5;
CREATE TEMP TABLE other (journey jsonb);
INSERT INTO other VALUES
	('{"stages": [{"name": "a"}]}'),
	('{"stages": [{"name": "a"}, {"name": "b"}]}'),
	('{"stages": [{"name": "z"}]}'),
	('{"stages": [{"name": "a", "events": ["x", "y"]}]}'),
	('{"stages": [{"name": "a"}], "within": "7 days"}'),
	('{"stages": [{"name": "a"}], "matching": "strict"}'),
	('{"stages": [{"name": "a", "goal": "a note"}]}');
CREATE FUNCTION pg_temp.zero(journey jsonb) RETURNS funnel LANGUAGE sql AS $$
	SELECT jsonb_build_object('version', 1, 'journey', journey, 'stages',
		(SELECT jsonb_agg(jsonb_build_object('stage', s -> 'name'))
		FROM jsonb_array_elements(journey -> 'stages') s))::text::funnel
$$;
SELECT journey, pg_temp.try(format('SELECT %L::funnel + %L::funnel',
	pg_temp.zero('{"stages": [{"name": "a"}]}'), pg_temp.zero(journey)))
FROM other;
SELECT pg_temp.try(format('SELECT rollup(f) FROM (VALUES (%L::funnel), (%L)) v (f)',
	pg_temp.zero('{"stages": [{"name": "a"}]}'), pg_temp.zero('{"stages": [{"name": "b"}]}')));

-- counts have a limit, sums have room for it
CREATE TEMP TABLE big AS SELECT '{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]},
	"stages": [{"stage": "a", "reached": 36028797018963968, "entered": 36028797018963968,
		"settled": 36028797018963968, "dropped": 36028797018963968,
		"valued": 36028797018963968, "valued_dropped": 36028797018963968,
		"value_millionths": -36028797018963968000000000000000000,
		"value_lost_millionths": -36028797018963968000000000000000000,
		"value_lost_squares_trillionths": 36028797018963968000000000000000000000000000000000000}, {"stage": "b"}]}'::funnel AS f;
SELECT f + f FROM big;
SELECT (f + f)::text::funnel = f + f FROM big;
SELECT pg_temp.try('SELECT f + f + f FROM big');
SELECT pg_temp.try('SELECT rollup(f) FROM big, generate_series(1, 3)');

-- order, equality and hash agree
SELECT count(*), count(DISTINCT f) FROM (
	SELECT f FROM funnel_part UNION ALL SELECT f::text::funnel FROM funnel_part) s;
SELECT count(*) FROM funnel_part a JOIN funnel_part b ON a.f = b.f;
SELECT bool_and((a.f < b.f)::int + (a.f = b.f)::int + (a.f > b.f)::int = 1
	AND (a.f <= b.f) = NOT (a.f > b.f) AND (a.f >= b.f) = NOT (a.f < b.f)
	AND (a.f <> b.f) = NOT (a.f = b.f)
	AND (funnel_hash(a.f) = funnel_hash(b.f)) = (a.f = b.f)
	AND (funnel_hash_extended(a.f, 7) = funnel_hash_extended(b.f, 7)) = (a.f = b.f)
	AND sign(funnel_cmp(a.f, b.f)) = - sign(funnel_cmp(b.f, a.f)))
FROM funnel_part a, funnel_part b;
SET enable_seqscan = off;
CREATE INDEX funnel_part_btree ON funnel_part (f);
SELECT part FROM funnel_part WHERE f = (SELECT pg_temp.count_funnel('{4}', '2024-01-05T00:00:00Z', 'seven'));
DROP INDEX funnel_part_btree;
CREATE INDEX funnel_part_hash ON funnel_part USING hash (f);
SELECT part FROM funnel_part WHERE f = (SELECT pg_temp.count_funnel('{5}', '2024-01-06T00:00:00Z', 'seven'));
RESET enable_seqscan;
SELECT count(*) FROM (SELECT f FROM funnel_part GROUP BY f) s;

-- binary form, through a file of the client
\getenv directory PG_ABS_BUILDDIR
\set file :directory '/results/funnel_type.bin'
\setenv FUNNEL_FILE :file
COPY funnel_part TO STDOUT (FORMAT binary) \g :file
CREATE TABLE funnel_again (LIKE funnel_part);
\copy funnel_again from program 'cat "$FUNNEL_FILE"' (format binary)
SELECT count(*), bool_and(a.f = b.f AND funnel_send(a.f) = funnel_send(b.f))
FROM funnel_part a JOIN funnel_again b USING (part);
-- version 1, a funnel
SELECT DISTINCT substr(funnel_send(f), 1, 2) FROM funnel_part;
-- the size hardly follows the number of customers
SELECT (r::jsonb #>> '{stages,0,reached}')::int / (f::jsonb #>> '{stages,0,reached}')::int,
	length(funnel_send(r)) < 2 * length(funnel_send(f))
FROM (SELECT f, rollup(f) AS r FROM whole, generate_series(1, 1000) GROUP BY f) s;

-- what the catalogues say
SELECT typcategory, typispreferred, typstorage, typlen FROM pg_type WHERE oid = 'funnel'::regtype;
SELECT aggtranstype::regtype, aggcombinefn, aggfinalfn, aggserialfn FROM pg_aggregate
WHERE aggfnoid = 'rollup(funnel)'::regprocedure;
SELECT opcname, amname, amvalidate(c.oid) FROM pg_opclass c JOIN pg_am m ON m.oid = opcmethod,
	LATERAL (SELECT pg_catalog.amvalidate(c.oid)) v
WHERE opcintype = 'funnel'::regtype ORDER BY 2;

DROP TABLE funnel_part, funnel_again;
