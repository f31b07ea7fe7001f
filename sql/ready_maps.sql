-- ready maps to start from
SELECT * FROM ready_maps() \gdesc
SELECT name, title FROM ready_maps();
SELECT name, string_agg(stage || CASE WHEN optional THEN '?' ELSE '' END, ' -> ' ORDER BY stage_no) AS stages FROM ready_maps() r, journey_map(r.journey) GROUP BY name ORDER BY name;
-- each stage has all that a map is made of, and says that it is assumed
SELECT count(*) AS stages, count(goal) AS goals, count(touchpoints) AS touchpoints, count(thoughts) AS thoughts, count(pains) AS pains, count(opportunities) AS opportunities,
	count(expected_feeling) AS feelings, count(*) FILTER (WHERE evidence LIKE 'assumption%') AS assumed, count(*) FILTER (WHERE basis = 'measured') AS measured
FROM ready_maps() r, journey_map(r.journey);
SELECT name, journey::jsonb ->> 'persona' <> '' AS persona, journey::jsonb ->> 'scenario' <> '' AS scenario FROM ready_maps();
-- events of their own for each stage, and a hypothesis wherever something is expected to be lost
SELECT count(*) AS stages, count(*) FILTER (WHERE jsonb_array_length(s -> 'events') > 0) AS with_events FROM ready_maps(), jsonb_array_elements(journey::jsonb -> 'stages') s;
SELECT name, event, count(*) FROM ready_maps(), jsonb_array_elements(journey::jsonb -> 'stages') s, jsonb_array_elements_text(s -> 'events') event GROUP BY name, event HAVING count(*) > 1;
SELECT name, count(expected_lost) = count(*) FILTER (WHERE NOT optional) - 1 AS all_expected, min(expected_reached)::numeric(9, 1) AS arrive, min(stage) FILTER (WHERE expected_leak_rank = 1) AS expected_leak
FROM ready_maps() r, journey_map(r.journey) GROUP BY name ORDER BY name;
-- taken, edited and put to use
CREATE TABLE my_maps AS SELECT name, journey FROM ready_maps();
UPDATE my_maps SET journey = jsonb_set(jsonb_set(journey::jsonb, '{stages,0,events}', '["page_view"]'), '{stages,0,expected_drop_off}', '0.6')::journey WHERE name = 'decision';
SELECT stage, basis, expected_drop_off, round(expected_reached::numeric, 3) AS expected_reached FROM my_maps m, journey_map(m.journey) WHERE name = 'decision';
SELECT reached(f, 'awareness'), reached(f, 'consideration'), reached(f, 'decision')
FROM (SELECT funnel(journey, 1, at, event) AS f FROM my_maps, (VALUES (timestamptz '2026-01-01Z', 'page_view'), ('2026-01-02Z', 'pricing_viewed'), ('2026-01-03Z', 'order_placed')) e(at, event) WHERE name = 'decision') m;
-- JSON that goes out and comes back is the same map
SELECT bool_and(journey::jsonb::journey = journey AND journey::text::journey = journey) FROM ready_maps();
-- whatever the search path
SET search_path = pg_catalog;
SELECT count(*) FROM public.ready_maps();
RESET search_path;
DROP TABLE my_maps;
