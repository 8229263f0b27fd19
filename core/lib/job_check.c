/*
 * job_check.c - CHECKING: every row read and looked at, nothing written but what was found.
 *
 * A step of half a second is a transaction of its own, so that its progress is seen and nobody
 * waits for it. What was read lives in memory between the steps: whoever takes up the job
 * after a kill begins again, and finds what the steps before had stored replaced.
 */
#include <string.h>

#include "internal.h"
#include "job_parts.h"
#include "job_sql.h"

#define PREVIEW_MAX (256u << 10)
#define PIECES_MOST 100000

static const yb_query check_progress = {
	.name = "job_check_progress",
	.sql = "UPDATE core_job SET lease_us = " JOB_LEASE_SQL ", rows_done = ?, bytes_done = ?,"
	       " encoding = ?, preview = ?, added = ?, changed = ?, same = ?, ended = ?, unsaid = ?,"
	       " bad = ?, made_open = made_open OR ? WHERE job_id = ?",
	.nparams = 12,
	.tenant = YB_GLOBAL,
};

static const yb_query check_end = {
	.name = "job_check_end",
	.sql = "UPDATE core_job SET state = ?, lease_us = 0, claim = 0, attempts = 0,"
	       " rows_total = ?, error_bytes = ?, sha256 = ?, same_as = ?, hold = ?, problem = ?, problem_line = ?,"
	       " problem_column = ?, problem_wanted = ?, problem_found = ?, row_ver = row_ver + 1,"
	       " stage_us = ?, finished_us = ?, expires_us = ? WHERE job_id = ?",
	.nparams = 15,
	.tenant = YB_GLOBAL,
};

struct same_row {
	yb_str job_no;
};

static const yb_field same_record[] = { { "job_no", YB_OF(struct same_row, job_no) }, { 0 } };

static const yb_query same_file = {
	.name = "job_same_file",
	.sql = "SELECT job_no FROM core_job WHERE org_id = ? AND job_id < ? AND kind = ?"
	       " AND params <=> ? AND sha256 = ? AND state = 'DONE' ORDER BY job_id DESC LIMIT 1",
	.row = same_record,
	.row_size = sizeof(struct same_row),
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

const yb_query *const job_check_queries[] = { &check_progress, &check_end, &same_file, NULL };

/* ---- the first rows, for people to recognise their file by ---- */

static void
preview_make(struct job_work *w, const struct job_line *lines, size_t n)
{
	struct ybh_buf b;

	ybh_buf_init(&b, PREVIEW_MAX);
	ybh_buf_cstr(&b, "{\"columns\":[");
	for (size_t i = 0; i < w->job.n_columns; i++) {
		ybh_buf_cstr(&b, i > 0 ? "," : "");
		ybh_json_print_text(&b, job_label(&w->job, i));
	}
	ybh_buf_cstr(&b, "],\"rows\":[");
	for (size_t k = 0; k < n && k < JOB_PREVIEW; k++) {
		ybh_buf_cstr(&b, k > 0 ? ",[" : "[");
		for (size_t i = 0; i < w->job.n_columns; i++) {
			bool secret = (w->job.columns.fields[i].flags & YB_SECRET) != 0;
			yb_str cell = i < lines[k].n_cells ? job_cut(lines[k].cells[i], 100)
							   : YB_STR("");

			ybh_buf_cstr(&b, i > 0 ? "," : "");
			ybh_json_print_text(&b, secret && cell.len > 0 ? YB_STR("********") : cell);
		}
		ybh_buf_char(&b, ']');
	}
	ybh_buf_cstr(&b, "]}");
	if (!b.failed)
		w->preview = ybh_arena_copy(w->keep, ybh_buf_view(&b));
	ybh_buf_free(&b);
}

/* ---- rows ---- */

static int
batch_check(yb_req *r, struct job_work *w)
{
	struct job_line *lines = ybh_arena_must(w->batch, JOB_BATCH * sizeof *lines);
	size_t n;

	if (job_rows_read(r, w, lines, &n) < 0)
		return -1;
	if (w->preview.p == NULL && n > 0)
		preview_make(w, lines, n);
	if (job_rows_call(r, w, w->job.kind->check, lines, n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (lines[i].row.faults.n == 0)
			w->job.outcome[lines[i].row.outcome]++;
		else if (job_rows_fault(r, w, &lines[i]) < 0)
			return -1;
	}
	return 0;
}

/* What the callbacks allocate ends with the batch. */
static int
batch_run(yb_req *r, struct job_work *w)
{
	struct yb_arena *own = r->arena;
	int rc;

	r->arena = w->batch;
	rc = batch_check(r, w);
	r->arena = own;
	r->faults = (struct ybh_faults) { NULL, 0 };
	ybh_arena_reset(w->batch);
	return rc;
}

/* ---- the end ---- */

static int64_t
good_rows(const struct job_work *w)
{
	return w->rows - w->bad;
}

static int
same_find(yb_req *r, const struct job_work *w, yb_bytes sha, yb_str *ret)
{
	struct same_row row = { { NULL, 0 } };

	if (yb_db_one(r, &same_file,
		YB_ARGS(yb_i64(w->row.org_id), yb_i64(w->row.job_id), yb_text(w->row.kind),
		    yb_text(w->row.params), yb_blob(sha)),
		&row) == YB_DB_FAILED)
		return -1;
	*ret = row.job_no;
	return 0;
}

/* What only the end of the file shows; may refuse it. */
static int
whole_check(yb_req *r, struct job_work *w, yb_bytes sha)
{
	if (w->rows == 0)
		w->trouble.code = "E-JOB-005";
	else if (w->row.said_sha256.p != NULL && memcmp(w->row.said_sha256.p, sha.p, 32) != 0)
		w->trouble.code = "E-JOB-017";
	if (w->trouble.code != NULL || good_rows(w) == 0)
		return 0;
	return job_call(r, w, w->job.kind->checked);
}

static int
files_store(yb_req *r, struct job_work *w)
{
	if (w->errors.len > 0 &&
	    job_piece_put(r, &w->row, JOB_ERRORS, w->errors_at, ybh_buf_view(&w->errors)) < 0)
		return -1;
	w->errors_at += (int64_t)w->errors.len;
	ybh_buf_reset(&w->errors);
	if (w->bad > 0 &&
	    job_piece_put(r, &w->row, JOB_FAULTY, 0,
		(yb_str) { (const char *)w->faulty, w->faulty_size }) < 0)
		return -1;
	return 0;
}

static int
check_done(yb_req *r, struct job_work *w, yb_bytes hash)
{
	int64_t days = ybh_option_number(r->p->conf, "core", ybh_core_options, "job_days");
	const struct job_trouble *t = &w->trouble;
	bool refused = t->code != NULL || good_rows(w) == 0 ||
	    (w->bad > 0 && !w->job.kind->partial);
	yb_str same = { NULL, 0 };

	if ((hash.p != NULL && same_find(r, w, hash, &same) < 0) || files_store(r, w) < 0)
		return -1;
	if (yb_db_exec(r, &check_end,
		YB_ARGS(yb_text(refused ? YB_STR("REFUSED") : YB_STR("READY")), yb_i64(w->rows),
		    yb_i64(w->errors_at), yb_blob(hash), yb_text(same),
		    yb_text(yb_cstr(w->job.hold)), yb_text(yb_cstr(t->code)),
		    t->line > 0 ? yb_i64(t->line) : yb_null(),
		    t->column > 0 ? yb_i64(t->column) : yb_null(), yb_text(t->wanted),
		    yb_text(t->found), yb_at(r->now), refused ? yb_at(r->now) : yb_null(),
		    yb_i64(r->now.us + days * INT64_C(86400000000)), yb_i64(w->row.job_id)),
		NULL) != 0)
		return -1;
	w->finished = true;
	yb_audit_action(r, YB_ACT_RECEIVE);
	yb_audit_target(r, "job", w->row.job_no);
	r->event.row_count = w->rows;
	return 0;
}

static int
check_end_reached(yb_req *r, struct job_work *w)
{
	unsigned char sha[32];

	if (w->trouble.code != NULL)
		return check_done(r, w, (yb_bytes) { NULL, 0 }); /* the rest was not read */
	job_source_sha256(w->source, sha);
	if (whole_check(r, w, (yb_bytes) { sha, sizeof sha }) < 0)
		return -1;
	return check_done(r, w, (yb_bytes) { sha, sizeof sha });
}

/* ---- the step ---- */

/* Whatever an earlier attempt had stored goes. */
static int
check_begin(yb_req *r, struct job_work *w)
{
	int64_t rows = w->row.rows_total.set ? w->row.rows_total.v : 0;

	if (job_rows_begin(w) < 0 ||
	    (w->keys = job_keys_new(rows < w->max_rows ? rows : w->max_rows)) == NULL)
		return yb_problem(r, "E-SYS-003");
	return job_faults_drop(r, w->row.job_id) < 0 ||
		job_pieces_drop(r, w->row.job_id, JOB_ERRORS, PIECES_MOST) < 0 ||
		job_pieces_drop(r, w->row.job_id, JOB_FAULTY, PIECES_MOST) < 0
	    ? -1
	    : 0;
}

static int
progress_store(yb_req *r, struct job_work *w)
{
	const int64_t *o = w->job.outcome;

	if (w->n_faults > w->faults_stored &&
	    job_faults_put(r, w->row.job_id, w->faults + w->faults_stored,
		w->n_faults - w->faults_stored) < 0)
		return -1;
	w->faults_stored = w->n_faults;
	return yb_db_exec(r, &check_progress,
		   YB_ARGS(yb_i64(w->rows), yb_i64(job_source_bytes(w->source)),
		       yb_text(yb_cstr(job_source_encoding(w->source))), yb_text(w->preview),
		       yb_i64(o[YB_ROW_ADDED]), yb_i64(o[YB_ROW_CHANGED]), yb_i64(o[YB_ROW_SAME]),
		       yb_i64(o[YB_ROW_ENDED]), yb_i64(o[YB_ROW_UNSAID]), yb_i64(w->bad),
		       yb_bool(r->caller.restricted_view), yb_i64(w->row.job_id)),
		   NULL) != 0
	    ? -1
	    : 0;
}

int
job_check_step(yb_req *r)
{
	struct job_work *w = r->run->arg;
	int64_t until = ybh_mono_us() + JOB_STEP_US;

	if (w->dirty)
		return yb_problem(r, "E-SYS-002"); /* what was read is gone: begin anew */
	w->dirty = true;
	switch (job_lock(r, &w->row, "CHECKING")) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		w->lost = true;
		return 0;
	case YB_ONE_ROW:
		break;
	}
	if ((w->source == NULL && check_begin(r, w) < 0) || job_columns(r, &w->job) < 0)
		return -1;
	do {
		if (batch_run(r, w) < 0 && w->trouble.code == NULL)
			return -1;
	} while (!w->ended && w->trouble.code == NULL && ybh_mono_us() < until);
	if (progress_store(r, w) < 0)
		return -1;
	return w->ended || w->trouble.code != NULL ? check_end_reached(r, w) : 0;
}
