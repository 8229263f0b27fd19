/*
 * audit.h - the tamper-evident access log (vaccination brief 12; security 9.9).
 *
 * One hash chain per worker thread, in table audit_event. The evidence is rec (canonical
 * TLV) and hash; the readable columns are indexes of it which the verifier checks.
 *
 *	hash  = SHA-256(0x00 | rec)            rec begins with version, chain, seq, previous hash
 *	mac   = HMAC-SHA-256(K(seq), hash)     K(0) from the keeper, K(n+1) = SHA-256(K(n) | "next")
 *
 * A chain's first record is OPEN, carrying the keeper's signature; a graceful end is CLOSE.
 */
#ifndef YBH_AUDIT_H
#define YBH_AUDIT_H

#include <yb/request.h>

#include "dbconn.h"
#include "keeper.h"

struct ybh_event {
	int64_t at_us;
	enum yb_audience actor_kind; /* 0: nobody known */
	yb_str actor;
	int64_t org_id;
	yb_str org_code, role;
	yb_bytes session;  /* first 8 bytes of the session hash; null without */
	yb_bytes token;	   /* SHA-256 of the jti; null without */
	yb_str peer, user_agent;
	yb_str function;   /* "H-3-2" */
	yb_str operation;  /* operationId */
	enum yb_action action;
	yb_str subject_no; /* null: not about one person */
	yb_str target_type, target_id;
	yb_str muni_code, purpose, reason;
	bool ok;
	yb_str error_id;
	int64_t row_count;
	yb_bytes body_sha256; /* of the request body; null without */
	yb_str trace_id;
};

struct ybh_chain; /* belongs to one thread, beside its connection */

/* Does not open yet. NULL: no memory. The name ("host/pool/worker/thread") is copied. */
struct ybh_chain *ybh_chain_new(struct ybh_keeper *keeper, const char *name);
/* Writes CLOSE when it can; NULL is fine. */
void ybh_chain_free(struct ybh_chain *c, struct ybh_db *db);
/*
 * Appends n events in one INSERT, inside the connection's open transaction, or in one of its
 * own (then committed when 0 is answered). Opens the chain at first use. 0 or a negative of
 * dbconn.h or keeper.h; then nothing was appended.
 */
int ybh_chain_append(struct ybh_chain *c, struct ybh_db *db, struct yb_arena *a,
    const struct ybh_event *events, size_t n) YB_MUST_USE;
/*
 * How the transaction around ybh_chain_append ended. Unknown (a lost commit) abandons the
 * chain; the next append opens another.
 */
enum ybh_outcome { YBH_COMMITTED, YBH_ROLLED_BACK, YBH_UNKNOWN };
void ybh_chain_settle(struct ybh_chain *c, enum ybh_outcome outcome);

/* ---- the reads of a process together (audit_group.c) ---- */

struct ybh_group; /* a chain and a connection of its own, used by many threads */

/* What conf lends must outlive it. NULL: no memory. */
struct ybh_group *ybh_group_new(const struct ybh_db_conf *db, const char *keeper_socket,
    const char *name);
/* After the last append. NULL is fine. */
void ybh_group_free(struct ybh_group *g);
/*
 * Appends n events in a commit shared with whoever else appends now; returns when they are
 * committed. 0 or a negative as ybh_chain_append; then none of them counts as written.
 */
int ybh_group_append(struct ybh_group *g, const struct ybh_event *events, size_t n) YB_MUST_USE;

/* ---- sealing (in the keeper) ---- */

struct ybh_sealer;
/*
 * state_path: file the keeper owns, with the size and root it signed last; checkpoints are
 * also appended to checkpoint_path. sign(arg, note, len, ...) is the keeper's ES256.
 */
typedef int ybh_sign_fn(void *arg, const void *p, size_t n, unsigned char sig[64]);
struct ybh_sealer *ybh_sealer_new(const char *state_path, const char *checkpoint_path,
    const char *origin, yb_str kid, ybh_sign_fn *sign, void *arg, char *err, size_t size);
void ybh_sealer_free(struct ybh_sealer *s);
/* One round: chain heads that moved become leaves, the tree's root is signed. Leaves added, or < 0. */
int64_t ybh_sealer_round(struct ybh_sealer *s, struct ybh_db *db) YB_MUST_USE;

/*
 * How many notes of this origin the keeper's file of checkpoints has; none when there is no such
 * file. 0, or -errno: not readable.
 */
int ybh_sealed_notes(const char *checkpoint_path, const char *origin, uint64_t *ret) YB_MUST_USE;
/* How many leaves the keeper has sealed, by its own state file. 0, or negative: not readable. */
int ybh_sealed_size(const char *state_path, const char *origin, uint64_t *ret) YB_MUST_USE;

/* ---- verifying ---- */

struct ybh_verify_report {
	uint64_t chains, events, leaves, checkpoints;
	uint64_t findings; /* 0: whole */
};
/*
 * Reads everything and prints one line per finding to `out` (FILE *):
 * "TAMPER_CONTENT chain=7 seq=12 column actor differs from the evidence". keeper may be NULL
 * (no MACs, no signatures of openings). checkpoint_path: the keeper's own copy, may be NULL.
 * 0 ran; negative could not.
 */
int ybh_audit_verify(struct ybh_db *db, struct ybh_keeper *keeper, const char *checkpoint_path,
    void *out, struct ybh_verify_report *ret) YB_MUST_USE;

#endif
