/*
 * line.c - threads that want the same kind of thing done, once for all of them (line.h).
 */
#include "line.h"

#include <errno.h>

#include "clock.h"

int
ybh_line_init(struct ybh_line *l)
{
	*l = (struct ybh_line) { .last = &l->first };
	return -pthread_mutex_init(&l->lock, NULL);
}

void
ybh_line_done(struct ybh_line *l)
{
	(void)pthread_mutex_destroy(&l->lock);
}

/* Under the lock. */
static struct ybh_turn *
take(struct ybh_line *l)
{
	struct ybh_turn *t = l->first;

	l->first = t->next;
	if (l->first == NULL)
		l->last = &l->first;
	t->next = NULL;
	t->taken = true;
	return t;
}

static void
wait_told(struct ybh_turn *t)
{
	while (sem_wait(&t->told) != 0)
		; /* a signal */
}

/* By the wall clock: one that is set only changes who is late. */
static bool
told_in_time(struct ybh_turn *t, int64_t patience_us)
{
	const struct timespec until = ybh_wall_after(patience_us);

	while (sem_timedwait(&t->told, &until) != 0)
		if (errno == ETIMEDOUT)
			return false;
	return true;
}

/* true: it was still waiting, and does not any more. */
static bool
leave(struct ybh_line *l, struct ybh_turn *t)
{
	struct ybh_turn **at = &l->first;

	(void)pthread_mutex_lock(&l->lock);
	if (!t->taken) {
		while (*at != t)
			at = &(*at)->next;
		*at = t->next;
		if (*at == NULL)
			l->last = at;
	}
	(void)pthread_mutex_unlock(&l->lock);
	return !t->taken;
}

static enum ybh_turn_is
wait_turn(struct ybh_line *l, struct ybh_turn *t, int64_t patience_us)
{
	if (patience_us == 0) {
		wait_told(t);
	} else if (!told_in_time(t, patience_us)) {
		if (leave(l, t))
			return YBH_TURN_LATE;
		wait_told(t);
	}
	return t->leads ? YBH_TURN_LEADS : YBH_TURN_DONE;
}

enum ybh_turn_is
ybh_line_join(struct ybh_line *l, struct ybh_turn *t, int64_t patience_us)
{
	enum ybh_turn_is is = YBH_TURN_LEADS;

	t->next = NULL;
	t->taken = t->leads = false;
	(void)pthread_mutex_lock(&l->lock);
	if (l->busy) {
		(void)sem_init(&t->told, 0, 0); /* cannot fail: zero, of this process */
		is = YBH_TURN_DONE;
		*l->last = t;
		l->last = &t->next;
	}
	l->busy = true;
	(void)pthread_mutex_unlock(&l->lock);
	if (is == YBH_TURN_LEADS)
		return is;
	is = wait_turn(l, t, patience_us);
	(void)sem_destroy(&t->told);
	return is;
}

struct ybh_turn *
ybh_line_batch(struct ybh_line *l, struct ybh_turn *t, size_t most)
{
	struct ybh_turn *end = t;
	size_t weight = t->weight;

	(void)pthread_mutex_lock(&l->lock);
	while (l->first != NULL && weight + l->first->weight <= most) {
		end = end->next = take(l);
		weight += end->weight;
	}
	(void)pthread_mutex_unlock(&l->lock);
	return t;
}

static void
tell(struct ybh_turn *t)
{
	(void)sem_post(&t->told); /* cannot fail: it was zero */
}

void
ybh_line_end(struct ybh_line *l, struct ybh_turn *t)
{
	struct ybh_turn *heir = NULL, *next = t->next;

	(void)pthread_mutex_lock(&l->lock);
	if (l->first != NULL) {
		heir = take(l);
		heir->leads = true;
	}
	l->busy = heir != NULL;
	(void)pthread_mutex_unlock(&l->lock);
	if (heir != NULL)
		tell(heir); /* first, so that the next one is under way */
	for (t = next; t != NULL; t = next) {
		next = t->next;
		tell(t);
	}
}
