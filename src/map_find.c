/*
 * map_find.c
 *	  Questions about a map, and words for messages about it.
 */
#include "postgres.h"

#include "compat.h"
#include "lib/stringinfo.h"
#include "map.h"
#include "mb/pg_wchar.h"

#define CLIP_BYTES	63			/* of a name or an input in a message */
#define LIST_BYTES	300			/* of a list of names in a message */

const char *const map_matching_words[] = {"ordered", "strict", "any", NULL};
const char *const map_entry_words[] = {"first", "any", NULL};
const char *const map_counting_words[] = {"customers", "attempts", NULL};

/* A copy that is short enough for a message. */
char *
map_clip(const char *s, int len)
{
	int			clipped;

	if (len <= CLIP_BYTES)
		return pnstrdup(s, len);
	clipped = pg_mbcliplen(s, len, CLIP_BYTES);
	return psprintf("%.*s...", clipped, s);
}

/* Adds a string to a list; the string is not copied. */
bool
map_add_text(MapTexts *list, const char *s, int len, Node *escontext)
{
	if (list->n >= MAP_MAX_NAMES)
		ereturn(escontext, false,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a list in a journey cannot have more than %d elements",
						MAP_MAX_NAMES),
				 errhint("Give many events one name in the query, with CASE or a look-up table.")));
	/* room is always the next power of two */
	if (list->n == 0)
		list->items = (MapText *) palloc(sizeof(MapText));
	else if ((list->n & (list->n - 1)) == 0)
		list->items = (MapText *) repalloc(list->items,
										   2 * list->n * sizeof(MapText));
	list->items[list->n].s = s;
	list->items[list->n].len = len;
	list->n++;
	return true;
}

/* Finds one of a few words; lists them where it is none of them. */
bool
map_find_word(const char *const *words, const char *s, int len,
			  const char *what, int *value, Node *escontext)
{
	StringInfoData known;

	initStringInfo(&known);
	for (int i = 0; words[i] != NULL; i++)
	{
		if (strlen(words[i]) == len && memcmp(words[i], s, len) == 0)
		{
			*value = i;
			return true;
		}
		appendStringInfo(&known, "%s\"%s\"",
						 i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown value for %s of a journey: \"%s\"", what,
					map_clip(s, len)),
			 errhint("It is %s.", known.data)));
}

static void
put_quoted(StringInfo buf, const MapText *text)
{
	appendStringInfo(buf, "\"%s\"", map_clip(text->s, text->len));
}

/* "a", "b", "c", not too long for a message */
char *
map_stage_list(const JourneyMap *map)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < map->n_stages; i++)
	{
		if (i > 0)
			appendStringInfoString(&buf, ", ");
		if (buf.len > LIST_BYTES)
		{
			appendStringInfo(&buf, "... (%d in all)", map->n_stages);
			break;
		}
		put_quoted(&buf, &map->stages[i].name);
	}
	return buf.data;
}

/* ---------- how two journeys differ ---------- */

/* "a", "b", or `none` */
static char *
list_string(const MapTexts *list)
{
	StringInfoData buf;

	if (list->n == 0)
		return pstrdup("none");
	initStringInfo(&buf);
	for (int i = 0; i < list->n; i++)
	{
		if (i > 0)
			appendStringInfoString(&buf, ", ");
		if (buf.len > LIST_BYTES)
		{
			appendStringInfo(&buf, "... (%d in all)", list->n);
			break;
		}
		put_quoted(&buf, &list->items[i]);
	}
	return buf.data;
}

char *
map_span_string(int64 span)
{
	StringInfoData buf;

	if (span == MAP_NO_SPAN)
		return pstrdup("not set");
	initStringInfo(&buf);
	span_to_text(&buf, span);
	return buf.data;
}

static bool
same_list(const MapTexts *a, const MapTexts *b)
{
	if (a->n != b->n)
		return false;
	for (int i = 0; i < a->n; i++)
		if (!map_text_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

/* NULL if there is none */
static char *
names_difference(const char *what, int stage_no, const MapStage *stage,
				 const MapTexts *a, const MapTexts *b)
{
	if (same_list(a, b))
		return NULL;
	return psprintf("%s of stage %d, \"%s\", is %s in one and %s in the other",
					what, stage_no, map_clip(stage->name.s, stage->name.len),
					list_string(a), list_string(b));
}

static char *
span_difference(const char *what, int stage_no, const MapStage *stage,
				int64 a, int64 b)
{
	if (a == b)
		return NULL;
	return psprintf("\"%s\" of stage %d, \"%s\", is %s in one and %s in the other",
					what, stage_no, map_clip(stage->name.s, stage->name.len),
					map_span_string(a), map_span_string(b));
}

static char *
stage_difference(int stage_no, const MapStage *a, const MapStage *b)
{
	/* no list means the event of the stage's own name */
	MapText		own = a->name;
	MapTexts	own_list = {1, &own};
	char	   *found;

	if (!map_text_equal(&a->name, &b->name))
		return psprintf("stage %d is \"%s\" in one and \"%s\" in the other",
						stage_no, map_clip(a->name.s, a->name.len),
						map_clip(b->name.s, b->name.len));
	found = names_difference("the list of events", stage_no, a,
							 a->events.n > 0 ? &a->events : &own_list,
							 b->events.n > 0 ? &b->events : &own_list);
	if (found == NULL && a->optional != b->optional)
		found = psprintf("stage %d, \"%s\", is %s in one and %s in the other",
						 stage_no, map_clip(a->name.s, a->name.len),
						 a->optional ? "optional" : "required",
						 b->optional ? "optional" : "required");
	if (found == NULL)
		found = span_difference("within", stage_no, a, a->within, b->within);
	if (found == NULL)
		found = span_difference("after", stage_no, a, a->after, b->after);
	if (found == NULL)
		found = names_difference("\"without\"", stage_no, a,
								 &a->without, &b->without);
	return found;
}

/*
 * The first thing in which two journeys match differently, as a phrase for a
 * message; NULL if there is none.
 */
char *
map_matching_difference(const JourneyMap *a, const JourneyMap *b)
{
	if (a->kind != b->kind)
		return pstrdup("one is a stage and the other a journey");
	for (int i = 0; i < Min(a->n_stages, b->n_stages); i++)
	{
		char	   *found = stage_difference(i + 1, &a->stages[i],
											 &b->stages[i]);

		if (found != NULL)
			return found;
	}
	if (a->n_stages != b->n_stages)
		return psprintf("one has %d stages and the other %d",
						a->n_stages, b->n_stages);
	if (a->within != b->within)
		return psprintf("the window is %s in one and %s in the other",
						map_span_string(a->within),
						map_span_string(b->within));
	if (a->matching != b->matching)
		return psprintf("matching is \"%s\" in one and \"%s\" in the other",
						map_matching_words[a->matching],
						map_matching_words[b->matching]);
	if (a->entry != b->entry)
		return psprintf("entry is \"%s\" in one and \"%s\" in the other",
						map_entry_words[a->entry], map_entry_words[b->entry]);
	if (a->counting != b->counting)
		return psprintf("counting is \"%s\" in one and \"%s\" in the other",
						map_counting_words[a->counting],
						map_counting_words[b->counting]);
	return NULL;
}

/* In any order, no stage comes first: the n-th is that n of them are done. */
char *
map_stage_name(const JourneyMap *map, int stage)
{
	if (map->matching == MAP_ANY)
		return psprintf("%d done", stage + 1);
	return pnstrdup(map->stages[stage].name.s, map->stages[stage].name.len);
}
