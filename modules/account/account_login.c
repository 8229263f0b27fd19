/*
 * account_login.c - login in its steps, logout, the session (vaccination brief 9, 13 H-1-9).
 *
 * A refused login never says why, and costs the same work whoever was named. The
 * row of the user is locked while the password is checked, so that parallel guesses are
 * counted one after another. Between password and code there is no session, only a name for
 * this login that opens nothing but the next step.
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

const yb_field account_login_code_in[] = {
	{ "login_id", YB_OF(struct account_code_in, login_id), .flags = YB_REQUIRED | YB_SECRET,
	    .max = 43, .min = 43, .note = "As login gave it." },
	{ "code", YB_OF(struct account_code_in, code), .flags = YB_SECRET, .max = 16, .min = 6,
	    .note = "Six digits of the authenticator app, or" },
	{ "recovery_code", YB_OF(struct account_code_in, recovery_code), .flags = YB_SECRET,
	    .max = 24, .min = 8, .note = "one of the recovery codes; each works once." },
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

const yb_query account_by_actor = {
	.name = "account_by_actor",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE actor_id = ? FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_GLOBAL,
	.absent = "E-AUTH-003",
};

/* YB_GLOBAL: the user an attempt named, or actor 0, which nobody is. */
const yb_query account_count_failure = {
	.name = "account_count_failure",
	.sql = "UPDATE account_user SET failed_count = ?, locked_until_us = ? WHERE actor_id = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

/*
 * MariaDB assigns from left to right: the login before is kept first. From a browser that
 * counts for itself the count of all others is left alone: it does not open the door to them.
 */
const yb_query account_logged_in = {
	.name = "account_logged_in",
	.sql = "UPDATE account_user SET failed_count = IF(?, failed_count, 0),"
	       " locked_until_us = IF(?, locked_until_us, NULL), prev_login_us = last_login_us,"
	       " prev_login_peer = last_login_peer, last_login_us = ?, last_login_peer = ?"
	       " WHERE actor_id = ?",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

const yb_query account_rehash = {
	.name = "account_rehash",
	.sql = "UPDATE account_user SET pw_phc = ? WHERE actor_id = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query account_step_add = {
	.name = "account_step_add",
	.sql = "INSERT INTO account_login_step (step_hash, kind, actor_id, expires_us)"
	       " VALUES (?, ?, ?, ?)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

struct step {
	int64_t actor_id, tries;
};

static const yb_field step_row[] = {
	{ "actor_id", YB_OF(struct step, actor_id) },
	{ "tries", YB_OF(struct step, tries) },
	{ 0 },
};

const yb_query account_step_find = {
	.name = "account_step_find",
	.sql = "SELECT COALESCE(actor_id, 0) AS actor_id, tries FROM account_login_step"
	       " WHERE step_hash = ? AND kind = ? AND expires_us > ? FOR UPDATE",
	.row = step_row,
	.row_size = sizeof(struct step),
	.nparams = 3,
	.tenant = YB_GLOBAL,
	.absent = "E-AUTH-003",
};

const yb_query account_step_try = {
	.name = "account_step_try",
	.sql = "UPDATE account_login_step SET tries = tries + 1 WHERE step_hash = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_step_end = {
	.name = "account_step_end",
	.sql = "DELETE FROM account_login_step WHERE step_hash = ? AND kind = ? AND expires_us > ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query account_step_end_all = {
	.name = "account_step_end_all",
	.sql = "DELETE FROM account_login_step WHERE actor_id = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

yb_bytes
account_hash(yb_req *r, yb_str secret)
{
	return yb_sha256(r, (yb_bytes) { (const unsigned char *)secret.p, secret.len });
}

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
	bool ended = account_ended(u, yb_date_in_japan(now));

	if (!matched || ended || (!temporary && !yb_str_is(u->status, "ACTIVE")))
		return ACCOUNT_REFUSED;
	if (locked)
		return u->failed_count < 3 * limit ? ACCOUNT_LOCKED : ACCOUNT_REFUSED;
	if (temporary && u->temp_expires.us != 0 && u->temp_expires.us <= now.us)
		return ACCOUNT_EXPIRED;
	return ACCOUNT_WELCOME;
}

int64_t
account_lock_us(int64_t failed, int64_t limit, int64_t minutes, int64_t longest)
{
	int64_t s = 1;

	if (failed < limit)
		return 0;
	if (minutes > 0)
		return minutes * 60 * 1000000;
	for (int64_t n = limit; n < failed && s < longest; n++)
		s *= 2;
	return (s < longest ? s : longest) * 1000000;
}

/*
 * One failure more of whoever keeps the count: the account, or the browser it knows. Delays
 * go on growing; a lock is followed by a new count.
 */
static void
failure_next(yb_req *r, int64_t *failed, yb_time *until)
{
	int64_t minutes = yb_option_i64(r, "lock_minutes"), now = yb_now(r).us, lock;

	if (until->us != 0 && until->us <= now) {
		*failed = minutes > 0 ? 0 : *failed;
		until->us = 0;
	}
	*failed += 1;
	lock = account_lock_us(*failed, yb_option_i64(r, "lock_failures"), minutes,
	    yb_option_i64(r, "delay_seconds"));
	if (until->us == 0 && lock > 0)
		until->us = now + lock;
}

/* Counts a wrong password; the last one that is allowed locks the account. How many there are. */
static int64_t
count_failure(yb_req *r, const struct account_user *u)
{
	bool was_locked = u->locked_until.us > yb_now(r).us;
	int64_t failed = u->failed_count;
	yb_time until = u->locked_until;

	failure_next(r, &failed, &until);
	if (!was_locked && until.us != 0 && u->actor_id != 0)
		yb_audit_alert(r, "LOCKED", (yb_str) { 0 });
	return account_exec(r, &account_count_failure,
		   YB_ARGS(yb_i64(failed), yb_at(until), yb_i64(u->actor_id))) < 0
	    ? -1
	    : failed;
}

/* The same words to whoever asks, for whomever: how many tries there are, not what is left. */
static void
say_limit(yb_req *r)
{
	long long tries = yb_option_i64(r, "lock_failures"), wait = yb_option_i64(r, "lock_minutes");

	if (wait == 0)
		yb_problem_next(r,
		    "入力を確認してください。間違いが続くと、次に試せるまでの時間が長くなります。",
		    "Check what you typed. Repeated mistakes make you wait longer and longer.");
	else
		yb_problem_next(r,
		    yb_format_text(r, "入力を確認してください。続けて%lld回間違えると、%lld分間ログイン"
				      "できなくなります。", tries, wait).p,
		    yb_format_text(r, "Check what you typed. After %lld mistakes in a row nobody logs in"
				      " with this ID for %lld minutes.", tries, wait).p);
}

/* Whoever is logged in may know what is left. */
static void
say_left(yb_req *r, int64_t failed)
{
	long long left = yb_option_i64(r, "lock_failures") - failed;
	long long wait = yb_option_i64(r, "lock_minutes");

	if (wait == 0)
		say_limit(r);
	else if (left > 0)
		yb_problem_next(r,
		    yb_format_text(r, "あと%lld回間違えると、%lld分間使えなくなります。", left, wait).p,
		    yb_format_text(r, "%lld more and the account is locked for %lld minutes.", left,
			wait).p);
	else
		yb_problem_next(r,
		    yb_format_text(r, "間違いが続いたため、%lld分間使えません。", wait).p,
		    yb_format_text(r, "Too many mistakes: the account is locked for %lld minutes.",
			wait).p);
}

/* How long a lock still holds, to whoever knew the password. */
static void
say_locked(yb_req *r, int64_t seconds)
{
	long long minutes = (seconds + 59) / 60;

	yb_retry_after(r, (unsigned)seconds);
	yb_problem_next(r,
	    yb_format_text(r, "%lld分待つか、管理者に解除を依頼してください。", minutes).p,
	    yb_format_text(r, "Wait %lld minutes, or ask your administrator to unlock it.",
		minutes).p);
}

static int
verdict_problem(yb_req *r, enum account_verdict v, const struct account_user *u, const char *field)
{
	yb_keep_writes(r); /* the count, and the row of the access log */
	switch (v) {
	case ACCOUNT_LOCKED:
		say_locked(r, (u->locked_until.us - yb_now(r).us) / 1000000 + 1);
		return yb_problem(r, "E-AUTH-002");
	case ACCOUNT_EXPIRED:
		return yb_problem(r, "E-ACC-008");
	case ACCOUNT_REFUSED:
	case ACCOUNT_WELCOME:
		break;
	}
	if (field != NULL)
		return yb_problem_field(r, "E-AUTH-001", field);
	say_limit(r);
	return yb_problem(r, "E-AUTH-001");
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

/* Whoever tries to log in, and from where. */
struct attempt {
	struct account_user u;
	yb_org org;
	struct account_device device;
	yb_str network;
};

/* A browser of the owner counts for itself: whoever guesses from elsewhere locks nobody out. */
static int
browser_counts(yb_req *r, struct attempt *a)
{
	if (account_device_find(r, a->u.actor_id, &a->device) < 0)
		return -1;
	if (a->device.known) {
		a->u.failed_count = a->device.failed;
		a->u.locked_until = a->device.locked_until;
	}
	return 0;
}

/* The user and organisation a login names; an unknown one leaves both zeroed. */
static int
login_find(yb_req *r, const struct account_login_in *in, struct attempt *a)
{
	struct account_user *u = &a->u;
	enum yb_found found = yb_db_one(r, &account_by_login, YB_ARGS(yb_text(in->user_id)), u);

	if (found == YB_ONE_ROW)
		found = yb_org_by_id(r, u->org_id, &a->org);
	if (found == YB_DB_FAILED)
		return -1;
	yb_audit_actor(r, YB_STAFF, u->actor_id != 0 ? u->user_id : loggable(in->user_id),
	    u->org_id, a->org.org_code);
	if (browser_counts(r, a) < 0)
		return -1;
	a->network = account_network(r, yb_peer(r));
	if (a->device.known)
		return 0;
	return account_throttle_check(r, a->network, yb_option_i64(r, "network_failures"));
}

/* Counts a wrong password for the browser it came from alone; how many, or -1. */
static int64_t
count_browser(yb_req *r, struct attempt *a)
{
	bool was_locked = a->device.locked_until.us > yb_now(r).us;

	failure_next(r, &a->device.failed, &a->device.locked_until);
	if (!was_locked && a->device.locked_until.us != 0)
		yb_audit_alert(r, "LOCKED", (yb_str) { 0 });
	return account_device_failed(r, a->u.actor_id, &a->device) < 0 ? -1 : a->device.failed;
}

static int64_t
count_wrong(yb_req *r, struct attempt *a)
{
	return a->device.known ? count_browser(r, a) : count_failure(r, &a->u);
}

int
account_password_prove(yb_req *r, const struct account_user *u, yb_str password, const char *field)
{
	int matched = yb_password_verify(r, password, u->pw_phc);
	struct attempt a = { .u = *u };
	enum account_verdict v;
	int64_t failed;

	if (matched < 0 || browser_counts(r, &a) < 0)
		return -1;
	v = account_judge(&a.u, matched == 1, yb_now(r), yb_option_i64(r, "lock_failures"));
	if (v == ACCOUNT_WELCOME)
		return 0;
	if (v == ACCOUNT_REFUSED) {
		failed = count_wrong(r, &a);
		if (failed < 0)
			return -1;
		say_left(r, failed);
	}
	return verdict_problem(r, v, &a.u, field);
}

static int
login_refuse(yb_req *r, enum account_verdict v, struct attempt *a)
{
	if (v != ACCOUNT_REFUSED)
		return verdict_problem(r, v, &a->u, NULL);
	if (count_wrong(r, a) < 0 ||
	    account_throttle_count(r, a->network, yb_option_i64(r, "network_minutes") * 60) < 0)
		return -1;
	return verdict_problem(r, v, &a->u, NULL);
}

/* The password was right; the code comes next. */
static int
login_half(yb_req *r, const struct account_user *u, const struct account_factor *f)
{
	const yb_str both[] = { YB_STR("totp"), YB_STR("recovery_code") };
	int64_t seconds = yb_option_i64(r, "login_minutes") * 60;
	struct account_session s = {
		.next = YB_STR("factor"),
		.login_id = yb_secret_new(r),
		.login_seconds = { seconds, true },
		.login_tries = { yb_option_i64(r, "factor_tries"), true },
		.methods = { yb_alloc(r, sizeof both), f->suspended.us == 0 ? 2 : 1 },
	};
	yb_time ends = { yb_now(r).us + seconds * 1000000 };

	memcpy(s.methods.items, f->suspended.us == 0 ? both : both + 1,
	    s.methods.n * sizeof both[0]);
	if (account_exec(r, &account_step_add,
		YB_ARGS(yb_blob(account_hash(r, s.login_id)), yb_text(YB_STR("F")),
		    yb_i64(u->actor_id), yb_at(ends))) < 0)
		return -1;
	yb_audit_target(r, "login_step", YB_STR("password"));
	return yb_reply_record(r, 200, account_session_out, &s);
}

int
account_logged_in_now(yb_req *r, struct account_user *u, const yb_org *org)
{
	struct account_device d;

	if (account_device_find(r, u->actor_id, &d) < 0)
		return -1;
	if (account_exec(r, &account_logged_in,
		YB_ARGS(yb_bool(d.known), yb_bool(d.known), yb_at(yb_now(r)), yb_text(yb_peer(r)),
		    yb_i64(u->actor_id))) < 0)
		return -1;
	if (account_welcome(r, u, org) < 0)
		return -1;
	return account_device_welcome(r, u, &d);
}

/* POST /account/login - checks user ID and password, H-1-9. */
int
account_login(yb_req *r)
{
	const struct account_login_in *in = yb_body(r);
	struct attempt a = { 0 };
	struct account_factor f;
	enum account_verdict verdict;
	int matched;

	yb_audit_action(r, YB_ACT_LOGIN_FAIL); /* until proven otherwise */
	if (login_find(r, in, &a) < 0)
		return -1;
	matched = yb_password_verify(r, in->password, a.u.pw_phc);
	if (matched < 0)
		return -1;
	if (!a.org.open_today ||
	    (in->org_code.p != NULL && !yb_str_eq(in->org_code, a.org.org_code)))
		matched = 0;
	verdict = account_judge(&a.u, matched == 1, yb_now(r), yb_option_i64(r, "lock_failures"));
	if (verdict != ACCOUNT_WELCOME)
		return login_refuse(r, verdict, &a);

	if (account_hours_check(r, &a.org) < 0)
		return -1;
	yb_audit_action(r, YB_ACT_LOGIN);
	if (rehash_old(r, &a.u, in->password) < 0 ||
	    account_factor_find(r, a.u.actor_id, &f) < 0)
		return -1;
	return account_factor_asked(r, &a.u, &f) ? login_half(r, &a.u, &f)
						 : account_logged_in_now(r, &a.u, &a.org);
}

/* The login of the first step, its user locked; it ends with the last try that is allowed. */
static int
half_find(yb_req *r, yb_bytes hash, struct account_user *u, yb_org *org)
{
	struct step step;

	if (yb_db_find(r, &account_step_find,
		YB_ARGS(yb_blob(hash), yb_text(YB_STR("F")), yb_at(yb_now(r))), &step) < 0)
		return -1;
	if (yb_db_find(r, &account_by_actor, YB_ARGS(yb_i64(step.actor_id)), u) < 0 ||
	    yb_org_by_id(r, u->org_id, org) == YB_DB_FAILED)
		return -1;
	yb_audit_actor(r, YB_STAFF, u->user_id, u->org_id, org->org_code);
	if (step.tries >= yb_option_i64(r, "factor_tries") || !org->open_today ||
	    !yb_word_in(u->status, "TEMP,ACTIVE", ','))
		return yb_problem(r, "E-AUTH-003");
	return account_exec(r, &account_step_try, YB_ARGS(yb_blob(hash))) < 0 ? -1 : 0;
}

/* POST /account/login/factor - the second step of a login, H-1-9. */
int
account_login_factor(yb_req *r)
{
	const struct account_code_in *in = yb_body(r);
	struct account_proof proof = { in->code, in->recovery_code };
	yb_bytes hash = account_hash(r, in->login_id);
	struct account_user u = { 0 };
	yb_org org = { 0 };

	yb_audit_action(r, YB_ACT_LOGIN_FAIL);
	if (half_find(r, hash, &u, &org) < 0)
		return -1;
	if (account_factor_prove(r, &u, &proof) < 0) {
		yb_keep_writes(r); /* the try counts */
		return -1;
	}
	if (account_exec(r, &account_step_end,
		YB_ARGS(yb_blob(hash), yb_text(YB_STR("F")), yb_at(yb_now(r)))) < 0)
		return -1;
	yb_audit_action(r, YB_ACT_LOGIN);
	return account_logged_in_now(r, &u, &org);
}

/* POST /account/logout - ends this session, H-1-9. */
int
account_logout(yb_req *r)
{
	if (yb_session_close(r) < 0)
		return -1;
	return yb_reply_empty(r);
}
