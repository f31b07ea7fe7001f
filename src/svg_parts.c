/*
 * svg_parts.c
 *	  What the pictures of a funnel and of a journey have in common.
 */
#include "postgres.h"

#include "svg_parts.h"

#define SWATCH			PX(10)
#define SWATCH_GAP		PX(6)
#define MAX_PITCH		PX(320)

/* Balanced rows: ten stages in rows of at most six are two rows of five. */
void
parts_grid(PartsGrid *grid, const Svg *svg, int n_stages, int min_pitch)
{
	int			width = svg->width - 2 * PARTS_MARGIN;
	int			most = Max(1, width / min_pitch);

	grid->rows = (n_stages + most - 1) / most;
	grid->columns = (n_stages + grid->rows - 1) / grid->rows;
	/* the stages of a short journey need not be far apart */
	grid->pitch = Min(width / grid->columns, MAX_PITCH);
}

/* What it is, and of how many. */
int
parts_header(Svg *svg, const Picture *picture, int y)
{
	int			width = svg->width - 2 * PARTS_MARGIN;

	y = svg_text(svg, SVG_TITLE, PARTS_MARGIN, y, width, 3, picture->title);
	return svg_text(svg, SVG_LEAD, PARTS_MARGIN, y + PX(2), width, 3,
					picture->lead);
}

/* The sentence to remember. */
int
parts_verdict(Svg *svg, const Picture *picture, int y)
{
	int			width = svg->width - 2 * PARTS_MARGIN;
	int			indent = 0;

	if (picture->verdict[0] == '\0')
		return y;
	y += PX(8);
	if (picture->worst >= 0)
	{
		indent = PX(14);
		svg_rect(svg, "worst", PARTS_MARGIN, y + PX(3), PX(5), PX(14), 0);
	}
	return svg_text(svg, SVG_VERDICT, PARTS_MARGIN + indent, y,
					width - indent, 6, picture->verdict);
}

static SvgStyle
note_style(const PictureStage *stage, NoteKind kind)
{
	switch (kind)
	{
		case NOTE_WORST:
			return SVG_ACCENT;
		case NOTE_LOSS:
			return stage->is_worst ? SVG_ACCENT : SVG_STRONG;
		case NOTE_PLAIN:
			return SVG_TEXT;
		case NOTE_ASSUMED:
			return SVG_ASSUMED;
		case NOTE_MUTED:
		case NOTE_WAITING:
		case NOTE_EXCLUDED:
			break;
	}
	return SVG_MUTED;
}

/* The same sign as in the chart; returns the room that it takes. */
static int
draw_swatch(Svg *svg, NoteKind kind, int x, int y)
{
	int			middle = y + SWATCH / 2;

	switch (kind)
	{
		case NOTE_WORST:
			svg_path(svg, "worst", "MLLZ", x, y + PX(1), x + SWATCH,
					 y + PX(1), x + SWATCH / 2, y + SWATCH);
			break;
		case NOTE_ASSUMED:
			svg_path(svg, "mark", "MLLLZ", x, middle, x + SWATCH / 2, y,
					 x + SWATCH, middle, x + SWATCH / 2, y + SWATCH);
			break;
		case NOTE_WAITING:
			svg_rect(svg, "waiting", x, y, SWATCH, SWATCH, 0);
			break;
		case NOTE_EXCLUDED:
			svg_rect(svg, "excluded", x, y, SWATCH, SWATCH, 0);
			break;
		case NOTE_LOSS:
		case NOTE_PLAIN:
		case NOTE_MUTED:
			return 0;
	}
	return SWATCH + SWATCH_GAP;
}

/* What there is to say about a stage, below it. */
int
parts_notes(Svg *svg, const PictureStage *stage, int x, int y, int width)
{
	for (int i = 0; i < stage->n_notes; i++)
	{
		const PictureNote *note = &stage->notes[i];
		int			indent = SWATCH + SWATCH_GAP;

		/* one sign for what is assumed in two lines */
		if (i == 0 || note->kind != NOTE_ASSUMED ||
			note[-1].kind != NOTE_ASSUMED)
			indent = draw_swatch(svg, note->kind, x, y + PX(2));
		y = svg_text(svg, note_style(stage, note->kind), x + indent, y,
					 width - indent, 3, note->text);
	}
	return y;
}

/* How many are expected at the next required stage; NaN where not known. */
static double
expected_next(const Picture *picture, int i)
{
	for (i++; i < picture->n; i++)
	{
		if (!picture->stages[i].optional)
			return picture->stages[i].expected_reached;
	}
	return NAN;
}

/*
 * A stage as the hypotheses have it: the outline of a bar, and the way to the
 * next one, past the optional stages.
 */
void
parts_assumed(Svg *svg, const Picture *picture, int i, int x, int base,
			  int pitch, int height)
{
	const PictureStage *stage = &picture->stages[i];
	const char *class = stage->is_worst ? "assumed-worst" : "assumed";
	double		all = PICTURE_ENTRANTS;
	int			top = base - parts_height(stage->expected_reached, all,
										  height);
	int			next = base - parts_height(expected_next(picture, i), all,
										   height);
	int			middle = x + (PARTS_BAR + pitch) / 2;

	if (stage->optional && next < base)
		svg_path(svg, class, "ML", x, next, x + pitch, next);
	if (top == base)
		return;
	svg_rect(svg, "assumed", x, top, PARTS_BAR, base - top, 0);
	if (!isnan(stage->expected))
		svg_path(svg, class, "MC", x + PARTS_BAR, top, middle, top, middle,
				 next, x + pitch, next);
}
