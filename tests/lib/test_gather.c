/* Reads of several threads as one statement: everybody gets the rows of its own key, and no others. */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gather.h"
#include "keeper_fixture.h"
#include "log.h"

#define KEYS	64 /* 1 .. 63; key k has k % 7 rows */
#define THREADS 16
#define READS	300
#define SHELVED 189 /* in all: nine times 0 to 6 */
#define HIDDEN	20 /* what is under it nobody sees */
#define NOBODY	77 /* such an owner there is not, nor number 0 */
#define SLOW	43 /* its one row takes the slow query a second and a half */

struct item {
	int64_t k, i;
	yb_str name, text;
};

static const yb_field item_row[] = {
	{ "k", YB_OF(struct item, k) },
	{ "i", YB_OF(struct item, i) },
	{ "name", YB_OF(struct item, name) },
	{ "text", YB_OF(struct item, text) },
	{ 0 },
};

/* clang-format off */
#define ITEMS "SELECT k, i, name, text FROM test_shelf WHERE "
#define SLOWLY "SELECT k, i + SLEEP(IF(k = 43, 1.5, 0)) AS i, name, text FROM test_shelf WHERE "
#define QUERY(query, where, many, by)                                                       \
	static const yb_query query##_many = { .name = #query "_many", .sql = "" many,      \
		.row = item_row, .row_size = sizeof(struct item), .nparams = YB_GATHER,     \
		.tenant = YB_GLOBAL };                                                      \
	static const yb_query query = { .name = #query, .sql = "" where " = ?",             \
		.row = item_row, .row_size = sizeof(struct item), .nparams = 1,             \
		.tenant = YB_GLOBAL, .gathered = &query##_many, .key = by }
QUERY(by_number, ITEMS "k", ITEMS "k IN " YB_GATHER_KEYS " ORDER BY i", "k");
QUERY(by_name, ITEMS "name", ITEMS "name IN " YB_GATHER_KEYS, "name");
QUERY(slowly, SLOWLY "k", SLOWLY "k IN " YB_GATHER_KEYS, "k");
QUERY(stranger, ITEMS "k", ITEMS "k IN " YB_GATHER_KEYS " OR k = 20", "k");
QUERY(broken, ITEMS "k", "SELECT k, i, name, text FROM test_nowhere WHERE k IN " YB_GATHER_KEYS, "k");
/* clang-format on */

struct owner { /* of a shelf: name k of number k */
	yb_str name;
	int64_t k;
};

static const yb_field owner_row[] = {
	{ "name", YB_OF(struct owner, name) },
	{ "k", YB_OF(struct owner, k) },
	{ 0 },
};

/* clang-format off */
#define OWNERS "SELECT name, k FROM test_owner WHERE name "
static const yb_query owners = { .name = "owners", .sql = "" OWNERS "IN " YB_GATHER_KEYS,
	.row = owner_row, .row_size = sizeof(struct owner), .nparams = YB_GATHER, .tenant = YB_GLOBAL };
static const yb_query owner = { .name = "owner", .sql = "" OWNERS "= ?",
	.row = owner_row, .row_size = sizeof(struct owner), .nparams = 1, .tenant = YB_GLOBAL,
	.gathered = &owners, .key = "name" };
static bool may_look(const yb_req *r, const void *row);
#define OF_OWNER(query, of)                                                                 \
	static const yb_query query = { .name = #query, .sql = "" ITEMS "k = ?",            \
		.row = item_row, .row_size = sizeof(struct item), .nparams = 1,             \
		.tenant = YB_GLOBAL, .gathered = &of##_many, .key = "k", .parent = &owner,        \
		.may_read = may_look }
OF_OWNER(of_owner, by_number);
OF_OWNER(of_owner_broken, broken);
OF_OWNER(of_owner_unlisted, by_number);
/* clang-format on */
static const yb_query *const queries[] = { &by_number, &by_name, &slowly, &stranger, &broken,
	&owner, &of_owner, &of_owner_broken, NULL };

struct number {
	int64_t n;
};
static const yb_field number_row[] = { { "n", YB_OF(struct number, n) }, { 0 } };
static const yb_query executed = { .name = "executed",
	.sql = "SELECT CAST(variable_value AS SIGNED) AS n FROM information_schema.global_status"
	       " WHERE variable_name = 'Com_stmt_execute'",
	.row = number_row,
	.row_size = sizeof(struct number),
	.tenant = YB_GLOBAL };

static const yb_query sleeping = { .name = "sleeping",
	.sql = "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE state = 'User sleep'",
	.row = number_row,
	.row_size = sizeof(struct number),
	.tenant = YB_GLOBAL };

static struct ybh_gathers *gathers;

static int
begin(void **state)
{
	struct house *h;
	int rc = house_begin(state);

	h = *state;
	ybh_log_level((enum ybh_level)0); /* what does not work together is asked for here */
	gathers = ybh_gathers_new();
	if (rc != 0 || gathers == NULL || ybh_gathers_add(gathers, queries) != 0)
		return -1;
	if (h->db == NULL)
		return 0;
	return ybh_db_script(h->db,
	    YB_STR("CREATE TABLE test_shelf (k BIGINT NOT NULL, i BIGINT NOT NULL,"
		   "  name VARCHAR(20) COLLATE utf8mb4_bin NOT NULL,"
		   "  text VARCHAR(400) COLLATE utf8mb4_bin NOT NULL, PRIMARY KEY (k, i), KEY (name));"
		   "INSERT INTO test_shelf SELECT a.seq, b.seq, CONCAT('name ', a.seq),"
		   "  REPEAT(CHAR(97 + a.seq MOD 26), 10 + a.seq * 37 MOD 300)"
		   "  FROM seq_1_to_63 a JOIN seq_1_to_6 b ON b.seq <= a.seq MOD 7;"
		   "CREATE TABLE test_owner (name VARCHAR(20) COLLATE utf8mb4_bin PRIMARY KEY,"
		   "  k BIGINT NOT NULL);"
		   "INSERT INTO test_owner SELECT CONCAT('name ', seq), seq FROM seq_1_to_63"));
}

static int
end(void **state)
{
	ybh_gathers_free(gathers);
	return house_end(state);
}

static bool
is_text_of(yb_str text, int64_t k)
{
	if (text.len != 10 + (size_t)(k * 37 % 300))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] != 'a' + k % 26)
			return false;
	return true;
}

static bool
is_shelf(const yb_list *rows, int64_t k)
{
	const struct item *at = rows->items;

	if (rows->n != (size_t)(k % 7))
		return false;
	for (size_t i = 0; i < rows->n; i++)
		if (at[i].k != k || at[i].i != (int64_t)i + 1 || !is_text_of(at[i].text, k))
			return false;
	return true;
}

static bool
is_owner(const yb_list *rows, int64_t k)
{
	const struct owner *at = rows->items;

	return k == 0 || k == NOBODY ? rows->n == 0 : rows->n == 1 && at[0].k == k;
}

static bool
is_family(const yb_list *owned, const yb_list *rows, int64_t k, bool trusted)
{
	bool none = (k == HIDDEN && !trusted) || k == NOBODY;

	return is_owner(owned, k) && (none ? rows->n == 0 : is_shelf(rows, k));
}

struct reader {
	pthread_t thread;
	struct house *h;
	const yb_query *q;
	unsigned seed;
	int64_t key; /* 0: another one at each read */
	bool trusted; /* sees what is hidden */
	bool plain;   /* asks without spaces behind the names, and is not trusted */
	bool cut_off; /* from the database: its reads fail, and those of nobody else */
	int reads, wrong, rc;
};

/* Each for itself: whoever leads must not be asked in place of who waits. */
static bool
may_look(const yb_req *r, const void *row)
{
	return ((const struct reader *)(const void *)r)->trusted ||
	    ((const struct owner *)row)->k != HIDDEN;
}

static void *
read_shelves(void *arg)
{
	struct reader *me = arg;
	const struct ybh_db_conf nowhere = { .socket = "/nowhere", .name = "", .user = "", .password = "" };
	struct ybh_db *db = me->cut_off ? ybh_db_new(&nowhere) : ybh_db_like(me->h->db);
	struct yb_arena *a = ybh_arena_new(1 << 14, 1 << 24);

	for (int i = 0; i < me->reads; i++) {
		int64_t k = me->key != 0 ? me->key : rand_r(&me->seed) % KEYS;
		char name[24];
		yb_value key = { .type = YB_T_I64, .u.i64 = k };
		yb_list rows, owned;
		int rc;

		(void)snprintf(name, sizeof name, "name %lld%s", (long long)k,
		    i % 2 == 0 || me->plain ? "" : " ");
		if (me->q == &by_name || me->q->parent != NULL)
			key = (yb_value) { .type = YB_T_TEXT, .u.text = yb_cstr(name) };
		rc = me->q->parent == NULL
		    ? ybh_db_run_gathered(gathers, db, me->q, &key, a, 10, &rows)
		    : ybh_db_run_family(gathers, db, me->q, (const yb_req *)(const void *)me, &key, a, 10,
			  &owned, &rows);
		if (rc != 0)
			me->rc = rc;
		else if (me->q->parent == NULL ? !is_shelf(&rows, k) : !is_family(&owned, &rows, k, me->trusted))
			me->wrong++;
		ybh_arena_reset(a);
	}
	ybh_arena_free(a);
	ybh_db_free(db);
	return NULL;
}

static void
readers_start(struct reader *at, size_t n, struct house *h, const yb_query *q)
{
	for (size_t i = 0; i < n; i++) {
		at[i].h = h;
		at[i].q = q;
		at[i].seed = (unsigned)i + 1;
		at[i].trusted = i % 2 == 1 && !at[i].plain;
		if (at[i].reads == 0)
			at[i].reads = READS;
		assert_int_equal(pthread_create(&at[i].thread, NULL, read_shelves, &at[i]), 0);
	}
}

static void
readers_end(struct reader *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		(void)pthread_join(at[i].thread, NULL);
		assert_int_equal(at[i].rc, at[i].cut_off ? -ECONNRESET : 0);
		assert_int_equal(at[i].wrong, 0);
	}
}

static int64_t
get(struct house *h, const yb_query *q)
{
	yb_list rows;

	assert_int_equal(ybh_db_run(h->db, q, NULL, 0, h->a, 1, &rows, NULL), 0);
	return ((const struct number *)rows.items)->n;
}

static void
everybody_gets_its_own_rows_by_fewer_statements(void **state)
{
	struct house *h = *state;
	struct reader r[THREADS] = { 0 };
	int64_t before;

	if (h->db == NULL)
		skip();
	before = get(h, &executed);
	readers_start(r, THREADS, h, &by_number);
	readers_end(r, THREADS);
	assert_in_range(get(h, &executed) - before, THREADS * READS / YB_GATHER, THREADS * READS - 1);
}

/* To the database "x " is "x" (PAD SPACE); it is asked. */
static void
text_that_is_equal_to_the_database_alone_is_found(void **state)
{
	struct house *h = *state;
	struct reader r[THREADS] = { 0 };

	if (h->db == NULL)
		skip();
	readers_start(r, THREADS, h, &by_name);
	readers_end(r, THREADS);
}

static void
what_does_not_work_together_is_asked_for_alone(void **state)
{
	const yb_query *const odd[] = { &stranger, &broken };
	struct house *h = *state;

	if (h->db == NULL)
		skip();
	for (size_t i = 0; i < 2; i++) {
		struct reader r[4] = { 0 };

		readers_start(r, 4, h, odd[i]);
		readers_end(r, 4);
	}
}

static void
who_is_cut_off_from_the_database_fails_alone(void **state)
{
	struct house *h = *state;
	struct reader r[THREADS] = { { .cut_off = true } };

	if (h->db == NULL)
		skip();
	readers_start(r, THREADS, h, &by_number);
	readers_end(r, THREADS);
}

/* Of these readers every second one puts a space behind the name, and some ask for nobody's. */
static void
everybody_gets_its_own_row_and_the_rows_under_it(void **state)
{
	const yb_query *const kinds[] = { &of_owner, &of_owner_broken, &of_owner_unlisted };
	struct house *h = *state;

	if (h->db == NULL)
		skip();
	for (size_t i = 0; i < 3; i++) {
		struct reader r[THREADS] = { { .cut_off = i == 0 } };
		int64_t before = get(h, &executed);

		readers_start(r, THREADS, h, kinds[i]);
		readers_end(r, THREADS);
		if (i == 0) /* half are asked for alone, by two statements */
			assert_in_range(get(h, &executed) - before, THREADS * READS / YB_GATHER,
			    3 * THREADS * READS / 2);
	}
}

/* Whether it is there but not for them nobody must see, not even by the time it takes. */
static void
what_is_not_there_and_what_is_not_for_them_cost_the_same(void **state)
{
	struct house *h = *state;
	const int64_t keys[] = { HIDDEN, NOBODY };

	if (h->db == NULL)
		skip();
	for (size_t i = 0; i < 2; i++) {
		struct reader one = { .key = keys[i], .plain = true }, r[THREADS] = { 0 };
		int64_t before = get(h, &executed);

		readers_start(&one, 1, h, &of_owner);
		readers_end(&one, 1);
		assert_int_equal(get(h, &executed) - before, READS + 1);
		for (size_t t = 0; t < THREADS; t++)
			r[t] = (struct reader) { .key = keys[i], .plain = true };
		before = get(h, &executed);
		readers_start(r, THREADS, h, &of_owner_broken); /* to run it would cost more */
		readers_end(r, THREADS);
		assert_in_range(get(h, &executed) - before, THREADS * READS / YB_GATHER,
		    THREADS * READS - 1);
	}
}

static void
in_a_transaction_the_rows_under_a_row_are_read_in_it(void **state)
{
	const struct reader me = { 0 };
	const yb_req *r = (const yb_req *)(const void *)&me;
	const yb_value key = { .type = YB_T_TEXT, .u.text = YB_STR("name 100") };
	struct house *h = *state;
	yb_list owned, rows;

	if (h->db == NULL)
		skip();
	assert_int_equal(ybh_db_begin(h->db), 0);
	assert_int_equal(ybh_db_script(h->db,
	    YB_STR("INSERT INTO test_owner VALUES ('name 100', 100);"
		   "INSERT INTO test_shelf VALUES (100, 1, 'new', 'n'), (100, 2, 'new', 'n')")), 0);
	assert_int_equal(ybh_db_run_family(gathers, h->db, &of_owner, r, &key, h->a, 10, &owned, &rows), 0);
	assert_true(is_owner(&owned, 100));
	assert_int_equal(rows.n, 2);
	assert_int_equal(ybh_db_run_family(gathers, h->db, &of_owner, r, &key, h->a, 1, &owned, &rows),
	    -EOVERFLOW);
	ybh_db_rollback(h->db);
	assert_int_equal(ybh_db_run_family(gathers, h->db, &of_owner, r, &key, h->a, 10, &owned, &rows), 0);
	assert_int_equal(owned.n, 0);
	assert_int_equal(rows.n, 0);
}

static void
a_key_of_another_type_is_asked_for_alone(void **state)
{
	const yb_value key = { .type = YB_T_I64, .u.i64 = 0 };
	struct house *h = *state;
	yb_list rows;

	if (h->db == NULL)
		skip();
	assert_int_equal(ybh_db_run_gathered(gathers, h->db, &by_name, &key, h->a, 300, &rows), 0);
	assert_int_equal(rows.n, SHELVED); /* to the database each of these texts is 0 */
}

static void
who_has_waited_too_long_for_a_turn_asks_alone(void **state)
{
	struct house *h = *state;
	struct reader slow = { .reads = 1, .key = SLOW }, quick = { .reads = 1, .key = 5 };

	if (h->db == NULL)
		skip();
	readers_start(&slow, 1, h, &slowly);
	while (get(h, &sleeping) == 0)
		(void)usleep(1000);
	readers_start(&quick, 1, h, &slowly);
	readers_end(&quick, 1);
	assert_int_equal(get(h, &sleeping), 1);
	readers_end(&slow, 1);
}

static void
in_a_transaction_nobody_else_is_asked_for(void **state)
{
	const yb_value key = { .type = YB_T_I64, .u.i64 = 100 };
	struct house *h = *state;
	yb_list rows;

	if (h->db == NULL)
		skip();
	assert_int_equal(ybh_db_begin(h->db), 0);
	assert_int_equal(ybh_db_script(h->db, YB_STR("INSERT INTO test_shelf VALUES (100, 1, 'new', 'n')")), 0);
	assert_int_equal(ybh_db_run_gathered(gathers, h->db, &by_number, &key, h->a, 10, &rows), 0);
	assert_int_equal(rows.n, 1);
	ybh_db_rollback(h->db);
	assert_int_equal(ybh_db_run_gathered(gathers, h->db, &by_number, &key, h->a, 10, &rows), 0);
	assert_int_equal(rows.n, 0);
}

/* ---- one statement, looked at from near ---- */

struct askers {
	yb_value keys[YB_GATHER];
	struct ybh_asker at[YB_GATHER], *p[YB_GATHER];
};

static int
gather(struct house *h, const yb_query *q, struct askers *all, size_t n, const int64_t *keys,
    size_t limit)
{
	*all = (struct askers) { 0 };
	for (size_t i = 0; i < n; i++) {
		all->keys[i] = (yb_value) { .type = YB_T_I64, .u.i64 = keys[i] };
		all->at[i] = (struct ybh_asker) { .key = &all->keys[i], .a = h->a, .limit = limit };
		all->p[i] = &all->at[i];
	}
	return ybh_db_gather(h->db, q, all->p, n);
}

static void
a_row_goes_to_all_who_asked_for_it_and_to_nobody_else(void **state)
{
	const int64_t keys[YB_GATHER] = { 13, 6, 6, 7, 62, -1, 20, 13, 6, 1, 2, 20, 63, 49, 48, 3 };
	struct house *h = *state;
	struct askers all;

	if (h->db == NULL)
		skip();
	for (size_t n = 1; n <= YB_GATHER; n++) { /* the texts of 6 and 20 are long ones */
		assert_int_equal(gather(h, &by_number, &all, n, keys, 10), 0);
		for (size_t i = 0; i < n; i++)
			assert_true(keys[i] < 0 ? all.at[i].rows.n == 0 :
						  is_shelf(&all.at[i].rows, keys[i]));
	}
	assert_int_equal(gather(h, &by_number, &all, 2, keys, 5), -EOVERFLOW);
	assert_int_equal(gather(h, &stranger, &all, 2, keys, 10), -EIO);
	assert_int_equal(gather(h, &broken, &all, 2, keys, 10), -EIO);
}

static void
a_text_that_is_equal_to_the_database_alone_is_given_to_nobody(void **state)
{
	const yb_value keys[] = { { .type = YB_T_TEXT, .u.text = YB_STR("name 5") },
		{ .type = YB_T_TEXT, .u.text = YB_STR("name 6 ") } };
	struct house *h = *state;
	struct ybh_asker five = { .key = &keys[0], .a = h->a, .limit = 10 };
	struct ybh_asker padded = { .key = &keys[1], .a = h->a, .limit = 10 };
	struct ybh_asker *const both[] = { &five, &padded };

	if (h->db == NULL)
		skip();
	assert_int_equal(ybh_db_gather(h->db, &by_name, both, 2), -EIO);
	assert_int_equal(padded.rows.n, 0);
	assert_int_equal(ybh_db_gather(h->db, &by_name, both, 1), 0);
	assert_true(is_shelf(&five.rows, 5));
}

static void
a_text_key_is_compared_by_its_bytes(void **state)
{
	static const yb_query loose = { .name = "loose",
		.sql = "SELECT k, i, name COLLATE utf8mb4_general_ci AS name, text FROM test_shelf"
		       " WHERE name = ?",
		.row = item_row, .row_size = sizeof(struct item), .nparams = 1,
		.tenant = YB_GLOBAL, .gathered = &by_name_many, .key = "name" };
	struct house *h = *state;
	char err[200] = "";

	if (h->db == NULL)
		skip();
	assert_int_equal(ybh_db_check(h->db, &by_name, err, sizeof err), 0);
	assert_int_equal(ybh_db_check(h->db, &loose, err, sizeof err), -EINVAL);
	assert_non_null(strstr(err, "by its bytes"));
}

static void
more_rows_than_there_was_room_for_are_all_kept(void **state)
{
	const int64_t keys[] = { 200, 6, 201 };
	struct house *h = *state;
	struct askers all;

	if (h->db == NULL)
		skip();
	assert_int_equal(ybh_db_script(h->db,
	    YB_STR("INSERT INTO test_shelf SELECT 200 + a.seq, b.seq, 'long', CONCAT(a.seq, ' ', b.seq)"
		   "  FROM seq_0_to_1 a JOIN seq_1_to_100 b")), 0);
	assert_int_equal(gather(h, &by_number, &all, 3, keys, 100), 0);
	assert_true(is_shelf(&all.at[1].rows, 6));
	for (int64_t j = 0; j <= 1; j++) {
		const struct item *at = all.at[2 * j].rows.items;

		assert_int_equal(all.at[2 * j].rows.n, 100);
		for (int64_t i = 0; i < 100; i++) {
			char want[16];

			(void)snprintf(want, sizeof want, "%lld %lld", (long long)j, (long long)i + 1);
			assert_int_equal(at[i].i, i + 1);
			assert_true(yb_str_is(at[i].text, want));
		}
	}
	assert_int_equal(gather(h, &by_number, &all, 3, keys, 99), -EOVERFLOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_gets_its_own_rows_by_fewer_statements),
		cmocka_unit_test(text_that_is_equal_to_the_database_alone_is_found),
		cmocka_unit_test(what_does_not_work_together_is_asked_for_alone),
		cmocka_unit_test(who_is_cut_off_from_the_database_fails_alone),
		cmocka_unit_test(everybody_gets_its_own_row_and_the_rows_under_it),
		cmocka_unit_test(what_is_not_there_and_what_is_not_for_them_cost_the_same),
		cmocka_unit_test(in_a_transaction_the_rows_under_a_row_are_read_in_it),
		cmocka_unit_test(a_key_of_another_type_is_asked_for_alone),
		cmocka_unit_test(who_has_waited_too_long_for_a_turn_asks_alone),
		cmocka_unit_test(in_a_transaction_nobody_else_is_asked_for),
		cmocka_unit_test(a_row_goes_to_all_who_asked_for_it_and_to_nobody_else),
		cmocka_unit_test(a_text_that_is_equal_to_the_database_alone_is_given_to_nobody),
		cmocka_unit_test(a_text_key_is_compared_by_its_bytes),
		cmocka_unit_test(more_rows_than_there_was_room_for_are_all_kept),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
