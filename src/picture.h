/*
 * picture.h
 *	  What a picture of a funnel or a journey shows, whatever draws it.
 *
 * Strings are UTF-8 without control characters; the words around the names
 * are plain ASCII but for arrows and dots.  What is measured and what is
 * assumed (a hypothesis of the journey map) are kept apart everywhere.
 */
#ifndef JOURNEY_PICTURE_H
#define JOURNEY_PICTURE_H

#include "readers.h"

/* hypotheses are shown for so many entrants */
#define PICTURE_ENTRANTS	1000

#define PICTURE_MAX_NOTES	16

typedef enum NoteKind
{
	NOTE_WORST,					/* this is the worst leak */
	NOTE_LOSS,					/* the share that leaves */
	NOTE_PLAIN,
	NOTE_MUTED,					/* less important */
	NOTE_ASSUMED,				/* a hypothesis, not measured */
	NOTE_WAITING,
	NOTE_EXCLUDED
} NoteKind;

typedef struct PictureNote
{
	NoteKind	kind;
	char	   *text;
} PictureNote;

typedef struct PictureStage
{
	int			no;				/* counted from 1 */
	char	   *name;			/* whole */
	const MapStage *map;
	bool		optional;
	int			next;			/* next required stage; -1: none */
	bool		is_worst;
	/* measured */
	const StageSummary *sums;
	int64		continued;		/* to the next required stage */
	const StageRow *row;
	const LeakRow *leak;		/* NULL where nobody can leave */
	/* assumed; NaN where not known */
	double		expected;		/* drop-off */
	double		expected_reached;	/* of PICTURE_ENTRANTS */
	/* what to write at it */
	int			n_notes;
	PictureNote notes[PICTURE_MAX_NOTES];
} PictureStage;

typedef struct Picture
{
	const JourneyMap *map;
	const char *noun;			/* what is counted */
	bool		is_measured;	/* else all is assumed */
	bool		has_hypothesis;
	int64		customers;
	double		conversion;		/* to the last stage; may be NaN */
	Leaks		leaks;
	int			n;
	PictureStage *stages;
	int			worst;			/* stage, or -1 */
	char	   *title;
	char	   *lead;			/* numbers and rules in one line */
	char	   *verdict;		/* which leak is the worst */
	char	   *description;	/* all of it in sentences */
} Picture;

/*
 * Of a journey alone it is made from a funnel of nobody; as_map: the stages
 * have their own names even in any order, where a funnel counts how many are
 * done.
 */
extern Picture *picture_make(const FunnelSummary *funnel, bool as_map);

/* The stage in words: its name, or a shorter one, and its notes. */
extern char *picture_sentence(const PictureStage *stage, const char *name);
extern char *picture_label(const MapText *text);

/* 650 of 1,000 */
extern char *picture_of_entrants(double count);

#endif							/* JOURNEY_PICTURE_H */
