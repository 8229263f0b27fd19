/*
 * import.c - masters from and to CSV, as jobs of the core: one path for all of them.
 *
 * master.rows compares a file with what counts on valid_from, a batch at a time, in the order of
 * the keys; what is new or different becomes one change, a draft or already handed in. With
 * mode "whole" the file is all there is: what counts and is not in it ends.
 */
#include "master.h"

#include <string.h>

struct rows_params {
	yb_str master, reason, legal_ref, ticket_no, mode;
	yb_date valid_from;
	bool submit;
};

static const yb_field rows_params[] = {
	{ "master", YB_OF(struct rows_params, master), .flags = YB_REQUIRED, .max = 40 },
	{ "valid_from", YB_OF(struct rows_params, valid_from), .flags = YB_REQUIRED },
	{ "reason", YB_OF(struct rows_params, reason), .max = 200, .min = 1 },
	{ "legal_ref", YB_OF(struct rows_params, legal_ref), .max = 200, .min = 1 },
	{ "ticket_no", YB_OF(struct rows_params, ticket_no), .max = 40, .min = 1 },
	{ "mode", YB_OF(struct rows_params, mode), .one_of = "part,whole",
	    .note = "whole: rows that are not in the file end. Else part." },
	{ "submit", YB_OF(struct rows_params, submit), .note = "Hand the change in at once." },
	{ 0 },
};

struct import { /* from the first row of the commit to the last */
	int64_t change_id;
};

/* Ends every row of ours that counts on the day, and is neither in the change nor the same. */
const yb_query q_import_ended = {
	.name = "master_import_ended",
	.sql = "INSERT INTO master_version (change_id, key_id, version_no, op, status, valid_from,"
	       " cells, row_hash, search_key) SELECT ?, k.key_id, k.next_no, 'END', 'DRAFT', ?,"
	       " v.cells, v.row_hash, v.search_key FROM master_key AS k"
	       " JOIN master_version AS v ON v.key_id = k.key_id AND v.op IN ('NEW', 'REVISE')"
	       "  AND v.status IN ('APPROVED', 'EFFECTIVE') AND v.valid_from <= ?"
	       "  AND (v.valid_to IS NULL OR v.valid_to >= ?)"
	       " LEFT JOIN master_import_key AS f ON f.change_id = ? AND f.key_id = k.key_id"
	       " LEFT JOIN master_version AS n ON n.change_id = ? AND n.key_id = k.key_id"
	       " WHERE k.master = ? AND k.owner_id = ? AND f.key_id IS NULL AND n.key_id IS NULL",
	.nparams = 8,
	.tenant = YB_CROSS,
};

const yb_query q_import_numbered = {
	.name = "master_import_numbered",
	.sql = "UPDATE master_key AS k JOIN master_version AS n ON n.key_id = k.key_id"
	       " SET k.next_no = n.version_no + 1 WHERE n.change_id = ? AND n.op = 'END'",
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct import_key {
	int64_t change_id, key_id;
};

static const yb_field import_key[] = {
	{ "change_id", YB_OF(struct import_key, change_id) },
	{ "key_id", YB_OF(struct import_key, key_id) },
	{ 0 },
};

const yb_query q_import_key = {
	.name = "master_import_key",
	.sql = "INSERT INTO master_import_key (change_id, key_id) VALUES (?, ?)",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_import_done = {
	.name = "master_import_done",
	.sql = "DELETE FROM master_import_key WHERE change_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* ---- columns ---- */

struct record {
	yb_str cells[COLUMNS_MAX + 1];
	yb_date days[COLUMNS_MAX + 1]; /* spreadsheets write days in their own way: the core reads them */
};

/* What the core should know of a column; the rest is cell_check's, as for a form. */
static yb_field
job_field(const struct column *c, size_t i)
{
	yb_field f = { .name = c->name,
		.type = YB_T_TEXT,
		.offset = offsetof(struct record, cells) + i * sizeof(yb_str),
		.max = 300000 };

	if (c->kind == KIND_DAY) {
		f.type = YB_T_DATE;
		f.offset = offsetof(struct record, days) + i * sizeof(yb_date);
	}
	if (c->kind == KIND_LINES)
		f.flags = YB_LINES;
	if (c->kind == KIND_DIGITS) {
		f.max = c->max;
		f.min = c->min;
	}
	return f;
}

static int
columns_of(yb_req *r, const struct table *t, yb_columns *ret)
{
	yb_field *fields = yb_alloc(r, (t->n + 1) * sizeof *fields);
	const char **labels = yb_alloc(r, (t->n + 1) * sizeof *labels);
	yb_str key = YB_STR("");

	for (size_t i = 0; i < t->n; i++) {
		const struct column *c = &t->columns[i];

		fields[i] = job_field(c, i);
		labels[i] = c->label;
		if ((c->flags & COL_KEY) != 0)
			key = yb_format_text(r, "%.*s%s%s", (int)key.len, key.p,
			    key.len > 0 ? "," : "", c->name);
	}
	*ret = (yb_columns) { fields, sizeof(struct record), labels, key.p };
	return 0;
}

static int
import_columns(yb_req *r, yb_columns *ret)
{
	const struct rows_params *p = yb_job_params(r);
	const struct table *t = table_to_edit(r, p->master);

	return t == NULL ? -1 : columns_of(r, t, ret);
}

/* ---- rows ---- */

static void
cells_take(yb_req *r, const struct table *t, const struct record *in, struct entry *e)
{
	e->cells = yb_alloc(r, (t->n + 1) * sizeof *e->cells);
	for (size_t i = 0; i < t->n; i++) {
		yb_date d = in->days[i];

		e->cells[i] = in->cells[i];
		if (t->columns[i].kind == KIND_DAY && !yb_date_is_null(d))
			e->cells[i] = yb_date_text(r, d);
	}
}

/* Checks a batch and says of each row what it would do; *ret in the order of the keys. */
static int
batch_look(yb_req *r, const struct table *t, yb_row *rows, size_t n, struct entry **ret)
{
	const struct rows_params *p = yb_job_params(r);
	struct entry *entries = yb_alloc(r, (n + 1) * sizeof *entries);

	for (size_t i = 0; i < n; i++) {
		entries[i].row = &rows[i];
		cells_take(r, t, rows[i].record, &entries[i]);
	}
	if (entries_check(r, t, entries, n, p->valid_from) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		entry_seal(r, t, &entries[i]);
	if (current_merge(r, t, entries, n, p->valid_from, false) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct entry *e = &entries[i];

		if (e->key.len > KEY_MAX)
			entry_fault(r, e, NULL, "E-VAL-002");
		e->op = e->base != NULL && e->base->version_id.set ? OP_REVISE : OP_NEW;
		e->row->outcome = entry_stands(e) ? YB_ROW_SAME
		    : e->op == OP_NEW	     ? YB_ROW_ADDED
					     : YB_ROW_CHANGED;
	}
	*ret = entries;
	return 0;
}

static struct change_new
head_of(const struct rows_params *p)
{
	return (struct change_new) { .kind = YB_STR("IMPORT"),
		.reason = p->reason,
		.legal_ref = p->legal_ref,
		.ticket_no = p->ticket_no,
		.valid_from = p->valid_from };
}

static int
import_check(yb_req *r, yb_row *rows, size_t n)
{
	const struct rows_params *p = yb_job_params(r);
	const struct table *t = table_to_edit(r, p->master);
	struct change_new head = head_of(p);
	struct entry *entries;

	if (t == NULL || change_head_check(r, t, &head) < 0)
		return -1;
	return batch_look(r, t, rows, n, &entries);
}

/* A whole list that lets rows end is carried out only when somebody has said so. */
static int
import_checked(yb_req *r)
{
	const struct rows_params *p = yb_job_params(r);
	const struct table *t = table_to_edit(r, p->master);
	int64_t now;

	if (t == NULL)
		return -1;
	if (!yb_str_is(p->mode, "whole"))
		return 0;
	if (current_count(r, t, owner_of(r, t), p->valid_from, &now) < 0)
		return -1;
	if (now > yb_job_count(r, YB_ROW_SAME) + yb_job_count(r, YB_ROW_CHANGED))
		yb_job_hold(r, "E-MST-007");
	return 0;
}

/* ---- the commit ---- */

static int
import_begin(yb_req *r, const struct table *t, const struct rows_params *p, struct import *s)
{
	struct change_new head = head_of(p);

	if (s->change_id != 0)
		return 0;
	if (change_head_check(r, t, &head) < 0 || book_lock(r, t, owner_of(r, t)) < 0)
		return -1;
	if (head.reason.p == NULL)
		head.reason = yb_format_text(r, "CSV %.*s", (int)yb_job_no(r).len, yb_job_no(r).p);
	return change_insert(r, t, owner_of(r, t), &head, "DRAFT", &s->change_id);
}

/* Same rows are no part of the change; a whole list remembers that it had them. */
static int
batch_store(yb_req *r, const struct table *t, const struct rows_params *p, int64_t change_id,
    struct entry *entries, size_t n)
{
	struct import_key *kept = yb_alloc(r, (n + 1) * sizeof *kept);
	size_t fresh = 0, n_kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (entries[i].bad)
			continue;
		if (entries[i].row->outcome == YB_ROW_SAME)
			kept[n_kept++] = (struct import_key) { change_id, entries[i].base->key_id };
		else
			entries[fresh++] = entries[i];
	}
	if (yb_str_is(p->mode, "whole") && n_kept > 0 &&
	    yb_db_each(r, &q_import_key, import_key, sizeof *kept, kept, n_kept) != 0)
		return yb_problem(r, "E-SYS-003");
	return change_add(r, t, owner_of(r, t), change_id, p->valid_from, "DRAFT", entries, fresh);
}

static int
import_apply(yb_req *r, yb_row *rows, size_t n)
{
	const struct rows_params *p = yb_job_params(r);
	const struct table *t = table_to_edit(r, p->master);
	struct import *s = yb_run_state(r, sizeof *s);
	struct entry *entries;

	if (t == NULL || import_begin(r, t, p, s) < 0 || batch_look(r, t, rows, n, &entries) < 0)
		return -1;
	return batch_store(r, t, p, s->change_id, entries, n);
}

int
import_rest_end(yb_req *r, const struct table *t, int64_t owner_id, int64_t change_id, yb_date on)
{
	yb_value id = yb_i64(change_id), day = yb_day(on);

	if (exec(r, &q_import_ended,
		YB_ARGS(id, day, day, day, id, id, yb_text(yb_cstr(t->id)),
		    yb_i64(owner_id))) < 0 ||
	    exec(r, &q_import_numbered, YB_ARGS(id)) < 0)
		return -1;
	return exec(r, &q_import_done, YB_ARGS(id));
}

static int
import_applied(yb_req *r)
{
	const struct rows_params *p = yb_job_params(r);
	const struct table *t = table_to_edit(r, p->master);
	struct import *s = yb_run_state(r, sizeof *s);
	struct change c;

	if (t == NULL || s->change_id == 0)
		return t == NULL ? -1 : 0;
	if (yb_str_is(p->mode, "whole") &&
	    import_rest_end(r, t, owner_of(r, t), s->change_id, p->valid_from) < 0)
		return -1;
	if (change_recount(r, s->change_id) < 0 ||
	    yb_db_find(r, &q_change_lock, YB_ARGS(yb_i64(s->change_id)), &c) < 0)
		return -1;
	if (c.n_rows == 0) /* the file said what counts already */
		return change_delete(r, s->change_id);
	return p->submit ? change_hand_in(r, t, &c) : 0;
}

const yb_job_kind master_rows_job = {
	.name = "master.rows",
	.title = "マスタの一括登録",
	.function = "H-8-1",
	.roles = YB_DO(H_8),
	.reach = YB_REACH_CROSS,
	.action = YB_ACT_CREATE,
	.shows = YB_SHOWS_NOBODY,
	.params = rows_params,
	.params_size = sizeof(struct rows_params),
	.max_rows = 60000, /* what one approval can take over */
	.columns = import_columns,
	.check = import_check,
	.checked = import_checked,
	.apply = import_apply,
	.applied = import_applied,
};

/* ---- out ---- */

struct export_params {
	yb_str master, org_code;
	yb_date as_of;
};

static const yb_field export_params[] = {
	{ "master", YB_OF(struct export_params, master), .flags = YB_REQUIRED, .max = 40 },
	{ "org_code", YB_OF(struct export_params, org_code), .max = 10, .note = "Rows of one owner." },
	{ "as_of", YB_OF(struct export_params, as_of), .note = "The day; null: today." },
	{ 0 },
};

struct export_state {
	char after[4 * KEY_MAX + 1];
	size_t len;
	int64_t rows;
};

struct export_row {
	yb_str key_text, cells;
	int64_t owner_id;
};

static const yb_field export_row[] = {
	{ "key_text", YB_OF(struct export_row, key_text) },
	{ "owner_id", YB_OF(struct export_row, owner_id) },
	{ "cells", YB_OF(struct export_row, cells) },
	{ 0 },
};

#define EXPORT_PAGE 1000

const yb_query q_export = {
	.name = "master_export",
	.sql = "SELECT k.key_text, k.owner_id, IF(? IS NULL, v.cells,"
	       " JSON_REMOVE(v.cells, ?)) AS cells FROM master_key AS k"
	       " JOIN master_version AS v FORCE INDEX (master_version_no)"
	       "  ON v.key_id = k.key_id AND v.op IN ('NEW', 'REVISE')"
	       "  AND v.status IN ('APPROVED', 'EFFECTIVE', 'EXPIRED')"
	       "  AND v.valid_from <= ? AND (v.valid_to IS NULL OR v.valid_to >= ?)"
	       " WHERE k.master = ? AND k.key_text > ? AND (? IS NULL OR k.owner_id ="
	       "   (SELECT w.org_id FROM core_org AS w WHERE w.org_code = ?))"
	       " ORDER BY k.key_text LIMIT 1000",
	.row = export_row,
	.row_size = sizeof(struct export_row),
	.nparams = 8,
	.tenant = YB_CROSS,
};

static int
export_columns(yb_req *r, yb_columns *ret)
{
	const struct export_params *p = yb_job_params(r);
	const struct table *t = table_to_read(r, p->master);

	return t == NULL ? -1 : columns_of(r, t, ret);
}

static int
export_line(yb_req *r, const struct table *t, const struct export_row *row)
{
	yb_str *cells = cells_read(r, t, row->cells);
	struct record out = { 0 };

	cells_withhold(r, t, row->owner_id, cells);
	for (size_t i = 0; i < t->n; i++) {
		out.cells[i] = cells[i];
		if (t->columns[i].kind == KIND_DAY)
			(void)yb_date_parse(cells[i], &out.days[i]); /* null stays null */
	}
	return yb_job_write(r, &out);
}

/* People get at most what a screen of theirs may ask for (H-8-9); the owner gets all. */
static int
export_limit(yb_req *r, const struct table *t, int64_t rows)
{
	if (rows <= yb_option_i64(r, "export_rows") || has_role(r, t->edit))
		return 0;
	return yb_problem(r, "E-REC-006");
}

static int
export_produce(yb_req *r)
{
	const struct export_params *p = yb_job_params(r);
	const struct table *t = table_to_read(r, p->master);
	struct export_state *s = yb_run_state(r, sizeof *s);
	yb_date on = yb_date_is_null(p->as_of) ? yb_today(r) : p->as_of;
	yb_value image = yb_text(t == NULL ? YB_STR("") : image_path(r, t));
	const struct export_row *at;
	yb_list rows;

	if (t == NULL ||
	    yb_db_list(r, &q_export,
		YB_ARGS(image, image, yb_day(on), yb_day(on), yb_text(yb_cstr(t->id)),
		    yb_text((yb_str) { s->after, s->len }), yb_text(p->org_code),
		    yb_text(p->org_code)),
		EXPORT_PAGE, &rows) < 0)
		return -1;
	at = rows.items;
	s->rows += (int64_t)rows.n;
	if (export_limit(r, t, s->rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (export_line(r, t, &at[i]) < 0)
			return -1;
	if (rows.n == EXPORT_PAGE) {
		s->len = at[rows.n - 1].key_text.len;
		memcpy(s->after, at[rows.n - 1].key_text.p, s->len);
		yb_run_again(r);
	}
	return 0;
}

const yb_job_kind master_export_job = {
	.name = "master.export",
	.title = "マスタのCSV出力",
	.function = "H-8-9",
	.roles = YB_SEE(H_8_9),
	.reach = YB_REACH_CROSS,
	.action = YB_ACT_EXPORT,
	.shows = YB_SHOWS_NOBODY,
	.params = export_params,
	.params_size = sizeof(struct export_params),
	.columns = export_columns,
	.produce = export_produce,
};
