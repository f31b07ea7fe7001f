/*
 * summary_fields.c
 *	  Packing and adding the numbers of a summary: a set of bits that tells
 *	  which are not zero, and these.
 */
#include "postgres.h"

#include "summary_fields.h"

bool
field_is_set(void *row, const SummaryField *f)
{
	switch (f->kind)
	{
		case FIELD_COUNT:
			return *SUMMARY_FIELD(int64, row, f) != 0;
		case FIELD_EXACT:
			return !exact_is_zero(SUMMARY_FIELD(Exact, row, f));
		case FIELD_SKETCH:
			return SUMMARY_FIELD(Sketch, row, f)->count != 0;
	}
	return false;
}

void
fields_put(StringInfo buf, void *row, const SummaryField *fields, int n)
{
	uint64		bits = 0;

	for (int k = 0; k < n; k++)
	{
		if (field_is_set(row, &fields[k]))
			bits |= UINT64CONST(1) << k;
	}
	wire_put_uint(buf, bits);
	for (int k = 0; k < n; k++)
	{
		const SummaryField *f = &fields[k];

		if ((bits & (UINT64CONST(1) << k)) == 0)
			continue;
		switch (f->kind)
		{
			case FIELD_COUNT:
				wire_put_uint(buf, (uint64) *SUMMARY_FIELD(int64, row, f));
				break;
			case FIELD_EXACT:
				exact_put(buf, SUMMARY_FIELD(Exact, row, f));
				break;
			case FIELD_SKETCH:
				sketch_put(buf, SUMMARY_FIELD(Sketch, row, f));
				break;
		}
	}
}

/* False where the sum is more than a count can be. */
static inline bool
add_count(int64 *into, uint64 count)
{
	if (count > (uint64) (SUMMARY_MAX_COUNT - *into))
		return false;
	*into += (int64) count;
	return true;
}

ReadResult
fields_get(WireReader *r, void *row, const SummaryField *fields, int n)
{
	uint64		bits = wire_get_uint(r);

	if (bits >> n != 0)
		return READ_UNKNOWN;
	for (int k = 0; bits != 0; k++, bits >>= 1)
	{
		const SummaryField *f = &fields[k];
		Exact		sum;

		if ((bits & 1) == 0)
			continue;
		switch (f->kind)
		{
			case FIELD_COUNT:
				if (!add_count(SUMMARY_FIELD(int64, row, f),
							   wire_get_uint(r)))
					return READ_TOO_MANY;
				break;
			case FIELD_EXACT:
				exact_get(r, &sum);
				exact_add(SUMMARY_FIELD(Exact, row, f), &sum);
				break;
			case FIELD_SKETCH:
				sketch_get(r, SUMMARY_FIELD(Sketch, row, f));
				break;
		}
	}
	return READ_DONE;
}
