/* Roles, rules of passwords and the judgement of a login, without a database. */
#include <setjmp.h> /* cmocka 1.1.5 needs these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../modules/account/account.c" /* what is tested is static, on purpose */
#include "../../modules/account/account_login.c"
#include "../../modules/account/account_password.c"
#include "../../modules/account/account_users.c"

static const struct account_password_rule usual = { .min = 12, .max = 64, .classes = 3 };

static bool
good(const char *password)
{
	return account_password_good(&usual, yb_cstr(password), YB_STR("123456782"));
}

static void
passwords_need_length_and_classes(void **state)
{
	(void)state;
	assert_true(good("Kawa-no-Naga"));
	assert_false(good("Kawa-no-Nag"));
	assert_true(good("abcdefGHIJ12"));
	assert_false(good("abcdefghij12"));
	assert_false(good("onlysmallletters"));
	assert_true(good("よぼうせっしゅのあいことばAa")); /* kana is a class of its own */
	assert_false(good("よぼうせっしゅ1a")); /* nine characters, however many bytes */
}

static void
passwords_end_at_64_characters(void **state)
{
	char text[68];

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "Aa1-", 4);
	assert_true(account_password_good(&usual, (yb_str) { text, 64 }, YB_STR("1")));
	assert_false(account_password_good(&usual, (yb_str) { text, 65 }, YB_STR("1")));
}

static void
common_passwords_are_refused_however_dressed(void **state)
{
	(void)state;
	assert_false(good("Password1234!"));
	assert_false(good("PASSWORD1234!!!"));
	assert_false(good("P@ssw0rd1234"));
	assert_true(good("Password12349x!"));
}

static void
every_role_belongs_to_one_type(void **state)
{
	(void)state;
	assert_true(account_role_allowed(YB_STR("MU-V"), YB_ORG_MUNI));
	assert_false(account_role_allowed(YB_STR("MU-V"), YB_ORG_NMI));
	assert_false(account_role_allowed(YB_STR("MU"), YB_ORG_MUNI));
	assert_false(account_role_allowed(YB_STR(""), YB_ORG_MUNI));
	assert_false(account_role_allowed(YB_STR("MU-A,MU-S"), YB_ORG_MUNI));
	assert_true(account_role_is_admin(YB_STR("NM-A")));
	assert_false(account_role_is_admin(YB_STR("OP")));
	for (size_t i = 0; i < N_ROLES; i++) {
		assert_int_equal(roles[i].admin,
		    yb_word_in(yb_cstr(roles[i].name), YB_DO(H_1_4), ','));
	}
}

static struct account_user
user(const char *status)
{
	return (struct account_user) { .actor_id = 7, .status = yb_cstr(status) };
}

static void
a_login_is_judged_by_state_lock_and_term(void **state)
{
	const yb_time now = { 1000 };
	struct account_user u = user("ACTIVE");

	(void)state;
	assert_int_equal(account_judge(&u, true, now, 5), ACCOUNT_WELCOME);
	assert_int_equal(account_judge(&u, false, now, 5), ACCOUNT_REFUSED);
	u.locked_until.us = 1001;
	u.failed_count = 5;
	assert_int_equal(account_judge(&u, true, now, 5), ACCOUNT_LOCKED);
	assert_int_equal(account_judge(&u, false, now, 5), ACCOUNT_REFUSED);
	u.failed_count = 15; /* under attack: a lock is no oracle */
	assert_int_equal(account_judge(&u, true, now, 5), ACCOUNT_REFUSED);
	u.locked_until.us = 1000; /* over */
	assert_int_equal(account_judge(&u, true, now, 5), ACCOUNT_WELCOME);

	u = user("TEMP");
	u.temp_expires.us = 1001;
	assert_int_equal(account_judge(&u, true, now, 5), ACCOUNT_WELCOME);
	u.temp_expires.us = 1000;
	assert_int_equal(account_judge(&u, true, now, 5), ACCOUNT_EXPIRED);
	assert_int_equal(account_judge(&u, false, now, 5), ACCOUNT_REFUSED);
}

static void
closed_accounts_are_refused_like_wrong_passwords(void **state)
{
	static const char *const closed[] = { "SUSPENDED", "DISABLED", "DELETED", "" };
	const yb_time now = { 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
		struct account_user u = user(closed[i]);

		u.locked_until.us = 2000;
		assert_int_equal(account_judge(&u, true, now, 5), ACCOUNT_REFUSED);
	}
}

static void
a_lock_is_shown_while_it_holds(void **state)
{
	struct account_user u = user("TEMP");

	(void)state;
	u.locked_until.us = 2000;
	account_show_state(&u, (yb_time) { 1999 });
	assert_true(yb_str_is(u.status, "LOCKED"));
	u = user("DISABLED");
	u.locked_until.us = 2000;
	account_show_state(&u, (yb_time) { 1999 });
	assert_true(yb_str_is(u.status, "DISABLED"));
	assert_int_equal(u.locked_until.us, 0);
}

static void
what_may_be_a_password_is_not_logged(void **state)
{
	(void)state;
	assert_true(yb_str_is(loggable(YB_STR("123456789")), "123456789"));
	assert_true(yb_str_is(loggable(YB_STR("Kawa-no-1")), "?"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_need_length_and_classes),
		cmocka_unit_test(passwords_end_at_64_characters),
		cmocka_unit_test(common_passwords_are_refused_however_dressed),
		cmocka_unit_test(every_role_belongs_to_one_type),
		cmocka_unit_test(a_login_is_judged_by_state_lock_and_term),
		cmocka_unit_test(closed_accounts_are_refused_like_wrong_passwords),
		cmocka_unit_test(a_lock_is_shown_while_it_holds),
		cmocka_unit_test(what_may_be_a_password_is_not_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
