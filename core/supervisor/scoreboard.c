/*
 * scoreboard.c - the supervisor's half of the scoreboard: makes, clears and reads it.
 *
 * Workers can write what they like into it, so nothing read here is trusted beyond a log
 * line and the decision to replace the worker that wrote it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create, F_ADD_SEALS */
#endif

#include "scoreboard.h"

#include <fcntl.h>

struct ybh_board *
ybh_board_new(int *ret_fd)
{
	int fd = memfd_create("yobo-scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct ybh_board *b;
	void *p = MAP_FAILED;

	if (fd < 0)
		return NULL;
	/* Sealed: a worker that shrank it would end the supervisor by SIGBUS. */
	if (ftruncate(fd, (off_t)sizeof *b) == 0
	    && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		p = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		(void)close(fd);
		return NULL;
	}
	b = p;
	b->magic = YBH_BOARD_MAGIC;
	b->size = sizeof *b;
	*ret_fd = fd;
	return b;
}

void
ybh_board_clear(struct ybh_board *b, unsigned slot)
{
	struct ybh_board_worker *w = &b->workers[slot];

	b->magic = YBH_BOARD_MAGIC; /* whatever a failing worker did to it */
	b->size = sizeof *b;
	atomic_store_explicit(&w->pid, 0, memory_order_relaxed);
	atomic_store_explicit(&w->generation, 0, memory_order_relaxed);
	for (size_t t = 0; t < YBH_BOARD_THREADS; t++) {
		ybh_slot_label(&w->slots[t], 0, NULL, 0, NULL, 0);
		atomic_store_explicit(&w->slots[t].served, 0, memory_order_relaxed);
		atomic_store_explicit(&w->slots[t].state, 0, memory_order_relaxed);
	}
	memset(&w->metrics, 0, sizeof w->metrics);
}

static void
take(char *out, const _Atomic uint64_t *words, size_t size)
{
	for (size_t i = 0; i < size / 8; i++) {
		uint64_t word = atomic_load_explicit(&words[i], memory_order_relaxed);

		memcpy(out + 8 * i, &word, 8);
	}
	out[size] = '\0';
	for (; *out != '\0'; out++)
		if (*out < 0x21 || *out > 0x7e)
			*out = '?';
}

void
ybh_board_read(struct ybh_board *b, unsigned slot, unsigned thread, struct ybh_board_view *ret)
{
	struct ybh_slot *s = &b->workers[slot].slots[thread];

	ret->state = atomic_load_explicit(&s->state, memory_order_relaxed);
	ret->stage = (enum ybh_stage)(ret->state & 3);
	ret->since_us = (int64_t)(ret->state >> 3);
	ret->served = atomic_load_explicit(&s->served, memory_order_relaxed);
	take(ret->operation, s->operation, YBH_BOARD_OPERATION);
	take(ret->trace, s->trace, YBH_BOARD_TRACE);
}

const char *
ybh_stage_name(enum ybh_stage stage)
{
	static const char *const names[] = { "idle", "reading", "handling", "sending" };

	return names[stage & 3];
}
