/*
 * segment_leaks.c
 *	  The leaks of several segments in one ranking.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "readers.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(journey_segment_leaks);

typedef struct Segment
{
	text	   *name;			/* NULL: the segment of NULL */
	FunnelSummary *funnel;
} Segment;

/* By bytes, NULL last. */
static int
segment_cmp(const void *a, const void *b)
{
	const text *x = ((const Segment *) a)->name;
	const text *y = ((const Segment *) b)->name;
	Size		x_len;
	Size		y_len;
	int			order;

	if (x == NULL || y == NULL)
		return (x == NULL) - (y == NULL);
	x_len = VARSIZE_ANY_EXHDR(x);
	y_len = VARSIZE_ANY_EXHDR(y);
	order = memcmp(VARDATA_ANY(x), VARDATA_ANY(y), Min(x_len, y_len));
	if (order != 0)
		return order;
	return (x_len > y_len) - (x_len < y_len);
}

static char *
segment_label(const Segment *segment)
{
	if (segment->name == NULL)
		return pstrdup("NULL");
	return psprintf("\"%s\"", map_clip(VARDATA_ANY(segment->name),
									   VARSIZE_ANY_EXHDR(segment->name)));
}

/* The elements of an array of one dimension. */
static int
get_elements(ArrayType *array, Datum **elements, bool **nulls)
{
	Oid			type = ARR_ELEMTYPE(array);
	int16		len;
	bool		by_value;
	char		align;
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("segments and funnels must be arrays of one "
						"dimension"),
				 errhint("Use array_agg(segment) and array_agg(f).")));
	get_typlenbyvalalign(type, &len, &by_value, &align);
	deconstruct_array(array, type, len, by_value, align, elements, nulls, &n);
	return n;
}

/* The segments that have a funnel, in the order of their names. */
static Segment *
get_segments(ArrayType *names, ArrayType *funnels, int *n_segments)
{
	Datum	   *name;
	Datum	   *funnel;
	bool	   *name_null;
	bool	   *funnel_null;
	int			n = get_elements(names, &name, &name_null);
	int			n_funnels = get_elements(funnels, &funnel, &funnel_null);
	Segment    *segments;

	if (n != n_funnels)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be one segment for each funnel"),
				 errdetail("The number of segments is %d, that of funnels %d.",
						   n, n_funnels),
				 errhint("Aggregate both from the same rows, with "
						 "array_agg(segment) and array_agg(f).")));
	segments = palloc(Max(n, 1) * sizeof(Segment));
	*n_segments = 0;
	for (int i = 0; i < n; i++)
	{
		Segment    *segment = &segments[*n_segments];

		CHECK_FOR_INTERRUPTS();
		if (funnel_null[i])
			continue;
		segment->name = name_null[i] ? NULL : DatumGetTextPP(name[i]);
		segment->funnel = DATUM_SUMMARY(funnel[i]);
		(*n_segments)++;
	}
	qsort(segments, *n_segments, sizeof(Segment), segment_cmp);
	return segments;
}

/* Each segment once, all of one journey. */
static void
check_segments(const Segment *segments, int n)
{
	for (int i = 1; i < n; i++)
	{
		const FunnelSummary *first = segments[0].funnel;
		const FunnelSummary *other = segments[i].funnel;

		CHECK_FOR_INTERRUPTS();
		if (segment_cmp(&segments[i - 1], &segments[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("segment %s is given twice",
							segment_label(&segments[i])),
					 errhint("Merge the funnels of a segment first: "
							 "SELECT segment, rollup(f) ... GROUP BY "
							 "segment.")));
		if (!map_same_matching(first->journey, other->journey))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot rank leaks of different journeys"),
					 errdetail("In the journeys of segments %s and %s, %s.",
							   segment_label(&segments[0]),
							   segment_label(&segments[i]),
							   map_matching_difference(first->map,
													   other->map)),
					 errhint("Stages, events and rules must be equal; the "
							 "period looked at and the notes may differ.")));
	}
}

/*
 * segment_leaks(segments, funnels, by, level).  `by` may be NULL, so it cannot
 * be strict, but for the rest it behaves as if it were.
 */
Datum
journey_segment_leaks(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	LeakMeasure by = MEASURE_DEFAULT;
	Segment    *segments;
	const FunnelSummary **funnels;
	int			n;
	double		z;
	Leaks		leaks;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		return (Datum) 0;
	if (!PG_ARGISNULL(2))
		by = leaks_measure(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	z = readers_z(PG_GETARG_FLOAT8(3));
	segments = get_segments(PG_GETARG_ARRAYTYPE_P(0),
							PG_GETARG_ARRAYTYPE_P(1), &n);
	check_segments(segments, n);

	funnels = palloc(Max(n, 1) * sizeof(FunnelSummary *));
	for (int i = 0; i < n; i++)
		funnels[i] = segments[i].funnel;
	leaks_of_segments(funnels, n, by, z, &leaks);
	for (int i = 0; i < leaks.n; i++)
	{
		const LeakRow *row = &leaks.rows[i];
		text	   *name = segments[row->segment].name;
		Datum		values[1 + LEAK_COLUMNS];
		bool		nulls[1 + LEAK_COLUMNS] = {false};

		CHECK_FOR_INTERRUPTS();
		nulls[0] = (name == NULL);
		values[0] = PointerGetDatum(name);
		leaks_put(i + 1, row, leaks.measure, values + 1, nulls + 1);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}
