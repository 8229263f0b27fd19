/* yobo.conf: what conf.h promises about the grammar, the messages and the lookups. */
#include <setjmp.h> /* cmocka 1.1.5 needs these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../core/lib/conf.h"

static struct ybh_conf *
good(const char *text)
{
	char err[256] = "";
	struct ybh_conf *c = ybh_conf_parse(text, strlen(text), err, sizeof err);

	if (c == NULL)
		fail_msg("refused: %s", err);
	return c;
}

/* Refused, with a message that has `part` in it. */
static void
bad_bytes(const char *text, size_t len, const char *part)
{
	char err[256] = "";
	struct ybh_conf *c = ybh_conf_parse(text, len, err, sizeof err);

	if (c != NULL)
		fail_msg("accepted, should say: %s", part);
	if (strstr(err, part) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", err, part);
}

static void
bad(const char *text, const char *part)
{
	bad_bytes(text, strlen(text), part);
}

static void
reads_sections_and_keys(void **state)
{
	struct ybh_conf *c = good("# yobo\n\n[yobod]\nrun_dir = /run/yobo\n"
				  "[pool main]\n\tareas=record \r\nkey = a = b # c\nempty =\n"
				  "[pool login]\nareas = account,token");

	(void)state;
	assert_string_equal(ybh_conf_get(c, "yobod", "run_dir", "x"), "/run/yobo");
	assert_string_equal(ybh_conf_get(c, "pool main", "areas", "x"), "record");
	assert_string_equal(ybh_conf_get(c, "pool main", "key", "x"), "a = b # c");
	assert_string_equal(ybh_conf_get(c, "pool main", "empty", "x"), "");
	assert_string_equal(ybh_conf_get(c, "pool login", "areas", "x"), "account,token");
	assert_string_equal(ybh_conf_get(c, "pool main", "run_dir", "other"), "other");
	assert_null(ybh_conf_get(c, "nowhere", "areas", NULL));
	assert_string_equal(ybh_conf_section(c, "pool ", 0), "pool main");
	assert_string_equal(ybh_conf_section(c, "pool ", 1), "pool login");
	assert_null(ybh_conf_section(c, "pool ", 2));
	assert_string_equal(ybh_conf_section(c, "", 0), "yobod");
	assert_string_equal(ybh_conf_key(c, "pool main", 0), "areas");
	assert_string_equal(ybh_conf_key(c, "pool main", 2), "empty");
	assert_null(ybh_conf_key(c, "pool main", 3));
	assert_null(ybh_conf_key(c, "nowhere", 0));
	ybh_conf_free(c);
}

static void
nothing_is_a_configuration_too(void **state)
{
	struct ybh_conf *c = good("");

	(void)state;
	assert_null(ybh_conf_section(c, "", 0));
	ybh_conf_free(c);
	ybh_conf_free(good("[only]"));
	ybh_conf_free(NULL);
}

static void
refuses_with_file_and_line(void **state)
{
	(void)state;
	bad("[a]\nk = 1\nk = 2\n", "yobo.conf:3: k is there twice, first in line 2");
	bad("[a]\n[b]\n[a]\n", "yobo.conf:3: section [a] is there twice");
	bad("[a]\nword\n", ":2: a line is");
	bad("k = 1\n", ":1: a key before");
	bad("[a\n", "a section is written");
	bad("[", "a section is written");
	bad("[]\n", "a section name");
	bad("[a  b]\n", "a section name");
	bad("[a/b]\n", "a section name");
	bad("[a]\n= 1\n", "a key is of");
	bad("[a]\nk k = 1\n", "a key is of");
	bad("[a]\nk = \033[1m\n", "a control character");
	bad("\xef\xbb\xbf[a]\n", ":1: a line is");
	bad_bytes("[a]\nk = 1\0\n", 11, ":2: a NUL byte");
	bad_bytes("\0", 1, ":1: a NUL byte");
}

static void
bounds_its_input(void **state)
{
	enum { ROOM = 200000 };
	char *text = malloc(ROOM);
	struct ybh_conf *c;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 4200);
	memcpy(text, "[a]\nk = ", 8);
	text[4 + 4095] = '\n'; /* line 2 is 4,095 bytes: just allowed */
	c = ybh_conf_parse(text, 4 + 4096, text + 100000, 100);
	assert_non_null(c);
	assert_int_equal(strlen(ybh_conf_get(c, "a", "k", "")), 4095 - 4);
	ybh_conf_free(c);
	text[4 + 4095] = 'x';
	bad_bytes(text, 4 + 4096, ":2: a line longer than 4095 bytes");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, ROOM - n, "[s%d]\n", i);
	bad_bytes(text, n, "more than 256 sections");
	n = (size_t)snprintf(text, ROOM, "[s]\n");
	for (int i = 0; i < 4200; i++)
		n += (size_t)snprintf(text + n, ROOM - n, "k%d = 1\n", i);
	bad_bytes(text, n, "more than 4096 keys");
	free(text);
}

static void
reads_whole_numbers_only(void **state)
{
	struct ybh_conf *c = good("[a]\nten = 10\nminus = -3\nplus = +3\nhex = 0x10\nempty =\n"
				  "word = 5s\nhuge = 99999999999999999999\nfraction = 1.5\n");
	const char *const wrong[] = { "plus", "hex", "empty", "word", "huge", "fraction" };
	char err[256];
	long v = 7;

	(void)state;
	assert_int_equal(ybh_conf_long(c, "a", "absent", 0, 9, &v, err, sizeof err), 0);
	assert_int_equal(v, 7);
	assert_int_equal(ybh_conf_long(c, "a", "ten", 0, 10, &v, err, sizeof err), 0);
	assert_int_equal(v, 10);
	assert_int_equal(ybh_conf_long(c, "a", "minus", -3, 0, &v, err, sizeof err), 0);
	assert_int_equal(v, -3);
	assert_int_equal(ybh_conf_long(c, "a", "ten", 0, 9, &v, err, sizeof err), -1);
	assert_string_equal(err, "yobo.conf:2: [a] ten: a whole number from 0 to 9");
	assert_int_equal(ybh_conf_long(c, "a", "ten", 11, 20, &v, NULL, 0), -1);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(
		    ybh_conf_long(c, "a", wrong[i], 0, 100, &v, err, sizeof err), -1);
	assert_int_equal(v, -3);
	ybh_conf_free(c);
}

static void
loads_a_file(void **state)
{
	char path[] = "/tmp/yobo-conf-XXXXXX";
	int fd = mkstemp(path);
	struct ybh_conf *c;
	char err[256], want[64], little[8];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "[a]\nk = v\n", 10), 10);
	c = ybh_conf_load(path, err, sizeof err);
	assert_non_null(c);
	assert_string_equal(ybh_conf_get(c, "a", "k", ""), "v");
	ybh_conf_free(c);
	c = ybh_conf_load_fd(fd, "given", err, sizeof err); /* which stands at its end */
	assert_non_null(c);
	assert_string_equal(ybh_conf_get(c, "a", "k", ""), "v");
	ybh_conf_free(c);
	assert_int_equal(write(fd, "?\n", 2), 2);
	assert_null(ybh_conf_load_fd(fd, "given", err, sizeof err));
	assert_memory_equal(err, "given:3: ", 9);
	assert_null(ybh_conf_load_fd(-1, "given", err, sizeof err));
	assert_null(ybh_conf_load(path, err, sizeof err));
	(void)snprintf(want, sizeof want, "%s:3: ", path);
	assert_memory_equal(err, want, strlen(want));
	assert_null(ybh_conf_load(path, little, sizeof little)); /* message cut, terminated */
	assert_int_equal(strlen(little), 7);
	assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
	assert_null(ybh_conf_load(path, err, sizeof err));
	assert_non_null(strstr(err, "File too large"));
	(void)close(fd);
	(void)unlink(path);
	assert_null(ybh_conf_load(path, err, sizeof err));
	assert_non_null(strstr(err, "No such file"));
	assert_null(ybh_conf_load("/tmp", err, sizeof err));
	assert_non_null(strstr(err, "Is a directory"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_sections_and_keys),
		cmocka_unit_test(nothing_is_a_configuration_too),
		cmocka_unit_test(refuses_with_file_and_line),
		cmocka_unit_test(bounds_its_input),
		cmocka_unit_test(reads_whole_numbers_only),
		cmocka_unit_test(loads_a_file),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
