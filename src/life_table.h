/*
 * life_table.h
 *	  The state of the aggregate life_table(): counts for each period in the
 *	  life of a customer.
 */
#ifndef JOURNEY_LIFE_TABLE_H
#define JOURNEY_LIFE_TABLE_H

#include "postgres.h"

#include "common/int.h"
#include "utils/expandeddatum.h"

/* hours of more than eleven years */
#define LIFE_MAX_PERIODS	100000

/*
 * What is counted in a period.  Most customers are there for a run of periods,
 * so of how many there are, only the changes are kept.
 */
typedef enum LifeCount
{
	LIFE_EVENTS,
	LIFE_ACTIVE,				/* customers with an event */
	LIFE_FELT,					/* events with a feeling */
	LIFE_NEGATIVE,
	LIFE_FEELING,				/* sum, in millionths */
	LIFE_DEPARTED,
	LIFE_CUSTOMERS_CHANGE,		/* under observation */
	LIFE_AT_RISK_CHANGE,
	LIFE_OPEN_CHANGE,
	LIFE_COUNTS
} LifeCount;

typedef struct LifePeriod
{
	int64		counts[LIFE_COUNTS];
} LifePeriod;

typedef struct LifeTable
{
	ExpandedObjectHeader header;
	MemoryContext context;		/* of all this */
	int64		width;			/* microseconds */
	int64		quiet;
	int			n;				/* periods */
	int			room;
	LifePeriod *periods;
	bytea	   *flat;			/* NULL where it must be made again */
} LifeTable;

extern LifeTable *life_table_read(Datum state);

/* Raises where the sum is no longer a number. */
static inline void
life_add(int64 *into, int64 n)
{
	if (unlikely(pg_add_s64_overflow(*into, n, into)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a count of a life table is out of range")));
}

#endif							/* JOURNEY_LIFE_TABLE_H */
