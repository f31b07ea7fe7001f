/*
 * report.c
 *	  What the procedures of reports cannot find out in SQL.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"

PG_FUNCTION_INFO_V1(journey_report_in_block);

/*
 * A procedure that commits must not be called in a transaction block, and
 * should say so before it has begun.
 */
Datum
journey_report_in_block(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsTransactionBlock());
}
