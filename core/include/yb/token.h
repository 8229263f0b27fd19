/*
 * yb/token.h - access tokens, for the area that hands them out (wire contract, Tokens).
 *
 * Verification is the core's and happens before any handler. Private keys live in
 * yobo-keeper; these calls ask it over its socket.
 */
#ifndef YB_TOKEN_H
#define YB_TOKEN_H

#include <yb/request.h>

enum yb_token_class { YB_TOKEN_ISSUED = 1, YB_TOKEN_ACCESS };

typedef struct yb_token_claims {
	enum yb_token_class cls;
	yb_str sub, client_id, org, scope;
	int64_t lifetime_s;
	yb_str cnf_x5t_s256; /* null: not bound */
} yb_token_claims;

typedef struct yb_token_made {
	yb_str token;	 /* shown once, never stored */
	yb_str jti;
	yb_bytes jti_sha256; /* what the database keeps */
	yb_time iat, exp;
} yb_token_made;

/* A signed token. -1: 503 recorded, the keeper is away or refused. */
int yb_token_make(yb_req *r, const yb_token_claims *c, yb_token_made *ret) YB_MUST_USE;

typedef struct yb_token_facts {
	bool active;
	enum yb_token_class cls;
	yb_str sub, client_id, org, scope, jti, cnf_x5t_s256;
	yb_bytes jti_sha256;
	yb_time iat, exp;
} yb_token_facts;

/* What a token says, after every check the core makes; active=false says nothing else. */
int yb_token_read(yb_req *r, yb_str token, yb_token_facts *ret) YB_MUST_USE;

/*
 * Verifies a client assertion (RFC 7523, private_key_jwt) with the client's public key (PEM,
 * P-256): aud is the issuer string, iss = sub = client_id, exp at most 60 s ahead. On true,
 * *ret_jti and *ret_exp are what must be remembered until exp. Never records a problem.
 */
bool yb_assertion_verify(yb_req *r, yb_str assertion, yb_str client_id, yb_str public_pem,
    yb_str *ret_jti, yb_time *ret_exp);
/* The client_id an assertion claims, unverified, to find its key; null when malformed. */
yb_str yb_assertion_client(yb_req *r, yb_str assertion);
/* base64url SHA-256 of the client certificate nginx verified; null without one. */
yb_str yb_peer_x5t_s256(const yb_req *r);

enum yb_revoke_kind { YB_REVOKE_JTI = 1, YB_REVOKE_CLIENT, YB_REVOKE_ORG };
/*
 * Makes tokens invalid in every worker within 5 s (measured: about one): one by the SHA-256
 * of its jti, or all of a client or organisation issued before now. In this transaction.
 */
int yb_token_revoke(yb_req *r, enum yb_revoke_kind kind, yb_bytes id, yb_time until) YB_MUST_USE;

/* The public keys (RFC 7517) as JSON, for the JWKS route. */
yb_str yb_token_jwks(yb_req *r);
/* Issuer and audience strings of this installation. */
yb_str yb_token_issuer(const yb_req *r);

#endif
