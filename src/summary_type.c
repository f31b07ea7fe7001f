/*
 * summary_type.c
 *	  The SQL type funnel: input, output, order, casts, addition.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "summary.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#define GETARG_FUNNEL(n) \
	((struct varlena *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))

PG_FUNCTION_INFO_V1(journey_funnel_in);
PG_FUNCTION_INFO_V1(journey_funnel_out);
PG_FUNCTION_INFO_V1(journey_funnel_recv);
PG_FUNCTION_INFO_V1(journey_funnel_send);
PG_FUNCTION_INFO_V1(journey_funnel_to_json);
PG_FUNCTION_INFO_V1(journey_funnel_to_jsonb);
PG_FUNCTION_INFO_V1(journey_funnel_eq);
PG_FUNCTION_INFO_V1(journey_funnel_ne);
PG_FUNCTION_INFO_V1(journey_funnel_lt);
PG_FUNCTION_INFO_V1(journey_funnel_le);
PG_FUNCTION_INFO_V1(journey_funnel_gt);
PG_FUNCTION_INFO_V1(journey_funnel_ge);
PG_FUNCTION_INFO_V1(journey_funnel_cmp);
PG_FUNCTION_INFO_V1(journey_funnel_hash);
PG_FUNCTION_INFO_V1(journey_funnel_hash_extended);
PG_FUNCTION_INFO_V1(journey_funnel_add);

Datum
journey_funnel_in(PG_FUNCTION_ARGS)
{
	FunnelSummary *summary = summary_from_json(PG_GETARG_CSTRING(0),
											   fcinfo->context);

	if (summary == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(summary_pack(summary));
}

static StringInfo
funnel_json(const struct varlena *packed)
{
	StringInfo	buf = makeStringInfo();

	summary_to_json(buf, summary_unpack(packed));
	return buf;
}

Datum
journey_funnel_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(funnel_json(GETARG_FUNNEL(0))->data);
}

Datum
journey_funnel_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;
	const char *data = pq_getmsgbytes(buf, len);
	FunnelSummary *summary = summary_unpack_bytes(data, len, NULL);

	PG_RETURN_POINTER(summary_pack(summary));
}

Datum
journey_funnel_send(PG_FUNCTION_ARGS)
{
	struct varlena *packed = GETARG_FUNNEL(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

Datum
journey_funnel_to_json(PG_FUNCTION_ARGS)
{
	StringInfo	buf = funnel_json(GETARG_FUNNEL(0));

	PG_RETURN_TEXT_P(cstring_to_text_with_len(buf->data, buf->len));
}

Datum
journey_funnel_to_jsonb(PG_FUNCTION_ARGS)
{
	StringInfo	buf = funnel_json(GETARG_FUNNEL(0));

	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf->data));
}

/* By their bytes: equality is what matters, the order has no meaning. */
static int
funnel_cmp(FunctionCallInfo fcinfo)
{
	struct varlena *a = GETARG_FUNNEL(0);
	struct varlena *b = GETARG_FUNNEL(1);
	size_t		a_len = VARSIZE_ANY_EXHDR(a);
	size_t		b_len = VARSIZE_ANY_EXHDR(b);
	int			result = memcmp(VARDATA_ANY(a), VARDATA_ANY(b),
								Min(a_len, b_len));

	if (result == 0)
		result = (a_len > b_len) - (a_len < b_len);

	/* a merge join compares many */
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return result;
}

Datum
journey_funnel_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(funnel_cmp(fcinfo) == 0);
}

Datum
journey_funnel_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(funnel_cmp(fcinfo) != 0);
}

Datum
journey_funnel_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(funnel_cmp(fcinfo) < 0);
}

Datum
journey_funnel_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(funnel_cmp(fcinfo) <= 0);
}

Datum
journey_funnel_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(funnel_cmp(fcinfo) > 0);
}

Datum
journey_funnel_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(funnel_cmp(fcinfo) >= 0);
}

Datum
journey_funnel_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(funnel_cmp(fcinfo));
}

Datum
journey_funnel_hash(PG_FUNCTION_ARGS)
{
	struct varlena *a = GETARG_FUNNEL(0);
	Datum		result = hash_any((unsigned char *) VARDATA_ANY(a),
								  VARSIZE_ANY_EXHDR(a));

	PG_FREE_IF_COPY(a, 0);
	return result;
}

Datum
journey_funnel_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *a = GETARG_FUNNEL(0);
	Datum		result = hash_any_extended((unsigned char *) VARDATA_ANY(a),
										   VARSIZE_ANY_EXHDR(a),
										   (uint64) PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(a, 0);
	return result;
}

/* The operator +; also both steps of rollup(), which may keep its state. */
Datum
journey_funnel_add(PG_FUNCTION_ARGS)
{
	struct varlena *b = GETARG_FUNNEL(1);
	FunnelSummary *sum;
	MemoryContext context;

	if (AggCheckCallContext(fcinfo, &context))
		return summary_rollup(PG_GETARG_DATUM(0), b, context);

	sum = summary_unpack(GETARG_FUNNEL(0));
	summary_merge_packed(sum, b);
	PG_RETURN_POINTER(summary_pack(sum));
}
