/*
 * touchpoints.h
 *	  What a funnel knows of the channels at each stage.
 *
 * Channels are bounded: of all that customers met, the first in the order of
 * bytes have a slot each, the others are counted together.  A channel that has
 * lost its slot cannot come back, for those before it stay; so the result does
 * not depend on the order of adding and merging.
 */
#ifndef JOURNEY_TOUCHPOINTS_H
#define JOURNEY_TOUCHPOINTS_H

#include "exact.h"
#include "map.h"
#include "summary_fields.h"
#include "touch.h"

#define TOUCHPOINTS_MAX	64		/* channels with a slot of their own */

/* slots; those of channels follow */
#define SLOT_NONE		0		/* events with a feeling, but no channel */
#define SLOT_OTHERS		1
#define SLOT_FIRST		2
#define SLOT_MAX		(SLOT_FIRST + TOUCHPOINTS_MAX)

typedef struct TouchCount
{
	int64		events;
	int64		customers;		/* or attempts; not of the others together,
								 * whom nobody could count just once */
	int64		felt;			/* events with a feeling, */
	int64		felt_negative;	/* and with one below 0 */
	Exact		feeling;		/* millionths */
} TouchCount;

#define TOUCH_FIELDS	5

extern const SummaryField touch_fields[TOUCH_FIELDS];

typedef struct Touchpoints
{
	int			n_stages;
	int			n_channels;
	int			room;			/* slots in counts */
	uint32		changes;		/* how often a slot went to another channel, */
	uint32		changed[TOUCHPOINTS_MAX];	/* and which time it was, by slot -
											 * SLOT_FIRST */
	MapText    *channels;		/* by slot - SLOT_FIRST, in no order */
	TouchCount *counts;			/* by slot, then by stage */
	MemoryContext cxt;
} Touchpoints;

static inline TouchCount *
touchpoints_count(const Touchpoints *t, int slot, int stage)
{
	return &t->counts[slot * t->n_stages + stage];
}

extern void touchpoints_init(Touchpoints *t, int n_stages);

/* The slot of a channel, which may be SLOT_OTHERS. */
extern int	touchpoints_slot(Touchpoints *t, const char *s, uint32 len);

/* A slot that is not a channel's. */
extern void touchpoints_open(Touchpoints *t);

/* Adds up the feelings of a stage. */
extern void touchpoints_sum(const Touchpoints *t, int stage,
							TouchCount *sum);

/* Slots of channels in the order of their bytes; returns how many. */
extern int	touchpoints_order(const Touchpoints *t, int *slots);

/* What comes after the stages in the packed form of a funnel, if anything. */
extern void touchpoints_put(StringInfo buf, const Touchpoints *t);
extern ReadResult touchpoints_get(WireReader *r, Touchpoints *t);

#endif							/* JOURNEY_TOUCHPOINTS_H */
