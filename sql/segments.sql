-- leaks of several segments in one ranking
SELECT * FROM segment_leaks(NULL, NULL) \gdesc

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
CREATE FUNCTION r(x float8, digits int = 6) RETURNS numeric LANGUAGE sql AS $$ SELECT round(x::numeric, digits) $$;


CREATE TABLE segments (segment text, f funnel);
INSERT INTO segments VALUES ('web', made('visit -> cart -> buy', '{400,100,60}', 10)), ('app', made('visit -> cart -> buy', '{200,150,45}', 30)), ('shop', made('visit -> cart -> buy', '{20,15,12}', 20));

-- which stage of which segment?
SELECT l.segment, l.rank, l.stage, l.next_stage, l.lost, r(l.drop_off, 3) AS drop_off, l.value_lost, r(l.share, 3) AS share, r(l.p_worst, 3) AS p_worst, l.enough_data AS enough
FROM (SELECT array_agg(segment) AS s, array_agg(f) AS f FROM segments) x, segment_leaks(x.s, x.f) l;
-- the same rows as leaks of each, but for what is over all
SELECT count(*), bool_and(row(s.stage_no, s.next_stage, s.measure, s.reached, s.settled, s.lost, s.drop_off, s.drop_off_low, s.drop_off_high, s.value_lost, s.completions_lost, s.enough_data)
	IS NOT DISTINCT FROM row(l.stage_no, l.next_stage, l.measure, l.reached, l.settled, l.lost, l.drop_off, l.drop_off_low, l.drop_off_high, l.value_lost, l.completions_lost, l.enough_data)) AS same
FROM (SELECT array_agg(segment) AS s, array_agg(f) AS f FROM segments) x, segment_leaks(x.s, x.f) s JOIN (SELECT segment, l.* FROM segments, leaks(f) l) l USING (segment, stage);
SELECT by, bool_and(measure = by) AS measure, abs(sum(share) - 1) < 1e-12 AS shares, abs(sum(p_worst) - 1) < 1e-9 AS chances, array_agg(segment || ' ' || stage ORDER BY rank) AS ranks
FROM (SELECT array_agg(segment) AS s, array_agg(f) AS f FROM segments) x, (VALUES ('value'), ('completions'), ('customers'), ('drop_off')) v(by), segment_leaks(x.s, x.f, by) GROUP BY by ORDER BY by;
-- one segment: leaks()
SELECT bool_and(to_jsonb(s) - 'segment' = to_jsonb(l)) AS same FROM segments x, (VALUES (NULL), ('customers')) v(by), segment_leaks(ARRAY[x.segment], ARRAY[x.f], by) s, leaks(f, by) l WHERE s.stage = l.stage;
-- the order of the arrays does not matter
SELECT count(DISTINCT r) FROM (SELECT array_agg(segment ORDER BY o) AS s, array_agg(f ORDER BY o) AS f FROM (SELECT segment, f, md5(segment || n) AS o, n FROM segments, generate_series(1, 20) n) q GROUP BY q.n) x,
	LATERAL (SELECT string_agg(l::text, ';' ORDER BY rank) FROM segment_leaks(s, f) l) y(r);
-- the level moves the bounds
SELECT level, r(drop_off_low, 4) AS low, r(drop_off_high, 4) AS high FROM (VALUES (0.9), (0.99)) v(level), segments s, segment_leaks(ARRAY[s.segment], ARRAY[f], level => level) WHERE s.segment = 'shop' AND stage = 'cart' ORDER BY level;

-- ties: by stage, then by the bytes of the name, NULL last; of certain losses that are equal the first one is the worst
SELECT segment, rank, stage, lost, r(p_worst) AS p_worst FROM segment_leaks('{b,NULL,B,a}', array_fill(made('x -> y -> z', '{40,20,0}'), '{4}'), 'customers');
SELECT segment, rank, stage, value_lost, p_worst FROM segment_leaks('{b,a}', array_fill(made('x -> y', '{40,20}', 0), '{2}'), 'value');
-- segments without data are left out; value is not known for one of them: completions
SELECT segment, rank, stage, measure, lost FROM segment_leaks('{a,b,c}', ARRAY[made('x -> y', '{40,20}', 2), NULL, made('x -> y', '{40,30}')]);
SELECT segment, rank, stage, measure, value_lost, share, p_worst FROM segment_leaks('{a,c}', ARRAY[made('x -> y', '{40,20}', 2), made('x -> y', '{40,30}')], 'value');
-- each by its own hypothesis; notes and scope may differ
SELECT segment, rank, lost, expected_drop_off AS expected, r(excess) AS excess, r(recoverable) AS recoverable FROM segment_leaks('{a,b}',
	ARRAY[made(journey(ARRAY[stage('x', expected_drop_off => 0.4), stage('y')]), '{40,20}', 2), made(scope(journey(ARRAY[stage('x', expected_drop_off => 0.1), stage('y')]), as_of => '2001-01-01Z'), '{40,30}', 2)], 'recoverable');
-- nothing
SELECT count(*) FROM segment_leaks('{}', '{}');
SELECT count(*) FROM segment_leaks('{a}', ARRAY[NULL::funnel]);
SELECT count(*) FROM segment_leaks('{a}', ARRAY[made('x', '{3}')]);
SELECT count(*) FROM segment_leaks(NULL, '{}');
SELECT count(*) FROM segment_leaks('{}', NULL);
SELECT count(*) FROM segment_leaks('{a}', ARRAY[made('x -> y', '{3,2}')], level => NULL);

-- more leaks than one funnel can have: 200 segments of 3
CREATE TABLE many AS SELECT 's' || n AS segment, made('a -> b -> c -> d', ARRAY[300 + n % 7, 200 + n % 11, 120 - n % 13, 30]) AS f FROM generate_series(1, 200) n;
SELECT count(*), max(rank), abs(sum(share) - 1) < 1e-9 AS shares, abs(sum(p_worst) - 1) < 1e-9 AS chances, bool_and(p_worst BETWEEN 0 AND 1) AS within
FROM (SELECT array_agg(segment) AS s, array_agg(f) AS f FROM many) x, segment_leaks(x.s, x.f, 'customers');
-- p_worst of many a second way: losses on a fine grid, the distributions as running sums
SET jit = off;
WITH l AS (SELECT l.*, sqrt(lost * (1 - drop_off)) AS sd FROM (SELECT array_agg(segment) AS s, array_agg(f) AS f FROM many) x, segment_leaks(x.s, x.f, 'customers') l),
	d AS (SELECT segment, stage, x, exp(greatest(-0.5 * ((x - lost) / sd) ^ 2, -300)) / sd / sqrt(2 * pi()) / 2 AS p FROM l, LATERAL (SELECT n / 2.0::float8 AS x FROM generate_series(60, 440) n) g),
	c AS (SELECT segment, stage, x, p, ln(sum(p) OVER (PARTITION BY segment, stage ORDER BY x) - p / 2 + 1e-300) AS below FROM d),
	t AS (SELECT x, sum(below) AS all_below FROM c GROUP BY x),
	w AS (SELECT segment, stage, sum(p * exp(greatest(all_below - below, -300))) AS p_worst FROM c JOIN t USING (x) GROUP BY segment, stage)
SELECT count(*), bool_and(abs(l.p_worst - w.p_worst) < 1e-4) AS same, r(max(l.p_worst), 4) AS most FROM l JOIN w USING (segment, stage);
-- far apart and of very different size
SELECT segment, rank, lost, value_lost, r(p_worst, 14) AS p_worst FROM segment_leaks('{a,b,c}', ARRAY[made('x -> y', '{40,20}', 1e-3), made('x -> y', '{40,20}', 1e9), made('x -> y', '{40,20}', 1)], 'value');

-- errors
\x on
SELECT * FROM refused($$SELECT * FROM segment_leaks('{a,b}', ARRAY[made('x -> y', '{3,2}')])$$);
SELECT * FROM refused($$SELECT * FROM segment_leaks('{a,a}', ARRAY[made('x -> y', '{3,2}'), made('x -> y', '{3,2}')])$$);
SELECT * FROM refused($$SELECT * FROM segment_leaks('{NULL,a,NULL}', ARRAY[made('x -> y', '{3,2}'), made('x -> y', '{3,2}'), made('x -> y', '{3,2}')])$$);
SELECT * FROM refused($$SELECT * FROM segment_leaks('{a,b}', ARRAY[made('x -> y', '{3,2}'), made('x -> z', '{3,2}')])$$);
SELECT * FROM refused($$SELECT * FROM segment_leaks('{{a,b}}', ARRAY[made('x -> y', '{3,2}'), made('x -> z', '{3,2}')])$$);
SELECT * FROM refused($$SELECT * FROM segment_leaks('{a}', ARRAY[made('x -> y', '{3,2}')], 'money')$$);
SELECT * FROM refused($$SELECT * FROM segment_leaks('{a}', ARRAY[made('x -> y', '{3,2}')], NULL, 0)$$);
\x off

DROP TABLE segments, many;
DROP FUNCTION made(journey, int[], float8);
DROP FUNCTION refused(text);
DROP FUNCTION r(float8, int);
