/*
 * dose_plain_next.c - the forecast of the reference: days are tried one after another.
 */
#include "dose_plain.h"

#include <stdio.h>
#include <string.h>

static bool
in(const char *word, const char *list)
{
	return yb_word_in(yb_cstr(word), list, ' ');
}

static bool
ever(const struct plain *p, const char *codes, int from)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->dose[i].exec == '1' && p->dose[i].day >= from && in(p->dose[i].code, codes))
			return true;
	}
	return false;
}

static const char *
last_of(const struct plain *p, const char *codes)
{
	const char *last = "";

	for (size_t i = 0; i < p->n; i++) {
		if (p->dose[i].exec == '1' && in(p->dose[i].code, codes))
			last = p->dose[i].code;
	}
	return last;
}

static bool
usable(const struct plain *p, const char *code)
{
	return !in(code, "PCV13 DPT") && p->today >= plain_routine(p, code, false) &&
	       p->today <= plain_routine(p, code, true);
}

/* Of the products of one series: the last given, if it is still usable, else the usual. */
static bool
product_due(const struct plain *p, const struct course *c, const char *usual)
{
	const char *last = c->n > 0 ? c->dose[c->n - 1].code : "";

	if (strcmp(last, c->code) == 0)
		return true;
	return in(c->code, usual) && (*last == '\0' || !usable(p, last));
}

static bool
course_due(const struct plain *p, const struct course *c)
{
	const char *combined = last_of(p, "DPTIPVHIB DPTIPV DPT");
	struct course mea, rub;

	if (in(c->code, "HPV9"))
		return !yb_str_is(p->who->sex, "1");
	if (in(c->code, "HIB"))
		return *combined != '\0' ? strcmp(combined, "DPTIPVHIB") != 0 : c->n > 0;
	if (in(c->code, "ROTA1 ROTA5"))
		return product_due(p, c, "ROTA1 ROTA5");
	if (in(c->code, "DPTIPVHIB DPTIPV"))
		return product_due(p, c, "DPTIPVHIB");
	if (in(c->code, "PCV15 PCV20"))
		return product_due(p, c, "PCV20");
	if (in(c->code, "PCV20A"))
		return !ever(p, "PPSV23 PCV13 PCV15 PCV20", ALWAYS);
	if (in(c->code, "ZOSL ZOSR"))
		return !ever(p, in(c->code, "ZOSL") ? "ZOSR" : "ZOSL", ALWAYS);
	if (in(c->code, "MR")) {
		plain_course(p, &mea, "MEA", c->phase, c->on, true);
		plain_course(p, &rub, "RUB", c->phase, c->on, true);
		return mea.n == 0 || rub.n == 0;
	}
	if (strcmp(c->phase, "特例") == 0)
		return strcmp(plain_phase(p, "JE", "", p->today), "特例") == 0;
	return !in(c->code, "RSVM");
}

static bool
live_blocked(const struct plain *p, const char *code, int day)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plain_dose *d = &p->dose[i];

		if (plain_live(p, code) && d->exec == '1' && plain_live(p, d->code) &&
		    strcmp(d->code, code) != 0 && d->day < day && day - d->day <= 27)
			return true;
	}
	return false;
}

static int
recommended(const struct plain *p, const struct course *c, size_t row, int earliest, int last)
{
	static const struct {
		const char *words;
		int days, months;
		bool from_first;
	} standards[] = {
		{ "標準20〜56日", 21, 0, false },
		{ "標準6〜28日", 7, 0, false },
		{ "標準6〜18か月", 0, 6, false },
		{ "標準12〜18か月", 0, 12, false },
		{ "標準7〜13か月", 0, 7, false },
		{ "標準6〜12か月", 0, 6, false },
		{ "標準おおむね1年", 0, 12, false },
		{ "標準6か月", 0, 6, false },
		{ "標準2か月", 0, 2, false },
		{ "標準1回目から6か月", 0, 6, true },
		{ "標準2〜6か月", 0, 2, false },
	};
	const char *words = plain_cell(p, row, "std_interval_ja");
	int day = plain_token(plain_cell(p, row, "std_from"), p->birth, earliest, false);
	bool exists;

	day = day > earliest ? day : earliest;
	for (size_t i = 0; i < sizeof standards / sizeof standards[0] && c->n > 0; i++) {
		int from = c->dose[standards[i].from_first ? 0 : c->n - 1].day;

		if (strstr(words, standards[i].words) == NULL)
			continue;
		from = plain_months(from + standards[i].days, standards[i].months, &exists);
		day = from > day ? from : day;
	}
	return day < last ? day : last;
}

static int
later(int a, int b)
{
	return a > b ? a : b;
}

/* The last day of a window, of the programme and of the season. */
static int
last_day(const struct plain *p, const struct course *c, size_t row, int to)
{
	const char *std = plain_cell(p, row, "std_to");
	int routine = plain_routine(p, c->code, true);
	int season = plain_token(std, p->birth, c->on, true);

	if (strncmp(std, "SEASON", 6) == 0 && season < to)
		to = season;
	return routine < to ? routine : to;
}

/* Days before which a dose is forbidden, another live vaccine aside. */
struct bounds {
	int wait, valid, routine, season;
};

static struct bounds
bounds_of(const struct plain *p, const struct course *c, int seq)
{
	const char *std = plain_cell(p, c->row[seq], "std_from");
	struct bounds b = { plain_wait(p, c, seq, ""), plain_valid_from(p, c->row[seq]),
		plain_routine(p, c->code, false), ALWAYS };

	if (b.wait == NEVER) /* the dose it counts from is not known */
		b.wait = ALWAYS;
	if (strncmp(std, "SEASON", 6) == 0)
		b.season = plain_token(std, p->birth, c->on, false);
	return b;
}

static bool
day_free(const struct bounds *b, int day)
{
	return day >= b->wait && day >= b->valid && day >= b->routine && day >= b->season;
}

/* From the first day of the window on, day by day, until one is free of objections. */
static bool
window_due(const struct plain *p, const struct course *c, int seq, const int window[2], char *line,
    size_t size)
{
	int last = last_day(p, c, c->row[seq], window[1]), day = window[0];
	struct bounds b = bounds_of(p, c, seq);
	yb_date e, r, l;

	if (last < p->today)
		return false;
	while (day <= last && !day_free(&b, day))
		day++;
	if (day > last || plain_dropped(p, c, seq, later(day, p->today)))
		return false;
	if (live_blocked(p, c->code, later(day, p->today))) {
		day = later(day, p->today);
		while (live_blocked(p, c->code, day))
			day++;
	}
	if (day > last || (in(c->code, "FLU FLUHD COVID PCV20A ZOSL ZOSR") && day > p->today + 366))
		return false;
	e = plain_date(day);
	r = plain_date(recommended(p, c, c->row[seq], day, last));
	l = plain_date(last);
	(void)snprintf(line, size, "%s %s %d %04d-%02d-%02d %04d-%02d-%02d %04d-%02d-%02d\n",
	    c->code, c->phase, strcmp(c->phase, "特例") == 0 ? plain_special(p, c) + 1 : seq,
	    e.year, e.month, e.day, r.year, r.month, r.day, l.year, l.month, l.day);
	return true;
}

static bool
seq_due(const struct plain *p, const struct course *c, int seq, char *line, size_t size)
{
	int at[10][2], best = -1;
	size_t n = plain_windows(p, c, seq, plain_risk(p, c->code) == DOSE_YES, at);

	if (plain_start(p, c) && seq > 1)
		at[0][1] =
		    plain_token(plain_cell(p, c->row[seq], "max_age"), p->birth, c->on, true);
	/* The windows by their beginning. */
	for (size_t round = 0; round < n; round++) {
		int from = NEVER;

		for (size_t i = 0; i < n; i++) {
			if (at[i][0] < from) {
				from = at[i][0];
				best = (int)i;
			}
		}
		if (window_due(p, c, seq, at[best], line, size))
			return true;
		at[best][0] = NEVER;
	}
	return false;
}

/* The first dose after the last one that can still be given; initial doses of a series
 * that depends on the age may be left out, nothing else. */
static bool
course_next(const struct plain *p, const struct course *c, char *line, size_t size)
{
	if (strcmp(c->phase, "特例") == 0)
		return c->n < 4 && seq_due(p, c, 1, line, size);
	for (int seq = c->last + 1; seq <= c->total; seq++) {
		if (c->row[seq] == NO_ROW)
			continue;
		if (seq_due(p, c, seq, line, size))
			return true;
		if (!plain_start(p, c) || plain_booster(p, c->row[seq]))
			return false;
	}
	return false;
}

static void
goal_due(const struct plain *p, const char *code, const char *phase, char *text)
{
	struct course c;
	int on = p->today;
	size_t len = strlen(text);

	for (int season = 0; season < 2; season++) {
		int april = plain_day((yb_date) { (int16_t)plain_fiscal_year(on), 4, 1 });

		plain_course(p, &c, code, phase, on, true);
		if (c.total == 0 || !course_due(p, &c))
			return;
		if (!(in(code, "FLU FLUHD") && ever(p, "FLU FLUHD", april)) &&
		    course_next(p, &c, text + len, PLAIN_TEXT - len))
			return;
		if (!in(code, "FLU FLUHD COVID"))
			return;
		on = plain_day((yb_date) { (int16_t)(plain_fiscal_year(on) + 1), 4, 1 });
	}
}

void
plain_forecast(const struct plain *p, char text[PLAIN_TEXT])
{
	const char *code = "", *phase = "";

	text[0] = '\0';
	for (size_t i = 0; i < p->m->schedule.n; i++) {
		if (strcmp(code, plain_cell(p, i, "vaccine_code")) == 0 &&
		    strcmp(phase, plain_cell(p, i, "phase_ja")) == 0)
			continue;
		code = plain_cell(p, i, "vaccine_code");
		phase = plain_cell(p, i, "phase_ja");
		goal_due(p, code, phase, text);
	}
}
