/* Japanese text and the codes of the field: text.c, format.c; values as text: request.c. */
#include "../support/unit.h"

#include <yb/format.h>

#include "../../core/lib/internal.h"
#include "../../core/lib/text.h"

static struct yb_arena *arena;

static void
characters_are_counted_as_a_reader_does(void **state)
{
	assert_int_equal(ybh_text_length(YB_STR("髙﨑")), 2);
	assert_int_equal(ybh_text_length(YB_STR("𠮷田")), 2);
	assert_int_equal(ybh_text_length(YB_STR("葛\U000E0100城")), 2); /* the selector is no character */
	(void)state;
}

static void
broken_utf8_is_seen(void **state)
{
	assert_true(ybh_utf8_valid(YB_STR("ヤマダ")));
	assert_false(ybh_utf8_valid(YB_STR("\xC0\xAF")));     /* overlong */
	assert_false(ybh_utf8_valid(YB_STR("\xED\xA0\x80"))); /* surrogate */
	assert_false(ybh_utf8_valid(YB_STR("\xE3\x83")));     /* cut */
	assert_false(ybh_utf8_valid(YB_STR("\xF4\x90\x80\x80")));
	(void)state;
}

static void
controls_and_direction_overrides_are_not_plain(void **state)
{
	assert_true(ybh_text_plain(YB_STR("一行"), false));
	assert_false(ybh_text_plain(YB_STR("a\nb"), false));
	assert_true(ybh_text_plain(YB_STR("a\nb"), true));
	assert_false(ybh_text_plain(YB_STR("a\rb"), true));
	assert_false(ybh_text_plain(YB_STR("a\xE2\x80\xAE" "b"), true)); /* U+202E */
	(void)state;
}

static void
search_keys_fold_what_people_type_differently(void **state)
{
	yb_str want = ybh_search_key(arena, YB_STR("ヨシダ　カツコ"));

	assert_true(yb_str_eq(ybh_search_key(arena, YB_STR("ﾖｼﾀﾞ ｶﾂｺ")), want));
	assert_true(yb_str_eq(ybh_search_key(arena, YB_STR("よしだ かつこ")), want));
	assert_true(yb_str_eq(ybh_search_key(arena, YB_STR("髙﨑")),
	    ybh_search_key(arena, YB_STR("高崎"))));
	assert_true(yb_str_eq(ybh_search_key(arena, YB_STR("𠮷田　葛\U000E0100子")),
	    ybh_search_key(arena, YB_STR("吉田葛子"))));
	assert_true(yb_str_eq(ybh_search_key(arena, YB_STR("キョウコ")),
	    ybh_search_key(arena, YB_STR("キヨウコ"))));
	assert_false(yb_str_eq(ybh_search_key(arena, YB_STR("ハハ")),
	    ybh_search_key(arena, YB_STR("パパ")))); /* voiced marks mean something */
	(void)state;
}

static void
kana_is_kept_full_width(void **state)
{
	assert_text(ybh_kana(arena, YB_STR("ﾔﾏﾀﾞ ﾀﾛｳ")), "ヤマダ　タロウ");
	assert_text(ybh_kana(arena, YB_STR("やまだ　たろう")), "ヤマダ　タロウ");
	(void)state;
}

struct vector {
	const yb_format *format;
	yb_str value;
	bool good;
};

static void
check_digits_follow_the_published_vectors(void **state)
{
	const struct vector v[] = {
		{ &yb_format_muni_code, YB_STR("011002"), true },
		{ &yb_format_muni_code, YB_STR("131016"), true },
		{ &yb_format_muni_code, YB_STR("131017"), false },
		{ &yb_format_muni_code, YB_STR("13101"), false },
		{ &yb_format_muni_code, YB_STR("401307"), true },
		{ &yb_format_my_number, YB_STR("123456789018"), true },
		{ &yb_format_my_number, YB_STR("983205673214"), true },
		{ &yb_format_my_number, YB_STR("210987654321"), false },
		{ &yb_format_insurer, YB_STR("33120015"), true },
		{ &yb_format_insurer, YB_STR("33120016"), false },
		{ &yb_format_insurer, YB_STR("54016027"), true },
		{ &yb_format_hmi_code, YB_STR("0110113719"), true },
		{ &yb_format_hmi_code, YB_STR("0110113718"), false },
		{ &yb_format_hmi_code, YB_STR("N130000018"), false },
		{ &yb_format_gtin, YB_STR("14901234567891"), true },
		{ &yb_format_gtin, YB_STR("14901234567890"), false },
		{ &yb_format_lot, YB_STR("A1234"), true },
		{ &yb_format_lot, YB_STR("a1234"), false },
		{ &yb_format_lot, YB_STR("A1234567890123456789X"), false },
		{ &yb_format_kana, YB_STR("ヤマダ　タロウ"), true },
		{ &yb_format_kana, YB_STR("ﾔﾏﾀﾞ"), true },
		{ &yb_format_kana, YB_STR("山田"), false },
		{ &yb_format_mail, YB_STR("a.b@example.jp"), true },
		{ &yb_format_mail, YB_STR("a@b"), false },
		{ &yb_format_mail, YB_STR("a b@example.jp"), false },
		{ &yb_format_cidr, YB_STR("192.0.2.0/24"), true },
		{ &yb_format_cidr, YB_STR("192.0.2.0/33"), false },
		{ &yb_format_cidr, YB_STR("2001:db8::/32"), true },
		{ &yb_format_org_code, YB_STR("13"), true },
		{ &yb_format_org_code, YB_STR("48"), false },
		{ &yb_format_org_code, YB_STR("NHIC"), true },
	};

	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
		assert_int_equal(v[i].format->check(v[i].value) == NULL, v[i].good);
	(void)state;
}

static void
bytes_days_and_moments_read_as_text(void **state)
{
	static const unsigned char bytes[] = { 0x00, 0x0f, 0xa9, 0xff };
	yb_req r = { .arena = arena };

	assert_text(yb_hex(&r, (yb_bytes) { bytes, sizeof bytes }), "000fa9ff");
	assert_text(yb_hex(&r, (yb_bytes) { bytes, 0 }), "");
	assert_null(yb_hex(&r, (yb_bytes) { NULL, 0 }).p);
	assert_text(yb_date_text(&r, (yb_date) { 2026, 4, 2 }), "2026-04-02");
	assert_null(yb_date_text(&r, (yb_date) { 0 }).p);
	assert_text(yb_time_text(&r, (yb_time) { INT64_C(1776695401234567) }),
	    "2026-04-20T23:30:01+09:00");
	assert_null(yb_time_text(&r, (yb_time) { 0 }).p);
	(void)state;
}

static int
setup(void **state)
{
	(void)state;
	arena = ybh_arena_new(4096, 1 << 20);
	return arena == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	ybh_arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_are_counted_as_a_reader_does),
		cmocka_unit_test(broken_utf8_is_seen),
		cmocka_unit_test(controls_and_direction_overrides_are_not_plain),
		cmocka_unit_test(search_keys_fold_what_people_type_differently),
		cmocka_unit_test(kana_is_kept_full_width),
		cmocka_unit_test(check_digits_follow_the_published_vectors),
		cmocka_unit_test(bytes_days_and_moments_read_as_text),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
