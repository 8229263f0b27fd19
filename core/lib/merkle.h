/*
 * merkle.h - the hash tree of RFC 6962 (section 2.1) over an append-only list of leaves.
 *
 * Only the frontier is kept: the roots of the perfect subtrees the size is made of, largest
 * to the left. That is all an append and a root need, whatever the size.
 */
#ifndef YBH_MERKLE_H
#define YBH_MERKLE_H

#include <yb/base.h>

struct ybh_merkle {
	uint64_t size;
	unsigned char node[64][32]; /* [i]: subtree of 2^i leaves, when bit i of size is set */
};

/* SHA-256(0x00 | data); data of at most 256 bytes. */
void ybh_merkle_leaf(const void *data, size_t n, unsigned char out[32]);
/* SHA-256(0x01 | left | right) */
void ybh_merkle_node(const unsigned char left[32], const unsigned char right[32],
    unsigned char out[32]);
/* A tree of no leaves is a zeroed struct. */
void ybh_merkle_append(struct ybh_merkle *m, const unsigned char leaf[32]);
/* Of no leaves: SHA-256 of nothing. */
void ybh_merkle_root(const struct ybh_merkle *m, unsigned char out[32]);

#define YBH_MERKLE_PROOF 65 /* hashes a consistency proof has at most */

/*
 * The proof that the first `old` of n leaf hashes are the tree they were (RFC 6962 2.1.2).
 * 1 <= old <= n. Number of hashes in `proof`.
 */
size_t ybh_merkle_prove(const unsigned char (*leaves)[32], uint64_t old, uint64_t n,
    unsigned char (*proof)[32]);
/* Whether a proof shows that the newer tree only appended to the older (RFC 9162 2.1.4.2). */
bool ybh_merkle_consistent(uint64_t old_size, const unsigned char old_root[32], uint64_t new_size,
    const unsigned char new_root[32], const unsigned char (*proof)[32], size_t n);

#endif
