/*
 * effect.c - how an approved change comes to count, on its day or at once, and ends.
 *
 * Which version counts follows from days alone (current.c). What is done here is what cannot
 * follow from days: the predecessor's last day, statuses, and the tables other areas read.
 */
#include "exchange.h"

#include <string.h>

const yb_query q_close_base = {
	.name = "master_close_base",
	.sql = "UPDATE master_version AS o JOIN master_version AS n ON n.replaces = o.version_id"
	       " SET o.valid_to = n.valid_from - INTERVAL 1 DAY"
	       " WHERE n.change_id = ? AND n.op <> 'DELETE'",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_delete_keys = {
	.name = "master_delete_keys",
	.sql = "UPDATE master_version AS v JOIN master_version AS n ON n.key_id = v.key_id"
	       "  AND n.op = 'DELETE' SET v.status = 'DELETED', v.pending = NULL"
	       " WHERE n.change_id = ? AND v.status IN ('APPROVED', 'PENDING')"
	       "  AND v.op IN ('NEW', 'REVISE', 'END')",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_expire_base = {
	.name = "master_expire_base",
	.sql = "UPDATE master_version AS o JOIN master_version AS n ON n.replaces = o.version_id"
	       " SET o.status = 'EXPIRED' WHERE n.change_id = ? AND n.op <> 'DELETE'"
	       "  AND o.status = 'EFFECTIVE' AND o.valid_to < ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_expire_own = {
	.name = "master_expire_own",
	.sql = "UPDATE master_version SET status = 'EXPIRED' WHERE change_id = ?"
	       " AND status = 'EFFECTIVE' AND valid_to < ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

struct follow {
	int64_t version_id;
	yb_str named, counts;
};

static const yb_field follow_row[] = {
	{ "version_id", YB_OF(struct follow, version_id) },
	{ "named", YB_OF(struct follow, named) },
	{ "counts", YB_OF(struct follow, counts) },
	{ 0 },
};

const yb_query q_follow = {
	.name = "master_follow",
	.sql = "SELECT n.version_id, IF(v.cells IS NULL, n.cells, NULL) AS named,"
	       " v.cells AS counts FROM master_version AS n"
	       " LEFT JOIN master_version AS v ON v.key_id = n.key_id"
	       "  AND v.op IN ('NEW', 'REVISE') AND v.status IN ('APPROVED', 'EFFECTIVE')"
	       "  AND v.valid_from <= ? AND (v.valid_to IS NULL OR v.valid_to >= ?)"
	       " WHERE n.change_id = ? AND n.version_id > ? ORDER BY n.version_id LIMIT 5000",
	.row = follow_row,
	.row_size = sizeof(struct follow),
	.nparams = 4,
	.tenant = YB_CROSS,
};

struct due {
	int64_t change_id;
};

static const yb_field due_row[] = {
	{ "change_id", YB_OF(struct due, change_id) },
	{ 0 },
};

const yb_query q_due = {
	.name = "master_due",
	.sql = "SELECT change_id FROM master_change WHERE status = 'APPROVED' AND valid_from <= ?"
	       " AND change_id > ? ORDER BY change_id LIMIT 1",
	.row = due_row,
	.row_size = sizeof(struct due),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_over = {
	.name = "master_over",
	.sql = "SELECT MIN(change_id) AS change_id FROM master_version WHERE status = 'EFFECTIVE'"
	       " AND valid_to < ? AND change_id > ? HAVING change_id IS NOT NULL",
	.row = due_row,
	.row_size = sizeof(struct due),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* ---- the tables others read ---- */

/* Texts side by side, as one record a row: what yb_db_each binds. */
struct sheet {
	yb_field fields[COLUMNS_MAX + 1];
	yb_str *cells;
	size_t columns, n;
};

static void
sheet_column(struct sheet *s)
{
	s->fields[s->columns] = (yb_field) { .name = "cell",
		.type = YB_T_TEXT,
		.offset = s->columns * sizeof(yb_str) };
	s->columns++;
}

/* The i-th column that `put` or `drop` binds; t->n after the last. */
static size_t
bound_column(const struct table *t, const char *names, bool keys, size_t i)
{
	for (size_t k = 0; names == NULL && k < t->n; k++)
		if ((!keys || (t->columns[k].flags & COL_KEY) != 0) && i-- == 0)
			return k;
	for (; names != NULL && *names != '\0'; i--) {
		size_t len = strcspn(names, ",");

		if (i == 0)
			return column_of(t, (yb_str) { names, len });
		names += names[len] == ',' ? len + 1 : len;
	}
	return t->n;
}

static void
sheet_start(yb_req *r, struct sheet *s, const struct table *t, const char *names, bool keys,
    size_t rows)
{
	while (bound_column(t, names, keys, s->columns) < t->n)
		sheet_column(s);
	s->cells = yb_alloc(r, (rows + 1) * s->columns * sizeof *s->cells);
}

static void
sheet_add(struct sheet *s, const struct table *t, const char *names, bool keys, const yb_str *cells)
{
	for (size_t i = 0; i < s->columns; i++)
		s->cells[s->n * s->columns + i] = cells[bound_column(t, names, keys, i)];
	s->n++;
}

static int
sheet_send(yb_req *r, const struct sheet *s, const yb_query *q)
{
	if (s->n == 0)
		return 0;
	return yb_db_each(r, q, s->fields, s->columns * sizeof *s->cells, s->cells, s->n) == 0
	    ? 0
	    : yb_problem(r, "E-SYS-003");
}

int
typed_write(yb_req *r, const struct table *t, const struct entry *entries, size_t n)
{
	const struct typed *to = t->typed;
	struct sheet put = { .columns = 0 }, drop = { .columns = 0 };

	sheet_start(r, &put, t, to->put_columns, false, n);
	sheet_start(r, &drop, t, NULL, true, n);
	for (size_t i = 0; i < n; i++) {
		if (entries[i].op == OP_END)
			sheet_add(&drop, t, NULL, true, entries[i].cells);
		else
			sheet_add(&put, t, to->put_columns, false, entries[i].cells);
	}
	if (to->drop != NULL && sheet_send(r, &drop, to->drop) < 0)
		return -1;
	return sheet_send(r, &put, to->put);
}

static int
follow_page(yb_req *r, const struct table *t, const yb_list *page)
{
	struct entry *entries = yb_alloc(r, (page->n + 1) * sizeof *entries);
	const struct follow *at = page->items;

	for (size_t i = 0; i < page->n; i++) {
		bool counts = at[i].counts.p != NULL;

		entries[i].op = counts ? OP_REVISE : OP_END;
		entries[i].cells = cells_read(r, t, counts ? at[i].counts : at[i].named);
	}
	return typed_write(r, t, entries, page->n);
}

int
typed_follow(yb_req *r, const struct table *t, int64_t change_id, yb_date on, int64_t *after)
{
	yb_list page;

	if (t->typed == NULL)
		return 0;
	if (yb_db_list(r, &q_follow,
		YB_ARGS(yb_day(on), yb_day(on), yb_i64(change_id), yb_i64(*after)), FOLLOW_PAGE,
		&page) < 0 ||
	    follow_page(r, t, &page) < 0)
		return -1;
	if (page.n < FOLLOW_PAGE)
		return 0;
	*after = ((const struct follow *)page.items)[page.n - 1].version_id;
	return 1;
}

/* ---- taking over ---- */

/* The day has come: versions count, predecessors are over. The tables of others are there. */
static int
become_effective(yb_req *r, struct change *c)
{
	yb_value id = yb_i64(c->change_id);

	c->effective = yb_now(r);
	if (versions_set(r, c->change_id, "EFFECTIVE", false) < 0 ||
	    exec(r, &q_expire_base, YB_ARGS(id, yb_day(yb_today(r)))) < 0)
		return -1;
	return change_set(r, c, "EFFECTIVE");
}

/* What is too much for one request waits for the clock, which takes it in pieces. */
int
change_take_over(yb_req *r, const struct table *t, struct change *c)
{
	yb_value id = yb_i64(c->change_id);
	bool shipped = yb_str_is(c->kind, "SHIPPED");
	bool small = t->typed == NULL || c->n_rows < FOLLOW_PAGE || shipped;
	int64_t after = 0;

	if (exec(r, &q_close_base, YB_ARGS(id)) < 0 || exec(r, &q_delete_keys, YB_ARGS(id)) < 0 ||
	    book_moved(r, t, c->owner_id) < 0 || versions_set(r, c->change_id, "APPROVED", false) < 0)
		return -1;
	if (yb_date_cmp(c->valid_from, yb_today(r)) > 0 || !small)
		return change_set(r, c, "APPROVED");
	if (!shipped && typed_follow(r, t, c->change_id, yb_today(r), &after) < 0)
		return -1;
	return become_effective(r, c);
}

/* ---- by the clock ---- */

enum phase { PHASE_SHIPPED, PHASE_DUE, PHASE_OVER, PHASE_CLOSED, PHASE_END };

struct clock_state {
	enum phase phase;
	int64_t change_id; /* at hand, or the last one looked at */
	int64_t after;	   /* how far its typed rows have been written; 0: at its beginning */
	int64_t table;	   /* masters whose shipped rows were looked at */
	struct adoption adoption;
};

static int
clock_open(yb_req *r, int64_t change_id, struct change *c, const struct table **t)
{
	if (yb_db_find(r, &q_change_lock, YB_ARGS(yb_i64(change_id)), c) < 0)
		return -1;
	*t = table_find(c->master);
	if (*t == NULL)
		return yb_problem(r, "E-SYS-003");
	yb_audit_action(r, YB_ACT_CONFIG);
	yb_audit_target(r, yb_format_text(r, "master:%s", (*t)->id).p,
	    c->diff_hash.p != NULL ? yb_hex(r, c->diff_hash)
				   : yb_format_text(r, "change %lld", (long long)change_id));
	return book_lock(r, *t, c->owner_id);
}

/* 1: more of this change; 0: done. */
static int
clock_due(yb_req *r, struct clock_state *at)
{
	const struct table *t;
	struct change c;
	int more;

	if (clock_open(r, at->change_id, &c, &t) < 0)
		return -1;
	if (!yb_str_is(c.status, "APPROVED"))
		return 0; /* withdrawn meanwhile */
	more = typed_follow(r, t, c.change_id, yb_today(r), &at->after);
	if (more != 0)
		return more;
	yb_run_count(r, "effective", 1);
	return become_effective(r, &c) < 0 || book_moved(r, t, c.owner_id) < 0 ? -1 : 0;
}

static int
clock_over(yb_req *r, struct clock_state *at)
{
	const struct table *t;
	struct change c;
	int more;

	if (clock_open(r, at->change_id, &c, &t) < 0)
		return -1;
	more = typed_follow(r, t, c.change_id, yb_today(r), &at->after);
	if (more != 0)
		return more;
	yb_run_count(r, "ended", 1);
	if (exec(r, &q_expire_own, YB_ARGS(yb_i64(c.change_id), yb_day(yb_today(r)))) < 0)
		return -1;
	return book_moved(r, t, c.owner_id);
}

/* Shipped rows, a step of one master. 1: something was done; 0: all masters were looked at. */
static int
clock_shipped(yb_req *r, struct clock_state *at)
{
	const struct table *t;

	while ((t = table_at((size_t)at->table)) != NULL) {
		bool did = false;
		int more = yb_run_dry(r) ? 0 : baseline_step(r, t, &at->adoption, &did);

		if (more < 0)
			return -1;
		if (more == 0) {
			at->adoption = (struct adoption) { .change_id = 0 };
			at->table++;
		}
		if (!did)
			continue;
		yb_run_count(r, "adopted", more == 0);
		yb_audit_action(r, YB_ACT_CONFIG);
		yb_audit_target(r, yb_format_text(r, "master:%s", t->id).p, YB_STR("shipped"));
		return 1;
	}
	return 0;
}

/* The next change of this phase, unless one is at hand. 1: there is one; 0: none. */
static int
clock_next(yb_req *r, struct clock_state *at)
{
	const yb_query *q = at->phase == PHASE_DUE ? &q_due : &q_over;
	struct due due;
	enum yb_found found;

	if (at->after > 0)
		return 1;
	found = yb_db_one(r, q, YB_ARGS(yb_day(yb_today(r)), yb_i64(at->change_id)), &due);
	if (found == YB_ONE_ROW)
		at->change_id = due.change_id;
	return found == YB_DB_FAILED ? -1 : found == YB_ONE_ROW;
}

/* 1: something was done, ask again; 0: this phase has nothing more. */
static int
clock_step(yb_req *r, struct clock_state *at)
{
	int rc;

	if (at->phase == PHASE_SHIPPED)
		return clock_shipped(r, at);
	if (at->phase == PHASE_CLOSED)
		return closed_run(r);
	rc = clock_next(r, at);
	if (rc <= 0)
		return rc;
	rc = at->phase == PHASE_DUE ? clock_due(r, at) : clock_over(r, at);
	if (rc == 0)
		at->after = 0;
	return rc < 0 ? -1 : 1;
}

/*
 * Timer master.effective, a step: shipped rows first, then changes whose day has come, then
 * those whose versions are over.
 */
int
effective_run(yb_req *r)
{
	struct clock_state *at = yb_run_state(r, sizeof *at);
	int rc = 0;

	while (rc == 0 && at->phase != PHASE_END) {
		rc = clock_step(r, at);
		if (rc == 0) {
			at->phase++;
			at->change_id = 0;
		}
	}
	if (rc > 0)
		yb_run_again(r);
	return rc < 0 ? -1 : 0;
}
