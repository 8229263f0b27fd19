/*
 * keeper_wire.h - the frames between yobo-keeper and its peers, both directions.
 *
 *	length (u32, of what follows)  op or status (u8)  { tag (u8)  length (u16)  bytes }*
 *
 * All numbers are big-endian. A list is told by its first tag beginning again.
 */
#ifndef YBH_KEEPER_WIRE_H
#define YBH_KEEPER_WIRE_H

#include <yb/base.h>

#define YBH_FRAME_MAX 65536 /* of what follows the length */

enum ybh_keeper_op {
	YBH_OP_KEYS = 1,   /* -> (CLASS STATE KID PEM NOT_AFTER)* */
	YBH_OP_SIGN,       /* CLASS CLAIMS -> TOKEN */
	YBH_OP_CHAIN_OPEN, /* HOST -> CHAIN MAC SIGNATURE MOMENT */
	YBH_OP_CHAIN_KEY,  /* CHAIN -> MAC */
	YBH_OP_MANAGE,     /* WHAT CLASS KID -> */
	YBH_OP_FILE_SIGN,  /* CLAIMS: a control file -> SIGNATURE */
};

enum ybh_keeper_status {
	YBH_ST_OK = 0,
	YBH_ST_REFUSED, /* not for this peer */
	YBH_ST_BAD,     /* the request is not one */
	YBH_ST_AWAY,    /* the keeper cannot do it now */
	YBH_ST_EARLY,   /* the next key has only just been published: in a second */
};

enum ybh_keeper_tag {
	YBH_TAG_CLASS = 1, /* u8 */
	YBH_TAG_STATE,     /* u8 */
	YBH_TAG_KID,
	YBH_TAG_PEM,
	YBH_TAG_NOT_AFTER, /* u64, microseconds; 0: not known */
	YBH_TAG_CLAIMS,
	YBH_TAG_TOKEN,
	YBH_TAG_HOST,
	YBH_TAG_CHAIN, /* u64 */
	YBH_TAG_MAC,
	YBH_TAG_SIGNATURE,
	YBH_TAG_MOMENT, /* u64, microseconds */
	YBH_TAG_WHAT,
};

struct ybh_frame {   /* one being written or read, its length first */
	size_t len;  /* bytes used of `at`, the length included */
	bool failed; /* longer than it may be */
	unsigned char at[4 + YBH_FRAME_MAX];
};

void ybh_frame_begin(struct ybh_frame *f, unsigned op);
void ybh_frame_put(struct ybh_frame *f, enum ybh_keeper_tag tag, const void *p, size_t n);
void ybh_frame_u8(struct ybh_frame *f, enum ybh_keeper_tag tag, unsigned v);
void ybh_frame_u64(struct ybh_frame *f, enum ybh_keeper_tag tag, uint64_t v);
/* Fills in the length. -1: the frame failed. */
int ybh_frame_end(struct ybh_frame *f) YB_MUST_USE;
/* Length announced by the first four bytes; 0: none that is allowed. */
size_t ybh_frame_expect(const unsigned char at[4]);

struct ybh_fields { /* what is left to read of a frame */
	const unsigned char *p;
	size_t n;
};
/* After op or status of a complete frame. */
struct ybh_fields ybh_frame_fields(const struct ybh_frame *f);
/* 1: a field; 0: the end; -1: broken. */
int ybh_field_next(struct ybh_fields *s, unsigned *ret_tag, yb_bytes *ret);
/* The number of a field of 8 bytes; false: of another length. */
bool ybh_field_u64(yb_bytes b, uint64_t *ret);

#endif
