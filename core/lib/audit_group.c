/*
 * audit_group.c - what the reads of one process leave in the access log, in common commits.
 *
 * A read is answered only after its rows are committed (audit.h), and a commit waits for the
 * disk. So the reads of a process share one chain, and whoever leads (line.h) writes for all
 * who have come by then.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "line.h"

#define IDLE_US	    INT64_C(5000000) /* a connection unused for longer may have been closed */
#define EVENTS_MAX  256 /* of one commit; a list of one read may be longer */
#define ARENA_FIRST ((size_t)64 << 10)
#define ARENA_LIMIT ((size_t)64 << 20)

struct waiting { /* on the stack of the thread that waits */
	struct ybh_turn turn; /* its weight: how many */
	const struct ybh_event *events;
	int rc;
};

struct ybh_group {
	struct ybh_line line; /* what is below is the leader's */
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
	g->db = ybh_db_new(db);
	g->keeper = ybh_keeper_new(keeper_socket);
	g->chain = g->keeper == NULL ? NULL : ybh_chain_new(g->keeper, name);
	g->arena = ybh_arena_new(ARENA_FIRST, ARENA_LIMIT);
	if (g->db != NULL && g->chain != NULL && g->arena != NULL &&
	    ybh_line_init(&g->line) == 0)
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
	ybh_line_done(&g->line);
	free(g);
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
batch_write(struct ybh_group *g, const struct ybh_turn *batch)
{
	struct ybh_event *events;
	size_t n = 0, at = 0;
	int rc;

	for (const struct ybh_turn *t = batch; t != NULL; t = t->next)
		n += t->weight;
	events = ybh_arena_must(g->arena, n * sizeof *events);
	for (const struct ybh_turn *t = batch; t != NULL; at += t->weight, t = t->next)
		memcpy(events + at, ((const struct waiting *)t)->events, t->weight * sizeof *events);
	rc = connection_ready(g);
	if (rc == 0)
		rc = ybh_chain_append(g->chain, g->db, g->arena, events, n);
	ybh_arena_reset(g->arena);
	return rc;
}

/* Writes for those who have come by now, itself among them. */
static void
lead(struct ybh_group *g, struct waiting *me)
{
	struct ybh_turn *batch = ybh_line_batch(&g->line, &me->turn, EVENTS_MAX);
	int rc = batch_write(g, batch);

	for (struct ybh_turn *t = batch; t != NULL; t = t->next)
		((struct waiting *)t)->rc = rc;
	ybh_line_end(&g->line, batch);
}

int
ybh_group_append(struct ybh_group *g, const struct ybh_event *events, size_t n)
{
	struct waiting me = { .turn.weight = n, .events = events };

	if (n == 0)
		return 0;
	if (ybh_line_join(&g->line, &me.turn, 0) == YBH_TURN_LEADS)
		lead(g, &me);
	return me.rc;
}
