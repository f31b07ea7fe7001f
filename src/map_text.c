/*
 * map_text.c
 *	  The compact text form of journeys and stages.
 *
 *	  journey = stage { "->" stage } { rule }
 *	  stage   = name [ "(" name { "|" name } ")" ] [ "?" ]
 *	  rule    = "within" interval | "strict" | "any order" | "open" | "attempts"
 *	  name    = bare | '"' any text, a quote doubled '"'
 *
 * A bare name is a run of characters other than ASCII white space and
 * ( ) | ? " { } [ ] , that does not contain "->".  What the compact form cannot
 * say is written as JSON, and what begins with { is read as JSON.
 *
 * Every encoding a database can have keeps ASCII bytes for ASCII characters,
 * so the scanner goes by bytes.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "map.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

typedef struct Scanner
{
	const char *start;			/* the whole input */
	const char *end;
	const char *at;				/* what is read next */
	char		kind;
	Node	   *escontext;
} Scanner;

typedef enum Rule
{
	RULE_WITHIN, RULE_STRICT, RULE_ANY, RULE_OPEN, RULE_ATTEMPTS, RULE_NONE
} Rule;

/* the words that begin a rule, by Rule */
static const char *const rule_words[] = {
	"within", "strict", "any", "open", "attempts"
};

#define STAGE_EXAMPLE	"For example: buy, browse(view|search) or \"sign up\"?."
#define JOURNEY_EXAMPLE "For example: browse(view|search) -> cart -> \"sign up\"? -> buy within 7 days."
#define NAME_HINT "Put a name with spaces in double quotes: \"sign up\"."
#define RULES_HINT "Rules follow the last stage: within 7 days, strict, any order, open or attempts."

/* ---------- scanning ---------- */

static inline bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Does the text go on with an arrow? */
static inline bool
is_arrow(const char *c, const char *end)
{
	return c + 1 < end && c[0] == '-' && c[1] == '>';
}

/* How many bytes from c on can be a bare name? */
static int
bare_length(const char *c, const char *end)
{
	const char *start = c;

	while (c < end && !is_space(*c) && strchr("()|?\"{}[],", *c) == NULL &&
		   !is_arrow(c, end))
		c++;
	return (int) (c - start);
}

static void
skip_space(Scanner *sc)
{
	while (sc->at < sc->end && is_space(*sc->at))
		sc->at++;
}

/* Passes over a character, and white space before it, if it is the next. */
static bool
take_char(Scanner *sc, char c)
{
	skip_space(sc);
	if (sc->at >= sc->end || *sc->at != c)
		return false;
	sc->at++;
	return true;
}

/* Which character of the input is it, from 1? */
static int
position(const Scanner *sc, const char *at)
{
	return pg_mbstrlen_with_len(sc->start, (int) (at - sc->start)) + 1;
}

/* What stands at a place, for a message. */
static char *
found(const Scanner *sc, const char *at)
{
	int			len = bare_length(at, sc->end);

	if (at >= sc->end)
		return pstrdup("the end");
	if (len == 0)
		len = is_arrow(at, sc->end) ? 2 : 1;
	return psprintf("\"%s\"", map_clip(at, len));
}

/* Reports what is wrong at a place; always false. */
static bool
syntax_error(const Scanner *sc, const char *at, const char *problem,
			 const char *hint)
{
	bool		is_stage = (sc->kind == MAP_KIND_STAGE);

	if (hint == NULL)
		hint = is_stage ? STAGE_EXAMPLE : JOURNEY_EXAMPLE;
	ereturn(sc->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"",
					is_stage ? "stage" : "journey",
					map_clip(sc->start, (int) (sc->end - sc->start))),
			 errdetail("At character %d: %s.", position(sc, at), problem),
			 errhint("%s", hint)));
}

static bool
expected(const Scanner *sc, const char *what, const char *hint)
{
	return syntax_error(sc, sc->at,
						psprintf("expected %s, found %s", what,
								 found(sc, sc->at)),
						hint);
}

/* ---------- reading ---------- */

/* Reads from the opening quote to the closing one. */
static bool
read_quoted(Scanner *sc, MapText *name)
{
	const char *open = sc->at;
	const char *close = open + 1;
	char	   *copy;
	int			n = 0;

	while (close < sc->end)
	{
		if (*close == '"')
		{
			if (close + 1 >= sc->end || close[1] != '"')
				break;
			close++;
		}
		close++;
		n++;
	}
	if (close >= sc->end)
		return syntax_error(sc, open, "the quoted name does not end",
							"End the name with a double quote; one inside the name is written twice.");
	if (n == 0)
		return syntax_error(sc, open, "a name is empty", NULL);

	copy = (char *) palloc(n);
	name->s = copy;
	name->len = n;
	for (const char *c = open + 1; c < close; c++)
	{
		*copy++ = *c;
		if (*c == '"')
			c++;
	}
	sc->at = close + 1;
	return true;
}

static bool
read_name(Scanner *sc, MapText *name, const char *what)
{
	skip_space(sc);
	if (sc->at < sc->end && *sc->at == '"')
		return read_quoted(sc, name);
	name->s = sc->at;
	name->len = bare_length(sc->at, sc->end);
	if (name->len == 0)
		return expected(sc, what, NULL);
	sc->at += name->len;
	return true;
}

/* Reads the events of a stage, behind the opening parenthesis. */
static bool
read_events(Scanner *sc, MapTexts *events)
{
	do
	{
		MapText		event;

		CHECK_FOR_INTERRUPTS();
		if (!read_name(sc, &event, "the name of an event") ||
			!map_add_text(events, event.s, event.len, sc->escontext))
			return false;
	} while (take_char(sc, '|'));
	if (!take_char(sc, ')'))
		return expected(sc, "\"|\" or \")\"", NULL);
	return true;
}

static bool
read_stage(Scanner *sc, MapStage *stage)
{
	if (!read_name(sc, &stage->name, "the name of a stage"))
		return false;
	if (take_char(sc, '(') && !read_events(sc, &stage->events))
		return false;
	stage->optional = take_char(sc, '?');
	return true;
}

/* Is it that word?  Only ASCII letters, whatever the locale. */
static bool
is_word(const char *s, int len, const char *word)
{
	if (strlen(word) != len)
		return false;
	for (int i = 0; i < len; i++)
		if (pg_ascii_tolower((unsigned char) s[i]) != word[i])
			return false;
	return true;
}

/* Which rule does the next word begin?  Its length goes to *len. */
static Rule
peek_rule(Scanner *sc, int *len)
{
	int			rule;

	skip_space(sc);
	*len = bare_length(sc->at, sc->end);
	for (rule = 0; rule < RULE_NONE; rule++)
		if (is_word(sc->at, *len, rule_words[rule]))
			break;
	return (Rule) rule;
}

/* Reads an interval, which goes on to the next rule or the end. */
static bool
read_within(Scanner *sc, JourneyMap *map)
{
	const char *start;
	const char *end;
	int			len;

	skip_space(sc);
	start = end = sc->at;
	while (sc->at < sc->end && peek_rule(sc, &len) == RULE_NONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_arrow(sc->at, sc->end))
			return expected(sc, "a rule or the end", RULES_HINT);
		sc->at += Max(len, 1);
		end = sc->at;
		skip_space(sc);
	}
	if (start == end)
		return expected(sc, "an interval", NULL);
	return span_from_text(start, (int) (end - start), &map->within,
						  psprintf("\"within\" at character %d",
								   position(sc, start)),
						  sc->escontext);
}

static bool
read_rule(Scanner *sc, JourneyMap *map, Rule rule)
{
	int			len;

	switch (rule)
	{
		case RULE_WITHIN:
			return read_within(sc, map);
		case RULE_STRICT:
			map->matching = MAP_STRICT;
			return true;
		case RULE_ANY:
			skip_space(sc);
			len = bare_length(sc->at, sc->end);
			if (!is_word(sc->at, len, "order"))
				return expected(sc, "\"order\" after \"any\"", NULL);
			sc->at += len;
			map->matching = MAP_ANY;
			return true;
		case RULE_OPEN:
			map->entry = MAP_ENTRY_ANY;
			return true;
		case RULE_ATTEMPTS:
			map->counting = MAP_ATTEMPTS;
			return true;
		case RULE_NONE:
			break;
	}
	return false;
}

/* Reads the rules behind the last stage. */
static bool
read_rules(Scanner *sc, JourneyMap *map)
{
	bool		given[RULE_NONE] = {false};

	for (;;)
	{
		int			len;
		Rule		rule = peek_rule(sc, &len);
		const char *word = sc->at;

		if (rule == RULE_NONE)
			return true;
		if (given[rule])
			return syntax_error(sc, word,
								psprintf("\"%s\" is given twice",
										 rule_words[rule]), NULL);
		given[rule] = true;
		if (given[RULE_STRICT] && given[RULE_ANY])
			ereturn(sc->escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a journey cannot be both strict and in any order"),
					 errdetail("Strict matching is about what lies between one stage and the next."),
					 errhint("Leave out one of the two.")));
		sc->at += len;
		if (!read_rule(sc, map, rule))
			return false;
	}
}

/* Reports what stands behind the end; always false. */
static bool
trailing(Scanner *sc, bool after_rules)
{
	const char *hint = NULL;
	int			len;
	bool		is_rule = (peek_rule(sc, &len) != RULE_NONE);

	if (sc->kind == MAP_KIND_STAGE && is_arrow(sc->at, sc->end))
		hint = "Stages joined by \"->\" make a journey, not a stage.";
	else if (sc->kind == MAP_KIND_STAGE && is_rule)
		hint = "Write it as stage('buy', within => '7 days'), or as JSON.";
	else if (after_rules)
		hint = RULES_HINT;
	else if (len > 0)
		hint = sc->kind == MAP_KIND_STAGE ? NAME_HINT : NAME_HINT " " RULES_HINT;
	return expected(sc,
					sc->kind == MAP_KIND_STAGE ? "the end" :
					after_rules ? "a rule or the end" : "\"->\" or a rule",
					hint);
}

static bool
read_map(Scanner *sc, JourneyMap *map)
{
	const char *end_of_stages;

	map->n_stages = 0;
	for (;;)
	{
		if (!read_stage(sc, &map->stages[map->n_stages++]))
			return false;
		skip_space(sc);
		if (sc->kind == MAP_KIND_STAGE || !is_arrow(sc->at, sc->end))
			break;
		if (!map_check_count(map->n_stages + 1, sc->escontext))
			return false;
		sc->at += 2;
	}
	end_of_stages = sc->at;
	if (sc->kind == MAP_KIND_JOURNEY && !read_rules(sc, map))
		return false;
	if (sc->at < sc->end)
		return trailing(sc, sc->at != end_of_stages);
	return true;
}

/*
 * Reads the compact form, or JSON.  Strings of the map may point into the
 * input.
 */
JourneyMap *
map_from_text(const char *str, char kind, Node *escontext)
{
	JourneyMap *map;
	Scanner		sc;

	sc.start = sc.at = str;
	sc.end = str + strlen(str);
	sc.kind = kind;
	sc.escontext = escontext;

	skip_space(&sc);
	if (sc.at < sc.end && *sc.at == '{')
		return map_from_json(str, kind, escontext);

	map = map_make(kind, kind == MAP_KIND_STAGE ? 1 : MAP_MAX_STAGES);
	if (!read_map(&sc, map))
		return NULL;
	map_tidy(map);
	return map_check(map, escontext) ? map : NULL;
}

/* ---------- writing ---------- */

static bool
is_compact_stage(const MapStage *stage)
{
	return stage->within == MAP_NO_SPAN && stage->after == MAP_NO_SPAN &&
		stage->without.n == 0 &&
		isnan(stage->expected_drop_off) && isnan(stage->feeling) &&
		stage->evidence.s == NULL && stage->goal.s == NULL &&
		stage->touchpoints.n == 0 && stage->thoughts.n == 0 &&
		stage->pains.n == 0 && stage->opportunities.n == 0;
}

/* Can the compact form say it all? */
static bool
is_compact(const JourneyMap *map)
{
	for (int i = 0; i < map->n_stages; i++)
		if (!is_compact_stage(&map->stages[i]))
			return false;
	return map->as_of == MAP_NO_TIME &&
		map->entered_from == MAP_NO_TIME &&
		map->entered_until == MAP_NO_TIME &&
		map->title.s == NULL && map->persona.s == NULL &&
		map->scenario.s == NULL;
}

/* Quoted only where the bare name would not read back as the same. */
static void
put_name(StringInfo buf, const MapText *name)
{
	if (bare_length(name->s, name->s + name->len) == name->len)
	{
		appendBinaryStringInfo(buf, name->s, name->len);
		return;
	}
	appendStringInfoChar(buf, '"');
	for (int i = 0; i < name->len; i++)
	{
		if (name->s[i] == '"')
			appendStringInfoChar(buf, '"');
		appendStringInfoChar(buf, name->s[i]);
	}
	appendStringInfoChar(buf, '"');
}

static void
put_stage(StringInfo buf, const MapStage *stage)
{
	put_name(buf, &stage->name);
	for (int i = 0; i < stage->events.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoChar(buf, i == 0 ? '(' : '|');
		put_name(buf, &stage->events.items[i]);
	}
	if (stage->events.n > 0)
		appendStringInfoChar(buf, ')');
	if (stage->optional)
		appendStringInfoChar(buf, '?');
}

/* Writes the compact form where it can say it all, else JSON. */
char *
map_to_text(const JourneyMap *map)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (!is_compact(map))
	{
		map_to_json(&buf, map);
		return buf.data;
	}
	for (int i = 0; i < map->n_stages; i++)
	{
		if (i > 0)
			appendStringInfoString(&buf, " -> ");
		put_stage(&buf, &map->stages[i]);
	}
	if (map->within != MAP_NO_SPAN)
	{
		appendStringInfoString(&buf, " within ");
		span_to_text(&buf, map->within);
	}
	if (map->matching == MAP_STRICT)
		appendStringInfoString(&buf, " strict");
	if (map->matching == MAP_ANY)
		appendStringInfoString(&buf, " any order");
	if (map->entry == MAP_ENTRY_ANY)
		appendStringInfoString(&buf, " open");
	if (map->counting == MAP_ATTEMPTS)
		appendStringInfoString(&buf, " attempts");
	return buf.data;
}
