-- Reports: the refresh, one step a transaction.  docs/reports.md says which
-- periods are computed anew, and why that is enough.
--
-- The source is read by EXECUTE under the search path it was given in; what
-- these queries add to it is qualified, or an operator of built-in types that
-- pg_catalog, searched first, has exactly.

CREATE FUNCTION journey_report_in_block() RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_report_in_block'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION journey_report_in_block() IS
'is this called in a transaction block, in which nothing can be committed?';

CREATE FUNCTION journey_report_lock_key(report regclass) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN hashtextextended('journey report ' || report::oid::text, 0);
COMMENT ON FUNCTION journey_report_lock_key(regclass) IS
'the key of the advisory lock that who refreshes, changes or drops a report holds; NULL for NULL';

CREATE FUNCTION journey_report_locked(
	report regclass, granted boolean DEFAULT true
) RETURNS boolean
LANGUAGE sql VOLATILE STRICT PARALLEL RESTRICTED COST 100
RETURN (
	SELECT count(*) > 0
	FROM pg_locks l JOIN pg_database d ON d.oid = l.database
	WHERE d.datname = current_database() AND l.locktype = 'advisory'
		AND l.objsubid = 1 AND l.granted = journey_report_locked.granted
		AND (l.classid::bigint << 32 | l.objid::bigint)
			= journey_report_lock_key(report)
);
COMMENT ON FUNCTION journey_report_locked(regclass, boolean) IS
'is a report being refreshed, changed or dropped at this moment? Or, if not granted: does a refresh wait to go on? NULL for NULL';

CREATE FUNCTION journey_report_take(report regclass, name text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	-- an older snapshot may not show who refreshes
	sees_all constant boolean :=
		current_setting('transaction_isolation') = 'read committed';
	log constant text := journey_report_place(report) || '_run_log';
	runner integer;
BEGIN
	IF NOT pg_try_advisory_xact_lock(journey_report_lock_key(report)) THEN
		RETURN false;
	END IF;
	PERFORM journey_report_check_owner(report, name);
	-- one that has lost its log can still be dropped
	IF to_regclass(log) IS NOT NULL THEN
		EXECUTE format('SELECT pid FROM %s'
			' WHERE state = ''running'' AND pid <> pg_backend_pid()'
			' ORDER BY run_no DESC LIMIT 1', log) INTO runner;
	END IF;
	-- Between two of its transactions a refresh has no lock.  If it is there
	-- it comes at once, and waits for this one.
	FOR i IN 1 .. 100 LOOP
		PERFORM pg_stat_clear_snapshot();
		IF journey_report_locked(report, granted => false) THEN
			RETURN false;
		END IF;
		EXIT WHEN runner IS NULL AND sees_all;
		EXIT WHEN runner IS NOT NULL AND NOT EXISTS (
			SELECT FROM pg_stat_activity WHERE pid = runner);
		PERFORM pg_sleep(0.01);
	END LOOP;
	RETURN true;
END
$$;
COMMENT ON FUNCTION journey_report_take(regclass, text) IS
'keeps other sessions from refreshing, changing or dropping a report, of this definition table and this name, until the transaction ends; false if one of them is doing that, and then the transaction should end soon; NULL for NULL; errors as for journey_report_check_owner()';

-- The report is refreshed by this session now, or NULL.
CREATE FUNCTION journey_report_start(
	name text, schema text, path name[], since timestamptz, until timestamptz,
	as_of timestamptz, recompute boolean, OUT report regclass, OUT run_no bigint
)
LANGUAGE plpgsql VOLATILE COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	place text;
BEGIN
	report := journey_report_owned(name, schema, path);
	place := journey_report_place(report);
	IF since >= until THEN
		RAISE EXCEPTION 'since must be earlier than until'
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('They are %s and %s.', since, until),
			HINT = 'The periods from the one to the other are refreshed; leave both out for all.';
	END IF;
	IF NOT isfinite(as_of) THEN
		RAISE EXCEPTION 'as_of must not be infinite'
			USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Leave it out for the time of the newest event.';
	END IF;
	IF as_of > clock_timestamp() THEN
		RAISE EXCEPTION 'as_of is in the future'
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('It is %s.', as_of),
			HINT = 'The source cannot be complete up to then; leave as_of out for the time of the newest event.';
	END IF;
	IF NOT journey_report_take(report, name) THEN
		RAISE NOTICE 'report "%" is being refreshed or changed by another session: nothing done', name;
		RETURN;
	END IF;
	EXECUTE format('UPDATE %s_run_log SET state = ''interrupted'','
		' error = ''the session ended, or was cancelled, in mid-refresh'''
		' WHERE state = ''running''', place);
	EXECUTE format('DELETE FROM %s_periods WHERE state = ''planned''', place);
	EXECUTE format('INSERT INTO %s_run_log (state, pid, started_at, updated_at,'
		' since, until, as_of, as_of_given, recompute)'
		' VALUES (''running'', pg_backend_pid(), clock_timestamp(),'
		' clock_timestamp(), $1, $2, $3, $3 IS NOT NULL, coalesce($4, false))'
		' RETURNING run_no', place)
		INTO STRICT run_no USING since, until, as_of, recompute;
END
$$;
COMMENT ON FUNCTION journey_report_start(text, text, name[], timestamptz, timestamptz, timestamptz, boolean) IS
'begins a run of journey_refresh() in the log; run_no is NULL if another session is at it';

CREATE FUNCTION journey_report_compute_query(
	def journey_report, place text, journey journey, known_rows bigint
) RETURNS text
LANGUAGE plpgsql STABLE COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	source text;
	more text;
BEGIN
	source := CASE known_rows
		-- found empty by the same sums that the next refresh will look at
		WHEN 0 THEN 'SELECT 0::pg_catalog.int8 AS customer,'
			' NULL::pg_catalog.timestamptz AS at, ''''::pg_catalog.text AS event,'
			' NULL::pg_catalog.float8 AS value, NULL::pg_catalog.text AS channel,'
			' NULL::pg_catalog.float8 AS feeling, NULL::pg_catalog.text AS segment'
		ELSE journey_report_rows(def) END;
	more := CASE WHEN coalesce(def.value, def.channel, def.feeling) IS NULL
			THEN '' ELSE ', r.value' END
		|| CASE WHEN coalesce(def.channel, def.feeling) IS NULL
			THEN '' ELSE ', r.channel' END
		|| CASE WHEN def.feeling IS NULL THEN '' ELSE ', r.feeling' END;
	RETURN format($query$
		WITH r AS MATERIALIZED (
			SELECT %1$s AS is_total, %2$s AS segment,
				@extschema@.funnel($1, r.customer, r.at, r.event%3$s) AS summary,
				pg_catalog.count(*) AS source_rows,
				COALESCE(pg_catalog.sum(%8$s), 0) AS digest,
				pg_catalog.min(r.at) FILTER (WHERE r.at >= $2) AS first_at
			FROM (%4$s) AS r
			WHERE r.at < $4 AND r.at <= $5 AND r.at > '-infinity'%5$s
				AND r.customer IS NOT NULL AND r.event IS NOT NULL%6$s
		), p AS (
			UPDATE %7$s_periods p SET state = 'computed',
				source_rows = r.source_rows, source_digest = r.digest,
				first_at = r.first_at, computed_at = pg_catalog.clock_timestamp()
			FROM r
			WHERE r.is_total AND p.period_start = $2 AND p.run_no = $3
			RETURNING p.source_rows
		), s AS (
			INSERT INTO %7$s_results (period_start, run_no, is_total, segment,
				summary)
			SELECT $2, $3, r.is_total, r.segment,
				COALESCE(r.summary, @extschema@.journey_report_nobody($1))
			FROM r
		)
		SELECT p.source_rows FROM p
		$query$,
		CASE WHEN def.segment IS NULL THEN 'true'
			ELSE 'GROUPING(r.segment) = 1' END,
		CASE WHEN def.segment IS NULL THEN 'NULL::pg_catalog.text'
			ELSE 'r.segment' END,
		more, source,
		CASE WHEN journey::jsonb ->> 'counting' = 'attempts' THEN ''
			ELSE ' AND r.at >= $2' END,
		CASE WHEN def.segment IS NULL THEN ''
			ELSE ' GROUP BY GROUPING SETS ((), (r.segment))' END,
		place, journey_report_row_hash());
END
$$;
COMMENT ON FUNCTION journey_report_compute_query(journey_report, text, journey, bigint) IS
'the statement that computes a period: of its journey in its scope ($1), its start ($2), the run ($3), and the times before which ($4) and up to which ($5) events are read';

CREATE FUNCTION journey_report_compute(
	report regclass, run_no bigint, period_start timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE COST 100000
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET intervalstyle = postgres
SET extra_float_digits = 1 SET bytea_output = hex
AS $$
DECLARE
	own_path constant text := current_setting('search_path');
	place constant text := journey_report_place(report);
	def constant journey_report := journey_report_read(report);
	p record;
	measured journey;
	query text;
	read_until timestamptz;
	source_rows bigint;
	lost bigint;
BEGIN
	EXECUTE format('SELECT p.*, j.journey FROM %1$s_periods p'
		' JOIN %1$s_journeys j USING (journey_no)'
		' WHERE period_start = $1 AND run_no = $2', place)
		INTO STRICT p USING period_start, run_no;
	IF p.source_no <> def.source_no THEN
		RAISE EXCEPTION 'report "%" was changed while it was refreshed', def.name
			USING ERRCODE = 'object_in_use', HINT = 'Refresh it again.';
	END IF;
	measured := scope(p.journey, as_of => p.as_of,
		entered_from => p.period_start, entered_until => p.period_end);
	query := journey_report_compute_query(def, place, p.journey, p.source_rows);
	read_until := p.period_end + journey_report_window(p.journey);
	PERFORM set_config('search_path', def.source_path, true);
	EXECUTE query INTO STRICT source_rows
		USING measured, p.period_start, run_no, read_until, p.as_of;
	PERFORM pg_catalog.set_config('search_path', own_path, true);
	EXECUTE format('DELETE FROM %1$s_periods q USING %1$s_periods p'
		' WHERE q.period_start = $1 AND q.run_no = $2 AND q.source_rows < $3'
		' AND p.period_start = $1 AND p.state = ''current'' AND p.is_final',
		place) USING period_start, run_no, p.source_rows;
	GET DIAGNOSTICS lost = ROW_COUNT;
	IF lost > 0 THEN
		RAISE NOTICE 'report "%": of % events went away meanwhile; it stays as it was until the next refresh', def.name, p.period;
	END IF;
	RETURN source_rows;
END
$$;
COMMENT ON FUNCTION journey_report_compute(regclass, bigint, timestamptz) IS
'computes one planned period of a run, not shown yet; how many events it read';

-- From here on readers see what the run has computed, all at once.
CREATE FUNCTION journey_report_publish(report regclass, run_no bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	place constant text := journey_report_place(report);
	def constant journey_report := journey_report_read(report);
	run record;
	after_it bigint;
	before_it bigint;
BEGIN
	PERFORM journey_report_check_owner(report, report::text);
	EXECUTE format('SELECT * FROM %s_run_log WHERE run_no = $1', place)
		INTO STRICT run USING run_no;
	EXECUTE format('DELETE FROM %1$s_periods p USING %1$s_periods q'
		' WHERE p.state = ''current'' AND q.state = ''computed'''
		' AND p.period_start = q.period_start', place);
	EXECUTE format('UPDATE %s_periods SET state = ''current'''
		' WHERE state = ''computed''', place);
	-- the newest events are gone, or as_of was set back
	EXECUTE format('DELETE FROM %s_periods WHERE period_start > $1'
		' AND (period_end > $2 OR $2 IS NULL)'
		' AND (period_start < $3 OR $3 IS NULL)', place)
		USING run.as_of, run.since, run.until;
	GET DIAGNOSTICS after_it = ROW_COUNT;
	-- who asks for the first periods anew wants them to begin with the source
	EXECUTE format('DELETE FROM %1$s_periods WHERE $1 AND period_end <= $2'
		' AND (period_start < $4 OR $4 IS NULL) AND $3 <='
		' (SELECT min(period_start) FROM %1$s_periods)', place)
		USING run.recompute, run.first_at, run.since, run.until;
	GET DIAGNOSTICS before_it = ROW_COUNT;
	EXECUTE format('UPDATE %s_run_log SET state = ''finished'','
		' finished_at = clock_timestamp(), updated_at = clock_timestamp(),'
		' periods_removed = $2 WHERE run_no = $1', place)
		USING run_no, after_it + before_it;
	RAISE NOTICE 'report "%": periods computed: %; as before: %', def.name,
		run.periods_planned + run.periods_resumed,
		run.periods - run.periods_planned - run.periods_resumed;
	IF after_it > 0 THEN
		RAISE NOTICE 'report "%": periods after as_of, which are removed: %', def.name, after_it;
	END IF;
	IF before_it > 0 THEN
		RAISE NOTICE 'report "%": periods before the first event, which are removed: %', def.name, before_it;
	END IF;
END
$$;
COMMENT ON FUNCTION journey_report_publish(regclass, bigint) IS
'shows what a run has computed in place of what was there, and ends the run';

CREATE FUNCTION journey_report_step(
	report regclass, run_no bigint, name text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE COST 100000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	place text;
	run record;
	todo record;
	source_rows bigint;
BEGIN
	-- who looks whether a refresh is going on holds it for a moment
	PERFORM pg_advisory_xact_lock(journey_report_lock_key(report));
	-- a role that was set for one transaction is gone
	PERFORM journey_report_check_owner(report, name);
	place := journey_report_place(report);
	EXECUTE format('SELECT * FROM %s_run_log WHERE run_no = $1', place)
		INTO run USING run_no;
	IF run.state IS DISTINCT FROM 'running' THEN
		RAISE EXCEPTION 'another session has taken over the refresh'
			USING ERRCODE = 'lock_not_available',
			HINT = 'What was computed is not lost; call it again.';
	END IF;
	IF run.periods_planned IS NULL THEN
		PERFORM journey_report_plan(report, run_no);
		RETURN true;
	END IF;
	EXECUTE format('SELECT period_start, period FROM %s_periods'
		' WHERE run_no = $1 AND state = ''planned'''
		' ORDER BY period_start LIMIT 1', place) INTO todo USING run_no;
	IF todo.period_start IS NULL THEN
		PERFORM journey_report_publish(report, run_no);
		RETURN false;
	END IF;
	source_rows := journey_report_compute(report, run_no, todo.period_start);
	EXECUTE format('UPDATE %s_run_log SET periods_done = periods_done + 1,'
		' rows_computed = rows_computed + $2, updated_at = clock_timestamp()'
		' WHERE run_no = $1', place) USING run_no, source_rows;
	RAISE NOTICE 'report "%": % (% of %), rows: %',
		(journey_report_read(report)).name, todo.period, run.periods_done + 1,
		run.periods_planned, source_rows;
	RETURN true;
END
$$;
COMMENT ON FUNCTION journey_report_step(regclass, bigint, text) IS
'one transaction''s work of a refresh of the report of this name: the plan, a period, or the end; is there more? Errors: 55P03 if another session has taken over, or holds the lock for longer than lock_timeout; 42501 and 42704 as for journey_report_check_owner()';

CREATE FUNCTION journey_report_fail(
	report regclass, run_no bigint, code text, message text, detail text,
	hint text, context text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	-- what another role's table does when it is written to is not for this one
	IF NOT EXISTS (SELECT FROM pg_class
			WHERE oid = report AND pg_get_userbyid(relowner) = current_user)
	THEN
		RETURN false;
	END IF;
	EXECUTE format('UPDATE %s_run_log SET state = ''failed'','
		' finished_at = clock_timestamp(), updated_at = clock_timestamp(),'
		' error_code = $2, error = $3, error_detail = nullif($4, ''''),'
		' error_hint = nullif($5, ''''), error_context = $6'
		' WHERE run_no = $1 AND state = ''running''',
		journey_report_place(report))
		USING run_no, code, message, detail, hint, context;
	RETURN true;
END
$$;
COMMENT ON FUNCTION journey_report_fail(regclass, bigint, text, text, text, text, text) IS
'notes in the log what a run failed with; false, and nothing is done, if the report is gone or is not the current role''s own';

-- No SET here: a procedure that has one cannot commit.  So everything is
-- qualified.
CREATE PROCEDURE journey_refresh(
	name text,
	since timestamptz DEFAULT NULL,
	until timestamptz DEFAULT NULL,
	as_of timestamptz DEFAULT NULL,
	recompute boolean DEFAULT false,
	schema text DEFAULT NULL
)
LANGUAGE plpgsql
AS $$
DECLARE
	-- of now: SET LOCAL ends with the first COMMIT
	path constant pg_catalog.name[] := pg_catalog.current_schemas(false);
	report pg_catalog.regclass;
	run_no pg_catalog.int8;
	more pg_catalog.bool := true;
	noted pg_catalog.bool;
	code pg_catalog.text;
	message pg_catalog.text;
	detail pg_catalog.text;
	hint pg_catalog.text;
	context pg_catalog.text;
BEGIN
	IF @extschema@.journey_report_in_block() THEN
		RAISE EXCEPTION 'journey_refresh cannot be called inside a transaction block'
			USING ERRCODE = 'active_sql_transaction',
			DETAIL = 'It commits after each period.',
			HINT = 'Call it by itself: without BEGIN, with autocommit on, and not in one string with other statements.';
	END IF;
	PERFORM @extschema@.journey_report_owned(name, schema, path);
	-- who comes late must see what others have committed
	COMMIT;
	SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
	SELECT s.report, s.run_no INTO report, run_no
	FROM @extschema@.journey_report_start(name, schema, path, since, until,
		as_of, recompute) AS s;
	IF run_no IS NULL THEN
		COMMIT;
		RETURN;
	END IF;
	WHILE more LOOP
		COMMIT;
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		BEGIN
			more := @extschema@.journey_report_step(report, run_no, name);
			-- what waits for the end of the transaction can fail, too
			SET CONSTRAINTS ALL IMMEDIATE;
		EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
			GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE,
				message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
				hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
			hint := @extschema@.journey_report_hint(name, code, hint);
		END;
		IF code IS NOT NULL THEN
			noted := @extschema@.journey_report_fail(report, run_no, code,
				message, detail, hint, context);
			COMMIT;
			IF noted THEN
				RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message,
					DETAIL = pg_catalog.concat_ws(' ', CASE
						WHEN detail OPERATOR(pg_catalog.<>) '' THEN detail END,
						'The views still show the last refresh that finished.'),
					HINT = CASE WHEN hint OPERATOR(pg_catalog.<>) '' THEN hint ELSE
						'The report''s log has more; the next refresh goes on from here.' END;
			END IF;
			RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message,
				DETAIL = CASE WHEN detail OPERATOR(pg_catalog.<>) '' THEN detail
					ELSE 'The refresh could not be completed.' END;
		END IF;
	END LOOP;
	COMMIT;
END
$$;
COMMENT ON PROCEDURE journey_refresh(text, timestamptz, timestamptz, timestamptz, boolean, text) IS
'brings a report of one''s own up to date. Computed are new periods, those that were still open, and final ones of which events came late, were repeated, changed or removed; the rest stays. since, until: only periods between these times (NULL: all). as_of: up to when the source is complete; a period is final when its window is over by then (NULL: the time of the newest event, or now if that is earlier). recompute: all periods, with the journey of now. It commits before it begins and after each period, and shows all of them at the end at once; a second call while it runs does nothing, with a notice. Errors: 25001 in a transaction block, 2D000 in a function; 42704 and 42501 as for journey_alter_report(); 22023 for since not before until, as_of in the future or before that of the last refresh; and whatever reading the source raises: it is in the log, and the views stay as they were';
