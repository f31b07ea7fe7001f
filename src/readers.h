/*
 * readers.h
 *	  What a funnel says, computed once for tables, bars and pictures.
 *
 * Numbers that are not known are NaN here and NULL in SQL.
 */
#ifndef JOURNEY_READERS_H
#define JOURNEY_READERS_H

#include <math.h>

#include "compat.h"
#include "fmgr.h"
#include "summary.h"

/* level of the bounds where the caller cannot choose */
#define READERS_LEVEL	0.95

/* fewer outcomes than this say little */
#define ENOUGH_DATA		30

#define DATUM_SUMMARY(datum) \
	summary_unpack((struct varlena *) PG_DETOAST_DATUM_PACKED(datum))
#define GETARG_SUMMARY(n) DATUM_SUMMARY(PG_GETARG_DATUM(n))

typedef struct StageRow
{
	const StageSummary *sums;
	char	   *name;
	bool		optional;
	int			next;			/* next required stage; -1: no drop-off here */
	double		conversion;
	double		conversion_low;
	double		conversion_high;
	double		drop_off;
	double		overall;
	double		median_s;
	double		p90_s;
	double		value;
	double		value_lost;
	double		value_waiting;
	TouchCount	touch;			/* in all channels together */
	double		feeling;
	double		negative_share;
} StageRow;

typedef enum LeakMeasure
{
	MEASURE_DEFAULT, MEASURE_VALUE, MEASURE_COMPLETIONS, MEASURE_CUSTOMERS,
	MEASURE_DROP_OFF, MEASURE_RECOVERABLE
} LeakMeasure;

typedef struct LeakRow
{
	int			segment;		/* counted from 0, as given */
	int			stage;			/* counted from 0 */
	const StageSummary *sums;
	char	   *name;
	char	   *next_name;
	double		later;			/* conversion after the next stage */
	double		measure;
	double		drop_off;
	double		drop_off_low;
	double		drop_off_high;
	double		value_lost;
	double		completions_lost;
	double		share;
	double		expected;
	double		excess;
	double		recoverable;
	double		recoverable_low;
	bool		enough_data;
	double		p_worst;
} LeakRow;

typedef struct Leaks
{
	LeakMeasure measure;		/* never MEASURE_DEFAULT */
	int			n;
	LeakRow    *rows;			/* the worst one first */
} Leaks;

/* readers.c; z is the normal deviate of the bounds */
extern double readers_z(double level);
extern char *funnel_stage_name(const FunnelSummary *funnel, int stage);
extern double funnel_conversion(const FunnelSummary *funnel, int from,
								int until);
extern int	funnel_last_stage(const FunnelSummary *funnel);
extern StageRow *stages_compute(const FunnelSummary *funnel, double z);
extern char *stages_hint(const FunnelSummary *funnel);

/* The mean, and the share of those below 0. */
static inline double
touch_feeling(const TouchCount *c)
{
	return (c->felt == 0) ? NAN :
		exact_to_units(&c->feeling) / (double) c->felt;
}

static inline double
touch_negative_share(const TouchCount *c)
{
	return (c->felt == 0) ? NAN : (double) c->felt_negative / (double) c->felt;
}

/* leaks.c; the words for LeakMeasure, in their order */
extern const char *const leak_measure_names[];
extern void leaks_compute(const FunnelSummary *funnel, LeakMeasure by,
						  double z, Leaks *leaks);

/* leaks.c: of several segments, all against each other */
extern LeakMeasure leaks_measure(const char *name);
extern void leaks_of_segments(const FunnelSummary *const *segments,
							  int n_segments, LeakMeasure by, double z,
							  Leaks *leaks);
extern void leaks_put(int rank, const LeakRow *row, LeakMeasure measure,
					  Datum *values, bool *nulls);

/* the columns that leaks_put fills */
#define LEAK_COLUMNS	20

/* Without the last bits: what is equal but for rounding is a tie. */
static inline double
comparable(double v)
{
	int			exponent;
	double		mantissa;

	if (isnan(v))
		return 0;
	mantissa = frexp(v, &exponent);
	return ldexp(rint(ldexp(mantissa, 46)), exponent - 46);
}

/* A result column; what is not a number becomes NULL. */
static inline void
put_double(Datum *values, bool *nulls, int column, double v)
{
	nulls[column] = !isfinite(v);
	values[column] = Float8GetDatum(v + 0.0);	/* no negative zero */
}

#endif							/* JOURNEY_READERS_H */
