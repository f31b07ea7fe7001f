-- the funnel as bars
\pset format unaligned
\pset tuples_only on

-- `reached` customers at each stage, one minute after the other
CREATE FUNCTION made(j journey, reached int[], worth float8 = NULL)
RETURNS funnel LANGUAGE sql AS $$
	SELECT funnel(j, c, timestamptz 'epoch' + n * interval '1 min',
		stage ->> 'name', worth)
	FROM jsonb_array_elements(j::jsonb -> 'stages') WITH ORDINALITY s(stage, n),
		generate_series(1, reached[n]) c
$$;
-- the same funnel with other numbers at one stage
CREATE FUNCTION edited(f funnel, stage int, numbers jsonb)
RETURNS funnel LANGUAGE sql AS $$
	SELECT jsonb_set(f::jsonb, path, (f::jsonb #> path) || numbers)::text::funnel
	FROM (SELECT ARRAY['stages', (stage - 1)::text]) p(path)
$$;
SELECT bars(made('visit -> cart -> pay -> buy', '{12345,6789,678,600}', 19.99));
-- as psql shows it by default
\pset format aligned
\pset tuples_only off
SELECT bars(made('visit -> cart -> buy', '{200,100,99}'));
\pset format unaligned
\pset tuples_only on

-- few data; nobody leaves; nobody comes; nobody is there; one stage
SELECT bars(made('visit -> cart -> buy', '{20,15,3}'));
SELECT bars(made('visit -> cart -> buy', '{50,50,20}'));
SELECT bars(made('visit -> cart -> buy', '{50,50,50}'));
SELECT bars(made('visit -> cart -> buy', '{50,0,0}'));
SELECT bars('{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a"}, {"stage": "b"}]}');
SELECT bars(made('visit', '{7}'));
SELECT bars(NULL) IS NULL;

-- a few are not none
SELECT bars(made('visit -> cart -> buy', '{20000,1,0}'));
-- waiting and excluded ones have not left; drop-off is of those settled
SELECT bars(edited(made('visit -> cart -> buy', '{200,100,20}'), 1, '{"dropped": 40, "waiting": 60, "settled": 120, "excluded": 1234}'));
SELECT bars(edited(made('visit -> cart', '{200,100}'), 1, '{"dropped": 0, "waiting": 100, "settled": 0}'));
-- optional stages
SELECT bars($${"version": 1, "journey": {"stages": [{"name": "visit"}, {"name": "sign up", "optional": true}, {"name": "buy"}]},
"stages": [{"stage": "visit", "reached": 40, "entered": 40, "dropped": 30, "settled": 40, "to_next_us": [[0, 10]]},
 {"stage": "sign up", "reached": 15, "excluded": 2}, {"stage": "buy", "reached": 10, "from_first_us": [[0, 10]]}]}$$);
-- open: no share of the whole
SELECT bars($${"version": 1, "journey": {"stages": [{"name": "visit"}, {"name": "buy"}], "entry": "any"},
"stages": [{"stage": "visit", "reached": 40, "entered": 40, "dropped": 30, "settled": 40, "to_next_us": [[0, 10]]}, {"stage": "buy", "reached": 50, "entered": 40}]}$$);
-- any order
SELECT bars($${"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}], "matching": "any"},
"stages": [{"stage": "a", "reached": 40, "entered": 40, "dropped": 30, "settled": 40, "to_next_us": [[0, 10]]}, {"stage": "b", "reached": 10, "from_first_us": [[0, 10]]}]}$$);
-- a title
SELECT bars(made(journey(ARRAY[stage('a'), stage('b')], title => 'First purchase'), '{40,30}'));

-- names: long ones, wide ones, with marks and with line ends
SELECT bars(made('"a name that is a good deal longer than any label may be" -> "another name of this kind, to make the last line long" -> buy', '{4000,3000,1000}', 12.5));
SELECT bars(made('"商品を見る" -> "顧客が商品をカートに入れて購入するまでの長い道のり" -> "购买"', '{4000,3000,1000}'));
SELECT bars(made(journey(ARRAY[stage('café'), stage('cafe' || U&'\0301'), stage(text E'two\nlines'), stage(text E'tab\there'), stage(E'bell\u0007' || U&'\0085')]), '{60,50,40,30,20}'));
SELECT bars(made('"a -> b" -> "c?" -> "%s%n"', '{60,50,40}'));

-- large numbers
SELECT bars(edited(made('visit -> buy', '{2,1}', 1), 1, $${"reached": 36028797018963969, "entered": 36028797018963969, "settled": 36028797018963969,
 "dropped": 36028797018963968, "valued": 36028797018963968, "valued_dropped": 36028797018963968, "value_lost_millionths": 1000000000000000000000000000000000,
 "value_lost_squares_trillionths": 1000000000000000000000000000000000000000000000000000}$$));
-- small ones, and values that are gains
SELECT bars(made('visit -> buy', '{40,10}', 0.014));
SELECT bars(made('visit -> buy', '{40,10}', -1234.56));

-- no line is longer than 78 columns, so that psql needs 80
SELECT max(length(line)) FROM generate_series(1, 40, 3) n, (VALUES (NULL), (0.7), (98765.4321)) v(worth),
	LATERAL (SELECT made(journey(ARRAY[stage(repeat('a', n)), stage(repeat('b', 2 * n)), stage('c')]), '{3000,1200,40}', worth) AS f) f,
	LATERAL (SELECT edited(f, 1, '{"waiting": 1000, "dropped": 800, "excluded": 1234567890, "valued_dropped": 0, "value_lost_millionths": 0, "value_lost_squares_trillionths": 0}') AS e) e,
	(VALUES (false), (true)) w(waiting), regexp_split_to_table(bars(CASE WHEN waiting THEN e ELSE f END), '\n') line;
-- and none ends with blanks
SELECT count(*) FROM regexp_split_to_table(bars(made('visit -> cart -> buy', '{200,100,0}')), '\n') line WHERE line ~ ' $';

-- plain ASCII where the server encoding is not UTF8; names stay as they are
SELECT current_database() AS database \gset
SET client_min_messages = warning;
DROP DATABASE IF EXISTS journey_latin1;
CREATE DATABASE journey_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C';
\c journey_latin1
CREATE EXTENSION journey;
SELECT bars(funnel('visit -> "naïve name that is longer than any label may be" -> buy', c, timestamptz 'epoch' + n * interval '1 min', e, 10.5))
FROM (VALUES (1, 'visit', 200), (2, 'naïve name that is longer than any label may be', 100), (3, 'buy', 1)) v(n, e, r), generate_series(1, r) c;
SELECT count(*) FROM regexp_split_to_table(bars(
	(SELECT funnel('a -> b', c, timestamptz 'epoch' + n * interval '1 min', e) FROM (VALUES (1, 'a', 200), (2, 'b', 1)) v(n, e, r), generate_series(1, r) c)), '\n') line WHERE line ~ '[^ -~]';
\c :database
DROP DATABASE journey_latin1;
DROP FUNCTION made(journey, int[], float8);
DROP FUNCTION edited(funnel, int, jsonb);
