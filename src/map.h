/*
 * map.h
 *	  The journey map: its stages, what is known of each, and the rules.
 *
 * One struct serves both SQL types: a stage is a map of one stage whose
 * journey-wide fields are unset.  Three kinds of field are kept apart, in the
 * struct's comments and in the packed form: *matching* decides who reaches
 * what, *scope* says which period is looked at, *notes* are for people.
 *
 * Packed form: varlena header, version byte, kind byte ('J' or 'S'), then the
 * matching, scope and notes sections, each with its length in front, empty
 * where nothing in it is set.  A value has one packed form only, so equality
 * is equality of bytes.
 */
#ifndef JOURNEY_MAP_H
#define JOURNEY_MAP_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"

#define MAP_MAX_STAGES	64
#define MAP_MAX_NAMES	65536	/* in one list */
#define MAP_VERSION		1
#define MAP_KIND_JOURNEY 'J'
#define MAP_KIND_STAGE	'S'

/* an interval that is not given, a point in time that is not given */
#define MAP_NO_SPAN		(INT64CONST(-1))
#define MAP_NO_TIME		PG_INT64_MIN

/* a string that need not end in a zero byte; s is NULL where not given */
typedef struct MapText
{
	const char *s;
	int			len;
} MapText;

/* The order of names: bytes first, then length. */
static inline int
map_text_compare(const MapText *a, const MapText *b)
{
	int			result = memcmp(a->s, b->s, Min(a->len, b->len));

	return (result != 0) ? result : a->len - b->len;
}

typedef struct MapTexts
{
	int			n;				/* 0: not given */
	MapText    *items;
} MapTexts;

typedef enum MapMatching
{
	MAP_ORDERED, MAP_STRICT, MAP_ANY
} MapMatching;

typedef enum MapEntry
{
	MAP_ENTRY_FIRST, MAP_ENTRY_ANY
} MapEntry;

typedef enum MapCounting
{
	MAP_CUSTOMERS, MAP_ATTEMPTS
} MapCounting;

typedef struct MapStage
{
	/* matching */
	MapText		name;
	MapTexts	events;			/* none: the event of the stage's own name */
	MapTexts	without;
	bool		optional;
	int64		within;			/* microseconds, or MAP_NO_SPAN */
	int64		after;
	/* notes */
	double		expected_drop_off;	/* NaN: not given */
	double		feeling;		/* NaN: not given */
	MapText		evidence;
	MapText		goal;
	MapTexts	touchpoints;
	MapTexts	thoughts;
	MapTexts	pains;
	MapTexts	opportunities;
} MapStage;

typedef struct JourneyMap
{
	char		kind;			/* MAP_KIND_* */
	/* matching */
	int			n_stages;
	MapStage   *stages;
	int64		within;			/* microseconds, or MAP_NO_SPAN */
	MapMatching matching;
	MapEntry	entry;
	MapCounting counting;
	/* scope: microseconds as in timestamptz, or MAP_NO_TIME */
	int64		as_of;
	int64		entered_from;
	int64		entered_until;
	/* notes */
	MapText		title;
	MapText		persona;
	MapText		scenario;
} JourneyMap;

static inline bool
map_text_equal(const MapText *a, const MapText *b)
{
	return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

/*
 * map.c: the packed form.  The strings of an unpacked map point into the
 * packed one where that is not compressed or out of line, so it must stay.
 */
extern JourneyMap *map_make(char kind, int n_stages);
extern struct varlena *map_pack(const JourneyMap *map);
extern JourneyMap *map_unpack(const struct varlena *packed);
extern JourneyMap *map_unpack_bytes(const char *data, size_t len, char kind,
									Node *escontext);
extern bool map_same_matching(const struct varlena *a,
							  const struct varlena *b);
extern struct varlena *map_merge(const struct varlena *a,
								 const struct varlena *b);

/*
 * map_check.c: what a map must hold to.  Whoever fills a map in calls
 * map_tidy, then map_check, and may then pack it.
 */
extern void map_tidy(JourneyMap *map);
extern bool map_check(const JourneyMap *map, Node *escontext);
extern bool map_check_count(int n_stages, Node *escontext);

/* map_find.c: questions about a map */
extern bool map_add_text(MapTexts *list, const char *s, int len,
						 Node *escontext);
extern char *map_stage_name(const JourneyMap *map, int stage);
extern char *map_stage_list(const JourneyMap *map);
extern char *map_matching_difference(const JourneyMap *a,
									 const JourneyMap *b);

/* for messages */
extern char *map_clip(const char *s, int len);
extern char *map_span_string(int64 span);

/* the words for MapMatching, MapEntry and MapCounting, in their order */
extern const char *const map_matching_words[];
extern const char *const map_entry_words[];
extern const char *const map_counting_words[];
extern bool map_find_word(const char *const *words, const char *s, int len,
						  const char *what, int *value, Node *escontext);

/* map_text.c: the compact form; strings of the map may point into str */
extern JourneyMap *map_from_text(const char *str, char kind, Node *escontext);
extern char *map_to_text(const JourneyMap *map);

/* map_json.c */
extern JourneyMap *map_from_json(const char *str, char kind, Node *escontext);
extern JourneyMap *map_from_jsonb(const struct varlena *jsonb, char kind,
								  Node *escontext);
extern void map_to_json(StringInfo buf, const JourneyMap *map);
extern void json_put_string(StringInfo buf, const char *s, int len);
extern void json_put_number(StringInfo buf, double number);

/* map_time.c: spans and points in time, independent of every setting */
extern bool span_from_text(const char *s, int len, int64 *micros,
						   const char *what, Node *escontext);
extern bool span_from_interval(const Interval *interval, int64 *micros,
							   const char *what, Node *escontext);
extern void span_to_text(StringInfo buf, int64 micros);
extern bool time_from_text(const char *s, int len, int64 *at,
						   const char *what, Node *escontext);
extern void time_to_text(StringInfo buf, int64 at);

#endif							/* JOURNEY_MAP_H */
