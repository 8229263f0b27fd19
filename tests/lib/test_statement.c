/* Statements about a person (H-3-3): good, old, of another, with tricks of the header, and junk. */
#include "unit.h"

#include <openssl/evp.h>
#include <string.h>

/* The file is read in whole; the registered programs come from here instead of the database. */
#define yb_db_one	       signers_one
#define yb_statement_read      statement_read
#define ybh_statement_queries  statement_queries
#include "../../core/lib/statement.c"

#include "token_fixture.h"

#define LIFE   300
#define PORTAL "C-PORTAL"

struct claims {
	yb_str iss, sub, aud, jti, subject, relation, app_id;
	int64_t iat, exp;
	yb_int nbf;
};

static const yb_field claim_fields[] = {
	{ "iss", YB_OF(struct claims, iss), .flags = YB_REQUIRED, .max = 128 },
	{ "sub", YB_OF(struct claims, sub), .flags = YB_REQUIRED, .max = 128 },
	{ "aud", YB_OF(struct claims, aud), .flags = YB_REQUIRED, .max = 512 },
	{ "jti", YB_OF(struct claims, jti), .flags = YB_REQUIRED, .max = 128 },
	{ "iat", YB_OF(struct claims, iat), .flags = YB_REQUIRED },
	{ "exp", YB_OF(struct claims, exp), .flags = YB_REQUIRED },
	{ "nbf", YB_OF(struct claims, nbf) },
	{ "subject", YB_OF(struct claims, subject), .flags = YB_REQUIRED, .max = 128 },
	{ "relation", YB_OF(struct claims, relation), .flags = YB_REQUIRED, .max = 5,
	    .one_of = "self,proxy" },
	{ "app_id", YB_OF(struct claims, app_id), .max = 20 },
	{ 0 },
};

static struct fixture *f;
static struct ybh_process process;
static yb_req req;
static struct signer registered;
static enum yb_found answer;
static yb_str asked_for;

enum yb_found
signers_one(yb_req *r, const yb_query *q, yb_args args, void *ret)
{
	(void)r;
	assert_string_equal(q->name, "signer_by_id");
	asked_for = args.v[1].u.text;
	if (answer == YB_ONE_ROW && !yb_str_is(asked_for, PORTAL))
		return YB_NO_ROW;
	if (answer == YB_ONE_ROW)
		*(struct signer *)ret = registered;
	return answer;
}

static int
begin(void **state)
{
	(void)state;
	f = fixture_new();
	process = (struct ybh_process) { .tokens = f->t };
	req = (yb_req) { .p = &process, .arena = f->a, .now = { f->now * 1000000 } };
	registered = (struct signer) { .actor_id = 7, .org_id = 8, .org_code = YB_STR("MNP"),
		.org_type = YB_STR("MNP"), .scopes = YB_STR("citizen:read"), .active = true,
		.public_pem = fixture_pem(f, YBH_KEY_ISSUED, CURRENT) };
	answer = YB_ONE_ROW;
	asked_for = (yb_str) { NULL, 0 };
	return 0;
}

static int
end(void **state)
{
	(void)state;
	fixture_free(f);
	return 0;
}

static const char HEADER[] = "{\"alg\":\"ES256\",\"typ\":\"JWT\"}";

/* Good claims that began and end so many seconds from now. */
static const char *
says(int64_t iat, int64_t exp)
{
	return ybh_arena_format(f->a,
	    "{\"iss\":\"" PORTAL "\",\"sub\":\"pw-1\",\"aud\":\"" ISSUER "\",\"jti\":\"j-0000001\","
	    "\"iat\":%lld,\"exp\":%lld,\"subject\":\"pw-1\",\"relation\":\"self\"}",
	    (long long)(f->now + iat), (long long)(f->now + exp))
	    .p;
}

static enum yb_found
read_text(yb_str text, yb_statement *ret)
{
	struct claims out = { 0 };
	yb_statement by = { 0 };
	enum yb_found found = statement_read(&req, text, LIFE, claim_fields, &out, &by);

	assert_null(req.problem); /* a bad statement records nothing */
	if (ret != NULL)
		*ret = by;
	return found;
}

static enum yb_found
read_claims(const char *claims)
{
	return read_text(forge(f, HEADER, claims, f->pkey[YBH_KEY_ISSUED][CURRENT]), NULL);
}

static enum yb_found
read_header(const char *header)
{
	return read_text(forge(f, header, says(0, 60), f->pkey[YBH_KEY_ISSUED][CURRENT]), NULL);
}

/* ---- good ---- */

static void
a_good_one_says_who_signed_it(void **state)
{
	yb_statement by, again, other;
	yb_str text = forge(f, HEADER, says(0, 60), f->pkey[YBH_KEY_ISSUED][CURRENT]);

	(void)state;
	assert_int_equal(read_text(text, &by), YB_ONE_ROW);
	assert_int_equal(by.actor_id, 7);
	assert_int_equal(by.org_id, 8);
	assert_text(by.client_id, PORTAL);
	assert_text(by.scope, "citizen:read");
	assert_int_equal(by.org_type, YB_ORG_MNP);
	assert_int_equal(by.exp.us, (f->now + 60) * 1000000);
	/* A statement counts once: the same jti has the same name, another has another. */
	assert_int_equal(by.jti_sha256.len, 32);
	assert_int_equal(read_text(text, &again), YB_ONE_ROW);
	assert_memory_equal(by.jti_sha256.p, again.jti_sha256.p, 32);
	text = forge(f, HEADER, with(f, says(0, 60), "j-0000001", "j-0000002"),
	    f->pkey[YBH_KEY_ISSUED][CURRENT]);
	assert_int_equal(read_text(text, &other), YB_ONE_ROW);
	assert_memory_not_equal(by.jti_sha256.p, other.jti_sha256.p, 32);
}

static void
the_old_key_counts_while_it_is_given(void **state)
{
	yb_str text = forge(f, HEADER, says(0, 60), f->pkey[YBH_KEY_ISSUED][PREVIOUS]);

	(void)state;
	assert_int_equal(read_text(text, NULL), YB_NO_ROW);
	registered.old_pem = fixture_pem(f, YBH_KEY_ISSUED, PREVIOUS);
	assert_int_equal(read_text(text, NULL), YB_ONE_ROW);
	registered.public_pem = (yb_str) { NULL, 0 };
	assert_int_equal(read_text(text, NULL), YB_ONE_ROW);
	registered.old_pem = YB_STR("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
	assert_int_equal(read_text(text, NULL), YB_NO_ROW);
}

/* ---- time ---- */

static void
it_is_good_for_five_minutes_to_the_second(void **state)
{
	static const struct {
		int64_t iat, exp;
		enum yb_found found;
	} at[] = {
		{ 0, 300, YB_ONE_ROW },
		{ 0, 301, YB_NO_ROW }, /* longer than it may live */
		{ -299, 1, YB_ONE_ROW },
		{ -300, 1, YB_NO_ROW }, /* old although it has not run out */
		{ -299, 2, YB_NO_ROW },
		{ -60, 0, YB_NO_ROW }, /* run out this second */
		{ -60, -1, YB_NO_ROW },
		{ 5, 60, YB_ONE_ROW }, /* clocks differ */
		{ 6, 60, YB_NO_ROW },
		{ 3600, 3660, YB_NO_ROW },
		{ -86400, 1, YB_NO_ROW },
		{ -10, 86400, YB_NO_ROW },
	};

	(void)state;
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
		if (read_claims(says(at[i].iat, at[i].exp)) != at[i].found)
			fail_msg("iat %+lld exp %+lld", (long long)at[i].iat, (long long)at[i].exp);
}

static void
it_does_not_count_before_its_time(void **state)
{
	const char *later = ybh_arena_format(f->a, ",\"nbf\":%lld}", (long long)f->now + 6).p;
	const char *now = ybh_arena_format(f->a, ",\"nbf\":%lld}", (long long)f->now + 5).p;

	(void)state;
	assert_int_equal(read_claims(with(f, says(0, 60), "}", later)), YB_NO_ROW);
	assert_int_equal(read_claims(with(f, says(0, 60), "}", now)), YB_ONE_ROW);
}

/* ---- from whom, for whom ---- */

static void
it_is_for_us_alone(void **state)
{
	static const char *const others[] = { "https://yobo.example/", "https://yobo.example.evil",
		"https://YOBO.example", "http://yobo.example", "https://yobo.example/api", "yobo", "" };

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		const char *aud = ybh_arena_format(f->a, "\"aud\":\"%s\"", others[i]).p;

		if (read_claims(with(f, says(0, 60), "\"aud\":\"" ISSUER "\"", aud)) != YB_NO_ROW)
			fail_msg("aud %s", others[i]);
	}
	assert_int_equal(read_claims(with(f, says(0, 60), "\"aud\":\"" ISSUER "\"",
			     "\"aud\":[\"" ISSUER "\"]")), YB_NO_ROW);
}

static void
another_signer_is_nobody(void **state)
{
	yb_str text;

	(void)state;
	/* Signed by another, in the portal's name. */
	text = forge(f, HEADER, says(0, 60), f->pkey[YBH_KEY_ACCESS][CURRENT]);
	assert_int_equal(read_text(text, NULL), YB_NO_ROW);
	/* In the name of somebody who is not registered. */
	assert_int_equal(read_claims(with(f, says(0, 60), PORTAL, "C-OTHER")), YB_NO_ROW);
	assert_text(asked_for, "C-OTHER");
	registered.active = false;
	assert_int_equal(read_claims(says(0, 60)), YB_NO_ROW);
}

static void
who_speaks_of_themself_has_signed_an_assertion(void **state)
{
	(void)state;
	assert_int_equal(read_claims(with(f, says(0, 60), "\"sub\":\"pw-1\"",
			     "\"sub\":\"" PORTAL "\"")), YB_NO_ROW);
	assert_null(asked_for.p); /* nobody was looked up for it */
}

static void
a_database_that_does_not_answer_is_no_verdict(void **state)
{
	(void)state;
	answer = YB_DB_FAILED;
	assert_int_equal(read_claims(says(0, 60)), YB_DB_FAILED);
}

/* ---- the header ---- */

static void
one_algorithm_and_no_other(void **state)
{
	static const char *const bad[] = {
		"{\"alg\":\"none\",\"typ\":\"JWT\"}",
		"{\"alg\":\"None\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"ES384\",\"typ\":\"JWT\"}",
		"{\"alg\":\"ES256K\",\"typ\":\"JWT\"}",
		"{\"alg\":\"es256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"ES256 \",\"typ\":\"JWT\"}",
		"{\"alg\":[\"ES256\"],\"typ\":\"JWT\"}",
		"{\"alg\":null,\"typ\":\"JWT\"}",
		"{\"typ\":\"JWT\"}",
		"{\"alg\":\"none\",\"alg\":\"ES256\"}",
		"{\"alg\":\"ES256\",\"alg\":\"none\"}",
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"ES256\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"ES256\",\"b64\":false}",
		"{\"alg\":\"ES256\",\"zip\":\"DEF\"}",
		"{\"alg\":\"ES256\",\"jku\":\"https://evil.example/keys\"}",
		"{\"alg\":\"ES256\",\"x5u\":\"https://evil.example/cert\"}",
		"{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\"}}",
		"[\"ES256\"]",
		"{}",
		"",
		"{\"alg\":\"ES256\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (read_header(bad[i]) != YB_NO_ROW)
			fail_msg("%s", bad[i]);
	assert_int_equal(read_header("{\"alg\":\"ES256\"}"), YB_ONE_ROW);
	assert_int_equal(read_header("{\"alg\":\"ES256\",\"kid\":\"any\"}"), YB_ONE_ROW);
}

/* ---- claims ---- */

static void
claims_that_are_missing_wrong_or_too_many(void **state)
{
	static const char *const changes[][2] = {
		{ "\"iss\":\"" PORTAL "\",", "" },
		{ "\"sub\":\"pw-1\",", "" },
		{ "\"aud\":\"" ISSUER "\",", "" },
		{ "\"jti\":\"j-0000001\",", "" },
		{ "\"jti\":\"j-0000001\"", "\"jti\":\"short\"" },
		{ "\"jti\":\"j-0000001\"", "\"jti\":1" },
		{ "\"subject\":\"pw-1\",", "" },
		{ "\"subject\":\"pw-1\"", "\"subject\":null" },
		{ "\"relation\":\"self\"", "\"relation\":\"owner\"" },
		{ "\"relation\":\"self\"", "\"relation\":\"self\",\"admin\":true" },
		{ "\"relation\":\"self\"", "\"relation\":\"self\",\"relation\":\"proxy\"" },
		{ "\"relation\":\"self\"", "\"relation\":\"self\",\"app_id\":\"123456789012345678901\"" },
		{ "\"iat\":", "\"iat\":\"1\",\"x\":" },
		{ "\"exp\":", "\"exp\":-" },
		{ "\"exp\":", "\"exp\":1e3,\"x\":" },
		{ "\"iat\":", "\"old\":" },
		{ "\"exp\":", "\"old\":" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		if (read_claims(with(f, says(0, 60), changes[i][0], changes[i][1])) != YB_NO_ROW)
			fail_msg("%s -> %s", changes[i][0], changes[i][1]);
}

/* ---- bytes ---- */

static void
one_bit_anywhere_is_another_text(void **state)
{
	yb_str good = forge(f, HEADER, says(0, 60), f->pkey[YBH_KEY_ISSUED][CURRENT]);
	char *text = ybh_arena_must(f->a, good.len + 1);

	(void)state;
	for (size_t i = 0; i < good.len; i++) {
		for (unsigned bit = 0; bit < 7; bit++) {
			memcpy(text, good.p, good.len);
			text[i] = (char)((unsigned char)text[i] ^ (1u << bit));
			if (read_text((yb_str) { text, good.len }, NULL) != YB_NO_ROW)
				fail_msg("byte %zu, bit %u", i, bit);
		}
	}
	for (size_t n = 0; n < good.len; n++)
		assert_int_equal(read_text((yb_str) { good.p, n }, NULL), YB_NO_ROW);
}

static void
junk_is_nothing(void **state)
{
	static const char *const junk[] = { "", ".", "..", "...", "a.b.c", "e30.e30.", "e30.e30.e30",
		"eyJhbGciOiJub25lIn0.e30.", "Bearer x.y.z", "\x01.\x02.\x03", "日本.語.名",
		"eyJhbGciOiJFUzI1NiJ9..", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA" };
	char *large = ybh_arena_must(f->a, 1u << 20);

	(void)state;
	assert_int_equal(read_text((yb_str) { NULL, 0 }, NULL), YB_NO_ROW);
	for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++)
		if (read_text(yb_cstr(junk[i]), NULL) != YB_NO_ROW)
			fail_msg("%s", junk[i]);
	memset(large, 'A', 1u << 20);
	assert_int_equal(read_text((yb_str) { large, 1u << 20 }, NULL), YB_NO_ROW);
	large[100] = large[200] = '.';
	assert_int_equal(read_text((yb_str) { large, 1u << 20 }, NULL), YB_NO_ROW);
	memset(large, '.', 1u << 20);
	assert_int_equal(read_text((yb_str) { large, 1u << 20 }, NULL), YB_NO_ROW);
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_good_one_says_who_signed_it),
		UNIT(the_old_key_counts_while_it_is_given),
		UNIT(it_is_good_for_five_minutes_to_the_second),
		UNIT(it_does_not_count_before_its_time),
		UNIT(it_is_for_us_alone),
		UNIT(another_signer_is_nobody),
		UNIT(who_speaks_of_themself_has_signed_an_assertion),
		UNIT(a_database_that_does_not_answer_is_no_verdict),
		UNIT(one_algorithm_and_no_other),
		UNIT(claims_that_are_missing_wrong_or_too_many),
		UNIT(one_bit_anywhere_is_another_text),
		UNIT(junk_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
