-- For test/load: events that come by number, so that at any moment the ledger
-- of numbers tells all that was delivered.
CREATE EXTENSION journey;
-- tables of the document come later
SET check_function_bodies = off;

-- No two are alike in all fields: their times tell them apart.
CREATE FUNCTION event(id bigint, OUT customer text, OUT at timestamptz,
	OUT event text, OUT value float8, OUT channel text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT 'customer ' || (h & 1048575) % 3000,
		timestamptz '2026-01-01Z' + (h >> 20 & 1048575) % 518400
			* interval '10 seconds' + id * interval '1 microsecond',
		(ARRAY['visit', 'visit', 'cart', 'cart', 'pay', 'look'])
			[1 + (h >> 40 & 1048575) % 6],
		CASE WHEN id % 3 <> 0 THEN (id % 7)::float8 END,
		CASE WHEN id % 5 <> 0 THEN 'channel ' || id % 4 END
	FROM hashint8extended(id, 7) h
$$;

CREATE SEQUENCE numbers INCREMENT 100;
CREATE TABLE delivered (first bigint PRIMARY KEY, n int NOT NULL);
CREATE VIEW wanted AS
SELECT e.* FROM delivered, generate_series(first, first + n - 1) id, event(id) e;

CREATE SCHEMA kept;		-- folded from the table of events
CREATE SCHEMA queued;	-- folded from a queue
CREATE SCHEMA direct;	-- by whoever delivers
CREATE TABLE kept.events (customer text, at timestamptz, event text,
	value float8, channel text);
CREATE TABLE queued.events (LIKE kept.events);
CREATE TABLE direct.timelines (customer text PRIMARY KEY, timeline timeline)
	WITH (fillfactor = 90);

-- Up to 100 new events, and some that are there since long.
CREATE FUNCTION deliver(n int, again boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	number bigint := nextval('numbers');
BEGIN
	WITH delivery AS MATERIALIZED (
		SELECT e.* FROM generate_series(number, number + n - 1) id, event(id) e
		UNION ALL
		SELECT e.* FROM (SELECT * FROM delivered WHERE again
					AND first < number * random() ORDER BY first DESC LIMIT 1) d,
			generate_series(first, first + d.n - 1) id, event(id) e
	), to_ledger AS (
		INSERT INTO delivered VALUES (number, n)
	), to_table AS (
		INSERT INTO kept.events (customer, at, event, value, channel)
		TABLE delivery
	), to_queue AS (
		INSERT INTO queued.new_events TABLE delivery
	)
	INSERT INTO direct.timelines AS t (customer, timeline)
	SELECT customer,
		merge(timeline(at, event, value, channel), '{"events": []}')
	FROM delivery
	GROUP BY customer
	ORDER BY customer
	ON CONFLICT (customer) DO UPDATE
		SET timeline = merge(t.timeline, excluded.timeline);
END
$$;

CREATE FUNCTION must_equal(what text, wanted bytea, got bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF wanted IS DISTINCT FROM got THEN
		RAISE 'totals do not add up: %', what
			USING DETAIL = format('%s, not %s', got::text, wanted::text);
	END IF;
END
$$;

-- Each of these is one statement, so it has one snapshot.
CREATE FUNCTION check_direct() RETURNS void LANGUAGE sql AS $$
	SELECT must_equal('direct',
		(SELECT funnel_send(funnel('visit -> cart -> pay within 10 days',
				customer, at, event, value, channel)) FROM wanted),
		(SELECT funnel_send(funnel('visit -> cart -> pay within 10 days',
				timeline)) FROM direct.timelines))
$$;
CREATE FUNCTION check_kept() RETURNS void LANGUAGE sql AS $$
	SELECT must_equal('kept',
		(SELECT funnel_send(funnel('visit -> cart? -> pay attempts within 3 days',
				timeline)) FROM direct.timelines),
		(SELECT funnel_send(funnel('visit -> cart? -> pay attempts within 3 days',
				customer, at, event, value, channel))
			FROM (SELECT customer, e.at, e.event, e.value, e.channel
					FROM kept.timelines, events(timeline) e
				UNION
				SELECT customer, at, event, value, channel FROM kept.events
				WHERE xid >= (SELECT folded_until FROM kept.fold_state)) q))
$$;
CREATE FUNCTION check_queued() RETURNS void LANGUAGE sql AS $$
	SELECT must_equal('queued',
		(SELECT funnel_send(funnel('visit -> cart -> pay strict', timeline))
			FROM direct.timelines),
		(SELECT funnel_send(funnel('visit -> cart -> pay strict',
				customer, at, event, value, channel))
			FROM (SELECT customer, e.at, e.event, e.value, e.channel
					FROM queued.timelines, events(timeline) e
				UNION
				SELECT customer, at, event, value, channel
				FROM queued.new_events) q))
$$;

-- What does not change, for statements that are stopped.
CREATE TABLE rows AS
SELECT customer || id % 11 AS customer, at, event, value, channel
FROM generate_series(1, 300000) id, event(id);
CREATE TABLE built AS
SELECT * FROM timelines('SELECT customer, at, event, value, channel FROM rows',
	NULL::text);
ANALYZE rows, built;

-- Stops a session or a worker of this name as soon as one is at work; tells which.
CREATE FUNCTION stop(name text, how text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	victim record;
BEGIN
	FOR i IN 1 .. 1000 LOOP
		PERFORM pg_stat_clear_snapshot();
		SELECT pid, backend_type INTO victim FROM pg_stat_activity
		WHERE state = 'active' AND application_name = name
			AND backend_type IN ('client backend', 'parallel worker')
		ORDER BY random() LIMIT 1;
		IF FOUND THEN
			IF how = 'cancel' AND pg_cancel_backend(victim.pid)
				OR how = 'terminate' AND pg_terminate_backend(victim.pid)
			THEN
				RETURN victim.backend_type;
			END IF;
		END IF;
		PERFORM pg_sleep(0.002);
	END LOOP;
	RETURN NULL;
END
$$;
