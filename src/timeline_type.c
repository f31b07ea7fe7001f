/*
 * timeline_type.c
 *	  The SQL type timeline: input, output, casts, merging.
 */
#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "timeline.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(journey_timeline_in);
PG_FUNCTION_INFO_V1(journey_timeline_out);
PG_FUNCTION_INFO_V1(journey_timeline_recv);
PG_FUNCTION_INFO_V1(journey_timeline_to_json);
PG_FUNCTION_INFO_V1(journey_timeline_to_jsonb);
PG_FUNCTION_INFO_V1(journey_timeline_merge);

Datum
journey_timeline_in(PG_FUNCTION_ARGS)
{
	struct varlena *packed = timeline_from_json(PG_GETARG_CSTRING(0),
												fcinfo->context);

	if (packed == NULL)
		PG_RETURN_NULL();		/* after a soft error */
	PG_RETURN_POINTER(packed);
}

static StringInfo
timeline_json(FunctionCallInfo fcinfo)
{
	StringInfo	buf = makeStringInfo();

	timeline_to_json(buf, GETARG_TIMELINE(0));
	return buf;
}

Datum
journey_timeline_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(timeline_json(fcinfo)->data);
}

Datum
journey_timeline_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;
	const char *data = pq_getmsgbytes(buf, len);

	(void) timeline_check(data, len, NULL);
	PG_RETURN_BYTEA_P(cstring_to_text_with_len(data, len));
}

Datum
journey_timeline_to_json(PG_FUNCTION_ARGS)
{
	StringInfo	buf = timeline_json(fcinfo);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(buf->data, buf->len));
}

Datum
journey_timeline_to_jsonb(PG_FUNCTION_ARGS)
{
	StringInfo	buf = timeline_json(fcinfo);

	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf->data));
}

/* merge(timeline, timeline) */
Datum
journey_timeline_merge(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(timeline_merge(GETARG_TIMELINE(0), GETARG_TIMELINE(1),
									 true));
}
