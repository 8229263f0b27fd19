/*
 * CSV: the reader from memory and the reader from a stream, whatever its pieces, say the same;
 * what was read, written out again, reads the same.
 */
#include "fuzz.h"

#include "../../core/lib/buf.h"
#include "../../core/lib/csv.h"
#include "../../core/lib/text.h"

struct stream {
	const uint8_t *p;
	size_t len, at;
	uint32_t pieces; /* state of the generator of their lengths */
};

static int64_t
stream_read(void *arg, void *buf, size_t size)
{
	struct stream *s = arg;
	size_t n = s->len - s->at;

	s->pieces = s->pieces * 1664525u + 1013904223u;
	if (n > 1 + s->pieces % 61)
		n = 1 + s->pieces % 61;
	if (n > size)
		n = size;
	if (n > 0)
		memcpy(buf, s->p + s->at, n);
	s->at += n;
	return (int64_t)n;
}

static void
print(struct ybh_buf *b, const struct ybh_csv_record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		yb_str cell = r->cells[i];

		if (i > 0)
			ybh_buf_char(b, ',');
		if (cell.p == NULL)
			continue;
		ybh_buf_char(b, '"');
		for (size_t k = 0; k < cell.len; k++) {
			if (cell.p[k] == '"')
				ybh_buf_char(b, '"');
			ybh_buf_char(b, cell.p[k]);
		}
		ybh_buf_char(b, '"');
	}
	ybh_buf_char(b, '\n');
}

static void
check_record(const struct ybh_csv_record *r, size_t *line)
{
	must(r->n >= 1 && r->n <= YBH_CSV_CELLS);
	must(r->line > *line);
	*line = r->line;
	for (size_t i = 0; i < r->n; i++) {
		must(r->cells[i].len <= YBH_CSV_RECORD);
		must(ybh_utf8_valid(r->cells[i]));
		must(r->cells[i].len == 0 || memchr(r->cells[i].p, '\0', r->cells[i].len) == NULL);
	}
}

static void
same_record(const struct ybh_csv_record *a, const struct ybh_csv_record *b)
{
	must(a->n == b->n && a->line == b->line);
	for (size_t i = 0; i < a->n; i++)
		must(yb_str_eq(a->cells[i], b->cells[i]));
}

/* Reads both ways in step; out gets what was read. true: up to the end. */
static bool
read_both(const uint8_t *data, size_t size, struct ybh_buf *out)
{
	struct stream s = { data, size, 0, (uint32_t)size };
	struct ybh_csv *a = ybh_csv_memory((yb_str) { (const char *)data, size });
	struct ybh_csv *b = ybh_csv_stream(stream_read, &s);
	struct ybh_csv_record ra, rb;
	enum ybh_csv_result is;
	size_t line = 0;

	must(a != NULL && b != NULL);
	while ((is = ybh_csv_next(a, &ra)) > YBH_CSV_END) {
		must(ybh_csv_next(b, &rb) == is);
		check_record(&ra, &line);
		same_record(&ra, &rb);
		must(is == YBH_CSV_ROW || ybh_csv_error(a)[0] != '\0');
		print(out, &ra);
	}
	must(ybh_csv_next(b, &rb) == is);
	must(is != YBH_CSV_BAD || strcmp(ybh_csv_error(a), ybh_csv_error(b)) == 0);
	must(is != YBH_CSV_BAD || strncmp(ybh_csv_error(a), "line ", 5) == 0);
	must(ybh_csv_next(a, &ra) == is && ybh_csv_next(b, &rb) == is);
	ybh_csv_free(a);
	ybh_csv_free(b);
	return is == YBH_CSV_END;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ybh_buf first, again;

	ybh_buf_init(&first, (size_t)64 << 20);
	ybh_buf_init(&again, (size_t)64 << 20);
	(void)read_both(data, size, &first);
	must(!first.failed);
	if (first.len > 0) {
		must(read_both((const uint8_t *)first.p, first.len, &again));
		must(!again.failed && again.len == first.len);
		must(memcmp(first.p, again.p, first.len) == 0);
	}
	ybh_buf_free(&first);
	ybh_buf_free(&again);
	return 0;
}
