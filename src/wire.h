/*
 * wire.h
 *	  Bounds-checked reader and writer of the packed forms.
 *
 * Packed values are byte strings that do not depend on the machine: varints
 * (7 bits a byte, low group first, at most 10 bytes, no useless trailing zero
 * group), zigzag for signed numbers, doubles as 8 bytes little-endian, byte
 * strings with their length in front.  The reader needs no server: it never
 * allocates and never raises; after any violation `bad` is set, every later
 * read gives zero, and the caller checks `bad` once.
 */
#ifndef JOURNEY_WIRE_H
#define JOURNEY_WIRE_H

#include "lib/stringinfo.h"

typedef struct WireReader
{
	const uint8 *next;
	const uint8 *end;
	bool		bad;
} WireReader;

static inline void
wire_open(WireReader *r, const void *data, size_t len)
{
	r->next = (const uint8 *) data;
	r->end = r->next + len;
	r->bad = false;
}

static inline size_t
wire_left(const WireReader *r)
{
	return (size_t) (r->end - r->next);
}

/* Marks the value as broken and moves to its end. */
static inline void
wire_fail(WireReader *r)
{
	r->bad = true;
	r->next = r->end;
}

static inline uint8
wire_get_byte(WireReader *r)
{
	if (r->next >= r->end)
	{
		wire_fail(r);
		return 0;
	}
	return *r->next++;
}

extern uint64 wire_get_uint_slow(WireReader *r);

static inline uint64
wire_get_uint(WireReader *r)
{
	if (r->next < r->end && *r->next < 0x80)
		return *r->next++;
	return wire_get_uint_slow(r);
}

static inline int64
wire_get_int(WireReader *r)
{
	uint64		u = wire_get_uint(r);

	return (int64) (u >> 1) ^ -(int64) (u & 1);
}

/* A count of things that take at least one byte each: never past the end. */
static inline size_t
wire_get_count(WireReader *r)
{
	uint64		n = wire_get_uint(r);

	if (n > wire_left(r))
	{
		wire_fail(r);
		return 0;
	}
	return (size_t) n;
}

extern double wire_get_double(WireReader *r);
extern const char *wire_get_bytes(WireReader *r, size_t *len);

extern void wire_put_uint(StringInfo buf, uint64 v);
extern void wire_put_int(StringInfo buf, int64 v);
extern void wire_put_double(StringInfo buf, double v);
extern void wire_put_bytes(StringInfo buf, const void *data, size_t len);

#endif							/* JOURNEY_WIRE_H */
