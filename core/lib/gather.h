/*
 * gather.h - reads of one kind that threads of a process ask for at the same moment (host side
 * of yb_query.gathered).
 */
#ifndef YBH_GATHER_H
#define YBH_GATHER_H

#include "dbconn.h"

struct ybh_gathers; /* the queues of those who ask, one for each such query; many threads */

/* NULL: no memory. */
struct ybh_gathers *ybh_gathers_new(void);
void ybh_gathers_free(struct ybh_gathers *all);
/* Those of these queries (NULL-ended, or NULL) that are gathered. 0, or -ENOMEM. */
int ybh_gathers_add(struct ybh_gathers *all, const yb_query *const *queries) YB_MUST_USE;

/*
 * ybh_db_run of a query with one "?", which other threads may ask for with other keys; `rows` and
 * what they point to lie in `a`. In a transaction, or where all (or NULL) do not have q, alone.
 */
int ybh_db_run_gathered(struct ybh_gathers *all, struct ybh_db *db, const yb_query *q,
    const yb_value *key, struct yb_arena *a, size_t limit, yb_list *rows) YB_MUST_USE;
/*
 * The same of q->parent, for one row (*parent: none or it), and of q by that row where
 * q->may_read, asked for r, says so (*rows: else none).
 */
int ybh_db_run_family(struct ybh_gathers *all, struct ybh_db *db, const yb_query *q,
    const yb_req *r, const yb_value *key, struct yb_arena *a, size_t limit, yb_list *parent,
    yb_list *rows) YB_MUST_USE;

#endif
