/*
 * migrate_grants.c - the database accounts of yobo.conf and their rights.
 *
 * Every pool gets sql/core/grants.sql, one with runners grants_runner.sql too, the grants_all.sql
 * of every area that has one, and the grants.sql of its own areas, with {pool} read as its account; the keeper and the verifier
 * have a file each. Accounts that are missing are created. All of it may be run again.
 */
#include "migrate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GRANTEES_MAX 40

struct grantee {
	struct ctl_account account;
	const char *placeholder; /* "{pool}" */
	const char *areas;	 /* of a pool; NULL: not a pool */
	bool runners;		 /* of a pool that runs timers, jobs and mails */
	const char *file;	 /* of a process: grants_keeper.sql */
	yb_str sql_name;	 /* 'yobo_login'@'localhost' */
};

/* What may stand between quotes of a statement without meaning anything else there. */
static bool
is_plain(const char *s, const char *more)
{
	for (; *s != '\0'; s++) {
		bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');

		if (!letter && !(*s >= '0' && *s <= '9') && strchr(more, *s) == NULL)
			return false;
	}
	return true;
}

/* Accounts that are not ours to change: the one that migrates, and the administrator's. */
static bool
is_foreign(const struct migrate *m, const struct grantee *g)
{
	return strcmp(g->account.login.user, m->account.login.user) == 0 ||
	    strcmp(g->account.login.user, "root") == 0;
}

static int
run(struct migrate *m, const struct grantee *g, const char *what, yb_str sql)
{
	if (ybh_db_script(m->db, sql) == 0)
		return 0;
	ctl_error("[%s] %s %.*s: %s", g->account.section, what, (int)g->sql_name.len, g->sql_name.p,
	    ybh_db_error(m->db));
	return -1;
}

static int
account_make(struct migrate *m, struct grantee *g)
{
	struct yb_arena *a = m->c->arena;
	int name = (int)g->sql_name.len;
	const char *tls = strcmp(m->host, "localhost") == 0 ? "" : " REQUIRE SSL";
	yb_str sql;
	int rc;

	if (g->account.password_file == NULL && strcmp(m->host, "localhost") != 0) {
		ctl_error("[%s] db_password_file: needed for a server reached by TCP",
		    g->account.section);
		return -1;
	}
	if (g->account.password_file == NULL)
		return run(m, g, "creating", ybh_arena_format(a,
		    "CREATE USER IF NOT EXISTS %.*s IDENTIFIED VIA unix_socket", name,
		    g->sql_name.p));
	if (!is_plain(g->account.login.password, "-_.,:;!?@#%^*+=~/()[]{}<>|&$ ")) {
		ctl_error("[%s] db_password_file: quotes, backslashes and letters beyond ASCII are "
			  "not accepted", g->account.section);
		return -1;
	}
	sql = ybh_arena_format(a, "CREATE USER IF NOT EXISTS %.*s IDENTIFIED BY '%s'%s", name,
	    g->sql_name.p, g->account.login.password, tls);
	rc = run(m, g, "creating", sql);
	if (rc == 0) {
		sql = ybh_arena_format(a, "ALTER USER %.*s IDENTIFIED BY '%s'%s", name,
		    g->sql_name.p, g->account.login.password, tls);
		rc = run(m, g, "setting the password of", sql);
	}
	return rc;
}

/* The file's text with the placeholder read as the account; null: said. */
static yb_str
grants_text(struct migrate *m, const struct grantee *g, const char *name, yb_str text)
{
	struct ybh_buf b;
	size_t n = strlen(g->placeholder);
	yb_str ret;

	ybh_buf_init(&b, MIGRATE_FILE_MAX);
	for (size_t i = 0; i < text.len;) {
		if (text.len - i >= n && memcmp(text.p + i, g->placeholder, n) == 0) {
			ybh_buf_str(&b, g->sql_name);
			i += n;
		} else {
			ybh_buf_char(&b, text.p[i++]);
		}
	}
	if (b.failed)
		ctl_error("%s: no memory", name);
	ret = b.failed ? (yb_str) { NULL, 0 } : ybh_arena_copy(m->c->arena, ybh_buf_view(&b));
	ybh_buf_free(&b);
	return ret;
}

static int
grants_run(struct migrate *m, const struct grantee *g, const char *area, const char *file)
{
	struct yb_arena *a = m->c->arena;
	const char *name = ybh_arena_cstr(a, ybh_arena_format(a, "%s/%s", area, file)), *err;
	yb_str path = ybh_arena_format(a, "%s/%s", m->sql_dir, name);
	yb_str text = ctl_file(a, ybh_arena_cstr(a, path), MIGRATE_FILE_MAX, &err);
	struct sql_statement st;
	struct sql_text s;
	unsigned number = 0;
	int rc;

	if (text.p == NULL) {
		ctl_error("%s, for [%s]: %s", name, g->account.section, err);
		return -1;
	}
	text = grants_text(m, g, name, text);
	if (text.p == NULL)
		return -1;
	sql_text_init(&s, name, text);
	while ((rc = sql_text_next(&s, &st)) > 0) {
		if (sql_statement_run(m->db, &s, &st, ++number) < 0)
			return -1;
	}
	return rc;
}

/* ---- who gets what ---- */

static int
grantee_read(struct migrate *m, const char *section, const char *otherwise, struct grantee *g)
{
	if (ctl_account(m->c, section, otherwise, &g->account) < 0)
		return -1;
	if (!is_plain(g->account.login.user, "_-") || strlen(g->account.login.user) > 80) {
		ctl_error("[%s] db_user: letters, digits, _ and - only", section);
		return -1;
	}
	g->sql_name = ybh_arena_format(m->c->arena, "'%s'@'%s'", g->account.login.user, m->host);
	return 0;
}

/* Pools, keeper, verifier. Their number, or -1: said. */
static int
grantees_read(struct migrate *m, struct grantee *g)
{
	const char *section;
	int n = 0;

	for (; (section = ybh_conf_section(m->c->conf, "pool ", (size_t)n)) != NULL; n++) {
		if (n == GRANTEES_MAX - 2) {
			ctl_error("more than %d pools", GRANTEES_MAX - 2);
			return -1;
		}
		g[n] = (struct grantee) { .placeholder = "{pool}",
			.areas = ybh_conf_get(m->c->conf, section, "areas", ""),
			.runners = strcmp(ybh_conf_get(m->c->conf, section, "runners", "0"), "0") != 0 };
		if (grantee_read(m, section, "yobo", &g[n]) < 0)
			return -1;
	}
	g[n] = (struct grantee) { .placeholder = "{keeper}", .file = "grants_keeper.sql" };
	if (grantee_read(m, "keeper", "yobo_keeper", &g[n++]) < 0)
		return -1;
	g[n] = (struct grantee) { .placeholder = "{audit}", .file = "grants_audit.sql" };
	return grantee_read(m, "audit", "yobo_audit", &g[n++]) < 0 ? -1 : n;
}

static int
grantee_prepare(struct migrate *m, struct grantee *g)
{
	if (account_make(m, g) < 0)
		return -1;
	if (!m->regrant)
		return 0;
	return run(m, g, "taking the rights of", ybh_arena_format(m->c->arena,
	    "REVOKE ALL PRIVILEGES, GRANT OPTION FROM %.*s", (int)g->sql_name.len, g->sql_name.p));
}

/* What an area lets every pool do: the grants_all.sql of those that have one. */
static int
grants_all_run(struct migrate *m, const struct grantee *g, const struct migrations *files)
{
	for (size_t i = 0; i < files->n; i++) {
		const char *area = files->at[i].area;
		yb_str path;

		if (files->at[i].number != 1)
			continue; /* once for an area */
		path = ybh_arena_format(m->c->arena, "%s/%s/grants_all.sql", m->sql_dir, area);
		if (access(ybh_arena_cstr(m->c->arena, path), F_OK) == 0 &&
		    grants_run(m, g, area, "grants_all.sql") < 0)
			return -1;
	}
	return 0;
}

static int
grantee_grant(struct migrate *m, const struct grantee *g, const struct migrations *files)
{
	const char *list = g->areas;
	yb_str area;

	if (list == NULL)
		return grants_run(m, g, "core", g->file);
	if (grants_run(m, g, "core", "grants.sql") < 0 || grants_all_run(m, g, files) < 0)
		return -1;
	if (g->runners && grants_run(m, g, "core", "grants_runner.sql") < 0)
		return -1;
	while ((area = ctl_word(m->c->arena, &list)).p != NULL) {
		if (grants_run(m, g, area.p, "grants.sql") < 0)
			return -1;
	}
	return 0;
}

/* Two passes: pools may share an account, whose rights are taken away once, then added up. */
int
grants_apply(struct migrate *m, const struct migrations *files)
{
	struct grantee *g = ybh_arena_must(m->c->arena, GRANTEES_MAX * sizeof *g);
	int n = grantees_read(m, g);

	for (int i = 0; i < n; i++) {
		if (!is_foreign(m, &g[i]) && grantee_prepare(m, &g[i]) < 0)
			return -1;
	}
	for (int i = 0; i < n; i++) {
		if (!is_foreign(m, &g[i]) && grantee_grant(m, &g[i], files) < 0)
			return -1;
		(void)printf("[%s] %s: %s\n", g[i].account.section, g[i].account.login.user,
		    is_foreign(m, &g[i]) ? "left as it is" : "granted");
	}
	return n < 0 ? -1 : 0;
}
