/*
 * tokens.h - verifying access tokens (security 9.4); host side of yb/token.h.
 *
 * token.c is the only file that includes jwt.h. A token passes, in this order: strict
 * grammar, header, key of its class and state, signature, claims, revocation, binding.
 * A verified token is remembered under its SHA-256 until exp; revocation and binding are
 * checked on every use.
 */
#ifndef YBH_TOKENS_H
#define YBH_TOKENS_H

#include <yb/token.h>

#include "dbconn.h"
#include "keeper.h"

struct ybh_tokens; /* one per process, shared by its threads */

/* issuer: base URL; audience: what aud must be. NULL: no memory. */
struct ybh_tokens *ybh_tokens_new(const char *issuer, const char *audience);
void ybh_tokens_free(struct ybh_tokens *t);
/* How old the list of what is revoked may be, before threads use it; 5 s if nobody says. */
void ybh_tokens_stale_after(struct ybh_tokens *t, int64_t seconds);
/* Takes the public keys (list of struct ybh_key); an immutable snapshot replaces the last. */
int ybh_tokens_set_keys(struct ybh_tokens *t, const yb_list *keys) YB_MUST_USE;
/* Asks the keeper for the keys and takes them. Threads that ask at once do it one by one. */
int ybh_tokens_learn(struct ybh_tokens *t, struct ybh_keeper *k, struct yb_arena *a) YB_MUST_USE;
/* Another number whenever keys were taken. */
uint64_t ybh_tokens_generation(const struct ybh_tokens *t);
/*
 * ybh_token_inspect or ybh_token_verify refused a token: whether it is worth another try, because
 * keys were taken since `generation`, or because it names a key we have not seen and the keeper
 * does. The keeper is asked ten times a second at most, whatever is sent. *ret_away: it could
 * not be.
 */
bool ybh_tokens_learned(struct ybh_tokens *t, struct ybh_keeper *k, struct yb_arena *a,
    yb_str token, uint64_t generation, bool *ret_away);
/*
 * Reads what was revoked since the last call (table core_revocation). Called every second by
 * one thread. 0, or a negative of dbconn.h.
 */
int ybh_tokens_refresh(struct ybh_tokens *t, struct ybh_db *db, struct yb_arena *a) YB_MUST_USE;

/* How many tokens were found in the cache, and how many had to be verified, so far. */
void ybh_tokens_count(const struct ybh_tokens *t, uint64_t *ret_known, uint64_t *ret_cold);

enum ybh_token_verdict {
	YBH_TOKEN_OK,
	YBH_TOKEN_INVALID, /* 401, whatever the reason */
	YBH_TOKEN_UNSURE,  /* 503: no keys yet, revocations older than 5 s, no memory */
};
/* Facts live in `a`. peer_x5t (null: no client certificate) is compared with cnf. */
enum ybh_token_verdict ybh_token_verify(struct ybh_tokens *t, struct yb_arena *a, yb_str token,
    yb_str peer_x5t, int64_t now_us, yb_token_facts *ret);
/* The same by libjwt alone, uncached, for tests: both must agree. */
enum ybh_token_verdict ybh_token_verify_libjwt(struct ybh_tokens *t, struct yb_arena *a,
    yb_str token, int64_t now_us, yb_token_facts *ret);
/* Signs claims (JSON) with a private PEM through libjwt. In the keeper only. */
int ybh_token_sign(struct yb_arena *a, yb_str private_pem, yb_str kid, yb_str claims,
    yb_str *ret_token) YB_MUST_USE;
bool ybh_assertion_verify(struct yb_arena *a, yb_str assertion, yb_str client_id, yb_str public_pem,
    yb_str issuer, int64_t now_us, yb_str *ret_jti, yb_time *ret_exp);
/* The JWKS document of the keys that verify. */
yb_str ybh_tokens_jwks(struct ybh_tokens *t, struct yb_arena *a);
/* RFC 7638 thumbprint of a P-256 public key (PEM), base64url; null when it is not one. */
yb_str ybh_jwk_thumbprint(struct yb_arena *a, yb_str public_pem);

#endif
