/*
 * dose_plain.c - the findings of the reference, rule by rule.
 */
#include "dose_plain.h"

#include <stdio.h>
#include <string.h>

static bool
in(const char *word, const char *list)
{
	return yb_word_in(yb_cstr(word), list, ' ');
}

static void
say(char *text, const char *finding, char severity)
{
	size_t len = strlen(text);

	(void)snprintf(text + len, PLAIN_TEXT - len, "%s%c ", finding, severity);
}

/* The dose_seq that comes next; 0: nothing more. */
static int
next_seq(const struct plain *p, const struct course *c, int on)
{
	if (c->total == 0)
		return 0;
	if (strcmp(c->phase, "特例") == 0)
		return c->n < 4 ? 1 : 0;
	for (int seq = c->last + 1; seq <= c->total; seq++) {
		if (c->row[seq] != NO_ROW && !plain_dropped(p, c, seq, on))
			return seq;
	}
	return 0;
}

int
plain_special(const struct plain *p, const struct course *c)
{
	int n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += strcmp(plain_phase(p, "JE", c->dose[i].phase, c->dose[i].day), "特例") == 0;
	return n;
}

enum dose_tri
plain_risk(const struct plain *p, const char *code)
{
	if (in(code, "FLU COVID PCV20A"))
		return p->who->hiv == DOSE_YES ? DOSE_YES : p->who->risk_60_64;
	return in(code, "ZOSL ZOSR") ? p->who->hiv : DOSE_NO;
}

static bool
inside(const struct plain *p, const struct course *c, int seq, bool risk)
{
	int at[10][2];
	size_t n = plain_windows(p, c, seq, risk, at);

	for (size_t i = 0; i < n; i++) {
		if (c->on >= at[i][0] && c->on <= at[i][1])
			return true;
	}
	return false;
}

/* ---- findings ---- */

struct judged {
	struct course c;
	int seq;    /* of the dose */
	int of_row; /* its place in course.row; 0: the schedule has no such dose */
	int next;
	bool special;
	char legal, claim;
};

static void
judge(const struct plain *p, struct judged *j)
{
	const struct plain_dose *it = &p->it;

	plain_course(
	    p, &j->c, it->code, plain_phase(p, it->code, it->phase, it->day), it->day, false);
	j->next = next_seq(p, &j->c, it->day);
	j->special = j->next != 0 && strcmp(j->c.phase, "特例") == 0;
	j->seq = it->seq;
	if (j->seq == 0 && j->special)
		j->seq = plain_special(p, &j->c) + 1;
	if (j->seq == 0)
		j->seq = j->next != 0 ? j->next : j->c.last < 9 ? j->c.last + 1 : 9;
	j->of_row = j->special ? 1 : j->c.row[j->seq] != NO_ROW ? j->seq : 0;
	j->legal = p->in->dose.legal_class.p[0];
	j->claim = !p->in->history && (j->legal == '1' || j->legal == '2') ? 'E' : 'W';
}

static bool
ages_known(const struct judged *j)
{
	return j->c.total > 0 && j->legal != '2';
}

static void
vr03(const struct plain *p, const struct judged *j, char *text)
{
	if (j->legal == '1' && (p->it.day < plain_routine(p, p->it.code, false) ||
				   p->it.day > plain_routine(p, p->it.code, true)))
		say(text, "VR-03", 'E');
}

static void
vr04(const struct plain *p, const struct judged *j, char *text)
{
	enum dose_tri risk = plain_risk(p, p->it.code);

	if (!ages_known(j) || j->of_row == 0 || inside(p, &j->c, j->of_row, risk == DOSE_YES))
		return;
	if (risk != DOSE_UNKNOWN || !inside(p, &j->c, j->of_row, true))
		say(text, "VR-04", j->claim);
}

static void
vr05(const struct plain *p, const struct judged *j, char *text)
{
	const char *from, *to;

	if (!ages_known(j) || j->of_row == 0 ||
	    !inside(p, &j->c, j->of_row, plain_risk(p, p->it.code) == DOSE_YES))
		return;
	from = plain_cell(p, j->c.row[j->of_row], "std_from");
	to = plain_cell(p, j->c.row[j->of_row], "std_to");
	if (p->it.day < plain_token(from, p->birth, p->it.day, false) ||
	    p->it.day > plain_token(to, p->birth, p->it.day, true))
		say(text, "VR-05", 'I');
}

/* 'E' or 'W': too soon; '?': it depends on an answer; 0: nothing. */
static char
too_soon(const struct plain *p, const struct judged *j)
{
	const char *words, *shorter = "";
	enum dose_tri may = DOSE_NO;
	int wait;

	if (j->of_row == 0)
		return j->c.total == 0 ? '?' : '\0';
	words = plain_cell(p, j->c.row[j->of_row], "std_interval_ja");
	wait = plain_wait(p, &j->c, j->of_row, "");
	if (wait == NEVER)
		return '?';
	if (p->it.day >= wait)
		return '\0';
	if (strstr(words, "医師が認めれば20日以上") != NULL) {
		may = p->in->doctor_shortens;
		shorter = "21d";
	} else if (strstr(words, "免疫抑制者は1か月以上") != NULL) {
		may = p->who->immunosuppressed;
		shorter = "1M";
	}
	if (may == DOSE_NO || p->it.day < plain_wait(p, &j->c, j->of_row, shorter))
		return j->claim;
	return may == DOSE_UNKNOWN ? '?' : '\0';
}

static void
vr06(const struct plain *p, const struct judged *j, char *text)
{
	char soon = too_soon(p, j);

	if (soon == 'E' || soon == 'W')
		say(text, "VR-06", soon);
	if (j->of_row == 2 && j->c.n == 1 &&
	    strcmp(plain_cell(p, j->c.row[2], "series_variant"), "3-dose") == 0 &&
	    j->c.dose[0].day <= plain_token("Y15", p->birth, p->it.day, true))
		say(text, "VR-06", 'I');
}

/* 2: another live one is too near; 1: a vaccine nobody knows is; 0: neither. */
static int
live_near(const struct plain *p)
{
	int near = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct plain_dose *d = &p->dose[i];
		int apart = d->day > p->it.day ? d->day - p->it.day : p->it.day - d->day;

		if (d->exec != '1' || apart == 0 || apart > 27 || strcmp(d->code, p->it.code) == 0)
			continue;
		if (plain_live(p, d->code))
			return 2;
		if (plain_vaccine(p, d->code) == NO_ROW)
			near = 1;
	}
	return near;
}

static bool
new_live_rule(const struct plain *p)
{
	return p->it.day >= plain_day((yb_date) { 2020, 10, 1 });
}

static void
vr07(const struct plain *p, const struct judged *j, char *text)
{
	if (new_live_rule(p)) {
		if (plain_live(p, p->it.code) && live_near(p) == 2)
			say(text, "VR-07", j->claim);
		return;
	}
	for (size_t i = 0; i < p->n; i++) {
		const struct plain_dose *d = &p->dose[i];
		size_t row = plain_vaccine(p, d->code);

		if (d->exec == '1' && row != NO_ROW && strcmp(d->code, p->it.code) != 0 &&
		    d->day < p->it.day && d->day + 28 > p->it.day &&
		    strcmp(master_cell(&p->m->vaccines, row, "live_type"), "live") == 0) {
			say(text, "VR-07", 'I');
			return;
		}
	}
}

static void
vr08(const struct plain *p, const struct judged *j, char *text)
{
	int expected = j->next != 0 ? j->next : j->c.last + 1;

	for (size_t i = 0; i < p->n; i++) {
		const struct plain_dose *d = &p->dose[i];
		const char *phase = plain_phase(p, d->code, d->phase, d->day);

		if (d->exec == '1' && strcmp(d->code, p->it.code) == 0 && d->seq == j->seq &&
		    strcmp(phase, j->c.phase) == 0 &&
		    (!in(d->code, "FLU FLUHD COVID") ||
			plain_fiscal_year(d->day) == plain_fiscal_year(p->it.day))) {
			say(text, "VR-08", 'X');
			return;
		}
	}
	if ((j->of_row != 0 && strcmp(j->c.phase, "特例") == 0) ||
	    plain_dropped(p, &j->c, j->seq, p->it.day))
		return;
	if (j->seq > expected)
		say(text, "VR-08", p->in->skip_reason.p == NULL ? 'E' : 'W');
	else if (j->seq < expected)
		say(text, "VR-08", 'E');
}

static void
vr09(const struct plain *p, char *text)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plain_dose *d = &p->dose[i];

		if (d->day == p->it.day && d->exec == '1' && strcmp(d->code, p->it.code) == 0) {
			say(text, "VR-09", 'X');
			return;
		}
	}
}

static bool
other_zoster(const struct plain *p, int on, size_t at_least)
{
	const char *other = in(p->it.code, "ZOSL") ? "ZOSR" : "ZOSL";
	struct course c;

	plain_course(p, &c, other, "", on, false);
	return c.total > 0 && c.n >= (at_least > 0 ? at_least : (size_t)c.total);
}

static void
vr10(const struct plain *p, const struct judged *j, char *text)
{
	const struct course *c = &j->c;
	bool booster = c->last > 0 && plain_start(p, c) && c->row[c->last] != NO_ROW &&
		       plain_booster(p, c->row[c->last]);

	if (ages_known(j) && (c->n_all >= (size_t)c->total || j->of_row == 0 || booster ||
				 (in(p->it.code, "ZOSL ZOSR") && other_zoster(p, p->it.day, 0))))
		say(text, "VR-10", j->claim);
}

static void
vr12(const struct plain *p, const struct judged *j, char *text)
{
	if (!plain_start(p, &j->c))
		return;
	if (j->of_row == 0)
		say(text, "VR-12", 'E');
	else if (p->it.day <= plain_token("M60", p->birth, p->it.day, true) &&
		 (plain_dropped(p, &j->c, j->seq, p->it.day) ||
		     p->it.day > plain_token(plain_cell(p, j->c.row[j->of_row], "max_age"),
				     p->birth, p->it.day, true)) &&
		 j->legal != '4')
		say(text, "VR-12", 'E');
}

static void
vr13(const struct plain *p, const struct judged *j, char *text)
{
	int weeks = in(p->it.code, "ROTA1") ? 24 : 32;

	if (!in(p->it.code, "ROTA1 ROTA5") || j->seq != 1 || j->c.total == 0)
		return;
	if (p->it.day > p->birth + weeks * 7)
		say(text, "VR-13", 'E');
	else if (p->it.day > p->birth + 14 * 7 + 6)
		say(text, "VR-13", 'W');
}

static void
vr25_vr26(const struct plain *p, const struct judged *j, char *text)
{
	bool flu = false, pneumo = false;

	for (size_t i = 0; i < p->n; i++) {
		const struct plain_dose *d = &p->dose[i];

		if (d->exec != '1')
			continue;
		flu = flu || (in(d->code, "FLU FLUHD") && in(p->it.code, "FLU FLUHD") &&
				 strcmp(d->code, p->it.code) != 0 &&
				 plain_fiscal_year(d->day) == plain_fiscal_year(p->it.day));
		pneumo = pneumo || (in(d->code, "PPSV23 PCV13 PCV15 PCV20") &&
				       in(p->it.code, "PCV20A") && d->day <= p->it.day);
	}
	if (flu)
		say(text, "VR-25", 'E');
	if (pneumo)
		say(text, "VR-26", j->claim);
}

static void
unknown_rules(const struct plain *p, const struct judged *j, char *text)
{
	enum dose_tri risk = plain_risk(p, p->it.code);

	if (!ages_known(j))
		say(text, "VR-04? VR-05", '?');
	else if (risk == DOSE_UNKNOWN && j->of_row != 0 && !inside(p, &j->c, j->of_row, false) &&
		 inside(p, &j->c, j->of_row, true))
		say(text, "VR-04", '?');
	if (too_soon(p, j) == '?')
		say(text, "VR-06", '?');
	if (new_live_rule(p) && plain_live(p, p->it.code) && live_near(p) == 1)
		say(text, "VR-07", '?');
	if (!ages_known(j))
		say(text, "VR-10", '?');
}

void
plain_findings(const struct plain *p, char text[PLAIN_TEXT])
{
	struct judged j = { .seq = 0 };

	text[0] = '\0';
	judge(p, &j);
	vr03(p, &j, text);
	vr04(p, &j, text);
	vr05(p, &j, text);
	vr06(p, &j, text);
	vr07(p, &j, text);
	vr08(p, &j, text);
	vr09(p, text);
	vr10(p, &j, text);
	vr12(p, &j, text);
	vr13(p, &j, text);
	vr25_vr26(p, &j, text);
	unknown_rules(p, &j, text);
}
