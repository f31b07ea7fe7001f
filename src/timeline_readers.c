/*
 * timeline_readers.c
 *	  What SQL can read from a timeline.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "event_check.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "timeline.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(journey_timeline_events);
PG_FUNCTION_INFO_V1(journey_timeline_num_events);
PG_FUNCTION_INFO_V1(journey_timeline_first_at);
PG_FUNCTION_INFO_V1(journey_timeline_last_at);
PG_FUNCTION_INFO_V1(journey_timeline_span);
PG_FUNCTION_INFO_V1(journey_timeline_slice);
PG_FUNCTION_INFO_V1(journey_timeline_has_event);
PG_FUNCTION_INFO_V1(journey_timeline_sessions);

/* The names as SQL has them. */
static Datum *
text_names(const uint8 *next, uint32 n)
{
	Datum	   *names = timeline_array(sizeof(Datum), n);

	for (uint32 i = 0; i < n; i++)
	{
		MapText		name;

		next = timeline_name(next, &name);
		names[i] = PointerGetDatum(cstring_to_text_with_len(name.s, name.len));
	}
	return names;
}

/* events(timeline) */
Datum
journey_timeline_events(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Timeline	t;
	Datum	   *names;
	Datum	   *channels;
	int64		at = 0;

	InitMaterializedSRF(fcinfo, 0);
	timeline_open(&t, GETARG_TIMELINE(0));
	names = text_names(t.names, t.n_names);
	channels = text_names(t.channels, t.n_channels);
	for (uint32 i = 0; i < t.n; i++)
	{
		TimelineEvent e;
		Datum		values[5] = {0};
		bool		nulls[5] = {false};

		CHECK_FOR_INTERRUPTS();
		timeline_get(&t, i, &at, &e);
		values[0] = TimestampTzGetDatum(at);
		values[1] = names[e.name];
		values[2] = Float8GetDatum(e.value);
		nulls[2] = !e.has_value;
		if (e.channel > 0)
			values[3] = channels[e.channel - 1];
		nulls[3] = (e.channel == 0);
		values[4] = Float8GetDatum((double) e.feeling / FEELING_SCALE);
		nulls[4] = (e.feeling == TIMELINE_NO_FEELING);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}

/* The count, from the first bytes alone where the rest is out of line. */
static uint32
count_events(Datum timeline)
{
	return timeline_count((struct varlena *)
						  PG_DETOAST_DATUM_SLICE(timeline, 0,
												 TIMELINE_COUNT_BYTES));
}

/* num_events(timeline) */
Datum
journey_timeline_num_events(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(count_events(PG_GETARG_DATUM(0)));
}

/* first_at(timeline): the last bytes */
Datum
journey_timeline_first_at(PG_FUNCTION_ARGS)
{
	Datum		timeline = PG_GETARG_DATUM(0);
	struct varlena *end;
	Size		len;

	if (count_events(timeline) == 0)
		PG_RETURN_NULL();
	len = toast_raw_datum_size(timeline) - VARHDRSZ;
	end = (struct varlena *)
		PG_DETOAST_DATUM_SLICE(timeline, (int32) (len - sizeof(int64)),
							   sizeof(int64));
	PG_RETURN_TIMESTAMPTZ((int64) load_bytes((uint8 *) VARDATA_ANY(end),
											 sizeof(int64)));
}

static int64
last_time(const Timeline *t)
{
	uint64		at = (uint64) t->first_at;

	for (uint32 i = 1; i < t->n; i++)
		at += (uint64) timeline_step(t, i);
	return (int64) at;
}

/* last_at(timeline) */
Datum
journey_timeline_last_at(PG_FUNCTION_ARGS)
{
	Timeline	t;

	timeline_open(&t, GETARG_TIMELINE(0));
	if (t.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(last_time(&t));
}

/* span(timeline): in days of 24 hours, and what is left */
Datum
journey_timeline_span(PG_FUNCTION_ARGS)
{
	Timeline	t;
	Interval   *span;
	uint64		micros;

	timeline_open(&t, GETARG_TIMELINE(0));
	if (t.n == 0)
		PG_RETURN_NULL();
	/* times can be further apart than fits an int64 */
	micros = (uint64) last_time(&t) - (uint64) t.first_at;
	span = palloc0(sizeof(Interval));
	span->day = (int32) (micros / (uint64) USECS_PER_DAY);
	span->time = (int64) (micros % (uint64) USECS_PER_DAY);
	PG_RETURN_INTERVAL_P(span);
}

/* slice(timeline, since, until) */
Datum
journey_timeline_slice(PG_FUNCTION_ARGS)
{
	int64		since = PG_INT64_MIN;
	int64		until = PG_INT64_MAX;
	Timeline	t;
	TimelineBuilder *builder;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(1))
		since = PG_GETARG_TIMESTAMPTZ(1);
	if (!PG_ARGISNULL(2))
		until = PG_GETARG_TIMESTAMPTZ(2);
	timeline_open(&t, GETARG_TIMELINE(0));
	builder = timeline_builder_make();
	timeline_builder_add_all(builder, &t, since, until);
	PG_RETURN_POINTER(timeline_builder_pack(builder));
}

/* has_event(timeline, event): every name in it has an event */
Datum
journey_timeline_has_event(PG_FUNCTION_ARGS)
{
	text	   *wanted = PG_GETARG_TEXT_PP(1);
	MapText		name = {VARDATA_ANY(wanted), VARSIZE_ANY_EXHDR(wanted)};
	Timeline	t;
	const uint8 *next;

	timeline_open(&t, GETARG_TIMELINE(0));
	next = t.names;
	for (uint32 i = 0; i < t.n_names; i++)
	{
		MapText		one;

		next = timeline_name(next, &one);
		if (map_text_equal(&one, &name))
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}

/* One session: n events, whose names these are. */
static void
put_session(ReturnSetInfo *rsinfo, int32 session_no, int64 started_at,
			int64 ended_at, uint32 n, Datum *names)
{
	ArrayType  *array = construct_array(names, (int) n, TEXTOID, -1, false,
										TYPALIGN_INT);
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = Int32GetDatum(session_no);
	values[1] = TimestampTzGetDatum(started_at);
	values[2] = TimestampTzGetDatum(ended_at);
	values[3] = Int64GetDatum((int64) n);
	values[4] = PointerGetDatum(array);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	pfree(array);
}

/* sessions(timeline, gap) */
Datum
journey_timeline_sessions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Timeline	t;
	Datum	   *names;
	Datum	   *events;			/* names of those since the session began */
	uint32		n = 0;
	int64		gap;
	int64		at;
	int64		started_at;
	int32		session_no = 0;

	(void) span_from_interval(PG_GETARG_INTERVAL_P(1), &gap,
							  "the gap between sessions", NULL);
	InitMaterializedSRF(fcinfo, 0);
	timeline_open(&t, GETARG_TIMELINE(0));
	names = text_names(t.names, t.n_names);
	events = timeline_array(sizeof(Datum), t.n);
	at = started_at = t.first_at;
	for (uint32 i = 0; i < t.n; i++)
	{
		uint64		step = (i == 0) ? 0 : (uint64) timeline_step(&t, i);

		CHECK_FOR_INTERRUPTS();
		if (step > (uint64) gap)
		{
			put_session(rsinfo, ++session_no, started_at, at, n, events);
			n = 0;
			started_at = (int64) ((uint64) at + step);
		}
		at = (int64) ((uint64) at + step);
		events[n++] = names[timeline_code(&t, i)];
	}
	if (n > 0)
		put_session(rsinfo, ++session_no, started_at, at, n, events);
	return (Datum) 0;
}
