/*
 * dose_words.c - reads the half-formal texts of schedule.csv and interval_rules.csv.
 */
#include "dose_words.h"

#include <string.h>

/* "start M7+1d-M12": two age tokens around the last hyphen. */
static bool
variant_start(yb_str s, struct dose_row *row)
{
	yb_str from = s, to = s, rest;

	for (rest = dose_after(s, "-"); rest.p != NULL; rest = dose_after(rest, "-"))
		to = rest;
	if (to.p == s.p)
		return false;
	from.len = (size_t)(to.p - 1 - s.p);
	row->kind = ROW_START;
	return dose_token_parse(from, &row->start_from) && dose_token_parse(to, &row->start_to) &&
	       row->start_from.kind != TOKEN_NONE && row->start_to.kind != TOKEN_NONE;
}

/* "2-dose (1st dose before Y15)": the first dose not after the day that age is reached. */
static bool
variant_two(yb_str s, struct dose_row *row)
{
	yb_str age = dose_after(s, "before ");

	if (age.len < 2 || age.p[age.len - 1] != ')')
		return false;
	age.len--;
	row->kind = ROW_TWO;
	return dose_token_parse(age, &row->start_to) && row->start_to.kind == TOKEN_MONTHS;
}

bool
dose_words_variant(yb_str s, struct dose_row *row)
{
	row->kind = ROW_PLAIN;
	if (yb_str_is(s, "standard"))
		return true;
	if (dose_take(&s, "start "))
		return variant_start(s, row);
	if (dose_take(&s, "2-dose"))
		return variant_two(s, row);
	if (yb_str_is(s, "3-dose"))
		row->kind = ROW_THREE;
	else if (dose_take(&s, "mixed"))
		row->kind = ROW_MIXED;
	else if (yb_str_is(s, "season"))
		row->kind = ROW_SEASON;
	else if (yb_str_is(s, "special cohort"))
		row->kind = ROW_SPECIAL;
	return row->kind != ROW_PLAIN;
}

/* "28d", "6M". */
static bool
gap_read(yb_str *s, struct dose_gap *ret)
{
	int n;

	if (!dose_number(s, 9999, &n) || n == 0)
		return false;
	ret->n = (int16_t)n;
	ret->months = dose_take(s, "M");
	return ret->months || dose_take(s, "d");
}

bool
dose_words_rule(yb_str s, struct dose_row *row)
{
	if (yb_str_empty(s))
		return true;
	if (yb_str_is(s, "per dose")) {
		row->ref = REF_PER_DOSE;
		return true;
	}
	if (dose_take(&s, "prev+"))
		row->ref = REF_PREV;
	else if (dose_take(&s, "ref+"))
		row->ref = REF_SEQ; /* which one, dose_rules_finish knows */
	else
		return false;
	return gap_read(&s, &row->gap) && (s.len == 0 || s.p[0] == ' ');
}

/* "20〜56日" gives 21 days: N full days lie between. "6〜18か月", "1年" are months. */
static bool
gap_japanese(yb_str s, struct dose_gap *ret)
{
	int n, ignored;

	if (!dose_number(&s, 9999, &n))
		return false;
	if (dose_take(&s, "〜") && !dose_number(&s, 9999, &ignored))
		return false;
	if (dose_take(&s, "日")) {
		*ret = (struct dose_gap) { (int16_t)(n + 1), false };
		return true;
	}
	if (dose_take(&s, "か月")) {
		*ret = (struct dose_gap) { (int16_t)n, true };
		return true;
	}
	if (!dose_take(&s, "年"))
		return false;
	*ret = (struct dose_gap) { (int16_t)(12 * n), true };
	return true;
}

void
dose_words_standard(yb_str s, struct dose_row *row)
{
	yb_str standard = dose_after(s, "標準");
	yb_str doctor = dose_after(s, "医師が認めれば");
	yb_str weak = dose_after(s, "免疫抑制者は");

	(void)dose_take(&standard, "おおむね"); /* "about" changes nothing */
	if (dose_take(&standard, "1回目から"))
		row->std_ref_seq = 1;
	if (!gap_japanese(standard, &row->std_gap))
		row->std_gap = (struct dose_gap) { 0, false };
	if (gap_japanese(doctor, &row->short_gap))
		row->short_by = SHORT_DOCTOR;
	else if (gap_japanese(weak, &row->short_gap))
		row->short_by = SHORT_IMMUNOSUPPRESSED;
}

/* "2回目又は3回目" is the label of both doses; each keeps its half. */
static void
label_split(struct dose_row at[2])
{
	yb_str second = dose_after(yb_cstr(at[0].label), "又は");
	size_t len;

	if (second.p == NULL)
		return;
	len = second.len;
	memcpy(at[1].label, second.p, len);
	at[1].label[len] = '\0';
	len = (size_t)(second.p - at[0].label) - strlen("又は");
	at[0].label[len] = '\0';
}

size_t
dose_words_split(yb_str rule, struct dose_row at[2])
{
	yb_str second = dose_after(rule, ", ");

	if (second.p == NULL)
		return 1;
	at[1] = at[0];
	at[1].seq++;
	if (at[1].seq > SEQ_MAX || !dose_words_rule(second, &at[1]))
		return 1;
	label_split(at);
	return 2;
}

bool
dose_words_gamma(yb_str s, struct dose_gap *usual, struct dose_gap *high)
{
	if (!dose_take(&s, "prev+") || !gap_read(&s, usual))
		return false;
	*high = *usual;
	return !dose_take(&s, " (") || gap_read(&s, high);
}
