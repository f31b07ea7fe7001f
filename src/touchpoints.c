/*
 * touchpoints.c
 *	  What a funnel knows of the channels at each stage: slots, packing.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "summary.h"
#include "timeline.h"

#define FIRST_ROOM		8		/* slots */

const SummaryField touch_fields[TOUCH_FIELDS] = {
	COUNT_FIELD(TouchCount, events),
	COUNT_FIELD(TouchCount, customers),
	COUNT_FIELD(TouchCount, felt),
	COUNT_FIELD(TouchCount, felt_negative),
	EXACT_FIELD(TouchCount, feeling, "feeling_millionths"),
};

/* Most funnels have none: everything else waits for the first event. */
void
touchpoints_init(Touchpoints *t, int n_stages)
{
	memset(t, 0, sizeof(*t));
	t->n_stages = n_stages;
	t->cxt = CurrentMemoryContext;
}

static void
grow(Touchpoints *t, int room)
{
	size_t		slot = sizeof(TouchCount) * t->n_stages;

	if (t->room == 0)
	{
		t->counts = MemoryContextAlloc(t->cxt, slot * room);
		t->channels = MemoryContextAlloc(t->cxt, sizeof(MapText) *
										 (room - SLOT_FIRST));
	}
	else
	{
		t->counts = repalloc(t->counts, slot * room);
		t->channels = repalloc(t->channels, sizeof(MapText) *
							   (room - SLOT_FIRST));
	}
	memset(touchpoints_count(t, t->room, 0), 0, slot * (room - t->room));
	t->room = room;
}

void
touchpoints_open(Touchpoints *t)
{
	if (t->room == 0)
		grow(t, FIRST_ROOM);
}

/* Adds all but the customers, who can be the same. */
static void
add_count(TouchCount *into, const TouchCount *from)
{
	into->events += from->events;
	into->felt += from->felt;
	into->felt_negative += from->felt_negative;
	exact_add(&into->feeling, &from->feeling);
}

void
touchpoints_sum(const Touchpoints *t, int stage, TouchCount *sum)
{
	int			n_slots = (t->room == 0) ? 0 : SLOT_FIRST + t->n_channels;

	memset(sum, 0, sizeof(*sum));
	for (int slot = 0; slot < n_slots; slot++)
		add_count(sum, touchpoints_count(t, slot, stage));
}

static MapText
copy_name(const Touchpoints *t, const MapText *name)
{
	MapText		copy = *name;
	char	   *s = MemoryContextAlloc(t->cxt, Max(name->len, 1));

	memcpy(s, name->s, name->len);
	copy.s = s;
	return copy;
}

/* Gives the slot of a channel to one that comes before it. */
static void
replace_channel(Touchpoints *t, int slot, const MapText *name)
{
	MapText    *channel = &t->channels[slot - SLOT_FIRST];

	for (int k = 0; k < t->n_stages; k++)
	{
		TouchCount *from = touchpoints_count(t, slot, k);

		add_count(touchpoints_count(t, SLOT_OTHERS, k), from);
		memset(from, 0, sizeof(*from));
	}
	pfree((char *) channel->s);
	*channel = copy_name(t, name);
	t->changed[slot - SLOT_FIRST] = ++t->changes;
}

int
touchpoints_slot(Touchpoints *t, const char *s, uint32 len)
{
	MapText		name = {s, (int) len};
	int			last = 0;

	for (int i = 0; i < t->n_channels; i++)
	{
		const MapText *channel = &t->channels[i];

		if (channel->len == name.len && memcmp(channel->s, s, len) == 0)
			return SLOT_FIRST + i;
	}
	if (t->n_channels < TOUCHPOINTS_MAX)
	{
		if (SLOT_FIRST + t->n_channels >= t->room)
			grow(t, (t->room == 0) ? FIRST_ROOM :
				 Min(2 * t->room, SLOT_MAX));
		t->channels[t->n_channels] = copy_name(t, &name);
		return SLOT_FIRST + t->n_channels++;
	}
	for (int i = 1; i < TOUCHPOINTS_MAX; i++)
	{
		if (map_text_compare(&t->channels[i], &t->channels[last]) > 0)
			last = i;
	}
	if (map_text_compare(&name, &t->channels[last]) > 0)
		return SLOT_OTHERS;
	replace_channel(t, SLOT_FIRST + last, &name);
	return SLOT_FIRST + last;
}

int
touchpoints_order(const Touchpoints *t, int *slots)
{
	for (int i = 0; i < t->n_channels; i++)
	{
		int			to = i;

		for (; to > 0 && map_text_compare(&t->channels[i],
				&t->channels[slots[to - 1] - SLOT_FIRST]) < 0; to--)
			slots[to] = slots[to - 1];
		slots[to] = SLOT_FIRST + i;
	}
	return t->n_channels;
}

static void
put_slot(StringInfo buf, const Touchpoints *t, int slot)
{
	for (int k = 0; k < t->n_stages; k++)
		fields_put(buf, touchpoints_count(t, slot, k), touch_fields,
				   TOUCH_FIELDS);
}

void
touchpoints_put(StringInfo buf, const Touchpoints *t)
{
	int			slots[TOUCHPOINTS_MAX];
	int			n;

	if (t->room == 0)
		return;
	n = touchpoints_order(t, slots);
	put_slot(buf, t, SLOT_NONE);
	put_slot(buf, t, SLOT_OTHERS);
	wire_put_uint(buf, n);
	for (int i = 0; i < n; i++)
	{
		const MapText *name = &t->channels[slots[i] - SLOT_FIRST];

		wire_put_bytes(buf, name->s, name->len);
		put_slot(buf, t, slots[i]);
	}
}

/*
 * Adds a packed slot to another.  Of the others together, customers are not
 * counted.
 */
static ReadResult
get_slot(WireReader *r, Touchpoints *t, int slot)
{
	ReadResult	result = READ_DONE;

	for (int k = 0; k < t->n_stages && result == READ_DONE; k++)
	{
		TouchCount *count = touchpoints_count(t, slot, k);

		result = fields_get(r, count, touch_fields, TOUCH_FIELDS);
		if (slot == SLOT_OTHERS)
			count->customers = 0;
	}
	return result;
}

/* Each channel that lost its slot adds to the others, whatever they are. */
static ReadResult
check_others(const Touchpoints *t)
{
	for (int k = 0; k < t->n_stages; k++)
	{
		if (touchpoints_count(t, SLOT_OTHERS, k)->events > SUMMARY_MAX_COUNT)
			return READ_TOO_MANY;
	}
	return READ_DONE;
}

ReadResult
touchpoints_get(WireReader *r, Touchpoints *t)
{
	ReadResult	result;
	size_t		n;

	if (wire_left(r) == 0)
		return READ_DONE;
	touchpoints_open(t);
	result = get_slot(r, t, SLOT_NONE);
	if (result == READ_DONE)
		result = get_slot(r, t, SLOT_OTHERS);
	n = (result == READ_DONE) ? wire_get_count(r) : 0;
	for (size_t i = 0; i < n && result == READ_DONE && !r->bad; i++)
	{
		size_t		len;
		const char *s = wire_get_bytes(r, &len);

		if (!r->bad)
			result = get_slot(r, t, touchpoints_slot(t, s, (uint32) len));
	}
	return (result == READ_DONE) ? check_others(t) : result;
}
