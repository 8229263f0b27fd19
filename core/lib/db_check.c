/*
 * db_check.c - whether the columns of a query are what its row table says.
 */
#include "db_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool
type_fits(enum yb_type t, const MYSQL_FIELD *c)
{
	bool is_number = IS_NUM(c->type) && c->type != MYSQL_TYPE_NEWDECIMAL;
	bool is_text = c->type == MYSQL_TYPE_STRING || c->type == MYSQL_TYPE_VAR_STRING ||
	    c->type == MYSQL_TYPE_VARCHAR || c->type == MYSQL_TYPE_BLOB ||
	    c->type == MYSQL_TYPE_LONG_BLOB || c->type == MYSQL_TYPE_MEDIUM_BLOB;

	switch (t) {
	case YB_T_I64:
	case YB_T_INT:
	case YB_T_TIME:
	case YB_T_BOOL:
		return is_number;
	case YB_T_DEC:
		return c->type == MYSQL_TYPE_NEWDECIMAL;
	case YB_T_DATE:
		return c->type == MYSQL_TYPE_DATE;
	case YB_T_TEXT:
		return is_text;
	case YB_T_BYTES:
	case YB_T_UUID:
		return is_text && c->charsetnr == 63; /* binary */
	case YB_T_END:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
		break;
	}
	return false;
}

static bool
is_text_key(const yb_query *q, const yb_field *f)
{
	return q->gathered != NULL && f->type == YB_T_TEXT && strcmp(f->name, q->key) == 0;
}

int
db_check_columns(const struct db_stmt *s, char *err, size_t size)
{
	MYSQL_RES *meta = mysql_stmt_result_metadata(s->stmt);
	int rc = 0;

	for (size_t i = 0; meta != NULL && i < s->n_columns && rc == 0; i++) {
		const MYSQL_FIELD *c = mysql_fetch_field_direct(meta, (unsigned)i);
		const yb_field *f = &s->q->row[i];

		if (strcmp(c->name, f->name) != 0) {
			(void)snprintf(err, size, "query %s: column %zu is %s, its field %s",
			    s->q->name, i + 1, c->name, f->name);
			rc = -EINVAL;
		} else if (!type_fits(f->type, c)) {
			(void)snprintf(err, size, "query %s: column %s has a type its field cannot hold",
			    s->q->name, c->name);
			rc = -EINVAL;
		} else if (is_text_key(s->q, f) && (c->flags & BINARY_FLAG) == 0) {
			(void)snprintf(err, size, "query %s: key %s is not compared by its bytes",
			    s->q->name, c->name);
			rc = -EINVAL;
		}
	}
	if (meta != NULL)
		mysql_free_result(meta);
	return rc;
}
