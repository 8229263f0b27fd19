/* audit_tlv.c: the evidence as canonical bytes. */
#include "../support/unit.h"

#include <string.h>

#include "../audit/log_fixture.h"

static struct yb_arena *arena;

static void
a_record_comes_back_as_it_was(void **state)
{
	struct ybh_record r = {
		.version = 1, .chain_id = 7, .seq = UINT64_MAX - 1, .prev = { 1, 2 }
	};
	unsigned char text[YBH_RECORD_MAX], again[YBH_RECORD_MAX];
	struct ybh_record back;
	struct ybh_audit_row row = { 0 };
	size_t n, at = 0;

	r.event = fixture_event(arena, 5);
	r.event.org_id = -3;
	ybh_record_bound(&r, arena);
	n = ybh_record_encode(&r, text);
	assert_int_equal(ybh_record_decode((yb_bytes) { text, n }, &back), 0);
	assert_int_equal(back.event.org_id, -3);
	assert_true(back.event.action == YB_ACT_VIEW && !back.event.ok);
	assert_true(yb_str_eq(back.event.reason, r.event.reason));
	assert_null(back.host.p);
	assert_int_equal(ybh_record_encode(&back, again), n);
	assert_memory_equal(text, again, n);
	ybh_record_columns(&r, &row);
	assert_null(ybh_record_differs(&back, &row, &at));
	row.purpose = YB_STR("99");
	at = 0;
	assert_string_equal(ybh_record_differs(&back, &row, &at), "purpose");
	assert_null(ybh_record_differs(&back, &row, &at));
	(void)state;
}

static void
only_the_canonical_bytes_are_a_record(void **state)
{
	struct ybh_record r = { .version = 1, .chain_id = 7 }, back;
	unsigned char text[YBH_RECORD_MAX + 8], changed[YBH_RECORD_MAX + 8];
	size_t n;

	r.event = fixture_event(arena, 1);
	ybh_record_bound(&r, arena);
	n = ybh_record_encode(&r, text);
	for (size_t len = 0; len < n; len++)
		assert_int_not_equal(ybh_record_decode((yb_bytes) { text, len }, &back), 0);
	text[n] = 0;
	assert_int_not_equal(ybh_record_decode((yb_bytes) { text, n + 1 }, &back), 0);
	/* Any changed byte is refused or says something else: it never encodes to the same. */
	for (size_t i = 0; i < n; i++) {
		unsigned char again[YBH_RECORD_MAX];

		memcpy(changed, text, n);
		changed[i] ^= 0x41;
		if (ybh_record_decode((yb_bytes) { changed, n }, &back) != 0)
			continue;
		assert_int_equal(ybh_record_encode(&back, again), n);
		assert_memory_equal(again, changed, n);
	}
	(void)state;
}

static void
text_is_cut_between_characters_and_cleaned(void **state)
{
	char wide[8000];
	struct ybh_record r = { .version = 1 }, back;
	unsigned char text[YBH_RECORD_MAX];
	yb_str *const texts[] = { &r.event.actor, &r.event.org_code, &r.event.role, &r.event.peer,
		&r.event.user_agent, &r.event.function, &r.event.operation, &r.event.subject_no,
		&r.event.target_type, &r.event.target_id, &r.event.muni_code, &r.event.purpose,
		&r.event.reason, &r.event.error_id, &r.event.trace_id, &r.host };
	yb_bytes *const blobs[] = { &r.event.session, &r.event.token, &r.event.body_sha256,
		&r.signature };

	for (size_t i = 0; i < sizeof wide; i++)
		wide[i] = "\xf0\xa0\xae\xb7"[i % 4]; /* U+20BB7, four bytes */
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		*texts[i] = (yb_str) { wide, sizeof wide };
	for (size_t i = 0; i < sizeof blobs / sizeof blobs[0]; i++)
		*blobs[i] = (yb_bytes) { (unsigned char *)wide, 500 };
	ybh_record_bound(&r, arena);
	assert_int_equal(r.event.actor.len, 64 * 4);
	assert_int_equal(r.event.purpose.len, 2 * 4);
	assert_int_equal(r.event.session.len, 8);
	assert_int_equal(
	    ybh_record_decode((yb_bytes) { text, ybh_record_encode(&r, text) }, &back), 0);

	r.event.actor = (yb_str) { "a\xff\xe3\x81z\xed\xa0\x80\xc0\xaf", 10 };
	r.event.user_agent = (yb_str) { NULL, 0 };
	r.event.trace_id = (yb_str) { NULL, 0 };
	ybh_record_bound(&r, arena);
	assert_true(yb_str_is(r.event.actor, "a???z?????"));
	assert_null(r.event.user_agent.p);
	assert_true(yb_str_is(r.event.trace_id, ""));
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back_as_it_was),
		cmocka_unit_test(only_the_canonical_bytes_are_a_record),
		cmocka_unit_test(text_is_cut_between_characters_and_cleaned),
	};
	int rc;

	arena = ybh_arena_new(1u << 16, 1u << 22);
	rc = arena == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
	ybh_arena_free(arena);
	return rc;
}
