/*
 * match_walk.c
 *	  First run over a customer's instants: how deep, how early, how new?
 *
 * At each instant and for each stage that it fits, the newest start of an
 * attempt that has its last event there.  A newer start never makes the window
 * worse, and nothing but the window looks at it, so the newest is enough.  What
 * may come before it is a range of time: not before the stage's `within`, the
 * last excluded event, or (strict) the instant before; not after its `after`.
 * Both ends only move up, so a monotonic queue a stage answers each question
 * in constant time, and all is O(events x stages) where optional stages do not
 * stand in a row (they multiply what a stage leads to).
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "match_rules.h"

typedef struct Walker
{
	const MatchScope *scope;
	const MatchPlan *plan;
	ReachedQueue *queues;
	Walk	   *walk;
	int			full_depth;
	bool		look_for_open;
	int64		excluded_at[MATCH_MAX_STAGES];	/* last event that must not
												 * come before the stage */
	uint32		ahead[MATCH_MAX_STAGES];	/* instant of the next such event */
} Walker;

/* Moves together what is left; makes no room unless that is half of it. */
static void
queue_pack(ReachedQueue *q)
{
	uint32		ready = q->ready - q->head;
	uint32		young = q->tail - q->next;

	if (ready + young >= q->room / 2)
		return;
	memmove(q->items, q->items + q->head, sizeof(Reached) * ready);
	memmove(q->items + ready, q->items + q->next, sizeof(Reached) * young);
	q->head = 0;
	q->ready = q->next = ready;
	q->tail = ready + young;
}

static void
queue_push(MatchSpace *space, ReachedQueue *q, int64 at, int64 start)
{
	if (q->tail == q->room)
		queue_pack(q);
	q->items = space_array(space, q->items, &q->room, q->tail + 1,
						   sizeof(Reached));
	q->items[q->tail].at = at;
	q->items[q->tail++].start = start;
}

/* Makes ready what is old enough by now. */
static inline void
queue_admit(ReachedQueue *q, int64 until)
{
	while (q->next < q->tail && q->items[q->next].at <= until)
	{
		Reached		item = q->items[q->next++];

		while (q->ready > q->head &&
			   q->items[q->ready - 1].start <= item.start)
			q->ready--;
		q->items[q->ready++] = item;
	}
}

int64
minus_span(int64 at, uint64 span)
{
	uint64		room = (uint64) at - (uint64) PG_INT64_MIN;

	return (span > room) ? PG_INT64_MIN : (int64) ((uint64) at - span);
}

/* No attempt has its event before this stage's any earlier. */
int64
scope_low(const MatchScope *scope, int stage, uint32 instant,
		  int64 excluded_at)
{
	const Instant *now = &scope->space->instants[instant];
	int64		low = minus_span(now->at, scope->plan->stages[stage].within);

	if (scope->plan->strict && instant > 0)
		low = Max(low, now[-1].at);
	return scope->clean ? Max(low, excluded_at) : low;
}

/* ... nor any later. */
int64
scope_high(const MatchScope *scope, int stage, uint32 instant)
{
	return minus_span(scope->space->instants[instant].at,
					  scope->plan->stages[stage].after);
}

/* The newest start with which the stage can be reached here, if any. */
static bool
newest_start(Walker *w, int stage, uint32 i, int64 *start)
{
	const MatchScope *scope = w->scope;
	int64		at = scope->space->instants[i].at;
	ReachedQueue *q = &w->queues[stage];
	int64		low;

	if (stage == scope->entry)
	{
		*start = at;
		return at >= scope->from && at <= scope->last;
	}
	if (q->head == q->tail)
		return false;
	queue_admit(q, scope_high(scope, stage, i));
	low = scope_low(scope, stage, i, w->excluded_at[stage]);
	while (q->head < q->ready && q->items[q->head].at < low)
		q->head++;
	if (q->head == q->ready)
		return false;
	*start = q->items[q->head].start;
	if ((uint64) at - (uint64) *start <= w->plan->window)
		return true;
	/* the others are older still */
	q->head = q->ready;
	return false;
}

/* Nothing so far taints an attempt that waits here for the stage. */
static bool
is_clean_ahead(Walker *w, int stage, uint32 i)
{
	const MatchScope *scope = w->scope;
	const Instant *instants = scope->space->instants;
	uint32		x = Max(w->ahead[stage], i + 1);

	if (!scope->clean)
		return true;
	while (x < scope->end && (instants[x].without >> stage & 1) == 0)
		x++;
	w->ahead[stage] = x;
	return x >= scope->end ||
		(uint64) instants[x].at - (uint64) instants[i].at >
		w->plan->stages[stage].within;
}

/* May the attempt end here, if that is what the scope asks for? */
static inline bool
may_end(Walker *w, int stage, uint32 i)
{
	const MatchScope *scope = w->scope;

	return stage != scope->end_stage ||
		scope->space->instants[i].at >= scope->end_from ||
		is_clean_ahead(w, w->plan->stages[stage].next_required, i);
}

/* An attempt has got to this stage here. */
static void
reach(Walker *w, int stage, uint32 i, int64 start)
{
	const MatchStage *s = &w->plan->stages[stage];
	Walk	   *walk = w->walk;
	int64		at = w->scope->space->instants[i].at;

	for (uint64 next = s->next; next != 0; next &= next - 1)
		queue_push(w->scope->space,
				   &w->queues[pg_rightmost_one_pos64(next)], at, start);
	if (w->look_for_open && s->next_required < w->plan->n_stages &&
		(uint64) w->plan->as_of - (uint64) start < w->plan->window &&
		is_clean_ahead(w, s->next_required, i))
	{
		walk->open |= STAGE_BIT(stage);
		walk->open_at[stage] = at;
	}
	if (s->required)
	{
		int			depth = s->number + 1 -
			w->plan->stages[w->scope->entry].number;

		if (depth > walk->depth && may_end(w, stage, i))
		{
			walk->depth = depth;
			walk->deeper[depth - 1] = walk->end = i;
			walk->start = start;
		}
	}
}

/* One event alone: descending, so that it is used once. */
static void
step_event(Walker *w, uint32 i, uint64 fits)
{
	while (fits != 0)
	{
		int			stage = pg_leftmost_one_pos64(fits);
		int64		start;

		fits ^= STAGE_BIT(stage);
		if (newest_start(w, stage, i, &start))
			reach(w, stage, i, start);
	}
}

/* Events that fit one stage each: ascending, all may be climbed at once. */
static void
step_stages(Walker *w, uint32 i, uint64 fits)
{
	for (; fits != 0; fits &= fits - 1)
	{
		int			stage = pg_rightmost_one_pos64(fits);
		int64		start;

		if (newest_start(w, stage, i, &start))
			reach(w, stage, i, start);
	}
}

/*
 * Some events fit several stages.  An attempt comes in at some stage and climbs
 * required ones while there is an event for each; more of the optional ones
 * would take events and lead to nothing new, for time stands still.
 */
static pg_noinline void
step_tie(Walker *w, uint32 i, uint64 fits)
{
	const MatchScope *scope = w->scope;
	const Instant *now = &scope->space->instants[i];
	MatchSpan	rows = {now->events, now->n, NULL};
	Tie			tie;
	uint64		reached = 0;
	int64		newest[MATCH_MAX_STAGES];

	tie_open(&tie, w->plan, scope->codes->masks, &rows);
	for (uint64 left = fits; left != 0; left &= left - 1)
	{
		int			stage = pg_rightmost_one_pos64(left);
		int64		start;

		if (!newest_start(w, stage, i, &start))
			continue;
		tie_clear(&tie);
		while (stage < w->plan->n_stages && tie_match(&tie, stage))
		{
			if (!(reached & STAGE_BIT(stage)) || start > newest[stage])
				newest[stage] = start;
			reached |= STAGE_BIT(stage);
			stage = w->plan->stages[stage].next_required;
			if (stage < w->plan->n_stages && w->plan->stages[stage].after > 0)
				break;
		}
	}
	for (; reached != 0; reached &= reached - 1)
	{
		int			stage = pg_rightmost_one_pos64(reached);

		reach(w, stage, i, newest[stage]);
	}
}

static void
walk_open(Walker *w, const MatchScope *scope, Walk *walk)
{
	const MatchPlan *plan = scope->plan;

	w->scope = scope;
	w->plan = plan;
	w->queues = scope->space->queues;
	w->walk = walk;
	w->full_depth = plan->n_required - plan->stages[scope->entry].number;
	w->look_for_open = (plan->as_of != MATCH_NO_TIME &&
						plan->window != MATCH_NO_WINDOW);
	walk->depth = 0;
	walk->open = 0;
	for (int k = scope->entry; k < plan->n_stages; k++)
	{
		ReachedQueue *q = &w->queues[k];

		q->head = q->ready = q->next = q->tail = 0;
		w->excluded_at[k] = PG_INT64_MIN;
		w->ahead[k] = 0;
	}
}

void
match_walk(const MatchScope *scope, Walk *walk)
{
	Walker		w;
	uint64		stages = ~(STAGE_BIT(scope->entry) - 1);
	bool		all;

	walk_open(&w, scope, walk);
	/* of an open journey, other entries may matter more than a full depth */
	all = w.look_for_open && scope->plan->open;
	for (uint32 i = scope->first; i < scope->end; i++)
	{
		const Instant *now = &scope->space->instants[i];
		uint64		fits = now->fits & stages;

		match_breathe(scope->plan, i);
		if (now->n == 1)
			step_event(&w, i, fits);
		else if (!now->several)
			step_stages(&w, i, fits);
		else if (fits != 0)
			step_tie(&w, i, fits);
		if (walk->depth == w.full_depth && !all)
			break;
		for (uint64 left = now->without; left != 0; left &= left - 1)
			w.excluded_at[pg_rightmost_one_pos64(left)] = now->at;
	}
}

/* The required stage at which attempts of this depth end. */
int
scope_stage_of_depth(const MatchScope *scope, int depth)
{
	int			stage = scope->entry;

	while (--depth > 0)
		stage = scope->plan->stages[stage].next_required;
	return stage;
}

/*
 * Does an attempt whose last event is at this instant and that waits for the
 * stage keep clear of its excluded events, while it may still be reached?
 */
bool
scope_clean_end(const MatchScope *scope, int stage, uint32 instant,
				int64 start)
{
	const Instant *instants = scope->space->instants;
	uint64		at = (uint64) instants[instant].at;

	for (uint32 i = instant + 1; i < scope->end; i++)
	{
		uint64		x = (uint64) instants[i].at;

		match_breathe(scope->plan, i);
		if (x - at > scope->plan->stages[stage].within ||
			x - (uint64) start > scope->plan->window)
			break;
		if (instants[i].without >> stage & 1)
			return false;
	}
	return true;
}
