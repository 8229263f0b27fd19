/*
 * stored.c - an evaluation as it is kept beside the record: JSON, of one fixed order.
 *
 * Written and read here only; the order lets the reader be as simple as the writer.
 */
#include "record.h"

/* ---- writing ---- */

struct text { /* grows in the request's memory */
	yb_req *r;
	char *p;
	size_t len, room;
};

static void
text_put(struct text *t, yb_str s)
{
	if (t->len + s.len > t->room) {
		size_t room = (t->len + s.len) * 2 + 256;
		char *p = yb_alloc(t->r, room);

		for (size_t i = 0; i < t->len; i++)
			p[i] = t->p[i];
		t->p = p;
		t->room = room;
	}
	for (size_t i = 0; i < s.len; i++)
		t->p[t->len++] = s.p[i];
}

/* Texts are ours or the master's: printable, so that only two characters are escaped. */
static void
text_quote(struct text *t, yb_str s)
{
	text_put(t, YB_STR("\""));
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			text_put(t, YB_STR("\\"));
		text_put(t, (yb_str) { s.p + i, 1 });
	}
	text_put(t, YB_STR("\""));
}

static void
text_member(struct text *t, yb_str name, yb_str value)
{
	if (value.p == NULL)
		return;
	if (t->p[t->len - 1] != '{')
		text_put(t, YB_STR(","));
	text_quote(t, name);
	text_put(t, YB_STR(":"));
	text_quote(t, value);
}

yb_str
record_evaluation_write(yb_req *r, const struct evaluation *e)
{
	struct text t = { .r = r };

	text_put(&t, YB_STR("{"));
	text_member(&t, YB_STR("rule_version"), e->rule_version);
	text_put(&t, e->valid ? YB_STR(",\"valid\":true,\"findings\":[")
			      : YB_STR(",\"valid\":false,\"findings\":["));
	for (size_t i = 0; i < e->findings.n; i++) {
		const struct finding *f = (const struct finding *)e->findings.items + i;

		text_put(&t, i == 0 ? YB_STR("{") : YB_STR(",{"));
		text_member(&t, YB_STR("rule"), f->rule);
		text_member(&t, YB_STR("severity"), f->severity);
		text_member(&t, YB_STR("message"), f->message);
		text_member(&t, YB_STR("earliest"), yb_date_text(r, f->earliest));
		text_member(&t, YB_STR("latest"), yb_date_text(r, f->latest));
		text_put(&t, YB_STR("}"));
	}
	text_put(&t, YB_STR("]}"));
	return (yb_str) { t.p, t.len };
}

/* ---- reading ---- */

struct scan {
	yb_req *r;
	const char *p, *end;
};

static bool
scan_char(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
scan_word(struct scan *s, yb_str word)
{
	if ((size_t)(s->end - s->p) < word.len ||
	    !yb_str_eq((yb_str) { s->p, word.len }, word))
		return false;
	s->p += word.len;
	return true;
}

static bool
scan_text(struct scan *s, yb_str *ret)
{
	const char *close;
	char *out;
	size_t n = 0;

	if (!scan_char(s, '"'))
		return false;
	for (close = s->p; close < s->end && *close != '"'; close++)
		if (*close == '\\' && ++close == s->end)
			return false;
	out = yb_alloc(s->r, (size_t)(close - s->p) + 1);
	while (s->p < s->end && *s->p != '"') {
		if (*s->p == '\\')
			s->p++;
		out[n++] = *s->p++;
	}
	*ret = (yb_str) { out, n };
	return scan_char(s, '"');
}

static bool
scan_finding(struct scan *s, struct finding *f)
{
	yb_str name, value;

	if (!scan_char(s, '{'))
		return false;
	do {
		if (!scan_text(s, &name) || !scan_char(s, ':') || !scan_text(s, &value))
			return false;
		if (yb_str_is(name, "rule"))
			f->rule = value;
		else if (yb_str_is(name, "severity"))
			f->severity = value;
		else if (yb_str_is(name, "message"))
			f->message = value;
		else if (yb_str_is(name, "earliest"))
			(void)yb_date_parse(value, &f->earliest); /* unread: stays null */
		else if (yb_str_is(name, "latest"))
			(void)yb_date_parse(value, &f->latest);
	} while (scan_char(s, ','));
	return scan_char(s, '}');
}

/* The findings, as many as there are: room for all there could be is too much for each record. */
static yb_list
scan_findings(struct scan *s)
{
	struct finding found[DOSE_FINDINGS_MAX], *at;
	size_t n = 0;

	while (n < DOSE_FINDINGS_MAX) {
		found[n] = (struct finding) { 0 };
		if (!scan_finding(s, &found[n]))
			break;
		n++;
		if (!scan_char(s, ','))
			break;
	}
	at = yb_alloc(s->r, (n + 1) * sizeof *at);
	for (size_t i = 0; i < n; i++)
		at[i] = found[i];
	return (yb_list) { at, n };
}

struct evaluation *
record_evaluation_read(yb_req *r, yb_str stored)
{
	struct scan s = { r, stored.p, stored.p + stored.len };
	struct evaluation *e;

	if (stored.p == NULL)
		return NULL;
	e = yb_alloc(r, sizeof *e);
	if (!scan_word(&s, YB_STR("{\"rule_version\":")) || !scan_text(&s, &e->rule_version))
		return NULL;
	e->valid = scan_word(&s, YB_STR(",\"valid\":true"));
	if (!e->valid && !scan_word(&s, YB_STR(",\"valid\":false")))
		return NULL;
	if (!scan_word(&s, YB_STR(",\"findings\":[")))
		return NULL;
	e->findings = scan_findings(&s);
	return scan_word(&s, YB_STR("]}")) ? e : NULL;
}
