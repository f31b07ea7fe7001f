/*
 * summary_check.c
 *	  What must hold between the numbers of a funnel.
 *
 * Readers divide by these numbers and take square roots of their differences,
 * so whatever comes from outside is held to what counting customers can give.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "mb/pg_wchar.h"
#include "summary.h"

/* the greatest value of one customer, in millionths, with room for rounding */
#define MAX_VALUE	(1e18 * (1 + 1e-9))

#define DEMAND(condition, rule) \
	do { \
		if (!(condition)) \
			return rule; \
	} while (0)

/* May `n` values add up to this? */
static bool
possible_sum(const Exact *sum, int64 n, double each)
{
	if (n == 0)
		return exact_is_zero(sum);
	return fabs(exact_to_double(sum)) <= (double) n * each;
}

/* Each of these gives the rule that is broken, NULL if there is none. */
static const char *
check_counts(const FunnelSummary *summary, int stage, int64 total)
{
	const StageSummary *s = &summary->stages[stage];
	bool		optional = summary->map->stages[stage].optional;

	DEMAND(s->dropped <= s->reached - s->waiting,
		   "dropped and waiting together are at most reached");
	DEMAND(s->settled <= s->reached, "settled is at most reached");
	if (summary_next_required(summary, stage) < 0)
		DEMAND(s->dropped == 0 && s->waiting == 0 && s->settled == 0,
			   "the last and optional stages have none dropped, waiting or "
			   "settled");
	if (optional)
	{
		DEMAND(s->entered == 0, "none entered at an optional stage");
		DEMAND(s->reached <= total,
			   "at most as many reached an optional stage as entered");
	}
	if (stage > 0 && summary->map->entry == MAP_ENTRY_FIRST)
		DEMAND(s->entered == 0, "all entered at the first stage");
	return NULL;
}

static const char *
check_values(const StageSummary *s)
{
	double		lost = exact_to_double(&s->value_lost);

	DEMAND(s->valued <= s->reached, "valued is at most reached");
	DEMAND(s->valued_dropped <= s->dropped,
		   "valued_dropped is at most dropped");
	DEMAND(s->valued_waiting <= s->waiting,
		   "valued_waiting is at most waiting");
	DEMAND(s->valued_dropped <= s->valued - s->valued_waiting,
		   "valued_dropped and valued_waiting together are at most valued");
	DEMAND(possible_sum(&s->value, s->valued, MAX_VALUE) &&
		   possible_sum(&s->value_lost, s->valued_dropped, MAX_VALUE) &&
		   possible_sum(&s->value_waiting, s->valued_waiting, MAX_VALUE),
		   "a sum of values is at most 1e12 for each that is valued");
	DEMAND(!exact_is_negative(&s->value_lost_sq) &&
		   possible_sum(&s->value_lost_sq, s->valued_dropped,
						MAX_VALUE * MAX_VALUE),
		   "a sum of squares is at most 1e24 for each that is valued, and "
		   "not negative");

	/* no negative variance */
	DEMAND(lost * lost <= (double) s->valued_dropped *
		   exact_to_double(&s->value_lost_sq) * (1 + 1e-9),
		   "the sum of squares of the values lost is at least the square of "
		   "their sum by their number");
	return NULL;
}

static const char *
check_times(const FunnelSummary *summary, int stage)
{
	const StageSummary *s = &summary->stages[stage];
	bool		later = stage > 0 && !summary->map->stages[stage].optional;

	if (summary_next_required(summary, stage) >= 0)
		DEMAND(s->to_next.count == summary_continued(s),
			   "there is one to_next_us for each that continued");
	else
		DEMAND(s->to_next.count == 0,
			   "the last and optional stages have no to_next_us");

	/* attempts that enter later have no time from the first stage */
	if (later && summary->map->entry == MAP_ENTRY_FIRST)
		DEMAND(s->from_first.count == s->reached,
			   "there is one from_first_us for each that reached the stage");
	else if (later)
		DEMAND(s->from_first.count <= s->reached,
			   "there is at most one from_first_us for each that reached the "
			   "stage");
	else
		DEMAND(s->from_first.count == 0,
			   "the first and optional stages have no from_first_us");
	return NULL;
}

static const char *
check_touchpoints(const FunnelSummary *summary, int stage)
{
	const StageSummary *s = &summary->stages[stage];
	const Touchpoints *t = &summary->touch;
	int			n_slots = (t->room == 0) ? 0 : SLOT_FIRST + t->n_channels;

	for (int slot = 0; slot < n_slots; slot++)
	{
		const TouchCount *c = touchpoints_count(t, slot, stage);

		DEMAND(c->felt <= c->events, "felt is at most events of a channel");
		DEMAND(c->felt_negative <= c->felt,
			   "felt_negative of a channel is at most felt");
		DEMAND(possible_sum(&c->feeling, c->felt, EXACT_SCALE),
			   "a sum of feelings is at most 1e6 millionths for each");
		DEMAND(slot != SLOT_NONE || c->felt == c->events,
			   "events without a channel are there with a feeling only");
		if (slot == SLOT_OTHERS)
			DEMAND(c->customers == 0,
				   "customers of other channels are not counted");
		else
			DEMAND(c->customers <= c->events && c->customers <= s->reached &&
				   (c->customers > 0) == (c->events > 0),
				   "a channel's customers are at most its events, and at most "
				   "those who reached the stage");
	}
	return NULL;
}

/* Names from outside, and that there are as many as there can be. */
static const char *
check_channels(const Touchpoints *t)
{
	bool		others = false;
	bool		none = false;

	for (int k = 0; k < t->n_stages && t->room > 0; k++)
	{
		others |= touchpoints_count(t, SLOT_OTHERS, k)->events > 0;
		none |= touchpoints_count(t, SLOT_NONE, k)->events > 0;
	}
	DEMAND(t->room == 0 || t->n_channels > 0 || none,
		   "channels and feelings are left out where there are no events");
	DEMAND(!others || t->n_channels == TOUCHPOINTS_MAX,
		   "other channels are there only behind 64 with a name");
	for (int i = 0; i < t->n_channels; i++)
	{
		int64		events = 0;

		for (int k = 0; k < t->n_stages; k++)
			events += touchpoints_count(t, SLOT_FIRST + i, k)->events;
		DEMAND(events > 0, "each channel has events");
		DEMAND(pg_verifymbstr(t->channels[i].s, t->channels[i].len, true),
			   "channels are text in the encoding of the database");
	}
	return NULL;
}

static bool
contradiction(const MapText *stage, const char *rule, Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 stage == NULL ?
			 errmsg("numbers of a funnel contradict each other") :
			 errmsg("numbers of stage \"%s\" contradict each other",
					map_clip(stage->s, stage->len)),
			 errdetail("In a funnel, %s.", rule),
			 errhint(SUMMARY_MAKE_HINT)));
}

bool
summary_check(const FunnelSummary *summary, Node *escontext)
{
	const JourneyMap *map = summary->map;
	int64		total = 0;
	int64		continued = 0;	/* of the required stage before */
	const char *rule = check_channels(&summary->touch);

	if (rule != NULL)
		return contradiction(NULL, rule, escontext);

	/* counts are 0 .. SUMMARY_MAX_COUNT, so 64 of them can be added */
	for (int i = 0; i < map->n_stages; i++)
		total += summary->stages[i].entered;

	for (int i = 0; i < map->n_stages; i++)
	{
		const StageSummary *s = &summary->stages[i];

		rule = check_counts(summary, i, total);
		if (rule == NULL && !map->stages[i].optional)
		{
			/* whatever the entry: who is here came here or began here */
			if (s->reached != continued + s->entered)
				rule = "reached is those who continued from the required "
					"stage before and those who entered here";
			continued = summary_continued(s);
		}
		if (rule == NULL)
			rule = check_values(s);
		if (rule == NULL)
			rule = check_times(summary, i);
		if (rule == NULL)
			rule = check_touchpoints(summary, i);
		if (rule != NULL)
			return contradiction(&map->stages[i].name, rule, escontext);
	}
	return true;
}
