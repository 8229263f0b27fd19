/*
 * audit_seal.c - the sealer: heads of the chains become leaves of a Merkle tree whose root is
 * signed (audit.h). Runs in the keeper, beside the writers: it locks nothing of theirs.
 *
 * One round, in this order:
 *
 *	1. the new leaves are committed to the database, numbered on from the tree's size;
 *	2. the state file (size, root, frontier) is replaced, on the disk;
 *	3. the root is signed, and the checkpoint committed to the database;
 *	4. the same note is appended to the checkpoint file, on the disk.
 *
 * Why nothing inconsistent or smaller is ever signed: what is signed in 3 is the tree of the
 * state file and nothing else. That tree changes only in 2, and only by appending to its own
 * frontier; a tree that grows by appending is consistent with all it was before. Leaves come
 * before the state, so that the events they name are durable before anything vouches for
 * them (a commit can be seen a moment before it is on the disk).
 *
 * A crash after 1: leaves beyond the state are adopted, if each names a record that is there.
 * After 2: the database's last checkpoint is older than the state, and 3 is done again. After
 * 3 or within 4: the file's last note is older or torn, and the database's is appended.
 * Anything else that does not fit - fewer leaves than the state says, leaves that hash to
 * other nodes, a checkpoint or note of a larger tree, a missing state file - is refused.
 */
#include "audit_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "audit_seal_db.h"
#include "clock.h"
#include "log.h"

#define CHECK_LEVEL_START 20 /* leaves checked against the frontier at start: 2^20 */
#define CHECK_LEVEL	  12 /* and in every round */
#define IDLE_ROUNDS	  360 /* a chain this long without a record ... */
#define IDLE_PERIOD	  6   /* ... is looked at in one round of so many */
#define TAIL_BYTES	  8192

struct open_chain {
	uint64_t id, next; /* next: first record not sealed */
	unsigned idle;	   /* rounds without a new one */
	bool closed;
};

struct ybh_sealer {
	char *state_path, *checkpoint_path, *origin, *kid;
	ybh_sign_fn *sign;
	void *arg;
	struct ybh_merkle tree; /* as the state file has it */
	bool has_state, checked;
	struct ybh_seal_db q;

	uint64_t db_size, file_size; /* of the last checkpoint in the database, in the file */
	bool file_torn;
	char note[YBH_NOTE_MAX]; /* of db_size */
	size_t note_len;

	struct ybh_seal_ids known; /* every chain, sorted */
	struct open_chain *open;
	size_t n_open, cap_open;
	uint64_t rounds;
};

void
ybh_sealer_free(struct ybh_sealer *s)
{
	if (s == NULL)
		return;
	ybh_arena_free(s->q.a);
	free(s->state_path);
	free(s->checkpoint_path);
	free(s->origin);
	free(s->kid);
	free(s->known.at);
	free(s->open);
	free(s);
}

static int
file_tail(struct ybh_sealer *s, char *err, size_t size)
{
	struct ybh_note_file nf;
	int rc = ybh_note_file_open(&nf, s->checkpoint_path, TAIL_BYTES);
	bool any = false;

	if (rc == -ENOENT)
		return 0;
	if (rc == 0) {
		any = nf.left == 0;
		while ((rc = ybh_note_file_next(&nf)) == 1) {
			s->file_size = nf.note.size;
			any = true;
		}
		s->file_torn = nf.unfinished;
		ybh_note_file_close(&nf);
	}
	if (rc == 0 && (any || s->file_torn))
		return 0;
	(void)snprintf(err, size, "%s: cannot be read, or not a file of checkpoints",
	    s->checkpoint_path);
	return -1;
}

struct ybh_sealer *
ybh_sealer_new(const char *state_path, const char *checkpoint_path, const char *origin, yb_str kid,
    ybh_sign_fn *sign, void *arg, char *err, size_t size)
{
	struct ybh_sealer *s = calloc(1, sizeof *s);
	unsigned char key_id[4];
	int rc;

	(void)snprintf(err, size, "no memory");
	if (s == NULL)
		return NULL;
	s->state_path = strdup(state_path);
	s->checkpoint_path = strdup(checkpoint_path);
	s->origin = strdup(origin);
	s->kid = strndup(kid.p == NULL ? "" : kid.p, kid.len);
	s->q.a = ybh_arena_new(1u << 20, 64u << 20);
	s->sign = sign;
	s->arg = arg;
	if (s->state_path == NULL || s->checkpoint_path == NULL || s->origin == NULL ||
	    s->kid == NULL || s->q.a == NULL)
		goto fail;
	if (!ybh_note_key_id(yb_cstr(s->kid), key_id) || origin[0] == '\0' ||
	    strlen(origin) > YBH_ORIGIN_MAX || strpbrk(origin, " +\n\r\t") != NULL) {
		(void)snprintf(err, size, "origin or kid is not one a checkpoint can have");
		goto fail;
	}
	rc = ybh_seal_state_read(state_path, origin, &s->tree, err, size);
	if (rc != 0 && rc != -ENOENT)
		goto fail;
	s->has_state = rc == 0;
	if (file_tail(s, err, size) == 0)
		return s;
fail:
	ybh_sealer_free(s);
	return NULL;
}

/* ---- does the database still have the tree of the state? ---- */

static int
refuse(const struct ybh_sealer *s, const char *why)
{
	ybh_log(YBH_ERR, "access log: NOT SEALED at size %llu: %s; verify the log",
	    (unsigned long long)s->tree.size, why);
	return -EBADMSG;
}

/* A leaf the state does not know of: ours, of a round that was cut short, or planted. */
static int
leaf_adopt(struct ybh_sealer *s, struct ybh_db *db, const struct ybh_leaf_row *l,
    struct ybh_merkle *next)
{
	unsigned char hash[32];
	bool there = false;
	int rc = ybh_seal_event_hash(&s->q, db, l, hash, &there);

	if (rc != 0)
		return rc;
	if (!there || memcmp(hash, l->hash, 32) != 0)
		return refuse(s, "a leaf beyond the state names a record that is not there");
	for (size_t i = 0; i < s->n_open; i++)
		if (s->open[i].id == l->chain_id && s->open[i].next <= l->seq)
			s->open[i].next = l->seq + 1;
	ybh_record_leaf(l->chain_id, l->seq, l->hash, hash);
	ybh_merkle_append(next, hash);
	return 0;
}

/* The nodes of the frontier up to `level`, hashed again from the leaves below them. */
static bool
frontier_agrees(const struct ybh_merkle *tree, const struct ybh_merkle *part, unsigned level)
{
	for (unsigned i = 0; i <= level; i++)
		if ((part->size >> i & 1) != 0 && (tree->size >> i & 1) != 0 &&
		    memcmp(part->node[i], tree->node[i], 32) != 0)
			return false;
	return true;
}

/* One leaf of the last block (into `part`) or beyond the state (into `next`). */
static int
leaf_walk(struct ybh_sealer *s, struct ybh_db *db, const struct ybh_leaf_row *l, uint64_t n,
    struct ybh_merkle *part, struct ybh_merkle *next)
{
	unsigned char hash[32];

	if (l->n != n)
		return refuse(s, "leaves are missing");
	if (n >= s->tree.size)
		return leaf_adopt(s, db, l, next);
	ybh_record_leaf(l->chain_id, l->seq, l->hash, hash);
	ybh_merkle_append(part, hash);
	return 0;
}

static int
leaves_check(struct ybh_sealer *s, struct ybh_db *db, struct ybh_merkle *next)
{
	unsigned level = s->checked ? CHECK_LEVEL : CHECK_LEVEL_START;
	uint64_t size = s->tree.size, n = size == 0 ? 0 : (size - 1) >> level << level;
	struct ybh_merkle part = { 0 };
	struct ybh_leaf_row *rows;
	size_t count;

	do {
		int rc = ybh_seal_leaves(&s->q, db, n, &rows, &count);

		for (size_t i = 0; rc == 0 && i < count; i++)
			rc = leaf_walk(s, db, &rows[i], n++, &part, next);
		free(rows);
		if (rc != 0)
			return rc;
	} while (count == YBH_SEAL_BATCH);
	if (n < size)
		return refuse(s, "there are fewer leaves than were signed");
	if (!frontier_agrees(&s->tree, &part, level))
		return refuse(s, "leaves differ from those that were signed");
	return 0;
}

static int
checkpoint_check(struct ybh_sealer *s, struct ybh_db *db)
{
	struct ybh_checkpoint_row last;
	unsigned char root[32];
	int rc = ybh_seal_last_checkpoint(&s->q, db, &last);

	if (rc != 0)
		return rc;
	s->db_size = last.size;
	if (!s->has_state && (last.size > 0 || s->file_size > 0))
		return refuse(s, "the state file is missing although checkpoints were signed");
	if (last.size > s->tree.size)
		return refuse(s, "the database has a checkpoint of a larger tree");
	if (s->file_size > s->tree.size)
		return refuse(s, "the checkpoint file knows a larger tree");
	if (last.size == 0 || last.size < s->tree.size)
		return 0;
	ybh_merkle_root(&s->tree, root);
	if (memcmp(root, last.root, 32) != 0)
		return refuse(s, "the last checkpoint has another root");
	memcpy(s->note, last.note, last.note_len);
	s->note_len = last.note_len;
	return 0;
}

/* ---- which chains moved? ---- */

static int
chain_add(struct ybh_sealer *s, struct ybh_db *db, uint64_t id)
{
	struct open_chain c = { .id = id };
	int rc = ybh_seal_chain_next(&s->q, db, id, &c.next);

	if (rc != 0)
		return rc;
	if (s->n_open == s->cap_open) {
		size_t cap = s->cap_open == 0 ? 64 : 2 * s->cap_open;
		struct open_chain *p = reallocarray(s->open, cap, sizeof *p);

		if (p == NULL)
			return -ENOMEM;
		s->open = p;
		s->cap_open = cap;
	}
	s->open[s->n_open++] = c;
	return 0;
}

static int
chains_find(struct ybh_sealer *s, struct ybh_db *db)
{
	struct ybh_seal_ids ids = { 0 };
	size_t old = 0, had = s->n_open;
	int rc = ybh_seal_chain_ids(&s->q, db, &s->known, &ids);

	if (rc != 0 || ids.at == NULL)
		return rc;
	for (size_t i = 0; rc == 0 && i < ids.n; i++) {
		while (old < s->known.n && s->known.at[old] < ids.at[i])
			old++;
		if (old < s->known.n && s->known.at[old] == ids.at[i])
			continue;
		rc = chain_add(s, db, ids.at[i]);
	}
	if (rc != 0) { /* all of them again in the next round */
		s->n_open = had;
		free(ids.at);
		return rc;
	}
	free(s->known.at);
	s->known = ids;
	return 0;
}

/* Leaves of one transaction, and the chains they are of. */
struct batch {
	struct ybh_leaf_row *rows;
	size_t *chain;
	bool *closes;
	size_t n;
};

static int
batch_commit(struct ybh_sealer *s, struct ybh_db *db, struct batch *b, struct ybh_merkle *next)
{
	int rc;

	if (b->n == 0)
		return 0;
	for (size_t i = 0; i < b->n; i++)
		b->rows[i].n = next->size + i;
	rc = ybh_seal_leaves_insert(&s->q, db, b->rows, b->n);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < b->n; i++) {
		struct open_chain *c = &s->open[b->chain[i]];
		unsigned char hash[32];

		c->next = b->rows[i].seq + 1;
		c->idle = 0;
		c->closed = b->closes[i];
		ybh_record_leaf(c->id, b->rows[i].seq, b->rows[i].hash, hash);
		ybh_merkle_append(next, hash);
	}
	b->n = 0;
	return 0;
}

static int
head_look(struct ybh_sealer *s, struct ybh_db *db, size_t i, struct batch *b)
{
	struct open_chain *c = &s->open[i];
	struct ybh_head_row head;
	int rc;

	if (c->idle > IDLE_ROUNDS && (s->rounds + c->id) % IDLE_PERIOD != 0)
		return 0;
	rc = ybh_seal_head(&s->q, db, c->id, &head);
	if (rc != 0)
		return rc;
	if (head.seq > INT64_MAX) { /* planted; the other chains are still sealed */
		ybh_log(YBH_ERR, "access log: chain %llu has a record with an impossible number",
		    (unsigned long long)c->id);
		return 0;
	}
	if (!head.there || head.seq < c->next) {
		c->idle++;
		c->closed = head.there && head.closes && head.seq + 1 == c->next;
		return 0;
	}
	b->rows[b->n].chain_id = c->id;
	b->rows[b->n].seq = head.seq;
	memcpy(b->rows[b->n].hash, head.hash, 32);
	b->chain[b->n] = i;
	b->closes[b->n++] = head.closes;
	return 0;
}

static void
closed_forget(struct ybh_sealer *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_open; i++)
		if (!s->open[i].closed)
			s->open[n++] = s->open[i];
	s->n_open = n;
}

static int
heads_seal(struct ybh_sealer *s, struct ybh_db *db, struct ybh_merkle *next)
{
	struct batch b = {
		.rows = calloc(YBH_SEAL_BATCH, sizeof *b.rows),
		.chain = calloc(YBH_SEAL_BATCH, sizeof *b.chain),
		.closes = calloc(YBH_SEAL_BATCH, sizeof *b.closes),
	};
	int rc = b.rows == NULL || b.chain == NULL || b.closes == NULL ? -ENOMEM : 0;

	for (size_t i = 0; rc == 0 && i < s->n_open; i++) {
		rc = head_look(s, db, i, &b);
		if (rc == 0 && b.n == YBH_SEAL_BATCH)
			rc = batch_commit(s, db, &b, next);
	}
	if (rc == 0)
		rc = batch_commit(s, db, &b, next);
	if (rc == 0)
		closed_forget(s);
	free(b.rows);
	free(b.chain);
	free(b.closes);
	return rc;
}

/* ---- signing ---- */

static int
state_move(struct ybh_sealer *s, const struct ybh_merkle *next)
{
	int rc;

	if (next->size == s->tree.size)
		return 0;
	rc = ybh_seal_state_write(s->state_path, s->origin, next);
	if (rc != 0) {
		ybh_log(YBH_ERR, "access log: not sealed: %s cannot be written", s->state_path);
		return rc;
	}
	s->tree = *next;
	s->has_state = true;
	return 0;
}

static int
checkpoint_publish(struct ybh_sealer *s, struct ybh_db *db)
{
	struct ybh_checkpoint_row row = { .size = s->tree.size, .at_us = ybh_now_us() };
	unsigned char sig[64];
	size_t n;
	int rc;

	if (s->db_size == s->tree.size)
		return 0;
	ybh_merkle_root(&s->tree, row.root);
	n = ybh_note_text(s->origin, s->tree.size, row.root, row.note);
	if (n == 0 || s->sign(s->arg, row.note, n, sig) != 0 ||
	    (row.note_len = ybh_note_seal(row.note, n, s->origin, yb_cstr(s->kid), sig)) == 0) {
		ybh_log(YBH_ERR, "access log: not sealed: the checkpoint key did not sign");
		return -EIO;
	}
	rc = ybh_seal_checkpoint_insert(&s->q, db, &row);
	if (rc != 0)
		return rc;
	s->db_size = row.size;
	memcpy(s->note, row.note, row.note_len);
	s->note_len = row.note_len;
	return 0;
}

static int
file_catch_up(struct ybh_sealer *s)
{
	int rc;

	if (s->file_size == s->db_size || s->note_len == 0)
		return 0;
	rc = ybh_seal_file_append(s->checkpoint_path, (yb_str) { s->note, s->note_len },
	    s->file_torn);
	if (rc != 0) {
		s->file_torn = true; /* perhaps a part of it was written */
		ybh_log(YBH_ERR, "access log: checkpoint not appended to %s", s->checkpoint_path);
		return rc;
	}
	s->file_torn = false;
	s->file_size = s->db_size;
	return 0;
}

int64_t
ybh_sealer_round(struct ybh_sealer *s, struct ybh_db *db)
{
	struct ybh_merkle next = s->tree;
	uint64_t before = s->tree.size;
	int rc;

	s->rounds++;
	rc = checkpoint_check(s, db);
	if (rc == 0)
		rc = leaves_check(s, db, &next);
	if (rc == 0) {
		s->checked = true;
		rc = chains_find(s, db);
	}
	if (rc == 0)
		rc = heads_seal(s, db, &next);
	if (rc == 0)
		rc = state_move(s, &next);
	if (rc == 0)
		rc = checkpoint_publish(s, db);
	if (rc == 0)
		rc = file_catch_up(s);
	return rc != 0 ? rc : (int64_t)(s->tree.size - before);
}
