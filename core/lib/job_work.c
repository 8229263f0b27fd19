/*
 * job_work.c - who takes up which job, and what becomes of one that failed (yb/job.h).
 *
 * A runner thread claims one job at a time and takes it through its stage, a bounded step per
 * call. A claim is a number in the job's row with a lease: a process that is killed stops
 * renewing it, and somebody else takes the job up. Whoever finds another number there, or
 * another state, has lost the job and lets it be.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "job_parts.h"
#include "job_sql.h"

#define KEEP_LIMIT ((size_t)16 << 20)
#define OUT_LIMIT  ((size_t)32 << 20)
#define AGAIN_US   INT64_C(5000000)

static const yb_query claim_find = {
	.name = "job_claim_find",
	.sql = "SELECT " JOB_COLUMNS_SQL " FROM core_job"
	       " WHERE state IN ('CHECKING', 'COMMITTING', 'WAITING') AND lease_us < " JOB_NOW_SQL
	       "   AND FIND_IN_SET(kind, ?) > 0"
	       " ORDER BY lease_us, job_id LIMIT 1 FOR UPDATE SKIP LOCKED",
	.row = job_record,
	.row_size = sizeof(struct job_row),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query claim_take = {
	.name = "job_claim_take",
	.sql = "UPDATE core_job SET claim = ?, lease_us = " JOB_LEASE_SQL ", attempts = ?"
	       " WHERE job_id = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query claim_give = {
	.name = "job_claim_give",
	.sql = "UPDATE core_job SET claim = 0, lease_us = " JOB_NOW_SQL " + ?, attempts = ?"
	       " WHERE job_id = ? AND claim = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

static const yb_query job_failed = {
	.name = "job_failed",
	.sql = "UPDATE core_job SET state = 'FAILED', lease_us = 0, claim = 0, problem = ?,"
	       " row_ver = row_ver + 1, stage_us = ?, finished_us = ? WHERE job_id = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

struct owner_row {
	int64_t actor_id, org_id;
	yb_str user_id, role, status, org_code, org_type;
	bool restricted_view, open_today;
};

static const yb_field owner_record[] = {
	{ "actor_id", YB_OF(struct owner_row, actor_id) },
	{ "user_id", YB_OF(struct owner_row, user_id) },
	{ "role", YB_OF(struct owner_row, role) },
	{ "status", YB_OF(struct owner_row, status) },
	{ "restricted_view", YB_OF(struct owner_row, restricted_view) },
	{ "org_id", YB_OF(struct owner_row, org_id) },
	{ "org_code", YB_OF(struct owner_row, org_code) },
	{ "org_type", YB_OF(struct owner_row, org_type) },
	{ "open_today", YB_OF(struct owner_row, open_today) },
	{ 0 },
};

/* sql/core/grants_runner.sql lets the pool see these columns and no others. */
static const yb_query owner_find = {
	.name = "job_owner",
	.sql = "SELECT u.actor_id, u.user_id, u.role, u.status, u.restricted_view, u.org_id,"
	       "       o.org_code, o.org_type,"
	       "       (o.valid_from <= ? AND (o.valid_to IS NULL OR o.valid_to >= ?)) AS open_today"
	       "  FROM account_user u JOIN core_org o ON o.org_id = u.org_id"
	       " WHERE u.actor_id = ?",
	.row = owner_record,
	.row_size = sizeof(struct owner_row),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query owner_org = {
	.name = "job_owner_org",
	.sql = "SELECT 0 AS actor_id, '' AS user_id, '' AS role, 'ACTIVE' AS status,"
	       "       1 AS restricted_view, o.org_id, o.org_code, o.org_type,"
	       "       (o.valid_from <= ? AND (o.valid_to IS NULL OR o.valid_to >= ?)) AS open_today"
	       "  FROM core_org o WHERE o.org_id = ?",
	.row = owner_record,
	.row_size = sizeof(struct owner_row),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query *const job_work_queries[] = { &claim_find, &claim_take, &claim_give, &job_failed,
	&owner_find, &owner_org, NULL };

const yb_query *const *const ybh_job_queries[] = { job_store_queries, job_check_queries,
	job_commit_queries, job_export_queries, job_work_queries, job_purge_queries,
	job_route_queries, job_show_queries, job_release_queries, NULL };

/* ---- the owner ---- */

static bool
is_commit(const struct job_work *w)
{
	return yb_str_is(w->row.state, "COMMITTING");
}

int
job_owner(const struct job_work *w, struct ybh_db *db, struct yb_arena *a, yb_caller *ret)
{
	int64_t actor_id = is_commit(w) ? w->row.commit_actor_id.v : w->row.actor_id;
	yb_value today = yb_day(yb_date_in_japan((yb_time) { ybh_now_us() }));
	bool house = !is_commit(w) && actor_id == 0; /* a timer began it, for the organisation */
	yb_args args = YB_ARGS(today, today, yb_i64(house ? w->row.org_id : actor_id));
	const struct owner_row *o;
	yb_list rows;
	int rc = ybh_db_run(db, house ? &owner_org : &owner_find, args.v, args.n, a, 1, &rows, NULL);

	*ret = (yb_caller) { .kind = house ? YB_SYSTEM : YB_STAFF, .actor_id = actor_id,
		.org_id = w->row.org_id,
		.actor = is_commit(w) ? w->row.commit_actor : w->row.actor };
	if (rc != 0)
		return rc;
	if (rows.n == 0)
		return 0;
	o = rows.items;
	ret->org_code = o->org_code;
	ret->org_type = yb_org_type_of(o->org_type);
	ret->role = o->role;
	ret->restricted_view = o->restricted_view;
	return o->org_id == w->row.org_id && o->open_today && yb_str_is(o->status, "ACTIVE") &&
	    (house || job_may(w->t->process, w->job.kind, ret));
}

/* ---- claims ---- */

static void
work_free(struct job_work *w)
{
	if (w == NULL)
		return;
	job_rows_end(w);
	ybh_run_end(&w->run);
	ybh_buf_free(&w->job.out);
	ybh_db_free(w->aside);
	EVP_MD_CTX_free(w->sha);
	EVP_MD_CTX_free(w->sha_next);
	ybh_arena_free(w->batch);
	ybh_arena_free(w->keep);
	free(w);
}

static struct job_work *
work_new(struct ybh_thread *t)
{
	struct job_work *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->t = t;
	w->keep = ybh_arena_new(0, KEEP_LIMIT);
	w->batch = ybh_arena_new((size_t)256 << 10, JOB_ARENA);
	ybh_buf_init(&w->errors, 4 * JOB_PIECE);
	ybh_buf_init(&w->job.out, OUT_LIMIT);
	w->sha = EVP_MD_CTX_new();
	w->sha_next = EVP_MD_CTX_new();
	if (w->keep != NULL && w->batch != NULL && w->sha != NULL && w->sha_next != NULL)
		return w;
	work_free(w);
	return NULL;
}

/* 1 claimed, 0 nothing to do, negative of dbconn.h. In one transaction of its own. */
static int
claim(struct job_work *w)
{
	struct ybh_db *db = w->t->db;
	yb_args find =
	    YB_ARGS(yb_text(job_kinds(w->keep, w->t->process, NULL)));
	yb_list rows;
	int rc = ybh_db_run(db, &claim_find, find.v, find.n, w->keep, 1, &rows, NULL);

	if (rc != 0 || rows.n == 0)
		return rc;
	w->row = *(const struct job_row *)rows.items;
	ybh_random(&w->row.claim, sizeof w->row.claim);
	w->row.claim &= INT64_MAX;
	w->row.attempts++;
	{
		yb_args take = YB_ARGS(yb_i64(w->row.claim), yb_i64(w->row.attempts),
		    yb_i64(w->row.job_id));

		rc = ybh_db_run(db, &claim_take, take.v, take.n, w->keep, 0, NULL, NULL);
	}
	return rc != 0 ? rc : 1;
}

static int
claim_commit(struct job_work *w)
{
	int rc = ybh_db_begin(w->t->db), end;

	if (rc != 0)
		return rc;
	rc = claim(w);
	if (rc <= 0) {
		ybh_db_rollback(w->t->db);
		return rc;
	}
	end = ybh_db_commit(w->t->db);
	return end != 0 ? end : rc;
}

/* Somebody else, or we again, after `wait_us`. What fails here is found by its lease. */
static void
give_back(struct job_work *w, int64_t wait_us, int64_t attempts)
{
	yb_args args = YB_ARGS(yb_i64(wait_us), yb_i64(attempts),
	    yb_i64(w->row.job_id), yb_i64(w->row.claim));

	if (ybh_db_run(w->t->db, &claim_give, args.v, args.n, w->keep, 0, NULL, NULL) != 0)
		ybh_log(YBH_WARN, "job %.*s could not be given back: %s", (int)w->row.job_no.len,
		    w->row.job_no.p, ybh_db_error(w->t->db));
}

/* ---- the end of a stage ---- */

int
job_fail_step(yb_req *r)
{
	struct job_work *w = r->run->arg;

	switch (job_lock(r, &w->row, ybh_arena_cstr(r->arena, w->row.state))) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		w->lost = true;
		return 0;
	case YB_ONE_ROW:
		break;
	}
	if (yb_db_exec(r, &job_failed,
		YB_ARGS(yb_text(yb_cstr(w->failed)), yb_at(r->now), yb_at(r->now),
		    yb_i64(w->row.job_id)),
		NULL) != 0)
		return -1;
	yb_audit_action(r, w->job.kind->action);
	yb_audit_target(r, "job", w->row.job_no);
	w->finished = true;
	yb_keep_writes(r); /* the failure is what is committed */
	return yb_problem(r, w->failed);
}

static bool
is_passing(const char *problem)
{
	return strcmp(problem, "E-SYS-002") == 0 || strcmp(problem, "E-SYS-004") == 0;
}

/* A step that only writes down how it ended; true: it did, or there is nothing to write. */
static bool
closing_step(struct job_work *w, yb_handler *step)
{
	w->route.handler = step;
	w->lost = w->finished = false;
	return ybh_run_step(w->t, &w->run) == 0 || w->finished;
}

static void
fail(struct job_work *w, const char *code)
{
	ybh_log(YBH_WARN, "job %.*s (%s) failed: %s", (int)w->row.job_no.len, w->row.job_no.p,
	    w->job.kind->name, code);
	w->failed = code;
	if (!closing_step(w, job_fail_step))
		give_back(w, AGAIN_US, w->row.attempts);
}

static void
stage_failed(struct job_work *w)
{
	const char *problem = w->run.problem;

	if (w->refused || w->held) {
		if (!closing_step(w, job_refuse_step))
			give_back(w, AGAIN_US, w->row.attempts);
	} else if (is_passing(problem) && w->row.attempts < JOB_ATTEMPTS) {
		give_back(w, AGAIN_US * w->row.attempts, w->row.attempts);
	} else {
		fail(w, problem);
	}
}

/* ---- taking up ---- */

static void
stage_set(struct job_work *w)
{
	static const struct {
		const char *state, *id;
		yb_handler *step;
	} stages[] = { { "CHECKING", "jobCheck", job_check_step },
		{ "COMMITTING", "jobCommit", job_commit_step },
		{ "WAITING", "jobExport", job_export_step } };
	const yb_job_kind *k = w->job.kind;
	size_t i = 0;

	while (i + 1 < sizeof stages / sizeof *stages && !yb_str_is(w->row.state, stages[i].state))
		i++;
	w->route = (yb_route) { .method = YB_POST, .path = "/jobs", .handler = stages[i].step,
		.id = stages[i].id, .summary = k->title, .who = YB_STAFF, .roles = k->roles,
		.reach = k->reach, .effect = YB_WRITES, .function = k->function };
	w->run.loaded = w->job.loaded;
	w->run.route = &w->route;
	w->run.arg = w;
}

/* The job as its callbacks will see it. false: it was failed or given back. */
static bool
take_up(struct job_work *w)
{
	struct ybh_job *j = &w->job;
	struct ybh_faults faults = { NULL, 0 };
	int rc;

	j->kind = job_kind_find(w->t->process, w->row.kind, &j->loaded);
	j->no = w->row.job_no;
	if (w->row.overridden)
		j->override = w->row.override_reason;
	w->max_rows = j->kind->max_rows != 0
	    ? j->kind->max_rows
	    : ybh_option_number(w->t->process->conf, "core", ybh_core_options, "job_rows");
	w->outcome[YB_ROW_ADDED] = w->row.added;
	w->outcome[YB_ROW_CHANGED] = w->row.changed;
	w->outcome[YB_ROW_SAME] = w->row.same;
	w->outcome[YB_ROW_ENDED] = w->row.ended;
	w->outcome[YB_ROW_UNSAID] = w->row.unsaid;
	stage_set(w);
	rc = job_owner(w, w->t->db, w->keep, &w->run.caller);
	if (rc < 0) {
		give_back(w, AGAIN_US, w->row.attempts);
		return false;
	}
	if (is_commit(w) && (w->aside = ybh_db_like(w->t->db)) != NULL)
		job_progress(w, 0);
	if (rc == 0)
		fail(w, "E-JOB-015");
	else if (w->row.attempts > JOB_ATTEMPTS) /* it ended whoever worked on it */
		fail(w, "E-JOB-016");
	else if (!job_params_read(w->keep, j->kind, w->row.params, &j->params, &faults) ||
	    (is_commit(w) && w->aside == NULL))
		fail(w, "E-SYS-003"); /* they were good when the job began */
	else
		return true;
	return false;
}

static struct job_work *
next_job(struct ybh_thread *t)
{
	struct job_work *w = work_new(t);
	int rc = w == NULL ? 0 : claim_commit(w);

	if (rc < 0)
		ybh_log(YBH_DEBUG, "no job could be claimed: %s", ybh_db_error(t->db));
	if (rc > 0 && take_up(w))
		return w;
	work_free(w);
	return NULL;
}

/* One step. false: the stage is over, one way or the other. */
static bool
step(struct job_work *w)
{
	w->lost = w->finished = false;
	if (ybh_run_step(w->t, &w->run) < 0) {
		stage_failed(w);
		return false;
	}
	w->dirty = false;
	if (w->route.handler == job_export_step) {
		EVP_MD_CTX *sha = w->sha;

		w->sha = w->sha_next;
		w->sha_next = sha;
		w->out_at = w->out_next;
		w->out_rows = w->job.out_rows;
		w->finished = !w->run.again;
	}
	return !w->lost && !w->finished;
}

/* ---- one job per thread ---- */

static pthread_key_t work_key;
static pthread_once_t work_once = PTHREAD_ONCE_INIT;

static void
work_forget(void *arg)
{
	work_free(arg); /* the thread ends: the lease says when somebody else goes on */
}

static void
key_make(void)
{
	if (pthread_key_create(&work_key, work_forget) != 0)
		abort();
}

bool
ybh_jobs_work(struct ybh_thread *t)
{
	struct job_work *w;

	(void)pthread_once(&work_once, key_make);
	w = pthread_getspecific(work_key);
	if (w == NULL && !ybh_work_stopping(t))
		w = next_job(t);
	if (w == NULL)
		return false;
	if (!ybh_work_stopping(t) && !step(w)) {
		work_free(w);
		w = NULL;
	} else if (ybh_work_stopping(t)) {
		give_back(w, 0, w->row.attempts - 1);
		work_free(w);
		w = NULL;
	}
	if (pthread_setspecific(work_key, w) != 0)
		abort();
	return true;
}
