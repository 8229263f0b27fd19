/* Files between systems (drop*.c): good ones, every way of being bad, and names that would leave. */
#include "unit.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drop.h"

#define NAME "M61-0000001"
#define ROWS "\"org_code\",\"name\"\r\n\"0110113719\",\"\xe8\xa6\x8b\xe6\x9c\xac\"\r\n\"0\",\"b\"\r\n"

struct house { /* directories of a sender and of ours */
	char top[40], in[80], certs[80], spool[80];
	struct yb_arena *arena;
	struct ybh_process process;
	struct ybh_thread thread;
	yb_req req;
	EVP_PKEY *key;
};

/* ---- what a sender does ---- */

static void
put(const char *dir, const char *file, const void *p, size_t n)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, file);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* A certificate of the key, valid from..to seconds from now, behind what is there. */
static void
pin(const struct house *h, EVP_PKEY *key, const char *sender, long from, long to, const char *mode)
{
	X509 *cert = X509_new();
	char path[200];
	FILE *f;

	assert_non_null(cert);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), from));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), to));
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	(void)snprintf(path, sizeof path, "%s/%s.pem", h->certs, sender);
	f = fopen(path, mode);
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(cert);
}

static void
sign_control(const struct house *h, EVP_PKEY *key, const char *control, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[600];
	size_t len = sizeof sig;

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(
	    EVP_DigestSign(ctx, sig, &len, (const unsigned char *)control, n), 1);
	EVP_MD_CTX_free(ctx);
	put(h->in, NAME ".sig", sig, len);
}

static void
hash(struct house *h, const char *rows, char hex[65])
{
	yb_bytes sha = yb_sha256(&h->req, (yb_bytes) { (const unsigned char *)rows, strlen(rows) });

	for (size_t i = 0; i < 32; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", sha.p[i]);
}

/* Leaves the three files; NULL: what is right. */
static void
leave(struct house *h, const char *control, EVP_PKEY *key)
{
	char text[600], hex[65];

	put(h->in, NAME ".csv", ROWS, sizeof ROWS - 1);
	hash(h, ROWS, hex);
	if (control == NULL) {
		(void)snprintf(text, sizeof text,
		    "file,sender,layout,sequence,rows,sha256\r\n" NAME ",ONS,M61-1,7,2,%s\r\n", hex);
		control = text;
	}
	put(h->in, NAME ".ctl", control, strlen(control));
	sign_control(h, key == NULL ? h->key : key, control, strlen(control));
}

/* ---- what we do ---- */

static enum yb_drop_verdict
open_it(struct house *h, yb_drop *d)
{
	return yb_drop_open(&h->req, yb_cstr(h->in), YB_STR(NAME), yb_cstr(h->certs), d);
}

static enum yb_drop_verdict
take_it(struct house *h, const yb_drop *d, int64_t most)
{
	return yb_drop_take(&h->req, yb_cstr(h->in), YB_STR(NAME), yb_cstr(h->spool), d, most);
}

static int
setup(void **state)
{
	struct house *h = calloc(1, sizeof *h);

	assert_non_null(h);
	(void)snprintf(h->top, sizeof h->top, "/tmp/yobo-drop.XXXXXX");
	assert_non_null(mkdtemp(h->top));
	(void)snprintf(h->in, sizeof h->in, "%s/in", h->top);
	(void)snprintf(h->certs, sizeof h->certs, "%s/certs", h->top);
	(void)snprintf(h->spool, sizeof h->spool, "%s/spool", h->top);
	assert_int_equal(mkdir(h->in, 0700), 0);
	assert_int_equal(mkdir(h->certs, 0700), 0);
	h->arena = ybh_arena_new(1 << 16, 1 << 24);
	h->thread.process = &h->process;
	h->req = (yb_req) { .arena = h->arena, .p = &h->process, .t = &h->thread };
	h->req.now = (yb_time) { ybh_now_us() };
	h->key = EVP_EC_gen("P-256");
	assert_non_null(h->key);
	pin(h, h->key, "ONS", -60, 3600, "we");
	*state = h;
	return 0;
}

static void
empty(const char *dir)
{
	static const char *const files[] = { NAME ".csv", NAME ".ctl", NAME ".sig", "ONS.pem",
		NAME ".csv.part", "other.csv", "other.ctl", "other.sig", NAME ".ack", "passwd" };
	char path[200];

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		if (unlink(path) != 0)
			(void)rmdir(path);
	}
}

static int
teardown(void **state)
{
	struct house *h = *state;
	char done[100];

	(void)snprintf(done, sizeof done, "%s/done", h->in);
	empty(done);
	(void)rmdir(done);
	empty(h->in);
	empty(h->certs);
	empty(h->spool);
	empty(h->top);
	(void)rmdir(h->in);
	(void)rmdir(h->certs);
	(void)rmdir(h->spool);
	assert_int_equal(rmdir(h->top), 0); /* nothing was left elsewhere */
	EVP_PKEY_free(h->key);
	ybh_arena_free(h->arena);
	free(h);
	return 0;
}

/* ---- the control file ---- */

static void
a_good_file_is_taken_and_read_in_pieces(void **state)
{
	struct house *h = *state;
	yb_drop_place place = { 0, 0 };
	yb_drop_line header;
	int64_t rows = 0;
	yb_list names, some;
	yb_drop d;

	leave(h, NULL, NULL);
	assert_int_equal(yb_drop_list(&h->req, yb_cstr(h->in), YB_STR(""), 5, &names), 0);
	assert_int_equal(names.n, 1);
	assert_text(*(yb_str *)names.items, NAME);
	assert_int_equal(open_it(h, &d), YB_DROP_GOOD);
	assert_text(d.sender, "ONS");
	assert_text(d.layout, "M61-1");
	assert_int_equal(d.sequence, 7);
	assert_int_equal(d.rows, 2);
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_GOOD);
	assert_int_equal(yb_drop_survey(&h->req, yb_cstr(h->spool), YB_STR(NAME), &header, &rows),
	    YB_DROP_GOOD);
	assert_int_equal(rows, 2);
	assert_text(header.cells[0], "org_code");
	for (int64_t line = 1; line <= 3; line++) {
		assert_int_equal(yb_drop_read(&h->req, yb_cstr(h->spool), YB_STR(NAME), &place, 1, &some),
		    YB_DROP_GOOD);
		assert_int_equal(some.n, 1);
		assert_int_equal(((yb_drop_line *)some.items)->line, line);
		if (line == 2) /* a code keeps its leading zero */
			assert_text(((yb_drop_line *)some.items)->cells[0], "0110113719");
	}
	assert_int_equal(yb_drop_read(&h->req, yb_cstr(h->spool), YB_STR(NAME), &place, 1, &some),
	    YB_DROP_GOOD);
	assert_int_equal(some.n, 0);
	assert_int_equal(yb_drop_clear(&h->req, yb_cstr(h->in), YB_STR(NAME), "done",
			     yb_cstr(h->spool)),
	    0);
	assert_int_equal(open_it(h, &d), YB_DROP_GONE);
	assert_int_equal(yb_drop_list(&h->req, yb_cstr(h->in), YB_STR(""), 5, &names), 0);
	assert_int_equal(names.n, 0);
}

static void
a_control_file_that_is_not_one_is_refused(void **state)
{
	struct house *h = *state;
#define HEAD "file,sender,layout,sequence,rows,sha256\r\n"
#define SHA "0000000000000000000000000000000000000000000000000000000000000000"
	static const char *const bad[] = { "", "x", HEAD, HEAD NAME ",ONS,M61-1,7,2\r\n",
		HEAD NAME ",ONS,M61-1,7,2," SHA ",x\r\n", HEAD "other,ONS,M61-1,7,2," SHA "\r\n",
		HEAD NAME ",ons,M61-1,7,2," SHA "\r\n", HEAD NAME ",../ONS,M61-1,7,2," SHA "\r\n",
		HEAD NAME ",ONSONSONSON,M61-1,7,2," SHA "\r\n", HEAD NAME ",,M61-1,7,2," SHA "\r\n",
		HEAD NAME ",ONS,M61/1,7,2," SHA "\r\n", HEAD NAME ",ONS,M61-1,-7,2," SHA "\r\n",
		HEAD NAME ",ONS,M61-1,7,2.0," SHA "\r\n", HEAD NAME ",ONS,M61-1,0x7,2," SHA "\r\n",
		HEAD NAME ",ONS,M61-1,9999999999999999,2," SHA "\r\n",
		HEAD NAME ",ONS,M61-1,99999999999999999999999999999999999,2," SHA "\r\n",
		HEAD NAME ",ONS,M61-1,7,2," SHA "0\r\n", HEAD NAME ",ONS,M61-1,7,2,zz\r\n",
		HEAD NAME ",ONS,M61-1,7,2," SHA "\r\n" NAME ",ONS,M61-1,8,2," SHA "\r\n",
		"sender,file,layout,sequence,rows,sha256\r\nONS," NAME ",M61-1,7,2," SHA "\r\n",
		HEAD NAME ",\xff,M61-1,7,2," SHA "\r\n", HEAD "\"" NAME ",ONS,M61-1,7,2," SHA "\r\n" };
	yb_drop d;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		leave(h, bad[i], NULL);
		assert_int_equal(open_it(h, &d), YB_DROP_CONTROL);
		assert_int_equal(d.fingerprint.len, 32);
	}
}

static void
a_signature_counts_by_a_certificate_that_is_kept_and_valid(void **state)
{
	struct house *h = *state;
	EVP_PKEY *other = EVP_EC_gen("P-256"), *curve = EVP_EC_gen("P-384");
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *small = EVP_RSA_gen(1024);
	yb_drop d;

	leave(h, NULL, other);
	assert_int_equal(open_it(h, &d), YB_DROP_SIGNATURE);
	pin(h, other, "ONS", -60, 3600, "ae"); /* while it changes there are two */
	assert_int_equal(open_it(h, &d), YB_DROP_GOOD);
	leave(h, NULL, h->key);
	assert_int_equal(open_it(h, &d), YB_DROP_GOOD);
	pin(h, h->key, "ONS", -3600, -60, "we");
	assert_int_equal(open_it(h, &d), YB_DROP_OVER);
	pin(h, h->key, "ONS", 60, 3600, "we");
	assert_int_equal(open_it(h, &d), YB_DROP_OVER);
	pin(h, curve, "ONS", -60, 3600, "we");
	leave(h, NULL, curve);
	assert_int_equal(open_it(h, &d), YB_DROP_SIGNATURE);
	pin(h, small, "ONS", -60, 3600, "we");
	leave(h, NULL, small);
	assert_int_equal(open_it(h, &d), YB_DROP_SIGNATURE);
	pin(h, rsa, "ONS", -60, 3600, "we");
	leave(h, NULL, rsa);
	assert_int_equal(open_it(h, &d), YB_DROP_GOOD);
	put(h->in, NAME ".sig", "", 0);
	assert_int_equal(open_it(h, &d), YB_DROP_SIGNATURE);
	put(h->certs, "ONS.pem", "no certificate", 14);
	assert_int_equal(open_it(h, &d), YB_DROP_STRANGER);
	empty(h->certs);
	assert_int_equal(open_it(h, &d), YB_DROP_STRANGER);
	EVP_PKEY_free(other);
	EVP_PKEY_free(curve);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(small);
}

static void
a_word_changed_after_signing_is_found(void **state)
{
	struct house *h = *state;
	char text[600];
	yb_drop d;
	FILE *f;
	size_t n;

	leave(h, NULL, NULL);
	(void)snprintf(text, sizeof text, "%s/" NAME ".ctl", h->in);
	f = fopen(text, "re");
	assert_non_null(f);
	n = fread(text, 1, sizeof text - 1, f);
	assert_int_equal(fclose(f), 0);
	for (size_t i = sizeof HEAD - 1; i + 2 < n; i += 7) {
		char was = text[i];

		text[i] = was == '1' ? '2' : '1';
		put(h->in, NAME ".ctl", text, n);
		assert_int_not_equal(open_it(h, &d), YB_DROP_GOOD);
		text[i] = was;
	}
	put(h->in, NAME ".ctl", text, n);
	assert_int_equal(open_it(h, &d), YB_DROP_GOOD);
}

/* ---- the rows ---- */

static void
rows_that_are_not_those_are_not_taken(void **state)
{
	struct house *h = *state;
	yb_drop d;

	leave(h, NULL, NULL);
	assert_int_equal(open_it(h, &d), YB_DROP_GOOD);
	assert_int_equal(take_it(h, &d, (int64_t)sizeof ROWS - 2), YB_DROP_LARGE);
	put(h->in, NAME ".csv", ROWS, sizeof ROWS - 2); /* cut */
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_HASH);
	put(h->in, NAME ".csv", "", 0);
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_HASH);
	assert_int_equal(unlinkat(AT_FDCWD, yb_format_text(&h->req, "%s/" NAME ".csv", h->in).p, 0), 0);
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_GONE);
	put(h->in, NAME ".csv", ROWS, sizeof ROWS - 1);
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_GOOD);
	/* Once it is ours, what the sender does to it is nothing to us. */
	put(h->in, NAME ".csv", "changed", 7);
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_GOOD);
	/* A spool where others may write is none. */
	assert_int_equal(chmod(h->spool, 0777), 0);
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_GONE);
	assert_int_equal(chmod(h->spool, 0700), 0);
}

static enum yb_drop_verdict
survey_of(struct house *h, const char *rows, size_t n, int64_t *ret)
{
	yb_drop_line header;

	(void)mkdir(h->spool, 0700);
	put(h->spool, NAME ".csv", rows, n);
	return yb_drop_survey(&h->req, yb_cstr(h->spool), YB_STR(NAME), &header, ret);
}

static void
rows_are_utf8_and_csv(void **state)
{
	struct house *h = *state;
	int64_t n;

	assert_int_equal(survey_of(h, "a\r\n\"\xe9\"\r\n", 8, &n), YB_DROP_ENCODING); /* latin 1 */
	assert_int_equal(survey_of(h, "a\r\n\x8c\xa9\r\n", 7, &n), YB_DROP_ENCODING);  /* Shift_JIS */
	assert_int_equal(survey_of(h, "a\0\r\n", 4, &n), YB_DROP_ENCODING);
	assert_int_equal(survey_of(h, "\xff\xfe" "a\0", 4, &n), YB_DROP_ENCODING); /* UTF-16 */
	assert_int_equal(survey_of(h, "a\r\n\xed\xa0\x80\r\n", 8, &n), YB_DROP_ENCODING);
	assert_int_equal(survey_of(h, "a\r\n\"open\r\n", 10, &n), YB_DROP_FORM);
	assert_int_equal(survey_of(h, "a\r\n\"x\"y\r\n", 9, &n), YB_DROP_FORM);
	assert_int_equal(survey_of(h, "\xef\xbb\xbf" "a\r\n1\r\n", 9, &n), YB_DROP_GOOD);
	assert_int_equal(n, 1);
	assert_int_equal(survey_of(h, "", 0, &n), YB_DROP_GOOD);
	assert_int_equal(n, -1); /* not even a header */
	assert_int_equal(survey_of(h, "a\r\n\"1\r\n2\"\r\n3\r\n", 14, &n), YB_DROP_GOOD);
	assert_int_equal(n, 2);
}

static void
a_mark_within_the_rows_is_a_cell_s_own(void **state)
{
	struct house *h = *state;
	yb_drop_place place = { 0, 0 };
	int64_t n;
	yb_list some;

	assert_int_equal(
	    survey_of(h, "\xef\xbb\xbf" "a\n\xef\xbb\xbf" "1\n\xef\xbb\xbf" "2\n", 15, &n), YB_DROP_GOOD);
	for (int line = 0; line < 3; line++) { /* wherever a piece begins */
		assert_int_equal(yb_drop_read(&h->req, yb_cstr(h->spool), YB_STR(NAME), &place, 1, &some),
		    YB_DROP_GOOD);
		assert_int_equal(some.n, 1);
		assert_int_equal(((yb_drop_line *)some.items)->cells[0].len, line == 0 ? 1 : 4);
	}
	assert_int_equal(place.bytes, 15);
}

/* ---- names, links, other things than files ---- */

static void
names_never_leave_their_directory(void **state)
{
	static const char *const bad[] = { "", ".", "..", "../in/M61", "a/b", "/etc/passwd", "a.b",
		"a b", "a\nb", "\xe3\x81\x82", "-%s\x01",
		"1234567890123456789012345678901234567890123456789012345678901" };
	struct house *h = *state;
	yb_str text;
	yb_drop d;

	put(h->top, "passwd", "x", 1);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		yb_str name = yb_cstr(bad[i]);

		assert_false(yb_drop_name(name));
		assert_int_equal(yb_drop_open(&h->req, yb_cstr(h->in), name, yb_cstr(h->certs), &d),
		    YB_DROP_GONE);
		assert_int_equal(yb_drop_put(&h->req, yb_cstr(h->in), name, "csv",
				     (yb_bytes) { (const unsigned char *)"x", 1 }),
		    -1);
		assert_int_equal(yb_drop_get(&h->req, yb_cstr(h->in), name, "csv", 10, &text), YB_NO_ROW);
	}
	assert_true(yb_drop_name(YB_STR("M61-0000001")));
	assert_int_equal(yb_drop_get(&h->req, yb_cstr(h->in), YB_STR("x"), "/../../passwd", 10, &text),
	    YB_NO_ROW);
	assert_int_equal(yb_drop_list(&h->req, YB_STR("in"), YB_STR(""), 5, &(yb_list) { NULL, 0 }), -1);
}

static void
links_and_other_things_are_not_files(void **state)
{
	struct house *h = *state;
	char path[200], aim[200];
	yb_list names;
	yb_drop d;

	leave(h, NULL, NULL);
	assert_int_equal(open_it(h, &d), YB_DROP_GOOD);
	put(h->top, "passwd", ROWS, sizeof ROWS - 1);
	(void)snprintf(aim, sizeof aim, "%s/passwd", h->top);
	(void)snprintf(path, sizeof path, "%s/" NAME ".csv", h->in);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(aim, path), 0); /* even with the right bytes behind it */
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_GONE);
	assert_int_equal(yb_drop_list(&h->req, yb_cstr(h->in), YB_STR(""), 5, &names), 0);
	assert_int_equal(names.n, 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0); /* must not wait for a writer */
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_GONE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(take_it(h, &d, 1000), YB_DROP_GONE);
	assert_int_equal(rmdir(path), 0);
	/* What we write does not follow a link either. */
	(void)snprintf(path, sizeof path, "%s/" NAME ".ack.part", h->in);
	assert_int_equal(symlink(aim, path), 0);
	assert_int_equal(yb_drop_put(&h->req, yb_cstr(h->in), YB_STR(NAME), "ack",
			     (yb_bytes) { (const unsigned char *)"x", 1 }),
	    -1);
	assert_int_equal(unlink(path), 0);
}

static void
the_list_goes_on_where_it_ended(void **state)
{
	struct house *h = *state;
	yb_list names;

	leave(h, NULL, NULL);
	put(h->in, "other.ctl", "", 0);
	put(h->in, "other.csv", "", 0);
	assert_int_equal(yb_drop_list(&h->req, yb_cstr(h->in), YB_STR(""), 5, &names), 0);
	assert_int_equal(names.n, 1); /* the other one is not whole */
	put(h->in, "other.sig", "", 0);
	assert_int_equal(yb_drop_list(&h->req, yb_cstr(h->in), YB_STR(""), 1, &names), 0);
	assert_int_equal(names.n, 1);
	assert_text(*(yb_str *)names.items, NAME);
	assert_int_equal(yb_drop_list(&h->req, yb_cstr(h->in), YB_STR(NAME), 1, &names), 0);
	assert_text(*(yb_str *)names.items, "other");
	assert_int_equal(yb_drop_list(&h->req, yb_cstr(h->in), YB_STR("other"), 1, &names), 0);
	assert_int_equal(names.n, 0);
}

static void
quotes_are_doubled_and_nothing_else_is_changed(void **state)
{
	struct house *h = *state;
	const yb_str cells[] = { YB_STR("a\"b"), { NULL, 0 }, YB_STR("=1+1"), YB_STR("001") };

	assert_text(yb_drop_csv(&h->req, cells, 4), "\"a\"\"b\",\"\",\"=1+1\",\"001\"\r\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_file_is_taken_and_read_in_pieces),
		TEST(a_control_file_that_is_not_one_is_refused),
		TEST(a_signature_counts_by_a_certificate_that_is_kept_and_valid),
		TEST(a_word_changed_after_signing_is_found),
		TEST(rows_that_are_not_those_are_not_taken),
		TEST(rows_are_utf8_and_csv),
		TEST(a_mark_within_the_rows_is_a_cell_s_own),
		TEST(names_never_leave_their_directory),
		TEST(links_and_other_things_are_not_files),
		TEST(the_list_goes_on_where_it_ended),
		TEST(quotes_are_doubled_and_nothing_else_is_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
