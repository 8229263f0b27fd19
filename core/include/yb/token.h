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

/* What a registered program has signed about a person (H-3-3), and who signed it. */
typedef struct yb_statement {
	int64_t actor_id, org_id; /* of the program: its iss */
	yb_str client_id, org_code, scope;
	enum yb_org_type org_type;
	yb_bytes jti_sha256; /* to be remembered until exp: a statement counts once */
	yb_time exp;
} yb_statement;

/*
 * Reads a statement: a JWT like a client assertion, but its sub is somebody else than its iss.
 * Verified by the key of the program it names, which must be active: aud is the issuer string,
 * iat at most life_s ago, exp after it by no more. `claims` describes all claims, the registered
 * ones too; one that is missing, unknown or wrong makes the statement bad. YB_ONE_ROW: good,
 * *out is filled. YB_NO_ROW: bad, nothing is recorded. YB_DB_FAILED: recorded.
 */
enum yb_found yb_statement_read(yb_req *r, yb_str text, int64_t life_s, const yb_field *claims,
    void *out, yb_statement *ret) YB_MUST_USE;

/* base64url SHA-256 of the client certificate nginx verified; null without one. */
yb_str yb_peer_x5t_s256(const yb_req *r);
/* Whether the peer's address is in one of the networks, words separated by spaces; null: any. */
bool yb_peer_within(const yb_req *r, yb_str cidrs);

/*
 * Public keys programs register: P-256 only, the point on the curve. As SubjectPublicKeyInfo in
 * PEM; null: it is not such a key, or more than the public half was sent.
 */
yb_str yb_p256_from_pem(yb_req *r, yb_str pem);
/* From the coordinates of a JWK (RFC 7518 6.2.1), base64url. */
yb_str yb_p256_from_jwk(yb_req *r, yb_str x, yb_str y);
/* RFC 7638 thumbprint of such a PEM, 43 characters. */
yb_str yb_p256_kid(yb_req *r, yb_str pem);

typedef struct yb_client_cert {
	yb_str x5t_s256; /* base64url SHA-256 of its DER */
	yb_str subject;  /* RFC 2253, at most 300 bytes */
	yb_time from, until;
} yb_client_cert;
/*
 * Reads one certificate in PEM (issuers may follow it). True: it is valid now, for TLS clients,
 * no CA, and its chain ends in a certificate of the file ca_file. Never records a problem.
 */
bool yb_client_cert_read(yb_req *r, yb_str pem, yb_str ca_file, yb_client_cert *ret);

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
