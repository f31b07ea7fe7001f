/*
 * count.h
 *	  From the events of a population to its funnel.
 */
#ifndef JOURNEY_COUNT_H
#define JOURNEY_COUNT_H

#include "plan.h"
#include "population.h"
#include "summary.h"

extern void count_population(const JourneyPlan *plan, Population *pop,
							 FunnelSummary *summary);

#endif							/* JOURNEY_COUNT_H */
