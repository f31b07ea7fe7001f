/*
 * compat.h
 *	  Everything that differs between PostgreSQL 15 and 19.  No other file
 *	  looks at PG_VERSION_NUM.
 */
#ifndef JOURNEY_COMPAT_H
#define JOURNEY_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "journey needs PostgreSQL 15 or later"
#endif

/* in 19 no other header brings these along */
#include "access/htup_details.h"
#include "utils/tuplestore.h"

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
/* a type's input function; false after a soft error */
#define compat_input(func, str, escontext, result) \
	DirectInputFunctionCallSafe(func, unconstify(char *, str), InvalidOid, \
								-1, escontext, result)
/* what the JSON parser calls tells by its result if to go on */
#define compat_json_result JsonParseErrorType
#define compat_json_return(ok) \
	return (ok) ? JSON_SUCCESS : JSON_SEM_ACTION_FAILED
#define compat_parse_json(lex, sem, escontext) \
	pg_parse_json_or_errsave(lex, sem, escontext)
#else
/* no soft errors yet: report hard, and never return */
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)

#include "storage/buffile.h"

/* a short read of a temporary file is an error */
static inline void
BufFileReadExact(BufFile *file, void *ptr, size_t size)
{
	size_t		got = BufFileRead(file, ptr, size);

	if (got != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file: read only "
						"%zu of %zu bytes", got, size)));
}
#define compat_input(func, str, escontext, result) \
	((void) (escontext), \
	 *(result) = DirectFunctionCall1(func, CStringGetDatum(str)), true)
#define compat_json_result void
#define compat_json_return(ok) \
	do { (void) (ok); return; } while (0)
#define compat_parse_json(lex, sem, escontext) \
	((void) (escontext), pg_parse_json_or_ereport(lex, sem), true)
#endif

/* a JSON parser's input, whose strings are wanted without their escapes */
#if PG_VERSION_NUM >= 170000
#define compat_json_lexer(str, len, encoding) \
	makeJsonLexContextCstringLen(NULL, str, len, encoding, true)
#else
#define compat_json_lexer(str, len, encoding) \
	makeJsonLexContextCstringLen(unconstify(char *, str), (int) (len), \
								 encoding, true)
#endif

/* intervals can be infinite since 17 */
#if PG_VERSION_NUM < 170000
#define INTERVAL_NOT_FINITE(interval) ((void) (interval), false)
#endif

#endif							/* JOURNEY_COMPAT_H */
