/*
 * finish.h
 *	  The final step of a large funnel.
 */
#ifndef JOURNEY_FINISH_H
#define JOURNEY_FINISH_H

#include "fmgr.h"

#include "count.h"

/*
 * Counts the population into the summary, with parallel workers where there is
 * enough to do and they are to be had.
 */
extern void finish_population(FunctionCallInfo fcinfo,
							  const JourneyPlan *plan, Population *pop,
							  FunnelSummary *summary);

#endif							/* JOURNEY_FINISH_H */
