/* The strict CSV reader: what RFC 4180 allows is read, everything else is refused with its line. */
#include <setjmp.h> /* cmocka 1.1.5 needs these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/lib/csv.h"

struct drip { /* a source that gives `step` bytes at a time and breaks at `broken` */
	yb_str text;
	size_t at, step, broken;
};

static int64_t
drip_read(void *arg, void *buf, size_t size)
{
	struct drip *d = arg;
	size_t n = d->text.len - d->at;

	if (d->broken > 0 && d->at >= d->broken)
		return -1;
	n = n < d->step ? n : d->step;
	n = n < size ? n : size;
	memcpy(buf, d->text.p + d->at, n);
	d->at += n;
	return (int64_t)n;
}

static void
assert_cell(const struct ybh_csv_record *r, size_t i, const char *want)
{
	assert_true(i < r->n);
	if (want == NULL) {
		assert_null(r->cells[i].p);
		return;
	}
	assert_non_null(r->cells[i].p);
	assert_int_equal(r->cells[i].len, strlen(want));
	assert_memory_equal(r->cells[i].p, want, strlen(want));
}

static void
cells_quotes_and_line_ends_are_read(void **state)
{
	struct ybh_csv *c = ybh_csv_memory(
	    YB_STR("\xef\xbb\xbf"
		   "a,b,c\r\n1,\"x, \"\"y\"\"\r\nz\",\n,\"\",\xf0\xa0\xae\xb7\n7,8,9"));
	struct ybh_csv_record r;

	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_int_equal(r.n, 3);
	assert_int_equal(r.line, 1);
	assert_cell(&r, 0, "a");
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_cell(&r, 0, "1");
	assert_cell(&r, 1, "x, \"y\"\r\nz");
	assert_cell(&r, 2, NULL);
	assert_int_equal(r.line, 2);
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_int_equal(r.line, 4);
	assert_cell(&r, 0, NULL);
	assert_cell(&r, 1, "");
	assert_cell(&r, 2, "\xf0\xa0\xae\xb7");
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_cell(&r, 2, "9");
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_END);
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_END);
	ybh_csv_free(c);
	(void)state;
}

static void
a_stream_says_the_same_however_it_drips(void **state)
{
	static const char text[] = "\xef\xbb\xbf\xe5\x90\x8d,b\r\n\"q\"\"\r\n\",\xe3\x82\xa2\r\n";

	for (size_t step = 1; step < sizeof text; step++) {
		struct drip d = { { text, sizeof text - 1 }, 0, step, 0 };
		struct ybh_csv *c = ybh_csv_stream(drip_read, &d);
		struct ybh_csv_record r;

		assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
		assert_cell(&r, 0, "\xe5\x90\x8d");
		assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
		assert_cell(&r, 0, "q\"\r\n");
		assert_cell(&r, 1, "\xe3\x82\xa2");
		assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_END);
		ybh_csv_free(c);
	}
	(void)state;
}

static void
what_is_not_csv_is_refused_with_its_line(void **state)
{
	const struct {
		yb_str text;
		const char *why;
	} bad[] = {
		{ YB_STR("a\nb\"c\n"), "line 2: a quote inside a cell that is not quoted" },
		{ YB_STR("\"a\"b\n"), "line 1: text behind the closing quote of a cell" },
		{ YB_STR("a\rb\n"), "line 1: a carriage return without a line feed" },
		{ YB_STR("a\n\"b\nc"), "line 3: a quote that began in line 2 is not closed" },
		{ YB_STR("a\0b\n"), "line 1: a NUL byte" },
		{ YB_STR("a\n\x83\x41\n"), "line 2: not UTF-8" },
		{ YB_STR("\xc0\xaf\n"), "line 1: not UTF-8" },
		{ YB_STR("\xed\xa0\x80\n"), "line 1: not UTF-8" },
		{ YB_STR("\xf4\x90\x80\x80\n"), "line 1: not UTF-8" },
		{ YB_STR("\xe3\x82"), "line 1: the text of line 1 is cut off" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct ybh_csv *c = ybh_csv_memory(bad[i].text);
		struct ybh_csv_record r;
		enum ybh_csv_result got;

		do
			got = ybh_csv_next(c, &r);
		while (got == YBH_CSV_ROW);
		assert_int_equal(got, YBH_CSV_BAD);
		assert_string_equal(ybh_csv_error(c), bad[i].why);
		assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_BAD);
		ybh_csv_free(c);
	}
	(void)state;
}

static void
an_uneven_line_is_told_and_the_next_is_read(void **state)
{
	struct ybh_csv *c = ybh_csv_memory(YB_STR("a,b\n1\n\n1,2,3\n1,2\n"));
	struct ybh_csv_record r;

	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_UNEVEN);
	assert_string_equal(ybh_csv_error(c), "line 2: 1 cells where the first line has 2");
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_UNEVEN);
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_UNEVEN);
	assert_int_equal(r.n, 3);
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_int_equal(r.line, 5);
	ybh_csv_free(c);
	(void)state;
}

static void
records_and_cells_have_a_bound(void **state)
{
	size_t big = YBH_CSV_RECORD + 1;
	char *text = malloc(big + 1);
	struct ybh_csv_record r;
	struct ybh_csv *c;

	assert_non_null(text);
	memset(text, 'x', big);
	c = ybh_csv_memory((yb_str) { text, big - 1 });
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_int_equal(r.cells[0].len, big - 1);
	ybh_csv_free(c);
	c = ybh_csv_memory((yb_str) { text, big });
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_BAD);
	ybh_csv_free(c);
	memset(text, ',', YBH_CSV_CELLS);
	c = ybh_csv_memory((yb_str) { text, YBH_CSV_CELLS - 1 });
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_int_equal(r.n, YBH_CSV_CELLS);
	ybh_csv_free(c);
	c = ybh_csv_memory((yb_str) { text, YBH_CSV_CELLS });
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_BAD);
	ybh_csv_free(c);
	free(text);
	(void)state;
}

static void
a_source_that_breaks_is_not_the_end(void **state)
{
	struct drip d = { YB_STR("a,b\n1,2\n3,4\n"), 0, 4, 8 };
	struct ybh_csv *c = ybh_csv_stream(drip_read, &d);
	struct ybh_csv_record r;

	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_ROW);
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_BAD);
	assert_string_equal(ybh_csv_error(c), "line 3: the source broke off");
	ybh_csv_free(c);
	c = ybh_csv_memory(YB_STR(""));
	assert_int_equal(ybh_csv_next(c, &r), YBH_CSV_END);
	ybh_csv_free(c);
	ybh_csv_free(NULL);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_quotes_and_line_ends_are_read),
		cmocka_unit_test(a_stream_says_the_same_however_it_drips),
		cmocka_unit_test(what_is_not_csv_is_refused_with_its_line),
		cmocka_unit_test(an_uneven_line_is_told_and_the_next_is_read),
		cmocka_unit_test(records_and_cells_have_a_bound),
		cmocka_unit_test(a_source_that_breaks_is_not_the_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
