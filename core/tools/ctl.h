/*
 * ctl.h - what the files of yoboctl share: the configuration, connections, tables on paper.
 */
#ifndef YOBO_CTL_H
#define YOBO_CTL_H

#include "../lib/host.h"

#define CTL_MODULES_MAX 64
#define CTL_ARENA_MAX	((size_t)512 << 20) /* SQL and master files are read whole */

enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 64,	 /* EX_USAGE */
	CTL_AWAY = 75,	 /* EX_TEMPFAIL: busy or not there; try again */
	CTL_CONFIG = 78, /* EX_CONFIG: yobo.conf or the installation is wrong */
};

struct ctl {
	const char *conf_path;
	struct ybh_conf *conf; /* NULL for the commands that need none */
	struct yb_arena *arena;
};

typedef int ctl_command(struct ctl *c, int argc, char **argv);

ctl_command ctl_check_config, ctl_routes, ctl_openapi, ctl_params, ctl_errors, ctl_migrate,
    ctl_audit, ctl_keys, ctl_run;

/* "yoboctl: text" on stderr. */
void ctl_error(const char *fmt, ...) YB_PRINTF(1, 2);
/* What the last system call said. */
const char *ctl_errno(void);

/* The next word of a comma separated list, in `a`; null after the last. *list moves on. */
yb_str ctl_word(struct yb_arena *a, const char **list);
/* A whole file, at most `max` bytes, in the arena; null: *err says why. */
yb_str ctl_file(struct yb_arena *a, const char *path, size_t max, const char **err);

/* ---- connections ---- */

struct ctl_account { /* a database account as yobo.conf names it */
	const char *section;
	const char *password_file; /* NULL: the operating system's user is proof enough */
	struct ybh_account login;
	struct ybh_db_conf db;
};

/* Reads user and password of a section. -1: said why. */
int ctl_account(const struct ctl *c, const char *section, const char *otherwise,
    struct ctl_account *ret) YB_MUST_USE;
/*
 * Connects; `schema` NULL: the one of [db]. The account is lent to the connection.
 * NULL: *err says why.
 */
struct ybh_db *ctl_connect(const struct ctl_account *account, const char *schema,
    unsigned statement_s, const char **err) YB_MUST_USE;
/* The schema's name, checked: it is written into statements. NULL: said why. */
const char *ctl_schema(const struct ctl *c);

/* ---- modules ---- */

struct ctl_modules {
	const yb_module *at[CTL_MODULES_MAX];
	const char *pool[CTL_MODULES_MAX]; /* section name, "pool main"; "pool *" the core's own */
	size_t n;
};

/* Loads the modules of all pools; the core's own comes last. The number of errors, each said. */
int ctl_modules_load(const struct ctl *c, struct ctl_modules *ret) YB_MUST_USE;
/* Whether the i-th is the first of its kind: a module may stand in several pools. */
bool ctl_module_first(const struct ctl_modules *m, size_t i);

/* ---- a table on paper ---- */

#define CTL_COLUMNS_MAX 12

struct ctl_table {
	struct yb_arena *a;
	size_t columns, n, room;
	yb_str *cells;
};

void ctl_table_init(struct ctl_table *t, struct yb_arena *a, size_t columns);
/* As many texts as there are columns; NULL prints as "-". */
void ctl_table_row(struct ctl_table *t, ...);
void ctl_table_print(const struct ctl_table *t);

#endif
