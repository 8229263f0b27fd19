/*
 * audit_parts.h - what the files behind audit.h know of each other.
 *
 *	audit_tlv.c          an event as canonical bytes (audit_tlv.h)
 *	audit_chain.c        a worker thread's chain
 *	audit_note.c         checkpoints as signed notes, and the file of them
 *	audit_seal.c         leaves and checkpoints: the sealer
 *	audit_seal_state.c   what the sealer keeps on disk
 *	audit_verify.c       the events and the chains
 *	audit_verify_tree.c  the leaves and the checkpoints
 */
#ifndef YBH_AUDIT_PARTS_H
#define YBH_AUDIT_PARTS_H

#include <openssl/types.h>
#include <stdio.h>

#include "audit.h"
#include "audit_tlv.h"
#include "merkle.h"

/* Two moments further apart than this, backwards, are a clock that was set back. */
#define YBH_CLOCK_SLACK_US INT64_C(5000000)
/*
 * The same of records: each tells when its request began and is written when that ends, so that of
 * two in one chain the slower comes later and says the earlier moment.
 */
#define YBH_RECORD_SLACK_US INT64_C(300000000)

/* ---- audit_note.c ---- */

#define YBH_ORIGIN_MAX 100
#define YBH_NOTE_MAX   512

/*
 * A checkpoint (C2SP tlog-checkpoint) with one signature: first four bytes of the key's
 * thumbprint, then ECDSA P-256 with SHA-256 in DER.
 */
struct ybh_note {
	yb_str origin;
	uint64_t size;
	unsigned char root[32];
	size_t signed_len; /* bytes of the text that is signed */
	unsigned char key_id[4], sig[72];
	size_t sig_len;
	size_t len; /* bytes of the whole note */
};

/* The text to sign; its length, 0 when it does not fit. */
size_t ybh_note_text(const char *origin, uint64_t size, const unsigned char root[32],
    char out[YBH_NOTE_MAX]);
/* Completes the text of `len` bytes in `note` by its signature line. Whole length, or 0. */
size_t ybh_note_seal(char note[YBH_NOTE_MAX], size_t len, const char *origin, yb_str kid,
    const unsigned char sig[64]);
/* Reads the note `text` begins with; what ret lends is lent from text. -EBADMSG: it does not. */
int ybh_note_read(yb_str text, struct ybh_note *ret) YB_MUST_USE;
/* The first four bytes of a thumbprint; false: not a thumbprint. */
bool ybh_note_key_id(yb_str kid, unsigned char ret[4]);

/* The keeper's file of checkpoints, read from its beginning. */
struct ybh_note_file {
	FILE *f;
	long left;  /* bytes not read yet */
	unsigned long line; /* of the note `note`, counted from 1 */
	unsigned long next_line;
	char buf[4096];
	size_t have, used;
	struct ybh_note note;
	yb_str text; /* of the note */
	bool torn;   /* lines before the note are not its own torn beginning */
	bool unfinished; /* the file ends in the middle of a note */
};
/* From the beginning, or only the last `tail` bytes (0: all). 0, or -errno. */
int ybh_note_file_open(struct ybh_note_file *nf, const char *path, long tail) YB_MUST_USE;
void ybh_note_file_close(struct ybh_note_file *nf);
/* 1: the next note is in nf->note; 0: the end; negative: cannot be read. */
int ybh_note_file_next(struct ybh_note_file *nf) YB_MUST_USE;

/* ---- audit_seal_state.c ---- */

/* Replaces the state file (write, fsync, rename, fsync of the directory). 0 or -errno. */
int ybh_seal_state_write(const char *path, const char *origin, const struct ybh_merkle *m)
    YB_MUST_USE;
/* 0; -ENOENT: no such file; another negative: err says why. */
int ybh_seal_state_read(const char *path, const char *origin, struct ybh_merkle *ret, char *err,
    size_t size) YB_MUST_USE;
/* Appends a checkpoint and waits for the disk. 0 or -errno. */
int ybh_seal_file_append(const char *path, yb_str note, bool after_torn) YB_MUST_USE;

/* ---- audit_verify.c, audit_verify_tree.c ---- */

#define YBH_VERIFY_BATCH 5000
#define YBH_VERIFY_LINES 10000 /* findings printed; the rest are only counted */

struct ybh_verify_key {
	yb_str kid;
	unsigned char key_id[4];
	EVP_PKEY *key;
};

struct ybh_verify {
	struct ybh_db *db;
	struct ybh_keeper *keeper; /* NULL: no MACs, no signatures */
	FILE *out;
	struct ybh_verify_report report;
	struct yb_arena *batch; /* reset with every batch of rows */
	struct yb_arena *keep;
	struct ybh_verify_key *keys;
	size_t n_keys;
};

/* Prints "KIND text" and counts it. */
void ybh_verify_finding(struct ybh_verify *v, const char *kind, const char *fmt, ...)
    YB_PRINTF(3, 4);
/* Whether a DER signature is of the key with this kid (or key_id, when kid is null). */
bool ybh_verify_signature(struct ybh_verify *v, yb_str kid, const unsigned char *key_id,
    yb_bytes text, yb_bytes sig);
int ybh_verify_tree(struct ybh_verify *v, const char *checkpoint_path) YB_MUST_USE;

#endif
