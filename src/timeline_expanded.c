/*
 * timeline_expanded.c
 *	  The timeline as an expanded object: the state of the aggregates
 *	  timeline() and rollup(), to which events are added in place.
 *
 * Only the aggregates make these, and only in their own memory; everyone else
 * sees the flat form.  It takes the place of the collected events when it is
 * asked for, since that is mostly the end; if not, they are read back from it.
 */
#include "postgres.h"

#include "event_check.h"
#include "fmgr.h"
#include "states.h"
#include "timeline.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* One of the two is NULL. */
typedef struct ExpandedTimeline
{
	ExpandedObjectHeader header;
	TimelineBuilder *builder;
	struct varlena *flat;
} ExpandedTimeline;

PG_FUNCTION_INFO_V1(journey_timeline_add);
PG_FUNCTION_INFO_V1(journey_timeline_concat);

static Size
expanded_flat_size(ExpandedObjectHeader *header)
{
	ExpandedTimeline *timeline = (ExpandedTimeline *) header;
	struct varlena *packed;
	MemoryContext old;

	if (timeline->flat == NULL)
	{
		/* that of who asks may be of a kind that cannot free, as for a sort */
		old = MemoryContextSwitchTo(header->eoh_context);
		packed = timeline_builder_pack(timeline->builder);
		timeline_builder_free(timeline->builder);
		timeline->builder = NULL;
		/* fits where the events were */
		timeline->flat = palloc(VARSIZE(packed));
		memcpy(timeline->flat, packed, VARSIZE(packed));
		pfree(packed);
		MemoryContextSwitchTo(old);
	}
	return VARSIZE(timeline->flat);
}

static void
expanded_flatten(ExpandedObjectHeader *header, void *result, Size size)
{
	ExpandedTimeline *timeline = (ExpandedTimeline *) header;

	Assert(timeline->flat != NULL && VARSIZE(timeline->flat) == size);
	memcpy(result, timeline->flat, size);
}

static const ExpandedObjectMethods expanded_methods = {
	expanded_flat_size,
	expanded_flatten
};

static void
add_packed(TimelineBuilder *builder, const struct varlena *packed)
{
	Timeline	t;

	timeline_open(&t, packed);
	timeline_builder_add_all(builder, &t, PG_INT64_MIN, PG_INT64_MAX);
}

static TimelineBuilder *
make_builder(MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	TimelineBuilder *builder = timeline_builder_make();

	MemoryContextSwitchTo(old);
	return builder;
}

/*
 * The state of an aggregate that lives in `context`, ready for more events.
 * It comes flat where it was a group's first timeline.
 */
static ExpandedTimeline *
open_state(FunctionCallInfo fcinfo, MemoryContext context)
{
	ExpandedTimeline *timeline;
	MemoryContext own;

	if (!PG_ARGISNULL(0) &&
		VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0))))
	{
		timeline = (ExpandedTimeline *) DatumGetEOHP(PG_GETARG_DATUM(0));
		Assert(timeline->header.eoh_methods == &expanded_methods);
		if (timeline->builder == NULL)
		{
			timeline->builder = make_builder(timeline->header.eoh_context);
			add_packed(timeline->builder, timeline->flat);
			pfree(timeline->flat);
			timeline->flat = NULL;
		}
		return timeline;
	}
	own = states_context(context);
	timeline = MemoryContextAllocZero(own, sizeof(ExpandedTimeline));
	EOH_init_header(&timeline->header, &expanded_methods, own);
	timeline->builder = make_builder(own);
	if (!PG_ARGISNULL(0))
		add_packed(timeline->builder, GETARG_TIMELINE(0));
	return timeline;
}

/* The step of timeline(at, event [, value [, channel [, feeling]]]). */
Datum
journey_timeline_add(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	ExpandedTimeline *timeline;
	text	   *name;
	TimelineEvent event = {.feeling = TIMELINE_NO_FEELING};

	context = aggregate_context(fcinfo, "timeline(at, event), "
								"with GROUP BY customer");
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	event.at = PG_GETARG_TIMESTAMPTZ(1);
	check_event_time(event.at);
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
	{
		event.value = PG_GETARG_FLOAT8(3);
		event.has_value = true;
		(void) event_value_millionths(event.value);
	}
	if (PG_NARGS() > 5 && !PG_ARGISNULL(5))
		event.feeling = event_feeling_millionths(PG_GETARG_FLOAT8(5));
	timeline = open_state(fcinfo, context);
	name = PG_GETARG_TEXT_PP(2);
	event.name = timeline_builder_name(timeline->builder, VARDATA_ANY(name),
									   VARSIZE_ANY_EXHDR(name));
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
	{
		name = PG_GETARG_TEXT_PP(4);
		event.channel = timeline_builder_channel(timeline->builder,
												 VARDATA_ANY(name),
												 VARSIZE_ANY_EXHDR(name));
	}
	timeline_builder_add(timeline->builder, &event);
	return EOHPGetRWDatum(&timeline->header);
}

/*
 * The operator ||; also the step of rollup() and the combination of two states
 * of timeline(), which may keep their state.
 */
Datum
journey_timeline_concat(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	ExpandedTimeline *timeline;

	if (AggCheckCallContext(fcinfo, &context))
	{
		timeline = open_state(fcinfo, context);
		add_packed(timeline->builder, GETARG_TIMELINE(1));
		return EOHPGetRWDatum(&timeline->header);
	}
	PG_RETURN_POINTER(timeline_merge(GETARG_TIMELINE(0), GETARG_TIMELINE(1),
									 false));
}
