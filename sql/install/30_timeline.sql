-- timeline: one customer's events in one value

CREATE TYPE timeline;

CREATE FUNCTION timeline_in(cstring) RETURNS timeline
AS 'MODULE_PATHNAME', 'journey_timeline_in'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;

CREATE FUNCTION timeline_out(timeline) RETURNS cstring
AS 'MODULE_PATHNAME', 'journey_timeline_out'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION timeline_recv(internal) RETURNS timeline
AS 'MODULE_PATHNAME', 'journey_timeline_recv'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;

CREATE FUNCTION timeline_send(timeline) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_map_send'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;

CREATE TYPE timeline (
	INPUT = timeline_in,
	OUTPUT = timeline_out,
	RECEIVE = timeline_recv,
	SEND = timeline_send,
	INTERNALLENGTH = variable,
	STORAGE = main,
	CATEGORY = 'j'
);

COMMENT ON TYPE timeline IS
'one customer''s events (time, event, and where known value, channel and feeling), sorted and packed, at most 12 bytes an event and its names once, in one value of at most 1 GB; the order in which events came leaves no trace, equal events are all kept; made by the aggregate timeline(), joined by rollup(), || and merge(), read by events(), num_events(), sessions() and others; its text form is JSON and reads back to the same value. Storage is main: one of 150 bytes is stored in its row either way, those of 2 to 8 kB, still in their rows, are scanned 2 to 4 times faster than out of line; where most are larger, STORAGE external takes up to twice the space and saves the time of decompression';
COMMENT ON FUNCTION timeline_in(cstring) IS
'reads a timeline''s JSON, {"events": [[at, event, value, channel, feeling], ...]}: each event an array, NULLs at the end left out, in any order; at with its zone; error 22P02 if it is not such JSON, 22023 for a time without a zone or an infinite one, 22003 for a time, a value (-1e12 to 1e12) or a feeling (-1 to 1) out of range, 54000 past 1 GB or 65535 channels';
COMMENT ON FUNCTION timeline_out(timeline) IS
'a timeline as one line of JSON: {"events": [[at, event, value, channel, feeling], ...]}, by time, NULLs at the end of an event left out, times in UTC, numbers exact; depends on no setting; error 54000 past 1 GB';
COMMENT ON FUNCTION timeline_recv(internal) IS
'reads a timeline''s binary form; takes what timeline_send gives, in a database of the same encoding, and nothing else: error 22P03 if it is broken, 0A000 if its version is unknown';
COMMENT ON FUNCTION timeline_send(timeline) IS
'a timeline''s binary form, the same on every machine: the bytes it is stored as, first among them the version of the form';

-- casts

CREATE FUNCTION timeline_to_json(timeline) RETURNS json
AS 'MODULE_PATHNAME', 'journey_timeline_to_json'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION timeline_to_jsonb(timeline) RETURNS jsonb
AS 'MODULE_PATHNAME', 'journey_timeline_to_jsonb'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;

COMMENT ON FUNCTION timeline_to_json(timeline) IS
'a timeline as JSON, the same as its text form; NULL gives NULL; error 54000 past 1 GB';
COMMENT ON FUNCTION timeline_to_jsonb(timeline) IS
'a timeline as jsonb; NULL gives NULL; error 54000 past the 256 MB of an array there';

CREATE CAST (timeline AS json) WITH FUNCTION timeline_to_json(timeline) AS ASSIGNMENT;
CREATE CAST (timeline AS jsonb) WITH FUNCTION timeline_to_jsonb(timeline) AS ASSIGNMENT;

COMMENT ON CAST (timeline AS json) IS 'a timeline as JSON, the same as its text form';
COMMENT ON CAST (timeline AS jsonb) IS 'a timeline as jsonb';

-- making and joining timelines

CREATE FUNCTION timeline_add(timeline, timestamptz, text) RETURNS timeline
AS 'MODULE_PATHNAME', 'journey_timeline_add'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION timeline_add(timeline, timestamptz, text, float8) RETURNS timeline
AS 'MODULE_PATHNAME', 'journey_timeline_add'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION timeline_add(timeline, timestamptz, text, float8, text) RETURNS timeline
AS 'MODULE_PATHNAME', 'journey_timeline_add'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION timeline_add(timeline, timestamptz, text, float8, text, float8) RETURNS timeline
AS 'MODULE_PATHNAME', 'journey_timeline_add'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

COMMENT ON FUNCTION timeline_add(timeline, timestamptz, text) IS
'transition function of timeline(): adds an event; not for other use';
COMMENT ON FUNCTION timeline_add(timeline, timestamptz, text, float8) IS
'transition function of timeline(): adds an event, of which the value may be NULL; not for other use';
COMMENT ON FUNCTION timeline_add(timeline, timestamptz, text, float8, text) IS
'transition function of timeline(): adds an event, of which value and channel may be NULL; not for other use';
COMMENT ON FUNCTION timeline_add(timeline, timestamptz, text, float8, text, float8) IS
'transition function of timeline(): adds an event, of which value, channel and feeling may be NULL; not for other use';

CREATE FUNCTION timeline_concat(timeline, timeline) RETURNS timeline
AS 'MODULE_PATHNAME', 'journey_timeline_concat'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;

COMMENT ON FUNCTION timeline_concat(timeline, timeline) IS
'the events of both timelines, equal ones too; NULL if one is NULL; error 54000 past 1 GB or 65535 channels';

CREATE OPERATOR || (
	LEFTARG = timeline,
	RIGHTARG = timeline,
	FUNCTION = timeline_concat,
	COMMUTATOR = ||
);

COMMENT ON OPERATOR || (timeline, timeline) IS
'the events of both timelines, equal ones too';

CREATE AGGREGATE timeline(at timestamptz, event text) (
	SFUNC = timeline_add,
	STYPE = timeline,
	SSPACE = 1024,
	COMBINEFUNC = timeline_concat,
	PARALLEL = SAFE
);

CREATE AGGREGATE timeline(at timestamptz, event text, value float8) (
	SFUNC = timeline_add,
	STYPE = timeline,
	SSPACE = 1024,
	COMBINEFUNC = timeline_concat,
	PARALLEL = SAFE
);

CREATE AGGREGATE timeline(at timestamptz, event text, value float8, channel text) (
	SFUNC = timeline_add,
	STYPE = timeline,
	SSPACE = 1024,
	COMBINEFUNC = timeline_concat,
	PARALLEL = SAFE
);

CREATE AGGREGATE timeline(at timestamptz, event text, value float8, channel text, feeling float8) (
	SFUNC = timeline_add,
	STYPE = timeline,
	SSPACE = 1024,
	COMBINEFUNC = timeline_concat,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE timeline(timestamptz, text) IS
'the events of one customer in one value, to be used with GROUP BY customer; rows in any order; a row whose at or event is NULL is ignored; without any row the result is NULL; error 22003 for an infinite time, 54000 past 1 GB';
COMMENT ON AGGREGATE timeline(timestamptz, text, float8) IS
'the events of one customer in one value, to be used with GROUP BY customer, each with its value, -1e12 to 1e12; rows in any order; a row whose at or event is NULL is ignored; the rest may be NULL; without any row the result is NULL; error 22003 for an infinite time and what is out of range, 54000 past 1 GB';
COMMENT ON AGGREGATE timeline(timestamptz, text, float8, text) IS
'the events of one customer in one value, to be used with GROUP BY customer, each with its value, -1e12 to 1e12, and channel (touchpoint); rows in any order; a row whose at or event is NULL is ignored; the rest may be NULL; without any row the result is NULL; error 22003 for an infinite time and what is out of range, 54000 past 1 GB or 65535 channels';
COMMENT ON AGGREGATE timeline(timestamptz, text, float8, text, float8) IS
'the events of one customer in one value, to be used with GROUP BY customer, each with its value, -1e12 to 1e12, channel (touchpoint) and feeling, -1 to 1, kept in millionths; rows in any order; a row whose at or event is NULL is ignored; the rest may be NULL; without any row the result is NULL; error 22003 for an infinite time and what is out of range, 54000 past 1 GB or 65535 channels';

CREATE AGGREGATE rollup(timeline) (
	SFUNC = timeline_concat,
	STYPE = timeline,
	SSPACE = 1024,
	COMBINEFUNC = timeline_concat,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE rollup(timeline) IS
'one timeline of many: the events of all of them, equal ones too, in any order; NULLs are ignored, without any timeline the result is NULL; error 54000 past 1 GB or 65535 channels';

CREATE FUNCTION merge(timeline, timeline) RETURNS timeline
AS 'MODULE_PATHNAME', 'journey_timeline_merge'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;

COMMENT ON FUNCTION merge(timeline, timeline) IS
'the events of both timelines, those equal in every field (time, event, value, channel, feeling) once, so that what was delivered twice counts once; merging the same again changes nothing; NULL if one is NULL; error 54000 past 1 GB or 65535 channels';

-- reading a timeline

CREATE FUNCTION events(
	timeline,
	OUT at timestamptz,
	OUT event text,
	OUT value double precision,
	OUT channel text,
	OUT feeling double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_timeline_events'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 10;

CREATE FUNCTION num_events(timeline) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_timeline_num_events'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;

CREATE FUNCTION first_at(timeline) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'journey_timeline_first_at'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;

CREATE FUNCTION last_at(timeline) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'journey_timeline_last_at'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;

CREATE FUNCTION span(timeline) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_timeline_span'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;

CREATE FUNCTION slice(
	timeline,
	since timestamptz,
	until timestamptz
) RETURNS timeline
AS 'MODULE_PATHNAME', 'journey_timeline_slice'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 15;

CREATE FUNCTION has_event(timeline, event text) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_timeline_has_event'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;

CREATE FUNCTION sessions(
	timeline,
	gap interval,
	OUT session_no integer,
	OUT started_at timestamptz,
	OUT ended_at timestamptz,
	OUT events bigint,
	OUT event_names text[]
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_timeline_sessions'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 3;

COMMENT ON FUNCTION events(timeline) IS
'the events of a timeline as rows, by time, then event, value, channel and feeling (names in the order of their bytes, NULLs first); value, channel and feeling (-1..1, in millionths) are NULL where not known; NULL gives no rows';
COMMENT ON FUNCTION num_events(timeline) IS
'how many events a timeline has, from its first bytes alone; NULL for NULL';
COMMENT ON FUNCTION first_at(timeline) IS
'the time of the first event; NULL where there is none, and for NULL';
COMMENT ON FUNCTION last_at(timeline) IS
'the time of the last event; NULL where there is none, and for NULL';
COMMENT ON FUNCTION span(timeline) IS
'the time from the first event to the last, in days of 24 hours and what is left; NULL where there is no event, and for NULL';
COMMENT ON FUNCTION slice(timeline, timestamptz, timestamptz) IS
'the events at since or later and before until; a bound that is NULL or infinite is open; a timeline without events where none is in between; NULL for a NULL timeline';
COMMENT ON FUNCTION has_event(timeline, text) IS
'is there an event of this name? NULL if one is NULL';
COMMENT ON FUNCTION sessions(timeline, interval) IS
'the events of a timeline in sessions, one row each: a new one starts after more than gap without any event; session_no from 1, the times of the first and the last event, how many there are and their names in order; NULL gives no rows; error 22023 if gap has months or is negative, 22003 if it is infinite or out of range';

-- equality and an order for sorting, both by the packed form

CREATE FUNCTION timeline_eq(timeline, timeline) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_eq'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION timeline_ne(timeline, timeline) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_ne'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION timeline_lt(timeline, timeline) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_lt'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION timeline_le(timeline, timeline) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_le'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION timeline_gt(timeline, timeline) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_gt'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION timeline_ge(timeline, timeline) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_ge'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION timeline_cmp(timeline, timeline) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_packed_cmp'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION timeline_hash(timeline) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_packed_hash'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION timeline_hash_extended(timeline, bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_packed_hash_extended'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION timeline_eq(timeline, timeline) IS
'are both timelines equal: the same events, each as often?';
COMMENT ON FUNCTION timeline_ne(timeline, timeline) IS
'do the timelines differ in anything?';
COMMENT ON FUNCTION timeline_lt(timeline, timeline) IS
'less, in an order for sorting and DISTINCT that has no other meaning';
COMMENT ON FUNCTION timeline_le(timeline, timeline) IS
'less or equal, in an order that has no other meaning';
COMMENT ON FUNCTION timeline_gt(timeline, timeline) IS
'greater, in an order that has no other meaning';
COMMENT ON FUNCTION timeline_ge(timeline, timeline) IS
'greater or equal, in an order that has no other meaning';
COMMENT ON FUNCTION timeline_cmp(timeline, timeline) IS
'-1, 0 or 1 (or any number of that sign), in an order that has no other meaning';
COMMENT ON FUNCTION timeline_hash(timeline) IS 'hash';
COMMENT ON FUNCTION timeline_hash_extended(timeline, bigint) IS 'hash with a seed';

CREATE OPERATOR = (
	LEFTARG = timeline,
	RIGHTARG = timeline,
	FUNCTION = timeline_eq,
	COMMUTATOR = =,
	NEGATOR = <>,
	RESTRICT = eqsel,
	JOIN = eqjoinsel,
	HASHES,
	MERGES
);

CREATE OPERATOR <> (
	LEFTARG = timeline,
	RIGHTARG = timeline,
	FUNCTION = timeline_ne,
	COMMUTATOR = <>,
	NEGATOR = =,
	RESTRICT = neqsel,
	JOIN = neqjoinsel
);

CREATE OPERATOR < (
	LEFTARG = timeline,
	RIGHTARG = timeline,
	FUNCTION = timeline_lt,
	COMMUTATOR = >,
	NEGATOR = >=,
	RESTRICT = scalarltsel,
	JOIN = scalarltjoinsel
);

CREATE OPERATOR <= (
	LEFTARG = timeline,
	RIGHTARG = timeline,
	FUNCTION = timeline_le,
	COMMUTATOR = >=,
	NEGATOR = >,
	RESTRICT = scalarlesel,
	JOIN = scalarlejoinsel
);

CREATE OPERATOR > (
	LEFTARG = timeline,
	RIGHTARG = timeline,
	FUNCTION = timeline_gt,
	COMMUTATOR = <,
	NEGATOR = <=,
	RESTRICT = scalargtsel,
	JOIN = scalargtjoinsel
);

CREATE OPERATOR >= (
	LEFTARG = timeline,
	RIGHTARG = timeline,
	FUNCTION = timeline_ge,
	COMMUTATOR = <=,
	NEGATOR = <,
	RESTRICT = scalargesel,
	JOIN = scalargejoinsel
);

COMMENT ON OPERATOR = (timeline, timeline) IS 'equal in everything';
COMMENT ON OPERATOR <> (timeline, timeline) IS 'different in anything';
COMMENT ON OPERATOR < (timeline, timeline) IS 'less, in an order without other meaning';
COMMENT ON OPERATOR <= (timeline, timeline) IS 'less or equal, in an order without other meaning';
COMMENT ON OPERATOR > (timeline, timeline) IS 'greater, in an order without other meaning';
COMMENT ON OPERATOR >= (timeline, timeline) IS 'greater or equal, in an order without other meaning';

CREATE OPERATOR CLASS timeline_ops DEFAULT FOR TYPE timeline USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 timeline_cmp(timeline, timeline);

CREATE OPERATOR CLASS timeline_ops DEFAULT FOR TYPE timeline USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 timeline_hash(timeline),
	FUNCTION 2 timeline_hash_extended(timeline, bigint);

COMMENT ON OPERATOR CLASS timeline_ops USING btree IS 'sorting, DISTINCT and merge joins of timelines';
COMMENT ON OPERATOR CLASS timeline_ops USING hash IS 'GROUP BY and hash joins of timelines';

-- loading timelines

CREATE FUNCTION timelines(source text, key anyelement, OUT customer anyelement, OUT timeline timeline)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_timelines'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 100000;

COMMENT ON FUNCTION timelines(text, anyelement) IS
'one timeline for each customer of a query, in one pass and in no particular order: the same as timeline() with GROUP BY customer, several times faster. source: one SELECT of customer, at, event and, where wanted, value, channel, feeling, in this order, of types (key''s), timestamptz, text, float8, text, float8; run with the caller''s rights and snapshot. key: its type alone counts: NULL::bigint, NULL::text or NULL::uuid. Rows with a NULL customer, at or event are ignored; a NULL source gives no rows. Memory is work_mem * hash_mem_multiplier, past that a temporary file; all event and channel names, and one finished timeline, come on top. Errors: 22023 if the source is not one SELECT that only reads, 42804 for columns of other types, 0A000 for a key of another type, 22003 as for timeline(), 54000 past 16777216 events'' names or 131071 channels'' names in all, 65535 channels of one customer, or 1 GB a timeline';
