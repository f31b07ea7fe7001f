-- Reports: the tables and views that make one up.

-- What the functions below are given: what the names of the report begin with, the
-- columns that say of which period and segment a row is, and how it was measured,
-- and the tables that they come from.
CREATE FUNCTION journey_report_make_stages(
	place text, period text, measured text, results text,
	level double precision
) RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	EXECUTE format($view$
		CREATE OR REPLACE VIEW %1$s_stages AS
		SELECT s.stage_no, s.stage, s.optional, %2$s,
			s.entered, s.reached, s.settled, s.continued, s.dropped, s.waiting,
			s.excluded, s.conversion, s.conversion_low, s.conversion_high,
			s.drop_off, s.overall, s.median_s, s.p90_s, s.valued, s.value,
			s.value_lost, s.value_waiting, s.feeling, s.negative_share, %3$s
		FROM %4$s, LATERAL stages(r.summary, %5$L) s
		WHERE p.state = 'current'$view$,
		place, period, measured, results, level);
	EXECUTE format($view$
		CREATE OR REPLACE VIEW %1$s_leaks AS
		SELECT l.stage_no, l.stage, l.next_stage, l.rank, %2$s,
			l.measure, l.reached, l.settled, l.lost, l.drop_off, l.drop_off_low,
			l.drop_off_high, l.value_lost, l.completions_lost, l.share,
			l.expected_drop_off, l.excess, l.recoverable, l.recoverable_low,
			l.enough_data, l.p_worst, %3$s
		FROM %4$s, LATERAL leaks(r.summary, level => %5$L) l
		WHERE p.state = 'current'$view$,
		place, period, measured, results, level);
END
$$;
COMMENT ON FUNCTION journey_report_make_stages(text, text, text, text, double precision) IS
'makes the views of a report that read its funnels by stage';

CREATE FUNCTION journey_report_make_trend(
	place text, period text, measured text, results text
) RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	-- An open journey is entered at any stage: the value of its first one is
	-- that of some customers only, so add up where they all ended.
	EXECUTE format($view$
		CREATE OR REPLACE VIEW %1$s_trend AS
		SELECT %2$s, customers(r.summary) AS customers, s.completed, s.dropped,
			s.waiting, s.excluded, conversion(r.summary) AS conversion,
			extract(epoch FROM time_to_convert(r.summary))::double precision
				AS median_s,
			CASE journey(r.summary)::jsonb ->> 'entry' WHEN 'any'
				THEN s.value_completed + s.value_lost + s.value_waiting
				ELSE s.value_entered END AS value,
			s.value_lost, s.value_waiting,
			w.stage_no AS worst_stage_no, w.stage AS worst_stage,
			w.next_stage AS worst_next_stage, w.lost AS worst_lost,
			w.value_lost AS worst_value_lost, w.share AS worst_share,
			w.p_worst, p.source_rows, %3$s
		FROM %4$s
		CROSS JOIN LATERAL (
			SELECT (array_agg(reached ORDER BY stage_no DESC)
					FILTER (WHERE NOT optional))[1] AS completed,
				coalesce(sum(dropped), 0)::bigint AS dropped,
				coalesce(sum(waiting), 0)::bigint AS waiting,
				coalesce(sum(excluded), 0)::bigint AS excluded,
				(array_agg(value ORDER BY stage_no))[1] AS value_entered,
				(array_agg(value ORDER BY stage_no DESC)
					FILTER (WHERE NOT optional))[1] AS value_completed,
				CASE WHEN bool_or(dropped > 0 AND value_lost IS NULL) THEN NULL
					ELSE sum(value_lost) END AS value_lost,
				sum(value_waiting) AS value_waiting
			FROM stages(r.summary)
		) s
		LEFT JOIN LATERAL worst_leak(r.summary) w ON w.lost > 0
		WHERE p.state = 'current'$view$,
		place, period, measured, results);
END
$$;
COMMENT ON FUNCTION journey_report_make_trend(text, text, text, text) IS
'makes the view of a report with one row for each period';

CREATE FUNCTION journey_report_make_comparison(
	place text, period text, measured text, results text,
	level double precision
) RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	EXECUTE format($view$
		CREATE OR REPLACE VIEW %1$s_comparison AS
		SELECT s.stage_no, s.stage, %2$s,
			q.period AS previous_period, q.period_start AS previous_period_start,
			q.is_final AS previous_is_final, c.reason IS NULL AS comparable,
			c.reason, s.reached, t.reached AS previous_reached,
			s.settled, t.settled AS previous_settled,
			s.conversion, s.conversion_low, s.conversion_high,
			t.conversion AS previous_conversion,
			t.conversion_low AS previous_conversion_low,
			t.conversion_high AS previous_conversion_high,
			d.difference AS change, d.difference_low AS change_low,
			d.difference_high AS change_high,
			d.difference_low > 0 OR d.difference_high < 0 AS significant,
			d.p_value, d.p_holm, d.p_better, d.enough_data,
			s.median_s, t.median_s AS previous_median_s,
			s.value_lost, t.value_lost AS previous_value_lost, %3$s
		FROM %4$s
		JOIN %1$s_journeys j USING (journey_no)
		LEFT JOIN %1$s_periods q
			ON q.state = 'current' AND q.period_end = p.period_start
		LEFT JOIN %1$s_journeys k ON k.journey_no = q.journey_no
		LEFT JOIN %1$s_results o
			ON o.period_start = q.period_start AND o.run_no = q.run_no
			AND o.is_total = r.is_total
			AND o.segment IS NOT DISTINCT FROM r.segment
		CROSS JOIN LATERAL (
			SELECT CASE
				WHEN q.period_start IS NULL THEN 'there is no previous period'
				WHEN k.matching_no <> j.matching_no
					THEN 'the journey was changed in between'
				WHEN q.source_no <> p.source_no
					THEN 'the source was changed in between'
				WHEN o.period_start IS NULL
					THEN 'the previous period does not have this segment'
				END AS reason
		) c
		CROSS JOIN LATERAL (
			SELECT CASE WHEN c.reason IS NULL THEN o.summary END AS summary
		) b
		CROSS JOIN LATERAL journey_report_rates(r.summary, %5$L) s
		LEFT JOIN LATERAL journey_report_rates(b.summary, %5$L) t
			ON t.stage_no = s.stage_no
		LEFT JOIN LATERAL compare(b.summary, r.summary, %5$L) d
			ON coalesce(d.stage_no, 0) = s.stage_no
		WHERE p.state = 'current'$view$,
		place, period, measured, results, level);
END
$$;
COMMENT ON FUNCTION journey_report_make_comparison(text, text, text, text, double precision) IS
'makes the view of a report that compares each period with the one before';

CREATE FUNCTION journey_report_make_map(
	place text, period text, measured text, results text
) RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	-- The notes are those of the newest journey that counts alike.
	EXECUTE format($view$
		CREATE OR REPLACE VIEW %1$s_map AS
		SELECT m.stage_no, m.stage, m.optional, %2$s,
			m.goal, m.touchpoints, m.thoughts, m.pains, m.opportunities,
			m.evidence, m.basis, m.expected_feeling, m.feeling, m.negative_share,
			m.felt, m.expected_drop_off, m.drop_off, m.drop_off_low,
			m.drop_off_high, m.reached, m.settled, m.dropped, m.waiting,
			m.excluded, m.value, m.value_lost, m.leak_rank, m.measure,
			m.expected_reached, m.expected_lost, m.expected_leak_rank, %3$s
		FROM %4$s
		JOIN %1$s_journeys j USING (journey_no)
		CROSS JOIN LATERAL (
			SELECT k.journey FROM %1$s_journeys k
			WHERE k.matching_no = j.matching_no
			ORDER BY k.journey_no DESC LIMIT 1
		) newest
		CROSS JOIN LATERAL journey_map(newest.journey, r.summary) m
		WHERE p.state = 'current'$view$,
		place, period, measured, results);
	EXECUTE format($view$
		CREATE OR REPLACE VIEW %1$s_pictures AS
		SELECT %2$s, svg_uri(r.summary) AS picture, bars(r.summary) AS bars, %3$s
		FROM %4$s
		WHERE p.state = 'current'$view$,
		place, period, measured, results);
END
$$;
COMMENT ON FUNCTION journey_report_make_map(text, text, text, text) IS
'makes the views of a report with the journey map, and with pictures';

CREATE FUNCTION journey_report_make_alerts(place text) RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	EXECUTE format($view$
		CREATE OR REPLACE VIEW %1$s_alerts AS
		WITH newest AS (
			SELECT max(period_start) AS period_start
			FROM %1$s_periods WHERE state = 'current' AND is_final
		), compared AS (
			SELECT c.* FROM %1$s_comparison c JOIN newest USING (period_start)
			WHERE c.comparable AND c.previous_is_final
		)
		SELECT c.stage_no, c.stage, 'conversion fell' AS alert, c.period,
			c.period_date, c.period_start, c.segment, c.is_total,
			c.previous_period, NULL::text AS previous_stage, c.conversion,
			c.previous_conversion, c.change, c.change_low, c.change_high,
			NULL::double precision AS p_worst,
			format('conversion of %%s fell from %%s to %%s',
				CASE c.stage_no WHEN 0 THEN 'the journey' ELSE c.stage END,
				round(c.previous_conversion::numeric, 4),
				round(c.conversion::numeric, 4)) AS message
		FROM compared c
		WHERE c.change_high < 0 AND c.enough_data
		UNION ALL
		SELECT t.worst_stage_no, t.worst_stage, 'worst leak changed', t.period,
			t.period_date, t.period_start, t.segment, t.is_total, u.period,
			u.worst_stage, c.conversion, c.previous_conversion, c.change,
			c.change_low, c.change_high, t.p_worst,
			format('the worst leak is %%s, it was %%s', t.worst_stage,
				u.worst_stage)
		FROM compared c
		JOIN %1$s_trend t ON t.period_start = c.period_start
			AND t.segment = c.segment AND t.is_total = c.is_total
			AND t.worst_stage_no = c.stage_no
		JOIN %1$s_trend u ON u.period_start = c.previous_period_start
			AND u.segment = c.segment AND u.is_total = c.is_total
		WHERE u.worst_stage <> t.worst_stage$view$, place);
END
$$;
COMMENT ON FUNCTION journey_report_make_alerts(text) IS
'makes the view of a report that tells what got worse';

CREATE FUNCTION journey_report_make_runs(place text) RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	EXECUTE format($view$
		CREATE OR REPLACE VIEW %1$s_runs AS
		SELECT run_no, CASE WHEN state = 'running'
				AND updated_at < clock_timestamp() - interval '10 s'
				AND NOT journey_report_locked(%2$L::regclass)
				AND NOT pg_is_in_recovery()
			THEN 'interrupted' ELSE state END AS state,
			started_at, updated_at, finished_at,
			extract(epoch FROM coalesce(finished_at, updated_at) - started_at)
				::double precision AS duration_s,
			as_of, since, until, recompute, periods, periods_planned,
			periods_done, periods_resumed, periods_kept, periods_removed,
			rows_computed, rows_ignored, rows_later, error_code, error,
			error_detail, error_hint
		FROM %1$s_run_log$view$, place, place || '_report');
END
$$;
COMMENT ON FUNCTION journey_report_make_runs(text) IS
'makes the view of a report that tells of its refreshes';

CREATE FUNCTION journey_report_make_views(place text, level double precision)
RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	-- What each row of a result says about its period and segment.  A segment
	-- that is called like one of the two names made up here gets another pair of
	-- parentheses, so that no two have the same name.
	period constant text :=
		'p.period, p.period_date, p.period_start, p.period_end, p.is_final,'
		' CASE WHEN r.is_total THEN ''(all)'' WHEN r.segment IS NULL THEN ''(none)'''
		' WHEN r.segment ~ ''^\(+(all|none)\)+$'' THEN ''('' || r.segment || '')'''
		' ELSE r.segment END AS segment, r.is_total';
	measured constant text := 'p.as_of, p.journey_no, p.source_no, p.computed_at';
	results constant text := format(
		'%1$s_periods p JOIN %1$s_results r USING (period_start, run_no)', place);
BEGIN
	PERFORM journey_report_make_stages(place, period, measured, results, level);
	PERFORM journey_report_make_trend(place, period, measured, results);
	PERFORM journey_report_make_comparison(place, period, measured, results,
		level);
	PERFORM journey_report_make_map(place, period, measured, results);
	PERFORM journey_report_make_alerts(place);
	PERFORM journey_report_make_runs(place);
END
$$;
COMMENT ON FUNCTION journey_report_make_views(text, double precision) IS
'makes the views of a report anew, with their rights as they are: of the report whose names begin so, with intervals of this level of confidence';

CREATE FUNCTION journey_report_rates(
	funnel funnel,
	level double precision,
	OUT stage_no integer,
	OUT stage text,
	OUT reached bigint,
	OUT settled bigint,
	OUT conversion double precision,
	OUT conversion_low double precision,
	OUT conversion_high double precision,
	OUT median_s double precision,
	OUT value_lost double precision
) RETURNS SETOF record
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 6
BEGIN ATOMIC
	SELECT 0, '(journey)', customers(funnel), NULL::bigint, conversion(funnel),
		NULL::double precision, NULL::double precision,
		extract(epoch FROM time_to_convert(funnel))::double precision,
		NULL::double precision
	UNION ALL
	SELECT s.stage_no, s.stage, s.reached, s.settled, s.conversion,
		s.conversion_low, s.conversion_high, s.median_s, s.value_lost
	FROM stages(funnel, level) s;
END;
COMMENT ON FUNCTION journey_report_rates(funnel, double precision) IS
'a row for the journey as a whole, with stage_no 0, and the stages of a funnel; no rows for NULL';

CREATE FUNCTION journey_report_make(
	def journey_report, journey journey, place text
) RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
	EXECUTE format('CREATE TABLE %s_report OF journey_report'
		' (PRIMARY KEY (prefix))', place);
	EXECUTE format('INSERT INTO %s_report SELECT ($1).*', place) USING def;
	EXECUTE format($table$
		CREATE TABLE %s_journeys (
			journey_no integer PRIMARY KEY,
			matching_no integer NOT NULL,
			journey journey NOT NULL,
			used_from timestamptz NOT NULL DEFAULT now()
		)$table$, place);
	EXECUTE format('INSERT INTO %s_journeys (journey_no, matching_no, journey)'
		' VALUES (1, 1, $1)', place) USING journey;
	EXECUTE format($table$
		CREATE TABLE %1$s_periods (
			period_start timestamptz,
			run_no bigint,
			state text NOT NULL
				CHECK (state IN ('planned', 'computed', 'current')),
			period text NOT NULL,
			period_date date NOT NULL,
			period_end timestamptz NOT NULL,
			is_final boolean NOT NULL,
			as_of timestamptz NOT NULL,
			journey_no integer NOT NULL REFERENCES %1$s_journeys,
			source_no integer NOT NULL,
			source_rows bigint NOT NULL,
			source_digest numeric,
			first_at timestamptz,
			is_cut boolean NOT NULL DEFAULT false,
			computed_at timestamptz,
			PRIMARY KEY (period_start, run_no)
		)$table$, place);
	EXECUTE format('CREATE UNIQUE INDEX ON %s_periods (period_start)'
		' WHERE state = ''current''', place);
	EXECUTE format($table$
		CREATE TABLE %1$s_results (
			period_start timestamptz NOT NULL,
			run_no bigint NOT NULL,
			is_total boolean NOT NULL,
			segment text,
			summary funnel NOT NULL,
			FOREIGN KEY (period_start, run_no) REFERENCES %1$s_periods
				ON DELETE CASCADE,
			UNIQUE NULLS NOT DISTINCT (period_start, run_no, is_total, segment)
		)$table$, place);
	EXECUTE format($table$
		CREATE TABLE %s_run_log (
			run_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
			state text NOT NULL CHECK (state IN
				('running', 'finished', 'failed', 'interrupted')),
			pid integer,
			started_at timestamptz NOT NULL,
			updated_at timestamptz NOT NULL,
			finished_at timestamptz,
			since timestamptz,
			until timestamptz,
			as_of timestamptz,
			as_of_given boolean NOT NULL,
			recompute boolean NOT NULL,
			first_at timestamptz,
			periods integer,
			periods_planned integer,
			periods_resumed integer,
			periods_kept integer,
			periods_done integer,
			periods_removed integer,
			rows_computed bigint,
			rows_ignored bigint,
			rows_later bigint,
			error_code text,
			error text,
			error_detail text,
			error_hint text,
			error_context text
		)$table$, place);
	PERFORM journey_report_make_views(place, def.level);
	PERFORM journey_report_comment(place, def.name);
END
$$;
COMMENT ON FUNCTION journey_report_make(journey_report, journey, text) IS
'makes the tables and views of a report, with names that begin so';

CREATE FUNCTION journey_report_comment(place text, name text) RETURNS void
LANGUAGE plpgsql VOLATILE COST 10000
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
	relation record;
	attribute record;
BEGIN
	FOR relation IN
		SELECT c.oid, d.kind, place || d.suffix AS relname, d.suffix, d.text
		FROM journey_report_relations() d
		JOIN pg_class c ON c.oid = to_regclass(place || d.suffix)
	LOOP
		EXECUTE format('COMMENT ON %s %s IS %L', relation.kind,
			relation.relname, format('journey report %s: %s', name, relation.text));
		FOR attribute IN
			SELECT a.attname, d.text
			FROM pg_attribute a LEFT JOIN journey_report_columns() d
				ON d.name = a.attname
				AND coalesce(d.suffix, relation.suffix) = relation.suffix
			WHERE a.attrelid = relation.oid AND a.attnum > 0
				AND NOT a.attisdropped
			ORDER BY a.attnum, d.suffix NULLS FIRST
		LOOP
			-- in this order the more particular one, if any, is the last
			EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', relation.relname,
				attribute.attname, attribute.text);
		END LOOP;
	END LOOP;
END
$$;
COMMENT ON FUNCTION journey_report_comment(text, text) IS
'comments on the tables, views and columns of a report';
