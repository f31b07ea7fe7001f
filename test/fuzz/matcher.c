/*
 * matcher.c
 *	  A journey and a customer's events, both drawn from the fuzzer's bytes,
 *	  through the matcher.
 *
 * What must hold: an attempt is made of events that there are, in order, inside
 * the window; the order of rows at the same instant means nothing; plain
 * journeys give the same in one piece, in many, among events of no stage, and
 * by the matcher for all other rules.
 */
#include "postgres.h"

#include "match_rules.h"
#include "plan.h"

#include "fuzz.h"

#define MAX_EVENTS	400
#define MAX_OUTCOMES	(MAX_EVENTS + 1)

typedef struct Draw
{
	const uint8 *next;
	const uint8 *end;
} Draw;

/* A number from 0 to n - 1; 0 at the end. */
static int
draw(Draw *d, int n)
{
	return (d->next < d->end) ? *d->next++ % n : 0;
}

static const char names[] = "abcdefgh";

static MapTexts
draw_names(Draw *d, int n)
{
	MapTexts	list = {0};

	list.items = palloc(sizeof(MapText) * Max(n, 1));
	while (list.n < n)
	{
		MapText    *name = &list.items[list.n++];

		name->s = &names[draw(d, 8)];
		name->len = 1;
	}
	return list;
}

static int64
draw_span(Draw *d)
{
	static const int64 spans[] = {
		MAP_NO_SPAN, MAP_NO_SPAN, 0, 1, 2, 5, 20, 100, PG_INT64_MAX
	};

	return spans[draw(d, lengthof(spans))];
}

static void
draw_stage(Draw *d, MapStage *stage, int k, bool any)
{
	static const char stages[] = "s0s1s2s3s4s5s6s7";
	int			kind = draw(d, 64);

	stage->name.s = &stages[2 * (k % 8)];
	stage->name.len = 2;
	if (k >= 8)
	{
		char	   *name = psprintf("s%d", k);

		stage->name.s = name;
		stage->name.len = (int) strlen(name);
	}
	stage->events = draw_names(d, 1 + draw(d, 3));
	if (k == 0)
		return;
	if (kind & 1)
		stage->without = draw_names(d, 1 + draw(d, 2));
	if (any)
		return;
	stage->optional = (kind & 6) == 6;
	if (kind & 8)
		stage->within = draw_span(d);
	if (kind & 16)
		stage->after = draw_span(d);
	if (stage->within != MAP_NO_SPAN && stage->after > stage->within)
		stage->after = stage->within;
}

/* Mostly one that is allowed; map_check raises for the others. */
static JourneyMap *
draw_map(Draw *d)
{
	static const int counts[] = {1, 2, 2, 3, 3, 3, 4, 5, 6, 8, 12, 64};
	JourneyMap *map = map_make(MAP_KIND_JOURNEY,
							   counts[draw(d, lengthof(counts))]);
	int			rules = draw(d, 256);

	switch (rules & 7)
	{
		case 1:
			map->matching = MAP_STRICT;
			break;
		case 2:
			map->matching = MAP_ANY;
			break;
		case 3:
			map->entry = MAP_ENTRY_ANY;
			break;
		case 4:
			map->counting = MAP_ATTEMPTS;
			break;
		case 5:
			map->matching = MAP_STRICT;
			map->counting = MAP_ATTEMPTS;
			break;
	}
	map->within = draw_span(d);
	if (rules & 8)
		map->as_of = draw(d, 256);
	if (rules & 16)
		map->entered_from = draw(d, 64);
	if (rules & 32)
		map->entered_until = draw(d, 256) + 1;
	for (int k = 0; k < map->n_stages; k++)
		draw_stage(d, &map->stages[k], k, map->matching == MAP_ANY);
	map_tidy(map);
	(void) map_check(map, NULL);
	return map;
}

/* Sorted by time, since steps are not negative. */
static MatchSpan
draw_events(Draw *d, const JourneyPlan *plan, int64 **values)
{
	static const int64 steps[] = {
		0, 0, 0, 0, 1, 1, 1, 2, 3, 5, 20, 100, INT64CONST(1) << 61
	};
	MatchEvent *events = palloc(sizeof(MatchEvent) * MAX_EVENTS);
	MatchSpan	span = {events};
	int64		at = (draw(d, 4) == 0) ? PG_INT64_MIN + 1 : 0;
	bool		valued = draw(d, 2) != 0;

	*values = palloc(sizeof(int64) * MAX_EVENTS);
	while (d->next < d->end && span.n < MAX_EVENTS)
	{
		int			kind = draw(d, 256);
		int64		step = steps[draw(d, lengthof(steps))];
		char		name = (kind % 9 == 8) ? 'z' : names[kind % 9];
		uint32		code = event_codes_find(&plan->codes, &name, 1);

		if (at > 0 && step > PG_INT64_MAX - at)
			break;
		at += step;
		if (code == EVENT_CODE_NONE || at > plan->last_at)
			continue;
		events[span.n].at = at;
		events[span.n].code = code;
		events[span.n].row = (uint32) span.n;
		(*values)[span.n] = (kind >> 6 == 0) ? MATCH_NO_VALUE : kind >> 6;
		span.n++;
	}
	if (valued)
		span.values = *values;
	return span;
}

/* In a block of just its size, so that reading on is seen. */
static MatchSpan
exact_copy(const MatchSpan *span, bool turned)
{
	MatchEvent *events = palloc(sizeof(MatchEvent) * Max(span->n, 1));
	MatchSpan	copy = *span;

	copy.events = events;
	memcpy(events, span->events, sizeof(MatchEvent) * span->n);
	for (size_t from = 0, to; turned && from < span->n; from = to)
	{
		for (to = from; to < span->n && events[to].at == events[from].at;)
			to++;
		for (size_t i = from, j = to - 1; i < j; i++, j--)
		{
			MatchEvent	e = events[i];

			events[i] = events[j];
			events[j] = e;
		}
	}
	return copy;
}

typedef struct Outcomes
{
	int			n;
	Match		matches[MAX_OUTCOMES];
} Outcomes;

static void
emit(void *arg, const Match *match)
{
	Outcomes   *outcomes = arg;

	if (outcomes->n >= MAX_OUTCOMES)
		fuzz_broken("more attempts than events");
	outcomes->matches[outcomes->n++] = *match;
}

static void *
resize(void *arg, void *block, size_t size)
{
	return (block == NULL) ? palloc(size) : repalloc(block, size);
}

static Outcomes *
by_rules(const JourneyPlan *plan, const MatchSpan *span)
{
	MatchSpace	space = {.resize = resize};
	Outcomes   *outcomes = palloc0(sizeof(Outcomes));

	match_rules(&plan->match, &plan->codes.meaning, span, &space, emit,
				outcomes);
	return outcomes;
}

static void
compare(const JourneyPlan *plan, const MatchSpan *span, const Match *a,
		const Match *b, const char *what)
{
	if (a->depth != b->depth || a->excluded != b->excluded ||
		a->waiting != b->waiting)
		fuzz_broken("%s: depth %d or %d, excluded at %d or %d", what,
					a->depth, b->depth, a->excluded, b->excluded);
	if (a->depth == 0 || a->excluded >= 0)
		return;
	if (a->taken != b->taken || a->settled != b->settled ||
		a->complete != b->complete || a->entry != b->entry ||
		a->end != b->end)
		fuzz_broken("%s: other stages", what);
	for (int k = 0; k < plan->match.n_stages; k++)
	{
		if ((a->taken >> k & 1) == 0)
			continue;
		if (a->at[k] != b->at[k])
			fuzz_broken("%s: another time of stage %d", what, k);
		if (span->values != NULL && a->value[k] != b->value[k])
			fuzz_broken("%s: another value of stage %d", what, k);
	}
}

/* Is there an event of the stage, or in any order of any, at this time? */
static bool
has_event(const JourneyPlan *plan, const MatchSpan *span, int stage, int64 at)
{
	bool		any = plan->match.form == MATCH_ANY_ORDER;

	for (size_t i = 0; i < span->n; i++)
	{
		uint64		mask = plan->codes.meaning.masks[span->events[i].code];

		if (span->events[i].at == at && (any ? mask : mask >> stage & 1) != 0)
			return true;
	}
	return false;
}

static void
check_match(const JourneyPlan *plan, const MatchSpan *span,
			const Match *match)
{
	int64		before = 0;
	int64		start = 0;
	int			required = 0;
	bool		first = true;

	if (match->depth == 0 || match->excluded >= 0)
		return;
	for (int k = 0; k < plan->match.n_stages; k++)
	{
		int64		at = match->at[k];

		if ((match->taken >> k & 1) == 0)
			continue;
		if (first)
			start = at;
		else if (at < before)
			fuzz_broken("stage %d comes before the one before it", k);
		if ((uint64) at - (uint64) start > plan->match.window)
			fuzz_broken("stage %d is outside of the window", k);
		if (!has_event(plan, span, k, at))
			fuzz_broken("stage %d has no event at its time", k);
		required += plan->match.stages[k].required;
		before = at;
		first = false;
	}
	if (required != match->depth || (match->settled & ~match->taken) != 0)
		fuzz_broken("the stages do not add up");
	if (start < plan->match.entered_from || start > plan->match.entered_last)
		fuzz_broken("it starts in another period");
}

/* Each event between two of no stage, mostly of the same instant. */
static MatchSpan
among_others(const JourneyPlan *plan, const MatchSpan *span)
{
	MatchEvent *events = palloc(sizeof(MatchEvent) * Max(3 * span->n, 1));
	int64	   *values = palloc(sizeof(int64) * Max(3 * span->n, 1));
	MatchSpan	all = {events, 3 * span->n};

	for (size_t i = 0; i < all.n; i++)
	{
		const MatchEvent *e = &span->events[i / 3];

		events[i] = *e;
		events[i].row = (uint32) i;
		values[i] = (span->values == NULL) ? 0 : span->values[e->row];
		if (i % 3 == 1)
			continue;
		events[i].code = plan->codes.n_codes;
		values[i] = PG_INT64_MAX;
		if (i % 9 == 2 && i + 1 < all.n && e->at < e[1].at)
			events[i].at++;
	}
	if (span->values != NULL)
		all.values = values;
	return all;
}

/* Plain journeys: in one piece, instant by instant, and by rules. */
static void
check_plain(const JourneyPlan *plan, const MatchSpan *span,
			const Outcomes *rules)
{
	Match		whole;
	Match		parts;
	Match		among;
	MatchRun	run;
	MatchSpan	part = *span;
	MatchSpan	all = among_others(plan, span);

	match_customer(&plan->match, &plan->codes.meaning, span, &whole);
	check_match(plan, span, &whole);
	compare(plan, span, &whole, &rules->matches[0], "plain and by rules");
	match_customer(&plan->match, &plan->codes.meaning, &all, &among);
	compare(plan, span, &whole, &among, "among events of no stage");

	match_begin(&run, &plan->match, &plan->codes.meaning);
	for (int pass = 0; pass < 2; pass++)
	{
		if (pass == 1)
			match_begin_taking(&run, &parts);
		for (size_t from = 0; from < span->n; from += part.n)
		{
			bool		more;

			part.events = span->events + from;
			for (part.n = 0; from + part.n < span->n &&
				 part.events[part.n].at == part.events[0].at;)
				part.n++;
			more = (pass == 0) ? match_find(&run, &part) :
				(run.depth > parts.depth && match_take(&run, &part, &parts));
			if (!more)
				break;
		}
	}
	match_end_taking(&plan->match, &parts);
	compare(plan, span, &whole, &parts, "in one piece and in many");
}

void
fuzz_matcher(const uint8 *data, size_t size)
{
	Draw		d = {data, data + size};
	JourneyPlan *plan = plan_make(map_pack(draw_map(&d)), false);
	int64	   *values;
	MatchSpan	drawn = draw_events(&d, plan, &values);
	MatchSpan	span = exact_copy(&drawn, false);
	MatchSpan	turned = exact_copy(&drawn, true);
	Outcomes   *outcomes = by_rules(plan, &span);
	Outcomes   *others = by_rules(plan, &turned);

	if (outcomes->n != others->n)
		fuzz_broken("rows turned round: %d attempts or %d", outcomes->n,
					others->n);
	for (int i = 0; i < outcomes->n; i++)
	{
		check_match(plan, &span, &outcomes->matches[i]);
		compare(plan, &span, &outcomes->matches[i], &others->matches[i],
				"rows turned round");
	}
	if (plan->match.form == MATCH_PLAIN)
		check_plain(plan, &span, outcomes);
}
