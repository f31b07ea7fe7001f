/*
 * svg_journey.c
 *	  The journey map as a poster: what is known and assumed of each stage.
 *
 * The stages stand side by side as cards; under them, one lane for each kind
 * of note: goals, touchpoints, thoughts, feelings, and so on.  A lane that no
 * stage has something for is left out.  Journeys too long for one row of cards
 * have several, each with its own lanes.
 */
#include "postgres.h"

#include "figures.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "svg_parts.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_svg_map);
PG_FUNCTION_INFO_V1(journey_svg_uri_map);

/* eight stages side by side at the default width */
#define MIN_PITCH		PX(150)
#define NAME_LINES		4
#define MAX_ITEMS		8		/* of a stage in a lane */
#define ITEM_LINES		4
#define TIP				PX(10)	/* of a card, towards the next stage */
#define CURVE_HEIGHT	PX(42)	/* from neutral to delighted */
#define EXPECTED_HEIGHT	PX(64)

typedef struct Poster
{
	Svg			svg;
	const Picture *picture;
	PartsGrid	grid;
} Poster;

/* How the texts of a lane look. */
typedef enum LaneLook
{
	LOOK_TEXT, LOOK_CHIP, LOOK_QUOTE, LOOK_BAD, LOOK_GOOD, LOOK_RULES,
	LOOK_CURVE, LOOK_EXPECTED
} LaneLook;

typedef struct Lane
{
	const char *caption;
	LaneLook	look;
	bool		is_list;
	size_t		offset;			/* of the text or list in MapStage */
} Lane;

static const Lane lanes[] = {
	{"Goal", LOOK_TEXT, false, offsetof(MapStage, goal)},
	{"Touchpoints", LOOK_CHIP, true, offsetof(MapStage, touchpoints)},
	{"Thoughts", LOOK_QUOTE, true, offsetof(MapStage, thoughts)},
	{"Feelings", LOOK_CURVE, false, 0},
	{"Pains", LOOK_BAD, true, offsetof(MapStage, pains)},
	{"Opportunities", LOOK_GOOD, true, offsetof(MapStage, opportunities)},
	{"Expected drop-off: a hypothesis", LOOK_EXPECTED, false, 0},
	{"Evidence", LOOK_TEXT, false, offsetof(MapStage, evidence)},
	{"Reached by", LOOK_RULES, false, 0},
};

static int
lane_texts(const Lane *lane, const MapStage *stage, const MapText **items)
{
	const char *field = (const char *) stage + lane->offset;

	if (lane->is_list)
	{
		*items = ((const MapTexts *) field)->items;
		return ((const MapTexts *) field)->n;
	}
	*items = (const MapText *) field;
	return ((const MapText *) field)->len > 0 ? 1 : 0;
}

static bool
has_rules(const MapStage *stage)
{
	return stage->events.n > 0 || stage->without.n > 0 ||
		stage->within != MAP_NO_SPAN || stage->after != MAP_NO_SPAN;
}

static bool
lane_is_used(const Lane *lane, const PictureStage *stage)
{
	const MapText *items;

	switch (lane->look)
	{
		case LOOK_CURVE:
			return !isnan(stage->map->feeling);
		case LOOK_EXPECTED:
			return !isnan(stage->expected);
		case LOOK_RULES:
			return has_rules(stage->map);
		default:
			return lane_texts(lane, stage->map, &items) > 0;
	}
}

/* ---------- cards ---------- */

/* An arrow to the next stage, unless the stages come in any order. */
static void
draw_card_shape(Poster *p, const PictureStage *stage, int x, int y,
				int width, int height)
{
	const char *class = stage->optional ? "card-optional" : "card";
	int			middle = y + height / 2;
	int			end = x + width;

	if (p->picture->map->matching == MAP_ANY)
		svg_rect(&p->svg, class, x, y, width - TIP, height, PX(4));
	else if (stage->no == 1)
		svg_path(&p->svg, class, "MLLLLZ", x, y, end - TIP, y, end, middle,
				 end - TIP, y + height, x, y + height);
	else
		svg_path(&p->svg, class, "MLLLLLZ", x, y, end - TIP, y, end, middle,
				 end - TIP, y + height, x, y + height, x + TIP, middle);
}

static int
draw_cards(Poster *p, int first, int n, int y)
{
	int			width = p->grid.pitch - PX(3);
	int			leading = svg_styles[SVG_NAME].leading;
	int			caption = svg_styles[SVG_CAPTION].leading;
	int			height = 0;
	LabelLines *names = palloc(n * sizeof(LabelLines));

	for (int i = 0; i < n; i++)
	{
		svg_wrap(SVG_NAME, p->picture->stages[first + i].name,
				 width - PX(18) - 2 * TIP, NAME_LINES, &names[i]);
		height = Max(height, names[i].n * leading);
	}
	height += caption + PX(20);
	for (int i = 0; i < n; i++)
	{
		const PictureStage *stage = &p->picture->stages[first + i];
		int			x = PARTS_MARGIN + i * p->grid.pitch;
		int			text_x = x + TIP + PX(8);
		int			text_y;

		svg_group(&p->svg, picture_sentence(stage, stage->name));
		draw_card_shape(p, stage, x, y, width, height);
		text_y = svg_text(&p->svg, SVG_CAPTION, text_x, y + PX(8),
						  width - PX(18), 1,
						  psprintf("%d%s", stage->no,
								   stage->optional ? ", optional" : ""));
		svg_lines(&p->svg, SVG_NAME, text_x, text_y, &names[i]);
		svg_end_group(&p->svg);
	}
	return y + height;
}

/* ---------- lanes of texts ---------- */

/* The frame of a chip, a minus or a plus. */
static void
draw_item_sign(Poster *p, LaneLook look, int x, int y, int width, int height)
{
	if (look == LOOK_CHIP)
		svg_rect(&p->svg, "chip", x, y - PX(1), width, height + PX(2),
				 PX(8));
	if (look == LOOK_BAD || look == LOOK_GOOD)
		svg_path(&p->svg, "mouth", "ML", x, y + PX(8), x + PX(7), y + PX(8));
	if (look == LOOK_GOOD)
		svg_path(&p->svg, "mouth", "ML", x + PX(3) + 5, y + PX(4) + 5,
				 x + PX(3) + 5, y + PX(11) + 5);
}

static int
item_indent(LaneLook look)
{
	if (look == LOOK_CHIP)
		return PX(8);
	return (look == LOOK_BAD || look == LOOK_GOOD) ? PX(13) : 0;
}

/* One text of a lane; what is clipped can be had whole as a tooltip. */
static int
draw_item(Poster *p, LaneLook look, const char *s, int x, int y, int width)
{
	SvgStyle	style = (look == LOOK_QUOTE) ? SVG_QUOTE : SVG_TEXT;
	int			leading = svg_styles[style].leading;
	int			indent = item_indent(look);
	int			widest = 0;
	LabelLines	lines;

	/* the frame of a chip goes around it */
	svg_wrap(style, s, width - indent - (look == LOOK_CHIP ? PX(8) : 0),
			 ITEM_LINES, &lines);
	if (lines.n == 0)
		return y;
	for (int i = 0; i < lines.n; i++)
		widest = Max(widest, label_width(lines.lines[i],
										 svg_styles[style].font));
	if (lines.clipped)
		svg_group(&p->svg, s);
	draw_item_sign(p, look, x, y, Min(width, widest + PX(16)),
				   lines.n * leading);
	y = svg_lines(&p->svg, style, x + indent, y, &lines);
	if (lines.clipped)
		svg_end_group(&p->svg);
	return y + ((look == LOOK_CHIP) ? PX(6) : PX(3));
}

static int
draw_texts(Poster *p, const Lane *lane, const MapStage *stage, int x, int y,
		   int width)
{
	const MapText *items;
	int			n = lane_texts(lane, stage, &items);

	for (int i = 0; i < n; i++)
	{
		char	   *s;

		CHECK_FOR_INTERRUPTS();
		if (i == MAX_ITEMS - 1 && n > MAX_ITEMS)
			return svg_text(&p->svg, SVG_MUTED, x, y, width, 1,
							psprintf("and %d more", n - i));
		s = picture_label(&items[i]);
		if (lane->look == LOOK_QUOTE)
			s = psprintf("\xE2\x80\x9C%s\xE2\x80\x9D", s);
		y = draw_item(p, lane->look, s, x, y, width);
	}
	return y;
}

/* "view, search, within 1 day, without refund" */
static int
draw_rules(Poster *p, const MapStage *stage, int x, int y, int width)
{
	static const struct
	{
		const char *word;
		size_t		offset;
	}			lists[] = {
		{"", offsetof(MapStage, events)},
		{"without ", offsetof(MapStage, without)}
	};

	for (int k = 0; k < lengthof(lists); k++)
	{
		const MapTexts *list = (const MapTexts *)
			((const char *) stage + lists[k].offset);

		for (int i = 0; i < list->n; i++)
		{
			if (i == MAX_ITEMS - 1 && list->n > MAX_ITEMS)
			{
				y = svg_text(&p->svg, SVG_MUTED, x, y, width, 1,
							 psprintf("and %d more", list->n - i));
				break;
			}
			y = draw_item(p, LOOK_TEXT,
						  psprintf("%s%s", lists[k].word,
								   picture_label(&list->items[i])),
						  x, y, width);
		}
	}
	if (stage->within != MAP_NO_SPAN)
		y = svg_text(&p->svg, SVG_MUTED, x, y, width, 2,
					 psprintf("within %s", map_span_string(stage->within)));
	if (stage->after != MAP_NO_SPAN)
		y = svg_text(&p->svg, SVG_MUTED, x, y, width, 2,
					 psprintf("after %s", map_span_string(stage->after)));
	return y;
}

/* ---------- the curve of feelings ---------- */

/* The corners of the mouth go up or down with the feeling. */
static void
draw_face(Poster *p, double feeling, int x, int y)
{
	int			bend = (int) rint(feeling * PX(5));
	int			mouth = y + PX(4) - bend / 2;

	svg_circle(&p->svg, "face", x, y, PX(11));
	svg_circle(&p->svg, "eye", x - PX(4), y - PX(3), PX(1) + 5);
	svg_circle(&p->svg, "eye", x + PX(4), y - PX(3), PX(1) + 5);
	svg_path(&p->svg, "mouth", "MC", x - PX(5), mouth, x - PX(2),
			 mouth + bend, x + PX(2), mouth + bend, x + PX(5), mouth);
}

static int
draw_curve(Poster *p, int first, int n, int y)
{
	int			neutral = y + PX(14) + CURVE_HEIGHT;
	int			end = PARTS_MARGIN + n * p->grid.pitch - PARTS_GUTTER;
	int			last_x = 0;
	int			last_y = 0;
	int			last = -1;

	svg_path(&p->svg, "rule", "ML", PARTS_MARGIN, neutral, end, neutral);
	/* faces over the curve, so twice */
	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; i < n; i++)
		{
			double		feeling = p->picture->stages[first + i].map->feeling;
			int			x = PARTS_MARGIN + i * p->grid.pitch + PX(30);
			int			at;
			int			middle = (last_x + x) / 2;

			if (isnan(feeling))
				continue;
			at = neutral - (int) rint(feeling * CURVE_HEIGHT);
			if (pass == 1)
			{
				draw_face(p, feeling, x, at);
				svg_text(&p->svg, SVG_STRONG, x + PX(16), at - PX(20),
						 PX(60), 1, figure_signed(feeling));
				continue;
			}
			/* nothing is known of the stages in between */
			if (last >= 0)
				svg_path(&p->svg, (i == last + 1) ? "curve" : "assumed",
						 "MC", last_x, last_y, middle, last_y, middle, at, x,
						 at);
			last = i;
			last_x = x;
			last_y = at;
		}
	}
	return neutral + CURVE_HEIGHT + PX(14);
}

/* ---------- what is expected ---------- */

static int
draw_expected(Poster *p, int first, int n, int y)
{
	int			width = p->grid.pitch - PARTS_GUTTER;
	int			base = y + svg_styles[SVG_ASSUMED].leading + PX(4) +
		EXPECTED_HEIGHT;
	int			bottom = base;

	for (int i = 0; i < n; i++)
	{
		const PictureStage *stage = &p->picture->stages[first + i];
		int			x = PARTS_MARGIN + i * p->grid.pitch;
		int			end;

		svg_path(&p->svg, "rule", "ML", x, base, x + p->grid.pitch, base);
		if (!isnan(stage->expected_reached))
			svg_text(&p->svg, SVG_ASSUMED, x, y, width, 1,
					 picture_of_entrants(stage->expected_reached));
		parts_assumed(&p->svg, p->picture, first + i, x, base, p->grid.pitch,
					  EXPECTED_HEIGHT);
		end = parts_notes(&p->svg, stage, x, base + PX(8), width);
		bottom = Max(bottom, end);
	}
	return bottom;
}

/* ---------- the whole ---------- */

static int
draw_lane(Poster *p, const Lane *lane, int first, int n, int y)
{
	int			width = p->grid.pitch - PARTS_GUTTER;
	int			end = PARTS_MARGIN + n * p->grid.pitch - PARTS_GUTTER;
	int			bottom;
	bool		is_used = false;

	for (int i = 0; i < n; i++)
		is_used |= lane_is_used(lane, &p->picture->stages[first + i]);
	if (!is_used)
		return y;

	y += PX(10);
	svg_path(&p->svg, "rule", "ML", PARTS_MARGIN, y, end, y);
	y = svg_text(&p->svg, SVG_CAPTION, PARTS_MARGIN, y + PX(7),
				 p->svg.width - 2 * PARTS_MARGIN, 1, lane->caption);
	y += PX(5);
	if (lane->look == LOOK_CURVE)
		return draw_curve(p, first, n, y);
	if (lane->look == LOOK_EXPECTED)
		return draw_expected(p, first, n, y);

	bottom = y;
	for (int i = 0; i < n; i++)
	{
		const MapStage *stage = p->picture->stages[first + i].map;
		int			x = PARTS_MARGIN + i * p->grid.pitch;
		int			lane_end;

		if (lane->look == LOOK_RULES)
			lane_end = draw_rules(p, stage, x, y, width);
		else
			lane_end = draw_texts(p, lane, stage, x, y, width);
		bottom = Max(bottom, lane_end);
	}
	return bottom;
}

/* Whose journey it is. */
static int
draw_note(Poster *p, const char *word, const MapText *text, int y)
{
	int			width = p->svg.width - 2 * PARTS_MARGIN;

	if (text->len == 0)
		return y;
	return svg_text(&p->svg, SVG_TEXT, PARTS_MARGIN, y + PX(4), width, 4,
					psprintf("%s: %s", word, picture_label(text)));
}

static char *
draw_poster(struct varlena *journey, int32 width)
{
	Poster		p = {0};
	const Picture *picture = picture_make(summary_make(journey), true);
	int			y = PX(20);

	svg_begin(&p.svg, width);
	p.picture = picture;
	parts_grid(&p.grid, &p.svg, picture->n, MIN_PITCH);
	y = parts_header(&p.svg, picture, y);
	y = draw_note(&p, "Persona", &picture->map->persona, y);
	y = draw_note(&p, "Scenario", &picture->map->scenario, y);
	y = parts_verdict(&p.svg, picture, y) + PX(16);
	for (int first = 0; first < picture->n; first += p.grid.columns)
	{
		int			n = Min(p.grid.columns, picture->n - first);

		CHECK_FOR_INTERRUPTS();
		y = draw_cards(&p, first, n, y) + PX(2);
		for (int i = 0; i < lengthof(lanes); i++)
			y = draw_lane(&p, &lanes[i], first, n, y);
		y += PX(24);
	}
	return svg_end(&p.svg, y, picture->title, picture->description);
}

#define GETARG_MAP(n) \
	((struct varlena *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

/* svg(journey, width) */
Datum
journey_svg_map(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(draw_poster(GETARG_MAP(0),
												 PG_GETARG_INT32(1))));
}

/* svg_uri(journey, width) */
Datum
journey_svg_uri_map(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(svg_uri(draw_poster(GETARG_MAP(0),
										 PG_GETARG_INT32(1))));
}
