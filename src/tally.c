/*
 * tally.c
 *	  Adds one customer's counted attempt to a funnel.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "tally.h"

/* Times further apart than int64 can say count as the longest that it can. */
static int64
elapsed(int64 from, int64 to)
{
	uint64		micros = (uint64) to - (uint64) from;

	return (micros > PG_INT64_MAX) ? PG_INT64_MAX : (int64) micros;
}

/* From a required stage to the next; from the first only if it was reached. */
static inline void
tally_times(FunnelSummary *summary, const Match *match, int before, int k)
{
	sketch_add(&summary->stages[before].to_next,
			   elapsed(match->at[before], match->at[k]), 1);
	if (match->entry == 0)
		sketch_add(&summary->stages[k].from_first,
				   elapsed(match->at[0], match->at[k]), 1);
}

/* What the customer carries: the last value known up to each stage. */
static void
tally_values(FunnelSummary *summary, const Match *match)
{
	int64		carried = MATCH_NO_VALUE;

	for (uint64 left = match->taken; left != 0; left &= left - 1)
	{
		int			k = pg_rightmost_one_pos64(left);
		StageSummary *stage = &summary->stages[k];

		if (match->value[k] != MATCH_NO_VALUE)
			carried = match->value[k];
		if (carried == MATCH_NO_VALUE)
			continue;
		stage->valued++;
		exact_add_int64(&stage->value, carried);
		if (k != match->end || match->complete)
			continue;
		if (match->waiting)
		{
			stage->valued_waiting++;
			exact_add_int64(&stage->value_waiting, carried);
		}
		else
		{
			stage->valued_dropped++;
			exact_add_int64(&stage->value_lost, carried);
			exact_add_square(&stage->value_lost_sq, carried);
		}
	}
}

void
tally_match(FunnelSummary *summary, const MatchPlan *plan,
			const Match *match, bool valued)
{
	int			before;

	if (match->excluded >= 0)
	{
		summary->stages[match->excluded].excluded++;
		return;
	}
	if (match->depth == 0)
		return;
	before = match->entry;
	summary->stages[before].entered++;
	for (uint64 left = match->taken; left != 0; left &= left - 1)
	{
		int			k = pg_rightmost_one_pos64(left);

		summary->stages[k].reached++;
		summary->stages[k].settled += match->settled >> k & 1;
		if (k != match->entry && (plan->required >> k & 1))
		{
			tally_times(summary, match, before, k);
			before = k;
		}
	}
	if (match->waiting)
		summary->stages[match->end].waiting++;
	else if (!match->complete)
		summary->stages[match->end].dropped++;
	if (valued)
		tally_values(summary, match);
}
