/*
 * wire.c
 *	  Bounds-checked reader and writer of the packed forms.
 */
#include "postgres.h"

#include "wire.h"

uint64
wire_get_uint_slow(WireReader *r)
{
	uint64		v = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		b = wire_get_byte(r);

		/* the tenth byte holds one bit */
		if (shift == 63 && b > 1)
			break;
		v |= (uint64) (b & 0x7F) << shift;
		if (b < 0x80)
		{
			/* one form a number: a trailing zero group is refused */
			if (b == 0 && shift > 0)
				break;
			return r->bad ? 0 : v;
		}
	}
	wire_fail(r);
	return 0;
}

double
wire_get_double(WireReader *r)
{
	uint64		bits = 0;
	double		v;

	if (wire_left(r) < 8)
	{
		wire_fail(r);
		return 0;
	}
	for (int i = 0; i < 8; i++)
		bits |= (uint64) r->next[i] << (8 * i);
	r->next += 8;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

const char *
wire_get_bytes(WireReader *r, size_t *len)
{
	const char *p;

	*len = wire_get_count(r);
	p = (const char *) r->next;
	r->next += *len;
	return p;
}

void
wire_put_uint(StringInfo buf, uint64 v)
{
	char		bytes[10];
	int			n = 0;

	while (v >= 0x80)
	{
		bytes[n++] = (char) (v | 0x80);
		v >>= 7;
	}
	bytes[n++] = (char) v;
	appendBinaryStringInfo(buf, bytes, n);
}

void
wire_put_int(StringInfo buf, int64 v)
{
	wire_put_uint(buf, ((uint64) v << 1) ^ (uint64) (v < 0 ? -1 : 0));
}

void
wire_put_double(StringInfo buf, double v)
{
	uint64		bits;
	char		bytes[8];

	memcpy(&bits, &v, sizeof(bits));
	for (int i = 0; i < 8; i++)
		bytes[i] = (char) (bits >> (8 * i));
	appendBinaryStringInfo(buf, bytes, 8);
}

void
wire_put_bytes(StringInfo buf, const void *data, size_t len)
{
	wire_put_uint(buf, len);
	appendBinaryStringInfo(buf, (const char *) data, (int) len);
}
