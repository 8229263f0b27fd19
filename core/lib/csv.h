/*
 * csv.h - reading CSV strictly (RFC 4180), from memory or from a stream, in bounded memory.
 *
 * Accepted: cells separated by commas, lines ended by CRLF or LF, a quoted cell with "" for a
 * quote and line breaks inside, a UTF-8 byte order mark before the first line, a last line
 * without end. Refused: a quote inside an unquoted cell, anything but a comma or a line end
 * after a closing quote, a lone CR, NUL, text that is not UTF-8, a quote that is never closed.
 * An empty unquoted cell is null, "" is the empty text.
 */
#ifndef YBH_CSV_H
#define YBH_CSV_H

#include <yb/base.h>

#define YBH_CSV_CELLS  256		   /* of a line */
#define YBH_CSV_RECORD ((size_t)256 << 10) /* bytes of a line */

/* The next bytes: count, 0 at the end, negative when the source broke. */
typedef int64_t ybh_csv_source(void *arg, void *buf, size_t size);

struct ybh_csv;

struct ybh_csv_record {
	const yb_str *cells; /* lent until the next call */
	size_t n;
	size_t line; /* of the file, where the record begins; from 1 */
};

enum ybh_csv_result {
	YBH_CSV_BAD = -1, /* ybh_csv_error() says why; every later call says the same */
	YBH_CSV_END = 0,
	YBH_CSV_ROW = 1,
	YBH_CSV_UNEVEN = 2, /* a record with another number of cells than the first; go on */
};

/* Reads the text, which is lent. NULL: no memory. */
struct ybh_csv *ybh_csv_memory(yb_str text);
/* Reads what the source gives. NULL: no memory. */
struct ybh_csv *ybh_csv_stream(ybh_csv_source *source, void *arg);
/* NULL is fine. */
void ybh_csv_free(struct ybh_csv *c);
/* *ret is set for YBH_CSV_ROW and YBH_CSV_UNEVEN. */
enum ybh_csv_result ybh_csv_next(struct ybh_csv *c, struct ybh_csv_record *ret) YB_MUST_USE;
/* Bytes of the source up to the end of the last record, the mark at its beginning included. */
int64_t ybh_csv_used(const struct ybh_csv *c);
/* Line ends up to there. */
size_t ybh_csv_lines(const struct ybh_csv *c);
/* Why the last call answered YBH_CSV_BAD or YBH_CSV_UNEVEN: "line 12: ...". */
const char *ybh_csv_error(const struct ybh_csv *c);

/* The same after YBH_CSV_BAD for programs: the kind of trouble, and the line it is in. */
enum ybh_csv_trouble {
	YBH_CSV_FORM,	/* quotes, line ends, a text that is cut off */
	YBH_CSV_BYTES,	/* not UTF-8 */
	YBH_CSV_NUL,	/* a NUL byte */
	YBH_CSV_LARGE,	/* too many cells or bytes in a line */
	YBH_CSV_SOURCE, /* the source broke, or there is no memory */
};
enum ybh_csv_trouble ybh_csv_trouble(const struct ybh_csv *c, size_t *ret_line);

#endif
