/*
 * summary_expanded.c
 *	  The funnel as an expanded object: the state of rollup().
 *
 * Only the aggregate makes these, and only in its own memory; everyone else
 * sees the flat form, which is made when asked for and kept until the next
 * merge.
 */
#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "summary.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

typedef struct ExpandedFunnel
{
	ExpandedObjectHeader header;
	FunnelSummary *summary;
	struct varlena *flat;		/* NULL while not made since the last merge */
} ExpandedFunnel;

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
expand(const struct varlena *packed, MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "funnel",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ExpandedFunnel *funnel = palloc(sizeof(ExpandedFunnel));

	EOH_init_header(&funnel->header, &expanded_methods, context);
	funnel->summary = summary_unpack(packed);
	funnel->flat = NULL;
	MemoryContextSwitchTo(old);
	return funnel;
}

/*
 * Adds a funnel to the state of an aggregate that lives in `context`; the
 * state is flat when it is the first funnel of its group.
 */
Datum
summary_rollup(Datum state, const struct varlena *packed,
			   MemoryContext context)
{
	ExpandedFunnel *funnel;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state)))
		funnel = (ExpandedFunnel *) DatumGetEOHP(state);
	else
		funnel = expand(PG_DETOAST_DATUM_PACKED(state), context);
	summary_merge(funnel->summary, packed);
	if (funnel->flat != NULL)
	{
		pfree(funnel->flat);
		funnel->flat = NULL;
	}
	return EOHPGetRWDatum(&funnel->header);
}
