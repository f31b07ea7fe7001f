/*
 * touch.h
 *	  Where an event took place, and how it felt: its channel and feeling.
 *
 * In a stream a channel is one byte, the number that the process gave it; the
 * first event of a chunk with a number spells the name out, so that each chunk
 * can be read by itself, whoever wrote it:
 *	  0: none; 1 .. TOUCH_CODES: as before in this chunk; or
 *	  TOUCH_DEFINES, for a number that comes after the feeling, with its name; or,
 *	  when the process has met more names than there are numbers,
 *	  TOUCH_SPELLED, for a name that comes there;
 *	  feeling, only where the population has them: with that byte, the low one,
 *	  a word of 4 in the machine's order; 0 is none, else millionths +
 *	  TOUCH_FEELING_BASE;
 *	  the number's byte and the name, its length in 4 bytes before it
 */
#ifndef JOURNEY_TOUCH_H
#define JOURNEY_TOUCH_H

#include "load_names.h"

#define TOUCH_NO_FEELING PG_INT32_MIN
#define TOUCH_CODES		250
#define TOUCH_DEFINES	251
#define TOUCH_SPELLED	252
#define TOUCH_MAX_NAME	256		/* bytes of a name that gets a number */
#define TOUCH_SIZE		9		/* most bytes in a stream, without the name */
#define TOUCH_WORDS		4		/* of 64 bits, one bit a number */
#define TOUCH_FEELING_BASE	1000001

/* What the events of a population have. */
typedef enum TouchForm
{
	TOUCH_NONE,
	TOUCH_CHANNELS,
	TOUCH_FEELINGS				/* and channels */
} TouchForm;

typedef struct Touch
{
	const char *channel;		/* NULL: none */
	uint32		len;
	int32		feeling;		/* millionths, or TOUCH_NO_FEELING */
	uint8		code;			/* 0: none; TOUCH_SPELLED: has no number */
} Touch;

/* A channel's name while events are looked at. */
typedef struct ChannelName
{
	const char *s;
	uint32		len;
	int			slot;			/* in the touchpoints of a funnel, ... */
	uint32		known;			/* ... if this is their `changes` */
} ChannelName;

/* The touch of an event that is in memory. */
typedef struct EventTouch
{
	uint32		channel;		/* place in the channels; 0: none */
	int32		feeling;		/* as in Touch */
} EventTouch;

/* With its value: both are fetched together. */
typedef struct ValuedTouch
{
	int64		value;
	EventTouch	touch;
} ValuedTouch;

extern LoadNames *touch_numbers_make(MemoryContext cxt);

/* The code of a channel that has none yet. */
extern uint8 touch_new_code(LoadNames *numbers, const Touch *touch);

/* Sets the code of a touch; without numbers, names are always spelled out. */
static pg_attribute_always_inline void
touch_set_code(LoadNames *numbers, Touch *touch)
{
	uint32		code = LOAD_NAME_UNKNOWN;

	touch->code = 0;
	if (touch->channel == NULL)
		return;
	if (likely(numbers != NULL))
		code = load_names_look_up(numbers, touch->channel, touch->len);
	touch->code = likely(code != LOAD_NAME_UNKNOWN) ? (uint8) (code + 1) :
		touch_new_code(numbers, touch);
}

/* The part that most touches do without. */
static pg_noinline uint8 *
touch_put_name(uint8 *p, const Touch *touch, uint64 *defined)
{
	uint8		code = touch->code;

	if (code != TOUCH_SPELLED)
	{
		defined[code / 64] |= UINT64CONST(1) << code % 64;
		*p++ = code;
	}
	memcpy(p, &touch->len, sizeof(uint32));
	p += sizeof(uint32);
	memcpy(p, touch->channel, touch->len);
	return p + touch->len;
}

/* defined: the numbers that the chunk has spelled out, and 0. */
static inline uint8 *
touch_put(uint8 *p, const Touch *touch, TouchForm form, uint64 *defined)
{
	uint32		code = touch->code;
	bool		known = (defined[code / 64] >> code % 64 & 1) != 0;

	if (unlikely(!known) && code != TOUCH_SPELLED)
		code = TOUCH_DEFINES;
	if (form == TOUCH_FEELINGS)
	{
		if (touch->feeling != TOUCH_NO_FEELING)
			code |= (uint32) (touch->feeling + TOUCH_FEELING_BASE) << 8;
		memcpy(p, &code, sizeof(uint32));
		p += sizeof(uint32);
	}
	else
		*p++ = (uint8) code;
	return likely(known) ? p : touch_put_name(p, touch, defined);
}

/* Sets the code and the feeling, and the channel if it is spelled out here. */
static inline const uint8 *
touch_get(const uint8 *p, Touch *touch, TouchForm form)
{
	uint32		word = *p;

	touch->channel = NULL;
	touch->len = 0;
	touch->feeling = TOUCH_NO_FEELING;
	if (form == TOUCH_FEELINGS)
	{
		memcpy(&word, p, sizeof(uint32));
		p += sizeof(uint32);
		if (word >> 8 != 0)
			touch->feeling = (int32) (word >> 8) - TOUCH_FEELING_BASE;
	}
	else
		p++;
	touch->code = (uint8) word;
	if (unlikely(touch->code > TOUCH_CODES))
	{
		if (touch->code == TOUCH_DEFINES)
			touch->code = *p++;
		memcpy(&touch->len, p, sizeof(uint32));
		touch->channel = (const char *) p + sizeof(uint32);
		p += sizeof(uint32) + touch->len;
	}
	return p;
}

/*
 * The channel of a touch, wherever the chunk spells it out.  names: by code,
 * from the chunk's first touch on.
 */
static inline void
touch_name(Touch *touch, MapText *names)
{
	MapText    *name = &names[touch->code];

	if (touch->channel != NULL)
	{
		name->s = touch->channel;
		name->len = (int) touch->len;
	}
	else if (touch->code != 0)
	{
		touch->channel = name->s;
		touch->len = (uint32) name->len;
	}
}

#endif							/* JOURNEY_TOUCH_H */
