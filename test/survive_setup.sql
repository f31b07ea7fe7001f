-- What test/survive carries around: values of all four types in tables, and
-- what else a dump may have to restore.  The extension is there already; the
-- variable "largest" is the number of events in the largest timeline.

-- Raw events: awkward names, repeated rows, values that millionths cannot hold.
CREATE TABLE events AS
SELECT h & 255 AS customer,
	timestamptz '2026-01-01Z' + ((h >> 8) & 262143) * interval '7.000001 s' AS at,
	(ARRAY['visit', 'cart', 'pay', 'look', 'Größe "é" \ '' 🙂', E'tab\tline\nend\\.'])
		[1 + ((h >> 26) & 7) % 6] AS event,
	CASE (h >> 29) & 3 WHEN 0 THEN NULL
		WHEN 1 THEN ((h >> 31) & 1023) / 3.0
		ELSE ((h >> 31) & 1023) / 4.0 - 100 END AS value,
	CASE WHEN (h >> 41) & 3 > 0
		THEN (ARRAY['web', 'app', '', E'mail, "post"\t'])[1 + ((h >> 43) & 3)] END AS channel,
	CASE WHEN (h >> 45) & 1 = 0
		THEN (((h >> 46) & 2047) % 2001 - 1000) / 1000.0 END AS feeling
FROM (SELECT hashint8extended(i - i % 10 / 9, 11) & 9223372036854775807
	FROM generate_series(1, 16000) i) q(h);

CREATE TABLE journeys (
	id int PRIMARY KEY,
	j journey NOT NULL DEFAULT 'visit -> pay within 1 day',
	UNIQUE (j)
);
INSERT INTO journeys VALUES
	(1, 'visit -> cart -> pay'),
	(2, 'visit -> cart -> pay within 5 days'),
	(3, 'visit(look|visit) -> cart? -> pay strict'),
	(4, 'visit -> cart -> pay within 3 days any order'),
	(5, 'visit -> cart -> pay open'),
	(6, 'visit -> pay within 1 day attempts'),
	(7, scope(journey(ARRAY[
			stage('visit', goal => 'find', touchpoints => '{web,"a, \"b\""}',
				thoughts => '{hm}', feeling => -0.25, pains => '{slow}',
				opportunities => '{"",fast}'),
			stage('Größe "é" \ '' 🙂', events => '{cart,look}', within => '2 days',
				after => '1.5 s', without => '{nothing}', expected_drop_off => 0.25,
				evidence => E'guess\nof\tmine'),
			stage('pay')],
		within => '10 days', title => E'Käufer "eins" \\ \n zwei',
		persona => 'Ann', scenario => 'spring'),
		as_of => '2026-01-20Z', entered_from => '2025-12-31 12:00:00.000001Z',
		entered_until => '2026-01-18Z')),
	(8, (SELECT journey(array_agg(stage('s' || i, optional => i % 5 = 0)))
		FROM generate_series(1, 64) i));
INSERT INTO journeys (id) VALUES (9);

CREATE TABLE stages AS
SELECT id, s::stage FROM (VALUES
	(1, 'cart'), (2, '"sign up"(form|oauth)?'), (3, '"a ""b"" -> c"(" "|"x|y")'),
	(4, NULL), (5, '{"name": "Größe", "within": "2 hours", "goal": "\\ \t \""}')
	) v(id, s)
UNION ALL
SELECT 6, stage('pay', expected_drop_off => 0.1, feeling => 1, within => '0 s',
	pains => '{}', without => '{refund}');

CREATE TABLE timelines (
	id int PRIMARY KEY,
	t timeline,
	events bigint GENERATED ALWAYS AS (num_events(t)) STORED,
	CHECK (last_at(t) >= first_at(t))
);
INSERT INTO timelines
SELECT customer, timeline(at, event, value, channel, feeling) FROM events GROUP BY 1
UNION ALL SELECT 1000 + customer, timeline(at, event) FROM events GROUP BY 1
UNION ALL SELECT 2000 + customer, timeline(at, event, NULL, channel) FROM events
	WHERE customer < 50 GROUP BY 1
UNION ALL SELECT 3000, '{"events": []}'
UNION ALL SELECT 3001, NULL
-- the first and the last time there are, a long name, values at their limits
UNION ALL SELECT 3002, timeline(at::timestamptz, event, value, channel, feeling)
FROM (VALUES ('4714-11-24 00:00:00Z BC', '', 1e12, '', -1),
	('294276-12-31 23:59:59.999999Z', repeat('ü', 70000), -1e12, NULL, 1),
	('2000-01-01Z', 'a', 0.000001, repeat('channel ', 100), 0.000001),
	('2000-01-01Z', 'a', -0.0, NULL, NULL)) v(at, event, value, channel, feeling)
-- 2 bytes for a name; some hundred kB, hard and easy to compress
UNION ALL SELECT 3003, timeline('2026-01-01Z'::timestamptz + abs(hashint8extended(i, 1) % 100000000000)
	* interval '1 us', 'event ' || i % 1000, hashint8extended(i, 2) / 1e9)
FROM generate_series(1, 30000) i
UNION ALL SELECT 3004, timeline('2026-01-01Z'::timestamptz + i * interval '1 s', 'visit')
FROM generate_series(1, 100000) i;

-- the same in each way of storing them
CREATE TABLE stored (id int PRIMARY KEY, main timeline, external timeline,
	extended timeline, plain timeline);
ALTER TABLE stored ALTER external SET STORAGE external,
	ALTER extended SET STORAGE extended, ALTER plain SET STORAGE plain;
INSERT INTO stored
SELECT id, t, t, t, CASE WHEN length(timeline_send(t)) < 2000 THEN t END FROM timelines;

CREATE TABLE funnels (
	id serial PRIMARY KEY,
	j journey REFERENCES journeys (j),
	f funnel
);
INSERT INTO funnels (j, f)
SELECT j, funnel(j, customer, at, event, value, channel, feeling)
FROM events, journeys GROUP BY j, customer % 3
UNION ALL SELECT j, funnel(j, customer, at, event)
FROM events, journeys WHERE customer < 4 GROUP BY j, customer
UNION ALL SELECT j, funnel(j, '{"events": []}'::timeline) FROM journeys GROUP BY j
UNION ALL SELECT NULL, NULL;

-- all four types side by side, and in everything that has types inside
CREATE DOMAIN short_journey AS journey CHECK (VALUE <> 'visit -> nothing');
CREATE TYPE state AS (t timeline, f funnel);
CREATE TABLE everything (id int PRIMARY KEY, s stage, j journey, t timeline,
	f funnel, ss stage[], js short_journey[], state state);
INSERT INTO everything
SELECT id, s, j, t, f, ARRAY[s, s], ARRAY[j, NULL]::short_journey[],
	CASE WHEN id % 3 > 0 THEN row(t, f)::state END
FROM (SELECT row_number() OVER (ORDER BY id) AS id, t FROM timelines) t
	LEFT JOIN (SELECT row_number() OVER (ORDER BY id) AS id, f FROM funnels) f USING (id)
	LEFT JOIN (SELECT row_number() OVER (ORDER BY id) AS id, j FROM journeys) j USING (id)
	LEFT JOIN (SELECT row_number() OVER (ORDER BY id) AS id, s FROM stages) s USING (id);
CREATE INDEX everything_s_hash ON everything USING hash (s);
CREATE INDEX everything_j_hash ON everything USING hash (j);
CREATE INDEX everything_t_hash ON everything USING hash (t);
CREATE INDEX everything_f_hash ON everything USING hash (f);
CREATE INDEX everything_s_btree ON everything (s) WHERE id % 2 = 0;
-- a B-tree takes no more than 2.7 kB
CREATE TABLE small AS
SELECT id, s, j, CASE WHEN pg_column_size(t) < 2000 THEN t END AS t,
	CASE WHEN pg_column_size(f) < 2000 THEN f END AS f FROM everything;
CREATE INDEX small_s_btree ON small (s);
CREATE INDEX small_j_btree ON small (j);
CREATE INDEX small_t_btree ON small (t);
CREATE INDEX small_f_btree ON small (f);
CREATE INDEX timelines_last_at ON timelines (last_at(t));

CREATE TABLE by_journey (j journey, n int) PARTITION BY HASH (j);
CREATE TABLE by_journey_0 PARTITION OF by_journey FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_journey_1 PARTITION OF by_journey FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO by_journey SELECT j, id FROM journeys;

CREATE MATERIALIZED VIEW report AS
SELECT id, s.* FROM journeys, LATERAL (SELECT funnel(j, t) FROM timelines) q(f), stages(f) s;
CREATE VIEW worst AS
SELECT id, l.* FROM journeys, LATERAL (SELECT funnel(j, t) FROM timelines) q(f), worst_leak(f) l;

-- millions of events in one value
CREATE TABLE largest (id int PRIMARY KEY, t timeline);
INSERT INTO largest
SELECT 1, timeline('2026-01-01Z'::timestamptz + i * interval '1.5 s', (ARRAY['visit', 'cart', 'pay', 'look'])
		[1 + (hashint8extended(i, 7) & 3)], CASE WHEN i % 3 = 0 THEN (i % 1000)::float8 END)
FROM generate_series(1, :largest) i;
