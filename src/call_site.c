/*
 * call_site.c
 *	  What the rows and groups of an aggregate share: compiled journeys, and
 *	  a limit of memory.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"

#include "compat.h"
#include "call_site.h"

/* Compiled journeys, by their packed form. */
typedef struct PlanEntry
{
	struct varlena *journey;
	JourneyPlan *plan;
	uint32		hash;
	char		status;
} PlanEntry;

#define SH_PREFIX plans
#define SH_ELEMENT_TYPE PlanEntry
#define SH_KEY_TYPE struct varlena *
#define SH_KEY journey
#define SH_HASH_KEY(tb, key) hash_bytes((unsigned char *) VARDATA_ANY(key), \
										(int) VARSIZE_ANY_EXHDR(key))
#define SH_EQUAL(tb, a, b) same_bytes(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * What the calls of one aggregate context share: all calls of a node, for one
 * sorted grouping set or for all hashed ones.  It lives in that context and
 * goes with it.
 */
typedef struct Shared
{
	slist_node	node;
	MemoryContext cxt;
	SpillPool  *pool;
	plans_hash *plans[2];		/* by events, by conditions */
	LoadNames  *channels;		/* for calls that are not the executor's */
	MemoryContextCallback gone;
} Shared;

static slist_head all_shared = SLIST_STATIC_INIT(all_shared);

/* The context is being reset, on whatever way. */
static void
forget_shared(void *arg)
{
	slist_delete(&all_shared, &((Shared *) arg)->node);
}

/* The node is done with the context; not called after an error. */
static void
close_pool(Datum arg)
{
	spill_close((SpillPool *) DatumGetPointer(arg));
}

static Shared *
shared_for(FunctionCallInfo fcinfo, MemoryContext cxt)
{
	AggState   *node = (AggState *) fcinfo->context;
	slist_iter	iter;
	Shared	   *shared;
	size_t		memory = get_hash_memory_limit();

	slist_foreach(iter, &all_shared)
	{
		shared = slist_container(Shared, node, iter.cur);
		if (shared->cxt == cxt)
			return shared;
	}
	shared = MemoryContextAllocZero(cxt, sizeof(Shared));
	shared->cxt = cxt;
	/* sorted grouping sets grow side by side */
	shared->pool = spill_make(cxt, memory / Max(node->maxsets, 1));
	AggRegisterCallback(fcinfo, close_pool, PointerGetDatum(shared->pool));
	shared->gone.func = forget_shared;
	shared->gone.arg = shared;
	MemoryContextRegisterResetCallback(cxt, &shared->gone);
	slist_push_head(&all_shared, &shared->node);
	return shared;
}

/* NULL in a window: there, nothing tells in time when the memory goes. */
SpillPool *
call_site_pool(FunctionCallInfo fcinfo, MemoryContext cxt)
{
	if (AggCheckCallContext(fcinfo, NULL) != AGG_CONTEXT_AGGREGATE)
		return NULL;
	return shared_for(fcinfo, cxt)->pool;
}

/*
 * Is what we keep in fn_extra still there with the next row?  Not where an
 * engine that splits aggregates over nodes calls us, from an aggregate of its
 * own: each time anew, and without an expression.
 */
static inline bool
call_site_lasts(FunctionCallInfo fcinfo)
{
	return fcinfo->flinfo->fn_expr != NULL;
}

/* Is the journey a literal or a parameter?  Then no row need be checked. */
static bool
journey_is_constant(FunctionCallInfo fcinfo)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);
	Node	   *arg;

	if (!call_site_lasts(fcinfo) || aggref == NULL ||
		list_length(aggref->args) < ARG_JOURNEY)
		return false;
	arg = (Node *) linitial_node(TargetEntry, aggref->args)->expr;
	return IsA(arg, Const) ||
		(IsA(arg, Param) && castNode(Param, arg)->paramkind == PARAM_EXTERN);
}

CallSite *
call_site(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	CallSite   *site = flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CallSite));
		site->constant = journey_is_constant(fcinfo);
		flinfo->fn_extra = site;
	}
	return site;
}

LoadNames *
call_site_channels(FunctionCallInfo fcinfo, MemoryContext cxt)
{
	CallSite   *site;
	Shared	   *shared;

	if (!call_site_lasts(fcinfo) &&
		AggCheckCallContext(fcinfo, NULL) == AGG_CONTEXT_AGGREGATE)
	{
		shared = shared_for(fcinfo, cxt);
		if (shared->channels == NULL)
			shared->channels = touch_numbers_make(cxt);
		return shared->channels;
	}
	site = call_site(fcinfo);
	if (site->channels == NULL)
		site->channels = touch_numbers_make(fcinfo->flinfo->fn_mcxt);
	return site->channels;
}

/* The same bytes, toasted or not, as an earlier row's journey? */
static bool
same_raw(const CallSite *site, const struct varlena *raw)
{
	return site->raw != NULL && VARSIZE_ANY(raw) == VARSIZE_ANY(site->raw) &&
		memcmp(raw, site->raw, VARSIZE_ANY(raw)) == 0;
}

/*
 * Is the row's journey the given one (packed, not toasted)?  One from a table
 * may be toasted: it is fetched once, not with every row.
 */
bool
call_site_same_journey(FunctionCallInfo fcinfo, struct varlena *journey)
{
	CallSite   *site = call_site(fcinfo);
	struct varlena *raw;
	struct varlena *given;
	bool		same;

	raw = (struct varlena *) PG_GETARG_POINTER(ARG_JOURNEY);
	if (!VARATT_IS_EXTERNAL(raw) && !VARATT_IS_COMPRESSED(raw))
		return same_bytes(raw, journey);
	if (site->accepted == journey && same_raw(site, raw))
		return true;
	given = PG_DETOAST_DATUM(PointerGetDatum(raw));
	same = same_bytes(given, journey);
	pfree(given);
	/* in memory, not on disk: what it points to may change */
	if (!same || (VARATT_IS_EXTERNAL(raw) && !VARATT_IS_EXTERNAL_ONDISK(raw)))
		return same;
	if (site->raw != NULL)
		pfree(site->raw);
	site->raw = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, VARSIZE_ANY(raw));
	memcpy(site->raw, raw, VARSIZE_ANY(raw));
	site->accepted = journey;
	return true;
}

/* The compiled journey of a row that opens a group. */
JourneyPlan *
call_site_plan(FunctionCallInfo fcinfo, MemoryContext cxt,
			   struct varlena *journey, bool conditions)
{
	CallSite   *site = call_site(fcinfo);
	MemoryContext own = fcinfo->flinfo->fn_mcxt;
	MemoryContext old;

	if (site->constant ||
		AggCheckCallContext(fcinfo, NULL) != AGG_CONTEXT_AGGREGATE)
	{
		/* in a window only the last one is kept; states point to theirs */
		if (site->plan == NULL || !same_bytes(journey, site->plan->journey))
		{
			old = MemoryContextSwitchTo(own);
			site->plan = plan_make(journey, conditions);
			MemoryContextSwitchTo(old);
		}
		return site->plan;
	}
	return call_site_shared_plan(fcinfo, cxt, journey, conditions);
}

/* The same in an aggregate, without anything kept in fn_extra. */
JourneyPlan *
call_site_shared_plan(FunctionCallInfo fcinfo, MemoryContext cxt,
					  struct varlena *journey, bool conditions)
{
	MemoryContext old;
	JourneyPlan *plan;
	Shared	   *shared;
	PlanEntry  *entry;
	bool		found;

	shared = shared_for(fcinfo, cxt);
	if (shared->plans[conditions] == NULL)
		shared->plans[conditions] = plans_create(cxt, 4, NULL);
	entry = plans_lookup(shared->plans[conditions], journey);
	if (entry != NULL)
		return entry->plan;
	old = MemoryContextSwitchTo(cxt);
	plan = plan_make(journey, conditions);
	entry = plans_insert(shared->plans[conditions], plan->journey, &found);
	entry->plan = plan;
	MemoryContextSwitchTo(old);
	return plan;
}

void
refuse_two_journeys(const struct varlena *a, const struct varlena *b)
{
	JourneyMap *first = map_unpack(a);
	JourneyMap *second = map_unpack(b);
	char	   *difference = map_matching_difference(first, second);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a funnel has one journey, but its rows give two"),
			 difference != NULL ? errdetail("They differ: %s.", difference) :
			 errdetail("They differ in their scope or in their notes."),
			 errhint("Add the journey to GROUP BY.")));
}

void
refuse_null_journey(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the journey of a funnel must not be NULL"),
			 errhint("Give a journey such as 'visit -> cart -> purchase', or "
					 "leave such rows out with FILTER (WHERE ...).")));
}
