/*
 * timeline_match.h
 *	  Timelines as the matcher sees them.
 */
#ifndef JOURNEY_TIMELINE_MATCH_H
#define JOURNEY_TIMELINE_MATCH_H

#include "count.h"
#include "timeline.h"

/* A compiled journey that is matched with one timeline after the other. */
typedef struct TimelineMatcher
{
	const JourneyPlan *plan;
	MemoryContext cxt;			/* of all this */
	Count		count;
	MatchEvent *events;			/* their rows are places in the timeline */
	int64	   *values;			/* by row */
	uint32		room;
	uint32	   *codes;			/* by name, for these names: */
	uint32		code_room;
	uint8	   *names;
	size_t		names_len;
	size_t		names_room;
} TimelineMatcher;

extern TimelineMatcher *timeline_matcher_make(const JourneyPlan *plan,
											  MemoryContext cxt);

/* The events that the journey has a use for; valid until the next call. */
extern void timeline_span(TimelineMatcher *m, const Timeline *t,
						  MatchSpan *span);

#endif							/* JOURNEY_TIMELINE_MATCH_H */
