-- One line for each thing that test/survive compares.  All of them are
-- functions of the values alone.

-- the values themselves
SELECT 'stages', count(s), md5(string_agg(id || coalesce(md5(stage_send(s)), '-'), ',' ORDER BY id)) FROM stages;
SELECT 'journeys', count(j), md5(string_agg(id || coalesce(md5(journey_send(j)), '-'), ',' ORDER BY id)) FROM journeys;
SELECT 'timelines', count(t), md5(string_agg(id || coalesce(md5(timeline_send(t)), '-'), ',' ORDER BY id)) FROM timelines;
SELECT 'funnels', count(f), md5(string_agg(id || coalesce(md5(funnel_send(f)), '-'), ',' ORDER BY id)) FROM funnels;
SELECT 'storage ' || v.storage, count(t), md5(string_agg(id || coalesce(md5(timeline_send(t)), '-'), ',' ORDER BY id))
FROM stored, LATERAL (VALUES ('main', main), ('external', external), ('extended', extended), ('plain', plain)) v(storage, t)
GROUP BY v.storage ORDER BY 1;
SELECT 'storage is kept', string_agg(format('%s %s', attname, attstorage), ', ' ORDER BY attnum)
FROM pg_attribute WHERE attrelid = 'stored'::regclass AND attnum > 1;
SELECT 'everything', count(*), count(s), count(j), count(t), count(f),
	md5(string_agg(concat_ws(',', id, md5(stage_send(s)), md5(journey_send(j)), md5(timeline_send(t)),
		md5(funnel_send(f)), md5(timeline_send((state).t)), md5(funnel_send((state).f))), ';' ORDER BY id)),
	md5(string_agg(concat_ws(',', ss, js), ';' ORDER BY id))
FROM everything;
SELECT 'small', count(s), count(j), count(t), count(f) FROM small;
SELECT 'text', md5(string_agg(concat_ws(',', id, s, j, t, f), ';' ORDER BY id)) FROM everything;
SELECT 'hash partitions', tableoid::regclass, string_agg(n::text, ',' ORDER BY n) FROM by_journey GROUP BY 2 ORDER BY 2;
SELECT 'generated', sum(events), count(*) FILTER (WHERE events <> num_events(t)) FROM timelines;
SELECT 'order', string_agg(id::text, ',' ORDER BY j) FROM journeys;

-- what is read from them
SELECT 'funnel of journey ' || id, customers(f), md5(funnel_send(f)), md5(bars(f)),
	(SELECT md5(string_agg(s::text, ';' ORDER BY stage_no)) FROM stages(f) s),
	(SELECT md5(string_agg(l::text, ';' ORDER BY rank, stage_no)) FROM leaks(f) l),
	(SELECT md5(string_agg(p::text, ';' ORDER BY stage_no, others, channel)) FROM touchpoints(f) p)
FROM (SELECT id, (SELECT funnel(j, t) FROM timelines) AS f FROM journeys OFFSET 0) q ORDER BY id;
SELECT 'progress in journey ' || j.id, sum(depth), count(*) FILTER (WHERE completed), md5(string_agg(t.id || p::text, ';' ORDER BY t.id))
FROM journeys j, timelines t, progress(j, t) p GROUP BY j.id ORDER BY j.id;
SELECT 'one level and two agree', count(*), bool_and(funnel_send(two) = funnel_send(one))
FROM (SELECT (SELECT funnel(j, t) FROM timelines WHERE id < 1000) AS two,
		(SELECT funnel(j, customer, at, event, value, channel, feeling) FROM events) AS one FROM journeys) q;
SELECT 'rollup', md5(funnel_send(rollup(f))), md5(funnel_send(rollup(f ORDER BY id DESC))) FROM funnels GROUP BY j ORDER BY j;
SELECT 'stored funnels', md5(string_agg(id || s::text, ';' ORDER BY id, stage_no)) FROM funnels, stages(f) s;
SELECT 'rollup of timelines', num_events(r), md5(timeline_send(r)) FROM (SELECT rollup(t) FROM timelines WHERE id < 3000) q(r);
SELECT 'events', count(*), md5(string_agg(id || e::text, ';' ORDER BY id, e::text)) FROM timelines, events(t) e WHERE id < 3003;
SELECT 'sessions', count(*), md5(string_agg(id || s::text, ';' ORDER BY id, session_no)) FROM timelines, sessions(t, '1 hour') s WHERE id < 3000;
SELECT 'report', count(*), md5(string_agg(r::text, ';' ORDER BY id, stage_no)) FROM report r;
SELECT 'worst', count(*), md5(string_agg(w::text, ';' ORDER BY id)) FROM worst w;

-- the value of five million events
SELECT 'largest', num_events(t), first_at(t), last_at(t), has_event(t, 'look'), md5(timeline_send(t)) FROM largest;
SELECT 'slices of the largest', num_events(s), md5(timeline_send(s))
FROM largest, LATERAL (VALUES (slice(t, '2026-02-01Z', '2026-02-01 01:00Z')), (slice(t, '2026-03-28Z', NULL)),
	(slice(t, '2020-01-01Z', '2021-01-01Z'))) v(s);
SELECT 'funnel of the largest', (SELECT md5(funnel_send(funnel(j, t))) FROM largest),
	(SELECT (progress(j, t)).reached_at FROM largest)
FROM journeys WHERE id = 2;
