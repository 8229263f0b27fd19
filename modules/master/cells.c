/*
 * cells.c - the values of a row as text: key, JSON, hash, search key.
 *
 * The JSON is ours alone: one flat object, members in the order of the columns, texts only,
 * nothing for what is empty. Equal values are equal bytes, so that a hash says "the same".
 */
#include "master.h"

#include <string.h>

const char *const op_names[] = { "NEW", "REVISE", "END", "DELETE" };

struct text { /* filled from the left; exactly as long as it was made */
	char *p;
	size_t len;
};

static void
put(struct text *t, const char *p, size_t n)
{
	if (n > 0)
		memcpy(t->p + t->len, p, n);
	t->len += n;
}

/* The cells of columns with a flag, | between them. */
static yb_str
join(yb_req *r, const struct table *t, const yb_str *cells, unsigned flag, bool empty_too)
{
	struct text out = { NULL, 0 };
	size_t room = 1;

	for (size_t i = 0; i < t->n; i++)
		room += (t->columns[i].flags & flag) != 0 ? cells[i].len + 1 : 0;
	out.p = yb_alloc(r, room);
	for (size_t i = 0; i < t->n; i++) {
		if ((t->columns[i].flags & flag) == 0 || (cells[i].len == 0 && !empty_too))
			continue;
		if (out.len > 0)
			put(&out, "|", 1);
		put(&out, cells[i].p, cells[i].len);
	}
	return (yb_str) { out.p, out.len };
}

yb_str
cells_key(yb_req *r, const struct table *t, const yb_str *cells)
{
	return join(r, t, cells, COL_KEY, true);
}

/* What must be escaped, and by how many bytes it grows. */
static size_t
growth(unsigned char c)
{
	if (c < 0x20)
		return 5;
	return c == '"' || c == '\\' ? 1 : 0;
}

static void
put_escaped(struct text *out, yb_str s)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char code[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };

		if (growth(c) == 1)
			put(out, "\\", 1);
		if (growth(c) == 5)
			put(out, code, sizeof code);
		else
			put(out, &s.p[i], 1);
	}
}

static size_t
json_size(const struct table *t, const yb_str *cells)
{
	size_t size = 2;

	for (size_t i = 0; i < t->n; i++) {
		if (cells[i].p == NULL)
			continue;
		size += strlen(t->columns[i].name) + cells[i].len + 6; /* ,"":"" */
		for (size_t k = 0; k < cells[i].len; k++)
			size += growth((unsigned char)cells[i].p[k]);
	}
	return size;
}

yb_str
cells_json(yb_req *r, const struct table *t, const yb_str *cells)
{
	struct text out = { yb_alloc(r, json_size(t, cells)), 0 };

	put(&out, "{", 1);
	for (size_t i = 0; i < t->n; i++) {
		if (cells[i].p == NULL)
			continue;
		if (out.len > 1)
			put(&out, ",", 1);
		put(&out, "\"", 1);
		put(&out, t->columns[i].name, strlen(t->columns[i].name));
		put(&out, "\":\"", 3);
		put_escaped(&out, cells[i]);
		put(&out, "\"", 1);
	}
	put(&out, "}", 1);
	return (yb_str) { out.p, out.len };
}

static int
digit(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

/* The text after an opening quote; *at ends after the closing one. */
static yb_str
read_text(yb_req *r, yb_str json, size_t *at)
{
	char *out = yb_alloc(r, json.len + 1);
	size_t n = 0, i = *at;

	for (; i < json.len && json.p[i] != '"'; i++) {
		if (json.p[i] != '\\' || i + 1 >= json.len) {
			out[n++] = json.p[i];
		} else if (json.p[i + 1] == 'u' && i + 5 < json.len) {
			out[n++] = (char)(digit(json.p[i + 4]) * 16 + digit(json.p[i + 5]));
			i += 5;
		} else {
			out[n++] = json.p[++i];
		}
	}
	*at = i + 1;
	return (yb_str) { out, n };
}

/* As above without a copy where nothing is escaped, which is nearly always. */
static yb_str
next_text(yb_req *r, yb_str json, size_t *at)
{
	const char *from = json.p + *at;
	const char *quote = memchr(from, '"', json.len - *at);
	size_t n = quote == NULL ? json.len - *at : (size_t)(quote - from);

	if (memchr(from, '\\', n) != NULL)
		return read_text(r, json, at);
	*at += n + 1;
	return (yb_str) { from, n };
}

/* The place after the next of `mark`, over the spaces the database puts between members. */
static bool
next_mark(yb_str json, size_t *at, char mark)
{
	while (*at < json.len && (json.p[*at] == ' ' || json.p[*at] == ','))
		(*at)++;
	if (*at >= json.len || json.p[*at] != mark)
		return false;
	(*at)++;
	return true;
}

yb_str *
cells_read(yb_req *r, const struct table *t, yb_str json)
{
	yb_str *cells = yb_alloc(r, (t->n + 1) * sizeof *cells); /* the last one: columns now gone */
	size_t at = 1;

	while (next_mark(json, &at, '"')) {
		yb_str name = next_text(r, json, &at);

		if (!next_mark(json, &at, ':') || !next_mark(json, &at, '"'))
			break;
		cells[column_of(t, name)] = next_text(r, json, &at);
	}
	return cells;
}

/* What people look for stands in front; the column of the table is not endless. */
#define SEARCH_MAX 480

static yb_str
search_text(yb_req *r, const struct table *t, const yb_str *cells)
{
	yb_str key = yb_search_key(r, join(r, t, cells, COL_FIND, false));

	if (key.len > SEARCH_MAX) {
		key.len = SEARCH_MAX; /* not in the middle of a character */
		while (key.len > 0 && ((unsigned char)key.p[key.len] & 0xC0) == 0x80)
			key.len--;
	}
	return key.p == NULL ? YB_STR("") : key;
}

void
entry_seal(yb_req *r, const struct table *t, struct entry *e)
{
	e->key = cells_key(r, t, e->cells);
	e->json = cells_json(r, t, e->cells);
	e->hash = yb_sha256(r, (yb_bytes) { (const unsigned char *)e->json.p, e->json.len });
	e->search = search_text(r, t, e->cells);
}

void
entry_fault(yb_req *r, struct entry *e, const char *column, const char *code)
{
	e->bad = true;
	if (e->reject != NULL) {
		if (e->reject->code == NULL)
			*e->reject = (struct reject) { column, code };
		return;
	}
	if (e->row != NULL) {
		yb_row_fault(r, e->row, column, code);
		return;
	}
	yb_fault_add(r,
	    column == NULL ? yb_format_text(r, "/rows/%zu", e->at).p
			   : yb_format_text(r, "/rows/%zu/%s", e->at, column).p,
	    code);
}

yb_str
cell_of(const struct table *t, const struct entry *e, const char *column)
{
	size_t i = column_of(t, yb_cstr(column));

	return i < t->n ? e->cells[i] : (yb_str) { NULL, 0 };
}
