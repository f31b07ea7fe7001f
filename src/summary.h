/*
 * summary.h
 *	  The funnel: the summary of many customers against one journey.
 *
 * Every field is a sum over counted attempts, so merging is adding and cannot
 * depend on an order.  What can be derived is not stored:
 *	  continued = reached - dropped - waiting, for a required stage that is
 *	  not the last one.
 *
 * Packed form: varlena header, version byte, kind byte 'F', the packed journey
 * with its length in front, then for each stage a bit set of the fields that
 * are not zero and those fields; behind them the same for each channel and
 * stage, if events had any.
 */
#ifndef JOURNEY_SUMMARY_H
#define JOURNEY_SUMMARY_H

#include "exact.h"
#include "map.h"
#include "sketch.h"
#include "summary_fields.h"
#include "touchpoints.h"

#define SUMMARY_VERSION 1
#define SUMMARY_KIND	'F'

#define SUMMARY_UPDATE_HINT \
	"Install the newest version of the extension \"journey\" and run " \
	"ALTER EXTENSION journey UPDATE."
#define SUMMARY_MAKE_HINT \
	"Make funnels with the aggregate funnel()."

typedef struct StageSummary
{
	/* customers, or attempts where the journey counts attempts */
	int64		reached;
	int64		entered;		/* attempts that start here */
	int64		dropped;		/* went no further, and will not */
	int64		waiting;		/* may still go further */
	int64		excluded;		/* tainted after this stage, not in reached */
	int64		settled;		/* of reached: outcome can no longer change */
	/* carried values, in millionths */
	int64		valued;			/* of reached: with a value */
	int64		valued_dropped; /* of dropped: with a value */
	int64		valued_waiting; /* of waiting: with a value */
	Exact		value;
	Exact		value_lost;
	Exact		value_lost_sq;	/* squares, in millionths of millionths */
	Exact		value_waiting;
	/* microseconds */
	Sketch		to_next;		/* to the next required stage */
	Sketch		from_first;		/* from the first stage, not kept for it */
} StageSummary;

#define SUMMARY_FIELDS	15

extern const SummaryField summary_fields[SUMMARY_FIELDS];

typedef struct FunnelSummary
{
	MemoryContext context;		/* of all this */
	struct varlena *journey;	/* packed */
	JourneyMap *map;			/* the same, unpacked */
	StageSummary *stages;		/* map->n_stages of them */
	Touchpoints touch;
	MemoryContext merged;		/* of journey and map after a merge */
} FunnelSummary;

/* summary.c */
extern FunnelSummary *summary_make(struct varlena *journey);
extern FunnelSummary *summary_unpack(const struct varlena *packed);
extern FunnelSummary *summary_unpack_bytes(const char *data, size_t len);
extern struct varlena *summary_pack(const FunnelSummary *summary);
extern void summary_merge(FunnelSummary *into, const struct varlena *packed);

/* summary_check.c */
extern bool summary_check(const FunnelSummary *summary, Node *escontext);

/* summary_expanded.c: a funnel that grows in place */
extern Datum summary_rollup(Datum state, const struct varlena *packed,
							MemoryContext context);

/* summary_json.c: the text form */
extern void summary_to_json(StringInfo buf, const FunnelSummary *summary);
extern FunnelSummary *summary_from_json(const char *str, Node *escontext);

/* -1 for the last required stage, for optional ones, and past the end */
extern int	summary_next_required(const FunnelSummary *summary, int stage);

static inline int64
summary_continued(const StageSummary *s)
{
	return s->reached - s->dropped - s->waiting;
}

#endif							/* JOURNEY_SUMMARY_H */
