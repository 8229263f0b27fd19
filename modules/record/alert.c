/*
 * alert.c - alerts of an organisation, looked at by its administrator (L-06, P-12, H-3-1).
 */
#include "alert.h"
#include "outside.h"

#define PAGE_MAX 100

/* ---- keeping ---- */

/* What goes on is one alert: a newer one only for what happens after the last was written. */
const yb_query record_alert_put = {
	.name = "record_alert_put",
	.sql = "INSERT INTO record_alert (org_id, kind, actor, subject_no, n, since_us, until_us,"
	       "  created_us) SELECT ?, ?, ?, ?, ?, ?, ?, ? FROM DUAL WHERE NOT EXISTS"
	       " (SELECT 1 FROM record_alert a WHERE a.org_id = ? AND a.kind = ?"
	       "   AND a.actor <=> ? AND a.subject_no <=> ? AND a.until_us >= ?)",
	.nparams = 13,
	.tenant = YB_CROSS,
};

int
record_alerts_put(yb_req *r, const struct alert_new *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		yb_value org = yb_i64(at[i].org_id), kind = yb_text(at[i].kind);
		yb_value actor = yb_text(at[i].actor), subject = yb_text(at[i].subject_no);

		if (yb_db_exec(r, &record_alert_put,
			YB_ARGS(org, kind, actor, subject, yb_i64(at[i].n), yb_at(at[i].since),
			    yb_at(at[i].until), yb_at(at[i].now), org, kind, actor, subject,
			    yb_at(at[i].window)),
			NULL) != 0)
			return -1;
	}
	return 0;
}

/* ---- GET /record/alerts ---- */

const yb_field record_alert_query[] = {
	{ "state", YB_OF(struct alert_query, state), .max = 7, .one_of = "OPEN,CHECKED,ENDED",
	    .note = "OPEN when absent" },
	{ "since", YB_OF(struct alert_query, since), .note = "next of the last answer" },
	{ "limit", YB_OF(struct alert_query, limit), .min = 1, .max = PAGE_MAX },
	{ 0 },
};

struct alert {
	int64_t alert_id;
	yb_str kind, actor, subject_no;
	int64_t n;
	yb_time since, until;
	yb_str state, comment;
	yb_time checked_at;
	yb_str checked_by;
};

static const yb_field alert_row[] = {
	{ "alert_id", YB_OF(struct alert, alert_id) },
	{ "kind", YB_OF(struct alert, kind) },
	{ "actor", YB_OF(struct alert, actor) },
	{ "subject_no", YB_OF(struct alert, subject_no) },
	{ "n", YB_OF(struct alert, n) },
	{ "since_us", YB_OF(struct alert, since) },
	{ "until_us", YB_OF(struct alert, until) },
	{ "state", YB_OF(struct alert, state) },
	{ "comment", YB_OF(struct alert, comment) },
	{ "checked_us", YB_OF(struct alert, checked_at) },
	{ "checked_by", YB_OF(struct alert, checked_by) },
	{ 0 },
};

static const yb_field alert_out[] = {
	{ "alert_id", YB_OF(struct alert, alert_id) },
	{ "kind", YB_OF(struct alert, kind),
	    .one_of = "link,many,night,restricted,other,failures" },
	{ "actor", YB_OF(struct alert, actor), .note = "the user it is about; null: link" },
	{ "subject_no", YB_OF(struct alert, subject_no), .note = "with restricted" },
	{ "n", YB_OF(struct alert, n), .note = "persons, numbers, acts, as the kind counts" },
	{ "first_at", YB_OF(struct alert, since) },
	{ "last_at", YB_OF(struct alert, until) },
	{ "state", YB_OF(struct alert, state), .one_of = "OPEN,CHECKED,ENDED" },
	{ "comment", YB_OF(struct alert, comment) },
	{ "checked_at", YB_OF(struct alert, checked_at) },
	{ "checked_by", YB_OF(struct alert, checked_by) },
	{ 0 },
};

const yb_field record_alerts_out[] = {
	{ "alerts", YB_OF(struct alert_page, alerts), YB_EACH(alert_out, struct alert),
	    .note = "the newest first" },
	{ "next", YB_OF(struct alert_page, next),
	    .note = "the `since` of the next page; null: the end" },
	{ 0 },
};

const yb_query record_alerts_list = {
	.name = "record_alerts_list",
	.sql = "SELECT alert_id, kind, actor, subject_no, n, since_us, until_us, state, comment,"
	       "  checked_us, checked_by FROM record_alert"
	       " WHERE org_id = ? AND state = ? AND (? IS NULL OR alert_id < ?)"
	       " ORDER BY alert_id DESC LIMIT ?",
	.row = alert_row,
	.row_size = sizeof(struct alert),
	.nparams = 5,
	.tenant = YB_ORG,
};

/* GET /record/alerts - what an administrator should look at. */
int
record_alert_list(yb_req *r)
{
	const struct alert_query *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE_MAX;
	struct alert_page out = { 0 };
	const struct alert *at;

	if (yb_db_list(r, &record_alerts_list,
		YB_ARGS(yb_text(q->state.p == NULL ? YB_STR("OPEN") : q->state),
		    yb_int_or_null(q->since), yb_int_or_null(q->since),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &out.alerts) < 0)
		return -1;
	at = out.alerts.items;
	if (yb_page_cut(&out.alerts, limit))
		out.next = (yb_int) { at[limit - 1].alert_id, true };
	return yb_reply_record(r, 200, record_alerts_out, &out);
}

/* ---- POST /record/alerts/{alert_id}/check ---- */

const yb_field record_alert_check_in[] = {
	{ "comment", YB_OF(struct alert_check_in, comment), .flags = YB_REQUIRED | YB_LINES,
	    .max = 200, .note = "what was found out" },
	{ 0 },
};

const yb_field record_alert_checked_out[] = {
	{ "alert_id", YB_OF(struct alert_checked, alert_id) },
	{ "state", YB_OF(struct alert_checked, state), .one_of = "CHECKED" },
	{ 0 },
};

const yb_query record_alert_read = {
	.name = "record_alert_read",
	.sql = "SELECT alert_id, kind, actor, subject_no, n, since_us, until_us, state, comment,"
	       "  checked_us, checked_by FROM record_alert"
	       " WHERE org_id = ? AND alert_id = ? FOR UPDATE",
	.row = alert_row,
	.row_size = sizeof(struct alert),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query record_alert_check_put = {
	.name = "record_alert_check_put",
	.sql = "UPDATE record_alert a JOIN (SELECT ? AS org_id) me ON me.org_id = a.org_id"
	       " SET a.state = 'CHECKED', a.comment = ?, a.checked_us = ?, a.checked_by = ?"
	       " WHERE a.alert_id = ?",
	.nparams = 5,
	.tenant = YB_ORG,
};

/* POST /record/alerts/{alert_id}/check - somebody has looked into it, not the one it is about. */
int
record_alert_check(yb_req *r)
{
	const struct alert_check_in *in = yb_body(r);
	struct alert_checked out = { .state = YB_STR("CHECKED") };
	struct alert a;

	if (!yb_number_parse(yb_path(r, "alert_id"), &out.alert_id))
		return yb_problem(r, "E-AUTH-005");
	if (yb_db_find(r, &record_alert_read, YB_ARGS(yb_i64(out.alert_id)), &a) < 0)
		return -1;
	if (!yb_str_is(a.state, "OPEN"))
		return yb_problem(r, "E-REC-010");
	if (yb_str_eq(a.actor, yb_who(r)->actor))
		return yb_problem(r, "E-REC-009");
	yb_audit_target(r, "alert", yb_format_text(r, "%lld", (long long)out.alert_id));
	if (a.subject_no.p != NULL)
		yb_audit_subject(r, a.subject_no);
	if (yb_db_exec(r, &record_alert_check_put,
		YB_ARGS(yb_text(in->comment), yb_at(yb_now(r)), yb_text(yb_who(r)->actor),
		    yb_i64(out.alert_id)),
		NULL) != 0)
		return -1;
	return yb_reply_record(r, 200, record_alert_checked_out, &out);
}

/* ---- GET /record/tasks ---- */

static const yb_field tasks_row[] = {
	{ "link_errors", YB_OF(struct tasks, link_errors) },
	{ "alerts", YB_OF(struct tasks, alerts) },
	{ "pairs", YB_OF(struct tasks, pairs) },
	{ "requests", YB_OF(struct tasks, requests) },
	{ "bulk", YB_OF(struct tasks, bulk) },
	{ "retention", YB_OF(struct tasks, retention) },
	{ "enquiries", YB_OF(struct tasks, enquiries) },
	{ "recalls", YB_OF(struct tasks, recalls) },
	{ 0 },
};

const yb_field record_tasks_out[] = {
	{ "link_errors", YB_OF(struct tasks, link_errors), .note = "to be resolved" },
	{ "alerts", YB_OF(struct tasks, alerts), .note = "to be looked at, of administrators" },
	{ "pairs", YB_OF(struct tasks, pairs),
	    .note = "to be decided; hidden ones are not counted" },
	{ "requests", YB_OF(struct tasks, requests), .note = "to be answered, of an institution" },
	{ "bulk", YB_OF(struct tasks, bulk), .note = "inquiries that others asked for" },
	{ "retention", YB_OF(struct tasks, retention),
	    .note = "deletions that are proposed or listed" },
	{ "enquiries", YB_OF(struct tasks, enquiries),
	    .note = "of residents, to be answered" },
	{ "recalls", YB_OF(struct tasks, recalls),
	    .note = "stopped lots that residents have received" },
	{ 0 },
};

/*
 * In the order written: what there is to do is little, and where it is nothing yet the residents
 * of the whole country must not be read to find that out.
 */
#define COUNT_IN_ORDER "(SELECT STRAIGHT_JOIN COUNT(*)"

/* Where the caller's person is that side of the pair; each side has an index of its own. */
#define PAIRS(side)                                                                          \
	COUNT_IN_ORDER " FROM (SELECT 'OPEN' AS state UNION ALL SELECT 'PROPOSED') w"       \
	" JOIN record_pair p ON p." side "_org_id = me.org_id AND p.state = w.state"         \
	" JOIN record_subject m ON m.subject_id = p." side "_id AND m.org_id = me.org_id"    \
	" WHERE m.resident_state = '住民' AND m.not_disclosed = 0"                           \
	"  AND m.self_info_blocked = 0"

const yb_query record_tasks_read = {
	.name = "record_tasks_read",
	.sql = "SELECT " COUNT_IN_ORDER " FROM record_outbox o JOIN record_subject os"
	       "    ON os.subject_id = o.subject_id WHERE o.org_id = me.org_id"
	       "     AND o.state = 'NACKED' AND " RECORD_LISTED("os", "me.sees_all") ")"
	       "   AS link_errors,"
	       "  (SELECT COUNT(*) FROM record_alert a WHERE a.org_id = me.org_id"
	       "    AND a.state = 'OPEN' AND me.is_admin) AS alerts,"
	       "  " PAIRS("a") ") + " PAIRS("b") " AND p.a_org_id <> p.b_org_id) AS pairs,"
	       "  (SELECT COUNT(*) FROM record_request q WHERE q.to_org_id = me.org_id"
	       "    AND q.open = 1) AS requests,"
	       "  (SELECT COUNT(*) FROM record_bulk b WHERE b.org_id = me.org_id"
	       "    AND b.state = 'ASKED' AND b.asked_by <> me.actor) AS bulk,"
	       "  " COUNT_IN_ORDER " FROM record_retention t JOIN record_subject ts"
	       "    ON ts.subject_id = t.subject_id WHERE t.org_id = me.org_id AND (me.sees_all"
	       "     OR (ts.not_disclosed = 0 AND ts.self_info_blocked = 0))) AS retention,"
	       "  " COUNT_IN_ORDER " FROM record_enquiry e JOIN record_subject es"
	       "    ON es.subject_id = e.subject_id WHERE e.org_id = me.org_id AND e.open = 1"
	       "     AND (me.sees_all OR (es.not_disclosed = 0 AND es.self_info_blocked = 0)))"
	       "   AS enquiries,"
	       "  (SELECT COUNT(DISTINCT v.lot_no, v.vaccine_code)"
	       "    FROM (SELECT 1 AS one) q " RECORD_RECALL_RECORDS
	       "    WHERE NOT " RECORD_RECALL_HANDLED ") AS recalls"
	       "  FROM (SELECT ? AS org_id, ? AS actor, ? AS sees_all, ? AS is_admin) me",
	.row = tasks_row,
	.row_size = sizeof(struct tasks),
	.nparams = 4,
	.tenant = YB_CROSS,
};

/* GET /record/tasks - how much there is to do, for the menu; of what the caller may open. */
int
record_tasks(yb_req *r)
{
	const yb_caller *who = yb_who(r);
	struct tasks out;

	if (yb_db_find(r, &record_tasks_read,
		YB_ARGS(yb_i64(who->org_id), yb_text(who->actor), yb_bool(who->restricted_view),
		    yb_bool(yb_word_in(who->role, YB_DO(H_1_4), ','))),
		&out) < 0)
		return -1;
	return yb_reply_record(r, 200, record_tasks_out, &out);
}
