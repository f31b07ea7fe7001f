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

void
population_init(Population *pop, MemoryContext cxt, KeyKind kind,
				int code_width, bool valued)
{
	memset(pop, 0, sizeof(*pop));
	pop->cxt = cxt;
	pop->kind = kind;
	pop->code_width = (uint8) code_width;
	pop->valued = valued;
	pop->parts = &pop->solo;
}

/* Of the chunk being filled, the partition knows how far it is. */
uint32
population_chunk_used(const Partition *part, const Chunk *chunk)
{
	if (chunk == part->last && part->next != NULL)
		return (uint32) (part->next - chunk->data);
	return chunk->used;
}

static Chunk *
attach_chunk(Population *pop, Partition *part, size_t size)
{
	Chunk	   *chunk = MemoryContextAllocHuge(pop->cxt,
											   offsetof(Chunk, data) + size +
											   CHUNK_SLACK);

	chunk->next = NULL;
	chunk->used = 0;
	chunk->size = (uint32) size;
	if (part->last == NULL)
		part->first = chunk;
	else
		part->last->next = chunk;
	part->last = chunk;
	pop->bytes += size;
	return chunk;
}

static void
close_chunk(Partition *part)
{
	if (part->last != NULL)
		part->last->used = population_chunk_used(part, part->last);
	part->next = part->limit = NULL;
}

void
population_new_chunk(Population *pop, Partition *part, size_t need)
{
	size_t		size = CHUNK_FIRST;
	Chunk	   *chunk;

	CHECK_FOR_INTERRUPTS();
	if (part->last != NULL)
		size = Min(((size_t) part->last->size + CHUNK_OVERHEAD) * 2,
				   CHUNK_LAST);
	size = Max(size - CHUNK_OVERHEAD, need);
	close_chunk(part);
	chunk = attach_chunk(pop, part, size);
	part->next = chunk->data;
	part->limit = chunk->data + size;
	part->prev_at = 0;
	part->has_prev = false;
}

/* Adds all events of the chunks, one by one. */
static void
route_chunks(Population *pop, const Partition *from)
{
	for (Chunk *chunk = from->first; chunk != NULL; chunk = chunk->next)
	{
		ChunkReader r;

		CHECK_FOR_INTERRUPTS();
		chunk_open(&r, chunk, population_chunk_used(from, chunk));
		while (chunk_next(&r, pop->kind, pop->code_width, pop->valued))
			population_add(pop, pop->kind, &r.key,
						   key_hash(pop->kind, &r.key),
						   r.at, r.code, r.value);
	}
}

static void
free_chunks(Population *pop, Partition *part)
{
	Chunk	   *chunk = part->first;

	while (chunk != NULL)
	{
		Chunk	   *next = chunk->next;

		pop->bytes -= chunk->size;
		pfree(chunk);
		chunk = next;
	}
	memset(part, 0, sizeof(*part));
}

/* The population has grown large: from one partition to many. */
void
population_split(Population *pop)
{
	Partition	all = pop->solo;

	Assert(pop->bits == 0);
	pop->parts = MemoryContextAllocZero(pop->cxt, sizeof(Partition) <<
										POPULATION_BITS);
	pop->bits = POPULATION_BITS;
	memset(&pop->solo, 0, sizeof(Partition));
	route_chunks(pop, &all);
	free_chunks(pop, &all);
}

/* Copies the chunks of a partition to the end of another, as they are. */
static void
append_chunks(Population *pop, Partition *into, const Partition *from)
{
	close_chunk(into);
	for (Chunk *chunk = from->first; chunk != NULL; chunk = chunk->next)
	{
		uint32		used = population_chunk_used(from, chunk);
		Chunk	   *copy;

		CHECK_FOR_INTERRUPTS();
		copy = attach_chunk(pop, into, used);
		memcpy(copy->data, chunk->data, used);
		copy->used = used;
	}
	into->n_events += from->n_events;
}

/* Adds all events of another population of the same kind. */
void
population_absorb(Population *pop, const Population *from)
{
	Assert(pop->kind == from->kind && pop->code_width == from->code_width &&
		   pop->valued == from->valued);
	if (pop->bits == 0 && from->bits != 0)
		population_split(pop);
	for (int i = 0; i < PARTITIONS(from); i++)
	{
		if (from->bits != pop->bits)
			route_chunks(pop, &from->parts[i]);
		else
			append_chunks(pop, &pop->parts[i], &from->parts[i]);
	}
}

int64
population_events(const Population *pop)
{
	int64		n = 0;

	for (int i = 0; i < PARTITIONS(pop); i++)
		n += pop->parts[i].n_events;
	return n;
}

/* Bytes that population_put will write, or a few more. */
size_t
population_wire_size(const Population *pop)
{
	size_t		size = 16;

	for (int i = 0; i < PARTITIONS(pop); i++)
	{
		const Partition *part = &pop->parts[i];

		size += sizeof(int64) + sizeof(int32);
		for (Chunk *chunk = part->first; chunk != NULL; chunk = chunk->next)
			size += sizeof(int32) + population_chunk_used(part, chunk);
	}
	return size;
}

/* For another process of the same machine. */
void
population_put(StringInfo buf, const Population *pop)
{
	pq_sendbyte(buf, pop->kind);
	pq_sendbyte(buf, pop->code_width);
	pq_sendbyte(buf, pop->valued);
	pq_sendbyte(buf, pop->bits);
	for (int i = 0; i < PARTITIONS(pop); i++)
	{
		const Partition *part = &pop->parts[i];

		pq_sendint64(buf, part->n_events);
		for (Chunk *chunk = part->first; chunk != NULL; chunk = chunk->next)
		{
			uint32		used = population_chunk_used(part, chunk);

			CHECK_FOR_INTERRUPTS();
			if (used == 0)
				continue;
			pq_sendint32(buf, used);
			pq_sendbytes(buf, (const char *) chunk->data, (int) used);
		}
		pq_sendint32(buf, 0);
	}
}

/* Into a fresh population whose cxt is set. */
void
population_get(StringInfo buf, Population *pop)
{
	MemoryContext cxt = pop->cxt;
	int			kind = pq_getmsgbyte(buf);
	int			code_width = pq_getmsgbyte(buf);
	bool		valued = pq_getmsgbyte(buf) != 0;

	population_init(pop, cxt, (KeyKind) kind, code_width, valued);
	pop->bits = (uint8) pq_getmsgbyte(buf);
	if (pop->bits != 0)
		pop->parts = MemoryContextAllocZero(cxt, sizeof(Partition) <<
											POPULATION_BITS);
	for (int i = 0; i < PARTITIONS(pop); i++)
	{
		Partition  *part = &pop->parts[i];
		uint32		used;

		part->n_events = pq_getmsgint64(buf);
		while ((used = pq_getmsgint(buf, 4)) != 0)
		{
			Chunk	   *chunk = attach_chunk(pop, part, used);

			CHECK_FOR_INTERRUPTS();
			pq_copymsgbytes(buf, (char *) chunk->data, (int) used);
			chunk->used = used;
		}
	}
}
