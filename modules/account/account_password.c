/*
 * account_password.c - rules and change of passwords (vaccination brief 9, 13 H-1-7).
 *
 * The bytes of a password are taken as they come: never trimmed, never normalised.
 */
#include "account.h"

#include <string.h>

const yb_field account_password_in[] = {
	{ "current_password", YB_OF(struct account_password_in, current_password),
	    .flags = YB_REQUIRED | YB_SECRET, .max = 256, .min = 1 },
	{ "new_password", YB_OF(struct account_password_in, new_password),
	    .flags = YB_REQUIRED | YB_SECRET, .max = 256, .min = 1,
	    .note = "12 to 64 characters of at least 3 classes, unlike the last 5." },
	{ 0 },
};

const yb_query account_self_locked = {
	.name = "account_self_locked",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE actor_id = ? FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_SELF,
	.absent = "E-AUTH-003",
};

const yb_query account_set_password = {
	.name = "account_set_password",
	.sql = "UPDATE account_user AS u"
	       " JOIN (SELECT ? AS actor_id) AS caller ON caller.actor_id = u.actor_id"
	       " SET u.pw_phc = ?, u.pw_changed_us = ?, u.pw_expires_us = ?, u.updated_us = ?,"
	       " u.status = 'ACTIVE', u.temp_expires_us = NULL, u.pw_count = u.pw_count + 1,"
	       " u.failed_count = 0, u.locked_until_us = NULL, u.row_ver = u.row_ver + 1",
	.nparams = 5,
	.tenant = YB_SELF,
};

struct past {
	yb_str phc;
};

static const yb_field past_row[] = {
	{ "phc", YB_OF(struct past, phc) },
	{ 0 },
};

const yb_query account_history = {
	.name = "account_history",
	.sql = "SELECT phc FROM account_password_history WHERE actor_id = ?"
	       " ORDER BY changed_us DESC LIMIT ?",
	.row = past_row,
	.row_size = sizeof(struct past),
	.nparams = 2,
	.tenant = YB_SELF,
};

const yb_query account_remember = {
	.name = "account_remember",
	.sql = "INSERT INTO account_password_history (actor_id, slot, phc, changed_us)"
	       " VALUES (?, ?, ?, ?)"
	       " ON DUPLICATE KEY UPDATE phc = VALUES(phc), changed_us = VALUES(changed_us)",
	.nparams = 4,
	.tenant = YB_SELF,
};

/* ---- rules ---- */

/* Long passwords everybody thinks of first, in lower case, without trailing signs. */
static const char *const common[] = {
	"password1234", "passw0rd1234", "p@ssword1234", "p@ssw0rd1234", "password12345",
	"password123456", "passwordpassword", "administrator1", "administrator123", "changeme1234",
	"qwertyuiop12", "qwertyuiop123", "qwerty123456", "1qaz2wsx3edc", "1q2w3e4r5t6y",
	"abcd1234efgh", "abcdefgh1234", "abc123456789", "welcome12345", "letmein12345",
	"iloveyou1234", "123456789abc", "1234567890ab", "temporary1234",
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
letter_or_digit(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_common(yb_str s)
{
	while (s.len > 0 && !letter_or_digit(s.p[s.len - 1]))
		s.len--;
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
		size_t at = 0;

		while (at < s.len && common[i][at] != '\0' && lower(s.p[at]) == common[i][at])
			at++;
		if (at == s.len && common[i][at] == '\0')
			return true;
	}
	return false;
}

static int64_t
characters(yb_str s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.p[i] & 0xC0u) != 0x80u)
			n++;
	return n;
}

/* Upper case, lower case, digits, and everything else, kana included. */
static int64_t
classes(yb_str s)
{
	bool upper = false, small = false, digit = false, other = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			upper = true;
		else if (s.p[i] >= 'a' && s.p[i] <= 'z')
			small = true;
		else if (s.p[i] >= '0' && s.p[i] <= '9')
			digit = true;
		else
			other = true;
	}
	return (int64_t)upper + (int64_t)small + (int64_t)digit + (int64_t)other;
}

bool
account_password_good(const struct account_password_rule *rule, yb_str password, yb_str user_id)
{
	int64_t n = characters(password);

	return n >= rule->min && n <= rule->max && classes(password) >= rule->classes &&
	    !yb_str_eq(password, user_id) && !is_common(password);
}

/* ---- temporary passwords ---- */

yb_str
account_password_temporary(yb_req *r)
{
	static const char upper[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"; /* 32: no bias */
	static const char small[] = "abcdefghijkmnpqrstuvwxyz23456789";
	yb_uuid seed[2] = { yb_uuid_new(), yb_uuid_new() };
	yb_bytes random = yb_sha256(r, (yb_bytes) { seed[0].b, sizeof seed });
	char text[19];

	for (size_t i = 0, at = 0; i < 16; i++) {
		if (i > 0 && i % 4 == 0)
			text[at++] = '-';
		text[at++] = (i / 4 % 2 == 0 ? upper : small)[random.p[i] % 32];
	}
	return yb_copy(r, (yb_str) { text, sizeof text });
}

/* ---- change ---- */

/* 1 when it is like one of the last ones, 0 when not, -1 recorded. */
static int
is_old(yb_req *r, yb_str password, int64_t keep)
{
	yb_list past;

	if (yb_db_list(r, &account_history, YB_ARGS(yb_i64(keep)), (size_t)keep, &past) < 0)
		return -1;
	for (size_t i = 0; i < past.n; i++) {
		int same = yb_password_verify(r, password, ((struct past *)past.items)[i].phc);

		if (same != 0)
			return same;
	}
	return 0;
}

static int
check_new(yb_req *r, const struct account_password_in *in, const struct account_user *u)
{
	struct account_password_rule rule = {
		yb_option_i64(r, "password_min"),
		yb_option_i64(r, "password_max"),
		yb_option_i64(r, "password_classes"),
	};
	int old = 1;

	if (account_password_good(&rule, in->new_password, u->user_id) &&
	    !yb_str_eq(in->new_password, in->current_password)) {
		old = is_old(r, in->new_password, yb_option_i64(r, "password_history"));
		if (old < 0)
			return -1;
	}
	return old == 1 ? yb_problem_field(r, "E-ACC-006", "/new_password") : 0;
}

static int
store(yb_req *r, const struct account_password_in *in, const struct account_user *u)
{
	yb_time now = yb_now(r), expires = { 0 };
	yb_str phc;

	if (characters(in->new_password) < 13) /* long ones need no periodic change */
		expires.us = now.us + yb_option_i64(r, "password_days") * 86400 * 1000000;
	if (yb_password_hash(r, in->new_password, &phc) < 0)
		return -1;
	if (account_exec(r, &account_set_password,
		YB_ARGS(yb_text(phc), yb_at(now), yb_at(expires), yb_at(now))) < 0)
		return -1;
	if (account_exec(r, &account_remember,
		YB_ARGS(yb_i64(u->pw_count % yb_option_i64(r, "password_history")), yb_text(phc),
		    yb_at(now))) < 0)
		return -1;
	return 0;
}

/*
 * POST /account/password - one's own password; the temporary one must be changed before
 * anything else, H-1-7. Every session ends, a new one is opened.
 */
int
account_change_password(yb_req *r)
{
	const struct account_password_in *in = yb_body(r);
	enum account_verdict verdict;
	struct account_user u;
	yb_org org = { 0 };
	int matched;

	if (yb_db_find(r, &account_self_locked, YB_NO_ARGS, &u) < 0)
		return -1;
	yb_audit_target(r, "user", u.user_id);
	matched = yb_password_verify(r, in->current_password, u.pw_phc);
	if (matched < 0)
		return -1;
	verdict = account_judge(&u, matched == 1, yb_now(r), yb_option_i64(r, "lock_failures"));
	if (verdict != ACCOUNT_WELCOME)
		return account_refuse(r, verdict, &u, "/current_password");
	if (check_new(r, in, &u) < 0 || store(r, in, &u) < 0)
		return -1;
	if (yb_session_close_user(r, u.actor_id) < 0)
		return -1;
	if (yb_org_by_id(r, u.org_id, &org) == YB_DB_FAILED)
		return -1;
	u.last_login = u.prev_login; /* the login of this session is not "the last one" */
	u.last_login_peer = u.prev_login_peer;
	return account_welcome(r, &u, &org, false);
}
