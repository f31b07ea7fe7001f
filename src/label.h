/*
 * label.h
 *	  Names as they are shown: cleaned, measured, clipped, broken into lines.
 *
 * A terminal has columns and the server's encoding.  A picture has pixels and
 * Unicode: its labels are UTF-8 in every database, without control characters,
 * and their widths are estimated for a wide font, so that they fit in others.
 */
#ifndef JOURNEY_LABEL_H
#define JOURNEY_LABEL_H

#include "postgres.h"

#include "mb/pg_wchar.h"

/* what stands for characters that cannot be shown */
#define LABEL_REPLACEMENT	0xFFFD

/* signs, in UTF-8 */
#define LABEL_ARROW		"\xE2\x86\x92"
#define LABEL_DOT		"\xC2\xB7"
#define LABEL_ELLIPSIS	"\xE2\x80\xA6"

/* lengths are in tenths of a pixel, font sizes in tenths, too */
typedef struct LabelFont
{
	int			size;
	bool		bold;
} LabelFont;

typedef struct LabelLines
{
	int			n;
	char	  **lines;
	bool		clipped;		/* something is missing */
} LabelLines;

/* terminals */
extern int	label_columns(const char *s);
extern char *label_clip_columns(const char *s, int max_columns,
								const char *ellipsis);

/* pictures */
extern char *label_utf8(const char *s, int len);
extern char *label_server(const char *s);
extern int	label_next(const char **s, pg_wchar *c);
extern int	label_width(const char *s, LabelFont font);
extern void label_wrap(const char *s, LabelFont font, int width,
					   int max_lines, LabelLines *result);
extern char *label_clip_chars(const char *s, int max_chars);
extern bool label_has_rtl(const char *s);

#endif							/* JOURNEY_LABEL_H */
