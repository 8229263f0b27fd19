/*
 * account_users.c - accounts inside an organisation (vaccination brief 13 H-1-2, H-1-4):
 * list, open, create.
 *
 * An administrator sees the own organisation only. KC-A also sees the administrators of
 * another one, in incident work.
 */
#include "account_admin.h"

#include <string.h>

static const char *
phone_check(yb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '-')
			return "E-VAL-002";
	return NULL;
}

const yb_format account_phone_format = { "phone", "^[0-9-]+$", phone_check };

/* ---- shapes ---- */

const yb_field account_list_in[] = {
	{ "limit", YB_OF(struct account_list_in, limit), .min = 1, .max = 200, .note = "50." },
	{ "after", YB_OF(struct account_list_in, after), .max = 12,
	    .note = "`next` of the page before." },
	{ "status", YB_OF(struct account_list_in, status),
	    .one_of = "TEMP,ACTIVE,LOCKED,SUSPENDED,DISABLED,DELETED" },
	{ "role", YB_OF(struct account_list_in, role), .max = 8 },
	{ "q", YB_OF(struct account_list_in, q), .max = 60, .min = 1,
	    .note = "A part of the name or its kana, or the whole user ID." },
	{ "idle_since", YB_OF(struct account_list_in, idle_since),
	    .note = "Those who did not log in on this day or later." },
	{ "deleted", YB_OF(struct account_list_in, deleted),
	    .note = "True: deleted ones too. They are also shown to status=DELETED." },
	{ "org_code", YB_OF(struct account_list_in, org_code), .max = 10,
	    .note = "KC-A: the administrators of this organisation." },
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
	{ "valid_to", YB_OF(struct account_user, valid_to), .note = "Last day; null: no end." },
	{ "self_reset", YB_OF(struct account_user, self_reset),
	    .note = "False: no mail of its own, notices go to the administrator." },
	{ "status", YB_OF(struct account_user, status), .note = "CL_ACCSTAT." },
	{ "second_factor", YB_OF(struct account_user, second_factor),
	    .note = "An authenticator app is enrolled." },
	{ "locked_until", YB_OF(struct account_user, locked_until),
	    .note = "Of the account, or of a browser that counts for itself." },
	{ "temp_expires_at", YB_OF(struct account_user, temp_expires) },
	{ "last_login_at", YB_OF(struct account_user, last_login) },
	{ "suspended_at", YB_OF(struct account_user, suspended) },
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
	{ "mail", YB_OF(struct account_create_in, mail), .max = 254, .format = &yb_format_mail,
	    .note = "Without one the administrator's is used, and self-service reset is off." },
	{ "phone", YB_OF(struct account_create_in, phone), .max = 15, .min = 1,
	    .format = &account_phone_format },
	{ "department", YB_OF(struct account_create_in, department), .max = 60, .min = 1 },
	{ "is_admin", YB_OF(struct account_create_in, is_admin),
	    .note = "Manages accounts; of -A roles only, where it is true unless said." },
	{ "restricted_view", YB_OF(struct account_create_in, restricted_view),
	    .note = "May open subjects under 支援措置; staff of municipalities only." },
	{ "valid_to", YB_OF(struct account_create_in, valid_to), .note = "Last day (任期付)." },
	{ "deliver", YB_OF(struct account_create_in, deliver), .one_of = ACCOUNT_DELIVER,
	    .note = "How the temporary password goes: mail, sealed letter, or this answer." },
	{ 0 },
};

const yb_field account_similar_out[] = {
	{ "user_id", YB_OF(struct account_similar, user_id) },
	{ "name", YB_OF(struct account_similar, name) },
	{ "role", YB_OF(struct account_similar, role) },
	{ "status", YB_OF(struct account_similar, status) },
	{ "same_mail", YB_OF(struct account_similar, same_mail) },
	{ "same_name", YB_OF(struct account_similar, same_name) },
	{ 0 },
};

const yb_field account_issued_out[] = {
	{ "user", YB_OF(struct account_issued, user),
	    YB_EACH(account_user_out, struct account_user) },
	{ "temporary_password", YB_OF(struct account_issued, temporary_password),
	    .flags = YB_SECRET, .note = "Shown once; to be handed over apart from the user ID (A-14)." },
	{ "notice", YB_OF(struct account_issued, notice),
	    .note = "A 発行通知書 waits to be printed, once." },
	{ "similar", YB_OF(struct account_issued, similar),
	    YB_EACH(account_similar_out, struct account_similar),
	    .note = "Accounts of the organisation with this mail or name: a warning." },
	{ "tokens_revoked", YB_OF(struct account_issued, tokens_revoked),
	    .note = "Access tokens that ended with the role." },
	{ 0 },
};

/* ---- queries ---- */

/* Names are compared without the space between their parts. */
#define LIST_FILTER                                                                            \
	" AND user_id > ? AND (? IS NULL OR ? = CASE WHEN status IN ('TEMP', 'ACTIVE')"        \
	"  AND GREATEST(COALESCE(locked_until_us, 0), COALESCE(" ACCOUNT_BROWSER_LOCK ", 0))"  \
	"  > ? THEN 'LOCKED' ELSE status END)"                                                 \
	" AND (? OR status <> 'DELETED')"                                                      \
	" AND (? IS NULL OR role = ?)"                                                         \
	" AND (? IS NULL OR LOCATE(?, REPLACE(name, '　', '')) > 0"                            \
	"  OR LOCATE(?, REPLACE(name_kana, '　', '')) > 0 OR user_id = ?)"                     \
	" AND (? IS NULL OR COALESCE(last_login_us, created_us) < ?)"                          \
	" ORDER BY user_id LIMIT ?"

const yb_query account_page = {
	.name = "account_page",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE org_id = ?" LIST_FILTER,
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 15,
	.tenant = YB_ORG,
};

const yb_query account_page_anywhere = {
	.name = "account_page_anywhere",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE org_id = ? AND " ACCOUNT_REACHED
	    LIST_FILTER,
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 15,
	.tenant = YB_CROSS,
};

const yb_query account_by_id = {
	.name = "account_by_id",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE org_id = ? AND user_id = ?",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query account_admin_show = {
	.name = "account_admin_show",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE user_id = ? AND " ACCOUNT_REACHED,
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query account_by_actor_anywhere = {
	.name = "account_by_actor_anywhere",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE actor_id = ? FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query account_admins_of = {
	.name = "account_admins_of",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE org_id = ? AND is_admin = 1"
	       " AND status IN ('TEMP', 'ACTIVE') ORDER BY actor_id LIMIT 20",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_field account_counted_row[] = {
	{ "n", YB_OF(struct account_counted, n) },
	{ 0 },
};

/* Accounts of one organisation change one after another: limits and last administrators hold. */
const yb_query account_org_lock = {
	.name = "account_org_lock",
	.sql = "SELECT org_id AS n FROM core_org WHERE org_id = ? FOR UPDATE",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_ORG,
	.absent = "E-ACC-001",
};

const yb_query account_org_lock_anywhere = {
	.name = "account_org_lock_anywhere",
	.sql = "SELECT org_id AS n FROM core_org WHERE org_id = ? FOR UPDATE",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_CROSS,
	.absent = "E-ACC-001",
};

const yb_query account_org_count = {
	.name = "account_org_count",
	.sql = "SELECT COUNT(*) AS n FROM account_user WHERE org_id = ? AND status <> 'DELETED'",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_ORG,
};

const yb_query account_org_count_anywhere = {
	.name = "account_org_count_anywhere",
	.sql = "SELECT COUNT(*) AS n FROM account_user WHERE org_id = ? AND status <> 'DELETED'",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_CROSS,
};

#define INSERT_USER                                                                            \
	"INSERT INTO account_user (org_id, user_id, person_id, role, is_admin,"                \
	" restricted_view, name, name_kana, department, mail, phone, valid_to, self_reset,"    \
	" status, pw_phc, temp_expires_us, created_us, updated_us)"                            \
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'TEMP', ?, ?, ?, ?)"

const yb_query account_insert = {
	.name = "account_insert",
	.sql = INSERT_USER,
	.nparams = 17,
	.tenant = YB_ORG,
};

const yb_query account_insert_anywhere = {
	.name = "account_insert_anywhere",
	.sql = INSERT_USER,
	.nparams = 17,
	.tenant = YB_CROSS,
};

/* ---- reading ---- */

void
account_show_state(struct account_user *u, yb_time now)
{
	bool usable = yb_str_is(u->status, "TEMP") || yb_str_is(u->status, "ACTIVE");

	if (u->browser_locked.us > u->locked_until.us)
		u->locked_until = u->browser_locked;
	if (usable && u->locked_until.us > now.us)
		u->status = YB_STR("LOCKED");
	else
		u->locked_until.us = 0;
	if (!yb_str_is(u->status, "TEMP"))
		u->temp_expires.us = 0;
	if (!yb_str_is(u->status, "SUSPENDED"))
		u->suspended.us = 0;
}

bool
account_ended(const struct account_user *u, yb_date today)
{
	return u->valid_to.year != 0 && yb_date_cmp(u->valid_to, today) < 0;
}

/* Without spaces, of either width. */
static yb_str
unspaced(yb_req *r, yb_str s)
{
	char *out = yb_alloc(r, s.len + 1);
	size_t n = 0;

	if (s.p == NULL)
		return s;
	for (size_t i = 0; i < s.len; i++) {
		if (s.len - i >= 3 && memcmp(s.p + i, "　", 3) == 0) {
			i += 2;
			continue;
		}
		if (s.p[i] != ' ')
			out[n++] = s.p[i];
	}
	return (yb_str) { out, n };
}

static int
list_find(yb_req *r, const struct account_list_in *in, size_t limit, yb_list *users)
{
	bool own = in->org_code.p == NULL || yb_str_eq(in->org_code, yb_who(r)->org_code);
	yb_str q = unspaced(r, in->q);
	yb_str kana = q.p == NULL ? q : yb_kana(r, q);
	yb_time idle = { in->idle_since.year == 0
		? 0
		: yb_date_days(in->idle_since) * ACCOUNT_DAY_US - INT64_C(9) * 3600000000 };
	const yb_value filter[] = { yb_null(),
		yb_text(in->after.p == NULL ? YB_STR("") : in->after), yb_text(in->status),
		yb_text(in->status), yb_at(yb_now(r)),
		yb_bool(in->deleted || yb_str_is(in->status, "DELETED")), yb_text(in->role),
		yb_text(in->role),
		yb_text(q), yb_text(q), yb_text(kana), yb_text(in->q), yb_at(idle), yb_at(idle),
		yb_i64((int64_t)limit + 1) };
	size_t n = sizeof filter / sizeof filter[0];
	yb_value args[sizeof filter / sizeof filter[0]];
	yb_org org;

	if (own)
		return yb_db_list(r, &account_page, (yb_args) { filter + 1, n - 1 }, limit + 1,
		    users);
	if (!yb_str_is(yb_who(r)->role, "KC-A"))
		return yb_problem(r, "E-AUTH-005");
	switch (yb_org_by_code(r, in->org_code, &org)) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		return yb_problem(r, "E-AUTH-005");
	case YB_ONE_ROW:
		break;
	}
	memcpy(args, filter, sizeof filter);
	args[0] = yb_i64(org.org_id);
	return yb_db_list(r, &account_page_anywhere, (yb_args) { args, n }, limit + 1, users);
}

/* GET /account/users - users of the own organisation, by user ID, H-1-4. */
int
account_list(yb_req *r)
{
	const struct account_list_in *in = yb_params(r);
	size_t limit = in->limit.set ? (size_t)in->limit.v : 50;
	struct list_out out = { 0 };
	struct account_user *users;

	if (list_find(r, in, limit, &out.users) < 0)
		return -1;
	users = out.users.items;
	if (yb_page_cut(&out.users, limit))
		out.next = users[limit - 1].user_id;
	for (size_t i = 0; i < out.users.n; i++)
		account_show_state(&users[i], yb_now(r));
	return yb_reply_record(r, 200, account_list_out, &out);
}

/* GET /account/users/{user_id} - one user; for KC-A also an administrator elsewhere, H-1-4. */
int
account_get(yb_req *r)
{
	yb_str user_id = yb_path(r, "user_id");
	struct account_user u;
	enum yb_found found = yb_db_one(r, &account_by_id, YB_ARGS(yb_text(user_id)), &u);

	if (found == YB_NO_ROW && yb_str_is(yb_who(r)->role, "KC-A"))
		found = yb_db_one(r, &account_admin_show, YB_ARGS(yb_text(user_id)), &u);
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? yb_problem(r, "E-AUTH-005") : -1;
	yb_audit_target(r, "user", u.user_id);
	yb_reply_etag(r, u.row_ver);
	account_show_state(&u, yb_now(r));
	return yb_reply_record(r, 200, account_user_out, &u);
}

/* ---- who may change accounts ---- */

int
account_lock_org(yb_req *r, int64_t org_id)
{
	struct account_counted one;

	return org_id == yb_who(r)->org_id
	    ? yb_db_find(r, &account_org_lock, YB_NO_ARGS, &one)
	    : yb_db_find(r, &account_org_lock_anywhere, YB_ARGS(yb_i64(org_id)), &one);
}

int
account_manager(yb_req *r, struct account_user *ret)
{
	if (yb_db_find(r, &account_self_locked, YB_NO_ARGS, ret) < 0)
		return -1;
	return ret->is_admin && yb_str_is(ret->status, "ACTIVE") ? 0 : yb_problem(r, "E-AUTH-004");
}

int
account_room(yb_req *r, int64_t org_id, enum yb_org_type type, int64_t more)
{
	const char *limit = type == YB_ORG_HMI	? "users_hmi"
	    : type == YB_ORG_MUNI		? "users_muni"
						: "users_other";
	struct account_counted have;
	int rc = org_id == yb_who(r)->org_id
	    ? yb_db_find(r, &account_org_count, YB_NO_ARGS, &have)
	    : yb_db_find(r, &account_org_count_anywhere, YB_ARGS(yb_i64(org_id)), &have);

	if (rc < 0)
		return -1;
	return have.n + more <= yb_option_i64(r, limit) ? 0 : yb_problem(r, "E-ACC-009");
}

/* ---- creating ---- */

bool
account_mail_denied(const yb_req *r, yb_str mail)
{
	const char *at = mail.p == NULL ? NULL : memchr(mail.p, '@', mail.len);
	yb_str denied = yb_option_text(r, "mail_denied"), domain;

	if (at == NULL)
		return false;
	domain = (yb_str) { at + 1, mail.len - (size_t)(at + 1 - mail.p) };
	for (size_t from = 0; from < denied.len;) {
		const char *comma = memchr(denied.p + from, ',', denied.len - from);
		size_t n = comma == NULL ? denied.len - from : (size_t)(comma - denied.p) - from;

		if (n == domain.len && strncasecmp(denied.p + from, domain.p, n) == 0)
			return true;
		from += n + 1;
	}
	return false;
}

const char *
account_create_fault(yb_req *r, const struct account_create_in *in, const char **ret_code)
{
	*ret_code = "E-VAL-011";
	if (!account_role_allowed(in->role, yb_who(r)->org_type))
		return "/role";
	if (in->restricted_view && !yb_word_in(in->role, "MU-A,MU-S", ','))
		return "/restricted_view";
	*ret_code = "E-VAL-013";
	if (in->is_admin && !account_role_is_admin(in->role))
		return "/is_admin";
	*ret_code = "E-VAL-001";
	if (in->mail.p == NULL && yb_str_is(in->deliver, "MAIL"))
		return "/mail"; /* without one: by letter or by word of mouth */
	*ret_code = "E-VAL-002";
	if (account_mail_denied(r, in->mail))
		return "/mail";
	*ret_code = "E-VAL-003";
	if (in->valid_to.year != 0 && yb_date_cmp(in->valid_to, yb_today(r)) < 0)
		return "/valid_to";
	*ret_code = NULL;
	return NULL;
}

/* A user ID is drawn until one is free; 10^8 of them make a second draw rare. */
int
account_insert_new(yb_req *r, const struct account_new *n, yb_str phc, yb_time until,
    struct account_user *u)
{
	bool own = n->org_id == yb_who(r)->org_id;
	yb_value now = yb_at(yb_now(r));
	yb_uuid person = yb_uuid_new();
	const struct account_user like = { .org_id = n->org_id, .mail = n->mail,
		.name_kana = n->name_kana };

	if (account_person_find(r, &like, &person) == YB_DB_FAILED)
		return -1;
	for (int i = 0; i < 8; i++) {
		const yb_value args[] = { yb_i64(n->org_id), yb_text(yb_random_number(r, 8)),
			yb_id(person), yb_text(n->role), yb_bool(n->is_admin),
			yb_bool(n->restricted_view), yb_text(n->name), yb_text(n->name_kana),
			yb_text(n->department), yb_text(n->mail), yb_text(n->phone),
			yb_day(n->valid_to), yb_bool(n->self_reset), yb_text(phc), yb_at(until),
			now, now };
		size_t count = sizeof args / sizeof args[0];
		int rc = own
		    ? yb_db_exec(r, &account_insert, (yb_args) { args + 1, count - 1 }, NULL)
		    : yb_db_exec(r, &account_insert_anywhere, (yb_args) { args, count }, NULL);

		if (rc < 0)
			return -1;
		if (rc == YB_DUPLICATE)
			continue;
		*u = (struct account_user) { .actor_id = yb_db_last_id(r), .org_id = n->org_id,
			.user_id = args[1].u.text, .role = n->role, .is_admin = n->is_admin,
			.restricted_view = n->restricted_view, .name = n->name,
			.name_kana = n->name_kana, .department = n->department, .mail = n->mail,
			.phone = n->phone, .valid_to = n->valid_to, .self_reset = n->self_reset,
			.status = YB_STR("TEMP"), .temp_expires = until, .created = yb_now(r),
			.row_ver = 1, .person_id = person };
		return 0;
	}
	return yb_problem(r, "E-SYS-003");
}

int
account_create_one(yb_req *r, const struct account_create_in *in, const struct account_user *self,
    struct account_issued *out, struct account_user *u)
{
	bool said = yb_str_empty(in->mail);
	struct account_new n = {
		.org_id = yb_who(r)->org_id,
		.role = in->role,
		.is_admin = in->is_admin,
		.restricted_view = in->restricted_view,
		.name = in->name,
		.name_kana = yb_kana(r, in->name_kana),
		.department = in->department,
		.mail = said ? self->mail : in->mail,
		.phone = in->phone,
		.valid_to = in->valid_to,
		.self_reset = !said,
	};
	struct account_secret secret;

	if (account_secret_make(r, &secret) < 0 ||
	    account_similar_find(r, n.org_id, in->mail, n.name_kana, &out->similar) < 0 ||
	    account_insert_new(r, &n, secret.phc, secret.until, u) < 0)
		return -1;
	out->user.p = u;
	return account_secret_deliver(r, u, &secret, in->deliver, out);
}

/* POST /account/users - a new account with a temporary password, H-1-2. */
int
account_create(yb_req *r)
{
	struct account_create_in in = *(const struct account_create_in *)yb_body(r);
	struct account_issued out = { 0 };
	struct account_user self, u;
	const char *code, *field;

	if (!yb_body_has(r, "is_admin"))
		in.is_admin = account_role_is_admin(in.role);
	field = account_create_fault(r, &in, &code);
	if (field != NULL)
		return yb_problem_field(r, code, field);
	if (account_lock_org(r, yb_who(r)->org_id) < 0 || account_manager(r, &self) < 0 ||
	    account_room(r, yb_who(r)->org_id, yb_who(r)->org_type, 1) < 0 ||
	    account_create_one(r, &in, &self, &out, &u) < 0)
		return -1;
	yb_audit_target(r, "user", u.user_id);
	yb_audit_purpose(r, (yb_str) { 0 },
	    yb_format_text(r, "role %.*s", (int)u.role.len, u.role.p));
	yb_reply_etag(r, u.row_ver);
	return yb_reply_record(r, 201, account_issued_out, &out);
}
