/*
 * summary_fields.h
 *	  The numbers of a summary by name, for everything that treats all of one
 *	  kind alike.
 */
#ifndef JOURNEY_SUMMARY_FIELDS_H
#define JOURNEY_SUMMARY_FIELDS_H

#include "exact.h"
#include "sketch.h"

typedef enum SummaryFieldKind
{
	FIELD_COUNT, FIELD_EXACT, FIELD_SKETCH
} SummaryFieldKind;

/* Its place in the list is the bit in the packed form: new ones at the end. */
typedef struct SummaryField
{
	const char *key;			/* in the text form */
	SummaryFieldKind kind;
	size_t		offset;
} SummaryField;

#define COUNT_FIELD(type, key) {#key, FIELD_COUNT, offsetof(type, key)}
#define EXACT_FIELD(type, key, name) {name, FIELD_EXACT, offsetof(type, key)}
#define SKETCH_FIELD(type, key, name) {name, FIELD_SKETCH, offsetof(type, key)}

#define SUMMARY_FIELD(type, row, field) \
	((type *) ((char *) (row) + (field)->offset))

/* the greatest count: sums over all stages still fit, also as doubles */
#define SUMMARY_MAX_COUNT	(INT64CONST(1) << 56)

/* what can be wrong with packed fields, besides not being well-formed */
typedef enum ReadResult
{
	READ_DONE, READ_UNKNOWN, READ_TOO_MANY
} ReadResult;

extern bool field_is_set(void *row, const SummaryField *f);
extern void fields_put(StringInfo buf, void *row, const SummaryField *fields,
					   int n);

/* Adds what is packed to the row. */
extern ReadResult fields_get(WireReader *r, void *row,
							 const SummaryField *fields, int n);

#endif							/* JOURNEY_SUMMARY_FIELDS_H */
