/*
 * fresh_calls.c
 *	  Calls a transition function as engines do that split an aggregate: from an
 *	  aggregate of their own, each row through a new FmgrInfo, without the
 *	  expression of the call and without a collation.
 *
 * For test/fresh_calls, which loads it by its path.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/memutils.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(fresh_step);
PG_FUNCTION_INFO_V1(calls_step);

/* Arguments: the state, the function to call, and what it takes. */
Datum
fresh_step(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(inner, FUNC_MAX_ARGS);
	FmgrInfo	flinfo;
	MemoryContext row;
	MemoryContext old;
	int			nargs = PG_NARGS() - 1;
	bool		any_null = PG_ARGISNULL(0);
	Datum		result;

	/* what the function keeps in fn_mcxt goes with the row */
	row = AllocSetContextCreate(CurrentMemoryContext, "one row",
								ALLOCSET_SMALL_SIZES);
	fmgr_info_cxt(PG_GETARG_OID(1), &flinfo, row);
	InitFunctionCallInfoData(*inner, &flinfo, nargs, InvalidOid,
							 fcinfo->context, fcinfo->resultinfo);
	inner->args[0] = fcinfo->args[0];
	for (int i = 1; i < nargs; i++)
	{
		inner->args[i] = fcinfo->args[i + 1];
		any_null |= inner->args[i].isnull;
	}
	if (flinfo.fn_strict && any_null)
	{
		/* a first value is the state, as in the executor */
		bool		first = PG_ARGISNULL(0) && !PG_ARGISNULL(2);

		MemoryContextDelete(row);
		if (first)
			PG_RETURN_DATUM(PG_GETARG_DATUM(2));
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	old = MemoryContextSwitchTo(row);
	result = FunctionCallInvoke(inner);
	MemoryContextSwitchTo(old);
	/* a flat result may lie there, but no function of ours makes one */
	MemoryContextDelete(row);
	memset(&flinfo, 0x7F, sizeof(flinfo));
	fcinfo->isnull = inner->isnull;
	return result;
}

/* Counts its calls in fn_extra, as no such function may. */
Datum
calls_step(PG_FUNCTION_ARGS)
{
	int64	   *calls = fcinfo->flinfo->fn_extra;

	if (calls == NULL)
		fcinfo->flinfo->fn_extra = calls =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(int64));
	PG_RETURN_INT64(++*calls);
}
