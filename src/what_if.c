/*
 * what_if.c
 *	  What a change would bring, and which change brings what is wanted.
 *
 * Customers flow from one required stage to the next at the rates of those
 * settled; so who waits is taken to go on as they did.
 */
#include "postgres.h"

#include "changes.h"
#include "funcapi.h"
#include "readers.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_what_if);
PG_FUNCTION_INFO_V1(journey_ways_to_gain);

/* result columns of what_if() */
enum
{
	COLUMN_STAGE_NO, COLUMN_STAGE, COLUMN_DROP_OFF_BEFORE,
	COLUMN_DROP_OFF_AFTER, COLUMN_REACHED_BEFORE, COLUMN_REACHED_AFTER,
	COLUMN_GAINED, COLUMN_VALUE_LOST_BEFORE, COLUMN_VALUE_LOST_AFTER,
	COLUMN_VALUE_BEFORE, COLUMN_VALUE_AFTER, COLUMN_VALUE_GAINED, COLUMNS
};

/* result columns of ways_to_gain() */
enum
{
	WAY_RANK, WAY_STAGE_NO, WAY_STAGE, WAY_NEXT_STAGE, WAY_DROP_OFF,
	WAY_DROP_OFF_NEEDED, WAY_IMPROVEMENT, WAY_CUSTOMERS, WAY_MAX_GAIN,
	WAY_REACHABLE, WAY_ENOUGH_DATA, WAY_COLUMNS
};

/* One required stage; NaN where not known. */
typedef struct FlowStage
{
	const StageRow *row;
	int			stage;
	double		drop_off;		/* NaN on the last one, too */
	double		reached;
	double		lost;
	double		value;
	double		value_lost;
} FlowStage;

typedef struct Flow
{
	int			n;
	FlowStage	stages[MAP_MAX_STAGES];
} Flow;

/* A way to gain: another drop-off of one stage. */
typedef struct Way
{
	const FlowStage *from;
	double		needed;
	double		improvement;
	double		max_gain;
} Way;

/* How many of `reached` go on; exactly those who did where all are settled. */
static double
flow_on(const StageSummary *s, double reached)
{
	double		went_on = (double) Max(0, s->settled - s->dropped);

	if (reached == 0)
		return 0;
	if (s->settled == 0)
		return NAN;
	if (reached == (double) s->settled)
		return went_on;
	return reached * (went_on / (double) s->settled);
}

/* 1 where there is nothing to scale */
static double
ratio(double a, double b)
{
	return (a == b) ? 1 : (b == 0) ? NAN : a / b;
}

/* As measured, with those who wait on their way. */
static void
measured_flow(const FunnelSummary *funnel, const StageRow *rows, Flow *flow)
{
	double		arrived = 0;

	flow->n = 0;
	for (int i = 0; i < funnel->map->n_stages; i++)
	{
		const StageSummary *s = &funnel->stages[i];
		FlowStage  *f = &flow->stages[flow->n];

		if (funnel->map->stages[i].optional)
			continue;
		f->row = &rows[i];
		f->stage = i;
		f->drop_off = rows[i].drop_off;
		f->reached = arrived + (double) s->entered;
		f->value = rows[i].value * ratio(f->reached, (double) s->reached);
		f->lost = f->value_lost = NAN;
		if (rows[i].next >= 0)
		{
			arrived = flow_on(s, f->reached);
			f->lost = f->reached - arrived;
			f->value_lost = rows[i].value_lost *
				ratio(f->lost, (double) s->dropped);
		}
		flow->n++;
	}
}

/*
 * As measured but for the changes.  Who stays instead of leaving carries what
 * leavers carry, and goes on as often as others from there; with more leavers,
 * those who leave in addition carry what those who stayed do.  So two groups
 * are on their way: `base` are those who were in the measured flow, too, with
 * the values measured; `saved` is the value of the others.
 */
static void
changed_flow(const FunnelSummary *funnel, const Flow *measured,
			 const Changes *changes, Flow *flow)
{
	double		scale = changes->entrants * changes->value;
	double		arrived = 0;
	double		base = 0;
	double		saved = 0;

	*flow = *measured;
	for (int i = 0; i < measured->n; i++)
	{
		const FlowStage *m = &measured->stages[i];
		FlowStage  *f = &flow->stages[i];
		const StageSummary *s = &funnel->stages[m->stage];
		double		change = changes->drop_off[m->stage];
		double		stay = 1 - (isnan(change) ? m->drop_off : change);
		double		more = 0;	/* part of those who stayed who now leave */
		double		fewer = 0;	/* part of those who left who now stay */
		double		present;

		arrived += (double) s->entered;
		base += (double) s->entered;
		present = ratio(base, m->reached);
		f->reached = arrived * changes->entrants;
		f->value = (present * m->value + saved) * scale;
		if (m->row->next < 0)
			break;

		if (!isnan(change))
			f->drop_off = change;
		if (change > m->drop_off)
			more = (change - m->drop_off) / (1 - m->drop_off);
		else if (change < m->drop_off)
			fewer = 1 - change / m->drop_off;
		f->value_lost = present * m->value_lost * (1 - fewer);
		if (more > 0)
			f->value_lost += present * (m->value - m->value_lost) * more;
		if (saved != 0)
		{
			f->value_lost += saved * (1 - stay);
			saved *= stay;
		}
		f->value_lost *= scale;
		if (fewer > 0)
			saved += present * m->value_lost * fewer;
		base = flow_on(s, base) * (1 - more);
		arrived = isnan(change) ? flow_on(s, arrived) : arrived * stay;
	}
}

static void
put_flow_stage(ReturnSetInfo *rsinfo, const FlowStage *before,
			   const FlowStage *after)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	values[COLUMN_STAGE_NO] = Int32GetDatum(before->stage + 1);
	values[COLUMN_STAGE] = CStringGetTextDatum(before->row->name);
	put_double(values, nulls, COLUMN_DROP_OFF_BEFORE, before->drop_off);
	put_double(values, nulls, COLUMN_DROP_OFF_AFTER, after->drop_off);
	put_double(values, nulls, COLUMN_REACHED_BEFORE, before->reached);
	put_double(values, nulls, COLUMN_REACHED_AFTER, after->reached);
	put_double(values, nulls, COLUMN_GAINED, after->reached - before->reached);
	put_double(values, nulls, COLUMN_VALUE_LOST_BEFORE, before->value_lost);
	put_double(values, nulls, COLUMN_VALUE_LOST_AFTER, after->value_lost);
	put_double(values, nulls, COLUMN_VALUE_BEFORE, before->value);
	put_double(values, nulls, COLUMN_VALUE_AFTER, after->value);
	put_double(values, nulls, COLUMN_VALUE_GAINED,
			   after->value - before->value);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* what_if(funnel, changes) */
Datum
journey_what_if(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	StageRow   *rows = stages_compute(funnel, readers_z(READERS_LEVEL));
	double		drop_offs[MAP_MAX_STAGES];
	Changes		changes;
	Flow		before;
	Flow		after;

	for (int i = 0; i < funnel->map->n_stages; i++)
		drop_offs[i] = rows[i].drop_off;
	changes_read(PG_GETARG_JSONB_P(1), funnel, drop_offs, &changes);
	measured_flow(funnel, rows, &before);
	changed_flow(funnel, &before, &changes, &after);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < before.n; i++)
		put_flow_stage((ReturnSetInfo *) fcinfo->resultinfo,
					   &before.stages[i], &after.stages[i]);
	return (Datum) 0;
}

static bool
parse_by_value(text *by)
{
	char	   *name = text_to_cstring(by);

	if (strcmp(name, "value") == 0)
		return true;
	if (strcmp(name, "completions") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a gain cannot be counted by \"%s\"",
						map_clip(name, strlen(name))),
				 errhint("Count it by \"completions\" or \"value\".")));
	return false;
}

/* The smallest improvement first, then the greatest gain, then the unknown. */
static int
way_class(const Way *way)
{
	return isnan(way->max_gain) ? 2 : isnan(way->needed) ? 1 : 0;
}

static double
way_key(const Way *way)
{
	return comparable(way_class(way) == 0 ? way->improvement : -way->max_gain);
}

static int
way_cmp(const void *a, const void *b)
{
	const Way  *x = (const Way *) a;
	const Way  *y = (const Way *) b;
	int			x_class = way_class(x);
	int			y_class = way_class(y);
	double		x_key = way_key(x);
	double		y_key = way_key(y);

	if (x_class != y_class)
		return (x_class > y_class) ? 1 : -1;
	if (x_key != y_key)
		return (x_key > y_key) ? 1 : -1;
	return (x->from->stage > y->from->stage) ? 1 : -1;
}

/* One for each stage that has a drop-off; the best one first. */
static int
find_ways(const FunnelSummary *funnel, const Flow *flow, double gain,
		  bool by_value, Way *ways)
{
	int			last = funnel_last_stage(funnel);
	int			n = 0;

	for (int i = 0; i < flow->n - 1; i++)
	{
		const FlowStage *f = &flow->stages[i];
		double		lost = by_value ? f->value_lost : f->lost;
		Way		   *way = &ways[n++];

		way->from = f;
		way->max_gain = (lost == 0) ? 0 :
			lost * funnel_conversion(funnel, f->row->next, last);
		way->needed = way->improvement = NAN;
		if (way->max_gain >= gain)
		{
			way->improvement = f->drop_off * (gain / way->max_gain);
			way->needed = f->drop_off * (1 - gain / way->max_gain);
		}
	}
	qsort(ways, n, sizeof(Way), way_cmp);
	return n;
}

static void
put_way(ReturnSetInfo *rsinfo, const FunnelSummary *funnel, int rank,
		const Way *way)
{
	const FlowStage *f = way->from;
	const StageRow *row = f->row;
	Datum		values[WAY_COLUMNS];
	bool		nulls[WAY_COLUMNS] = {false};

	values[WAY_RANK] = Int32GetDatum(rank);
	values[WAY_STAGE_NO] = Int32GetDatum(f->stage + 1);
	values[WAY_STAGE] = CStringGetTextDatum(row->name);
	values[WAY_NEXT_STAGE] =
		CStringGetTextDatum(funnel_stage_name(funnel, row->next));
	put_double(values, nulls, WAY_DROP_OFF, f->drop_off);
	put_double(values, nulls, WAY_DROP_OFF_NEEDED, way->needed);
	put_double(values, nulls, WAY_IMPROVEMENT, way->improvement);
	put_double(values, nulls, WAY_CUSTOMERS, f->reached * way->improvement);
	put_double(values, nulls, WAY_MAX_GAIN, way->max_gain);
	nulls[WAY_REACHABLE] = isnan(way->max_gain);
	values[WAY_REACHABLE] = BoolGetDatum(!isnan(way->needed));
	values[WAY_ENOUGH_DATA] = BoolGetDatum(row->sums->settled >= ENOUGH_DATA);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* The other way: more who enter, and all rates as they are. */
static void
put_more_entrants(ReturnSetInfo *rsinfo, const Flow *flow, double gain,
				  bool by_value)
{
	const FlowStage *last = &flow->stages[flow->n - 1];
	double		result = by_value ? last->value : last->reached;
	double		entered = 0;
	Datum		values[WAY_COLUMNS] = {0};
	bool		nulls[WAY_COLUMNS];

	for (int i = 0; i < WAY_COLUMNS; i++)
		nulls[i] = true;
	for (int i = 0; i < flow->n; i++)
		entered += (double) flow->stages[i].row->sums->entered;
	put_double(values, nulls, WAY_CUSTOMERS,
			   (result > 0) ? entered * (gain / result) : NAN);
	nulls[WAY_REACHABLE] = isnan(result);
	values[WAY_REACHABLE] = BoolGetDatum(result > 0);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* ways_to_gain(funnel, gain, by) */
Datum
journey_ways_to_gain(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	double		gain = PG_GETARG_FLOAT8(1);
	bool		by_value = parse_by_value(PG_GETARG_TEXT_PP(2));
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Flow		flow;
	Way			ways[MAP_MAX_STAGES];
	int			n;

	if (!(gain > 0 && isfinite(gain)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("gain must be a positive number"),
				 errdetail("It is %g.", gain),
				 errhint("Give the completions or the value that are wanted "
						 "in addition to those there are.")));
	measured_flow(funnel, stages_compute(funnel, readers_z(READERS_LEVEL)),
				  &flow);
	n = find_ways(funnel, &flow, gain, by_value, ways);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < n; i++)
		put_way(rsinfo, funnel, i + 1, &ways[i]);
	put_more_entrants(rsinfo, &flow, gain, by_value);
	return (Datum) 0;
}
