/*
 * count.h
 *	  From the events of customers to their funnel.
 */
#ifndef JOURNEY_COUNT_H
#define JOURNEY_COUNT_H

#include "customers.h"
#include "match_rules.h"
#include "plan.h"
#include "summary.h"

typedef struct Count
{
	const MatchPlan *plan;
	CodeSpace	space;
	MatchCodes	codes;
	FunnelSummary *summary;
	bool		valued;
	MatchSpace	match;			/* not for plain journeys */
} Count;

/* Memory for matching is taken from cxt. */
extern void count_open(Count *count, const JourneyPlan *plan,
					   MemoryContext cxt);

/* arg: Count with its summary; may be called for one customer after the other */
extern void count_customer(void *arg, const MatchSpan *span);
extern void count_population(const JourneyPlan *plan, Population *pop,
							 FunnelSummary *summary);

/* Memory that a matcher keeps, from cxt. */
extern void match_space_open(MatchSpace *space, MemoryContext cxt);

#endif							/* JOURNEY_COUNT_H */
