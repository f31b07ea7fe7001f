/*
 * sketch.c
 *	  A mergeable sketch of durations: counts in buckets of fixed bounds.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "sketch.h"

#define SKETCH_BUCKETS	(SKETCH_PAGES * SKETCH_PAGE_SIZE)

/* Pages 0 and 1 have buckets of width one. */
static inline int
bucket_width_bits(int page)
{
	return (page <= 1) ? 0 : page - 1;
}

static inline int64
bucket_lower(int page, int slot)
{
	if (page == 0)
		return slot;
	return (int64) (SKETCH_PAGE_SIZE + slot) << (page - 1);
}

SketchBucket *
sketch_new_page(Sketch *sketch, int page)
{
	sketch->pages[page] = palloc0(SKETCH_PAGE_SIZE * sizeof(SketchBucket));
	return sketch->pages[page];
}

/* The rank is computed as percentile_disc does, so that they agree. */
int64
sketch_quantile(const Sketch *sketch, double q)
{
	double		rank = ceil(q * (double) sketch->count);
	int64		seen = 0;
	int64		result = -1;

	for (int page = 0; page < SKETCH_PAGES; page++)
	{
		const SketchBucket *b = sketch->pages[page];

		if (b == NULL)
			continue;
		for (int slot = 0; slot < SKETCH_PAGE_SIZE; slot++, b++)
		{
			if (b->count == 0)
				continue;
			/* a mixed bucket is at least two wide, so it has a middle */
			result = (b->pure != SKETCH_MIXED) ? b->pure :
				bucket_lower(page, slot) +
				(INT64CONST(1) << (bucket_width_bits(page) - 1));
			seen += b->count;
			if ((double) seen >= rank)
				return result;
		}
	}
	return result;
}

bool
sketch_next(const Sketch *sketch, int *at, int64 *lower, SketchBucket *bucket)
{
	while (*at < SKETCH_BUCKETS)
	{
		int			page = *at / SKETCH_PAGE_SIZE;
		int			slot = *at % SKETCH_PAGE_SIZE;

		if (sketch->pages[page] == NULL)
		{
			*at = (page + 1) * SKETCH_PAGE_SIZE;
			continue;
		}
		(*at)++;
		*bucket = sketch->pages[page][slot];
		if (bucket->count > 0)
		{
			*lower = bucket_lower(page, slot);
			return true;
		}
	}
	return false;
}

int64
sketch_bucket(int64 micros)
{
	int			page;
	int			slot;

	sketch_place(micros, &page, &slot);
	return bucket_lower(page, slot);
}

int64
sketch_bucket_after(int64 lower)
{
	int			page;
	int			slot;
	int64		after;

	sketch_place(lower, &page, &slot);
	if (pg_add_s64_overflow(lower, INT64CONST(1) << bucket_width_bits(page),
							&after))
		return -1;
	return after;
}

bool
sketch_restore(Sketch *sketch, int64 lower, int64 count, int64 pure)
{
	int			page;
	int			slot;
	int			bits;
	int64		total;
	SketchBucket *b;

	/* no bucket holds more than all together */
	if (lower < 0 || count <= 0 ||
		pg_add_s64_overflow(sketch->count, count, &total))
		return false;
	sketch_place(lower, &page, &slot);
	if (bucket_lower(page, slot) != lower)
		return false;
	bits = bucket_width_bits(page);
	if (pure == SKETCH_MIXED)
	{
		/* different durations: room for two, and two of them */
		if (bits == 0 || count < 2)
			return false;
	}
	else if (pure < lower || ((pure - lower) >> bits) != 0)
		return false;

	b = sketch->pages[page];
	if (b == NULL)
		b = sketch_new_page(sketch, page);
	b += slot;
	if (b->count == 0)
		b->pure = pure;
	else if (b->pure != pure)
		b->pure = SKETCH_MIXED;
	b->count += count;
	sketch->count = total;
	return true;
}

/*
 * The number of buckets that are not empty, then for each: twice the number of
 * empty ones before it, plus one if it is pure; its count; and the pure
 * duration less the lower bound, where there is more than one it can be.
 */
void
sketch_put(StringInfo buf, const Sketch *sketch)
{
	int			n = 0;
	int			at = 0;
	int			expected = 0;
	int64		lower;
	SketchBucket b;

	while (sketch_next(sketch, &at, &lower, &b))
		n++;
	wire_put_uint(buf, n);

	at = 0;
	while (sketch_next(sketch, &at, &lower, &b))
	{
		bool		is_pure = (b.pure != SKETCH_MIXED);

		/* `at` is already past this bucket */
		wire_put_uint(buf, 2 * (uint64) (at - 1 - expected) + is_pure);
		wire_put_uint(buf, (uint64) b.count);
		if (is_pure && bucket_width_bits((at - 1) / SKETCH_PAGE_SIZE) > 0)
			wire_put_uint(buf, (uint64) (b.pure - lower));
		expected = at;
	}
}

/*
 * Adds to what is there; marks the value as broken where it cannot be.  A
 * bucket of 3 bytes may need a page of 1 kB, but a sketch has at most 58 pages.
 */
void
sketch_get(WireReader *r, Sketch *sketch)
{
	size_t		n = wire_get_count(r);
	uint64		at = 0;

	while (n-- > 0 && !r->bad)
	{
		uint64		head = wire_get_uint(r);
		uint64		count = wire_get_uint(r);
		int64		lower;
		int64		pure = SKETCH_MIXED;
		int			page;

		/* `at` is the first bucket that may come: both are small, no wrap */
		if (head / 2 >= SKETCH_BUCKETS || at + head / 2 >= SKETCH_BUCKETS ||
			count > PG_INT64_MAX)
		{
			wire_fail(r);
			return;
		}
		at += head / 2;
		page = (int) (at / SKETCH_PAGE_SIZE);
		lower = bucket_lower(page, (int) (at % SKETCH_PAGE_SIZE));
		if (head & 1)
		{
			uint64		offset = 0;

			if (bucket_width_bits(page) > 0)
				offset = wire_get_uint(r);
			if (offset >= UINT64CONST(1) << bucket_width_bits(page))
			{
				wire_fail(r);
				return;
			}
			pure = lower + (int64) offset;
		}
		if (r->bad)
			return;
		if (!sketch_restore(sketch, lower, (int64) count, pure))
			wire_fail(r);
		at++;
	}
}
