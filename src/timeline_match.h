/*
 * timeline_match.h
 *	  Timelines as the matcher sees them.
 */
#ifndef JOURNEY_TIMELINE_MATCH_H
#define JOURNEY_TIMELINE_MATCH_H

#include "count.h"
#include "timeline.h"

#define TIMELINE_KNOWN_BITS 8
#define TIMELINE_KNOWN		(1 << TIMELINE_KNOWN_BITS)
#define TIMELINE_MANY_NAMES 1024	/* bytes; of such sets the last is known */

/* A set of names that came up, and what the journey makes of them. */
typedef struct KnownNames
{
	uint8	   *names;			/* as packed */
	size_t		len;			/* 0: free */
	uint32	   *codes;			/* by place; the memory of all three */
	uint8	   *stages;			/* the same; only for TimelineMatcher.plain */
	size_t		room;
} KnownNames;

/* A compiled journey that is matched with one timeline after the other. */
typedef struct TimelineMatcher
{
	const JourneyPlan *plan;
	MemoryContext cxt;			/* of all this */
	Count		count;
	bool		plain;			/* a plain journey, each event of one stage */
	MatchEvent *events;			/* their rows are places in the timeline */
	int64	   *values;			/* by row */
	uint32		room;
	KnownNames	known[TIMELINE_KNOWN];
	KnownNames	many;
} TimelineMatcher;

extern TimelineMatcher *timeline_matcher_make(const JourneyPlan *plan,
											  MemoryContext cxt);

/* Of a timeline that has events. */
extern const KnownNames *timeline_known_names(TimelineMatcher *m,
											  const Timeline *t);

/* The events that the journey has a use for; valid until the next call. */
extern void timeline_span(TimelineMatcher *m, const Timeline *t,
						  MatchSpan *span);
extern void timeline_span_between(TimelineMatcher *m, const Timeline *t,
								  int64 since, int64 until, MatchSpan *span);

/* Adds the customer to the summary of m->count. */
extern void timeline_tally(TimelineMatcher *m, const Timeline *t);

/* timeline_plain.c: where m->plain; nothing interrupts it */
extern void timeline_match_plain(TimelineMatcher *m, const Timeline *t,
								 Match *match);

#endif							/* JOURNEY_TIMELINE_MATCH_H */
