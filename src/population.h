/*
 * population.h
 *	  The events of many customers, packed while they arrive.
 *
 * An event is appended to the stream of its customer's partition (by a hash of
 * the key), so appending touches few places in memory and needs no look-up;
 * customers.c later takes one partition at a time, in which all of a customer
 * is found.  A small population has a single partition.  Past the pool's
 * limit, chunks go to a temporary file (spill.c).
 *
 * A stream is a list of chunks, each readable by itself.  One event is
 *	  tag byte: low half: bytes of the key (0..8 of an int8, or KEY_GIVEN), or
 *		  KEY_SAME for the key of the event before; high half: bytes of time
 *	  code, code_width bytes
 *	  key: int8: zigzag, as many bytes as the tag says; uuid: 16 bytes; text:
 *		  length (4 bytes) and bytes
 *	  time: zigzag difference to the event before
 *	  value, only in a valued population: count of bytes (0..8, or
 *		  VALUE_NONE), zigzag millionths
 *	  channel and feeling, only where the population has them (touch.h)
 * Streams live in one process or travel to another one of the same machine.
 */
#ifndef JOURNEY_POPULATION_H
#define JOURNEY_POPULATION_H

#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"
#include "match.h"
#include "spill.h"
#include "touch.h"

typedef enum KeyKind
{
	KEY_INT8,
	KEY_UUID,
	KEY_TEXT
} KeyKind;

/* What an event in a stream consists of. */
typedef struct EventForm
{
	KeyKind		kind;
	uint8		code_width;		/* 1, 2, 4 or 8 bytes */
	bool		valued;
	TouchForm	touch;
} EventForm;

/* A customer's key: a number, or bytes. */
typedef struct CustomerKey
{
	int64		number;
	const char *bytes;
	uint32		len;
} CustomerKey;

#define KEY_UUID_LEN	16
#define KEY_GIVEN		9		/* in the tag: key bytes of known length */
#define KEY_SAME		15		/* in the tag: as before */
#define VALUE_NONE		15

#define POPULATION_BITS 6		/* partitions of a large population: 64 */
#define POPULATION_PARTS (1 << POPULATION_BITS)
#define POPULATION_SPLIT_BYTES (256 * 1024)	/* large from here on */
#define CHUNK_FIRST		128		/* bytes; a chunk is twice the one before */
#define CHUNK_LAST		(64 * 1024)
#define CHUNK_SLACK		8		/* bytes past the end that may be touched */
#define CHUNK_OVERHEAD	(sizeof(Chunk) + CHUNK_SLACK)

typedef struct Chunk
{
	struct Chunk *next;
	uint8	   *data;
	uint32		used;			/* set when the chunk is closed */
	uint32		size;			/* 0: data belongs to somebody else */
} Chunk;

typedef struct Partition
{
	/* what every event touches, first: a cache line in each of many groups */
	uint8	   *next;			/* where the next event goes */
	uint8	   *limit;			/* end of the last chunk */
	int64		prev_at;
	int64		prev_number;	/* key of the event before */
	uint64		route;			/* of the first event */
	int64		n_events;
	uint32		prev_len;
	bool		has_prev;		/* prev_* are set */
	bool		mixed;			/* events have more than one route */
	uint8		readers;		/* now reading: must not be spilled */
	uint64		defined[TOUCH_WORDS];	/* channels that the last chunk spells,
										 * and none */
	uint32		chunk_size;		/* of the last one, with its overhead */
	const uint8 *prev_bytes;
	Chunk	   *first;
	Chunk	   *last;
	Extent		spilled;		/* the last ones that were, and so all */
	size_t		spilled_bytes;
} Partition;

/*
 * An event's route decides its partition: the hash of its key, or a time.
 * Partition: the POPULATION_BITS of the route from bit `shift` up.
 */
typedef struct Population
{
	Partition  *parts;
	EventForm	form;
	uint8		event_size;		/* most bytes of an event without its texts */
	uint8		shift;
	uint8		bits;			/* 0: one partition yet, else POPULATION_BITS */
	Partition	solo;
	size_t		bytes;			/* of all chunks in memory */
	MemoryContext cxt;
	SpillPool  *pool;			/* NULL: memory is not limited */
	LoadNames  *channels;		/* NULL: names of channels are spelled out */
	dlist_node	node;			/* in the pool */
} Population;

/* cxt holds the population's chunks; pool may be NULL. */
extern void population_init(Population *pop, MemoryContext cxt,
							SpillPool *pool, EventForm form);
extern void population_open_parts(Population *pop, int shift);
/* The same by hash, as a population does that has grown large. */
extern void population_open_hashed(Population *pop);
/* Of all streams, in memory and in the file. */
extern size_t population_bytes(const Population *pop);
/* A chunk of another process. */
extern void population_take_chunk(Population *pop, Partition *part,
								  const uint8 *data, uint32 used);
extern void population_free(Population *pop);
extern Partition *population_room(Population *pop, uint64 route, size_t need);
extern void population_spill(Population *pop);
extern void population_add_partition(Population *pop, Population *from,
									 Partition *part);
extern void population_absorb(Population *pop, Population *from);
extern size_t population_wire_size(Population *pop);
extern void population_put(StringInfo buf, Population *pop);
extern void population_get(StringInfo buf, Population *pop);

/* Reads the chunks of a partition, spilled ones first. */
typedef struct StreamReader
{
	Population *pop;
	Partition *part;
	Extent		extent;			/* next spilled one */
	Chunk	   *chunk;			/* next one in memory */
	bool		keep;			/* what was spilled stays in memory, too */
	uint8	   *buffer;			/* the extent that was read last */
	size_t		buffer_size;
	uint8	   *next;			/* in it, next chunk */
	uint8	   *end;
} StreamReader;

extern void stream_open(StreamReader *r, Population *pop,
						Partition *part, bool keep);
extern bool stream_next(StreamReader *r, const uint8 **data, uint32 *used);
extern void stream_close(StreamReader *r);

/* The finalizer of splitmix64: every bit reaches every bit; one to one. */
static inline uint64
mix_bits(uint64 h)
{
	h ^= h >> 30;
	h *= UINT64CONST(0xBF58476D1CE4E5B9);
	h ^= h >> 27;
	h *= UINT64CONST(0x94D049BB133111EB);
	return h ^ (h >> 31);
}

static inline uint64
key_hash(KeyKind kind, const CustomerKey *key)
{
	if (kind == KEY_INT8)
		return mix_bits((uint64) key->number);
	if (kind == KEY_UUID)
	{
		uint64		half[2];

		memcpy(half, key->bytes, KEY_UUID_LEN);
		return mix_bits(half[0] ^ mix_bits(half[1]));
	}
	return mix_bits(hash_bytes_extended((const unsigned char *) key->bytes,
										(int) key->len, 0));
}

static inline uint64
zigzag(int64 v)
{
	return ((uint64) v << 1) ^ (uint64) (v < 0 ? -1 : 0);
}

static inline int64
unzigzag(uint64 u)
{
	return (int64) (u >> 1) ^ -(int64) (u & 1);
}

/* Bytes that hold the number: 0 to 8. */
static inline int
bytes_needed(uint64 v)
{
	return (v == 0) ? 0 : pg_leftmost_one_pos64(v) / 8 + 1;
}

/* Stores all 8 bytes, low first; the caller advances by as many as matter. */
static inline void
store_bytes(uint8 *p, uint64 v)
{
#ifdef WORDS_BIGENDIAN
	v = pg_bswap64(v);
#endif
	memcpy(p, &v, 8);
}

static inline uint64
load_bytes(const uint8 *p, int n)
{
	uint64		v;

	if (n == 0)
		return 0;
	memcpy(&v, p, 8);
#ifdef WORDS_BIGENDIAN
	v = pg_bswap64(v);
#endif
	return v & (~UINT64CONST(0) >> (64 - 8 * n));
}

/* Keys of a kind that is bytes. */
static inline bool
same_key_bytes(KeyKind kind, const char *a, uint32 a_len, const char *b,
			   uint32 b_len)
{
	if (kind == KEY_UUID)
		return memcmp(a, b, KEY_UUID_LEN) == 0;
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static inline bool
same_key(KeyKind kind, const Partition *part, const CustomerKey *key)
{
	if (!part->has_prev)
		return false;
	if (kind == KEY_INT8)
		return part->prev_number == key->number;
	return same_key_bytes(kind, (const char *) part->prev_bytes,
						  part->prev_len, key->bytes, key->len);
}

static inline uint8 *
put_key(KeyKind kind, Partition *part, uint8 *p, const CustomerKey *key,
		uint8 *tag)
{
	if (same_key(kind, part, key))
	{
		*tag = KEY_SAME;
		return p;
	}
	part->has_prev = true;
	if (kind == KEY_INT8)
	{
		uint64		u = zigzag(key->number);
		int			n = bytes_needed(u);

		part->prev_number = key->number;
		store_bytes(p, u);
		*tag = (uint8) n;
		return p + n;
	}
	*tag = KEY_GIVEN;
	if (kind == KEY_TEXT)
	{
		memcpy(p, &key->len, sizeof(uint32));
		p += sizeof(uint32);
	}
	memcpy(p, key->bytes, key->len);
	part->prev_bytes = p;
	part->prev_len = key->len;
	return p + key->len;
}

/*
 * Adds one event.  kind is a constant in every caller, so that the compiler
 * makes a loop of its own for each; touch is NULL where the population has no
 * such.
 */
static pg_attribute_always_inline void
population_add(Population *pop, KeyKind kind, const CustomerKey *key,
			   uint64 route, int64 at, uint64 code, int64 value,
			   const Touch *touch)
{
	Partition  *part = pop->parts;
	uint8	   *start;
	uint8	   *p;
	uint8		tag;
	uint64		u;
	int			n;
	size_t		need = pop->event_size;

	if (pop->bits != 0)
		part += (route >> pop->shift) & (POPULATION_PARTS - 1);
	if (kind == KEY_TEXT)
		need += key->len;
	if (touch != NULL)
		need += touch->len;
	if (unlikely((size_t) (part->limit - part->next) < need))
		part = population_room(pop, route, need);
	if (part->n_events == 0)
		part->route = route;
	part->mixed |= (part->route != route);
	start = part->next;
	p = start + 1;
	store_bytes(p, code);
	p += pop->form.code_width;
	p = put_key(kind, part, p, key, &tag);
	u = zigzag((int64) ((uint64) at - (uint64) part->prev_at));
	n = bytes_needed(u);
	part->prev_at = at;
	store_bytes(p, u);
	p += n;
	*start = tag | (uint8) (n << 4);
	if (pop->form.valued)
	{
		if (value == MATCH_NO_VALUE)
			*p++ = VALUE_NONE;
		else
		{
			u = zigzag(value);
			n = bytes_needed(u);
			*p++ = (uint8) n;
			store_bytes(p, u);
			p += n;
		}
	}
	if (touch != NULL)
		p = touch_put(p, touch, pop->form.touch, part->defined);
	part->next = p;
	part->n_events++;
}

/* Reads back the events of one chunk. */
typedef struct ChunkReader
{
	const uint8 *next;
	const uint8 *end;
	int64		at;
	uint64		code;
	int64		value;
	bool		same;			/* the key is that of the event before */
	CustomerKey key;
	Touch		touch;			/* with a channel only if it is spelled out here */
} ChunkReader;

static inline void
chunk_open(ChunkReader *r, const uint8 *data, uint32 used)
{
	memset(r, 0, sizeof(*r));
	r->next = data;
	r->end = data + used;
	r->value = MATCH_NO_VALUE;
}

static pg_attribute_always_inline bool
chunk_next(ChunkReader *r, EventForm form)
{
	const uint8 *p = r->next;
	uint8		tag;
	int			n;

	if (p >= r->end)
		return false;
	tag = *p++;
	r->code = load_bytes(p, form.code_width);
	p += form.code_width;
	n = tag & 15;
	r->same = (n == KEY_SAME);
	if (!r->same)
	{
		if (form.kind == KEY_INT8)
		{
			r->key.number = unzigzag(load_bytes(p, n));
			p += n;
		}
		else
		{
			r->key.len = KEY_UUID_LEN;
			if (form.kind == KEY_TEXT)
			{
				memcpy(&r->key.len, p, sizeof(uint32));
				p += sizeof(uint32);
			}
			r->key.bytes = (const char *) p;
			p += r->key.len;
		}
	}
	n = tag >> 4;
	r->at = (int64) ((uint64) r->at + (uint64) unzigzag(load_bytes(p, n)));
	p += n;
	if (form.valued)
	{
		n = *p++;
		if (n == VALUE_NONE)
			r->value = MATCH_NO_VALUE;
		else
		{
			r->value = unzigzag(load_bytes(p, n));
			p += n;
		}
	}
	if (form.touch != TOUCH_NONE)
		p = touch_get(p, &r->touch, form.touch);
	r->next = p;
	return true;
}

/*
 * The touch of the event read last, for another population; or NULL.  names:
 * room for those of the chunk.
 */
static inline const Touch *
chunk_touch(ChunkReader *r, const Population *pop, MapText *names)
{
	if (pop->form.touch == TOUCH_NONE)
		return NULL;
	touch_name(&r->touch, names);
	touch_set_code(pop->channels, &r->touch);
	return &r->touch;
}

#endif							/* JOURNEY_POPULATION_H */
