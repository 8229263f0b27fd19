/*
 * account_login.c - login, logout, the session (vaccination brief 9, 13 H-1-9).
 *
 * A refused login never says why, and costs the same work whoever was named. The
 * row of the user is locked while the password is checked, so that parallel guesses are
 * counted one after another.
 */
#include "account.h"

#include <string.h>

const yb_field account_login_in[] = {
	{ "user_id", YB_OF(struct account_login_in, user_id), .flags = YB_REQUIRED, .max = 12,
	    .min = 1, .note = "ユーザID." },
	{ "password", YB_OF(struct account_login_in, password), .flags = YB_REQUIRED | YB_SECRET,
	    .max = 256, .min = 1, .note = "Password, or temporary password." },
	{ "org_code", YB_OF(struct account_login_in, org_code), .max = 10,
	    .note = "When given it must be the user's organisation." },
	{ 0 },
};

struct person {
	yb_str user_id, name;
};

static const yb_field person_out[] = {
	{ "user_id", YB_OF(struct person, user_id) },
	{ "name", YB_OF(struct person, name) },
	{ 0 },
};

static const yb_field employer_out[] = {
	{ "org_code", YB_OF(yb_org, org_code) },
	{ "org_type", YB_OF(yb_org, org_type) },
	{ "name", YB_OF(yb_org, name) },
	{ 0 },
};

const yb_field account_session_out[] = {
	{ "user", YB_OF(struct account_session, user), YB_EACH(person_out, struct person) },
	{ "org", YB_OF(struct account_session, org), YB_EACH(employer_out, yb_org) },
	{ "roles", YB_OF(struct account_session, roles) },
	{ "permissions", YB_OF(struct account_session, permissions),
	    .note = "operationIds this person may use, and restricted_view." },
	{ "areas", YB_OF(struct account_session, areas),
	    .note = "Areas with at least one of the permissions." },
	{ "idle_seconds", YB_OF(struct account_session, idle_seconds) },
	{ "csrf_token", YB_OF(struct account_session, csrf_token), .flags = YB_SECRET,
	    .note = "To be sent as X-Yobo-CSRF with every write." },
	{ "temporary", YB_OF(struct account_session, temporary),
	    .note = "Only changePassword, getSession and logout are open." },
	{ "last_login_at", YB_OF(struct account_session, last_login_at) },
	{ "last_login_from", YB_OF(struct account_session, last_login_from) },
	{ 0 },
};

/* YB_GLOBAL: before the login there is no caller whose rows these could be. */
const yb_query account_by_login = {
	.name = "account_by_login",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE user_id = ? FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_self = {
	.name = "account_self",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE actor_id = ?",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_SELF,
	.absent = "E-AUTH-003",
};

/* YB_GLOBAL: the user an attempt named, or actor 0, which nobody is. */
const yb_query account_count_failure = {
	.name = "account_count_failure",
	.sql = "UPDATE account_user SET failed_count = ?, locked_until_us = ? WHERE actor_id = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

/* MariaDB assigns from left to right: the login before is kept first. */
const yb_query account_logged_in = {
	.name = "account_logged_in",
	.sql = "UPDATE account_user SET failed_count = 0, locked_until_us = NULL,"
	       " prev_login_us = last_login_us, prev_login_peer = last_login_peer,"
	       " last_login_us = ?, last_login_peer = ? WHERE actor_id = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query account_rehash = {
	.name = "account_rehash",
	.sql = "UPDATE account_user SET pw_phc = ? WHERE actor_id = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

/* ---- judging ---- */

bool
account_must_change(const struct account_user *u, yb_time now)
{
	return yb_str_is(u->status, "TEMP") ||
	    (u->pw_expires.us != 0 && u->pw_expires.us <= now.us);
}

enum account_verdict
account_judge(const struct account_user *u, bool matched, yb_time now, int64_t limit)
{
	bool temporary = yb_str_is(u->status, "TEMP");
	bool locked = u->locked_until.us > now.us;

	if (!matched || (!temporary && !yb_str_is(u->status, "ACTIVE")))
		return ACCOUNT_REFUSED;
	if (locked)
		return u->failed_count < 3 * limit ? ACCOUNT_LOCKED : ACCOUNT_REFUSED;
	if (temporary && u->temp_expires.us != 0 && u->temp_expires.us <= now.us)
		return ACCOUNT_EXPIRED;
	return ACCOUNT_WELCOME;
}

/* Counts a wrong password; the last one that is allowed locks the account. */
static int
count_failure(yb_req *r, const struct account_user *u)
{
	int64_t limit = yb_option_i64(r, "lock_failures");
	int64_t now = yb_now(r).us, failed = u->failed_count + 1;
	yb_time until = u->locked_until;

	if (until.us != 0 && until.us <= now) { /* that lock is over: a new count begins */
		until.us = 0;
		failed = 1;
	}
	if (until.us == 0 && failed >= limit) {
		until.us = now + yb_option_i64(r, "lock_minutes") * 60 * 1000000;
		if (u->actor_id != 0)
			yb_audit_alert(r, "LOCKED", (yb_str) { 0 });
	}
	return account_exec(r, &account_count_failure,
		   YB_ARGS(yb_i64(failed), yb_at(until), yb_i64(u->actor_id))) < 0
	    ? -1
	    : 0;
}

int
account_refuse(yb_req *r, enum account_verdict v, const struct account_user *u, const char *field)
{
	yb_keep_writes(r); /* the count, and the row of the access log */
	switch (v) {
	case ACCOUNT_LOCKED:
		yb_retry_after(r,
		    (unsigned)((u->locked_until.us - yb_now(r).us) / 1000000 + 1));
		return yb_problem(r, "E-AUTH-002");
	case ACCOUNT_EXPIRED:
		return yb_problem(r, "E-ACC-008");
	case ACCOUNT_REFUSED:
	case ACCOUNT_WELCOME:
		break;
	}
	if (count_failure(r, u) < 0)
		return -1;
	return field == NULL ? yb_problem(r, "E-AUTH-001")
			     : yb_problem_field(r, "E-AUTH-001", field);
}

/* ---- the session ---- */

static yb_list
one_word(yb_req *r, yb_str word)
{
	yb_str *items = yb_alloc(r, sizeof *items);

	items[0] = word;
	return (yb_list) { items, 1 };
}

static int
session_reply(yb_req *r, const struct account_user *u, const yb_org *org,
    struct account_session *s)
{
	struct person person = { u->user_id, u->name };
	yb_org employer = *org;
	bool restricted = u->restricted_view || yb_str_is(u->role, "MU-A");

	s->user.p = &person;
	s->org.p = &employer;
	s->roles = one_word(r, u->role);
	s->permissions = account_permissions(r, u->role, restricted, s->temporary);
	s->areas = account_areas(r, u->role, s->temporary);
	return yb_reply_record(r, 200, account_session_out, s);
}

int
account_welcome(yb_req *r, const struct account_user *u, const yb_org *org, bool temporary)
{
	bool municipal = yb_org_type_of(org->org_type) == YB_ORG_MUNI;
	int64_t idle = yb_option_i64(r, municipal ? "idle_minutes_muni" : "idle_minutes_other");
	struct account_session s = {
		.idle_seconds = idle * 60,
		.temporary = temporary,
		.last_login_at = u->last_login,
		.last_login_from = u->last_login_peer,
	};
	yb_session_user who = {
		.actor_id = u->actor_id,
		.user_id = u->user_id,
		.org_id = u->org_id,
		.role = u->role,
		.restricted_view = u->restricted_view || yb_str_is(u->role, "MU-A"),
		.temporary = temporary,
		.idle_seconds = idle * 60,
		.absolute_seconds = yb_option_i64(r, "session_hours") * 3600,
	};

	if (yb_session_open(r, &who, yb_option_i64(r, "sessions"), &s.csrf_token) < 0)
		return -1;
	return session_reply(r, u, org, &s);
}

/* ---- login ---- */

/* What was typed as a user ID may be a password: only digits go to the log. */
static yb_str
loggable(yb_str typed)
{
	for (size_t i = 0; i < typed.len; i++)
		if (typed.p[i] < '0' || typed.p[i] > '9')
			return YB_STR("?");
	return typed;
}

/* Old parameters of the hash go when their owner comes by. */
static int
rehash_old(yb_req *r, const struct account_user *u, yb_str password)
{
	yb_str prefix = yb_option_text(r, "password_hash");
	yb_str phc;

	if (u->pw_phc.len >= prefix.len && memcmp(u->pw_phc.p, prefix.p, prefix.len) == 0)
		return 0;
	if (yb_password_hash(r, password, &phc) < 0)
		return -1;
	return account_exec(r, &account_rehash, YB_ARGS(yb_text(phc), yb_i64(u->actor_id))) < 0
	    ? -1
	    : 0;
}

/* The user and organisation a login names; an unknown one leaves both zeroed. */
static int
login_find(yb_req *r, const struct account_login_in *in, struct account_user *u, yb_org *org)
{
	enum yb_found found = yb_db_one(r, &account_by_login, YB_ARGS(yb_text(in->user_id)), u);

	if (found == YB_ONE_ROW)
		found = yb_org_by_id(r, u->org_id, org);
	if (found == YB_DB_FAILED)
		return -1;
	yb_audit_actor(r, YB_STAFF, u->actor_id != 0 ? u->user_id : loggable(in->user_id), u->org_id,
	    org->org_code);
	return 0;
}

/* POST /account/login - checks user ID and password and opens a session, H-1-9. */
int
account_login(yb_req *r)
{
	const struct account_login_in *in = yb_body(r);
	struct account_user u = { 0 };
	yb_org org = { 0 };
	enum account_verdict verdict;
	int matched;

	yb_audit_action(r, YB_ACT_LOGIN_FAIL); /* until proven otherwise */
	if (login_find(r, in, &u, &org) < 0)
		return -1;
	matched = yb_password_verify(r, in->password, u.pw_phc);
	if (matched < 0)
		return -1;
	if (!org.open_today || (in->org_code.p != NULL && !yb_str_eq(in->org_code, org.org_code)))
		matched = 0;
	verdict = account_judge(&u, matched == 1, yb_now(r), yb_option_i64(r, "lock_failures"));
	if (verdict != ACCOUNT_WELCOME)
		return account_refuse(r, verdict, &u, NULL);

	yb_audit_action(r, YB_ACT_LOGIN);
	if (rehash_old(r, &u, in->password) < 0)
		return -1;
	if (account_exec(r, &account_logged_in,
		YB_ARGS(yb_at(yb_now(r)), yb_text(yb_peer(r)), yb_i64(u.actor_id))) < 0)
		return -1;
	return account_welcome(r, &u, &org, account_must_change(&u, yb_now(r)));
}

/* POST /account/logout - ends this session, H-1-9. */
int
account_logout(yb_req *r)
{
	if (yb_session_close(r) < 0)
		return -1;
	return yb_reply_empty(r);
}

/* GET /account/session - who is logged in, and what for, H-1-9. */
int
account_get_session(yb_req *r)
{
	struct account_session s = { 0 };
	struct account_user u;
	yb_org org = { 0 };

	if (yb_db_find(r, &account_self, YB_NO_ARGS, &u) < 0)
		return -1;
	if (yb_org_by_id(r, u.org_id, &org) == YB_DB_FAILED)
		return -1;
	s.idle_seconds = yb_session_idle_seconds(r);
	s.csrf_token = yb_session_csrf(r);
	s.temporary = account_must_change(&u, yb_now(r));
	s.last_login_at = u.prev_login;
	s.last_login_from = u.prev_login_peer;
	return session_reply(r, &u, &org, &s);
}
