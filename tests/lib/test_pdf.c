/* Paper: what is written on it can be read again, by programs and in the same bytes. */
#include "unit.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../core/lib/pdf.c" /* what is tested is static, on purpose */

static struct yb_arena *arena;

static yb_req
request(void)
{
	return (yb_req) { .arena = arena };
}

static const yb_pdf_paper letter = {
	.title = { "見本の通知", sizeof "見本の通知" - 1 },
	.made = { INT64_C(1795000000000000) },
	.numbered = true,
};

static yb_bytes
finish(yb_pdf *p)
{
	yb_bytes out;

	assert_int_equal(yb_pdf_end(p, &out), 0);
	return out;
}

static const char *
find(yb_bytes in, const char *word)
{
	return memmem(in.p, in.len, word, strlen(word));
}

/* What a program of poppler-utils says about the bytes. */
static yb_str
ask(const char *program, const char *option, yb_bytes pdf)
{
	char name[] = "/tmp/yobo-pdf.XXXXXX", out[] = "/tmp/yobo-txt.XXXXXX";
	const char *out_arg = strcmp(program, "pdftotext") == 0 ? "-" : NULL;
	const char *const argv[] = { program, option, name, out_arg, NULL };
	int fd = mkstemp(name), back = mkstemp(out), status = -1;
	posix_spawn_file_actions_t actions;
	char *text = yb_alloc(&(yb_req) { .arena = arena }, 65536);
	ssize_t n;
	pid_t pid;

	assert_true(fd >= 0 && back >= 0);
	assert_int_equal(write(fd, pdf.p, pdf.len), pdf.len);
	assert_int_equal(close(fd), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, back, 1), 0);
	assert_int_equal(posix_spawnp(&pid, program, &actions, NULL,
			     (char *const *)(uintptr_t)argv, environ),
	    0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	n = pread(back, text, 65535, 0);
	assert_true(n >= 0);
	assert_int_equal(close(back), 0);
	assert_int_equal(unlink(name) | unlink(out), 0);
	return (yb_str) { text, (size_t)n };
}

static bool
says(yb_str text, const char *word)
{
	return memmem(text.p, text.len, word, strlen(word)) != NULL;
}

static yb_bytes
sample(yb_req *r)
{
	const yb_pdf_type title = { .size = 160, .bold = true, .align = YB_PDF_CENTRE,
		.heading = true };
	const yb_pdf_type plain = { .face = YB_PDF_MINCHO };
	yb_pdf *p = yb_pdf_new(r, &letter);

	yb_pdf_text(p, &title, YB_STR("接種済証"));
	yb_pdf_text(p, &plain, YB_STR("𠮷田　葛󠄀子　様"));
	(void)yb_pdf_place(p, &plain, 200, 2500, 800, YB_STR("ロット A1234"));
	yb_pdf_box(p, 200, 2400, 500, 80, 4, 90);
	yb_pdf_rule(p, 200, 2390, 1900, 2390, 4);
	assert_int_equal(yb_pdf_missing(p), 0);
	return finish(p);
}

static void
text_can_be_read_again(void **state)
{
	yb_req r = request();
	yb_str text = ask("pdftotext", "-layout", sample(&r));

	(void)state;
	assert_true(says(text, "接種済証"));
	assert_true(says(text, "𠮷田"));
	assert_true(says(text, "ロット A1234"));
	assert_true(says(text, "1/1")); /* thin spaces are none to pdftotext */
}

static void
fonts_are_embedded_and_the_language_is_said(void **state)
{
	yb_req r = request();
	yb_bytes pdf = sample(&r);
	yb_str info = ask("pdfinfo", "-isodates", pdf);

	(void)state;
	assert_true(says(info, "見本の通知"));
	assert_true(says(info, "595.2") && says(info, "A4"));
	assert_true(says(info, "2026-11-18"));
	assert_true(says(info, "Tagged:          yes"));
	assert_non_null(find(pdf, "/Lang (ja-JP)"));
	assert_non_null(find(pdf, "/DisplayDocTitle true"));
	assert_non_null(find(pdf, "/FontFile3"));
}

static void
the_same_calls_give_the_same_bytes(void **state)
{
	yb_req r = request();
	yb_bytes one = sample(&r), two = sample(&r);

	(void)state;
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.p, two.p, one.len);
}

static void
a_long_text_goes_on_to_the_next_page(void **state)
{
	const yb_pdf_type type = { .size = 120 };
	yb_req r = request();
	yb_pdf *p = yb_pdf_new(&r, &letter);
	yb_str text;
	int lines = 0;

	(void)state;
	for (int i = 1; i <= 100; i++)
		yb_pdf_text(p, &type, yb_format_text(&r, "行%03d", i));
	assert_true(yb_pdf_at(p) < YB_PDF_HEIGHT - 200);
	text = ask("pdftotext", "-layout", finish(p));
	for (int i = 1; i <= 100; i++)
		lines += says(text, yb_format_text(&r, "行%03d", i).p) ? 1 : 0;
	assert_int_equal(lines, 100);
	assert_true(says(text, "1/3") && says(text, "3/3"));
}

static void
a_table_repeats_its_head_and_splits_no_row(void **state)
{
	static const yb_pdf_column columns[] = {
		{ .head = { "番号", sizeof "番号" - 1 }, .width = 300, .align = YB_PDF_RIGHT },
		{ .head = { "ワクチン", sizeof "ワクチン" - 1 }, .width = 1400 },
	};
	const yb_pdf_type type = { .size = 100 };
	yb_req r = request();
	yb_pdf *p = yb_pdf_new(&r, &letter);
	yb_str cells[2 * 60], text;
	size_t heads = 0;

	(void)state;
	for (int i = 0; i < 60; i++) {
		cells[2 * i] = yb_format_text(&r, "%d", i + 1);
		cells[2 * i + 1] = i % 7 == 0 ? YB_STR("五種混合\n二行目") : YB_STR("麻しん風しん");
	}
	yb_pdf_table(p, columns, 2, &type, cells, 60);
	for (size_t i = 0; i < p->n_ops; i++)
		if (p->ops[i].kind == OP_BOX)
			assert_true(p->ops[i].y + p->ops[i].h <= YB_PDF_HEIGHT - 200);
	text = ask("pdftotext", "-layout", finish(p));
	for (const char *at = text.p; (at = strstr(at, "ワクチン")) != NULL; at++)
		heads++;
	assert_int_equal(heads, 3);
}

static void
what_no_font_has_is_counted(void **state)
{
	yb_req r = request();
	yb_pdf *p = yb_pdf_new(&r, &letter);

	(void)state;
	yb_pdf_text(p, &(yb_pdf_type) { 0 }, YB_STR("外字\xEE\x80\x80")); /* U+E000, private use */
	assert_int_equal(yb_pdf_missing(p), 1);
}

static void
moments_become_dates(void **state)
{
	char text[32];

	(void)state;
	date_text((yb_time) { INT64_C(1000000) * (86400 + 3661) }, text);
	assert_string_equal(text, "1970-01-02T01:01:01Z");
}

static int
arena_begin(void **state)
{
	(void)state;
	arena = ybh_arena_new(1u << 20, 64u << 20);
	return arena == NULL;
}

static int
arena_end(void **state)
{
	(void)state;
	ybh_arena_reset(arena);
	ybh_arena_free(arena);
	return 0;
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, arena_begin, arena_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ARENA(text_can_be_read_again),
		IN_ARENA(fonts_are_embedded_and_the_language_is_said),
		IN_ARENA(the_same_calls_give_the_same_bytes),
		IN_ARENA(a_long_text_goes_on_to_the_next_page),
		IN_ARENA(a_table_repeats_its_head_and_splits_no_row),
		IN_ARENA(what_no_font_has_is_counted),
		cmocka_unit_test(moments_become_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
