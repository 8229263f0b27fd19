/* merkle.c: the hash tree of RFC 6962 and its consistency proofs. */
#include "../support/unit.h"

#include <string.h>

#include "crypto.h"
#include "merkle.h"

#define LEAVES 70

/* The leaves and roots every implementation of Certificate Transparency is tested with. */
static const char *const known_leaves[] = { "", "00", "10", "2021", "3031", "40414243",
	"5051525354555657", "606162636465666768696a6b6c6d6e6f" };
static const char *const known_roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void
the_known_roots_come_out(void **state)
{
	struct ybh_merkle m = { 0 };
	unsigned char data[32], hash[32];
	char hex[65];

	for (size_t i = 0;; i++) {
		yb_str text;
		long n;

		ybh_merkle_root(&m, hash);
		(void)ybh_hex(hash, 32, hex);
		assert_string_equal(hex, known_roots[i]);
		if (i == 8)
			break;
		text = (yb_str) { known_leaves[i], strlen(known_leaves[i]) };
		n = ybh_hex_decode(text, data, sizeof data);
		assert_true(n >= 0);
		ybh_merkle_leaf(data, (size_t)n, hash);
		ybh_merkle_append(&m, hash);
	}
	(void)state;
}

/* The definition of RFC 6962 2.1, as it is written there. */
static void
root_by_definition(const unsigned char (*leaves)[32], size_t n, unsigned char out[32])
{
	unsigned char left[32], right[32];
	size_t k = 1;

	if (n == 1) {
		memcpy(out, leaves[0], 32);
		return;
	}
	while (k * 2 < n)
		k *= 2;
	root_by_definition(leaves, k, left);
	root_by_definition(leaves + k, n - k, right);
	ybh_merkle_node(left, right, out);
}

static void
leaves_make(unsigned char (*leaves)[32])
{
	for (unsigned char i = 0; i < LEAVES; i++)
		ybh_merkle_leaf(&i, 1, leaves[i]);
}

static void
the_frontier_agrees_with_the_definition(void **state)
{
	unsigned char leaves[LEAVES][32], root[32], by_definition[32];
	struct ybh_merkle m = { 0 };

	leaves_make(leaves);
	for (size_t n = 1; n <= LEAVES; n++) {
		ybh_merkle_append(&m, leaves[n - 1]);
		ybh_merkle_root(&m, root);
		root_by_definition((const unsigned char(*)[32])leaves, n, by_definition);
		assert_memory_equal(root, by_definition, 32);
	}
	(void)state;
}

static void
every_growth_is_proven_and_no_other_history(void **state)
{
	unsigned char leaves[LEAVES][32], roots[LEAVES + 1][32], proof[YBH_MERKLE_PROOF][32];
	const unsigned char(*lent)[32] = (const unsigned char(*)[32])leaves;
	const unsigned char(*p)[32] = (const unsigned char(*)[32])proof;

	leaves_make(leaves);
	for (size_t n = 1; n <= LEAVES; n++)
		root_by_definition(lent, n, roots[n]);
	for (size_t n = 1; n <= LEAVES; n++) {
		for (size_t old = 1; old <= n; old++) {
			size_t len = ybh_merkle_prove(lent, old, n, proof);

			assert_true(ybh_merkle_consistent(old, roots[old], n, roots[n], p, len));
			if (old == n)
				continue;
			/* Another root, another size, a changed or shortened proof. */
			assert_false(ybh_merkle_consistent(old, roots[n], n, roots[old], p, len));
			assert_false(
			    ybh_merkle_consistent(old + 1, roots[old], n, roots[n], p, len));
			assert_false(
			    ybh_merkle_consistent(old, roots[old], n, roots[n], p, len - 1));
			proof[len / 2][7] ^= 1;
			assert_false(ybh_merkle_consistent(old, roots[old], n, roots[n], p, len));
		}
	}
	assert_false(ybh_merkle_consistent(0, roots[1], 1, roots[1], p, 0));
	assert_false(ybh_merkle_consistent(2, roots[2], 1, roots[1], p, 0));
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_known_roots_come_out),
		cmocka_unit_test(the_frontier_agrees_with_the_definition),
		cmocka_unit_test(every_growth_is_proven_and_no_other_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
