/*
 * label.c
 *	  Names as they are shown.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "label.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"

/* bytes converted to UTF-8 at a time, and the room that takes */
#define PIECE			256
#define PIECE_ROOM		(PIECE * MAX_CONVERSION_INPUT_LENGTH + 1)

/* of bold letters, in percent of others */
#define BOLD_WIDTH		115

/*
 * Advance widths of the printable ASCII characters in DejaVu Sans, a wide
 * font, in thousandths of its size.
 */
static const int16 ascii_widths[95] = {
	318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838,
	318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636,
	636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698,
	770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
	603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390,
	337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635,
	634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521,
	392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838
};

/* Columns one character takes, -1 for a control character, and its bytes. */
static int
char_columns(const char *s, int *bytes)
{
	int			encoding = GetDatabaseEncoding();

	*bytes = pg_encoding_mblen(encoding, s);
	/* never past the end */
	*bytes = (int) strnlen(s, *bytes);
	return pg_encoding_dsplen(encoding, s);
}

int
label_columns(const char *s)
{
	int			columns = 0;
	int			bytes;

	for (; *s != '\0'; s += bytes)
		columns += Max(0, char_columns(s, &bytes));
	return columns;
}

/*
 * A name for one line of a terminal: control characters become blanks, and
 * what does not fit gives way to an ellipsis.
 */
char *
label_clip_columns(const char *s, int max_columns, const char *ellipsis)
{
	StringInfoData buf;
	int			columns = 0;
	int			room = max_columns - label_columns(ellipsis);
	int			cut = 0;
	int			bytes;

	initStringInfo(&buf);
	for (; *s != '\0'; s += bytes)
	{
		int			w = char_columns(s, &bytes);

		CHECK_FOR_INTERRUPTS();
		if (w < 0)
		{
			appendStringInfoChar(&buf, ' ');
			w = 1;
		}
		else
			appendBinaryStringInfo(&buf, s, bytes);
		columns += w;
		if (columns <= room)
			cut = buf.len;
	}
	if (columns > max_columns)
	{
		buf.data[cut] = '\0';
		return psprintf("%s%s", buf.data, ellipsis);
	}
	return buf.data;
}

/* ---------- pictures ---------- */

static void
put_char(StringInfo buf, pg_wchar c)
{
	unsigned char bytes[8];

	unicode_to_utf8(c, bytes);
	appendBinaryStringInfo(buf, (char *) bytes, pg_utf_mblen(bytes));
}

/* White space as a blank, what XML or people cannot take as a sign. */
static pg_wchar
clean_char(pg_wchar c)
{
	if (c == '\t' || c == '\n' || c == '\r' || c == 0x85 ||
		c == 0x2028 || c == 0x2029)
		return ' ';
	if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xFFFE || c == 0xFFFF)
		return LABEL_REPLACEMENT;
	return c;
}

static void
put_clean(StringInfo buf, const char *s, int len)
{
	int			bytes;

	for (int i = 0; i < len; i += bytes)
	{
		const unsigned char *c = (const unsigned char *) s + i;

		CHECK_FOR_INTERRUPTS();
		bytes = pg_utf_mblen(c);
		if (bytes > len - i || !pg_utf8_islegal(c, bytes))
		{
			bytes = 1;
			put_char(buf, LABEL_REPLACEMENT);
		}
		else
			put_char(buf, clean_char(utf8_to_unicode(c)));
	}
}

/* How many bytes could be converted; no error where a character cannot. */
static int
convert_some(Oid proc, int from, int to, const char *s, int len,
			 unsigned char *room, int room_len)
{
	unsigned char *source = (unsigned char *) unconstify(char *, s);

	return pg_do_encoding_conversion_buf(proc, from, to, source, len, room,
										 room_len, true);
}

/*
 * Converts piece by piece: the server's own function would refuse the whole
 * label for one character that Unicode lacks.
 */
static void
convert(StringInfo buf, Oid proc, int encoding, const char *s, int len)
{
	unsigned char room[PIECE_ROOM];

	while (len > 0)
	{
		int			done;

		CHECK_FOR_INTERRUPTS();
		done = convert_some(proc, encoding, PG_UTF8, s, Min(len, PIECE),
							room, PIECE_ROOM);
		if (done > 0)
			put_clean(buf, (char *) room, strlen((char *) room));
		else
		{
			done = Min(len, pg_encoding_mblen(encoding, s));
			put_char(buf, LABEL_REPLACEMENT);
		}
		s += done;
		len -= done;
	}
}

/*
 * A name in the server's encoding as a label.  Where that is not known, it is
 * UTF-8 as far as it is well-formed.
 */
char *
label_utf8(const char *s, int len)
{
	int			encoding = GetDatabaseEncoding();
	Oid			proc = InvalidOid;
	StringInfoData buf;

	initStringInfo(&buf);
	if (encoding != PG_UTF8 && encoding != PG_SQL_ASCII)
		proc = FindDefaultConversionProc(encoding, PG_UTF8);
	if (OidIsValid(proc))
		convert(&buf, proc, encoding, s, len);
	else
		put_clean(&buf, s, len);
	return buf.data;
}

/* What stands for a character that the server's encoding lacks. */
static const char *
substitute(pg_wchar c)
{
	switch (c)
	{
		case 0x2192:
			return "->";
		case 0xB7:
			return "-";
		case 0x2026:
			return "...";
		case 0x2068:
		case 0x2069:
			return "";
	}
	return "?";
}

/* A label in the server's encoding, for what is not written as text only. */
char *
label_server(const char *s)
{
	int			encoding = GetDatabaseEncoding();
	Oid			proc = InvalidOid;
	unsigned char room[MAX_CONVERSION_INPUT_LENGTH *
					   MAX_CONVERSION_INPUT_LENGTH + 1];
	StringInfoData buf;

	if (encoding == PG_UTF8)
		return pstrdup(s);
	if (encoding != PG_SQL_ASCII)
		proc = FindDefaultConversionProc(PG_UTF8, encoding);
	initStringInfo(&buf);
	while (*s != '\0')
	{
		const char *at = s;
		pg_wchar	c;
		int			len;

		CHECK_FOR_INTERRUPTS();
		label_next(&s, &c);
		len = (int) (s - at);
		if (c < 0x80)
			appendStringInfoChar(&buf, (char) c);
		else if (OidIsValid(proc) && substitute(c)[0] == '?' &&
				 convert_some(proc, PG_UTF8, encoding, at, len, room,
							  sizeof(room)) == len)
			appendStringInfoString(&buf, (char *) room);
		else
			appendStringInfoString(&buf, substitute(c));
	}
	return buf.data;
}

/* Takes the next character; its width in thousandths of the size. */
int
label_next(const char **s, pg_wchar *c)
{
	const unsigned char *at = (const unsigned char *) *s;
	int			columns;

	*c = utf8_to_unicode(at);
	columns = pg_encoding_dsplen(PG_UTF8, *s);
	*s += pg_utf_mblen(at);
	if (*c >= ' ' && *c < 0x7F)
		return ascii_widths[*c - ' '];
	if (columns <= 0)
		return 0;
	if (*c >= 0x1F000)
		return 1350;			/* pictures */
	if (columns == 2 || *c == LABEL_REPLACEMENT || *c >= 0x2010)
		return 1050;			/* as wide as high: letters, arrows, signs */
	if (*c >= 0x0900)
		return 950;				/* scripts of South and South-East Asia */
	return 800;
}

int
label_width(const char *s, LabelFont font)
{
	int64		width = 0;
	pg_wchar	c;

	while (*s != '\0')
		width += label_next(&s, &c);
	width = width * font.size * (font.bold ? BOLD_WIDTH : 100) / 100000;
	return (int) Min(width, PG_INT32_MAX);
}

/* How many thousandths of the size fit? */
static int64
room_for(LabelFont font, int width)
{
	return (int64) width * 100000 /
		(font.size * (font.bold ? BOLD_WIDTH : 100));
}

/* May a line end after this character? */
static bool
breaks_after(pg_wchar c, int width)
{
	return c == ' ' || c == '-' || c == '/' || c == '_' || c == '.' ||
		c == ',' || c == ';' || c == '|' || (c >= 0x2E80 && width >= 1000);
}

/* Or may it not begin with this one, such as a closing quote? */
static bool
begins_line(pg_wchar before, pg_wchar c)
{
	if (before == ' ')
		return true;
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			(c >= 'a' && c <= 'z');
	return (c >= 0xC0 && c < 0x2000) || c > 0x3002;
}

/* Bytes of the label that make the next line; all that is left, if it fits. */
static int
fitting(const char *s, int64 room)
{
	const char *at = s;
	const char *good = s;		/* where the line would best end */
	int64		used = 0;
	bool		may_break = false;	/* before the next character */
	bool		joined = false; /* it belongs to the one before */
	pg_wchar	before = 0;

	while (*at != '\0')
	{
		const char *next = at;
		pg_wchar	c;
		int			w = label_next(&next, &c);

		CHECK_FOR_INTERRUPTS();
		/* marks stay with their letter */
		if (w > 0 && !joined)
		{
			if (may_break && begins_line(before, c))
				good = at;
			if (used + w > room && c != ' ' && at > s)
				return (int) ((good > s ? good : at) - s);
			may_break = breaks_after(c, w);
			before = c;
		}
		used += w;
		joined = (c == 0x200D);
		at = next;
	}
	return (int) (at - s);
}

/* What fits, and an ellipsis. */
static char *
clip(const char *s, int64 room)
{
	const char *at = s;
	const char *cut = s;
	const char *dots = LABEL_ELLIPSIS;
	pg_wchar	c;
	int64		used = label_next(&dots, &c);

	while (*at != '\0')
	{
		used += label_next(&at, &c);
		if (used > room)
			break;
		if (c != ' ')
			cut = at;
	}
	return psprintf("%.*s" LABEL_ELLIPSIS, (int) (cut - s), s);
}

/* Breaks a label into lines; what is too long for them is clipped. */
void
label_wrap(const char *s, LabelFont font, int width, int max_lines,
		   LabelLines *result)
{
	int64		room = room_for(font, width);

	result->n = 0;
	result->lines = palloc(max_lines * sizeof(char *));
	result->clipped = false;
	for (;;)
	{
		int			n;

		CHECK_FOR_INTERRUPTS();
		while (*s == ' ')
			s++;
		if (*s == '\0')
			return;
		n = fitting(s, room);
		if (s[n] != '\0' && result->n == max_lines - 1)
		{
			result->lines[result->n++] = clip(s, room);
			result->clipped = true;
			return;
		}
		result->lines[result->n++] = pnstrdup(s, n);
		s += n;
		/* a blank at the end is not seen */
		while (n > 0 && result->lines[result->n - 1][n - 1] == ' ')
			result->lines[result->n - 1][--n] = '\0';
		if (result->n == max_lines)
			return;
	}
}

/* Where there are no pixels: at most so many characters. */
char *
label_clip_chars(const char *s, int max_chars)
{
	const char *at = s;
	const char *cut = s;
	pg_wchar	c;

	for (int i = 0; *at != '\0'; i++)
	{
		if (i == max_chars)
			return psprintf("%.*s" LABEL_ELLIPSIS, (int) (cut - s), s);
		label_next(&at, &c);
		if (i < max_chars - 1)
			cut = at;
	}
	return pstrdup(s);
}

/* Does it have letters, or marks, that are written from right to left? */
bool
label_has_rtl(const char *s)
{
	while (*s != '\0')
	{
		pg_wchar	c;

		label_next(&s, &c);
		if ((c >= 0x0590 && c < 0x0900) || (c >= 0x200E && c <= 0x200F) ||
			(c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
			(c >= 0xFB1D && c <= 0xFDFF) || (c >= 0xFE70 && c <= 0xFEFF) ||
			(c >= 0x10800 && c < 0x11000) || (c >= 0x1E800 && c < 0x1F000))
			return true;
	}
	return false;
}
