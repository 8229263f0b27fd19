/*
 * audit_verify_tree.c - the leaves against the events they name, the roots and signatures of
 * the checkpoints, and the keeper's own file of them against the database (audit_verify.c).
 *
 * The three are read side by side, each once and in order. Where each ends is asked in the
 * opposite order of writing (file, checkpoints, leaves), so that a sealer at work cannot make
 * the later look shorter than the earlier.
 */
#include "audit_parts.h"

#include <errno.h>
#include <string.h>

#include "arena.h"
#include "clock.h"

struct leaf {
	int64_t n, chain_id, seq;
	yb_bytes hash, event_hash; /* event_hash null: no such record */
};
static const yb_field leaf_fields[] = {
	{ "n", YB_OF(struct leaf, n) },
	{ "chain_id", YB_OF(struct leaf, chain_id) },
	{ "seq", YB_OF(struct leaf, seq) },
	{ "hash", YB_OF(struct leaf, hash) },
	{ "event_hash", YB_OF(struct leaf, event_hash) },
	{ 0 },
};
static const yb_query leaf_select = {
	.name = "audit_verify_leaves",
	.sql = "SELECT CAST(l.n AS SIGNED) AS n, CAST(l.chain_id AS SIGNED) AS chain_id,"
	       " CAST(l.seq AS SIGNED) AS seq, l.hash AS hash, e.hash AS event_hash"
	       " FROM audit_leaf l LEFT JOIN audit_event e"
	       " ON e.chain_id = l.chain_id AND e.seq = l.seq"
	       " WHERE l.n >= CAST(? AS UNSIGNED) ORDER BY l.n LIMIT 5000",
	.row = leaf_fields,
	.row_size = sizeof(struct leaf),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

struct checkpoint {
	int64_t n, size;
	yb_bytes root, note;
	int64_t at_us;
};
static const yb_field checkpoint_fields[] = {
	{ "n", YB_OF(struct checkpoint, n) },
	{ "size", YB_OF(struct checkpoint, size) },
	{ "root", YB_OF(struct checkpoint, root) },
	{ "note", YB_OF(struct checkpoint, note) },
	{ "at_us", YB_OF(struct checkpoint, at_us) },
	{ 0 },
};
static const yb_query checkpoint_select = {
	.name = "audit_verify_checkpoints",
	.sql = "SELECT CAST(c.n AS SIGNED) AS n, CAST(c.size AS SIGNED) AS size, c.root AS root,"
	       " c.note AS note, c.at_us AS at_us FROM audit_checkpoint c"
	       " WHERE c.n >= CAST(? AS UNSIGNED) ORDER BY c.n LIMIT 1000",
	.row = checkpoint_fields,
	.row_size = sizeof(struct checkpoint),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};
static const yb_query checkpoint_max = {
	.name = "audit_verify_checkpoint_last",
	.sql = "SELECT CAST(c.n AS SIGNED) AS n, CAST(c.size AS SIGNED) AS size, c.root AS root,"
	       " c.note AS note, c.at_us AS at_us FROM audit_checkpoint c"
	       " ORDER BY c.n DESC LIMIT 1",
	.row = checkpoint_fields,
	.row_size = sizeof(struct checkpoint),
	.tenant = YB_GLOBAL,
};

struct tree {
	struct ybh_verify *v;
	struct ybh_merkle tree;
	uint64_t count; /* leaf numbers passed, gaps included */
	bool broken;	/* roots can not fit any more; said once */

	/* checkpoints of the database */
	struct yb_arena *a;
	yb_list rows;
	size_t at;
	uint64_t next_n, last_n; /* last_n: where they ended when we began */
	uint64_t last_size;
	int64_t last_at_us;
	bool any;
	const struct checkpoint *now; /* NULL: no more; else its note is sound */
	char origin[YBH_ORIGIN_MAX + 1]; /* of the first checkpoint: all must have it */

	/* checkpoints of the file */
	struct ybh_note_file file;
	bool has_file;
	bool file_at;	    /* a note is at hand: file.note */
	uint64_t file_size; /* of the last note; 0: none yet */
	unsigned char file_root[32];
};

/* ---- a note ---- */

/* NULL, or what is wrong with a note by itself. */
static const char *
note_fault(struct tree *t, yb_str text, struct ybh_note *n)
{
	if (text.p == NULL || ybh_note_read(text, n) != 0 || n->len != text.len)
		return "its note is not a checkpoint";
	if (t->origin[0] == '\0')
		memcpy(t->origin, n->origin.p, n->origin.len);
	if (!yb_str_is(n->origin, t->origin))
		return "its note is of another log";
	if (t->v->keeper != NULL &&
	    !ybh_verify_signature(t->v, (yb_str) { NULL, 0 }, n->key_id,
		(yb_bytes) { (const unsigned char *)text.p, n->signed_len },
		(yb_bytes) { n->sig, n->sig_len }))
		return "its signature is not the keeper's";
	return NULL;
}

/* ---- the database's checkpoints ---- */

static const char *
checkpoint_fault(struct tree *t, const struct checkpoint *c)
{
	struct ybh_note n;
	const char *why = note_fault(t, (yb_str) { (const char *)c->note.p, c->note.len }, &n);

	if (why != NULL)
		return why;
	if (n.size != (uint64_t)c->size)
		return "column size differs from the note";
	if (c->root.len != 32 || memcmp(n.root, c->root.p, 32) != 0)
		return "column root differs from the note";
	if (t->last_size > 0 && n.size <= t->last_size)
		return "sizes do not increase";
	return NULL;
}

static int
checkpoint_fetch(struct tree *t)
{
	yb_args args = YB_ARGS(yb_i64((int64_t)t->next_n));

	ybh_arena_reset(t->a);
	t->at = 0;
	return ybh_db_run(t->v->db, &checkpoint_select, args.v, args.n, t->a, 1000, &t->rows, NULL);
}

/* Moves to the next checkpoint that can be compared with the tree. */
static int
checkpoint_next(struct tree *t)
{
	const struct checkpoint *c;
	const char *why;

	t->now = NULL;
	while (t->any && t->next_n <= t->last_n) {
		if (t->at == t->rows.n) {
			int rc = checkpoint_fetch(t);

			if (rc != 0 || t->rows.n == 0)
				return rc;
		}
		c = &((const struct checkpoint *)t->rows.items)[t->at++];
		if ((uint64_t)c->n > t->last_n)
			return 0;
		t->next_n = (uint64_t)c->n + 1;
		t->v->report.checkpoints++;
		why = checkpoint_fault(t, c);
		if (why != NULL) {
			ybh_verify_finding(t->v, "BAD_CHECKPOINT", "checkpoint=%llu size=%llu %s",
			    (unsigned long long)c->n, (unsigned long long)c->size, why);
			continue;
		}
		if (t->last_at_us != 0 && c->at_us < t->last_at_us - YBH_CLOCK_SLACK_US)
			ybh_verify_finding(t->v, "CLOCK_BACK",
			    "checkpoint=%llu size=%llu is earlier than the one before it",
			    (unsigned long long)c->n, (unsigned long long)c->size);
		t->last_at_us = c->at_us;
		t->last_size = (uint64_t)c->size;
		t->now = c;
		return 0;
	}
	return 0;
}

/* ---- the file's ---- */

static void
file_finding(const struct tree *t, const char *why)
{
	ybh_verify_finding(t->v, "BAD_CHECKPOINT", "size=%llu line %lu of the keeper's file: %s",
	    (unsigned long long)t->file.note.size, t->file.line, why);
}

static int
file_next(struct tree *t)
{
	t->file_at = false;
	while (t->has_file) {
		const struct ybh_note *n = &t->file.note;
		int rc = ybh_note_file_next(&t->file);

		if (rc <= 0) {
			t->has_file = false;
			return rc;
		}
		if (t->file.torn)
			file_finding(t, "lines before it are no checkpoint");
		/* A note twice: its write had failed, but only after the bytes were down. */
		if (n->size == t->file_size && memcmp(n->root, t->file_root, 32) == 0)
			continue;
		if (t->file_size == 0 || n->size > t->file_size) {
			t->file_size = n->size;
			memcpy(t->file_root, n->root, 32);
			t->file_at = true;
			return 0;
		}
		file_finding(t, "sizes do not increase");
	}
	return 0;
}

/* Whether the note at hand is a good one; `same`: the database has it byte for byte. */
static bool
file_good(struct tree *t, bool same)
{
	struct ybh_note n;
	const char *why = same ? NULL : note_fault(t, t->file.text, &n);

	if (why != NULL)
		file_finding(t, why);
	return why == NULL;
}

/* ---- the tree, one leaf after the other ---- */

static void
root_check(struct tree *t, const unsigned char said[32], const char *where)
{
	unsigned char root[32];

	ybh_merkle_root(&t->tree, root);
	if (t->broken || memcmp(root, said, 32) == 0)
		return;
	/* All later roots differ for the same reason: one finding. */
	t->broken = true;
	ybh_verify_finding(t->v, "BAD_CHECKPOINT",
	    "size=%llu root of %s differs from the leaves: one of them was altered",
	    (unsigned long long)t->count, where);
}

/* The tree has `count` leaves: do the checkpoints of that size agree? */
static int
size_check(struct tree *t)
{
	bool in_db = t->now != NULL && (uint64_t)t->now->size == t->count;
	int rc = 0;

	if (in_db)
		root_check(t, t->now->root.p, "the checkpoint");
	if (t->file_at && t->file_size == t->count) {
		bool same = in_db &&
		    yb_str_eq(t->file.text,
			(yb_str) { (const char *)t->now->note.p, t->now->note.len });

		if (file_good(t, same)) {
			root_check(t, t->file_root, "the keeper's file");
			if (!in_db)
				ybh_verify_finding(t->v, "TRUNCATED",
				    "checkpoint size=%llu is in the keeper's file and gone from the"
				    " database",
				    (unsigned long long)t->count);
		}
		rc = file_next(t);
	}
	if (rc == 0 && in_db)
		rc = checkpoint_next(t);
	return rc;
}

static void
leaf_check(struct tree *t, const struct leaf *l)
{
	unsigned long long chain = (unsigned long long)l->chain_id;
	unsigned long long seq = (unsigned long long)l->seq;

	if ((uint64_t)l->n != t->count) {
		ybh_verify_finding(t->v, "BAD_CHECKPOINT", "leaf=%llu is gone%s",
		    (unsigned long long)t->count,
		    (uint64_t)l->n - t->count > 1 ? ", and some after it" : "");
		t->broken = true;
		t->count = (uint64_t)l->n;
	}
	if (l->event_hash.p == NULL)
		ybh_verify_finding(t->v, "TRUNCATED",
		    "chain=%llu seq=%llu was sealed as leaf %llu and is gone", chain, seq,
		    (unsigned long long)l->n);
	else if (l->hash.len != l->event_hash.len ||
	    memcmp(l->hash.p, l->event_hash.p, l->hash.len) != 0)
		ybh_verify_finding(t->v, "FORK",
		    "chain=%llu seq=%llu is another record than the one sealed as leaf %llu", chain,
		    seq, (unsigned long long)l->n);
}

static int
leaf_take(struct tree *t, const struct leaf *l)
{
	unsigned char hash[32];

	if (l->hash.len != 32)
		return -EIO; /* not our table */
	t->v->report.leaves++;
	leaf_check(t, l);
	ybh_record_leaf((uint64_t)l->chain_id, (uint64_t)l->seq, l->hash.p, hash);
	ybh_merkle_append(&t->tree, hash);
	t->count = (uint64_t)l->n + 1;
	/* Sizes within a gap of the leaves will never be met. */
	while (t->now != NULL && (uint64_t)t->now->size < t->count)
		if (checkpoint_next(t) != 0)
			return -EIO;
	while (t->file_at && t->file_size < t->count)
		if (file_next(t) != 0)
			return -EIO;
	return size_check(t);
}

static int
leaves_walk(struct tree *t)
{
	struct ybh_verify *v = t->v;
	yb_list rows;

	do {
		yb_args args = YB_ARGS(yb_i64((int64_t)t->count));
		int rc;

		ybh_arena_reset(v->batch);
		rc = ybh_db_run(v->db, &leaf_select, args.v, args.n, v->batch, YBH_VERIFY_BATCH,
		    &rows, NULL);
		for (size_t i = 0; rc == 0 && i < rows.n; i++)
			rc = leaf_take(t, &((const struct leaf *)rows.items)[i]);
		if (rc != 0)
			return rc;
	} while (rows.n == YBH_VERIFY_BATCH && t->count != 0);
	return 0;
}

/* Checkpoints of more leaves than there are. */
static int
rest_check(struct tree *t)
{
	int rc = 0;

	while (rc == 0 && t->now != NULL) {
		ybh_verify_finding(t->v, "TRUNCATED",
		    "checkpoint=%llu size=%llu was signed and there are only %llu leaves",
		    (unsigned long long)t->now->n, (unsigned long long)t->now->size,
		    (unsigned long long)t->count);
		rc = checkpoint_next(t);
	}
	while (rc == 0 && t->file_at) {
		if (file_good(t, false))
			ybh_verify_finding(t->v, "TRUNCATED",
			    "size=%llu is in the keeper's file (line %lu) and there are only %llu"
			    " leaves",
			    (unsigned long long)t->file_size, t->file.line,
			    (unsigned long long)t->count);
		rc = file_next(t);
	}
	return rc;
}

/* ---- the whole ---- */

/* NULL in *ret: there is none yet. */
static int
checkpoint_last(struct tree *t, const struct checkpoint **ret)
{
	yb_list rows;
	int rc = ybh_db_run(t->v->db, &checkpoint_max, NULL, 0, t->a, 1, &rows, NULL);

	*ret = rc == 0 && rows.n > 0 ? rows.items : NULL;
	return rc;
}

/* The first checkpoint is in the database a moment before there is a file at all. */
static bool
file_was_there(const struct checkpoint *last)
{
	return last != NULL && (last->n > 1 || last->at_us < ybh_now_us() - YBH_CLOCK_SLACK_US);
}

static int
ends_find(struct tree *t, const char *checkpoint_path)
{
	const struct checkpoint *before, *last = NULL;
	int rc = checkpoint_last(t, &before);

	if (rc == 0 && checkpoint_path != NULL) {
		rc = ybh_note_file_open(&t->file, checkpoint_path, 0);
		t->has_file = rc == 0;
		if (rc == -ENOENT && file_was_there(before))
			ybh_verify_finding(t->v, "BAD_CHECKPOINT",
			    "the keeper's file is gone: %llu checkpoints were signed at least",
			    (unsigned long long)before->n);
		if (rc == -ENOENT)
			rc = 0;
	}
	if (rc == 0)
		rc = checkpoint_last(t, &last);
	if (rc == 0 && last != NULL) {
		t->any = true;
		t->last_n = (uint64_t)last->n;
	}
	return rc;
}

int
ybh_verify_tree(struct ybh_verify *v, const char *checkpoint_path)
{
	struct tree t = { .v = v, .a = ybh_arena_new(1u << 18, 16u << 20) };
	int rc = t.a == NULL ? -ENOMEM : ends_find(&t, checkpoint_path);

	if (rc == 0)
		rc = checkpoint_next(&t);
	if (rc == 0)
		rc = file_next(&t);
	if (rc == 0)
		rc = leaves_walk(&t);
	if (rc == 0)
		rc = rest_check(&t);
	ybh_note_file_close(&t.file);
	ybh_arena_free(t.a);
	return rc;
}
