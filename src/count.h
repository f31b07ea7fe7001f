/*
 * count.h
 *	  From the events of customers to their funnel.
 */
#ifndef JOURNEY_COUNT_H
#define JOURNEY_COUNT_H

#include "credit.h"
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
	bool		touched;		/* events have channels or feelings */
	Credit		credit;			/* where they have */
	MatchEvent *events;			/* without those that no rule looks at */
	size_t		room;
	MemoryContext cxt;			/* of all this */
	MatchSpace	match;			/* not for plain journeys */
} Count;

/* Memory for matching is taken from cxt. */
extern void count_open(Count *count, const JourneyPlan *plan,
					   MemoryContext cxt);

/*
 * One customer after the other, into the count's summary.  Where it is touched,
 * whoever calls credits the customer's events afterwards.
 */
extern void count_customer(Count *count, const MatchSpan *span);

/* The same where the attempt is known; arg is the Count. */
extern void count_match(void *arg, const Match *match);

/* skip: bit p, not partition p.  The population stays as it is. */
extern void count_population(const JourneyPlan *plan, Population *pop,
							 uint64 skip, FunnelSummary *summary);

/* Memory that a matcher keeps, from cxt. */
extern void match_space_open(MatchSpace *space, MemoryContext cxt);

#endif							/* JOURNEY_COUNT_H */
