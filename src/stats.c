/*
 * stats.c
 *	  Statistics in closed form or by fixed quadrature.
 *
 * Needs nothing of the server but its typedefs, so it can be tested alone.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "stats.h"

#define PI				3.14159265358979323846

/* nodes of one quadrature panel */
#define NODES			16
/* a normal has less than 1e-16 of its mass beyond this many deviations */
#define REACH			8.5

/* Quadrature on [-1, 1] */
typedef struct Rule
{
	double		x[NODES];
	double		w[NODES];
	/* above[i][k]: weight of node k in the integral from x[i] to 1 */
	double		above[NODES][NODES];
} Rule;

/*
 * A density with one peak, on a scale where it is about normal: losses as they
 * are, measured from a common origin; a beta variable x as asin(sqrt(x)),
 * which also takes away the poles at 0 and 1.
 */
typedef struct Curve
{
	bool		is_beta;
	double		peak;
	double		sd;
	double		a;				/* beta: exponents of sin and cos */
	double		b;
	double		lower;			/* no mass to speak of outside */
	double		upper;
	double		norm;			/* factor that makes the integral 1 */
} Curve;

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

/* Legendre polynomials of degree 0 .. NODES at x */
static void
legendre(double x, double *p)
{
	p[0] = 1;
	p[1] = x;
	for (int n = 1; n < NODES; n++)
		p[n + 1] = ((2 * n + 1) * x * p[n] - n * p[n - 1]) / (n + 1);
}

/* The rule of Gauss and Legendre, and the integral of its interpolant. */
static void
make_rule(Rule *rule)
{
	double		p[NODES][NODES + 1];

	for (int i = 0; i < NODES; i++)
	{
		double		x = -cos(PI * (i + 0.75) / (NODES + 0.5));
		double		slope = 1;

		for (int step = 0; step < 6; step++)
		{
			legendre(x, p[i]);
			slope = NODES * (x * p[i][NODES] - p[i][NODES - 1]) /
				(x * x - 1);
			x -= p[i][NODES] / slope;
		}
		rule->x[i] = x;
		rule->w[i] = 2 / ((1 - x * x) * slope * slope);
	}
	for (int i = 0; i < NODES; i++)
		for (int k = 0; k < NODES; k++)
		{
			double		sum = 1 - rule->x[i];

			for (int n = 1; n < NODES; n++)
				sum += p[k][n] * (p[i][n - 1] - p[i][n + 1]);
			rule->above[i][k] = sum * rule->w[k] / 2;
		}
}

/* 1 at the peak; written around it, so that large counts stay exact */
static double
curve_height(const Curve *curve, double x)
{
	double		t = x - curve->peak;

	if (curve->is_beta)
	{
		double		a = curve->a;
		double		b = curve->b;
		double		half = sin(t / 2);
		double		fall = -2 * half * half;
		double		slant = sin(t);

		return exp(((a > 0) ? a * log1p(fall + slant * sqrt(b / a)) : 0) +
				   ((b > 0) ? b * log1p(fall - slant * sqrt(a / b)) : 0));
	}
	t /= curve->sd;
	return exp(-t * t / 2);
}

static double
curve_area(const Curve *curve, const Rule *rule)
{
	int			panels = (int) ceil((curve->upper - curve->lower) / curve->sd);
	double		half = (curve->upper - curve->lower) / (2 * panels);
	double		area = 0;

	for (int n = 0; n < panels; n++)
		for (int i = 0; i < NODES; i++)
			area += half * rule->w[i] *
				curve_height(curve, curve->lower +
							 half * (2 * n + 1 + rule->x[i]));
	return area;
}

static void
make_curve(const StatsLoss *loss, double origin, const Rule *rule,
		   Curve *curve)
{
	curve->is_beta = loss->is_beta;
	if (loss->is_beta)
	{
		double		n;

		curve->a = 2 * loss->a - 1;
		curve->b = 2 * loss->b - 1;
		n = curve->a + curve->b;
		curve->peak = atan2(sqrt(curve->a), sqrt(curve->b));
		curve->sd = 1 / sqrt(2 * n + 1);
		/* log concave: it falls at least as exp(-n t^2 / 2) */
		n = REACH / sqrt(n);
		curve->lower = Max(0, curve->peak - n);
		curve->upper = Min(PI / 2, curve->peak + n);
		curve->norm = 1 / curve_area(curve, rule);
	}
	else
	{
		curve->peak = loss->mean - origin;
		curve->sd = loss->sd;
		curve->lower = curve->peak - REACH * curve->sd;
		curve->upper = curve->peak + REACH * curve->sd;
		curve->norm = 1 / (curve->sd * sqrt(2 * PI));
	}
}

/*
 * One panel, [x - 2 half, x]: adds to each curve's chance what falls into it,
 * and to its tail the mass in it.  Curves that end below x are under any value
 * in the panel for certain.
 */
static void
worst_in_panel(const Curve *curves, int n, const Rule *rule, double x,
			   double half, double *tails, double *chances)
{
	double		density[STATS_MAX_LOSSES][NODES];
	double		below[STATS_MAX_LOSSES][NODES];
	int			active[STATS_MAX_LOSSES];
	int			n_active = 0;

	for (int j = 0; j < n; j++)
	{
		double	   *f = density[n_active];
		double		mass = 0;

		if (curves[j].upper < x)
			continue;
		for (int k = 0; k < NODES; k++)
			f[k] = half * curves[j].norm *
				curve_height(&curves[j], x - half * (1 - rule->x[k]));
		for (int i = 0; i < NODES; i++)
		{
			double		above = tails[j];

			for (int k = 0; k < NODES; k++)
				above += rule->above[i][k] * f[k];
			below[n_active][i] = Max(0, 1 - above);
			mass += rule->w[i] * f[i];
		}
		tails[j] += mass;
		active[n_active++] = j;
	}

	for (int i = 0; i < NODES; i++)
	{
		double		others[STATS_MAX_LOSSES];
		double		product = rule->w[i];

		for (int j = 0; j < n_active; j++)
		{
			others[j] = product;
			product *= below[j][i];
		}
		product = 1;
		for (int j = n_active; j-- > 0;)
		{
			chances[active[j]] += density[j][i] * others[j] * product;
			product *= below[j][i];
		}
	}
}

/*
 * The chance of each curve to be the largest of all and above `floor`; returns
 * the chance that none of them is.
 */
static double
worst_of_curves(const Curve *curves, int n, const Rule *rule, double floor,
				double *chances)
{
	double		tails[STATS_MAX_LOSSES] = {0};
	double		from = floor;
	double		x = floor;
	double		none = 1;

	/* the largest is hardly below the lower end of any of them */
	for (int j = 0; j < n; j++)
	{
		chances[j] = 0;
		from = Max(from, curves[j].lower);
		x = Max(x, curves[j].upper);
	}

	/*
	 * From the right, as wide as the narrowest curve there allows; that one
	 * reaches down to the left end, which is thus few such steps away.
	 */
	while (x > from)
	{
		double		width = DBL_MAX;
		double		left = from;

		for (int j = 0; j < n; j++)
		{
			if (curves[j].upper >= x)
				width = Min(width, curves[j].sd);
			else
				left = Max(left, curves[j].upper);
		}
		/* rounding must not stop the walk */
		width = Max(width, fabs(x) * 1e-12);
		left = Max(left, x - width);
		worst_in_panel(curves, n, rule, x, (x - left) / 2, tails, chances);
		x = left;
	}

	if (from > floor)
		return 0;
	for (int j = 0; j < n; j++)
		none *= Max(0, 1 - tails[j]);
	return none;
}

/* a spread too small for floating point to tell it from none */
static bool
is_certain(const StatsLoss *loss)
{
	return !loss->is_beta && loss->sd <= 1e-13 * fabs(loss->mean);
}

void
stats_worst(const StatsLoss *losses, int n, double *p_worst)
{
	Rule		rule;
	Curve		curves[STATS_MAX_LOSSES];
	double		chances[STATS_MAX_LOSSES];
	int			places[STATS_MAX_LOSSES];
	int			n_curves = 0;
	int			certain = -1;
	int			highest = -1;
	double		origin = 0;
	double		sum = 0;
	double		none;

	make_rule(&rule);
	for (int i = 0; i < n; i++)
	{
		const StatsLoss *l = &losses[i];

		p_worst[i] = 0;
		if (!is_certain(l))
		{
			places[n_curves++] = i;
			if (highest < 0 || l->mean - REACH * l->sd >
				losses[highest].mean - REACH * losses[highest].sd)
				highest = i;
		}
		else if (certain < 0 || l->mean > losses[certain].mean)
			certain = i;
	}

	/* differences of like means are exact, their sums with the rest not */
	if (highest >= 0 && !losses[highest].is_beta)
		origin = losses[highest].mean;
	for (int j = 0; j < n_curves; j++)
		make_curve(&losses[places[j]], origin, &rule, &curves[j]);

	none = worst_of_curves(curves, n_curves, &rule,
						   certain < 0 ? -DBL_MAX :
						   losses[certain].mean - origin, chances);
	if (certain >= 0)
		p_worst[certain] = none;
	for (int j = 0; j < n_curves; j++)
		p_worst[places[j]] = chances[j];

	/* one of them is the largest, whatever rounding says */
	for (int i = 0; i < n; i++)
		sum += p_worst[i];
	for (int i = 0; i < n; i++)
		p_worst[i] /= sum;
}
