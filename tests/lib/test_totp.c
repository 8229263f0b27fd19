/* One-time codes against RFC 6238, base32 against RFC 4648, QR codes against their matrix. */
#include <setjmp.h> /* cmocka 1.1.5 needs these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#include <yb/qr.h>
#include <yb/totp.h>

static struct yb_arena *arena;
static yb_req req;

static int
arena_open(void **state)
{
	(void)state;
	arena = ybh_arena_new(65536, 4 << 20);
	req.arena = arena;
	return arena == NULL ? -1 : 0;
}

static int
arena_close(void **state)
{
	(void)state;
	ybh_arena_free(arena);
	return 0;
}

/* Appendix B of RFC 6238; of its eight digits an app shows the last six. */
static const struct {
	int64_t at;
	const char *code;
} vectors[] = {
	{ 59, "287082" }, { 1111111109, "081804" }, { 1111111111, "050471" },
	{ 1234567890, "005924" }, { 2000000000, "279037" }, { INT64_C(20000000000), "353130" },
};

static const yb_bytes rfc_secret = { (const unsigned char *)"12345678901234567890", 20 };

static void
codes_are_those_of_the_rfc(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		yb_str code = yb_cstr(vectors[i].code);
		int64_t step = vectors[i].at / 30;

		req.now.us = vectors[i].at * 1000000;
		assert_int_equal(yb_totp_step(&req, rfc_secret, code), step);
		req.now.us += 30000000; /* the step before is still taken */
		assert_int_equal(yb_totp_step(&req, rfc_secret, code), step);
		req.now.us += 30000000; /* that before it is not */
		assert_int_equal(yb_totp_step(&req, rfc_secret, code), 0);
		req.now.us = (vectors[i].at - 30) * 1000000; /* nor one to come */
		assert_int_equal(yb_totp_step(&req, rfc_secret, code), 0);
	}
}

static void
what_is_no_code_is_none(void **state)
{
	static const char *const bad[] = { "", "28708", "2870820", "28708x", "      ", "287083" };

	(void)state;
	req.now.us = 59000000;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(yb_totp_step(&req, rfc_secret, yb_cstr(bad[i])), 0);
}

static void
keys_are_base32(void **state)
{
	static const struct {
		const char *raw, *text;
	} pairs[] = { { "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" },
		{ "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" } };

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		yb_bytes raw = { (const unsigned char *)pairs[i].raw, strlen(pairs[i].raw) };

		assert_true(yb_str_is(yb_totp_base32(&req, raw), pairs[i].text));
	}
	assert_true(
	    yb_str_is(yb_totp_base32(&req, rfc_secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
	assert_int_equal(yb_totp_secret(&req).len, 20);
	assert_memory_not_equal(yb_totp_secret(&req).p, yb_totp_secret(&req).p, 20);
}

static void
links_are_escaped(void **state)
{
	(void)state;
	assert_true(yb_str_is(yb_totp_uri(&req, YB_STR("予 防"), YB_STR("a:b&c"), rfc_secret),
	    "otpauth://totp/%E4%BA%88%20%E9%98%B2:a%3Ab%26c"
	    "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E4%BA%88%20%E9%98%B2"));
}

/* Draws the path into a square of modules. */
static void
draw(const yb_qr *qr, unsigned char *out)
{
	const char *at = qr->path.p, *end = at + qr->path.len;

	while (at < end) {
		int x = 0, y = 0, w = 0, back = 0, n = 0;

		assert_int_equal(sscanf(at, "M%d %dh%dv1h-%dz%n", &x, &y, &w, &back, &n), 4);
		assert_int_equal(w, back);
		for (int i = 0; i < w; i++)
			out[y * qr->size + x + i] = 1;
		at += n;
	}
}

static void
the_path_of_a_qr_code_draws_its_modules(void **state)
{
	yb_str text = yb_totp_uri(&req, YB_STR("yobo"), YB_STR("042556894"), rfc_secret);
	QRcode *want =
	    QRcode_encodeData((int)text.len, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
	unsigned char *modules;
	yb_qr qr;

	(void)state;
	assert_int_equal(yb_qr_make(&req, text, YB_QR_MEDIUM, &qr), 0);
	assert_int_equal(qr.size, want->width + 8);
	modules = calloc((size_t)qr.size, (size_t)qr.size);
	draw(&qr, modules);
	for (int y = 0; y < qr.size; y++)
		for (int x = 0; x < qr.size; x++) {
			bool inside = x >= 4 && y >= 4 && x < qr.size - 4 && y < qr.size - 4;

			assert_int_equal(modules[y * qr.size + x],
			    inside ? want->data[(y - 4) * want->width + x - 4] & 1 : 0);
		}
	free(modules);
	QRcode_free(want);
}

static void
a_text_that_is_too_long_has_no_qr_code(void **state)
{
	char *text = malloc(3000);
	yb_qr qr;

	(void)state;
	memset(text, 'x', 3000);
	assert_int_equal(yb_qr_make(&req, (yb_str) { text, 2953 }, YB_QR_LOW, &qr), 0);
	assert_int_equal(qr.size, 185);
	assert_int_equal(yb_qr_make(&req, (yb_str) { text, 2954 }, YB_QR_LOW, &qr), -1);
	assert_int_equal(yb_qr_make(&req, YB_STR(""), YB_QR_LOW, &qr), -1);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_those_of_the_rfc),
		cmocka_unit_test(what_is_no_code_is_none),
		cmocka_unit_test(keys_are_base32),
		cmocka_unit_test(links_are_escaped),
		cmocka_unit_test(the_path_of_a_qr_code_draws_its_modules),
		cmocka_unit_test(a_text_that_is_too_long_has_no_qr_code),
	};

	return cmocka_run_group_tests(tests, arena_open, arena_close);
}
