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
	struct ybh_asker child; /* for the rows under its row */
	yb_value child_key;
	const yb_req *r; /* whose they are; only where there are such rows */
	int rc;
	bool alone; /* rc is of the queries themselves, asked for by this thread */
};

struct gather {
	const yb_query *q, *child; /* child: NULL, or a query whose parent is q */
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

static const yb_field *
key_in(const yb_query *q, const char *name)
{
	const yb_field *f = q->row;

	while (f->type != YB_T_END && strcmp(f->name, name) != 0)
		f++;
	return f;
}

static int
kind_add(struct ybh_gathers *all, const yb_query *q, const yb_query *child)
{
	struct gather *g = &all->kinds[all->n];

	if (all->n == KINDS || ybh_line_init(&g->line) != 0)
		return -ENOMEM;
	g->q = q;
	g->child = child;
	all->n++;
	return 0;
}

int
ybh_gathers_add(struct ybh_gathers *all, const yb_query *const *queries)
{
	int rc = 0;

	for (; rc == 0 && queries != NULL && *queries != NULL; queries++) {
		const yb_query *q = *queries;

		if (q->gathered != NULL)
			rc = kind_add(all, q, NULL);
		if (rc == 0 && q->parent != NULL)
			rc = kind_add(all, q->parent, q);
	}
	return rc;
}

void
ybh_gathers_free(struct ybh_gathers *all)
{
	for (size_t i = 0; all != NULL && i < all->n; i++)
		ybh_line_done(&all->kinds[i].line);
	free(all);
}

static struct gather *
gather_of(struct ybh_gathers *all, const yb_query *q, const yb_query *child)
{
	for (size_t i = 0; all != NULL && i < all->n; i++)
		if (all->kinds[i].q == q && all->kinds[i].child == child)
			return &all->kinds[i];
	return NULL;
}

/* Whether it may ask, under its own row that has come, for others; then w->child is ready. */
static bool
child_ready(struct waiting *w, const yb_query *q, const yb_query *child)
{
	const char *row = w->asker.rows.items;

	w->child.rows = (yb_list) { NULL, 0 };
	if (child == NULL || w->asker.rows.n == 0 || !child->may_read(w->r, row))
		return false;
	memcpy(&w->child_key.u.i64, row + key_in(q, child->key)->offset, sizeof(int64_t));
	return true;
}

static int
ask_alone(struct waiting *me, struct ybh_db *db, const yb_query *q, const yb_query *child)
{
	struct ybh_asker *k = &me->asker, *c = &me->child;
	int rc = ybh_db_run(db, q, k->key, 1, k->a, k->limit, &k->rows, NULL);

	me->alone = true;
	if (rc != 0 || !child_ready(me, q, child))
		return rc;
	return ybh_db_run(db, child, c->key, 1, c->a, c->limit, &c->rows, NULL);
}

/* Each gets the result of the last statement that was run for it. */
static void
results_set(struct waiting *const *w, size_t n, int rc, const yb_query *q, const struct ybh_db *db)
{
	for (size_t i = 0; i < n; i++)
		w[i]->rc = rc;
	if (rc != 0)
		ybh_log(YBH_WARN, "%s: for %zu requests: %s", q->gathered->name, n,
		    ybh_db_error(db));
}

static void
ask_together(struct gather *g, struct ybh_turn *batch, struct ybh_db *db)
{
	struct waiting *w[YB_GATHER];
	struct ybh_asker *askers[YB_GATHER];
	size_t n = 0, children = 0;

	for (struct ybh_turn *t = batch; t != NULL; t = t->next) {
		w[n] = (struct waiting *)t;
		askers[n] = &w[n]->asker;
		n++;
	}
	results_set(w, n, ybh_db_gather(db, g->q, askers, n), g->q, db);
	for (size_t i = 0; i < n; i++) {
		if (w[i]->rc != 0 || !child_ready(w[i], g->q, g->child))
			continue;
		w[children] = w[i];
		askers[children++] = &w[i]->child;
	}
	if (children > 0)
		results_set(w, children, ybh_db_gather(db, g->child, askers, children), g->child,
		    db);
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

	if (batch->next == NULL)
		me->rc = ask_alone(me, db, g->q, g->child);
	else
		ask_together(g, batch, db);
	ybh_line_end(&g->line, batch);
}

/* A fault may be of another one's making. */
static bool
is_answer(const struct waiting *me)
{
	/* To ask once more could take as long again. */
	return me->alone || me->rc == 0 || me->rc == -ETIMEDOUT || me->rc == -ECONNRESET;
}

/* What "x ", "" or a null is equal to only the database knows (PAD SPACE). */
static bool
is_plain(const yb_value *key, const yb_query *q)
{
	const yb_str *text = &key->u.text;

	if (key->type != key_in(q, q->key)->type)
		return false;
	return key->type != YB_T_TEXT || (text->len > 0 && text->p[text->len - 1] != ' ');
}

static int
run(struct ybh_gathers *all, struct ybh_db *db, const yb_query *q, const yb_query *child,
    struct waiting *me)
{
	struct gather *g = gather_of(all, q, child);
	enum ybh_turn_is is;

	if (g == NULL || !is_plain(me->asker.key, q) || ybh_db_in_transaction(db))
		return ask_alone(me, db, q, child);
	is = ybh_line_join(&g->line, &me->turn, PATIENCE_US);
	if (is == YBH_TURN_LEADS)
		lead(g, me, db);
	if (is == YBH_TURN_LATE || !is_answer(me))
		me->rc = ask_alone(me, db, q, child);
	if (me->rc != 0 && !me->alone && is == YBH_TURN_DONE)
		return ybh_db_refused(db, me->rc, "asked for by another thread");
	return me->rc;
}

int
ybh_db_run_gathered(struct ybh_gathers *all, struct ybh_db *db, const yb_query *q,
    const yb_value *key, struct yb_arena *a, size_t limit, yb_list *rows)
{
	struct waiting me = { .turn.weight = 1, .asker = { .key = key, .a = a, .limit = limit } };
	int rc = run(all, db, q, NULL, &me);

	*rows = me.asker.rows;
	return rc;
}

int
ybh_db_run_family(struct ybh_gathers *all, struct ybh_db *db, const yb_query *q,
    const yb_req *r, const yb_value *key, struct yb_arena *a, size_t limit, yb_list *parent,
    yb_list *rows)
{
	struct waiting me = {
		.turn.weight = 1,
		.asker = { .key = key, .a = a, .limit = 1 },
		.child = { .key = &me.child_key, .a = a, .limit = limit },
		.child_key.type = YB_T_I64,
		.r = r,
	};
	int rc = run(all, db, q->parent, q, &me);

	*parent = me.asker.rows;
	*rows = me.child.rows;
	return rc;
}
