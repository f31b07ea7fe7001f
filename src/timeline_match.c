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
	m->plain = (plan->match.form == MATCH_PLAIN &&
				plan->codes.meaning.stages != NULL);
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
static inline uint32
hash_names(const Timeline *t)
{
	size_t		len = t->names_len;
	int			n = (int) Min(len, 8);
	uint64		mid = load_bytes(t->names + (len - n) / 2, n);
	uint64		end = load_bytes(t->names + len - n, n);
	uint64		mix;

	mix = load_bytes(t->names, n) ^ len ^ (mid << 23 | mid >> 41) ^
		(end << 46 | end >> 18);
	return (uint32) ((mix * UINT64CONST(0x9E3779B97F4A7C15)) >>
					 (64 - TIMELINE_KNOWN_BITS));
}

/* Takes the place of another set, in its memory if that is enough. */
static pg_noinline void
look_up_names(TimelineMatcher *m, const Timeline *t, KnownNames *known)
{
	const MatchPlan *plan = m->count.plan;
	const uint8 *next = t->names;
	size_t		n = t->n_names;
	size_t		size = n * (sizeof(uint32) + 1) + t->names_len;

	known->len = 0;
	if (size > known->room)
	{
		known->codes = more_room(m, known->codes, 2 * size);
		known->room = 2 * size;
	}
	known->stages = (uint8 *) (known->codes + n);
	known->names = known->stages + n;
	memcpy(known->names, t->names, t->names_len);
	for (uint32 i = 0; i < n; i++)
	{
		MapText		name;
		uint32		code;

		if (unlikely(i % EVENTS_A_BREATH == EVENTS_A_BREATH - 1))
			CHECK_FOR_INTERRUPTS();
		next = timeline_name(next, &name);
		code = event_codes_find(&m->plan->codes, name.s, (uint32) name.len);
		known->codes[i] = code;
		if (m->plain)
			known->stages[i] = (code == EVENT_CODE_NONE) ?
				(uint8) MATCH_NO_STAGE(plan) : m->count.codes.stages[code];
	}
	known->len = t->names_len;
}

static inline bool
same_names(const KnownNames *known, const Timeline *t)
{
	return known->len == t->names_len &&
		memcmp(known->names, t->names, t->names_len) == 0;
}

/* Customers do few different sets of things; each has a choice of two places. */
const KnownNames *
timeline_known_names(TimelineMatcher *m, const Timeline *t)
{
	uint32		place = hash_names(t);
	KnownNames *known = &m->known[place];

	if (likely(same_names(known, t)))
		return known;
	if (t->names_len >= TIMELINE_MANY_NAMES)
		known = &m->many;
	else if (known->len > 0)
		known = &m->known[place ^ 1];
	if (!same_names(known, t))
		look_up_names(m, t, known);
	return known;
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
			int code_width, int64 since, int64 until)
{
	int			width = t->at_width;
	uint64		mask = (width == 0) ? 0 : ~UINT64CONST(0) >> (64 - 8 * width);
	const uint8 *step = t->at - width;
	const uint8 *code_at = t->codes;
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
		if (at > until)
			break;
		/* written in any case, for which events matter is hard to guess */
		e->at = at;
		e->code = code;
		e->row = i;
		e += (code != EVENT_CODE_NONE) & (at >= since);
	}
	return e;
}

void
timeline_span_between(TimelineMatcher *m, const Timeline *t, int64 since,
					  int64 until, MatchSpan *span)
{
	bool		valued = (t->flags & TIMELINE_VALUES) != 0;
	MatchEvent *end;

	/* one more, which the last event may be written past */
	if (t->n >= m->room)
	{
		m->room = Max(t->n + t->n / 2, 64);
		m->events = more_room(m, m->events, sizeof(MatchEvent) * m->room);
		if (m->values != NULL)
			pfree(m->values);
		m->values = NULL;
	}
	if (valued && m->values == NULL)
		m->values = more_room(m, NULL, sizeof(int64) * m->room);
	end = m->events;
	if (t->n > 0)
	{
		const uint32 *codes = timeline_known_names(m, t)->codes;

		end = (t->code_width == 1) ?
			read_events(m, t, codes, 1, since, until) :
			read_events(m, t, codes, t->code_width, since, until);
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

void
timeline_span(TimelineMatcher *m, const Timeline *t, MatchSpan *span)
{
	timeline_span_between(m, t, PG_INT64_MIN, m->plan->last_at, span);
}

void
timeline_tally(TimelineMatcher *m, const Timeline *t)
{
	Count	   *count = &m->count;
	MatchSpan	span;
	Match		match;

	count->valued = (t->flags & TIMELINE_VALUES) != 0;
	count->touched =
		(t->flags & (TIMELINE_CHANNELS | TIMELINE_FEELINGS)) != 0;
	if (m->plain && t->n <= EVENTS_A_BREATH)
	{
		timeline_match_plain(m, t, &match);
		count_match(count, &match);
	}
	else
	{
		timeline_span(m, t, &span);
		count_customer(count, &span);
	}
	if (count->touched)
		credit_timeline(&count->credit, count->summary, t, m->plan->last_at);
}
