/*
 * account_users.c - what an administrator does with accounts (vaccination brief 13 H-1-2,
 * H-1-4): list, open, create, unlock, disable, enable, reissue, delete.
 *
 * An administrator sees the own organisation only. KC-A may also help another
 * organisation's administrators, in incident work.
 */
#include "account.h"

/* ---- shapes ---- */

static const char *
phone_check(yb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '-')
			return "E-VAL-002";
	return NULL;
}

static const yb_format phone_format = { "phone", "^[0-9-]+$", phone_check };

const yb_field account_list_in[] = {
	{ "limit", YB_OF(struct account_list_in, limit), .min = 1, .max = 200, .note = "50." },
	{ "after", YB_OF(struct account_list_in, after), .max = 12,
	    .note = "`next` of the page before." },
	{ "status", YB_OF(struct account_list_in, status),
	    .one_of = "TEMP,ACTIVE,LOCKED,SUSPENDED,DISABLED,DELETED" },
	{ "role", YB_OF(struct account_list_in, role), .max = 8 },
	{ 0 },
};

const yb_field account_user_out[] = {
	{ "user_id", YB_OF(struct account_user, user_id) },
	{ "name", YB_OF(struct account_user, name) },
	{ "name_kana", YB_OF(struct account_user, name_kana) },
	{ "department", YB_OF(struct account_user, department) },
	{ "mail", YB_OF(struct account_user, mail) },
	{ "phone", YB_OF(struct account_user, phone) },
	{ "role", YB_OF(struct account_user, role) },
	{ "is_admin", YB_OF(struct account_user, is_admin) },
	{ "restricted_view", YB_OF(struct account_user, restricted_view) },
	{ "status", YB_OF(struct account_user, status), .note = "CL_ACCSTAT." },
	{ "locked_until", YB_OF(struct account_user, locked_until) },
	{ "temp_expires_at", YB_OF(struct account_user, temp_expires) },
	{ "last_login_at", YB_OF(struct account_user, last_login) },
	{ "created_at", YB_OF(struct account_user, created) },
	{ "version", YB_OF(struct account_user, row_ver), .note = "For If-Match." },
	{ 0 },
};

struct list_out {
	yb_list users;
	yb_str next;
};

const yb_field account_list_out[] = {
	{ "users", YB_OF(struct list_out, users), YB_EACH(account_user_out, struct account_user) },
	{ "next", YB_OF(struct list_out, next), .note = "Null on the last page." },
	{ 0 },
};

const yb_field account_create_in[] = {
	{ "name", YB_OF(struct account_create_in, name), .flags = YB_REQUIRED, .max = 40, .min = 1,
	    .format = &yb_format_name },
	{ "name_kana", YB_OF(struct account_create_in, name_kana), .flags = YB_REQUIRED, .max = 60,
	    .min = 1, .format = &yb_format_kana },
	{ "role", YB_OF(struct account_create_in, role), .flags = YB_REQUIRED, .max = 8,
	    .note = "A role of the organisation's type." },
	{ "mail", YB_OF(struct account_create_in, mail), .flags = YB_REQUIRED, .max = 254,
	    .format = &yb_format_mail },
	{ "phone", YB_OF(struct account_create_in, phone), .max = 15, .min = 1,
	    .format = &phone_format },
	{ "department", YB_OF(struct account_create_in, department), .max = 60, .min = 1 },
	{ "restricted_view", YB_OF(struct account_create_in, restricted_view),
	    .note = "May open subjects under 支援措置; staff of municipalities only." },
	{ 0 },
};

const yb_field account_state_in[] = {
	{ "operation", YB_OF(struct account_state_in, operation), .flags = YB_REQUIRED,
	    .one_of = "unlock,disable,enable,reissue,delete" },
	{ "reason", YB_OF(struct account_state_in, reason), .flags = YB_REQUIRED, .max = 200,
	    .min = 1 },
	{ 0 },
};

struct issued_out {
	yb_ref user;
	yb_str temporary_password;
};

const yb_field account_issued_out[] = {
	{ "user", YB_OF(struct issued_out, user), YB_EACH(account_user_out, struct account_user) },
	{ "temporary_password", YB_OF(struct issued_out, temporary_password), .flags = YB_SECRET,
	    .note = "Shown once; to be handed over apart from the user ID (A-14)." },
	{ 0 },
};

/* ---- queries ---- */

const yb_query account_page = {
	.name = "account_page",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE org_id = ? AND user_id > ?"
	       " AND (? IS NULL OR ? = CASE WHEN status IN ('TEMP', 'ACTIVE')"
	       "  AND locked_until_us > ? THEN 'LOCKED' ELSE status END)"
	       " AND (? IS NULL OR role = ?)"
	       " ORDER BY user_id LIMIT ?",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 8,
	.tenant = YB_ORG,
};

const yb_query account_by_id = {
	.name = "account_by_id",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE org_id = ? AND user_id = ?",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query account_by_id_locked = {
	.name = "account_by_id_locked",
	.sql = "SELECT " ACCOUNT_COLUMNS
	       " FROM account_user WHERE org_id = ? AND user_id = ? FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query account_admin_anywhere = {
	.name = "account_admin_anywhere",
	.sql = "SELECT " ACCOUNT_COLUMNS
	       " FROM account_user WHERE user_id = ? AND is_admin = 1 FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct counted {
	int64_t n;
};

static const yb_field counted_row[] = {
	{ "n", YB_OF(struct counted, n) },
	{ 0 },
};

/* Accounts of one organisation are created one after another, so that the limit holds. */
const yb_query account_org_lock = {
	.name = "account_org_lock",
	.sql = "SELECT org_id AS n FROM core_org WHERE org_id = ? FOR UPDATE",
	.row = counted_row,
	.row_size = sizeof(struct counted),
	.nparams = 1,
	.tenant = YB_ORG,
	.absent = "E-ACC-001",
};

const yb_query account_org_count = {
	.name = "account_org_count",
	.sql = "SELECT COUNT(*) AS n FROM account_user WHERE org_id = ? AND status <> 'DELETED'",
	.row = counted_row,
	.row_size = sizeof(struct counted),
	.nparams = 1,
	.tenant = YB_ORG,
};

const yb_query account_insert = {
	.name = "account_insert",
	.sql = "INSERT INTO account_user (org_id, user_id, role, is_admin, restricted_view, name,"
	       " name_kana, department, mail, phone, status, pw_phc, temp_expires_us, created_us,"
	       " updated_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'TEMP', ?, ?, ?, ?)",
	.nparams = 14,
	.tenant = YB_ORG,
};

/* Locked, not a snapshot: two administrators must not disable each other at once. */
const yb_query account_other_admin = {
	.name = "account_other_admin",
	.sql = "SELECT actor_id AS n FROM account_user WHERE org_id = ? AND actor_id <> ?"
	       " AND is_admin = 1 AND status IN ('TEMP', 'ACTIVE') ORDER BY actor_id LIMIT 1"
	       " FOR UPDATE",
	.row = counted_row,
	.row_size = sizeof(struct counted),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query account_other_admin_anywhere = {
	.name = "account_other_admin_anywhere",
	.sql = "SELECT actor_id AS n FROM account_user WHERE org_id = ? AND actor_id <> ?"
	       " AND is_admin = 1 AND status IN ('TEMP', 'ACTIVE') ORDER BY actor_id LIMIT 1"
	       " FOR UPDATE",
	.row = counted_row,
	.row_size = sizeof(struct counted),
	.nparams = 2,
	.tenant = YB_CROSS,
};

#define SET_STATE                                                                              \
	" SET u.status = ?, u.pw_phc = ?, u.temp_expires_us = ?, u.failed_count = 0,"          \
	" u.locked_until_us = NULL, u.updated_us = ?, u.row_ver = u.row_ver + 1"               \
	" WHERE u.actor_id = ?"

const yb_query account_set_state = {
	.name = "account_set_state",
	.sql = "UPDATE account_user AS u"
	       " JOIN (SELECT ? AS org_id) AS caller ON caller.org_id = u.org_id" SET_STATE,
	.nparams = 6,
	.tenant = YB_ORG,
};

const yb_query account_set_state_anywhere = {
	.name = "account_set_state_anywhere",
	.sql = "UPDATE account_user AS u" SET_STATE " AND u.is_admin = 1",
	.nparams = 5,
	.tenant = YB_CROSS,
};

/* ---- reading ---- */

/* As people know the state: a lock that still holds is one. */
static void
show_state(struct account_user *u, yb_time now)
{
	bool usable = yb_str_is(u->status, "TEMP") || yb_str_is(u->status, "ACTIVE");

	if (usable && u->locked_until.us > now.us)
		u->status = YB_STR("LOCKED");
	else
		u->locked_until.us = 0;
	if (!yb_str_is(u->status, "TEMP"))
		u->temp_expires.us = 0;
}

/* GET /account/users - users of the own organisation, by user ID, H-1-4. */
int
account_list(yb_req *r)
{
	const struct account_list_in *in = yb_params(r);
	size_t limit = in->limit.set ? (size_t)in->limit.v : 50;
	struct list_out out = { 0 };
	struct account_user *users;

	if (yb_db_list(r, &account_page,
		YB_ARGS(yb_text(in->after.p == NULL ? YB_STR("") : in->after), yb_text(in->status),
		    yb_text(in->status), yb_at(yb_now(r)), yb_text(in->role), yb_text(in->role),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &out.users) < 0)
		return -1;
	users = out.users.items;
	if (out.users.n > limit) {
		out.users.n = limit;
		out.next = users[limit - 1].user_id;
	}
	for (size_t i = 0; i < out.users.n; i++)
		show_state(&users[i], yb_now(r));
	return yb_reply_record(r, 200, account_list_out, &out);
}

/* GET /account/users/{user_id} - one user of the own organisation, H-1-4. */
int
account_get(yb_req *r)
{
	struct account_user u;

	if (yb_db_find(r, &account_by_id, YB_ARGS(yb_text(yb_path(r, "user_id"))), &u) < 0)
		return -1;
	yb_audit_target(r, "user", u.user_id);
	yb_reply_etag(r, u.row_ver);
	show_state(&u, yb_now(r));
	return yb_reply_record(r, 200, account_user_out, &u);
}

/* ---- creating ---- */

static int
create_check(yb_req *r, const struct account_create_in *in)
{
	if (!account_role_allowed(in->role, yb_who(r)->org_type))
		yb_fault_add(r, "/role", "E-VAL-011");
	if (in->restricted_view && !yb_word_in(in->role, "MU-A,MU-S", ','))
		yb_fault_add(r, "/restricted_view", "E-VAL-011");
	return yb_faults_refuse(r);
}

/* Whether the organisation may have one account more (E-ACC-009). */
static int
create_room(yb_req *r)
{
	struct counted c = { 0 };
	enum yb_org_type type = yb_who(r)->org_type;
	const char *option = type == YB_ORG_HMI ? "users_hmi"
	    : type == YB_ORG_MUNI		? "users_muni"
						: "users_other";

	if (yb_db_find(r, &account_org_lock, YB_NO_ARGS, &c) < 0 ||
	    yb_db_find(r, &account_org_count, YB_NO_ARGS, &c) < 0)
		return -1;
	return c.n < yb_option_i64(r, option) ? 0 : yb_problem(r, "E-ACC-009");
}

/* A number nobody had before; numbers are random, so a taken one is met now and then. */
static int
create_row(yb_req *r, const struct account_create_in *in, yb_str phc, yb_time expires,
    yb_str *ret_id)
{
	yb_value now = yb_at(yb_now(r));
	int64_t rows;

	for (int tries = 0; tries < 8; tries++) {
		yb_str user_id = yb_random_number(r, 8);
		int rc = yb_db_exec(r, &account_insert,
		    YB_ARGS(yb_text(user_id), yb_text(in->role),
			yb_bool(account_role_is_admin(in->role)), yb_bool(in->restricted_view),
			yb_text(in->name), yb_text(yb_kana(r, in->name_kana)),
			yb_text(in->department), yb_text(in->mail), yb_text(in->phone),
			yb_text(phc), yb_at(expires), now, now),
		    &rows);

		if (rc < 0)
			return -1;
		if (rc == YB_DUPLICATE)
			continue;
		*ret_id = user_id;
		return 0;
	}
	return yb_problem(r, "E-SYS-003");
}

static yb_time
temporary_until(const yb_req *r)
{
	return (yb_time) { yb_now(r).us + yb_option_i64(r, "temp_days") * 86400 * 1000000 };
}

/* POST /account/users - a new account with a temporary password, H-1-2. */
int
account_create(yb_req *r)
{
	const struct account_create_in *in = yb_body(r);
	struct issued_out out = { 0 };
	struct account_user u;
	yb_str user_id, phc;

	if (create_check(r, in) < 0)
		return -1;
	out.temporary_password = account_password_temporary(r);
	if (yb_password_hash(r, out.temporary_password, &phc) < 0)
		return -1;
	if (create_room(r) < 0 || create_row(r, in, phc, temporary_until(r), &user_id) < 0)
		return -1;
	if (yb_db_find(r, &account_by_id, YB_ARGS(yb_text(user_id)), &u) < 0)
		return -1;
	yb_audit_target(r, "user", user_id);
	yb_reply_etag(r, u.row_ver);
	show_state(&u, yb_now(r));
	out.user.p = &u;
	return yb_reply_record(r, 201, account_issued_out, &out);
}

/* ---- changing the state ---- */

/* The user, locked: of the own organisation, or for KC-A any administrator. */
static int
state_find(yb_req *r, struct account_user *u)
{
	yb_str user_id = yb_path(r, "user_id");
	enum yb_found found = yb_db_one(r, &account_by_id_locked, YB_ARGS(yb_text(user_id)), u);

	if (found == YB_NO_ROW && yb_str_is(yb_who(r)->role, "KC-A"))
		found = yb_db_one(r, &account_admin_anywhere, YB_ARGS(yb_text(user_id)), u);
	if (found == YB_NO_ROW || (found == YB_ONE_ROW && yb_str_is(u->status, "DELETED")))
		return yb_problem(r, "E-AUTH-005"); /* deleted users never come back */
	return found == YB_ONE_ROW ? 0 : -1;
}

/* Nobody changes the own state, and an organisation keeps an administrator. */
static int
state_guard(yb_req *r, const struct account_user *u, yb_str operation)
{
	bool own = u->org_id == yb_who(r)->org_id;
	struct counted other;
	enum yb_found found;

	if (u->actor_id == yb_who(r)->actor_id)
		return yb_problem(r, "E-ACC-004");
	if (!u->is_admin || !yb_word_in(operation, "disable,delete", ',') ||
	    !yb_word_in(u->status, "TEMP,ACTIVE", ','))
		return 0;
	found = own
	    ? yb_db_one(r, &account_other_admin, YB_ARGS(yb_i64(u->actor_id)), &other)
	    : yb_db_one(r, &account_other_admin_anywhere,
		  YB_ARGS(yb_i64(u->org_id), yb_i64(u->actor_id)), &other);
	if (found == YB_NO_ROW)
		return yb_problem(r, "E-ACC-003");
	return found == YB_ONE_ROW ? 0 : -1;
}

/*
 * The chart of the brief (9): unlock keeps the state, disable and delete take it, enable
 * and reissue lead to TEMP with a new temporary password.
 */
static int
state_next(yb_req *r, const struct account_state_in *in, struct account_user *u,
    struct issued_out *out)
{
	bool usable = yb_word_in(u->status, "TEMP,ACTIVE", ',');

	if (yb_str_is(in->operation, "unlock"))
		return usable ? 0 : yb_problem_field(r, "E-VAL-011", "/operation");
	if (yb_str_is(in->operation, "disable")) {
		u->status = YB_STR("DISABLED");
		return 0;
	}
	if (yb_str_is(in->operation, "delete")) {
		u->status = YB_STR("DELETED");
		yb_audit_action(r, YB_ACT_DELETE);
		return 0;
	}
	if (yb_str_is(in->operation, "enable") == usable)
		return yb_problem_field(r, "E-VAL-011", "/operation");
	u->status = YB_STR("TEMP");
	u->temp_expires = temporary_until(r);
	out->temporary_password = account_password_temporary(r);
	return yb_password_hash(r, out->temporary_password, &u->pw_phc);
}

static int
state_store(yb_req *r, struct account_user *u)
{
	bool own = u->org_id == yb_who(r)->org_id;
	yb_value now = yb_at(yb_now(r));
	int64_t rows = own
	    ? account_exec(r, &account_set_state,
		  YB_ARGS(yb_text(u->status), yb_text(u->pw_phc), yb_at(u->temp_expires), now,
		      yb_i64(u->actor_id)))
	    : account_exec(r, &account_set_state_anywhere,
		  YB_ARGS(yb_text(u->status), yb_text(u->pw_phc), yb_at(u->temp_expires), now,
		      yb_i64(u->actor_id)));

	if (rows != 1)
		return rows < 0 ? -1 : yb_problem(r, "E-SYS-003");
	u->row_ver++;
	u->locked_until.us = 0;
	return 0;
}

/* POST /account/users/{user_id}/state - unlock, disable, enable, reissue, delete, H-1-4. */
int
account_state(yb_req *r)
{
	const struct account_state_in *in = yb_body(r);
	struct issued_out out = { 0 };
	struct account_user u;

	if (state_find(r, &u) < 0)
		return -1;
	yb_audit_target(r, "user", u.user_id);
	yb_audit_purpose(r, (yb_str) { 0 }, in->reason);
	if (yb_if_match(r, u.row_ver) < 0 || state_guard(r, &u, in->operation) < 0 ||
	    state_next(r, in, &u, &out) < 0 || state_store(r, &u) < 0)
		return -1;
	if (!yb_str_is(in->operation, "unlock") && yb_session_close_user(r, u.actor_id) < 0)
		return -1;
	yb_reply_etag(r, u.row_ver);
	show_state(&u, yb_now(r));
	out.user.p = &u;
	return yb_reply_record(r, 200, account_issued_out, &out);
}
