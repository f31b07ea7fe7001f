/*
 * jsonb_read.h
 *	  Walking through a jsonb value.
 */
#ifndef JOURNEY_JSONB_READ_H
#define JOURNEY_JSONB_READ_H

#include "postgres.h"

#include "utils/jsonb.h"

/* Starts on an object or array; NULL where the value is not one. */
static inline JsonbIterator *
jsonb_open(const JsonbValue *v, JsonbIteratorToken kind)
{
	JsonbIterator *it;
	JsonbValue	head;

	if (v->type != jbvBinary)
		return NULL;
	it = JsonbIteratorInit(v->val.binary.data);
	if (JsonbIteratorNext(&it, &head, true) != kind ||
		(kind == WJB_BEGIN_ARRAY && head.val.array.rawScalar))
		return NULL;
	return it;
}

static inline bool
jsonb_next_pair(JsonbIterator **it, JsonbValue *key, JsonbValue *value)
{
	return JsonbIteratorNext(it, key, true) == WJB_KEY &&
		JsonbIteratorNext(it, value, true) == WJB_VALUE;
}

static inline bool
jsonb_next_item(JsonbIterator **it, JsonbValue *value)
{
	return JsonbIteratorNext(it, value, true) == WJB_ELEM;
}

static inline bool
jsonb_key_is(const JsonbValue *key, const char *name)
{
	return key->val.string.len == strlen(name) &&
		memcmp(key->val.string.val, name, key->val.string.len) == 0;
}

/* The root of a value of the type, as what the others take. */
static inline void
jsonb_root(Jsonb *jsonb, JsonbValue *root)
{
	root->type = jbvBinary;
	root->val.binary.data = &jsonb->root;
	root->val.binary.len = VARSIZE(jsonb) - VARHDRSZ;
}

#endif							/* JOURNEY_JSONB_READ_H */
