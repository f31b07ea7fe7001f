-- What a database with stored/values.sql and dump_objects.sql gives.
SET enable_seqscan = off;
SELECT md5(string_agg(name || ' ' || v::text, '; ' ORDER BY name COLLATE "C")) FROM stages_stored;
SELECT md5(string_agg(name || ' ' || v::text, '; ' ORDER BY name COLLATE "C")) FROM journeys_stored;
SELECT md5(string_agg(name || ' ' || v::text, '; ' ORDER BY name COLLATE "C")) FROM timelines_stored;
SELECT md5(string_agg(name || ' ' || v::text, '; ' ORDER BY name COLLATE "C")) FROM funnels_stored;
SELECT string_agg(name, ', ' ORDER BY v) FROM timelines_stored;
SELECT count(*) FROM timelines_stored a, timelines_stored b WHERE a.v = b.v;
SELECT string_agg(name, ', ' ORDER BY name COLLATE "C") FROM timelines_stored WHERE num_events(v) = 300;
SELECT * FROM maps ORDER BY id;
SELECT count(*), sum(depth_of(t, 'a -> b -> c')) FROM parts;
SELECT * FROM worst ORDER BY name COLLATE "C";
SELECT f FROM measured;
SELECT f FROM kept;
SELECT plus(v) FROM funnels_stored WHERE name LIKE '%: plain';
