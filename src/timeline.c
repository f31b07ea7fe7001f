/*
 * timeline.c
 *	  Reading the packed form of a timeline.
 */
#include "postgres.h"

#include "compat.h"
#include "event_check.h"
#include "exact.h"
#include "timeline.h"
#include "utils/memutils.h"
#include "wire.h"

bool
timeline_check_version(const uint8 *data, Node *escontext)
{
	if (data[0] != TIMELINE_VERSION)
		ereturn(escontext, false,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("unknown version %d of a timeline", data[0]),
				 errdetail("This version of the extension reads version %d.",
						   TIMELINE_VERSION),
				 errhint("Install the newest version of the extension "
						 "\"journey\" and run ALTER EXTENSION journey "
						 "UPDATE.")));
	return true;
}

/*
 * Columns follow one another; gives what all take, in bytes.  n is at most
 * the length of the value, so 64 bits are enough, which a size_t may not have.
 */
static uint64
place_columns(Timeline *t, const uint8 *start)
{
	uint64		n = t->n;
	uint64		at = 0;

	t->at = start;
	at += (n - 1) * t->at_width;
	t->codes = start + at;
	at += n * t->code_width;
	t->has_value = start + at;
	if (t->flags & TIMELINE_SOME_NULL)
		at += (n + 7) / 8;
	t->values = start + at;
	if (t->flags & TIMELINE_VALUES)
		at += n * t->value_width;
	t->channel_codes = start + at;
	if (t->flags & TIMELINE_CHANNELS)
		at += n * t->channel_width;
	t->feelings = start + at;
	if (t->flags & TIMELINE_FEELINGS)
		at += n * TIMELINE_FEELING_BYTES;
	return at;
}

static inline void
read_names(WireReader *r, uint32 *n, const uint8 **first, size_t *len)
{
	*n = (uint32) wire_get_count(r);
	*len = wire_get_count(r);
	*first = r->next;
	r->next += *len;
}

/* Each field is set by itself: to clear all first would cost as much again. */
bool
timeline_open_bytes(Timeline *t, const uint8 *data, size_t len)
{
	WireReader	r;

	wire_open(&r, data + TIMELINE_HEADER_BYTES, len - TIMELINE_HEADER_BYTES);
	t->n = (uint32) wire_get_count(&r);
	t->flags = data[2];
	t->at_width = data[3] & 15;
	t->value_width = data[3] >> 4;
	t->n_names = t->n_channels = 0;
	t->names = t->channels = NULL;
	t->names_len = t->channels_len = 0;
	t->first_at = 0;
	if (t->n == 0)
		return !r.bad && wire_left(&r) == 0 && t->flags == 0 && data[3] == 0;
	read_names(&r, &t->n_names, &t->names, &t->names_len);
	if (t->flags & TIMELINE_CHANNELS)
		read_names(&r, &t->n_channels, &t->channels, &t->channels_len);
	timeline_set_code_widths(t, t->n_names, t->n_channels);
	if (r.bad || t->at_width > 8 || t->value_width > 8 ||
		place_columns(t, r.next) + sizeof(int64) != wire_left(&r))
		return false;
	t->first_at = (int64) load_bytes(r.end - sizeof(int64), sizeof(int64));
	return true;
}

void
timeline_open(Timeline *t, const struct varlena *packed)
{
	const uint8 *data = (const uint8 *) VARDATA_ANY(packed);
	size_t		len = VARSIZE_ANY_EXHDR(packed);

	if (len >= TIMELINE_HEADER_BYTES && unlikely(data[0] != TIMELINE_VERSION))
		(void) timeline_check_version(data, NULL);
	if (len <= TIMELINE_HEADER_BYTES || !timeline_open_bytes(t, data, len))
		elog(ERROR, "a stored timeline is broken");
}

uint32
timeline_count(const struct varlena *start)
{
	const uint8 *data = (const uint8 *) VARDATA_ANY(start);
	size_t		len = VARSIZE_ANY_EXHDR(start);
	WireReader	r;
	uint64		n;

	if (len <= TIMELINE_HEADER_BYTES)
		elog(ERROR, "a stored timeline is broken");
	(void) timeline_check_version(data, NULL);
	wire_open(&r, data + TIMELINE_HEADER_BYTES, len - TIMELINE_HEADER_BYTES);
	n = wire_get_uint(&r);
	return (uint32) n;
}

const uint8 *
timeline_name(const uint8 *next, MapText *name)
{
	size_t		len = *next++;
	int			shift = 7;

	/* names are mostly short; a length is a varint */
	if (len & 0x80)
	{
		len &= 0x7F;
		do
		{
			len |= (size_t) (*next & 0x7F) << shift;
			shift += 7;
		} while (*next++ & 0x80);
	}
	name->s = (const char *) next;
	name->len = (int) len;
	return next + len;
}

void *
timeline_array(size_t size, uint64 n)
{
	/* the product may be more than a size_t of 32 bits holds */
	if (n > MaxAllocHugeSize / size)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a timeline is too large for the memory of this "
						"machine"),
				 errhint("Keep a timeline for each of several periods.")));
	return palloc_extended(size * Max((size_t) n, 1), MCXT_ALLOC_HUGE);
}

MapText *
timeline_names(const uint8 *first, uint32 n)
{
	MapText    *names = timeline_array(sizeof(MapText), n);

	for (uint32 i = 0; i < n; i++)
		first = timeline_name(first, &names[i]);
	return names;
}

bool
timeline_value(const Timeline *t, uint32 i, double *value)
{
	uint64		bits;

	if ((t->flags & TIMELINE_VALUES) == 0 ||
		((t->flags & TIMELINE_SOME_NULL) &&
		 (t->has_value[i / 8] >> (i % 8) & 1) == 0))
		return false;
	bits = load_bytes(t->values + (size_t) i * t->value_width,
					  t->value_width);
	if (t->flags & TIMELINE_RAW_VALUES)
		memcpy(value, &bits, sizeof(double));
	else
		*value = exact_value((double) unzigzag(bits));
	return true;
}

void
timeline_get(const Timeline *t, uint32 i, int64 *at, TimelineEvent *event)
{
	if (i > 0)
		*at = (int64) ((uint64) *at + (uint64) timeline_step(t, i));
	else
		*at = t->first_at;
	event->at = *at;
	event->name = timeline_code(t, i);
	event->value = 0;
	event->has_value = timeline_value(t, i, &event->value);
	event->channel = timeline_channel(t, i);
	event->feeling = timeline_feeling(t, i);
}
