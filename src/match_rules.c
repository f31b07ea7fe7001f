/*
 * match_rules.c
 *	  Which attempts count: from a customer's events to outcomes, under the
 *	  rules open, attempts, without and scope.
 *
 * `without` never changes how deep a customer got.  So there are two walks: one
 * that does not look at excluded events, and where there are such events one
 * that does.  If the second gets as deep, the best clean attempt counts; if
 * not, the customer is excluded.
 *
 * One thing the walks cannot decide: an attempt that was not completed is
 * tainted also by an excluded event after its last one, up to the end of its
 * window; there an older start is the better one.  Where the newest start of
 * the earliest end fails by this, starts are tried in groups that see the same
 * excluded events; and one by one, O(starts x stages x events of a window),
 * where an optional stage after the last required one may end the attempt, too.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "match_rules.h"

#define ATTEMPT_STEP	4		/* instants that an attempt is given first */

/* Of the attempts with one entry, which one counts? */
typedef struct Verdict
{
	int			depth;
	bool		clean;			/* else none of this depth is */
	int64		start;
	uint32		end;			/* instant */
} Verdict;

/*
 * The starts from .. last see the same excluded event as the last one in their
 * windows; from it on an attempt may end.
 */
static void
try_group(const MatchScope *scope, Verdict *v, int64 from, int64 last,
		  int64 end_from)
{
	const Instant *instants = scope->space->instants;
	MatchScope	group = *scope;
	Walk		walk;

	group.from = Max(from, scope->from);
	group.last = Min(last, scope->last);
	if (group.from > PG_INT64_MIN)
		group.first = space_after(scope->space, scope->first, group.from - 1);
	while (group.first < scope->end &&
		   (instants[group.first].fits >> scope->entry & 1) == 0 &&
		   instants[group.first].at <= group.last)
		group.first++;
	if (group.first >= scope->end || instants[group.first].at > group.last)
		return;
	if ((uint64) PG_INT64_MAX - (uint64) group.last > scope->plan->window)
		group.end = Min(scope->end,
						space_after(scope->space, group.first,
									(int64) ((uint64) group.last +
											 scope->plan->window)));
	group.end_stage = scope_stage_of_depth(scope, v->depth);
	group.end_from = end_from;
	match_walk(&group, &walk);
	if (walk.depth == v->depth && (!v->clean || walk.end <= v->end))
	{
		v->clean = true;
		v->start = walk.start;
		v->end = walk.end;
	}
}

/* Of unfinished attempts that wait for this stage, the best clean one. */
static bool
try_groups(const MatchScope *scope, Verdict *v, int next)
{
	const Instant *instants = scope->space->instants;
	int64		from = PG_INT64_MIN;
	int64		end_from = PG_INT64_MIN;

	v->clean = false;
	for (uint32 i = scope->first; i < scope->end; i++)
	{
		int64		begin;

		if ((instants[i].without >> next & 1) == 0)
			continue;
		begin = minus_span(instants[i].at, scope->plan->window);
		if (begin > from)
			try_group(scope, v, from, begin - 1, end_from);
		from = begin;
		end_from = instants[i].at;
		if (v->clean && from > instants[v->end].at)
			return true;
	}
	try_group(scope, v, from, PG_INT64_MAX, end_from);
	return v->clean;
}

/* No walk can tell: try each start.  False if no attempt is clean. */
static bool
try_starts(const MatchScope *scope, Verdict *v)
{
	const Instant *instants = scope->space->instants;
	int			top = scope_stage_of_depth(scope, v->depth);
	uint32		where[MATCH_MAX_STAGES];
	uint64		taken;

	v->clean = false;
	for (uint32 i = scope->first; i < scope->end; i++)
	{
		int64		at = instants[i].at;

		if ((instants[i].fits >> scope->entry & 1) == 0 ||
			at < scope->from || at > scope->last)
			continue;
		if (v->clean && at > instants[v->end].at)
			break;
		/* the newest start of the earliest end */
		if (match_trace(scope, v->depth, at, TRACE_ANY_END, &taken, where) &&
			(!v->clean || where[top] <= v->end))
		{
			v->clean = true;
			v->start = at;
			v->end = where[top];
		}
	}
	return v->clean;
}

static bool
try_ends(const MatchScope *scope, Verdict *v, int next)
{
	const MatchStage *top =
		&scope->plan->stages[scope_stage_of_depth(scope, v->depth)];

	/* an optional stage after the last required one is an end, too */
	if (top->next & ~STAGE_BIT(next) & scope->space->fits)
		return try_starts(scope, v);
	return try_groups(scope, v, next);
}

/* Depth that the customer's events could give at most. */
static int
most_depth(const MatchScope *scope)
{
	int			depth = 0;

	for (int stage = scope->entry; stage < scope->plan->n_stages;
		 stage = scope->plan->stages[stage].next_required)
	{
		if ((scope->space->fits >> stage & 1) == 0)
			break;
		depth++;
	}
	return depth;
}

/* walk: what is open in it is of clean attempts. */
static void
judge(const MatchScope *scope, Verdict *v, Walk *walk)
{
	MatchScope	other = *scope;
	Walk		unclean;
	int			next;

	other.clean = (scope->space->without != 0);
	match_walk(&other, walk);
	v->depth = walk->depth;
	v->start = walk->start;
	v->end = walk->end;
	v->clean = true;
	if (!other.clean)
		return;
	if (walk->depth < most_depth(scope))
	{
		match_walk(scope, &unclean);
		if (walk->depth < unclean.depth)
		{
			v->clean = false;
			v->depth = unclean.depth;
			v->start = unclean.start;
			v->end = unclean.end;
			return;
		}
	}
	if (v->depth == 0)
		return;
	next = scope->plan->stages[scope_stage_of_depth(scope, v->depth)].next_required;
	if (next == scope->plan->n_stages ||
		scope_clean_end(&other, next, walk->end, walk->start) ||
		try_ends(&other, v, next))
		return;
	/* what would count if nothing were excluded */
	match_walk(scope, &unclean);
	v->clean = false;
	v->start = unclean.start;
	v->end = unclean.end;
}

/* May a clean attempt of this walk still go on?  (rule 12) */
static bool
may_go_on(const MatchPlan *plan, const Walk *walk)
{
	for (uint64 open = walk->open; open != 0; open &= open - 1)
	{
		const MatchStage *stage = &plan->stages[pg_rightmost_one_pos64(open)];
		int64		at = walk->open_at[pg_rightmost_one_pos64(open)];

		for (uint64 next = stage->next; next != 0; next &= next - 1)
		{
			if ((uint64) plan->as_of - (uint64) at <
				plan->stages[pg_rightmost_one_pos64(next)].within)
				return true;
		}
	}
	return false;
}

/* The values of the events that fill these stages. */
static void
take_values(const MatchScope *scope, Match *match, const uint32 *where)
{
	uint64		left = match->taken;
	Tie			tie;

	while (left != 0)
	{
		uint32		i = where[pg_rightmost_one_pos64(left)];
		const Instant *now = &scope->space->instants[i];
		MatchSpan	rows = {now->events, now->n, scope->values};
		uint64		here = 0;

		for (; left != 0 && where[pg_rightmost_one_pos64(left)] == i;
			 left &= left - 1)
			here |= STAGE_BIT(pg_rightmost_one_pos64(left));
		if (now->several)
		{
			tie_open(&tie, scope->plan, scope->codes->masks, &rows);
			tie_choose_values(&tie, here);
		}
		for (; here != 0; here &= here - 1)
		{
			int			k = pg_rightmost_one_pos64(here);

			match->value[k] = now->several ? tie.value[tie.row_of[k]] :
				best_value(&rows, scope->codes->masks, k);
		}
	}
}

/* Of what was reached: what can no longer change? */
void
match_settle(const MatchPlan *plan, Match *match)
{
	uint64		reached = match->taken & plan->required;
	uint64		settled = reached & ~STAGE_BIT(plan->last_required);
	int64		start = match->at[match->entry];

	match->settled = settled;
	if (plan->as_of == MATCH_NO_TIME || plan->window == MATCH_NO_WINDOW)
		return;
	if ((uint64) plan->as_of - (uint64) start < plan->window)
	{
		for (; settled != 0; settled &= settled - 1)
		{
			int			k = pg_rightmost_one_pos64(settled);
			int			next = plan->stages[k].next_required;
			uint64		before;

			if (k == match->end)
				continue;
			/* went on: for whom would the time for that be over by now? */
			before = match->taken & (STAGE_BIT(next) - 1);
			if ((uint64) plan->as_of -
				(uint64) match->at[pg_leftmost_one_pos64(before)] <
				plan->stages[next].within)
				match->settled &= ~STAGE_BIT(k);
		}
	}
	if (match->waiting)
		match->settled &= ~STAGE_BIT(match->end);
}

/* The stage after which the first excluded event comes. */
static int
excluded_after(const MatchScope *scope, uint64 taken, const uint32 *where)
{
	const Instant *instants = scope->space->instants;
	int			before = scope->entry;

	taken &= ~STAGE_BIT(before);
	for (; taken != 0; taken &= taken - 1)
	{
		int			stage = pg_rightmost_one_pos64(taken);

		for (uint32 i = where[before] + 1; i < where[stage]; i++)
		{
			if (instants[i].without >> stage & 1)
				return before;
		}
		before = stage;
	}
	return before;
}

/* The outcome of an attempt that has filled these stages there. */
static void
match_taken(const MatchScope *scope, int depth, uint64 taken,
			const uint32 *where, Match *match)
{
	match->depth = depth;
	match->entry = scope->entry;
	match->excluded = -1;
	match->end = scope_stage_of_depth(scope, depth);
	match->complete = (match->end == scope->plan->last_required);
	match->taken = taken;
	for (uint64 left = taken; left != 0; left &= left - 1)
	{
		int			k = pg_rightmost_one_pos64(left);

		match->at[k] = scope->space->instants[where[k]].at;
	}
	if (scope->values != NULL)
		take_values(scope, match, where);
}

/* The outcome of the attempt that the verdict names. */
static void
take(const MatchScope *scope, const Verdict *v, Match *match)
{
	MatchScope	inner = *scope;
	uint32		where[MATCH_MAX_STAGES];
	uint64		taken = 0;

	inner.clean = v->clean && scope->space->without != 0;
	(void) match_trace(&inner, v->depth, v->start, v->end, &taken, where);
	if (v->clean)
		match_taken(scope, v->depth, taken, where, match);
	else
		match->excluded = excluded_after(scope, taken, where);
}

void
no_match(Match *match)
{
	match->depth = 0;
	match->excluded = -1;
	match->waiting = match->complete = false;
}

/* The outcome of attempts that all start at the scope's entry. */
static void
match_entry(const MatchScope *scope, Match *match)
{
	Walk		walk;
	Verdict		v;

	no_match(match);
	judge(scope, &v, &walk);
	if (v.depth == 0)
		return;
	take(scope, &v, match);
	if (match->excluded >= 0)
		return;
	match->waiting = !match->complete && may_go_on(scope->plan, &walk);
	match_settle(scope->plan, match);
}

/*
 * Rule 10: attempts may start at any required stage.  Most stages first, then
 * the later end, so of as many the latest entry.
 */
static void
match_open(MatchScope *scope, Match *match)
{
	const MatchPlan *plan = scope->plan;
	bool		look_for_open = (plan->as_of != MATCH_NO_TIME);
	int			best = -1;
	Verdict		counted = {0};
	bool		waiting = false;

	for (int entry = 0; entry < plan->n_stages;
		 entry = plan->stages[entry].next_required)
	{
		Walk		walk;
		Verdict		v;
		int			most;

		scope->entry = entry;
		most = most_depth(scope);
		if (most == 0 || (most < counted.depth && !look_for_open))
			continue;
		judge(scope, &v, &walk);
		waiting |= may_go_on(scope->plan, &walk);
		/* of as many stages the later ones, but clean ones before others */
		if (v.depth > counted.depth ||
			(v.depth == counted.depth && v.depth > 0 &&
			 (v.clean || !counted.clean)))
		{
			counted = v;
			best = entry;
		}
	}
	no_match(match);
	if (best < 0)
		return;
	scope->entry = best;
	take(scope, &counted, match);
	if (match->excluded >= 0)
		return;
	match->waiting = !match->complete && waiting;
	match_settle(plan, match);
}

/*
 * Has the attempt that starts at the scope's first instant ended by the
 * scope's end, since it was completed or tainted?  The scope then ends there.
 */
static bool
attempt_ended(MatchScope *scope, Match *match)
{
	const MatchSpace *space = scope->space;
	const MatchPlan *plan = scope->plan;
	Walk		walk;
	bool		excluded = false;
	int			depth = 0;
	int			safe = 0;		/* depth of a clean attempt for which what
								 * comes next has run out */

	match_walk(scope, &walk);
	if (walk.depth == plan->n_required)
		scope->end = walk.end + 1;
	for (uint32 i = scope->first; i < scope->end && space->without != 0; i++)
	{
		uint64		without = space->instants[i].without;
		bool		deeper = false;
		int			next;

		while (depth < walk.depth && walk.deeper[depth] == i)
		{
			depth++;
			deeper = true;
		}
		next = plan->stages[scope_stage_of_depth(scope, depth)].next_required;
		if ((deeper && excluded) ||
			(depth != safe && next < plan->n_stages && (without >> next & 1)))
		{
			MatchScope	so_far = *scope;

			so_far.end = i + 1;
			match_entry(&so_far, match);
			if (match->excluded >= 0)
			{
				scope->end = so_far.end;
				return true;
			}
			if (next < plan->n_stages && (without >> next & 1) &&
				match->at[pg_leftmost_one_pos64(match->taken)] <
				space->instants[i].at)
				safe = depth;
		}
		excluded |= (without != 0);
	}
	if (walk.depth < plan->n_required)
		return false;
	match_entry(scope, match);
	return true;
}

/*
 * The attempt that starts at the scope's first instant, and where it ends.  If
 * an excluded event may end it, what the window holds is looked at bit by bit:
 * many attempts may end in it one after the other.
 */
static uint32
match_attempt(MatchScope *scope, Match *match)
{
	uint32		first = scope->first;
	uint32		end = scope->end;
	uint64		step = ATTEMPT_STEP;

	while (scope->space->without != 0 && step < end - first)
	{
		scope->end = first + (uint32) step;
		if (attempt_ended(scope, match))
			return scope->end;
		step *= 2;
	}
	scope->end = end;
	if (!attempt_ended(scope, match))
		match_entry(scope, match);
	return scope->end;
}

/* The same where nothing but the window ends an attempt early. */
static uint32
match_greedy_attempt(MatchScope *scope, Match *match)
{
	const MatchPlan *plan = scope->plan;
	uint32		where[MATCH_MAX_STAGES];
	uint64		taken;
	Verdict		v = {0};

	if (plan->greedy && scope->space->without == 0 &&
		plan->as_of == MATCH_NO_TIME)
		v.depth = match_greedy(scope, plan->n_required, scope->first,
							   &taken, where);
	if (v.depth == 0)
		return match_attempt(scope, match);
	no_match(match);
	match_taken(scope, v.depth, taken, where, match);
	match_settle(plan, match);
	return match->complete ? where[match->end] + 1 : scope->end;
}

/* Rule 11: attempts one after the other, each from the first entry event. */
static void
match_attempts(MatchScope *scope,
			   void (*emit) (void *arg, const Match *match), void *arg)
{
	const MatchPlan *plan = scope->plan;
	MatchSpace *space = scope->space;
	uint32		i = 0;

	while (i < space->n_instants)
	{
		int64		at = space->instants[i].at;
		Match		match;

		if ((space->instants[i].fits & 1) == 0)
		{
			i++;
			continue;
		}
		scope->first = i;
		scope->from = scope->last = at;
		scope->end = space->n_instants;
		if ((uint64) PG_INT64_MAX - (uint64) at > plan->window)
			scope->end = space_after(space, i, (int64)
									 ((uint64) at + plan->window));
		i = match_greedy_attempt(scope, &match);
		/* one of another period is over where the next one begins, too */
		if (at < plan->entered_from || at > plan->entered_last)
			no_match(&match);
		match.began = at;
		emit(arg, &match);
	}
}

void
match_rules(const MatchPlan *plan, const MatchCodes *codes,
			const MatchSpan *span, MatchSpace *space,
			void (*emit) (void *arg, const Match *match), void *arg)
{
	MatchScope	scope = {plan, codes, space};
	Match		match;

	space_load(space, plan, codes, span);
	scope.values = span->values;
	scope.end = space->n_instants;
	scope.from = plan->entered_from;
	scope.last = plan->entered_last;
	scope.end_from = PG_INT64_MIN;
	if (plan->attempts)
	{
		match_attempts(&scope, emit, arg);
		return;
	}
	if (plan->form == MATCH_ANY_ORDER)
		match_any_order(&scope, &match);
	else if (plan->open)
		match_open(&scope, &match);
	else
		match_entry(&scope, &match);
	emit(arg, &match);
}
