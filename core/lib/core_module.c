/*
 * core_module.c - the routes that belong to no business area.
 */
#include "internal.h"

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
	{ 0 },
};

static const yb_query *const queries[] = { &alive, NULL };

const yb_module ybh_core_module = {
	.abi = YB_ABI,
	.size = sizeof(yb_module),
	.name = "core",
	.version = "1",
	.schema = 1,
	.routes = routes,
	.queries = queries,
};
