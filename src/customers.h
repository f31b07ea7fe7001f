/*
 * customers.h
 *	  From a population to one customer's events after the other.
 */
#ifndef JOURNEY_CUSTOMERS_H
#define JOURNEY_CUSTOMERS_H

#include "giant.h"
#include "population.h"

/* Loops over events let a cancel through at least this often. */
#define EVENTS_A_BREATH 65536

/* Called for each customer, in no particular order. */
typedef struct CustomerVisitor
{
	void		(*visit) (void *arg, const MatchSpan *span);
	/* one whose events are more than fits in memory */
	void		(*visit_giant) (void *arg, Giant *giant);
	void	   *arg;
	CustomerKey *key;			/* not NULL: gets the customer's key, valid
								 * during the visit */
	uint64		skip;			/* bit p: somebody else has partition p */
} CustomerVisitor;

extern void customers_visit(Population *pop, const CodeSpace *space,
							const CustomerVisitor *visitor);

#endif							/* JOURNEY_CUSTOMERS_H */
