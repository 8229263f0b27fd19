/*
 * baseline.c - rows that are shipped with the house become versions like any others.
 *
 * `yoboctl migrate` fills a typed table from its file. Here its rows are compared with what
 * counts, a page at a time: what is new or different becomes a change of kind SHIPPED, which
 * counts when the last page is in; what an organisation has changed, or is about to, stays and
 * is written back into the typed table. The hash of the file says whether all that was done;
 * the first time the rows count from 2000-01-01.
 */
#include "master.h"

#include <string.h>

#define PAGE	4000 /* as in typed.c */
#define REF_TOP YB_STR("\xF4\x8F\xBF\xBF")

static const yb_date beginning = { 2000, 1, 1 };

struct source {
	yb_str sha256, baseline;
};

static const yb_field source_row[] = {
	{ "sha256", YB_OF(struct source, sha256) },
	{ "baseline", YB_OF(struct source, baseline) },
	{ 0 },
};

const yb_query q_source = {
	.name = "master_source",
	.sql = "SELECT s.sha256, b.baseline FROM master_source AS s"
	       " LEFT JOIN master_book AS b ON b.master = ? AND b.owner_id = 0"
	       " WHERE s.table_name = ?",
	.row = source_row,
	.row_size = sizeof(struct source),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_source_done = {
	.name = "master_source_done",
	.sql = "UPDATE master_book SET baseline = ? WHERE master = ? AND owner_id = 0",
	.nparams = 2,
	.tenant = YB_CROSS,
};

struct unfinished {
	int64_t change_id;
};

static const yb_field unfinished_row[] = {
	{ "change_id", YB_OF(struct unfinished, change_id) },
	{ 0 },
};

/* What a killed run left behind. */
const yb_query q_unfinished = {
	.name = "master_unfinished",
	.sql = "SELECT change_id FROM master_change WHERE kind = 'SHIPPED' AND status = 'DRAFT'"
	       " AND master = ?",
	.row = unfinished_row,
	.row_size = sizeof(struct unfinished),
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct page {
	struct entry *shipped, *news, *back; /* the file's rows; what changes; what is kept */
	size_t n_shipped, n_news, n_back;
	bool last;
	yb_str from, to; /* keys it speaks of */
};

/* ---- one page ---- */

/* What the typed table holds, in the master's columns and our canonical form. */
static int
page_read(yb_req *r, const struct table *t, yb_str after, struct page *p)
{
	const yb_str *cells;
	yb_list rows;

	if (yb_db_list(r, t->typed->shipped, YB_ARGS(yb_text(after)), PAGE, &rows) < 0)
		return -1;
	cells = rows.items;
	p->n_shipped = rows.n;
	p->shipped = yb_alloc(r, (rows.n + 1) * sizeof *p->shipped);
	for (size_t i = 0; i < rows.n; i++) {
		yb_str *own = yb_alloc(r, (t->n + 1) * sizeof *own);

		/* The house's own rows are kept as they are, whatever today's rules say of them. */
		for (size_t k = 0; k < t->n; k++)
			if (cell_check(r, &t->columns[k], cells[i * t->n + k], &own[k]) != NULL)
				own[k] = cells[i * t->n + k];
		p->shipped[i].cells = own;
		entry_seal(r, t, &p->shipped[i]);
	}
	p->last = rows.n < PAGE;
	p->from = after;
	p->to = p->last ? REF_TOP : p->shipped[rows.n - 1].key;
	return 0;
}

/* Whether the key is as it was shipped, with nothing else to come. */
static bool
untouched(const struct current *row)
{
	return row->version_id.set && row->shipped && yb_date_is_null(row->valid_to);
}

static void
shipped_compare(yb_req *r, const struct table *t, struct page *p)
{
	for (size_t i = 0; i < p->n_shipped; i++) {
		struct entry e = p->shipped[i];

		if (e.base == NULL || (!e.base->version_id.set && e.base->shipped)) {
			e.op = OP_NEW;
			p->news[p->n_news++] = e;
		} else if (!untouched(e.base)) {
			e.op = e.base->version_id.set ? OP_REVISE : OP_END;
			if (e.base->version_id.set)
				e.cells = cells_read(r, t, e.base->cells);
			p->back[p->n_back++] = e;
		} else if (memcmp(e.hash.p, e.base->row_hash.p, e.hash.len) != 0) {
			e.op = OP_REVISE;
			p->news[p->n_news++] = e;
		}
	}
}

/* Both lists are in the order of their keys. What counts and is not in the file: was it ours? */
static void
rest_compare(yb_req *r, const struct table *t, struct page *p, const yb_list *now)
{
	const struct current *rows = now->items;
	size_t at = 0;

	for (size_t i = 0; i < now->n; i++) {
		struct entry e = { .base = &rows[i] };

		while (at < p->n_shipped && p->shipped[at].base == NULL)
			at++;
		if (at < p->n_shipped && p->shipped[at].base->key_id == rows[i].key_id) {
			at++;
			continue;
		}
		if (!rows[i].version_id.set || yb_str_eq(rows[i].key_text, p->from))
			continue; /* the last key of the page before is that page's */
		e.cells = cells_read(r, t, rows[i].cells);
		entry_seal(r, t, &e);
		e.op = untouched(&rows[i]) ? OP_END : OP_REVISE;
		if (e.op == OP_END)
			p->news[p->n_news++] = e;
		else
			p->back[p->n_back++] = e;
	}
}

static int
page_compare(yb_req *r, const struct table *t, struct page *p)
{
	yb_list now;
	size_t room;

	if (current_merge(r, t, p->shipped, p->n_shipped, yb_today(r), true) < 0 ||
	    current_between(r, t, p->from, p->to, yb_today(r), true, &now) < 0)
		return -1;
	room = p->n_shipped + now.n + 1;
	p->news = yb_alloc(r, room * sizeof *p->news);
	p->back = yb_alloc(r, room * sizeof *p->back);
	shipped_compare(r, t, p);
	rest_compare(r, t, p, &now);
	return 0;
}

/* ---- all pages ---- */

static int
leftovers_drop(yb_req *r, const struct table *t)
{
	const struct unfinished *at;
	yb_list found;

	if (yb_db_list(r, &q_unfinished, YB_ARGS(yb_text(yb_cstr(t->id))), 100, &found) < 0)
		return -1;
	at = found.items;
	for (size_t i = 0; i < found.n; i++)
		if (change_delete(r, at[i].change_id) < 0)
			return -1;
	return 0;
}

static int
begin(yb_req *r, const struct table *t, struct adoption *a, bool first)
{
	struct change_new head = { .kind = YB_STR("SHIPPED"),
		.reason = YB_STR("出荷時のマスタ"),
		.valid_from = first ? beginning : yb_today(r) };

	if (a->change_id != 0)
		return 0;
	a->first = first;
	if (leftovers_drop(r, t) < 0)
		return -1;
	return change_insert(r, t, 0, &head, "DRAFT", &a->change_id);
}

/* The last page is in: now they count. */
static int
finish(yb_req *r, const struct table *t, const struct adoption *a, yb_str sha256)
{
	struct change c;

	if (change_recount(r, a->change_id) < 0 ||
	    exec(r, &q_take_base, YB_ARGS(yb_i64(a->change_id))) < 0 ||
	    yb_db_find(r, &q_change_lock, YB_ARGS(yb_i64(a->change_id)), &c) < 0 ||
	    change_hash(r, a->change_id, &c.diff_hash) < 0)
		return -1;
	if (c.n_rows == 0) {
		if (change_delete(r, a->change_id) < 0)
			return -1;
	} else if (change_take_over(r, t, &c) < 0) {
		return -1;
	}
	return exec(r, &q_source_done, YB_ARGS(yb_text(sha256), yb_text(yb_cstr(t->id))));
}

/* 1: its rows are still to be taken in; 0: done, or nothing is shipped. */
static int
is_waiting(yb_req *r, const struct table *t, struct source *s)
{
	enum yb_found found;

	if (t->typed == NULL || t->typed->source == NULL)
		return 0;
	found = yb_db_one(r, &q_source,
	    YB_ARGS(yb_text(yb_cstr(t->id)), yb_text(yb_cstr(t->typed->source))), s);
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	return !yb_str_eq(s->sha256, s->baseline);
}

int
baseline_step(yb_req *r, const struct table *t, struct adoption *a, bool *ret_did)
{
	struct source s = { 0 };
	struct page p = { 0 };
	yb_date from;
	int rc = is_waiting(r, t, &s);

	if (rc <= 0)
		return rc;
	*ret_did = true;
	if (book_lock(r, t, 0) < 0 || begin(r, t, a, s.baseline.p == NULL) < 0 ||
	    page_read(r, t, yb_copy(r, (yb_str) { a->after, a->len }), &p) < 0 ||
	    page_compare(r, t, &p) < 0)
		return -1;
	from = a->first ? beginning : yb_today(r);
	if (change_add(r, t, 0, a->change_id, from, "DRAFT", p.news, p.n_news) < 0 ||
	    typed_write(r, t, p.back, p.n_back) < 0)
		return -1;
	if (p.last)
		return finish(r, t, a, s.sha256);
	a->len = p.to.len;
	memcpy(a->after, p.to.p, p.to.len);
	return 1;
}

int
baseline_ready(yb_req *r, const struct table *t)
{
	struct source s;
	int rc = is_waiting(r, t, &s);

	for (size_t i = 0; rc == 0 && i < t->n; i++) {
		const struct table *named =
		    t->columns[i].ref == NULL ? NULL : table_find(yb_cstr(t->columns[i].ref));

		rc = named == NULL ? 0 : is_waiting(r, named, &s);
	}
	if (rc <= 0)
		return rc;
	yb_retry_after(r, 60); /* the timer master.effective is on its way */
	return yb_problem(r, "E-SYS-002");
}
