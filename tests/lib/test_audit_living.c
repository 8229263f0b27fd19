/* The access log while it grows: writers, sealer and verifier at the same time. */
#include "../support/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../audit/log_fixture.h"
#include "log.h"

static struct fixture fx;
static char out[FIXTURE_OUT];

#define PACE_US 2000 /* a verifier that is slower than four writers would never be done */

static atomic_bool stop;

static void *
writer(void *arg)
{
	struct ybh_keeper *k = fixture_keeper_new(&fx);
	struct ybh_chain *c = ybh_chain_new(k, "host/main/1/t");
	struct ybh_db *db = fixture_connect(&fx);
	struct yb_arena *a = ybh_arena_new(1u << 16, 1u << 24);

	(void)arg;
	for (unsigned n = 1; !atomic_load(&stop); n++) {
		struct ybh_event e = fixture_event(a, n);

		if (n % 3 == 0 && ybh_db_begin(db) != 0)
			abort();
		if (ybh_chain_append(c, db, a, &e, 1) != 0)
			abort();
		if (n % 6 == 0) {
			ybh_db_rollback(db);
			ybh_chain_settle(c, YBH_ROLLED_BACK);
		} else if (n % 3 == 0) {
			ybh_chain_settle(c, ybh_db_commit(db) == 0 ? YBH_COMMITTED : YBH_UNKNOWN);
		}
		if (n % 200 == 0) { /* the thread ends, another begins */
			ybh_chain_free(c, db);
			c = ybh_chain_new(k, "host/main/1/t");
		}
		ybh_arena_reset(a);
		(void)usleep(PACE_US);
	}
	ybh_chain_free(c, db);
	ybh_arena_free(a);
	ybh_db_free(db);
	ybh_keeper_free(k);
	return NULL;
}

static void *
sealer(void *arg)
{
	struct ybh_sealer *s = fixture_sealer(&fx);
	struct ybh_db *db = fixture_connect(&fx);

	(void)arg;
	while (!atomic_load(&stop)) {
		if (ybh_sealer_round(s, db) < 0)
			abort();
		(void)usleep(5000);
	}
	ybh_sealer_free(s);
	ybh_db_free(db);
	return NULL;
}

static void
a_living_log_verifies_whole_while_it_grows(void **state)
{
	struct ybh_verify_report report = { 0 };
	int64_t findings = 0;
	pthread_t t[5];

	atomic_store(&stop, false);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(pthread_create(&t[i], NULL, i == 0 ? sealer : writer, NULL), 0);
	for (unsigned i = 0; i < 12 && findings == 0; i++) {
		findings = fixture_verify(&fx, out, &report);
		(void)usleep(100000);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < 5; i++)
		(void)pthread_join(t[i], NULL);
	if (findings != 0)
		fail_msg("findings:\n%s", out);
	assert_true(report.events > 100 && report.leaves > 10 && report.checkpoints > 5);
	assert_int_equal(fixture_verify(&fx, out, &report), 0);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_living_log_verifies_whole_while_it_grows),
	};
	int rc = fixture_start(&fx);

	if (rc == 0)
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	fixture_stop(&fx);
	return rc < 0 ? 1 : rc;
}
