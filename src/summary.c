/*
 * summary.c
 *	  The funnel: making, merging and packing the summary.
 */
#include "postgres.h"

#include "common/int.h"
#include "compat.h"
#include "fmgr.h"
#include "summary.h"
#include "utils/memutils.h"

#define COUNT(key) COUNT_FIELD(StageSummary, key)
#define EXACT(key, name) EXACT_FIELD(StageSummary, key, name)
#define SKETCH(key, name) SKETCH_FIELD(StageSummary, key, name)

/* The first seven are all there is without values: one byte of bits. */
const SummaryField summary_fields[SUMMARY_FIELDS] = {
	COUNT(reached),
	COUNT(entered),
	COUNT(dropped),
	COUNT(settled),
	SKETCH(to_next, "to_next_us"),
	SKETCH(from_first, "from_first_us"),
	COUNT(waiting),
	COUNT(valued),
	COUNT(valued_dropped),
	EXACT(value, "value_millionths"),
	EXACT(value_lost, "value_lost_millionths"),
	EXACT(value_lost_sq, "value_lost_squares_trillionths"),
	COUNT(valued_waiting),
	EXACT(value_waiting, "value_waiting_millionths"),
	COUNT(excluded),
};

static struct varlena *
make_varlena(const char *data, size_t len)
{
	struct varlena *result = palloc(VARHDRSZ + len);

	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(VARDATA(result), data, len);
	return result;
}

static bool
same_bytes(const struct varlena *a, const struct varlena *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

static FunnelSummary *
make_summary(struct varlena *journey, JourneyMap *map)
{
	FunnelSummary *summary = palloc0(sizeof(FunnelSummary));

	summary->context = CurrentMemoryContext;
	summary->journey = journey;
	summary->map = map;
	summary->stages = palloc0(map->n_stages * sizeof(StageSummary));
	touchpoints_init(&summary->touch, map->n_stages);
	return summary;
}

FunnelSummary *
summary_make(struct varlena *journey)
{
	struct varlena *copy = pg_detoast_datum_copy(journey);

	return make_summary(copy, map_unpack(copy));
}

int
summary_next_required(const FunnelSummary *summary, int stage)
{
	const JourneyMap *map = summary->map;

	if (stage < 0 || stage >= map->n_stages || map->stages[stage].optional)
		return -1;
	for (int i = stage + 1; i < map->n_stages; i++)
	{
		if (!map->stages[i].optional)
			return i;
	}
	return -1;
}

static void
too_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("count of a funnel is out of range"),
			 errdetail("A count is at most " INT64_FORMAT ".",
					   SUMMARY_MAX_COUNT)));
}

/*
 * The journey of what has been merged.  Every new one gets a context of its
 * own, so that a long row of merges does not pile them up.
 */
static void
merge_journey(FunnelSummary *into, const struct varlena *journey)
{
	struct varlena *merged;
	MemoryContext context;
	MemoryContext old;

	if (!map_same_matching(into->journey, journey))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge funnels of different journeys"),
				 errdetail("In their journeys, %s.",
						   map_matching_difference(into->map,
												   map_unpack(journey))),
				 errhint("Stages, events and rules must be equal; the period "
						 "looked at and the notes may differ.")));

	merged = map_merge(into->journey, journey);
	if (!same_bytes(into->journey, merged))
	{
		context = AllocSetContextCreate(into->context, "merged journey",
										ALLOCSET_SMALL_SIZES);
		old = MemoryContextSwitchTo(context);
		into->journey = make_varlena(VARDATA(merged),
									 VARSIZE(merged) - VARHDRSZ);
		into->map = map_unpack(into->journey);
		MemoryContextSwitchTo(old);
		if (into->merged != NULL)
			MemoryContextDelete(into->merged);
		into->merged = context;
	}
	pfree(merged);
}

struct varlena *
summary_pack(const FunnelSummary *summary)
{
	const struct varlena *journey = summary->journey;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoSpaces(&buf, VARHDRSZ);
	appendStringInfoChar(&buf, SUMMARY_VERSION);
	appendStringInfoChar(&buf, SUMMARY_KIND);
	wire_put_bytes(&buf, VARDATA(journey), VARSIZE(journey) - VARHDRSZ);
	for (int i = 0; i < summary->map->n_stages; i++)
		fields_put(&buf, &summary->stages[i], summary_fields, SUMMARY_FIELDS);
	touchpoints_put(&buf, &summary->touch);
	SET_VARSIZE(buf.data, buf.len);
	return (struct varlena *) buf.data;
}

/* Adds all numbers that are packed; what is left over is an error too. */
static ReadResult
add_numbers(WireReader *r, FunnelSummary *into)
{
	ReadResult	result = READ_DONE;
	int			n_stages = into->map->n_stages;

	for (int i = 0; i < n_stages && result == READ_DONE && !r->bad; i++)
		result = fields_get(r, &into->stages[i], summary_fields,
							SUMMARY_FIELDS);
	if (result == READ_DONE && !r->bad)
		result = touchpoints_get(r, &into->touch);
	if (result == READ_DONE && wire_left(r) > 0)
		wire_fail(r);
	return result;
}

/* The first byte says which form it is; there is one so far. */
static void
check_version(const char *data, size_t len)
{
	if (len > 0 && (uint8) data[0] != SUMMARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("unknown version %d of the stored form of a funnel",
						(uint8) data[0]),
				 errdetail("This library knows version %d.", SUMMARY_VERSION),
				 errhint(SUMMARY_UPDATE_HINT)));
}

static void
unknown_field(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("unknown field in the stored form of a funnel"),
			 errhint(SUMMARY_UPDATE_HINT)));
}

static void
broken_bytes(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary form of funnel"),
			 errdetail("The bytes are not the ones that a funnel is stored "
					   "as.")));
}

/* A stored value was checked when it was made. */
static void
corrupt(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored funnel is corrupt")));
}

/* Opens a packed funnel and finds its journey; false if it is not one. */
static bool
open_packed(WireReader *r, const char *data, size_t len,
			const char **journey, size_t *journey_len)
{
	wire_open(r, data, len);
	if (wire_get_byte(r) != SUMMARY_VERSION ||
		wire_get_byte(r) != SUMMARY_KIND)
		wire_fail(r);
	*journey = wire_get_bytes(r, journey_len);
	return !r->bad;
}

static void
open_stored(WireReader *r, const struct varlena *packed,
			const char **journey, size_t *journey_len)
{
	const char *data = VARDATA_ANY(packed);
	size_t		len = VARSIZE_ANY_EXHDR(packed);

	check_version(data, len);
	if (!open_packed(r, data, len, journey, journey_len))
		corrupt();
}

/* Reads while it adds: no summary is made of what is added. */
void
summary_merge(FunnelSummary *into, const struct varlena *packed)
{
	WireReader	r;
	const char *journey;
	size_t		len;
	ReadResult	result;
	MemoryContext old;

	open_stored(&r, packed, &journey, &len);
	if (len != VARSIZE(into->journey) - VARHDRSZ ||
		memcmp(journey, VARDATA(into->journey), len) != 0)
	{
		struct varlena *other = make_varlena(journey, len);

		merge_journey(into, other);
		pfree(other);
	}

	old = MemoryContextSwitchTo(into->context);
	result = add_numbers(&r, into);
	MemoryContextSwitchTo(old);
	if (result == READ_UNKNOWN)
		unknown_field();
	if (result == READ_TOO_MANY)
		too_many();
	if (r.bad)
		corrupt();
}

/* For values of this server. */
FunnelSummary *
summary_unpack(const struct varlena *packed)
{
	WireReader	r;
	const char *journey;
	size_t		len;
	struct varlena *copy;
	FunnelSummary *summary;

	open_stored(&r, packed, &journey, &len);
	copy = make_varlena(journey, len);
	summary = make_summary(copy, map_unpack(copy));
	summary_merge(summary, packed);
	return summary;
}

/*
 * For bytes from anywhere: the journey and the numbers are checked, and that
 * this is the one form of the value.
 */
FunnelSummary *
summary_unpack_bytes(const char *data, size_t len)
{
	WireReader	r;
	const char *journey;
	size_t		journey_len;
	JourneyMap *map;
	FunnelSummary *summary;
	ReadResult	result;
	struct varlena *again;

	check_version(data, len);
	if (!open_packed(&r, data, len, &journey, &journey_len))
		broken_bytes();
	map = map_unpack_bytes(journey, journey_len, MAP_KIND_JOURNEY, NULL);
	summary = make_summary(map_pack(map), map);
	result = add_numbers(&r, summary);
	if (result == READ_UNKNOWN)
		unknown_field();
	if (result == READ_TOO_MANY || r.bad)
		broken_bytes();
	summary_check(summary, NULL);

	again = summary_pack(summary);
	if (VARSIZE(again) - VARHDRSZ != len ||
		memcmp(VARDATA(again), data, len) != 0)
		broken_bytes();
	pfree(again);
	return summary;
}
