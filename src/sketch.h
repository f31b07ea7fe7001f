/*
 * sketch.h
 *	  A mergeable sketch of durations: counts in buckets of fixed bounds.
 *
 * Durations are whole microseconds >= 0.  Those under 64 have a bucket each;
 * above, every power of two is cut into 64 equal buckets, so a bucket is at
 * most 1/64 of its lower bound wide and its middle is within 1/128 = 0.8 % of
 * everything in it.  A bucket remembers its duration while all that fell into
 * it are equal ("pure"), so whole days stay whole days.  The sketch is a
 * function of the set of durations alone: the order of adding and merging
 * cannot show.
 *
 * Buckets live in pages of 64 (one power of two), made when first needed.
 */
#ifndef JOURNEY_SKETCH_H
#define JOURNEY_SKETCH_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "port/pg_bitutils.h"
#include "wire.h"

#define SKETCH_PAGE_BITS	6
#define SKETCH_PAGE_SIZE	(1 << SKETCH_PAGE_BITS)
#define SKETCH_PAGES		58	/* durations below 2^63 */
#define SKETCH_MIXED		(INT64CONST(-1))

typedef struct SketchBucket
{
	int64		count;
	int64		pure;			/* the duration, or SKETCH_MIXED */
} SketchBucket;

typedef struct Sketch
{
	int64		count;
	SketchBucket *pages[SKETCH_PAGES];
} Sketch;

/* Page 0 holds 0..63; page p >= 1 holds 2^(p+5) .. 2^(p+6) - 1. */
static inline void
sketch_place(int64 micros, int *page, int *slot)
{
	int			p = 0;

	if (micros >= SKETCH_PAGE_SIZE)
		p = pg_leftmost_one_pos64((uint64) micros) - SKETCH_PAGE_BITS + 1;
	*page = p;
	*slot = (int) ((p <= 1) ? (micros & (SKETCH_PAGE_SIZE - 1)) :
				   ((micros >> (p - 1)) & (SKETCH_PAGE_SIZE - 1)));
}

extern SketchBucket *sketch_new_page(Sketch *sketch, int page);

/* Adds `count` equal durations, count > 0; may allocate in this context. */
static inline void
sketch_add(Sketch *sketch, int64 micros, int64 count)
{
	int			page;
	int			slot;
	SketchBucket *b;

	sketch_place(micros, &page, &slot);
	b = sketch->pages[page];
	if (b == NULL)
		b = sketch_new_page(sketch, page);
	b += slot;
	if (b->count == 0)
		b->pure = micros;
	else if (b->pure != micros)
		b->pure = SKETCH_MIXED;
	b->count += count;
	sketch->count += count;
}

/*
 * The smallest duration that a share q of all do not exceed, as percentile_disc:
 * exact in a pure bucket, else the middle of the bucket.  -1 where empty.
 */
extern int64 sketch_quantile(const Sketch *sketch, double q);

/* buckets in ascending order; returns false past the last.  Start at *at = 0 */
extern bool sketch_next(const Sketch *sketch, int *at, int64 *lower,
						SketchBucket *bucket);

/*
 * For readers of stored forms, which merge what they read into what is there:
 * adds a bucket; false where there cannot be such a bucket.
 */
extern bool sketch_restore(Sketch *sketch, int64 lower, int64 count,
						   int64 pure);

/* The lower bound of a duration's bucket. */
extern int64 sketch_bucket(int64 micros);

/* That of the bucket after one; -1 after the last. */
extern int64 sketch_bucket_after(int64 lower);

extern void sketch_put(StringInfo buf, const Sketch *sketch);
extern void sketch_get(WireReader *r, Sketch *sketch);

#endif							/* JOURNEY_SKETCH_H */
