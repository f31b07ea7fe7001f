/*
 * timeline_match.c
 *	  From a packed timeline to the events that a journey has a use for.
 *
 * Names are looked up once for each set of them that comes up; an event then
 * costs two reads of columns.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "event_check.h"
#include "timeline_match.h"

TimelineMatcher *
timeline_matcher_make(const JourneyPlan *plan, MemoryContext cxt)
{
	TimelineMatcher *m = MemoryContextAllocZero(cxt, sizeof(TimelineMatcher));

	m->plan = plan;
	m->cxt = cxt;
	count_open(&m->count, plan, cxt);
	return m;
}

static void *
more_room(TimelineMatcher *m, void *old, size_t size)
{
	if (old != NULL)
		pfree(old);
	return MemoryContextAllocHuge(m->cxt, size);
}

/* Of the length, and the first, middle and last bytes. */
static inline uint64
hash_names(const Timeline *t)
{
	size_t		len = t->names_len;
	int			n = (int) Min(len, 8);
	uint64		hash = load_bytes(t->names, n) ^ len;

	hash = mix_bits(hash) ^ load_bytes(t->names + (len - n) / 2, n);
	return mix_bits(hash ^ load_bytes(t->names + len - n, n) << 1);
}

static pg_noinline void
look_up_names(TimelineMatcher *m, const Timeline *t, struct KnownNames *known)
{
	const uint8 *next = t->names;

	if (known->names != NULL)
	{
		pfree(known->names);
		pfree(known->codes);
		known->names = NULL;
	}
	known->codes = more_room(m, NULL, sizeof(uint32) * t->n_names);
	known->names = more_room(m, NULL, t->names_len);
	known->len = t->names_len;
	memcpy(known->names, t->names, t->names_len);
	for (uint32 i = 0; i < t->n_names; i++)
	{
		MapText		name;

		next = timeline_name(next, &name);
		known->codes[i] = event_codes_find(&m->plan->codes, name.s,
										   (uint32) name.len);
	}
}

/* Codes by name.  Customers do few different sets of things. */
static inline const uint32 *
codes_of_names(TimelineMatcher *m, const Timeline *t)
{
	uint32		place = (uint32) (hash_names(t) & (TIMELINE_KNOWN - 1));
	struct KnownNames *known = &m->known[place];

	if (known->names == NULL || known->len != t->names_len ||
		memcmp(t->names, known->names, t->names_len) != 0)
		look_up_names(m, t, known);
	return known->codes;
}

static int64
value_millionths(const Timeline *t, uint32 i)
{
	double		value;

	if (!timeline_value(t, i, &value))
		return MATCH_NO_VALUE;
	return event_value_millionths(value);
}

/*
 * The columns of time and code, run through side by side.  What the loop needs
 * is in local variables: its stores could be to anything else.
 */
static pg_attribute_always_inline MatchEvent *
read_events(const TimelineMatcher *m, const Timeline *t, const uint32 *codes,
			int code_width)
{
	int			width = t->at_width;
	uint64		mask = (width == 0) ? 0 : ~UINT64CONST(0) >> (64 - 8 * width);
	const uint8 *step = t->at - width;
	const uint8 *code_at = t->codes;
	int64		last_at = m->plan->last_at;
	int64		at = t->first_at;
	uint32		n = t->n;
	MatchEvent *e = m->events;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		code = codes[load_bytes(code_at, code_width)];

		if (i > 0)
			at += (int64) (load_bytes(step, 8) & mask);
		step += width;
		code_at += code_width;
		if (unlikely(i % 65536 == 65535))
			CHECK_FOR_INTERRUPTS();
		if (unlikely(at > last_at))
			break;
		/* written in any case, for which events matter is hard to guess */
		e->at = at;
		e->code = code;
		e->row = i;
		e += (code != EVENT_CODE_NONE);
	}
	return e;
}

void
timeline_span(TimelineMatcher *m, const Timeline *t, MatchSpan *span)
{
	bool		valued = (t->flags & TIMELINE_VALUES) != 0;
	MatchEvent *end = m->events;

	/* one more, which the last event may be written past */
	if (t->n >= m->room)
	{
		m->room = Max(t->n + t->n / 2, 64);
		m->events = more_room(m, m->events, sizeof(MatchEvent) * m->room);
		if (m->values != NULL)
			pfree(m->values);
		m->values = NULL;
		end = m->events;
	}
	if (valued && m->values == NULL)
		m->values = more_room(m, NULL, sizeof(int64) * m->room);
	if (t->n > 0)
	{
		const uint32 *codes = codes_of_names(m, t);

		end = (t->code_width == 1) ? read_events(m, t, codes, 1) :
			read_events(m, t, codes, t->code_width);
	}
	if (valued)
	{
		for (const MatchEvent *e = m->events; e < end; e++)
			m->values[e->row] = value_millionths(t, e->row);
	}
	span->events = m->events;
	span->n = (size_t) (end - m->events);
	span->values = valued ? m->values : NULL;
}
