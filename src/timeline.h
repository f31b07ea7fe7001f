/*
 * timeline.h
 *	  The timeline: one customer's events, sorted, in one value.
 *
 * Packed for scanning, in columns of a fixed width each, so that a reader does
 * little but add and look up:
 *	  varlena header, version byte, kind byte 'T', flags byte, byte with the
 *	  widths of times (low half) and values (high half), count of events; and
 *	  if that is not 0:
 *	  names of the events, names of the channels if there are any: count, bytes
 *	  of all, then each with its length in front, in the order of their bytes,
 *	  each used
 *	  differences between times (n - 1)
 *	  event codes: 1, 2 or 4 bytes, by the number of names
 *	  values, if any: one bit an event that tells if it has one, if some have
 *	  none; zigzag millionths, or 8-byte doubles where these cannot hold them
 *	  channel codes, if any: 1 or 2 bytes; 0 is none, else the name's place + 1
 *	  feelings, if any: 3 bytes; 0 is none, else millionths + 1000001
 *	  time of the first event: 8 bytes, last, so that all columns may be read
 *	  8 bytes at a time
 * Numbers are low byte first.  Events are in the order of time, name, value,
 * channel, feeling, so a set of events has one packed form.
 */
#ifndef JOURNEY_TIMELINE_H
#define JOURNEY_TIMELINE_H

#include "compat.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"
#include "map.h"
#include "population.h"

#define TIMELINE_VERSION	1
#define TIMELINE_KIND		'T'

#define TIMELINE_VALUES		0x01
#define TIMELINE_RAW_VALUES 0x02	/* doubles, not millionths */
#define TIMELINE_SOME_NULL	0x04	/* some events have no value */
#define TIMELINE_CHANNELS	0x08
#define TIMELINE_FEELINGS	0x10
#define TIMELINE_ALL_FLAGS	0x1F

#define TIMELINE_MAX_CHANNELS 65535
#define TIMELINE_NO_FEELING TOUCH_NO_FEELING
#define TIMELINE_FEELING_BYTES 3

/* A timeline as it lies in memory; everything points into its bytes. */
typedef struct Timeline
{
	uint32		n;				/* events */
	uint8		flags;
	uint8		at_width;
	uint8		code_width;
	uint8		value_width;
	uint8		channel_width;
	int64		first_at;
	uint32		n_names;
	uint32		n_channels;
	const uint8 *names;			/* packed: the first one */
	const uint8 *channels;
	size_t		names_len;		/* bytes of all names, as packed */
	size_t		channels_len;
	const uint8 *at;			/* columns */
	const uint8 *codes;
	const uint8 *has_value;
	const uint8 *values;
	const uint8 *channel_codes;
	const uint8 *feelings;
} Timeline;

/* One event of it. */
typedef struct TimelineEvent
{
	int64		at;
	double		value;			/* never minus zero */
	uint32		name;			/* place in the names */
	uint32		channel;		/* place + 1 in the channels; 0: none */
	int32		feeling;		/* millionths, or TIMELINE_NO_FEELING */
	bool		has_value;
} TimelineEvent;

/* The order of events: names and channels by place, NULLs first. */
static inline int
timeline_compare(const TimelineEvent *a, const TimelineEvent *b)
{
	if (a->at != b->at)
		return (a->at < b->at) ? -1 : 1;
	if (a->name != b->name)
		return (a->name < b->name) ? -1 : 1;
	if (a->has_value != b->has_value)
		return b->has_value ? -1 : 1;
	if (a->has_value && a->value != b->value)
		return (a->value < b->value) ? -1 : 1;
	if (a->channel != b->channel)
		return (a->channel < b->channel) ? -1 : 1;
	return (a->feeling > b->feeling) - (a->feeling < b->feeling);
}

#define GETARG_TIMELINE(n) \
	((struct varlena *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))

/*
 * timeline.c.  timeline_open trusts the bytes, which must be a timeline's own;
 * it raises where the version is unknown.
 */
extern void timeline_open(Timeline *t, const struct varlena *packed);

/* False where the sizes alone tell that the bytes are no timeline. */
extern bool timeline_open_bytes(Timeline *t, const uint8 *data, size_t len);
extern bool timeline_check_version(const uint8 *data, Node *escontext);

/* The count of events, of which the first bytes are enough. */
#define TIMELINE_HEADER_BYTES 4 /* version, kind, flags, widths */
#define TIMELINE_COUNT_BYTES (TIMELINE_HEADER_BYTES + 10)
extern uint32 timeline_count(const struct varlena *start);

/* timeline_check.c, for bytes from outside: false after a soft error */
extern bool timeline_check(const char *data, size_t len, Node *escontext);

/* timeline_json.c: the text form; NULL after a soft error */
extern void timeline_to_json(StringInfo buf, const struct varlena *packed);
extern struct varlena *timeline_from_json(const char *str, Node *escontext);

static inline void
timeline_set_code_widths(Timeline *t, uint32 n_names, uint32 n_channels)
{
	t->code_width = (n_names <= 256) ? 1 : (n_names <= 65536) ? 2 : 4;
	t->channel_width = (n_channels < 256) ? 1 : 2;
}

/* The names, one after the other: from t->names or t->channels on. */
extern const uint8 *timeline_name(const uint8 *next, MapText *name);
extern MapText *timeline_names(const uint8 *first, uint32 n);

/* For n things; those of a timeline of 1 GB may take more than that. */
extern void *timeline_array(size_t size, uint64 n);

/* Events one by one: i in ascending order, at the time of the one before. */
extern void timeline_get(const Timeline *t, uint32 i, int64 *at,
						 TimelineEvent *event);

/* The i-th value; false if there is none. */
extern bool timeline_value(const Timeline *t, uint32 i, double *value);

static inline uint32
timeline_code(const Timeline *t, uint32 i)
{
	return (uint32) load_bytes(t->codes + (size_t) i * t->code_width,
							   t->code_width);
}

/* The place of its name + 1; 0: none. */
static inline uint32
timeline_channel(const Timeline *t, uint32 i)
{
	if ((t->flags & TIMELINE_CHANNELS) == 0)
		return 0;
	return (uint32) load_bytes(t->channel_codes + (size_t) i *
							   t->channel_width, t->channel_width);
}

static inline int32
timeline_feeling(const Timeline *t, uint32 i)
{
	uint32		feeling = 0;

	if (t->flags & TIMELINE_FEELINGS)
		feeling = (uint32) load_bytes(t->feelings + (size_t) i *
									  TIMELINE_FEELING_BYTES,
									  TIMELINE_FEELING_BYTES);
	return (feeling == 0) ? TIMELINE_NO_FEELING :
		(int32) feeling - TOUCH_FEELING_BASE;
}

/* To add to the time of event i - 1. */
static inline int64
timeline_step(const Timeline *t, uint32 i)
{
	return (int64) load_bytes(t->at + (size_t) (i - 1) * t->at_width,
							  t->at_width);
}

/*
 * timeline_build.c: events come in any order, then the packed form is made.
 * All memory is in the context that was current at timeline_builder_init, and
 * grows with the events.  Names are copied.
 */
typedef struct TimelineBuilder TimelineBuilder;

extern TimelineBuilder *timeline_builder_make(void);
extern void timeline_builder_free(TimelineBuilder *b);
extern uint32 timeline_builder_name(TimelineBuilder *b, const char *s,
									uint32 len);

/* The channel's code + 1; raises if there are too many. */
extern uint32 timeline_builder_channel(TimelineBuilder *b, const char *s,
									   uint32 len);

/* name and channel: as given by the two above. */
extern void timeline_builder_add(TimelineBuilder *b,
								 const TimelineEvent *event);

/* All events of a timeline, since <= at < until. */
extern void timeline_builder_add_all(TimelineBuilder *b, const Timeline *t,
									 int64 since, int64 until);

extern struct varlena *timeline_builder_pack(TimelineBuilder *b);

/*
 * timeline_merge.c: the events of both, or if distinct, of those alike in
 * everything one.  The result may be one of the two.
 */
extern const struct varlena *timeline_merge(const struct varlena *x,
											const struct varlena *y,
											bool distinct);

#endif							/* JOURNEY_TIMELINE_H */
