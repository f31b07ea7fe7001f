/*
 * match_rules.h
 *	  Inside of the matcher for every journey that is not plain.
 *
 * match_space.c	what it works on: a customer's instants, and memory
 * match_walk.c		first run: depth, earliest end, newest start
 * match_trace.c	second run: the events of the counted attempt
 * match_optional.c	the optional stages of it
 * match_rules.c	which attempts count: open, attempts, without, scope
 * match_any.c		any order
 */
#ifndef JOURNEY_MATCH_RULES_H
#define JOURNEY_MATCH_RULES_H

#include "match.h"

/* Loops over events let a cancel through at least this often. */
#define MATCH_BREATH	8192

static inline void
match_breathe(const MatchPlan *plan, size_t i)
{
	if (unlikely(i % MATCH_BREATH == 0) && plan->breathe != NULL)
		plan->breathe();
}

/* All events of a customer at one time. */
typedef struct Instant
{
	int64		at;
	uint64		fits;			/* stages that some event fits */
	uint64		without;		/* stages that some event must not precede */
	const MatchEvent *events;
	uint32		n;
	bool		several;		/* n > 1, and some event fits several stages */
} Instant;

/* How an attempt got to a stage: when, and when it had started. */
typedef struct Reached
{
	int64		at;
	int64		start;
} Reached;

/*
 * What was reached before a stage, in order of time.  Of head .. ready - 1 the
 * starts go down, since a later event with as new a start is never worse; from
 * `next` on they are too young for the stage's `after`.
 */
typedef struct ReachedQueue
{
	Reached    *items;
	uint32		head;
	uint32		ready;
	uint32		next;
	uint32		tail;
	uint32		room;
} ReachedQueue;

/* What the second run knows of an instant.  Sets of stages are bits. */
typedef struct TraceInstant
{
	uint64		can;			/* events here may fill; fewer and fewer */
	uint64		enter;			/* reached here, as first of this instant */
	uint64		reached;		/* reached here */
	uint64		onward;			/* can come next, at a later instant, and the
								 * attempt then be completed */
	uint64		good;			/* the same for first of this instant */
	bool		may_end;		/* no excluded event comes after */
} TraceInstant;

/* A later instant, and the first one out of which it cannot be next. */
typedef struct JumpInto
{
	uint32		j;
	uint32		past;
} JumpInto;

/* Memory that a matcher keeps from one customer to the next. */
typedef struct MatchSpace
{
	/* block may be NULL; never returns NULL */
	void	   *(*resize) (void *arg, void *block, size_t size);
	void	   *arg;
	Instant    *instants;
	uint32		n_instants;
	uint32		instant_room;
	uint64		fits;			/* of all instants */
	uint64		without;
	ReachedQueue queues[MATCH_MAX_STAGES];
	TraceInstant *trace;		/* by instant */
	uint32		trace_room;
	int8	   *counts;			/* by instant and stage: match_optional.c */
	size_t		count_room;
	JumpInto   *jumps;
	uint32		jump_room;
} MatchSpace;

/* A part of the customer's instants, and what of them is looked at. */
typedef struct MatchScope
{
	const MatchPlan *plan;
	const MatchCodes *codes;
	MatchSpace *space;
	const int64 *values;
	uint32		first;			/* instants first .. end - 1 */
	uint32		end;
	int			entry;			/* the stage at which attempts start */
	int64		from;			/* starts from .. last */
	int64		last;
	bool		clean;			/* excluded events are looked at */
	int			end_stage;		/* attempts that end with this stage do so from
								 * end_from on, or where what they wait for
								 * runs out before an excluded event */
	int64		end_from;
} MatchScope;

/* match_space.c */
extern void space_load(MatchSpace *space, const MatchPlan *plan,
					   const MatchCodes *codes, const MatchSpan *span);
extern void *space_array(MatchSpace *space, void *array, uint32 *room,
						 uint32 n, size_t size);
extern uint32 space_after(const MatchSpace *space, uint32 first, int64 at);

/* What the first run finds. */
typedef struct Walk
{
	int			depth;
	uint32		end;			/* instant of the earliest end */
	int64		start;			/* the newest one of that end */
	uint32		deeper[MATCH_MAX_STAGES];	/* where each depth, from 1 on,
											 * was first reached */
	uint64		open;			/* stages from which an attempt may go on */
	int64		open_at[MATCH_MAX_STAGES];	/* the last time of such a clean one */
} Walk;

/* match_walk.c */
extern void match_walk(const MatchScope *scope, Walk *walk);
extern bool scope_clean_end(const MatchScope *scope, int stage,
							uint32 instant, int64 start);
extern int64 scope_low(const MatchScope *scope, int stage, uint32 instant,
					   int64 excluded_at);
extern int64 scope_high(const MatchScope *scope, int stage, uint32 instant);
extern int64 minus_span(int64 at, uint64 span);
extern int	scope_stage_of_depth(const MatchScope *scope, int depth);

/*
 * match_trace.c: of the attempts of this depth that start at `start` and end
 * at the instant `end` (TRACE_ANY_END: as early as can be) the one that takes
 * each next stage as early as can be, then as many optional stages as can be.
 * False if there is none; else the stages and the instant of each.
 */
#define TRACE_ANY_END	PG_UINT32_MAX

extern bool match_trace(const MatchScope *scope, int depth, int64 start,
						uint32 end, uint64 *taken, uint32 *where);

extern int	match_greedy(const MatchScope *scope, int depth, uint32 first,
						 uint64 *taken, uint32 *where);

/* for match_optional.c: the search for one attempt */
typedef struct Trace
{
	const MatchScope *scope;
	const Instant *instants;	/* from the start's to the end of the window */
	TraceInstant *marks;		/* for each */
	uint32		first;			/* number of the first one in the space */
	uint32		n;
	int			top;			/* last required stage */
	uint64		stages;			/* those that may be taken */
} Trace;

/* Stages strictly between the two. */
static inline uint64
stages_between(int from, int to)
{
	return (STAGE_BIT(to) - 1) & ~(STAGE_BIT(from) | (STAGE_BIT(from) - 1));
}

extern int	trace_block(const Trace *t, uint32 i, int from, int to);
extern bool trace_ends(const Trace *t, int stage, uint32 i);

/*
 * For a stage: of which instants low .. high - 1 may the event before one at
 * instant i be?  Asked for i in ascending order.
 */
typedef struct TraceRange
{
	const Trace *trace;
	int			stage;
	uint32		i;
	uint32		low;
	uint32		high;
	int64		excluded_at;	/* last excluded event before i */
} TraceRange;

extern void range_open(TraceRange *r, const Trace *t, int stage);
extern void range_move(TraceRange *r, uint32 i);

/* match_optional.c */
extern void trace_optional(const Trace *t, uint64 *taken, uint32 *where);

/* match_any.c */
extern void match_any_order(const MatchScope *scope, Match *match);

/*
 * match_rules.c: each counted attempt goes to emit(arg, match); one, unless
 * attempts are counted.  A match of depth 0 that is not excluded is none.
 */
extern void match_rules(const MatchPlan *plan, const MatchCodes *codes,
						const MatchSpan *span, MatchSpace *space,
						void (*emit) (void *arg, const Match *match),
						void *arg);
extern void no_match(Match *match);
extern void match_settle(const MatchPlan *plan, Match *match);

#endif							/* JOURNEY_MATCH_RULES_H */
