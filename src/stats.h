/*
 * stats.h
 *	  Statistics in closed form or by fixed quadrature; no random numbers, the
 *	  same result on every call.
 */
#ifndef JOURNEY_STATS_H
#define JOURNEY_STATS_H

#include "postgres.h"

#include <math.h>

/* n trials, n = hits + misses; not whole numbers if n is an effective size */
typedef struct StatsShare
{
	double		hits;
	double		misses;
	double		n;
} StatsShare;

/* `after` minus `before` */
typedef struct StatsDifference
{
	double		difference;
	double		low;
	double		high;
	double		z;
	double		p_value;
	double		p_better;
} StatsDifference;

/* The normal deviate z with P(|Z| <= z) = level, 0 < level < 1. */
extern double stats_two_sided_z(double level);

/* Wilson's score interval for `hits` of n, n > 0. */
extern void stats_wilson(double hits, double n, double z,
						 double *low, double *high);

/* Two shares with n > 0; z is the deviate of the interval. */
extern void stats_compare(const StatsShare *before, const StatsShare *after,
						  double z, StatsDifference *result);

/* NaN among p-values is no test. */
extern void stats_holm(const double *p_values, int n, double *adjusted);

/* At least one share; n = 0 where the product is not known. */
extern void stats_product(const StatsShare *shares, int n_shares,
						  StatsShare *product);

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
 * stats_worst.c: for independent losses of one kind, the probability of each
 * to be the largest; of certain losses that are equal the earlier one counts
 * as larger.
 */
extern void stats_worst(const StatsLoss *losses, int n, double *p_worst);

/*
 * The probability that the true share of `a` is above that of `b`, each with
 * the posterior of Jeffreys' prior, Beta(hits + 1/2, misses + 1/2).
 */
extern double stats_probability_above(const StatsShare *a,
									  const StatsShare *b);

/* a b - c d, as if rounded once: fma() gives what the products lose */
static inline double
stats_cross(double a, double b, double c, double d)
{
	double		cd = c * d;

	return fma(a, b, -cd) - fma(c, d, -cd);
}

#endif							/* JOURNEY_STATS_H */
