/*
 * audit_tlv.c - the evidence as canonical bytes (audit_tlv.h).
 */
#include "audit_tlv.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "arena.h"
#include "crypto.h"
#include "merkle.h"

enum tlv_type {
	TLV_U8,	  /* an enum or bool of the struct, 1 byte */
	TLV_U64,  /* 8 bytes; int64_t as two's complement */
	TLV_HASH, /* 32 bytes inside the struct */
	TLV_TEXT, /* yb_str */
	TLV_BYTES, /* yb_bytes */
};

#define OPTIONAL 0x01u /* left out when null (a number: when 0) */

struct tlv_field {
	unsigned char tag;
	enum tlv_type type;
	unsigned flags;
	size_t offset;
	size_t size;	    /* of the member, for TLV_U8 */
	size_t chars;	    /* text: limit in characters, of its column */
	size_t bytes;	    /* text, bytes: limit in bytes */
	const char *column; /* readable column of audit_event; NULL: none */
	size_t column_offset;
};

/* clang-format off */
#define MEMBER(m)  .offset = offsetof(struct ybh_record, m), \
	.size = sizeof(((struct ybh_record *)0)->m)
#define COLUMN(c)  .column = #c, .column_offset = offsetof(struct ybh_audit_row, c)
#define CHARS(n)   .chars = (n), .bytes = 4 * (n)
#define BYTES(n)   .chars = (n), .bytes = (n)

/*
 * The format. A tag is never given another meaning; a field that comes later gets a new tag
 * and a new version. Limits of text are those of the columns; their sum fits YBH_RECORD_MAX.
 */
static const struct tlv_field table[] = {
	{ 1, TLV_U64, 0, MEMBER(version) },
	{ 2, TLV_U64, 0, MEMBER(chain_id), COLUMN(chain_id) },
	{ 3, TLV_U64, 0, MEMBER(seq), COLUMN(seq) },
	{ 4, TLV_HASH, 0, MEMBER(prev) },
	{ 5, TLV_U8, 0, MEMBER(kind) },
	{ 6, TLV_U64, 0, MEMBER(event.at_us), COLUMN(at_us) },
	{ 7, TLV_U8, 0, MEMBER(event.actor_kind), COLUMN(actor_kind) },
	{ 8, TLV_TEXT, 0, MEMBER(event.actor), CHARS(64), COLUMN(actor) },
	{ 9, TLV_U64, 0, MEMBER(event.org_id), COLUMN(org_id) },
	{ 10, TLV_TEXT, 0, MEMBER(event.org_code), CHARS(10), COLUMN(org_code) },
	{ 11, TLV_TEXT, OPTIONAL, MEMBER(event.role), BYTES(16) },
	{ 12, TLV_BYTES, OPTIONAL, MEMBER(event.session), BYTES(8) },
	{ 13, TLV_BYTES, OPTIONAL, MEMBER(event.token), BYTES(32) },
	{ 14, TLV_TEXT, OPTIONAL, MEMBER(event.peer), BYTES(64) },
	{ 15, TLV_TEXT, OPTIONAL, MEMBER(event.user_agent), BYTES(200) },
	{ 16, TLV_TEXT, 0, MEMBER(event.function), CHARS(10), COLUMN(function) },
	{ 17, TLV_TEXT, 0, MEMBER(event.operation), CHARS(40), COLUMN(operation) },
	{ 18, TLV_U8, 0, MEMBER(event.action), COLUMN(action) },
	{ 19, TLV_TEXT, OPTIONAL, MEMBER(event.subject_no), CHARS(20), COLUMN(subject_no) },
	{ 20, TLV_TEXT, OPTIONAL, MEMBER(event.target_type), CHARS(20), COLUMN(target_type) },
	{ 21, TLV_TEXT, OPTIONAL, MEMBER(event.target_id), CHARS(64), COLUMN(target_id) },
	{ 22, TLV_TEXT, OPTIONAL, MEMBER(event.muni_code), BYTES(16) },
	{ 23, TLV_TEXT, OPTIONAL, MEMBER(event.purpose), CHARS(2), COLUMN(purpose) },
	{ 24, TLV_TEXT, OPTIONAL, MEMBER(event.reason), BYTES(1500) },
	{ 25, TLV_U8, 0, MEMBER(event.ok), COLUMN(ok) },
	{ 26, TLV_TEXT, OPTIONAL, MEMBER(event.error_id), CHARS(12), COLUMN(error_id) },
	{ 27, TLV_U64, 0, MEMBER(event.row_count), COLUMN(row_count) },
	{ 28, TLV_BYTES, OPTIONAL, MEMBER(event.body_sha256), BYTES(32) },
	{ 29, TLV_TEXT, 0, MEMBER(event.trace_id), CHARS(16), COLUMN(trace_id) },
	{ 30, TLV_U64, OPTIONAL, MEMBER(opened_us) },
	{ 31, TLV_TEXT, OPTIONAL, MEMBER(host), BYTES(YBH_HOST_MAX) },
	{ 32, TLV_BYTES, OPTIONAL, MEMBER(signature), BYTES(72) },
};
#define FIELDS (sizeof table / sizeof table[0])

const yb_field ybh_audit_row_fields[] = {
	{ "chain_id", YB_OF(struct ybh_audit_row, chain_id) },
	{ "seq", YB_OF(struct ybh_audit_row, seq) },
	{ "rec", YB_OF(struct ybh_audit_row, rec) },
	{ "hash", YB_OF(struct ybh_audit_row, hash) },
	{ "mac", YB_OF(struct ybh_audit_row, mac) },
	{ "at_us", YB_OF(struct ybh_audit_row, at_us) },
	{ "actor_kind", YB_OF(struct ybh_audit_row, actor_kind) },
	{ "actor", YB_OF(struct ybh_audit_row, actor) },
	{ "org_id", YB_OF(struct ybh_audit_row, org_id) },
	{ "org_code", YB_OF(struct ybh_audit_row, org_code) },
	{ "function", YB_OF(struct ybh_audit_row, function) },
	{ "operation", YB_OF(struct ybh_audit_row, operation) },
	{ "action", YB_OF(struct ybh_audit_row, action) },
	{ "subject_no", YB_OF(struct ybh_audit_row, subject_no) },
	{ "target_type", YB_OF(struct ybh_audit_row, target_type) },
	{ "target_id", YB_OF(struct ybh_audit_row, target_id) },
	{ "purpose", YB_OF(struct ybh_audit_row, purpose) },
	{ "ok", YB_OF(struct ybh_audit_row, ok) },
	{ "error_id", YB_OF(struct ybh_audit_row, error_id) },
	{ "row_count", YB_OF(struct ybh_audit_row, row_count) },
	{ "trace_id", YB_OF(struct ybh_audit_row, trace_id) },
	{ 0 },
};
/* clang-format on */

_Static_assert(sizeof(enum yb_action) == 4 && sizeof(enum yb_audience) == 4, "enums of 4 bytes");

/* ---- bytes ---- */

static void
put_be(unsigned char *p, uint64_t v, size_t n)
{
	while (n > 0) {
		p[--n] = (unsigned char)(v & 0xff);
		v >>= 8;
	}
}

static uint64_t
get_be(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* Length of the well-formed character at p (RFC 3629), or 0. */
static size_t
utf8_char(const unsigned char *p, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = p[0];
	size_t len = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf8 ? 4 : 0;

	if (len < 2 || len > n)
		return len == 1 ? 1 : 0;
	c &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return len;
}

/* ---- members ---- */

static uint64_t
number_get(const struct tlv_field *f, const struct ybh_record *r)
{
	const char *m = (const char *)r + f->offset;
	uint32_t small = 0;
	uint64_t v = 0;

	if (f->type == TLV_U64) {
		memcpy(&v, m, sizeof v);
		return v;
	}
	if (f->size == sizeof(bool))
		return *(const bool *)m ? 1 : 0;
	memcpy(&small, m, sizeof small);
	return small & 0xff;
}

static void
number_set(const struct tlv_field *f, struct ybh_record *r, uint64_t v)
{
	char *m = (char *)r + f->offset;
	uint32_t small = (uint32_t)v;

	if (f->type == TLV_U64)
		memcpy(m, &v, sizeof v);
	else if (f->size == sizeof(bool))
		*(bool *)m = v != 0;
	else
		memcpy(m, &small, sizeof small);
}

static yb_bytes
bytes_get(const struct tlv_field *f, const struct ybh_record *r)
{
	const char *m = (const char *)r + f->offset;
	const yb_str *s = (const yb_str *)(const void *)m;

	if (f->type == TLV_HASH)
		return (yb_bytes) { (const unsigned char *)m, 32 };
	if (f->type == TLV_BYTES)
		return *(const yb_bytes *)(const void *)m;
	return (yb_bytes) { (const unsigned char *)s->p, s->len };
}

static void
bytes_set(const struct tlv_field *f, struct ybh_record *r, yb_bytes v)
{
	char *m = (char *)r + f->offset;

	if (f->type == TLV_HASH)
		memcpy(m, v.p, 32);
	else if (f->type == TLV_BYTES)
		*(yb_bytes *)(void *)m = v;
	else
		*(yb_str *)(void *)m = (yb_str) { (const char *)v.p, v.len };
}

static bool
is_number(const struct tlv_field *f)
{
	return f->type == TLV_U8 || f->type == TLV_U64;
}

/* ---- limits ---- */

/* How many bytes of s are within the limits; *clean: all of them are UTF-8. */
static size_t
text_measure(const struct tlv_field *f, yb_bytes s, bool *clean)
{
	size_t at = 0;

	*clean = true;
	for (size_t chars = 0; at < s.len && chars < f->chars; chars++) {
		size_t len = utf8_char(s.p + at, s.len - at);

		if (len == 0) {
			*clean = false;
			len = 1;
		}
		if (at + len > f->bytes)
			break;
		at += len;
	}
	return at;
}

static yb_bytes
text_bound(const struct tlv_field *f, yb_bytes s, struct yb_arena *a)
{
	unsigned char *p;
	bool clean;

	if (s.p == NULL)
		return (f->flags & OPTIONAL) != 0 ? s : (yb_bytes) { (const unsigned char *)"", 0 };
	s.len = text_measure(f, s, &clean);
	if (clean)
		return s;
	p = ybh_arena_must(a, s.len);
	for (size_t at = 0, len; at < s.len; at += len) {
		len = utf8_char(s.p + at, s.len - at);
		if (len > 0)
			memcpy(p + at, s.p + at, len);
		else
			p[at] = '?';
		if (len == 0)
			len = 1;
	}
	return (yb_bytes) { p, s.len };
}

void
ybh_record_bound(struct ybh_record *r, struct yb_arena *a)
{
	for (const struct tlv_field *f = table; f < table + FIELDS; f++) {
		yb_bytes v;

		if (f->type != TLV_TEXT && f->type != TLV_BYTES)
			continue;
		v = bytes_get(f, r);
		if (f->type == TLV_TEXT)
			v = text_bound(f, v, a);
		else if (v.len == 0)
			v.p = NULL;
		else if (v.len > f->bytes)
			v.len = f->bytes;
		bytes_set(f, r, v);
	}
}

/* ---- encoding ---- */

size_t
ybh_record_encode(const struct ybh_record *r, unsigned char out[YBH_RECORD_MAX])
{
	size_t n = 0;

	for (const struct tlv_field *f = table; f < table + FIELDS; f++) {
		size_t len = f->type == TLV_U8 ? 1 : 8;
		yb_bytes v = { NULL, 0 };

		if (is_number(f)) {
			if ((f->flags & OPTIONAL) != 0 && number_get(f, r) == 0)
				continue;
		} else {
			v = bytes_get(f, r);
			if (v.p == NULL)
				continue;
			len = v.len;
		}
		assert(n + 3 + len <= YBH_RECORD_MAX);
		out[n] = f->tag;
		put_be(out + n + 1, len, 2);
		if (is_number(f))
			put_be(out + n + 3, number_get(f, r), len);
		else if (len > 0)
			memcpy(out + n + 3, v.p, len);
		n += 3 + len;
	}
	return n;
}

static int
field_decode(const struct tlv_field *f, yb_bytes v, struct ybh_record *r)
{
	size_t exact = f->type == TLV_U8 ? 1 : f->type == TLV_U64 ? 8 : 32;
	uint64_t number;

	if (f->type == TLV_TEXT || f->type == TLV_BYTES) {
		if (v.len > f->bytes || (f->type == TLV_BYTES && v.len == 0))
			return -EBADMSG;
		bytes_set(f, r, v);
		return 0;
	}
	if (v.len != exact)
		return -EBADMSG;
	if (f->type == TLV_HASH) {
		bytes_set(f, r, v);
		return 0;
	}
	number = get_be(v.p, v.len);
	if ((number == 0 && (f->flags & OPTIONAL) != 0) || (number > 1 && f->size == sizeof(bool)))
		return -EBADMSG;
	number_set(f, r, number);
	return 0;
}

int
ybh_record_decode(yb_bytes rec, struct ybh_record *ret)
{
	struct ybh_record r = { 0 };
	size_t at = 0;

	for (const struct tlv_field *f = table; f < table + FIELDS; f++) {
		yb_bytes v;

		if (at == rec.len || rec.p[at] != f->tag) {
			if ((f->flags & OPTIONAL) == 0)
				return -EBADMSG;
			continue;
		}
		if (rec.len - at < 3)
			return -EBADMSG;
		v = (yb_bytes) { rec.p + at + 3, (size_t)get_be(rec.p + at + 1, 2) };
		if (v.len > rec.len - at - 3 || field_decode(f, v, &r) != 0)
			return -EBADMSG;
		at += 3 + v.len;
	}
	if (at != rec.len || r.version != YBH_RECORD_VERSION || r.kind > YBH_RECORD_CLOSE)
		return -EBADMSG;
	*ret = r;
	return 0;
}

/* ---- readable columns ---- */

void
ybh_record_columns(const struct ybh_record *r, struct ybh_audit_row *ret)
{
	for (const struct tlv_field *f = table; f < table + FIELDS; f++) {
		char *m = (char *)ret + f->column_offset;
		yb_bytes v;

		if (f->column == NULL)
			continue;
		if (is_number(f)) {
			*(int64_t *)(void *)m = (int64_t)number_get(f, r);
			continue;
		}
		v = bytes_get(f, r);
		*(yb_str *)(void *)m = (yb_str) { (const char *)v.p, v.len };
	}
}

const char *
ybh_record_differs(const struct ybh_record *r, const struct ybh_audit_row *row, size_t *at)
{
	for (; *at < FIELDS; (*at)++) {
		const struct tlv_field *f = &table[*at];
		const char *m = (const char *)row + f->column_offset;
		yb_bytes v;
		bool same;

		if (f->column == NULL)
			continue;
		if (is_number(f)) {
			same = *(const int64_t *)(const void *)m == (int64_t)number_get(f, r);
		} else {
			v = bytes_get(f, r);
			same = yb_str_eq(*(const yb_str *)(const void *)m,
			    (yb_str) { (const char *)v.p, v.len });
		}
		if (!same)
			return table[(*at)++].column;
	}
	return NULL;
}

/* ---- hashes ---- */

void
ybh_record_hash(yb_bytes rec, unsigned char out[32])
{
	unsigned char text[1 + YBH_RECORD_MAX];

	assert(rec.len <= YBH_RECORD_MAX);
	text[0] = 0x00;
	if (rec.len > 0)
		memcpy(text + 1, rec.p, rec.len);
	ybh_sha256(text, 1 + rec.len, out);
}

void
ybh_record_key_next(unsigned char key[32])
{
	unsigned char text[36];

	memcpy(text, key, 32);
	memcpy(text + 32, "next", 4);
	ybh_sha256(text, sizeof text, key);
	ybh_wipe(text, sizeof text);
}

void
ybh_record_leaf(uint64_t chain_id, uint64_t seq, const unsigned char hash[32],
    unsigned char out[32])
{
	unsigned char data[48];

	put_be(data, chain_id, 8);
	put_be(data + 8, seq, 8);
	memcpy(data + 16, hash, 32);
	ybh_merkle_leaf(data, sizeof data, out);
}
