-- channels and feelings: which stage an event is credited to, and touchpoints()
\encoding UTF8
SET timezone = 'UTC';
CREATE SCHEMA test_touchpoints;
SET search_path = test_touchpoints, public;
-- 'A0 web -0.5, q1 web, B2' as rows: event, second, channel (- none, . the
-- empty string), feeling; customers are apart by a bar
CREATE FUNCTION lines(line text, OUT customer bigint, OUT at timestamptz, OUT event text, OUT channel text, OUT feeling float8)
RETURNS SETOF record LANGUAGE sql IMMUTABLE AS $$
	SELECT c, to_timestamp(substr(w[1], 2)::float8), left(w[1], 1), CASE WHEN w[2] = '.' THEN '' ELSE nullif(w[2], '-') END, w[3]::float8
	FROM string_to_table(line, '|') WITH ORDINALITY p(one, c), regexp_split_to_table(trim(one), ', *') r, regexp_split_to_array(r, ' +') w
$$;
-- the rows of touchpoints() on a line: stage/channel, events and customers, feelings
CREATE FUNCTION told(f funnel) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg(stage || '/' || CASE WHEN others THEN '(others)' WHEN channel IS NULL THEN '(none)' ELSE quote_ident(channel) END
		|| ' ' || events || ' of ' || coalesce(customers::text, '?')
		|| CASE WHEN felt > 0 THEN ', felt ' || felt || ': ' || feeling || ', ' || negative_share || ' negative' ELSE '' END, '; ' ORDER BY n)
	FROM touchpoints(f) WITH ORDINALITY t(stage_no, stage, channel, others, events, customers, felt, feeling, negative_share, n)
$$;
CREATE FUNCTION one_level(j journey, line text) RETURNS funnel LANGUAGE sql IMMUTABLE AS $$
	SELECT funnel(j, customer, at, event, NULL, channel, feeling) FROM lines(line)
$$;
CREATE FUNCTION two_levels(j journey, line text) RETURNS funnel LANGUAGE sql IMMUTABLE AS $$
	SELECT funnel(j, t) FROM (SELECT timeline(at, event, NULL, channel, feeling) AS t FROM lines(line) GROUP BY customer) s
$$;
CREATE TABLE cases (n serial, what text, j journey, line text);
-- one level and two, and the rows the other way round, give the same
CREATE VIEW answers AS
SELECT n, what, j, line, told(one_level(j, line)) AS touchpoints,
	CASE WHEN one_level(j, line)::text IS DISTINCT FROM two_levels(j, line)::text
		OR one_level(j, line)::text IS DISTINCT FROM (SELECT funnel(j, customer, at, event, NULL, channel, feeling)::text
			FROM (SELECT * FROM lines(line) WITH ORDINALITY ORDER BY ordinality DESC) l)
		THEN 'DIFFERENT' END AS levels
FROM cases;

\pset format unaligned
\pset fieldsep ' | '
\pset tuples_only on

-- from the instant at which a stage is reached until the next is; in the last one for ever, before the first nowhere
INSERT INTO cases (what, j, line) VALUES
	('before, at, between, after', 'A -> B', 'q0 a, A1, q1 b, q2 c, B3, q3 d, q4 e, q9999999 f'),
	('a microsecond', 'A -> B', 'q0.999999 a, A1, q2.999999 b, B3, q3 c'),
	('matched events are events', 'A -> B', 'A1 web, B3 app'),
	('several stages at one instant: the last of them', 'A -> B -> C', 'A1 a, B1 b, q1 c, C2 d, q2 e'),
	('all at one instant', 'A -> B', 'B1 b, q1 q, A1 a'),
	('after the window', 'A -> B within 5 seconds', 'A0, B1, q3 a, q6 a, A7 a'),
	('the counted attempt alone', 'A -> B within 5 seconds', 'A0 a, q1 b, A9 c, B10 d'),
	('the newest start', 'A -> B', 'A0 a, A2 b, B3 c'),
	('nobody', 'A -> B', 'B0 a, q1 b'),
	('neither channel nor feeling', 'A -> B', 'A0, q1, B2');
SELECT what, j, line, touchpoints, levels FROM answers ORDER BY n;
TRUNCATE cases;

-- channels and feelings; stages() adds up the latter
INSERT INTO cases (what, j, line) VALUES
	('a feeling without a channel', 'A -> B', 'A0 - 0.5, q1 - -1, q2 web -0.25, q3 web, q4'),
	('the empty channel is one', 'A', 'A0 ., q1 . 1, q2 - 1, q3 a'),
	('order of bytes', 'A', 'A0 b, q1 B, q2 a, q3 aa, q4 é, q5 ~, q6 - 0'),
	('millionths', 'A', 'A0 - 0.0000004, q1 - -0.0000004, q2 - -0.0000006, q3 - 0.1234567'),
	('customers and events', 'A -> B', 'A0 a, q1 a, B2 a | A0 a, q1 b -1 | A0 a 1, B1, q2 b 1 | B0 a');
SELECT what, j, line, touchpoints, levels FROM answers ORDER BY n;
SELECT n, stage, round(feeling::numeric, 9), negative_share FROM cases, stages(one_level(j, line)) ORDER BY n, stage_no;
TRUNCATE cases;

-- every rule
INSERT INTO cases (what, j, line) VALUES
	('optional stages are stages', 'A -> O? -> B -> P?', 'A0 a, O1 b, q2 c, B3 d, P4 e, q5 f'),
	('also where the next was not reached', 'A -> O? -> B', 'A0, q1 a, O2, q3 a'),
	('excluded: nowhere', '{"stages": ["A", {"name": "B", "without": ["X"]}]}', 'A0 a, q1 b, X2 c, q3 d'),
	('excluded once, counted later', '{"stages": ["A", {"name": "B", "without": ["X"]}]}', 'A0 a, q1 b, X2 c, q3 d, A4 e, q5 f, B6 g'),
	('any order', 'A -> B -> C any order', 'q0 a, C1 b, q2 c, A3 d, q4 e'),
	('open', 'A -> B -> C open', 'q0 a, B1 b, q2 c, C3 d'),
	('strict', 'A -> B strict', 'A0 a, q1 b, A2 c, B3 d, q4 e'),
	('as_of', scope('A -> B', as_of => '1970-01-01 00:00:10Z'), 'A0 a, q10 b, q10.000001 c, B11 d'),
	('waiting', scope('A -> B within 1 hour', as_of => '1970-01-01 00:00:10Z'), 'A0 a, q10 b'),
	('entered_from', scope('A -> B', entered_from => '1970-01-01 00:00:05Z'), 'A0 a, q1 b, A5 c, B6 d'),
	('entered_until', scope('A -> B', entered_until => '1970-01-01 00:00:05Z'), 'A0 a, A5 b, B6 c | A5 a, B6 c');
SELECT what, j, line, touchpoints, levels FROM answers ORDER BY n;
TRUNCATE cases;

-- attempts: an event is that of the attempt that began last, even if it does not count
INSERT INTO cases (what, j, line) VALUES
	('until the next begins', 'A -> B attempts', 'q0 a, A1 a, B2 a, q3 a, A4 a, q5 a'),
	('one customer twice, another once', 'A -> B attempts', 'A0 a, B1 b, A2 a, B3 b | A0 a'),
	('at the end of one none begins', 'A -> B attempts', 'A0, B5, A5 a, q6 a'),
	('after the window', 'A -> B within 2 seconds attempts', 'A0, q9 a, A10, q10 b'),
	('an excluded one', '{"stages": ["A", {"name": "B", "without": ["X"]}], "counting": "attempts"}',
		'A0 a, B1 b, A2 c, X3 d, q4 e, A5 f'),
	('one before entered_from', scope('A -> B attempts', entered_from => '1970-01-01 00:00:05Z'), 'A0 a, B1 b, q6 c, A7 d'),
	('one from entered_until on', scope('A -> B attempts', entered_until => '1970-01-01 00:00:05Z'), 'A0 a, B1 b, q6 c, A7 d');
SELECT what, j, line, touchpoints, levels FROM answers ORDER BY n;
TRUNCATE cases;

\pset format aligned
\pset tuples_only off
-- as a table
CREATE TABLE sample AS SELECT one_level('visit(A) -> "sign up"(B) -> pay(C)',
	'A0 web, q1 mail -1, B2 web 0.5, q3 - 0.25 | A0 mail, q5 phone -0.125, q6 phone | A0 web, B1 app, C2 app 1 | C0 web -1') AS f;
SELECT t.* FROM sample, touchpoints(f) t;
SELECT stage, reached, feeling, negative_share FROM sample, stages(f);
SELECT * FROM touchpoints(NULL);
SELECT count(*) FROM touchpoints((SELECT funnel('A', 1, now(), 'B', NULL, 'web', 1)));
SELECT count(*) FROM touchpoints((SELECT funnel('A', NULL, now(), 'A', NULL, 'web', 1)));

-- rows without customer, time or event count nowhere; the forms with 4 and 5 arguments and with conditions know of no channels
SELECT told(funnel('A', c, '2026-01-01Z'::timestamptz + i * interval '1 s', e, 1, 'x' || i, i / 10.0))
FROM (VALUES (1, 1, 'A'), (2, NULL, 'q'), (3, 1, NULL), (NULL, 1, 'q'), (4, 1, 'q')) v(i, c, e);
SELECT count(*) FROM (SELECT funnel('A', 1, now(), 'A') UNION ALL SELECT funnel('A', 1, now(), 'A', 1)
	UNION ALL SELECT funnel('A', 1, now(), true) UNION ALL SELECT funnel('A', 1, now(), 1, true)) u(f), touchpoints(f);
-- no channels and no feelings at all: byte for byte the funnel without them
SELECT one::text = other::text AS same, funnel_send(one) = funnel_send(other) AS same_bytes
FROM (SELECT funnel('A -> B', customer, at, event, 5) AS one, funnel('A -> B', customer, at, event, 5, NULL, NULL) AS other
	FROM lines('A0 web, q1 mail -1, B2 web 0.5, q3 - 0.25 | A0 mail')) q;
-- what is wrong with a feeling
SELECT funnel('A', 1, now(), 'q', NULL, 'web', 1.0000001);
SELECT funnel('A', 1, now(), 'q', NULL, 'web', -1.5);
SELECT funnel('A', 1, now(), 'q', NULL, 'web', 'NaN'::float8);
SELECT funnel('A', 1, now(), 'q', NULL, NULL, '-Infinity'::float8);

-- as many stages as there can be: events of no stage that share an instant are of none
SELECT n, (SELECT max(stage_no) FROM stages(f) WHERE reached > 0) AS last, told(f)
FROM unnest(ARRAY[62, 63, 64]) n, LATERAL (
	SELECT funnel(((SELECT string_agg('s' || i, ' -> ' ORDER BY i) FROM generate_series(1, n) i) || ' within 1 minute'::text)::journey, 1, to_timestamp(at), event, NULL, channel) AS f
	FROM (VALUES (0, 's1', NULL), (50, 'q', 'web'), (50, 'q', 'app'), (55, 's3', NULL), (100, 'q', 'web'), (100, 'q', NULL), (100, 'r', 'app'), (150, 's2', 'web')) v(at, event, channel)) q;

--
-- more than 64 channels: the first 64 in the order of their bytes, the rest together
--
CREATE TABLE many AS
SELECT i AS customer, timestamptz '2026-01-01Z' + s * interval '1 s' AS at, (ARRAY['A', 'q', 'B', 'q'])[s] AS event,
	'channel ' || (i * 7919 + s * 31) % 200 AS channel, CASE WHEN i % 3 > 0 THEN (i % 21 - 10) / 10.0::float8 END AS feeling
FROM generate_series(1, 1000) i, generate_series(1, 4) s;
CREATE FUNCTION of_channels(n int, from_order text) RETURNS funnel LANGUAGE plpgsql AS $$
DECLARE
	f funnel;
BEGIN
	EXECUTE format('SELECT funnel(''A -> B'', customer, at, event, NULL, channel, feeling ORDER BY %s) FROM many
		WHERE substr(channel, 9)::int < %s', from_order, n) INTO f;
	RETURN f;
END
$$;
SELECT n, count(*) AS rows, count(*) FILTER (WHERE others) AS others, count(DISTINCT channel) AS named,
	min(channel COLLATE "C"), max(channel COLLATE "C"), sum(events) AS events, sum(felt) AS felt,
	sum(events) FILTER (WHERE others) AS of_others
FROM unnest(ARRAY[1, 2, 63, 64, 65, 66, 200]) n, touchpoints(of_channels(n, '1'))
GROUP BY n ORDER BY n;
-- one customer who meets more channels than there are slots, so that these change hands during one stay
SELECT j, o, count(*) AS channels, min(customers), max(customers), sum(customers) AS customers, sum(events) AS events
FROM unnest(ARRAY['A', 'A -> B', 'A attempts']) j, unnest(ARRAY[-1, 1]) o, LATERAL (
	SELECT funnel(j::journey, 1, '2026-01-01Z'::timestamptz + i * interval '1 s', CASE i % 30 WHEN 0 THEN 'A' WHEN 15 THEN 'B' ELSE 'q' END, NULL,
		'c' || 1000 + o * (i / 6) + i % 2) AS f FROM generate_series(0, 599) i) f, touchpoints(f)
WHERE NOT others GROUP BY j, o ORDER BY j COLLATE "C", o;
-- in any order, merged in any way, in one level or two: the same bytes
CREATE TABLE ways AS
SELECT n, way, of_channels(n, way) AS f FROM unnest(ARRAY[64, 65, 200]) n,
	unnest(ARRAY['channel COLLATE "C"', 'channel COLLATE "C" DESC', 'md5(channel)', 'customer', 'at DESC, md5(customer::text)']) way;
INSERT INTO ways
SELECT n, 'rollup of ' || p, rollup(f) FROM unnest(ARRAY[64, 65, 200]) n, unnest(ARRAY[2, 7, 1000]) p, LATERAL (
	SELECT funnel('A -> B', customer, at, event, NULL, channel, feeling) AS f FROM many
	WHERE substr(channel, 9)::int < n GROUP BY customer % p) parts GROUP BY n, p;
INSERT INTO ways
SELECT n, 'two levels', funnel('A -> B', t) FROM unnest(ARRAY[64, 65, 200]) n, LATERAL (
	SELECT timeline(at, event, NULL, channel, feeling) AS t FROM many WHERE substr(channel, 9)::int < n GROUP BY customer) t GROUP BY n;
SELECT n, count(*) AS ways, count(DISTINCT f::text) AS texts, count(DISTINCT funnel_send(f)) AS bytes, count(DISTINCT f) AS funnels
FROM ways GROUP BY n ORDER BY n;
-- what plain SQL counts
WITH placed AS (
	SELECT CASE WHEN has_a THEN CASE WHEN has_b AND at >= b THEN 2 ELSE 1 END END AS stage_no, m.*
	FROM many m JOIN (SELECT customer, bool_or(event = 'A') AS has_a, bool_or(event = 'B') AS has_b, min(at) FILTER (WHERE event = 'B') AS b
		FROM many GROUP BY customer) c USING (customer)),
ranked AS (
	SELECT *, dense_rank() OVER (ORDER BY channel COLLATE "C") > 64 AS others FROM placed WHERE stage_no IS NOT NULL),
sql AS (
	SELECT stage_no, CASE WHEN NOT others THEN channel END AS channel, others, count(*) AS events, CASE WHEN NOT others THEN count(DISTINCT customer) END AS customers,
		count(feeling) AS felt, round(avg(feeling::numeric), 12) AS feeling, round(avg(CASE WHEN feeling < 0 THEN 1.0 WHEN feeling >= 0 THEN 0 END), 12) AS negative
	FROM ranked GROUP BY 1, 2, 3),
here AS (
	SELECT stage_no, channel, others, events, customers, felt, round(feeling::numeric, 12), round(negative_share::numeric, 12)
	FROM ways, touchpoints(f) WHERE n = 200 AND way = 'customer')
SELECT (SELECT count(*) FROM (TABLE sql EXCEPT ALL TABLE here) x) AS missing, (SELECT count(*) FROM (TABLE here EXCEPT ALL TABLE sql) y) AS extra,
	count(*) AS compared FROM here;
-- funnels with and without channels and feelings
SELECT told(a + b) = told(b + a), told(a + b) = told(b), count(*) OVER () FROM
	(SELECT funnel('A -> B', customer, at, event) AS a, funnel('A -> B', customer + 9000, at, event, NULL, channel, feeling) AS b FROM many) q;

-- there and back
SELECT count(*) AS funnels, count(*) FILTER (WHERE f::text::funnel::text <> f::text) AS text, count(*) FILTER (WHERE funnel_send(f::text::funnel) <> funnel_send(f)) AS bytes,
	count(*) FILTER (WHERE (SELECT array_agg(t) FROM touchpoints(f) t) IS DISTINCT FROM (SELECT array_agg(t) FROM touchpoints(f::jsonb::text::funnel) t)) AS jsonb
FROM (SELECT f FROM ways UNION ALL TABLE sample) u;

--
-- many rows: 15,000 of 4,000 customers and as many again of customer 0 alone, 300 channels
--
CREATE TABLE more AS
SELECT CASE WHEN i % 2 = 0 THEN 0 ELSE h & 4095 END AS customer, timestamptz '2026-01-01Z' + ((h >> 13) & 1048575) * interval '1 second' AS at,
	(ARRAY['visit', 'cart', 'pay', 'survey', 'ticket', 'call'])[1 + ((h >> 33) & 7) % 6] AS event, ((h >> 36) & 255) / 4.0::float8 AS value,
	CASE WHEN (h >> 44) & 3 > 0 THEN 'channel ' || ((h >> 46) & 511) % 300 END AS channel,
	CASE WHEN (h >> 55) & 1 > 0 THEN (((h >> 47) & 255) - 128) / 128.0::float8 END AS feeling
FROM (SELECT i, hashint8extended(i, 1) FROM generate_series(1, 30000) i) q(i, h);
ALTER TABLE more SET (parallel_workers = 2);
ANALYZE more;
CREATE TABLE results (what text, way text, f text);
CREATE PROCEDURE run(settings text) LANGUAGE plpgsql AS $$
DECLARE
	j text;
	key text;
	setting text;
	f text;
BEGIN
	FOREACH setting IN ARRAY string_to_array(settings, ', ')
	LOOP
		PERFORM set_config(split_part(setting, '=', 1), split_part(setting, '=', 2), true);
	END LOOP;
	FOREACH j IN ARRAY ARRAY['visit -> cart -> pay within 1 hour', 'visit -> cart? -> pay within 3 minutes attempts', 'visit -> cart -> pay within 1 hour any order']
	LOOP
		FOREACH key IN ARRAY ARRAY['customer', 'customer::text', 'lpad(to_hex(customer), 32, ''0'')::uuid']
		LOOP
			EXECUTE format('SELECT md5(funnel(%L, %s, at, event, value, channel, feeling)::text) FROM more', j, key) INTO f;
			INSERT INTO results VALUES (j || ', 7', settings || ', ' || key, f);
		END LOOP;
		EXECUTE format('SELECT md5(funnel(%L, customer, at, event, value, channel)::text) FROM more', j) INTO f;
		INSERT INTO results VALUES (j || ', 6', settings, f);
	END LOOP;
	COMMIT;
END
$$;
CALL run('max_parallel_workers_per_gather=0, work_mem=64MB');
CALL run('max_parallel_workers_per_gather=0, work_mem=1MB, hash_mem_multiplier=1');
CALL run('max_parallel_workers_per_gather=0, work_mem=64kB, hash_mem_multiplier=1');
CALL run('max_parallel_workers_per_gather=2, parallel_setup_cost=0, parallel_tuple_cost=0, min_parallel_table_scan_size=0, work_mem=64MB');
CALL run('max_parallel_workers_per_gather=2, parallel_setup_cost=0, parallel_tuple_cost=0, min_parallel_table_scan_size=0, work_mem=64kB, hash_mem_multiplier=1');
-- the final step shared with workers, of a serial plan
CALL run('max_parallel_workers_per_gather=4, parallel_setup_cost=1e9, min_parallel_table_scan_size=0, work_mem=64MB');
INSERT INTO results SELECT j || ', 7', 'two levels', md5(funnel(j::journey, t)::text)
FROM (SELECT timeline(at, event, value, channel, feeling) AS t FROM more GROUP BY customer) q,
	unnest(ARRAY['visit -> cart -> pay within 1 hour', 'visit -> cart? -> pay within 3 minutes attempts', 'visit -> cart -> pay within 1 hour any order']) j GROUP BY j;
INSERT INTO results SELECT j || ', 6', 'two levels', md5(funnel(j::journey, timeline)::text)
FROM timelines('SELECT customer, at, event, value, channel FROM more', NULL::bigint),
	unnest(ARRAY['visit -> cart -> pay within 1 hour', 'visit -> cart? -> pay within 3 minutes attempts', 'visit -> cart -> pay within 1 hour any order']) j GROUP BY j;
SELECT what, count(*), count(DISTINCT f) FROM results GROUP BY what ORDER BY what COLLATE "C";
SELECT count(*) FROM pg_ls_tmpdir();
-- names of events that just fill one byte
SELECT n, told(funnel(j, 1, '2026-01-01Z'::timestamptz + i * interval '1 s', e, NULL, 'web', 0.5))
FROM generate_series(253, 258) n, LATERAL (SELECT journey(ARRAY[stage('A', events => array_agg('e' || i))]) AS j FROM generate_series(1, n) i) j,
	LATERAL (VALUES (1, 'e' || n), (2, 'unknown')) v(i, e) GROUP BY n ORDER BY n;

--
-- from outside
--
CREATE TABLE bytes (what text, b bytea);
CREATE TABLE taken (f funnel);
CREATE FUNCTION small() RETURNS funnel LANGUAGE sql AS $$
	SELECT funnel('A -> B', c, '2026-01-01Z'::timestamptz + i * interval '1 s', e, NULL, channel, feeling)
	FROM (VALUES (1, 1, 'A', 'cha', 0.5), (1, 2, 'q', 'chb', NULL), (1, 3, 'B', 'cha', NULL), (2, 1, 'A', NULL, -1)) v(c, i, e, channel, feeling)
$$;
SELECT told(small());
SELECT encode(substr(b, 1, length(b) - length(touch)), 'hex') AS stages, encode(touch, 'hex') AS touchpoints
FROM funnel_send(small()) b, substr(b, position('\x1f010101010740420f'::bytea IN b)) touch;
-- what follows the stages, other than it was
CREATE FUNCTION sent(old bytea, new bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT substr(b, 1, n - 1) || new || substr(b, n + length(old)) FROM funnel_send(small()) b, position(old IN b) n WHERE n > 0
$$;
INSERT INTO bytes VALUES
	('as it is', funnel_send(small())),
	('channels in another order', sent('\x63686117', '\x63686317')),
	('a channel twice', sent('\x636862', '\x636861')),
	('one channel more than there are', sent('\x020363686117', '\x030363686117')),
	('one less', sent('\x020363686117', '\x010363686117')),
	('very many', sent('\x020363686117', '\xffffffff0f0363686117')),
	('a very long name', sent('\x0363686117', '\xffffffff0f63686117')),
	('not text', sent('\x63686117', '\x63ff6117')),
	('a null byte', sent('\x63686117', '\x63006117')),
	('a stage with an unknown number', sent('\x63686117', '\x63686137')),
	('no events', sent('\x636862030101', '\x63686200')),
	('more customers than events', sent('\x636862030101', '\x636862030102')),
	('more customers than reached the stage', sent('\x636862030101', '\x636862030909')),
	('more negative feelings than feelings', sent('\x1f010101010740420f', '\x1f010101020740420f')),
	('a mean below -1', sent('\x1f010101010740420f', '\x1f010101010741420f')),
	('others without 64 channels', sent('\x40420f0000', '\x40420f010500')),
	('the end is missing', substr(funnel_send(small()), 1, length(funnel_send(small())) - 1)),
	('something after the end', funnel_send(small()) || '\x00'),
	('touchpoints of no events', (SELECT funnel_send(funnel('A -> B', 1, '2026-01-01Z', 'A')) || '\x0000000000'));
SELECT what FROM bytes WHERE b IS NULL;
\getenv directory PG_ABS_BUILDDIR
\cd :directory
-- as it is
\copy (SELECT b FROM bytes WHERE what = 'as it is') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- channels in another order
\copy (SELECT b FROM bytes WHERE what = 'channels in another order') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- a channel twice
\copy (SELECT b FROM bytes WHERE what = 'a channel twice') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- one channel more than there are
\copy (SELECT b FROM bytes WHERE what = 'one channel more than there are') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- one less
\copy (SELECT b FROM bytes WHERE what = 'one less') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- very many
\copy (SELECT b FROM bytes WHERE what = 'very many') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- a very long name
\copy (SELECT b FROM bytes WHERE what = 'a very long name') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- not text
\copy (SELECT b FROM bytes WHERE what = 'not text') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- a null byte
\copy (SELECT b FROM bytes WHERE what = 'a null byte') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- a stage with an unknown number
\copy (SELECT b FROM bytes WHERE what = 'a stage with an unknown number') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- no events
\copy (SELECT b FROM bytes WHERE what = 'no events') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- more customers than events
\copy (SELECT b FROM bytes WHERE what = 'more customers than events') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- more customers than reached the stage
\copy (SELECT b FROM bytes WHERE what = 'more customers than reached the stage') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- more negative feelings than feelings
\copy (SELECT b FROM bytes WHERE what = 'more negative feelings than feelings') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- a mean below -1
\copy (SELECT b FROM bytes WHERE what = 'a mean below -1') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- others without 64 channels
\copy (SELECT b FROM bytes WHERE what = 'others without 64 channels') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- the end is missing
\copy (SELECT b FROM bytes WHERE what = 'the end is missing') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- something after the end
\copy (SELECT b FROM bytes WHERE what = 'something after the end') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
-- touchpoints of no events
\copy (SELECT b FROM bytes WHERE what = 'touchpoints of no events') TO 'results/touchpoints.bin' (FORMAT binary)
\copy taken FROM 'results/touchpoints.bin' (FORMAT binary)
SELECT told(f), f::text::funnel::text = f::text AS text, funnel_send(f::text::funnel) = funnel_send(f) AS bytes FROM taken;
-- channels that lose their slots are too many together
CREATE FUNCTION channels(prefix text, n bigint) RETURNS funnel LANGUAGE sql AS $$
	SELECT json_build_object('version', 1, 'journey', 'A'::journey::json, 'stages', json_build_array(json_build_object('stage', 'A', 'reached', 1, 'entered', 1)),
		'touchpoints', (SELECT json_agg(json_build_object('channel', prefix || i, 'stage', 'A', 'events', n, 'customers', 1)) FROM generate_series(1, 64) i))::text::funnel
$$;
SELECT sum(events), count(*) FILTER (WHERE others) AS others, bool_or(f::text::funnel IS NOT NULL) AS again
FROM (SELECT channels('b', 1::bigint << 50) + channels('a', 1::bigint << 50) AS f) q, touchpoints(f);
SELECT channels('b', 1::bigint << 51) + channels('a', 1) IS NOT NULL;
SET client_min_messages = warning;
DROP SCHEMA test_touchpoints CASCADE;
