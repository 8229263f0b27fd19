/*
 * token_issued.c - access tokens issued on the screen (vaccination brief 13 H-2-1).
 *
 * The token is in the answer to its issue and nowhere else; the database keeps the
 * SHA-256 of its jti and its last four characters.
 */
#include "token.h"

#include <string.h>

struct issued {
	int64_t actor_id;
	yb_uuid token_id;
	yb_str client_id, name, contact, last4, scope_text, cidr_text, cert_x5t, issued_by;
	yb_time issued, expires, first_used, last_used, revoked;
	yb_str last_ip, status, revoke_reason;
	yb_bytes jti_sha256;
	yb_list scopes, cidrs; /* the texts above, as words */
};

#define ISSUED_COLUMNS                                                                      \
	"actor_id, token_id, client_id, name, contact, last4, scopes, cidrs, cert_x5t,"     \
	" issued_by, issued_us, expires_us, first_used_us, last_used_us, revoked_us,"       \
	" last_ip, status, revoke_reason, jti_sha256"

static const yb_field issued_row[] = {
	{ "actor_id", YB_OF(struct issued, actor_id) },
	{ "token_id", YB_OF(struct issued, token_id) },
	{ "client_id", YB_OF(struct issued, client_id) },
	{ "name", YB_OF(struct issued, name) },
	{ "contact", YB_OF(struct issued, contact) },
	{ "last4", YB_OF(struct issued, last4) },
	{ "scopes", YB_OF(struct issued, scope_text) },
	{ "cidrs", YB_OF(struct issued, cidr_text) },
	{ "cert_x5t", YB_OF(struct issued, cert_x5t) },
	{ "issued_by", YB_OF(struct issued, issued_by) },
	{ "issued_us", YB_OF(struct issued, issued) },
	{ "expires_us", YB_OF(struct issued, expires) },
	{ "first_used_us", YB_OF(struct issued, first_used) },
	{ "last_used_us", YB_OF(struct issued, last_used) },
	{ "revoked_us", YB_OF(struct issued, revoked) },
	{ "last_ip", YB_OF(struct issued, last_ip) },
	{ "status", YB_OF(struct issued, status) },
	{ "revoke_reason", YB_OF(struct issued, revoke_reason) },
	{ "jti_sha256", YB_OF(struct issued, jti_sha256) },
	{ 0 },
};

/* ---- shapes ---- */

/* 32 bytes in base64url: the last character carries four bits only. */
static const char *
x5t_check(yb_str s)
{
	if (s.len != 43 || memchr("AEIMQUYcgkosw048", s.p[42], 16) == NULL)
		return "E-VAL-002";
	for (size_t i = 0; i < s.len; i++)
		if ((s.p[i] < '0' || s.p[i] > '9') && (s.p[i] < 'A' || s.p[i] > 'Z') &&
		    (s.p[i] < 'a' || s.p[i] > 'z') && s.p[i] != '-' && s.p[i] != '_')
			return "E-VAL-002";
	return NULL;
}

static const yb_format x5t_format = { "x5t-s256", "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
	x5t_check };

const yb_field token_issue_in[] = {
	{ "name", YB_OF(struct token_issue_in, name), .flags = YB_REQUIRED, .max = 40, .min = 1,
	    .format = &yb_format_name, .note = "用途名: the program that will carry it." },
	{ "scopes", YB_OF(struct token_issue_in, scopes), .flags = YB_REQUIRED, .max = 10,
	    .min = 1, .note = "Of those the organisation's type may get." },
	{ "cidrs", YB_OF(struct token_issue_in, cidrs), .max = 10,
	    .note = "Addresses it may come from; none: from anywhere." },
	{ "expires_on", YB_OF(struct token_issue_in, expires_on),
	    .note = "Last day, in Japan; or give `days`." },
	{ "days", YB_OF(struct token_issue_in, days), .min = 1, .max = 3650,
	    .note = "Life in days, at most 365; that is also what neither of both means." },
	{ "contact", YB_OF(struct token_issue_in, contact), .max = 100, .min = 1,
	    .note = "Who is told before it expires." },
	{ "cert_x5t_s256", YB_OF(struct token_issue_in, cert_x5t_s256), .max = 43, .min = 43,
	    .format = &x5t_format,
	    .note = "base64url SHA-256 of the certificate it is bound to." },
	{ 0 },
};

const yb_field token_issued_out[] = {
	{ "token_id", YB_OF(struct issued, token_id) },
	{ "client_id", YB_OF(struct issued, client_id), .note = "As the access log calls it." },
	{ "name", YB_OF(struct issued, name) },
	{ "contact", YB_OF(struct issued, contact) },
	{ "last4", YB_OF(struct issued, last4) },
	{ "scopes", YB_OF(struct issued, scopes) },
	{ "cidrs", YB_OF(struct issued, cidrs) },
	{ "cert_x5t_s256", YB_OF(struct issued, cert_x5t) },
	{ "issued_by", YB_OF(struct issued, issued_by) },
	{ "issued_at", YB_OF(struct issued, issued) },
	{ "expires_at", YB_OF(struct issued, expires) },
	{ "first_used_at", YB_OF(struct issued, first_used) },
	{ "last_used_at", YB_OF(struct issued, last_used) },
	{ "last_ip", YB_OF(struct issued, last_ip) },
	{ "status", YB_OF(struct issued, status), .note = "ISSUED, ACTIVE, EXPIRED, REVOKED." },
	{ "revoked_at", YB_OF(struct issued, revoked) },
	{ "revoke_reason", YB_OF(struct issued, revoke_reason) },
	{ 0 },
};

struct issue_out {
	yb_str token;
	yb_ref issued;
};

const yb_field token_issue_out[] = {
	{ "token", YB_OF(struct issue_out, token), .flags = YB_SECRET,
	    .note = "Shown once; sent as Authorization: Bearer." },
	{ "issued", YB_OF(struct issue_out, issued), YB_EACH(token_issued_out, struct issued) },
	{ 0 },
};

const yb_field token_list_in[] = {
	{ "limit", YB_OF(struct token_list_in, limit), .min = 1, .max = 200, .note = "50." },
	{ "after", YB_OF(struct token_list_in, after), .note = "`next` of the page before." },
	{ 0 },
};

struct list_out {
	yb_list tokens;
	yb_int next;
};

const yb_field token_list_out[] = {
	{ "tokens", YB_OF(struct list_out, tokens), YB_EACH(token_issued_out, struct issued) },
	{ "next", YB_OF(struct list_out, next), .note = "Null on the last page." },
	{ 0 },
};

const yb_field token_revoke_in[] = {
	{ "reason", YB_OF(struct token_revoke_in, reason), .flags = YB_REQUIRED, .max = 200,
	    .min = 1 },
	{ 0 },
};

/* ---- queries ---- */

const yb_query token_page = {
	.name = "token_page",
	.sql = "SELECT " ISSUED_COLUMNS " FROM token_issued WHERE org_id = ? AND actor_id < ?"
	       " ORDER BY actor_id DESC LIMIT ?",
	.row = issued_row,
	.row_size = sizeof(struct issued),
	.nparams = 3,
	.tenant = YB_ORG,
};

const yb_query token_page_anywhere = {
	.name = "token_page_anywhere",
	.sql = "SELECT " ISSUED_COLUMNS " FROM token_issued WHERE org_id = ? AND actor_id < ?"
	       " ORDER BY actor_id DESC LIMIT ?",
	.row = issued_row,
	.row_size = sizeof(struct issued),
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_field token_named_row[] = {
	{ "name", YB_OF(struct token_named, name) },
	{ 0 },
};

/* Locked with the gap behind them: two issues at once must not both find room. */
const yb_query token_active = {
	.name = "token_active",
	.sql = "SELECT name FROM token_issued WHERE org_id = ? AND status = 'ACTIVE'"
	       " AND expires_us > ? FOR UPDATE",
	.row = token_named_row,
	.row_size = sizeof(struct token_named),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query token_insert = {
	.name = "token_insert",
	.sql = "INSERT INTO token_issued (org_id, token_id, client_id, name, contact, jti_sha256,"
	       " last4, scopes, cidrs, cert_x5t, issued_by, issued_us, expires_us)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 13,
	.tenant = YB_ORG,
};

const yb_query token_by_id = {
	.name = "token_by_id",
	.sql = "SELECT " ISSUED_COLUMNS
	       " FROM token_issued WHERE org_id = ? AND token_id = ? FOR UPDATE",
	.row = issued_row,
	.row_size = sizeof(struct issued),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query token_by_id_anywhere = {
	.name = "token_by_id_anywhere",
	.sql = "SELECT " ISSUED_COLUMNS " FROM token_issued WHERE token_id = ? FOR UPDATE",
	.row = issued_row,
	.row_size = sizeof(struct issued),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query token_set_revoked = {
	.name = "token_set_revoked",
	.sql = "UPDATE token_issued AS t"
	       " JOIN (SELECT ? AS org_id) AS caller ON caller.org_id = t.org_id"
	       " SET t.status = 'REVOKED', t.revoke_reason = ?, t.revoked_by = ?, t.revoked_us = ?"
	       " WHERE t.token_id = ?",
	.nparams = 5,
	.tenant = YB_ORG,
};

const yb_query token_set_revoked_anywhere = {
	.name = "token_set_revoked_anywhere",
	.sql = "UPDATE token_issued SET status = 'REVOKED', revoke_reason = ?, revoked_by = ?,"
	       " revoked_us = ? WHERE token_id = ?",
	.nparams = 4,
	.tenant = YB_CROSS,
};

/* ---- showing ---- */

/* The states of the brief: unused, used, over, taken back. */
static void
show(yb_req *r, struct issued *t)
{
	if (!yb_str_is(t->status, "REVOKED")) {
		if (t->expires.us <= yb_now(r).us)
			t->status = YB_STR("EXPIRED");
		else if (t->first_used.us == 0)
			t->status = YB_STR("ISSUED");
	}
	t->scopes = token_words(r, t->scope_text);
	t->cidrs = token_words(r, t->cidr_text);
}

/* ---- issuing ---- */

/* Seconds from now to the end; a last day ends at midnight in Japan. -1 recorded. */
static int64_t
life_seconds(yb_req *r, const struct token_issue_in *in)
{
	int64_t most = yb_option_i64(r, "max_days"), days = most;
	int64_t end;

	if (in->expires_on.year != 0 && in->days.set)
		return yb_problem_field(r, "E-VAL-013", "/days");
	if (in->expires_on.year != 0) {
		end = (yb_date_days(in->expires_on) + 1) * 86400 - INT64_C(9) * 3600;
		end -= yb_now(r).us / 1000000;
		if (end <= 0 || end > (most + 1) * 86400)
			return yb_problem_field(r, "E-VAL-003", "/expires_on");
		return end < most * 86400 ? end : most * 86400;
	}
	if (in->days.set)
		days = in->days.v;
	return days <= most ? days * 86400 : yb_problem_field(r, "E-VAL-006", "/days");
}

bool
token_room(const yb_req *r, const yb_list *active, yb_str name, const char *most)
{
	const struct token_named *at = active->items;
	int64_t same = 0;

	for (size_t i = 0; i < active->n; i++)
		if (yb_str_eq(at[i].name, name))
			same++;
	return same < yb_option_i64(r, "per_name") && (int64_t)active->n < yb_option_i64(r, most);
}

/* At most so many valid ones of the same name, and of the organisation (E-TKN-001). */
static int
check_room(yb_req *r, yb_str name)
{
	yb_list active;

	if (yb_db_list(r, &token_active, YB_ARGS(yb_at(yb_now(r))), 10000, &active) < 0)
		return -1;
	return token_room(r, &active, name, "per_org") ? 0 : yb_problem(r, "E-TKN-001");
}

static yb_str
client_name(yb_req *r, yb_uuid id)
{
	yb_str digits = yb_hex(r, (yb_bytes) { id.b, sizeof id.b });

	return yb_format_text(r, "tok-%.*s", (int)digits.len, digits.p);
}

static int
issue_store(yb_req *r, const struct issued *t)
{
	int64_t rows;
	int rc = yb_db_exec(r, &token_insert,
	    YB_ARGS(yb_id(t->token_id), yb_text(t->client_id), yb_text(t->name),
		yb_text(t->contact), yb_blob(t->jti_sha256), yb_text(t->last4),
		yb_text(t->scope_text), yb_text(token_or_null(t->cidr_text)), yb_text(t->cert_x5t),
		yb_text(t->issued_by), yb_at(t->issued), yb_at(t->expires)),
	    &rows);

	return rc == YB_DUPLICATE ? yb_problem(r, "E-SYS-003") : rc;
}

static int
issue_sign(yb_req *r, const struct token_issue_in *in, int64_t life, struct issued *t,
    yb_str *ret_token)
{
	yb_token_claims claims = {
		.cls = YB_TOKEN_ISSUED,
		.sub = t->client_id,
		.client_id = t->client_id,
		.org = yb_who(r)->org_code,
		.scope = t->scope_text,
		.lifetime_s = life,
		.cnf_x5t_s256 = in->cert_x5t_s256,
	};
	yb_token_made made;

	if (yb_token_make(r, &claims, &made) < 0)
		return -1;
	t->jti_sha256 = made.jti_sha256;
	t->last4 = (yb_str) { made.token.p + made.token.len - 4, 4 };
	t->issued = made.iat;
	t->expires = made.exp;
	*ret_token = made.token;
	return 0;
}

/* POST /token/access-tokens - a token for a program of the organisation, shown once, H-2-1. */
int
token_issue(yb_req *r)
{
	const struct token_issue_in *in = yb_body(r);
	struct issue_out out = { 0 };
	struct issued t = {
		.name = in->name,
		.contact = in->contact,
		.cert_x5t = in->cert_x5t_s256,
		.issued_by = yb_who(r)->actor,
		.status = YB_STR("ACTIVE"),
	};
	enum yb_found found;
	yb_org org;
	int64_t life;

	if (token_check_items(r, &in->scopes, &in->cidrs,
		token_scopes_of(yb_who(r)->org_type, YB_TOKEN_ISSUED)) < 0)
		return -1;
	life = life_seconds(r, in);
	if (life < 0)
		return -1;
	found = yb_org_by_id(r, yb_who(r)->org_id, &org);
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? yb_problem(r, "E-ACC-001") : -1;
	/* A municipality without 健康管理システム has no program that could carry one. */
	if (yb_who(r)->org_type == YB_ORG_MUNI && !org.uses_hms)
		return yb_problem(r, "E-AUTH-004");
	if (check_room(r, in->name) < 0)
		return -1;
	t.token_id = yb_uuid_new();
	t.client_id = client_name(r, t.token_id);
	t.scope_text = token_joined(r, &in->scopes);
	t.cidr_text = token_joined(r, &in->cidrs);
	if (issue_sign(r, in, life, &t, &out.token) < 0 || issue_store(r, &t) < 0)
		return -1;
	yb_audit_target(r, "token", t.client_id);
	yb_audit_purpose(r, (yb_str) { NULL, 0 },
	    yb_format_text(r, "last4 %.*s scopes %.*s cidrs %.*s", (int)t.last4.len, t.last4.p,
		(int)t.scope_text.len, t.scope_text.p, (int)t.cidr_text.len, t.cidr_text.p));
	show(r, &t);
	out.issued.p = &t;
	return yb_reply_record(r, 201, token_issue_out, &out);
}

/* A page of the own organisation's tokens, or of `org`. */
static int
page_read(yb_req *r, const yb_org *org, int64_t after, size_t n, yb_list *ret)
{
	yb_value most = yb_i64((int64_t)n);

	if (org == NULL)
		return yb_db_list(r, &token_page, YB_ARGS(yb_i64(after), most), n, ret);
	return yb_db_list(r, &token_page_anywhere, YB_ARGS(yb_i64(org->org_id), yb_i64(after), most),
	    n, ret);
}

static int
list_of(yb_req *r, const yb_org *org)
{
	const struct token_list_in *in = yb_params(r);
	size_t limit = in->limit.set ? (size_t)in->limit.v : 50;
	int64_t after = in->after.set ? in->after.v : INT64_MAX;
	struct list_out out = { 0 };
	struct issued *tokens;

	if (page_read(r, org, after, limit + 1, &out.tokens) < 0)
		return -1;
	tokens = out.tokens.items;
	if (yb_page_cut(&out.tokens, limit))
		out.next = (yb_int) { tokens[limit - 1].actor_id, true };
	for (size_t i = 0; i < out.tokens.n; i++)
		show(r, &tokens[i]);
	return yb_reply_record(r, 200, token_list_out, &out);
}

/* GET /token/access-tokens - tokens of the own organisation, newest first, H-2-1. */
int
token_list(yb_req *r)
{
	return list_of(r, NULL);
}

/*
 * GET /token/organisations/{org_code}/access-tokens - the same of any organisation, for
 * 国保中央会, which may end them; for others only their own, H-2-1.
 */
int
token_list_organisation(yb_req *r)
{
	enum yb_found found;
	yb_org org;

	if (!token_by_centre(r) && !yb_str_eq(yb_path(r, "org_code"), yb_who(r)->org_code))
		return yb_problem(r, "E-AUTH-005");
	found = yb_org_by_code(r, yb_path(r, "org_code"), &org);
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? yb_problem(r, "E-AUTH-005") : -1;
	yb_audit_target(r, "organisation", org.org_code);
	return list_of(r, &org);
}

/* ---- revoking ---- */

static int
revoke_store(yb_req *r, bool anywhere, yb_str reason, struct issued *t)
{
	yb_value by = yb_text(yb_who(r)->actor), now = yb_at(yb_now(r));
	int64_t rows = 0;
	int rc = anywhere
	    ? yb_db_exec(r, &token_set_revoked_anywhere,
		  YB_ARGS(yb_text(reason), by, now, yb_id(t->token_id)), &rows)
	    : yb_db_exec(r, &token_set_revoked,
		  YB_ARGS(yb_text(reason), by, now, yb_id(t->token_id)), &rows);

	if (rc != 0 || rows != 1)
		return rc < 0 ? -1 : yb_problem(r, "E-SYS-003");
	t->status = YB_STR("REVOKED");
	t->revoke_reason = reason;
	t->revoked = yb_now(r);
	return yb_token_revoke(r, YB_REVOKE_JTI, t->jti_sha256, t->expires);
}

/*
 * POST /token/access-tokens/{token_id}/revoke - ends a token within seconds, H-2-1. KC-A
 * may end any. A token already revoked stays as it is.
 */
int
token_revoke_issued(yb_req *r)
{
	const struct token_revoke_in *in = yb_body(r);
	bool anywhere = token_by_centre(r);
	struct issued t;
	yb_uuid id;
	int rc;

	if (!yb_uuid_parse(yb_path(r, "token_id"), &id))
		return yb_problem(r, "E-AUTH-005");
	rc = anywhere ? yb_db_find(r, &token_by_id_anywhere, YB_ARGS(yb_id(id)), &t)
		      : yb_db_find(r, &token_by_id, YB_ARGS(yb_id(id)), &t);
	if (rc < 0)
		return -1;
	yb_audit_target(r, "token", t.client_id);
	yb_audit_purpose(r, (yb_str) { NULL, 0 },
	    yb_format_text(r, "last4 %.*s: %.*s", (int)t.last4.len, t.last4.p, (int)in->reason.len,
		in->reason.p));
	if (!yb_str_is(t.status, "REVOKED") && revoke_store(r, anywhere, in->reason, &t) < 0)
		return -1;
	show(r, &t);
	return yb_reply_record(r, 200, token_issued_out, &t);
}
