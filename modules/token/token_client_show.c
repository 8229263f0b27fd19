/*
 * token_client_show.c - programs an organisation has registered, as they are kept and shown.
 *
 * People see those of their own organisation; 国保中央会 sees all, because it may stop them,
 * and looks after those of organisations that have no administrator here.
 */
#include "token.h"

#define COLUMNS                                                                              \
	"SELECT c.actor_id, c.org_id, c.client_id, o.org_code, o.org_type, c.name, c.contact," \
	" c.scopes AS scope_text, c.cidrs AS cidr_text, c.public_pem, c.key_kid, c.old_kid,"   \
	" c.old_key_us, c.cert_x5t, c.cert_subject, c.cert_from_us, c.cert_until_us,"          \
	" c.old_x5t, c.old_cert_us, c.first_used_us, c.last_used_us, c.last_ip, c.status,"     \
	" c.status_reason, c.by_centre, c.created_by, c.created_us, c.updated_us, c.row_ver"   \
	" FROM token_client c JOIN core_org o ON o.org_id = c.org_id"

static const yb_field client_row[] = {
	{ "actor_id", YB_OF(struct token_client, actor_id) },
	{ "org_id", YB_OF(struct token_client, org_id) },
	{ "client_id", YB_OF(struct token_client, client_id) },
	{ "org_code", YB_OF(struct token_client, org_code) },
	{ "org_type", YB_OF(struct token_client, org_type) },
	{ "name", YB_OF(struct token_client, name) },
	{ "contact", YB_OF(struct token_client, contact) },
	{ "scope_text", YB_OF(struct token_client, scope_text) },
	{ "cidr_text", YB_OF(struct token_client, cidr_text) },
	{ "public_pem", YB_OF(struct token_client, public_pem) },
	{ "key_kid", YB_OF(struct token_client, key_kid) },
	{ "old_kid", YB_OF(struct token_client, old_kid) },
	{ "old_key_us", YB_OF(struct token_client, old_key_until) },
	{ "cert_x5t", YB_OF(struct token_client, cert_x5t) },
	{ "cert_subject", YB_OF(struct token_client, cert_subject) },
	{ "cert_from_us", YB_OF(struct token_client, cert_from) },
	{ "cert_until_us", YB_OF(struct token_client, cert_until) },
	{ "old_x5t", YB_OF(struct token_client, old_x5t) },
	{ "old_cert_us", YB_OF(struct token_client, old_cert_until) },
	{ "first_used_us", YB_OF(struct token_client, first_used) },
	{ "last_used_us", YB_OF(struct token_client, last_used) },
	{ "last_ip", YB_OF(struct token_client, last_ip) },
	{ "status", YB_OF(struct token_client, status) },
	{ "status_reason", YB_OF(struct token_client, status_reason) },
	{ "by_centre", YB_OF(struct token_client, by_centre) },
	{ "created_by", YB_OF(struct token_client, created_by) },
	{ "created_us", YB_OF(struct token_client, created) },
	{ "updated_us", YB_OF(struct token_client, updated) },
	{ "row_ver", YB_OF(struct token_client, row_ver) },
	{ 0 },
};

const yb_field token_client_out[] = {
	{ "client_id", YB_OF(struct token_client, client_id) },
	{ "org_code", YB_OF(struct token_client, org_code) },
	{ "name", YB_OF(struct token_client, name) },
	{ "contact", YB_OF(struct token_client, contact) },
	{ "scopes", YB_OF(struct token_client, scopes) },
	{ "cidrs", YB_OF(struct token_client, cidrs) },
	{ "key_kid", YB_OF(struct token_client, key_kid), .note = "RFC 7638 thumbprint." },
	{ "old_key_kid", YB_OF(struct token_client, old_kid),
	    .note = "The key before, while it is still good." },
	{ "old_key_until", YB_OF(struct token_client, old_key_until) },
	{ "cert_x5t_s256", YB_OF(struct token_client, cert_x5t) },
	{ "cert_subject", YB_OF(struct token_client, cert_subject) },
	{ "cert_valid_from", YB_OF(struct token_client, cert_from) },
	{ "cert_expires_at", YB_OF(struct token_client, cert_until) },
	{ "old_cert_x5t_s256", YB_OF(struct token_client, old_x5t) },
	{ "old_cert_until", YB_OF(struct token_client, old_cert_until) },
	{ "first_used_at", YB_OF(struct token_client, first_used) },
	{ "last_used_at", YB_OF(struct token_client, last_used) },
	{ "last_ip", YB_OF(struct token_client, last_ip) },
	{ "status", YB_OF(struct token_client, status), .note = "ACTIVE, DISABLED." },
	{ "status_reason", YB_OF(struct token_client, status_reason) },
	{ "disabled_by_centre", YB_OF(struct token_client, by_centre),
	    .note = "Only 国保中央会 may enable it again." },
	{ "created_by", YB_OF(struct token_client, created_by) },
	{ "created_at", YB_OF(struct token_client, created) },
	{ "updated_at", YB_OF(struct token_client, updated) },
	{ "version", YB_OF(struct token_client, row_ver), .note = "As in ETag." },
	{ 0 },
};

const yb_field token_client_list_in[] = {
	{ "limit", YB_OF(struct token_client_list_in, limit), .min = 1, .max = 200, .note = "50." },
	{ "after", YB_OF(struct token_client_list_in, after), .note = "`next` of the page before." },
	{ "org_code", YB_OF(struct token_client_list_in, org_code), .max = 10, .min = 1,
	    .note = "国保中央会 only: of one organisation." },
	{ 0 },
};

struct list_out {
	yb_list clients;
	yb_int next;
};

const yb_field token_client_list_out[] = {
	{ "clients", YB_OF(struct list_out, clients),
	    YB_EACH(token_client_out, struct token_client) },
	{ "next", YB_OF(struct list_out, next), .note = "Null on the last page." },
	{ 0 },
};

const yb_query token_client_page = {
	.name = "token_client_page",
	.sql = COLUMNS " WHERE c.org_id = ? AND c.actor_id < ? ORDER BY c.actor_id DESC LIMIT ?",
	.row = client_row,
	.row_size = sizeof(struct token_client),
	.nparams = 3,
	.tenant = YB_ORG,
};

const yb_query token_client_page_anywhere = {
	.name = "token_client_page_anywhere",
	.sql = COLUMNS " WHERE (? IS NULL OR c.org_id ="
		       "  (SELECT w.org_id FROM core_org w WHERE w.org_code = ?))"
		       " AND c.actor_id < ? ORDER BY c.actor_id DESC LIMIT ?",
	.row = client_row,
	.row_size = sizeof(struct token_client),
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query token_client_own = {
	.name = "token_client_own",
	.sql = COLUMNS " WHERE c.org_id = ? AND c.client_id = ? FOR UPDATE",
	.row = client_row,
	.row_size = sizeof(struct token_client),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query token_client_anywhere = {
	.name = "token_client_anywhere",
	.sql = COLUMNS " WHERE c.client_id = ? FOR UPDATE",
	.row = client_row,
	.row_size = sizeof(struct token_client),
	.nparams = 1,
	.tenant = YB_CROSS,
};

bool
token_by_centre(const yb_req *r)
{
	return yb_str_is(yb_who(r)->role, "KC-A");
}

int
token_client_of_path(yb_req *r, struct token_client *ret)
{
	yb_value id = yb_text(yb_path(r, "client_id"));

	*ret = (struct token_client) { 0 };
	if ((token_by_centre(r) ? yb_db_find(r, &token_client_anywhere, YB_ARGS(id), ret)
				: yb_db_find(r, &token_client_own, YB_ARGS(id), ret)) < 0)
		return -1;
	yb_audit_target(r, "client", ret->client_id);
	return 0;
}

/* What has ended is not shown as if it were there. */
static void
show(yb_req *r, struct token_client *c)
{
	if (c->old_key_until.us <= yb_now(r).us) {
		c->old_kid = (yb_str) { NULL, 0 };
		c->old_key_until.us = 0;
	}
	if (c->old_cert_until.us <= yb_now(r).us) {
		c->old_x5t = (yb_str) { NULL, 0 };
		c->old_cert_until.us = 0;
	}
	c->scopes = token_words(r, c->scope_text);
	c->cidrs = token_words(r, c->cidr_text);
}

int
token_client_reply(yb_req *r, int status, struct token_client *c)
{
	show(r, c);
	yb_reply_etag(r, c->row_ver);
	return yb_reply_record(r, status, token_client_out, c);
}

/* GET /token/clients - registered programs, newest first, H-2-1. */
int
token_client_list(yb_req *r)
{
	const struct token_client_list_in *in = yb_params(r);
	size_t limit = in->limit.set ? (size_t)in->limit.v : 50;
	yb_value after = yb_i64(in->after.set ? in->after.v : INT64_MAX);
	yb_value most = yb_i64((int64_t)limit + 1);
	struct list_out out = { 0 };
	struct token_client *at;
	int rc;

	if (!token_by_centre(r) && in->org_code.p != NULL &&
	    !yb_str_eq(in->org_code, yb_who(r)->org_code))
		return yb_problem(r, "E-AUTH-004");
	rc = token_by_centre(r)
	    ? yb_db_list(r, &token_client_page_anywhere,
		  YB_ARGS(yb_text(in->org_code), yb_text(in->org_code), after, most), limit + 1,
		      &out.clients)
	    : yb_db_list(r, &token_client_page, YB_ARGS(after, most), limit + 1, &out.clients);
	if (rc < 0)
		return -1;
	at = out.clients.items;
	if (yb_page_cut(&out.clients, limit))
		out.next = (yb_int) { at[limit - 1].actor_id, true };
	for (size_t i = 0; i < out.clients.n; i++)
		show(r, &at[i]);
	return yb_reply_record(r, 200, token_client_list_out, &out);
}

/* GET /token/clients/{client_id} - one of them, H-2-1. */
int
token_client_get(yb_req *r)
{
	struct token_client c;

	if (token_client_of_path(r, &c) < 0)
		return -1;
	return token_client_reply(r, 200, &c);
}
