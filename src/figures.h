/*
 * figures.h
 *	  Numbers as people read them: 12,345 and 3.4 M, 26.4 %, 2 d 3 h.
 *
 * All are plain ASCII, depend on no setting, and are the same everywhere.
 */
#ifndef JOURNEY_FIGURES_H
#define JOURNEY_FIGURES_H

#include "postgres.h"

extern char *figure_count(int64 n);
extern char *figure_amount(double v);
extern char *figure_short(double v);
extern char *figure_percent(double share);
extern char *figure_signed(double v);
extern char *figure_span(double seconds);

#endif							/* JOURNEY_FIGURES_H */
