/*
 * timeline_pack.c
 *	  Writing the packed form of a timeline.
 *
 * Columns are written one after the other by store_bytes, which writes 8 bytes
 * each time: what it writes too much is the next column's, and written again.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "event_check.h"
#include "timeline_pack.h"

void
timeline_check_channels(uint32 n)
{
	if (n > TIMELINE_MAX_CHANNELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a timeline has more than %d channels",
						TIMELINE_MAX_CHANNELS),
				 errhint("Give kinds of touchpoints, not identifiers.")));
}

void
timeline_check_size(uint64 size, uint64 n_events)
{
	if (size > MaxAllocSize - 1024)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a timeline of " UINT64_FORMAT " events would take "
						"more than 1 GB", n_events),
				 errhint("Leave events out that no journey looks at, or keep "
						 "a timeline for each of several periods.")));
}

uint8 *
timeline_put_varint(uint8 *p, uint64 v)
{
	while (v >= 0x80)
	{
		*p++ = (uint8) (v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8) v;
	return p;
}

/* Bytes that timeline_put_name writes. */
size_t
timeline_name_size(const MapText *name)
{
	size_t		size = 1 + (size_t) name->len;

	for (uint32 len = (uint32) name->len; len >= 0x80; len >>= 7)
		size++;
	return size;
}

uint8 *
timeline_put_name(uint8 *p, const MapText *name)
{
	p = timeline_put_varint(p, name->len);
	memcpy(p, name->s, name->len);
	return p + name->len;
}

static uint8 *
put_names(uint8 *p, uint32 n, const uint8 *names, size_t len)
{
	p = timeline_put_varint(p, n);
	p = timeline_put_varint(p, len);
	memcpy(p, names, len);
	return p + len;
}

/* A part of a column, for one that may be of another width. */
static uint8 *
copy_column(uint8 *p, int width, const uint8 *from, int from_width, uint32 n)
{
	if (width == from_width)
	{
		memcpy(p, from, (size_t) n * width);
		return p + (size_t) n * width;
	}
	for (uint32 i = 0; i < n; i++, p += width, from += from_width)
		store_bytes(p, load_bytes(from, from_width));
	return p;
}

/* The same for codes; those from `first` on are places that have moved. */
static uint8 *
copy_codes(uint8 *p, int width, const uint8 *from, int from_width, uint32 n,
		   const uint32 *place, uint32 first)
{
	if (place == NULL)
		return copy_column(p, width, from, from_width, n);
	for (uint32 i = 0; i < n; i++, p += width, from += from_width)
	{
		uint32		code = (uint32) load_bytes(from, from_width);

		store_bytes(p, (code < first) ? code : place[code - first] + first);
	}
	return p;
}

static uint8 *
put_nothing(uint8 *p, size_t len)
{
	memset(p, 0, len);
	return p + len;
}

static uint8 *
put_times(uint8 *p, const Timeline *t, const TimelineKept *kept,
		  const TimelineEvent *events, uint32 n)
{
	uint32		i = 0;
	int64		last;

	if (kept->n > 0)
	{
		p = copy_column(p, t->at_width, kept->t->at, kept->t->at_width,
						kept->n - 1);
		last = kept->last_at;
	}
	else
		last = events[i++].at;
	for (; i < n; i++, p += t->at_width)
	{
		store_bytes(p, (uint64) events[i].at - (uint64) last);
		last = events[i].at;
	}
	return p;
}

static uint8 *
put_codes(uint8 *p, const Timeline *t, const TimelineKept *kept,
		  const TimelineEvent *events, uint32 n)
{
	if (kept->n > 0)
		p = copy_codes(p, t->code_width, kept->t->codes, kept->t->code_width,
					   kept->n, kept->name_place, 0);
	for (uint32 i = 0; i < n; i++, p += t->code_width)
		store_bytes(p, events[i].name);
	return p;
}

/* A bit each: has it a value? */
static uint8 *
put_has_value(uint8 *p, const Timeline *t, const TimelineKept *kept,
			  const TimelineEvent *events, uint32 n)
{
	size_t		len = ((size_t) t->n + 7) / 8;
	size_t		len_kept = ((size_t) kept->n + 7) / 8;

	memset(p, 0, len);
	if (kept->n > 0 && (kept->t->flags & TIMELINE_VALUES))
	{
		if (kept->t->flags & TIMELINE_SOME_NULL)
			memcpy(p, kept->t->has_value, len_kept);
		else
			memset(p, 0xFF, len_kept);
		if (kept->n % 8 != 0)
			p[kept->n / 8] &= (uint8) ((1 << (kept->n % 8)) - 1);
	}
	for (uint32 i = 0, k = kept->n; i < n; i++, k++)
		p[k / 8] |= (uint8) (events[i].has_value << (k % 8));
	return p + len;
}

static uint64
raw_bits(double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static uint8 *
copy_values(uint8 *p, const Timeline *t, const TimelineKept *kept)
{
	const Timeline *from = kept->t;

	if ((from->flags & TIMELINE_VALUES) == 0)
		return put_nothing(p, (size_t) kept->n * t->value_width);
	if ((from->flags & TIMELINE_RAW_VALUES) ==
		(t->flags & TIMELINE_RAW_VALUES))
		return copy_column(p, t->value_width, from->values, from->value_width,
						   kept->n);
	/* millionths become doubles */
	for (uint32 i = 0; i < kept->n; i++, p += t->value_width)
	{
		double		value;

		store_bytes(p, timeline_value(from, i, &value) ? raw_bits(value) : 0);
	}
	return p;
}

static uint8 *
put_values(uint8 *p, const Timeline *t, const TimelineKept *kept,
		   const TimelineEvent *events, uint32 n)
{
	bool		raw = (t->flags & TIMELINE_RAW_VALUES) != 0;

	if (kept->n > 0)
		p = copy_values(p, t, kept);
	for (uint32 i = 0; i < n; i++, p += t->value_width)
	{
		double		value = events[i].value;
		uint64		bits = 0;

		if (events[i].has_value)
			bits = raw ? raw_bits(value) :
				zigzag((int64) rint(value * EXACT_SCALE));
		store_bytes(p, bits);
	}
	return p;
}

static uint8 *
put_channels(uint8 *p, const Timeline *t, const TimelineKept *kept,
			 const TimelineEvent *events, uint32 n)
{
	if (kept->n > 0 && kept->t->n_channels > 0)
		p = copy_codes(p, t->channel_width, kept->t->channel_codes,
					   kept->t->channel_width, kept->n, kept->channel_place,
					   1);
	else
		p = put_nothing(p, (size_t) kept->n * t->channel_width);
	for (uint32 i = 0; i < n; i++, p += t->channel_width)
		store_bytes(p, events[i].channel);
	return p;
}

static uint8 *
put_feelings(uint8 *p, const TimelineKept *kept, const TimelineEvent *events,
			 uint32 n)
{
	int			width = TIMELINE_FEELING_BYTES;

	if (kept->n > 0 && (kept->t->flags & TIMELINE_FEELINGS))
		p = copy_column(p, width, kept->t->feelings, width, kept->n);
	else
		p = put_nothing(p, (size_t) kept->n * width);
	for (uint32 i = 0; i < n; i++, p += width)
	{
		int32		feeling = events[i].feeling;

		store_bytes(p, (feeling == TIMELINE_NO_FEELING) ? 0 :
					(uint64) (feeling + FEELING_SCALE + 1));
	}
	return p;
}

/* Names, columns, time of the first event. */
static uint8 *
put_all(uint8 *p, const Timeline *t, const TimelineKept *kept,
		const TimelineEvent *events)
{
	uint32		n = t->n - kept->n;

	p = put_names(p, t->n_names, t->names, t->names_len);
	if (t->flags & TIMELINE_CHANNELS)
		p = put_names(p, t->n_channels, t->channels, t->channels_len);
	p = put_times(p, t, kept, events, n);
	p = put_codes(p, t, kept, events, n);
	CHECK_FOR_INTERRUPTS();
	if (t->flags & TIMELINE_SOME_NULL)
		p = put_has_value(p, t, kept, events, n);
	if (t->flags & TIMELINE_VALUES)
		p = put_values(p, t, kept, events, n);
	CHECK_FOR_INTERRUPTS();
	if (t->flags & TIMELINE_CHANNELS)
		p = put_channels(p, t, kept, events, n);
	if (t->flags & TIMELINE_FEELINGS)
		p = put_feelings(p, kept, events, n);
	store_bytes(p, (uint64) ((kept->n > 0) ? kept->t->first_at :
							 events[0].at));
	return p + sizeof(int64);
}

/* Bytes in the columns, but for the bit that tells of a value. */
static uint64
event_size(const Timeline *t)
{
	return t->at_width + t->code_width + t->value_width +
		((t->flags & TIMELINE_CHANNELS) ? t->channel_width : 0) +
		((t->flags & TIMELINE_FEELINGS) ? TIMELINE_FEELING_BYTES : 0);
}

struct varlena *
timeline_pack(const Timeline *t, const TimelineKept *kept,
			  const TimelineEvent *events)
{
	/* may be more than a size_t of 32 bits holds */
	uint64		size = VARHDRSZ + TIMELINE_COUNT_BYTES + 40 +
		t->names_len + t->channels_len + t->n * event_size(t) + 16;
	struct varlena *packed;
	uint8	   *p;

	if (t->flags & TIMELINE_SOME_NULL)
		size += (t->n + 7) / 8;
	timeline_check_size(size, t->n);
	packed = palloc((Size) size);
	p = (uint8 *) VARDATA(packed);
	*p++ = TIMELINE_VERSION;
	*p++ = TIMELINE_KIND;
	*p++ = t->flags;
	*p++ = (uint8) (t->at_width | t->value_width << 4);
	p = timeline_put_varint(p, t->n);
	if (t->n > 0)
		p = put_all(p, t, kept, events);
	SET_VARSIZE(packed, p - (uint8 *) packed);
	return packed;
}
