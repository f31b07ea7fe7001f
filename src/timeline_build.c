/*
 * timeline_build.c
 *	  Making the packed form of a timeline from events in any order.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "event_check.h"
#include "timeline_pack.h"

#define FEW_NAMES	8			/* up to here, no hash table */

typedef struct NameEntry
{
	MapText		name;
	uint32		place;
	uint32		hash;
	char		status;
} NameEntry;

static inline uint32
hash_name(const MapText *name)
{
	return hash_bytes((const unsigned char *) name->s, name->len);
}

#define SH_PREFIX name_table
#define SH_ELEMENT_TYPE NameEntry
#define SH_KEY_TYPE MapText
#define SH_KEY name
#define SH_HASH_KEY(tb, key) hash_name(&(key))
#define SH_EQUAL(tb, a, b) map_text_equal(&(a), &(b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) ((a)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Names in the order in which they came up. */
typedef struct NameList
{
	MapText    *items;
	uint32		n;
	uint32		room;
	name_table_hash *table;		/* NULL: few */
} NameList;

struct TimelineBuilder
{
	MemoryContext cxt;
	NameList	names;
	NameList	channels;
	TimelineEvent *events;
	uint32		n;
	uint32		room;
};

TimelineBuilder *
timeline_builder_make(void)
{
	TimelineBuilder *b = palloc0(sizeof(TimelineBuilder));

	b->cxt = CurrentMemoryContext;
	return b;
}

static void
free_names(NameList *list)
{
	if (list->table != NULL)
		name_table_destroy(list->table);
	for (uint32 i = 0; i < list->n; i++)
		pfree((char *) list->items[i].s);
	if (list->items != NULL)
		pfree(list->items);
}

void
timeline_builder_free(TimelineBuilder *b)
{
	free_names(&b->names);
	free_names(&b->channels);
	if (b->events != NULL)
		pfree(b->events);
	pfree(b);
}

static uint32
add_name(TimelineBuilder *b, NameList *list, const MapText *name)
{
	char	   *copy = MemoryContextAlloc(b->cxt, name->len + 1);

	if (list->n == list->room)
	{
		list->room = Max(2 * list->room, FEW_NAMES / 2);
		list->items = (list->items == NULL) ?
			MemoryContextAlloc(b->cxt, sizeof(MapText) * list->room) :
			repalloc_huge(list->items, sizeof(MapText) * list->room);
	}
	memcpy(copy, name->s, name->len);
	copy[name->len] = '\0';
	list->items[list->n].s = copy;
	list->items[list->n].len = name->len;
	return list->n++;
}

static uint32
find_name(TimelineBuilder *b, NameList *list, const char *s, uint32 len)
{
	MapText		name = {s, (int) len};
	NameEntry  *entry;
	bool		found;

	if (list->table == NULL)
	{
		for (uint32 i = 0; i < list->n; i++)
		{
			if (map_text_equal(&list->items[i], &name))
				return i;
		}
		if (list->n < FEW_NAMES)
			return add_name(b, list, &name);
		list->table = name_table_create(b->cxt, 4 * FEW_NAMES, NULL);
		for (uint32 i = 0; i < list->n; i++)
			name_table_insert(list->table, list->items[i], &found)->place = i;
	}
	entry = name_table_lookup(list->table, name);
	if (entry == NULL)
	{
		uint32		place = add_name(b, list, &name);

		entry = name_table_insert(list->table, list->items[place], &found);
		entry->place = place;
	}
	return entry->place;
}

uint32
timeline_builder_name(TimelineBuilder *b, const char *s, uint32 len)
{
	return find_name(b, &b->names, s, len);
}

uint32
timeline_builder_channel(TimelineBuilder *b, const char *s, uint32 len)
{
	uint32		place = find_name(b, &b->channels, s, len);

	timeline_check_channels(place + 1);
	return place + 1;
}

void
timeline_builder_add(TimelineBuilder *b, const TimelineEvent *event)
{
	if (b->n == b->room)
	{
		/* an event takes at least one byte */
		timeline_check_size(b->n, b->n);
		b->room = Max(2 * b->room, 8);
		b->events = (b->events == NULL) ?
			MemoryContextAlloc(b->cxt, sizeof(TimelineEvent) * b->room) :
			repalloc_huge(b->events, sizeof(TimelineEvent) * b->room);
	}
	b->events[b->n] = *event;
	b->events[b->n++].value += 0.0; /* no minus zero */
}

void
timeline_builder_add_all(TimelineBuilder *b, const Timeline *t, int64 since,
						 int64 until)
{
	MapText    *names = timeline_names(t->names, t->n_names);
	MapText    *channels = timeline_names(t->channels, t->n_channels);
	uint32	   *name_place = palloc(sizeof(uint32) * (t->n_names + 1));
	uint32	   *channel_place = palloc(sizeof(uint32) * (t->n_channels + 1));
	int64		at = 0;

	memset(name_place, 0xFF, sizeof(uint32) * (t->n_names + 1));
	memset(channel_place, 0, sizeof(uint32) * (t->n_channels + 1));
	for (uint32 i = 0; i < t->n; i++)
	{
		TimelineEvent e;
		uint32	   *place;

		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		timeline_get(t, i, &at, &e);
		if (at < since)
			continue;
		if (at >= until)
			break;
		place = &name_place[e.name];
		if (*place == PG_UINT32_MAX)
			*place = timeline_builder_name(b, names[e.name].s,
										   names[e.name].len);
		e.name = *place;
		if (e.channel > 0)
		{
			const MapText *channel = &channels[e.channel - 1];

			place = &channel_place[e.channel];
			if (*place == 0)
				*place = timeline_builder_channel(b, channel->s,
												  channel->len);
			e.channel = *place;
		}
		timeline_builder_add(b, &e);
	}
	pfree(names);
	pfree(channels);
	pfree(name_place);
	pfree(channel_place);
}

/* ---------- packing ---------- */

static int
compare_text_pointers(const void *a, const void *b)
{
	return map_text_compare(*(const MapText *const *) a,
							*(const MapText *const *) b);
}

/*
 * The names in their order, packed; (*rank)[i]: the new place of name i.  One
 * piece of memory, which is *rank; NULL for no names.
 */
static const uint8 *
pack_names(const NameList *list, uint32 **rank, size_t *len)
{
	const MapText **sorted;
	uint8	   *packed;
	uint8	   *p;

	*rank = NULL;
	*len = 0;
	if (list->n == 0)
		return NULL;
	sorted = palloc_extended(sizeof(MapText *) * list->n, MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < list->n; i++)
	{
		sorted[i] = &list->items[i];
		*len += timeline_name_size(sorted[i]);
	}
	qsort(sorted, list->n, sizeof(sorted[0]), compare_text_pointers);
	*rank = palloc_extended(sizeof(uint32) * list->n + *len, MCXT_ALLOC_HUGE);
	packed = p = (uint8 *) (*rank + list->n);
	for (uint32 i = 0; i < list->n; i++)
	{
		(*rank)[sorted[i] - list->items] = i;
		p = timeline_put_name(p, sorted[i]);
	}
	pfree(sorted);
	return packed;
}

#define ST_SORT sort_events
#define ST_ELEMENT_TYPE TimelineEvent
#define ST_COMPARE(a, b) timeline_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Events get the codes that they will have, and their order. */
static void
order_events(TimelineBuilder *b, const uint32 *name_rank,
			 const uint32 *channel_rank)
{
	bool		ordered = true;

	for (uint32 i = 0; i < b->n; i++)
	{
		TimelineEvent *e = &b->events[i];

		e->name = name_rank[e->name];
		if (e->channel > 0)
			e->channel = channel_rank[e->channel - 1] + 1;
		if (i > 0 && ordered)
			ordered = timeline_compare(e - 1, e) <= 0;
	}
	if (!ordered)
		sort_events(b->events, b->n);
}

/* Which columns there are, and how wide. */
static void
measure(const TimelineBuilder *b, Timeline *t)
{
	uint64		steps = 0;
	uint64		bits = 0;
	bool		some_null = false;
	bool		raw = false;

	for (uint32 i = 0; i < b->n; i++)
	{
		const TimelineEvent *e = &b->events[i];

		if (i > 0)
			steps |= (uint64) e->at - (uint64) e[-1].at;
		if (e->channel > 0)
			t->flags |= TIMELINE_CHANNELS;
		if (e->feeling != TIMELINE_NO_FEELING)
			t->flags |= TIMELINE_FEELINGS;
		some_null |= !e->has_value;
		if (e->has_value)
		{
			double		millionths = rint(e->value * EXACT_SCALE);

			t->flags |= TIMELINE_VALUES;
			bits |= zigzag((int64) millionths);
			raw |= exact_value(millionths) != e->value;
		}
	}
	t->at_width = (uint8) bytes_needed(steps);
	if (t->flags & TIMELINE_VALUES)
	{
		if (some_null)
			t->flags |= TIMELINE_SOME_NULL;
		if (raw)
			t->flags |= TIMELINE_RAW_VALUES;
		t->value_width = raw ? 8 : (uint8) bytes_needed(bits);
	}
}

/* The builder's events are changed by this: next comes a reset. */
struct varlena *
timeline_builder_pack(TimelineBuilder *b)
{
	Timeline	t;
	TimelineKept none = {0};
	uint32	   *name_rank;
	uint32	   *channel_rank;
	struct varlena *packed;

	memset(&t, 0, sizeof(t));
	t.n = b->n;
	t.n_names = b->names.n;
	t.names = pack_names(&b->names, &name_rank, &t.names_len);
	t.n_channels = b->channels.n;
	t.channels = pack_names(&b->channels, &channel_rank, &t.channels_len);
	timeline_set_code_widths(&t, t.n_names, t.n_channels);
	order_events(b, name_rank, channel_rank);
	measure(b, &t);
	packed = timeline_pack(&t, &none, b->events);
	if (name_rank != NULL)
		pfree(name_rank);
	if (channel_rank != NULL)
		pfree(channel_rank);
	return packed;
}
