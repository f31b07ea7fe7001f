-- the journey map beside what was measured
SELECT * FROM journey_map(NULL) \gdesc

CREATE SCHEMA test_journey_map;
SET search_path = test_journey_map, public;

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

-- before any data: what is known and assumed
CREATE TABLE map AS SELECT journey(ARRAY[
	stage('visit', events => '{view,search}', goal => 'find one worth a visit', touchpoints => '{web,app}',
		thoughts => ARRAY['Is it still there?', 'Why so cheap?'], feeling => 0.2, pains => '{"no photos"}',
		opportunities => ARRAY['more photos', 'a price that is explained'], expected_drop_off => 0.5, evidence => 'interviews, spring'),
	stage('look', optional => true, goal => 'be sure', expected_drop_off => 0.9),
	stage('cart', without => '{refund}', expected_drop_off => 0.2, feeling => -0.5),
	stage('pay', expected_drop_off => 0.6, evidence => 'a guess'),
	stage('buy', goal => 'have it', expected_drop_off => 0.7)], within => '1 hour', title => 'Shop') AS j;
\x on
SELECT m.* FROM map, journey_map(j) m WHERE stage_no IN (1, 5);
\x off
-- of 1,000 who enter: 500 go on, of these 400, of these 160; 500 x 0.8 x 0.4 = 160 completions lost at the first, 100 x 0.4 = 40, 240 x 1
SELECT stage_no, stage, optional, basis, expected_drop_off, expected_reached, expected_lost, expected_leak_rank, goal, evidence FROM map, journey_map(j);
-- a map of names only; one stage
SELECT stage, basis, expected_reached, expected_lost, expected_leak_rank, reached, leak_rank, measure FROM journey_map('a -> b -> c');
SELECT stage, basis, expected_reached, expected_lost, expected_leak_rank FROM journey_map('a');
-- unknown after a stage without hypothesis, which still leaves an order; equal ones rank in stage order
SELECT stage, basis, expected_drop_off, expected_reached, expected_lost, expected_leak_rank
FROM journey_map(journey(ARRAY[stage('a', expected_drop_off => 0.3), stage('b'), stage('c', expected_drop_off => 0.3), stage('d', expected_drop_off => 0.4), stage('e')]));
-- where nobody goes on, what would come later does not matter
SELECT stage, expected_reached, expected_lost, expected_leak_rank
FROM journey_map(journey(ARRAY[stage('a', expected_drop_off => 1), stage('b'), stage('c', expected_drop_off => 0), stage('d')]));

-- with data, some of it waiting, excluded, felt: every figure is that of stages() and leaks()
CREATE TABLE measured AS
SELECT funnel(scope(j, as_of => '1970-01-01 01:05Z'), c, timestamptz 'epoch' + m * interval '1 min', e, 2.5, 'web', CASE WHEN c % 5 = 0 THEN (c % 7 - 3) / 4.0 END) AS f
FROM map, (VALUES ('view', 1, 1, 180), ('search', 50, 181, 200), ('refund', 2, 101, 103), ('cart', 3, 1, 100), ('look', 2, 1, 30), ('pay', 4, 1, 40), ('buy', 5, 1, 20)) v(e, m, first, last),
	generate_series(first, last) c;
SELECT stage, basis, expected_feeling, feeling, negative_share, felt, expected_drop_off, round(drop_off::numeric, 4) AS drop_off, round(drop_off_low::numeric, 4) AS low, round(drop_off_high::numeric, 4) AS high
FROM map, measured, journey_map(j, f);
SELECT stage, reached, settled, dropped, waiting, excluded, value, value_lost, leak_rank, measure FROM map, measured, journey_map(j, f);
CREATE FUNCTION differences(j journey, f funnel, OUT of_stages bigint, OUT of_leaks bigint, OUT of_notes bigint)
LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM journey_map(j, f) m FULL JOIN stages(f) s USING (stage_no)
			WHERE (m.stage, m.optional, m.reached, m.excluded, m.value, m.feeling, m.negative_share)
				IS DISTINCT FROM (s.stage, s.optional, s.reached, s.excluded, s.value, s.feeling, s.negative_share)
			OR (m.settled, m.dropped, m.waiting, m.value_lost, m.drop_off) IS DISTINCT FROM (s.settled, s.dropped, s.waiting, s.value_lost, s.drop_off)
			OR m.basis = 'measured' AND coalesce(s.settled, s.reached) < 30),
		(SELECT count(*) FROM (SELECT * FROM journey_map(j, f) WHERE leak_rank IS NOT NULL OR drop_off IS NOT NULL) m FULL JOIN leaks(f) l USING (stage_no)
			WHERE (m.leak_rank, m.measure, m.drop_off, m.drop_off_low, m.drop_off_high, m.value_lost, m.basis = 'measured')
				IS DISTINCT FROM (l.rank, l.measure, l.drop_off, l.drop_off_low, l.drop_off_high, l.value_lost, l.enough_data)),
		(SELECT count(*) FROM journey_map(j, f) m JOIN jsonb_array_elements(j::jsonb -> 'stages') WITH ORDINALITY n(note, stage_no) USING (stage_no),
			LATERAL (SELECT string_agg(t, '; ' ORDER BY n) FILTER (WHERE key = 'touchpoints') AS touchpoints, string_agg(t, '; ' ORDER BY n) FILTER (WHERE key = 'thoughts') AS thoughts,
				string_agg(t, '; ' ORDER BY n) FILTER (WHERE key = 'pains') AS pains, string_agg(t, '; ' ORDER BY n) FILTER (WHERE key = 'opportunities') AS opportunities
				FROM jsonb_each(note) l(key, list), jsonb_array_elements_text(CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END) WITH ORDINALITY e(t, n)) lists
			WHERE (m.goal, m.evidence, m.expected_drop_off, m.expected_feeling, m.touchpoints, m.thoughts, m.pains, m.opportunities)
				IS DISTINCT FROM (note ->> 'goal', note ->> 'evidence', (note ->> 'expected_drop_off')::float8, (note ->> 'feeling')::float8,
					lists.touchpoints, lists.thoughts, lists.pains, lists.opportunities))
$$;
SELECT d.* FROM map, measured, differences(j, f) d;
SELECT d.of_notes FROM map, differences(j, NULL) d;
SELECT d.* FROM (VALUES (made('a -> b -> c -> d', '{200,100,40,20}')), (made('a -> b -> c -> d', '{200,100,40,20}', 3)), (made('a -> b -> c -> d', '{9,8,4,4}')), (made('a -> b -> c -> d', '{50,0,0,0}', 1)),
	(made('a -> b', '{0,0}')), (made('a', '{40}', 7)), (made('a -> b open', '{30,40}')), (made('a -> b attempts', '{30,40}')), (made('a -> b? -> c', '{90,40,35}', 2)),
	(made(scope('a -> b within 1 day', as_of => '1970-01-01 00:03Z'), '{90,40}', 2))) v(f), differences(journey(f), f) d;

-- the measured drop-off carries where it is the basis, else the hypothesis
SELECT stage, basis, expected_drop_off, drop_off, round(expected_reached::numeric, 6) AS expected_reached, round(expected_lost::numeric, 6) AS expected_lost, expected_leak_rank
FROM journey_map(journey(ARRAY[stage('a', expected_drop_off => 0.1), stage('b', expected_drop_off => 0.9), stage('c', expected_drop_off => 0.5), stage('d')]),
	made('a -> b -> c -> d', '{200,100,20,15}'));
-- all of it measured: 1,000 x overall; the order of the leaks by completions
SELECT stage, abs(m.expected_reached - 1000 * s.overall) < 1e-9 AS reached, abs(m.expected_lost - 1000 * s.overall * s.drop_off) < 1e-9 AS lost, m.expected_leak_rank = l.rank AS rank
FROM (SELECT made('a -> b -> c -> d -> e', '{1000,700,650,90,60}')) v(f), journey_map(journey(f), f) m JOIN stages(f) s USING (stage_no, stage) LEFT JOIN leaks(f, 'completions') l USING (stage_no, stage);
-- what reaches a stage is lost there or reaches the next; a product of all before
SELECT count(*), bool_and(abs(expected_reached - expected_lost - next_reached) < 1e-9 * 1000) AS closes, bool_and(abs(expected_reached - product) < 1e-9 * 1000) AS product
FROM (SELECT *, lead(expected_reached) OVER (ORDER BY stage_no) AS next_reached, 1000 * exp(coalesce(sum(ln(1 - expected_drop_off)) OVER (ORDER BY stage_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)) AS product
	FROM journey_map((SELECT journey(array_agg(stage('s' || n, expected_drop_off => (n * 37 % 64) / 100.0) ORDER BY n)) FROM generate_series(1, 64) n))) m;
-- the order of the hypotheses is that of the completions lost
SELECT string_agg(stage, ' ' ORDER BY expected_leak_rank) = string_agg(stage, ' ' ORDER BY lost DESC) AS same
FROM (SELECT *, expected_lost * exp(sum(ln(1 - expected_drop_off)) OVER (ORDER BY stage_no ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)) AS lost
	FROM journey_map((SELECT journey(array_agg(stage('s' || n, expected_drop_off => (n * 7 % 9) / 10.0) ORDER BY n)) FROM generate_series(1, 9) n))) m WHERE lost IS NOT NULL;

-- enough data: 30 settled; at the last stage and at optional ones, 30 who got there
SELECT n, string_agg(basis, ' ' ORDER BY stage_no) AS basis FROM (VALUES (29), (30)) v(n), LATERAL (SELECT * FROM journey_map('a -> b? -> c', made('a -> b? -> c', ARRAY[n, n, n]))) m GROUP BY n ORDER BY n;
SELECT stage, basis, settled FROM journey_map('a -> b', edited(made('a -> b', '{100,60}'), 1, '{"dropped": 10, "waiting": 30, "settled": 20}'));
-- no customers at all
SELECT stage, basis, reached, settled, drop_off, leak_rank, measure, expected_reached FROM journey_map('a -> b', made('a -> b', '{0,0}'));
SELECT stage, basis, reached, felt FROM journey_map('a -> b', '{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a"}, {"stage": "b"}]}');

-- the notes are those of the map as it is now, whatever was noted when it was measured; the scope may differ, too
SELECT stage, goal, expected_drop_off, reached
FROM journey_map(journey(ARRAY[stage('a', goal => 'new', expected_drop_off => 0.3), stage('b')]),
	made(scope(journey(ARRAY[stage('a', goal => 'old', expected_drop_off => 0.1), stage('b', goal => 'old')]), entered_from => '1970-01-01Z'), '{40,30}'));
-- open: nobody knows how many enter where, so neither what a drop-off costs
SELECT stage, basis, drop_off, expected_reached, expected_lost, expected_leak_rank FROM journey_map('a -> b -> c open', made('a -> b -> c open', '{40,60,30}'));
-- in any order: notes alone by stage, of which none is known to come first; figures alone by how many are done
SELECT stage, goal, basis, reached, expected_reached, expected_leak_rank FROM journey_map('{"stages": [{"name": "a", "goal": "x", "expected_drop_off": 0.5}, {"name": "b"}], "matching": "any"}');
SELECT stage, goal, basis, reached, drop_off, round(expected_reached::numeric, 6) AS expected_reached, expected_leak_rank
FROM (SELECT journey('{"stages": [{"name": "a", "goal": "x", "expected_drop_off": 0.5}, {"name": "b"}], "matching": "any"}')) v(j), journey_map(j, made(j, '{40,60}'));
-- lists: one text, several, one with a separator in it
SELECT touchpoints, thoughts, pains FROM journey_map(journey(ARRAY[stage('a', touchpoints => '{web}', thoughts => '{a,b,c}', pains => '{"x; y",z}')]));

-- NULL
SELECT count(*) FROM journey_map(NULL);
SELECT count(*) FROM journey_map(NULL, made('a -> b', '{1,1}'));
SELECT count(*) FROM journey_map('a -> b', NULL), journey_map(funnel => NULL, journey => 'a -> b') named;
-- a funnel of another journey
\x on
SELECT * FROM refused($$SELECT * FROM journey_map('a -> b', made('a -> c', '{1,1}'))$$);
SELECT * FROM refused($$SELECT * FROM journey_map('a -> b within 2 days', made('a -> b', '{1,1}'))$$);
SELECT * FROM refused($$SELECT * FROM journey_map('a -> b -> c', made('a -> b', '{1,1}'))$$);
\x off

SET client_min_messages = warning;
DROP SCHEMA test_journey_map CASCADE;
