/*
 * token_metadata.c - what programs read before they call: RFC 8414 and RFC 7517.
 */
#include "token.h"


struct alias_out {
	yb_str token, revoke, introspect;
};

static const yb_field alias_out[] = {
	{ "token_endpoint", YB_OF(struct alias_out, token) },
	{ "revocation_endpoint", YB_OF(struct alias_out, revoke) },
	{ "introspection_endpoint", YB_OF(struct alias_out, introspect) },
	{ 0 },
};

struct metadata_out {
	yb_str issuer, jwks_uri;
	struct alias_out at;
	yb_list grants, responses, scopes, methods, algorithms;
	bool bound;
	yb_ref mtls;
};

#define METADATA_FIELDS                                                                         \
	{ "issuer", YB_OF(struct metadata_out, issuer) },                                       \
	{ "token_endpoint", YB_OF(struct metadata_out, at.token) },                             \
	{ "revocation_endpoint", YB_OF(struct metadata_out, at.revoke) },                       \
	{ "introspection_endpoint", YB_OF(struct metadata_out, at.introspect) },                \
	{ "jwks_uri", YB_OF(struct metadata_out, jwks_uri) },                                   \
	{ "grant_types_supported", YB_OF(struct metadata_out, grants) },                        \
	{ "response_types_supported", YB_OF(struct metadata_out, responses) },                  \
	{ "scopes_supported", YB_OF(struct metadata_out, scopes) },                             \
	{ "token_endpoint_auth_methods_supported", YB_OF(struct metadata_out, methods) },       \
	{ "token_endpoint_auth_signing_alg_values_supported",                                   \
	    YB_OF(struct metadata_out, algorithms) },                                           \
	{ "revocation_endpoint_auth_methods_supported", YB_OF(struct metadata_out, methods) },  \
	{ "revocation_endpoint_auth_signing_alg_values_supported",                              \
	    YB_OF(struct metadata_out, algorithms) },                                           \
	{ "introspection_endpoint_auth_methods_supported",                                      \
	    YB_OF(struct metadata_out, methods) },                                              \
	{ "introspection_endpoint_auth_signing_alg_values_supported",                           \
	    YB_OF(struct metadata_out, algorithms) },                                           \
	{ "tls_client_certificate_bound_access_tokens", YB_OF(struct metadata_out, bound) }

static const yb_field metadata_plain_out[] = { /* without a known address for mTLS */
	METADATA_FIELDS,
	{ 0 },
};

const yb_field token_metadata_out[] = {
	METADATA_FIELDS,
	{ "mtls_endpoint_aliases", YB_OF(struct metadata_out, mtls),
	    YB_EACH(alias_out, struct alias_out) },
	{ 0 },
};

static struct alias_out
endpoints(yb_req *r, yb_str base)
{
	const char *path = "/api/v1/token/oauth";

	return (struct alias_out) {
		.token = yb_format_text(r, "%.*s%s/token", (int)base.len, base.p, path),
		.revoke = yb_format_text(r, "%.*s%s/revoke", (int)base.len, base.p, path),
		.introspect = yb_format_text(r, "%.*s%s/introspect", (int)base.len, base.p, path),
	};
}

/* GET /.well-known/oauth-authorization-server - RFC 8414. */
int
token_metadata(yb_req *r)
{
	yb_str base = yb_base_url(r), mtls = yb_option_text(r, "mtls_base_url");
	struct alias_out alias = endpoints(r, mtls);
	const yb_field *fields = mtls.len > 0 ? token_metadata_out : metadata_plain_out;
	struct metadata_out out = {
		.issuer = yb_token_issuer(r),
		.jwks_uri = yb_format_text(r, "%.*s/.well-known/jwks.json", (int)base.len, base.p),
		.at = endpoints(r, base),
		.grants = token_words(r, YB_STR("client_credentials")),
		.scopes = token_scopes_all(r),
		.methods = token_words(r, YB_STR("private_key_jwt tls_client_auth")),
		.algorithms = token_words(r, YB_STR("ES256")),
		.bound = true,
		.mtls.p = &alias,
	};

	yb_reply_header(r, "Cache-Control", YB_STR("public, max-age=300"));
	return yb_reply_record(r, 200, fields, &out);
}

/* GET /.well-known/jwks.json - the keys that verify our tokens, RFC 7517. */
int
token_jwks(yb_req *r)
{
	yb_str keys = yb_token_jwks(r);

	yb_reply_header(r, "Cache-Control", YB_STR("public, max-age=300"));
	return yb_reply_bytes(r, 200, "application/jwk-set+json", NULL,
	    (yb_bytes) { (const unsigned char *)keys.p, keys.len });
}
