/*
 * Keys and tokens made by hand (token_fixture.h).
 */
#include "token_fixture.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"

static void
must(bool fact)
{
	if (!fact)
		abort();
}

void
fixture_verifier(struct fixture *f)
{
	const yb_list keys = { f->keys, f->n_keys };

	ybh_tokens_free(f->t);
	f->t = ybh_tokens_new(ISSUER, AUDIENCE);
	must(f->t != NULL && ybh_tokens_set_keys(f->t, &keys) == 0);
	ybh_revoked_fresh(ybh_tokens_revoked(f->t), ybh_mono_us());
}

struct fixture *
fixture_new(void)
{
	static const enum ybh_key_state states[WHICH] = { YBH_KEY_CURRENT, YBH_KEY_NEXT,
		YBH_KEY_PREVIOUS, YBH_KEY_RETIRED };
	struct fixture *f = calloc(1, sizeof(*f));

	must(f != NULL);
	f->a = ybh_arena_new(65536, 256u << 20);
	must(f->a != NULL);
	f->now = ybh_now_us() / 1000000;
	for (unsigned c = YBH_KEY_ISSUED; c <= YBH_KEY_CHECKPOINT; c++) {
		for (unsigned w = 0; w < WHICH; w++) {
			struct ybh_key *k = &f->keys[f->n_keys++];

			f->pkey[c][w] = ybh_p256_generate();
			must(f->pkey[c][w] != NULL);
			k->cls = (enum ybh_key_class)c;
			k->state = states[w];
			k->public_pem = ybh_p256_public_pem(f->pkey[c][w], f->a);
			k->kid = ybh_jwk_thumbprint(f->a, k->public_pem);
			must(k->kid.p != NULL);
			if (w == PREVIOUS)
				k->not_after.us = (f->now + 100) * 1000000;
		}
	}
	fixture_verifier(f);
	return f;
}

void
fixture_free(struct fixture *f)
{
	ybh_tokens_free(f->t);
	for (unsigned c = 0; c < 5; c++)
		for (unsigned w = 0; w < WHICH; w++)
			EVP_PKEY_free(f->pkey[c][w]);
	ybh_arena_free(f->a);
	free(f);
}

static const struct ybh_key *
key_of(const struct fixture *f, enum ybh_key_class cls, enum which w)
{
	return &f->keys[(cls - YBH_KEY_ISSUED) * WHICH + w];
}

yb_str
fixture_kid(const struct fixture *f, enum ybh_key_class cls, enum which w)
{
	return key_of(f, cls, w)->kid;
}

yb_str
fixture_pem(const struct fixture *f, enum ybh_key_class cls, enum which w)
{
	return key_of(f, cls, w)->public_pem;
}

yb_str
forge(struct fixture *f, const char *header, const char *claims, EVP_PKEY *key)
{
	size_t h = strlen(header), c = strlen(claims), n;
	char *out = ybh_arena_must(f->a, (h + c) * 2 + 256);
	unsigned char sig[64];

	n = ybh_b64url(header, h, out);
	out[n++] = '.';
	n += ybh_b64url(claims, c, out + n);
	must(ybh_es256_sign(key, out, n, sig) == 0);
	out[n++] = '.';
	n += ybh_b64url(sig, sizeof(sig), out + n);
	return (yb_str){ out, n };
}

const char *
claims_of(struct fixture *f, enum ybh_key_class cls, const char *more)
{
	int64_t life = cls == YBH_KEY_ISSUED ? 86400 : 50;

	return ybh_arena_format(f->a,
	    "{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE
	    "\",\"sub\":\"C-1\",\"client_id\":\"C-1\","
	    "\"org\":\"131016\",\"scope\":\"record:read record:write\",\"iat\":%lld,\"nbf\":%lld,"
	    "\"exp\":%lld,\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"token_use\":\"%s\"%s}",
	    (long long)f->now, (long long)f->now, (long long)(f->now + life), ybh_token_use(cls),
	    more)
	    .p;
}

const char *
header_of(struct fixture *f, enum ybh_key_class cls)
{
	return ybh_arena_format(f->a, "{\"alg\":\"ES256\",\"kid\":\"%.*s\",\"typ\":\"JWT\"}", 43,
	    fixture_kid(f, cls, CURRENT).p)
	    .p;
}

yb_str
good_token(struct fixture *f, enum ybh_key_class cls)
{
	return forge(f, header_of(f, cls), claims_of(f, cls, ""), f->pkey[cls][CURRENT]);
}

const char *
with(struct fixture *f, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	must(at != NULL);
	return ybh_arena_format(f->a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)).p;
}

enum ybh_token_verdict
verify(struct fixture *f, yb_str token)
{
	yb_token_facts facts;
	enum ybh_token_verdict v;

	v = ybh_token_verify(f->t, f->a, token, (yb_str){ NULL, 0 }, f->now * 1000000, &facts);
	must(facts.active == (v == YBH_TOKEN_OK));
	return v;
}
