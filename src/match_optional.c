/*
 * match_optional.c
 *	  The optional stages of the counted attempt: as many as can be.
 *
 * By now each required stage has its instant.  Backwards, for each stage and
 * instant: how many optional stages can an attempt take that comes in there?
 * Then forwards: of the next stages and instants that keep to the most, the
 * first stage, at its first instant.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "match_rules.h"

#define IMPOSSIBLE	(-1)

typedef struct Optional
{
	const Trace *t;
	int8	   *come;			/* by instant and stage: from this stage on, it
								 * included, as the first of the instant */
	int8	   *go;				/* ... from this stage at a later instant on */
	JumpInto   *queue;			/* of mark_go */
} Optional;

#define PLACE(o, i, stage) \
	((size_t) (i) * (o)->t->scope->plan->n_stages + (stage))
#define COME(o, i, stage)	((o)->come[PLACE(o, i, stage)])
#define GO(o, i, stage)		((o)->go[PLACE(o, i, stage)])

static inline int
is_optional(const Optional *o, int stage)
{
	return (o->t->scope->plan->required >> stage & 1) == 0;
}

/* The most that an attempt can take that leaves the instant by this stage. */
static int
most_after(const Optional *o, uint32 i, int stage)
{
	uint64		next = o->t->scope->plan->stages[stage].next & o->t->stages;
	int			most = trace_ends(o->t, stage, i) ? 0 : IMPOSSIBLE;

	for (; next != 0; next &= next - 1)
		most = Max(most, GO(o, i, pg_rightmost_one_pos64(next)));
	return most;
}

/* The most for an attempt that comes to the instant by this stage. */
static int
most_from(const Optional *o, uint32 i, int stage)
{
	const Trace *t = o->t;
	int			most = IMPOSSIBLE;

	if ((t->marks[i].can >> stage & 1) == 0)
		return IMPOSSIBLE;
	for (int to = stage; to < t->scope->plan->n_stages; to++)
	{
		int			after;
		int			block;

		if ((t->marks[i].can >> to & 1) == 0)
			continue;
		after = most_after(o, i, to);
		if (after == IMPOSSIBLE)
			continue;
		block = trace_block(t, i, stage, to);
		if (block >= 0)
			most = Max(most, block + after);
	}
	return most;
}

/*
 * From each instant, the most for an attempt that has this stage next, later.
 * The instants out of which the stage at j can be taken are a range that moves
 * up with j.  So, for the instants in turn: those j whose range has begun and
 * is not past, in a queue in which the counts go down.
 */
static void
mark_go(Optional *o, int stage)
{
	const Trace *t = o->t;
	uint32		head = 0;
	uint32		tail = 0;
	uint32		i = 0;
	TraceRange	r;

	range_open(&r, t, stage);
	for (uint32 j = 1; j <= t->n; j++)
	{
		uint32		until = t->n;

		if (j < t->n)
		{
			if (COME(o, j, stage) == IMPOSSIBLE)
				continue;
			range_move(&r, j);
			if (r.low == r.high)
				continue;
			until = r.low;
		}
		/* no later j is for these instants */
		for (; i < until; i++)
		{
			while (head < tail && o->queue[head].past <= i)
				head++;
			if (head < tail)
				GO(o, i, stage) = COME(o, o->queue[head].j, stage);
		}
		if (j == t->n)
			break;
		while (tail > head &&
			   COME(o, o->queue[tail - 1].j, stage) <= COME(o, j, stage))
			tail--;
		o->queue[tail].j = j;
		o->queue[tail++].past = r.high;
	}
}

static void
count_backwards(Optional *o)
{
	const Trace *t = o->t;

	for (int stage = t->scope->plan->n_stages - 1; stage >= t->scope->entry;
		 stage--)
	{
		if ((t->stages >> stage & 1) == 0)
			continue;
		for (uint32 i = 0; i < t->n; i++)
		{
			match_breathe(t->scope->plan, i);
			COME(o, i, stage) = (int8) most_from(o, i, stage);
		}
		mark_go(o, stage);
	}
}

/* Can the instant's events fill these stages?  (At most one is not settled.) */
static bool
fill_together(const Optional *o, uint32 i, uint64 stages, Tie *tie)
{
	const Instant *now = &o->t->instants[i];
	MatchSpan	rows = {now->events, now->n, NULL};

	if (!now->several)
		return now->n > 1;
	tie_open(tie, o->t->scope->plan, o->t->scope->codes->masks, &rows);
	return tie_match_all(tie, stages);
}

/*
 * With these stages taken at the instant, the last of them `stage`: how many
 * more optional ones, here and later?
 */
static int
most_besides(const Optional *o, uint32 i, uint64 stages, int stage)
{
	const Trace *t = o->t;
	uint64		required = t->scope->plan->required;
	uint64		fits = t->marks[i].can & t->scope->plan->at_once;
	int			most = most_after(o, i, stage);
	Tie			tie;

	for (int to = stage + 1; to < t->scope->plan->n_stages; to++)
	{
		uint64		bit = STAGE_BIT(to);
		uint64		inner = stages_between(stage, to) & t->stages;
		uint64		must = bit | (inner & required);
		uint64		may = inner & ~required & fits;
		int			after;
		int			n = is_optional(o, to);

		if ((must & ~fits) != 0)
			continue;
		after = most_after(o, i, to);
		if (after == IMPOSSIBLE || !fill_together(o, i, stages | must, &tie))
			continue;
		if (!t->instants[i].several)
			n += pg_popcount64(may);
		else
			for (; may != 0; may &= may - 1)
				n += tie_match(&tie, pg_rightmost_one_pos64(may));
		most = Max(most, n + after);
	}
	return most;
}

/* Where the attempt goes after `stage` at *i, to take `most` more. */
static int
next_taken(const Optional *o, int stage, uint32 *i, uint64 *here, int most)
{
	const Trace *t = o->t;
	uint64		next = t->scope->plan->stages[stage].next & t->stages;
	Tie			tie;

	for (; next != 0; next &= next - 1)
	{
		int			to = pg_rightmost_one_pos64(next);
		uint64		bit = STAGE_BIT(to);
		TraceRange	r;

		if ((t->marks[*i].can & t->scope->plan->at_once & bit) &&
			fill_together(o, *i, *here | bit, &tie))
		{
			int			more = most_besides(o, *i, *here | bit, to);

			if (more != IMPOSSIBLE && more + is_optional(o, to) == most)
			{
				*here |= bit;
				return to;
			}
		}
		range_open(&r, t, to);
		for (uint32 j = *i + 1; j < t->n; j++)
		{
			if (COME(o, j, to) != most)
				continue;
			range_move(&r, j);
			if (r.low > *i)
				break;
			if (*i < r.high)
			{
				*i = j;
				*here = bit;
				return to;
			}
		}
	}
	return -1;
}

void
trace_optional(const Trace *t, uint64 *taken, uint32 *where)
{
	MatchSpace *space = t->scope->space;
	size_t		n = (size_t) t->n * t->scope->plan->n_stages;
	Optional	o = {t};
	int			stage = t->scope->entry;
	uint32		i = 0;
	uint64		here = STAGE_BIT(stage);
	int			most;

	if (2 * n > space->count_room)
	{
		space->count_room = 4 * n;
		space->counts = space->resize(space->arg, space->counts,
									  space->count_room);
	}
	o.come = space->counts;
	o.go = space->counts + n;
	space->jumps = space_array(space, space->jumps, &space->jump_room, t->n,
							   sizeof(JumpInto));
	o.queue = space->jumps;
	memset(space->counts, IMPOSSIBLE, 2 * n);
	count_backwards(&o);
	most = COME(&o, 0, stage);
	Assert(most >= 0);
	*taken = here;
	while (most > 0 || stage < t->top)
	{
		stage = next_taken(&o, stage, &i, &here, most);
		if (stage < 0)
		{
			Assert(false);
			break;
		}
		*taken |= STAGE_BIT(stage);
		where[stage] = i;
		most -= is_optional(&o, stage);
	}
}
