-- What the values of values.sql are and answer; for test/stored_values.  Lines
-- of this file may be added, not changed: their results are on record.  Only
-- what is exact or rounded stands here, so that it is the same on every machine.
SELECT 'stage', name, v::text FROM stages_stored ORDER BY name COLLATE "C";
SELECT 'journey', name, v::text FROM journeys_stored ORDER BY name COLLATE "C";
SELECT 'timeline', name, v::text FROM timelines_stored ORDER BY name COLLATE "C";
SELECT 'funnel', name, v::text FROM funnels_stored ORDER BY name COLLATE "C";

SELECT 'different', (SELECT count(DISTINCT v) FROM timelines_stored), (SELECT count(DISTINCT v) FROM funnels_stored),
	(SELECT count(*) FROM funnels_stored a JOIN funnels_stored b USING (v));
SELECT 'events', name, num_events(v), first_at(v) AT TIME ZONE 'UTC', last_at(v) AT TIME ZONE 'UTC', has_event(v, 'b')
FROM timelines_stored ORDER BY name COLLATE "C";
SELECT 'progress', j.name, t.name, p.depth, p.stage_no, p.completed, p.waiting, p.excluded,
	p.reached_at::timestamp[]
FROM timelines_stored t, journeys_stored j, progress(j.v, t.v) p
WHERE t.name LIKE 'customer %' AND j.name IN ('clauses', 'open', 'any order')
ORDER BY j.name COLLATE "C", t.name COLLATE "C";
SELECT 'stages', name, s.stage_no, s.stage, s.entered, s.reached, s.settled, s.continued, s.dropped, s.waiting, s.excluded,
	round(s.conversion::numeric, 9), round(s.conversion_low::numeric, 9), round(s.overall::numeric, 9),
	round(s.median_s::numeric, 6), round(s.p90_s::numeric, 6), s.valued, round(s.value::numeric, 6),
	round(s.value_lost::numeric, 6), round(s.feeling::numeric, 9), round(s.negative_share::numeric, 9)
FROM funnels_stored, stages(v) s ORDER BY name COLLATE "C", s.stage_no;
SELECT 'leaks', name, l.rank, l.stage, l.measure, l.lost, round(l.drop_off::numeric, 9), round(l.completions_lost::numeric, 9),
	round(l.share::numeric, 9), round(l.recoverable::numeric, 9), round(l.p_worst::numeric, 6)
FROM funnels_stored, leaks(v) l ORDER BY name COLLATE "C", l.rank;
SELECT 'touchpoints', name, md5(string_agg(format('%s %s %s %s', t.stage_no, t.channel, t.events, t.customers), '; '
	ORDER BY t.stage_no, t.channel COLLATE "C"))
FROM funnels_stored, touchpoints(v) t GROUP BY name ORDER BY name COLLATE "C";
SELECT 'sum', a.name, customers(a.v + a.v), md5((a.v + a.v)::text) FROM funnels_stored a ORDER BY a.name COLLATE "C";
