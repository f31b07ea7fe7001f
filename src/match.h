/*
 * match.h
 *	  How far did one customer get?  Plain C over spans of events: no server
 *	  calls, no allocation, so that it can be fuzzed and timed alone.
 */
#ifndef JOURNEY_MATCH_H
#define JOURNEY_MATCH_H

#include "postgres.h"

#define MATCH_MAX_STAGES	64
#define MATCH_NO_VALUE		PG_INT64_MIN
#define MATCH_NO_WINDOW		PG_UINT64_MAX
#define MATCH_NO_TIME		PG_INT64_MIN
#define MATCH_NEVER			PG_INT64_MIN	/* no event's time */

#define STAGE_BIT(k)		(UINT64CONST(1) << (k))

/* A place in MatchRun.newest for events of no stage, which stays empty. */
#define MATCH_NO_STAGE(plan) ((plan)->n_stages + 1)

/* One event of a customer. */
typedef struct MatchEvent
{
	int64		at;				/* microseconds */
	uint32		code;			/* which stages it fits: masks[code] */
	uint32		row;			/* where its value is: values[row] */
} MatchEvent;

typedef enum MatchForm
{
	MATCH_PLAIN,				/* required stages in order, a window */
	MATCH_RULES,				/* any other rule on stages in order */
	MATCH_ANY_ORDER
} MatchForm;

/* A stage as the matcher sees it.  Sets of stages are bits. */
typedef struct MatchStage
{
	bool		required;
	int			number;			/* required stages before this one */
	uint64		within;			/* since the event before; or MATCH_NO_WINDOW */
	uint64		after;
	uint64		next;			/* what an attempt may take next: optional
								 * stages, and the next required one */
	uint64		before;			/* the other way round */
	int			next_required;	/* n_stages: none */
} MatchStage;

/* What the matcher needs to know of a journey. */
typedef struct MatchPlan
{
	int			n_stages;
	uint64		window;			/* microseconds, or MATCH_NO_WINDOW */
	void		(*breathe) (void);	/* called in long loops; may be NULL */
	MatchForm	form;
	bool		strict;
	bool		open;			/* an attempt may start at any required stage */
	bool		attempts;		/* attempts are counted, not customers */
	bool		greedy;			/* no clauses, nor optional stages in a row: taking
								 * a stage earlier is never worse */
	uint64		required;
	uint64		at_once;		/* stages without an `after` */
	int			n_required;
	int			last_required;
	int64		as_of;			/* or MATCH_NO_TIME */
	int64		entered_from;	/* starts of attempts: from .. last */
	int64		entered_last;
	MatchStage	stages[MATCH_MAX_STAGES];
} MatchPlan;

/* What the codes of the events mean. */
typedef struct MatchCodes
{
	const uint64 *masks;		/* bit k: fits stage k */
	const uint8 *stages;		/* the one stage, or MATCH_NO_STAGE; NULL if some
								 * fit several */
	const uint64 *without;		/* bit k: must not come before stage k; NULL
								 * if there are no such events */
} MatchCodes;

/*
 * A customer's events, or a part of them: sorted by time; those of one instant
 * are all in the same span, in any order.
 */
typedef struct MatchSpan
{
	const MatchEvent *events;
	size_t		n;
	const int64 *values;		/* by row; NULL where there are none */
	const uint64 *codes;		/* by row, as in the streams; only where
								 * CodeSpace.wide asks for them */
	/* of no use to the matcher; NULL where there are none (touch.h) */
	const struct EventTouch *touches;	/* by row */
	struct ChannelName *channels;
} MatchSpan;

/*
 * The counted attempt.  In any order, "stage" k is that k + 1 are done.  One
 * that is excluded has nothing but `excluded`, and `began`.
 */
typedef struct Match
{
	int			depth;			/* required stages reached */
	int			entry;			/* the first one */
	int			end;			/* the last required one */
	int			excluded;		/* stage reached before the excluded event; or
								 * -1 */
	bool		complete;		/* nothing is left to reach */
	bool		waiting;		/* not complete, but may still get further */
	int64		began;			/* only where attempts are counted */
	uint64		taken;			/* stages, also optional ones */
	uint64		settled;		/* of these: the outcome will not change */
	int64		at[MATCH_MAX_STAGES];	/* by stage */
	int64		value[MATCH_MAX_STAGES];	/* only where there are values */
} Match;

/* What the first run over a customer's events knows. */
typedef struct MatchRun
{
	const MatchPlan *plan;
	const MatchCodes *codes;
	int			depth;			/* how far any attempt got */
	int64		start;			/* of the counted one */
	int64		end;
	/* newest start that reached stage k, in k + 1; in 0 the event's own time */
	int64		newest[MATCH_MAX_STAGES + 3];	/* and 2 for MATCH_NO_STAGE */
} MatchRun;

/* Plain journeys.  A customer whose events are one span. */
extern void match_customer(const MatchPlan *plan, const MatchCodes *codes,
						   const MatchSpan *span, Match *match);

/*
 * The same in steps, for a customer of many spans: match_find over the spans
 * in order, then match_take over them in order again.  Both return false when
 * later spans cannot change anything.  match_begin and match_end_taking stand
 * around them.
 */
extern bool match_find(MatchRun *run, const MatchSpan *span);

/* What match_find does with an instant of which each event fits one stage. */
extern void match_find_instant(MatchRun *run, uint64 fits, int64 at);
extern void match_begin_taking(const MatchRun *run, Match *match);
extern bool match_take(const MatchRun *run, const MatchSpan *span,
					   Match *match);

static inline void
match_begin(MatchRun *run, const MatchPlan *plan, const MatchCodes *codes)
{
	run->plan = plan;
	run->codes = codes;
	run->depth = 0;
	run->start = 0;
	run->end = 0;
	for (int k = 0; k <= MATCH_NO_STAGE(plan) + 1; k++)
		run->newest[k] = MATCH_NEVER;
}

/* Fills in what follows from the depth. */
static inline void
match_end_taking(const MatchPlan *plan, Match *match)
{
	match->entry = 0;
	match->end = match->depth - 1;
	match->excluded = -1;
	match->complete = (match->depth == plan->n_stages);
	match->waiting = false;
	match->taken = (match->depth == 0) ? 0 :
		~UINT64CONST(0) >> (64 - match->depth);
	match->settled = match->taken & ~STAGE_BIT(plan->n_stages - 1);
}

/*
 * An attempt of one or two stages is its start and its end, and there need be
 * no second run, unless for values.  False where there must be one.
 */
static inline bool
match_take_ends(const MatchRun *run, bool valued, Match *match)
{
	if (run->depth > (valued ? 0 : 2))
		return false;
	match->depth = run->depth;
	match->at[0] = run->start;
	match->at[1] = run->end;
	return true;
}

/* Of the rows that fit the stage, the greatest value. */
extern int64 best_value(const MatchSpan *instant, const uint64 *masks,
						int stage);

/*
 * match_ties.c: the rows of one instant, of which some fit several stages, as
 * a bipartite matching of stages to rows.
 */
#define TIE_MAX_ROWS (MATCH_MAX_STAGES * MATCH_MAX_STAGES)

typedef struct Tie
{
	int			n_rows;
	uint64		fits;			/* all stages that some row fits */
	uint16		row_of[MATCH_MAX_STAGES];
	int64		least[MATCH_MAX_STAGES];	/* least value a stage accepts */
	uint64		mask[TIE_MAX_ROWS];
	int64		value[TIE_MAX_ROWS];
	uint8		taken[TIE_MAX_ROWS];	/* by stage - 1, 0: free */
} Tie;

extern int	compare_places(const void *a, const void *b);
extern void tie_open(Tie *tie, const MatchPlan *plan, const uint64 *masks,
					 const MatchSpan *instant);
extern int	tie_best_rows(const MatchPlan *plan, const uint64 *masks,
						  const MatchSpan *instant, const MatchEvent **rows);
extern bool tie_match(Tie *tie, int stage);
extern void tie_release(Tie *tie, int stage);
extern void tie_clear(Tie *tie);
extern bool tie_match_all(Tie *tie, uint64 stages);
extern void tie_choose_values(Tie *tie, uint64 stages);

#endif							/* JOURNEY_MATCH_H */
