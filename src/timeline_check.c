/*
 * timeline_check.c
 *	  Are bytes from outside a timeline?
 *
 * They are if packing their events would give the same bytes: then everything
 * is in order, used, in range, and as narrow as can be.  That is checked in
 * place, in memory for one byte a name.
 */
#include "postgres.h"

#include "compat.h"
#include "event_check.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "timeline.h"
#include "utils/timestamp.h"
#include "wire.h"

/* What is seen while reading the events. */
typedef struct Seen
{
	bool	   *names;			/* by place: used */
	bool	   *channels;
	uint64		steps;			/* all bits of them */
	uint64		values;			/* all bits of the millionths */
	bool		raw;			/* a value that millionths cannot hold */
	bool		value;			/* some event has one */
	bool		null;			/* some event has none */
	bool		feeling;
} Seen;

static bool
broken(Node *escontext, const char *what)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type timeline"),
			 errdetail("%s.", what),
			 errhint("Send what the type's own binary output gave.")));
}

static const char *
check_names(const uint8 *first, size_t bytes, uint32 n)
{
	MapText		before = {NULL, 0};
	WireReader	r;

	wire_open(&r, first, bytes);
	for (uint32 i = 0; i < n; i++)
	{
		MapText		name;
		size_t		len;

		CHECK_FOR_INTERRUPTS();
		name.s = wire_get_bytes(&r, &len);
		name.len = (int) len;
		if (r.bad)
			break;
		if (i > 0 && map_text_compare(&before, &name) >= 0)
			return "Its names are not in order";
		if (!pg_verify_mbstr(GetDatabaseEncoding(), name.s, name.len, true))
			return "A name is not in the encoding of the database";
		before = name;
	}
	return (r.bad || wire_left(&r) > 0) ? "Its names do not fit" : NULL;
}

/* The value of event i and its bytes. */
static const char *
check_value(const Timeline *t, uint32 i, const TimelineEvent *e, Seen *seen)
{
	uint64		bits = 0;
	uint64		expected = 0;
	double		millionths;

	if (t->flags & TIMELINE_VALUES)
		bits = load_bytes(t->values + (size_t) i * t->value_width,
						  t->value_width);
	if (!e->has_value)
		seen->null = true;
	else
	{
		seen->value = true;
		if (!(e->value >= -EVENT_MAX_VALUE && e->value <= EVENT_MAX_VALUE))
			return "It has a value out of range";
		millionths = rint(e->value * EXACT_SCALE);
		expected = zigzag((int64) millionths);
		seen->values |= expected;
		seen->raw |= exact_value(millionths) != e->value;
		if (t->flags & TIMELINE_RAW_VALUES)
		{
			/* as the builder keeps it */
			double		value = e->value + 0.0;

			memcpy(&expected, &value, sizeof(expected));
		}
	}
	return (bits == expected) ? NULL : "It has a value in another form";
}

static const char *
check_event(const Timeline *t, uint32 i, const TimelineEvent *e, Seen *seen)
{
	if (!IS_VALID_TIMESTAMP(e->at))
		return "Its times are out of range";
	if (e->name >= t->n_names || e->channel > t->n_channels)
		return "It has an event without a name";
	seen->names[e->name] = true;
	if (e->channel > 0)
		seen->channels[e->channel - 1] = true;
	if (e->feeling > FEELING_SCALE)
		return "It has a feeling out of range";
	seen->feeling |= e->feeling != TIMELINE_NO_FEELING;
	return check_value(t, i, e, seen);
}

static const char *
check_events(const Timeline *t, Seen *seen)
{
	TimelineEvent before = {0};
	int64		at = 0;

	for (uint32 i = 0; i < t->n; i++)
	{
		TimelineEvent e;
		const char *wrong;

		CHECK_FOR_INTERRUPTS();
		if (i > 0)
		{
			uint64		step = (uint64) timeline_step(t, i);

			if (step > (uint64) PG_INT64_MAX - (uint64) at)
				return "Its times are out of range";
			seen->steps |= step;
		}
		timeline_get(t, i, &at, &e);
		wrong = check_event(t, i, &e, seen);
		if (wrong != NULL)
			return wrong;
		if (i > 0 && timeline_compare(&before, &e) > 0)
			return "Its events are not in order";
		before = e;
	}
	return NULL;
}

static bool
all_used(const bool *used, uint32 n)
{
	return memchr(used, false, n) == NULL;
}

/* Are the columns those that are needed, and as narrow as can be? */
static bool
fits(const Timeline *t, const Seen *seen)
{
	uint8		flags = 0;
	int			value_width = seen->raw ? 8 : bytes_needed(seen->values);
	uint8		rest = 0;

	if (seen->value)
		flags |= TIMELINE_VALUES;
	if (seen->raw)
		flags |= TIMELINE_RAW_VALUES;
	if (seen->value && seen->null)
		flags |= TIMELINE_SOME_NULL;
	if (t->n_channels > 0)
		flags |= TIMELINE_CHANNELS;
	if (seen->feeling)
		flags |= TIMELINE_FEELINGS;
	if ((flags & TIMELINE_SOME_NULL) && t->n % 8 != 0)
		rest = t->has_value[t->n / 8] >> (t->n % 8);
	return t->flags == flags && rest == 0 &&
		t->at_width == bytes_needed(seen->steps) &&
		t->value_width == value_width &&
		all_used(seen->names, t->n_names) &&
		all_used(seen->channels, t->n_channels);
}

bool
timeline_check(const char *data, size_t len, Node *escontext)
{
	const uint8 *bytes = (const uint8 *) data;
	Timeline	t;
	Seen		seen = {0};
	const char *wrong;

	if (len <= TIMELINE_HEADER_BYTES)
		return broken(escontext, "It is too short");
	if (!timeline_check_version(bytes, escontext))
		return false;
	if (bytes[1] != TIMELINE_KIND || (bytes[2] & ~TIMELINE_ALL_FLAGS) != 0)
		return broken(escontext, "It is a value of another type");
	if (!timeline_open_bytes(&t, bytes, len) ||
		t.n_channels > TIMELINE_MAX_CHANNELS)
		return broken(escontext, "Its parts do not fit together");

	wrong = check_names(t.names, t.names_len, t.n_names);
	if (wrong == NULL)
		wrong = check_names(t.channels, t.channels_len,
							t.n_channels);
	if (wrong == NULL)
	{
		seen.names = palloc0(t.n_names + 1);
		seen.channels = palloc0(t.n_channels + 1);
		wrong = check_events(&t, &seen);
		if (wrong == NULL && !fits(&t, &seen))
			wrong = "It is not in the form that output gives";
		pfree(seen.names);
		pfree(seen.channels);
	}
	return wrong == NULL || broken(escontext, wrong);
}
