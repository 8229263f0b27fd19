/*
 * job_purge.c - nothing is kept longer than it is needed: the file of a job that is over, and
 * in the end the job itself. A timer of the core; the access log keeps what was done.
 */
#include <string.h>

#include "internal.h"
#include "job_parts.h"

#define PIECES_A_STEP 64

struct purge_row {
	int64_t job_id;
};

static const yb_field purge_record[] = { { "job_id", YB_OF(struct purge_row, job_id) }, { 0 } };

/* A job that is over needs the file it came with no more; of a cancelled one nothing is needed. */
static const yb_query file_idle = {
	.name = "job_file_idle",
	.sql = "SELECT job_id FROM core_job WHERE file_gone = 0 AND state IN"
	       " ('DONE', 'REFUSED', 'FAILED', 'CANCELLED') ORDER BY job_id LIMIT 1",
	.row = purge_record,
	.row_size = sizeof(struct purge_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

static const yb_query file_gone = {
	.name = "job_file_gone",
	.sql = "UPDATE core_job SET file_gone = 1 WHERE job_id = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query job_expired = {
	.name = "job_expired",
	.sql = "SELECT job_id FROM core_job WHERE expires_us < ? AND state NOT IN"
	       " ('CHECKING', 'COMMITTING', 'WAITING') ORDER BY expires_us LIMIT 1",
	.row = purge_record,
	.row_size = sizeof(struct purge_row),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query progress_delete = {
	.name = "job_progress_delete",
	.sql = "DELETE FROM core_job_progress WHERE job_id = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query job_delete = {
	.name = "job_delete",
	.sql = "DELETE FROM core_job WHERE job_id = ? AND expires_us < ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query *const job_purge_queries[] = { &file_idle, &file_gone, &job_expired,
	&progress_delete, &job_delete, NULL };

/* 1: a stream still has pieces, 0: none, -1 recorded. */
static int
stream_drop(yb_req *r, int64_t job_id, enum job_stream stream)
{
	int64_t n = job_pieces_drop(r, job_id, stream, PIECES_A_STEP);

	return n < 0 ? -1 : n == PIECES_A_STEP;
}

static int
file_drop(yb_req *r, int64_t job_id)
{
	int rc = stream_drop(r, job_id, JOB_FILE);

	if (rc == 0)
		rc = stream_drop(r, job_id, JOB_FAULTY);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	yb_run_count(r, "files", 1);
	return yb_db_exec(r, &file_gone, YB_ARGS(yb_i64(job_id)), NULL) != 0 ? -1 : 0;
}

static int
job_drop(yb_req *r, int64_t job_id)
{
	static const enum job_stream all[] = { JOB_FILE, JOB_ERRORS, JOB_RESULT, JOB_FAULTY };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		int rc = stream_drop(r, job_id, all[i]);

		if (rc != 0)
			return rc < 0 ? -1 : 0; /* the rest in the next step */
	}
	if (job_faults_drop(r, job_id) < 0 ||
	    yb_db_exec(r, &progress_delete, YB_ARGS(yb_i64(job_id)), NULL) != 0 ||
	    yb_db_exec(r, &job_delete, YB_ARGS(yb_i64(job_id), yb_at(r->now)), NULL) != 0)
		return -1;
	yb_run_count(r, "jobs", 1);
	return 0;
}

/* One job a step, and of a large one a part. */
int
job_purge(yb_req *r)
{
	struct purge_row row;
	enum yb_found found = yb_db_one(r, &job_expired, YB_ARGS(yb_at(r->now)), &row);

	if (found == YB_ONE_ROW) {
		yb_run_again(r);
		return job_drop(r, row.job_id);
	}
	if (found == YB_NO_ROW)
		found = yb_db_one(r, &file_idle, YB_NO_ARGS, &row);
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	yb_run_again(r);
	return file_drop(r, row.job_id);
}
