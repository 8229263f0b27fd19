/*
 * show.c - changes as people see them: the list, one with its difference, what it touches.
 */
#include "impact.h"

#include <string.h>

/* ---- one line of the difference ---- */

struct moved { /* one column of one row */
	yb_str column, label, old, new;
};

static const yb_field moved_out[] = {
	{ "column", YB_OF(struct moved, column) },
	{ "label", YB_OF(struct moved, label) },
	{ "old", YB_OF(struct moved, old) },
	{ "new", YB_OF(struct moved, new) },
	{ 0 },
};

struct diff {
	int64_t version_id, version_no;
	yb_str key_text, op, status, old_cells, new_cells;
	yb_date valid_from, valid_to, old_from, old_to;
	yb_list columns;
};

static const yb_field diff_row[] = {
	{ "version_id", YB_OF(struct diff, version_id) },
	{ "version_no", YB_OF(struct diff, version_no) },
	{ "key_text", YB_OF(struct diff, key_text) },
	{ "op", YB_OF(struct diff, op) },
	{ "status", YB_OF(struct diff, status) },
	{ "valid_from", YB_OF(struct diff, valid_from) },
	{ "valid_to", YB_OF(struct diff, valid_to) },
	{ "new_cells", YB_OF(struct diff, new_cells) },
	{ "old_cells", YB_OF(struct diff, old_cells) },
	{ "old_from", YB_OF(struct diff, old_from) },
	{ "old_to", YB_OF(struct diff, old_to) },
	{ 0 },
};

static const yb_field diff_out[] = {
	{ "version_id", YB_OF(struct diff, version_id) },
	{ "version_no", YB_OF(struct diff, version_no) },
	{ "key", YB_OF(struct diff, key_text) },
	{ "op", YB_OF(struct diff, op) },
	{ "status", YB_OF(struct diff, status) },
	{ "valid_from", YB_OF(struct diff, valid_from) },
	{ "valid_to", YB_OF(struct diff, valid_to) },
	{ "old_from", YB_OF(struct diff, old_from), .note = "Of the version that counted." },
	{ "old_to", YB_OF(struct diff, old_to) },
	{ "columns", YB_OF(struct diff, columns), YB_EACH(moved_out, struct moved),
	    .note = "Those that differ." },
	{ 0 },
};

#define DIFF_PAGE 100

/* A draft has no predecessor yet: then it is the version that counts on its first day. */
#define DIFF_ROWS                                                                              \
	"SELECT n.version_id, n.version_no, k.key_text, n.op, n.status, n.valid_from,"         \
	" n.valid_to, n.cells AS new_cells, o.cells AS old_cells, o.valid_from AS old_from,"   \
	" o.valid_to AS old_to FROM master_version AS n"                                       \
	" JOIN master_key AS k ON k.key_id = n.key_id"                                         \
	" LEFT JOIN master_version AS o ON o.version_id = COALESCE(n.replaces,"                \
	"  (SELECT MAX(b.version_id) FROM master_version AS b WHERE n.status = 'DRAFT'"        \
	"   AND b.key_id = n.key_id AND b.op IN ('NEW', 'REVISE')"                             \
	"   AND b.status IN ('APPROVED', 'EFFECTIVE') AND b.valid_from <= n.valid_from"        \
	"   AND (b.valid_to IS NULL OR b.valid_to >= n.valid_from)))"                          \
	" WHERE n.change_id = ? AND n.version_id > ?"

const yb_query q_diff = {
	.name = "master_diff",
	.sql = DIFF_ROWS " ORDER BY n.version_id LIMIT ?",
	.row = diff_row,
	.row_size = sizeof(struct diff),
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_received_diff = {
	.name = "master_received_diff",
	.sql = DIFF_ROWS " AND (? IS NULL OR n.op = ?) ORDER BY n.version_id LIMIT ?",
	.row = diff_row,
	.row_size = sizeof(struct diff),
	.nparams = 5,
	.tenant = YB_CROSS,
};

struct approver {
	yb_str user_id, part, org_code;
	yb_time at;
};

static const yb_field approver_row[] = {
	{ "user_id", YB_OF(struct approver, user_id) },
	{ "part", YB_OF(struct approver, part) },
	{ "org_code", YB_OF(struct approver, org_code) },
	{ "at_us", YB_OF(struct approver, at) },
	{ 0 },
};

static const yb_field approver_out[] = {
	{ "user_id", YB_OF(struct approver, user_id) },
	{ "part", YB_OF(struct approver, part), .note = "OWN, NHIC or MUNI." },
	{ "org_code", YB_OF(struct approver, org_code) },
	{ "at", YB_OF(struct approver, at) },
	{ 0 },
};

const yb_query q_approvers = {
	.name = "master_approvers",
	.sql = "SELECT a.user_id, a.part, o.org_code, a.at_us FROM master_approval AS a"
	       " JOIN core_org AS o ON o.org_id = a.org_id WHERE a.change_id = ? ORDER BY a.at_us",
	.row = approver_row,
	.row_size = sizeof(struct approver),
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct shown {
	struct change c;
	yb_str master_name;
	bool can_submit, can_approve;
	yb_list rows, approvals;
	yb_int next;
};

#define CHANGE_OUT                                                                             \
	{ "change_id", YB_OF(struct shown, c.change_id) },                                     \
	{ "master", YB_OF(struct shown, c.master) },                                           \
	{ "master_name", YB_OF(struct shown, master_name) },                                   \
	{ "kind", YB_OF(struct shown, c.kind) },                                               \
	{ "status", YB_OF(struct shown, c.status),                                             \
	    .note = "APPROVED becomes EFFECTIVE at 00:00 in Japan of valid_from." },           \
	{ "valid_from", YB_OF(struct shown, c.valid_from) },                                   \
	{ "org_code", YB_OF(struct shown, c.org_code) },                                       \
	{ "reason", YB_OF(struct shown, c.reason) },                                           \
	{ "legal_ref", YB_OF(struct shown, c.legal_ref) },                                     \
	{ "ticket_no", YB_OF(struct shown, c.ticket_no) },                                     \
	{ "rows_count", YB_OF(struct shown, c.n_rows) },                                       \
	{ "added", YB_OF(struct shown, c.n_added) },                                           \
	{ "changed", YB_OF(struct shown, c.n_changed) },                                       \
	{ "ended", YB_OF(struct shown, c.n_ended) },                                           \
	{ "created_user", YB_OF(struct shown, c.created_user) },                               \
	{ "created_at", YB_OF(struct shown, c.created) },                                      \
	{ "submitted_at", YB_OF(struct shown, c.submitted) },                                  \
	{ "decided_user", YB_OF(struct shown, c.decided_user) },                               \
	{ "decided_text", YB_OF(struct shown, c.decided_text) },                               \
	{ "decided_at", YB_OF(struct shown, c.decided) },                                      \
	{ "effective_at", YB_OF(struct shown, c.effective) },                                  \
	{ "version", YB_OF(struct shown, c.row_ver), .note = "For If-Match." }

static const yb_field change_line_out[] = { CHANGE_OUT, { 0 } };

const yb_field change_out[] = {
	CHANGE_OUT,
	{ "diff_hash", YB_OF(struct shown, c.diff_hex),
	    .note = "Of the difference below; goes back with the approval." },
	{ "need_own", YB_OF(struct shown, c.need_own), .note = "Approvals by the own organisation." },
	{ "need_nhic", YB_OF(struct shown, c.need_nhic), .note = "Approvals by NHIC." },
	{ "approvals", YB_OF(struct shown, approvals), YB_EACH(approver_out, struct approver) },
	{ "can_submit", YB_OF(struct shown, can_submit) },
	{ "can_approve", YB_OF(struct shown, can_approve) },
	{ "rows", YB_OF(struct shown, rows), YB_EACH(diff_out, struct diff) },
	{ "next", YB_OF(struct shown, next), .note = "`after` of the next page of rows; null: all." },
	{ 0 },
};

struct page_out {
	yb_list changes;
	yb_int next;
};

const yb_field change_page_out[] = {
	{ "changes", YB_OF(struct page_out, changes), YB_EACH(change_line_out, struct shown) },
	{ "next", YB_OF(struct page_out, next), .note = "`after` of the next page; null: all." },
	{ 0 },
};

const yb_field change_query[] = {
	{ "limit", YB_OF(struct change_query, limit), .min = 1, .max = 200, .note = "50." },
	{ "after", YB_OF(struct change_query, after), .min = 1, .max = INT32_MAX,
	    .note = "`next` of the page before." },
	{ "master", YB_OF(struct change_query, master), .max = 40 },
	{ "status", YB_OF(struct change_query, status),
	    .one_of = "DRAFT,PENDING,APPROVED,EFFECTIVE,REJECTED,WITHDRAWN,ROLLED_BACK" },
	{ 0 },
};

/* ---- what differs ---- */

/* An image is not a difference one reads: its size is. */
static yb_str
readable(yb_req *r, const struct column *col, yb_str s)
{
	if (s.p == NULL || col->kind != KIND_IMAGE)
		return s;
	return yb_format_text(r, "PNG %zu bytes", s.len / 4 * 3);
}

/* withhold: the reader is no party to it as whoever hands a change in or approves it is. */
static void
columns_compare(yb_req *r, const struct table *t, struct diff *d, bool withhold)
{
	bool stops = yb_str_is(d->op, "END") || yb_str_is(d->op, "DELETE");
	yb_str *old = cells_read(r, t, d->old_cells), *new = cells_read(r, t, d->new_cells);
	struct moved *m = yb_alloc(r, t->n * sizeof *m);
	size_t n = 0;

	if (withhold) {
		cells_withhold(r, t, 0, old);
		cells_withhold(r, t, 0, new);
	}
	for (size_t i = 0; i < t->n; i++) {
		const struct column *col = &t->columns[i];

		if (stops)
			new[i] = (yb_str) { NULL, 0 };
		if (yb_str_eq(old[i], new[i]))
			continue;
		m[n++] = (struct moved) { yb_cstr(col->name), yb_cstr(col->label),
			readable(r, col, old[i]), readable(r, col, new[i]) };
	}
	d->columns = (yb_list) { m, n };
}

static int
org_name(yb_req *r, struct change *c)
{
	yb_org org;
	enum yb_found found;

	if (!c->org_id.set)
		return 0;
	found = yb_org_by_id(r, c->org_id.v, &org);
	if (found == YB_ONE_ROW)
		c->org_code = org.org_code;
	return found == YB_DB_FAILED ? -1 : 0;
}

static int
rights_fill(yb_req *r, const struct table *t, struct shown *s)
{
	const yb_caller *who = yb_who(r);
	const struct change *c = &s->c;
	bool ours = change_is_ours(r, c);
	int same = 0;

	s->can_submit = ours && has_role(r, t->edit) && yb_str_is(c->status, "DRAFT");
	s->can_approve = yb_str_is(c->status, "PENDING") &&
	    ((c->need_own > 0 && ours && has_role(r, t->approve)) ||
		(c->need_nhic > 0 && has_role(r, "KC-A")) ||
		(c->need_muni.set && c->need_muni.v == who->org_id && has_role(r, "MU-A")));
	if (s->can_approve)
		same = hands_same(r, c->change_id, true);
	s->can_approve = s->can_approve && same == 0;
	return same < 0 ? -1 : 0;
}

/* The change with one page of its rows. */
static int
change_show(yb_req *r, int status, struct change *c, int64_t after, size_t limit)
{
	const struct table *t = table_find(c->master);
	struct shown s = { .c = *c };
	struct diff *rows;

	if (t == NULL)
		return yb_problem(r, "E-SYS-003");
	if (yb_db_list(r, &q_diff,
		YB_ARGS(yb_i64(c->change_id), yb_i64(after), yb_i64((int64_t)limit + 1)), limit + 1,
		&s.rows) < 0 ||
	    yb_db_list(r, &q_approvers, YB_ARGS(yb_i64(c->change_id)), 10, &s.approvals) < 0 ||
	    org_name(r, &s.c) < 0)
		return -1;
	rows = s.rows.items;
	if (yb_page_cut(&s.rows, limit))
		s.next = (yb_int) { rows[limit - 1].version_id, true };
	for (size_t i = 0; i < s.rows.n; i++)
		columns_compare(r, t, &rows[i], false);
	s.master_name = yb_cstr(t->name);
	if (rights_fill(r, t, &s) < 0)
		return -1;
	yb_reply_etag(r, c->row_ver);
	return yb_reply_record(r, status, change_out, &s);
}

int
change_reply(yb_req *r, int status, int64_t change_id)
{
	struct change c;

	if (change_find(r, change_id, &c) < 0)
		return -1;
	return change_show(r, status, &c, 0, DIFF_PAGE);
}

/* GET /master/changes/{change_id} - one change, with the difference it makes, page by page. */
int
change_get(yb_req *r)
{
	const struct change_query *q = yb_params(r);
	struct change c;

	if (change_open(r, &c, NULL) < 0)
		return -1;
	return change_show(r, 200, &c, q->after.set ? q->after.v : 0,
	    q->limit.set ? (size_t)q->limit.v : DIFF_PAGE);
}

/* ---- what a received file makes different ---- */

struct received_page {
	yb_list rows;
	yb_int next;
};

const yb_field received_page_out[] = {
	{ "rows", YB_OF(struct received_page, rows), YB_EACH(diff_out, struct diff) },
	{ "next", YB_OF(struct received_page, next), .note = "null: the end" },
	{ 0 },
};

int
change_rows_reply(yb_req *r, const struct table *t, const struct change_rows *q)
{
	struct received_page out = { 0 };
	struct diff *rows;

	if (yb_db_list(r, &q_received_diff,
		YB_ARGS(yb_i64(q->change_id), yb_i64(q->after), yb_text(q->op), yb_text(q->op),
		    yb_i64((int64_t)q->limit + 1)),
		q->limit + 1, &out.rows) < 0)
		return -1;
	rows = out.rows.items;
	if (yb_page_cut(&out.rows, q->limit))
		out.next = (yb_int) { rows[q->limit - 1].version_id, true };
	for (size_t i = 0; i < out.rows.n; i++)
		columns_compare(r, t, &rows[i], true);
	return yb_reply_record(r, 200, received_page_out, &out);
}

/* ---- the list ---- */

/* Newest first. Ours, what NHIC must approve, what a municipality must confirm. */
#define CHANGES                                                                              \
	"SELECT change_id, master, owner_id, org_id, kind, status, valid_from, reason,"      \
	" legal_ref, ticket_no, need_own, need_nhic, need_muni, n_rows, n_added, n_changed," \
	" n_ended, diff_hash, created_by, created_user, decided_user, decided_text,"         \
	" created_us, submitted_us, decided_us, effective_us, row_ver FROM master_change"
#define CHANGES_END                                                                          \
	" AND (? IS NULL OR master = ?) AND (? IS NULL OR status = ?) AND change_id < ?"     \
	" ORDER BY change_id DESC LIMIT ?"

/* From both indexes: in the order of the list, those of all others would be read with them. */
const yb_query q_changes = {
	.name = "master_changes",
	.sql = CHANGES " FORCE INDEX (master_change_org, master_change_muni)"
		       " WHERE (org_id = ? OR need_muni = ?)" CHANGES_END,
	.row = change_row,
	.row_size = sizeof(struct change),
	.nparams = 8,
	.tenant = YB_CROSS,
};

const yb_query q_changes_nhic = {
	.name = "master_changes_nhic",
	.sql = CHANGES " WHERE (org_id = ? OR (need_nhic > 0 AND org_id IS NOT NULL)"
		       " OR need_muni = ?)" CHANGES_END,
	.row = change_row,
	.row_size = sizeof(struct change),
	.nparams = 8,
	.tenant = YB_CROSS,
};

static int
change_lines(yb_req *r, const yb_list *found, size_t limit, struct page_out *out)
{
	const struct change *at = found->items;
	struct shown *lines = yb_alloc(r, (limit + 1) * sizeof *lines);

	for (size_t i = 0; i < found->n && i < limit; i++) {
		const struct table *t = table_find(at[i].master);

		lines[i].c = at[i];
		lines[i].master_name = yb_cstr(t == NULL ? "" : t->name);
		if (org_name(r, &lines[i].c) < 0)
			return -1;
	}
	out->changes = (yb_list) { lines, found->n < limit ? found->n : limit };
	if (found->n > limit)
		out->next = (yb_int) { at[limit - 1].change_id, true };
	return 0;
}

/* GET /master/changes - changes of ours and those that wait for our word, newest first. */
int
change_list(yb_req *r)
{
	const struct change_query *q = yb_params(r);
	const yb_caller *who = yb_who(r);
	const struct table *t = q->master.p == NULL ? NULL : table_find(q->master);
	yb_str master = t == NULL ? q->master : yb_cstr(t->id);
	size_t limit = q->limit.set ? (size_t)q->limit.v : 50;
	struct page_out out = { .next = { 0, false } };
	yb_list found;

	if (yb_db_list(r, who->org_type == YB_ORG_NHIC ? &q_changes_nhic : &q_changes,
		YB_ARGS(yb_i64(who->org_id), yb_i64(who->org_id), yb_text(master), yb_text(master),
		    yb_text(q->status), yb_text(q->status),
		    yb_i64(q->after.set ? q->after.v : INT64_MAX), yb_i64((int64_t)limit + 1)),
		limit + 1, &found) < 0 ||
	    change_lines(r, &found, limit, &out) < 0)
		return -1;
	return yb_reply_record(r, 200, change_page_out, &out);
}

/* ---- impact ---- */

struct reference {
	int64_t n;
	yb_str master, name, column, label;
};

static const yb_field reference_row[] = {
	{ "n", YB_OF(struct reference, n) },
	{ 0 },
};

static const yb_field reference_out[] = {
	{ "master", YB_OF(struct reference, master) },
	{ "name", YB_OF(struct reference, name) },
	{ "column", YB_OF(struct reference, column) },
	{ "label", YB_OF(struct reference, label) },
	{ "rows", YB_OF(struct reference, n) },
	{ 0 },
};

struct impact {
	int64_t total;
	yb_list references, permissions, records;
	yb_ref simulation;
};

const yb_field impact_out[] = {
	{ "total", YB_OF(struct impact, total) },
	{ "references", YB_OF(struct impact, references), YB_EACH(reference_out, struct reference),
	    .note = "Rows of other masters that count or will, and name a row of this change." },
	{ "permissions", YB_OF(struct impact, permissions), YB_EACH(opening_out, struct opening),
	    .note = "M42: who gains and who loses which operation." },
	{ "records", YB_OF(struct impact, records), YB_EACH(touched_out, struct touched),
	    .note = "Records and persons with a lot or vaccine of this change." },
	{ "simulation", YB_OF(struct impact, simulation),
	    YB_EACH(simulation_out, struct simulated),
	    .note = "M12, M14, M14I: null when none was asked for." },
	{ 0 },
};

const yb_query q_references = {
	.name = "master_references",
	.sql = "SELECT COUNT(DISTINCT v.version_id) AS n"
	       " FROM master_key AS y JOIN master_version AS v ON v.key_id = y.key_id"
	       "  AND v.op IN ('NEW', 'REVISE') AND v.status IN ('APPROVED', 'EFFECTIVE')"
	       " JOIN master_version AS n JOIN master_key AS k ON k.key_id = n.key_id"
	       " WHERE y.master = ? AND (v.valid_to IS NULL OR v.valid_to >= ?) AND n.change_id = ?"
	       "  AND LEFT(k.key_text, CHAR_LENGTH(?)) = ?"
	       "  AND FIND_IN_SET(SUBSTRING(k.key_text, CHAR_LENGTH(?) + 1),"
	       "   REPLACE(COALESCE(JSON_VALUE(v.cells, ?), ''), '|', ',')) > 0",
	.row = reference_row,
	.row_size = sizeof(struct reference),
	.nparams = 7,
	.tenant = YB_CROSS,
};

static int
reference_count(yb_req *r, const struct table *y, const struct column *col, const struct change *c,
    struct reference *ret)
{
	yb_value prefix =
	    yb_text(col->list == NULL ? YB_STR("") : yb_format_text(r, "%s|", col->list));

	if (yb_db_find(r, &q_references,
		YB_ARGS(yb_text(yb_cstr(y->id)), yb_day(c->valid_from), yb_i64(c->change_id), prefix,
		    prefix, prefix, yb_text(yb_format_text(r, "$.%s", col->name))),
		ret) < 0)
		return -1;
	ret->master = yb_cstr(y->id);
	ret->name = yb_cstr(y->name);
	ret->column = yb_cstr(col->name);
	ret->label = yb_cstr(col->label);
	return 0;
}

#define REFERENCES_MAX 40

/* More rows than people write by hand: nobody reads what a whole file touches. */
#define IMPACT_ROWS 500

int
impact_reply(yb_req *r, int status, const struct change *c)
{
	struct reference *found = yb_alloc(r, REFERENCES_MAX * sizeof *found);
	struct impact out = { 0 };
	const struct table *y;
	size_t n = 0;

	for (size_t i = 0; (y = table_at(i)) != NULL; i++) {
		for (size_t k = 0; k < y->n && n < REFERENCES_MAX; k++) {
			if (y->columns[k].ref == NULL || !yb_str_is(c->master, y->columns[k].ref))
				continue;
			if (reference_count(r, y, &y->columns[k], c, &found[n]) < 0)
				return -1;
			out.total += found[n].n;
			n += found[n].n > 0;
		}
	}
	out.references = (yb_list) { found, n };
	if (permissions_moved(r, c, &out.permissions) < 0 ||
	    records_touched(r, c, &out.records) < 0 || simulation_show(r, c, &out.simulation) < 0)
		return -1;
	return yb_reply_record(r, status, impact_out, &out);
}

/* GET /master/changes/{change_id}/impact - who names the rows of this change (H-8-2 step 4). */
int
change_impact(yb_req *r)
{
	struct change c;

	if (change_open(r, &c, NULL) < 0)
		return -1;
	if (c.n_rows > IMPACT_ROWS)
		return yb_problem(r, "E-REC-006");
	return impact_reply(r, 200, &c);
}
