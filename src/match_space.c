/*
 * match_space.c
 *	  A customer's instants, and the memory that matching takes.
 */
#include "postgres.h"

#include "match_rules.h"

/* The array with room for n items; they keep their contents. */
void *
space_array(MatchSpace *space, void *array, uint32 *room, uint32 n,
			size_t size)
{
	if (n <= *room)
		return array;
	*room = (n > PG_UINT32_MAX / 2) ? PG_UINT32_MAX : n + n / 4 + 64;
	return space->resize(space->arg, array, size * *room);
}

/* Events that do nothing matter only to `strict`. */
void
space_load(MatchSpace *space, const MatchPlan *plan, const MatchCodes *codes,
		   const MatchSpan *span)
{
	const MatchEvent *e = span->events;
	const MatchEvent *end = e + span->n;
	Instant    *instant;

	Assert(span->n < PG_UINT32_MAX);
	space->instants = space_array(space, space->instants,
								  &space->instant_room, (uint32) span->n,
								  sizeof(Instant));
	instant = space->instants;
	space->fits = space->without = 0;
	while (e < end)
	{
		instant->at = e->at;
		instant->events = e;
		instant->fits = instant->without = 0;
		instant->several = false;
		do
		{
			uint64		mask = codes->masks[e->code];

			instant->fits |= mask;
			instant->several |= (mask & (mask - 1)) != 0;
			if (codes->without != NULL)
				instant->without |= codes->without[e->code];
			e++;
		} while (e < end && e->at == instant->at);
		instant->n = (uint32) (e - instant->events);
		instant->several &= (instant->n > 1);
		space->fits |= instant->fits;
		space->without |= instant->without;
		instant++;
		match_breathe(plan, instant - space->instants);
	}
	space->n_instants = (uint32) (instant - space->instants);
}

/* The first instant later than this, from `first` on. */
uint32
space_after(const MatchSpace *space, uint32 first, int64 at)
{
	uint32		high = space->n_instants;

	while (first < high)
	{
		uint32		middle = first + (high - first) / 2;

		if (space->instants[middle].at <= at)
			first = middle + 1;
		else
			high = middle;
	}
	return first;
}
