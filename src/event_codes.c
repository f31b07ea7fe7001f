/*
 * event_codes.c
 *	  Compiles the event names of a journey into a look-up table.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "event_codes.h"

/* multipliers tried for a table without collisions */
#define EVENT_CODES_TRIES 64
#define EVENT_CODES_MANY 1024	/* names past which one try has to do */

typedef struct NameMask
{
	MapText		name;
	uint64		mask;			/* stages that it fits */
	uint64		without;		/* stages that it must not come before */
} NameMask;

static int
compare_names(const void *a, const void *b)
{
	const MapText *x = &((const NameMask *) a)->name;
	const MapText *y = &((const NameMask *) b)->name;

	if (x->len != y->len)
		return (x->len < y->len) ? -1 : 1;
	return memcmp(x->s, y->s, x->len);
}

static int
compare_masks(const void *a, const void *b)
{
	const NameMask *x = a;
	const NameMask *y = b;

	if (x->mask != y->mask)
		return (x->mask < y->mask) ? -1 : 1;
	return (x->without < y->without) ? -1 : (x->without > y->without);
}

static void
add_names(NameMask *names, int *n, const MapText *items, int n_items,
		  uint64 mask, uint64 without)
{
	for (int i = 0; i < n_items; i++)
	{
		names[*n].name = items[i];
		names[*n].mask = mask;
		names[(*n)++].without = without;
	}
}

/* All names of the journey's events, each once, with what they mean. */
static NameMask *
collect_names(const JourneyMap *map, int *n)
{
	int			room = 0;
	int			used = 0;
	NameMask   *names;

	for (int k = 0; k < map->n_stages; k++)
		room += Max(map->stages[k].events.n, 1) + map->stages[k].without.n;
	names = palloc(sizeof(NameMask) * room);
	for (int k = 0; k < map->n_stages; k++)
	{
		const MapStage *stage = &map->stages[k];

		if (stage->events.n > 0)
			add_names(names, &used, stage->events.items, stage->events.n,
					  STAGE_BIT(k), 0);
		else
			add_names(names, &used, &stage->name, 1, STAGE_BIT(k), 0);
		add_names(names, &used, stage->without.items, stage->without.n,
				  0, STAGE_BIT(k));
	}
	qsort(names, used, sizeof(NameMask), compare_names);
	*n = 1;
	for (int i = 1; i < used; i++)
	{
		if (compare_names(&names[*n - 1], &names[i]) == 0)
		{
			names[*n - 1].mask |= names[i].mask;
			names[*n - 1].without |= names[i].without;
		}
		else
			names[(*n)++] = names[i];
	}
	qsort(names, *n, sizeof(NameMask), compare_masks);
	return names;
}

/* Fills the table; returns how many names did not get their first slot. */
static int
fill_slots(EventCodes *codes, const NameMask *names, const uint32 *code_of,
		   int n)
{
	int			misplaced = 0;

	memset(codes->slots, 0, sizeof(EventName) * (codes->slot_mask + 1));
	for (int i = 0; i < n; i++)
	{
		uint32		len = (uint32) names[i].name.len;
		NameEnds	ends = name_ends(names[i].name.s, len);
		uint32		at = name_hash(codes, &ends, len);
		EventName  *slot = &codes->slots[at & codes->slot_mask];

		if (slot->s != NULL)
			misplaced++;
		while (slot->s != NULL)
			slot = &codes->slots[++at & codes->slot_mask];
		slot->ends = ends;
		slot->s = names[i].name.s;
		slot->len = len;
		slot->code = code_of[i];
	}
	return misplaced;
}

/*
 * A multiplicative hash over a table of at least 4 slots a name; of a few odd
 * multipliers the one with the fewest collisions, usually none.
 */
static void
build_slots(EventCodes *codes, const NameMask *names, const uint32 *code_of,
			int n)
{
	uint64		multiplier = UINT64CONST(0x9E3779B97F4A7C15);
	uint64		best = multiplier;
	int			best_misplaced = PG_INT32_MAX;
	uint32		size = pg_nextpower2_32(Max(4 * n, 16));
	int			tries = (n > EVENT_CODES_MANY) ? 1 : EVENT_CODES_TRIES;

	codes->slot_mask = size - 1;
	codes->shift = 64 - pg_leftmost_one_pos32(size);
	codes->slots = palloc(sizeof(EventName) * size);
	for (int i = 0; i < tries && best_misplaced > 0; i++)
	{
		int			misplaced;

		codes->multiplier = multiplier;
		misplaced = fill_slots(codes, names, code_of, n);
		if (misplaced < best_misplaced)
		{
			best_misplaced = misplaced;
			best = multiplier;
		}
		multiplier = multiplier * UINT64CONST(6364136223846793005) +
			UINT64CONST(1442695040888963406) * 2 + 1;
		multiplier |= 1;
	}
	if (codes->multiplier != best)
	{
		codes->multiplier = best;
		(void) fill_slots(codes, names, code_of, n);
	}
}

/*
 * The map must outlive the codes: names are not copied.  keep_others: names of
 * no stage get a code, too, for rules to which every row matters.
 */
void
event_codes_init(EventCodes *codes, const JourneyMap *map, bool keep_others)
{
	int			n;
	NameMask   *names = collect_names(map, &n);
	uint32	   *code_of = palloc(sizeof(uint32) * n);
	uint64	   *masks = palloc(sizeof(uint64) * (n + 1));
	uint64	   *without = palloc(sizeof(uint64) * (n + 1));
	uint8	   *stages = palloc(n + 1);
	bool		one_each = !keep_others;
	bool		excludes = false;

	codes->n_codes = 0;
	codes->others = EVENT_CODE_NONE;
	for (int i = 0; i < n; i++)
	{
		uint64		mask = names[i].mask;

		if (i == 0 || compare_masks(&names[i], &names[i - 1]) != 0)
		{
			stages[codes->n_codes] = (mask == 0) ? 0 :
				(uint8) pg_leftmost_one_pos64(mask);
			without[codes->n_codes] = names[i].without;
			masks[codes->n_codes++] = mask;
			one_each &= (mask != 0 && (mask & (mask - 1)) == 0);
			excludes |= (names[i].without != 0);
		}
		code_of[i] = codes->n_codes - 1;
	}
	if (keep_others)
	{
		codes->others = codes->n_codes++;
		masks[codes->others] = without[codes->others] = 0;
	}
	else
	{
		/* events that come along for other reasons (CodeSpace.n_codes) */
		masks[codes->n_codes] = without[codes->n_codes] = 0;
		stages[codes->n_codes] = (uint8) (map->n_stages + 1);
	}
	codes->meaning.masks = masks;
	codes->meaning.stages = one_each ? stages : NULL;
	codes->meaning.without = excludes ? without : NULL;
	build_slots(codes, names, code_of, n);
	pfree(names);
	pfree(code_of);
}
