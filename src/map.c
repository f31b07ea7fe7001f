/*
 * map.c
 *	  The packed form of stages and journeys.
 *
 * Matching section of a stage:
 *	  bit set, name, [events], [without], [within], [after]
 * of a journey:
 *	  bit set, [within], number of stages, that section of each
 * Scope section:
 *	  bit set, [as_of], [entered_from], [entered_until]
 * Notes section of a stage:
 *	  bit set, [expected_drop_off], [feeling], then its texts and lists
 * of a journey:
 *	  bit set, [title], [persona], [scenario], that section of each stage
 * What stands in brackets is there if its bit is set.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "fmgr.h"
#include "map.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "wire.h"

/* a journey's matching bits */
#define RULE_WITHIN		0x01
#define RULE_STRICT		0x02
#define RULE_ANY		0x04
#define RULE_OPEN		0x08
#define RULE_ATTEMPTS	0x10
#define RULE_BITS		0x1F

/* a stage's matching bits */
#define STAGE_EVENTS	0x01
#define STAGE_WITHOUT	0x02
#define STAGE_OPTIONAL	0x04
#define STAGE_WITHIN	0x08
#define STAGE_AFTER		0x10
#define STAGE_BITS		0x1F

#define SCOPE_AS_OF		0x01
#define SCOPE_FROM		0x02
#define SCOPE_UNTIL		0x04
#define SCOPE_BITS		0x07

/* a journey's notes bits */
#define NOTE_TITLE		0x01
#define NOTE_PERSONA	0x02
#define NOTE_SCENARIO	0x04
#define NOTE_BITS		0x07

/* a stage's notes bits */
#define NOTE_DROP_OFF	0x01
#define NOTE_FEELING	0x02
#define NOTE_EVIDENCE	0x04
#define NOTE_GOAL		0x08
#define NOTE_TOUCHPOINTS 0x10
#define NOTE_THOUGHTS	0x20
#define NOTE_PAINS		0x40
#define NOTE_OPPORTUNITIES 0x80

/* The three sections of a packed map, still packed. */
typedef struct MapSections
{
	char		kind;
	WireReader	matching;
	WireReader	scope;
	WireReader	notes;
} MapSections;

static void
clear_stage(MapStage *stage)
{
	memset(stage, 0, sizeof(*stage));
	stage->within = MAP_NO_SPAN;
	stage->after = MAP_NO_SPAN;
	stage->expected_drop_off = NAN;
	stage->feeling = NAN;
}

/* A map of that many stages in which nothing is given yet. */
JourneyMap *
map_make(char kind, int n_stages)
{
	JourneyMap *map = (JourneyMap *) palloc0(sizeof(JourneyMap));

	map->kind = kind;
	map->n_stages = n_stages;
	map->stages = (MapStage *) palloc(Max(n_stages, 1) * sizeof(MapStage));
	for (int i = 0; i < n_stages; i++)
		clear_stage(&map->stages[i]);
	map->within = MAP_NO_SPAN;
	map->as_of = MAP_NO_TIME;
	map->entered_from = MAP_NO_TIME;
	map->entered_until = MAP_NO_TIME;
	return map;
}

/* ---------- writing ---------- */

static void
put_text(StringInfo buf, const MapText *text)
{
	wire_put_bytes(buf, text->s, text->len);
}

static void
put_texts(StringInfo buf, const MapTexts *list)
{
	wire_put_uint(buf, list->n);
	for (int i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_text(buf, &list->items[i]);
	}
}

static void
put_stage(StringInfo buf, const MapStage *stage)
{
	int			bits = 0;

	bits |= (stage->events.n > 0) ? STAGE_EVENTS : 0;
	bits |= (stage->without.n > 0) ? STAGE_WITHOUT : 0;
	bits |= stage->optional ? STAGE_OPTIONAL : 0;
	bits |= (stage->within != MAP_NO_SPAN) ? STAGE_WITHIN : 0;
	bits |= (stage->after != MAP_NO_SPAN) ? STAGE_AFTER : 0;

	appendStringInfoChar(buf, (char) bits);
	put_text(buf, &stage->name);
	if (bits & STAGE_EVENTS)
		put_texts(buf, &stage->events);
	if (bits & STAGE_WITHOUT)
		put_texts(buf, &stage->without);
	if (bits & STAGE_WITHIN)
		wire_put_uint(buf, (uint64) stage->within);
	if (bits & STAGE_AFTER)
		wire_put_uint(buf, (uint64) stage->after);
}

static void
put_matching(StringInfo buf, const JourneyMap *map)
{
	if (map->kind == MAP_KIND_JOURNEY)
	{
		int			bits = 0;

		bits |= (map->within != MAP_NO_SPAN) ? RULE_WITHIN : 0;
		bits |= (map->matching == MAP_STRICT) ? RULE_STRICT : 0;
		bits |= (map->matching == MAP_ANY) ? RULE_ANY : 0;
		bits |= (map->entry == MAP_ENTRY_ANY) ? RULE_OPEN : 0;
		bits |= (map->counting == MAP_ATTEMPTS) ? RULE_ATTEMPTS : 0;

		appendStringInfoChar(buf, (char) bits);
		if (bits & RULE_WITHIN)
			wire_put_uint(buf, (uint64) map->within);
		wire_put_uint(buf, map->n_stages);
	}
	for (int i = 0; i < map->n_stages; i++)
		put_stage(buf, &map->stages[i]);
}

static void
put_scope(StringInfo buf, const JourneyMap *map)
{
	int			bits = 0;

	bits |= (map->as_of != MAP_NO_TIME) ? SCOPE_AS_OF : 0;
	bits |= (map->entered_from != MAP_NO_TIME) ? SCOPE_FROM : 0;
	bits |= (map->entered_until != MAP_NO_TIME) ? SCOPE_UNTIL : 0;

	if (bits == 0)
		return;
	appendStringInfoChar(buf, (char) bits);
	if (bits & SCOPE_AS_OF)
		wire_put_int(buf, map->as_of);
	if (bits & SCOPE_FROM)
		wire_put_int(buf, map->entered_from);
	if (bits & SCOPE_UNTIL)
		wire_put_int(buf, map->entered_until);
}

static int
note_bits(const MapStage *stage)
{
	int			bits = 0;

	bits |= !isnan(stage->expected_drop_off) ? NOTE_DROP_OFF : 0;
	bits |= !isnan(stage->feeling) ? NOTE_FEELING : 0;
	bits |= (stage->evidence.s != NULL) ? NOTE_EVIDENCE : 0;
	bits |= (stage->goal.s != NULL) ? NOTE_GOAL : 0;
	bits |= (stage->touchpoints.n > 0) ? NOTE_TOUCHPOINTS : 0;
	bits |= (stage->thoughts.n > 0) ? NOTE_THOUGHTS : 0;
	bits |= (stage->pains.n > 0) ? NOTE_PAINS : 0;
	bits |= (stage->opportunities.n > 0) ? NOTE_OPPORTUNITIES : 0;
	return bits;
}

static void
put_stage_notes(StringInfo buf, const MapStage *stage)
{
	int			bits = note_bits(stage);

	appendStringInfoChar(buf, (char) bits);
	if (bits & NOTE_DROP_OFF)
		wire_put_double(buf, stage->expected_drop_off);
	if (bits & NOTE_FEELING)
		wire_put_double(buf, stage->feeling);
	if (bits & NOTE_EVIDENCE)
		put_text(buf, &stage->evidence);
	if (bits & NOTE_GOAL)
		put_text(buf, &stage->goal);
	if (bits & NOTE_TOUCHPOINTS)
		put_texts(buf, &stage->touchpoints);
	if (bits & NOTE_THOUGHTS)
		put_texts(buf, &stage->thoughts);
	if (bits & NOTE_PAINS)
		put_texts(buf, &stage->pains);
	if (bits & NOTE_OPPORTUNITIES)
		put_texts(buf, &stage->opportunities);
}

static void
put_notes(StringInfo buf, const JourneyMap *map)
{
	int			bits = 0;
	int			stage_bits = 0;

	bits |= (map->title.s != NULL) ? NOTE_TITLE : 0;
	bits |= (map->persona.s != NULL) ? NOTE_PERSONA : 0;
	bits |= (map->scenario.s != NULL) ? NOTE_SCENARIO : 0;
	for (int i = 0; i < map->n_stages; i++)
		stage_bits |= note_bits(&map->stages[i]);

	if (bits == 0 && stage_bits == 0)
		return;
	if (map->kind == MAP_KIND_JOURNEY)
	{
		appendStringInfoChar(buf, (char) bits);
		if (bits & NOTE_TITLE)
			put_text(buf, &map->title);
		if (bits & NOTE_PERSONA)
			put_text(buf, &map->persona);
		if (bits & NOTE_SCENARIO)
			put_text(buf, &map->scenario);
	}
	for (int i = 0; i < map->n_stages; i++)
		put_stage_notes(buf, &map->stages[i]);
}

/* Puts header and sections together. */
static struct varlena *
join_sections(char kind, const StringInfoData *matching,
			  const StringInfoData *scope, const StringInfoData *notes)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoSpaces(&buf, VARHDRSZ);
	appendStringInfoChar(&buf, MAP_VERSION);
	appendStringInfoChar(&buf, kind);
	wire_put_bytes(&buf, matching->data, matching->len);
	wire_put_bytes(&buf, scope->data, scope->len);
	wire_put_bytes(&buf, notes->data, notes->len);
	SET_VARSIZE(buf.data, buf.len);
	return (struct varlena *) buf.data;
}

struct varlena *
map_pack(const JourneyMap *map)
{
	StringInfoData matching;
	StringInfoData scope;
	StringInfoData notes;
	struct varlena *packed;

	initStringInfo(&matching);
	initStringInfo(&scope);
	initStringInfo(&notes);
	put_matching(&matching, map);
	put_scope(&scope, map);
	put_notes(&notes, map);
	packed = join_sections(map->kind, &matching, &scope, &notes);
	pfree(matching.data);
	pfree(scope.data);
	pfree(notes.data);
	return packed;
}

/* ---------- reading ---------- */

/* A set of bits, none of which may be unknown. */
static int
get_bits(WireReader *r, int known)
{
	int			bits = wire_get_byte(r);

	if (bits & ~known)
	{
		wire_fail(r);
		return 0;
	}
	return bits;
}

static int64
get_span(WireReader *r)
{
	uint64		span = wire_get_uint(r);

	if (span > (uint64) PG_INT64_MAX)
	{
		wire_fail(r);
		return 0;
	}
	return (int64) span;
}

static MapText
get_text(WireReader *r)
{
	MapText		text;
	size_t		len;

	text.s = wire_get_bytes(r, &len);
	text.len = (int) len;
	return text;
}

static MapTexts
get_texts(WireReader *r)
{
	MapTexts	list = {0, NULL};
	size_t		n = wire_get_count(r);

	if (n == 0 || n > MAP_MAX_NAMES)
	{
		wire_fail(r);
		return list;
	}
	list.items = (MapText *) palloc(n * sizeof(MapText));
	for (size_t i = 0; i < n && !r->bad; i++)
		list.items[i] = get_text(r);
	if (!r->bad)
		list.n = (int) n;
	return list;
}

static void
get_stage(WireReader *r, MapStage *stage)
{
	int			bits = get_bits(r, STAGE_BITS);

	stage->name = get_text(r);
	stage->optional = (bits & STAGE_OPTIONAL) != 0;
	if (bits & STAGE_EVENTS)
		stage->events = get_texts(r);
	if (bits & STAGE_WITHOUT)
		stage->without = get_texts(r);
	if (bits & STAGE_WITHIN)
		stage->within = get_span(r);
	if (bits & STAGE_AFTER)
		stage->after = get_span(r);
}

static JourneyMap *
get_matching(WireReader *r, char kind)
{
	JourneyMap *map;
	int			bits = 0;
	int64		within = MAP_NO_SPAN;
	size_t		n = 1;

	if (kind == MAP_KIND_JOURNEY)
	{
		bits = get_bits(r, RULE_BITS);
		if (bits & RULE_WITHIN)
			within = get_span(r);
		n = wire_get_count(r);
		if (n < 1 || n > MAP_MAX_STAGES ||
			(bits & (RULE_STRICT | RULE_ANY)) == (RULE_STRICT | RULE_ANY))
		{
			wire_fail(r);
			n = 0;
		}
	}
	map = map_make(kind, (int) n);
	map->within = within;
	if (bits & RULE_STRICT)
		map->matching = MAP_STRICT;
	if (bits & RULE_ANY)
		map->matching = MAP_ANY;
	if (bits & RULE_OPEN)
		map->entry = MAP_ENTRY_ANY;
	if (bits & RULE_ATTEMPTS)
		map->counting = MAP_ATTEMPTS;
	for (int i = 0; i < map->n_stages; i++)
		get_stage(r, &map->stages[i]);
	return map;
}

static void
get_scope(WireReader *r, JourneyMap *map)
{
	int			bits;

	if (wire_left(r) == 0)
		return;
	if (map->kind == MAP_KIND_STAGE)
	{
		wire_fail(r);
		return;
	}
	bits = get_bits(r, SCOPE_BITS);
	if (bits & SCOPE_AS_OF)
		map->as_of = wire_get_int(r);
	if (bits & SCOPE_FROM)
		map->entered_from = wire_get_int(r);
	if (bits & SCOPE_UNTIL)
		map->entered_until = wire_get_int(r);
}

static void
get_stage_notes(WireReader *r, MapStage *stage)
{
	int			bits = wire_get_byte(r);

	if (bits & NOTE_DROP_OFF)
		stage->expected_drop_off = wire_get_double(r);
	if (bits & NOTE_FEELING)
		stage->feeling = wire_get_double(r);
	if (bits & NOTE_EVIDENCE)
		stage->evidence = get_text(r);
	if (bits & NOTE_GOAL)
		stage->goal = get_text(r);
	if (bits & NOTE_TOUCHPOINTS)
		stage->touchpoints = get_texts(r);
	if (bits & NOTE_THOUGHTS)
		stage->thoughts = get_texts(r);
	if (bits & NOTE_PAINS)
		stage->pains = get_texts(r);
	if (bits & NOTE_OPPORTUNITIES)
		stage->opportunities = get_texts(r);
}

static void
get_notes(WireReader *r, JourneyMap *map)
{
	if (wire_left(r) == 0)
		return;
	if (map->kind == MAP_KIND_JOURNEY)
	{
		int			bits = get_bits(r, NOTE_BITS);

		if (bits & NOTE_TITLE)
			map->title = get_text(r);
		if (bits & NOTE_PERSONA)
			map->persona = get_text(r);
		if (bits & NOTE_SCENARIO)
			map->scenario = get_text(r);
	}
	for (int i = 0; i < map->n_stages; i++)
		get_stage_notes(r, &map->stages[i]);
}

static void
open_section(WireReader *r, WireReader *section)
{
	size_t		len;
	const char *data = wire_get_bytes(r, &len);

	wire_open(section, data, len);
}

/* Finds the sections after the version byte; false if they are not there. */
static bool
open_sections(const char *data, size_t len, MapSections *sections)
{
	WireReader	r;

	wire_open(&r, data, len);
	(void) wire_get_byte(&r);
	sections->kind = (char) wire_get_byte(&r);
	open_section(&r, &sections->matching);
	open_section(&r, &sections->scope);
	open_section(&r, &sections->notes);
	return !r.bad && wire_left(&r) == 0 &&
		(sections->kind == MAP_KIND_JOURNEY ||
		 sections->kind == MAP_KIND_STAGE);
}

static inline bool
read_to_end(const WireReader *r)
{
	return !r->bad && wire_left(r) == 0;
}

/* NULL if the sections do not hold what they should. */
static JourneyMap *
read_sections(MapSections *sections)
{
	JourneyMap *map = get_matching(&sections->matching, sections->kind);

	if (!read_to_end(&sections->matching))
		return NULL;
	get_scope(&sections->scope, map);
	get_notes(&sections->notes, map);
	if (!read_to_end(&sections->scope) || !read_to_end(&sections->notes))
		return NULL;
	return map;
}

static const char *
kind_name(char kind)
{
	return (kind == MAP_KIND_STAGE) ? "stage" : "journey";
}

/* The first byte says which form it is; there is one so far. */
static bool
check_version(const char *data, size_t len, Node *escontext)
{
	if (len > 0 && data[0] != MAP_VERSION)
		ereturn(escontext, false,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("unknown version %d of the stored form of a journey",
						(uint8) data[0]),
				 errdetail("This library knows version %d.", MAP_VERSION),
				 errhint("Install the newest version of the extension \"journey\" and run ALTER EXTENSION journey UPDATE.")));
	return true;
}

/* Opens a stored value, which was checked when it was made. */
static void
open_stored(const struct varlena *packed, MapSections *sections)
{
	const char *data = VARDATA_ANY(packed);
	size_t		len = VARSIZE_ANY_EXHDR(packed);

	(void) check_version(data, len, NULL);
	if (!open_sections(data, len, sections))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored journey is corrupt")));
}

/* Reads a stored value. */
JourneyMap *
map_unpack(const struct varlena *packed)
{
	MapSections sections;
	JourneyMap *map;

	packed = PG_DETOAST_DATUM_PACKED(PointerGetDatum(packed));
	open_stored(packed, &sections);
	map = read_sections(&sections);
	if (map == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored journey is corrupt")));
	return map;
}

/* ---------- reading what somebody sent ---------- */

static bool
valid_text(const MapText *text)
{
	return text->s == NULL ||
		pg_verify_mbstr(GetDatabaseEncoding(), text->s, text->len, true);
}

static bool
valid_texts(const MapTexts *list)
{
	for (int i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!valid_text(&list->items[i]))
			return false;
	}
	return true;
}

/* Are all strings in the database's encoding, without zero bytes? */
static bool
valid_strings(const JourneyMap *map)
{
	if (!valid_text(&map->title) || !valid_text(&map->persona) ||
		!valid_text(&map->scenario))
		return false;
	for (int i = 0; i < map->n_stages; i++)
	{
		const MapStage *stage = &map->stages[i];

		if (!valid_text(&stage->name) ||
			!valid_texts(&stage->events) ||
			!valid_texts(&stage->without) ||
			!valid_text(&stage->evidence) ||
			!valid_text(&stage->goal) ||
			!valid_texts(&stage->touchpoints) ||
			!valid_texts(&stage->thoughts) ||
			!valid_texts(&stage->pains) ||
			!valid_texts(&stage->opportunities))
			return false;
	}
	return true;
}

/*
 * Reads the bytes of a packed value (without varlena header) that somebody
 * sent: they must be well formed, keep every rule, and be the very bytes that
 * map_pack would make.
 */
JourneyMap *
map_unpack_bytes(const char *data, size_t len, char kind, Node *escontext)
{
	MapSections sections;
	JourneyMap *map = NULL;
	struct varlena *packed;
	bool		same;

	if (!check_version(data, len, escontext))
		return NULL;
	if (open_sections(data, len, &sections) && sections.kind == kind)
		map = read_sections(&sections);
	if (map == NULL)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of %s", kind_name(kind)),
				 errdetail("The bytes are cut short or not those of a %s.",
						   kind_name(kind))));
	if (!valid_strings(map))
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of %s", kind_name(kind)),
				 errdetail("A string in it is not valid in encoding \"%s\".",
						   GetDatabaseEncodingName())));
	map_tidy(map);
	if (!map_check(map, escontext))
		return NULL;

	packed = map_pack(map);
	same = (VARSIZE(packed) - VARHDRSZ == len &&
			memcmp(VARDATA(packed), data, len) == 0);
	pfree(packed);
	if (!same)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of %s", kind_name(kind)),
				 errdetail("The bytes are not the ones that this value is stored as.")));
	return map;
}

/* ---------- two packed values ---------- */

/* <0, 0 or >0, bytes first, then length */
static int
compare_sections(const WireReader *a, const WireReader *b)
{
	size_t		a_len = wire_left(a);
	size_t		b_len = wire_left(b);
	int			cmp = memcmp(a->next, b->next, Min(a_len, b_len));

	if (cmp == 0 && a_len != b_len)
		cmp = (a_len < b_len) ? -1 : 1;
	return cmp;
}

/* Do both decide alike who reaches what? */
bool
map_same_matching(const struct varlena *a, const struct varlena *b)
{
	MapSections in_a;
	MapSections in_b;

	a = PG_DETOAST_DATUM_PACKED(PointerGetDatum(a));
	b = PG_DETOAST_DATUM_PACKED(PointerGetDatum(b));
	open_stored(a, &in_a);
	open_stored(b, &in_b);
	return in_a.kind == in_b.kind &&
		compare_sections(&in_a.matching, &in_b.matching) == 0;
}

/*
 * Merges two journeys that match alike: the later as_of, the wider entry
 * period, the byte-greater notes.  A missing as_of sets no limit, so it counts
 * as later than any; a missing bound is wider than any.  Each of these is a
 * maximum or a minimum, so merging is associative, commutative and idempotent.
 */
struct varlena *
map_merge(const struct varlena *a, const struct varlena *b)
{
	MapSections in_a;
	MapSections in_b;
	JourneyMap	scope_a = {.kind = MAP_KIND_JOURNEY};
	JourneyMap	scope_b;
	StringInfoData matching;
	StringInfoData scope;
	StringInfoData notes;
	const WireReader *greater;

	a = PG_DETOAST_DATUM_PACKED(PointerGetDatum(a));
	b = PG_DETOAST_DATUM_PACKED(PointerGetDatum(b));
	open_stored(a, &in_a);
	open_stored(b, &in_b);
	Assert(compare_sections(&in_a.matching, &in_b.matching) == 0);

	scope_a.as_of = scope_a.entered_from = scope_a.entered_until = MAP_NO_TIME;
	scope_b = scope_a;
	get_scope(&in_a.scope, &scope_a);
	get_scope(&in_b.scope, &scope_b);

	if (scope_a.as_of == MAP_NO_TIME || scope_b.as_of == MAP_NO_TIME)
		scope_a.as_of = MAP_NO_TIME;
	else
		scope_a.as_of = Max(scope_a.as_of, scope_b.as_of);
	/* no lower bound is the least int64 already */
	scope_a.entered_from = Min(scope_a.entered_from, scope_b.entered_from);
	if (scope_a.entered_until == MAP_NO_TIME ||
		scope_b.entered_until == MAP_NO_TIME)
		scope_a.entered_until = MAP_NO_TIME;
	else
		scope_a.entered_until = Max(scope_a.entered_until,
									scope_b.entered_until);

	greater = (compare_sections(&in_a.notes, &in_b.notes) >= 0) ?
		&in_a.notes : &in_b.notes;
	initStringInfo(&matching);
	initStringInfo(&scope);
	initStringInfo(&notes);
	appendBinaryStringInfo(&matching, (const char *) in_a.matching.next,
						   (int) wire_left(&in_a.matching));
	put_scope(&scope, &scope_a);
	appendBinaryStringInfo(&notes, (const char *) greater->next,
						   (int) wire_left(greater));
	return join_sections(in_a.kind, &matching, &scope, &notes);
}
