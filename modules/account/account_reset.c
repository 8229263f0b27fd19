/*
 * account_reset.c - what is possible without a password: a new one by mail, and the user IDs
 * of a mail address (vaccination brief 13 H-1-5, H-1-6; A-09, A-13, A-15).
 *
 * Whatever is typed, the request is written down and answered the same way. Who was meant is
 * looked up afterwards by a timer, so neither the answer nor the time it takes tells whether
 * an account exists.
 */
#include "account.h"

#include <string.h>

#define LINK_TRIES 5 /* wrong codes before a link is over */
#define IDS_MAX	   20

/* ---- shapes ---- */

const yb_field account_reset_in[] = {
	{ "user_id", YB_OF(struct account_reset_in, user_id), .flags = YB_REQUIRED, .max = 12,
	    .min = 1 },
	{ "mail", YB_OF(struct account_reset_in, mail), .flags = YB_REQUIRED, .max = 254,
	    .format = &yb_format_mail },
	{ 0 },
};

const yb_field account_notice_in[] = {
	{ "mail", YB_OF(struct account_notice_in, mail), .flags = YB_REQUIRED, .max = 254,
	    .format = &yb_format_mail },
	{ "org_code", YB_OF(struct account_notice_in, org_code), .flags = YB_REQUIRED, .max = 10,
	    .format = &yb_format_org_code },
	{ 0 },
};

struct accepted {
	bool accepted;
};

const yb_field account_accepted_out[] = {
	{ "accepted", YB_OF(struct accepted, accepted),
	    .note = "Always true: if it matches what is registered, a mail is sent." },
	{ 0 },
};

struct link_told {
	bool factor;
	yb_time expires;
	yb_ref rules; /* struct account_rules_told */
};

const yb_field account_link_out[] = {
	{ "factor", YB_OF(struct link_told, factor),
	    .note = "A code or recovery code is needed too." },
	{ "expires_at", YB_OF(struct link_told, expires) },
	{ "password_rules", YB_OF(struct link_told, rules),
	    YB_EACH(account_rules_out, struct account_rules_told) },
	{ 0 },
};

const yb_field account_reset_done_in[] = {
	{ "token", YB_OF(struct account_reset_done_in, token), .flags = YB_REQUIRED | YB_SECRET,
	    .max = 43, .min = 43, .note = "What stands behind # in the link." },
	{ "new_password", YB_OF(struct account_reset_done_in, new_password),
	    .flags = YB_REQUIRED | YB_SECRET, .max = 256, .min = 1 },
	{ "code", YB_OF(struct account_reset_done_in, code), .flags = YB_SECRET, .max = 16,
	    .min = 6, .note = "With a second factor: a code, or" },
	{ "recovery_code", YB_OF(struct account_reset_done_in, recovery_code), .flags = YB_SECRET,
	    .max = 24, .min = 8, .note = "a recovery code." },
	{ 0 },
};

/* ---- queries; YB_GLOBAL: nobody is logged in ---- */

const yb_query account_request_add = {
	.name = "account_request_add",
	.sql = "INSERT INTO account_request (kind, words, requested_us) VALUES (?, ?, ?)",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

struct request {
	int64_t request_id;
	yb_str kind;
	yb_bytes words;
	yb_time requested;
};

static const yb_field request_row[] = {
	{ "request_id", YB_OF(struct request, request_id) },
	{ "kind", YB_OF(struct request, kind) },
	{ "words", YB_OF(struct request, words) },
	{ "requested_us", YB_OF(struct request, requested) },
	{ 0 },
};

const yb_query account_request_next = {
	.name = "account_request_next",
	.sql = "SELECT request_id, kind, words, requested_us FROM account_request"
	       " ORDER BY request_id LIMIT 1 FOR UPDATE",
	.row = request_row,
	.row_size = sizeof(struct request),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

const yb_query account_request_drop = {
	.name = "account_request_drop",
	.sql = "DELETE FROM account_request WHERE request_id = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_ids_of_mail = {
	.name = "account_ids_of_mail",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user"
	       " WHERE org_id = ? AND LOWER(mail) = LOWER(?) AND status NOT IN ('DELETED', 'DISABLED') ORDER BY user_id LIMIT 20",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query account_link_add = {
	.name = "account_link_add",
	.sql = "INSERT INTO account_link (link_hash, kind, actor_id, mail, expires_us)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

static const yb_field link_row[] = {
	{ "link_hash", YB_OF(struct account_link, hash) },
	{ "actor_id", YB_OF(struct account_link, actor_id) },
	{ "tries", YB_OF(struct account_link, tries) },
	{ "mail", YB_OF(struct account_link, mail) },
	{ "expires_us", YB_OF(struct account_link, expires) },
	{ 0 },
};

const yb_query account_link_of = {
	.name = "account_link_of",
	.sql = "SELECT link_hash, actor_id, tries, mail, expires_us FROM account_link"
	       " WHERE link_hash = ? AND kind = ? AND expires_us > ? AND tries < ? FOR UPDATE",
	.row = link_row,
	.row_size = sizeof(struct account_link),
	.nparams = 4,
	.tenant = YB_GLOBAL,
	.absent = "E-ACC-007",
};

const yb_query account_link_tried = {
	.name = "account_link_tried",
	.sql = "UPDATE account_link SET tries = tries + 1 WHERE link_hash = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_link_replace = {
	.name = "account_link_replace",
	.sql = "DELETE FROM account_link WHERE actor_id = ? AND kind = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query account_link_end_all = {
	.name = "account_link_end_all",
	.sql = "DELETE FROM account_link WHERE actor_id = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_mail_verified = {
	.name = "account_mail_verified",
	.sql = "UPDATE account_user SET mail_verified_us = ? WHERE actor_id = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

/* ---- links ---- */

static yb_str
kind_text(yb_req *r, char kind)
{
	return yb_copy(r, (yb_str) { &kind, 1 });
}

int
account_link_new(yb_req *r, char kind, int64_t actor_id, yb_bytes sealed_mail, yb_str *ret_token)
{
	yb_time ends = { yb_now(r).us + yb_option_i64(r, "link_minutes") * 60 * 1000000 };
	yb_value what = yb_text(kind_text(r, kind));

	*ret_token = yb_secret_new(r);
	if (account_exec(r, &account_link_replace, YB_ARGS(yb_i64(actor_id), what)) < 0)
		return -1;
	return account_exec(r, &account_link_add,
		   YB_ARGS(yb_blob(account_hash(r, *ret_token)), what, yb_i64(actor_id),
		       yb_blob(sealed_mail), yb_at(ends))) < 0
	    ? -1
	    : 0;
}

int
account_link_find(yb_req *r, char kind, yb_str token, struct account_link *ret)
{
	return yb_db_find(r, &account_link_of,
	    YB_ARGS(yb_blob(account_hash(r, token)), yb_text(kind_text(r, kind)), yb_at(yb_now(r)),
		yb_i64(LINK_TRIES)),
	    ret);
}

int
account_links_end(yb_req *r, int64_t actor_id)
{
	return account_exec(r, &account_link_end_all, YB_ARGS(yb_i64(actor_id))) < 0 ? -1 : 0;
}

int
account_begun_end(yb_req *r, int64_t actor_id)
{
	if (account_exec(r, &account_step_end_all, YB_ARGS(yb_i64(actor_id))) < 0)
		return -1;
	return account_links_end(r, actor_id);
}

/* ---- asking ---- */

static yb_str
place_of_request(yb_req *r, yb_str kind)
{
	return yb_format_text(r, "account_request/words/%.*s", (int)kind.len, kind.p);
}

/* Five an hour of one address and for one name, whether that exists or not. */
static int
ask_limit(yb_req *r, const char *what, yb_str named)
{
	yb_str peer = yb_peer(r);
	yb_str from = yb_format_text(r, "mail from %.*s", (int)(peer.len > 45 ? 45 : peer.len),
	    peer.p);
	yb_str key = account_hex(r, yb_match_key(r, YB_STR("account throttle"), named), 16);
	yb_str of = yb_format_text(r, "%s %.*s", what, (int)key.len, key.p);

	if (account_throttle_check(r, from, yb_option_i64(r, "mails_per_address")) < 0 ||
	    account_throttle_check(r, of, yb_option_i64(r, "mails_per_name")) < 0 ||
	    account_throttle_count(r, of, 3600) < 0)
		return -1;
	return account_throttle_count(r, from, 3600);
}

/* Two words in one sealed column; neither of them can hold a line break. */
static int
ask(yb_req *r, yb_str kind, yb_str one, yb_str two)
{
	static const struct accepted yes = { true };
	yb_str words = yb_format_text(r, "%.*s\n%.*s", (int)one.len, one.p, (int)two.len, two.p);

	if (account_exec(r, &account_request_add,
		YB_ARGS(yb_text(kind), yb_blob(yb_seal(r, place_of_request(r, kind), words)),
		    yb_at(yb_now(r)))) < 0)
		return -1;
	return yb_reply_record(r, 202, account_accepted_out, &yes);
}

/* POST /account/reset - the password is forgotten, H-1-5. */
int
account_reset_ask(yb_req *r)
{
	const struct account_reset_in *in = yb_body(r);

	yb_audit_target(r, "request", YB_STR("reset"));
	if (ask_limit(r, "reset", in->user_id) < 0)
		return -1;
	return ask(r, YB_STR("R"), in->user_id, in->mail);
}

/* POST /account/id-notice - the user ID is forgotten, H-1-6. */
int
account_notice_ask(yb_req *r)
{
	const struct account_notice_in *in = yb_body(r);

	yb_audit_target(r, "request", YB_STR("id-notice"));
	if (ask_limit(r, "ids", in->mail) < 0)
		return -1;
	return ask(r, YB_STR("N"), in->org_code, in->mail);
}

/* ---- answering, by the clock ---- */

static bool
same_mail(yb_str a, yb_str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];

		if (x != y && ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
			return false;
	}
	return true;
}

static int
reset_answer(yb_req *r, yb_str user_id, yb_str mail)
{
	struct account_factor f;
	struct account_user u;
	yb_org org = { 0 };
	yb_str token;
	enum yb_found found = yb_db_one(r, &account_by_login, YB_ARGS(yb_text(user_id)), &u);

	if (found == YB_ONE_ROW)
		found = yb_org_by_id(r, u.org_id, &org);
	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW || !same_mail(u.mail, mail) || !org.open_today ||
	    yb_str_is(u.status, "DELETED")) {
		yb_run_count(r, "unknown", 1);
		yb_audit_target(r, "reset", YB_STR("unknown"));
		return 0;
	}
	yb_audit_target(r, "user", u.user_id);
	yb_run_count(r, "mails", 1);
	if (account_factor_find(r, u.actor_id, &f) < 0)
		return -1;
	if (!yb_str_is(u.status, "ACTIVE") || !f.self_reset)
		return yb_mail(r, "reset-refused", u.mail, YB_MAIL_WORDS({ "name", u.name }));
	if (account_link_new(r, 'R', u.actor_id, (yb_bytes) { 0 }, &token) < 0)
		return -1;
	return yb_mail(r, "reset", u.mail,
	    YB_MAIL_WORDS({ "name", u.name }, { "token", token },
		{ "minutes", account_number(r, yb_option_i64(r, "link_minutes")) }));
}

/* "042556894（試＊＊＊、最終ログイン 2026年4月20日 09:30）": enough to know one's own. */
static yb_str
id_line(yb_req *r, const struct account_user *u)
{
	yb_str last = u->last_login.us == 0 ? YB_STR("なし") : account_moment(r, u->last_login);
	size_t first = u->name.len > 0 ? 1 : 0;

	while (first < u->name.len && ((unsigned char)u->name.p[first] & 0xC0u) == 0x80u)
		first++;
	return yb_format_text(r, "%.*s（%.*s＊＊＊、最終ログイン %.*s）", (int)u->user_id.len,
	    u->user_id.p, (int)first, u->name.p, (int)last.len, last.p);
}

static int
notice_answer(yb_req *r, yb_str org_code, yb_str mail)
{
	struct account_user *users;
	yb_str ids = { "", 0 };
	yb_org org = { 0 };
	yb_list found = { 0 };
	enum yb_found known = yb_org_by_code(r, org_code, &org);

	if (known == YB_DB_FAILED ||
	    yb_db_list(r, &account_ids_of_mail, YB_ARGS(yb_i64(org.org_id), yb_text(mail)), IDS_MAX,
		&found) < 0)
		return -1;
	yb_audit_target(r, "mail_hash",
	    account_hex(r, yb_match_key(r, YB_STR("mail"), mail), 16));
	if (found.n == 0 || !org.open_today) {
		yb_run_count(r, "unknown", 1);
		return 0;
	}
	users = found.items;
	for (size_t i = 0; i < found.n; i++) {
		yb_str line = id_line(r, &users[i]);

		ids = yb_format_text(r, "%.*s%s%.*s", (int)ids.len, ids.p, i == 0 ? "" : "、",
		    (int)line.len, line.p);
	}
	yb_run_count(r, "mails", 1);
	return yb_mail(r, "id-notice", mail, YB_MAIL_WORDS({ "org", org.name }, { "ids", ids }));
}

int
account_answer_requests(yb_req *r)
{
	struct request q;
	yb_str words, one, two;
	const char *cut;
	enum yb_found found = yb_db_one(r, &account_request_next, YB_NO_ARGS, &q);

	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	yb_audit_action(r, YB_ACT_SEND);
	if (account_exec(r, &account_request_drop, YB_ARGS(yb_i64(q.request_id))) < 0 ||
	    yb_unseal(r, place_of_request(r, q.kind), q.words, &words) < 0)
		return -1;
	cut = memchr(words.p, '\n', words.len);
	if (cut == NULL)
		return yb_problem(r, "E-SYS-003");
	one = (yb_str) { words.p, (size_t)(cut - words.p) };
	two = (yb_str) { cut + 1, words.len - one.len - 1 };
	if (!yb_run_dry(r))
		yb_run_again(r); /* until there is none */
	return yb_str_is(q.kind, "R") ? reset_answer(r, one, two) : notice_answer(r, one, two);
}

/* ---- the link ---- */

/* Link and user, locked, of somebody whom a reset may help. */
static int
reset_open(yb_req *r, yb_str token, struct account_link *l, struct account_user *u, yb_org *org)
{
	if (account_link_find(r, 'R', token, l) < 0 ||
	    yb_db_find(r, &account_by_actor, YB_ARGS(yb_i64(l->actor_id)), u) < 0 ||
	    yb_org_by_id(r, u->org_id, org) == YB_DB_FAILED)
		return -1;
	yb_audit_actor(r, YB_STAFF, u->user_id, u->org_id, org->org_code);
	yb_audit_target(r, "user", u->user_id);
	return yb_str_is(u->status, "ACTIVE") && org->open_today ? 0 : yb_problem(r, "E-ACC-007");
}

/* POST /account/reset/check - whether the link still holds, and what it takes, H-1-5. */
int
account_reset_check(yb_req *r)
{
	const struct account_token_in *in = yb_body(r);
	struct link_told out;
	struct account_factor f;
	struct account_user u;
	struct account_link l;
	yb_org org = { 0 };

	if (reset_open(r, in->token, &l, &u, &org) < 0 ||
	    account_factor_find(r, u.actor_id, &f) < 0)
		return -1;
	out.factor = account_factor_asked(r, &u, &f);
	out.expires = l.expires;
	out.rules.p = account_password_rules(r);
	return yb_reply_record(r, 200, account_link_out, &out);
}

/* The code of an enrolled factor; a wrong one costs the link a try. */
static int
reset_prove(yb_req *r, const struct account_reset_done_in *in, const struct account_link *l,
    const struct account_user *u)
{
	struct account_proof proof = { in->code, in->recovery_code };
	struct account_factor f;

	if (account_factor_find(r, u->actor_id, &f) < 0)
		return -1;
	if (!account_factor_asked(r, u, &f))
		return 0;
	if (account_factor_prove(r, u, &proof) == 0)
		return 0;
	if (account_exec(r, &account_link_tried, YB_ARGS(yb_blob(l->hash))) < 0)
		return -1;
	yb_keep_writes(r);
	return -1;
}

/* POST /account/reset/done - the new password, H-1-5. Nobody is logged in by it. */
int
account_reset_done(yb_req *r)
{
	const struct account_reset_done_in *in = yb_body(r);
	struct account_user u;
	struct account_link l;
	yb_org org = { 0 };

	if (reset_open(r, in->token, &l, &u, &org) < 0 ||
	    account_password_check(r, &u, &org, in->new_password, "/new_password") < 0 ||
	    reset_prove(r, in, &l, &u) < 0)
		return -1;
	if (account_password_store(r, &u, in->new_password) < 0 ||
	    account_device_forget(r, u.actor_id) < 0 ||
	    account_exec(r, &account_mail_verified,
		YB_ARGS(yb_at(yb_now(r)), yb_i64(u.actor_id))) < 0)
		return -1;
	if (yb_mail(r, "reset-done", u.mail,
		YB_MAIL_WORDS({ "name", u.name }, { "at", account_moment(r, yb_now(r)) },
		    { "from", yb_peer(r) })) < 0)
		return -1;
	return yb_reply_empty(r);
}
