/* Two accounts of one person are one pair of eyes, and a failure is never another person. */
#include "unit.h"

#include <string.h>

/* The file is read in whole; the accounts come from here instead of the database. */
#define yb_db_find	   accounts_find
#define yb_same_person	   same_person
#define ybh_person_queries person_queries
#include "../../core/lib/person.c"

#define ME     YB_STR("900000019")
#define TWIN   YB_STR("900000027")
#define OTHER  YB_STR("900000035")
#define TIMER  YB_STR("record.due-list")
#define BROKEN YB_STR("900000043")

static int asked;

/* As the database answers: me first (LEFT JOIN), the other one when there is one. */
int
accounts_find(yb_req *r, const yb_query *q, yb_args args, void *ret)
{
	asked++;
	assert_ptr_equal(q, &person_same);
	assert_int_equal(args.n, 2);
	if (!yb_str_eq(args.v[1].u.text, ME) || yb_str_eq(args.v[0].u.text, BROKEN)) {
		r->problem = "E-SYS-002";
		return -1;
	}
	((struct hands *)ret)->same = yb_str_eq(args.v[0].u.text, TWIN);
	return 0;
}

static yb_req
request(yb_str actor)
{
	asked = 0;
	return (yb_req) { .caller = { .kind = YB_STAFF, .actor_id = 1, .actor = actor } };
}

static void
an_account_is_the_callers_by_itself_or_by_the_person(void **state)
{
	yb_req r = request(ME);

	(void)state;
	assert_int_equal(same_person(&r, ME), 1);
	assert_int_equal(asked, 0);
	assert_int_equal(same_person(&r, TWIN), 1);
	assert_int_equal(same_person(&r, OTHER), 0);
	assert_int_equal(same_person(&r, TIMER), 0);
	assert_int_equal(asked, 3);
	assert_null(r.problem);
}

static void
nobody_is_not_the_caller(void **state)
{
	yb_req r = request(ME);

	(void)state;
	assert_int_equal(same_person(&r, (yb_str) { NULL, 0 }), 0);
	assert_int_equal(asked, 0);
}

static void
a_failure_is_never_another_person(void **state)
{
	yb_req r = request(ME), stranger = request(YB_STR("C-1"));

	(void)state;
	assert_int_equal(same_person(&r, BROKEN), -1);
	assert_non_null(r.problem);
	assert_int_equal(same_person(&stranger, OTHER), -1); /* a caller who is no person */
	assert_non_null(stranger.problem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_is_the_callers_by_itself_or_by_the_person),
		cmocka_unit_test(nobody_is_not_the_caller),
		cmocka_unit_test(a_failure_is_never_another_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
