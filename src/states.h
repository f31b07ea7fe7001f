/*
 * states.h
 *	  Where aggregates keep states that are expanded objects.
 */
#ifndef JOURNEY_STATES_H
#define JOURNEY_STATES_H

#include "utils/palloc.h"

extern MemoryContext states_context(MemoryContext aggregate);

#endif							/* JOURNEY_STATES_H */
