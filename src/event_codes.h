/*
 * event_codes.h
 *	  From an event's name to a small code, and from the code to the stages
 *	  that it fits and to those that it must not come before.
 *
 * Names that mean the same share a code.
 */
#ifndef JOURNEY_EVENT_CODES_H
#define JOURNEY_EVENT_CODES_H

#include "map.h"
#include "match.h"

#define EVENT_CODE_NONE PG_UINT32_MAX

/*
 * A name's ends: its first and last 8 bytes, which overlap in a shorter name
 * (under 8 bytes both are made of fewer).  With the length they are the whole
 * of a name of up to 16 bytes, and nearly always tell longer ones apart.
 */
typedef struct NameEnds
{
	uint64		head;
	uint64		tail;
} NameEnds;

typedef struct EventName
{
	NameEnds	ends;
	const char *s;				/* NULL: free slot */
	uint32		len;
	uint32		code;
} EventName;

typedef struct EventCodes
{
	MatchCodes	meaning;
	uint32		n_codes;
	uint32		others;			/* code of all other names, which mean nothing;
								 * or EVENT_CODE_NONE */
	uint64		multiplier;		/* of the hash */
	int			shift;
	EventName  *slots;			/* a power of two of them */
	uint32		slot_mask;
} EventCodes;

extern void event_codes_init(EventCodes *codes, const JourneyMap *map,
							 bool keep_others);

static inline NameEnds
name_ends(const char *s, uint32 len)
{
	NameEnds	ends = {0, 0};

	if (len >= 8)
	{
		memcpy(&ends.head, s, 8);
		memcpy(&ends.tail, s + len - 8, 8);
	}
	else if (len >= 4)
	{
		uint32		first;
		uint32		last;

		memcpy(&first, s, 4);
		memcpy(&last, s + len - 4, 4);
		ends.head = first;
		ends.tail = last;
	}
	else if (len > 0)
		ends.head = (uint64) (uint8) s[0] | (uint64) (uint8) s[len / 2] << 8 |
			(uint64) (uint8) s[len - 1] << 16;
	return ends;
}

static inline uint32
name_hash(const EventCodes *codes, const NameEnds *ends, uint32 len)
{
	uint64		mix = ends->head ^ (ends->tail << 23 | ends->tail >> 41) ^ len;

	return (uint32) ((mix * codes->multiplier) >> codes->shift);
}

/* The code of an event's name, or EVENT_CODE_NONE: it can be left out. */
static inline uint32
event_codes_find(const EventCodes *codes, const char *s, uint32 len)
{
	NameEnds	ends = name_ends(s, len);
	uint32		at = name_hash(codes, &ends, len);

	for (;;)
	{
		const EventName *name = &codes->slots[at++ & codes->slot_mask];

		if (name->s == NULL)
			return codes->others;
		if (name->ends.head == ends.head && name->ends.tail == ends.tail &&
			name->len == len && (len <= 16 || memcmp(name->s, s, len) == 0))
			return name->code;
	}
}

#endif							/* JOURNEY_EVENT_CODES_H */
