/*
 * states.c
 *	  Where aggregates keep states that are expanded objects.
 *
 * There may be a state for each of a million groups.  So all states of an
 * aggregate share one memory context: hash aggregation adds up the memory of
 * all contexts below its own for every new group, and would take forever with
 * one for each.  The context must be a child of the aggregate's own, else the
 * executor would copy a state that it sees for the first time.  It would also
 * delete the context with a state that is replaced, so none ever is: a step
 * gives back the pointer that it got.
 */
#include "postgres.h"

#include "states.h"
#include "utils/memutils.h"

/* Found again without a place to keep it, which engines that split lack. */
MemoryContext
states_context(MemoryContext aggregate)
{
	static const char states[] = "states of journey";
	MemoryContext context = aggregate->firstchild;

	while (context != NULL && context->ident != states)
		context = context->nextchild;
	if (context == NULL)
	{
		context = AllocSetContextCreate(aggregate, "journey states",
										ALLOCSET_START_SMALL_SIZES);
		MemoryContextSetIdentifier(context, states);
	}
	return context;
}

/* The context of the aggregate, of which `call` is the form that users have. */
MemoryContext
aggregate_context(FunctionCallInfo fcinfo, const char *call)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a part of an aggregate was called by itself"),
				 errhint("Use %s.", call)));
	return context;
}
