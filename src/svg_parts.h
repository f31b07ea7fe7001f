/*
 * svg_parts.h
 *	  What the pictures of a funnel and of a journey have in common.
 */
#ifndef JOURNEY_SVG_PARTS_H
#define JOURNEY_SVG_PARTS_H

#include "picture.h"
#include "svg.h"

#define PARTS_MARGIN	PX(24)
#define PARTS_GUTTER	PX(14)	/* between the texts of two stages */
#define PARTS_BAR		PX(22)	/* width of a bar */

/* Stages side by side, in as many rows as it takes. */
typedef struct PartsGrid
{
	int			columns;
	int			rows;
	int			pitch;			/* from one stage to the next */
} PartsGrid;

extern void parts_grid(PartsGrid *grid, const Svg *svg, int n_stages,
					   int min_pitch);
extern int	parts_header(Svg *svg, const Picture *picture, int y);
extern int	parts_verdict(Svg *svg, const Picture *picture, int y);
extern int	parts_notes(Svg *svg, const PictureStage *stage, int x, int y,
						int width);
extern void parts_assumed(Svg *svg, const Picture *picture, int i, int x,
						  int base, int pitch, int height);

/* so many of all as a height; a few are not none */
static inline int
parts_height(double count, double all, int height)
{
	if (!(count > 0))
		return 0;
	return Max(PX(1), (int) rint(count / all * height));
}

#endif							/* JOURNEY_SVG_PARTS_H */
