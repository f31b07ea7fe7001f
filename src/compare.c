/*
 * compare.c
 *	  Two funnels of one journey: what changed, and is it more than chance?
 */
#include "postgres.h"

#include "funcapi.h"
#include "readers.h"
#include "stats.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_compare);

/* result columns of compare() */
enum
{
	COLUMN_STAGE_NO, COLUMN_STAGE, COLUMN_NEXT_STAGE, COLUMN_REACHED_BEFORE,
	COLUMN_REACHED_AFTER, COLUMN_SETTLED_BEFORE, COLUMN_SETTLED_AFTER,
	COLUMN_CONVERSION_BEFORE, COLUMN_CONVERSION_AFTER, COLUMN_DIFFERENCE,
	COLUMN_DIFFERENCE_LOW, COLUMN_DIFFERENCE_HIGH, COLUMN_Z, COLUMN_P_VALUE,
	COLUMN_P_HOLM, COLUMN_P_BETTER, COLUMN_ENOUGH_DATA,
	COLUMN_VALUE_LOST_EACH_BEFORE, COLUMN_VALUE_LOST_EACH_AFTER, COLUMNS
};

/* One funnel's side of a row. */
typedef struct Side
{
	int64		reached;
	int64		settled;
	double		conversion;
	StatsShare	share;			/* n = 0: conversion is not known */
	double		value_lost_each;
} Side;

/* A stage, or the whole journey. */
typedef struct ComparedRow
{
	int			stage;			/* -1: the whole journey */
	Side		before;
	Side		after;
	StatsDifference d;
	double		p_holm;
} ComparedRow;

static void
stage_side(const StageRow *row, Side *side)
{
	const StageSummary *s = row->sums;

	side->reached = s->reached;
	side->settled = s->settled;
	side->conversion = row->conversion;
	side->share.n = (double) s->settled;
	side->share.misses = (double) Min(s->dropped, s->settled);
	side->share.hits = (double) Max(0, s->settled - s->dropped);

	/*
	 * Of one customer who enters: the chance to get here times the mean loss
	 * of those settled here.  If nobody gets here, nothing is lost here.
	 */
	side->value_lost_each = row->value_lost;
	if (row->overall == 0)
		side->value_lost_each *= 0;
	else
		side->value_lost_each *= row->overall / (double) s->settled;
}

/* Fills `shares`, which has room for all rows, for the whole journey. */
static void
journey_side(const FunnelSummary *funnel, const Side *const *stages, int n,
			 StatsShare *shares, Side *side)
{
	side->reached = funnel->stages[0].reached;
	side->settled = funnel->stages[0].settled;
	side->conversion = funnel_conversion(funnel, 0,
										 funnel_last_stage(funnel));
	side->value_lost_each = 0;
	for (int i = 0; i < n; i++)
	{
		shares[i] = stages[i]->share;
		side->value_lost_each += stages[i]->value_lost_each;
	}
	stats_product(shares, n, &side->share);
}

static void
compare_sides(ComparedRow *row, double z)
{
	StatsDifference *d = &row->d;

	d->difference = d->low = d->high = NAN;
	d->z = d->p_value = d->p_better = NAN;
	row->p_holm = NAN;
	if (row->before.share.n > 0 && row->after.share.n > 0)
		stats_compare(&row->before.share, &row->after.share, z, d);
}

/*
 * One row for each required stage with another one after it, and one for the
 * whole journey; none for a journey of one stage.
 */
static int
compare_funnels(const FunnelSummary *before, const FunnelSummary *after,
				double z, ComparedRow *rows)
{
	StageRow   *stages_before = stages_compute(before, z);
	StageRow   *stages_after = stages_compute(after, z);
	const Side *sides_before[MAP_MAX_STAGES];
	const Side *sides_after[MAP_MAX_STAGES];
	StatsShare	shares[MAP_MAX_STAGES];
	double		p_values[MAP_MAX_STAGES];
	double		adjusted[MAP_MAX_STAGES];
	int			n = 0;

	for (int i = 0; i < before->map->n_stages; i++)
	{
		ComparedRow *row = &rows[n];

		if (stages_before[i].next < 0)
			continue;
		row->stage = i;
		stage_side(&stages_before[i], &row->before);
		stage_side(&stages_after[i], &row->after);
		compare_sides(row, z);
		sides_before[n] = &row->before;
		sides_after[n] = &row->after;
		p_values[n++] = row->d.p_value;
	}
	if (n == 0)
		return 0;

	/* stages are tests of one family; the whole is a question of its own */
	stats_holm(p_values, n, adjusted);
	for (int i = 0; i < n; i++)
		rows[i].p_holm = adjusted[i];
	rows[n].stage = -1;
	journey_side(before, sides_before, n, shares, &rows[n].before);
	journey_side(after, sides_after, n, shares, &rows[n].after);
	compare_sides(&rows[n], z);
	return n + 1;
}

static void
put_row(ReturnSetInfo *rsinfo, const FunnelSummary *funnel,
		const ComparedRow *row)
{
	const Side *before = &row->before;
	const Side *after = &row->after;
	const StatsDifference *d = &row->d;
	bool		is_stage = row->stage >= 0;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	nulls[COLUMN_STAGE_NO] = nulls[COLUMN_STAGE] = !is_stage;
	nulls[COLUMN_NEXT_STAGE] = !is_stage;
	values[COLUMN_STAGE_NO] = Int32GetDatum(row->stage + 1);
	values[COLUMN_STAGE] = values[COLUMN_NEXT_STAGE] = (Datum) 0;
	if (is_stage)
	{
		int			next = summary_next_required(funnel, row->stage);

		values[COLUMN_STAGE] =
			CStringGetTextDatum(funnel_stage_name(funnel, row->stage));
		values[COLUMN_NEXT_STAGE] =
			CStringGetTextDatum(funnel_stage_name(funnel, next));
	}
	values[COLUMN_REACHED_BEFORE] = Int64GetDatum(before->reached);
	values[COLUMN_REACHED_AFTER] = Int64GetDatum(after->reached);
	values[COLUMN_SETTLED_BEFORE] = Int64GetDatum(before->settled);
	values[COLUMN_SETTLED_AFTER] = Int64GetDatum(after->settled);
	put_double(values, nulls, COLUMN_CONVERSION_BEFORE, before->conversion);
	put_double(values, nulls, COLUMN_CONVERSION_AFTER, after->conversion);
	put_double(values, nulls, COLUMN_DIFFERENCE, d->difference);
	put_double(values, nulls, COLUMN_DIFFERENCE_LOW, d->low);
	put_double(values, nulls, COLUMN_DIFFERENCE_HIGH, d->high);
	put_double(values, nulls, COLUMN_Z, d->z);
	put_double(values, nulls, COLUMN_P_VALUE, d->p_value);
	put_double(values, nulls, COLUMN_P_HOLM, row->p_holm);
	put_double(values, nulls, COLUMN_P_BETTER, d->p_better);
	values[COLUMN_ENOUGH_DATA] =
		BoolGetDatum(before->share.n >= ENOUGH_DATA &&
					 after->share.n >= ENOUGH_DATA);
	put_double(values, nulls, COLUMN_VALUE_LOST_EACH_BEFORE,
			   before->value_lost_each);
	put_double(values, nulls, COLUMN_VALUE_LOST_EACH_AFTER,
			   after->value_lost_each);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* compare(before, after, level) */
Datum
journey_compare(PG_FUNCTION_ARGS)
{
	FunnelSummary *before = GETARG_SUMMARY(0);
	FunnelSummary *after = GETARG_SUMMARY(1);
	double		z = readers_z(PG_GETARG_FLOAT8(2));
	ComparedRow rows[MAP_MAX_STAGES];
	int			n;

	if (!map_same_matching(before->journey, after->journey))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot compare funnels of different journeys"),
				 errdetail("In their journeys, %s.",
						   map_matching_difference(before->map, after->map)),
				 errhint("Stages, events and rules must be equal; the period "
						 "looked at and the notes may differ.")));
	n = compare_funnels(before, after, z, rows);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < n; i++)
		put_row((ReturnSetInfo *) fcinfo->resultinfo, before, &rows[i]);
	return (Datum) 0;
}
