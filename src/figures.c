/*
 * figures.c
 *	  Numbers as people read them.
 *
 * A fraction is rounded to a whole number of its last digit first, and written
 * as an integer, so no printf of the platform decides on a digit.
 */
#include "postgres.h"

#include <math.h>

#include "figures.h"
#include "lib/stringinfo.h"

/* numbers from here on are shortened */
#define SHORT_FROM		1e7

/* 1234567 as 1,234,567 */
char *
figure_count(int64 n)
{
	char		digits[32];
	StringInfoData buf;
	int			len = snprintf(digits, sizeof(digits), INT64_FORMAT, n);

	initStringInfo(&buf);
	for (int i = 0; i < len; i++)
	{
		appendStringInfoChar(&buf, digits[i]);
		if (digits[i] != '-' && i < len - 1 && (len - 1 - i) % 3 == 0)
			appendStringInfoChar(&buf, ',');
	}
	return buf.data;
}

/* With one or two digits after the point, for |v| < 1e15. */
static char *
fixed(double v, int digits)
{
	int64		unit = (digits == 1) ? 10 : 100;
	int64		n = (int64) rint(fabs(v) * (double) unit);

	return psprintf("%s%s.%0*d", (v < 0 && n != 0) ? "-" : "",
					figure_count(n / unit), digits, (int) (n % unit));
}

/* 7.2e28 */
static char *
scientific(double v)
{
	int			exponent = 0;
	double		mantissa = fabs(v);

	while (mantissa >= 10)
	{
		mantissa /= 10;
		exponent++;
	}
	/* what would be rounded up to 10.0 */
	if (mantissa >= 9.95)
	{
		mantissa /= 10;
		exponent++;
	}
	return psprintf("%s%se%d", v < 0 ? "-" : "", fixed(mantissa, 1),
					exponent);
}

/* A sum of values: whole where it is, or is large; else with two digits. */
char *
figure_amount(double v)
{
	if (fabs(v) >= 1e15)
		return psprintf("%.3e", v);
	if (fabs(v) >= 999.995 || v == rint(v))
		return figure_count((int64) rint(v));
	return fixed(v, 2);
}

/* The same for little room: 12.3 M, 4.5 B, 7.2 T, and 7.2e28 */
char *
figure_short(double v)
{
	static const struct
	{
		double		unit;
		const char *name;
	}			units[] = {{1e12, "T"}, {1e9, "B"}, {1e6, "M"}};
	double		size = fabs(v);

	if (size < SHORT_FROM)
		return figure_amount(v);
	if (size >= 1e18)
		return scientific(v);
	for (int i = 0; i < lengthof(units) - 1; i++)
	{
		/* 999.96 M are 1.0 B */
		if (size >= 0.99995 * units[i].unit)
			return psprintf("%s %s", fixed(v / units[i].unit, 1),
							units[i].name);
	}
	return psprintf("%s M", fixed(v / 1e6, 1));
}

/* a share, 0..1 or a difference of two */
char *
figure_percent(double share)
{
	return psprintf("%s %%", fixed(100 * share, 1));
}

/* a feeling, -1..1 */
char *
figure_signed(double v)
{
	char	   *digits = fixed(v, 2);

	return (rint(100 * v) > 0) ? psprintf("+%s", digits) : digits;
}

/* An elapsed time in its two largest units; a unit of zero is left out. */
char *
figure_span(double seconds)
{
	static const struct
	{
		int64		seconds;
		const char *name;
	}			units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	int64		s;

	if (seconds >= 1e12)
		return psprintf("%s d", figure_short(seconds / 86400));
	if (seconds > 0 && seconds < 0.9995)
		return (seconds < 0.0005) ? pstrdup("under 1 ms") :
			psprintf("%d ms", (int) rint(1000 * seconds));
	if (seconds < 10 && seconds != rint(seconds))
		return psprintf("%s s", fixed(seconds, 1));
	s = (int64) rint(seconds);
	for (int i = 0; i < lengthof(units) - 1; i++)
	{
		int64		unit = units[i].seconds;
		int64		smaller = units[i + 1].seconds;
		int64		rest;

		if (s < unit)
			continue;
		/* to whole smaller units; of many days the hours say nothing */
		if (s >= 100 * 86400)
			smaller = unit;
		s = (s + smaller / 2) / smaller * smaller;
		rest = s % unit / smaller;
		if (rest == 0 || smaller == unit)
			return psprintf("%s %s", figure_count(s / unit), units[i].name);
		return psprintf("%s %s " INT64_FORMAT " %s", figure_count(s / unit),
						units[i].name, rest, units[i + 1].name);
	}
	return psprintf(INT64_FORMAT " s", s);
}
