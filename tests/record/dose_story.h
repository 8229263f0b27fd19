/*
 * dose_story.h - one case of the dose rules in a line of text.
 *
 * history: "VAR 1 2027-05-09; MR 1 2027-05-09 phase=1"   code, dose_seq (0: not said), day
 * dose:    "VAR 2 2027-08-09 sex=1 legal=4 complete"     the same, then options
 * expect:  "VR-06E"  a finding of that severity      "-VR-06" none of that rule
 *          "?VR-20"  unknown                         "!VR-09" one that refuses the record
 *          "ok", "no" valid or not                   "VR-06>=2027-08-09" its earliest day
 *          "VR-04<=2027-08-09" its latest day        "label=1期追加" "phase=第1期" "seq=4"
 */
#ifndef YB_TESTS_DOSE_STORY_H
#define YB_TESTS_DOSE_STORY_H

#include "../../modules/record/dose.h"

#define STORY_HISTORY 40

struct story {
	const char *what, *birth, *history, *dose, *expect;
};

/* A story taken apart; texts are lent from `text`. */
struct story_case {
	struct dose_subject who;
	struct dose_candidate in;
	struct dose_event history[STORY_HISTORY];
	size_t n;
	char text[2048];
};

/* Null for "". */
yb_date story_date(const char *s);
/* Mistakes of the story abort. */
void story_read(const struct story *s, struct story_case *c);
/* False: `why` says which expectation failed. */
bool story_holds(const struct story *s, const struct dose_rules *rules, char *why, size_t size);

/* What is due on a day: the dates of one vaccine, or "" as earliest: it is not named. */
struct due {
	const char *birth, *sex, *today, *history, *code;
	int seq;
	const char *earliest, *recommended, *latest;
};

/* dose_stories.c */
extern const struct due story_dues[];
extern const size_t story_dues_n;
extern const struct story story_intervals[], story_ages[], story_series[], story_facts[];
extern const size_t story_intervals_n, story_ages_n, story_series_n, story_facts_n;

#endif
