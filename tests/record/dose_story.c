/*
 * dose_story.c - reads and plays the one-line cases of dose_story.h.
 */
#include "dose_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const yb_date story_today = { 2045, 1, 1 };

yb_date
story_date(const char *s)
{
	yb_date d = { 0, 0, 0 };

	if (*s != '\0' && !yb_date_parse(yb_cstr(s), &d))
		abort();
	return d;
}

static char *
word_next(char **at, char separator)
{
	char *word = *at, *end;

	while (*word == ' ')
		word++;
	if (*word == '\0')
		return NULL;
	end = strchr(word, separator);
	if (end == NULL) {
		*at = word + strlen(word);
	} else {
		*end = '\0';
		*at = end + 1;
	}
	return word;
}

static enum dose_tri
answer(const char *s)
{
	return *s == 'y' ? DOSE_YES : *s == 'n' ? DOSE_NO : DOSE_UNKNOWN;
}

static yb_str
phase_text(const char *s)
{
	if (*s == 'S')
		return YB_STR("特例");
	if (*s == '5')
		return YB_STR("第5期");
	return *s == '1' ? YB_STR("第1期") : YB_STR("第2期");
}

struct option {
	const char *name;
	size_t offset;
	char type; /* t text, d date, y tri, n number, f flag of the candidate */
	bool of_who;
};

#define WHO(name, member, type)                                                                    \
	{                                                                                          \
		name, offsetof(struct dose_subject, member), type, true                            \
	}
#define IN(name, member, type)                                                                     \
	{                                                                                          \
		name, offsetof(struct dose_candidate, member), type, false                         \
	}

static const struct option options[] = {
	WHO("sex", sex, 't'),
	WHO("due", due_date, 'd'),
	WHO("preg", pregnant, 'y'),
	WHO("resident", resident, 'y'),
	WHO("elim", elim_date, 'd'),
	WHO("risk", risk_60_64, 'y'),
	WHO("hiv", hiv, 'y'),
	WHO("weak", immunosuppressed, 'y'),
	WHO("ill", long_illness, 'y'),
	WHO("illend", illness_ended_on, 'd'),
	WHO("gamma", gamma_globulin, 'y'),
	WHO("gammaon", gamma_globulin_on, 'd'),
	WHO("high", gamma_globulin_high, 'y'),
	IN("legal", dose.legal_class, 't'),
	IN("exec", dose.exec_class, 't'),
	IN("product", dose.product, 't'),
	IN("duedate", dose.due_date, 'd'),
	IN("lot", lot_no, 't'),
	IN("expiry", expiry_date, 'd'),
	IN("ml", dose_ml, 'n'),
	IN("route", route, 't'),
	IN("doctor", doctor_name, 't'),
	IN("reason", not_done_reason, 't'),
	IN("skip", skip_reason, 't'),
	IN("temp", body_temperature, 'n'),
	IN("contract", contract, 'y'),
	IN("had", had_disease, 'y'),
	IN("short", doctor_shortens, 'y'),
	IN("explained", legal_explained, 'y'),
	IN("correction", correction, 'y'),
	IN("paid", claim_paid, 'y'),
	IN("history", history, 'f'),
	IN("complete", complete, 'f'),
};

static void
option_set(struct story_case *c, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		const struct option *o = &options[i];
		char *at = (o->of_who ? (char *)&c->who : (char *)&c->in) + o->offset;
		yb_str text = yb_cstr(value);
		yb_dec number = { strtol(value, NULL, 10), true };
		yb_date day;
		enum dose_tri tri = answer(value);
		bool flag = true;

		if (strcmp(o->name, name) != 0)
			continue;
		if (o->type == 't') {
			memcpy(at, &text, sizeof text);
		} else if (o->type == 'd') {
			day = story_date(value);
			memcpy(at, &day, sizeof day);
		} else if (o->type == 'y') {
			memcpy(at, &tri, sizeof tri);
		} else if (o->type == 'n') {
			memcpy(at, &number, sizeof number);
		} else {
			memcpy(at, &flag, sizeof flag);
		}
		return;
	}
	abort();
}

static void
event_option(struct dose_event *e, const char *name, const char *value)
{
	if (strcmp(name, "phase") == 0)
		e->phase = phase_text(value);
	else if (strcmp(name, "exec") == 0)
		e->exec_class = yb_cstr(value);
	else if (strcmp(name, "product") == 0)
		e->product = yb_cstr(value);
	else if (strcmp(name, "duedate") == 0)
		e->due_date = story_date(value);
	else
		abort();
}

/* "CODE SEQ DAY option=value ..." */
static void
event_read(char *text, struct dose_event *e, struct story_case *c)
{
	char *at = text;
	char *code = word_next(&at, ' ');
	char *seq = word_next(&at, ' ');
	char *day = word_next(&at, ' ');
	char *word;

	if (day == NULL)
		abort();
	e->vaccine_code = yb_cstr(strcmp(code, "-") == 0 ? NULL : code);
	e->dose_seq = strtol(seq, NULL, 10);
	e->on = story_date(day);
	while ((word = word_next(&at, ' ')) != NULL) {
		char *value = strchr(word, '=');
		static char nothing[1];

		if (value != NULL)
			*value++ = '\0';
		else
			value = nothing;
		if (c == NULL || strcmp(word, "phase") == 0)
			event_option(e, word, value);
		else
			option_set(c, word, value);
	}
}

void
story_read(const struct story *s, struct story_case *c)
{
	char *at = c->text, *dose;

	memset(c, 0, sizeof *c);
	if (strlen(s->history) + strlen(s->dose) + 2 > sizeof c->text)
		abort();
	memcpy(c->text, s->history, strlen(s->history) + 1);
	dose = c->text + strlen(s->history) + 1;
	memcpy(dose, s->dose, strlen(s->dose) + 1);
	c->who.birth_date = story_date(s->birth);
	for (char *event; (event = word_next(&at, ';')) != NULL; c->n++) {
		if (c->n == STORY_HISTORY)
			abort();
		event_read(event, &c->history[c->n], NULL);
	}
	event_read(dose, &c->in.dose, c);
}

/* ---- expectations ---- */

static const struct dose_finding *
finding_of(const struct dose_result *r, const char *rule, char severity)
{
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct dose_finding *f = &r->findings[i];

		if (strncmp(f->rule.p, rule, 5) == 0 &&
		    (severity == '\0' || f->severity.p[0] == severity))
			return f;
	}
	return NULL;
}

static bool
unknown_has(const struct dose_result *r, const char *rule)
{
	for (size_t i = 0; i < r->n_unknown; i++) {
		if (yb_str_is(r->unknown[i], rule))
			return true;
	}
	return false;
}

/* "VR-06E", "VR-06>=2027-08-09", "VR-04<=2027-08-09". */
static bool
finding_expected(const struct dose_result *r, const char *word)
{
	const struct dose_finding *f;

	if (word[5] == '>' || word[5] == '<') {
		f = finding_of(r, word, '\0');
		if (f == NULL)
			return false;
		return yb_date_cmp(
			   word[5] == '>' ? f->earliest : f->latest, story_date(word + 7)) == 0;
	}
	return finding_of(r, word, word[5]) != NULL;
}

static bool
word_expected(const struct dose_result *r, const char *word)
{
	const struct dose_finding *f;

	if (strcmp(word, "ok") == 0)
		return r->valid;
	if (strcmp(word, "no") == 0)
		return !r->valid;
	if (strncmp(word, "label=", 6) == 0)
		return yb_str_is(r->dose_label, word + 6);
	if (strncmp(word, "phase=", 6) == 0)
		return yb_str_is(r->phase, word + 6);
	if (strncmp(word, "seq=", 4) == 0)
		return r->dose_seq == strtol(word + 4, NULL, 10);
	if (word[0] == '-')
		return finding_of(r, word + 1, '\0') == NULL && !unknown_has(r, word + 1);
	if (word[0] == '?')
		return unknown_has(r, word + 1);
	if (word[0] == '!') {
		f = finding_of(r, word + 1, 'E');
		return f != NULL && f->refuse;
	}
	return finding_expected(r, word);
}

static void
result_print(const struct dose_result *r, char *to, size_t size)
{
	size_t len = strlen(to);

	for (size_t i = 0; i < r->n_findings && len < size; i++)
		len += (size_t)snprintf(to + len, size - len, " %s%s", r->findings[i].rule.p,
		    r->findings[i].severity.p);
	for (size_t i = 0; i < r->n_unknown && len < size; i++)
		len += (size_t)snprintf(to + len, size - len, " ?%s", r->unknown[i].p);
}

/* Both entry points must say the same. */
static bool
same_findings(const struct dose_result *a, const struct dose_result *b)
{
	if (a->valid != b->valid || a->n_findings != b->n_findings || a->n_unknown != b->n_unknown)
		return false;
	for (size_t i = 0; i < a->n_findings; i++) {
		if (a->findings[i].message_ja.p != b->findings[i].message_ja.p ||
		    a->findings[i].severity.p[0] != b->findings[i].severity.p[0])
			return false;
	}
	return true;
}

bool
story_holds(const struct story *s, const struct dose_rules *rules, char *why, size_t size)
{
	static struct dose_result r, again; /* too large for a stack */
	struct story_case c;
	char expect[512], *at = expect, *word;

	story_read(s, &c);
	if (dose_evaluate(rules, &c.who, c.history, c.n, &c.in, story_today, &r) < 0 ||
	    dose_check(rules, &c.who, c.history, c.n, &c.in, story_today, &again) < 0) {
		(void)snprintf(why, size, "not accepted");
		return false;
	}
	if (!same_findings(&r, &again)) {
		(void)snprintf(why, size, "dose_check and dose_evaluate differ");
		return false;
	}
	(void)snprintf(expect, sizeof expect, "%s", s->expect);
	while ((word = word_next(&at, ' ')) != NULL) {
		if (word_expected(&r, word))
			continue;
		(void)snprintf(why, size, "\"%s\" fails; seq=%d%s%s got:", word, (int)r.dose_seq,
		    r.dose_label.p != NULL ? " " : "",
		    r.dose_label.p != NULL ? r.dose_label.p : "");
		result_print(&r, why, size);
		return false;
	}
	return true;
}
