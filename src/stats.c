/*
 * stats.c
 *	  Statistics in closed form: intervals and tests for shares.
 *
 * Needs nothing of the server but its typedefs, so it can be tested alone.
 */
#include "postgres.h"

#include <math.h>

#include "stats.h"

static double
polynomial(const double *c, int n, double x)
{
	double		sum = 0;

	while (n-- > 0)
		sum = sum * x + c[n];
	return sum;
}

/*
 * The inverse of the normal distribution: M. J. Wichura, algorithm AS 241,
 * routine PPND16, Applied Statistics 37 (1988), 477-484.
 */
double
stats_two_sided_z(double level)
{
	static const double a[] = {
		3.3871328727963666080e0, 1.3314166789178437745e2,
		1.9715909503065514427e3, 1.3731693765509461125e4,
		4.5921953931549871457e4, 6.7265770927008700853e4,
		3.3430575583588128105e4, 2.5090809287301226727e3
	};
	static const double b[] = {
		1.0, 4.2313330701600911252e1,
		6.8718700749205790830e2, 5.3941960214247511077e3,
		2.1213794301586595867e4, 3.9307895800092710610e4,
		2.8729085735721942674e4, 5.2264952788528545610e3
	};
	static const double c[] = {
		1.42343711074968357734e0, 4.63033784615654529590e0,
		5.76949722146069140550e0, 3.64784832476320460504e0,
		1.27045825245236838258e0, 2.41780725177450611770e-1,
		2.27238449892691845833e-2, 7.74545014278341407640e-4
	};
	static const double d[] = {
		1.0, 2.05319162663775882187e0,
		1.67638483018380384940e0, 6.89767334985100004550e-1,
		1.48103976427480074590e-1, 1.51986665636164571966e-2,
		5.47593808499534494600e-4, 1.05075007164441684324e-9
	};
	static const double e[] = {
		6.65790464350110377720e0, 5.46378491116411436990e0,
		1.78482653991729133580e0, 2.96560571828504891230e-1,
		2.65321895265761230930e-2, 1.24266094738807843860e-3,
		2.71155556874348757815e-5, 2.01033439929228813265e-7
	};
	static const double f[] = {
		1.0, 5.99832206555887937690e-1,
		1.36929880922735805310e-1, 1.48753612908506148525e-2,
		7.86869131145613259100e-4, 1.84631831751005468180e-5,
		1.42151175831644588870e-7, 2.04426310338993978564e-15
	};
	double		q = level / 2;
	double		r;

	if (q <= 0.425)
	{
		r = 0.180625 - q * q;
		return q * polynomial(a, 8, r) / polynomial(b, 8, r);
	}
	r = sqrt(-log((1 - level) / 2));
	if (r <= 5)
		return polynomial(c, 8, r - 1.6) / polynomial(d, 8, r - 1.6);
	return polynomial(e, 8, r - 5) / polynomial(f, 8, r - 5);
}

/*
 * E. B. Wilson, "Probable inference, the law of succession, and statistical
 * inference", Journal of the American Statistical Association 22 (1927).  The
 * product of the two bounds is known, so the lower one needs no difference.
 */
void
stats_wilson(double hits, double n, double z, double *low, double *high)
{
	double		p = hits / n;
	double		zz = z * z / n;
	double		top = p + zz / 2 +
		z * sqrt(p * ((n - hits) / n) / n + zz / (4 * n));

	/* rounding must not part them from the share itself */
	*low = (hits > 0) ? Min(p, p * p / top) : 0;
	*high = (hits < n) ? Min(1.0, Max(p, top / (1 + zz))) : 1;
}

/*
 * How far Wilson's lower bound is below the share p (q = 1 - p), in a form
 * that is no difference of like numbers, however small the distance.
 */
static double
wilson_arm(double p, double q, double n, double z)
{
	double		zz = z * z / n;
	double		root = z * sqrt(p * q / n + zz / (4 * n));

	if (p == 0)
		return 0;
	if (p < 0.5)
		return zz * p * q / (root + zz * (0.5 - p));
	return (root + zz * (p - 0.5)) / (1 + zz);
}

/*
 * The difference of two independent shares.  Interval: R. G. Newcombe,
 * "Interval estimation for the difference between independent proportions",
 * Statistics in Medicine 17 (1998), 873-890, method 10.  Test: the pooled z,
 * two-sided.
 */
void
stats_compare(const StatsShare *before, const StatsShare *after, double z,
			  StatsDifference *result)
{
	double		n1 = before->n;
	double		n2 = after->n;
	double		p1 = before->hits / n1;
	double		q1 = before->misses / n1;
	double		p2 = after->hits / n2;
	double		q2 = after->misses / n2;
	double		pooled = (before->hits + after->hits) / (n1 + n2);
	double		rest = (before->misses + after->misses) / (n1 + n2);
	double		variance = pooled * rest * (1 / n1 + 1 / n2);
	double		d;

	/* of hits and misses, the rarer ones carry the digits */
	if (pooled < rest)
		d = stats_cross(after->hits, n1, before->hits, n2) / n1 / n2;
	else
		d = stats_cross(before->misses, n2, after->misses, n1) / n1 / n2;
	result->difference = d;
	result->low = d - hypot(wilson_arm(p2, q2, n2, z),
							wilson_arm(q1, p1, n1, z));
	result->high = d + hypot(wilson_arm(q2, p2, n2, z),
							 wilson_arm(p1, q1, n1, z));

	/* all or nobody in both: no difference, and no spread */
	result->z = (variance > 0) ? d / sqrt(variance) : 0;
	result->p_value = erfc(fabs(result->z) * sqrt(0.5));
	result->p_better = stats_probability_above(after, before);
}

/*
 * S. Holm, "A simple sequentially rejective multiple test procedure",
 * Scandinavian Journal of Statistics 6 (1979), 65-70.  What is not a number
 * is no test, and stays so.
 */
void
stats_holm(const double *p_values, int n, double *adjusted)
{
	double		least = 0;
	int			left = 0;

	for (int i = 0; i < n; i++)
	{
		adjusted[i] = NAN;
		left += !isnan(p_values[i]);
	}
	for (; left > 0; left--)
	{
		int			pick = -1;

		for (int i = 0; i < n; i++)
		{
			if (!isnan(p_values[i]) && isnan(adjusted[i]) &&
				(pick < 0 || p_values[i] < p_values[pick]))
				pick = i;
		}
		least = Max(least, Min(1.0, left * p_values[pick]));
		adjusted[pick] = least;
	}
}

/* Does each share count just those that the one before let pass? */
static bool
is_closed(const StatsShare *shares, int n)
{
	for (int i = 1; i < n; i++)
	{
		if (shares[i].n != shares[i - 1].hits)
			return false;
	}
	return true;
}

/*
 * The product of conditional shares, as the share of a sample of its own: of
 * those counted where all were counted from first to last.  Else the product
 * is the product-limit estimate, and its variance that of M. Greenwood, "The
 * natural duration of cancer", Reports on Public Health and Medical Subjects
 * 33 (1926): product^2 x sum of q / (n p).  Taken as a binomial one, it gives
 * the effective size of the sample (F. J. Dorey and E. L. Korn, Statistics in
 * Medicine 6 (1987), 679-687), here written so that no p is divided by:
 *	  n = (1 - product) / (sum over i of q_i / n_i x product of the other p)
 */
void
stats_product(const StatsShare *shares, int n_shares, StatsShare *product)
{
	double		passed = 1;
	double		lost = 0;
	double		spread = 0;
	double		least = INFINITY;
	int			n = 0;

	memset(product, 0, sizeof(*product));
	/* where nobody goes on, what would come later does not matter */
	do
	{
		const StatsShare *s = &shares[n];

		if (s->n == 0)
			return;				/* not known: a sample of nobody */
		lost += passed * (s->misses / s->n);
		passed *= s->hits / s->n;
		least = Min(least, s->n);
	} while (shares[n++].hits > 0 && n < n_shares);

	if (is_closed(shares, n))
	{
		product->n = shares[0].n;
		product->hits = shares[n - 1].hits;
		product->misses = product->n - product->hits;
		return;
	}
	for (int i = 0; i < n; i++)
	{
		double		term = shares[i].misses / shares[i].n / shares[i].n;

		for (int k = 0; k < n; k++)
		{
			if (k != i)
				term *= shares[k].hits / shares[k].n;
		}
		spread += term;
	}
	product->n = (spread > 0) ? lost / spread : least;
	product->hits = product->n * passed;
	product->misses = product->n * lost;
}
