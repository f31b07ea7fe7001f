/*
 * map_make.c
 *	  The constructors stage(), journey() and scope().
 *
 * They are not strict: an argument that is NULL is one that is not given.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "compat.h"
#include "fmgr.h"
#include "map.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(journey_stage_make);
PG_FUNCTION_INFO_V1(journey_map_make);
PG_FUNCTION_INFO_V1(journey_map_scope);

/* ---------- arguments ---------- */

/* the arguments of a call, and whose they are, for messages */
typedef struct Args
{
	FunctionCallInfo fcinfo;
	const char *owner;
} Args;

static char *
arg_name(const Args *args, const char *name)
{
	return psprintf("\"%s\" of %s", name, args->owner);
}

static MapText
text_arg(FunctionCallInfo fcinfo, int n)
{
	MapText		result = {NULL, 0};

	if (!PG_ARGISNULL(n))
	{
		text	   *arg = PG_GETARG_TEXT_PP(n);

		result.s = VARDATA_ANY(arg);
		result.len = VARSIZE_ANY_EXHDR(arg);
	}
	return result;
}

/* Takes an array apart; NULL elements and dimensions are refused. */
static Datum *
array_arg(const Args *args, int n, const char *name, int *count)
{
	FunctionCallInfo fcinfo = args->fcinfo;
	ArrayType  *array;
	Datum	   *items;
	bool	   *nulls;

	*count = 0;
	if (PG_ARGISNULL(n))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(n);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an array of one dimension",
						arg_name(args, name)),
				 errdetail("It has %d dimensions.", ARR_NDIM(array)),
				 errhint("Write a plain list: ARRAY['view', 'search'].")));
	/* text and stage are alike in length and alignment */
	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT,
					  &items, &nulls, count);
	for (int i = 0; i < *count; i++)
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must not have NULL elements",
							arg_name(args, name)),
					 errdetail("Element %d is NULL.", i + 1),
					 errhint("Use array_remove(..., NULL).")));
	return items;
}

static MapTexts
texts_arg(const Args *args, int n, const char *name)
{
	MapTexts	list = {0, NULL};
	int			count;
	Datum	   *items = array_arg(args, n, name, &count);

	for (int i = 0; i < count; i++)
	{
		text	   *item = DatumGetTextPP(items[i]);

		(void) map_add_text(&list, VARDATA_ANY(item),
							VARSIZE_ANY_EXHDR(item), NULL);
	}
	return list;
}

static int64
span_arg(const Args *args, int n, const char *name)
{
	FunctionCallInfo fcinfo = args->fcinfo;
	int64		span = MAP_NO_SPAN;

	if (!PG_ARGISNULL(n))
		(void) span_from_interval(PG_GETARG_INTERVAL_P(n), &span,
								  arg_name(args, name), NULL);
	return span;
}

static double
number_arg(const Args *args, int n, const char *name)
{
	FunctionCallInfo fcinfo = args->fcinfo;
	double		number;

	if (PG_ARGISNULL(n))
		return NAN;
	number = PG_GETARG_FLOAT8(n);
	if (isnan(number))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be NaN", arg_name(args, name)),
				 errhint("Leave it NULL where it is not known.")));
	return number;
}

static int64
time_arg(FunctionCallInfo fcinfo, int n)
{
	TimestampTz at;

	if (PG_ARGISNULL(n))
		return MAP_NO_TIME;
	at = PG_GETARG_TIMESTAMPTZ(n);
	/* MAP_NO_TIME looks like -infinity, which is refused as infinity is */
	return TIMESTAMP_IS_NOBEGIN(at) ? DT_NOEND : at;
}

/* one of a few words; NULL is the first of them */
static int
word_arg(FunctionCallInfo fcinfo, int n, const char *const *words,
		 const char *name)
{
	MapText		word = text_arg(fcinfo, n);
	int			value = 0;

	if (word.s != NULL)
		(void) map_find_word(words, word.s, word.len, name, &value, NULL);
	return value;
}

/* ---------- constructors ---------- */

static Datum
finish(JourneyMap *map)
{
	map_tidy(map);
	(void) map_check(map, NULL);
	PG_RETURN_POINTER(map_pack(map));
}

Datum
journey_stage_make(PG_FUNCTION_ARGS)
{
	JourneyMap *map = map_make(MAP_KIND_STAGE, 1);
	MapStage   *stage = &map->stages[0];
	Args		args = {fcinfo, "a stage"};

	stage->name = text_arg(fcinfo, 0);
	if (stage->name.s != NULL)
		args.owner = psprintf("stage \"%s\"",
							  map_clip(stage->name.s, stage->name.len));
	stage->events = texts_arg(&args, 1, "events");
	stage->optional = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	stage->within = span_arg(&args, 3, "within");
	stage->after = span_arg(&args, 4, "after");
	stage->without = texts_arg(&args, 5, "without");
	stage->expected_drop_off = number_arg(&args, 6, "expected_drop_off");
	stage->evidence = text_arg(fcinfo, 7);
	stage->goal = text_arg(fcinfo, 8);
	stage->touchpoints = texts_arg(&args, 9, "touchpoints");
	stage->thoughts = texts_arg(&args, 10, "thoughts");
	stage->feeling = number_arg(&args, 11, "feeling");
	stage->pains = texts_arg(&args, 12, "pains");
	stage->opportunities = texts_arg(&args, 13, "opportunities");
	return finish(map);
}

Datum
journey_map_make(PG_FUNCTION_ARGS)
{
	Args		args = {fcinfo, "the journey"};
	int			n_stages;
	Datum	   *stages = array_arg(&args, 0, "stages", &n_stages);
	JourneyMap *map;

	(void) map_check_count(n_stages, NULL);
	map = map_make(MAP_KIND_JOURNEY, n_stages);
	for (int i = 0; i < n_stages; i++)
	{
		JourneyMap *stage = map_unpack((struct varlena *)
									   DatumGetPointer(stages[i]));

		map->stages[i] = stage->stages[0];
	}
	map->within = span_arg(&args, 1, "within");
	map->matching = (MapMatching) word_arg(fcinfo, 2, map_matching_words,
										   "matching");
	map->entry = (MapEntry) word_arg(fcinfo, 3, map_entry_words, "entry");
	map->counting = (MapCounting) word_arg(fcinfo, 4, map_counting_words,
										   "counting");
	map->title = text_arg(fcinfo, 5);
	map->persona = text_arg(fcinfo, 6);
	map->scenario = text_arg(fcinfo, 7);
	return finish(map);
}

/* Sets the three fields of the scope, whatever they were. */
Datum
journey_map_scope(PG_FUNCTION_ARGS)
{
	JourneyMap *map;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	map = map_unpack(PG_GETARG_VARLENA_P(0));
	map->as_of = time_arg(fcinfo, 1);
	map->entered_from = time_arg(fcinfo, 2);
	map->entered_until = time_arg(fcinfo, 3);
	return finish(map);
}
