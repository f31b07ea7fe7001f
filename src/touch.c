/*
 * touch.c
 *	  Numbers for the channels that a process meets.
 */
#include "postgres.h"

#include "load_names.h"
#include "touch.h"

struct TouchNumbers
{
	LoadNames	names;
};

TouchNumbers *
touch_numbers_make(MemoryContext cxt)
{
	TouchNumbers *numbers = MemoryContextAlloc(cxt, sizeof(TouchNumbers));

	load_names_init(&numbers->names, cxt, "channels", TOUCH_CODES);
	return numbers;
}

void
touch_set_code(TouchNumbers *numbers, Touch *touch)
{
	uint32		code;

	touch->code = 0;
	if (touch->channel == NULL)
		return;
	touch->code = TOUCH_SPELLED;
	if (numbers == NULL)
		return;
	code = load_names_look_up(&numbers->names, touch->channel, touch->len);
	if (code == LOAD_NAME_UNKNOWN)
	{
		/* a long one is rarely met again, and must not take the memory */
		if (numbers->names.n == TOUCH_CODES || touch->len > TOUCH_MAX_NAME)
			return;
		code = load_names_add(&numbers->names, touch->channel, touch->len);
	}
	touch->code = (uint8) (code + 1);
}
