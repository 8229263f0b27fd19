/*
 * dose_age.c - age tokens and age arithmetic (vaccination brief, section 5.1 and 5.2).
 *
 * An age of n months is reached on the day before the same day n months later, at the end
 * of that day; where the month has no such day, on its last day. Windows include both ends.
 */
#include "dose_internal.h"

#include <string.h>

#define GESTATION_DAYS 280 /* from the reckoned beginning to the due date */

/* ---- reading ---- */

bool
dose_take(yb_str *s, const char *word)
{
	size_t len = strlen(word);

	if (s->p == NULL || s->len < len || memcmp(s->p, word, len) != 0)
		return false;
	s->p += len;
	s->len -= len;
	return true;
}

bool
dose_number(yb_str *s, int max, int *ret)
{
	int v = 0;
	size_t i = 0;

	while (i < s->len && s->p[i] >= '0' && s->p[i] <= '9') {
		v = v * 10 + (s->p[i] - '0');
		if (v > max)
			return false;
		i++;
	}
	if (i == 0)
		return false;
	s->p += i;
	s->len -= i;
	*ret = v;
	return true;
}

yb_str
dose_after(yb_str s, const char *word)
{
	while (s.len > 0) {
		yb_str rest = s;

		if (dose_take(&rest, word))
			return rest;
		s.p++;
		s.len--;
	}
	return (yb_str) { NULL, 0 };
}

/* "FY12s", "FY16e", "FY65". */
static bool
token_fiscal(yb_str *s, int *n, uint8_t *kind)
{
	if (!dose_number(s, 150, n))
		return false;
	*kind = TOKEN_FY;
	if (dose_take(s, "s"))
		*kind = TOKEN_FY_START;
	else if (dose_take(s, "e"))
		*kind = TOKEN_FY_END;
	return true;
}

/* "SCH", "SCH-1", "SCH0e". */
static bool
token_school(yb_str *s, int *n, uint8_t *kind)
{
	*kind = TOKEN_SCHOOL;
	if (dose_take(s, "0e")) {
		*kind = TOKEN_SCHOOL_EVE;
		return true;
	}
	return !dose_take(s, "-") || dose_number(s, 6, n);
}

/* "GA28w0d". */
static bool
token_gestation(yb_str *s, int *n)
{
	int week, day;

	if (!dose_number(s, 44, &week) || !dose_take(s, "w") || !dose_number(s, 6, &day))
		return false;
	*n = week * 7 + day;
	return dose_take(s, "d");
}

/* "SEASON 10-01". */
static bool
token_season(yb_str *s, int *n)
{
	int month, day;

	if (!dose_number(s, 12, &month) || !dose_take(s, "-") || !dose_number(s, 31, &day))
		return false;
	*n = month * 100 + day;
	return yb_date_valid((yb_date) { 2001, (uint8_t)month, (uint8_t)day });
}

static bool
token_body(yb_str *s, int *n, uint8_t *kind)
{
	if (dose_take(s, "B0")) {
		*kind = TOKEN_BIRTH;
		return true;
	}
	if (dose_take(s, "FY"))
		return token_fiscal(s, n, kind);
	if (dose_take(s, "SCH"))
		return token_school(s, n, kind);
	if (dose_take(s, "GA")) {
		*kind = TOKEN_GESTATION;
		return token_gestation(s, n);
	}
	if (dose_take(s, "SEASON ")) {
		*kind = TOKEN_SEASON;
		return token_season(s, n);
	}
	if (dose_take(s, "D")) {
		*kind = TOKEN_DAYS;
		return dose_number(s, 9999, n);
	}
	*kind = TOKEN_MONTHS;
	if (dose_take(s, "M"))
		return dose_number(s, 1800, n);
	if (!dose_take(s, "Y") || !dose_number(s, 150, n))
		return false;
	*n *= 12;
	return true;
}

bool
dose_token_parse(yb_str s, struct dose_token *ret)
{
	uint8_t kind = TOKEN_NONE;
	int n = 0, plus = 0;

	if (yb_str_empty(s)) {
		*ret = (struct dose_token) { 0 };
		return true;
	}
	if (!token_body(&s, &n, &kind))
		return false;
	if (dose_take(&s, "+") && (!dose_number(&s, 999, &plus) || !dose_take(&s, "d")))
		return false;
	if (s.len != 0)
		return false;
	if (kind == TOKEN_MONTHS && n == 0)
		kind = TOKEN_BIRTH;
	*ret = (struct dose_token) { kind, (int16_t)n, (int16_t)plus };
	return true;
}

/* ---- reckoning ---- */

int32_t
dose_day(yb_date d, int32_t if_null)
{
	return yb_date_is_null(d) ? if_null : (int32_t)yb_date_days(d);
}

yb_date
dose_date(int32_t day)
{
	if (day == DAY_MIN || day == DAY_MAX)
		return (yb_date) { 0, 0, 0 };
	return yb_date_from_days(day);
}

int
dose_fiscal_year(yb_date d)
{
	return d.month >= 4 ? d.year : d.year - 1;
}

int32_t
dose_fiscal_start(int year)
{
	return (int32_t)yb_date_days((yb_date) { (int16_t)year, 4, 1 });
}

int32_t
dose_reached(yb_date birth, int months)
{
	yb_date same = yb_date_add_months(birth, months);
	int32_t day = (int32_t)yb_date_days(same);

	return same.day == birth.day ? day - 1 : day;
}

int32_t
dose_gap_after(int32_t day, struct dose_gap gap)
{
	if (!gap.months)
		return day + gap.n;
	return (int32_t)yb_date_days(yb_date_add_months(yb_date_from_days(day), gap.n));
}

int32_t
dose_gestation_day(struct dose_token t, int32_t due)
{
	return due - GESTATION_DAYS + t.n + t.plus;
}

/* The year of the April 1 on which school begins: the first on or after the 6th birthday. */
static int
school_year(yb_date birth)
{
	yb_date sixth = yb_date_add_months(birth, 72);
	bool by_april_1 = sixth.month < 4 || (sixth.month == 4 && sixth.day == 1);

	return by_april_1 ? sixth.year : sixth.year + 1;
}

static int32_t
season_day(int month_day, int32_t on)
{
	int year = dose_fiscal_year(yb_date_from_days(on));
	int month = month_day / 100;

	if (month < 4)
		year++;
	return (int32_t)yb_date_days(
	    (yb_date) { (int16_t)year, (uint8_t)month, (uint8_t)(month_day % 100) });
}

static int32_t
token_day(struct dose_token t, yb_date birth, int32_t due, int32_t on, bool end)
{
	int year;

	switch ((enum token_kind)t.kind) {
	case TOKEN_BIRTH:
		return (int32_t)yb_date_days(birth);
	case TOKEN_MONTHS:
		return dose_reached(birth, t.n);
	case TOKEN_DAYS:
		return (int32_t)yb_date_days(birth) + t.n;
	case TOKEN_FY_START:
	case TOKEN_FY_END:
	case TOKEN_FY:
		year = dose_fiscal_year(yb_date_from_days(dose_reached(birth, 12 * t.n)));
		if (t.kind == TOKEN_FY_END || (t.kind == TOKEN_FY && end))
			return dose_fiscal_start(year + 1) - 1;
		return dose_fiscal_start(year);
	case TOKEN_SCHOOL:
		return dose_fiscal_start(school_year(birth) - t.n);
	case TOKEN_SCHOOL_EVE:
		return dose_fiscal_start(school_year(birth)) - 1;
	case TOKEN_GESTATION:
		return dose_gestation_day(t, due) - t.plus;
	case TOKEN_SEASON:
		return season_day(t.n, on);
	case TOKEN_NONE:
	default:
		break;
	}
	return end ? DAY_MAX : DAY_MIN;
}

/* DAY_MIN or DAY_MAX, by `end`, when there is no token or the due date is unknown. */
int32_t
dose_token_day(const struct dose_case *c, struct dose_token t, int32_t on, bool end)
{
	int32_t day;

	if (t.kind == TOKEN_GESTATION && c->due == DAY_MIN)
		return end ? DAY_MAX : DAY_MIN;
	day = token_day(t, c->birth, c->due, on, end);
	return day == DAY_MIN || day == DAY_MAX ? day : day + t.plus;
}

bool
dose_age_day(yb_str token, yb_date birth, yb_date due_date, yb_date on, yb_date *ret_day)
{
	struct dose_token t;

	if (!yb_date_valid(birth) || !dose_token_parse(token, &t) || t.kind == TOKEN_NONE)
		return false;
	if (t.kind == TOKEN_GESTATION && yb_date_is_null(due_date))
		return false;
	if (t.kind == TOKEN_SEASON && yb_date_is_null(on))
		return false;
	*ret_day = yb_date_from_days(
	    token_day(t, birth, dose_day(due_date, 0), dose_day(on, 0), false) + t.plus);
	return true;
}
