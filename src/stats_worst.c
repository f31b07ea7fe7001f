/*
 * stats_worst.c
 *	  The probability that of several uncertain losses this one is the largest,
 *	  by fixed quadrature.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"
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
 * A density with one peak, on a scale where it is smooth: losses as they are;
 * a beta variable x as its log-odds log(x / (1 - x)), which also takes away
 * the poles at 0 and 1.  Places are measured from a common origin.
 */
typedef struct Curve
{
	bool		is_beta;
	double		peak;
	double		sd;				/* or less: a panel may be this wide */
	double		a;				/* beta */
	double		b;
	double		lower;			/* no mass to speak of outside */
	double		upper;
	double		norm;			/* factor that makes the integral 1 */
} Curve;

/* What one panel is worked on with; room for all curves. */
typedef struct Workspace
{
	double		(*density)[NODES];
	double		(*below)[NODES];
	int		   *active;
	double	   *others;
	double	   *tails;			/* mass of each curve right of the panel */
} Workspace;

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

/* exp(t) - 1 - t for |t| <= 1/2 */
static double
exp_rest(double t)
{
	double		sum = 1;

	for (int n = 16; n > 2; n--)
		sum = 1 + sum * t / n;
	return sum * t * t / 2;
}

/* log(1 + x) - x for |x| <= 1/3: twice the series of artanh(x / (2 + x)) */
static double
log_rest(double x)
{
	double		r = x / (2 + x);
	double		sum = 0;

	for (int n = 19; n > 1; n -= 2)
		sum = 1.0 / n + sum * r * r;
	return 2 * r * r * r * sum - r * x;
}

/*
 * The logarithm of a density, 0 at its peak.  A beta's is written around the
 * peak, without differences of like numbers, so that large counts stay exact.
 */
static double
curve_log(const Curve *curve, double x)
{
	double		t = x - curve->peak;
	double		a = curve->a;
	double		b = curve->b;
	double		e;

	if (!curve->is_beta)
	{
		t /= curve->sd;
		return -t * t / 2;
	}
	if (a > b)
	{
		a = curve->b;
		b = curve->a;
		t = -t;
	}
	e = a / (a + b) * expm1(t);
	if (fabs(t) > 0.5)
		return a * t - (a + b) * log1p(e);
	return -a * exp_rest(t) - (a + b) * log_rest(e);
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
				exp(curve_log(curve, curve->lower +
							  half * (2 * n + 1 + rule->x[i])));
	return area;
}

/* Where, on this side of its peak, is a curve as low as a normal at REACH? */
static double
curve_end(const Curve *curve, double side)
{
	double		t = REACH * curve->sd;

	/* log-odds of beta variables fall off exponentially, not slower */
	while (curve_log(curve, curve->peak + side * t) > -REACH * REACH / 2)
		t *= 1.25;
	return curve->peak + side * t;
}

static inline double
beta_sd(const StatsLoss *loss)
{
	return sqrt(1 / loss->a + 1 / loss->b);
}

/* The log-odds of one beta's peak less those of another's. */
static double
beta_distance(const StatsLoss *loss, const StatsLoss *origin)
{
	double		divisor = origin->a * loss->b;
	double		ratio = loss->a * origin->b / divisor;

	if (ratio < 0.5 || ratio > 2)
		return log(ratio);
	return log1p(stats_cross(loss->a, origin->b, origin->a, loss->b) /
				 divisor);
}

static void
make_curve(const StatsLoss *loss, const StatsLoss *origin, const Rule *rule,
		   Curve *curve)
{
	curve->is_beta = loss->is_beta;
	curve->a = loss->a;
	curve->b = loss->b;
	if (loss->is_beta)
	{
		curve->peak = beta_distance(loss, origin);
		curve->sd = Min(1, beta_sd(loss));
		curve->lower = curve_end(curve, -1);
		curve->upper = curve_end(curve, 1);
		curve->norm = 1 / curve_area(curve, rule);
	}
	else
	{
		curve->peak = loss->mean - origin->mean;
		curve->sd = loss->sd;
		curve->lower = curve->peak - REACH * curve->sd;
		curve->upper = curve->peak + REACH * curve->sd;
		curve->norm = 1 / (curve->sd * sqrt(2 * PI));
	}
}

/*
 * One panel, [left, x]: adds to each curve's chance what falls into it, and to
 * its tail the mass in it.  Curves that end below are under any value in the
 * panel for certain.
 */
static void
worst_in_panel(const Curve *curves, int n, const Rule *rule, double x,
			   double left, const Workspace *space, double *chances)
{
	double		half = (x - left) / 2;
	int			n_active = 0;

	for (int j = 0; j < n; j++)
	{
		double	   *f = space->density[n_active];
		double		mass = 0;

		if (curves[j].upper <= left)
			continue;
		for (int k = 0; k < NODES; k++)
			f[k] = half * curves[j].norm *
				exp(curve_log(&curves[j], x - half * (1 - rule->x[k])));
		for (int i = 0; i < NODES; i++)
		{
			double		above = space->tails[j];

			for (int k = 0; k < NODES; k++)
				above += rule->above[i][k] * f[k];
			space->below[n_active][i] = Max(0, 1 - above);
			mass += rule->w[i] * f[i];
		}
		space->tails[j] += mass;
		space->active[n_active++] = j;
	}

	for (int i = 0; i < NODES; i++)
	{
		double		product = rule->w[i];

		for (int j = 0; j < n_active; j++)
		{
			space->others[j] = product;
			product *= space->below[j][i];
		}
		product = 1;
		for (int j = n_active; j-- > 0;)
		{
			chances[space->active[j]] += space->density[j][i] *
				space->others[j] * product;
			product *= space->below[j][i];
		}
	}
}

/*
 * The left end of a panel that ends at x: as wide as the narrowest curve there
 * allows.  A curve that begins within the panel is next to nothing there,
 * unless it is much narrower than the panel.
 */
static double
panel_left(const Curve *curves, int n, double x, double from)
{
	double		width = DBL_MAX;
	double		left;

	for (int j = 0; j < n; j++)
	{
		if (curves[j].upper >= x)
			width = Min(width, curves[j].sd);
	}
	/* rounding must not stop the walk */
	width = Max(width, fabs(x) * 1e-12);
	left = Max(from, x - width);
	for (int j = 0; j < n; j++)
	{
		if (curves[j].upper < x && curves[j].sd < width / 2)
			left = Max(left, curves[j].upper);
	}
	return left;
}

/*
 * The chance of each curve to be the largest of all and above `floor`; returns
 * the chance that none of them is.
 */
static double
worst_of_curves(const Curve *curves, int n, const Rule *rule, double floor,
				const Workspace *space, double *chances)
{
	double		from = floor;
	double		x = floor;
	double		none = 1;

	/* the largest is hardly below the lower end of any of them */
	for (int j = 0; j < n; j++)
	{
		chances[j] = 0;
		space->tails[j] = 0;
		from = Max(from, curves[j].lower);
		x = Max(x, curves[j].upper);
	}

	/* from the right: all curves reach down to the left end */
	while (x > from)
	{
		double		left = panel_left(curves, n, x, from);

		CHECK_FOR_INTERRUPTS();
		worst_in_panel(curves, n, rule, x, left, space, chances);
		x = left;
	}

	if (from > floor)
		return 0;
	for (int j = 0; j < n; j++)
		none *= Max(0, 1 - space->tails[j]);
	return none;
}

/* a spread too small for floating point to tell it from none */
static bool
is_certain(const StatsLoss *loss)
{
	return !loss->is_beta && loss->sd <= 1e-13 * fabs(loss->mean);
}

/* hardly less than this */
static double
low_end(const StatsLoss *loss)
{
	if (loss->is_beta)
		return log(loss->a / loss->b) - REACH * beta_sd(loss);
	return loss->mean - REACH * loss->sd;
}

/*
 * The curves of those losses that are not certain; `places` says whose they
 * are.  The origin is the one that is high for sure: differences of like means
 * are exact, and what matters happens there.
 */
static int
make_curves(const StatsLoss *losses, int n, const Rule *rule, Curve *curves,
			int *places, const StatsLoss **origin)
{
	int			n_curves = 0;

	*origin = NULL;
	for (int i = 0; i < n; i++)
	{
		if (is_certain(&losses[i]))
			continue;
		places[n_curves++] = i;
		if (*origin == NULL || low_end(&losses[i]) > low_end(*origin))
			*origin = &losses[i];
	}
	for (int j = 0; j < n_curves; j++)
	{
		CHECK_FOR_INTERRUPTS();
		make_curve(&losses[places[j]], *origin, rule, &curves[j]);
	}
	return n_curves;
}

static double *
make_doubles(Size n)
{
	return (double *) MemoryContextAllocHuge(CurrentMemoryContext,
											 Max(n, 1) * sizeof(double));
}

void
stats_worst(const StatsLoss *losses, int n, double *p_worst)
{
	Rule		rule;
	Curve	   *curves = MemoryContextAllocHuge(CurrentMemoryContext,
												Max(n, 1) * sizeof(Curve));
	int		   *places = palloc(Max(n, 1) * sizeof(int));
	double	   *chances = make_doubles(n);
	Workspace	space;
	const StatsLoss *origin;
	const StatsLoss *certain = NULL;
	int			n_curves;
	double		sum = 0;
	double		none;
	double		floor = -DBL_MAX;

	space.density = (double (*)[NODES]) make_doubles((Size) n * NODES);
	space.below = (double (*)[NODES]) make_doubles((Size) n * NODES);
	space.active = palloc(Max(n, 1) * sizeof(int));
	space.others = make_doubles(n);
	space.tails = make_doubles(n);

	make_rule(&rule);
	n_curves = make_curves(losses, n, &rule, curves, places, &origin);
	for (int i = 0; i < n; i++)
	{
		p_worst[i] = 0;
		if (is_certain(&losses[i]) &&
			(certain == NULL || losses[i].mean > certain->mean))
			certain = &losses[i];
	}
	if (certain != NULL)
		floor = certain->mean - (origin != NULL ? origin->mean : 0);

	none = worst_of_curves(curves, n_curves, &rule, floor, &space, chances);
	if (certain != NULL)
		p_worst[certain - losses] = none;
	for (int j = 0; j < n_curves; j++)
		p_worst[places[j]] = chances[j];

	/* one of them is the largest, whatever rounding says */
	for (int i = 0; i < n; i++)
		sum += p_worst[i];
	for (int i = 0; i < n; i++)
		p_worst[i] /= sum;

	pfree(curves);
	pfree(places);
	pfree(chances);
	pfree(space.density);
	pfree(space.below);
	pfree(space.active);
	pfree(space.others);
	pfree(space.tails);
}

double
stats_probability_above(const StatsShare *a, const StatsShare *b)
{
	StatsLoss	losses[2] = {
		{.is_beta = true, .a = a->hits + 0.5, .b = a->misses + 0.5},
		{.is_beta = true, .a = b->hits + 0.5, .b = b->misses + 0.5}
	};
	double		p[2];

	/* as likely above as below, without a rounding error */
	if (losses[0].a == losses[1].a && losses[0].b == losses[1].b)
		return 0.5;
	stats_worst(losses, 2, p);
	return p[0];
}
