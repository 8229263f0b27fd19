/*
 * background.c - what a worker must keep fresh: revocations every second, keys every ten.
 */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define ROUND_MS   1000
#define KEY_ROUNDS 10

int
worker_refresh(struct worker *w, struct ybh_thread *t, bool keys)
{
	yb_list list;
	int rc = ybh_tokens_refresh(w->process.tokens, t->db, t->arena);

	if (rc != 0 || !keys)
		return rc;
	rc = ybh_keeper_keys(t->keeper, t->arena, &list);
	return rc != 0 ? rc : ybh_tokens_set_keys(w->process.tokens, &list);
}

void *
worker_background(void *arg)
{
	struct worker *w = arg;
	struct pollfd stop = { .fd = w->stop_fd, .events = POLLIN };
	struct ybh_thread t;
	unsigned round = 0;
	bool well = true;

	if (!worker_thread_init(w, &t, 999)) {
		ybh_log(YBH_ERR, "the background thread cannot start");
		abort();
	}
	while (poll(&stop, 1, ROUND_MS) <= 0) {
		int rc = worker_refresh(w, &t, ++round % KEY_ROUNDS == 0);

		if (rc != 0 && well)
			ybh_log(YBH_WARN, "revocations or keys cannot be refreshed (%d): %s", rc,
			    ybh_db_error(t.db));
		else if (rc == 0 && !well)
			ybh_log(YBH_NOTICE, "revocations and keys are fresh again");
		well = rc == 0;
		ybh_arena_reset(t.arena);
	}
	worker_thread_done(&t);
	return NULL;
}
