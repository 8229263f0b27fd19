/*
 * The gate before every signature (security 9.4): what is not exactly of our form is refused
 * before any library interprets it.
 */
#include "token_parts.h"

#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "json_load.h"

#define DEPTH_MAX   8
/* The year 9999: beyond it nothing is meant, and no sum below overflows. */
#define SECONDS_MAX INT64_C(253402300799)
#define SKEW_US     INT64_C(5000000)

/* ---- segments ---- */

/* clang-format off */
static const signed char digits[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15,
	['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29,
	['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43,
	['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50,
	['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};
/* clang-format on */

/* Whether the last character of base64url leaves no bit unsaid. */
static bool
canonical(yb_str s)
{
	unsigned last;

	if (s.len == 0 || s.len % 4 == 1)
		return false;
	last = (unsigned)digits[(unsigned char)s.p[s.len - 1]] - 1u;
	if (s.len % 4 == 2)
		return (last & 15u) == 0;
	return s.len % 4 == 0 || (last & 3u) == 0;
}

static bool
alphabet(yb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (digits[(unsigned char)s.p[i]] == 0)
			return false;
	return true;
}

bool
ybh_jws_split(yb_str token, struct ybh_jws *ret)
{
	const char *dot[2];
	size_t dots = 0;
	yb_str sig;

	if (token.p == NULL || token.len < YBH_TOKEN_MIN || token.len > YBH_TOKEN_MAX)
		return false;
	for (size_t i = 0; i < token.len; i++) {
		if (token.p[i] == '.') {
			if (dots == 2)
				return false;
			dot[dots++] = token.p + i;
		} else if (digits[(unsigned char)token.p[i]] == 0) {
			return false;
		}
	}
	if (dots != 2)
		return false;
	ret->header = (yb_str){ token.p, (size_t)(dot[0] - token.p) };
	ret->claims = (yb_str){ dot[0] + 1, (size_t)(dot[1] - dot[0] - 1) };
	ret->signed_part = (yb_str){ token.p, (size_t)(dot[1] - token.p) };
	sig = (yb_str){ dot[1] + 1, (size_t)(token.p + token.len - dot[1] - 1) };
	if (sig.len != 86 || !canonical(ret->header) || !canonical(ret->claims) || !canonical(sig))
		return false;
	return ybh_b64url_decode(sig, ret->sig) == 64;
}

/* ---- JSON ---- */

/* Brackets outside strings, so that the parser never recurses further than this. */
static bool
shallow(yb_str json)
{
	int depth = 0;
	bool text = false;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.p[i];

		if (c == '\0')
			return false;
		if (text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				text = false;
		} else if (c == '"') {
			text = true;
		} else if (c == '{' || c == '[') {
			if (++depth > DEPTH_MAX)
				return false;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return true;
}

static enum ybh_token_verdict
object_read(yb_str json, json_t **ret)
{
	bool no_memory;
	json_t *o;

	if (memchr(json.p, 0, json.len) != NULL || !shallow(json))
		return YBH_TOKEN_INVALID;
	o = ybh_json_load(json, &no_memory);
	if (no_memory)
		return YBH_TOKEN_UNSURE;
	if (!json_is_object(o)) {
		json_decref(o);
		return YBH_TOKEN_INVALID;
	}
	*ret = o;
	return YBH_TOKEN_OK;
}

static enum ybh_token_verdict
segment_read(yb_str segment, json_t **ret)
{
	unsigned char text[YBH_PART_MAX];
	long n = ybh_b64url_decode(segment, text);

	if (n <= 0)
		return YBH_TOKEN_INVALID;
	return object_read((yb_str){ (const char *)text, (size_t)n }, ret);
}

/* A string member of min .. max bytes; lent from the object. */
static bool
text_member(const json_t *o, const char *name, size_t min, size_t max, yb_str *ret)
{
	const json_t *v = json_object_get(o, name);

	if (!json_is_string(v))
		return false;
	*ret = (yb_str){ json_string_value(v), json_string_length(v) };
	return ret->len >= min && ret->len <= max;
}

static bool
seconds_member(const json_t *o, const char *name, int64_t *ret)
{
	const json_t *v = json_object_get(o, name);

	if (!json_is_integer(v))
		return false;
	*ret = (int64_t)json_integer_value(v);
	return *ret > 0 && *ret <= SECONDS_MAX;
}

/* ---- our tokens ---- */

static bool
header_good(const json_t *o, char kid[YBH_TOKEN_KIDS])
{
	yb_str alg, typ, k;

	if (json_object_size(o) != 3 || !text_member(o, "alg", 5, 5, &alg) ||
	    !text_member(o, "typ", 3, 3, &typ) ||
	    !text_member(o, "kid", YBH_TOKEN_KIDS, YBH_TOKEN_KIDS, &k))
		return false;
	if (!yb_str_is(alg, "ES256") || !yb_str_is(typ, "JWT") || !alphabet(k))
		return false;
	memcpy(kid, k.p, YBH_TOKEN_KIDS);
	return true;
}

enum ybh_token_verdict
ybh_gate_header(const struct ybh_jws *jws, char kid[YBH_TOKEN_KIDS])
{
	enum ybh_token_verdict verdict;
	json_t *o = NULL;

	verdict = segment_read(jws->header, &o);
	if (verdict == YBH_TOKEN_OK && !header_good(o, kid))
		verdict = YBH_TOKEN_INVALID;
	json_decref(o);
	return verdict;
}

int64_t
ybh_token_life(enum ybh_key_class cls)
{
	switch (cls) {
	case YBH_KEY_ISSUED:
		return 366 * INT64_C(86400);
	case YBH_KEY_ACCESS:
		return 600;
	case YBH_KEY_INTERNAL:
		return 60;
	case YBH_KEY_CHECKPOINT:
	case YBH_KEY_EXCHANGE:
		break;
	}
	return 0;
}

const char *
ybh_token_use(enum ybh_key_class cls)
{
	switch (cls) {
	case YBH_KEY_ISSUED:
		return "issued";
	case YBH_KEY_ACCESS:
		return "access";
	case YBH_KEY_INTERNAL:
		return "internal";
	case YBH_KEY_CHECKPOINT:
	case YBH_KEY_EXCHANGE:
		break;
	}
	return "";
}

/* cnf is absent, or says exactly one certificate. */
static bool
cnf_member(const json_t *o, yb_str *ret)
{
	const json_t *cnf = json_object_get(o, "cnf");

	if (cnf == NULL)
		return true;
	return json_is_object(cnf) && json_object_size(cnf) == 1 &&
	       text_member(cnf, "x5t#S256", 43, 43, ret) && alphabet(*ret) && canonical(*ret);
}

static bool
claims_good(const json_t *o, const char *issuer, const char *audience, struct ybh_claims *c)
{
	yb_str iss, aud, use;

	if (!text_member(o, "iss", 1, 512, &iss) || !yb_str_is(iss, issuer) ||
	    !text_member(o, "aud", 1, 512, &aud) ||
	    (audience != NULL && !yb_str_is(aud, audience)) ||
	    !text_member(o, "token_use", 1, 16, &use) || !yb_str_is(use, ybh_token_use(c->cls)))
		return false;
	if (!text_member(o, "sub", 1, 128, &c->sub) ||
	    !text_member(o, "client_id", 1, 128, &c->client_id) ||
	    !text_member(o, "org", 1, 64, &c->org) ||
	    !text_member(o, "scope", 0, 2048, &c->scope) ||
	    !text_member(o, "jti", 22, 64, &c->jti) || !cnf_member(o, &c->cnf))
		return false;
	if (!seconds_member(o, "iat", &c->iat) || !seconds_member(o, "nbf", &c->nbf) ||
	    !seconds_member(o, "exp", &c->exp))
		return false;
	return c->exp > c->iat && c->exp - c->iat <= ybh_token_life(c->cls);
}

bool
ybh_claims_copy(struct yb_arena *a, const struct ybh_claims *from, struct ybh_claims *ret)
{
	struct ybh_claims c = *from;
	yb_str *part[] = { &c.sub, &c.client_id, &c.org, &c.scope, &c.jti, &c.cnf };
	size_t n = 1;
	char *p;

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		n += part[i]->len;
	p = ybh_arena_alloc(a, n);
	if (p == NULL)
		return false;
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		if (part[i]->p == NULL)
			continue;
		memcpy(p, part[i]->p, part[i]->len);
		part[i]->p = p;
		p += part[i]->len;
	}
	*ret = c;
	return true;
}

static enum ybh_token_verdict
claims_take(const json_t *o, enum ybh_key_class cls, const char *issuer, const char *audience,
    struct yb_arena *a, struct ybh_claims *ret)
{
	struct ybh_claims c = { .cls = cls };

	if (!claims_good(o, issuer, audience, &c))
		return YBH_TOKEN_INVALID;
	if (!ybh_token_hash(c.jti.p, c.jti.len, c.jti_sha256))
		return YBH_TOKEN_UNSURE;
	return ybh_claims_copy(a, &c, ret) ? YBH_TOKEN_OK : YBH_TOKEN_UNSURE;
}

enum ybh_token_verdict
ybh_gate_claims(yb_str json, enum ybh_key_class cls, const char *issuer, const char *audience,
    struct yb_arena *a, struct ybh_claims *ret)
{
	enum ybh_token_verdict verdict;
	json_t *o = NULL;

	if (json.p == NULL || json.len == 0 || json.len > YBH_PART_MAX)
		return YBH_TOKEN_INVALID;
	verdict = object_read(json, &o);
	if (verdict == YBH_TOKEN_OK)
		verdict = claims_take(o, cls, issuer, audience, a, ret);
	json_decref(o);
	return verdict;
}

enum ybh_token_verdict
ybh_gate_payload(const struct ybh_jws *jws, enum ybh_key_class cls, const char *issuer,
    const char *audience, struct yb_arena *a, struct ybh_claims *ret)
{
	enum ybh_token_verdict verdict;
	json_t *o = NULL;

	verdict = segment_read(jws->claims, &o);
	if (verdict == YBH_TOKEN_OK)
		verdict = claims_take(o, cls, issuer, audience, a, ret);
	json_decref(o);
	return verdict;
}

/* iat may be ahead as nbf may: a token from the future would outlive a revocation. */
bool
ybh_claims_in_time(const struct ybh_claims *c, int64_t now_us)
{
	return c->nbf * 1000000 <= now_us + SKEW_US && c->iat * 1000000 <= now_us + SKEW_US &&
	       now_us < c->exp * 1000000;
}

/* ---- client assertions (RFC 7523): made by other people's libraries ---- */

static bool
assertion_header_good(const json_t *o)
{
	yb_str alg, typ, kid;
	size_t known = 1;

	if (!text_member(o, "alg", 5, 5, &alg) || !yb_str_is(alg, "ES256"))
		return false;
	if (json_object_get(o, "typ") != NULL) {
		known++;
		if (!text_member(o, "typ", 1, 64, &typ) ||
		    !(yb_str_is(typ, "JWT") || yb_str_is(typ, "client-authentication+jwt")))
			return false;
	}
	if (json_object_get(o, "kid") != NULL) {
		known++;
		if (!text_member(o, "kid", 1, 128, &kid))
			return false;
	}
	return json_object_size(o) == known;
}

static bool
text_copy(struct yb_arena *a, yb_str s, yb_str *ret)
{
	char *p = ybh_arena_alloc(a, s.len + 1);

	if (p == NULL)
		return false;
	memcpy(p, s.p, s.len);
	*ret = (yb_str){ p, s.len };
	return true;
}

static enum ybh_token_verdict
assertion_take(const json_t *o, struct yb_arena *a, struct ybh_assertion *ret)
{
	struct ybh_assertion s = { .iat = 0 };

	if (!text_member(o, "iss", 1, 128, &s.iss) || !text_member(o, "sub", 1, 128, &s.sub) ||
	    !text_member(o, "aud", 1, 512, &s.aud) || !text_member(o, "jti", 8, 128, &s.jti) ||
	    !seconds_member(o, "exp", &s.exp))
		return YBH_TOKEN_INVALID;
	if (json_object_get(o, "iat") != NULL && !seconds_member(o, "iat", &s.iat))
		return YBH_TOKEN_INVALID;
	if (json_object_get(o, "nbf") != NULL && !seconds_member(o, "nbf", &s.nbf))
		return YBH_TOKEN_INVALID;
	if (!text_copy(a, s.iss, &s.iss) || !text_copy(a, s.sub, &s.sub) ||
	    !text_copy(a, s.aud, &s.aud) || !text_copy(a, s.jti, &s.jti))
		return YBH_TOKEN_UNSURE;
	*ret = s;
	return YBH_TOKEN_OK;
}

enum ybh_token_verdict
ybh_gate_assertion(const struct ybh_jws *jws, struct yb_arena *a, struct ybh_assertion *ret)
{
	enum ybh_token_verdict verdict;
	json_t *header = NULL, *claims = NULL;

	verdict = segment_read(jws->header, &header);
	if (verdict == YBH_TOKEN_OK && !assertion_header_good(header))
		verdict = YBH_TOKEN_INVALID;
	if (verdict == YBH_TOKEN_OK)
		verdict = segment_read(jws->claims, &claims);
	if (verdict == YBH_TOKEN_OK)
		verdict = assertion_take(claims, a, ret);
	json_decref(header);
	json_decref(claims);
	return verdict;
}
