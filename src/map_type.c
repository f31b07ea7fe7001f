/*
 * map_type.c
 *	  The SQL types stage and journey: input, output, casts.
 */
#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "map.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(journey_map_in);
PG_FUNCTION_INFO_V1(journey_stage_in);
PG_FUNCTION_INFO_V1(journey_map_out);
PG_FUNCTION_INFO_V1(journey_map_recv);
PG_FUNCTION_INFO_V1(journey_stage_recv);
PG_FUNCTION_INFO_V1(journey_map_send);
PG_FUNCTION_INFO_V1(journey_map_to_json);
PG_FUNCTION_INFO_V1(journey_map_to_jsonb);
PG_FUNCTION_INFO_V1(journey_map_from_json);
PG_FUNCTION_INFO_V1(journey_stage_from_json);
PG_FUNCTION_INFO_V1(journey_map_from_jsonb);
PG_FUNCTION_INFO_V1(journey_stage_from_jsonb);

#define GETARG_PACKED(n) \
	((struct varlena *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))

static Datum
input(FunctionCallInfo fcinfo, char kind)
{
	JourneyMap *map = map_from_text(PG_GETARG_CSTRING(0), kind,
									fcinfo->context);

	if (map == NULL)
		PG_RETURN_NULL();		/* after a soft error */
	PG_RETURN_POINTER(map_pack(map));
}

Datum
journey_map_in(PG_FUNCTION_ARGS)
{
	return input(fcinfo, MAP_KIND_JOURNEY);
}

Datum
journey_stage_in(PG_FUNCTION_ARGS)
{
	return input(fcinfo, MAP_KIND_STAGE);
}

Datum
journey_map_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(map_to_text(map_unpack(GETARG_PACKED(0))));
}

static Datum
receive(FunctionCallInfo fcinfo, char kind)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;
	const char *data = pq_getmsgbytes(buf, len);

	PG_RETURN_POINTER(map_pack(map_unpack_bytes(data, len, kind, NULL)));
}

Datum
journey_map_recv(PG_FUNCTION_ARGS)
{
	return receive(fcinfo, MAP_KIND_JOURNEY);
}

Datum
journey_stage_recv(PG_FUNCTION_ARGS)
{
	return receive(fcinfo, MAP_KIND_STAGE);
}

/* The packed bytes, which are the same on every machine. */
Datum
journey_map_send(PG_FUNCTION_ARGS)
{
	struct varlena *packed = GETARG_PACKED(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static StringInfo
json_form(FunctionCallInfo fcinfo)
{
	StringInfo	buf = makeStringInfo();

	map_to_json(buf, map_unpack(GETARG_PACKED(0)));
	return buf;
}

Datum
journey_map_to_json(PG_FUNCTION_ARGS)
{
	StringInfo	buf = json_form(fcinfo);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(buf->data, buf->len));
}

Datum
journey_map_to_jsonb(PG_FUNCTION_ARGS)
{
	StringInfo	buf = json_form(fcinfo);

	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf->data));
}

static Datum
from_json(FunctionCallInfo fcinfo, char kind)
{
	char	   *str = TextDatumGetCString(PG_GETARG_DATUM(0));

	PG_RETURN_POINTER(map_pack(map_from_json(str, kind, NULL)));
}

Datum
journey_map_from_json(PG_FUNCTION_ARGS)
{
	return from_json(fcinfo, MAP_KIND_JOURNEY);
}

Datum
journey_stage_from_json(PG_FUNCTION_ARGS)
{
	return from_json(fcinfo, MAP_KIND_STAGE);
}

static Datum
from_jsonb(FunctionCallInfo fcinfo, char kind)
{
	Jsonb	   *jsonb = PG_GETARG_JSONB_P(0);

	PG_RETURN_POINTER(map_pack(map_from_jsonb((struct varlena *) jsonb, kind,
											  NULL)));
}

Datum
journey_map_from_jsonb(PG_FUNCTION_ARGS)
{
	return from_jsonb(fcinfo, MAP_KIND_JOURNEY);
}

Datum
journey_stage_from_jsonb(PG_FUNCTION_ARGS)
{
	return from_jsonb(fcinfo, MAP_KIND_STAGE);
}
