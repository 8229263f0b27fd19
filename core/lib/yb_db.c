/*
 * yb_db.c - the database as a handler sees it (yb/db.h): the caller bound, failures recorded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "gather.h"
#include "internal.h"
#include "json.h"

#define ARGS_MAX 64

yb_value
yb_null(void)
{
	return (yb_value) { .type = YB_T_END };
}

yb_value
yb_i64(int64_t v)
{
	return (yb_value) { .type = YB_T_I64, .u.i64 = v };
}

yb_value
yb_int_or_null(yb_int v)
{
	return v.set ? yb_i64(v.v) : yb_null();
}

yb_value
yb_bool(bool v)
{
	return yb_i64(v ? 1 : 0);
}

yb_value
yb_text(yb_str v)
{
	return (yb_value) { .type = YB_T_TEXT, .u.text = v };
}

yb_value
yb_blob(yb_bytes v)
{
	return (yb_value) { .type = YB_T_BYTES, .u.bytes = v };
}

yb_value
yb_day(yb_date v)
{
	return (yb_value) { .type = YB_T_DATE, .u.date = v };
}

yb_value
yb_at(yb_time v)
{
	return (yb_value) { .type = YB_T_TIME, .u.time = v };
}

yb_value
yb_id(yb_uuid v)
{
	return (yb_value) { .type = YB_T_UUID, .u.uuid = v };
}

yb_value
yb_number(yb_dec v, unsigned scale)
{
	if (!v.set)
		return yb_null();
	return (yb_value) { .type = YB_T_DEC, .u.i64 = v.units, .scale = scale };
}

/* ---- many values as one ---- */

#define MANY_MAX (64u << 20) /* more than any statement may carry */

static yb_str
many(yb_req *r, const void *first, size_t n, size_t size,
    void (*print)(struct ybh_buf *b, const void *value))
{
	struct ybh_buf b;
	yb_str all;

	ybh_buf_init(&b, MANY_MAX);
	for (size_t i = 0; i < n; i++) {
		ybh_buf_char(&b, i > 0 ? ',' : '[');
		print(&b, (const char *)first + i * size);
	}
	ybh_buf_cstr(&b, n > 0 ? "]" : "[]");
	if (b.failed)
		abort(); /* as for memory: the limit is a fault of ours */
	all = ybh_arena_copy(r->arena, ybh_buf_view(&b));
	ybh_buf_free(&b);
	return all;
}

static void
print_number(struct ybh_buf *b, const void *value)
{
	ybh_buf_i64(b, *(const int64_t *)value);
}

static void
print_text(struct ybh_buf *b, const void *value)
{
	ybh_json_print_text(b, *(const yb_str *)value);
}

yb_str
yb_json_numbers(yb_req *r, const int64_t *first, size_t n, size_t size)
{
	return many(r, first, n, size, print_number);
}

yb_str
yb_json_texts(yb_req *r, const yb_str *first, size_t n, size_t size)
{
	return many(r, first, n, size, print_text);
}

/* ---- statements ---- */

/* Whether this route may run this query, and the value that binds the caller. */
static int
bind_caller(yb_req *r, const yb_query *q, yb_value *ret, bool *ret_bound)
{
	const yb_route *route = r->match.route;
	int64_t who = 0;

	*ret_bound = q->tenant == YB_ORG || q->tenant == YB_SELF;
	if (q->tenant == YB_ORG)
		who = r->caller.org_id;
	else if (q->tenant == YB_SELF)
		who = r->caller.actor_id;
	*ret = yb_i64(who);
	if ((*ret_bound && who == 0) || q->tenant == YB_NO_TENANT ||
	    (q->tenant == YB_CROSS && route != NULL && route->reach != YB_REACH_CROSS)) {
		ybh_log(YBH_ERR, "%s: query %s is not for this route or caller", r->trace, q->name);
		return yb_problem(r, "E-SYS-003");
	}
	return 0;
}

/* A transaction that ended under a handler must not go on as single statements. */
static int
still_writing(yb_req *r, const yb_query *q)
{
	if (!r->in_write || ybh_db_in_transaction(r->t->db))
		return 0;
	(void)ybh_db_problem(r, -ECONNRESET, q->name);
	return -ECONNRESET;
}

/* Whether this query may run here and now. 0, or what is wrong, recorded. */
static int
may_run(yb_req *r, const yb_query *q, yb_args args, yb_value *ret, bool *ret_bound)
{
	if (bind_caller(r, q, ret, ret_bound) < 0)
		return -EPERM;
	if (args.n + 1 > ARGS_MAX) {
		(void)ybh_db_problem(r, -EIO, q->name);
		return -EIO;
	}
	return still_writing(r, q);
}

static int
run(yb_req *r, const yb_query *q, yb_args args, size_t limit, yb_list *rows, int64_t *affected)
{
	yb_value all[ARGS_MAX];
	bool bound;
	size_t n = 0;
	int rc = may_run(r, q, args, &all[0], &bound);

	if (rc != 0)
		return rc;
	n = bound ? 1 : 0;
	if (args.n > 0)
		memcpy(all + n, args.v, args.n * sizeof *all);
	rc = q->gathered != NULL && args.n == 1 && rows != NULL
	    ? ybh_db_run_gathered(r->p->gathers, r->t->db, q, all, r->arena, limit, rows)
	    : ybh_db_run(r->t->db, q, all, n + args.n, r->arena, limit, rows, affected);
	if (rc != 0 && rc != -EEXIST)
		(void)ybh_db_problem(r, rc, q->name);
	return rc;
}

static enum yb_found
found(const yb_query *q, const yb_list *rows, void *row)
{
	if (rows->n == 0)
		return YB_NO_ROW;
	memcpy(row, rows->items, q->row_size);
	return YB_ONE_ROW;
}

enum yb_found
yb_db_one(yb_req *r, const yb_query *q, yb_args args, void *row)
{
	yb_list rows;

	return run(r, q, args, 1, &rows, NULL) != 0 ? YB_DB_FAILED : found(q, &rows, row);
}

enum yb_found
yb_db_one_with(yb_req *r, const yb_query *q, yb_value key, void *row, size_t limit, yb_list *ret)
{
	const yb_args args = { &key, 1 };
	yb_list rows;
	yb_value nobody;
	bool bound; /* never: what is gathered is nobody's in particular */
	int rc;

	if (may_run(r, q->parent, args, &nobody, &bound) != 0 ||
	    may_run(r, q, args, &nobody, &bound) != 0)
		return YB_DB_FAILED;
	rc = ybh_db_run_family(r->p->gathers, r->t->db, q, r, &key, r->arena, limit, &rows, ret);
	if (rc == 0)
		return found(q->parent, &rows, row);
	(void)ybh_db_problem(r, rc, q->name);
	return YB_DB_FAILED;
}

int
yb_db_find(yb_req *r, const yb_query *q, yb_args args, void *row)
{
	switch (yb_db_one(r, q, args, row)) {
	case YB_ONE_ROW:
		return 0;
	case YB_NO_ROW:
		return yb_problem(r, q->absent != NULL ? q->absent : "E-AUTH-005");
	case YB_DB_FAILED:
		break;
	}
	return -1;
}

int
yb_db_list(yb_req *r, const yb_query *q, yb_args args, size_t limit, yb_list *ret)
{
	return run(r, q, args, limit, ret, NULL) == 0 ? 0 : -1;
}

bool
yb_page_cut(yb_list *rows, size_t limit)
{
	if (rows->n <= limit)
		return false;
	rows->n = limit;
	return true;
}

int
yb_db_exec(yb_req *r, const yb_query *q, yb_args args, int64_t *ret_rows)
{
	int rc = run(r, q, args, 0, NULL, ret_rows);

	if (rc == -EEXIST)
		return YB_DUPLICATE;
	return rc == 0 ? 0 : -1;
}

int64_t
yb_db_last_id(yb_req *r)
{
	return ybh_db_last_id(r->t->db);
}

int
yb_db_each(yb_req *r, const yb_query *q, const yb_field *params, size_t size, const void *rows,
    size_t n)
{
	yb_value first;
	bool bound;
	int rc;

	if (bind_caller(r, q, &first, &bound) < 0 || still_writing(r, q) != 0)
		return -1;
	rc = ybh_db_each(r->t->db, q, bound ? &first : NULL, params, size, rows, n, r->arena);
	if (rc == -EEXIST)
		return YB_DUPLICATE;
	return rc == 0 ? 0 : ybh_db_problem(r, rc, q->name);
}
