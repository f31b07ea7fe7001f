/*
 * credit.c
 *	  Credits channels and feelings of events to stages.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "credit.h"
#include "customers.h"

#define FIRST_ROOM		MATCH_MAX_STAGES

void
credit_init(Credit *credit, MemoryContext cxt)
{
	memset(credit, 0, sizeof(*credit));
	credit->cxt = cxt;
}

static void
add_stay(Credit *credit, int64 from, int stage)
{
	Stay		stay = {from, stage, false, 0, 0};

	if (credit->n == credit->room)
	{
		size_t		room = (credit->room == 0) ? FIRST_ROOM : 2 * credit->room;

		credit->stays = (credit->stays == NULL) ?
			MemoryContextAlloc(credit->cxt, sizeof(Stay) * room) :
			repalloc_huge(credit->stays, sizeof(Stay) * room);
		credit->room = room;
	}
	credit->stays[credit->n++] = stay;
}

void
credit_match(Credit *credit, const MatchPlan *plan, const Match *match)
{
	if (match->depth == 0 || match->excluded >= 0)
	{
		/* it ends the stay of the attempt before it */
		if (plan->attempts)
			add_stay(credit, match->began, -1);
		return;
	}
	for (uint64 left = match->taken; left != 0; left &= left - 1)
	{
		int			k = pg_rightmost_one_pos64(left);

		add_stay(credit, match->at[k], k);
	}
}

/* A channel's slot, which may just have been another one's. */
static pg_noinline int
find_slot(Touchpoints *t, ChannelName *channel)
{
	touchpoints_open(t);
	channel->slot = touchpoints_slot(t, channel->s, channel->len);
	channel->known = t->changes;
	return channel->slot;
}

/* Slots that went to another channel: the stay has not seen that one. */
static pg_noinline void
forget_changed(Stay *stay, const Touchpoints *t)
{
	for (int i = 0; i < TOUCHPOINTS_MAX && stay->seen != 0; i++)
	{
		if (t->changed[i] > stay->known)
			stay->seen &= ~(UINT64CONST(1) << i);
	}
	stay->known = t->changes;
}

/* channel: NULL where the event has none. */
static pg_attribute_always_inline void
credit_event(Touchpoints *t, Stay *stay, ChannelName *channel, int32 feeling)
{
	int			slot = SLOT_NONE;
	bool		first;
	TouchCount *count;

	if (channel != NULL)
	{
		slot = channel->slot;
		/* a slot is never 0 once it was looked for */
		if (unlikely(slot == SLOT_NONE || channel->known != t->changes))
			slot = find_slot(t, channel);
	}
	else
		touchpoints_open(t);
	if (slot >= SLOT_FIRST)
	{
		uint64		bit = UINT64CONST(1) << (slot - SLOT_FIRST);

		if (unlikely(stay->known != t->changes))
			forget_changed(stay, t);
		first = (stay->seen & bit) == 0;
		stay->seen |= bit;
	}
	else
	{
		first = (slot == SLOT_NONE && !stay->seen_none);
		stay->seen_none |= (slot == SLOT_NONE);
	}
	count = touchpoints_count(t, slot, stay->stage);
	count->events++;
	count->customers += first;
	if (feeling != TOUCH_NO_FEELING)
	{
		count->felt++;
		count->felt_negative += (feeling < 0);
		exact_add_int64(&count->feeling, feeling);
	}
}

/* The stay of a moment not before that one; of several at once the last. */
static inline Stay *
next_stay(const Credit *credit, Stay *stay, int64 at)
{
	const Stay *end = credit->stays + credit->n;

	while (stay + 1 < end && stay[1].from <= at)
		stay++;
	return stay;
}

void
credit_span(Credit *credit, FunnelSummary *summary, const MatchSpan *span)
{
	Stay	   *stay = credit->stays;
	size_t		i = 0;

	while (credit->n > 0 && i < span->n && span->events[i].at < stay->from)
		i++;
	for (; credit->n > 0 && i < span->n; i++)
	{
		const MatchEvent *e = &span->events[i];
		const EventTouch *touch = &span->touches[e->row];

		if (unlikely(i % EVENTS_A_BREATH == 0))
			CHECK_FOR_INTERRUPTS();
		stay = next_stay(credit, stay, e->at);
		if (stay->stage < 0 ||
			(touch->channel == 0 && touch->feeling == TOUCH_NO_FEELING))
			continue;
		credit_event(&summary->touch, stay, (touch->channel == 0) ? NULL :
					 &span->channels[touch->channel], touch->feeling);
	}
	credit->n = 0;
}

/* The stay of any moment, NULL before the first one. */
static Stay *
stay_at(const Credit *credit, int64 at)
{
	size_t		low = 0;
	size_t		high = credit->n;

	while (low < high)
	{
		size_t		middle = (low + high) / 2;

		if (credit->stays[middle].from <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return (low == 0) ? NULL : &credit->stays[low - 1];
}

/* Events of a customer who does not fit in memory come in no order. */
void
credit_giant(Credit *credit, FunnelSummary *summary, const Giant *giant)
{
	Population *pop;
	Partition  *part = giant_source(giant, &pop);
	StreamReader s;
	const uint8 *data;
	uint32		used;
	ChannelName names[TOUCH_SPELLED + 1];	/* by code, as the chunk spells
											 * them out */

	if (credit->n == 0)
		return;
	stream_open(&s, pop, part, false);
	while (stream_next(&s, &data, &used))
	{
		ChunkReader r;

		chunk_open(&r, data, used);
		while (chunk_next(&r, pop->form))
		{
			Stay	   *stay = stay_at(credit, r.at);
			const Touch *touch = &r.touch;
			ChannelName *name = &names[touch->code];

			if (touch->channel != NULL)
			{
				name->s = touch->channel;
				name->len = touch->len;
				name->slot = SLOT_NONE;
			}
			if (stay == NULL || stay->stage < 0 ||
				(touch->code == 0 && touch->feeling == TOUCH_NO_FEELING))
				continue;
			credit_event(&summary->touch, stay,
						 (touch->code == 0) ? NULL : name, touch->feeling);
		}
	}
	stream_close(&s);
	credit->n = 0;
}

/* The timeline's channels, by the number that its events have of them. */
static void
load_channels(Credit *credit, const Timeline *t)
{
	const uint8 *next = t->channels;

	if (credit->channel_room <= t->n_channels)
	{
		if (credit->channels != NULL)
			pfree(credit->channels);
		credit->channel_room = Max(2 * t->n_channels, 16);
		credit->channels = MemoryContextAlloc(credit->cxt,
											  sizeof(ChannelName) *
											  credit->channel_room);
	}
	for (uint32 i = 1; i <= t->n_channels; i++)
	{
		ChannelName *channel = &credit->channels[i];
		MapText		name;

		next = timeline_name(next, &name);
		channel->s = name.s;
		channel->len = (uint32) name.len;
		channel->slot = SLOT_NONE;
	}
}

void
credit_timeline(Credit *credit, FunnelSummary *summary, const Timeline *t,
				int64 last_at)
{
	Stay	   *stay = credit->stays;
	int64		at = t->first_at;

	if (credit->n == 0)
		return;
	load_channels(credit, t);
	for (uint32 i = 0; i < t->n; i++)
	{
		uint32		channel;
		int32		feeling;

		if (i > 0)
			at += timeline_step(t, i);
		if (unlikely(i % EVENTS_A_BREATH == 0))
			CHECK_FOR_INTERRUPTS();
		if (at > last_at)
			break;
		if (at < credit->stays->from)
			continue;
		stay = next_stay(credit, stay, at);
		channel = timeline_channel(t, i);
		feeling = timeline_feeling(t, i);
		if (stay->stage < 0 || (channel == 0 && feeling == TOUCH_NO_FEELING))
			continue;
		credit_event(&summary->touch, stay, (channel == 0) ? NULL :
					 &credit->channels[channel], feeling);
	}
	credit->n = 0;
}
