/*
 * yoboctl_migrate.c - `yoboctl migrate`: tables, accounts, grants, masters.
 *
 * Runs as the account of [migrate], the only one with DDL. A worker never migrates.
 */
#include "migrate.h"

#include <stdio.h>
#include <string.h>

static int
usage(const char *word)
{
	ctl_error("migrate: %s: not an argument of this command", word);
	return CTL_USAGE;
}

static int
migrate_run(struct migrate *m, const struct migrations *files, bool accounts)
{
	if (history_prepare(m) < 0 || history_apply(m, files) < 0)
		return CTL_FAILED;
	if (accounts && grants_apply(m, files) < 0)
		return CTL_FAILED;
	return masters_load(m) < 0 ? CTL_FAILED : CTL_OK;
}

int
ctl_migrate(struct ctl *c, int argc, char **argv)
{
	struct migrate m = { .c = c };
	struct migrations files;
	bool status = false, accounts = true;
	int rc;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--status") == 0)
			status = true;
		else if (strcmp(argv[i], "--no-accounts") == 0)
			accounts = false;
		else if (strcmp(argv[i], "--regrant") == 0)
			m.regrant = true;
		else
			return usage(argv[i]);
	}
	m.sql_dir = ybh_conf_get(c->conf, "migrate", "sql_dir", YB_SQL_DIR);
	m.host = ybh_conf_get(c->conf, "db", "host", NULL) == NULL ? "localhost" : "%";
	if (ctl_account(c, "migrate", "yobo_migrate", &m.account) < 0 ||
	    migrations_read(&m, &files) > 0)
		return CTL_CONFIG;
	if (status)
		rc = history_print(&m, &files) < 0 ? CTL_FAILED : CTL_OK;
	else
		rc = migrate_run(&m, &files, accounts);
	ybh_db_free(m.db);
	return rc;
}
