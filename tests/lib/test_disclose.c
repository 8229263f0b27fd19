/* Who sees what of a person under 支援措置: disclose.c, the whole matrix. */
#include "../support/unit.h"

#include <yb/disclose.h>

struct row {
	enum yb_viewer viewer;
	bool nd, sib; /* not_disclosed, self_info_blocked */
	bool exists, address, institution, self_info, history, banner, right;
};

static void
the_matrix_is_as_the_brief_says(void **state)
{
	static const struct row rows[] = {
		/* viewer              nd     sib    exists addr   inst   self   hist   banner right */
		{ YB_VIEW_RESPONSIBLE, false, false, true, true, true, true, true, false, false },
		{ YB_VIEW_RESPONSIBLE, true, false, true, true, true, true, true, true, true },
		{ YB_VIEW_RESPONSIBLE, false, true, true, true, true, true, true, true, true },
		{ YB_VIEW_FORMER, false, false, true, false, true, true, false, false, false },
		{ YB_VIEW_FORMER, true, false, false, false, true, true, false, false, false },
		{ YB_VIEW_FORMER, false, true, false, false, true, true, false, false, false },
		{ YB_VIEW_OTHER_MUNI, false, false, true, true, true, true, true, false, false },
		{ YB_VIEW_OTHER_MUNI, true, false, false, false, false, true, true, false, false },
		{ YB_VIEW_OTHER_MUNI, true, true, false, false, false, true, true, false, false },
		{ YB_VIEW_INSTITUTION, false, false, true, false, true, true, true, false, false },
		{ YB_VIEW_INSTITUTION, true, false, true, false, false, true, true, false, false },
		{ YB_VIEW_INSTITUTION, false, true, true, false, true, true, false, false, false },
		{ YB_VIEW_SELF, false, false, true, true, true, true, true, false, false },
		{ YB_VIEW_SELF, true, false, true, false, false, true, true, false, false },
		{ YB_VIEW_SELF, false, true, true, true, true, false, true, false, false },
		{ YB_VIEW_FEED, true, true, true, true, true, true, true, false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *w = &rows[i];
		yb_disclosure d = yb_disclose(w->viewer,
		    (yb_subject_flags) { .not_disclosed = w->nd, .self_info_blocked = w->sib });

		assert_int_equal(d.exists, w->exists);
		assert_int_equal(d.address, w->address);
		assert_int_equal(d.institution, w->institution);
		assert_int_equal(d.self_info, w->self_info);
		assert_int_equal(d.history, w->history);
		assert_int_equal(d.banner, w->banner);
		assert_int_equal(d.needs_right, w->right);
	}
	(void)state;
}

static void
a_former_municipality_sees_up_to_the_day_of_leaving(void **state)
{
	yb_disclosure d = yb_disclose(YB_VIEW_FORMER,
	    (yb_subject_flags) { .left_on = { 2026, 4, 1 } });

	assert_int_equal(d.until.year, 2026);
	assert_int_equal(d.until.month, 4);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_matrix_is_as_the_brief_says),
		cmocka_unit_test(a_former_municipality_sees_up_to_the_day_of_leaving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
