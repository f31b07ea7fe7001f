/*
 * load_pack.c
 *	  From the spans of a customer's events to the packed timeline.
 *
 * A load knows all names beforehand, and gets each customer's events in order
 * of time, so that the columns are written straight from the events: a first
 * run over the spans finds how wide they are, a second one fills them.  A
 * customer of many spans has one of them in memory at a time.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "customers.h"
#include "event_check.h"
#include "load_pack.h"
#include "timeline_pack.h"

#define UNUSED			PG_UINT32_MAX
#define KEEP_BYTES		(1024 * 1024)	/* largest buffer that is kept */
#define LOW_BITS(v, n)	((uint32) (v) & ((1U << (n)) - 1))

/* The names that the timeline uses, of all. */
typedef struct UsedNames
{
	const LoadNames *all;
	uint32	   *place;			/* by rank: place in the timeline, or UNUSED */
	uint32	   *ranks;			/* of those used */
	uint32		n;
	uint32		room;
	size_t		len;			/* bytes of them, packed, at most */
} UsedNames;

struct LoadPacker
{
	MemoryContext cxt;
	bool		wide;
	UsedNames	names;
	UsedNames	channels;
	/* the first run: what there is */
	Timeline	t;
	uint64		n;
	int64		last_at;
	uint64		steps;			/* bits of all of them */
	uint64		values;
	bool		some_null;
	bool		raw;
	/* the second run: where the next event goes */
	uint32		done;
	int64		written_at;
	uint8	   *at;
	uint8	   *codes;
	uint8	   *has_value;
	uint8	   *value;
	uint8	   *channel;
	uint8	   *feeling;
	/* the result */
	struct varlena *packed;
	size_t		room;
};

static void
used_init(UsedNames *used, const LoadNames *all, MemoryContext cxt)
{
	used->all = all;
	used->room = 16;
	used->ranks = MemoryContextAlloc(cxt, sizeof(uint32) * used->room);
	used->place = MemoryContextAllocHuge(cxt, sizeof(uint32) *
										 Max(all->n, 1));
	memset(used->place, 0xFF, sizeof(uint32) * all->n);
}

static pg_noinline void
use_rank(UsedNames *used, uint32 rank)
{
	if (used->n == used->room)
	{
		used->room *= 2;
		used->ranks = repalloc_huge(used->ranks, sizeof(uint32) * used->room);
	}
	used->place[rank] = 0;
	used->ranks[used->n++] = rank;
}

/* The rank of a name, which the timeline uses. */
static inline uint32
used_rank(UsedNames *used, uint32 code)
{
	uint32		rank = used->all->rank[code];

	if (used->place[rank] == UNUSED)
		use_rank(used, rank);
	return rank;
}

#define ST_SORT sort_ranks
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static inline const MapText *
name_of_rank(const UsedNames *used, uint32 rank)
{
	return &used->all->names[used->all->order[rank]];
}

static void
used_place(UsedNames *used)
{
	sort_ranks(used->ranks, used->n);
	used->len = 20;
	for (uint32 i = 0; i < used->n; i++)
	{
		used->place[used->ranks[i]] = i;
		used->len += (size_t) name_of_rank(used, used->ranks[i])->len + 5;
	}
}

static void
used_reset(UsedNames *used)
{
	for (uint32 i = 0; i < used->n; i++)
		used->place[used->ranks[i]] = UNUSED;
	used->n = 0;
}

LoadPacker *
load_packer_make(const LoadNames *names, const LoadNames *channels, bool wide)
{
	LoadPacker *p = palloc0(sizeof(LoadPacker));

	p->cxt = CurrentMemoryContext;
	p->wide = wide;
	used_init(&p->names, names, p->cxt);
	used_init(&p->channels, channels, p->cxt);
	return p;
}

/* ---------- the first run ---------- */

static double
value_of(int64 in_stream)
{
	double		value;
	int64		bits;

	if (in_stream < LOAD_RAW_BASE && in_stream > -LOAD_RAW_BASE)
		return exact_value((double) in_stream);
	bits = ((in_stream < 0) ? -in_stream : in_stream) - LOAD_RAW_BASE;
	memcpy(&value, &bits, sizeof(value));
	return (in_stream < 0) ? -value : value;
}

/* 0: none; else in the order of the channels' bytes. */
static inline uint32
channel_order(const LoadPacker *p, uint64 code)
{
	uint32		channel = LOW_BITS(code >> LOAD_FEELING_BITS,
								   LOAD_CHANNEL_BITS);

	return (channel == 0) ? 0 : p->channels.all->rank[channel - 1] + 1;
}

static inline int
compare_numbers(uint32 a, uint32 b)
{
	return (a > b) - (a < b);
}

typedef struct RowOrder
{
	const LoadPacker *p;
	const MatchSpan *span;
} RowOrder;

/* Codes of the events are ranks of their names already. */
static int
compare_rows(const MatchEvent *a, const MatchEvent *b, const RowOrder *order)
{
	const MatchSpan *span = order->span;
	uint64		x;
	uint64		y;
	uint32		c;
	uint32		d;

	if (a->at != b->at)
		return (a->at < b->at) ? -1 : 1;
	if (a->code != b->code)
		return compare_numbers(a->code, b->code);
	if (span->values != NULL && span->values[a->row] != span->values[b->row])
	{
		int64		v = span->values[a->row];
		int64		w = span->values[b->row];

		if (v == MATCH_NO_VALUE || w == MATCH_NO_VALUE)
			return (v == MATCH_NO_VALUE) ? -1 : 1;
		return (value_of(v) < value_of(w)) ? -1 : 1;
	}
	if (!order->p->wide)
		return 0;
	x = span->codes[a->row];
	y = span->codes[b->row];
	c = channel_order(order->p, x);
	d = channel_order(order->p, y);
	if (c != d)
		return compare_numbers(c, d);
	return compare_numbers(LOW_BITS(x, LOAD_FEELING_BITS),
						   LOW_BITS(y, LOAD_FEELING_BITS));
}

#define ST_SORT sort_rows
#define ST_ELEMENT_TYPE MatchEvent
#define ST_COMPARE(a, b, order) compare_rows(a, b, order)
#define ST_COMPARE_ARG_TYPE const RowOrder
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static void
measure_wide(LoadPacker *p, uint64 code)
{
	uint32		channel = LOW_BITS(code >> LOAD_FEELING_BITS,
								   LOAD_CHANNEL_BITS);

	if (channel > 0)
	{
		p->t.flags |= TIMELINE_CHANNELS;
		(void) used_rank(&p->channels, channel - 1);
	}
	if (LOW_BITS(code, LOAD_FEELING_BITS) > 0)
		p->t.flags |= TIMELINE_FEELINGS;
}

static void
measure_values(LoadPacker *p, const MatchSpan *span)
{
	bool		some = false;

	for (size_t i = 0; i < span->n; i++)
	{
		int64		v = span->values[span->events[i].row];

		if (v == MATCH_NO_VALUE)
		{
			p->some_null = true;
			continue;
		}
		some = true;
		p->values |= zigzag(v);
		p->raw |= (v >= LOAD_RAW_BASE || v <= -LOAD_RAW_BASE);
	}
	if (some)
		p->t.flags |= TIMELINE_VALUES;
}

/*
 * Adds what a span says to what the timeline needs, and brings its rows in
 * their order.  Its events are the engine's own, which does not look at them
 * again: their codes become ranks of names.
 */
static void
measure(LoadPacker *p, const MatchSpan *span)
{
	MatchEvent *events = unconstify(MatchEvent *, span->events);
	RowOrder	order = {p, span};
	bool		ties = false;
	int64		last = (p->n == 0) ? events[0].at : p->last_at;

	if (p->n == 0)
		p->t.first_at = events[0].at;
	for (size_t i = 0; i < span->n; i++)
	{
		MatchEvent *e = &events[i];
		uint32		code = e->code;

		if (unlikely(i % EVENTS_A_BREATH == EVENTS_A_BREATH - 1))
			CHECK_FOR_INTERRUPTS();
		if (p->wide)
		{
			uint64		all = span->codes[e->row];

			measure_wide(p, all);
			code = (uint32) (all >> (LOAD_FEELING_BITS + LOAD_CHANNEL_BITS));
		}
		e->code = used_rank(&p->names, code);
		p->steps |= (uint64) e->at - (uint64) last;
		ties |= (i > 0 && e->at == last);
		last = e->at;
	}
	if (span->values != NULL)
		measure_values(p, span);
	if (ties)
		sort_rows(events, span->n, &order);
	p->last_at = last;
	p->n += span->n;
}

/* ---------- the second run ---------- */

static void
make_room(LoadPacker *p, size_t size)
{
	if (size <= p->room && p->room <= KEEP_BYTES)
		return;
	if (p->packed != NULL)
		pfree(p->packed);
	p->room = Max(size, 1024);
	p->packed = MemoryContextAlloc(p->cxt, p->room);
}

static uint8 *
put_names(uint8 *to, const UsedNames *used)
{
	size_t		bytes = 0;

	for (uint32 i = 0; i < used->n; i++)
		bytes += timeline_name_size(name_of_rank(used, used->ranks[i]));
	to = timeline_put_varint(to, used->n);
	to = timeline_put_varint(to, bytes);
	for (uint32 i = 0; i < used->n; i++)
		to = timeline_put_name(to, name_of_rank(used, used->ranks[i]));
	return to;
}

/* All that comes before the columns, and where these are. */
static void
begin_packing(LoadPacker *p)
{
	Timeline   *t = &p->t;
	uint64		size;
	uint8	   *to;

	timeline_check_channels(p->channels.n);
	used_place(&p->names);
	used_place(&p->channels);
	if (p->some_null && (t->flags & TIMELINE_VALUES))
		t->flags |= TIMELINE_SOME_NULL;
	if (p->raw)
		t->flags |= TIMELINE_RAW_VALUES;
	t->at_width = (uint8) bytes_needed(p->steps);
	t->value_width = p->raw ? 8 : (uint8) bytes_needed(p->values);
	timeline_set_code_widths(t, p->names.n, p->channels.n);
	size = VARHDRSZ + 40 + p->names.len + p->channels.len +
		(uint64) p->n * (t->at_width + t->code_width + t->value_width +
						 ((t->flags & TIMELINE_CHANNELS) ?
						  t->channel_width : 0) +
						 ((t->flags & TIMELINE_FEELINGS) ?
						  TIMELINE_FEELING_BYTES : 0));
	if (t->flags & TIMELINE_SOME_NULL)
		size += (p->n + 7) / 8;
	timeline_check_size(size, p->n);
	make_room(p, (size_t) size);
	t->n = (uint32) p->n;
	to = (uint8 *) VARDATA(p->packed);
	*to++ = TIMELINE_VERSION;
	*to++ = TIMELINE_KIND;
	*to++ = t->flags;
	*to++ = (uint8) (t->at_width | t->value_width << 4);
	to = timeline_put_varint(to, t->n);
	to = put_names(to, &p->names);
	if (t->flags & TIMELINE_CHANNELS)
		to = put_names(to, &p->channels);
	p->done = 0;
	p->at = to;
	p->codes = p->at + (size_t) (t->n - 1) * t->at_width;
	p->has_value = p->codes + (size_t) t->n * t->code_width;
	p->value = p->has_value;
	if (t->flags & TIMELINE_SOME_NULL)
		p->value += (t->n + 7) / 8;
	memset(p->has_value, 0, p->value - p->has_value);
	p->channel = p->value + (size_t) t->n * t->value_width;
	p->feeling = p->channel;
	if (t->flags & TIMELINE_CHANNELS)
		p->feeling += (size_t) t->n * t->channel_width;
}

/*
 * store_bytes writes 8 bytes, of which the last ones of a column may be the
 * next column's: puts those back.
 */
static inline uint64
save_bytes(const uint8 *p)
{
	uint64		v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void
restore_bytes(uint8 *p, uint64 v)
{
	memcpy(p, &v, sizeof(v));
}

static void
put_times(LoadPacker *p, const MatchSpan *span)
{
	uint8	   *to = p->at;
	size_t		first = (p->done == 0) ? 1 : 0;
	int			width = p->t.at_width;
	uint8	   *end = to + (span->n - first) * width;
	uint64		after = save_bytes(end);
	int64		last = (p->done == 0) ? p->t.first_at : p->written_at;

	for (size_t i = first; i < span->n; i++, to += width)
	{
		int64		at = span->events[i].at;

		store_bytes(to, (uint64) at - (uint64) last);
		last = at;
	}
	restore_bytes(end, after);
	p->at = end;
	p->written_at = last;
}

static void
put_codes(LoadPacker *p, const MatchSpan *span)
{
	uint8	   *to = p->codes;
	int			width = p->t.code_width;
	uint8	   *end = to + span->n * width;
	uint64		after = save_bytes(end);

	for (size_t i = 0; i < span->n; i++, to += width)
		store_bytes(to, p->names.place[span->events[i].code]);
	restore_bytes(end, after);
	p->codes = end;
}

static void
put_values(LoadPacker *p, const MatchSpan *span)
{
	uint8	   *to = p->value;
	int			width = p->t.value_width;
	uint8	   *end = to + span->n * width;
	uint64		after = save_bytes(end);

	for (size_t i = 0; i < span->n; i++, to += width)
	{
		int64		v = span->values[span->events[i].row];
		uint64		bits = 0;

		if (v != MATCH_NO_VALUE)
		{
			bits = zigzag(v);
			if (p->t.flags & TIMELINE_RAW_VALUES)
			{
				double		value = value_of(v);

				memcpy(&bits, &value, sizeof(bits));
			}
			if (p->t.flags & TIMELINE_SOME_NULL)
				p->has_value[(p->done + i) / 8] |=
					(uint8) (1 << ((p->done + i) % 8));
		}
		store_bytes(to, bits);
	}
	restore_bytes(end, after);
	p->value = end;
}

static void
put_wide(LoadPacker *p, const MatchSpan *span)
{
	int			width = 0;
	int			feeling_width = 0;
	uint8	   *channel = p->channel;
	uint8	   *feeling = p->feeling;
	uint64		after;

	if (p->t.flags & TIMELINE_CHANNELS)
		width = p->t.channel_width;
	if (p->t.flags & TIMELINE_FEELINGS)
		feeling_width = TIMELINE_FEELING_BYTES;
	p->channel += span->n * width;
	p->feeling += span->n * feeling_width;
	after = save_bytes(p->channel);
	for (size_t i = 0; i < span->n && width > 0; i++, channel += width)
	{
		uint32		order;

		order = channel_order(p, span->codes[span->events[i].row]);
		store_bytes(channel, (order == 0) ? 0 :
					p->channels.place[order - 1] + 1);
	}
	restore_bytes(p->channel, after);
	after = save_bytes(p->feeling);
	for (size_t i = 0; i < span->n && feeling_width > 0;
		 i++, feeling += feeling_width)
		store_bytes(feeling, LOW_BITS(span->codes[span->events[i].row],
									  LOAD_FEELING_BITS));
	restore_bytes(p->feeling, after);
}

static void
put_span(LoadPacker *p, const MatchSpan *span)
{
	CHECK_FOR_INTERRUPTS();
	put_times(p, span);
	put_codes(p, span);
	if (p->t.flags & TIMELINE_VALUES)
		put_values(p, span);
	if (p->wide)
		put_wide(p, span);
	p->done += (uint32) span->n;
}

/* The last column ends where the time of the first event goes. */
static struct varlena *
end_packing(LoadPacker *p)
{
	uint8	   *end = p->feeling;

	store_bytes(end, (uint64) p->t.first_at);
	SET_VARSIZE(p->packed, end + sizeof(int64) - (uint8 *) p->packed);
	return p->packed;
}

static void
begin_timeline(LoadPacker *p)
{
	used_reset(&p->names);
	used_reset(&p->channels);
	memset(&p->t, 0, sizeof(p->t));
	p->n = 0;
	p->steps = p->values = 0;
	p->some_null = p->raw = false;
}

struct varlena *
load_pack(LoadPacker *p, const MatchSpan *span)
{
	begin_timeline(p);
	measure(p, span);
	begin_packing(p);
	put_span(p, span);
	return end_packing(p);
}

struct varlena *
load_pack_giant(LoadPacker *p, Giant *giant)
{
	MatchSpan	span;

	begin_timeline(p);
	while (giant_next(giant, &span))
		measure(p, &span);
	begin_packing(p);
	giant_rewind(giant);
	while (giant_next(giant, &span))
	{
		/* once more for the ranks and the order of rows */
		measure(p, &span);
		put_span(p, &span);
	}
	return end_packing(p);
}
