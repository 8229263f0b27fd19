/*
 * yoboctl_check.c - `yoboctl check-config`: everything that can be known before a start.
 *
 * Says all it finds, not only the first. What needs the database is checked when an account
 * can be reached from here, and is said to be unchecked otherwise.
 */
#include "ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../keeper/settings.h"
#include "../lib/mail_server.h"
#include "../supervisor/yobod.h"

#define KEEPER_CONNECTIONS 2 /* sealing, and the administrator's own */

struct number {
	int64_t n;
};
static const yb_field number_fields[] = { { "n", YB_OF(struct number, n) }, { 0 } };

static const yb_query connections_max = {
	.name = "check_connections_max",
	.sql = "SELECT @@max_connections AS n",
	.row = number_fields,
	.row_size = sizeof(struct number),
	.tenant = YB_GLOBAL,
};
static const yb_query schema_number = {
	.name = "check_schema_number",
	.sql = "SELECT number AS n FROM core_schema WHERE area = ?",
	.row = number_fields,
	.row_size = sizeof(struct number),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

/* ---- sections and keys ---- */

static const struct {
	const char *section, *keys;
} known[] = {
	{ "yobod", "run_dir,user,group,socket_mode,worker,drain_timeout,request_timeout,"
		   "crash_limit" },
	{ "db", "socket,host,port,ca,name" },
	{ "pool ", "areas,workers,threads,runners,scheduling,db_user,db_password_file,"
		   "request_timeout" },
	{ "keeper", "keys_dir,db_user,db_password_file,checkpoint_file,seal_seconds,peers" },
	{ "migrate", "db_user,db_password_file,sql_dir" },
	{ "audit", "db_user,db_password_file" },
	{ "mail", "smtp,from,tls,user,password_file,ca" },
};

static const char *
keys_of(const char *section)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t n = strlen(known[i].section);

		if (strcmp(section, known[i].section) == 0 ||
		    (known[i].section[n - 1] == ' ' && strncmp(section, known[i].section, n) == 0))
			return known[i].keys;
	}
	return NULL;
}

static int
check_section(const struct ctl *c, const char *section)
{
	const char *keys = keys_of(section), *key;
	int errors = 0;

	if (strcmp(section, "core") == 0 || strncmp(section, "area ", 5) == 0)
		return 0; /* against the option tables, below */
	if (keys == NULL) {
		ctl_error("[%s]: there is no such section", section);
		return 1;
	}
	for (size_t i = 0; (key = ybh_conf_key(c->conf, section, i)) != NULL; i++) {
		if (yb_word_in(yb_cstr(key), keys, ','))
			continue;
		ctl_error("[%s] %s: there is no such key", section, key);
		errors++;
	}
	return errors;
}

static int
check_sections(const struct ctl *c)
{
	const char *section;
	int errors = 0;

	for (size_t i = 0; (section = ybh_conf_section(c->conf, "", i)) != NULL; i++)
		errors += check_section(c, section);
	if (ybh_conf_section(c->conf, "pool ", 0) == NULL) {
		ctl_error("there is no [pool NAME]");
		errors++;
	}
	return errors;
}

/* ---- values: each program reads its own itself, and says one fault at a time ---- */

static int
check_fleet(const struct ctl *c)
{
	char err[1024];

	if (fleet_check(c->conf_path, err, sizeof err) == 0)
		return 0;
	ctl_error("%s", err);
	return 1;
}

/* On a machine where it runs: of its keys nothing is read. */
static int
check_keeper(const struct ctl *c)
{
	struct keeper_settings s;
	int errors = 0;

	if (ybh_conf_key(c->conf, "keeper", 0) == NULL)
		return 0;
	if (keeper_settings_read(&s, c->conf_path) != 0) {
		ctl_error("%s", s.err);
		errors++;
	}
	keeper_settings_free(&s);
	return errors;
}

static int
check_mail(const struct ctl *c)
{
	struct ybh_mail_server server;
	char err[1024];
	int errors = 0;

	if (ybh_mail_server_read(c->conf, &server, err, sizeof err) != 0) {
		ctl_error("%s", err);
		errors++;
	}
	ybh_wipe(&server, sizeof server);
	return errors;
}

/* ---- modules ---- */

static bool
loaded(const struct ctl_modules *m, const char *pool, const char *name)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->pool[i], pool) == 0 && strcmp(m->at[i]->name, name) == 0)
			return true;
	}
	return false;
}

/* [area x] of an area no pool runs: its values would never be read. */
static int
check_areas(const struct ctl *c, const struct ctl_modules *m)
{
	const char *section;
	int errors = 0;

	for (size_t i = 0; (section = ybh_conf_section(c->conf, "area ", i)) != NULL; i++) {
		bool used = false;

		for (size_t k = 0; k + 1 < m->n; k++)
			used = used || strcmp(m->at[k]->name, section + 5) == 0;
		if (used)
			continue;
		ctl_error("[%s]: no pool runs this area", section);
		errors++;
	}
	return errors;
}

static int
check_module(const struct ctl *c, const struct ctl_modules *m, size_t at)
{
	const yb_module *mod = m->at[at];
	char err[512];
	int errors = 0;

	if (mod == &ybh_core_module)
		return 0; /* its options were checked as [core] */
	if (ybh_options_check(c->conf, mod->name, mod->options, err, sizeof err) < 0) {
		ctl_error("%s", err);
		errors++;
	}
	for (const char *const *need = mod->needs; need != NULL && *need != NULL; need++) {
		if (loaded(m, m->pool[at], *need))
			continue;
		ctl_error("[%s] %s: needs %s in the same pool", m->pool[at], mod->name, *need);
		errors++;
	}
	for (size_t i = 0; i < at; i++) {
		if (m->at[i] != mod || strcmp(m->pool[i], m->pool[at]) != 0)
			continue;
		ctl_error("[%s] %s: is there twice", m->pool[at], mod->name);
		errors++;
	}
	return errors;
}

/* Two modules that would answer the same request, or go by the same operation. */
static int
check_clash(const yb_module *a, const yb_module *b)
{
	int errors = 0;

	if (a == b)
		return 0;
	for (const yb_route *r = a->routes; r->path != NULL; r++) {
		for (const yb_route *s = b->routes; s->path != NULL; s++) {
			bool same = r->method == s->method && ybh_route_clash(r->path, s->path);

			if (!same && strcmp(r->id, s->id) != 0)
				continue;
			ctl_error("%s: %s %s (%s) clashes with %s: %s %s (%s)", a->name,
			    ybh_method_name(r->method), r->path, r->id, b->name,
			    ybh_method_name(s->method), s->path, s->id);
			errors++;
		}
	}
	return errors;
}

static int
check_modules(const struct ctl *c, struct ctl_modules *m)
{
	int errors = ctl_modules_load(c, m);
	char err[512];

	if (ybh_options_check(c->conf, "core", ybh_core_options, err, sizeof err) < 0) {
		ctl_error("%s", err);
		errors++;
	}
	errors += check_areas(c, m);
	for (size_t i = 0; i < m->n; i++) {
		errors += check_module(c, m, i);
		for (size_t k = 0; k < i; k++)
			errors += check_clash(m->at[k], m->at[i]);
	}
	return errors;
}

/* ---- database ---- */

/* Of a pool: one for each thread and runner of each worker, its background, its log. -1: said. */
static long
connections_of(const struct ctl *c, const char *section)
{
	long workers = 1, threads = 4, runners = 0;
	char err[256];

	if (ybh_conf_long(c->conf, section, "workers", 1, 1000, &workers, err, sizeof err) == 0 &&
	    ybh_conf_long(c->conf, section, "threads", 1, 1000, &threads, err, sizeof err) == 0 &&
	    ybh_conf_long(c->conf, section, "runners", 0, 16, &runners, err, sizeof err) == 0)
		return workers * (threads + runners + 2);
	ctl_error("%s", err);
	return -1;
}

static long
runners_of(const struct ctl *c, const char *section)
{
	return strtol(ybh_conf_get(c->conf, section, "runners", "0"), NULL, 10);
}

/* The one number, `otherwise` without a row, -1: said. */
static int64_t
ask(const struct ctl *c, struct ybh_db *db, const yb_query *q, yb_args args, int64_t otherwise)
{
	yb_list rows;

	if (ybh_db_run(db, q, args.v, args.n, c->arena, 1, &rows, NULL) != 0) {
		ctl_error("%s: %s", q->name, ybh_db_error(db));
		return -1;
	}
	return rows.n == 0 ? otherwise : ((const struct number *)rows.items)->n;
}

static int
check_limit(const struct ctl *c, struct ybh_db *db, long wanted)
{
	int64_t most = ask(c, db, &connections_max, YB_NO_ARGS, 0);

	if (most < 0 || wanted + KEEPER_CONNECTIONS <= most)
		return most < 0;
	ctl_error("the pools want %ld connections, the keeper and tools %d more; max_connections "
		  "of the database is %" PRId64, wanted, KEEPER_CONNECTIONS, most);
	return 1;
}

static int
check_queries(struct ybh_db *db, const char *who, const yb_query *const *q)
{
	int errors = 0;
	char err[512];

	for (; q != NULL && *q != NULL; q++) {
		if (ybh_db_check(db, *q, err, sizeof err) == 0)
			continue;
		ctl_error("%s: %s", who, err);
		errors++;
	}
	return errors;
}

/* What the module relies on, with the rights of the account that will ask. */
static int
check_schema(const struct ctl *c, struct ybh_db *db, const yb_module *m)
{
	int64_t number =
	    ask(c, db, &schema_number, YB_ARGS(yb_text(yb_cstr(m->name))), 0);

	if (number < (int64_t)m->schema) {
		if (number >= 0)
			ctl_error("%s: relies on migration %u, the database is at %" PRId64
				  ": run yoboctl migrate", m->name, m->schema, number);
		return 1;
	}
	return check_queries(db, m->name, m->queries);
}

static int
check_pool(const struct ctl *c, const struct ctl_modules *m, const char *section, long wanted,
    bool *ret_limit)
{
	struct ctl_account account;
	struct ybh_db *db;
	const char *err;
	int errors = 0;

	if (ctl_account(c, section, "yobo", &account) < 0)
		return 1;
	db = ctl_connect(&account, NULL, 10, &err);
	if (db == NULL) {
		(void)printf("[%s] its queries are not checked: %s\n", section, err);
		return 0;
	}
	if (!*ret_limit)
		errors += check_limit(c, db, wanted);
	*ret_limit = true;
	errors += check_schema(c, db, &ybh_core_module);
	errors += check_queries(db, section, ybh_session_queries);
	errors += check_queries(db, section, ybh_idem_queries);
	errors += check_queries(db, section, ybh_mail_queries);
	if (runners_of(c, section) > 0) {
		errors += check_queries(db, section, ybh_timer_queries);
		errors += check_queries(db, section, ybh_purge_queries);
	}
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->pool[i], section) == 0)
			errors += check_schema(c, db, m->at[i]);
	}
	ybh_db_free(db);
	return errors;
}

static int
check_pools(const struct ctl *c, const struct ctl_modules *m)
{
	const char *section;
	bool limit_checked = false;
	long wanted = 0, runners = 0;
	int errors = 0;

	for (size_t i = 0; (section = ybh_conf_section(c->conf, "pool ", i)) != NULL; i++) {
		long n = connections_of(c, section);

		runners += runners_of(c, section);
		if (n < 0)
			errors++;
		else
			wanted += n;
	}
	for (size_t i = 0; (section = ybh_conf_section(c->conf, "pool ", i)) != NULL; i++)
		errors += check_pool(c, m, section, wanted, &limit_checked);
	if (runners == 0)
		(void)printf("no pool has runners: timers, mails and jobs stand still\n");
	(void)printf("connections wanted: %ld%s\n", wanted,
	    limit_checked ? "" : " (max_connections not known)");
	return errors;
}

int
ctl_check_config(struct ctl *c, int argc, char **argv)
{
	struct ctl_modules modules;
	size_t n = 0;
	int errors = check_sections(c);

	(void)argc;
	(void)argv;
	errors += check_fleet(c) + check_keeper(c) + check_mail(c);
	errors += check_modules(c, &modules);
	if (ctl_schema(c) == NULL)
		errors++;
	else
		errors += check_pools(c, &modules);
	if (errors > 0) {
		ctl_error("%s: %d errors", c->conf_path, errors);
		return CTL_CONFIG;
	}
	for (size_t i = 0; i + 1 < modules.n; i++)
		n += ctl_module_first(&modules, i);
	(void)printf("%s: good, %zu modules\n", c->conf_path, n);
	return CTL_OK;
}
