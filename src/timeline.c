/*
 * timeline.c
 *	  Reading the packed form of a timeline.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "compat.h"
#include "event_check.h"
#include "exact.h"
#include "timeline.h"
#include "wire.h"

#define HEADER_BYTES	4		/* version, kind, flags, widths */

static bool
broken(Node *escontext, const char *what)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type timeline"),
			 errdetail("%s.", what),
			 errhint("Send what the type's own binary output gave.")));
}

static bool
check_version(const uint8 *header, Node *escontext)
{
	if (header[0] != TIMELINE_VERSION)
		ereturn(escontext, false,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("unknown version %d of a timeline", header[0]),
				 errdetail("This version of the extension reads version %d.",
						   TIMELINE_VERSION),
				 errhint("Install the newest version of the extension "
						 "\"journey\" and run ALTER EXTENSION journey "
						 "UPDATE.")));
	return true;
}

void
timeline_set_code_widths(Timeline *t, uint32 n_names, uint32 n_channels)
{
	t->code_width = (n_names <= 256) ? 1 : (n_names <= 65536) ? 2 : 4;
	t->channel_width = (n_channels < 256) ? 1 : 2;
}

/*
 * Columns follow one another; gives what all take, in bytes.  n is at most
 * the length of the value, so nothing can overflow.
 */
static size_t
place_columns(Timeline *t, const uint8 *p)
{
	const uint8 *start = p;
	size_t		n = t->n;

	t->at = p;
	p += (n - 1) * t->at_width;
	t->codes = p;
	p += n * t->code_width;
	t->has_value = p;
	if (t->flags & TIMELINE_SOME_NULL)
		p += (n + 7) / 8;
	t->values = p;
	if (t->flags & TIMELINE_VALUES)
		p += n * t->value_width;
	t->channel_codes = p;
	if (t->flags & TIMELINE_CHANNELS)
		p += n * t->channel_width;
	t->feelings = p;
	if (t->flags & TIMELINE_FEELINGS)
		p += n * TIMELINE_FEELING_BYTES;
	return (size_t) (p - start);
}

static void
read_names(WireReader *r, uint32 *n, const uint8 **first)
{
	size_t		count = wire_get_count(r);

	*n = (uint32) count;
	*first = r->next;
	for (size_t i = 0; i < count && !r->bad; i++)
	{
		size_t		len;

		(void) wire_get_bytes(r, &len);
	}
}

/* False: not a timeline, as far as that can be seen from its sizes. */
static bool
open_bytes(Timeline *t, const uint8 *data, size_t len)
{
	WireReader	r;
	uint64		n;

	memset(t, 0, sizeof(*t));
	wire_open(&r, data + HEADER_BYTES, len - HEADER_BYTES);
	n = wire_get_count(&r);
	t->n = (uint32) n;
	t->flags = data[2];
	t->at_width = data[3] & 15;
	t->value_width = data[3] >> 4;
	if (n == 0)
		return !r.bad && wire_left(&r) == 0 && t->flags == 0 && data[3] == 0;
	read_names(&r, &t->n_names, &t->names);
	t->names_len = (size_t) (r.next - t->names);
	if (t->flags & TIMELINE_CHANNELS)
		read_names(&r, &t->n_channels, &t->channels);
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

	if (len >= HEADER_BYTES)
		(void) check_version(data, NULL);
	if (len <= HEADER_BYTES || !open_bytes(t, data, len))
		elog(ERROR, "a stored timeline is broken");
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

MapText *
timeline_names(const uint8 *first, uint32 n)
{
	MapText    *names = palloc(sizeof(MapText) * Max(n, 1));

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
		*value = (double) unzigzag(bits) / EXACT_SCALE;
	return true;
}

void
timeline_get(const Timeline *t, uint32 i, int64 *at, TimelineEvent *event)
{
	uint32		feeling = 0;

	if (i > 0)
		*at = (int64) ((uint64) *at + (uint64) timeline_step(t, i));
	else
		*at = t->first_at;
	event->at = *at;
	event->name = timeline_code(t, i);
	event->channel = 0;
	event->value = 0;
	event->has_value = timeline_value(t, i, &event->value);
	if (t->flags & TIMELINE_CHANNELS)
		event->channel = (uint32)
			load_bytes(t->channel_codes + (size_t) i * t->channel_width,
					   t->channel_width);
	if (t->flags & TIMELINE_FEELINGS)
		feeling = (uint32)
			load_bytes(t->feelings + (size_t) i * TIMELINE_FEELING_BYTES,
					   TIMELINE_FEELING_BYTES);
	event->feeling = (feeling == 0) ? TIMELINE_NO_FEELING :
		(int32) feeling - FEELING_SCALE - 1;
}

/* What adding the events to a builder relies on. */
static const char *
check_events(const Timeline *t)
{
	int64		at = 0;

	for (uint32 i = 0; i < t->n; i++)
	{
		TimelineEvent e;
		uint64		step = (i == 0) ? 0 : (uint64) timeline_step(t, i);

		if (i > 0 && step > (uint64) PG_INT64_MAX - (uint64) at)
			return "Its times are out of range";
		timeline_get(t, i, &at, &e);
		if (!IS_VALID_TIMESTAMP(at))
			return "Its times are out of range";
		if (e.name >= t->n_names || e.channel > t->n_channels)
			return "It has an event without a name";
		if (e.has_value &&
			!(e.value >= -EVENT_MAX_VALUE && e.value <= EVENT_MAX_VALUE))
			return "It has a value out of range";
		if (e.feeling > FEELING_SCALE)
			return "It has a feeling out of range";
	}
	return NULL;
}

/*
 * Bytes are a timeline's if they are what packing its events gives: then
 * everything is in order, used, and as narrow as can be.
 */
bool
timeline_check(const char *data, size_t len, Node *escontext)
{
	const uint8 *bytes = (const uint8 *) data;
	Timeline	t;
	TimelineBuilder *builder;
	struct varlena *again;
	const char *wrong;

	if (len <= HEADER_BYTES)
		return broken(escontext, "It is too short");
	if (!check_version(bytes, escontext))
		return false;
	if (bytes[1] != TIMELINE_KIND || (bytes[2] & ~TIMELINE_ALL_FLAGS) != 0)
		return broken(escontext, "It is a value of another type");
	if (!open_bytes(&t, bytes, len))
		return broken(escontext, "Its parts do not fit together");
	wrong = check_events(&t);
	if (wrong != NULL)
		return broken(escontext, wrong);
	builder = timeline_builder_make();
	timeline_builder_add_all(builder, &t, PG_INT64_MIN, PG_INT64_MAX);
	again = timeline_builder_pack(builder, false);
	if (VARSIZE_ANY_EXHDR(again) != len ||
		memcmp(VARDATA_ANY(again), data, len) != 0)
		return broken(escontext, "It is not in the form that output gives");
	return true;
}
