/*
 * call_site.h
 *	  What the rows and groups of an aggregate share: compiled journeys, and
 *	  a limit of memory.
 */
#ifndef JOURNEY_CALL_SITE_H
#define JOURNEY_CALL_SITE_H

#include "compat.h"
#include "fmgr.h"

#include "plan.h"
#include "spill.h"
#include "touch.h"

/* The place of the journey among a transition function's arguments. */
#define ARG_JOURNEY		1

/* Of one call in a query; in fn_extra. */
typedef struct CallSite
{
	bool		constant;		/* every row has the same journey */
	JourneyPlan *plan;			/* it, where constant, or the last one */
	struct varlena *raw;		/* a toasted journey, as it was given ... */
	struct varlena *accepted;	/* ... and the packed one that it is */
	LoadNames  *channels;		/* of all its groups, once there are some */
} CallSite;

static inline bool
same_bytes(const struct varlena *a, const struct varlena *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

extern CallSite *call_site(FunctionCallInfo fcinfo);
extern JourneyPlan *call_site_plan(FunctionCallInfo fcinfo, MemoryContext cxt,
								   struct varlena *journey, bool conditions);
extern JourneyPlan *call_site_shared_plan(FunctionCallInfo fcinfo,
										  MemoryContext cxt,
										  struct varlena *journey,
										  bool conditions);
extern SpillPool *call_site_pool(FunctionCallInfo fcinfo, MemoryContext cxt);
extern LoadNames *call_site_channels(FunctionCallInfo fcinfo,
										MemoryContext cxt);
extern bool call_site_same_journey(FunctionCallInfo fcinfo,
								   struct varlena *journey);

extern void refuse_two_journeys(const struct varlena *a,
								const struct varlena *b);
extern void refuse_null_journey(void);

#endif							/* JOURNEY_CALL_SITE_H */
