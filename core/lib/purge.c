/*
 * purge.c - the core's own timer: what has run out is not kept.
 */
#include "purge.h"

#include "internal.h"
#include "job_parts.h"

#define LIMIT	1000 /* rows of a table in one step, so that nobody waits for it */
#define MAIL_US INT64_C(86400000000)

static const yb_query purge_idempotency = {
	.name = "purge_idempotency",
	.sql = "DELETE FROM core_idempotency WHERE expires_us < ? LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

/* One that ran out by itself is ended first (time-out), so that it stands in the access log. */
static const yb_query purge_session = {
	.name = "purge_session",
	.sql = "DELETE FROM core_session WHERE expires_us < ? AND ended_us IS NOT NULL LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

/* Long enough after its end that no worker with a slow clock still asks for it. */
static const yb_query purge_revocation = {
	.name = "purge_revocation",
	.sql = "DELETE FROM core_revocation WHERE until_us < ? - 3600000000 LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query purge_mail = {
	.name = "purge_mail",
	.sql = "DELETE FROM core_mail WHERE ended_us < ? LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query *const ybh_purge_queries[] = { &purge_idempotency, &purge_session,
	&purge_revocation, &purge_mail, NULL };

static int
purge(yb_req *r, const char *what, const yb_query *q, int64_t before_us)
{
	int64_t rows = 0;

	if (yb_db_exec(r, q, YB_ARGS(yb_i64(before_us)), &rows) != 0)
		return -1;
	yb_run_count(r, what, rows);
	if (rows == LIMIT)
		yb_run_again(r);
	return 0;
}

static int
purge_step(yb_req *r)
{
	int64_t now = yb_now(r).us;

	if (purge(r, "idempotency", &purge_idempotency, now) < 0 ||
	    purge(r, "sessions", &purge_session, now) < 0 ||
	    purge(r, "revocations", &purge_revocation, now) < 0)
		return -1;
	return purge(r, "mails", &purge_mail, now - MAIL_US * yb_option_i64(r, "mail_days"));
}

const yb_timer ybh_core_timers[] = {
	{ .name = "purge", .seconds = 60, .run = purge_step, .function = "core",
	    .note = "Removes kept answers, sessions, revocations and mails that have run out." },
	{ .name = "time-out", .seconds = 60, .run = ybh_session_time_out, .function = "H-1-9",
	    .note = "Ends sessions whose time is over, each with its row in the access log." },
	{ .name = "jobs", .seconds = 60, .run = job_purge, .function = "core",
	    .note = "Removes the files of jobs that are over, and jobs whose time is over." },
	{ 0 },
};
