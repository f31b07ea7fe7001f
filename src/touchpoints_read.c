/*
 * touchpoints_read.c
 *	  touchpoints(funnel): events and feelings by stage and channel.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "readers.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_touchpoints);

/* result columns */
enum
{
	COLUMN_STAGE_NO, COLUMN_STAGE, COLUMN_CHANNEL, COLUMN_OTHERS,
	COLUMN_EVENTS, COLUMN_CUSTOMERS, COLUMN_FELT, COLUMN_FEELING,
	COLUMN_NEGATIVE_SHARE, COLUMNS
};

static void
put_touchpoint(ReturnSetInfo *rsinfo, const FunnelSummary *funnel, int stage,
			   int slot)
{
	const TouchCount *c = touchpoints_count(&funnel->touch, slot, stage);
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};

	if (c->events == 0)
		return;
	values[COLUMN_STAGE_NO] = Int32GetDatum(stage + 1);
	values[COLUMN_STAGE] = CStringGetTextDatum(funnel_stage_name(funnel,
																 stage));
	nulls[COLUMN_CHANNEL] = (slot < SLOT_FIRST);
	if (slot >= SLOT_FIRST)
	{
		const MapText *name = &funnel->touch.channels[slot - SLOT_FIRST];

		values[COLUMN_CHANNEL] =
			PointerGetDatum(cstring_to_text_with_len(name->s, name->len));
	}
	values[COLUMN_OTHERS] = BoolGetDatum(slot == SLOT_OTHERS);
	values[COLUMN_EVENTS] = Int64GetDatum(c->events);
	nulls[COLUMN_CUSTOMERS] = (slot == SLOT_OTHERS);
	values[COLUMN_CUSTOMERS] = Int64GetDatum(c->customers);
	values[COLUMN_FELT] = Int64GetDatum(c->felt);
	put_double(values, nulls, COLUMN_FEELING, touch_feeling(c));
	put_double(values, nulls, COLUMN_NEGATIVE_SHARE, touch_negative_share(c));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* touchpoints(funnel): channels by name, then what has none of its own */
Datum
journey_touchpoints(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			slots[SLOT_MAX];
	int			n = touchpoints_order(&funnel->touch, slots);

	InitMaterializedSRF(fcinfo, 0);
	slots[n++] = SLOT_NONE;
	slots[n++] = SLOT_OTHERS;
	for (int stage = 0; stage < funnel->map->n_stages &&
		 funnel->touch.room > 0; stage++)
	{
		for (int i = 0; i < n; i++)
			put_touchpoint(rsinfo, funnel, stage, slots[i]);
	}
	return (Datum) 0;
}
