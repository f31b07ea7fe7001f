/*
 * customers.h
 *	  From a population to one customer's events after the other.
 */
#ifndef JOURNEY_CUSTOMERS_H
#define JOURNEY_CUSTOMERS_H

#include "population.h"

/*
 * Called for each customer with the events sorted by time; values, by
 * MatchEvent.row, are NULL in a population without.
 */
typedef void (*CustomerVisitor) (void *arg, const MatchEvent *events,
								 size_t n, const int64 *values);

/* Codes of a population of conditions: every set of stages that came up. */
typedef struct MaskCodes MaskCodes;

extern MaskCodes *mask_codes_make(void);
extern const uint64 *mask_codes_masks(const MaskCodes *codes);

/*
 * Visits every customer.  mask_codes: NULL where streams hold codes; else they
 * hold sets of stages, and get their codes there.
 */
extern void customers_visit(const Population *pop, MaskCodes *mask_codes,
							CustomerVisitor visit, void *arg);

#endif							/* JOURNEY_CUSTOMERS_H */
