/*
 * token_client.c - programs register with their key or certificate, change, rest and come back
 * (vaccination brief 13 H-2-1; wire contract, who may get which scope).
 *
 * An administrator registers the programs of the own organisation. Insured institutions,
 * insurers and the portal have nobody here who could: 国保中央会 does it for them, from what
 * they hand in. Only public halves come here; a private key that is sent is refused.
 */
#include "token.h"

#define DAY_US INT64_C(86400000000)

/* ---- shapes ---- */

static const yb_field jwk_in[] = {
	{ "kty", YB_OF(struct token_jwk, kty), .flags = YB_REQUIRED, .one_of = "EC" },
	{ "crv", YB_OF(struct token_jwk, crv), .flags = YB_REQUIRED, .one_of = "P-256" },
	{ "x", YB_OF(struct token_jwk, x), .flags = YB_REQUIRED, .max = 43, .min = 43 },
	{ "y", YB_OF(struct token_jwk, y), .flags = YB_REQUIRED, .max = 43, .min = 43 },
	{ "use", YB_OF(struct token_jwk, use), .one_of = "sig" },
	{ "alg", YB_OF(struct token_jwk, alg), .one_of = "ES256" },
	{ "kid", YB_OF(struct token_jwk, kid), .max = 128, .note = "Ignored." },
	{ 0 },
};

#define KEY_FIELDS(strct)                                                                      \
	{ "public_key", YB_OF(strct, public_key), .flags = YB_LINES, .max = 1000, .min = 1,    \
	    .note = "P-256, PEM; or give public_jwk." },                                       \
	{ "public_jwk", YB_OF(strct, public_jwk), YB_EACH(jwk_in, struct token_jwk),           \
	    .note = "P-256, RFC 7517." },                                                      \
	{ "certificate", YB_OF(strct, certificate), .flags = YB_LINES, .max = 16384, .min = 1, \
	    .note = "PEM, its issuers may follow; tokens fetched with it are bound to it." }

#define FACT_FIELDS(strct)                                                                     \
	{ "name", YB_OF(strct, name), .flags = YB_REQUIRED, .max = 40, .min = 1,               \
	    .format = &yb_format_name, .note = "用途名: the program." },                       \
	{ "scopes", YB_OF(strct, scopes), .flags = YB_REQUIRED, .max = 10, .min = 1,           \
	    .note = "Of those the organisation's type may get by OAuth." },                    \
	{ "cidrs", YB_OF(strct, cidrs), .max = 10,                                             \
	    .note = "Addresses it may come from; none: from anywhere." },                      \
	{ "contact", YB_OF(strct, contact), .max = 100, .min = 1,                              \
	    .format = &yb_format_name, .note = "Whom to call about it." }

const yb_field token_client_in[] = {
	FACT_FIELDS(struct token_client_in),
	{ "org_code", YB_OF(struct token_client_in, org_code), .max = 10, .min = 1,
	    .note = "国保中央会: whose program it is." },
	KEY_FIELDS(struct token_client_in),
	{ 0 },
};

const yb_field token_client_change_in[] = {
	FACT_FIELDS(struct token_client_change_in),
	{ 0 },
};

const yb_field token_rotate_in[] = {
	KEY_FIELDS(struct token_rotate_in),
	{ "overlap_days", YB_OF(struct token_rotate_in, overlap_days), .max = 90,
	    .note = "How long what is replaced stays good; 14. 0: it ends now, and its tokens." },
	{ 0 },
};

/* ---- queries ---- */

/*
 * YB_CROSS here and below: 国保中央会 acts for others. Whose row it may be has been decided by
 * owner_find or token_client_of_path. Locked with the gap behind them, as issued tokens are.
 */
const yb_query token_client_names = {
	.name = "token_client_names",
	.sql = "SELECT name FROM token_client WHERE org_id = ? AND status = 'ACTIVE' FOR UPDATE",
	.row = token_named_row,
	.row_size = sizeof(struct token_named),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query token_client_insert = {
	.name = "token_client_insert",
	.sql = "INSERT INTO token_client (org_id, client_id, name, contact, public_pem, key_kid,"
	       " cert_x5t, cert_subject, cert_from_us, cert_until_us, scopes, cidrs, created_by,"
	       " created_us, updated_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 15,
	.tenant = YB_CROSS,
};

const yb_query token_client_update = {
	.name = "token_client_update",
	.sql = "UPDATE token_client SET name = ?, contact = ?, scopes = ?, cidrs = ?,"
	       " row_ver = row_ver + 1, updated_us = ? WHERE actor_id = ?",
	.nparams = 6,
	.tenant = YB_CROSS,
};

/* MariaDB assigns from left to right: what is now is kept before it is replaced. */
const yb_query token_client_set_key = {
	.name = "token_client_set_key",
	.sql = "UPDATE token_client SET old_pem = public_pem, old_kid = key_kid, old_key_us = ?,"
	       " public_pem = ?, key_kid = ?, row_ver = row_ver + 1, updated_us = ?"
	       " WHERE actor_id = ?",
	.nparams = 5,
	.tenant = YB_CROSS,
};

const yb_query token_client_set_cert = {
	.name = "token_client_set_cert",
	.sql = "UPDATE token_client SET old_x5t = cert_x5t, old_cert_us = ?, cert_x5t = ?,"
	       " cert_subject = ?, cert_from_us = ?, cert_until_us = ?, row_ver = row_ver + 1,"
	       " updated_us = ? WHERE actor_id = ?",
	.nparams = 7,
	.tenant = YB_CROSS,
};

const yb_query token_client_set_status = {
	.name = "token_client_set_status",
	.sql = "UPDATE token_client SET status = ?, status_reason = ?, by_centre = ?, status_by = ?,"
	       " status_us = ?, row_ver = row_ver + 1, updated_us = ? WHERE actor_id = ?",
	.nparams = 7,
	.tenant = YB_CROSS,
};

/* A statement that must meet its one row. */
static int
exec_one(yb_req *r, const yb_query *q, yb_args args)
{
	int64_t rows = 0;
	int rc = yb_db_exec(r, q, args, &rows);

	if (rc != 0 || rows != 1)
		return rc < 0 ? -1 : yb_problem(r, "E-SYS-003");
	return 0;
}

/* ---- whose, and with what ---- */

/* Whether 国保中央会 looks after the programs of such an organisation. */
static bool
by_centre_kept(enum yb_org_type type)
{
	return type == YB_ORG_HMI || type == YB_ORG_INSURER || type == YB_ORG_MNP;
}

/* The organisation a new program belongs to. */
static int
owner_find(yb_req *r, const struct token_client_in *in, yb_org *ret)
{
	bool centre = token_by_centre(r);
	enum yb_found found;

	if (centre && in->org_code.p == NULL)
		return yb_problem_field(r, "E-VAL-001", "/org_code");
	if (!centre && in->org_code.p != NULL && !yb_str_eq(in->org_code, yb_who(r)->org_code))
		return yb_problem_field(r, "E-AUTH-004", "/org_code");
	found = centre ? yb_org_by_code(r, in->org_code, ret)
		       : yb_org_by_id(r, yb_who(r)->org_id, ret);
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? yb_problem_field(r, "E-ACC-001", "/org_code") : -1;
	if (centre && !by_centre_kept(yb_org_type_of(ret->org_type)))
		return yb_problem_field(r, "E-AUTH-004", "/org_code");
	/* A municipality without 健康管理システム has no program that could call. */
	if (yb_org_type_of(ret->org_type) == YB_ORG_MUNI && !ret->uses_hms)
		return yb_problem(r, "E-AUTH-004");
	return 0;
}

/* Whether the caller may change the program, and not only see or stop it. */
static int
mine(yb_req *r, const struct token_client *c)
{
	if (token_by_centre(r) && !by_centre_kept(yb_org_type_of(c->org_type)))
		return yb_problem(r, "E-AUTH-004");
	return 0;
}

struct proof { /* what a program will prove itself by */
	yb_str pem, kid; /* null: no key */
	yb_client_cert cert; /* x5t null: none */
};

static int
key_read(yb_req *r, yb_str text, const struct token_jwk *jwk, struct proof *ret)
{
	if (text.p != NULL && jwk != NULL)
		return yb_problem_field(r, "E-VAL-013", "/public_jwk");
	if (text.p == NULL && jwk == NULL)
		return 0;
	ret->pem = jwk != NULL ? yb_p256_from_jwk(r, jwk->x, jwk->y) : yb_p256_from_pem(r, text);
	if (ret->pem.p == NULL)
		return yb_problem_field(r, "E-TKN-008", jwk != NULL ? "/public_jwk" : "/public_key");
	ret->kid = yb_p256_kid(r, ret->pem);
	return 0;
}

/* Insurers have an authority of their own (wire contract). */
static int
cert_read(yb_req *r, yb_str pem, yb_str org_type, struct proof *ret)
{
	bool insurer = yb_org_type_of(org_type) == YB_ORG_INSURER;
	yb_str ca = yb_option_text(r, insurer ? "insurer_ca" : "client_ca");

	if (pem.p == NULL)
		return 0;
	if (!yb_client_cert_read(r, pem, ca, &ret->cert))
		return yb_problem_field(r, "E-TKN-009", "/certificate");
	return 0;
}

/* At most so many programs that are not stopped, of the same name and of all. */
static int
check_room(yb_req *r, int64_t org_id, yb_str name)
{
	yb_list active;

	if (yb_db_list(r, &token_client_names, YB_ARGS(yb_i64(org_id)), 10000, &active) < 0)
		return -1;
	return token_room(r, &active, name, "clients_per_org") ? 0 : yb_problem(r, "E-TKN-007");
}

/* What belongs to everything the program carries ends within seconds. */
static int
tokens_end(yb_req *r, const struct token_client *c)
{
	yb_time until = { yb_now(r).us + INT64_C(700) * 1000000 }; /* longer than any lives */

	return yb_token_revoke(r, YB_REVOKE_CLIENT,
	    (yb_bytes) { (const unsigned char *)c->client_id.p, c->client_id.len }, until);
}

/* ---- registering ---- */

static int
store(yb_req *r, const struct token_client *c, const struct proof *p)
{
	int64_t rows;
	int rc = yb_db_exec(r, &token_client_insert,
	    YB_ARGS(yb_i64(c->org_id), yb_text(c->client_id), yb_text(c->name), yb_text(c->contact),
		yb_text(p->pem), yb_text(p->kid), yb_text(p->cert.x5t_s256),
		yb_text(p->cert.subject), yb_at(p->cert.from), yb_at(p->cert.until),
		yb_text(c->scope_text), yb_text(token_or_null(c->cidr_text)), yb_text(c->created_by),
		yb_at(c->created), yb_at(c->updated)),
	    &rows);

	return rc == YB_DUPLICATE ? yb_problem(r, "E-SYS-003") : rc;
}

static yb_str
client_name(yb_req *r)
{
	yb_uuid id = yb_uuid_new();
	yb_str digits = yb_hex(r, (yb_bytes) { id.b, sizeof id.b });

	return yb_format_text(r, "cl-%.*s", (int)digits.len, digits.p);
}

static int
proof_read(yb_req *r, const struct token_client_in *in, const yb_org *org, struct proof *ret)
{
	if (key_read(r, in->public_key, in->public_jwk.p, ret) < 0 ||
	    cert_read(r, in->certificate, org->org_type, ret) < 0)
		return -1;
	if (ret->cert.x5t_s256.p == NULL && token_mtls_only(r, org->org_type))
		return yb_problem_field(r, "E-VAL-001", "/certificate");
	if (ret->cert.x5t_s256.p == NULL && ret->pem.p == NULL)
		return yb_problem_field(r, "E-VAL-001", "/public_key");
	return 0;
}

/* POST /token/clients - a program of the organisation and what it proves itself by, H-2-1. */
int
token_client_register(yb_req *r)
{
	const struct token_client_in *in = yb_body(r);
	struct proof p = { 0 };
	struct token_client c = {
		.name = in->name,
		.contact = in->contact,
		.created_by = yb_who(r)->actor,
		.created = yb_now(r),
		.updated = yb_now(r),
		.status = YB_STR("ACTIVE"),
		.row_ver = 1,
	};
	yb_org org;

	if (owner_find(r, in, &org) < 0 ||
	    token_check_items(r, &in->scopes, &in->cidrs,
		token_scopes_of(yb_org_type_of(org.org_type), YB_TOKEN_ACCESS)) < 0 ||
	    proof_read(r, in, &org, &p) < 0 || check_room(r, org.org_id, in->name) < 0)
		return -1;
	c.org_id = org.org_id;
	c.org_code = org.org_code;
	c.client_id = client_name(r);
	c.scope_text = token_joined(r, &in->scopes);
	c.cidr_text = token_joined(r, &in->cidrs);
	c.key_kid = p.kid;
	c.cert_x5t = p.cert.x5t_s256;
	c.cert_subject = p.cert.subject;
	c.cert_from = p.cert.from;
	c.cert_until = p.cert.until;
	if (store(r, &c, &p) < 0)
		return -1;
	yb_audit_target(r, "client", c.client_id);
	return token_client_reply(r, 201, &c);
}

/* ---- changing ---- */

/* Whether a scope was there that is no more. */
static bool
narrower(yb_req *r, yb_str before, const yb_list *now)
{
	yb_list had = token_words(r, before);
	const yb_str *a = had.items, *b = now->items;
	size_t j;

	for (size_t i = 0; i < had.n; i++) {
		for (j = 0; j < now->n && !yb_str_eq(a[i], b[j]); j++)
			continue;
		if (j == now->n)
			return true;
	}
	return false;
}

/* PUT /token/clients/{client_id} - name, scopes, networks and contact, all anew, H-2-1. */
int
token_client_change(yb_req *r)
{
	const struct token_client_change_in *in = yb_body(r);
	struct token_client c;
	bool less;

	if (token_client_of_path(r, &c) < 0 || mine(r, &c) < 0 || yb_if_match(r, c.row_ver) < 0 ||
	    token_check_items(r, &in->scopes, &in->cidrs,
		token_scopes_of(yb_org_type_of(c.org_type), YB_TOKEN_ACCESS)) < 0)
		return -1;
	if (yb_str_is(c.status, "ACTIVE") && !yb_str_eq(c.name, in->name) &&
	    check_room(r, c.org_id, in->name) < 0)
		return -1;
	less = narrower(r, c.scope_text, &in->scopes);
	c.name = in->name;
	c.contact = in->contact;
	c.scope_text = token_joined(r, &in->scopes);
	c.cidr_text = token_joined(r, &in->cidrs);
	c.updated = yb_now(r);
	c.row_ver++;
	if (exec_one(r, &token_client_update,
		YB_ARGS(yb_text(c.name), yb_text(c.contact), yb_text(c.scope_text),
		    yb_text(token_or_null(c.cidr_text)), yb_at(c.updated), yb_i64(c.actor_id))) < 0)
		return -1;
	/* Tokens fetched before still say more than it may now. */
	if (less && tokens_end(r, &c) < 0)
		return -1;
	return token_client_reply(r, 200, &c);
}

static int
replace_key(yb_req *r, struct token_client *c, const struct proof *p, yb_time until)
{
	if (p->pem.p == NULL)
		return 0;
	if (yb_str_eq(c->public_pem, p->pem))
		return yb_problem_field(r, "E-TKN-008", "/public_key"); /* it is the one in use */
	if (exec_one(r, &token_client_set_key,
		YB_ARGS(c->public_pem.p == NULL ? yb_null() : yb_at(until), yb_text(p->pem),
		    yb_text(p->kid), yb_at(yb_now(r)), yb_i64(c->actor_id))) < 0)
		return -1;
	c->old_kid = c->key_kid;
	c->old_key_until = c->public_pem.p == NULL ? (yb_time) { 0 } : until;
	c->key_kid = p->kid;
	c->row_ver++;
	return 0;
}

static int
replace_cert(yb_req *r, struct token_client *c, const struct proof *p, yb_time until)
{
	const yb_client_cert *now = &p->cert;

	if (now->x5t_s256.p == NULL)
		return 0;
	if (yb_str_eq(c->cert_x5t, now->x5t_s256))
		return yb_problem_field(r, "E-TKN-009", "/certificate");
	if (exec_one(r, &token_client_set_cert,
		YB_ARGS(c->cert_x5t.p == NULL ? yb_null() : yb_at(until), yb_text(now->x5t_s256),
		    yb_text(now->subject), yb_at(now->from), yb_at(now->until), yb_at(yb_now(r)),
		    yb_i64(c->actor_id))) < 0)
		return -1;
	c->old_x5t = c->cert_x5t;
	c->old_cert_until = c->cert_x5t.p == NULL ? (yb_time) { 0 } : until;
	c->cert_x5t = now->x5t_s256;
	c->cert_subject = now->subject;
	c->cert_from = now->from;
	c->cert_until = now->until;
	c->row_ver++;
	return 0;
}

/*
 * POST /token/clients/{client_id}/rotate - another key or certificate; what it replaces stays
 * good for some days, so that the program can be moved over without a gap, H-2-1.
 */
int
token_client_rotate(yb_req *r)
{
	const struct token_rotate_in *in = yb_body(r);
	int64_t days = in->overlap_days.set ? in->overlap_days.v : 14;
	yb_time until = { yb_now(r).us + days * DAY_US };
	struct proof p = { 0 };
	struct token_client c;

	if (token_client_of_path(r, &c) < 0 || mine(r, &c) < 0 ||
	    key_read(r, in->public_key, in->public_jwk.p, &p) < 0 ||
	    cert_read(r, in->certificate, c.org_type, &p) < 0)
		return -1;
	if (p.pem.p == NULL && p.cert.x5t_s256.p == NULL)
		return yb_problem_field(r, "E-VAL-001", "/public_key");
	if (replace_key(r, &c, &p, until) < 0 || replace_cert(r, &c, &p, until) < 0)
		return -1;
	/* Without an overlap somebody else may have the old one: its tokens end with it. */
	if (days == 0 && tokens_end(r, &c) < 0)
		return -1;
	c.updated = yb_now(r);
	return token_client_reply(r, 200, &c);
}

/* ---- stopping ---- */

static int
set_status(yb_req *r, const char *status, bool by_centre, struct token_client *c)
{
	const struct token_revoke_in *in = yb_body(r);

	c->status = yb_cstr(status);
	c->status_reason = in->reason;
	c->by_centre = by_centre;
	c->updated = yb_now(r);
	c->row_ver++;
	yb_audit_purpose(r, (yb_str) { NULL, 0 }, in->reason);
	return exec_one(r, &token_client_set_status,
	    YB_ARGS(yb_text(c->status), yb_text(c->status_reason), yb_bool(by_centre),
		yb_text(yb_who(r)->actor), yb_at(c->updated), yb_at(c->updated),
		yb_i64(c->actor_id)));
}

/* POST /token/clients/{client_id}/disable - no more tokens, and none of its tokens, H-2-1. */
int
token_client_disable(yb_req *r)
{
	struct token_client c;
	bool again;

	if (token_client_of_path(r, &c) < 0)
		return -1;
	/* What 国保中央会 stops it stops for good, also when it was stopped before. */
	again = yb_str_is(c.status, "DISABLED") && (c.by_centre || !token_by_centre(r));
	if (!again && (set_status(r, "DISABLED", token_by_centre(r), &c) < 0 || tokens_end(r, &c) < 0))
		return -1;
	return token_client_reply(r, 200, &c);
}

/* POST /token/clients/{client_id}/enable - it may fetch tokens again, H-2-1. */
int
token_client_enable(yb_req *r)
{
	struct token_client c;

	if (token_client_of_path(r, &c) < 0)
		return -1;
	if (yb_str_is(c.status, "ACTIVE"))
		return token_client_reply(r, 200, &c);
	if (token_by_centre(r) ? !c.by_centre && mine(r, &c) < 0 : c.by_centre)
		return yb_problem(r, "E-AUTH-004");
	if (check_room(r, c.org_id, c.name) < 0 || set_status(r, "ACTIVE", false, &c) < 0)
		return -1;
	return token_client_reply(r, 200, &c);
}
