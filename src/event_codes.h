/*
 * event_codes.h
 *	  From an event's name to a small code, and from the code to the stages.
 *
 * Names that fit the same stages share a code.
 */
#ifndef JOURNEY_EVENT_CODES_H
#define JOURNEY_EVENT_CODES_H

#include "map.h"
#include "match.h"

#define EVENT_CODE_NONE PG_UINT32_MAX

typedef struct EventName
{
	const char *s;				/* NULL: free slot */
	uint32		len;
	uint32		code;
} EventName;

typedef struct EventCodes
{
	MatchCodes	meaning;
	uint32		n_codes;
	uint64		multiplier;		/* of the hash */
	int			shift;
	EventName  *slots;			/* a power of two of them */
	uint32		slot_mask;
} EventCodes;

extern void event_codes_init(EventCodes *codes, const JourneyMap *map);

/* Length and both ends tell nearly all names apart; memcmp settles it. */
static inline uint32
event_codes_hash(const EventCodes *codes, const char *s, uint32 len)
{
	uint64		head = 0;
	uint64		tail = 0;

	if (len >= 8)
	{
		memcpy(&head, s, 8);
		memcpy(&tail, s + len - 8, 8);
	}
	else if (len >= 4)
	{
		uint32		a;
		uint32		b;

		memcpy(&a, s, 4);
		memcpy(&b, s + len - 4, 4);
		head = a;
		tail = b;
	}
	else if (len > 0)
		head = (uint64) (uint8) s[0] | (uint64) (uint8) s[len / 2] << 8 |
			(uint64) (uint8) s[len - 1] << 16;
	head = (head ^ (tail << 23 | tail >> 41) ^ len) * codes->multiplier;
	return (uint32) (head >> codes->shift);
}

/* The code of an event's name, or EVENT_CODE_NONE. */
static inline uint32
event_codes_find(const EventCodes *codes, const char *s, uint32 len)
{
	uint32		at = event_codes_hash(codes, s, len);

	for (;;)
	{
		const EventName *name = &codes->slots[at & codes->slot_mask];

		if (name->s == NULL)
			return EVENT_CODE_NONE;
		if (name->len == len && memcmp(name->s, s, len) == 0)
			return name->code;
		at++;
	}
}

#endif							/* JOURNEY_EVENT_CODES_H */
