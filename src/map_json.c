/*
 * map_json.c
 *	  The JSON form of journeys and stages, which can say everything.
 *
 * One table of fields for each serves reading and writing; what is written
 * stands in the table's order.
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "compat.h"
#include "fmgr.h"
#include "jsonb_read.h"
#include "map.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"

typedef enum FieldType
{
	FIELD_STAGES,
	FIELD_TEXT,
	FIELD_TEXTS,
	FIELD_BOOL,
	FIELD_NUMBER,
	FIELD_SPAN,
	FIELD_TIME,
	FIELD_MATCHING,
	FIELD_ENTRY,
	FIELD_COUNTING
} FieldType;

typedef struct Field
{
	const char *key;
	FieldType	type;
	size_t		offset;			/* in JourneyMap or MapStage */
} Field;

/* a table of fields, and the things that have them */
typedef struct FieldTable
{
	const char *owner;			/* in messages */
	int			n;
	const Field *fields;
} FieldTable;

static const Field journey_fields[] = {
	{"stages", FIELD_STAGES, 0},
	{"within", FIELD_SPAN, offsetof(JourneyMap, within)},
	{"matching", FIELD_MATCHING, 0},
	{"entry", FIELD_ENTRY, 0},
	{"counting", FIELD_COUNTING, 0},
	{"as_of", FIELD_TIME, offsetof(JourneyMap, as_of)},
	{"entered_from", FIELD_TIME, offsetof(JourneyMap, entered_from)},
	{"entered_until", FIELD_TIME, offsetof(JourneyMap, entered_until)},
	{"title", FIELD_TEXT, offsetof(JourneyMap, title)},
	{"persona", FIELD_TEXT, offsetof(JourneyMap, persona)},
	{"scenario", FIELD_TEXT, offsetof(JourneyMap, scenario)}
};

static const Field stage_fields[] = {
	{"name", FIELD_TEXT, offsetof(MapStage, name)},
	{"events", FIELD_TEXTS, offsetof(MapStage, events)},
	{"optional", FIELD_BOOL, offsetof(MapStage, optional)},
	{"within", FIELD_SPAN, offsetof(MapStage, within)},
	{"after", FIELD_SPAN, offsetof(MapStage, after)},
	{"without", FIELD_TEXTS, offsetof(MapStage, without)},
	{"expected_drop_off", FIELD_NUMBER, offsetof(MapStage, expected_drop_off)},
	{"evidence", FIELD_TEXT, offsetof(MapStage, evidence)},
	{"goal", FIELD_TEXT, offsetof(MapStage, goal)},
	{"touchpoints", FIELD_TEXTS, offsetof(MapStage, touchpoints)},
	{"thoughts", FIELD_TEXTS, offsetof(MapStage, thoughts)},
	{"feeling", FIELD_NUMBER, offsetof(MapStage, feeling)},
	{"pains", FIELD_TEXTS, offsetof(MapStage, pains)},
	{"opportunities", FIELD_TEXTS, offsetof(MapStage, opportunities)}
};

static const FieldTable journey_table = {
	"journey", lengthof(journey_fields), journey_fields
};

static const FieldTable stage_table = {
	"stage", lengthof(stage_fields), stage_fields
};

#define FIELD_PTR(type, base, field) \
	((type *) ((char *) (base) + (field)->offset))
#define CONST_FIELD_PTR(type, base, field) \
	((const type *) ((const char *) (base) + (field)->offset))

/* ---------- writing ---------- */

void
json_put_string(StringInfo buf, const char *s, int len)
{
	char	   *copy = pnstrdup(s, len);

	escape_json(buf, copy);
	pfree(copy);
}

void
json_put_number(StringInfo buf, double number)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(number, digits);
	appendStringInfoString(buf, digits);
}

static void
put_list(StringInfo buf, const MapTexts *list)
{
	for (int i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(buf, i == 0 ? "[" : ", ");
		json_put_string(buf, list->items[i].s, list->items[i].len);
	}
	appendStringInfoChar(buf, ']');
}

static bool
is_given(const void *base, const Field *field)
{
	const JourneyMap *map = (const JourneyMap *) base;

	switch (field->type)
	{
		case FIELD_STAGES:
			return true;
		case FIELD_TEXT:
			return CONST_FIELD_PTR(MapText, base, field)->s != NULL;
		case FIELD_TEXTS:
			return CONST_FIELD_PTR(MapTexts, base, field)->n > 0;
		case FIELD_BOOL:
			return *CONST_FIELD_PTR(bool, base, field);
		case FIELD_NUMBER:
			return !isnan(*CONST_FIELD_PTR(double, base, field));
		case FIELD_SPAN:
			return *CONST_FIELD_PTR(int64, base, field) != MAP_NO_SPAN;
		case FIELD_TIME:
			return *CONST_FIELD_PTR(int64, base, field) != MAP_NO_TIME;
		case FIELD_MATCHING:
			return map->matching != MAP_ORDERED;
		case FIELD_ENTRY:
			return map->entry != MAP_ENTRY_FIRST;
		case FIELD_COUNTING:
			return map->counting != MAP_CUSTOMERS;
	}
	return false;
}

static void put_object(StringInfo buf, const FieldTable *table,
					   const void *base);

static void
put_value(StringInfo buf, const void *base, const Field *field)
{
	const JourneyMap *map = (const JourneyMap *) base;
	const MapText *text;

	switch (field->type)
	{
		case FIELD_STAGES:
			for (int i = 0; i < map->n_stages; i++)
			{
				appendStringInfoString(buf, i == 0 ? "[" : ", ");
				put_object(buf, &stage_table, &map->stages[i]);
			}
			appendStringInfoChar(buf, ']');
			break;
		case FIELD_TEXT:
			text = CONST_FIELD_PTR(MapText, base, field);
			json_put_string(buf, text->s, text->len);
			break;
		case FIELD_TEXTS:
			put_list(buf, CONST_FIELD_PTR(MapTexts, base, field));
			break;
		case FIELD_BOOL:
			appendStringInfoString(buf, "true");
			break;
		case FIELD_NUMBER:
			json_put_number(buf, *CONST_FIELD_PTR(double, base, field));
			break;
		case FIELD_SPAN:
			appendStringInfoChar(buf, '"');
			span_to_text(buf, *CONST_FIELD_PTR(int64, base, field));
			appendStringInfoChar(buf, '"');
			break;
		case FIELD_TIME:
			appendStringInfoChar(buf, '"');
			time_to_text(buf, *CONST_FIELD_PTR(int64, base, field));
			appendStringInfoChar(buf, '"');
			break;
		case FIELD_MATCHING:
			appendStringInfo(buf, "\"%s\"", map_matching_words[map->matching]);
			break;
		case FIELD_ENTRY:
			appendStringInfo(buf, "\"%s\"", map_entry_words[map->entry]);
			break;
		case FIELD_COUNTING:
			appendStringInfo(buf, "\"%s\"", map_counting_words[map->counting]);
			break;
	}
}

static void
put_object(StringInfo buf, const FieldTable *table, const void *base)
{
	const char *separator = "{";

	for (int i = 0; i < table->n; i++)
	{
		const Field *field = &table->fields[i];

		if (!is_given(base, field))
			continue;
		appendStringInfo(buf, "%s\"%s\": ", separator, field->key);
		put_value(buf, base, field);
		separator = ", ";
	}
	appendStringInfoChar(buf, '}');
}

/* Writes what is given of a stage or journey as one JSON object. */
void
map_to_json(StringInfo buf, const JourneyMap *map)
{
	if (map->kind == MAP_KIND_STAGE)
		put_object(buf, &stage_table, &map->stages[0]);
	else
		put_object(buf, &journey_table, map);
}

/* ---------- reading ---------- */

/* Where we are, for messages. */
typedef struct JsonReader
{
	char		kind;			/* what is read as a whole */
	const FieldTable *table;	/* of the object that is read now */
	int			stage_no;		/* from 1; 0 outside of a list of stages */
	const Field *field;
	Node	   *escontext;
} JsonReader;

/* The object that is read now: `the journey`, `the stage` or `stage 3`. */
static char *
place(const JsonReader *r)
{
	if (r->stage_no > 0)
		return psprintf("stage %d", r->stage_no);
	return psprintf("the %s", r->table->owner);
}

/* Reports something about the value as a whole; always false. */
static bool
bad_json(const JsonReader *r, const char *problem, const char *hint)
{
	ereturn(r->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid JSON for type %s",
					r->kind == MAP_KIND_STAGE ? "stage" : "journey"),
			 errdetail("%s", problem),
			 hint ? errhint("%s", hint) : 0));
}

/* Reports a value of the wrong JSON type; always false. */
static bool
wrong_type(const JsonReader *r, const char *wanted, const char *hint)
{
	return bad_json(r, psprintf("\"%s\" of %s must be %s.",
								r->field->key, place(r), wanted), hint);
}

static bool
unknown_key(const JsonReader *r, const JsonbValue *key)
{
	StringInfoData hint;

	initStringInfo(&hint);
	appendStringInfo(&hint, "The keys of a %s are", r->table->owner);
	for (int i = 0; i < r->table->n; i++)
		appendStringInfo(&hint, "%s \"%s\"", i == 0 ? "" : ",",
						 r->table->fields[i].key);
	appendStringInfoChar(&hint, '.');
	return bad_json(r, psprintf("There is no key \"%s\" in %s.",
								map_clip(key->val.string.val,
										 key->val.string.len),
								r->stage_no > 0 ? "a stage" : place(r)),
					hint.data);
}

static bool
not_an_object(const JsonReader *r)
{
	if (r->table == &journey_table)
		return bad_json(r, "A journey must be an object.",
						"For example: {\"stages\": [{\"name\": \"visit\"}, {\"name\": \"buy\"}]}.");
	return bad_json(r, psprintf("%s must be an object or a string with its name.",
								r->stage_no > 0 ?
								psprintf("Stage %d", r->stage_no) : "A stage"),
					"For example: {\"name\": \"visit\", \"events\": [\"view\", \"search\"]}.");
}

/* for messages of the readers of intervals and times */
static char *
field_name(const JsonReader *r)
{
	return psprintf("\"%s\" of %s", r->field->key, place(r));
}

static bool
read_string(const JsonReader *r, const JsonbValue *v, MapText *text)
{
	if (v->type != jbvString)
		return wrong_type(r, "a string", NULL);
	text->s = v->val.string.val;
	text->len = v->val.string.len;
	return true;
}

static bool
read_list(const JsonReader *r, const JsonbValue *v, MapTexts *list)
{
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_ARRAY);
	JsonbValue	item;

	if (it == NULL)
		return wrong_type(r, "an array of strings", NULL);
	while (JsonbIteratorNext(&it, &item, true) == WJB_ELEM)
	{
		CHECK_FOR_INTERRUPTS();
		if (item.type != jbvString)
			return wrong_type(r, "an array of strings", NULL);
		if (!map_add_text(list, item.val.string.val, item.val.string.len,
						  r->escontext))
			return false;
	}
	return true;
}

/* Reads a number; what is too large for a double becomes infinite. */
static bool
read_number(const JsonReader *r, const JsonbValue *v, double *number)
{
	Datum		numeric;
	char	   *digits;

	if (v->type != jbvNumeric)
		return wrong_type(r, "a number", NULL);
	numeric = NumericGetDatum(v->val.numeric);
	digits = DatumGetCString(DirectFunctionCall1(numeric_out, numeric));
	*number = strtod(digits, NULL);
	pfree(digits);
	return true;
}

static bool
read_span(const JsonReader *r, const JsonbValue *v, int64 *span)
{
	if (v->type != jbvString)
		return wrong_type(r, "a string with an interval",
						  "For example: \"7 days\".");
	return span_from_text(v->val.string.val, v->val.string.len, span,
						  field_name(r), r->escontext);
}

static bool
read_time(const JsonReader *r, const JsonbValue *v, int64 *at)
{
	if (v->type != jbvString)
		return wrong_type(r, "a string with a time",
						  "For example: \"2024-01-31T00:00:00Z\".");
	return time_from_text(v->val.string.val, v->val.string.len, at,
						  field_name(r), r->escontext);
}

static bool
read_word(const JsonReader *r, const JsonbValue *v,
		  const char *const *words, int *value)
{
	MapText		word = {NULL, 0};

	return read_string(r, v, &word) &&
		map_find_word(words, word.s, word.len, r->field->key, value,
					  r->escontext);
}

static bool read_object(JsonReader *r, const JsonbValue *v,
						const FieldTable *table, void *base);

/* A stage is an object, or a string that is its name. */
static bool
read_stage(JsonReader *r, const JsonbValue *v, MapStage *stage)
{
	if (v->type == jbvString)
	{
		stage->name.s = v->val.string.val;
		stage->name.len = v->val.string.len;
		return true;
	}
	return read_object(r, v, &stage_table, stage);
}

static bool
read_stages(const JsonReader *r, const JsonbValue *v, JourneyMap *map)
{
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_ARRAY);
	JsonbValue	item;
	JsonReader	inner = *r;
	JourneyMap *stages;
	int			n;

	if (it == NULL)
		return wrong_type(r, "an array of stages", NULL);
	n = JsonContainerSize(v->val.binary.data);
	if (!map_check_count(n, r->escontext))
		return false;
	stages = map_make(MAP_KIND_JOURNEY, n);
	map->n_stages = n;
	map->stages = stages->stages;
	pfree(stages);
	for (int i = 0; i < n; i++)
	{
		(void) JsonbIteratorNext(&it, &item, true);
		inner.stage_no = i + 1;
		if (!read_stage(&inner, &item, &map->stages[i]))
			return false;
	}
	return true;
}

/* Reads the value of r->field into the stage or journey at base. */
static bool
read_field(const JsonReader *r, const JsonbValue *v, void *base)
{
	const Field *field = r->field;
	JourneyMap *map = (JourneyMap *) base;
	int			word = 0;

	switch (field->type)
	{
		case FIELD_STAGES:
			return read_stages(r, v, map);
		case FIELD_TEXT:
			return read_string(r, v, FIELD_PTR(MapText, base, field));
		case FIELD_TEXTS:
			return read_list(r, v, FIELD_PTR(MapTexts, base, field));
		case FIELD_BOOL:
			if (v->type != jbvBool)
				return wrong_type(r, "true or false", NULL);
			*FIELD_PTR(bool, base, field) = v->val.boolean;
			return true;
		case FIELD_NUMBER:
			return read_number(r, v, FIELD_PTR(double, base, field));
		case FIELD_SPAN:
			return read_span(r, v, FIELD_PTR(int64, base, field));
		case FIELD_TIME:
			return read_time(r, v, FIELD_PTR(int64, base, field));
		case FIELD_MATCHING:
			if (!read_word(r, v, map_matching_words, &word))
				return false;
			map->matching = (MapMatching) word;
			return true;
		case FIELD_ENTRY:
			if (!read_word(r, v, map_entry_words, &word))
				return false;
			map->entry = (MapEntry) word;
			return true;
		case FIELD_COUNTING:
			if (!read_word(r, v, map_counting_words, &word))
				return false;
			map->counting = (MapCounting) word;
			return true;
	}
	return false;
}

/* Finds a key in the table; NULL if it is not there. */
static const Field *
find_field(const FieldTable *table, const JsonbValue *key)
{
	for (int i = 0; i < table->n; i++)
		if (strlen(table->fields[i].key) == key->val.string.len &&
			memcmp(table->fields[i].key, key->val.string.val,
				   key->val.string.len) == 0)
			return &table->fields[i];
	return NULL;
}

static bool
read_object(JsonReader *r, const JsonbValue *v, const FieldTable *table,
			void *base)
{
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_OBJECT);
	JsonbValue	key;
	JsonbValue	value;

	r->table = table;
	if (it == NULL)
		return not_an_object(r);
	while (JsonbIteratorNext(&it, &key, true) == WJB_KEY)
	{
		CHECK_FOR_INTERRUPTS();
		(void) JsonbIteratorNext(&it, &value, true);
		r->field = find_field(table, &key);
		if (r->field == NULL)
			return unknown_key(r, &key);
		if (value.type != jbvNull && !read_field(r, &value, base))
			return false;
	}
	return true;
}

/* Reads a jsonb value; the strings of the map point into it. */
JourneyMap *
map_from_jsonb(const struct varlena *jsonb, char kind, Node *escontext)
{
	JsonReader	r = {.kind = kind, .escontext = escontext};
	Jsonb	   *jb = DatumGetJsonbP(PointerGetDatum(jsonb));
	JourneyMap *map = map_make(kind, kind == MAP_KIND_STAGE ? 1 : 0);
	JsonbValue	root;
	bool		ok;

	if (!JsonbExtractScalar(&jb->root, &root))
		jsonb_root(jb, &root);
	if (kind == MAP_KIND_STAGE)
		ok = read_stage(&r, &root, &map->stages[0]);
	else
		ok = read_object(&r, &root, &journey_table, map);
	if (!ok)
		return NULL;
	map_tidy(map);
	return map_check(map, escontext) ? map : NULL;
}

JourneyMap *
map_from_json(const char *str, char kind, Node *escontext)
{
	Datum		jsonb;

	if (!compat_input(jsonb_in, str, escontext, &jsonb))
		return NULL;
	return map_from_jsonb((struct varlena *) DatumGetPointer(jsonb), kind,
						  escontext);
}
