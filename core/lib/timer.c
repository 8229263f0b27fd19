/*
 * timer.c - what areas do by the clock (yb/module.h), once at a time in the installation.
 *
 * Whoever runs a timer holds the lease of its row. It is renewed before every step, and every
 * step looks in its own transaction whether it is still held, so that a process that slept
 * cannot commit beside the one that took over. Times of leases are the database's, of which
 * there is one; a timer is due by our own clock.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define DAY_US	INT64_C(86400000000)
#define JST_US	INT64_C(32400000000)
#define DUE_MAX 100

#define NOW_US "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"
#define LEASE  NOW_US " + 60000000" /* after a kill -9 somebody else begins again that soon */

struct due {
	yb_str name;
};

static const yb_field due_record[] = { { "name", YB_OF(struct due, name) }, { 0 } };

struct count {
	int64_t n;
};

static const yb_field count_record[] = { { "n", YB_OF(struct count, n) }, { 0 } };

struct success {
	yb_str name;
	int64_t ok_us;
};

static const yb_field success_record[] = {
	{ "name", YB_OF(struct success, name) },
	{ "ok_us", YB_OF(struct success, ok_us) },
	{ 0 },
};

static const yb_query timer_make = {
	.name = "timer_make",
	.sql = "INSERT INTO core_timer (name, due_us) VALUES (?, ?)"
	       " ON DUPLICATE KEY UPDATE due_us = LEAST(due_us, VALUES(due_us))",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static const yb_query timer_due = {
	.name = "timer_due",
	.sql = "SELECT name FROM core_timer WHERE due_us <= ? AND lease_us < " NOW_US
	       " ORDER BY due_us LIMIT 100",
	.row = due_record,
	.row_size = sizeof(struct due),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query timer_claim = {
	.name = "timer_claim",
	.sql = "UPDATE core_timer SET lease = ?, lease_us = " LEASE ", holder = ?, started_us = ?"
	       " WHERE name = ? AND due_us <= ? AND lease_us < " NOW_US,
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

static const yb_query timer_renew = {
	.name = "timer_renew",
	.sql = "UPDATE core_timer SET lease_us = " LEASE " WHERE name = ? AND lease = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static const yb_query timer_held = {
	.name = "timer_held",
	.sql = "SELECT COUNT(*) AS n FROM core_timer WHERE name = ? AND lease = ? FOR UPDATE",
	.row = count_record,
	.row_size = sizeof(struct count),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static const yb_query timer_release = {
	.name = "timer_release",
	.sql = "UPDATE core_timer SET lease = NULL, lease_us = 0 WHERE name = ? AND lease = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static const yb_query timer_done = {
	.name = "timer_done",
	.sql = "UPDATE core_timer SET lease = NULL, lease_us = 0, due_us = ?, ended_us = ?,"
	       " ok_us = ended_us, outcome = 'DONE', counts = ?, problem = NULL, failures = 0"
	       " WHERE name = ? AND lease = ?",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

/* Again after a minute, two, four ... an hour; due_us is assigned before failures. */
static const yb_query timer_failed = {
	.name = "timer_failed",
	.sql = "UPDATE core_timer SET lease = NULL, lease_us = 0, ended_us = ?,"
	       " due_us = ended_us + LEAST(3600000000, 60000000 << LEAST(failures, 6)),"
	       " failures = failures + 1, outcome = 'FAILED', counts = ?, problem = ?"
	       " WHERE name = ? AND lease = ?",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

static const yb_query timer_successes = {
	.name = "timer_successes",
	.sql = "SELECT name, COALESCE(ok_us, 0) AS ok_us FROM core_timer ORDER BY name LIMIT 100",
	.row = success_record,
	.row_size = sizeof(struct success),
	.tenant = YB_GLOBAL,
};

const yb_query *const ybh_timer_queries[] = { &timer_make, &timer_due, &timer_claim, &timer_renew,
	&timer_held, &timer_release, &timer_done, &timer_failed, &timer_successes, NULL };

/* A timer that runs: what its steps share. */
struct running {
	const yb_timer *timer;
	yb_uuid lease;
	int64_t began_us;
	char name[64], actor[72];
	yb_route route;
	struct ybh_run run;
};

static yb_value
name_of(const struct running *g)
{
	return yb_text(yb_cstr(g->name));
}

/* The number of rows a statement matched, or a negative of dbconn.h. */
static int64_t
change(struct ybh_thread *t, const yb_query *q, yb_args args)
{
	int64_t rows = 0;
	int rc = ybh_db_run(t->db, q, args.v, args.n, t->arena, 0, NULL, &rows);

	return rc == 0 ? rows : rc;
}

/* ---- which there are, and when ---- */

static const yb_timer *
timer_at(const struct ybh_process *p, size_t i, const struct ybh_loaded **ret)
{
	for (size_t k = 0; k < p->n_loaded; k++) {
		const yb_timer *timer = p->loaded[k].module->timers;

		for (; timer != NULL && timer->name != NULL; timer++, i--) {
			*ret = &p->loaded[k];
			if (i == 0)
				return timer;
		}
	}
	return NULL;
}

const yb_timer *
ybh_timer_at(const struct ybh_process *p, size_t i, char name[64])
{
	const struct ybh_loaded *l;
	const yb_timer *timer = timer_at(p, i, &l);

	if (timer != NULL)
		(void)snprintf(name, 64, "%s.%s", l->module->name, timer->name);
	return timer;
}

int64_t
ybh_timer_next(const yb_timer *timer, int64_t now_us)
{
	int64_t local = now_us + JST_US, at;

	if (timer->daily == NULL)
		return now_us + INT64_C(1000000) * timer->seconds;
	at = (timer->daily[0] - '0') * 600 + (timer->daily[1] - '0') * 60 +
	    (timer->daily[3] - '0') * 10 + (timer->daily[4] - '0');
	at = local - local % DAY_US + at * INT64_C(60000000);
	if (at <= local)
		at += DAY_US;
	return at - JST_US;
}

int
ybh_timers_start(struct ybh_thread *t)
{
	struct ybh_metrics *m = t->process->metrics;
	const yb_timer *timer;
	char name[64];

	for (size_t i = 0; (timer = ybh_timer_at(t->process, i, name)) != NULL; i++) {
		int64_t rc = change(t, &timer_make, YB_ARGS(yb_text(yb_cstr(name)),
		    yb_i64(ybh_timer_next(timer, ybh_now_us()))));

		if (rc < 0)
			return (int)rc;
		if (m != NULL && i < YBH_METRIC_TIMERS)
			memcpy(m->timer[i].name, name, strnlen(name, YBH_METRIC_NAME - 1));
	}
	return 0;
}

void
ybh_timers_count(struct ybh_thread *t)
{
	struct ybh_metrics *m = t->process->metrics;
	yb_list rows;

	if (m == NULL || ybh_db_run(t->db, &timer_successes, NULL, 0, t->arena, DUE_MAX, &rows,
			     NULL) != 0)
		return;
	for (size_t i = 0; i < rows.n; i++) {
		const struct success *s = &((const struct success *)rows.items)[i];

		for (size_t k = 0; k < YBH_METRIC_TIMERS; k++)
			if (yb_str_is(s->name, m->timer[k].name))
				atomic_store_explicit(&m->timer[k].ok_us, s->ok_us,
				    memory_order_relaxed);
	}
}

/* ---- a run ---- */

/* The area's step, and then a look at the lease, which holds the row until the commit. */
static int
step(yb_req *r)
{
	const struct running *g = r->run->arg;
	struct count held = { 0 };

	if (g->timer->run(r) < 0)
		return -1;
	if (yb_db_one(r, &timer_held, YB_ARGS(name_of(g), yb_id(g->lease)), &held) < 0)
		return -1;
	if (held.n == 1)
		return 0;
	ybh_log(YBH_WARN, "%s: timer %s: the lease was lost", r->trace, g->name);
	return yb_problem(r, "E-SYS-002");
}

/* 1 ours, 0 somebody else's, or a negative of dbconn.h. */
static int
claim(struct ybh_thread *t, struct running *g, const struct ybh_loaded *l, int64_t due_until_us)
{
	char holder[80], host[40] = "";
	int64_t rc;

	(void)gethostname(host, sizeof host - 1);
	(void)snprintf(holder, sizeof holder, "%s/%s/%ld", host, t->process->pool, (long)getpid());
	g->lease = yb_uuid_new();
	g->began_us = ybh_now_us();
	(void)snprintf(g->actor, sizeof g->actor, "timer:%s", g->name);
	g->route = (yb_route) { .handler = step,
		.id = g->name,
		.summary = g->timer->note,
		.reach = YB_REACH_CROSS,
		.effect = YB_WRITES,
		.action = g->timer->action,
		.function = g->timer->function };
	g->run = (struct ybh_run) { .loaded = l,
		.route = &g->route,
		.caller = { .kind = YB_SYSTEM, .actor = yb_cstr(g->actor) },
		.arg = g };
	rc = change(t, &timer_claim, YB_ARGS(yb_id(g->lease), yb_text(yb_cstr(holder)),
	    yb_i64(g->began_us), name_of(g), yb_i64(due_until_us)));
	return rc < 0 ? (int)rc : rc == 1;
}

/* A dry run without a cursor would look at the same rows for ever. */
static bool
again(const struct ybh_run *run)
{
	return run->again && (!run->dry || run->state != NULL);
}

static enum ybh_timer_end
steps(struct ybh_thread *t, struct running *g)
{
	do {
		int64_t rc;

		if (ybh_work_stopping(t))
			return YBH_TIMER_STOPPED;
		rc = change(t, &timer_renew, YB_ARGS(name_of(g), yb_id(g->lease)));
		if (rc == 0)
			return YBH_TIMER_STOPPED;
		if (rc < 0)
			g->run.problem = "E-SYS-002";
		if (rc < 0 || ybh_run_step(t, &g->run) < 0)
			return YBH_TIMER_FAILED;
	} while (again(&g->run));
	return YBH_TIMER_DONE;
}

static yb_str
counts_json(struct ybh_thread *t, const struct ybh_run *run)
{
	struct ybh_buf *b = &t->scratch;

	ybh_buf_reset(b);
	ybh_buf_char(b, '{');
	for (size_t i = 0; i < YBH_RUN_COUNTS && run->counts[i].name != NULL; i++) {
		ybh_buf_cstr(b, i == 0 ? "" : ",");
		ybh_json_print_text(b, yb_cstr(run->counts[i].name));
		ybh_buf_char(b, ':');
		ybh_buf_i64(b, run->counts[i].n);
	}
	ybh_buf_char(b, '}');
	return ybh_buf_view(b);
}

/* A run that found nothing to do is not worth a line: some come every few seconds. */
static enum ybh_level
worth(const struct ybh_run *run, enum ybh_timer_end end)
{
	if (end == YBH_TIMER_FAILED)
		return YBH_ERR;
	for (size_t i = 0; i < YBH_RUN_COUNTS; i++)
		if (run->counts[i].n != 0)
			return YBH_INFO;
	return end == YBH_TIMER_DONE ? YBH_DEBUG : YBH_INFO;
}

/* Gives the lease back with what became of the run; without an answer it runs out by itself. */
static void
finish(struct ybh_thread *t, struct running *g, enum ybh_timer_end end)
{
	yb_str counts = counts_json(t, &g->run);
	int64_t now = ybh_now_us(), rc;

	if (g->run.dry || end == YBH_TIMER_STOPPED)
		rc = change(t, &timer_release, YB_ARGS(name_of(g), yb_id(g->lease)));
	else if (end == YBH_TIMER_DONE)
		rc = change(t, &timer_done, YB_ARGS(yb_i64(ybh_timer_next(g->timer, now)),
		    yb_i64(now), yb_text(counts), name_of(g), yb_id(g->lease)));
	else
		rc = change(t, &timer_failed, YB_ARGS(yb_i64(now), yb_text(counts),
		    yb_text(yb_cstr(g->run.problem)), name_of(g), yb_id(g->lease)));
	ybh_log(worth(&g->run, end), "timer %s%s: %s after %lld ms %s%s",
	    g->name, g->run.dry ? " (dry)" : "",
	    end == YBH_TIMER_DONE	 ? "done"
		: end == YBH_TIMER_FAILED ? "failed"
					  : "stopped",
	    (long long)(now - g->began_us) / 1000, counts.p,
	    rc == 1 ? "" : ", lease not given back");
}

static enum ybh_timer_end
run_claimed(struct ybh_thread *t, struct running *g)
{
	enum ybh_timer_end end = steps(t, g);

	finish(t, g, end);
	ybh_run_end(&g->run);
	ybh_arena_reset(t->arena);
	return end;
}

/* false: no loaded module has a timer of this name. */
static bool
find(const struct ybh_process *p, yb_str name, struct running *g, const struct ybh_loaded **ret)
{
	for (size_t i = 0; (g->timer = timer_at(p, i, ret)) != NULL; i++) {
		(void)ybh_timer_at(p, i, g->name);
		if (yb_str_is(name, g->name))
			return true;
	}
	return false;
}

bool
ybh_timers_work(struct ybh_thread *t)
{
	const yb_value now = yb_i64(ybh_now_us());
	const struct ybh_loaded *l;
	struct running g;
	yb_list rows;

	if (ybh_db_run(t->db, &timer_due, &now, 1, t->arena, DUE_MAX, &rows, NULL) != 0)
		return false;
	for (size_t i = 0; i < rows.n; i++) {
		if (!find(t->process, ((const struct due *)rows.items)[i].name, &g, &l) ||
		    claim(t, &g, l, now.u.i64) != 1)
			continue;
		return run_claimed(t, &g) == YBH_TIMER_DONE;
	}
	return false;
}

enum ybh_timer_end
ybh_timer_now(struct ybh_thread *t, const char *name, bool dry,
    struct ybh_run_count counts[YBH_RUN_COUNTS])
{
	const struct ybh_loaded *l;
	struct running g;
	enum ybh_timer_end end;
	int rc;

	if (!find(t->process, yb_cstr(name), &g, &l))
		return YBH_TIMER_UNKNOWN;
	rc = claim(t, &g, l, INT64_MAX);
	if (rc != 1)
		return rc < 0 ? YBH_TIMER_AWAY : YBH_TIMER_BUSY;
	g.run.dry = dry;
	end = run_claimed(t, &g);
	memcpy(counts, g.run.counts, sizeof g.run.counts);
	return end;
}
