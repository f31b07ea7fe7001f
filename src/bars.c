/*
 * bars.c
 *	  The funnel as bars, for a terminal.
 *
 * Block elements and arrows where the server encoding is UTF8, else ASCII.
 */
#include "postgres.h"

#include "figures.h"
#include "label.h"
#include "nodes/pg_list.h"
#include "readers.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_bars);

/* psql puts a space before the lines of a cell and a plus sign after them */
#define LINE_WIDTH		78
#define MAX_LABEL		20
#define GAP				2
#define PERCENT_WIDTH	8		/* "optional" */
/* so that two names and an arrow fit into one line */
#define MAX_NAME		30

typedef struct Signs
{
	const char *const *eighths; /* of a column; [8] is full */
	int			smallest;		/* the first one to be seen */
	const char *arrow;
	const char *down;
	const char *worst;
	const char *ellipsis;
} Signs;

static const char *const block_eighths[] = {
	"", "\xE2\x96\x8F", "\xE2\x96\x8E", "\xE2\x96\x8D", "\xE2\x96\x8C",
	"\xE2\x96\x8B", "\xE2\x96\x8A", "\xE2\x96\x89", "\xE2\x96\x88"
};

static const Signs utf8_signs = {
	block_eighths, 1,
	"\xE2\x86\x92", "\xE2\x96\xBC", "\xE2\x97\x80 worst leak",
	LABEL_ELLIPSIS
};

static const char *const ascii_eighths[] = {
	"", "", "", "", "#", "#", "#", "#", "#"
};

static const Signs ascii_signs = {
	ascii_eighths, 4,
	"->", "v", "<- worst leak",
	"..."
};

typedef struct Bars
{
	StringInfoData text;
	const Signs *signs;
	int			label_width;
	int			bar_width;
	int			count_width;
	bool		has_overall;
	int			column;			/* of the line being written */
	double		largest;		/* count that fills the bar */
} Bars;

static char *
clip_name(const Bars *bars, const char *s, int max_columns)
{
	return label_clip_columns(s, max_columns, bars->signs->ellipsis);
}

static void
end_line(Bars *bars)
{
	appendStringInfoChar(&bars->text, '\n');
	bars->column = 0;
}

/* Writes with its first column there, with nothing in between but blanks. */
static void
put_at(Bars *bars, int column, const char *s)
{
	appendStringInfoSpaces(&bars->text, Max(0, column - bars->column));
	appendStringInfoString(&bars->text, s);
	bars->column = Max(column, bars->column) + label_columns(s);
}

static void
put_right(Bars *bars, int end_column, const char *s)
{
	put_at(bars, end_column - label_columns(s), s);
}

/* Writes after a gap, or into a line of its own where it does not fit. */
static void
put_next(Bars *bars, int indent, int gap, const char *s)
{
	int			column = bars->column + gap;

	if (bars->column <= indent)
		column = indent;
	else if (column + label_columns(s) > LINE_WIDTH)
	{
		end_line(bars);
		column = indent;
	}
	put_at(bars, column, s);
}

static void
put_parts(Bars *bars, int indent, List *parts)
{
	ListCell   *cell;

	foreach(cell, parts)
	{
		const char *part = (const char *) lfirst(cell);

		if (lnext(parts, cell) != NULL)
			part = psprintf("%s,", part);
		put_next(bars, indent, 1, part);
	}
}

static void
put_bar(Bars *bars, int64 count)
{
	double		share = (bars->largest > 0) ? count / bars->largest : 0;
	int			eighths = (int) rint(share * bars->bar_width * 8);

	/* a few are not none */
	if (count > 0)
		eighths = Max(eighths, bars->signs->smallest);
	for (int i = 0; i < eighths / 8; i++)
		put_at(bars, 0, bars->signs->eighths[8]);
	put_at(bars, 0, bars->signs->eighths[eighths % 8]);
}

/* name, bar, number, share of the first stage */
static void
put_stage(Bars *bars, const StageRow *row)
{
	int			column = bars->label_width + GAP;
	char	   *label = clip_name(bars, row->name,
								  bars->label_width - row->optional);

	put_at(bars, 0, row->optional ? psprintf("%s?", label) : label);
	put_at(bars, column, "");
	put_bar(bars, row->sums->reached);
	column += bars->bar_width + GAP + bars->count_width;
	put_right(bars, column, figure_count(row->sums->reached));
	column += GAP + PERCENT_WIDTH;
	if (bars->has_overall && row->optional)
		put_right(bars, column, "optional");
	else if (!isnan(row->overall))
		put_right(bars, column, figure_percent(row->overall));
	end_line(bars);
}

/* "26.4 % leave (8,594), value lost 760,155" */
static List *
loss_parts(const LeakRow *row, LeakMeasure measure)
{
	List	   *parts = NIL;
	int64		lost = row->sums->dropped;

	if (isnan(row->drop_off))
		return NIL;
	if (lost == 0)
		return list_make1("nobody leaves");
	parts = list_make1(psprintf("%s leave (%s)",
								figure_percent(row->drop_off),
								figure_count(lost)));
	if (measure == MEASURE_VALUE && !isnan(row->value_lost))
		parts = lappend(parts,
						psprintf("value lost %s",
								 figure_amount(row->value_lost)));
	else if (!isnan(row->completions_lost))
		parts = lappend(parts,
						psprintf("completions lost %s",
								 figure_amount(row->completions_lost)));
	return parts;
}

/* What happens between a stage and the next one. */
static void
put_outcome(Bars *bars, const StageRow *row, const Leaks *leaks)
{
	const StageSummary *s = row->sums;
	int			indent = bars->label_width + GAP;
	List	   *parts = NIL;
	bool		is_worst = false;

	for (int i = 0; i < leaks->n; i++)
	{
		const LeakRow *leak = &leaks->rows[i];

		if (leak->sums != s)
			continue;
		parts = loss_parts(leak, leaks->measure);
		is_worst = (i == 0 && s->dropped > 0);
		if (s->reached > 0 && s->settled == 0)
			parts = lappend(parts, "nobody settled yet");
		else if (s->reached > 0 && !leak->enough_data)
			parts = lappend(parts, psprintf("few data (n = %d)",
											(int) s->settled));
	}
	if (s->waiting > 0)
		parts = lappend(parts, psprintf("%s waiting",
										figure_count(s->waiting)));
	if (s->excluded > 0)
		parts = lappend(parts, psprintf("%s excluded",
										figure_count(s->excluded)));
	if (parts == NIL)
		return;

	if (s->dropped > 0)
	{
		put_at(bars, indent, bars->signs->down);
		put_at(bars, bars->column + 1, "");
		indent = bars->column;
	}
	put_parts(bars, indent, parts);
	if (is_worst)
		put_next(bars, indent, GAP, bars->signs->worst);
	end_line(bars);
}

/* One sentence that says which leak is the worst. */
static void
put_verdict(Bars *bars, const Leaks *leaks)
{
	const LeakRow *worst = &leaks->rows[0];
	List	   *parts;

	if (leaks->n == 0 && bars->largest > 0)
		return;
	end_line(bars);
	if (bars->largest == 0)
		put_at(bars, 0, "No customers.");
	else if (worst->sums->dropped == 0)
		put_at(bars, 0, "No leak: nobody has left.");
	else
	{
		parts = lcons(psprintf("Worst leak: %s %s %s",
							   clip_name(bars, worst->name, MAX_NAME),
							   bars->signs->arrow,
							   clip_name(bars, worst->next_name, MAX_NAME)),
					  loss_parts(worst, leaks->measure));
		put_parts(bars, 0, parts);
	}
	end_line(bars);
}

static void
put_heading(Bars *bars, const JourneyMap *map)
{
	int			column = bars->label_width + GAP + bars->bar_width + GAP +
		bars->count_width;

	if (map->title.s != NULL)
	{
		put_at(bars, 0, clip_name(bars,
								  pnstrdup(map->title.s, map->title.len),
								  LINE_WIDTH));
		end_line(bars);
	}
	put_right(bars, column, "reached");
	if (bars->has_overall)
		put_right(bars, column + GAP + PERCENT_WIDTH, "overall");
	end_line(bars);
}

static void
lay_out(Bars *bars, const FunnelSummary *funnel, const StageRow *rows)
{
	bars->signs = (GetDatabaseEncoding() == PG_UTF8) ? &utf8_signs :
		&ascii_signs;
	bars->has_overall = (funnel->map->entry == MAP_ENTRY_FIRST);
	bars->count_width = strlen("reached");
	for (int i = 0; i < funnel->map->n_stages; i++)
	{
		const StageRow *row = &rows[i];
		char	   *label = clip_name(bars, row->name, MAX_LABEL);

		bars->label_width = Max(bars->label_width,
								label_columns(label) + row->optional);
		bars->count_width =
			Max(bars->count_width,
				label_columns(figure_count(row->sums->reached)));
		bars->largest = Max(bars->largest, (double) row->sums->reached);
	}
	bars->bar_width = LINE_WIDTH - bars->label_width - GAP - GAP -
		bars->count_width;
	if (bars->has_overall)
		bars->bar_width -= GAP + PERCENT_WIDTH;
}

/* bars(funnel) */
Datum
journey_bars(PG_FUNCTION_ARGS)
{
	FunnelSummary *funnel = GETARG_SUMMARY(0);
	double		z = readers_z(READERS_LEVEL);
	StageRow   *rows = stages_compute(funnel, z);
	Bars		bars = {0};
	Leaks		leaks;

	initStringInfo(&bars.text);
	lay_out(&bars, funnel, rows);
	leaks_compute(funnel, MEASURE_DEFAULT, z, &leaks);
	put_heading(&bars, funnel->map);
	for (int i = 0; i < funnel->map->n_stages; i++)
	{
		put_stage(&bars, &rows[i]);
		put_outcome(&bars, &rows[i], &leaks);
	}
	put_verdict(&bars, &leaks);

	/* no line end after the last line */
	PG_RETURN_TEXT_P(cstring_to_text_with_len(bars.text.data,
											  bars.text.len - 1));
}
