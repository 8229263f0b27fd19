/*
 * audit_tlv.h - the evidence: one event of the access log as canonical bytes.
 *
 * A record is a row of fields in ascending order of their tags, none twice:
 *
 *	tag (u8)  length (u16)  value
 *
 * Numbers are big-endian, of fixed length; text is UTF-8; what is null is left out. There is
 * exactly one encoding of an event, and the decoder accepts no other. The table of the tags
 * is in audit_tlv.c; encoder, decoder and the check of the readable columns share it.
 */
#ifndef YBH_AUDIT_TLV_H
#define YBH_AUDIT_TLV_H

#include "audit.h"

#define YBH_RECORD_VERSION 1
#define YBH_RECORD_MAX	   4096 /* column rec */
#define YBH_HOST_MAX	   80	/* bytes of the name in an opening */

enum ybh_record_kind { YBH_RECORD_EVENT = 0, YBH_RECORD_OPEN, YBH_RECORD_CLOSE };

struct ybh_record {
	uint64_t version, chain_id, seq;
	unsigned char prev[32]; /* hash of the record before; zeros in the first */
	enum ybh_record_kind kind;
	struct ybh_event event;
	int64_t opened_us; /* these three in an opening only */
	yb_str host;
	yb_bytes signature; /* the keeper's, of ybh_chain_statement */
};

/* A row of audit_event. chain_id and seq carry 64 bits unsigned, whatever their sign here. */
struct ybh_audit_row {
	int64_t chain_id, seq;
	yb_bytes rec, hash, mac;
	int64_t at_us, actor_kind;
	yb_str actor;
	int64_t org_id;
	yb_str org_code, function, operation;
	int64_t action;
	yb_str subject_no, target_type, target_id, purpose;
	int64_t ok;
	yb_str error_id;
	int64_t row_count;
	yb_str trace_id;
};
extern const yb_field ybh_audit_row_fields[]; /* in the order of the struct */

/*
 * Cuts text at its field's limit (never inside a character), replaces bytes that are not
 * UTF-8 by "?", and says "" for the texts that are never null. After this every record fits.
 */
void ybh_record_bound(struct ybh_record *r, struct yb_arena *a);
/* Of a bounded record; its length. */
size_t ybh_record_encode(const struct ybh_record *r, unsigned char out[YBH_RECORD_MAX]);
/* Text and bytes are lent from rec. -EBADMSG: not the encoding of any record. */
int ybh_record_decode(yb_bytes rec, struct ybh_record *ret) YB_MUST_USE;

/* The readable columns of a bounded record (all but rec, hash, mac). */
void ybh_record_columns(const struct ybh_record *r, struct ybh_audit_row *ret);
/*
 * The next column, from *at (0 at first), that says something else than the record.
 * NULL: none any more.
 */
const char *ybh_record_differs(const struct ybh_record *r, const struct ybh_audit_row *row,
    size_t *at);

/* SHA-256(0x00 | rec); rec of at most YBH_RECORD_MAX bytes. */
void ybh_record_hash(yb_bytes rec, unsigned char out[32]);
/* The MAC key of the record after this one. */
void ybh_record_key_next(unsigned char key[32]);
/* Hash of a leaf of the Merkle tree: SHA-256(0x00 | chain_id | seq | hash). */
void ybh_record_leaf(uint64_t chain_id, uint64_t seq, const unsigned char hash[32],
    unsigned char out[32]);

#endif
