/*
 * token.c - access tokens for programs: issued on the screen, or fetched by OAuth 2.0
 * (vaccination brief 13 H-2; wire contract, Tokens).
 */
#include "token.h"

static const yb_option options[] = {
	{ "max_days", "365", 1, 365, "days", "H-2-1", "Longest life of an issued token." },
	{ "per_name", "2", 1, 100, "tokens", "H-2-1", "Valid tokens of one name: old and new." },
	{ "per_org", "10", 1, 1000, "tokens", "H-2-1", "Valid tokens of one organisation." },
	{ "access_seconds", "600", 30, 600, "seconds", "security 9.3",
	    "Life of a token fetched by OAuth." },
	{ "mtls_types", "HMI,INSURER", 0, 0, NULL, "wire",
	    "Types of organisations whose clients get tokens over mTLS only." },
	{ "mtls_base_url", "", 0, 0, NULL, "RFC 8705",
	    "Public address of the mTLS listener, for the metadata; empty: not told." },
	{ 0 },
};

#define OAUTH                                                                        \
	.who = YB_PUBLIC, .reach = YB_REACH_NOBODY, .effect = YB_WRITES,             \
	.function = "H-2-1", .body_kind = YB_BODY_FORM, .body_limit = 16384,         \
	.flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF

static const yb_route routes[] = {
	{ YB_POST, "/token/access-tokens", token_issue, "issueAccessToken",
	    "Issues an access token for a program of the organisation; it is shown once.",
	    .who = YB_STAFF, .roles = TOKEN_ISSUERS, .reach = YB_REACH_OWN,
	    .effect = YB_WRITES, .action = YB_ACT_ISSUE, .function = "H-2-1",
	    .body = token_issue_in, .body_size = sizeof(struct token_issue_in),
	    .reply = token_issue_out, .status = 201 },
	{ YB_GET, "/token/access-tokens", token_list, "listAccessTokens",
	    "Issued tokens of the own organisation, newest first, without their values.",
	    .who = YB_STAFF, .roles = TOKEN_READERS, .reach = YB_REACH_OWN,
	    .effect = YB_READS, .action = YB_ACT_LIST, .function = "H-2-1",
	    .query = token_list_in, .query_size = sizeof(struct token_list_in),
	    .reply = token_list_out },
	{ YB_POST, "/token/access-tokens/{token_id}/revoke", token_revoke_issued,
	    "revokeAccessToken", "Ends an issued token within seconds.",
	    .who = YB_STAFF, .roles = TOKEN_ISSUERS ",KC-A", .reach = YB_REACH_CROSS,
	    .effect = YB_WRITES, .action = YB_ACT_REVOKE, .function = "H-2-1",
	    .body = token_revoke_in, .body_size = sizeof(struct token_revoke_in),
	    .reply = token_issued_out },
	{ YB_POST, "/token/oauth/token", token_grant, "issueToken",
	    "OAuth 2.0 token endpoint, client_credentials.", OAUTH, .action = YB_ACT_ISSUE,
	    .body = token_grant_in, .body_size = sizeof(struct token_grant_in),
	    .reply = token_grant_out },
	{ YB_POST, "/token/oauth/revoke", token_revoke, "revokeToken",
	    "Ends one of the client's own tokens (RFC 7009).", OAUTH, .action = YB_ACT_REVOKE,
	    .body = token_about_in, .body_size = sizeof(struct token_about_in) },
	{ YB_POST, "/token/oauth/introspect", token_introspect, "introspectToken",
	    "What a token of the own organisation says (RFC 7662).", OAUTH, .action = YB_ACT_VIEW,
	    .body = token_about_in, .body_size = sizeof(struct token_about_in),
	    .reply = token_inspect_out },
	{ YB_GET, "/.well-known/oauth-authorization-server", token_metadata,
	    "getAuthorizationServerMetadata", "Where the OAuth endpoints are (RFC 8414).",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY, .effect = YB_READS,
	    .function = "H-2-1", .reply = token_metadata_out },
	{ YB_GET, "/.well-known/jwks.json", token_jwks, "getJwks",
	    "Public keys that verify our tokens (RFC 7517).",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY, .effect = YB_READS,
	    .function = "H-2-1" },
	{ 0 },
};

static const yb_query *const queries[] = {
	&token_page,
	&token_active,
	&token_insert,
	&token_by_id,
	&token_by_id_anywhere,
	&token_set_revoked,
	&token_set_revoked_anywhere,
	&token_client_by_id,
	&token_assertion_remember,
	&token_assertion_forget,
	NULL,
};

extern const yb_module yb_module_token;

const yb_module yb_module_token = {
	.abi = YB_ABI,
	.size = sizeof(yb_module),
	.name = "token",
	.version = "0.1.0",
	.schema = 1,
	.options = options,
	.routes = routes,
	.queries = queries,
};
