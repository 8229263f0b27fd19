/*
 * dose_reference.c - the schedule rules once more, written for the eye and not for speed.
 *
 * Days are numbers in a calendar that was written down day after day; the masters are read
 * as text each time. See dose_reference.h.
 */
#include "dose_reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dose_plain.h"

/* ---- the calendar ---- */

#define FIRST_YEAR 1868
#define LAST_YEAR  2190

static struct {
	int y, m, d;
} calendar[(LAST_YEAR - FIRST_YEAR + 1) * 366];
static int number[LAST_YEAR - FIRST_YEAR + 1][13][32]; /* 0: no such day */

static void
calendar_write(void)
{
	int n = 0;

	if (calendar[1].y != 0)
		return;
	for (int y = FIRST_YEAR; y <= LAST_YEAR; y++) {
		for (int m = 1; m <= 12; m++) {
			bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
			int days = m == 2                                  ? 28 + leap
				   : m == 4 || m == 6 || m == 9 || m == 11 ? 30
									   : 31;

			for (int d = 1; d <= days; d++) {
				n++;
				calendar[n].y = y;
				calendar[n].m = m;
				calendar[n].d = d;
				number[y - FIRST_YEAR][m][d] = n;
			}
		}
	}
}

int
plain_day(yb_date d)
{
	calendar_write();
	return d.year == 0 ? NEVER : number[d.year - FIRST_YEAR][d.month][d.day];
}

yb_date
plain_date(int day)
{
	return (yb_date) { (int16_t)calendar[day].y, (uint8_t)calendar[day].m,
		(uint8_t)calendar[day].d };
}

/* The same day n months later; where it does not exist the days before it. */
int
plain_months(int day, int n, bool *exists)
{
	int month = calendar[day].y * 12 + calendar[day].m - 1 + n, d = calendar[day].d;

	*exists = true;
	while (number[month / 12 - FIRST_YEAR][month % 12 + 1][d] == 0) {
		d--;
		*exists = false;
	}
	return number[month / 12 - FIRST_YEAR][month % 12 + 1][d];
}

static int
age_reached(int birth, int months)
{
	bool exists;
	int day = plain_months(birth, months, &exists);

	return exists ? day - 1 : day;
}

int
plain_fiscal_year(int day)
{
	return calendar[day].m >= 4 ? calendar[day].y : calendar[day].y - 1;
}

static int
april_first(int year)
{
	return number[year - FIRST_YEAR][4][1];
}

/* The first April 1 that is not before the 6th birthday. */
static int
school(int birth)
{
	bool exists;
	int day = plain_months(birth, 72, &exists);

	while (calendar[day].m != 4 || calendar[day].d != 1)
		day++;
	return day;
}

/* A cell of the master as a day; NEVER or ALWAYS when it is empty. */
int
plain_token(const char *cell, int birth, int on, bool end)
{
	int n, m;
	char c;

	if (*cell == '\0')
		return end ? NEVER : ALWAYS;
	if (strcmp(cell, "B0") == 0 || strcmp(cell, "Y0") == 0)
		return birth;
	if (strcmp(cell, "SCH-1") == 0)
		return april_first(calendar[school(birth)].y - 1);
	if (strcmp(cell, "SCH0e") == 0)
		return school(birth) - 1;
	if (sscanf(cell, "SEASON %d-%d", &m, &n) == 2)
		return number[plain_fiscal_year(on) + (m < 4) - FIRST_YEAR][m][n];
	if (sscanf(cell, "FY%d", &n) == 1) {
		int year = plain_fiscal_year(age_reached(birth, 12 * n));

		if (strchr(cell, 'e') != NULL || (end && strchr(cell, 's') == NULL))
			return april_first(year + 1) - 1;
		return april_first(year);
	}
	if (sscanf(cell, "D%d", &n) == 1)
		return birth + n;
	if (sscanf(cell, "M%d+1%c", &n, &c) == 2)
		return age_reached(birth, n) + 1;
	if (sscanf(cell, "M%d", &n) == 1)
		return age_reached(birth, n);
	if (sscanf(cell, "Y%d", &n) == 1)
		return age_reached(birth, 12 * n);
	abort();
}

/* ---- the rows ---- */

static bool
in(const char *word, const char *list)
{
	return yb_word_in(yb_cstr(word), list, ' ');
}

/* Whether a dose of `old` counts in the series of `code`. */
static bool
continues(const char *code, const char *old)
{
	static const char *const groups[] = { "ROTA1 ROTA5", "HPV9 HPV4 HPV2", "PCV20 PCV15 PCV13",
		"DPTIPVHIB DPTIPV DPT" };

	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		if (in(code, groups[i]) && in(old, groups[i]))
			return true;
	}
	if (in(code, "MEA RUB") && in(old, "MR"))
		return true;
	if (in(code, "HIB IPV") && in(old, "DPTIPVHIB"))
		return true;
	return strcmp(code, old) == 0 || (in(code, "IPV") && in(old, "DPTIPV"));
}

static const char *
rows_code(const char *code)
{
	return in(code, "MEA RUB") ? "MR" : code;
}

static bool
cohort(int birth)
{
	return birth >= number[1995 - FIRST_YEAR][4][2] && birth <= number[2007 - FIRST_YEAR][4][1];
}

const char *
plain_phase(const struct plain *p, const char *code, const char *said, int day)
{
	bool school_age = day >= plain_token("SCH-1", p->birth, day, false);

	if (in(code, "MR MEA RUB JE") && *said != '\0')
		return said;
	if (in(code, "MR MEA RUB"))
		return school_age ? "第2期" : "第1期";
	if (in(code, "JE")) {
		if (day >= plain_token("M6", p->birth, day, false) &&
		    day <= plain_token("M90", p->birth, day, true))
			return "第1期";
		if (day >= plain_token("Y9", p->birth, day, false) &&
		    day <= plain_token("Y13", p->birth, day, true))
			return "第2期";
		if (cohort(p->birth) && day >= p->birth && day <= age_reached(p->birth, 240))
			return "特例";
		return day > plain_token("Y9", p->birth, day, false) ? "第2期" : "第1期";
	}
	return in(code, "DPTIPVHIB DPTIPV") ? "第1期" : in(code, "DT") ? "第2期" : "";
}

static int
cell_date(const struct master *t, size_t row, const char *column, int empty)
{
	yb_date d = { 0, 0, 0 };

	return yb_date_parse(yb_cstr(master_cell(t, row, column)), &d) ? plain_day(d) : empty;
}

size_t
plain_vaccine(const struct plain *p, const char *code)
{
	for (size_t i = 0; i < p->m->vaccines.n; i++) {
		if (strcmp(master_cell(&p->m->vaccines, i, "code"), code) == 0)
			return i;
	}
	return NO_ROW;
}

int
plain_routine(const struct plain *p, const char *code, bool end)
{
	return cell_date(&p->m->vaccines, plain_vaccine(p, code),
	    end ? "routine_to" : "routine_from", end ? NEVER : ALWAYS);
}

bool
plain_live(const struct plain *p, const char *code)
{
	size_t i = plain_vaccine(p, code);

	return i != NO_ROW && master_cell(&p->m->vaccines, i, "injectable_live")[0] == 'Y';
}

const char *
plain_cell(const struct plain *p, size_t row, const char *column)
{
	return master_cell(&p->m->schedule, row, column);
}

int
plain_valid_from(const struct plain *p, size_t row)
{
	return cell_date(&p->m->schedule, row, "valid_from", ALWAYS);
}

static bool
row_valid(const struct plain *p, size_t row, int day)
{
	return day >= cell_date(&p->m->schedule, row, "valid_from", ALWAYS) &&
	       day <= cell_date(&p->m->schedule, row, "valid_to", NEVER);
}

/* ---- one course ---- */

static bool
belongs(const struct plain *p, const struct course *c, const struct plain_dose *d)
{
	const char *phase = plain_phase(p, d->code, d->phase, d->day);

	if (d->exec != '1' || plain_vaccine(p, d->code) == NO_ROW || !continues(c->code, d->code))
		return false;
	if (*phase != '\0' && *c->phase != '\0' && strcmp(c->phase, "特例") != 0 &&
	    strcmp(phase, c->phase) != 0)
		return false;
	return !in(c->code, "FLU FLUHD COVID") ||
	       plain_fiscal_year(d->day) == plain_fiscal_year(c->on);
}

static void
course_doses(const struct plain *p, struct course *c)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plain_dose *d = &p->dose[i];

		if (!belongs(p, c, d))
			continue;
		c->n_all++;
		if (d->day > c->on)
			continue;
		c->dose[c->n] = *d;
		if (d->seq == 0)
			c->dose[c->n].seq = c->last < 9 ? c->last + 1 : 9;
		if (c->dose[c->n].seq > c->last)
			c->last = c->dose[c->n].seq;
		c->n++;
	}
}

/* Which of the HPV variants a course is in; `forecast`: a second dose is yet to come. */
static const char *
hpv_variant(const struct plain *p, const struct course *c, bool forecast)
{
	bool exists;
	int first = c->n > 0 ? c->dose[0].day : c->on;
	int second = c->n > 1 ? c->dose[1].day : c->on;

	for (size_t i = 0; i < c->n; i++) {
		if (strcmp(c->dose[i].code, "HPV9") != 0)
			return "mixed";
	}
	if (first > plain_token("Y15", p->birth, first, true))
		return "3-dose";
	if (c->n == 0 || (c->n == 1 && forecast))
		return "2-dose";
	return second >= plain_months(first, 5, &exists) ? "2-dose" : "3-dose";
}

/* "start M7+1d-M12" */
static bool
start_fits(const struct plain *p, const struct course *c, const char *variant)
{
	char from[16], to[16];
	int start = c->n > 0 ? c->dose[0].day : c->on;
	int first = plain_token("M2", p->birth, start, false);
	int last = plain_token("M60", p->birth, start, true);

	if (sscanf(variant, "start %15[^-]-%15s", from, to) != 2)
		abort();
	start = start < first ? first : start > last ? last : start;
	return start >= plain_token(from, p->birth, start, false) &&
	       start <= plain_token(to, p->birth, start, true);
}

static void
course_row(const struct plain *p, struct course *c, size_t row, bool forecast)
{
	const char *variant = plain_cell(p, row, "series_variant");
	const char *hpv = in(c->code, "HPV9") ? hpv_variant(p, c, forecast) : "";
	int seq = (int)strtol(plain_cell(p, row, "dose_seq"), NULL, 10);

	if (strncmp(variant, "start ", 6) == 0 && !start_fits(p, c, variant))
		return;
	if (*hpv != '\0' && strncmp(variant, hpv, 5) != 0 &&
	    !(seq == 1 && hpv[0] == 'm' && variant[0] == '3'))
		return;
	c->row[seq] = row;
	if (seq > c->total)
		c->total = seq;
	if (strncmp(variant, "mixed", 5) == 0) {
		c->row[3] = row;
		c->total = 3;
	}
}

void
plain_course(const struct plain *p, struct course *c, const char *code, const char *phase, int on,
    bool forecast)
{
	int day = NEVER;

	memset(c, 0, sizeof *c);
	c->code = code;
	c->phase = phase;
	c->on = on;
	for (int i = 0; i < 10; i++)
		c->row[i] = NO_ROW;
	course_doses(p, c);
	for (size_t i = 0; i < p->m->schedule.n; i++) {
		if (strcmp(plain_cell(p, i, "vaccine_code"), rows_code(code)) != 0 ||
		    strcmp(plain_cell(p, i, "phase_ja"), phase) != 0)
			continue;
		/* No row of this master ends, so one day decides for all rows of a course. */
		if (day == NEVER)
			day = !forecast || row_valid(p, i, on)
				  ? on
				  : cell_date(&p->m->schedule, i, "valid_from", on);
		if (row_valid(p, i, day))
			course_row(p, c, i, forecast);
	}
	if (strcmp(phase, "特例") == 0 && c->total > 0)
		c->total = 4;
}

bool
plain_booster(const struct plain *p, size_t row)
{
	return strstr(plain_cell(p, row, "dose_label_ja"), "追加") != NULL;
}

bool
plain_start(const struct plain *p, const struct course *c)
{
	return c->row[1] != NO_ROW &&
	       strncmp(plain_cell(p, c->row[1], "series_variant"), "start", 5) == 0;
}

/* Hib: no 2nd and 3rd after 12 months. Pneumococcus: none after 24 months, and no 3rd when
 * the 2nd was after 12 months. Of a pneumococcal series begun after 12 months the 2nd is the
 * last one, and may be given as long as the vaccine is. */
bool
plain_dropped(const struct plain *p, const struct course *c, int seq, int on)
{
	int m12 = age_reached(p->birth, 12), m24 = age_reached(p->birth, 24);

	if (!plain_start(p, c) || seq < 2 || c->row[seq] == NO_ROW || plain_booster(p, c->row[seq]))
		return false;
	if (strcmp(plain_cell(p, c->row[seq], "series_variant"), "start M12+1d-M24") == 0)
		return false;
	if (on > (in(c->code, "HIB") ? m12 : m24))
		return true;
	for (size_t i = 0; i < c->n; i++) {
		if (!in(c->code, "HIB") && seq == 3 && c->dose[i].seq == 2 && c->dose[i].day > m12)
			return true;
	}
	return false;
}

/* The last dose with a number; number 0: the last that was no booster. NEVER: none. */
static int
day_of(const struct plain *p, const struct course *c, int seq)
{
	int day = NEVER;

	for (size_t i = 0; i < c->n; i++) {
		size_t row = c->dose[i].seq <= 9 ? c->row[c->dose[i].seq] : NO_ROW;

		if (seq == 0 ? row == NO_ROW || !plain_booster(p, row) : c->dose[i].seq == seq)
			day = c->dose[i].day;
	}
	return day;
}

static int
add_rule(int day, const char *rule, const char *shortened)
{
	char what[8], unit;
	int n;
	bool exists;

	if (strcmp(shortened, "21d") == 0)
		return day + 21;
	if (strcmp(shortened, "1M") == 0)
		return plain_months(day, 1, &exists);
	if (sscanf(rule, "%7[a-z]+%d%c", what, &n, &unit) != 3)
		abort();
	return unit == 'd' ? day + n : plain_months(day, n, &exists);
}

/* ALWAYS: no interval is asked for; NEVER: the dose it counts from is missing. */
int
plain_wait(const struct plain *p, const struct course *c, int seq, const char *shortened)
{
	const char *rule = plain_cell(p, c->row[seq], "next_date_rule");
	const char *ref = plain_cell(p, c->row[seq], "interval_ref");
	int day;
	bool exists;

	if (*rule == '\0')
		return ALWAYS;
	if (strcmp(rule, "per dose") == 0) {
		day = c->n > 0 ? c->dose[c->n - 1].day : ALWAYS;
		return c->n == 1 ? day + 7 : c->n == 2 ? plain_months(day, 6, &exists) : ALWAYS;
	}
	if (strncmp(rule, "prev", 4) == 0)
		day = c->n > 0 ? c->dose[c->n - 1].day : NEVER;
	else if (strcmp(ref, "最後の初回") == 0)
		day = day_of(p, c, 0);
	else if (strcmp(ref, "1回目") == 0)
		day = day_of(p, c, 1);
	else /* 1期初回3回目, 初回3回目, 初回2回目, 1期初回2回目 */
		day = day_of(p, c, strstr(ref, "3回目") != NULL ? 3 : 2);
	if (day == NEVER && plain_start(p, c))
		day = day_of(p, c, 0);
	if (day == NEVER)
		return NEVER;
	if (strstr(rule, ", prev+3M") != NULL && seq == 3)
		rule = "prev+3M";
	return add_rule(day, rule, shortened);
}

/* The windows of a row. */
size_t
plain_windows(const struct plain *p, const struct course *c, int seq, bool risk, int at[][2])
{
	size_t n = 1;

	at[0][0] = plain_token(plain_cell(p, c->row[seq], "min_age"), p->birth, c->on, false);
	at[0][1] = plain_token(plain_cell(p, c->row[seq], "max_age"), p->birth, c->on, true);
	if (plain_start(p, c))
		at[0][1] = plain_token("M60", p->birth, c->on, true);
	if (strcmp(c->phase, "特例") == 0 && !cohort(p->birth))
		return 0;
	for (int year = 2025; year <= 2029 && in(c->code, "ZOSL ZOSR"); year++) {
		int age = year - plain_fiscal_year(age_reached(p->birth, 12));
		bool named = age + 1 >= 70 && age + 1 <= 100 && (age + 1) % 5 == 0;

		if (!named && !(year == 2025 && age + 1 > 100))
			continue;
		at[n][0] = april_first(year);
		at[n++][1] = april_first(year + 1) - 1;
	}
	if (risk) {
		at[n][0] = age_reached(p->birth, 720);
		at[n++][1] = age_reached(p->birth, 780);
	}
	return n;
}
