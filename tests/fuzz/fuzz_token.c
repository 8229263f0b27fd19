/*
 * Access tokens and client assertions. Three kinds of input:
 *
 *	{header}\n{claims}	is made a token twice: with a signature of chance, which must be
 *				refused, and signed by a key of ours, which must be refused or be
 *				a token by every rule; KID in the header stands for the key's name
 *	~ position byte ...	a good token with bytes replaced: refused, unless it is the same
 *	anything else		is the token
 */
#include "fuzz.h"

#include <openssl/types.h>

#include "../../core/lib/clock.h"
#include "../../core/lib/crypto.h"
#include "../../core/lib/internal.h"
#include "../../core/lib/token_parts.h"

#define ISSUER	 "https://yobo.example"
#define AUDIENCE "https://yobo.example/api/v1"
#define NOW_S	 INT64_C(1776643200)

/* A key that nobody has the other half of; tokens of the corpus name it. */
#define LOST_KID "WRf2Qbf28m65mT-CnLUEEAnEmh1q0JTd-qdVKjaEECU"
static const char lost_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJm3h4ZmUE97WWIKpl41J6v474xmR\n"
    "xWV7hsm9TjufPuFd1XX+AGE9COm8Ys2NumLHuvcLO4juw4P5b9tKxFLySA==\n"
    "-----END PUBLIC KEY-----\n";

static const char good_claims[] =
    "{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\",\"sub\":\"C-1\",\"client_id\":\"C-1\","
    "\"org\":\"131016\",\"scope\":\"record:read\",\"iat\":1776643100,\"nbf\":1776643100,"
    "\"exp\":1776643300,\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"token_use\":\"access\"}";

static struct {
	struct yb_arena *a; /* lives as long as the process */
	EVP_PKEY *key;
	yb_str pem, kid, good;
	struct ybh_tokens *with_key, *without_key, *nothing;
} own;

static struct ybh_tokens *
verifier(enum ybh_key_class cls, yb_str kid, const char *pem)
{
	struct ybh_key key = { .cls = cls, .state = YBH_KEY_CURRENT, .kid = kid,
		.public_pem = yb_cstr(pem) };
	const yb_list keys = { &key, 1 };
	struct ybh_tokens *t = ybh_tokens_new(ISSUER, AUDIENCE);

	must(t != NULL && ybh_tokens_set_keys(t, &keys) == 0);
	return t;
}

static void
start(void)
{
	if (own.a != NULL)
		return;
	own.a = ybh_arena_new(65536, FUZZ_ARENA);
	must(own.a != NULL);
	own.key = ybh_p256_generate();
	must(own.key != NULL);
	own.pem = ybh_p256_public_pem(own.key, own.a);
	own.kid = ybh_jwk_thumbprint(own.a, own.pem);
	must(own.kid.len == YBH_TOKEN_KIDS);
	own.with_key = verifier(YBH_KEY_ACCESS, own.kid, own.pem.p);
	own.without_key = verifier(YBH_KEY_ISSUED, YB_STR(LOST_KID), lost_pem);
	own.nothing = ybh_tokens_new(ISSUER, AUDIENCE);
	must(own.nothing != NULL);
	must(ybh_jws_sign(own.a, own.key, own.kid, YB_STR(good_claims), &own.good) == 0);
}

static enum ybh_token_verdict
verify(struct ybh_tokens *t, struct yb_arena *a, yb_str token, yb_token_facts *facts)
{
	enum ybh_token_verdict verdict;

	ybh_revoked_fresh(ybh_tokens_revoked(t), ybh_mono_us());
	verdict = ybh_token_verify(t, a, token, (yb_str) { NULL, 0 }, NOW_S * 1000000, facts);
	must(facts->active == (verdict == YBH_TOKEN_OK));
	return verdict;
}

/* Nobody signed it: no verifier takes it, as a token or as an assertion. */
static void
refused(struct yb_arena *a, yb_str token)
{
	yb_req *r = ybh_arena_must(a, sizeof *r);
	yb_token_facts facts;
	yb_str jti = { NULL, 0 }, client;
	yb_time exp = { 0 };

	must(verify(own.without_key, a, token, &facts) == YBH_TOKEN_INVALID);
	must(verify(own.with_key, a, token, &facts) == YBH_TOKEN_INVALID);
	must(verify(own.nothing, a, token, &facts) != YBH_TOKEN_OK);
	must(ybh_token_verify_libjwt(own.without_key, a, token, NOW_S * 1000000, &facts) !=
	    YBH_TOKEN_OK);
	must(!ybh_assertion_verify(a, token, YB_STR("C-1"), yb_cstr(lost_pem), YB_STR(ISSUER),
	    NOW_S * 1000000, &jti, &exp));
	must(jti.p == NULL && exp.us == 0);
	r->arena = a;
	client = yb_assertion_client(r, token);
	must(client.p == NULL || (client.len >= 1 && client.len <= 128));
}

static void
claims_hold(const yb_token_facts *f)
{
	must(f->sub.len > 0 && f->client_id.len > 0 && f->org.len > 0 && f->scope.p != NULL);
	must(f->cls == YB_TOKEN_ACCESS && f->jti.len >= 22 && f->jti.len <= 64);
	must(f->iat.us <= (NOW_S + 5) * 1000000 && f->exp.us > NOW_S * 1000000);
	must(f->exp.us > f->iat.us && f->exp.us - f->iat.us <= INT64_C(600) * 1000000);
	must(f->cnf_x5t_s256.p == NULL); /* bound, and no certificate was shown */
	must(f->jti_sha256.len == 32);
}

/* What we accept of our own key, libjwt accepts too. */
static void
accepted(struct yb_arena *a, yb_str token)
{
	yb_token_facts ours, theirs;

	if (verify(own.with_key, a, token, &ours) != YBH_TOKEN_OK)
		return;
	claims_hold(&ours);
	must(ybh_token_verify_libjwt(own.with_key, a, token, NOW_S * 1000000, &theirs) ==
	    YBH_TOKEN_OK);
	must(yb_str_eq(ours.sub, theirs.sub) && yb_str_eq(ours.scope, theirs.scope));
	must(yb_str_eq(ours.org, theirs.org) && yb_str_eq(ours.client_id, theirs.client_id));
	must(yb_str_eq(ours.jti, theirs.jti) && ours.exp.us == theirs.exp.us);
	must(verify(own.with_key, a, token, &theirs) == YBH_TOKEN_OK); /* from the cache */
	must(yb_str_eq(ours.sub, theirs.sub) && yb_str_eq(ours.scope, theirs.scope));
}

static void
gates(struct yb_arena *a, yb_str claims, const struct ybh_jws *jws)
{
	char kid[YBH_TOKEN_KIDS];
	struct ybh_assertion s;
	struct ybh_claims c;

	for (unsigned cls = YBH_KEY_ISSUED; cls <= YBH_KEY_CHECKPOINT; cls++) {
		enum ybh_key_class k = (enum ybh_key_class)cls;

		if (ybh_gate_claims(claims, k, ISSUER, NULL, a, &c) == YBH_TOKEN_OK)
			must(c.exp - c.iat <= ybh_token_life(k) && c.sub.len > 0 &&
			    c.jti.len >= 22);
	}
	if (ybh_gate_header(jws, kid) == YBH_TOKEN_OK)
		must(memchr(kid, '.', sizeof kid) == NULL);
	if (ybh_gate_assertion(jws, a, &s) == YBH_TOKEN_OK)
		must(s.exp > 0 && s.jti.len >= 8 && s.iss.len > 0 && s.iat >= 0 && s.nbf >= 0);
}

/* The header with the name of our key for KID. */
static yb_str
named(struct yb_arena *a, yb_str header)
{
	const char *at = memmem(header.p, header.len, "KID", 3);
	size_t before;

	if (at == NULL)
		return header;
	before = (size_t)(at - header.p);
	return ybh_arena_format(a, "%.*s%.*s%.*s", (int)before, header.p, (int)own.kid.len,
	    own.kid.p, (int)(header.len - before - 3), at + 3);
}

static yb_str
wrapped(struct yb_arena *a, yb_str header, yb_str claims, bool sign)
{
	char *out = ybh_arena_must(a, (header.len + claims.len) * 2 + 256);
	size_t n = ybh_b64url(header.p, header.len, out);
	unsigned char sig[64];

	out[n++] = '.';
	n += ybh_b64url(claims.p, claims.len, out + n);
	if (sign) {
		must(ybh_es256_sign(own.key, out, n, sig) == 0);
	} else {
		ybh_sha256(out, n, sig);
		ybh_sha256(sig, 32, sig + 32);
	}
	out[n++] = '.';
	n += ybh_b64url(sig, sizeof sig, out + n);
	return (yb_str) { out, n };
}

static void
parts(struct yb_arena *a, yb_str text)
{
	const char *nl = memchr(text.p, '\n', text.len);
	size_t cut = nl == NULL ? text.len : (size_t)(nl - text.p);
	yb_str header = { text.p, cut };
	yb_str claims = { text.p + cut, text.len - cut };
	struct ybh_jws jws;
	yb_str token;

	if (nl != NULL)
		claims = (yb_str) { nl + 1, claims.len - 1 };
	token = wrapped(a, header, claims, false);
	refused(a, token);
	if (ybh_jws_split(token, &jws))
		gates(a, claims, &jws);
	accepted(a, wrapped(a, named(a, header), claims, true));
}

static void
edited(struct yb_arena *a, const uint8_t *data, size_t size)
{
	yb_str token = ybh_arena_copy(a, own.good);
	char *p = ybh_arena_cstr(a, token);
	yb_token_facts facts;

	for (size_t i = 0; i + 1 < size; i += 2)
		p[(data[i] * token.len + 127) / 256 % token.len] = (char)data[i + 1];
	token.p = p;
	if (!yb_str_eq(token, own.good))
		must(verify(own.with_key, a, token, &facts) == YBH_TOKEN_INVALID);
	must(verify(own.with_key, a, own.good, &facts) == YBH_TOKEN_OK);
	claims_hold(&facts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	yb_str text = { size > 0 ? (const char *)data : "", size };
	struct yb_arena *a = fuzz_arena();

	start();
	if (size > 0 && size <= YBH_TOKEN_MAX && data[0] == '{')
		parts(a, text);
	else if (size > 0 && data[0] == '~')
		edited(a, data + 1, size - 1);
	else
		refused(a, text);
	return 0;
}
