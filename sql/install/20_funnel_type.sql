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
'a funnel as one line of JSON: version, journey, and for each stage the fields that are not zero; times in microseconds, as [time, how many customers] or, where a bucket (1/64 of its lower bound wide, or less) has different ones, [lower bound, [how many, how many in the next bucket, ...]]';
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
