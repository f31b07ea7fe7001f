\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- The types stage and journey.

CREATE TYPE stage;

CREATE FUNCTION stage_in(cstring) RETURNS stage
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_stage_in';
COMMENT ON FUNCTION stage_in(cstring) IS 'input of type stage: its text form, or a JSON object';

CREATE FUNCTION stage_out(stage) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_out';
COMMENT ON FUNCTION stage_out(stage) IS 'output of type stage: its text form where that can say it all, else JSON; reads back to the same value and depends on no setting';

CREATE FUNCTION stage_recv(internal) RETURNS stage
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_stage_recv';
COMMENT ON FUNCTION stage_recv(internal) IS 'binary input of type stage; takes what stage_send gives, in a database of the same encoding, and nothing else';

CREATE FUNCTION stage_send(stage) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_map_send';
COMMENT ON FUNCTION stage_send(stage) IS 'binary output of type stage: the bytes it is stored as, first among them the version of the form';

CREATE TYPE stage (
	INPUT = stage_in, OUTPUT = stage_out, RECEIVE = stage_recv, SEND = stage_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended,
	CATEGORY = 'j', PREFERRED = false
);
COMMENT ON TYPE stage IS 'a named point of a journey, reached by any of its events; text form name(event|event)? or JSON; made by stage()';

CREATE TYPE journey;

CREATE FUNCTION journey_in(cstring) RETURNS journey
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_in';
COMMENT ON FUNCTION journey_in(cstring) IS 'input of type journey: its text form, or a JSON object';

CREATE FUNCTION journey_out(journey) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_out';
COMMENT ON FUNCTION journey_out(journey) IS 'output of type journey: its text form where that can say it all, else JSON; reads back to the same value and depends on no setting';

CREATE FUNCTION journey_recv(internal) RETURNS journey
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_recv';
COMMENT ON FUNCTION journey_recv(internal) IS 'binary input of type journey; takes what journey_send gives, in a database of the same encoding, and nothing else';

CREATE FUNCTION journey_send(journey) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_map_send';
COMMENT ON FUNCTION journey_send(journey) IS 'binary output of type journey: the bytes it is stored as, first among them the version of the form';

CREATE TYPE journey (
	INPUT = journey_in, OUTPUT = journey_out, RECEIVE = journey_recv, SEND = journey_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended,
	CATEGORY = 'j', PREFERRED = true
);
COMMENT ON TYPE journey IS 'a journey map: 1 to 64 ordered stages, what is known or assumed of each, and the matching rules; text form a -> b(x|y) -> c? within 7 days [strict | any order] [open] [attempts], or JSON; made by journey()';

-- Constructors.

CREATE FUNCTION stage(
	name text,
	events text[] DEFAULT NULL,
	optional boolean DEFAULT false,
	within interval DEFAULT NULL,
	after interval DEFAULT NULL,
	without text[] DEFAULT NULL,
	expected_drop_off float8 DEFAULT NULL,
	evidence text DEFAULT NULL,
	goal text DEFAULT NULL,
	touchpoints text[] DEFAULT NULL,
	thoughts text[] DEFAULT NULL,
	feeling float8 DEFAULT NULL,
	pains text[] DEFAULT NULL,
	opportunities text[] DEFAULT NULL
) RETURNS stage
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'journey_stage_make';
COMMENT ON FUNCTION stage(text, text[], boolean, interval, interval, text[], float8, text, text, text[], text[], float8, text[], text[])
	IS 'makes a stage; name must be given and not empty, NULL elsewhere and an empty list mean "not given". events: any of them reaches the stage (none: the event of the stage''s own name). within, after: longest and shortest time since the previous reached stage, without months. without: events that must not come between the previous stage and this one. expected_drop_off: the hypothesis, the share 0..1 of those who reached the stage expected to leave before the next. feeling: -1..1. Errors: 22023, 22003 (interval too long), 54000 (a list of more than 65536 elements)';

CREATE FUNCTION journey(
	stages stage[],
	within interval DEFAULT NULL,
	matching text DEFAULT 'ordered',
	entry text DEFAULT 'first',
	counting text DEFAULT 'customers',
	title text DEFAULT NULL,
	persona text DEFAULT NULL,
	scenario text DEFAULT NULL
) RETURNS journey
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'journey_map_make';
COMMENT ON FUNCTION journey(stage[], interval, text, text, text, text, text, text)
	IS 'makes a journey of 1 to 64 stages with names of their own, the first required; NULL means the default. within: longest time from the first event of an attempt to its last, without months. matching: ordered, strict or any (order). entry: first, or any (open: an attempt may start at any required stage). counting: customers or attempts. Errors: 22023 for what contradicts itself, 54000 for too many stages';

CREATE FUNCTION scope(
	journey journey,
	as_of timestamptz DEFAULT NULL,
	entered_from timestamptz DEFAULT NULL,
	entered_until timestamptz DEFAULT NULL
) RETURNS journey
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'journey_map_scope';
COMMENT ON FUNCTION scope(journey, timestamptz, timestamptz, timestamptz)
	IS 'the journey with a new scope; all three fields are replaced, so one that is NULL or left out is cleared. as_of: rows after it are ignored, and who may still get further by then is waiting. entered_from, entered_until: only attempts that start from the one on and before the other count. NULL for a NULL journey. Errors: 22023 for infinite times and an empty period';

-- Casts.  Those to and from text come with input and output.

CREATE FUNCTION stage_to_json(stage) RETURNS json
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_to_json';
COMMENT ON FUNCTION stage_to_json(stage) IS 'the stage as a JSON object of all that is given of it';

CREATE FUNCTION stage_from_json(json) RETURNS stage
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_stage_from_json';
COMMENT ON FUNCTION stage_from_json(json) IS 'reads a stage from a JSON object or a string that is its name; unknown keys and wrong types are errors (22P02)';

CREATE CAST (stage AS json) WITH FUNCTION stage_to_json(stage) AS ASSIGNMENT;
CREATE CAST (json AS stage) WITH FUNCTION stage_from_json(json);
COMMENT ON CAST (stage AS json) IS 'the stage as a JSON object of all that is given of it';
COMMENT ON CAST (json AS stage) IS 'reads a stage from JSON';

CREATE FUNCTION stage_to_jsonb(stage) RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_to_jsonb';
COMMENT ON FUNCTION stage_to_jsonb(stage) IS 'the stage as a JSON object of all that is given of it';

CREATE FUNCTION stage_from_jsonb(jsonb) RETURNS stage
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_stage_from_jsonb';
COMMENT ON FUNCTION stage_from_jsonb(jsonb) IS 'reads a stage from a JSON object or a string that is its name; unknown keys and wrong types are errors (22P02)';

CREATE CAST (stage AS jsonb) WITH FUNCTION stage_to_jsonb(stage) AS ASSIGNMENT;
CREATE CAST (jsonb AS stage) WITH FUNCTION stage_from_jsonb(jsonb);
COMMENT ON CAST (stage AS jsonb) IS 'the stage as a JSON object of all that is given of it';
COMMENT ON CAST (jsonb AS stage) IS 'reads a stage from JSON';

CREATE FUNCTION journey_to_json(journey) RETURNS json
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_to_json';
COMMENT ON FUNCTION journey_to_json(journey) IS 'the journey as a JSON object of all that is given of it';

CREATE FUNCTION journey_from_json(json) RETURNS journey
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_from_json';
COMMENT ON FUNCTION journey_from_json(json) IS 'reads a journey from a JSON object; unknown keys and wrong types are errors (22P02)';

CREATE CAST (journey AS json) WITH FUNCTION journey_to_json(journey) AS ASSIGNMENT;
CREATE CAST (json AS journey) WITH FUNCTION journey_from_json(json);
COMMENT ON CAST (journey AS json) IS 'the journey as a JSON object of all that is given of it';
COMMENT ON CAST (json AS journey) IS 'reads a journey from JSON';

CREATE FUNCTION journey_to_jsonb(journey) RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_to_jsonb';
COMMENT ON FUNCTION journey_to_jsonb(journey) IS 'the journey as a JSON object of all that is given of it';

CREATE FUNCTION journey_from_jsonb(jsonb) RETURNS journey
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'journey_map_from_jsonb';
COMMENT ON FUNCTION journey_from_jsonb(jsonb) IS 'reads a journey from a JSON object; unknown keys and wrong types are errors (22P02)';

CREATE CAST (journey AS jsonb) WITH FUNCTION journey_to_jsonb(journey) AS ASSIGNMENT;
CREATE CAST (jsonb AS journey) WITH FUNCTION journey_from_jsonb(jsonb);
COMMENT ON CAST (journey AS jsonb) IS 'the journey as a JSON object of all that is given of it';
COMMENT ON CAST (jsonb AS journey) IS 'reads a journey from JSON';

-- Comparison of stages, for grouping, joins and indexes.

CREATE FUNCTION stage_eq(stage, stage) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_eq';
COMMENT ON FUNCTION stage_eq(stage, stage) IS 'implementation of the operator =';

CREATE FUNCTION stage_ne(stage, stage) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_ne';
COMMENT ON FUNCTION stage_ne(stage, stage) IS 'implementation of the operator <>';

CREATE FUNCTION stage_lt(stage, stage) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_lt';
COMMENT ON FUNCTION stage_lt(stage, stage) IS 'implementation of the operator <';

CREATE FUNCTION stage_le(stage, stage) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_le';
COMMENT ON FUNCTION stage_le(stage, stage) IS 'implementation of the operator <=';

CREATE FUNCTION stage_gt(stage, stage) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_gt';
COMMENT ON FUNCTION stage_gt(stage, stage) IS 'implementation of the operator >';

CREATE FUNCTION stage_ge(stage, stage) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_ge';
COMMENT ON FUNCTION stage_ge(stage, stage) IS 'implementation of the operator >=';

CREATE FUNCTION stage_cmp(stage, stage) RETURNS integer
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_cmp';
COMMENT ON FUNCTION stage_cmp(stage, stage) IS 'less than, equal to or greater than 0, by the stored bytes';

CREATE FUNCTION stage_hash(stage) RETURNS integer
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_hash';
COMMENT ON FUNCTION stage_hash(stage) IS 'hash of the stored bytes';

CREATE FUNCTION stage_hash_extended(stage, bigint) RETURNS bigint
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_hash_extended';
COMMENT ON FUNCTION stage_hash_extended(stage, bigint) IS 'hash of the stored bytes, with a seed';

CREATE OPERATOR = (
	LEFTARG = stage, RIGHTARG = stage, FUNCTION = stage_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (stage, stage) IS 'equal: everything given is the same, notes included';

CREATE OPERATOR <> (
	LEFTARG = stage, RIGHTARG = stage, FUNCTION = stage_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (stage, stage) IS 'not equal';

CREATE OPERATOR < (
	LEFTARG = stage, RIGHTARG = stage, FUNCTION = stage_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (stage, stage) IS 'before, in the order of the stored bytes';

CREATE OPERATOR <= (
	LEFTARG = stage, RIGHTARG = stage, FUNCTION = stage_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (stage, stage) IS 'not after, in the order of the stored bytes';

CREATE OPERATOR > (
	LEFTARG = stage, RIGHTARG = stage, FUNCTION = stage_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (stage, stage) IS 'after, in the order of the stored bytes';

CREATE OPERATOR >= (
	LEFTARG = stage, RIGHTARG = stage, FUNCTION = stage_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (stage, stage) IS 'not before, in the order of the stored bytes';

CREATE OPERATOR CLASS stage_ops DEFAULT FOR TYPE stage USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 stage_cmp(stage, stage);
COMMENT ON OPERATOR CLASS stage_ops USING btree IS 'order of the stored bytes';

CREATE OPERATOR CLASS stage_ops DEFAULT FOR TYPE stage USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 stage_hash(stage),
	FUNCTION 2 stage_hash_extended(stage, bigint);
COMMENT ON OPERATOR CLASS stage_ops USING hash IS 'hash of the stored bytes';

-- Comparison of journeys, for grouping, joins and indexes.

CREATE FUNCTION journey_eq(journey, journey) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_eq';
COMMENT ON FUNCTION journey_eq(journey, journey) IS 'implementation of the operator =';

CREATE FUNCTION journey_ne(journey, journey) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_ne';
COMMENT ON FUNCTION journey_ne(journey, journey) IS 'implementation of the operator <>';

CREATE FUNCTION journey_lt(journey, journey) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_lt';
COMMENT ON FUNCTION journey_lt(journey, journey) IS 'implementation of the operator <';

CREATE FUNCTION journey_le(journey, journey) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_le';
COMMENT ON FUNCTION journey_le(journey, journey) IS 'implementation of the operator <=';

CREATE FUNCTION journey_gt(journey, journey) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_gt';
COMMENT ON FUNCTION journey_gt(journey, journey) IS 'implementation of the operator >';

CREATE FUNCTION journey_ge(journey, journey) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_ge';
COMMENT ON FUNCTION journey_ge(journey, journey) IS 'implementation of the operator >=';

CREATE FUNCTION journey_cmp(journey, journey) RETURNS integer
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_cmp';
COMMENT ON FUNCTION journey_cmp(journey, journey) IS 'less than, equal to or greater than 0, by the stored bytes';

CREATE FUNCTION journey_hash(journey) RETURNS integer
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_hash';
COMMENT ON FUNCTION journey_hash(journey) IS 'hash of the stored bytes';

CREATE FUNCTION journey_hash_extended(journey, bigint) RETURNS bigint
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'journey_packed_hash_extended';
COMMENT ON FUNCTION journey_hash_extended(journey, bigint) IS 'hash of the stored bytes, with a seed';

CREATE OPERATOR = (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (journey, journey) IS 'equal: everything given is the same, notes included';

CREATE OPERATOR <> (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (journey, journey) IS 'not equal';

CREATE OPERATOR < (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (journey, journey) IS 'before, in the order of the stored bytes';

CREATE OPERATOR <= (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (journey, journey) IS 'not after, in the order of the stored bytes';

CREATE OPERATOR > (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (journey, journey) IS 'after, in the order of the stored bytes';

CREATE OPERATOR >= (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (journey, journey) IS 'not before, in the order of the stored bytes';

CREATE OPERATOR CLASS journey_ops DEFAULT FOR TYPE journey USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 journey_cmp(journey, journey);
COMMENT ON OPERATOR CLASS journey_ops USING btree IS 'order of the stored bytes';

CREATE OPERATOR CLASS journey_ops DEFAULT FOR TYPE journey USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 journey_hash(journey),
	FUNCTION 2 journey_hash_extended(journey, bigint);
COMMENT ON OPERATOR CLASS journey_ops USING hash IS 'hash of the stored bytes';
