/*
 * drop_read.c - the rows of another system's file: copied to where only we can write, then
 * read a piece at a time.
 */
#include "drop.h"

#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

/* ---- the copy ---- */

/* SHA-256 of what is read from `from`; written to `to` on the way, unless that is negative. */
static bool
pour(int from, int to, unsigned char sha[32])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char buf[CHUNK];
	bool good = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
	ssize_t n = 1;

	while (good && n > 0) {
		n = read(from, buf, sizeof buf);
		if (n <= 0)
			break;
		good = EVP_DigestUpdate(ctx, buf, (size_t)n) == 1;
		for (ssize_t put = 0; good && to >= 0 && put < n;) {
			ssize_t now = write(to, buf + put, (size_t)(n - put));

			good = now > 0;
			put += now;
		}
	}
	good = good && n == 0 && EVP_DigestFinal_ex(ctx, sha, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

static bool
copied_already(int own, yb_str name, const yb_drop *d)
{
	int fd = drop_file(own, name, "csv", INT64_MAX);
	unsigned char sha[32];
	bool same = fd >= 0 && pour(fd, -1, sha) && memcmp(sha, d->sha256.p, sizeof sha) == 0;

	if (fd >= 0)
		(void)close(fd);
	return same;
}

static enum yb_drop_verdict
copy(yb_req *r, int from, int own, yb_str name, const yb_drop *d)
{
	char path[DROP_PATH + 16], part[DROP_PATH + 24];
	enum yb_drop_verdict v = YB_DROP_GONE;
	unsigned char sha[32];
	int to;

	if (!drop_path(path, name, "csv"))
		return YB_DROP_GONE;
	(void)snprintf(part, sizeof part, "%s.part", path);
	to = openat(own, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to >= 0 && pour(from, to, sha) && fsync(to) == 0) {
		v = memcmp(sha, d->sha256.p, sizeof sha) == 0 ? YB_DROP_GOOD : YB_DROP_HASH;
		if (v == YB_DROP_GOOD && renameat(own, part, own, path) < 0)
			v = YB_DROP_GONE;
	}
	if (v == YB_DROP_GONE)
		ybh_log(YBH_ERR, "%s: %s: cannot be copied: error %d", r->trace, path, errno);
	if (to >= 0)
		(void)close(to);
	if (v != YB_DROP_GOOD)
		(void)unlinkat(own, part, 0);
	return v;
}

enum yb_drop_verdict
yb_drop_take(yb_req *r, yb_str dir, yb_str name, yb_str spool, const yb_drop *d, int64_t most_bytes)
{
	enum yb_drop_verdict v = YB_DROP_GONE;
	int from = -1, own = drop_own_dir(r, spool), at = drop_dir(r, dir);

	if (own < 0)
		ybh_log(YBH_ERR, "%s: %.*s: not a directory only we can write to: error %d", r->trace,
		    (int)spool.len, spool.p, errno);
	if (own >= 0 && copied_already(own, name, d))
		v = YB_DROP_GOOD;
	else if (own >= 0 && at >= 0)
		from = drop_file(at, name, "csv", most_bytes);
	if (from >= 0)
		v = copy(r, from, own, name, d);
	else if (v != YB_DROP_GOOD && own >= 0 && at >= 0 && errno == EFBIG)
		v = YB_DROP_LARGE;
	if (from >= 0)
		(void)close(from);
	if (own >= 0)
		(void)close(own);
	if (at >= 0)
		(void)close(at);
	return v;
}

/* ---- its rows ---- */

/*
 * The reader of CSV drops a byte order mark it begins with. Behind the header such bytes are a
 * cell's own: there it is given one to drop.
 */
struct reading {
	struct ybh_csv *csv;
	int fd;
	size_t mark, said; /* bytes of it to be said, and said */
};

static int64_t
file_read(void *arg, void *buf, size_t size)
{
	static const unsigned char mark[] = { 0xef, 0xbb, 0xbf };
	struct reading *g = arg;

	if (g->said < g->mark && size > 0) {
		memcpy(buf, &mark[g->said++], 1);
		return 1;
	}
	return read(g->fd, buf, size);
}

static bool
reading_begin(yb_req *r, struct reading *g, yb_str spool, yb_str name, int64_t at)
{
	int own = drop_own_dir(r, spool);

	*g = (struct reading) { .mark = at > 0 ? 3 : 0 };
	g->fd = own < 0 ? -1 : drop_file(own, name, "csv", INT64_MAX);
	if (own >= 0)
		(void)close(own);
	if (g->fd >= 0 && lseek(g->fd, at, SEEK_SET) == at)
		g->csv = ybh_csv_stream(file_read, g);
	return g->csv != NULL;
}

static enum yb_drop_verdict
reading_end(struct reading *g, enum ybh_csv_result last)
{
	enum yb_drop_verdict v = YB_DROP_GOOD;
	size_t line;

	if (g->csv == NULL)
		v = YB_DROP_GONE;
	else if (last == YBH_CSV_BAD)
		v = ybh_csv_trouble(g->csv, &line) == YBH_CSV_SOURCE ? YB_DROP_GONE
		    : ybh_csv_trouble(g->csv, &line) == YBH_CSV_BYTES ||
			ybh_csv_trouble(g->csv, &line) == YBH_CSV_NUL
		    ? YB_DROP_ENCODING
		    : YB_DROP_FORM;
	ybh_csv_free(g->csv);
	if (g->fd >= 0)
		(void)close(g->fd);
	return v;
}

static yb_drop_line
line_keep(yb_req *r, const struct ybh_csv_record *rec, int64_t before)
{
	yb_str *cells = yb_alloc(r, (rec->n + 1) * sizeof *cells);

	for (size_t i = 0; i < rec->n; i++)
		if (rec->cells[i].len > 0)
			cells[i] = yb_copy(r, rec->cells[i]);
	return (yb_drop_line) { before + (int64_t)rec->line, cells, rec->n };
}

enum yb_drop_verdict
yb_drop_survey(yb_req *r, yb_str spool, yb_str name, yb_drop_line *ret_header, int64_t *ret_rows)
{
	enum ybh_csv_result last = YBH_CSV_BAD;
	struct ybh_csv_record rec;
	struct reading g;

	*ret_rows = -1; /* the header is no row */
	*ret_header = (yb_drop_line) { .line = 1 };
	if (reading_begin(r, &g, spool, name, 0))
		while ((last = ybh_csv_next(g.csv, &rec)) > YBH_CSV_END)
			if (++*ret_rows == 0)
				*ret_header = line_keep(r, &rec, 0);
	return reading_end(&g, last);
}

enum yb_drop_verdict
yb_drop_read(yb_req *r, yb_str spool, yb_str name, yb_drop_place *place, size_t most, yb_list *ret)
{
	yb_drop_line *lines = yb_alloc(r, (most + 1) * sizeof *lines);
	enum ybh_csv_result last = YBH_CSV_BAD;
	struct ybh_csv_record rec;
	struct reading g;
	size_t n = 0;

	if (reading_begin(r, &g, spool, name, place->bytes)) {
		last = YBH_CSV_ROW;
		while (n < most && (last = ybh_csv_next(g.csv, &rec)) > YBH_CSV_END)
			lines[n++] = line_keep(r, &rec, place->line);
		place->line += (int64_t)ybh_csv_lines(g.csv);
		place->bytes += ybh_csv_used(g.csv) - (int64_t)g.said;
	}
	*ret = (yb_list) { lines, n };
	return reading_end(&g, last);
}
