/*
 * timeline_pack.h
 *	  Writing the packed form of a timeline.
 */
#ifndef JOURNEY_TIMELINE_PACK_H
#define JOURNEY_TIMELINE_PACK_H

#include "timeline.h"

/* The first events of a timeline, taken over as they are packed. */
typedef struct TimelineKept
{
	const Timeline *t;
	uint32		n;				/* 0: none, and nothing else matters */
	int64		last_at;		/* time of the last of them */
	const uint32 *name_place;	/* of its names; NULL: the same as in t */
	const uint32 *channel_place;	/* likewise */
} TimelineKept;

/*
 * Packs t->n events in their order: those kept, then the others.  t says all
 * but where its columns are: names as packed, flags and widths.
 */
extern struct varlena *timeline_pack(const Timeline *t,
									 const TimelineKept *kept,
									 const TimelineEvent *events);

/* For whoever writes the packed form himself. */
extern void timeline_check_size(uint64 size, uint64 n_events);
extern void timeline_check_channels(uint32 n);
extern uint8 *timeline_put_varint(uint8 *p, uint64 v);
extern size_t timeline_name_size(const MapText *name);
extern uint8 *timeline_put_name(uint8 *p, const MapText *name);

#endif							/* JOURNEY_TIMELINE_PACK_H */
