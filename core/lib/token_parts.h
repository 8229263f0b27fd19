/*
 * token_parts.h - what the files behind tokens.h and the keeper know of each other.
 *
 *	jwk.c           P-256 keys: reading, naming, signing, verifying
 *	token_gate.c    the strict grammar of a token, its header, its claims
 *	token_cache.c   tokens already verified
 *	token_revoke.c  what was revoked
 *	token_verify.c  the order of the checks (tokens.h)
 *	token_keys.c    learning a key that appeared since the last look
 *	token_cert.c    certificates and keys programs register (yb/token.h)
 *	token_kept.c    public keys of clients, parsed once
 *	statement.c     what a program signed about a person (yb/token.h)
 *	token.c         makes tokens; libjwt: signs, and cross-checks our own work
 */
#ifndef YBH_TOKEN_PARTS_H
#define YBH_TOKEN_PARTS_H

#include <openssl/types.h>
#include <pthread.h>

#include "tokens.h"

#define YBH_TOKEN_MIN  64
#define YBH_TOKEN_MAX  4096
#define YBH_TOKEN_KIDS 43
#define YBH_PART_MAX   (YBH_TOKEN_MAX / 4 * 3 + 3) /* a decoded segment */

/* ---- jwk.c ---- */

/* SHA-256 that says when there is no memory (ybh_sha256 aborts). */
bool ybh_token_hash(const void *p, size_t n, unsigned char out[32]) YB_MUST_USE;
/* NULL: not an unencrypted P-256 key in PEM, or no memory. Free with EVP_PKEY_free. */
EVP_PKEY *ybh_p256_public(yb_str pem);
EVP_PKEY *ybh_p256_private(yb_str pem);
EVP_PKEY *ybh_p256_generate(void);
/*
 * The same key as ybh_p256_public, parsed once: reading PEM costs OpenSSL 3.0 far more than
 * verifying with it. A reference of the caller's own.
 */
EVP_PKEY *ybh_p256_public_kept(yb_str pem);
/* PEM texts in `a`; null: no memory. The private one (PKCS#8) is the caller's to wipe. */
yb_str ybh_p256_public_pem(EVP_PKEY *key, struct yb_arena *a);
yb_str ybh_p256_private_pem(EVP_PKEY *key, struct yb_arena *a);
/* Coordinates as JWK spells them (43 characters and NUL each). */
int ybh_p256_point(EVP_PKEY *key, char x[48], char y[48]) YB_MUST_USE;
/* RFC 7638, 43 characters and NUL. */
int ybh_p256_thumbprint(EVP_PKEY *key, char kid[48]) YB_MUST_USE;
/* r || s. 0 or -1. */
int ybh_es256_sign(EVP_PKEY *key, const void *p, size_t n, unsigned char sig[64]) YB_MUST_USE;
/* OK: it fits; INVALID: it does not; UNSURE: could not be found out. */
enum ybh_token_verdict
ybh_es256_verify(EVP_PKEY *key, const void *p, size_t n, const unsigned char sig[64]) YB_MUST_USE;
/* r || s as DER (at most 72 bytes); 0 when r or s is not within 1 .. n-1. And back: 0 or -1. */
size_t ybh_es256_der(const unsigned char sig[64], unsigned char der[72]);
int ybh_es256_raw(const unsigned char *der, size_t n, unsigned char sig[64]) YB_MUST_USE;
/*
 * What the checkpoint key signs when a chain opens: "yobo-chain-open", chain id and moment
 * (8 bytes each, big-endian), host (at most 80 bytes). Length; out holds 128 bytes.
 */
size_t
ybh_chain_statement(uint64_t chain_id, int64_t opened_us, yb_str host, unsigned char out[128]);

/* ---- token_gate.c ---- */

struct ybh_jws { /* a token cut at its dots; everything is lent from it */
	yb_str header, claims;
	yb_str signed_part; /* header.claims */
	unsigned char sig[64];
};

struct ybh_claims {
	enum ybh_key_class cls;
	char kid[YBH_TOKEN_KIDS];
	unsigned char jti_sha256[32];
	int64_t iat, nbf, exp; /* seconds */
	yb_str sub, client_id, org, scope, jti;
	yb_str cnf; /* null: not bound */
};

/* Length, alphabet, dots, canonical segments. */
bool ybh_jws_split(yb_str token, struct ybh_jws *ret);
/* Exactly alg ES256, typ JWT and a kid. */
enum ybh_token_verdict ybh_gate_header(const struct ybh_jws *jws, char kid[YBH_TOKEN_KIDS]);
/*
 * Every claim but those that depend on the moment. Texts are copied into `a`. audience NULL:
 * any (the keeper signs for several).
 */
enum ybh_token_verdict ybh_gate_claims(yb_str json, enum ybh_key_class cls, const char *issuer,
    const char *audience, struct yb_arena *a, struct ybh_claims *ret);
/* The same from the token's segment. */
enum ybh_token_verdict ybh_gate_payload(const struct ybh_jws *jws, enum ybh_key_class cls,
    const char *issuer, const char *audience, struct yb_arena *a, struct ybh_claims *ret);
/* Texts of `from` into one block of `a`; false: no memory. */
bool ybh_claims_copy(struct yb_arena *a, const struct ybh_claims *from, struct ybh_claims *ret);
bool ybh_claims_in_time(const struct ybh_claims *c, int64_t now_us);
/* Seconds a token of this class may live. */
int64_t ybh_token_life(enum ybh_key_class cls);
const char *ybh_token_use(enum ybh_key_class cls);

struct ybh_assertion {
	yb_str iss, sub, aud, jti; /* in the arena */
	int64_t iat, nbf, exp;     /* iat, nbf: 0 when absent */
};
/* Header and claims of a client assertion, by type; nothing is verified. */
enum ybh_token_verdict
ybh_gate_assertion(const struct ybh_jws *jws, struct yb_arena *a, struct ybh_assertion *ret);

/* ---- token_cache.c ---- */

struct ybh_cache;
struct ybh_cache *ybh_cache_new(size_t max_entries);
void ybh_cache_free(struct ybh_cache *c);
/* OK: found, copied into `a`. INVALID: not there. UNSURE: no memory. */
enum ybh_token_verdict ybh_cache_get(struct ybh_cache *c, const unsigned char digest[32],
    int64_t now_us, struct yb_arena *a, struct ybh_claims *ret);
void ybh_cache_put(struct ybh_cache *c, const unsigned char digest[32], int64_t now_us,
    const struct ybh_claims *claims);
void ybh_cache_drop(struct ybh_cache *c, const unsigned char digest[32]);
size_t ybh_cache_count(struct ybh_cache *c);

/* ---- token_revoke.c ---- */

struct ybh_revoked;
struct ybh_revoked *ybh_revoked_new(void);
void ybh_revoked_free(struct ybh_revoked *v);
/* 0, -EINVAL (kind, length) or -ENOMEM. */
int ybh_revoked_add(struct ybh_revoked *v, int64_t kind, yb_bytes id, int64_t not_before_us,
    int64_t until_us) YB_MUST_USE;
/* The list was complete at this moment of ybh_mono_us. */
void ybh_revoked_fresh(struct ybh_revoked *v, int64_t mono_us);
/* Forgets what is past its end. */
void ybh_revoked_sweep(struct ybh_revoked *v, int64_t now_us);
size_t ybh_revoked_count(struct ybh_revoked *v);
/* OK: not revoked. INVALID: revoked. UNSURE: the list is older than 5 s. */
enum ybh_token_verdict ybh_revoked_check(
    struct ybh_revoked *v, const struct ybh_claims *c, int64_t now_us, int64_t mono_us);
/* Reads the table from where the last call stopped. */
int ybh_revoked_refresh(struct ybh_revoked *v, struct ybh_db *db, struct yb_arena *a) YB_MUST_USE;

/* ---- token_verify.c, for yb_token.c and tests ---- */

const char *ybh_tokens_issuer(const struct ybh_tokens *t);
const char *ybh_tokens_audience(const struct ybh_tokens *t);
struct ybh_revoked *ybh_tokens_revoked(struct ybh_tokens *t);
struct ybh_cache *ybh_tokens_cache(struct ybh_tokens *t);
/* As ybh_token_verify without looking at the binding: for introspection. */
enum ybh_token_verdict ybh_token_inspect(
    struct ybh_tokens *t, struct yb_arena *a, yb_str token, int64_t now_us, yb_token_facts *ret);
/* Class and PEM (in `a`) of a key that verifies now; false: unknown. For the cross-check. */
bool ybh_tokens_key(struct ybh_tokens *t, yb_str kid, int64_t now_us, struct yb_arena *a,
    enum ybh_key_class *ret_cls, yb_str *ret_pem);
/*
 * Whether a token is well formed and names a key that is in no snapshot: not one that was
 * retired or has ended.
 */
bool ybh_tokens_stranger(struct ybh_tokens *t, yb_str token);
struct ybh_learning { /* who looks for new keys, and when the last look began */
	pthread_mutex_t lock;
	int64_t began_us; /* of ybh_mono_us; 0: never */
};
struct ybh_learning *ybh_tokens_learning(struct ybh_tokens *t);
/* Facts from claims; false: no memory. */
bool ybh_token_facts(struct yb_arena *a, const struct ybh_claims *c, yb_token_facts *ret);

/* ---- token.c ---- */

/* header.claims.signature with a key already parsed. 0 or -1. */
int ybh_jws_sign(
    struct yb_arena *a, EVP_PKEY *key, yb_str kid, yb_str claims, yb_str *ret_token) YB_MUST_USE;
/*
 * Whether libjwt and we agree about a key pair: each accepts what the other signed. The
 * keeper asks it once for every key before it is used. 0, or -1.
 */
int ybh_token_cross_check(
    struct yb_arena *a, yb_str private_pem, yb_str public_pem, yb_str kid) YB_MUST_USE;

#endif
