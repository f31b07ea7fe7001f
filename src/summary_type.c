/*
 * summary_type.c
 *	  The SQL type funnel: input, output, casts, addition.
 */
#include "postgres.h"

#include "compat.h"
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
PG_FUNCTION_INFO_V1(journey_funnel_to_json);
PG_FUNCTION_INFO_V1(journey_funnel_to_jsonb);
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
	FunnelSummary *summary = summary_unpack_bytes(data, len);

	PG_RETURN_POINTER(summary_pack(summary));
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
	summary_merge(sum, b);
	PG_RETURN_POINTER(summary_pack(sum));
}
