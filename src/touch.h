/*
 * touch.h
 *	  Where an event took place, and how it felt: its channel and feeling.
 *
 * In a stream a channel is one byte, the number that the process gave it; the
 * first event of a chunk with a number spells the name out, so that each chunk
 * can be read by itself, whoever wrote it:
 *	  0: none; 1 .. TOUCH_CODES: as before in this chunk; or
 *	  TOUCH_DEFINES, its number, length (4 bytes) and bytes; or, when the process
 *	  has met more names than there are numbers,
 *	  TOUCH_SPELLED, length and bytes;
 *	  feeling, only where the population has them: 3 bytes, 0 is none, else
 *	  millionths + 1000001
 */
#ifndef JOURNEY_TOUCH_H
#define JOURNEY_TOUCH_H

#include "postgres.h"

#define TOUCH_NO_FEELING PG_INT32_MIN
#define TOUCH_CODES		250
#define TOUCH_DEFINES	251
#define TOUCH_SPELLED	252
#define TOUCH_MAX_NAME	256		/* bytes of a name that gets a number */
#define TOUCH_WORDS		4		/* of 64 bits, one bit a number */
#define TOUCH_MAX_FIXED	9		/* most bytes without the name */
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

/* Numbers of the channels that a process has met. */
typedef struct TouchNumbers TouchNumbers;

extern TouchNumbers *touch_numbers_make(MemoryContext cxt);

/* Sets the code of a touch; numbers may be NULL: then all is spelled out. */
extern void touch_set_code(TouchNumbers *numbers, Touch *touch);

static inline uint8 *
touch_put_name(uint8 *p, const Touch *touch)
{
	memcpy(p, &touch->len, sizeof(uint32));
	p += sizeof(uint32);
	memcpy(p, touch->channel, touch->len);
	return p + touch->len;
}

/* defined: the numbers that the chunk has spelled out. */
static inline uint8 *
touch_put(uint8 *p, const Touch *touch, TouchForm form, uint64 *defined)
{
	uint8		code = touch->code;

	if (code == TOUCH_SPELLED)
	{
		*p++ = TOUCH_SPELLED;
		p = touch_put_name(p, touch);
	}
	else if (code == 0 || (defined[code / 64] >> code % 64 & 1))
		*p++ = code;
	else
	{
		defined[code / 64] |= UINT64CONST(1) << code % 64;
		*p++ = TOUCH_DEFINES;
		*p++ = code;
		p = touch_put_name(p, touch);
	}
	if (form == TOUCH_FEELINGS)
	{
		uint32		feeling = (touch->feeling == TOUCH_NO_FEELING) ? 0 :
			(uint32) (touch->feeling + TOUCH_FEELING_BASE);

		*p++ = (uint8) feeling;
		*p++ = (uint8) (feeling >> 8);
		*p++ = (uint8) (feeling >> 16);
	}
	return p;
}

static inline const uint8 *
touch_get_name(const uint8 *p, Touch *touch)
{
	memcpy(&touch->len, p, sizeof(uint32));
	touch->channel = (const char *) p + sizeof(uint32);
	return p + sizeof(uint32) + touch->len;
}

/* names: where in the chunk each number is spelled out. */
static inline const uint8 *
touch_get(const uint8 *p, Touch *touch, TouchForm form, const uint8 **names)
{
	touch->code = *p++;
	touch->channel = NULL;
	touch->len = 0;
	touch->feeling = TOUCH_NO_FEELING;
	if (touch->code == TOUCH_DEFINES)
	{
		touch->code = *p++;
		names[touch->code] = p;
		p = touch_get_name(p, touch);
	}
	else if (touch->code == TOUCH_SPELLED)
		p = touch_get_name(p, touch);
	else if (touch->code != 0)
		(void) touch_get_name(names[touch->code], touch);
	if (form == TOUCH_FEELINGS)
	{
		uint32		feeling = p[0] | (uint32) p[1] << 8 | (uint32) p[2] << 16;

		p += 3;
		if (feeling != 0)
			touch->feeling = (int32) feeling - TOUCH_FEELING_BASE;
	}
	return p;
}

#endif							/* JOURNEY_TOUCH_H */
