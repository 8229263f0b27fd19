/*
 * current.c - what counts on a day, and the lock under which that changes.
 *
 * The lock comes before anything else is read: the first plain read of a transaction fixes what
 * it sees, and must not fix what it saw before it waited.
 *
 * Which version counts is said by its days, not by its status: at 00:00 in Japan the next one
 * does, whether or not the timer has been there (effect.c).
 */
#include "master.h"

#include <stdlib.h>
#include <string.h>

#define CURRENT_MAX 100000

const yb_field current_row[] = {
	{ "key_id", YB_OF(struct current, key_id) },
	{ "next_no", YB_OF(struct current, next_no) },
	{ "owner_id", YB_OF(struct current, owner_id) },
	{ "key_text", YB_OF(struct current, key_text) },
	{ "version_id", YB_OF(struct current, version_id) },
	{ "valid_from", YB_OF(struct current, valid_from) },
	{ "valid_to", YB_OF(struct current, valid_to) },
	{ "row_hash", YB_OF(struct current, row_hash) },
	{ "cells", YB_OF(struct current, cells) },
	{ "shipped", YB_OF(struct current, shipped) },
	{ 0 },
};

#define CURRENT_COLUMNS                                                                        \
	"SELECT k.key_id, k.next_no, k.owner_id, k.key_text, v.version_id, v.valid_from,"      \
	" v.valid_to, v.row_hash, IF(?, v.cells, NULL) AS cells,"                              \
	" COALESCE(c.kind = 'SHIPPED', NOT EXISTS (SELECT 1 FROM master_version AS e"          \
	"  JOIN master_change AS ec ON ec.change_id = e.change_id WHERE e.key_id = k.key_id"   \
	"  AND e.op = 'END' AND e.status IN ('APPROVED', 'EFFECTIVE')"                         \
	"  AND ec.kind <> 'SHIPPED')) AS shipped"
#define CURRENT_VERSIONS                                                                       \
	" LEFT JOIN master_version AS v FORCE INDEX (master_version_no)"                       \
	"  ON v.key_id = k.key_id AND v.op IN ('NEW', 'REVISE')"                               \
	"  AND v.status IN ('APPROVED', 'EFFECTIVE', 'EXPIRED')"                               \
	"  AND v.valid_from <= ? AND (v.valid_to IS NULL OR v.valid_to >= ?)"                  \
	" LEFT JOIN master_change AS c ON c.change_id = v.change_id"

const yb_query q_current = {
	.name = "master_current",
	.sql = "" CURRENT_COLUMNS " FROM master_key AS k" CURRENT_VERSIONS
	       " WHERE k.master = ? AND k.key_text BETWEEN ? AND ? ORDER BY k.key_text",
	.row = current_row,
	.row_size = sizeof(struct current),
	.nparams = 6,
	.tenant = YB_CROSS,
};

/* The same for keys that are named, wherever they lie. */
const yb_query q_current_keys = {
	.name = "master_current_keys",
	.sql = "" CURRENT_COLUMNS
	       " FROM (SELECT DISTINCT x.key_text FROM JSON_TABLE(?, '$[*]' COLUMNS (key_text"
	       "  VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS x) AS j"
	       " STRAIGHT_JOIN master_key AS k ON k.master = ? AND k.key_text = j.key_text"
	       CURRENT_VERSIONS " ORDER BY k.key_text",
	.row = current_row,
	.row_size = sizeof(struct current),
	.nparams = 5,
	.tenant = YB_CROSS,
};

struct number {
	int64_t n;
};

static const yb_field number_row[] = {
	{ "n", YB_OF(struct number, n) },
	{ 0 },
};

const yb_query q_current_count = {
	.name = "master_current_count",
	.sql = "SELECT COUNT(*) AS n FROM master_key AS k"
	       " JOIN master_version AS v FORCE INDEX (master_version_no) ON v.key_id = k.key_id"
	       "  AND v.op IN ('NEW', 'REVISE') AND v.status IN ('APPROVED', 'EFFECTIVE', 'EXPIRED')"
	       "  AND v.valid_from <= ? AND (v.valid_to IS NULL OR v.valid_to >= ?)"
	       " WHERE k.master = ? AND k.owner_id = ?",
	.row = number_row,
	.row_size = sizeof(struct number),
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query q_item = {
	.name = "master_item",
	.sql = "SELECT 1 AS n FROM master_questionnaire_item WHERE item_id = ?",
	.row = number_row,
	.row_size = sizeof(struct number),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query q_book_lock = {
	.name = "master_book_lock",
	.sql = "SELECT rev AS n FROM master_book WHERE master = ? AND owner_id = ? FOR UPDATE",
	.row = number_row,
	.row_size = sizeof(struct number),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_book_insert = {
	.name = "master_book_insert",
	.sql = "INSERT INTO master_book (master, owner_id, changed_us) VALUES (?, ?, ?)",
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_book_moved = {
	.name = "master_book_moved",
	.sql = "UPDATE master_book SET rev = rev + 1, changed_us = ?"
	       " WHERE master = ? AND owner_id = ?",
	.nparams = 3,
	.tenant = YB_CROSS,
};

int
current_between(yb_req *r, const struct table *t, yb_str from, yb_str to, yb_date on, bool cells,
    yb_list *ret)
{
	return yb_db_list(r, &q_current,
	    YB_ARGS(yb_bool(cells), yb_day(on), yb_day(on), yb_text(yb_cstr(t->id)), yb_text(from),
		yb_text(to)),
	    CURRENT_MAX, ret);
}

static int
entry_cmp(const void *a, const void *b)
{
	return yb_str_cmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

int
current_merge(yb_req *r, const struct table *t, struct entry *entries, size_t n, yb_date on,
    bool cells)
{
	const struct current *rows;
	yb_list list;
	size_t at = 0;
	yb_str keys;

	if (n == 0)
		return 0;
	qsort(entries, n, sizeof *entries, entry_cmp);
	keys = yb_json_texts(r, &entries->key, n, sizeof *entries);
	if (yb_db_list(r, &q_current_keys,
		YB_ARGS(yb_bool(cells), yb_text(keys), yb_text(yb_cstr(t->id)), yb_day(on),
		    yb_day(on)),
		CURRENT_MAX, &list) < 0)
		return -1;
	rows = list.items;
	for (size_t i = 0; i < n; i++) {
		struct entry *e = &entries[i];

		while (at < list.n && yb_str_cmp(rows[at].key_text, e->key) < 0)
			at++;
		e->base = at < list.n && yb_str_eq(rows[at].key_text, e->key) ? &rows[at] : NULL;
	}
	return 0;
}

bool
entry_stands(const struct entry *e)
{
	const struct current *b = e->base;

	return b != NULL && b->version_id.set && b->row_hash.len == e->hash.len &&
	    memcmp(b->row_hash.p, e->hash.p, e->hash.len) == 0;
}

int
current_count(yb_req *r, const struct table *t, int64_t owner_id, yb_date on, int64_t *ret)
{
	struct number row = { 0 };

	if (yb_db_find(r, &q_current_count,
		YB_ARGS(yb_day(on), yb_day(on), yb_text(yb_cstr(t->id)), yb_i64(owner_id)),
		&row) < 0)
		return -1;
	*ret = row.n;
	return 0;
}

int
book_lock(yb_req *r, const struct table *t, int64_t owner_id)
{
	yb_value master = yb_text(yb_cstr(t->id)), owner = yb_i64(owner_id);
	struct number row;
	int64_t rows;
	enum yb_found found = yb_db_one(r, &q_book_lock, YB_ARGS(master, owner), &row);

	if (found != YB_NO_ROW)
		return found == YB_ONE_ROW ? 0 : -1;
	/* Somebody may have been faster: then the row is there, and we wait for it. */
	if (yb_db_exec(r, &q_book_insert, YB_ARGS(master, owner, yb_at(yb_now(r))), &rows) < 0)
		return -1;
	return yb_db_find(r, &q_book_lock, YB_ARGS(master, owner), &row);
}

int
book_moved(yb_req *r, const struct table *t, int64_t owner_id)
{
	return exec(r, &q_book_moved,
	    YB_ARGS(yb_at(yb_now(r)), yb_text(yb_cstr(t->id)), yb_i64(owner_id)));
}
