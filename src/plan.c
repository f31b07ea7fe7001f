/*
 * plan.c
 *	  Compiles a journey for matching.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "compat.h"
#include "plan.h"

/* Conditions say what reaches a stage; lists of events would say it twice. */
static void
check_conditions(const JourneyMap *map)
{
	for (int k = 0; k < map->n_stages; k++)
	{
		const MapStage *stage = &map->stages[k];

		if (stage->events.n > 0 || stage->without.n > 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("stage \"%.*s\" has a list of events, but the "
							"funnel is given conditions", stage->name.len,
							stage->name.s),
					 errdetail("With conditions, a row reaches a stage when "
							   "the stage's condition is true, whatever its "
							   "event."),
					 errhint("Leave out the stage's events, or give the event "
							 "column in place of the conditions.")));
	}
}

static int
width_of(uint64 greatest)
{
	if (greatest <= PG_UINT8_MAX)
		return 1;
	if (greatest <= PG_UINT16_MAX)
		return 2;
	return (greatest <= PG_UINT32_MAX) ? 4 : 8;
}

/* The matcher knows nothing of the server. */
static void
let_interrupt(void)
{
	CHECK_FOR_INTERRUPTS();
}

static uint64
span_or_none(int64 span)
{
	return (span == MAP_NO_SPAN) ? MATCH_NO_WINDOW : (uint64) span;
}

/* Which stages may follow which: past optional ones, not past a required one. */
static void
link_stages(MatchPlan *plan)
{
	uint64		next = 0;
	int			next_required = plan->n_stages;

	for (int k = plan->n_stages - 1; k >= 0; k--)
	{
		plan->stages[k].next = next;
		plan->stages[k].next_required = next_required;
		if (plan->stages[k].required)
		{
			next = 0;
			next_required = k;
		}
		next |= STAGE_BIT(k);
	}
	for (int k = 0; k < plan->n_stages; k++)
	{
		plan->stages[k].before = 0;
		for (int i = 0; i < k; i++)
		{
			if (plan->stages[i].next >> k & 1)
				plan->stages[k].before |= STAGE_BIT(i);
		}
	}
}

static void
compile_stages(MatchPlan *plan, const JourneyMap *map)
{
	for (int k = 0; k < map->n_stages; k++)
	{
		const MapStage *from = &map->stages[k];
		MatchStage *stage = &plan->stages[k];

		stage->required = !from->optional;
		stage->number = plan->n_required;
		stage->within = span_or_none(from->within);
		stage->after = (from->after == MAP_NO_SPAN) ? 0 :
			(uint64) from->after;
		if (stage->after > 0 || stage->within != MATCH_NO_WINDOW)
			plan->greedy = false;
		if (stage->after == 0)
			plan->at_once |= STAGE_BIT(k);
		if (from->optional || from->without.n > 0 || from->after > 0 ||
			stage->within != MATCH_NO_WINDOW)
			plan->form = MATCH_RULES;
		if (stage->required)
		{
			plan->required |= STAGE_BIT(k);
			plan->n_required++;
			plan->last_required = k;
		}
	}
	link_stages(plan);
	for (int k = 0; k < map->n_stages; k++)
	{
		/* two optional ones in a row */
		if (pg_popcount64(plan->stages[k].next & ~plan->required) > 1)
			plan->greedy = false;
	}
}

static void
compile_rules(MatchPlan *plan, const JourneyMap *map)
{
	plan->n_stages = map->n_stages;
	plan->window = span_or_none(map->within);
	plan->breathe = let_interrupt;
	plan->strict = (map->matching == MAP_STRICT);
	plan->open = (map->entry == MAP_ENTRY_ANY);
	plan->attempts = (map->counting == MAP_ATTEMPTS);
	plan->greedy = !plan->strict;
	plan->as_of = map->as_of;
	plan->entered_from = (map->entered_from == MAP_NO_TIME) ? PG_INT64_MIN :
		map->entered_from;
	plan->entered_last = (map->entered_until == MAP_NO_TIME) ? PG_INT64_MAX :
		map->entered_until - 1;
	plan->form = MATCH_PLAIN;
	if (plan->strict || plan->open || plan->attempts ||
		plan->as_of != MATCH_NO_TIME || map->entered_from != MAP_NO_TIME ||
		map->entered_until != MAP_NO_TIME)
		plan->form = MATCH_RULES;
	compile_stages(plan, map);
	if (map->matching == MAP_ANY)
		plan->form = MATCH_ANY_ORDER;
}

JourneyPlan *
plan_make(const struct varlena *journey, bool conditions)
{
	JourneyPlan *plan = palloc0(sizeof(JourneyPlan));
	JourneyMap *map;

	plan->journey = (struct varlena *)
		PG_DETOAST_DATUM_COPY(PointerGetDatum(journey));
	plan->map = map = map_unpack(plan->journey);
	plan->conditions = conditions;
	compile_rules(&plan->match, map);
	plan->last_at = (map->as_of == MAP_NO_TIME) ? PG_INT64_MAX : map->as_of;
	if (conditions)
	{
		check_conditions(map);
		plan->code_width = width_of(~UINT64CONST(0) >> (64 - map->n_stages));
	}
	else
	{
		event_codes_init(&plan->codes, map, plan->match.strict);
		plan->code_width = width_of(plan->codes.n_codes);
	}
	return plan;
}
