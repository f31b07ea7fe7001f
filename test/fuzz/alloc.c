/*
 * alloc.c
 *	  The allocations of alloc.h.
 *
 * A block is malloc's, and is registered with its memory context, whose reset
 * frees it.  Blocks of the server itself may come in as well, to be freed or
 * resized, so a table knows which ones are ours.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "fuzz.h"

typedef struct Block
{
	MemoryContextCallback callback; /* of the context's reset */
	MemoryContext context;
	void	   *data;			/* NULL: freed already */
	size_t		size;
} Block;

typedef struct BlockEntry
{
	void	   *data;
	Block	   *block;
	char		status;
} BlockEntry;

#define SH_PREFIX blocks
#define SH_ELEMENT_TYPE BlockEntry
#define SH_KEY_TYPE void *
#define SH_KEY data
#define SH_HASH_KEY(table, key) ((uint32) ((uintptr_t) (key) >> 4) * 0x9E3779B1)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static blocks_hash *ours = NULL;
static size_t in_use = 0;
static size_t most = 0;

static void
forget(Block *block)
{
	blocks_delete(ours, block->data);
	in_use -= block->size;
	free(block->data);
	block->data = NULL;
}

static void
at_reset(void *arg)
{
	Block	   *block = arg;

	if (block->data != NULL)
		forget(block);
}

static void *
get(MemoryContext context, size_t size, bool zero)
{
	Block	   *block = MemoryContextAllocZero(context, sizeof(Block));
	BlockEntry *entry;
	bool		found;

	if (ours == NULL)
		ours = blocks_create(TopMemoryContext, 1024, NULL);
	block->data = zero ? calloc(1, size) : malloc(size);
	if (block->data == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	block->context = context;
	block->size = size;
	block->callback.func = at_reset;
	block->callback.arg = block;
	MemoryContextRegisterResetCallback(context, &block->callback);
	entry = blocks_insert(ours, block->data, &found);
	entry->block = block;
	in_use += size;
	most = Max(most, in_use);
	return block->data;
}

/* What is too large is refused as the server refuses it. */
static void *
get_checked(MemoryContext context, size_t size, int flags)
{
	if (!((flags & MCXT_ALLOC_HUGE) ? AllocHugeSizeIsValid(size) :
		  AllocSizeIsValid(size)))
		return MemoryContextAllocExtended(context, size, flags);
	return get(context, size, (flags & MCXT_ALLOC_ZERO) != 0);
}

void *
fuzz_palloc(Size size)
{
	return get_checked(CurrentMemoryContext, size, 0);
}

void *
fuzz_palloc0(Size size)
{
	return get_checked(CurrentMemoryContext, size, MCXT_ALLOC_ZERO);
}

void *
fuzz_palloc_extended(Size size, int flags)
{
	return get_checked(CurrentMemoryContext, size, flags);
}

void *
fuzz_MemoryContextAlloc(MemoryContext context, Size size)
{
	return get_checked(context, size, 0);
}

void *
fuzz_MemoryContextAllocZero(MemoryContext context, Size size)
{
	return get_checked(context, size, MCXT_ALLOC_ZERO);
}

void *
fuzz_MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
	return get_checked(context, size, flags);
}

void *
fuzz_MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return get_checked(context, size, MCXT_ALLOC_HUGE);
}

void
fuzz_pfree(void *pointer)
{
	BlockEntry *entry = (ours == NULL) ? NULL : blocks_lookup(ours, pointer);

	if (entry == NULL)
		pfree(pointer);
	else
		forget(entry->block);
}

/* Always moves, so that whoever keeps the old address is found out. */
static void *
resize(void *pointer, size_t size, int flags)
{
	BlockEntry *entry = (ours == NULL) ? NULL : blocks_lookup(ours, pointer);
	Block	   *block;
	void	   *moved;

	if (entry == NULL)
		return (flags & MCXT_ALLOC_HUGE) ? repalloc_huge(pointer, size) :
			repalloc(pointer, size);
	block = entry->block;
	moved = get_checked(block->context, size, flags);
	memcpy(moved, pointer, Min(size, block->size));
	forget(block);
	return moved;
}

void *
fuzz_repalloc(void *pointer, Size size)
{
	return resize(pointer, size, 0);
}

void *
fuzz_repalloc_huge(void *pointer, Size size)
{
	return resize(pointer, size, MCXT_ALLOC_HUGE);
}

char *
fuzz_pnstrdup(const char *in, Size len)
{
	char	   *copy;

	len = strnlen(in, len);
	copy = fuzz_palloc(len + 1);
	memcpy(copy, in, len);
	copy[len] = '\0';
	return copy;
}

char *
fuzz_pstrdup(const char *in)
{
	return fuzz_pnstrdup(in, strlen(in));
}

void
fuzz_alloc_mark(void)
{
	most = in_use;
}

size_t
fuzz_alloc_most(void)
{
	return most;
}
