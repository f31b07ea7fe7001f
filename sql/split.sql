-- What engines that split an aggregate over several machines ask of it; see
-- docs/scaling.md.  They run the transition function on one machine, send the
-- state as text or in its binary form, and combine the states on another.
SET timezone = 'UTC';
CREATE SCHEMA test_split;
SET search_path = test_split, public;

-- ----------------------------------------------------------------------
-- The catalogues
-- ----------------------------------------------------------------------
CREATE VIEW aggregates AS
SELECT p.oid, p.proname, p.oid::regprocedure::text AS aggregate, p.proargtypes, p.proparallel, a.*
FROM pg_depend d JOIN pg_aggregate a ON d.classid = 'pg_proc'::regclass AND a.aggfnoid = d.objid JOIN pg_proc p ON p.oid = a.aggfnoid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'journey');
-- every one of them is to be split but those over raw rows, whose state is the rows
CREATE VIEW splittable AS
SELECT * FROM aggregates WHERE NOT (proname = 'funnel' AND 'timestamptz'::regtype = ANY (proargtypes));
SELECT aggregate, aggtranstype::regtype AS state, aggtransfn, aggcombinefn, aggfinalfn FROM splittable ORDER BY aggregate COLLATE "C";
-- each of these is a reason for an engine to send rows instead of states, to fail, or to give wrong numbers
SELECT aggregate FROM splittable s JOIN pg_type t ON t.oid = aggtranstype
WHERE aggcombinefn = 0 OR aggfinalextra OR aggkind <> 'n' OR t.typtype = 'p' OR t.typsend = 0 OR t.typreceive = 0 OR cardinality(proargtypes::oid[]) = 0
	OR agginitval IS NOT NULL OR EXISTS (SELECT FROM unnest(proargtypes) arg JOIN pg_type a ON a.oid = arg WHERE a.typtype = 'p')
	OR EXISTS (SELECT FROM pg_proc f WHERE f.oid IN (aggtransfn, aggcombinefn, aggfinalfn) AND (f.provolatile <> 'i' OR f.proparallel <> 's'));
-- parallel; no name that an engine takes for one of its own
SELECT aggregate FROM aggregates WHERE proparallel <> 's' OR proname IN ('avg', 'min', 'max', 'sum', 'count', 'array_agg', 'jsonb_agg', 'jsonb_object_agg', 'json_agg',
	'json_object_agg', 'bit_and', 'bit_or', 'bool_and', 'bool_or', 'every', 'any_value', 'hll_add_agg', 'hll_union_agg', 'topn_add_agg', 'topn_union_agg');
-- types have both forms, and functions that need no setting
SELECT t.typname, bool_and(typsend <> 0 AND typreceive <> 0) AS binary, bool_and(f.provolatile = 'i' AND f.proparallel = 's') AS safe
FROM pg_depend d JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid JOIN pg_proc f ON f.oid IN (typinput, typoutput, typsend, typreceive)
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'journey') AND typtype = 'b' AND typelem = 0
GROUP BY 1 ORDER BY 1;

-- ----------------------------------------------------------------------
-- Random values
-- ----------------------------------------------------------------------
-- two collations, so that the aggregates' functions are called with none
CREATE TABLE events (id int, customer int, at timestamptz, event text COLLATE "C", value float8, channel text COLLATE "POSIX", feeling float8);
INSERT INTO events
SELECT i, h & 127, timestamptz '2026-01-01Z' + ((h >> 13) & 511) * interval '1 hour',
	(ARRAY['visit', 'cart', 'pay', 'other', 'é "x"', '日本', E'tab\t', ''])[1 + ((h >> 23) & 7)],
	CASE WHEN h & 1024 = 0 THEN ((h >> 27) & 255) / 3.0 END, CASE WHEN h & 2048 = 0 THEN 'channel ' || ((h >> 35) & 3) END,
	CASE WHEN h & 4096 = 0 THEN ((h >> 40) & 15) / 15.0 END
FROM (SELECT i, hashint8extended(i, 5) FROM generate_series(1, 3000) i) q(i, h);
INSERT INTO events VALUES (3001, 1, NULL, 'visit', 1, 'x', 1), (3002, 2, '2026-01-05Z', NULL, 1, 'x', 1), (3003, 999, NULL, NULL, NULL, NULL, NULL),
	(3004, 999, '2026-01-05Z', NULL, NULL, NULL, NULL), (3005, 3, '2026-01-05Z', 'visit', NULL, NULL, NULL);
CREATE TABLE timelines AS
SELECT customer, timeline(at, event, value, channel, feeling) AS t FROM events GROUP BY customer;
SELECT bool_and(t IS NOT DISTINCT FROM same) FROM timelines JOIN (
	SELECT customer, timeline(at, event COLLATE "default", value, channel COLLATE "default", feeling) AS same FROM events GROUP BY customer) s USING (customer);
CREATE TABLE journeys (key int, j journey);
INSERT INTO journeys VALUES
	(1, 'visit -> cart -> pay'), (2, 'visit -> cart -> pay within 5 days'), (3, 'visit -> cart -> pay within 5 days strict'),
	(4, 'visit -> cart -> pay within 5 days any order'), (5, 'visit -> cart? -> pay within 9 days'), (6, 'visit -> cart -> pay within 9 days open'),
	(7, 'visit -> cart -> pay within 5 days attempts'),
	(8, journey(ARRAY[stage('visit'), stage('é "x"', without => '{other}'), stage('pay', within => '2 days')], within => '9 days')),
	(9, scope('visit -> cart -> pay within 9 days', as_of => '2026-01-15Z', entered_from => '2026-01-03Z'));
CREATE TABLE funnels AS
SELECT key, customer % 11 AS segment, funnel(j, t) AS f FROM journeys, timelines GROUP BY 1, 2;
INSERT INTO funnels VALUES (1, 11, NULL), (2, 12, NULL);
SELECT count(*), count(t) FROM timelines;
SELECT count(*), count(DISTINCT f) FROM funnels;

-- what was sent is what comes: as text, and in the binary form by COPY
\getenv directory PG_ABS_BUILDDIR
\set file :directory '/results/split.bin'
\setenv SPLIT_FILE :file
CREATE TABLE sent AS
SELECT row_number() OVER () AS id, s.* FROM (
	SELECT t, NULL::funnel AS f, NULL::journey AS j, NULL::stage AS s FROM timelines
	UNION ALL SELECT NULL, f, NULL, NULL FROM funnels UNION ALL SELECT NULL, NULL, j, NULL FROM journeys
	UNION ALL SELECT NULL, NULL, NULL, stage('s' || customer, ARRAY(SELECT DISTINCT event FROM events(t) WHERE event <> ''), customer % 2 = 0 AND customer > 0) FROM timelines
	WHERE num_events(t) > 0) s;
CREATE TABLE received (LIKE sent);
COPY sent TO STDOUT (FORMAT binary) \g :file
\copy received from program 'cat "$SPLIT_FILE"' (format binary)
INSERT INTO received SELECT id, t::text::timeline, f::text::funnel, j::text::journey, s::text::stage FROM sent;
SELECT count(*) / count(DISTINCT a.id) AS ways, bool_and(a.t IS NOT DISTINCT FROM b.t AND a.f IS NOT DISTINCT FROM b.f AND a.j IS NOT DISTINCT FROM b.j AND a.s IS NOT DISTINCT FROM b.s) AS equal,
	bool_and((timeline_send(a.t), funnel_send(a.f), journey_send(a.j), stage_send(a.s)) IS NOT DISTINCT FROM (timeline_send(b.t), funnel_send(b.f), journey_send(b.j), stage_send(b.s))) AS same_bytes
FROM sent a JOIN received b USING (id);
DROP TABLE sent, received;

-- ----------------------------------------------------------------------
-- Split aggregates
-- ----------------------------------------------------------------------
-- NAME_part(...) gives the state, comb(state) combines; from the catalogues
DO $$
DECLARE
	a record;
BEGIN
	FOR a IN SELECT *, (SELECT string_agg(arg::regtype::text, ', ' ORDER BY n) FROM unnest(proargtypes::oid[]) WITH ORDINALITY u(arg, n)) AS args FROM splittable LOOP
		EXECUTE format('CREATE AGGREGATE %I(%s) (SFUNC = %s, STYPE = %s)', a.proname || '_part', a.args, a.aggtransfn, a.aggtranstype::regtype);
	END LOOP;
	-- fails if there are two ways to combine a type
	FOR a IN SELECT DISTINCT aggtranstype::regtype AS state, aggcombinefn FROM splittable WHERE aggfinalfn = 0 LOOP
		EXECUTE format('CREATE AGGREGATE comb(%s) (SFUNC = %s, STYPE = %s)', a.state, a.aggcombinefn, a.state);
	END LOOP;
END
$$;
-- which part a row goes to; of seven, two stay empty
CREATE FUNCTION part(split text, parts int, id bigint, customer bigint, at timestamptz) RETURNS int LANGUAGE sql AS $$
	SELECT CASE WHEN parts = 7 AND part IN (0, 4) THEN part + 1 ELSE part END
	FROM (SELECT CASE split
		WHEN 'by customer' THEN (hashint8extended(customer, 3) & 1023) % parts
		WHEN 'by row' THEN (hashint8extended(id, 7) & 1023) % parts
		ELSE least(parts - 1, parts * extract(epoch FROM coalesce(at, '2026-01-01Z') - timestamptz '2026-01-01Z')::bigint / (512 * 3600)) END::int) q(part)
$$;
CREATE VIEW splits AS
SELECT split, parts, part FROM unnest('{by customer,by row,by time}'::text[]) split, unnest('{1,2,7}'::int[]) parts, LATERAL generate_series(0, parts - 1) part;

-- the answers without splitting; a key for each group
CREATE TABLE whole (aggregate text, key int, t timeline, f funnel);
INSERT INTO whole
SELECT 'timeline 2', customer, timeline(at, event), NULL::funnel FROM events GROUP BY 2
UNION ALL SELECT 'timeline 3', customer, timeline(at, event, value), NULL FROM events GROUP BY 2
UNION ALL SELECT 'timeline 4', customer, timeline(at, event, value, channel), NULL FROM events GROUP BY 2
UNION ALL SELECT 'timeline 5', customer, timeline(at, event, value, channel, feeling), NULL FROM events GROUP BY 2
UNION ALL SELECT 'rollup timeline', customer % 3, rollup(t), NULL FROM timelines GROUP BY 2
UNION ALL SELECT 'funnel', key, NULL, funnel(j, t) FROM journeys, timelines GROUP BY 2
UNION ALL SELECT 'rollup funnel', key, NULL, rollup(f) FROM funnels GROUP BY 2;

-- each part's state, NULL for an empty one
CREATE TABLE states (form text, aggregate text, split text, parts int, part int, key int, t timeline, f funnel);
CREATE TABLE dealt AS
SELECT split, parts, part(split, parts, id, customer, at) AS part, e.* FROM (SELECT DISTINCT split, parts FROM splits) s, events e;
INSERT INTO states
SELECT 'as it is', aggregate, split, parts, part, customer, state, NULL
FROM (SELECT split, parts, part, customer, timeline_part(at, event) AS t2, timeline_part(at, event, value) AS t3,
		timeline_part(at, event, value, channel) AS t4, timeline_part(at, event, value, channel, feeling) AS t5
	FROM (splits CROSS JOIN (SELECT DISTINCT customer FROM events) c) LEFT JOIN dealt USING (split, parts, part, customer) GROUP BY 1, 2, 3, 4) s,
	LATERAL (VALUES ('timeline 2', t2), ('timeline 3', t3), ('timeline 4', t4), ('timeline 5', t5)) v(aggregate, state);
INSERT INTO states
SELECT 'as it is', 'rollup timeline', split, parts, s.part, group_no, rollup_part(t), NULL
FROM splits s CROSS JOIN generate_series(0, 2) group_no
	LEFT JOIN timelines ON customer % 3 = group_no AND part(split, parts, customer, customer, first_at(t)) = s.part
GROUP BY split, parts, s.part, group_no;
INSERT INTO states
SELECT 'as it is', 'funnel', split, parts, s.part, key, NULL, funnel_part(j, t)
FROM splits s CROSS JOIN journeys LEFT JOIN timelines ON part(split, parts, customer, customer, first_at(t)) = s.part
GROUP BY split, parts, s.part, key;
INSERT INTO states
SELECT 'as it is', 'rollup funnel', split, parts, s.part, k.key, NULL, rollup_part(f)
FROM splits s CROSS JOIN journeys k LEFT JOIN funnels f ON f.key = k.key AND part(split, parts, segment * 7 + f.key, segment, timestamptz '2026-01-01Z' + segment * interval '2 days') = s.part
GROUP BY split, parts, s.part, k.key;
SELECT aggregate, count(*) AS states, count(t) + count(f) AS not_null FROM states GROUP BY 1 ORDER BY 1;

-- on its way
CREATE TABLE arrived (LIKE states);
COPY states TO STDOUT (FORMAT binary) \g :file
\copy arrived from program 'cat "$SPLIT_FILE"' (format binary)
UPDATE arrived SET form = 'binary';
INSERT INTO arrived SELECT * FROM states
UNION ALL SELECT 'text', aggregate, split, parts, part, key, t::text::timeline, f::text::funnel FROM states;
-- combined, in the order of the parts and against it
SELECT aggregate, form, split, count(*) AS groups, count(DISTINCT parts) AS ways,
	count(*) FILTER (WHERE timeline_send(w.t) IS DISTINCT FROM timeline_send(c.t) OR timeline_send(w.t) IS DISTINCT FROM timeline_send(c.back_t)
		OR funnel_send(w.f) IS DISTINCT FROM funnel_send(c.f) OR funnel_send(w.f) IS DISTINCT FROM funnel_send(c.back_f)) AS different
FROM whole w JOIN (
	SELECT aggregate, form, split, parts, key, comb(t ORDER BY part) AS t, comb(t ORDER BY part DESC) AS back_t, comb(f ORDER BY part) AS f, comb(f ORDER BY part DESC) AS back_f
	FROM arrived GROUP BY 1, 2, 3, 4, 5) c USING (aggregate, key)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- nothing at all
SELECT comb(t) IS NULL, comb(f) IS NULL FROM arrived WHERE false;
SELECT comb(t) IS NULL, comb(f) IS NULL FROM arrived WHERE t IS NULL AND f IS NULL;

-- two levels, both split: rows to timelines, timelines to a funnel; one level says the same
SELECT split, parts, bool_and(funnel_send(two) = funnel_send(one)) AS same_bytes
FROM (SELECT split, parts, key, comb(f::text::funnel) AS two
	FROM (SELECT split, parts, key, customer % parts AS part, funnel_part(j, t) AS f
		FROM (SELECT split, parts, key AS customer, comb(t::text::timeline) AS t FROM states WHERE aggregate = 'timeline 5' GROUP BY 1, 2, 3) c, journeys GROUP BY 1, 2, 3, 4) p
	GROUP BY 1, 2, 3) a
	JOIN (SELECT key, funnel(j, customer, at, event, value, channel, feeling) AS one FROM events, journeys GROUP BY key) b USING (key)
GROUP BY 1, 2 ORDER BY 1, 2;

-- ----------------------------------------------------------------------
-- Nothing is carried from row to row but the state
-- ----------------------------------------------------------------------
-- Some engines call the function anew for each row, so that what it keeps
-- beside its state is lost: here each row is a query of its own, which goes on
-- from the state, as text, that the row before has left.
CREATE FUNCTION row_by_row(args text, sfunc text, state text, source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	step text;
BEGIN
	FOR step IN EXECUTE source LOOP
		EXECUTE format('CREATE OR REPLACE AGGREGATE test_split.step(%s) (SFUNC = %s, STYPE = %s%s)', args, sfunc, state, ', INITCOND = ' || quote_literal(result));
		EXECUTE 'SELECT test_split.step(' || step || ')::text' INTO result;
	END LOOP;
	RETURN result;
END
$$;
SELECT row_by_row('timestamptz, text, float8, text, float8', 'timeline_add', 'timeline',
	'SELECT format(''%L, %L, %L, %L, %L'', at, event, value, channel, feeling) FROM events WHERE customer = 1 ORDER BY id DESC')::timeline = t FROM timelines WHERE customer = 1;
SELECT row_by_row('timeline', 'timeline_concat', 'timeline', 'SELECT format(''%L::timeline'', t) FROM timelines WHERE customer < 20')::timeline
	= (SELECT rollup(t) FROM timelines WHERE customer < 20);
SELECT row_by_row('funnel', 'funnel_add', 'funnel', 'SELECT format(''%L::funnel'', f) FROM funnels WHERE key = 8')::funnel = f FROM whole WHERE aggregate = 'rollup funnel' AND key = 8;
SELECT key, row_by_row('journey, timeline', 'funnel_add_timeline', 'funnel', format('SELECT format(''%%L, %%L'', j, t) FROM journeys, timelines WHERE customer < 20 AND key = %s', key))::funnel
	= (SELECT funnel(j, t) FROM timelines WHERE customer < 20) AS same FROM journeys ORDER BY key;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA test_split CASCADE;
