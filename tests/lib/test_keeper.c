/* yobo-keeper, as its peers meet it. */
#include "unit.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "crypto.h"
#include "internal.h"
#include "keeper_fixture.h"
#include "keeper_wire.h"
#include "token_parts.h"

static yb_str
kid_of(yb_str token)
{
	static char kid[YBH_TOKEN_KIDS];
	struct ybh_jws jws;

	assert_true(ybh_jws_split(token, &jws));
	assert_int_equal(ybh_gate_header(&jws, kid), YBH_TOKEN_OK);
	return (yb_str){ kid, sizeof(kid) };
}

static bool
stat_is(const char *path, mode_t mode)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & 07777) == mode;
}

/* ---- keys ---- */

static void
every_class_has_two_keys_from_the_first_start(void **state)
{
	struct house *h = *state;
	yb_list keys = keys_now(h);
	char path[256];

	assert_int_equal(keys.n, 10);
	assert_true(stat_is(h->keys, 0700));
	for (unsigned c = YBH_KEY_ISSUED; c <= YBH_KEY_EXCHANGE; c++) {
		assert_non_null(key_in(&keys, (enum ybh_key_class)c, YBH_KEY_CURRENT));
		assert_non_null(key_in(&keys, (enum ybh_key_class)c, YBH_KEY_NEXT));
	}
	(void)snprintf(path, sizeof(path), "%s/access-%.43s.pem", h->keys,
	    key_in(&keys, YBH_KEY_ACCESS, YBH_KEY_CURRENT)->kid.p);
	assert_true(stat_is(path, 0600));
	(void)snprintf(path, sizeof(path), "%s/state", h->keys);
	assert_true(stat_is(path, 0600));
	(void)snprintf(path, sizeof(path), "%s/master", h->keys);
	assert_true(stat_is(path, 0600));
	/* The same keys after a restart, and the client finds its way by itself. */
	assert_int_equal(keeper_stop(h), 0);
	assert_int_equal(
	    ybh_keeper_manage(h->k, "next", YBH_KEY_ACCESS, YB_STR("")), -ECONNREFUSED);
	keeper_start(h);
	for (size_t i = 0; i < keys.n; i++) {
		const struct ybh_key *k = (const struct ybh_key *)keys.items + i;
		yb_list again = keys_now(h);

		assert_true(yb_str_eq(key_in(&again, k->cls, k->state)->kid, k->kid));
	}
}

static void
what_it_signs_verifies(void **state)
{
	struct house *h = *state;
	struct ybh_tokens *t = verifier(h);
	yb_token_facts facts;
	yb_str token;

	for (unsigned c = YBH_KEY_ISSUED; c <= YBH_KEY_INTERNAL; c++) {
		assert_int_equal(sign(h, (enum ybh_key_class)c, 50, &token), 0);
		assert_int_equal(verdict(h, t, token), YBH_TOKEN_OK);
		assert_int_equal(
		    ybh_token_verify_libjwt(t, h->a, token, ybh_now_us(), &facts), YBH_TOKEN_OK);
		assert_int_equal(facts.cls, c);
	}
	ybh_tokens_free(t);
}

static void
claims_a_verifier_would_refuse_are_not_signed(void **state)
{
	struct house *h = *state;
	yb_str token = { NULL, 0 }, good = claims_now(h, YBH_KEY_ACCESS, 600);
	const char *other;

	assert_int_equal(ybh_keeper_sign(h->k, YBH_KEY_ACCESS, good, h->a, &token), 0);
	assert_int_equal(sign(h, YBH_KEY_ACCESS, 601, &token), -EPROTO);
	assert_int_equal(sign(h, YBH_KEY_INTERNAL, 61, &token), -EPROTO);
	assert_int_equal(sign(h, YBH_KEY_ISSUED, 367 * 86400, &token), -EPROTO);
	assert_int_equal(ybh_keeper_sign(h->k, YBH_KEY_ISSUED, good, h->a, &token), -EPROTO);
	other = strstr(good.p, "yobo.example");
	*(char *)(uintptr_t)other = 'x'; /* the arena's copy */
	assert_int_equal(ybh_keeper_sign(h->k, YBH_KEY_ACCESS, good, h->a, &token), -EPROTO);
	assert_int_equal(
	    ybh_keeper_sign(h->k, YBH_KEY_ACCESS, YB_STR("{}"), h->a, &token), -EPROTO);
	assert_int_equal(
	    ybh_keeper_sign(h->k, YBH_KEY_ACCESS, YB_STR("garbage"), h->a, &token), -EPROTO);
	assert_int_equal(
	    ybh_keeper_sign(h->k, YBH_KEY_ACCESS, (yb_str){ NULL, 0 }, h->a, &token), -EPROTO);
	assert_int_equal(sign(h, YBH_KEY_CHECKPOINT, 60, &token), -EACCES);
	assert_int_equal(ybh_keeper_sign(h->k, (enum ybh_key_class)9, good, h->a, &token), -EPROTO);
	assert_int_equal(sign(h, YBH_KEY_ACCESS, 600, &token), 0);
}

static void
after_a_rotation_old_tokens_live_on(void **state)
{
	struct house *h = *state;
	struct ybh_tokens *t = verifier(h);
	yb_list before = keys_now(h), after;
	const struct ybh_key *previous;
	char path[256], pem[1024] = "";
	yb_str token, newer, kid;
	FILE *f;

	assert_int_equal(sign(h, YBH_KEY_ACCESS, 600, &token), 0);
	assert_int_equal(verdict(h, t, token), YBH_TOKEN_OK);
	assert_int_equal(ybh_keeper_manage(h->k, "rotate", YBH_KEY_ACCESS, YB_STR("")), 0);
	assert_int_equal(sign(h, YBH_KEY_ACCESS, 600, &newer), 0);
	kid = kid_of(newer);
	assert_true(yb_str_eq(kid, key_in(&before, YBH_KEY_ACCESS, YBH_KEY_NEXT)->kid));
	/* A worker that has not asked for keys since already knows the one that was next. */
	assert_int_equal(verdict(h, t, newer), YBH_TOKEN_OK);
	after = keys_now(h);
	assert_int_equal(after.n, 11);
	previous = key_in(&after, YBH_KEY_ACCESS, YBH_KEY_PREVIOUS);
	assert_true(
	    yb_str_eq(previous->kid, key_in(&before, YBH_KEY_ACCESS, YBH_KEY_CURRENT)->kid));
	assert_in_range(previous->not_after.us, ybh_now_us() + 650000000, ybh_now_us() + 661000000);
	assert_int_equal(ybh_tokens_set_keys(t, &after), 0);
	assert_int_equal(verdict(h, t, token), YBH_TOKEN_OK);
	/* Its private half is gone, also from the disk, and also after a restart. */
	(void)snprintf(path, sizeof(path), "%s/access-%.43s.pem", h->keys, previous->kid.p);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_true(fread(pem, 1, sizeof(pem) - 1, f) > 0);
	(void)fclose(f);
	assert_non_null(strstr(pem, "PUBLIC KEY"));
	assert_null(strstr(pem, "PRIVATE"));
	assert_int_equal(keeper_stop(h), 0);
	keeper_start(h);
	after = keys_now(h);
	assert_int_equal(after.n, 11);
	/* Taken back in an emergency: the file goes, the tokens with it. */
	previous = key_in(&after, YBH_KEY_ACCESS, YBH_KEY_PREVIOUS);
	assert_int_equal(ybh_keeper_manage(h->k, "retire", YBH_KEY_ACCESS, previous->kid), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	after = keys_now(h);
	assert_int_equal(after.n, 10);
	assert_int_equal(ybh_tokens_set_keys(t, &after), 0);
	assert_int_equal(verdict(h, t, token), YBH_TOKEN_INVALID);
	assert_int_equal(verdict(h, t, newer), YBH_TOKEN_OK);
	ybh_tokens_free(t);
}

static void
a_retired_current_key_is_replaced(void **state)
{
	struct house *h = *state;
	yb_list before = keys_now(h), after;
	yb_str token;

	assert_int_equal(ybh_keeper_manage(h->k, "retire", YBH_KEY_ISSUED,
			     key_in(&before, YBH_KEY_ISSUED, YBH_KEY_CURRENT)->kid),
	    0);
	assert_int_equal(sign(h, YBH_KEY_ISSUED, 86400, &token), 0);
	assert_true(yb_str_eq(kid_of(token), key_in(&before, YBH_KEY_ISSUED, YBH_KEY_NEXT)->kid));
	after = keys_now(h);
	assert_int_equal(after.n, before.n);
	/* What makes no sense, and what would make the log unreadable. */
	assert_int_equal(ybh_keeper_manage(h->k, "retire", YBH_KEY_ISSUED, YB_STR("x")), -EPROTO);
	assert_int_equal(ybh_keeper_manage(h->k, "retire", YBH_KEY_ACCESS, kid_of(token)), -EPROTO);
	assert_int_equal(ybh_keeper_manage(h->k, "retire", YBH_KEY_CHECKPOINT,
			     key_in(&after, YBH_KEY_CHECKPOINT, YBH_KEY_CURRENT)->kid),
	    -EPROTO);
	assert_int_equal(ybh_keeper_manage(h->k, "burn", YBH_KEY_ISSUED, YB_STR("")), -EPROTO);
	assert_int_equal(
	    ybh_keeper_manage(h->k, "next", (enum ybh_key_class)7, YB_STR("")), -EPROTO);
	assert_int_equal(ybh_keeper_manage(h->k, "next", YBH_KEY_ISSUED, YB_STR("")), 0);
	assert_int_equal(keys_now(h).n, before.n);
	/* A checkpoint key that was rotated verifies for ever. */
	assert_int_equal(ybh_keeper_manage(h->k, "rotate", YBH_KEY_CHECKPOINT, YB_STR("")), 0);
	after = keys_now(h);
	assert_int_equal(key_in(&after, YBH_KEY_CHECKPOINT, YBH_KEY_PREVIOUS)->not_after.us, 0);
}

/* ---- peers ---- */

/* ---- control files ---- */

#define CONTROL_HEAD "\"file\",\"sender\",\"layout\",\"sequence\",\"rows\",\"sha256\"\r\n"
#define CONTROL_LINE "\"M03-0000001\",\"YOBO\",\"M03-1\",\"1\",\"2\",\"00ff\"\r\n"

static int
file_sign(struct house *h, const char *text, size_t n, unsigned char der[72], size_t *len)
{
	return ybh_keeper_file_sign(h->k, (yb_bytes) { (const unsigned char *)text, n }, der, len);
}

static bool
file_verifies(yb_str pem, const char *text, const unsigned char *der, size_t len)
{
	EVP_PKEY *key = ybh_p256_public(pem);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = key != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, der, len, (const unsigned char *)text, strlen(text)) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good;
}

static void
control_files_of_ours_are_signed_and_nothing_else(void **state)
{
	struct house *h = *state;
	static const char good[] = CONTROL_HEAD CONTROL_LINE;
	static const char *const bad[] = { "", "x", CONTROL_HEAD, CONTROL_LINE,
		CONTROL_HEAD CONTROL_LINE CONTROL_LINE,
		CONTROL_HEAD "\"M61\",\"ONS\",\"M61-1\",\"1\",\"2\",\"00ff\"\r\n",
		CONTROL_HEAD "\"a\",\"YOBO\",\"\xe3\x81\x82\"\r\n",
		"eyJhbGciOiJFUzI1NiJ9.e30" };
	unsigned char der[72];
	size_t len = 0;
	yb_list keys;
	yb_str token;

	assert_int_equal(file_sign(h, good, sizeof(good) - 1, der, &len), 0);
	keys = keys_now(h);
	assert_true(file_verifies(key_in(&keys, YBH_KEY_EXCHANGE, YBH_KEY_CURRENT)->public_pem, good,
	    der, len));
	assert_false(file_verifies(key_in(&keys, YBH_KEY_EXCHANGE, YBH_KEY_NEXT)->public_pem, good,
	    der, len));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(file_sign(h, bad[i], strlen(bad[i]), der, &len), -EPROTO);
	assert_int_equal(file_sign(h, good, sizeof(good), der, &len), -EPROTO); /* a zero behind it */
	/* Nor does the key sign tokens, or verify them. */
	assert_int_equal(sign(h, YBH_KEY_EXCHANGE, 60, &token), -EACCES);
	assert_int_equal(ybh_keeper_manage(h->k, "rotate", YBH_KEY_EXCHANGE, YB_STR("")), 0);
	assert_int_equal(file_sign(h, good, sizeof(good) - 1, der, &len), 0);
	assert_true(file_verifies(key_in(&keys, YBH_KEY_EXCHANGE, YBH_KEY_NEXT)->public_pem, good, der,
	    len));
	assert_int_equal(ybh_keeper_manage(h->k, "retire", YBH_KEY_EXCHANGE,
			     key_in(&keys, YBH_KEY_EXCHANGE, YBH_KEY_CURRENT)->kid),
	    0);
}

static int
may_sign_only(struct house *h)
{
	unsigned char mac[32];
	yb_str token;

	if (sign(h, YBH_KEY_ACCESS, 600, &token) != 0)
		return 1;
	if (ybh_keeper_chain_key(h->k, 1, mac) != -EACCES)
		return 2;
	if (ybh_keeper_manage(h->k, "rotate", YBH_KEY_ACCESS, YB_STR("")) != -EACCES)
		return 3;
	if (sign(h, YBH_KEY_CHECKPOINT, 60, &token) != -EACCES)
		return 4;
	return sign(h, YBH_KEY_ISSUED, 600, &token) == 0 ? 0 : 5;
}

static int
may_nothing(struct house *h)
{
	yb_list keys;
	yb_str token;

	if (sign(h, YBH_KEY_ACCESS, 600, &token) != -EACCES)
		return 1;
	return ybh_keeper_keys(h->k, h->a, &keys) == -EACCES ? 0 : 2;
}

static void
peers_are_told_by_their_uid(void **state)
{
	struct house *h = *state;
	unsigned char mac[32], again[32];

	assert_int_equal(ybh_keeper_chain_key(h->k, 7, mac), 0);
	assert_int_equal(ybh_keeper_chain_key(h->k, 7, again), 0);
	assert_memory_equal(mac, again, 32);
	assert_int_equal(ybh_keeper_chain_key(h->k, 8, again), 0);
	assert_memory_not_equal(mac, again, 32);
	if (geteuid() != 0)
		skip(); /* needs to become others */
	assert_int_equal(as_uid(h, PEER_UID, may_sign_only), 0);
	assert_int_equal(as_uid(h, STRANGER_UID, may_nothing), 0);
	assert_int_equal(keys_now(h).n, 10);
}

static void
say(int fd, const void *p, size_t n)
{
	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

static bool
hung_up(int fd, int seconds)
{
	const struct timeval limit = { .tv_sec = seconds };
	char c;

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	return recv(fd, &c, 1, 0) <= 0 && errno != EAGAIN;
}

static void
a_broken_peer_stops_nobody(void **state)
{
	struct house *h = *state;
	static const unsigned char huge[] = { 0, 1, 0, 1, 2 }, none[] = { 0, 0, 0, 0 },
				   part[] = { 0, 0, 4, 0, 2, 6, 3 },
				   wrong[] = { 0, 0, 0, 3, 2, 1, 9 },
				   nothing[] = { 0, 0, 0, 1, 99 };
	int fds[400], slow[50];
	unsigned char answer[16];
	yb_str token;

	for (size_t i = 0; i < 50; i++) {
		slow[i] = raw_connect(h);
		say(slow[i], part, i % sizeof(part) + 1);
	}
	for (size_t i = 0; i < 400; i++)
		fds[i] = raw_connect(h); /* silent */
	for (size_t i = 0; i < 5; i++) {
		int fd = raw_connect(h);

		say(fd, i % 2 ? huge : none, i % 2 ? sizeof(huge) : sizeof(none));
		assert_true(hung_up(fd, 2));
		(void)close(fd);
		fd = raw_connect(h);
		say(fd, i % 2 ? wrong : nothing, i % 2 ? sizeof(wrong) : sizeof(nothing));
		assert_int_equal(recv(fd, answer, sizeof(answer), 0), 5);
		assert_int_equal(answer[4], YBH_ST_BAD);
		(void)close(fd);
		fd = raw_connect(h); /* asks and does not wait for the answer */
		say(fd, (const unsigned char[]){ 0, 0, 0, 1, YBH_OP_KEYS }, 5);
		(void)close(fd);
	}
	assert_int_equal(sign(h, YBH_KEY_ACCESS, 600, &token), 0);
	assert_true(hung_up(slow[0], 8)); /* a question must be complete within 5 s */
	for (size_t i = 1; i < 50; i++)
		assert_true(hung_up(slow[i], 2));
	say(fds[0], (const unsigned char[]){ 0, 0, 0, 1, 99 }, 5); /* silence is allowed */
	assert_int_equal(recv(fds[0], answer, sizeof(answer), 0), 5);
	for (size_t i = 0; i < 400; i++)
		(void)close(fds[i]);
	for (size_t i = 0; i < 50; i++)
		(void)close(slow[i]);
	assert_int_equal(sign(h, YBH_KEY_ACCESS, 600, &token), 0);
}

/* Two questions in one packet, one question in many. */
static void
frames_may_come_in_any_pieces(void **state)
{
	struct house *h = *state;
	static const unsigned char q[] = { 0, 0, 0, 1, 99, 0, 0, 0, 1, 98 };
	unsigned char answer[10];
	int fd = raw_connect(h);

	say(fd, q, sizeof(q));
	assert_int_equal(recv(fd, answer, sizeof(answer), MSG_WAITALL), 10);
	for (size_t i = 0; i < sizeof(q); i++) {
		say(fd, q + i, 1);
		(void)usleep(1000);
	}
	assert_int_equal(recv(fd, answer, sizeof(answer), MSG_WAITALL), 10);
	(void)close(fd);
}

/* ---- what it refuses to start on ---- */

static void
unfit_directories_are_refused(void **state)
{
	struct house *h = *state;
	yb_list keys;
	char path[256], other[300];

	assert_int_equal(keeper_refuses(h), 78); /* one keeper per directory */
	keys = keys_now(h);
	assert_int_equal(keeper_stop(h), 0);
	assert_int_equal(chmod(h->keys, 0755), 0);
	assert_int_equal(keeper_refuses(h), 78);
	assert_int_equal(chmod(h->keys, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/issued-%.43s.pem", h->keys,
	    key_in(&keys, YBH_KEY_ISSUED, YBH_KEY_CURRENT)->kid.p);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(keeper_refuses(h), 78);
	assert_int_equal(chmod(path, 0600), 0);
	(void)snprintf(other, sizeof(other), "%s.away", path);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(keeper_refuses(h), 78);
	assert_int_equal(rename(other, path), 0);
	for (int i = 0; i < 2; i++) { /* no new keys in place of lost ones */
		(void)snprintf(path, sizeof(path), "%s/%s", h->keys, i ? "state" : "master");
		(void)snprintf(other, sizeof(other), "%s.away", path);
		assert_int_equal(rename(path, other), 0);
		assert_int_equal(keeper_refuses(h), 78);
		assert_int_equal(rename(other, path), 0);
	}
	keeper_start(h);
	assert_int_equal(keys_now(h).n, 10);
}

int
main(void)
{
	const struct CMUnitTest shared[] = {
		cmocka_unit_test(every_class_has_two_keys_from_the_first_start),
		cmocka_unit_test(what_it_signs_verifies),
		cmocka_unit_test(claims_a_verifier_would_refuse_are_not_signed),
		cmocka_unit_test(control_files_of_ours_are_signed_and_nothing_else),
		cmocka_unit_test(peers_are_told_by_their_uid),
		cmocka_unit_test(a_broken_peer_stops_nobody),
		cmocka_unit_test(frames_may_come_in_any_pieces),
		cmocka_unit_test(unfit_directories_are_refused),
		cmocka_unit_test(after_a_rotation_old_tokens_live_on),
		cmocka_unit_test(a_retired_current_key_is_replaced),
	};

	return cmocka_run_group_tests(shared, house_begin, house_end);
}
