/*
 * merkle.c - the hash tree of RFC 6962 (merkle.h).
 */
#include "merkle.h"

#include <assert.h>
#include <string.h>

#include "crypto.h"

void
ybh_merkle_leaf(const void *data, size_t n, unsigned char out[32])
{
	unsigned char text[1 + 256];

	assert(n < sizeof text);
	text[0] = 0x00;
	if (n > 0)
		memcpy(text + 1, data, n);
	ybh_sha256(text, 1 + n, out);
}

void
ybh_merkle_node(const unsigned char left[32], const unsigned char right[32], unsigned char out[32])
{
	unsigned char text[65];

	text[0] = 0x01;
	memcpy(text + 1, left, 32);
	memcpy(text + 33, right, 32);
	ybh_sha256(text, sizeof text, out);
}

void
ybh_merkle_append(struct ybh_merkle *m, const unsigned char leaf[32])
{
	unsigned char hash[32];
	unsigned level = 0;

	/* As a binary counter carries: two subtrees of one size become one of the next. */
	memcpy(hash, leaf, 32);
	for (; m->size >> level & 1; level++)
		ybh_merkle_node(m->node[level], hash, hash);
	memcpy(m->node[level], hash, 32);
	m->size++;
}

void
ybh_merkle_root(const struct ybh_merkle *m, unsigned char out[32])
{
	bool started = false;

	if (m->size == 0)
		ybh_sha256("", 0, out);
	for (unsigned level = 0; level < 64; level++) {
		if ((m->size >> level & 1) == 0)
			continue;
		if (started)
			ybh_merkle_node(m->node[level], out, out);
		else
			memcpy(out, m->node[level], 32);
		started = true;
	}
}

/* ---- consistency ---- */

static void
range_root(const unsigned char (*leaves)[32], uint64_t n, unsigned char out[32])
{
	struct ybh_merkle m = { 0 };

	for (uint64_t i = 0; i < n; i++)
		ybh_merkle_append(&m, leaves[i]);
	ybh_merkle_root(&m, out);
}

/* SUBPROOF of RFC 6962; its recursion as a loop, so the hashes come from the top down. */
size_t
ybh_merkle_prove(const unsigned char (*leaves)[32], uint64_t old, uint64_t n,
    unsigned char (*proof)[32])
{
	unsigned char found[YBH_MERKLE_PROOF][32];
	size_t count = 0;
	bool whole = true; /* the subtree is one the older tree had as its own root */

	assert(old >= 1 && old <= n);
	while (old != n) {
		uint64_t half = (uint64_t)1 << (63 - __builtin_clzll(n - 1));

		if (old <= half) {
			range_root(leaves + half, n - half, found[count++]);
			n = half;
			continue;
		}
		range_root(leaves, half, found[count++]);
		leaves += half;
		old -= half;
		n -= half;
		whole = false;
	}
	if (!whole)
		range_root(leaves, n, found[count++]);
	for (size_t i = 0; i < count; i++)
		memcpy(proof[i], found[count - 1 - i], 32);
	return count;
}

bool
ybh_merkle_consistent(uint64_t old_size, const unsigned char old_root[32], uint64_t new_size,
    const unsigned char new_root[32], const unsigned char (*proof)[32], size_t n)
{
	unsigned char older[32], newer[32];
	uint64_t first = old_size - 1, second = new_size - 1;
	size_t at = 0;

	if (old_size == 0 || old_size > new_size)
		return false;
	if (old_size == new_size)
		return n == 0 && memcmp(old_root, new_root, 32) == 0;
	for (; first & 1; first >>= 1)
		second >>= 1;
	if (first != 0 && n == 0)
		return false;
	/* An older tree of 2^i leaves is a subtree itself; its root is not in the proof. */
	memcpy(older, first == 0 ? old_root : proof[at++], 32);
	memcpy(newer, older, 32);
	for (; at < n; at++) {
		if (second == 0)
			return false;
		if ((first & 1) != 0 || first == second) {
			ybh_merkle_node(proof[at], older, older);
			ybh_merkle_node(proof[at], newer, newer);
			for (; (first & 1) == 0 && first != 0; first >>= 1)
				second >>= 1;
		} else {
			ybh_merkle_node(newer, proof[at], newer);
		}
		first >>= 1;
		second >>= 1;
	}
	return second == 0 && memcmp(older, old_root, 32) == 0 && memcmp(newer, new_root, 32) == 0;
}
