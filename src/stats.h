/*
 * stats.h
 *	  Statistics in closed form or by fixed quadrature; no server calls, no
 *	  random numbers, the same result on every call.
 */
#ifndef JOURNEY_STATS_H
#define JOURNEY_STATS_H

#include "postgres.h"

/* The normal deviate z with P(|Z| <= z) = level, 0 < level < 1. */
extern double stats_two_sided_z(double level);

/* Wilson's score interval for `hits` of n, n > 0. */
extern void stats_wilson(double hits, double n, double z,
						 double *low, double *high);

#define STATS_MAX_LOSSES 64

/*
 * What a leak may lose: a normal (sd = 0: certain) or a beta distribution
 * with a, b >= 0.5.
 */
typedef struct StatsLoss
{
	bool		is_beta;
	double		mean;			/* normal */
	double		sd;
	double		a;				/* beta */
	double		b;
} StatsLoss;

/*
 * For n <= STATS_MAX_LOSSES independent losses of one kind, the probability of
 * each to be the largest; of certain losses that are equal the earlier one
 * counts as larger.
 */
extern void stats_worst(const StatsLoss *losses, int n, double *p_worst);

#endif							/* JOURNEY_STATS_H */
