/*
 * fuzz.h
 *	  What the parts of the fuzzer know of each other.
 */
#ifndef JOURNEY_FUZZ_H
#define JOURNEY_FUZZ_H

/* alloc.c: what alloc.h puts in place of the server's functions */
extern void *fuzz_palloc(Size size);
extern void *fuzz_palloc0(Size size);
extern void *fuzz_palloc_extended(Size size, int flags);
extern void *fuzz_repalloc(void *pointer, Size size);
extern void *fuzz_repalloc_huge(void *pointer, Size size);
extern void fuzz_pfree(void *pointer);
extern char *fuzz_pstrdup(const char *in);
extern char *fuzz_pnstrdup(const char *in, Size len);
extern void *fuzz_MemoryContextAlloc(MemoryContext context, Size size);
extern void *fuzz_MemoryContextAllocZero(MemoryContext context, Size size);
extern void *fuzz_MemoryContextAllocExtended(MemoryContext context, Size size,
											 int flags);
extern void *fuzz_MemoryContextAllocHuge(MemoryContext context, Size size);

/* The most bytes in use since the mark. */
extern void fuzz_alloc_mark(void);
extern size_t fuzz_alloc_most(void);

/* Something that must hold does not: says so, and stops as after a crash. */
extern void fuzz_broken(const char *format,...) pg_attribute_printf(1, 2) pg_attribute_noreturn();

/* matcher.c */
extern void fuzz_matcher(const uint8 *data, size_t size);

#endif							/* JOURNEY_FUZZ_H */
