/*
 * fields.c - the tables that describe rows, formats of our own, and records as values and texts.
 */
#include "record.h"
#include "vaccination.h"

#include <yb/format.h>

#include <string.h>

/* ---- formats ---- */

/* The municipality's key is compared byte by byte, so nothing invisible may hide in it. */
static const char *
key_check(yb_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == 0x7F || c >= 0xEF)
			return "E-VAL-002"; /* EF..: variation selectors, forms, planes above 0 */
	}
	return NULL;
}

static const char *
product_check(yb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'A' && s.p[i] <= 'Z'))
			return "E-VAL-002";
	return NULL;
}

static const char *
clock_check(yb_str s)
{
	int hour, minute;

	if (s.len != 5 || s.p[2] != ':')
		return "E-VAL-003";
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (s.p[i] < '0' || s.p[i] > '9'))
			return "E-VAL-003";
	hour = (s.p[0] - '0') * 10 + s.p[1] - '0';
	minute = (s.p[3] - '0') * 10 + s.p[4] - '0';
	return hour < 24 && minute < 60 ? NULL : "E-VAL-003";
}

const yb_format record_format_key = { "municipal-key", NULL, key_check };
const yb_format record_format_product = { "product-code", "^[0-9A-Z]+$", product_check };
const yb_format record_format_clock = { "clock", "^[0-2][0-9]:[0-5][0-9]$", clock_check };

static const char *
later_check(yb_str s)
{
	(void)s;
	return NULL; /* rules.c does, see record.h */
}

const yb_format record_format_lot = { "lot-number", "^[A-Z0-9-]{1,20}$", later_check };
const yb_format record_format_gtin = { "gtin-14", "^[0-9]{14}$", later_check };
const yb_format record_format_org = { "organisation-code", "^[0-9A-Z]{2,10}$", later_check };

/* ---- rows ---- */

const yb_field record_subject_row[] = {
	{ "subject_id", YB_OF(struct subject, subject_id) },
	{ "org_id", YB_OF(struct subject, org_id) },
	{ "row_ver", YB_OF(struct subject, row_ver) },
	{ "subject_no", YB_OF(struct subject, subject_no) },
	{ "muni_code", YB_OF(struct subject, muni_code) },
	{ "muni_key", YB_OF(struct subject, muni_key) },
	{ "name", YB_OF(struct subject, name) },
	{ "name_kana", YB_OF(struct subject, name_kana) },
	{ "birth_date", YB_OF(struct subject, birth_date) },
	{ "sex", YB_OF(struct subject, sex) },
	{ "address", YB_OF(struct subject, address) },
	{ "resident_state", YB_OF(struct subject, resident_state) },
	{ "elim_date", YB_OF(struct subject, elim_date) },
	{ "elim_reason", YB_OF(struct subject, elim_reason) },
	{ "not_disclosed", YB_OF(struct subject, not_disclosed) },
	{ "self_info_blocked", YB_OF(struct subject, self_info_blocked) },
	{ "due_date", YB_OF(struct subject, due_date) },
	{ "death_date", YB_OF(struct subject, death_date) },
	{ "linked", YB_OF(struct subject, linked) },
	{ 0 },
};

struct row { /* gives the shared field list its path */
	struct vaccination r;
};

const yb_field record_vaccination_row[] = {
	VACCINATION_FIELDS(struct row, r),
	{ 0 },
};

/* ---- records as values ---- */

static yb_value
value_of(const yb_field *f, const void *m)
{
	switch (f->type) {
	case YB_T_I64:
		return yb_i64(*(const int64_t *)m);
	case YB_T_INT:
		return yb_int_or_null(*(const yb_int *)m);
	case YB_T_BOOL:
		return yb_bool(*(const bool *)m);
	case YB_T_TEXT:
		return yb_text(*(const yb_str *)m);
	case YB_T_DATE:
		return yb_day(*(const yb_date *)m);
	case YB_T_TIME:
		return yb_at(*(const yb_time *)m);
	case YB_T_UUID:
		return yb_id(*(const yb_uuid *)m);
	case YB_T_DEC:
		return yb_number(*(const yb_dec *)m, f->scale);
	case YB_T_BYTES:
		return yb_blob(*(const yb_bytes *)m);
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
	case YB_T_END:
		break;
	}
	return yb_null();
}

size_t
record_values(const yb_field *fields, const void *rec, yb_value *out)
{
	size_t n = 0;

	for (const yb_field *f = fields; f->type != YB_T_END; f++)
		out[n++] = value_of(f, (const char *)rec + f->offset);
	return n;
}

static size_t
member_size(enum yb_type t)
{
	switch (t) {
	case YB_T_TEXT:
		return sizeof(yb_str);
	case YB_T_DATE:
		return sizeof(yb_date);
	case YB_T_INT:
		return sizeof(yb_int);
	case YB_T_DEC:
		return sizeof(yb_dec);
	case YB_T_UUID:
		return sizeof(yb_uuid);
	case YB_T_I64:
	case YB_T_TIME:
		return sizeof(int64_t);
	case YB_T_BOOL:
		return sizeof(bool);
	case YB_T_BYTES:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
	case YB_T_END:
		break;
	}
	return 0;
}

void
record_take_written(yb_req *r, const yb_field *fields, void *dst, const void *src)
{
	for (const yb_field *f = fields; f->type != YB_T_END; f++)
		if (yb_body_has(r, f->name))
			memcpy((char *)dst + f->offset, (const char *)src + f->offset,
			    member_size(f->type));
}

/* ---- records as texts ---- */

yb_str
record_member_text(yb_req *r, const yb_field *f, const void *rec)
{
	const void *m = (const char *)rec + f->offset;
	const yb_int *i = m;
	const yb_dec *n = m;

	switch ((int)f->type) {
	case YB_T_TEXT:
		return *(const yb_str *)m;
	case YB_T_I64:
		return yb_format_text(r, "%lld", (long long)*(const int64_t *)m);
	case YB_T_INT:
		return i->set ? yb_format_text(r, "%lld", (long long)i->v) : (yb_str) { 0 };
	case YB_T_DATE:
		return yb_date_text(r, *(const yb_date *)m);
	case YB_T_TIME:
		return yb_time_text(r, *(const yb_time *)m);
	case YB_T_UUID:
		return yb_uuid_is_null(*(const yb_uuid *)m)
		    ? (yb_str) { 0 }
		    : record_id_text(r, *(const yb_uuid *)m);
	case YB_T_DEC: /* dose_ml, the only one: hundredths */
		return n->set ? yb_format_text(r, "%lld.%02lld", (long long)(n->units / 100),
				    (long long)(n->units % 100))
			      : (yb_str) { 0 };
	default:
		return (yb_str) { 0 };
	}
}
