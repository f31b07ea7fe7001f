/*
 * funnel_timeline.c
 *	  The aggregate funnel(journey, timeline): one timeline a customer.
 *
 * Its state is a funnel, so that engines which send states from node to node
 * need only the type's own forms; and nothing is kept in fn_extra, which some
 * of them lose with each row.
 */
#include "postgres.h"

#include "fmgr.h"

#include "call_site.h"
#include "states.h"
#include "summary_expanded.h"
#include "timeline_match.h"

#define ARG_STATE		0
#define ARG_TIMELINE	2

PG_FUNCTION_INFO_V1(journey_funnel_add_timeline);

/* The state's compiled journey, which must be the row's. */
static void
check_plan(FunctionCallInfo fcinfo, ExpandedFunnel *funnel,
		   struct varlena *journey, MemoryContext cxt)
{
	MemoryContext own = funnel->header.eoh_context;
	MemoryContext old;

	if (funnel->plan != NULL)
	{
		if (!same_bytes(funnel->plan->journey, journey))
			refuse_two_journeys(funnel->plan->journey, journey);
		return;
	}
	if (!same_bytes(funnel->summary->journey, journey))
		refuse_two_journeys(funnel->summary->journey, journey);
	if (AggCheckCallContext(fcinfo, NULL) == AGG_CONTEXT_AGGREGATE)
	{
		/* many groups may share it */
		funnel->plan = call_site_shared_plan(fcinfo, cxt, journey, false);
		own = cxt;
	}
	else
	{
		old = MemoryContextSwitchTo(own);
		funnel->plan = plan_make(journey, false);
		MemoryContextSwitchTo(old);
	}
	if (funnel->plan->matcher == NULL)
		funnel->plan->matcher = timeline_matcher_make(funnel->plan, own);
}

Datum
journey_funnel_add_timeline(PG_FUNCTION_ARGS)
{
	MemoryContext cxt;
	ExpandedFunnel *funnel;
	struct varlena *journey;
	struct varlena *packed;
	Timeline	timeline;
	MemoryContext old;

	cxt = aggregate_context(fcinfo, "funnel(journey, timeline)");
	if (PG_ARGISNULL(ARG_JOURNEY))
		refuse_null_journey();
	if (PG_ARGISNULL(ARG_TIMELINE))
	{
		if (PG_ARGISNULL(ARG_STATE))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_STATE));
	}
	journey = PG_GETARG_VARLENA_PP(ARG_JOURNEY);
	if (PG_ARGISNULL(ARG_STATE))
		funnel = expanded_funnel_make(journey, cxt);
	else
		funnel = expanded_funnel(PG_GETARG_DATUM(ARG_STATE), cxt);
	check_plan(fcinfo, funnel, journey, cxt);

	packed = PG_GETARG_VARLENA_PP(ARG_TIMELINE);
	timeline_open(&timeline, packed);
	funnel->plan->matcher->count.summary = funnel->summary;
	/* the summary's sketches grow */
	old = MemoryContextSwitchTo(funnel->header.eoh_context);
	timeline_tally(funnel->plan->matcher, &timeline);
	MemoryContextSwitchTo(old);
	expanded_funnel_changed(funnel);
	PG_FREE_IF_COPY(packed, ARG_TIMELINE);
	PG_RETURN_DATUM(EOHPGetRWDatum(&funnel->header));
}
