/*
 * job_cell.c - between cells and fields: what spreadsheets do to values on the way in, and
 * must not do on the way out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "internal.h"
#include "job_parts.h"
#include "text.h"

#define ZERO_LOST  "E-JOB-011"
#define NOT_NUMBER "E-JOB-024"
#define NOT_TRUTH  "E-JOB-025"
#define DAY_ROOM   40

/* ---- in ---- */

static yb_str
trimmed(yb_str s)
{
	static const char wide[] = "\xe3\x80\x80"; /* U+3000 */

	for (;;) {
		if (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
			s.p++;
			s.len--;
		} else if (s.len >= 3 && memcmp(s.p, wide, 3) == 0) {
			s.p += 3;
			s.len -= 3;
		} else {
			break;
		}
	}
	for (;;) {
		if (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
			s.len--;
		else if (s.len >= 3 && memcmp(s.p + s.len - 3, wide, 3) == 0)
			s.len -= 3;
		else
			return s;
	}
}

/* What a spreadsheet would calculate. */
static bool
is_formula(yb_str s)
{
	return s.len > 0 && memchr("=+-@\t\r", s.p[0], 6) != NULL;
}

/* Takes away the apostrophe our own files guard formulas with. */
static yb_str
unguarded(yb_str s)
{
	yb_str rest = { s.p + 1, s.len - 1 };

	return s.len > 1 && s.p[0] == '\'' && is_formula(rest) ? rest : s;
}

static bool
all_digits(yb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0;
}

/* "1.31E+11": a long number after a spreadsheet had it. */
static bool
is_scientific(yb_str s)
{
	const char *e = memchr(s.p, 'E', s.len);
	size_t n = e == NULL ? 0 : (size_t)(e - s.p);

	return n > 0 && n + 2 < s.len && e[1] == '+' && s.p[0] >= '1' && s.p[0] <= '9' &&
	    all_digits((yb_str) { e + 2, s.len - n - 2 });
}

/*
 * Whether a code of this field has a fixed number of digits of which `n` are too few: its
 * pattern begins with digits alone and counts them, "^[0-9]{6}$", "^([0-9]{6}|[0-9]{8})$".
 */
static bool
digits_missing(const yb_field *f, size_t n)
{
	const char *p = f->format == NULL ? NULL : f->format->pattern;
	bool shorter = false;

	if (p == NULL || (strncmp(p, "^[0-9]{", 7) != 0 && strncmp(p, "^([0-9]{", 8) != 0))
		return p == NULL && f->format == NULL && f->min > 1 && f->min == f->max &&
		    n < f->min;
	for (; (p = strchr(p, '{')) != NULL; p++) {
		char *end;
		unsigned long want = strtoul(p + 1, &end, 10);

		if (*end != '}' || want == n)
			return false;
		shorter = shorter || n < want;
	}
	return shorter;
}

/* A code that a spreadsheet took for a number lost its zeros. */
static bool
zero_lost(const yb_field *f, yb_str s)
{
	char word[24];

	if (f->one_of != NULL) {
		if (!all_digits(s) || s.len + 2 > sizeof word || yb_word_in(s, f->one_of, ','))
			return false;
		word[0] = '0';
		memcpy(word + 1, s.p, s.len);
		return yb_word_in((yb_str) { word, s.len + 1 }, f->one_of, ',');
	}
	return (all_digits(s) && digits_missing(f, s.len)) ||
	    (is_scientific(s) && digits_missing(f, 0));
}

/* "2026/4/1", "2026-4-1", "20260401" as "2026-04-01"; anything else stays as it is. */
static yb_str
day_form(yb_str s, char out[DAY_ROOM])
{
	unsigned part[3] = { 0, 0, 0 };
	size_t n = 0, digits = 0;

	if (s.len == 8 && all_digits(s)) {
		(void)snprintf(out, DAY_ROOM, "%.4s-%.2s-%.2s", s.p, s.p + 4, s.p + 6);
		return (yb_str) { out, 10 };
	}
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9' && digits < 4) {
			part[n] = part[n] * 10 + (unsigned)(s.p[i] - '0');
			digits++;
		} else if ((s.p[i] == '/' || s.p[i] == '-') && digits > 0 && n < 2) {
			n++;
			digits = 0;
		} else {
			return s;
		}
	}
	if (n != 2 || digits == 0 || digits > 2 || part[0] < 1000 || part[1] > 99)
		return s;
	(void)snprintf(out, DAY_ROOM, "%04u-%02u-%02u", part[0], part[1], part[2]);
	return (yb_str) { out, 10 };
}

static yb_str
truth_form(yb_str s)
{
	if (yb_word_in(s, "1,TRUE,True", ','))
		return YB_STR("true");
	return yb_word_in(s, "0,FALSE,False", ',') ? YB_STR("false") : s;
}

const char *
job_cell_set(struct yb_arena *a, const yb_field *f, yb_str cell, void *record)
{
	char day[DAY_ROOM];
	const char *code;
	yb_str s = trimmed(cell.p == NULL ? YB_STR("") : cell);

	if (s.len == 0)
		return (f->flags & YB_REQUIRED) != 0 ? "E-VAL-001" : NULL;
	if (f->type == YB_T_TEXT) {
		s = unguarded(s);
		if (zero_lost(f, s))
			return ZERO_LOST;
	} else if (f->type == YB_T_DATE) {
		s = day_form(s, day);
	} else if (f->type == YB_T_BOOL) {
		s = truth_form(s);
	}
	code = ybh_record_set_text(a, f, s, record);
	/* The catalogue's words for a wrong type are meant for programs. */
	if (code == NULL || strcmp(code, "E-VAL-004") != 0)
		return code;
	return f->type == YB_T_BOOL ? NOT_TRUTH : NOT_NUMBER;
}

/* ---- out ---- */

yb_str
job_cut(yb_str s, size_t n)
{
	size_t at = 0;

	while (at < s.len && n-- > 0)
		(void)ybh_utf8_next(s, &at);
	s.len = at;
	return s;
}

/* A number alone is no formula, whatever its sign. */
static bool
is_number(yb_str s)
{
	int64_t v;

	return ybh_dec_parse(s, 9, &v);
}

void
job_cell_print(struct ybh_buf *b, yb_str cell, bool text)
{
	size_t from = 0;

	ybh_buf_char(b, '"');
	if (is_formula(cell) && (text || !is_number(cell)))
		ybh_buf_char(b, '\'');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.p[i] != '"')
			continue;
		ybh_buf_put(b, cell.p + from, i + 1 - from);
		from = i; /* the quote once more */
	}
	ybh_buf_put(b, cell.p + from, cell.len - from);
	ybh_buf_char(b, '"');
}

yb_str
job_field_text(const yb_field *f, const void *record, char text[JOB_TEXT])
{
	const void *m = (const char *)record + f->offset;
	int n;

	if (ybh_field_is_null(f, record))
		return YB_STR("");
	switch (f->type) {
	case YB_T_TEXT:
		return *(const yb_str *)m;
	case YB_T_I64:
		n = snprintf(text, JOB_TEXT, "%lld", (long long)*(const int64_t *)m);
		break;
	case YB_T_INT:
		n = snprintf(text, JOB_TEXT, "%lld", (long long)((const yb_int *)m)->v);
		break;
	case YB_T_BOOL:
		return *(const bool *)m ? YB_STR("true") : YB_STR("false");
	case YB_T_DATE:
		return (yb_str) { text, ybh_date_print(*(const yb_date *)m, text) };
	case YB_T_TIME:
		return (yb_str) { text, ybh_time_print(*(const yb_time *)m, text) };
	case YB_T_UUID:
		return (yb_str) { text, ybh_uuid_print(*(const yb_uuid *)m, text) };
	case YB_T_DEC:
		return (yb_str) { text, ybh_dec_print(((const yb_dec *)m)->units, f->scale, text) };
	case YB_T_BYTES:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
	case YB_T_END:
	default: /* the columns were looked at: they are cells */
		return YB_STR("");
	}
	return (yb_str) { text, n > 0 ? (size_t)n : 0 };
}

void
job_line_print(struct ybh_buf *b, const struct ybh_job *j, const void *record)
{
	char text[JOB_TEXT];

	for (size_t i = 0; i < j->n_columns; i++) {
		if (i > 0)
			ybh_buf_char(b, ',');
		job_cell_print(b, job_field_text(&j->columns.fields[i], record, text),
		    j->columns.fields[i].type == YB_T_TEXT);
	}
	ybh_buf_put(b, "\r\n", 2);
}

void
job_header_print(struct ybh_buf *b, const struct ybh_job *j, yb_str more)
{
	ybh_buf_cstr(b, "\xef\xbb\xbf"); /* spreadsheets guess otherwise */
	for (size_t i = 0; i < j->n_columns; i++) {
		if (i > 0)
			ybh_buf_char(b, ',');
		job_cell_print(b, job_label(j, i), true);
	}
	if (more.p != NULL) {
		ybh_buf_char(b, ',');
		job_cell_print(b, more, true);
	}
	ybh_buf_put(b, "\r\n", 2);
}
