/*
 * core_module.c - the routes that belong to no business area.
 */
#include "charset.h"
#include "internal.h"
#include "job_parts.h"
#include "purge.h"

struct health {
	yb_str status;
};

static const yb_field health_reply[] = {
	{ "status", YB_OF(struct health, status), .one_of = "ok", .flags = YB_REQUIRED },
	{ 0 },
};

struct one {
	int64_t one;
};

static const yb_field one_record[] = { { "one", YB_OF(struct one, one) }, { 0 } };

static const yb_query alive = {
	.name = "alive",
	.sql = "SELECT COUNT(*) AS one FROM core_schema",
	.row = one_record,
	.row_size = sizeof(struct one),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

/* GET /healthz - whether this worker reaches its database; for load balancers. */
static int
health_get(yb_req *r)
{
	struct health h = { .status = YB_STR("ok") };
	struct one row;

	if (yb_db_find(r, &alive, YB_NO_ARGS, &row) < 0)
		return -1;
	return yb_reply_record(r, 200, health_reply, &h);
}

/* GET /metrics - counts of all workers, for the monitoring system of the operator. */
static int
metrics_get(yb_req *r)
{
	struct ybh_buf *b = &r->t->scratch;
	yb_str text;

	ybh_buf_reset(b);
	if (r->p->n_neighbours > 0)
		ybh_metrics_print(b, r->p);
	else
		ybh_buf_cstr(b, "# EOF\n");
	if (b->failed)
		return yb_problem(r, "E-SYS-003");
	text = yb_copy(r, ybh_buf_view(b));
	return yb_reply_bytes(r, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
	    NULL, (yb_bytes) { (const unsigned char *)text.p, text.len });
}

static const yb_route routes[] = {
	{ YB_GET, "/healthz", health_get, "getHealth", "Whether the service can answer.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY, .effect = YB_READS, .reply = health_reply },
	{ YB_GET, "/metrics", metrics_get, "getMetrics",
	    "Counts of all workers in OpenMetrics; the web server lets only this machine ask.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY, .effect = YB_READS,
	    .reply_kind = YB_REPLY_STREAM },

	/* yb/job.h; who may what of a kind is said by the kind */
	{ YB_POST, "/jobs", job_start, "startJob",
	    "Begins an upload, or an export; answers with its number.", .who = YB_STAFF,
	    .roles = YB_DO(SELF),
	    .reach = YB_REACH_OWN, .effect = YB_WRITES, .action = YB_ACT_RECEIVE,
	    .function = "jobs", .body = job_start_body, .body_size = sizeof(struct job_start_body),
	    .reply = job_reply, .status = 202 },
	{ YB_GET, "/jobs", job_list, "listJobs", "Jobs of the organisation, newest first.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_OWN, .effect = YB_READS,
	    .action = YB_ACT_LIST, .function = "jobs", .query = job_list_query,
	    .query_size = sizeof(struct job_list_query), .reply = job_list_reply },
	{ YB_GET, "/jobs/kinds", job_kind_list, "listJobKinds", "The kinds of jobs open to the caller.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_NOBODY, .effect = YB_READS,
	    .reply = job_kinds_reply },
	{ YB_GET, "/jobs/kinds/{kind}/columns", job_kind_columns, "getJobColumns",
	    "What stands in which column of a kind's file.", .who = YB_STAFF, .roles = YB_DO(SELF),
	    .reach = YB_REACH_NOBODY, .effect = YB_READS, .query = job_kind_query,
	    .query_size = sizeof(struct job_kind_query), .reply = job_columns_reply },
	{ YB_GET, "/jobs/kinds/{kind}/template", job_kind_template, "getJobTemplate",
	    "The empty form of a kind's file: its line of headings.", .who = YB_STAFF,
	    .roles = YB_DO(SELF),
	    .reach = YB_REACH_NOBODY, .effect = YB_READS, .query = job_kind_query,
	    .query_size = sizeof(struct job_kind_query), .reply_kind = YB_REPLY_CSV },
	{ YB_GET, "/jobs/{job_no}", job_get, "getJob",
	    "How a job is; while it moves, Retry-After says when to ask again.", .who = YB_STAFF,
	    .roles = YB_DO(SELF), .reach = YB_REACH_OWN, .effect = YB_READS, .function = "jobs",
	    .reply = job_reply },
	{ YB_PUT, "/jobs/{job_no}/file", job_file, "sendJobFile",
	    "The next part of the file; the answer says where to go on.", .who = YB_STAFF,
	    .roles = YB_DO(SELF),
	    .reach = YB_REACH_OWN, .effect = YB_WRITES, .action = YB_ACT_RECEIVE,
	    .function = "jobs", .query = job_file_query, .query_size = sizeof(struct job_file_query),
	    .body_kind = YB_BODY_UPLOAD, .body_limit = JOB_UPLOAD, .reply = job_reply,
	    .flags = YB_NO_IDEMPOTENCY },
	{ YB_POST, "/jobs/{job_no}/commit", job_commit, "commitJob",
	    "The word to commit a job that was checked.", .who = YB_STAFF, .roles = YB_DO(SELF),
	    .reach = YB_REACH_OWN, .effect = YB_WRITES, .action = YB_ACT_APPROVE, .function = "jobs",
	    .body = job_commit_body, .body_size = sizeof(struct job_commit_body),
	    .reply = job_reply, .status = 202, .flags = YB_IF_MATCH },
	{ YB_POST, "/jobs/{job_no}/cancel", job_cancel, "cancelJob",
	    "Nothing of a job will happen; too late while it is committed.", .who = YB_STAFF,
	    .roles = YB_DO(SELF),
	    .reach = YB_REACH_OWN, .effect = YB_WRITES, .action = YB_ACT_CANCEL,
	    .function = "jobs", .reply = job_reply },
	{ YB_POST, "/jobs/{job_no}/release", job_release, "releaseJob",
	    "Another person gives out an export of many rows.", .who = YB_STAFF,
	    .roles = YB_DO(SELF),
	    .reach = YB_REACH_OWN, .effect = YB_WRITES, .action = YB_ACT_APPROVE, .function = "jobs",
	    .body = job_release_body, .body_size = sizeof(struct job_release_body),
	    .reply = job_reply },
	{ YB_GET, "/jobs/{job_no}/errors", job_errors, "getJobErrors",
	    "Every faulty row as it was sent, with what is wrong in a last column.", .who = YB_STAFF,
	    .roles = YB_DO(SELF),
	    .reach = YB_REACH_OWN, .effect = YB_READS, .action = YB_ACT_EXPORT,
	    .function = "jobs", .reply_kind = YB_REPLY_CSV },
	{ YB_GET, "/jobs/{job_no}/result", job_result, "getJobResult", "The file of an export.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_OWN, .effect = YB_READS,
	    .action = YB_ACT_EXPORT, .function = "jobs", .reply_kind = YB_REPLY_CSV },
	{ YB_GET, "/jobs/{job_no}/control", job_control, "getJobControl",
	    "The control file of an export: count, SHA-256 and what the kind says.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_OWN, .effect = YB_READS,
	    .action = YB_ACT_EXPORT, .function = "jobs", .reply_kind = YB_REPLY_CSV },
	{ 0 },
};

static const yb_query *const queries[] = { &alive, NULL };

/* Before the process is confined: a table of the C library is read. */
static int
core_start(yb_req *boot, void **ret_state)
{
	(void)boot;
	*ret_state = NULL;
	if (!ybh_charset_init())
		ybh_log(YBH_WARN, "this system does not know CP932: Shift_JIS files are refused");
	return 0;
}

const yb_module ybh_core_module = {
	.abi = YB_ABI,
	.size = sizeof(yb_module),
	.name = "core",
	.version = "1",
	.schema = 11,
	.options = ybh_core_options,
	.routes = routes,
	.queries = queries,
	.timers = ybh_core_timers,
	.start = core_start,
};
