-- the stage table of a funnel
SELECT * FROM stages(NULL) \gdesc

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

-- counts: reached = continued + dropped + waiting, nothing about going on at the last stage
SELECT stage_no, stage, optional, entered, reached, settled, continued, dropped, waiting, excluded
FROM stages(made('visit -> cart -> buy', '{200,50,10}'));
-- rates; the last stage has none
SELECT stage, conversion, drop_off, overall FROM stages(made('visit -> cart -> buy', '{200,50,10}'));
-- 10 of 50: Wilson's bounds as printed in tables
SELECT level, round(conversion_low::numeric, 6) AS low, round(conversion_high::numeric, 6) AS high
FROM (VALUES (0.5), (0.9), (0.95), (0.99)) v(level), stages(made('cart -> buy', '{50,10}'), level) WHERE stage_no = 1;
-- the same by the formula, with the deviates of a table of the normal distribution
SELECT level,
	abs(conversion_low - (p + z * z / 2 / n - z * sqrt(p * (1 - p) / n + (z / 2 / n) ^ 2)) / (1 + z * z / n)) < 1e-12 AS low,
	abs(conversion_high - (p + z * z / 2 / n + z * sqrt(p * (1 - p) / n + (z / 2 / n) ^ 2)) / (1 + z * z / n)) < 1e-12 AS high
FROM (VALUES (0.5, 0.674489750196082), (0.9, 1.64485362695147), (0.95, 1.95996398454005), (0.99, 2.57582930354890)) v(level, z),
	LATERAL (SELECT conversion_low, conversion_high, conversion AS p, settled AS n
		FROM stages(made('cart -> buy', '{50,10}'), level) WHERE stage_no = 1) s;
-- nobody and everybody: the bound is exactly 0 or 1
SELECT bought, conversion, conversion_low = 0 AS low_is_0, round(conversion_low::numeric, 6) AS low, round(conversion_high::numeric, 6) AS high, conversion_high = 1 AS high_is_1
FROM (VALUES (0), (20)) v(bought), stages(made('cart -> buy', ARRAY[20, bought])) WHERE stage_no = 1;
-- nobody reached the second stage: nothing is known from there on
SELECT stage, reached, settled, conversion, conversion_low, round(conversion_high::numeric, 6) AS high, drop_off, overall, median_s, p90_s
FROM stages(made('visit -> cart -> pay -> buy', '{20,0,0,0}'));

-- times: one customer each after 1 .. 100 seconds
SELECT stage, median_s, p90_s FROM stages((
	SELECT funnel('a -> b', c, timestamptz 'epoch' + n * c * interval '1 s', e)
	FROM generate_series(1, 100) c, (VALUES (0, 'a'), (1, 'b')) v(n, e)));
-- within 1 percent of the true 50 s and 90 s
SELECT abs(median_s / 50 - 1) < 0.01 AS median, abs(p90_s / 90 - 1) < 0.01 AS p90 FROM stages((
	SELECT funnel('a -> b', c, timestamptz 'epoch' + n * c * interval '1 s', e)
	FROM generate_series(1, 100) c, (VALUES (0, 'a'), (1, 'b')) v(n, e))) WHERE stage_no = 1;

-- values: of the first stage = lost + waiting + of the last
SELECT stage, dropped, valued, value, value_lost, value_waiting FROM stages(made('visit -> cart -> buy', '{200,50,10}', 2.5));
-- nobody has one
SELECT stage, dropped, valued, value, value_lost, value_waiting FROM stages(made('visit -> cart -> buy', '{200,50,10}'));
-- carried: the last value known on the way, here of those who got one with the cart
SELECT stage, dropped, valued, value, value_lost FROM stages((
	SELECT funnel('visit -> cart -> buy', c, timestamptz 'epoch' + n * interval '1 s', e, CASE e WHEN 'cart' THEN c END)
	FROM (VALUES (1, 'visit', 4), (2, 'cart', 3), (3, 'buy', 1)) v(n, e, r), generate_series(1, r) c));
-- half of those lost carry one: their sum; fewer: NULL
SELECT with_value, dropped, valued, value, value_lost FROM (VALUES (1), (2), (3), (4)) v(with_value), LATERAL stages((
	SELECT funnel('visit -> cart', c, timestamptz 'epoch', 'visit', CASE WHEN c <= with_value THEN 10.25 END)
	FROM generate_series(1, 5) c)) WHERE stage_no = 1;
-- nothing lost is 0, and values may be negative
SELECT stage, value, value_lost FROM stages(made('visit -> cart', '{3,3}', -0.000001));

-- what later versions of the aggregate fill: optional stages, waiting, excluded, feelings
CREATE TABLE full_funnel AS SELECT $${"version": 1,
"journey": {"stages": [{"name": "visit"}, {"name": "sign up", "optional": true}, {"name": "cart"}, {"name": "buy"}], "within": "1 day"},
"stages": [
 {"stage": "visit", "reached": 100, "entered": 100, "dropped": 30, "waiting": 20, "settled": 60, "excluded": 7,
  "to_next_us": [[0, 50]], "valued": 90, "valued_dropped": 30, "valued_waiting": 10, "value_millionths": 900000000,
  "value_lost_millionths": 150000000, "value_lost_squares_trillionths": 900000000000000, "value_waiting_millionths": 40000000},
 {"stage": "sign up", "reached": 40, "excluded": 1, "valued": 10, "value_millionths": 5000000},
 {"stage": "cart", "reached": 50, "dropped": 10, "waiting": 15, "settled": 30, "to_next_us": [[0, 25]], "from_first_us": [[0, 50]]},
 {"stage": "buy", "reached": 25, "from_first_us": [[0, 25]]}],
"touchpoints": [
 {"channel": "mail", "stage": "visit", "events": 3, "customers": 2, "felt": 1, "felt_negative": 1, "feeling_millionths": -500000},
 {"channel": "web", "stage": "visit", "events": 5, "customers": 5, "felt": 3, "feeling_millionths": 2000000},
 {"stage": "sign up", "events": 1, "customers": 1, "felt": 1, "felt_negative": 1, "feeling_millionths": -250000}]}$$::funnel AS f;
SELECT stage_no, stage, optional, entered, reached, settled, continued, dropped, waiting, excluded FROM full_funnel, stages(f);
-- drop-off is of those settled
SELECT stage, conversion, round(conversion_low::numeric, 6) AS low, round(conversion_high::numeric, 6) AS high, drop_off, overall, median_s
FROM full_funnel, stages(f);
SELECT stage, valued, value, value_lost, value_waiting, feeling, negative_share FROM full_funnel, stages(f);

-- open: no overall conversion; any order: the n-th stage is that n are done
SELECT stage, entered, reached, conversion, overall FROM stages($${"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}], "entry": "any"},
"stages": [{"stage": "a", "reached": 4, "entered": 4, "dropped": 3, "settled": 4, "to_next_us": [[0, 1]]},
 {"stage": "b", "reached": 3, "entered": 2}]}$$);
SELECT stage_no, stage, reached, conversion, overall FROM stages($${"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}], "matching": "any"},
"stages": [{"stage": "a", "reached": 4, "entered": 4, "dropped": 3, "settled": 4, "to_next_us": [[0, 1]]},
 {"stage": "b", "reached": 1, "from_first_us": [[0, 1]]}]}$$);

-- one stage; 64 stages; nobody; NULL
SELECT stage_no, stage, reached, settled, dropped, overall FROM stages(made('a', '{3}'));
SELECT count(*), min(reached), max(reached), round(min(overall)::numeric, 9) AS overall
FROM stages(made((SELECT string_agg('s' || n, ' -> ' ORDER BY n) FROM generate_series(1, 64) n)::journey,
	(SELECT array_agg(74 - n ORDER BY n) FROM generate_series(1, 64) n)));
SELECT stage, reached, settled, conversion, overall, value FROM stages('{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a"}, {"stage": "b"}]}');
SELECT count(*) FROM stages(NULL);
SELECT count(*) FROM stages(made('a -> b', '{2,1}'), NULL);
SELECT count(*) FROM stages((SELECT funnel('a -> b', c, now(), 'a') FROM generate_series(1, 0) c));
-- in a select list
SELECT (stages(made('a -> b', '{2,1}'))).stage;

-- a level is a share
\x on
SELECT * FROM refused($$SELECT * FROM stages(made('a -> b', '{2,1}'), 0)$$);
SELECT * FROM refused($$SELECT * FROM stages(made('a -> b', '{2,1}'), 95)$$);
SELECT * FROM refused($$SELECT * FROM stages(made('a -> b', '{2,1}'), level => 'NaN')$$);
\x off
SELECT code FROM (VALUES ('1'), ('-1'), ('Infinity'), ('1e-300'), ('0.9999999999999999')) v(level),
	refused(format($$SELECT * FROM stages(made('a -> b', '{2,1}'), %L)$$, level));
-- however odd the level: a share, never more than 1
SELECT level, conversion_low >= 0 AND conversion_low <= conversion AS low, conversion_high <= 1 AND conversion_high >= conversion AS high
FROM (VALUES (1e-300::float8), (0.0001), (0.9999999999999999)) v(level), stages(made('a -> b', '{3,1}'), level) WHERE stage_no = 1;

-- settled less than dropped, as a stage's own limit of time could give: still a share
SELECT conversion, drop_off, conversion_low, round(conversion_high::numeric, 6) AS high
FROM stages(edited(made('a -> b', '{8,2}'), 1, '{"settled": 5}')) WHERE stage_no = 1;

DROP TABLE full_funnel;
DROP FUNCTION made(journey, int[], float8);
DROP FUNCTION edited(funnel, int, jsonb);
DROP FUNCTION refused(text);
