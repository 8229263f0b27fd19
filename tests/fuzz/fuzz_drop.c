/*
 * Files of other systems (yb/drop.h): what a control file says, written again, says the same; rows
 * read a piece at a time are the rows read at once, wherever the pieces end.
 *
 * The first byte says which: 'c' a control file, anything else rows.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../core/lib/drop.h"

#define NAME "M61-0000001"

static yb_req request;

static yb_req *
req(void)
{
	request.arena = fuzz_arena();
	return &request;
}

static yb_str
number(yb_req *r, int64_t v)
{
	return yb_format_text(r, "%lld", (long long)v);
}

static void
control(yb_str text)
{
	const yb_str names[] = { YB_STR("file"), YB_STR("sender"), YB_STR("layout"),
		YB_STR("sequence"), YB_STR("rows"), YB_STR("sha256") };
	yb_drop d = { .sequence = -1 }, again = { .sequence = -1 };
	yb_req *r = req();
	char hex[65];
	yb_str head, line, both;

	if (!drop_control_read(r, text, YB_STR(NAME), &d))
		return;
	must(d.sequence >= 0 && d.rows >= 0 && d.sha256.len == 32);
	must(d.sender.len >= 1 && d.sender.len <= 10 && d.layout.len >= 1 && d.layout.len <= 20);
	/* A sender names the file of its certificate. */
	must(yb_drop_name(d.sender) && memchr(d.layout.p, '/', d.layout.len) == NULL);
	for (size_t i = 0; i < 32; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", d.sha256.p[i]);
	head = yb_drop_csv(r, names, 6);
	line = yb_drop_csv(r,
	    (const yb_str[]) { YB_STR(NAME), d.sender, d.layout, number(r, d.sequence),
		number(r, d.rows), (yb_str) { hex, 64 } },
	    6);
	both = yb_format_text(r, "%.*s%.*s", (int)head.len, head.p, (int)line.len, line.p);
	must(drop_control_read(r, both, YB_STR(NAME), &again));
	must(yb_str_eq(d.sender, again.sender) && yb_str_eq(d.layout, again.layout));
	must(d.sequence == again.sequence && d.rows == again.rows);
	must(memcmp(d.sha256.p, again.sha256.p, 32) == 0);
	must(!drop_control_read(r, both, YB_STR("M61-0000002"), &again));
}

static char spool[] = "/tmp/yobo-fuzz-drop.XXXXXX";

static void
spool_gone(void)
{
	char path[80];

	(void)snprintf(path, sizeof path, "%s/" NAME ".csv", spool);
	(void)unlink(path);
	(void)rmdir(spool);
}

static void
spool_write(yb_str text)
{
	static bool made;
	char path[80];
	FILE *f;

	if (!made) {
		must(mkdtemp(spool) != NULL);
		must(atexit(spool_gone) == 0);
		made = true;
	}
	(void)snprintf(path, sizeof path, "%s/" NAME ".csv", spool);
	f = fopen(path, "we");
	must(f != NULL && fwrite(text.p, 1, text.len, f) == text.len);
	must(fclose(f) == 0);
}

static void
same(const yb_drop_line *a, const yb_drop_line *b)
{
	must(a->n == b->n && a->line == b->line);
	for (size_t i = 0; i < a->n; i++)
		must(yb_str_eq(a->cells[i], b->cells[i]));
}

#define LINES_MAX 20000

static void
rows(yb_str text)
{
	static const size_t pieces[] = { 1, 3, 100 };
	yb_req *r = req();
	yb_str dir = yb_cstr(spool), name = YB_STR(NAME);
	yb_drop_place place = { 0, 0 };
	enum yb_drop_verdict whole, v;
	yb_drop_line header;
	int64_t n = 0;
	yb_list all;

	spool_write(text);
	whole = yb_drop_read(r, dir, name, &place, LINES_MAX, &all);
	v = yb_drop_survey(r, dir, name, &header, &n);
	must(all.n == LINES_MAX || v == whole);
	must(all.n == LINES_MAX || n + 1 == (int64_t)all.n);
	if (all.n > 0)
		same(&header, all.items);
	for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
		size_t at = 0;
		yb_list some;

		place = (yb_drop_place) { 0, 0 };
		do {
			v = yb_drop_read(r, dir, name, &place, pieces[p], &some);
			must(at + some.n <= all.n || all.n == LINES_MAX);
			for (size_t i = 0; i < some.n && at < all.n; i++)
				same((const yb_drop_line *)some.items + i,
				    (const yb_drop_line *)all.items + at++);
		} while (v == YB_DROP_GOOD && some.n == pieces[p] && at < 300);
		must(at >= 300 || (at == all.n && v == whole));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	yb_str text = { (const char *)data + 1, size - 1 };

	if (size == 0)
		return 0;
	if (data[0] == 'c')
		control(text);
	else
		rows(text);
	return 0;
}
