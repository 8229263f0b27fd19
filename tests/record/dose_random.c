/*
 * dose_random.c - people and histories from a number, and the comparison of both engines.
 *
 * Days are drawn near the days on which rules change their mind: ages with a token, and
 * the minimum intervals after an earlier dose, one day more or less.
 */
#include "dose_plain.h"
#include "dose_reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct person {
	struct dose_subject who;
	struct dose_candidate in;
	struct dose_event history[PLAIN_DOSES];
	size_t n;
	int today;
	uint64_t state;
};

static uint64_t
draw(struct person *x, uint64_t below)
{
	uint64_t z = x->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % below;
}

static int
between(struct person *x, int from, int to)
{
	return from + (int)draw(x, (uint64_t)(to - from + 1));
}

static const char *const child[] = { "ROTA1", "ROTA5", "HEPB", "HIB", "PCV13", "PCV15", "PCV20",
	"PCV20", "PCV20", "DPTIPVHIB", "DPTIPVHIB", "DPTIPV", "BCG", "MR", "MR", "MEA", "RUB",
	"VAR", "VAR", "JE", "JE", "JE", "DT", "HPV9", "HPV9", "HPV4", "HEPB", "HIB", "ROTA5",
	"MUMPS", "DPT", "IPV" };
static const char *const adult[] = { "FLU", "FLU", "FLUHD", "COVID", "PPSV23", "PCV20A", "ZOSL",
	"ZOSR", "ZOSR", "PCV20", "MR", "RUB", "MUMPS" };

static yb_str
code_drawn(struct person *x, bool old)
{
	return yb_cstr(old ? adult[draw(x, sizeof adult / sizeof adult[0])]
			   : child[draw(x, sizeof child / sizeof child[0])]);
}

/* Not before birth and not after today. */
static int
day_drawn(struct person *x, const struct plain *p, bool old)
{
	static const char *const ages[] = { "D42", "D104", "D168", "D224", "M2", "M6", "M7", "M12",
		"M24", "M36", "M60", "M90", "SCH-1", "SCH0e", "Y9", "Y11", "Y13", "Y15", "FY12s",
		"FY16e", "Y20" };
	static const char *const late[] = { "Y60", "Y65", "Y66", "Y75", "FY65", "Y70" };
	static const int gaps[] = { 1, 7, 21, 27, 28, 61, 140 };
	static const int months[] = { 1, 2, 3, 5, 6, 7 };
	int day, birth = plain_day(x->who.birth_date);
	bool exists;

	switch (draw(x, 4)) {
	case 0:
		day = plain_token(old ? late[draw(x, 6)] : ages[draw(x, 21)], birth, birth, false);
		day += between(x, -1, 1);
		break;
	case 1:
	case 2:
		day = birth;
		if (x->n > 0)
			day = plain_day(x->history[draw(x, x->n)].on);
		if (draw(x, 2) == 0)
			day += gaps[draw(x, 7)] + between(x, -1, 0);
		else
			day = plain_months(day, months[draw(x, 6)], &exists) + between(x, -1, 0);
		break;
	default:
		day = between(x, old ? x->today - 4000 : birth, x->today);
	}
	(void)p;
	if (day > x->today)
		day = between(x, x->today > 400 + birth ? x->today - 400 : birth, x->today);
	return day < birth ? birth : day;
}

static void
event_drawn(struct person *x, const struct plain *p, struct dose_event *e, bool old)
{
	*e = (struct dose_event) { .vaccine_code = code_drawn(x, old) };
	if (x->n > 0 && draw(x, 2) == 0)
		e->vaccine_code = x->history[draw(x, x->n)].vaccine_code;
	e->on = plain_date(day_drawn(x, p, old));
	if (draw(x, 3) == 0)
		e->dose_seq = between(x, 1, 4);
	if (draw(x, 10) == 0)
		e->exec_class = YB_STR("2");
	if (yb_str_is(e->vaccine_code, "JE") && draw(x, 6) == 0)
		e->phase = draw(x, 2) == 0 ? YB_STR("第1期") : YB_STR("特例");
	if (yb_str_is(e->vaccine_code, "MR") && draw(x, 6) == 0)
		e->phase = draw(x, 2) == 0 ? YB_STR("第1期") : YB_STR("第2期");
}

static void
person_drawn(struct person *x, const struct plain *p)
{
	static const char *const sexes[] = { "1", "2", "2", "9" };
	bool old = draw(x, 5) == 0;
	int from = old ? 1919 : draw(x, 3) == 0 ? 2000 : 2022;
	int birth = between(x, plain_day((yb_date) { (int16_t)from, 1, 1 }),
	    plain_day((yb_date) { (int16_t)(old ? 1970 : 2030), 1, 1 }));
	size_t doses = draw(x, old ? 8 : 20);

	x->who.birth_date = plain_date(birth);
	x->who.sex = yb_cstr(sexes[draw(x, 4)]);
	x->who.risk_60_64 = (enum dose_tri)draw(x, 3);
	x->who.hiv = (enum dose_tri)draw(x, 3);
	x->who.immunosuppressed = (enum dose_tri)draw(x, 3);
	x->today = old ? between(x, plain_day((yb_date) { 2023, 1, 1 }),
			     plain_day((yb_date) { 2033, 1, 1 }))
		       : between(x, birth + 30, birth + (draw(x, 2) == 0 ? 900 : 7000));
	for (size_t i = 0; i < doses; i++) {
		event_drawn(x, p, &x->history[x->n], old);
		x->n++;
	}
	event_drawn(x, p, &x->in.dose, old);
	while (yb_str_is(x->in.dose.vaccine_code, "MUMPS"))
		x->in.dose.vaccine_code = code_drawn(x, old);
	x->in.dose.exec_class = YB_STR("1");
	x->in.dose.legal_class = draw(x, 5) > 0    ? YB_STR("1")
				 : draw(x, 2) == 0 ? YB_STR("2")
						   : YB_STR("3");
	x->in.history = draw(x, 5) == 0;
	x->in.doctor_shortens = (enum dose_tri)draw(x, 3);
	if (draw(x, 4) == 0)
		x->in.skip_reason = YB_STR("x");
}

/* ---- the same for the reference ---- */

static struct plain_dose
plain_of(const struct dose_event *e)
{
	return (struct plain_dose) {
		.day = plain_day(e->on),
		.code = e->vaccine_code.p,
		.phase = e->phase.p == NULL ? "" : e->phase.p,
		.seq = (int)e->dose_seq,
		.exec = e->exec_class.p == NULL ? '1' : e->exec_class.p[0],
	};
}

static void
plain_take(struct plain *p, const struct person *x)
{
	p->who = &x->who;
	p->in = &x->in;
	p->birth = plain_day(x->who.birth_date);
	p->today = x->today;
	p->it = plain_of(&x->in.dose);
	for (size_t i = 0; i < x->n; i++) {
		struct plain_dose d = plain_of(&x->history[i]);
		size_t k = p->n++;

		for (; k > 0 && p->dose[k - 1].day > d.day; k--)
			p->dose[k] = p->dose[k - 1];
		p->dose[k] = d;
	}
}

/* ---- the engine's answer in the same words ---- */

static bool
compared(yb_str rule)
{
	return yb_word_in(
	    rule, "VR-03 VR-04 VR-05 VR-06 VR-07 VR-08 VR-09 VR-10 VR-12 VR-13 VR-25 VR-26", ' ');
}

static void
engine_findings(const struct dose_result *r, char text[PLAIN_TEXT])
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct dose_finding *f = &r->findings[i];

		if (compared(f->rule))
			len += (size_t)snprintf(text + len, PLAIN_TEXT - len, "%s%s ", f->rule.p,
			    f->refuse ? "X" : f->severity.p);
	}
	for (size_t i = 0; i < r->n_unknown; i++) {
		if (compared(r->unknown[i]))
			len +=
			    (size_t)snprintf(text + len, PLAIN_TEXT - len, "%s? ", r->unknown[i].p);
	}
}

static void
engine_line(const struct dose_next *n, char *line, size_t size)
{
	(void)snprintf(line, size, "%s %s %d %04d-%02d-%02d %04d-%02d-%02d %04d-%02d-%02d\n",
	    n->vaccine_code.p, n->phase.p == NULL ? "" : n->phase.p, (int)n->dose_seq,
	    n->earliest.year, n->earliest.month, n->earliest.day, n->recommended.year,
	    n->recommended.month, n->recommended.day, n->latest.year, n->latest.month,
	    n->latest.day);
}

/* The same lines, in any order; "" when they are, else the first that differs. */
static void
forecast_compare(const struct dose_result *r, const char *plain, char *line, size_t size)
{
	size_t lines = 0;

	for (const char *s = plain; (s = strchr(s, '\n')) != NULL; s++)
		lines++;
	for (size_t i = 0; i < r->n_next; i++) {
		engine_line(&r->next[i], line, size);
		if (strstr(plain, line) == NULL)
			return;
	}
	line[0] = '\0';
	if (lines != r->n_next)
		(void)snprintf(line, size, "%zu lines, not %zu\n", r->n_next, lines);
}

static size_t
event_print(const struct dose_event *e, char *to, size_t size)
{
	return (size_t)snprintf(to, size, "%s %d %04d-%02d-%02d%s%s%s%s; ", e->vaccine_code.p,
	    (int)e->dose_seq, e->on.year, e->on.month, e->on.day, e->phase.p != NULL ? " " : "",
	    e->phase.p != NULL ? e->phase.p : "", e->exec_class.p != NULL ? " exec=" : "",
	    e->exec_class.p != NULL ? e->exec_class.p : "");
}

static void
person_print(const struct person *x, char *to, size_t size)
{
	yb_date b = x->who.birth_date, t = plain_date(x->today);
	size_t len = (size_t)snprintf(to, size,
	    "born %04d-%02d-%02d sex %s risk %d hiv %d today "
	    "%04d-%02d-%02d: ",
	    b.year, b.month, b.day, x->who.sex.p, (int)x->who.risk_60_64, (int)x->who.hiv, t.year,
	    t.month, t.day);

	for (size_t i = 0; i < x->n && len < size; i++)
		len += event_print(&x->history[i], to + len, size - len);
	if (len < size)
		len += (size_t)snprintf(to + len, size - len, "| legal %s %s",
		    x->in.dose.legal_class.p, x->in.history ? "history " : "");
	if (len < size)
		(void)event_print(&x->in.dose, to + len, size - len);
}

bool
reference_agrees(const struct masters *m, const struct dose_rules *rules, unsigned long seed,
    char *why, size_t size)
{
	static struct dose_result r; /* too large for a stack */
	struct plain p = { .m = m };
	struct person x = { .state = seed * 7919u };
	char engine[PLAIN_TEXT], plain[PLAIN_TEXT], line[256];
	size_t len;

	person_drawn(&x, &p);
	plain_take(&p, &x);
	person_print(&x, why, size);
	len = strlen(why);
	if (dose_check(rules, &x.who, x.history, x.n, &x.in, plain_date(x.today), &r) < 0)
		return false;
	engine_findings(&r, engine);
	plain_findings(&p, plain);
	if (strcmp(engine, plain) != 0) {
		(void)snprintf(
		    why + len, size - len, "\nengine    %s\nreference %s", engine, plain);
		return false;
	}
	plain_forecast(&p, plain);
	forecast_compare(&r, plain, line, sizeof line);
	if (line[0] == '\0')
		return true;
	(void)snprintf(why + len, size - len, "\nengine: %sreference:\n%s", line, plain);
	return false;
}
