/*
 * account_blocklist.c - passwords everybody thinks of (A-03; security N2).
 *
 * A password is looked up as it is, without the digits and signs around it, with the usual
 * disguises (@ for a, 0 for o) taken off, and as one part when it is the same word over and
 * over.
 */
#include "account.h"

#include <stdio.h>
#include <string.h>

#define PASSWORD_BYTES 256u

/* Long passwords that are in no dictionary, in lower case, without signs at their ends. */
static const char *const common[] = {
	"password1234", "passw0rd1234", "p@ssword1234", "p@ssw0rd1234", "password12345",
	"password123456", "passwordpassword", "administrator1", "administrator123", "changeme1234",
	"qwertyuiop12", "qwertyuiop123", "qwerty123456", "1qaz2wsx3edc", "1q2w3e4r5t6y",
	"abcd1234efgh", "abcdefgh1234", "abc123456789", "welcome12345", "letmein12345",
	"iloveyou1234", "123456789abc", "1234567890ab", "temporary1234",
};

/* ---- words and disguises ---- */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool
is_sign(char c)
{
	return (unsigned char)c < 0x80 && !is_letter(c) && !(c >= '0' && c <= '9');
}

static char
undisguised(char c)
{
	static const char from[] = "@4031!$57", to[] = "aaoeiisst";
	const char *at = c == '\0' ? NULL : strchr(from, c);

	return at == NULL ? c : to[at - from];
}

static yb_str
without_ends(yb_str s, bool (*drop)(char c))
{
	while (s.len > 0 && drop(s.p[s.len - 1]))
		s.len--;
	while (s.len > 0 && drop(s.p[0])) {
		s.p++;
		s.len--;
	}
	return s;
}

static bool
is_decoration(char c)
{
	return (unsigned char)c < 0x80 && !is_letter(c);
}

static bool
is_word(const yb_words *listed, yb_str s)
{
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
		if (yb_str_is(s, common[i]))
			return true;
	return listed != NULL && yb_words_has(listed, s);
}

/* The part a text repeats; the text itself when it repeats nothing. */
static yb_str
period(yb_str s)
{
	for (size_t n = 1; n <= s.len / 2; n++)
		if (s.len % n == 0 && memcmp(s.p, s.p + n, s.len - n) == 0)
			return (yb_str) { s.p, n };
	return s;
}

bool
account_blocked(const yb_words *listed, yb_str password)
{
	char plain[PASSWORD_BYTES], bare[PASSWORD_BYTES];
	yb_str whole = { plain, password.len }, core, naked = { bare, 0 };

	if (password.len == 0 || password.len > sizeof plain)
		return false;
	for (size_t i = 0; i < password.len; i++)
		plain[i] = lower(password.p[i]);
	core = without_ends(whole, is_decoration);
	naked.len = core.len;
	for (size_t i = 0; i < core.len; i++)
		bare[i] = undisguised(core.p[i]);
	return is_word(listed, whole) || is_word(listed, without_ends(whole, is_sign)) ||
	    (core.len > 0 &&
		(is_word(listed, core) || is_word(listed, naked) || is_word(listed, period(core)) ||
		    is_word(listed, period(naked))));
}

/* ---- the start of a worker ---- */

static int
words_check(yb_req *boot, const char *option, const char *allowed)
{
	if (yb_word_in(yb_option_text(boot, option), allowed, ','))
		return 0;
	(void)fprintf(stderr, "account: %s: one of %s expected\n", option, allowed);
	return -1;
}

int
account_start(yb_req *boot, void **ret_state)
{
	yb_words *listed = yb_alloc_state(boot, sizeof *listed);
	yb_str files = yb_option_text(boot, "password_blocklist");
	struct account_hours hours;

	*ret_state = listed;
	if (words_check(boot, "second_factor", "off,optional,required") < 0 ||
	    words_check(boot, "terms", "off,ask,required") < 0)
		return -1;
	if (account_password_profiles(yb_option_text(boot, "password_profile")) == 0) {
		(void)fprintf(stderr, "account: password_profile: a02, mhlw13, nist15 expected\n");
		return -1;
	}
	if (!account_hours_read(yb_option_text(boot, "service_hours"), &hours)) {
		(void)fprintf(stderr, "account: service_hours: 08:00-21:00, or nothing, expected\n");
		return -1;
	}
	if (yb_str_is(files, "none"))
		return 0;
	return yb_words_load(boot, files, ACCOUNT_BLOCKLIST_LEAST, listed);
}
