/*
 * runner.c - threads that look for work by themselves: timers, mails, jobs.
 *
 * A pool has them when yobo.conf says `runners`. The first one of several leaves the timers to
 * the others, so that a long run at night holds up neither a mail nor a job.
 */
#include "worker.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 400 /* a job waits no longer than half a second */

struct runner {
	struct worker *w;
	struct ybh_thread t;
	struct ybh_slot *slot; /* NULL: run by hand */
};

static struct runner *
runner_of(struct ybh_thread *t)
{
	return (struct runner *)(void *)((char *)t - offsetof(struct runner, t));
}

/* Only a step is watched: what else a runner does has time limits of its own. */
static void
named(struct ybh_thread *t, const char *operation, const char *trace)
{
	struct ybh_slot *slot = runner_of(t)->slot;

	if (slot == NULL)
		return;
	ybh_slot_label(slot, 0, operation, strlen(operation), trace, strlen(trace));
	ybh_slot_stage(slot, YBH_STAGE_HANDLING, ybh_mono_us());
}

static void
ended(struct ybh_thread *t)
{
	struct ybh_slot *slot = runner_of(t)->slot;

	if (slot == NULL)
		return;
	ybh_slot_stage(slot, YBH_STAGE_IDLE, ybh_mono_us());
	ybh_slot_served(slot);
}

static bool
sources(struct runner *me, bool timers)
{
	static ybh_work_fn *const all[] = { ybh_timers_work, worker_mails, ybh_jobs_work };
	bool did = false;

	if (atomic_load(&me->w->process.disk_low))
		return false; /* what is left of it belongs to the access log of the reads */
	for (size_t i = timers ? 0 : 1; i < sizeof all / sizeof *all; i++) {
		if (ybh_work_stopping(&me->t))
			return false;
		if (all[i](&me->t))
			did = true;
		ybh_arena_reset(me->t.arena);
	}
	return did;
}

void *
worker_runner(void *arg)
{
	struct worker_thread *me = arg;
	struct worker *w = me->worker;
	struct pollfd stop = { .fd = w->stop_fd, .events = POLLIN };
	bool timers = me->number > 0 || w->runners == 1;
	unsigned thread = (unsigned)w->threads + me->number;
	static _Thread_local struct runner r; /* large: not on the stack */

	r.w = w;
	r.slot = w->board == NULL ? NULL : &w->board->slots[thread];
	if (!worker_thread_init(w, &r.t, thread, &w->run_conf)) {
		ybh_log(YBH_ERR, "runner %u cannot start", me->number);
		abort();
	}
	r.t.named = named;
	r.t.ended = ended;
	while (poll(&stop, 1, sources(&r, timers) ? 0 : POLL_MS) <= 0)
		;
	(void)ybh_jobs_work(&r.t); /* gives back the job it has in hand */
	worker_thread_done(&r.t);
	free(me);
	return NULL;
}

/* ---- one timer in the foreground: yoboctl run ---- */

static struct worker *foreground;

static void
interrupted(int sig)
{
	(void)sig;
	atomic_store(&foreground->process.stopping, true);
}

static int
said(enum ybh_timer_end end, const char *name)
{
	switch (end) {
	case YBH_TIMER_DONE:
		return WORKER_OK;
	case YBH_TIMER_UNKNOWN:
		ybh_log(YBH_ERR, "%s: no area of this pool has such a timer", name);
		return WORKER_USAGE;
	case YBH_TIMER_BUSY:
		ybh_log(YBH_ERR, "%s: is running elsewhere", name);
		return WORKER_AWAY;
	case YBH_TIMER_AWAY:
		ybh_log(YBH_ERR, "%s: the database does not answer", name);
		return WORKER_AWAY;
	case YBH_TIMER_STOPPED:
		ybh_log(YBH_ERR, "%s: was stopped before its end", name);
		return WORKER_FAILED;
	case YBH_TIMER_FAILED:
		break;
	}
	return WORKER_FAILED; /* logged by the step that failed */
}

int
worker_run_now(struct worker *w)
{
	const struct sigaction act = { .sa_handler = interrupted };
	struct ybh_run_count counts[YBH_RUN_COUNTS] = { { NULL, 0 } };
	struct ybh_thread t;
	enum ybh_timer_end end;
	sigset_t set;

	foreground = w;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaction(SIGTERM, &act, NULL);
	(void)sigaction(SIGINT, &act, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	if (!worker_thread_init(w, &t, 998, &w->run_conf))
		return WORKER_AWAY;
	end = ybh_timer_now(&t, w->args.run, w->args.dry, counts);
	worker_thread_done(&t);
	for (size_t i = 0; i < YBH_RUN_COUNTS && counts[i].name != NULL; i++)
		(void)printf("%s %lld\n", counts[i].name, (long long)counts[i].n);
	return said(end, w->args.run);
}
