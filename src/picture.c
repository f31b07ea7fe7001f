/*
 * picture.c
 *	  What a picture of a funnel or a journey shows.
 */
#include "postgres.h"

#include "figures.h"
#include "label.h"
#include "miscadmin.h"
#include "picture.h"

/* characters of a name within a sentence */
#define SENTENCE_NAME	60

/* first strong isolate, pop directional isolate */
#define ISOLATE			"\xE2\x81\xA8"
#define END_ISOLATE		"\xE2\x81\xA9"

/* from here on there is little doubt which leak is the worst */
#define SURE			0.95

char *
picture_label(const MapText *text)
{
	return label_utf8(text->s, text->len);
}

char *
picture_of_entrants(double count)
{
	return psprintf("%s of %s", figure_count((int64) rint(count)),
					figure_count(PICTURE_ENTRANTS));
}

/* A name that may be written from right to left must not turn what follows. */
static char *
name_in_sentence(const char *name)
{
	char	   *clipped = label_clip_chars(name, SENTENCE_NAME);

	if (label_has_rtl(clipped))
		return psprintf(ISOLATE "%s" END_ISOLATE, clipped);
	return clipped;
}

/* ---------- notes ---------- */

static void
add_note(PictureStage *stage, NoteKind kind, char *note)
{
	Assert(stage->n_notes < PICTURE_MAX_NOTES);
	stage->notes[stage->n_notes].kind = kind;
	stage->notes[stage->n_notes++].text = note;
}

/* What those who left were worth: in values, in completions, or both. */
static void
note_loss(const Picture *picture, PictureStage *stage)
{
	const LeakRow *leak = stage->leak;
	int64		lost = stage->sums->dropped;

	if (isnan(leak->drop_off))
		return;
	if (lost == 0)
	{
		add_note(stage, NOTE_PLAIN, pstrdup("nobody leaves"));
		return;
	}
	add_note(stage, NOTE_LOSS,
			 psprintf("%s leave", figure_percent(leak->drop_off)));
	add_note(stage, NOTE_PLAIN,
			 psprintf("%s %s", figure_count(lost), picture->noun));
	if (!isnan(leak->value_lost))
		add_note(stage, NOTE_PLAIN,
				 psprintf("%s value lost", figure_short(leak->value_lost)));
	if (picture->leaks.measure != MEASURE_VALUE &&
		!isnan(leak->completions_lost) && leak->later < 1)
		add_note(stage, NOTE_PLAIN,
				 psprintf("%s completions lost",
						  figure_short(leak->completions_lost)));
}

/* How sure the numbers are, and what else is known of those who left. */
static void
note_measured(const Picture *picture, PictureStage *stage)
{
	const StageSummary *sums = stage->sums;
	const StageRow *row = stage->row;
	const LeakRow *leak = stage->leak;

	if (leak != NULL)
	{
		if (stage->is_worst)
			add_note(stage, NOTE_WORST, pstrdup("worst leak"));
		note_loss(picture, stage);
		if (!isnan(stage->expected))
			add_note(stage, NOTE_ASSUMED,
					 psprintf("expected %s",
							  figure_percent(stage->expected)));
		if (sums->reached > 0 && sums->settled == 0)
			add_note(stage, NOTE_MUTED, pstrdup("nobody settled yet"));
		else if (sums->reached > 0 && !leak->enough_data)
			add_note(stage, NOTE_MUTED,
					 psprintf("few data (n = %d)", (int) sums->settled));
		if (!isnan(row->median_s))
			add_note(stage, NOTE_MUTED,
					 psprintf("median %s", figure_span(row->median_s)));
	}
	if (sums->waiting > 0)
		add_note(stage, NOTE_WAITING,
				 psprintf("%s waiting", figure_count(sums->waiting)));
	if (sums->excluded > 0)
		add_note(stage, NOTE_EXCLUDED,
				 psprintf("%s excluded", figure_count(sums->excluded)));
	if (!isnan(row->feeling))
		add_note(stage, NOTE_MUTED,
				 psprintf("feeling %s, %s negative",
						  figure_signed(row->feeling),
						  figure_percent(row->negative_share)));
}

static void
note_assumed(PictureStage *stage)
{
	if (isnan(stage->expected))
		return;
	if (stage->is_worst)
		add_note(stage, NOTE_WORST, pstrdup("expected worst leak"));
	add_note(stage, NOTE_ASSUMED,
			 psprintf("%s expected to leave",
					  figure_percent(stage->expected)));
	if (!isnan(stage->expected_reached))
		add_note(stage, NOTE_ASSUMED,
				 picture_of_entrants(stage->expected_reached *
									 stage->expected));
}

char *
picture_sentence(const PictureStage *stage, const char *name)
{
	StringInfoData buf;
	const char *separator = ": ";

	initStringInfo(&buf);
	appendStringInfo(&buf, "%d. %s", stage->no, name);
	if (stage->optional)
		appendStringInfoString(&buf, " (optional)");
	if (stage->sums->reached > 0)
	{
		appendStringInfo(&buf, "%s%s reached", separator,
						 figure_count(stage->sums->reached));
		separator = ", ";
		if (stage->no > 1 && !stage->optional && !isnan(stage->row->overall))
			appendStringInfo(&buf, " (%s overall)",
							 figure_percent(stage->row->overall));
	}
	for (int i = 0; i < stage->n_notes; i++)
	{
		const PictureNote *note = &stage->notes[i];

		appendStringInfo(&buf, "%s%s", separator, note->text);
		separator = ", ";
		if (note->kind == NOTE_LOSS)
			appendStringInfo(&buf, " (95 %% sure: %s to %s)",
							 figure_percent(stage->leak->drop_off_low),
							 figure_percent(stage->leak->drop_off_high));
	}
	return buf.data;
}

/* ---------- hypotheses ---------- */

/*
 * Carries the entrants through the hypotheses, as journey_map() does: as far as
 * there is one for each stage, and not where nobody knows who enters where.  Of
 * completions lost, k / (1 - k) of those who finish are lost at a stage with
 * drop-off k: so the greatest drop-off is the worst leak.
 */
static int
compute_expected(Picture *picture)
{
	bool		is_open = (picture->map->entry == MAP_ENTRY_ANY);
	double		reached = is_open ? NAN : PICTURE_ENTRANTS;
	int			worst = -1;

	for (int i = 0; i < picture->n; i++)
	{
		PictureStage *stage = &picture->stages[i];

		stage->expected = stage->expected_reached = NAN;
		/* stages of any-order journeys are numbers: none is expected */
		if (stage->optional || picture->map->matching == MAP_ANY)
			continue;
		stage->expected_reached = reached;
		if (stage->next < 0)
			continue;
		stage->expected = stage->map->expected_drop_off;
		/* nobody loses nobody, however many would leave */
		if (reached != 0)
			reached *= 1 - stage->expected;
		if (isnan(stage->expected))
			continue;
		picture->has_hypothesis = true;
		if (stage->expected > 0 && !is_open &&
			(worst < 0 ||
			 stage->expected > picture->stages[worst].expected))
			worst = i;
	}
	/* without any, a thousand entrants are no hypothesis */
	for (int i = 0; i < picture->n && !picture->has_hypothesis; i++)
		picture->stages[i].expected_reached = NAN;
	return worst;
}

/* ---------- the whole ---------- */

static void
put_part(StringInfo buf, const char *part)
{
	appendStringInfo(buf, "%s%s", buf->len > 0 ? " " LABEL_DOT " " : "",
					 part);
}

static void
put_time(StringInfo buf, const char *what, int64 at)
{
	StringInfoData part;

	if (at == MAP_NO_TIME)
		return;
	initStringInfo(&part);
	appendStringInfo(&part, "%s ", what);
	time_to_text(&part, at);
	put_part(buf, part.data);
}

/* The numbers of the whole, and the rules they were counted by. */
static char *
make_lead(const Picture *picture)
{
	const JourneyMap *map = picture->map;
	StringInfoData buf;

	initStringInfo(&buf);
	if (picture->is_measured)
		put_part(&buf, psprintf("%s %s", figure_count(picture->customers),
								picture->noun));
	if (picture->is_measured && picture->n > 1 &&
		!isnan(picture->conversion))
		put_part(&buf, psprintf("conversion %s",
								figure_percent(picture->conversion)));
	if (!picture->is_measured && picture->has_hypothesis)
		put_part(&buf, "hypotheses, nothing measured");
	if (map->within != MAP_NO_SPAN)
		put_part(&buf, psprintf("within %s", map_span_string(map->within)));
	if (map->matching == MAP_STRICT)
		put_part(&buf, "strict");
	if (map->matching == MAP_ANY)
		put_part(&buf, "any order");
	if (map->entry == MAP_ENTRY_ANY)
		put_part(&buf, "open");
	put_time(&buf, "as of", map->as_of);
	put_time(&buf, "entered from", map->entered_from);
	put_time(&buf, "entered until", map->entered_until);
	return buf.data;
}

static char *
make_title(const Picture *picture, bool as_map)
{
	if (picture->map->title.len > 0)
		return picture_label(&picture->map->title);
	if (picture->n == 1)
		return name_in_sentence(picture->stages[0].name);
	return psprintf("%s %s %s",
					name_in_sentence(picture->stages[0].name),
					as_map && picture->map->matching == MAP_ANY ?
					LABEL_ELLIPSIS : LABEL_ARROW,
					name_in_sentence(picture->stages[picture->n - 1].name));
}

static char *
make_verdict(const Picture *picture)
{
	const PictureStage *worst;
	StringInfoData buf;

	initStringInfo(&buf);
	if (picture->worst < 0)
	{
		if (picture->is_measured && picture->leaks.n > 0)
			appendStringInfoString(&buf, "No leak: nobody has left");
		return buf.data;
	}
	worst = &picture->stages[picture->worst];
	appendStringInfo(&buf, "%s: %s " LABEL_ARROW " %s",
					 picture->is_measured ? "Worst leak" :
					 "Expected worst leak",
					 name_in_sentence(worst->name),
					 name_in_sentence(picture->stages[worst->next].name));
	for (int i = 0; i < worst->n_notes; i++)
	{
		NoteKind	kind = worst->notes[i].kind;

		if (kind == NOTE_LOSS || kind == NOTE_PLAIN ||
			(kind == NOTE_ASSUMED && !picture->is_measured))
			appendStringInfo(&buf, ", %s", worst->notes[i].text);
	}
	if (picture->is_measured && worst->leak->p_worst < SURE)
		appendStringInfo(&buf, " (the worst with a probability of %s)",
						 figure_percent(worst->leak->p_worst));
	return buf.data;
}

static char *
make_description(const Picture *picture)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (picture->lead[0] != '\0')
		appendStringInfo(&buf, "%s. ", picture->lead);
	if (picture->verdict[0] != '\0')
		appendStringInfo(&buf, "%s.", picture->verdict);
	for (int i = 0; i < picture->n; i++)
	{
		const PictureStage *stage = &picture->stages[i];

		appendStringInfo(&buf, "%s%s.", buf.len > 0 ? "\n" : "",
						 picture_sentence(stage,
										  name_in_sentence(stage->name)));
	}
	return buf.data;
}

static void
fill_stages(Picture *picture, const FunnelSummary *funnel, bool as_map)
{
	StageRow   *rows = stages_compute(funnel, readers_z(READERS_LEVEL));

	for (int i = 0; i < picture->n; i++)
	{
		PictureStage *stage = &picture->stages[i];

		CHECK_FOR_INTERRUPTS();
		stage->no = i + 1;
		stage->map = &funnel->map->stages[i];
		stage->row = &rows[i];
		stage->sums = rows[i].sums;
		stage->name = as_map ? picture_label(&stage->map->name) :
			label_utf8(rows[i].name, strlen(rows[i].name));
		stage->optional = rows[i].optional;
		stage->next = rows[i].next;
		if (stage->next >= 0)
			stage->continued = summary_continued(stage->sums);
		picture->customers += stage->sums->entered;
	}
	for (int i = 0; i < picture->leaks.n; i++)
	{
		const LeakRow *leak = &picture->leaks.rows[i];

		picture->stages[leak->stage].leak = leak;
	}
}

Picture *
picture_make(const FunnelSummary *funnel, bool as_map)
{
	const JourneyMap *map = funnel->map;
	Picture    *picture = palloc0(sizeof(Picture));
	int			expected_worst;

	picture->map = map;
	picture->noun = (map->counting == MAP_ATTEMPTS) ? "attempts" :
		"customers";
	picture->n = map->n_stages;
	picture->stages = palloc0(map->n_stages * sizeof(PictureStage));
	leaks_compute(funnel, MEASURE_DEFAULT, readers_z(READERS_LEVEL),
				  &picture->leaks);
	fill_stages(picture, funnel, as_map);
	for (int i = 0; i < picture->n; i++)
	{
		if (picture->stages[i].sums->reached > 0 ||
			picture->stages[i].sums->excluded > 0)
			picture->is_measured = true;
	}
	picture->conversion = funnel_conversion(funnel, 0,
											funnel_last_stage(funnel));
	expected_worst = compute_expected(picture);
	picture->worst = -1;
	if (!picture->is_measured)
		picture->worst = expected_worst;
	else if (picture->leaks.n > 0 && picture->leaks.rows[0].sums->dropped > 0)
		picture->worst = picture->leaks.rows[0].stage;
	if (picture->worst >= 0)
		picture->stages[picture->worst].is_worst = true;

	for (int i = 0; i < picture->n; i++)
	{
		if (picture->is_measured)
			note_measured(picture, &picture->stages[i]);
		else
			note_assumed(&picture->stages[i]);
	}
	picture->title = make_title(picture, as_map);
	picture->lead = make_lead(picture);
	picture->verdict = make_verdict(picture);
	picture->description = make_description(picture);
	return picture;
}
