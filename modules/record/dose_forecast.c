/*
 * dose_forecast.c - what is due: for every series of the schedule the next dose, with the
 * first day on which no rule speaks against it, the day recommended, and the last day.
 */
#include "dose_internal.h"

#define SPANS_MAX  12
#define B_HORIZON  366 /* programmes for the elderly are named a year ahead, not to infants */
#define NEXT_TRIES 2   /* this season, the next season */

static int32_t
later(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static int32_t
earlier(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

static size_t
doses_of(const struct dose_case *c, uint64_t vaccines, int32_t from)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct dose_given *g = &c->given[i];

		if (g->exec == '1' && g->vaccine != NO_VACCINE && g->day >= from &&
		    g->day <= c->today && ((vaccines >> g->vaccine) & 1) != 0)
			n++;
	}
	return n;
}

/* ---- which series are worth naming ---- */

static bool
has_own_rows(const struct dose_case *c, uint8_t vaccine)
{
	const struct dose_vaccine *v = &c->rules->vaccines[vaccine];

	return v->n_rows > 0 && v->routine_from <= c->today && c->today <= v->routine_to;
}

/* Of products that continue one another, the one last given, else the usual one. */
static bool
product_wanted(const struct dose_series *s, const struct dose_case *c)
{
	unsigned flags = s->vaccine->policy->flags;
	uint8_t last;

	if (s->n == 0)
		return (flags & POLICY_BEGUN) == 0;
	last = s->dose[s->n - 1]->vaccine;
	if (last == s->index || (flags & POLICY_CHOICE) == 0)
		return true;
	return !has_own_rows(c, last) && (flags & POLICY_BEGUN) == 0;
}

/* Hib alone is due to those whose four- or three-in-one does not hold it. */
static bool
hib_wanted(const struct dose_series *s, const struct dose_case *c)
{
	static const char *const combined[] = { "DPTIPVHIB", "DPTIPV", "DPT" };
	const struct dose_given *last = NULL;
	uint8_t with_hib = dose_vaccine_find(c->rules, YB_STR("DPTIPVHIB"));

	for (size_t i = 0; i < c->n; i++) {
		const struct dose_given *g = &c->given[i];

		if (g->exec != '1' || g->vaccine == NO_VACCINE || g->day > c->today)
			continue;
		for (size_t k = 0; k < sizeof combined / sizeof combined[0]; k++) {
			if (g->vaccine == dose_vaccine_find(c->rules, yb_cstr(combined[k])))
				last = g;
		}
	}
	if (last == NULL)
		return s->n > 0;
	return last->vaccine != with_hib;
}

/* Measles and rubella given singly fill a phase together. */
static bool
singles_complete(const struct dose_series *s, const struct dose_case *c)
{
	uint8_t singles[2];
	struct dose_series one;

	if (!yb_str_is(yb_cstr(s->vaccine->code), "MR"))
		return false;
	singles[0] = dose_vaccine_find(c->rules, YB_STR("MEA"));
	singles[1] = dose_vaccine_find(c->rules, YB_STR("RUB"));
	if (singles[0] == NO_VACCINE || singles[1] == NO_VACCINE)
		return false;
	for (size_t i = 0; i < 2; i++) {
		dose_series_load(&one, c, singles[i], s->phase, c->today, true);
		if (one.n == 0)
			return false;
	}
	return true;
}

static bool
zoster_settled(const struct dose_series *s, const struct dose_case *c)
{
	uint64_t others = c->rules->zoster_vaccines & ~((uint64_t)1 << s->index);

	/* One product begun settles the choice; its own series goes on or is complete. */
	return doses_of(c, others, DAY_MIN) > 0;
}

static bool
sex_excluded(const struct dose_series *s, const struct dose_case *c)
{
	char sex = s->row[s->total] != NULL ? s->row[s->total]->sex : '\0';

	return (sex == 'F' && yb_str_is(c->who->sex, "1")) ||
	       (sex == 'M' && yb_str_is(c->who->sex, "2"));
}

static bool
series_wanted(const struct dose_series *s, const struct dose_case *c)
{
	unsigned flags = s->vaccine->policy->flags;

	if (s->total == 0 || sex_excluded(s, c))
		return false;
	if ((flags & POLICY_FIRST) != 0 && doses_of(c, c->rules->pneumo_vaccines, DAY_MIN) > 0)
		return false;
	if ((flags & POLICY_ZOSTER) != 0 && zoster_settled(s, c))
		return false;
	if ((flags & POLICY_HIB) != 0)
		return hib_wanted(s, c);
	if (s->vaccine->maternal)
		return c->who->pregnant != DOSE_NO && !yb_date_is_null(c->who->due_date);
	if (s->row[1] != NULL && s->row[1]->kind == ROW_SPECIAL)
		return dose_special_cohort(c->birth) &&
		       dose_case_phase(c, s->index, (yb_str) { NULL, 0 }, c->today) ==
			   PHASE_SPECIAL;
	return product_wanted(s, c) && !singles_complete(s, c);
}

/* ---- the dates of one row ---- */

/* From the day that is asked for, or today, on: the first day that is not too near to
 * another injected live vaccine. A day before today that nothing forbids stays. */
static int32_t
live_day(const struct dose_series *s, const struct dose_case *c, int32_t earliest)
{
	struct dose_gap gap = c->rules->live_gap;
	int32_t day = later(earliest, c->today);
	bool moved = false;

	if (!s->vaccine->injectable_live || gap.n == 0)
		return earliest;
	for (size_t i = 0; i < c->n; i++) {
		const struct dose_given *g = &c->given[i];

		if (g->exec != '1' || g->vaccine == NO_VACCINE || g->vaccine == s->index ||
		    !c->rules->vaccines[g->vaccine].injectable_live || g->day >= day ||
		    dose_gap_after(g->day, gap) <= day)
			continue;
		day = dose_gap_after(g->day, gap);
		moved = true;
	}
	return moved ? day : earliest;
}

static int32_t
recommended_day(const struct dose_series *s, const struct dose_case *c, const struct dose_row *row,
    int32_t earliest, int32_t latest)
{
	int32_t day = earliest;
	const struct dose_given *from = s->n > 0 ? s->dose[s->n - 1] : NULL;

	if (row->std_from.kind != TOKEN_NONE)
		day = later(day, dose_token_day(c, row->std_from, earliest, false));
	if (row->std_ref_seq != 0)
		from = s->n > 0 ? s->dose[0] : NULL;
	if (from != NULL && row->std_gap.n > 0)
		day = later(day, dose_gap_after(from->day, row->std_gap));
	return earlier(day, latest);
}

/* A window narrowed to what is in force and to the season. */
static struct dose_span
window_narrow(const struct dose_series *s, const struct dose_case *c, const struct dose_row *row,
    struct dose_span w)
{
	if (row->kind == ROW_START && row->seq > 1)
		w.to = earlier(w.to, dose_token_day(c, row->max, s->on, true));
	w.from = later(w.from, later(row->valid_from, s->vaccine->routine_from));
	w.to = earlier(w.to, earlier(row->valid_to, s->vaccine->routine_to));
	if (row->std_from.kind == TOKEN_SEASON)
		w.from = later(w.from, dose_token_day(c, row->std_from, s->on, false));
	if (row->std_to.kind == TOKEN_SEASON)
		w.to = earlier(w.to, dose_token_day(c, row->std_to, s->on, true));
	return w;
}

/* The first window that is not over and still has a day for this row. */
static bool
row_dates(const struct dose_series *s, const struct dose_case *c, const struct dose_row *row,
    struct dose_next *ret)
{
	struct dose_span at[SPANS_MAX];
	bool risk = dose_risk_of(c, s->vaccine) == DOSE_YES;
	size_t n = dose_row_spans(s, c, row, s->on, risk, at, SPANS_MAX);
	int32_t wait = DAY_MIN;

	if (dose_row_wait(s, c, row, false, &wait) != WAIT_UNTIL)
		wait = DAY_MIN;
	for (size_t i = 0; i < n; i++) {
		struct dose_span w = window_narrow(s, c, row, at[i]);
		int32_t earliest = later(w.from, wait);

		if (w.to < c->today || earliest > w.to)
			continue;
		if (dose_row_falls_away(s, c, row, later(earliest, c->today)))
			return false;
		earliest = live_day(s, c, earliest);
		if (earliest > w.to)
			continue;
		if (s->vaccine->category == 'B' && earliest > c->today + B_HORIZON)
			return false;
		ret->earliest = dose_date(earliest);
		ret->recommended = dose_date(recommended_day(s, c, row, earliest, w.to));
		ret->latest = dose_date(w.to);
		return true;
	}
	return false;
}

/* ---- one series, all series ---- */

static bool
series_dates(const struct dose_series *s, const struct dose_case *c, struct dose_next *ret,
    const struct dose_row **ret_row)
{
	const struct dose_row *row = s->row[1];

	if (row != NULL && row->kind == ROW_SPECIAL) {
		*ret_row = row;
		return dose_series_next(s, c, c->today) != NULL && row_dates(s, c, row, ret);
	}
	for (unsigned seq = s->last + 1u; seq <= s->total; seq++) {
		row = s->row[seq];
		if (row == NULL)
			continue;
		if (row_dates(s, c, row, ret)) {
			*ret_row = row;
			return true;
		}
		/* Initial doses may fall away; nothing else is passed over. */
		if (row->kind != ROW_START || row->booster)
			return false;
	}
	return false;
}

static bool
season_taken(const struct dose_series *s, const struct dose_case *c)
{
	int year = dose_fiscal_year(yb_date_from_days(s->on));

	if ((s->vaccine->policy->flags & POLICY_FLU) == 0)
		return false;
	return doses_of(c, c->rules->flu_vaccines, dose_fiscal_start(year)) > 0;
}

static bool
goal_next(const struct dose_case *c, const struct dose_goal *g, struct dose_next *ret)
{
	struct dose_series s;
	const struct dose_row *row = NULL;
	int32_t on = c->today;

	for (int i = 0; i < NEXT_TRIES; i++) {
		dose_series_load(&s, c, g->vaccine, g->phase, on, true);
		if (!series_wanted(&s, c))
			return false;
		if (!season_taken(&s, c) && series_dates(&s, c, ret, &row))
			break;
		if (!s.vaccine->seasonal || i + 1 == NEXT_TRIES)
			return false;
		on = dose_fiscal_start(dose_fiscal_year(yb_date_from_days(on)) + 1);
	}
	ret->vaccine_code = yb_cstr(s.vaccine->code);
	ret->phase = row->phase != 0 ? yb_cstr(row->phase_text) : (yb_str) { NULL, 0 };
	ret->dose_label = yb_cstr(row->label);
	ret->dose_seq = row->kind == ROW_SPECIAL ? dose_special_seq(&s) : row->seq;
	return true;
}

static bool
comes_before(const struct dose_next *a, const struct dose_next *b)
{
	int c = yb_date_cmp(a->earliest, b->earliest);
	size_t len =
	    a->vaccine_code.len < b->vaccine_code.len ? a->vaccine_code.len : b->vaccine_code.len;

	for (size_t i = 0; c == 0 && i < len; i++)
		c = a->vaccine_code.p[i] - b->vaccine_code.p[i];
	if (c == 0)
		return a->vaccine_code.len < b->vaccine_code.len;
	return c < 0;
}

void
dose_forecast_fill(const struct dose_case *c, struct dose_result *out)
{
	out->n_next = 0;
	for (size_t i = 0; i < c->rules->n_goals; i++) {
		struct dose_next next;
		size_t k;

		if (!goal_next(c, &c->rules->goals[i], &next))
			continue;
		for (k = out->n_next++; k > 0 && comes_before(&next, &out->next[k - 1]); k--)
			out->next[k] = out->next[k - 1];
		out->next[k] = next;
	}
}
