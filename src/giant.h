/*
 * giant.h
 *	  One customer with more events than memory is allowed for.
 */
#ifndef JOURNEY_GIANT_H
#define JOURNEY_GIANT_H

#include "mask_codes.h"
#include "population.h"

/* What the codes in a population's streams are. */
typedef struct CodeSpace
{
	const MatchPlan *plan;		/* NULL: every row matters, none is left out */
	const uint64 *masks;		/* by code: the stages it fits */
	const uint64 *without;		/* by code: those it must not precede; or NULL */
	MaskCodes  *mask_codes;		/* or NULL; else streams hold sets of stages,
								 * which get their codes here */
	bool		wide;			/* codes of 64 bits: spans give them by row */
	uint32		n_codes;		/* not 0: from here on a code is of an event
								 * that no rule looks at */
} CodeSpace;

static inline bool
code_matters(const CodeSpace *space, uint64 in_stream)
{
	return space->n_codes == 0 || in_stream < space->n_codes;
}

static inline const uint64 *
code_masks(const CodeSpace *space)
{
	return (space->mask_codes == NULL) ? space->masks :
		mask_codes_masks(space->mask_codes);
}

/* The code of an event whose stream has this. */
static inline uint32
code_of(const CodeSpace *space, uint64 in_stream)
{
	return (space->mask_codes == NULL) ? (uint32) in_stream :
		mask_codes_find(space->mask_codes, in_stream);
}

typedef struct Giant Giant;

/* Sorts a span's events by time. */
extern void events_sort(MatchEvent *events, size_t n);

/*
 * part: events of one customer.  NULL if they turn out to be of several, whose
 * keys' hashes are the same.
 */
extern Giant *giant_open(Population *pop, Partition *part,
						 const CodeSpace *space);

/* Spans in order of time, each valid until the next call; false at the end. */
extern bool giant_next(Giant *giant, MatchSpan *span);
/* Codes of conditions stay the same from span to span. */
extern void giant_keep_codes(Giant *giant);
extern void giant_rewind(Giant *giant);

/* All its events, in no order. */
extern Partition *giant_source(const Giant *giant, Population **pop);
extern void giant_close(Giant *giant);

#endif							/* JOURNEY_GIANT_H */
