/*
 * timeline_plain.c
 *	  The counted attempt of one customer straight from the packed columns, for
 *	  plain journeys in which each event fits one stage.
 *
 * This is the first run of match.c without the events in between.  Most
 * attempts are one or two stages long; that run then knows all of them.  For
 * longer ones, and for values, those events are read of which the attempt is.
 */
#include "postgres.h"

#include "timeline_match.h"

#define EVENTS_A_LOOK	64		/* between two looks whether all is reached */

/*
 * What customers do, and how far they get, cannot be guessed, so there is no
 * branch on it: what does not count is written where it does not matter.  In
 * newest[0] it is written over by the next event; what an attempt that gets
 * deeper would be, by the one that does.
 *
 * Events of one instant, of which each but the last has a step of 0 behind it,
 * are gathered in `fits`.  Behind the last event of all the bytes of the next
 * column are taken for a step, which does not matter then.
 */
static pg_attribute_always_inline void
find_in_columns(MatchRun *run, const Timeline *t, const uint8 *stages,
				int code_width)
{
	int			width = t->at_width;
	uint64		mask = (width == 0) ? 0 : ~UINT64CONST(0) >> (64 - 8 * width);
	const uint8 *step_at = t->at;
	const uint8 *code_at = t->codes;
	int			n_stages = run->plan->n_stages;
	uint64		window = run->plan->window;
	int64		at = t->first_at;
	uint64		fits = 0;
	int64		starts[MATCH_MAX_STAGES + 1];	/* by depth */
	int64		ends[MATCH_MAX_STAGES + 1];
	int64		depth = 0;
	uint32		end;

	for (uint32 i = 0; i < t->n && depth < n_stages; i = end)
	{
		end = Min(t->n, i + EVENTS_A_LOOK);
		for (; i < end; i++)
		{
			int64		stage = stages[load_bytes(code_at, code_width)];
			uint64		step = load_bytes(step_at, 8) & mask;

			if (unlikely((step == 0) | (fits != 0)))
			{
				if (stage < n_stages)
					fits |= STAGE_BIT(stage);
				if (step != 0)
				{
					run->depth = (int) depth;
					match_find_instant(run, fits, at);
					if (run->depth > depth)
					{
						depth = run->depth;
						starts[depth - 1] = run->start;
						ends[depth - 1] = run->end;
					}
					fits = 0;
				}
			}
			else
			{
				int64		start;
				int64		older;
				bool		newer;

				run->newest[0] = at;
				start = run->newest[stage];
				older = run->newest[stage + 1];
				newer = (start > older) &
					((uint64) at - (uint64) start <= window);
				run->newest[stage + 1] = older ^
					((start ^ older) & -(int64) newer);
				starts[depth] = start;
				ends[depth] = at;
				depth += newer & (stage >= depth);
			}
			at = (int64) ((uint64) at + step);
			step_at += width;
			code_at += code_width;
		}
	}
	run->depth = (int) depth;
	if (depth > 0)
	{
		run->start = starts[depth - 1];
		run->end = ends[depth - 1];
	}
	match_find_instant(run, fits, at);
}

void
timeline_match_plain(TimelineMatcher *m, const Timeline *t, Match *match)
{
	const MatchPlan *plan = m->count.plan;
	MatchRun	run;
	MatchSpan	span;

	match_begin(&run, plan, &m->count.codes);
	if (t->n > 0)
	{
		const uint8 *stages = timeline_known_names(m, t)->stages;

		if (t->code_width == 1)
			find_in_columns(&run, t, stages, 1);
		else
			find_in_columns(&run, t, stages, t->code_width);
	}
	if (!match_take_ends(&run, (t->flags & TIMELINE_VALUES) != 0, match))
	{
		timeline_span_between(m, t, run.start, run.end, &span);
		match_begin_taking(&run, match);
		(void) match_take(&run, &span, match);
	}
	match_end_taking(plan, match);
}
