/*
 * timeline_load.c
 *	  timelines(source, key): one timeline for each customer of a query.
 *
 * Rows go from the query's slots straight into a population, as those of the
 * aggregate funnel() do: no state for each customer, no sorting of all rows.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "compat.h"
#include "customers.h"
#include "event_check.h"
#include "load_pack.h"

#define MIN_COLUMNS 3

/* columns of the source */
enum
{
	COL_CUSTOMER,
	COL_AT,
	COL_EVENT,
	COL_VALUE,
	COL_CHANNEL,
	COL_FEELING,
	MAX_COLUMNS
};

/* What each column must be; the customer's depends on the key. */
typedef struct SourceColumn
{
	const char *name;
	Oid			type;
	const char *cast;			/* for the hint */
} SourceColumn;

static const SourceColumn source_columns[MAX_COLUMNS] = {
	{"customer", InvalidOid, NULL},
	{"at", TIMESTAMPTZOID, "at AT TIME ZONE 'UTC' for a timestamp"},
	{"event", TEXTOID, "event::text"},
	{"value", FLOAT8OID, "value::float8"},
	{"channel", TEXTOID, "channel::text"},
	{"feeling", FLOAT8OID, "feeling::float8"},
};

typedef struct Load
{
	DestReceiver receiver;		/* must be first */
	MemoryContext cxt;
	KeyKind		kind;
	Oid			key_type;
	Oid			customer_type;	/* of the source: also smaller integers */
	int			n_columns;
	SpillPool  *pool;
	Population *pop;
	LoadNames	names;
	LoadNames	channels;
	uint64		code_end;		/* first code that the streams cannot hold */
	/* the result */
	ReturnSetInfo *rsinfo;
	CustomerKey key;			/* of the customer being visited */
	LoadPacker *packer;
	struct varlena *key_text;
	size_t		key_room;
} Load;

/* ---------- rows ---------- */

static void
open_population(Load *load, int code_width)
{
	EventForm	form = {load->kind, (uint8) code_width,
	load->n_columns > COL_VALUE, TOUCH_NONE};

	load->pop = MemoryContextAlloc(load->cxt, sizeof(Population));
	population_init(load->pop, load->cxt, load->pool, form);
	load->code_end = (code_width == sizeof(uint64)) ? PG_UINT64_MAX :
		UINT64CONST(1) << (8 * code_width);
}

/* More names than a code has room for: names come early, so this is cheap. */
static pg_noinline void
widen_codes(Load *load)
{
	Population *old = load->pop;

	open_population(load, 2 * old->form.code_width);
	for (int i = 0; i < 1 << old->bits; i++)
		population_add_partition(load->pop, old, &old->parts[i]);
	population_free(old);
	pfree(old);
}

/* A name's code; a long text may be compressed, or elsewhere. */
static inline uint32
name_code(LoadNames *names, Datum value)
{
	struct varlena *given = (struct varlena *) DatumGetPointer(value);
	struct varlena *name = given;
	uint32		code;

	if (!VARATT_IS_SHORT(given) || VARATT_IS_EXTERNAL(given))
		name = pg_detoast_datum_packed(given);
	code = load_names_find(names, VARDATA_ANY(name),
						   (uint32) VARSIZE_ANY_EXHDR(name));
	if (unlikely(name != given))
		pfree(name);
	return code;
}

static inline int64
number_of(const Load *load, Datum customer)
{
	if (load->customer_type == INT8OID)
		return DatumGetInt64(customer);
	if (load->customer_type == INT4OID)
		return DatumGetInt32(customer);
	return DatumGetInt16(customer);
}

/* Channel and feeling, as the code has them. */
static uint64
wide_code(Load *load, const TupleTableSlot *slot, uint32 name)
{
	uint32		channel = 0;
	int32		feeling = 0;

	if (!slot->tts_isnull[COL_CHANNEL])
		channel = name_code(&load->channels,
							slot->tts_values[COL_CHANNEL]) + 1;
	if (load->n_columns > COL_FEELING && !slot->tts_isnull[COL_FEELING])
	{
		feeling = FEELING_SCALE + 1;
		feeling += event_feeling_millionths
			(DatumGetFloat8(slot->tts_values[COL_FEELING]));
	}
	return load_code(name, channel, (uint32) feeling);
}

/* One row.  kind is a constant in every caller. */
static pg_attribute_always_inline bool
receive(TupleTableSlot *slot, Load *load, KeyKind kind)
{
	text	   *customer = NULL;
	CustomerKey key = {0};
	int64		at;
	int64		value = MATCH_NO_VALUE;
	uint64		code;

	slot_getallattrs(slot);
	if (slot->tts_isnull[COL_CUSTOMER] || slot->tts_isnull[COL_AT] ||
		slot->tts_isnull[COL_EVENT])
		return true;
	at = DatumGetTimestampTz(slot->tts_values[COL_AT]);
	check_event_time(at);
	if (load->n_columns > COL_VALUE && !slot->tts_isnull[COL_VALUE])
	{
		double		given = DatumGetFloat8(slot->tts_values[COL_VALUE]);

		value = load_value(given, event_value_millionths(given));
	}
	code = name_code(&load->names, slot->tts_values[COL_EVENT]);
	if (load->n_columns > COL_CHANNEL)
		code = wide_code(load, slot, (uint32) code);
	else if (unlikely(code >= load->code_end))
		widen_codes(load);
	if (kind == KEY_INT8)
		key.number = number_of(load, slot->tts_values[COL_CUSTOMER]);
	else if (kind == KEY_UUID)
	{
		key.bytes = (const char *)
			DatumGetUUIDP(slot->tts_values[COL_CUSTOMER])->data;
		key.len = UUID_LEN;
	}
	else
	{
		customer = DatumGetTextPP(slot->tts_values[COL_CUSTOMER]);
		key.bytes = VARDATA_ANY(customer);
		key.len = (uint32) VARSIZE_ANY_EXHDR(customer);
	}
	population_add(load->pop, kind, &key, key_hash(kind, &key), at, code,
				   value, NULL);
	if (kind == KEY_TEXT &&
		unlikely(PointerGetDatum(customer) !=
				 slot->tts_values[COL_CUSTOMER]))
		pfree(customer);
	return true;
}

static bool
receive_int8(TupleTableSlot *slot, DestReceiver *self)
{
	return receive(slot, (Load *) self, KEY_INT8);
}

static bool
receive_uuid(TupleTableSlot *slot, DestReceiver *self)
{
	return receive(slot, (Load *) self, KEY_UUID);
}

static bool
receive_text(TupleTableSlot *slot, DestReceiver *self)
{
	return receive(slot, (Load *) self, KEY_TEXT);
}

/* ---------- the source ---------- */

static void
refuse_column(const Load *load, int i, Oid type)
{
	const SourceColumn *column = &source_columns[i];
	Oid			wanted = column->type;
	const char *cast = column->cast;

	if (i == COL_CUSTOMER)
	{
		wanted = load->key_type;
		cast = psprintf("customer::%s, or give a key of another type",
						format_type_be(wanted));
	}
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column %d of the source of timelines(), \"%s\", must be "
					"of type %s, not %s", i + 1, column->name,
					format_type_be(wanted), format_type_be(type)),
			 errhint("Cast it in the source: %s.", cast)));
}

/* As the executor casts implicitly, where that changes no byte. */
static bool
column_fits(const Load *load, int i, Oid type)
{
	Oid			wanted = source_columns[i].type;

	if (i == COL_CUSTOMER)
		wanted = load->key_type;
	return type == wanted || (wanted == TEXTOID && type == VARCHAROID) ||
		(wanted == INT8OID && (type == INT4OID || type == INT2OID));
}

static void
receive_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	Load	   *load = (Load *) self;

	if (desc->natts < MIN_COLUMNS || desc->natts > MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the source of timelines() must have 3 to 6 columns, "
						"not %d", desc->natts),
				 errhint("Give SELECT customer, at, event [, value [, channel "
						 "[, feeling]]].")));
	load->n_columns = desc->natts;
	for (int i = 0; i < desc->natts; i++)
	{
		Oid			type = getBaseType(TupleDescAttr(desc, i)->atttypid);

		if (!column_fits(load, i, type))
			refuse_column(load, i, type);
		if (i == COL_CUSTOMER)
			load->customer_type = type;
	}
	open_population(load, (load->n_columns > COL_CHANNEL) ?
					sizeof(uint64) : 1);
}

static void
receive_nothing(DestReceiver *self)
{
}

/* A single SELECT that changes and locks nothing. */
static bool
only_reads(SPIPlanPtr plan)
{
	List	   *sources = SPI_plan_get_plan_sources(plan);
	CachedPlanSource *source;
	Query	   *query;

	if (list_length(sources) != 1)
		return false;
	source = linitial(sources);
	if (list_length(source->query_list) != 1)
		return false;
	query = linitial_node(Query, source->query_list);
	return query->commandType == CMD_SELECT && query->rowMarks == NIL &&
		!query->hasModifyingCTE;
}

static void
read_source(Load *load, const char *source)
{
	SPIExecuteOptions options = {0};
	SPIPlanPtr	plan;
	int			result;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = SPI_prepare_cursor(source, 0, NULL, CURSOR_OPT_PARALLEL_OK);
	if (plan == NULL || !only_reads(plan))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the source of timelines() must be one SELECT"),
				 errdetail("It is run with what the calling query sees, and "
						   "must not change or lock anything."),
				 errhint("Give SELECT customer, at, event [, value [, channel "
						 "[, feeling]]] FROM ...")));
	options.read_only = true;
	options.must_return_tuples = true;
	options.dest = &load->receiver;
	result = SPI_execute_plan_extended(plan, &options);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "the source of timelines() failed: %s",
			 SPI_result_code_string(result));
	SPI_finish();
}

/* ---------- the result ---------- */

static Datum
customer_datum(Load *load)
{
	size_t		size = VARHDRSZ + (size_t) load->key.len;

	if (load->kind == KEY_INT8)
		return Int64GetDatum(load->key.number);
	if (load->kind == KEY_UUID)
		return PointerGetDatum(load->key.bytes);
	if (size > load->key_room)
	{
		if (load->key_text != NULL)
			pfree(load->key_text);
		load->key_room = Max(size, 64);
		load->key_text = MemoryContextAlloc(load->cxt, load->key_room);
	}
	SET_VARSIZE(load->key_text, size);
	memcpy(VARDATA(load->key_text), load->key.bytes, load->key.len);
	return PointerGetDatum(load->key_text);
}

static void
put_result(Load *load, struct varlena *timeline)
{
	Datum		values[2];
	bool		nulls[2] = {false, false};

	values[0] = customer_datum(load);
	values[1] = PointerGetDatum(timeline);
	tuplestore_putvalues(load->rsinfo->setResult, load->rsinfo->setDesc,
						 values, nulls);
}

static void
visit(void *arg, const MatchSpan *span)
{
	Load	   *load = arg;

	put_result(load, load_pack(load->packer, span));
}

static void
visit_giant(void *arg, Giant *giant)
{
	Load	   *load = arg;

	put_result(load, load_pack_giant(load->packer, giant));
}

static void
put_timelines(Load *load)
{
	CodeSpace	space = {0};
	CustomerVisitor visitor = {visit, visit_giant, load, &load->key};

	space.wide = load->n_columns > COL_CHANNEL;
	load_names_rank(&load->names);
	load_names_rank(&load->channels);
	load->packer = load_packer_make(&load->names, &load->channels,
									space.wide);
	customers_visit(load->pop, &space, &visitor);
}

static void
set_key_type(Load *load, FunctionCallInfo fcinfo)
{
	load->key_type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	load->receiver.receiveSlot = receive_int8;
	if (load->key_type == INT8OID)
		load->kind = KEY_INT8;
	else if (load->key_type == UUIDOID)
	{
		load->kind = KEY_UUID;
		load->receiver.receiveSlot = receive_uuid;
	}
	else if (load->key_type == TEXTOID)
	{
		load->kind = KEY_TEXT;
		load->receiver.receiveSlot = receive_text;
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("timelines() has no keys of type %s",
						OidIsValid(load->key_type) ?
						format_type_be(load->key_type) : "unknown"),
				 errhint("Give NULL::bigint for integers, NULL::uuid for "
						 "uuid, else NULL::text with customer::text in the "
						 "source.")));
}

PG_FUNCTION_INFO_V1(journey_timelines);

Datum
journey_timelines(PG_FUNCTION_ARGS)
{
	MemoryContext cxt;
	MemoryContext old;
	Load	   *load;

	InitMaterializedSRF(fcinfo, 0);
	cxt = AllocSetContextCreate(CurrentMemoryContext, "journey timelines",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(cxt);
	load = palloc0(sizeof(Load));
	load->cxt = cxt;
	load->rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	set_key_type(load, fcinfo);
	if (!PG_ARGISNULL(0))
	{
		load->receiver.rStartup = receive_startup;
		load->receiver.rShutdown = receive_nothing;
		load->receiver.rDestroy = receive_nothing;
		load->receiver.mydest = DestTuplestore;
		load->pool = spill_make(cxt, get_hash_memory_limit());
		load_names_init(&load->names, cxt, "events", LOAD_MAX_NAMES);
		load_names_init(&load->channels, cxt, "channels", LOAD_MAX_CHANNELS);
		read_source(load, text_to_cstring(PG_GETARG_TEXT_PP(0)));
		put_timelines(load);
		spill_close(load->pool);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
	PG_RETURN_NULL();
}
