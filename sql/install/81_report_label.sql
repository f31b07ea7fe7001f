-- Reports: the names of periods.

-- What clocks showed a day before is asked, since some have been set back by
-- nearly as much.
CREATE FUNCTION journey_report_label(
	period text, time_zone text, at timestamptz
) RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, @extschema@, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
	clock constant timestamp := at AT TIME ZONE time_zone;
	set_back constant interval :=
		(at - interval '1 day') AT TIME ZONE time_zone + interval '1 day' - clock;
	ahead interval;
	label text := to_char(clock, CASE period
		WHEN 'hour' THEN 'YYYY-MM-DD HH24:MI' WHEN 'day' THEN 'YYYY-MM-DD'
		WHEN 'week' THEN 'IYYY-"W"IW' WHEN 'month' THEN 'YYYY-MM'
		WHEN 'quarter' THEN 'YYYY-"Q"Q' ELSE 'YYYY' END);
BEGIN
	-- The second time alone: the two differ, and come in the order of text.
	IF period = 'hour' AND set_back > interval '0'
		AND (at - set_back) AT TIME ZONE time_zone = clock
	THEN
		ahead := clock - at AT TIME ZONE 'UTC';
		label := label || CASE WHEN ahead < interval '0' THEN ' -' ELSE ' +' END
			|| to_char(greatest(ahead, -ahead), 'HH24:MI');
	END IF;
	RETURN label;
END
$$;
COMMENT ON FUNCTION journey_report_label(text, text, timestamptz) IS
'the name of the period that begins at this time: 2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026, 2026-11-22 09:00; an hour that the clocks of the zone have shown before, since they were set back, with its offset from UTC: 2026-10-25 02:00 +01:00; NULL for NULL';
