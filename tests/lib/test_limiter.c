/* How many calls a client has: limiter.c. */
#include "../support/unit.h"

#include "../../core/lib/host.h"

#define SECOND INT64_C(1000000)

static unsigned
takes(struct ybh_limiter *l, int64_t client, int64_t at_us, unsigned n)
{
	unsigned given = 0;

	for (unsigned i = 0; i < n; i++)
		given += ybh_limiter_take(l, client, at_us) == 0;
	return given;
}

static void
a_minute_s_calls_come_back_with_time(void **state)
{
	struct ybh_limiter *l = ybh_limiter_new(60);
	int64_t now = 5 * SECOND;

	(void)state;
	assert_non_null(l);
	assert_int_equal(takes(l, 7, now, 100), 60);
	assert_in_range(ybh_limiter_take(l, 7, now), 1, 2);
	assert_int_equal(takes(l, 7, now + SECOND, 5), 1);
	assert_int_equal(takes(l, 7, now + 11 * SECOND, 100), 10);
	assert_int_equal(takes(l, 7, now + 3600 * SECOND, 100), 60); /* no more than one minute's */
	assert_int_equal(takes(l, 8, now, 1), 1); /* another client has its own */
	ybh_limiter_free(l);
}

static void
nobody_is_refilled_by_others(void **state)
{
	struct ybh_limiter *l = ybh_limiter_new(60);

	(void)state;
	assert_int_equal(takes(l, 7, 0, 100), 60);
	for (int64_t client = 1000; client < 200000; client++)
		(void)ybh_limiter_take(l, client, 0);
	assert_int_equal(takes(l, 7, 0, 100), 0);
	ybh_limiter_free(l);
}

static void
without_a_limiter_or_a_client_nobody_waits(void **state)
{
	struct ybh_limiter *l = ybh_limiter_new(1);

	(void)state;
	assert_int_equal(takes(NULL, 7, 0, 10), 10);
	assert_int_equal(takes(l, 0, 0, 10), 10);
	ybh_limiter_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_minute_s_calls_come_back_with_time),
		cmocka_unit_test(nobody_is_refilled_by_others),
		cmocka_unit_test(without_a_limiter_or_a_client_nobody_waits),
	};

	return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
