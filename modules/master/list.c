/*
 * list.c - rows of a master on some day, for people and for programs (H-8-9).
 */
#include "master.h"

#include <string.h>

#define HISTORY_MAX 200

/* ---- the masters themselves ---- */

struct column_out {
	yb_str name, label, type, one_of, ref, list;
	bool key, required;
	int64_t min, max;
};

static const yb_field column_out[] = {
	{ "name", YB_OF(struct column_out, name) },
	{ "label", YB_OF(struct column_out, label) },
	{ "type", YB_OF(struct column_out, type) },
	{ "key", YB_OF(struct column_out, key) },
	{ "required", YB_OF(struct column_out, required) },
	{ "min", YB_OF(struct column_out, min) },
	{ "max", YB_OF(struct column_out, max) },
	{ "one_of", YB_OF(struct column_out, one_of), .note = "Words with | between them." },
	{ "ref", YB_OF(struct column_out, ref), .note = "The master it names a row of." },
	{ "list", YB_OF(struct column_out, list), .note = "Which list of M54." },
	{ 0 },
};

struct table_out {
	yb_str id, word, name, owner, from, earliest;
	bool national, received, can_edit, can_approve, needs_law, needs_ticket, can_emergency,
	    can_rollback;
	int64_t approvals;
	yb_list columns;
};

static const yb_field table_out[] = {
	{ "id", YB_OF(struct table_out, id) },
	{ "word", YB_OF(struct table_out, word), .note = "Its name for programs, as good as the id." },
	{ "name", YB_OF(struct table_out, name) },
	{ "owner", YB_OF(struct table_out, owner), .note = "Types of organisation that edit it." },
	{ "national", YB_OF(struct table_out, national) },
	{ "received", YB_OF(struct table_out, received), .note = "From another system; not edited." },
	{ "earliest", YB_OF(struct table_out, earliest), .note = "Earliest valid_from." },
	{ "approvals", YB_OF(struct table_out, approvals) },
	{ "needs_law", YB_OF(struct table_out, needs_law) },
	{ "needs_ticket", YB_OF(struct table_out, needs_ticket) },
	{ "can_emergency", YB_OF(struct table_out, can_emergency) },
	{ "can_rollback", YB_OF(struct table_out, can_rollback) },
	{ "can_edit", YB_OF(struct table_out, can_edit) },
	{ "can_approve", YB_OF(struct table_out, can_approve) },
	{ "columns", YB_OF(struct table_out, columns), YB_EACH(column_out, struct column_out) },
	{ 0 },
};

struct tables_page {
	yb_list masters;
};

const yb_field tables_out[] = {
	{ "masters", YB_OF(struct tables_page, masters), YB_EACH(table_out, struct table_out) },
	{ 0 },
};

static yb_list
columns_show(yb_req *r, const struct table *t)
{
	static const char *const kinds[] = { "text", "lines", "digits", "number", "decimal", "day",
		"month", "season", "flag", "list", "url", "phone", "hours", "image", "age", "after" };
	struct column_out *out = yb_alloc(r, t->n * sizeof *out);

	for (size_t i = 0; i < t->n; i++) {
		const struct column *c = &t->columns[i];

		out[i] = (struct column_out) { .name = yb_cstr(c->name),
			.label = yb_cstr(c->label),
			.type = yb_cstr(kinds[c->kind]),
			.one_of = yb_cstr(c->one_of),
			.ref = yb_cstr(c->ref),
			.list = yb_cstr(c->list),
			.key = (c->flags & COL_KEY) != 0,
			.required = (c->flags & COL_MUST) != 0,
			.min = c->min,
			.max = c->max };
	}
	return (yb_list) { out, t->n };
}

static void
table_show(yb_req *r, const struct table *t, struct table_out *out)
{
	static const char *const from[] = { "today", "tomorrow", "cool-off" };
	static const int64_t approvals[] = { 0, 1, 2, 1, 1 };

	*out = (struct table_out) { .id = yb_cstr(t->id),
		.word = yb_cstr(t->word),
		.name = yb_cstr(t->name),
		.owner = yb_cstr(t->owner),
		.earliest = yb_cstr(from[t->from]),
		.national = (t->flags & TABLE_NATIONAL) != 0,
		.received = (t->flags & TABLE_RECEIVED) != 0,
		.needs_law = (t->flags & TABLE_LEGAL) != 0,
		.needs_ticket = (t->flags & TABLE_TICKET) != 0,
		.can_emergency = (t->flags & TABLE_EMERGENCY) != 0 && has_role(r, t->edit),
		.can_rollback = (t->flags & TABLE_ROLLBACK) != 0 && has_role(r, t->approve),
		.can_edit = (t->flags & TABLE_RECEIVED) == 0 && has_role(r, t->edit),
		.can_approve = (t->flags & TABLE_RECEIVED) == 0 && has_role(r, t->approve),
		.approvals = approvals[t->approval],
		.columns = columns_show(r, t) };
}

/* GET /master/masters - every master the caller may read, with its columns. */
int
tables_list(yb_req *r)
{
	enum yb_org_type type = yb_who(r)->org_type;
	bool inner = type == YB_ORG_NHIC || type == YB_ORG_OPS;
	struct tables_page page;
	struct table_out *out;
	const struct table *t;
	size_t n = 0;

	while (table_at(n) != NULL)
		n++;
	out = yb_alloc(r, n * sizeof *out);
	n = 0;
	for (size_t i = 0; (t = table_at(i)) != NULL; i++)
		if (inner || (t->flags & TABLE_INNER) == 0)
			table_show(r, t, &out[n++]);
	page.masters = (yb_list) { out, n };
	return yb_reply_record(r, 200, tables_out, &page);
}

/* ---- rows ---- */

struct row {
	int64_t version_id, version_no, owner_id;
	yb_str key_text, org_code, status, op, cells;
	yb_date valid_from, valid_to;
	yb_ref values;
	yb_int change_id;
};

static const yb_field row_row[] = {
	{ "version_id", YB_OF(struct row, version_id) },
	{ "version_no", YB_OF(struct row, version_no) },
	{ "owner_id", YB_OF(struct row, owner_id) },
	{ "key_text", YB_OF(struct row, key_text) },
	{ "org_code", YB_OF(struct row, org_code) },
	{ "status", YB_OF(struct row, status) },
	{ "op", YB_OF(struct row, op) },
	{ "valid_from", YB_OF(struct row, valid_from) },
	{ "valid_to", YB_OF(struct row, valid_to) },
	{ "change_id", YB_OF(struct row, change_id) },
	{ "cells", YB_OF(struct row, cells) },
	{ 0 },
};

static const yb_field any_values[] = { { 0 } }; /* one text a column, see GET /master/masters */

#define ROW_OUT(values_fields, values_size)                                                    \
	{ "key", YB_OF(struct row, key_text) },                                                \
	{ "org_code", YB_OF(struct row, org_code), .note = "Null: of the country." },          \
	{ "version_id", YB_OF(struct row, version_id), .note = "What a transaction keeps." },  \
	{ "version_no", YB_OF(struct row, version_no) },                                       \
	{ "op", YB_OF(struct row, op) },                                                       \
	{ "status", YB_OF(struct row, status), .note = "As it is today." },                    \
	{ "valid_from", YB_OF(struct row, valid_from) },                                       \
	{ "valid_to", YB_OF(struct row, valid_to) },                                           \
	{ "change_id", YB_OF(struct row, change_id), .note = "Null: another's." },             \
	{ "values", YB_OF(struct row, values), .of = (values_fields), .size = (values_size),   \
	    .note = "One text or null for each column of the master." }

static const yb_field row_out[] = { ROW_OUT(any_values, 1), { 0 } };
#define ROW_OUT_N    (sizeof row_out / sizeof row_out[0])
#define ROW_VALUES   (ROW_OUT_N - 2)

struct rows_page {
	yb_str master, name, next;
	yb_date as_of;
	yb_list rows;
};

#define ROWS_OUT(fields)                                                                       \
	{ "master", YB_OF(struct rows_page, master) },                                         \
	{ "name", YB_OF(struct rows_page, name) },                                             \
	{ "as_of", YB_OF(struct rows_page, as_of) },                                           \
	{ "rows", YB_OF(struct rows_page, rows), YB_EACH(fields, struct row) },                \
	{ "next", YB_OF(struct rows_page, next), .note = "`after` of the next page; null: all." }

const yb_field rows_out[] = { ROWS_OUT(row_out), { 0 } };
#define ROWS_OUT_N  (sizeof rows_out / sizeof rows_out[0])
#define ROWS_ROWS   3

const yb_field rows_query[] = {
	{ "limit", YB_OF(struct rows_query, limit), .min = 1, .max = 500, .note = "100." },
	{ "after", YB_OF(struct rows_query, after), .max = KEY_MAX, .note = "`next` of the page before." },
	{ "q", YB_OF(struct rows_query, q), .max = 60,
	    .note = "A part of code or name; kana, width and case do not matter." },
	{ "org_code", YB_OF(struct rows_query, org_code), .max = 10, .note = "Rows of one owner." },
	{ "as_of", YB_OF(struct rows_query, as_of), .note = "The day; null: today." },
	{ 0 },
};

/* As it is today, whatever the timer has done. */
#define STATUS_TODAY                                                                           \
	"CASE WHEN v.status IN ('APPROVED', 'EFFECTIVE') AND v.valid_to < ? THEN 'EXPIRED'"    \
	" WHEN v.status = 'APPROVED' AND v.valid_from <= ? THEN 'EFFECTIVE' ELSE v.status END"
#define ROW_COLUMNS                                                                            \
	"v.version_id, v.version_no, k.owner_id, k.key_text, o.org_code, " STATUS_TODAY        \
	" AS status, v.op, v.valid_from, v.valid_to, v.change_id,"

/* A key has few versions; the optimizer would rather read the status of all there are. */
const yb_query q_rows = {
	.name = "master_rows",
	.sql = "SELECT " ROW_COLUMNS " IF(? IS NULL, v.cells, JSON_REMOVE(v.cells, ?)) AS cells"
	       " FROM master_key AS k"
	       " JOIN master_version AS v FORCE INDEX (master_version_no)"
	       "  ON v.key_id = k.key_id AND v.op IN ('NEW', 'REVISE')"
	       "  AND v.status IN ('APPROVED', 'EFFECTIVE', 'EXPIRED')"
	       "  AND v.valid_from <= ? AND (v.valid_to IS NULL OR v.valid_to >= ?)"
	       " LEFT JOIN core_org AS o ON o.org_id = k.owner_id"
	       " WHERE k.master = ? AND k.key_text > ? AND (? IS NULL OR k.owner_id ="
	       "   (SELECT w.org_id FROM core_org AS w WHERE w.org_code = ?))"
	       "  AND (? IS NULL OR LOCATE(?, v.search_key) > 0 OR k.key_text LIKE CONCAT(?, '%'))"
	       " ORDER BY k.key_text LIMIT ?",
	.row = row_row,
	.row_size = sizeof(struct row),
	.nparams = 14,
	.tenant = YB_CROSS,
};

/* Everything that was handed in, for the owner; what counted or will, for all others. */
const yb_query q_history = {
	.name = "master_history",
	.sql = "SELECT " ROW_COLUMNS " IF(? IS NULL OR (v.status IN ('APPROVED', 'EFFECTIVE')"
	       "  AND v.valid_from <= ? AND (v.valid_to IS NULL OR v.valid_to >= ?)), v.cells,"
	       "  JSON_REMOVE(v.cells, ?)) AS cells FROM master_key AS k"
	       " JOIN master_version AS v ON v.key_id = k.key_id"
	       " LEFT JOIN master_change AS c ON c.change_id = v.change_id"
	       " LEFT JOIN core_org AS o ON o.org_id = k.owner_id"
	       " WHERE k.master = ? AND k.key_text = ? AND (v.status IN ('APPROVED', 'EFFECTIVE',"
	       "  'EXPIRED', 'ROLLED_BACK') OR c.org_id = ?) ORDER BY v.version_no DESC LIMIT 200",
	.row = row_row,
	.row_size = sizeof(struct row),
	.nparams = 9,
	.tenant = YB_CROSS,
};

struct rev {
	int64_t n;
};

static const yb_field rev_row[] = {
	{ "n", YB_OF(struct rev, n) },
	{ 0 },
};

const yb_query q_rev = {
	.name = "master_rev",
	.sql = "SELECT CAST(COALESCE(SUM(rev), 0) AS SIGNED) AS n FROM master_book"
	       " WHERE master = ?",
	.row = rev_row,
	.row_size = sizeof(struct rev),
	.nparams = 1,
	.tenant = YB_CROSS,
};

static yb_str
cell_at(const struct table *t, const yb_str *cells, const char *column)
{
	size_t i = column_of(t, yb_cstr(column));

	return i < t->n ? cells[i] : (yb_str) { NULL, 0 };
}

/* A party to a contract: the city, the institution, NHIF of the prefecture, NHIC (H-8-9). */
static bool
is_party(const yb_caller *who, const struct table *t, const yb_str *cells)
{
	yb_str muni = cell_at(t, cells, "muni_code"), org = cell_at(t, cells, "org_code");

	if (who->org_type == YB_ORG_NHIC || yb_str_eq(who->org_code, muni) ||
	    yb_str_eq(who->org_code, org))
		return true;
	return who->org_type == YB_ORG_NHIF && who->org_code.len == 2 && muni.len > 2 &&
	    memcmp(who->org_code.p, muni.p, 2) == 0;
}

void
cells_withhold(const yb_req *r, const struct table *t, int64_t owner_id, yb_str *cells)
{
	const yb_caller *who = yb_who(r);
	bool own = owner_id != 0 && owner_id == who->org_id;

	if (own)
		return;
	for (size_t i = 0; i < t->n; i++) {
		unsigned flags = t->columns[i].flags;

		if ((flags & COL_OWNER) != 0 ||
		    ((flags & COL_PARTIES) != 0 && !is_party(who, t, cells)))
			cells[i] = (yb_str) { NULL, 0 };
	}
}

yb_str
image_path(yb_req *r, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->columns[i].kind == KIND_IMAGE)
			return yb_format_text(r, "$.%s", t->columns[i].name);
	return (yb_str) { NULL, 0 };
}

/* One text a column. */
static yb_field *
values_fields(yb_req *r, const struct table *t)
{
	yb_field *f = yb_alloc(r, (t->n + 1) * sizeof *f);

	for (size_t i = 0; i < t->n; i++)
		f[i] = (yb_field) { .name = t->columns[i].name,
			.type = YB_T_TEXT,
			.offset = i * sizeof(yb_str) };
	return f;
}

/* The rows as JSON whose `values` has the columns of this master. */
static int
rows_reply(yb_req *r, const struct table *t, struct rows_page *page)
{
	yb_field *one = yb_alloc(r, ROW_OUT_N * sizeof *one);
	yb_field *all = yb_alloc(r, ROWS_OUT_N * sizeof *all);
	struct row *rows = page->rows.items;

	memcpy(one, row_out, sizeof row_out);
	memcpy(all, rows_out, sizeof rows_out);
	one[ROW_VALUES].of = values_fields(r, t);
	all[ROWS_ROWS].of = one;
	for (size_t i = 0; i < page->rows.n; i++) {
		yb_str *cells = cells_read(r, t, rows[i].cells);

		cells_withhold(r, t, rows[i].owner_id, cells);
		rows[i].values.p = cells;
		if (rows[i].owner_id != yb_who(r)->org_id && !has_role(r, t->edit))
			rows[i].change_id.set = false;
	}
	page->master = yb_cstr(t->id);
	page->name = yb_cstr(t->name);
	return yb_reply_record(r, 200, all, page);
}

/* GET /master/masters/{master}/rows and GET /master/values/{master} - rows on a day, H-8-9. */
int
rows_list(yb_req *r)
{
	const struct rows_query *q = yb_params(r);
	const struct table *t = table_to_read(r, yb_path(r, "master"));
	size_t limit = q->limit.set ? (size_t)q->limit.v : 100;
	yb_date on = yb_date_is_null(q->as_of) ? yb_today(r) : q->as_of;
	yb_value day = yb_day(on), today = yb_day(yb_today(r));
	yb_str find = q->q.p == NULL ? q->q : yb_search_key(r, q->q);
	struct rows_page page = { .as_of = on };
	struct rev rev = { 0 };
	yb_value image;

	if (t == NULL || yb_db_find(r, &q_rev, YB_ARGS(yb_text(yb_cstr(t->id))), &rev) < 0)
		return -1;
	image = yb_text(image_path(r, t));
	if (yb_db_list(r, &q_rows,
		YB_ARGS(today, today, image, image, day, day, yb_text(yb_cstr(t->id)),
		    yb_text(q->after.p == NULL ? YB_STR("") : q->after), yb_text(q->org_code),
		    yb_text(q->org_code), yb_text(find), yb_text(find), yb_text(q->q),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &page.rows) < 0)
		return -1;
	if (yb_page_cut(&page.rows, limit))
		page.next = ((const struct row *)page.rows.items)[limit - 1].key_text;
	/* What counts moves with the book, and with the day. */
	yb_reply_etag(r, rev.n * 100000 + yb_date_days(yb_today(r)));
	return rows_reply(r, t, &page);
}

/* GET /master/masters/{master}/rows/{key} - one row with all its versions, newest first. */
int
row_get(yb_req *r)
{
	const struct table *t = table_to_read(r, yb_path(r, "master"));
	yb_value today = yb_day(yb_today(r));
	struct rows_page page = { .as_of = yb_today(r) };
	yb_value image = yb_text(t == NULL ? YB_STR("") : image_path(r, t));

	if (t == NULL ||
	    yb_db_list(r, &q_history,
		YB_ARGS(today, today, image, today, today, image, yb_text(yb_cstr(t->id)),
		    yb_text(yb_path(r, "key")),
		    yb_i64(yb_who(r)->org_id)),
		HISTORY_MAX, &page.rows) < 0)
		return -1;
	if (page.rows.n == 0)
		return yb_problem(r, "E-AUTH-005");
	yb_audit_target(r, yb_format_text(r, "master:%s", t->id).p, yb_path(r, "key"));
	return rows_reply(r, t, &page);
}
