/*
 * summary_expanded.c
 *	  The funnel as an expanded object: the state of rollup() and of
 *	  funnel(journey, timeline).
 *
 * Only the aggregate makes these, and only in its own memory; everyone else
 * sees the flat form, which is made when asked for and kept until the next
 * change.
 */
#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "states.h"
#include "summary_expanded.h"
#include "utils/memutils.h"

static Size
expanded_flat_size(ExpandedObjectHeader *header)
{
	ExpandedFunnel *funnel = (ExpandedFunnel *) header;
	MemoryContext old;

	if (funnel->flat == NULL)
	{
		old = MemoryContextSwitchTo(header->eoh_context);
		funnel->flat = summary_pack(funnel->summary);
		MemoryContextSwitchTo(old);
	}
	return VARSIZE(funnel->flat);
}

static void
expanded_flatten(ExpandedObjectHeader *header, void *result, Size size)
{
	ExpandedFunnel *funnel = (ExpandedFunnel *) header;

	Assert(funnel->flat != NULL && VARSIZE(funnel->flat) == size);
	memcpy(result, funnel->flat, size);
}

static const ExpandedObjectMethods expanded_methods = {
	expanded_flat_size,
	expanded_flatten
};

static ExpandedFunnel *
make_expanded(MemoryContext parent)
{
	MemoryContext context = states_context(parent);
	ExpandedFunnel *funnel = MemoryContextAllocZero(context,
													sizeof(ExpandedFunnel));

	EOH_init_header(&funnel->header, &expanded_methods, context);
	return funnel;
}

ExpandedFunnel *
expanded_funnel(Datum state, MemoryContext parent)
{
	ExpandedFunnel *funnel;
	MemoryContext old;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state)))
		return (ExpandedFunnel *) DatumGetEOHP(state);
	funnel = make_expanded(parent);
	old = MemoryContextSwitchTo(funnel->header.eoh_context);
	funnel->summary = summary_unpack((struct varlena *)
									 PG_DETOAST_DATUM_PACKED(state));
	MemoryContextSwitchTo(old);
	return funnel;
}

ExpandedFunnel *
expanded_funnel_make(struct varlena *journey, MemoryContext parent)
{
	ExpandedFunnel *funnel = make_expanded(parent);
	MemoryContext old = MemoryContextSwitchTo(funnel->header.eoh_context);

	funnel->summary = summary_make(journey);
	MemoryContextSwitchTo(old);
	return funnel;
}

/* Adds a funnel to the state of an aggregate that lives in `context`. */
Datum
summary_rollup(Datum state, const struct varlena *packed,
			   MemoryContext context)
{
	ExpandedFunnel *funnel = expanded_funnel(state, context);

	summary_merge(funnel->summary, packed);
	expanded_funnel_changed(funnel);
	return EOHPGetRWDatum(&funnel->header);
}
