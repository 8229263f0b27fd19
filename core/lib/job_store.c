/*
 * job_store.c - the tables behind the jobs (sql/core/0003_job.sql).
 */
#include <errno.h>
#include <string.h>

#include "internal.h"
#include "job_parts.h"
#include "job_sql.h"

const yb_field job_record[] = {
	{ "job_id", YB_OF(struct job_row, job_id) },
	{ "job_no", YB_OF(struct job_row, job_no) },
	{ "org_id", YB_OF(struct job_row, org_id) },
	{ "kind", YB_OF(struct job_row, kind) },
	{ "state", YB_OF(struct job_row, state) },
	{ "actor_id", YB_OF(struct job_row, actor_id) },
	{ "actor", YB_OF(struct job_row, actor) },
	{ "commit_actor_id", YB_OF(struct job_row, commit_actor_id) },
	{ "commit_actor", YB_OF(struct job_row, commit_actor) },
	{ "commit_us", YB_OF(struct job_row, commit_us) },
	{ "english", YB_OF(struct job_row, english) },
	{ "filename", YB_OF(struct job_row, filename) },
	{ "params", YB_OF(struct job_row, params) },
	{ "bytes", YB_OF(struct job_row, bytes) },
	{ "received", YB_OF(struct job_row, received) },
	{ "lines_seen", YB_OF(struct job_row, lines_seen) },
	{ "in_quotes", YB_OF(struct job_row, in_quotes) },
	{ "said_sha256", YB_OF(struct job_row, said_sha256) },
	{ "sha256", YB_OF(struct job_row, sha256) },
	{ "facts", YB_OF(struct job_row, facts) },
	{ "same_as", YB_OF(struct job_row, same_as) },
	{ "encoding", YB_OF(struct job_row, encoding) },
	{ "preview", YB_OF(struct job_row, preview) },
	{ "partial", YB_OF(struct job_row, partial) },
	{ "overridden", YB_OF(struct job_row, overridden) },
	{ "override_reason", YB_OF(struct job_row, override_reason) },
	{ "hold", YB_OF(struct job_row, hold) },
	{ "problem", YB_OF(struct job_row, problem) },
	{ "problem_line", YB_OF(struct job_row, problem_line) },
	{ "problem_column", YB_OF(struct job_row, problem_column) },
	{ "problem_wanted", YB_OF(struct job_row, problem_wanted) },
	{ "problem_found", YB_OF(struct job_row, problem_found) },
	{ "rows_total", YB_OF(struct job_row, rows_total) },
	{ "rows_done", YB_OF(struct job_row, rows_done) },
	{ "bytes_done", YB_OF(struct job_row, bytes_done) },
	{ "added", YB_OF(struct job_row, added) },
	{ "changed", YB_OF(struct job_row, changed) },
	{ "same", YB_OF(struct job_row, same) },
	{ "ended", YB_OF(struct job_row, ended) },
	{ "unsaid", YB_OF(struct job_row, unsaid) },
	{ "bad", YB_OF(struct job_row, bad) },
	{ "error_bytes", YB_OF(struct job_row, error_bytes) },
	{ "result_bytes", YB_OF(struct job_row, result_bytes) },
	{ "claim", YB_OF(struct job_row, claim) },
	{ "lease_us", YB_OF(struct job_row, lease_us) },
	{ "attempts", YB_OF(struct job_row, attempts) },
	{ "row_ver", YB_OF(struct job_row, row_ver) },
	{ "created_us", YB_OF(struct job_row, created_us) },
	{ "stage_us", YB_OF(struct job_row, stage_us) },
	{ "finished_us", YB_OF(struct job_row, finished_us) },
	{ "expires_us", YB_OF(struct job_row, expires_us) },
	{ "release_needed", YB_OF(struct job_row, release_needed) },
	{ "made_open", YB_OF(struct job_row, made_open) },
	{ "released_by", YB_OF(struct job_row, released_by) },
	{ "released_us", YB_OF(struct job_row, released_us) },
	{ 0 },
};

static const yb_query lock_claimed = {
	.name = "job_lock",
	.sql = "SELECT " JOB_COLUMNS_SQL " FROM core_job"
	       " WHERE job_id = ? AND claim = ? AND state = ? FOR UPDATE",
	.row = job_record,
	.row_size = sizeof(struct job_row),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query piece_put = {
	.name = "job_piece_put",
	.sql = "INSERT INTO core_job_piece (job_id, stream, place, bytes) VALUES (?, ?, ?, ?)"
	       " ON DUPLICATE KEY UPDATE bytes = VALUES(bytes)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

struct piece_row {
	yb_bytes bytes;
};

static const yb_field piece_record[] = {
	{ "bytes", YB_OF(struct piece_row, bytes) },
	{ 0 },
};

static const yb_query piece_get = {
	.name = "job_piece_get",
	.sql = "SELECT bytes FROM core_job_piece WHERE job_id = ? AND stream = ? AND place = ?",
	.row = piece_record,
	.row_size = sizeof(struct piece_row),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query pieces_drop = {
	.name = "job_pieces_drop",
	.sql = "DELETE FROM core_job_piece WHERE job_id = ? AND stream = ? LIMIT ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_field fault_params[] = {
	{ "job_id", YB_OF(struct job_fault_row, job_id) },
	{ "n", YB_OF(struct job_fault_row, fault.n) },
	{ "line", YB_OF(struct job_fault_row, fault.line) },
	{ "field", YB_OF(struct job_fault_row, fault.field) },
	{ "label", YB_OF(struct job_fault_row, fault.label) },
	{ "value", YB_OF(struct job_fault_row, fault.value) },
	{ "code", YB_OF(struct job_fault_row, fault.code) },
	{ 0 },
};

static const yb_query fault_put = {
	.name = "job_fault_put",
	.sql = "INSERT INTO core_job_fault (job_id, n, line, field, label, value, code)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?)",
	.nparams = 7,
	.tenant = YB_GLOBAL,
};

static const yb_query faults_drop = {
	.name = "job_faults_drop",
	.sql = "DELETE FROM core_job_fault WHERE job_id = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query *const job_store_queries[] = { &lock_claimed, &piece_put, &piece_get, &pieces_drop,
	&fault_put, &faults_drop, NULL };

enum yb_found
job_lock(yb_req *r, const struct job_row *claimed, const char *state)
{
	struct job_row now = { 0 };

	return yb_db_one(r, &lock_claimed,
	    YB_ARGS(yb_i64(claimed->job_id), yb_i64(claimed->claim), yb_text(yb_cstr(state))), &now);
}

/* A piece opens only at its own place of its own job. */
static yb_str
place_of(struct yb_arena *a, const struct job_row *job, enum job_stream stream, int64_t at)
{
	return ybh_arena_format(a, "core_job_piece/%.*s/%d/%lld", (int)job->job_no.len,
	    job->job_no.p, (int)stream, (long long)at);
}

int
job_piece_put(yb_req *r, const struct job_row *job, enum job_stream stream, int64_t at,
    yb_str bytes)
{
	struct yb_arena *a = ybh_arena_new(0, 4 * JOB_PIECE);
	yb_bytes sealed = { NULL, 0 };
	int rc;

	if (a != NULL)
		sealed = ybh_seal(r->p->field_keys, a, place_of(a, job, stream, at), bytes);
	rc = sealed.p == NULL
	    ? yb_problem(r, "E-SYS-003")
	    : yb_db_exec(r, &piece_put,
		  YB_ARGS(yb_i64(job->job_id), yb_i64(stream), yb_i64(at), yb_blob(sealed)), NULL);
	ybh_arena_free(a);
	return rc == 0 ? 0 : -1;
}

int
job_piece_get(struct ybh_thread *t, struct ybh_db *db, struct yb_arena *a,
    const struct job_row *job, enum job_stream stream, int64_t at, yb_str *ret)
{
	yb_args args = YB_ARGS(yb_i64(job->job_id), yb_i64(stream), yb_i64(at));
	yb_list rows;
	int rc = ybh_db_run(db, &piece_get, args.v, args.n, a, 1, &rows, NULL);

	*ret = (yb_str) { NULL, 0 };
	if (rc != 0 || rows.n == 0)
		return rc;
	if (ybh_unseal(t->process->field_keys, a, place_of(a, job, stream, at),
		((const struct piece_row *)rows.items)->bytes, ret) == 0)
		return 0;
	ybh_log(YBH_ERR, "a piece of job %.*s cannot be opened", (int)job->job_no.len,
	    job->job_no.p);
	return -EIO;
}

int64_t
job_pieces_drop(yb_req *r, int64_t job_id, enum job_stream stream, int64_t limit)
{
	int64_t n = 0;

	if (yb_db_exec(r, &pieces_drop, YB_ARGS(yb_i64(job_id), yb_i64(stream), yb_i64(limit)),
		&n) != 0)
		return -1;
	return n;
}

int
job_faults_put(yb_req *r, int64_t job_id, const struct job_fault *at, size_t n)
{
	struct job_fault_row *rows = yb_alloc(r, (n + 1) * sizeof *rows);

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct job_fault_row) { job_id, at[i] };
	if (n == 0)
		return 0;
	return yb_db_each(r, &fault_put, fault_params, sizeof *rows, rows, n) == 0 ? 0 : -1;
}

int
job_faults_drop(yb_req *r, int64_t job_id)
{
	return yb_db_exec(r, &faults_drop, YB_ARGS(yb_i64(job_id)), NULL) == 0 ? 0 : -1;
}
