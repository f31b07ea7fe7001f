/*
 * match.c
 *	  The matcher: the counted attempt of one customer.
 *
 * Two runs over the customer's events.  The first finds the depth D, the
 * earliest time T at which an attempt of that depth ends, and the newest start
 * s among those that end then: per stage it keeps the newest start of an
 * attempt that has reached it, for a newer start never makes the window worse.
 * The second runs forward from s and takes every stage as early as it can;
 * taking a stage earlier leaves no fewer events for the later ones, so it ends
 * at T.
 *
 * Events of one instant are a set.  Where each fits one stage, stages in
 * ascending order may all be climbed within the instant; where some event fits
 * several, it must not be used twice, and a matching decides (match_ties.c).
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "match.h"

static inline bool
in_window(const MatchPlan *plan, int64 start, int64 at)
{
	/* at >= start; as unsigned numbers the difference cannot overflow */
	return (uint64) at - (uint64) start <= plan->window;
}

/*
 * An event at `at` may fill `stage` behind an attempt that waits for it.  Who
 * gets how far is hard to guess for a processor, so there is no branch but for
 * a new depth.
 */
static inline void
run_step(MatchRun *run, int stage, int64 at)
{
	int64		start;
	int64		older;
	bool		newer;

	run->newest[0] = at;
	start = run->newest[stage];
	older = run->newest[stage + 1];
	/* none (MATCH_NEVER) is newer than nothing */
	newer = (start > older) & in_window(run->plan, start, at);
	run->newest[stage + 1] = newer ? start : older;
	if (unlikely(newer & (stage >= run->depth)))
	{
		/* first to get there: the earliest end, with its newest start */
		run->depth = stage + 1;
		run->start = start;
		run->end = at;
	}
}

/* One event alone at its instant: descending, so that it is used once. */
static inline void
run_event(MatchRun *run, uint64 mask, int64 at)
{
	while (mask != 0)
	{
		int			stage = pg_leftmost_one_pos64(mask);

		run_step(run, stage, at);
		mask &= ~(UINT64CONST(1) << stage);
	}
}

/* Several events at one instant, each for one stage: ascending. */
void
match_find_instant(MatchRun *run, uint64 fits, int64 at)
{
	while (fits != 0)
	{
		run_step(run, pg_rightmost_one_pos64(fits), at);
		fits &= fits - 1;
	}
}

/*
 * Several events at one instant, some for several stages.  Stages first ..
 * end - 1 stay matched to distinct rows while first and end move up, so there
 * are at most 2 x stages augmentations.  Starts grow older with the level, so
 * the smallest `first` that allows an `end` brings the newest start.
 */
static pg_noinline void
run_tie(MatchRun *run, const MatchSpan *instant)
{
	Tie			tie;
	int64		at = instant->events[0].at;
	int64		before[MATCH_MAX_STAGES + 1];
	int			levels = run->depth;
	int			end = 0;

	tie_open(&tie, run->plan, run->codes->masks, instant);
	run->newest[0] = at;
	memcpy(before, run->newest, sizeof(int64) * (levels + 1));
	for (int first = 0; first <= levels; first++)
	{
		int64		start = before[first];

		if (!in_window(run->plan, start, at))
			break;
		end = Max(end, first);
		while (end < run->plan->n_stages && tie_match(&tie, end))
		{
			Assert(end == run->depth || start >= run->newest[end + 1]);
			run->newest[++end] = start;
			if (end > run->depth)
			{
				run->depth = end;
				run->start = start;
				run->end = at;
			}
		}
		if (first < end)
			tie_release(&tie, first);
	}
}

/*
 * The events from `from` on that share an instant; what they fit together, and
 * whether one of them fits several stages.
 */
static inline MatchSpan
instant_at(const MatchSpan *span, size_t from, const uint64 *masks,
		   uint64 *fits, bool *several)
{
	MatchSpan	instant = {span->events + from, 0, span->values};
	size_t		left = span->n - from;

	*fits = 0;
	*several = false;
	do
	{
		uint64		mask = masks[instant.events[instant.n].code];

		*fits |= mask;
		*several |= (mask & (mask - 1)) != 0;
		instant.n++;
	} while (instant.n < left &&
			 instant.events[instant.n].at == instant.events[0].at);
	return instant;
}

/* First run, general form. */
static void
find_general(MatchRun *run, const MatchSpan *span)
{
	size_t		i = 0;

	while (i < span->n && run->depth < run->plan->n_stages)
	{
		int64		at = span->events[i].at;
		uint64		fits;
		bool		several;
		MatchSpan	instant = instant_at(span, i, run->codes->masks, &fits,
										 &several);

		if (instant.n == 1)
			run_event(run, fits, at);
		else if (!several)
			match_find_instant(run, fits, at);
		else
			run_tie(run, &instant);
		i += instant.n;
	}
}

/*
 * First run where every event fits one stage: run_step, with what it needs in
 * local variables, since a store could be to any of them.
 */
static void
find_plain(MatchRun *run, const MatchSpan *span)
{
	const MatchEvent *e = span->events;
	const MatchEvent *end = e + span->n;
	const uint8 *stages = run->codes->stages;
	const uint64 *masks = run->codes->masks;
	uint64		window = run->plan->window;
	int			n_stages = run->plan->n_stages;
	int			depth = run->depth;

	for (; e < end; e++)
	{
		int64		at = e->at;
		int			stage = stages[e->code];
		int64		start;
		int64		older;
		bool		newer;

		if (unlikely(e + 1 < end && e[1].at == at))
		{
			uint64		fits = masks[e->code];

			for (; e + 1 < end && e[1].at == at; e++)
				fits |= masks[e[1].code];
			match_find_instant(run, fits, at);
			depth = run->depth;
			if (depth == n_stages)
				return;
			continue;
		}
		run->newest[0] = at;
		start = run->newest[stage];
		older = run->newest[stage + 1];
		newer = (start > older) &
			((uint64) at - (uint64) start <= window);
		run->newest[stage + 1] = newer ? start : older;
		if (unlikely(newer & (stage >= depth)))
		{
			run->depth = depth = stage + 1;
			run->start = start;
			run->end = at;
			if (depth == n_stages)
				return;
		}
	}
}

bool
match_find(MatchRun *run, const MatchSpan *span)
{
	if (run->codes->stages != NULL)
		find_plain(run, span);
	else
		find_general(run, span);
	return run->depth < run->plan->n_stages;
}

int64
best_value(const MatchSpan *instant, const uint64 *masks, int stage)
{
	int64		best = MATCH_NO_VALUE;

	for (size_t i = 0; i < instant->n; i++)
	{
		if (masks[instant->events[i].code] >> stage & 1)
			best = Max(best, instant->values[instant->events[i].row]);
	}
	return best;
}

/* Second run at an instant with rows for several stages. */
static pg_noinline void
take_tie(const MatchRun *run, const MatchSpan *instant, Match *match)
{
	Tie			tie;
	int			first = match->depth;
	int			end = first;

	tie_open(&tie, run->plan, run->codes->masks, instant);
	while (end < run->depth && tie_match(&tie, end))
		match->at[end++] = instant->events[0].at;
	match->depth = end;
	if (instant->values == NULL || first == end)
		return;
	tie_choose_values(&tie, (~UINT64CONST(0) >> (64 - end)) &
					  ~(STAGE_BIT(first) - 1));
	for (int k = first; k < end; k++)
		match->value[k] = tie.value[tie.row_of[k]];
}

void
match_begin_taking(const MatchRun *run, Match *match)
{
	match->depth = 0;
}

bool
match_take(const MatchRun *run, const MatchSpan *span, Match *match)
{
	const uint64 *masks = run->codes->masks;
	size_t		i = 0;

	while (i < span->n && span->events[i].at < run->start)
		i++;
	while (i < span->n && match->depth < run->depth)
	{
		const MatchEvent *e = &span->events[i];
		uint64		fits;
		bool		several;
		MatchSpan	instant;

		if (likely(i + 1 == span->n || e[1].at != e->at))
		{
			if (masks[e->code] >> match->depth & 1)
			{
				if (span->values != NULL)
					match->value[match->depth] = span->values[e->row];
				match->at[match->depth++] = e->at;
			}
			i++;
			continue;
		}
		instant = instant_at(span, i, masks, &fits, &several);
		i += instant.n;
		if (several)
		{
			take_tie(run, &instant, match);
			continue;
		}
		/* several rows fill one stage each */
		while (match->depth < run->depth && (fits >> match->depth & 1))
		{
			if (span->values != NULL)
				match->value[match->depth] = best_value(&instant, masks,
														match->depth);
			match->at[match->depth++] = e->at;
		}
	}
	return match->depth < run->depth;
}

void
match_customer(const MatchPlan *plan, const MatchCodes *codes,
			   const MatchSpan *span, Match *match)
{
	MatchRun	run;

	match_begin(&run, plan, codes);
	(void) match_find(&run, span);
	if (!match_take_ends(&run, span->values != NULL, match))
	{
		match_begin_taking(&run, match);
		(void) match_take(&run, span, match);
	}
	match_end_taking(plan, match);
}
