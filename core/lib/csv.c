/*
 * csv.c - the strict CSV reader of csv.h: a state machine over one byte at a time.
 *
 * A record is collected in one buffer with the offsets of its cells; the views handed out are
 * made when it is complete, because the buffer may move while it grows.
 */
#include "csv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define CHUNK 16384

enum state {
	AT_CELL,  /* before the first byte of a cell */
	IN_PLAIN, /* inside an unquoted cell */
	IN_QUOTES,
	AFTER_QUOTE, /* behind a quote that may close the cell or begin a "" */
	AFTER_CR,
};

struct ybh_csv {
	ybh_csv_source *source;
	void *arg;
	const unsigned char *at, *end; /* bytes not yet read */
	unsigned char *chunk;	       /* NULL: from memory */
	int64_t given;		       /* bytes the source gave */
	bool began, ended, bad;
	enum ybh_csv_trouble trouble; /* when bad */
	size_t trouble_line;

	enum state state;
	size_t line;	    /* of the next byte */
	size_t record_line; /* where the record began */
	size_t columns;	    /* of the first record; 0: none yet */
	struct ybh_buf text;
	size_t starts[YBH_CSV_CELLS + 1];
	bool quoted[YBH_CSV_CELLS];
	size_t n;
	yb_str cells[YBH_CSV_CELLS];
	unsigned utf8_left, utf8_min, utf8_rune; /* of the character being read */
	char error[160];
};

/* ---- bytes ---- */

YB_PRINTF(3, 4) static int
csv_refuse(struct ybh_csv *c, enum ybh_csv_trouble trouble, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(c->error, sizeof c->error, "line %zu: ", c->line);

	va_start(ap, fmt);
	if (n > 0 && (size_t)n < sizeof c->error)
		(void)vsnprintf(c->error + n, sizeof c->error - (size_t)n, fmt, ap);
	va_end(ap);
	c->bad = true;
	c->trouble = trouble;
	c->trouble_line = c->line;
	return -1;
}

/* One byte, -1 at the end, -2 refused. */
static int
csv_byte(struct ybh_csv *c)
{
	int64_t got;

	if (c->at < c->end)
		return *c->at++;
	if (c->source == NULL || c->ended)
		return -1;
	got = c->source(c->arg, c->chunk, CHUNK);
	if (got < 0 || got > CHUNK) {
		(void)csv_refuse(c, YBH_CSV_SOURCE, "the source broke off");
		return -2;
	}
	c->at = c->chunk;
	c->end = c->chunk + got;
	c->given += got;
	c->ended = got == 0;
	return got == 0 ? -1 : *c->at++;
}

/* Follows the bytes of a character; false: not UTF-8 (overlong and surrogates included). */
static bool
csv_utf8(struct ybh_csv *c, unsigned b)
{
	if (c->utf8_left > 0) {
		if ((b & 0xc0u) != 0x80u)
			return false;
		c->utf8_rune = c->utf8_rune << 6 | (b & 0x3fu);
		if (--c->utf8_left > 0)
			return true;
		return c->utf8_rune >= c->utf8_min && c->utf8_rune <= 0x10ffffu &&
		    (c->utf8_rune < 0xd800u || c->utf8_rune > 0xdfffu);
	}
	if (b < 0x80u)
		return b != 0;
	if (b >= 0xc2u && b <= 0xdfu) {
		c->utf8_left = 1;
		c->utf8_min = 0x80u;
		c->utf8_rune = b & 0x1fu;
	} else if (b >= 0xe0u && b <= 0xefu) {
		c->utf8_left = 2;
		c->utf8_min = 0x800u;
		c->utf8_rune = b & 0x0fu;
	} else if (b >= 0xf0u && b <= 0xf4u) {
		c->utf8_left = 3;
		c->utf8_min = 0x10000u;
		c->utf8_rune = b & 0x07u;
	}
	return c->utf8_left > 0;
}

/* ---- cells ---- */

static int
cell_begin(struct ybh_csv *c)
{
	if (c->n == YBH_CSV_CELLS)
		return csv_refuse(c, YBH_CSV_LARGE, "more than %d cells", YBH_CSV_CELLS);
	c->starts[c->n] = c->text.len;
	c->quoted[c->n] = false;
	c->n++;
	c->state = AT_CELL;
	return 0;
}

static int
cell_put(struct ybh_csv *c, int b)
{
	if (c->text.len >= YBH_CSV_RECORD)
		return csv_refuse(c, YBH_CSV_LARGE, "more than %zu bytes in one record", YBH_CSV_RECORD);
	ybh_buf_char(&c->text, (char)b);
	return c->text.failed ? csv_refuse(c, YBH_CSV_SOURCE, "no memory") : 0;
}

/* Outside quotes: a comma, a line end or the first byte of a cell. 1: the record is complete. */
static int
csv_outside(struct ybh_csv *c, int b)
{
	switch (b) {
	case ',':
		return cell_begin(c);
	case '\n':
		return 1;
	case '\r':
		c->state = AFTER_CR;
		return 0;
	case '"':
		if (c->state != AT_CELL)
			return csv_refuse(c, YBH_CSV_FORM, "a quote inside a cell that is not quoted");
		c->quoted[c->n - 1] = true;
		c->state = IN_QUOTES;
		return 0;
	default:
		c->state = IN_PLAIN;
		return cell_put(c, b);
	}
}

/* 0 go on, 1 the record is complete, -1 refused. */
static int
csv_step(struct ybh_csv *c, int b)
{
	if (!csv_utf8(c, (unsigned)b))
		return b == 0 ? csv_refuse(c, YBH_CSV_NUL, "a NUL byte")
			      : csv_refuse(c, YBH_CSV_BYTES, "not UTF-8");
	switch (c->state) {
	case AT_CELL:
	case IN_PLAIN:
		return csv_outside(c, b);
	case IN_QUOTES:
		if (b != '"')
			return cell_put(c, b);
		c->state = AFTER_QUOTE;
		return 0;
	case AFTER_QUOTE:
		if (b == '"') {
			c->state = IN_QUOTES;
			return cell_put(c, b);
		}
		if (b != ',' && b != '\r' && b != '\n')
			return csv_refuse(c, YBH_CSV_FORM, "text behind the closing quote of a cell");
		return csv_outside(c, b);
	case AFTER_CR:
		return b == '\n'
		    ? 1
		    : csv_refuse(c, YBH_CSV_FORM, "a carriage return without a line feed");
	}
	return csv_refuse(c, YBH_CSV_FORM, "a fault of the reader");
}

/* ---- records ---- */

static enum ybh_csv_result
record_done(struct ybh_csv *c, struct ybh_csv_record *ret)
{
	c->starts[c->n] = c->text.len;
	for (size_t i = 0; i < c->n; i++) {
		size_t len = c->starts[i + 1] - c->starts[i];

		c->cells[i] = (yb_str) { len > 0 ? c->text.p + c->starts[i] : "", len };
		if (len == 0 && !c->quoted[i])
			c->cells[i].p = NULL;
	}
	*ret = (struct ybh_csv_record) { c->cells, c->n, c->record_line };
	if (c->columns == 0)
		c->columns = c->n;
	if (c->n == c->columns)
		return YBH_CSV_ROW;
	(void)snprintf(c->error, sizeof c->error,
	    "line %zu: %zu cells where the first line has %zu", c->record_line, c->n, c->columns);
	return YBH_CSV_UNEVEN;
}

/* The end of the text, with or without a record that no line end closed. */
static enum ybh_csv_result
csv_end(struct ybh_csv *c, struct ybh_csv_record *ret)
{
	if (c->bad)
		return YBH_CSV_BAD;
	if (c->state == IN_QUOTES || c->state == AFTER_CR || c->utf8_left > 0) {
		(void)csv_refuse(c, c->utf8_left > 0 ? YBH_CSV_BYTES : YBH_CSV_FORM,
		    c->state == IN_QUOTES ? "a quote that began in line %zu is not closed"
					  : "the text of line %zu is cut off",
		    c->record_line);
		if (c->state == IN_QUOTES)
			c->trouble_line = c->record_line; /* where to look for the missing one */
		return YBH_CSV_BAD;
	}
	if (c->state == AT_CELL && c->n == 1)
		return YBH_CSV_END;
	c->state = AT_CELL;
	return record_done(c, ret);
}

/* A byte order mark belongs to no cell. A stream may give it byte by byte. */
static int
csv_mark(struct ybh_csv *c)
{
	static const unsigned char mark[3] = { 0xef, 0xbb, 0xbf };

	c->began = true;
	if (c->source != NULL)
		c->at = c->end = c->chunk;
	while (c->source != NULL && !c->ended && c->end - c->at < 3) {
		size_t have = (size_t)(c->end - c->at);
		int64_t got = c->source(c->arg, c->chunk + have, CHUNK - have);

		if (got < 0 || (size_t)got > CHUNK - have)
			return csv_refuse(c, YBH_CSV_SOURCE, "the source broke off");
		c->end += got;
		c->given += got;
		c->ended = got == 0;
	}
	if (c->end - c->at >= 3 && memcmp(c->at, mark, 3) == 0)
		c->at += 3;
	return 0;
}

enum ybh_csv_result
ybh_csv_next(struct ybh_csv *c, struct ybh_csv_record *ret)
{
	int b, rc = 0;

	if (c->bad)
		return YBH_CSV_BAD;
	if (!c->began && csv_mark(c) < 0)
		return YBH_CSV_BAD;
	ybh_buf_reset(&c->text);
	c->n = 0;
	c->record_line = c->line;
	(void)cell_begin(c); /* the first of its line: there is room */
	while (rc == 0 && (b = csv_byte(c)) >= 0) {
		rc = csv_step(c, b);
		if (b == '\n')
			c->line++;
	}
	if (rc > 0)
		return record_done(c, ret);
	return rc < 0 ? YBH_CSV_BAD : csv_end(c, ret);
}

int64_t
ybh_csv_used(const struct ybh_csv *c)
{
	return c->given - (c->end - c->at);
}

size_t
ybh_csv_lines(const struct ybh_csv *c)
{
	return c->line - 1;
}

const char *
ybh_csv_error(const struct ybh_csv *c)
{
	return c->error;
}

enum ybh_csv_trouble
ybh_csv_trouble(const struct ybh_csv *c, size_t *ret_line)
{
	*ret_line = c->trouble_line;
	return c->trouble;
}

static struct ybh_csv *
csv_new(void)
{
	struct ybh_csv *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->line = 1;
	ybh_buf_init(&c->text, YBH_CSV_RECORD + 1);
	return c;
}

struct ybh_csv *
ybh_csv_memory(yb_str text)
{
	struct ybh_csv *c = csv_new();

	if (c == NULL || text.p == NULL)
		return c;
	c->at = (const unsigned char *)text.p;
	c->end = c->at + text.len;
	c->given = (int64_t)text.len;
	return c;
}

struct ybh_csv *
ybh_csv_stream(ybh_csv_source *source, void *arg)
{
	struct ybh_csv *c = csv_new();

	if (c == NULL)
		return NULL;
	c->source = source;
	c->arg = arg;
	c->chunk = malloc(CHUNK);
	if (c->chunk != NULL)
		return c;
	ybh_csv_free(c);
	return NULL;
}

void
ybh_csv_free(struct ybh_csv *c)
{
	if (c == NULL)
		return;
	ybh_buf_free(&c->text);
	free(c->chunk);
	free(c);
}
