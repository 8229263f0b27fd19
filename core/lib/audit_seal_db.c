/*
 * audit_seal_db.c - the sealer's statements (audit_seal_db.h).
 *
 * Unsigned columns come as signed numbers of the same 64 bits: a planted value beyond 2^63
 * must be seen, not make the statement fail.
 */
#include "audit_seal_db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

struct leaf {
	int64_t n, chain_id, seq;
	yb_bytes hash;
};
static const yb_field leaf_fields[] = {
	{ "n", YB_OF(struct leaf, n) },
	{ "chain_id", YB_OF(struct leaf, chain_id) },
	{ "seq", YB_OF(struct leaf, seq) },
	{ "hash", YB_OF(struct leaf, hash) },
	{ 0 },
};
static const yb_query leaf_select = {
	.name = "audit_leaf_from",
	.sql = "SELECT CAST(l.n AS SIGNED) AS n, CAST(l.chain_id AS SIGNED) AS chain_id,"
	       " CAST(l.seq AS SIGNED) AS seq, l.hash AS hash FROM audit_leaf l"
	       " WHERE l.n >= ? ORDER BY l.n LIMIT 5000",
	.row = leaf_fields,
	.row_size = sizeof(struct leaf),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};
static const yb_query leaf_insert = {
	.name = "audit_leaf_insert",
	.sql = "INSERT INTO audit_leaf (n, chain_id, seq, hash) VALUES (?, ?, ?, ?)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

struct head {
	int64_t seq;
	yb_bytes hash, rec;
};
static const yb_field head_fields[] = {
	{ "seq", YB_OF(struct head, seq) },
	{ "hash", YB_OF(struct head, hash) },
	{ "rec", YB_OF(struct head, rec) },
	{ 0 },
};
static const yb_query head_select = {
	.name = "audit_event_head",
	.sql = "SELECT CAST(e.seq AS SIGNED) AS seq, e.hash AS hash, e.rec AS rec"
	       " FROM audit_event e WHERE e.chain_id = ? ORDER BY e.seq DESC LIMIT 1",
	.row = head_fields,
	.row_size = sizeof(struct head),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};
static const yb_query event_select = {
	.name = "audit_event_at",
	.sql = "SELECT CAST(e.seq AS SIGNED) AS seq, e.hash AS hash, e.rec AS rec"
	       " FROM audit_event e WHERE e.chain_id = ? AND e.seq = ?",
	.row = head_fields,
	.row_size = sizeof(struct head),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

struct chain {
	int64_t chain_id;
};
static const yb_field chain_fields[] = {
	{ "chain_id", YB_OF(struct chain, chain_id) },
	{ 0 },
};
static const yb_query chain_select = {
	.name = "audit_chain_from",
	.sql = "SELECT CAST(c.chain_id AS SIGNED) AS chain_id FROM audit_chain c"
	       " WHERE c.chain_id >= ? ORDER BY c.chain_id LIMIT 5000",
	.row = chain_fields,
	.row_size = sizeof(struct chain),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

struct sum {
	int64_t n;
	yb_int mix;
};
static const yb_field sum_fields[] = {
	{ "n", YB_OF(struct sum, n) },
	{ "mix", YB_OF(struct sum, mix) },
	{ 0 },
};
static const yb_query chain_sum = {
	.name = "audit_chain_sum",
	.sql = "SELECT COUNT(*) AS n, CAST(BIT_XOR(chain_id) AS SIGNED) AS mix FROM audit_chain",
	.row = sum_fields,
	.row_size = sizeof(struct sum),
	.tenant = YB_GLOBAL,
};
static const yb_query leaf_last = {
	.name = "audit_leaf_last",
	.sql = "SELECT COUNT(*) AS n, CAST(MAX(seq) AS SIGNED) AS mix FROM (SELECT seq"
	       " FROM audit_leaf WHERE chain_id = ? ORDER BY seq DESC LIMIT 1) AS last",
	.row = sum_fields,
	.row_size = sizeof(struct sum),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

struct checkpoint {
	int64_t size;
	yb_bytes root, note;
	int64_t at_us;
};
static const yb_field checkpoint_fields[] = {
	{ "size", YB_OF(struct checkpoint, size) },
	{ "root", YB_OF(struct checkpoint, root) },
	{ "note", YB_OF(struct checkpoint, note) },
	{ "at_us", YB_OF(struct checkpoint, at_us) },
	{ 0 },
};
static const yb_query checkpoint_last = {
	.name = "audit_checkpoint_last",
	.sql = "SELECT CAST(c.size AS SIGNED) AS size, c.root AS root, c.note AS note,"
	       " c.at_us AS at_us FROM audit_checkpoint c ORDER BY c.n DESC LIMIT 1",
	.row = checkpoint_fields,
	.row_size = sizeof(struct checkpoint),
	.tenant = YB_GLOBAL,
};
static const yb_query checkpoint_insert = {
	.name = "audit_checkpoint_insert",
	.sql = "INSERT INTO audit_checkpoint (size, root, note, at_us) VALUES (?, ?, ?, ?)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

static int
run(struct ybh_seal_db *q, struct ybh_db *db, const yb_query *query, yb_args args, yb_list *rows)
{
	ybh_arena_reset(q->a);
	return ybh_db_run(db, query, args.v, args.n, q->a, YBH_SEAL_BATCH, rows, NULL);
}

/* A column of 32 bytes; anything else is not what was written. */
static void
hash_copy(unsigned char out[32], yb_bytes b)
{
	memset(out, 0, 32);
	if (b.p != NULL)
		memcpy(out, b.p, b.len < 32 ? b.len : 32);
}

int
ybh_seal_leaves(struct ybh_seal_db *q, struct ybh_db *db, uint64_t n, struct ybh_leaf_row **ret,
    size_t *count)
{
	yb_list rows;
	int rc = run(q, db, &leaf_select, YB_ARGS(yb_i64((int64_t)n)), &rows);

	*ret = NULL;
	*count = 0;
	if (rc != 0 || rows.n == 0)
		return rc;
	*ret = calloc(rows.n, sizeof **ret);
	if (*ret == NULL)
		return -ENOMEM;
	*count = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct leaf *l = &((const struct leaf *)rows.items)[i];

		(*ret)[i].n = (uint64_t)l->n;
		(*ret)[i].chain_id = (uint64_t)l->chain_id;
		(*ret)[i].seq = (uint64_t)l->seq;
		hash_copy((*ret)[i].hash, l->hash);
	}
	return 0;
}

int
ybh_seal_event_hash(struct ybh_seal_db *q, struct ybh_db *db, const struct ybh_leaf_row *l,
    unsigned char hash[32], bool *there)
{
	yb_list rows;
	int rc;

	*there = false;
	if (l->chain_id > INT64_MAX || l->seq > INT64_MAX)
		return 0; /* no chain of ours */
	rc = run(q, db, &event_select,
	    YB_ARGS(yb_i64((int64_t)l->chain_id), yb_i64((int64_t)l->seq)), &rows);
	if (rc != 0 || rows.n == 0)
		return rc;
	*there = true;
	hash_copy(hash, ((const struct head *)rows.items)->hash);
	return 0;
}

int
ybh_seal_last_checkpoint(struct ybh_seal_db *q, struct ybh_db *db, struct ybh_checkpoint_row *ret)
{
	const struct checkpoint *c;
	yb_list rows;
	int rc = run(q, db, &checkpoint_last, YB_NO_ARGS, &rows);

	*ret = (struct ybh_checkpoint_row) { 0 };
	if (rc != 0 || rows.n == 0)
		return rc;
	c = rows.items;
	ret->size = (uint64_t)c->size;
	ret->at_us = c->at_us;
	hash_copy(ret->root, c->root);
	if (c->note.len <= sizeof ret->note && c->note.len > 0) {
		memcpy(ret->note, c->note.p, c->note.len);
		ret->note_len = c->note.len;
	}
	return 0;
}

static int
ids_read(struct ybh_seal_db *q, struct ybh_db *db, struct ybh_seal_ids *ret)
{
	uint64_t from = 0;
	yb_list rows;

	do {
		int rc = run(q, db, &chain_select, YB_ARGS(yb_i64((int64_t)from)), &rows);
		uint64_t *p;

		if (rc != 0)
			return rc;
		p = reallocarray(ret->at, ret->n + rows.n + 1, sizeof *p);
		if (p == NULL)
			return -ENOMEM;
		ret->at = p;
		for (size_t i = 0; i < rows.n; i++) {
			int64_t id = ((const struct chain *)rows.items)[i].chain_id;

			if (id < 0)
				return 0; /* beyond 2^63 is no chain of ours, and all after it */
			ret->at[ret->n++] = (uint64_t)id;
			from = (uint64_t)id + 1;
		}
	} while (rows.n == YBH_SEAL_BATCH);
	return 0;
}

int
ybh_seal_chain_ids(struct ybh_seal_db *q, struct ybh_db *db, const struct ybh_seal_ids *known,
    struct ybh_seal_ids *ret)
{
	const struct sum *sum;
	yb_list rows;
	int rc = run(q, db, &chain_sum, YB_NO_ARGS, &rows);

	*ret = (struct ybh_seal_ids) { 0 };
	if (rc != 0 || rows.n == 0)
		return rc;
	sum = rows.items;
	if (known->at != NULL && sum->n == known->count && sum->mix.v == known->mix)
		return 0;
	ret->count = sum->n;
	ret->mix = sum->mix.v;
	rc = ids_read(q, db, ret);
	if (rc != 0) {
		free(ret->at);
		ret->at = NULL;
	}
	return rc;
}

int
ybh_seal_chain_next(struct ybh_seal_db *q, struct ybh_db *db, uint64_t chain_id, uint64_t *ret)
{
	const struct sum *last;
	yb_list rows;
	int rc = run(q, db, &leaf_last, YB_ARGS(yb_i64((int64_t)chain_id)), &rows);

	if (rc != 0 || rows.n == 0)
		return rc;
	last = rows.items;
	*ret = last->mix.set ? (uint64_t)last->mix.v + 1 : 0;
	return 0;
}

int
ybh_seal_head(struct ybh_seal_db *q, struct ybh_db *db, uint64_t chain_id,
    struct ybh_head_row *ret)
{
	const struct head *h;
	struct ybh_record r;
	yb_list rows;
	int rc = run(q, db, &head_select, YB_ARGS(yb_i64((int64_t)chain_id)), &rows);

	*ret = (struct ybh_head_row) { 0 };
	if (rc != 0 || rows.n == 0)
		return rc;
	h = rows.items;
	ret->there = true;
	ret->seq = (uint64_t)h->seq;
	hash_copy(ret->hash, h->hash);
	ret->closes = ybh_record_decode(h->rec, &r) == 0 && r.kind == YBH_RECORD_CLOSE;
	return 0;
}

int
ybh_seal_leaves_insert(struct ybh_seal_db *q, struct ybh_db *db, const struct ybh_leaf_row *rows,
    size_t n)
{
	struct leaf *leaves;
	int rc;

	ybh_arena_reset(q->a);
	leaves = ybh_arena_must(q->a, n * sizeof *leaves);
	for (size_t i = 0; i < n; i++)
		leaves[i] = (struct leaf) { (int64_t)rows[i].n, (int64_t)rows[i].chain_id,
			(int64_t)rows[i].seq, { rows[i].hash, 32 } };
	rc = ybh_db_begin(db);
	if (rc == 0)
		rc = ybh_db_each(db, &leaf_insert, NULL, leaf_fields, sizeof *leaves, leaves, n,
		    q->a);
	if (rc == 0)
		return ybh_db_commit(db);
	ybh_db_rollback(db);
	return rc;
}

int
ybh_seal_checkpoint_insert(struct ybh_seal_db *q, struct ybh_db *db,
    const struct ybh_checkpoint_row *row)
{
	yb_bytes root = { row->root, 32 };
	yb_bytes note = { (const unsigned char *)row->note, row->note_len };
	yb_args args = YB_ARGS(yb_i64((int64_t)row->size), yb_blob(root), yb_blob(note),
	    yb_i64(row->at_us));

	ybh_arena_reset(q->a);
	return ybh_db_run(db, &checkpoint_insert, args.v, args.n, q->a, 0, NULL, NULL);
}
