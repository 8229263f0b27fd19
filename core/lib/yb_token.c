/*
 * Access tokens for the areas that hand them out (yb/token.h).
 */
#include "internal.h"

#include <errno.h>

#include "token_parts.h"

#define JTI_BYTES         16
#define CLAIMS_MAX        4096
#define REVOKE_FOREVER_US (INT64_C(367) * 86400 * 1000000) /* beyond the longest life */

static int
keeper_away(yb_req *r)
{
	yb_retry_after(r, 5);
	return yb_problem(r, "E-SYS-002");
}

static void
claim_text(struct ybh_buf *b, const char *name, yb_str value)
{
	ybh_buf_printf(b, "\"%s\":", name);
	ybh_json_print_text(b, value);
	ybh_buf_char(b, ',');
}

static void
claims_print(struct ybh_buf *b, const struct ybh_tokens *t, const yb_token_claims *c, yb_str jti,
    int64_t iat)
{
	ybh_buf_char(b, '{');
	claim_text(b, "iss", yb_cstr(ybh_tokens_issuer(t)));
	claim_text(b, "aud", yb_cstr(ybh_tokens_audience(t)));
	claim_text(b, "sub", c->sub);
	claim_text(b, "client_id", c->client_id);
	claim_text(b, "org", c->org);
	claim_text(b, "scope", c->scope);
	claim_text(b, "jti", jti);
	claim_text(b, "token_use", yb_cstr(ybh_token_use((enum ybh_key_class)c->cls)));
	if (c->cnf_x5t_s256.p != NULL) {
		ybh_buf_cstr(b, "\"cnf\":{\"x5t#S256\":");
		ybh_json_print_text(b, c->cnf_x5t_s256);
		ybh_buf_cstr(b, "},");
	}
	ybh_buf_printf(b, "\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld}", (long long)iat, (long long)iat,
	    (long long)(iat + c->lifetime_s));
}

int
yb_token_make(yb_req *r, const yb_token_claims *c, yb_token_made *ret)
{
	int64_t iat = r->now.us / 1000000;
	unsigned char raw[JTI_BYTES];
	char jti[JTI_BYTES * 2];
	yb_token_made made;
	struct ybh_buf b;
	int rc = -EPROTO;

	ybh_random(raw, sizeof(raw));
	made.jti = yb_copy(r, (yb_str){ jti, ybh_b64url(raw, sizeof(raw), jti) });
	made.jti_sha256 =
	    yb_sha256(r, (yb_bytes){ (const unsigned char *)made.jti.p, made.jti.len });
	made.iat.us = iat * 1000000;
	made.exp.us = (iat + c->lifetime_s) * 1000000;
	ybh_buf_init(&b, CLAIMS_MAX);
	claims_print(&b, r->p->tokens, c, made.jti, iat);
	if (!b.failed)
		rc = ybh_keeper_sign(r->t->keeper, (enum ybh_key_class)c->cls, ybh_buf_view(&b),
		    r->arena, &made.token);
	ybh_buf_free(&b);
	if (rc != 0) {
		ybh_log(YBH_ERR, "%.9s: no token signed: keeper answered %d", r->trace, rc);
		return keeper_away(r);
	}
	*ret = made;
	return 0;
}

/* Whether a refused token is worth another try; *ret_away: that could not be found out. */
static bool
again(yb_req *r, yb_str token, uint64_t generation, bool *ret_away)
{
	return ybh_tokens_learned(
	    r->p->tokens, r->t->keeper, r->arena, token, generation, ret_away);
}

enum ybh_token_verdict
ybh_request_token(yb_req *r, yb_str token)
{
	uint64_t generation = ybh_tokens_generation(r->p->tokens);
	enum ybh_token_verdict verdict;
	bool away = false;

	verdict = ybh_token_verify(r->p->tokens, r->arena, token, r->peer_x5t, r->now.us, &r->token);
	if (verdict == YBH_TOKEN_INVALID && again(r, token, generation, &away))
		verdict = ybh_token_verify(
		    r->p->tokens, r->arena, token, r->peer_x5t, r->now.us, &r->token);
	return away ? YBH_TOKEN_UNSURE : verdict;
}

static enum ybh_token_verdict
inspect(yb_req *r, yb_str token, yb_token_facts *ret)
{
	uint64_t generation = ybh_tokens_generation(r->p->tokens);
	enum ybh_token_verdict verdict;
	bool away = false;

	verdict = ybh_token_inspect(r->p->tokens, r->arena, token, r->now.us, ret);
	if (verdict == YBH_TOKEN_INVALID && again(r, token, generation, &away))
		verdict = ybh_token_inspect(r->p->tokens, r->arena, token, r->now.us, ret);
	return away ? YBH_TOKEN_UNSURE : verdict;
}

int
yb_token_read(yb_req *r, yb_str token, yb_token_facts *ret)
{
	switch (inspect(r, token, ret)) {
	case YBH_TOKEN_OK:
		/* Tokens between our processes are nobody else's business. */
		if (ret->cls != YB_TOKEN_ISSUED && ret->cls != YB_TOKEN_ACCESS)
			*ret = (yb_token_facts){ .active = false };
		return 0;
	case YBH_TOKEN_INVALID:
		return 0;
	case YBH_TOKEN_UNSURE:
		break;
	}
	return keeper_away(r);
}

bool
yb_assertion_verify(yb_req *r, yb_str assertion, yb_str client_id, yb_str public_pem,
    yb_str *ret_jti, yb_time *ret_exp)
{
	return ybh_assertion_verify(r->arena, assertion, client_id, public_pem, yb_token_issuer(r),
	    r->now.us, ret_jti, ret_exp);
}

yb_str
yb_assertion_client(yb_req *r, yb_str assertion)
{
	struct ybh_assertion s;
	struct ybh_jws jws;

	if (!ybh_jws_split(assertion, &jws) ||
	    ybh_gate_assertion(&jws, r->arena, &s) != YBH_TOKEN_OK || !yb_str_eq(s.iss, s.sub))
		return (yb_str){ NULL, 0 };
	return s.iss;
}

yb_str
yb_peer_x5t_s256(const yb_req *r)
{
	return r->peer_x5t;
}

/* The row lock of the head makes the order of numbers the order of commits. */
static const yb_query revocation_number = {
	.name = "core_revocation_number",
	.sql = "UPDATE core_revocation_head SET seq = LAST_INSERT_ID(seq + 1) WHERE one = 1",
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

static const yb_query revocation_insert = {
	.name = "core_revocation_insert",
	.sql = "INSERT INTO core_revocation (seq, kind, id, not_before_us, until_us)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

int
yb_token_revoke(yb_req *r, enum yb_revoke_kind kind, yb_bytes id, yb_time until)
{
	int64_t rows = 0, seq;

	if (until.us == 0)
		until.us = r->now.us + REVOKE_FOREVER_US;
	if (yb_db_exec(r, &revocation_number, YB_NO_ARGS, &rows) != 0)
		return -1;
	seq = yb_db_last_id(r);
	if (rows != 1 || seq <= 0)
		return yb_problem(r, "E-SYS-003");
	/*
	 * The clock is read anew: the request may have waited, and tokens issued meanwhile are
	 * meant too. A number of our own cannot be taken: a duplicate is a fault like any other.
	 */
	switch (yb_db_exec(r, &revocation_insert,
	    YB_ARGS(yb_i64(seq), yb_i64(kind), yb_blob(id), yb_i64(ybh_now_us()), yb_at(until)),
	    &rows)) {
	case 0:
		return 0;
	case YB_DUPLICATE:
		return yb_problem(r, "E-SYS-003");
	default:
		return -1;
	}
}

yb_str
yb_token_jwks(yb_req *r)
{
	return ybh_tokens_jwks(r->p->tokens, r->arena);
}

yb_str
yb_token_issuer(const yb_req *r)
{
	return yb_cstr(ybh_tokens_issuer(r->p->tokens));
}
