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

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#else
/* no soft errors yet: report hard, and never return */
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#define errsave(context, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#define SOFT_ERROR_OCCURRED(context) (false)
#endif

#endif							/* JOURNEY_COMPAT_H */
