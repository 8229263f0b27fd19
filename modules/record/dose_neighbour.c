/*
 * dose_neighbour.c - the dose beside doses of other vaccines: VR-07, VR-09, VR-25, VR-26.
 */
#include "dose_internal.h"

static bool
given_as(const struct dose_given *g, uint64_t vaccines)
{
	return g->exec == '1' && g->vaccine != NO_VACCINE && ((vaccines >> g->vaccine) & 1) != 0;
}

/* Other doses at which an injected live one collides with this one, on either side. */
struct collision {
	int32_t earliest, latest;
	bool found;
	bool unknown; /* a near dose of a vaccine that the table does not know */
};

static void
collide(struct collision *x, const struct dose_walk *w, const struct dose_given *g)
{
	struct dose_gap gap = w->c->rules->live_gap;
	bool before = g->day < w->on && dose_gap_after(g->day, gap) > w->on;
	bool after = g->day > w->on && dose_gap_after(w->on, gap) > g->day;

	if (g->exec != '1' || g->vaccine == w->index || (!before && !after))
		return;
	if (g->vaccine == NO_VACCINE) {
		x->unknown = true;
		return;
	}
	if (!w->c->rules->vaccines[g->vaccine].injectable_live)
		return;
	x->found = true;
	if (before && dose_gap_after(g->day, gap) > x->earliest)
		x->earliest = dose_gap_after(g->day, gap);
	if (after && g->day < x->latest)
		x->latest = g->day;
}

/* The last day that is far enough before `day`. */
static int32_t
gap_before(int32_t day, struct dose_gap gap)
{
	int32_t d = gap.months ? day - 31 * gap.n : day - gap.n;

	while (dose_gap_after(d + 1, gap) <= day)
		d++;
	return d;
}

static void
live_rule(struct dose_walk *w)
{
	const struct dose_rules *rules = w->c->rules;
	struct collision x = { DAY_MIN, DAY_MAX, false, false };

	if (!w->vaccine->injectable_live)
		return;
	if (rules->live_gap.n == 0) {
		dose_unknown(w, "VR-07");
		return;
	}
	for (size_t i = 0; i < w->c->n; i++)
		collide(&x, w, &w->c->given[i]);
	if (x.latest != DAY_MAX)
		x.latest = gap_before(x.latest, rules->live_gap);
	if (x.found)
		dose_find(w, TEXT_LIVE_TOO_NEAR,
		    rules->live_severity == 'E' ? dose_claim_severity(w) : rules->live_severity,
		    x.earliest, x.latest);
	else if (x.unknown)
		dose_unknown(w, "VR-07");
}

/* Until 2020-09-30 every dose had to wait after a live one; kept for old records. */
static void
old_live_rule(struct dose_walk *w)
{
	const struct dose_rules *rules = w->c->rules;
	int32_t earliest = DAY_MIN;

	if (rules->old_gap.n == 0)
		return;
	for (size_t i = 0; i < w->c->n; i++) {
		const struct dose_given *g = &w->c->given[i];
		int32_t until;

		if (g->exec != '1' || g->vaccine == NO_VACCINE || g->vaccine == w->index ||
		    g->day >= w->on || !rules->vaccines[g->vaccine].live)
			continue;
		until = dose_gap_after(g->day, rules->old_gap);
		if (until > w->on && until > earliest)
			earliest = until;
	}
	if (earliest != DAY_MIN)
		dose_find(w, TEXT_LIVE_OLD_RULE, 'I', earliest, DAY_MAX);
}

void
dose_same_day_rule(struct dose_walk *w)
{
	for (size_t i = 0; i < w->c->n; i++) {
		const struct dose_given *g = &w->c->given[i];

		if (g->vaccine == w->index && g->day == w->on && g->exec == w->exec) {
			dose_refuse(w, TEXT_SAME_DAY);
			return;
		}
	}
}

static void
influenza_rule(struct dose_walk *w)
{
	uint64_t others = w->c->rules->flu_vaccines & ~((uint64_t)1 << w->index);
	int year = dose_fiscal_year(yb_date_from_days(w->on));

	if ((w->vaccine->policy->flags & POLICY_FLU) == 0)
		return;
	for (size_t i = 0; i < w->c->n; i++) {
		const struct dose_given *g = &w->c->given[i];

		if (given_as(g, others) && dose_fiscal_year(yb_date_from_days(g->day)) == year) {
			dose_find(w, TEXT_OTHER_FLU, 'E', dose_fiscal_start(year + 1), DAY_MAX);
			return;
		}
	}
}

static void
pneumococcal_rule(struct dose_walk *w)
{
	if ((w->vaccine->policy->flags & POLICY_FIRST) == 0)
		return;
	for (size_t i = 0; i < w->c->n; i++) {
		const struct dose_given *g = &w->c->given[i];

		if (g->day <= w->on && given_as(g, w->c->rules->pneumo_vaccines)) {
			dose_find(
			    w, TEXT_HAD_PNEUMOCOCCAL, dose_claim_severity(w), DAY_MIN, DAY_MAX);
			return;
		}
	}
}

void
dose_neighbour_rules(struct dose_walk *w)
{
	if (w->on >= w->c->rules->live_from)
		live_rule(w);
	else
		old_live_rule(w);
	dose_same_day_rule(w);
	influenza_rule(w);
	pneumococcal_rule(w);
}
