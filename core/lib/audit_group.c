/*
 * audit_group.c - what the reads of one process leave in the access log, in common commits.
 *
 * A read is answered only after its rows are committed (audit.h), and a commit waits for the
 * disk. So the reads of a process share one chain: whoever comes while nobody writes leads,
 * and writes for all who came before it could begin; the others wait for its commit. Under
 * load a commit carries many reads, and a single read waits for nobody.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "audit.h"
#include "clock.h"

#define IDLE_US	    INT64_C(5000000) /* a connection unused for longer may have been closed */
#define EVENTS_MAX  256 /* of one commit; a list of one read may be longer */
#define ARENA_FIRST ((size_t)64 << 10)
#define ARENA_LIMIT ((size_t)64 << 20)

struct waiting { /* on the stack of the thread that waits */
	struct waiting *next;
	const struct ybh_event *events;
	size_t n;
	int rc;
	bool leads; /* else its events are written, with rc */
	sem_t told;
};

struct ybh_group {
	pthread_mutex_t lock;
	struct waiting *first, **last;
	bool busy; /* somebody leads; what is below is the leader's */
	struct ybh_db *db;
	struct ybh_keeper *keeper;
	struct ybh_chain *chain;
	struct yb_arena *arena;
	int64_t used_us; /* monotonic */
};

struct one {
	int64_t one;
};

static const yb_field one_record[] = { { "one", YB_OF(struct one, one) }, { 0 } };

static const yb_query group_alive = {
	.name = "audit_group_alive",
	.sql = "SELECT 1 AS one",
	.row = one_record,
	.row_size = sizeof(struct one),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

struct ybh_group *
ybh_group_new(const struct ybh_db_conf *db, const char *keeper_socket, const char *name)
{
	struct ybh_group *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->last = &g->first;
	g->db = ybh_db_new(db);
	g->keeper = ybh_keeper_new(keeper_socket);
	g->chain = g->keeper == NULL ? NULL : ybh_chain_new(g->keeper, name);
	g->arena = ybh_arena_new(ARENA_FIRST, ARENA_LIMIT);
	if (g->db != NULL && g->chain != NULL && g->arena != NULL &&
	    pthread_mutex_init(&g->lock, NULL) == 0)
		return g;
	ybh_chain_free(g->chain, NULL);
	ybh_keeper_free(g->keeper);
	ybh_db_free(g->db);
	ybh_arena_free(g->arena);
	free(g);
	return NULL;
}

void
ybh_group_free(struct ybh_group *g)
{
	if (g == NULL)
		return;
	ybh_chain_free(g->chain, g->db);
	ybh_keeper_free(g->keeper);
	ybh_db_free(g->db);
	ybh_arena_free(g->arena);
	(void)pthread_mutex_destroy(&g->lock);
	free(g);
}

/* The leader's share of those who wait: itself, and as many as one commit takes. */
static struct waiting *
batch_take(struct ybh_group *g, size_t *ret_events)
{
	struct waiting *batch = g->first, **end = &g->first;
	size_t n = 0;

	while (*end != NULL && (n == 0 || n + (*end)->n <= EVENTS_MAX)) {
		n += (*end)->n;
		end = &(*end)->next;
	}
	g->first = *end;
	if (g->first == NULL)
		g->last = &g->first;
	*end = NULL;
	*ret_events = n;
	return batch;
}

/* A read may be repeated on a new connection, where an INSERT may not. */
static int
connection_ready(struct ybh_group *g)
{
	int64_t now = ybh_mono_us();
	yb_list rows;
	int rc = 0;

	if (now - g->used_us > IDLE_US)
		rc = ybh_db_run(g->db, &group_alive, NULL, 0, g->arena, 1, &rows, NULL);
	g->used_us = now;
	return rc;
}

static int
batch_write(struct ybh_group *g, const struct waiting *batch, size_t n)
{
	struct ybh_event *events = ybh_arena_must(g->arena, n * sizeof *events);
	size_t at = 0;
	int rc;

	for (const struct waiting *w = batch; w != NULL; w = w->next) {
		memcpy(events + at, w->events, w->n * sizeof *events);
		at += w->n;
	}
	rc = connection_ready(g);
	if (rc == 0)
		rc = ybh_chain_append(g->chain, g->db, g->arena, events, n);
	ybh_arena_reset(g->arena);
	return rc;
}

/* Whoever is told goes on at once, and its struct with it. */
static void
tell(struct waiting *w, bool leads, int rc)
{
	w->leads = leads;
	w->rc = rc;
	(void)sem_post(&w->told); /* cannot fail: it was zero */
}

/* Writes for those who have come by now, itself among them, and passes on the lead. */
static int
lead(struct ybh_group *g)
{
	struct waiting *batch, *heir;
	size_t n;
	int rc;

	(void)pthread_mutex_lock(&g->lock);
	batch = batch_take(g, &n); /* the leader is the first of them */
	(void)pthread_mutex_unlock(&g->lock);
	rc = batch_write(g, batch, n);
	(void)pthread_mutex_lock(&g->lock);
	heir = g->first;
	g->busy = heir != NULL;
	(void)pthread_mutex_unlock(&g->lock);
	if (heir != NULL)
		tell(heir, true, 0); /* first, so that the next commit is under way */
	for (struct waiting *w = batch->next, *next; w != NULL; w = next) {
		next = w->next;
		tell(w, false, rc);
	}
	return rc;
}

int
ybh_group_append(struct ybh_group *g, const struct ybh_event *events, size_t n)
{
	struct waiting me = { .events = events, .n = n };
	bool first;

	if (n == 0)
		return 0;
	(void)sem_init(&me.told, 0, 0); /* cannot fail: zero, of this process */
	(void)pthread_mutex_lock(&g->lock);
	*g->last = &me;
	g->last = &me.next;
	first = !g->busy;
	g->busy = true;
	(void)pthread_mutex_unlock(&g->lock);
	while (!first && sem_wait(&me.told) != 0)
		; /* a signal */
	if (first || me.leads)
		me.rc = lead(g);
	(void)sem_destroy(&me.told);
	return me.rc;
}
