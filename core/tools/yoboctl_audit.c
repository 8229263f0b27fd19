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
#include <string.h>
#include <unistd.h>

#define VERIFY_S 3600

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

/*
 * What the keeper remembers of its last seal: somebody who empties the database and the file of
 * checkpoints still has not emptied this.
 */
struct sealed {
	const char *origin;
	uint64_t leaves;
	bool known;
};

static struct sealed
sealed_read(struct ctl *c)
{
	const char *dir = ybh_conf_get(c->conf, "keeper", "keys_dir", NULL);
	const char *base = ybh_option(c->conf, "core", ybh_core_options, "base_url");
	const char *scheme = strstr(base, "://");
	struct sealed s = { .origin = scheme == NULL ? base : scheme + 3 }; /* as the keeper signs */

	s.known = dir != NULL &&
	    ybh_sealed_size(ybh_arena_format(c->arena, "%s/sealed", dir).p, s.origin, &s.leaves) == 0;
	return s;
}

/*
 * Read before the log was: sealing goes on meanwhile. The file may lag by the note being written.
 * How many findings; -errno: the file cannot be read.
 */
static int64_t
sealed_check(const struct ctl *c, const struct sealed *s, const struct ybh_verify_report *report)
{
	const char *path = checkpoint_path(c);
	uint64_t notes = 0;
	int64_t bad = 0;
	int rc = path == NULL ? 0 : ybh_sealed_notes(path, s->origin, &notes);

	if (rc < 0) {
		ctl_error("%s: %s", path, strerrordesc_np(-rc));
		return rc;
	}
	if (s->known && report->leaves < s->leaves) {
		(void)printf("TRUNCATED the keeper sealed %" PRIu64 " leaves, the database has %" PRIu64
			     "\n", s->leaves, report->leaves);
		bad++;
	}
	if (notes + 1 < report->checkpoints) {
		(void)printf("TRUNCATED the database has %" PRIu64 " checkpoints, the keeper's own file "
			     "%" PRIu64 "\n", report->checkpoints, notes);
		bad++;
	}
	return bad;
}

int
ctl_audit(struct ctl *c, int argc, char **argv)
{
	struct ybh_verify_report report = { 0 };
	struct ctl_account account;
	struct sealed sealed;
	struct ybh_keeper *keeper;
	struct ybh_db *db;
	int64_t found;
	int rc;

	if (argc != 2 || strcmp(argv[1], "verify") != 0) {
		ctl_error("audit verify");
		return CTL_USAGE;
	}
	db = audit_connect(c, &account);
	if (db == NULL)
		return AUDIT_COULD_NOT;
	keeper = audit_keeper(c);
	sealed = sealed_read(c);
	rc = ybh_audit_verify(db, keeper, checkpoint_path(c), stdout, &report);
	found = rc == 0 ? sealed_check(c, &sealed, &report) : 0;
	if (found > 0)
		report.findings += (uint64_t)found;
	if (found < 0)
		rc = -EIO; /* told */
	else if (rc == -EACCES)
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
