/*
 * progress.c
 *	  progress(journey, timeline): one customer's counted attempt.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "call_site.h"
#include "readers.h"
#include "timeline_match.h"

PG_FUNCTION_INFO_V1(journey_progress);

/* result columns */
enum
{
	COLUMN_DEPTH, COLUMN_STAGE_NO, COLUMN_STAGE, COLUMN_COMPLETED,
	COLUMN_WAITING, COLUMN_EXCLUDED, COLUMN_STARTED_AT, COLUMN_REACHED_AT,
	COLUMN_CHANNELS, COLUMN_VALUES, COLUMNS
};

/* Kept from call to call. */
typedef struct Progress
{
	JourneyPlan *plan;
	TimelineMatcher *matcher;
	TupleDesc	columns;
	MemoryContext cxt;			/* of plan and matcher */
} Progress;

/* What of the counted attempt was found. */
typedef struct Found
{
	Match		match;
	bool		any;
	int64		row[MATCH_MAX_STAGES];	/* place in the timeline */
} Found;

static Progress *
open_progress(FunctionCallInfo fcinfo, struct varlena *journey)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	Progress   *p = flinfo->fn_extra;
	MemoryContext old;

	if (p == NULL)
	{
		p = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(Progress));
		old = MemoryContextSwitchTo(flinfo->fn_mcxt);
		if (get_call_result_type(fcinfo, NULL, &p->columns) !=
			TYPEFUNC_COMPOSITE)
			elog(ERROR, "progress must return a row");
		p->columns = BlessTupleDesc(p->columns);
		MemoryContextSwitchTo(old);
		flinfo->fn_extra = p;
	}
	if (p->plan != NULL && same_bytes(p->plan->journey, journey))
		return p;
	p->plan = NULL;
	if (p->cxt == NULL)
		p->cxt = AllocSetContextCreate(flinfo->fn_mcxt, "journey progress",
									   ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(p->cxt);
	old = MemoryContextSwitchTo(p->cxt);
	p->matcher = NULL;
	p->plan = plan_make(journey, false);
	p->matcher = timeline_matcher_make(p->plan, p->cxt);
	MemoryContextSwitchTo(old);
	return p;
}

/* Of several attempts the last one counts here. */
static void
keep_match(void *arg, const Match *match)
{
	Found	   *found = arg;

	if (match->depth > 0 || match->excluded >= 0)
	{
		found->match = *match;
		found->any = true;
	}
}

/*
 * Which events of one instant fill these stages?  Their values are known; of
 * events alike in that, the greatest channels count, stage by stage.
 */
static void
choose_rows(const TimelineMatcher *m, const Timeline *t,
			const MatchSpan *instant, uint64 stages, Found *found)
{
	MatchEvent *rows = timeline_array(sizeof(MatchEvent), instant->n);
	uint64	   *masks = timeline_array(sizeof(uint64), instant->n);
	int64	   *channels = timeline_array(sizeof(int64), instant->n);
	MatchSpan	span = {rows, instant->n, channels};
	Tie			tie;

	for (size_t i = 0; i < instant->n; i++)
	{
		const MatchEvent *e = &instant->events[i];
		int64		at = e->at;
		TimelineEvent event;

		masks[i] = 0;
		for (uint64 left = stages & m->count.codes.masks[e->code]; left != 0;
			 left &= left - 1)
		{
			int			k = pg_rightmost_one_pos64(left);

			if (instant->values == NULL ||
				instant->values[e->row] == found->match.value[k])
				masks[i] |= STAGE_BIT(k);
		}
		timeline_get(t, e->row, &at, &event);
		rows[i].at = e->at;
		rows[i].code = rows[i].row = (uint32) i;
		/* channels are numbered in the order of their bytes */
		channels[i] = event.channel;
	}
	tie_open(&tie, &m->plan->match, masks, &span);
	tie_choose_values(&tie, stages);
	for (; stages != 0; stages &= stages - 1)
	{
		int			k = pg_rightmost_one_pos64(stages);
		int64		channel = tie.value[tie.row_of[k]];

		/* any event with this value and channel that fits will do */
		for (size_t i = 0; i < instant->n; i++)
		{
			if ((masks[i] >> k & 1) && channels[i] == channel)
				found->row[k] = instant->events[i].row;
		}
	}
	pfree(rows);
	pfree(masks);
	pfree(channels);
}

/* An event by what its place among those of its instant depends on. */
typedef struct RankedEvent
{
	int64		value;
	uint32		channel;
	size_t		place;			/* in the span */
} RankedEvent;

static int
compare_ranked(const void *a, const void *b)
{
	const RankedEvent *x = a;
	const RankedEvent *y = b;

	if (x->value != y->value)
		return (x->value < y->value) ? -1 : 1;
	return (x->channel > y->channel) - (x->channel < y->channel);
}

/* Numbers the events of each instant by value, then by channel. */
static int64 *
rank_events(const Timeline *t, const MatchSpan *span)
{
	int64	   *ranks = timeline_array(sizeof(int64), span->n);
	RankedEvent *ranked = timeline_array(sizeof(RankedEvent), span->n);
	size_t		end;

	for (size_t start = 0; start < span->n; start = end)
	{
		for (end = start; end < span->n &&
			 span->events[end].at == span->events[start].at; end++)
		{
			const MatchEvent *e = &span->events[end];
			int64		at = e->at;
			TimelineEvent event;

			timeline_get(t, e->row, &at, &event);
			ranked[end].value = (span->values == NULL) ? MATCH_NO_VALUE :
				span->values[e->row];
			ranked[end].channel = event.channel;
			ranked[end].place = end;
		}
		qsort(ranked + start, end - start, sizeof(RankedEvent),
			  compare_ranked);
		for (size_t i = start; i < end; i++)
			ranks[ranked[i].place] = (int64) (i - start);
	}
	pfree(ranked);
	return ranks;
}

/*
 * In any order, events of one instant are numbered by value, then by channel:
 * matched once more with this in place of the value, each is known by its
 * number.
 */
static void
find_any_order(TimelineMatcher *m, const Timeline *t, const MatchSpan *span,
			   Found *found)
{
	int64	   *ranks = rank_events(t, span);
	MatchEvent *events = timeline_array(sizeof(MatchEvent), span->n);
	MatchSpan	by_rank = {events, span->n, ranks};
	Found		again = {0};

	for (size_t i = 0; i < span->n; i++)
	{
		events[i] = span->events[i];
		events[i].row = (uint32) i;
	}
	match_rules(&m->plan->match, &m->count.codes, &by_rank, &m->count.match,
				keep_match, &again);
	for (int k = 0; k < again.match.depth; k++)
	{
		for (size_t i = 0; i < span->n; i++)
		{
			if (events[i].at == again.match.at[k] &&
				ranks[i] == again.match.value[k])
				found->row[k] = span->events[i].row;
		}
	}
	pfree(ranks);
	pfree(events);
}

/* In order: all that is open is which events of each instant. */
static void
find_rows(TimelineMatcher *m, const Timeline *t, const MatchSpan *span,
		  Found *found)
{
	uint64		left = found->match.taken;
	size_t		i = 0;

	while (left != 0)
	{
		int64		at = found->match.at[pg_rightmost_one_pos64(left)];
		MatchSpan	instant = {NULL, 0, span->values};
		uint64		here = 0;

		for (; left != 0 && found->match.at[pg_rightmost_one_pos64(left)] == at;
			 left &= left - 1)
			here |= STAGE_BIT(pg_rightmost_one_pos64(left));
		while (span->events[i].at < at)
			i++;
		instant.events = &span->events[i];
		while (i + instant.n < span->n && instant.events[instant.n].at == at)
			instant.n++;
		choose_rows(m, t, &instant, here, found);
	}
}

/* The columns that have one element a stage. */
static void
put_arrays(const JourneyPlan *plan, const Timeline *t, const Found *found,
		   Datum *values)
{
	int			n = plan->match.n_stages;
	Datum		at[MATCH_MAX_STAGES] = {0};
	Datum		channels[MATCH_MAX_STAGES] = {0};
	Datum		amounts[MATCH_MAX_STAGES] = {0};
	bool		no_at[MATCH_MAX_STAGES];
	bool		no_channel[MATCH_MAX_STAGES];
	bool		no_amount[MATCH_MAX_STAGES];
	MapText    *names = timeline_names(t->channels, t->n_channels);
	uint64		taken = (found->any && found->match.excluded < 0) ?
		found->match.taken : 0;
	int			lower = 1;

	for (int k = 0; k < n; k++)
	{
		int64		when = 0;
		TimelineEvent event;

		no_at[k] = no_channel[k] = no_amount[k] = true;
		if ((taken >> k & 1) == 0)
			continue;
		timeline_get(t, (uint32) found->row[k], &when, &event);
		no_at[k] = false;
		at[k] = TimestampTzGetDatum(found->match.at[k]);
		no_amount[k] = !event.has_value;
		amounts[k] = Float8GetDatum(event.value);
		if (event.channel > 0)
		{
			const MapText *name = &names[event.channel - 1];

			no_channel[k] = false;
			channels[k] = PointerGetDatum(cstring_to_text_with_len(name->s,
																   name->len));
		}
	}
	values[COLUMN_REACHED_AT] = PointerGetDatum(
		construct_md_array(at, no_at, 1, &n, &lower, TIMESTAMPTZOID,
						   sizeof(TimestampTz), FLOAT8PASSBYVAL,
						   TYPALIGN_DOUBLE));
	values[COLUMN_CHANNELS] = PointerGetDatum(
		construct_md_array(channels, no_channel, 1, &n, &lower, TEXTOID, -1,
						   false, TYPALIGN_INT));
	values[COLUMN_VALUES] = PointerGetDatum(
		construct_md_array(amounts, no_amount, 1, &n, &lower, FLOAT8OID,
						   sizeof(float8), FLOAT8PASSBYVAL,
						   TYPALIGN_DOUBLE));
}

static Datum
make_row(const Progress *p, const Timeline *t, const Found *found)
{
	const JourneyMap *map = p->plan->map;
	const Match *match = &found->match;
	bool		excluded = found->any && match->excluded >= 0;
	bool		counted = found->any && !excluded;
	int			stage = excluded ? match->excluded : match->end;
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};

	values[COLUMN_DEPTH] = Int32GetDatum(counted ? match->depth : 0);
	nulls[COLUMN_STAGE_NO] = nulls[COLUMN_STAGE] = !found->any;
	if (found->any)
	{
		values[COLUMN_STAGE_NO] = Int32GetDatum(stage + 1);
		values[COLUMN_STAGE] = CStringGetTextDatum(map_stage_name(map, stage));
	}
	values[COLUMN_COMPLETED] = BoolGetDatum(counted && match->complete);
	values[COLUMN_WAITING] = BoolGetDatum(counted && match->waiting);
	values[COLUMN_EXCLUDED] = BoolGetDatum(excluded);
	nulls[COLUMN_STARTED_AT] = !counted;
	if (counted)
		values[COLUMN_STARTED_AT] =
			TimestampTzGetDatum(match->at[match->entry]);
	put_arrays(p->plan, t, found, values);
	return HeapTupleGetDatum(heap_form_tuple(p->columns, values, nulls));
}

Datum
journey_progress(PG_FUNCTION_ARGS)
{
	struct varlena *journey = PG_GETARG_VARLENA_PP(0);
	Progress   *p = open_progress(fcinfo, journey);
	const MatchPlan *plan = &p->plan->match;
	Timeline	timeline;
	MatchSpan	span;
	Found		found = {0};

	timeline_open(&timeline, PG_GETARG_VARLENA_PP(1));
	timeline_span(p->matcher, &timeline, &span);
	if (plan->form == MATCH_PLAIN)
	{
		Match		match;

		match_customer(plan, &p->matcher->count.codes, &span, &match);
		keep_match(&found, &match);
	}
	else
		match_rules(plan, &p->matcher->count.codes, &span,
					&p->matcher->count.match, keep_match, &found);
	if (found.any && found.match.excluded < 0)
	{
		if (plan->form == MATCH_ANY_ORDER)
			find_any_order(p->matcher, &timeline, &span, &found);
		else
			find_rows(p->matcher, &timeline, &span, &found);
	}
	return make_row(p, &timeline, &found);
}
