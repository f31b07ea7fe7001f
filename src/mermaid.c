/*
 * mermaid.c
 *	  Funnels and journeys as text for Mermaid: flowcharts with numbers.
 *
 * Mermaid reads labels several times over: as its own grammar, as Markdown, as
 * HTML.  Of ASCII, a label therefore shows only what means nothing to any of
 * them; the rest are Mermaid's entity codes, such as #35; for a number sign.
 */
#include "postgres.h"

#include <ctype.h>

#include "figures.h"
#include "fmgr.h"
#include "label.h"
#include "miscadmin.h"
#include "picture.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_mermaid_map);
PG_FUNCTION_INFO_V1(journey_mermaid_funnel);

/*
 * By default, Mermaid takes no more than 50,000 characters: 64 stages whose
 * texts are entity codes throughout stay below that.
 */
#define NAME_CHARS		72
#define GOAL_CHARS		60
#define GOAL_CHARS_OF_MANY	24	/* in journeys of more stages than these */
#define MANY_STAGES		20

/* new line within a label */
#define BREAK			"<br/>"

/* What Mermaid's own notation of entities is made of. */
static bool
is_entity_sign(pg_wchar c)
{
	return c == 0xB0 || c == 0xB6 || c == 0xFB02;
}

static bool
is_word(pg_wchar c)
{
	return c >= 0x80 || isalnum((int) c);
}

/* Can the character stand as it is, between these two (0 at an end)? */
static bool
is_plain(pg_wchar before, pg_wchar c, pg_wchar after)
{
	if (c >= 0x80)
		return GetDatabaseEncoding() == PG_UTF8 && !is_entity_sign(c);
	switch (c)
	{
		case ' ':
			return before != 0 && before != ' ' && after != 0;
		case '-':
		case '_':
			return is_word(before) && is_word(after);
		case '.':
			return isdigit((int) before) && isdigit((int) after);
		case '%':
			/* two begin a comment or a directive */
			return before == ' ' && (after == ' ' || after == 0);
		case ')':
			/* 1) begins a list */
			return !isdigit((int) before);
		case '(':
		case ',':
		case '\'':
			return true;
	}
	return isalnum((int) c);
}

/*
 * Some signs are looked for once more when the codes are characters again:
 * line ends \n, formulas $$, icons fa:fa-car, and Mermaid's notation of
 * entities.  There an invisible character (word joiner) keeps them apart.
 */
static bool
must_be_parted(pg_wchar c, pg_wchar after)
{
	switch (c)
	{
		case '\\':
		case '$':
		case ':':
		case 0xB6:
		case 0xFB02:
			return after != 0 && after != ' ';
	}
	return false;
}

static void
put_label(StringInfo buf, const char *s)
{
	pg_wchar	before = 0;

	while (*s != '\0')
	{
		const char *at = s;
		const char *next;
		pg_wchar	c;
		pg_wchar	after = 0;

		label_next(&s, &c);
		next = s;
		if (*next != '\0')
			label_next(&next, &after);
		if (is_plain(before, c, after))
			appendBinaryStringInfo(buf, at, (int) (s - at));
		else
			appendStringInfo(buf, "#%u;", (unsigned int) c);
		if (must_be_parted(c, after))
			appendStringInfoString(buf, "#8288;");
		before = c;
	}
}

/* ---------- nodes ---------- */

static bool
has_note(const PictureStage *stage, NoteKind kind)
{
	for (int i = 0; i < stage->n_notes; i++)
	{
		if (stage->notes[i].kind == kind)
			return true;
	}
	return false;
}

/* Where somebody leaves, or is expected to, there is a node for them. */
static bool
has_leak(const PictureStage *stage)
{
	return has_note(stage, NOTE_LOSS) || has_note(stage, NOTE_ASSUMED);
}

static bool
note_is_of_leak(const PictureStage *stage, NoteKind kind)
{
	return has_leak(stage) &&
		(kind == NOTE_WORST || kind == NOTE_LOSS || kind == NOTE_PLAIN ||
		 kind == NOTE_ASSUMED);
}

static void
put_line(StringInfo buf, const char *s)
{
	appendStringInfoString(buf, BREAK);
	put_label(buf, s);
}

static void
put_stage(StringInfo buf, const Picture *picture, const PictureStage *stage)
{
	appendStringInfo(buf, "    s%d%s\"", stage->no,
					 stage->optional ? "([" : "[");
	put_label(buf, label_clip_chars(stage->name, NAME_CHARS));
	if (stage->optional)
		put_line(buf, "optional");
	if (picture->is_measured)
	{
		put_line(buf, psprintf("%s reached",
							   figure_count(stage->sums->reached)));
		if (stage->no > 1 && !stage->optional && !isnan(stage->row->overall))
			put_line(buf, psprintf("%s overall",
								   figure_percent(stage->row->overall)));
	}
	else
	{
		if (stage->map->goal.len > 0)
			put_line(buf, label_clip_chars(picture_label(&stage->map->goal),
										   picture->n > MANY_STAGES ?
										   GOAL_CHARS_OF_MANY : GOAL_CHARS));
		if (!isnan(stage->map->feeling))
			put_line(buf, psprintf("feeling %s",
								   figure_signed(stage->map->feeling)));
	}
	for (int i = 0; i < stage->n_notes; i++)
	{
		NoteKind	kind = stage->notes[i].kind;

		if (kind != NOTE_WAITING && kind != NOTE_EXCLUDED &&
			!note_is_of_leak(stage, kind))
			put_line(buf, stage->notes[i].text);
	}
	appendStringInfo(buf, "\"%s\n", stage->optional ? "])" : "]");
}

/*
 * A heading is a node without a frame: Mermaid's own titles cannot have signs
 * that mean something in HTML.
 */
static void
put_title(StringInfo buf, const Picture *picture)
{
	bool		has_title = (picture->map->title.len > 0);

	if (!has_title && picture->lead[0] == '\0')
		return;
	appendStringInfoString(buf, "    title[\"");
	if (has_title)
	{
		put_label(buf, label_clip_chars(picture->title, NAME_CHARS));
		if (picture->lead[0] != '\0')
			appendStringInfoString(buf, BREAK);
	}
	put_label(buf, picture->lead);
	appendStringInfoString(buf, "\"]\n    title ~~~ s1\n"
						   "    style title fill:none,stroke:none\n");
}

/* Those who leave, who wait, and who are not counted: a node each. */
static void
put_losses(StringInfo buf, const PictureStage *stage)
{
	const char *separator = "";

	if (has_leak(stage))
	{
		appendStringInfo(buf, "    s%d -.-> x%d([\"", stage->no, stage->no);
		for (int i = 0; i < stage->n_notes; i++)
		{
			if (!note_is_of_leak(stage, stage->notes[i].kind))
				continue;
			appendStringInfoString(buf, separator);
			put_label(buf, stage->notes[i].text);
			separator = BREAK;
		}
		appendStringInfoString(buf, "\"])\n");
	}
	for (int i = 0; i < stage->n_notes; i++)
	{
		NoteKind	kind = stage->notes[i].kind;

		if (kind != NOTE_WAITING && kind != NOTE_EXCLUDED)
			continue;
		appendStringInfo(buf, "    s%d -.- %c%d([\"", stage->no,
						 kind == NOTE_WAITING ? 'w' : 'e', stage->no);
		put_label(buf, stage->notes[i].text);
		appendStringInfoString(buf, "\"])\n");
	}
}

/* ---------- edges ---------- */

static void
put_edges(StringInfo buf, const Picture *picture, const PictureStage *stage)
{
	const PictureStage *following = stage + 1;

	/* to and from optional stages, beside the way that passes them */
	if (stage->no < picture->n && (stage->optional || following->optional))
		appendStringInfo(buf, "    s%d -.-> s%d\n", stage->no,
						 following->no);
	if (stage->next < 0)
		return;
	appendStringInfo(buf, "    s%d -->", stage->no);
	if (picture->is_measured && !isnan(stage->row->conversion))
	{
		appendStringInfoString(buf, "|\"");
		put_label(buf, psprintf("%s go on",
								figure_percent(stage->row->conversion)));
		appendStringInfoString(buf, "\"|");
	}
	appendStringInfo(buf, " s%d\n", stage->next + 1);
}

/* The colour is that of a line: it can be seen on light and dark. */
static void
put_classes(StringInfo buf, const Picture *picture)
{
	for (int i = 0; i < picture->n; i++)
	{
		const PictureStage *stage = &picture->stages[i];

		if (stage->optional)
			appendStringInfo(buf, "    class s%d optional\n", stage->no);
		if (stage->is_worst)
			appendStringInfo(buf, "    class x%d worst\n", stage->no);
		else if (has_leak(stage) && !has_note(stage, NOTE_LOSS))
			appendStringInfo(buf, "    class x%d assumed\n", stage->no);
	}
	appendStringInfoString(buf,
						   "    classDef worst stroke:#d9502a,stroke-width:3px\n"
						   "    classDef assumed stroke-dasharray:5 3\n"
						   "    classDef optional stroke-dasharray:2 2");
}

static text *
make_flowchart(const Picture *picture, bool is_ordered)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "flowchart TD\n");
	put_title(&buf, picture);
	for (int i = 0; i < picture->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_stage(&buf, picture, &picture->stages[i]);
	}
	for (int i = 0; i < picture->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_ordered)
			put_edges(&buf, picture, &picture->stages[i]);
		put_losses(&buf, &picture->stages[i]);
	}
	put_classes(&buf, picture);
	return cstring_to_text_with_len(buf.data, buf.len);
}

/* mermaid(journey) */
Datum
journey_mermaid_map(PG_FUNCTION_ARGS)
{
	struct varlena *journey =
		(struct varlena *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	const Picture *picture = picture_make(summary_make(journey), true);

	PG_RETURN_TEXT_P(make_flowchart(picture,
									picture->map->matching != MAP_ANY));
}

/* mermaid(funnel) */
Datum
journey_mermaid_funnel(PG_FUNCTION_ARGS)
{
	const Picture *picture = picture_make(GETARG_SUMMARY(0), false);

	PG_RETURN_TEXT_P(make_flowchart(picture, true));
}
