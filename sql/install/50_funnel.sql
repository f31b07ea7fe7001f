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
AS 'MODULE_PATHNAME', 'journey_funnel_int8_touched'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, bigint, timestamptz, text, float8, text, float8)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_int8_touched'
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
AS 'MODULE_PATHNAME', 'journey_funnel_text_touched'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, text, timestamptz, text, float8, text, float8)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_text_touched'
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
AS 'MODULE_PATHNAME', 'journey_funnel_uuid_touched'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION funnel_row(internal, journey, uuid, timestamptz, text, float8, text, float8)
RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_uuid_touched'
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
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: where the event took place, NULL where unknown: touchpoints() counts it at the stage that the customer is in at that moment, also of events of no stage.';

COMMENT ON AGGREGATE funnel(journey, bigint, timestamptz, text, float8, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: where the event took place, NULL where unknown: touchpoints() counts it at the stage that the customer is in at that moment, also of events of no stage. feeling: of the event, from -1 to 1, NULL where unknown: stages() and touchpoints() have the means.';

COMMENT ON AGGREGATE funnel(journey, bigint, timestamptz, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, bigint, timestamptz, float8, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, text, float8, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: where the event took place, NULL where unknown: touchpoints() counts it at the stage that the customer is in at that moment, also of events of no stage.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, text, float8, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: where the event took place, NULL where unknown: touchpoints() counts it at the stage that the customer is in at that moment, also of events of no stage. feeling: of the event, from -1 to 1, NULL where unknown: stages() and touchpoints() have the means.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, text, timestamptz, float8, VARIADIC boolean[]) IS
'Aggregate: the funnel of the customers'' rows against a journey, with one condition for each stage in place of an event name: a row reaches the stages whose conditions are true; NULL is false. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. Rows with a NULL customer or at are ignored; a NULL journey, two journeys in one group, infinite times, another number of conditions than stages and a journey whose stages list events are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, text, float8, text) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: where the event took place, NULL where unknown: touchpoints() counts it at the stage that the customer is in at that moment, also of events of no stage.';

COMMENT ON AGGREGATE funnel(journey, uuid, timestamptz, text, float8, text, float8) IS
'Aggregate: the funnel of the customers'' events against a journey. at is the time of the event; an event reaches the stages that list it, or the stage of its own name. Each customer counts once, by the deepest attempt. Rows with a NULL customer, at or event are ignored; a NULL journey, two journeys in one group and infinite times are errors. NULL over no rows. value: what is at stake for the customer, any unit, NULL where unknown, from -1e12 to 1e12, summed in millionths; a customer counts with the last value known on the counted attempt. channel: where the event took place, NULL where unknown: touchpoints() counts it at the stage that the customer is in at that moment, also of events of no stage. feeling: of the event, from -1 to 1, NULL where unknown: stages() and touchpoints() have the means.';

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
