/*
 * load_pack.h
 *	  From the spans of a customer's events to the packed timeline.
 */
#ifndef JOURNEY_LOAD_PACK_H
#define JOURNEY_LOAD_PACK_H

#include <math.h>

#include "exact.h"
#include "giant.h"
#include "load_names.h"
#include "timeline.h"

/*
 * The code of an event: the name's; where the source has a channel or a
 * feeling, all three (0: none; else the channel's code + 1, millionths +
 * 1000001).
 */
#define LOAD_FEELING_BITS	21
#define LOAD_CHANNEL_BITS	17
#define LOAD_NAME_BITS		24
#define LOAD_MAX_NAMES		(1 << LOAD_NAME_BITS)
#define LOAD_MAX_CHANNELS	((1 << LOAD_CHANNEL_BITS) - 1)

static inline uint64
load_code(uint32 name, uint32 channel, uint32 feeling)
{
	return ((uint64) name << LOAD_CHANNEL_BITS | channel)
		<< LOAD_FEELING_BITS | feeling;
}

/*
 * A value in a stream: millionths, if they are the value exactly; else the
 * double's bits, of which |value| <= 1e12 leaves enough free, moved past all
 * millionths, with the value's sign.
 */
#define LOAD_RAW_BASE	INT64CONST(1000000000000000001)

static inline int64
load_value(double value, int64 millionths)
{
	double		size = fabs(value);
	int64		bits;

	if (exact_value((double) millionths) == value)
		return millionths;
	memcpy(&bits, &size, sizeof(bits));
	return (value < 0) ? -(LOAD_RAW_BASE + bits) : LOAD_RAW_BASE + bits;
}

typedef struct LoadPacker LoadPacker;

/* names and channels are ranked; wide: codes hold more than the name. */
extern LoadPacker *load_packer_make(const LoadNames *names,
									const LoadNames *channels, bool wide);

/* The result is valid until the next call. */
extern struct varlena *load_pack(LoadPacker *p, const MatchSpan *span);
extern struct varlena *load_pack_giant(LoadPacker *p, Giant *giant);

#endif							/* JOURNEY_LOAD_PACK_H */
