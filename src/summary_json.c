/*
 * summary_json.c
 *	  The funnel's text form: one line of JSON.
 *
 *	  {"version": 1, "journey": {...}, "stages": [{"stage": "a", "reached": 10,
 *	  "to_next_us": [[64, 3], [128, [2, 5]], ...], ...}]}
 *
 * and, where events had channels or feelings,
 *	  "touchpoints": [{"channel": "web", "stage": "a", "events": 12, ...}, ...]
 *
 * A stage has the fields that are not zero.  Sums are whole millionths (of
 * squares, trillionths).  Of a sketch of times, in microseconds, a bucket of
 * equal ones is [duration, count]; buckets next to one another in which they
 * differ are [lower bound of the first, [count, count, ...]].
 */
#include "postgres.h"

#include "compat.h"
#include "jsonb_read.h"
#include "miscadmin.h"
#include "summary.h"
#include "utils/builtins.h"

static void
put_sketch(StringInfo buf, const Sketch *sketch)
{
	const char *separator = "";
	bool		in_run = false;
	int64		after = 0;		/* lower bound of the bucket that may go on */
	int			at = 0;
	int64		lower;
	SketchBucket b;

	appendStringInfoChar(buf, '[');
	while (sketch_next(sketch, &at, &lower, &b))
	{
		bool		mixed = (b.pure == SKETCH_MIXED);

		if (in_run && mixed && lower == after)
			appendStringInfo(buf, ", " INT64_FORMAT, b.count);
		else
		{
			appendStringInfo(buf, "%s%s[" INT64_FORMAT ", %s" INT64_FORMAT,
							 in_run ? "]]" : "", separator,
							 mixed ? lower : b.pure, mixed ? "[" : "",
							 b.count);
			if (!mixed)
				appendStringInfoChar(buf, ']');
			separator = ", ";
		}
		in_run = mixed;
		after = sketch_bucket_after(lower);
	}
	appendStringInfoString(buf, in_run ? "]]]" : "]");
}

static void
put_fields(StringInfo buf, void *row, const SummaryField *fields, int n)
{
	for (int k = 0; k < n; k++)
	{
		const SummaryField *f = &fields[k];

		if (!field_is_set(row, f))
			continue;
		appendStringInfo(buf, ", \"%s\": ", f->key);
		switch (f->kind)
		{
			case FIELD_COUNT:
				appendStringInfo(buf, INT64_FORMAT,
								 *SUMMARY_FIELD(int64, row, f));
				break;
			case FIELD_EXACT:
				exact_to_text(buf, SUMMARY_FIELD(Exact, row, f));
				break;
			case FIELD_SKETCH:
				put_sketch(buf, SUMMARY_FIELD(Sketch, row, f));
				break;
		}
	}
	appendStringInfoChar(buf, '}');
}

static void
put_stage_name(StringInfo buf, const JourneyMap *map, int stage)
{
	const MapText *name = &map->stages[stage].name;

	appendStringInfoString(buf, "\"stage\": ");
	json_put_string(buf, name->s, name->len);
}

/* What a channel has at each stage; `first` is unset after the first one. */
static void
put_slot(StringInfo buf, const FunnelSummary *summary, int slot, bool *first)
{
	const Touchpoints *t = &summary->touch;

	for (int k = 0; k < t->n_stages; k++)
	{
		TouchCount *count = touchpoints_count(t, slot, k);

		if (count->events == 0)
			continue;
		appendStringInfoString(buf, *first ? "{" : ", {");
		*first = false;
		if (slot == SLOT_OTHERS)
			appendStringInfoString(buf, "\"others\": true, ");
		else if (slot >= SLOT_FIRST)
		{
			const MapText *name = &t->channels[slot - SLOT_FIRST];

			appendStringInfoString(buf, "\"channel\": ");
			json_put_string(buf, name->s, name->len);
			appendStringInfoString(buf, ", ");
		}
		put_stage_name(buf, summary->map, k);
		put_fields(buf, count, touch_fields, TOUCH_FIELDS);
	}
}

static void
put_touchpoints(StringInfo buf, const FunnelSummary *summary)
{
	int			slots[TOUCHPOINTS_MAX];
	int			n = touchpoints_order(&summary->touch, slots);
	bool		first = true;

	appendStringInfoString(buf, ", \"touchpoints\": [");
	put_slot(buf, summary, SLOT_NONE, &first);
	put_slot(buf, summary, SLOT_OTHERS, &first);
	for (int i = 0; i < n; i++)
		put_slot(buf, summary, slots[i], &first);
	appendStringInfoChar(buf, ']');
}

void
summary_to_json(StringInfo buf, const FunnelSummary *summary)
{
	const JourneyMap *map = summary->map;

	appendStringInfo(buf, "{\"version\": %d, \"journey\": ", SUMMARY_VERSION);
	map_to_json(buf, map);
	appendStringInfoString(buf, ", \"stages\": [");
	for (int i = 0; i < map->n_stages; i++)
	{
		appendStringInfoString(buf, (i > 0) ? ", {" : "{");
		put_stage_name(buf, map, i);
		put_fields(buf, &summary->stages[i], summary_fields, SUMMARY_FIELDS);
	}
	appendStringInfoChar(buf, ']');
	if (summary->touch.room > 0)
		put_touchpoints(buf, summary);
	appendStringInfoChar(buf, '}');
}

/* Not a funnel's JSON; the detail is a whole sentence. */
static bool
refuse(Node *escontext, const char *detail)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input for type funnel"),
			 errdetail("%s", detail),
			 errhint(SUMMARY_MAKE_HINT)));
}

static bool
refuse_key(Node *escontext, const JsonbValue *key)
{
	return refuse(escontext, psprintf("Unknown key \"%s\".",
									  map_clip(key->val.string.val,
											   key->val.string.len)));
}

static bool
refuse_field(Node *escontext, const char *key, const char *what)
{
	return refuse(escontext, psprintf("\"%s\" must be %s.", key, what));
}

/* False, without an error, where the value is not a whole number in range. */
static bool
get_exact(const JsonbValue *v, Exact *result)
{
	Datum		number;
	char	   *digits;
	char	   *point;
	bool		ok;

	if (v->type != jbvNumeric)
		return false;
	number = NumericGetDatum(v->val.numeric);
	digits = DatumGetCString(DirectFunctionCall1(numeric_out, number));
	/* 3.00 is whole */
	point = strchr(digits, '.');
	if (point != NULL && point[1 + strspn(point + 1, "0")] == '\0')
		*point = '\0';
	ok = exact_from_text(digits, result);
	pfree(digits);
	return ok;
}

static bool
get_number(const JsonbValue *v, int64 max, int64 *result)
{
	Exact		number;

	if (!get_exact(v, &number) || (number.w[1] | number.w[2]) != 0 ||
		number.w[0] > (uint64) max)
		return false;
	*result = (int64) number.w[0];
	return true;
}

/* *next: lower bound of the first bucket that may come, -1 if none may. */
static bool
add_bucket(Sketch *sketch, int64 lower, const JsonbValue *count, int64 pure,
		   int64 *next)
{
	int64		n;

	if (*next < 0 || lower < *next ||
		!get_number(count, SUMMARY_MAX_COUNT, &n) ||
		!sketch_restore(sketch, lower, n, pure))
		return false;
	*next = sketch_bucket_after(lower);
	return true;
}

/* One bucket of equal durations, or a run of others. */
static bool
get_buckets(const JsonbValue *v, Sketch *sketch, int64 *next)
{
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_ARRAY);
	JsonbIterator *run;
	JsonbValue	item;
	JsonbValue	count;
	int64		at;

	if (it == NULL || !jsonb_next_item(&it, &item) ||
		!get_number(&item, PG_INT64_MAX, &at) || !jsonb_next_item(&it, &item))
		return false;
	run = jsonb_open(&item, WJB_BEGIN_ARRAY);
	if (run == NULL)
	{
		if (!add_bucket(sketch, sketch_bucket(at), &item, at, next))
			return false;
	}
	else
	{
		if (!jsonb_next_item(&run, &count))
			return false;
		do
		{
			if (!add_bucket(sketch, at, &count, SKETCH_MIXED, next))
				return false;
			at = *next;
		} while (jsonb_next_item(&run, &count));
	}
	return !jsonb_next_item(&it, &item);
}

static bool
get_sketch(const JsonbValue *v, Sketch *sketch)
{
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_ARRAY);
	JsonbValue	item;
	int64		next = 0;

	if (it == NULL)
		return false;
	while (jsonb_next_item(&it, &item))
	{
		if (!get_buckets(&item, sketch, &next))
			return false;
	}
	return true;
}

static bool
get_field(const JsonbValue *v, const SummaryField *f, void *row,
		  Node *escontext)
{
	switch (f->kind)
	{
		case FIELD_COUNT:
			if (get_number(v, SUMMARY_MAX_COUNT, SUMMARY_FIELD(int64, row, f)))
				return true;
			return refuse_field(escontext, f->key,
								psprintf("a whole number from 0 to "
										 INT64_FORMAT, SUMMARY_MAX_COUNT));
		case FIELD_EXACT:
			if (get_exact(v, SUMMARY_FIELD(Exact, row, f)))
				return true;
			return refuse_field(escontext, f->key, "a whole number");
		case FIELD_SKETCH:
			if (get_sketch(v, SUMMARY_FIELD(Sketch, row, f)))
				return true;
			return refuse_field(escontext, f->key,
								"an array of [duration, count] and "
								"[lower bound, [count, ...]], in ascending "
								"order");
	}
	return false;
}

/* The field of that key. */
static bool
get_named_field(const JsonbValue *key, const JsonbValue *value,
				const SummaryField *fields, int n, void *row,
				Node *escontext)
{
	for (int k = 0; k < n; k++)
	{
		if (jsonb_key_is(key, fields[k].key))
			return get_field(value, &fields[k], row, escontext);
	}
	return refuse_key(escontext, key);
}

static bool
is_text(const JsonbValue *v, const MapText *text)
{
	return v->type == jbvString && v->val.string.len == text->len &&
		memcmp(v->val.string.val, text->s, text->len) == 0;
}

static bool
get_stage(const JsonbValue *v, const MapText *name, StageSummary *s,
		  Node *escontext)
{
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_OBJECT);
	JsonbValue	key;
	JsonbValue	value;
	bool		named = false;

	if (it == NULL)
		return refuse_field(escontext, "stages", "an array of objects");
	while (jsonb_next_pair(&it, &key, &value))
	{
		if (jsonb_key_is(&key, "stage"))
			named = is_text(&value, name);
		else if (!get_named_field(&key, &value, summary_fields,
								  SUMMARY_FIELDS, s, escontext))
			return false;
	}
	if (!named)
		return refuse_field(escontext, "stage",
							psprintf("\"%s\" here, as in the journey",
									 map_clip(name->s, name->len)));
	return true;
}

static bool
get_stages(const JsonbValue *v, FunnelSummary *summary, Node *escontext)
{
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_ARRAY);
	JsonbValue	item;
	int			n = 0;

	while (it != NULL && jsonb_next_item(&it, &item))
	{
		if (n == summary->map->n_stages)
		{
			n++;
			break;
		}
		if (!get_stage(&item, &summary->map->stages[n].name,
					   &summary->stages[n], escontext))
			return false;
		n++;
	}
	if (n != summary->map->n_stages)
		return refuse_field(escontext, "stages",
							"an array of objects, one for each stage of the "
							"journey");
	return true;
}

/* Where the numbers of a channel at a stage belong; false if nowhere. */
static bool
find_slot(FunnelSummary *summary, const JsonbValue *channel,
		  const JsonbValue *others, const JsonbValue *stage, int *slot,
		  int *stage_no)
{
	Touchpoints *t = &summary->touch;

	touchpoints_open(t);
	if (others != NULL)
	{
		*slot = SLOT_OTHERS;
		if (channel != NULL || others->type != jbvBool || !others->val.boolean)
			return false;
	}
	else if (channel == NULL)
		*slot = SLOT_NONE;
	else if (channel->type != jbvString)
		return false;
	else
	{
		*slot = touchpoints_slot(t, channel->val.string.val,
								 (uint32) channel->val.string.len);
		/* one past those that there can be */
		if (*slot == SLOT_OTHERS || t->changes > 0)
			return false;
	}
	for (int k = 0; k < t->n_stages && stage != NULL; k++)
	{
		*stage_no = k;
		if (is_text(stage, &summary->map->stages[k].name))
			return touchpoints_count(t, *slot, k)->events == 0;
	}
	return false;
}

static bool
get_touchpoint(const JsonbValue *v, FunnelSummary *summary, Node *escontext)
{
	static const char *const names[] = {"channel", "others", "stage"};
	JsonbValue	values[3];
	const JsonbValue *found[3] = {NULL, NULL, NULL};
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_OBJECT);
	JsonbValue	key;
	JsonbValue	value;
	TouchCount	count = {0};
	int			slot;
	int			stage;

	/* the iterator is NULL again at the end of an object */
	while (it != NULL && jsonb_next_pair(&it, &key, &value))
	{
		int			k = 0;

		while (k < 3 && !jsonb_key_is(&key, names[k]))
			k++;
		if (k < 3)
		{
			values[k] = value;
			found[k] = &values[k];
		}
		else if (!get_named_field(&key, &value, touch_fields, TOUCH_FIELDS,
								  &count, escontext))
			return false;
	}
	if (count.events == 0 ||
		!find_slot(summary, found[0], found[1], found[2], &slot, &stage))
		return refuse_field(escontext, "touchpoints",
							"an array of objects with events, each of one "
							"stage of the journey and one of at most 64 "
							"channels (or others, or neither)");
	*touchpoints_count(&summary->touch, slot, stage) = count;
	return true;
}

static bool
get_touchpoints(const JsonbValue *v, FunnelSummary *summary, Node *escontext)
{
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_ARRAY);
	JsonbValue	item;

	if (it == NULL)
		return refuse_field(escontext, "touchpoints", "an array of objects");
	while (jsonb_next_item(&it, &item))
	{
		CHECK_FOR_INTERRUPTS();
		if (!get_touchpoint(&item, summary, escontext))
			return false;
	}
	return true;
}

static bool
check_version(const JsonbValue *v, Node *escontext)
{
	int64		version;

	if (!get_number(v, PG_INT64_MAX, &version))
		return refuse_field(escontext, "version", "a whole number");
	if (version != SUMMARY_VERSION)
		ereturn(escontext, false,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("unknown version " INT64_FORMAT " of a funnel's JSON",
						version),
				 errdetail("This library knows version %d.", SUMMARY_VERSION),
				 errhint(SUMMARY_UPDATE_HINT)));
	return true;
}

enum
{
	KEY_VERSION, KEY_JOURNEY, KEY_STAGES, N_NEEDED,
	KEY_TOUCHPOINTS = N_NEEDED, N_KEYS
};

/* Finds the parts.  In another version all but its number may differ. */
static bool
get_parts(Datum json, JsonbValue *parts, Node *escontext)
{
	static const char *const names[N_KEYS] = {
		"version", "journey", "stages", "touchpoints"
	};
	bool		found[N_KEYS] = {false};
	bool		all_known = true;
	JsonbIterator *it;
	JsonbValue	root;
	JsonbValue	key;
	JsonbValue	unknown = {jbvNull};
	JsonbValue	value;

	jsonb_root(DatumGetJsonbP(json), &root);
	it = jsonb_open(&root, WJB_BEGIN_OBJECT);
	while (it != NULL && jsonb_next_pair(&it, &key, &value))
	{
		int			k = 0;

		CHECK_FOR_INTERRUPTS();
		while (k < N_KEYS && !jsonb_key_is(&key, names[k]))
			k++;
		if (k < N_KEYS)
		{
			parts[k] = value;
			found[k] = true;
		}
		else
		{
			unknown = key;
			all_known = false;
		}
	}
	if (found[KEY_VERSION] &&
		!check_version(&parts[KEY_VERSION], escontext))
		return false;
	if (!all_known)
		return refuse_key(escontext, &unknown);
	if (!found[KEY_TOUCHPOINTS])
		parts[KEY_TOUCHPOINTS].type = jbvNull;
	for (int k = 0; k < N_NEEDED; k++)
	{
		if (!found[k])
			return refuse(escontext, psprintf("The key \"%s\" is missing.",
											  names[k]));
	}
	return true;
}

FunnelSummary *
summary_from_json(const char *str, Node *escontext)
{
	const char *start = str + strspn(str, " \t\r\n");
	Datum		json;
	JsonbValue	parts[N_KEYS];
	JourneyMap *map;
	struct varlena *journey;
	FunnelSummary *summary;

	/* what is no object gets our own message */
	if (*start != '{')
	{
		refuse(escontext, "A funnel is a JSON object with the keys "
			   "\"version\", \"journey\" and \"stages\".");
		return NULL;
	}
	if (!compat_input(jsonb_in, str, escontext, &json) ||
		!get_parts(json, parts, escontext))
		return NULL;
	map = map_from_jsonb((struct varlena *)
						 JsonbValueToJsonb(&parts[KEY_JOURNEY]),
						 MAP_KIND_JOURNEY, escontext);
	if (map == NULL)
		return NULL;

	journey = map_pack(map);
	summary = summary_make(journey);
	pfree(journey);
	if (!get_stages(&parts[KEY_STAGES], summary, escontext) ||
		(parts[KEY_TOUCHPOINTS].type != jbvNull &&
		 !get_touchpoints(&parts[KEY_TOUCHPOINTS], summary, escontext)) ||
		!summary_check(summary, escontext))
		return NULL;
	return summary;
}
