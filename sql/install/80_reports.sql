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
	IF name IS NULL THEN
		RAISE EXCEPTION 'the name of a report must not be NULL'
			USING ERRCODE = 'null_value_not_allowed',
			HINT = 'journey_reports() lists the reports.';
	END IF;
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
'the definition table of the report of this name, in this schema, or if that is NULL in the first of path that has one; error 42704 if there is none, 22004 if name is NULL';

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
	IF NOT isfinite(since) THEN
		RAISE EXCEPTION 'since must not be infinite'
			USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Leave it out to read all events.';
	END IF;
	PERFORM journey_report_window(journey);
	PERFORM journey_report_check_zone(time_zone);

	def.name := name;
	def.prefix := journey_report_prefix(name);
	place := journey_report_check_place(name, def.prefix, schema);
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
	def.period := period;
	def.time_zone := coalesce(time_zone, 'UTC');
	-- the first period is a whole one
	def.since := (journey_report_bounds(period, def.time_zone, since,
		since))[1];
	def.level := level;
	def.created_at := now();

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
'makes a report: the tables that hold its definition, results and log, and the views that read them, in a schema (NULL: the current one) and owned by the caller; gives what their names begin with. It is empty until CALL journey_refresh(name). source: a table, a view, or a query; customer, at, event, value, channel, feeling, segment: expressions over its columns, of the types that funnel() takes (NULL: there is none). A customer counts in the segment of each event, so a segment must be constant for each. period: hour, day, week, month, quarter or year, local to time_zone (hours are those of UTC); since: events before the period of this time are not read; level: of confidence. Errors: 22004 for NULL, 22023 for a journey without a window, an unknown period or time zone, a bad name or level, an infinite since; 42710 if it, or something else of one of its names, exists; 3F000 for an unknown or temporary schema; 42P01, 42804 and others for what source and expressions have wrong';

CREATE FUNCTION journey_report_hold(report regclass, name text) RETURNS void
LANGUAGE plpgsql VOLATILE COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	IF NOT journey_report_take(report, name) THEN
		RAISE EXCEPTION 'report "%" is being refreshed or changed by another session', name
			USING ERRCODE = 'object_in_use', HINT = 'Try again later.';
	END IF;
END
$$;
COMMENT ON FUNCTION journey_report_hold(regclass, text) IS
'like journey_report_take, but error 55006 if another session is at it';

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
	PERFORM journey_report_hold(report, name);
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
	of_kind record;
	detail text;
BEGIN
	PERFORM journey_report_hold(report, name);
	-- some may be gone already
	FOR of_kind IN
		SELECT d.kind, string_agg(c.oid::regclass::text, ', ') AS names
		FROM journey_report_relations() d
		JOIN pg_class c ON c.oid = to_regclass(place || d.suffix)
			AND c.relkind = CASE d.kind WHEN 'VIEW' THEN 'v' ELSE 'r' END
			AND pg_get_userbyid(c.relowner) = current_user
		GROUP BY d.kind ORDER BY d.kind DESC
	LOOP
		EXECUTE format('DROP %s %s', of_kind.kind, of_kind.names);
	END LOOP;
EXCEPTION WHEN dependent_objects_still_exist THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RAISE EXCEPTION 'cannot drop report "%" because other objects depend on it', name
		USING ERRCODE = 'dependent_objects_still_exist', DETAIL = detail,
		HINT = 'Drop those first, then the report.';
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
BEGIN
	FOR report IN
		SELECT n.nspname, left(c.relname, -7) AS prefix,
			pg_get_userbyid(c.relowner) AS owner,
			journey_report_place(c.oid) AS place,
			bool_or(has_table_privilege(p.oid, 'SELECT')) AS readable,
			-- all that is read below is there, and is a table of the same role
			count(*) FILTER (WHERE p.relowner = c.relowner
				AND p.relkind = 'r' AND has_table_privilege(p.oid, 'SELECT')
				AND d.suffix IN ('_report', '_journeys', '_periods', '_run_log')) = 4
				AS is_whole
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		CROSS JOIN journey_report_relations() d
		JOIN pg_class p ON p.relnamespace = c.relnamespace
			AND p.relname = left(c.relname, -7) || d.suffix
		WHERE c.reloftype = 'journey_report'::regtype
			AND c.relname ~ '^[a-z][a-z0-9_]*_report$'
			AND c.relpersistence <> 't' AND has_schema_privilege(n.oid, 'USAGE')
		GROUP BY n.nspname, c.oid, c.relname, c.relowner
		ORDER BY n.nspname, c.relname
	LOOP
		CONTINUE WHEN report.readable IS NOT TRUE;
		-- to read a table can be to run what its owner has put there
		IF report.owner = current_user AND report.is_whole THEN
			RETURN QUERY EXECUTE format(
				'SELECT %2$L::text, d.name, %3$L::text, %1$L || ''_*'','
				' j.journey::text, d.source, d.segment, d.period, d.time_zone,'
				' d.created_at, l.finished_at, l.as_of, p.n, p.open'
				' FROM %1$s_report d LEFT JOIN %1$s_journeys j USING (journey_no)'
				' LEFT JOIN (SELECT finished_at, as_of FROM %1$s_run_log'
				'   WHERE state = ''finished'' ORDER BY run_no DESC LIMIT 1) l ON true'
				' CROSS JOIN (SELECT count(*) AS n,'
				'   count(*) FILTER (WHERE NOT is_final) AS open'
				'   FROM %1$s_periods WHERE state = ''current'') p',
				report.place, report.nspname, report.owner);
			CONTINUE WHEN FOUND;
		END IF;
		schema := report.nspname;
		name := report.prefix;
		owner := report.owner;
		views := report.place || '_*';
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION journey_reports() IS
'the reports of this database of which the caller may read a table or view. views: what the names of its tables and views begin with; journey: the one that the next refresh uses; refreshed_at, as_of: of the last refresh that finished, NULL before; periods: how many are shown; open_periods: those of them in which some may still go on; of a report that is another role''s, or of which a table is missing, the first four columns alone, with name as its tables have it';
