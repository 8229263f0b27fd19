/* The gate of access tokens: what is not exactly ours is refused, whatever libjwt thinks. */
#include "unit.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"
#include "token_fixture.h"

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

#define assert_refused(f, token) assert_int_equal(verify((f), (token)), YBH_TOKEN_INVALID)

static yb_str
access_with_header(struct fixture *f, const char *header)
{
	return forge(f, header, claims_of(f, YBH_KEY_ACCESS, ""), f->pkey[YBH_KEY_ACCESS][CURRENT]);
}

static yb_str
access_with_claims(struct fixture *f, const char *claims)
{
	return forge(f, header_of(f, YBH_KEY_ACCESS), claims, f->pkey[YBH_KEY_ACCESS][CURRENT]);
}

/* The good claims with one text replaced. */
static yb_str
changed(struct fixture *f, const char *from, const char *to)
{
	return access_with_claims(f, with(f, claims_of(f, YBH_KEY_ACCESS, ""), from, to));
}

/* The good claims with a number of seconds in place of the one named. */
static yb_str
at(struct fixture *f, const char *name, const char *value)
{
	const char *claims = claims_of(f, YBH_KEY_ACCESS, "");
	const char *from = strstr(claims, name);
	size_t n;

	assert_non_null(from);
	n = strcspn(from, ",");
	return access_with_claims(f, ybh_arena_format(f->a, "%.*s%s%s%s", (int)(from - claims),
					 claims, name, value, from + n)
					 .p);
}

static yb_str
seconds(struct fixture *f, const char *name, int64_t value)
{
	return at(f, name, ybh_arena_format(f->a, "%lld", (long long)value).p);
}

static void
a_good_token_says_its_facts(void **state)
{
	struct fixture *f = *state;
	static const enum ybh_key_class classes[] = { YBH_KEY_ISSUED, YBH_KEY_ACCESS,
		YBH_KEY_INTERNAL };
	unsigned char hash[32];
	yb_token_facts facts;

	for (size_t i = 0; i < 3; i++) {
		yb_str token = good_token(f, classes[i]);

		for (int again = 0; again < 2; again++) { /* cold, then from the cache */
			assert_int_equal(ybh_token_verify(f->t, f->a, token, (yb_str){ NULL, 0 },
					     f->now * 1000000, &facts),
			    YBH_TOKEN_OK);
			assert_true(facts.active);
			assert_int_equal(facts.cls, classes[i]);
			assert_true(yb_str_is(facts.sub, "C-1"));
			assert_true(yb_str_is(facts.client_id, "C-1"));
			assert_true(yb_str_is(facts.org, "131016"));
			assert_true(yb_str_is(facts.scope, "record:read record:write"));
			assert_true(yb_str_is(facts.jti, "AAAAAAAAAAAAAAAAAAAAAA"));
			assert_null(facts.cnf_x5t_s256.p);
			assert_int_equal(facts.iat.us, f->now * 1000000);
			ybh_sha256("AAAAAAAAAAAAAAAAAAAAAA", 22, hash);
			assert_int_equal(facts.jti_sha256.len, 32);
			assert_memory_equal(facts.jti_sha256.p, hash, 32);
		}
	}
	assert_int_equal(ybh_cache_count(ybh_tokens_cache(f->t)), 3);
}

static void
another_algorithm_is_refused(void **state)
{
	struct fixture *f = *state;
	static const char *const algs[] = { "none", "NONE", "HS256", "ES384", "es256", "ES256 ",
		"RS256", "" };
	const char *good = header_of(f, YBH_KEY_ACCESS);

	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		assert_refused(f, access_with_header(f, with(f, good, "ES256", algs[i])));
	assert_refused(f, access_with_header(f, with(f, good, "\"ES256\"", "null")));
	assert_refused(f, access_with_header(f, with(f, good, "\"ES256\"", "[\"ES256\"]")));
}

/* An unsigned token: the usual parts with nothing, or with 86 characters, behind the dot. */
static void
no_signature_is_refused(void **state)
{
	struct fixture *f = *state;
	yb_str good = good_token(f, YBH_KEY_ACCESS);
	char *t = ybh_arena_cstr(f->a, good);

	t[good.len - 86] = '\0';
	assert_refused(f, ((yb_str){ t, good.len - 86 }));
	memset(t + good.len - 86, 'A', 86);
	assert_refused(f, ((yb_str){ t, good.len }));
}

/* libjwt takes a token whose HMAC secret is our public key. */
static void
our_public_key_is_no_secret(void **state)
{
	struct fixture *f = *state;
	yb_str pem = fixture_pem(f, YBH_KEY_ACCESS, CURRENT), t;
	unsigned char mac[64] = { 0 };
	unsigned len = 0;
	char *p;

	for (int es256 = 0; es256 < 2; es256++) {
		const char *header = header_of(f, YBH_KEY_ACCESS);

		t = access_with_header(f, es256 ? header : with(f, header, "ES256", "HS256"));
		p = ybh_arena_cstr(f->a, t);
		assert_non_null(HMAC(EVP_sha256(), pem.p, (int)pem.len, (const unsigned char *)p,
		    t.len - 87, mac, &len));
		t.len = t.len - 86 + ybh_b64url(mac, len, p + t.len - 86); /* 43 characters */
		assert_refused(f, ((yb_str){ p, t.len }));
		t.len = t.len - 43 + ybh_b64url(mac, 64, p + t.len - 43); /* padded to 86 */
		assert_refused(f, ((yb_str){ p, t.len }));
	}
}

static void
a_header_with_more_or_less_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *good = header_of(f, YBH_KEY_ACCESS);
	static const char *const more[] = { "{\"crit\":[\"b64\"],\"b64\":false,", "{\"crit\":[],",
		"{\"alg\":\"ES256\",", "{\"alg\":\"none\",", "{\"jku\":\"https://x\",",
		"{\"jwk\":{\"kty\":\"EC\"},", "{\"x5u\":\"a\",", "{\"cty\":\"JWT\",",
		"{\"zip\":1," };

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		assert_refused(f, access_with_header(f, with(f, good, "{", more[i])));
	assert_refused(f, access_with_header(f, with(f, good, ",\"typ\":\"JWT\"", "")));
	assert_refused(f, access_with_header(f, with(f, good, "\"JWT\"", "\"at+jwt\"")));
	assert_refused(f, access_with_header(f, with(f, good, "\"JWT\"", "\"jwt\"")));
	assert_refused(f, access_with_header(f, with(f, good, "\"alg\":\"ES256\",", "")));
	assert_refused(f, access_with_header(f, "[\"alg\",\"ES256\"]"));
	assert_refused(f, access_with_header(f, "{}"));
	assert_refused(f, access_with_header(f, ybh_arena_format(f->a, "%s ?", good).p));
	assert_refused(f, access_with_header(f, ybh_arena_format(f->a, "%s{}", good).p));
}

static void
a_kid_that_is_none_is_refused(void **state)
{
	struct fixture *f = *state;
	static const char *const kids[] = { "null", "0", "\"\"", "[]", "{}", "true",
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",  /* nobody's */
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", /* 44 */
		"\"../../../../../../../../../etc/passwd/......\"", "\"\\u0000\"" };
	char from[64];

	(void)snprintf(from, sizeof(from), "\"%.43s\"", fixture_kid(f, YBH_KEY_ACCESS, CURRENT).p);
	for (size_t i = 0; i < sizeof(kids) / sizeof(kids[0]); i++)
		assert_refused(
		    f, access_with_header(f, with(f, header_of(f, YBH_KEY_ACCESS), from, kids[i])));
}

static void
a_class_has_its_own_keys(void **state)
{
	struct fixture *f = *state;

	for (unsigned use = YBH_KEY_ISSUED; use <= YBH_KEY_INTERNAL; use++) {
		for (unsigned key = YBH_KEY_ISSUED; key <= YBH_KEY_CHECKPOINT; key++) {
			yb_str t = forge(f, header_of(f, (enum ybh_key_class)key),
			    claims_of(f, (enum ybh_key_class)use, ""), f->pkey[key][CURRENT]);

			assert_int_equal(
			    verify(f, t), use == key ? YBH_TOKEN_OK : YBH_TOKEN_INVALID);
		}
	}
	/* The kid of one key, the signature of another. */
	assert_refused(f, forge(f, header_of(f, YBH_KEY_ACCESS), claims_of(f, YBH_KEY_ACCESS, ""),
			      f->pkey[YBH_KEY_ISSUED][CURRENT]));
}

static void
states_of_a_key_decide(void **state)
{
	struct fixture *f = *state;

	for (unsigned w = CURRENT; w < WHICH; w++) {
		const char *header =
		    ybh_arena_format(f->a, "{\"kid\":\"%.43s\",\"alg\":\"ES256\",\"typ\":\"JWT\"}",
			fixture_kid(f, YBH_KEY_ACCESS, w).p)
			.p;
		yb_str t =
		    forge(f, header, claims_of(f, YBH_KEY_ACCESS, ""), f->pkey[YBH_KEY_ACCESS][w]);

		assert_int_equal(verify(f, t), w == RETIRED ? YBH_TOKEN_INVALID : YBH_TOKEN_OK);
	}
}

static yb_str
appended(struct fixture *f, yb_str t, const char *text)
{
	return ybh_arena_format(f->a, "%.*s%s", (int)t.len, t.p, text);
}

static yb_str
put(struct fixture *f, yb_str t, size_t i, char c)
{
	char *p = ybh_arena_cstr(f->a, t);

	p[i] = c;
	return (yb_str){ p, t.len };
}

static void
the_grammar_is_strict(void **state)
{
	struct fixture *f = *state;
	yb_str t = good_token(f, YBH_KEY_ACCESS);
	static const char *const tails[] = { "!!", "==", "\n", "=", " ", "A", ".", ".evil", "AA",
		"\r\n", "%3D" };
	static const char bad[] = "+/=!@ \t\n.,\x7f\x80\xff";

	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		assert_refused(f, appended(f, t, tails[i]));
		assert_refused(f, appended(f, yb_cstr(tails[i]), ybh_arena_cstr(f->a, t)));
	}
	for (size_t i = 0; i < sizeof(bad); i++) {
		assert_refused(f, put(f, t, t.len - 40, bad[i]));  /* signature */
		assert_refused(f, put(f, t, 30, bad[i]));          /* header */
		assert_refused(f, put(f, t, t.len - 120, bad[i])); /* claims */
	}
	for (size_t n = 0; n < t.len; n++)
		assert_refused(f, ((yb_str){ t.p, n }));
	assert_refused(f, ((yb_str){ NULL, 0 }));
}

/* 64 bytes end in a character of which only two bits count. */
static void
the_last_character_says_no_more_than_it_must(void **state)
{
	struct fixture *f = *state;
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	yb_str t = good_token(f, YBH_KEY_ACCESS);
	int good = 0;

	for (size_t i = 0; i < 64; i++)
		good += verify(f, put(f, t, t.len - 1, alphabet[i])) == YBH_TOKEN_OK;
	assert_int_equal(good, 1);
}

static void
length_is_bounded_before_anything_is_read(void **state)
{
	struct fixture *f = *state;
	size_t huge = 9u << 20;
	char *p = malloc(huge), more[4096];
	yb_str t;

	assert_non_null(p);
	memset(p, 'A', huge);
	p[huge / 3] = p[huge / 2] = '.';
	assert_refused(f, ((yb_str){ p, huge }));
	assert_refused(f, ((yb_str){ p + huge / 3 - 2000, 5000 }));
	free(p);
	memset(more, 'x', sizeof(more));
	(void)snprintf(more, 5, ",\"x\"");
	more[4] = ':';
	more[5] = '"';
	(void)snprintf(more + 2900, 2, "\"");
	t = forge(f, header_of(f, YBH_KEY_ACCESS), claims_of(f, YBH_KEY_ACCESS, more),
	    f->pkey[YBH_KEY_ACCESS][CURRENT]);
	assert_true(t.len > YBH_TOKEN_MAX);
	assert_refused(f, t);
	(void)snprintf(more + 2000, 2, "\"");
	t = forge(f, header_of(f, YBH_KEY_ACCESS), claims_of(f, YBH_KEY_ACCESS, more),
	    f->pkey[YBH_KEY_ACCESS][CURRENT]);
	assert_true(t.len < YBH_TOKEN_MAX);
	assert_int_equal(verify(f, t), YBH_TOKEN_OK);
}

static void
numbers_out_of_range_are_no_signature(void **state)
{
	struct fixture *f = *state;
	static const unsigned char order[32] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
		0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
	yb_str t = good_token(f, YBH_KEY_ACCESS);
	unsigned char sig[4][64];
	char *p = ybh_arena_cstr(f->a, t);

	memset(sig, 0, sizeof(sig));
	memset(sig[1], 0xff, 64);
	memcpy(sig[2], order, 32);
	memcpy(sig[2] + 32, order, 32);
	sig[3][31] = 1; /* s is 0 */
	for (size_t i = 0; i < 4; i++) {
		(void)ybh_b64url(sig[i], 64, p + t.len - 86);
		assert_refused(f, ((yb_str){ p, t.len }));
	}
}

static void
moments_are_kept(void **state)
{
	struct fixture *f = *state;
	int64_t now = f->now;

	assert_int_equal(verify(f, seconds(f, "\"exp\":", now + 1)), YBH_TOKEN_OK);
	assert_refused(f, seconds(f, "\"exp\":", now));
	assert_refused(f, seconds(f, "\"exp\":", now - 1));
	assert_int_equal(verify(f, seconds(f, "\"nbf\":", now + 5)), YBH_TOKEN_OK);
	assert_refused(f, seconds(f, "\"nbf\":", now + 6));
	assert_refused(f, seconds(f, "\"iat\":", now + 6));
	assert_int_equal(verify(f, seconds(f, "\"exp\":", now + 600)), YBH_TOKEN_OK);
	assert_refused(f, seconds(f, "\"exp\":", now + 601)); /* longer than the class lives */
	assert_refused(f, seconds(f, "\"exp\":", INT64_MAX));
	assert_refused(f, at(f, "\"exp\":", "99999999999999999999"));
	assert_refused(f, at(f, "\"iat\":", "-1"));
	assert_refused(f, at(f, "\"iat\":", "0"));
	assert_refused(f, seconds(f, "\"iat\":", now + 100)); /* after exp */
}

static void
claims_are_of_their_type(void **state)
{
	struct fixture *f = *state;
	static const char *const times[] = { "\"iat\":", "\"nbf\":", "\"exp\":" };
	static const char *const others[] = { "\"1800000000\"", "1800000000.0", "true", "null",
		"[]", "{}", "1.8e9" };
	static const char *const texts[] = { "\"sub\":\"C-1\"", "\"client_id\":\"C-1\"",
		"\"org\":\"131016\"", "\"scope\":\"record:read record:write\"",
		"\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\"", "\"token_use\":\"access\"",
		"\"iss\":\"" ISSUER "\"", "\"aud\":\"" AUDIENCE "\"" };

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++)
			assert_refused(f, at(f, times[i], others[k]));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *name_end = strchr(texts[i], ':') + 1;
		int name_len = (int)(name_end - texts[i]);

		assert_refused(f, changed(f, texts[i], "\"absent\":0"));
		for (size_t k = 1; k < 6; k++)
			assert_refused(f,
			    changed(f, texts[i],
				ybh_arena_format(f->a, "%.*s%s", name_len, texts[i], others[k]).p));
		assert_refused(
		    f, changed(f, texts[i],
			   ybh_arena_format(f->a, "%.*s[%s]", name_len, texts[i], name_end).p));
		assert_refused(
		    f, changed(f, texts[i],
			   ybh_arena_format(f->a, "%s,%s", texts[i], texts[i]).p)); /* twice */
	}
	assert_refused(f, access_with_claims(f, with(f, claims_of(f, YBH_KEY_ACCESS, ""),
						    "\"exp\":", "\"expires\":")));
}

static void
claims_say_what_they_must(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, changed(f, AUDIENCE, ISSUER));
	assert_refused(f, changed(f, "\"" AUDIENCE "\"", "[\"" AUDIENCE "\"]"));
	assert_refused(f, changed(f, "\"iss\":\"" ISSUER, "\"iss\":\"" ISSUER "/"));
	assert_refused(f, changed(f, "\"iss\":\"https://", "\"iss\":\"http://"));
	assert_refused(f, changed(f, "\"access\"", "\"issued\""));
	assert_refused(f, changed(f, "\"access\"", "\"Access\""));
	assert_refused(f, changed(f, "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA")); /* 21 */
	assert_refused(
	    f, changed(f, "AAAAAAAAAAAAAAAAAAAAAA",
		   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")); /* 65 */
	assert_refused(f, changed(f, "\"sub\":\"C-1\"", "\"sub\":\"\""));
	assert_refused(f, changed(f, "C-1", "C\\u0000-1"));
	assert_refused(f, changed(f, "C-1", "C\xff-1")); /* not UTF-8 */
	assert_int_equal(verify(f, changed(f, "record:read record:write", "")), YBH_TOKEN_OK);
}

static void
the_payload_is_one_shallow_object(void **state)
{
	struct fixture *f = *state;
	const char *good = claims_of(f, YBH_KEY_ACCESS, "");
	yb_str t;
	char *p;

	assert_refused(f, access_with_claims(f, ybh_arena_format(f->a, "[%s]", good).p));
	assert_refused(f, access_with_claims(f, ybh_arena_format(f->a, "%s%s", good, good).p));
	assert_refused(f, access_with_claims(f, claims_of(f, YBH_KEY_ACCESS,
						    ",\"x\":[[[[[[[[0]]]]]]]]"))); /* 9 deep */
	assert_int_equal(verify(f, access_with_claims(
				       f, claims_of(f, YBH_KEY_ACCESS, ",\"x\":[[[[[[[0]]]]]]]"))),
	    YBH_TOKEN_OK);
	assert_int_equal(verify(f, access_with_claims(f, claims_of(f, YBH_KEY_ACCESS,
							     ",\"x\":\"[[[[[[[[[[[[\\\"{{{{{\""))),
	    YBH_TOKEN_OK);
	/* A NUL and a second object behind it: forge() takes terminated texts, so by hand. */
	t = ybh_arena_format(f->a, "%s!{}", good);
	p = ybh_arena_cstr(f->a, t);
	*strrchr(p, '!') = '\0';
	t = (yb_str){ p, t.len };
	assert_int_equal(ybh_gate_claims(t, YBH_KEY_ACCESS, ISSUER, AUDIENCE, f->a,
			     &(struct ybh_claims){ .iat = 0 }),
	    YBH_TOKEN_INVALID);
}

static void
a_bound_token_needs_its_certificate(void **state)
{
	struct fixture *f = *state;
	static const char x5t[] = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2";
	static const char *const bad[] = { "null", "{}", "\"x\"", "{\"x5t#S256\":null}",
		"{\"jkt\":\"x\"}", "{\"x5t#S256\":\"short\"}",
		"{\"x5t#S256\":\"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2\",\"jkt\":\"x\"}",
		"{\"x5t#S256\":\"bwcK0esc3ACC3DB2Y5/lESsXE8o9ltc05O89jdN-dg2\"}" };
	const char *canonical = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg0";
	yb_str t = access_with_claims(
	    f, claims_of(f, YBH_KEY_ACCESS,
		   ",\"cnf\":{\"x5t#S256\":\"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg0\"}"));
	yb_token_facts facts;

	for (int again = 0; again < 2; again++) {
		assert_int_equal(
		    ybh_token_verify(f->t, f->a, t, yb_cstr(canonical), f->now * 1000000, &facts),
		    YBH_TOKEN_OK);
		assert_true(yb_str_is(facts.cnf_x5t_s256, canonical));
		assert_refused(f, t);
		assert_int_equal(
		    ybh_token_verify(f->t, f->a, t, yb_cstr(x5t), f->now * 1000000, &facts),
		    YBH_TOKEN_INVALID);
		assert_false(facts.active);
		assert_null(facts.sub.p);
		/* Introspection is not asked by the one who is bound. */
		assert_int_equal(
		    ybh_token_inspect(f->t, f->a, t, f->now * 1000000, &facts), YBH_TOKEN_OK);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		t = access_with_claims(f,
		    claims_of(f, YBH_KEY_ACCESS, ybh_arena_format(f->a, ",\"cnf\":%s", bad[i]).p));
		assert_int_equal(
		    ybh_token_verify(f->t, f->a, t, yb_cstr(canonical), f->now * 1000000, &facts),
		    YBH_TOKEN_INVALID);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_good_token_says_its_facts, begin, end),
		cmocka_unit_test_setup_teardown(another_algorithm_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(no_signature_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(our_public_key_is_no_secret, begin, end),
		cmocka_unit_test_setup_teardown(a_header_with_more_or_less_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(a_kid_that_is_none_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(a_class_has_its_own_keys, begin, end),
		cmocka_unit_test_setup_teardown(states_of_a_key_decide, begin, end),
		cmocka_unit_test_setup_teardown(the_grammar_is_strict, begin, end),
		cmocka_unit_test_setup_teardown(
		    the_last_character_says_no_more_than_it_must, begin, end),
		cmocka_unit_test_setup_teardown(
		    length_is_bounded_before_anything_is_read, begin, end),
		cmocka_unit_test_setup_teardown(numbers_out_of_range_are_no_signature, begin, end),
		cmocka_unit_test_setup_teardown(moments_are_kept, begin, end),
		cmocka_unit_test_setup_teardown(claims_are_of_their_type, begin, end),
		cmocka_unit_test_setup_teardown(claims_say_what_they_must, begin, end),
		cmocka_unit_test_setup_teardown(the_payload_is_one_shallow_object, begin, end),
		cmocka_unit_test_setup_teardown(a_bound_token_needs_its_certificate, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
