/*
 * exact.h
 *	  Exact sums: 192-bit two's complement integers.
 *
 * Values are counted in whole millionths, |value| <= 1e12, so a value is at
 * most 1e18 and its square at most 1e36; 192 bits hold the sum of more squares
 * than there can be customers.  Integer sums do not depend on the order of
 * addition, so every plan gives the same bytes.
 */
#ifndef JOURNEY_EXACT_H
#define JOURNEY_EXACT_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "wire.h"

#define EXACT_SCALE 1000000.0	/* parts of one unit of value */

typedef struct Exact
{
	uint64		w[3];			/* low word first */
} Exact;

static inline void
exact_add(Exact *a, const Exact *b)
{
	uint64		carry = 0;

	for (int i = 0; i < 3; i++)
	{
		uint64		sum = a->w[i] + b->w[i];
		uint64		out = (sum < a->w[i]);

		a->w[i] = sum + carry;
		carry = out | (a->w[i] < sum);
	}
}

static inline void
exact_add_int64(Exact *a, int64 v)
{
	bool		carry;

	a->w[0] += (uint64) v;
	carry = a->w[0] < (uint64) v;
	/* a borrow and a carry are rare: then the words above change by one */
	if (likely(carry == (v < 0)))
		return;
	if (carry)
		a->w[2] += (++a->w[1] == 0);
	else
		a->w[2] -= (a->w[1]-- == 0);
}

static inline bool
exact_is_zero(const Exact *a)
{
	return (a->w[0] | a->w[1] | a->w[2]) == 0;
}

static inline bool
exact_is_negative(const Exact *a)
{
	return (a->w[2] >> 63) != 0;
}

/*
 * A value kept in millionths.  It goes through a variable since a processor may
 * compute with more digits than a double has (x87), and what is compared with
 * a value must be rounded like one.
 */
static inline double
exact_value(double millionths)
{
	double		value = millionths / EXACT_SCALE;

	return value;
}

extern void exact_add_square(Exact *a, int64 v);
extern void exact_negate(Exact *a);
extern double exact_to_double(const Exact *a);	/* unscaled */
extern double exact_to_units(const Exact *a);	/* by EXACT_SCALE */

/* packed: zigzag-like sign bit and magnitude, in its shortest form */
extern void exact_put(StringInfo buf, const Exact *a);
extern void exact_get(WireReader *r, Exact *a);

/* decimal digits, for JSON; false where not a whole number in range */
extern void exact_to_text(StringInfo buf, const Exact *a);
extern bool exact_from_text(const char *s, Exact *a);

#endif							/* JOURNEY_EXACT_H */
