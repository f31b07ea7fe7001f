-- A made-up market for used cars: 24,000 buyers from January to August 2025, as
-- they stood on 1 October.  Run by psql in any database:
--     psql -f demo/used_cars.sql
--
-- No random numbers: what happens to a buyer is drawn from a hash of the
-- buyer's number, so the rows are the same wherever and whenever this runs.
--
-- What is built in, so that it can be found again: most buyers look for a cheap
-- car, and most of these leave before they have shortlisted one.  Those who look
-- for an expensive one get far, and leave between inspection and financing.

-- A number from 0 to 1 for a buyer: another one for each question.
CREATE FUNCTION used_cars_draw(buyer bigint, question bigint) RETURNS float8
LANGUAGE sql IMMUTABLE AS $$
	SELECT ((hashint8extended(buyer, question) >> 20) & 4294967295)
		/ 4294967296.0::float8
$$;

CREATE TABLE used_cars AS
WITH buyer AS (
	SELECT buyer, budget_no, at,
		(CASE budget_no
			WHEN 1 THEN 2500 + 5500 * d ^ 1.2
			WHEN 2 THEN 8000 + 12000 * d ^ 1.2
			ELSE 20000 + 30000 * d ^ 1.5
		END) AS budget
	FROM (SELECT b AS buyer, CASE WHEN used_cars_draw(b, 1) < 0.62 THEN 1
				WHEN used_cars_draw(b, 1) < 0.90 THEN 2 ELSE 3 END AS budget_no,
			used_cars_draw(b, 2) AS d,
			timestamptz '2025-01-01 00:00Z'
				+ floor(used_cars_draw(b, 3) * 243 * 86400) * interval '1 s' AS at
		FROM generate_series(1, 24000) b) drawn
), step (stage_no, events, channels, stay, days, feeling) AS (
	-- who of each budget gets here from the stage before, and within how many
	-- days; how they feel on the average
	VALUES
	(1, '{budget_set,search_started}'::text[], '{calculator,search}'::text[],
		'{1,1,1}'::float8[], '{0,0}'::float8[], NULL::float8),
	(2, '{site_visited,app_opened}', '{web,app}', '{0.80,0.92,0.95}',
		'{0,5}', NULL),
	(3, '{car_shortlisted}', '{web,app}', '{0.38,0.88,0.94}', '{0,20}', 0.3),
	(4, '{inspection_done,test_drive_done}', '{dealer,dealer}',
		'{0.70,0.78,0.85}', '{2,25}', 0.4),
	(5, '{financing_agreed,funds_shown}', '{bank,phone}', '{0.90,0.64,0.34}',
		'{1,20}', -0.2),
	(6, '{contract_signed}', '{dealer,app}', '{0.93,0.92,0.92}', '{0,5}', 0.1),
	(7, '{car_delivered,car_picked_up}', '{carrier,dealer}',
		'{0.96,0.95,0.95}', '{3,20}', 0.6),
	(8, '{review_written,friend_referred}', '{mail,web}', '{0.15,0.15,0.2}',
		'{5,20}', 0.8)
), passed AS (
	SELECT b.*, s.stage_no, s.events, s.channels, s.feeling,
		bool_and(used_cars_draw(b.buyer, 10 + stage_no) < stay[budget_no])
			OVER so_far AS here,
		at + sum(floor((days[1] + (days[2] - days[1])
				* used_cars_draw(b.buyer, 20 + stage_no)) * 86400)
			* interval '1 s') OVER so_far AS reached_at
	FROM buyer b CROSS JOIN step s
	WINDOW so_far AS (PARTITION BY b.buyer ORDER BY stage_no)
), happened AS (
	-- 6 percent of the price are earned on a car that is sold; until a car is
	-- chosen, the price is the budget
	SELECT buyer, budget_no, reached_at AS at,
		events[1 + floor(used_cars_draw(buyer, 30 + stage_no)
			* cardinality(events))::int] AS event,
		round((0.06 * budget * CASE WHEN stage_no < 3 THEN 1
			ELSE 0.85 + 0.25 * used_cars_draw(buyer, 4) END)::numeric)::float8
			AS value,
		channels[1 + floor(used_cars_draw(buyer, 40 + stage_no)
			* 2)::int] AS channel,
		CASE WHEN feeling IS NOT NULL
			AND used_cars_draw(buyer, 50 + stage_no) < 0.4 THEN
			greatest(-1, least(1, round((feeling
				+ 1.2 * used_cars_draw(buyer, 60 + stage_no) - 0.6)::numeric,
				1)))::float8 END AS feeling
	FROM passed
	WHERE here
	UNION ALL
	-- looking at cars, which no stage counts
	SELECT buyer, budget_no,
		reached_at + n * interval '7 hours' * used_cars_draw(buyer, 70 + n),
		'car_viewed', NULL, 'web', NULL
	FROM passed, generate_series(1, 4) n
	WHERE here AND stage_no = 2 AND used_cars_draw(buyer, 80 + n) < 0.5
	UNION ALL
	-- those who hear nothing from the bank call
	SELECT buyer, budget_no,
		reached_at + interval '4 days' * (0.5 + used_cars_draw(buyer, 5)),
		'support_called', NULL, 'phone',
		-round((0.3 + 0.6 * used_cars_draw(buyer, 6))::numeric, 1)::float8
	FROM passed
	WHERE here AND stage_no = 4 AND used_cars_draw(buyer, 7) < 0.12 * budget_no
)
SELECT buyer, at, event, value, channel, feeling,
	(ARRAY['up to 8,000', '8,000 to 20,000', 'over 20,000'])[budget_no]
		AS budget
FROM happened
WHERE at < '2025-10-01 00:00Z'
ORDER BY at, buyer, event;

ANALYZE used_cars;
