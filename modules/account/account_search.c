/*
 * account_search.c - organisations as 国保中央会 looks for them (vaccination brief 13 H-1-1,
 * 組織検索), and accounts that may belong to the same person.
 */
#include "account_admin.h"

#include <string.h>

/* ---- shapes ---- */

const yb_field account_orgs_in[] = {
	{ "org_code", YB_OF(struct account_orgs_in, org_code), .max = 10 },
	{ "org_type", YB_OF(struct account_orgs_in, org_type),
	    .one_of = "NHIC,NHIF,MHLW,MUNI,HMI,NMI,OPS" },
	{ "q", YB_OF(struct account_orgs_in, q), .max = 80, .min = 1,
	    .note = "A part of the name or its kana." },
	{ "after", YB_OF(struct account_orgs_in, after), .max = 10 },
	{ "limit", YB_OF(struct account_orgs_in, limit), .min = 1, .max = 200, .note = "50." },
	{ 0 },
};

struct org_row {
	int64_t org_id;
	yb_str org_code, org_type, name, pref_code, onboarding;
	yb_date valid_from, valid_to;
	int64_t admins, waiting;
	bool every_account;
};

static const yb_field org_row[] = {
	{ "org_id", YB_OF(struct org_row, org_id) },
	{ "org_code", YB_OF(struct org_row, org_code) },
	{ "org_type", YB_OF(struct org_row, org_type) },
	{ "name", YB_OF(struct org_row, name) },
	{ "pref_code", YB_OF(struct org_row, pref_code) },
	{ "onboarding", YB_OF(struct org_row, onboarding) },
	{ "valid_from", YB_OF(struct org_row, valid_from) },
	{ "valid_to", YB_OF(struct org_row, valid_to) },
	{ "admins", YB_OF(struct org_row, admins) },
	{ "waiting", YB_OF(struct org_row, waiting) },
	{ 0 },
};

static const yb_field org_out[] = {
	{ "org_code", YB_OF(struct org_row, org_code) },
	{ "org_type", YB_OF(struct org_row, org_type) },
	{ "name", YB_OF(struct org_row, name) },
	{ "pref_code", YB_OF(struct org_row, pref_code) },
	{ "onboarding", YB_OF(struct org_row, onboarding) },
	{ "valid_from", YB_OF(struct org_row, valid_from) },
	{ "valid_to", YB_OF(struct org_row, valid_to) },
	{ "admins", YB_OF(struct org_row, admins), .note = "Administrators who can be asked." },
	{ "waiting", YB_OF(struct org_row, waiting), .note = "Applications not decided yet." },
	{ "every_account", YB_OF(struct org_row, every_account),
	    .note = "It has no administrators: each of its accounts is applied for." },
	{ 0 },
};

struct orgs_out {
	yb_list organisations;
	yb_str next;
};

const yb_field account_orgs_out[] = {
	{ "organisations", YB_OF(struct orgs_out, organisations),
	    YB_EACH(org_out, struct org_row) },
	{ "next", YB_OF(struct orgs_out, next), .note = "Null on the last page." },
	{ 0 },
};

/* ---- queries ---- */

const yb_query account_org_page = {
	.name = "account_org_page",
	.sql = "SELECT o.org_id, o.org_code, o.org_type, o.name, o.pref_code, o.onboarding,"
	       " o.valid_from, o.valid_to, (SELECT COUNT(*) FROM account_user u"
	       "  WHERE u.org_id = o.org_id AND " ACCOUNT_REACHED " AND u.status IN ('TEMP', 'ACTIVE'))"
	       " AS admins, (SELECT COUNT(*) FROM account_application a"
	       "  WHERE a.org_id = o.org_id AND a.state = 'WAITING' AND a.expires_us > ?)"
	       " AS waiting FROM core_org o WHERE o.org_code > ?"
	       " AND o.org_type NOT IN ('MNP', 'INSURER')"
	       " AND (? IS NULL OR o.org_code = ?) AND (? IS NULL OR o.org_type = ?)"
	       " AND (? IS NULL OR LOCATE(?, o.name) > 0 OR LOCATE(?, o.name_kana) > 0)"
	       " ORDER BY o.org_code LIMIT ?",
	.row = org_row,
	.row_size = sizeof(struct org_row),
	.nparams = 10,
	.tenant = YB_CROSS,
};

struct similar_row {
	yb_str user_id, name, name_kana, role, status, mail;
};

static const yb_field similar_row[] = {
	{ "user_id", YB_OF(struct similar_row, user_id) },
	{ "name", YB_OF(struct similar_row, name) },
	{ "name_kana", YB_OF(struct similar_row, name_kana) },
	{ "role", YB_OF(struct similar_row, role) },
	{ "status", YB_OF(struct similar_row, status) },
	{ "mail", YB_OF(struct similar_row, mail) },
	{ 0 },
};

#define SIMILAR                                                                                \
	"SELECT user_id, name, name_kana, role, status, LOWER(mail) AS mail FROM account_user" \
	" WHERE org_id = ? AND status <> 'DELETED' AND (LOWER(mail) = LOWER(?)"                \
	"  OR name_kana = ?) ORDER BY actor_id LIMIT 10"

const yb_query account_similar = {
	.name = "account_similar",
	.sql = SIMILAR,
	.row = similar_row,
	.row_size = sizeof(struct similar_row),
	.nparams = 3,
	.tenant = YB_ORG,
};

const yb_query account_similar_anywhere = {
	.name = "account_similar_anywhere",
	.sql = SIMILAR,
	.row = similar_row,
	.row_size = sizeof(struct similar_row),
	.nparams = 3,
	.tenant = YB_CROSS,
};

/* ---- looking ---- */

int
account_similar_find(yb_req *r, int64_t org_id, yb_str mail, yb_str name_kana, yb_list *ret)
{
	yb_value address = yb_text(mail), kana = yb_text(name_kana);
	struct account_similar *out;
	yb_list rows;
	int rc = org_id == yb_who(r)->org_id
	    ? yb_db_list(r, &account_similar, YB_ARGS(address, kana), 10, &rows)
	    : yb_db_list(r, &account_similar_anywhere, YB_ARGS(yb_i64(org_id), address, kana), 10,
		  &rows);

	if (rc < 0)
		return -1;
	out = yb_alloc(r, (rows.n + 1) * sizeof *out);
	for (size_t i = 0; i < rows.n; i++) {
		const struct similar_row *row = &((struct similar_row *)rows.items)[i];

		out[i] = (struct account_similar) { row->user_id, row->name, row->role, row->status,
			mail.p != NULL && row->mail.len == mail.len &&
			    strncasecmp(row->mail.p, mail.p, mail.len) == 0,
			yb_str_eq(row->name_kana, name_kana) };
	}
	*ret = (yb_list) { out, rows.n };
	return 0;
}

/* GET /account/organisations - 組織検索, H-1-1. */
int
account_orgs(yb_req *r)
{
	const struct account_orgs_in *in = yb_params(r);
	size_t limit = in->limit.set ? (size_t)in->limit.v : 50;
	yb_str kana = in->q.p == NULL ? in->q : yb_kana(r, in->q);
	struct orgs_out out = { 0 };
	struct org_row *rows;

	if (yb_db_list(r, &account_org_page,
		YB_ARGS(yb_at(yb_now(r)), yb_text(in->after.p == NULL ? YB_STR("") : in->after),
		    yb_text(in->org_code), yb_text(in->org_code), yb_text(in->org_type),
		    yb_text(in->org_type), yb_text(in->q), yb_text(in->q), yb_text(kana),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &out.organisations) < 0)
		return -1;
	if (yb_page_cut(&out.organisations, limit))
		out.next = ((struct org_row *)out.organisations.items)[limit - 1].org_code;
	rows = out.organisations.items;
	for (size_t i = 0; i < out.organisations.n; i++)
		rows[i].every_account = account_role_of_centre(
		    account_admin_role(yb_org_type_of(rows[i].org_type)));
	return yb_reply_record(r, 200, account_orgs_out, &out);
}
