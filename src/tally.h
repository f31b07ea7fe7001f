/*
 * tally.h
 *	  Adds one customer's counted attempt to a funnel.
 */
#ifndef JOURNEY_TALLY_H
#define JOURNEY_TALLY_H

#include "match.h"
#include "summary.h"

extern void tally_match(FunnelSummary *summary, const Match *match,
						const int64 *values);

#endif							/* JOURNEY_TALLY_H */
