/*
 * packed.c
 *	  Comparison of packed values: stages, journeys, funnels and timelines.
 *
 * A value has one packed form, so its bytes decide.  Equality and hashing are
 * what this is for; the order has no meaning of its own.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "compat.h"
#include "fmgr.h"

#define GETARG_PACKED(n) \
	((struct varlena *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))

PG_FUNCTION_INFO_V1(journey_packed_eq);
PG_FUNCTION_INFO_V1(journey_packed_ne);
PG_FUNCTION_INFO_V1(journey_packed_lt);
PG_FUNCTION_INFO_V1(journey_packed_le);
PG_FUNCTION_INFO_V1(journey_packed_gt);
PG_FUNCTION_INFO_V1(journey_packed_ge);
PG_FUNCTION_INFO_V1(journey_packed_cmp);
PG_FUNCTION_INFO_V1(journey_packed_hash);
PG_FUNCTION_INFO_V1(journey_packed_hash_extended);

/* bytes first, then length */
static int
packed_cmp(FunctionCallInfo fcinfo)
{
	struct varlena *a = GETARG_PACKED(0);
	struct varlena *b = GETARG_PACKED(1);
	size_t		a_len = VARSIZE_ANY_EXHDR(a);
	size_t		b_len = VARSIZE_ANY_EXHDR(b);
	int			result = memcmp(VARDATA_ANY(a), VARDATA_ANY(b),
								Min(a_len, b_len));

	if (result == 0)
		result = (a_len > b_len) - (a_len < b_len);

	/* an index compares many */
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return result;
}

Datum
journey_packed_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(packed_cmp(fcinfo) == 0);
}

Datum
journey_packed_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(packed_cmp(fcinfo) != 0);
}

Datum
journey_packed_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(packed_cmp(fcinfo) < 0);
}

Datum
journey_packed_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(packed_cmp(fcinfo) <= 0);
}

Datum
journey_packed_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(packed_cmp(fcinfo) > 0);
}

Datum
journey_packed_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(packed_cmp(fcinfo) >= 0);
}

Datum
journey_packed_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(packed_cmp(fcinfo));
}

Datum
journey_packed_hash(PG_FUNCTION_ARGS)
{
	struct varlena *a = GETARG_PACKED(0);
	Datum		result = hash_any((unsigned char *) VARDATA_ANY(a),
								  VARSIZE_ANY_EXHDR(a));

	PG_FREE_IF_COPY(a, 0);
	return result;
}

Datum
journey_packed_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *a = GETARG_PACKED(0);
	Datum		result = hash_any_extended((unsigned char *) VARDATA_ANY(a),
										   VARSIZE_ANY_EXHDR(a),
										   (uint64) PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(a, 0);
	return result;
}
