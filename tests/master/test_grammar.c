/* The small languages of master values: what is read, and that nothing half-read is taken. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "../../modules/master/grammar.c"

struct word_of {
	const char *text, *want; /* NULL: good */
};

static void
words_check(const char *(*check)(yb_str s), const struct word_of *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(w[i].text);
		char *exact = malloc(len == 0 ? 1 : len); /* a byte read beyond the end is found out */
		const char *got;

		assert_non_null(exact);
		memcpy(exact, w[i].text, len);
		got = check((yb_str) { exact, len });
		free(exact);
		if (w[i].want == NULL && got != NULL)
			fail_msg("%s: %s", w[i].text, got);
		if (w[i].want != NULL && (got == NULL || strcmp(got, w[i].want) != 0))
			fail_msg("%s: %s, not %s", w[i].text, got == NULL ? "good" : got, w[i].want);
	}
}

#define CHECK(fn, words) words_check(fn, words, sizeof(words) / sizeof((words)[0]))

static void
age_tokens_are_those_of_the_brief(void **state)
{
	static const struct word_of words[] = { { "B0", NULL }, { "D42", NULL }, { "M7+1d", NULL },
		{ "Y65", NULL }, { "FY12s", NULL }, { "FY16e", NULL }, { "FY65", NULL },
		{ "SCH-1", NULL }, { "SCH0e", NULL }, { "GA28w0d", NULL }, { "GA36w6d", NULL },
		{ "SEASON 10-01", NULL }, { "", "E-VAL-002" }, { "B1", "E-VAL-002" },
		{ "M", "E-VAL-002" }, { "M7+", "E-VAL-002" }, { "M7+1", "E-VAL-002" },
		{ "M7 ", "E-VAL-002" }, { "m7", "E-VAL-002" }, { "Y12345", "E-VAL-002" },
		{ "FY", "E-VAL-002" }, { "FY12se", "E-VAL-002" }, { "GA28w7d", "E-VAL-002" },
		{ "GA46w0d", "E-VAL-002" }, { "GA28w", "E-VAL-002" }, { "SEASON 13-01", "E-VAL-002" },
		{ "SEASON", "E-VAL-002" }, { "SCH", "E-VAL-002" }, { "B0B0", "E-VAL-002" } };

	(void)state;
	CHECK(grammar_age, words);
}

static void
next_dates_count_from_a_dose(void **state)
{
	static const struct word_of words[] = { { "prev+28d", NULL }, { "ref+6M", NULL },
		{ "per dose", NULL }, { "prev+1M (2nd), prev+3M (3rd)", NULL },
		{ "prev+3M (6M high dose)", NULL }, { "", "E-VAL-002" }, { "prev+", "E-VAL-002" },
		{ "prev+28", "E-VAL-002" }, { "prev+28d,", "E-VAL-002" }, { "prev+28d, ", "E-VAL-002" },
		{ "prev-28d", "E-VAL-002" }, { "next+28d", "E-VAL-002" }, { "prev+28dd", "E-VAL-002" },
		{ "prev+1M (2nd", "E-VAL-002" } };

	(void)state;
	CHECK(grammar_after, words);
}

static void
hours_have_days_and_end_after_they_begin(void **state)
{
	static const struct word_of words[] = { { "月火水木金 09:00-12:00|土 09:00-11:30", NULL },
		{ "祝 00:00-24:00", NULL }, { "", "E-VAL-002" }, { "月", "E-VAL-002" },
		{ "09:00-12:00", "E-VAL-002" }, { "月 9:00-12:00", "E-VAL-002" },
		{ "月 09:00-12:60", "E-VAL-002" }, { "月 12:00-12:00", "E-VAL-013" },
		{ "月 09:00-12:00|", "E-VAL-002" }, { "月 09:00-12:00 ", "E-VAL-002" } };

	(void)state;
	CHECK(grammar_hours, words);
}

static const char *
small_image(yb_str s)
{
	return grammar_image(s, 1);
}

static void
an_image_is_a_png_in_base64(void **state)
{
	static const struct word_of words[] = { { "iVBORw0KGgoAAAAA", NULL }, { "iVBORw0KGgoAAA==", NULL },
		{ "", "E-VAL-002" }, { "iVBORw0KGgo=", "E-VAL-002" }, { "iVBORw0KGgoAAAA", "E-VAL-002" },
		{ "R0lGODlhAQABAAAA", "E-VAL-002" }, { "iVBORw0KGgoAA A=", "E-VAL-002" },
		{ "iVBORw0KGgoA=A==", "E-VAL-002" }, { "================", "E-VAL-002" } };
	char large[1400];

	(void)state;
	CHECK(small_image, words);
	memset(large, 'A', sizeof large);
	memcpy(large, "iVBORw0KGgo", 11);
	assert_string_equal(grammar_image((yb_str) { large, sizeof large }, 1), "E-VAL-006");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(age_tokens_are_those_of_the_brief),
		cmocka_unit_test(next_dates_count_from_a_dose),
		cmocka_unit_test(hours_have_days_and_end_after_they_begin),
		cmocka_unit_test(an_image_is_a_png_in_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
