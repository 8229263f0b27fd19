/*
 * scoreboard.h - what every worker thread is doing, in memory shared with the supervisor.
 *
 * One memfd, sealed against resizing, is inherited by every worker (--scoreboard-fd). A
 * worker owns the block of its --slot; a thread owns one slot of it and is its only writer.
 * All accesses are relaxed: no field tells anything about another one. Stage and moment
 * share one word, so that the watchdog never sees the one without the other.
 *
 * Needs libc only. Everything a worker calls is inline; scoreboard.c is the supervisor's.
 */
#ifndef YBH_SCOREBOARD_H
#define YBH_SCOREBOARD_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/metrics.h"

#define YBH_BOARD_MAGIC	    UINT64_C(0x796f626f62723033) /* "yobobr03": raised with the layout */
#define YBH_BOARD_WORKERS   128
#define YBH_BOARD_THREADS   64
#define YBH_BOARD_OPERATION 40 /* bytes, zero-padded, not terminated when full */
#define YBH_BOARD_TRACE	    16

enum ybh_stage {
	YBH_STAGE_IDLE,	    /* waits for a connection: never too long */
	YBH_STAGE_READING,  /* the web server hands over a request: 5 s */
	YBH_STAGE_HANDLING, /* authentication to answer: request_timeout */
	YBH_STAGE_SENDING,  /* the answer leaves: request_timeout */
};

struct ybh_slot { /* one thread */
	alignas(64) _Atomic uint64_t state; /* CLOCK_MONOTONIC in us << 3 | stage */
	_Atomic uint64_t served;	    /* requests since the worker started */
	_Atomic uint64_t route;		    /* the worker's number of the route; 0: not known */
	_Atomic uint64_t operation[YBH_BOARD_OPERATION / 8];
	_Atomic uint64_t trace[YBH_BOARD_TRACE / 8];
};

struct ybh_board_worker { /* one process */
	alignas(64) _Atomic int64_t pid; /* 0: no worker has attached */
	_Atomic uint64_t generation;
	struct ybh_slot slots[YBH_BOARD_THREADS];
	struct ybh_metrics metrics; /* the worker's counts; the supervisor only clears them */
};

struct ybh_board {
	uint64_t magic; /* written once, before the first worker */
	uint64_t size;
	struct ybh_board_worker workers[YBH_BOARD_WORKERS];
};

/* The block of this worker, mapped until the process ends. NULL: fd is no such board. */
static inline struct ybh_board_worker *
ybh_board_attach(int fd, unsigned slot, uint64_t generation)
{
	struct ybh_board *b;
	struct stat st;
	void *p;

	if (slot >= YBH_BOARD_WORKERS || fstat(fd, &st) != 0 || st.st_size != (off_t)sizeof *b)
		return NULL;
	p = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	b = p;
	if (b->magic != YBH_BOARD_MAGIC || b->size != sizeof *b) {
		(void)munmap(p, sizeof *b);
		return NULL;
	}
	atomic_store_explicit(&b->workers[slot].generation, generation, memory_order_relaxed);
	atomic_store_explicit(&b->workers[slot].pid, (int64_t)getpid(), memory_order_relaxed);
	return &b->workers[slot];
}

static inline void
ybh_slot_put(_Atomic uint64_t *words, size_t size, const char *text, size_t len)
{
	uint64_t copy[YBH_BOARD_OPERATION / 8] = { 0 };

	if (len > 0)
		memcpy(copy, text, len < size ? len : size);
	for (size_t i = 0; i < size / 8; i++)
		atomic_store_explicit(&words[i], copy[i], memory_order_relaxed);
}

/* What the request is called, as soon as that is known; cut to fit, never personal data. */
static inline void
ybh_slot_label(struct ybh_slot *s, uint64_t route, const char *operation, size_t operation_len,
    const char *trace, size_t trace_len)
{
	atomic_store_explicit(&s->route, route, memory_order_relaxed);
	ybh_slot_put(s->operation, YBH_BOARD_OPERATION, operation, operation_len);
	ybh_slot_put(s->trace, YBH_BOARD_TRACE, trace, trace_len);
}

/* A thread enters a stage. READING forgets the label of the request before. */
static inline void
ybh_slot_stage(struct ybh_slot *s, enum ybh_stage stage, int64_t mono_us)
{
	if (stage == YBH_STAGE_READING)
		ybh_slot_label(s, 0, NULL, 0, NULL, 0);
	atomic_store_explicit(&s->state, (uint64_t)mono_us << 3 | (uint64_t)stage,
	    memory_order_relaxed);
}

/* One request more was answered. */
static inline void
ybh_slot_served(struct ybh_slot *s)
{
	uint64_t n = atomic_load_explicit(&s->served, memory_order_relaxed);

	atomic_store_explicit(&s->served, n + 1, memory_order_relaxed);
}

/* ---- the supervisor's side (scoreboard.c) ---- */

struct ybh_board_view { /* one slot, read; texts terminated and printable */
	uint64_t state;	/* as stored: equal words mean nothing has moved */
	enum ybh_stage stage;
	int64_t since_us;
	uint64_t served;
	char operation[YBH_BOARD_OPERATION + 1];
	char trace[YBH_BOARD_TRACE + 1];
};

/* A new board of zeroes; *ret_fd is close-on-exec. NULL: errno. */
struct ybh_board *ybh_board_new(int *ret_fd);
/* For the next worker; no process may own the block any more. */
void ybh_board_clear(struct ybh_board *b, unsigned slot);
void ybh_board_read(struct ybh_board *b, unsigned slot, unsigned thread,
    struct ybh_board_view *ret);
const char *ybh_stage_name(enum ybh_stage stage);

#endif
