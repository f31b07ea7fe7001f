/*
 * changes.c
 *	  Reading the changes of a what-if:
 *
 *	  {"checkout": {"drop_off": 0.3}, "entrants": 1.2, "value": 1.1}
 *	  {"stages": {"value": {"drop_off": {"factor": 0.9}}},
 *	   "entrants": {"to": 12000}}
 *
 * A quantity is a number or says what the number is.  A bare number is the new
 * drop-off of a stage, and a factor for entrants and value.  "stages" is for
 * stages called like one of the other keys.
 */
#include "postgres.h"

#include <math.h>

#include "changes.h"
#include "jsonb_read.h"
#include "readers.h"
#include "utils/builtins.h"

#define EXAMPLE \
	"For example: {\"checkout\": {\"drop_off\": 0.3}, \"entrants\": 1.2, " \
	"\"value\": 1.1}.  Stages called \"entrants\", \"value\" or \"stages\" " \
	"go into {\"stages\": {...}}."

typedef enum QuantityForm
{
	QUANTITY_TO, QUANTITY_FACTOR
} QuantityForm;

typedef struct Quantity
{
	QuantityForm form;
	double		number;
} Quantity;

/* What is wrong with the changes; `key` is the innermost one. */
static void
refuse(const JsonbValue *key, const char *must)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" in the changes must be %s",
					map_clip(key->val.string.val, key->val.string.len), must),
			 errhint(EXAMPLE)));
}

static void
refuse_stage(const FunnelSummary *funnel, const JsonbValue *key,
			 const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("stage \"%s\" in the changes %s",
					map_clip(key->val.string.val, key->val.string.len),
					problem),
			 errhint("%s  Beside stages, \"entrants\" and \"value\" can be "
					 "changed.", stages_hint(funnel))));
}

static void
refuse_number(const char *what, double number, const char *must)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be %s", what, must),
			 errdetail("It would be %g.", number),
			 errhint("A drop-off is a share: 0.3 is 30 percent.  For entrants "
					 "and value a number is a factor: 1.2 is 20 percent "
					 "more; for a number of customers, write {\"entrants\": "
					 "{\"to\": 12000}}.")));
}

static double
get_double(const JsonbValue *v)
{
	Datum		number = NumericGetDatum(v->val.numeric);

	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  number));
}

static Quantity
read_quantity(const JsonbValue *key, const JsonbValue *v, QuantityForm bare)
{
	Quantity	quantity = {bare, 0};
	JsonbIterator *it;
	JsonbValue	form;
	JsonbValue	number;
	JsonbValue	more;

	if (v->type == jbvNumeric)
	{
		quantity.number = get_double(v);
		return quantity;
	}
	it = jsonb_open(v, WJB_BEGIN_OBJECT);
	if (it == NULL || !jsonb_next_pair(&it, &form, &number) ||
		number.type != jbvNumeric ||
		!(jsonb_key_is(&form, "to") || jsonb_key_is(&form, "factor")) ||
		jsonb_next_pair(&it, &more, &more))
		refuse(key, "a number, {\"to\": number} or {\"factor\": number}");
	quantity.form = jsonb_key_is(&form, "to") ? QUANTITY_TO : QUANTITY_FACTOR;
	quantity.number = get_double(&number);
	return quantity;
}

static double
check_factor(const char *what, double factor)
{
	if (!(factor >= 0 && factor <= CHANGES_MAX_FACTOR))
		refuse_number(what, factor,
					  psprintf("from 0 to %g", CHANGES_MAX_FACTOR));
	return factor;
}

static double
read_entrants(const JsonbValue *key, const JsonbValue *v,
			  const FunnelSummary *funnel)
{
	Quantity	quantity = read_quantity(key, v, QUANTITY_FACTOR);
	double		entered = 0;

	if (quantity.form == QUANTITY_FACTOR)
		return check_factor("the factor for entrants", quantity.number);
	for (int i = 0; i < funnel->map->n_stages; i++)
		entered += (double) funnel->stages[i].entered;
	if (entered == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the funnel has no entrants that could become more"),
				 errhint("Use a funnel of some customers.")));
	if (!(quantity.number >= 0))
		refuse_number("the number of entrants", quantity.number, "0 or more");
	return check_factor("the factor for entrants", quantity.number / entered);
}

static double
read_value(const JsonbValue *key, const JsonbValue *v)
{
	Quantity	quantity = read_quantity(key, v, QUANTITY_FACTOR);

	if (quantity.form == QUANTITY_TO)
		refuse(key, "a factor");
	return check_factor("the factor for value", quantity.number);
}

static double
read_drop_off(const FunnelSummary *funnel, const JsonbValue *stage,
			  const JsonbValue *key, const JsonbValue *v, double measured)
{
	Quantity	quantity = read_quantity(key, v, QUANTITY_TO);
	double		drop_off = quantity.number;

	if (quantity.form == QUANTITY_FACTOR)
	{
		if (isnan(measured))
			refuse_stage(funnel, stage,
						 "has no measured drop-off for a factor");
		drop_off *= measured;
	}
	if (!(drop_off >= 0 && drop_off <= 1))
		refuse_number(psprintf("the drop-off of stage \"%s\"",
							   map_clip(stage->val.string.val,
										stage->val.string.len)),
					  drop_off, "from 0 to 1");
	return drop_off;
}

static void
read_stage(const JsonbValue *name, const JsonbValue *v,
		   const FunnelSummary *funnel, const double *drop_offs,
		   Changes *changes)
{
	JsonbIterator *it = jsonb_open(v, WJB_BEGIN_OBJECT);
	JsonbValue	key;
	JsonbValue	value;
	int			stage = 0;

	while (stage < funnel->map->n_stages &&
		   !jsonb_key_is(name, funnel_stage_name(funnel, stage)))
		stage++;
	if (stage == funnel->map->n_stages)
		refuse_stage(funnel, name, "is not in the journey");
	if (summary_next_required(funnel, stage) < 0)
		refuse_stage(funnel, name, funnel->map->stages[stage].optional ?
					 "is optional: it has no drop-off" :
					 "is the last: it has no drop-off");
	if (!isnan(changes->drop_off[stage]))
		refuse_stage(funnel, name, "is given twice");
	if (it == NULL)
		refuse(name, "an object such as {\"drop_off\": 0.3}");
	while (jsonb_next_pair(&it, &key, &value))
	{
		if (!jsonb_key_is(&key, "drop_off"))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown key \"%s\" of stage \"%s\" in the "
							"changes", map_clip(key.val.string.val,
												key.val.string.len),
							map_clip(name->val.string.val,
									 name->val.string.len)),
					 errhint("Of a stage, \"drop_off\" can be changed.")));
		changes->drop_off[stage] = read_drop_off(funnel, name, &key, &value,
												 drop_offs[stage]);
	}
}

void
changes_read(Jsonb *json, const FunnelSummary *funnel,
			 const double *drop_offs, Changes *changes)
{
	JsonbIterator *it;
	JsonbIterator *inner;
	JsonbValue	root;
	JsonbValue	key;
	JsonbValue	value;
	JsonbValue	name;
	JsonbValue	stage;

	changes->entrants = changes->value = 1;
	for (int i = 0; i < MAP_MAX_STAGES; i++)
		changes->drop_off[i] = NAN;

	jsonb_root(json, &root);
	it = jsonb_open(&root, WJB_BEGIN_OBJECT);
	if (it == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the changes must be a JSON object"),
				 errhint(EXAMPLE)));
	while (jsonb_next_pair(&it, &key, &value))
	{
		if (jsonb_key_is(&key, "entrants"))
			changes->entrants = read_entrants(&key, &value, funnel);
		else if (jsonb_key_is(&key, "value"))
			changes->value = read_value(&key, &value);
		else if (jsonb_key_is(&key, "stages"))
		{
			inner = jsonb_open(&value, WJB_BEGIN_OBJECT);
			if (inner == NULL)
				refuse(&key, "an object with stages as keys");
			while (jsonb_next_pair(&inner, &name, &stage))
				read_stage(&name, &stage, funnel, drop_offs, changes);
		}
		else
			read_stage(&key, &value, funnel, drop_offs, changes);
	}
}
