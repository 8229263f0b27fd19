/* Jobs: cells as spreadsheets leave them, lines they cannot misread, keys, and the two charsets. */
#include <setjmp.h> /* cmocka 1.1.5 needs these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../core/lib/charset.h"
#include "../../core/lib/job_parts.h"

struct row {
	yb_str code, two, word, text;
	yb_date day;
	yb_int number;
	yb_dec dose;
	int64_t count;
	bool on;
};

static const char *
six(yb_str s)
{
	return s.len == 6 ? NULL : "E-VAL-002";
}

static const char *
six_or_eight(yb_str s)
{
	return s.len == 6 || s.len == 8 ? NULL : "E-VAL-002";
}

static const yb_format f_six = { "six", "^[0-9]{6}$", six };
static const yb_format f_two = { "two", "^([0-9]{6}|[0-9]{8})$", six_or_eight };

static const yb_field fields[] = {
	{ "code", YB_OF(struct row, code), .max = 6, .format = &f_six, .flags = YB_REQUIRED },
	{ "two", YB_OF(struct row, two), .max = 8, .format = &f_two },
	{ "word", YB_OF(struct row, word), .one_of = "01,02,10" },
	{ "text", YB_OF(struct row, text), .max = 20 },
	{ "day", YB_OF(struct row, day) },
	{ "number", YB_OF(struct row, number), .min = 1, .max = 100 },
	{ "dose", YB_OF(struct row, dose), .scale = 2 },
	{ "count", YB_OF(struct row, count), .flags = YB_REQUIRED },
	{ "on", YB_OF(struct row, on) },
	{ 0 },
};
static const char *const labels[] = { "コード", "番号", "区分", "文", "日", "数", "量", "件数", "有効" };

static struct yb_arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = ybh_arena_new(0, 1 << 20);
	return arena == NULL || !ybh_charset_init() ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	ybh_arena_free(arena);
	return 0;
}

static const char *
put(size_t field, const char *cell, struct row *row)
{
	const char *code;

	memset(row, 0, sizeof *row);
	code = job_cell_set(arena, &fields[field], yb_cstr(cell), row);
	return code == NULL ? "" : code;
}

static void
a_code_that_lost_its_zeros_is_told_so(void **state)
{
	static const struct {
		size_t field;
		const char *cell, *want;
	} cases[] = { { 0, "001234", "" }, { 0, "1234", "E-JOB-011" }, { 0, "1.23E+05", "E-JOB-011" },
		{ 0, "1234567", "E-VAL-002" }, { 0, "12a4", "E-VAL-002" }, { 0, "", "E-VAL-001" },
		{ 0, "  ", "E-VAL-001" }, { 1, "12345", "E-JOB-011" }, { 1, "1234567", "E-JOB-011" },
		{ 1, "123456", "" }, { 1, "12345678", "" }, { 1, "123456789", "E-VAL-002" },
		{ 2, "1", "E-JOB-011" }, { 2, "01", "" }, { 2, "3", "E-VAL-011" }, { 2, "10", "" },
		{ 3, "1234", "" } };
	struct row row;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(put(cases[i].field, cases[i].cell, &row), cases[i].want);
}

static void
cells_are_read_as_people_and_spreadsheets_write_them(void **state)
{
	static const struct {
		const char *cell;
		int year, month, day;
	} days[] = { { "2026-04-01", 2026, 4, 1 }, { "2026/4/1", 2026, 4, 1 },
		{ "20260401", 2026, 4, 1 }, { "2026/12/31", 2026, 12, 31 },
		{ "2026-4-01", 2026, 4, 1 } };
	static const char *const unreal[] = { "2026/13/1", "2026/2/30", "1/4/2026", "2026/4", "2026//1",
		"2026/4/1/", "R8.4.1", "2026/4/123", "46113" };
	struct row row;

	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		assert_string_equal(put(4, days[i].cell, &row), "");
		assert_int_equal(row.day.year, days[i].year);
		assert_int_equal(row.day.month, days[i].month);
		assert_int_equal(row.day.day, days[i].day);
	}
	for (size_t i = 0; i < sizeof unreal / sizeof *unreal; i++)
		assert_string_equal(put(4, unreal[i], &row), "E-VAL-003");
	assert_string_equal(put(3, " \xe3\x80\x80見本　太郎 \xe3\x80\x80", &row), "");
	assert_int_equal(row.text.len, strlen("見本　太郎"));
	assert_string_equal(put(3, "'=1+1", &row), "");
	assert_memory_equal(row.text.p, "=1+1", 4);
	assert_string_equal(put(3, "'quoted", &row), "");
	assert_memory_equal(row.text.p, "'quoted", 7);
	assert_string_equal(put(5, "101", &row), "E-VAL-006");
	assert_string_equal(put(5, "x", &row), "E-JOB-024");
	assert_string_equal(put(5, "", &row), "");
	assert_false(row.number.set);
	assert_string_equal(put(7, "", &row), "E-VAL-001");
	assert_string_equal(put(8, "TRUE", &row), "");
	assert_true(row.on);
	assert_string_equal(put(8, "0", &row), "");
	assert_string_equal(put(8, "yes", &row), "E-JOB-025");
}

static void
lines_are_quoted_and_formulas_are_defused(void **state)
{
	struct ybh_job j = { .columns = { fields, sizeof(struct row), labels, NULL }, .n_columns = 9 };
	struct row row = { .code = YB_STR("001234"), .word = YB_STR("\"a\",b"), .text = YB_STR("=1+1"),
		.number = { -5, true }, .dose = { -50, true }, .day = { 2026, 4, 1 }, .on = true };
	struct ybh_buf b;
	const char *want = "\"001234\",\"\",\"\"\"a\"\",b\",\"'=1+1\",\"2026-04-01\",\"-5\",\"-0.50\","
			   "\"0\",\"true\"\r\n";

	(void)state;
	ybh_buf_init(&b, 4096);
	job_line_print(&b, &j, &row);
	assert_string_equal(b.p, want);
	ybh_buf_reset(&b);
	job_header_print(&b, &j, YB_STR("エラー"));
	assert_memory_equal(b.p, "\xef\xbb\xbf\"コード\",", 15);
	assert_non_null(strstr(b.p, ",\"有効\",\"エラー\"\r\n"));
	ybh_buf_reset(&b);
	for (const char *const *p = (const char *const[]) { "=x", "+81", "-1.5", "-x", "@x", "\tx",
		 "\rx", "x=", NULL };
	     *p != NULL; p++) {
		job_cell_print(&b, yb_cstr(*p), false);
		ybh_buf_char(&b, ' ');
	}
	assert_string_equal(b.p,
	    "\"'=x\" \"'+81\" \"-1.5\" \"'-x\" \"'@x\" \"'\tx\" \"'\rx\" \"x=\" ");
	ybh_buf_free(&b);
}

static void
a_key_is_found_again_among_many(void **state)
{
	struct job_keys *k = job_keys_new(100);
	char text[16];

	(void)state;
	assert_non_null(k);
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < 100000; i++) {
			yb_str parts[2] = { { text, (size_t)snprintf(text, sizeof text, "%d", i) },
				YB_STR("x") };

			assert_int_equal(job_keys_add(k, parts, 2), pass);
		}
	}
	assert_int_equal(job_keys_add(k, (yb_str[]) { YB_STR("a"), YB_STR("bc") }, 2), 0);
	assert_int_equal(job_keys_add(k, (yb_str[]) { YB_STR("ab"), YB_STR("c") }, 2), 0);
	assert_int_equal(job_keys_add(k, (yb_str[]) { YB_STR("ab"), YB_STR("c") }, 2), 1);
	job_keys_free(k);
	job_keys_free(NULL);
}

#define SJIS_HEAD "\x83\x52\x81\x5b\x83\x68,\x96\xbc\x8f\xcc\r\n" /* コード,名称 */

static void
the_charset_is_told_from_the_bytes(void **state)
{
	char mixed[400];

	(void)state;
	assert_int_equal(ybh_charset_guess(YB_STR("code,name\r\n"), false), YBH_CHARSET_ASCII);
	assert_int_equal(ybh_charset_guess(YB_STR("コード,名称"), false), YBH_CHARSET_UTF8);
	assert_int_equal(ybh_charset_guess(YB_STR("\xef\xbb\xbf" "code"), false), YBH_CHARSET_UTF8);
	assert_int_equal(ybh_charset_guess(YB_STR(SJIS_HEAD), false), YBH_CHARSET_CP932);
	assert_int_equal(ybh_charset_guess(YB_STR("\xb1\xb2\xb3\xb4"), false), YBH_CHARSET_CP932);
	/* cut off in the middle of a character */
	assert_int_equal(ybh_charset_guess(YB_STR("コード\xe5\x90"), true), YBH_CHARSET_UTF8);
	assert_int_equal(ybh_charset_guess(YB_STR(SJIS_HEAD "\x96"), true), YBH_CHARSET_CP932);
	/* one bad byte among many good characters is a bad byte, not another charset */
	for (size_t i = 0; i < 30; i++)
		memcpy(mixed + i * 13, "予防接種,", 13);
	mixed[390] = '\x82';
	assert_int_equal(ybh_charset_guess((yb_str) { mixed, 391 }, false), YBH_CHARSET_UTF8);
}

/* Decodes with `step` bytes of input and `room` bytes of output at a time. */
static yb_str
decoded(yb_str in, size_t step, size_t room)
{
	char *out = ybh_arena_must(arena, in.len * 4 + 16);
	const unsigned char *at = (const unsigned char *)in.p, *end = at + in.len;
	struct ybh_cp932 s = { 0 };
	size_t n = 0;

	for (;;) {
		const unsigned char *stop = (size_t)(end - at) > step ? at + step : end;
		size_t got = ybh_cp932_decode(&s, &at, stop, stop == end, out + n, room);

		n += got;
		if (got == 0 && at == end)
			return (yb_str) { out, n };
	}
}

static void
cp932_is_decoded_wherever_it_is_cut(void **state)
{
	/* 髙﨑①～－∥ and half-width kana, which Shift_JIS proper lacks or maps elsewhere */
	static const char in[] = "a\xfb\xfc\xfa\xb1\x87\x40\x81\x60\x81\x7c\x81\x61\xb1,\"\x95\x5c\"\n";
	static const char want[] = "a髙﨑①～－∥ｱ,\"表\"\n"; /* the second byte of 表 is a backslash */

	(void)state;
	for (size_t step = 1; step < 8; step++) {
		for (size_t room = 4; room < 12; room += 3) {
			yb_str got = decoded(YB_STR(in), step, room);

			assert_int_equal(got.len, sizeof want - 1);
			assert_memory_equal(got.p, want, got.len);
		}
	}
}

static void
a_bad_byte_of_cp932_stays_a_bad_byte(void **state)
{
	static const char *const bad[] = { "x\x82,y", "x\xfd,y", "x\xa0,y", "x\x80,y", "x\x85\x9f,y" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		yb_str got = decoded(yb_cstr(bad[i]), 64, 64);

		assert_non_null(memchr(got.p, 0xff, got.len));
		assert_memory_equal(got.p + got.len - 2, ",y", 2); /* nothing behind it is eaten */
	}
	assert_int_equal(decoded(YB_STR("x\x93"), 64, 64).p[1], '\xff');
}

static int
no_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { fields, sizeof(struct row), labels, NULL };
	return 0;
}

static int
no_rows(yb_req *r, yb_row *rows, size_t n)
{
	(void)r;
	(void)rows;
	(void)n;
	return 0;
}

static int
no_lines(yb_req *r)
{
	(void)r;
	return 0;
}

static const yb_job_kind whole = { .name = "x.rows", .title = "見本", .function = "H-8-1",
	.roles = "MU-A", .reach = YB_REACH_OWN, .action = YB_ACT_UPDATE, .shows = YB_SHOWS_NOBODY,
	.columns = no_columns, .check = no_rows, .apply = no_rows };

static void
assert_kind(const yb_job_kind *k, const char *want)
{
	static const yb_route none[] = { { 0 } };
	const yb_job_kind *const jobs[] = { k, NULL };
	yb_module m = { .abi = YB_ABI, .size = sizeof m, .name = "x", .version = "1", .routes = none,
		.jobs = jobs };
	char err[300] = "";
	int rc = ybh_module_check(&m, "x", err, sizeof err);

	if (want == NULL) {
		assert_int_equal(rc, 0);
		return;
	}
	assert_int_not_equal(rc, 0);
	assert_non_null(strstr(err, want));
}

static void
a_kind_that_leaves_something_unsaid_is_refused(void **state)
{
	yb_job_kind k = whole;

	(void)state;
	assert_kind(&whole, NULL);
	k.name = "y.rows";
	assert_kind(&k, "begins with its area");
	k = whole;
	k.roles = NULL;
	assert_kind(&k, "roles");
	k.roles = "MU-X";
	assert_kind(&k, "roles");
	k = whole;
	k.reach = YB_REACH_UNSAID;
	assert_kind(&k, "reach");
	k = whole;
	k.shows = YB_SHOWS_UNSAID;
	assert_kind(&k, "shows persons");
	k = whole;
	k.columns = NULL;
	assert_kind(&k, "columns");
	k = whole;
	k.produce = no_lines;
	assert_kind(&k, "takes rows");
	k.check = k.apply = NULL;
	assert_kind(&k, NULL);
	k.produce = NULL;
	assert_kind(&k, "takes rows");
	k = whole;
	k.apply = NULL;
	assert_kind(&k, "takes rows");
	k = whole;
	k.approval_above = "rows";
	assert_kind(&k, "approval_above is for exports");
	k.check = k.apply = NULL;
	k.produce = no_lines;
	assert_kind(&k, "names a number");
	k = whole;
	k.params_size = 8;
	assert_kind(&k, "params");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_that_lost_its_zeros_is_told_so),
		cmocka_unit_test(cells_are_read_as_people_and_spreadsheets_write_them),
		cmocka_unit_test(lines_are_quoted_and_formulas_are_defused),
		cmocka_unit_test(a_key_is_found_again_among_many),
		cmocka_unit_test(the_charset_is_told_from_the_bytes),
		cmocka_unit_test(cp932_is_decoded_wherever_it_is_cut),
		cmocka_unit_test(a_bad_byte_of_cp932_stays_a_bad_byte),
		cmocka_unit_test(a_kind_that_leaves_something_unsaid_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
