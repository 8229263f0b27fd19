/*
 * Making tokens; and libjwt: the only file that includes jwt.h.
 *
 * libjwt signs long-lived tokens for the keeper and verifies all a second way, so that our own
 * making and verifying can be held against it. What its version 1.10 does with input it should
 * refuse is known (security 3.1): a key that is absent accepts everything, a long token
 * overflows the stack, an allocation that fails can look like success, and HMAC with our public
 * key as secret is taken. So nothing reaches it that is too long, every call has a key, and the
 * algorithm is looked at before and after.
 */
#include "token_parts.h"

#include <errno.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"

static int
jwt_fill(jwt_t *jwt, const char *claims, const char *kid, yb_str pem)
{
	if (jwt_add_grants_json(jwt, claims) != 0 || jwt_add_header(jwt, "kid", kid) != 0)
		return -1;
	return jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)pem.p, (int)pem.len);
}

static int
text_take(struct yb_arena *a, const char *from, yb_str *ret)
{
	size_t n = strnlen(from, YBH_TOKEN_MAX + 1);
	char *to;

	if (n > YBH_TOKEN_MAX)
		return -EINVAL;
	to = ybh_arena_alloc(a, n + 1);
	if (to == NULL)
		return -ENOMEM;
	memcpy(to, from, n);
	*ret = (yb_str){ to, n };
	return 0;
}

int
ybh_token_sign(struct yb_arena *a, yb_str private_pem, yb_str kid, yb_str claims, yb_str *ret_token)
{
	yb_str json, name;
	jwt_t *jwt = NULL;
	char *text = NULL;
	int rc = -EINVAL;

	/* An encrypted key would make OpenSSL ask for a passphrase on the terminal. */
	if (private_pem.p == NULL || private_pem.len > 8192 || claims.len > YBH_TOKEN_MAX ||
	    memmem(private_pem.p, private_pem.len, "ENCRYPTED", 9) != NULL ||
	    text_take(a, ybh_arena_cstr(a, claims), &json) != 0 ||
	    text_take(a, ybh_arena_cstr(a, kid), &name) != 0)
		return -EINVAL;
	if (jwt_new(&jwt) != 0 || jwt_fill(jwt, json.p, name.p, private_pem) != 0)
		goto out;
	if (jwt_get_alg(jwt) != JWT_ALG_ES256)
		goto out;
	text = jwt_encode_str(jwt);
	if (text != NULL)
		rc = text_take(a, text, ret_token);
out:
	free(text);
	jwt_free(jwt);
	return rc;
}

/*
 * The same by a key parsed once: libjwt reads the PEM anew for every token, which costs twenty
 * times what the signature does. What libjwt would have written and this agree: the keeper
 * proves every key with both before it signs (ybh_token_cross_check).
 */
int
ybh_jws_sign(struct yb_arena *a, EVP_PKEY *key, yb_str kid, yb_str claims, yb_str *ret_token)
{
	char header[128], *out;
	unsigned char sig[64];
	size_t n;
	int len;

	if (kid.p == NULL || kid.len != YBH_TOKEN_KIDS || claims.len > YBH_TOKEN_MAX)
		return -1;
	len = snprintf(header, sizeof(header),
	    "{\"alg\":\"ES256\",\"kid\":\"%.*s\",\"typ\":\"JWT\"}", (int)kid.len, kid.p);
	if (len <= 0 || (size_t)len >= sizeof(header))
		return -1;
	out = ybh_arena_alloc(a, ((size_t)len + claims.len) / 3 * 4 + 128);
	if (out == NULL)
		return -1;
	n = ybh_b64url(header, (size_t)len, out);
	out[n++] = '.';
	n += ybh_b64url(claims.p, claims.len, out + n);
	if (ybh_es256_sign(key, out, n, sig) != 0)
		return -1;
	out[n++] = '.';
	n += ybh_b64url(sig, sizeof(sig), out + n);
	if (n > YBH_TOKEN_MAX)
		return -1;
	*ret_token = (yb_str){ out, n };
	return 0;
}

/* ---- verifying ---- */

static enum ybh_token_verdict
decode(struct yb_arena *a, yb_str token, yb_str pem, jwt_t **ret)
{
	char *text = ybh_arena_alloc(a, token.len + 1);
	jwt_t *jwt = NULL;

	if (text == NULL)
		return YBH_TOKEN_UNSURE;
	memcpy(text, token.p, token.len);
	if (pem.p == NULL || pem.len == 0 || memchr(text, 0, token.len) != NULL)
		return YBH_TOKEN_INVALID;
	if (jwt_decode(&jwt, text, (const unsigned char *)pem.p, (int)pem.len) != 0 ||
	    jwt == NULL || jwt_get_alg(jwt) != JWT_ALG_ES256) {
		jwt_free(jwt);
		return YBH_TOKEN_INVALID;
	}
	*ret = jwt;
	return YBH_TOKEN_OK;
}

/* The kid of a token nobody verified: without a key libjwt only takes it apart. */
static yb_str
kid_of(struct yb_arena *a, yb_str token)
{
	yb_str ret = { NULL, 0 };
	const char *kid;
	char *text = ybh_arena_alloc(a, token.len + 1);
	jwt_t *jwt = NULL;

	if (text == NULL)
		return ret;
	memcpy(text, token.p, token.len);
	if (jwt_decode(&jwt, text, NULL, 0) == 0 && jwt != NULL) {
		kid = jwt_get_header(jwt, "kid");
		if (kid != NULL && text_take(a, kid, &ret) != 0)
			ret = (yb_str){ NULL, 0 };
	}
	jwt_free(jwt);
	return ret;
}

static bool
grant(jwt_t *jwt, struct yb_arena *a, const char *name, yb_str *ret)
{
	const char *v = jwt_get_grant(jwt, name);

	return v != NULL && text_take(a, v, ret) == 0;
}

static bool
grants_good(struct ybh_tokens *t, jwt_t *jwt, struct yb_arena *a, struct ybh_claims *c)
{
	yb_str iss, aud, use;

	if (!grant(jwt, a, "iss", &iss) || !yb_str_is(iss, ybh_tokens_issuer(t)) ||
	    !grant(jwt, a, "aud", &aud) || !yb_str_is(aud, ybh_tokens_audience(t)) ||
	    !grant(jwt, a, "token_use", &use) || !yb_str_is(use, ybh_token_use(c->cls)))
		return false;
	if (!grant(jwt, a, "sub", &c->sub) || !grant(jwt, a, "client_id", &c->client_id) ||
	    !grant(jwt, a, "org", &c->org) || !grant(jwt, a, "scope", &c->scope) ||
	    !grant(jwt, a, "jti", &c->jti) || c->jti.len < 22 || c->jti.len > 64)
		return false;
	c->iat = jwt_get_grant_int(jwt, "iat");
	c->nbf = jwt_get_grant_int(jwt, "nbf");
	c->exp = jwt_get_grant_int(jwt, "exp");
	return c->iat > 0 && c->nbf > 0 && c->exp > c->iat &&
	       c->exp - c->iat <= ybh_token_life(c->cls) &&
	       ybh_token_hash(c->jti.p, c->jti.len, c->jti_sha256);
}

/* {"x5t#S256":"..."}, as libjwt prints it; anything else stays null here. */
static void
cnf_take(jwt_t *jwt, struct yb_arena *a, struct ybh_claims *c)
{
	static const char head[] = "{\"x5t#S256\":\"";
	char *json = jwt_get_grants_json(jwt, "cnf");

	if (json != NULL && strlen(json) == sizeof(head) - 1 + 43 + 2 &&
	    strncmp(json, head, sizeof(head) - 1) == 0 &&
	    text_take(a, json + sizeof(head) - 1, &c->cnf) == 0)
		c->cnf.len = 43;
	free(json);
}

enum ybh_token_verdict
ybh_token_verify_libjwt(
    struct ybh_tokens *t, struct yb_arena *a, yb_str token, int64_t now_us, yb_token_facts *ret)
{
	struct ybh_claims c = { .iat = 0 };
	enum ybh_token_verdict verdict;
	jwt_t *jwt = NULL;
	yb_str kid, pem;

	memset(ret, 0, sizeof(*ret));
	if (token.p == NULL || token.len < YBH_TOKEN_MIN || token.len > YBH_TOKEN_MAX)
		return YBH_TOKEN_INVALID;
	kid = kid_of(a, token);
	if (kid.p == NULL || !ybh_tokens_key(t, kid, now_us, a, &c.cls, &pem))
		return YBH_TOKEN_INVALID;
	verdict = decode(a, token, pem, &jwt);
	if (verdict == YBH_TOKEN_OK) {
		if (!grants_good(t, jwt, a, &c) || !ybh_claims_in_time(&c, now_us))
			verdict = YBH_TOKEN_INVALID;
		else
			cnf_take(jwt, a, &c);
	}
	jwt_free(jwt);
	if (verdict == YBH_TOKEN_OK)
		verdict = ybh_revoked_check(ybh_tokens_revoked(t), &c, now_us, ybh_mono_us());
	if (verdict == YBH_TOKEN_OK && !ybh_token_facts(a, &c, ret))
		verdict = YBH_TOKEN_UNSURE;
	return verdict;
}

/* ---- both against each other ---- */

static int
accepts_ours(struct yb_arena *a, EVP_PKEY *key, yb_str public_pem, yb_str kid, yb_str claims)
{
	enum ybh_token_verdict verdict;
	jwt_t *jwt = NULL;
	yb_str token;

	if (ybh_jws_sign(a, key, kid, claims, &token) != 0)
		return -1;
	verdict = decode(a, token, public_pem, &jwt);
	jwt_free(jwt);
	return verdict == YBH_TOKEN_OK ? 0 : -1;
}

int
ybh_token_cross_check(struct yb_arena *a, yb_str private_pem, yb_str public_pem, yb_str kid)
{
	const yb_str claims = YB_STR("{\"jti\":\"only-to-try-a-new-key-pair\"}");
	EVP_PKEY *private = ybh_p256_private(private_pem), *public = ybh_p256_public(public_pem);
	char kid_ours[YBH_TOKEN_KIDS];
	struct ybh_jws jws;
	yb_str token;
	int rc = -1;

	if (private == NULL || public == NULL || kid.len != YBH_TOKEN_KIDS ||
	    accepts_ours(a, private, public_pem, kid, claims) != 0 ||
	    ybh_token_sign(a, private_pem, kid, claims, &token) != 0)
		goto out;
	if (ybh_jws_split(token, &jws) && ybh_gate_header(&jws, kid_ours) == YBH_TOKEN_OK &&
	    memcmp(kid_ours, kid.p, YBH_TOKEN_KIDS) == 0 &&
	    ybh_es256_verify(public, jws.signed_part.p, jws.signed_part.len, jws.sig) ==
		YBH_TOKEN_OK)
		rc = 0;
out:
	EVP_PKEY_free(private);
	EVP_PKEY_free(public);
	return rc;
}
