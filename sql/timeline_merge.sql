-- merge() and ||: what they give is compared with timelines that the aggregate
-- makes anew from the events of both.  Byte by byte, for a value has one form.
SET timezone = 'UTC';
CREATE SCHEMA test_timeline_merge;
SET search_path = test_timeline_merge, public;
\pset format unaligned
CREATE FUNCTION draw(id int, k int, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(id * 1000000::bigint + k, 5) >> 8 & 16777215)::int % n $$;
-- b is later than a, earlier, between, from a's last instant on, in the same few
-- instants, has some of a's events again, has all of them, is empty
CREATE TABLE cases AS
SELECT id, (ARRAY['later', 'earlier', 'between', 'touching', 'instants', 'repeats', 'again', 'empty'])[1 + id % 8] AS kind,
	(ARRAY[1, 1000, 1000000, 86400000000, 0])[1 + draw(id, 1, 5)] AS unit,
	(ARRAY[1, 3, 12, 40])[1 + draw(id, 2, 4)] * (CASE WHEN draw(id, 14, 12) = 0 THEN 20 ELSE 1 END) AS n,
	(ARRAY[2, 6, 200])[1 + draw(id, 3, 3)] AS names
FROM generate_series(1, 4000) id;
CREATE TABLE rows (id int, side int, at timestamptz, event text, value float8, channel text, feeling float8);
INSERT INTO rows
SELECT id, side, timestamptz '2026-01-01Z' + interval '1 microsecond' * unit * (draw(id, x, span) + CASE kind
		WHEN 'later' THEN side * (span + 1) WHEN 'earlier' THEN (1 - side) * (span + 1) WHEN 'touching' THEN side * (span - 1) ELSE 0 END),
	'name ' || draw(id, x + 1, names) + (CASE WHEN draw(id, 4, 3) = 0 THEN side * names ELSE 0 END),
	CASE draw(id, 5 + side, 6) WHEN 0 THEN NULL WHEN 1 THEN draw(id, x + 2, 1000) / 100.0 WHEN 2 THEN 1e11 - draw(id, x + 2, 9) WHEN 3 THEN 0
		WHEN 4 THEN draw(id, x + 2, 5) / 3.0 ELSE CASE WHEN draw(id, x + 2, 2) = 0 THEN -draw(id, x + 3, 99) END END,
	CASE draw(id, 7 + side, 3) WHEN 0 THEN NULL WHEN 1 THEN 'channel ' || nullif(draw(id, x + 4, 4), 0)
		ELSE 'channel ' || draw(id, x + 4, 200) + side * 150 END,
	CASE draw(id, 9 + side, 2) WHEN 0 THEN NULL ELSE nullif(draw(id, x + 5, 5), 0) / 5.0 END
FROM cases, generate_series(0, CASE WHEN kind IN ('again', 'empty') THEN 0 ELSE 1 END) side, generate_series(1, n / (1 + draw(id, 11 + side, 3))) i,
	LATERAL (SELECT 100 + 10 * (2 * i + side) AS x, CASE WHEN kind = 'instants' THEN 3 ELSE n * (1 + draw(id, 13, 20)) END AS span) s;
INSERT INTO rows
SELECT id, 1, at, event, value, channel, feeling
FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY at, event, value, channel, feeling)::int AS i FROM rows WHERE side = 0) r JOIN cases USING (id)
WHERE kind = 'again' OR kind = 'repeats' AND draw(id, 20 + i, 2) = 0;
CREATE TABLE pairs AS
SELECT id, kind, coalesce(timeline(at, event, value, channel, feeling) FILTER (WHERE side = 0), '{"events": []}') AS a,
	coalesce(timeline(at, event, value, channel, feeling) FILTER (WHERE side = 1), '{"events": []}') AS b
FROM cases LEFT JOIN rows USING (id) GROUP BY id, kind;

CREATE VIEW anew AS
SELECT p.*, (SELECT coalesce(timeline(at, event, value, channel, feeling), '{"events": []}')
		FROM (SELECT * FROM events(a) UNION SELECT * FROM events(b)) e) AS merged,
	(SELECT coalesce(timeline(at, event, value, channel, feeling), '{"events": []}')
		FROM (SELECT * FROM events(a) UNION ALL SELECT * FROM events(b)) e) AS joined
FROM pairs p;
SELECT kind, count(*), count(*) FILTER (WHERE timeline_send(merge(a, b)) = timeline_send(merged)) AS merged,
	count(*) FILTER (WHERE timeline_send(merge(b, a)) = timeline_send(merged)) AS reverse,
	count(*) FILTER (WHERE timeline_send(a || b) = timeline_send(joined)) AS joined,
	count(*) FILTER (WHERE timeline_send(b || a) = timeline_send(joined)) AS reverse
FROM anew GROUP BY kind ORDER BY kind;
-- once more, what is there already, alone, with nothing
SELECT count(*), count(*) FILTER (WHERE timeline_send(merge(merge(a, b), b)) = timeline_send(merge(a, b))) AS again,
	count(*) FILTER (WHERE timeline_send(merge(a || b, a)) = timeline_send(merge(a, b))) AS distinct,
	count(*) FILTER (WHERE timeline_send(merge(merge(a, '{"events": []}'), b)) = timeline_send(merge(a, b))) AS alone,
	count(*) FILTER (WHERE timeline_send(a || '{"events": []}') = timeline_send(a) AND timeline_send('{"events": []}' || a) = timeline_send(a)) AS nothing
FROM pairs;
-- what was put to the test
CREATE FUNCTION flags(timeline) RETURNS int LANGUAGE sql AS $$ SELECT get_byte(timeline_send($1), 2) $$;
CREATE FUNCTION widths(timeline) RETURNS int LANGUAGE sql AS $$ SELECT get_byte(timeline_send($1), 3) $$;
SELECT count(*) FILTER (WHERE num_events(a) = 0 OR num_events(b) = 0) AS one_is_empty,
	count(*) FILTER (WHERE last_at(a) < first_at(b) OR last_at(b) < first_at(a)) AS one_is_later,
	count(*) FILTER (WHERE last_at(a) = first_at(b)) AS touching,
	count(*) FILTER (WHERE num_events(merge(a, '{"events": []}')) < num_events(a)) AS equal_events,
	count(*) FILTER (WHERE merge(a, b) = a) AS nothing_new,
	count(*) FILTER (WHERE widths(merge(a, b)) % 16 < greatest(widths(a), widths(b)) % 16) AS shorter_steps,
	count(*) FILTER (WHERE widths(merge(a, b)) / 16 > least(widths(a), widths(b)) / 16) AS wider_values,
	count(*) FILTER (WHERE flags(a) & 1 <> flags(b) & 1) AS values_on_one_side,
	count(*) FILTER (WHERE flags(a) & 1 = 1 AND flags(b) & 1 = 1 AND flags(a) & 2 <> flags(b) & 2) AS doubles_and_millionths,
	count(*) FILTER (WHERE flags(a) & 5 = 1 AND flags(b) & 5 = 5) AS some_values_on_one_side,
	count(*) FILTER (WHERE flags(a) & 8 <> flags(b) & 8) AS channels_on_one_side,
	count(*) FILTER (WHERE flags(a) & 16 <> flags(b) & 16) AS feelings_on_one_side,
	count(*) FILTER (WHERE (SELECT count(DISTINCT event) FROM events(a)) <= 256 AND (SELECT count(DISTINCT event) FROM events(a || b)) > 256) AS wider_codes,
	count(*) FILTER (WHERE (SELECT count(DISTINCT channel) FROM events(a)) <= 255 AND (SELECT count(DISTINCT channel) FROM events(a || b)) > 255) AS wider_channels
FROM pairs \gx
-- the longest step is cut in two by the other's event
SELECT timeline_send(merge(a, b)) = timeline_send('{"events": [["2026-01-01T00:00:00Z", "a"], ["2026-01-01T00:00:01Z", "a"], ["2026-05-01T00:00:00Z", "b"], ["2026-09-01T00:00:00Z", "a"]]}'), length(timeline_send(merge(a, b)))
FROM (SELECT '{"events": [["2026-01-01T00:00:00Z", "a"], ["2026-01-01T00:00:01Z", "a"], ["2026-09-01T00:00:00Z", "a"]]}'::timeline AS a, '{"events": [["2026-05-01T00:00:00Z", "b"]]}'::timeline AS b) q;
-- from the first time there is to the last
SELECT merge(a, b), merge(b, a) = a || b FROM (SELECT '{"events": [["4714-11-24T00:00:00Z BC", "a"]]}'::timeline AS a, '{"events": [["294276-12-31T23:59:59.999999Z", "b"]]}'::timeline AS b) q;
-- a timeline of many events is copied, not read
SELECT num_events(t), num_events(t || later), num_events(merge(t, later)), num_events(merge(merge(t, later), later)), last_at(merge(later, t)) = last_at(later),
	timeline_send(slice(merge(t, later), NULL, first_at(later))) = timeline_send(t)
FROM (SELECT timeline(timestamptz '2026-01-01Z' + i * interval '1 second', 'name ' || i % 300, i % 7, 'c' || i % 5, i % 2) AS t FROM generate_series(1, 200000) i) q,
	(SELECT timeline(timestamptz '2026-06-01Z' + i * interval '1 second', 'late ' || i, i / 3.0) AS later FROM generate_series(1, 20) i) r;
-- too many channels for one timeline
SELECT merge(a, b) FROM (SELECT timeline('2026-01-01Z', 'a', NULL, 'a' || i) AS a, timeline('2026-01-02Z', 'a', NULL, 'b' || i) AS b FROM generate_series(1, 40000) i) q;
