/*
 * population.c
 *	  The events of many customers, packed while they arrive.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "population.h"

#define PARTITIONS(pop) (1 << (pop)->bits)
#define HASH_SHIFT		(64 - POPULATION_BITS)	/* the top bits first */

/* The most that population_add writes, apart from the texts. */
static uint8
event_size(EventForm form)
{
	int			size = 1 + form.code_width + sizeof(int64);

	if (form.kind == KEY_INT8)
		size += sizeof(int64);
	else
		size += (form.kind == KEY_UUID) ? KEY_UUID_LEN : sizeof(uint32);
	if (form.valued)
		size += 1 + sizeof(int64);
	if (form.touch != TOUCH_NONE)
		size += TOUCH_SIZE;
	return (uint8) size;
}

void
population_init(Population *pop, MemoryContext cxt, SpillPool *pool,
				EventForm form)
{
	memset(pop, 0, sizeof(*pop));
	pop->cxt = cxt;
	pop->pool = pool;
	pop->form = form;
	pop->event_size = event_size(form);
	pop->parts = &pop->solo;
	if (pool != NULL)
	{
		dlist_push_tail(&pool->populations, &pop->node);
		pool->n_populations++;
	}
}

/* From the one partition of an empty population to many. */
void
population_open_parts(Population *pop, int shift)
{
	pop->parts = MemoryContextAllocZero(pop->cxt,
										sizeof(Partition) * POPULATION_PARTS);
	pop->bits = POPULATION_BITS;
	pop->shift = (uint8) shift;
}

void
population_open_hashed(Population *pop)
{
	population_open_parts(pop, HASH_SHIFT);
}

size_t
population_bytes(const Population *pop)
{
	size_t		bytes = pop->bytes;

	for (int i = 0; i < PARTITIONS(pop); i++)
		bytes += pop->parts[i].spilled_bytes;
	return bytes;
}

static void
count_bytes(Population *pop, size_t more, size_t less)
{
	pop->bytes += more - less;
	if (pop->pool != NULL)
		pop->pool->bytes += more - less;
}

static Chunk *
attach_chunk(Population *pop, Partition *part, size_t size)
{
	Chunk	   *chunk;

	if (pop->pool != NULL)
		spill_make_room(pop->pool, size);
	chunk = MemoryContextAllocHuge(pop->cxt, size);
	chunk->next = NULL;
	chunk->data = (uint8 *) (chunk + 1);
	chunk->used = 0;
	chunk->size = (uint32) size;
	if (part->last == NULL)
		part->first = chunk;
	else
		part->last->next = chunk;
	part->last = chunk;
	part->chunk_size = (uint32) size;
	count_bytes(pop, size, 0);
	return chunk;
}

/* Of the chunk being filled, the partition knows how far it is. */
static uint32
chunk_used(const Partition *part, const Chunk *chunk)
{
	if (chunk == part->last && part->next != NULL)
		return (uint32) (part->next - chunk->data);
	return chunk->used;
}

static void
close_chunk(Partition *part)
{
	if (part->last != NULL)
		part->last->used = chunk_used(part, part->last);
	part->next = part->limit = NULL;
	part->has_prev = false;
	memset(part->defined, 0, sizeof(part->defined));
}

static void
free_chunks(Population *pop, Partition *part)
{
	Chunk	   *chunk = part->first;

	close_chunk(part);
	while (chunk != NULL)
	{
		Chunk	   *next = chunk->next;

		count_bytes(pop, 0, chunk->size);
		pfree(chunk);
		chunk = next;
	}
	part->first = part->last = NULL;
}

/* The bytes in the file are not reclaimed before the pool is closed. */
void
population_free(Population *pop)
{
	for (int i = 0; i < PARTITIONS(pop); i++)
		free_chunks(pop, &pop->parts[i]);
	if (pop->bits != 0)
		pfree(pop->parts);
	if (pop->pool != NULL)
	{
		dlist_delete(&pop->node);
		pop->pool->n_populations--;
	}
}

/*
 * Adds all events of a partition of another population, by their hash.  Codes
 * may be narrower there.
 */
void
population_add_partition(Population *pop, Population *from,
						 Partition *part)
{
	StreamReader s;
	const uint8 *data;
	uint32		used;
	MapText		names[TOUCH_SPELLED + 1];

	stream_open(&s, from, part, false);
	while (stream_next(&s, &data, &used))
	{
		ChunkReader r;

		chunk_open(&r, data, used);
		while (chunk_next(&r, from->form))
			population_add(pop, pop->form.kind, &r.key,
						   key_hash(pop->form.kind, &r.key), r.at, r.code,
						   r.value, chunk_touch(&r, pop, names));
	}
	stream_close(&s);
}

/* The population has grown large: from one partition to many. */
static void
split(Population *pop)
{
	Partition	all = pop->solo;

	Assert(pop->bits == 0);
	close_chunk(&all);
	memset(&pop->solo, 0, sizeof(Partition));
	population_open_hashed(pop);
	population_add_partition(pop, pop, &all);
	free_chunks(pop, &all);
}

/* The partition of the route, with room for an event of `need` bytes. */
Partition *
population_room(Population *pop, uint64 route, size_t need)
{
	Partition  *part;
	size_t		size = CHUNK_FIRST;
	size_t		most = CHUNK_LAST;
	Chunk	   *chunk;

	CHECK_FOR_INTERRUPTS();
	if (pop->bits == 0 && pop->bytes >= POPULATION_SPLIT_BYTES)
		split(pop);
	part = pop->parts;
	if (pop->bits != 0)
		part += (route >> pop->shift) & (POPULATION_PARTS - 1);
	if ((size_t) (part->limit - part->next) >= need)
		return part;
	/* with little memory, every partition must still have some */
	if (pop->pool != NULL)
		most = Max(Min(most, pop->pool->limit / (2 * POPULATION_PARTS)),
				   CHUNK_FIRST);
	if (part->chunk_size > 0)
		size = Min((size_t) part->chunk_size * 2, most);
	size = Max(size, need + CHUNK_OVERHEAD);
	close_chunk(part);
	chunk = attach_chunk(pop, part, size);
	part->next = chunk->data;
	part->limit = chunk->data + size - CHUNK_OVERHEAD;
	part->prev_at = 0;
	part->defined[0] = 1;
	return part;
}

/* Writes an extent; the chunk that is the first of the next one, or NULL. */
static Chunk *
spill_chunks(Population *pop, Partition *part, Chunk *chunk)
{
	Chunk	   *end = chunk;
	size_t		size = 0;

	do
	{
		size += sizeof(uint32) + end->used;
		end = end->next;
	} while (end != NULL && size + sizeof(uint32) + end->used <= EXTENT_SHARED);
	spill_begin(pop->pool, &part->spilled, (uint32) size);
	part->spilled_bytes += size;
	for (; chunk != end; chunk = chunk->next)
	{
		spill_put(pop->pool, &chunk->used, sizeof(uint32));
		spill_put(pop->pool, chunk->data, chunk->used);
	}
	return end;
}

static void
spill_partition(Population *pop, Partition *part)
{
	Chunk	   *chunk = part->first;

	close_chunk(part);
	while (chunk != NULL)
		chunk = spill_chunks(pop, part, chunk);
	free_chunks(pop, part);
	/* to grow again by the sizes that were just freed */
	part->chunk_size = 0;
}

/* Moves all chunks to the pool's file; called by the pool. */
void
population_spill(Population *pop)
{
	for (int i = 0; i < PARTITIONS(pop); i++)
	{
		if (pop->parts[i].first != NULL && pop->parts[i].readers == 0)
			spill_partition(pop, &pop->parts[i]);
	}
}

/* To the end of the partition, whose events are counted by the caller. */
void
population_take_chunk(Population *pop, Partition *part, const uint8 *data,
					  uint32 used)
{
	Chunk	   *copy = attach_chunk(pop, part, used + CHUNK_OVERHEAD);

	memcpy(copy->data, data, used);
	copy->used = used;
}

/* Copies the chunks of a partition to the end of another, as they are. */
static void
append_chunks(Population *pop, Partition *into, Population *from,
			  Partition *part)
{
	StreamReader s;
	const uint8 *data;
	uint32		used;

	if (part->n_events == 0)
		return;
	if (into->n_events == 0)
		into->route = part->route;
	into->mixed |= part->mixed || into->route != part->route;
	close_chunk(into);
	stream_open(&s, from, part, false);
	while (stream_next(&s, &data, &used))
		population_take_chunk(pop, into, data, used);
	stream_close(&s);
	into->n_events += part->n_events;
}

/* Adds all events of another population of the same kind. */
void
population_absorb(Population *pop, Population *from)
{
	Assert(pop->form.kind == from->form.kind &&
		   pop->form.code_width == from->form.code_width &&
		   pop->form.valued == from->form.valued &&
		   pop->form.touch == from->form.touch);
	if (pop->bits == 0 && from->bits != 0)
		split(pop);
	for (int i = 0; i < PARTITIONS(from); i++)
	{
		if (from->bits != pop->bits)
			population_add_partition(pop, from, &from->parts[i]);
		else
			append_chunks(pop, &pop->parts[i], from, &from->parts[i]);
	}
}

/* Bytes that population_put will write, or a few more. */
size_t
population_wire_size(Population *pop)
{
	size_t		size = 16 + CHUNK_SLACK;

	for (int i = 0; i < PARTITIONS(pop); i++)
	{
		Partition *part = &pop->parts[i];

		size += 32 + part->spilled_bytes;
		for (Chunk *chunk = part->first; chunk != NULL; chunk = chunk->next)
			size += sizeof(int32) + chunk_used(part, chunk);
	}
	return size;
}

/* For another process of the same machine. */
void
population_put(StringInfo buf, Population *pop)
{
	pq_sendbyte(buf, pop->form.kind);
	pq_sendbyte(buf, pop->form.code_width);
	pq_sendbyte(buf, pop->form.valued);
	pq_sendbyte(buf, pop->form.touch);
	pq_sendbyte(buf, pop->bits);
	for (int i = 0; i < PARTITIONS(pop); i++)
	{
		Partition *part = &pop->parts[i];
		StreamReader s;
		const uint8 *data;
		uint32		used;

		pq_sendint64(buf, part->n_events);
		pq_sendint64(buf, (int64) part->route);
		pq_sendbyte(buf, part->mixed);
		stream_open(&s, pop, part, false);
		while (stream_next(&s, &data, &used))
		{
			pq_sendint32(buf, used);
			pq_sendbytes(buf, (const char *) data, (int) used);
		}
		stream_close(&s);
		pq_sendint32(buf, 0);
	}
	/* the last stream is read in place, too */
	appendStringInfoSpaces(buf, CHUNK_SLACK);
}

/*
 * Reads what population_put wrote.  Streams stay where they are, in the
 * message, which must outlive the population.
 */
void
population_get(StringInfo buf, Population *pop)
{
	EventForm	form = {0};

	form.kind = (KeyKind) pq_getmsgbyte(buf);
	form.code_width = (uint8) pq_getmsgbyte(buf);
	form.valued = pq_getmsgbyte(buf) != 0;
	form.touch = (TouchForm) pq_getmsgbyte(buf);
	population_init(pop, CurrentMemoryContext, NULL, form);
	if (pq_getmsgbyte(buf) != 0)
		population_open_hashed(pop);
	for (int i = 0; i < PARTITIONS(pop); i++)
	{
		Partition  *part = &pop->parts[i];
		uint32		used;

		part->n_events = pq_getmsgint64(buf);
		part->route = (uint64) pq_getmsgint64(buf);
		part->mixed = pq_getmsgbyte(buf) != 0;
		while ((used = pq_getmsgint(buf, 4)) != 0)
		{
			Chunk	   *chunk = palloc0(sizeof(Chunk));

			chunk->data = (uint8 *) pq_getmsgbytes(buf, (int) used);
			chunk->used = used;
			if (part->last == NULL)
				part->first = chunk;
			else
				part->last->next = chunk;
			part->last = chunk;
		}
	}
	(void) pq_getmsgbytes(buf, CHUNK_SLACK);
}

void
stream_open(StreamReader *r, Population *pop, Partition *part,
			bool keep)
{
	memset(r, 0, sizeof(*r));
	r->pop = pop;
	r->part = part;
	r->extent = part->spilled;
	r->chunk = part->first;
	r->keep = keep;
	part->readers++;
}

/* Reads the next extent into a buffer. */
static void
read_extent(StreamReader *r)
{
	size_t		used = r->extent.used;
	size_t		size = used + CHUNK_SLACK;

	if (r->keep)
		r->buffer = MemoryContextAllocHuge(CurrentMemoryContext, size);
	else if (size > r->buffer_size)
	{
		if (r->buffer != NULL)
			pfree(r->buffer);
		r->buffer = MemoryContextAllocHuge(CurrentMemoryContext, size);
		r->buffer_size = size;
	}
	spill_read(r->pop->pool, &r->extent, r->buffer);
	r->next = r->buffer;
	r->end = r->buffer + used;
}

/*
 * The next chunk's events, or false.  With `keep`, what it gives stays valid as
 * long as the current memory context, else until the next call.
 */
bool
stream_next(StreamReader *r, const uint8 **data, uint32 *used)
{
	CHECK_FOR_INTERRUPTS();
	while (r->next != r->end || r->extent.used > 0)
	{
		if (r->next == r->end)
			read_extent(r);
		memcpy(used, r->next, sizeof(uint32));
		*data = r->next + sizeof(uint32);
		r->next += sizeof(uint32) + *used;
		if (*used > 0)
			return true;
	}
	while (r->chunk != NULL)
	{
		Chunk	   *chunk = r->chunk;

		r->chunk = chunk->next;
		*data = chunk->data;
		*used = chunk_used(r->part, chunk);
		if (*used > 0)
			return true;
	}
	return false;
}

void
stream_close(StreamReader *r)
{
	r->part->readers--;
	if (!r->keep && r->buffer != NULL)
		pfree(r->buffer);
}
