/*
 * match_ties.c
 *	  Rows of one instant matched to stages, one row a stage and one stage a
 *	  row, by augmenting paths.
 */
#include "postgres.h"

#include "match.h"

static void
tie_add(Tie *tie, uint64 mask, const MatchEvent *event, const int64 *values)
{
	int			r = tie->n_rows++;

	tie->mask[r] = mask;
	tie->row[r] = event->row;
	tie->value[r] = (values != NULL) ? values[event->row] : MATCH_NO_VALUE;
	tie->taken[r] = 0;
}

/*
 * An instant may hold any number of rows.  With n stages, a stage whose n rows
 * of greatest value are kept always finds one that the other n - 1 stages
 * leave free, and no better one lies outside; so n rows a stage will do.
 */
static void
tie_open_many(Tie *tie, int n_stages, const uint64 *masks,
			  const MatchSpan *instant)
{
	const MatchEvent *events = instant->events;
	const int64 *values = instant->values;

	for (int stage = 0; stage < n_stages; stage++)
	{
		const MatchEvent *best[MATCH_MAX_STAGES];
		int			n_best = 0;

		for (size_t i = 0; i < instant->n; i++)
		{
			int64		value;
			int			at;

			if ((masks[events[i].code] >> stage & 1) == 0)
				continue;
			value = (values != NULL) ? values[events[i].row] : MATCH_NO_VALUE;
			at = n_best;
			while (at > 0 && values != NULL &&
				   values[best[at - 1]->row] < value)
				at--;
			if (at == n_stages)
				continue;
			if (n_best < n_stages)
				n_best++;
			memmove(&best[at + 1], &best[at],
					sizeof(best[0]) * (n_best - 1 - at));
			best[at] = &events[i];
		}
		for (int b = 0; b < n_best; b++)
		{
			bool		known = false;

			/* rows of several stages come up more than once */
			for (int r = 0; r < tie->n_rows && !known; r++)
				known = (tie->row[r] == best[b]->row);
			if (!known)
				tie_add(tie, masks[best[b]->code], best[b], values);
		}
	}
}

void
tie_open(Tie *tie, int n_stages, const uint64 *masks,
		 const MatchSpan *instant)
{
	tie->n_rows = 0;
	tie->fits = 0;
	for (int k = 0; k < n_stages; k++)
		tie->least[k] = MATCH_NO_VALUE;
	if (instant->n > TIE_MAX_ROWS)
		tie_open_many(tie, n_stages, masks, instant);
	else
	{
		for (size_t i = 0; i < instant->n; i++)
			tie_add(tie, masks[instant->events[i].code], &instant->events[i],
					instant->values);
	}
	for (int r = 0; r < tie->n_rows; r++)
		tie->fits |= tie->mask[r];
}

/* Finds a row for the stage, moving others where that frees one. */
static bool
tie_augment(Tie *tie, int stage, uint64 *visited)
{
	uint64		bit = UINT64CONST(1) << stage;

	*visited |= bit;
	for (int pass = 0; pass < 2; pass++)
	{
		for (int r = 0; r < tie->n_rows; r++)
		{
			int			owner = (int) tie->taken[r] - 1;

			if ((tie->mask[r] & bit) == 0 || tie->value[r] < tie->least[stage])
				continue;
			/* free rows first: shorter paths */
			if (pass == 0 ? owner >= 0 :
				(owner < 0 || (*visited >> owner & 1) ||
				 !tie_augment(tie, owner, visited)))
				continue;
			tie->taken[r] = (uint8) (stage + 1);
			tie->row_of[stage] = (uint16) r;
			return true;
		}
	}
	return false;
}

/* Matches one more stage; false where that is impossible, nothing changed. */
bool
tie_match(Tie *tie, int stage)
{
	uint64		visited = 0;

	if ((tie->fits >> stage & 1) == 0)
		return false;
	return tie_augment(tie, stage, &visited);
}

void
tie_release(Tie *tie, int stage)
{
	tie->taken[tie->row_of[stage]] = 0;
}

static bool
tie_rematch(Tie *tie, int first, int end)
{
	memset(tie->taken, 0, tie->n_rows);
	for (int k = first; k < end; k++)
	{
		if (!tie_match(tie, k))
			return false;
	}
	return true;
}

/*
 * Of all matchings of stages first .. end - 1 (there is one), the one whose
 * first stage has the greatest value, then its second, and so on: each stage
 * in turn gets the greatest lower bound that still leaves a matching.
 */
void
tie_choose_values(Tie *tie, int first, int end)
{
	for (int k = first; k < end; k++)
	{
		int64		tried = PG_INT64_MAX;

		for (;;)
		{
			int64		next = MATCH_NO_VALUE;

			for (int r = 0; r < tie->n_rows; r++)
			{
				if ((tie->mask[r] >> k & 1) && tie->value[r] < tried)
					next = Max(next, tie->value[r]);
			}
			tie->least[k] = next;
			if (next == MATCH_NO_VALUE || tie_rematch(tie, first, end))
				break;
			tried = next;
		}
	}
	(void) tie_rematch(tie, first, end);
}
