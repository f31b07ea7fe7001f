-- Reports: which periods a refresh has to compute.  docs/reports.md says why
-- that is enough.
--
-- The source is read by EXECUTE under the search path it was given in; what
-- these queries add to it is qualified, or an operator of built-in types that
-- pg_catalog, searched first, has exactly.

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

CREATE FUNCTION journey_report_row_hash() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
RETURN 'pg_catalog.hash_record_extended('
	'ROW(customer, at, event, value, channel, feeling, segment), 0)';
COMMENT ON FUNCTION journey_report_row_hash() IS
'the expression that makes a number of an event of a report; the sum over a period tells whether its events are still the same';

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

CREATE FUNCTION journey_report_present(place text, def journey_report)
RETURNS timestamptz[]
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET intervalstyle = postgres
SET extra_float_digits = 1 SET bytea_output = hex
AS $$
DECLARE
	own_path constant text := current_setting('search_path');
	known timestamptz[];
	query text;
	result timestamptz[];
BEGIN
	EXECUTE format('SELECT array_agg(first_at) FROM %s_periods'
		' WHERE state = ''current'' AND first_at IS NOT NULL AND NOT is_cut',
		place) INTO known;
	IF known IS NULL THEN
		RETURN NULL;
	END IF;
	query := format('SELECT pg_catalog.array_agg(DISTINCT r.at)'
		' FROM (%s) AS r WHERE r.at = ANY (%L::pg_catalog.timestamptz[])'
		' AND r.customer IS NOT NULL AND r.event IS NOT NULL',
		journey_report_rows(def), known);
	PERFORM set_config('search_path', def.source_path, true);
	EXECUTE query INTO result;
	PERFORM pg_catalog.set_config('search_path', own_path, true);
	RETURN coalesce(result, '{}');
END
$$;
COMMENT ON FUNCTION journey_report_present(text, journey_report) IS
'of the times of the first events of a report''s periods, those at which its source still has an event; NULL if no period is known that had one. Periods that are known to be cut do not count';

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
--
-- A source is cut at its beginning: gone is a period that has lost its first
-- event, or most of its events, and kept is one that is gone with all before
-- it.  Where nothing is left of what was first, all events may have been moved
-- as well, and then a final one must have lost most.  A final one that was kept
-- stays: who comes late says nothing about those who are gone.
CREATE FUNCTION journey_report_plan_part(
	place text, def journey_report, run_no bigint, source_first_at timestamptz,
	as_of timestamptz, recompute boolean, whole boolean, journey_no integer,
	journey journey, bounds timestamptz[], OUT planned integer,
	OUT resumed integer, OUT kept integer, OUT kept_open integer,
	OUT fewer integer, OUT ignored bigint, OUT later bigint
)
LANGUAGE plpgsql VOLATILE COST 100000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	source_rows bigint[];
	digests numeric[];
	present timestamptz[];
BEGIN
	SELECT d.source_rows, d.digests, d.ignored, d.later
	INTO STRICT source_rows, digests, ignored, later
	FROM journey_report_digests(def, journey, bounds, as_of, whole) d;
	-- later than that: what goes meanwhile must not look like a change
	present := journey_report_present(place, def);
	EXECUTE format($query$
		WITH known AS (
			SELECT d.s, d.e, d.n, d.h, least($5, d.e + $6) AS as_of,
				p.is_final, p.is_cut, p.source_no, p.source_rows, p.first_at,
				coalesce(p.first_at <> ALL ($7) OR p.first_at IS NOT NULL
					AND p.is_final AND d.n * 2 < p.source_rows, false) AS gone,
				coalesce((p.journey_no, p.source_no, p.as_of,
					p.source_rows, p.source_digest)
					= ($9, $10, least($5, d.e + $6), d.n, d.h)
					AND p.is_final AND NOT $8, false) AS same
			FROM unnest($1, $2, $3, $4) AS d(s, e, n, h)
			LEFT JOIN %1$s_periods p
				ON p.period_start = d.s AND p.state = 'current'
			WHERE CASE WHEN p.is_final AND NOT $8 THEN p.journey_no
				ELSE $11 END = $9
		), cut AS (
			SELECT least(
				(SELECT min(first_at) FROM known WHERE NOT gone AND NOT is_cut),
				(SELECT min(first_at) FROM %1$s_periods
					WHERE state = 'current' AND NOT is_cut
						AND first_at = ANY ($7)
						AND period_start NOT IN (SELECT s FROM known))) AS at
		), given AS (
			SELECT k.*, NOT $8 AND coalesce(CASE
				WHEN is_cut THEN source_no = $10 OR n < source_rows
				WHEN NOT gone OR first_at >= cut.at THEN false
				WHEN n = 0 THEN true
				WHEN source_no <> $10 THEN false
				WHEN cut.at IS NOT NULL THEN true
				WHEN is_final THEN n * 2 < source_rows
				ELSE first_at < $15 END, false) AS kept
			FROM known k, cut
		), marked AS (
			UPDATE %1$s_periods p SET is_cut = true FROM given d
			WHERE p.period_start = d.s AND p.state = 'current' AND d.kept
				AND d.is_final AND NOT d.is_cut
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
		SELECT (SELECT count(*) FROM planned), (SELECT count(*) FROM resumed),
			count(*) FILTER (WHERE kept),
			count(*) FILTER (WHERE kept AND NOT is_final),
			count(*) FILTER (WHERE is_final AND NOT kept AND n < source_rows)
		FROM given
		$query$, place)
		INTO STRICT planned, resumed, kept, kept_open, fewer
		USING bounds[1:cardinality(bounds) - 1], bounds[2:], source_rows,
			digests, as_of, journey_report_window(journey), present,
			recompute, journey_no, def.source_no, def.journey_no, run_no,
			def.period, def.time_zone, source_first_at;
END
$$;
COMMENT ON FUNCTION journey_report_plan_part(text, journey_report, bigint, timestamptz, timestamptz, boolean, boolean, integer, journey, timestamptz[]) IS
'what journey_report_plan() does for the periods of one journey';

CREATE FUNCTION journey_report_tell_plan(
	name text, first_at timestamptz, ignored bigint, later bigint,
	kept integer, kept_open integer, fewer integer
) RETURNS void
LANGUAGE plpgsql VOLATILE COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	IF first_at IS NULL THEN
		RAISE NOTICE 'report "%": its source has no events to read, so nothing is changed', name;
	END IF;
	IF ignored > 0 THEN
		RAISE NOTICE 'report "%": rows without customer, time or event, which are ignored: %', name, ignored;
	END IF;
	IF later > 0 THEN
		RAISE NOTICE 'report "%": rows later than as_of, which are not read yet: %', name, later;
	END IF;
	IF kept > 0 THEN
		RAISE NOTICE 'report "%": periods that begin with events that the source no longer has, and are kept as they are: %', name, kept;
	END IF;
	IF kept_open > 0 THEN
		RAISE NOTICE 'report "%": of these are open, and stay so: %', name, kept_open
			USING HINT = 'Keep events in the source for a period and its window. If they were removed on purpose, refresh with recompute => true.';
	END IF;
	IF fewer > 0 THEN
		RAISE NOTICE 'report "%": final periods that have fewer events than before, and are computed again: %', name, fewer;
	END IF;
END
$$;
COMMENT ON FUNCTION journey_report_tell_plan(text, timestamptz, bigint, bigint, integer, integer, integer) IS
'notices of what a run leaves out, keeps, and loses';

-- A time that was said to be the one up to which the source is complete stays
-- that; one that was taken from the newest event goes back with it, but not
-- where nothing is left of what there was.
CREATE FUNCTION journey_report_as_of(
	place text, def journey_report, as_of timestamptz, newest_at timestamptz,
	recompute boolean
) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	last timestamptz;
	said timestamptz;
BEGIN
	EXECUTE format($query$
		SELECT (SELECT as_of FROM %1$s_run_log WHERE state = 'finished'
				AND as_of IS NOT NULL ORDER BY run_no DESC LIMIT 1),
			(SELECT as_of FROM %1$s_run_log WHERE state = 'finished'
				AND as_of_given ORDER BY run_no DESC LIMIT 1)
		$query$, place) INTO last, said;
	IF as_of < last AND NOT recompute THEN
		RAISE EXCEPTION 'as_of is earlier than that of the last refresh'
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('It is %s; the last one was %s.', as_of, last),
			HINT = 'With recompute => true all periods are computed as of the earlier time.';
	END IF;
	IF as_of IS NULL AND newest_at < last AND NOT recompute
		AND journey_report_present(place, def) = '{}'
	THEN
		said := last;
	END IF;
	RETURN coalesce(as_of,
		CASE WHEN newest_at IS NOT NULL THEN greatest(newest_at, said) END);
END
$$;
COMMENT ON FUNCTION journey_report_as_of(text, journey_report, timestamptz, timestamptz, boolean) IS
'up to when a source is complete: as it was said for this run, else the later one of the newest event and of what was said last, or NULL without any event; error 22023 if it was said to be earlier than at the last run, and not everything is recomputed';

-- A run that computes everything begins where the source does, so what is from
-- before that stays; others look at all periods.
CREATE FUNCTION journey_report_run_bounds(
	place text, def journey_report, first_at timestamptz, as_of timestamptz,
	since timestamptz, until timestamptz, recompute boolean
) RETURNS timestamptz[]
LANGUAGE plpgsql STABLE COST 1000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	low timestamptz := first_at;
BEGIN
	IF NOT recompute THEN
		EXECUTE format('SELECT least($1, min(period_start)) FROM %s_periods'
			' WHERE state = $2', place) INTO low USING first_at, 'current';
	END IF;
	IF first_at IS NULL OR since > as_of OR until <= low THEN
		RETURN NULL;
	END IF;
	RETURN journey_report_bounds(def.period, def.time_zone,
		greatest(low, since), least(as_of, until - interval '1 microsecond'));
END
$$;
COMMENT ON FUNCTION journey_report_run_bounds(text, journey_report, timestamptz, timestamptz, timestamptz, timestamptz, boolean) IS
'where the periods begin that a run looks at, and where the last one ends; NULL if there are none';

CREATE FUNCTION journey_report_plan(report regclass, run_no bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE COST 100000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	place constant text := journey_report_place(report);
	def constant journey_report := journey_report_read(report);
	run record;
	read_until timestamptz;
	first_at timestamptz;
	bounds timestamptz[];
	total integer;
	used record;
	done record;
	planned integer := 0;
	resumed integer := 0;
	kept integer := 0;
	kept_open integer := 0;
	fewer integer := 0;
	ignored bigint := 0;
	later bigint := 0;
BEGIN
	EXECUTE format('SELECT * FROM %s_run_log WHERE run_no = $1', place)
		INTO STRICT run USING run_no;
	read_until := coalesce(run.as_of, clock_timestamp());
	SELECT r.first_at, journey_report_as_of(place, def, run.as_of,
		r.newest_at, run.recompute)
	INTO first_at, run.as_of FROM journey_report_range(def, read_until) r;
	bounds := journey_report_run_bounds(place, def, first_at, run.as_of,
		run.since, run.until, run.recompute);
	total := coalesce(cardinality(bounds) - 1, 0);

	-- what a session that ended had computed and this run does not want
	EXECUTE format('DELETE FROM %s_periods WHERE state = ''computed'''
		' AND ($1 OR period_start <> ALL ($2))', place)
		USING run.recompute, coalesce(bounds[1:total], '{}');

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
		IF used.is_new AND first_at IS NULL THEN
			SELECT d.ignored, d.later INTO ignored, later
			FROM journey_report_digests(def, used.journey,
				ARRAY[read_until, 'infinity'], read_until, true) d;
		END IF;
		CONTINUE WHEN total = 0;
		IF used.is_new THEN
			used.low := bounds[1];
			used.high := bounds[total + 1];
		END IF;
		SELECT * INTO STRICT done
		FROM journey_report_plan_part(place, def, run_no, first_at,
			run.as_of, run.recompute,
			used.is_new AND run.since IS NULL AND run.until IS NULL,
			used.journey_no, used.journey, (
				SELECT array_agg(b ORDER BY b) FROM unnest(bounds) b
				WHERE b BETWEEN used.low AND used.high));
		planned := planned + done.planned;
		resumed := resumed + done.resumed;
		kept := kept + done.kept;
		kept_open := kept_open + done.kept_open;
		fewer := fewer + done.fewer;
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
			ignored, later;
	PERFORM journey_report_tell_plan(def.name, first_at, ignored, later, kept,
		kept_open, fewer);
END
$$;
COMMENT ON FUNCTION journey_report_plan(regclass, bigint) IS
'finds the periods that a run has to compute, and notes them as planned';
