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

/* What the first run knows. */
typedef struct MatchRun
{
	const MatchPlan *plan;
	int			depth;			/* levels of newest[] that are set */
	int64		start;			/* s, once depth is final */
	int64		newest[MATCH_MAX_STAGES];	/* newest start that reached */
} MatchRun;

static inline bool
in_window(const MatchPlan *plan, int64 start, int64 at)
{
	/* at >= start; as unsigned numbers the difference cannot overflow */
	return (uint64) at - (uint64) start <= plan->window;
}

/* An event at `at` may fill `stage` behind an attempt that waits for it. */
static inline void
run_step(MatchRun *run, int stage, int64 at)
{
	int64		start;

	if (stage == 0)
		start = at;
	else if (stage > run->depth)
		return;
	else
	{
		start = run->newest[stage - 1];
		if (!in_window(run->plan, start, at))
			return;
	}
	if (stage == run->depth)
		run->depth++;
	else if (start <= run->newest[stage])
		return;
	run->newest[stage] = start;
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
static inline void
run_stages(MatchRun *run, uint64 mask, int64 at)
{
	while (mask != 0)
	{
		run_step(run, pg_rightmost_one_pos64(mask), at);
		mask &= mask - 1;
	}
}

/*
 * Several events at one instant, some for several stages.  Stages first ..
 * end - 1 stay matched to distinct rows while first and end move up, so there
 * are at most 2 x stages augmentations.  Starts grow older with the level, so
 * the smallest `first` that allows an `end` brings the newest start.
 */
static pg_noinline void
run_tie(MatchRun *run, const uint64 *masks, const MatchEvent *events,
		size_t n)
{
	Tie			tie;
	int64		at = events[0].at;
	int64		before[MATCH_MAX_STAGES];
	int			levels = run->depth;
	int			end = 0;

	tie_open(&tie, run->plan->n_stages, masks, events, n, NULL);
	memcpy(before, run->newest, sizeof(int64) * levels);
	for (int first = 0; first <= levels; first++)
	{
		int64		start = (first == 0) ? at : before[first - 1];

		if (!in_window(run->plan, start, at))
			break;
		end = Max(end, first);
		while (end < run->plan->n_stages && tie_match(&tie, end))
		{
			Assert(end == run->depth || start >= run->newest[end]);
			run->newest[end++] = start;
			run->depth = Max(run->depth, end);
		}
		if (first < end)
			tie_release(&tie, first);
	}
}

/* The number of events at the instant of events[0]; what they fit together. */
static inline size_t
instant(const uint64 *masks, const MatchEvent *events, size_t n,
		uint64 *fits, bool *several)
{
	size_t		i = 0;

	*fits = 0;
	*several = false;
	do
	{
		uint64		mask = masks[events[i].code];

		*fits |= mask;
		*several |= (mask & (mask - 1)) != 0;
		i++;
	} while (i < n && events[i].at == events[0].at);
	return i;
}

/* First run, general form. */
static void
run_general(MatchRun *run, const uint64 *masks, const MatchEvent *events,
			size_t n)
{
	size_t		i = 0;

	while (i < n && run->depth < run->plan->n_stages)
	{
		int			depth = run->depth;
		uint64		fits;
		bool		several;
		size_t		rows = instant(masks, events + i, n - i, &fits, &several);

		if (rows == 1)
			run_event(run, fits, events[i].at);
		else if (!several)
			run_stages(run, fits, events[i].at);
		else
			run_tie(run, masks, events + i, rows);
		/* first to get there: the earliest end, with its newest start */
		if (run->depth > depth)
			run->start = run->newest[run->depth - 1];
		i += rows;
	}
}

/* First run where every event fits one stage. */
static void
run_plain(MatchRun *run, const uint8 *stages, const MatchEvent *events,
		  size_t n)
{
	size_t		i = 0;

	while (i < n && run->depth < run->plan->n_stages)
	{
		int			depth = run->depth;
		int64		at = events[i].at;

		if (i + 1 == n || events[i + 1].at != at)
			run_step(run, stages[events[i++].code], at);
		else
		{
			uint64		fits = 0;

			do
			{
				fits |= UINT64CONST(1) << stages[events[i++].code];
			} while (i < n && events[i].at == at);
			run_stages(run, fits, at);
		}
		if (run->depth > depth)
			run->start = run->newest[run->depth - 1];
	}
}

/* Of the rows that fit the stage, the one with the greatest value. */
static uint32
best_row(const uint64 *masks, const MatchEvent *events, size_t n, int stage,
		 const int64 *values)
{
	const MatchEvent *best = NULL;

	for (size_t i = 0; i < n; i++)
	{
		if ((masks[events[i].code] >> stage & 1) == 0)
			continue;
		if (best == NULL || values[events[i].row] > values[best->row])
			best = &events[i];
	}
	Assert(best != NULL);
	return best->row;
}

/* Second run at an instant with rows for several stages. */
static pg_noinline void
take_tie(int depth, const uint64 *masks, const MatchEvent *events, size_t n,
		 int n_stages, const int64 *values, Match *match)
{
	Tie			tie;
	int			first = match->depth;
	int			end = first;

	tie_open(&tie, n_stages, masks, events, n, values);
	while (end < depth && tie_match(&tie, end))
		match->at[end++] = events[0].at;
	match->depth = end;
	if (values == NULL || first == end)
		return;
	tie_choose_values(&tie, first, end);
	for (int k = first; k < end; k++)
		match->row[k] = tie.row[tie.row_of[k]];
}

/* Second run: from the start, every stage as early as it can be taken. */
static void
take_earliest(const MatchRun *run, const uint64 *masks,
			  const MatchEvent *events, size_t n, const int64 *values,
			  Match *match)
{
	size_t		i = 0;

	while (events[i].at < run->start)
		i++;
	while (match->depth < run->depth)
	{
		uint64		fits;
		bool		several;
		size_t		rows;

		Assert(i < n);
		rows = instant(masks, events + i, n - i, &fits, &several);
		if (rows > 1 && several)
			take_tie(run->depth, masks, events + i, rows,
					 run->plan->n_stages, values, match);
		else
		{
			/* one row fills one stage; several rows one each */
			while (match->depth < run->depth && (fits >> match->depth & 1))
			{
				if (values != NULL)
					match->row[match->depth] =
						best_row(masks, events + i, rows, match->depth,
								 values);
				match->at[match->depth++] = events[i].at;
				if (rows == 1)
					break;
			}
		}
		i += rows;
	}
}

void
match_customer(const MatchPlan *plan, const MatchCodes *codes,
			   const MatchEvent *events, size_t n, const int64 *values,
			   Match *match)
{
	MatchRun	run;

	run.plan = plan;
	run.depth = 0;
	run.start = 0;
	match->depth = 0;
	if (codes->stages != NULL)
		run_plain(&run, codes->stages, events, n);
	else
		run_general(&run, codes->masks, events, n);
	if (run.depth > 0)
		take_earliest(&run, codes->masks, events, n, values, match);
}
