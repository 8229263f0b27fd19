/*
 * token_closed.c - what becomes of an organisation's tokens and programs when it is closed
 * (vaccination brief 13 H-8-4 step 5), or merged into another (H-8-6).
 *
 * No token of a closed organisation counts from the first moment: core_org says so. Here that
 * is written down, told, and made final, in case the organisation opens again under its code.
 * A merged municipality's programs go on under the new one; tokens name the old one and end.
 */
#include "token.h"

#define YEAR_US (INT64_C(366) * 86400 * 1000000)

struct closed {
	int64_t org_id;
	yb_int new_org_id;
	yb_str org_code, name;
};

static const yb_field closed_row[] = {
	{ "org_id", YB_OF(struct closed, org_id) },
	{ "new_org_id", YB_OF(struct closed, new_org_id) },
	{ "org_code", YB_OF(struct closed, org_code) },
	{ "name", YB_OF(struct closed, name) },
	{ 0 },
};

/* The first of an organisation's; EXISTS would gather those of all organisations first. */
#define HAS_SOME                                                                               \
	" ((SELECT t.org_id FROM token_issued t WHERE t.org_id = o.org_id"                     \
	"   AND t.status = 'ACTIVE' LIMIT 1) IS NOT NULL"                                      \
	"  OR (SELECT c.org_id FROM token_client c WHERE c.org_id = o.org_id"                  \
	"   AND (c.status = 'ACTIVE' OR m.new_org_id IS NOT NULL) LIMIT 1) IS NOT NULL)"

/* Closed by its last day; of a merger also what was stopped moves. */
const yb_query token_closed_next = {
	.name = "token_closed_next",
	.sql = "SELECT o.org_id, m.new_org_id, o.org_code, o.name"
	       " FROM core_org o FORCE INDEX (valid_to)"
	       " LEFT JOIN master_moving_view m ON m.old_org_id = o.org_id"
	       " WHERE o.valid_to < ? AND" HAS_SOME " ORDER BY o.org_id LIMIT 1",
	.row = closed_row,
	.row_size = sizeof(struct closed),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query token_closed_issued = {
	.name = "token_closed_issued",
	.sql = "UPDATE token_issued SET status = 'REVOKED', revoke_reason = ?, revoked_us = ?"
	       " WHERE org_id = ? AND status = 'ACTIVE'",
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query token_closed_clients = {
	.name = "token_closed_clients",
	.sql = "UPDATE token_client SET status = 'DISABLED', status_reason = ?, status_us = ?,"
	       " row_ver = row_ver + 1, updated_us = ? WHERE org_id = ? AND status = 'ACTIVE'",
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query token_moved_clients = {
	.name = "token_moved_clients",
	.sql = "UPDATE token_client SET org_id = ?, row_ver = row_ver + 1, updated_us = ?"
	       " WHERE org_id = ?",
	.nparams = 3,
	.tenant = YB_CROSS,
};

struct recipient {
	yb_str mail;
};

static const yb_field recipient_row[] = {
	{ "mail", YB_OF(struct recipient, mail) },
	{ 0 },
};

/* Administrators, where they are now, and whoever issued one that ends. */
const yb_query token_closed_recipients = {
	.name = "token_closed_recipients",
	.sql = "SELECT DISTINCT mail FROM token_recipient"
	       " WHERE org_id IN (?, ?) AND is_admin = 1"
	       " UNION SELECT u.mail FROM token_issued t JOIN token_recipient u"
	       "  ON u.user_id = t.issued_by WHERE t.org_id = ? AND t.status = 'ACTIVE'"
	       " ORDER BY mail LIMIT 50",
	.row = recipient_row,
	.row_size = sizeof(struct recipient),
	.nparams = 3,
	.tenant = YB_CROSS,
};

static int
tell(yb_req *r, const struct closed *o, const yb_list *to)
{
	yb_date last = yb_date_add_days(yb_today(r), -1);

	for (size_t i = 0; i < to->n; i++)
		if (yb_mail(r, "tokens-closed", ((const struct recipient *)to->items)[i].mail,
			YB_MAIL_WORDS({ "org_name", o->name }, { "org_code", o->org_code },
			    { "day", yb_format_text(r, "%d年%d月%d日", last.year, last.month,
				last.day) })) < 0)
			return -1;
	return 0;
}

static int
count(yb_req *r, const char *what, int rc, int64_t rows)
{
	yb_run_count(r, what, rows);
	return rc == 0 ? 0 : -1;
}

static int
clients_end(yb_req *r, const struct closed *o, yb_str why)
{
	yb_value now = yb_at(yb_now(r)), id = yb_i64(o->org_id);
	int64_t rows = 0;
	int rc;

	if (o->new_org_id.set) {
		rc = yb_db_exec(r, &token_moved_clients,
		    YB_ARGS(yb_i64(o->new_org_id.v), now, id), &rows);
		return count(r, "moved", rc, rows);
	}
	rc = yb_db_exec(r, &token_closed_clients, YB_ARGS(yb_text(why), now, now, id), &rows);
	return count(r, "stopped", rc, rows);
}

static int
organisation_end(yb_req *r, const struct closed *o)
{
	yb_str why = o->new_org_id.set ? YB_STR("合併") : YB_STR("組織の廃止");
	yb_bytes code = { (const unsigned char *)o->org_code.p, o->org_code.len };
	yb_value id = yb_i64(o->org_id);
	int64_t rows = 0;
	yb_list to;
	int rc;

	if (yb_db_list(r, &token_closed_recipients,
		YB_ARGS(id, o->new_org_id.set ? yb_i64(o->new_org_id.v) : id, id), 50, &to) < 0)
		return -1;
	rc = yb_db_exec(r, &token_closed_issued, YB_ARGS(yb_text(why), yb_at(yb_now(r)), id),
	    &rows);
	if (count(r, "revoked", rc, rows) < 0 || clients_end(r, o, why) < 0 ||
	    yb_token_revoke(r, YB_REVOKE_ORG, code, (yb_time) { yb_now(r).us + YEAR_US }) < 0)
		return -1;
	yb_audit_action(r, YB_ACT_REVOKE);
	yb_audit_target(r, "organisation", o->org_code);
	yb_audit_purpose(r, (yb_str) { NULL, 0 }, why);
	return tell(r, o, &to);
}

/* Timer token.closed, an organisation a step. */
int
token_closed(yb_req *r)
{
	struct closed o;
	enum yb_found found =
	    yb_db_one(r, &token_closed_next, YB_ARGS(yb_day(yb_today(r))), &o);

	if (found != YB_ONE_ROW || yb_run_dry(r))
		return found == YB_DB_FAILED ? -1 : 0;
	yb_run_again(r);
	return organisation_end(r, &o);
}
