/*
 * count.c
 *	  From the events of a population to its funnel: each customer is matched
 *	  and the outcome added up.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "count.h"
#include "tally.h"

/* Codes of conditions may have moved. */
static const MatchCodes *
current_codes(Count *count)
{
	count->codes.masks = code_masks(&count->space);
	return &count->codes;
}

/* The next piece of a long span, of whole instants; false at the end. */
static bool
next_piece(const MatchSpan *span, MatchSpan *piece)
{
	const MatchEvent *end = span->events + span->n;

	CHECK_FOR_INTERRUPTS();
	piece->events += piece->n;
	piece->n = Min((size_t) (end - piece->events), EVENTS_A_BREATH);
	while (piece->n > 0 && piece->events + piece->n < end &&
		   piece->events[piece->n].at == piece->events[piece->n - 1].at)
		piece->n++;
	return piece->n > 0;
}

static void
match_long(Count *count, const MatchSpan *span, Match *match)
{
	MatchRun	run;
	MatchSpan	piece = {span->events, 0, span->values};

	match_begin(&run, count->plan, current_codes(count));
	while (next_piece(span, &piece) && match_find(&run, &piece))
		 /* go on */ ;
	match_begin_taking(&run, match);
	piece.events = span->events;
	piece.n = 0;
	while (run.depth > match->depth && next_piece(span, &piece))
		(void) match_take(&run, &piece, match);
	match_end_taking(count->plan, match);
}

/* A customer's attempt: into the funnel, and noted for what it is credited. */
void
count_match(void *arg, const Match *match)
{
	Count	   *count = arg;

	tally_match(count->summary, count->plan, match, count->valued);
	if (count->touched)
		credit_match(&count->credit, count->plan, match);
}

static void
count_plain(Count *count, const MatchSpan *span)
{
	Match		match;

	if (unlikely(span->n > EVENTS_A_BREATH))
		match_long(count, span, &match);
	else
		match_customer(count->plan, current_codes(count), span, &match);
	count_match(count, &match);
}

static void
count_plain_giant(Count *count, Giant *giant)
{
	MatchRun	run;
	Match		match;
	MatchSpan	span;

	match_begin(&run, count->plan, &count->codes);
	do
	{
		if (!giant_next(giant, &span))
			break;
		(void) current_codes(count);
	} while (match_find(&run, &span));
	giant_rewind(giant);
	match_begin_taking(&run, &match);
	while (run.depth > match.depth && giant_next(giant, &span))
	{
		(void) current_codes(count);
		(void) match_take(&run, &span, &match);
	}
	match_end_taking(count->plan, &match);
	count_match(count, &match);
}

static void
count_by_rules(Count *count, const MatchSpan *span)
{
	match_rules(count->plan, current_codes(count), span, &count->match,
				count_match, count);
}

/*
 * Rules look at the events again and again, so a giant's are all brought into
 * memory; only those that a stage, or a rule, has a use for came this far.
 */
static void
count_giant_by_rules(Count *count, Giant *giant)
{
	MatchSpan	part;
	MatchSpan	all = {0};
	MatchEvent *events = NULL;
	int64	   *values = NULL;
	size_t		room = 0;

	/* one space of codes for all parts */
	if (count->space.mask_codes != NULL)
		giant_keep_codes(giant);
	while (giant_next(giant, &part))
	{
		if (all.n + part.n >= PG_UINT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many events of one customer"),
					 errhint("Leave rows out that the journey has no use "
							 "for.")));
		if (all.n + part.n > room)
		{
			room = 2 * room + part.n;
			events = (events == NULL) ?
				palloc_extended(room * sizeof(MatchEvent), MCXT_ALLOC_HUGE) :
				repalloc_huge(events, room * sizeof(MatchEvent));
			if (count->valued)
				values = (values == NULL) ?
					palloc_extended(room * sizeof(int64), MCXT_ALLOC_HUGE) :
					repalloc_huge(values, room * sizeof(int64));
		}
		for (size_t i = 0; i < part.n; i++)
		{
			events[all.n] = part.events[i];
			events[all.n].row = (uint32) all.n;
			if (count->valued)
				values[all.n] = part.values[part.events[i].row];
			all.n++;
		}
	}
	all.events = events;
	all.values = values;
	count_by_rules(count, &all);
	if (events != NULL)
		pfree(events);
	if (values != NULL)
		pfree(values);
}

static void *
resize(void *arg, void *block, size_t size)
{
	return (block == NULL) ? MemoryContextAllocHuge(arg, size) :
		repalloc_huge(block, size);
}

void
match_space_open(MatchSpace *space, MemoryContext cxt)
{
	memset(space, 0, sizeof(*space));
	space->resize = resize;
	space->arg = cxt;
}

void
count_open(Count *count, const JourneyPlan *plan, MemoryContext cxt)
{
	memset(count, 0, sizeof(*count));
	count->plan = &plan->match;
	count->codes = plan->codes.meaning;
	count->space.plan = &plan->match;
	count->space.masks = plan->codes.meaning.masks;
	count->space.without = plan->codes.meaning.without;
	count->cxt = cxt;
	match_space_open(&count->match, cxt);
	credit_init(&count->credit, cxt);
}

void
count_customer(Count *count, const MatchSpan *span)
{
	if (count->plan->form == MATCH_PLAIN)
		count_plain(count, span);
	else
		count_by_rules(count, span);
}

static void
visit(void *arg, const MatchSpan *span)
{
	count_customer(arg, span);
}

static void
visit_giant(void *arg, Giant *giant)
{
	Count	   *count = arg;

	if (count->plan->form == MATCH_PLAIN)
		count_plain_giant(count, giant);
	else
		count_giant_by_rules(count, giant);
	if (count->touched)
		credit_giant(&count->credit, count->summary, giant);
}

/* Events of no stage have come along, which the plain matcher steps over. */
static void
visit_touched(void *arg, const MatchSpan *span)
{
	Count	   *count = arg;

	count_plain(count, span);
	credit_span(&count->credit, count->summary, span);
}

/* Rules would look at them. */
static void
visit_touched_by_rules(void *arg, const MatchSpan *span)
{
	Count	   *count = arg;
	MatchSpan	known = *span;

	if (count->room < span->n)
	{
		if (count->events != NULL)
			pfree(count->events);
		count->room = Max(span->n, 64);
		count->events = MemoryContextAllocHuge(count->cxt, count->room *
											   sizeof(MatchEvent));
	}
	known.events = count->events;
	known.n = 0;
	for (size_t i = 0; i < span->n; i++)
	{
		if (unlikely(i % EVENTS_A_BREATH == EVENTS_A_BREATH - 1))
			CHECK_FOR_INTERRUPTS();
		count->events[known.n] = span->events[i];
		known.n += code_matters(&count->space, span->events[i].code);
	}
	count_by_rules(count, &known);
	credit_span(&count->credit, count->summary, span);
}

void
count_population(const JourneyPlan *plan, Population *pop, uint64 skip,
				 FunnelSummary *summary)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "journey matcher",
											  ALLOCSET_DEFAULT_SIZES);
	Count		count;
	CustomerVisitor visitor = {visit, visit_giant, &count};

	count_open(&count, plan, cxt);
	if (plan->conditions)
		count.space.mask_codes = mask_codes_make();
	count.summary = summary;
	count.valued = pop->form.valued;
	count.touched = (pop->form.touch != TOUCH_NONE);
	if (count.touched)
	{
		count.space.n_codes = plan->codes.n_codes;
		visitor.visit = (plan->match.form == MATCH_PLAIN) ? visit_touched :
			visit_touched_by_rules;
	}
	visitor.skip = skip;
	customers_visit(pop, &count.space, &visitor);
	MemoryContextDelete(cxt);
}
