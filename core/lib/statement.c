/*
 * statement.c - what a registered program has signed about a person (yb/token.h; H-3-3).
 *
 * The grammar is that of client assertions, read by the same gate, but the two never pass for
 * each other: an assertion speaks of its signer, a statement of somebody else.
 */
#include "internal.h"

#include <openssl/evp.h>

#include "token_parts.h"

#define SKEW_S 5

struct signer {
	int64_t actor_id, org_id;
	yb_str org_code, org_type, scopes, public_pem, old_pem;
	bool active;
};

static const yb_field signer_record[] = {
	{ "actor_id", YB_OF(struct signer, actor_id) },
	{ "org_id", YB_OF(struct signer, org_id) },
	{ "org_code", YB_OF(struct signer, org_code) },
	{ "org_type", YB_OF(struct signer, org_type) },
	{ "scopes", YB_OF(struct signer, scopes) },
	{ "public_pem", YB_OF(struct signer, public_pem) },
	{ "old_pem", YB_OF(struct signer, old_pem) },
	{ "active", YB_OF(struct signer, active) },
	{ 0 },
};

static const yb_query signer_by_id = {
	.name = "signer_by_id",
	.sql = "SELECT actor_id, org_id, org_code, org_type, scopes, public_pem,"
	       "       IF(old_key_us > ?, old_pem, NULL) AS old_pem, active"
	       "  FROM token_client_key WHERE client_id = ?",
	.row = signer_record,
	.row_size = sizeof(struct signer),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query *const ybh_statement_queries[] = { &signer_by_id, NULL };

static bool
statement_says(const struct ybh_assertion *s, yb_str issuer, int64_t life_s, int64_t now_us)
{
	int64_t now = now_us / 1000000;

	if (!yb_str_eq(s->aud, issuer) || yb_str_eq(s->iss, s->sub) || s->iat == 0)
		return false;
	return s->iat <= now + SKEW_S && s->iat > now - life_s && s->nbf <= now + SKEW_S &&
	    s->exp > now && s->exp - s->iat <= life_s;
}

static bool
signed_by(const struct ybh_jws *jws, yb_str pem)
{
	EVP_PKEY *key = pem.p == NULL ? NULL : ybh_p256_public_kept(pem);
	enum ybh_token_verdict verdict = YBH_TOKEN_INVALID;

	if (key != NULL)
		verdict = ybh_es256_verify(key, jws->signed_part.p, jws->signed_part.len, jws->sig);
	EVP_PKEY_free(key);
	return verdict == YBH_TOKEN_OK;
}

/* The claims into the caller's record; its faults are nobody's but ours. */
static bool
claims_read(yb_req *r, const struct ybh_jws *jws, const yb_field *fields, void *out)
{
	unsigned char *text = ybh_arena_must(r->arena, YBH_PART_MAX);
	long n = ybh_b64url_decode(jws->claims, text);
	struct ybh_faults faults = { NULL, 0 };
	struct ybh_doc *doc;

	if (n <= 0 ||
	    ybh_json_parse(r->arena, (yb_str) { (const char *)text, (size_t)n }, &doc) != YBH_READ_OK)
		return false;
	return ybh_json_record(r->arena, doc, fields, out, &faults) == YBH_READ_OK;
}

enum yb_found
yb_statement_read(yb_req *r, yb_str text, int64_t life_s, const yb_field *claims, void *out,
    yb_statement *ret)
{
	struct ybh_assertion s;
	struct signer by = { 0 };
	enum yb_found found;
	struct ybh_jws jws;

	if (!ybh_jws_split(text, &jws) || ybh_gate_assertion(&jws, r->arena, &s) != YBH_TOKEN_OK ||
	    !statement_says(&s, yb_token_issuer(r), life_s, r->now.us))
		return YB_NO_ROW;
	found = yb_db_one(r, &signer_by_id, YB_ARGS(yb_at(r->now), yb_text(s.iss)), &by);
	if (found != YB_ONE_ROW)
		return found;
	if (!by.active || (!signed_by(&jws, by.public_pem) && !signed_by(&jws, by.old_pem)) ||
	    !claims_read(r, &jws, claims, out))
		return YB_NO_ROW;
	*ret = (yb_statement) { .actor_id = by.actor_id, .org_id = by.org_id, .client_id = s.iss,
		.org_code = by.org_code, .scope = by.scopes, .org_type = yb_org_type_of(by.org_type),
		.jti_sha256 = yb_sha256(r, (yb_bytes) { (const unsigned char *)s.jti.p, s.jti.len }),
		.exp = { s.exp * 1000000 } };
	return YB_ONE_ROW;
}
