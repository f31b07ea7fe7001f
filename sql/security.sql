-- what an ordinary user may do, and that nobody makes him call foreign code
\set VERBOSITY terse
SELECT current_database() AS home \gset
CREATE ROLE regress_journey_user;
CREATE ROLE regress_journey_other;
CREATE DATABASE regress_journey_security TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
GRANT CREATE ON DATABASE regress_journey_security TO regress_journey_user;
\c regress_journey_security

-- trusted: a user who may create a schema installs it there
SET ROLE regress_journey_user;
CREATE SCHEMA mine;
CREATE EXTENSION journey SCHEMA mine;
SELECT extowner::regrole, extnamespace::regnamespace FROM pg_extension WHERE extname = 'journey';
RESET ROLE;

CREATE VIEW members AS
SELECT d.classid, d.objid FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'journey');
CREATE VIEW functions AS
SELECT p.* FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid;

-- nothing runs with its owner's rights, and nothing is stored that could be read with them
SELECT oid::regprocedure FROM functions WHERE prosecdef;
SELECT objid::regclass FROM members WHERE classid = 'pg_class'::regclass;
-- bodies in a language that looks names up are parsed when they are made, or have a search_path with
-- pg_catalog first and pg_temp last; but for a procedure that commits, which may not have one
SELECT p.oid::regprocedure, p.proconfig
FROM functions p JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname NOT IN ('c', 'internal') AND p.prosqlbody IS NULL
	AND NOT EXISTS (SELECT FROM unnest(p.proconfig) setting
		WHERE setting ~ '^search_path=pg_catalog, (mine, )?pg_temp$')
ORDER BY 1;
-- any user may call all of them, since views do so with the rights of who reads the view
SELECT oid::regprocedure FROM functions
WHERE NOT has_function_privilege('regress_journey_other', oid, 'EXECUTE');

-- calls that must give the same with hostile objects everywhere; each is qualified in full
CREATE TABLE calls (no integer PRIMARY KEY, call text NOT NULL, plain text, hostile text);
CREATE TABLE mine.visits (customer bigint, at timestamptz, event text, value float8, channel text, feeling float8);
INSERT INTO mine.visits
SELECT i, '2026-01-01 00:00Z'::timestamptz + make_interval(secs => i * 7 + s * 60), (ARRAY['a', 'b', 'c'])[s],
	i * s, (ARRAY['web', 'app'])[1 + i % 2], (i % 5 - 2) / 2.0
FROM generate_series(1, 60) i, generate_series(1, 3) s WHERE (i + s) % 4 <> 0;
ALTER TABLE mine.visits OWNER TO regress_journey_user;
INSERT INTO calls VALUES
	(1, $$SELECT mine.funnel('a -> b -> c within 1 day'::mine.journey, v.customer, v.at, v.event, v.value, v.channel, v.feeling)::pg_catalog.text FROM mine.visits v$$),
	(2, $$SELECT mine.funnel('a -> b'::mine.journey, t.t)::pg_catalog.text FROM (SELECT mine.timeline(v.at, v.event, v.value, v.channel, v.feeling) t FROM mine.visits v GROUP BY v.customer) t$$),
	(3, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.stages(s.f) r$$),
	(4, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.leaks(s.f) r$$),
	(5, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.worst_leak(s.f) r$$),
	(6, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.touchpoints(s.f) r$$),
	(7, $$SELECT mine.bars(s.f) FROM mine.saved s$$),
	(8, $$SELECT (s.f OPERATOR(mine.+) s.f)::pg_catalog.json::pg_catalog.text FROM mine.saved s$$),
	(9, $$SELECT mine.rollup(s.f)::pg_catalog.jsonb::pg_catalog.text FROM mine.saved s$$),
	(10, $$SELECT mine.journey(ARRAY[mine.stage('a'), mine.stage('b', within => '1 day')], title => 't')::pg_catalog.text$$),
	(11, $$SELECT mine.scope('a -> b', as_of => '2026-01-02Z')::pg_catalog.jsonb::pg_catalog.text$$),
	(12, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.progress('a -> b -> c', s.t) r$$),
	(13, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.events(s.t) r$$),
	(14, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.sessions(s.t, '10 minutes') r$$),
	(15, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.timelines('SELECT v.customer, v.at, v.event FROM mine.visits v', NULL::pg_catalog.int8) r$$),
	(16, $$SELECT mine.conversion(s.f)::pg_catalog.text FROM mine.saved s$$),
	(17, $$SELECT mine.time_to_convert(s.f)::pg_catalog.text FROM mine.saved s$$),
	(18, $$SELECT (mine.merge(s.t, s.t) OPERATOR(mine.=) s.t)::pg_catalog.text FROM mine.saved s$$),
	(19, $$SELECT pg_catalog.count(DISTINCT s.j)::pg_catalog.text FROM mine.saved s$$),
	(20, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.ready_maps() r$$),
	(21, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.what_if(s.f, '{"a": {"drop_off": 0.1}}') r$$),
	(22, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.compare(s.f, s.f) r$$),
	(23, $$SELECT pg_catalog.string_agg(r::pg_catalog.text, '; ') FROM mine.saved s, mine.journey_map(mine.journey(s.f), s.f) r$$),
	(24, $$SELECT pg_catalog.concat(mine.svg(s.f), mine.mermaid(s.f), mine.vega_lite(s.f)) FROM mine.saved s$$);
CREATE TABLE mine.saved AS
SELECT mine.funnel('a -> b -> c', customer, at, event, value, channel, feeling) AS f,
	mine.timeline(at, event, value) AS t, 'a -> b'::mine.journey AS j
FROM mine.visits;
ALTER TABLE mine.saved OWNER TO regress_journey_user;
GRANT ALL ON calls TO regress_journey_user;

-- a function in such a language must have a call above; those of reports are called below
SELECT p.oid::regprocedure
FROM functions p JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname NOT IN ('c', 'internal') AND p.proname !~ 'report|refresh'
	AND NOT EXISTS (SELECT FROM calls WHERE position('mine.' || p.proname || '(' IN call) > 0)
ORDER BY 1;

SET ROLE regress_journey_user;
DO $$
DECLARE
	c record;
	result text;
BEGIN
	FOR c IN SELECT * FROM calls LOOP
		EXECUTE c.call INTO result;
		UPDATE calls SET plain = result WHERE no = c.no;
	END LOOP;
END $$;
SELECT count(*) AS calls, count(plain) AS answered FROM calls;

-- the same for a report
SELECT mine.journey_create_report('before', 'a -> b -> c within 1 day', 'mine.visits', 'customer', value => 'value',
	segment => 'channel', schema => 'mine');
CALL mine.journey_refresh('before', schema => 'mine');
RESET ROLE;

-- in a schema that comes first: every function and operator there is, raising an error, and every type as another
CREATE SCHEMA evil AUTHORIZATION regress_journey_other;
GRANT USAGE ON SCHEMA evil TO regress_journey_user;
DO $$
DECLARE
	f record;
	planted integer := 0;
BEGIN
	FOR f IN
		SELECT p.proname, oidvectortypes(p.proargtypes) AS arguments, p.proretset,
			format_type(p.prorettype, NULL) AS result
		FROM pg_catalog.pg_proc p
		WHERE p.pronamespace IN ('pg_catalog'::regnamespace, 'mine'::regnamespace) AND p.prokind = 'f'
			AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typtype = 'p' AND NOT t.typname ~ '^any|record'
				AND (t.oid = p.prorettype OR t.oid = ANY (p.proargtypes)))
	LOOP
		BEGIN
			EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s %s LANGUAGE plpgsql AS %L', f.proname,
				f.arguments, CASE WHEN f.proretset THEN 'SETOF' ELSE '' END, f.result,
				format('BEGIN RAISE EXCEPTION %L; END', 'captured: ' || f.proname));
			planted := planted + 1;
		EXCEPTION WHEN feature_not_supported OR invalid_function_definition OR invalid_parameter_value OR syntax_error THEN
			NULL;	-- one that cannot be written in this language
		END;
	END LOOP;
	RAISE NOTICE 'more than 2000 functions: %', planted > 2000;
END $$;
DO $$
DECLARE
	o record;
	planted integer := 0;
BEGIN
	FOR o IN
		SELECT op.oid, op.oprname, format_type(op.oprright, NULL) AS r, format_type(op.oprresult, NULL) AS result,
			CASE WHEN op.oprleft <> 0 THEN format_type(op.oprleft, NULL) END AS l
		FROM pg_operator op
		WHERE op.oprnamespace IN ('pg_catalog'::regnamespace, 'mine'::regnamespace) AND op.oprresult <> 0
	LOOP
		BEGIN
			EXECUTE format('CREATE FUNCTION evil.captured_%s(%s) RETURNS %s LANGUAGE plpgsql AS %L', o.oid,
				concat_ws(', ', o.l, o.r), o.result, format('BEGIN RAISE EXCEPTION %L; END', 'captured: ' || o.oprname));
			EXECUTE format('CREATE OPERATOR evil.%s (%s RIGHTARG = %s, FUNCTION = evil.captured_%s)', o.oprname,
				'LEFTARG = ' || o.l || ',', o.r, o.oid);
			planted := planted + 1;
		EXCEPTION WHEN feature_not_supported OR invalid_function_definition OR invalid_parameter_value OR syntax_error THEN
			NULL;
		END;
	END LOOP;
	RAISE NOTICE 'more than 500 operators: %', planted > 500;
END $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA evil TO PUBLIC;

-- in the session's own temporary schema, which names of tables and types are looked up in first of all
SET ROLE regress_journey_user;
DO $$
DECLARE
	name text;
	planted integer := 0;
BEGIN
	FOR name IN
		SELECT c.relname FROM pg_catalog.pg_class c
		WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
	LOOP
		EXECUTE format('CREATE TEMP TABLE %I (captured integer)', name);
		planted := planted + 1;
	END LOOP;
	FOR name IN
		SELECT t.typname FROM pg_catalog.pg_type t
		WHERE t.typnamespace IN ('pg_catalog'::pg_catalog.regnamespace, 'mine'::pg_catalog.regnamespace)
			AND t.typtype = 'b' AND t.typelem = 0
	LOOP
		EXECUTE pg_catalog.format('CREATE DOMAIN pg_temp.%I AS pg_catalog.bool', name);
		planted := planted OPERATOR(pg_catalog.+) 1;
	END LOOP;
	RAISE NOTICE 'more than 100 relations and types: %', planted OPERATOR(pg_catalog.>) 100;
END $$;

SET search_path = evil, pg_catalog, mine, public;
DO $$
DECLARE
	c record;
	result pg_catalog.text;
BEGIN
	FOR c IN SELECT no, call FROM public.calls LOOP
		EXECUTE c.call INTO result;
		UPDATE public.calls SET hostile = result WHERE no OPERATOR(pg_catalog.=) c.no;
	END LOOP;
END $$;
SELECT mine.journey_create_report('after', 'a -> b -> c within 1 day', 'mine.visits', 'customer', value => 'value',
	segment => 'channel', schema => 'mine');
CALL mine.journey_refresh('after', schema => 'mine');
CALL mine.journey_refresh('after', recompute => true, schema => 'mine');
SELECT name, periods FROM mine.journey_reports();
-- one that fails; and has an end
SELECT mine.journey_create_report('broken', 'a -> b within 1 day', 'mine.visits', 'customer',
	value => 'pg_catalog.float8div(1, pg_catalog.float8mi(value, value))', schema => 'mine');
CALL mine.journey_refresh('broken', schema => 'mine');
SELECT mine.journey_alter_report('broken', source => 'SELECT v.customer, v.at, v.event FROM mine.visits v', value => '', schema => 'mine');
CALL mine.journey_refresh('broken', schema => 'mine');
SELECT mine.journey_drop_report('broken', schema => 'mine');

-- the trap works: what is not qualified is caught
SELECT lower('X');
SELECT 1 + 1;
SELECT captured FROM pg_class;
SET search_path = public, pg_catalog, pg_temp;
SELECT no, call FROM calls WHERE plain IS DISTINCT FROM hostile;
SELECT count(*) AS stages, count(*) FILTER (WHERE (a.reached, a.dropped, a.waiting, a.value, a.value_lost, a.feeling)
	IS DISTINCT FROM (b.reached, b.dropped, b.waiting, b.value, b.value_lost, b.feeling)) AS different
FROM mine.before_stages a FULL JOIN mine.after_stages b USING (period, segment, stage_no);
RESET ROLE;

-- what stands in the target schema beforehand is neither called nor taken over
CREATE SCHEMA theirs AUTHORIZATION regress_journey_other;
SET client_min_messages = warning;
DROP EXTENSION journey CASCADE;
CREATE FUNCTION theirs.stage_in(cstring) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE DOMAIN theirs.text AS integer;
CREATE DOMAIN theirs.timestamptz AS integer;
\set VERBOSITY sqlstate
CREATE EXTENSION journey SCHEMA theirs;
\set VERBOSITY terse
DROP FUNCTION theirs.stage_in(cstring);
CREATE EXTENSION journey SCHEMA theirs;
SELECT p.oid::regprocedure FROM functions p
WHERE EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = 'theirs'::regnamespace AND t.typtype = 'd'
	AND t.oid = ANY (p.proargtypes));

\c :home
DROP DATABASE regress_journey_security;
DROP ROLE regress_journey_user;
DROP ROLE regress_journey_other;
