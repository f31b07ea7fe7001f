-- the aggregate over rows: who counts, and how far
\pset null '-'
SET timezone = 'UTC';

-- Events as text: 'A0 A50 B70' is A at second 0, A at 50, B at 70.
CREATE FUNCTION events(line text)
RETURNS TABLE (at timestamptz, event text)
LANGUAGE sql IMMUTABLE
AS $$
	SELECT timestamptz '2026-01-01Z' + substr(e, 2)::numeric * interval '1 s',
		left(e, 1)
	FROM string_to_table(line, ' ') e
$$;
CREATE FUNCTION depth(j journey, line text)
RETURNS bigint
LANGUAGE sql STABLE
AS $$
	SELECT count(*) FILTER (WHERE s.reached > 0)
	FROM (SELECT funnel(j, 1, at, event) f FROM events(line)) q,
		LATERAL stages(f) s
$$;

-- the normative cases of plain journeys
SELECT line, depth(j::journey, line), expected, depth(j::journey, line) = expected AS ok
FROM (VALUES
	(1, 'first(A) -> second(B) within 60 s', 'A0 A50 B70', 2),
	(2, 'first(A) -> second(B) -> third(C) within 60 s', 'A0 B50 C100', 2),
	(3, 'first(A) -> second(B) within 60 s', 'A0 B0', 2),
	(4, 'first(A) -> second(B) within 60 s', 'B0 A0', 2),
	(5, 'first(A) -> second(A) within 60 s', 'A0', 1),
	(6, 'first(A) -> second(A) within 60 s', 'A0 A0', 2),
	(7, 'first(A) -> second(B) within 60 s', 'B0 A10 B20', 2),
	(8, 'first(A) -> second(B) -> third(C) within 60 s', 'A0 B10 A20 B30 C75', 3),
	(9, 'first(A) -> second(B) within 60 s', 'A0 B60', 2),
	(10, 'first(A) -> second(B) within 60 s', 'A0 B60.000001', 1),
	-- one event, one stage: {1,2} and {1} at one instant is depth 2
	(11, 'first(A|B) -> second(B)', 'A0 B0', 2),
	(12, 'first(A|B) -> second(B)', 'B0 A0', 2),
	(13, 'first(A|B) -> second(B)', 'B0', 1),
	(14, 'first(A|B|C) -> second(A|B) -> third(A)', 'A0 B0 C0', 3),
	(15, 'first(A) -> second(A|B) -> third(A|B|C)', 'A0 B0 C0', 3),
	(16, 'first(A|B) -> second(A|B) -> third(C)', 'A0 C0 B0', 3),
	-- a window of nothing: the same instant
	(17, 'first(A) -> second(B) within 0 s', 'A0 B0', 2),
	(18, 'first(A) -> second(B) within 0 s', 'A0 B0.000001', 1),
	-- nothing to start from
	(19, 'first(A) -> second(B)', 'B0 C1', 0)
) v(n, j, line, expected)
ORDER BY n;

-- the times of the counted attempt
SELECT median_s FROM (SELECT funnel('first(A) -> second(B) -> third(C)', 1, at, event) f
	FROM events('A0 B3 B6 C9')) q, LATERAL stages(f);
-- the newest start among those that end first
SELECT median_s FROM (SELECT funnel('first(A) -> second(B)', 1, at, event) f
	FROM events('A0 A50 B70 B80')) q, LATERAL stages(f);

-- a customer counts once, and carries the last value known
CREATE TABLE visits (customer bigint, at timestamptz, event text, value float8);
INSERT INTO visits
SELECT c, timestamptz '2026-01-01Z' + s * interval '1 s', e, v
FROM (VALUES (1, 0, 'A', 10), (1, 1, 'B', 12), (1, 2, 'C', NULL),
			 (2, 0, 'A', 5), (2, 0, 'A', 7), (2, 9, 'B', NULL),
			 (3, 0, 'A', NULL), (3, 1, 'A', 4),
			 (4, 0, 'B', 100), (4, 1, 'x', 100)) v(c, s, e, v);
SELECT stage, reached, dropped, valued, value, value_lost
FROM (SELECT funnel('A -> B -> C', customer, at, event, value) f FROM visits) q,
	LATERAL stages(f);
-- without values
SELECT stage, reached, dropped, valued, value, value_lost
FROM (SELECT funnel('A -> B -> C', customer, at, event) f FROM visits) q,
	LATERAL stages(f);

-- all lengths and all keys give the same funnel, but for touchpoints
SELECT count(DISTINCT f::text) AS different
FROM (SELECT funnel('A -> B -> C', customer, at, event, value) FROM visits
UNION ALL SELECT (funnel('A -> B -> C', customer, at, event, value, 'web')::jsonb - 'touchpoints')::text::funnel FROM visits
UNION ALL SELECT (funnel('A -> B -> C', customer, at, event, value, 'web', 0.5)::jsonb - 'touchpoints')::text::funnel FROM visits
UNION ALL SELECT funnel('A -> B -> C', customer, at, event, value, NULL, NULL) FROM visits
UNION ALL SELECT funnel('A -> B -> C', customer::int, at, event, value) FROM visits
UNION ALL SELECT funnel('A -> B -> C', customer::text, at, event, value) FROM visits
UNION ALL SELECT funnel('A -> B -> C', customer::text::varchar(20), at, event::varchar(20), value) FROM visits
UNION ALL SELECT funnel('A -> B -> C', lpad(customer::text, 32, '0')::uuid, at, event, value) FROM visits
UNION ALL SELECT funnel('A -> B -> C', customer, at, value, event = 'A', event = 'B', event = 'C') FROM visits
UNION ALL SELECT funnel('A -> B -> C', customer::text, at, value, event = 'A', event = 'B', event = 'C') FROM visits
UNION ALL SELECT funnel('A -> B -> C', lpad(customer::text, 32, '0')::uuid, at, value, event = 'A', event = 'B', event = 'C') FROM visits
UNION ALL SELECT funnel('A -> B -> C', customer, at, event, value ORDER BY at DESC, value) FROM visits
) q(f);
SELECT count(DISTINCT f::text) AS different
FROM (SELECT funnel('A -> B -> C', customer, at, event) FROM visits
UNION ALL SELECT funnel('A -> B -> C', customer, at, event = 'A', event = 'B', event = 'C') FROM visits
UNION ALL SELECT funnel('A -> B -> C', customer::text, at, VARIADIC ARRAY[event = 'A', event = 'B', event = 'C']) FROM visits
UNION ALL SELECT funnel('A -> B -> C', lpad(customer::text, 32, '0')::uuid, at, event = 'A', nullif(event = 'B', false), event = 'C') FROM visits
) q(f);

-- no rows, no usable rows
SELECT funnel('A -> B', 1, now(), 'A') IS NULL AS none FROM visits WHERE false;
SELECT reached(funnel('A -> B', NULL::bigint, at, event), 'A'),
	reached(funnel('A -> B', customer, NULL, event), 'A'),
	reached(funnel('A -> B', customer, at, NULL::text), 'A'),
	reached(funnel('A -> B', customer, at, 'x'), 'A') FROM visits;
SELECT * FROM stages(NULL);
SELECT customers(funnel('A -> B', customer, at, event) FILTER (WHERE event = 'none')) FROM visits;

-- the journey as a parameter, a column, a sub-select, with notes, toasted
PREPARE p(journey) AS SELECT customers(funnel($1, customer, at, event)) FROM visits;
EXECUTE p('A -> B');
EXECUTE p('A -> C');
CREATE TABLE journeys (name text, j journey);
INSERT INTO journeys VALUES ('ab', 'A -> B'), ('bc', 'B -> C'),
	('long', journey(ARRAY[stage('A', goal => (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 2000) i)), stage('B')]));
SELECT name, reached(funnel(j, customer, at, event), 'B')
FROM visits, journeys GROUP BY name ORDER BY name;
-- a toasted one in every row, and two of them in a group
SELECT reached(funnel(j, customer, at, event), 'B') FROM visits, journeys WHERE name = 'long';
SELECT reached(funnel(j, customer, at, event), 'B') FROM visits, journeys WHERE name <> 'bc';
SELECT reached(funnel((SELECT j FROM journeys WHERE name = 'ab'), customer, at, event), 'B') FROM visits;

-- as a window function
SELECT at, customers(funnel('A -> B', customer, at, event) OVER (ORDER BY at))
FROM visits WHERE customer < 3 ORDER BY at, customer, event;

-- times at the ends of what a timestamp holds
SELECT reached(funnel('A -> B', 1, at, event), 'B')
FROM (VALUES (timestamptz '4713-01-01 00:00:00Z BC', 'A'), ('294276-12-31 23:59:59Z', 'B')) v(at, event);
SELECT reached(funnel('A -> B within 106751991 days', 1, at, event), 'B')
FROM (VALUES (timestamptz '4713-01-01 00:00:00Z BC', 'A'), ('294276-12-31 23:59:59Z', 'B')) v(at, event);

-- customers by bytes, empty text, long text
SELECT customers(funnel('A', c, now(), 'A'))
FROM (VALUES (''), (' '), ('a'), ('A'), ('a '), (repeat('x', 100000)), (repeat('x', 100000)), (repeat('x', 100001))) v(c);
SELECT customers(funnel('A', c, now(), 'A'))
FROM (VALUES (0), (-1), (1), (9223372036854775807), (-9223372036854775808), (1)) v(c);

-- 64 stages, and events that share stages
SELECT max(stage_no) AS deepest
FROM (SELECT funnel((SELECT string_agg('s' || i, ' -> ' ORDER BY i) FROM generate_series(1, 64) i)::journey,
		1, timestamptz '2026-01-01Z' + i * interval '1 s', 's' || i) f
	FROM generate_series(1, 63) i) q, LATERAL stages(f) WHERE reached > 0;
-- one instant, 5,000 rows that fit every stage
SELECT max(stage_no) AS deepest
FROM (SELECT funnel((SELECT string_agg('s' || i || '(x|y)', ' -> ' ORDER BY i) FROM generate_series(1, 64) i)::journey,
		1, timestamptz '2026-01-01Z', 'x', i) f
	FROM generate_series(1, 5000) i) q, LATERAL stages(f) WHERE reached > 0;
-- the greatest values go to the first stages
SELECT stage, value
FROM (SELECT funnel('a(x) -> b(x|y) -> c(y)', 1, timestamptz '2026-01-01Z', e, v) f
	FROM (VALUES ('x', 1), ('x', 3), ('x', 2), ('y', 9), ('y', NULL)) v(e, v)) q, LATERAL stages(f);

DROP TABLE visits, journeys;
DROP FUNCTION depth(journey, text), events(text);
