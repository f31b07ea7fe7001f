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
-- funnel: the summary of many customers against one journey

CREATE TYPE funnel;

CREATE FUNCTION funnel_in(cstring) RETURNS funnel
AS 'MODULE_PATHNAME', 'journey_funnel_in'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION funnel_out(funnel) RETURNS cstring
AS 'MODULE_PATHNAME', 'journey_funnel_out'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION funnel_recv(internal) RETURNS funnel
AS 'MODULE_PATHNAME', 'journey_funnel_recv'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION funnel_send(funnel) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_map_send'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;

CREATE TYPE funnel (
	INPUT = funnel_in,
	OUTPUT = funnel_out,
	RECEIVE = funnel_recv,
	SEND = funnel_send,
	INTERNALLENGTH = variable,
	STORAGE = extended,
	CATEGORY = 'j'
);

COMMENT ON TYPE funnel IS
'the summary of many customers against one journey: how many reached, left and still wait on every stage, what they were worth, how long they took; its size depends on the stages, never on the number of customers; made by the aggregate funnel(), merged by rollup() and +, read by stages(), leaks() and others; its text form is JSON and reads back to the same value';
COMMENT ON FUNCTION funnel_in(cstring) IS
'reads a funnel''s JSON; error 22P02 if it is not such JSON, 22023 if its numbers contradict each other, 0A000 if its version is unknown';
COMMENT ON FUNCTION funnel_out(funnel) IS
'a funnel as one line of JSON: version, journey, and for each stage the fields that are not zero';
COMMENT ON FUNCTION funnel_recv(internal) IS
'reads a funnel''s binary form; error 22P03 if it is broken, 22023 if its numbers contradict each other, 0A000 if its version is unknown';
COMMENT ON FUNCTION funnel_send(funnel) IS
'a funnel''s binary form, the same on every machine';

-- casts

CREATE FUNCTION funnel_to_json(funnel) RETURNS json
AS 'MODULE_PATHNAME', 'journey_funnel_to_json'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION funnel_to_jsonb(funnel) RETURNS jsonb
AS 'MODULE_PATHNAME', 'journey_funnel_to_jsonb'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

COMMENT ON FUNCTION funnel_to_json(funnel) IS
'a funnel as JSON, the same as its text form; NULL gives NULL';
COMMENT ON FUNCTION funnel_to_jsonb(funnel) IS
'a funnel as jsonb; NULL gives NULL';

CREATE CAST (funnel AS json) WITH FUNCTION funnel_to_json(funnel) AS ASSIGNMENT;
CREATE CAST (funnel AS jsonb) WITH FUNCTION funnel_to_jsonb(funnel) AS ASSIGNMENT;

COMMENT ON CAST (funnel AS json) IS 'a funnel as JSON, the same as its text form';
COMMENT ON CAST (funnel AS jsonb) IS 'a funnel as jsonb';

-- addition

CREATE FUNCTION funnel_add(funnel, funnel) RETURNS funnel
AS 'MODULE_PATHNAME', 'journey_funnel_add'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25;

COMMENT ON FUNCTION funnel_add(funnel, funnel) IS
'the funnel of both funnels'' customers, of whom none may be in both: counts and sums are added, times merged, of the two journeys the later as_of, the wider entry period and the byte-greater notes are kept; NULL if one is NULL; error 22023 if the stages, events or rules of the journeys differ, 22003 if a count passes 2^56';

CREATE OPERATOR + (
	LEFTARG = funnel,
	RIGHTARG = funnel,
	FUNCTION = funnel_add,
	COMMUTATOR = +
);

COMMENT ON OPERATOR + (funnel, funnel) IS 'the funnel of both funnels'' customers';

CREATE AGGREGATE rollup(funnel) (
	SFUNC = funnel_add,
	STYPE = funnel,
	SSPACE = 32768,
	COMBINEFUNC = funnel_add,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE rollup(funnel) IS
'one funnel of many: the same as adding them with +, in any order; NULLs are ignored, without any funnel the result is NULL; errors as of +';

-- equality and an order for sorting, both by the packed form

CREATE FUNCTION funnel_eq(funnel, funnel) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_eq'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION funnel_ne(funnel, funnel) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_ne'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION funnel_lt(funnel, funnel) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_lt'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION funnel_le(funnel, funnel) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_le'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION funnel_gt(funnel, funnel) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_gt'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION funnel_ge(funnel, funnel) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_packed_ge'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION funnel_cmp(funnel, funnel) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_packed_cmp'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION funnel_hash(funnel) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_packed_hash'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION funnel_hash_extended(funnel, bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_packed_hash_extended'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION funnel_eq(funnel, funnel) IS
'are both funnels equal in everything, notes of the journey included?';
COMMENT ON FUNCTION funnel_ne(funnel, funnel) IS
'do the funnels differ in anything?';
COMMENT ON FUNCTION funnel_lt(funnel, funnel) IS
'less, in an order for sorting and DISTINCT that has no other meaning';
COMMENT ON FUNCTION funnel_le(funnel, funnel) IS
'less or equal, in an order that has no other meaning';
COMMENT ON FUNCTION funnel_gt(funnel, funnel) IS
'greater, in an order that has no other meaning';
COMMENT ON FUNCTION funnel_ge(funnel, funnel) IS
'greater or equal, in an order that has no other meaning';
COMMENT ON FUNCTION funnel_cmp(funnel, funnel) IS
'-1, 0 or 1 (or any number of that sign), in an order that has no other meaning';
COMMENT ON FUNCTION funnel_hash(funnel) IS 'hash';
COMMENT ON FUNCTION funnel_hash_extended(funnel, bigint) IS 'hash with a seed';

CREATE OPERATOR = (
	LEFTARG = funnel,
	RIGHTARG = funnel,
	FUNCTION = funnel_eq,
	COMMUTATOR = =,
	NEGATOR = <>,
	RESTRICT = eqsel,
	JOIN = eqjoinsel,
	HASHES,
	MERGES
);

CREATE OPERATOR <> (
	LEFTARG = funnel,
	RIGHTARG = funnel,
	FUNCTION = funnel_ne,
	COMMUTATOR = <>,
	NEGATOR = =,
	RESTRICT = neqsel,
	JOIN = neqjoinsel
);

CREATE OPERATOR < (
	LEFTARG = funnel,
	RIGHTARG = funnel,
	FUNCTION = funnel_lt,
	COMMUTATOR = >,
	NEGATOR = >=,
	RESTRICT = scalarltsel,
	JOIN = scalarltjoinsel
);

CREATE OPERATOR <= (
	LEFTARG = funnel,
	RIGHTARG = funnel,
	FUNCTION = funnel_le,
	COMMUTATOR = >=,
	NEGATOR = >,
	RESTRICT = scalarlesel,
	JOIN = scalarlejoinsel
);

CREATE OPERATOR > (
	LEFTARG = funnel,
	RIGHTARG = funnel,
	FUNCTION = funnel_gt,
	COMMUTATOR = <,
	NEGATOR = <=,
	RESTRICT = scalargtsel,
	JOIN = scalargtjoinsel
);

CREATE OPERATOR >= (
	LEFTARG = funnel,
	RIGHTARG = funnel,
	FUNCTION = funnel_ge,
	COMMUTATOR = <=,
	NEGATOR = <,
	RESTRICT = scalargesel,
	JOIN = scalargejoinsel
);

COMMENT ON OPERATOR = (funnel, funnel) IS 'equal in everything';
COMMENT ON OPERATOR <> (funnel, funnel) IS 'different in anything';
COMMENT ON OPERATOR < (funnel, funnel) IS 'less, in an order without other meaning';
COMMENT ON OPERATOR <= (funnel, funnel) IS 'less or equal, in an order without other meaning';
COMMENT ON OPERATOR > (funnel, funnel) IS 'greater, in an order without other meaning';
COMMENT ON OPERATOR >= (funnel, funnel) IS 'greater or equal, in an order without other meaning';

CREATE OPERATOR CLASS funnel_ops DEFAULT FOR TYPE funnel USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 funnel_cmp(funnel, funnel);

CREATE OPERATOR CLASS funnel_ops DEFAULT FOR TYPE funnel USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 funnel_hash(funnel),
	FUNCTION 2 funnel_hash_extended(funnel, bigint);

COMMENT ON OPERATOR CLASS funnel_ops USING btree IS 'sorting, DISTINCT and merge joins of funnels';
COMMENT ON OPERATOR CLASS funnel_ops USING hash IS 'GROUP BY and hash joins of funnels';
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
'a timeline as one line of JSON: {"events": [[at, event, value, channel, feeling], ...]}, by time, NULLs at the end of an event left out, times in UTC, numbers exact; depends on no setting';
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
'a timeline as JSON, the same as its text form; NULL gives NULL';
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
-- reading a funnel

CREATE FUNCTION stages(
	funnel,
	level double precision DEFAULT 0.95,
	OUT stage_no integer,
	OUT stage text,
	OUT optional boolean,
	OUT entered bigint,
	OUT reached bigint,
	OUT settled bigint,
	OUT continued bigint,
	OUT dropped bigint,
	OUT waiting bigint,
	OUT excluded bigint,
	OUT conversion double precision,
	OUT conversion_low double precision,
	OUT conversion_high double precision,
	OUT drop_off double precision,
	OUT overall double precision,
	OUT median_s double precision,
	OUT p90_s double precision,
	OUT valued bigint,
	OUT value double precision,
	OUT value_lost double precision,
	OUT value_waiting double precision,
	OUT feeling double precision,
	OUT negative_share double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_stages'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 5;

CREATE FUNCTION leaks(
	funnel,
	by text DEFAULT NULL,
	level double precision DEFAULT 0.95,
	OUT rank integer,
	OUT stage_no integer,
	OUT stage text,
	OUT next_stage text,
	OUT measure text,
	OUT reached bigint,
	OUT settled bigint,
	OUT lost bigint,
	OUT drop_off double precision,
	OUT drop_off_low double precision,
	OUT drop_off_high double precision,
	OUT value_lost double precision,
	OUT completions_lost double precision,
	OUT share double precision,
	OUT expected_drop_off double precision,
	OUT excess double precision,
	OUT recoverable double precision,
	OUT recoverable_low double precision,
	OUT enough_data boolean,
	OUT p_worst double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_leaks'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 4;

CREATE FUNCTION worst_leak(
	funnel,
	by text DEFAULT NULL,
	OUT rank integer,
	OUT stage_no integer,
	OUT stage text,
	OUT next_stage text,
	OUT measure text,
	OUT reached bigint,
	OUT settled bigint,
	OUT lost bigint,
	OUT drop_off double precision,
	OUT drop_off_low double precision,
	OUT drop_off_high double precision,
	OUT value_lost double precision,
	OUT completions_lost double precision,
	OUT share double precision,
	OUT expected_drop_off double precision,
	OUT excess double precision,
	OUT recoverable double precision,
	OUT recoverable_low double precision,
	OUT enough_data boolean,
	OUT p_worst double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_worst_leak'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1;

COMMENT ON FUNCTION stages(funnel, double precision) IS
'the stage table of a funnel, one row a stage. entered: customers whose counted attempt starts here; reached = continued (to the next required stage) + dropped (went no further, and will not) + waiting (may still go further); settled: of reached, those whose outcome can no longer change; excluded: not in reached, last seen here before an excluded event. drop_off = dropped / settled, conversion = 1 - drop_off, both 0..1, with Wilson''s score interval (E. B. Wilson 1927) for n = settled at this level of confidence (0.95: it holds the true share 95 times in 100); overall: product of the conversions of the required stages before this one, NULL for open journeys and where one of them is not known. median_s, p90_s: seconds to the next required stage, to within 1 percent. valued: those of dropped who carried a value; value, value_lost, value_waiting: sums of the values carried by those who reached, dropped, wait; value_lost is NULL where fewer than half of dropped carry one. feeling: mean, -1..1; negative_share: share of negative ones. On the last stage and on optional ones what is about going on is NULL; values are NULL if nobody there has one, rates NULL if nobody is settled. A NULL argument gives no rows; error 22023 if level is not between 0 and 1';
COMMENT ON FUNCTION leaks(funnel, text, double precision) IS
'what a funnel loses between each required stage and the next, the worst first. Ranked by value (value_lost), completions (completions_lost = lost x the conversions of the later stages: completions missed), customers (lost), drop_off or recoverable; NULL takes value if it is known for every leak, else completions; measure says which. share: of the measure''s sum over all leaks, NULL where gains stand against losses. drop_off = lost / settled with Wilson''s interval at this level. expected_drop_off: the hypothesis of the journey map; excess = drop_off - expected_drop_off; recoverable = max(0, 1 - expected_drop_off / drop_off) x (by value: value_lost x conversions of the later stages, else completions_lost), NULL without a hypothesis; recoverable_low: with the lower bound of drop_off. enough_data: settled is at least 30. share and p_worst are NULL where some loss is not known. p_worst: the probability that this leak is the worst by the measure, losses taken as independent normals with the measured mean and variance (drop_off: Beta(lost + 1/2, settled - lost + 1/2)). Where nobody left there is no leak: such rows come last. Equal losses rank in stage order. A NULL funnel or level gives no rows; error 22023 if by is none of these or level is not between 0 and 1';
COMMENT ON FUNCTION worst_leak(funnel, text) IS
'the first row of leaks(funnel, by): the leak that loses most; no row for NULL or for a journey of one stage';

CREATE FUNCTION conversion(funnel) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_conversion'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION conversion(funnel, stage text) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_conversion_stage'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION conversion(funnel, stage text, to_stage text)
RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_conversion_between'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION drop_off(funnel, stage text) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_drop_off'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION reached(funnel, stage text) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_reached'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION customers(funnel) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_customers'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION time_to_convert(
	funnel,
	quantile double precision DEFAULT 0.5
) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_time_to_convert'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION time_to_convert(
	funnel,
	stage text,
	quantile double precision DEFAULT 0.5
) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_time_to_convert_stage'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION journey(funnel) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_of_funnel'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE FUNCTION bars(funnel) RETURNS text
AS 'MODULE_PATHNAME', 'journey_bars'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

COMMENT ON FUNCTION conversion(funnel) IS
'the share of those at the first stage who reach the last one, 0..1: the product of the conversions of all required stages, 0 as soon as one of them is 0; NULL if one is not known, or for NULL';
COMMENT ON FUNCTION conversion(funnel, text) IS
'the share of those settled at this stage who reach the next required one, 0..1; NULL for the last stage, for optional ones, where nobody is settled, and for NULL; error 22023 if there is no such stage';
COMMENT ON FUNCTION conversion(funnel, text, text) IS
'the share of those at one required stage who reach a later one, 0..1: the product of the conversions from the first up to the second, 1 for the same stage; NULL if one of them is not known, or for NULL; error 22023 if there is no such stage, if it is optional, or if the second comes first';
COMMENT ON FUNCTION drop_off(funnel, text) IS
'the share of those settled at this stage who did not reach the next required one, 0..1; NULL for the last stage, for optional ones, where nobody is settled, and for NULL; error 22023 if there is no such stage';
COMMENT ON FUNCTION reached(funnel, text) IS
'how many reached this stage, which may be optional; NULL for NULL; error 22023 if there is no such stage';
COMMENT ON FUNCTION customers(funnel) IS
'how many customers are counted (attempts, where the journey counts attempts), those excluded not among them; NULL for NULL';
COMMENT ON FUNCTION time_to_convert(funnel, double precision) IS
'the time from the first stage to the last that this share (0..1, 0.5 is the median) of those who made it took at most, to within 1 percent; NULL if nobody made it, or for NULL; error 22023 if quantile is not from 0 to 1';
COMMENT ON FUNCTION time_to_convert(funnel, text, double precision) IS
'the time from the first stage to this one that this share (0..1, 0.5 is the median) of those who reached it took at most, to within 1 percent; zero for the first stage; NULL if nobody reached it, for optional stages, and for NULL; error 22023 if there is no such stage or quantile is not from 0 to 1';
COMMENT ON FUNCTION journey(funnel) IS
'the journey that the funnel was measured against, notes and scope included; NULL for NULL';
COMMENT ON FUNCTION bars(funnel) IS
'the funnel as text for a terminal 80 columns wide: for each stage a bar, how many reached it and which share of all, below it those who leave, what is lost with them, who waits or is excluded; the worst leak is marked and named in the last line; plain ASCII where the server encoding is not UTF8; NULL for NULL';
--
-- funnel(journey, timeline): the aggregate over one timeline a customer

CREATE FUNCTION funnel_add_timeline(funnel, journey, timeline) RETURNS funnel
AS 'MODULE_PATHNAME', 'journey_funnel_add_timeline'
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10;

COMMENT ON FUNCTION funnel_add_timeline(funnel, journey, timeline) IS
'Transition function of funnel(journey, timeline): adds one customer.';

CREATE AGGREGATE funnel(journey, timeline) (
	SFUNC = funnel_add_timeline,
	STYPE = funnel,
	SSPACE = 32768,
	COMBINEFUNC = funnel_add,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE funnel(journey, timeline) IS
'Aggregate: the funnel of customers'' timelines, one for each customer, against a journey; the same, bit for bit, as funnel(journey, customer, at, event ...) over the events in them. NULL timelines are ignored, without any the result is NULL; a NULL journey or two journeys in one group are errors (22023).';

CREATE FUNCTION progress(journey, timeline, OUT depth int, OUT stage_no int,
	OUT stage text, OUT completed boolean, OUT waiting boolean,
	OUT excluded boolean, OUT started_at timestamptz,
	OUT reached_at timestamptz[], OUT stage_channels text[],
	OUT stage_values float8[])
AS 'MODULE_PATHNAME', 'journey_progress'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;

COMMENT ON FUNCTION progress(journey, timeline) IS
'how far one customer got: the attempt that funnel(journey, timeline) counts. depth: required stages reached, 0 if none or excluded; stage_no, stage: the last required one, or the stage at which an excluded customer is booked, NULL if none; completed, waiting, excluded; started_at: time of its first event; reached_at, stage_channels, stage_values: one element a stage, of the event that reached it, NULL where the stage was not reached or the event has none, all NULL if excluded. Where attempts are counted, the last one that counts. NULL if an argument is NULL.';

-- funnel(journey, customer, at, ...): the aggregate over rows of events
--

CREATE FUNCTION funnel_combine(internal, internal)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;

CREATE FUNCTION funnel_serialize(internal)
RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_funnel_serialize'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION funnel_deserialize(bytea, internal)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_deserialize'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION funnel_final(internal)
RETURNS funnel
AS 'MODULE_PATHNAME', 'journey_funnel_final'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;

CREATE FUNCTION funnel_row(internal, journey, bigint, timestamptz, text)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_int8'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, bigint, timestamptz, text, float8)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_int8'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, bigint, timestamptz, text, float8, text)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_int8'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, bigint, timestamptz, text, float8, text, float8)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_int8'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row_if(internal, journey, bigint, timestamptz, VARIADIC boolean[])
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_int8_if'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row_if(internal, journey, bigint, timestamptz, float8, VARIADIC boolean[])
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_int8_value_if'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, text, timestamptz, text)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, text, timestamptz, text, float8)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, text, timestamptz, text, float8, text)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, text, timestamptz, text, float8, text, float8)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row_if(internal, journey, text, timestamptz, VARIADIC boolean[])
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_text_if'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row_if(internal, journey, text, timestamptz, float8, VARIADIC boolean[])
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_text_value_if'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, uuid, timestamptz, text)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_uuid'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, uuid, timestamptz, text, float8)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_uuid'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, uuid, timestamptz, text, float8, text)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_uuid'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, uuid, timestamptz, text, float8, text, float8)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_uuid'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row_if(internal, journey, uuid, timestamptz, VARIADIC boolean[])
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_uuid_if'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row_if(internal, journey, uuid, timestamptz, float8, VARIADIC boolean[])
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_uuid_value_if'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE AGGREGATE funnel(journey, customer bigint, at timestamptz, event text) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer bigint, at timestamptz, event text, value float8) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer bigint, at timestamptz, event text, value float8, channel text) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer bigint, at timestamptz, event text, value float8, channel text, feeling float8) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer bigint, at timestamptz, VARIADIC conditions boolean[]) (
	SFUNC = funnel_row_if,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer bigint, at timestamptz, value float8, VARIADIC conditions boolean[]) (
	SFUNC = funnel_row_if,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer text, at timestamptz, event text) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer text, at timestamptz, event text, value float8) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer text, at timestamptz, event text, value float8, channel text) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer text, at timestamptz, event text, value float8, channel text, feeling float8) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer text, at timestamptz, VARIADIC conditions boolean[]) (
	SFUNC = funnel_row_if,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer text, at timestamptz, value float8, VARIADIC conditions boolean[]) (
	SFUNC = funnel_row_if,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer uuid, at timestamptz, event text) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer uuid, at timestamptz, event text, value float8) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer uuid, at timestamptz, event text, value float8, channel text) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer uuid, at timestamptz, event text, value float8, channel text, feeling float8) (
	SFUNC = funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer uuid, at timestamptz, VARIADIC conditions boolean[]) (
	SFUNC = funnel_row_if,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

CREATE AGGREGATE funnel(journey, customer uuid, at timestamptz, value float8, VARIADIC conditions boolean[]) (
	SFUNC = funnel_row_if,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = funnel_final,
	COMBINEFUNC = funnel_combine,
	SERIALFUNC = funnel_serialize,
	DESERIALFUNC = funnel_deserialize,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE funnel(journey, bigint, timestamptz, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, bigint, timestamptz, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt.';

COMMENT ON AGGREGATE funnel(journey, bigint, timestamptz, text, float8, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: the touchpoint of the event, NULL where unknown; kept for later versions, no result shows it yet.';

COMMENT ON AGGREGATE funnel(journey, bigint, timestamptz, text, float8, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: the touchpoint of the event, NULL where unknown; kept for later versions, no result shows it yet. feeling: of the event, from -1 to 1, NULL where unknown; checked, but no result shows it yet.';

COMMENT ON AGGREGATE funnel(journey, bigint, timestamptz, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, bigint, timestamptz, float8, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, text, float8, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: the touchpoint of the event, NULL where unknown; kept for later versions, no result shows it yet.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, text, float8, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: the touchpoint of the event, NULL where unknown; kept for later versions, no result shows it yet. feeling: of the event, from -1 to 1, NULL where unknown; checked, but no result shows it yet.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, float8, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, text, float8, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: the touchpoint of the event, NULL where unknown; kept for later versions, no result shows it yet.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, text, float8, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: the touchpoint of the event, NULL where unknown; kept for later versions, no result shows it yet. feeling: of the event, from -1 to 1, NULL where unknown; checked, but no result shows it yet.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, float8, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON FUNCTION funnel_row(internal, journey, bigint, timestamptz, text) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, bigint, timestamptz, text, float8) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, bigint, timestamptz, text, float8, text) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, bigint, timestamptz, text, float8, text, float8) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row_if(internal, journey, bigint, timestamptz, VARIADIC boolean[]) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row_if(internal, journey, bigint, timestamptz, float8, VARIADIC boolean[]) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, text, timestamptz, text) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, text, timestamptz, text, float8) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, text, timestamptz, text, float8, text) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, text, timestamptz, text, float8, text, float8) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row_if(internal, journey, text, timestamptz, VARIADIC boolean[]) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row_if(internal, journey, text, timestamptz, float8, VARIADIC boolean[]) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, uuid, timestamptz, text) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, uuid, timestamptz, text, float8) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, uuid, timestamptz, text, float8, text) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row(internal, journey, uuid, timestamptz, text, float8, text, float8) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row_if(internal, journey, uuid, timestamptz, VARIADIC boolean[]) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_row_if(internal, journey, uuid, timestamptz, float8, VARIADIC boolean[]) IS 'Transition function of funnel(): adds one row.';

COMMENT ON FUNCTION funnel_combine(internal, internal) IS 'Combine function of funnel(): joins the rows of two partial groups.';

COMMENT ON FUNCTION funnel_serialize(internal) IS 'Serial function of funnel(): packs a partial group for another process.';

COMMENT ON FUNCTION funnel_deserialize(bytea, internal) IS 'Deserial function of funnel(): reads what funnel_serialize() packed.';

COMMENT ON FUNCTION funnel_final(internal) IS 'Final function of funnel(): matches every customer and sums up.';

-- loading timelines

CREATE FUNCTION timelines(source text, key anyelement, OUT customer anyelement, OUT timeline timeline)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'journey_timelines'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 100000;

COMMENT ON FUNCTION timelines(text, anyelement) IS
'one timeline for each customer of a query, in one pass and in no particular order: the same as timeline() with GROUP BY customer, several times faster. source: one SELECT of customer, at, event and, where wanted, value, channel, feeling, in this order, of types (key''s), timestamptz, text, float8, text, float8; run with the caller''s rights and snapshot. key: its type alone counts: NULL::bigint, NULL::text or NULL::uuid. Rows with a NULL customer, at or event are ignored; a NULL source gives no rows. Memory is work_mem * hash_mem_multiplier, past that a temporary file; all event and channel names, and one finished timeline, come on top. Errors: 22023 if the source is not one SELECT that only reads, 42804 for columns of other types, 0A000 for a key of another type, 22003 as for timeline(), 54000 past 16777216 events'' names or 131071 channels'' names in all, 65535 channels of one customer, or 1 GB a timeline';
