/*
 * JSON into records and back: json_read.c, json_write.c, record.c, buf.c, arena.c; and arrays for
 * statements, pages of rows: yb_db.c.
 */
#include "../support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <yb/format.h>

#include "../../core/lib/internal.h"
#include "../../core/lib/json.h"

struct dose {
	yb_str code;
	yb_dec ml;
	yb_faults faults;
};

struct visit {
	yb_str name, lot;
	yb_date on;
	yb_time at;
	yb_int seq;
	int64_t count;
	bool done;
	yb_uuid id;
	yb_dec ml;
	yb_list doses, tags;
	yb_ref first;
};

static const yb_field dose_fields[] = {
	{ "code", YB_OF(struct dose, code), .one_of = "MR,JE", .flags = YB_REQUIRED },
	{ "ml", YB_OF(struct dose, ml), .scale = 2, .min = 5, .max = 200 },
	{ "errors", YB_OF(struct dose, faults) },
	{ 0 },
};

static const yb_field visit_fields[] = {
	{ "name", YB_OF(struct visit, name), .max = 4, .flags = YB_REQUIRED },
	{ "lot", YB_OF(struct visit, lot), .format = &yb_format_lot },
	{ "on", YB_OF(struct visit, on) },
	{ "at", YB_OF(struct visit, at) },
	{ "seq", YB_OF(struct visit, seq), .min = 1, .max = 9 },
	{ "count", YB_OF(struct visit, count) },
	{ "done", YB_OF(struct visit, done) },
	{ "id", YB_OF(struct visit, id) },
	{ "ml", YB_OF(struct visit, ml), .scale = 2 },
	{ "doses", YB_OF(struct visit, doses), YB_EACH(dose_fields, struct dose), .max = 3,
	    .flags = YB_ROWWISE },
	{ "tags", YB_OF(struct visit, tags), .max = 2 },
	{ "first", YB_OF(struct visit, first), YB_EACH(dose_fields, struct dose) },
	{ 0 },
};

static struct yb_arena *arena;

static enum ybh_read
read_visit(const char *text, struct visit *v, struct ybh_faults *faults)
{
	struct ybh_doc *doc;
	enum ybh_read rc = ybh_json_parse(arena, yb_cstr(text), &doc);

	memset(v, 0, sizeof *v);
	*faults = (struct ybh_faults) { NULL, 0 };
	return rc != YBH_READ_OK ? rc : ybh_json_record(arena, doc, visit_fields, v, faults);
}

static void
what_is_written_is_what_was_read(void **state)
{
	static const char text[] =
	    "{\"name\":\"𠮷葛\U000E0100\\\"\",\"lot\":\"A-1\",\"on\":\"2026-04-20\","
	    "\"at\":\"2026-04-20T09:30:00+09:00\",\"seq\":3,\"count\":-7,\"done\":true,"
	    "\"id\":\"0189c2a8-7e1b-4f00-8000-00000000000f\",\"ml\":0.5,"
	    "\"doses\":[{\"code\":\"MR\",\"ml\":0.25,\"errors\":[]}],\"tags\":[\"a\"],"
	    "\"first\":{\"code\":\"JE\",\"ml\":null,\"errors\":[]}}";
	struct ybh_faults faults;
	struct visit v;
	struct ybh_buf b;
	char input[sizeof text];

	/* `errors` is ours to write, not theirs to send */
	memcpy(input, text, sizeof text);
	assert_int_equal(read_visit("{\"name\":\"a\",\"first\":{\"code\":\"MR\",\"errors\":[]}}", &v,
			     &faults),
	    YBH_READ_REFUSED);
	assert_string_equal(faults.at[0].field, "/first/errors");
	for (char *p; (p = strstr(input, ",\"errors\":[]")) != NULL;)
		memmove(p, p + 12, strlen(p + 12) + 1);
	assert_int_equal(read_visit(input, &v, &faults), YBH_READ_OK);
	ybh_buf_init(&b, 4096);
	ybh_json_print(&b, visit_fields, &v);
	assert_false(b.failed);
	assert_string_equal(b.p, text);
	ybh_buf_free(&b);
	(void)state;
}

struct refusal {
	const char *text, *field, *code;
};

static void
every_wrong_value_is_named(void **state)
{
	static const struct refusal bad[] = {
		{ "{}", "/name", "E-VAL-001" },
		{ "{\"name\":null}", "/name", "E-VAL-001" },
		{ "{\"name\":\"\"}", "/name", "E-VAL-001" },
		{ "{\"name\":7}", "/name", "E-VAL-004" },
		{ "{\"name\":\"五文字です\"}", "/name", "E-VAL-002" },
		{ "{\"name\":\"a\\nb\"}", "/name", "E-VAL-002" },
		{ "{\"name\":\"a\",\"extra\":1}", "/extra", "E-VAL-005" },
		{ "{\"name\":\"a\",\"lot\":\"a1\"}", "/lot", "E-VAL-002" },
		{ "{\"name\":\"a\",\"lot\":\"\"}", "/lot", "E-VAL-002" },
		{ "{\"name\":\"a\",\"on\":\"2026-02-30\"}", "/on", "E-VAL-003" },
		{ "{\"name\":\"a\",\"on\":20260230}", "/on", "E-VAL-004" },
		{ "{\"name\":\"a\",\"seq\":0}", "/seq", "E-VAL-006" },
		{ "{\"name\":\"a\",\"seq\":10}", "/seq", "E-VAL-006" },
		{ "{\"name\":\"a\",\"seq\":1.0}", "/seq", "E-VAL-004" },
		{ "{\"name\":\"a\",\"seq\":\"1\"}", "/seq", "E-VAL-004" },
		{ "{\"name\":\"a\",\"done\":1}", "/done", "E-VAL-004" },
		{ "{\"name\":\"a\",\"ml\":0.505}", "/ml", "E-VAL-006" },
		{ "{\"name\":\"a\",\"ml\":1e300}", "/ml", "E-VAL-006" },
		{ "{\"name\":\"a\",\"tags\":[\"a\",\"b\",\"c\"]}", "/tags", "E-VAL-006" },
		{ "{\"name\":\"a\",\"tags\":[1]}", "/tags/0", "E-VAL-004" },
		{ "{\"name\":\"a\",\"first\":[]}", "/first", "E-VAL-004" },
		{ "{\"name\":\"a\",\"first\":{\"code\":\"XX\"}}", "/first/code", "E-VAL-011" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct ybh_faults faults;
		struct visit v;

		assert_int_equal(read_visit(bad[i].text, &v, &faults), YBH_READ_REFUSED);
		assert_int_equal(faults.n, 1);
		assert_string_equal(faults.at[0].field, bad[i].field);
		assert_string_equal(faults.at[0].code, bad[i].code);
	}
	(void)state;
}

static void
a_bad_row_does_not_refuse_its_neighbours(void **state)
{
	struct ybh_faults faults;
	struct visit v;
	const struct dose *d;

	assert_int_equal(read_visit("{\"name\":\"a\",\"doses\":[{\"code\":\"MR\"},{\"code\":\"X\","
				    "\"ml\":9},7]}",
			     &v, &faults),
	    YBH_READ_OK);
	assert_int_equal(v.doses.n, 3);
	d = v.doses.items;
	assert_int_equal(d[0].faults.n, 0);
	assert_int_equal(d[1].faults.n, 2);
	assert_string_equal(d[1].faults.at[0].field, "/code");
	assert_string_equal(d[2].faults.at[0].code, "E-VAL-004");
	(void)state;
}

static void
what_is_not_json_is_refused_before_it_costs_anything(void **state)
{
	static const char *const bad[] = { "", "null", "[]", "\"a\"", "{", "{\"a\":1,\"a\":2}",
		"{\"a\":1}x", "\xEF\xBB\xBF{}", "{\"a\":\"\xC0\xAF\"}", "{\"a\":\"\\u0000\"}",
		"{\"a\":NaN}", "{'a':1}" };
	struct ybh_doc *doc;
	char deep[64];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(ybh_json_parse(arena, yb_cstr(bad[i]), &doc), YBH_READ_SYNTAX);
	memset(deep, '[', 40);
	deep[40] = '\0';
	assert_int_equal(ybh_json_parse(arena, yb_cstr(deep), &doc), YBH_READ_SYNTAX);
	(void)state;
}

static void
a_buffer_beyond_its_maximum_stays_failed(void **state)
{
	struct ybh_buf b;

	ybh_buf_init(&b, 10);
	ybh_buf_cstr(&b, "0123456789");
	assert_false(b.failed);
	ybh_buf_char(&b, 'x');
	assert_true(b.failed);
	ybh_buf_cstr(&b, "y");
	assert_int_equal(b.len, 10);
	ybh_buf_reset(&b);
	ybh_buf_i64(&b, INT64_MIN / 1000000000000);
	assert_string_equal(b.p, "-9223372");
	ybh_buf_free(&b);
	(void)state;
}

static int order[3], ran;

static void
note(void *arg)
{
	order[ran++] = *(int *)arg;
}

static void
an_arena_ends_newest_first_and_keeps_its_limit(void **state)
{
	struct yb_arena *a = ybh_arena_new(64, 4096);
	static int one = 1, two = 2;

	assert_non_null(ybh_arena_alloc(a, 1000));
	assert_int_equal(ybh_arena_defer(a, note, &one), 0);
	assert_int_equal(ybh_arena_defer(a, note, &two), 0);
	assert_null(ybh_arena_alloc(a, 4096));
	assert_null(ybh_arena_alloc(a, SIZE_MAX));
	ybh_arena_reset(a);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 1);
	assert_int_equal(ybh_arena_used(a), 0);
	for (size_t i = 0; i < 40; i++) {
		const unsigned char *p = ybh_arena_alloc(a, 60);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		assert_int_equal(p[59], 0);
	}
	ybh_arena_free(a);
	(void)state;
}

static void
many_values_are_one_array(void **state)
{
	struct row {
		yb_str text;
		int64_t id;
	} const rows[] = { { YB_STR("K-1"), INT64_MIN }, { YB_STR("a\"b\\c"), 0 },
		{ YB_STR("二\x1f"), INT64_MAX }, { { NULL, 0 }, -7 }, { YB_STR(""), 42 } };
	yb_req r = { .arena = arena };

	assert_text(yb_json_numbers(&r, &rows[0].id, 5, sizeof rows[0]),
	    "[-9223372036854775808,0,9223372036854775807,-7,42]");
	assert_text(yb_json_texts(&r, &rows[0].text, 5, sizeof rows[0]),
	    "[\"K-1\",\"a\\\"b\\\\c\",\"二\\u001f\",null,\"\"]");
	assert_text(yb_json_numbers(&r, &rows[4].id, 1, sizeof rows[0]), "[42]");
	assert_text(yb_json_numbers(&r, (const int64_t[]) { 3, 1, 2 }, 3, sizeof(int64_t)),
	    "[3,1,2]");
	assert_text(yb_json_numbers(&r, NULL, 0, sizeof(int64_t)), "[]");
	assert_text(yb_json_texts(&r, NULL, 0, sizeof(yb_str)), "[]");
	(void)state;
}

static void
a_page_is_cut_when_one_row_too_many_came(void **state)
{
	yb_list rows = { NULL, 4 };

	assert_false(yb_page_cut(&rows, 5));
	assert_false(yb_page_cut(&rows, 4));
	assert_int_equal(rows.n, 4);
	assert_true(yb_page_cut(&rows, 3));
	assert_int_equal(rows.n, 3);
	(void)state;
}

static int
setup(void **state)
{
	(void)state;
	arena = ybh_arena_new(4096, 8 << 20);
	return arena == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	ybh_arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_what_was_read),
		cmocka_unit_test(every_wrong_value_is_named),
		cmocka_unit_test(a_bad_row_does_not_refuse_its_neighbours),
		cmocka_unit_test(what_is_not_json_is_refused_before_it_costs_anything),
		cmocka_unit_test(a_buffer_beyond_its_maximum_stays_failed),
		cmocka_unit_test(an_arena_ends_newest_first_and_keeps_its_limit),
		cmocka_unit_test(many_values_are_one_array),
		cmocka_unit_test(a_page_is_cut_when_one_row_too_many_came),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
