/*
 * funnel.c
 *	  The aggregate funnel(journey, customer, at, ...) over rows of events.
 *
 * A row is checked, its event becomes a code, and it is appended to the
 * population; everything else waits for the final step.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "call_site.h"
#include "compat.h"
#include "count.h"
#include "event_check.h"
#include "finish.h"
#include "plan.h"
#include "population.h"
#include "states.h"

/* arguments of the transition functions */
#define ARG_STATE		0
#define ARG_CUSTOMER	2
#define ARG_AT			3
#define ARG_EVENT		4
#define ARG_VALUE		5		/* in the forms that have one */
#define ARG_CHANNEL		6
#define ARG_FEELING		7

#define CALL			"funnel(journey, customer, at, event)"

typedef enum FunnelForm
{
	FORM_EVENTS,				/* event [, value] */
	FORM_TOUCHED,				/* event, value, channel [, feeling] */
	FORM_CONDITIONS,			/* conditions */
	FORM_VALUED_CONDITIONS		/* value, conditions */
} FunnelForm;

static inline bool
has_conditions(FunnelForm form)
{
	return form == FORM_CONDITIONS || form == FORM_VALUED_CONDITIONS;
}

typedef struct FunnelState
{
	JourneyPlan *plan;			/* NULL where no row was added here */
	Population	pop;
	struct varlena *journey;	/* packed, not toasted */
	bool		conditions;
} FunnelState;

static FunnelState *
state_make(MemoryContext cxt, struct varlena *journey, bool conditions)
{
	FunnelState *state = MemoryContextAllocZero(cxt, sizeof(FunnelState));

	state->journey = journey;
	state->conditions = conditions;
	return state;
}

/* What is kept of each row of such a call. */
static EventForm
event_form(FunctionCallInfo fcinfo, KeyKind kind, FunnelForm form,
		   const JourneyPlan *plan)
{
	EventForm	result = {kind, (uint8) plan->code_width, false, TOUCH_NONE};

	if (form == FORM_VALUED_CONDITIONS)
		result.valued = true;
	if (!has_conditions(form))
		result.valued = PG_NARGS() > ARG_VALUE;
	if (form == FORM_TOUCHED)
		result.touch = (PG_NARGS() > ARG_FEELING) ? TOUCH_FEELINGS :
			TOUCH_CHANNELS;
	return result;
}

/* The first row of a group, or the first one in this process. */
static pg_noinline FunnelState *
open_state(FunctionCallInfo fcinfo, FunnelState *state, KeyKind kind,
		   FunnelForm form)
{
	MemoryContext cxt;
	struct varlena *journey;
	JourneyPlan *plan;

	cxt = aggregate_context(fcinfo, CALL);
	if (PG_ARGISNULL(ARG_JOURNEY))
		refuse_null_journey();
	journey = PG_GETARG_VARLENA_PP(ARG_JOURNEY);
	plan = call_site_plan(fcinfo, cxt, journey, has_conditions(form));
	if (state == NULL)
	{
		state = state_make(cxt, plan->journey, has_conditions(form));
		population_init(&state->pop, cxt, call_site_pool(fcinfo, cxt),
						event_form(fcinfo, kind, form, plan));
		if (state->pop.form.touch != TOUCH_NONE)
			state->pop.channels = call_site_channels(fcinfo, cxt);
	}
	state->plan = plan;
	return state;
}

/* A group has one journey. */
static void
check_journey(FunctionCallInfo fcinfo, FunnelState *state)
{
	if (PG_ARGISNULL(ARG_JOURNEY))
		refuse_null_journey();
	if (!call_site_same_journey(fcinfo, state->journey))
		refuse_two_journeys(state->journey,
							PG_GETARG_VARLENA_P(ARG_JOURNEY));
}

static inline FunnelState *
state_for_row(FunctionCallInfo fcinfo, KeyKind kind, FunnelForm form)
{
	FunnelState *state = NULL;
	CallSite   *site = fcinfo->flinfo->fn_extra;

	if (!PG_ARGISNULL(ARG_STATE))
		state = (FunnelState *) PG_GETARG_POINTER(ARG_STATE);
	if (unlikely(state == NULL || state->plan == NULL))
		state = open_state(fcinfo, state, kind, form);
	if (site == NULL || !site->constant)
		check_journey(fcinfo, state);
	return state;
}

static inline int64
get_value(FunctionCallInfo fcinfo, int arg)
{
	if (PG_ARGISNULL(arg))
		return MATCH_NO_VALUE;
	return event_value_millionths(PG_GETARG_FLOAT8(arg));
}

/* Most texts are short; a call to find that out is worth saving. */
static pg_attribute_always_inline struct varlena *
get_short(FunctionCallInfo fcinfo, int arg)
{
	struct varlena *s = (struct varlena *) PG_GETARG_POINTER(arg);

	if (!VARATT_IS_SHORT(s) || VARATT_IS_EXTERNAL(s))
		s = pg_detoast_datum_packed(s);
	return s;
}

static pg_attribute_always_inline uint64
get_event_code(FunctionCallInfo fcinfo, const JourneyPlan *plan)
{
	struct varlena *event = get_short(fcinfo, ARG_EVENT);

	return event_codes_find(&plan->codes, VARDATA_ANY(event),
							(uint32) VARSIZE_ANY_EXHDR(event));
}

/* The set of stages whose conditions are true. */
static uint64
get_conditions(FunctionCallInfo fcinfo, int arg, const JourneyPlan *plan)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(arg);
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const uint8 *nulls = ARR_NULLBITMAP(array);
	const bool *item = (const bool *) ARR_DATA_PTR(array);
	uint64		mask = 0;

	if (unlikely(n != plan->match.n_stages || ARR_NDIM(array) != 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a funnel needs one condition for each stage"),
				 errdetail("Stages of the journey: %d; conditions given: %d.",
						   plan->match.n_stages, n),
				 errhint("Stages of the journey: %s.",
						 map_stage_list(plan->map))));
	for (int k = 0; k < n; k++)
	{
		if (nulls != NULL && (nulls[k / 8] & (1 << (k % 8))) == 0)
			continue;
		if (*item++)
			mask |= UINT64CONST(1) << k;
	}
	return mask;
}

static inline void
get_customer(FunctionCallInfo fcinfo, KeyKind kind, CustomerKey *key)
{
	if (kind == KEY_INT8)
		key->number = PG_GETARG_INT64(ARG_CUSTOMER);
	else if (kind == KEY_UUID)
	{
		key->bytes = (const char *) PG_GETARG_UUID_P(ARG_CUSTOMER)->data;
		key->len = UUID_LEN;
	}
	else
	{
		text	   *customer = PG_GETARG_TEXT_PP(ARG_CUSTOMER);

		key->bytes = VARDATA_ANY(customer);
		key->len = (uint32) VARSIZE_ANY_EXHDR(customer);
	}
}

/* False if there is neither a channel nor a feeling. */
static pg_attribute_always_inline bool
get_touch(FunctionCallInfo fcinfo, const Population *pop, Touch *touch)
{
	if (PG_NARGS() > ARG_FEELING && !PG_ARGISNULL(ARG_FEELING))
		touch->feeling =
			event_feeling_millionths(PG_GETARG_FLOAT8(ARG_FEELING));
	if (!PG_ARGISNULL(ARG_CHANNEL))
	{
		struct varlena *channel = get_short(fcinfo, ARG_CHANNEL);

		touch->channel = VARDATA_ANY(channel);
		touch->len = (uint32) VARSIZE_ANY_EXHDR(channel);
		touch_set_code(pop->channels, touch);
	}
	return touch->code != 0 || touch->feeling != TOUCH_NO_FEELING;
}

/* One row.  kind and form are constants in every caller. */
static pg_attribute_always_inline Datum
add_row(FunctionCallInfo fcinfo, KeyKind kind, FunnelForm form)
{
	FunnelState *state = state_for_row(fcinfo, kind, form);
	CustomerKey key = {0};
	Touch		touch = {NULL, 0, TOUCH_NO_FEELING, 0};
	int64		value = MATCH_NO_VALUE;
	int64		at;
	uint64		code;
	int			last = ARG_EVENT + (form == FORM_VALUED_CONDITIONS);

	if (PG_ARGISNULL(ARG_CUSTOMER) || PG_ARGISNULL(ARG_AT) ||
		PG_ARGISNULL(last))
		PG_RETURN_POINTER(state);
	at = PG_GETARG_TIMESTAMPTZ(ARG_AT);
	check_event_time(at);
	if (at > state->plan->last_at)
		PG_RETURN_POINTER(state);
	if (form == FORM_VALUED_CONDITIONS)
		value = get_value(fcinfo, ARG_EVENT);
	else if (form == FORM_TOUCHED ||
			 (form == FORM_EVENTS && PG_NARGS() > ARG_VALUE))
		value = get_value(fcinfo, ARG_VALUE);
	if (form == FORM_EVENTS)
	{
		code = get_event_code(fcinfo, state->plan);
		if (code == EVENT_CODE_NONE)
			PG_RETURN_POINTER(state);
	}
	else if (form == FORM_TOUCHED)
	{
		bool		touched = get_touch(fcinfo, &state->pop, &touch);

		code = get_event_code(fcinfo, state->plan);
		if (code == EVENT_CODE_NONE)
		{
			if (!touched)
				PG_RETURN_POINTER(state);
			code = state->plan->codes.n_codes;
		}
	}
	else
	{
		code = get_conditions(fcinfo, last, state->plan);
		if (code == 0 && !state->plan->match.strict)
			PG_RETURN_POINTER(state);
	}
	get_customer(fcinfo, kind, &key);
	population_add(&state->pop, kind, &key, key_hash(kind, &key), at, code,
				   value, (form == FORM_TOUCHED) ? &touch : NULL);
	PG_RETURN_POINTER(state);
}

#define TRANSITION(name, kind, form) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		return add_row(fcinfo, kind, form); \
	} \
	extern Datum name(PG_FUNCTION_ARGS)

TRANSITION(journey_funnel_int8, KEY_INT8, FORM_EVENTS);
TRANSITION(journey_funnel_uuid, KEY_UUID, FORM_EVENTS);
TRANSITION(journey_funnel_text, KEY_TEXT, FORM_EVENTS);
TRANSITION(journey_funnel_int8_touched, KEY_INT8, FORM_TOUCHED);
TRANSITION(journey_funnel_uuid_touched, KEY_UUID, FORM_TOUCHED);
TRANSITION(journey_funnel_text_touched, KEY_TEXT, FORM_TOUCHED);
TRANSITION(journey_funnel_int8_if, KEY_INT8, FORM_CONDITIONS);
TRANSITION(journey_funnel_uuid_if, KEY_UUID, FORM_CONDITIONS);
TRANSITION(journey_funnel_text_if, KEY_TEXT, FORM_CONDITIONS);
TRANSITION(journey_funnel_int8_value_if, KEY_INT8, FORM_VALUED_CONDITIONS);
TRANSITION(journey_funnel_uuid_value_if, KEY_UUID, FORM_VALUED_CONDITIONS);
TRANSITION(journey_funnel_text_value_if, KEY_TEXT, FORM_VALUED_CONDITIONS);

PG_FUNCTION_INFO_V1(journey_funnel_combine);

Datum
journey_funnel_combine(PG_FUNCTION_ARGS)
{
	FunnelState *into = NULL;
	FunnelState *from;
	MemoryContext cxt;

	cxt = aggregate_context(fcinfo, CALL);
	if (!PG_ARGISNULL(0))
		into = (FunnelState *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1))
	{
		if (into == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(into);
	}
	from = (FunnelState *) PG_GETARG_POINTER(1);
	if (into == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(cxt);
		struct varlena *journey = (struct varlena *)
			PG_DETOAST_DATUM_COPY(PointerGetDatum(from->journey));

		into = state_make(cxt, journey, from->conditions);
		population_init(&into->pop, cxt, call_site_pool(fcinfo, cxt),
						from->pop.form);
		if (into->pop.form.touch != TOUCH_NONE)
			into->pop.channels = call_site_channels(fcinfo, cxt);
		MemoryContextSwitchTo(old);
	}
	else if (!same_bytes(into->journey, from->journey))
		refuse_two_journeys(into->journey, from->journey);
	population_absorb(&into->pop, &from->pop);
	PG_RETURN_POINTER(into);
}

PG_FUNCTION_INFO_V1(journey_funnel_serialize);

Datum
journey_funnel_serialize(PG_FUNCTION_ARGS)
{
	FunnelState *state = (FunnelState *) PG_GETARG_POINTER(0);
	size_t		size;
	StringInfoData buf;

	(void) aggregate_context(fcinfo, CALL);
	size = VARSIZE(state->journey) + population_wire_size(&state->pop) + 64;
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the events of one parallel worker's part of a funnel "
						"take more than 1 GB"),
				 errdetail("Packed they take %zu bytes.", size),
				 errhint("SET max_parallel_workers_per_gather = 0 for this "
						 "query, or GROUP BY parts of the customers and merge "
						 "the funnels with rollup().")));
	pq_begintypsend(&buf);
	enlargeStringInfo(&buf, (int) size);
	pq_sendbyte(&buf, state->conditions);
	pq_sendint32(&buf, VARSIZE(state->journey));
	pq_sendbytes(&buf, (char *) state->journey, VARSIZE(state->journey));
	population_put(&buf, &state->pop);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(journey_funnel_deserialize);

Datum
journey_funnel_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *data;
	StringInfoData buf;
	FunnelState *state;
	struct varlena *journey;
	bool		conditions;
	int			len;

	(void) aggregate_context(fcinfo, CALL);
	data = PG_GETARG_BYTEA_PP(0);
	/* read in place: the state can be nearly as large as memory allows */
	buf.data = VARDATA_ANY(data);
	buf.len = buf.maxlen = (int) VARSIZE_ANY_EXHDR(data);
	buf.cursor = 0;
	conditions = pq_getmsgbyte(&buf) != 0;
	len = (int) pq_getmsgint(&buf, 4);
	journey = palloc(len);
	pq_copymsgbytes(&buf, (char *) journey, len);
	state = state_make(CurrentMemoryContext, journey, conditions);
	population_get(&buf, &state->pop);
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(journey_funnel_final);

Datum
journey_funnel_final(PG_FUNCTION_ARGS)
{
	FunnelState *state = (FunnelState *) PG_GETARG_POINTER(0);
	JourneyPlan *plan = state->plan;
	FunnelSummary *summary;

	(void) aggregate_context(fcinfo, CALL);
	if (plan == NULL)
		plan = plan_make(state->journey, state->conditions);
	summary = summary_make(plan->journey);
	finish_population(fcinfo, plan, &state->pop, summary);
	PG_RETURN_POINTER(summary_pack(summary));
}
