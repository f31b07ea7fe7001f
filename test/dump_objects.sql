-- Objects that depend on the extension, over the tables of stored/values.sql.
CREATE INDEX ON timelines_stored (v);
CREATE INDEX ON timelines_stored USING hash (v);
CREATE UNIQUE INDEX ON journeys_stored (v);
CREATE INDEX ON timelines_stored (num_events(v));
CREATE TABLE maps (id integer PRIMARY KEY, map journey NOT NULL DEFAULT 'a -> b within 1 day',
	CHECK (map <> 'b -> a'), first_stage text GENERATED ALWAYS AS (map::text) STORED);
INSERT INTO maps VALUES (1, DEFAULT), (2, 'x -> y');
CREATE TABLE parts (customer integer, t timeline) PARTITION BY HASH (t);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts SELECT customer, timeline(at, event) FROM visits GROUP BY customer;
CREATE VIEW worst AS SELECT name, l.* FROM funnels_stored, worst_leak(v) l;
CREATE VIEW measured AS SELECT funnel('a -> b -> c within 1 day', customer, at, event, value) AS f FROM visits;
CREATE MATERIALIZED VIEW kept AS SELECT rollup(f) AS f FROM measured;
CREATE FUNCTION depth_of(t timeline, j journey) RETURNS integer IMMUTABLE
	RETURN (SELECT depth FROM progress(j, t));
CREATE AGGREGATE plus(funnel) (SFUNC = funnel_add, STYPE = funnel);
