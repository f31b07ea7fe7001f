-- The type timeline: every refusal, with its reason and its cure.
SET timezone = 'UTC';
CREATE SCHEMA test_timeline_errors;
SET search_path = test_timeline_errors, public;
-- one line each for what is asked, the error, its detail and its hint
CREATE FUNCTION refused(VARIADIC expressions text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	expression text;
	result text;
	state text;
	message text;
	detail text;
	hint text;
BEGIN
	FOREACH expression IN ARRAY expressions LOOP
		RETURN NEXT '=> ' || left(expression, 300);
		BEGIN
			EXECUTE 'SELECT ' || expression INTO result;
			RETURN NEXT 'taken: ' || coalesce(result, 'NULL');
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = returned_sqlstate, message = message_text,
				detail = pg_exception_detail, hint = pg_exception_hint;
			RETURN NEXT state || ' ' || message;
			IF detail <> '' THEN
				RETURN NEXT '      ' || detail;
			END IF;
			IF hint <> '' THEN
				RETURN NEXT '      ' || hint;
			END IF;
		END;
	END LOOP;
END $$;
CREATE FUNCTION refused_text(VARIADIC inputs text[]) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT refused(VARIADIC (SELECT array_agg(format('%L::timeline', i) ORDER BY n) FROM unnest(inputs) WITH ORDINALITY u(i, n)))
$$;
-- the second of three events
CREATE FUNCTION refused_event(VARIADIC inputs text[]) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT refused_text(VARIADIC (SELECT array_agg('{"events": [["2026-01-01T00:00:00Z", "a"], ' || i || ', ["2026-01-01T00:00:00Z", "c"]]}' ORDER BY n)
		FROM unnest(inputs) WITH ORDINALITY u(i, n)))
$$;
\pset format unaligned
\pset tuples_only on

-- ----------------------------------------------------------------------
-- Text
-- ----------------------------------------------------------------------
SELECT refused_text('', ' ', 'a', '[]', '1', 'null', '"events"', '{', '{}', '{"events"}', '{"events": }', '{"events": []} x', '{"events": [], }');
SELECT refused_text('{"events": 1}', '{"events": null}', '{"events": "a"}', '{"events": {}}', '{"event": []}', '{"events": [], "version": 1}',
	'{"events": [], "events": []}', '{"events": [[]]}', '{"events": [1]}', '{"events": [null]}', '{"events": ["a"]}', '{"events": [{"at": "2026-01-01T00:00:00Z"}]}');
SELECT refused_event('[]', '["2026-01-01T00:00:00Z"]', '[null, "b"]', '[0, "b"]', '["2026-01-01T00:00:00Z", null]', '["2026-01-01T00:00:00Z", 5]',
	'["2026-01-01T00:00:00Z", ["b"]]', '[["2026-01-01T00:00:00Z"], "b"]', '["2026-01-01T00:00:00Z", true]', '["2026-01-01T00:00:00Z", {}]',
	'["2026-01-01T00:00:00Z", "b", "5"]', '["2026-01-01T00:00:00Z", "b", true]', '["2026-01-01T00:00:00Z", "b", 5, 6]', '["2026-01-01T00:00:00Z", "b", 5, "x", "1"]',
	'["2026-01-01T00:00:00Z", "b", 5, "x", 1, null]', '["2026-01-01T00:00:00Z", "b", 5, "x", 1, []]', '["2026-01-01T00:00:00Z", "b", 05]', '["2026-01-01T00:00:00Z", "b", NaN]');
-- times
SELECT refused_event('["2026-01-01", "b"]', '["2026-01-01T00:00:00", "b"]', '["infinity", "b"]', '["-infinity", "b"]', '["now", "b"]', '["2026-02-30T00:00:00Z", "b"]',
	'["294277-01-01T00:00:00Z", "b"]', '["4714-11-23T23:59:59Z BC", "b"]', '["2026-01-01T00:00:00 Europe/Berlin", "b"]', '["", "b"]');
-- numbers
SELECT refused_event('["2026-01-01T00:00:00Z", "b", 1000000000000.0002]', '["2026-01-01T00:00:00Z", "b", -1e13]', '["2026-01-01T00:00:00Z", "b", 1e400]',
	'["2026-01-01T00:00:00Z", "b", 5, "x", 1.0000000000000003]', '["2026-01-01T00:00:00Z", "b", 5, null, -2]', '["2026-01-01T00:00:00Z", "b", 1e-400, null, 1e-400]');
-- strings
\set VERBOSITY sqlstate
SELECT '{"events": [["2026-01-01T00:00:00Z", "a\u0000b"]]}'::timeline;
SELECT '{"events": [["2026-01-01T00:00:00Z", "a\ud800"]]}'::timeline;
SELECT (repeat('[', 100000))::timeline;
SELECT ('{"events": ' || repeat('[', 100000))::timeline;
\set VERBOSITY default
-- a long key and a long number are clipped
SELECT refused_text('{"' || repeat('é', 200) || '": 1}', '{"events": [["2026-01-01T00:00:00Z", "b", ' || repeat('9', 300) || ']]}');

-- ----------------------------------------------------------------------
-- Rows
-- ----------------------------------------------------------------------
SELECT refused('timeline(''infinity'', ''a'')', 'timeline(''-infinity'', ''a'', 1)', 'timeline(''2026-01-01Z'', ''a'', ''NaN'')', 'timeline(''2026-01-01Z'', ''a'', ''infinity'')',
	'timeline(''2026-01-01Z'', ''a'', -1.1e12)', 'timeline(''2026-01-01Z'', ''a'', 1, ''x'', 1.01)', 'timeline(''2026-01-01Z'', ''a'', 1, ''x'', ''NaN'')');
SELECT refused('num_events(timeline(''2026-01-01Z'', ''a'', 1, ''channel '' || i)) FROM generate_series(1, 65535) i',
	'num_events(timeline(''2026-01-01Z'', ''a'', 1, ''channel '' || i)) FROM generate_series(1, 65536) i');
SELECT refused('timeline_add(NULL, ''2026-01-01Z'', ''a'')');
SELECT refused('funnel_add_timeline(NULL, ''a'', ''{"events": []}'')');
SELECT refused($$count(*) FROM sessions('{"events": []}', '1 month')$$, $$count(*) FROM sessions('{"events": []}', '-1 day')$$,
	$$count(*) FROM sessions('{"events": []}', '2147483647 days')$$);

-- ----------------------------------------------------------------------
-- Binary: everything but what the type's own output gives
-- ----------------------------------------------------------------------
\getenv dir PG_ABS_BUILDDIR
\cd :dir
CREATE TABLE bytes (b bytea);
CREATE TABLE timelines (t timeline);
CREATE FUNCTION sample() RETURNS bytea LANGUAGE sql AS $$
	SELECT timeline_send('{"events": [["2026-01-01T00:00:00Z", "a"], ["2026-01-01T00:00:05Z", "b", 7, "x", 0.5], ["2026-01-01T00:00:05Z", "c"]]}')
$$;
SELECT sample();
INSERT INTO bytes VALUES ('');
\copy bytes TO 'results/timeline_errors.bin' (FORMAT binary)
\copy timelines FROM 'results/timeline_errors.bin' (FORMAT binary)
-- another type's
TRUNCATE bytes; INSERT INTO bytes VALUES (journey_send('a -> b'));
\copy bytes TO 'results/timeline_errors.bin' (FORMAT binary)
\copy timelines FROM 'results/timeline_errors.bin' (FORMAT binary)
-- of a version to come
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(sample(), 0, 2));
\copy bytes TO 'results/timeline_errors.bin' (FORMAT binary)
\copy timelines FROM 'results/timeline_errors.bin' (FORMAT binary)
-- one byte short, one too much
TRUNCATE bytes; INSERT INTO bytes VALUES (substr(sample(), 1, length(sample()) - 1));
\copy bytes TO 'results/timeline_errors.bin' (FORMAT binary)
\copy timelines FROM 'results/timeline_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (sample() || '\x00');
\copy bytes TO 'results/timeline_errors.bin' (FORMAT binary)
\copy timelines FROM 'results/timeline_errors.bin' (FORMAT binary)
-- a name with a zero byte; one that is not of the encoding; two equal ones
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(sample(), 8, 0));
\copy bytes TO 'results/timeline_errors.bin' (FORMAT binary)
\copy timelines FROM 'results/timeline_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(sample(), 12, 255));
\copy bytes TO 'results/timeline_errors.bin' (FORMAT binary)
\copy timelines FROM 'results/timeline_errors.bin' (FORMAT binary)
TRUNCATE bytes; INSERT INTO bytes VALUES (set_byte(sample(), 10, 97));
\copy bytes TO 'results/timeline_errors.bin' (FORMAT binary)
\copy timelines FROM 'results/timeline_errors.bin' (FORMAT binary)
-- nothing of it was stored
SELECT count(*) FROM timelines;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA test_timeline_errors CASCADE;
