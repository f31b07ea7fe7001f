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

#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "customers.h"

#define TABLE_FIRST 16			/* slots, a power of two */
#define INSERTION_MAX 32		/* events of a customer */
#define TABLE_CUSTOMER 80		/* most bytes of a customer, while growing */

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
	uint64	   *codes;			/* by row; only wide ones */
	ValuedTouch *touches;		/* instead of values, by row; only where there
								 * are any */
	ValuedTouch *grouped;		/* the same by place in events, so that a
								 * customer's are together */
	ChannelName *channels;		/* each spelled out in some chunk */
	uint32		n_channels;
	uint32		channel_room;
	uint32	   *first;			/* by customer: count, then place in events */
	CustomerKey *keys;			/* by customer; of int8 only if asked for */
	uint32		customer_room;
	uint32		n_customers;
	TableSlot  *slots;
	uint32		slot_mask;
	uint64		seed;			/* so that nobody can prepare collisions */
	MemoryContext cxt;			/* of all this */
} Workspace;

/* What a visit of all customers takes along. */
typedef struct Visit
{
	const CustomerVisitor *visitor;
	const CodeSpace *space;
	Workspace  *ws;
} Visit;

static void visit_partition(const Visit *v, Population *pop,
							Partition *part);

/*
 * Everything for a partition of `room` events; that of the one before goes.
 * Partitions are alike, so its count of customers is what to expect.
 */
static void
workspace_open(const Visit *v, size_t room, size_t most_customers,
			   Population *pop)
{
	Workspace  *ws = v->ws;
	size_t		expected = Min(ws->n_customers, Min(room, most_customers));
	uint32		slots = TABLE_FIRST;
	MemoryContext old;

	MemoryContextReset(ws->cxt);
	old = MemoryContextSwitchTo(ws->cxt);
	ws->decoded = palloc_extended(sizeof(DecodedEvent) * room,
								  MCXT_ALLOC_HUGE);
	ws->events = palloc_extended(sizeof(MatchEvent) * room, MCXT_ALLOC_HUGE);
	ws->values = NULL;
	if (pop->form.valued && pop->form.touch == TOUCH_NONE)
		ws->values = palloc_extended(sizeof(int64) * room, MCXT_ALLOC_HUGE);
	ws->codes = NULL;
	if (v->space->wide)
		ws->codes = palloc_extended(sizeof(uint64) * room, MCXT_ALLOC_HUGE);
	ws->touches = NULL;
	ws->channels = NULL;
	if (pop->form.touch != TOUCH_NONE)
	{
		ws->touches = palloc_extended(sizeof(ValuedTouch) * room,
									  MCXT_ALLOC_HUGE);
		ws->grouped = palloc_extended(sizeof(ValuedTouch) * room,
									  MCXT_ALLOC_HUGE);
		/* the first one stands for none */
		ws->n_channels = 1;
		ws->channel_room = TABLE_FIRST;
		ws->channels = palloc0(sizeof(ChannelName) * TABLE_FIRST);
	}
	ws->n_customers = 0;
	ws->customer_room = TABLE_FIRST;
	ws->first = palloc(sizeof(uint32) * ws->customer_room);
	ws->keys = NULL;
	if (pop->form.kind != KEY_INT8 || v->visitor->key != NULL)
		ws->keys = palloc(sizeof(CustomerKey) * ws->customer_room);
	while (slots / 3 * 2 < expected)
		slots *= 2;
	ws->slot_mask = slots - 1;
	ws->slots = palloc_extended(sizeof(TableSlot) * slots,
								MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	MemoryContextSwitchTo(old);
}

/* Where to look for a tag first. */
static inline uint32
table_place(const Workspace *ws, uint64 tag)
{
	return (uint32) mix_bits(tag ^ ws->seed);
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
		uint32		at;

		if (slot->customer == 0)
			continue;
		at = table_place(ws, slot->tag);
		while (slots[at & (size - 1)].customer != 0)
			at++;
		slots[at & (size - 1)] = *slot;
	}
	pfree(ws->slots);
	ws->slots = slots;
	ws->slot_mask = size - 1;
}

static void
customer_room(Workspace *ws)
{
	if (ws->n_customers < ws->customer_room)
		return;
	ws->customer_room *= 2;
	ws->first = repalloc_huge(ws->first, sizeof(uint32) *
							  ws->customer_room);
	if (ws->keys != NULL)
		ws->keys = repalloc_huge(ws->keys, sizeof(CustomerKey) *
								 ws->customer_room);
}

/* The customer's dense number; a new customer gets the next one. */
static pg_attribute_always_inline uint32
customer_number(Workspace *ws, KeyKind kind, const CustomerKey *key)
{
	uint64		tag = (kind == KEY_INT8) ? (uint64) key->number :
		key_hash(kind, key);
	uint32		at = table_place(ws, tag);
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
			same_key_bytes(kind, ws->keys[c].bytes, ws->keys[c].len,
						   key->bytes, key->len))
			return c;
	}
	slot->tag = tag;
	slot->customer = ws->n_customers + 1;
	customer_room(ws);
	ws->first[ws->n_customers] = 0;
	if (ws->keys != NULL)
		ws->keys[ws->n_customers] = *key;
	ws->n_customers++;
	/* at most two thirds full */
	if (ws->n_customers > ws->slot_mask / 3 * 2)
		table_grow(ws);
	return ws->n_customers - 1;
}

/* A name that a chunk spells out. */
static pg_noinline uint32
add_channel(Workspace *ws, const Touch *touch)
{
	ChannelName *name;

	if (ws->n_channels == ws->channel_room)
	{
		ws->channel_room *= 2;
		ws->channels = repalloc_huge(ws->channels, sizeof(ChannelName) *
									 ws->channel_room);
	}
	name = &ws->channels[ws->n_channels];
	memset(name, 0, sizeof(*name));
	name->s = touch->channel;
	name->len = touch->len;
	return ws->n_channels++;
}

/* places: of the channels that the chunk has spelled out, by code; 0: none. */
static inline void
decode_touch(Workspace *ws, size_t row, const ChunkReader *r, uint32 *places)
{
	ValuedTouch *t = &ws->touches[row];

	if (unlikely(r->touch.channel != NULL))
		places[r->touch.code] = add_channel(ws, &r->touch);
	t->value = r->value;
	t->touch.channel = places[r->touch.code];
	t->touch.feeling = r->touch.feeling;
}

/*
 * Decodes the chunks of a partition and counts each customer's events; stops
 * early with more customers than there may be.
 */
static pg_attribute_always_inline size_t
decode_kind(Workspace *ws, Population *pop, Partition *part,
			KeyKind kind, bool touched, const CodeSpace *space,
			size_t most_customers)
{
	size_t		n = 0;
	StreamReader s;
	const uint8 *data;
	uint32		used;
	EventForm	form = pop->form;
	uint32		places[TOUCH_SPELLED + 1] = {0};

	form.kind = kind;
	if (!touched)
		form.touch = TOUCH_NONE;
	/* keys and names of channels stay where they are read */
	stream_open(&s, pop, part, kind != KEY_INT8 || touched);
	while (stream_next(&s, &data, &used))
	{
		ChunkReader r;
		uint32		customer = 0;

		chunk_open(&r, data, used);
		while (chunk_next(&r, form))
		{
			DecodedEvent *e = &ws->decoded[n];

			if (!r.same)
				customer = customer_number(ws, kind, &r.key);
			ws->first[customer]++;
			e->at = r.at;
			e->customer = customer;
			e->code = code_of(space, r.code);
			if (touched)
				decode_touch(ws, n, &r, places);
			else if (form.valued)
				ws->values[n] = r.value;
			if (ws->codes != NULL)
				ws->codes[n] = r.code;
			n++;
		}
		if (ws->n_customers > most_customers)
			break;
	}
	stream_close(&s);
	return n;
}

/* A loop of its own for each kind of event. */
static size_t
decode(Workspace *ws, Population *pop, Partition *part,
	   const CodeSpace *space, size_t most_customers)
{
#define DECODE(kind, touched) \
	decode_kind(ws, pop, part, kind, touched, space, most_customers)

	bool		touched = pop->form.touch != TOUCH_NONE;

	switch (pop->form.kind)
	{
		case KEY_INT8:
			return touched ? DECODE(KEY_INT8, true) : DECODE(KEY_INT8, false);
		case KEY_UUID:
			return touched ? DECODE(KEY_UUID, true) : DECODE(KEY_UUID, false);
		case KEY_TEXT:
			return touched ? DECODE(KEY_TEXT, true) : DECODE(KEY_TEXT, false);
	}
	elog(ERROR, "unknown kind of customer key: %d", (int) pop->form.kind);
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
		uint32		to = ws->first[d->customer]++;
		MatchEvent *e = &ws->events[to];

		if (unlikely(i % EVENTS_A_BREATH == 0))
			CHECK_FOR_INTERRUPTS();
		e->at = d->at;
		e->code = d->code;
		e->row = (uint32) i;
		if (ws->touches == NULL)
			continue;
		e->row = 2 * to;		/* of an int64, and of an EventTouch */
		ws->grouped[to] = ws->touches[i];
	}
}

/*
 * Most customers have few events, and these in order, or in a few ordered runs
 * where parallel workers read them: insertion is the fastest way to sort them.
 */
static void
sort_if_needed(MatchEvent *events, size_t n)
{
	for (size_t i = 1; i < n; i++)
	{
		MatchEvent	event = events[i];
		size_t		to = i;

		if (event.at >= events[i - 1].at)
			continue;
		if (n > INSERTION_MAX)
		{
			events_sort(events, n);
			return;
		}
		do
		{
			events[to] = events[to - 1];
			to--;
		} while (to > 0 && event.at < events[to - 1].at);
		events[to] = event;
	}
}

/* A partition that fits in memory; false if it has too many customers. */
static bool
visit_loaded(const Visit *v, Population *pop, Partition *part,
			 size_t most_customers)
{
	Workspace  *ws = v->ws;
	MemoryContext old;
	size_t		n;
	MatchSpan	span;
	uint32		start = 0;

	if (part->n_events >= PG_UINT32_MAX / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many events in one part of a funnel"),
				 errdetail("It has " INT64_FORMAT " events.", part->n_events),
				 errhint("Compute the funnel over parts of the customers and "
						 "merge them with rollup().")));
	workspace_open(v, (size_t) part->n_events, most_customers, pop);
	old = MemoryContextSwitchTo(ws->cxt);
	if (v->space->mask_codes != NULL)
		mask_codes_reset(v->space->mask_codes);
	n = decode(ws, pop, part, v->space, most_customers);
	MemoryContextSwitchTo(old);
	if (ws->n_customers > most_customers)
		return false;
	Assert(n == (size_t) part->n_events);
	group_events(ws, n);
	span.values = ws->values;
	span.codes = ws->codes;
	span.touches = NULL;
	if (ws->touches != NULL)
	{
		StaticAssertStmt(sizeof(ValuedTouch) == 2 * sizeof(int64),
						 "rows count by the half of a ValuedTouch");
		Assert(ws->codes == NULL);	/* which are by row as it was read */
		span.values = &ws->grouped->value;
		span.touches = &ws->grouped->touch;
	}
	span.channels = ws->channels;
	for (uint32 c = 0; c < ws->n_customers; c++)
	{
		uint32		end = ws->first[c];

		if (c % 1024 == 0 || end - start > 1024)
			CHECK_FOR_INTERRUPTS();
		sort_if_needed(&ws->events[start], end - start);
		span.events = &ws->events[start];
		span.n = end - start;
		if (v->visitor->key != NULL)
			*v->visitor->key = ws->keys[c];
		v->visitor->visit(v->visitor->arg, &span);
		start = end;
	}
	return true;
}

/*
 * The hash of the customer with most of the events, if there is such a one:
 * the vote of R. S. Boyer and J S. Moore (1981).  Else any hash.
 */
static uint64
majority(Population *pop, Partition *part)
{
	StreamReader s;
	const uint8 *data;
	uint32		used;
	uint64		candidate = 0;
	int64		votes = 0;

	stream_open(&s, pop, part, false);
	while (stream_next(&s, &data, &used))
	{
		ChunkReader r;
		uint64		hash = 0;

		chunk_open(&r, data, used);
		while (chunk_next(&r, pop->form))
		{
			if (!r.same)
				hash = key_hash(pop->form.kind, &r.key);
			if (votes == 0)
				candidate = hash;
			votes += (hash == candidate) ? 1 : -1;
		}
	}
	stream_close(&s);
	return candidate;
}

/*
 * One that does not fit, of many customers: into parts by more bits of the
 * hash.  A customer with most of the events would be dealt out again and again
 * before being alone, and so gets a population to itself.
 */
static void
visit_divided(const Visit *v, Population *pop, Partition *part)
{
	MemoryContext cxt;
	Population	sub[2];
	uint64		heavy = majority(pop, part);
	StreamReader s;
	const uint8 *data;
	uint32		used;
	MapText		names[TOUCH_SPELLED + 1];

	cxt = AllocSetContextCreate(CurrentMemoryContext, "journey partition",
								ALLOCSET_SMALL_SIZES);
	for (int i = 0; i < 2; i++)
	{
		population_init(&sub[i], cxt, pop->pool, pop->form);
		sub[i].channels = pop->channels;
		population_open_parts(&sub[i],
							  (pop->bits == 0) ? 64 - POPULATION_BITS :
							  Max(pop->shift - POPULATION_BITS, 0));
	}
	stream_open(&s, pop, part, false);
	while (stream_next(&s, &data, &used))
	{
		ChunkReader r;
		uint64		hash = 0;

		chunk_open(&r, data, used);
		while (chunk_next(&r, pop->form))
		{
			if (!r.same)
				hash = key_hash(pop->form.kind, &r.key);
			population_add(&sub[hash == heavy], pop->form.kind, &r.key, hash,
						   r.at, r.code, r.value, chunk_touch(&r, pop,
																  names));
		}
	}
	stream_close(&s);
	for (int i = 0; i < 2; i++)
	{
		for (int p = 0; p < POPULATION_PARTS; p++)
			visit_partition(v, &sub[i], &sub[i].parts[p]);
		population_free(&sub[i]);
	}
	MemoryContextDelete(cxt);
}

/*
 * The key of the first event; each chunk begins with one.  It is copied, for
 * chunks in memory may go to the file.
 */
static void
first_key(Population *pop, Partition *part, MemoryContext cxt,
		  CustomerKey *key)
{
	StreamReader s;
	const uint8 *data;
	uint32		used;
	ChunkReader r;

	stream_open(&s, pop, part, false);
	if (!stream_next(&s, &data, &used))
		elog(ERROR, "a partition has no events");
	chunk_open(&r, data, used);
	(void) chunk_next(&r, pop->form);
	*key = r.key;
	if (pop->form.kind != KEY_INT8)
	{
		char	   *bytes = MemoryContextAllocHuge(cxt, Max(key->len, 1));

		memcpy(bytes, key->bytes, key->len);
		key->bytes = bytes;
	}
	stream_close(&s);
}

/* A partition of one customer. */
static void
visit_one(const Visit *v, Population *pop, Partition *part)
{
	Giant	   *giant = giant_open(pop, part, v->space);

	if (giant == NULL)
	{
		/* of several customers whose hashes are the same */
		(void) visit_loaded(v, pop, part, SIZE_MAX);
		return;
	}
	if (v->visitor->key != NULL)
		first_key(pop, part, v->ws->cxt, v->visitor->key);
	v->visitor->visit_giant(v->visitor->arg, giant);
	giant_close(giant);
}

static void
visit_partition(const Visit *v, Population *pop, Partition *part)
{
	size_t		row = sizeof(DecodedEvent) + sizeof(MatchEvent);
	size_t		customer = TABLE_CUSTOMER;
	size_t		budget = (pop->pool != NULL) ? pop->pool->budget : SIZE_MAX;
	bool		divisible = part->mixed && (pop->bits == 0 || pop->shift > 0);

	if (part->n_events == 0)
		return;
	if (pop->form.valued && pop->form.touch == TOUCH_NONE)
		row += sizeof(int64);
	if (v->space->wide)
		row += sizeof(uint64);
	/* at worst each has another channel, and all are of one customer, of whom
	 * count.c makes a copy */
	if (pop->form.touch != TOUCH_NONE)
		row += 2 * sizeof(ValuedTouch) + sizeof(ChannelName) +
			sizeof(MatchEvent);
	if (pop->form.kind != KEY_INT8 || v->visitor->key != NULL)
		customer += 2 * sizeof(CustomerKey);
	/* spilled keys that are bytes are read with the events, and stay; channels
	 * too */
	if (pop->form.kind != KEY_INT8 || pop->form.touch != TOUCH_NONE)
		budget -= Min(budget, part->spilled_bytes);
	if ((uint64) part->n_events <= budget / row)
	{
		budget -= (size_t) part->n_events * row;
		if (visit_loaded(v, pop, part,
						 divisible ? budget / customer : SIZE_MAX))
			return;
	}
	MemoryContextReset(v->ws->cxt);
	if (divisible)
		visit_divided(v, pop, part);
	else
		visit_one(v, pop, part);
}

void
customers_visit(Population *pop, const CodeSpace *space,
				const CustomerVisitor *visitor)
{
	Workspace	ws = {0};
	Visit		v = {visitor, space, &ws};

	ws.cxt = AllocSetContextCreate(CurrentMemoryContext, "journey customers",
								   ALLOCSET_SMALL_SIZES);
	ws.seed = pg_prng_uint64(&pg_global_prng_state);
	for (int i = 0; i < 1 << pop->bits; i++)
	{
		if ((visitor->skip >> i & 1) == 0)
			visit_partition(&v, pop, &pop->parts[i]);
	}
	MemoryContextDelete(ws.cxt);
}
