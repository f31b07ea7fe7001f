/*
 * vega_lite.c
 *	  The funnel as a Vega-Lite specification: a bar for each stage.
 *
 * The specification is written as text and read in by jsonb's own input, so
 * there is nothing to escape but strings.  Its data are one row a stage, with
 * the columns of stages() and leaks() that a tooltip may want.
 */
#include "postgres.h"

#include "figures.h"
#include "fmgr.h"
#include "label.h"
#include "miscadmin.h"
#include "picture.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(journey_vega_lite);

/* the parts of a bar: fields of a row, and what they are called */
typedef struct BarPart
{
	const char *field;
	const char *label;
	const char *colour;
} BarPart;

static const BarPart parts[] = {
	{"went_on", "went on", "#3f6690"},
	{"still_waiting", "waiting", "#9dbddb"},
	{"left", "left", "#c9d0d9"},
	{"worst_leak", "worst leak", "#d9502a"}
};

static void
put_string(StringInfo buf, const char *s)
{
	char	   *converted = label_server(s);

	json_put_string(buf, converted, strlen(converted));
}

static void
put_count(StringInfo buf, const char *key, int64 n)
{
	appendStringInfo(buf, ",\"%s\":" INT64_FORMAT, key, n);
}

static void
put_known(StringInfo buf, const char *key, double v)
{
	appendStringInfo(buf, ",\"%s\":", key);
	if (isfinite(v))
		json_put_number(buf, v + 0.0);	/* no negative zero */
	else
		appendStringInfoString(buf, "null");
}

/* What is written behind a bar. */
static char *
bar_note(const PictureStage *stage)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, figure_count(stage->sums->reached));
	if (stage->optional)
		appendStringInfoString(&buf, ", optional");
	for (int i = 0; i < stage->n_notes; i++)
	{
		NoteKind	kind = stage->notes[i].kind;

		if (kind != NOTE_PLAIN && kind != NOTE_MUTED)
			appendStringInfo(&buf, ", %s", stage->notes[i].text);
	}
	return buf.data;
}

static void
put_row(StringInfo buf, const PictureStage *stage)
{
	const StageSummary *sums = stage->sums;
	const StageRow *row = stage->row;

	appendStringInfo(buf, "{\"stage_no\":%d,\"stage\":", stage->no);
	put_string(buf, stage->name);
	appendStringInfoString(buf, ",\"label\":");
	put_string(buf, psprintf("%d. %s", stage->no, stage->name));
	appendStringInfo(buf, ",\"optional\":%s",
					 stage->optional ? "true" : "false");
	put_count(buf, "reached", sums->reached);
	put_count(buf, "entered", sums->entered);
	put_count(buf, "dropped", sums->dropped);
	put_count(buf, "waiting", sums->waiting);
	put_count(buf, "excluded", sums->excluded);
	put_known(buf, "drop_off", row->drop_off);
	put_known(buf, "expected_drop_off", stage->expected);
	put_known(buf, "overall", row->overall);
	put_known(buf, "median_s", row->median_s);
	put_known(buf, "value_lost", row->value_lost);
	put_known(buf, "completions_lost",
			  stage->leak ? stage->leak->completions_lost : NAN);
	/* the parts of the bar add up to reached */
	put_count(buf, "went_on", sums->reached - sums->dropped - sums->waiting);
	put_count(buf, "still_waiting", sums->waiting);
	put_count(buf, "left", stage->is_worst ? 0 : sums->dropped);
	put_count(buf, "worst_leak", stage->is_worst ? sums->dropped : 0);
	appendStringInfoString(buf, ",\"note\":");
	put_string(buf, bar_note(stage));
	appendStringInfoChar(buf, '}');
}

static void
put_rows(StringInfo buf, const Picture *picture)
{
	appendStringInfoString(buf, ",\"data\":{\"values\":[");
	for (int i = 0; i < picture->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(buf, ',');
		put_row(buf, &picture->stages[i]);
	}
	appendStringInfoString(buf, "]}");
}

/* "went_on","still_waiting" and so on: one member of each part */
static void
put_parts(StringInfo buf, size_t member, const char *quote)
{
	for (int i = 0; i < lengthof(parts); i++)
		appendStringInfo(buf, "%s%s%s%s", i > 0 ? "," : "", quote,
						 *(const char *const *) ((const char *) &parts[i] +
												 member),
						 quote);
}

static void
put_bars(StringInfo buf, const char *noun)
{
	appendStringInfoString(buf,
						   "{\"transform\":[{\"fold\":[");
	put_parts(buf, offsetof(BarPart, field), "\"");
	appendStringInfoString(buf, "],\"as\":[\"outcome\",\"count\"]},"
						   "{\"calculate\":\"indexof([");
	put_parts(buf, offsetof(BarPart, field), "'");
	appendStringInfo(buf, "], datum.outcome)\",\"as\":\"part\"}],"
					 "\"mark\":\"bar\",\"encoding\":{"
					 "\"x\":{\"field\":\"count\",\"type\":\"quantitative\","
					 "\"stack\":\"zero\",\"title\":\"%s\","
					 "\"axis\":{\"grid\":false}},"
					 "\"color\":{\"field\":\"outcome\",\"type\":\"nominal\","
					 "\"scale\":{\"domain\":[", noun);
	put_parts(buf, offsetof(BarPart, field), "\"");
	appendStringInfoString(buf, "],\"range\":[");
	put_parts(buf, offsetof(BarPart, colour), "\"");
	appendStringInfoString(buf, "]},\"legend\":{\"title\":null,"
						   "\"orient\":\"bottom\",\"labelExpr\":\"{");
	for (int i = 0; i < lengthof(parts); i++)
		appendStringInfo(buf, "%s%s:'%s'", i > 0 ? "," : "", parts[i].field,
						 parts[i].label);
	appendStringInfoString(buf, "}[datum.label]\"}},\"order\":{\"field\":"
						   "\"part\",\"type\":\"ordinal\"},\"tooltip\":["
						   "{\"field\":\"stage\",\"type\":\"nominal\"},"
						   "{\"field\":\"reached\",\"type\":\"quantitative\",\"format\":\",\"},"
						   "{\"field\":\"dropped\",\"type\":\"quantitative\",\"format\":\",\"},"
						   "{\"field\":\"drop_off\",\"type\":\"quantitative\",\"format\":\".1%\"},"
						   "{\"field\":\"value_lost\",\"type\":\"quantitative\",\"format\":\",\"}"
						   "]}}");
}

/* vega_lite(funnel) */
Datum
journey_vega_lite(PG_FUNCTION_ARGS)
{
	const Picture *picture = picture_make(GETARG_SUMMARY(0), false);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"$schema\":"
						   "\"https://vega.github.io/schema/vega-lite/v5.json\","
						   "\"description\":");
	put_string(&buf, picture->description);
	appendStringInfoString(&buf, ",\"title\":{\"anchor\":\"start\",\"text\":");
	put_string(&buf, picture->title);
	appendStringInfoString(&buf, ",\"subtitle\":[");
	put_string(&buf, picture->lead);
	appendStringInfoChar(&buf, ',');
	put_string(&buf, picture->verdict);
	appendStringInfoString(&buf, "]},\"width\":480,\"height\":{\"step\":28}");
	put_rows(&buf, picture);
	/* in the order of the data; names may be long */
	appendStringInfoString(&buf, ",\"encoding\":{\"y\":{\"field\":\"label\","
						   "\"type\":\"nominal\",\"sort\":null,"
						   "\"title\":null,\"axis\":{\"labelLimit\":300}}},"
						   "\"layer\":[");
	put_bars(&buf, picture->noun);
	appendStringInfoString(&buf, ",{\"mark\":{\"type\":\"text\","
						   "\"align\":\"left\",\"dx\":6},\"encoding\":{"
						   "\"x\":{\"field\":\"reached\","
						   "\"type\":\"quantitative\"},"
						   "\"text\":{\"field\":\"note\","
						   "\"type\":\"nominal\"}}}]}");
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in,
										CStringGetDatum(buf.data)));
}
