/*
 * tally.h
 *	  Adds one customer's counted attempt to a funnel.
 */
#ifndef JOURNEY_TALLY_H
#define JOURNEY_TALLY_H

#include "match.h"
#include "summary.h"

extern void tally_match(FunnelSummary *summary, const MatchPlan *plan,
						const Match *match, bool valued);

#endif							/* JOURNEY_TALLY_H */
