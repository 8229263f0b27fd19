/*
 * token_oauth.c - OAuth 2.0 for programs: client_credentials (RFC 6749, 7523, 8705),
 * revocation (7009), introspection (7662), metadata (8414), keys (7517).
 *
 * A client proves itself by an assertion it signed, used once, or by the certificate it is
 * registered with. Whatever is wrong with the proof, the answer is invalid_client.
 */
#include "token.h"

#include <string.h>

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* ---- shapes ---- */

#define AUTH_FIELDS(strct)                                                                      \
	{ "client_id", YB_OF(strct, auth.client_id), .max = 200 },                              \
	{ "client_secret", YB_OF(strct, auth.client_secret), .flags = YB_SECRET, .max = 4096,   \
	    .note = "Not a way in here." },                                                     \
	{ "client_assertion_type", YB_OF(strct, auth.assertion_type), .max = 200,               \
	    .note = ASSERTION_TYPE },                                                           \
	{ "client_assertion", YB_OF(strct, auth.assertion), .flags = YB_SECRET, .max = 4096,    \
	    .note = "ES256; aud is the issuer, exp at most 60 seconds ahead, jti once." }

const yb_field token_grant_in[] = {
	{ "grant_type", YB_OF(struct token_grant_in, grant_type), .max = 200,
	    .note = "client_credentials" },
	{ "scope", YB_OF(struct token_grant_in, scope), .max = 1000,
	    .note = "Absent: all that is registered." },
	AUTH_FIELDS(struct token_grant_in),
	{ "resource", YB_OF(struct token_grant_in, resource), .max = 2000, .note = "Ignored." },
	{ "audience", YB_OF(struct token_grant_in, audience), .max = 2000, .note = "Ignored." },
	{ 0 },
};

const yb_field token_about_in[] = {
	{ "token", YB_OF(struct token_about_in, token), .flags = YB_SECRET, .max = 8192 },
	{ "token_type_hint", YB_OF(struct token_about_in, token_type_hint), .max = 200,
	    .note = "Ignored." },
	AUTH_FIELDS(struct token_about_in),
	{ 0 },
};

struct grant_out {
	yb_str access_token, token_type;
	int64_t expires_in;
	yb_str scope;
};

const yb_field token_grant_out[] = {
	{ "access_token", YB_OF(struct grant_out, access_token), .flags = YB_SECRET },
	{ "token_type", YB_OF(struct grant_out, token_type) },
	{ "expires_in", YB_OF(struct grant_out, expires_in), .note = "Seconds." },
	{ "scope", YB_OF(struct grant_out, scope) },
	{ 0 },
};

struct error_out {
	yb_str error, error_description;
};

static const yb_field error_out[] = {
	{ "error", YB_OF(struct error_out, error) },
	{ "error_description", YB_OF(struct error_out, error_description) },
	{ 0 },
};

struct bound_out {
	yb_str x5t;
};

static const yb_field bound_out[] = {
	{ "x5t#S256", YB_OF(struct bound_out, x5t) },
	{ 0 },
};

struct inspect_out {
	bool active;
	yb_str scope, client_id, token_type, sub, aud, iss, jti, org;
	int64_t exp, iat;
	yb_ref cnf;
};

#define INSPECT_FIELDS                                                \
	{ "active", YB_OF(struct inspect_out, active) },              \
	{ "scope", YB_OF(struct inspect_out, scope) },                \
	{ "client_id", YB_OF(struct inspect_out, client_id) },        \
	{ "token_type", YB_OF(struct inspect_out, token_type) },      \
	{ "exp", YB_OF(struct inspect_out, exp) },                    \
	{ "iat", YB_OF(struct inspect_out, iat) },                    \
	{ "sub", YB_OF(struct inspect_out, sub) },                    \
	{ "iss", YB_OF(struct inspect_out, iss) },                    \
	{ "jti", YB_OF(struct inspect_out, jti) },                    \
	{ "org", YB_OF(struct inspect_out, org) }

static const yb_field inspect_free_out[] = { /* of a token without certificate */
	INSPECT_FIELDS,
	{ 0 },
};

const yb_field token_inspect_out[] = {
	INSPECT_FIELDS,
	{ "cnf", YB_OF(struct inspect_out, cnf), YB_EACH(bound_out, struct bound_out) },
	{ 0 },
};

static const yb_field inactive_out[] = {
	{ "active", YB_OF(struct inspect_out, active) },
	{ 0 },
};

/* ---- errors ---- */

/* A client that tried a header is told in that scheme that it did not get in (5.2). */
static yb_str
scheme_tried(const yb_req *r)
{
	yb_str h = yb_header(r, "Authorization");

	if (h.len >= 5 && (memcmp(h.p, "Basic", 5) == 0 || memcmp(h.p, "basic", 5) == 0))
		return YB_STR("Basic realm=\"yobo\", charset=\"UTF-8\"");
	return YB_STR("Bearer realm=\"yobo\"");
}

/* An error of RFC 6749 5.2. Answers 0: it is an answer, and its audit row is kept. */
static int
refuse(yb_req *r, int status, const char *error, const char *why)
{
	struct error_out e = { yb_cstr(error), yb_cstr(why) };

	if (status == 401)
		yb_reply_header(r, "WWW-Authenticate", scheme_tried(r));
	return yb_reply_record(r, status, error_out, &e);
}

static int
refuse_form(yb_req *r)
{
	return refuse(r, 400, "invalid_request", "a parameter is missing, repeated or malformed");
}

static int
refuse_client(yb_req *r)
{
	yb_audit_action(r, YB_ACT_LOGIN_FAIL);
	return refuse(r, 401, "invalid_client", "client authentication failed");
}

/* ---- who is calling ---- */

struct client {
	int64_t actor_id, org_id;
	yb_str client_id, org_code, org_type, scopes, cidrs;
	yb_str public_pem, old_pem, cert_x5t, old_x5t; /* old ones only while they are good */
	bool uses_hms, active, note_use;
};

static const yb_field client_row[] = {
	{ "actor_id", YB_OF(struct client, actor_id) },
	{ "org_id", YB_OF(struct client, org_id) },
	{ "client_id", YB_OF(struct client, client_id) },
	{ "org_code", YB_OF(struct client, org_code) },
	{ "org_type", YB_OF(struct client, org_type) },
	{ "public_pem", YB_OF(struct client, public_pem) },
	{ "old_pem", YB_OF(struct client, old_pem) },
	{ "cert_x5t", YB_OF(struct client, cert_x5t) },
	{ "old_x5t", YB_OF(struct client, old_x5t) },
	{ "scopes", YB_OF(struct client, scopes) },
	{ "cidrs", YB_OF(struct client, cidrs) },
	{ "uses_hms", YB_OF(struct client, uses_hms) },
	{ "active", YB_OF(struct client, active) },
	{ "note_use", YB_OF(struct client, note_use) },
	{ 0 },
};

/* YB_GLOBAL: before its proof is checked there is no caller whose row this could be. */
const yb_query token_client_by_id = {
	.name = "token_client_by_id",
	.sql = "SELECT c.actor_id, c.org_id, c.client_id, o.org_code, o.org_type, c.public_pem,"
	       " IF(c.old_key_us > n.us, c.old_pem, NULL) AS old_pem, c.cert_x5t,"
	       " IF(c.old_cert_us > n.us, c.old_x5t, NULL) AS old_x5t, c.scopes, c.cidrs, o.uses_hms,"
	       " (c.status = 'ACTIVE' AND o.valid_from <= n.today"
	       "  AND (o.valid_to IS NULL OR o.valid_to >= n.today)) AS active,"
	       " COALESCE(c.last_used_us < n.us - 60000000, 1) AS note_use"
	       " FROM (SELECT ? AS us, ? AS today) n, token_client c"
	       " JOIN core_org o ON o.org_id = c.org_id WHERE c.client_id = ?",
	.row = client_row,
	.row_size = sizeof(struct client),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

/* At most once a minute, whoever comes first. */
const yb_query token_client_used = {
	.name = "token_client_used",
	.sql = "UPDATE token_client SET first_used_us = COALESCE(first_used_us, ?),"
	       " last_used_us = ?, last_ip = ? WHERE actor_id = ?"
	       " AND (last_used_us IS NULL OR last_used_us < ?)",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

struct usable {
	bool active;
};

static const yb_field usable_row[] = {
	{ "active", YB_OF(struct usable, active) },
	{ 0 },
};

/* Whether the program that carries a token may call at all. */
const yb_query token_usable = {
	.name = "token_usable",
	.sql = "SELECT active FROM token_access_caller WHERE client_id = ?"
	       " UNION ALL SELECT active FROM token_issued_caller WHERE client_id = ?",
	.row = usable_row,
	.row_size = sizeof(struct usable),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query token_assertion_remember = {
	.name = "token_assertion_remember",
	.sql = "INSERT INTO token_assertion (actor_id, jti_sha256, expires_us) VALUES (?, ?, ?)",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query token_assertion_forget = {
	.name = "token_assertion_forget",
	.sql = "DELETE FROM token_assertion WHERE actor_id = ? AND expires_us < ? LIMIT 100",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

/* 1 for the first time, 0 for a replay, -1 recorded. */
static int
assertion_once(yb_req *r, const struct client *c, yb_str jti, yb_time exp)
{
	yb_bytes hash = yb_sha256(r, (yb_bytes) { (const unsigned char *)jti.p, jti.len });
	int64_t now = yb_now(r).us, rows;
	int rc;

	/* Now and then, so that clients calling at once seldom meet in the same gap. */
	if (now % 8 == 0 &&
	    yb_db_exec(r, &token_assertion_forget,
		YB_ARGS(yb_i64(c->actor_id), yb_i64(now - INT64_C(60) * 1000000)), &rows) < 0)
		return -1;
	rc = yb_db_exec(r, &token_assertion_remember,
	    YB_ARGS(yb_i64(c->actor_id), yb_blob(hash), yb_at(exp)), &rows);
	if (rc == YB_DUPLICATE)
		return 0;
	return rc < 0 ? -1 : 1;
}

static bool
signed_by(yb_req *r, const struct token_auth *in, const struct client *c, yb_str pem, yb_str *jti,
    yb_time *exp)
{
	return pem.p != NULL &&
	    yb_assertion_verify(r, in->assertion, c->client_id, pem, jti, exp);
}

/* 1 proven, 0 not, -1 recorded. */
static int
proof_good(yb_req *r, const struct token_auth *in, const struct client *c)
{
	yb_str peer = yb_peer_x5t_s256(r), jti = { NULL, 0 };
	bool own_cert = peer.p != NULL &&
	    (yb_str_eq(peer, c->cert_x5t) || yb_str_eq(peer, c->old_x5t));
	yb_time exp = { 0 };

	if (!c->active || (c->cert_x5t.p != NULL && peer.p != NULL && !own_cert))
		return 0;
	if (yb_str_empty(in->assertion))
		return own_cert ? 1 : 0;
	if (!signed_by(r, in, c, c->public_pem, &jti, &exp) &&
	    !signed_by(r, in, c, c->old_pem, &jti, &exp))
		return 0;
	return assertion_once(r, c, jti, exp);
}

/* The client this proof claims, unproven; null when it contradicts itself. */
static yb_str
claimed_client(yb_req *r, const struct token_auth *in)
{
	yb_str claimed = in->client_id;

	/* One way at a time (2.3), and neither a secret nor a header is one here. */
	if (!yb_str_empty(in->client_secret) || yb_header(r, "Authorization").p != NULL)
		return (yb_str) { NULL, 0 };
	if (!yb_str_empty(in->assertion)) {
		claimed = yb_assertion_client(r, in->assertion);
		if (!yb_str_is(in->assertion_type, ASSERTION_TYPE) ||
		    (!yb_str_empty(in->client_id) && !yb_str_eq(in->client_id, claimed)))
			return (yb_str) { NULL, 0 };
	}
	return claimed; /* an empty one is nobody's */
}

static int
use_note(yb_req *r, const struct client *c)
{
	yb_value now = yb_at(yb_now(r));
	int64_t rows;
	int rc = yb_db_exec(r, &token_client_used,
	    YB_ARGS(now, now, yb_text(yb_peer(r)), yb_i64(c->actor_id),
		yb_i64(yb_now(r).us - INT64_C(60) * 1000000)),
	    &rows);

	return rc < 0 ? -1 : 0;
}

/* 1: *c is the caller. 0: an answer was given. -1 recorded. */
static int
authenticate(yb_req *r, const struct token_auth *in, struct client *c)
{
	yb_str claimed = claimed_client(r, in);
	yb_value now = yb_at(yb_now(r)), today = yb_day(yb_today(r));
	int good;

	if (claimed.p == NULL)
		return refuse_client(r);
	switch (yb_db_one(r, &token_client_by_id, YB_ARGS(now, today, yb_text(claimed)), c)) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		return refuse_client(r);
	case YB_ONE_ROW:
		break;
	}
	yb_audit_actor(r, YB_CLIENT, c->client_id, c->org_id, c->org_code);
	good = proof_good(r, in, c);
	if (good == 1 && !yb_peer_within(r, c->cidrs))
		good = 0; /* an address that is not the program's */
	if (good == 1 && c->note_use && use_note(r, c) < 0)
		return -1;
	return good != 0 ? good : refuse_client(r);
}

/* ---- endpoints ---- */

/* Why this client gets no token at all; NULL when it may. */
static const char *
not_here(yb_req *r, const struct client *c)
{
	if (token_mtls_only(r, c->org_type) && yb_peer_x5t_s256(r).p == NULL)
		return "this client must present its certificate";
	if (yb_org_type_of(c->org_type) == YB_ORG_MUNI && !c->uses_hms)
		return "the municipality is registered as using no system of its own";
	return NULL;
}

/* POST /token/oauth/token - client_credentials, RFC 6749 4.4. */
int
token_grant(yb_req *r)
{
	const struct token_grant_in *in = yb_body(r);
	struct grant_out out = { .token_type = YB_STR("Bearer") };
	yb_token_claims claims = { .cls = YB_TOKEN_ACCESS, .cnf_x5t_s256 = yb_peer_x5t_s256(r) };
	yb_token_made made;
	struct client c = { 0 };
	const char *why;
	int rc;

	if (yb_form_bad(r) || yb_str_empty(in->grant_type))
		return refuse_form(r);
	if (!yb_str_is(in->grant_type, "client_credentials"))
		return refuse(r, 400, "unsupported_grant_type", "only client_credentials");
	rc = authenticate(r, &in->auth, &c);
	if (rc != 1)
		return rc;
	why = not_here(r, &c);
	if (why != NULL)
		return refuse(r, 400, "unauthorized_client", why);
	claims.scope = token_scope_choose(r, in->scope, c.scopes, yb_org_type_of(c.org_type));
	if (claims.scope.p == NULL)
		return refuse(r, 400, "invalid_scope", "not registered for this client");
	claims.sub = claims.client_id = c.client_id;
	claims.org = c.org_code;
	claims.lifetime_s = yb_option_i64(r, "access_seconds");
	if (yb_token_make(r, &claims, &made) < 0)
		return -1;
	out.access_token = made.token;
	out.expires_in = claims.lifetime_s;
	out.scope = claims.scope;
	return yb_reply_record(r, 200, token_grant_out, &out);
}

/* POST /token/oauth/revoke - ends one of the client's own tokens, RFC 7009. */
int
token_revoke(yb_req *r)
{
	const struct token_about_in *in = yb_body(r);
	yb_token_facts facts = { 0 };
	struct client c = { 0 };
	int rc;

	if (yb_form_bad(r) || yb_str_empty(in->token))
		return refuse_form(r);
	rc = authenticate(r, &in->auth, &c);
	if (rc != 1)
		return rc;
	if (yb_token_read(r, in->token, &facts) < 0)
		return -1;
	if (facts.active) {
		if (!yb_str_eq(facts.client_id, c.client_id))
			return refuse(r, 400, "unauthorized_client", "not the client's own");
		if (yb_token_revoke(r, YB_REVOKE_JTI, facts.jti_sha256, facts.exp) < 0)
			return -1;
	}
	return yb_reply_bytes(r, 200, "application/json", NULL,
	    (yb_bytes) { (const unsigned char *)"{}", 2 });
}

/* POST /token/oauth/introspect - what a token of the own organisation says, RFC 7662. */
int
token_introspect(yb_req *r)
{
	const struct token_about_in *in = yb_body(r);
	yb_token_facts facts = { 0 };
	struct inspect_out out = { 0 };
	struct bound_out bound;
	struct usable use;
	struct client c = { 0 };
	int rc;

	if (yb_form_bad(r) || yb_str_empty(in->token))
		return refuse_form(r);
	rc = authenticate(r, &in->auth, &c);
	if (rc != 1)
		return rc;
	if (yb_token_read(r, in->token, &facts) < 0)
		return -1;
	if (!facts.active || !yb_str_eq(facts.org, c.org_code))
		return yb_reply_record(r, 200, inactive_out, &out);
	switch (yb_db_one(r, &token_usable,
		YB_ARGS(yb_text(facts.client_id), yb_text(facts.client_id)), &use)) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		return yb_reply_record(r, 200, inactive_out, &out);
	case YB_ONE_ROW:
		if (!use.active)
			return yb_reply_record(r, 200, inactive_out, &out);
		break;
	}
	bound.x5t = facts.cnf_x5t_s256;
	out = (struct inspect_out) {
		.active = true,
		.scope = facts.scope,
		.client_id = facts.client_id,
		.token_type = YB_STR("Bearer"),
		.sub = facts.sub,
		.iss = yb_token_issuer(r),
		.jti = facts.jti,
		.org = facts.org,
		.exp = facts.exp.us / 1000000,
		.iat = facts.iat.us / 1000000,
		.cnf.p = &bound,
	};
	return yb_reply_record(r, 200, bound.x5t.p != NULL ? token_inspect_out : inspect_free_out,
	    &out);
}
