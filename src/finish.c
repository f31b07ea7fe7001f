/*
 * finish.c
 *	  The final step of a large funnel, shared with parallel workers.
 *
 * PostgreSQL runs an aggregate's final function in one process, whatever the
 * plan; for a funnel of many customers that is where much of the time goes.
 * But partitions have nothing to do with each other, so some of them are sent
 * to workers, whose funnels are merged, which gives the same bytes.  Each
 * worker has two queues: partitions come in by the one, its funnel leaves by
 * the other.
 *
 * How many workers there may be is up to max_parallel_workers_per_gather, how
 * much data is worth it to min_parallel_table_scan_size.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "optimizer/paths.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "finish.h"

#define WORKER_FUNCTION	"journey_finish_worker"
#define MAX_WORKERS		16
#define QUEUE_SIZE		(256 * 1024)
#define RESULT_SIZE		(16 * 1024)

/* entries of the shared memory's table of contents */
#define KEY_TASK		UINT64CONST(1)
#define KEY_JOURNEY		UINT64CONST(2)
#define KEY_QUEUES		UINT64CONST(3)
#define KEY_RESULTS		UINT64CONST(4)

/* What all workers are told. */
typedef struct FinishTask
{
	EventForm	form;
	bool		conditions;
} FinishTask;

/* In front of each message; without more it is the end. */
typedef struct FinishMessage
{
	int			partition;		/* -1: there are no more */
	bool		mixed;
	uint64		route;
	int64		n_events;		/* of the partition, sent with its last chunk */
} FinishMessage;

/* Leader's side. */
typedef struct Finish
{
	ParallelContext *pcxt;
	shm_mq	   *queues[MAX_WORKERS];
	shm_mq	   *results[MAX_WORKERS];
	shm_mq_handle *send[MAX_WORKERS];
	shm_mq_handle *receive[MAX_WORKERS];
} Finish;

extern PGDLLEXPORT void journey_finish_worker(dsm_segment *seg, shm_toc *toc);

/* How many workers would help? */
static int
workers_wanted(FunctionCallInfo fcinfo, const Population *pop)
{
	if (pop->bits == 0 ||
		population_bytes(pop) < (size_t) min_parallel_table_scan_size * BLCKSZ)
		return 0;
	if (!IsUnderPostmaster || IsParallelWorker() ||
		AggCheckCallContext(fcinfo, NULL) != AGG_CONTEXT_AGGREGATE ||
		!ActiveSnapshotSet())
		return 0;
	/* this process works, too: of two that may be gathered, one helps */
	if (max_parallel_workers_per_gather <= 1)
		return max_parallel_workers_per_gather;
	return Min(max_parallel_workers_per_gather - 1, MAX_WORKERS);
}

/*
 * The file that this function was loaded from, by its whole name: workers look
 * for it before they have the session's settings.
 */
static char *
own_library(void)
{
	Size		size = EstimateLibraryStateSpace();
	char	   *names = palloc(size);

	SerializeLibraryState(size, names);
	for (char *name = names; *name != '\0'; name += strlen(name) + 1)
	{
		if (load_external_function(name, WORKER_FUNCTION, false, NULL) ==
			(void *) journey_finish_worker)
			return name;
	}
	return NULL;
}

static void
estimate(ParallelContext *pcxt, const JourneyPlan *plan)
{
	shm_toc_estimator *e = &pcxt->estimator;

	shm_toc_estimate_chunk(e, sizeof(FinishTask));
	shm_toc_estimate_chunk(e, VARSIZE(plan->journey));
	shm_toc_estimate_chunk(e, mul_size(QUEUE_SIZE, pcxt->nworkers));
	shm_toc_estimate_chunk(e, mul_size(RESULT_SIZE, pcxt->nworkers));
	shm_toc_estimate_keys(e, 4);
}

/* Queues in both directions; the worker is at the other end of each. */
static void
make_queues(Finish *f)
{
	shm_toc    *toc = f->pcxt->toc;
	int			n = f->pcxt->nworkers;
	char	   *queues = shm_toc_allocate(toc, (Size) QUEUE_SIZE * n);
	char	   *results = shm_toc_allocate(toc, (Size) RESULT_SIZE * n);

	for (int i = 0; i < n; i++)
	{
		f->queues[i] = shm_mq_create(queues + (Size) QUEUE_SIZE * i,
									 QUEUE_SIZE);
		shm_mq_set_sender(f->queues[i], MyProc);
		f->results[i] = shm_mq_create(results + (Size) RESULT_SIZE * i,
									  RESULT_SIZE);
		shm_mq_set_receiver(f->results[i], MyProc);
	}
	shm_toc_insert(toc, KEY_QUEUES, queues);
	shm_toc_insert(toc, KEY_RESULTS, results);
}

/* Returns how many workers were started. */
static int
start_workers(Finish *f, const JourneyPlan *plan, const Population *pop)
{
	ParallelContext *pcxt = f->pcxt;
	FinishTask *task;
	char	   *journey;

	estimate(pcxt, plan);
	InitializeParallelDSM(pcxt);
	/* there is no shared memory for more processes */
	if (pcxt->seg == NULL)
		return 0;
	task = shm_toc_allocate(pcxt->toc, sizeof(FinishTask));
	task->form = pop->form;
	task->conditions = plan->conditions;
	shm_toc_insert(pcxt->toc, KEY_TASK, task);
	journey = shm_toc_allocate(pcxt->toc, VARSIZE(plan->journey));
	memcpy(journey, plan->journey, VARSIZE(plan->journey));
	shm_toc_insert(pcxt->toc, KEY_JOURNEY, journey);
	make_queues(f);
	LaunchParallelWorkers(pcxt);
	for (int i = 0; i < pcxt->nworkers_launched; i++)
	{
		BackgroundWorkerHandle *handle = pcxt->worker[i].bgwhandle;

		f->send[i] = shm_mq_attach(f->queues[i], pcxt->seg, handle);
		f->receive[i] = shm_mq_attach(f->results[i], pcxt->seg, handle);
	}
	return pcxt->nworkers_launched;
}

static void
worker_is_gone(void)
{
	/* its own error comes first, if it has told one */
	CHECK_FOR_INTERRUPTS();
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("lost connection to parallel worker"),
			 errhint("SET max_parallel_workers_per_gather = 0 to do without "
					 "workers.")));
}

static void
send_message(shm_mq_handle *queue, FinishMessage *head, const uint8 *data,
			 size_t len)
{
	shm_mq_iovec parts[2];

	parts[0].data = (const char *) head;
	parts[0].len = sizeof(FinishMessage);
	parts[1].data = (const char *) data;
	parts[1].len = len;
	if (shm_mq_sendv(queue, parts, (len == 0) ? 1 : 2, false, true) !=
		SHM_MQ_SUCCESS)
		worker_is_gone();
}

/*
 * A copy of the partition.  It stays with the state, for which the final
 * function is called again when a hash aggregate is scanned again.
 */
static void
send_partition(shm_mq_handle *queue, Population *pop, int number)
{
	Partition  *part = &pop->parts[number];
	FinishMessage head = {0};
	StreamReader s;
	const uint8 *data;
	uint32		used;

	head.partition = number;
	stream_open(&s, pop, part, false);
	while (stream_next(&s, &data, &used))
		send_message(queue, &head, data, used);
	stream_close(&s);
	head.mixed = part->mixed;
	head.route = part->route;
	head.n_events = part->n_events;
	send_message(queue, &head, NULL, 0);
}

typedef struct PartSize
{
	int64		n_events;
	int			number;
} PartSize;

static int
compare_sizes(const void *a, const void *b)
{
	int64		x = ((const PartSize *) a)->n_events;
	int64		y = ((const PartSize *) b)->n_events;

	return (x < y) - (x > y);
}

/*
 * The largest partitions first, each to whoever has least to do.  This process
 * has the sending to do as well, so it comes last where they are equal.
 * Returns the set of partitions that were sent.
 */
static uint64
share_out(Finish *f, int n_workers, Population *pop)
{
	PartSize	sizes[POPULATION_PARTS];
	int64		load[MAX_WORKERS + 1] = {0};	/* the last one is our own */
	FinishMessage end = {-1};
	uint64		sent = 0;

	for (int i = 0; i < POPULATION_PARTS; i++)
	{
		sizes[i].n_events = pop->parts[i].n_events;
		sizes[i].number = i;
	}
	qsort(sizes, POPULATION_PARTS, sizeof(PartSize), compare_sizes);
	for (int i = 0; i < POPULATION_PARTS && sizes[i].n_events > 0; i++)
	{
		int			to = 0;

		for (int k = 1; k <= n_workers; k++)
		{
			if (load[k] < load[to])
				to = k;
		}
		load[to] += sizes[i].n_events;
		if (to == n_workers)
			continue;
		send_partition(f->send[to], pop, sizes[i].number);
		sent |= UINT64CONST(1) << sizes[i].number;
	}
	for (int k = 0; k < n_workers; k++)
		send_message(f->send[k], &end, NULL, 0);
	return sent;
}

/* Adds the funnels of the workers. */
static void
collect(Finish *f, int n_workers, FunnelSummary *summary)
{
	for (int i = 0; i < n_workers; i++)
	{
		Size		len;
		void	   *data;

		if (shm_mq_receive(f->receive[i], &len, &data, false) !=
			SHM_MQ_SUCCESS)
			worker_is_gone();
		summary_merge(summary, data);
	}
}

void
finish_population(FunctionCallInfo fcinfo, const JourneyPlan *plan,
				  Population *pop, FunnelSummary *summary)
{
	Finish		f = {0};
	int			wanted = workers_wanted(fcinfo, pop);
	char	   *library = (wanted > 0) ? own_library() : NULL;
	int			started;
	uint64		sent = 0;

	if (library == NULL)
	{
		count_population(plan, pop, 0, summary);
		return;
	}
	EnterParallelMode();
	f.pcxt = CreateParallelContext(library, WORKER_FUNCTION, wanted);
	started = start_workers(&f, plan, pop);
	if (started > 0)
		sent = share_out(&f, started, pop);
	count_population(plan, pop, sent, summary);
	if (started > 0)
		collect(&f, started, summary);
	WaitForParallelWorkersToFinish(f.pcxt);
	DestroyParallelContext(f.pcxt);
	ExitParallelMode();
}

/* ---------- worker's side ---------- */

static void
receive_partitions(shm_mq_handle *queue, Population *pop)
{
	for (;;)
	{
		Size		len;
		void	   *data;
		FinishMessage head;

		if (shm_mq_receive(queue, &len, &data, false) != SHM_MQ_SUCCESS)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("lost connection to parallel leader")));
		memcpy(&head, data, sizeof(head));
		if (head.partition < 0)
			return;
		if (len > sizeof(head))
			population_take_chunk(pop, &pop->parts[head.partition],
								  (uint8 *) data + sizeof(head),
								  (uint32) (len - sizeof(head)));
		else
		{
			Partition  *part = &pop->parts[head.partition];

			part->mixed = head.mixed;
			part->route = head.route;
			part->n_events = head.n_events;
		}
	}
}

void
journey_finish_worker(dsm_segment *seg, shm_toc *toc)
{
	FinishTask *task = shm_toc_lookup(toc, KEY_TASK, false);
	struct varlena *journey = shm_toc_lookup(toc, KEY_JOURNEY, false);
	char	   *queues = shm_toc_lookup(toc, KEY_QUEUES, false);
	char	   *results = shm_toc_lookup(toc, KEY_RESULTS, false);
	shm_mq	   *queue = (shm_mq *) (queues +
									(Size) QUEUE_SIZE * ParallelWorkerNumber);
	shm_mq	   *result = (shm_mq *) (results +
									 (Size) RESULT_SIZE * ParallelWorkerNumber);
	shm_mq_handle *send;
	SpillPool  *pool = spill_make(CurrentMemoryContext,
								  get_hash_memory_limit());
	Population	pop;
	JourneyPlan *plan = plan_make(journey, task->conditions);
	FunnelSummary *summary = summary_make(plan->journey);
	struct varlena *packed;

	shm_mq_set_receiver(queue, MyProc);
	shm_mq_set_sender(result, MyProc);
	send = shm_mq_attach(result, seg, NULL);
	population_init(&pop, CurrentMemoryContext, pool, task->form);
	population_open_hashed(&pop);
	receive_partitions(shm_mq_attach(queue, seg, NULL), &pop);
	count_population(plan, &pop, 0, summary);
	packed = summary_pack(summary);
	/* the leader knows if it is no longer there to receive it */
	(void) shm_mq_send(send, VARSIZE(packed), packed, false, true);
	spill_close(pool);
}
