/*
 * linkhash.c - the hash of an entry of the link (H-3-1): by it a municipality proves what it
 * got, and we what we sent. What is hashed stands in api.md, pullVaccinations.
 */
#include "outbox.h"
#include "vaccination.h"

#include <string.h>

#define SEPARATOR '\x1f' /* never in a text: the core refuses it */

/* A member as the JSON answer writes it, without quotes and escapes: 0.5; null is nothing. */
static yb_str
member_text(yb_req *r, const yb_field *f, const void *rec)
{
	yb_str s = record_member_text(r, f, rec);

	if (f->type != YB_T_DEC || s.len == 0)
		return s;
	while (s.p[s.len - 1] == '0')
		s.len--;
	if (s.p[s.len - 1] == '.')
		s.len--;
	return s;
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
	return yb_hex(r, yb_sha256(r, (yb_bytes) { (const uint8_t *)all, len }));
}
