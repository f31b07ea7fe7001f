/*
 * match_any.c
 *	  Stages in any order: how many distinct ones can distinct events inside one
 *	  window fill?
 *
 * Sets of events that fill distinct stages are the independent sets of a
 * matroid.  The basis of the newest events so far, kept up with one exchange
 * an event, has two uses: cut off at any time, it is a largest such set among
 * the events since then; and its oldest event is the newest start of one.  In
 * the same way, events taken in order of time give the earliest time at which
 * n are done, for each n.
 *
 * Excluded events (all lists are one) cut the customer's events into pieces
 * that no attempt reaches across, and forbid an unfinished attempt whose window
 * such an event is in.  That is a limit on its start: the window is over before
 * the next excluded event.  Any event can be in some largest set, so there is
 * an attempt of the same size that starts with one old enough, if there is one.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "match_rules.h"

/* Events that fill distinct stages. */
typedef struct Basis
{
	uint64		filled;
	const MatchEvent *by[MATCH_MAX_STAGES];
} Basis;

/* What ends where; the greatest so far. */
typedef struct AnyBest
{
	int			size;
	int64		start;
	uint32		end;
} AnyBest;

/*
 * Stages that could be freed for an event with this mask by moving events
 * along; from[k]: the stage whose event would move to k, or -1.
 */
static uint64
reachable(const Basis *b, const uint64 *masks, uint64 mask, int8 *from)
{
	uint64		seen = mask;
	uint64		todo = mask & b->filled;

	for (uint64 left = mask; left != 0; left &= left - 1)
		from[pg_rightmost_one_pos64(left)] = -1;
	while (todo != 0)
	{
		int			k = pg_rightmost_one_pos64(todo);
		uint64		more = masks[b->by[k]->code] & ~seen;

		todo &= todo - 1;
		seen |= more;
		todo |= more & b->filled;
		for (; more != 0; more &= more - 1)
			from[pg_rightmost_one_pos64(more)] = (int8) k;
	}
	return seen;
}

/* The event goes in, the one at `stage`, if any, goes out. */
static void
exchange(Basis *b, const int8 *from, int stage, const MatchEvent *event)
{
	b->filled |= STAGE_BIT(stage);
	for (; from[stage] >= 0; stage = from[stage])
		b->by[stage] = b->by[from[stage]];
	b->by[stage] = event;
}

/* Adds an event if the set stays one that fills distinct stages. */
static bool
basis_add(Basis *b, const uint64 *masks, const MatchEvent *event)
{
	int8		from[MATCH_MAX_STAGES];
	uint64		vacant = reachable(b, masks, masks[event->code], from) &
		~b->filled;

	if (vacant == 0)
		return false;
	exchange(b, from, pg_rightmost_one_pos64(vacant), event);
	return true;
}

/* Adds the newest event, in place of the oldest one that it can replace. */
static void
basis_renew(Basis *b, const uint64 *masks, const MatchEvent *event)
{
	int8		from[MATCH_MAX_STAGES];
	uint64		seen = reachable(b, masks, masks[event->code], from);
	int			oldest = -1;

	if (seen & ~b->filled)
	{
		exchange(b, from, pg_rightmost_one_pos64(seen & ~b->filled), event);
		return;
	}
	for (; seen != 0; seen &= seen - 1)
	{
		int			k = pg_rightmost_one_pos64(seen);

		if (oldest < 0 || b->by[k]->at < b->by[oldest]->at)
			oldest = k;
	}
	if (oldest >= 0 && b->by[oldest]->at < event->at)
		exchange(b, from, oldest, event);
}

/* Drops what is before `low`; gives the time of the oldest left. */
static int64
basis_since(Basis *b, int64 low)
{
	int64		oldest = PG_INT64_MAX;

	for (uint64 left = b->filled; left != 0; left &= left - 1)
	{
		int			k = pg_rightmost_one_pos64(left);

		if (b->by[k]->at < low)
			b->filled &= ~STAGE_BIT(k);
		else
			oldest = Min(oldest, b->by[k]->at);
	}
	return oldest;
}

/* The latest start of an unfinished attempt that ends here. */
static int64
last_clean_start(const MatchScope *scope, uint32 end, uint32 *excluded)
{
	const MatchSpace *space = scope->space;

	if (!scope->clean)
		return scope->last;
	/* the next excluded event, from call to call */
	*excluded = Max(*excluded, end + 1);
	while (*excluded < space->n_instants &&
		   space->instants[*excluded].without == 0)
		(*excluded)++;
	if (*excluded == space->n_instants)
		return scope->last;
	/* its window must be over before: start + window < at */
	if ((uint64) space->instants[*excluded].at - (uint64) PG_INT64_MIN <=
		scope->plan->window)
		return PG_INT64_MIN;
	return Min(scope->last,
			   (int64) ((uint64) space->instants[*excluded].at -
						scope->plan->window - 1));
}

/*
 * Can two events of the instants fill two stages, or are they one and the
 * same event that fills one?
 */
static bool
make_a_pair(const MatchScope *scope, uint32 a, uint32 b)
{
	const Instant *first = &scope->space->instants[a];
	const Instant *second = &scope->space->instants[b];
	uint64		both = first->fits | second->fits;

	return first->fits != 0 && second->fits != 0 &&
		(a == b || (both & (both - 1)) != 0);
}

/* The newest start up to `last`, not before `low`, of attempts that end here. */
static bool
newest_start(const MatchScope *scope, uint32 end, int64 low, int64 last,
			 int64 *start)
{
	const Instant *instants = scope->space->instants;
	uint32		i = end + 1;

	if (low > last)
		return false;
	if (last < instants[end].at)
		i = space_after(scope->space, 0, last);
	for (; i-- > 0 && instants[i].at >= low;)
	{
		match_breathe(scope->plan, i);
		if (instants[i].fits == 0)
			continue;
		/* an excluded event here: earlier ends are not clean, this one is */
		if (scope->clean && instants[end].without != 0 &&
			!make_a_pair(scope, i, end))
			continue;
		*start = instants[i].at;
		return true;
	}
	return false;
}

/* Is there a better attempt that ends at this instant? */
static void
try_end(const MatchScope *scope, Basis *basis, uint32 end, int64 low,
		uint32 *excluded, AnyBest *best)
{
	int64		oldest = basis_since(basis, low);
	int			size = pg_popcount64(basis->filled);
	int64		last = scope->last;
	int64		start = oldest;

	if (size <= best->size)
		return;
	if (size < scope->plan->n_stages)
		last = last_clean_start(scope, end, excluded);
	if ((oldest > last ||
		 (scope->clean && scope->space->instants[end].without != 0)) &&
		!newest_start(scope, end, low, Min(oldest, last), &start))
		return;
	best->size = size;
	best->start = start;
	best->end = end;
}

static void
find_best(const MatchScope *scope, AnyBest *best)
{
	const MatchSpace *space = scope->space;
	uint64		window = scope->plan->window;
	Basis		basis = {0};
	int64		cut = scope->from;	/* no attempt reaches across */
	uint32		excluded = 0;

	best->size = 0;
	for (uint32 i = 0; i < space->n_instants; i++)
	{
		const Instant *now = &space->instants[i];
		int64		low = cut;

		match_breathe(scope->plan, i);
		for (uint32 r = 0; r < now->n; r++)
		{
			if (scope->codes->masks[now->events[r].code] != 0)
				basis_renew(&basis, scope->codes->masks, &now->events[r]);
		}
		if ((uint64) now->at - (uint64) PG_INT64_MIN > window)
			low = Max(low, (int64) ((uint64) now->at - window));
		if (now->fits != 0 && now->at >= scope->from)
			try_end(scope, &basis, i, low, &excluded, best);
		if (best->size == scope->plan->n_stages)
			break;
		if (scope->clean && now->without != 0)
			cut = Max(cut, now->at);
	}
}

/*
 * Events of the instant, those of the greatest value first, go into the set
 * while it has room; they are numbered in this order in the match.
 */
static void
take_instant(const MatchScope *scope, uint32 i, int room, Basis *basis,
			 Match *match)
{
	const Instant *now = &scope->space->instants[i];
	const uint64 *masks = scope->codes->masks;
	const MatchEvent *rows[TIE_MAX_ROWS];
	MatchSpan	span = {now->events, now->n, scope->values};
	int			n = tie_best_rows(scope->plan, masks, &span, rows);

	while (n > 0 && match->depth < room)
	{
		int			best = 0;

		for (int r = 1; scope->values != NULL && r < n; r++)
		{
			if (scope->values[rows[r]->row] > scope->values[rows[best]->row])
				best = r;
		}
		if (basis_add(basis, masks, rows[best]))
		{
			match->at[match->depth] = now->at;
			if (scope->values != NULL)
				match->value[match->depth] = scope->values[rows[best]->row];
			match->depth++;
		}
		rows[best] = rows[--n];
	}
}

/* The attempt from start to end with each event as early as can be. */
static void
take_earliest(const MatchScope *scope, const AnyBest *best,
			  const MatchEvent *last, Match *match)
{
	const MatchSpace *space = scope->space;
	uint32		i = (best->start == PG_INT64_MIN) ? 0 :
		space_after(space, 0, best->start - 1);
	Basis		basis = {0};
	int			room = best->size;

	match->depth = 0;
	if (last != NULL)
	{
		(void) basis_add(&basis, scope->codes->masks, last);
		room--;
	}
	for (; i <= best->end && match->depth < room; i++)
		take_instant(scope, i, room, &basis, match);
	if (last != NULL && match->depth == room)
	{
		match->at[room] = last->at;
		if (scope->values != NULL)
			match->value[room] = scope->values[last->row];
		match->depth++;
	}
}

/* Is one list of values, in the order of the events, the better one? */
static bool
is_better(const MatchScope *scope, const Match *a, const Match *b)
{
	for (int k = 0; k < a->depth; k++)
	{
		if (a->at[k] != b->at[k])
			return a->at[k] < b->at[k];
	}
	for (int k = 0; scope->values != NULL && k < a->depth; k++)
	{
		if (a->value[k] != b->value[k])
			return a->value[k] > b->value[k];
	}
	return false;
}

/*
 * Usually the earliest events end where they should.  They end earlier where
 * only an excluded event, at the instant of the end, makes the difference; then
 * try each event of that instant as the last one.
 */
static void
take_best(const MatchScope *scope, const AnyBest *best, Match *match)
{
	const Instant *end = &scope->space->instants[best->end];
	const MatchEvent *rows[TIE_MAX_ROWS];
	MatchSpan	span = {end->events, end->n, scope->values};
	int			n;

	take_earliest(scope, best, NULL, match);
	if (match->depth == best->size && match->at[best->size - 1] == end->at)
		return;
	match->depth = 0;
	n = tie_best_rows(scope->plan, scope->codes->masks, &span, rows);
	for (int r = 0; r < n; r++)
	{
		Match		other;

		take_earliest(scope, best, rows[r], &other);
		if (other.depth == best->size && other.at[0] == best->start &&
			(match->depth == 0 || is_better(scope, &other, match)))
			*match = other;
	}
}

/* The number of events done before the first excluded one, less one. */
static int
excluded_after(const MatchScope *scope, const Match *match)
{
	const MatchSpace *space = scope->space;
	int			done = 0;
	uint32		i = space_after(space, 0, match->at[0]);

	while (space->instants[i].without == 0 ||
		   space->instants[i].at == match->at[match->depth - 1])
		i++;
	while (done < match->depth && match->at[done] < space->instants[i].at)
		done++;
	return done - 1;
}

/* Could some clean attempt, not the counted one perhaps, still grow? */
static bool
may_grow(const MatchScope *scope)
{
	const MatchPlan *plan = scope->plan;
	const Instant *instants = scope->space->instants;
	uint32		n_excluded = 0; /* later than the instant */
	uint32		excluded = 0;	/* one of them */

	if (plan->as_of == MATCH_NO_TIME || plan->window == MATCH_NO_WINDOW)
		return false;
	for (uint32 i = scope->space->n_instants; i-- > 0;)
	{
		int64		at = instants[i].at;

		if (at < scope->from || n_excluded > 1 ||
			(uint64) plan->as_of - (uint64) at >= plan->window)
			return false;
		/* up to the instant of an excluded event an attempt may reach */
		if (at <= scope->last && instants[i].fits != 0 &&
			(n_excluded == 0 ||
			 (plan->n_stages > 2 && make_a_pair(scope, i, excluded))))
			return true;
		if (scope->clean && instants[i].without != 0)
		{
			n_excluded++;
			excluded = i;
		}
	}
	return false;
}

void
match_any_order(const MatchScope *scope, Match *match)
{
	const MatchPlan *plan = scope->plan;
	MatchScope	clean = *scope;
	AnyBest		best;

	no_match(match);
	clean.clean = (scope->space->without != 0);
	find_best(&clean, &best);
	if (best.size == 0)
	{
		if (!clean.clean)
			return;
		find_best(scope, &best);
		if (best.size == 0)
			return;
		take_best(scope, &best, match);
		match->excluded = excluded_after(scope, match);
		return;
	}
	take_best(&clean, &best, match);
	match->excluded = -1;
	match->entry = 0;
	match->end = match->depth - 1;
	match->complete = (match->depth == plan->n_stages);
	match->taken = ~UINT64CONST(0) >> (64 - match->depth);
	match->waiting = !match->complete && may_grow(&clean);
	match_settle(plan, match);
}
