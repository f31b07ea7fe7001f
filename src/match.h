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

/* One event of a customer. */
typedef struct MatchEvent
{
	int64		at;				/* microseconds */
	uint32		code;			/* which stages it fits: masks[code] */
	uint32		row;			/* where its value is: values[row] */
} MatchEvent;

/* What the matcher needs to know of a journey. */
typedef struct MatchPlan
{
	int			n_stages;
	uint64		window;			/* microseconds, or MATCH_NO_WINDOW */
	void		(*breathe) (void);	/* called in long loops; may be NULL */
} MatchPlan;

/* What the codes of the events mean. */
typedef struct MatchCodes
{
	const uint64 *masks;		/* bit k: fits stage k */
	const uint8 *stages;		/* the one stage; NULL if some fit several */
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
} MatchSpan;

/* The counted attempt: what fills stages 0 .. depth - 1. */
typedef struct Match
{
	int			depth;
	int64		at[MATCH_MAX_STAGES];
	int64		value[MATCH_MAX_STAGES];	/* only where there are values */
} Match;

/* What the first run over a customer's events knows. */
typedef struct MatchRun
{
	const MatchPlan *plan;
	const MatchCodes *codes;
	int			depth;			/* how far any attempt got */
	int64		start;			/* of the counted one */
	int64		newest[MATCH_MAX_STAGES];	/* newest start that reached */
} MatchRun;

/* A customer whose events are one span. */
extern void match_customer(const MatchPlan *plan, const MatchCodes *codes,
						   const MatchSpan *span, Match *match);

/*
 * The same in steps, for a customer of many spans: match_find over the spans
 * in order, then match_take over them in order again.  Both return false when
 * later spans cannot change anything.
 */
extern void match_begin(MatchRun *run, const MatchPlan *plan,
						const MatchCodes *codes);
extern bool match_find(MatchRun *run, const MatchSpan *span);
extern void match_begin_taking(const MatchRun *run, Match *match);
extern bool match_take(const MatchRun *run, const MatchSpan *span,
					   Match *match);

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

extern void tie_open(Tie *tie, const MatchPlan *plan, const uint64 *masks,
					 const MatchSpan *instant);
extern int	tie_best_rows(const MatchPlan *plan, const uint64 *masks,
						  const MatchSpan *instant, const MatchEvent **rows);
extern bool tie_match(Tie *tie, int stage);
extern void tie_release(Tie *tie, int stage);
extern void tie_choose_values(Tie *tie, int first, int end);

#endif							/* JOURNEY_MATCH_H */
