/*
 * life_table.c
 *	  The aggregate life_table(): what happens in which period of a
 *	  customer's life.
 *
 * A life begins with the first event and is under observation until as_of.
 * It is cut into periods of one width.  Whoever is silent for `quiet` or more
 * at the end has departed, in the period of the last event.  For each period
 * that ended `quiet` or more before as_of this can be told of everybody,
 * whatever they did; for the later ones only of some, so nobody is at risk in
 * them: those who could still be there are open.
 *
 * The state is a bytea, so that engines which send states from node to node
 * need nothing else; see states.c for how it lives in memory.
 */
#include "postgres.h"

#include "compat.h"
#include "event_check.h"
#include "fmgr.h"
#include "life_table.h"
#include "miscadmin.h"
#include "states.h"
#include "timeline.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "wire.h"

#define LIFE_VERSION	1

/* arguments of the transition function */
#define ARG_STATE		0
#define ARG_TIMELINE	1
#define ARG_AS_OF		2
#define ARG_WIDTH		3
#define ARG_QUIET		4

#define CALL			"life_table(timeline, as_of, width, quiet)"

PG_FUNCTION_INFO_V1(journey_life_table_add);
PG_FUNCTION_INFO_V1(journey_life_table_combine);

/* ---------- the state ---------- */

/* At least that many periods; new ones are empty. */
static void
make_room(LifeTable *table, int n)
{
	int			room = Max(n, Min(2 * table->room, LIFE_MAX_PERIODS + 1));

	if (table->periods == NULL)
		table->periods = MemoryContextAlloc(table->context,
											room * sizeof(LifePeriod));
	else if (n > table->room)
		table->periods = repalloc(table->periods, room * sizeof(LifePeriod));
	else
		room = table->room;
	table->room = room;
	if (n <= table->n)
		return;
	memset(&table->periods[table->n], 0,
		   (n - table->n) * sizeof(LifePeriod));
	table->n = n;
}

static bytea *
pack_table(const LifeTable *table)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoSpaces(&buf, VARHDRSZ);
	appendStringInfoChar(&buf, LIFE_VERSION);
	wire_put_uint(&buf, (uint64) table->width);
	wire_put_uint(&buf, (uint64) table->quiet);
	wire_put_uint(&buf, (uint64) table->n);
	for (int i = 0; i < table->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < LIFE_COUNTS; k++)
			wire_put_int(&buf, table->periods[i].counts[k]);
	}
	SET_VARSIZE(buf.data, buf.len);
	return (bytea *) buf.data;
}

static void
refuse_state(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid state of life_table"),
			 errhint("Use the aggregate life_table(), not its parts.")));
}

static void
unpack_table(LifeTable *table, const struct varlena *packed)
{
	WireReader	r;
	uint64		width;
	uint64		quiet;
	size_t		n;

	wire_open(&r, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	if (wire_get_byte(&r) != LIFE_VERSION)
		wire_fail(&r);
	width = wire_get_uint(&r);
	quiet = wire_get_uint(&r);
	n = wire_get_count(&r);
	if (r.bad || width < 1 || width > (uint64) PG_INT64_MAX ||
		quiet > (uint64) PG_INT64_MAX ||
		n > LIFE_MAX_PERIODS + 1 || n > wire_left(&r) / LIFE_COUNTS)
		refuse_state();
	table->width = (int64) width;
	table->quiet = (int64) quiet;
	make_room(table, (int) n);
	for (int i = 0; i < table->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < LIFE_COUNTS; k++)
			table->periods[i].counts[k] = wire_get_int(&r);
	}
	if (r.bad || wire_left(&r) > 0)
		refuse_state();
}

static Size
expanded_flat_size(ExpandedObjectHeader *header)
{
	LifeTable  *table = (LifeTable *) header;

	if (table->flat == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(table->context);

		table->flat = pack_table(table);
		MemoryContextSwitchTo(old);
	}
	return VARSIZE(table->flat);
}

static void
expanded_flatten(ExpandedObjectHeader *header, void *result, Size size)
{
	LifeTable  *table = (LifeTable *) header;

	Assert(table->flat != NULL && VARSIZE(table->flat) == size);
	memcpy(result, table->flat, size);
}

static const ExpandedObjectMethods expanded_methods = {
	expanded_flat_size,
	expanded_flatten
};

/* For reading, whatever its form. */
LifeTable *
life_table_read(Datum state)
{
	LifeTable  *table;

	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(state)))
	{
		table = (LifeTable *) DatumGetEOHP(state);
		Assert(table->header.eoh_methods == &expanded_methods);
		return table;
	}
	table = palloc0(sizeof(LifeTable));
	table->context = CurrentMemoryContext;
	unpack_table(table, (struct varlena *) PG_DETOAST_DATUM_PACKED(state));
	return table;
}

/* For adding to, in an aggregate that lives in `aggregate`. */
static LifeTable *
open_state(FunctionCallInfo fcinfo, MemoryContext aggregate)
{
	bool		is_null = PG_ARGISNULL(ARG_STATE);
	Datum		state = PG_GETARG_DATUM(ARG_STATE);
	MemoryContext own;
	LifeTable  *table;

	if (!is_null && VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state)))
	{
		table = (LifeTable *) DatumGetEOHP(state);
		Assert(table->header.eoh_methods == &expanded_methods);
		if (table->flat != NULL)
			pfree(table->flat);
		table->flat = NULL;
		return table;
	}
	own = states_context(aggregate);
	table = MemoryContextAllocZero(own, sizeof(LifeTable));
	EOH_init_header(&table->header, &expanded_methods, own);
	table->context = own;
	if (!is_null)
		unpack_table(table, (struct varlena *) PG_DETOAST_DATUM_PACKED(state));
	return table;
}

/* All rows of a table are cut alike; a new table takes what it is given. */
static void
set_periods(LifeTable *table, int64 width, int64 quiet)
{
	if (table->width == 0)
	{
		table->width = width;
		table->quiet = quiet;
	}
	if (table->width != width || table->quiet != quiet)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a life table has one width and one quiet time, but "
						"its rows give two"),
				 errdetail("Width is %s and %s, quiet is %s and %s.",
						   map_span_string(table->width),
						   map_span_string(width),
						   map_span_string(table->quiet),
						   map_span_string(quiet)),
				 errhint("Add them to GROUP BY.")));
}

/* ---------- counting ---------- */

static void
refuse_length(const LifeTable *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a life table can have at most %d periods",
					LIFE_MAX_PERIODS),
			 errdetail("The time from a customer's first event until as_of is "
					   "longer than that many periods of %s.",
					   map_span_string(table->width)),
			 errhint("Give a greater width, or leave out events of long ago "
					 "with slice(timeline, ...).")));
}

/* Counts the events up to that age; the period of the last one. */
static uint64
add_events(LifeTable *table, const Timeline *t, uint64 age)
{
	uint64		last = 0;
	uint64		since = 0;

	for (uint32 i = 0; i < t->n; i++)
	{
		int32		feeling = timeline_feeling(t, i);
		uint64		period;
		int64	   *counts;

		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			since += (uint64) timeline_step(t, i);
		if (since > age)
			break;
		period = since / (uint64) table->width;
		counts = table->periods[period].counts;
		if (i == 0 || period != last)
			life_add(&counts[LIFE_ACTIVE], 1);
		last = period;
		life_add(&counts[LIFE_EVENTS], 1);
		if (feeling == TIMELINE_NO_FEELING)
			continue;
		life_add(&counts[LIFE_FELT], 1);
		life_add(&counts[LIFE_NEGATIVE], feeling < 0);
		life_add(&counts[LIFE_FEELING], feeling);
	}
	return last;
}

static void
add_run(LifeTable *table, LifeCount count, uint64 from, uint64 until)
{
	life_add(&table->periods[from].counts[count], 1);
	life_add(&table->periods[until].counts[count], -1);
}

/* Periods are counted from 0 here. */
static void
add_timeline(LifeTable *table, const Timeline *t, int64 as_of)
{
	uint64		width = (uint64) table->width;
	uint64		quiet = (uint64) table->quiet;
	uint64		age;
	uint64		observed;		/* periods that have begun */
	uint64		settled;		/* periods that ended long enough ago */
	uint64		last;

	if (t->n == 0 || t->first_at > as_of)
		return;
	age = (uint64) as_of - (uint64) t->first_at;
	if (age / width >= LIFE_MAX_PERIODS)
		refuse_length(table);
	observed = age / width + 1;
	settled = (age < quiet) ? 0 : (age - quiet) / width;
	make_room(table, (int) observed + 1);

	last = add_events(table, t, age);
	add_run(table, LIFE_CUSTOMERS_CHANGE, 0, observed);
	add_run(table, LIFE_AT_RISK_CHANGE, 0, Min(last + 1, settled));
	if (last < settled)
		life_add(&table->periods[last].counts[LIFE_DEPARTED], 1);
	else
		add_run(table, LIFE_OPEN_CHANGE, settled, observed);
}

/* ---------- the aggregate ---------- */

static void
check_not_null(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s of life_table must not be NULL", name),
				 errhint("Give one, or leave such rows out with FILTER "
						 "(WHERE ...).")));
}

static int64
span_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	int64		span;

	check_not_null(fcinfo, n, name);
	(void) span_from_interval(PG_GETARG_INTERVAL_P(n), &span,
							  psprintf("%s of life_table", name), NULL);
	return span;
}

static int64
width_arg(FunctionCallInfo fcinfo)
{
	int64		width = span_arg(fcinfo, ARG_WIDTH, "width");

	if (width == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width of life_table must be greater than zero"),
				 errhint("Give a width such as '7 days'.")));
	return width;
}

static int64
as_of_arg(FunctionCallInfo fcinfo)
{
	int64		as_of;

	check_not_null(fcinfo, ARG_AS_OF, "as_of");
	as_of = PG_GETARG_TIMESTAMPTZ(ARG_AS_OF);
	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of of life_table must not be infinite"),
				 errhint("Give the time until which the events are "
						 "complete.")));
	return as_of;
}

/* the step of life_table(timeline, as_of, width, quiet) */
Datum
journey_life_table_add(PG_FUNCTION_ARGS)
{
	MemoryContext aggregate = aggregate_context(fcinfo, CALL);
	struct varlena *packed;
	LifeTable  *table;
	Timeline	t;
	int64		as_of;
	int64		width;
	int64		quiet;

	if (PG_ARGISNULL(ARG_TIMELINE))
	{
		if (PG_ARGISNULL(ARG_STATE))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_STATE));
	}
	as_of = as_of_arg(fcinfo);
	width = width_arg(fcinfo);
	quiet = span_arg(fcinfo, ARG_QUIET, "quiet");
	table = open_state(fcinfo, aggregate);
	set_periods(table, width, quiet);
	packed = GETARG_TIMELINE(ARG_TIMELINE);
	timeline_open(&t, packed);
	add_timeline(table, &t, as_of);
	PG_FREE_IF_COPY(packed, ARG_TIMELINE);
	return EOHPGetRWDatum(&table->header);
}

/* two states as one */
Datum
journey_life_table_combine(PG_FUNCTION_ARGS)
{
	LifeTable  *table = open_state(fcinfo, aggregate_context(fcinfo, CALL));
	const LifeTable *other = life_table_read(PG_GETARG_DATUM(1));

	set_periods(table, other->width, other->quiet);
	make_room(table, other->n);
	for (int i = 0; i < other->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < LIFE_COUNTS; k++)
			life_add(&table->periods[i].counts[k],
					 other->periods[i].counts[k]);
	}
	return EOHPGetRWDatum(&table->header);
}
