/*
 * account_change.c - what an administrator changes of an account's data, role and rights
 * (vaccination brief 13 H-1-4), and what stands before every change.
 *
 * Every change of an organisation's accounts first takes the row of the organisation, so that
 * two administrators who end each other meet one after the other, and the second is told that
 * nobody would be left. Whoever changes is asked for the right again behind that row.
 */
#include "account_admin.h"

#include <yb/mail.h>
#include <yb/token.h>

/* ---- shapes ---- */

const yb_field account_change_in[] = {
	{ "name", YB_OF(struct account_change_in, name), .max = 40, .min = 1,
	    .format = &yb_format_name },
	{ "name_kana", YB_OF(struct account_change_in, name_kana), .max = 60, .min = 1,
	    .format = &yb_format_kana },
	{ "department", YB_OF(struct account_change_in, department), .max = 60, .min = 1 },
	{ "mail", YB_OF(struct account_change_in, mail), .max = 254, .format = &yb_format_mail },
	{ "phone", YB_OF(struct account_change_in, phone), .max = 15, .min = 1,
	    .format = &account_phone_format },
	{ "role", YB_OF(struct account_change_in, role), .max = 8 },
	{ "is_admin", YB_OF(struct account_change_in, is_admin) },
	{ "restricted_view", YB_OF(struct account_change_in, restricted_view) },
	{ "valid_to", YB_OF(struct account_change_in, valid_to), .note = "Null: no end." },
	{ "reason", YB_OF(struct account_change_in, reason), .flags = YB_REQUIRED, .max = 200,
	    .min = 1, .note = "For the access log." },
	{ 0 },
};

/* ---- queries ---- */

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
	       " FROM account_user WHERE user_id = ? AND " ACCOUNT_REACHED " FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* Somebody who can still be asked: not ended by its own last day either. */
#define OTHER_ADMIN                                                                            \
	"SELECT actor_id AS n FROM account_user WHERE org_id = ? AND actor_id <> ?"            \
	" AND is_admin = 1 AND status IN ('TEMP', 'ACTIVE')"                                   \
	" AND (valid_to IS NULL OR valid_to >= ?) ORDER BY actor_id LIMIT 1 FOR UPDATE"

const yb_query account_other_admin = {
	.name = "account_other_admin",
	.sql = OTHER_ADMIN,
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 3,
	.tenant = YB_ORG,
};

const yb_query account_other_admin_anywhere = {
	.name = "account_other_admin_anywhere",
	.sql = OTHER_ADMIN,
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 3,
	.tenant = YB_CROSS,
};

/* A new address has not been proven to be the person's. */
#define SET_DATA                                                                               \
	" SET u.person_id = ?, u.role = ?, u.is_admin = ?, u.restricted_view = ?, u.name = ?," \
	" u.name_kana = ?, u.department = ?,"                                                  \
	" u.mail_verified_us = IF(u.mail = ?, u.mail_verified_us, NULL), u.mail = ?,"          \
	" u.self_reset = ?, u.phone = ?, u.valid_to = ?, u.updated_us = ?,"                    \
	" u.row_ver = u.row_ver + 1 WHERE u.actor_id = ?"

const yb_query account_set_data = {
	.name = "account_set_data",
	.sql = "UPDATE account_user AS u"
	       " JOIN (SELECT ? AS org_id) AS caller ON caller.org_id = u.org_id" SET_DATA,
	.nparams = 15,
	.tenant = YB_ORG,
};

const yb_query account_set_data_anywhere = {
	.name = "account_set_data_anywhere",
	.sql = "UPDATE account_user AS u" SET_DATA,
	.nparams = 14,
	.tenant = YB_CROSS,
};

struct issued_token {
	yb_bytes jti;
	yb_time expires;
};

static const yb_field issued_token_row[] = {
	{ "jti_sha256", YB_OF(struct issued_token, jti) },
	{ "expires_us", YB_OF(struct issued_token, expires) },
	{ 0 },
};

const yb_query account_tokens_of = {
	.name = "account_tokens_of",
	.sql = "SELECT jti_sha256, expires_us FROM token_of_issuer WHERE issued_by = ?"
	       " AND expires_us > ?",
	.row = issued_token_row,
	.row_size = sizeof(struct issued_token),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query account_tokens_revoke = {
	.name = "account_tokens_revoke",
	.sql = "UPDATE token_of_issuer SET status = 'REVOKED', revoke_reason = ?, revoked_by = ?,"
	       " revoked_us = ? WHERE issued_by = ? AND expires_us > ?",
	.nparams = 5,
	.tenant = YB_CROSS,
};

/* ---- whom, and whether ---- */

int
account_target(yb_req *r, yb_str user_id, struct account_user *u, struct account_user *self)
{
	enum yb_found found = yb_db_one(r, &account_by_id, YB_ARGS(yb_text(user_id)), u);
	bool centre = yb_str_is(yb_who(r)->role, "KC-A"), own = found == YB_ONE_ROW;

	if (found == YB_NO_ROW && centre)
		found = yb_db_one(r, &account_admin_show, YB_ARGS(yb_text(user_id)), u);
	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW)
		return yb_problem(r, "E-AUTH-005");
	if (account_lock_org(r, u->org_id) < 0 || account_manager(r, self) < 0)
		return -1;
	found = own ? yb_db_one(r, &account_by_id_locked, YB_ARGS(yb_text(user_id)), u)
		    : yb_db_one(r, &account_admin_anywhere, YB_ARGS(yb_text(user_id)), u);
	if (found == YB_NO_ROW || (found == YB_ONE_ROW && yb_str_is(u->status, "DELETED")))
		return yb_problem(r, "E-AUTH-005"); /* deleted users never come back */
	return found == YB_ONE_ROW ? 0 : -1;
}

int
account_guard_last(yb_req *r, const struct account_user *u)
{
	yb_value today = yb_day(yb_today(r));
	struct account_counted other;
	enum yb_found found;

	if (!u->is_admin || !yb_word_in(u->status, "TEMP,ACTIVE", ','))
		return 0;
	found = u->org_id == yb_who(r)->org_id
	    ? yb_db_one(r, &account_other_admin, YB_ARGS(yb_i64(u->actor_id), today), &other)
	    : yb_db_one(r, &account_other_admin_anywhere,
		  YB_ARGS(yb_i64(u->org_id), yb_i64(u->actor_id), today), &other);
	if (found == YB_NO_ROW)
		return yb_problem(r, "E-ACC-003");
	return found == YB_ONE_ROW ? 0 : -1;
}

int
account_tell(yb_req *r, const struct account_user *u, yb_str to, yb_str what)
{
	yb_org org = { 0 };

	if (yb_org_by_id(r, u->org_id, &org) != YB_ONE_ROW)
		return yb_problem(r, "E-SYS-003");
	return yb_mail(r, "state-changed", to,
	    YB_MAIL_WORDS({ "name", u->name }, { "user_id", u->user_id },
		{ "org_name", org.name }, { "what", what }));
}

/* ---- data and rights ---- */

/* A member that was written but null, where there must be a value. */
static void
refuse_null(yb_req *r, const char *name, const char *field, yb_str value)
{
	if (yb_body_has(r, name) && value.p == NULL)
		yb_fault_add(r, field, "E-VAL-001");
}

/* Rights follow the role where nothing else is said. */
static int
merge_rights(yb_req *r, const struct account_change_in *in, yb_org *org, struct account_user *u)
{
	bool new_role = in->role.p != NULL && !yb_str_eq(in->role, u->role);
	bool restricted_role;

	if (in->role.p != NULL)
		u->role = in->role;
	if (!account_role_allowed(u->role, yb_org_type_of(org->org_type)))
		return yb_problem_field(r, "E-VAL-011", "/role");
	if (yb_body_has(r, "is_admin"))
		u->is_admin = in->is_admin;
	else if (new_role)
		u->is_admin = account_role_is_admin(u->role);
	if (u->is_admin && !account_role_is_admin(u->role))
		return yb_problem_field(r, "E-VAL-013", "/is_admin");
	restricted_role = yb_word_in(u->role, "MU-A,MU-S", ',');
	if (yb_body_has(r, "restricted_view"))
		u->restricted_view = in->restricted_view;
	else if (!restricted_role)
		u->restricted_view = false;
	if (u->restricted_view && !restricted_role)
		return yb_problem_field(r, "E-VAL-011", "/restricted_view");
	return 0;
}

static int
merge_data(yb_req *r, const struct account_change_in *in, struct account_user *u)
{
	refuse_null(r, "name", "/name", in->name);
	refuse_null(r, "name_kana", "/name_kana", in->name_kana);
	refuse_null(r, "mail", "/mail", in->mail);
	refuse_null(r, "role", "/role", in->role);
	if (account_mail_denied(r, in->mail))
		yb_fault_add(r, "/mail", "E-VAL-002");
	if (in->valid_to.year != 0 && yb_date_cmp(in->valid_to, yb_today(r)) < 0)
		yb_fault_add(r, "/valid_to", "E-VAL-003");
	if (yb_faults_refuse(r) < 0)
		return -1;
	if (in->name.p != NULL)
		u->name = in->name;
	if (in->name_kana.p != NULL)
		u->name_kana = yb_kana(r, in->name_kana);
	if (yb_body_has(r, "department"))
		u->department = in->department;
	if (in->mail.p != NULL) {
		u->self_reset = u->self_reset || !yb_str_eq(in->mail, u->mail);
		u->mail = in->mail;
	}
	if (yb_body_has(r, "phone"))
		u->phone = in->phone;
	if (yb_body_has(r, "valid_to"))
		u->valid_to = in->valid_to;
	return 0;
}

static int
data_store(yb_req *r, struct account_user *u)
{
	yb_value now = yb_at(yb_now(r)), mail = yb_text(u->mail);
	const yb_value args[] = { yb_id(u->person_id), yb_text(u->role), yb_bool(u->is_admin),
		yb_bool(u->restricted_view), yb_text(u->name), yb_text(u->name_kana),
		yb_text(u->department), mail, mail, yb_bool(u->self_reset), yb_text(u->phone),
		yb_day(u->valid_to), now, yb_i64(u->actor_id) };
	yb_args all = { args, sizeof args / sizeof args[0] };
	int64_t rows = account_exec(r,
	    u->org_id == yb_who(r)->org_id ? &account_set_data : &account_set_data_anywhere, all);

	if (rows != 1)
		return rows < 0 ? -1 : yb_problem(r, "E-SYS-003");
	u->row_ver++;
	return 0;
}

/* Access tokens this person issued end with the role that allowed it (H-2). */
static int
tokens_end(yb_req *r, const struct account_user *u, int64_t *ret_n)
{
	yb_value now = yb_at(yb_now(r)), id = yb_text(u->user_id);
	yb_list tokens;

	if (yb_db_list(r, &account_tokens_of, YB_ARGS(id, now), 10000, &tokens) < 0)
		return -1;
	for (size_t i = 0; i < tokens.n; i++) {
		const struct issued_token *t = &((struct issued_token *)tokens.items)[i];

		if (yb_token_revoke(r, YB_REVOKE_JTI, t->jti, t->expires) < 0)
			return -1;
	}
	*ret_n = (int64_t)tokens.n;
	if (tokens.n == 0)
		return 0;
	return account_exec(r, &account_tokens_revoke,
		   YB_ARGS(yb_text(YB_STR("発行者の権限変更")), yb_text(yb_who(r)->actor), now, id,
		       now)) < 0
	    ? -1
	    : 0;
}

/* What changed, for the person and for the access log. */
static int
change_tell(yb_req *r, const struct account_user *old, const struct account_user *u, bool rights)
{
	yb_str from = account_role_label(old->role), to = account_role_label(u->role);
	yb_str what = yb_str_eq(old->role, u->role)
	    ? rights ? YB_STR("権限の範囲の変更") : YB_STR("登録内容の変更")
	    : yb_format_text(r, "権限の変更（%.*s → %.*s）", (int)from.len, from.p, (int)to.len,
		  to.p);

	if (account_tell(r, u, u->mail, what) < 0)
		return -1;
	return yb_str_eq(old->mail, u->mail)
	    ? 0
	    : account_tell(r, u, old->mail, YB_STR("メールアドレスの変更"));
}

static void
change_log(yb_req *r, const struct account_user *old, const struct account_user *u, yb_str reason)
{
	yb_audit_purpose(r, (yb_str) { 0 },
	    yb_format_text(r, "role %.*s>%.*s admin %d>%d restricted %d>%d: %.*s",
		(int)old->role.len, old->role.p, (int)u->role.len, u->role.p, old->is_admin,
		u->is_admin, old->restricted_view, u->restricted_view, (int)reason.len, reason.p));
}

/* PATCH /account/users/{user_id} - data, role and rights of a user, H-1-4. */
int
account_change(yb_req *r)
{
	const struct account_change_in *in = yb_body(r);
	struct account_issued out = { 0 };
	struct account_user u, old, self;
	yb_org org = { 0 };
	bool rights;

	if (account_target(r, yb_path(r, "user_id"), &u, &self) < 0)
		return -1;
	yb_audit_target(r, "user", u.user_id);
	yb_audit_purpose(r, (yb_str) { 0 }, in->reason);
	if (yb_if_match(r, u.row_ver) < 0)
		return -1;
	if (u.actor_id == self.actor_id)
		return yb_problem(r, "E-ACC-004"); /* one's own data: H-1-3 */
	old = u;
	if (yb_org_by_id(r, u.org_id, &org) == YB_DB_FAILED || merge_data(r, in, &u) < 0 ||
	    merge_rights(r, in, &org, &u) < 0 || account_person_again(r, &old, &u) < 0)
		return -1;
	if (!u.is_admin && account_guard_last(r, &old) < 0)
		return -1;
	rights = !yb_str_eq(old.role, u.role) || old.is_admin != u.is_admin ||
	    old.restricted_view != u.restricted_view;
	if (data_store(r, &u) < 0 || change_tell(r, &old, &u, rights) < 0)
		return -1;
	if (!yb_str_eq(old.mail, u.mail) && account_links_end(r, u.actor_id) < 0)
		return -1;
	if (rights && yb_session_close_user(r, u.actor_id) < 0)
		return -1;
	if (!yb_str_eq(old.role, u.role) && tokens_end(r, &u, &out.tokens_revoked) < 0)
		return -1;
	change_log(r, &old, &u, in->reason);
	yb_reply_etag(r, u.row_ver);
	account_show_state(&u, yb_now(r));
	out.user.p = &u;
	return yb_reply_record(r, 200, account_issued_out, &out);
}
