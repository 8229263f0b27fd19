/*
 * flow.c - from hand to hand: hand in, approve, reject, withdraw, take back (H-8 states M).
 *
 * Whoever approves says which difference was looked at, by its hash; if it is not the one that
 * would be carried out, nothing is.
 */
#include "master.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)

const yb_field approve_in[] = {
	{ "diff_hash", YB_OF(struct approve_in, diff_hash), .flags = YB_REQUIRED, .max = 64, .min = 64,
	    .note = "`diff_hash` of the change as it was shown." },
	{ "comment", YB_OF(struct approve_in, comment), .max = 200, .min = 1 },
	{ 0 },
};

const yb_field reason_in[] = {
	{ "reason", YB_OF(struct reason_in, reason), .flags = YB_REQUIRED, .max = 200, .min = 1 },
	{ 0 },
};

const yb_query q_approval_insert = {
	.name = "master_approval_insert",
	.sql = "INSERT INTO master_approval (change_id, actor_id, user_id, org_id, part, diff_hash,"
	       " at_us) VALUES (?, ?, ?, ?, ?, ?, ?)",
	.nparams = 7,
	.tenant = YB_CROSS,
};

struct parts {
	int64_t own, nhic, muni;
};

static const yb_field parts_row[] = {
	{ "own", YB_OF(struct parts, own) },
	{ "nhic", YB_OF(struct parts, nhic) },
	{ "muni", YB_OF(struct parts, muni) },
	{ 0 },
};

const yb_query q_approvals = {
	.name = "master_approvals",
	.sql = "SELECT CAST(COALESCE(SUM(part = 'OWN'), 0) AS SIGNED) AS own,"
	       " CAST(COALESCE(SUM(part = 'NHIC'), 0) AS SIGNED) AS nhic,"
	       " CAST(COALESCE(SUM(part = 'MUNI'), 0) AS SIGNED) AS muni"
	       " FROM master_approval WHERE change_id = ?",
	.row = parts_row,
	.row_size = sizeof(struct parts),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* Before it counted: what it would have taken over from goes on as before. */
const yb_query q_restore_base = {
	.name = "master_restore_base",
	.sql = "UPDATE master_version AS o JOIN master_version AS n ON n.replaces = o.version_id"
	       " SET o.valid_to = n.replaced_to,"
	       " o.status = IF(o.status = 'EXPIRED', 'EFFECTIVE', o.status)"
	       " WHERE n.change_id = ? AND n.op <> 'DELETE'",
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct later {
	int64_t n;
};

static const yb_field later_row[] = {
	{ "n", YB_OF(struct later, n) },
	{ 0 },
};

/*
 * Whether something already stands on this change, it deleted what cannot come back, or another
 * version counts in the days that would be given back to the one before.
 */
const yb_query q_built_on = {
	.name = "master_built_on",
	.sql = "SELECT COUNT(*) AS n FROM master_version AS n"
	       " LEFT JOIN master_version AS o ON o.version_id = n.replaces"
	       " LEFT JOIN master_version AS l ON l.key_id = n.key_id AND l.version_id <> n.version_id"
	       "  AND l.change_id <> n.change_id AND (l.pending = 1"
	       "  OR (l.status IN ('APPROVED', 'EFFECTIVE', 'EXPIRED') AND (l.replaces = n.version_id"
	       "   OR (l.op IN ('NEW', 'REVISE') AND l.valid_from > o.valid_from"
	       "   AND (n.replaced_to IS NULL OR l.valid_from <= n.replaced_to)))))"
	       " WHERE n.change_id = ? AND (l.version_id IS NOT NULL OR n.op = 'DELETE')",
	.row = later_row,
	.row_size = sizeof(struct later),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* ---- handing in ---- */

int
change_hand_in(yb_req *r, const struct table *t, struct change *c)
{
	if (change_rules(r, t, c) < 0 || change_needs(r, t, c) < 0 ||
	    change_hash(r, c->change_id, &c->diff_hash) < 0)
		return -1;
	c->diff_hex = yb_hex(r, c->diff_hash);
	c->submitted = yb_now(r);
	if (c->need_own == 0 && c->need_nhic == 0 && !c->need_muni.set)
		return change_take_over(r, t, c);
	if (versions_set(r, c->change_id, "PENDING", true) < 0)
		return -1;
	return change_set(r, c, "PENDING");
}

static void
audit_hash(yb_req *r, const struct change *c)
{
	yb_audit_target(r, yb_format_text(r, "master:%.*s", (int)c->master.len, c->master.p).p,
	    c->diff_hex);
}

/* POST /master/changes/{change_id}/submit - the draft goes to whoever approves. */
int
change_submit(yb_req *r)
{
	const struct table *t;
	struct change_new head;
	struct change c;

	if (change_open(r, &c, &t) < 0)
		return -1;
	if (!change_is_ours(r, &c))
		return yb_problem(r, "E-AUTH-005");
	if (!has_role(r, t->edit))
		return yb_problem(r, "E-AUTH-004");
	if (yb_if_match(r, c.row_ver) < 0)
		return -1;
	if (!yb_str_is(c.status, "DRAFT"))
		return yb_problem(r, "E-ACC-005");
	head = (struct change_new) { c.kind, c.reason, c.legal_ref, c.ticket_no, c.valid_from };
	if (change_head_check(r, t, &head) < 0 || change_hand_in(r, t, &c) < 0)
		return -1;
	audit_hash(r, &c);
	return change_reply(r, 200, c.change_id);
}

/* ---- approving ---- */

/* As whom the caller may speak on this change; NULL: not at all. */
static const char *
part_of(const yb_req *r, const struct table *t, const struct change *c)
{
	const yb_caller *who = yb_who(r);

	if (c->need_own > 0 && change_is_ours(r, c) && has_role(r, t->approve))
		return "OWN";
	if (c->need_nhic > 0 && who->org_type == YB_ORG_NHIC && has_role(r, "KC-A"))
		return "NHIC";
	if (c->need_muni.set && c->need_muni.v == who->org_id && has_role(r, "MU-A"))
		return "MUNI";
	return NULL;
}

/* Who may decide on a change that waits, and is not its maker; to approve, nor an approver. */
static int
decide_open(yb_req *r, bool approves, struct change *c, const struct table **t,
    const char **ret_part)
{
	int same;

	if (change_open(r, c, t) < 0)
		return -1;
	*ret_part = part_of(r, *t, c);
	if (*ret_part == NULL)
		return yb_problem(r, "E-AUTH-004");
	same = hands_same(r, c->change_id, approves);
	if (same != 0)
		return same < 0 ? -1 : yb_problem(r, "E-MST-005");
	if (baseline_ready(r, *t) < 0)
		return -1;
	return yb_str_is(c->status, "PENDING") ? 0 : yb_problem(r, "E-ACC-005");
}

/*
 * The first day that an approval of today can give: those whom a rule of the country concerns
 * hear of it when it is approved, and have the cool-off to prepare (H-8-3 step 4).
 */
static yb_date
first_day(const yb_req *r, const struct table *t, const struct change *c)
{
	if (yb_str_is(c->kind, "EMERGENCY")) /* handed in before midnight, and the second word after it */
		return yb_date_add_days(yb_today(r), -1);
	if (t->from != FROM_COOL_OFF)
		return yb_today(r);
	return yb_date_add_days(yb_today(r), yb_option_i64(r, "cool_off_days"));
}

/* What was looked at is what would be carried out, now that the book is ours. */
static int
same_difference(yb_req *r, const struct table *t, const struct change *c, yb_str seen)
{
	yb_bytes now;

	if (!yb_str_eq(seen, c->diff_hex))
		return yb_problem_field(r, "E-ACC-005", "/diff_hash");
	if (yb_date_cmp(c->valid_from, first_day(r, t, c)) < 0)
		return yb_problem_field(r, "E-VAL-003", "/valid_from");
	if (change_rules(r, t, c) < 0 || change_hash(r, c->change_id, &now) < 0)
		return -1;
	if (!yb_str_eq(yb_hex(r, now), c->diff_hex))
		return yb_problem_field(r, "E-ACC-005", "/diff_hash");
	return 0;
}

static int
approval_add(yb_req *r, const struct change *c, const char *part, struct parts *ret)
{
	const yb_caller *who = yb_who(r);
	int64_t rows;
	int rc = yb_db_exec(r, &q_approval_insert,
	    YB_ARGS(yb_i64(c->change_id), yb_i64(who->actor_id), yb_text(who->actor),
		yb_i64(who->org_id), yb_text(yb_cstr(part)), yb_blob(c->diff_hash),
		yb_at(yb_now(r))),
	    &rows);

	if (rc == YB_DUPLICATE) /* two approvers are two people */
		return yb_problem(r, "E-MST-005");
	if (rc < 0)
		return -1;
	return yb_db_find(r, &q_approvals, YB_ARGS(yb_i64(c->change_id)), ret);
}

/* POST /master/changes/{change_id}/approve - APPROVED, and EFFECTIVE on its day. */
int
change_approve(yb_req *r)
{
	const struct approve_in *in = yb_body(r);
	const struct table *t;
	const char *part;
	struct parts parts = { 0 };
	struct change c;

	if (decide_open(r, true, &c, &t, &part) < 0 || same_difference(r, t, &c, in->diff_hash) < 0 ||
	    approval_add(r, &c, part, &parts) < 0)
		return -1;
	c.decided = yb_now(r);
	c.decided_user = yb_who(r)->actor;
	c.decided_text = in->comment;
	if (parts.own < c.need_own || parts.nhic < c.need_nhic ||
	    (c.need_muni.set && parts.muni == 0)) {
		c.decided.us = 0; /* the next approver's word is still missing */
		if (change_set(r, &c, "PENDING") < 0)
			return -1;
	} else if (change_take_over(r, t, &c) < 0) {
		return -1;
	}
	return change_reply(r, 200, c.change_id);
}

/* POST /master/changes/{change_id}/reject - back to its maker, with the reason. */
int
change_reject(yb_req *r)
{
	const struct reason_in *in = yb_body(r);
	const struct table *t;
	const char *part;
	struct change c;

	if (decide_open(r, false, &c, &t, &part) < 0)
		return -1;
	c.decided = yb_now(r);
	c.decided_user = yb_who(r)->actor;
	c.decided_text = in->reason;
	if (versions_set(r, c.change_id, "REJECTED", false) < 0 || change_set(r, &c, "REJECTED") < 0)
		return -1;
	return change_reply(r, 200, c.change_id);
}

/* ---- taking back ---- */

static int
unbuilt(yb_req *r, const struct change *c)
{
	struct later later = { 0 };

	if (yb_db_find(r, &q_built_on, YB_ARGS(yb_i64(c->change_id)), &later) < 0)
		return -1;
	return later.n == 0 ? 0 : yb_problem(r, "E-MST-003");
}

/* POST /master/changes/{change_id}/withdraw - by its maker's organisation, before it counts. */
int
change_withdraw(yb_req *r)
{
	const struct reason_in *in = yb_body(r);
	const struct table *t;
	struct change c;
	bool approved;

	if (change_open(r, &c, &t) < 0)
		return -1;
	if (!change_is_ours(r, &c))
		return yb_problem(r, "E-AUTH-005");
	if (!has_role(r, t->edit))
		return yb_problem(r, "E-AUTH-004");
	approved = yb_str_is(c.status, "APPROVED") && yb_date_cmp(c.valid_from, yb_today(r)) > 0;
	if (!approved && !yb_str_is(c.status, "PENDING"))
		return yb_problem(r, "E-ACC-005");
	if (approved &&
	    (unbuilt(r, &c) < 0 || exec(r, &q_restore_base, YB_ARGS(yb_i64(c.change_id))) < 0 ||
		book_moved(r, t, c.owner_id) < 0))
		return -1;
	c.decided_user = yb_who(r)->actor;
	c.decided_text = in->reason;
	if (versions_set(r, c.change_id, "WITHDRAWN", false) < 0 ||
	    change_set(r, &c, "WITHDRAWN") < 0)
		return -1;
	return change_reply(r, 200, c.change_id);
}

/* POST /master/changes/{change_id}/rollback - to the former version, within a day, H-8-6. */
int
change_rollback(yb_req *r)
{
	const struct reason_in *in = yb_body(r);
	const struct table *t;
	struct change c;
	int64_t after = 0;

	if (change_open(r, &c, &t) < 0)
		return -1;
	if (!change_is_ours(r, &c))
		return yb_problem(r, "E-AUTH-005");
	if ((t->flags & TABLE_ROLLBACK) == 0 || !has_role(r, t->approve))
		return yb_problem(r, "E-AUTH-004");
	if (!yb_str_is(c.status, "EFFECTIVE") || c.n_rows >= FOLLOW_PAGE ||
	    yb_now(r).us - c.effective.us > yb_option_i64(r, "rollback_hours") * (DAY_US / 24))
		return yb_problem(r, "E-MST-006");
	if (unbuilt(r, &c) < 0 || exec(r, &q_restore_base, YB_ARGS(yb_i64(c.change_id))) < 0 ||
	    versions_set(r, c.change_id, "ROLLED_BACK", false) < 0)
		return -1;
	c.decided = yb_now(r);
	c.decided_user = yb_who(r)->actor;
	c.decided_text = in->reason;
	if (change_set(r, &c, "ROLLED_BACK") < 0 ||
	    typed_follow(r, t, c.change_id, yb_today(r), &after) < 0 || book_moved(r, t, c.owner_id) < 0)
		return -1;
	return change_reply(r, 200, c.change_id);
}
