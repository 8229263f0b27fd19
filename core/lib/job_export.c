/*
 * job_export.c - WAITING: what goes out is written in steps, each stored with its commit.
 *
 * A step that is tried again writes the same lines to the same place. A killed export begins
 * anew and finds its parts replaced. The SHA-256 goes along: a step continues a copy of it,
 * which counts when the step has committed.
 */
#include <string.h>

#include "internal.h"
#include "job_parts.h"
#include "job_sql.h"

#define PIECES_MOST 100000

static const yb_query export_progress = {
	.name = "job_export_progress",
	.sql = "UPDATE core_job SET lease_us = " JOB_LEASE_SQL ", rows_done = ? WHERE job_id = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static const yb_query export_end = {
	.name = "job_export_end",
	.sql = "UPDATE core_job SET state = 'DONE', lease_us = 0, claim = 0, attempts = 0,"
	       " rows_done = ?, rows_total = ?, result_bytes = ?, sha256 = ?, facts = ?,"
	       " release_needed = ?, made_open = ?, row_ver = row_ver + 1, stage_us = ?,"
	       " finished_us = ?, expires_us = ? WHERE job_id = ?",
	.nparams = 11,
	.tenant = YB_GLOBAL,
};

const yb_query *const job_export_queries[] = { &export_progress, &export_end, NULL };

/* Lines are stored in parts; a line may go over the end of one. */
static int
lines_store(yb_req *r, struct job_work *w)
{
	yb_str text = ybh_buf_view(&w->job.out);
	int64_t at = w->out_at;

	if ((at == 0 && EVP_DigestInit_ex(w->sha, EVP_sha256(), NULL) != 1) ||
	    EVP_MD_CTX_copy_ex(w->sha_next, w->sha) != 1 ||
	    EVP_DigestUpdate(w->sha_next, text.p, text.len) != 1)
		return yb_problem(r, "E-SYS-003");
	for (size_t done = 0; done < text.len;) {
		size_t n = text.len - done < JOB_PIECE ? text.len - done : JOB_PIECE;

		if (job_piece_put(r, &w->row, JOB_RESULT, at, (yb_str) { text.p + done, n }) < 0)
			return -1;
		done += n;
		at += (int64_t)n;
	}
	w->out_next = at;
	return at > ybh_option_number(r->p->conf, "core", ybh_core_options, "job_bytes")
	    ? yb_problem(r, "E-JOB-020")
	    : 0;
}

/* As job_facts reads them; null: nothing was said. */
static yb_str
facts_text(yb_req *r, struct ybh_job *j)
{
	const struct job_facts all = { { j->facts, j->n_facts } };
	struct ybh_buf b;
	yb_str text;

	if (j->n_facts == 0)
		return (yb_str) { NULL, 0 };
	ybh_buf_init(&b, 4096);
	ybh_json_print(&b, job_facts_record, &all);
	text = yb_copy(r, ybh_buf_view(&b));
	ybh_buf_free(&b);
	return text;
}

static int
export_done(yb_req *r, struct job_work *w)
{
	int64_t days = ybh_option_number(r->p->conf, "core", ybh_core_options, "job_days");
	unsigned char sha[32];

	if (EVP_DigestFinal_ex(w->sha_next, sha, NULL) != 1)
		return yb_problem(r, "E-SYS-003");
	if (yb_db_exec(r, &export_end,
		YB_ARGS(yb_i64(w->job.out_rows), yb_i64(w->job.out_rows), yb_i64(w->out_next),
		    yb_blob((yb_bytes) { sha, sizeof sha }), yb_text(facts_text(r, &w->job)),
		    yb_bool(job_release_needed(w)), yb_bool(r->caller.restricted_view),
		    yb_at(r->now), yb_at(r->now),
		    yb_i64(r->now.us + days * INT64_C(86400000000)), yb_i64(w->row.job_id)),
		NULL) != 0)
		return -1;
	yb_audit_action(r, w->job.kind->action);
	yb_audit_target(r, "job", w->row.job_no);
	r->event.row_count = w->job.out_rows;
	return 0;
}

static int
export_begin(yb_req *r, struct job_work *w)
{
	if (w->out_at > 0)
		return 0;
	job_header_print(&w->job.out, &w->job, (yb_str) { NULL, 0 });
	return job_pieces_drop(r, w->row.job_id, JOB_RESULT, PIECES_MOST) < 0 ? -1 : 0;
}

int
job_export_step(yb_req *r)
{
	struct job_work *w = r->run->arg;

	switch (job_lock(r, &w->row, "WAITING")) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		w->lost = true;
		return 0;
	case YB_ONE_ROW:
		break;
	}
	ybh_buf_reset(&w->job.out);
	w->job.out_rows = w->out_rows;
	w->job.n_facts = 0;
	if (job_columns(r, &w->job) < 0 || export_begin(r, w) < 0 ||
	    job_call(r, w, w->job.kind->produce) < 0 || lines_store(r, w) < 0)
		return -1;
	if (r->run->again)
		return yb_db_exec(r, &export_progress,
			   YB_ARGS(yb_i64(w->job.out_rows), yb_i64(w->row.job_id)), NULL) != 0
		    ? -1
		    : 0;
	return export_done(r, w);
}
