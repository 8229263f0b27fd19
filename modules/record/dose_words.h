/*
 * dose_words.h - the half-formal texts of schedule.csv: variants, date rules, intervals.
 */
#ifndef YB_RECORD_DOSE_WORDS_H
#define YB_RECORD_DOSE_WORDS_H

#include "dose_internal.h"

/* "standard", "start M2-M7", "2-dose (1st dose before Y15)", ... false: none of them. */
bool dose_words_variant(yb_str s, struct dose_row *row);
/* "prev+28d", "ref+6M", "per dose", ""; a list is read up to its first comma. */
bool dose_words_rule(yb_str s, struct dose_row *row);
/* "20日以上 (標準20〜56日)": the standard interval, and a shorter one with a condition. */
void dose_words_standard(yb_str s, struct dose_row *row);
/* "prev+1M (2nd), prev+3M (3rd)" makes two rows of at[0]; returns how many there are. */
size_t dose_words_split(yb_str rule, struct dose_row at[2]);
/* "prev+3M (6M high dose)". */
bool dose_words_gamma(yb_str s, struct dose_gap *usual, struct dose_gap *high);

#endif
