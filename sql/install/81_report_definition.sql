-- Reports: is a definition right?  Everything that can be found out without
-- reading the source is found out when the report is created or changed.
--
-- What a caller names is looked up in the search path of the definition; an
-- error in there ends with that path, too.

CREATE FUNCTION journey_report_source(source text, path text) RETURNS text
LANGUAGE plpgsql STABLE STRICT COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	own_path constant text := current_setting('search_path');
	given text := rtrim(btrim(source, E' \t\r\n'), E'; \t\r\n');
	found_one regclass;
	result text;
BEGIN
	IF given ~* '^[(\s]*(select|with|values|table)\M' THEN
		-- a comment at its end must not reach further
		RETURN E'(\n' || given || E'\n)';
	END IF;
	BEGIN
		PERFORM set_config('search_path', path, true);
		found_one := pg_catalog.to_regclass(given);
		PERFORM pg_catalog.set_config('search_path', own_path, true);
	EXCEPTION WHEN invalid_name OR syntax_error OR feature_not_supported THEN
		NULL;	-- it is no name at all
	END;
	SELECT format('%I.%I', n.nspname, c.relname) INTO result
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.oid = found_one AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
		AND c.relpersistence <> 't';
	IF result IS NULL THEN
		RAISE EXCEPTION 'there is no table or view "%" to report on', given
			USING ERRCODE = 'undefined_table',
			HINT = 'source is the name of a table or view that is not temporary, with its schema where that is not in the search path, or a query that begins with SELECT, WITH, VALUES or TABLE.';
	END IF;
	RETURN result;
END
$$;
COMMENT ON FUNCTION journey_report_source(text, text) IS
'a source as it stands in FROM: a qualified name, looked up in path, or a query in parentheses; NULL for NULL; error 42P01 if there is no such table or view';

CREATE FUNCTION journey_report_rows(def journey_report) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 50
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO, YMD'
AS $$
BEGIN
	RETURN format(E'SELECT (%s)::pg_catalog.%s AS customer,\n'
		'(%s)::pg_catalog.timestamptz AS at,\n(%s)::pg_catalog.text AS event,\n'
		'(%s)::pg_catalog.float8 AS value,\n(%s)::pg_catalog.text AS channel,\n'
		'(%s)::pg_catalog.float8 AS feeling,\n(%s)::pg_catalog.text AS segment\n'
		'FROM %s AS source',
		def.customer, def.customer_type, def.at, def.event,
		coalesce(def.value, 'NULL'), coalesce(def.channel, 'NULL'),
		coalesce(def.feeling, 'NULL'), coalesce(def.segment, 'NULL'),
		def.source)
		|| CASE WHEN def.since IS NULL THEN '' ELSE
			format(E'\nWHERE (%s)::pg_catalog.timestamptz'
				' OPERATOR(pg_catalog.>=) %L::pg_catalog.timestamptz',
				def.at, def.since) END;
END
$$;
COMMENT ON FUNCTION journey_report_rows(journey_report) IS
'the query for the events that a report reads: customer, at, event, value, channel, feeling, segment; NULL for NULL';

CREATE FUNCTION journey_report_base_type(type regtype) RETURNS regtype
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 50
BEGIN ATOMIC
	WITH RECURSIVE t(oid, typtype, typbasetype) AS (
		SELECT oid, typtype, typbasetype FROM pg_type
		WHERE oid = journey_report_base_type.type
		UNION ALL
		SELECT b.oid, b.typtype, b.typbasetype
		FROM t JOIN pg_type b ON b.oid = t.typbasetype
		WHERE t.typtype = 'd'
	)
	SELECT oid::regtype FROM t WHERE typtype <> 'd';
END;
COMMENT ON FUNCTION journey_report_base_type(regtype) IS
'what a domain is made of in the end, any other type itself; NULL for NULL';

CREATE FUNCTION journey_report_check_place(
	name text, prefix text, schema text
) RETURNS text
LANGUAGE plpgsql STABLE COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	taken record;
BEGIN
	IF schema IS NULL THEN
		RAISE EXCEPTION 'no schema has been selected to create the report in'
			USING ERRCODE = 'invalid_schema_name',
			HINT = 'Name one with schema => ''...'', or set search_path.';
	END IF;
	IF schema ~ '^pg_(toast_)?temp(_|$)' THEN
		RAISE EXCEPTION 'a report cannot be temporary'
			USING ERRCODE = 'invalid_schema_name',
			DETAIL = format('Schema "%s" ends with the session.', schema),
			HINT = 'Name another one with schema => ''...''.';
	END IF;
	IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = schema) THEN
		RAISE EXCEPTION 'schema "%" does not exist', schema
			USING ERRCODE = 'invalid_schema_name',
			HINT = 'Create it first, or name another one with schema => ''...''.';
	END IF;
	SELECT n.nspname || '.' || c.relname AS name, lower(d.kind) AS kind,
		d.suffix = '_report' AND c.reloftype = 'journey_report'::regtype
		AS is_report INTO taken
	FROM journey_report_relations() d
	JOIN pg_class c ON c.relname = prefix || d.suffix
	JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = schema
	ORDER BY is_report DESC, c.relname
	LIMIT 1;
	IF taken.is_report THEN
		RAISE EXCEPTION 'report "%" already exists', name
			USING ERRCODE = 'duplicate_object',
			DETAIL = format('There is a table "%s".', taken.name),
			HINT = 'Change it with journey_alter_report(), or remove it with journey_drop_report().';
	ELSIF FOUND THEN
		RAISE EXCEPTION 'relation "%" already exists', taken.name
			USING ERRCODE = 'duplicate_object',
			DETAIL = format('The report "%s" would have a %s of that name.', name,
				taken.kind),
			HINT = 'Choose another name or schema for the report, or remove the relation first.';
	END IF;
	RETURN quote_ident(schema) || '.' || prefix;
END
$$;
COMMENT ON FUNCTION journey_report_check_place(text, text, text) IS
'what the qualified names of the tables and views of a new report begin with, of its name, prefix and schema; error 3F000 if the schema is NULL, temporary or not there, 42710 if one of the names is taken';

CREATE FUNCTION journey_report_check_zone(time_zone text) RETURNS void
LANGUAGE plpgsql STABLE COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	PERFORM now() AT TIME ZONE time_zone;
EXCEPTION WHEN invalid_parameter_value THEN
	RAISE EXCEPTION 'there is no time zone "%"', time_zone
		USING ERRCODE = 'invalid_parameter_value',
		HINT = 'pg_timezone_names lists them; Europe/Berlin is one.';
END
$$;
COMMENT ON FUNCTION journey_report_check_zone(text) IS
'error 22023 if there is no such time zone; nothing for NULL';

-- Planned by itself, so that an error tells which expression is wrong.
CREATE FUNCTION journey_report_expression(
	def journey_report, argument text, expression text
) RETURNS regtype
LANGUAGE plpgsql VOLATILE STRICT COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
	own_path constant text := current_setting('search_path');
	example constant text := format('%s => %L', argument, CASE argument
		WHEN 'customer' THEN 'customer_id' WHEN 'at' THEN 'created_at'
		WHEN 'event' THEN 'event_name' ELSE '...' END);
	found_one regtype;
	code text;
	message text;
	detail text;
	hint text;
BEGIN
	IF btrim(expression, E' \t\r\n') = '' THEN
		RAISE EXCEPTION '% of a report must not be empty', argument
			USING ERRCODE = 'invalid_parameter_value',
			HINT = format('Name a column of the source, or give an expression over its columns: %s.', example);
	END IF;
	PERFORM set_config('search_path', def.source_path, true);
	EXECUTE pg_catalog.format('SELECT pg_catalog.pg_typeof('
		'(SELECT (%s) FROM %s AS source LIMIT 0))', expression, def.source)
		INTO found_one;
	PERFORM pg_catalog.set_config('search_path', own_path, true);
	RETURN journey_report_base_type(found_one);
EXCEPTION WHEN syntax_error_or_access_rule_violation THEN	-- class 42
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message,
		DETAIL = concat_ws(' ', nullif(detail, ''),
			format('It stands in %s => %L.', argument, expression)),
		HINT = concat_ws(' ', nullif(hint, ''), CASE
			WHEN code <> '42703' THEN format('%s is a column of the source, or an expression over its columns.', argument)
			WHEN argument IN ('customer', 'at', 'event') THEN format('Say what it is: %s; columns called customer, at and event are the default.', example)
			ELSE format('Say what it is: %s.', example) END);
END
$$;
COMMENT ON FUNCTION journey_report_expression(journey_report, text, text) IS
'the type of an expression that a report was given for an argument, of a domain what it is made of; NULL for NULL; error 22023 if it is empty, and what PostgreSQL says if it is wrong, with the argument';

CREATE FUNCTION journey_report_check_time(found_one regtype, expression text)
RETURNS void
LANGUAGE plpgsql STABLE STRICT COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	category constant "char" := (SELECT typcategory FROM pg_type
								 WHERE oid = found_one);
	better text;
BEGIN
	IF found_one = 'timestamptz'::regtype THEN
		RETURN;
	END IF;
	better := CASE
		WHEN found_one = 'timestamp'::regtype THEN '(%s) AT TIME ZONE ''UTC'''
		WHEN found_one = 'date'::regtype
			THEN '(%s)::timestamp AT TIME ZONE ''UTC'''
		WHEN category = 'N' THEN 'to_timestamp(%s)'
		WHEN category = 'S' THEN '(%s)::timestamptz' END;
	RAISE EXCEPTION 'at is of type %, not timestamp with time zone', found_one
		USING ERRCODE = 'datatype_mismatch',
		DETAIL = 'Which moment it means would not be certain.',
		HINT = format(CASE
			WHEN category = 'N' THEN 'If it counts seconds since 1970 (milliseconds: divide by 1000.0): at => %L.'
			WHEN category = 'S' THEN 'If it has dates, times and their zones (without one: UTC): at => %L.'
			WHEN better IS NOT NULL
				THEN 'Say in which zone its times are: at => %L.'
			ELSE 'Give an expression of that type: at => ''...''.' END,
			format(better, expression));
END
$$;
COMMENT ON FUNCTION journey_report_check_time(regtype, text) IS
'error 42804 if the type of a report''s expression for the time is not timestamptz; NULL for NULL';

CREATE FUNCTION journey_report_check_number(
	argument text, found_one regtype, expression text
) RETURNS void
LANGUAGE plpgsql STABLE STRICT COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	better text;
BEGIN
	IF found_one = 'float8'::regtype OR EXISTS (
		SELECT FROM pg_cast WHERE castsource = found_one
			AND casttarget = 'float8'::regtype AND castcontext <> 'e')
	THEN
		RETURN;
	END IF;
	better := CASE
		WHEN found_one = 'money'::regtype THEN '(%s)::numeric'
		WHEN found_one = 'boolean'::regtype THEN '(%s)::integer'
		WHEN found_one = 'interval'::regtype THEN 'extract(epoch FROM %s)'
		WHEN found_one = 'jsonb'::regtype OR (SELECT typcategory = 'S'
			FROM pg_type WHERE oid = found_one) THEN '(%s)::float8' END;
	RAISE EXCEPTION '% is of type %, not a number', argument, found_one
		USING ERRCODE = 'datatype_mismatch',
		DETAIL = 'A refresh would fail at the first row that is none.',
		HINT = CASE WHEN better IS NULL
			THEN format('Give an expression that is a number: %s => ''...''.', argument)
			ELSE format('If each row has a number there: %s => %L.', argument,
				format(better, expression)) END;
END
$$;
COMMENT ON FUNCTION journey_report_check_number(text, regtype, text) IS
'error 42804 if the type of a report''s expression for this argument is not a number; NULL for NULL';

-- What cannot be told from the text: do the expressions go with the source?
CREATE FUNCTION journey_report_check(def journey_report) RETURNS text
LANGUAGE plpgsql VOLATILE STRICT COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
	own_path constant text := current_setting('search_path');
	customer regtype;
BEGIN
	PERFORM set_config('search_path', def.source_path, true);
	EXECUTE pg_catalog.format('SELECT FROM %s AS source LIMIT 0', def.source);
	PERFORM pg_catalog.set_config('search_path', own_path, true);

	customer := journey_report_expression(def, 'customer', def.customer);
	PERFORM journey_report_check_time(
		journey_report_expression(def, 'at', def.at), def.at);
	PERFORM journey_report_expression(def, e.argument, e.expression)
	FROM (VALUES ('event', def.event), ('channel', def.channel),
		('segment', def.segment)) e(argument, expression);
	PERFORM journey_report_check_number(e.argument,
		journey_report_expression(def, e.argument, e.expression), e.expression)
	FROM (VALUES ('value', def.value), ('feeling', def.feeling))
		e(argument, expression);

	def.customer_type := CASE customer::text
		WHEN 'smallint' THEN 'int8' WHEN 'integer' THEN 'int8'
		WHEN 'bigint' THEN 'int8' WHEN 'uuid' THEN 'uuid'
		WHEN 'text' THEN 'text' WHEN 'character varying' THEN 'text'
		WHEN 'character' THEN 'text' WHEN 'name' THEN 'text' END;
	IF def.customer_type IS NULL THEN
		RAISE EXCEPTION 'customer is of type %', customer
			USING ERRCODE = 'datatype_mismatch',
			DETAIL = 'A customer is a bigint, text or uuid.',
			HINT = format('Cast it: customer => %L.',
				format('(%s)::text', def.customer));
	END IF;
	PERFORM set_config('search_path', def.source_path, true);
	EXECUTE pg_catalog.format('SELECT FROM (%s) AS r LIMIT 0',
		@extschema@.journey_report_rows(def));
	PERFORM pg_catalog.set_config('search_path', own_path, true);
	RETURN def.customer_type;
END
$$;
COMMENT ON FUNCTION journey_report_check(journey_report) IS
'plans the query of a report''s events without reading any; the type that a customer is taken as: int8, text or uuid; NULL for NULL; error 42804 for other types and for times without a zone, and whatever is wrong with source and expressions';

CREATE FUNCTION journey_report_hint(name text, code text, hint text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	-- a relation, column, function, schema or cast that is not there, or
	-- another type
	IF code IN ('42P01', '42703', '42883', '3F000', '42846', '42804') THEN
		RETURN concat_ws(' ', nullif(hint, ''), format('Was the source renamed, dropped or changed? Say what it is now: SELECT journey_alter_report(%L, source => ''...''), or the expression that does not go with it.', name));
	END IF;
	-- what the aggregate says to those who call it themselves
	RETURN replace(hint, 'with FILTER (WHERE ...)', format('in the source (SELECT journey_alter_report(%L, source => ''SELECT ... WHERE ...''))', name));
END
$$;
COMMENT ON FUNCTION journey_report_hint(text, text, text) IS
'what to do when a refresh of the report of this name fails with this SQLSTATE and hint; the hint itself where no more is known';
