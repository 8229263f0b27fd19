/*
 * background.c - what a worker must keep fresh: revocations, what masters set, the room left on
 * the disk, and keys, so that a next key is known everywhere before it signs.
 */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#define ROUND_MS    1000
#define LOOK_ROUNDS 10 /* of what has to be asked of the database */

struct sealed {
	yb_time at_us;
};

static const yb_field sealed_record[] = { { "at_us", YB_OF(struct sealed, at_us) }, { 0 } };

static const yb_query sealed_last = {
	.name = "sealed_last",
	.sql = "SELECT at_us FROM audit_checkpoint ORDER BY n DESC LIMIT 1",
	.row = sealed_record,
	.row_size = sizeof(struct sealed),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

/* What is counted elsewhere, for /metrics. */
static void
counts_copy(struct worker *w)
{
	struct ybh_metrics *m = w->process.metrics;
	uint64_t known, cold;

	if (m == NULL)
		return;
	ybh_tokens_count(w->process.tokens, &known, &cold);
	atomic_store_explicit(&m->counter[YBH_COUNT_TOKEN_HIT], known, memory_order_relaxed);
	atomic_store_explicit(&m->counter[YBH_COUNT_TOKEN_MISS], cold, memory_order_relaxed);
}

/* An old seal raises the operator's alarm. */
static void
sealed_look(struct worker *w, struct ybh_thread *t)
{
	struct ybh_metrics *m = w->process.metrics;
	yb_list rows;

	if (m == NULL ||
	    ybh_db_run(t->db, &sealed_last, NULL, 0, t->arena, 1, &rows, NULL) != 0 || rows.n == 0)
		return;
	atomic_store_explicit(&m->sealed_us, ((const struct sealed *)rows.items)->at_us.us,
	    memory_order_relaxed);
}

int
worker_refresh(struct worker *w, struct ybh_thread *t)
{
	int rc = ybh_tokens_refresh(w->process.tokens, t->db, t->arena);

	return rc != 0 ? rc : ybh_tokens_learn(w->process.tokens, t->keeper, t->arena);
}

/*
 * MariaDB ends itself when it finds no room to roll back: writes stop before that, and what is
 * left belongs to the access log of the reads.
 */
void
worker_disk_look(struct worker *w)
{
	const char *dir = ybh_option(w->conf, "core", ybh_core_options, "data_dir");
	int64_t floor = ybh_option_number(w->conf, "core", ybh_core_options, "disk_floor_percent");
	struct statvfs v;
	double free_percent;
	bool low;

	if (*dir == '\0')
		return;
	if (statvfs(dir, &v) != 0 || v.f_blocks - v.f_bfree + v.f_bavail == 0) {
		ybh_log(YBH_ERR, "data_dir %s cannot be looked at (errno %d)", dir, errno);
		return;
	}
	free_percent =
	    100.0 * (double)v.f_bavail / (double)(v.f_blocks - v.f_bfree + v.f_bavail);
	low = free_percent < (double)floor;
	if (atomic_exchange(&w->process.disk_low, low) == low)
		return;
	if (low)
		ybh_log(YBH_ERR, "data_dir %s: %.1f %% free: writes are refused", dir, free_percent);
	else
		ybh_log(YBH_NOTICE, "data_dir %s: %.1f %% free: writes go on", dir, free_percent);
}

void *
worker_background(void *arg)
{
	struct worker *w = arg;
	struct pollfd stop = { .fd = w->stop_fd, .events = POLLIN };
	struct ybh_thread t;
	unsigned round = 0;
	bool well = true;

	if (!worker_thread_init(w, &t, 999, &w->db_conf)) {
		ybh_log(YBH_ERR, "the background thread cannot start");
		abort();
	}
	while (poll(&stop, 1, ROUND_MS) <= 0) {
		int rc = worker_refresh(w, &t);

		if (rc == 0)
			rc = ybh_overlay_refresh(&w->process, t.db, t.arena);
		worker_disk_look(w);
		if (rc != 0 && well)
			ybh_log(YBH_WARN, "revocations, keys or parameters cannot be refreshed (%d): %s", rc,
			    ybh_db_error(t.db));
		else if (rc == 0 && !well)
			ybh_log(YBH_NOTICE, "revocations, keys and parameters are fresh again");
		well = rc == 0;
		counts_copy(w);
		if (well && round++ % LOOK_ROUNDS == 0) {
			sealed_look(w, &t);
			if (w->runners > 0)
				ybh_timers_count(&t);
		}
		ybh_arena_reset(t.arena);
	}
	worker_thread_done(&t);
	return NULL;
}
