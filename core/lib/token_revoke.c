/*
 * What was revoked: a hash set in memory, brought up to date from table core_revocation.
 *
 * A jti is revoked until its token's end. A client or an organisation is revoked for tokens
 * issued up to a moment; iat counts whole seconds, so a token of that very second is refused
 * too. A list older than 5 s (revocation_seconds) answers UNSURE: nobody may be let in on stale
 * knowledge.
 */
#include "token_parts.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define STALE_US   INT64_C(5000000) /* unless somebody says otherwise */
#define ID_MAX     64
#define FIRST_SIZE 256 /* buckets; a power of two */
#define BATCH      5000

struct item {
	struct item *next;
	uint32_t hash;
	uint8_t kind, len;
	int64_t not_before_us, until_us;
	unsigned char id[];
};

struct ybh_revoked {
	pthread_rwlock_t lock;
	struct item **buckets;
	size_t size, count;
	int64_t seq;              /* of the refreshing thread only */
	_Atomic int64_t fresh_us; /* 0: never */
	int64_t stale_us;         /* older than this: UNSURE */
};

struct ybh_revoked *
ybh_revoked_new(void)
{
	struct ybh_revoked *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->size = FIRST_SIZE;
	v->stale_us = STALE_US;
	v->buckets = calloc(v->size, sizeof(*v->buckets));
	if (v->buckets == NULL || pthread_rwlock_init(&v->lock, NULL) != 0) {
		free(v->buckets);
		free(v);
		return NULL;
	}
	return v;
}

void
ybh_revoked_free(struct ybh_revoked *v)
{
	struct item *next;

	if (v == NULL)
		return;
	for (size_t i = 0; i < v->size; i++) {
		for (struct item *it = v->buckets[i]; it != NULL; it = next) {
			next = it->next;
			free(it);
		}
	}
	(void)pthread_rwlock_destroy(&v->lock);
	free(v->buckets);
	free(v);
}

/* FNV-1a: the ids are hashes and codes of ours, nobody chooses them to collide. */
static uint32_t
hash_of(unsigned kind, yb_bytes id)
{
	uint32_t h = (2166136261u ^ kind) * 16777619u;

	for (size_t i = 0; i < id.len; i++)
		h = (h ^ id.p[i]) * 16777619u;
	return h;
}

static struct item *
find(const struct ybh_revoked *v, unsigned kind, yb_bytes id)
{
	uint32_t h = hash_of(kind, id);
	struct item *it;

	for (it = v->buckets[h & (v->size - 1)]; it != NULL; it = it->next)
		if (it->hash == h && it->kind == kind && it->len == id.len &&
		    memcmp(it->id, id.p, id.len) == 0)
			return it;
	return NULL;
}

/* Without memory for more buckets the chains only get longer. */
static void
grow(struct ybh_revoked *v)
{
	size_t size = v->size * 2;
	struct item **buckets = calloc(size, sizeof(*buckets)), *next;

	if (buckets == NULL)
		return;
	for (size_t i = 0; i < v->size; i++) {
		for (struct item *it = v->buckets[i]; it != NULL; it = next) {
			next = it->next;
			it->next = buckets[it->hash & (size - 1)];
			buckets[it->hash & (size - 1)] = it;
		}
	}
	free(v->buckets);
	v->buckets = buckets;
	v->size = size;
}

static int
add_locked(
    struct ybh_revoked *v, unsigned kind, yb_bytes id, int64_t not_before_us, int64_t until_us)
{
	struct item *it = find(v, kind, id);

	if (it == NULL) {
		it = calloc(1, sizeof(*it) + id.len);
		if (it == NULL)
			return -ENOMEM;
		it->hash = hash_of(kind, id);
		it->kind = (uint8_t)kind;
		it->len = (uint8_t)id.len;
		memcpy(it->id, id.p, id.len);
		if (v->count >= v->size)
			grow(v);
		it->next = v->buckets[it->hash & (v->size - 1)];
		v->buckets[it->hash & (v->size - 1)] = it;
		v->count++;
	}
	if (not_before_us > it->not_before_us)
		it->not_before_us = not_before_us;
	if (until_us > it->until_us)
		it->until_us = until_us;
	return 0;
}

int
ybh_revoked_add(
    struct ybh_revoked *v, int64_t kind, yb_bytes id, int64_t not_before_us, int64_t until_us)
{
	int rc;

	if (kind < YB_REVOKE_JTI || kind > YB_REVOKE_ORG || id.p == NULL || id.len == 0 ||
	    id.len > ID_MAX)
		return -EINVAL;
	(void)pthread_rwlock_wrlock(&v->lock);
	rc = add_locked(v, (unsigned)kind, id, not_before_us, until_us);
	(void)pthread_rwlock_unlock(&v->lock);
	return rc;
}

void
ybh_revoked_fresh(struct ybh_revoked *v, int64_t mono_us)
{
	atomic_store(&v->fresh_us, mono_us);
}

void
ybh_tokens_stale_after(struct ybh_tokens *t, int64_t seconds)
{
	ybh_tokens_revoked(t)->stale_us = seconds * 1000000;
}

void
ybh_revoked_sweep(struct ybh_revoked *v, int64_t now_us)
{
	(void)pthread_rwlock_wrlock(&v->lock);
	for (size_t i = 0; i < v->size; i++) {
		struct item **at = &v->buckets[i];

		while (*at != NULL) {
			struct item *it = *at;

			if (it->until_us > now_us) {
				at = &it->next;
				continue;
			}
			*at = it->next;
			free(it);
			v->count--;
		}
	}
	(void)pthread_rwlock_unlock(&v->lock);
}

size_t
ybh_revoked_count(struct ybh_revoked *v)
{
	size_t n;

	(void)pthread_rwlock_rdlock(&v->lock);
	n = v->count;
	(void)pthread_rwlock_unlock(&v->lock);
	return n;
}

static bool
hit(const struct ybh_revoked *v, enum yb_revoke_kind kind, const void *p, size_t n,
    const struct ybh_claims *c, int64_t now_us)
{
	const struct item *it;

	if (n == 0 || n > ID_MAX)
		return false;
	it = find(v, kind, (yb_bytes){ p, n });
	if (it == NULL || it->until_us <= now_us)
		return false;
	return kind == YB_REVOKE_JTI || c->iat * 1000000 <= it->not_before_us;
}

enum ybh_token_verdict
ybh_revoked_check(
    struct ybh_revoked *v, const struct ybh_claims *c, int64_t now_us, int64_t mono_us)
{
	int64_t fresh = atomic_load(&v->fresh_us);
	bool revoked;

	if (fresh == 0 || mono_us - fresh > v->stale_us)
		return YBH_TOKEN_UNSURE;
	(void)pthread_rwlock_rdlock(&v->lock);
	revoked = hit(v, YB_REVOKE_JTI, c->jti_sha256, 32, c, now_us) ||
		  hit(v, YB_REVOKE_CLIENT, c->client_id.p, c->client_id.len, c, now_us) ||
		  hit(v, YB_REVOKE_ORG, c->org.p, c->org.len, c, now_us);
	(void)pthread_rwlock_unlock(&v->lock);
	return revoked ? YBH_TOKEN_INVALID : YBH_TOKEN_OK;
}

/* ---- the table ---- */

struct row {
	int64_t seq, kind;
	yb_bytes id;
	int64_t not_before_us, until_us;
};

static const yb_field row_fields[] = {
	{ "seq", YB_OF(struct row, seq) },
	{ "kind", YB_OF(struct row, kind) },
	{ "id", YB_OF(struct row, id) },
	{ "not_before_us", YB_OF(struct row, not_before_us) },
	{ "until_us", YB_OF(struct row, until_us) },
	{ 0 },
};

static const yb_query revoked_since = {
	.name = "core_revoked_since",
	.sql = "SELECT seq, kind, id, not_before_us, until_us FROM core_revocation"
	       " WHERE seq > ? ORDER BY seq LIMIT 5000",
	.row = row_fields,
	.row_size = sizeof(struct row),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

/* One batch: rows read, or a negative. What is already past its end is not kept. */
static int
batch(struct ybh_revoked *v, struct ybh_db *db, struct yb_arena *a, int64_t now_us)
{
	const yb_value since = { .type = YB_T_I64, .u.i64 = v->seq };
	yb_list rows = { NULL, 0 };
	int rc;

	rc = ybh_db_run(db, &revoked_since, &since, 1, a, BATCH, &rows, NULL);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < rows.n; i++) {
		const struct row *r = (const struct row *)rows.items + i;

		if (r->until_us > now_us) {
			rc = ybh_revoked_add(v, r->kind, r->id, r->not_before_us, r->until_us);
			if (rc != 0)
				return rc;
		}
		v->seq = r->seq;
	}
	return (int)rows.n;
}

int
ybh_revoked_refresh(struct ybh_revoked *v, struct ybh_db *db, struct yb_arena *a)
{
	int64_t began = ybh_mono_us(), now_us = ybh_now_us();
	int n;

	do {
		n = batch(v, db, a, now_us);
		if (n < 0)
			return n;
	} while (n == BATCH);
	ybh_revoked_fresh(v, began);
	ybh_revoked_sweep(v, now_us);
	return 0;
}
