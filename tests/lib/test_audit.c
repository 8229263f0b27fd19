/*
 * The access log: chains (audit_chain.c), seals (audit_seal.c), and what the verifier says of a
 * log that honest crashes went over. What it says of dishonest ones is tests/audit/tamper.c.
 */
#include "../support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../audit/log_fixture.h"
#include "clock.h"
#include "crypto.h"
#include "log.h"

static struct fixture fx;
static char out[FIXTURE_OUT];

static void
assert_whole(uint64_t events)
{
	struct ybh_verify_report report;

	if (fixture_verify(&fx, out, &report) != 0)
		fail_msg("findings:\n%s", out);
	assert_int_equal(report.events, events);
}

/* Whether the verifier says exactly these findings, one substring each. */
static void
assert_found(const char *a, const char *b)
{
	struct ybh_verify_report report;
	int64_t n = fixture_verify(&fx, out, &report);

	if (strstr(out, a) == NULL || (b != NULL && strstr(out, b) == NULL) ||
	    n != (b == NULL ? 1 : 2))
		fail_msg("expected %s and %s, got %lld:\n%s", a, b == NULL ? "no more" : b,
		    (long long)n, out);
}

static struct ybh_chain *
chain_with(unsigned events)
{
	struct ybh_chain *c = ybh_chain_new(fx.keeper, "host/main/1/1");

	for (unsigned i = 0; i < events; i++) {
		struct ybh_event e = fixture_event(fx.a, i);

		assert_int_equal(ybh_chain_append(c, fx.db, fx.a, &e, 1), 0);
	}
	return c;
}

static void
append(struct ybh_chain *c, unsigned n)
{
	struct ybh_event e = fixture_event(fx.a, n);

	assert_int_equal(ybh_chain_append(c, fx.db, fx.a, &e, 1), 0);
}

static int
clear(void **state)
{
	(void)state;
	fixture_keeper_away(false);
	fixture_clear(&fx);
	return 0;
}

/* ---- chains ---- */

static void
appended_events_verify_whole(void **state)
{
	struct ybh_chain *c = chain_with(20);
	struct ybh_event many[7];

	for (unsigned i = 0; i < 7; i++)
		many[i] = fixture_event(fx.a, 100 + i);
	assert_int_equal(ybh_chain_append(c, fx.db, fx.a, many, 7), 0);
	assert_whole(1 + 20 + 7);
	ybh_chain_free(c, fx.db);
	assert_whole(1 + 20 + 7 + 1);
	assert_int_equal(
	    fixture_number(&fx, "SELECT COUNT(*) AS n FROM audit_event WHERE seq = 28 AND"
				" operation = 'CLOSE' AND target_type = 'chain'"),
	    1);
	(void)state;
}

static void
a_chain_without_events_leaves_nothing(void **state)
{
	struct ybh_chain *c = ybh_chain_new(fx.keeper, "host/main/1/1");

	assert_int_equal(ybh_chain_append(c, fx.db, fx.a, NULL, 0), 0);
	ybh_chain_free(c, fx.db);
	ybh_chain_free(NULL, NULL);
	assert_whole(0);
	(void)state;
}

static void
what_is_rolled_back_is_forgotten(void **state)
{
	struct ybh_chain *c = ybh_chain_new(fx.keeper, "host/main/1/1");

	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(ybh_db_begin(fx.db), 0);
		append(c, i);
		append(c, i + 100);
		if (i % 2 == 0) {
			ybh_db_rollback(fx.db);
			ybh_chain_settle(c, YBH_ROLLED_BACK);
		} else {
			assert_int_equal(ybh_db_commit(fx.db), 0);
			ybh_chain_settle(c, YBH_COMMITTED);
		}
	}
	ybh_chain_free(c, NULL); /* a crash: no CLOSE */
	assert_whole(1 + 6);
	assert_int_equal(fixture_number(&fx, "SELECT COUNT(*) AS n FROM audit_chain"), 1);
	(void)state;
}

static void
an_unknown_outcome_costs_the_chain_and_nothing_else(void **state)
{
	struct ybh_chain *c = chain_with(2);

	for (int committed = 0; committed < 2; committed++) {
		assert_int_equal(ybh_db_begin(fx.db), 0);
		append(c, 7);
		if (committed)
			assert_int_equal(ybh_db_commit(fx.db), 0);
		else
			ybh_db_rollback(fx.db);
		ybh_chain_settle(c, YBH_UNKNOWN);
		append(c, 8);
	}
	/* Nobody said what became of this one. */
	assert_int_equal(ybh_db_begin(fx.db), 0);
	append(c, 9);
	ybh_db_rollback(fx.db);
	append(c, 10);
	ybh_chain_free(c, fx.db);
	assert_int_equal(fixture_number(&fx, "SELECT COUNT(*) AS n FROM audit_chain"), 4);
	assert_whole(3 + 2 + 3 + 3);
	(void)state;
}

static void
a_killed_connection_loses_no_event_that_was_told_as_kept(void **state)
{
	struct ybh_chain *c = chain_with(3);
	struct ybh_event e = fixture_event(fx.a, 4);
	struct ybh_db *db = fixture_connect(&fx);
	int64_t id;

	assert_int_equal(ybh_db_begin(db), 0);
	assert_int_equal(ybh_chain_append(c, db, fx.a, &e, 1), 0);
	id = fixture_number(&fx, "SELECT trx_mysql_thread_id AS n"
				 " FROM information_schema.innodb_trx LIMIT 1");
	fixture_sql(&fx, "KILL CONNECTION %lld", (long long)id);
	(void)usleep(50000);
	assert_int_equal(ybh_db_commit(db), -ECONNRESET);
	ybh_chain_settle(c, YBH_UNKNOWN);
	assert_int_equal(ybh_chain_append(c, db, fx.a, &e, 1), 0);
	ybh_chain_free(c, db);
	ybh_db_free(db);
	assert_whole(4 + 3);
	(void)state;
}

/* A copy of record `seq` of the only chain, as number `to`. */
static void
plant(int seq, int to)
{
	fixture_sql(&fx,
	    "INSERT INTO audit_event SELECT chain_id, %d, rec, hash, mac, at_us, actor_kind, actor,"
	    " org_id, org_code, `function`, operation, action, subject_no, target_type, target_id,"
	    " purpose, ok, error_id, row_count, trace_id FROM audit_event WHERE seq = %d", to, seq);
}

static void
a_planted_record_costs_the_chain_not_the_event(void **state)
{
	struct ybh_chain *c = chain_with(3);
	struct ybh_event many[3];

	plant(3, 5);
	for (unsigned i = 0; i < 3; i++)
		many[i] = fixture_event(fx.a, 10 + i);
	/* The second of the three meets it: none of the statement's rows may stay. */
	assert_int_equal(ybh_chain_append(c, fx.db, fx.a, many, 3), 0);
	assert_int_equal(fixture_number(&fx, "SELECT COUNT(*) AS n FROM audit_event"), 4 + 1 + 4);
	assert_int_equal(fixture_number(&fx, "SELECT COUNT(*) AS n FROM audit_event"
					     " WHERE chain_id = 1 AND seq = 4"),
	    0);
	ybh_chain_free(c, NULL);
	assert_int_not_equal(fixture_verify(&fx, out, &(struct ybh_verify_report) { 0 }), 0);
	assert_non_null(strstr(out, "TAMPER_CONTENT chain=1 seq=5 column seq "));
	assert_null(strstr(out, "chain=2"));
	(void)state;
}

static void
a_planted_record_met_within_a_transaction_is_survived(void **state)
{
	struct ybh_chain *c = chain_with(1);

	assert_int_equal(ybh_db_begin(fx.db), 0);
	append(c, 2);
	plant(1, 3);
	append(c, 3);
	assert_int_equal(ybh_db_commit(fx.db), 0);
	ybh_chain_settle(c, YBH_COMMITTED);
	append(c, 4);
	ybh_chain_free(c, fx.db);
	fixture_sql(&fx, "DELETE FROM audit_event WHERE chain_id = 1 AND seq = 3");
	assert_whole(3 + 4);
	(void)state;
}

static void
without_the_keeper_nothing_is_appended(void **state)
{
	struct ybh_chain *c = ybh_chain_new(fx.keeper, "host/main/1/1");
	struct ybh_event e = fixture_event(fx.a, 1);

	fixture_keeper_away(true);
	assert_int_equal(ybh_chain_append(c, fx.db, fx.a, &e, 1), -ECONNREFUSED);
	assert_false(ybh_db_in_transaction(fx.db));
	fixture_keeper_away(false);
	append(c, 1);
	/* An open chain needs the keeper no more. */
	fixture_keeper_away(true);
	append(c, 2);
	fixture_keeper_away(false);
	ybh_chain_free(c, fx.db);
	assert_whole(4);
	(void)state;
}

/* ---- seals ---- */

static void
round_of(struct ybh_sealer *s, int64_t leaves)
{
	assert_int_equal(ybh_sealer_round(s, fx.db), leaves);
}

static void
moved_heads_become_leaves_and_others_do_not(void **state)
{
	struct ybh_sealer *s = fixture_sealer(&fx);
	struct ybh_chain *a = chain_with(3), *b = chain_with(5);

	round_of(s, 2);
	round_of(s, 0);
	append(a, 9);
	round_of(s, 1);
	ybh_chain_free(a, fx.db);
	append(b, 9);
	round_of(s, 2);
	round_of(s, 0);
	ybh_sealer_free(s);
	s = fixture_sealer(&fx); /* a new one goes on where the old one was */
	round_of(s, 0);
	append(b, 10);
	ybh_chain_free(b, NULL);
	round_of(s, 1);
	ybh_sealer_free(s);
	assert_int_equal(fixture_number(&fx, "SELECT COUNT(*) AS n FROM audit_checkpoint"), 4);
	assert_int_equal(fixture_number(&fx, "SELECT MAX(size) AS n FROM audit_checkpoint"), 6);
	assert_whole(6 + 8);
	(void)state;
}

static void
a_note_is_a_signed_checkpoint(void **state)
{
	struct ybh_sealer *s = fixture_sealer(&fx);
	struct ybh_chain *c = chain_with(1);
	struct ybh_note_file nf;
	struct ybh_note again;
	uint64_t notes;

	round_of(s, 1);
	append(c, 2);
	round_of(s, 1);
	ybh_chain_free(c, NULL);
	ybh_sealer_free(s);
	assert_int_equal(ybh_note_file_open(&nf, fx.checkpoints, 0), 0);
	for (uint64_t size = 1; size <= 2; size++) {
		assert_int_equal(ybh_note_file_next(&nf), 1);
		assert_int_equal(nf.note.size, size);
		assert_true(yb_str_is(nf.note.origin, "yobo.example/audit"));
		assert_false(nf.torn);
		assert_int_equal(ybh_note_read(nf.text, &again), 0);
		assert_int_equal(again.len, nf.text.len);
	}
	assert_int_equal(ybh_note_file_next(&nf), 0);
	assert_false(nf.unfinished);
	ybh_note_file_close(&nf);
	assert_int_equal(ybh_sealed_notes(fx.checkpoints, "yobo.example/audit", &notes), 0);
	assert_int_equal(notes, 2);
	assert_int_equal(ybh_sealed_notes(fx.checkpoints, "yobo.example/other", &notes), 0);
	assert_int_equal(notes, 0);
	assert_int_equal(ybh_sealed_notes("/nowhere/checkpoints", "yobo.example/audit", &notes), 0);
	assert_int_equal(notes, 0);
	(void)state;
}

/* Seals some, keeps the state of then, seals once more. */
static void
two_states(char *older, size_t size)
{
	struct ybh_sealer *s = fixture_sealer(&fx);
	struct ybh_chain *a = chain_with(2), *b = chain_with(2);

	(void)snprintf(older, size, "%s.older", fx.state);
	round_of(s, 2);
	append(a, 3);
	round_of(s, 1);
	fixture_copy(fx.state, older);
	append(a, 4);
	append(b, 4);
	round_of(s, 2);
	ybh_chain_free(a, NULL);
	ybh_chain_free(b, NULL);
	ybh_sealer_free(s);
}

static void
sealing_goes_on(int64_t leaves)
{
	struct ybh_sealer *s = fixture_sealer(&fx);
	struct ybh_chain *c;

	assert_non_null(s);
	round_of(s, leaves);
	round_of(s, 0);
	c = chain_with(1);
	round_of(s, 1);
	ybh_chain_free(c, NULL);
	ybh_sealer_free(s);
}

static void
a_first_checkpoint_is_there_before_its_file(void **state)
{
	struct ybh_chain *c = chain_with(2);
	struct ybh_sealer *s = fixture_sealer(&fx);

	round_of(s, 1);
	assert_int_equal(unlink(fx.checkpoints), 0);
	assert_whole(3);
	fixture_sql(&fx, "UPDATE audit_checkpoint SET at_us = at_us - 10000000");
	assert_int_equal(fixture_verify(&fx, out, &(struct ybh_verify_report) { 0 }), 1);
	assert_non_null(strstr(out, "BAD_CHECKPOINT the keeper's file is gone"));
	ybh_sealer_free(s);
	ybh_chain_free(c, NULL);
	(void)state;
}

/* Leaves the first n notes of the file. */
static void
file_keep(unsigned n)
{
	struct ybh_note_file nf;
	long size = 0;

	assert_int_equal(ybh_note_file_open(&nf, fx.checkpoints, 0), 0);
	while (n-- > 0) {
		assert_int_equal(ybh_note_file_next(&nf), 1);
		size += (long)nf.text.len;
	}
	ybh_note_file_close(&nf);
	assert_int_equal(truncate(fx.checkpoints, size), 0);
}

static void
a_crash_after_the_leaves_is_healed(void **state)
{
	char older[128];

	two_states(older, sizeof older);
	fixture_copy(older, fx.state);
	fixture_sql(&fx, "DELETE FROM audit_checkpoint WHERE size = 5");
	file_keep(2);
	sealing_goes_on(2); /* the two leaves are adopted, not written again */
	assert_int_equal(fixture_number(&fx, "SELECT COUNT(*) AS n FROM audit_leaf"), 6);
	assert_whole(9 + 2);
	(void)state;
}

static void
a_crash_after_the_state_is_healed(void **state)
{
	char older[128];

	two_states(older, sizeof older);
	fixture_sql(&fx, "DELETE FROM audit_checkpoint WHERE size = 5");
	file_keep(2);
	sealing_goes_on(0);
	assert_int_equal(fixture_number(&fx, "SELECT COUNT(*) AS n FROM audit_checkpoint"), 4);
	assert_whole(9 + 2);
	(void)state;
}

static void
a_note_torn_by_a_crash_is_written_again(void **state)
{
	char older[128];
	FILE *f;
	long size;

	for (long cut = 1; cut < 190; cut += 7) {
		fixture_clear(&fx);
		two_states(older, sizeof older);
		f = fopen(fx.checkpoints, "rb");
		(void)fseek(f, 0, SEEK_END);
		size = ftell(f);
		(void)fclose(f);
		assert_int_equal(truncate(fx.checkpoints, size - cut), 0);
		assert_whole(9);
		sealing_goes_on(0);
		assert_whole(9 + 2);
	}
	(void)state;
}

static void
refused(void)
{
	struct ybh_sealer *s = fixture_sealer(&fx);

	if (s == NULL)
		return; /* refused at once */
	assert_int_equal(ybh_sealer_round(s, fx.db), -EBADMSG);
	assert_int_equal(ybh_sealer_round(s, fx.db), -EBADMSG);
	ybh_sealer_free(s);
}

static void
the_sealer_refuses_what_is_not_its_tree(void **state)
{
	static const char *const harm[] = {
		"DELETE FROM audit_leaf WHERE n = 4",
		"DELETE FROM audit_leaf WHERE n = 1",
		"DELETE FROM audit_leaf",
		"UPDATE audit_leaf SET seq = seq - 1 WHERE n = 0",
		"UPDATE audit_leaf SET hash = REPEAT('x', 32) WHERE n = 4",
		"UPDATE audit_checkpoint SET root = REPEAT('x', 32) WHERE size = 5",
		"UPDATE audit_checkpoint SET size = 9 WHERE size = 5",
		"INSERT INTO audit_leaf VALUES (5, 1, 99, REPEAT('x', 32))",
		"INSERT INTO audit_leaf VALUES (6, 1, 1, REPEAT('x', 32))",
	};
	char older[128];

	for (size_t i = 0; i < sizeof harm / sizeof harm[0]; i++) {
		fixture_clear(&fx);
		two_states(older, sizeof older);
		fixture_sql(&fx, "%s", harm[i]);
		refused();
		assert_int_equal(
		    fixture_number(&fx, "SELECT COUNT(*) AS n FROM audit_checkpoint"), 3);
	}
	fixture_clear(&fx);
	two_states(older, sizeof older);
	fixture_copy(older, fx.state);
	refused();
	(void)unlink(fx.state);
	refused();
	(void)state;
}

static void
a_refusing_sealer_does_not_stop_in_the_middle(void **state)
{
	struct ybh_sealer *s = fixture_sealer(&fx);
	struct ybh_chain *c = chain_with(2);

	round_of(s, 1);
	append(c, 3);
	fixture_sql(&fx, "UPDATE audit_leaf SET seq = 0");
	assert_int_equal(ybh_sealer_round(s, fx.db), -EBADMSG);
	fixture_sql(&fx, "UPDATE audit_leaf SET seq = 2");
	round_of(s, 1);
	ybh_chain_free(c, NULL);
	ybh_sealer_free(s);
	assert_whole(4);
	(void)state;
}

/* ---- verifying without the keeper ---- */

static void
without_the_keeper_the_rest_is_still_verified(void **state)
{
	struct ybh_verify_report report;
	struct ybh_keeper *k = fx.keeper;
	struct ybh_chain *c = chain_with(4);

	ybh_chain_free(c, fx.db);
	fx.keeper = NULL;
	assert_int_equal(fixture_verify(&fx, out, &report), 0);
	fixture_sql(&fx, "UPDATE audit_event SET actor = 'someone' WHERE seq = 2");
	assert_found("TAMPER_CONTENT chain=1 seq=2 column actor", NULL);
	fx.keeper = k;
	fixture_keeper_away(true);
	assert_int_equal(fixture_verify(&fx, out, &report), -1);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(appended_events_verify_whole, clear),
		cmocka_unit_test_setup(a_chain_without_events_leaves_nothing, clear),
		cmocka_unit_test_setup(what_is_rolled_back_is_forgotten, clear),
		cmocka_unit_test_setup(an_unknown_outcome_costs_the_chain_and_nothing_else, clear),
		cmocka_unit_test_setup(
		    a_killed_connection_loses_no_event_that_was_told_as_kept, clear),
		cmocka_unit_test_setup(a_planted_record_costs_the_chain_not_the_event, clear),
		cmocka_unit_test_setup(
		    a_planted_record_met_within_a_transaction_is_survived, clear),
		cmocka_unit_test_setup(without_the_keeper_nothing_is_appended, clear),
		cmocka_unit_test_setup(moved_heads_become_leaves_and_others_do_not, clear),
		cmocka_unit_test_setup(a_note_is_a_signed_checkpoint, clear),
		cmocka_unit_test_setup(a_first_checkpoint_is_there_before_its_file, clear),
		cmocka_unit_test_setup(a_crash_after_the_leaves_is_healed, clear),
		cmocka_unit_test_setup(a_crash_after_the_state_is_healed, clear),
		cmocka_unit_test_setup(a_note_torn_by_a_crash_is_written_again, clear),
		cmocka_unit_test_setup(the_sealer_refuses_what_is_not_its_tree, clear),
		cmocka_unit_test_setup(a_refusing_sealer_does_not_stop_in_the_middle, clear),
		cmocka_unit_test_setup(without_the_keeper_the_rest_is_still_verified, clear),
	};
	int rc = fixture_start(&fx);

	if (rc == 0) {
		ybh_log_level((enum ybh_level)0); /* refusals are what we ask for here */
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	}
	fixture_stop(&fx);
	return rc < 0 ? 1 : rc;
}
