/*
 * sign_bench.c - what signing a token costs, and where.
 *
 *	sign_bench [SOCKET ISSUER]
 *
 * By libjwt from PEM, as its interface wants it; what of that is reading the PEM; by a key
 * parsed once and a token put together by us; and asked of a keeper on SOCKET that signs for ISSUER. Microseconds.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "keeper.h"
#include "token_parts.h"

#define TIMES 2000

static char claims[600];
static struct yb_arena *arena;
static EVP_PKEY *key;
static yb_str private_pem, kid;
static struct ybh_keeper *keeper;

static int
by_libjwt(void)
{
	yb_str token;

	return ybh_token_sign(arena, private_pem, kid, yb_cstr(claims), &token);
}

static int
pem_only(void)
{
	EVP_PKEY *parsed = ybh_p256_private(private_pem);

	EVP_PKEY_free(parsed);
	return parsed != NULL ? 0 : -1;
}

static int
by_kept_key(void)
{
	yb_str token;

	return ybh_jws_sign(arena, key, kid, yb_cstr(claims), &token);
}

static int
by_keeper(void)
{
	yb_str token;

	return ybh_keeper_sign(keeper, YBH_KEY_ACCESS, yb_cstr(claims), arena, &token);
}

static int
measure(const char *what, int (*once)(void))
{
	struct yb_arena *outer = arena;
	int64_t began;
	int rc = 0;

	arena = ybh_arena_new(65536, 1 << 20);
	if (arena == NULL)
		return -1;
	began = ybh_mono_us();
	for (int i = 0; i < TIMES && rc == 0; i++) {
		rc = once();
		ybh_arena_reset(arena);
	}
	if (rc == 0)
		(void)printf("%-52s %7.1f us\n", what,
		    (double)(ybh_mono_us() - began) / TIMES);
	else
		(void)fprintf(stderr, "%s: %d\n", what, rc);
	ybh_arena_free(arena);
	arena = outer;
	return rc;
}

static void
claims_write(const char *issuer)
{
	long long now = ybh_now_us() / 1000000;

	(void)snprintf(claims, sizeof claims,
	    "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"sample-muni\",\"client_id\":\"sample-muni\","
	    "\"org\":\"131016\",\"scope\":\"record:read master:read\","
	    "\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"token_use\":\"access\",\"iat\":%lld,"
	    "\"nbf\":%lld,\"exp\":%lld}",
	    issuer, issuer, now, now, now + 600);
}

int
main(int argc, char **argv)
{
	char name[48];
	int rc;

	arena = ybh_arena_new(65536, 1 << 20);
	key = ybh_p256_generate();
	if (arena == NULL || key == NULL || ybh_p256_thumbprint(key, name) != 0)
		return 1;
	kid = (yb_str) { name, YBH_TOKEN_KIDS };
	private_pem = ybh_p256_private_pem(key, arena);
	claims_write(argc > 2 ? argv[2] : "https://bench.example");
	rc = measure("libjwt: PEM read, JSON, signature", by_libjwt);
	rc |= measure("  of which reading the PEM", pem_only);
	rc |= measure("kept key: our own JWS, signature", by_kept_key);
	if (argc > 2) {
		keeper = ybh_keeper_new(argv[1]);
		rc |= keeper == NULL ? -1 : measure("asked of the keeper, over its socket", by_keeper);
		ybh_keeper_free(keeper);
	}
	EVP_PKEY_free(key);
	ybh_arena_free(arena);
	return rc == 0 ? 0 : 1;
}
