/*
 * yoboctl_audit.c - `yoboctl audit verify`: is the access log what was written?
 *
 * Exit status: 0 whole, 2 tampered (each finding is a line on standard output), 3 could not
 * run. Reads as the account of [audit]; when nobody set one up, as the invoking user.
 */
#include "ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERIFY_S	    3600
#define CHECKPOINTS_MAX ((size_t)256 << 20)

enum { AUDIT_WHOLE = 0, AUDIT_TAMPERED = 2, AUDIT_COULD_NOT = 3 };

static struct ybh_db *
audit_connect(struct ctl *c, struct ctl_account *account)
{
	bool chosen = ybh_conf_get(c->conf, "audit", "db_user", NULL) != NULL;
	const struct passwd *pw;
	const char *err;
	struct ybh_db *db;

	if (ctl_account(c, "audit", "yobo_audit", account) < 0)
		return NULL;
	db = ctl_connect(account, NULL, VERIFY_S, &err);
	pw = db == NULL && !chosen ? getpwuid(geteuid()) : NULL;
	if (pw != NULL) {
		account->login = (struct ybh_account) { 0 };
		(void)snprintf(account->login.user, sizeof account->login.user, "%s", pw->pw_name);
		db = ctl_connect(account, NULL, VERIFY_S, &err);
	}
	if (db == NULL)
		ctl_error("%s", err);
	return db;
}

/* The keeper, when it answers; NULL: said what is not checked without it. */
static struct ybh_keeper *
audit_keeper(struct ctl *c)
{
	struct ybh_keeper *k =
	    ybh_keeper_new(ybh_option(c->conf, "core", ybh_core_options, "keeper_socket"));
	yb_list keys;

	if (k != NULL && ybh_keeper_keys(k, c->arena, &keys) == 0)
		return k;
	ctl_error("audit: the keeper does not answer: authentication codes and signatures are not "
		  "checked, only hashes, numbers and the tree");
	ybh_keeper_free(k);
	return NULL;
}

/* The keeper's own copy of what it signed, where the keeper puts it. */
static const char *
checkpoint_path(const struct ctl *c)
{
	const char *dir = ybh_conf_get(c->conf, "keeper", "keys_dir", NULL);
	const char *beside = dir == NULL ? NULL : ybh_arena_format(c->arena, "%s/checkpoints", dir).p;

	return ybh_conf_get(c->conf, "keeper", "checkpoint_file", beside);
}

/* The size of the tree in the last note of the keeper's file; -1: there is none. */
static int64_t
file_size(struct ctl *c, const char *path, const char *origin)
{
	yb_str mark = ybh_arena_format(c->arena, "%s\n", origin), rest;
	const char *err;
	int64_t last = -1;

	rest = path == NULL ? (yb_str) { NULL, 0 } : ctl_file(c->arena, path, CHECKPOINTS_MAX, &err);
	while (rest.len > 0) {
		const char *at = memmem(rest.p, rest.len, mark.p, mark.len);

		if (at == NULL)
			break;
		rest.len -= (size_t)(at - rest.p) + mark.len;
		rest.p = at + mark.len;
		if (rest.len > 0 && rest.p[0] >= '0' && rest.p[0] <= '9')
			last = strtoll(rest.p, NULL, 10);
	}
	return last;
}

/*
 * What the keeper remembers of its last seal, against the database and its own file: somebody
 * who empties both of those still has not emptied this.
 */
static uint64_t
sealed_check(struct ctl *c, const struct ybh_verify_report *report)
{
	const char *dir = ybh_conf_get(c->conf, "keeper", "keys_dir", NULL);
	const char *base = ybh_option(c->conf, "core", ybh_core_options, "base_url");
	const char *scheme = strstr(base, "://");
	const char *origin = scheme == NULL ? base : scheme + 3; /* as the keeper signs it */
	uint64_t sealed, bad = 0;
	int64_t noted;

	if (dir == NULL || ybh_sealed_size(ybh_arena_format(c->arena, "%s/sealed", dir).p, origin,
			       &sealed) < 0)
		return 0;
	noted = file_size(c, checkpoint_path(c), origin);
	if (report->leaves < sealed && ++bad)
		(void)printf("TRUNCATED the keeper sealed %" PRIu64 " leaves, the database has %" PRIu64
			     "\n", sealed, report->leaves);
	if (noted < (int64_t)sealed && ++bad)
		(void)printf("TRUNCATED the keeper sealed %" PRIu64 " leaves, its file of checkpoints "
			     "ends at %" PRId64 "\n", sealed, noted < 0 ? 0 : noted);
	return bad;
}

int
ctl_audit(struct ctl *c, int argc, char **argv)
{
	struct ybh_verify_report report = { 0 };
	struct ctl_account account;
	struct ybh_keeper *keeper;
	struct ybh_db *db;
	int rc;

	if (argc != 2 || strcmp(argv[1], "verify") != 0) {
		ctl_error("audit verify");
		return CTL_USAGE;
	}
	db = audit_connect(c, &account);
	if (db == NULL)
		return AUDIT_COULD_NOT;
	keeper = audit_keeper(c);
	rc = ybh_audit_verify(db, keeper, checkpoint_path(c), stdout, &report);
	if (rc == 0)
		report.findings += sealed_check(c, &report);
	if (rc == -EACCES)
		ctl_error("audit: the keeper refused: run this as its own user or as root");
	else if (rc < 0)
		ctl_error("audit: could not run to the end: %s", ybh_db_error(db));
	else
		(void)printf("%" PRIu64 " chains, %" PRIu64 " events, %" PRIu64 " leaves, %" PRIu64
			     " checkpoints: %s\n", report.chains, report.events, report.leaves,
		    report.checkpoints, report.findings == 0 ? "whole" : "TAMPERED");
	ybh_keeper_free(keeper);
	ybh_db_free(db);
	if (report.findings > 0)
		return AUDIT_TAMPERED;
	return rc < 0 ? AUDIT_COULD_NOT : AUDIT_WHOLE;
}
