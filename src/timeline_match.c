/*
 * timeline_match.c
 *	  From a packed timeline to the events that a journey has a use for.
 *
 * Names are looked up once a timeline, and not even that where they are the
 * same as in the timeline before; an event then costs two reads of columns.
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

static pg_noinline void
look_up_names(TimelineMatcher *m, const Timeline *t)
{
	const uint8 *next = t->names;

	if (t->n_names > m->code_room)
	{
		m->code_room = Max(2 * t->n_names, 16);
		m->codes = more_room(m, m->codes, sizeof(uint32) * m->code_room);
	}
	if (t->names_len > m->names_room)
	{
		m->names_room = 2 * t->names_len;
		m->names = more_room(m, m->names, m->names_room);
	}
	for (uint32 i = 0; i < t->n_names; i++)
	{
		MapText		name;

		next = timeline_name(next, &name);
		m->codes[i] = event_codes_find(&m->plan->codes, name.s,
									   (uint32) name.len);
	}
	memcpy(m->names, t->names, t->names_len);
	m->names_len = t->names_len;
}

static int64
value_millionths(const Timeline *t, uint32 i)
{
	double		value;

	if (!timeline_value(t, i, &value))
		return MATCH_NO_VALUE;
	return event_value_millionths(value);
}

void
timeline_span(TimelineMatcher *m, const Timeline *t, MatchSpan *span)
{
	int64		at = t->first_at;
	bool		valued = (t->flags & TIMELINE_VALUES) != 0;
	MatchEvent *e;

	if (t->n > m->room)
	{
		m->room = Max(t->n + t->n / 2, 64);
		m->events = more_room(m, m->events, sizeof(MatchEvent) * m->room);
		if (m->values != NULL)
			pfree(m->values);
		m->values = NULL;
	}
	if (valued && m->values == NULL)
		m->values = more_room(m, NULL, sizeof(int64) * m->room);
	if (t->names_len != m->names_len ||
		memcmp(t->names, m->names, t->names_len) != 0)
		look_up_names(m, t);
	e = m->events;
	for (uint32 i = 0; i < t->n; i++)
	{
		uint32		code = m->codes[timeline_code(t, i)];

		if (i > 0)
			at += timeline_step(t, i);
		if (unlikely(i % 65536 == 65535))
			CHECK_FOR_INTERRUPTS();
		if (code == EVENT_CODE_NONE)
			continue;
		if (at > m->plan->last_at)
			break;
		e->at = at;
		e->code = code;
		e->row = i;
		if (valued)
			m->values[i] = value_millionths(t, i);
		e++;
	}
	span->events = m->events;
	span->n = (size_t) (e - m->events);
	span->values = valued ? m->values : NULL;
}
