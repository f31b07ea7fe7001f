/*
 * spill.h
 *	  A limit of memory for many populations, and the file behind it.
 */
#ifndef JOURNEY_SPILL_H
#define JOURNEY_SPILL_H

#include "postgres.h"

#include "lib/ilist.h"
#include "storage/buffile.h"

/*
 * Some chunks of a partition in the file, behind the place of those that it
 * spilled before: of any number, a partition remembers the last.
 */
typedef struct Extent
{
	int			fileno;
	uint32		used;			/* bytes of the chunks; 0: none */
	off_t		offset;
} Extent;

/* A block is read for each extent: as many chunks as fit share one. */
#define EXTENT_SHARED	(BLCKSZ - sizeof(Extent))

/* All populations of one aggregate context. */
typedef struct SpillPool
{
	MemoryContext cxt;
	size_t		limit;			/* bytes of chunks that may be in memory */
	size_t		budget;			/* bytes to work on one partition with */
	size_t		bytes;			/* of chunks in memory */
	int			n_populations;
	dlist_head	populations;
	BufFile    *file;			/* NULL: nothing was spilled */
	int			fileno;			/* its end */
	off_t		offset;
} SpillPool;

extern SpillPool *spill_make(MemoryContext cxt, size_t memory);
extern void spill_close(SpillPool *pool);
extern void spill_make_room(SpillPool *pool, size_t size);
extern void spill_begin(SpillPool *pool, Extent *last, uint32 used);
extern void spill_put(SpillPool *pool, void *data, uint32 size);
extern void spill_read(SpillPool *pool, Extent *extent, uint8 *data);

#endif							/* JOURNEY_SPILL_H */
