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
#define POPULATION_FIXED 512

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

/*
 * Makes room for `size` bytes more.  Populations with less than half of the
 * average are left alone: they hold less than half of the memory, and the
 * small pieces of many small groups would cost more than they free.
 */
void
spill_make_room(SpillPool *pool, size_t size)
{
	size_t		limit = pool->limit;
	size_t		fixed = (size_t) pool->n_populations * POPULATION_FIXED;
	size_t		least;
	dlist_iter	iter;

	/* what cannot be spilled counts, too; a quarter is always for chunks */
	limit = (fixed < limit - limit / 4) ? limit - fixed : limit / 4;
	if (pool->bytes + size <= limit || pool->bytes == 0)
		return;
	least = pool->bytes / pool->n_populations / 2;
	if (pool->file == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(pool->cxt);

		pool->file = BufFileCreateTemp(false);
		MemoryContextSwitchTo(old);
	}
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

void
spill_write(SpillPool *pool, Extent *last, uint8 *data, uint32 used)
{
	Extent		place;

	memset(&place, 0, sizeof(place));
	BufFileTell(pool->file, &place.fileno, &place.offset);
	place.used = used;
	BufFileWrite(pool->file, last, sizeof(Extent));
	BufFileWrite(pool->file, data, used);
	*last = place;
}

/* Reads a chunk; the extent becomes the one that was spilled before it. */
void
spill_read(SpillPool *pool, Extent *extent, uint8 *data)
{
	uint32		used = extent->used;

	CHECK_FOR_INTERRUPTS();
	seek(pool, extent->fileno, extent->offset);
	BufFileReadExact(pool->file, extent, sizeof(Extent));
	BufFileReadExact(pool->file, data, used);
}
