/*
 * map_check.c
 *	  What a map must hold to: tidying and refusing.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "map.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

/* Bytes first, then length. */
static int
compare_texts(const MapText *a, const MapText *b)
{
	int			cmp = memcmp(a->s, b->s, Min(a->len, b->len));

	if (cmp == 0)
		cmp = (a->len > b->len) - (a->len < b->len);
	return cmp;
}

/* for qsort of pointers into one list: equal names in their order there */
static int
compare_places(const void *a, const void *b)
{
	const MapText *x = *(MapText *const *) a;
	const MapText *y = *(MapText *const *) b;
	int			cmp = compare_texts(x, y);

	if (cmp == 0)
		cmp = (x > y) - (x < y);
	return cmp;
}

static MapText **
sort_texts(MapText *items, int n)
{
	MapText   **sorted = (MapText **) palloc(n * sizeof(MapText *));

	for (int i = 0; i < n; i++)
		sorted[i] = &items[i];
	qsort(sorted, n, sizeof(MapText *), compare_places);
	return sorted;
}

/* Keeps the first of equal names. */
static void
drop_repeated(MapTexts *list)
{
	MapText   **sorted;
	const MapText *first;
	int			kept = 0;

	if (list->n < 2)
		return;
	sorted = sort_texts(list->items, list->n);
	first = sorted[0];
	for (int i = 1; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (map_text_equal(sorted[i], first))
			sorted[i]->s = NULL;
		else
			first = sorted[i];
	}
	for (int i = 0; i < list->n; i++)
		if (list->items[i].s != NULL)
			list->items[kept++] = list->items[i];
	list->n = kept;
	pfree(sorted);
}

/* Brings what can be written in several ways into one. */
void
map_tidy(JourneyMap *map)
{
	for (int i = 0; i < map->n_stages; i++)
	{
		MapStage   *stage = &map->stages[i];

		drop_repeated(&stage->events);
		drop_repeated(&stage->without);
		/* a list of the stage's own name says nothing */
		if (stage->events.n == 1 && stage->name.s != NULL &&
			map_text_equal(&stage->events.items[0], &stage->name))
			stage->events.n = 0;
		/* minus zero is equal to zero, but not its bytes */
		if (stage->expected_drop_off == 0)
			stage->expected_drop_off = 0;
		if (stage->feeling == 0)
			stage->feeling = 0;
	}
}

/* Reports that a stage is not as it must be; always false. */
static bool
refuse(Node *escontext, const MapStage *stage, const char *problem,
	   const char *detail, const char *hint)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("stage \"%s\" %s",
					map_clip(stage->name.s, stage->name.len), problem),
			 detail ? errdetail("%s", detail) : 0,
			 errhint("%s", hint)));
}

static bool
check_names(const MapStage *stage, const MapTexts *list, const char *problem,
			Node *escontext)
{
	for (int i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (list->items[i].len == 0)
			return refuse(escontext, stage, problem, NULL,
						  "Leave it out, or give such events a name in the query: coalesce(nullif(event, ''), 'none').");
	}
	return true;
}

static bool
check_name(const JourneyMap *map, int stage, Node *escontext)
{
	const char *which = "a stage";

	if (map->stages[stage].name.len > 0)
		return true;
	if (map->kind == MAP_KIND_JOURNEY)
		which = psprintf("stage %d", stage + 1);
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must have a name", which),
			 errhint("Give it a name of at least one character.")));
}

/* What holds for a stage, whatever journey it is in. */
static bool
check_stage(const MapStage *stage, Node *escontext)
{
	if (!check_names(stage, &stage->events, "has an empty event name",
					 escontext) ||
		!check_names(stage, &stage->without,
					 "has an empty event name in \"without\"", escontext))
		return false;
	if (stage->within != MAP_NO_SPAN && stage->after > stage->within)
		return refuse(escontext, stage, "can never be reached",
					  psprintf("It must come after %s at the earliest and within %s at the latest.",
							   map_span_string(stage->after),
							   map_span_string(stage->within)),
					  "Make \"after\" no longer than \"within\".");
	/* written so that no unordered number passes */
	if (!isnan(stage->expected_drop_off) &&
		!(stage->expected_drop_off >= 0 && stage->expected_drop_off <= 1))
		return refuse(escontext, stage,
					  "has an expected_drop_off that is not a share",
					  psprintf("It is %g, and must be from 0 to 1.",
							   stage->expected_drop_off),
					  "Write 30 percent as 0.3.");
	if (!isnan(stage->feeling) &&
		!(stage->feeling >= -1 && stage->feeling <= 1))
		return refuse(escontext, stage, "has a feeling that is out of range",
					  psprintf("It is %g, and must be from -1 to 1.",
							   stage->feeling),
					  "Write the worst feeling as -1, a neutral one as 0 and the best as 1.");
	return true;
}

/* What would be measured from the stage before cannot stand on the first. */
static bool
check_first_stage(const MapStage *stage, Node *escontext)
{
	const char *clause;

	if (stage->optional)
		return refuse(escontext, stage, "is the first and cannot be optional",
					  "An attempt starts at the first stage.",
					  "Begin the journey with a stage that everybody passes.");
	if (stage->within != MAP_NO_SPAN)
		clause = "within";
	else if (stage->after != MAP_NO_SPAN)
		clause = "after";
	else if (stage->without.n > 0)
		clause = "without";
	else
		return true;
	return refuse(escontext, stage,
				  psprintf("is the first and cannot have \"%s\"", clause),
				  "It is counted from the stage before.",
				  "Put it on the second stage, or limit the whole journey by the journey's own \"within\".");
}

static bool
check_unique_names(const JourneyMap *map, Node *escontext)
{
	for (int i = 1; i < map->n_stages; i++)
		for (int j = 0; j < i; j++)
			if (map_text_equal(&map->stages[i].name, &map->stages[j].name))
				return refuse(escontext, &map->stages[i],
							  "is there twice",
							  psprintf("Stages %d and %d have the same name.",
									   j + 1, i + 1),
							  "Give each stage a name of its own; two stages may have the same events: first(login) -> again(login).");
	return true;
}

/* `any order` knows no stage before another one */
static bool
check_any_order(const JourneyMap *map, Node *escontext)
{
	if (map->entry == MAP_ENTRY_ANY || map->counting == MAP_ATTEMPTS)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a journey in any order cannot be combined with %s",
						map->entry == MAP_ENTRY_ANY ?
						"open entry" : "counting attempts"),
				 map->entry == MAP_ENTRY_ANY ?
				 errdetail("In any order, every stage may be the first already.") :
				 errdetail("In any order, no stage marks the beginning of an attempt."),
				 errhint("Leave out one of the two.")));
	for (int i = 0; i < map->n_stages; i++)
	{
		const MapStage *stage = &map->stages[i];

		if (stage->optional)
			return refuse(escontext, stage,
						  "cannot be optional in a journey in any order",
						  "In any order, the number of stages reached is what counts.",
						  "Make the stage required, or leave it out.");
		if (stage->within != MAP_NO_SPAN || stage->after != MAP_NO_SPAN)
			return refuse(escontext, stage,
						  psprintf("cannot have \"%s\" in a journey in any order",
								   stage->within != MAP_NO_SPAN ?
								   "within" : "after"),
						  "In any order, there is no stage before it to count from.",
						  "Use the journey's own \"within\", or a journey in order.");
	}
	return true;
}

static bool
check_open(const JourneyMap *map, Node *escontext)
{
	const char *other;

	if (map->matching == MAP_STRICT)
		other = "strict matching";
	else if (map->counting == MAP_ATTEMPTS)
		other = "counting attempts";
	else
		return true;
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a journey with open entry cannot be combined with %s",
					other),
			 errdetail("With open entry, an attempt may start at any required stage; %s needs it to start at the first.",
					   other),
			 errhint("Leave out one of the two.")));
}

/* the events of a stage, sorted */
static MapText **
stage_events(MapStage *stage, int *n)
{
	*n = Max(stage->events.n, 1);
	return sort_texts(stage->events.n > 0 ? stage->events.items : &stage->name,
					  *n);
}

static bool
same_events(MapStage *a, MapStage *b)
{
	int			n;
	int			n_b;
	MapText   **events_a;
	MapText   **events_b;
	bool		same;

	if (Max(a->events.n, 1) != Max(b->events.n, 1))
		return false;
	events_a = stage_events(a, &n);
	events_b = stage_events(b, &n_b);
	same = true;
	for (int i = 0; same && i < n; i++)
		same = map_text_equal(events_a[i], events_b[i]);
	pfree(events_a);
	pfree(events_b);
	return same;
}

/*
 * An optional stage in front of a required one with the same events: every
 * event would have to be taken for the required one, so it says nothing.
 */
static bool
check_optional(const JourneyMap *map, Node *escontext)
{
	int			next = -1;

	for (int i = map->n_stages - 1; i >= 0; i--)
	{
		if (!map->stages[i].optional)
			next = i;
		else if (next >= 0 && same_events(&map->stages[i], &map->stages[next]))
			return refuse(escontext, &map->stages[i],
						  "is optional and has the same events as the next required stage",
						  psprintf("The next required stage is \"%s\".",
								   map_clip(map->stages[next].name.s,
											map->stages[next].name.len)),
						  "Leave the optional stage out, or give it events of its own.");
	}
	return true;
}

static bool
check_time(int64 at, const char *name, Node *escontext)
{
	if (at != MAP_NO_TIME && !IS_VALID_TIMESTAMP(at))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s of a journey cannot be infinite", name),
				 errhint("Leave it NULL where there is no limit.")));
	return true;
}

static bool
check_scope(const JourneyMap *map, Node *escontext)
{
	StringInfoData detail;

	if (!check_time(map->as_of, "as_of", escontext) ||
		!check_time(map->entered_from, "entered_from", escontext) ||
		!check_time(map->entered_until, "entered_until", escontext))
		return false;
	/* unset bounds are the least numbers there are */
	if (map->entered_until == MAP_NO_TIME ||
		map->entered_from < map->entered_until)
		return true;

	initStringInfo(&detail);
	appendStringInfoString(&detail, "It begins at ");
	time_to_text(&detail, map->entered_from);
	appendStringInfoString(&detail, " and ends before ");
	time_to_text(&detail, map->entered_until);
	appendStringInfoChar(&detail, '.');
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the entry period of a journey is empty"),
			 errdetail("%s", detail.data),
			 errhint("Make entered_from earlier than entered_until.")));
}

/* Can a journey have that many stages? */
bool
map_check_count(int n_stages, Node *escontext)
{
	if (n_stages < 1)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a journey must have at least one stage"),
				 errhint("For example: journey(ARRAY[stage('visit'), stage('buy')]).")));
	if (n_stages > MAP_MAX_STAGES)
		ereturn(escontext, false,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a journey cannot have more than %d stages",
						MAP_MAX_STAGES),
				 errhint("Gather several events in one stage, such as browse(view|search), or split the journey.")));
	return true;
}

/* Refuses, with the reason, a map that would mean nothing. */
bool
map_check(const JourneyMap *map, Node *escontext)
{
	if (!map_check_count(map->n_stages, escontext))
		return false;
	for (int i = 0; i < map->n_stages; i++)
		if (!check_name(map, i, escontext) ||
			!check_stage(&map->stages[i], escontext))
			return false;
	if (map->kind == MAP_KIND_STAGE)
		return true;

	if (!check_unique_names(map, escontext) ||
		!check_first_stage(&map->stages[0], escontext))
		return false;
	/* an open journey may start at such a stage */
	for (int i = 0; i < map->n_stages; i++)
		if (map->within != MAP_NO_SPAN && map->entry == MAP_ENTRY_FIRST &&
			map->stages[i].after > map->within)
			return refuse(escontext, &map->stages[i], "can never be reached",
						  psprintf("It must come %s after the stage before, but the whole journey must end within %s.",
								   map_span_string(map->stages[i].after),
								   map_span_string(map->within)),
						  "Make the journey's \"within\" longer than the \"after\" of each stage.");
	if (map->matching == MAP_ANY && !check_any_order(map, escontext))
		return false;
	if (map->entry == MAP_ENTRY_ANY && !check_open(map, escontext))
		return false;
	return check_optional(map, escontext) && check_scope(map, escontext);
}
