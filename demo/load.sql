-- Loads the demo's two event logs (see demo/README.md) into tables of the
-- current schema.  Run by psql in the top directory of the source tree:
--     psql -f demo/load.sql

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

\copy oulad from program 'gzip -dc demo/oulad.csv.gz' (format csv, header)
\copy hotel from program 'gzip -dc demo/hotel_bookings.csv.gz' (format csv, header)

ANALYZE oulad, hotel;
