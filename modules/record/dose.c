/*
 * dose.c - the walk over the rules and the entry points; see dose.h.
 */
#include "dose.h"
#include "dose_internal.h"

#include <stdio.h>
#include <string.h>

struct text {
	const char *rule;
	const char *ja;
	const char *en;
};

static const struct text texts[] = {
#define T(id, rule, ja, en) { rule, ja, en },
#include "dose_text.def"
#undef T
};

/* ---- what the rules write ---- */

static yb_str
severity_text(char severity)
{
	if (severity == 'E')
		return YB_STR("E");
	return severity == 'W' ? YB_STR("W") : YB_STR("I");
}

static bool
text_before(yb_str a, const char *b)
{
	return strncmp(a.p, b, a.len) < 0;
}

/* Kept in the order of the rules; findings of one rule in the order they were made. */
static struct dose_finding *
finding_place(struct dose_result *out, const char *rule)
{
	size_t k = out->n_findings;

	if (k == DOSE_FINDINGS_MAX)
		k--; /* 28 rules make fewer; the last one would be overwritten */
	else
		out->n_findings++;
	for (; k > 0 && strcmp(out->findings[k - 1].rule.p, rule) > 0; k--)
		out->findings[k] = out->findings[k - 1];
	return &out->findings[k];
}

void
dose_find(struct dose_walk *w, enum dose_text text, char severity, int32_t earliest, int32_t latest)
{
	const struct text *t = &texts[text];

	*finding_place(w->out, t->rule) = (struct dose_finding) {
		.rule = yb_cstr(t->rule),
		.severity = severity_text(severity),
		.earliest = dose_date(earliest),
		.latest = dose_date(latest),
		.message_ja = yb_cstr(t->ja),
		.message_en = yb_cstr(t->en),
	};
	if (severity == 'E')
		w->out->valid = false;
}

void
dose_refuse(struct dose_walk *w, enum dose_text text)
{
	const struct text *t = &texts[text];

	*finding_place(w->out, t->rule) = (struct dose_finding) {
		.rule = yb_cstr(t->rule),
		.severity = YB_STR("E"),
		.message_ja = yb_cstr(t->ja),
		.message_en = yb_cstr(t->en),
		.refuse = true,
	};
	w->out->valid = false;
}

void
dose_unknown(struct dose_walk *w, const char *rule)
{
	struct dose_result *out = w->out;
	size_t k = out->n_unknown;

	for (size_t i = 0; i < out->n_unknown; i++) {
		if (yb_str_is(out->unknown[i], rule))
			return;
	}
	if (k == DOSE_UNKNOWN_MAX)
		return;
	for (; k > 0 && !text_before(out->unknown[k - 1], rule); k--)
		out->unknown[k] = out->unknown[k - 1];
	out->unknown[k] = yb_cstr(rule);
	out->n_unknown++;
}

char
dose_claim_severity(const struct dose_walk *w)
{
	return w->claim ? 'E' : 'W';
}

/* ---- the walk ---- */

static char
class_of(yb_str s)
{
	return yb_str_empty(s) ? '1' : s.p[0];
}

static int
walk_prepare(struct dose_walk *w, const struct dose_case *c, const struct dose_candidate *in,
    struct dose_result *out)
{
	*w = (struct dose_walk) {
		.c = c,
		.in = in,
		.out = out,
		.index = dose_vaccine_find(c->rules, in->dose.vaccine_code),
		.on = dose_day(in->dose.on, c->today),
		.exec = class_of(in->dose.exec_class),
		.legal = class_of(in->dose.legal_class),
	};
	w->claim = !in->history && (w->legal == '1' || w->legal == '2' || w->legal == '4');
	if (w->index == NO_VACCINE)
		return w->exec == '1' || !yb_str_empty(in->dose.vaccine_code) ? -1 : 0;
	w->vaccine = &c->rules->vaccines[w->index];
	w->phase = dose_case_phase(c, w->index, in->dose.phase, w->on);
	return 0;
}

static int
walk(struct dose_case *c, const struct dose_candidate *in, struct dose_result *out)
{
	struct dose_walk w;

	if (walk_prepare(&w, c, in, out) < 0)
		return -1;
	c->due = dose_day(in->dose.due_date, c->due);
	out->valid = true;
	if (w.exec != '1' && w.exec != '2' && w.exec != '3')
		return 0; /* withdrawn: nothing to judge */
	dose_facts_person(&w);
	if (w.vaccine == NULL)
		return 0;
	if (w.exec == '1') {
		dose_facts_dose(&w);
		dose_schedule_rules(&w);
		dose_neighbour_rules(&w);
	} else {
		dose_same_day_rule(&w);
	}
	return 0;
}

static void
result_clear(struct dose_result *out, const struct dose_rules *rules)
{
	out->valid = false;
	out->n_findings = 0;
	out->n_unknown = 0;
	out->n_next = 0;
	out->dose_seq = 0;
	out->phase = (yb_str) { NULL, 0 };
	out->dose_label = (yb_str) { NULL, 0 };
	out->rule_version = dose_rules_version(rules);
}

int
dose_check(const struct dose_rules *rules, const struct dose_subject *who,
    const struct dose_event *history, size_t n, const struct dose_candidate *candidate,
    yb_date today, struct dose_result *ret_result)
{
	struct dose_case c;

	result_clear(ret_result, rules);
	if (dose_case_load(&c, rules, who, history, n, today) < 0 ||
	    walk(&c, candidate, ret_result) < 0)
		return -1;
	c.due = dose_day(who->due_date, DAY_MIN);
	dose_forecast_fill(&c, ret_result);
	return 0;
}

int
dose_evaluate(const struct dose_rules *rules, const struct dose_subject *who,
    const struct dose_event *history, size_t n, const struct dose_candidate *record, yb_date today,
    struct dose_result *ret_result)
{
	struct dose_case c;

	result_clear(ret_result, rules);
	if (dose_case_load(&c, rules, who, history, n, today) < 0)
		return -1;
	return walk(&c, record, ret_result);
}

int
dose_forecast(const struct dose_rules *rules, const struct dose_subject *who,
    const struct dose_event *history, size_t n, yb_date today, struct dose_result *ret_result)
{
	struct dose_case c;

	result_clear(ret_result, rules);
	if (dose_case_load(&c, rules, who, history, n, today) < 0)
		return -1;
	dose_forecast_fill(&c, ret_result);
	return 0;
}

/* ---- names and keys ---- */

yb_str
dose_season_key(const struct dose_rules *rules, yb_str vaccine_code, yb_date on, yb_date due_date,
    char room[DOSE_SEASON_KEY])
{
	uint8_t index = dose_vaccine_find(rules, vaccine_code);
	const struct dose_vaccine *v;

	room[0] = '\0';
	if (index == NO_VACCINE)
		return yb_cstr(room);
	v = &rules->vaccines[index];
	if (v->seasonal && yb_date_valid(on))
		(void)snprintf(
		    room, DOSE_SEASON_KEY, "%04u", (unsigned)dose_fiscal_year(on) % 10000u);
	else if (v->maternal && yb_date_valid(due_date))
		(void)snprintf(room, DOSE_SEASON_KEY, "%04u-%02u-%02u",
		    (unsigned)due_date.year % 10000u, due_date.month % 100u, due_date.day % 100u);
	return yb_cstr(room);
}

int
dose_name(const struct dose_rules *rules, const struct dose_subject *who,
    const struct dose_event *history, size_t n, const struct dose_event *dose, yb_str *ret_phase,
    yb_str *ret_label)
{
	struct dose_case c;
	struct dose_walk w;
	struct dose_candidate in = { .dose = *dose };
	struct dose_result out;

	result_clear(&out, rules);
	in.dose.exec_class = YB_STR("1");
	if (dose_case_load(&c, rules, who, history, n, dose->on) < 0 ||
	    walk_prepare(&w, &c, &in, &out) < 0)
		return -1;
	dose_schedule_name(&w);
	*ret_phase = out.phase;
	*ret_label = out.dose_label;
	return out.dose_label.p != NULL ? 0 : -1;
}
