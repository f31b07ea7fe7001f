/*
 * exact.c
 *	  Exact sums: 192-bit two's complement integers.
 */
#include "postgres.h"

#include <math.h>

#include "exact.h"
#include "port/pg_bitutils.h"

#define EXACT_WORDS		3
#define EXACT_BYTES		(8 * EXACT_WORDS)
/* the magnitude in parts of 32 bits, for division by a small number */
#define EXACT_HALVES	(2 * EXACT_WORDS)
/* 2^192 has 58 digits */
#define EXACT_DIGITS	58

/*
 * Leaves the magnitude in `a`, to be read as unsigned, and says whether the
 * number was negative.
 */
static bool
exact_magnitude(Exact *a)
{
	bool		negative = exact_is_negative(a);

	if (negative)
		exact_negate(a);
	return negative;
}

/* Gives a magnitude its sign; false where the number is out of range. */
static bool
exact_sign(Exact *a, bool negative)
{
	if (negative)
	{
		exact_negate(a);
		return exact_is_negative(a) || exact_is_zero(a);
	}
	return !exact_is_negative(a);
}

void
exact_negate(Exact *a)
{
	for (int i = 0; i < EXACT_WORDS; i++)
		a->w[i] = ~a->w[i];
	exact_add_int64(a, 1);
}

void
exact_add_square(Exact *a, int64 v)
{
	uint64		m = (v < 0) ? -(uint64) v : (uint64) v;
	uint64		low = m & 0xFFFFFFFF;
	uint64		high = m >> 32;
	uint64		cross = 2 * low * high; /* high <= 2^31: no overflow */
	Exact		square;

	square.w[0] = low * low + (cross << 32);
	square.w[1] = high * high + (cross >> 32) + (square.w[0] < low * low);
	square.w[2] = 0;
	exact_add(a, &square);
}

/*
 * The nearest double, ties to even: the top 64 bits, the lowest of which also
 * stands for everything below it, are rounded once, by the conversion.
 */
double
exact_to_double(const Exact *a)
{
	Exact		m = *a;
	bool		negative = exact_magnitude(&m);
	int			top = EXACT_WORDS - 1;
	int			shift;
	uint64		bits;
	uint64		rest;
	double		result;

	while (top > 0 && m.w[top] == 0)
		top--;
	if (top == 0)
		result = (double) m.w[0];
	else
	{
		shift = 63 - pg_leftmost_one_pos64(m.w[top]);
		bits = m.w[top] << shift;
		rest = m.w[top - 1] << shift;
		if (shift > 0)
			bits |= m.w[top - 1] >> (64 - shift);
		if (top == 2)
			rest |= m.w[0];
		if (rest != 0)
			bits |= 1;
		result = ldexp((double) bits, 64 * top - shift);
	}
	return negative ? -result : result;
}

/* One byte, twice the number of bytes plus the sign, then the magnitude. */
void
exact_put(StringInfo buf, const Exact *a)
{
	Exact		m = *a;
	bool		negative = exact_magnitude(&m);
	char		bytes[1 + EXACT_BYTES];
	int			n = 0;

	for (int i = 0; i < EXACT_BYTES; i++)
	{
		uint8		b = (uint8) (m.w[i / 8] >> (8 * (i % 8)));

		bytes[1 + i] = (char) b;
		if (b != 0)
			n = i + 1;
	}
	bytes[0] = (char) (2 * n + negative);
	appendBinaryStringInfo(buf, bytes, 1 + n);
}

void
exact_get(WireReader *r, Exact *a)
{
	uint8		head = wire_get_byte(r);
	int			n = head >> 1;
	bool		negative = head & 1;
	uint8		b = 0;

	memset(a, 0, sizeof(*a));
	if (n > EXACT_BYTES || n > wire_left(r))
	{
		wire_fail(r);
		return;
	}
	for (int i = 0; i < n; i++)
	{
		b = wire_get_byte(r);
		a->w[i / 8] |= (uint64) b << (8 * (i % 8));
	}

	/* one form a number: no leading zero byte, no negative zero */
	if ((n > 0 && b == 0) || (n == 0 && negative) ||
		!exact_sign(a, negative))
	{
		memset(a, 0, sizeof(*a));
		wire_fail(r);
	}
}

void
exact_to_text(StringInfo buf, const Exact *a)
{
	Exact		m = *a;
	bool		negative = exact_magnitude(&m);
	char		digits[EXACT_DIGITS];
	int			at = EXACT_DIGITS;

	do
	{
		uint64		rest = 0;

		for (int i = EXACT_HALVES - 1; i >= 0; i--)
		{
			int			shift = 32 * (i % 2);
			uint64	   *word = &m.w[i / 2];
			uint64		part = (rest << 32) | ((*word >> shift) & 0xFFFFFFFF);

			*word &= ~(UINT64CONST(0xFFFFFFFF) << shift);
			*word |= (part / 10) << shift;
			rest = part % 10;
		}
		digits[--at] = (char) ('0' + rest);
	} while (!exact_is_zero(&m));

	if (negative)
		appendStringInfoChar(buf, '-');
	appendBinaryStringInfo(buf, digits + at, EXACT_DIGITS - at);
}

/* In whole units: the double nearest to a millionth of the sum. */
double
exact_to_units(const Exact *a)
{
	StringInfoData buf;
	double		units;

	initStringInfo(&buf);
	exact_to_text(&buf, a);
	appendStringInfoString(&buf, "e-6");
	units = strtod(buf.data, NULL);
	pfree(buf.data);
	return units;
}

/* Ten times the magnitude plus a digit; false where it does not fit. */
static bool
exact_push_digit(Exact *a, int digit)
{
	uint64		carry = digit;

	for (int i = 0; i < EXACT_WORDS; i++)
	{
		uint64		low = (a->w[i] & 0xFFFFFFFF) * 10 + carry;
		uint64		high = (a->w[i] >> 32) * 10 + (low >> 32);

		a->w[i] = (high << 32) | (low & 0xFFFFFFFF);
		carry = high >> 32;
	}
	return carry == 0;
}

bool
exact_from_text(const char *s, Exact *a)
{
	bool		negative = (*s == '-');

	memset(a, 0, sizeof(*a));
	if (negative)
		s++;
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
	{
		if (*s < '0' || *s > '9')
			return false;
		if (!exact_push_digit(a, *s - '0'))
			return false;
	}
	return exact_sign(a, negative);
}
