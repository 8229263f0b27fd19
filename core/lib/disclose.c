/*
 * disclose.c - what 支援措置 hides from whom (yb/disclose.h). The only such place.
 */
#include <yb/disclose.h>

yb_disclosure
yb_disclose(enum yb_viewer viewer, yb_subject_flags flags)
{
	bool restricted = flags.not_disclosed || flags.self_info_blocked;
	yb_disclosure d = { .exists = true, .address = true, .institution = true,
		.self_info = true, .history = true };

	switch (viewer) {
	case YB_VIEW_RESPONSIBLE: /* sees all, with a banner; opening is a right and an alert */
		d.banner = restricted;
		d.needs_right = restricted;
		break;
	case YB_VIEW_FEED: /* the municipality's register is where the flags come from */
		break;
	case YB_VIEW_FORMER: /* P-10: up to the day of leaving, and nothing of a restricted person */
		d.exists = !restricted;
		d.address = false;
		d.history = false;
		d.until = flags.left_on;
		break;
	case YB_VIEW_OTHER_MUNI: /* T20: another municipality sees nothing of a restricted person */
		d.exists = !restricted;
		d.address = !restricted;
		d.institution = !restricted;
		break;
	case YB_VIEW_INSTITUTION:
		d.address = false; /* never needed at the counter */
		d.institution = !flags.not_disclosed;
		d.history = !flags.self_info_blocked;
		break;
	case YB_VIEW_SELF: /* P-09: an empty answer, worded as "no data" */
		d.self_info = !flags.self_info_blocked;
		d.address = !flags.not_disclosed;
		d.institution = !flags.not_disclosed;
		break;
	}
	return d;
}
