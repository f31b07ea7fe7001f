-- What the checks of fuzz/main.c are done with.
CREATE EXTENSION journey;
CREATE FUNCTION fuzz(target text, arguments text[]) RETURNS integer LANGUAGE C AS '$libdir/journey';
CREATE FUNCTION fuzz_targets() RETURNS text LANGUAGE C AS '$libdir/journey';

CREATE TABLE some_timelines (t timeline);
INSERT INTO some_timelines VALUES
	('{"events": []}'),
	('{"events": [["2026-01-01T00:00:00Z", "a", 1, "web", 0.5], ["2026-01-01T00:00:00Z", "b"], ["2026-01-01T00:10:00Z", "b", 2], ["2026-01-01T00:11:00Z", "c"], ["2026-01-01T02:00:00Z", "x"], ["2026-01-02T00:00:00Z", "d", null, "app", -1]]}'),
	('{"events": [["2026-01-01T00:00:00Z", "visit"], ["2026-01-01T00:00:05Z", "cart"], ["2026-01-01T00:00:06Z", "view"], ["2026-01-03T00:00:00Z", "pay"]]}');

CREATE TABLE some_journeys (j journey);
INSERT INTO some_journeys VALUES
	('a -> b -> c within 1 day'),
	('x(a|b) -> y(b|c)? -> z(c|d) attempts'),
	('a -> b -> c within 1 hour any order'),
	('a -> b -> c strict'),
	('a -> b -> c open'),
	('{"stages": [{"name": "a"}, {"name": "b", "without": ["x"], "within": "1 hour"}], "as_of": "2026-06-01T00:00:00Z", "within": "1 day"}');

CREATE TABLE some_funnels (f funnel);
INSERT INTO some_funnels SELECT funnel(j, t) FROM some_journeys, some_timelines GROUP BY j::text, j;
