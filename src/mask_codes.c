/*
 * mask_codes.c
 *	  Small codes for sets of stages, given out as the sets come up.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "mask_codes.h"
#include "population.h"

typedef struct MaskCode
{
	uint64		mask;
	uint32		code;
	char		status;
} MaskCode;

#define SH_PREFIX mask_code
#define SH_ELEMENT_TYPE MaskCode
#define SH_KEY_TYPE uint64
#define SH_KEY mask
#define SH_HASH_KEY(tb, key) ((uint32) mix_bits(key))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct MaskCodes
{
	MemoryContext cxt;			/* of what follows */
	mask_code_hash *hash;
	uint64	   *masks;
	uint32		n;
	uint32		room;
	uint64		last_mask;		/* rows often repeat the one before */
	uint32		last_code;
};

MaskCodes *
mask_codes_make(void)
{
	MaskCodes  *codes = palloc0(sizeof(MaskCodes));

	codes->cxt = AllocSetContextCreate(CurrentMemoryContext,
									   "journey sets of stages",
									   ALLOCSET_SMALL_SIZES);
	mask_codes_reset(codes);
	return codes;
}

void
mask_codes_reset(MaskCodes *codes)
{
	MemoryContext old;

	MemoryContextReset(codes->cxt);
	old = MemoryContextSwitchTo(codes->cxt);
	codes->hash = mask_code_create(codes->cxt, 16, NULL);
	codes->n = 0;
	codes->room = 16;
	codes->masks = palloc(sizeof(uint64) * codes->room);
	MemoryContextSwitchTo(old);
}

uint32
mask_codes_find(MaskCodes *codes, uint64 mask)
{
	bool		found;
	MaskCode   *entry;

	if (mask == codes->last_mask && codes->n > 0)
		return codes->last_code;
	entry = mask_code_insert(codes->hash, mask, &found);
	if (!found)
	{
		if (codes->n == codes->room)
		{
			codes->room *= 2;
			codes->masks = repalloc_huge(codes->masks,
										 sizeof(uint64) * codes->room);
		}
		codes->masks[codes->n] = mask;
		entry->code = codes->n++;
	}
	codes->last_mask = mask;
	codes->last_code = entry->code;
	return entry->code;
}

const uint64 *
mask_codes_masks(const MaskCodes *codes)
{
	return codes->masks;
}
