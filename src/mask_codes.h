/*
 * mask_codes.h
 *	  Small codes for sets of stages, given out as the sets come up.
 */
#ifndef JOURNEY_MASK_CODES_H
#define JOURNEY_MASK_CODES_H

#include "postgres.h"

typedef struct MaskCodes MaskCodes;

extern MaskCodes *mask_codes_make(void);
extern uint32 mask_codes_find(MaskCodes *codes, uint64 mask);

/* Forgets all codes: they are good for one partition or span. */
extern void mask_codes_reset(MaskCodes *codes);

/* By code; moves when codes are added. */
extern const uint64 *mask_codes_masks(const MaskCodes *codes);

#endif							/* JOURNEY_MASK_CODES_H */
