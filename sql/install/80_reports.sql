-- Reports: a journey measured period by period, kept in the caller's tables.
-- docs/reports.md has the model.
--
-- What a caller names (source, expressions) is looked up in the search path of
-- the moment it was given; everything else in these functions in pg_catalog and
-- the extension's schema.  Each works with the rights of whoever calls it.

CREATE TYPE journey_report AS (
	name text,
	prefix text,
	journey_no integer,
	source_no integer,
	source text,
	source_path text,
	customer text,
	customer_type text,
	at text,
	event text,
	value text,
	channel text,
	feeling text,
	segment text,
	since timestamptz,
	period text,
	time_zone text,
	level double precision,
	created_at timestamptz
);
COMMENT ON TYPE journey_report IS
'the definition of a report: each report has a table of this type, name_report, with one row; that is how journey_reports() finds it. Not for columns of other tables';

CREATE FUNCTION journey_report_prefix(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	prefix text;
BEGIN
	prefix := btrim(regexp_replace(lower(name COLLATE "C"), '[^a-z0-9_]+', '_',
		'g'), '_');
	IF prefix !~ '^[a-z]' OR length(prefix) > 40 THEN
		RAISE EXCEPTION 'no table can be named after the report "%"', name
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'Its tables and views begin with its name, in lower case and with "_" for whatever needs quoting.',
			HINT = 'Choose a name of at most 40 characters that begins with a letter from a to z.';
	END IF;
	RETURN prefix;
END
$$;
COMMENT ON FUNCTION journey_report_prefix(text) IS
'what the names of a report''s tables and views begin with: its name in lower case, "_" for whatever is not a letter from a to z, a digit or "_"; NULL for NULL; error 22023 if that does not begin with a letter or is longer than 40 characters';

CREATE FUNCTION journey_report_find(name text, schema text, path name[])
RETURNS regclass
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	found_one regclass;
BEGIN
	SELECT c.oid INTO found_one
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.reloftype = 'journey_report'::regtype
		AND c.relname = journey_report_prefix(journey_report_find.name) || '_report'
		AND (n.nspname = schema OR (schema IS NULL AND n.nspname = ANY (path)))
	ORDER BY array_position(path, n.nspname)
	LIMIT 1;
	IF found_one IS NULL THEN
		RAISE EXCEPTION 'there is no report "%"', name
			USING ERRCODE = 'undefined_object',
			DETAIL = CASE WHEN schema IS NULL
				THEN 'It was looked for in the schemas of the search path.'
				ELSE format('It was looked for in schema "%s".', schema) END,
			HINT = 'journey_reports() lists the reports and their schemas; name the schema of this one with schema => ''...''.';
	END IF;
	RETURN found_one;
END
$$;
COMMENT ON FUNCTION journey_report_find(text, text, name[]) IS
'the definition table of the report of this name, in this schema, or if that is NULL in the first of path that has one; error 42704 if there is none, or if name is NULL';

CREATE FUNCTION journey_report_check_owner(report regclass, name text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	owner text := (SELECT pg_get_userbyid(relowner) FROM pg_class
				   WHERE oid = report);
BEGIN
	IF owner IS NULL THEN
		RAISE EXCEPTION 'report "%" was dropped meanwhile', name
			USING ERRCODE = 'undefined_object';
	END IF;
	IF owner <> current_user THEN
		RAISE EXCEPTION 'only the owner of report "%" can do this', name
			USING ERRCODE = 'insufficient_privilege',
			DETAIL = format('It belongs to "%s": its source is read with the rights of that role, and of no other.', owner),
			HINT = 'Connect as that role.';
	END IF;
END
$$;
COMMENT ON FUNCTION journey_report_check_owner(regclass, text) IS
'error 42501 if a report, of this definition table and this name, is not the current role''s own, 42704 if it is gone';

CREATE FUNCTION journey_report_owned(name text, schema text, path name[])
RETURNS regclass
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	report regclass := journey_report_find(name, schema, path);
BEGIN
	PERFORM journey_report_check_owner(report, name);
	RETURN report;
END
$$;
COMMENT ON FUNCTION journey_report_owned(text, text, name[]) IS
'like journey_report_find, but error 42501 if the report is not the current role''s own';

CREATE FUNCTION journey_report_place(report regclass) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10
BEGIN ATOMIC
	SELECT quote_ident(n.nspname) || '.' || left(c.relname::text, -7)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.oid = journey_report_place.report;
END;
COMMENT ON FUNCTION journey_report_place(regclass) IS
'what the qualified names of a report''s tables and views begin with, quoted as needed, of its definition table; NULL for NULL';

CREATE FUNCTION journey_report_read(report regclass) RETURNS journey_report
LANGUAGE plpgsql STABLE STRICT COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	def journey_report;
BEGIN
	PERFORM journey_report_check_owner(report, report::text);
	EXECUTE format('SELECT * FROM %s', report) INTO STRICT def;
	RETURN def;
EXCEPTION WHEN no_data_found OR too_many_rows THEN
	RAISE EXCEPTION 'the table % does not have exactly one row', report
		USING ERRCODE = 'object_not_in_prerequisite_state',
		HINT = 'It holds the definition of a report; drop the report and create it again.';
END
$$;
COMMENT ON FUNCTION journey_report_read(regclass) IS
'the definition of a report, of its definition table; NULL for NULL; error 55000 if it is not there, and those of journey_report_check_owner()';

CREATE FUNCTION journey_report_window(journey journey) RETURNS interval
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 50
SET search_path = pg_catalog, @extschema@, pg_temp
SET intervalstyle = postgres
AS $$
DECLARE
	within interval := journey::jsonb ->> 'within';
BEGIN
	IF within IS NULL THEN
		RAISE EXCEPTION 'a report needs a journey with a window'
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'Without one a customer may go on at any later time, so that no period would ever be final.',
			HINT = 'Say how long a customer may take from the first event to the last, as in: a -> b within 30 days.';
	END IF;
	-- elapsed time: days as 24 hours, whatever clocks do
	RETURN make_interval(secs => extract(epoch FROM within)::float8);
END
$$;
COMMENT ON FUNCTION journey_report_window(journey) IS
'the window of a journey in elapsed seconds; NULL for NULL; error 22023 if it has none';

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
	PERFORM set_config('search_path', path, true);
	found_one := pg_catalog.to_regclass(given);
	PERFORM pg_catalog.set_config('search_path', own_path, true);
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

-- What cannot be told from the text: do the expressions go with the source?
CREATE FUNCTION journey_report_check(def journey_report) RETURNS text
LANGUAGE plpgsql VOLATILE STRICT COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
	own_path constant text := current_setting('search_path');
	customer regtype;
	at regtype;
BEGIN
	PERFORM set_config('search_path', def.source_path, true);
	EXECUTE pg_catalog.format('SELECT'
		' pg_catalog.pg_typeof((SELECT (%s) FROM %s AS source LIMIT 0)),'
		' pg_catalog.pg_typeof((SELECT (%s) FROM %s AS source LIMIT 0))',
		def.customer, def.source, def.at, def.source) INTO customer, at;
	PERFORM pg_catalog.set_config('search_path', own_path, true);

	IF journey_report_base_type(at) <> 'timestamptz'::regtype THEN
		RAISE EXCEPTION 'at is of type %, not timestamp with time zone', at
			USING ERRCODE = 'datatype_mismatch',
			DETAIL = 'Which moment it means would depend on settings.',
			HINT = format('Say in which zone its times are: at => %L.',
				format('(%s) AT TIME ZONE ''UTC''', def.at));
	END IF;
	def.customer_type := CASE journey_report_base_type(customer)::text
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

CREATE FUNCTION journey_report_create(
	name text, journey journey, source text, customer text, at text,
	event text, value text, segment text, period text, time_zone text,
	channel text, feeling text, since timestamptz, level double precision,
	schema text, path name[]
) RETURNS text
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	def journey_report;
	place text;
BEGIN
	IF name IS NULL OR journey IS NULL OR source IS NULL OR customer IS NULL
		OR at IS NULL OR event IS NULL
	THEN
		RAISE EXCEPTION 'name, journey, source, customer, at and event of a report must not be NULL'
			USING ERRCODE = 'null_value_not_allowed',
			HINT = 'Leave out customer, at and event where the columns have these names.';
	END IF;
	IF period NOT IN ('hour', 'day', 'week', 'month', 'quarter', 'year')
		OR period IS NULL
	THEN
		RAISE EXCEPTION 'there is no period "%"', period
			USING ERRCODE = 'invalid_parameter_value',
			HINT = 'A period is an hour, day, week, month, quarter or year.';
	END IF;
	IF level IS NULL OR level <= 0 OR level >= 1 OR level = 'NaN' THEN
		RAISE EXCEPTION 'level must be between 0 and 1'
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('It is %s.', coalesce(level::text, 'NULL')),
			HINT = 'Give the level of confidence as a share, such as 0.95.';
	END IF;
	IF schema IS NULL THEN
		RAISE EXCEPTION 'no schema has been selected to create the report in'
			USING ERRCODE = 'invalid_schema_name',
			HINT = 'Name one with schema => ''...'', or set search_path.';
	END IF;
	PERFORM journey_report_window(journey);
	PERFORM now() AT TIME ZONE time_zone;

	def.name := name;
	def.prefix := journey_report_prefix(name);
	def.journey_no := 1;
	def.source_no := 1;
	def.source_path := (
		-- pg_catalog is searched first where it is not named
		SELECT coalesce(string_agg(quote_ident(s), ', ' ORDER BY n), '')
		FROM unnest(path) WITH ORDINALITY u(s, n) WHERE s <> 'pg_catalog');
	def.source := journey_report_source(source, def.source_path);
	def.customer := customer;
	def.customer_type := 'text';
	def.at := at;
	def.event := event;
	def.value := nullif(value, '');
	def.channel := nullif(channel, '');
	def.feeling := nullif(feeling, '');
	def.segment := nullif(segment, '');
	def.since := since;
	def.period := period;
	def.time_zone := coalesce(time_zone, 'UTC');
	def.level := level;
	def.created_at := now();

	place := quote_ident(schema) || '.' || def.prefix;
	IF to_regclass(place || '_report') IS NOT NULL THEN
		RAISE EXCEPTION 'report "%" already exists', name
			USING ERRCODE = 'duplicate_object',
			DETAIL = format('There is a table %s_report.', place),
			HINT = 'Change it with journey_alter_report(), or remove it with journey_drop_report().';
	END IF;
	def.customer_type := journey_report_check(def);
	PERFORM journey_report_make(def, scope(journey), place);
	RETURN place;
END
$$;
COMMENT ON FUNCTION journey_report_create(text, journey, text, text, text, text, text, text, text, text, text, text, timestamptz, double precision, text, name[]) IS
'what journey_create_report() does, with the search path in force for its caller';

CREATE FUNCTION journey_create_report(
	name text,
	journey journey,
	source text,
	customer text DEFAULT 'customer',
	at text DEFAULT 'at',
	event text DEFAULT 'event',
	value text DEFAULT NULL,
	segment text DEFAULT NULL,
	period text DEFAULT 'day',
	time_zone text DEFAULT 'UTC',
	channel text DEFAULT NULL,
	feeling text DEFAULT NULL,
	since timestamptz DEFAULT NULL,
	level double precision DEFAULT 0.95,
	schema text DEFAULT NULL
) RETURNS text
LANGUAGE sql VOLATILE COST 10000
BEGIN ATOMIC
	SELECT journey_report_create($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
		$12, $13, $14, coalesce($15, current_schema()::text),
		current_schemas(false));
END;
COMMENT ON FUNCTION journey_create_report(text, journey, text, text, text, text, text, text, text, text, text, text, timestamptz, double precision, text) IS
'makes a report: the tables that hold its definition, results and log, and the views that read them, in a schema (NULL: the current one) and owned by the caller; gives what their names begin with. It is empty until CALL journey_refresh(name). source: a table, a view, or a query; customer, at, event, value, channel, feeling, segment: expressions over its columns, of the types that funnel() takes (NULL: there is none). A customer counts in the segment of each event, so a segment must be constant for each. period: hour, day, week, month, quarter or year, local to time_zone (hours are those of UTC); since: events before it are not read; level: of confidence. Errors: 22004 for NULL, 22023 for a journey without a window, an unknown period or time zone, a bad name or level; 42710 if it exists; 42P01, 42804 and others for what source and expressions have wrong';

CREATE FUNCTION journey_report_alter(
	name text, new_journey journey, source text, customer text, at text,
	event text, value text, segment text, channel text, feeling text,
	level double precision, schema text, path name[]
) RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	report constant regclass := journey_report_owned(name, schema, path);
	place constant text := journey_report_place(report);
	old journey_report;
	def journey_report;
	now_used journey;
BEGIN
	IF NOT journey_report_take(report, name) THEN
		RAISE EXCEPTION 'report "%" is being refreshed or changed by another session', name
			USING ERRCODE = 'object_in_use', HINT = 'Try again later.';
	END IF;
	old := journey_report_read(report);
	def := old;
	IF level <= 0 OR level >= 1 OR level = 'NaN' THEN
		RAISE EXCEPTION 'level must be between 0 and 1'
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('It is %s.', level),
			HINT = 'Give the level of confidence as a share, such as 0.95.';
	END IF;
	IF source IS NOT NULL THEN
		def.source_path := (
			SELECT coalesce(string_agg(quote_ident(s), ', ' ORDER BY n), '')
			FROM unnest(path) WITH ORDINALITY u(s, n) WHERE s <> 'pg_catalog');
		def.source := journey_report_source(source, def.source_path);
	END IF;
	def.customer := coalesce(customer, def.customer);
	def.at := coalesce(at, def.at);
	def.event := coalesce(event, def.event);
	def.value := nullif(coalesce(value, def.value), '');
	def.segment := nullif(coalesce(segment, def.segment), '');
	def.channel := nullif(coalesce(channel, def.channel), '');
	def.feeling := nullif(coalesce(feeling, def.feeling), '');
	def.level := coalesce(level, def.level);
	def.customer_type := journey_report_check(def);
	IF journey_report_rows(def) <> journey_report_rows(old) THEN
		def.source_no := old.source_no + 1;
	END IF;

	EXECUTE format('SELECT journey FROM %s_journeys WHERE journey_no = $1',
		place) INTO STRICT now_used USING old.journey_no;
	new_journey := scope(new_journey);
	IF new_journey <> now_used THEN
		PERFORM journey_report_window(new_journey);
		EXECUTE format('INSERT INTO %1$s_journeys (journey_no, matching_no, journey)'
			' SELECT max(journey_no) + 1, coalesce(min(matching_no)'
			' FILTER (WHERE journey_report_alike(journey, $1)),'
			' max(journey_no) + 1), $1'
			' FROM %1$s_journeys RETURNING journey_no', place)
			INTO STRICT def.journey_no USING new_journey;
	END IF;
	EXECUTE format('UPDATE %s SET (journey_no, source_no, source, source_path,'
		' customer, customer_type, at, event, value, channel, feeling, segment,'
		' level) = (SELECT ($1).journey_no, ($1).source_no, ($1).source,'
		' ($1).source_path, ($1).customer, ($1).customer_type, ($1).at,'
		' ($1).event, ($1).value, ($1).channel, ($1).feeling, ($1).segment,'
		' ($1).level)', report) USING def;
	IF def.level <> old.level THEN
		PERFORM journey_report_make_views(place, def.level);
	END IF;
END
$$;
COMMENT ON FUNCTION journey_report_alter(text, journey, text, text, text, text, text, text, text, text, double precision, text, name[]) IS
'what journey_alter_report() does, with the search path in force for its caller';

CREATE FUNCTION journey_alter_report(
	name text,
	journey journey DEFAULT NULL,
	source text DEFAULT NULL,
	customer text DEFAULT NULL,
	at text DEFAULT NULL,
	event text DEFAULT NULL,
	value text DEFAULT NULL,
	segment text DEFAULT NULL,
	channel text DEFAULT NULL,
	feeling text DEFAULT NULL,
	level double precision DEFAULT NULL,
	schema text DEFAULT NULL
) RETURNS void
LANGUAGE sql VOLATILE COST 10000
BEGIN ATOMIC
	SELECT journey_report_alter($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
		$12, current_schemas(false));
END;
COMMENT ON FUNCTION journey_alter_report(text, journey, text, text, text, text, text, text, text, text, double precision, text) IS
'changes a report of one''s own; what is NULL stays as it is, an empty text takes value, segment, channel or feeling away. The next refresh computes open periods with the new journey; final ones keep the journey they were computed with until journey_refresh(..., recompute => true). A new source or expression is a correction: all periods that the source still has are computed anew. Period and time zone cannot be changed: create another report. Errors: 42704 unknown report, 42501 another''s, 55006 while it is refreshed, and those of journey_create_report()';

-- The rule is that of merging; there is no second one here.
CREATE FUNCTION journey_report_alike(a journey, b journey) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	PERFORM journey_report_nobody(a) + journey_report_nobody(b);
	RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN false;
END
$$;
COMMENT ON FUNCTION journey_report_alike(journey, journey) IS
'do two journeys differ in notes and scope only, so that their funnels can be merged and compared? NULL if one is NULL';

CREATE FUNCTION journey_report_nobody(journey journey) RETURNS funnel
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
RETURN (SELECT funnel($1, 0::bigint, timestamptz 'epoch', ''));
COMMENT ON FUNCTION journey_report_nobody(journey) IS
'the funnel of a journey that nobody has entered; NULL for NULL';

CREATE FUNCTION journey_report_drop(name text, schema text, path name[])
RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	report constant regclass := journey_report_owned(name, schema, path);
	place constant text := journey_report_place(report);
BEGIN
	IF NOT journey_report_take(report, name) THEN
		RAISE EXCEPTION 'report "%" is being refreshed or changed by another session', name
			USING ERRCODE = 'object_in_use', HINT = 'Try again later.';
	END IF;
	EXECUTE format('DROP VIEW %1$s_alerts, %1$s_pictures, %1$s_map, %1$s_comparison,'
		' %1$s_trend, %1$s_leaks, %1$s_stages, %1$s_runs', place);
	EXECUTE format('DROP TABLE %1$s_results, %1$s_periods, %1$s_journeys,'
		' %1$s_run_log, %1$s_report', place);
END
$$;
COMMENT ON FUNCTION journey_report_drop(text, text, name[]) IS
'what journey_drop_report() does, with the search path in force for its caller';

CREATE FUNCTION journey_drop_report(name text, schema text DEFAULT NULL)
RETURNS void
LANGUAGE sql VOLATILE COST 10000
BEGIN ATOMIC
	SELECT journey_report_drop($1, $2, current_schemas(false));
END;
COMMENT ON FUNCTION journey_drop_report(text, text) IS
'removes a report of one''s own with its tables, views and history; error 2BP01 if something else depends on them, 55006 while it is refreshed, 42704 and 42501 as for journey_alter_report()';

CREATE FUNCTION journey_reports(
	OUT schema text,
	OUT name text,
	OUT owner text,
	OUT views text,
	OUT journey text,
	OUT source text,
	OUT segment text,
	OUT period text,
	OUT time_zone text,
	OUT created_at timestamptz,
	OUT refreshed_at timestamptz,
	OUT as_of timestamptz,
	OUT periods bigint,
	OUT open_periods bigint
) RETURNS SETOF record
LANGUAGE plpgsql STABLE COST 1000 ROWS 10
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	report record;
	place text;
BEGIN
	FOR report IN
		SELECT c.oid::regclass AS oid, c.relname, n.nspname,
			pg_get_userbyid(c.relowner) AS owner
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.reloftype = 'journey_report'::regtype
			AND has_schema_privilege(n.oid, 'USAGE')
		ORDER BY n.nspname, c.relname
	LOOP
		place := journey_report_place(report.oid);
		CONTINUE WHEN NOT has_table_privilege(report.oid, 'SELECT')
			OR NOT has_table_privilege(place || '_journeys', 'SELECT')
			OR NOT has_table_privilege(place || '_periods', 'SELECT')
			OR NOT has_table_privilege(place || '_run_log', 'SELECT');
		-- to read a table can be to run what its owner has put there
		IF report.owner <> current_user THEN
			schema := report.nspname;
			name := left(report.relname, -7);
			owner := report.owner;
			views := place || '_*';
			RETURN NEXT;
			CONTINUE;
		END IF;
		RETURN QUERY EXECUTE format(
			'SELECT %2$L::text, d.name, %3$L::text, %1$L || ''_*'', j.journey::text,'
			' d.source, d.segment, d.period, d.time_zone, d.created_at, l.finished_at,'
			' l.as_of, p.n, p.open'
			' FROM %1$s_report d LEFT JOIN %1$s_journeys j USING (journey_no)'
			' LEFT JOIN (SELECT finished_at, as_of FROM %1$s_run_log'
			'   WHERE state = ''finished'' ORDER BY run_no DESC LIMIT 1) l ON true'
			' CROSS JOIN (SELECT count(*) AS n,'
			'   count(*) FILTER (WHERE NOT is_final) AS open'
			'   FROM %1$s_periods WHERE state = ''current'') p',
			place, report.nspname, report.owner);
	END LOOP;
END
$$;
COMMENT ON FUNCTION journey_reports() IS
'the reports of this database whose tables the caller may read. views: what the names of its tables and views begin with; journey: the one that the next refresh uses; refreshed_at, as_of: of the last refresh that finished, NULL before; periods: how many are shown; open_periods: those of them in which some may still go on; of a report that is another role''s, the first four columns alone, with name as its tables have it';
