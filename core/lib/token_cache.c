/*
 * Tokens already verified, found by their SHA-256.
 *
 * Fixed places: SHARDS locks, in each a number of sets of WAYS entries. A token has one set;
 * when it is full the entry longest unused gives way. Entries hold their texts, so that
 * nothing is allocated after the start, and pages never used are never resident. What does
 * not fit an entry is verified each time.
 */
#include "token_parts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 64
#define WAYS   8
#define TEXT   384 /* all texts of the claims together */

struct entry {
	unsigned char digest[32];
	unsigned char jti_sha256[32];
	int64_t iat, nbf, exp; /* exp 0: free */
	uint32_t used;
	uint16_t len[6];
	uint8_t cls;
	bool bound;
	char kid[YBH_TOKEN_KIDS];
	char text[TEXT];
};

struct shard {
	pthread_mutex_t lock;
	uint32_t tick;
	struct entry *entries;
};

struct ybh_cache {
	size_t sets;
	struct shard shards[SHARDS];
};

struct ybh_cache *
ybh_cache_new(size_t max_entries)
{
	struct ybh_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->sets = max_entries / (SHARDS * WAYS);
	if (c->sets == 0)
		c->sets = 1;
	for (size_t i = 0; i < SHARDS; i++) {
		(void)pthread_mutex_init(&c->shards[i].lock, NULL); /* cannot fail on Linux */
		c->shards[i].entries = calloc(c->sets * WAYS, sizeof(struct entry));
		if (c->shards[i].entries == NULL) {
			ybh_cache_free(c);
			return NULL;
		}
	}
	return c;
}

void
ybh_cache_free(struct ybh_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		free(c->shards[i].entries);
	free(c);
}

/* The digest is uniform: its first bytes choose the shard and the set. */
static struct shard *
shard_of(struct ybh_cache *c, const unsigned char digest[32])
{
	return &c->shards[digest[0] % SHARDS];
}

static struct entry *
set_of(const struct ybh_cache *c, const struct shard *s, const unsigned char digest[32])
{
	uint32_t n;

	memcpy(&n, digest + 1, sizeof(n));
	return s->entries + (n % c->sets) * WAYS;
}

static struct entry *
find(struct entry *set, const unsigned char digest[32])
{
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].exp != 0 && memcmp(set[i].digest, digest, 32) == 0)
			return &set[i];
	return NULL;
}

static bool
entry_copy(const struct entry *e, struct yb_arena *a, struct ybh_claims *ret)
{
	struct ybh_claims c = {
		.cls = (enum ybh_key_class)e->cls, .iat = e->iat, .nbf = e->nbf, .exp = e->exp
	};
	yb_str *part[] = { &c.sub, &c.client_id, &c.org, &c.scope, &c.jti, &c.cnf };
	const char *p = e->text;

	for (size_t i = 0; i < 6; i++) {
		*part[i] = (yb_str){ p, e->len[i] };
		p += e->len[i];
	}
	if (!e->bound)
		c.cnf = (yb_str){ NULL, 0 };
	memcpy(c.kid, e->kid, sizeof(c.kid));
	memcpy(c.jti_sha256, e->jti_sha256, sizeof(c.jti_sha256));
	return ybh_claims_copy(a, &c, ret);
}

enum ybh_token_verdict
ybh_cache_get(struct ybh_cache *c, const unsigned char digest[32], int64_t now_us,
    struct yb_arena *a, struct ybh_claims *ret)
{
	enum ybh_token_verdict verdict = YBH_TOKEN_INVALID;
	struct shard *s = shard_of(c, digest);
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	e = find(set_of(c, s, digest), digest);
	if (e != NULL && now_us >= e->exp * 1000000) {
		e->exp = 0;
	} else if (e != NULL) {
		e->used = ++s->tick;
		verdict = entry_copy(e, a, ret) ? YBH_TOKEN_OK : YBH_TOKEN_UNSURE;
	}
	pthread_mutex_unlock(&s->lock);
	return verdict;
}

/* A free or dead entry, else the one longest unused (ticks may wrap). */
static struct entry *
victim(struct entry *set, int64_t now_us, uint32_t tick)
{
	struct entry *oldest = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (now_us >= set[i].exp * 1000000)
			return &set[i];
		if (tick - set[i].used > tick - oldest->used)
			oldest = &set[i];
	}
	return oldest;
}

void
ybh_cache_put(struct ybh_cache *c, const unsigned char digest[32], int64_t now_us,
    const struct ybh_claims *claims)
{
	const yb_str part[] = { claims->sub, claims->client_id, claims->org, claims->scope,
		claims->jti, claims->cnf };
	struct shard *s = shard_of(c, digest);
	struct entry *e;
	size_t n = 0;

	for (size_t i = 0; i < 6; i++)
		n += part[i].len;
	if (n > TEXT)
		return;
	pthread_mutex_lock(&s->lock);
	e = find(set_of(c, s, digest), digest);
	if (e == NULL)
		e = victim(set_of(c, s, digest), now_us, s->tick);
	memcpy(e->digest, digest, 32);
	memcpy(e->jti_sha256, claims->jti_sha256, sizeof(e->jti_sha256));
	memcpy(e->kid, claims->kid, sizeof(e->kid));
	e->cls = (uint8_t)claims->cls;
	e->bound = claims->cnf.p != NULL;
	e->iat = claims->iat;
	e->nbf = claims->nbf;
	e->exp = claims->exp;
	e->used = ++s->tick;
	n = 0;
	for (size_t i = 0; i < 6; i++) {
		if (part[i].len > 0)
			memcpy(e->text + n, part[i].p, part[i].len);
		e->len[i] = (uint16_t)part[i].len;
		n += part[i].len;
	}
	pthread_mutex_unlock(&s->lock);
}

void
ybh_cache_drop(struct ybh_cache *c, const unsigned char digest[32])
{
	struct shard *s = shard_of(c, digest);
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	e = find(set_of(c, s, digest), digest);
	if (e != NULL)
		e->exp = 0;
	pthread_mutex_unlock(&s->lock);
}

size_t
ybh_cache_count(struct ybh_cache *c)
{
	size_t n = 0;

	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *s = &c->shards[i];

		pthread_mutex_lock(&s->lock);
		for (size_t k = 0; k < c->sets * WAYS; k++)
			n += s->entries[k].exp != 0;
		pthread_mutex_unlock(&s->lock);
	}
	return n;
}
