-- single numbers of a funnel

-- `reached` customers at each stage, one minute after the other
CREATE FUNCTION made(j journey, reached int[], worth float8 = NULL)
RETURNS funnel LANGUAGE sql AS $$
	SELECT funnel(j, c, timestamptz 'epoch' + n * interval '1 min',
		stage ->> 'name', worth)
	FROM jsonb_array_elements(j::jsonb -> 'stages') WITH ORDINALITY s(stage, n),
		generate_series(1, reached[n]) c
$$;
CREATE FUNCTION refused(statement text)
RETURNS TABLE (code text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	code := 'none';
	RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END
$$;

CREATE TABLE shop AS SELECT made('visit -> cart -> pay -> buy', '{200,100,40,10}') AS f;
CREATE TABLE optional_shop AS SELECT $${"version": 1,
"journey": {"stages": [{"name": "visit"}, {"name": "sign up", "optional": true}, {"name": "buy"}]},
"stages": [{"stage": "visit", "reached": 40, "entered": 40, "dropped": 30, "settled": 40, "to_next_us": [[0, 10]]},
 {"stage": "sign up", "reached": 15}, {"stage": "buy", "reached": 10, "from_first_us": [[0, 10]]}]}$$::funnel AS f;

-- conversion: the whole way, from one stage to the next, from one to another
SELECT conversion(f) FROM shop;
SELECT conversion(f, 'visit') AS visit, conversion(f, 'cart') AS cart, conversion(f, 'pay') AS pay, conversion(f, 'buy') AS buy FROM shop;
SELECT conversion(f, 'visit', 'pay') AS two, conversion(f, 'cart', 'pay') AS one, conversion(f, 'cart', 'cart') AS none, conversion(f, 'buy', 'buy') AS last,
	conversion(f, 'visit', 'buy') = conversion(f) AS whole FROM shop;
-- an optional stage has none and is passed over
SELECT conversion(f), conversion(f, 'sign up') AS optional, conversion(f, 'visit', 'buy') AS over FROM optional_shop;
-- one stage: nothing on the way
SELECT conversion(made('a', '{5}')), conversion(made('a', '{5}'), 'a') AS own;
-- nobody got that far: not known
SELECT conversion(f), conversion(f, 'a') AS a, conversion(f, 'b') AS b, conversion(f, 'a', 'b') AS a_b, conversion(f, 'b', 'c') AS b_c, conversion(f, 'b', 'b') AS b_b
FROM (SELECT made('a -> b -> c', '{5,0,0}') AS f) v;

-- drop-off, reached, customers
SELECT drop_off(f, 'visit') AS visit, drop_off(f, 'cart') AS cart, drop_off(f, 'pay') AS pay, drop_off(f, 'buy') AS buy FROM shop;
SELECT reached(f, 'visit') AS visit, reached(f, 'pay') AS pay, reached(f, 'buy') AS buy FROM shop;
SELECT drop_off(f, 'visit') AS visit, drop_off(f, 'sign up') AS optional, reached(f, 'sign up') FROM optional_shop;
SELECT drop_off(made('a -> b -> c', '{5,0,0}'), 'b') AS unknown, reached(made('a -> b -> c', '{5,0,0}'), 'b') AS none;
SELECT customers(f) FROM shop;
SELECT customers('{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a"}, {"stage": "b"}]}');
-- open: those who enter later are customers too; the excluded are not
SELECT customers($${"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}], "entry": "any"},
"stages": [{"stage": "a", "reached": 4, "entered": 4, "dropped": 3, "settled": 4, "excluded": 9, "to_next_us": [[0, 1]]},
 {"stage": "b", "reached": 3, "entered": 2}]}$$);
-- in any order, the stages are how many are done
SELECT reached(f, '1 done') AS one, drop_off(f, '1 done'), conversion(f, '1 done', '2 done')
FROM (SELECT $${"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}], "matching": "any"},
"stages": [{"stage": "a", "reached": 4, "entered": 4, "dropped": 3, "settled": 4, "to_next_us": [[0, 1]]},
 {"stage": "b", "reached": 1, "from_first_us": [[0, 1]]}]}$$::funnel AS f) v;

-- time to convert, here c days and c hours for customer c of 1 .. 9 to b, twice that to c
CREATE TABLE slow AS SELECT funnel('a -> b -> c', c, timestamptz 'epoch' + n * c * interval '25 hours', e) AS f
FROM (VALUES (0, 'a'), (1, 'b'), (2, 'c')) v(n, e), generate_series(1, 9) c;
SELECT time_to_convert(f), time_to_convert(f, 'c') AS last, time_to_convert(f, 'b') AS b, time_to_convert(f, 'a') AS first FROM slow;
-- other quantiles, by place and by name
SELECT time_to_convert(f, 0) AS shortest, time_to_convert(f, 0.9) AS most, time_to_convert(f, 1) AS longest, time_to_convert(f, quantile => 0.25) AS quarter,
	time_to_convert(f, 'b', 0.9) AS b, time_to_convert(f, 'b', quantile => 1) AS b_longest, time_to_convert(f, stage => 'b') AS b_named, time_to_convert(f, 'b'::text) AS b_text FROM slow;
SELECT pg_typeof(time_to_convert(f)), time_to_convert(f) = interval '10 days 10 hours' AS same FROM slow;
-- as percentile_disc, to within 1 percent
SELECT q, abs(extract(epoch FROM time_to_convert(f, q)) / (SELECT percentile_disc(q) WITHIN GROUP (ORDER BY n) FROM generate_series(1, 1000) n) - 1) < 0.01 AS close
FROM (VALUES (0.0), (0.1), (0.5), (0.9), (0.99), (1.0)) v(q),
	(SELECT funnel('a -> b', c, timestamptz 'epoch' + CASE e WHEN 'b' THEN c ELSE 0 END * interval '1 s', e) AS f FROM unnest('{a,b}'::text[]) e, generate_series(1, 1000) c) g;
-- nobody made it; optional stages have no times; one stage takes none
SELECT time_to_convert(made('a -> b', '{5,0}')) AS nobody, time_to_convert(made('a -> b', '{5,0}'), 'a') AS first, time_to_convert(made('a', '{5}')) AS one;
SELECT time_to_convert(f, 'sign up') FROM optional_shop;
SELECT time_to_convert('{"version": 1, "journey": {"stages": [{"name": "a"}]}, "stages": [{"stage": "a"}]}'::funnel);
-- nothing depends on how intervals are shown
SET intervalstyle = 'iso_8601';
SELECT time_to_convert(f) FROM slow;
RESET intervalstyle;

-- the journey itself, notes and all; a literal is still a cast
SELECT journey(f) FROM shop;
SELECT journey(f) = journey('visit -> cart -> pay -> buy') AS same FROM shop;
SELECT journey(made(journey(ARRAY[stage('a', goal => 'look'), stage('b')], title => 'Short'), '{2,1}'));
SELECT journey('a -> b'), journey('{"stages": [{"name": "a"}]}');

-- NULL
SELECT conversion(NULL), conversion(NULL, 'a'), conversion(f, NULL), conversion(f, 'visit', NULL), drop_off(f, NULL), reached(f, NULL), customers(NULL),
	time_to_convert(NULL), time_to_convert(f, quantile => NULL), time_to_convert(f, stage => NULL), journey(NULL::funnel), bars(NULL) FROM shop;

-- errors
\x on
SELECT * FROM refused($$SELECT conversion(f, 'x') FROM shop$$);
SELECT * FROM refused($$SELECT conversion(f, 'visit', 'x') FROM shop$$);
SELECT * FROM refused($$SELECT conversion(f, 'Visit') FROM shop$$);
SELECT * FROM refused($$SELECT drop_off(f, '') FROM shop$$);
SELECT * FROM refused($$SELECT reached(f, 'x') FROM optional_shop$$);
SELECT * FROM refused($$SELECT time_to_convert(f, 'x') FROM shop$$);
SELECT * FROM refused($$SELECT conversion(f, 'pay', 'cart') FROM shop$$);
SELECT * FROM refused($$SELECT conversion(f, 'visit', 'sign up') FROM optional_shop$$);
SELECT * FROM refused($$SELECT conversion(f, 'sign up', 'buy') FROM optional_shop$$);
SELECT * FROM refused($$SELECT time_to_convert(f, 1.5) FROM shop$$);
SELECT * FROM refused($$SELECT time_to_convert(f, quantile => -0.1) FROM shop$$);
SELECT * FROM refused($$SELECT time_to_convert(f, 'cart', 'NaN') FROM shop$$);
SELECT * FROM refused($$SELECT reached('{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}], "matching": "any"}, "stages": [{"stage": "a"}, {"stage": "b"}]}', 'a')$$);
-- a long list is cut
SELECT * FROM refused($$SELECT reached(funnel(j, 1, now(), 'stage_1'), repeat('x', 300))
	FROM (SELECT string_agg('stage_' || n, ' -> ' ORDER BY n)::journey AS j FROM generate_series(1, 64) n) v$$);
\x off

DROP TABLE shop, optional_shop, slow;
DROP FUNCTION made(journey, int[], float8);
DROP FUNCTION refused(text);
