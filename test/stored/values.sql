-- One value of each kind that the types can hold, made by the version that is
-- installed.  For test/stored_values.
CREATE TABLE stages_stored (name text PRIMARY KEY, v stage NOT NULL);
CREATE TABLE journeys_stored (name text PRIMARY KEY, v journey NOT NULL);
CREATE TABLE timelines_stored (name text PRIMARY KEY, v timeline NOT NULL);
CREATE TABLE funnels_stored (name text PRIMARY KEY, v funnel NOT NULL);

INSERT INTO stages_stored VALUES
	('bare', 'visit'),
	('events', 'browse(view|search|"open page")'),
	('optional', '"sign up"(form|oauth)?'),
	('quotes', '"a ""quoted"" -> name"'),
	('clauses', stage('pay', within => '2 hours', after => '1 second', without => ARRAY['refund', 'cancel'])),
	('notes', stage('pay', expected_drop_off => 0.25, evidence => 'interviews', goal => 'buy', touchpoints => ARRAY['web', 'app'],
		thoughts => ARRAY['is it safe?'], feeling => -0.5, pains => ARRAY['slow', 'dear'], opportunities => ARRAY['one page']));

INSERT INTO journeys_stored VALUES
	('one stage', 'visit'),
	('plain', 'visit -> cart -> checkout -> purchase within 7 days'),
	('no window', 'a -> b -> c'),
	('strict', 'a -> b -> c within 90 minutes strict'),
	('any order', 'a -> b -> c within 1 day any order'),
	('open', 'a -> b -> c within 1 day open'),
	('attempts', 'a -> b -> c within 1 day attempts'),
	('optional', 'a -> b(x|y)? -> c within 30 seconds'),
	('clauses', journey(ARRAY[stage('a'), stage('b', within => '1 day', after => '1 minute', without => ARRAY['x']),
		stage('c', optional => true), stage('d', without => ARRAY['x', 'y'])], within => '30 days')),
	('scope', scope('a -> b within 1 day', as_of => '2026-02-01 00:00Z', entered_from => '2026-01-01 00:00Z',
		entered_until => '2026-01-31 12:34:56.789012Z')),
	('notes', journey(ARRAY[stage('a', goal => 'find', feeling => 0.5), stage('b', expected_drop_off => 0.4)],
		title => 'Shop', persona => 'a hurried one', scenario => 'first visit')),
	('64 stages', (SELECT string_agg('s' || i, ' -> ' ORDER BY i) FROM generate_series(1, 64) i)::journey);

CREATE TABLE visits AS
SELECT customer, '2026-01-01 00:00Z'::timestamptz + make_interval(hours => customer, secs => step * 1000 + customer % 7) AS at,
	(ARRAY['a', 'b', 'x', 'c', 'd', 'y'])[1 + (step + customer % 3) % 6] AS event,
	CASE WHEN customer % 4 > 0 THEN customer * 1.25 + step END::float8 AS value,
	CASE WHEN customer % 5 > 0 THEN 'channel ' || (customer + step) % 9 END AS channel,
	CASE WHEN step % 3 > 0 THEN (customer % 21 - 10) / 10.0 END::float8 AS feeling
FROM generate_series(1, 300) customer, generate_series(0, 8) step
WHERE (customer * 31 + step * 17) % 10 < 8;

INSERT INTO timelines_stored VALUES
	('no events', '{"events": []}'),
	('one event', '{"events": [["2026-01-01T00:00:00Z", "a"]]}'),
	('one instant', '{"events": [["2026-01-01T00:00:00Z", "a"], ["2026-01-01T00:00:00Z", "a"], ["2026-01-01T00:00:00Z", "b"]]}'),
	('far apart', '{"events": [["0001-01-01T00:00:00Z", "a"], ["9999-12-31T23:59:59.999999Z", "b"]]}'),
	('an empty name', '{"events": [["2026-01-01T00:00:00Z", "", 1, "", 0]]}'),
	('values', '{"events": [["2026-01-01T00:00:00Z", "a", 9.5], ["2026-01-01T00:00:01Z", "b", -3], ["2026-01-01T00:00:02Z", "b"]]}'),
	('odd values', '{"events": [["2026-01-01T00:00:00Z", "a", 0.1234567890123], ["2026-01-01T00:00:01Z", "b", -1e12]]}'),
	('channels', '{"events": [["2026-01-01T00:00:00Z", "a", null, "web"], ["2026-01-01T00:00:01Z", "b", null, "app"], ["2026-01-01T00:00:02Z", "c"]]}'),
	('feelings', '{"events": [["2026-01-01T00:00:00Z", "a", null, null, -1], ["2026-01-01T00:00:01Z", "b", null, null, 0.123456], ["2026-01-01T00:00:02Z", "c"]]}'),
	('a long name', (SELECT timeline('2026-01-01 00:00Z', repeat('long ', 40)))),
	('300 names', (SELECT timeline('2026-01-01 00:00Z'::timestamptz + make_interval(secs => i), 'e' || i) FROM generate_series(1, 300) i)),
	('300 channels', (SELECT timeline('2026-01-01 00:00Z'::timestamptz + make_interval(secs => i), 'e', NULL, 'c' || i) FROM generate_series(1, 300) i));
INSERT INTO timelines_stored
SELECT 'customer ' || customer, timeline(at, event, value, channel, feeling) FROM visits WHERE customer <= 8 GROUP BY customer;

INSERT INTO funnels_stored
SELECT 'events: ' || j.name, funnel(j.v, customer, at, event)
FROM visits, journeys_stored j WHERE j.name <> '64 stages' GROUP BY j.name;
INSERT INTO funnels_stored
SELECT 'all: ' || j.name, funnel(j.v, customer, at, event, value, channel, feeling)
FROM visits, journeys_stored j WHERE j.name <> '64 stages' GROUP BY j.name;
INSERT INTO funnels_stored
	SELECT 'nobody', funnel('a -> b', 1, at, 'z') FROM visits
	UNION ALL
	SELECT '70 channels', funnel('a -> b', customer, at, event, value, 'channel ' || customer % 70) FROM visits
	UNION ALL
	SELECT 'merged', rollup(v) FROM funnels_stored WHERE name IN ('events: clauses', 'all: clauses');
