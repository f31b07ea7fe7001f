-- matching rules 6 to 13 and the clauses of a stage; A0 B3.5: events at seconds
SET timezone = 'UTC';
CREATE FUNCTION events(line text, OUT at timestamptz, OUT event text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT timestamptz '2026-01-01 00:00Z' + make_interval(secs => w[2]::float8), w[1]
	FROM regexp_matches(line, '([A-Z])([0-9.]+)', 'g') w
$$;
-- a stage each: reached, or what else was counted; then when
CREATE FUNCTION outcome(j journey, line text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', stage,
		CASE WHEN entered > 0 THEN 'entered' END,
		CASE WHEN reached > 1 THEN reached END,
		CASE WHEN dropped > 0 THEN 'dropped' END,
		CASE WHEN waiting > 0 THEN 'waiting' END,
		CASE WHEN excluded > 0 THEN 'excluded' END,
		CASE WHEN settled > 0 THEN 'settled' END,
		CASE WHEN value IS NOT NULL THEN 'at ' || value END), ', ' ORDER BY stage_no), 'nobody')
	FROM stages((SELECT funnel(j, 1, at, event, extract(epoch FROM at - '2026-01-01 00:00Z')) FROM events(line)))
	WHERE reached + excluded > 0
$$;
CREATE FUNCTION outcomes(j journey, VARIADIC lines text[]) RETURNS TABLE (line text, outcome text) LANGUAGE sql AS $$
	SELECT l, outcome(j, l) FROM unnest(lines) WITH ORDINALITY u(l, n) ORDER BY n
$$;

-- strict: nothing between, whatever it is; events of one instant are not between
SELECT * FROM outcomes('A -> B -> C within 60 s strict',
	'A0 B10 C20', 'A0 X5 B10', 'A0 B10 B15 C20', 'A0 A5 B10', 'A0 X0 B10 X10 C10', 'A0 B10 X15 C20 A30 B31', 'B0 A0');
-- any order: n of them done, in one window
SELECT * FROM outcomes('A -> B -> C within 60 s any order',
	'C0 A10 B20', 'B0 B5', 'C0 A61 B62', 'C0 C5 A61 B62', 'X0 B1');
SELECT * FROM outcomes('a(A|B) -> b(A) -> c(C) within 60 s any order', 'A0 B1', 'B0 A1', 'A0 A0', 'A0 C60', 'A0 C60.000001');
-- optional stages: counted, free to skip; as many as can be, also after the end
SELECT * FROM outcomes('A -> O? -> B -> P? within 60 s',
	'A0 O5 B10', 'A0 B10', 'A0 B10 O20', 'A0 O5', 'A0 O5 B10 P60', 'A0 O5 B10 P61', 'O0 A5 B10', 'P0');
SELECT * FROM outcomes('A -> O? -> P? -> Q? -> B', 'A0 O9 P3 Q4 B10', 'A0 Q1 P2 O3 B4', 'A0 O1 A5 B6');
-- within and after of a stage, from the stage before, optional ones included
SELECT * FROM outcomes(journey(ARRAY[stage('A'), stage('B'), stage('C', within => '10 s')], within => '60 s'),
	'A0 B3 B20 C25', 'A0 B3 C13', 'A0 B3 C13.000001', 'A0 B0 C0');
SELECT * FROM outcomes(journey(ARRAY[stage('A'), stage('B', after => '10 s'), stage('C', within => '5 s')]),
	'A0 B9', 'A0 B10', 'A0 B10 B12 C17', 'A0 A5 B10 C15', 'A0 B0');
SELECT * FROM outcomes(journey(ARRAY[stage('A'), stage('O', optional => true), stage('B', within => '10 s')]),
	'A0 O95 B100', 'A0 O89 B100', 'A0 B10 O11');
-- without: tainted attempts, excluded customers
SELECT * FROM outcomes(journey(ARRAY[stage('A'), stage('B', without => '{X}')], within => '60 s'),
	'A0 X10', 'A0 X10 B20 A30', 'A0 X5 B10 A20 B25', 'A0 X0 B5', 'A0 B5 X6', 'A0 X60', 'A0 X60.000001', 'A0 X5 A5', 'X0 A1 B2');
SELECT * FROM outcomes(journey(ARRAY[stage('A'), stage('B'), stage('C', without => '{X,Y}', within => '10 s')], within => '60 s'),
	'A0 B5 X7 C8', 'A0 B5 X16', 'A0 B5 X15', 'A0 X3 B5 Y6', 'A0 B5 X6 B7 C8', 'A0 B5 X58 A10 B55');
-- an older start may be the clean one: its window is over before X
SELECT * FROM outcomes(journey(ARRAY[stage('A'), stage('B'), stage('C', without => '{X}')], within => '60 s'),
	'A0 A30 B35 X70', 'A0 A30 B35 X60');
SELECT * FROM outcomes('{"stages": ["A", {"name": "B", "without": ["X"]}, "C"], "matching": "any", "within": "60 s"}',
	'A0 X5 B10', 'A0 X5 B10 C20', 'A0 X80', 'A0 C5 X5', 'A0 B1 C2 X3', 'X0 A0');
-- open: from any required stage on
SELECT * FROM outcomes('A -> B -> C -> D within 60 s open',
	'A0 B5', 'B0 C5', 'A0 B5 C100 D110', 'A0 B5 C6 D200', 'D0', 'D0 C1', 'A0 B1 C2 D3');
-- attempts, one after the other
SELECT * FROM outcomes('A -> B -> C within 60 s attempts',
	'A0 B10 A20 C30 A40', 'A0 A60 A61', 'A0 B1 C2 A2 A3 B4', 'A0 A0 B0 C0');
SELECT * FROM outcomes(journey(ARRAY[stage('A'), stage('B', without => '{X}')], within => '60 s', counting => 'attempts'),
	'A0 X5 A10 B20', 'A0 X5 A5', 'A0 X5 B5', 'A0 B0 X5');
-- scope: who may still go on is waiting
SELECT * FROM outcomes(scope('A -> B -> C within 60 s', as_of => '2026-01-01 00:01:40Z'),
	'A0', 'A40', 'A40.000001', 'A50 B100', 'A50 B101', 'A0 B5 A90', 'A90 B91 C92', 'A101', 'A0 B1 C2');
SELECT * FROM outcomes(scope(journey(ARRAY[stage('A'), stage('B', within => '10 s'), stage('C')], within => '60 s'),
	as_of => '2026-01-01 00:01:40Z'), 'A90', 'A91', 'A60 B65', 'A80');
SELECT * FROM outcomes(scope('A -> B', as_of => '2026-01-01 00:01:40Z'), 'A99');
SELECT * FROM outcomes(scope('A -> B within 60 s', entered_from => '2026-01-01 00:00:10Z',
	entered_until => '2026-01-01 00:00:20Z'), 'A9.999999 B15', 'A10 B70', 'A19 B79', 'A20 B21', 'A0 A15 B16', 'A15 A25 B30');
SELECT * FROM outcomes(scope('A -> B within 60 s attempts', entered_from => '2026-01-01 00:00:10Z'), 'A0 A30 B40 A50 B55');
SELECT * FROM outcomes(scope('A -> B -> C within 60 s any order', entered_until => '2026-01-01 00:00:20Z'),
	'A0 B30', 'B20 A30', 'A0 B30 C70', 'A19 B20 C30');

-- a funnel of waiting, excluded and optional stages, read
CREATE TABLE e AS
SELECT c AS customer, at, event, c * 1.0 AS value
FROM generate_series(1, 60) c, events(CASE WHEN c % 4 = 0 THEN 'A0 O2 B10 C20' WHEN c % 4 = 1 THEN 'A0 X3'
	WHEN c % 4 = 2 THEN 'A70 B75' WHEN c % 12 = 3 THEN 'A0 B5' ELSE 'A10' END);
CREATE TABLE f AS SELECT funnel(j, customer, at, event, value) AS f
FROM e, scope(journey(ARRAY[stage('A'), stage('O', optional => true), stage('B', without => '{X}'), stage('C')], within => '60 s'),
	as_of => '2026-01-01 00:01:40Z') j GROUP BY j;
SELECT stage, optional, entered, reached, settled, continued, dropped, waiting, excluded, round(drop_off::numeric, 3) AS drop_off,
	valued, value, value_lost, value_waiting FROM f, stages(f);
SELECT rank, stage, next_stage, measure, reached, settled, lost, round(drop_off::numeric, 3) AS drop_off, value_lost FROM f, leaks(f);
SELECT bars(f) FROM f;
SELECT customers(f), conversion(f, 'A', 'C'), f = f + (SELECT funnel(journey(f), NULL::bigint, now(), '') FROM f) AS same FROM f;
-- scopes merge to the wider period and the later as_of
SELECT journey(funnel(scope('A', as_of => '2026-01-02Z', entered_until => '2026-01-02Z'), 1, now(), 'A')
	+ funnel(scope('A', as_of => '2026-01-03Z', entered_from => '2026-01-01Z', entered_until => '2026-01-03Z'), 1, now(), 'A'));
-- clauses with conditions: rows whose conditions are all false stand between
SELECT stage, reached FROM stages((SELECT funnel('a -> b strict', 1, at, event = 'A', event = 'B') FROM events('A0 X1 B2')));
SELECT stage, reached FROM stages((SELECT funnel('a -> b strict', 1, at, event = 'A', event = 'B') FROM events('A0 A1 B2')));
DROP TABLE e, f;

-- one customer larger than memory, under rules that look at all events
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
CREATE TEMP TABLE giant AS
SELECT 1 AS customer, timestamptz '2026-01-01 00:00Z' + make_interval(secs => i) AS at,
	CASE WHEN i = 100000 THEN 'A' WHEN i = 100010 THEN 'B' WHEN i % 7 = 0 THEN 'X' ELSE 'C' END AS event
FROM generate_series(1, 200000) i;
SELECT j.rule, string_agg(reached::text, ' ' ORDER BY stage_no) AS reached
FROM (VALUES ('strict', 'A -> C -> C2(C) -> X strict'::journey), ('any order', 'A -> B -> C within 9 s any order'),
	('optional', 'A -> O? -> B -> C?'), ('attempts', 'C -> X attempts'),
	('without', '{"stages": ["A", {"name": "B", "without": ["X"]}]}')) j(rule, j),
	LATERAL (SELECT funnel(j, customer, at, event) AS f FROM giant) q, stages(f) GROUP BY j.rule ORDER BY 1;
RESET work_mem;
RESET hash_mem_multiplier;
SELECT j.rule, string_agg(reached::text, ' ' ORDER BY stage_no) AS reached
FROM (VALUES ('strict', 'A -> C -> C2(C) -> X strict'::journey), ('any order', 'A -> B -> C within 9 s any order'),
	('optional', 'A -> O? -> B -> C?'), ('attempts', 'C -> X attempts'),
	('without', '{"stages": ["A", {"name": "B", "without": ["X"]}]}')) j(rule, j),
	LATERAL (SELECT funnel(j, customer, at, event) AS f FROM giant) q, stages(f) GROUP BY j.rule ORDER BY 1;
-- attempts that are tainted one after the other, all in one window
CREATE TABLE tainted AS
SELECT n, timestamptz '2026-01-01Z' + i * interval '1 s' AS at, (ARRAY['A', 'X', 'B'])[1 + i % 3] AS event
FROM (VALUES (1), (2), (5), (20000)) v(n), generate_series(0, 3 * n - 1) i;
\set j '{"stages": ["A", {"name": "B", "without": ["X"]}, "C"], "within": "10 days", "counting": "attempts"}'
SELECT n, entered, excluded, f = g AS equal
FROM (SELECT n, funnel(:'j', 1, at, event) AS f FROM tainted GROUP BY n) q
JOIN (SELECT n, funnel(:'j', t) AS g FROM (SELECT n, timeline(at, event) AS t FROM tainted GROUP BY n) q GROUP BY n) r USING (n), stages(f)
WHERE stage_no = 1 ORDER BY n;
DROP TABLE tainted;
DROP FUNCTION outcomes(journey, text[]);
DROP FUNCTION outcome(journey, text);
DROP FUNCTION events(text);
