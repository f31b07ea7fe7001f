/*
 * readers.c
 *	  Reading a funnel: its stage table and single numbers of it.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "funcapi.h"
#include "readers.h"
#include "stats.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(journey_stages);
PG_FUNCTION_INFO_V1(journey_conversion);
PG_FUNCTION_INFO_V1(journey_conversion_stage);
PG_FUNCTION_INFO_V1(journey_conversion_between);
PG_FUNCTION_INFO_V1(journey_drop_off);
PG_FUNCTION_INFO_V1(journey_reached);
PG_FUNCTION_INFO_V1(journey_customers);
PG_FUNCTION_INFO_V1(journey_time_to_convert);
PG_FUNCTION_INFO_V1(journey_time_to_convert_stage);
PG_FUNCTION_INFO_V1(journey_of_funnel);

/* result columns of stages() */
enum
{
	COLUMN_STAGE_NO, COLUMN_STAGE, COLUMN_OPTIONAL, COLUMN_ENTERED,
	COLUMN_REACHED, COLUMN_SETTLED, COLUMN_CONTINUED, COLUMN_DROPPED,
	COLUMN_WAITING, COLUMN_EXCLUDED, COLUMN_CONVERSION,
	COLUMN_CONVERSION_LOW, COLUMN_CONVERSION_HIGH, COLUMN_DROP_OFF,
	COLUMN_OVERALL, COLUMN_MEDIAN_S, COLUMN_P90_S, COLUMN_VALUED,
	COLUMN_VALUE, COLUMN_VALUE_LOST, COLUMN_VALUE_WAITING, COLUMN_FEELING,
	COLUMN_NEGATIVE_SHARE, COLUMNS
};

double
readers_z(double level)
{
	if (!(level > 0 && level < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("level must be between 0 and 1"),
				 errdetail("It is %g.", level),
				 errhint("Give the level of confidence as a share, such as "
						 "0.95.")));
	return stats_two_sided_z(level);
}

char *
funnel_stage_name(const FunnelSummary *funnel, int stage)
{
	return map_stage_name(funnel->map, stage);
}

/* Of those whose outcome is known, the share that went no further. */
static double
stage_drop_off(const FunnelSummary *funnel, int stage)
{
	const StageSummary *s = &funnel->stages[stage];

	if (s->settled == 0 || summary_next_required(funnel, stage) < 0)
		return NAN;
	return Min(1.0, (double) s->dropped / (double) s->settled);
}

/* The rest of them; not by difference, so that 10 of 50 are 0.2. */
static double
stage_conversion(const FunnelSummary *funnel, int stage)
{
	const StageSummary *s = &funnel->stages[stage];

	if (s->settled == 0 || summary_next_required(funnel, stage) < 0)
		return NAN;
	return (double) Max(0, s->settled - s->dropped) / (double) s->settled;
}

/* The share of those at one required stage who reach a later one. */
double
funnel_conversion(const FunnelSummary *funnel, int from, int until)
{
	double		product = 1;

	/* where nobody goes on, what would come later does not matter */
	for (int i = from; i != until && product != 0;
		 i = summary_next_required(funnel, i))
		product *= stage_conversion(funnel, i);
	return product;
}

int
funnel_last_stage(const FunnelSummary *funnel)
{
	int			last = 0;
	int			next;

	while ((next = summary_next_required(funnel, last)) >= 0)
		last = next;
	return last;
}

static bool
funnel_has_values(const FunnelSummary *funnel)
{
	for (int i = 0; i < funnel->map->n_stages; i++)
	{
		if (funnel->stages[i].valued > 0)
			return true;
	}
	return false;
}

static double
quantile_seconds(const Sketch *sketch, double q)
{
	int64		micros = sketch_quantile(sketch, q);

	return (micros < 0) ? NAN : (double) micros / USECS_PER_SEC;
}

/* What only a required stage with another one after it has. */
static void
compute_outcome(const FunnelSummary *funnel, int stage, double z,
				bool has_values, StageRow *row)
{
	const StageSummary *s = row->sums;

	row->drop_off = stage_drop_off(funnel, stage);
	row->conversion = stage_conversion(funnel, stage);
	if (s->settled > 0)
		stats_wilson((double) Max(0, s->settled - s->dropped),
					 (double) s->settled, z,
					 &row->conversion_low, &row->conversion_high);
	row->median_s = quantile_seconds(&s->to_next, 0.5);
	row->p90_s = quantile_seconds(&s->to_next, 0.9);

	/* with less than half of the values the sum would mislead */
	if (has_values && s->valued_dropped >= s->dropped - s->valued_dropped)
		row->value_lost = exact_to_units(&s->value_lost);
}

StageRow *
stages_compute(const FunnelSummary *funnel, double z)
{
	const JourneyMap *map = funnel->map;
	StageRow   *rows = palloc0(map->n_stages * sizeof(StageRow));
	bool		has_values = funnel_has_values(funnel);
	double		overall = (map->entry == MAP_ENTRY_ANY) ? NAN : 1;

	for (int i = 0; i < map->n_stages; i++)
	{
		const StageSummary *s = &funnel->stages[i];
		StageRow   *row = &rows[i];

		row->sums = s;
		row->name = funnel_stage_name(funnel, i);
		row->optional = map->stages[i].optional;
		row->next = summary_next_required(funnel, i);
		row->conversion = row->conversion_low = row->conversion_high = NAN;
		row->drop_off = row->median_s = row->p90_s = row->value_lost = NAN;
		if (row->next >= 0)
			compute_outcome(funnel, i, z, has_values, row);

		row->overall = overall;
		if (row->next >= 0 && overall != 0)
			overall *= row->conversion;
		row->value = row->value_waiting = NAN;
		/* a sum over nobody is 0, one over unknown values is not */
		if (has_values && (s->valued > 0 || s->reached == 0))
			row->value = exact_to_units(&s->value);
		if (has_values && (s->valued_waiting > 0 || s->waiting == 0))
			row->value_waiting = exact_to_units(&s->value_waiting);
		touchpoints_sum(&funnel->touch, i, &row->touch);
		row->feeling = touch_feeling(&row->touch);
		row->negative_share = touch_negative_share(&row->touch);
	}
	return rows;
}

static void
put_stage(ReturnSetInfo *rsinfo, int stage_no, const StageRow *row)
{
	const StageSummary *s = row->sums;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	values[COLUMN_STAGE_NO] = Int32GetDatum(stage_no);
	values[COLUMN_STAGE] = CStringGetTextDatum(row->name);
	values[COLUMN_OPTIONAL] = BoolGetDatum(row->optional);
	values[COLUMN_ENTERED] = Int64GetDatum(s->entered);
	values[COLUMN_REACHED] = Int64GetDatum(s->reached);
	values[COLUMN_SETTLED] = Int64GetDatum(s->settled);
	values[COLUMN_CONTINUED] = Int64GetDatum(summary_continued(s));
	values[COLUMN_DROPPED] = Int64GetDatum(s->dropped);
	values[COLUMN_WAITING] = Int64GetDatum(s->waiting);
	values[COLUMN_EXCLUDED] = Int64GetDatum(s->excluded);
	nulls[COLUMN_SETTLED] = nulls[COLUMN_CONTINUED] = (row->next < 0);
	nulls[COLUMN_DROPPED] = nulls[COLUMN_WAITING] = (row->next < 0);
	put_double(values, nulls, COLUMN_CONVERSION, row->conversion);
	put_double(values, nulls, COLUMN_CONVERSION_LOW, row->conversion_low);
	put_double(values, nulls, COLUMN_CONVERSION_HIGH, row->conversion_high);
	put_double(values, nulls, COLUMN_DROP_OFF, row->drop_off);
	put_double(values, nulls, COLUMN_OVERALL, row->overall);
	put_double(values, nulls, COLUMN_MEDIAN_S, row->median_s);
	put_double(values, nulls, COLUMN_P90_S, row->p90_s);
	values[COLUMN_VALUED] = Int64GetDatum(s->valued_dropped);
	put_double(values, nulls, COLUMN_VALUE, row->value);
	put_double(values, nulls, COLUMN_VALUE_LOST, row->value_lost);
	put_double(values, nulls, COLUMN_VALUE_WAITING, row->value_waiting);
	put_double(values, nulls, COLUMN_FEELING, row->feeling);
	put_double(values, nulls, COLUMN_NEGATIVE_SHARE, row->negative_share);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* stages(funnel, level) */
Datum
journey_stages(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	StageRow   *rows = stages_compute(funnel, readers_z(PG_GETARG_FLOAT8(1)));

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < funnel->map->n_stages; i++)
		put_stage((ReturnSetInfo *) fcinfo->resultinfo, i + 1, &rows[i]);
	return (Datum) 0;
}

/* Says which stages there are. */
char *
stages_hint(const FunnelSummary *funnel)
{
	if (funnel->map->matching == MAP_ANY)
		return psprintf("In any order, the stages are \"1 done\" to "
						"\"%d done\".", funnel->map->n_stages);
	return psprintf("The stages are %s.", map_stage_list(funnel->map));
}

static int
find_stage(const FunnelSummary *funnel, text *name)
{
	char	   *wanted = text_to_cstring(name);

	for (int i = 0; i < funnel->map->n_stages; i++)
	{
		if (strcmp(wanted, funnel_stage_name(funnel, i)) == 0)
			return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("stage \"%s\" is not in the journey",
					map_clip(wanted, strlen(wanted))),
			 errhint("%s", stages_hint(funnel))));
}

static int
find_required_stage(const FunnelSummary *funnel, text *name)
{
	int			stage = find_stage(funnel, name);

	if (funnel->map->stages[stage].optional)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("stage \"%s\" is optional",
						funnel_stage_name(funnel, stage)),
				 errdetail("Conversion is from one required stage to "
						   "another."),
				 errhint("For those who reached an optional stage, use "
						 "reached().")));
	return stage;
}

static Datum
return_double(FunctionCallInfo fcinfo, double v)
{
	if (!isfinite(v))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(v);
}

/* conversion(funnel) */
Datum
journey_conversion(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);

	return return_double(fcinfo,
						 funnel_conversion(funnel, 0,
										   funnel_last_stage(funnel)));
}

/* conversion(funnel, stage) */
Datum
journey_conversion_stage(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	int			stage = find_stage(funnel, PG_GETARG_TEXT_PP(1));

	return return_double(fcinfo, stage_conversion(funnel, stage));
}

/* conversion(funnel, stage, to_stage) */
Datum
journey_conversion_between(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	int			from = find_required_stage(funnel, PG_GETARG_TEXT_PP(1));
	int			until = find_required_stage(funnel, PG_GETARG_TEXT_PP(2));

	if (until < from)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("stage \"%s\" comes before stage \"%s\"",
						funnel_stage_name(funnel, until),
						funnel_stage_name(funnel, from)),
				 errhint("Give the earlier stage first.")));
	return return_double(fcinfo, funnel_conversion(funnel, from, until));
}

/* drop_off(funnel, stage) */
Datum
journey_drop_off(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	int			stage = find_stage(funnel, PG_GETARG_TEXT_PP(1));

	return return_double(fcinfo, stage_drop_off(funnel, stage));
}

/* reached(funnel, stage) */
Datum
journey_reached(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	int			stage = find_stage(funnel, PG_GETARG_TEXT_PP(1));

	PG_RETURN_INT64(funnel->stages[stage].reached);
}

/* customers(funnel) */
Datum
journey_customers(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	int64		customers = 0;

	/* counts are small enough for this */
	for (int i = 0; i < funnel->map->n_stages; i++)
		customers += funnel->stages[i].entered;
	PG_RETURN_INT64(customers);
}

/* Quantile of the time from the first stage to this one. */
static Datum
time_to_stage(FunctionCallInfo fcinfo, const FunnelSummary *funnel, int stage,
			  double q)
{
	const StageSummary *s = &funnel->stages[stage];
	int64		micros;
	Interval   *result;

	if (!(q >= 0 && q <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quantile must be from 0 to 1"),
				 errdetail("It is %g.", q),
				 errhint("Use 0.5 for the median.")));
	if (stage == 0)
		micros = (s->reached > 0) ? 0 : -1;
	else
		micros = sketch_quantile(&s->from_first, q);
	if (micros < 0)
		PG_RETURN_NULL();

	/* days of 24 hours read better than thousands of hours */
	result = palloc0(sizeof(Interval));
	result->day = (int32) (micros / USECS_PER_DAY);
	result->time = micros % USECS_PER_DAY;
	PG_RETURN_INTERVAL_P(result);
}

/* time_to_convert(funnel, quantile) */
Datum
journey_time_to_convert(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);

	return time_to_stage(fcinfo, funnel, funnel_last_stage(funnel),
						 PG_GETARG_FLOAT8(1));
}

/* time_to_convert(funnel, stage, quantile) */
Datum
journey_time_to_convert_stage(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);

	return time_to_stage(fcinfo, funnel,
						 find_stage(funnel, PG_GETARG_TEXT_PP(1)),
						 PG_GETARG_FLOAT8(2));
}

/* journey(funnel) */
Datum
journey_of_funnel(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(GETARG_SUMMARY(0)->journey);
}
