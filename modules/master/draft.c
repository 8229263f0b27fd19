/*
 * draft.c - a change as somebody writes it down: from a form, before it is handed in (H-8-1).
 */
#include "master.h"

#include <string.h>

#define ROWS_MAX 200

static const yb_field value_in[] = {
	{ "column", YB_OF(struct value_in, column), .flags = YB_REQUIRED, .max = 40,
	    .note = "Name of a column of this master." },
	{ "value", YB_OF(struct value_in, value), .flags = YB_LINES, .max = 280000,
	    .note = "As in a CSV cell; null: empty." },
	{ 0 },
};

static const yb_field row_in[] = {
	{ "op", YB_OF(struct row_in, op), .flags = YB_REQUIRED, .one_of = "NEW,REVISE,END,DELETE",
	    .note = "REVISE begins with a copy of what counts on valid_from; END: valid_from is the "
		    "first day it does not count; DELETE: only what never counted." },
	{ "valid_to", YB_OF(struct row_in, valid_to), .note = "Last day; null: until further notice." },
	{ "values", YB_OF(struct row_in, values), .flags = YB_REQUIRED, .max = COLUMNS_MAX,
	    YB_EACH(value_in, struct value_in),
	    .note = "The key columns, and whatever is not to be empty or to stay." },
	{ 0 },
};

const yb_field change_in[] = {
	{ "kind", YB_OF(struct change_in, kind), .one_of = "EDIT,EMERGENCY",
	    .note = "EMERGENCY: a lot is stopped at once, by two approvers (H-8-3). Else EDIT." },
	{ "valid_from", YB_OF(struct change_in, valid_from), .flags = YB_REQUIRED,
	    .note = "First day, in Japan." },
	{ "reason", YB_OF(struct change_in, reason), .max = 200, .min = 1 },
	{ "legal_ref", YB_OF(struct change_in, legal_ref), .max = 200, .min = 1,
	    .note = "Law, number and date; required for rules of the country." },
	{ "ticket_no", YB_OF(struct change_in, ticket_no), .max = 40, .min = 1,
	    .note = "Change ticket; required for masters of OPS." },
	{ "rows", YB_OF(struct change_in, rows), .flags = YB_REQUIRED, .max = ROWS_MAX,
	    YB_EACH(row_in, struct row_in) },
	{ 0 },
};

/* ---- what a change says of itself ---- */

static yb_date
earliest(const yb_req *r, const struct table *t)
{
	switch (t->from) {
	case FROM_TOMORROW:
		return yb_date_add_days(yb_today(r), 1);
	case FROM_COOL_OFF:
		return yb_date_add_days(yb_today(r), yb_option_i64(r, "cool_off_days"));
	case FROM_TODAY:
		break;
	}
	return yb_today(r);
}

int
change_head_check(yb_req *r, const struct table *t, const struct change_new *in)
{
	bool emergency = yb_str_is(in->kind, "EMERGENCY");

	if (emergency && (t->flags & TABLE_EMERGENCY) == 0)
		yb_fault_add(r, "/kind", "E-VAL-013");
	if (emergency && yb_date_cmp(in->valid_from, yb_today(r)) != 0)
		yb_fault_add(r, "/valid_from", "E-VAL-003");
	if (!emergency && yb_date_cmp(in->valid_from, earliest(r, t)) < 0)
		yb_fault_add(r, "/valid_from", "E-VAL-003");
	if ((t->flags & TABLE_LEGAL) != 0 && in->legal_ref.p == NULL)
		yb_fault_add(r, "/legal_ref", "E-VAL-001");
	if ((t->flags & TABLE_TICKET) != 0 && in->ticket_no.p == NULL)
		yb_fault_add(r, "/ticket_no", "E-VAL-001");
	return yb_faults_refuse(r);
}

static struct change_new
head_of(const struct change_in *in)
{
	return (struct change_new) { .kind = in->kind.p == NULL ? YB_STR("EDIT") : in->kind,
		.reason = in->reason,
		.legal_ref = in->legal_ref,
		.ticket_no = in->ticket_no,
		.valid_from = in->valid_from };
}

/* ---- its rows ---- */

static enum op
op_of(yb_str name)
{
	for (size_t i = 0; i < 3; i++)
		if (yb_str_is(name, op_names[i]))
			return (enum op)i;
	return OP_DELETE;
}

/* Fills the cells the sender wrote; `keys` or the others. */
static void
values_take(yb_req *r, const struct table *t, const struct row_in *in, struct entry *e, bool keys)
{
	const struct value_in *v = in->values.items;

	for (size_t i = 0; i < in->values.n; i++) {
		size_t at = column_of(t, v[i].column);

		if (at == t->n && keys)
			entry_fault(r, e, "values", "E-VAL-005");
		else if (at < t->n && keys == ((t->columns[at].flags & COL_KEY) != 0))
			e->cells[at] = v[i].value;
	}
}

/* The copy of what counts, and over it what the sender wrote. */
static void
row_fill(yb_req *r, const struct table *t, const struct row_in *in, yb_date from, struct entry *e)
{
	bool known = e->base != NULL && e->base->version_id.set;

	if (e->op != OP_NEW && !known && e->op != OP_DELETE) {
		entry_fault(r, e, NULL, "E-VAL-012");
		return;
	}
	if (e->op == OP_DELETE && e->base == NULL) {
		entry_fault(r, e, NULL, "E-AUTH-005");
		return;
	}
	if (e->op != OP_NEW && known)
		e->cells = cells_read(r, t, e->base->cells);
	if (e->op == OP_NEW || e->op == OP_REVISE)
		values_take(r, t, in, e, false);
	e->valid_to = in->valid_to;
	if (yb_date_is_null(e->valid_to))
		return;
	if (e->op == OP_END || e->op == OP_DELETE)
		entry_fault(r, e, "valid_to", "E-VAL-013");
	else if (yb_date_cmp(e->valid_to, from) < 0)
		entry_fault(r, e, "valid_to", "E-VAL-003");
}

static void
entries_take(yb_req *r, const struct table *t, const yb_list *rows, struct entry *entries)
{
	const struct row_in *in = rows->items;

	for (size_t i = 0; i < rows->n; i++) {
		struct entry *e = &entries[i];

		e->at = i;
		e->op = op_of(in[i].op);
		e->cells = yb_alloc(r, (t->n + 1) * sizeof *e->cells);
		values_take(r, t, &in[i], e, true);
		e->key = cells_key(r, t, e->cells);
		if (e->key.len > KEY_MAX)
			entry_fault(r, e, NULL, "E-VAL-002");
	}
}

/* The same row twice in one change; what an emergency may do. */
static void
entries_compare(yb_req *r, const struct change_new *head, struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct entry *e = &entries[i];

		if (i > 0 && yb_str_eq(e->key, entries[i - 1].key))
			entry_fault(r, e, NULL, "E-MST-001");
		if (yb_str_is(head->kind, "EMERGENCY") && e->op != OP_REVISE)
			entry_fault(r, e, "op", "E-VAL-013");
	}
}

/* END and DELETE keep what counts; only their names and their owner are looked at. */
static int
entries_finish(yb_req *r, const struct table *t, const struct change_new *head,
    struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct entry *e = &entries[i];
		bool stops = e->op == OP_END || e->op == OP_DELETE;

		if (!e->bad && !stops && entries_check(r, t, e, 1, head->valid_from) < 0)
			return -1;
		if (!e->bad && e->base != NULL && e->base->owner_id != owner_of(r, t))
			entry_fault(r, e, NULL, "E-AUTH-005");
		if (!e->bad && yb_str_is(head->kind, "EMERGENCY") &&
		    !yb_str_is(cell_of(t, e, "lot_status"), "使用停止"))
			entry_fault(r, e, "lot_status", "E-VAL-013");
		entry_seal(r, t, e);
	}
	return yb_faults_refuse(r);
}

/* Everything the form says, checked: *ret are the entries in the order of their keys. */
static int
rows_take(yb_req *r, const struct table *t, const struct change_in *in,
    const struct change_new *head, struct entry **ret)
{
	struct entry *entries = yb_alloc(r, (in->rows.n + 1) * sizeof *entries);
	size_t n = in->rows.n;

	if (n == 0)
		return yb_problem_field(r, "E-VAL-006", "/rows");
	entries_take(r, t, &in->rows, entries);
	if (yb_faults_refuse(r) < 0 || current_merge(r, t, entries, n, head->valid_from, true) < 0)
		return -1;
	entries_compare(r, head, entries, n);
	for (size_t i = 0; i < n; i++)
		if (!entries[i].bad)
			row_fill(r, t, (const struct row_in *)in->rows.items + entries[i].at,
			    head->valid_from, &entries[i]);
	if (entries_finish(r, t, head, entries, n) < 0)
		return -1;
	*ret = entries;
	return 0;
}

static void
audit_change(yb_req *r, const struct table *t, int64_t change_id)
{
	yb_audit_target(r, yb_format_text(r, "master:%s", t->id).p,
	    yb_format_text(r, "change %lld", (long long)change_id));
}

/* POST /master/masters/{master}/changes - a draft, H-8-1 step 2. */
int
change_create(yb_req *r)
{
	const struct change_in *in = yb_body(r);
	const struct table *t = table_to_edit(r, yb_path(r, "master"));
	struct change_new head = head_of(in);
	struct entry *entries;
	int64_t id;

	if (t == NULL || change_head_check(r, t, &head) < 0 ||
	    book_lock(r, t, owner_of(r, t)) < 0 || baseline_ready(r, t) < 0 ||
	    rows_take(r, t, in, &head, &entries) < 0)
		return -1;
	if (change_insert(r, t, owner_of(r, t), &head, "DRAFT", &id) < 0 ||
	    change_add(r, t, owner_of(r, t), id, head.valid_from, "DRAFT", entries, in->rows.n) < 0 ||
	    change_recount(r, id) < 0)
		return -1;
	audit_change(r, t, id);
	return change_reply(r, 201, id);
}

/* A draft of ours that the caller may write on, and whose version is the sender's. */
static int
draft_open(yb_req *r, struct change *c, const struct table **t)
{
	if (change_open(r, c, t) < 0)
		return -1;
	if (!change_is_ours(r, c))
		return yb_problem(r, "E-AUTH-005");
	if (!has_role(r, (*t)->edit))
		return yb_problem(r, "E-AUTH-004");
	if (yb_if_match(r, c->row_ver) < 0)
		return -1;
	return yb_str_is(c->status, "DRAFT") ? 0 : yb_problem(r, "E-ACC-005");
}

/* PUT /master/changes/{change_id} - the draft, written anew. */
int
change_replace(yb_req *r)
{
	const struct change_in *in = yb_body(r);
	struct change_new head = head_of(in);
	const struct table *t;
	struct entry *entries;
	struct change c;

	if (draft_open(r, &c, &t) < 0 || change_head_check(r, t, &head) < 0 ||
	    rows_take(r, t, in, &head, &entries) < 0)
		return -1;
	if (exec(r, &q_versions_delete, YB_ARGS(yb_i64(c.change_id))) < 0 ||
	    exec(r, &q_change_head,
		YB_ARGS(yb_day(head.valid_from), yb_text(head.reason), yb_text(head.legal_ref),
		    yb_text(head.ticket_no), yb_text(head.kind), yb_at(yb_now(r)),
		    yb_i64(c.change_id))) < 0 ||
	    change_add(r, t, c.owner_id, c.change_id, head.valid_from, "DRAFT", entries,
		in->rows.n) < 0 ||
	    change_recount(r, c.change_id) < 0)
		return -1;
	return change_reply(r, 200, c.change_id);
}

/* DELETE /master/changes/{change_id} - the draft is thrown away. */
int
change_drop(yb_req *r)
{
	const struct table *t;
	struct change c;

	if (draft_open(r, &c, &t) < 0 || change_delete(r, c.change_id) < 0)
		return -1;
	return yb_reply_empty(r);
}
