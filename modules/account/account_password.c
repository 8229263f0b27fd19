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
	    .note = "As password_profile says; unlike the last 5, not in the list." },
	{ 0 },
};

const yb_field account_rules_out[] = {
	{ "profiles", YB_OF(struct account_rules_told, profiles),
	    .note = "Any one of them is enough: a02 (min, classes), mhlw13 (13 characters with "
		    "letters, digits and others), nist15 (15 characters)." },
	{ "min", YB_OF(struct account_rules_told, min), .note = "Characters, with a02." },
	{ "max", YB_OF(struct account_rules_told, max), .note = "Characters, with each of them." },
	{ "classes", YB_OF(struct account_rules_told, classes),
	    .note = "Of upper case, lower case, digits and others, with a02." },
	{ "history", YB_OF(struct account_rules_told, history), .note = "Last ones that may not return." },
	{ "rest_min", YB_OF(struct account_rules_told, rest_min),
	    .note = "Characters beside the user ID and the organisation's code and name." },
	{ "expires_below", YB_OF(struct account_rules_told, expires_below),
	    .note = "A shorter one lives expires_days." },
	{ "expires_days", YB_OF(struct account_rules_told, expires_days) },
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

/* YB_GLOBAL: a reset has no caller yet; the user is that of the session, or of the link. */
const yb_query account_set_password = {
	.name = "account_set_password",
	.sql = "UPDATE account_user SET pw_phc = ?, pw_changed_us = ?, pw_expires_us = ?,"
	       " updated_us = ?, status = 'ACTIVE', temp_expires_us = NULL,"
	       " pw_count = pw_count + 1, failed_count = 0, locked_until_us = NULL,"
	       " row_ver = row_ver + 1 WHERE actor_id = ?",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

/*
 * The first administrator's own password ends the onboarding (H-1-1). One table alone: joined,
 * MariaDB wants rights on every table that refers to this one.
 */
const yb_query account_org_in_use = {
	.name = "account_org_in_use",
	.sql = "UPDATE core_org SET onboarding = '利用中', row_ver = row_ver + 1, updated_us = ?"
	       " WHERE org_id = ? AND onboarding = '申請中'",
	.nparams = 2,
	.tenant = YB_GLOBAL,
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
	.tenant = YB_GLOBAL,
};

const yb_query account_remember = {
	.name = "account_remember",
	.sql = "INSERT INTO account_password_history (actor_id, slot, phc, changed_us)"
	       " VALUES (?, ?, ?, ?)"
	       " ON DUPLICATE KEY UPDATE phc = VALUES(phc), changed_us = VALUES(changed_us)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

/* ---- rules ---- */

/* What is left without words of the installation and the person has at least so many. */
#define REST_LEAST 8
/* Passwords of so many characters need no periodic change. */
#define LONG_ENOUGH 13

static const struct profile {
	const char *name;
	unsigned bit;
} profiles[] = { { "a02", ACCOUNT_A02 }, { "mhlw13", ACCOUNT_MHLW13 },
	{ "nist15", ACCOUNT_NIST15 } };

#define N_PROFILES (sizeof profiles / sizeof profiles[0])

static char
folded(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
begins_with(yb_str s, yb_str word)
{
	if (word.len == 0 || s.len < word.len)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (folded(s.p[i]) != folded(word.p[i]))
			return false;
	return true;
}

/* Characters that belong to none of the words. */
static int64_t
rest_of(yb_str s, const yb_str *words, size_t n_words)
{
	int64_t rest = 0;

	while (s.len > 0) {
		size_t skip = 0;

		for (size_t i = 0; i < n_words && skip == 0; i++)
			if (begins_with(s, words[i]))
				skip = words[i].len;
		rest += skip == 0 && ((unsigned char)s.p[0] & 0xC0u) != 0x80u ? 1 : 0;
		s.p += skip == 0 ? 1 : skip;
		s.len -= skip == 0 ? 1 : skip;
	}
	return rest;
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

struct kinds {
	bool upper, small, digit, other; /* other: everything else, kana included */
};

static struct kinds
kinds_of(yb_str s)
{
	struct kinds k = { false, false, false, false };

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			k.upper = true;
		else if (s.p[i] >= 'a' && s.p[i] <= 'z')
			k.small = true;
		else if (s.p[i] >= '0' && s.p[i] <= '9')
			k.digit = true;
		else
			k.other = true;
	}
	return k;
}

unsigned
account_password_profiles(yb_str names)
{
	unsigned bits = 0;
	size_t n = 0;

	for (size_t at = 0; at < names.len; at += n + 1) {
		unsigned bit = 0;

		for (n = 0; at + n < names.len && names.p[at + n] != ','; n++)
			continue;
		for (size_t i = 0; i < N_PROFILES; i++)
			if (yb_str_is((yb_str) { names.p + at, n }, profiles[i].name))
				bit = profiles[i].bit;
		if (bit == 0)
			return 0;
		bits |= bit;
	}
	return bits;
}

/* A-02 of the brief, or one of the two rows of security J3. */
static bool
fits_profile(const struct account_password_rule *rule, yb_str password)
{
	int64_t n = characters(password);
	struct kinds k = kinds_of(password);
	int64_t classes = (int64_t)k.upper + (int64_t)k.small + (int64_t)k.digit + (int64_t)k.other;
	unsigned enough = rule->profiles == 0 ? ACCOUNT_A02 : rule->profiles;

	if (n > rule->max)
		return false;
	if ((enough & ACCOUNT_A02) != 0 && n >= rule->min && classes >= rule->classes)
		return true;
	if ((enough & ACCOUNT_MHLW13) != 0 && n >= 13 && (k.upper || k.small) && k.digit &&
	    k.other)
		return true;
	return (enough & ACCOUNT_NIST15) != 0 && n >= 15;
}

bool
account_password_good(const struct account_password_rule *rule, yb_str password, yb_str user_id)
{
	return fits_profile(rule, password) && !yb_str_eq(password, user_id) &&
	    rest_of(password, rule->words, rule->n_words) >= REST_LEAST &&
	    !account_blocked(rule->blocked, password);
}

struct account_rules_told *
account_password_rules(yb_req *r)
{
	struct account_rules_told *told = yb_alloc(r, sizeof *told);
	unsigned enough = account_password_profiles(yb_option_text(r, "password_profile"));
	yb_str *names = yb_alloc(r, N_PROFILES * sizeof *names);
	size_t n = 0;

	for (size_t i = 0; i < N_PROFILES; i++)
		if (((enough == 0 ? ACCOUNT_A02 : enough) & profiles[i].bit) != 0)
			names[n++] = yb_cstr(profiles[i].name);
	*told = (struct account_rules_told) {
		.profiles = { names, n },
		.min = yb_option_i64(r, "password_min"),
		.max = yb_option_i64(r, "password_max"),
		.classes = yb_option_i64(r, "password_classes"),
		.history = yb_option_i64(r, "password_history"),
		.rest_min = REST_LEAST,
		.expires_below = LONG_ENOUGH,
		.expires_days = yb_option_i64(r, "password_days"),
	};
	return told;
}

/* The same in words, for whoever did not see them before. */
static void
say_rules(yb_req *r)
{
	const struct account_rules_told *told = account_password_rules(r);
	const yb_str *names = told->profiles.items;
	yb_str ja = YB_STR(""), en = YB_STR("Use ");

	for (size_t i = 0; i < told->profiles.n; i++) {
		const char *or_ja = i > 0 ? "、または" : "", *or_en = i > 0 ? ", or " : "";

		if (yb_str_is(names[i], "a02")) {
			ja = yb_format_text(r, "%s%s%lld文字以上で英大文字・英小文字・数字・記号のうち"
					       "%lld種類以上", ja.p, or_ja, (long long)told->min,
			    (long long)told->classes);
			en = yb_format_text(r, "%s%s%lld characters or more of %lld kinds (upper case, "
					       "lower case, digits, symbols)", en.p, or_en,
			    (long long)told->min, (long long)told->classes);
		} else if (yb_str_is(names[i], "mhlw13")) {
			ja = yb_format_text(r, "%s%s13文字以上で英字・数字・記号のすべて", ja.p, or_ja);
			en = yb_format_text(r, "%s%s13 characters or more with letters, digits and "
					       "symbols", en.p, or_en);
		} else {
			ja = yb_format_text(r, "%s%s15文字以上", ja.p, or_ja);
			en = yb_format_text(r, "%s%s15 characters or more", en.p, or_en);
		}
	}
	yb_problem_next(r,
	    yb_format_text(r, "%sにしてください。よく使われる言葉と、過去%lld回のパスワードは使えません。",
		ja.p, (long long)told->history).p,
	    yb_format_text(r, "%s. Common words and your last %lld passwords are refused.", en.p,
		(long long)told->history).p);
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

/* 1 when it is the present one or like one of the last, 0 when not, -1 recorded. */
static int
is_old(yb_req *r, const struct account_user *u, yb_str password)
{
	int64_t keep = yb_option_i64(r, "password_history");
	yb_list past;
	int same = yb_password_verify(r, password, u->pw_phc);

	if (same != 0)
		return same;
	if (yb_db_list(r, &account_history, YB_ARGS(yb_i64(u->actor_id), yb_i64(keep)),
		(size_t)keep, &past) < 0)
		return -1;
	for (size_t i = 0; i < past.n; i++) {
		yb_str phc = ((struct past *)past.items)[i].phc;

		same = yb_str_eq(phc, u->pw_phc) ? 0 : yb_password_verify(r, password, phc);
		if (same != 0)
			return same;
	}
	return 0;
}

int
account_password_check(yb_req *r, const struct account_user *u, const yb_org *org, yb_str fresh,
    const char *field)
{
	yb_str words[] = { YB_STR("yobo"), u->user_id, org->org_code, org->name };
	struct account_password_rule rule = {
		.min = yb_option_i64(r, "password_min"),
		.max = yb_option_i64(r, "password_max"),
		.classes = yb_option_i64(r, "password_classes"),
		.profiles = account_password_profiles(yb_option_text(r, "password_profile")),
		.blocked = yb_module_state(r),
		.words = words,
		.n_words = sizeof words / sizeof words[0],
	};
	int old = 1;

	if (account_password_good(&rule, fresh, u->user_id)) {
		old = is_old(r, u, fresh);
		if (old < 0)
			return -1;
	}
	if (old == 0)
		return 0;
	say_rules(r);
	return yb_problem_field(r, "E-ACC-006", field);
}

int
account_password_store(yb_req *r, const struct account_user *u, yb_str fresh)
{
	yb_time now = yb_now(r), expires = { 0 };
	yb_str phc;

	if (characters(fresh) < LONG_ENOUGH)
		expires.us = now.us + yb_option_i64(r, "password_days") * 86400 * 1000000;
	if (yb_password_hash(r, fresh, &phc) < 0)
		return -1;
	if (account_exec(r, &account_set_password,
		YB_ARGS(yb_text(phc), yb_at(now), yb_at(expires), yb_at(now),
		    yb_i64(u->actor_id))) < 0)
		return -1;
	if (account_exec(r, &account_remember,
		YB_ARGS(yb_i64(u->actor_id),
		    yb_i64(u->pw_count % yb_option_i64(r, "password_history")), yb_text(phc),
		    yb_at(now))) < 0)
		return -1;
	if (account_begun_end(r, u->actor_id) < 0)
		return -1;
	return yb_session_end_user(r, u->actor_id, YB_END_PASSWORD);
}

/* What a changed password has to tell: the person, and the organisation's onboarding. */
static int
change_told(yb_req *r, const struct account_user *u)
{
	if (!yb_str_is(u->status, "TEMP"))
		return yb_mail(r, "password-changed", u->mail,
		    YB_MAIL_WORDS({ "name", u->name }, { "at", account_moment(r, yb_now(r)) },
			{ "from", yb_peer(r) }));
	if (!u->is_admin && !account_role_of_centre(u->role))
		return 0;
	return account_exec(r, &account_org_in_use,
		   YB_ARGS(yb_at(yb_now(r)), yb_i64(u->org_id))) < 0
	    ? -1
	    : 0;
}

/*
 * POST /account/password - one's own password; the temporary one must be changed before
 * anything else, H-1-7. Every session ends, a new one is opened; where no code is asked for, the
 * password was all that a step-up takes.
 */
int
account_change_password(yb_req *r)
{
	const struct account_password_in *in = yb_body(r);
	struct account_factor f;
	struct account_user u;
	yb_org org = { 0 };

	if (yb_db_find(r, &account_self_locked, YB_NO_ARGS, &u) < 0 ||
	    account_factor_find(r, u.actor_id, &f) < 0 ||
	    yb_org_by_id(r, u.org_id, &org) == YB_DB_FAILED)
		return -1;
	yb_audit_target(r, "user", u.user_id);
	if (account_password_prove(r, &u, in->current_password, "/current_password") < 0 ||
	    account_password_check(r, &u, &org, in->new_password, "/new_password") < 0 ||
	    account_password_store(r, &u, in->new_password) < 0 || change_told(r, &u) < 0)
		return -1;
	if (yb_db_find(r, &account_self, YB_NO_ARGS, &u) < 0)
		return -1;
	u.last_login = u.prev_login; /* the login of this session is not "the last one" */
	u.last_login_peer = u.prev_login_peer;
	if (account_welcome(r, &u, &org) < 0)
		return -1;
	return account_factor_asked(r, &u, &f) ? 0 : yb_session_stepped_up(r);
}
