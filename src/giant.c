/*
 * giant.c
 *	  One customer with more events than memory is allowed for.
 *
 * The events are dealt out to partitions again, this time by the time of the
 * event: partitions in order are in order of time.  One that is still too
 * large is dealt out once more, until it fits, or is a single instant; and of
 * an instant, as many rows of a code as there can be stages are enough.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "giant.h"

typedef struct GiantLevel
{
	struct GiantLevel *above;
	MemoryContext cxt;
	Population	pop;			/* events by time */
	uint64		origin;			/* time that is route 0 */
	int			next;			/* partition */
} GiantLevel;

struct Giant
{
	MemoryContext cxt;
	MemoryContext span_cxt;		/* of the span given last */
	const CodeSpace *space;
	Population *pop;			/* where it came from */
	Partition  *part;
	bool		keep_codes;
	GiantLevel *top;			/* level being read; the first one stays */
	MatchEvent *events;
	int64	   *values;
};

#define ST_SORT sort_by_time
#define ST_ELEMENT_TYPE MatchEvent
#define ST_COMPARE(a, b) (((a)->at > (b)->at) - ((a)->at < (b)->at))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

void
events_sort(MatchEvent *events, size_t n)
{
	sort_by_time(events, n);
}

/* The first and the last time of a partition; false if it has several keys. */
static bool
time_range(Population *pop, Partition *part, int64 *first,
		   int64 *last)
{
	StreamReader s;
	const uint8 *data;
	uint32		used;
	bool		one = true;
	CustomerKey key = {0};
	char	   *bytes = NULL;

	*first = PG_INT64_MAX;
	*last = PG_INT64_MIN;
	stream_open(&s, pop, part, false);
	while (one && stream_next(&s, &data, &used))
	{
		ChunkReader r;

		chunk_open(&r, data, used);
		while (one && chunk_next(&r, pop->form))
		{
			*first = Min(*first, r.at);
			*last = Max(*last, r.at);
			if (r.same)
				continue;
			if (bytes == NULL)
			{
				key = r.key;
				bytes = MemoryContextAllocHuge(CurrentMemoryContext,
											   (size_t) key.len + 1);
				if (key.len > 0)
					memcpy(bytes, key.bytes, key.len);
			}
			else if (pop->form.kind == KEY_INT8)
				one = (key.number == r.key.number);
			else
				one = (key.len == r.key.len &&
					   memcmp(bytes, r.key.bytes, key.len) == 0);
		}
	}
	stream_close(&s);
	if (bytes != NULL)
		pfree(bytes);
	return one;
}

static GiantLevel *
level_open(MemoryContext parent, Population *pop, Partition *part,
		   const CodeSpace *space, int64 first, int64 last)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "journey giant",
											  ALLOCSET_SMALL_SIZES);
	GiantLevel *level = MemoryContextAllocZero(cxt, sizeof(GiantLevel));
	uint64		range = (uint64) last - (uint64) first;
	int			shift = 0;
	StreamReader s;
	const uint8 *data;
	uint32		used;
	EventForm	form = pop->form;

	form.touch = TOUCH_NONE;
	level->cxt = cxt;
	level->origin = (uint64) first;
	while ((range >> shift) >= POPULATION_PARTS)
		shift++;
	population_init(&level->pop, cxt, pop->pool, form);
	population_open_parts(&level->pop, shift);
	stream_open(&s, pop, part, false);
	while (stream_next(&s, &data, &used))
	{
		ChunkReader r;

		chunk_open(&r, data, used);
		while (chunk_next(&r, pop->form))
		{
			if (code_matters(space, r.code))
				population_add(&level->pop, form.kind, &r.key,
							   (uint64) r.at - level->origin, r.at, r.code,
							   r.value, NULL);
		}
	}
	stream_close(&s);
	return level;
}

static void
level_close(GiantLevel *level)
{
	population_free(&level->pop);
	MemoryContextDelete(level->cxt);
}

Giant *
giant_open(Population *pop, Partition *part,
		   const CodeSpace *space)
{
	MemoryContext cxt;
	Giant	   *giant;
	int64		first;
	int64		last;

	if (!time_range(pop, part, &first, &last))
		return NULL;
	cxt = AllocSetContextCreate(CurrentMemoryContext, "journey giant",
								ALLOCSET_SMALL_SIZES);
	giant = MemoryContextAllocZero(cxt, sizeof(Giant));
	giant->cxt = cxt;
	giant->span_cxt = AllocSetContextCreate(cxt, "journey giant span",
											ALLOCSET_SMALL_SIZES);
	giant->space = space;
	giant->pop = pop;
	giant->part = part;
	giant->top = level_open(cxt, pop, part, space, first, last);
	return giant;
}

/*
 * Adds to `best` rows for whatever else an instant says: stages that its events
 * must not precede, and that there was an event at all.
 */
static int
keep_witnesses(const CodeSpace *space, const MatchSpan *instant,
			   const MatchEvent **best, int kept)
{
	uint64		seen = 0;

	for (int i = 0; i < kept && space->without != NULL; i++)
		seen |= space->without[best[i]->code];
	for (size_t i = 0; i < instant->n && space->without != NULL; i++)
	{
		uint64		without = space->without[instant->events[i].code];

		if ((without & ~seen) == 0)
			continue;
		seen |= without;
		best[kept++] = &instant->events[i];
	}
	if (kept == 0)
		best[kept++] = instant->events;
	return kept;
}

/*
 * Of one instant, keeps for each stage the rows of greatest value, as many as
 * there are stages: no attempt can use more.  Returns how many are left.
 */
static size_t
prune_instant(const CodeSpace *space, MatchEvent *events, size_t n,
			  int64 *values)
{
	MatchSpan	instant = {events, n, values};
	const MatchEvent **best = palloc(sizeof(MatchEvent *) *
									 (TIE_MAX_ROWS + MATCH_MAX_STAGES));
	int			kept = tie_best_rows(space->plan, code_masks(space),
									 &instant, best);

	kept = keep_witnesses(space, &instant, best, kept);
	qsort(best, kept, sizeof(best[0]), compare_places);

	/* in ascending order, so that none is overwritten before it is moved */
	for (int i = 0; i < kept; i++)
	{
		events[i] = *best[i];
		if (values != NULL)
			values[i] = values[events[i].row];
		events[i].row = (uint32) i;
	}
	pfree(best);
	return kept;
}

/* Reads a partition into the span; prunes when full if it is an instant. */
static void
read_span(Giant *giant, Population *pop, Partition *part,
		  size_t room, bool one_instant, MatchSpan *span)
{
	StreamReader s;
	const uint8 *data;
	uint32		used;
	size_t		n = 0;
	MatchEvent *events;
	int64	   *values = NULL;
	uint64	   *codes = NULL;

	if (giant->space->mask_codes != NULL && !giant->keep_codes)
		mask_codes_reset(giant->space->mask_codes);
	events = palloc_extended(sizeof(MatchEvent) * room, MCXT_ALLOC_HUGE);
	if (pop->form.valued)
		values = palloc_extended(sizeof(int64) * room, MCXT_ALLOC_HUGE);
	if (giant->space->wide)
		codes = palloc_extended(sizeof(uint64) * room, MCXT_ALLOC_HUGE);
	stream_open(&s, pop, part, false);
	while (stream_next(&s, &data, &used))
	{
		ChunkReader r;

		chunk_open(&r, data, used);
		while (chunk_next(&r, pop->form))
		{
			if (n == room)
			{
				Assert(one_instant);
				n = prune_instant(giant->space, events, n, values);
			}
			events[n].at = r.at;
			events[n].code = code_of(giant->space, r.code);
			events[n].row = (uint32) n;
			if (values != NULL)
				values[n] = r.value;
			if (codes != NULL)
				codes[n] = r.code;
			n++;
		}
	}
	stream_close(&s);
	if (!one_instant)
		events_sort(events, n);
	span->events = events;
	span->n = n;
	span->values = values;
	span->codes = codes;
	span->touches = NULL;
	span->channels = NULL;
}

/* Room for all rows of an instant, which pruning would make fewer. */
static size_t
whole_instant(const Partition *part)
{
	if (part->n_events >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many events of one customer at one instant"),
				 errdetail("There are " INT64_FORMAT " of them.",
						   part->n_events),
				 errhint("Leave them out.")));
	return (size_t) part->n_events;
}

bool
giant_next(Giant *giant, MatchSpan *span)
{
	MemoryContextReset(giant->span_cxt);
	for (;;)
	{
		GiantLevel *level = giant->top;
		Partition *part;
		MemoryContext old;
		size_t		row = sizeof(MatchEvent);
		size_t		room;
		int64		first;
		int64		last;

		if (level->next == POPULATION_PARTS)
		{
			if (level->above == NULL)
				return false;
			giant->top = level->above;
			level_close(level);
			continue;
		}
		part = &level->pop.parts[level->next++];
		if (part->n_events == 0)
			continue;
		if (level->pop.form.valued)
			row += sizeof(int64);
		if (giant->space->wide)
			row += sizeof(uint64);
		room = Max(level->pop.pool->budget / row, 2 * TIE_MAX_ROWS);
		old = MemoryContextSwitchTo(giant->span_cxt);
		if ((uint64) part->n_events <= room)
			read_span(giant, &level->pop, part, (size_t) part->n_events,
					  false, span);
		else
		{
			(void) time_range(&level->pop, part, &first, &last);
			if (first < last)
			{
				GiantLevel *below = level_open(giant->cxt, &level->pop, part,
											   giant->space, first, last);

				MemoryContextSwitchTo(old);
				below->above = level;
				giant->top = below;
				continue;
			}
			if (giant->space->plan == NULL)
				room = whole_instant(part);
			read_span(giant, &level->pop, part, room, true, span);
		}
		MemoryContextSwitchTo(old);
		return true;
	}
}

void
giant_keep_codes(Giant *giant)
{
	mask_codes_reset(giant->space->mask_codes);
	giant->keep_codes = true;
}

void
giant_rewind(Giant *giant)
{
	while (giant->top->above != NULL)
	{
		GiantLevel *level = giant->top;

		giant->top = level->above;
		level_close(level);
	}
	giant->top->next = 0;
}

Partition *
giant_source(const Giant *giant, Population **pop)
{
	*pop = giant->pop;
	return giant->part;
}

void
giant_close(Giant *giant)
{
	giant_rewind(giant);
	level_close(giant->top);
	MemoryContextDelete(giant->cxt);
}
