-- two funnels compared
SELECT * FROM compare(NULL, NULL) \gdesc

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
CREATE FUNCTION r(x float8, digits int = 6) RETURNS numeric LANGUAGE sql AS $$ SELECT round(x::numeric, digits) $$;

CREATE TABLE two AS SELECT made('visit -> cart -> pay -> buy', '{200,100,40,20}', 2.5) AS before,
	made('visit -> cart -> pay -> buy', '{300,165,50,30}', 3) AS after;

-- what an analyst reads, in 80 columns
SELECT stage, next_stage, r(conversion_before, 3) AS before, r(conversion_after, 3) AS after,
	r(difference, 3) AS diff, r(difference_low, 3) AS low, r(difference_high, 3) AS high, r(p_holm, 3) AS p
FROM two, compare(before, after);
\x on
SELECT stage_no, stage, reached_before, reached_after, settled_before, settled_after, conversion_before, conversion_after,
	r(difference) AS difference, r(difference_low) AS low, r(difference_high) AS high, r(z) AS z, r(p_value) AS p_value, r(p_holm) AS p_holm, r(p_better) AS p_better,
	enough_data, r(value_lost_each_before) AS lost_each_before, r(value_lost_each_after) AS lost_each_after
FROM two, compare(before, after);
\x off
-- the published example (Newcombe 1998, table II: 56/70 - 48/80, method 10): 0.0524 to 0.3339
SELECT stage, r(difference, 4) AS difference, r(difference_low, 4) AS low, r(difference_high, 4) AS high
FROM compare(made('a -> b', '{80,48}'), made('a -> b', '{70,56}'));
-- (9/10 - 3/10: 0.1705 to 0.8090; 10/10 - 0/20: 0.6791 to 1; 10/10 - 0/10: 0.6075 to 1)
SELECT n.i, stage, r(difference, 4) AS difference, r(difference_low, 4) AS low, r(difference_high, 4) AS high
FROM (VALUES (1, '{10,3}'::int[], '{10,9}'::int[]), (2, '{20,0}', '{10,10}'), (3, '{10,0}', '{10,10}')) n(i, b, a),
	compare(made('a -> b', b), made('a -> b', a)) ORDER BY i, stage_no;

-- by the definitions, from the stage tables
WITH s AS (SELECT b.stage_no, b.stage, b.settled AS n1, b.settled - b.dropped AS x1, a.settled AS n2, a.settled - a.dropped AS x2,
		b.conversion AS p1, b.conversion_low AS l1, b.conversion_high AS u1, a.conversion AS p2, a.conversion_low AS l2, a.conversion_high AS u2,
		b.overall * b.value_lost / b.settled AS v1, a.overall * a.value_lost / a.settled AS v2
		FROM two, stages(before) b, stages(after) a WHERE a.stage_no = b.stage_no AND b.dropped IS NOT NULL),
	d AS (SELECT *, p2 - p1 AS d, (x1 + x2) / (n1 + n2)::float8 AS p FROM s)
SELECT stage, c.conversion_before = p1 AND c.conversion_after = p2 AS conversions, abs(c.difference - d) < 1e-14 AS difference,
	abs(c.difference_low - (d - sqrt((p2 - l2) ^ 2 + (u1 - p1) ^ 2))) < 1e-14 AS low,
	abs(c.difference_high - (d + sqrt((u2 - p2) ^ 2 + (p1 - l1) ^ 2))) < 1e-14 AS high,
	abs(c.z - d / sqrt(p * (1 - p) * (1.0 / n1 + 1.0 / n2))) < 1e-12 AS z,
	abs(c.value_lost_each_before - v1) < 1e-14 AND abs(c.value_lost_each_after - v2) < 1e-14 AS value
FROM two, compare(before, after) c JOIN d USING (stage);
-- the whole journey is one more stage, from the first to the last, where nobody waits
SELECT w.stage IS NULL AS whole, w.difference = s.difference AS difference, w.difference_low = s.difference_low AS low, w.z = s.z AS z,
	w.p_value = s.p_value AS p_value, w.p_better = s.p_better AS p_better, w.p_holm IS NULL AS no_holm
FROM two, compare(before, after) w, compare(made('visit -> buy', '{200,20}'), made('visit -> buy', '{300,30}')) s
WHERE w.stage IS NULL AND s.stage IS NOT NULL;
-- its conversion is conversion(f); what is lost adds up
SELECT c.conversion_before = conversion(before) AS before, c.conversion_after = conversion(after) AS after,
	abs(c.value_lost_each_before - (SELECT sum(value_lost) FROM stages(before)) / customers(before)) < 1e-12 AS lost_before,
	abs(c.value_lost_each_after - (SELECT sum(value_lost) FROM stages(after)) / customers(after)) < 1e-12 AS lost_after
FROM two, compare(before, after) c WHERE stage IS NULL;
-- Holm, step by step: times the number of those not smaller, never less than one before
SELECT array_agg(r(p_value, 5) ORDER BY stage_no) AS p, array_agg(r(p_holm, 5) ORDER BY stage_no) AS holm
FROM two, compare(before, after) WHERE stage IS NOT NULL;
WITH p AS (SELECT stage, p_value, p_holm, (count(*) OVER () - rank() OVER (ORDER BY p_value) + 1) * p_value AS step FROM two, compare(before, after) WHERE stage IS NOT NULL)
SELECT bool_and(abs(p_holm - least(1, (SELECT max(step) FROM p q WHERE q.p_value <= p.p_value))) < 1e-15) AS holm FROM p;
-- the other way round
SELECT bool_and(x.difference = -y.difference AND x.difference_low = -y.difference_high AND x.z = -y.z AND x.p_value = y.p_value
	AND x.p_holm IS NOT DISTINCT FROM y.p_holm AND abs(x.p_better + y.p_better - 1) < 1e-14) AS mirrored
FROM two, compare(before, after) x, compare(after, before) y WHERE x.stage_no IS NOT DISTINCT FROM y.stage_no;
-- a funnel with itself: no difference, exactly
SELECT stage, difference, z, p_value, p_holm, p_better, difference_low < 0 AND difference_high = -difference_low AS around FROM two, compare(after, after);
-- the level moves the bounds only
SELECT level, r(difference_low) AS low, r(difference_high) AS high, r(z) AS z, r(p_better) AS p_better
FROM two, (VALUES (0.5), (0.9), (0.95), (0.999)) v(level), compare(before, after, level) WHERE stage = 'visit' ORDER BY level;

-- nobody, all, none: (b = settled and continued before, a = after)
SELECT b, a, stage, conversion_before AS before, conversion_after AS after, difference AS d, r(difference_low, 4) AS low, r(difference_high, 4) AS high,
	r(z, 4) AS z, r(p_value, 4) AS p, r(p_holm, 4) AS holm, r(p_better, 4) AS better, enough_data AS enough
FROM (VALUES (1, '{40,40}'::int[], '{40,40}'::int[]), (2, '{40,0}', '{50,0}'), (3, '{40,0}', '{40,40}'), (4, '{1,1}', '{1,0}'), (5, '{40,10}', '{0,0}')) v(i, b, a),
	compare(CASE WHEN b[1] = 0 THEN '{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a"}, {"stage": "b"}]}' ELSE made('a -> b', b) END,
		CASE WHEN a[1] = 0 THEN '{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a"}, {"stage": "b"}]}' ELSE made('a -> b', a) END) c
ORDER BY i, c.stage_no;
-- a stage that nobody got to is not known, and no test; the journey is: nobody of 40 against 4 of 40
SELECT stage, settled_before, settled_after, conversion_before, conversion_after, difference, r(p_value) AS p_value, r(p_holm) AS p_holm, enough_data
FROM compare(made('a -> b -> c', '{40,0,0}'), made('a -> b -> c', '{40,20,4}'));
-- what would come later does not matter for it
SELECT c.stage, c.difference = d.difference AS difference, c.p_value = d.p_value AS p_value, c.p_better = d.p_better AS p_better
FROM compare(made('a -> b -> c', '{40,0,0}'), made('a -> b -> c', '{40,20,4}')) c, compare(made('a -> c', '{40,0}'), made('a -> c', '{40,4}')) d
WHERE c.stage IS NULL AND d.stage = 'a';
-- one stage: nothing to compare
SELECT count(*) FROM compare(made('a', '{3}'), made('a', '{5}'));

-- far tails: p-values keep their digits, probabilities end at 0 and 1
SELECT n, to_char(p_value, '9.9999999999EEEE') AS p_value, r(p_better, 12) AS p_better FROM (VALUES (100), (1000), (10000)) v(n), compare(made('a -> b', ARRAY[n, n / 2]), made('a -> b', ARRAY[n, n * 6 / 10])) WHERE stage = 'a' ORDER BY n;
-- more customers than doubles have digits for their squares: a millionth of a millionth is seen
SELECT e, difference * 10 ^ e AS difference, r(z) AS z, r(p_value) AS p, r(p_better) AS better
FROM (VALUES (9, 100000), (12, 3000000), (14, 30000000)) v(e, more),
	LATERAL (SELECT 10 ^ e AS n, 10 ^ e / 2 AS x) s,
	LATERAL (SELECT format('{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a", "entered": %1$s, "reached": %1$s, "settled": %1$s, "dropped": %2$s, "to_next_us": [[0, %3$s]]}, {"stage": "b", "reached": %3$s, "from_first_us": [[0, %3$s]]}]}', n::bigint, (n - x)::bigint, x::bigint)::funnel AS before,
		format('{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a", "entered": %1$s, "reached": %1$s, "settled": %1$s, "dropped": %2$s, "to_next_us": [[0, %3$s]]}, {"stage": "b", "reached": %3$s, "from_first_us": [[0, %3$s]]}]}', n::bigint, (n - x - more)::bigint, (x + more)::bigint)::funnel AS after) f,
	compare(before, after) WHERE stage = 'a' ORDER BY e;

-- who waits: rates of those settled; the whole journey counts as many as its variance is worth
CREATE TABLE waiting AS SELECT edited(edited(made('a -> b -> c', '{100,60,30}'), 1, '{"dropped": 20, "waiting": 20, "settled": 50}'), 2, '{"dropped": 18, "waiting": 12, "settled": 48}') AS before,
	made('a -> b -> c', '{120,90,50}') AS after;
SELECT stage, reached_before, settled_before, settled_after, r(conversion_before) AS before, r(conversion_after) AS after, r(difference) AS difference, r(difference_low) AS low, r(difference_high) AS high, r(p_value) AS p
FROM waiting, compare(before, after);
-- by Greenwood's formula: variance = product^2 x sum of q / (n p)
WITH g AS (SELECT exp(sum(ln(conversion))) AS p, sum(drop_off / settled / conversion) AS s FROM waiting, stages(before) WHERE dropped IS NOT NULL),
	n AS (SELECT p AS p1, (1 - p) / (p * s) AS n1, 50 / 120.0::float8 AS p2, 120 AS n2 FROM g),
	d AS (SELECT p2 - p1 AS d, (p1 * n1 + p2 * n2) / (n1 + n2) AS p, * FROM n)
SELECT r(n1) AS effective_size, abs(c.z - d.d / sqrt(p * (1 - p) * (1 / n1 + 1.0 / n2))) < 1e-12 AS z
FROM d, waiting, compare(before, after) c WHERE stage IS NULL;
-- where all of them went on, the smallest sample counts
SELECT stage, settled_before, difference, r(difference_low, 4) AS low, r(difference_high, 4) AS high, p_value, enough_data
FROM compare(edited(edited(made('a -> b -> c', '{60,60,60}'), 1, '{"settled": 40}'), 2, '{"settled": 25}'), made('a -> b -> c', '{60,60,60}'));

-- optional stages are left out
SELECT stage_no, stage, next_stage, difference FROM (SELECT made('visit -> "sign up"? -> buy', '{40,10,8}') AS f) q, compare(f, f);
-- in any order the stages are numbers of them; open: the product of what each stage lets through, no loss per entrant
SELECT stage, next_stage, r(conversion_before) AS before, r(conversion_after) AS after, r(z) AS z FROM compare(made('a -> b -> c any order', '{40,20,8}'), made('a -> b -> c any order', '{40,30,8}'));
SELECT stage, reached_before, r(conversion_before) AS before, r(conversion_after) AS after, value_lost_each_before AS lost
FROM (SELECT funnel('a -> b -> c open', c, timestamptz 'epoch' + n * interval '1 s', e, 1) AS f
	FROM (VALUES (1, 'a', 1, 40), (2, 'b', 31, 90), (3, 'c', 71, 130)) v(n, e, first, last), generate_series(first, last) c) q, compare(f, f);
-- scope and notes may differ
SELECT stage, difference FROM compare(made(scope('a -> b', as_of => '2001-01-01Z'), '{9,3}'), made(journey(ARRAY[stage('a', goal => 'start'), stage('b')], title => 'x'), '{9,3}'));
-- values known on one side only
SELECT stage, value_lost_each_before, value_lost_each_after FROM compare(made('a -> b', '{40,10}', 2), made('a -> b', '{40,20}'));

-- NULL
SELECT count(*) FROM compare(NULL, made('a -> b', '{2,1}'));
SELECT count(*) FROM compare(made('a -> b', '{2,1}'), NULL);
SELECT count(*) FROM compare(made('a -> b', '{2,1}'), made('a -> b', '{2,1}'), NULL);
-- errors
\x on
SELECT * FROM refused($$SELECT * FROM compare(made('a -> b', '{2,1}'), made('a -> c', '{2,1}'))$$);
SELECT * FROM refused($$SELECT * FROM compare(made('a -> b', '{2,1}'), made('a -> b within 1 day', '{2,1}'))$$);
SELECT * FROM refused($$SELECT * FROM compare(made('a -> b', '{2,1}'), made('a -> b', '{2,1}'), 95)$$);
\x off

DROP TABLE two, waiting;
DROP FUNCTION made(journey, int[], float8);
DROP FUNCTION edited(funnel, int, jsonb);
DROP FUNCTION refused(text);
DROP FUNCTION r(float8, int);
