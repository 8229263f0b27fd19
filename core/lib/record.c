/*
 * record.c - what can be asked of a record table, and values that come as text (json.h).
 */
#include <string.h>

#include "clock.h"
#include "decimal.h"
#include "json.h"
#include "text.h"

const yb_field *
ybh_field_named(const yb_field *fields, yb_str name)
{
	for (; fields != NULL && fields->type != YB_T_END; fields++)
		if (yb_str_is(name, fields->name))
			return fields;
	return NULL;
}

bool
ybh_field_is_null(const yb_field *f, const void *rec)
{
	const void *m = (const char *)rec + f->offset;

	switch (f->type) {
	case YB_T_INT:
		return !((const yb_int *)m)->set;
	case YB_T_TEXT:
		return ((const yb_str *)m)->p == NULL;
	case YB_T_DATE:
		return yb_date_is_null(*(const yb_date *)m);
	case YB_T_TIME:
		return ((const yb_time *)m)->us == 0;
	case YB_T_UUID:
		return yb_uuid_is_null(*(const yb_uuid *)m);
	case YB_T_DEC:
		return !((const yb_dec *)m)->set;
	case YB_T_BYTES:
		return ((const yb_bytes *)m)->p == NULL;
	case YB_T_LIST:
		return ((const yb_list *)m)->items == NULL;
	case YB_T_RECORD:
		return ((const yb_ref *)m)->p == NULL;
	case YB_T_I64:
	case YB_T_BOOL:
	case YB_T_FAULTS:
	case YB_T_END:
		break;
	}
	return false;
}

const char *
ybh_record_check_text(const yb_field *f, yb_str s)
{
	size_t n;

	if (s.len == 0)
		return (f->flags & YB_REQUIRED) != 0 ? "E-VAL-001" : "E-VAL-002";
	if (ybh_utf8_valid(s) && ybh_text_blank(s))
		return (f->flags & YB_REQUIRED) != 0 ? "E-VAL-001" : "E-VAL-002";
	if (!ybh_utf8_valid(s) || !ybh_text_plain(s, (f->flags & YB_LINES) != 0))
		return "E-VAL-002";
	n = ybh_text_length(s);
	if (n < f->min || (f->max != 0 && n > f->max) || s.len > 16 * (f->max != 0 ? f->max : 4096))
		return "E-VAL-002";
	if (f->one_of != NULL && !yb_word_in(s, f->one_of, ','))
		return "E-VAL-011";
	return f->format != NULL ? f->format->check(s) : NULL;
}

static const char *
set_number(const yb_field *f, yb_str s, int64_t *out)
{
	int64_t v;

	if (!ybh_dec_parse(s, 0, &v) || memchr(s.p, '.', s.len) != NULL)
		return "E-VAL-004";
	if ((f->max != 0 || f->min != 0) &&
	    (v < (int64_t)f->min || (f->max != 0 && v > (int64_t)f->max)))
		return "E-VAL-006";
	*out = v;
	return NULL;
}

static const char *
set_decimal(const yb_field *f, yb_str s, yb_dec *out)
{
	if (!ybh_dec_parse(s, f->scale, &out->units))
		return "E-VAL-004";
	out->set = true;
	if (out->units <= -YBH_DEC_MOST || out->units >= YBH_DEC_MOST)
		return "E-VAL-006";
	if ((f->max != 0 || f->min != 0) &&
	    (out->units < (int64_t)f->min || (f->max != 0 && out->units > (int64_t)f->max)))
		return "E-VAL-006";
	return NULL;
}

const char *
ybh_record_set_text(struct yb_arena *a, const yb_field *f, yb_str s, void *out)
{
	void *m = (char *)out + f->offset;

	(void)a;
	switch (f->type) {
	case YB_T_I64:
		return set_number(f, s, m);
	case YB_T_INT:
		((yb_int *)m)->set = true;
		return set_number(f, s, &((yb_int *)m)->v);
	case YB_T_BOOL:
		if (!yb_word_in(s, "true,false", ','))
			return "E-VAL-004";
		*(bool *)m = yb_str_is(s, "true");
		return NULL;
	case YB_T_TEXT:
		*(yb_str *)m = s;
		return ybh_record_check_text(f, s);
	case YB_T_DATE:
		return yb_date_parse(s, m) ? NULL : "E-VAL-003";
	case YB_T_TIME:
		return ybh_time_parse(s, m) ? NULL : "E-VAL-003";
	case YB_T_UUID:
		return yb_uuid_parse(s, m) ? NULL : "E-VAL-002";
	case YB_T_DEC:
		return set_decimal(f, s, m);
	case YB_T_BYTES:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
	case YB_T_END:
		break;
	}
	return "E-VAL-005";
}

void
ybh_record_require(struct yb_arena *a, const yb_field *fields, const void *rec,
    struct ybh_faults *faults)
{
	for (const yb_field *f = fields; f->type != YB_T_END; f++)
		if ((f->flags & YB_REQUIRED) != 0 && ybh_field_is_null(f, rec))
			ybh_fault(a, faults, ybh_arena_format(a, "/%s", f->name).p, "E-VAL-001");
}
