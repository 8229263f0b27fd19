/*
 * db_bind.c - values to parameters, columns to record fields (dbconn.h, yb/record.h).
 *
 * A text column is fetched into a small buffer; a longer one is fetched again at its true
 * length. Result 101 (truncated) of any other column is a fault of the query.
 */
#include "db_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "decimal.h"

_Static_assert(sizeof(bool) == 1, "a TINYINT is bound to a bool");

static const void *
member(const void *rec, const yb_field *f)
{
	return (const char *)rec + f->offset;
}

/* ---- parameters ---- */

static void
bind_bytes(MYSQL_BIND *b, struct db_param *p, const void *at, size_t len, enum enum_field_types t)
{
	union {
		const void *in;
		void *out;
	} u = { .in = at }; /* Connector/C declares inputs non-const */

	p->length = (unsigned long)len;
	b->buffer_type = at == NULL ? MYSQL_TYPE_NULL : t;
	b->buffer = u.out;
	b->buffer_length = p->length;
	b->length = &p->length;
}

static void
bind_date(MYSQL_BIND *b, struct db_param *p, yb_date d)
{
	memset(&p->time, 0, sizeof p->time);
	p->time.year = (unsigned)d.year;
	p->time.month = d.month;
	p->time.day = d.day;
	p->time.time_type = MYSQL_TIMESTAMP_DATE;
	b->buffer_type = yb_date_is_null(d) ? MYSQL_TYPE_NULL : MYSQL_TYPE_DATE;
	b->buffer = &p->time;
}

static void
bind_number(MYSQL_BIND *b, struct db_param *p, int64_t v)
{
	p->number = v;
	b->buffer_type = MYSQL_TYPE_LONGLONG;
	b->buffer = &p->number;
}

void
db_bind_value(MYSQL_BIND *b, struct db_param *p, const yb_value *v)
{
	switch (v->type) {
	case YB_T_I64:
	case YB_T_INT:
	case YB_T_BOOL:
		bind_number(b, p, v->u.i64);
		return;
	case YB_T_TIME:
		bind_number(b, p, v->u.time.us);
		if (v->u.time.us == 0)
			b->buffer_type = MYSQL_TYPE_NULL;
		return;
	case YB_T_TEXT:
		bind_bytes(b, p, v->u.text.p, v->u.text.len, MYSQL_TYPE_STRING);
		return;
	case YB_T_BYTES:
		bind_bytes(b, p, v->u.bytes.p, v->u.bytes.len, MYSQL_TYPE_BLOB);
		return;
	case YB_T_UUID:
		bind_bytes(b, p, yb_uuid_is_null(v->u.uuid) ? NULL : v->u.uuid.b, 16,
		    MYSQL_TYPE_BLOB);
		return;
	case YB_T_DATE:
		bind_date(b, p, v->u.date);
		return;
	case YB_T_DEC:
		bind_bytes(b, p, p->text, ybh_dec_print(v->u.i64, v->scale, p->text),
		    MYSQL_TYPE_STRING);
		return;
	case YB_T_END:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
		break;
	}
	b->buffer_type = MYSQL_TYPE_NULL;
}

/* ---- arrays of parameters: one record a row ---- */

struct column { /* one parameter over all rows */
	int64_t *numbers;
	void **at;
	unsigned long *lengths;
	char *null;
};

static void
column_new(struct column *c, size_t n, struct yb_arena *a)
{
	c->numbers = ybh_arena_must(a, n * sizeof *c->numbers);
	c->at = ybh_arena_must(a, n * sizeof *c->at);
	c->lengths = ybh_arena_must(a, n * sizeof *c->lengths);
	c->null = ybh_arena_must(a, n);
}

static void
put_bytes(struct column *c, size_t i, const void *p, size_t len)
{
	union {
		const void *in;
		void *out;
	} u = { .in = p };

	c->at[i] = u.out;
	c->lengths[i] = (unsigned long)len;
	c->null[i] = p == NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
}

static void
put_number(struct column *c, size_t i, int64_t v, bool is_null)
{
	c->numbers[i] = v;
	c->null[i] = is_null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
}

static bool
put_field(struct column *c, size_t i, const yb_field *f, const void *rec, struct yb_arena *a)
{
	const void *m = member(rec, f);
	char *text;

	switch (f->type) {
	case YB_T_I64:
		put_number(c, i, *(const int64_t *)m, false);
		return false;
	case YB_T_INT:
		put_number(c, i, ((const yb_int *)m)->v, !((const yb_int *)m)->set);
		return false;
	case YB_T_BOOL:
		put_number(c, i, *(const bool *)m, false);
		return false;
	case YB_T_TIME:
		put_number(c, i, ((const yb_time *)m)->us, ((const yb_time *)m)->us == 0);
		return false;
	case YB_T_TEXT:
		put_bytes(c, i, ((const yb_str *)m)->p, ((const yb_str *)m)->len);
		return true;
	case YB_T_BYTES:
		put_bytes(c, i, ((const yb_bytes *)m)->p, ((const yb_bytes *)m)->len);
		return true;
	case YB_T_UUID:
		put_bytes(c, i, yb_uuid_is_null(*(const yb_uuid *)m) ? NULL : m, 16);
		return true;
	case YB_T_DATE:
		text = ybh_arena_must(a, 16);
		put_bytes(c, i, yb_date_is_null(*(const yb_date *)m) ? NULL : text,
		    ybh_date_print(*(const yb_date *)m, text));
		return true;
	case YB_T_DEC:
		text = ybh_arena_must(a, 24);
		put_bytes(c, i, ((const yb_dec *)m)->set ? text : NULL,
		    ybh_dec_print(((const yb_dec *)m)->units, f->scale, text));
		return true;
	case YB_T_END:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
		break;
	}
	put_bytes(c, i, NULL, 0);
	return true;
}

static void
bind_column(MYSQL_BIND *b, const struct column *c, bool is_text, bool is_binary)
{
	b->u.indicator = c->null;
	if (!is_text) {
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = c->numbers;
		return;
	}
	b->buffer_type = is_binary ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
	b->buffer = c->at;
	b->length = c->lengths;
}

static bool
value_repeated(struct column *c, size_t n, const yb_value *v)
{
	for (size_t i = 0; i < n; i++) {
		if (v->type == YB_T_TEXT)
			put_bytes(c, i, v->u.text.p, v->u.text.len);
		else if (v->type == YB_T_BYTES)
			put_bytes(c, i, v->u.bytes.p, v->u.bytes.len);
		else
			put_number(c, i, v->u.i64, false);
	}
	return v->type == YB_T_TEXT || v->type == YB_T_BYTES;
}

size_t
db_bind_rows(MYSQL_BIND *params, const yb_value *first, const yb_field *fields, size_t size,
    const void *rows, size_t n, struct yb_arena *a)
{
	struct column c;
	size_t count = 0;

	if (first != NULL) {
		column_new(&c, n, a);
		bind_column(&params[count], &c, value_repeated(&c, n, first),
		    first->type == YB_T_BYTES);
		count++;
	}
	for (const yb_field *f = fields; f->type != YB_T_END && count < DB_PARAMS; f++) {
		bool is_text = false;

		if (f->type == YB_T_FAULTS || f->type == YB_T_LIST || f->type == YB_T_RECORD)
			continue;
		column_new(&c, n, a);
		for (size_t i = 0; i < n; i++)
			is_text = put_field(&c, i, f, (const char *)rows + i * size, a);
		bind_column(&params[count++], &c, is_text,
		    f->type == YB_T_BYTES || f->type == YB_T_UUID);
	}
	return count;
}

/* ---- columns ---- */

static size_t
field_count(const yb_field *f)
{
	size_t n = 0;

	while (f != NULL && f[n].type != YB_T_END)
		n++;
	return n;
}

static void
bind_result(MYSQL_BIND *b, struct db_column *c, enum yb_type type)
{
	b->is_null = &c->is_null;
	b->length = &c->length;
	b->error = &c->truncated;
	switch (type) {
	case YB_T_I64:
	case YB_T_INT:
	case YB_T_TIME:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &c->number;
		return;
	case YB_T_BOOL:
		b->buffer_type = MYSQL_TYPE_TINY;
		b->buffer = &c->tiny;
		return;
	case YB_T_DATE:
		b->buffer_type = MYSQL_TYPE_DATE;
		b->buffer = &c->time;
		return;
	case YB_T_BYTES:
	case YB_T_UUID:
	case YB_T_TEXT:
	case YB_T_DEC:
	case YB_T_END:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
		break;
	}
	b->buffer_type =
	    type == YB_T_BYTES || type == YB_T_UUID ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
	b->buffer = c->text;
	b->buffer_length = DB_INLINE;
}

int
db_result_bind(struct ybh_db *db, struct db_stmt *s)
{
	MYSQL_BIND b[DB_PARAMS];
	size_t n = field_count(s->q->row);

	if (mysql_stmt_field_count(s->stmt) != n || n > DB_PARAMS) {
		(void)snprintf(db->error, sizeof db->error, "%s: %u columns for %zu fields",
		    s->q->name, mysql_stmt_field_count(s->stmt), n);
		return -EIO;
	}
	if (n == 0)
		return 0;
	s->result = calloc(n, sizeof *s->result);
	if (s->result == NULL)
		return -EIO;
	s->n_columns = n;
	memset(b, 0, sizeof b);
	for (size_t i = 0; i < n; i++)
		bind_result(&b[i], &s->result[i], s->q->row[i].type);
	return mysql_stmt_bind_result(s->stmt, b) == 0 ? 0 : -EIO;
}

/* The bytes of a text column, in the arena. */
static int
column_bytes(struct db_stmt *s, unsigned i, struct yb_arena *a, yb_str *ret)
{
	struct db_column *c = &s->result[i];
	char *p = ybh_arena_alloc(a, c->length + 1);

	if (p == NULL)
		return -EOVERFLOW;
	if (c->length <= DB_INLINE) {
		memcpy(p, c->text, c->length);
	} else {
		MYSQL_BIND b;
		unsigned long length = 0;

		memset(&b, 0, sizeof b);
		b.buffer_type = MYSQL_TYPE_BLOB;
		b.buffer = p;
		b.buffer_length = c->length;
		b.length = &length;
		if (mysql_stmt_fetch_column(s->stmt, &b, i, 0) != 0 || length != c->length)
			return -EIO;
	}
	*ret = (yb_str) { p, c->length };
	return 0;
}

static int
set_bytes(const yb_field *f, yb_str v, void *m)
{
	switch (f->type) {
	case YB_T_TEXT:
		*(yb_str *)m = v;
		return 0;
	case YB_T_BYTES:
		*(yb_bytes *)m = (yb_bytes) { (const unsigned char *)v.p, v.len };
		return 0;
	case YB_T_UUID:
		if (v.len != 16)
			return -EIO;
		memcpy(((yb_uuid *)m)->b, v.p, 16);
		return 0;
	case YB_T_DEC:
		((yb_dec *)m)->set = true;
		return ybh_dec_parse(v, f->scale, &((yb_dec *)m)->units) ? 0 : -EIO;
	case YB_T_END:
	case YB_T_I64:
	case YB_T_INT:
	case YB_T_BOOL:
	case YB_T_DATE:
	case YB_T_TIME:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
		break;
	}
	return -EIO;
}

static int
set_field(struct db_stmt *s, unsigned i, struct yb_arena *a, void *rec)
{
	const yb_field *f = &s->q->row[i];
	struct db_column *c = &s->result[i];
	void *m = (char *)rec + f->offset;
	yb_str bytes;
	int rc;

	if (c->is_null) /* the row is zeroed: null already, where null can be told from zero */
		return f->type == YB_T_I64 || f->type == YB_T_BOOL ? -EIO : 0;
	if (f->type == YB_T_I64) {
		*(int64_t *)m = c->number;
	} else if (f->type == YB_T_INT) {
		*(yb_int *)m = (yb_int) { c->number, true };
	} else if (f->type == YB_T_TIME) {
		((yb_time *)m)->us = c->number;
	} else if (f->type == YB_T_BOOL) {
		*(bool *)m = c->tiny != 0;
	} else if (f->type == YB_T_DATE) {
		*(yb_date *)m = (yb_date) { (int16_t)c->time.year, (uint8_t)c->time.month,
			(uint8_t)c->time.day };
	} else {
		rc = column_bytes(s, i, a, &bytes);
		return rc != 0 ? rc : set_bytes(f, bytes, m);
	}
	return c->truncated ? -EIO : 0; /* 101 of a number: never a wrong value */
}

static int
fetch_row(struct db_stmt *s, struct yb_arena *a, void *rec)
{
	for (unsigned i = 0; i < s->n_columns; i++) {
		int rc = set_field(s, i, a, rec);

		if (rc != 0)
			return rc;
	}
	return 0;
}

int
db_fetch_all(struct ybh_db *db, struct db_stmt *s, struct yb_arena *a, size_t limit, yb_list *rows)
{
	uint64_t n = mysql_stmt_num_rows(s->stmt);
	size_t size = s->q->row_size;

	*rows = (yb_list) { NULL, 0 };
	if (n > limit) {
		(void)snprintf(db->error, sizeof db->error, "%s: more than %zu rows", s->q->name,
		    limit);
		return -EOVERFLOW;
	}
	if (n == 0)
		return 0;
	rows->items = ybh_arena_alloc(a, (size_t)n * size);
	if (rows->items == NULL) {
		(void)snprintf(db->error, sizeof db->error, "%s: the rows are too many to hold",
		    s->q->name);
		return -EOVERFLOW;
	}
	for (; rows->n < n; rows->n++) {
		int got = mysql_stmt_fetch(s->stmt);

		if (got != 0 && got != MYSQL_DATA_TRUNCATED)
			return db_result(db, mysql_stmt_errno(s->stmt), mysql_stmt_error(s->stmt));
		if (fetch_row(s, a, (char *)rows->items + rows->n * size) != 0) {
			(void)snprintf(db->error, sizeof db->error,
			    "%s: a column does not fit its field", s->q->name);
			return -EIO;
		}
	}
	return 0;
}

/* ---- the rows of several askers ---- */

#define ROOM_FIRST 16 /* rows of an asker there is memory for at first */

static bool
column_equals(const struct db_column *c, const yb_value *key)
{
	if (c->is_null)
		return false;
	if (key->type == YB_T_I64)
		return c->number == key->u.i64;
	return key->type == YB_T_TEXT && c->length <= DB_INLINE &&
	    yb_str_eq((yb_str) { c->text, c->length }, key->u.text);
}

/* Room for one more row, zeroed. NULL: more than it wants, or no memory. */
static void *
asker_row(struct ybh_asker *k, size_t size)
{
	size_t room = k->room == 0 ? ROOM_FIRST : 2 * k->room;
	void *more;

	if (k->rows.n == k->limit)
		return NULL;
	if (room > k->limit)
		room = k->limit;
	if (k->rows.n == k->room) {
		more = ybh_arena_alloc(k->a, room * size);
		if (more == NULL)
			return NULL;
		if (k->rows.n > 0)
			memcpy(more, k->rows.items, k->rows.n * size);
		k->rows.items = more;
		k->room = room;
	}
	return (char *)k->rows.items + k->rows.n * size;
}

/* The row that was fetched last, to all who asked for it. */
static int
row_give(struct db_stmt *s, const struct db_column *key, struct ybh_asker *const *askers, size_t n)
{
	bool given = false;

	for (size_t i = 0; i < n; i++) {
		void *row;

		if (!column_equals(key, askers[i]->key))
			continue;
		row = asker_row(askers[i], s->q->row_size);
		if (row == NULL)
			return -EOVERFLOW;
		if (fetch_row(s, askers[i]->a, row) != 0)
			return -EIO;
		askers[i]->rows.n++;
		given = true;
	}
	return given ? 0 : -EIO;
}

static const struct db_column *
column_named(const struct db_stmt *s, const char *name)
{
	for (size_t i = 0; i < s->n_columns; i++)
		if (strcmp(s->q->row[i].name, name) == 0)
			return &s->result[i];
	return NULL;
}

int
db_fetch_gathered(struct ybh_db *db, struct db_stmt *s, const char *key,
    struct ybh_asker *const *askers, size_t n)
{
	const struct db_column *c = column_named(s, key);
	int got, rc = c == NULL ? -EIO : 0;

	while (rc == 0 && (got = mysql_stmt_fetch(s->stmt)) != MYSQL_NO_DATA) {
		if (got != 0 && got != MYSQL_DATA_TRUNCATED)
			return db_result(db, mysql_stmt_errno(s->stmt), mysql_stmt_error(s->stmt));
		rc = row_give(s, c, askers, n);
	}
	if (rc != 0)
		(void)snprintf(db->error, sizeof db->error, "%s: a row that fits nobody who asked",
		    s->q->name);
	return rc;
}
