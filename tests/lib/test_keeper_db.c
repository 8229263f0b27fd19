/* yobo-keeper and its database: chains, revocations, and the calls of an area. */
#include "unit.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "crypto.h"
#include "internal.h"
#include "keeper_fixture.h"
#include "token_parts.h"

struct chain_row {
	int64_t opened_us;
	yb_str host, kid;
	yb_bytes signature;
};

static const yb_field chain_row_fields[] = {
	{ "opened_us", YB_OF(struct chain_row, opened_us) },
	{ "host", YB_OF(struct chain_row, host) },
	{ "kid", YB_OF(struct chain_row, kid) },
	{ "signature", YB_OF(struct chain_row, signature) },
	{ 0 },
};

static const yb_query chain_row = {
	.name = "test_chain_row",
	.sql = "SELECT opened_us, host, kid, signature FROM audit_chain WHERE chain_id = ?",
	.row = chain_row_fields,
	.row_size = sizeof(struct chain_row),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static void
a_chain_opens_with_its_row(void **state)
{
	struct house *h = *state;
	struct ybh_chain_grant g;
	unsigned char mac[32], text[128], raw[64];
	const struct ybh_key *key;
	const struct chain_row *row;
	yb_list rows, keys;
	yb_value id = { .type = YB_T_I64 };
	EVP_PKEY *pkey;

	if (h->db == NULL)
		skip();
	assert_int_equal(ybh_keeper_chain_open(h->k, YB_STR("node/main/0/1"), &g), 0);
	assert_in_range(g.chain_id, 1, INT64_MAX);
	assert_int_equal(ybh_keeper_chain_key(h->k, g.chain_id, mac), 0);
	assert_memory_equal(mac, g.mac_key, 32);
	id.u.i64 = (int64_t)g.chain_id;
	assert_int_equal(ybh_db_run(h->db, &chain_row, &id, 1, h->a, 2, &rows, NULL), 0);
	assert_int_equal(rows.n, 1);
	row = rows.items;
	assert_text(row->host, "node/main/0/1");
	assert_int_equal(row->opened_us, g.opened_us);
	assert_int_equal(row->signature.len, g.signature_len);
	assert_memory_equal(row->signature.p, g.signature, g.signature_len);
	keys = keys_now(h);
	key = key_in(&keys, YBH_KEY_CHECKPOINT, YBH_KEY_CURRENT);
	assert_true(yb_str_eq(row->kid, key->kid));
	pkey = ybh_p256_public(key->public_pem);
	assert_int_equal(ybh_es256_raw(g.signature, g.signature_len, raw), 0);
	assert_int_equal(ybh_es256_verify(pkey, text,
			     ybh_chain_statement(g.chain_id, g.opened_us, row->host, text), raw),
	    YBH_TOKEN_OK);
	assert_int_equal(
	    ybh_es256_verify(
		pkey, text, ybh_chain_statement(g.chain_id + 1, g.opened_us, row->host, text), raw),
	    YBH_TOKEN_INVALID);
	EVP_PKEY_free(pkey);
	assert_int_equal(ybh_keeper_chain_open(h->k, YB_STR("a\nb"), &g), -EPROTO);
	assert_int_equal(ybh_keeper_chain_open(h->k, YB_STR(""), &g), -EPROTO);
}

static void
a_revocation_in_the_table_reaches_the_verifier(void **state)
{
	struct house *h = *state;
	struct ybh_tokens *t = verifier(h);
	yb_token_facts facts;
	char sql[512], hex[80];
	yb_str token, other;
	int64_t far_us = ybh_now_us() + 1000000000;

	if (h->db == NULL)
		skip();
	assert_int_equal(sign(h, YBH_KEY_ISSUED, 86400, &token), 0);
	assert_int_equal(sign(h, YBH_KEY_ISSUED, 86400, &other), 0);
	assert_int_equal(ybh_tokens_refresh(t, h->db, h->a), 0);
	assert_int_equal(
	    ybh_token_verify(t, h->a, token, (yb_str){ NULL, 0 }, ybh_now_us(), &facts),
	    YBH_TOKEN_OK);
	(void)ybh_hex(facts.jti_sha256.p, 32, hex);
	(void)snprintf(sql, sizeof(sql),
	    "INSERT INTO core_revocation VALUES"
	    " (1, 1, x'%s', %lld, %lld), (2, 1, x'00', 1, 2)",
	    hex, (long long)ybh_now_us(), (long long)far_us);
	assert_int_equal(ybh_db_script(h->db, yb_cstr(sql)), 0);
	assert_int_equal(verdict(h, t, token), YBH_TOKEN_OK);
	assert_int_equal(ybh_tokens_refresh(t, h->db, h->a), 0);
	assert_int_equal(ybh_revoked_count(ybh_tokens_revoked(t)), 1); /* one had ended */
	assert_int_equal(verdict(h, t, token), YBH_TOKEN_INVALID);
	assert_int_equal(verdict(h, t, other), YBH_TOKEN_OK);
	(void)snprintf(sql, sizeof(sql),
	    "INSERT INTO core_revocation VALUES"
	    " (3, 3, '131016', %lld, %lld)",
	    (long long)ybh_now_us(), (long long)far_us);
	assert_int_equal(ybh_db_script(h->db, yb_cstr(sql)), 0);
	assert_int_equal(ybh_tokens_refresh(t, h->db, h->a), 0);
	assert_int_equal(verdict(h, t, other), YBH_TOKEN_INVALID);
	assert_int_equal(ybh_db_script(h->db, YB_STR("DELETE FROM core_revocation")), 0);
	ybh_tokens_free(t);
}

/* What the area that hands tokens out calls (yb/token.h), on a request made by hand. */
static void
an_area_makes_reads_and_revokes(void **state)
{
	struct house *h = *state;
	struct ybh_process p = { .tokens = verifier(h), .base_url = KEEPER_ISSUER };
	struct ybh_thread t = { .process = &p, .db = h->db, .keeper = h->k, .arena = h->a };
	struct yb_req r = { .t = &t, .p = &p, .arena = h->a, .now = { ybh_now_us() } };
	const yb_token_claims bound = { .cls = YB_TOKEN_ACCESS,
		.sub = YB_STR("C-1"),
		.client_id = YB_STR("C-1"),
		.org = YB_STR("13\"1016"),
		.scope = YB_STR("a b"),
		.lifetime_s = 600,
		.cnf_x5t_s256 = YB_STR("bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg0") };
	yb_token_claims issued = bound;
	yb_token_made made;
	yb_token_facts facts;

	issued.cls = YB_TOKEN_ISSUED;
	issued.lifetime_s = 365 * 86400;
	issued.cnf_x5t_s256 = (yb_str){ NULL, 0 };
	assert_int_equal(yb_token_make(&r, &bound, &made), 0);
	assert_int_equal(made.exp.us - made.iat.us, 600000000);
	assert_int_equal(made.jti.len, 22);
	assert_int_equal(yb_token_read(&r, made.token, &facts), 0);
	assert_true(facts.active);
	assert_true(yb_str_eq(facts.jti, made.jti));
	assert_text(facts.org, "13\"1016");
	assert_true(yb_str_eq(facts.cnf_x5t_s256, bound.cnf_x5t_s256));
	assert_int_equal(verdict(h, p.tokens, made.token), YBH_TOKEN_INVALID); /* no certificate */
	assert_int_equal(yb_token_make(&r, &issued, &made), 0);
	assert_int_equal(yb_token_read(&r, made.token, &facts), 0);
	assert_int_equal(facts.cls, YB_TOKEN_ISSUED);
	assert_memory_equal(facts.jti_sha256.p, made.jti_sha256.p, 32);
	if (h->db != NULL) {
		assert_int_equal(yb_token_revoke(&r, YB_REVOKE_JTI, made.jti_sha256, made.exp), 0);
		assert_int_equal(yb_token_revoke(&r, YB_REVOKE_CLIENT,
				     (yb_bytes){ (const unsigned char *)"C-9", 3 }, (yb_time){ 0 }),
		    0);
		assert_int_equal(ybh_tokens_refresh(p.tokens, h->db, h->a), 0);
		assert_int_equal(ybh_revoked_count(ybh_tokens_revoked(p.tokens)), 2);
		assert_int_equal(yb_token_read(&r, made.token, &facts), 0);
		assert_false(facts.active);
	}
	assert_null(r.problem);
	issued.lifetime_s = 400 * 86400; /* the keeper refuses */
	assert_int_equal(yb_token_make(&r, &issued, &made), -1);
	assert_string_equal(r.problem, "E-SYS-002");
	ybh_tokens_free(p.tokens);
}

/* ---- what reads share ---- */

#define READERS 8
#define READS	60

struct reader {
	struct ybh_group *group;
	pthread_t thread;
	unsigned number;
	int failures;
};

static void *
reader_run(void *arg)
{
	struct reader *me = arg;
	char trace[16];

	for (unsigned i = 0; i < READS; i++) {
		struct ybh_event e[2] = { { .at_us = ybh_now_us(), .operation = YB_STR("getTimeline"),
			.action = YB_ACT_VIEW, .ok = true } };

		(void)snprintf(trace, sizeof trace, "R%u-%u", me->number, i);
		e[0].trace_id = yb_cstr(trace);
		e[1] = e[0];
		if (ybh_group_append(me->group, e, 1 + i % 2) != 0)
			me->failures++;
	}
	return NULL;
}

struct group_row {
	int64_t chains, events, traces, gaps;
};

static const yb_field group_row_fields[] = {
	{ "chains", YB_OF(struct group_row, chains) },
	{ "events", YB_OF(struct group_row, events) },
	{ "traces", YB_OF(struct group_row, traces) },
	{ "gaps", YB_OF(struct group_row, gaps) },
	{ 0 },
};

static const yb_query group_row = {
	.name = "test_group_row",
	.sql = "SELECT COUNT(DISTINCT chain_id) AS chains, COUNT(*) AS events,"
	       " COUNT(DISTINCT trace_id) AS traces, MAX(seq) - COUNT(*) AS gaps"
	       " FROM audit_event WHERE operation = 'getTimeline'",
	.row = group_row_fields,
	.row_size = sizeof(struct group_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

static void
reads_of_many_threads_share_one_chain_and_its_commits(void **state)
{
	struct house *h = *state;
	struct ybh_db_conf conf = { .socket = h->db_socket, .name = "yobo", .user = "root",
		.password = "" };
	struct ybh_group *group = ybh_group_new(&conf, h->socket, "node/main/1/reads");
	struct reader readers[READERS];
	struct ybh_event last = { .at_us = ybh_now_us(), .operation = YB_STR("getVaccination"),
		.action = YB_ACT_VIEW, .ok = true };
	struct ybh_verify_report report;
	const struct group_row *row;
	yb_list rows;
	FILE *out;

	if (h->db == NULL)
		skip();
	assert_non_null(group);
	for (unsigned i = 0; i < READERS; i++) {
		readers[i] = (struct reader) { .group = group, .number = i };
		assert_int_equal(pthread_create(&readers[i].thread, NULL, reader_run, &readers[i]), 0);
	}
	for (unsigned i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
		assert_int_equal(readers[i].failures, 0);
	}
	assert_int_equal(ybh_db_run(h->db, &group_row, NULL, 0, h->a, 1, &rows, NULL), 0);
	row = rows.items;
	assert_int_equal(row->chains, 1);
	assert_int_equal(row->events, READERS * READS * 3 / 2);
	assert_int_equal(row->traces, READERS * READS);
	assert_int_equal(row->gaps, 0); /* the opening is record 0 */
	/* Left alone for long, the connection has been closed by the server. */
	assert_int_equal(ybh_db_script(h->db, YB_STR("SET GLOBAL wait_timeout = 1")), 0);
	ybh_group_free(group);
	group = ybh_group_new(&conf, h->socket, "node/main/1/reads");
	assert_non_null(group);
	assert_int_equal(ybh_group_append(group, &last, 1), 0);
	(void)sleep(6);
	assert_int_equal(ybh_group_append(group, &last, 1), 0);
	assert_int_equal(ybh_db_script(h->db, YB_STR("SET GLOBAL wait_timeout = 28800")), 0);
	ybh_group_free(group);
	out = tmpfile();
	assert_non_null(out);
	assert_int_equal(ybh_audit_verify(h->db, h->k, NULL, out, &report), 0);
	(void)fclose(out);
	assert_int_equal(report.findings, 0);
}

static void
without_the_database_chains_wait_and_tokens_do_not(void **state)
{
	struct house *h = *state;
	struct ybh_db_conf conf = { .socket = h->db_socket, .name = "yobo", .user = "root",
		.password = "" };
	struct ybh_event event = { .at_us = ybh_now_us(), .operation = YB_STR("getTimeline"),
		.action = YB_ACT_VIEW, .ok = true };
	struct ybh_tokens *t = verifier(h);
	struct ybh_group *group;
	struct ybh_chain_grant g;
	yb_str token;

	if (h->db == NULL)
		skip();
	assert_int_equal(sign(h, YBH_KEY_ACCESS, 600, &token), 0);
	assert_int_equal(ybh_tokens_refresh(t, h->db, h->a), 0);
	group = ybh_group_new(&conf, h->socket, "node/main/2/reads");
	assert_non_null(group);
	assert_int_equal(ybh_group_append(group, &event, 1), 0);
	database_stop(h);
	assert_true(ybh_group_append(group, &event, 1) < 0);
	ybh_group_free(group);
	assert_int_equal(ybh_keeper_chain_open(h->k, YB_STR("node"), &g), -ECONNREFUSED);
	assert_int_equal(sign(h, YBH_KEY_ACCESS, 600, &token), 0);
	assert_true(ybh_tokens_refresh(t, h->db, h->a) < 0);
	assert_int_equal(verdict(h, t, token), YBH_TOKEN_OK); /* for 5 s */
	ybh_revoked_fresh(ybh_tokens_revoked(t), ybh_mono_us() - 5000001);
	assert_int_equal(verdict(h, t, token), YBH_TOKEN_UNSURE);
	ybh_tokens_free(t);
}

int
main(void)
{
	const struct CMUnitTest shared[] = {
		cmocka_unit_test(a_chain_opens_with_its_row),
		cmocka_unit_test(a_revocation_in_the_table_reaches_the_verifier),
		cmocka_unit_test(an_area_makes_reads_and_revokes),
		cmocka_unit_test(reads_of_many_threads_share_one_chain_and_its_commits),
		cmocka_unit_test(without_the_database_chains_wait_and_tokens_do_not),
	};

	return cmocka_run_group_tests(shared, house_begin, house_end);
}
