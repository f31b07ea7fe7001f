/*
 * alloc.h
 *	  Included before everything else where the extension is built for fuzzing:
 *	  what it allocates comes from malloc, so that AddressSanitizer sees every
 *	  block's end and every use after a context's reset.
 */
#define palloc fuzz_palloc
#define palloc0 fuzz_palloc0
#define palloc_extended fuzz_palloc_extended
#define repalloc fuzz_repalloc
#define repalloc_huge fuzz_repalloc_huge
#define pfree fuzz_pfree
#define pstrdup fuzz_pstrdup
#define pnstrdup fuzz_pnstrdup
#define MemoryContextAlloc fuzz_MemoryContextAlloc
#define MemoryContextAllocZero fuzz_MemoryContextAllocZero
#define MemoryContextAllocExtended fuzz_MemoryContextAllocExtended
#define MemoryContextAllocHuge fuzz_MemoryContextAllocHuge
