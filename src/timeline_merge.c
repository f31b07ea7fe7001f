/*
 * timeline_merge.c
 *	  Two timelines become one.
 *
 * The events of each are in order, and so are its names.  So those of one
 * timeline are taken over as they are packed, up to where the other begins, and
 * only what is left is merged event by event.  New events are mostly later
 * than all that is known: then there is little to do but copy columns.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "timeline_pack.h"

/* Names of both, each once. */
typedef struct JoinedNames
{
	uint32		n;
	size_t		len;
	const uint8 *packed;
	uint32	   *place[2];		/* of the names of each; NULL: the same */
	void	   *memory;			/* of all this */
} JoinedNames;

/* One of the two, read event by event: `event` is of the result. */
typedef struct MergeSide
{
	const struct varlena *packed;
	Timeline	t;
	const uint32 *name_place;
	const uint32 *channel_place;
	uint32		next;			/* to be read */
	int64		at;				/* of the one before */
	TimelineEvent event;
} MergeSide;

/* A name and what comes behind it. */
static const uint8 *
peek_name(const uint8 *next, uint32 left, MapText *name)
{
	return (left > 0) ? timeline_name(next, name) : next;
}

static void
join_names(JoinedNames *joined, const uint8 *a, uint32 n_a, size_t len_a,
		   const uint8 *b, uint32 n_b, size_t len_b)
{
	MapText		x = {NULL, 0};
	MapText		y = {NULL, 0};
	const uint8 *after_a;
	const uint8 *after_b;
	uint32		i = 0;
	uint32		k = 0;
	uint8	   *p;

	memset(joined, 0, sizeof(*joined));
	if (len_a == len_b && (len_a == 0 || memcmp(a, b, len_a) == 0))
	{
		joined->n = n_a;
		joined->len = len_a;
		joined->packed = a;
		return;
	}
	joined->memory = palloc_extended(sizeof(uint32) * ((size_t) n_a + n_b) +
									 len_a + len_b, MCXT_ALLOC_HUGE);
	joined->place[0] = joined->memory;
	joined->place[1] = joined->place[0] + n_a;
	p = (uint8 *) (joined->place[1] + n_b);
	joined->packed = p;
	after_a = peek_name(a, n_a, &x);
	after_b = peek_name(b, n_b, &y);
	for (; i < n_a || k < n_b; joined->n++)
	{
		int			order = (i == n_a) ? 1 : (k == n_b) ? -1 :
			map_text_compare(&x, &y);
		const uint8 *from = (order <= 0) ? a : b;
		size_t		len = ((order <= 0) ? after_a : after_b) - from;

		CHECK_FOR_INTERRUPTS();
		memcpy(p, from, len);
		p += len;
		if (order <= 0)
		{
			joined->place[0][i++] = joined->n;
			a = after_a;
			after_a = peek_name(a, n_a - i, &x);
		}
		if (order >= 0)
		{
			joined->place[1][k++] = joined->n;
			b = after_b;
			after_b = peek_name(b, n_b - k, &y);
		}
	}
	joined->len = p - joined->packed;
	/* places only move up: if the last one has not, none has */
	if (n_a == 0 || joined->place[0][n_a - 1] == n_a - 1)
		joined->place[0] = NULL;
	if (n_b == 0 || joined->place[1][n_b - 1] == n_b - 1)
		joined->place[1] = NULL;
}

static void
read_event(MergeSide *s, uint32 i, int64 *at, TimelineEvent *event)
{
	timeline_get(&s->t, i, at, event);
	if (s->name_place != NULL)
		event->name = s->name_place[event->name];
	if (s->channel_place != NULL && event->channel > 0)
		event->channel = s->channel_place[event->channel - 1] + 1;
}

static bool
read_next(MergeSide *s)
{
	if (s->next == s->t.n)
		return false;
	read_event(s, s->next++, &s->at, &s->event);
	return true;
}

/* Is an event equal to the one before it, at the same time? */
static bool
is_repeated(const Timeline *t, uint32 i)
{
	TimelineEvent before;
	TimelineEvent event;
	int64		at = 0;

	timeline_get(t, i - 1, &at, &before);
	timeline_get(t, i, &at, &event);
	before.at = event.at;
	return timeline_compare(&before, &event) == 0;
}

/*
 * How many events of a timeline can be taken over as they are: those earlier
 * than `until`, and if they shall be distinct, up to the first repeated one.
 * The side is left behind them.  *steps: all bits of the steps between them.
 */
static uint32
count_kept(MergeSide *s, int64 until, bool distinct, uint64 *steps)
{
	const Timeline *t = &s->t;
	int64		at = t->first_at;

	*steps = 0;
	if (t->n == 0 || at >= until)
		return 0;
	s->next = 1;
	for (uint32 i = 1; i < t->n; i++)
	{
		uint64		step = (uint64) timeline_step(t, i);
		int64		next_at = (int64) ((uint64) at + step);

		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (next_at >= until ||
			(unlikely(step == 0) && distinct && is_repeated(t, i)))
			break;
		*steps |= step;
		at = next_at;
		s->next++;
	}
	s->at = at;
	return s->next;
}

/* Merges what has not been read of the two; returns how many events it is. */
static uint32
merge_rest(MergeSide *a, MergeSide *b, bool distinct, TimelineEvent *events)
{
	TimelineEvent kept;
	const TimelineEvent *last = NULL;
	uint32		n = 0;
	bool		more_a;
	bool		more_b;

	if (a->next > 0)
	{
		int64		at = 0;

		read_event(a, a->next - 1, &at, &kept);
		kept.at = a->at;
		last = &kept;
	}
	more_a = read_next(a);
	more_b = read_next(b);
	while (more_a || more_b)
	{
		bool		from_a = !more_b ||
			(more_a && timeline_compare(&a->event, &b->event) <= 0);
		const TimelineEvent *e = from_a ? &a->event : &b->event;

		if (n % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (!distinct || last == NULL || timeline_compare(last, e) != 0)
		{
			events[n] = *e;
			last = &events[n++];
		}
		if (from_a)
			more_a = read_next(a);
		else
			more_b = read_next(b);
	}
	return n;
}

static bool
some_without_value(const Timeline *t)
{
	return t->n > 0 && ((t->flags & TIMELINE_VALUES) == 0 ||
						(t->flags & TIMELINE_SOME_NULL) != 0);
}

/* The columns of the result: all that was in one of them still is. */
static void
describe(Timeline *t, const Timeline *a, const Timeline *b,
		 const JoinedNames *names, const JoinedNames *channels)
{
	memset(t, 0, sizeof(*t));
	t->flags = a->flags | b->flags;
	if ((t->flags & TIMELINE_VALUES) &&
		(some_without_value(a) || some_without_value(b)))
		t->flags |= TIMELINE_SOME_NULL;
	t->value_width = (t->flags & TIMELINE_RAW_VALUES) ? 8 :
		Max(a->value_width, b->value_width);
	t->n_names = names->n;
	t->names = names->packed;
	t->names_len = names->len;
	t->n_channels = channels->n;
	t->channels = channels->packed;
	t->channels_len = channels->len;
	timeline_set_code_widths(t, t->n_names, t->n_channels);
}

/* All bits of the steps up to each of these events. */
static uint64
steps_between(const TimelineKept *kept, const TimelineEvent *events, uint32 n)
{
	uint64		steps = 0;

	if (n > 0 && kept->n > 0)
		steps = (uint64) events[0].at - (uint64) kept->last_at;
	for (uint32 i = 1; i < n; i++)
		steps |= (uint64) events[i].at - (uint64) events[i - 1].at;
	return steps;
}

const struct varlena *
timeline_merge(const struct varlena *x, const struct varlena *y,
			   bool distinct)
{
	MergeSide		sides[2] = {{x}, {y}};
	MergeSide	   *a = &sides[0];
	MergeSide	   *b = &sides[1];
	TimelineKept kept = {0};
	JoinedNames names;
	JoinedNames channels;
	Timeline	t;
	uint64		steps;
	TimelineEvent *events;
	uint32		n;
	struct varlena *packed;

	timeline_open(&a->t, x);
	timeline_open(&b->t, y);
	if (a->t.n == 0 || (b->t.n > 0 && b->t.first_at < a->t.first_at))
	{
		a = &sides[1];
		b = &sides[0];
	}
	/* a begins first */
	kept.t = &a->t;
	kept.n = count_kept(a, (b->t.n > 0) ? b->t.first_at : PG_INT64_MAX,
						distinct, &steps);
	kept.last_at = a->at;
	if (kept.n == a->t.n && b->t.n == 0)
		return a->packed;
	join_names(&names, a->t.names, a->t.n_names, a->t.names_len,
			   b->t.names, b->t.n_names, b->t.names_len);
	join_names(&channels, a->t.channels, a->t.n_channels, a->t.channels_len,
			   b->t.channels, b->t.n_channels, b->t.channels_len);
	timeline_check_channels(channels.n);
	a->name_place = kept.name_place = names.place[0];
	a->channel_place = kept.channel_place = channels.place[0];
	b->name_place = names.place[1];
	b->channel_place = channels.place[1];

	events = timeline_array(sizeof(TimelineEvent),
							(uint64) (a->t.n - kept.n) + b->t.n);
	n = merge_rest(a, b, distinct, events);
	describe(&t, &a->t, &b->t, &names, &channels);
	t.n = kept.n + n;
	t.at_width = (uint8)
		bytes_needed(steps | steps_between(&kept, events, n));
	packed = timeline_pack(&t, &kept, events);
	pfree(events);
	if (names.memory != NULL)
		pfree(names.memory);
	if (channels.memory != NULL)
		pfree(channels.memory);
	return packed;
}
