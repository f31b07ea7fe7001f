/*
 * customers.c
 *	  From a population to one customer's events after the other.
 *
 * One partition at a time: its streams are decoded, keys become dense numbers
 * by a hash table, a counting sort brings each customer's events together, and
 * only customers whose events did not arrive in order are sorted.  Everything
 * is about the size of one partition, so it mostly stays in the cache.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "customers.h"

#define TABLE_FIRST 16			/* slots, a power of two */

/* An event before its customer's others are found. */
typedef struct DecodedEvent
{
	int64		at;
	uint32		customer;
	uint32		code;
} DecodedEvent;

typedef struct TableSlot
{
	uint64		tag;			/* the number itself, or the key's hash */
	uint32		customer;		/* dense number + 1; 0: free */
} TableSlot;

typedef struct Workspace
{
	DecodedEvent *decoded;
	MatchEvent *events;
	int64	   *values;
	size_t		room;			/* events the arrays above hold */
	uint32	   *first;			/* by customer: count, then place in events */
	CustomerKey *keys;			/* by customer; not for int8 */
	uint32		customer_room;
	uint32		n_customers;
	TableSlot  *slots;
	uint32		slot_mask;
	MemoryContext caller;		/* visitors allocate here */
} Workspace;

#define ST_SORT sort_events
#define ST_ELEMENT_TYPE MatchEvent
#define ST_COMPARE(a, b) (((a)->at > (b)->at) - ((a)->at < (b)->at))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Codes for sets of stages */
typedef struct MaskCode
{
	uint64		mask;
	uint32		code;
	char		status;
} MaskCode;

#define SH_PREFIX mask_code
#define SH_ELEMENT_TYPE MaskCode
#define SH_KEY_TYPE uint64
#define SH_KEY mask
#define SH_HASH_KEY(tb, key) murmurhash32((uint32) ((key) ^ (key) >> 32))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct MaskCodes
{
	mask_code_hash *hash;
	uint64	   *masks;
	uint32		n;
	uint32		room;
};

MaskCodes *
mask_codes_make(void)
{
	MaskCodes  *codes = palloc(sizeof(MaskCodes));

	codes->hash = mask_code_create(CurrentMemoryContext, 16, NULL);
	codes->n = 0;
	codes->room = 16;
	codes->masks = palloc(sizeof(uint64) * codes->room);
	return codes;
}

const uint64 *
mask_codes_masks(const MaskCodes *codes)
{
	return codes->masks;
}

static uint32
mask_codes_find(MaskCodes *codes, uint64 mask)
{
	bool		found;
	MaskCode   *entry = mask_code_insert(codes->hash, mask, &found);

	if (!found)
	{
		if (codes->n == codes->room)
		{
			codes->room *= 2;
			codes->masks = repalloc_huge(codes->masks,
										 sizeof(uint64) * codes->room);
		}
		codes->masks[codes->n] = mask;
		entry->code = codes->n++;
	}
	return entry->code;
}

static void
workspace_room(Workspace *ws, size_t room, bool valued)
{
	MemoryContext cxt = CurrentMemoryContext;

	if (room <= ws->room)
		return;
	if (ws->room > 0)
	{
		pfree(ws->decoded);
		pfree(ws->events);
		if (valued)
			pfree(ws->values);
	}
	ws->room = room;
	ws->decoded = MemoryContextAllocHuge(cxt, sizeof(DecodedEvent) * room);
	ws->events = MemoryContextAllocHuge(cxt, sizeof(MatchEvent) * room);
	if (valued)
		ws->values = MemoryContextAllocHuge(cxt, sizeof(int64) * room);
}

static void
table_grow(Workspace *ws)
{
	uint32		size = (ws->slot_mask + 1) * 2;
	TableSlot  *slots;

	slots = MemoryContextAllocExtended(CurrentMemoryContext,
									   sizeof(TableSlot) * size,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i <= ws->slot_mask; i++)
	{
		TableSlot  *slot = &ws->slots[i];
		CustomerKey key = {0};
		uint32		at;

		if (slot->customer == 0)
			continue;
		key.number = (int64) slot->tag;
		at = (uint32) (ws->keys == NULL ? key_hash(KEY_INT8, &key) :
					   slot->tag);
		while (slots[at & (size - 1)].customer != 0)
			at++;
		slots[at & (size - 1)] = *slot;
	}
	pfree(ws->slots);
	ws->slots = slots;
	ws->slot_mask = size - 1;
}

static void
customer_room(Workspace *ws, bool keys)
{
	if (ws->n_customers < ws->customer_room)
		return;
	ws->customer_room *= 2;
	ws->first = repalloc_huge(ws->first, sizeof(uint32) *
							  ((size_t) ws->customer_room + 1));
	if (keys)
		ws->keys = repalloc_huge(ws->keys, sizeof(CustomerKey) *
								 ws->customer_room);
}

/* The customer's dense number; a new customer gets the next one. */
static pg_attribute_always_inline uint32
customer_number(Workspace *ws, KeyKind kind, const CustomerKey *key)
{
	uint64		hash = key_hash(kind, key);
	uint64		tag = (kind == KEY_INT8) ? (uint64) key->number : hash;
	uint32		at = (uint32) hash;
	TableSlot  *slot;

	for (;;)
	{
		uint32		c;

		slot = &ws->slots[at++ & ws->slot_mask];
		if (slot->customer == 0)
			break;
		if (slot->tag != tag)
			continue;
		c = slot->customer - 1;
		if (kind == KEY_INT8 ||
			(ws->keys[c].len == key->len &&
			 memcmp(ws->keys[c].bytes, key->bytes, key->len) == 0))
			return c;
	}
	slot->tag = tag;
	slot->customer = ws->n_customers + 1;
	customer_room(ws, kind != KEY_INT8);
	ws->first[ws->n_customers] = 0;
	if (kind != KEY_INT8)
		ws->keys[ws->n_customers] = *key;
	ws->n_customers++;
	/* at most two thirds full */
	if (ws->n_customers > ws->slot_mask / 3 * 2)
		table_grow(ws);
	return ws->n_customers - 1;
}

/* Decodes all chunks of a partition and counts each customer's events. */
static pg_attribute_always_inline size_t
decode_kind(Workspace *ws, const Population *pop, const Partition *part,
			KeyKind kind, MaskCodes *mask_codes)
{
	size_t		n = 0;
	uint64		last_mask = 0;
	uint32		last_code = 0;

	for (Chunk *chunk = part->first; chunk != NULL; chunk = chunk->next)
	{
		ChunkReader r;
		uint32		customer = 0;

		CHECK_FOR_INTERRUPTS();
		chunk_open(&r, chunk, population_chunk_used(part, chunk));
		while (chunk_next(&r, kind, pop->code_width, pop->valued))
		{
			DecodedEvent *e = &ws->decoded[n];

			if (!r.same)
				customer = customer_number(ws, kind, &r.key);
			ws->first[customer]++;
			e->at = r.at;
			e->customer = customer;
			e->code = (uint32) r.code;
			if (mask_codes != NULL)
			{
				if (r.code != last_mask)
				{
					last_mask = r.code;
					last_code = mask_codes_find(mask_codes, r.code);
				}
				e->code = last_code;
			}
			if (pop->valued)
				ws->values[n] = r.value;
			n++;
		}
	}
	return n;
}

static size_t
decode(Workspace *ws, const Population *pop, const Partition *part,
	   MaskCodes *mask_codes)
{
	switch (pop->kind)
	{
		case KEY_INT8:
			return decode_kind(ws, pop, part, KEY_INT8, mask_codes);
		case KEY_UUID:
			return decode_kind(ws, pop, part, KEY_UUID, mask_codes);
		case KEY_TEXT:
			return decode_kind(ws, pop, part, KEY_TEXT, mask_codes);
	}
	elog(ERROR, "unknown kind of customer key: %d", (int) pop->kind);
	return 0;
}

/* Brings each customer's events together; first[c] becomes c's end. */
static void
group_events(Workspace *ws, size_t n)
{
	uint32		place = 0;

	for (uint32 c = 0; c < ws->n_customers; c++)
	{
		uint32		count = ws->first[c];

		ws->first[c] = place;
		place += count;
	}
	for (size_t i = 0; i < n; i++)
	{
		const DecodedEvent *d = &ws->decoded[i];
		MatchEvent *e = &ws->events[ws->first[d->customer]++];

		e->at = d->at;
		e->code = d->code;
		e->row = (uint32) i;
	}
}

static void
sort_if_needed(MatchEvent *events, size_t n)
{
	for (size_t i = 1; i < n; i++)
	{
		if (events[i].at < events[i - 1].at)
		{
			sort_events(events, n);
			return;
		}
	}
}

static void
visit_partition(Workspace *ws, const Population *pop, const Partition *part,
				MaskCodes *mask_codes, CustomerVisitor visit, void *arg)
{
	MemoryContext own;
	size_t		n;
	uint32		start = 0;

	if (part->n_events == 0)
		return;
	if (part->n_events >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many events in one funnel"),
				 errdetail("One part of its customers has " INT64_FORMAT
						   " events.", part->n_events),
				 errhint("Compute it over parts of the customers and merge "
						 "them with rollup().")));
	workspace_room(ws, (size_t) part->n_events, pop->valued);
	memset(ws->slots, 0, sizeof(TableSlot) * (ws->slot_mask + 1));
	ws->n_customers = 0;
	n = decode(ws, pop, part, mask_codes);
	Assert(n == (size_t) part->n_events);
	group_events(ws, n);
	own = MemoryContextSwitchTo(ws->caller);
	for (uint32 c = 0; c < ws->n_customers; c++)
	{
		uint32		end = ws->first[c];

		if ((c & 1023) == 0 || end - start > 1024)
			CHECK_FOR_INTERRUPTS();
		sort_if_needed(&ws->events[start], end - start);
		visit(arg, &ws->events[start], end - start, ws->values);
		start = end;
	}
	MemoryContextSwitchTo(own);
}

void
customers_visit(const Population *pop, MaskCodes *mask_codes,
				CustomerVisitor visit, void *arg)
{
	MemoryContext cxt;
	Workspace	ws = {0};

	cxt = AllocSetContextCreate(CurrentMemoryContext, "journey customers",
								ALLOCSET_SMALL_SIZES);
	ws.caller = MemoryContextSwitchTo(cxt);
	ws.customer_room = TABLE_FIRST;
	ws.first = palloc(sizeof(uint32) * (ws.customer_room + 1));
	if (pop->kind != KEY_INT8)
		ws.keys = palloc(sizeof(CustomerKey) * ws.customer_room);
	ws.slot_mask = TABLE_FIRST - 1;
	ws.slots = palloc(sizeof(TableSlot) * TABLE_FIRST);
	for (int i = 0; i < 1 << pop->bits; i++)
		visit_partition(&ws, pop, &pop->parts[i], mask_codes, visit, arg);
	MemoryContextSwitchTo(ws.caller);
	MemoryContextDelete(cxt);
}
