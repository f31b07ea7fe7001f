-- reports: what goes wrong with names, definitions and sources, and what the messages say to do
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_journey_owner;
CREATE ROLE regress_journey_other;
CREATE ROLE regress_journey_reader;
CREATE SCHEMA mine AUTHORIZATION regress_journey_owner;
CREATE SCHEMA evil AUTHORIZATION regress_journey_other;
GRANT USAGE ON SCHEMA evil TO public;
CREATE FUNCTION refused(statement text) RETURNS TABLE (code text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	code := 'none';
	RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END
$$;
SET ROLE regress_journey_owner;
SET search_path = mine, public;
CREATE TABLE visits (customer_id int, ts timestamptz, kind text, price numeric, note text);
INSERT INTO visits SELECT n, timestamptz '2026-03-01Z' + e * interval '1 hour', (ARRAY['a', 'b'])[e], n, n::text
FROM generate_series(1, 10) n, generate_series(1, 2) e WHERE n + e < 10;
-- a report of this table, but for what is said
CREATE FUNCTION creating(source text DEFAULT 'visits', customer text DEFAULT 'customer_id', at text DEFAULT 'ts', event text DEFAULT 'kind',
	more text DEFAULT '', name text DEFAULT 'shop') RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT journey_create_report(%L, ''a -> b within 1 day'', %L, %L, %L, %L%s)', name, source, customer, at, event, more)
$$;

-- what has one of the names is neither replaced nor dropped
CREATE VIEW shop_map AS SELECT 'mine' AS own;
CREATE TABLE store_leaks (own text);
CREATE SEQUENCE stall_runs;
\x on
SELECT r.* FROM unnest(ARRAY['shop', 'store', 'stall']) report, refused(creating(name => report)) r;
SELECT own FROM shop_map;
DROP VIEW shop_map;
-- nor can what nobody else sees be made
SELECT r.* FROM unnest(ARRAY['pg_temp', 'pg_temp_3', 'nowhere']) place, refused(creating(more => format(', schema => %L', place))) r;
SET search_path = pg_temp, mine, public;
CREATE TEMP TABLE t ();
SELECT r.code, r.message, r.hint FROM refused(creating()) r;
SET search_path = mine, public;

-- columns that are not there, and what is no expression
SELECT r.* FROM refused($$SELECT journey_create_report('shop', 'a -> b within 1 day', 'visits')$$) r;
SELECT r.* FROM refused(creating(at => 'at')) r
UNION ALL SELECT r.* FROM refused(creating(event => 'event')) r
UNION ALL SELECT r.* FROM refused(creating(customer => 'customers_id')) r
UNION ALL SELECT r.* FROM refused(creating(more => ', segment => ''country''')) r
UNION ALL SELECT r.* FROM refused(creating(customer => '')) r
UNION ALL SELECT r.* FROM refused(creating(at => ' ')) r
UNION ALL SELECT r.* FROM refused(creating(more => ', channel => '' ''')) r
UNION ALL SELECT r.* FROM refused(creating(customer => 'customer_id +')) r
UNION ALL SELECT r.code, r.message, substring(r.detail FROM 'It stands.*'), substring(r.hint FROM 'event is.*') FROM refused(creating(event => 'nothing(kind)')) r
UNION ALL SELECT r.* FROM refused(creating(more => ', time_zone => ''Mars/Olympus''')) r;

-- a source that is neither a name nor a query
SELECT given, r.* FROM unnest(ARRAY['visits v', '', 'ONLY visits', '/* c */ SELECT * FROM visits', 'DELETE FROM visits', 'a.b.c.d', 'other.mine.visits', 'stall_runs']) given,
	refused(creating(source => given)) r;

-- what the hint says for a time or a number of another type can be done
\x off
CREATE DOMAIN moment AS timestamp;
CREATE TABLE typed (customer_id int, kind text, a_timestamp timestamp, a_domain moment, a_date date, a_bigint bigint, an_integer int, a_numeric numeric,
	a_double float8, a_text text, a_varchar varchar(20), a_char char(10), a_jsonb jsonb, a_time time, digits text, a_boolean boolean, a_money money, an_interval interval,
	a_number jsonb, a_real real, a_smallint smallint);
INSERT INTO typed VALUES (1, 'a', '2026-03-01', '2026-03-01', '2026-03-01', 1772323200, 1772323200, 1772323200, 1772323200, '2026-03-01', '2026-03-01', '2026-03-01', '{"at": 1}', '10:00',
	'7', true, '7.00', '7 s', '7', 7, 7);
CREATE TABLE hints AS
SELECT argument, argument || '_' || typed AS report, r.code, r.message, r.hint,
	replace((regexp_match(r.hint, $r$ => '((?:[^']|'')+)'.$$r$))[1], $$''$$, $$'$$) AS hinted
FROM (SELECT 'at', unnest(ARRAY['a_timestamp', 'a_domain', 'a_date', 'a_bigint', 'an_integer', 'a_numeric', 'a_double', 'a_text', 'a_varchar', 'a_char', 'a_jsonb', 'a_time'])
	UNION ALL SELECT 'value', unnest(ARRAY['digits', 'a_boolean', 'a_money', 'an_interval', 'a_number', 'a_time'])
	UNION ALL SELECT 'feeling', 'digits') a(argument, typed),
	refused(creating('typed', at => CASE argument WHEN 'at' THEN typed ELSE 'now()' END, more => CASE argument WHEN 'at' THEN '' ELSE format(', %s => %L', argument, typed) END)) r;
SELECT code, message, hint FROM hints ORDER BY report;
SELECT creating('typed', at => CASE argument WHEN 'at' THEN hinted ELSE 'timestamptz ''2026-03-01Z''' END,
	more => CASE argument WHEN 'value' THEN format(', value => %L', hinted) ELSE '' END, name => report) AS created
FROM hints WHERE hinted <> '...' AND argument <> 'feeling' ORDER BY report
\gexec
SELECT format('CALL journey_refresh(%L)', name) FROM journey_reports() ORDER BY name
\gexec
SELECT format('SELECT period_start AT TIME ZONE ''UTC'' AS %s FROM %1$s_trend', name) FROM journey_reports() WHERE name ~ '^at' ORDER BY name
\gexec
SELECT format('SELECT value AS %s FROM %1$s_trend', name) FROM journey_reports() WHERE name ~ '^value' ORDER BY name
\gexec
SELECT count(journey_drop_report(name)) FROM journey_reports();
-- any number will do
SELECT typed, r.code FROM unnest(ARRAY['a_bigint', 'an_integer', 'a_smallint', 'a_numeric', 'a_double', 'a_real', 'NULL::float8', '1']) WITH ORDINALITY AS t(typed, n),
	refused(creating('typed', at => 'now()', more => format(', value => %L, feeling => %1$L', typed), name => 'number' || n)) r;
SELECT count(journey_drop_report(name)) FROM journey_reports();

-- no name
SELECT r.* FROM refused('SELECT journey_alter_report(NULL)') r
UNION ALL SELECT r.* FROM refused('SELECT journey_drop_report(NULL)') r;
\set VERBOSITY default
\set SHOW_CONTEXT never
CALL journey_refresh(NULL);

-- the source changes behind a report's back: the message says what helps, and it does
CREATE VIEW source AS SELECT customer_id, ts, kind, price FROM visits;
CREATE FUNCTION factor(numeric) RETURNS numeric LANGUAGE sql RETURN 1;
SELECT journey_create_report('shop', 'a -> b within 1 day', 'source', 'customer_id', 'ts', 'kind', value => 'price * factor(price)');
ALTER VIEW source RENAME TO renamed;
CALL journey_refresh('shop');
SELECT error_hint FROM shop_runs ORDER BY run_no DESC LIMIT 1;
SELECT journey_alter_report('shop', source => 'renamed');
CALL journey_refresh('shop');
ALTER VIEW renamed RENAME kind TO what;
CALL journey_refresh('shop');
SELECT journey_alter_report('shop', event => 'what');
DROP FUNCTION factor(numeric);
\set VERBOSITY sqlstate
CALL journey_refresh('shop');
\set VERBOSITY default
SELECT error, substring(error_hint FROM 'Was.*') AS hint FROM shop_runs ORDER BY run_no DESC LIMIT 1;
SELECT journey_alter_report('shop', value => 'price');
DROP VIEW renamed;
CREATE VIEW renamed AS SELECT customer_id, ts, kind AS what, price > 0 AS price FROM visits;
CALL journey_refresh('shop');
SELECT journey_alter_report('shop', source => 'visits', event => 'kind', value => 'price');
CALL journey_refresh('shop');
-- a row that cannot be counted; what else fails says that it can go on
UPDATE visits SET price = 'NaN' WHERE customer_id = 3;
CALL journey_refresh('shop');
SELECT journey_alter_report('shop', source => $$SELECT * FROM visits WHERE price <> 'NaN'$$);
CALL journey_refresh('shop');
SELECT journey_alter_report('shop', value => '1 / (price - 4)');
CALL journey_refresh('shop');
SELECT journey_alter_report('shop', value => '');
CALL journey_refresh('shop');
\set VERBOSITY terse

-- who may read anything of a report sees it in the list, and no more than that it is there
\x on
GRANT USAGE ON SCHEMA mine TO regress_journey_reader, regress_journey_other;
GRANT SELECT ON shop_trend, shop_runs TO regress_journey_reader;
SET ROLE regress_journey_reader;
SELECT * FROM journey_reports();
SET ROLE regress_journey_other;
SELECT * FROM journey_reports();
-- nobody can break the list of another: a definition without a report, one with a name that none has, and what is temporary
CREATE TABLE evil.foo_report OF journey_report;
CREATE TABLE evil.weird OF journey_report;
CREATE TABLE evil."Bar_report" OF journey_report;
CREATE TEMP TABLE tmp_report OF journey_report;
GRANT SELECT ON evil.foo_report, evil.weird, evil."Bar_report", tmp_report TO public;
SELECT schema, name, owner, views FROM journey_reports();
SET ROLE regress_journey_owner;
SELECT schema, name, owner, views, journey FROM journey_reports();
-- of one that is not whole the list says that it is there
ALTER TABLE shop_journeys RENAME TO put_away;
SELECT schema, name, owner, views, journey FROM journey_reports() WHERE schema = 'mine';
-- and it reads nothing in its place that is another's
GRANT CREATE ON SCHEMA mine TO regress_journey_other;
SET ROLE regress_journey_other;
CREATE TABLE mine.shop_journeys (journey_no int, journey text);
INSERT INTO mine.shop_journeys VALUES (1, 'planted');
GRANT SELECT ON mine.shop_journeys TO public;
SET ROLE regress_journey_owner;
SELECT schema, name, owner, views, journey FROM journey_reports() WHERE schema = 'mine';
SET ROLE regress_journey_other;
DROP TABLE mine.shop_journeys;
SET ROLE regress_journey_owner;
REVOKE CREATE ON SCHEMA mine FROM regress_journey_other;
ALTER TABLE put_away RENAME TO shop_journeys;
SELECT schema, name, owner, views, journey, source FROM journey_reports() WHERE schema = 'mine';
\x off

-- dropping: not what others use; then also what has lost a part
CREATE VIEW top AS SELECT stage FROM shop_stages;
SELECT r.* FROM refused($$SELECT journey_drop_report('shop')$$) r;
DROP VIEW top;
CREATE VIEW top AS SELECT summary FROM shop_results;
SELECT r.* FROM refused($$SELECT journey_drop_report('shop')$$) r;
DROP VIEW top;
DROP VIEW shop_map;
CREATE TABLE shop_map (own text);
DROP TABLE shop_run_log CASCADE;
SET client_min_messages = notice;
SELECT journey_drop_report('shop');
SET client_min_messages = warning;
SELECT relname FROM pg_class WHERE relnamespace = 'mine'::regnamespace AND relname LIKE 'shop%';
DROP TABLE shop_map;

-- what DROP EXTENSION ... CASCADE leaves of a report is in the way of another
SELECT journey_create_report('shop', 'a -> b within 1 day', 'visits', 'customer_id', 'ts', 'kind');
RESET ROLE;
BEGIN;
DROP EXTENSION journey CASCADE;
CREATE EXTENSION journey SCHEMA public;
SET ROLE regress_journey_owner;
SELECT relname FROM pg_class WHERE relnamespace = 'mine'::regnamespace AND relname LIKE 'shop%' AND relkind IN ('r', 'v') ORDER BY 1;
SELECT r.* FROM refused(creating()) r;
ROLLBACK;

RESET ROLE;
DROP SCHEMA mine, evil CASCADE;
DROP FUNCTION refused(text);
DROP OWNED BY regress_journey_owner, regress_journey_other, regress_journey_reader;
DROP ROLE regress_journey_owner, regress_journey_other, regress_journey_reader;
