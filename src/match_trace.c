/*
 * match_trace.c
 *	  Second run: the events of the attempt whose depth, start and end the
 *	  first run has found.
 *
 * Where a stage has clauses of its own, the earliest event for it need not lead
 * on: so first backwards, from where can the attempt be completed; then
 * forwards, for each required stage in turn the earliest instant that can be
 * reached and leads on.  An instant's events are a set of their own, and an
 * attempt may fill several stages there: a block, from the stage it comes in
 * with to the one it leaves with.  All is O(stages x instants of the window),
 * but for ties of events that fit several stages, where a matching decides
 * about each block.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "match_rules.h"

/*
 * Can events of the instant fill both stages and all required ones between?
 * If so, how many optional ones, the two included, at most; else -1.  (Sets of
 * stages that can be filled are a matroid: adding one after the other gives the
 * most.)
 */
int
trace_block(const Trace *t, uint32 i, int from, int to)
{
	const Instant *now = &t->instants[i];
	const MatchPlan *plan = t->scope->plan;
	uint64		ends = STAGE_BIT(from) | STAGE_BIT(to);
	uint64		inner = stages_between(from, to) & t->stages;
	uint64		must = ends | (inner & plan->required);
	uint64		may = inner & ~plan->required & t->marks[i].can &
		plan->at_once;
	int			n = pg_popcount64(ends & ~plan->required);
	MatchSpan	rows = {now->events, now->n, NULL};
	Tie			tie;

	if ((must & ~t->marks[i].can) != 0)
		return -1;
	if (from == to)
		return n;
	if (now->n == 1 || (must & ~STAGE_BIT(from) & ~plan->at_once) != 0)
		return -1;
	if (!now->several)
		return n + pg_popcount64(may);
	if (plan->breathe != NULL)
		plan->breathe();
	tie_open(&tie, plan, t->scope->codes->masks, &rows);
	if (!tie_match_all(&tie, must))
		return -1;
	for (; may != 0; may &= may - 1)
		n += tie_match(&tie, pg_rightmost_one_pos64(may));
	return n;
}

/* May the attempt end with this stage here? */
bool
trace_ends(const Trace *t, int stage, uint32 i)
{
	return stage >= t->top && t->marks[i].may_end;
}

void
range_open(TraceRange *r, const Trace *t, int stage)
{
	r->trace = t;
	r->stage = stage;
	r->i = r->low = r->high = 0;
	r->excluded_at = PG_INT64_MIN;
}

void
range_move(TraceRange *r, uint32 i)
{
	const Trace *t = r->trace;
	int64		low;
	int64		high;

	for (; r->i < i; r->i++)
	{
		if (t->instants[r->i].without >> r->stage & 1)
			r->excluded_at = t->instants[r->i].at;
	}
	low = scope_low(t->scope, r->stage, t->first + i, r->excluded_at);
	high = scope_high(t->scope, r->stage, t->first + i);
	while (r->low < i && t->instants[r->low].at < low)
		r->low++;
	while (r->high < i && t->instants[r->high].at <= high)
		r->high++;
	r->high = Max(r->high, r->low);
}

/* Can the attempt be completed when it comes to this instant by the stage? */
static bool
is_good(const Trace *t, int stage, uint32 i)
{
	const MatchStage *stages = t->scope->plan->stages;
	const TraceInstant *mark = &t->marks[i];
	uint64		at_once;

	if ((mark->can >> stage & 1) == 0)
		return false;
	if (trace_ends(t, stage, i) || (mark->onward & stages[stage].next) != 0)
		return true;
	if (t->instants[i].n == 1)
		return false;
	at_once = stages[stage].next & t->scope->plan->at_once & mark->can;
	if (!t->instants[i].several)
		return (at_once & mark->good) != 0;
	for (int to = stage + 1; to < t->scope->plan->n_stages; to++)
	{
		if ((mark->can >> to & 1) &&
			(trace_ends(t, to, i) || (mark->onward & stages[to].next) != 0) &&
			trace_block(t, i, stage, to) >= 0)
			return true;
	}
	return false;
}

/* From which instants can this stage come next, and the rest be completed? */
static void
mark_onward(Trace *t, int stage)
{
	TraceRange	r;
	uint32		done = 0;
	uint64		bit = STAGE_BIT(stage);

	/* ranges move up, so each instant is marked at most once */
	range_open(&r, t, stage);
	for (uint32 j = 1; j < t->n; j++)
	{
		if ((t->marks[j].good & bit) == 0)
			continue;
		range_move(&r, j);
		for (done = Max(done, r.low); done < r.high; done++)
			t->marks[done].onward |= bit;
	}
}

/* Backwards over the stages; can the start be completed? */
static bool
trace_backward(Trace *t)
{
	int			entry = t->scope->entry;

	for (uint32 i = 0; i < t->n; i++)
		t->marks[i].onward = t->marks[i].good = 0;
	for (int stage = t->scope->plan->n_stages - 1; stage > entry; stage--)
	{
		if ((t->stages >> stage & 1) == 0)
			continue;
		for (uint32 i = 0; i < t->n; i++)
		{
			match_breathe(t->scope->plan, i);
			if (is_good(t, stage, i))
				t->marks[i].good |= STAGE_BIT(stage);
		}
		mark_onward(t, stage);
	}
	if (!is_good(t, entry, 0))
		return false;
	t->marks[0].good |= STAGE_BIT(entry);
	return true;
}

/* The attempt fills this stage at this instant and nowhere else. */
static void
pin(Trace *t, int stage, uint32 at)
{
	for (uint32 i = 0; i < t->n; i++)
	{
		if (i == at)
			continue;
		t->marks[i].can &= ~STAGE_BIT(stage);
		t->marks[i].enter &= ~STAGE_BIT(stage);
		t->marks[i].reached &= ~STAGE_BIT(stage);
	}
}

/* Where can this stage be reached, given the stages before? */
static void
reach_stage(Trace *t, int stage)
{
	uint64		before = t->scope->plan->stages[stage].before;
	uint64		bit = STAGE_BIT(stage);
	TraceRange	r;
	uint32		done = 0;
	uint32		last = 0;		/* instants up to here: 1 + the latest in the
								 * range at which a stage before is reached */

	range_open(&r, t, stage);
	for (uint32 i = 0; i < t->n; i++)
	{
		TraceInstant *mark = &t->marks[i];

		match_breathe(t->scope->plan, i);
		if ((mark->can & bit) == 0)
			continue;
		range_move(&r, i);
		for (; done < r.high; done++)
		{
			if (t->marks[done].reached & before)
				last = done + 1;
		}
		if (last > r.low)
			mark->enter |= bit;
		if (mark->enter & bit)
			mark->reached |= bit;
		else if (t->instants[i].n == 1)
			continue;
		else if (!t->instants[i].several)
		{
			if ((t->scope->plan->at_once & bit) && (mark->reached & before))
				mark->reached |= bit;
		}
		else
		{
			for (uint64 from = mark->enter & (bit - 1); from != 0;
				 from &= from - 1)
			{
				if (trace_block(t, i, pg_rightmost_one_pos64(from),
								stage) >= 0)
				{
					mark->reached |= bit;
					break;
				}
			}
		}
	}
}

/* Is the stage reached here, and can the attempt then be completed? */
static bool
leads_on(const Trace *t, int stage, uint32 i)
{
	const MatchStage *stages = t->scope->plan->stages;
	const TraceInstant *mark = &t->marks[i];
	uint64		from;

	if ((mark->reached >> stage & 1) == 0)
		return false;
	if (!t->instants[i].several)
		return (mark->good >> stage & 1) != 0;
	/* a block from any stage at or before to any at or after */
	from = mark->enter & (STAGE_BIT(stage) | (STAGE_BIT(stage) - 1));
	for (; from != 0; from &= from - 1)
	{
		for (int to = stage; to < t->scope->plan->n_stages; to++)
		{
			if ((mark->can >> to & 1) &&
				(trace_ends(t, to, i) ||
				 (mark->onward & stages[to].next) != 0) &&
				trace_block(t, i, pg_rightmost_one_pos64(from), to) >= 0)
				return true;
		}
	}
	return false;
}

static uint32
earliest(const Trace *t, int stage)
{
	uint32		i = 0;

	while (i < t->n && !leads_on(t, stage, i))
		i++;
	Assert(i < t->n);
	return i;
}

/* Forwards over the stages up to `top`; settles required ones, if asked. */
static void
trace_forward(Trace *t, bool settle, uint32 *where)
{
	int			entry = t->scope->entry;

	for (uint32 i = 0; i < t->n; i++)
		t->marks[i].enter = t->marks[i].reached = 0;
	t->marks[0].enter = STAGE_BIT(entry);
	t->marks[0].reached = STAGE_BIT(entry);
	where[entry] = 0;
	for (int stage = entry + 1; stage <= t->top; stage++)
	{
		if ((t->stages >> stage & 1) == 0)
			continue;
		reach_stage(t, stage);
		if (settle && (t->scope->plan->required >> stage & 1))
		{
			where[stage] = earliest(t, stage);
			pin(t, stage, where[stage]);
		}
	}
}

/*
 * May an attempt end here, with the next required stage out of reach for good,
 * or not yet seen?  Not if that stage's excluded events come while it waits.
 */
static void
mark_ends(Trace *t)
{
	const MatchPlan *plan = t->scope->plan;
	int			next = plan->stages[t->top].next_required;
	uint64		excluded_at = 0;
	bool		excluded = false;

	if (!t->scope->clean || next == plan->n_stages)
	{
		for (uint32 i = 0; i < t->n; i++)
			t->marks[i].may_end = true;
		return;
	}
	for (uint32 i = t->n; i-- > 0;)
	{
		t->marks[i].may_end = !excluded ||
			excluded_at - (uint64) t->instants[i].at >
			plan->stages[next].within;
		if (t->instants[i].without >> next & 1)
		{
			excluded = true;
			excluded_at = (uint64) t->instants[i].at;
		}
	}
}

static void
trace_open(Trace *t, const MatchScope *scope, int depth, int64 start,
		   uint32 end)
{
	const MatchPlan *plan = scope->plan;
	MatchSpace *space = scope->space;
	uint64		entry_bit = STAGE_BIT(scope->entry);

	t->scope = scope;
	t->top = scope_stage_of_depth(scope, depth);
	t->stages = ~(entry_bit - 1);
	/* optional stages after the top one, but not past the next required */
	if (plan->stages[t->top].next_required < plan->n_stages)
		t->stages &= STAGE_BIT(plan->stages[t->top].next_required) - 1;
	t->first = space_after(space, scope->first, start) - 1;
	t->instants = space->instants + t->first;
	t->n = scope->end - t->first;
	if ((uint64) PG_INT64_MAX - (uint64) start > plan->window)
		t->n = Min(t->n, space_after(space, t->first, (int64)
									 ((uint64) start + plan->window)) -
				   t->first);
	/* with nothing to take after it, the end is the end */
	if (end != TRACE_ANY_END &&
		(t->stages & space->fits & ~(STAGE_BIT(t->top) |
									 (STAGE_BIT(t->top) - 1))) == 0)
		t->n = Min(t->n, end + 1 - t->first);
	space->trace = space_array(space, space->trace, &space->trace_room, t->n,
							   sizeof(TraceInstant));
	t->marks = space->trace;
	for (uint32 i = 0; i < t->n; i++)
		t->marks[i].can = t->instants[i].fits & t->stages &
			((i == 0) ? ~UINT64CONST(0) : ~entry_bit);
	mark_ends(t);
}

/* A greedy attempt: what it has, and waits for. */
typedef struct Greedy
{
	int			got;			/* required stages */
	int			stage;			/* the next one */
	uint64		pending;		/* the optional stage before it, if any */
	uint64		taken;
	uint32	   *where;
} Greedy;

static inline void
take_required(Greedy *g, const MatchPlan *plan, uint32 i)
{
	g->where[g->stage] = i;
	g->taken |= STAGE_BIT(g->stage);
	g->got++;
	g->pending = plan->stages[g->stage].next & ~plan->required;
	g->stage = plan->stages[g->stage].next_required;
}

static inline void
take_pending(Greedy *g, uint32 i)
{
	g->where[pg_rightmost_one_pos64(g->pending)] = i;
	g->taken |= g->pending;
	g->pending = 0;
}

/*
 * Without clauses, each stage as early as can be, up to this depth; returns the
 * depth.  That is the attempt if no event can fill several stages at its
 * instant and no two optional stages stand in a row; else 0.
 */
int
match_greedy(const MatchScope *scope, int depth, uint32 first,
			 uint64 *taken, uint32 *where)
{
	const MatchPlan *plan = scope->plan;
	const Instant *instants = scope->space->instants;
	int64		start = instants[first].at;
	Greedy		g = {0, scope->entry, 0, 0, where};

	for (uint32 i = first; i < scope->end; i++)
	{
		const Instant *now = &instants[i];

		match_breathe(plan, i);
		if ((uint64) now->at - (uint64) start > plan->window)
			break;
		if (now->several)
			return 0;
		if (now->n == 1)
		{
			if (g.got < depth && (now->fits >> g.stage & 1))
				take_required(&g, plan, i);
			else if (now->fits & g.pending)
				take_pending(&g, i);
		}
		else
		{
			if (now->fits & g.pending)
				take_pending(&g, i);
			while (g.got < depth && (now->fits >> g.stage & 1))
			{
				take_required(&g, plan, i);
				if (now->fits & g.pending)
					take_pending(&g, i);
			}
		}
		/* an optional stage may also come later, but not past a completion */
		if (g.got == depth && (g.pending == 0 ||
							   (plan->attempts && depth == plan->n_required)))
			break;
	}
	*taken = g.taken;
	return g.got;
}

bool
match_trace(const MatchScope *scope, int depth, int64 start, uint32 end,
			uint64 *taken, uint32 *where)
{
	const MatchPlan *plan = scope->plan;
	Trace		t;
	uint64		optional = 0;

	if (plan->greedy && !scope->clean &&
		match_greedy(scope, depth,
					 space_after(scope->space, scope->first, start) - 1,
					 taken, where) == depth)
		return true;
	trace_open(&t, scope, depth, start, end);
	if (end != TRACE_ANY_END)
		pin(&t, t.top, end - t.first);
	if (!trace_backward(&t))
		return false;
	if (end == TRACE_ANY_END)
	{
		trace_forward(&t, false, where);
		pin(&t, t.top, earliest(&t, t.top));
		(void) trace_backward(&t);
	}
	trace_forward(&t, true, where);
	*taken = t.stages & plan->required & (STAGE_BIT(t.top) |
										  (STAGE_BIT(t.top) - 1));
	for (uint32 i = 0; i < t.n; i++)
		optional |= t.marks[i].can & ~plan->required;
	if (optional != 0)
		trace_optional(&t, taken, where);
	for (uint64 left = *taken; left != 0; left &= left - 1)
		where[pg_rightmost_one_pos64(left)] += t.first;
	return true;
}
