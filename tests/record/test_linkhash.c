/*
 * The hash of an entry of the link: what a municipality has kept must still prove it; and the
 * same values as people read them.
 */
#include "../support/unit.h"

#include <string.h>

#include "../../core/lib/arena.h"
#include "../../core/lib/internal.h"
#include "../../modules/record/outbox.h"

static struct yb_arena *arena;

static yb_req
request(void)
{
	return (yb_req) { .arena = arena };
}

/* The place of a member of an entry, by its name. */
static void *
member(void *entry, const char *name)
{
	for (const yb_field *f = record_pulled_file; f->type != YB_T_END; f++)
		if (strcmp(f->name, name) == 0)
			return (char *)entry + f->offset;
	fail_msg("an entry has no %s", name);
	return NULL;
}

static void
text(void *entry, const char *name, const char *s)
{
	*(yb_str *)member(entry, name) = yb_cstr(s);
}

/* One of each type, and one of each that is null. */
static void *
sample(yb_req *r, int64_t hundredths)
{
	static const yb_uuid id = { { 0x01, 0x8f, 0x3b, 0x2a, 0x7c, 0x4d, 0x4e, 0x11, 0x9a, 0x0b, 0xc1,
	    0xd2, 0xe3, 0xf4, 0x05, 0x16 } };
	void *e = yb_alloc(r, record_pulled_size);

	*(int64_t *)member(e, "seq") = 17;
	text(e, "change_kind", "1");
	text(e, "muni_key", "K-1");
	text(e, "subject_no", "9000000000017");
	*(yb_uuid *)member(e, "record_id") = id;
	*(int64_t *)member(e, "version") = 1;
	text(e, "mgmt_no", "V2604-0000001");
	text(e, "muni_code", "131016");
	text(e, "status", "REGISTERED");
	text(e, "source", "API");
	text(e, "legal_class", "1");
	text(e, "vaccine_code", "DPTIPVHIB");
	text(e, "lot_no", "A1234");
	*(yb_date *)member(e, "expiry_date") = (yb_date) { 2027, 3, 31 };
	text(e, "phase", "第1期");
	*(yb_int *)member(e, "dose_seq") = (yb_int) { 1, true };
	*(yb_date *)member(e, "vaccinated_on") = (yb_date) { 2026, 4, 20 };
	text(e, "vaccinated_at", "09:30");
	*(yb_dec *)member(e, "dose_ml") = (yb_dec) { hundredths, true };
	text(e, "route", "SC");
	text(e, "exec_class", "1");
	text(e, "place_class", "1");
	text(e, "doctor_name", "試験　医師");
	*(yb_time *)member(e, "registered_at") = (yb_time) { INT64_C(1776695401234567) };
	text(e, "hash", "not of itself");
	return e;
}

static void
an_entry_has_the_hash_it_always_had(void **state)
{
	yb_req r = request();

	(void)state;
	assert_text(record_entry_hash(&r, record_pulled_file, sample(&r, 50)), "1858a20a570114da6abea4a0f446d4234c3b05aa706a98b2ffb8cc355fcd4541");
	assert_text(record_entry_hash(&r, record_pulled_file, sample(&r, 25)), "61699acfbc5039ed33296c5d8196ef124b3a9b8143d3d473ac94ffdbf273e1d8");
	assert_text(record_entry_hash(&r, record_pulled_file, sample(&r, 100)), "112268d9f063f9c7d37c7f69609d1589b6ab8bcfe4a94a236402c993146a647b");
	assert_text(record_entry_hash(&r, record_pulled_file, sample(&r, 105)), "92354c3e1a5931cfe43515e07f87c66f24800979e4563f409f73eac0b78cae81");
}

static void
what_another_pull_says_differently_is_not_hashed(void **state)
{
	yb_req r = request();
	void *a = sample(&r, 50), *b = sample(&r, 50);

	(void)state;
	*(int64_t *)member(b, "seq") = 18;
	text(b, "status", "LINKED");
	text(b, "hash", "another");
	assert_true(yb_str_eq(record_entry_hash(&r, record_pulled_file, a),
	    record_entry_hash(&r, record_pulled_file, b)));
	text(b, "route", "IM");
	assert_false(yb_str_eq(record_entry_hash(&r, record_pulled_file, a),
	    record_entry_hash(&r, record_pulled_file, b)));
}

static yb_str
volume(yb_req *r, void *entry, int64_t hundredths)
{
	*(yb_dec *)member(entry, "dose_ml") = (yb_dec) { hundredths, true };
	for (const yb_field *f = record_pulled_file; f->type != YB_T_END; f++)
		if (f->type == YB_T_DEC)
			return record_member_text(r, f, entry);
	return (yb_str) { 0 };
}

static void
people_read_a_volume_with_both_decimals(void **state)
{
	yb_req r = request();
	void *e = sample(&r, 50);

	(void)state;
	assert_text(volume(&r, e, 50), "0.50");
	assert_text(volume(&r, e, 25), "0.25");
	assert_text(volume(&r, e, 100), "1.00");
	assert_text(volume(&r, e, 5), "0.05");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_has_the_hash_it_always_had),
		cmocka_unit_test(what_another_pull_says_differently_is_not_hashed),
		cmocka_unit_test(people_read_a_volume_with_both_decimals),
	};
	int rc;

	arena = ybh_arena_new(65536, 1u << 20);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	ybh_arena_free(arena);
	return rc;
}
