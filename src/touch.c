/*
 * touch.c
 *	  Numbers for the channels that a process meets.
 */
#include "postgres.h"

#include "touch.h"

LoadNames *
touch_numbers_make(MemoryContext cxt)
{
	LoadNames  *numbers = MemoryContextAlloc(cxt, sizeof(LoadNames));

	load_names_init(numbers, cxt, "channels", TOUCH_CODES);
	return numbers;
}

uint8
touch_new_code(LoadNames *numbers, const Touch *touch)
{
	/* a long name is rarely met again, and must not take the memory */
	if (numbers == NULL || numbers->n == TOUCH_CODES ||
		touch->len > TOUCH_MAX_NAME)
		return TOUCH_SPELLED;
	return (uint8) (load_names_add(numbers, touch->channel, touch->len) + 1);
}
