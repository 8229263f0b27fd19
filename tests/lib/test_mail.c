/* Texts of mails, what becomes of values in them, and the message on the wire: mail_text.c. */
#include "../support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/lib/host.h"
#include "../../core/lib/mail_server.h"
#include "../../core/lib/text.h"

static struct ybh_buf out;

static int
setup(void **state)
{
	(void)state;
	ybh_buf_init(&out, YBH_MAIL_TEXT_MAX);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ybh_buf_free(&out);
	return 0;
}

static const char *
filled(const char *file, const yb_mail_word *words, size_t n)
{
	struct ybh_mail_text text;
	const char *why = ybh_mail_text_parse(yb_cstr(file), &text);

	assert_null(why);
	ybh_buf_reset(&out);
	return ybh_mail_text_fill(&out, &text, YB_STR("https://yobo.example"), words, n);
}

/* ---- the file ---- */

static void
a_text_has_a_subject_and_a_body(void **state)
{
	struct ybh_mail_text text;

	assert_null(ybh_mail_text_parse(YB_STR("Subject: 件名 {a}\n\n本文\n{b_2}\n"), &text));
	assert_text(text.subject, "件名 {a}");
	assert_text(text.body, "本文\n{b_2}\n");
	(void)state;
}

static void
a_text_of_another_form_is_refused(void **state)
{
	static const char *const bad[] = { "", "Subject: a", "Subject: a\n", "Subject: a\n\n",
		"Subject: a\nb\n", "Subject:a\n\nb\n", "subject: a\n\nb\n", "Subject: \n\nb\n",
		"Subject: a\r\n\r\nb\n", "Subject: a\n\nb {\n", "Subject: a\n\nb }\n",
		"Subject: a\n\n{}\n", "Subject: a\n\n{ a}\n", "Subject: a\n\n{A}\n",
		"Subject: a\n\n{a\n", "Subject: {\n\nb\n", "Subject: a\n\nb\xff\n",
		"Subject: a\n\nb\x01\n", "Subject: a\n\n{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\n",
		"Subject: a\n\n \n" };
	struct ybh_mail_text text;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(ybh_mail_text_parse(yb_cstr(bad[i]), &text));
	(void)state;
}

/* ---- values ---- */

static void
words_are_filled_in_once(void **state)
{
	const yb_mail_word words[] = { { "a", YB_STR("{b}") }, { "b", YB_STR("太郎") } };

	assert_null(filled("Subject: {a}\n\n{b}{b} {base_url}/x\n", words, 2));
	assert_text(ybh_buf_view(&out), "{b}\n太郎太郎 https://yobo.example/x\n");
	(void)state;
}

static void
a_value_cannot_begin_a_line(void **state)
{
	const yb_mail_word words[] = { { "a", YB_STR("x\r\nBcc: y@z.example\n\n" "v\xe2\x80\xa8w"
		"\xe2\x80\xae\t\x7f\xc2\x85 end") } };

	assert_null(filled("Subject: {a}\n\n{a}\n", words, 1));
	assert_text(ybh_buf_view(&out),
	    "x  Bcc: y@z.example  v w     end\nx  Bcc: y@z.example  v w     end\n");
	(void)state;
}

static void
words_given_and_words_used_are_the_same(void **state)
{
	const yb_mail_word words[] = { { "a", YB_STR("1") }, { "b", YB_STR("2") } };
	const yb_mail_word twice[] = { { "a", YB_STR("1") }, { "a", YB_STR("2") } };
	const yb_mail_word null[] = { { "a", { NULL, 0 } } };
	const yb_mail_word bytes[] = { { "a", YB_STR("\xff") } };

	assert_null(filled("Subject: x\n\n{a}{b}\n", words, 2));
	assert_non_null(filled("Subject: x\n\n{a}\n", words, 2));
	assert_non_null(filled("Subject: x\n\n{a}{b}{c}\n", words, 2));
	assert_non_null(filled("Subject: {c}\n\n{a}{b}\n", words, 2));
	assert_non_null(filled("Subject: x\n\n{a}\n", twice, 2));
	assert_non_null(filled("Subject: x\n\n{a}\n", null, 1));
	assert_non_null(filled("Subject: x\n\n{a}\n", bytes, 1));
	assert_null(filled("Subject: x\n\n{base_url}\n", NULL, 0));
	(void)state;
}

static void
a_text_beyond_the_limit_is_refused(void **state)
{
	char *long_value = malloc(YBH_MAIL_TEXT_MAX + 1);
	yb_mail_word word = { "a", { long_value, YBH_MAIL_TEXT_MAX } };

	assert_non_null(long_value);
	memset(long_value, 'x', YBH_MAIL_TEXT_MAX);
	assert_non_null(filled("Subject: x\n\n{a}\n", &word, 1));
	free(long_value);
	(void)state;
}

/* ---- the message ---- */

static struct ybh_mail_envelope
envelope(const char *from)
{
	struct ybh_mail_envelope e = { .to = YB_STR("taro@example.jp"), .host = YB_STR("yobo.example"),
		.date = { INT64_C(1795242600000000) }, /* 2026-11-21T06:30:00Z */
		.id = { { 0xab, 1, 2, 3, 4, 5, 0x46, 7, 0x88, 9, 10, 11, 12, 13, 14, 15 } } };

	assert_true(ybh_mail_from_parse(yb_cstr(from), &e.from));
	return e;
}

static void
a_message_is_exactly_so(void **state)
{
	struct ybh_mail_envelope e = envelope("予防 <no-reply@yobo.example>");

	ybh_buf_reset(&out);
	ybh_mail_message(&out, &e, YB_STR("お知らせ\n一行目\n\n三行目\n"));
	assert_text(ybh_buf_view(&out),
	    "Date: Sat, 21 Nov 2026 15:30:00 +0900\r\n"
	    "From: =?UTF-8?B?5LqI6Ziy?=\r\n <no-reply@yobo.example>\r\n"
	    "To: <taro@example.jp>\r\n"
	    "Message-ID: <ab010203-0405-4607-8809-0a0b0c0d0e0f@yobo.example>\r\n"
	    "Subject: =?UTF-8?B?44GK55+l44KJ44Gb?=\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "\r\n"
	    "5LiA6KGM55uuDQoNCuS4ieihjOebrg0K\r\n");
	(void)state;
}

static void
lines_stay_within_76_and_characters_whole(void **state)
{
	struct ybh_mail_envelope e = envelope("a@yobo.example");
	char text[1024];
	size_t words = 0;

	/* One to four bytes a character, in every position of a word. */
	for (size_t shift = 0; shift < 4; shift++) {
		(void)snprintf(text, sizeof text, "%.*s%s\n%s\n", (int)shift, "xyz",
		    "é漢𠮷é漢𠮷é漢𠮷é漢𠮷é漢𠮷é漢𠮷é漢𠮷é漢𠮷é漢𠮷é漢𠮷é漢𠮷é漢𠮷é漢𠮷",
		    "長い本文の行は途中で折られるが、長い本文の行は途中で折られても元の行に戻る。");
		ybh_buf_reset(&out);
		ybh_mail_message(&out, &e, yb_cstr(text));
		for (const char *at = out.p; *at != '\0';) {
			const char *end = strstr(at, "\r\n");

			assert_non_null(end);
			assert_true(end - at <= 76);
			assert_null(memchr(at, '\n', (size_t)(end - at)));
			at = end + 2;
		}
		for (const char *at = out.p; (at = strstr(at, "=?UTF-8?B?")) != NULL; words++) {
			unsigned char bytes[80];
			char url[80];
			size_t n = 0;
			long len;

			for (at += 10; *at != '?'; at++)
				if (*at != '=')
					url[n++] = *at == '+' ? '-' : *at == '/' ? '_' : *at;
			len = ybh_b64url_decode((yb_str) { url, n }, bytes);
			assert_true(len > 0);
			assert_true(ybh_utf8_valid((yb_str) { (char *)bytes, (size_t)len }));
		}
	}
	assert_true(words >= 8);
	(void)state;
}

static void
an_empty_line_at_the_end_and_a_line_of_57_bytes(void **state)
{
	struct ybh_mail_envelope e = envelope("a@yobo.example");
	const char *body;

	ybh_buf_reset(&out);
	ybh_mail_message(&out, &e,
	    YB_STR("s\n1234567890123456789012345678901234567890123456789012345\n"));
	body = strstr(out.p, "\r\n\r\n");
	assert_non_null(body);
	assert_string_equal(body + 4, "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1"
				      "Njc4OTAxMjM0NQ0K\r\n");
	(void)state;
}

/* ---- addresses ---- */

static void
a_sender_is_an_address_with_or_without_a_name(void **state)
{
	static const char *const bad[] = { "", "x", "x@y", "<a@b.example", "A <a@b.example> x",
		"A a@b.example", "A <a@b.example>,<c@d.example>", "A\r\nBcc: x <a@b.example>",
		"A <a@b.example\r\nBcc: x@y.example>", "\xff <a@b.example>" };
	struct ybh_mail_from from;

	assert_true(ybh_mail_from_parse(YB_STR("a@b.example"), &from));
	assert_null(from.name.p);
	assert_text(from.address, "a@b.example");
	assert_true(ybh_mail_from_parse(YB_STR("<a@b.example>"), &from));
	assert_null(from.name.p);
	assert_true(ybh_mail_from_parse(YB_STR("市役所 係 <a@b.example>"), &from));
	assert_text(from.name, "市役所 係");
	assert_text(from.address, "a@b.example");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(ybh_mail_from_parse(yb_cstr(bad[i]), &from));
	(void)state;
}

static void
the_host_of_the_installation(void **state)
{
	struct yb_arena *a = ybh_arena_new(1024, 4096);

	assert_text(ybh_mail_host(a, YB_STR("https://yobo.example:8443")), "yobo.example");
	assert_text(ybh_mail_host(a, YB_STR("https://yobo.example")), "yobo.example");
	assert_text(ybh_mail_host(a, YB_STR("https://127.0.0.1:8443")), "[127.0.0.1]");
	assert_text(ybh_mail_host(a, YB_STR("https://[::1]:8443")), "[IPv6:::1]");
	ybh_arena_free(a);
	(void)state;
}

/* ---- [mail] ---- */

#define SERVER "[mail]\nsmtp = smtp://mail.example.jp:587\nfrom = a@b.example\n"

/* What is said of a configuration; "" when it is good. */
static const char *
said_of(const char *text, struct ybh_mail_server *ret)
{
	static char err[256];
	static struct ybh_conf *conf; /* of the last call: what was read lends from it */
	int rc;

	ybh_conf_free(conf);
	conf = ybh_conf_parse(text, strlen(text), err, sizeof err);
	assert_non_null(conf);
	err[0] = '\0';
	rc = ybh_mail_server_read(conf, ret, err, sizeof err);
	assert_int_equal(rc, err[0] == '\0' ? 0 : -1);
	return err;
}

static void
a_mail_server_is_as_the_configuration_says(void **state)
{
	struct ybh_mail_server m;

	assert_string_equal(said_of("[core]\n", &m), "");
	assert_null(m.smtp);
	assert_string_equal(said_of(SERVER, &m), "");
	assert_string_equal(m.smtp, "smtp://mail.example.jp:587");
	assert_text(m.from.address, "a@b.example");
	assert_true(m.tls);
	assert_null(m.user);
	assert_null(m.ca);
	assert_string_equal(said_of(SERVER "tls = none\nca = /ca.pem\n", &m), "");
	assert_false(m.tls);
	assert_string_equal(m.ca, "/ca.pem");
	(void)said_of("", &m);
	(void)state;
}

static void
a_mail_server_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{ "[mail]\nfrom = a@b.example\n", "[mail] smtp: is needed" },
		{ "[mail]\nsmtp = mail.example.jp\n", "[mail] smtp: smtp://host:port" },
		{ "[mail]\nsmtp = smtp://\n", "[mail] smtp: smtp://host:port" },
		{ "[mail]\nsmtp = smtp://a/b\n", "[mail] smtp: smtp://host:port" },
		{ "[mail]\nsmtp = smtp://a@b\n", "[mail] smtp: smtp://host:port" },
		{ "[mail]\nsmtp = smtp://a\n", "[mail] from:" },
		{ "[mail]\nsmtp = smtp://a\nfrom = b\n", "[mail] from:" },
		{ SERVER "tls = maybe\n", "[mail] tls: required or none" },
		{ SERVER "user = u\n", "[mail] user: goes with password_file" },
		{ SERVER "password_file = /none\n", "[mail] user: goes with password_file" },
		{ SERVER "tls = none\nuser = u\npassword_file = /none\n",
		    "[mail] user: a password is not sent without TLS" },
		{ SERVER "user = u\npassword_file = /none\n", "/none: cannot be read" },
	};
	struct ybh_mail_server m;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(strstr(said_of(bad[i].text, &m), bad[i].said));
	(void)said_of("", &m);
	(void)state;
}

/* What is taken for the password in a file of n bytes; NULL: nothing, and why is said. */
static const char *
password_of(const char *written, size_t n)
{
	char path[] = "/tmp/yobo-password.XXXXXX", err[256] = "";
	static char found[16];
	int fd = mkstemp(path);
	int rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, written, n), (ssize_t)n);
	assert_int_equal(close(fd), 0);
	rc = ybh_password_read(path, found, sizeof found, err, sizeof err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rc, err[0] == '\0' ? 0 : -1);
	return rc == 0 ? found : NULL;
}

static void
a_password_is_the_first_line_of_its_file(void **state)
{
	assert_string_equal(password_of("secret", 6), "secret");
	assert_string_equal(password_of("secret\r\n", 8), "secret");
	assert_string_equal(password_of("one\ntwo\n", 8), "one");
	assert_string_equal(password_of("123456789012345", 15), "123456789012345");
	assert_string_equal(password_of("one\n# and what it is for\n", 26), "one");
	assert_null(password_of("1234567890123456", 16)); /* never the beginning of one */
	assert_null(password_of("", 0));
	assert_null(password_of("\n", 1));
	assert_null(password_of("\nsecond", 7));
	(void)state;
}

/* ---- the directory ---- */

static void
text_write(const char *dir, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
texts_are_found_by_area_and_name(void **state)
{
	static const char *const areas[] = { "sample", "other" };
	char dir[] = "/tmp/yobo-mail.XXXXXX", area[64], path[160], err[256];
	struct ybh_mail_texts *t;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(area, sizeof area, "%s/sample", dir);
	assert_int_equal(mkdir(area, 0700), 0);
	text_write(area, "reset.ja.txt", "Subject: a\n\nb\n");
	t = ybh_mail_texts_load(dir, areas, 2, err, sizeof err);
	assert_non_null(t);
	assert_text(ybh_mail_text_find(t, "sample", "reset")->body, "b\n");
	assert_null(ybh_mail_text_find(t, "other", "reset"));
	assert_null(ybh_mail_text_find(t, "sample", "rese"));
	assert_null(ybh_mail_text_find(NULL, "sample", "reset"));
	ybh_mail_texts_free(t);

	text_write(area, "wrong.ja.txt", "Hello\n\nb\n");
	assert_null(ybh_mail_texts_load(dir, areas, 2, err, sizeof err));
	assert_non_null(strstr(err, "wrong.ja.txt: the first line"));
	(void)snprintf(path, sizeof path, "%s/wrong.ja.txt", area);
	assert_int_equal(unlink(path), 0);
	text_write(area, "note.txt", "Subject: a\n\nb\n");
	assert_null(ybh_mail_texts_load(dir, areas, 2, err, sizeof err));
	assert_non_null(strstr(err, "note.txt"));
	(void)snprintf(path, sizeof path, "%s/note.txt", area);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof path, "%s/reset.ja.txt", area);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(area), 0);
	assert_int_equal(rmdir(dir), 0);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_has_a_subject_and_a_body),
		cmocka_unit_test(a_text_of_another_form_is_refused),
		cmocka_unit_test(words_are_filled_in_once),
		cmocka_unit_test(a_value_cannot_begin_a_line),
		cmocka_unit_test(words_given_and_words_used_are_the_same),
		cmocka_unit_test(a_text_beyond_the_limit_is_refused),
		cmocka_unit_test(a_message_is_exactly_so),
		cmocka_unit_test(lines_stay_within_76_and_characters_whole),
		cmocka_unit_test(an_empty_line_at_the_end_and_a_line_of_57_bytes),
		cmocka_unit_test(a_sender_is_an_address_with_or_without_a_name),
		cmocka_unit_test(the_host_of_the_installation),
		cmocka_unit_test(a_mail_server_is_as_the_configuration_says),
		cmocka_unit_test(a_mail_server_that_cannot_be_is_refused),
		cmocka_unit_test(a_password_is_the_first_line_of_its_file),
		cmocka_unit_test(texts_are_found_by_area_and_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
