/*
 * svg_funnel.c
 *	  The funnel as an SVG picture: heights are customers.
 *
 * Each stage has a cell: its name and number above, then a bar; to the right
 * of it, level with the bar's foot, those who go on, above them the slope of
 * those who leave, above that those who wait; below, what that means in
 * numbers.  Rows of cells follow each other like lines of a text.
 */
#include "postgres.h"

#include "figures.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "svg_parts.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_svg_funnel);
PG_FUNCTION_INFO_V1(journey_svg_uri_funnel);

#define MIN_PITCH		PX(148)
#define NAME_LINES		4
#define APART			PX(3)	/* from a bar to those not counted */

typedef struct Drawing
{
	Svg			svg;
	const Picture *picture;
	PartsGrid	grid;
	int			chart;			/* height of the tallest bar */
	double		largest;		/* what that bar stands for */
} Drawing;

static int
height_of(const Drawing *d, int64 count)
{
	return parts_height((double) count, d->largest, d->chart);
}

/* How many come to this stage, or pass it, from the one before. */
static int64
coming(const Picture *picture, int stage)
{
	for (int i = stage - 1; i >= 0; i--)
	{
		if (!picture->stages[i].optional)
			return picture->stages[i].continued;
	}
	return 0;
}

/* ---------- above the chart ---------- */

static char *
number_of(const PictureStage *stage)
{
	int64		n = stage->sums->reached;

	return (n < 1000000000) ? figure_count(n) : figure_short((double) n);
}

static char *
share_of(const Picture *picture, const PictureStage *stage)
{
	if (stage->optional)
		return pstrdup("optional");
	if (picture->map->entry == MAP_ENTRY_ANY && stage->sums->entered > 0)
		return psprintf("%s enter here", figure_count(stage->sums->entered));
	if (stage->no == 1)
		return pstrdup(picture->noun);
	if (!isnan(stage->row->overall))
		return psprintf("%s overall", figure_percent(stage->row->overall));
	return pstrdup("");
}

static int
draw_head(Drawing *d, const PictureStage *stage, const LabelLines *name,
		  int name_height, int x, int y, int width)
{
	Svg		   *svg = &d->svg;

	svg_lines(svg, SVG_NAME, x, y, name);
	y += name_height + PX(2);
	if (d->picture->is_measured)
	{
		y = svg_text(svg, SVG_NUMBER, x, y, width, 1, number_of(stage));
		svg_text(svg, SVG_MUTED, x, y, width, 1,
				 share_of(d->picture, stage));
	}
	else
	{
		char	   *expected = "";

		if (stage->optional)
			expected = "optional";
		else if (!isnan(stage->expected_reached))
			expected = picture_of_entrants(stage->expected_reached);
		y = svg_text(svg, SVG_NUMBER, x, y, width, 1, "0");
		svg_text(svg, SVG_ASSUMED, x, y, width, 1, expected);
	}
	return y + svg_styles[SVG_MUTED].leading + PX(8);
}

/* ---------- the chart ---------- */

/* Those who leave a required stage, and those who may still go on. */
static void
draw_outcome(Drawing *d, const PictureStage *stage, int x, int base, int end)
{
	const StageSummary *sums = stage->sums;
	int			middle = (x + end) / 2;
	int			stay = base - height_of(d, stage->continued);
	int			left = stay;

	if (stage->continued > 0)
		svg_rect(&d->svg, "flow", x, stay, end - x, base - stay, 0);
	if (sums->dropped > 0)
	{
		left = base - height_of(d, stage->continued + sums->dropped);
		left = Min(left, stay - PX(1));
		svg_path(&d->svg, stage->is_worst ? "worst" : "lost", "MCLZ",
				 x, left, middle, left, middle, stay, end, stay, x, stay);
	}
	if (sums->waiting > 0)
	{
		int			top = base - height_of(d, sums->reached);

		top = Min(top, left - PX(2));
		svg_rect(&d->svg, "waiting", x, top, (end - x) / 3, left - top, 0);
	}
}

/* Where the next bar would begin if the hypothesis held. */
static void
draw_hypothesis(Drawing *d, const PictureStage *stage, int x, int base,
				int end)
{
	int			top = base - height_of(d, stage->sums->reached);
	int			middle = (x + end) / 2;
	int			next = base - parts_height((double) stage->sums->reached *
										   (1 - stage->expected),
										   d->largest, d->chart);
	int			mark = end - PX(7);

	svg_path(&d->svg, "assumed", "MC", x, top, middle, top, middle, next,
			 end, next);
	svg_path(&d->svg, "mark", "MLLLZ", mark - PX(5), next, mark,
			 next - PX(5), mark + PX(5), next, mark, next + PX(5));
}

static void
draw_bar(Drawing *d, const PictureStage *stage, int x, int base)
{
	int			height = height_of(d, stage->sums->reached);
	int			excluded = height_of(d, stage->sums->excluded);

	if (height > 0)
		svg_rect(&d->svg, stage->optional ? "optional" : "bar", x,
				 base - height, PARTS_BAR, height, 0);
	if (excluded > 0)
		svg_rect(&d->svg, "excluded", x,
				 base - height - APART - Max(excluded, PX(3)), PARTS_BAR,
				 Max(excluded, PX(3)), 0);
}

static void
draw_step(Drawing *d, int i, bool begins_row, int x, int base)
{
	const PictureStage *stage = &d->picture->stages[i];
	int			end = x + d->grid.pitch;
	int			come = height_of(d, coming(d->picture, i));
	int			height = height_of(d, stage->sums->reached);

	if (!d->picture->is_measured)
	{
		parts_assumed(&d->svg, d->picture, i, x, base, d->grid.pitch,
					  d->chart);
		return;
	}
	if (begins_row && come > 0)
		svg_rect(&d->svg, "flow", x - PX(14), base - come, PX(14), come, 0);
	if (stage->optional)
	{
		/* those who go from one required stage to the next pass it */
		if (come > 0 && stage->no < d->picture->n)
			svg_rect(&d->svg, "flow", x, base - come, end - x, come, 0);
	}
	else if (stage->no > 1 && stage->sums->entered > 0 && height > come)
		svg_path(&d->svg, "enter", "MCLZ", x - PX(12), base - come,
				 x - PX(4), base - come, x - PX(4), base - height, x,
				 base - height, x, base - come);
	if (stage->next >= 0)
		draw_outcome(d, stage, x + PARTS_BAR, base, end);
	if (!isnan(stage->expected) && stage->sums->reached > 0)
		draw_hypothesis(d, stage, x + PARTS_BAR, base, end);
	draw_bar(d, stage, x, base);
}

/* The tallest bar of a row, in the scale of all. */
static int
row_height(const Drawing *d, int first, int n)
{
	int			height = PX(16);

	for (int i = first; i < first + n; i++)
	{
		const PictureStage *stage = &d->picture->stages[i];

		height = Max(height, height_of(d, stage->sums->reached) + APART +
					 height_of(d, stage->sums->excluded));
		height = Max(height, height_of(d, coming(d->picture, i)));
		if (!d->picture->is_measured)
			height = Max(height, parts_height(stage->expected_reached,
											  PICTURE_ENTRANTS, d->chart));
	}
	return height;
}

/* One row of stages; returns where the next one begins. */
static int
draw_row(Drawing *d, int first, int n, int y)
{
	int			width = d->grid.pitch - PARTS_GUTTER;
	int			chart = row_height(d, first, n);
	int			name_height = 0;
	int			bottom = y;
	LabelLines *names = palloc(n * sizeof(LabelLines));

	for (int i = 0; i < n; i++)
	{
		svg_wrap(SVG_NAME, d->picture->stages[first + i].name, width,
				 NAME_LINES, &names[i]);
		name_height = Max(name_height,
						  names[i].n * svg_styles[SVG_NAME].leading);
	}
	for (int i = 0; i < n; i++)
	{
		const PictureStage *stage = &d->picture->stages[first + i];
		int			x = PARTS_MARGIN + i * d->grid.pitch;
		int			base;
		int			end;

		CHECK_FOR_INTERRUPTS();
		svg_group(&d->svg, picture_sentence(stage, stage->name));
		base = draw_head(d, stage, &names[i], name_height, x, y, width);
		base += chart;
		draw_step(d, first + i, i == 0 && first > 0, x, base);
		svg_path(&d->svg, "rule", "ML", x, base,
				 x + (stage->no < d->picture->n ? d->grid.pitch : PARTS_BAR),
				 base);
		end = parts_notes(&d->svg, stage, x, base + PX(9), width);
		bottom = Max(bottom, end);
		svg_end_group(&d->svg);
	}
	return bottom + PX(22);
}

/* ---------- below the chart ---------- */

/* A hypothesis beside what is measured is a line, else an outline. */
static void
draw_legend_sign(Drawing *d, const char *class, int x, int y)
{
	int			middle = y + PX(5);

	if (d->picture->is_measured && strcmp(class, "assumed") == 0)
	{
		svg_path(&d->svg, class, "ML", x - PX(2), middle, x + PX(16),
				 middle);
		svg_path(&d->svg, "mark", "MLLLZ", x + PX(3), middle, x + PX(8), y,
				 x + PX(13), middle, x + PX(8), y + PX(10));
	}
	else
		svg_rect(&d->svg, class, x, y, PX(14), PX(10), 0);
}

typedef struct LegendItem
{
	bool		is_shown;
	const char *class;
	const char *text;
} LegendItem;

static int
draw_legend(Drawing *d, int y)
{
	const Picture *p = d->picture;
	LegendItem	items[] = {
		{p->is_measured, "bar", "reached the stage"},
		{false, "optional", "optional stage"},
		{false, "flow", "go on"},
		{false, "enter", "enter here"},
		{false, "lost", "leave"},
		{p->is_measured && p->worst >= 0, "worst", "worst leak"},
		{false, "waiting", "waiting: may still go on"},
		{false, "excluded", "excluded: not counted"},
		{p->has_hypothesis, "assumed", "expected: a hypothesis"}
	};
	int			x = PARTS_MARGIN;

	for (int i = 0; i < p->n; i++)
	{
		const PictureStage *stage = &p->stages[i];

		items[1].is_shown |= stage->optional;
		items[2].is_shown |= stage->continued > 0;
		items[3].is_shown |= i > 0 && stage->sums->entered > 0;
		items[4].is_shown |= stage->sums->dropped > 0 && !stage->is_worst;
		items[6].is_shown |= stage->sums->waiting > 0;
		items[7].is_shown |= stage->sums->excluded > 0;
	}
	for (int i = 0; i < lengthof(items); i++)
	{
		int			width = PX(20) + label_width(items[i].text,
												 svg_styles[SVG_MUTED].font);

		if (!items[i].is_shown)
			continue;
		if (x > PARTS_MARGIN && x + width > d->svg.width - PARTS_MARGIN)
		{
			x = PARTS_MARGIN;
			y += PX(20);
		}
		draw_legend_sign(d, items[i].class, x, y + PX(2));
		svg_text(&d->svg, SVG_MUTED, x + PX(20), y, width, 1, items[i].text);
		x += width + PX(18);
	}
	return (x > PARTS_MARGIN) ? y + PX(20) : y;
}

static char *
draw_funnel(const FunnelSummary *funnel, int32 width)
{
	Drawing		d = {0};
	const Picture *picture = picture_make(funnel, false);
	int			y = PX(20);

	svg_begin(&d.svg, width);
	d.picture = picture;
	parts_grid(&d.grid, &d.svg, picture->n, MIN_PITCH);
	d.chart = (d.grid.rows > 2) ? PX(110) : PX(170);
	for (int i = 0; i < picture->n; i++)
	{
		const StageSummary *sums = picture->stages[i].sums;

		d.largest = Max(d.largest, (double) (sums->reached + sums->excluded));
	}

	y = parts_header(&d.svg, picture, y);
	if (!picture->is_measured)
		y = svg_text(&d.svg, SVG_VERDICT, PARTS_MARGIN, y + PX(8),
					 d.svg.width - 2 * PARTS_MARGIN, 1, "No customers yet");
	y = parts_verdict(&d.svg, picture, y) + PX(20);
	for (int first = 0; first < picture->n; first += d.grid.columns)
		y = draw_row(&d, first, Min(d.grid.columns, picture->n - first), y);
	y = draw_legend(&d, y);
	return svg_end(&d.svg, y + PX(14), picture->title, picture->description);
}

/* svg(funnel, width) */
Datum
journey_svg_funnel(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);

	PG_RETURN_TEXT_P(cstring_to_text(draw_funnel(funnel,
												 PG_GETARG_INT32(1))));
}

/* svg_uri(funnel, width) */
Datum
journey_svg_uri_funnel(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);

	PG_RETURN_TEXT_P(svg_uri(draw_funnel(funnel, PG_GETARG_INT32(1))));
}
