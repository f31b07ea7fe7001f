/*
 * spill.c
 *	  A limit of memory for many populations, and the file behind it.
 *
 * The file is an ordinary temporary file: temp_tablespaces and temp_file_limit
 * hold, and it is gone when the aggregate ends, by whatever way.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "compat.h"
#include "population.h"
#include "spill.h"

/* bytes that a population takes in memory whatever is spilled, about */
#define POPULATION_FIXED 384

/*
 * Of the memory of a node, a quarter is for the work on one partition at the
 * end; the rest is for the chunks.
 */
SpillPool *
spill_make(MemoryContext cxt, size_t memory)
{
	SpillPool  *pool = MemoryContextAllocZero(cxt, sizeof(SpillPool));

	pool->cxt = cxt;
	pool->budget = memory / 4;
	pool->limit = memory - pool->budget;
	dlist_init(&pool->populations);
	return pool;
}

void
spill_close(SpillPool *pool)
{
	if (pool->file != NULL)
		BufFileClose(pool->file);
	pool->file = NULL;
}

static void
seek(SpillPool *pool, int fileno, off_t offset)
{
	if (BufFileSeek(pool->file, fileno, offset, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file: %m")));
}

/* Spills the populations that hold so many bytes. */
static void
spill_larger(SpillPool *pool, size_t least)
{
	dlist_iter	iter;

	seek(pool, pool->fileno, pool->offset);
	dlist_foreach(iter, &pool->populations)
	{
		Population *pop = dlist_container(Population, node, iter.cur);

		CHECK_FOR_INTERRUPTS();
		if (pop->bytes > 0 && pop->bytes >= least)
			population_spill(pop);
	}
	BufFileTell(pool->file, &pool->fileno, &pool->offset);
}

/*
 * Makes room for `size` bytes more.  Of many groups those above the average
 * go first: the small pieces of small ones would cost more than they free.
 * If that is too little to be worth the walk, those above half of the average
 * go, too, which hold more than half of the memory.
 */
void
spill_make_room(SpillPool *pool, size_t size)
{
	size_t		limit = pool->limit;
	size_t		fixed = (size_t) pool->n_populations * POPULATION_FIXED;
	size_t		before = pool->bytes;
	size_t		average;

	/* what cannot be spilled counts, too; a quarter is always for chunks */
	limit = (fixed < limit - limit / 4) ? limit - fixed : limit / 4;
	if (pool->bytes + size <= limit || pool->bytes == 0)
		return;
	if (pool->file == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(pool->cxt);

		pool->file = BufFileCreateTemp(false);
		MemoryContextSwitchTo(old);
	}
	average = pool->bytes / pool->n_populations;
	spill_larger(pool, average);
	if (pool->bytes > before - before / 4)
		spill_larger(pool, average / 2);
}

/* The head of an extent, which becomes the last; `used` bytes are to follow. */
void
spill_begin(SpillPool *pool, Extent *last, uint32 used)
{
	Extent		place;

	memset(&place, 0, sizeof(place));
	BufFileTell(pool->file, &place.fileno, &place.offset);
	place.used = used;
	BufFileWrite(pool->file, last, sizeof(Extent));
	*last = place;
}

void
spill_put(SpillPool *pool, void *data, uint32 size)
{
	BufFileWrite(pool->file, data, size);
}

/* Reads an extent's chunks; it becomes the one that was spilled before. */
void
spill_read(SpillPool *pool, Extent *extent, uint8 *data)
{
	uint32		used = extent->used;

	CHECK_FOR_INTERRUPTS();
	seek(pool, extent->fileno, extent->offset);
	BufFileReadExact(pool->file, extent, sizeof(Extent));
	BufFileReadExact(pool->file, data, used);
}
