/*
 * yoboctl_run.c - `yoboctl run`: the timers of the installation, and one of them now.
 *
 * Running needs the modules, the keeper and the account of the pool with runners: that is a
 * worker's business, which this command becomes.
 */
#include "ctl.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct timer_row {
	yb_str name, outcome, counts, problem;
	yb_time due, ended;
	int64_t held;
};

static const yb_field timer_fields[] = {
	{ "name", YB_OF(struct timer_row, name) },
	{ "due_us", YB_OF(struct timer_row, due) },
	{ "ended_us", YB_OF(struct timer_row, ended) },
	{ "outcome", YB_OF(struct timer_row, outcome) },
	{ "counts", YB_OF(struct timer_row, counts) },
	{ "problem", YB_OF(struct timer_row, problem) },
	{ "held", YB_OF(struct timer_row, held) },
	{ 0 },
};

static const yb_query timer_list = {
	.name = "run_timer_list",
	.sql = "SELECT name, due_us, ended_us, outcome, counts, problem,"
	       " lease_us > CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) AS held"
	       " FROM core_timer ORDER BY name LIMIT 200",
	.row = timer_fields,
	.row_size = sizeof(struct timer_row),
	.tenant = YB_GLOBAL,
};

/* The first pool with runners; NULL: said. */
static const char *
pool_find(const struct ctl *c)
{
	const char *section;

	for (size_t i = 0; (section = ybh_conf_section(c->conf, "pool ", i)) != NULL; i++)
		if (strtol(ybh_conf_get(c->conf, section, "runners", "0"), NULL, 10) > 0)
			return section;
	ctl_error("no pool has runners");
	return NULL;
}

/* ---- what there is ---- */

static const yb_timer *
timer_find(const struct ctl_modules *m, yb_str name)
{
	char full[64];

	for (size_t i = 0; i < m->n; i++) {
		const yb_timer *t = m->at[i]->timers;

		for (; t != NULL && t->name != NULL; t++) {
			(void)snprintf(full, sizeof full, "%s.%s", m->at[i]->name, t->name);
			if (yb_str_is(name, full))
				return t;
		}
	}
	return NULL;
}

static const char *
moment(struct yb_arena *a, yb_time t)
{
	char text[32];

	if (t.us == 0)
		return NULL;
	(void)ybh_time_print(t, text);
	return ybh_arena_cstr(a, yb_cstr(text));
}

static void
row_show(struct ctl_table *t, const struct timer_row *row, const yb_timer *timer)
{
	const char *state = row->held != 0 ? "running" : NULL;

	if (state == NULL && row->outcome.p != NULL)
		state = ybh_arena_cstr(t->a, ybh_arena_format(t->a, "%s%s%.*s",
		    yb_str_is(row->outcome, "DONE") ? "done" : "failed",
		    row->problem.p == NULL ? "" : " ", (int)row->problem.len,
		    row->problem.p == NULL ? "" : row->problem.p));
	ctl_table_row(t, ybh_arena_cstr(t->a, row->name), moment(t->a, row->due),
	    moment(t->a, row->ended), state,
	    row->counts.p == NULL ? NULL : ybh_arena_cstr(t->a, row->counts),
	    timer == NULL ? "no area has it any more" : timer->note);
}

static int
show(const struct ctl *c, const char *section)
{
	struct ctl_modules modules;
	struct ctl_account account;
	struct ctl_table t;
	struct ybh_db *db;
	const char *err;
	yb_list rows;
	int rc;

	if (ctl_modules_load(c, &modules) > 0 || ctl_account(c, section, "yobo", &account) < 0)
		return CTL_CONFIG;
	db = ctl_connect(&account, NULL, 10, &err);
	if (db == NULL) {
		ctl_error("%s", err);
		return CTL_AWAY;
	}
	rc = ybh_db_run(db, &timer_list, NULL, 0, c->arena, 200, &rows, NULL);
	if (rc != 0)
		ctl_error("%s", ybh_db_error(db));
	ctl_table_init(&t, c->arena, 6);
	ctl_table_row(&t, "TIMER", "DUE", "ENDED", "OUTCOME", "FIGURES", "MEANING");
	for (size_t i = 0; rc == 0 && i < rows.n; i++) {
		const struct timer_row *row = &((const struct timer_row *)rows.items)[i];

		row_show(&t, row, timer_find(&modules, row->name));
	}
	if (rc == 0)
		ctl_table_print(&t);
	ybh_db_free(db);
	return rc == 0 ? CTL_OK : CTL_FAILED;
}

/* ---- one now ---- */

/* Root becomes who the pools run as: the worker needs no more. */
static int
become(const struct ctl *c)
{
	const char *user = ybh_conf_get(c->conf, "yobod", "user", "");
	const struct passwd *pw;

	if (geteuid() != 0 || *user == '\0')
		return 0;
	pw = getpwnam(user);
	if (pw == NULL || initgroups(user, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 ||
	    setuid(pw->pw_uid) != 0) {
		ctl_error("[yobod] user: cannot become %s", user);
		return -1;
	}
	return 0;
}

static int
run_now(const struct ctl *c, const char *pool, const char *timer, bool dry)
{
	static const char *const environment[] = { "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC",
		NULL };
	const char *worker = ybh_conf_get(c->conf, "yobod", "worker", NULL);
	const char *const argv[] = { worker, "--config", c->conf_path, "--pool", pool, "--run",
		timer, dry ? "--dry-run" : NULL, NULL };

	if (worker == NULL) {
		ctl_error("[yobod] worker: is needed");
		return CTL_CONFIG;
	}
	if (become(c) < 0)
		return CTL_FAILED;
	(void)execve(worker, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
	ctl_error("%s: %s", worker, ctl_errno());
	return CTL_CONFIG;
}

int
ctl_run(struct ctl *c, int argc, char **argv)
{
	const char *section, *timer = NULL;
	bool dry = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0)
			dry = true;
		else if (timer == NULL && argv[i][0] != '-')
			timer = argv[i];
		else
			timer = "";
	}
	if ((timer == NULL && dry) || (timer != NULL && *timer == '\0')) {
		ctl_error("usage: run [AREA.TIMER [--dry-run]]");
		return CTL_USAGE;
	}
	section = pool_find(c);
	if (section == NULL)
		return CTL_CONFIG;
	return timer == NULL ? show(c, section)
			     : run_now(c, section + strlen("pool "), timer, dry);
}
