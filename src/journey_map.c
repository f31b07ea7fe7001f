/*
 * journey_map.c
 *	  The journey map as a table: what is known and assumed of each stage
 *	  beside what was measured.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "readers.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_journey_map);

/* expected counts are of so many who enter */
#define ENTRANTS		1000

/* between the texts of a list */
#define LIST_SEPARATOR	"; "

/* result columns of journey_map() */
enum
{
	COLUMN_STAGE_NO, COLUMN_STAGE, COLUMN_OPTIONAL, COLUMN_GOAL,
	COLUMN_TOUCHPOINTS, COLUMN_THOUGHTS, COLUMN_PAINS, COLUMN_OPPORTUNITIES,
	COLUMN_EVIDENCE, COLUMN_BASIS, COLUMN_EXPECTED_FEELING, COLUMN_FEELING,
	COLUMN_NEGATIVE_SHARE, COLUMN_FELT, COLUMN_EXPECTED_DROP_OFF,
	COLUMN_DROP_OFF, COLUMN_DROP_OFF_LOW, COLUMN_DROP_OFF_HIGH,
	COLUMN_REACHED, COLUMN_SETTLED, COLUMN_DROPPED, COLUMN_WAITING,
	COLUMN_EXCLUDED, COLUMN_VALUE, COLUMN_VALUE_LOST, COLUMN_LEAK_RANK,
	COLUMN_MEASURE, COLUMN_EXPECTED_REACHED, COLUMN_EXPECTED_LOST,
	COLUMN_EXPECTED_LEAK_RANK, COLUMNS
};

/* what a stage's figures rest on */
typedef enum MapBasis
{
	BASIS_NONE, BASIS_HYPOTHESIS, BASIS_MEASURED
} MapBasis;

static const char *const basis_words[] = {
	[BASIS_NONE] = "none",
	[BASIS_HYPOTHESIS] = "hypothesis",
	[BASIS_MEASURED] = "measured"
};

typedef struct MapRow
{
	const char *name;
	const MapStage *notes;		/* NULL where they are of no such stage */
	const StageRow *figures;
	const LeakRow *leak;		/* NULL where there is no drop-off */
	int			leak_rank;
	MapBasis	basis;
	/* of ENTRANTS; unknown ones are NaN, an unknown rank is 0 */
	double		drop_off;
	double		expected_reached;
	double		expected_lost;
	int			expected_leak_rank;
} MapRow;

typedef struct MapTable
{
	const JourneyMap *map;
	const FunnelSummary *funnel;	/* of nobody where none is given */
	bool		has_funnel;
	Leaks		leaks;
	MapRow	   *rows;
} MapTable;

static void
check_same_journey(struct varlena *journey, const JourneyMap *map,
				   const FunnelSummary *funnel)
{
	if (map_same_matching(journey, funnel->journey))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the funnel is not one of this journey"),
			 errdetail("In the journey and the funnel's own, %s.",
					   map_matching_difference(map, funnel->map)),
			 errhint("Make the funnel with this journey, or give the map of "
					 "its own, journey(funnel); notes and scope may "
					 "differ.")));
}

static double
expected_drop_off(const MapRow *row)
{
	return (row->notes != NULL) ? row->notes->expected_drop_off : NAN;
}

/*
 * Enough customers are those whose outcome is known; where there is nothing to
 * go on to, all who got there.
 */
static MapBasis
basis_of(const MapTable *table, const MapRow *row)
{
	const StageSummary *s = row->figures->sums;
	int64		n = (row->figures->next >= 0) ? s->settled : s->reached;

	if (table->has_funnel && n >= ENOUGH_DATA)
		return BASIS_MEASURED;
	return isnan(expected_drop_off(row)) ? BASIS_NONE : BASIS_HYPOTHESIS;
}

static void
fill_rows(MapTable *table)
{
	const JourneyMap *map = table->map;
	double		z = readers_z(READERS_LEVEL);
	StageRow   *figures = stages_compute(table->funnel, z);

	leaks_compute(table->funnel, MEASURE_DEFAULT, z, &table->leaks);
	table->rows = palloc0(map->n_stages * sizeof(MapRow));
	for (int i = 0; i < map->n_stages; i++)
	{
		MapRow	   *row = &table->rows[i];
		const MapText *name = &map->stages[i].name;

		row->figures = &figures[i];
		row->name = figures[i].name;

		/* in any order, the n-th row is that n stages are done, whichever */
		if (map->matching != MAP_ANY || !table->has_funnel)
		{
			row->notes = &map->stages[i];
			row->name = pnstrdup(name->s, name->len);
		}
		row->basis = basis_of(table, row);
	}
	for (int i = 0; i < table->leaks.n; i++)
	{
		MapRow	   *row = &table->rows[table->leaks.rows[i].stage];

		row->leak = &table->leaks.rows[i];
		row->leak_rank = i + 1;
	}
}

/*
 * Is it known where customers enter, and what comes after what?  Not in an
 * open journey; nor where no order is asked for, but for how many are done.
 */
static bool
has_order(const MapTable *table)
{
	return table->map->entry == MAP_ENTRY_FIRST &&
		(table->map->matching != MAP_ANY || table->has_funnel);
}

/*
 * Carries ENTRANTS through the map: with the measured drop-off where that is
 * the basis, else with the hypothesis; after a stage with neither, the counts
 * are unknown.
 */
static void
carry_entrants(MapTable *table)
{
	double		count = ENTRANTS;

	for (int i = 0; i < table->map->n_stages; i++)
	{
		MapRow	   *row = &table->rows[i];

		row->drop_off = row->expected_reached = row->expected_lost = NAN;
		if (row->figures->optional || !has_order(table))
			continue;
		row->expected_reached = count;
		if (row->figures->next < 0)
			continue;
		row->drop_off = (row->basis == BASIS_MEASURED) ?
			row->figures->drop_off : expected_drop_off(row);
		/* nobody loses nobody, however many would leave */
		row->expected_lost = (count == 0) ? 0 : count * row->drop_off;
		count -= row->expected_lost;
	}
}

/*
 * Ranks leaks by the completions that they are expected to cost, as leaks()
 * does where values are not known: lost x later conversions.  Of two stages
 * with drop-offs d and e that is in proportion d x (1 - e) to (1 - d) x e,
 * whatever the others lose: the order of the drop-offs.
 */
static void
rank_expected(MapTable *table)
{
	int			n = table->map->n_stages;

	for (int i = 0; i < n; i++)
	{
		MapRow	   *row = &table->rows[i];
		int			rank = 1;

		if (isnan(row->drop_off))
			continue;
		for (int k = 0; k < n; k++)
		{
			double		other = table->rows[k].drop_off;

			if (other > row->drop_off || (other == row->drop_off && k < i))
				rank++;
		}
		row->expected_leak_rank = rank;
	}
}

static void
put_text(Datum *values, bool *nulls, int column, const MapText *text)
{
	nulls[column] = (text->s == NULL);
	if (text->s != NULL)
		values[column] = PointerGetDatum(cstring_to_text_with_len(text->s,
																  text->len));
}

static void
put_texts(Datum *values, bool *nulls, int column, const MapTexts *list)
{
	StringInfoData buf;

	nulls[column] = (list->n == 0);
	if (list->n == 0)
		return;
	initStringInfo(&buf);
	for (int i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(&buf, LIST_SEPARATOR);
		appendBinaryStringInfo(&buf, list->items[i].s, list->items[i].len);
	}
	values[column] = PointerGetDatum(cstring_to_text_with_len(buf.data,
															  buf.len));
	pfree(buf.data);
}

static void
put_rank(Datum *values, bool *nulls, int column, int rank)
{
	nulls[column] = (rank == 0);
	values[column] = Int32GetDatum(rank);
}

/* What people wrote down about a stage. */
static void
put_notes(Datum *values, bool *nulls, const MapStage *notes)
{
	put_text(values, nulls, COLUMN_GOAL, &notes->goal);
	put_texts(values, nulls, COLUMN_TOUCHPOINTS, &notes->touchpoints);
	put_texts(values, nulls, COLUMN_THOUGHTS, &notes->thoughts);
	put_texts(values, nulls, COLUMN_PAINS, &notes->pains);
	put_texts(values, nulls, COLUMN_OPPORTUNITIES, &notes->opportunities);
	put_text(values, nulls, COLUMN_EVIDENCE, &notes->evidence);
	put_double(values, nulls, COLUMN_EXPECTED_FEELING, notes->feeling);
	put_double(values, nulls, COLUMN_EXPECTED_DROP_OFF,
			   notes->expected_drop_off);
}

static void
put_count(Datum *values, bool *nulls, int column, int64 count)
{
	nulls[column] = false;
	values[column] = Int64GetDatum(count);
}

/* What stages() and leaks() say of it. */
static void
put_figures(Datum *values, bool *nulls, const MapTable *table,
			const MapRow *row)
{
	const StageRow *figures = row->figures;
	const StageSummary *s = figures->sums;

	put_double(values, nulls, COLUMN_FEELING, figures->feeling);
	put_double(values, nulls, COLUMN_NEGATIVE_SHARE, figures->negative_share);
	put_count(values, nulls, COLUMN_FELT, figures->touch.felt);
	put_count(values, nulls, COLUMN_REACHED, s->reached);
	put_count(values, nulls, COLUMN_EXCLUDED, s->excluded);
	put_double(values, nulls, COLUMN_VALUE, figures->value);
	if (row->leak == NULL)
		return;
	put_count(values, nulls, COLUMN_SETTLED, s->settled);
	put_count(values, nulls, COLUMN_DROPPED, s->dropped);
	put_count(values, nulls, COLUMN_WAITING, s->waiting);
	put_double(values, nulls, COLUMN_DROP_OFF, row->leak->drop_off);
	put_double(values, nulls, COLUMN_DROP_OFF_LOW, row->leak->drop_off_low);
	put_double(values, nulls, COLUMN_DROP_OFF_HIGH, row->leak->drop_off_high);
	put_double(values, nulls, COLUMN_VALUE_LOST, row->leak->value_lost);
	put_rank(values, nulls, COLUMN_LEAK_RANK, row->leak_rank);
	nulls[COLUMN_MEASURE] = false;
	values[COLUMN_MEASURE] =
		CStringGetTextDatum(leak_measure_names[table->leaks.measure]);
}

static void
put_row(ReturnSetInfo *rsinfo, const MapTable *table, int stage)
{
	const MapRow *row = &table->rows[stage];
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS];

	memset(nulls, true, sizeof(nulls));
	nulls[COLUMN_STAGE_NO] = nulls[COLUMN_STAGE] = false;
	nulls[COLUMN_OPTIONAL] = nulls[COLUMN_BASIS] = false;
	values[COLUMN_STAGE_NO] = Int32GetDatum(stage + 1);
	values[COLUMN_STAGE] = CStringGetTextDatum(row->name);
	values[COLUMN_OPTIONAL] = BoolGetDatum(row->figures->optional);
	values[COLUMN_BASIS] = CStringGetTextDatum(basis_words[row->basis]);
	if (row->notes != NULL)
		put_notes(values, nulls, row->notes);
	if (table->has_funnel)
		put_figures(values, nulls, table, row);
	put_double(values, nulls, COLUMN_EXPECTED_REACHED, row->expected_reached);
	put_double(values, nulls, COLUMN_EXPECTED_LOST, row->expected_lost);
	put_rank(values, nulls, COLUMN_EXPECTED_LEAK_RANK,
			 row->expected_leak_rank);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* journey_map(journey, funnel); the funnel may be NULL */
Datum
journey_journey_map(PG_FUNCTION_ARGS)
{
	struct varlena *journey;
	MapTable	table;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	journey = (struct varlena *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	table.map = map_unpack(journey);
	table.has_funnel = !PG_ARGISNULL(1);
	table.funnel = table.has_funnel ? GETARG_SUMMARY(1) :
		summary_make(journey);
	check_same_journey(journey, table.map, table.funnel);
	fill_rows(&table);
	carry_entrants(&table);
	rank_expected(&table);
	for (int i = 0; i < table.map->n_stages; i++)
		put_row((ReturnSetInfo *) fcinfo->resultinfo, &table, i);
	return (Datum) 0;
}
