/*
 * event_check.c
 *	  Errors about what a row of events holds.
 */
#include "postgres.h"

#include "event_check.h"

void
refuse_event_time(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the time of an event must not be infinite"),
			 errhint("Leave such rows out with FILTER (WHERE "
					 "isfinite(...)).")));
}

static void
refuse_number(const char *what, double number, const char *range)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s of an event is out of range: %.17g", what, number),
			 errdetail("It must be %s.", range),
			 errhint("Leave such rows out with FILTER (WHERE ...), or scale "
					 "the numbers.")));
}

void
refuse_event_value(double value)
{
	refuse_number("the value", value, "a number from -1e12 to 1e12");
}

void
refuse_event_feeling(double feeling)
{
	refuse_number("the feeling", feeling, "a number from -1 to 1");
}
