/*
 * grammar.c - small languages of master values: age tokens, next dates, hours, images.
 */
#include "master.h"

#include <string.h>

struct scan {
	const char *p, *end;
};

static bool
word(struct scan *s, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
		return false;
	s->p += n;
	return true;
}

/* 1 to `most` digits; *ret stays small. */
static bool
number(struct scan *s, unsigned most, unsigned *ret)
{
	unsigned n = 0, v = 0;

	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9' && n < most; n++, s->p++)
		v = v * 10 + (unsigned)(*s->p - '0');
	*ret = v;
	return n > 0;
}

static bool
one_char(struct scan *s, const char *of)
{
	if (s->p >= s->end || strchr(of, *s->p) == NULL)
		return false;
	s->p++;
	return true;
}

static bool
fiscal(struct scan *s)
{
	unsigned v;

	return number(s, 3, &v) && v <= 120 && (s->p == s->end || one_char(s, "se"));
}

static bool
gestation(struct scan *s)
{
	unsigned weeks, days;

	return number(s, 2, &weeks) && weeks <= 45 && word(s, "w") && number(s, 1, &days) &&
	    days <= 6 && word(s, "d");
}

static bool
season(struct scan *s)
{
	unsigned month, day;

	return number(s, 2, &month) && word(s, "-") && number(s, 2, &day) && month >= 1 &&
	    month <= 12 && day >= 1 && day <= 31;
}

/* B0, D42, M7+1d, Y65, FY12s, FY65, SCH-1, SCH0e, GA28w0d, SEASON 10-01 (age_tokens.csv). */
const char *
grammar_age(yb_str in)
{
	struct scan s = { in.p, in.p + in.len };
	unsigned v;
	bool good;

	if (word(&s, "FY"))
		good = fiscal(&s);
	else if (word(&s, "GA"))
		good = gestation(&s);
	else if (word(&s, "SEASON "))
		good = season(&s);
	else if (word(&s, "SCH-1") || word(&s, "SCH0e") || word(&s, "B0"))
		good = true;
	else
		good = one_char(&s, "DMY") && number(&s, 4, &v) &&
		    (s.p == s.end || (word(&s, "+") && number(&s, 3, &v) && word(&s, "d")));
	return good && s.p == s.end ? NULL : "E-VAL-002";
}

/* " (2nd)", or nothing. */
static bool
remark(struct scan *s)
{
	if (!word(s, " ("))
		return true;
	while (s->p < s->end && *s->p != ')')
		s->p++;
	return word(s, ")");
}

/* prev+28d, ref+6M, each with a remark in brackets; several with a comma; or "per dose". */
const char *
grammar_after(yb_str in)
{
	struct scan s = { in.p, in.p + in.len };
	unsigned v;

	if (yb_str_is(in, "per dose"))
		return NULL;
	do {
		if (!word(&s, "prev+") && !word(&s, "ref+"))
			return "E-VAL-002";
		if (!number(&s, 4, &v) || !one_char(&s, "dMY") || !remark(&s))
			return "E-VAL-002";
	} while (word(&s, ", "));
	return s.p == s.end ? NULL : "E-VAL-002";
}

static bool
clock_time(struct scan *s, unsigned *ret)
{
	unsigned h, m;
	const char *from = s->p;

	if (!number(s, 2, &h) || s->p - from != 2 || !word(s, ":"))
		return false;
	from = s->p;
	if (!number(s, 2, &m) || s->p - from != 2 || h > 24 || m > 59)
		return false;
	*ret = h * 60 + m;
	return true;
}

static bool
weekdays(struct scan *s)
{
	static const char *const days[] = { "月", "火", "水", "木", "金", "土", "日", "祝" };
	size_t n = 0, i;

	do {
		for (i = 0; i < sizeof days / sizeof days[0]; i++)
			if (word(s, days[i]))
				break;
		n += i < sizeof days / sizeof days[0];
	} while (i < sizeof days / sizeof days[0]);
	return n > 0;
}

/* 月火水木金 09:00-12:00|土 09:00-11:30 */
const char *
grammar_hours(yb_str in)
{
	struct scan s = { in.p, in.p + in.len };
	unsigned opens, closes;

	do {
		if (!weekdays(&s) || !word(&s, " ") || !clock_time(&s, &opens) || !word(&s, "-") ||
		    !clock_time(&s, &closes))
			return "E-VAL-002";
		if (closes <= opens)
			return "E-VAL-013";
	} while (word(&s, "|"));
	return s.p == s.end ? NULL : "E-VAL-002";
}

/* A PNG: base64 whose first bytes are the signature. */
const char *
grammar_image(yb_str in, unsigned kib)
{
	static const char signature[] = "iVBORw0KGgo";
	size_t n = in.len;

	while (n > 0 && n + 2 >= in.len && in.p[n - 1] == '=')
		n--;
	if (in.len % 4 != 0 || n < sizeof signature || memcmp(in.p, signature, sizeof signature - 1) != 0)
		return "E-VAL-002";
	for (size_t i = 0; i < n; i++)
		if (memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
			in.p[i], 64) == NULL)
			return "E-VAL-002";
	return in.len / 4 * 3 <= (size_t)kib * 1024 ? NULL : "E-VAL-006";
}
