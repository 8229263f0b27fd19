/*
 * linkhash.c - the hash of an entry of the link (H-3-1): by it a municipality proves what it
 * got, and we what we sent. What is hashed stands in api.md, pullVaccinations.
 */
#include "outbox.h"
#include "vaccination.h"

#include <string.h>

#define SEPARATOR '\x1f' /* never in a text: the core refuses it */
#define JST_US	  (INT64_C(9) * 3600 * 1000000)

static yb_str
time_text(yb_req *r, yb_time t)
{
	yb_date d = yb_date_in_japan(t);
	int64_t s = (t.us + JST_US) / 1000000 % 86400;

	return yb_format_text(r, "%04d-%02u-%02uT%02d:%02d:%02d+09:00", d.year, (unsigned)d.month,
	    (unsigned)d.day, (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

/* Hundredths without zeros at the end: 0.5, 0.25, 1. */
static yb_str
volume_text(yb_req *r, yb_dec v)
{
	long long whole = v.units / 100;
	int part = (int)(v.units % 100);

	if (part == 0)
		return yb_format_text(r, "%lld", whole);
	return part % 10 == 0 ? yb_format_text(r, "%lld.%d", whole, part / 10)
			      : yb_format_text(r, "%lld.%02d", whole, part);
}

/* A member as the JSON answer writes it, without quotes and escapes; null is nothing. */
static yb_str
member_text(yb_req *r, const yb_field *f, const void *rec)
{
	const void *m = (const char *)rec + f->offset;
	const yb_date *d = m;
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
		return yb_date_is_null(*d) ? (yb_str) { 0 }
					   : yb_format_text(r, "%04d-%02u-%02u", d->year,
						 (unsigned)d->month, (unsigned)d->day);
	case YB_T_TIME:
		return time_text(r, *(const yb_time *)m);
	case YB_T_UUID:
		return yb_uuid_is_null(*(const yb_uuid *)m)
		    ? (yb_str) { 0 }
		    : record_id_text(r, *(const yb_uuid *)m);
	case YB_T_DEC:
		return n->set ? volume_text(r, *n) : (yb_str) { 0 };
	default:
		return (yb_str) { 0 };
	}
}

static yb_str
hex(yb_req *r, yb_bytes b)
{
	static const char digits[] = "0123456789abcdef";
	char *p = yb_alloc(r, b.len * 2);

	for (size_t i = 0; i < b.len; i++) {
		p[2 * i] = digits[b.p[i] >> 4];
		p[2 * i + 1] = digits[b.p[i] & 15];
	}
	return (yb_str) { p, b.len * 2 };
}

yb_str
record_entry_hash(yb_req *r, const yb_field *fields, const void *entry)
{
	yb_str text[RECORD_VALUES_MAX];
	size_t n = 0, len = 0;
	char *all, *at;

	for (const yb_field *f = fields; f->type != YB_T_END && n < RECORD_VALUES_MAX; f++) {
		if (yb_word_in(yb_cstr(f->name), RECORD_HASH_WITHOUT, ','))
			continue;
		text[n] = member_text(r, f, entry);
		len += text[n++].len + 1;
	}
	all = at = yb_alloc(r, len);
	for (size_t i = 0; i < n; i++) {
		if (text[i].len > 0)
			memcpy(at, text[i].p, text[i].len);
		at += text[i].len;
		*at++ = SEPARATOR;
	}
	return hex(r, yb_sha256(r, (yb_bytes) { (const uint8_t *)all, len }));
}
