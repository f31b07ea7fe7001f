-- the leaks of a funnel
SELECT * FROM leaks(NULL) \gdesc
SELECT * FROM worst_leak(NULL) \gdesc

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

-- with values known everywhere: by value
SELECT rank, stage_no, stage, next_stage, measure, reached, settled, lost, drop_off, value_lost, completions_lost, share
FROM leaks(made('visit -> cart -> pay -> buy', '{200,100,40,20}', 2.5));
-- without: by completions, the customers lost times the conversions still ahead of them
SELECT rank, stage, measure, lost, drop_off, value_lost, completions_lost, share
FROM leaks(made('visit -> cart -> pay -> buy', '{200,100,40,20}'));
-- each measure has its own order; shares add up to 1
SELECT by, array_agg(stage ORDER BY rank) AS stages, array_agg(round(share::numeric, 4) ORDER BY rank) AS shares,
	abs(sum(share) - 1) < 1e-12 AS whole, bool_and(measure = by) AS measure
FROM (VALUES ('value'), ('completions'), ('customers'), ('drop_off')) v(by),
	leaks(made('visit -> cart -> pay -> buy', '{200,100,40,20}', 2.5), by) GROUP BY by ORDER BY by;
-- the same by the definitions, from the stage table
WITH f AS (SELECT made('visit -> cart -> pay -> buy', '{200,100,40,20}', 2.5) AS f),
	s AS (SELECT s.*, (SELECT COALESCE(exp(sum(ln(l.conversion))), 1) FROM f, stages(f) l WHERE l.stage_no > s.stage_no AND l.conversion IS NOT NULL) AS later
		FROM f, stages(f) s)
SELECT stage, l.lost = s.dropped AS lost, l.drop_off = s.drop_off AS drop_off, l.value_lost = s.value_lost AS value,
	abs(l.completions_lost - s.dropped * later) < 1e-9 AS completions,
	abs(l.drop_off_low - (1 - s.conversion_high)) < 1e-12 AS low, abs(l.drop_off_high - (1 - s.conversion_low)) < 1e-12 AS high
FROM f, leaks(f) l JOIN s USING (stage);
-- the level moves the bounds
SELECT level, round(drop_off_low::numeric, 6) AS low, round(drop_off_high::numeric, 6) AS high
FROM (VALUES (0.9), (0.95), (0.99)) v(level), leaks(made('cart -> buy', '{50,40}'), level => level);
-- ties rank in stage order
SELECT rank, stage, lost, share, round(p_worst::numeric, 9) AS p_worst FROM leaks(made('a -> b -> c', '{60,40,20}'), 'customers');
-- 22 x 28/34 x 17/28 = 11: rounding does not break the tie
SELECT rank, stage, round(completions_lost::numeric, 9) AS completions_lost FROM leaks(made('a -> b -> c -> d', '{56,34,28,17}'));
-- the worst one
SELECT rank, stage, next_stage, measure, lost FROM worst_leak(made('visit -> cart -> pay -> buy', '{200,100,40,20}', 2.5));
SELECT rank, stage, next_stage, measure, lost FROM worst_leak(made('visit -> cart -> pay -> buy', '{200,100,40,20}'), 'drop_off');
SELECT rank, stage, next_stage, measure, lost FROM worst_leak(made('visit -> cart -> pay -> buy', '{200,100,40,20}'), by => 'completions');

-- one leak where the value is not known: default is completions; by value it stands between losses and none
CREATE TABLE partly AS SELECT funnel('a -> b -> c -> d -> e', c, timestamptz 'epoch' + n * interval '1 s', e,
	CASE WHEN n = 3 THEN 5 END) AS f
FROM (VALUES (1, 'a', 100), (2, 'b', 80), (3, 'c', 70), (4, 'd', 40), (5, 'e', 40)) v(n, e, r), generate_series(1, r) c;
SELECT rank, stage, measure, lost, value_lost, share, recoverable, round(p_worst::numeric, 9) AS p_worst FROM partly, leaks(f, 'value');
SELECT rank, stage, measure, lost, value_lost, round(completions_lost::numeric, 9) AS completions_lost FROM partly, leaks(f);
-- nobody has a value
SELECT rank, stage, measure, lost, value_lost, share, p_worst FROM leaks(made('a -> b -> c -> d', '{9,8,4,4}'), 'value');
-- nobody is lost
SELECT rank, stage, measure, lost, value_lost, share, round(p_worst::numeric, 9) AS p_worst FROM leaks(made('a -> b -> c', '{5,5,5}', 1));
-- losses that are gains come last
SELECT rank, stage, measure, lost, value_lost, share FROM leaks((
	SELECT funnel('a -> b -> c', c, timestamptz 'epoch' + n * interval '1 s', e, CASE n WHEN 1 THEN -3 ELSE 1 END)
	FROM (VALUES (1, 'a', 9), (2, 'b', 7), (3, 'c', 6)) v(n, e, r), generate_series(1, r) c));
-- nobody got that far: completions lost before are not known, but nothing lost is nothing
SELECT rank, stage, lost, settled, drop_off, drop_off_high, completions_lost, share, enough_data
FROM leaks(made('a -> b -> c -> d', '{40,0,0,0}'));

-- hypotheses: what a drop-off as expected would save
CREATE TABLE hoped AS SELECT made(journey(ARRAY[stage('a', expected_drop_off => 0.2), stage('b'), stage('c', expected_drop_off => 0.6),
	stage('d', expected_drop_off => 0), stage('e')]), '{200,100,50,25,20}', 4) AS f;
SELECT rank, stage, value_lost, drop_off, expected_drop_off, round(excess::numeric, 9) AS excess, round(recoverable::numeric, 6) AS recoverable
FROM hoped, leaks(f);
-- a: 400 lost, x (1 - 0.2 / 0.5) x later conversions 0.5 x 0.5 x 0.8 = 48; d: 20 x (1 - 0) x 1
SELECT rank, stage, measure, round(recoverable_low::numeric, 6) AS low, round(recoverable::numeric, 6) AS recoverable,
	share
FROM hoped, leaks(f, 'recoverable');
-- the bound by its definition
SELECT stage, abs(recoverable_low - greatest(0, 1 - expected_drop_off / drop_off_low) * recoverable / (1 - expected_drop_off / drop_off)) < 1e-9 AS low
FROM hoped, leaks(f) WHERE recoverable > 0;
-- without values, or by another measure: completions
SELECT stage, measure, round(completions_lost::numeric, 6) AS completions, round(recoverable::numeric, 6) AS recoverable FROM hoped, leaks(f, 'completions');
SELECT stage, measure, round(recoverable::numeric, 6) AS recoverable FROM hoped, leaks(f, 'customers') WHERE expected_drop_off IS NOT NULL;
-- nobody leaves: nothing to recover; no hypothesis: not known
SELECT stage, drop_off, excess, recoverable, recoverable_low
FROM leaks(made(journey(ARRAY[stage('a', expected_drop_off => 0.25), stage('b'), stage('c')]), '{40,40,40}'));

-- enough data: 30 settled
SELECT n, enough_data FROM (VALUES (29), (30)) v(n), leaks(made('a -> b', ARRAY[n, 5]));
-- of those settled, however many wait
SELECT reached, settled, lost, drop_off, enough_data
FROM leaks(edited(made('a -> b', '{100,60}'), 1, '{"dropped": 10, "waiting": 30, "settled": 20}'));

-- the worst one for how sure?  Alone: certain
SELECT by, p_worst FROM (VALUES ('value'), ('completions'), ('customers'), ('drop_off')) v(by), leaks(made('a -> b', '{50,20}', 1), by);
-- two of them by the normal distribution: 40 +- sqrt(24) against 30 +- sqrt(15): P(Z < 10 / sqrt(39)) = 0.945343
SELECT stage, lost, round(p_worst::numeric, 6) AS p_worst FROM leaks(made('a -> b -> c', '{100,60,30}'), 'customers');
-- everybody leaves: that loss is certain, 60 against 40 +- sqrt(24): P(Z < 20 / sqrt(24)) = 0.999978
SELECT stage, lost, round(p_worst::numeric, 6) AS p_worst FROM leaks(made('a -> b -> c', '{100,60,0}'), 'customers');
-- of certain losses that are equal the earlier one
SELECT stage, value_lost, p_worst FROM leaks((
	SELECT funnel('a -> b -> c', c, timestamptz 'epoch' + n * interval '1 s', e, CASE n WHEN 1 THEN 0 ELSE 0 END)
	FROM (VALUES (1, 'a', 9), (2, 'b', 7), (3, 'c', 6)) v(n, e, r), generate_series(1, r) c));
-- one large customer makes a loss uncertain, many small ones do not
SELECT stage, lost, value_lost, round(p_worst::numeric, 6) AS p_worst FROM leaks((
	SELECT funnel('a -> b -> c', c, timestamptz 'epoch' + n * interval '1 s', e, CASE WHEN c = 1 THEN 1000 ELSE 10 END)
	FROM (VALUES (1, 'a', 2, 300), (2, 'b', 2, 201), (2, 'b', 1, 1), (3, 'c', 2, 101)) v(n, e, first, last), generate_series(first, last) c));

-- p_worst a second way: losses on a fine grid, the distributions as running sums
SET jit = off;
CREATE TABLE many AS SELECT funnel('a -> b -> c -> d -> e', c, timestamptz 'epoch' + n * interval '1 s', e, c % 17 + c % 3) AS f
FROM (VALUES (1, 'a', 200), (2, 'b', 150), (3, 'c', 105), (4, 'd', 62), (5, 'e', 20)) v(n, e, r), generate_series(1, r) c;
WITH s AS (SELECT (s ->> 'stage') AS stage, (s ->> 'value_lost_millionths')::float8 / 1e6 AS mean,
		sqrt((s ->> 'value_lost_squares_trillionths')::float8 / 1e12 - ((s ->> 'value_lost_millionths')::float8 / 1e6) ^ 2 / (s ->> 'settled')::float8) AS sd
		FROM many, jsonb_array_elements(f::jsonb -> 'stages') s WHERE s ? 'settled'),
	d AS (SELECT stage, x, exp(greatest(-0.5 * ((x - mean) / sd) ^ 2, -300)) / sd / sqrt(2 * pi()) AS p FROM s, generate_series(-500, 1500) x),
	c AS (SELECT stage, x, p, ln(sum(p) OVER (PARTITION BY stage ORDER BY x) - p / 2 + 1e-300) AS below FROM d),
	t AS (SELECT x, sum(below) AS all_below FROM c GROUP BY x),
	w AS (SELECT stage, sum(p * exp(greatest(all_below - below, -300))) AS p_worst FROM c JOIN t USING (x) GROUP BY stage)
SELECT stage, value_lost, round(l.p_worst::numeric, 4) AS p_worst, abs(l.p_worst - w.p_worst) < 1e-5 AS same
FROM many, leaks(f) l JOIN w USING (stage);
-- the rates: Beta(lost + 1/2, stayed + 1/2) on a grid of arcs, where it has no poles
WITH s AS (SELECT stage, dropped, settled - dropped AS stayed FROM many, stages(f) WHERE dropped IS NOT NULL),
	d AS (SELECT stage, x, exp(greatest(2 * dropped * ln(sin(x) / sin(m)) + 2 * stayed * ln(cos(x) / cos(m)), -300)) AS p
		FROM s, LATERAL (SELECT atan2(sqrt(dropped), sqrt(stayed)) AS m) peak, (SELECT (n - 0.5) * pi() / 4000 AS x FROM generate_series(1, 2000) n) g),
	g AS (SELECT stage, x, p / sum(p) OVER (PARTITION BY stage) AS p FROM d),
	c AS (SELECT stage, x, p, ln(sum(p) OVER (PARTITION BY stage ORDER BY x) - p / 2 + 1e-300) AS below FROM g),
	t AS (SELECT x, sum(below) AS all_below FROM c GROUP BY x),
	w AS (SELECT stage, sum(p * exp(greatest(all_below - below, -300))) AS p_worst FROM c JOIN t USING (x) GROUP BY stage)
SELECT stage, round(drop_off::numeric, 4) AS drop_off, round(l.p_worst::numeric, 4) AS p_worst, abs(l.p_worst - w.p_worst) < 1e-5 AS same
FROM many, leaks(f, 'drop_off') l JOIN w USING (stage);
-- they add up to 1
SELECT by, abs(sum(p_worst) - 1) < 1e-9 AS whole
FROM many, (VALUES ('value'), ('completions'), ('customers'), ('drop_off')) v(by), leaks(f, by) GROUP BY by ORDER BY by;
SELECT abs(sum(p_worst) - 1) < 1e-9 AS whole FROM hoped, leaks(f, 'recoverable');
-- losses of very different size
SELECT stage, value_lost, p_worst FROM leaks((
	SELECT funnel('a -> b -> c', c, timestamptz 'epoch' + n * interval '1 s', e, CASE n WHEN 1 THEN 1e12 ELSE 0.001 END)
	FROM (VALUES (1, 'a', 100), (2, 'b', 20), (3, 'c', 10)) v(n, e, r), generate_series(1, r) c));
-- 64 stages
SELECT count(*), abs(sum(p_worst) - 1) < 1e-9 AS whole, max(rank)
FROM leaks(made((SELECT string_agg('s' || n, ' -> ' ORDER BY n) FROM generate_series(1, 64) n)::journey,
	(SELECT array_agg(138 - n - n % 3 ORDER BY n) FROM generate_series(1, 64) n), 1), 'drop_off');

-- optional stages are no leaks; in any order no drop-off is expected
SELECT stage, next_stage, lost FROM leaks($${"version": 1, "journey": {"stages": [{"name": "visit"}, {"name": "sign up", "optional": true}, {"name": "buy"}]},
"stages": [{"stage": "visit", "reached": 4, "entered": 4, "dropped": 3, "settled": 4, "to_next_us": [[0, 1]]},
 {"stage": "sign up", "reached": 2}, {"stage": "buy", "reached": 1, "from_first_us": [[0, 1]]}]}$$);
SELECT stage, next_stage, lost, expected_drop_off, recoverable
FROM leaks($${"version": 1, "journey": {"stages": [{"name": "a", "expected_drop_off": 0.5}, {"name": "b"}], "matching": "any"},
"stages": [{"stage": "a", "reached": 4, "entered": 4, "dropped": 3, "settled": 4, "to_next_us": [[0, 1]]},
 {"stage": "b", "reached": 1, "from_first_us": [[0, 1]]}]}$$);
-- nothing to leak from
SELECT count(*) FROM leaks(made('a', '{3}'));
SELECT count(*) FROM worst_leak(made('a', '{3}'));
SELECT stage, measure, lost, drop_off, share, enough_data, p_worst
FROM leaks('{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a"}, {"stage": "b"}]}');
-- NULL
SELECT count(*) FROM leaks(NULL);
SELECT count(*) FROM leaks(NULL, 'customers');
SELECT count(*) FROM leaks(made('a -> b', '{2,1}'), NULL);
SELECT count(*) FROM leaks(made('a -> b', '{2,1}'), 'customers', NULL);
SELECT count(*) FROM worst_leak(NULL);
SELECT count(*) FROM worst_leak(made('a -> b', '{2,1}'), NULL);

-- errors
\x on
SELECT * FROM refused($$SELECT * FROM leaks(made('a -> b', '{2,1}'), 'money')$$);
SELECT * FROM refused($$SELECT * FROM leaks(made('a -> b', '{2,1}'), '')$$);
SELECT * FROM refused($$SELECT * FROM worst_leak(made('a -> b', '{2,1}'), 'Value')$$);
SELECT * FROM refused($$SELECT * FROM leaks(made('a -> b', '{2,1}'), level => 1)$$);
\x off

DROP TABLE partly, hoped, many;
DROP FUNCTION made(journey, int[], float8);
DROP FUNCTION edited(funnel, int, jsonb);
DROP FUNCTION refused(text);
