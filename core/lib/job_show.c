/*
 * job_show.c - /jobs: how a job is, and the list of them (yb/job.h).
 *
 * While it moves a job shows numbers only; what it found, with values of people's data, is
 * shown when it rests, and then the look is a row of the access log.
 */
#include <string.h>

#include <yb/person.h>

#include "internal.h"
#include "job_parts.h"
#include "job_sql.h"

#define PAGE_MOST 100

/* ---- what is shown ---- */

struct shown_fault {
	int64_t line;
	yb_str field, label, value, code, message, cure;
};

static const yb_field fault_reply[] = {
	{ "line", YB_OF(struct shown_fault, line) },
	{ "field", YB_OF(struct shown_fault, field) },
	{ "label", YB_OF(struct shown_fault, label) },
	{ "value", YB_OF(struct shown_fault, value), .note = "At most 200 characters." },
	{ "code", YB_OF(struct shown_fault, code) },
	{ "message", YB_OF(struct shown_fault, message) },
	{ "cure", YB_OF(struct shown_fault, cure), .note = "What to do about it." },
	{ 0 },
};

struct shown_trouble {
	yb_str code, message, cure, wanted, found;
	yb_int line, column;
};

static const yb_field trouble_reply[] = {
	{ "code", YB_OF(struct shown_trouble, code) },
	{ "message", YB_OF(struct shown_trouble, message) },
	{ "cure", YB_OF(struct shown_trouble, cure) },
	{ "line", YB_OF(struct shown_trouble, line) },
	{ "column", YB_OF(struct shown_trouble, column), .note = "From 1." },
	{ "wanted", YB_OF(struct shown_trouble, wanted), .note = "The heading it should have." },
	{ "found", YB_OF(struct shown_trouble, found) },
	{ 0 },
};

struct shown_counts {
	int64_t added, changed, same, ended, unsaid, bad;
};

static const yb_field counts_reply[] = {
	{ "added", YB_OF(struct shown_counts, added) },
	{ "changed", YB_OF(struct shown_counts, changed) },
	{ "same", YB_OF(struct shown_counts, same) },
	{ "ended", YB_OF(struct shown_counts, ended) },
	{ "unsaid", YB_OF(struct shown_counts, unsaid),
	    .note = "Good rows the kind does not tell apart." },
	{ "bad", YB_OF(struct shown_counts, bad) },
	{ 0 },
};

struct shown_release {
	bool needed, may;
	yb_str by;
	yb_time at;
};

static const yb_field release_reply[] = {
	{ "needed", YB_OF(struct shown_release, needed) },
	{ "may", YB_OF(struct shown_release, may),
	    .note = "The caller is another person than the one who asked for it." },
	{ "by", YB_OF(struct shown_release, by), .note = "The user id of who released it." },
	{ "at", YB_OF(struct shown_release, at) },
	{ 0 },
};

struct shown {
	yb_str job_no, kind, title, state, filename, encoding, same_as, actor, commit_actor, preview,
	    override_reason, result_sha256;
	bool out, partial_allowed, partial, step_up, hidden;
	int64_t bytes, received, rows_done, error_bytes, result_bytes;
	yb_int rows_total, percent, estimate_seconds, result_rows;
	yb_time created_at, committed_at, finished_at, expires_at;
	yb_ref counts, problem, hold, release;
	yb_list faults, facts;
};

const yb_field job_reply[] = {
	{ "job_no", YB_OF(struct shown, job_no) },
	{ "kind", YB_OF(struct shown, kind) },
	{ "title", YB_OF(struct shown, title) },
	{ "state", YB_OF(struct shown, state),
	    .one_of = "UPLOADING,CHECKING,READY,REFUSED,COMMITTING,WAITING,DONE,FAILED,CANCELLED" },
	{ "export", YB_OF(struct shown, out) },
	{ "filename", YB_OF(struct shown, filename) },
	{ "bytes", YB_OF(struct shown, bytes) },
	{ "received", YB_OF(struct shown, received), .note = "Where the upload goes on." },
	{ "encoding", YB_OF(struct shown, encoding) },
	{ "same_as", YB_OF(struct shown, same_as), .note = "An earlier job with this very file." },
	{ "rows_done", YB_OF(struct shown, rows_done) },
	{ "rows_total", YB_OF(struct shown, rows_total) },
	{ "percent", YB_OF(struct shown, percent), .note = "Of the stage." },
	{ "estimate_seconds", YB_OF(struct shown, estimate_seconds), .note = "To the stage's end." },
	{ "counts", YB_OF(struct shown, counts), YB_EACH(counts_reply, struct shown_counts) },
	{ "partial_allowed", YB_OF(struct shown, partial_allowed) },
	{ "partial", YB_OF(struct shown, partial) },
	{ "step_up", YB_OF(struct shown, step_up),
	    .note = "The password is entered again before the commit." },
	{ "problem", YB_OF(struct shown, problem), YB_EACH(trouble_reply, struct shown_trouble) },
	{ "hold", YB_OF(struct shown, hold), YB_EACH(trouble_reply, struct shown_trouble) },
	{ "override_reason", YB_OF(struct shown, override_reason) },
	{ "release", YB_OF(struct shown, release), YB_EACH(release_reply, struct shown_release),
	    .note = "Another person must give the file out, or did; null: nobody has to." },
	{ "hidden", YB_OF(struct shown, hidden),
	    .note = "Made by somebody who may see protected persons; kept from the caller." },
	{ "faults", YB_OF(struct shown, faults), YB_EACH(fault_reply, struct shown_fault),
	    .note = "The first 200; all of them are in the file of errors." },
	{ "preview", YB_OF(struct shown, preview), .flags = YB_RAW,
	    .note = "{columns: [heading], rows: [[cell]]} of the first rows." },
	{ "error_bytes", YB_OF(struct shown, error_bytes), .note = "Of GET …/errors." },
	{ "result_bytes", YB_OF(struct shown, result_bytes), .note = "Of GET …/result." },
	{ "result_rows", YB_OF(struct shown, result_rows), .note = "Lines without the header." },
	{ "result_sha256", YB_OF(struct shown, result_sha256), .note = "Of its bytes, in hex." },
	{ "facts", YB_OF(struct shown, facts), YB_EACH(job_fact_record, struct job_fact),
	    .note = "What the control file says besides." },
	{ "actor", YB_OF(struct shown, actor) },
	{ "commit_actor", YB_OF(struct shown, commit_actor) },
	{ "created_at", YB_OF(struct shown, created_at) },
	{ "committed_at", YB_OF(struct shown, committed_at) },
	{ "finished_at", YB_OF(struct shown, finished_at) },
	{ "expires_at", YB_OF(struct shown, expires_at) },
	{ 0 },
};

/* ---- one job ---- */

static const yb_field fault_record[] = {
	{ "line", YB_OF(struct shown_fault, line) },
	{ "field", YB_OF(struct shown_fault, field) },
	{ "label", YB_OF(struct shown_fault, label) },
	{ "value", YB_OF(struct shown_fault, value) },
	{ "code", YB_OF(struct shown_fault, code) },
	{ 0 },
};

static const yb_query faults_of = {
	.name = "job_faults",
	.sql = "SELECT f.line, f.field, f.label, f.value, f.code FROM core_job_fault f"
	       " JOIN core_job j ON j.job_id = f.job_id"
	       " WHERE j.org_id = ? AND f.job_id = ? ORDER BY f.n",
	.row = fault_record,
	.row_size = sizeof(struct shown_fault),
	.nparams = 2,
	.tenant = YB_ORG,
};

struct progress_row {
	int64_t rows_done;
};

static const yb_field progress_record[] = {
	{ "rows_done", YB_OF(struct progress_row, rows_done) },
	{ 0 },
};

static const yb_query progress_of = {
	.name = "job_progress",
	.sql = "SELECT rows_done FROM core_job_progress WHERE job_id = ?",
	.row = progress_record,
	.row_size = sizeof(struct progress_row),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_field job_list_query[] = {
	{ "kind", YB_OF(struct job_list_query, kind), .max = 40 },
	{ "state", YB_OF(struct job_list_query, state), .max = 10,
	    .one_of = "UPLOADING,CHECKING,READY,REFUSED,COMMITTING,WAITING,DONE,FAILED,CANCELLED" },
	{ "after", YB_OF(struct job_list_query, after), .max = 10,
	    .note = "job_no of the page before." },
	{ "limit", YB_OF(struct job_list_query, limit), .max = PAGE_MOST, .min = 1 },
	{ "waiting", YB_OF(struct job_list_query, waiting),
	    .note = "true: files that wait for the caller's word to be given out." },
	{ 0 },
};

static const yb_query jobs_of = {
	.name = "jobs_of_org",
	.sql = "SELECT " JOB_COLUMNS_SQL " FROM core_job WHERE org_id = ?"
	       " AND FIND_IN_SET(kind, ?) > 0 AND (? IS NULL OR kind = ?)"
	       " AND (? IS NULL OR state = ?) AND (? IS NULL OR job_id < (SELECT a.job_id FROM core_job a WHERE a.job_no = ?))"
	       " AND (? = 0 OR (release_needed = 1 AND released_by IS NULL AND state = 'DONE'"
	       "  AND NOT EXISTS (SELECT 1 FROM account_person_view p"
	       "   JOIN account_person_view me ON me.person_id = p.person_id"
	       "  WHERE p.actor_id = core_job.actor_id AND me.actor_id = ?)))"
	       " AND NOT (made_open = 1 AND FIND_IN_SET(kind, ?) > 0 AND actor_id <> ?"
	       "  AND state IN ('DONE', 'REFUSED', 'FAILED', 'CANCELLED')"
	       "  AND NOT (release_needed = 1 AND released_by IS NULL))"
	       " ORDER BY job_id DESC LIMIT ?",
	.row = job_record,
	.row_size = sizeof(struct job_row),
	.nparams = 13,
	.tenant = YB_ORG,
};

const yb_query *const job_show_queries[] = { &faults_of, &progress_of, &jobs_of, NULL };

static bool
is_moving(const struct job_row *job)
{
	return yb_word_in(job->state, "CHECKING,COMMITTING,WAITING", ',');
}

static struct shown_trouble *
trouble_of(yb_req *r, yb_str code)
{
	struct shown_trouble *t = yb_alloc(r, sizeof *t);
	const struct ybh_problem *p = ybh_problem_find(ybh_arena_cstr(r->arena, code));

	t->code = code;
	if (p != NULL) {
		t->message = yb_cstr(r->english ? p->en : p->ja);
		t->cure = yb_cstr(r->english ? p->en_next : p->ja_next);
	}
	return t;
}

static void
progress_show(yb_req *r, const struct job_row *job, struct shown *s)
{
	int64_t part = 0, whole = 0, took = (r->now.us - job->stage_us.us) / 1000000;

	if (yb_str_is(job->state, "UPLOADING")) {
		part = job->received;
		whole = job->bytes;
	} else if (yb_str_is(job->state, "CHECKING")) {
		part = job->bytes_done;
		whole = job->received;
	} else if (yb_str_is(job->state, "COMMITTING") && job->rows_total.set) {
		part = s->rows_done;
		whole = job->rows_total.v;
	}
	if (whole <= 0)
		return;
	part = part > whole ? whole : part;
	s->percent = (yb_int) { part * 100 / whole, true };
	if (is_moving(job) && part > 0 && took > 0)
		s->estimate_seconds = (yb_int) { took * (whole - part) / part, true };
}

static int
shown_from(yb_req *r, const struct job_row *job, const yb_job_kind *k, struct shown *s)
{
	struct job_facts facts;

	*s = (struct shown) {
		.job_no = job->job_no, .kind = job->kind, .title = yb_cstr(k->title),
		.state = job->state, .out = k->produce != NULL, .filename = job->filename,
		.bytes = job->bytes, .received = job->received, .encoding = job->encoding,
		.same_as = job->same_as, .rows_done = job->rows_done, .rows_total = job->rows_total,
		.partial_allowed = k->partial, .partial = job->partial, .step_up = k->step_up,
		.override_reason = job->override_reason, .error_bytes = job->error_bytes,
		.result_bytes = job->result_bytes, .actor = job->actor,
		.commit_actor = job->commit_actor, .created_at = job->created_us,
		.committed_at = job->commit_us, .finished_at = job->finished_us,
		.expires_at = job->expires_us, .hidden = job_hidden_from(&r->caller, job, k),
	};
	if (s->hidden)
		s->error_bytes = s->result_bytes = 0;
	if (job->result_bytes > 0 && job->sha256.len == 32)
		s->result_rows = job->rows_total;
	if (s->result_rows.set && !s->hidden) {
		s->result_sha256 = job_sha256_text(r, job);
		if (job_facts(r, job, &facts) < 0)
			return -1;
		s->facts = facts.facts;
	}
	if (job->problem.p != NULL) {
		struct shown_trouble *t = trouble_of(r, job->problem);

		t->line = job->problem_line;
		t->column = job->problem_column;
		t->wanted = job->problem_wanted;
		if (!s->hidden)
			t->found = job->problem_found; /* as it stands in the file */
		s->problem.p = t;
	}
	if (job->hold.p != NULL)
		s->hold.p = trouble_of(r, job->hold);
	if (!s->out && !yb_str_is(job->state, "UPLOADING")) {
		struct shown_counts *c = yb_alloc(r, sizeof *c);

		*c = (struct shown_counts) { job->added, job->changed, job->same, job->ended,
			job->unsaid, job->bad };
		s->counts.p = c;
	}
	return 0;
}

/* Whose word it waits for, or had. */
static int
release_show(yb_req *r, const struct job_row *job, struct shown *s)
{
	struct shown_release *release;
	int same;

	if (!job->release_needed)
		return 0;
	same = job_unreleased(job) ? yb_same_person(r, job->actor) : 1;
	if (same < 0)
		return -1;
	s->release.p = release = yb_alloc(r, sizeof *release);
	*release = (struct shown_release) { true, same == 0, job->released_by, job->released_us };
	return 0;
}

/* What it found, with values: only of a job that rests. */
static int
findings_show(yb_req *r, const struct job_row *job, struct shown *s)
{
	struct shown_fault *f;

	if (yb_db_list(r, &faults_of, YB_ARGS(yb_i64(job->job_id)), JOB_FAULTS, &s->faults) < 0)
		return -1;
	f = s->faults.items;
	for (size_t i = 0; i < s->faults.n; i++) {
		const struct shown_trouble *t = trouble_of(r, f[i].code);

		f[i].message = t->message;
		f[i].cure = t->cure;
	}
	s->preview = job->preview;
	if (s->faults.n > 0 || s->preview.p != NULL)
		yb_audit_action(r, YB_ACT_VIEW);
	return 0;
}

static int
job_show(yb_req *r, int status, const struct job_row *job, const yb_job_kind *k, bool findings)
{
	struct shown s;
	struct progress_row progress;
	enum yb_found found = YB_NO_ROW;

	if (shown_from(r, job, k, &s) < 0)
		return -1;
	if (yb_str_is(job->state, "COMMITTING"))
		found = yb_db_one(r, &progress_of, YB_ARGS(yb_i64(job->job_id)), &progress);
	if (found == YB_DB_FAILED)
		return -1;
	if (yb_str_is(job->state, "COMMITTING"))
		s.rows_done = found == YB_ONE_ROW ? progress.rows_done : 0;
	progress_show(r, job, &s);
	if (release_show(r, job, &s) < 0)
		return -1;
	if (findings && !s.hidden && !is_moving(job) && findings_show(r, job, &s) < 0)
		return -1;
	if (is_moving(job)) {
		int64_t took = (r->now.us - job->stage_us.us) / 1000000;

		yb_retry_after(r, took < 10 ? 2 : took < 60 ? 5 : 10);
	} else {
		yb_reply_etag(r, job->row_ver);
	}
	return yb_reply_record(r, status, job_reply, &s);
}

int
job_answer(yb_req *r, int status, yb_str job_no)
{
	const struct ybh_loaded *loaded;
	struct job_row job;

	if (job_find(r, job_no, &job) < 0)
		return -1;
	return job_show(r, status, &job, job_kind_find(r->p, job.kind, &loaded), false);
}

/* GET /jobs/{job_no} - how it is; while it moves, when to ask again. */
int
job_get(yb_req *r)
{
	const yb_job_kind *k;
	struct job_row job;

	return job_mine(r, &job, &k) < 0 ? -1 : job_show(r, 200, &job, k, true);
}

/* ---- the list ---- */

struct shown_list {
	yb_list jobs;
	yb_str next;
};

const yb_field job_list_reply[] = {
	{ "jobs", YB_OF(struct shown_list, jobs), YB_EACH(job_reply, struct shown) },
	{ "next", YB_OF(struct shown_list, next), .note = "`after` of the next page." },
	{ 0 },
};

/*
 * GET /jobs - the jobs of the organisation whose kinds are open to the caller, newest first. What
 * is hidden from the caller and needs no word of theirs any more is left out.
 */
int
job_list(yb_req *r)
{
	const struct job_list_query *q = yb_params(r);
	int64_t limit = q->limit.set ? q->limit.v : 20;
	yb_str kinds = job_kinds(r->arena, r->p, &r->caller);
	const struct ybh_loaded *loaded;
	struct shown_list list = { { NULL, 0 }, { NULL, 0 } };
	const struct job_row *job;
	struct shown *s;
	yb_list rows;

	if (yb_db_list(r, &jobs_of,
		YB_ARGS(yb_text(kinds), yb_text(q->kind), yb_text(q->kind), yb_text(q->state),
		    yb_text(q->state), yb_text(q->after), yb_text(q->after),
		    yb_bool(q->waiting), yb_i64(r->caller.actor_id), yb_text(job_kinds_hiding(r)),
		    yb_i64(r->caller.actor_id), yb_i64(limit + 1)),
		PAGE_MOST + 1, &rows) < 0)
		return -1;
	job = rows.items;
	list.jobs.n = rows.n > (size_t)limit ? (size_t)limit : rows.n;
	list.jobs.items = s = yb_alloc(r, (list.jobs.n + 1) * sizeof *s);
	for (size_t i = 0; i < list.jobs.n; i++) {
		if (shown_from(r, &job[i], job_kind_find(r->p, job[i].kind, &loaded), &s[i]) < 0 ||
		    release_show(r, &job[i], &s[i]) < 0)
			return -1;
		progress_show(r, &job[i], &s[i]);
	}
	if (rows.n > (size_t)limit)
		list.next = job[limit - 1].job_no;
	return yb_reply_record(r, 200, job_list_reply, &list);
}
