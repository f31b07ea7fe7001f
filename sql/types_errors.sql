-- The types stage and journey: every refusal, with its reason and its cure.
\getenv dir PG_ABS_BUILDDIR
\cd :dir
\encoding UTF8
CREATE SCHEMA test_types_errors;
SET search_path = test_types_errors, public;

-- one line each for what is asked, the error, its detail and its hint
CREATE FUNCTION refused(VARIADIC expressions text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	expression text;
	result text;
	state text;
	message text;
	detail text;
	hint text;
BEGIN
	FOREACH expression IN ARRAY expressions LOOP
		RETURN NEXT '=> ' || expression;
		BEGIN
			EXECUTE 'SELECT ' || expression INTO result;
			RETURN NEXT 'taken: ' || coalesce(result, 'NULL');
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = returned_sqlstate, message = message_text,
				detail = pg_exception_detail, hint = pg_exception_hint;
			RETURN NEXT state || ' ' || message;
			IF detail <> '' THEN
				RETURN NEXT '      ' || detail;
			END IF;
			IF hint <> '' THEN
				RETURN NEXT '      ' || hint;
			END IF;
		END;
	END LOOP;
END $$;
CREATE FUNCTION refused_text(type text, VARIADIC inputs text[]) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT refused(VARIADIC (SELECT array_agg(format('%L::%s', i, type) ORDER BY n)
		FROM unnest(inputs) WITH ORDINALITY u(i, n)))
$$;
\pset format unaligned
\pset tuples_only on

-- ----------------------------------------------------------------------
-- Syntax: the place, what is expected, what is found
-- ----------------------------------------------------------------------
SELECT refused_text('journey',
	'', '  ', '->', '-> a', 'a ->', 'a -> -> b', 'a b -> c', 'a -> sign up -> c', 'a,b', 'a -> b)', 'a -> [b]',
	'a -> (b)', 'a -> ?', 'a?? -> b', 'a -> b?(c)', 'a -> b?c',
	'a()', 'a(', 'a(b', 'a(b|', 'a(b|)', 'a(|b)', 'a(b c)', 'a(b,c)', 'a(b)(c)',
	'"a', 'a -> "b', 'a -> "b""', 'a"b"', '"a"b', '""', 'a -> ""', 'a(b|"")',
	'a foo', 'a -> b any', 'a -> b any ordering', 'a -> b in order', 'a strict -> b', 'a within 7 days -> b',
	'a strict foo', 'a within', 'a within strict', 'a strict strict', 'a within 1 day within 2 days',
	'a -> b open open', 'a attempts attempts', 'a any order any order');
-- characters are counted, not bytes; long inputs and names are clipped
SELECT refused_text('journey', 'é -> 日本 -> )',
	repeat('stage -> ', 20), repeat('é', 40) || ' ' || repeat('日', 40));
SELECT refused_text('stage', '', 'a b', 'a -> b', 'a within 7 days', 'a?(b)', '"a');
-- control characters do not end the text
SELECT refused_text('journey', E'a\x01 b');

-- ----------------------------------------------------------------------
-- Intervals
-- ----------------------------------------------------------------------
SELECT refused_text('journey',
	'a within 7', 'a within 7 days 5', 'a within days', 'a within 7 days hours', 'a within 1:30 hours',
	'a within 7 dayz', 'a within seven days', 'a within 7 days, strict', 'a within (7 days)', 'a within "7 days"',
	'a within @ 7 days', 'a within infinity', 'a within 1 day 1 day', 'a within p7d', 'a within P', 'a within P7',
	'a within PT5', 'a within P00000007', 'a within 2024-01-01', 'a within é',
	'a within -7 days', 'a within 7 days -1 hour', 'a within 7 days ago', 'a within +7 days', 'a within P-7D',
	'a within 1 month', 'a within 2 mons 3 days', 'a within 1 year', 'a within 0 months', 'a within 0.5 months',
	'a within 1 decade', 'a within 1 quarter', 'a within P1M', 'a within P1Y2DT3H', 'a within P0.5Y',
	'a within 106751992 days', 'a within 106751991 days 4 hours 54.775808 seconds',
	'a within 99999999999999999999 seconds', 'a within 1:61', 'a within ' || repeat('1 day ', 50));
SELECT refused(
	$$journey('{a}', '1 month')$$, $$journey('{a}', '1 year 2 days')$$, $$journey('{a}', '-1 day')$$,
	$$journey('{a}', '1 day -25 hours')$$, $$journey('{a}', '200000000 days')$$,
	$$stage('a', within => '1 month')$$, $$stage('a', after => '-1 second')$$, $$stage('a', after => '1 mon -30 days')$$);

-- ----------------------------------------------------------------------
-- Rules that contradict each other
-- ----------------------------------------------------------------------
SELECT refused_text('journey',
	'a -> b strict any order', 'a -> b any order strict', 'a -> b any order open', 'a -> b any order attempts',
	'a -> b? any order', 'a -> b open strict', 'a -> b open attempts',
	'a? -> b', 'a -> b -> a', 'a -> "a"',
	'a -> o(b)? -> b', 'a -> o(y|x)? -> p? -> c(x|y) -> d');
-- next to them, what is allowed
SELECT refused_text('journey', 'a -> b strict attempts', 'a -> b(a)', 'a -> o(x)? -> c(x|y)', 'a -> b -> c?',
	'a -> c? -> d? -> b');
SELECT refused(
	$$journey(ARRAY[stage('a', within => '1 day'), stage('b')])$$,
	$$journey(ARRAY[stage('a', after => '1 day'), stage('b')])$$,
	$$journey(ARRAY[stage('a', without => '{x}'), stage('b')])$$,
	$$journey(ARRAY[stage('a', optional => true), stage('b')])$$,
	$$journey(ARRAY[stage('a'), stage('b', within => '1 day')], matching => 'any')$$,
	$$journey(ARRAY[stage('a'), stage('b', after => '1 day')], matching => 'any')$$,
	$$journey(ARRAY[stage('a'), stage('b', without => '{x}')], matching => 'any')$$,
	$$journey(ARRAY[stage('a'), stage('b', optional => true)], matching => 'any')$$,
	$$journey('{a,b}', matching => 'any', entry => 'any')$$,
	$$journey('{a,b}', matching => 'any', counting => 'attempts')$$,
	$$journey('{a,b}', matching => 'strict', entry => 'any')$$,
	$$journey('{a,b}', entry => 'any', counting => 'attempts')$$,
	$$stage('b', within => '1 day', after => '1 day')$$,
	$$stage('b', within => '1 day', after => '25 hours')$$,
	$$journey(ARRAY[stage('a'), stage('b', after => '1 day')], '1 day')$$,
	$$journey(ARRAY[stage('a'), stage('b', after => '25 hours')], '1 day')$$);

-- ----------------------------------------------------------------------
-- Arguments of the constructors
-- ----------------------------------------------------------------------
-- a bare NULL is not a call, but a cast, and so NULL
SELECT refused(
	$$stage(NULL)$$, $$stage(NULL::text)$$, $$stage(name => NULL)$$, $$stage(NULL, '{x,NULL}')$$, $$stage(name => '')$$, $$stage('a', events => '{""}')$$,
	$$stage('a', events => '{x,NULL}')$$, $$stage('a', events => '{{x,y},{z,w}}')$$,
	$$stage('a', without => '{x,""}')$$, $$stage('a', without => '{NULL}')$$, $$stage('a', pains => '{NULL}')$$,
	$$stage('a', touchpoints => '{{a}}')$$,
	$$stage('a', expected_drop_off => 30)$$, $$stage('a', expected_drop_off => -0.01)$$,
	$$stage('a', expected_drop_off => 'NaN')$$, $$stage('a', expected_drop_off => 'Infinity')$$,
	$$stage('a', feeling => 1.5)$$, $$stage('a', feeling => '-Infinity')$$, $$stage('a', feeling => 'NaN')$$,
	$$stage('a', expected_drop_off => 1, feeling => -1)$$);
SELECT refused(
	$$journey(NULL::stage[])$$, $$journey('{}'::stage[])$$, $$journey(ARRAY[stage('a'), NULL])$$,
	$$journey('{{a,b}}'::stage[])$$, $$journey('{a,a}'::stage[])$$,
	$$journey('{a}', matching => 'sorted')$$, $$journey('{a}', matching => 'Strict')$$, $$journey('{a}', entry => '')$$,
	$$journey('{a}', entry => 'open')$$, $$journey('{a}', counting => 'people')$$);
SELECT refused(
	$$scope('a', 'infinity')$$, $$scope('a', entered_from => '-infinity')$$, $$scope('a', entered_until => 'infinity')$$,
	$$scope('a', NULL, '2024-01-02 00:00+00', '2024-01-01 00:00+00')$$,
	$$scope('a', NULL, '2024-01-01 00:00+00', '2024-01-01 00:00+00')$$);

-- ----------------------------------------------------------------------
-- Limits
-- ----------------------------------------------------------------------
SELECT refused(
	$$(SELECT string_agg('s' || i, ' -> ') FROM generate_series(1, 65) i)::journey$$,
	$$journey((SELECT array_agg(stage('s' || i)) FROM generate_series(1, 65) i))$$,
	$$jsonb_build_object('stages', (SELECT jsonb_agg('s' || i) FROM generate_series(1, 65) i))::journey$$,
	$$stage('a', (SELECT array_agg(i::text) FROM generate_series(1, 65537) i))$$,
	$$('a(' || (SELECT string_agg(i::text, '|') FROM generate_series(1, 65537) i) || ')')::stage$$);

-- ----------------------------------------------------------------------
-- JSON
-- ----------------------------------------------------------------------
SELECT refused_text('journey',
	'{', '{"stages": ["a"]} x', '{}', '{"stages": []}', '{"stages": null}', '{"stages": "a"}', '{"stages": {"name": "a"}}',
	'{"stages": [1]}', '{"stages": [["a"]]}', '{"stages": [null]}', '{"stages": [""]}', '{"stages": [{}]}',
	'{"stages": [{"name": null}]}', '{"stages": [{"name": 1}]}', '{"stages": ["a", "a"]}',
	'{"stages": ["a"], "window": "7 days"}', '{"stages": ["a", {"name": "b", "event": "x"}]}',
	'{"stages": ["a", {"name": "b", "events": "x"}]}', '{"stages": ["a", {"name": "b", "events": ["x", 1]}]}',
	'{"stages": ["a", {"name": "b", "events": ["x", null]}]}', '{"stages": ["a", {"name": "b", "events": [""]}]}',
	'{"stages": ["a", {"name": "b", "optional": "yes"}]}', '{"stages": ["a", {"name": "b", "feeling": "good"}]}',
	'{"stages": ["a", {"name": "b", "feeling": 2}]}', '{"stages": ["a", {"name": "b", "expected_drop_off": 1e400}]}',
	'{"stages": ["a", {"name": "b", "within": 7}]}', '{"stages": ["a", {"name": "b", "within": "7"}]}',
	'{"stages": ["a", {"name": "b", "after": "1 month"}]}', '{"stages": ["a", {"name": "b", "goal": ["x"]}]}',
	'{"stages": ["a"], "within": ["7 days"]}', '{"stages": ["a"], "matching": "loose"}', '{"stages": ["a"], "entry": 1}',
	'{"stages": ["a"], "counting": true}', '{"stages": ["a"], "title": 1}',
	'{"stages": ["a"], "title": "\u0000"}', '{"stages": ["a"], "title": "\ud800"}');
SELECT refused_text('stage', '{}', '{"name": "a", "stages": []}', '{"name": ["a"]}', '{"events": ["a"]}',
	'{"name": "a", "within": "1 day", "after": "2 days"}');
SELECT refused($$'[]'::jsonb::journey$$, $$'"a -> b"'::jsonb::journey$$, $$'1'::json::journey$$, $$'null'::jsonb::journey$$,
	$$'null'::jsonb::stage$$, $$'[]'::json::stage$$);

-- times have a zone and one form
CREATE FUNCTION refused_time(VARIADIC times text[]) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT refused_text('journey', VARIADIC (SELECT array_agg(format('{"stages": ["a"], "as_of": %s}', to_json(i)) ORDER BY n)
		FROM unnest(times) WITH ORDINALITY u(i, n)))
$$;
SELECT refused_time('2024-01-31', '2024-01-31 12:00', '2024-01-31T12:00:00', '2024-01-31 12:00 UTC',
	'2024-01-31 12:00 Europe/Berlin', '2024-01-31T12:00+5', '2024-01-31T12:00+053', '2024-01-31T12:00+16:00',
	'2024-01-31T12:00ZZ', '2024-01-31T12:00Z BC ', '2024-01-31T24:00Z', '2024-01-31T12:60Z', '2024-01-31T12:00:60Z',
	'2024-01-31T12:00:00.1234567Z', '2024-01-31T12:00:00.Z', '2024-01-31T12Z', '2024-02-30T00:00Z', '2023-02-29T00:00Z',
	'2024-13-01T00:00Z', '2024-00-01T00:00Z', '0000-01-01T00:00Z', '31.01.2024 12:00Z', '01/31/2024 12:00Z', '20240131T120000Z',
	'24-01-31T12:00Z', '4714-11-23T00:00Z BC', '294277-01-01T00:00Z', '999999-01-01T00:00Z', 'infinity', '-infinity', 'now',
	'epoch', '', ' 2024-01-31T12:00Z');
SELECT refused_text('journey', '{"stages": ["a"], "as_of": 1706659200}',
	'{"stages": ["a"], "entered_from": "2024-01-02T00:00Z", "entered_until": "2024-01-01T00:00Z"}');

-- ----------------------------------------------------------------------
-- Binary input: well formed, canonical, and a value that may be
-- ----------------------------------------------------------------------
\set VERBOSITY default
\set SHOW_CONTEXT never
CREATE TABLE bytes (b bytea);
CREATE TABLE journeys (j journey);
CREATE TABLE stages (s stage);
-- a bytea goes over the wire as it is, so it can stand in for any bytes
TRUNCATE bytes; INSERT INTO bytes VALUES (journey_send('a -> b(x) within 1 day'));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
SELECT * FROM journeys;
-- empty
TRUNCATE bytes; INSERT INTO bytes VALUES ('');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- of a version to come
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(journey_send('a -> b'), 0, 2));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- cut short
TRUNCATE bytes; INSERT INTO bytes VALUES (substr(journey_send('a -> b'), 1, 8));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- with something behind
TRUNCATE bytes; INSERT INTO bytes VALUES (journey_send('a -> b') || '\x00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- a stage where a journey should be, and the reverse
TRUNCATE bytes; INSERT INTO bytes VALUES (stage_send('a'));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (journey_send('a'));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy stages FROM 'results/types_errors.bin' (FORMAT binary)
-- a name that is not UTF-8
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 05 00 01 00 01ff 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- a name with a zero byte
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 05 00 01 00 0100 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- an empty name
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 04 00 01 00 00 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- the same event twice
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 0a 00 01 01 0161 02 0178 0178 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- a list of the stage's own name
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 08 00 01 01 0161 01 0161 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- a list of nothing
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 06 00 01 01 0161 00 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- a list longer than the message
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 0a 00 01 01 0161 ffffffff07 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- no stage
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 02 00 00 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- 65 stages
TRUNCATE bytes; INSERT INTO bytes VALUES (('\x014a c501 00 41 ' || repeat('00 0161', 65) || '0000')::bytea);
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- a section longer than the message
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a ffffffffffffffffff01 00 01 00 0161 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- bits that nobody knows
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(journey_send('a'), 3, 32));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- strict and any order at once
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(journey_send('a'), 3, 6));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- a length in more bytes than it needs
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 8500 00 01 00 0161 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- an empty scope, and empty notes, spelt out
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 05 00 01 00 0161 01 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 05 00 01 00 0161 00 02 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- a stage with a scope
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x0153 03 00 0161 02 01 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy stages FROM 'results/types_errors.bin' (FORMAT binary)
-- well formed, but against the rules: a name twice, the first stage optional, open and strict
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 08 00 02 00 0161 00 0161 00 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(journey_send('a -> b'), 5, 4));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(journey_send('a -> b open'), 3, 8 + 2));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- an infinite time
TRUNCATE bytes; INSERT INTO bytes VALUES ('\x014a 05 00 01 00 0161 0b 01 feffffffffffffffff01 00');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
-- numbers: minus zero, not a number, infinite
TRUNCATE bytes; INSERT INTO bytes VALUES (overlay(stage_send(stage('a', feeling => 0.5)) PLACING '\x0000000000000080'::bytea FROM 10));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy stages FROM 'results/types_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (overlay(stage_send(stage('a', feeling => 0.5)) PLACING '\x000000000000f87f'::bytea FROM 10));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy stages FROM 'results/types_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (overlay(stage_send(stage('a', feeling => 0.5)) PLACING '\x000000000000f07f'::bytea FROM 10));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy stages FROM 'results/types_errors.bin' (FORMAT binary)
\set VERBOSITY sqlstate
-- their codes: malformed, of a version to come, against the rules
TRUNCATE bytes; INSERT INTO bytes VALUES ('');
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(journey_send('a -> b'), 0, 2));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(journey_send('a -> b'), 5, 4));
\copy bytes TO 'results/types_errors.bin' (FORMAT binary)
\copy journeys FROM 'results/types_errors.bin' (FORMAT binary)
\set VERBOSITY default
-- nothing of it was stored
SELECT count(*) FROM journeys;
SELECT count(*) FROM stages;

-- ----------------------------------------------------------------------
-- Random noise: an error of the promised kind, or a value that reads back
-- ----------------------------------------------------------------------
CREATE FUNCTION noise(pieces text[], n int) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT string_agg(pieces[1 + floor(random() * cardinality(pieces))::int], '') FROM generate_series(1, n)
$$;
CREATE FUNCTION outcome(input text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	j journey;
BEGIN
	j := input::journey;
	RETURN CASE WHEN j::text::journey = j AND j::json::journey = j THEN 'reads back' ELSE 'differs: ' || input END;
EXCEPTION WHEN invalid_text_representation OR invalid_parameter_value OR numeric_value_out_of_range
	OR untranslatable_character THEN
	RETURN 'refused';
END $$;
DO $$ BEGIN PERFORM setseed(0.4); END $$;
SELECT outcome(noise(ARRAY['a', 'b', 'x', ' ', '->', ' -> ', '(', ')', '|', '?', '"', '""', '{', '}', 'within', 'strict',
	'any', 'order', 'open', 'attempts', '7', ' days', '1', ' hour', ' month', '-', '.', ':', 'P', 'T', 'é', E'\n'],
	1 + floor(random() * 12)::int)) AS o, count(*) > 100 FROM generate_series(1, 20000) GROUP BY 1 ORDER BY 1;
SELECT outcome('{"stages": [' || noise(ARRAY['"a"', '"b"', ', ', ', ', '{"name": ', '{"name": "c"', '}', ', "within": "1 day"',
	', "events": [', ']', ', "feeling": 0.5', ', "optional": true', 'null', ', "goal": ""', '], "title": "t', '\u00e9'],
	1 + floor(random() * 5)::int) || noise(ARRAY[']}', '}]}', '"]}'], 1)) AS o, count(*) > 100
FROM generate_series(1, 20000) GROUP BY 1 ORDER BY 1;

SET client_min_messages = warning;
DROP SCHEMA test_types_errors CASCADE;
