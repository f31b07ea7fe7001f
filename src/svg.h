/*
 * svg.h
 *	  Writes an SVG picture that needs nothing else: no script, link or font.
 *
 * All text is plain ASCII, other characters as numeric references, so that a
 * picture is the same in every encoding, and stays right when it passes
 * through one.  Lengths are tenths of a pixel, whole numbers: the same
 * everywhere.
 */
#ifndef JOURNEY_SVG_H
#define JOURNEY_SVG_H

#include "lib/stringinfo.h"
#include "label.h"

#define PX(n)			((n) * 10)

/* widths of a picture in pixels */
#define SVG_MIN_WIDTH	320
#define SVG_MAX_WIDTH	4096

typedef enum SvgStyle
{
	SVG_TITLE, SVG_LEAD, SVG_VERDICT, SVG_NAME, SVG_NUMBER, SVG_TEXT,
	SVG_MUTED, SVG_STRONG, SVG_ACCENT, SVG_ASSUMED, SVG_QUOTE, SVG_CAPTION,
	SVG_STYLES
} SvgStyle;

typedef struct SvgStyleInfo
{
	const char *class;
	LabelFont	font;
	int			leading;		/* from one line to the next */
} SvgStyleInfo;

extern const SvgStyleInfo svg_styles[SVG_STYLES];

typedef struct Svg
{
	StringInfoData body;
	int			width;
} Svg;

/* width in pixels, as the user gives it */
extern void svg_begin(Svg *svg, int32 width);
extern char *svg_end(Svg *svg, int height, const char *title,
					 const char *description);
extern text *svg_uri(const char *svg);
extern void svg_group(Svg *svg, const char *tooltip);
extern void svg_end_group(Svg *svg);
extern void svg_rect(Svg *svg, const char *class, int x, int y, int width,
					 int height, int radius);
extern void svg_path(Svg *svg, const char *class, const char *steps,...);
extern void svg_circle(Svg *svg, const char *class, int x, int y, int radius);
extern void svg_wrap(SvgStyle style, const char *s, int width, int max_lines,
					 LabelLines *lines);
extern int	svg_lines(Svg *svg, SvgStyle style, int x, int y,
					  const LabelLines *lines);
extern int	svg_text(Svg *svg, SvgStyle style, int x, int y, int width,
					 int max_lines, const char *s);

#endif							/* JOURNEY_SVG_H */
