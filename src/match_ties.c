/*
 * match_ties.c
 *	  Rows of one instant matched to stages, one row a stage and one stage a
 *	  row, by augmenting paths.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "match.h"

static void
tie_add(Tie *tie, uint64 mask, const MatchEvent *event, const int64 *values)
{
	int			r = tie->n_rows++;

	tie->mask[r] = mask;
	tie->value[r] = (values != NULL) ? values[event->row] : MATCH_NO_VALUE;
	tie->taken[r] = 0;
}

/* Of pointers to events, by the place in the instant. */
int
compare_places(const void *a, const void *b)
{
	const MatchEvent *x = *(const MatchEvent *const *) a;
	const MatchEvent *y = *(const MatchEvent *const *) b;

	return (x > y) - (x < y);
}

/* Puts a row among the best of a stage, the greatest value first. */
static int
keep_best(const MatchEvent **best, int n_best, int most,
		  const MatchEvent *event, const int64 *values)
{
	int			low = 0;
	int			high = n_best;

	if (values == NULL)
		low = n_best;
	else if (n_best == most &&
			 values[event->row] <= values[best[most - 1]->row])
		return n_best;
	while (values != NULL && low < high)
	{
		int			middle = (low + high) / 2;

		if (values[best[middle]->row] < values[event->row])
			high = middle;
		else
			low = middle + 1;
	}
	if (low == most)
		return n_best;
	n_best = Min(n_best + 1, most);
	memmove(&best[low + 1], &best[low], sizeof(best[0]) * (n_best - 1 - low));
	best[low] = event;
	return n_best;
}

/*
 * An instant may hold any number of rows.  With n stages, a stage whose n rows
 * of greatest value are kept always finds one that the other n - 1 stages
 * leave free, and no better one lies outside; so n rows a stage will do.  Puts
 * them into rows (room for TIE_MAX_ROWS), in the order of the instant.
 */
int
tie_best_rows(const MatchPlan *plan, const uint64 *masks,
			  const MatchSpan *instant, const MatchEvent **rows)
{
	int			n = 0;
	int			distinct = 0;

	for (int stage = 0; stage < plan->n_stages; stage++)
	{
		int			n_best = 0;

		if (plan->breathe != NULL)
			plan->breathe();

		for (size_t i = 0; i < instant->n; i++)
		{
			if (masks[instant->events[i].code] >> stage & 1)
				n_best = keep_best(rows + n, n_best, plan->n_stages,
								   &instant->events[i], instant->values);
		}
		n += n_best;
	}
	/* rows of several stages come up more than once */
	qsort(rows, n, sizeof(rows[0]), compare_places);
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || rows[i] != rows[distinct - 1])
			rows[distinct++] = rows[i];
	}
	return distinct;
}

void
tie_open(Tie *tie, const MatchPlan *plan, const uint64 *masks,
		 const MatchSpan *instant)
{
	tie->n_rows = 0;
	tie->fits = 0;
	for (int k = 0; k < plan->n_stages; k++)
		tie->least[k] = MATCH_NO_VALUE;
	if (instant->n > (size_t) plan->n_stages)
	{
		const MatchEvent *rows[TIE_MAX_ROWS];
		int			n = tie_best_rows(plan, masks, instant, rows);

		for (int i = 0; i < n; i++)
			tie_add(tie, masks[rows[i]->code], rows[i], instant->values);
	}
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

void
tie_clear(Tie *tie)
{
	memset(tie->taken, 0, tie->n_rows);
}

/* Matches these stages and no others; false where that is impossible. */
bool
tie_match_all(Tie *tie, uint64 stages)
{
	tie_clear(tie);
	for (; stages != 0; stages &= stages - 1)
	{
		if (!tie_match(tie, pg_rightmost_one_pos64(stages)))
			return false;
	}
	return true;
}

/*
 * Of all matchings of these stages (there is one), the one whose first stage
 * has the greatest value, then its second, and so on: each stage in turn gets
 * the greatest lower bound that still leaves a matching.
 */
void
tie_choose_values(Tie *tie, uint64 stages)
{
	for (uint64 left = stages; left != 0; left &= left - 1)
	{
		int			k = pg_rightmost_one_pos64(left);
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
			if (next == MATCH_NO_VALUE || tie_match_all(tie, stages))
				break;
			tried = next;
		}
	}
	(void) tie_match_all(tie, stages);
}
