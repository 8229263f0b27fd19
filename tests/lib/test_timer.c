/* When a timer is due, and which the loader refuses: timer.c, module.c. */
#include "../support/unit.h"

#include <string.h>

#include "../../core/lib/host.h"

#define SECOND	INT64_C(1000000)
#define HOUR	(3600 * SECOND)
#define DAY	(24 * HOUR)
#define MIDDAY	INT64_C(1795230000000000) /* 2026-11-21T12:00:00+09:00 */

static int
step(yb_req *r)
{
	yb_run_count(r, "nothing", 1);
	return 0;
}

static const yb_route routes[] = { { 0 } };

static int
loads(const yb_timer *timers)
{
	const yb_module m = { .abi = YB_ABI, .size = sizeof(yb_module), .name = "pets",
		.version = "1", .routes = routes, .timers = timers };
	char err[256];

	return ybh_module_check(&m, "pets", err, sizeof err);
}

static int64_t
next(const char *daily, unsigned seconds, int64_t now)
{
	const yb_timer t = { .name = "t", .daily = daily, .seconds = seconds };

	return ybh_timer_next(&t, now);
}

static void
a_daily_timer_is_due_at_its_time_in_japan(void **state)
{
	assert_int_equal(next("13:00", 0, MIDDAY), MIDDAY + HOUR);
	assert_int_equal(next("11:59", 0, MIDDAY), MIDDAY + DAY - 60 * SECOND);
	assert_int_equal(next("12:00", 0, MIDDAY), MIDDAY + DAY);
	assert_int_equal(next("12:00", 0, MIDDAY - 1), MIDDAY);
	assert_int_equal(next("00:00", 0, MIDDAY), MIDDAY + 12 * HOUR);
	assert_int_equal(next("23:59", 0, MIDDAY), MIDDAY + 12 * HOUR - 60 * SECOND);
	/* Before 09:00 it is still yesterday in UTC. */
	assert_int_equal(next("02:30", 0, MIDDAY - 10 * HOUR), MIDDAY - 10 * HOUR + HOUR / 2);
	(void)state;
}

static void
another_is_due_so_many_seconds_later(void **state)
{
	assert_int_equal(next(NULL, 90, MIDDAY), MIDDAY + 90 * SECOND);
	assert_int_equal(next(NULL, 4000000000u, MIDDAY), MIDDAY + INT64_C(4000000000) * SECOND);
	(void)state;
}

static void
timers_are_named_by_area(void **state)
{
	static const yb_timer two[] = {
		{ .name = "a", .seconds = 1 }, { .name = "b", .seconds = 1 }, { 0 } };
	static const yb_timer one[] = { { .name = "c", .seconds = 1 }, { 0 } };
	const yb_module cats = { .name = "cats", .timers = two }, none = { .name = "none" },
			dogs = { .name = "dogs", .timers = one };
	struct ybh_loaded loaded[] = { { &none, NULL }, { &cats, NULL }, { &none, NULL },
		{ &dogs, NULL } };
	const struct ybh_process p = { .loaded = loaded, .n_loaded = 4 };
	char name[64];

	assert_ptr_equal(ybh_timer_at(&p, 0, name), &two[0]);
	assert_string_equal(name, "cats.a");
	assert_ptr_equal(ybh_timer_at(&p, 1, name), &two[1]);
	assert_string_equal(name, "cats.b");
	assert_ptr_equal(ybh_timer_at(&p, 2, name), &one[0]);
	assert_string_equal(name, "dogs.c");
	assert_null(ybh_timer_at(&p, 3, name));
	(void)state;
}

#define ALL_BUT .run = step, .function = "H-0", .note = "n"
#define TIMER(...) ((const yb_timer[]) { { ALL_BUT, __VA_ARGS__ }, { 0 } })

static void
a_timer_says_everything(void **state)
{
	const yb_timer good = { ALL_BUT, .name = "a", .seconds = 1 };
	const yb_timer twice[] = { good, good, { 0 } };
	const yb_timer silent[] = { { .run = step, .name = "a", .seconds = 1 }, { 0 } };
	const yb_timer idle[] = {
		{ .function = "H-0", .note = "n", .name = "a", .seconds = 1 }, { 0 } };

	assert_int_equal(loads(NULL), 0);
	assert_int_equal(loads(TIMER(.name = "a-1", .seconds = 1)), 0);
	assert_int_equal(loads(TIMER(.name = "a", .daily = "00:00")), 0);
	assert_int_equal(loads(TIMER(.name = "a", .daily = "23:59")), 0);
	assert_int_not_equal(loads(twice), 0);
	assert_int_not_equal(loads(silent), 0);
	assert_int_not_equal(loads(idle), 0);
	assert_int_not_equal(loads(TIMER(.name = "a")), 0);
	assert_int_not_equal(loads(TIMER(.name = "a", .seconds = 1, .daily = "02:00")), 0);
	assert_int_not_equal(loads(TIMER(.name = "A", .seconds = 1)), 0);
	assert_int_not_equal(loads(TIMER(.name = "a.b", .seconds = 1)), 0);
	assert_int_not_equal(loads(TIMER(.name = "", .seconds = 1)), 0);
	assert_int_not_equal(loads(TIMER(.name = "a-name-too-long-for-the-access-log-x", .seconds = 1)),
	    0);
	(void)state;
}

static void
a_time_of_day_exists(void **state)
{
	static const char *const bad[] = { "", "2:00", "24:00", "30:00", "12:60", "12:00:00", "12.00",
		"1200", "12:0", "ab:cd", "::::x", ":1:11", "-1:00", "12:00 " };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_not_equal(loads(TIMER(.name = "a", .daily = bad[i])), 0);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_daily_timer_is_due_at_its_time_in_japan),
		cmocka_unit_test(another_is_due_so_many_seconds_later),
		cmocka_unit_test(timers_are_named_by_area),
		cmocka_unit_test(a_timer_says_everything),
		cmocka_unit_test(a_time_of_day_exists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
