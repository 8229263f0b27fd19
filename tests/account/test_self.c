/* Waits and locks, networks, profiles of passwords and the list of bad ones, without a database. */
#include <setjmp.h> /* cmocka 1.1.5 needs these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../modules/account/account.h"
#include "internal.h"

static struct yb_arena *arena;
static yb_req req;

static int
arena_open(void **state)
{
	(void)state;
	arena = ybh_arena_new(4096, 1 << 20);
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

static void
hours_are_read_and_waited_for_in_japan(void **state)
{
	static const char *const bad[] = { "08:00", "8:00-21:00", "08:00-21:0", "21:00-08:00",
		"08:00-08:00", "08:00-24:01", "25:00-26:00", "08:60-21:00", "08:00_21:00", "always",
		"08:00-21:00 " };
	struct account_hours h;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(account_hours_read(yb_cstr(bad[i]), &h));
	assert_true(account_hours_read(YB_STR(""), &h));
	assert_int_equal(account_hours_wait(&h, (yb_time) { 1 }), 0);
	assert_true(account_hours_read(YB_STR("08:00-21:00"), &h));
	/* The epoch is nine o'clock in Japan. */
	assert_int_equal(account_hours_wait(&h, (yb_time) { 1 }), 0);
	assert_int_equal(account_hours_wait(&h, (yb_time) { INT64_C(12) * 3600000000 - 1 }), 0);
	assert_int_equal(account_hours_wait(&h, (yb_time) { INT64_C(12) * 3600000000 }), 11 * 3600);
	assert_int_equal(account_hours_wait(&h, (yb_time) { INT64_C(22) * 3600000000 }), 3600);
	assert_int_equal(account_hours_wait(&h, (yb_time) { INT64_C(23) * 3600000000 }), 0);
	assert_true(account_hours_read(YB_STR("00:00-24:00"), &h));
	assert_int_equal(account_hours_wait(&h, (yb_time) { INT64_C(14) * 3600000000 }), 0);
}

static void
a_lock_is_that_of_the_brief_or_a_doubling_wait(void **state)
{
	(void)state;
	assert_int_equal(account_lock_us(4, 5, 30, 900), 0);
	assert_int_equal(account_lock_us(5, 5, 30, 900), INT64_C(1800000000));
	assert_int_equal(account_lock_us(50, 5, 30, 900), INT64_C(1800000000));
	assert_int_equal(account_lock_us(4, 5, 0, 900), 0);
	assert_int_equal(account_lock_us(5, 5, 0, 900), 1000000);
	assert_int_equal(account_lock_us(6, 5, 0, 900), 2000000);
	assert_int_equal(account_lock_us(14, 5, 0, 900), 512000000);
	assert_int_equal(account_lock_us(15, 5, 0, 900), 900000000);
	assert_int_equal(account_lock_us(INT64_C(1) << 40, 5, 0, 900), 900000000);
	assert_int_equal(account_factor_wait_s(9, 10, 900), 0);
	assert_int_equal(account_factor_wait_s(10, 10, 900), 1);
	assert_int_equal(account_factor_wait_s(99, 10, 900), 900);
}

static void
network_is(const char *peer, const char *want)
{
	yb_str got = account_network(&req, yb_cstr(peer));

	if (!yb_str_is(got, want))
		fail_msg("%s: %.*s, expected %s", peer, (int)got.len, got.p, want);
}

static void
networks_are_24_and_56_bits(void **state)
{
	(void)state;
	network_is("203.0.113.77", "net 203.0.113.0/24");
	network_is("::ffff:203.0.113.77", "net 203.0.113.0/24");
	network_is("2001:db8:1:2ff:3:4:5:6", "net 2001:db8:1:200::/56");
	network_is("2001:db8::1", "net 2001:db8:0:0::/56");
	network_is("2001:DB8:0:1aBc::", "net 2001:db8:0:1a00::/56");
	network_is("::1", "net 0:0:0:0::/56");
	network_is("fe80::1:2:3:4", "net fe80:0:0:0::/56");
	network_is("2001:db8:1", "net 2001:db8:1"); /* not an address: itself */
	network_is("12345::", "net 12345::");
	network_is("unix:", "net unix:");
}

static void
profiles_are_named_words(void **state)
{
	(void)state;
	assert_int_equal(account_password_profiles(YB_STR("a02")), ACCOUNT_A02);
	assert_int_equal(account_password_profiles(YB_STR("mhlw13,nist15")),
	    ACCOUNT_MHLW13 | ACCOUNT_NIST15);
	assert_int_equal(account_password_profiles(YB_STR("")), 0);
	assert_int_equal(account_password_profiles(YB_STR("a02,weak")), 0);
	assert_int_equal(account_password_profiles(YB_STR("a02 ")), 0);
}

static bool
good(unsigned profiles, const char *password)
{
	struct account_password_rule rule = {
		.min = 12,
		.max = 64,
		.classes = 3,
		.profiles = profiles,
	};

	return account_password_good(&rule, yb_cstr(password), YB_STR("123456782"));
}

static void
each_profile_has_its_rule(void **state)
{
	(void)state;
	assert_true(good(ACCOUNT_A02, "Kawa-no-Naga"));
	assert_false(good(ACCOUNT_MHLW13, "Kawa-no-Naga"));
	assert_false(good(ACCOUNT_MHLW13, "Kawa-no-Nagare"));
	assert_true(good(ACCOUNT_MHLW13, "kawa-no-naga7"));
	assert_false(good(ACCOUNT_MHLW13, "kawa-no-nag7"));
	assert_true(good(ACCOUNT_MHLW13, "かわのながれはたえずして7a"));
	assert_false(good(ACCOUNT_NIST15, "kawanonagareha"));
	assert_true(good(ACCOUNT_NIST15, "kawanonagarehat"));
	assert_true(good(ACCOUNT_A02 | ACCOUNT_NIST15, "kawanonagarehat"));
	assert_false(good(ACCOUNT_A02, "kawanonagarehat"));
}

static void
words_of_house_and_person_count_for_nothing(void **state)
{
	const yb_str words[] = { YB_STR("yobo"), YB_STR("123456782"), YB_STR("千代田区"), { NULL, 0 } };
	struct account_password_rule rule = {
		.min = 12,
		.max = 64,
		.classes = 3,
		.words = words,
		.n_words = 4,
	};
	yb_str id = YB_STR("123456782");

	(void)state;
	assert_false(account_password_good(&rule, YB_STR("Yobo-yobo-YOBO-1"), id));
	assert_false(account_password_good(&rule, YB_STR("Ab1-123456782-yobo"), id));
	assert_false(account_password_good(&rule, YB_STR("千代田区千代田区千代田区Aa1"), id));
	assert_true(account_password_good(&rule, YB_STR("yobo-Mizu-ga-7"), id));
	assert_true(account_password_good(&rule, YB_STR("千代田区のみずべのAa1"), id));
}

static int
hash_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool
blocked(const char *password)
{
	uint64_t hashes[] = { yb_words_hash(YB_STR("Constantinople")),
		yb_words_hash(YB_STR("password")), yb_words_hash(YB_STR("abc")),
		yb_words_hash(YB_STR("a")), yb_words_hash(YB_STR("correct horse")) };
	yb_words words = { hashes, sizeof hashes / sizeof hashes[0] };

	qsort(hashes, words.n, sizeof hashes[0], hash_cmp);
	return account_blocked(&words, yb_cstr(password));
}

static void
a_listed_word_is_found_however_dressed(void **state)
{
	(void)state;
	assert_true(blocked("constantinople"));
	assert_true(blocked("Constantinople1!"));
	assert_true(blocked("2026-CONSTANTINOPLE-!"));
	assert_true(blocked("C0n$t@nt1n0ple99"));
	assert_true(blocked("passwordpassword"));
	assert_true(blocked("P@ssw0rdP@ssw0rd1"));
	assert_true(blocked("AbcAbcAbcAbc1!"));
	assert_true(blocked("aaaaaaaaaaaaA1!"));
	assert_true(blocked("Correct Horse!"));
	assert_false(blocked("Constantinople-no-Umi1"));
	assert_false(blocked("Kawa-no-Nagare7"));
	assert_false(blocked("1234567890!?"));
	assert_false(blocked(""));
}

static void
codes_are_read_in_any_width(void **state)
{
	(void)state;
	assert_true(yb_str_is(account_code_digits(&req, YB_STR("123456")), "123456"));
	assert_true(yb_str_is(account_code_digits(&req, YB_STR("１２３ ４５６")), "123456"));
	assert_true(yb_str_eq(account_code_digits(&req, YB_STR("ABCDE-fghij")),
	    account_code_digits(&req, YB_STR("abcde fGHIJ"))));
}

static void
moments_are_those_of_japan(void **state)
{
	(void)state;
	assert_true(yb_str_is(account_moment(&req, (yb_time) { INT64_C(1776646800000000) }),
	    "2026年4月20日 10:00"));
	assert_true(yb_str_is(account_moment(&req, (yb_time) { INT64_C(1776697140000000) }),
	    "2026年4月20日 23:59"));
	assert_true(yb_str_is(account_moment(&req, (yb_time) { INT64_C(1776697200000000) }),
	    "2026年4月21日 00:00"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hours_are_read_and_waited_for_in_japan),
		cmocka_unit_test(a_lock_is_that_of_the_brief_or_a_doubling_wait),
		cmocka_unit_test(networks_are_24_and_56_bits),
		cmocka_unit_test(profiles_are_named_words),
		cmocka_unit_test(each_profile_has_its_rule),
		cmocka_unit_test(words_of_house_and_person_count_for_nothing),
		cmocka_unit_test(a_listed_word_is_found_however_dressed),
		cmocka_unit_test(codes_are_read_in_any_width),
		cmocka_unit_test(moments_are_those_of_japan),
	};

	return cmocka_run_group_tests(tests, arena_open, arena_close);
}
