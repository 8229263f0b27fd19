/*
 * account_sessions.c - what a session tells, the list of one's sessions, the password again
 * before a sensitive act, the terms of use (vaccination brief 9, 13 H-1-7, H-1-9).
 */
#include "account.h"

#include <string.h>

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
	    .note = "A new password is due; only the first steps are open." },
	{ "last_login_at", YB_OF(struct account_session, last_login_at) },
	{ "last_login_from", YB_OF(struct account_session, last_login_from) },
	{ "next", YB_OF(struct account_session, next),
	    .note = "The step that comes now: factor, password, factor_setup, terms; null: none." },
	{ "login_id", YB_OF(struct account_session, login_id), .flags = YB_SECRET,
	    .note = "With next = factor: names this login for its second step." },
	{ "login_seconds", YB_OF(struct account_session, login_seconds),
	    .note = "With next = factor: how long login_id holds." },
	{ "login_tries", YB_OF(struct account_session, login_tries),
	    .note = "With next = factor: wrong codes until the login begins again." },
	{ "methods", YB_OF(struct account_session, methods),
	    .note = "With next = factor: totp, recovery_code." },
	{ "factor", YB_OF(struct account_session, factor),
	    YB_EACH(account_factor_told_out, struct account_factor_told) },
	{ "terms_due", YB_OF(struct account_session, terms_due),
	    .note = "The terms of use were not accepted in their present version." },
	{ "terms_version", YB_OF(struct account_session, terms_version) },
	{ "password_expires_at", YB_OF(struct account_session, password_expires_at) },
	{ "password_rules", YB_OF(struct account_session, password_rules),
	    YB_EACH(account_rules_out, struct account_rules_told),
	    .note = "What a new password must be; null while a code is due." },
	{ 0 },
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

/* ---- the session ---- */

static yb_list
one_word(yb_req *r, yb_str word)
{
	yb_str *items = yb_alloc(r, sizeof *items);

	items[0] = word;
	return (yb_list) { items, 1 };
}

/* The operations open to the role, and the word for what is no operation of its own. */
static yb_list
permissions(yb_req *r, yb_str role, bool restricted, bool temporary)
{
	yb_list open = yb_permissions(r, role, temporary);
	yb_str *items = yb_alloc(r, (open.n + 1) * sizeof *items);

	if (!restricted || temporary)
		return open;
	memcpy(items, open.items, open.n * sizeof *items);
	items[open.n] = YB_STR("restricted_view");
	return (yb_list) { items, open.n + 1 };
}

/* What stands between this person and the work. */
static struct account_due
due_of(yb_req *r, const struct account_user *u, const struct account_factor *f)
{
	yb_str policy = yb_option_text(r, "terms"), version = yb_option_text(r, "terms_version");
	bool asked = !yb_str_is(policy, "off") && !yb_str_eq(f->terms_version, version);

	return (struct account_due) {
		.password = account_must_change(u, yb_now(r)),
		.factor = f->secret.p == NULL && account_factor_wanted(r, u->role) == 2,
		.terms = asked && yb_str_is(policy, "required"),
		.terms_asked = asked,
	};
}

/* The parts of a session that are the same at its opening and whenever it is asked for. */
static void
session_tell(yb_req *r, const struct account_user *u, const yb_org *org,
    const struct account_factor *f, struct account_session *s)
{
	struct account_due due = due_of(r, u, f);
	bool first_steps = due.password || due.factor || due.terms;
	bool restricted = u->restricted_view || yb_word_in(u->role, YB_DO(RESTRICTED), ',');
	struct account_factor_told *told = yb_alloc(r, sizeof *told);
	struct person *person = yb_alloc(r, sizeof *person);
	yb_org *employer = yb_alloc(r, sizeof *employer);

	*person = (struct person) { u->user_id, u->name };
	*employer = *org;
	*told = (struct account_factor_told) {
		.enrolled = f->secret.p != NULL,
		.required = account_factor_wanted(r, u->role) == 2,
		.suspended = f->suspended.us != 0,
		.recovery_left = f->recovery_left,
	};
	s->user.p = person;
	s->org.p = employer;
	s->factor.p = told;
	s->roles = one_word(r, u->role);
	s->permissions = permissions(r, u->role, restricted, first_steps);
	s->areas = yb_areas(r, u->role, first_steps);
	s->temporary = due.password;
	s->next = due.password ? YB_STR("password")
	    : due.factor       ? YB_STR("factor_setup")
	    : due.terms	       ? YB_STR("terms")
			       : (yb_str) { 0 };
	s->terms_due = due.terms_asked;
	s->terms_version = yb_option_text(r, "terms_version");
	s->password_expires_at = u->pw_expires;
	s->password_rules.p = account_password_rules(r);
}

/* Administrators may have limits of their own; 0 of these means: like everybody. */
static int64_t
limit_of(yb_req *r, const struct account_user *u, const char *admin, const char *others)
{
	int64_t own = u->is_admin ? yb_option_i64(r, admin) : 0;

	return own > 0 ? own : yb_option_i64(r, others);
}

int
account_enter(yb_req *r, const struct account_user *u, const yb_org *org,
    struct account_session *ret)
{
	bool municipal = yb_org_type_of(org->org_type) == YB_ORG_MUNI;
	struct account_factor f;
	struct account_due due;
	yb_session_user who;

	if (account_factor_find(r, u->actor_id, &f) < 0)
		return -1;
	due = due_of(r, u, &f);
	who = (yb_session_user) {
		.actor_id = u->actor_id,
		.user_id = u->user_id,
		.org_id = u->org_id,
		.role = u->role,
		.restricted_view =
		    u->restricted_view || yb_word_in(u->role, YB_DO(RESTRICTED), ','),
		.temporary = due.password || due.factor || due.terms,
		.idle_seconds = 60 *
		    limit_of(r, u, "idle_minutes_admin",
			municipal ? "idle_minutes_muni" : "idle_minutes_other"),
		.absolute_seconds = 3600 * limit_of(r, u, "session_hours_admin", "session_hours"),
	};
	*ret = (struct account_session) {
		.idle_seconds = who.idle_seconds,
		.last_login_at = u->last_login,
		.last_login_from = u->last_login_peer,
	};
	session_tell(r, u, org, &f, ret);
	return yb_session_open(r, &who, yb_option_i64(r, "sessions"), &ret->csrf_token);
}

int
account_welcome(yb_req *r, const struct account_user *u, const yb_org *org)
{
	struct account_session s;

	if (account_enter(r, u, org, &s) < 0)
		return -1;
	return yb_reply_record(r, 200, account_session_out, &s);
}

/* GET /account/session - who is logged in, and what for, H-1-9. */
int
account_get_session(yb_req *r)
{
	struct account_session s = { 0 };
	struct account_factor f;
	struct account_user u;
	yb_org org = { 0 };

	if (yb_db_find(r, &account_self, YB_NO_ARGS, &u) < 0 ||
	    yb_org_by_id(r, u.org_id, &org) == YB_DB_FAILED ||
	    account_factor_find(r, u.actor_id, &f) < 0)
		return -1;
	session_tell(r, &u, &org, &f, &s);
	s.idle_seconds = yb_session_idle_seconds(r);
	s.csrf_token = yb_session_csrf(r);
	s.last_login_at = u.prev_login;
	s.last_login_from = u.prev_login_peer;
	return yb_reply_record(r, 200, account_session_out, &s);
}

/* ---- the list of one's sessions ---- */

struct sessions {
	yb_list sessions;
};

static const yb_field seen_out[] = {
	{ "session_id", YB_OF(yb_session_seen, id), .note = "Names it here; opens nothing." },
	{ "began_at", YB_OF(yb_session_seen, began) },
	{ "seen_at", YB_OF(yb_session_seen, seen) },
	{ "from", YB_OF(yb_session_seen, peer) },
	{ "browser", YB_OF(yb_session_seen, user_agent) },
	{ "current", YB_OF(yb_session_seen, current), .note = "The one that asks." },
	{ 0 },
};

const yb_field account_sessions_out[] = {
	{ "sessions", YB_OF(struct sessions, sessions), YB_EACH(seen_out, yb_session_seen) },
	{ 0 },
};

/* GET /account/sessions - where one is logged in, H-1-9. */
int
account_sessions(yb_req *r)
{
	struct sessions out;

	if (yb_session_list(r, &out.sessions) < 0)
		return -1;
	return yb_reply_record(r, 200, account_sessions_out, &out);
}

/* DELETE /account/sessions/{session_id} - ends one of one's sessions, H-1-9. */
int
account_session_end(yb_req *r)
{
	yb_audit_target(r, "session", yb_path(r, "session_id"));
	if (yb_session_end_one(r, yb_path(r, "session_id")) < 0)
		return -1;
	return yb_reply_empty(r);
}

/* DELETE /account/sessions - ends all but this one, H-1-9. */
int
account_session_end_others(yb_req *r)
{
	if (yb_session_end_others(r) < 0)
		return -1;
	return yb_reply_empty(r);
}

/* ---- the password again ---- */

const yb_field account_step_up_in[] = {
	{ "password", YB_OF(struct account_step_up_in, password), .flags = YB_REQUIRED | YB_SECRET,
	    .max = 256, .min = 1 },
	{ "code", YB_OF(struct account_step_up_in, code), .flags = YB_SECRET, .max = 16, .min = 6,
	    .note = "With a second factor: a code, or" },
	{ "recovery_code", YB_OF(struct account_step_up_in, recovery_code), .flags = YB_SECRET,
	    .max = 24, .min = 8, .note = "a recovery code." },
	{ 0 },
};

/* POST /account/step-up - opens sensitive acts for a few minutes (security 9.2). */
int
account_step_up(yb_req *r)
{
	const struct account_step_up_in *in = yb_body(r);
	struct account_proof proof = { in->code, in->recovery_code };
	struct account_factor f;
	struct account_user u;

	if (yb_db_find(r, &account_self_locked, YB_NO_ARGS, &u) < 0 ||
	    account_password_prove(r, &u, in->password, "/password") < 0 ||
	    account_factor_find(r, u.actor_id, &f) < 0)
		return -1;
	if (account_factor_asked(r, &u, &f) && account_factor_prove(r, &u, &proof) < 0)
		return -1;
	if (yb_session_stepped_up(r) < 0)
		return -1;
	return yb_reply_empty(r);
}

/* ---- terms of use ---- */

const yb_field account_terms_in[] = {
	{ "version", YB_OF(struct account_terms_in, version), .flags = YB_REQUIRED, .max = 20,
	    .min = 1, .note = "terms_version of the session, as it was shown." },
	{ 0 },
};

const yb_query account_accept_terms = {
	.name = "account_accept_terms",
	.sql = "UPDATE account_user AS u"
	       " JOIN (SELECT ? AS actor_id) AS caller ON caller.actor_id = u.actor_id"
	       " SET u.terms_version = ?, u.terms_us = ?",
	.nparams = 3,
	.tenant = YB_SELF,
};

/* POST /account/terms - accepts the terms of use in their present version, H-1-7. */
int
account_terms(yb_req *r)
{
	const struct account_terms_in *in = yb_body(r);
	struct account_user u;
	yb_org org = { 0 };

	if (!yb_str_eq(in->version, yb_option_text(r, "terms_version")))
		return yb_problem_field(r, "E-VAL-011", "/version");
	yb_audit_target(r, "terms", in->version);
	if (account_exec(r, &account_accept_terms,
		YB_ARGS(yb_text(in->version), yb_at(yb_now(r)))) < 0 ||
	    yb_db_find(r, &account_self, YB_NO_ARGS, &u) < 0 ||
	    yb_org_by_id(r, u.org_id, &org) == YB_DB_FAILED)
		return -1;
	u.last_login = u.prev_login; /* the login of this session is not "the last one" */
	u.last_login_peer = u.prev_login_peer;
	return account_welcome(r, &u, &org);
}
