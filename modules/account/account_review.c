/*
 * account_review.c - the half-yearly review of accounts (棚卸, vaccination brief 9 A-17), and
 * what waits for whoever is logged in (13 H-1-9 step 5).
 *
 * An administrator marks every account that can be used as confirmed or as to be stopped, and
 * says that the review is complete; what is to be stopped is disabled with that word.
 */
#include "account_admin.h"

/* ---- shapes ---- */

const yb_field account_review_in[] = {
	{ "limit", YB_OF(struct account_review_in, limit), .min = 1, .max = 200, .note = "50." },
	{ "after", YB_OF(struct account_review_in, after), .max = 12,
	    .note = "`next` of the page before." },
	{ "verdict", YB_OF(struct account_review_in, verdict), .one_of = "NONE,CONFIRMED,STOP" },
	{ 0 },
};

struct reviewed {
	yb_str user_id, name, department, role, status, verdict;
	bool is_admin, restricted_view;
	yb_time last_login, created, marked;
};

static const yb_field reviewed_row[] = {
	{ "user_id", YB_OF(struct reviewed, user_id) },
	{ "name", YB_OF(struct reviewed, name) },
	{ "department", YB_OF(struct reviewed, department) },
	{ "role", YB_OF(struct reviewed, role) },
	{ "is_admin", YB_OF(struct reviewed, is_admin) },
	{ "restricted_view", YB_OF(struct reviewed, restricted_view) },
	{ "status", YB_OF(struct reviewed, status) },
	{ "last_login_us", YB_OF(struct reviewed, last_login) },
	{ "created_us", YB_OF(struct reviewed, created) },
	{ "verdict", YB_OF(struct reviewed, verdict) },
	{ "marked_us", YB_OF(struct reviewed, marked) },
	{ 0 },
};

static const yb_field reviewed_out[] = {
	{ "user_id", YB_OF(struct reviewed, user_id) },
	{ "name", YB_OF(struct reviewed, name) },
	{ "department", YB_OF(struct reviewed, department) },
	{ "role", YB_OF(struct reviewed, role) },
	{ "is_admin", YB_OF(struct reviewed, is_admin) },
	{ "restricted_view", YB_OF(struct reviewed, restricted_view) },
	{ "status", YB_OF(struct reviewed, status) },
	{ "last_login_at", YB_OF(struct reviewed, last_login) },
	{ "created_at", YB_OF(struct reviewed, created) },
	{ "verdict", YB_OF(struct reviewed, verdict), .note = "CONFIRMED, STOP or null." },
	{ "marked_at", YB_OF(struct reviewed, marked) },
	{ 0 },
};

struct completed {
	yb_time at;
	yb_str by_user_id, by_name;
	int64_t confirmed, stopped;
};

static const yb_field completed_row[] = {
	{ "completed_us", YB_OF(struct completed, at) },
	{ "user_id", YB_OF(struct completed, by_user_id) },
	{ "name", YB_OF(struct completed, by_name) },
	{ "confirmed", YB_OF(struct completed, confirmed) },
	{ "stopped", YB_OF(struct completed, stopped) },
	{ 0 },
};

static const yb_field completed_out[] = {
	{ "completed_at", YB_OF(struct completed, at) },
	{ "completed_by", YB_OF(struct completed, by_user_id) },
	{ "completed_by_name", YB_OF(struct completed, by_name) },
	{ "confirmed", YB_OF(struct completed, confirmed) },
	{ "stopped", YB_OF(struct completed, stopped) },
	{ 0 },
};

struct review_out {
	yb_date due_on;
	bool overdue;
	yb_ref last;
	int64_t unmarked;
	yb_list users;
	yb_str next;
};

const yb_field account_review_out[] = {
	{ "due_on", YB_OF(struct review_out, due_on) },
	{ "overdue", YB_OF(struct review_out, overdue) },
	{ "last", YB_OF(struct review_out, last), YB_EACH(completed_out, struct completed),
	    .note = "The review before; null: none yet." },
	{ "unmarked", YB_OF(struct review_out, unmarked),
	    .note = "Accounts still to be looked at." },
	{ "users", YB_OF(struct review_out, users), YB_EACH(reviewed_out, struct reviewed) },
	{ "next", YB_OF(struct review_out, next), .note = "Null on the last page." },
	{ 0 },
};

struct mark {
	yb_str user_id, verdict;
};

static const yb_field mark_in[] = {
	{ "user_id", YB_OF(struct mark, user_id), .flags = YB_REQUIRED, .max = 12, .min = 1 },
	{ "verdict", YB_OF(struct mark, verdict), .flags = YB_REQUIRED,
	    .one_of = "CONFIRMED,STOP" },
	{ 0 },
};

const yb_field account_marks_in[] = {
	{ "marks", YB_OF(struct account_marks_in, marks), .flags = YB_REQUIRED, .max = 200,
	    .min = 1, YB_EACH(mark_in, struct mark) },
	{ 0 },
};

struct marks_out {
	int64_t unmarked;
};

const yb_field account_marks_out[] = {
	{ "unmarked", YB_OF(struct marks_out, unmarked),
	    .note = "Accounts still to be looked at." },
	{ 0 },
};

struct complete_out {
	int64_t confirmed, stopped;
	yb_date next_due_on;
};

const yb_field account_complete_out[] = {
	{ "confirmed", YB_OF(struct complete_out, confirmed) },
	{ "stopped", YB_OF(struct complete_out, stopped) },
	{ "next_due_on", YB_OF(struct complete_out, next_due_on) },
	{ 0 },
};

struct task {
	yb_str kind;
	int64_t count;
	yb_date due_on;
};

static const yb_field task_out[] = {
	{ "kind", YB_OF(struct task, kind),
	    .note = "REVIEW_DUE, TEMP_EXPIRING, SUSPENDED, APPLICATIONS_WAITING." },
	{ "count", YB_OF(struct task, count) },
	{ "due_on", YB_OF(struct task, due_on), .note = "Of REVIEW_DUE." },
	{ 0 },
};

struct tasks_out {
	yb_list tasks;
};

const yb_field account_tasks_out[] = {
	{ "tasks", YB_OF(struct tasks_out, tasks), YB_EACH(task_out, struct task) },
	{ 0 },
};

/* ---- queries ---- */

#define USABLE "('TEMP', 'ACTIVE', 'SUSPENDED')"

const yb_query account_review_last = {
	.name = "account_review_last",
	.sql = "SELECT v.completed_us, u.user_id, u.name, COALESCE(v.confirmed, 0) AS confirmed,"
	       " COALESCE(v.stopped, 0) AS stopped FROM account_review v"
	       " JOIN account_user u ON u.actor_id = v.completed_by"
	       " WHERE v.org_id = ? AND v.completed_us IS NOT NULL"
	       " ORDER BY v.completed_us DESC LIMIT 1",
	.row = completed_row,
	.row_size = sizeof(struct completed),
	.nparams = 1,
	.tenant = YB_ORG,
};

const yb_query account_review_first = {
	.name = "account_review_first",
	.sql = "SELECT COALESCE(MIN(created_us), 0) AS n FROM account_user WHERE org_id = ?",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_ORG,
};

const yb_query account_review_open = {
	.name = "account_review_open",
	.sql = "SELECT review_id AS n FROM account_review WHERE open_org_id = ?",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_ORG,
};

const yb_query account_review_page = {
	.name = "account_review_page",
	.sql = "SELECT u.user_id, u.name, u.department, u.role, u.is_admin, u.restricted_view,"
	       " u.status, u.last_login_us, u.created_us, m.verdict, m.marked_us"
	       "  FROM account_user u LEFT JOIN account_review v ON v.open_org_id = u.org_id"
	       "  LEFT JOIN account_review_mark m ON m.review_id = v.review_id"
	       "   AND m.actor_id = u.actor_id"
	       " WHERE u.org_id = ? AND u.user_id > ? AND u.status IN " USABLE
	       " AND (? IS NULL OR ? = COALESCE(m.verdict, 'NONE')) ORDER BY u.user_id LIMIT ?",
	.row = reviewed_row,
	.row_size = sizeof(struct reviewed),
	.nparams = 5,
	.tenant = YB_ORG,
};

const yb_query account_review_insert = {
	.name = "account_review_insert",
	.sql = "INSERT INTO account_review (org_id, opened_us, opened_by) VALUES (?, ?, ?)",
	.nparams = 3,
	.tenant = YB_ORG,
};

const yb_query account_review_put = {
	.name = "account_review_put",
	.sql = "INSERT INTO account_review_mark"
	       " (review_id, actor_id, verdict, marked_by, marked_us)"
	       " SELECT v.review_id, u.actor_id, c.verdict, c.marked_by, c.marked_us"
	       "  FROM (SELECT ? AS org_id, ? AS verdict, ? AS marked_by, ? AS marked_us) c"
	       "  JOIN account_review v ON v.open_org_id = c.org_id"
	       "  JOIN account_user u ON u.org_id = c.org_id"
	       " WHERE u.user_id = ? AND u.status IN " USABLE
	       " ON DUPLICATE KEY UPDATE verdict = VALUES(verdict), marked_by = VALUES(marked_by),"
	       " marked_us = VALUES(marked_us)",
	.nparams = 5,
	.tenant = YB_ORG,
};

const yb_query account_review_unmarked = {
	.name = "account_review_unmarked",
	.sql = "SELECT COUNT(*) AS n FROM account_user u"
	       "  LEFT JOIN account_review v ON v.open_org_id = u.org_id"
	       "  LEFT JOIN account_review_mark m ON m.review_id = v.review_id"
	       "   AND m.actor_id = u.actor_id"
	       " WHERE u.org_id = ? AND u.status IN " USABLE " AND m.actor_id IS NULL",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_ORG,
};

const yb_query account_review_stop = {
	.name = "account_review_stop",
	.sql = "SELECT u.user_id, u.name, u.department, u.role, u.is_admin, u.restricted_view,"
	       " u.status, u.last_login_us, u.created_us, m.verdict, m.marked_us"
	       "  FROM account_user u JOIN account_review v ON v.open_org_id = u.org_id"
	       "  JOIN account_review_mark m ON m.review_id = v.review_id"
	       "   AND m.actor_id = u.actor_id"
	       " WHERE u.org_id = ? AND m.verdict = 'STOP' AND u.status IN " USABLE
	       " ORDER BY u.user_id",
	.row = reviewed_row,
	.row_size = sizeof(struct reviewed),
	.nparams = 1,
	.tenant = YB_ORG,
};

const yb_query account_review_counts = {
	.name = "account_review_counts",
	.sql = "SELECT COUNT(*) AS n FROM account_review v"
	       "  JOIN account_review_mark m ON m.review_id = v.review_id"
	       "  JOIN account_user u ON u.actor_id = m.actor_id"
	       " WHERE v.open_org_id = ? AND m.verdict = 'CONFIRMED' AND u.status IN " USABLE,
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_ORG,
};

const yb_query account_review_close = {
	.name = "account_review_close",
	.sql = "UPDATE account_review AS v"
	       " JOIN (SELECT ? AS org_id) AS caller ON caller.org_id = v.org_id"
	       " SET v.completed_us = ?, v.completed_by = ?, v.confirmed = ?, v.stopped = ?"
	       " WHERE v.review_id = ? AND v.completed_us IS NULL",
	.nparams = 6,
	.tenant = YB_ORG,
};

const yb_query account_task_temp = {
	.name = "account_task_temp",
	.sql = "SELECT COUNT(*) AS n FROM account_user WHERE org_id = ? AND status = 'TEMP'"
	       " AND temp_expires_us <= ?",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query account_task_suspended = {
	.name = "account_task_suspended",
	.sql = "SELECT COUNT(*) AS n FROM account_user WHERE org_id = ? AND status = 'SUSPENDED'"
	       " AND suspended_us > ?",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 2,
	.tenant = YB_ORG,
};

/* What the reader's own person made is for somebody else to decide. */
const yb_query account_task_waiting = {
	.name = "account_task_waiting",
	.sql = "SELECT COUNT(*) AS n FROM account_application WHERE state = 'WAITING'"
	       " AND expires_us > ? AND maker_person <> ?",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* ---- when ---- */

/* So many months after the last review, or after the first account. */
static int
due_find(yb_req *r, struct completed *last, yb_date *ret)
{
	int months = (int)yb_option_i64(r, "review_months");
	enum yb_found found = yb_db_one(r, &account_review_last, YB_NO_ARGS, last);
	struct account_counted first;

	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW) {
		if (yb_db_find(r, &account_review_first, YB_NO_ARGS, &first) < 0)
			return -1;
		last->at.us = 0;
		*ret = yb_date_add_months(yb_date_in_japan((yb_time) { first.n }), months);
		return 0;
	}
	*ret = yb_date_add_months(yb_date_in_japan(last->at), months);
	return 0;
}

static int
unmarked_count(yb_req *r, int64_t *ret)
{
	struct account_counted n;

	if (yb_db_find(r, &account_review_unmarked, YB_NO_ARGS, &n) < 0)
		return -1;
	*ret = n.n;
	return 0;
}

/* GET /account/review - accounts of the organisation with what was said of them, A-17. */
int
account_review(yb_req *r)
{
	const struct account_review_in *in = yb_params(r);
	size_t limit = in->limit.set ? (size_t)in->limit.v : 50;
	struct review_out out = { 0 };
	struct completed last = { 0 };

	if (due_find(r, &last, &out.due_on) < 0 || unmarked_count(r, &out.unmarked) < 0 ||
	    yb_db_list(r, &account_review_page,
		YB_ARGS(yb_text(in->after.p == NULL ? YB_STR("") : in->after), yb_text(in->verdict),
		    yb_text(in->verdict), yb_i64((int64_t)limit + 1)),
		limit + 1, &out.users) < 0)
		return -1;
	if (yb_page_cut(&out.users, limit))
		out.next = ((struct reviewed *)out.users.items)[limit - 1].user_id;
	out.overdue = yb_date_cmp(out.due_on, yb_today(r)) < 0;
	out.last.p = last.at.us == 0 ? NULL : &last;
	return yb_reply_record(r, 200, account_review_out, &out);
}

/* ---- marking ---- */

/* The open review, begun now if there is none. The organisation is locked. */
static int
review_open(yb_req *r, int64_t *ret_id)
{
	struct account_counted open;

	switch (yb_db_one(r, &account_review_open, YB_NO_ARGS, &open)) {
	case YB_DB_FAILED:
		return -1;
	case YB_ONE_ROW:
		*ret_id = open.n;
		return 0;
	case YB_NO_ROW:
		break;
	}
	if (account_exec(r, &account_review_insert,
		YB_ARGS(yb_at(yb_now(r)), yb_i64(yb_who(r)->actor_id))) < 0)
		return -1;
	*ret_id = yb_db_last_id(r);
	return 0;
}

static const char *
mark_field(yb_req *r, size_t i)
{
	return yb_format_text(r, "/marks/%zu/user_id", i).p;
}

/* POST /account/review/marks - confirmed, or to be stopped, A-17. All of them or none. */
int
account_review_mark(yb_req *r)
{
	const struct account_marks_in *in = yb_body(r);
	const struct mark *marks = in->marks.items;
	yb_value me = yb_i64(yb_who(r)->actor_id);
	struct marks_out out = { 0 };
	struct account_user self;
	int64_t review_id;

	if (account_lock_org(r, yb_who(r)->org_id) < 0 || account_manager(r, &self) < 0 ||
	    review_open(r, &review_id) < 0)
		return -1;
	yb_audit_target(r, "review", yb_format_text(r, "%lld", (long long)review_id));
	for (size_t i = 0; i < in->marks.n; i++) {
		int64_t rows;

		if (yb_str_eq(marks[i].user_id, self.user_id) &&
		    yb_str_is(marks[i].verdict, "STOP"))
			return yb_problem_field(r, "E-ACC-004", mark_field(r, i));
		rows = account_exec(r, &account_review_put,
		    YB_ARGS(yb_text(marks[i].verdict), me, yb_at(yb_now(r)),
			yb_text(marks[i].user_id)));
		if (rows <= 0)
			return rows < 0 ? -1
					: yb_problem_field(r, "E-AUTH-005", mark_field(r, i));
	}
	return unmarked_count(r, &out.unmarked) < 0
	    ? -1
	    : yb_reply_record(r, 200, account_marks_out, &out);
}

/* ---- completing ---- */

static int
stop_all(yb_req *r, int64_t *ret_n)
{
	yb_list users;

	if (yb_db_list(r, &account_review_stop, YB_NO_ARGS, 10000, &users) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++) {
		yb_str user_id = ((struct reviewed *)users.items)[i].user_id;
		struct account_user u;

		if (yb_db_find(r, &account_by_id_locked, YB_ARGS(yb_text(user_id)), &u) < 0 ||
		    account_disable(r, &u) < 0)
			return -1;
	}
	*ret_n = (int64_t)users.n;
	return 0;
}

/* POST /account/review/complete - every account was looked at; what is to be stopped ends, A-17. */
int
account_review_complete(yb_req *r)
{
	struct complete_out out = { 0 };
	struct account_counted open, confirmed;
	struct account_user self;
	int64_t unmarked;

	if (account_lock_org(r, yb_who(r)->org_id) < 0 || account_manager(r, &self) < 0 ||
	    unmarked_count(r, &unmarked) < 0)
		return -1;
	if (unmarked > 0)
		return yb_problem(r, "E-ACC-024");
	if (yb_db_find(r, &account_review_open, YB_NO_ARGS, &open) < 0 ||
	    yb_db_find(r, &account_review_counts, YB_NO_ARGS, &confirmed) < 0 ||
	    stop_all(r, &out.stopped) < 0)
		return -1;
	out.confirmed = confirmed.n;
	yb_audit_target(r, "review", yb_format_text(r, "%lld", (long long)open.n));
	yb_audit_purpose(r, (yb_str) { 0 },
	    yb_format_text(r, "confirmed %lld stopped %lld", (long long)out.confirmed,
		(long long)out.stopped));
	if (account_exec(r, &account_review_close,
		YB_ARGS(yb_at(yb_now(r)), yb_i64(self.actor_id), yb_i64(out.confirmed),
		    yb_i64(out.stopped), yb_i64(open.n))) < 0)
		return -1;
	out.next_due_on =
	    yb_date_add_months(yb_today(r), (int)yb_option_i64(r, "review_months"));
	return yb_reply_record(r, 200, account_complete_out, &out);
}

/* ---- what waits ---- */

static int
task_count(yb_req *r, const yb_query *q, yb_args args, struct task *all, size_t *n,
    const char *kind)
{
	struct account_counted found;

	if (yb_db_find(r, q, args, &found) < 0)
		return -1;
	if (found.n > 0)
		all[(*n)++] = (struct task) { yb_cstr(kind), found.n, { 0 } };
	return 0;
}

static int
manager_tasks(yb_req *r, struct task *all, size_t *n)
{
	yb_time soon = { yb_now(r).us + 3 * ACCOUNT_DAY_US };
	yb_time lately = { yb_now(r).us - 7 * ACCOUNT_DAY_US };
	struct completed last;
	int64_t unmarked;
	yb_date due;

	if (due_find(r, &last, &due) < 0 || unmarked_count(r, &unmarked) < 0)
		return -1;
	if (yb_date_days(due) - yb_date_days(yb_today(r)) <= yb_option_i64(r, "review_notice_days"))
		all[(*n)++] = (struct task) { YB_STR("REVIEW_DUE"), unmarked, due };
	if (task_count(r, &account_task_temp, YB_ARGS(yb_at(soon)), all, n, "TEMP_EXPIRING") < 0)
		return -1;
	return task_count(r, &account_task_suspended, YB_ARGS(yb_at(lately)), all, n, "SUSPENDED");
}

/* GET /account/tasks - what waits for the person who is logged in, H-1-9. */
int
account_tasks(yb_req *r)
{
	struct task all[4];
	struct tasks_out out = { { all, 0 } };
	struct account_user self;

	if (yb_db_find(r, &account_self, YB_NO_ARGS, &self) < 0)
		return -1;
	if (self.is_admin && manager_tasks(r, all, &out.tasks.n) < 0)
		return -1;
	if (yb_who(r)->org_type == YB_ORG_NHIC &&
	    task_count(r, &account_task_waiting,
		YB_ARGS(yb_at(yb_now(r)), yb_id(self.person_id)), all, &out.tasks.n,
		"APPLICATIONS_WAITING") < 0)
		return -1;
	return yb_reply_record(r, 200, account_tasks_out, &out);
}
