/*
 * request.c - what a handler may ask (yb/request.h).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "overlay.h"
#include "text.h"

const yb_caller *
yb_who(const yb_req *r)
{
	return &r->caller;
}

bool
yb_has_scope(const yb_req *r, const char *scope)
{
	yb_str all = r->caller.scope;
	size_t want = strlen(scope);

	for (size_t at = 0; at < all.len;) {
		const char *end = memchr(all.p + at, ' ', all.len - at);
		size_t len = (end == NULL ? all.len : (size_t)(end - all.p)) - at;

		if (len == want && memcmp(all.p + at, scope, len) == 0)
			return true;
		at += len + 1;
	}
	return false;
}

const void *
yb_body(const yb_req *r)
{
	return r->body;
}

bool
yb_body_has(const yb_req *r, const char *name)
{
	return r->doc != NULL && ybh_json_has(r->doc, name);
}

const void *
yb_params(const yb_req *r)
{
	return r->query;
}

bool
yb_form_bad(const yb_req *r)
{
	return r->form_bad;
}

yb_str
yb_path(const yb_req *r, const char *name)
{
	for (size_t i = 0; i < r->match.n; i++)
		if (yb_str_is(r->match.names[i], name))
			return r->match.values[i];
	assert(0 && "the path of this route has no such name");
	return (yb_str) { NULL, 0 };
}

yb_time
yb_now(const yb_req *r)
{
	return r->now;
}

yb_date
yb_today(const yb_req *r)
{
	return yb_date_in_japan(r->now);
}

static const char *
option(const yb_req *r, const char *name)
{
	const yb_module *m = r->match.loaded->module;
	const char *value = ybh_overlay_option(r->p, m->name, m->options, name);

	assert(value != NULL && "the module has no such option");
	return value;
}

int64_t
yb_option_i64(const yb_req *r, const char *name)
{
	return strtoll(option(r, name), NULL, 10);
}

yb_str
yb_option_text(const yb_req *r, const char *name)
{
	return yb_cstr(option(r, name));
}

const void *
yb_module_state(const yb_req *r)
{
	return r->match.loaded->state;
}

yb_str
yb_base_url(const yb_req *r)
{
	return yb_cstr(r->p->base_url);
}

yb_str
yb_peer(const yb_req *r)
{
	return r->peer;
}

yb_str
ybh_header(const yb_req *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (yb_str_is(r->headers[i].name, name))
			return r->headers[i].value;
	return (yb_str) { NULL, 0 };
}

yb_str
yb_header(const yb_req *r, const char *name)
{
	char cgi[64] = "HTTP_";
	size_t n = 5;

	for (; *name != '\0' && n + 1 < sizeof cgi; name++) {
		char c = *name;

		cgi[n++] = c == '-' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return ybh_header(r, cgi);
}

yb_str
yb_user_agent(const yb_req *r)
{
	yb_str s = ybh_header(r, "HTTP_USER_AGENT");

	s.len = s.len > 200 ? 200 : s.len;
	return ybh_utf8_valid(s) ? s : (yb_str) { NULL, 0 };
}

int64_t
yb_upload_read(yb_req *r, void *buf, size_t size)
{
	int64_t left = r->content_length - r->body_read, got;

	if (left <= 0)
		return 0;
	got = r->in->read(r->in->arg, buf, (int64_t)size < left ? size : (size_t)left);
	if (got <= 0)
		return yb_problem(r, "E-REQ-001"); /* shorter than it said */
	r->body_read += got;
	return got;
}

/* ---- memory ---- */

void *
yb_alloc(yb_req *r, size_t size)
{
	return ybh_arena_must(r->arena, size);
}

void *
yb_alloc_state(yb_req *boot, size_t size)
{
	assert(boot->in == NULL && boot->run == NULL && "only a start hook leaves state");
	return ybh_arena_must(boot->p->state, size);
}

void
yb_defer(yb_req *r, void (*fn)(void *arg), void *arg)
{
	if (ybh_arena_defer(r->arena, fn, arg) < 0)
		abort(); /* as for memory: the limit is a fault of ours */
}

yb_str
yb_copy(yb_req *r, yb_str s)
{
	return ybh_arena_copy(r->arena, s);
}

yb_str
yb_format_text(yb_req *r, const char *fmt, ...)
{
	va_list ap;
	yb_str s;

	va_start(ap, fmt);
	s = ybh_arena_vformat(r->arena, fmt, ap);
	va_end(ap);
	return s;
}

/* ---- words of the field ---- */

yb_uuid
yb_uuid_new(void)
{
	yb_uuid u;

	ybh_random(u.b, sizeof u.b);
	u.b[6] = (uint8_t)((u.b[6] & 0x0F) | 0x40);
	u.b[8] = (uint8_t)((u.b[8] & 0x3F) | 0x80);
	return u;
}

yb_str
yb_random_number(yb_req *r, unsigned n)
{
	char *p = ybh_arena_must(r->arena, n + 2);

	for (unsigned i = 0; i < n;) {
		unsigned char b;

		ybh_random(&b, 1);
		if (b >= 250)
			continue; /* every digit equally likely */
		p[i++] = (char)('0' + b % 10);
	}
	p[n] = (char)('0' + yb_check_digit_luhn((yb_str) { p, n }));
	return (yb_str) { p, n + 1 };
}

yb_str
yb_search_key(yb_req *r, yb_str s)
{
	return ybh_search_key(r->arena, s);
}

yb_str
yb_kana(yb_req *r, yb_str s)
{
	return ybh_kana(r->arena, s);
}

yb_bytes
yb_sha256(yb_req *r, yb_bytes b)
{
	unsigned char *out = ybh_arena_must(r->arena, 32);

	ybh_sha256(b.p, b.len, out);
	return (yb_bytes) { out, 32 };
}

yb_str
yb_hex(yb_req *r, yb_bytes b)
{
	char *out;

	if (b.p == NULL)
		return (yb_str) { NULL, 0 };
	out = ybh_arena_must(r->arena, 2 * b.len + 1);
	return (yb_str) { out, ybh_hex(b.p, b.len, out) };
}

yb_str
yb_date_text(yb_req *r, yb_date d)
{
	char *out;

	if (yb_date_is_null(d))
		return (yb_str) { NULL, 0 };
	out = ybh_arena_must(r->arena, 16);
	return (yb_str) { out, ybh_date_print(d, out) };
}

yb_str
yb_time_text(yb_req *r, yb_time t)
{
	char *out;

	if (t.us == 0)
		return (yb_str) { NULL, 0 };
	out = ybh_arena_must(r->arena, 32);
	return (yb_str) { out, ybh_time_print(t, out) };
}

yb_bytes
yb_seal(yb_req *r, yb_str place, yb_str secret)
{
	return ybh_seal(r->p->field_keys, r->arena, place, secret);
}

int
yb_unseal(yb_req *r, yb_str place, yb_bytes sealed, yb_str *ret)
{
	if (ybh_unseal(r->p->field_keys, r->arena, place, sealed, ret) == 0)
		return 0;
	ybh_log(YBH_ERR, "%s: a sealed column cannot be opened", r->trace);
	return yb_problem(r, "E-SYS-003");
}

yb_bytes
yb_match_key(yb_req *r, yb_str purpose, yb_str secret)
{
	unsigned char *out = ybh_arena_must(r->arena, 32);

	ybh_match(r->p->field_keys, purpose, secret, out);
	return (yb_bytes) { out, 32 };
}
