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
	runner integer;
BEGIN
	IF NOT pg_try_advisory_xact_lock(journey_report_lock_key(report)) THEN
		RETURN false;
	END IF;
	PERFORM journey_report_check_owner(report, name);
	EXECUTE format('SELECT pid FROM %s_run_log'
		' WHERE state = ''running'' AND pid <> pg_backend_pid()'
		' ORDER BY run_no DESC LIMIT 1', journey_report_place(report))
		INTO runner;
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

CREATE FUNCTION journey_report_bounds(
	period text, time_zone text, since timestamptz, until timestamptz
) RETURNS timestamptz[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
	step constant interval := CASE period WHEN 'quarter' THEN '3 months'
		ELSE '1 ' || period END;
	-- clocks are set back by less than an hour in some places
	zone constant text := CASE period WHEN 'hour' THEN 'UTC' ELSE time_zone END;
	most constant integer := 100000;
	result timestamptz[];
BEGIN
	IF extract(epoch FROM until - since) / extract(epoch FROM step) > most THEN
		RAISE EXCEPTION 'a report has at most % periods at a time', most
			USING ERRCODE = 'program_limit_exceeded',
			DETAIL = format('From %s to %s there are more of one %s.', since,
				until, period),
			HINT = 'Is the time of the first event right? Create the report with since => ''...'', refresh one part after the other, or choose a longer period.';
	END IF;
	-- Ordered as moments: where a day is skipped or begins twice, the calendar
	-- is not.
	WITH bound AS (
		SELECT DISTINCT local AT TIME ZONE zone AS at
		FROM generate_series(date_trunc(period, since AT TIME ZONE zone) - step,
			(until AT TIME ZONE zone) + 2 * step, step) AS local
	)
	SELECT array_agg(at ORDER BY at) INTO result
	FROM bound
	WHERE at >= (SELECT max(at) FROM bound WHERE at <= since)
		AND at <= (SELECT min(at) FROM bound WHERE at > until);
	RETURN result;
END
$$;
COMMENT ON FUNCTION journey_report_bounds(text, text, timestamptz, timestamptz) IS
'where the periods begin that hold the times from the one to the other, and behind them where the last one ends; NULL for NULL; error 54000 past 100000 periods';

CREATE FUNCTION journey_report_label(
	period text, time_zone text, at timestamptz
) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10
RETURN to_char(at AT TIME ZONE time_zone, CASE period
	WHEN 'hour' THEN 'YYYY-MM-DD HH24:MI' WHEN 'day' THEN 'YYYY-MM-DD'
	WHEN 'week' THEN 'IYYY-"W"IW' WHEN 'month' THEN 'YYYY-MM'
	WHEN 'quarter' THEN 'YYYY-"Q"Q' ELSE 'YYYY' END);
COMMENT ON FUNCTION journey_report_label(text, text, timestamptz) IS
'the name of the period that begins at this time: 2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026, 2026-11-22 09:00; NULL for NULL';

CREATE FUNCTION journey_report_row_hash() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
RETURN 'pg_catalog.hash_record_extended('
	'ROW(customer, at, event, value, channel, feeling, segment), 0)';
COMMENT ON FUNCTION journey_report_row_hash() IS
'the expression that makes a number of an event of a report; the sum over a period tells whether its events are still the same';

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

-- The first event that a period of the report may hold, and the newest that is
-- not in the future.
CREATE FUNCTION journey_report_range(
	def journey_report, until timestamptz,
	OUT first_at timestamptz, OUT newest_at timestamptz
)
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET intervalstyle = postgres
SET extra_float_digits = 1 SET bytea_output = hex
AS $$
DECLARE
	own_path constant text := current_setting('search_path');
	query constant text := format(
		'SELECT pg_catalog.min(r.at), pg_catalog.max(r.at) FROM (%s) AS r'
		' WHERE r.at > ''-infinity'' AND r.at <= $1'
		' AND r.customer IS NOT NULL AND r.event IS NOT NULL',
		journey_report_rows(def));
BEGIN
	PERFORM set_config('search_path', def.source_path, true);
	EXECUTE query INTO first_at, newest_at USING until;
	PERFORM pg_catalog.set_config('search_path', own_path, true);
END
$$;
COMMENT ON FUNCTION journey_report_range(journey_report, timestamptz) IS
'the times of the first and the last event that a report reads, up to a time; NULL where there is none';

-- An event at t concerns the periods from that of t - window to that of t: all
-- events with the same two are one bucket, and sums over buckets are sums over
-- periods.  Where attempts are counted, what happens in a period may depend on
-- all that was before it.
CREATE FUNCTION journey_report_digests(
	def journey_report, journey journey, bounds timestamptz[],
	as_of timestamptz, whole boolean, OUT source_rows bigint[],
	OUT digests numeric[], OUT ignored bigint, OUT later bigint
)
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET intervalstyle = postgres
SET extra_float_digits = 1 SET bytea_output = hex
AS $$
DECLARE
	own_path constant text := current_setting('search_path');
	within constant interval := journey_report_window(journey);
	periods constant integer := cardinality(bounds) - 1;
	chained constant boolean :=
		coalesce(journey::jsonb ->> 'counting' = 'attempts', false);
	-- A literal, so that it is not unpacked for each row.  -1: cannot be used,
	-- -2: later than as_of.
	query constant text := format(
		'SELECT pg_catalog.array_agg(low), pg_catalog.array_agg(high),'
		' pg_catalog.array_agg(n), pg_catalog.array_agg(h)'
		' FROM (SELECT low, high, pg_catalog.count(*) AS n,'
		'   pg_catalog.sum(hash) AS h'
		' FROM (SELECT CASE'
		'   WHEN customer IS NULL OR event IS NULL OR at IS NULL'
		'     OR at = ''infinity'' OR at = ''-infinity'' THEN -1'
		'   WHEN at > $1 THEN -2'
		'   ELSE pg_catalog.width_bucket(at - $2, %1$L::pg_catalog.timestamptz[])'
		'   END AS low, CASE WHEN at <= $1'
		'   THEN pg_catalog.width_bucket(at, %1$L::pg_catalog.timestamptz[])'
		'   END AS high, %2$s AS hash'
		' FROM (%3$s) AS r%4$s) AS r GROUP BY low, high) AS bucket',
		bounds, journey_report_row_hash(), journey_report_rows(def),
		CASE WHEN whole THEN '' ELSE format(' WHERE at < %L'
			'::pg_catalog.timestamptz', bounds[periods + 1] + within)
			|| CASE WHEN chained THEN '' ELSE format(' AND at >= %L'
				'::pg_catalog.timestamptz', bounds[1]) END END);
	lows integer[];
	highs integer[];
	counts bigint[];
	sums numeric[];
BEGIN
	PERFORM set_config('search_path', def.source_path, true);
	EXECUTE query INTO lows, highs, counts, sums USING as_of, within;
	PERFORM pg_catalog.set_config('search_path', own_path, true);

	WITH bucket AS (
		SELECT * FROM unnest(lows, highs, counts, sums) AS b(low, high, n, h)
	), change AS (
		SELECT greatest(low, 1) AS no, n, h FROM bucket WHERE low >= 0
		UNION ALL
		SELECT high + 1, -n, -h FROM bucket WHERE low >= 0 AND NOT chained
		UNION ALL
		SELECT no, 0, 0 FROM generate_series(1, periods) AS no
	), changes AS (
		SELECT no, sum(n) AS n, sum(h) AS h FROM change GROUP BY no
	), running AS (
		SELECT no, sum(n) OVER w AS n, sum(h) OVER w AS h
		FROM changes WINDOW w AS (ORDER BY no)
	)
	SELECT array_agg(n::bigint ORDER BY no), array_agg(h ORDER BY no),
		coalesce((SELECT sum(n) FROM bucket WHERE low = -1), 0),
		coalesce((SELECT sum(n) FROM bucket WHERE low = -2), 0)
	INTO source_rows, digests, ignored, later
	FROM running WHERE no BETWEEN 1 AND periods;
END
$$;
COMMENT ON FUNCTION journey_report_digests(journey_report, journey, timestamptz[], timestamptz, boolean) IS
'for each period between bounds, how many events up to as_of it depends on and a sum of numbers made of them, in one pass over the source (whole: over all of it, else over what concerns these periods); ignored: rows without customer, time or event or with an infinite time; later: those after as_of';

-- The periods between these bounds that are this journey's: the new journey's
-- those that are new or were open, an older one's its own final ones.
CREATE FUNCTION journey_report_plan_part(
	place text, def journey_report, run_no bigint, first_at timestamptz,
	as_of timestamptz, recompute boolean, whole boolean, journey_no integer,
	journey journey, bounds timestamptz[], OUT planned integer,
	OUT resumed integer, OUT kept integer, OUT ignored bigint,
	OUT later bigint
)
LANGUAGE plpgsql VOLATILE COST 100000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	source_rows bigint[];
	digests numeric[];
BEGIN
	SELECT d.source_rows, d.digests, d.ignored, d.later
	INTO STRICT source_rows, digests, ignored, later
	FROM journey_report_digests(def, journey, bounds, as_of, whole) d;
	EXECUTE format($query$
		WITH given AS (
			SELECT d.s, d.e, d.n, d.h, least($5, d.e + $6) AS as_of,
				coalesce(p.first_at < $7 AND NOT $8, false) AS kept,
				coalesce((p.journey_no, p.source_no, p.as_of,
					p.source_rows, p.source_digest)
					= ($9, $10, least($5, d.e + $6), d.n, d.h)
					AND p.is_final AND NOT $8, false) AS same
			FROM unnest($1, $2, $3, $4) AS d(s, e, n, h)
			LEFT JOIN %1$s_periods p
				ON p.period_start = d.s AND p.state = 'current'
			WHERE CASE WHEN p.is_final AND NOT $8 THEN p.journey_no
				ELSE $11 END = $9
		), resumed AS (
			SELECT d.s FROM given d JOIN %1$s_periods q
				ON q.period_start = d.s AND q.state = 'computed'
			WHERE (q.journey_no, q.source_no, q.as_of, q.source_rows,
				q.source_digest) = ($9, $10, d.as_of, d.n, d.h)
				AND NOT d.kept
		), dropped AS (
			DELETE FROM %1$s_periods q USING given d
			WHERE q.period_start = d.s AND q.state = 'computed'
				AND q.period_start NOT IN (SELECT s FROM resumed)
		), planned AS (
			INSERT INTO %1$s_periods (period_start, run_no, state,
				period_end, period, period_date, is_final, as_of,
				journey_no, source_no, source_rows)
			SELECT s, $12, 'planned', e,
				journey_report_label($13, $14, s),
				(s AT TIME ZONE $14)::date, $5 >= e + $6, as_of, $9,
				$10, n
			FROM given
			WHERE NOT kept AND NOT same
				AND s NOT IN (SELECT s FROM resumed)
			RETURNING 1
		)
		SELECT (SELECT count(*) FROM planned) AS planned,
			(SELECT count(*) FROM resumed) AS resumed,
			(SELECT count(*) FROM given WHERE kept) AS kept
		$query$, place)
		INTO STRICT planned, resumed, kept
		USING bounds[1:cardinality(bounds) - 1], bounds[2:], source_rows,
			digests, as_of, journey_report_window(journey), first_at,
			recompute, journey_no, def.source_no, def.journey_no, run_no,
			def.period, def.time_zone;
END
$$;
COMMENT ON FUNCTION journey_report_plan_part(text, journey_report, bigint, timestamptz, timestamptz, boolean, boolean, integer, journey, timestamptz[]) IS
'what journey_report_plan() does for the periods of one journey';

CREATE FUNCTION journey_report_tell_plan(
	name text, first_at timestamptz, ignored bigint, later bigint, kept integer
) RETURNS void
LANGUAGE plpgsql VOLATILE COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	IF first_at IS NULL THEN
		RAISE NOTICE 'report "%": its source has no events, so nothing is changed', name;
	END IF;
	IF ignored > 0 THEN
		RAISE NOTICE 'report "%": % rows without customer, time or event are ignored', name, ignored;
	END IF;
	IF later > 0 THEN
		RAISE NOTICE 'report "%": % rows are later than as_of, and not read yet', name, later;
	END IF;
	IF kept > 0 THEN
		RAISE NOTICE 'report "%": % periods begin with events that the source no longer has; they are kept as they are', name, kept;
	END IF;
END
$$;
COMMENT ON FUNCTION journey_report_tell_plan(text, timestamptz, bigint, bigint, integer) IS
'notices of what a run leaves out';

CREATE FUNCTION journey_report_plan(report regclass, run_no bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE COST 100000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	place constant text := journey_report_place(report);
	def constant journey_report := journey_report_read(report);
	run record;
	first_at timestamptz;
	newest_at timestamptz;
	refreshed_as_of timestamptz;
	bounds timestamptz[];
	total integer := 0;
	used record;
	done record;
	planned integer := 0;
	resumed integer := 0;
	kept integer := 0;
	ignored bigint;
	later bigint;
BEGIN
	EXECUTE format('SELECT * FROM %s_run_log WHERE run_no = $1', place)
		INTO STRICT run USING run_no;
	SELECT r.first_at, r.newest_at INTO first_at, newest_at
	FROM journey_report_range(def, coalesce(run.as_of, clock_timestamp())) r;
	EXECUTE format('SELECT as_of FROM %s_run_log WHERE state = ''finished'''
		' ORDER BY run_no DESC LIMIT 1', place) INTO refreshed_as_of;
	IF run.as_of < refreshed_as_of AND NOT run.recompute THEN
		RAISE EXCEPTION 'as_of is earlier than that of the last refresh'
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('It is %s; the last one was %s.', run.as_of,
				refreshed_as_of),
			HINT = 'With recompute => true all periods are computed as of the earlier time.';
	END IF;
	run.as_of := coalesce(run.as_of, newest_at);
	IF first_at IS NOT NULL AND (run.since IS NULL OR run.since <= run.as_of)
		AND (run.until IS NULL OR run.until > first_at)
	THEN
		bounds := journey_report_bounds(def.period, def.time_zone,
			greatest(first_at, run.since),
			least(run.as_of, run.until - interval '1 microsecond'));
		total := cardinality(bounds) - 1;
	END IF;

	-- what a session that ended had computed and this run does not want
	EXECUTE format('DELETE FROM %s_periods WHERE state = ''computed'''
		' AND ($1 OR period_start <> ALL ($2))', place)
		USING run.recompute, coalesce(bounds, '{}');

	-- Final periods keep their journey: each journey has its own window.
	FOR used IN EXECUTE format(
		'SELECT j.journey_no, j.journey, j.journey_no = $1 AS is_new,'
		' min(p.period_start) AS low, max(p.period_end) AS high'
		' FROM %1$s_journeys j LEFT JOIN %1$s_periods p'
		' ON p.journey_no = j.journey_no AND p.state = ''current'''
		' AND p.is_final AND p.period_start = ANY ($2)'
		' WHERE j.journey_no = $1 OR (p.period_start IS NOT NULL AND NOT $3)'
		' GROUP BY j.journey_no, j.journey ORDER BY 1',
		place) USING def.journey_no, bounds[1:total], run.recompute
	LOOP
		CONTINUE WHEN total = 0;
		IF used.is_new THEN
			used.low := bounds[1];
			used.high := bounds[total + 1];
		END IF;
		SELECT * INTO STRICT done
		FROM journey_report_plan_part(place, def, run_no, first_at, run.as_of,
			run.recompute,
			used.is_new AND run.since IS NULL AND run.until IS NULL,
			used.journey_no, used.journey, (
				SELECT array_agg(b ORDER BY b) FROM unnest(bounds) b
				WHERE b BETWEEN used.low AND used.high));
		planned := planned + done.planned;
		resumed := resumed + done.resumed;
		kept := kept + done.kept;
		IF used.is_new THEN
			ignored := done.ignored;
			later := done.later;
		END IF;
	END LOOP;

	EXECUTE format('UPDATE %s_run_log SET as_of = $2, first_at = $3,'
		' periods = $4, periods_planned = $5, periods_resumed = $6,'
		' periods_kept = $7, periods_done = 0, rows_computed = 0,'
		' rows_ignored = $8, rows_later = $9, updated_at = clock_timestamp()'
		' WHERE run_no = $1', place)
		USING run_no, run.as_of, first_at, total, planned, resumed, kept,
			coalesce(ignored, 0), coalesce(later, 0);
	PERFORM journey_report_tell_plan(def.name, first_at, coalesce(ignored, 0),
		coalesce(later, 0), kept);
END
$$;
COMMENT ON FUNCTION journey_report_plan(regclass, bigint) IS
'finds the periods that a run has to compute, and notes them as planned';

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
			WHERE r.at < $4 AND r.at <= $5%5$s
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
	run record;
	removed bigint;
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
	GET DIAGNOSTICS removed = ROW_COUNT;
	EXECUTE format('UPDATE %s_run_log SET state = ''finished'','
		' finished_at = clock_timestamp(), updated_at = clock_timestamp(),'
		' periods_removed = $2 WHERE run_no = $1', place) USING run_no, removed;
	RAISE NOTICE 'report "%": % periods computed, % as before',
		(journey_report_read(report)).name,
		run.periods_planned + run.periods_resumed,
		run.periods - run.periods_planned - run.periods_resumed;
	IF removed > 0 THEN
		RAISE NOTICE 'report "%": % periods after as_of are removed',
			(journey_report_read(report)).name, removed;
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
	RAISE NOTICE 'report "%": % (% of %), % rows',
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
