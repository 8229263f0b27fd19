/*
 * limiter.c - a token bucket per client (E-TKN-004; host.h).
 *
 * A fixed table: a client that hashes onto another's place takes it over, full. That errs
 * on the side of serving, and memory is bounded.
 */
#include <pthread.h>
#include <stdlib.h>

#include "host.h"

#define PLACES 4096

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

unsigned
ybh_limiter_take(struct ybh_limiter *l, int64_t client, int64_t mono_us)
{
	struct bucket *b;
	unsigned wait = 0;

	if (l == NULL || client == 0)
		return 0;
	b = &l->at[((uint64_t)client * UINT64_C(0x9E3779B97F4A7C15)) >> 52];
	(void)pthread_mutex_lock(&l->lock);
	if (b->client != client)
		*b = (struct bucket) { client, mono_us, l->full };
	b->left += (double)(mono_us - b->at_us) * l->per_us;
	if (b->left > l->full)
		b->left = l->full;
	b->at_us = mono_us;
	if (b->left >= 1)
		b->left -= 1;
	else
		wait = (unsigned)((1 - b->left) / l->per_us / 1e6) + 1;
	(void)pthread_mutex_unlock(&l->lock);
	return wait;
}
