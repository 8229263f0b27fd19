/*
 * account_factor.c - the second factor: one-time codes and recovery codes (A-07, security J2,
 * N3, N4, 9.6).
 *
 * A code counts once: its step is compared and set in one statement, so of two requests with
 * the same code one wins. Wrong codes are counted for the factor, over all logins: after ten
 * in a row each costs a wait, after a hundred codes count no more until a recovery code or an
 * administrator helps.
 */
#include "account.h"

#include <string.h>
#include <yb/qr.h>
#include <yb/totp.h>

#define RECOVERY_CODES 10

/* ---- shapes ---- */

const yb_field account_factor_told_out[] = {
	{ "enrolled", YB_OF(struct account_factor_told, enrolled) },
	{ "required", YB_OF(struct account_factor_told, required),
	    .note = "The installation demands one of this role." },
	{ "suspended", YB_OF(struct account_factor_told, suspended),
	    .note = "Too many wrong codes: only recovery codes count." },
	{ "recovery_left", YB_OF(struct account_factor_told, recovery_left) },
	{ 0 },
};

struct code_in {
	yb_str code;
};

const yb_field account_factor_code_in[] = {
	{ "code", YB_OF(struct code_in, code), .flags = YB_REQUIRED | YB_SECRET, .max = 16,
	    .min = 6, .note = "A code of the app that was just set up." },
	{ 0 },
};

struct begun {
	yb_str key, uri;
	int64_t qr_size;
	yb_str qr_path;
};

const yb_field account_factor_begun_out[] = {
	{ "key", YB_OF(struct begun, key), .flags = YB_SECRET,
	    .note = "Base32, for typing, in groups of four." },
	{ "uri", YB_OF(struct begun, uri), .flags = YB_SECRET, .note = "otpauth://totp/..." },
	{ "qr_size", YB_OF(struct begun, qr_size),
	    .note = "viewBox 0 0 qr_size qr_size, quiet zone included." },
	{ "qr_path", YB_OF(struct begun, qr_path), .flags = YB_SECRET,
	    .note = "d of one SVG path: the uri as a QR code." },
	{ 0 },
};

struct done {
	yb_list recovery_codes;
	yb_ref session;
};

const yb_field account_recovery_out[] = {
	{ "recovery_codes", YB_OF(struct done, recovery_codes), .flags = YB_SECRET,
	    .note = "Ten, shown once; each replaces one code." },
	{ 0 },
};

const yb_field account_factor_done_out[] = {
	{ "recovery_codes", YB_OF(struct done, recovery_codes), .flags = YB_SECRET,
	    .note = "Ten, shown once; each replaces one code." },
	{ "session", YB_OF(struct done, session),
	    YB_EACH(account_session_out, struct account_session), .note = "A new session in place of the one that asked." },
	{ 0 },
};

struct reset_in {
	yb_str reason;
};

const yb_field account_factor_reset_in[] = {
	{ "reason", YB_OF(struct reset_in, reason), .flags = YB_REQUIRED, .max = 200, .min = 1,
	    .note = "How the person was recognised; goes to the access log." },
	{ 0 },
};

/* ---- queries; YB_GLOBAL: at a login there is no caller yet ---- */

static const yb_field factor_row[] = {
	{ "actor_id", YB_OF(struct account_factor, actor_id) },
	{ "secret", YB_OF(struct account_factor, secret) },
	{ "pending", YB_OF(struct account_factor, pending) },
	{ "last_step", YB_OF(struct account_factor, last_step) },
	{ "failed", YB_OF(struct account_factor, failed) },
	{ "recovery_left", YB_OF(struct account_factor, recovery_left) },
	{ "wait_until_us", YB_OF(struct account_factor, wait_until) },
	{ "suspended_us", YB_OF(struct account_factor, suspended) },
	{ "enrolled_us", YB_OF(struct account_factor, enrolled) },
	{ "terms_version", YB_OF(struct account_factor, terms_version) },
	{ "self_reset", YB_OF(struct account_factor, self_reset) },
	{ 0 },
};

const yb_query account_factor_of = {
	.name = "account_factor_of",
	.sql = "SELECT u.actor_id, f.secret, f.pending, COALESCE(f.last_step, 0) AS last_step,"
	       " COALESCE(f.failed_count, 0) AS failed, (SELECT COUNT(*) FROM account_recovery c"
	       "  WHERE c.actor_id = u.actor_id AND c.used_us IS NULL) AS recovery_left,"
	       " f.wait_until_us, f.suspended_us, f.enrolled_us, u.terms_version,"
	       " u.self_reset"
	       " FROM account_user u LEFT JOIN account_factor f ON f.actor_id = u.actor_id"
	       " WHERE u.actor_id = ?",
	.row = factor_row,
	.row_size = sizeof(struct account_factor),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_factor_pend = {
	.name = "account_factor_pend",
	.sql = "INSERT INTO account_factor (actor_id, pending, updated_us) VALUES (?, ?, ?)"
	       " ON DUPLICATE KEY UPDATE pending = VALUES(pending),"
	       " updated_us = VALUES(updated_us)",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query account_factor_enrol = {
	.name = "account_factor_enrol",
	.sql = "UPDATE account_factor SET secret = ?, pending = NULL, last_step = ?,"
	       " failed_count = 0, wait_until_us = NULL, suspended_us = NULL, enrolled_us = ?,"
	       " updated_us = ? WHERE actor_id = ?",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

/* Compare and set: of two requests with the code of one step, one matches a row. */
const yb_query account_factor_step = {
	.name = "account_factor_step",
	.sql = "UPDATE account_factor SET last_step = ?, failed_count = 0, wait_until_us = NULL"
	       " WHERE actor_id = ? AND last_step < ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query account_factor_fail = {
	.name = "account_factor_fail",
	.sql = "UPDATE account_factor SET failed_count = ?, wait_until_us = ?, suspended_us = ?"
	       " WHERE actor_id = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

const yb_query account_factor_clear = {
	.name = "account_factor_clear",
	.sql = "UPDATE account_factor SET secret = NULL, pending = NULL, failed_count = 0,"
	       " wait_until_us = NULL, suspended_us = NULL, enrolled_us = NULL, updated_us = ?"
	       " WHERE actor_id = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query account_recovery_set = {
	.name = "account_recovery_set",
	.sql = "INSERT INTO account_recovery (actor_id, slot, code_hash) VALUES (?, ?, ?)"
	       " ON DUPLICATE KEY UPDATE code_hash = VALUES(code_hash), used_us = NULL",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query account_recovery_use = {
	.name = "account_recovery_use",
	.sql = "UPDATE account_recovery SET used_us = ?"
	       " WHERE actor_id = ? AND code_hash = ? AND used_us IS NULL",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query account_recovery_drop = {
	.name = "account_recovery_drop",
	.sql = "UPDATE account_recovery SET used_us = ? WHERE actor_id = ? AND used_us IS NULL",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

/* ---- proving ---- */

yb_str
account_code_digits(yb_req *r, yb_str typed)
{
	yb_str plain = yb_search_key(r, typed); /* one width, no blanks */
	char *out = yb_alloc(r, plain.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < plain.len; i++)
		if (plain.p[i] != '-')
			out[n++] = plain.p[i];
	return (yb_str) { out, n };
}

int64_t
account_factor_wait_s(int64_t failed, int64_t free, int64_t longest)
{
	return account_lock_us(failed, free, 0, longest) / 1000000;
}

int
account_factor_find(yb_req *r, int64_t actor_id, struct account_factor *ret)
{
	return yb_db_find(r, &account_factor_of, YB_ARGS(yb_i64(actor_id)), ret);
}

int
account_factor_wanted(const yb_req *r, yb_str role)
{
	yb_str policy = yb_option_text(r, "second_factor");

	if (yb_str_is(policy, "off"))
		return 0;
	if (yb_str_is(policy, "required"))
		return 2;
	/* The option's text ends with its zero: it comes from the configuration. */
	return yb_word_in(role, yb_option_text(r, "second_factor_roles").p, ',') ? 2 : 1;
}

bool
account_factor_asked(const yb_req *r, const struct account_user *u, const struct account_factor *f)
{
	return f->secret.p != NULL && account_factor_wanted(r, u->role) != 0;
}

static yb_str
place_of(yb_req *r, int64_t actor_id)
{
	return yb_format_text(r, "account_factor/secret/%lld", (long long)actor_id);
}

static yb_bytes
recovery_hash(yb_req *r, int64_t actor_id, yb_str code)
{
	return yb_match_key(r, YB_STR("account recovery"),
	    yb_format_text(r, "%lld %.*s", (long long)actor_id, (int)code.len, code.p));
}

/* 1 right and used up, 0 wrong, -1 recorded. */
static int
code_take(yb_req *r, const struct account_factor *f, yb_str code)
{
	int64_t step, rows;
	yb_str secret;

	if (yb_unseal(r, place_of(r, f->actor_id), f->secret, &secret) < 0)
		return -1;
	step = yb_totp_step(r, (yb_bytes) { (const unsigned char *)secret.p, secret.len },
	    account_code_digits(r, code));
	if (step == 0)
		return 0;
	rows = account_exec(r, &account_factor_step,
	    YB_ARGS(yb_i64(step), yb_i64(f->actor_id), yb_i64(step)));
	return rows < 0 ? -1 : rows == 1;
}

static int
recovery_take(yb_req *r, const struct account_factor *f, yb_str code)
{
	int64_t rows = account_exec(r, &account_recovery_use,
	    YB_ARGS(yb_at(yb_now(r)), yb_i64(f->actor_id),
		yb_blob(recovery_hash(r, f->actor_id, account_code_digits(r, code)))));

	if (rows == 1)
		yb_audit_alert(r, "RECOVERY", (yb_str) { 0 });
	return rows < 0 ? -1 : rows == 1;
}

/* Counts a wrong code. Always -1: E-AUTH-006, or E-AUTH-013 when that was one too many. */
static int
wrong_code(yb_req *r, const struct account_user *u, const struct account_factor *f)
{
	int64_t failed = f->failed + 1, now = yb_now(r).us;
	int64_t wait = account_factor_wait_s(failed, yb_option_i64(r, "factor_failures"),
	    yb_option_i64(r, "delay_seconds"));
	bool over = failed >= yb_option_i64(r, "factor_suspend") && f->suspended.us == 0;
	yb_time until = { wait == 0 ? 0 : now + wait * 1000000 };
	yb_time suspended = { over ? now : f->suspended.us };

	yb_keep_writes(r);
	if (account_exec(r, &account_factor_fail,
		YB_ARGS(yb_i64(failed), yb_at(until), yb_at(suspended), yb_i64(f->actor_id))) < 0)
		return -1;
	if (!over)
		return yb_problem(r, "E-AUTH-006");
	yb_audit_alert(r, "FACTOR_SUSPENDED", (yb_str) { 0 });
	if (yb_mail(r, "factor-suspended", u->mail,
		YB_MAIL_WORDS({ "name", u->name }, { "at", account_moment(r, yb_now(r)) })) < 0)
		return -1;
	return yb_problem(r, "E-AUTH-013");
}

int
account_factor_prove(yb_req *r, const struct account_user *u, const struct account_proof *p)
{
	struct account_factor f;
	int right;

	if (account_factor_find(r, u->actor_id, &f) < 0)
		return -1;
	if (f.wait_until.us > yb_now(r).us) {
		yb_retry_after(r, (unsigned)((f.wait_until.us - yb_now(r).us) / 1000000 + 1));
		return yb_problem(r, "E-AUTH-010");
	}
	if (p->code.p != NULL && f.suspended.us != 0)
		return yb_problem(r, "E-AUTH-013");
	if (f.secret.p == NULL || (p->code.p == NULL) == (p->recovery_code.p == NULL))
		return yb_problem_field(r, "E-VAL-001", "/code");
	right = p->code.p != NULL ? code_take(r, &f, p->code)
				  : recovery_take(r, &f, p->recovery_code);
	if (right == 0)
		return wrong_code(r, u, &f);
	return right == 1 ? 0 : -1;
}

/* ---- setting it up ---- */

/* The key in groups of four, as it is read aloud and typed. */
static yb_str
grouped(yb_req *r, yb_str key)
{
	char *out = yb_alloc(r, key.len + key.len / 4 + 1);
	size_t n = 0;

	for (size_t i = 0; i < key.len; i++) {
		if (i > 0 && i % 4 == 0)
			out[n++] = ' ';
		out[n++] = key.p[i];
	}
	return (yb_str) { out, n };
}

/* POST /account/factor/totp - a new secret, which waits for its first code, H-1-7. */
int
account_factor_begin(yb_req *r)
{
	yb_bytes secret = yb_totp_secret(r), sealed;
	struct begun out;
	yb_qr qr;

	out.key = grouped(r, yb_totp_base32(r, secret));
	out.uri = yb_totp_uri(r, yb_option_text(r, "totp_issuer"), yb_who(r)->actor, secret);
	if (yb_qr_make(r, out.uri, YB_QR_MEDIUM, &qr) < 0)
		return yb_problem(r, "E-SYS-003");
	out.qr_size = qr.size;
	out.qr_path = qr.path;
	sealed = yb_seal(r, place_of(r, yb_who(r)->actor_id),
	    (yb_str) { (const char *)secret.p, secret.len });
	if (account_exec(r, &account_factor_pend,
		YB_ARGS(yb_i64(yb_who(r)->actor_id), yb_blob(sealed), yb_at(yb_now(r)))) < 0)
		return -1;
	yb_audit_target(r, "factor", YB_STR("totp"));
	return yb_reply_record(r, 200, account_factor_begun_out, &out);
}

/* Ten new recovery codes of 50 bits each; the ones before are gone. */
static int
recovery_new(yb_req *r, int64_t actor_id, yb_list *ret)
{
	static const char digits[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32: no bias */
	yb_str *codes = yb_alloc(r, RECOVERY_CODES * sizeof *codes);

	for (int64_t slot = 0; slot < RECOVERY_CODES; slot++) {
		yb_uuid seed[2] = { yb_uuid_new(), yb_uuid_new() };
		yb_bytes random = yb_sha256(r, (yb_bytes) { seed[0].b, sizeof seed });
		char text[11];

		for (size_t i = 0, at = 0; at < sizeof text; at++)
			text[at] = at == 5 ? '-' : digits[random.p[i++] % 32];
		codes[slot] = yb_copy(r, (yb_str) { text, sizeof text });
		if (account_exec(r, &account_recovery_set,
			YB_ARGS(yb_i64(actor_id), yb_i64(slot),
			    yb_blob(recovery_hash(r, actor_id,
				account_code_digits(r, codes[slot]))))) < 0)
			return -1;
	}
	*ret = (yb_list) { codes, RECOVERY_CODES };
	return 0;
}

int
account_factor_tell(yb_req *r, const struct account_user *u, const char *what)
{
	return yb_mail(r, "factor-changed", u->mail,
	    YB_MAIL_WORDS({ "name", u->name }, { "what", yb_cstr(what) },
		{ "at", account_moment(r, yb_now(r)) }, { "from", yb_peer(r) }));
}

/* POST /account/factor/totp/confirm - the app shows right codes: from now on they count. */
int
account_factor_confirm(yb_req *r)
{
	const struct code_in *in = yb_body(r);
	struct account_session session;
	struct account_factor f;
	struct account_user u;
	yb_org org = { 0 };
	struct done out;
	yb_str secret;
	int64_t step;

	if (yb_db_find(r, &account_self_locked, YB_NO_ARGS, &u) < 0 ||
	    account_factor_find(r, u.actor_id, &f) < 0 ||
	    yb_org_by_id(r, u.org_id, &org) == YB_DB_FAILED)
		return -1;
	yb_audit_target(r, "factor", YB_STR("totp"));
	if (f.pending.p == NULL)
		return yb_problem(r, "E-AUTH-012");
	if (yb_unseal(r, place_of(r, u.actor_id), f.pending, &secret) < 0)
		return -1;
	step = yb_totp_step(r, (yb_bytes) { (const unsigned char *)secret.p, secret.len },
	    account_code_digits(r, in->code));
	if (step == 0)
		return yb_problem_field(r, "E-AUTH-006", "/code");
	if (account_exec(r, &account_factor_enrol,
		YB_ARGS(yb_blob(f.pending), yb_i64(step), yb_at(yb_now(r)), yb_at(yb_now(r)),
		    yb_i64(u.actor_id))) < 0 ||
	    recovery_new(r, u.actor_id, &out.recovery_codes) < 0 ||
	    account_factor_tell(r, &u, "認証アプリを登録しました") < 0)
		return -1;
	u.last_login = u.prev_login;
	u.last_login_peer = u.prev_login_peer;
	if (account_enter(r, &u, &org, &session) < 0)
		return -1;
	out.session.p = &session;
	return yb_reply_record(r, 200, account_factor_done_out, &out);
}

/* The caller's enrolled factor; without one E-AUTH-012. */
static int
own_factor(yb_req *r, struct account_user *u)
{
	struct account_factor f;

	if (yb_db_find(r, &account_self_locked, YB_NO_ARGS, u) < 0 ||
	    account_factor_find(r, u->actor_id, &f) < 0)
		return -1;
	yb_audit_target(r, "factor", YB_STR("totp"));
	return f.secret.p == NULL ? yb_problem(r, "E-AUTH-012") : 0;
}

/* POST /account/factor/recovery - ten new recovery codes. */
int
account_factor_recovery(yb_req *r)
{
	struct account_user u;
	struct done out = { 0 };

	if (own_factor(r, &u) < 0 || recovery_new(r, u.actor_id, &out.recovery_codes) < 0 ||
	    account_factor_tell(r, &u, "回復コードを作り直しました") < 0)
		return -1;
	return yb_reply_record(r, 200, account_recovery_out, &out);
}

/* Takes the factor away; whoever has to have one sets up another at the next login. */
static int
factor_clear(yb_req *r, int64_t actor_id)
{
	yb_value now = yb_at(yb_now(r));

	if (account_exec(r, &account_factor_clear, YB_ARGS(now, yb_i64(actor_id))) < 0 ||
	    account_exec(r, &account_recovery_drop, YB_ARGS(now, yb_i64(actor_id))) < 0)
		return -1;
	return account_device_forget(r, actor_id);
}

/* DELETE /account/factor - without a second factor again. */
int
account_factor_remove(yb_req *r)
{
	struct account_user u;

	if (own_factor(r, &u) < 0 || factor_clear(r, u.actor_id) < 0 ||
	    account_factor_tell(r, &u, "認証アプリの登録を解除しました") < 0)
		return -1;
	return yb_reply_empty(r);
}

/* POST /account/users/{user_id}/factor-reset - for a person whose phone is lost, H-1-4. */
int
account_factor_reset(yb_req *r)
{
	const struct reset_in *in = yb_body(r);
	struct account_factor f;
	struct account_user u, self;

	if (account_target(r, yb_path(r, "user_id"), &u, &self) < 0)
		return -1;
	yb_audit_target(r, "user", u.user_id);
	yb_audit_purpose(r, (yb_str) { 0 }, in->reason);
	if (u.actor_id == self.actor_id)
		return yb_problem(r, "E-ACC-004");
	if (account_factor_find(r, u.actor_id, &f) < 0)
		return -1;
	if (f.secret.p == NULL)
		return yb_problem(r, "E-AUTH-012");
	if (factor_clear(r, u.actor_id) < 0 || yb_session_close_user(r, u.actor_id) < 0 ||
	    yb_mail(r, "factor-reset", u.mail,
		YB_MAIL_WORDS({ "name", u.name }, { "at", account_moment(r, yb_now(r)) })) < 0)
		return -1;
	return yb_reply_empty(r);
}
