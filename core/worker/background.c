/*
 * background.c - what a worker must keep fresh: revocations every second, keys every ten.
 */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define ROUND_MS   1000
#define KEY_ROUNDS 10
#define PURGE_ROUNDS 60

static const yb_query purge_idempotency = {
	.name = "purge_idempotency",
	.sql = "DELETE FROM core_idempotency WHERE expires_us < ? LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query purge_session = {
	.name = "purge_session",
	.sql = "DELETE FROM core_session WHERE expires_us < ? LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

/* What has run out is not kept; every worker helps, and nobody waits for it. */
static void
purge(struct ybh_thread *t)
{
	const yb_value now = yb_i64(ybh_now_us());

	if (ybh_db_run(t->db, &purge_idempotency, &now, 1, t->arena, 0, NULL, NULL) != 0 ||
	    ybh_db_run(t->db, &purge_session, &now, 1, t->arena, 0, NULL, NULL) != 0)
		ybh_log(YBH_WARN, "what has run out could not be removed: %s", ybh_db_error(t->db));
}

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
		if (well && round % PURGE_ROUNDS == 0)
			purge(&t);
		ybh_arena_reset(t.arena);
	}
	worker_thread_done(&t);
	return NULL;
}
