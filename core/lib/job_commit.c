/*
 * job_commit.c - COMMITTING: every row applied and the job done, in one transaction.
 *
 * The job's row stays locked as long as the transaction lives: that lock, not the lease, keeps
 * others away, and falls with the connection when this process is killed. Then nothing was
 * done, and whoever takes up the job next begins again.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "job_parts.h"

#define SHOW_US INT64_C(700000)

static const yb_query commit_end = {
	.name = "job_commit_end",
	.sql = "UPDATE core_job SET state = 'DONE', lease_us = 0, claim = 0, attempts = 0,"
	       " rows_done = ?, added = ?, changed = ?, same = ?, ended = ?, unsaid = ?,"
	       " row_ver = row_ver + 1, stage_us = ?, finished_us = ?, expires_us = ?"
	       " WHERE job_id = ?",
	.nparams = 10,
	.tenant = YB_GLOBAL,
};

static const yb_query commit_refused = {
	.name = "job_commit_refused",
	.sql = "UPDATE core_job SET state = ?, lease_us = 0, claim = 0, attempts = 0, hold = ?,"
	       " problem = ?, bad = ?, error_bytes = ?, made_open = made_open OR ?,"
	       " row_ver = row_ver + 1, stage_us = ?, finished_us = ? WHERE job_id = ?",
	.nparams = 9,
	.tenant = YB_GLOBAL,
};

static const yb_query progress_put = {
	.name = "job_progress_put",
	.sql = "INSERT INTO core_job_progress (job_id, rows_done) VALUES (?, ?)"
	       " ON DUPLICATE KEY UPDATE rows_done = VALUES(rows_done)",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query *const job_commit_queries[] = { &commit_end, &commit_refused, &progress_put, NULL };

/* Nobody depends on it: a commit is not worth less because it could not be watched. */
void
job_progress(struct job_work *w, int64_t rows)
{
	yb_args args = YB_ARGS(yb_i64(w->row.job_id), yb_i64(rows));
	int64_t now = ybh_mono_us();

	if (w->aside == NULL || (rows > 0 && now - w->shown_us < SHOW_US))
		return;
	w->shown_us = now;
	if (ybh_db_run(w->aside, &progress_put, args.v, args.n, w->batch, 0, NULL, NULL) != 0)
		ybh_log(YBH_DEBUG, "progress of %.*s: %s", (int)w->row.job_no.len, w->row.job_no.p,
		    ybh_db_error(w->aside));
}

/* ---- beginning ---- */

/* Which rows the check found faulty: they are passed over. */
static int
faulty_load(yb_req *r, struct job_work *w)
{
	yb_str bits;
	int rc;

	if (w->row.bad == 0)
		return 0;
	rc = job_piece_get(w->t, w->t->db, r->arena, &w->row, JOB_FAULTY, 0, &bits);
	if (rc != 0)
		return ybh_db_problem(r, rc, "job_piece_get");
	w->faulty = malloc(bits.len + 1);
	if (w->faulty == NULL || bits.p == NULL)
		return yb_problem(r, "E-SYS-003");
	memcpy(w->faulty, bits.p, bits.len);
	w->faulty_size = bits.len;
	return 0;
}

static int
commit_begin(yb_req *r, struct job_work *w)
{
	w->refused = w->held = false;
	if (job_rows_begin(w) < 0)
		return yb_problem(r, "E-SYS-003");
	return faulty_load(r, w) < 0 || job_columns(r, &w->job) < 0 ? -1 : 0;
}

/* ---- rows ---- */

/* A row that was good and is not any more: the commit is off, and all of it is told. */
static int
batch_apply(yb_req *r, struct job_work *w)
{
	struct job_line *lines = ybh_arena_must(w->batch, JOB_BATCH * sizeof *lines);
	size_t n;

	if (job_rows_read(r, w, lines, &n) < 0 ||
	    job_rows_call(r, w, w->job.kind->apply, lines, n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (lines[i].row.faults.n == 0)
			w->job.outcome[lines[i].row.outcome]++;
		else
			job_rows_note(w, &lines[i]);
	}
	return w->n_faults == 0 ? 0 : -1;
}

static int
batch_run(yb_req *r, struct job_work *w)
{
	struct yb_arena *own = r->arena;
	int rc;

	r->arena = w->batch;
	if (w->t->named != NULL) /* so that a watchdog sees that it goes on */
		w->t->named(w->t, w->route.id, r->trace);
	rc = batch_apply(r, w);
	job_progress(w, w->rows);
	r->arena = own;
	r->faults = (struct ybh_faults) { NULL, 0 };
	ybh_arena_reset(w->batch);
	if (rc < 0 && r->problem == NULL) {
		w->refused = true; /* the rows, or the file itself, are not what they were */
		return yb_problem(r, "E-JOB-014");
	}
	return rc;
}

/* ---- the end ---- */

/* Once more, by what others see now and not by what this transaction saw at its beginning. */
static int
owner_again(yb_req *r, struct job_work *w)
{
	yb_caller now;
	int rc = job_owner(w, w->aside, r->arena, &now);

	if (rc < 0)
		return ybh_db_problem(r, rc, "job_owner");
	return rc > 0 ? 0 : yb_problem(r, "E-JOB-015");
}

static bool
outcomes_unsaid(const struct job_work *w)
{
	const int64_t *o = w->job.outcome;

	return o[YB_ROW_ADDED] + o[YB_ROW_CHANGED] + o[YB_ROW_SAME] + o[YB_ROW_ENDED] == 0;
}

static int
commit_done(yb_req *r, struct job_work *w)
{
	int64_t days = ybh_option_number(r->p->conf, "core", ybh_core_options, "job_days");
	const int64_t *o = outcomes_unsaid(w) ? w->outcome : w->job.outcome;

	if (yb_db_exec(r, &commit_end,
		YB_ARGS(yb_i64(w->rows - w->row.bad), yb_i64(o[YB_ROW_ADDED]),
		    yb_i64(o[YB_ROW_CHANGED]), yb_i64(o[YB_ROW_SAME]), yb_i64(o[YB_ROW_ENDED]),
		    yb_i64(o[YB_ROW_UNSAID]), yb_at(r->now), yb_at(r->now),
		    yb_i64(r->now.us + days * INT64_C(86400000000)), yb_i64(w->row.job_id)),
		NULL) != 0)
		return -1;
	yb_audit_action(r, w->job.kind->action);
	yb_audit_target(r, "job", w->row.job_no);
	if (w->row.overridden)
		yb_audit_purpose(r, (yb_str) { NULL, 0 }, w->row.override_reason);
	r->event.row_count = w->rows - w->row.bad;
	return 0;
}

int
job_commit_step(yb_req *r)
{
	struct job_work *w = r->run->arg;

	switch (job_lock(r, &w->row, "COMMITTING")) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		w->lost = true;
		return 0;
	case YB_ONE_ROW:
		break;
	}
	if (commit_begin(r, w) < 0)
		return -1;
	while (!w->ended)
		if (batch_run(r, w) < 0)
			return -1;
	if (job_call(r, w, w->job.kind->applied) < 0)
		return -1;
	if (w->job.hold != NULL && !w->row.overridden) {
		w->held = true;
		return yb_problem(r, "E-JOB-013");
	}
	if (owner_again(r, w) < 0 || commit_done(r, w) < 0)
		return -1;
	w->finished = true;
	return 0;
}

/* ---- a commit that was not to be ---- */

/*
 * After the transaction was taken back: what it found is written down. A held job waits for
 * the word as before; one with faults is refused, and its file is to be sent again.
 */
int
job_refuse_step(yb_req *r)
{
	struct job_work *w = r->run->arg;
	bool held = w->held;

	switch (job_lock(r, &w->row, "COMMITTING")) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		w->lost = true;
		return 0;
	case YB_ONE_ROW:
		break;
	}
	if (!held &&
	    (job_faults_drop(r, w->row.job_id) < 0 ||
		(w->n_faults > 0 &&
		    job_faults_put(r, w->row.job_id, w->faults, w->n_faults) < 0)))
		return -1;
	if (yb_db_exec(r, &commit_refused,
		YB_ARGS(yb_text(held ? YB_STR("READY") : YB_STR("REFUSED")),
		    yb_text(yb_cstr(w->job.hold)),
		    held ? yb_null() : yb_text(YB_STR("E-JOB-014")),
		    yb_i64(held ? w->row.bad : w->n_bad), yb_i64(held ? w->row.error_bytes : 0),
		    yb_bool(r->caller.restricted_view), yb_at(r->now),
		    held ? yb_null() : yb_at(r->now), yb_i64(w->row.job_id)),
		NULL) != 0)
		return -1;
	yb_audit_action(r, w->job.kind->action);
	yb_audit_target(r, "job", w->row.job_no);
	w->finished = true;
	yb_keep_writes(r);
	return yb_problem(r, held ? "E-JOB-013" : "E-JOB-014");
}
