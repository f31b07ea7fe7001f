/*
 * life_rows.c
 *	  The result of the aggregate life_table(): a row for each period.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "event_check.h"
#include "funcapi.h"
#include "life_table.h"
#include "miscadmin.h"
#include "readers.h"
#include "stats.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(journey_life_table_final);

/* the fields of type life_period */
enum
{
	COLUMN_PERIOD, COLUMN_START_S, COLUMN_END_S, COLUMN_CUSTOMERS,
	COLUMN_ACTIVE, COLUMN_EVENTS, COLUMN_FELT, COLUMN_FEELING,
	COLUMN_NEGATIVE_SHARE, COLUMN_AT_RISK, COLUMN_DEPARTED, COLUMN_OPEN,
	COLUMN_HAZARD, COLUMN_HAZARD_LOW, COLUMN_HAZARD_HIGH, COLUMN_SURVIVAL,
	COLUMNS
};

/* What runs on from one period to the next. */
typedef struct LifeRun
{
	int64		customers;
	int64		at_risk;
	int64		open;
	double		survival;
} LifeRun;

/* Up to the last period in which somebody was active or may have been. */
static int
periods_to_show(const LifeTable *table)
{
	int64		open = 0;
	int			n = 0;

	for (int i = 0; i < table->n; i++)
	{
		const int64 *counts = table->periods[i].counts;

		life_add(&open, counts[LIFE_OPEN_CHANGE]);
		if (counts[LIFE_ACTIVE] > 0 || open > 0)
			n = i + 1;
	}
	return n;
}

static void
put_feelings(Datum *values, bool *nulls, const int64 *counts)
{
	double		felt = (double) counts[LIFE_FELT];

	values[COLUMN_FELT] = Int64GetDatum(counts[LIFE_FELT]);
	put_double(values, nulls, COLUMN_FEELING,
			   (double) counts[LIFE_FEELING] / FEELING_SCALE / felt);
	put_double(values, nulls, COLUMN_NEGATIVE_SHARE,
			   (double) counts[LIFE_NEGATIVE] / felt);
}

static void
put_hazard(Datum *values, bool *nulls, int64 departed, double z, LifeRun *run)
{
	double		n = (double) run->at_risk;
	double		hazard = NAN;
	double		low = NAN;
	double		high = NAN;

	if (run->at_risk > 0)
	{
		hazard = (double) departed / n;
		stats_wilson((double) departed, n, z, &low, &high);
	}
	/* where nobody is left, what would come later does not matter */
	if (run->survival != 0)
		run->survival *= (n - (double) departed) / n;
	put_double(values, nulls, COLUMN_HAZARD, hazard);
	put_double(values, nulls, COLUMN_HAZARD_LOW, low);
	put_double(values, nulls, COLUMN_HAZARD_HIGH, high);
	put_double(values, nulls, COLUMN_SURVIVAL, run->survival);
}

static Datum
make_row(const LifeTable *table, int i, TupleDesc desc, double z,
		 LifeRun *run)
{
	const int64 *counts = table->periods[i].counts;
	double		width_s = (double) table->width / USECS_PER_SEC;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	life_add(&run->customers, counts[LIFE_CUSTOMERS_CHANGE]);
	life_add(&run->at_risk, counts[LIFE_AT_RISK_CHANGE]);
	life_add(&run->open, counts[LIFE_OPEN_CHANGE]);
	values[COLUMN_PERIOD] = Int32GetDatum(i + 1);
	values[COLUMN_START_S] = Float8GetDatum(i * width_s);
	values[COLUMN_END_S] = Float8GetDatum((i + 1) * width_s);
	values[COLUMN_CUSTOMERS] = Int64GetDatum(run->customers);
	values[COLUMN_ACTIVE] = Int64GetDatum(counts[LIFE_ACTIVE]);
	values[COLUMN_EVENTS] = Int64GetDatum(counts[LIFE_EVENTS]);
	put_feelings(values, nulls, counts);
	values[COLUMN_AT_RISK] = Int64GetDatum(run->at_risk);
	values[COLUMN_DEPARTED] = Int64GetDatum(counts[LIFE_DEPARTED]);
	values[COLUMN_OPEN] = Int64GetDatum(run->open);
	put_hazard(values, nulls, counts[LIFE_DEPARTED], z, run);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* the end of life_table(): an array of life_period */
Datum
journey_life_table_final(PG_FUNCTION_ARGS)
{
	const LifeTable *table = life_table_read(PG_GETARG_DATUM(0));
	Oid			type =
		get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	double		z = readers_z(READERS_LEVEL);
	LifeRun		run = {.survival = 1};
	int			n = periods_to_show(table);
	Datum	   *rows = palloc(Max(n, 1) * sizeof(Datum));
	ArrayType  *result;

	if (desc->natts != COLUMNS)
		elog(ERROR, "type life_period must have %d fields", COLUMNS);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		rows[i] = make_row(table, i, desc, z, &run);
	}
	ReleaseTupleDesc(desc);
	result = construct_array(rows, n, type, -1, false, TYPALIGN_DOUBLE);
	PG_RETURN_ARRAYTYPE_P(result);
}
