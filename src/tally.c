/*
 * tally.c
 *	  Adds one customer's counted attempt to a funnel.
 */
#include "postgres.h"

#include "tally.h"

/* Times further apart than int64 can say count as the longest that it can. */
static int64
elapsed(int64 from, int64 to)
{
	uint64		micros = (uint64) to - (uint64) from;

	return (micros > PG_INT64_MAX) ? PG_INT64_MAX : (int64) micros;
}

static void
tally_times(FunnelSummary *summary, const Match *match)
{
	for (int k = 1; k < match->depth; k++)
	{
		StageSummary *before = &summary->stages[k - 1];
		StageSummary *stage = &summary->stages[k];

		sketch_add(&before->to_next,
				   elapsed(match->at[k - 1], match->at[k]), 1);
		sketch_add(&stage->from_first,
				   elapsed(match->at[0], match->at[k]), 1);
	}
}

/* What the customer carries: the last value known up to each stage. */
static void
tally_values(FunnelSummary *summary, const Match *match)
{
	int64		carried = MATCH_NO_VALUE;

	for (int k = 0; k < match->depth; k++)
	{
		if (match->value[k] != MATCH_NO_VALUE)
			carried = match->value[k];
		if (carried == MATCH_NO_VALUE)
			continue;
		summary->stages[k].valued++;
		exact_add_int64(&summary->stages[k].value, carried);
	}
	if (match->depth < summary->map->n_stages && carried != MATCH_NO_VALUE)
	{
		StageSummary *last = &summary->stages[match->depth - 1];

		last->valued_dropped++;
		exact_add_int64(&last->value_lost, carried);
		exact_add_square(&last->value_lost_sq, carried);
	}
}

void
tally_match(FunnelSummary *summary, const Match *match, bool valued)
{
	int			n_stages = summary->map->n_stages;

	if (match->depth == 0)
		return;
	summary->stages[0].entered++;
	for (int k = 0; k < match->depth; k++)
	{
		StageSummary *stage = &summary->stages[k];

		stage->reached++;
		/* on the last stage nothing is left to happen */
		if (k < n_stages - 1)
			stage->settled++;
	}
	if (match->depth < n_stages)
		summary->stages[match->depth - 1].dropped++;
	tally_times(summary, match);
	if (valued)
		tally_values(summary, match);
}
