/* What changes while a token lives: cache, revocations, keys. And libjwt as the other judge. */
#include "unit.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"
#include "token_fixture.h"

#define CLIENT_ID "C-1"

static int
begin(void **state)
{
	*state = fixture_new();
	return 0;
}

static int
end(void **state)
{
	fixture_free(*state);
	return 0;
}

static enum ybh_token_verdict
verify_at(struct fixture *f, yb_str token, int64_t now_us)
{
	yb_token_facts facts;

	return ybh_token_verify(f->t, f->a, token, (yb_str){ NULL, 0 }, now_us, &facts);
}

static void
revoke(struct fixture *f, enum yb_revoke_kind kind, const void *id, size_t n, int64_t not_before)
{
	assert_int_equal(ybh_revoked_add(ybh_tokens_revoked(f->t), kind, (yb_bytes){ id, n },
			     not_before * 1000000, (f->now + 1000) * 1000000),
	    0);
}

/* ---- revocation ---- */

static void
a_revoked_jti_is_refused_although_cached(void **state)
{
	struct fixture *f = *state;
	yb_str t = good_token(f, YBH_KEY_ACCESS);
	unsigned char hash[32];

	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	ybh_sha256("AAAAAAAAAAAAAAAAAAAAAB", 22, hash);
	revoke(f, YB_REVOKE_JTI, hash, 32, f->now);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK); /* another one's */
	ybh_sha256("AAAAAAAAAAAAAAAAAAAAAA", 22, hash);
	revoke(f, YB_REVOKE_JTI, hash, 32, f->now);
	assert_int_equal(verify(f, t), YBH_TOKEN_INVALID);
	fixture_verifier(f);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	revoke(f, YB_REVOKE_JTI, hash, 32, f->now);
	assert_int_equal(verify(f, t), YBH_TOKEN_INVALID);
}

static void
clients_and_organisations_are_revoked_up_to_a_moment(void **state)
{
	struct fixture *f = *state;
	yb_str t = good_token(f, YBH_KEY_ACCESS);

	revoke(f, YB_REVOKE_CLIENT, "131016", 6, f->now + 5); /* an organisation's code */
	revoke(f, YB_REVOKE_ORG, CLIENT_ID, 3, f->now + 5);   /* a client's id */
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	revoke(f, YB_REVOKE_CLIENT, CLIENT_ID, 3, f->now - 1);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK); /* issued after it */
	revoke(f, YB_REVOKE_CLIENT, CLIENT_ID, 3, f->now);
	assert_int_equal(verify(f, t), YBH_TOKEN_INVALID);
	fixture_verifier(f);
	revoke(f, YB_REVOKE_ORG, "131016", 6, f->now - 1);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	revoke(f, YB_REVOKE_ORG, "131016", 6, f->now);
	assert_int_equal(verify(f, t), YBH_TOKEN_INVALID);
}

static void
an_old_list_answers_unsure(void **state)
{
	struct fixture *f = *state;
	yb_str t = good_token(f, YBH_KEY_ACCESS);
	struct ybh_revoked *v = ybh_tokens_revoked(f->t);

	ybh_revoked_fresh(v, ybh_mono_us() - 4900000);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	ybh_revoked_fresh(v, ybh_mono_us() - 5100000);
	assert_int_equal(verify(f, t), YBH_TOKEN_UNSURE);
	assert_int_equal(verify(f, yb_cstr("not a token")), YBH_TOKEN_INVALID);
	ybh_tokens_stale_after(f->t, 6);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	ybh_tokens_stale_after(f->t, 5);
	ybh_revoked_fresh(v, 0);
	assert_int_equal(verify(f, t), YBH_TOKEN_UNSURE);
	ybh_revoked_fresh(v, ybh_mono_us());
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
}

static void
revocations_end(void **state)
{
	struct ybh_revoked *v = ybh_revoked_new();
	struct ybh_claims c = { .iat = 1, .client_id = YB_STR(CLIENT_ID), .org = YB_STR("x") };
	unsigned char id[32] = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		memcpy(id, &i, sizeof(i));
		assert_int_equal(ybh_revoked_add(v, YB_REVOKE_JTI, (yb_bytes){ id, 32 }, 5,
				     i < 15000 ? 1000 : 2000),
		    0);
		assert_int_equal(ybh_revoked_add(v, YB_REVOKE_JTI, (yb_bytes){ id, 32 }, 5, 900),
		    0); /* again changes nothing */
	}
	assert_int_equal(ybh_revoked_count(v), 20000);
	ybh_revoked_fresh(v, 1);
	memset(c.jti_sha256, 0, 32);
	assert_int_equal(ybh_revoked_check(v, &c, 999, 1), YBH_TOKEN_INVALID);
	assert_int_equal(ybh_revoked_check(v, &c, 1000, 1), YBH_TOKEN_OK);
	ybh_revoked_sweep(v, 1000);
	assert_int_equal(ybh_revoked_count(v), 5000);
	memcpy(c.jti_sha256, id, 32);
	assert_int_equal(ybh_revoked_check(v, &c, 1000, 1), YBH_TOKEN_INVALID);
	assert_int_equal(ybh_revoked_add(v, 0, (yb_bytes){ id, 32 }, 0, 1), -22);
	assert_int_equal(ybh_revoked_add(v, 4, (yb_bytes){ id, 32 }, 0, 1), -22);
	assert_int_equal(ybh_revoked_add(v, 1, (yb_bytes){ id, 65 }, 0, 1), -22);
	assert_int_equal(ybh_revoked_add(v, 1, (yb_bytes){ NULL, 0 }, 0, 1), -22);
	ybh_revoked_free(v);
}

/* ---- keys and cache ---- */

static void
without_keys_nothing_is_sure(void **state)
{
	struct fixture *f = *state;
	yb_str t = good_token(f, YBH_KEY_ACCESS);

	ybh_tokens_free(f->t);
	f->t = ybh_tokens_new(ISSUER, AUDIENCE);
	ybh_revoked_fresh(ybh_tokens_revoked(f->t), ybh_mono_us());
	assert_int_equal(verify(f, t), YBH_TOKEN_UNSURE);
	assert_int_equal(verify(f, yb_cstr("x")), YBH_TOKEN_INVALID);
}

static void
a_key_that_goes_takes_its_tokens_along(void **state)
{
	struct fixture *f = *state;
	yb_str access = good_token(f, YBH_KEY_ACCESS), issued = good_token(f, YBH_KEY_ISSUED);
	yb_list keys = { f->keys, f->n_keys };
	struct ybh_key *current = &f->keys[(YBH_KEY_ACCESS - 1) * WHICH + CURRENT];

	assert_int_equal(verify(f, access), YBH_TOKEN_OK);
	assert_int_equal(verify(f, issued), YBH_TOKEN_OK);
	current->state = YBH_KEY_PREVIOUS; /* rotated: its tokens live on for a while */
	current->not_after.us = (f->now + 20) * 1000000;
	assert_int_equal(ybh_tokens_set_keys(f->t, &keys), 0);
	assert_int_equal(verify(f, access), YBH_TOKEN_OK);
	assert_int_equal(verify_at(f, access, (f->now + 20) * 1000000 + 1), YBH_TOKEN_INVALID);
	assert_int_equal(verify(f, access), YBH_TOKEN_OK);
	current->state = YBH_KEY_RETIRED;
	assert_int_equal(ybh_tokens_set_keys(f->t, &keys), 0);
	assert_int_equal(verify(f, access), YBH_TOKEN_INVALID);
	assert_int_equal(verify(f, issued), YBH_TOKEN_OK);
}

static void
keys_that_are_not_ours_are_not_taken(void **state)
{
	struct fixture *f = *state;
	static const char p384[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEaBN1Bj+53d8Fy4H4aSjH3ZGfE5uJbFAP\n"
	    "-----END PUBLIC KEY-----\n";
	struct ybh_key k = f->keys[0];
	yb_list one = { &k, 1 };
	yb_str t = good_token(f, YBH_KEY_ACCESS);
	EVP_PKEY *other = EVP_EC_gen("secp256k1"), *rsa = EVP_RSA_gen(2048);

	k.kid = f->keys[1].kid; /* not its thumbprint */
	assert_int_equal(ybh_tokens_set_keys(f->t, &one), -22);
	k = f->keys[0];
	k.public_pem = ybh_p256_private_pem(f->pkey[1][0], f->a);
	assert_int_equal(ybh_tokens_set_keys(f->t, &one), -22);
	k.public_pem = ybh_p256_public_pem(other, f->a);
	assert_int_equal(ybh_tokens_set_keys(f->t, &one), -22);
	assert_null(ybh_jwk_thumbprint(f->a, k.public_pem).p);
	k.public_pem = ybh_p256_public_pem(rsa, f->a);
	assert_int_equal(ybh_tokens_set_keys(f->t, &one), -22);
	k.public_pem = (yb_str){ p384, sizeof(p384) - 1 };
	assert_int_equal(ybh_tokens_set_keys(f->t, &one), -22);
	k.public_pem = (yb_str){ NULL, 0 };
	assert_int_equal(ybh_tokens_set_keys(f->t, &one), -22);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK); /* the old ones are still there */
	EVP_PKEY_free(other);
	EVP_PKEY_free(rsa);
}

static void
the_cache_is_bounded_and_forgets_the_ended(void **state)
{
	struct ybh_cache *c = ybh_cache_new(1000);
	struct ybh_claims claims = { .cls = YBH_KEY_ACCESS,
		.iat = 1,
		.nbf = 1,
		.exp = 10,
		.sub = YB_STR("s"),
		.client_id = YB_STR("c"),
		.org = YB_STR("o"),
		.scope = YB_STR(""),
		.jti = YB_STR("j") },
			  got;
	struct yb_arena *a = ybh_arena_new(4096, 1u << 24);
	unsigned char digest[32];

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		ybh_sha256(&i, sizeof(i), digest);
		ybh_cache_put(c, digest, 5000000, &claims);
		assert_int_equal(ybh_cache_get(c, digest, 5000000, a, &got), YBH_TOKEN_OK);
	}
	assert_in_range(ybh_cache_count(c), 400, 1024);
	assert_int_equal(got.exp, 10);
	assert_text(got.org, "o");
	assert_non_null(got.scope.p);
	assert_null(got.cnf.p);
	assert_int_equal(ybh_cache_get(c, digest, 10000000, a, &got), YBH_TOKEN_INVALID);
	assert_int_equal(ybh_cache_get(c, digest, 5000000, a, &got), YBH_TOKEN_INVALID);
	ybh_cache_put(c, digest, 5000000, &claims);
	ybh_cache_drop(c, digest);
	assert_int_equal(ybh_cache_get(c, digest, 5000000, a, &got), YBH_TOKEN_INVALID);
	ybh_arena_free(a);
	ybh_cache_free(c);
}

static void
a_token_too_long_for_the_cache_is_verified_each_time(void **state)
{
	struct fixture *f = *state;
	char scope[1000];
	yb_str t;

	memset(scope, 's', sizeof(scope));
	scope[sizeof(scope) - 1] = '\0';
	t = forge(f, header_of(f, YBH_KEY_ACCESS),
	    with(f, claims_of(f, YBH_KEY_ACCESS, ""), "record:read record:write", scope),
	    f->pkey[YBH_KEY_ACCESS][CURRENT]);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	assert_int_equal(ybh_cache_count(ybh_tokens_cache(f->t)), 0);
}

static void
the_published_keys_are_those_of_tokens(void **state)
{
	struct fixture *f = *state;
	yb_str jwks = ybh_tokens_jwks(f->t, f->a);
	const char *text = ybh_arena_cstr(f->a, jwks);

	for (unsigned c = YBH_KEY_ISSUED; c <= YBH_KEY_CHECKPOINT; c++) {
		for (unsigned w = 0; w < WHICH; w++) {
			char *kid = ybh_arena_cstr(
			    f->a, fixture_kid(f, (enum ybh_key_class)c, (enum which)w));
			bool public = c <= YBH_KEY_ACCESS && w != RETIRED;

			assert_int_equal(strstr(text, kid) != NULL, public);
		}
	}
	assert_null(strstr(text, "\"d\""));
	assert_non_null(strstr(text, "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\""));
}

/* RFC 7638 has only an RSA example; this P-256 key and its name are of another program. */
static void
thumbprints_are_those_of_others(void **state)
{
	static const char pem[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8A\n"
	    "iTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==\n"
	    "-----END PUBLIC KEY-----\n";
	struct fixture *f = *state;
	yb_str kid = ybh_jwk_thumbprint(f->a, (yb_str){ pem, sizeof(pem) - 1 });

	/* The key of RFC 7517 A.1. */
	assert_text(kid, "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
}

/* ---- libjwt, the other judge ---- */

static void
what_libjwt_signs_we_accept_and_the_reverse(void **state)
{
	struct fixture *f = *state;
	yb_token_facts ours, theirs;
	yb_str t, pem;

	for (unsigned c = YBH_KEY_ISSUED; c <= YBH_KEY_INTERNAL; c++) {
		enum ybh_key_class cls = (enum ybh_key_class)c;
		yb_str claims = yb_cstr(claims_of(f, cls, ""));

		pem = ybh_p256_private_pem(f->pkey[c][CURRENT], f->a);
		for (int by_us = 0; by_us < 2; by_us++) {
			assert_int_equal(by_us ? ybh_jws_sign(f->a, f->pkey[c][CURRENT],
						     fixture_kid(f, cls, CURRENT), claims, &t)
					       : ybh_token_sign(f->a, pem,
						     fixture_kid(f, cls, CURRENT), claims, &t),
			    0);
			assert_int_equal(ybh_token_verify(f->t, f->a, t, (yb_str){ NULL, 0 },
					     f->now * 1000000, &ours),
			    YBH_TOKEN_OK);
			assert_int_equal(
			    ybh_token_verify_libjwt(f->t, f->a, t, f->now * 1000000, &theirs),
			    YBH_TOKEN_OK);
			assert_true(yb_str_eq(ours.jti, theirs.jti));
			assert_true(yb_str_eq(ours.scope, theirs.scope));
			assert_int_equal(ours.exp.us, theirs.exp.us);
			assert_memory_equal(ours.jti_sha256.p, theirs.jti_sha256.p, 32);
		}
		assert_int_equal(ybh_token_cross_check(f->a, pem, fixture_pem(f, cls, CURRENT),
				     fixture_kid(f, cls, CURRENT)),
		    0);
		assert_int_equal(ybh_token_cross_check(f->a, pem, fixture_pem(f, cls, NEXT),
				     fixture_kid(f, cls, CURRENT)),
		    -1);
	}
}

static void
an_encrypted_key_is_refused_without_asking(void **state)
{
	static const char pem[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
				  "-----END ENCRYPTED PRIVATE KEY-----\n";
	struct fixture *f = *state;
	yb_str t;

	assert_int_equal(ybh_token_sign(f->a, (yb_str){ pem, sizeof(pem) - 1 },
			     fixture_kid(f, YBH_KEY_ACCESS, CURRENT), YB_STR("{}"), &t),
	    -22);
	assert_null(ybh_p256_private((yb_str){ pem, sizeof(pem) - 1 }));
}

/* The same numbers in every run. */
static uint32_t
dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static yb_str
mutate(struct fixture *f, yb_str good, uint32_t *seed)
{
	static const char bytes[] = "AQgw019-_.=+/! \n{\"";
	yb_str t = good;
	char *p;

	for (uint32_t n = 1 + dice(seed) % 3; n > 0; n--) {
		size_t i = dice(seed) % t.len, k = dice(seed) % t.len;

		p = ybh_arena_must(f->a, t.len + 8);
		memcpy(p, t.p, t.len);
		switch (dice(seed) % 5) {
		case 0: /* another character */
			p[i] = bytes[dice(seed) % (sizeof(bytes) - 1)];
			break;
		case 1: /* one more, at the end or within */
			i = dice(seed) % 2 ? i : t.len;
			memmove(p + i + 1, p + i, t.len - i);
			p[i] = bytes[dice(seed) % (sizeof(bytes) - 1)];
			t.len++;
			break;
		case 2: /* one less */
			memmove(p + i, p + i + 1, t.len - i - 1);
			t.len--;
			break;
		case 3: /* two exchanged */
			p[i] = t.p[k];
			p[k] = t.p[i];
			break;
		default: /* one bit */
			p[i] = (char)(p[i] ^ (1 << dice(seed) % 7));
			break;
		}
		t.p = p;
	}
	return t;
}

static void
we_never_accept_what_libjwt_refuses(void **state)
{
	struct fixture *f = *state;
	uint32_t seed = 20260420;
	int both = 0, only_libjwt = 0, only_ours = 0;
	yb_token_facts facts;

	for (int i = 0; i < 1200; i++) {
		yb_str good = good_token(f, i % 2 ? YBH_KEY_ACCESS : YBH_KEY_ISSUED);
		yb_str t = i % 20 == 0 ? good : mutate(f, good, &seed);
		bool ours, theirs;

		ours = verify(f, t) == YBH_TOKEN_OK;
		theirs = ybh_token_verify_libjwt(f->t, f->a, t, f->now * 1000000, &facts) ==
			 YBH_TOKEN_OK;
		both += ours && theirs;
		only_libjwt += !ours && theirs;
		only_ours += ours && !theirs;
		if (ours && !yb_str_eq(t, good)) /* no second text for one token */
			only_ours++;
	}
	assert_int_equal(only_ours, 0);
	assert_true(both >= 60);
	assert_true(only_libjwt > 0); /* malleable signatures: the reason for the gate */
	print_message("accepted by both %d, by libjwt alone %d\n", both, only_libjwt);
}

/* ---- client assertions ---- */

static const char *
assertion_claims(struct fixture *f, int64_t exp)
{
	return ybh_arena_format(f->a,
	    "{\"iss\":\"" CLIENT_ID "\",\"sub\":\"" CLIENT_ID "\",\"aud\":\"" ISSUER "\","
	    "\"jti\":\"0b1e5a0c-8f10-4a53\",\"exp\":%lld}",
	    (long long)exp)
	    .p;
}

static bool
assertion_good(struct fixture *f, const char *header, const char *claims)
{
	yb_str jti = { NULL, 0 }, t = forge(f, header, claims, f->pkey[0][0]);
	yb_time exp = { 0 };
	bool good;

	good = ybh_assertion_verify(f->a, t, YB_STR(CLIENT_ID),
	    ybh_p256_public_pem(f->pkey[0][0], f->a), YB_STR(ISSUER), f->now * 1000000, &jti, &exp);
	assert_int_equal(good, jti.p != NULL);
	assert_int_equal(good, exp.us != 0);
	return good;
}

static void
assertions_are_for_us_and_short(void **state)
{
	struct fixture *f = *state;
	static const char h[] = "{\"alg\":\"ES256\",\"typ\":\"JWT\"}";
	const char *c = assertion_claims(f, f->now + 60);

	f->pkey[0][0] = ybh_p256_generate();
	assert_true(assertion_good(f, h, c));
	assert_true(assertion_good(f, "{\"alg\":\"ES256\"}", c));
	assert_true(assertion_good(f, "{\"alg\":\"ES256\",\"kid\":\"k1\"}", c));
	assert_false(assertion_good(f, "{\"alg\":\"ES256\",\"crit\":[\"exp\"]}", c));
	assert_false(assertion_good(f, "{\"alg\":\"HS256\"}", c));
	assert_false(assertion_good(f, "{\"alg\":\"none\"}", c));
	assert_false(assertion_good(f, "{\"typ\":\"JWT\"}", c));
	assert_false(assertion_good(f, h, assertion_claims(f, f->now + 61)));
	assert_false(assertion_good(f, h, assertion_claims(f, f->now)));
	assert_false(assertion_good(f, h, assertion_claims(f, f->now - 10)));
	assert_false(assertion_good(f, h, with(f, c, "\"" ISSUER "\"", "[\"" ISSUER "\"]")));
	assert_false(assertion_good(f, h, with(f, c, ISSUER, ISSUER "/api/v1/token/issue")));
	assert_false(assertion_good(f, h, with(f, c, ISSUER, ISSUER "/")));
	assert_false(assertion_good(f, h, with(f, c, "\"iss\":\"C-1\"", "\"iss\":\"C-2\"")));
	assert_false(assertion_good(f, h, with(f, c, "\"sub\":\"C-1\"", "\"sub\":\"C-2\"")));
	assert_false(assertion_good(f, h, with(f, c, "\"jti\":\"0b1e5a0c-8f10-4a53\",", "")));
	assert_false(assertion_good(f, h, with(f, c, "\"jti\"", "\"jti\":\"a\",\"jti\"")));
	assert_false(assertion_good(f, h, with(f, c, "\"exp\":", "\"exp\":\"1\",\"x\":")));
	assert_false(assertion_good(f, h, with(f, c, "{", "{\"nbf\":99999999999,")));
	assert_true(assertion_good(f, h, with(f, c, "{", "{\"nbf\":1,\"iat\":1,")));
	assert_false(assertion_good(f, h, with(f, c, "{", "{\"iat\":1.5,")));
}

static void
an_assertion_of_another_key_is_refused(void **state)
{
	struct fixture *f = *state;
	yb_str jti,
	    t = forge(f, "{\"alg\":\"ES256\"}", assertion_claims(f, f->now + 30), f->pkey[1][0]);
	yb_time exp;
	EVP_PKEY *rsa = EVP_RSA_gen(2048);

	assert_true(ybh_assertion_verify(f->a, t, YB_STR(CLIENT_ID),
	    fixture_pem(f, YBH_KEY_ISSUED, CURRENT), YB_STR(ISSUER), f->now * 1000000, &jti, &exp));
	assert_text(jti, "0b1e5a0c-8f10-4a53");
	assert_int_equal(exp.us, (f->now + 30) * 1000000);
	assert_false(ybh_assertion_verify(f->a, t, YB_STR(CLIENT_ID),
	    fixture_pem(f, YBH_KEY_ISSUED, NEXT), YB_STR(ISSUER), f->now * 1000000, &jti, &exp));
	assert_false(ybh_assertion_verify(f->a, t, YB_STR("C-2"),
	    fixture_pem(f, YBH_KEY_ISSUED, CURRENT), YB_STR(ISSUER), f->now * 1000000, &jti, &exp));
	assert_false(ybh_assertion_verify(f->a, t, YB_STR(CLIENT_ID), (yb_str){ NULL, 0 },
	    YB_STR(ISSUER), f->now * 1000000, &jti, &exp));
	assert_false(ybh_assertion_verify(f->a, t, YB_STR(CLIENT_ID),
	    ybh_p256_public_pem(rsa, f->a), YB_STR(ISSUER), f->now * 1000000, &jti, &exp));
	EVP_PKEY_free(rsa);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_revoked_jti_is_refused_although_cached),
		TEST(clients_and_organisations_are_revoked_up_to_a_moment),
		TEST(an_old_list_answers_unsure),
		TEST(revocations_end),
		TEST(without_keys_nothing_is_sure),
		TEST(a_key_that_goes_takes_its_tokens_along),
		TEST(keys_that_are_not_ours_are_not_taken),
		TEST(the_cache_is_bounded_and_forgets_the_ended),
		TEST(a_token_too_long_for_the_cache_is_verified_each_time),
		TEST(the_published_keys_are_those_of_tokens),
		TEST(thumbprints_are_those_of_others),
		TEST(what_libjwt_signs_we_accept_and_the_reverse),
		TEST(an_encrypted_key_is_refused_without_asking),
		TEST(we_never_accept_what_libjwt_refuses),
		TEST(assertions_are_for_us_and_short),
		TEST(an_assertion_of_another_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
