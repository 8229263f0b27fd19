/*
 * pool.c - workers from start to end: ready, drained, crashed, stuck, replaced.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "yobod.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define START_US       (60 * SECOND_US) /* a worker that is not ready by then is started anew */
#define HEALTH_US      (60 * SECOND_US) /* without a crash: the back-off begins anew */
#define BACKOFF_US     (SECOND_US / 10) /* doubled by every crash, up to */
#define BACKOFF_MAX_US (10 * SECOND_US)
#define READING_US     (5 * SECOND_US)
#define KILL_US	       (5 * SECOND_US) /* after SIGTERM */
#define ABORT_US       (2 * SECOND_US) /* after SIGABRT */
#define RECYCLE_US     SECOND_US       /* an orderly end before that is a crash all the same */
#define LOOK_US	       SECOND_US

/* "main#3 (pid 17, generation 2)" */
static const char *
worker_name(const struct yobod *y, const struct worker *w, char out[96])
{
	(void)snprintf(out, 96, "%s#%td (pid %ld, generation %lu)", w->pool_name, w - y->workers,
	    (long)w->pid, w->generation);
	return out;
}

static void
worker_signal(struct worker *w, int sig, int64_t wait_us, int next)
{
	(void)kill(w->pid, sig); /* our child and not yet reaped: cannot be another process */
	w->next_signal = next;
	w->next_signal_us = mono_us() + wait_us;
}

void
worker_drain(struct worker *w, int64_t drain_us)
{
	w->pool = NULL;
	worker_signal(w, SIGQUIT, drain_us, SIGTERM);
}

int
worker_start(struct yobod *y, struct fleet *f, struct pool *p)
{
	struct worker *w = NULL;
	int ends[2];

	for (size_t i = 0; i < YBH_BOARD_WORKERS && w == NULL; i++)
		if (y->workers[i].pid == 0)
			w = &y->workers[i];
	if (w == NULL) {
		log_line(LOG_ERR, "pool %s: no free slot for a worker", p->name);
		return -1;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		log_line(LOG_ERR, "pool %s: pipe: %s", p->name, strerrordesc_np(errno));
		return -1;
	}
	*w = (struct worker) { .pool = p, .ready_fd = ends[0], .started_us = mono_us() };
	memcpy(w->pool_name, p->name, sizeof w->pool_name);
	w->generation = f->generation;
	ybh_board_clear(y->board, (unsigned)(w - y->workers));
	w->pid = spawn_worker(y, f, (unsigned)(w - y->workers), ends[1]);
	(void)close(ends[1]);
	if (w->pid > 0)
		return 0;
	log_line(LOG_ERR, "pool %s: fork: %s", p->name, strerrordesc_np(errno));
	(void)close(ends[0]);
	w->pid = 0;
	return -1;
}

void
worker_heard(struct worker *w)
{
	char byte = 0;
	ssize_t n = read(w->ready_fd, &byte, 1);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	w->ready = n == 1 && byte == 'R';
	(void)close(w->ready_fd);
	w->ready_fd = -1;
}

size_t
workers_ready(const struct yobod *y, const struct fleet *f)
{
	size_t n = 0;

	for (size_t i = 0; i < YBH_BOARD_WORKERS; i++)
		n += y->workers[i].pid != 0 && y->workers[i].ready
		    && fleet_has(f, y->workers[i].pool);
	return n;
}

size_t
workers_alive(const struct yobod *y)
{
	size_t n = 0;

	for (size_t i = 0; i < YBH_BOARD_WORKERS; i++)
		n += y->workers[i].pid != 0;
	return n;
}

/* What its threads were at: the trace identifier leads to the request in the other logs. */
static void
report_slots(const struct yobod *y, const struct worker *w)
{
	unsigned lines = 0;
	char name[96];

	for (unsigned t = 0; t < YBH_BOARD_THREADS && lines < 8; t++) {
		struct ybh_board_view v;

		ybh_board_read(y->board, (unsigned)(w - y->workers), t, &v);
		if (v.stage == YBH_STAGE_IDLE)
			continue;
		log_line(LOG_ERR, "%s: thread %u was %s %s trace %s for %lld ms",
		    worker_name(y, w, name), t, ybh_stage_name(v.stage),
		    *v.operation == '\0' ? "-" : v.operation, *v.trace == '\0' ? "-" : v.trace,
		    (long long)(mono_us() - v.since_us) / 1000);
		lines++;
	}
}

static void
back_off(struct pool *p, int64_t now)
{
	int64_t wait = BACKOFF_MAX_US;

	p->failures = p->last_end_us > 0 && now - p->last_end_us <= HEALTH_US ? p->failures + 1 : 1;
	p->last_end_us = now;
	if (p->failures < 8)
		wait = BACKOFF_US << (p->failures - 1);
	p->next_start_us = now + (wait < BACKOFF_MAX_US ? wait : BACKOFF_MAX_US);
}

/*
 * A worker that finds no database, or waits for it until it is late, is no crash: the pool goes
 * on trying, and serves again as soon as the database does.
 */
static bool
was_waiting(const struct worker *w, int status)
{
	return !w->ready &&
	    (w->next_signal != 0 || (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_AWAY));
}

static void
count_crash(struct yobod *y, struct pool *p, size_t limit, int64_t now)
{
	p->crashes[p->n_crashes++ % limit] = now;
	if (p->n_crashes < limit || now - p->crashes[p->n_crashes % limit] > 60 * SECOND_US)
		return;
	p->stopped = true;
	(void)snprintf(y->note, sizeof y->note, "pool %s stopped after %zu crashes in 60 s",
	    p->name, limit);
	log_line(LOG_ERR, "%s: no more restarts until a reload", y->note);
}

static void
log_end(const struct yobod *y, const struct worker *w, int status, bool expected)
{
	char name[96];

	(void)worker_name(y, w, name);
	if (WIFSIGNALED(status))
		log_line(expected ? LOG_NOTICE : LOG_ERR, "%s died of SIG%s", name,
		    sigabbrev_np(WTERMSIG(status)) == NULL ? "?" : sigabbrev_np(WTERMSIG(status)));
	else
		log_line(expected || WEXITSTATUS(status) == 0 ? LOG_INFO : LOG_ERR,
		    "%s ended with status %d", name, WEXITSTATUS(status));
}

void
worker_died(struct yobod *y, struct worker *w, int status)
{
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	struct pool *p = w->pool;
	int64_t now = mono_us();

	if (w->ready_fd >= 0)
		worker_heard(w); /* it may have become ready before it ended */
	log_end(y, w, status, p == NULL);
	if (!clean)
		report_slots(y, w);
	if (w->ready_fd >= 0)
		(void)close(w->ready_fd);
	ybh_board_clear(y->board, (unsigned)(w - y->workers)); /* its figures end with it */
	w->pid = 0;
	w->pool = NULL;
	if (p == NULL || y->phase == PHASE_STOP)
		return;
	if (fleet_has(y->next, p)) {
		reload_abort(y, "a new worker died");
		return;
	}
	if (clean && w->ready && now - w->started_us >= RECYCLE_US)
		return;
	back_off(p, now);
	if (!was_waiting(w, status))
		count_crash(y, p, y->current->crash_limit, now);
}

/* The first slot whose stage has lasted too long; 0 in *ret_state: none. */
static unsigned
find_stuck(struct yobod *y, const struct worker *w, int64_t now, uint64_t *ret_state)
{
	struct ybh_board_view v;

	*ret_state = 0;
	for (unsigned t = 0; t < YBH_BOARD_THREADS; t++) {
		int64_t limit = w->pool->request_timeout_us;

		ybh_board_read(y->board, (unsigned)(w - y->workers), t, &v);
		if (v.stage == YBH_STAGE_READING)
			limit = READING_US;
		if (v.stage != YBH_STAGE_IDLE && now - v.since_us > limit) {
			*ret_state = v.state;
			return t;
		}
	}
	return 0;
}

static void
pool_fill(struct yobod *y, struct pool *p, int64_t now)
{
	long n = 0;

	for (size_t i = 0; i < YBH_BOARD_WORKERS; i++)
		n += y->workers[i].pid != 0 && y->workers[i].pool == p;
	for (; n < p->workers && !p->stopped && now >= p->next_start_us; n++)
		if (worker_start(y, y->current, p) != 0)
			p->next_start_us = now + SECOND_US;
}

/*
 * A thread cannot be taken back from a call that does not return: the process ends, and its
 * replacement is started first. Seen twice, a second apart, so that a machine that slept
 * does not kill everybody on waking. No crash: a slow database must not stop the pool.
 */
static void
watch(struct yobod *y, struct worker *w, int64_t now)
{
	struct pool *p = w->pool;
	uint64_t state;
	unsigned t = find_stuck(y, w, now, &state);
	char name[96];

	if (state == 0 || state != w->suspect) {
		w->suspect = state;
		return;
	}
	log_line(LOG_ERR, "%s: thread %u is stuck, worker replaced", worker_name(y, w, name), t);
	if (fleet_has(y->next, p)) {
		reload_abort(y, "a new worker is stuck");
	} else {
		w->pool = NULL;
		pool_fill(y, p, now);
	}
	worker_signal(w, SIGABRT, ABORT_US, SIGKILL);
}

static void
worker_tick(struct yobod *y, struct worker *w, int64_t now, bool look)
{
	char name[96];

	if (w->next_signal != 0) {
		if (now >= w->next_signal_us) {
			log_line(LOG_WARN, "%s does not end: SIG%s", worker_name(y, w, name),
			    sigabbrev_np(w->next_signal));
			worker_signal(w, w->next_signal, KILL_US, SIGKILL);
		}
		return;
	}
	if (!w->ready && now - w->started_us > START_US) {
		log_line(LOG_ERR, "%s is not ready after 60 s", worker_name(y, w, name));
		worker_signal(w, SIGKILL, KILL_US, SIGKILL);
	} else if (look) {
		watch(y, w, now);
	}
}

void
pools_tick(struct yobod *y, int64_t now)
{
	bool look = now - y->watched_us >= LOOK_US;

	if (look)
		y->watched_us = now;
	for (size_t i = 0; i < YBH_BOARD_WORKERS; i++)
		if (y->workers[i].pid != 0)
			worker_tick(y, &y->workers[i], now, look);
	if (y->phase == PHASE_STOP || y->current == NULL)
		return;
	for (size_t i = 0; i < y->current->n; i++)
		pool_fill(y, &y->current->pools[i], now);
}
