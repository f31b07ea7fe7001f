-- Loads the demo's two event logs (see demo/README.md) into tables of the
-- current schema, unless they are there.  Run by psql in the top directory of
-- the source tree:
--     psql -f demo/load.sql

SELECT to_regclass('oulad') IS NULL AS load_oulad,
	to_regclass('hotel') IS NULL AS load_hotel \gset

\if :load_oulad
CREATE TABLE oulad (
	customer_id text NOT NULL,
	at timestamptz NOT NULL,
	event text NOT NULL,
	value float8,
	channel text,
	segment text,
	score float8,
	detail text
);
\copy oulad from program 'gzip -dc demo/oulad.csv.gz' (format csv, header)
ANALYZE oulad;
\endif

\if :load_hotel
CREATE TABLE hotel (
	customer_id text NOT NULL,
	at timestamptz NOT NULL,
	event text NOT NULL,
	value float8,
	channel text,
	segment text,
	hotel text,
	deposit text
);
\copy hotel from program 'gzip -dc demo/hotel_bookings.csv.gz' (format csv, header)
ANALYZE hotel;
\endif
