/*
 * credit.h
 *	  Which stage is an event's channel and feeling credited to?
 *
 * Every event of a customer, also of no stage, belongs to the stage that the
 * counted attempt is in at that moment: the one reached last, from that very
 * instant on.  An attempt is in its last stage until the next attempt begins.
 */
#ifndef JOURNEY_CREDIT_H
#define JOURNEY_CREDIT_H

#include "giant.h"
#include "summary.h"
#include "timeline.h"

/* An attempt's time in a stage: until the next stay. */
typedef struct Stay
{
	int64		from;
	int			stage;			/* -1: of an attempt that does not count */
	bool		seen_none;		/* an event without a channel */
	uint32		known;			/* the touchpoints' `changes` that it knows of */
	uint64		seen;			/* channels, by slot - SLOT_FIRST */
} Stay;

typedef struct Credit
{
	Stay	   *stays;			/* in order of time */
	size_t		n;
	size_t		room;
	ChannelName *channels;		/* of a timeline */
	uint32		channel_room;
	MemoryContext cxt;
} Credit;

extern void credit_init(Credit *credit, MemoryContext cxt);

/* A customer's attempts, one after the other. */
extern void credit_match(Credit *credit, const MatchPlan *plan,
						 const Match *match);

/*
 * All events of that customer; the stays are forgotten then.  Memory for the
 * summary is taken from its own context.
 */
extern void credit_span(Credit *credit, FunnelSummary *summary,
						const MatchSpan *span);
extern void credit_giant(Credit *credit, FunnelSummary *summary,
						 const Giant *giant);
extern void credit_timeline(Credit *credit, FunnelSummary *summary,
							const Timeline *t, int64 last_at);

#endif							/* JOURNEY_CREDIT_H */
