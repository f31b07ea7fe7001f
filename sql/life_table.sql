-- when in the life of customers things happen
SET timezone = 'UTC';
SET jit = off;
CREATE SCHEMA test_life;
SET search_path = test_life, public;
CREATE FUNCTION refused(statement text)
RETURNS TABLE (code text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	code := 'none';
	RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END
$$;
-- one customer's events from 'day[feeling] ...'
CREATE FUNCTION life_of(days text) RETURNS timeline LANGUAGE sql AS $$
	SELECT timeline(timestamptz '2026-01-01Z' + word[1]::float8 * interval '1 day', 'e', NULL, NULL, word[2]::float8)
	FROM regexp_matches(days, '([0-9.]+)(?:\[([-0-9.]+)\])?', 'g') AS word
$$;
SELECT * FROM unnest(NULL::life_period[]) \gdesc

-- one customer: last heard of on day 9, in the second week; weeks that ended 5 days before day 30 are settled
SELECT period, customers, active, events, felt, feeling, negative_share, at_risk, departed, open, hazard, survival
FROM unnest((SELECT life_table(life_of('0[1] 3[-0.5] 7 9[-1]'), '2026-01-31Z', '7 days', '5 days')));
-- the bounds of the periods, in seconds; the start belongs to a period, the end does not
SELECT period, start_s, end_s, events FROM unnest((SELECT life_table(life_of('0 6.99999 7 14'), '2026-01-31Z', '7 days', '5 days')));
-- silent for less than quiet: open, not departed, from the week on that is not settled
SELECT period, customers, at_risk, departed, open FROM unnest((SELECT life_table(life_of('0 9'), '2026-01-31Z', '7 days', '18 days')));
SELECT period, customers, at_risk, departed, open FROM unnest((SELECT life_table(life_of('0 9'), '2026-01-31Z', '7 days', '16 days')));
-- the week just ended quiet before as_of is settled, a microsecond less and it is not
SELECT as_of, p.period, p.at_risk, p.departed, p.open FROM (
	SELECT as_of, life_table(life_of('0 2'), as_of, '7 days', '5 days') AS l FROM (VALUES ('2026-01-13Z'::timestamptz), ('2026-01-12 23:59:59.999999Z')) v(as_of) GROUP BY as_of) l, unnest(l) p ORDER BY as_of, period;
-- quiet of zero: observed to the end, so all is known
SELECT period, at_risk, departed, open FROM unnest((SELECT life_table(life_of('0 2'), '2026-01-08Z', '7 days', '0')));
SELECT period, at_risk, departed, open FROM unnest((SELECT life_table(life_of('0 2'), '2026-01-07Z', '7 days', '0')));
-- later events are ignored; who comes later is not there; an empty timeline, a NULL one
SELECT period, customers, active, events, at_risk, departed, open FROM unnest((
	SELECT life_table(t, '2026-01-20Z', '7 days', '5 days') FROM (VALUES (life_of('0 40')), (life_of('19')), (life_of('20')), ('{"events": []}'), (NULL)) v(t)));
SELECT life_table(NULL, NULL, NULL, NULL) IS NULL AS none, life_table(t, '2026-01-01Z', '7 days', '1 day') AS empty FROM (VALUES (timeline '{"events": []}')) v(t);
-- six customers, each period's hazard with Wilson's bounds for 2 of 6, 1 of 4, 3 of 3
SELECT period, at_risk, departed, round(hazard::numeric, 4) AS hazard, round(hazard_low::numeric, 4) AS low, round(hazard_high::numeric, 4) AS high, round(survival::numeric, 4) AS survival
FROM unnest((SELECT life_table(life_of(l), '2026-12-31Z', '7 days', '30 days') FROM unnest(ARRAY['0', '1 2', '0 8', '0 15', '0 16', '0 17']) l));
-- all who were at risk have departed, and somebody new may still
SELECT period, at_risk, departed, open, hazard, survival FROM unnest((SELECT life_table(life_of(l), '2026-01-31Z', '7 days', '14 days') FROM (VALUES ('0'), ('20')) v(l)));
-- the years of one width; times of day and zones do not matter
SELECT count(*), max(end_s) FROM unnest((SELECT life_table(t, '2026-01-01Z', '1 hour', '0')
	FROM (SELECT timeline(at, 'e') FROM (VALUES (timestamptz '2014-08-05 09:00Z'), ('2026-01-01Z')) v(at)) l(t)));

-- ----------------------------------------------------------------------
-- The same by hand, over the raw rows
-- ----------------------------------------------------------------------
CREATE TABLE events (customer int, at timestamptz, feeling float8);
INSERT INTO events
SELECT h & 255, timestamptz '2026-01-01Z' + ((h >> 13) & 31) * interval '3 days' + ((h >> 20) & (1 << ((h & 255) % 8)::int) - 1) * interval '37 hours',
	CASE WHEN h & 4096 = 0 THEN ((h >> 40) & 15) / 8.0 - 1 END
FROM (SELECT hashint8extended(i, 1) FROM generate_series(1, 1500) i) q(h);
CREATE INDEX ON events (customer, at);
CREATE TABLE customers AS
SELECT customer, timestamptz '2026-04-01Z' + (customer % 5) * interval '33 days 7 hours' AS as_of, customer % 3 AS segment FROM generate_series(0, 255) customer;
CREATE TABLE timelines AS
SELECT customer, as_of, segment, timeline(at, 'e', NULL, NULL, feeling) AS t FROM events JOIN customers USING (customer) GROUP BY customer, as_of, segment;

CREATE FUNCTION by_hand(width interval, quiet interval, only_segment int) RETURNS SETOF life_period LANGUAGE sql AS $$
	WITH life AS (
		SELECT customer, as_of, min(at) AS first_at, max(at) AS last_at FROM events JOIN customers USING (customer)
		WHERE at <= as_of AND (only_segment IS NULL OR segment = only_segment) GROUP BY customer, as_of
	), period AS (
		SELECT *, first_at + (n - 1) * width AS starts, first_at + n * width AS ends
		FROM life, generate_series(1, 2 + (extract(epoch FROM as_of - first_at) / extract(epoch FROM width))::int) n WHERE first_at + (n - 1) * width <= as_of
	), fate AS (
		SELECT *, ends + quiet <= as_of AS settled, last_at >= starts AND last_at < ends AND ends + quiet <= as_of AS departs
		FROM period p, LATERAL (SELECT count(*) AS events, count(feeling) AS felt, sum(round(feeling::numeric, 6)) AS feeling, count(*) FILTER (WHERE feeling < 0) AS negative
			FROM events e WHERE e.customer = p.customer AND at <= as_of AND at >= starts AND at < ends) here
	), gone AS (
		SELECT *, coalesce(bool_or(departs) OVER (PARTITION BY customer ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS gone FROM fate
	), sums AS (
		SELECT n, count(*) AS customers, count(*) FILTER (WHERE events > 0) AS active, sum(events)::bigint AS events, sum(felt)::bigint AS felt,
			sum(feeling) AS feeling, sum(negative)::bigint AS negative, count(*) FILTER (WHERE settled AND NOT gone) AS at_risk,
			count(*) FILTER (WHERE departs) AS departed, count(*) FILTER (WHERE NOT settled AND NOT gone) AS open
		FROM gone GROUP BY n
	)
	SELECT n, extract(epoch FROM (n - 1) * width)::float8, extract(epoch FROM n * width)::float8, customers, active, events, felt,
		feeling::float8 / nullif(felt, 0), negative::float8 / nullif(felt, 0), at_risk, departed, open, departed::float8 / nullif(at_risk, 0),
		(departed + 1.92072941034706 - 1.95996398454005 * sqrt(departed * (at_risk - departed) / nullif(at_risk, 0)::float8 + 0.960364705173530)) / (at_risk + 3.84145882069412),
		(departed + 1.92072941034706 + 1.95996398454005 * sqrt(departed * (at_risk - departed) / nullif(at_risk, 0)::float8 + 0.960364705173530)) / (at_risk + 3.84145882069412),
		NULL::float8
	FROM sums WHERE n <= (SELECT max(n) FROM sums WHERE active > 0 OR open > 0) ORDER BY n
$$;
-- what differs, in words
CREATE FUNCTION differences(got life_period[], width interval, quiet interval, only_segment int) RETURNS TABLE (periods bigint, counts bigint, numbers bigint, identity bigint, survival bigint) LANGUAGE sql AS $$
	WITH both_ways AS (
		SELECT g, w, sum(CASE WHEN (g).at_risk > 0 THEN CASE WHEN (g).departed = (g).at_risk THEN -1000 ELSE ln(1 - (g).departed::float8 / (g).at_risk) END END) OVER (ORDER BY (g).period) AS log_survival,
			count(*) FILTER (WHERE (g).at_risk = 0) OVER (ORDER BY (g).period) AS unknown,
			coalesce(sum((g).departed) OVER (ORDER BY (g).period ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS departed_before
		FROM unnest(got) g FULL JOIN by_hand(width, quiet, only_segment) w ON (g).period = (w).period
	)
	SELECT count(*),
		count(*) FILTER (WHERE ((g).period, (g).customers, (g).active, (g).events, (g).felt, (g).at_risk, (g).departed, (g).open)
			IS DISTINCT FROM ((w).period, (w).customers, (w).active, (w).events, (w).felt, (w).at_risk, (w).departed, (w).open)),
		count(*) FILTER (WHERE EXISTS (SELECT FROM (VALUES ((g).start_s, (w).start_s), ((g).end_s, (w).end_s), ((g).feeling, (w).feeling), ((g).negative_share, (w).negative_share),
			((g).hazard, (w).hazard), ((g).hazard_low, (w).hazard_low), ((g).hazard_high, (w).hazard_high)) v(a, b)
			WHERE (a IS NULL) <> (b IS NULL) OR abs(a - b) > 1e-12 * greatest(1, abs(b)))),
		count(*) FILTER (WHERE (g).customers - (g).at_risk - (g).open > departed_before),
		count(*) FILTER (WHERE (unknown > 0 AND log_survival > -1000) <> ((g).survival IS NULL) OR abs((g).survival - exp(greatest(log_survival, -700))) > 1e-12)
	FROM both_ways
$$;
SELECT width, quiet, d.* FROM (VALUES ('7 days'::interval, '0'::interval), ('7 days', '7 days'), ('7 days', '30 days'), ('30 days', '10 days'), ('3 days', '45 days'), ('41 hours', '20 days 5 hours'), ('400 days', '1 day'), ('7 days', '300 days')) v(width, quiet),
	LATERAL (SELECT life_table(t, as_of, width, quiet) AS got FROM timelines) l, differences(got, width, quiet, NULL) d;
-- all observed for as long: who is neither at risk nor open has departed before
SELECT count(*) AS periods, count(*) FILTER (WHERE customers - at_risk - open <> before) AS differences
FROM (SELECT *, coalesce(sum(departed) OVER (ORDER BY period ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM unnest((
	SELECT life_table(t, first_at(t) + interval '120 days', '7 days', '20 days') FROM timelines))) p;
-- by segment, and the segments of all
SELECT segment, d.* FROM (SELECT segment, life_table(t, as_of, '7 days', '14 days') AS got FROM timelines GROUP BY segment) s, differences(got, '7 days', '14 days', segment) d ORDER BY segment;
SELECT segment, d.* FROM (SELECT segment, life_table(t, as_of, '7 days', '14 days') AS got FROM timelines GROUP BY ROLLUP (segment)) s, differences(got, '7 days', '14 days', segment) d WHERE segment IS NULL;

-- ----------------------------------------------------------------------
-- Any order, any plan, the same
-- ----------------------------------------------------------------------
CREATE TABLE wanted AS SELECT life_table(t, as_of, '7 days', '14 days') AS l FROM timelines;
SELECT l = (SELECT life_table(t, as_of, '7 days', '14 days' ORDER BY customer DESC) FROM timelines) AS same FROM wanted;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT life_table(t, as_of, '7 days', '14 days') FROM timelines;
SELECT l = (SELECT life_table(t, as_of, '7 days', '14 days') FROM timelines) AS same FROM wanted;
SELECT bool_and(d.counts + d.numbers + d.identity + d.survival = 0) AS same FROM (SELECT segment, life_table(t, as_of, '7 days', '14 days') AS got FROM timelines GROUP BY segment) s, differences(got, '7 days', '14 days', segment) d;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
-- sorted groups, and a state that is read and then grows
SET enable_hashagg = off;
SELECT bool_and(d.counts + d.numbers + d.identity + d.survival = 0) AS same FROM (SELECT segment, life_table(t, as_of, '7 days', '14 days') AS got FROM timelines GROUP BY segment) s, differences(got, '7 days', '14 days', segment) d;
RESET enable_hashagg;
SELECT customer, running = (SELECT life_table(t, as_of, '7 days', '14 days') FROM timelines b WHERE b.customer <= a.customer) AS same
FROM (SELECT customer, life_table(t, as_of, '7 days', '14 days') OVER (ORDER BY customer) AS running FROM timelines) a WHERE customer % 60 = 0 ORDER BY customer;
-- a state that is stored and then grows
CREATE AGGREGATE life_state(timeline, timestamptz, interval, interval) (SFUNC = life_table_add, STYPE = bytea);
CREATE AGGREGATE life_of_states(bytea) (SFUNC = life_table_combine, STYPE = bytea, FINALFUNC = life_table_final);
SELECT count(*), bool_and((SELECT life_of_states(state) FROM (VALUES (running.state)) v(state)) = running.l) AS same
FROM (SELECT life_state(t, as_of, '7 days', '14 days') OVER w AS state, life_table(t, as_of, '7 days', '14 days') OVER w AS l FROM timelines WHERE customer < 20 WINDOW w AS (ORDER BY customer)) running;
-- a state for each part, added up
SELECT l = (SELECT life_of_states(state::text::bytea) FROM (SELECT life_state(t, as_of, '7 days', '14 days') AS state FROM timelines GROUP BY segment) parts) AS same FROM wanted;
-- whatever the time zone
SET timezone = 'America/New_York';
SELECT l = (SELECT life_table(t, as_of, '7 days', '14 days') FROM timelines) AS same FROM wanted;
SET timezone = 'UTC';
-- rows that are left out
SELECT l = (SELECT life_table(t, as_of, width, '14 days') FILTER (WHERE width IS NOT NULL) FROM (SELECT t, as_of, interval '7 days' FROM timelines UNION ALL SELECT t, NULL, NULL FROM timelines) x(t, as_of, width)) AS same FROM wanted;

-- ----------------------------------------------------------------------
-- Errors
-- ----------------------------------------------------------------------
\x on
SELECT * FROM refused($$SELECT life_table(t, NULL, '7 days', '1 day') FROM timelines$$);
SELECT * FROM refused($$SELECT life_table(t, as_of, NULL, '1 day') FROM timelines$$);
SELECT * FROM refused($$SELECT life_table(t, as_of, '7 days', NULL) FROM timelines$$);
SELECT * FROM refused($$SELECT life_table(t, 'infinity', '7 days', '1 day') FROM timelines$$);
SELECT * FROM refused($$SELECT life_table(t, as_of, '0', '1 day') FROM timelines$$);
SELECT * FROM refused($$SELECT life_table(t, as_of, '-1 day', '1 day') FROM timelines$$);
SELECT * FROM refused($$SELECT life_table(t, as_of, '1 month', '1 day') FROM timelines$$);
SELECT * FROM refused($$SELECT life_table(t, as_of, '7 days', '1 year') FROM timelines$$);
SELECT * FROM refused($$SELECT life_table(t, as_of, '7 days', customer * interval '1 day') FROM timelines$$);
SELECT * FROM refused($$SELECT life_table(t, as_of, '1 second', '1 day') FROM timelines$$);
SELECT * FROM refused($$SELECT life_table_add(NULL, '{"events": []}', '2026-01-01Z', '7 days', '1 day')$$);
SELECT * FROM refused($$SELECT life_table_combine('', '')$$);
-- a state from elsewhere
SELECT * FROM refused($$SELECT life_of_states(b::bytea) FROM (VALUES ('\x'), ('\x01')) v(b)$$);
SELECT * FROM refused($$SELECT life_of_states(b::bytea) FROM (VALUES ('\x01010001000000000000000000'), ('\x010100ffffffff7f')) v(b)$$);
SELECT * FROM refused($$SELECT life_of_states(b::bytea) FROM (VALUES ('\x01010001fcffffffffffffffff010000000000000000'), ('\x01010001fcffffffffffffffff010000000000000000')) v(b)$$);
\x off
SELECT * FROM unnest((SELECT life_of_states(b::bytea) FROM (VALUES ('\x0180b0d7acd2120001020202000000000000'), ('\x0180b0d7acd2120001020202000000000000')) v(b)));

RESET timezone;
RESET jit;
SET client_min_messages = warning;
DROP SCHEMA test_life CASCADE;
