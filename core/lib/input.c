/*
 * input.c - what the web server handed over: parameters, headers, query, body (internal.h).
 *
 * Everything here is input nobody has looked at yet. It is bounded, named by an allow-list
 * and refused when it says the same thing twice.
 */
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "internal.h"
#include "text.h"

#define PARAMS_MAX     100
#define PARAMS_BYTES   (64u * 1024u)
#define BODY_DEFAULT   (256u * 1024u)
#define PATH_MAX_BYTES 1024u

static bool
name_ok(const char *p, size_t n)
{
	if (n == 0 || n > 64)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= 'A' && p[i] <= 'Z') && !(p[i] >= '0' && p[i] <= '9') && p[i] != '_')
			return false;
	return true;
}

/* true: it is one of ours, and kept. Our names do not begin with HTTP_: nobody can forge them. */
static bool
fact(yb_req *r, yb_str name, yb_str v)
{
	if (yb_str_is(name, "REQUEST_METHOD"))
		r->method = yb_str_is(v, "HEAD") ? YB_GET : ybh_method(v); /* nginx drops the body */
	else if (yb_str_is(name, "REQUEST_URI"))
		r->path = v;
	else if (yb_str_is(name, "QUERY_STRING"))
		r->query_text = v;
	else if (yb_str_is(name, "CONTENT_TYPE"))
		r->content_type = v;
	else if (yb_str_is(name, "REMOTE_ADDR"))
		r->peer = v;
	else if (yb_str_is(name, "YB_LISTENER"))
		r->mtls = yb_str_is(v, "mtls");
	else
		return false;
	return true;
}

/* The headers we look at; which of two would decide? All others are nobody's business. */
static int
header_add(yb_req *r, yb_str name, yb_str value)
{
	if (!yb_word_in(name, "HTTP_ACCEPT_LANGUAGE,HTTP_AUTHORIZATION,HTTP_COOKIE,HTTP_HOST,"
			      "HTTP_IDEMPOTENCY_KEY,HTTP_IF_MATCH,HTTP_IF_NONE_MATCH,HTTP_ORIGIN,"
			      "HTTP_SEC_FETCH_SITE,HTTP_TRACEPARENT,HTTP_USER_AGENT,"
			      "HTTP_X_YOBO_CSRF",
		',') ||
	    value.len == 0)
		return 0;
	if (ybh_header(r, name.p).p != NULL || r->n_headers == YBH_HEADERS_MAX)
		return -1;
	r->headers[r->n_headers++] = (struct ybh_header) { name, value };
	return 0;
}

static int64_t
content_length(yb_str v)
{
	int64_t n = 0;

	if (v.len == 0)
		return 0;
	if (v.len > 12)
		return INT64_MAX;
	for (size_t i = 0; i < v.len; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return -1;
		n = n * 10 + (v.p[i] - '0');
	}
	return n;
}

static int
param_take(yb_req *r, const char *param)
{
	const char *eq = strchr(param, '=');
	yb_str name, value;

	if (eq == NULL || !name_ok(param, (size_t)(eq - param)))
		return -1;
	name = ybh_arena_copy(r->arena, (yb_str) { param, (size_t)(eq - param) });
	value = yb_cstr(eq + 1);
	if (yb_str_is(name, "CONTENT_LENGTH")) {
		r->content_length = content_length(value);
		return r->content_length < 0 ? -1 : 0;
	}
	if (yb_str_is(name, "SERVER_PROTOCOL"))
		return yb_word_in(value, "HTTP/1.1,HTTP/2.0", ',') ? 0 : -1;
	if (fact(r, name, value))
		return 0;
	return header_add(r, name, value);
}

/* Which of two would decide? The web server's configuration says one of them by mistake. */
static bool
said_before(const char *const *first, const char *const *p)
{
	size_t name = strcspn(*p, "=");

	for (; first < p; first++)
		if (strncmp(*first, *p, name) == 0 && (*first)[name] == '=')
			return true;
	return false;
}

/* The weight of a language in "ja;q=0.8, en", in thousandths; -1 when it is not named. */
static int
weight_of(yb_str all, const char *language)
{
	int best = -1;

	for (size_t at = 0; at < all.len;) {
		const char *comma = memchr(all.p + at, ',', all.len - at);
		size_t n = (comma == NULL ? all.len : (size_t)(comma - all.p)) - at, i = 0;
		yb_str one = { all.p + at, n };
		const char *q = memmem(one.p, one.len, "q=", 2);
		int64_t weight = 1000;

		at += n + 1;
		while (i < one.len && one.p[i] == ' ')
			i++;
		if (one.len < i + 2 || strncasecmp(one.p + i, language, 2) != 0 ||
		    (one.len > i + 2 && strchr("-;, ", one.p[i + 2]) == NULL))
			continue;
		if (q != NULL && !ybh_dec_parse((yb_str) { q + 2, (size_t)(one.p + n - q) - 2 }, 3,
				     &weight))
			continue;
		if (weight > best)
			best = (int)(weight > 1000 ? 1000 : weight);
	}
	return best;
}

static bool
wants_english(const yb_req *r)
{
	yb_str s = ybh_header(r, "HTTP_ACCEPT_LANGUAGE");
	int en = weight_of(s, "en"), ja = weight_of(s, "ja");

	if (en <= 0 || en < ja)
		return false;
	return en > ja || memmem(s.p, s.len, "ja", 2) == NULL || /* equal: the first one named */
	    (const char *)memmem(s.p, s.len, "en", 2) < (const char *)memmem(s.p, s.len, "ja", 2);
}

/* W3C trace context: "<version>-<32 hex>-<16 hex>-<2 hex>", neither id all zero. */
static void
trace_context(yb_req *r)
{
	static const char form[] = "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
	const size_t len = sizeof form - 1;
	yb_str s = ybh_header(r, "HTTP_TRACEPARENT");
	bool trace = false, span = false;

	if (s.len < len || memcmp(s.p, "ff", 2) == 0)
		return;
	if (s.len > len && (memcmp(s.p, "00", 2) == 0 || s.p[len] != '-'))
		return; /* a later version may say more behind what we know */
	for (size_t i = 0; i < len; i++) {
		bool digit = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f');

		if (form[i] == 'h' ? !digit : s.p[i] != form[i])
			return; /* not one of ours to continue: this request has its own trace */
		trace = trace || (i >= 3 && i < 35 && s.p[i] != '0');
		span = span || (i >= 36 && i < 52 && s.p[i] != '0');
	}
	if (trace && span)
		memcpy(r->w3c, s.p + 3, 32);
}

int
ybh_input_parse(yb_req *r)
{
	const char *const *p = r->in->params;
	size_t bytes = 0, n = 0, path;

	for (; *p != NULL; p++) {
		bytes += strlen(*p);
		if (++n > PARAMS_MAX || bytes > PARAMS_BYTES || said_before(r->in->params, p) ||
		    param_take(r, *p) < 0)
			return yb_problem(r, "E-REQ-006");
	}
	if (ybh_header(r, "HTTP_HOST").p == NULL)
		return yb_problem(r, "E-REQ-006");
	r->english = wants_english(r);
	trace_context(r);
	for (path = 0; path < r->path.len && r->path.p[path] != '?'; path++)
		if ((unsigned char)r->path.p[path] <= ' ' || r->path.p[path] == 0x7F)
			return yb_problem(r, "E-REQ-004");
	r->path.len = path;
	if (path > PATH_MAX_BYTES)
		return yb_problem(r, "E-REQ-004");
	return 0;
}

/* ---- pairs ---- */

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

yb_str
ybh_percent_decode(yb_req *r, yb_str s, bool plus)
{
	char *out = ybh_arena_must(r->arena, s.len + 1);
	size_t n = 0;
	yb_str text;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '%') {
			int hi = i + 2 < s.len ? hex(s.p[i + 1]) : -1;
			int lo = i + 2 < s.len ? hex(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return (yb_str) { NULL, 0 };
			out[n++] = (char)(hi << 4 | lo);
			i += 2;
		} else {
			out[n++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	text = (yb_str) { out, n };
	return ybh_utf8_valid(text) && ybh_text_plain(text, true) ? text : (yb_str) { NULL, 0 };
}

struct pairs {
	const yb_field *fields;
	void *out;
	uint64_t seen; /* bit per field */
	bool strict;
};

static bool
pair_read(yb_req *r, struct pairs *ps, yb_str pair)
{
	const char *eq = memchr(pair.p, '=', pair.len);
	size_t cut = eq == NULL ? pair.len : (size_t)(eq - pair.p);
	yb_str name = ybh_percent_decode(r, (yb_str) { pair.p, cut }, true);
	yb_str value = { "", 0 };
	const yb_field *f;
	const char *wrong;
	uint64_t bit;

	if (eq != NULL)
		value = ybh_percent_decode(r, (yb_str) { eq + 1, pair.len - cut - 1 }, true);
	f = ybh_field_named(ps->fields, name);
	if (name.p == NULL || value.p == NULL)
		return false;
	if (f == NULL)
		return !ps->strict;
	if (!ps->strict && value.len == 0)
		return true; /* a form field without a value counts as absent (RFC 6749 3.2) */
	bit = UINT64_C(1) << (f - ps->fields);
	if ((ps->seen & bit) != 0)
		return false;
	ps->seen |= bit;
	wrong = ybh_record_set_text(r->arena, f, value, ps->out);
	if (wrong != NULL)
		ybh_fault(r->arena, &r->faults, ybh_arena_format(r->arena, "/%s", f->name).p, wrong);
	return true;
}

bool
ybh_pairs_read(yb_req *r, yb_str text, const yb_field *fields, void *out, bool strict)
{
	struct pairs ps = { fields, out, 0, strict };

	while (text.len > 0) {
		const char *amp = memchr(text.p, '&', text.len);
		size_t n = amp == NULL ? text.len : (size_t)(amp - text.p);

		if (n > 0 && !pair_read(r, &ps, (yb_str) { text.p, n }))
			return false;
		text.p += n + (amp != NULL ? 1 : 0);
		text.len -= n + (amp != NULL ? 1 : 0);
	}
	return true;
}

int
ybh_query_read(yb_req *r)
{
	const yb_route *route = r->match.route;
	static const yb_field none[] = { { 0 } };

	if (route->query != NULL)
		r->query = ybh_arena_must(r->arena, route->query_size);
	if (!ybh_pairs_read(r, r->query_text, route->query == NULL ? none : route->query, r->query,
		true))
		return yb_problem(r, "E-REQ-009");
	if (route->query != NULL)
		ybh_record_require(r->arena, route->query, r->query, &r->faults);
	return yb_faults_refuse(r);
}

/* ---- body ---- */

/* "application/json", with or without a charset, which must be utf-8. */
static bool
type_is(yb_str sent, const char *type)
{
	size_t n = strlen(type);
	char low[100];

	if (sent.p == NULL || sent.len >= sizeof low)
		return false;
	for (size_t i = 0; i < sent.len; i++)
		low[i] = (char)(sent.p[i] >= 'A' && sent.p[i] <= 'Z' ? sent.p[i] + 32 : sent.p[i]);
	low[sent.len] = '\0';
	if (strncmp(low, type, n) != 0)
		return false;
	return low[n] == '\0' || strcmp(low + n, ";charset=utf-8") == 0 ||
	    strcmp(low + n, "; charset=utf-8") == 0 || strcmp(low + n, "; charset=\"utf-8\"") == 0;
}

static size_t
body_limit(const yb_route *route)
{
	return route->body_limit == 0 ? BODY_DEFAULT : route->body_limit;
}

static int
body_bytes(yb_req *r, yb_str *ret)
{
	size_t want;
	char *p;

	if (r->content_length > (int64_t)body_limit(r->match.route))
		return yb_problem(r, "E-REQ-002");
	want = (size_t)r->content_length;
	p = ybh_arena_must(r->arena, want + 1);
	while (r->body_read < (int64_t)want) {
		int64_t got = r->in->read(r->in->arg, p + r->body_read,
		    want - (size_t)r->body_read);

		if (got <= 0)
			return yb_problem(r, "E-REQ-001"); /* a short body */
		r->body_read += got;
	}
	/* Keyed: a plain hash of a password or number could be searched by whoever reads the log. */
	ybh_match(r->p->field_keys, YB_STR("body"), (yb_str) { p, want }, r->body_sha256);
	r->has_body_hash = true;
	*ret = (yb_str) { p, want };
	return 0;
}

static int
body_json(yb_req *r, yb_str text)
{
	const yb_route *route = r->match.route;
	enum ybh_read rc = ybh_json_parse(r->arena, text, &r->doc);

	if (rc != YBH_READ_OK)
		return yb_problem(r, rc == YBH_READ_NO_MEMORY ? "E-SYS-002" : "E-REQ-001");
	if (ybh_json_record(r->arena, r->doc, route->body, r->body, &r->faults) == YBH_READ_OK)
		return 0;
	return yb_faults_refuse(r);
}

static int
body_form(yb_req *r, yb_str text)
{
	r->form_bad = !ybh_pairs_read(r, text, r->match.route->body, r->body, false);
	if (r->faults.n > 0)
		r->form_bad = true;
	r->faults.n = 0;
	return 0;
}

int
ybh_body_read(yb_req *r)
{
	const yb_route *route = r->match.route;
	bool form = route->body_kind == YB_BODY_FORM;
	yb_str text = { NULL, 0 };

	if (route->body_kind == YB_BODY_UPLOAD)
		return r->content_length > (int64_t)body_limit(route) ? yb_problem(r, "E-REQ-002") : 0;
	if (route->body == NULL)
		return r->content_length == 0 ? 0 : yb_problem(r, "E-REQ-003");
	r->body = ybh_arena_must(r->arena, route->body_size);
	if (!type_is(r->content_type, form ? "application/x-www-form-urlencoded"
					   : "application/json"))
		return yb_problem(r, "E-REQ-003");
	if (body_bytes(r, &text) < 0)
		return -1;
	return form ? body_form(r, text) : body_json(r, text);
}
