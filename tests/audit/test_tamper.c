/*
 * tamper.c - a whole log is changed in one random way, verified, and put back; some hundred
 * times. Every change must be found, and named by its kind, chain and number.
 *
 *	tamper [SEED [ROUNDS]]		prints TAP
 *
 * The triggers of audit_event are not there: whoever tampers has dropped them.
 */
#include "tamper.h"

#include <stdlib.h>
#include <string.h>

static char out[FIXTURE_OUT];

/* ---- the log they are made to ---- */

static void
must(bool good, const char *what)
{
	if (good)
		return;
	(void)printf("Bail out! %s\n", what);
	fixture_stop(&fx);
	exit(99);
}

/* Six chains, several seals, some chains closed, an end that is not sealed yet. */
static void
log_make(void)
{
	struct ybh_sealer *s = fixture_sealer(&fx);
	struct ybh_chain *c[TAMPER_CHAINS];
	unsigned n = 0;

	for (size_t i = 0; i < TAMPER_CHAINS; i++)
		must((c[i] = ybh_chain_new(fx.keeper, "host/main/1/1")) != NULL, "memory");
	for (unsigned round = 0; round < 7; round++) {
		for (unsigned k = 0; k < 30; k++, n++) {
			struct ybh_event e = fixture_event(fx.a, n);
			size_t i = k < TAMPER_CHAINS ? k : (size_t)tamper_dice(TAMPER_CHAINS);

			must(ybh_chain_append(c[i], fx.db, fx.a, &e, 1) == 0, "append");
		}
		if (round == 5) {
			ybh_chain_free(c[0], fx.db);
			ybh_chain_free(c[1], fx.db);
			c[0] = ybh_chain_new(fx.keeper, "host/main/2/1");
			c[1] = ybh_chain_new(fx.keeper, "host/main/2/1");
		}
		if (round < 6)
			must(ybh_sealer_round(s, fx.db) > 0, "seal");
	}
	for (size_t i = 0; i < TAMPER_CHAINS; i++)
		ybh_chain_free(c[i], NULL);
	ybh_sealer_free(s);
}

static const char *const tables[] = { "event", "chain", "leaf", "checkpoint" };

static void
log_keep(const char *file)
{
	for (size_t i = 0; i < 4; i++)
		fixture_sql(&fx,
		    "CREATE TABLE whole_%s LIKE audit_%s; INSERT INTO whole_%s SELECT *"
		    " FROM audit_%s",
		    tables[i], tables[i], tables[i], tables[i]);
	fixture_copy(fx.checkpoints, file);
}

static void
log_restore(const char *file)
{
	for (size_t i = 0; i < 4; i++)
		fixture_sql(&fx,
		    "DELETE FROM audit_%s; INSERT INTO audit_%s SELECT * FROM whole_%s", tables[i],
		    tables[i], tables[i]);
	fixture_copy(file, fx.checkpoints);
	ybh_arena_reset(fx.a);
}

/* The change of this round: each kind once, then by weight. */
static size_t
choose(unsigned round)
{
	unsigned kinds = 0, sum = 0, at;

	for (const struct tamper_change *c = tamper_changes; c->name != NULL; c++, kinds++)
		sum += c->weight;
	if (round < kinds)
		return round;
	at = (unsigned)tamper_dice(sum);
	for (size_t i = 0;; i++) {
		if (at < tamper_changes[i].weight)
			return i;
		at -= tamper_changes[i].weight;
	}
}

static bool
round_passes(unsigned round, size_t kind)
{
	struct ybh_verify_report report;
	bool good;

	tamper_n = 0;
	tamper_changes[kind].make();
	good = fixture_verify(&fx, out, &report) > 0 ||
	       (tamper_n == 1 && tamper_expected[0][0] == '\0' && report.findings == 0);
	for (size_t i = 0; i < tamper_n; i++)
		good = good && strstr(out, tamper_expected[i]) != NULL;
	(void)printf("%s %u - %s\n", good ? "ok" : "not ok", round + 1, tamper_changes[kind].name);
	if (good)
		return true;
	(void)printf("# %s\n", tamper_done);
	for (size_t i = 0; i < tamper_n; i++)
		(void)printf("# expected: %s\n", tamper_expected[i]);
	(void)printf("# findings:\n%s", out);
	return false;
}

int
main(int argc, char **argv)
{
	unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 300, failed = 0;
	struct ybh_verify_report report;
	char file[128];
	int rc = fixture_start(&fx);

	tamper_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20260420;
	if (rc != 0) {
		fixture_stop(&fx);
		(void)printf("1..0 # SKIP no mariadbd, or it did not start\n");
		return rc == 77 ? 77 : 99;
	}
	(void)snprintf(file, sizeof file, "%s.whole", fx.checkpoints);
	log_make();
	must(fixture_verify(&fx, out, &report) == 0, out);
	log_keep(file);
	(void)printf(
	    "1..%u\n# %llu events in %llu chains, %llu leaves, %llu checkpoints; seed %s\n",
	    rounds + 1, (unsigned long long)report.events, (unsigned long long)report.chains,
	    (unsigned long long)report.leaves, (unsigned long long)report.checkpoints,
	    argc > 1 ? argv[1] : "20260420");
	for (unsigned i = 0; i < rounds; i++) {
		failed += round_passes(i, choose(i)) ? 0 : 1;
		log_restore(file);
	}
	rc = fixture_verify(&fx, out, &report) == 0 ? 0 : 1;
	(void)printf("%s %u - put back, the log is whole\n", rc == 0 ? "ok" : "not ok", rounds + 1);
	fixture_stop(&fx);
	return failed > 0 || rc != 0 ? 1 : 0;
}
