/*
 * dose_facts.c - what the dose says of itself: VR-01, VR-02, VR-16 to VR-24, VR-27, VR-28.
 */
#include "dose_internal.h"

#define FEVER_TENTHS 375
#define LOT_MAX      20

/* Nothing, or spaces of either width. */
static bool
blank(yb_str s)
{
	while (dose_take(&s, " ") || dose_take(&s, "　"))
		;
	return s.len == 0;
}

static void
day_rule(struct dose_walk *w)
{
	if (w->on > w->c->today)
		dose_refuse(w, TEXT_FUTURE);
	if (w->on < w->c->born)
		dose_refuse(w, TEXT_BEFORE_BIRTH);
}

static void
resident_rule(struct dose_walk *w)
{
	const struct dose_subject *who = w->c->who;
	int32_t gone = dose_day(who->elim_date, DAY_MIN);

	if (who->resident == DOSE_YES || w->in->legal_explained == DOSE_YES)
		return;
	if (who->resident == DOSE_UNKNOWN || gone == DAY_MIN)
		dose_unknown(w, "VR-02");
	else if (gone < w->on)
		dose_find(w, TEXT_NOT_RESIDENT, 'E', DAY_MIN, gone);
}

static void
contract_rule(struct dose_walk *w)
{
	if (w->in->contract == DOSE_UNKNOWN)
		dose_unknown(w, "VR-20");
	else if (w->in->contract == DOSE_NO)
		dose_find(w, TEXT_NO_CONTRACT, dose_claim_severity(w), DAY_MIN, DAY_MAX);
}

static void
doctor_rule(struct dose_walk *w)
{
	if (w->in->doctor_name.p == NULL && !w->in->complete)
		dose_unknown(w, "VR-21");
	else if (blank(w->in->doctor_name))
		dose_refuse(w, TEXT_NO_DOCTOR);
}

/* 予診のみ (2) and 接種中止 (3). */
static void
not_done_rule(struct dose_walk *w)
{
	const struct dose_candidate *in = w->in;

	if (w->exec != '2' && w->exec != '3')
		return;
	if (w->exec == '2' && (in->lot_no.p != NULL || in->dose_ml.set || in->route.p != NULL))
		dose_refuse(w, TEXT_NOT_GIVEN_BUT);
	if (in->not_done_reason.p == NULL && !in->complete)
		dose_unknown(w, "VR-22");
	else if (blank(in->not_done_reason))
		dose_refuse(w, TEXT_NO_REASON);
}

static void
correction_rule(struct dose_walk *w)
{
	if (w->in->correction != DOSE_YES)
		return;
	if (w->in->claim_paid == DOSE_UNKNOWN)
		dose_unknown(w, "VR-28");
	else if (w->in->claim_paid == DOSE_YES)
		dose_find(w, TEXT_PAID, 'E', DAY_MIN, DAY_MAX);
}

void
dose_facts_person(struct dose_walk *w)
{
	day_rule(w);
	resident_rule(w);
	contract_rule(w);
	doctor_rule(w);
	not_done_rule(w);
	correction_rule(w);
}

/* ---- of a dose that was, or is to be, given ---- */

static bool
lot_well_formed(yb_str lot)
{
	if (lot.len == 0 || lot.len > LOT_MAX)
		return false;
	for (size_t i = 0; i < lot.len; i++) {
		char x = lot.p[i];

		if (!(x >= 'A' && x <= 'Z') && !(x >= '0' && x <= '9') && x != '-')
			return false;
	}
	return true;
}

static void
lot_missing_rule(struct dose_walk *w)
{
	if (!w->in->complete)
		dose_unknown(w, "VR-16");
	else if (w->in->history)
		dose_find(w, TEXT_LOT_MISSING, 'W', DAY_MIN, DAY_MAX);
	else
		dose_refuse(w, TEXT_LOT_MISSING);
}

static void
lot_rule(struct dose_walk *w)
{
	if (w->in->lot_no.p == NULL) {
		lot_missing_rule(w);
		return;
	}
	if (!lot_well_formed(w->in->lot_no)) {
		dose_refuse(w, TEXT_LOT_PATTERN);
		return;
	}
	switch (w->in->lot) {
	case DOSE_LOT_MISSING:
		dose_find(w, TEXT_LOT_NOT_FOUND, 'W', DAY_MIN, DAY_MAX);
		break;
	case DOSE_LOT_STOPPED:
		dose_find(w, TEXT_LOT_STOPPED, 'E', DAY_MIN, DAY_MAX);
		break;
	case DOSE_LOT_UNASKED:
		dose_unknown(w, "VR-16");
		break;
	case DOSE_LOT_KNOWN:
	default:
		break;
	}
}

static void
expiry_rule(struct dose_walk *w)
{
	int32_t end = dose_day(w->in->expiry_date, DAY_MIN);

	if (end == DAY_MIN)
		dose_unknown(w, "VR-17");
	else if (end < w->on)
		dose_refuse(w, TEXT_EXPIRED);
}

static void
volume_rule(struct dose_walk *w)
{
	const struct dose_policy *p = w->vaccine->policy;
	int32_t standard = w->vaccine->dose_ml;

	if ((p->flags & POLICY_NO_ML) != 0)
		return;
	if (p->other_ml_age > 0) {
		bool under = w->on <= dose_reached(w->c->birth, 12 * p->other_ml_age);
		uint8_t other = under ? p->ml_until : p->ml_from;

		standard = other > 0 ? other : standard;
	}
	if (standard < 0 || !w->in->dose_ml.set)
		dose_unknown(w, "VR-18");
	else if (w->in->dose_ml.units != standard)
		dose_find(w, TEXT_VOLUME, 'W', DAY_MIN, DAY_MAX);
}

static void
route_rule(struct dose_walk *w)
{
	if (w->in->route.p == NULL)
		dose_unknown(w, "VR-19");
	else if ((dose_route(w->in->route) & w->vaccine->routes) == 0)
		dose_find(w, TEXT_ROUTE, 'E', DAY_MIN, DAY_MAX);
}

static void
health_rules(struct dose_walk *w)
{
	bool asked = (w->vaccine->policy->flags & POLICY_NO_HAD) == 0;

	if (!w->in->body_temperature.set)
		dose_unknown(w, "VR-23");
	else if (w->in->body_temperature.units >= FEVER_TENTHS)
		dose_find(w, TEXT_FEVER, 'W', DAY_MIN, DAY_MAX);
	if (asked && w->in->had_disease == DOSE_UNKNOWN)
		dose_unknown(w, "VR-24");
	else if (asked && w->in->had_disease == DOSE_YES)
		dose_find(w, TEXT_HAD_DISEASE, 'W', DAY_MIN, DAY_MAX);
}

static void
gamma_rule(struct dose_walk *w)
{
	const struct dose_subject *who = w->c->who;
	const struct dose_rules *rules = w->c->rules;
	int32_t given = dose_day(who->gamma_globulin_on, DAY_MIN);
	int32_t usual, high;

	if (((rules->gamma_vaccines >> w->index) & 1) == 0 || who->gamma_globulin == DOSE_NO)
		return;
	if (who->gamma_globulin == DOSE_UNKNOWN || given == DAY_MIN) {
		dose_unknown(w, "VR-27");
		return;
	}
	usual = dose_gap_after(given, rules->gamma_gap);
	high = dose_gap_after(given, rules->gamma_high_gap);
	if (w->on < given || w->on >= high)
		return;
	if (w->on < usual || who->gamma_globulin_high == DOSE_YES)
		dose_find(w, TEXT_GAMMA_GLOBULIN, 'W',
		    who->gamma_globulin_high == DOSE_YES ? high : usual, DAY_MAX);
	else if (who->gamma_globulin_high == DOSE_UNKNOWN)
		dose_unknown(w, "VR-27");
}

void
dose_facts_dose(struct dose_walk *w)
{
	lot_rule(w);
	expiry_rule(w);
	volume_rule(w);
	route_rule(w);
	health_rules(w);
	gamma_rule(w);
}
