/*
 * changes.h
 *	  What somebody supposes to be otherwise than a funnel measured it.
 */
#ifndef JOURNEY_CHANGES_H
#define JOURNEY_CHANGES_H

#include "summary.h"
#include "utils/jsonb.h"

/* so that nothing overflows, and far beyond what makes sense */
#define CHANGES_MAX_FACTOR	1e12

typedef struct Changes
{
	double		entrants;		/* factors; 1: as measured */
	double		value;
	double		drop_off[MAP_MAX_STAGES];	/* NaN: as measured */
} Changes;

/* The drop-offs measured, NaN where not known, are what factors apply to. */
extern void changes_read(Jsonb *json, const FunnelSummary *funnel,
						 const double *drop_offs, Changes *changes);

#endif							/* JOURNEY_CHANGES_H */
