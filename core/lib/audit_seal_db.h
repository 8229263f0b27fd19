/*
 * audit_seal_db.h - the sealer's view of the database, in plain structs.
 *
 * Everything answers 0 or a negative of dbconn.h. Numbers here are 64 bits unsigned as the
 * columns are.
 */
#ifndef YBH_AUDIT_SEAL_DB_H
#define YBH_AUDIT_SEAL_DB_H

#include "audit_parts.h"

#define YBH_SEAL_BATCH 5000

struct ybh_seal_db {
	struct yb_arena *a; /* reset by every call */
};

struct ybh_leaf_row {
	uint64_t n, chain_id, seq;
	unsigned char hash[32];
};

struct ybh_head_row {
	bool there, closes; /* closes: it is the chain's CLOSE */
	uint64_t seq;
	unsigned char hash[32];
};

struct ybh_checkpoint_row { /* size 0: none yet */
	uint64_t size;
	unsigned char root[32];
	int64_t at_us;
	char note[YBH_NOTE_MAX];
	size_t note_len;
};

struct ybh_seal_ids {
	uint64_t *at; /* sorted */
	size_t n;
	int64_t count, mix; /* what the table said of itself when they were read */
};

/* At most YBH_SEAL_BATCH leaves from number n on; *ret is the caller's to free. */
int ybh_seal_leaves(struct ybh_seal_db *q, struct ybh_db *db, uint64_t n,
    struct ybh_leaf_row **ret, size_t *count) YB_MUST_USE;
/* The hash of the record a leaf names. */
int ybh_seal_event_hash(struct ybh_seal_db *q, struct ybh_db *db, const struct ybh_leaf_row *l,
    unsigned char hash[32], bool *there) YB_MUST_USE;
int ybh_seal_last_checkpoint(struct ybh_seal_db *q, struct ybh_db *db,
    struct ybh_checkpoint_row *ret) YB_MUST_USE;
/* ret->at stays NULL when there is no other chain than those known. */
int ybh_seal_chain_ids(struct ybh_seal_db *q, struct ybh_db *db, const struct ybh_seal_ids *known,
    struct ybh_seal_ids *ret) YB_MUST_USE;
/* The first number of a chain that no leaf covers. */
int ybh_seal_chain_next(struct ybh_seal_db *q, struct ybh_db *db, uint64_t chain_id,
    uint64_t *ret) YB_MUST_USE;
int ybh_seal_head(struct ybh_seal_db *q, struct ybh_db *db, uint64_t chain_id,
    struct ybh_head_row *ret) YB_MUST_USE;
/* In a transaction of its own. */
int ybh_seal_leaves_insert(struct ybh_seal_db *q, struct ybh_db *db,
    const struct ybh_leaf_row *rows, size_t n) YB_MUST_USE;
int ybh_seal_checkpoint_insert(struct ybh_seal_db *q, struct ybh_db *db,
    const struct ybh_checkpoint_row *row) YB_MUST_USE;

#endif
