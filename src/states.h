/*
 * states.h
 *	  Where aggregates keep states that are expanded objects.
 */
#ifndef JOURNEY_STATES_H
#define JOURNEY_STATES_H

#include "fmgr.h"
#include "utils/palloc.h"

extern MemoryContext states_context(MemoryContext aggregate);
extern MemoryContext aggregate_context(FunctionCallInfo fcinfo,
									   const char *call);

#endif							/* JOURNEY_STATES_H */
