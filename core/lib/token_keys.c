/*
 * Learning a key that appeared since the last look (tokens.h).
 *
 * Every worker reads the keys once a second, and the keeper publishes a key a second before it
 * signs; a worker that was busy may still meet a token before its key. So a token that names a
 * key nobody has seen is a reason to look again, though not oftener than the keeper would feel.
 */
#include "tokens.h"

#include "clock.h"
#include "token_parts.h"

#define PAUSE_US INT64_C(100000)

static int
learn_locked(struct ybh_tokens *t, struct ybh_keeper *k, struct yb_arena *a)
{
	yb_list keys;
	int rc;

	ybh_tokens_learning(t)->began_us = ybh_mono_us();
	rc = ybh_keeper_keys(k, a, &keys);
	return rc != 0 ? rc : ybh_tokens_set_keys(t, &keys);
}

/* One at a time: an older answer never replaces a newer one. */
int
ybh_tokens_learn(struct ybh_tokens *t, struct ybh_keeper *k, struct yb_arena *a)
{
	struct ybh_learning *l = ybh_tokens_learning(t);
	int rc;

	(void)pthread_mutex_lock(&l->lock);
	rc = learn_locked(t, k, a);
	(void)pthread_mutex_unlock(&l->lock);
	return rc;
}

bool
ybh_tokens_learned(struct ybh_tokens *t, struct ybh_keeper *k, struct yb_arena *a, yb_str token,
    uint64_t generation, bool *ret_away)
{
	struct ybh_learning *l = ybh_tokens_learning(t);

	*ret_away = false;
	if (ybh_tokens_generation(t) != generation)
		return true;
	if (!ybh_tokens_stranger(t, token))
		return false;
	(void)pthread_mutex_lock(&l->lock);
	/* Somebody may have looked while we waited. */
	if (ybh_tokens_generation(t) == generation && ybh_mono_us() - l->began_us >= PAUSE_US)
		*ret_away = learn_locked(t, k, a) != 0;
	(void)pthread_mutex_unlock(&l->lock);
	return ybh_tokens_generation(t) != generation;
}
