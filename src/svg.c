/*
 * svg.c
 *	  Writes an SVG picture that needs nothing else.
 */
#include "postgres.h"

#include "common/base64.h"
#include "miscadmin.h"
#include "svg.h"
#include "utils/builtins.h"

/* of one letter; no script needs more of those that could pile up */
#define MAX_MARKS		3

const SvgStyleInfo svg_styles[SVG_STYLES] = {
	[SVG_TITLE] = {"t", {220, true}, 270},
	[SVG_LEAD] = {"l", {130, false}, 180},
	[SVG_VERDICT] = {"v", {150, true}, 210},
	[SVG_NAME] = {"n", {135, true}, 170},
	[SVG_NUMBER] = {"u", {210, true}, 260},
	[SVG_TEXT] = {"p", {120, false}, 165},
	[SVG_MUTED] = {"m", {120, false}, 165},
	[SVG_STRONG] = {"s", {130, true}, 175},
	[SVG_ACCENT] = {"a", {130, true}, 175},
	[SVG_ASSUMED] = {"e", {120, false}, 165},
	[SVG_QUOTE] = {"q", {120, false}, 165},
	[SVG_CAPTION] = {"c", {110, true}, 150},
};

/*
 * Colours of text hold a contrast of 4.5 : 1 to the ground in both schemes.
 * The classes are those of this picture only, wherever it is put into a page.
 */
static const char style_sheet[] =
	".jp{font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,"
	"\"Helvetica Neue\",Arial,sans-serif;font-variant-numeric:tabular-nums}\n"
	".jp text{fill:#1f2a37;font-size:12px}\n"
	".jp .t{font-size:22px;font-weight:600}\n"
	".jp .l{font-size:13px;fill:#556070}\n"
	".jp .v{font-size:15px;font-weight:600}\n"
	".jp .n{font-size:13.5px;font-weight:600}\n"
	".jp .u{font-size:21px;font-weight:600}\n"
	".jp .m{fill:#556070}\n"
	".jp .s{font-size:13px;font-weight:600}\n"
	".jp .a{font-size:13px;font-weight:600;fill:#b93815}\n"
	".jp .e{fill:#556070;font-style:italic}\n"
	".jp .q{font-style:italic}\n"
	".jp .c{font-size:11px;font-weight:600;fill:#556070}\n"
	".jp .ground{fill:#fff}\n"
	".jp .rule{fill:none;stroke:#d8dee6;stroke-width:1}\n"
	".jp .bar{fill:#3f6690}\n"
	".jp .optional{fill:#fff;stroke:#3f6690;stroke-width:1.5}\n"
	".jp .flow{fill:#dbe6f1}\n"
	".jp .lost{fill:#c9d0d9}\n"
	".jp .worst{fill:#d9502a}\n"
	".jp .enter{fill:#9dbddb}\n"
	".jp .waiting{fill:url(#jp-waiting);stroke:#3f6690;stroke-width:1}\n"
	".jp .excluded{fill:url(#jp-excluded);stroke:#7b8796;stroke-width:1;"
	"stroke-dasharray:2 2}\n"
	".jp .assumed{fill:none;stroke:#556070;stroke-width:1.5;"
	"stroke-dasharray:5 3}\n"
	".jp .assumed-worst{fill:none;stroke:#b93815;stroke-width:2;"
	"stroke-dasharray:5 3}\n"
	".jp .mark{fill:#fff;stroke:#556070;stroke-width:1.5}\n"
	".jp .hatch{fill:none;stroke:#3f6690;stroke-width:1.5}\n"
	".jp .cross{fill:none;stroke:#7b8796;stroke-width:1}\n"
	".jp .card{fill:#eef3f8;stroke:#3f6690;stroke-width:1}\n"
	".jp .card-optional{fill:none;stroke:#3f6690;stroke-width:1;"
	"stroke-dasharray:5 3}\n"
	".jp .chip{fill:#f3f5f8;stroke:#d8dee6;stroke-width:1}\n"
	".jp .curve{fill:none;stroke:#3f6690;stroke-width:2.5}\n"
	".jp .face{fill:#fff;stroke:#3f6690;stroke-width:1.5}\n"
	".jp .mouth{fill:none;stroke:#3f6690;stroke-width:1.5;"
	"stroke-linecap:round}\n"
	".jp .eye{fill:#3f6690}\n"
	"@media (prefers-color-scheme:dark){\n"
	".jp text{fill:#e4e9ef}\n"
	".jp .l,.jp .m,.jp .e,.jp .c{fill:#a3aebb}\n"
	".jp .a{fill:#ff8a66}\n"
	".jp .ground{fill:#12171d}\n"
	".jp .rule{stroke:#333d48}\n"
	".jp .bar,.jp .eye{fill:#7fa8d1}\n"
	".jp .optional{fill:#12171d;stroke:#7fa8d1}\n"
	".jp .flow{fill:#26374a}\n"
	".jp .lost{fill:#49535f}\n"
	".jp .worst{fill:#e8623a}\n"
	".jp .enter{fill:#4a6d92}\n"
	".jp .waiting,.jp .hatch,.jp .mouth,.jp .curve{stroke:#7fa8d1}\n"
	".jp .excluded,.jp .cross{stroke:#8a96a4}\n"
	".jp .assumed{stroke:#a3aebb}\n"
	".jp .assumed-worst{stroke:#ff8a66}\n"
	".jp .mark{fill:#12171d;stroke:#a3aebb}\n"
	".jp .card{fill:#1b2632;stroke:#7fa8d1}\n"
	".jp .card-optional{stroke:#7fa8d1}\n"
	".jp .chip{fill:#1c232b;stroke:#3b4652}\n"
	".jp .face{fill:#12171d;stroke:#7fa8d1}\n"
	"}\n";

static const char patterns[] =
	"<defs>"
	"<pattern id=\"jp-waiting\" width=\"5\" height=\"5\" "
	"patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
	"<path class=\"hatch\" d=\"M0 0V5\"/></pattern>"
	"<pattern id=\"jp-excluded\" width=\"4\" height=\"4\" "
	"patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\">"
	"<path class=\"cross\" d=\"M0 0V4\"/></pattern>"
	"</defs>\n";

/* ---------- the pieces ---------- */

static void
put_length(StringInfo buf, int tenths)
{
	int			size = abs(tenths);

	appendStringInfo(buf, "%s%d", tenths < 0 ? "-" : "", size / 10);
	if (size % 10 != 0)
		appendStringInfo(buf, ".%d", size % 10);
}

static void
put_attribute(StringInfo buf, const char *name, int tenths)
{
	appendStringInfo(buf, " %s=\"", name);
	put_length(buf, tenths);
	appendStringInfoChar(buf, '"');
}

static void
put_escaped(StringInfo buf, const char *s)
{
	while (*s != '\0')
	{
		pg_wchar	c;

		CHECK_FOR_INTERRUPTS();
		label_next(&s, &c);
		if (c == '&')
			appendStringInfoString(buf, "&amp;");
		else if (c == '<')
			appendStringInfoString(buf, "&lt;");
		else if (c == '>')
			appendStringInfoString(buf, "&gt;");
		else if (c == '"')
			appendStringInfoString(buf, "&quot;");
		else if (c < 0x7F)
			appendStringInfoChar(buf, (char) c);
		else
			appendStringInfo(buf, "&#%u;", (unsigned int) c);
	}
}

/* Marks that stand above or below a letter, and could pile up. */
static bool
is_stacking_mark(pg_wchar c)
{
	return (c >= 0x0300 && c <= 0x036F) || (c >= 0x0483 && c <= 0x0489) ||
		(c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
		(c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

/* A line of a text; of many marks at one letter only the first ones. */
static void
put_line(StringInfo buf, const char *s)
{
	int			marks = 0;
	StringInfoData line;

	initStringInfo(&line);
	while (*s != '\0')
	{
		const char *at = s;
		pg_wchar	c;

		label_next(&s, &c);
		marks = is_stacking_mark(c) ? marks + 1 : 0;
		if (marks <= MAX_MARKS)
			appendBinaryStringInfo(&line, at, (int) (s - at));
	}
	put_escaped(buf, line.data);
}

static void
put_element(StringInfo buf, const char *name, const char *content)
{
	appendStringInfo(buf, "<%s>", name);
	put_escaped(buf, content);
	appendStringInfo(buf, "</%s>", name);
}

void
svg_begin(Svg *svg, int32 width)
{
	if (width < SVG_MIN_WIDTH || width > SVG_MAX_WIDTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width of a picture must be from %d to %d pixels",
						SVG_MIN_WIDTH, SVG_MAX_WIDTH),
				 errdetail("It is %d.", width),
				 errhint("Pictures scale without loss: choose a width for "
						 "which the text is as large as you want it.")));
	initStringInfo(&svg->body);
	svg->width = PX(width);
}

/* Only now the height is known. */
char *
svg_end(Svg *svg, int height, const char *title, const char *description)
{
	StringInfoData buf;

	/* whole pixels, since this is the size that viewers give it */
	height = (height + 9) / 10 * 10;
	initStringInfo(&buf);
	appendStringInfoString(&buf,
						   "<svg xmlns=\"http://www.w3.org/2000/svg\" "
						   "class=\"jp\" role=\"img\"");
	put_attribute(&buf, "width", svg->width);
	put_attribute(&buf, "height", height);
	appendStringInfoString(&buf, " viewBox=\"0 0 ");
	put_length(&buf, svg->width);
	appendStringInfoChar(&buf, ' ');
	put_length(&buf, height);
	appendStringInfoString(&buf,
						   "\" style=\"max-width:100%;height:auto\">\n");
	put_element(&buf, "title", title);
	appendStringInfoChar(&buf, '\n');
	put_element(&buf, "desc", description);
	appendStringInfo(&buf, "\n<style>\n%s</style>\n%s"
					 "<rect class=\"ground\" width=\"100%%\" height=\"100%%\" "
					 "fill=\"#fff\"/>\n",
					 style_sheet, patterns);
	appendBinaryStringInfo(&buf, svg->body.data, svg->body.len);
	appendStringInfoString(&buf, "</svg>");
	return buf.data;
}

/* The picture as the address of an image. */
text *
svg_uri(const char *svg)
{
	static const char scheme[] = "data:image/svg+xml;base64,";
	int			len = (int) strlen(svg);
	int			room = pg_b64_enc_len(len);
	StringInfoData buf;
	int			encoded;

	initStringInfo(&buf);
	appendStringInfoString(&buf, scheme);
	enlargeStringInfo(&buf, room);
	/* the type of its first argument differs between versions */
	encoded = pg_b64_encode((const void *) svg, len, buf.data + buf.len,
							room);
	if (encoded < 0)
		elog(ERROR, "could not encode a picture");
	return cstring_to_text_with_len(buf.data, buf.len + encoded);
}

/* What is drawn until the group's end has a text that a pointer brings up. */
void
svg_group(Svg *svg, const char *tooltip)
{
	appendStringInfoString(&svg->body, "<g>");
	put_element(&svg->body, "title", tooltip);
	appendStringInfoChar(&svg->body, '\n');
}

void
svg_end_group(Svg *svg)
{
	appendStringInfoString(&svg->body, "</g>\n");
}

void
svg_rect(Svg *svg, const char *class, int x, int y, int width, int height,
		 int radius)
{
	appendStringInfo(&svg->body, "<rect class=\"%s\"", class);
	put_attribute(&svg->body, "x", x);
	put_attribute(&svg->body, "y", y);
	put_attribute(&svg->body, "width", width);
	put_attribute(&svg->body, "height", height);
	if (radius > 0)
		put_attribute(&svg->body, "rx", radius);
	appendStringInfoString(&svg->body, "/>\n");
}

void
svg_circle(Svg *svg, const char *class, int x, int y, int radius)
{
	appendStringInfo(&svg->body, "<circle class=\"%s\"", class);
	put_attribute(&svg->body, "cx", x);
	put_attribute(&svg->body, "cy", y);
	put_attribute(&svg->body, "r", radius);
	appendStringInfoString(&svg->body, "/>\n");
}

/* The steps are letters of a path; M and L take two lengths each, C six. */
void
svg_path(Svg *svg, const char *class, const char *steps,...)
{
	StringInfo	buf = &svg->body;
	va_list		lengths;

	appendStringInfo(buf, "<path class=\"%s\" d=\"", class);
	va_start(lengths, steps);
	for (; *steps != '\0'; steps++)
	{
		int			n = (*steps == 'Z') ? 0 : (*steps == 'C') ? 6 : 2;

		appendStringInfoChar(buf, *steps);
		for (int i = 0; i < n; i++)
		{
			if (i > 0)
				appendStringInfoChar(buf, ' ');
			put_length(buf, va_arg(lengths, int));
		}
	}
	va_end(lengths);
	appendStringInfoString(buf, "\"/>\n");
}

/* ---------- text ---------- */

void
svg_wrap(SvgStyle style, const char *s, int width, int max_lines,
		 LabelLines *lines)
{
	label_wrap(s, svg_styles[style].font, width, max_lines, lines);
}

/* Lines from y on downwards; returns where the next one would begin. */
int
svg_lines(Svg *svg, SvgStyle style, int x, int y, const LabelLines *lines)
{
	const SvgStyleInfo *info = &svg_styles[style];

	for (int i = 0; i < lines->n; i++)
	{
		appendStringInfo(&svg->body, "<text class=\"%s\"", info->class);
		put_attribute(&svg->body, "x", x);
		put_attribute(&svg->body, "y", y + info->font.size);
		appendStringInfoChar(&svg->body, '>');
		put_line(&svg->body, lines->lines[i]);
		appendStringInfoString(&svg->body, "</text>\n");
		y += info->leading;
	}
	return y;
}

int
svg_text(Svg *svg, SvgStyle style, int x, int y, int width, int max_lines,
		 const char *s)
{
	LabelLines	lines;

	svg_wrap(style, s, width, max_lines, &lines);
	return svg_lines(svg, style, x, y, &lines);
}
