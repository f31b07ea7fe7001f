/*
 * leaks.c
 *	  Where a funnel loses most: its leaks, the worst one first.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "readers.h"
#include "stats.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_leaks);
PG_FUNCTION_INFO_V1(journey_worst_leak);

/* an exact sum in parts of 32 bits, and a product of two */
#define EXACT_PARTS		6
#define PRODUCT_PARTS	(2 * EXACT_PARTS)

/* result columns of leaks() */
enum
{
	COLUMN_RANK, COLUMN_STAGE_NO, COLUMN_STAGE, COLUMN_NEXT_STAGE,
	COLUMN_MEASURE, COLUMN_REACHED, COLUMN_SETTLED, COLUMN_LOST,
	COLUMN_DROP_OFF, COLUMN_DROP_OFF_LOW, COLUMN_DROP_OFF_HIGH,
	COLUMN_VALUE_LOST, COLUMN_COMPLETIONS_LOST, COLUMN_SHARE,
	COLUMN_EXPECTED, COLUMN_EXCESS, COLUMN_RECOVERABLE,
	COLUMN_RECOVERABLE_LOW, COLUMN_ENOUGH_DATA,
	COLUMN_P_WORST, COLUMNS
};

StaticAssertDecl(COLUMNS == LEAK_COLUMNS, "the columns of leaks()");

const char *const leak_measure_names[] = {
	[MEASURE_VALUE] = "value",
	[MEASURE_COMPLETIONS] = "completions",
	[MEASURE_CUSTOMERS] = "customers",
	[MEASURE_DROP_OFF] = "drop_off",
	[MEASURE_RECOVERABLE] = "recoverable"
};

LeakMeasure
leaks_measure(const char *name)
{
	for (int i = MEASURE_VALUE; i <= MEASURE_RECOVERABLE; i++)
	{
		if (strcmp(name, leak_measure_names[i]) == 0)
			return (LeakMeasure) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("leaks cannot be ranked by \"%s\"",
					map_clip(name, strlen(name))),
			 errhint("Rank by \"value\", \"completions\", \"customers\", "
					 "\"drop_off\" or \"recoverable\"; NULL takes value where "
					 "it is known, else completions.")));
}

static inline uint64
exact_part(const Exact *a, int i)
{
	return (a->w[i / 2] >> (32 * (i % 2))) & 0xFFFFFFFF;
}

/* The product of two numbers that are not negative. */
static void
exact_multiply(const Exact *a, const Exact *b, uint32 *product)
{
	memset(product, 0, PRODUCT_PARTS * sizeof(uint32));
	for (int i = 0; i < EXACT_PARTS; i++)
	{
		uint64		carry = 0;

		for (int k = 0; k < EXACT_PARTS; k++)
		{
			carry += exact_part(a, i) * exact_part(b, k) + product[i + k];
			product[i + k] = (uint32) carry;
			carry >>= 32;
		}
		product[i + EXACT_PARTS] = (uint32) carry;
	}
}

/*
 * squares - sum^2 / n.  The two are often nearly equal, so their difference is
 * taken exactly: where everyone loses the same, it must be zero.
 */
static double
loss_variance(const Exact *sum, const Exact *squares, int64 n)
{
	Exact		m = *sum;
	Exact		count = {{0}};
	uint32		left[PRODUCT_PARTS];
	uint32		right[PRODUCT_PARTS];
	double		difference = 0;

	if (exact_is_negative(&m))
		exact_negate(&m);
	exact_add_int64(&count, n);
	exact_multiply(&count, squares, left);
	exact_multiply(&m, &m, right);
	for (int i = PRODUCT_PARTS - 1; i >= 0; i--)
		difference = difference * 4294967296.0 +
			((double) left[i] - (double) right[i]);
	return Max(0, difference / (double) n);
}

/* The share of a loss that a drop-off no higher than expected would save. */
static double
avoidable(double drop_off, double expected)
{
	return (drop_off > 0) ? Max(0, 1 - expected / drop_off) : 0;
}

static void
compute_loss(const FunnelSummary *funnel, double z, const StageRow *from,
			 LeakRow *row)
{
	const StageSummary *s = from->sums;

	row->later = funnel_conversion(funnel, from->next,
								   funnel_last_stage(funnel));
	row->sums = s;
	row->name = from->name;
	row->next_name = funnel_stage_name(funnel, from->next);
	row->drop_off = from->drop_off;
	row->drop_off_low = row->drop_off_high = NAN;
	if (s->settled > 0)
		stats_wilson((double) Min(s->dropped, s->settled),
					 (double) s->settled, z,
					 &row->drop_off_low, &row->drop_off_high);
	row->value_lost = from->value_lost;
	row->completions_lost = (s->dropped == 0) ? 0 :
		(double) s->dropped * row->later;
	row->enough_data = s->settled >= ENOUGH_DATA;

	/* a stage of any-order journeys is a number of stages: none is expected */
	row->expected = (funnel->map->matching == MAP_ANY) ? NAN :
		funnel->map->stages[row->stage].expected_drop_off;
	row->excess = row->drop_off - row->expected;
}

static void
compute_recoverable(bool by_value, LeakRow *row)
{
	double		loss = row->completions_lost;

	row->recoverable = row->recoverable_low = NAN;
	if (isnan(row->drop_off) || isnan(row->expected))
		return;
	if (by_value)
		loss = row->value_lost * row->later;
	if (row->drop_off == 0)
		loss = 0;
	row->recoverable = loss * avoidable(row->drop_off, row->expected);
	row->recoverable_low = loss * avoidable(row->drop_off_low, row->expected);
}

static double
measure_of(const LeakRow *row, LeakMeasure measure)
{
	switch (measure)
	{
		case MEASURE_DEFAULT:
			break;
		case MEASURE_VALUE:
			return row->value_lost;
		case MEASURE_COMPLETIONS:
			return row->completions_lost;
		case MEASURE_CUSTOMERS:
			return (double) row->sums->dropped;
		case MEASURE_DROP_OFF:
			return row->drop_off;
		case MEASURE_RECOVERABLE:
			return row->recoverable;
	}
	return NAN;
}

/* The measure as a random number: each of those settled is one draw. */
static void
loss_distribution(const LeakRow *row, LeakMeasure measure, bool by_value,
				  StatsLoss *loss)
{
	const StageSummary *s = row->sums;
	double		left = (double) Max(0, s->settled - s->dropped);
	double		variance = 0;
	double		scale = 1;

	memset(loss, 0, sizeof(*loss));
	if (measure == MEASURE_DROP_OFF)
	{
		loss->is_beta = true;
		loss->a = (double) Min(s->dropped, s->settled) + 0.5;
		loss->b = left + 0.5;
		return;
	}

	/* every other measure is a constant times the value or the customers */
	if (measure == MEASURE_VALUE ||
		(measure == MEASURE_RECOVERABLE && by_value))
	{
		if (s->settled > 0)
			variance = loss_variance(&s->value_lost, &s->value_lost_sq,
									 s->settled);
		scale /= EXACT_SCALE;
	}
	else if (s->settled > 0)
		variance = (double) s->dropped * left / (double) s->settled;
	if (measure == MEASURE_COMPLETIONS || measure == MEASURE_RECOVERABLE)
		scale *= row->later;
	if (measure == MEASURE_RECOVERABLE)
		scale *= avoidable(row->drop_off, row->expected);
	loss->mean = row->measure;
	loss->sd = (variance > 0) ? sqrt(variance) * scale : 0;
}

/* Is some loss of unknown size?  What has no hypothesis takes no part. */
static bool
some_unknown(const Leaks *leaks)
{
	for (int i = 0; i < leaks->n; i++)
	{
		const LeakRow *row = &leaks->rows[i];

		if (leaks->measure == MEASURE_RECOVERABLE && isnan(row->expected))
			continue;
		if (isnan(row->measure) && row->sums->dropped > 0)
			return true;
	}
	return false;
}

/*
 * Shares of the sum, and chances of being the worst.  Beside a loss of unknown
 * size nobody can tell; shares of gains and losses together say nothing.
 */
static void
compare_leaks(Leaks *leaks, bool by_value)
{
	StatsLoss  *losses;
	double	   *p_worst;
	double		sum = 0;
	double		size = 0;
	int			n = 0;

	for (int i = 0; i < leaks->n; i++)
		leaks->rows[i].share = leaks->rows[i].p_worst = NAN;
	if (some_unknown(leaks))
		return;
	losses = MemoryContextAllocHuge(CurrentMemoryContext,
									Max(leaks->n, 1) * sizeof(StatsLoss));
	p_worst = palloc(Max(leaks->n, 1) * sizeof(double));
	for (int i = 0; i < leaks->n; i++)
	{
		LeakRow    *row = &leaks->rows[i];

		if (isnan(row->measure))
			continue;
		sum += row->measure;
		size += fabs(row->measure);
		loss_distribution(row, leaks->measure, by_value, &losses[n++]);
	}
	stats_worst(losses, n, p_worst);

	n = 0;
	for (int i = 0; i < leaks->n; i++)
	{
		LeakRow    *row = &leaks->rows[i];

		if (isnan(row->measure))
			continue;
		if (sum != 0 && fabs(sum) == size)
			row->share = row->measure / sum;
		row->p_worst = p_worst[n++];
	}
	pfree(losses);
	pfree(p_worst);
}

/* Where nobody left there is no leak; a loss of unknown size is still one. */
static int
leak_class(const LeakRow *row)
{
	if (row->sums->dropped == 0)
		return isnan(row->measure) ? 3 : 2;
	return isnan(row->measure) ? 1 : 0;
}

static int
leak_cmp(const void *a, const void *b)
{
	const LeakRow *x = (const LeakRow *) a;
	const LeakRow *y = (const LeakRow *) b;
	int			x_class = leak_class(x);
	int			y_class = leak_class(y);
	double		x_measure = comparable(x->measure);
	double		y_measure = comparable(y->measure);

	if (x_class != y_class)
		return (x_class > y_class) ? 1 : -1;
	if (x_class == 1 && x->sums->dropped != y->sums->dropped)
		return (x->sums->dropped < y->sums->dropped) ? 1 : -1;
	if (x_measure != y_measure)
		return (x_measure < y_measure) ? 1 : -1;
	if (x->stage != y->stage)
		return (x->stage > y->stage) ? 1 : -1;
	return (x->segment > y->segment) - (x->segment < y->segment);
}

/* The leaks of one segment; false where the value of some is not known. */
static bool
add_segment(const FunnelSummary *funnel, int segment, double z, Leaks *leaks)
{
	StageRow   *stages = stages_compute(funnel, z);
	bool		by_value = true;

	for (int i = 0; i < funnel->map->n_stages; i++)
	{
		LeakRow    *row = &leaks->rows[leaks->n];

		if (stages[i].next < 0)
			continue;
		memset(row, 0, sizeof(*row));
		row->segment = segment;
		row->stage = i;
		compute_loss(funnel, z, &stages[i], row);
		if (isnan(row->value_lost))
			by_value = false;
		leaks->n++;
	}
	pfree(stages);
	return by_value;
}

void
leaks_of_segments(const FunnelSummary *const *segments, int n_segments,
				  LeakMeasure by, double z, Leaks *leaks)
{
	Size		room = 1;
	bool		by_value = true;

	for (int i = 0; i < n_segments; i++)
		room += segments[i]->map->n_stages;
	leaks->rows = MemoryContextAllocHuge(CurrentMemoryContext,
										 room * sizeof(LeakRow));
	leaks->n = 0;
	for (int i = 0; i < n_segments; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!add_segment(segments[i], i, z, leaks))
			by_value = false;
	}

	leaks->measure = by;
	if (by == MEASURE_DEFAULT)
		leaks->measure = by_value ? MEASURE_VALUE : MEASURE_COMPLETIONS;
	/* what can be recovered is value only where losses are ranked by it */
	if (leaks->measure != MEASURE_RECOVERABLE)
		by_value = (leaks->measure == MEASURE_VALUE);
	for (int i = 0; i < leaks->n; i++)
	{
		LeakRow    *row = &leaks->rows[i];

		compute_recoverable(by_value, row);
		row->measure = measure_of(row, leaks->measure);
	}
	/* in their order: of certain losses that are equal the first is worst */
	qsort(leaks->rows, leaks->n, sizeof(LeakRow), leak_cmp);
	compare_leaks(leaks, by_value);
}

void
leaks_compute(const FunnelSummary *funnel, LeakMeasure by, double z,
			  Leaks *leaks)
{
	leaks_of_segments(&funnel, 1, by, z, leaks);
}

/* Fills the columns of leaks(); `nulls` is all false before. */
void
leaks_put(int rank, const LeakRow *row, LeakMeasure measure, Datum *values,
		  bool *nulls)
{
	const StageSummary *s = row->sums;

	values[COLUMN_RANK] = Int32GetDatum(rank);
	values[COLUMN_STAGE_NO] = Int32GetDatum(row->stage + 1);
	values[COLUMN_STAGE] = CStringGetTextDatum(row->name);
	values[COLUMN_NEXT_STAGE] = CStringGetTextDatum(row->next_name);
	values[COLUMN_MEASURE] = CStringGetTextDatum(leak_measure_names[measure]);
	values[COLUMN_REACHED] = Int64GetDatum(s->reached);
	values[COLUMN_SETTLED] = Int64GetDatum(s->settled);
	values[COLUMN_LOST] = Int64GetDatum(s->dropped);
	put_double(values, nulls, COLUMN_DROP_OFF, row->drop_off);
	put_double(values, nulls, COLUMN_DROP_OFF_LOW, row->drop_off_low);
	put_double(values, nulls, COLUMN_DROP_OFF_HIGH, row->drop_off_high);
	put_double(values, nulls, COLUMN_VALUE_LOST, row->value_lost);
	put_double(values, nulls, COLUMN_COMPLETIONS_LOST, row->completions_lost);
	put_double(values, nulls, COLUMN_SHARE, row->share);
	put_double(values, nulls, COLUMN_EXPECTED, row->expected);
	put_double(values, nulls, COLUMN_EXCESS, row->excess);
	put_double(values, nulls, COLUMN_RECOVERABLE, row->recoverable);
	put_double(values, nulls, COLUMN_RECOVERABLE_LOW, row->recoverable_low);
	values[COLUMN_ENOUGH_DATA] = BoolGetDatum(row->enough_data);
	put_double(values, nulls, COLUMN_P_WORST, row->p_worst);
}

/*
 * The first `limit` leaks.  `by` may be NULL, so these functions cannot be
 * strict, but for the rest they behave as if they were.
 */
static Datum
return_leaks(FunctionCallInfo fcinfo, double level, int limit)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	LeakMeasure by = MEASURE_DEFAULT;
	Leaks		leaks;

	if (!PG_ARGISNULL(1))
		by = leaks_measure(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	leaks_compute(GETARG_SUMMARY(0), by, readers_z(level), &leaks);
	for (int i = 0; i < Min(leaks.n, limit); i++)
	{
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {false};

		leaks_put(i + 1, &leaks.rows[i], leaks.measure, values, nulls);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}

/* leaks(funnel, by, level) */
Datum
journey_leaks(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		return (Datum) 0;
	return return_leaks(fcinfo, PG_GETARG_FLOAT8(2), MAP_MAX_STAGES);
}

/* worst_leak(funnel, by) */
Datum
journey_worst_leak(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	return return_leaks(fcinfo, READERS_LEVEL, 1);
}
