/*
 * Text: what is UTF-8 is decided as a second reader decides it; a folded text folded again is
 * the same; days, moments, identities and numbers that are read, print as what they are.
 */
#include "fuzz.h"

#include <yb/format.h>

#include "../../core/lib/clock.h"
#include "../../core/lib/decimal.h"
#include "../../core/lib/text.h"

/* RFC 3629 section 4, line by line. */
static size_t
character(const uint8_t *p, size_t n)
{
	static const struct {
		uint8_t from, to, second_from, second_to;
		size_t len;
	} rows[] = { { 0x00, 0x7F, 0, 0, 1 }, { 0xC2, 0xDF, 0x80, 0xBF, 2 },
		{ 0xE0, 0xE0, 0xA0, 0xBF, 3 }, { 0xE1, 0xEC, 0x80, 0xBF, 3 },
		{ 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 },
		{ 0xF0, 0xF0, 0x90, 0xBF, 4 }, { 0xF1, 0xF3, 0x80, 0xBF, 4 },
		{ 0xF4, 0xF4, 0x80, 0x8F, 4 } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (p[0] < rows[i].from || p[0] > rows[i].to)
			continue;
		if (rows[i].len > n)
			return 0;
		if (rows[i].len > 1 && (p[1] < rows[i].second_from || p[1] > rows[i].second_to))
			return 0;
		for (size_t k = 2; k < rows[i].len; k++)
			if ((p[k] & 0xC0) != 0x80)
				return 0;
		return rows[i].len;
	}
	return 0;
}

/* Characters, or -1: not UTF-8. */
static long
count(const uint8_t *p, size_t n)
{
	long chars = 0;

	for (size_t at = 0, len; at < n; at += len, chars++) {
		len = character(p + at, n - at);
		if (len == 0)
			return -1;
	}
	return chars;
}

static void
characters(yb_str s)
{
	for (size_t at = 0; at < s.len;) {
		size_t from = at, len;
		char out[4];

		len = ybh_utf8_put(ybh_utf8_next(s, &at), out);
		must(len == at - from && memcmp(out, s.p + from, len) == 0);
	}
}

static void
folded(struct yb_arena *a, yb_str s)
{
	yb_str key = ybh_search_key(a, s), kana = ybh_kana(a, s);

	must(ybh_utf8_valid(key) && ybh_utf8_valid(kana));
	must(yb_str_eq(ybh_search_key(a, key), key));
	must(yb_str_eq(ybh_kana(a, kana), kana));
	must(key.len == 0 || memchr(key.p, ' ', key.len) == NULL);
	must(kana.len == 0 || memchr(kana.p, ' ', kana.len) == NULL);
	must(ybh_text_length(key) <= key.len);
}

static void
moments(yb_str s)
{
	char text[40];
	yb_time t, again = { 0 };
	yb_date d, e;
	yb_uuid u, v;

	if (yb_date_parse(s, &d)) {
		must(yb_date_valid(d));
		e = yb_date_from_days(yb_date_days(d));
		must(yb_date_cmp(d, e) == 0);
		must(ybh_date_print(d, text) == 10 && memcmp(text, s.p, 10) == 0);
	}
	if (ybh_time_parse(s, &t)) {
		size_t n = ybh_time_print(t, text);

		must(ybh_time_parse((yb_str) { text, n }, &again));
		must(t.us - again.us < 1000000 && again.us - t.us < 1000000);
		must(yb_date_parse((yb_str) { text, 10 }, &d));
		must(yb_date_cmp(yb_date_in_japan(t), d) == 0);
	}
	if (yb_uuid_parse(s, &u)) {
		must(ybh_uuid_print(u, text) == 36);
		must(yb_uuid_parse((yb_str) { text, 36 }, &v) && memcmp(&u, &v, sizeof u) == 0);
	}
}

static void
numbers(yb_str s)
{
	for (unsigned scale = 0; scale <= 9; scale++) {
		int64_t units, again;
		char text[24];
		size_t n;

		if (!ybh_dec_parse(s, scale, &units))
			continue;
		n = ybh_dec_print(units, scale, text);
		must(n < sizeof text && ybh_dec_parse((yb_str) { text, n }, scale, &again));
		must(units == again);
	}
}

static void
formats(yb_str s)
{
	const yb_format *const all[] = { &yb_format_muni_code, &yb_format_hmi_code,
		&yb_format_nmi_code, &yb_format_org_code, &yb_format_insurer, &yb_format_my_number,
		&yb_format_gtin, &yb_format_lot, &yb_format_kana, &yb_format_name, &yb_format_mail,
		&yb_format_cidr };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		const char *bad = all[i]->check(s);

		must(bad == NULL ? s.len > 0 : strncmp(bad, "E-VAL-", 6) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yb_arena *a = fuzz_arena();
	yb_str s = { (const char *)data, size };
	long chars = count(data, size);

	must(ybh_utf8_valid(s) == (chars >= 0));
	moments(s);
	numbers(s);
	if (chars < 0) {
		(void)ybh_search_key(a, s); /* a caller's mistake must not be worse than that */
		(void)ybh_kana(a, s);
		(void)ybh_text_length(s);
		(void)ybh_text_plain(s, true);
		return 0;
	}
	must(ybh_text_length(s) <= (size_t)chars);
	must(!ybh_text_plain(s, false) || ybh_text_plain(s, true));
	characters(s);
	if (ybh_text_plain(s, false))
		formats(s);
	folded(a, s);
	return 0;
}
