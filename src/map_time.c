/*
 * map_time.c
 *	  Spans and points in time as text, independent of every setting.
 */
#include "postgres.h"

#include <ctype.h>

#include "common/int.h"
#include "compat.h"
#include "lib/stringinfo.h"
#include "map.h"
#include "pgtime.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* what to say of a text that cannot be read */
typedef struct Report
{
	int			sqlstate;
	const char *detail;
	const char *hint;
} Report;

/* ---------- spans ---------- */

typedef enum SpanProblem
{
	SPAN_OK, SPAN_SYNTAX, SPAN_NO_UNIT, SPAN_NEGATIVE, SPAN_MONTHS, SPAN_RANGE
} SpanProblem;

#define SPAN_HINT "Give an elapsed time in weeks, days, hours, minutes or seconds, such as 7 days or 90 minutes."

/* by SpanProblem */
static const Report span_reports[] = {
	{0, NULL, NULL},
	{ERRCODE_INVALID_TEXT_REPRESENTATION,
	"It is not a list of numbers with units, each unit once.", SPAN_HINT},
	{ERRCODE_INVALID_PARAMETER_VALUE,
	"It has a number without a unit, or a unit without a number.", SPAN_HINT},
	{ERRCODE_INVALID_PARAMETER_VALUE,
	"An elapsed time has no sign and is not negative.", SPAN_HINT},
	{ERRCODE_INVALID_PARAMETER_VALUE,
		"Months and years are not all equally long, and this is an elapsed time.",
	"Give days, such as 30 days."},
	{ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
		"It, or a part of it, is out of range.",
	"Leave it out where there is no limit."}
};

/* Letters and digits; nothing that means another thing by a setting. */
static SpanProblem
check_span_chars(const char *span)
{
	for (const char *c = span; *c != '\0'; c++)
	{
		if (*c == '-' || *c == '+')
			return SPAN_NEGATIVE;
		if ((unsigned char) *c >= 0x80 ||
			!(isalnum((unsigned char) *c) || isspace((unsigned char) *c) ||
			  *c == '.' || *c == ':'))
			return SPAN_SYNTAX;
	}
	return SPAN_OK;
}

static SpanProblem
span_problem(int error, int dtype)
{
	if (error == DTERR_FIELD_OVERFLOW || error == DTERR_INTERVAL_OVERFLOW)
		return SPAN_RANGE;
	return (error != 0 || dtype != DTK_DELTA) ? SPAN_SYNTAX : SPAN_OK;
}

/*
 * ISO 8601 durations, P7DT12H.  The form without unit letters is left out: it
 * has years and months.
 */
static SpanProblem
decode_iso_span(char *span, struct pg_itm_in *itm)
{
	char		first = span[strcspn(span, "TYM")];
	int			dtype = 0;
	int			error;

	if (first == 'Y' || first == 'M')
		return SPAN_MONTHS;
	if (strchr("WDHMS", span[strlen(span) - 1]) == NULL)
		return SPAN_SYNTAX;
	error = DecodeISO8601Interval(span, &dtype, itm);
	return span_problem(error, dtype);
}

/* Numbers, each with its unit, and times as in 1:30. */
static SpanProblem
check_span_fields(char **field, const int *ftype, int nf)
{
	for (int i = 0; i < nf; i++)
	{
		int			unit = 0;

		if (ftype[i] == DTK_NUMBER)
		{
			if (i + 1 == nf || ftype[i + 1] != DTK_STRING)
				return SPAN_NO_UNIT;
			continue;
		}
		if (ftype[i] == DTK_TIME)
			continue;
		if (ftype[i] != DTK_STRING)
			return SPAN_SYNTAX;
		switch (DecodeUnits(i, field[i], &unit))
		{
			case UNITS:
				if (unit == DTK_MONTH || unit == DTK_QUARTER ||
					unit == DTK_YEAR || unit == DTK_DECADE ||
					unit == DTK_CENTURY || unit == DTK_MILLENNIUM)
					return SPAN_MONTHS;
				if (i == 0 || ftype[i - 1] != DTK_NUMBER)
					return SPAN_NO_UNIT;
				break;
			case AGO:
				return SPAN_NEGATIVE;
			default:
				return SPAN_SYNTAX;
		}
	}
	return SPAN_OK;
}

static SpanProblem
decode_span(char *span, int64 *micros)
{
	char	   *field[MAXDATEFIELDS];
	int			ftype[MAXDATEFIELDS];
	char		workbuf[MAXDATELEN + MAXDATEFIELDS];
	int			nf;
	int			dtype = 0;
	struct pg_itm_in itm = {0};
	SpanProblem problem = check_span_chars(span);

	if (problem != SPAN_OK)
		return problem;
	if (span[0] == 'P')
		problem = decode_iso_span(span, &itm);
	else
	{
		if (ParseDateTime(span, workbuf, sizeof(workbuf), field, ftype,
						  MAXDATEFIELDS, &nf) != 0)
			return SPAN_SYNTAX;
		problem = check_span_fields(field, ftype, nf);
		if (problem == SPAN_OK)
		{
			int			error = DecodeInterval(field, ftype, nf,
											   INTERVAL_FULL_RANGE,
											   &dtype, &itm);

			problem = span_problem(error, dtype);
		}
	}
	if (problem != SPAN_OK)
		return problem;
	if (itm.tm_mon != 0 || itm.tm_year != 0)
		return SPAN_MONTHS;
	if (pg_mul_s64_overflow(itm.tm_mday, USECS_PER_DAY, micros) ||
		pg_add_s64_overflow(*micros, itm.tm_usec, micros))
		return SPAN_RANGE;
	return (*micros < 0) ? SPAN_NEGATIVE : SPAN_OK;
}

/* Reads an elapsed time; `what` names its place in messages. */
bool
span_from_text(const char *s, int len, int64 *micros, const char *what,
			   Node *escontext)
{
	SpanProblem problem = SPAN_SYNTAX;

	/* what is longer than the server reads is no interval */
	if (len > 0 && len < MAXDATELEN)
	{
		char	   *span = pnstrdup(s, len);

		problem = decode_span(span, micros);
		pfree(span);
	}
	if (problem == SPAN_OK)
		return true;
	ereturn(escontext, false,
			(errcode(span_reports[problem].sqlstate),
			 errmsg("invalid interval for %s: \"%s\"", what, map_clip(s, len)),
			 errdetail("%s", span_reports[problem].detail),
			 errhint("%s", span_reports[problem].hint)));
}

/* Takes over an interval; `what` names it in messages. */
bool
span_from_interval(const Interval *interval, int64 *micros, const char *what,
				   Node *escontext)
{
	SpanProblem problem = SPAN_OK;

	/* an infinite one has months too, but another cure */
	if (INTERVAL_NOT_FINITE(interval) ||
		pg_mul_s64_overflow(interval->day, USECS_PER_DAY, micros) ||
		pg_add_s64_overflow(*micros, interval->time, micros))
		problem = SPAN_RANGE;
	else if (interval->month != 0)
		problem = SPAN_MONTHS;
	else if (*micros < 0)
		problem = SPAN_NEGATIVE;
	if (problem == SPAN_OK)
		return true;
	ereturn(escontext, false,
			(errcode(span_reports[problem].sqlstate),
			 errmsg("invalid interval for %s", what),
			 errdetail("%s", span_reports[problem].detail),
			 errhint("%s", span_reports[problem].hint)));
}

/* Writes an elapsed time in the largest unit that divides it. */
void
span_to_text(StringInfo buf, int64 micros)
{
	static const struct
	{
		int64		micros;
		const char *name;
	}			units[] = {
		{USECS_PER_DAY, "day"},
		{USECS_PER_HOUR, "hour"},
		{USECS_PER_MINUTE, "minute"},
		{USECS_PER_SEC, "second"}
	};

	for (int i = 0; micros > 0 && i < lengthof(units); i++)
	{
		if (micros % units[i].micros == 0)
		{
			int64		n = micros / units[i].micros;

			appendStringInfo(buf, INT64_FORMAT " %s%s", n, units[i].name,
							 n == 1 ? "" : "s");
			return;
		}
	}
	appendStringInfo(buf, INT64_FORMAT, micros / USECS_PER_SEC);
	if (micros % USECS_PER_SEC != 0)
	{
		appendStringInfo(buf, ".%06d", (int) (micros % USECS_PER_SEC));
		while (buf->data[buf->len - 1] == '0')
			buf->data[--buf->len] = '\0';
	}
	appendStringInfoString(buf, " seconds");
}

/* ---------- points in time ---------- */

typedef enum TimeProblem
{
	TIME_OK, TIME_SYNTAX, TIME_NO_CLOCK, TIME_NO_ZONE, TIME_BAD_ZONE,
	TIME_NO_DAY, TIME_RANGE, TIME_INFINITE
} TimeProblem;

#define TIME_HINT "Give date, time and zone, such as 2024-01-31T00:00:00Z or 2024-01-31 00:00:00+01."

/* by TimeProblem */
static const Report time_reports[] = {
	{0, NULL, NULL},
	{ERRCODE_INVALID_TEXT_REPRESENTATION,
	"It is not a date, a time of day and a zone.", TIME_HINT},
	{ERRCODE_INVALID_TEXT_REPRESENTATION,
	"What follows the date is not a time of day.", TIME_HINT},
	{ERRCODE_INVALID_PARAMETER_VALUE,
	"Without a time of day and a zone it is not a point in time.", TIME_HINT},
	{ERRCODE_INVALID_TEXT_REPRESENTATION,
	"What follows the time of day is not a zone.", TIME_HINT},
	{ERRCODE_INVALID_PARAMETER_VALUE,
	"The calendar has no such day.", TIME_HINT},
	{ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
	"It is out of the range of a timestamp.", TIME_HINT},
	{ERRCODE_INVALID_PARAMETER_VALUE,
		"It must be a point in time.",
	"Leave it out where there is no limit."}
};

/* Reads min to max digits; false if there are fewer or more. */
static bool
read_digits(const char **at, int min, int max, int *value)
{
	int			n = 0;

	*value = 0;
	while (n <= max && isdigit((unsigned char) (*at)[n]))
	{
		if (n < max)
			*value = *value * 10 + ((*at)[n] - '0');
		n++;
	}
	*at += n;
	return n >= min && n <= max;
}

static bool
read_char(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* HH:MM[:SS[.ffffff]] */
static bool
read_clock(const char **at, int64 *micros)
{
	int			hour;
	int			minute;
	int			second = 0;
	int			fraction = 0;

	if (!read_digits(at, 2, 2, &hour) || !read_char(at, ':') ||
		!read_digits(at, 2, 2, &minute))
		return false;
	if (read_char(at, ':'))
	{
		if (!read_digits(at, 2, 2, &second))
			return false;
		if (read_char(at, '.'))
		{
			const char *start = *at;

			if (!read_digits(at, 1, 6, &fraction))
				return false;
			for (int digits = (int) (*at - start); digits < 6; digits++)
				fraction *= 10;
		}
	}
	*micros = ((hour * MINS_PER_HOUR + minute) * (int64) SECS_PER_MINUTE +
			   second) * USECS_PER_SEC + fraction;
	return hour < HOURS_PER_DAY && minute < MINS_PER_HOUR &&
		second < SECS_PER_MINUTE;
}

/* Z, +HH, +HHMM, +HH:MM or +HH:MM:SS; what it is ahead of UTC, in seconds */
static bool
read_zone(const char **at, int *offset)
{
	int			hour;
	int			minute = 0;
	int			second = 0;
	bool		west;
	const char *start;

	*offset = 0;
	if (read_char(at, 'Z') || read_char(at, 'z'))
		return true;
	west = (**at == '-');
	if (!read_char(at, '+') && !read_char(at, '-'))
		return false;
	start = *at;
	if (!read_digits(at, 2, 4, &hour) || *at - start == 3)
		return false;
	if (*at - start == 4)
	{
		minute = hour % 100;
		hour /= 100;
	}
	else if (read_char(at, ':'))
	{
		if (!read_digits(at, 2, 2, &minute))
			return false;
		if (read_char(at, ':') && !read_digits(at, 2, 2, &second))
			return false;
	}
	*offset = (hour * MINS_PER_HOUR + minute) * SECS_PER_MINUTE + second;
	if (west)
		*offset = -*offset;
	return hour <= MAX_TZDISP_HOUR && minute < MINS_PER_HOUR &&
		second < SECS_PER_MINUTE;
}

/* Puts date, time of day and zone together. */
static TimeProblem
join_time(int year, int month, int day, int64 clock, int offset, int64 *at)
{
	int64		days;

	if (month < 1 || month > MONTHS_PER_YEAR || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		return TIME_NO_DAY;
	if (!IS_VALID_JULIAN(year, month, day))
		return TIME_RANGE;
	days = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	if (pg_mul_s64_overflow(days, USECS_PER_DAY, at) ||
		pg_add_s64_overflow(*at, clock - offset * USECS_PER_SEC, at) ||
		!IS_VALID_TIMESTAMP(*at))
		return TIME_RANGE;
	return TIME_OK;
}

static TimeProblem
decode_time(const char *s, int64 *at)
{
	int			year;
	int			month;
	int			day;
	int64		clock;
	int			offset;

	if (pg_strcasecmp(s, "infinity") == 0 || pg_strcasecmp(s, "-infinity") == 0)
		return TIME_INFINITE;
	if (!read_digits(&s, 4, 6, &year) || !read_char(&s, '-') ||
		!read_digits(&s, 2, 2, &month) || !read_char(&s, '-') ||
		!read_digits(&s, 2, 2, &day))
		return TIME_SYNTAX;
	if (*s == '\0')
		return TIME_NO_ZONE;
	if (!read_char(&s, 'T') && !read_char(&s, 't') && !read_char(&s, ' '))
		return TIME_SYNTAX;
	if (!read_clock(&s, &clock))
		return TIME_NO_CLOCK;
	if (*s == '\0')
		return TIME_NO_ZONE;
	if (!read_zone(&s, &offset))
		return TIME_BAD_ZONE;
	if (year == 0)
		return TIME_NO_DAY;
	if (strcmp(s, " BC") == 0)
		year = 1 - year;
	else if (*s != '\0')
		return TIME_SYNTAX;
	return join_time(year, month, day, clock, offset, at);
}

/*
 * Reads a point in time in the form of ISO 8601, with its zone; a year before
 * the first has BC at the end.  `what` names its place in messages.
 */
bool
time_from_text(const char *s, int len, int64 *at, const char *what,
			   Node *escontext)
{
	char	   *copy = pnstrdup(s, len);
	TimeProblem problem = decode_time(copy, at);

	pfree(copy);
	if (problem == TIME_OK)
		return true;
	ereturn(escontext, false,
			(errcode(time_reports[problem].sqlstate),
			 errmsg("invalid time for %s: \"%s\"", what, map_clip(s, len)),
			 errdetail("%s", time_reports[problem].detail),
			 errhint("%s", time_reports[problem].hint)));
}

/* Writes a point in time in UTC. */
void
time_to_text(StringInfo buf, int64 at)
{
	struct pg_tm tm;
	fsec_t		fsec;
	bool		bc;

	if (timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "time out of range in a journey");
	bc = (tm.tm_year <= 0);
	appendStringInfo(buf, "%04d-%02d-%02dT%02d:%02d:%02d",
					 bc ? 1 - tm.tm_year : tm.tm_year, tm.tm_mon, tm.tm_mday,
					 tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (fsec != 0)
	{
		appendStringInfo(buf, ".%06d", (int) fsec);
		while (buf->data[buf->len - 1] == '0')
			buf->data[--buf->len] = '\0';
	}
	appendStringInfoString(buf, bc ? "Z BC" : "Z");
}
