/*
 * token.h - what the files of this module know of each other.
 *
 * token_scope.c knows who may get which scope; token_issued.c is the screen of H-2;
 * token_oauth.c the endpoints of OAuth 2.0; token.c the module's constant.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <yb/format.h>
#include <yb/module.h>
#include <yb/org.h>
#include <yb/token.h>

#define TOKEN_ISSUERS "MU-A,NM-A"
#define TOKEN_READERS "MU-A,MU-S,NM-A,NM-S"

/* ---- token_scope.c ---- */

/* Scopes an organisation of this type may get this way, space separated; "" for none. */
const char *token_scopes_of(enum yb_org_type type, enum yb_token_class cls);
/* Whether any organisation may get it. */
bool token_scope_known(yb_str scope);
/* Every scope there is, each once. */
yb_list token_scopes_all(yb_req *r);
/* The words of a text that are separated by one space or more. */
yb_list token_words(yb_req *r, yb_str text);
/* The words again as one text, in their order, each once. */
yb_str token_joined(yb_req *r, const yb_list *words);
/*
 * The scopes of an access token: what was asked (nothing: all that is registered), each
 * registered for the client and allowed for its organisation. Null: one is not, or none is left.
 */
yb_str token_scope_choose(yb_req *r, yb_str asked, yb_str registered, enum yb_org_type type);

/* ---- token_issued.c ---- */

struct token_issue_in {
	yb_str name;
	yb_list scopes, cidrs; /* of yb_str */
	yb_date expires_on;
	yb_int days;
	yb_str contact, cert_x5t_s256;
};

struct token_list_in {
	yb_int limit, after;
};

struct token_revoke_in {
	yb_str reason;
};

extern const yb_field token_issue_in[], token_issue_out[], token_list_in[], token_list_out[],
    token_revoke_in[], token_issued_out[];

int token_issue(yb_req *r);
int token_list(yb_req *r);
int token_revoke_issued(yb_req *r);

extern const yb_query token_page, token_active, token_insert, token_by_id, token_by_id_anywhere,
    token_set_revoked, token_set_revoked_anywhere;

/* ---- token_oauth.c ---- */

/* How a client says who it is, in the body of every endpoint. */
struct token_auth {
	yb_str client_id, client_secret, assertion_type, assertion;
};

struct token_grant_in {
	struct token_auth auth;
	yb_str grant_type, scope, resource, audience;
};

struct token_about_in {
	struct token_auth auth;
	yb_str token, token_type_hint;
};

extern const yb_field token_grant_in[], token_grant_out[], token_about_in[], token_inspect_out[],
    token_metadata_out[];

int token_grant(yb_req *r);
int token_revoke(yb_req *r);
int token_introspect(yb_req *r);
int token_metadata(yb_req *r);
int token_jwks(yb_req *r);

extern const yb_query token_client_by_id, token_assertion_remember, token_assertion_forget;

#endif
