/*
 * job_routes.c - /jobs: a job is started, its file is sent, the word is said (yb/job.h).
 *
 * One route serves every kind, so what a route's table says of others - roles, the password
 * entered again - is looked up here in the kind.
 */
#include <string.h>

#include "internal.h"
#include "job_parts.h"
#include "job_sql.h"

const yb_field job_start_body[] = {
	{ "kind", YB_OF(struct job_start_body, kind), .max = 40, .flags = YB_REQUIRED,
	    .note = "One of GET /jobs/kinds." },
	{ "filename", YB_OF(struct job_start_body, filename), .max = 255 },
	{ "bytes", YB_OF(struct job_start_body, bytes), .max = INT32_MAX, .min = 0,
	    .note = "Size of the file; needed unless the kind is an export." },
	{ "sha256", YB_OF(struct job_start_body, sha256), .max = 64, .min = 64,
	    .note = "Of the file, in hex; it is compared when all of it has come." },
	{ "params", YB_OF(struct job_start_body, params), .max = 4096, .flags = YB_RAW,
	    .note = "What the kind asks besides the file." },
	{ "partial", YB_OF(struct job_start_body, partial),
	    .note = "The good rows alone shall be committed, where the kind allows it." },
	{ 0 },
};

const yb_field job_commit_body[] = {
	{ "partial", YB_OF(struct job_commit_body, partial), .note = "The good rows alone." },
	{ "override", YB_OF(struct job_commit_body, override),
	    .note = "Although the job is held; with a reason." },
	{ "reason", YB_OF(struct job_commit_body, reason), .max = 200 },
	{ 0 },
};

const yb_field job_file_query[] = {
	{ "offset", YB_OF(struct job_file_query, offset), .max = INT32_MAX, .min = 0,
	    .flags = YB_REQUIRED, .note = "Bytes the server has already." },
	{ 0 },
};

static const yb_query job_insert = {
	.name = "job_insert",
	.sql = "INSERT INTO core_job (org_id, job_no, kind, state, actor_id, actor, english,"
	       " filename, params, bytes, said_sha256, partial, made_open, created_us, stage_us,"
	       " expires_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 16,
	.tenant = YB_ORG,
};

struct count_row {
	int64_t n;
};

static const yb_field count_record[] = { { "n", YB_OF(struct count_row, n) }, { 0 } };

static const yb_query open_count = {
	.name = "job_open_count",
	.sql = "SELECT COUNT(*) AS n FROM core_job WHERE org_id = ? AND state IN"
	       " ('UPLOADING', 'CHECKING', 'READY', 'COMMITTING', 'WAITING')",
	.row = count_record,
	.row_size = sizeof(struct count_row),
	.nparams = 1,
	.tenant = YB_ORG,
};

static const yb_query job_of_org = {
	.name = "job_of_org",
	.sql = "SELECT " JOB_COLUMNS_SQL " FROM core_job WHERE org_id = ? AND job_no = ?",
	.row = job_record,
	.row_size = sizeof(struct job_row),
	.nparams = 2,
	.tenant = YB_ORG,
};

static const yb_query job_of_org_locked = {
	.name = "job_of_org_locked",
	.sql = "SELECT " JOB_COLUMNS_SQL " FROM core_job WHERE org_id = ? AND job_no = ? FOR UPDATE",
	.row = job_record,
	.row_size = sizeof(struct job_row),
	.nparams = 2,
	.tenant = YB_ORG,
};

static const yb_query file_received = {
	.name = "job_file_received",
	.sql = "UPDATE core_job SET state = ?, received = ?, lines_seen = ?, in_quotes = ?,"
	       " rows_total = ?, problem = ?, stage_us = ?, expires_us = ?, row_ver = row_ver + 1"
	       " WHERE job_id = ?",
	.nparams = 9,
	.tenant = YB_GLOBAL,
};

static const yb_query commit_say = {
	.name = "job_commit_say",
	.sql = "UPDATE core_job SET state = 'COMMITTING', partial = ?, overridden = ?,"
	       " override_reason = ?, commit_actor_id = ?, commit_actor = ?, commit_us = ?,"
	       " stage_us = ?, lease_us = 0, attempts = 0, problem = NULL, row_ver = row_ver + 1"
	       " WHERE job_id = ?",
	.nparams = 8,
	.tenant = YB_GLOBAL,
};

static const yb_query cancel_say = {
	.name = "job_cancel_say",
	.sql = "UPDATE core_job SET state = 'CANCELLED', claim = 0, lease_us = 0, stage_us = ?,"
	       " finished_us = ?, row_ver = row_ver + 1 WHERE job_id = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query job_insert_for = {
	.name = "job_insert_for",
	.sql = "INSERT INTO core_job (org_id, job_no, kind, state, actor_id, actor, english, params,"
	       " bytes, created_us, stage_us, expires_us)"
	       " VALUES (?, ?, ?, 'WAITING', 0, ?, 0, ?, 0, ?, ?, ?)",
	.nparams = 8,
	.tenant = YB_GLOBAL,
};

const yb_query *const job_route_queries[] = { &job_insert, &job_insert_for, &open_count,
	&job_of_org, &job_of_org_locked, &file_received, &commit_say, &cancel_say, NULL };

/* ---- what routes of one kind would have in their tables ---- */

static int64_t
option(const yb_req *r, const char *name)
{
	return ybh_option_number(r->p->conf, "core", ybh_core_options, name);
}

int
job_step_up(yb_req *r, const yb_job_kind *k)
{
	if (k->step_up && r->now.us - r->session.stepped_up_us > option(r, "step_up") * 1000000)
		return yb_problem(r, "E-AUTH-008");
	return 0;
}

int
job_find(yb_req *r, yb_str job_no, struct job_row *ret)
{
	return yb_db_find(r, &job_of_org, YB_ARGS(yb_text(job_no)), ret);
}

int
job_mine(yb_req *r, struct job_row *ret, const yb_job_kind **ret_kind)
{
	const struct ybh_loaded *loaded;

	yb_audit_target(r, "job", yb_path(r, "job_no"));
	if (job_find(r, yb_path(r, "job_no"), ret) < 0)
		return -1;
	*ret_kind = job_kind_find(r->p, ret->kind, &loaded);
	if (*ret_kind == NULL)
		return yb_problem(r, "E-AUTH-005"); /* its area is not in use any more */
	r->event.function = yb_cstr((*ret_kind)->function);
	return job_may(r->p, *ret_kind, &r->caller) ? 0 : yb_problem(r, "E-AUTH-004");
}

int
job_mine_open(yb_req *r, struct job_row *ret, const yb_job_kind **ret_kind)
{
	if (job_mine(r, ret, ret_kind) < 0)
		return -1;
	return job_hidden_from(&r->caller, ret, *ret_kind) ? yb_problem(r, "E-AUTH-004") : 0;
}

static int
mine_lock(yb_req *r, struct job_row *ret)
{
	return yb_db_find(r, &job_of_org_locked, YB_ARGS(yb_text(yb_path(r, "job_no"))), ret);
}

/*
 * It is looked at before it is waited for: who commits holds the row for long. The look settles
 * what this transaction sees, though, and who checks or exports writes the row every moment: the
 * attempt after one that met that takes the row first.
 */
int
job_mine_locked(yb_req *r, const char *states, struct job_row *ret, const yb_job_kind **ret_kind)
{
	if (r->again && mine_lock(r, ret) < 0)
		return -1;
	if (job_mine(r, ret, ret_kind) < 0)
		return -1;
	if (!yb_word_in(ret->state, states, ','))
		return yb_problem(r, "E-JOB-004");
	if (!r->again && mine_lock(r, ret) < 0)
		return -1;
	return yb_word_in(ret->state, states, ',') ? 0 : yb_problem(r, "E-JOB-004");
}

/* ---- POST /jobs ---- */

static yb_str
job_no_new(yb_req *r)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* no I, L, O, U */
	unsigned char raw[8];
	char *no = yb_alloc(r, 11);

	ybh_random(raw, sizeof raw);
	memcpy(no, "JB", 2);
	for (size_t i = 0; i < sizeof raw; i++)
		no[2 + i] = digits[raw[i] & 31];
	return (yb_str) { no, 10 };
}

static int
size_check(yb_req *r, const yb_job_kind *k, const struct job_start_body *s)
{
	if (k->produce != NULL)
		return s->bytes.set ? yb_problem_field(r, "E-VAL-013", "/bytes") : 0;
	if (!s->bytes.set)
		return yb_problem_field(r, "E-VAL-001", "/bytes");
	if (s->bytes.v == 0)
		return yb_problem_field(r, "E-JOB-005", "/bytes");
	return s->bytes.v > option(r, "job_bytes") ? yb_problem_field(r, "E-JOB-002", "/bytes") : 0;
}

/* Params are checked, and the kind is asked whether it knows columns for them. */
static int
params_check(yb_req *r, struct ybh_job *j, const struct job_start_body *s)
{
	struct ybh_faults found = { NULL, 0 };

	if (job_params_read(r->arena, j->kind, s->params, &j->params, &found))
		return job_columns(r, j);
	for (size_t i = 0; i < found.n; i++)
		yb_fault_add(r, yb_format_text(r, "/params%s", found.at[i].field).p,
		    found.at[i].code);
	return yb_faults_refuse(r);
}

static int
open_check(yb_req *r)
{
	struct count_row count;

	if (yb_db_find(r, &open_count, YB_NO_ARGS, &count) < 0)
		return -1;
	return count.n >= option(r, "job_open") ? yb_problem(r, "E-JOB-021") : 0;
}

static int
start_insert(yb_req *r, const yb_job_kind *k, const struct job_start_body *s, yb_str no)
{
	bool out = k->produce != NULL;
	unsigned char sha[32];
	yb_bytes said = { NULL, 0 };
	int64_t days = out ? option(r, "job_days") : 1; /* an upload nobody goes on with */

	if (s->sha256.p != NULL && ybh_hex_decode(s->sha256, sha, sizeof sha) != 32)
		return yb_problem_field(r, "E-VAL-002", "/sha256");
	if (s->sha256.p != NULL)
		said = (yb_bytes) { sha, sizeof sha };
	return yb_db_exec(r, &job_insert,
	    YB_ARGS(yb_text(no), yb_text(yb_cstr(k->name)),
		yb_text(out ? YB_STR("WAITING") : YB_STR("UPLOADING")), yb_i64(r->caller.actor_id),
		yb_text(r->caller.actor), yb_bool(r->english), yb_text(s->filename),
		yb_text(s->params), yb_i64(out ? 0 : s->bytes.v), yb_blob(said),
		yb_bool(s->partial && k->partial), yb_bool(!out && r->caller.restricted_view),
		yb_at(r->now), yb_at(r->now),
		yb_i64(r->now.us + days * INT64_C(86400000000))),
	    NULL);
}

/* POST /jobs - an upload begins, or an export waits for its turn. */
int
job_start(yb_req *r)
{
	const struct job_start_body *s = yb_body(r);
	struct ybh_job j = { 0 };
	yb_str no = job_no_new(r);
	int rc;

	j.kind = job_kind_find(r->p, s->kind, &j.loaded);
	if (j.kind == NULL)
		return yb_problem_field(r, "E-JOB-001", "/kind");
	if (!job_may(r->p, j.kind, &r->caller))
		return yb_problem(r, "E-AUTH-004");
	r->event.function = yb_cstr(j.kind->function);
	yb_audit_action(r, j.kind->produce != NULL ? YB_ACT_EXPORT : YB_ACT_RECEIVE);
	yb_audit_target(r, "job", no);
	if (size_check(r, j.kind, s) < 0 || params_check(r, &j, s) < 0 || open_check(r) < 0 ||
	    (j.kind->produce != NULL && job_step_up(r, j.kind) < 0))
		return -1;
	rc = start_insert(r, j.kind, s, no);
	if (rc == YB_DUPLICATE)
		return yb_problem(r, "E-SYS-002"); /* the number is taken: once in a trillion */
	return rc < 0 ? -1 : job_answer(r, 202, no);
}

int
yb_job_begin(yb_req *r, const yb_job_kind *kind, int64_t org_id, yb_str params, yb_str *ret_no)
{
	*ret_no = job_no_new(r);
	return yb_db_exec(r, &job_insert_for,
		   YB_ARGS(yb_i64(org_id), yb_text(*ret_no), yb_text(yb_cstr(kind->name)),
		       yb_text(r->caller.actor), yb_text(params), yb_at(r->now), yb_at(r->now),
		       yb_i64(r->now.us + option(r, "job_days") * INT64_C(86400000000))),
		   NULL) == 0
	    ? 0
	    : yb_problem(r, "E-SYS-002"); /* the number is taken: once in a trillion */
}

/* ---- PUT /jobs/{job_no}/file ---- */

/* Ends of rows: line feeds that stand in no quoted cell, in either encoding. */
static void
lines_count(struct job_row *job, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"')
			job->in_quotes = !job->in_quotes;
		else if (p[i] == '\n' && !job->in_quotes)
			job->lines_seen++;
	}
}

static int
pieces_take(yb_req *r, struct job_row *job, bool *ret_line_open)
{
	unsigned char *piece = yb_alloc(r, JOB_PIECE);
	size_t n = 0;
	int64_t got;

	do {
		got = yb_upload_read(r, piece + n, JOB_PIECE - n);
		if (got < 0)
			return -1;
		n += (size_t)got;
		if (n > 0 && (n == JOB_PIECE || got == 0)) {
			yb_str bytes = { (const char *)piece, n };

			if (job_piece_put(r, job, JOB_FILE, job->received, bytes) < 0)
				return -1;
			lines_count(job, piece, n);
			*ret_line_open = piece[n - 1] != '\n';
			job->received += (int64_t)n;
			n = 0;
		}
	} while (got > 0);
	return 0;
}

/* What the ends of rows tell before the check begins; the check tells it exactly. */
static yb_value
rows_expected(const struct job_row *job, bool line_open)
{
	int64_t n = job->lines_seen + (line_open ? 1 : 0) - 1; /* without the header */

	return yb_i64(n > 0 ? n : 0);
}

static int
received_store(yb_req *r, const struct job_row *job, const yb_job_kind *k, bool line_open)
{
	int64_t most = k->max_rows != 0 ? k->max_rows : option(r, "job_rows");
	bool refused = job->lines_seen > most + 1, whole = job->received == job->bytes;
	const char *state = refused ? "REFUSED" : whole ? "CHECKING" : "UPLOADING";

	return yb_db_exec(r, &file_received,
		   YB_ARGS(yb_text(yb_cstr(state)), yb_i64(job->received), yb_i64(job->lines_seen),
		       yb_bool(job->in_quotes), whole ? rows_expected(job, line_open) : yb_null(),
		       refused ? yb_text(YB_STR("E-JOB-010")) : yb_null(), yb_at(r->now),
		       yb_i64(r->now.us + INT64_C(86400000000)), yb_i64(job->job_id)),
		   NULL) != 0
	    ? -1
	    : 0;
}

/* PUT /jobs/{job_no}/file - the next part of the file; the answer says where to go on. */
int
job_file(yb_req *r)
{
	const struct job_file_query *q = yb_params(r);
	const yb_job_kind *k;
	struct job_row job;
	bool line_open = false;

	if (job_mine_locked(r, "UPLOADING", &job, &k) < 0)
		return -1;
	if (q->offset != job.received) {
		yb_reply_header(r, "Upload-Offset",
		    yb_format_text(r, "%lld", (long long)job.received));
		r->headers_mark = r->headers_out->len; /* it goes with the refusal */
		return yb_problem(r, "E-JOB-003");
	}
	if (r->content_length == 0)
		return yb_problem(r, "E-REQ-001");
	if (r->content_length > job.bytes - job.received)
		return yb_problem(r, "E-JOB-022");
	if (pieces_take(r, &job, &line_open) < 0 || received_store(r, &job, k, line_open) < 0)
		return -1;
	return job_answer(r, 200, job.job_no);
}

/* ---- POST /jobs/{job_no}/commit ---- */

static int
commit_check(yb_req *r, const struct job_row *job, const yb_job_kind *k,
    const struct job_commit_body *c)
{
	if (yb_if_match(r, job->row_ver) < 0)
		return -1;
	if (job->bad > 0 && !(k->partial && (c->partial || job->partial)))
		return yb_problem(r, "E-JOB-012");
	if (job->hold.p != NULL && !c->override)
		return yb_problem(r, "E-JOB-013");
	if (c->override && c->reason.p == NULL)
		return yb_problem_field(r, "E-VAL-001", "/reason");
	return job_step_up(r, k);
}

/* POST /jobs/{job_no}/commit - the word to commit; done by whoever takes the job up. */
int
job_commit(yb_req *r)
{
	const struct job_commit_body *c = yb_body(r);
	const yb_job_kind *k;
	struct job_row job;

	yb_audit_purpose(r, (yb_str) { NULL, 0 }, c->reason);
	if (job_mine_locked(r, "READY", &job, &k) < 0 || commit_check(r, &job, k, c) < 0)
		return -1;
	r->event.row_count = job.rows_total.set ? job.rows_total.v - job.bad : 0;
	if (yb_db_exec(r, &commit_say,
		YB_ARGS(yb_bool(job.bad > 0), yb_bool(c->override),
		    yb_text(c->override ? c->reason : (yb_str) { NULL, 0 }),
		    yb_i64(r->caller.actor_id), yb_text(r->caller.actor), yb_at(r->now),
		    yb_at(r->now), yb_i64(job.job_id)),
		NULL) != 0)
		return -1;
	return job_answer(r, 202, job.job_no);
}

/* ---- POST /jobs/{job_no}/cancel ---- */

/* POST /jobs/{job_no}/cancel - nothing of it will happen; too late while it is committed. */
int
job_cancel(yb_req *r)
{
	const yb_job_kind *k;
	struct job_row job;

	if (job_mine_locked(r, "UPLOADING,CHECKING,READY,WAITING", &job, &k) < 0)
		return -1;
	if (yb_db_exec(r, &cancel_say, YB_ARGS(yb_at(r->now), yb_at(r->now), yb_i64(job.job_id)),
		NULL) != 0)
		return -1;
	return job_answer(r, 200, job.job_no);
}
