/*
 * token.h - what the files of this module know of each other.
 *
 * token_scope.c knows who may get which scope; token_issued.c is the screen of H-2;
 * token_client.c and token_client_show.c are the programs an organisation registers;
 * token_oauth.c and token_metadata.c the endpoints of OAuth 2.0; token_notice.c tells before
 * something ends; token.c is the module's constant.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <yb/format.h>
#include <yb/mail.h>
#include <yb/module.h>
#include <yb/org.h>
#include <yb/run.h>
#include <yb/token.h>

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
 * Scopes and networks somebody wrote, each checked: known, a network. -1 recorded, also for a
 * scope that is not among `allowed`.
 */
int token_check_items(yb_req *r, const yb_list *scope_list, const yb_list *cidr_list,
    const char *allowed);
/* Whether programs of such organisations get their tokens over mTLS only. */
bool token_mtls_only(const yb_req *r, yb_str org_type);
/* Null instead of "". */
yb_str token_or_null(yb_str s);
/*
 * The scopes of an access token: what was asked (nothing: all that is registered), each
 * registered for the client and allowed for its organisation. Null: one is not, or none is left.
 */
yb_str token_scope_choose(yb_req *r, yb_str asked, yb_str registered, enum yb_org_type type);

/* ---- token_issued.c ---- */

struct token_named { /* what may be issued, or registered, a few times only */
	yb_str name;
};

extern const yb_field token_named_row[];
/* Whether one more may have the name, and there be one more at all: options per_name and `most`. */
bool token_room(const yb_req *r, const yb_list *active, yb_str name, const char *most);

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
int token_list_organisation(yb_req *r);
int token_revoke_issued(yb_req *r);

extern const yb_query token_page, token_page_anywhere, token_active, token_insert, token_by_id,
    token_by_id_anywhere, token_set_revoked, token_set_revoked_anywhere;

/* ---- token_client_show.c: a registered program, as it is kept and shown ---- */

struct token_client {
	int64_t actor_id, org_id;
	yb_str client_id, org_code, org_type, name, contact, scope_text, cidr_text;
	yb_str public_pem, key_kid, old_kid, cert_x5t, cert_subject, old_x5t;
	yb_time old_key_until, cert_from, cert_until, old_cert_until;
	yb_time first_used, last_used, created, updated;
	yb_str last_ip, status, status_reason, created_by;
	bool by_centre;
	int64_t row_ver;
	yb_list scopes, cidrs; /* the texts above, as words */
};

struct token_client_list_in {
	yb_int limit, after;
	yb_str org_code;
};

extern const yb_field token_client_out[], token_client_list_in[], token_client_list_out[];

/* Whether the caller is 国保中央会, whose reach goes beyond one organisation. */
bool token_by_centre(const yb_req *r);
/* The program of the path, locked, if the caller may see it. 0 or -1 recorded. */
int token_client_of_path(yb_req *r, struct token_client *ret);
/* 200 or 201 with the program and its ETag. */
int token_client_reply(yb_req *r, int status, struct token_client *c);

int token_client_list(yb_req *r);
int token_client_get(yb_req *r);

extern const yb_query token_client_page, token_client_page_anywhere, token_client_own,
    token_client_anywhere;

/* ---- token_client.c: registering and changing it ---- */

struct token_jwk {
	yb_str kty, crv, x, y, use, alg, kid;
};

struct token_client_in {
	yb_str name, org_code;
	yb_list scopes, cidrs; /* of yb_str */
	yb_str contact, public_key;
	yb_ref public_jwk; /* struct token_jwk */
	yb_str certificate;
};

struct token_client_change_in {
	yb_str name;
	yb_list scopes, cidrs;
	yb_str contact;
};

struct token_rotate_in {
	yb_str public_key;
	yb_ref public_jwk;
	yb_str certificate;
	yb_int overlap_days;
};

extern const yb_field token_client_in[], token_client_change_in[], token_rotate_in[];

int token_client_register(yb_req *r);
int token_client_change(yb_req *r);
int token_client_rotate(yb_req *r);
int token_client_disable(yb_req *r);
int token_client_enable(yb_req *r);

extern const yb_query token_client_names, token_client_insert, token_client_update,
    token_client_set_key, token_client_set_cert, token_client_set_status;

/* ---- token_notice.c ---- */

int token_notices(yb_req *r);

extern const yb_query token_ending_soon, token_recipients, token_notice_insert;

/* ---- token_closed.c ---- */

int token_closed(yb_req *r);

extern const yb_query token_closed_next, token_closed_issued, token_closed_clients,
    token_moved_clients, token_closed_recipients;

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

extern const yb_query token_client_by_id, token_client_used, token_usable,
    token_assertion_remember, token_assertion_forget;

/* ---- token_metadata.c ---- */

int token_metadata(yb_req *r);
int token_jwks(yb_req *r);

#endif
