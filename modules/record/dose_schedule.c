/*
 * dose_schedule.c - the dose in its series: VR-03 to VR-06, VR-08, VR-10 to VR-15.
 */
#include "dose_internal.h"

#define SPANS_MAX 12

/* The dose that is judged, in its series. */
struct place {
	struct dose_series s;
	const struct dose_row *next; /* what the schedule expects; NULL: nothing more */
	const struct dose_row *row;  /* of the dose that is judged; NULL: there is none */
	uint8_t seq;
};

static void
place_load(struct place *p, struct dose_walk *w)
{
	int64_t given = w->in->dose.dose_seq;

	dose_series_load(&p->s, w->c, w->index, w->phase, w->on, false);
	p->next = dose_series_next(&p->s, w->c, w->on);
	if (p->next != NULL && p->next->kind == ROW_SPECIAL) {
		p->seq =
		    (uint8_t)(given >= 1 && given <= SEQ_MAX ? given : dose_special_seq(&p->s));
		p->row = p->next;
		return;
	}
	if (given >= 1 && given <= SEQ_MAX)
		p->seq = (uint8_t)given;
	else if (p->next != NULL)
		p->seq = p->next->seq;
	else
		p->seq = p->s.last < SEQ_MAX ? (uint8_t)(p->s.last + 1) : SEQ_MAX;
	p->row = p->s.row[p->seq];
}

static void
place_name(const struct place *p, struct dose_walk *w)
{
	w->out->dose_seq = p->seq;
	if (p->row == NULL)
		return;
	w->out->dose_label = yb_cstr(p->row->label);
	if (p->row->phase != 0)
		w->out->phase = yb_cstr(p->row->phase_text);
}

/* ---- VR-04, VR-05, VR-12: age ---- */

static void
standard_rule(const struct place *p, struct dose_walk *w)
{
	int32_t from, to;

	if (p->row->std_from.kind == TOKEN_NONE && p->row->std_to.kind == TOKEN_NONE)
		return;
	from = dose_token_day(w->c, p->row->std_from, w->on, false);
	to = dose_token_day(w->c, p->row->std_to, w->on, true);
	if (w->on < from || w->on > to)
		dose_find(w, TEXT_NOT_STANDARD, 'I', from, to);
}

static bool
inside(const struct dose_span *at, size_t n, int32_t day)
{
	for (size_t i = 0; i < n; i++) {
		if (day >= at[i].from && day <= at[i].to)
			return true;
	}
	return false;
}

/* 法的区分 4: for some years after the illness, up to an age that depends on the vaccine. */
static void
illness_rule(const struct place *p, struct dose_walk *w)
{
	const struct dose_policy *policy = p->s.vaccine->policy;
	const struct dose_subject *who = w->c->who;
	int32_t to;

	if (who->long_illness == DOSE_NO) {
		dose_find(w, TEXT_NO_EVIDENCE, dose_claim_severity(w), DAY_MIN, DAY_MAX);
		return;
	}
	if (who->long_illness == DOSE_UNKNOWN || yb_date_is_null(who->illness_ended_on)) {
		dose_unknown(w, "VR-04");
		return;
	}
	to = dose_reached(who->illness_ended_on, 12 * policy->illness_years);
	if (policy->illness_until > 0) {
		int32_t until = dose_reached(w->c->birth, 12 * policy->illness_until);

		to = until < to ? until : to;
	}
	if (w->on > to)
		dose_find(w, TEXT_ILLNESS_OVER, dose_claim_severity(w), DAY_MIN, to);
}

static void
outside_rule(const struct place *p, struct dose_walk *w, const struct dose_span *at, size_t n)
{
	size_t i = 0;

	while (i + 1 < n && w->on > at[i].to)
		i++;
	if (w->on < at[i].from) {
		dose_find(w, TEXT_TOO_YOUNG, dose_claim_severity(w), at[i].from, at[i].to);
		return;
	}
	if (w->legal == '4' && p->s.vaccine->policy->illness_years > 0)
		illness_rule(p, w);
	else
		dose_find(w, TEXT_TOO_OLD, dose_claim_severity(w), at[i].from, at[i].to);
}

static void
window_rule(const struct place *p, struct dose_walk *w)
{
	struct dose_span at[SPANS_MAX];
	enum dose_tri risk = dose_risk_of(w->c, p->s.vaccine);
	size_t n = dose_row_spans(&p->s, w->c, p->row, w->on, risk == DOSE_YES, at, SPANS_MAX);

	if (n == 0) {
		dose_find(w, TEXT_NO_COHORT, dose_claim_severity(w), DAY_MIN, DAY_MAX);
		return;
	}
	if (inside(at, n, w->on)) {
		standard_rule(p, w);
		return;
	}
	if (risk == DOSE_UNKNOWN) {
		struct dose_span more[SPANS_MAX];
		size_t m = dose_row_spans(&p->s, w->c, p->row, w->on, true, more, SPANS_MAX);

		if (inside(more, m, w->on)) {
			dose_unknown(w, "VR-04");
			return;
		}
	}
	outside_rule(p, w, at, n);
}

/* VR-12: a series that depends on the age at its first dose. */
static void
variant_rule(const struct place *p, struct dose_walk *w)
{
	int32_t to;

	if (p->row == NULL) {
		dose_find(w, TEXT_NO_SUCH_DOSE, 'E', DAY_MIN, DAY_MAX);
		return;
	}
	if (p->row->kind != ROW_START)
		return;
	to = dose_token_day(w->c, p->row->max, w->on, true);
	if (w->on <= to && !dose_row_falls_away(&p->s, w->c, p->row, w->on))
		return;
	if (w->legal == '4')
		dose_unknown(w, "VR-12");
	else if (w->on <= p->s.whole.to)
		dose_find(w, TEXT_DOSE_FELL_AWAY, 'E', DAY_MIN, w->on > to ? to : DAY_MAX);
}

/* ---- VR-06: interval inside the series ---- */

static enum dose_tri
shortening(const struct dose_walk *w, const struct dose_row *row)
{
	switch ((enum row_short)row->short_by) {
	case SHORT_DOCTOR:
		return w->in->doctor_shortens;
	case SHORT_IMMUNOSUPPRESSED:
		return w->c->who->immunosuppressed;
	case SHORT_NONE:
	default:
		return DOSE_NO;
	}
}

static void
interval_rule(const struct place *p, struct dose_walk *w)
{
	int32_t day = DAY_MIN, soon = DAY_MIN;
	enum dose_wait wait = dose_row_wait(&p->s, w->c, p->row, false, &day);
	enum dose_tri may = shortening(w, p->row);

	if (wait == WAIT_UNKNOWN)
		dose_unknown(w, "VR-06");
	if (wait == WAIT_UNTIL && w->on < day) {
		if (may != DOSE_NO)
			(void)dose_row_wait(&p->s, w->c, p->row, true, &soon); /* is WAIT_UNTIL */
		if (may == DOSE_NO || w->on < soon)
			dose_find(w, TEXT_TOO_SOON, dose_claim_severity(w),
			    may == DOSE_YES ? soon : day, DAY_MAX);
		else if (may == DOSE_UNKNOWN)
			dose_unknown(w, "VR-06");
	}
	if (p->row->kind == ROW_THREE && p->seq == 2 && p->s.n == 1 &&
	    p->s.start <= p->s.two_limit && p->s.two_gap.n > 0)
		dose_find(
		    w, TEXT_THREE_DOSES, 'I', dose_gap_after(p->s.start, p->s.two_gap), DAY_MAX);
}

/* ---- VR-08, VR-10, VR-11: number and order ---- */

static bool
already_given(const struct place *p, const struct dose_walk *w)
{
	for (size_t i = 0; i < w->c->n; i++) {
		const struct dose_given *g = &w->c->given[i];

		if (g->exec == '1' && g->vaccine == w->index && g->phase == w->phase &&
		    g->seq == p->seq && dose_same_season(w->c, p->s.vaccine, g, w->on))
			return true;
	}
	return false;
}

static bool
special_missing(const struct place *p)
{
	return p->row != NULL && p->row->kind == ROW_SPECIAL;
}

static void
sequence_rule(const struct place *p, struct dose_walk *w)
{
	uint8_t expected = p->next != NULL ? p->next->seq : (uint8_t)(p->s.last + 1);

	if (already_given(p, w)) {
		dose_refuse(w, TEXT_SAME_DOSE);
		return;
	}
	/* What a start variant or the special cohort has instead of an order, VR-12 says. */
	if (special_missing(p) || (p->row != NULL && p->row->kind == ROW_START &&
				      dose_row_falls_away(&p->s, w->c, p->row, w->on)))
		return;
	if (p->seq > expected && yb_str_empty(w->in->skip_reason))
		dose_find(w, TEXT_SKIPPED, 'E', DAY_MIN, DAY_MAX);
	else if (p->seq > expected)
		dose_find(w, TEXT_SKIPPED_WHY, 'W', DAY_MIN, DAY_MAX);
	else if (p->seq < expected)
		dose_find(w, TEXT_OUT_OF_ORDER, 'E', DAY_MIN, DAY_MAX);
}

static bool
booster_given(const struct dose_series *s)
{
	const struct dose_row *row = s->row[s->last];

	return s->last > 0 && row != NULL && row->kind == ROW_START && row->booster;
}

/* Zoster: one complete course of either product is all. */
static bool
other_zoster_complete(const struct place *p, const struct dose_walk *w)
{
	uint64_t others = w->c->rules->zoster_vaccines & ~((uint64_t)1 << w->index);
	struct dose_series s;

	if ((p->s.vaccine->policy->flags & POLICY_ZOSTER) == 0)
		return false;
	for (uint8_t i = 0; i < w->c->rules->n_vaccines; i++) {
		if (((others >> i) & 1) == 0)
			continue;
		dose_series_load(&s, w->c, i, 0, w->on, false);
		if (s.total > 0 && s.n >= s.total)
			return true;
	}
	return false;
}

static void
total_rule(const struct place *p, struct dose_walk *w)
{
	if (p->s.n_all >= p->s.total || p->row == NULL || booster_given(&p->s))
		dose_find(w, TEXT_TOO_MANY, dose_claim_severity(w), DAY_MIN, DAY_MAX);
	else if (other_zoster_complete(p, w))
		dose_find(w, TEXT_OTHER_COMPLETE, dose_claim_severity(w), DAY_MIN, DAY_MAX);
}

static void
switch_rule(const struct place *p, struct dose_walk *w)
{
	unsigned flags = p->s.vaccine->policy->flags;
	bool unknown = false;

	for (size_t i = 0; i < p->s.n; i++) {
		const struct dose_given *g = p->s.dose[i];
		bool other = (flags & POLICY_SWITCH) != 0 && g->vaccine != w->index;

		if ((flags & POLICY_BRAND) != 0) {
			if (yb_str_empty(g->product) || yb_str_empty(w->in->dose.product))
				unknown = true;
			else
				other = other || !yb_str_eq(g->product, w->in->dose.product);
		}
		if (other) {
			dose_find(w, TEXT_SWITCHED, 'W', DAY_MIN, DAY_MAX);
			return;
		}
	}
	if (unknown)
		dose_unknown(w, "VR-11");
}

/* ---- VR-13 to VR-15 ---- */

static void
rota_rule(const struct place *p, struct dose_walk *w)
{
	int32_t late, over;

	if ((p->s.vaccine->policy->flags & POLICY_ROTA) == 0 || p->seq != 1 || p->row == NULL)
		return;
	late = dose_token_day(w->c, p->row->std_to, w->on, true);
	over = dose_token_day(w->c, p->row->max, w->on, true);
	if (w->on > over)
		dose_find(w, TEXT_ROTA_OVER, 'E', DAY_MIN, over);
	else if (w->on > late)
		dose_find(w, TEXT_ROTA_LATE, 'W', DAY_MIN, late);
}

/* The sex of the routine programme; a voluntary dose may be given to others. */
static void
sex_rule(const struct place *p, struct dose_walk *w)
{
	yb_str sex = w->c->who->sex;
	const char *wanted = p->row != NULL && p->row->sex == 'F' ? "2" : "1";

	if (p->row == NULL || p->row->sex == '\0' || yb_str_is(sex, wanted))
		return;
	if (yb_str_is(sex, "1") || yb_str_is(sex, "2"))
		dose_find(w, TEXT_WRONG_SEX, w->legal == '3' || w->legal == '5' ? 'W' : 'E',
		    DAY_MIN, DAY_MAX);
	else
		dose_unknown(w, "VR-14");
}

static void
maternal_rule(const struct place *p, struct dose_walk *w)
{
	int32_t due = w->c->due;
	int32_t from, to;

	if (w->c->who->pregnant == DOSE_NO) {
		dose_find(w, TEXT_NOT_PREGNANT, 'E', DAY_MIN, DAY_MAX);
		return;
	}
	if (due == DAY_MIN && w->in->complete)
		dose_find(w, TEXT_NO_DUE_DATE, 'E', DAY_MIN, DAY_MAX);
	if (due == DAY_MIN && !w->in->complete)
		dose_unknown(w, "VR-15");
	if (due == DAY_MIN || p->row == NULL)
		return;
	from = dose_gestation_day(p->row->min, due);
	to = dose_gestation_day(p->row->max, due);
	if (w->on < from || w->on > to)
		dose_find(w, TEXT_GESTATION, 'E', from, to);
}

/* Q21 is asked of women; below this age it is not asked. */
#define ASKED_FROM_YEARS 12

static void
pregnancy_rule(const struct place *p, struct dose_walk *w)
{
	const struct dose_subject *who = w->c->who;

	if (p->s.vaccine->maternal) {
		maternal_rule(p, w);
		return;
	}
	if (!p->s.vaccine->live || yb_str_is(who->sex, "1"))
		return;
	if (who->pregnant == DOSE_YES)
		dose_find(w, TEXT_PREGNANT, 'E', DAY_MIN, DAY_MAX);
	else if (who->pregnant == DOSE_UNKNOWN &&
		 w->on > dose_reached(w->c->birth, 12 * ASKED_FROM_YEARS))
		dose_unknown(w, "VR-15");
}

/* ---- all of them ---- */

static void
routine_rule(struct dose_walk *w)
{
	const struct dose_vaccine *v = w->vaccine;

	if (w->legal == '1' && (w->on < v->routine_from || w->on > v->routine_to))
		dose_find(w, TEXT_NOT_ROUTINE, 'E', v->routine_from, v->routine_to);
}

/* 臨時接種 has windows of its own, which no master holds. */
static void
age_rules(const struct place *p, struct dose_walk *w)
{
	bool start = p->s.row[1] != NULL && p->s.row[1]->kind == ROW_START;

	if (p->s.total == 0 || w->legal == '2') {
		dose_unknown(w, "VR-04");
		dose_unknown(w, "VR-05");
	} else if (p->row != NULL && !p->s.vaccine->maternal) {
		window_rule(p, w);
	}
	if (start)
		variant_rule(p, w);
}

void
dose_schedule_name(struct dose_walk *w)
{
	struct place p = { .seq = 0 };

	place_load(&p, w);
	place_name(&p, w);
}

void
dose_schedule_rules(struct dose_walk *w)
{
	struct place p = { .seq = 0 };

	place_load(&p, w);
	place_name(&p, w);
	routine_rule(w);
	age_rules(&p, w);
	if (p.row != NULL)
		interval_rule(&p, w);
	else if (p.s.total == 0)
		dose_unknown(w, "VR-06");
	sequence_rule(&p, w);
	if (p.s.total == 0 || w->legal == '2')
		dose_unknown(w, "VR-10");
	else
		total_rule(&p, w);
	switch_rule(&p, w);
	rota_rule(&p, w);
	sex_rule(&p, w);
	pregnancy_rule(&p, w);
}
