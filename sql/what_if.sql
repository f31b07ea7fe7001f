-- what would be if
SELECT * FROM what_if(NULL, NULL) \gdesc
SELECT * FROM ways_to_gain(NULL, 1) \gdesc

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


CREATE TABLE shop AS SELECT made('visit -> cart -> checkout -> buy', '{10000,4000,2000,1000}', 50) AS f;

-- spend more at the top, or fix the leak?
SELECT stage, drop_off_before AS d0, drop_off_after AS d1, reached_before AS before, r(reached_after, 1) AS after, r(gained, 1) AS gained, value_before AS value, r(value_gained) AS gained
FROM shop, what_if(f, '{"entrants": 1.2}');
SELECT stage, drop_off_before AS d0, drop_off_after AS d1, reached_before AS before, r(reached_after, 1) AS after, r(gained, 1) AS gained, value_before AS value, r(value_gained) AS gained
FROM shop, what_if(f, '{"checkout": {"drop_off": 0.3}}');
\x on
SELECT w.* FROM shop, what_if(f, '{"checkout": {"drop_off": 0.3}, "entrants": 1.2, "value": 1.1}') w WHERE stage IN ('checkout', 'buy');
\x off
-- by hand: everything is a product
SELECT r(reached_after) = r(10000 * 1.2 * 0.4 * 0.75 * 0.7) AS completions, r(value_after) = r(50 * 1.1 * 10000 * 1.2 * 0.4 * 0.75 * 0.7) AS value
FROM shop, what_if(f, '{"cart": {"drop_off": 0.25}, "checkout": {"drop_off": 0.3}, "entrants": 1.2, "value": 1.1}') WHERE stage = 'buy';
-- a number, or said what it is
SELECT c, r(max(drop_off_after) FILTER (WHERE stage = 'cart')) AS cart, r(max(reached_after) FILTER (WHERE stage = 'visit')) AS visits, r(max(value_after) FILTER (WHERE stage = 'buy')) AS value
FROM shop, (VALUES ('{"cart": {"drop_off": 0.4}}'::jsonb), ('{"cart": {"drop_off": {"to": 0.4}}}'), ('{"cart": {"drop_off": {"factor": 0.8}}}'), ('{"stages": {"cart": {"drop_off": 0.4}}}'),
	('{"entrants": 1.2}'), ('{"entrants": {"factor": 1.2}}'), ('{"entrants": {"to": 12000}}'), ('{"value": 2}'), ('{"value": {"factor": 2}}')) v(c), what_if(f, c) GROUP BY c ORDER BY c;
-- stages called like the other keys
SELECT stage, drop_off_after, reached_after FROM what_if(made('entrants -> value -> stages -> buy', '{80,40,20,10}'),
	'{"stages": {"entrants": {"drop_off": 0.25}, "value": {"drop_off": 0}, "stages": {"drop_off": 0.1}}, "entrants": 0.5}');

-- no change changes nothing, exactly
CREATE TABLE kinds (kind text, f funnel);
INSERT INTO kinds VALUES ('values', made('visit -> cart -> pay -> buy', '{7919,2311,523,97}', 12.34)), ('no values', made('a -> b', '{3,1}')), ('nobody left', made('a -> b -> c', '{5,5,5}', 1)),
	('nobody stayed', made('a -> b -> c', '{7,3,0}', 2)), ('one stage', made('a', '{3}', 4)), ('optional', made('a -> x? -> b', '{9,5,3}', 1)), ('any order', made('a -> b -> c any order', '{9,5,3}', 1)),
	('nobody', '{"version": 1, "journey": {"stages": [{"name": "a"}, {"name": "b"}]}, "stages": [{"stage": "a"}, {"stage": "b"}]}'),
	('waiting', edited(edited(made('a -> b -> c', '{100,60,30}', 3), 1, '{"dropped": 20, "waiting": 20, "settled": 50, "valued_dropped": 20, "valued_waiting": 20, "value_lost_millionths": 60000000, "value_waiting_millionths": 60000000, "value_lost_squares_trillionths": 180000000000000}'), 2,
		'{"dropped": 18, "waiting": 12, "settled": 48, "valued_dropped": 18, "valued_waiting": 12, "value_lost_millionths": 54000000, "value_waiting_millionths": 36000000, "value_lost_squares_trillionths": 162000000000000}')),
	('all wait', edited(made('a -> b', '{9,4}', 1), 1, '{"dropped": 0, "waiting": 5, "settled": 0, "valued_dropped": 0, "value_lost_millionths": 0, "value_lost_squares_trillionths": 0}')),
	('open', (SELECT funnel('a -> b -> c open', c, timestamptz 'epoch' + n * interval '1 s', e, c) FROM (VALUES (1, 'a', 1, 40), (2, 'b', 31, 90), (3, 'c', 71, 130)) v(n, e, first, last), generate_series(first, last) c)),
	('partly valued', (SELECT funnel('a -> b -> c', c, timestamptz 'epoch' + n * interval '1 s', e, CASE WHEN n = 2 THEN c END) FROM (VALUES (1, 'a', 30), (2, 'b', 20), (3, 'c', 7)) v(n, e, r), generate_series(1, r) c));
SELECT kind, count(*) AS rows,
	bool_and(drop_off_after IS NOT DISTINCT FROM drop_off_before AND reached_after IS NOT DISTINCT FROM reached_before AND value_after IS NOT DISTINCT FROM value_before
		AND value_lost_after IS NOT DISTINCT FROM value_lost_before AND COALESCE(gained, 0) = 0 AND COALESCE(value_gained, 0) = 0) AS nothing
FROM kinds, (VALUES ('{}'::jsonb), ('{"entrants": 1, "value": {"factor": 1}, "stages": {}}')) v(c), what_if(f, c) GROUP BY kind ORDER BY kind COLLATE "C";
-- and every stage's own drop-off is no change either (but for rounding)
SELECT kind, bool_and(abs(reached_after - reached_before) < 1e-9 AND COALESCE(abs(value_after - value_before) < 1e-9, true)) AS nothing
FROM kinds, LATERAL (SELECT COALESCE(jsonb_object_agg(stage, jsonb_build_object('drop_off', drop_off)) FILTER (WHERE drop_off IS NOT NULL), '{}') FROM stages(f)) v(c), what_if(f, c)
WHERE kind NOT IN ('all wait') GROUP BY kind ORDER BY kind COLLATE "C";
-- before is what was measured where nobody waits
SELECT kind, bool_and(reached_before = reached AND value_before IS NOT DISTINCT FROM value AND value_lost_before IS NOT DISTINCT FROM value_lost AND drop_off_before IS NOT DISTINCT FROM drop_off) AS measured
FROM kinds, what_if(f, '{}') w JOIN LATERAL stages(f) s USING (stage) WHERE kind NOT LIKE '%wait%' GROUP BY kind ORDER BY kind COLLATE "C";
-- who waits goes on as those settled did: of 100, 30 of 50 stay; of these, 30 of 48
SELECT stage, drop_off_before, r(reached_before), r(value_before), r(value_lost_before) FROM kinds, what_if(f, '{}') WHERE kind = 'waiting';
-- nobody is settled: not known, unless it is supposed
SELECT stage, drop_off_before AS d0, drop_off_after AS d1, reached_before, reached_after, gained, value_after FROM kinds, what_if(f, '{"a": {"drop_off": 0.5}}') WHERE kind = 'all wait';
-- beyond a stage that nobody passed, nothing was measured
SELECT c, stage, drop_off_after, reached_after, value_after FROM kinds, (VALUES ('{"b": {"drop_off": 0.5}}'::jsonb), ('{"a": {"drop_off": 0}}')) v(c), what_if(f, c) WHERE kind = 'nobody stayed' ORDER BY c, stage;
SELECT stage, drop_off_after, reached_after, value_after
FROM what_if(made('a -> b -> c', '{8,0,0}', 2), '{"a": {"drop_off": 0.5}}');
SELECT stage, drop_off_after, reached_after, value_after, value_lost_after
FROM what_if(made('a -> b -> c', '{8,0,0}', 2), '{"a": {"drop_off": 0.5}, "b": {"drop_off": 0.25}}');
-- open journeys: entrants are those of every stage
SELECT stage, reached_before, reached_after FROM kinds, what_if(f, '{"entrants": 2}') WHERE kind = 'open';

-- value: 40 leave with 10 each, 60 stay with 20 each.  Half of the leavers kept: 20 more, of 10 each
CREATE TABLE rich AS SELECT funnel('a -> b -> c', c, timestamptz 'epoch' + n * interval '1 s', e, CASE WHEN c <= 60 THEN 20 ELSE 10 END) AS f
FROM (VALUES (1, 'a', 100), (2, 'b', 60), (3, 'c', 30)) v(n, e, r), generate_series(1, r) c;
SELECT c, stage, reached_after, value_before, value_after, value_gained, value_lost_before, value_lost_after FROM rich, (VALUES ('{"a": {"drop_off": 0.2}}'::jsonb), ('{"a": {"drop_off": 0.7}}'), ('{"a": {"drop_off": 0.2}, "b": {"drop_off": 0.75}}')) v(c), what_if(f, c) ORDER BY c, stage;
-- it closes: what reaches a stage leaves it, or reaches the next one
SELECT bool_and(abs(value_after - value_lost_after - next) < 1e-9 * value_after) AS closes
FROM (SELECT *, lead(value_after) OVER (PARTITION BY c ORDER BY stage_no) AS next
	FROM rich, (VALUES ('{}'::jsonb), ('{"a": {"drop_off": 0.1}, "b": {"drop_off": 0.2}, "entrants": 3}'), ('{"a": {"drop_off": 0.9}, "b": {"drop_off": 0.4}}'), ('{"a": {"drop_off": 0}, "b": {"drop_off": 0.9}, "value": 0.5}')) v(c), what_if(f, c)) q WHERE next IS NOT NULL;
-- nobody leaves: what leaks() says is lost comes back; as expected: what it says is recoverable
SELECT l.stage, abs(w.gained - l.completions_lost) < 1e-9 AS completions, abs(v.gained - l.recoverable) < 1e-9 AS recoverable
FROM shop, leaks(jsonb_set(jsonb_set(f::jsonb, '{journey,stages,0,expected_drop_off}', '0.5'), '{journey,stages,2,expected_drop_off}', '0.1')::text::funnel, 'completions') l,
	what_if(f, jsonb_build_object(l.stage, '{"drop_off": 0}'::jsonb)) w, what_if(f, jsonb_build_object(l.stage, jsonb_build_object('drop_off', l.expected_drop_off))) v
WHERE w.stage = 'buy' AND v.stage = 'buy' AND l.expected_drop_off IS NOT NULL ORDER BY 1;
SELECT l.stage, abs(v.value_gained - l.recoverable) < 1e-9 AS recoverable
FROM shop, leaks(jsonb_set(jsonb_set(f::jsonb, '{journey,stages,0,expected_drop_off}', '0.5'), '{journey,stages,2,expected_drop_off}', '0.1')::text::funnel, 'value') l,
	what_if(f, jsonb_build_object(l.stage, jsonb_build_object('drop_off', l.expected_drop_off))) v
WHERE v.stage = 'buy' AND l.expected_drop_off IS NOT NULL ORDER BY 1;

-- 200 completions more: where is the least to do?
SELECT rank, stage, next_stage AS next, drop_off AS d0, r(drop_off_needed, 3) AS needed, r(improvement, 3) AS less, r(customers, 1) AS customers, max_gain, reachable AS ok, enough_data AS enough FROM shop, ways_to_gain(f, 200);
-- and 1,200; by value
SELECT rank, stage, drop_off, r(drop_off_needed, 3) AS needed, r(improvement, 3) AS improvement, r(customers) AS customers, max_gain, reachable FROM shop, ways_to_gain(f, 1200);
SELECT rank, stage, r(drop_off_needed, 3) AS needed, r(improvement, 3) AS improvement, r(customers) AS customers, max_gain, reachable FROM shop, ways_to_gain(f, 10000, 'value');
-- they do what they say
SELECT by, gain, g.stage, abs(CASE by WHEN 'value' THEN w.value_gained ELSE w.gained END - gain) < 1e-9 * gain AS gains
FROM shop, (VALUES ('completions', 200), ('completions', 1), ('value', 12345)) v(by, gain), ways_to_gain(f, gain, by) g, what_if(f, CASE WHEN g.stage IS NULL THEN
	jsonb_build_object('entrants', jsonb_build_object('to', customers(f) + g.customers)) ELSE jsonb_build_object(g.stage, jsonb_build_object('drop_off', g.drop_off_needed)) END) w
WHERE w.stage = 'buy' AND g.reachable ORDER BY by, gain, g.stage;
-- just reachable: nobody may leave
SELECT rank, stage, drop_off_needed, improvement, reachable FROM ways_to_gain(made('a -> b', '{10,6}'), 4);
-- ties in stage order, what is not known last; no completions: no entrants help
SELECT rank, stage, drop_off, drop_off_needed, customers, max_gain, reachable FROM ways_to_gain(made('a -> b -> c', '{40,20,10}'), 2);
SELECT rank, stage, drop_off, drop_off_needed, customers, max_gain, reachable, enough_data FROM ways_to_gain(made('a -> b -> c', '{8,0,0}'), 2);
SELECT rank, stage, max_gain, customers, reachable FROM ways_to_gain(made('a -> b', '{8,4}'), 2, 'value');
SELECT rank, stage, max_gain, customers, reachable FROM kinds, ways_to_gain(f, 2) WHERE kind = 'one stage';

-- NULL
SELECT count(*) FROM what_if(NULL, '{}');
SELECT count(*) FROM shop, what_if(f, NULL);
SELECT count(*) FROM ways_to_gain(NULL, 1);
SELECT count(*) FROM shop, ways_to_gain(f, NULL);
-- errors
CREATE FUNCTION refused_change(changes text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE sql AS $$
	SELECT * FROM refused(format('SELECT * FROM what_if(made(''a -> x? -> b -> c'', ''{8,0,4,2}''), %L)', changes))
$$;
SELECT c, code, message, detail FROM (VALUES (1, '[]'), (2, '3'), (3, 'null'), (4, '{"d": {"drop_off": 0.1}}'), (5, '{"x": {"drop_off": 0.1}}'), (6, '{"c": {"drop_off": 0.1}}'), (7, '{"a": 0.3}'), (8, '{"a": null}'),
	(9, '{"a": {"dropoff": 0.3}}'), (10, '{"a": {"drop_off": "0.3"}}'), (11, '{"a": {"drop_off": 30}}'), (12, '{"a": {"drop_off": -0.1}}'), (13, '{"a": {"drop_off": {"factor": 3}}}'), (14, '{"a": {"drop_off": {"by": 0.1}}}'),
	(15, '{"a": {"drop_off": {"to": 0.1, "factor": 2}}}'), (16, '{"a": {"drop_off": 0.1}, "stages": {"a": {"drop_off": 0.1}}}'), (17, '{"stages": 3}'), (18, '{"stages": {"drop_off": 0.3}}'), (19, '{"entrants": -1}'), (20, '{"entrants": {"to": -5}}'),
	(21, '{"entrants": {"drop_off": 0.1}}'), (22, '{"entrants": 1e400}'), (23, '{"value": {"to": 5}}'), (24, '{"value": [2]}'), (25, '{"value": true}'), (26, '{"entrants": {}}')) v(n, c), refused_change(c) ORDER BY n;
SELECT DISTINCT code, hint FROM (VALUES ('[]'), ('{"d": {"drop_off": 0.1}}'), ('{"a": {"dropoff": 0.3}}'), ('{"a": {"drop_off": 30}}'), ('{"entrants": {"drop_off": 0.1}}')) v(c), refused_change(c) ORDER BY hint;
\x on
SELECT * FROM refused($$SELECT * FROM kinds, what_if(f, '{"a": {"drop_off": {"factor": 0.5}}}') WHERE kind = 'nobody'$$);
SELECT * FROM refused($$SELECT * FROM kinds, what_if(f, '{"entrants": {"to": 5}}') WHERE kind = 'nobody'$$);
SELECT * FROM refused($$SELECT * FROM kinds, what_if(f, '{"a": {"drop_off": 0.1}}') WHERE kind = 'any order'$$);
SELECT * FROM refused($$SELECT * FROM shop, ways_to_gain(f, 0)$$);
SELECT * FROM refused($$SELECT * FROM shop, ways_to_gain(f, 'NaN')$$);
SELECT * FROM refused($$SELECT * FROM shop, ways_to_gain(f, 5, 'customers')$$);
\x off

DROP TABLE shop, kinds, rich;
DROP FUNCTION made(journey, int[], float8);
DROP FUNCTION edited(funnel, int, jsonb);
DROP FUNCTION refused_change(text);
DROP FUNCTION refused(text);
DROP FUNCTION r(float8, int);
