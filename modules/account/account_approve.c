/*
 * account_approve.c - the second pair of eyes on a first administrator (vaccination brief 13
 * H-1-1; security 9.10).
 *
 * Who decides is another person than the maker, not merely another account. The decision names
 * the SHA-256 of what was read; everything the application promised is looked at again.
 */
#include "account_admin.h"

#include <string.h>

const yb_field account_decide_in[] = {
	{ "decision", YB_OF(struct account_decide_in, decision), .flags = YB_REQUIRED,
	    .one_of = "APPROVE,REJECT" },
	{ "comment", YB_OF(struct account_decide_in, comment), .max = 200, .min = 1,
	    .note = "Needed for REJECT." },
	{ "sha256", YB_OF(struct account_decide_in, sha256), .flags = YB_REQUIRED, .max = 64,
	    .min = 64, .note = "As the application was shown." },
	{ 0 },
};

/* The application alone is locked, not the rows it is shown with. */
const yb_query account_application_locked = {
	.name = "account_application_locked",
	.sql = "SELECT application_id AS n FROM account_application WHERE application_no = ?"
	       " FOR UPDATE",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query account_application_decided = {
	.name = "account_application_decided",
	.sql = "UPDATE account_application SET state = ?, approver_id = ?, approver_person = ?,"
	       " decided_us = ?, comment = ?, issued_actor_id = ?"
	       " WHERE application_id = ? AND state = 'WAITING'",
	.nparams = 7,
	.tenant = YB_CROSS,
};

/* Over, by the maker, or not what was read. */
static int
decide_check(yb_req *r, const struct account_decide_in *in, const struct account_user *self,
    const struct account_application *a)
{
	if (!yb_str_is(a->state, "WAITING"))
		return yb_problem(r, "E-ACC-021");
	if (a->maker_id == self->actor_id ||
	    memcmp(a->maker_person.b, self->person_id.b, sizeof a->maker_person.b) == 0)
		return yb_problem(r, "E-ACC-020");
	if (!yb_str_eq(a->sha256_hex, in->sha256))
		return yb_problem_field(r, "E-ACC-005", "/sha256");
	if (yb_str_is(in->decision, "REJECT") && in->comment.p == NULL)
		return yb_problem_field(r, "E-VAL-001", "/comment");
	return 0;
}

/* The account, behind the row of its organisation. */
static int
issue(yb_req *r, const struct account_application *a, struct account_user *u)
{
	enum yb_org_type type = yb_org_type_of(a->org_type);
	struct account_new n = {
		.org_id = a->org_id,
		.role = account_admin_role(type),
		.is_admin = account_role_is_admin(account_admin_role(type)),
		.restricted_view = type == YB_ORG_MUNI,
		.self_reset = true,
		.name = a->name,
		.name_kana = a->name_kana,
		.department = a->department,
		.mail = a->mail,
		.phone = a->phone,
	};
	struct account_issued out = { 0 };
	struct account_secret secret;
	yb_org org = { 0 };
	int has;

	if (account_secret_make(r, &secret) < 0 || account_lock_org(r, a->org_id) < 0)
		return -1;
	if (yb_org_by_id(r, a->org_id, &org) != YB_ONE_ROW || !org.open_today)
		return yb_problem(r, "E-VAL-012");
	has = account_has_admin(r, a->org_id);
	if (has == 1 && !yb_str_is(a->reason, "NO_ADMIN"))
		return yb_problem(r, "E-ACC-002");
	if (has < 0 || account_room(r, a->org_id, type, 1) < 0 ||
	    account_insert_new(r, &n, secret.phc, secret.until, u) < 0)
		return -1;
	yb_audit_also(r, YB_ACT_CREATE, "user", u->user_id);
	return account_secret_deliver(r, u, &secret, a->paper ? YB_STR("PAPER") : YB_STR("MAIL"),
	    &out);
}

static int
decide_store(yb_req *r, const struct account_decide_in *in, const struct account_user *self,
    const struct account_application *a, const struct account_user *u)
{
	bool approved = u->actor_id != 0;
	int64_t rows = account_exec(r, &account_application_decided,
	    YB_ARGS(yb_text(approved ? YB_STR("ISSUED") : YB_STR("REJECTED")),
		yb_i64(self->actor_id), yb_id(self->person_id), yb_at(yb_now(r)),
		yb_text(in->comment), approved ? yb_i64(u->actor_id) : yb_null(),
		yb_i64(a->application_id)));

	if (rows != 1)
		return rows < 0 ? -1 : yb_problem(r, "E-ACC-021");
	if (!approved &&
	    account_exec(r, &account_org_set_onboarding,
		YB_ARGS(yb_text(YB_STR("未申請")), yb_at(yb_now(r)), yb_i64(a->org_id))) < 0)
		return -1;
	yb_audit_action(r, approved ? YB_ACT_APPROVE : YB_ACT_REJECT);
	yb_audit_purpose(r, (yb_str) { 0 },
	    approved ? yb_format_text(r, "issued %.*s", (int)u->user_id.len, u->user_id.p)
		     : in->comment);
	return 0;
}

/* POST /account/applications/{application_no}/decision - approves or rejects, H-1-1. */
int
account_decide(yb_req *r)
{
	const struct account_decide_in *in = yb_body(r);
	yb_value no = yb_text(yb_path(r, "application_no"));
	struct account_user self, u = { 0 };
	struct account_counted locked;
	struct account_application a;

	if (yb_db_find(r, &account_application_locked, YB_ARGS(no), &locked) < 0 ||
	    yb_db_find(r, &account_application_by_no, YB_ARGS(no), &a) < 0 ||
	    yb_db_find(r, &account_self, YB_NO_ARGS, &self) < 0)
		return -1;
	yb_audit_target(r, "application", a.application_no);
	account_application_show(r, &a, &self);
	if (decide_check(r, in, &self, &a) < 0)
		return -1;
	if (yb_str_is(in->decision, "APPROVE") && issue(r, &a, &u) < 0)
		return -1;
	if (decide_store(r, in, &self, &a, &u) < 0 ||
	    yb_db_find(r, &account_application_by_no, YB_ARGS(no), &a) < 0)
		return -1;
	account_application_show(r, &a, &self);
	return yb_reply_record(r, 200, account_application_out, &a);
}
