/*
 * dose_case.c - one person and the doses so far, translated once per call.
 */
#include "dose_internal.h"

/* One phase holds when the day is in the window of its first dose. */
static bool
phase_holds(const struct dose_case *c, const struct dose_row *row, int32_t day)
{
	if (row->kind == ROW_SPECIAL && !dose_special_cohort(c->birth))
		return false;
	return day >= dose_token_day(c, row->min, day, false) &&
	       day <= dose_token_day(c, row->max, day, true);
}

/* The phase whose window holds the day, else the last that has begun, else the first. The
 * special one comes last in the table, so it is taken only when no other holds. */
static uint8_t
phase_by_day(const struct dose_case *c, const struct dose_vaccine *v, int32_t day)
{
	const struct dose_row *row = &c->rules->rows[v->first_row];
	uint8_t phase = row->phase;

	for (size_t i = 0; i < v->n_rows; i++, row++) {
		if (row->seq != 1)
			continue;
		if (phase_holds(c, row, day))
			return row->phase;
		if (row->kind != ROW_SPECIAL && day >= dose_token_day(c, row->min, day, false))
			phase = row->phase;
	}
	return phase;
}

uint8_t
dose_case_phase(const struct dose_case *c, uint8_t vaccine, yb_str phase, int32_t day)
{
	const struct dose_vaccine *v = &c->rules->vaccines[c->rules->vaccines[vaccine].rows_of];
	int given = dose_phase_number(phase);
	uint8_t only = v->n_rows == 0 ? 0 : c->rules->rows[v->first_row].phase;

	if (v->n_rows > 0 && !v->phased && only == 0)
		return 0;
	if (given > 0)
		return (uint8_t)given;
	return v->phased ? phase_by_day(c, v, day) : only;
}

static void
case_add(struct dose_case *c, const struct dose_event *e)
{
	struct dose_given g = {
		.day = (int32_t)yb_date_days(e->on),
		.due = dose_day(e->due_date, DAY_MIN),
		.vaccine = dose_vaccine_find(c->rules, e->vaccine_code),
		.exec = yb_str_empty(e->exec_class) ? '1' : e->exec_class.p[0],
		.product = e->product,
	};
	size_t k = c->n++;

	if (e->dose_seq >= 1 && e->dose_seq <= SEQ_MAX)
		g.seq = (uint8_t)e->dose_seq;
	if (g.vaccine != NO_VACCINE)
		g.phase = dose_case_phase(c, g.vaccine, e->phase, g.day);
	for (; k > 0 && c->given[k - 1].day > g.day; k--)
		c->given[k] = c->given[k - 1];
	c->given[k] = g;
}

int
dose_case_load(struct dose_case *c, const struct dose_rules *rules, const struct dose_subject *who,
    const struct dose_event *history, size_t n, yb_date today)
{
	if (!yb_date_valid(who->birth_date) || !yb_date_valid(today) || n > DOSE_HISTORY_MAX)
		return -1;
	c->rules = rules;
	c->who = who;
	c->birth = who->birth_date;
	c->born = (int32_t)yb_date_days(who->birth_date);
	c->today = (int32_t)yb_date_days(today);
	c->due = dose_day(who->due_date, DAY_MIN);
	c->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (yb_date_valid(history[i].on))
			case_add(c, &history[i]);
	}
	return 0;
}
