/*
 * migrate_history.c - applies migrations and remembers what was applied.
 *
 * Most statements of a migration change tables and commit by themselves, so a file can stop
 * halfway. core_migration then says how many statements took effect and what they were; the
 * next run goes on behind them, and refuses when they were edited.
 */
#include "migrate.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LOCK_WAIT_S 10
#define ROWS_MAX    10000

static const char history_table[] =
    "CREATE TABLE IF NOT EXISTS core_migration ("
    " area VARCHAR(20) NOT NULL,"
    " number INT NOT NULL,"
    " file VARCHAR(255) NOT NULL,"
    " sha256 CHAR(64) NOT NULL COMMENT 'of the file; unfinished: of what took effect',"
    " done INT NOT NULL COMMENT 'statements that took effect',"
    " applied_us BIGINT NULL COMMENT 'NULL: unfinished',"
    " PRIMARY KEY (area, number)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";

struct number {
	int64_t n;
};
static const yb_field number_fields[] = { { "n", YB_OF(struct number, n) }, { 0 } };

struct applied {
	yb_str area, file, sha256;
	int64_t number, done;
	yb_time applied_us;
};
static const yb_field applied_fields[] = {
	{ "area", YB_OF(struct applied, area) },
	{ "number", YB_OF(struct applied, number) },
	{ "file", YB_OF(struct applied, file) },
	{ "sha256", YB_OF(struct applied, sha256) },
	{ "done", YB_OF(struct applied, done) },
	{ "applied_us", YB_OF(struct applied, applied_us) },
	{ 0 },
};

static const yb_query schema_exists = {
	.name = "migrate_schema_exists",
	.sql = "SELECT COUNT(*) AS n FROM information_schema.schemata WHERE schema_name = ?",
	.row = number_fields,
	.row_size = sizeof(struct number),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};
static const yb_query table_exists = {
	.name = "migrate_table_exists",
	.sql = "SELECT COUNT(*) AS n FROM information_schema.tables"
	       " WHERE table_schema = ? AND table_name = 'core_migration'",
	.row = number_fields,
	.row_size = sizeof(struct number),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};
static const yb_query lock_take = {
	.name = "migrate_lock",
	.sql = "SELECT GET_LOCK(?, ?) AS n",
	.row = number_fields,
	.row_size = sizeof(struct number),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};
static const yb_query applied_list = {
	.name = "migrate_applied",
	.sql = "SELECT area, number, file, sha256, done, applied_us FROM core_migration"
	       " ORDER BY area, number",
	.row = applied_fields,
	.row_size = sizeof(struct applied),
	.tenant = YB_GLOBAL,
};
static const yb_query applied_begin = {
	.name = "migrate_begin",
	.sql = "INSERT INTO core_migration (area, number, file, sha256, done, applied_us)"
	       " VALUES (?, ?, ?, ?, 0, NULL)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};
static const yb_query applied_step = {
	.name = "migrate_step",
	.sql = "UPDATE core_migration SET done = ?, sha256 = ? WHERE area = ? AND number = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};
static const yb_query applied_finish = {
	.name = "migrate_finish",
	.sql = "UPDATE core_migration SET file = ?, sha256 = ?, applied_us = ?"
	       " WHERE area = ? AND number = ?",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};
static const yb_query schema_set = {
	.name = "migrate_schema_set",
	.sql = "INSERT INTO core_schema (area, number, applied_us) VALUES (?, ?, ?)"
	       " ON DUPLICATE KEY UPDATE number = VALUES(number), applied_us = VALUES(applied_us)",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static int
failed(struct ybh_db *db, const char *what)
{
	ctl_error("%s: %s", what, ybh_db_error(db));
	return -1;
}

/* One number, or -1: said. */
static int64_t
ask(struct migrate *m, struct ybh_db *db, const yb_query *q, yb_args args)
{
	yb_list rows;

	if (ybh_db_run(db, q, args.v, args.n, m->c->arena, 1, &rows, NULL) != 0 || rows.n != 1)
		return failed(db, q->name);
	return ((const struct number *)rows.items)->n;
}

static int
run(struct migrate *m, const yb_query *q, yb_args args)
{
	if (ybh_db_run(m->db, q, args.v, args.n, m->c->arena, 0, NULL, NULL) != 0)
		return failed(m->db, q->name);
	return 0;
}

/* ---- schema, lock, table of migrations ---- */

static int
schema_make(struct migrate *m, const char *schema)
{
	const char *err;
	struct ybh_db *db = ctl_connect(&m->account, "information_schema", 10, &err);
	int64_t there;
	yb_str sql;
	int rc = -1;

	if (db == NULL) {
		ctl_error("%s", err);
		return -1;
	}
	there = ask(m, db, &schema_exists, YB_ARGS(yb_text(yb_cstr(schema))));
	if (there == 0) {
		sql = ybh_arena_format(m->c->arena,
		    "CREATE DATABASE `%s` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", schema);
		rc = ybh_db_script(db, sql) == 0 ? 0 : failed(db, "creating the schema");
		if (rc == 0)
			(void)printf("schema %s: created\n", schema);
	}
	ybh_db_free(db);
	return there > 0 ? 0 : rc;
}

static int
lock(struct migrate *m, const char *schema)
{
	yb_str name = ybh_arena_format(m->c->arena, "yobo.migrate.%.40s", schema);
	int64_t got = ask(m, m->db, &lock_take, YB_ARGS(yb_text(name), yb_i64(LOCK_WAIT_S)));

	if (got == 0)
		ctl_error("another migration of %s is running", schema);
	return got == 1 ? 0 : -1;
}

int
history_prepare(struct migrate *m)
{
	const char *schema = ctl_schema(m->c), *err;

	if (schema == NULL || schema_make(m, schema) < 0)
		return -1;
	m->db = ctl_connect(&m->account, schema, 3600, &err);
	if (m->db == NULL) {
		ctl_error("%s", err);
		return -1;
	}
	if (lock(m, schema) < 0)
		return -1;
	if (ybh_db_script(m->db, yb_cstr(history_table)) != 0)
		return failed(m->db, "creating core_migration");
	return 0;
}

/* ---- history against files ---- */

static int
applied_read(struct migrate *m, yb_list *ret)
{
	if (ybh_db_run(m->db, &applied_list, NULL, 0, m->c->arena, ROWS_MAX, ret, NULL) == 0)
		return 0;
	return failed(m->db, "reading core_migration");
}

static const struct migration *
file_of(const struct migrations *files, const struct applied *r)
{
	for (size_t i = 0; i < files->n; i++) {
		if (files->at[i].number == r->number && yb_str_is(r->area, files->at[i].area))
			return &files->at[i];
	}
	return NULL;
}

static const struct applied *
row_of(const yb_list *rows, const struct migration *f)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct applied *r = (const struct applied *)rows->items + i;

		if (r->number == f->number && yb_str_is(r->area, f->area))
			return r;
	}
	return NULL;
}

/* Forward only: what was applied is still there, byte by byte. The number of errors. */
static int
history_check(const struct migrations *files, const yb_list *rows)
{
	int errors = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const struct applied *r = (const struct applied *)rows->items + i;
		const struct migration *f = file_of(files, r);
		const char *rule = NULL;

		if (f == NULL)
			rule = "was applied, but is not in sql_dir: is this program older than the "
			       "database?";
		else if (!yb_str_is(r->file, f->file) && r->applied_us.us != 0)
			rule = "was applied under this name, which has changed";
		else if (!yb_str_is(r->sha256, f->sha256) && r->applied_us.us != 0)
			rule = "was applied and has been edited since: write a new migration";
		if (rule == NULL)
			continue;
		ctl_error("%.*s/%.*s: %s", (int)r->area.len, r->area.p, (int)r->file.len, r->file.p,
		    rule);
		errors++;
	}
	return errors;
}

/* ---- applying ---- */

/* Steps over the statements that took effect in an earlier run, if they are still the same. */
static int
step_over(struct sql_text *s, const struct migration *f, const struct applied *r)
{
	struct sql_statement st = { .end = 0 };
	char hash[65];

	for (int64_t i = 0; i < r->done; i++) {
		if (sql_text_next(s, &st) <= 0)
			break;
	}
	sha256_hex((yb_str) { f->text.p, st.end }, hash);
	if (yb_str_is(r->sha256, hash))
		return 0;
	ctl_error("%s: the first %" PRId64 " statements took effect in an earlier run and may not "
		  "be edited any more", f->name, r->done);
	return -1;
}

static int
file_finish(struct migrate *m, const struct migration *f)
{
	yb_time now = { ybh_now_us() };

	if (ybh_db_begin(m->db) != 0)
		return failed(m->db, f->name);
	if (run(m, &applied_finish,
		YB_ARGS(yb_text(yb_cstr(f->file)), yb_text(yb_cstr(f->sha256)), yb_at(now),
		    yb_text(yb_cstr(f->area)), yb_i64(f->number))) < 0 ||
	    run(m, &schema_set,
		YB_ARGS(yb_text(yb_cstr(f->area)), yb_i64(f->number), yb_at(now))) < 0) {
		ybh_db_rollback(m->db);
		return -1;
	}
	return ybh_db_commit(m->db) == 0 ? 0 : failed(m->db, f->name);
}

/*
 * A statement, and that it took effect. Whoever loses patience is heard between two of them: the
 * database would finish this one, and nobody would know.
 */
static int
statement_apply(struct migrate *m, const struct migration *f, const struct sql_text *s,
    const struct sql_statement *st, int64_t done)
{
	sigset_t patience, before;
	char hash[65];
	int rc;

	(void)sigemptyset(&patience);
	(void)sigaddset(&patience, SIGINT);
	(void)sigaddset(&patience, SIGTERM);
	(void)sigaddset(&patience, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &patience, &before);
	sha256_hex((yb_str) { f->text.p, st->end }, hash);
	rc = sql_statement_run(m->db, s, st, (unsigned)done);
	if (rc >= 0)
		rc = run(m, &applied_step,
		    YB_ARGS(yb_i64(done), yb_text(yb_cstr(hash)), yb_text(yb_cstr(f->area)),
			yb_i64(f->number)));
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static int
file_apply(struct migrate *m, const struct migration *f, const struct applied *r)
{
	struct sql_statement st = { .end = 0 };
	struct sql_text s;
	int64_t done = r == NULL ? 0 : r->done;
	char hash[65];
	int rc;

	sql_text_init(&s, f->name, f->text);
	sha256_hex((yb_str) { f->text.p, 0 }, hash);
	if (r == NULL)
		rc = run(m, &applied_begin,
		    YB_ARGS(yb_text(yb_cstr(f->area)), yb_i64(f->number),
			yb_text(yb_cstr(f->file)), yb_text(yb_cstr(hash))));
	else
		rc = step_over(&s, f, r);
	if (rc < 0)
		return -1;
	while ((rc = sql_text_next(&s, &st)) > 0)
		if (statement_apply(m, f, &s, &st, ++done) < 0)
			return -1;
	if (rc < 0 || file_finish(m, f) < 0)
		return -1;
	(void)printf("%s: applied, %" PRId64 " statements\n", f->name, done);
	return 0;
}

int
history_apply(struct migrate *m, const struct migrations *files)
{
	yb_list rows;

	if (applied_read(m, &rows) < 0 || history_check(files, &rows) > 0)
		return -1;
	for (size_t i = 0; i < files->n; i++) {
		const struct applied *r = row_of(&rows, &files->at[i]);

		if (r != NULL && r->applied_us.us != 0)
			continue;
		if (file_apply(m, &files->at[i], r) < 0)
			return -1;
	}
	return 0;
}

/* ---- status ---- */

static const char *
applied_when(struct migrate *m, const struct applied *r)
{
	char when[32];

	if (r == NULL)
		return "pending";
	if (r->applied_us.us == 0)
		return ybh_arena_cstr(m->c->arena,
		    ybh_arena_format(m->c->arena, "unfinished, %" PRId64 " statements took effect",
			r->done));
	(void)ybh_time_print(r->applied_us, when);
	return ybh_arena_cstr(m->c->arena, yb_cstr(when));
}

int
history_print(struct migrate *m, const struct migrations *files)
{
	const char *schema = ctl_schema(m->c), *err;
	yb_list rows = { NULL, 0 };
	struct ctl_table t;
	int64_t there;

	if (schema == NULL)
		return -1;
	m->db = ctl_connect(&m->account, "information_schema", 10, &err);
	if (m->db == NULL) {
		ctl_error("%s", err);
		return -1;
	}
	there = ask(m, m->db, &table_exists, YB_ARGS(yb_text(yb_cstr(schema))));
	ybh_db_free(m->db);
	m->db = there > 0 ? ctl_connect(&m->account, schema, 10, &err) : NULL;
	if (there > 0 && m->db == NULL)
		ctl_error("%s", err);
	if (there < 0 || (there > 0 && (m->db == NULL || applied_read(m, &rows) < 0)))
		return -1;
	ctl_table_init(&t, m->c->arena, 3);
	ctl_table_row(&t, "AREA", "MIGRATION", "APPLIED");
	for (size_t i = 0; i < files->n; i++)
		ctl_table_row(&t, files->at[i].area, files->at[i].file,
		    applied_when(m, row_of(&rows, &files->at[i])));
	ctl_table_print(&t);
	return history_check(files, &rows) > 0 ? -1 : 0;
}
