/*
 * giant.h
 *	  One customer with more events than memory is allowed for.
 */
#ifndef JOURNEY_GIANT_H
#define JOURNEY_GIANT_H

#include "mask_codes.h"
#include "population.h"

typedef struct Giant Giant;

/* Sorts a span's events by time. */
extern void events_sort(MatchEvent *events, size_t n);

/*
 * part: events of one customer.  NULL if they turn out to be of several, whose
 * keys' hashes are the same.
 */
extern Giant *giant_open(Population *pop, Partition *part,
						 MaskCodes *mask_codes);

/* Spans in order of time, each valid until the next call; false at the end. */
extern bool giant_next(Giant *giant, MatchSpan *span);
extern void giant_rewind(Giant *giant);
extern void giant_close(Giant *giant);

#endif							/* JOURNEY_GIANT_H */
