/*
 * dose_policy.c - what the masters say in words only, as one table.
 *
 * The columns of vaccines.csv and schedule.csv do not tell which products continue one
 * another's series, which windows are opened by a note ("also Y60-Y65 ..."), or how long
 * the long-illness exception (legal_class 4) runs. Those facts stand here, once. A vaccine
 * that is not listed counts only its own doses and has the common exception of two years.
 */
#include "dose_internal.h"

#include <string.h>

/* Years and upper ages of the long-illness exception, volumes by age: general knowledge,
 * to be verified against 予防接種実施規則 as the brief asks for (U11). */
/* clang-format off */
static const struct dose_policy policies[] = {
	{ "ROTA1", "ROTA5", NULL, POLICY_SWITCH | POLICY_ROTA | POLICY_CHOICE,
	    0, 0, 0, 0, 0, 0, 0 },
	{ "ROTA5", "ROTA1", NULL, POLICY_SWITCH | POLICY_ROTA | POLICY_CHOICE,
	    0, 0, 0, 0, 0, 0, 0 },
	{ "HEPB", NULL, NULL, POLICY_BRAND, 2, 0, 0, 0, 10, 0, 50 },
	{ "DPTIPVHIB", "DPTIPV DPT", NULL, POLICY_CHOICE, 2, 15, 0, 0, 0, 0, 0 },
	{ "DPTIPV", "DPTIPVHIB DPT", NULL, POLICY_BEGUN | POLICY_CHOICE, 2, 15, 0, 0, 0, 0, 0 },
	{ "DPT", "DPTIPVHIB DPTIPV", NULL, POLICY_BEGUN, 2, 0, 0, 0, 0, 0, 0 },
	{ "IPV", "DPTIPVHIB DPTIPV", NULL, POLICY_BEGUN, 2, 0, 0, 0, 0, 0, 0 },
	{ "HIB", "DPTIPVHIB", NULL, POLICY_HIB, 2, 10, 12, 0, 0, 0, 0 },
	{ "PCV20", "PCV15 PCV13", NULL, POLICY_PNEUMO | POLICY_CHOICE, 2, 6, 24, 12, 0, 0, 0 },
	{ "PCV15", "PCV20 PCV13", NULL, POLICY_PNEUMO | POLICY_BEGUN | POLICY_CHOICE,
	    2, 6, 24, 12, 0, 0, 0 },
	{ "PCV13", "PCV20 PCV15", NULL, POLICY_PNEUMO | POLICY_BEGUN, 2, 6, 24, 12, 0, 0, 0 },
	{ "BCG", NULL, NULL, POLICY_NO_ML, 2, 4, 0, 0, 0, 0, 0 },
	{ "MEA", "MR", "MR", 0, 2, 0, 0, 0, 0, 0, 0 },
	{ "RUB", "MR", "MR", 0, 2, 0, 0, 0, 0, 0, 0 },
	{ "JE", NULL, NULL, 0, 2, 0, 0, 0, 3, 25, 0 },
	{ "HPV9", "HPV4 HPV2", NULL, POLICY_SWITCH, 2, 0, 0, 0, 0, 0, 0 },
	{ "HPV4", "HPV9 HPV2", NULL, POLICY_SWITCH | POLICY_BEGUN, 2, 0, 0, 0, 0, 0, 0 },
	{ "HPV2", "HPV9 HPV4", NULL, POLICY_SWITCH | POLICY_BEGUN, 2, 0, 0, 0, 0, 0, 0 },
	{ "RSVM", NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "FLU", NULL, NULL, POLICY_FLU | POLICY_RISK | POLICY_NO_HAD, 0, 0, 0, 0, 0, 0, 0 },
	{ "FLUHD", NULL, NULL, POLICY_FLU | POLICY_NO_HAD, 0, 0, 0, 0, 0, 0, 0 },
	{ "COVID", NULL, NULL, POLICY_RISK | POLICY_NO_HAD, 0, 0, 0, 0, 0, 0, 0 },
	{ "PPSV23", NULL, NULL, POLICY_PNEUMO | POLICY_BEGUN, 1, 0, 0, 0, 0, 0, 0 },
	{ "PCV20A", NULL, NULL, POLICY_FIRST | POLICY_RISK, 1, 0, 0, 0, 0, 0, 0 },
	{ "ZOSL", NULL, NULL, POLICY_ZOSTER | POLICY_RISK_HIV, 1, 0, 0, 0, 0, 0, 0 },
	{ "ZOSR", NULL, NULL, POLICY_ZOSTER | POLICY_RISK_HIV, 1, 0, 0, 0, 0, 0, 0 },
};
/* clang-format on */

static const struct dose_policy policy_other = { .code = "", .illness_years = 2 };

const struct dose_policy *
dose_policy_of(yb_str code)
{
	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
		if (yb_str_is(code, policies[i].code))
			return &policies[i];
	}
	return &policy_other;
}

bool
dose_special_cohort(yb_date birth)
{
	return yb_date_cmp(birth, (yb_date) { 1995, 4, 2 }) >= 0 &&
	       yb_date_cmp(birth, (yb_date) { 2007, 4, 1 }) <= 0;
}

static int
fiscal_year_of_age(yb_date birth, int years)
{
	return dose_fiscal_year(yb_date_from_days(dose_reached(birth, 12 * years)));
}

/* FY2025 to FY2029: those who become 70, 75, ... 100; in FY2025 also those above 100. */
size_t
dose_zoster_spans(yb_date birth, struct dose_span *at, size_t room)
{
	size_t n = 0;

	for (int age = 70; age <= 100 && n < room; age += 5) {
		int year = fiscal_year_of_age(birth, age);

		if (year < 2025 || year > 2029)
			continue;
		at[n].from = dose_fiscal_start(year);
		at[n++].to = dose_fiscal_start(year + 1) - 1;
	}
	if (n < room && fiscal_year_of_age(birth, 101) <= 2025) {
		at[n].from = dose_fiscal_start(2025);
		at[n++].to = dose_fiscal_start(2026) - 1;
	}
	return n;
}
