/*
 * format.c - the codes of the field and their check digits (yb/format.h).
 */
#include <yb/format.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define BAD_TEXT  "E-VAL-002"
#define BAD_DIGIT "E-VAL-010"

static bool
all_digits(yb_str s, size_t len)
{
	if (s.p == NULL || s.len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static int
digit(yb_str s, size_t i)
{
	return s.p[i] - '0';
}

static yb_str
body_of(yb_str s)
{
	return (yb_str) { s.p, s.len - 1 };
}

static bool
prefecture_ok(const char *p)
{
	int v = (p[0] - '0') * 10 + (p[1] - '0');

	return v >= 1 && v <= 47;
}

int
yb_check_digit_mod11_muni(yb_str body5)
{
	int sum = 0;

	for (int i = 0; i < 5; i++)
		sum += (6 - i) * digit(body5, (size_t)i);
	return (11 - sum % 11) % 10; /* the last digit of 11 - remainder: 11 -> 1, 10 -> 0 */
}

int
yb_check_digit_luhn(yb_str body)
{
	int sum = 0;

	for (size_t i = 0; i < body.len; i++) {
		int v = digit(body, body.len - 1 - i) * (i % 2 == 0 ? 2 : 1);

		sum += v / 10 + v % 10;
	}
	return (10 - sum % 10) % 10;
}

int
yb_check_digit_my_number(yb_str body11)
{
	int sum = 0, rest;

	for (int n = 1; n <= 11; n++)
		sum += digit(body11, (size_t)(11 - n)) * (n <= 6 ? n + 1 : n - 5);
	rest = sum % 11;
	return rest <= 1 ? 0 : 11 - rest;
}

static const char *
muni_check(yb_str s)
{
	if (!all_digits(s, 6))
		return BAD_DIGIT; /* five digits are refused, not completed (ID-01) */
	if (!prefecture_ok(s.p) || yb_check_digit_mod11_muni(body_of(s)) != digit(s, 5))
		return BAD_DIGIT;
	return NULL;
}

static const char *
hmi_check(yb_str s)
{
	if (!all_digits(s, 10))
		return BAD_TEXT;
	return prefecture_ok(s.p) && yb_check_digit_luhn(body_of(s)) == digit(s, 9) ? NULL
										    : BAD_DIGIT;
}

static const char *
nmi_check(yb_str s)
{
	yb_str tail;

	if (s.p == NULL || s.len != 10 || s.p[0] != 'N')
		return BAD_TEXT;
	tail = (yb_str) { s.p + 1, 9 };
	if (!all_digits(tail, 9))
		return BAD_TEXT;
	return prefecture_ok(tail.p) && yb_check_digit_luhn(body_of(tail)) == digit(tail, 8)
	    ? NULL
	    : BAD_DIGIT;
}

static const char *
insurer_check(yb_str s)
{
	if (!all_digits(s, 8) && !all_digits(s, 6))
		return BAD_TEXT;
	return yb_check_digit_luhn(body_of(s)) == digit(s, s.len - 1) ? NULL : BAD_DIGIT;
}

/* Fixed codes (NHIC, MHLW, OPS, MNP), prefecture (NHIF), then by length. */
static const char *
org_check(yb_str s)
{
	if (yb_word_in(s, "NHIC,MHLW,OPS,MNP", ','))
		return NULL;
	if (all_digits(s, 2))
		return prefecture_ok(s.p) ? NULL : BAD_DIGIT;
	if (s.len == 6)
		return muni_check(s);
	if (s.len == 8)
		return insurer_check(s);
	return s.len == 10 && s.p[0] == 'N' ? nmi_check(s) : hmi_check(s);
}

static const char *
my_number_check(yb_str s)
{
	if (!all_digits(s, 12))
		return BAD_TEXT;
	return yb_check_digit_my_number(body_of(s)) == digit(s, 11) ? NULL : BAD_DIGIT;
}

static const char *
gtin_check(yb_str s)
{
	int sum = 0;

	if (!all_digits(s, 14))
		return BAD_TEXT;
	for (size_t i = 0; i < 13; i++)
		sum += digit(s, i) * (i % 2 == 0 ? 3 : 1);
	return (10 - sum % 10) % 10 == digit(s, 13) ? NULL : BAD_DIGIT;
}

static const char *
lot_check(yb_str s)
{
	if (s.p == NULL || s.len < 1 || s.len > 20)
		return BAD_TEXT;
	for (size_t i = 0; i < s.len; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    s.p[i] != '-')
			return BAD_TEXT;
	return NULL;
}

/* Katakana in either width, hiragana, long-vowel and hyphen marks, spaces, dots, letters. */
static const char *
kana_check(yb_str s)
{
	for (size_t at = 0; at < s.len;) {
		uint32_t c = ybh_utf8_next(s, &at);
		bool kana = (c >= 0x3041 && c <= 0x309E) || (c >= 0x30A0 && c <= 0x30FF) ||
		    (c >= 0x31F0 && c <= 0x31FF) || (c >= 0xFF66 && c <= 0xFF9F);
		bool mark = c == ' ' || c == 0x3000 || c == '-' || c == '.' || c == 0x2010 ||
		    c == 0x2212 || c == 0xFF0D || c == 0x2019 || c == '\'' || c == '(' || c == ')';

		if (!kana && !mark)
			return BAD_TEXT;
	}
	return s.len > 0 ? NULL : BAD_TEXT;
}

static const char *
name_check(yb_str s)
{
	size_t spaces = 0, n = 0;

	for (size_t at = 0; at < s.len; n++) {
		uint32_t c = ybh_utf8_next(s, &at);

		if (c == ' ' || c == 0x3000)
			spaces++;
	}
	return n > spaces ? NULL : BAD_TEXT;
}

static const char *
mail_check(yb_str s)
{
	const char *at = s.p == NULL ? NULL : memchr(s.p, '@', s.len);
	size_t local = at == NULL ? 0 : (size_t)(at - s.p);

	if (at == NULL || local == 0 || local > 64 || s.len - local - 1 < 3 ||
	    memchr(at + 1, '@', s.len - local - 1) != NULL ||
	    memchr(at + 1, '.', s.len - local - 1) == NULL || s.p[s.len - 1] == '.')
		return BAD_TEXT;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("\"(),:;<>[\\]", s.p[i]) != NULL)
			return BAD_TEXT;
	return NULL;
}

static const char *
cidr_check(yb_str s)
{
	char text[64];
	unsigned char net[16];
	char *slash, *end;
	bool v6;
	long bits;

	if (s.p == NULL || s.len < 3 || s.len >= sizeof text)
		return BAD_TEXT;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	v6 = strchr(text, ':') != NULL;
	slash = strchr(text, '/');
	if (slash != NULL) {
		*slash = '\0';
		bits = strtol(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits < 0 || bits > (v6 ? 128 : 32))
			return BAD_TEXT;
	}
	return inet_pton(v6 ? AF_INET6 : AF_INET, text, net) == 1 ? NULL : BAD_TEXT;
}

const yb_format yb_format_muni_code = { "municipality-code", "^[0-9]{6}$", muni_check };
const yb_format yb_format_hmi_code = { "medical-institution-code", "^[0-9]{10}$", hmi_check };
const yb_format yb_format_nmi_code = { "non-insured-institution-code", "^N[0-9]{9}$", nmi_check };
const yb_format yb_format_org_code = { "organisation-code", "^[0-9A-Z]{2,10}$", org_check };
const yb_format yb_format_insurer = { "insurer-number", "^([0-9]{6}|[0-9]{8})$", insurer_check };
const yb_format yb_format_my_number = { "my-number", "^[0-9]{12}$", my_number_check };
const yb_format yb_format_gtin = { "gtin-14", "^[0-9]{14}$", gtin_check };
const yb_format yb_format_lot = { "lot-number", "^[A-Z0-9-]{1,20}$", lot_check };
const yb_format yb_format_kana = { "kana", NULL, kana_check };
const yb_format yb_format_name = { "name", NULL, name_check };
const yb_format yb_format_mail = { "email", NULL, mail_check };
const yb_format yb_format_cidr = { "cidr", NULL, cidr_check };
