/* Days, identities and numbers: base.c, clock.c, decimal.c. */
#include "../support/unit.h"

#include <string.h>

#include "../../core/lib/clock.h"
#include "../../core/lib/decimal.h"

static yb_date
day(const char *s)
{
	yb_date d = { 0 };

	assert_true(yb_date_parse(yb_cstr(s), &d));
	return d;
}

static void
days_that_do_not_exist_are_refused(void **state)
{
	static const char *const bad[] = { "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31",
		"1867-12-31", "2026-4-01", "2026-04-1", "20260401", "2026-04-01 ", "", "2026/04/01",
		"２０２６-04-01", "+026-04-01" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		yb_date d = { 1, 1, 1 };

		assert_false(yb_date_parse(yb_cstr(bad[i]), &d));
		assert_int_equal(d.year, 1); /* untouched */
	}
	assert_int_equal(day("2024-02-29").day, 29);
	(void)state;
}

static void
days_count_as_the_calendar_does(void **state)
{
	assert_int_equal(yb_date_days(day("1970-01-01")), 0);
	assert_int_equal(yb_date_days(day("2000-03-01")), 11017);
	for (int64_t n = -37000; n < 60000; n += 7) {
		yb_date d = yb_date_from_days(n);

		assert_int_equal(yb_date_days(d), n);
		assert_true(yb_date_valid(d));
		assert_int_equal(yb_date_cmp(yb_date_add_days(d, 1), d), 1);
	}
	(void)state;
}

static void
months_are_clipped_to_the_last_day(void **state)
{
	assert_int_equal(yb_date_cmp(yb_date_add_months(day("2013-01-31"), 1), day("2013-02-28")), 0);
	assert_int_equal(yb_date_cmp(yb_date_add_months(day("2023-12-31"), 2), day("2024-02-29")), 0);
	assert_int_equal(yb_date_cmp(yb_date_add_months(day("2026-03-15"), -3), day("2025-12-15")), 0);
	(void)state;
}

static void
a_moment_prints_in_japan_and_reads_back(void **state)
{
	yb_time t, back = { 0 };
	char out[32];

	assert_true(ybh_time_parse(YB_STR("2026-04-20T00:30:00+09:00"), &t));
	assert_int_equal(ybh_time_print(t, out), 25);
	assert_string_equal(out, "2026-04-20T00:30:00+09:00");
	assert_int_equal(yb_date_cmp(yb_date_in_japan(t), day("2026-04-20")), 0);
	assert_true(ybh_time_parse(YB_STR("2026-04-19T15:30:00Z"), &back));
	assert_int_equal(back.us, t.us);
	assert_true(ybh_time_parse(YB_STR("2026-04-19T15:30:00.25Z"), &back));
	assert_int_equal(back.us, t.us + 250000);
	assert_false(ybh_time_parse(YB_STR("2026-04-19T15:30:00"), &back));
	assert_false(ybh_time_parse(YB_STR("2026-04-19T24:30:00Z"), &back));
	assert_false(ybh_time_parse(YB_STR("2026-04-19T15:30:00.Z"), &back));
	(void)state;
}

static void
decimals_keep_every_digit(void **state)
{
	int64_t v = 0;
	char out[24];

	assert_true(ybh_dec_parse(YB_STR("0.5"), 2, &v));
	assert_int_equal(v, 50);
	assert_true(ybh_dec_parse(YB_STR("-12.340"), 2, &v));
	assert_int_equal(v, -1234);
	assert_false(ybh_dec_parse(YB_STR("0.505"), 2, &v));
	assert_false(ybh_dec_parse(YB_STR("."), 2, &v));
	assert_false(ybh_dec_parse(YB_STR("1."), 2, &v));
	assert_false(ybh_dec_parse(YB_STR("1e2"), 2, &v));
	assert_false(ybh_dec_parse(YB_STR("99999999999999999999"), 0, &v));
	(void)ybh_dec_print(5, 2, out);
	assert_string_equal(out, "0.05");
	(void)ybh_dec_print(-1234, 2, out);
	assert_string_equal(out, "-12.34");
	(void)state;
}

static void
words_are_found_whole(void **state)
{
	assert_true(yb_word_in(YB_STR("MU-S"), "MU-A,MU-S,MU-V", ','));
	assert_false(yb_word_in(YB_STR("MU"), "MU-A,MU-S,MU-V", ','));
	assert_false(yb_word_in(YB_STR(""), "a,,b", ','));
	assert_false(yb_word_in(YB_STR("MU-A,MU-S"), "MU-A,MU-S", ','));
	(void)state;
}

static void
texts_stand_in_the_order_of_their_bytes(void **state)
{
	const yb_str null = { NULL, 0 };

	assert_true(yb_str_cmp(YB_STR("K-1"), YB_STR("K-2")) < 0);
	assert_true(yb_str_cmp(YB_STR("K-10"), YB_STR("K-2")) < 0);
	assert_true(yb_str_cmp(YB_STR("K-10"), YB_STR("K-1")) > 0);
	assert_true(yb_str_cmp(YB_STR("Z"), YB_STR("é")) < 0); /* bytes have no sign */
	assert_int_equal(yb_str_cmp(YB_STR("K-1"), YB_STR("K-1")), 0);
	assert_int_equal(yb_str_cmp(null, YB_STR("")), 0);
	assert_true(yb_str_cmp(null, YB_STR("K")) < 0);
	assert_true(yb_str_cmp(YB_STR("K"), null) > 0);
	(void)state;
}

static void
numbers_are_digits_and_nothing_else(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "1a",
		"1234567890123456789" };
	int64_t n = 7;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(yb_number_parse(yb_cstr(bad[i]), &n));
	assert_false(yb_number_parse((yb_str) { NULL, 0 }, &n));
	assert_int_equal(n, 7);
	assert_true(yb_number_parse(YB_STR("0042"), &n));
	assert_int_equal(n, 42);
	assert_true(yb_number_parse(YB_STR("999999999999999999"), &n));
	assert_int_equal(n, 999999999999999999);
	(void)state;
}

static void
identities_read_in_either_case(void **state)
{
	yb_uuid u;
	char out[40];

	assert_true(yb_uuid_parse(YB_STR("0189C2A8-7e1B-4f00-8000-00000000000f"), &u));
	(void)ybh_uuid_print(u, out);
	assert_string_equal(out, "0189c2a8-7e1b-4f00-8000-00000000000f");
	assert_false(yb_uuid_parse(YB_STR("0189c2a87e1b4f00800000000000000f0000"), &u));
	assert_false(yb_uuid_parse(YB_STR("0189c2a8-7e1b-4f00-8000-00000000000g"), &u));
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_that_do_not_exist_are_refused),
		cmocka_unit_test(days_count_as_the_calendar_does),
		cmocka_unit_test(months_are_clipped_to_the_last_day),
		cmocka_unit_test(a_moment_prints_in_japan_and_reads_back),
		cmocka_unit_test(decimals_keep_every_digit),
		cmocka_unit_test(words_are_found_whole),
		cmocka_unit_test(texts_stand_in_the_order_of_their_bytes),
		cmocka_unit_test(numbers_are_digits_and_nothing_else),
		cmocka_unit_test(identities_read_in_either_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
