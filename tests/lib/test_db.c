/* A connection and its statements, against a MariaDB of its own. */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "keeper_fixture.h"

struct number {
	int64_t n;
};

static const yb_field number_fields[] = { { "n", YB_OF(struct number, n) }, { 0 } };

#define NUMBER(query, text)                                                                   \
	static const yb_query query = { .name = #query, .sql = text, .row = number_fields,    \
		.row_size = sizeof(struct number), .tenant = YB_GLOBAL }
#define CHANGE(query, text)                                                                   \
	static const yb_query query = { .name = #query, .sql = text, .tenant = YB_GLOBAL }

NUMBER(one, "SELECT 1 AS n");
NUMBER(two, "SELECT 2 AS n");
NUMBER(three, "SELECT 3 AS n");
NUMBER(prepared, "SELECT CAST(variable_value AS SIGNED) AS n FROM information_schema.global_status"
		 " WHERE variable_name = 'Prepared_stmt_count'");
NUMBER(waiting, "SELECT COUNT(*) AS n FROM information_schema.innodb_trx"
		" WHERE trx_state = 'LOCK WAIT'");
NUMBER(sum, "SELECT CAST(SUM(n) AS SIGNED) AS n FROM test_count WHERE id < 3");
CHANGE(both, "UPDATE test_count SET n = n + 1 WHERE id < 3 ORDER BY id DESC");
CHANGE(first, "UPDATE test_count SET n = n + 10 WHERE id = 1");
CHANGE(second, "UPDATE test_count SET n = n + 10 WHERE id = 2");
CHANGE(many, "UPDATE test_count SET n = n + 10 WHERE id > 100");

static int
run(struct ybh_db *db, const yb_query *q, struct yb_arena *a, int64_t *ret)
{
	yb_list rows = { NULL, 0 };
	int rc = ybh_db_run(db, q, NULL, 0, a, 1, q->row == NULL ? NULL : &rows,
	    q->row == NULL ? ret : NULL);

	if (rc == 0 && rows.n == 1)
		*ret = ((const struct number *)rows.items)->n;
	return rc;
}

static int64_t
get(struct ybh_db *db, const yb_query *q, struct yb_arena *a)
{
	int64_t n = -1;

	assert_int_equal(run(db, q, a, &n), 0);
	return n;
}

static void
statements_most(struct house *h, int64_t n)
{
	char sql[128];

	(void)snprintf(sql, sizeof sql, "SET GLOBAL max_prepared_stmt_count = %lld", (long long)n);
	assert_int_equal(ybh_db_script(h->db, yb_cstr(sql)), 0);
}

static void
where_no_more_statements_are_kept_old_ones_go(void **state)
{
	struct house *h = *state;
	struct ybh_db *db, *stranger;
	int64_t n;

	if (h->db == NULL)
		skip();
	db = ybh_db_like(h->db);
	stranger = ybh_db_like(h->db);
	assert_int_equal(get(db, &one, h->a), 1);
	assert_int_equal(get(db, &two, h->a), 2);
	n = get(h->db, &prepared, h->a);
	statements_most(h, n);
	assert_int_equal(get(db, &three, h->a), 3);
	assert_int_equal(get(h->db, &prepared, h->a), n - 1);
	assert_int_equal(get(db, &one, h->a), 1);
	assert_int_equal(get(db, &two, h->a), 2);
	statements_most(h, 1);
	/* Who has none to give up is told to come again. */
	assert_int_equal(run(stranger, &one, h->a, &n), -EBUSY);
	statements_most(h, 16382);
	assert_int_equal(get(stranger, &one, h->a), 1);
	ybh_db_free(db);
	ybh_db_free(stranger);
}

struct change {
	struct ybh_db *db;
	struct yb_arena *a;
	int64_t rows;
	int rc;
};

static void *
change_both(void *arg)
{
	struct change *c = arg;

	c->rc = run(c->db, &both, c->a, &c->rows);
	return NULL;
}

/* Ours holds 2 and wants 1; theirs holds 1, wants 2 and has changed more: ours gives way. */
static void
a_statement_of_its_own_survives_a_deadlock(void **state)
{
	struct house *h = *state;
	struct change ours = { .rc = -1 };
	struct ybh_db *theirs;
	pthread_t thread;
	int64_t n;

	if (h->db == NULL)
		skip();
	assert_int_equal(ybh_db_script(h->db, YB_STR(
			     "CREATE TABLE test_count (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)"
			     " SELECT seq AS id, 0 AS n FROM seq_1_to_300")), 0);
	ours.db = ybh_db_like(h->db);
	ours.a = ybh_arena_new(4096, 65536);
	theirs = ybh_db_like(h->db);
	assert_int_equal(ybh_db_begin(theirs), 0);
	assert_int_equal(run(theirs, &many, h->a, &n), 0);
	assert_int_equal(run(theirs, &first, h->a, &n), 0);
	assert_int_equal(pthread_create(&thread, NULL, change_both, &ours), 0);
	for (int i = 0; i < 200 && get(h->db, &waiting, h->a) == 0; i++)
		(void)usleep(20000);
	assert_int_equal(run(theirs, &second, h->a, &n), 0);
	assert_int_equal(ybh_db_commit(theirs), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(ours.rc, 0);
	assert_int_equal(ours.rows, 2);
	assert_int_equal(get(h->db, &sum, h->a), 22);
	ybh_arena_free(ours.a);
	ybh_db_free(ours.db);
	ybh_db_free(theirs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_no_more_statements_are_kept_old_ones_go),
		cmocka_unit_test(a_statement_of_its_own_survives_a_deadlock),
	};

	return cmocka_run_group_tests(tests, house_begin, house_end);
}
