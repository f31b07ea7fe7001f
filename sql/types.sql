-- The types stage and journey: forms, constructors, casts, comparison.
\getenv dir PG_ABS_BUILDDIR
\cd :dir
\encoding UTF8
CREATE SCHEMA test_types;
SET search_path = test_types, public;

-- ----------------------------------------------------------------------
-- Text form.  What is written is canonical and reads back to the same value.
-- ----------------------------------------------------------------------
CREATE FUNCTION forms(VARIADIC inputs text[])
RETURNS TABLE (input text, output text, same boolean) LANGUAGE sql AS $$
	SELECT i, i::journey::text, i::journey::text::journey = i::journey
	FROM unnest(inputs) WITH ORDINALITY u(i, n) ORDER BY n
$$;
SELECT * FROM forms(
	'visit -> cart -> checkout -> purchase within 7 days',
	'browse(view|search) -> cart -> "sign up"? -> purchase within 30 days strict',
	'a',
	'a->b->c',
	'  a   ->b  ( x|  y )?   ',
	E'a\n->\tb\r\nwithin\f1\x0Bday',
	'a -> b?->c',
	'a strict',
	'a STRICT Within 2 HOURS',
	'a -> b Any  ORDER within 1 day',
	'a -> b open within 1 day',
	'a -> b attempts within 1 day strict',
	'a -> b open',
	'a -> b any order');

-- rules are words only behind the last stage
SELECT * FROM forms(
	'within -> strict -> any -> order -> open -> attempts within 5 minutes',
	'any any order',
	'open open',
	'within within 1 day');

-- a list of the stage's own name, and an event given twice, say nothing
SELECT * FROM forms('a(a)', 'a(a|a)', 'a(x|y|x|a|y)', 'a(b) -> b(a)');

-- names: quoted exactly where the bare name would be another
SELECT * FROM forms(
	'"sign up"', '"sign"', '"a""b"', '""""', '"->"', '"a->b"', 'a-->b', 'a->>b',
	'-a -> -', '- -> >', '"a-" -> "->b"', '"a("', '"a)"', '"a|b"', '"a?"', '"{a"',
	'"a}"', '"[a]"', '"a,b"', '" a "', '"a; drop table b"', 'a:b/c.d=e&f', '''a''',
	'\a', E'"a\tb"', E'"a\nb"', 'é(日本|😀) -> "ü ö"', 'a(within|"any order"|"->")');
-- white space is that of ASCII: other kinds are part of a name
SELECT stage(n)::text = n AS bare, stage(n)::text::stage = stage(n) AS same
FROM unnest(ARRAY['a' || U&'\00A0' || 'b', U&'\2003', 'a' || chr(1), chr(127)]) n;

SELECT s, s::stage::text, s::stage::text::stage = s::stage AS same
FROM unnest(ARRAY['a', ' a ( b | "c d" ) ? ', 'a(a)?', '"within"', 'strict', '"a b"',
	'{"name": "a", "events": ["b"], "optional": true}']) s;

-- ----------------------------------------------------------------------
-- Intervals and times
-- ----------------------------------------------------------------------
SELECT i, ('a within ' || i)::journey
FROM unnest(ARRAY['1 day', '24 hours', '1440 min', '7 days', '2 weeks', '1w 1d', '36 hours',
	'1.5 days', '90 minutes', '1h30m', '1:30', '1 day 02:03:04', '1 hour', '1 minute', '60 s',
	'61 seconds', '0.5 seconds', '0.000001 seconds', '5 us', '1500 ms', '0 seconds', '0 days',
	'P7D', 'P1DT12H', 'PT1M', 'PT0.25S', '106751991 days',
	'106751991 days 4 hours 54.775807 seconds']) i;

SELECT t, jsonb_build_object('stages', '["a"]'::jsonb, 'as_of', t)::journey::jsonb ->> 'as_of' AS as_of
FROM unnest(ARRAY['2024-01-31T00:00:00Z', '2024-01-31t00:00z', '2024-01-31 00:00:00+01',
	'2024-01-31 00:00:00-0330', '2024-01-31 00:00:00+05:30:15', '2024-02-29T23:59:59.999999Z',
	'2024-01-31T00:00:00.5Z', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z BC',
	'4714-11-24T00:00:00Z BC', '294276-12-31T23:59:59.999999Z']) t;

-- ----------------------------------------------------------------------
-- JSON form: what is given, in a fixed order
-- ----------------------------------------------------------------------
SELECT '{"title": "Shop", "stages": ["visit", {"events": ["b", "c"], "name": "buy now"}]}'::journey;
SELECT j::journey FROM unnest(ARRAY[
	'{"stages": ["a", "b -> c"]}',
	'{"stages": [{"name": "a"}], "within": "24 hours"}',
	'{"stages": [{"name": "a"}], "within": null, "matching": "ordered", "entry": "first", "counting": "customers"}',
	'{"stages": ["a", "b"], "matching": "any"}',
	'{"stages": ["a", {"name": "b", "events": [], "optional": false, "goal": null}]}',
	'{"stages": ["a"], "title": ""}',
	'{"stages": [{"name": "a", "expected_drop_off": 0.10, "feeling": -0.0}]}',
	'{"stages": [{"name": "a", "expected_drop_off": 1e-5, "feeling": -1}]}',
	'{"stages": [{"name": "\u00e9\ud83d\ude00\"\\\n\u0001"}], "title": "\u0001\n\"\\/"}',
	' {"stages": ["a"], "stages": ["b"]}']) j;
SELECT jsonb_pretty('{
	"scenario": "a rainy day", "persona": "Ann", "title": "Everything",
	"entered_until": "2024-06-01T00:00:00Z", "entered_from": "2024-01-01T00:00:00Z",
	"as_of": "2024-12-31T23:00:00-01", "counting": "attempts", "matching": "strict", "within": "P30D",
	"stages": ["visit", {"opportunities": ["o1", ""], "pains": ["p"], "feeling": 0.25, "thoughts": ["t", "t"],
		"touchpoints": ["web"], "goal": "g", "evidence": "e", "expected_drop_off": 0.3, "without": ["x", "y", "x"],
		"after": "1 minute", "within": "2 days", "optional": true, "events": ["e1", "e2"], "name": "cart"}]
	}'::journey::jsonb);
-- the shortest number that reads back, whatever extra_float_digits is
SET extra_float_digits = -15;
SELECT stage('a', expected_drop_off => 0.1::float8 + 0.2::float8), stage('a', feeling => 1.0 / 3),
	stage('a', expected_drop_off => 5e-324);
RESET extra_float_digits;

-- ----------------------------------------------------------------------
-- Constructors
-- ----------------------------------------------------------------------
SELECT stage('buy', ARRAY['a', 'b'], true);
SELECT stage('buy', within => '2 days', after => '90 seconds', without => '{x,y}');
SELECT stage(name => 'buy', expected_drop_off => 0.3, evidence => 'survey', goal => 'pay', touchpoints => '{web}',
	thoughts => '{dear}', feeling => -0.5, pains => '{slow}', opportunities => '{discount}');
-- NULL and an empty list are "not given"; an empty note is kept
SELECT stage('a', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT stage('a', events => '{}', without => '{}', pains => '{}', evidence => '', goal => NULL);
SELECT stage('a', events => '{a}') = 'a' AS own_name, stage('a', events => '{x,y,x}') = 'a(x|y)' AS twice;

SELECT journey(ARRAY[stage('a'), stage('b', optional => true), stage('c')], '7 days', 'strict');
SELECT journey(ARRAY['a', 'b']::stage[], matching => 'any');
SELECT journey('{a,b}', entry => 'any');
SELECT journey('{a,b}', counting => 'attempts', title => 'T', persona => 'P', scenario => 'S');
SELECT journey('{a}', NULL, NULL, NULL, NULL, NULL, NULL, NULL) = 'a' AS all_defaults;
SELECT journey(array_agg(stage(n, within => CASE WHEN n > 'a' THEN interval '1 day' END) ORDER BY n))
FROM unnest('{c,a,b}'::text[]) n;
SELECT journey(ARRAY[stage('a'), stage('b')], within => '1 day -1 hour');

-- one literal is a cast, and agrees with the constructor for bare names
SELECT stage('x') = stage('x'::text) AS bare, stage('x(y)'), stage('x(y)'::text),
	pg_typeof(stage('x')), journey('a -> b'), pg_typeof(journey('a -> b'));

-- the scope is replaced as a whole; nothing given clears it
SELECT scope('a -> b', as_of => '2024-01-01 00:00+00');
SELECT scope(scope('a', '2024-01-01 00:00+00', '2023-01-01 00:00+01'), entered_until => '2024-01-01 00:00+00');
SELECT scope(scope('a', '2024-01-01 00:00+00')) = 'a' AS cleared, scope(NULL, '2024-01-01 00:00+00') IS NULL AS of_null;
SELECT scope('{"stages": ["a"], "title": "kept"}', as_of => '2024-01-01 00:00+00');

-- functions of one's own with a journey take a plain literal
SELECT typname, typcategory, typispreferred FROM pg_type WHERE typname IN ('journey', 'stage') ORDER BY 1;
CREATE FUNCTION takes(journey) RETURNS text LANGUAGE sql AS $$ SELECT 'journey ' || $1::text $$;
CREATE FUNCTION takes(stage) RETURNS text LANGUAGE sql AS $$ SELECT 'stage ' || $1::text $$;
SELECT takes('a -> b'), takes('a'::stage);

-- ----------------------------------------------------------------------
-- Casts to and from JSON: always the JSON form
-- ----------------------------------------------------------------------
SELECT 'a -> b? within 1 day'::journey::json, 'a -> b'::journey::jsonb, 'a(b)?'::stage::json, 'a'::stage::jsonb;
SELECT '{"stages": ["a"]}'::json::journey, '{"stages": ["a"]}'::jsonb::journey,
	'{"name": "a"}'::json::stage, '{"name": "a"}'::jsonb::stage, '"a b"'::jsonb::stage;
SELECT to_jsonb('a'::journey), to_json('a'::stage), jsonb_build_object('j', 'a'::journey), json_agg(s)
FROM unnest('{x,y}'::stage[]) s;
CREATE TABLE documents (doc jsonb);
INSERT INTO documents VALUES ('a -> b'::journey);
SELECT doc::journey FROM documents;

-- ----------------------------------------------------------------------
-- No setting shows
-- ----------------------------------------------------------------------
CREATE TABLE fixed (id int, j journey);
INSERT INTO fixed VALUES
	(1, 'a -> b within 36 hours'),
	(2, scope(journey(ARRAY[stage('a', expected_drop_off => 1.0 / 3), stage('b', within => '1 day 00:00:00.5')], '7 days'),
		'2024-07-01 12:00+00', '1000-01-01 00:00+00'));
CREATE TABLE seen (settings text, id int, out text, as_json text, bytes bytea);
CREATE PROCEDURE look(settings text) LANGUAGE plpgsql AS $$
DECLARE
	s text;
BEGIN
	FOREACH s IN ARRAY string_to_array(settings, ';') LOOP
		PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), true);
	END LOOP;
	INSERT INTO seen SELECT settings, id, j::text, j::json::text, journey_send(j) FROM fixed;
	INSERT INTO seen SELECT settings, id, j::text, j::json::text, journey_send(j)
	FROM (SELECT id, j::text::journey AS j FROM fixed) f;
END $$;
CALL look('intervalstyle=postgres;datestyle=iso, mdy;timezone=UTC;extra_float_digits=1');
CALL look('intervalstyle=sql_standard;datestyle=sql, dmy;timezone=Asia/Kolkata;extra_float_digits=-15');
CALL look('intervalstyle=postgres_verbose;datestyle=german;timezone=America/New_York;extra_float_digits=3');
CALL look('intervalstyle=iso_8601;datestyle=postgres, ymd;timezone=Europe/Dublin;bytea_output=escape');
SELECT id, count(*), count(DISTINCT (out, as_json, bytes)) AS forms, min(out) FROM seen GROUP BY id ORDER BY id;

-- ----------------------------------------------------------------------
-- Comparison
-- ----------------------------------------------------------------------
SELECT 'a->b'::journey = 'a -> b' AS eq, 'a'::journey = 'b' AS other, 'a'::journey <> 'b' AS ne,
	'a(x|y)'::stage = 'a(y|x)' AS order_of_events, 'a'::stage = 'a?' AS optional,
	scope('a', '2024-01-01 00:00+00') = 'a' AS scoped, '{"stages": ["a"], "title": ""}'::journey = 'a' AS titled;
-- a total order that agrees with equality
CREATE TABLE sample AS SELECT i, j::journey FROM unnest(ARRAY['a', 'b', 'a -> b', 'a -> c', 'a within 1 day',
	'a within 2 days', 'a strict', '{"stages": ["a"], "title": "t"}', 'aa', 'a(b)', 'a', 'a->b']) WITH ORDINALITY u(j, i);
SELECT count(*) FILTER (WHERE (a.j < b.j)::int + (a.j = b.j)::int + (a.j > b.j)::int <> 1) AS trichotomy,
	count(*) FILTER (WHERE (a.j <= b.j) <> (a.j < b.j OR a.j = b.j) OR (a.j >= b.j) <> (a.j > b.j OR a.j = b.j)) AS or_equal,
	count(*) FILTER (WHERE (a.j <> b.j) = (a.j = b.j)) AS negator,
	count(*) FILTER (WHERE sign(journey_cmp(a.j, b.j)) <> -sign(journey_cmp(b.j, a.j))) AS cmp,
	count(*) FILTER (WHERE (a.j::text = b.j::text) <> (a.j = b.j)) AS text,
	count(*) FILTER (WHERE a.j = b.j AND (journey_hash(a.j) <> journey_hash(b.j) OR
		journey_hash_extended(a.j, 7) <> journey_hash_extended(b.j, 7))) AS hash
FROM sample a, sample b;
SELECT count(*) FROM sample a, sample b, sample c WHERE a.j < b.j AND b.j < c.j AND NOT a.j < c.j;
SELECT count(DISTINCT j), count(DISTINCT (SELECT s FROM unnest(ARRAY['x'::stage]) s)) FROM sample;
SELECT count(*) FROM (SELECT j FROM sample GROUP BY j) g;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT count(*) FROM sample a JOIN sample b USING (j);
SET enable_mergejoin = on;
SET enable_hashjoin = off;
SELECT count(*) FROM sample a JOIN sample b USING (j);
RESET enable_nestloop;
RESET enable_hashjoin;
RESET enable_mergejoin;
CREATE INDEX sample_btree ON sample USING btree (j);
CREATE INDEX sample_hash ON sample USING hash (j);
SET enable_seqscan = off;
SELECT array_agg(i ORDER BY i) FROM sample WHERE j = 'a -> b';
DROP INDEX sample_btree;
SELECT array_agg(i ORDER BY i) FROM sample WHERE j = 'a -> b';
RESET enable_seqscan;
SELECT 'a'::stage < 'b'::stage AS lt, 'a'::stage <= 'a'::stage AS le, 'b'::stage > 'a'::stage AS gt,
	'a'::stage >= 'b'::stage AS ge, stage_cmp('a', 'b') < 0 AS cmp, stage_hash('a') = stage_hash('a(a)') AS hash;
SELECT opc.opcname, am.amname, opc.opcdefault FROM pg_opclass opc JOIN pg_am am ON am.oid = opc.opcmethod
WHERE opc.opcintype IN ('stage'::regtype, 'journey'::regtype) ORDER BY 1, 2;
SELECT amvalidate(opc.oid) FROM pg_opclass opc WHERE opc.opcintype IN ('stage'::regtype, 'journey'::regtype);

-- compressed and out of line as well as plain
CREATE TABLE large (kind text, j journey);
ALTER TABLE large ALTER j SET STORAGE external;
INSERT INTO large SELECT 'out of line', journey('{a}', scenario => repeat('long ', 10000));
ALTER TABLE large ALTER j SET STORAGE extended;
INSERT INTO large SELECT 'compressed', journey('{a}', scenario => repeat('long ', 10000));
INSERT INTO large SELECT 'plain', 'a';
SELECT kind, pg_column_size(j) < 10000 AS small, j = journey('{a}', scenario => repeat('long ', 10000)) AS eq,
	journey_hash(j) = journey_hash(journey('{a}', scenario => repeat('long ', 10000))) AS hash,
	length(j::text), (j::jsonb ->> 'scenario') = repeat('long ', 10000) AS whole, scope(j) = j AS same
FROM large;

-- ----------------------------------------------------------------------
-- Limits
-- ----------------------------------------------------------------------
SELECT journey(array_agg(stage('s' || i) ORDER BY i))::text = string_agg('s' || i, ' -> ' ORDER BY i) AS stages_64
FROM generate_series(1, 64) i;
SELECT cardinality(ARRAY(SELECT jsonb_array_elements_text(j::jsonb -> 'events'))) AS events, j::text::stage = j AS same
FROM (SELECT stage('a', array_agg(i::text)) AS j FROM generate_series(1, 65536) i) s;
SELECT length(('"' || repeat('x', 100000) || '"')::journey::text);

-- ----------------------------------------------------------------------
-- Binary form.  These bytes are stored in databases: they must never change.
-- ----------------------------------------------------------------------
SELECT journey_send('a -> b');
SELECT stage_send('a(b)?');
SELECT journey_send('a -> b(x|y)? -> c within 7 days strict attempts');
SELECT journey_send('{"stages": ["a", {"name": "b", "events": ["c"], "without": ["d"], "within": "2 s", "after": "1 s",
	"expected_drop_off": 0.5, "feeling": -1, "evidence": "e", "goal": "", "touchpoints": ["f"], "thoughts": ["g"],
	"pains": ["h"], "opportunities": ["i"]}], "entry": "any", "as_of": "2000-01-01T00:00:01Z",
	"entered_from": "1999-12-31T23:59:59Z", "entered_until": "2000-01-01T00:00:00Z",
	"title": "j", "persona": "k", "scenario": "l"}');

-- ----------------------------------------------------------------------
-- Thousands of random journeys through every form
-- ----------------------------------------------------------------------
CREATE FUNCTION pick(anyarray) RETURNS anyelement LANGUAGE sql VOLATILE AS
	$$ SELECT $1[1 + floor(random() * cardinality($1))::int] $$;
-- a name of what could be mistaken for syntax
CREATE FUNCTION random_name() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	name text := '';
BEGIN
	FOR i IN 1 .. 1 + floor(random() * 5)::int LOOP
		name := name || pick(ARRAY['a', 'b', 'x', '->', '-', '>', '"', '""', ' ', '  ', '(', ')', '|', '?', '{', '}',
			'[', ']', ',', 'within', 'Strict', 'any', 'order', 'open', 'attempts', 'é', '日', U&'\00A0', U&'\2003',
			E'\n', E'\t', chr(11), '\', '''', chr(1), chr(127), ':', '7', 'days', ';', '$', '%s', '😀', 'null', '\u0041']);
	END LOOP;
	RETURN name;
END $$;
CREATE FUNCTION random_names(most int, share float8) RETURNS text[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	names text[];
BEGIN
	IF random() < share THEN
		FOR i IN 1 .. floor(random() * (most + 1))::int LOOP
			names := names || random_name();
		END LOOP;
	END IF;
	RETURN names;
END $$;
CREATE FUNCTION random_span(share float8) RETURNS interval LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() < share THEN
		make_interval(secs => floor(random() * 1000) * pick(ARRAY[0, 0.000001, 1, 60, 3600, 86400, 12345.678901])) END
$$;
CREATE FUNCTION random_time(share float8) RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() < share THEN
		to_timestamp(floor((random() - 0.5) * 1000000) * pick(ARRAY[0.0001, 1, 3600, 86400])) END
$$;
CREATE FUNCTION random_stage(no int, notes float8) RETURNS stage LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	LOOP
		BEGIN
			RETURN stage(random_name() || pick(ARRAY['', no::text]), random_names(4, 0.4), no > 1 AND random() < 0.2,
				CASE WHEN no > 1 THEN random_span(notes) END, CASE WHEN no > 1 THEN random_span(notes / 4) END,
				CASE WHEN no > 1 THEN random_names(3, notes) END, CASE WHEN random() < notes THEN random() END,
				CASE WHEN random() < notes THEN random_name() END, CASE WHEN random() < notes THEN '' END,
				random_names(3, notes), random_names(3, notes), CASE WHEN random() < notes THEN random() * 2 - 1 END,
				random_names(3, notes), random_names(2, notes));
		EXCEPTION WHEN invalid_parameter_value THEN
			NULL;				-- a journey that cannot be: another one
		END;
	END LOOP;
END $$;
CREATE FUNCTION random_journey() RETURNS journey LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	notes float8 := pick(ARRAY[0.0, 0.0, 0.2]);
	stages stage[];
BEGIN
	LOOP
		BEGIN
			SELECT array_agg(random_stage(i, notes) ORDER BY i) INTO stages
			FROM generate_series(1, 1 + floor(random() * 5)::int) i;
			RETURN scope(journey(stages, random_span(0.5), pick(ARRAY['ordered', 'strict', 'any', NULL]),
					pick(ARRAY['first', 'first', 'any', NULL]), pick(ARRAY['customers', 'attempts', NULL]),
					CASE WHEN random() < notes THEN random_name() END, CASE WHEN random() < notes THEN '' END,
					CASE WHEN random() < notes THEN random_name() END),
				random_time(notes), random_time(notes), random_time(notes));
		EXCEPTION WHEN invalid_parameter_value THEN
			NULL;
		END;
	END LOOP;
END $$;
DO $$ BEGIN PERFORM setseed(0.2); END $$;
CREATE TABLE many AS
	SELECT i, random_journey() AS j, random_stage(1 + i % 2, 0.1) AS s FROM generate_series(1, 5000) i;
SELECT count(*), count(DISTINCT j) > 4900 AS various, count(*) FILTER (WHERE j::text LIKE '{%') BETWEEN 1000 AND 4000 AS both_forms
FROM many;
SELECT count(*) FILTER (WHERE j::text::journey IS DISTINCT FROM j) AS text,
	count(*) FILTER (WHERE j::text::journey::text IS DISTINCT FROM j::text) AS canonical,
	count(*) FILTER (WHERE j::json::journey IS DISTINCT FROM j) AS json,
	count(*) FILTER (WHERE j::jsonb::journey IS DISTINCT FROM j) AS jsonb,
	count(*) FILTER (WHERE j::jsonb::text::journey IS DISTINCT FROM j) AS jsonb_text,
	count(*) FILTER (WHERE jsonb_strip_nulls(j::jsonb)::text::journey IS DISTINCT FROM j) AS stripped
FROM many;
SELECT count(*) FILTER (WHERE s::text::stage IS DISTINCT FROM s) AS text,
	count(*) FILTER (WHERE s::json::stage IS DISTINCT FROM s) AS json,
	count(*) FILTER (WHERE s::jsonb::stage IS DISTINCT FROM s) AS jsonb
FROM many;
CREATE TABLE copied (LIKE many);
\copy many TO 'results/types.bin' (FORMAT binary)
\copy copied FROM 'results/types.bin' (FORMAT binary)
SELECT count(*) FROM many JOIN copied USING (i) WHERE many.j = copied.j AND many.s = copied.s;
TRUNCATE copied;
\copy many TO 'results/types.txt'
\copy copied FROM 'results/types.txt'
SELECT count(*) FROM many JOIN copied USING (i) WHERE many.j = copied.j AND many.s = copied.s;
-- a name is quoted exactly where the bare text is not read as that name
CREATE FUNCTION reads_as(input text, value stage) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN input::stage = value;
EXCEPTION WHEN invalid_text_representation OR invalid_parameter_value THEN
	RETURN false;
END $$;
SELECT count(*), count(*) FILTER (WHERE (stage(name)::text = name) <> reads_as(name, stage(name))) AS wrong,
	count(*) FILTER (WHERE stage(name)::text <> name AND stage(name)::text <> '"' || replace(name, '"', '""') || '"') AS odd
FROM (SELECT random_name() AS name FROM generate_series(1, 5000)) n;

SET client_min_messages = warning;
DROP SCHEMA test_types CASCADE;
