/*
 * timeline_json.c
 *	  The timeline's text form: one line of JSON.
 *
 *	  {"events": [["2026-01-31T09:00:00Z", "visit"],
 *	  ["2026-01-31T09:10:00.5Z", "pay", 9.5, "web", -0.25]]}
 *
 * An event is [at, event, value, channel, feeling], NULLs at the end left out.
 * It is read as it comes, since as jsonb, with at most 256 MB, it could not be
 * as long as a timeline.
 */
#include "postgres.h"

#include "compat.h"
#include "event_check.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "timeline.h"
#include "utils/jsonfuncs.h"
#include "utils/memutils.h"

#define EXAMPLE \
	"For example: {\"events\": [[\"2026-01-31T09:00:00Z\", \"visit\"], " \
	"[\"2026-01-31T09:10:00Z\", \"pay\", 9.5, \"web\", -0.25]]}."

/* ---------- writing ---------- */

/* More than is written of an event beside its names, and of the end. */
#define EVENT_TEXT_ROOM 256

/* The names as JSON strings, so that each is made once. */
static MapText *
json_names(const uint8 *next, uint32 n)
{
	MapText    *names = palloc_extended(sizeof(MapText) * ((size_t) n + 1),
										MCXT_ALLOC_HUGE);

	for (uint32 i = 0; i < n; i++)
	{
		StringInfoData buf;
		MapText		name;

		CHECK_FOR_INTERRUPTS();
		next = timeline_name(next, &name);
		initStringInfo(&buf);
		json_put_string(&buf, name.s, name.len);
		names[i].s = pnstrdup(buf.data, buf.len);
		names[i].len = buf.len;
		pfree(buf.data);
	}
	return names;
}

/* A text has at most 1 GB, too, and says the same in some four times more. */
static void
check_text_size(size_t size, uint32 n_events)
{
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the text form of a timeline of %u events would take "
						"more than 1 GB", n_events),
				 errhint("Use the binary form, as COPY ... WITH (FORMAT "
						 "binary) does, or cut the timeline with slice().")));
}

static void
put_event(StringInfo buf, const TimelineEvent *e, const MapText *name,
		  const MapText *channel)
{
	bool		has_feeling = e->feeling != TIMELINE_NO_FEELING;
	bool		has_channel = channel != NULL;

	appendStringInfoString(buf, "[\"");
	time_to_text(buf, e->at);
	appendStringInfoString(buf, "\", ");
	appendBinaryStringInfo(buf, name->s, name->len);
	if (e->has_value || has_channel || has_feeling)
	{
		appendStringInfoString(buf, ", ");
		if (e->has_value)
			json_put_number(buf, e->value);
		else
			appendStringInfoString(buf, "null");
	}
	if (has_channel || has_feeling)
	{
		appendStringInfoString(buf, ", ");
		if (has_channel)
			appendBinaryStringInfo(buf, channel->s, channel->len);
		else
			appendStringInfoString(buf, "null");
	}
	if (has_feeling)
	{
		appendStringInfoString(buf, ", ");
		json_put_number(buf, (double) e->feeling / FEELING_SCALE);
	}
	appendStringInfoChar(buf, ']');
}

void
timeline_to_json(StringInfo buf, const struct varlena *packed)
{
	Timeline	t;
	MapText    *names;
	MapText    *channels;
	int64		at = 0;

	timeline_open(&t, packed);
	names = json_names(t.names, t.n_names);
	channels = json_names(t.channels, t.n_channels);
	appendStringInfoString(buf, "{\"events\": [");
	for (uint32 i = 0; i < t.n; i++)
	{
		TimelineEvent e;
		const MapText *name;
		const MapText *channel = NULL;

		CHECK_FOR_INTERRUPTS();
		timeline_get(&t, i, &at, &e);
		name = &names[e.name];
		if (e.channel > 0)
			channel = &channels[e.channel - 1];
		check_text_size((size_t) buf->len + name->len +
						(channel == NULL ? 0 : channel->len) + EVENT_TEXT_ROOM,
						t.n);
		if (i > 0)
			appendStringInfoString(buf, ", ");
		put_event(buf, &e, name, channel);
	}
	appendStringInfoString(buf, "]}");
}

/* ---------- reading ---------- */

/* what the parser is in */
typedef enum Level
{
	LEVEL_TOP, LEVEL_OBJECT, LEVEL_EVENTS, LEVEL_EVENT
} Level;

typedef enum EventField
{
	EVENT_AT, EVENT_NAME, EVENT_VALUE, EVENT_CHANNEL, EVENT_FEELING,
	EVENT_FIELDS
} EventField;

typedef struct TimelineReader
{
	TimelineBuilder *builder;
	Level		level;
	bool		has_events;
	int64		event_no;		/* from 1 */
	int			field;			/* an EventField, or past the last */
	TimelineEvent event;
	Node	   *escontext;
} TimelineReader;

/* Not a timeline's JSON; the detail is a whole sentence. */
static bool
refuse(const TimelineReader *r, const char *detail)
{
	ereturn(r->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input for type timeline"),
			 errdetail("%s", detail),
			 errhint(EXAMPLE)));
}

static bool
refuse_field(const TimelineReader *r)
{
	static const char *const problems[] = {
		"The time of event " INT64_FORMAT " must be a string.",
		"The name of event " INT64_FORMAT " must be a string.",
		"The value of event " INT64_FORMAT " must be a number or null.",
		"The channel of event " INT64_FORMAT " must be a string or null.",
		"The feeling of event " INT64_FORMAT " must be a number or null.",
		"Event " INT64_FORMAT " has more than time, name, value, channel and "
		"feeling."
	};

	return refuse(r, psprintf(problems[r->field], r->event_no));
}

static bool
refuse_number(const TimelineReader *r, const char *what, const char *token,
			  const char *range)
{
	ereturn(r->escontext, false,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s of event " INT64_FORMAT " is out of range: %s", what,
					r->event_no, map_clip(token, (int) strlen(token))),
			 errdetail("It must be %s.", range)));
}

/* What must be an array and is not, or is one too much. */
static bool
refuse_here(const TimelineReader *r)
{
	switch (r->level)
	{
		case LEVEL_TOP:
			return refuse(r, "A timeline is an object with the key "
						  "\"events\".");
		case LEVEL_OBJECT:
			return refuse(r, "\"events\" must be an array.");
		case LEVEL_EVENTS:
			return refuse(r, psprintf("Event " INT64_FORMAT " must be an "
									  "array of time, name, value, channel "
									  "and feeling.", r->event_no + 1));
		case LEVEL_EVENT:
			break;
	}
	return refuse_field(r);
}

static bool
read_value(TimelineReader *r, const char *token)
{
	double		value = strtod(token, NULL);

	if (!(value >= -EVENT_MAX_VALUE && value <= EVENT_MAX_VALUE))
		return refuse_number(r, "the value", token,
							 "a number from -1e12 to 1e12");
	r->event.value = value;
	r->event.has_value = true;
	return true;
}

static bool
read_feeling(TimelineReader *r, const char *token)
{
	double		feeling = strtod(token, NULL);

	if (!(feeling >= -1 && feeling <= 1))
		return refuse_number(r, "the feeling", token,
							 "a number from -1 to 1");
	r->event.feeling = event_feeling_millionths(feeling);
	return true;
}

static bool
read_field(TimelineReader *r, const char *token, JsonTokenType type)
{
	uint32		len = (uint32) strlen(token);
	char		what[40];

	if (type == JSON_TOKEN_NULL && r->field >= EVENT_VALUE &&
		r->field < EVENT_FIELDS)
		return true;
	switch (r->field)
	{
		case EVENT_AT:
			if (type != JSON_TOKEN_STRING)
				return refuse_field(r);
			snprintf(what, sizeof(what), "event " INT64_FORMAT, r->event_no);
			return time_from_text(token, (int) len, &r->event.at, what,
								  r->escontext);
		case EVENT_NAME:
			if (type != JSON_TOKEN_STRING)
				return refuse_field(r);
			r->event.name = timeline_builder_name(r->builder, token, len);
			return true;
		case EVENT_VALUE:
			return type == JSON_TOKEN_NUMBER ? read_value(r, token) :
				refuse_field(r);
		case EVENT_CHANNEL:
			if (type != JSON_TOKEN_STRING)
				return refuse_field(r);
			r->event.channel = timeline_builder_channel(r->builder, token,
														len);
			return true;
		case EVENT_FEELING:
			return type == JSON_TOKEN_NUMBER ? read_feeling(r, token) :
				refuse_field(r);
	}
	return refuse_field(r);
}

static compat_json_result
object_start(void *state)
{
	TimelineReader *r = (TimelineReader *) state;
	bool		ok = r->level == LEVEL_TOP || refuse_here(r);

	r->level = LEVEL_OBJECT;
	compat_json_return(ok);
}

static compat_json_result
object_end(void *state)
{
	TimelineReader *r = (TimelineReader *) state;

	compat_json_return(r->has_events ||
					   refuse(r, "The key \"events\" is missing."));
}

static compat_json_result
field_start(void *state, char *name, bool isnull)
{
	TimelineReader *r = (TimelineReader *) state;
	bool		ok = true;

	if (strcmp(name, "events") != 0)
		ok = refuse(r, psprintf("There is no key \"%s\" in a timeline.",
								map_clip(name, (int) strlen(name))));
	else if (r->has_events)
		ok = refuse(r, "The key \"events\" is there twice.");
	r->has_events = true;
	compat_json_return(ok);
}

static compat_json_result
array_start(void *state)
{
	TimelineReader *r = (TimelineReader *) state;

	CHECK_FOR_INTERRUPTS();
	if (r->level == LEVEL_TOP || r->level == LEVEL_EVENT)
		compat_json_return(refuse_here(r));
	if (r->level == LEVEL_EVENTS)
	{
		r->event_no++;
		r->field = EVENT_AT;
		memset(&r->event, 0, sizeof(r->event));
		r->event.feeling = TIMELINE_NO_FEELING;
	}
	r->level++;
	compat_json_return(true);
}

static compat_json_result
array_end(void *state)
{
	TimelineReader *r = (TimelineReader *) state;

	if (r->level == LEVEL_EVENT)
	{
		if (r->field <= EVENT_NAME)
			compat_json_return(refuse_field(r));
		timeline_builder_add(r->builder, &r->event);
	}
	r->level--;
	compat_json_return(true);
}

static compat_json_result
scalar(void *state, char *token, JsonTokenType type)
{
	TimelineReader *r = (TimelineReader *) state;

	if (r->level != LEVEL_EVENT)
		compat_json_return(refuse_here(r));
	if (!read_field(r, token, type))
		compat_json_return(false);
	/* the parser leaves it to us */
	pfree(token);
	r->field = Min(r->field + 1, EVENT_FIELDS);
	compat_json_return(true);
}

struct varlena *
timeline_from_json(const char *str, Node *escontext)
{
	TimelineReader r = {.escontext = escontext};
	JsonSemAction actions = {
		.semstate = &r,
		.object_start = object_start,
		.object_end = object_end,
		.array_start = array_start,
		.array_end = array_end,
		.object_field_start = field_start,
		.scalar = scalar
	};

	/* what is no object gets our own message */
	if (str[strspn(str, " \t\r\n")] != '{')
	{
		(void) refuse_here(&r);
		return NULL;
	}
	r.builder = timeline_builder_make();
	if (!compat_parse_json(compat_json_lexer(str, strlen(str),
											 GetDatabaseEncoding()),
						   &actions, escontext))
		return NULL;
	return timeline_builder_pack(r.builder);
}
