/* The administrator's side without a database: who is asked twice, whose days are counted. */
#include "unit.h"

#include "../../modules/account/account_approve.c" /* what is tested is static, on purpose */
#include "../../modules/account/account_notice.c"
#include "../../modules/account/account_suspend.c"

#include <stdio.h>
#include <stdlib.h>

#include "../../core/lib/internal.h"

#define DAY ACCOUNT_DAY_US

static struct yb_arena *arena;

static yb_req
request(void)
{
	return (yb_req) { .arena = arena, .now = { 2000 * DAY } };
}

static void
idle_days_begin_at_the_last_login_or_reissue(void **state)
{
	struct account_user u = { .created = { 10 } };

	(void)state;
	assert_int_equal(idle_from(&u), 10);
	u.last_login.us = 20;
	assert_int_equal(idle_from(&u), 20);
	u.reissued.us = 15;
	assert_int_equal(idle_from(&u), 20);
	u.reissued.us = 30;
	assert_int_equal(idle_from(&u), 30);
}

static void
a_login_forgets_the_warnings(void **state)
{
	struct account_user u = { .last_login = { 50 }, .idle_warned = 2,
		.idle_warned_at = { 60 } };

	(void)state;
	assert_int_equal(warned_already(&u), 2);
	u.last_login.us = 61;
	assert_int_equal(warned_already(&u), 0);
}

static void
days_of_the_era_are_those_of_the_law(void **state)
{
	yb_req r = request();

	(void)state;
	assert_text(era_label(&r, (yb_date) { 2026, 4, 1 }), "令和8年4月1日");
	assert_text(account_day_label(&r, (yb_date) { 2026, 11, 20 }), "2026年11月20日");
}

static void
every_role_has_a_name_for_people(void **state)
{
	static const char *const roles[] = { "KC-A", "KC-S", "KR-A", "KR-S", "MH-A", "MH-S", "MU-A",
		"MU-S", "MU-V", "MI-A", "MI-S", "NM-A", "NM-S", "OP" };

	(void)state;
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		assert_false(yb_str_is(account_role_label(yb_cstr(roles[i])), roles[i]));
	assert_text(account_admin_role(YB_ORG_HMI), "MI-A");
	assert_null(account_admin_role(YB_ORG_INSURER).p);
	assert_text(account_admin_role(YB_ORG_OPS), "OP");
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) /* given by nobody inside */
		assert_int_equal(account_role_of_centre(yb_cstr(roles[i])),
		    strcmp(roles[i], "OP") == 0);
	assert_null(account_admin_role(YB_ORG_MNP).p);
}

static struct account_application
application(void)
{
	static const unsigned char hash[2] = { 0xAB, 0x01 };

	return (struct account_application) { .state = YB_STR("WAITING"), .maker_id = 7,
		.maker_person = { { 1 } }, .sha256 = { hash, 2 }, .expires = { 2001 * DAY } };
}

static void
two_accounts_of_one_person_are_one_pair_of_eyes(void **state)
{
	struct account_user maker = { .actor_id = 7, .person_id = { { 1 } } };
	struct account_user second = { .actor_id = 8, .person_id = { { 1 } } };
	struct account_user other = { .actor_id = 9, .person_id = { { 2 } } };
	const struct account_decide_in in = { YB_STR("APPROVE"), { 0 }, YB_STR("ab01") };
	struct account_application a = application();
	yb_req r = request();

	(void)state;
	account_application_show(&r, &a, &maker);
	assert_false(a.may_decide);
	account_application_show(&r, &a, &second);
	assert_false(a.may_decide);
	assert_int_equal(decide_check(&r, &in, &second, &a), -1);
	assert_string_equal(r.problem, "E-ACC-020");
	account_application_show(&r, &a, &other);
	assert_true(a.may_decide);
	assert_text(a.sha256_hex, "ab01");
	r = request();
	assert_int_equal(decide_check(&r, &in, &other, &a), 0);
}

static void
what_was_not_read_is_not_decided(void **state)
{
	struct account_user other = { .actor_id = 9, .person_id = { { 2 } } };
	const struct account_decide_in in = { YB_STR("APPROVE"), { 0 }, YB_STR("ab02") };
	struct account_application a = application();
	yb_req r = request();

	(void)state;
	account_application_show(&r, &a, &other);
	assert_int_equal(decide_check(&r, &in, &other, &a), -1);
	assert_string_equal(r.problem, "E-ACC-005");
}

static void
an_application_runs_out(void **state)
{
	struct account_user other = { .actor_id = 9, .person_id = { { 2 } } };
	const struct account_decide_in in = { YB_STR("APPROVE"), { 0 }, YB_STR("ab01") };
	struct account_application a = application();
	yb_req r = request();

	(void)state;
	a.expires.us = 2000 * DAY;
	account_application_show(&r, &a, &other);
	assert_text(a.state, "EXPIRED");
	assert_false(a.may_decide);
	assert_int_equal(decide_check(&r, &in, &other, &a), -1);
	assert_string_equal(r.problem, "E-ACC-021");
}

/* YOBO_LETTER names a file: the letter is left there for people to look at. */
static void
a_letter_holds_all_it_must(void **state)
{
	static const struct ybh_process process = { .base_url = "https://yobo.example.jp" };
	const yb_org org = { .org_code = YB_STR("131016"), .name = YB_STR("千代田区 SAMPLE") };
	const struct account_user u = { .user_id = YB_STR("042556894"), .role = YB_STR("MU-A"),
		.name = YB_STR("𠮷田　葛󠄀子"), .department = YB_STR("健康推進課 予防接種係") };
	const struct account_secret s = { YB_STR("7KQP-m3xa-WT9C-h4dn"), { 0 },
		{ INT64_C(1796000000000000) } };
	yb_req r = { .arena = arena, .now = { INT64_C(1795000000000000) },
		.p = (struct ybh_process *)(uintptr_t)&process };
	const char *keep = secure_getenv("YOBO_LETTER");
	yb_bytes pdf;

	(void)state;
	assert_int_equal(letter_make(&r, &u, &org, YB_STR("国保中央会 SAMPLE"), &s, &pdf), 0);
	assert_memory_equal(pdf.p, "%PDF-1.4", 8);
	if (keep != NULL) {
		FILE *f = fopen(keep, "w");

		assert_non_null(f);
		assert_int_equal(fwrite(pdf.p, 1, pdf.len, f), pdf.len);
		assert_int_equal(fclose(f), 0);
	}
}

static int
arena_begin(void **state)
{
	(void)state;
	arena = ybh_arena_new(1u << 20, 64u << 20);
	return arena == NULL;
}

static int
arena_end(void **state)
{
	(void)state;
	ybh_arena_reset(arena);
	ybh_arena_free(arena);
	return 0;
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, arena_begin, arena_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_days_begin_at_the_last_login_or_reissue),
		cmocka_unit_test(a_login_forgets_the_warnings),
		IN_ARENA(days_of_the_era_are_those_of_the_law),
		cmocka_unit_test(every_role_has_a_name_for_people),
		IN_ARENA(two_accounts_of_one_person_are_one_pair_of_eyes),
		IN_ARENA(what_was_not_read_is_not_decided),
		IN_ARENA(an_application_runs_out),
		IN_ARENA(a_letter_holds_all_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
