/*
 * dose_series.c - a course of doses: which rows of the schedule hold, which dose is next,
 * from when on, and within which windows.
 */
#include "dose_internal.h"

#define SPECIAL_TOTAL 4 /* Japanese encephalitis: all doses of both phases */

bool
dose_same_season(
    const struct dose_case *c, const struct dose_vaccine *v, const struct dose_given *g, int32_t on)
{
	if (v->seasonal)
		return dose_fiscal_year(yb_date_from_days(g->day)) ==
		       dose_fiscal_year(yb_date_from_days(on));
	if (!v->maternal)
		return true;
	if (g->due != DAY_MIN && c->due != DAY_MIN)
		return g->due == c->due;
	return g->day > on - 280 && g->day < on + 280;
}

static bool
counts(const struct dose_series *s, const struct dose_case *c, const struct dose_given *g)
{
	if (g->exec != '1' || g->vaccine == NO_VACCINE ||
	    ((s->vaccine->counts >> g->vaccine) & 1) == 0)
		return false;
	if (g->phase != s->phase && g->phase != 0 && s->phase != 0 && s->phase != PHASE_SPECIAL)
		return false;
	return dose_same_season(c, s->vaccine, g, s->on);
}

static void
series_collect(struct dose_series *s, const struct dose_case *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct dose_given *g = &c->given[i];
		uint8_t seq = g->seq;

		if (!counts(s, c, g))
			continue;
		s->n_all++;
		if (g->day > s->on || s->n == SERIES_MAX)
			continue;
		if (seq == 0)
			seq = s->last < SEQ_MAX ? (uint8_t)(s->last + 1) : SEQ_MAX;
		s->dose[s->n] = g;
		s->seq[s->n++] = seq;
		if (seq > s->last)
			s->last = seq;
	}
}

/* The day whose rows are in force; a forecast may take rows that begin later. */
static int32_t
rows_day(const struct dose_series *s, const struct dose_row *row, size_t n, bool forecast)
{
	int32_t later = DAY_MAX;

	for (size_t i = 0; i < n; i++) {
		if (row[i].phase != s->phase)
			continue;
		if (row[i].valid_from <= s->on && s->on <= row[i].valid_to)
			return s->on;
		if (row[i].valid_from > s->on && row[i].valid_from < later)
			later = row[i].valid_from;
	}
	return forecast ? later : s->on;
}

/* What the two-dose HPV variant asks of the first and the second dose. */
static void
series_two(struct dose_series *s, const struct dose_case *c, const struct dose_row *row)
{
	if (row->kind == ROW_TWO && row->seq == 2) {
		s->two_limit = dose_token_day(c, row->start_to, s->on, true);
		s->two_gap = row->gap;
	}
}

static void
series_whole(struct dose_series *s, const struct dose_case *c, const struct dose_row *row)
{
	int32_t from, to;

	if (row->kind != ROW_START)
		return;
	from = dose_token_day(c, row->start_from, s->on, false);
	to = dose_token_day(c, row->start_to, s->on, true);
	if (s->whole.from > from)
		s->whole.from = from;
	if (s->start_to < to)
		s->start_to = to;
	to = dose_token_day(c, row->max, s->on, true);
	if (s->whole.to < to)
		s->whole.to = to;
}

static uint8_t
hpv_kind(const struct dose_series *s, bool forecast)
{
	int32_t second;

	for (size_t i = 0; i < s->n; i++) {
		if (s->dose[i]->vaccine != s->index)
			return ROW_MIXED;
	}
	if (s->start > s->two_limit)
		return ROW_THREE;
	if (s->n == 0 || (s->n == 1 && forecast))
		return ROW_TWO;
	second = s->n == 1 ? s->on : s->dose[1]->day;
	return second >= dose_gap_after(s->start, s->two_gap) ? ROW_TWO : ROW_THREE;
}

static bool
row_chosen(
    const struct dose_series *s, const struct dose_case *c, const struct dose_row *row, uint8_t hpv)
{
	int32_t start = s->start;

	switch ((enum row_kind)row->kind) {
	case ROW_START:
		/* Begun too early or too late: as if on the nearest day. */
		if (start < s->whole.from)
			start = s->whole.from;
		if (start > s->start_to)
			start = s->start_to;
		return start >= dose_token_day(c, row->start_from, s->on, false) &&
		       start <= dose_token_day(c, row->start_to, s->on, true);
	case ROW_TWO:
	case ROW_MIXED:
		return row->kind == hpv;
	case ROW_THREE:
		return hpv == ROW_THREE || (hpv == ROW_MIXED && row->seq == 1);
	case ROW_PLAIN:
	case ROW_SEASON:
	case ROW_SPECIAL:
	default:
		return true;
	}
}

static void
series_rows(struct dose_series *s, const struct dose_case *c, bool forecast)
{
	const struct dose_vaccine *v = &c->rules->vaccines[s->vaccine->rows_of];
	const struct dose_row *row = &c->rules->rows[v->first_row];
	int32_t day = rows_day(s, row, v->n_rows, forecast);

	for (int pass = 0; pass < 2; pass++) {
		uint8_t hpv = pass == 1 ? hpv_kind(s, forecast) : (uint8_t)ROW_PLAIN;
		for (size_t i = 0; i < v->n_rows; i++) {
			const struct dose_row *r = &row[i];

			if (r->phase != s->phase || r->valid_from > day || r->valid_to < day)
				continue;
			if (pass == 0) {
				series_two(s, c, r);
				series_whole(s, c, r);
			} else if (row_chosen(s, c, r, hpv)) {
				s->row[r->seq] = r;
				s->total = r->seq > s->total ? r->seq : s->total;
			}
		}
	}
	if (s->row[1] != NULL && s->row[1]->kind == ROW_SPECIAL)
		s->total = SPECIAL_TOTAL;
}

void
dose_series_load(struct dose_series *s, const struct dose_case *c, uint8_t vaccine, uint8_t phase,
    int32_t on, bool forecast)
{
	*s = (struct dose_series) {
		.vaccine = &c->rules->vaccines[vaccine],
		.index = vaccine,
		.phase = phase,
		.on = on,
		.whole = { DAY_MAX, DAY_MIN },
		.start_to = DAY_MIN,
		.two_limit = DAY_MAX,
	};
	series_collect(s, c);
	s->start = s->n > 0 ? s->dose[0]->day : on;
	series_rows(s, c, forecast);
}

/* Only what a booster follows is an initial dose: two doses begun after one year have none. */
static bool
has_booster(const struct dose_series *s)
{
	return s->row[s->total] != NULL && s->row[s->total]->booster;
}

bool
dose_row_falls_away(
    const struct dose_series *s, const struct dose_case *c, const struct dose_row *row, int32_t on)
{
	const struct dose_policy *p = s->vaccine->policy;

	if (row->kind != ROW_START || row->booster || row->seq < 2 || !has_booster(s))
		return false;
	if (p->initial_months > 0 && on > dose_reached(c->birth, p->initial_months))
		return true;
	if (p->third_months == 0 || row->seq != 3)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (s->seq[i] == 2 && s->dose[i]->day > dose_reached(c->birth, p->third_months))
			return true;
	}
	return false;
}

const struct dose_row *
dose_series_next(const struct dose_series *s, const struct dose_case *c, int32_t on)
{
	if (s->total == 0)
		return NULL;
	if (s->row[1] != NULL && s->row[1]->kind == ROW_SPECIAL)
		return s->n < SPECIAL_TOTAL ? s->row[1] : NULL;
	for (unsigned seq = s->last + 1u; seq <= s->total; seq++) {
		if (s->row[seq] != NULL && !dose_row_falls_away(s, c, s->row[seq], on))
			return s->row[seq];
	}
	return NULL;
}

int64_t
dose_special_seq(const struct dose_series *s)
{
	int64_t seq = 1;

	for (size_t i = 0; i < s->n; i++) {
		if (s->dose[i]->phase == PHASE_SPECIAL)
			seq++;
	}
	return seq;
}

/* The last dose numbered `seq`, or for seq 0 the last that is not a booster. */
static const struct dose_given *
dose_of(const struct dose_series *s, uint8_t seq)
{
	for (size_t i = s->n; i > 0; i--) {
		const struct dose_row *row = s->row[s->seq[i - 1]];

		if (seq != 0 ? s->seq[i - 1] == seq : row == NULL || !row->booster)
			return s->dose[i - 1];
	}
	return NULL;
}

/* The special cohort's doses wait as the ordinary ones do: the second as the second. */
static enum dose_wait
wait_per_dose(const struct dose_series *s, const struct dose_case *c, int32_t *ret)
{
	const struct dose_vaccine *v = &c->rules->vaccines[s->vaccine->rows_of];
	const struct dose_row *row = &c->rules->rows[v->first_row];

	if (s->n == 0)
		return WAIT_NONE;
	for (size_t i = 0; i < v->n_rows; i++, row++) {
		if (row->phase != 1 || row->seq != s->n + 1 || row->ref == REF_NONE)
			continue;
		*ret = dose_gap_after(s->dose[s->n - 1]->day, row->gap);
		return WAIT_UNTIL;
	}
	return WAIT_NONE;
}

enum dose_wait
dose_row_wait(const struct dose_series *s, const struct dose_case *c, const struct dose_row *row,
    bool shortened, int32_t *ret)
{
	const struct dose_given *from = NULL;

	switch ((enum row_ref)row->ref) {
	case REF_NONE:
	default:
		return WAIT_NONE;
	case REF_PER_DOSE:
		return wait_per_dose(s, c, ret);
	case REF_PREV:
		if (s->n > 0)
			from = s->dose[s->n - 1];
		break;
	case REF_LAST_INITIAL:
		from = dose_of(s, 0);
		break;
	case REF_SEQ:
		from = dose_of(s, row->ref_seq);
		if (from == NULL && row->kind == ROW_START) /* it fell away */
			from = dose_of(s, 0);
		break;
	}
	if (from == NULL)
		return WAIT_UNKNOWN;
	*ret = dose_gap_after(from->day, shortened ? row->short_gap : row->gap);
	return WAIT_UNTIL;
}

enum dose_tri
dose_risk_of(const struct dose_case *c, const struct dose_vaccine *v)
{
	if ((v->policy->flags & POLICY_RISK) != 0)
		return c->who->hiv == DOSE_YES ? DOSE_YES : c->who->risk_60_64;
	return (v->policy->flags & POLICY_RISK_HIV) != 0 ? c->who->hiv : DOSE_NO;
}

size_t
dose_row_spans(const struct dose_series *s, const struct dose_case *c, const struct dose_row *row,
    int32_t on, bool risk, struct dose_span *at, size_t room)
{
	size_t n = 0;

	if (row->kind == ROW_SPECIAL && !dose_special_cohort(c->birth))
		return 0;
	at[n].from = dose_token_day(c, row->min, on, false);
	at[n++].to = dose_token_day(c, row->max, on, true);
	if (row->kind == ROW_START)
		at[0].to = s->whole.to;
	if ((s->vaccine->policy->flags & POLICY_ZOSTER) != 0)
		n += dose_zoster_spans(c->birth, at + n, room - n);
	if (risk && n < room) {
		at[n].from = dose_reached(c->birth, 12 * 60);
		at[n++].to = dose_reached(c->birth, 12 * 65);
	}
	for (size_t i = 1; i < n; i++) {
		struct dose_span x = at[i];
		size_t k = i;

		for (; k > 0 && at[k - 1].from > x.from; k--)
			at[k] = at[k - 1];
		at[k] = x;
	}
	return n;
}
