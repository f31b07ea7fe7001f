/*
 * plan.c
 *	  Compiles a journey for matching, and refuses what cannot be matched.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "compat.h"
#include "plan.h"

static void
refuse_rule(const char *rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a funnel cannot yet be computed with %s", rule),
			 errdetail("The journey keeps the rule, but this version of the "
					   "extension does not match by it."),
			 errhint("Use a journey without it.")));
}

static void
refuse_stage_rule(const MapStage *stage, const char *rule)
{
	refuse_rule(psprintf("%s of stage \"%.*s\"", rule, stage->name.len,
						 stage->name.s));
}

/* A rule that is not built must never be ignored. */
static void
check_rules(const JourneyMap *map)
{
	if (map->matching == MAP_STRICT)
		refuse_rule("the rule \"strict\"");
	if (map->matching == MAP_ANY)
		refuse_rule("the rule \"any order\"");
	if (map->entry == MAP_ENTRY_ANY)
		refuse_rule("the rule \"open\"");
	if (map->counting == MAP_ATTEMPTS)
		refuse_rule("the rule \"attempts\"");
	if (map->as_of != MAP_NO_TIME)
		refuse_rule("the scope as_of");
	if (map->entered_from != MAP_NO_TIME)
		refuse_rule("the scope entered_from");
	if (map->entered_until != MAP_NO_TIME)
		refuse_rule("the scope entered_until");
	for (int k = 0; k < map->n_stages; k++)
	{
		const MapStage *stage = &map->stages[k];

		if (stage->optional)
			refuse_stage_rule(stage, "the option \"optional\"");
		if (stage->within != MAP_NO_SPAN)
			refuse_stage_rule(stage, "the option \"within\"");
		if (stage->after != MAP_NO_SPAN)
			refuse_stage_rule(stage, "the option \"after\"");
		if (stage->without.n > 0)
			refuse_stage_rule(stage, "the option \"without\"");
	}
}

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

JourneyPlan *
plan_make(const struct varlena *journey, bool conditions)
{
	JourneyPlan *plan = palloc0(sizeof(JourneyPlan));
	JourneyMap *map;

	plan->journey = (struct varlena *)
		PG_DETOAST_DATUM_COPY(PointerGetDatum(journey));
	plan->map = map = map_unpack(plan->journey);
	plan->conditions = conditions;
	check_rules(map);
	plan->match.n_stages = map->n_stages;
	plan->match.window = (map->within == MAP_NO_SPAN) ? MATCH_NO_WINDOW :
		(uint64) map->within;
	plan->match.breathe = let_interrupt;
	if (conditions)
	{
		check_conditions(map);
		plan->code_width = width_of(~UINT64CONST(0) >> (64 - map->n_stages));
	}
	else
	{
		event_codes_init(&plan->codes, map);
		plan->code_width = width_of(plan->codes.n_codes);
	}
	return plan;
}
