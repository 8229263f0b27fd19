/*
 * db_gather.c - reads of one kind that threads of a process ask for at the same moment, as one
 * statement (yb/db.h: gathered).
 *
 * Whoever leads (line.h) asks for all who have come by then, and rows go straight into the memory
 * of the request that asked for their key. What does not work together is asked for alone.
 */
#include "gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "log.h"

#define KINDS	    16	  /* of queries that are gathered */
#define PATIENCE_US 50000 /* behind a statement that is slow nobody waits for longer */

struct waiting { /* on the stack of the thread that waits */
	struct ybh_turn turn;
	struct ybh_asker asker;
	int rc;
	bool alone; /* rc is of the query itself, asked for by this thread */
};

struct gather {
	const yb_query *q;
	enum yb_type key_type;
	struct ybh_line line;
};

struct ybh_gathers {
	struct gather kinds[KINDS];
	size_t n;
};

struct ybh_gathers *
ybh_gathers_new(void)
{
	return calloc(1, sizeof(struct ybh_gathers));
}

static enum yb_type
key_type_of(const yb_query *q)
{
	const yb_field *f = q->row;

	while (f->type != YB_T_END && strcmp(f->name, q->key) != 0)
		f++;
	return f->type;
}

int
ybh_gathers_add(struct ybh_gathers *all, const yb_query *const *queries)
{
	for (; queries != NULL && *queries != NULL; queries++) {
		struct gather *g = &all->kinds[all->n];

		if ((*queries)->gathered == NULL)
			continue;
		if (all->n == KINDS || ybh_line_init(&g->line) != 0)
			return -ENOMEM;
		g->q = *queries;
		g->key_type = key_type_of(g->q);
		all->n++;
	}
	return 0;
}

void
ybh_gathers_free(struct ybh_gathers *all)
{
	for (size_t i = 0; all != NULL && i < all->n; i++)
		ybh_line_done(&all->kinds[i].line);
	free(all);
}

static struct gather *
gather_of(struct ybh_gathers *all, const yb_query *q)
{
	for (size_t i = 0; all != NULL && i < all->n; i++)
		if (all->kinds[i].q == q)
			return &all->kinds[i];
	return NULL;
}

static int
ask_alone(struct gather *g, struct waiting *me, struct ybh_db *db)
{
	struct ybh_asker *k = &me->asker;

	me->alone = true;
	return ybh_db_run(db, g->q, k->key, 1, k->a, k->limit, &k->rows, NULL);
}

/*
 * Asks for itself and those who have come by now; on a connection that may be gone for itself
 * alone, so that nobody waits or fails who could do without it.
 */
static void
lead(struct gather *g, struct waiting *me, struct ybh_db *db)
{
	size_t most = ybh_db_lively(db) ? YB_GATHER : 1;
	struct ybh_turn *batch = ybh_line_batch(&g->line, &me->turn, most);
	struct ybh_asker *askers[YB_GATHER];
	size_t n = 0;
	int rc;

	for (struct ybh_turn *t = batch; t != NULL; t = t->next)
		askers[n++] = &((struct waiting *)t)->asker;
	rc = n == 1 ? ask_alone(g, me, db) : ybh_db_gather(db, g->q, askers, n);
	if (rc != 0 && n > 1)
		ybh_log(YBH_WARN, "%s: for %zu requests: %s", g->q->gathered->name, n, ybh_db_error(db));
	for (struct ybh_turn *t = batch; t != NULL; t = t->next)
		((struct waiting *)t)->rc = rc;
	ybh_line_end(&g->line, batch);
}

/* Text may be equal to the database though not to us (a space at its end): the database knows. */
static bool
is_answer(const struct waiting *me)
{
	if (me->alone || me->rc == -ETIMEDOUT || me->rc == -ECONNRESET)
		return true; /* to ask once more could take as long again */
	return me->rc == 0 && (me->asker.rows.n > 0 || me->asker.key->type == YB_T_I64);
}

int
ybh_db_run_gathered(struct ybh_gathers *all, struct ybh_db *db, const yb_query *q,
    const yb_value *key, struct yb_arena *a, size_t limit, yb_list *rows)
{
	struct waiting me = { .turn.weight = 1, .asker = { .key = key, .a = a, .limit = limit } };
	struct gather *g = gather_of(all, q);
	enum ybh_turn_is is;

	if (g == NULL || key->type != g->key_type || ybh_db_in_transaction(db))
		return ybh_db_run(db, q, key, 1, a, limit, rows, NULL);
	is = ybh_line_join(&g->line, &me.turn, PATIENCE_US);
	if (is == YBH_TURN_LEADS)
		lead(g, &me, db);
	if (is == YBH_TURN_LATE || !is_answer(&me))
		me.rc = ask_alone(g, &me, db);
	*rows = me.asker.rows;
	if (me.rc != 0 && !me.alone && is == YBH_TURN_DONE)
		return ybh_db_refused(db, me.rc, "asked for by another thread");
	return me.rc;
}
