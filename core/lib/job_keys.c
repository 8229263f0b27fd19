/*
 * job_keys.c - the keys a file has had already, in eight bytes each.
 *
 * SipHash-2-4 under a key of this run: whoever writes a file cannot make two of its keys meet,
 * and among two million of them chance does so once in ten million files.
 */
#include <stdlib.h>
#include <string.h>

#include "job_parts.h"

#define FIRST_SLOTS 4096u

struct job_keys {
	uint64_t key[2];
	uint64_t *slots; /* 0: free */
	size_t n, used;	 /* n is a power of two */
};

struct sip {
	uint64_t v[4];
	uint64_t word; /* bytes not yet taken in */
	size_t len;
};

static uint64_t
rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void
sip_word(struct sip *s, uint64_t m)
{
	s->v[3] ^= m;
	sip_round(s->v);
	sip_round(s->v);
	s->v[0] ^= m;
}

static void
sip_put(struct sip *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		s->word |= (uint64_t)(unsigned char)p[i] << 8 * (s->len & 7);
		if ((++s->len & 7) == 0) {
			sip_word(s, s->word);
			s->word = 0;
		}
	}
}

static uint64_t
sip_end(struct sip *s)
{
	sip_word(s, s->word | (uint64_t)s->len << 56);
	s->v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(s->v);
	return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}

static uint64_t
hash(const struct job_keys *k, const yb_str *parts, size_t n)
{
	struct sip s = { .v = { k->key[0] ^ UINT64_C(0x736f6d6570736575),
			     k->key[1] ^ UINT64_C(0x646f72616e646f6d),
			     k->key[0] ^ UINT64_C(0x6c7967656e657261),
			     k->key[1] ^ UINT64_C(0x7465646279746573) } };
	uint64_t h;

	for (size_t i = 0; i < n; i++) {
		sip_put(&s, parts[i].p, parts[i].len);
		sip_put(&s, "\n", 1); /* ("a", "bc") is not ("ab", "c") */
	}
	h = sip_end(&s);
	return h == 0 ? 1 : h;
}

struct job_keys *
job_keys_new(int64_t expected)
{
	struct job_keys *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	ybh_random(k->key, sizeof k->key);
	k->n = FIRST_SLOTS;
	while ((int64_t)(k->n / 4 * 3) <= expected)
		k->n *= 2;
	k->slots = calloc(k->n, sizeof *k->slots);
	if (k->slots != NULL)
		return k;
	free(k);
	return NULL;
}

void
job_keys_free(struct job_keys *k)
{
	if (k == NULL)
		return;
	free(k->slots);
	free(k);
}

/* true: it was there. */
static bool
place(uint64_t *slots, size_t n, uint64_t h)
{
	size_t i = (size_t)h & (n - 1);

	for (; slots[i] != 0; i = (i + 1) & (n - 1))
		if (slots[i] == h)
			return true;
	slots[i] = h;
	return false;
}

static int
grow(struct job_keys *k)
{
	size_t n = k->n * 2;
	uint64_t *slots;

	if (k->used < k->n / 4 * 3)
		return 0;
	slots = calloc(n, sizeof *slots);
	if (slots == NULL)
		return -1;
	for (size_t i = 0; i < k->n; i++)
		if (k->slots[i] != 0)
			(void)place(slots, n, k->slots[i]);
	free(k->slots);
	k->slots = slots;
	k->n = n;
	return 0;
}

int
job_keys_add(struct job_keys *k, const yb_str *parts, size_t n)
{
	if (grow(k) < 0)
		return -1;
	if (place(k->slots, k->n, hash(k, parts, n)))
		return 1;
	k->used++;
	return 0;
}
