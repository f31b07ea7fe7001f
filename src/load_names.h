/*
 * load_names.h
 *	  The names that a process meets while it loads events, by small codes.
 */
#ifndef JOURNEY_LOAD_NAMES_H
#define JOURNEY_LOAD_NAMES_H

#include "common/hashfn.h"
#include "event_codes.h"

#define LOAD_NAME_UNKNOWN PG_UINT32_MAX

typedef struct LoadNames
{
	MemoryContext cxt;
	const char *what;			/* for the error about too many */
	uint32		most;
	uint32		n;
	MapText    *names;			/* by code */
	EventName  *slots;			/* a power of two of them */
	uint32		slot_mask;
	uint64		seed;			/* so that nobody can prepare collisions */
	uint32	   *rank;			/* by code: place in the order of bytes */
	uint32	   *order;			/* by rank: the code */
} LoadNames;

extern void load_names_init(LoadNames *names, MemoryContext cxt,
							const char *what, uint32 most);
extern uint32 load_names_add(LoadNames *names, const char *s, uint32 len);

/* Sets rank and order, when all names are known. */
extern void load_names_rank(LoadNames *names);

/* Names of up to 16 bytes are their ends, longer ones need all bytes. */
static inline uint32
load_name_hash(const LoadNames *names, const NameEnds *ends, const char *s,
			   uint32 len)
{
	uint64		h;

	if (len > 16)
		return (uint32) hash_bytes_extended((const unsigned char *) s,
											(int) len, names->seed);
	h = (ends->head ^ names->seed) * UINT64CONST(0xBF58476D1CE4E5B9);
	h = (h ^ h >> 32 ^ ends->tail ^ len) * UINT64CONST(0x94D049BB133111EB);
	return (uint32) (h >> 32);
}

/* The code of a name, or LOAD_NAME_UNKNOWN. */
static pg_attribute_always_inline uint32
load_names_look_up(const LoadNames *names, const char *s, uint32 len)
{
	NameEnds	ends = name_ends(s, len);
	uint32		at = load_name_hash(names, &ends, s, len);

	for (;;)
	{
		const EventName *name = &names->slots[at++ & names->slot_mask];

		if (name->s == NULL)
			return LOAD_NAME_UNKNOWN;
		if (name->ends.head == ends.head && name->ends.tail == ends.tail &&
			name->len == len && (len <= 16 || memcmp(name->s, s, len) == 0))
			return name->code;
	}
}

/* The code of a name; a new one gets the next. */
static inline uint32
load_names_find(LoadNames *names, const char *s, uint32 len)
{
	uint32		code = load_names_look_up(names, s, len);

	return (code == LOAD_NAME_UNKNOWN) ? load_names_add(names, s, len) : code;
}

#endif							/* JOURNEY_LOAD_NAMES_H */
