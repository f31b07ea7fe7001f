/*
 * summary_expanded.h
 *	  A funnel that grows in place: the state of aggregates.
 */
#ifndef JOURNEY_SUMMARY_EXPANDED_H
#define JOURNEY_SUMMARY_EXPANDED_H

#include "plan.h"
#include "summary.h"
#include "utils/expandeddatum.h"

typedef struct ExpandedFunnel
{
	ExpandedObjectHeader header;
	FunnelSummary *summary;
	struct varlena *flat;		/* NULL while not made since the last change */
	JourneyPlan *plan;			/* of funnel(journey, timeline), or NULL */
} ExpandedFunnel;

/* The state in this form, which it has but for the first time. */
extern ExpandedFunnel *expanded_funnel(Datum state, MemoryContext parent);

/* One without customers. */
extern ExpandedFunnel *expanded_funnel_make(struct varlena *journey,
											MemoryContext parent);

static inline void
expanded_funnel_changed(ExpandedFunnel *funnel)
{
	if (funnel->flat != NULL)
		pfree(funnel->flat);
	funnel->flat = NULL;
}

#endif							/* JOURNEY_SUMMARY_EXPANDED_H */
