/*
 * totp.c - one-time codes through liboath (yb/totp.h).
 *
 * The steps tried are counted here and each is one HOTP: liboath's own window reaches into
 * the future as far as into the past.
 */
#include <liboath/oath.h>
#include <string.h>

#include "internal.h"

#include <yb/totp.h>

#define STEP_US INT64_C(30000000)
#define DIGITS	6u

yb_bytes
yb_totp_secret(yb_req *r)
{
	unsigned char *raw = yb_alloc(r, YB_TOTP_SECRET);

	ybh_random(raw, YB_TOTP_SECRET);
	return (yb_bytes) { raw, YB_TOTP_SECRET };
}

yb_str
yb_totp_base32(yb_req *r, yb_bytes secret)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char *text = yb_alloc(r, secret.len * 8 / 5 + 2);
	unsigned bits = 0, n_bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < secret.len; i++) {
		bits = bits << 8 | secret.p[i];
		for (n_bits += 8; n_bits >= 5; n_bits -= 5)
			text[n++] = digits[bits >> (n_bits - 5) & 31];
	}
	if (n_bits > 0)
		text[n++] = digits[bits << (5 - n_bits) & 31];
	return (yb_str) { text, n };
}

static void
put_escaped(char **at, yb_str s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_') {
			*(*at)++ = (char)c;
			continue;
		}
		*(*at)++ = '%';
		*(*at)++ = hex[c >> 4];
		*(*at)++ = hex[c & 15];
	}
}

yb_str
yb_totp_uri(yb_req *r, yb_str issuer, yb_str account, yb_bytes secret)
{
	char *names = yb_alloc(r, 3 * (issuer.len + account.len) + 1), *at = names;
	char *again = yb_alloc(r, 3 * issuer.len + 1), *end = again;
	yb_str key = yb_totp_base32(r, secret);

	put_escaped(&at, issuer);
	*at++ = ':';
	put_escaped(&at, account);
	put_escaped(&end, issuer);
	return yb_format_text(r, "otpauth://totp/%.*s?secret=%.*s&issuer=%.*s", (int)(at - names),
	    names, (int)key.len, key.p, (int)(end - again), again);
}

int64_t
yb_totp_step(yb_req *r, yb_bytes secret, yb_str code)
{
	int64_t now = r->now.us / STEP_US, found = 0;

	if (code.len != DIGITS)
		return 0;
	for (int64_t step = now; step >= now - 1; step--) {
		char otp[DIGITS + 1];

		if (oath_hotp_generate((const char *)secret.p, secret.len, (uint64_t)step, DIGITS,
			false, OATH_HOTP_DYNAMIC_TRUNCATION, otp) == OATH_OK &&
		    ybh_same(otp, code.p, DIGITS) && found == 0)
			found = step;
		ybh_wipe(otp, sizeof otp);
	}
	return found;
}
