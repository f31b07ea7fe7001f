/*
 * event_check.h
 *	  What a row of events may hold, for everything that takes such rows.
 */
#ifndef JOURNEY_EVENT_CHECK_H
#define JOURNEY_EVENT_CHECK_H

#include <math.h>

#include "datatype/timestamp.h"
#include "exact.h"

#define EVENT_MAX_VALUE 1e12
#define FEELING_SCALE	1000000

extern void refuse_event_time(void);
extern void refuse_event_value(double value);
extern void refuse_event_feeling(double feeling);

static inline void
check_event_time(int64 at)
{
	if (unlikely(TIMESTAMP_NOT_FINITE(at)))
		refuse_event_time();
}

/* In millionths, so that sums are exact and depend on no order. */
static inline int64
event_value_millionths(double value)
{
	if (unlikely(!(value >= -EVENT_MAX_VALUE && value <= EVENT_MAX_VALUE)))
		refuse_event_value(value);
	return (int64) rint(value * EXACT_SCALE);
}

static inline int32
event_feeling_millionths(double feeling)
{
	if (unlikely(!(feeling >= -1 && feeling <= 1)))
		refuse_event_feeling(feeling);
	return (int32) rint(feeling * FEELING_SCALE);
}

#endif							/* JOURNEY_EVENT_CHECK_H */
