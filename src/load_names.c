/*
 * load_names.c
 *	  The names that a process meets while it loads events, by small codes.
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "load_names.h"

#define FIRST_SLOTS 64			/* a power of two */

static EventName *
make_slots(LoadNames *names, uint32 n)
{
	return MemoryContextAllocExtended(names->cxt, sizeof(EventName) * n,
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

void
load_names_init(LoadNames *names, MemoryContext cxt, const char *what,
				uint32 most)
{
	memset(names, 0, sizeof(*names));
	names->cxt = cxt;
	names->what = what;
	names->most = most;
	names->seed = pg_prng_uint64(&pg_global_prng_state);
	names->slots = make_slots(names, FIRST_SLOTS);
	names->slot_mask = FIRST_SLOTS - 1;
	names->names = MemoryContextAlloc(cxt,
									  sizeof(MapText) * FIRST_SLOTS / 2);
}

static void
put_slot(LoadNames *names, const EventName *name)
{
	uint32		at = load_name_hash(names, &name->ends, name->s, name->len);

	while (names->slots[at & names->slot_mask].s != NULL)
		at++;
	names->slots[at & names->slot_mask] = *name;
}

/* Twice as many slots, half of them for names. */
static void
grow(LoadNames *names)
{
	EventName  *old = names->slots;
	uint32		n = names->slot_mask + 1;

	names->slots = make_slots(names, 2 * n);
	names->slot_mask = 2 * n - 1;
	names->names = repalloc_huge(names->names, sizeof(MapText) * n);
	for (uint32 i = 0; i < n; i++)
	{
		if (old[i].s != NULL)
			put_slot(names, &old[i]);
	}
	pfree(old);
}

/* A name that is not there yet. */
uint32
load_names_add(LoadNames *names, const char *s, uint32 len)
{
	EventName	name;
	char	   *copy;

	if (names->n >= names->most)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the source of timelines() has more than %u different "
						"%s", names->most, names->what),
				 errhint("Give kinds, not identifiers; or load parts of the "
						 "customers one after the other.")));
	CHECK_FOR_INTERRUPTS();
	if (names->n >= (names->slot_mask + 1) / 2)
		grow(names);
	copy = MemoryContextAlloc(names->cxt, Max(len, 1));
	memcpy(copy, s, len);
	name.ends = name_ends(s, len);
	name.s = copy;
	name.len = len;
	name.code = names->n++;
	names->names[name.code].s = copy;
	names->names[name.code].len = (int) len;
	put_slot(names, &name);
	return name.code;
}

#define ST_SORT sort_codes
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE(a, b, names) \
	map_text_compare(&(names)[*(a)], &(names)[*(b)])
#define ST_COMPARE_ARG_TYPE const MapText
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

void
load_names_rank(LoadNames *names)
{
	size_t		size = sizeof(uint32) * Max(names->n, 1);

	names->rank = MemoryContextAllocHuge(names->cxt, size);
	names->order = MemoryContextAllocHuge(names->cxt, size);
	for (uint32 i = 0; i < names->n; i++)
		names->order[i] = i;
	sort_codes(names->order, names->n, names->names);
	for (uint32 i = 0; i < names->n; i++)
		names->rank[names->order[i]] = i;
}
