/*
 * stage.c - the rows of a received file, compared with what counts (H-8-7 steps 3 to 6).
 *
 * Rows are compared a piece at a time; what is new or different becomes versions of a draft,
 * which nobody sees. When the last piece is in, what counts and was not in the file ends, and
 * one transaction lets all of it count, or the brake holds it. A process that is killed leaves a
 * draft behind, which the next one throws away before it begins anew.
 */
#include "exchange.h"

#include <string.h>

#define PIECE	       2000
#define QUARANTINE_MAX 1000 /* rows of a file that are kept to be looked at; all are counted */
#define LINE_MAX_BYTES 2000

const yb_query q_receipt_change = {
	.name = "master_receipt_change",
	.sql = "UPDATE master_receipt SET change_id = ? WHERE receipt_id = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_quarantine_drop = {
	.name = "master_quarantine_drop",
	.sql = "DELETE FROM master_quarantine WHERE receipt_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct quarantined {
	int64_t receipt_id, line;
	yb_str field, code, cells;
};

static const yb_field quarantined_params[] = {
	{ "receipt_id", YB_OF(struct quarantined, receipt_id) },
	{ "line", YB_OF(struct quarantined, line) },
	{ "field", YB_OF(struct quarantined, field) },
	{ "code", YB_OF(struct quarantined, code) },
	{ "cells", YB_OF(struct quarantined, cells) },
	{ 0 },
};

const yb_query q_quarantine_put = {
	.name = "master_quarantine_put",
	.sql = "INSERT INTO master_quarantine (receipt_id, line, field, code, cells)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_CROSS,
};

struct staged_key {
	int64_t change_id, key_id;
};

static const yb_field staged_key[] = {
	{ "change_id", YB_OF(struct staged_key, change_id) },
	{ "key_id", YB_OF(struct staged_key, key_id) },
	{ 0 },
};

const yb_query q_staged_key = {
	.name = "master_staged_key",
	.sql = "INSERT INTO master_import_key (change_id, key_id) VALUES (?, ?)"
	       " ON DUPLICATE KEY UPDATE key_id = VALUES(key_id)",
	.nparams = 2,
	.tenant = YB_CROSS,
};

static const yb_field seen_row[] = {
	{ "key_id", YB_OF(struct staged_key, key_id) },
	{ 0 },
};

const yb_query q_staged_keys = {
	.name = "master_staged_keys",
	.sql = "SELECT i.key_id FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS j"
	       " JOIN master_import_key AS i ON i.change_id = ? AND i.key_id = j.id"
	       " ORDER BY i.key_id",
	.row = seen_row,
	.row_size = sizeof(struct staged_key),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_release_day = {
	.name = "master_release_day",
	.sql = "UPDATE master_version SET valid_from = ? WHERE change_id = ? AND status = 'DRAFT'",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_release_head = {
	.name = "master_release_head",
	.sql = "UPDATE master_change SET valid_from = ?, updated_us = ? WHERE change_id = ?",
	.nparams = 3,
	.tenant = YB_CROSS,
};

/* ---- the beginning ---- */

int
stage_forget(yb_req *r, struct receipt *p)
{
	yb_value change = yb_int_or_null(p->change_id);

	if (!p->change_id.set)
		return 0;
	if (exec(r, &q_receipt_change, YB_ARGS(yb_null(), yb_i64(p->receipt_id))) < 0 ||
	    exec(r, &q_import_done, YB_ARGS(change)) < 0 ||
	    change_delete(r, p->change_id.v) < 0)
		return -1;
	p->change_id.set = false;
	return 0;
}

static int
begin(yb_req *r, const struct table *t, struct receipt *p, struct staging *s)
{
	struct change_new head = { .kind = YB_STR("RECEIVED"),
		.reason = yb_format_text(r, "受信 %.*s", (int)p->name.len, p->name.p),
		.valid_from = yb_today(r) };
	yb_list header;

	*s = (struct staging) { .receipt_id = p->receipt_id };
	if (stage_forget(r, p) < 0 ||
	    exec(r, &q_quarantine_drop, YB_ARGS(yb_i64(p->receipt_id))) < 0 ||
	    change_insert(r, t, 0, &head, "DRAFT", &p->change_id.v) < 0)
		return -1;
	p->change_id.set = true;
	if (yb_drop_read(r, yb_option_text(r, "receive_spool"), p->name, &s->place, 1, &header) !=
	    YB_DROP_GOOD)
		return yb_problem(r, "E-SYS-003");
	return exec(r, &q_receipt_change, YB_ARGS(yb_i64(p->change_id.v), yb_i64(p->receipt_id)));
}

/* ---- a piece ---- */

/* One line of the file on its way: where it stands, and what is wrong with it. */
struct coming {
	const yb_drop_line *line;
	struct reject reject;
};

static void
entries_take(yb_req *r, const struct table *t, const yb_list *lines, struct coming *coming,
    struct entry *entries)
{
	const yb_drop_line *at = lines->items;

	for (size_t i = 0; i < lines->n; i++) {
		struct entry *e = &entries[i];

		coming[i].line = &at[i];
		e->at = i;
		e->reject = &coming[i].reject;
		e->cells = yb_alloc(r, (t->n + 1) * sizeof *e->cells);
		for (size_t k = 0; k < t->n && k < at[i].n; k++)
			e->cells[k] = at[i].cells[k];
		if (at[i].n != t->n)
			entry_fault(r, e, NULL, "E-JOB-009");
	}
}

/* Entries in order of their keys: the same key twice, in this piece or in one before. */
static int
twice_find(yb_req *r, struct entry *entries, size_t n, int64_t change_id)
{
	int64_t *ids = yb_alloc(r, (n + 1) * sizeof *ids);
	size_t n_ids = 0;
	const struct staged_key *seen;
	const struct entry *last = NULL;
	yb_list found;

	for (size_t i = 0; i < n; i++) {
		struct entry *e = &entries[i];

		if (e->bad)
			continue;
		if (last != NULL && yb_str_eq(last->key, e->key))
			entry_fault(r, e, NULL, "E-VAL-014");
		last = e;
		if (e->base != NULL && !e->bad)
			ids[n_ids++] = e->base->key_id;
	}
	if (yb_db_list(r, &q_staged_keys,
		YB_ARGS(yb_text(yb_json_numbers(r, ids, n_ids, sizeof *ids)), yb_i64(change_id)),
		n + 1, &found) < 0)
		return -1;
	seen = found.items;
	for (size_t k = 0; k < found.n; k++)
		for (size_t i = 0; i < n; i++)
			if (!entries[i].bad && entries[i].base != NULL &&
			    entries[i].base->key_id == seen[k].key_id)
				entry_fault(r, &entries[i], NULL, "E-VAL-014");
	return 0;
}

/* A designation that is over is as if the row were not there. */
static bool
is_over(const yb_req *r, const struct table *t, struct entry *e)
{
	yb_date last;

	if (strcmp(t->id, "M61") != 0 || !yb_date_parse(cell_of(t, e, "designated_to"), &last))
		return false;
	e->valid_to = last;
	return yb_date_cmp(last, yb_today(r)) < 0;
}

static int
piece_check(yb_req *r, const struct table *t, struct entry *entries, size_t n, int64_t change_id)
{
	if (entries_check(r, t, entries, n, yb_today(r)) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		entry_seal(r, t, &entries[i]);
		if (entries[i].key.len > KEY_MAX) {
			entry_fault(r, &entries[i], NULL, "E-VAL-002");
			entries[i].key.len = 0;
		}
	}
	if (current_merge(r, t, entries, n, yb_today(r), false) < 0)
		return -1;
	return twice_find(r, entries, n, change_id);
}

/* The line as it came, as much of it as is kept, not cut within a character. */
static yb_str
line_text(yb_req *r, const yb_drop_line *line)
{
	yb_str s = yb_drop_csv(r, line->cells, line->n);

	s.len -= 2; /* its line end */
	if (s.len > LINE_MAX_BYTES) {
		s.len = LINE_MAX_BYTES;
		while (s.len > 0 && ((unsigned char)s.p[s.len] & 0xC0) == 0x80)
			s.len--;
	}
	return s;
}

static int
bad_keep(yb_req *r, const struct receipt *p, const struct entry *entries, size_t n,
    const struct coming *coming, struct staging *s)
{
	struct quarantined *rows = yb_alloc(r, (n + 1) * sizeof *rows);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct coming *c = &coming[entries[i].at];

		if (!entries[i].bad)
			continue;
		if (++s->bad <= QUARANTINE_MAX)
			rows[kept++] = (struct quarantined) { p->receipt_id, c->line->line,
				yb_cstr(c->reject.field), yb_cstr(c->reject.code),
				line_text(r, c->line) };
	}
	if (kept > 0 &&
	    yb_db_each(r, &q_quarantine_put, quarantined_params, sizeof *rows, rows, kept) != 0)
		return yb_problem(r, "E-SYS-003");
	return 0;
}

/* Keys the file has spoken of, so that they do not end: also those whose row is bad. */
static int
keys_keep(yb_req *r, const struct entry *entries, size_t n, int64_t change_id)
{
	struct staged_key *rows = yb_alloc(r, (n + 1) * sizeof *rows);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (entries[i].base != NULL)
			rows[kept++] = (struct staged_key) { change_id, entries[i].base->key_id };
	if (kept > 0 && yb_db_each(r, &q_staged_key, staged_key, sizeof *rows, rows, kept) != 0)
		return yb_problem(r, "E-SYS-003");
	return 0;
}

static int
piece_store(yb_req *r, const struct table *t, struct entry *entries, size_t n, int64_t change_id,
    struct staging *s)
{
	struct entry *fresh = yb_alloc(r, (n + 1) * sizeof *fresh);
	size_t n_fresh = 0, spoken = 0;

	for (size_t i = 0; i < n; i++) {
		struct entry *e = &entries[i];

		if (!e->bad && is_over(r, t, e))
			continue;
		e->op = e->base != NULL && e->base->version_id.set ? OP_REVISE : OP_NEW;
		if (!e->bad && !entry_stands(e))
			fresh[n_fresh++] = *e;
		else
			entries[spoken++] = *e;
		if (!e->bad && entry_stands(e))
			s->same++;
	}
	if (change_add(r, t, 0, change_id, yb_today(r), "DRAFT", fresh, n_fresh) < 0 ||
	    keys_keep(r, fresh, n_fresh, change_id) < 0)
		return -1;
	return keys_keep(r, entries, spoken, change_id);
}

int
stage_step(yb_req *r, const struct table *t, struct receipt *p, struct staging *s)
{
	struct coming *coming;
	struct entry *entries;
	yb_list lines;

	if (book_lock(r, t, 0) < 0 || baseline_ready(r, t) < 0)
		return -1;
	if (s->receipt_id != p->receipt_id && begin(r, t, p, s) < 0)
		return -1;
	if (yb_drop_read(r, yb_option_text(r, "receive_spool"), p->name, &s->place, PIECE, &lines) !=
	    YB_DROP_GOOD)
		return yb_problem(r, "E-SYS-003");
	coming = yb_alloc(r, (lines.n + 1) * sizeof *coming);
	entries = yb_alloc(r, (lines.n + 1) * sizeof *entries);
	entries_take(r, t, &lines, coming, entries);
	s->rows += (int64_t)lines.n;
	if (lines.n > 0 &&
	    (piece_check(r, t, entries, lines.n, p->change_id.v) < 0 ||
		bad_keep(r, p, entries, lines.n, coming, s) < 0 ||
		piece_store(r, t, entries, lines.n, p->change_id.v, s) < 0))
		return -1;
	return lines.n == PIECE;
}

/* ---- the end ---- */

/* All of it counts, with what follows from it, in this transaction. */
static int
apply(yb_req *r, const struct table *t, struct receipt *p)
{
	struct change c;

	if (yb_db_find(r, &q_change_lock, YB_ARGS(yb_i64(p->change_id.v)), &c) < 0 ||
	    exec(r, &q_take_base, YB_ARGS(yb_i64(c.change_id))) < 0)
		return -1;
	c.diff_hash = p->sha256;
	c.submitted = c.decided = yb_now(r);
	c.decided_user = p->decided_user;
	c.decided_text = p->decided_reason;
	if (change_take_over(r, t, &c) < 0)
		return -1;
	for (size_t i = 0; t->received != NULL && t->received[i] != NULL; i++)
		if (exec(r, t->received[i], YB_ARGS(yb_i64(c.change_id))) < 0)
			return -1;
	return receipt_set(r, p, "APPLIED", NULL);
}

/* Too much ends or begins at once: NULL when it does not. */
static const char *
brake(yb_req *r, const struct receipt *p)
{
	int64_t before = p->n_before.v;

	if (before == 0)
		return NULL;
	if (p->n_ended * 100 > before * yb_option_i64(r, "brake_ended_percent"))
		return "DELETIONS";
	if (p->n_added * 100 > before * yb_option_i64(r, "brake_added_percent"))
		return "ADDITIONS";
	return NULL;
}

int
stage_finish(yb_req *r, const struct table *t, struct receipt *p, const struct staging *s)
{
	struct change c;
	const char *held;

	p->n_before.set = true;
	if (current_count(r, t, 0, yb_today(r), &p->n_before.v) < 0 ||
	    import_rest_end(r, t, 0, p->change_id.v, yb_today(r)) < 0 ||
	    change_recount(r, p->change_id.v) < 0 ||
	    yb_db_find(r, &q_change_lock, YB_ARGS(yb_i64(p->change_id.v)), &c) < 0)
		return -1;
	p->n_rows = s->rows;
	p->n_bad = s->bad;
	p->n_same = s->same;
	p->n_added = c.n_added;
	p->n_changed = c.n_changed;
	p->n_ended = c.n_ended;
	if (c.n_rows == 0) /* it said what counts already */
		return stage_forget(r, p) < 0 ? -1 : receipt_set(r, p, "APPLIED", NULL);
	held = brake(r, p);
	return held == NULL ? apply(r, t, p) : receipt_set(r, p, "HELD", held);
}

int
stage_release(yb_req *r, const struct table *t, struct receipt *p)
{
	yb_value id = yb_int_or_null(p->change_id), day = yb_day(yb_today(r));

	if (book_lock(r, t, 0) < 0 || exec(r, &q_release_day, YB_ARGS(day, id)) < 0 ||
	    exec(r, &q_release_head, YB_ARGS(day, yb_at(yb_now(r)), id)) < 0)
		return -1;
	return apply(r, t, p);
}
