/*
 * main.c
 *	  libFuzzer inside a backend: hostile input for everything that reads
 *	  something from outside.
 *
 *	  fuzz(target text, arguments text[]) runs libFuzzer, which ends the backend
 *
 * A target is a type, and text or bytes that are read as a value of it.  What is
 * refused must be refused with a documented SQLSTATE; what is taken must be what
 * its own text and binary forms give back, and the functions over it must get
 * along with it.  Reading must not take more memory than a multiple of the
 * input's size.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parse_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "fuzz.h"

extern int	LLVMFuzzerRunDriver(int *argc, char ***argv,
								int (*run) (const uint8 *data, size_t size));

#define MAX_CHECKS	32
#define MEMORY_EACH 4096		/* for each byte of the input */
#define MEMORY_ALWAYS (1024 * 1024)

/* A target; each of its checks must not be false. */
typedef struct Target
{
	const char *name;
	const char *type;
	bool		binary;
	const char *checks[MAX_CHECKS];
} Target;

#define STAGE_CHECKS \
	"SELECT $1::json::stage = $1", \
	"SELECT $1::jsonb::stage = $1", \
	"SELECT journey(ARRAY[$1]) IS NOT NULL", \
	"SELECT xmlparse(document svg(journey(ARRAY[$1]))) IS NOT NULL"

#define JOURNEY_CHECKS \
	"SELECT $1::json::journey = $1", \
	"SELECT $1::jsonb::journey = $1", \
	"SELECT scope($1, as_of => '2026-01-01Z') IS NOT NULL", \
	"SELECT funnel($1, t) IS NOT NULL FROM some_timelines", \
	"SELECT count(*) > 0 FROM journey_map($1)", \
	"SELECT xmlparse(document svg($1)) IS NOT NULL", \
	"SELECT mermaid($1) IS NOT NULL"

#define FUNNEL_CHECKS \
	"SELECT $1::json::text = $1::text", \
	"SELECT $1::jsonb IS NOT NULL", \
	"SELECT count(*) > 0 FROM stages($1)", \
	"SELECT count(*) >= 0 FROM leaks($1)", \
	"SELECT count(*) >= 0 FROM leaks($1, 'recoverable', 0.5)", \
	"SELECT count(*) >= 0 FROM leaks($1, 'drop_off')", \
	"SELECT count(*) >= 0 FROM touchpoints($1)", \
	"SELECT conversion($1) BETWEEN 0 AND 1", \
	"SELECT time_to_convert($1, 0.9) >= '0'", \
	"SELECT customers($1) >= 0", \
	"SELECT bars($1) IS NOT NULL", \
	"SELECT xmlparse(document svg($1)) IS NOT NULL", \
	"SELECT mermaid($1) IS NOT NULL", \
	"SELECT vega_lite($1) IS NOT NULL", \
	"SELECT count(*) >= 0 FROM compare($1, $1)", \
	"SELECT count(*) > 0 FROM journey_map(journey($1), $1)", \
	"SELECT count(*) >= 0 FROM what_if($1, '{\"entrants\": 1.5}')", \
	"SELECT count(*) >= 0 FROM ways_to_gain($1, 1)", \
	"SELECT count(*) >= 0 FROM segment_leaks(ARRAY['x', 'y'], ARRAY[$1, $1])", \
	"SELECT journey($1) = journey($1 + $1)", \
	"SELECT rollup(f) = $1 FROM (VALUES ($1)) v(f)", \
	"SELECT $1 + $1 = rollup(f) FROM (VALUES ($1), ($1)) v(f)"

#define TIMELINE_CHECKS \
	"SELECT $1::json::text = $1::text", \
	"SELECT num_events($1) = count(*) FROM events($1)", \
	"SELECT slice($1, NULL, NULL) = $1", \
	"SELECT merge($1, $1) = merge($1, slice($1, first_at($1), NULL))", \
	"SELECT num_events($1 || $1) = 2 * num_events($1)", \
	"SELECT rollup(t) = $1 || $1 FROM (VALUES ($1), ($1)) v(t)", \
	"SELECT coalesce(sum(events), 0) = num_events($1) FROM sessions($1, '1 day')", \
	"SELECT last_at($1) AT TIME ZONE 'UTC' = first_at($1) AT TIME ZONE 'UTC' + span($1)", \
	"SELECT has_event($1, 'a') = bool_or(event = 'a') FROM events($1)", \
	"SELECT timeline(at, event, value, channel, feeling) = $1 FROM events($1)", \
	"SELECT two.f = one.f FROM some_journeys," \
	" LATERAL (SELECT funnel(j, t) f FROM (VALUES ($1)) v(t)) two," \
	" LATERAL (SELECT funnel(j, 1, at, event, value, channel, feeling) f FROM events($1)) one", \
	"SELECT count(*) <= (SELECT count(*) FROM some_journeys)" \
	" FROM some_journeys, progress(j, $1)", \
	"SELECT life_table(t, '2026-06-01Z', '1 day', '7 days') IS NOT NULL" \
	" FROM (VALUES ($1)) v(t)"

static const Target targets[] = {
	{"stage_text", "stage", false, {STAGE_CHECKS}},
	{"stage_binary", "stage", true, {STAGE_CHECKS}},
	{"journey_text", "journey", false, {JOURNEY_CHECKS}},
	{"journey_binary", "journey", true, {JOURNEY_CHECKS}},
	{"funnel_text", "funnel", false, {FUNNEL_CHECKS}},
	{"funnel_binary", "funnel", true, {FUNNEL_CHECKS}},
	{"timeline_text", "timeline", false, {TIMELINE_CHECKS}},
	{"timeline_binary", "timeline", true, {TIMELINE_CHECKS}},
	{"what_if", "jsonb", false, {
		"SELECT count(*) >= 0 FROM some_funnels, what_if(f, $1)"
	}},
	{"life_table_state", "bytea", true, {
		"SELECT life_table_final($1) IS NOT NULL",
		"SELECT life_table_combine($1, $1) IS NOT NULL"
	}},
	{"matcher", NULL}
};

static const Target *target;
static Oid	type_oid;
static Oid	in_param;
static FmgrInfo in_func;
static FmgrInfo out_func;
static FmgrInfo recv_func;
static FmgrInfo send_func;
static SPIPlanPtr plans[MAX_CHECKS];
static MemoryContext per_input;

void
fuzz_broken(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	fprintf(stderr, "BROKEN: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	__builtin_trap();
}

/* The codes that documentation allows for a value that is refused. */
static bool
documented(int code)
{
	return code == ERRCODE_INVALID_TEXT_REPRESENTATION ||
		code == ERRCODE_INVALID_BINARY_REPRESENTATION ||
		code == ERRCODE_INVALID_PARAMETER_VALUE ||
		code == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE ||
		code == ERRCODE_PROGRAM_LIMIT_EXCEEDED ||
		code == ERRCODE_FEATURE_NOT_SUPPORTED ||
		code == ERRCODE_UNTRANSLATABLE_CHARACTER ||
		code == ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
}

/* Blocks as large as what they hold, so that reading on is seen. */
static Datum
from_text(const char *s, size_t len)
{
	char	   *copy = fuzz_palloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return InputFunctionCall(&in_func, copy, in_param, -1);
}

static Datum
from_bytes(const char *bytes, size_t len)
{
	StringInfoData buf;

	buf.data = fuzz_palloc(len + 1);
	memcpy(buf.data, bytes, len);
	buf.data[len] = '\0';
	buf.len = (int) len;
	buf.maxlen = (int) len + 1;
	buf.cursor = 0;
	return ReceiveFunctionCall(&recv_func, &buf, in_param, -1);
}

static bool
same(Datum a, Datum b)
{
	struct varlena *x = PG_DETOAST_DATUM_PACKED(a);
	struct varlena *y = PG_DETOAST_DATUM_PACKED(b);

	return VARSIZE_ANY_EXHDR(x) == VARSIZE_ANY_EXHDR(y) &&
		memcmp(VARDATA_ANY(x), VARDATA_ANY(y), VARSIZE_ANY_EXHDR(x)) == 0;
}

static void
check_value(Datum value)
{
	char	   *text = OutputFunctionCall(&out_func, value);
	bytea	   *sent = SendFunctionCall(&send_func, value);

	if (!same(value, from_text(text, strlen(text))))
		fuzz_broken("the text form reads back as another value: %s", text);
	if (!same(value, from_bytes(VARDATA(sent), VARSIZE(sent) - VARHDRSZ)))
		fuzz_broken("the binary form reads back as another value: %s", text);
	if (SPI_connect() != SPI_OK_CONNECT)
		fuzz_broken("SPI_connect");
	for (int i = 0; i < MAX_CHECKS && plans[i] != NULL; i++)
	{
		bool		isnull;

		if (SPI_execute_plan(plans[i], &value, NULL, true, 0) < 0)
			fuzz_broken("SPI_execute_plan: %s", target->checks[i]);
		for (uint64 row = 0; row < SPI_processed; row++)
		{
			Datum		ok = SPI_getbinval(SPI_tuptable->vals[row],
										   SPI_tuptable->tupdesc, 1, &isnull);

			if (!isnull && !DatumGetBool(ok))
				fuzz_broken("not so: %s, for %s", target->checks[i], text);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_finish();
}

static void
read_input(const uint8 *data, size_t size)
{
	Datum		value;

	if (target->type == NULL)
	{
		fuzz_matcher(data, size);
		return;
	}
	if (!target->binary)
	{
		/* the server lets through neither a zero byte nor broken encoding */
		size = strnlen((const char *) data, size);
		if (!pg_verify_mbstr(GetDatabaseEncoding(), (const char *) data,
							 (int) size, true))
			return;
	}
	fuzz_alloc_mark();
	value = target->binary ? from_bytes((const char *) data, size) :
		from_text((const char *) data, size);
	if (fuzz_alloc_most() > MEMORY_ALWAYS + MEMORY_EACH * size)
		fuzz_broken("%zu bytes of memory for %zu bytes of input",
					fuzz_alloc_most(), size);
	check_value(value);
}

static int
run_input(const uint8 *data, size_t size)
{
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(per_input);
	PG_TRY();
	{
		read_input(data, size);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(per_input);
		error = CopyErrorData();
		FlushErrorState();
		if (!documented(error->sqlerrcode))
			fuzz_broken("SQLSTATE %s: %s",
						unpack_sql_state(error->sqlerrcode), error->message);
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	CurrentResourceOwner = owner;
	MemoryContextSwitchTo(TopTransactionContext);
	MemoryContextReset(per_input);
	return 0;
}

static void
prepare(void)
{
	Oid			func;
	bool		varlena;

	per_input = AllocSetContextCreate(TopMemoryContext, "input of the fuzzer",
									  ALLOCSET_DEFAULT_SIZES);
	if (target->type == NULL)
		return;
	type_oid = TypenameGetTypid(target->type);
	getTypeInputInfo(type_oid, &func, &in_param);
	fmgr_info_cxt(func, &in_func, TopMemoryContext);
	getTypeOutputInfo(type_oid, &func, &varlena);
	fmgr_info_cxt(func, &out_func, TopMemoryContext);
	getTypeBinaryInputInfo(type_oid, &func, &in_param);
	fmgr_info_cxt(func, &recv_func, TopMemoryContext);
	getTypeBinaryOutputInfo(type_oid, &func, &varlena);
	fmgr_info_cxt(func, &send_func, TopMemoryContext);

	SPI_connect();
	for (int i = 0; i < MAX_CHECKS && target->checks[i] != NULL; i++)
	{
		plans[i] = SPI_prepare(target->checks[i], 1, &type_oid);
		if (plans[i] == NULL || SPI_keepplan(plans[i]) != 0)
			elog(ERROR, "cannot be prepared: %s", target->checks[i]);
	}
	SPI_finish();
}

PG_FUNCTION_INFO_V1(fuzz);

Datum
fuzz(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(1);
	Datum	   *items;
	int			n;
	int			argc = 0;
	char	  **argv;

	target = NULL;
	for (int i = 0; i < lengthof(targets); i++)
	{
		if (strcmp(targets[i].name, name) == 0)
			target = &targets[i];
	}
	if (target == NULL)
		elog(ERROR, "there is no target \"%s\"", name);
	prepare();

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL,
					  &n);
	argv = MemoryContextAllocZero(TopMemoryContext, sizeof(char *) * (n + 2));
	argv[argc++] = "fuzz";
	for (int i = 0; i < n; i++)
		argv[argc++] = MemoryContextStrdup(TopMemoryContext,
										   TextDatumGetCString(items[i]));
	PG_RETURN_INT32(LLVMFuzzerRunDriver(&argc, &argv, run_input));
}

/* The names of all targets, one a line. */
PG_FUNCTION_INFO_V1(fuzz_targets);

Datum
fuzz_targets(PG_FUNCTION_ARGS)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(targets); i++)
		appendStringInfo(&names, "%s\n", targets[i].name);
	PG_RETURN_TEXT_P(cstring_to_text(names.data));
}
