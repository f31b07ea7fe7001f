/*
 * plan.h
 *	  A journey compiled for matching.
 */
#ifndef JOURNEY_PLAN_H
#define JOURNEY_PLAN_H

#include "event_codes.h"
#include "map.h"
#include "match.h"

typedef struct JourneyPlan
{
	struct varlena *journey;	/* packed, not toasted */
	JourneyMap *map;
	bool		conditions;		/* stages are given as conditions a row */
	int64		last_at;		/* later events are not looked at */
	int			code_width;		/* bytes that hold a code, or a set of stages */
	MatchPlan	match;
	EventCodes	codes;			/* not for conditions */
	struct TimelineMatcher *matcher;	/* timeline_match.c, once needed */
} JourneyPlan;

/* In the current memory context; the journey is copied. */
extern JourneyPlan *plan_make(const struct varlena *journey, bool conditions);

#endif							/* JOURNEY_PLAN_H */
