/*
 * migrate.h - the parts of `yoboctl migrate`.
 */
#ifndef YOBO_MIGRATE_H
#define YOBO_MIGRATE_H

#include "ctl.h"

#define MIGRATE_FILE_MAX  ((size_t)64 << 20)
#define MIGRATE_AREA_NAME 20

struct migrate {
	struct ctl *c;
	const char *sql_dir;
	struct ctl_account account; /* of [migrate] */
	struct ybh_db *db;
	const char *host; /* of the accounts: localhost, or % for a server reached by TCP */
	bool regrant;
};

/* ---- migrate_sql.c: statements of a file ---- */

struct sql_text {
	const char *name; /* "sql/core/0001_core.sql", for messages */
	yb_str text;
	size_t at, line;
	char delimiter[8];
};

struct sql_statement {
	yb_str text;
	size_t line; /* where it begins */
	size_t end;  /* bytes of the file up to its end */
};

void sql_text_init(struct sql_text *s, const char *name, yb_str text);
/* 1 a statement, 0 the end, -1 a quote or comment is not closed: said. */
int sql_text_next(struct sql_text *s, struct sql_statement *ret) YB_MUST_USE;
/* Runs one; -1: file, line, number, the statement's beginning and the reason are said. */
int sql_statement_run(struct ybh_db *db, const struct sql_text *s, const struct sql_statement *st,
    unsigned number) YB_MUST_USE;

/* ---- migrate_files.c: what sql/ holds ---- */

struct migration {
	const char *area;
	int64_t number;
	const char *file; /* "0001_core.sql" */
	const char *name; /* "core/0001_core.sql" */
	yb_str text;
	char sha256[65];
};

struct migrations {
	struct migration *at; /* core, master, then the areas in the order of their names */
	size_t n;
};

/* The number of errors, each said: a gap, a number twice, a name of another form. */
int migrations_read(struct migrate *m, struct migrations *ret) YB_MUST_USE;
void sha256_hex(yb_str text, char out[65]);

/* ---- migrate_history.c: what was applied ---- */

/* Makes the schema and its table of migrations where they are missing. */
int history_prepare(struct migrate *m) YB_MUST_USE;
/* Applies what is missing. */
int history_apply(struct migrate *m, const struct migrations *files) YB_MUST_USE;
/* Prints what is applied and what is not. */
int history_print(struct migrate *m, const struct migrations *files) YB_MUST_USE;

/* ---- migrate_grants.c, migrate_masters.c ---- */

int grants_apply(struct migrate *m, const struct migrations *files) YB_MUST_USE;
int masters_load(struct migrate *m) YB_MUST_USE;

#endif
