/*
 * timeline_match.h
 *	  Timelines as the matcher sees them.
 */
#ifndef JOURNEY_TIMELINE_MATCH_H
#define JOURNEY_TIMELINE_MATCH_H

#include "count.h"
#include "timeline.h"

#define TIMELINE_KNOWN	64		/* a power of two */

/* A compiled journey that is matched with one timeline after the other. */
typedef struct TimelineMatcher
{
	const JourneyPlan *plan;
	MemoryContext cxt;			/* of all this */
	Count		count;
	MatchEvent *events;			/* their rows are places in the timeline */
	int64	   *values;			/* by row */
	uint32		room;
	/* names that came up, and their codes */
	struct KnownNames
	{
		uint8	   *names;		/* as packed; NULL: free */
		size_t		len;
		uint32	   *codes;
	}			known[TIMELINE_KNOWN];
} TimelineMatcher;

extern TimelineMatcher *timeline_matcher_make(const JourneyPlan *plan,
											  MemoryContext cxt);

/* The events that the journey has a use for; valid until the next call. */
extern void timeline_span(TimelineMatcher *m, const Timeline *t,
						  MatchSpan *span);

#endif							/* JOURNEY_TIMELINE_MATCH_H */
