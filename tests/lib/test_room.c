/* So much at one time: room.c. */
#include "unit.h"

#include <stdatomic.h>

#include "clock.h"
#include "room.h"

#define MS	INT64_C(1000)
#define SECOND	INT64_C(1000000)
#define THREADS 12
#define MOST	3

static void
who_finds_no_place_goes_after_its_patience(void **state)
{
	struct ybh_room room = YBH_ROOM;
	int64_t begun;

	(void)state;
	assert_true(ybh_room_enter(&room, 2, 0));
	assert_true(ybh_room_enter(&room, 2, 0));
	begun = ybh_mono_us();
	assert_false(ybh_room_enter(&room, 2, 50 * MS));
	assert_true(ybh_mono_us() - begun >= 45 * MS);
	assert_false(ybh_room_enter(&room, 1, 0)); /* fewer than are inside */
	assert_true(ybh_room_enter(&room, 3, 0));
	ybh_room_leave(&room);
	ybh_room_leave(&room);
	assert_true(ybh_room_enter(&room, 2, 0));
}

static void *
leaves_soon(void *arg)
{
	const int64_t until = ybh_mono_us() + 50 * MS;

	while (ybh_mono_us() < until)
		(void)sched_yield();
	ybh_room_leave(arg);
	return NULL;
}

static void
a_place_that_is_left_is_taken_at_once(void **state)
{
	struct ybh_room room = YBH_ROOM;
	const int64_t began = ybh_mono_us();
	pthread_t other;

	(void)state;
	assert_true(ybh_room_enter(&room, 1, 0));
	assert_int_equal(pthread_create(&other, NULL, leaves_soon, &room), 0);
	assert_true(ybh_room_enter(&room, 1, 60 * SECOND));
	assert_true(ybh_mono_us() - began < 60 * SECOND); /* told, not found when the time was up */
	assert_int_equal(pthread_join(other, NULL), 0);
}

struct crowd {
	struct ybh_room room;
	atomic_int inside, most, done;
};

static void *
goes_in_and_out(void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < 500; i++) {
		int now, seen;

		if (!ybh_room_enter(&c->room, MOST, 60 * SECOND))
			return NULL;
		now = atomic_fetch_add(&c->inside, 1) + 1;
		seen = atomic_load(&c->most);
		while (now > seen && !atomic_compare_exchange_weak(&c->most, &seen, now))
			;
		(void)sched_yield();
		(void)atomic_fetch_sub(&c->inside, 1);
		ybh_room_leave(&c->room);
	}
	(void)atomic_fetch_add(&c->done, 1);
	return NULL;
}

static void
never_more_are_inside_and_all_get_in(void **state)
{
	struct crowd c = { .room = YBH_ROOM };
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, goes_in_and_out, &c), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(c.done, THREADS);
	assert_in_range(c.most, 2, MOST);
	assert_int_equal(c.room.inside, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_finds_no_place_goes_after_its_patience),
		cmocka_unit_test(a_place_that_is_left_is_taken_at_once),
		cmocka_unit_test(never_more_are_inside_and_all_get_in),
	};

	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
