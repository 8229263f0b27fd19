/*
 * limiter.c - a token bucket per client (E-TKN-004; host.h).
 *
 * A fixed table, so memory is bounded: a client has one of WAYS places. Where others have them
 * all, it takes over the fullest as it is: an idle client's is full, and who changes between
 * names gains nothing by it.
 */
#include <pthread.h>
#include <stdlib.h>

#include "host.h"

#define PLACES 4096
#define WAYS   4

struct bucket {
	int64_t client, at_us;
	double left;
};

struct ybh_limiter {
	pthread_mutex_t lock;
	double per_us, full;
	struct bucket at[PLACES];
};

struct ybh_limiter *
ybh_limiter_new(int64_t per_minute)
{
	struct ybh_limiter *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	if (pthread_mutex_init(&l->lock, NULL) != 0) {
		free(l);
		return NULL;
	}
	l->per_us = (double)per_minute / 60e6;
	l->full = (double)per_minute;
	return l;
}

void
ybh_limiter_free(struct ybh_limiter *l)
{
	if (l == NULL)
		return;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

static double
level(const struct ybh_limiter *l, const struct bucket *b, int64_t mono_us)
{
	double now = b->left + (double)(mono_us - b->at_us) * l->per_us;

	return b->client == 0 || now > l->full ? l->full : now;
}

/* Under the lock: the client's place, or the fullest of those it may take. */
static struct bucket *
place(struct ybh_limiter *l, int64_t client, int64_t mono_us)
{
	uint64_t h = ((uint64_t)client * UINT64_C(0x9E3779B97F4A7C15)) >> 52;
	struct bucket *at = &l->at[h / WAYS * WAYS], *fullest = at;

	for (size_t i = 0; i < WAYS; i++) {
		if (at[i].client == client)
			return &at[i];
		if (level(l, &at[i], mono_us) > level(l, fullest, mono_us))
			fullest = &at[i];
	}
	return fullest;
}

unsigned
ybh_limiter_take(struct ybh_limiter *l, int64_t client, int64_t mono_us)
{
	struct bucket *b;
	unsigned wait = 0;

	if (l == NULL || client == 0)
		return 0;
	(void)pthread_mutex_lock(&l->lock);
	b = place(l, client, mono_us);
	*b = (struct bucket) { client, mono_us, level(l, b, mono_us) };
	if (b->left >= 1)
		b->left -= 1;
	else
		wait = (unsigned)((1 - b->left) / l->per_us / 1e6) + 1;
	(void)pthread_mutex_unlock(&l->lock);
	return wait;
}
