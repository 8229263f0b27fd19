/*
 * json_write.c - records as JSON, printed straight into the reply (json.h).
 */
#include <string.h>

#include "clock.h"
#include "decimal.h"
#include "json.h"

#define TEXT_PIECE 4096u /* so that room for the worst case stays small */

/* A character that cannot stand as it is: at most six bytes. */
static char *
escape(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	*to++ = '\\';
	if (c == '"' || c == '\\') {
		*to++ = (char)c;
		return to;
	}
	if (c == '\n') {
		*to++ = 'n';
		return to;
	}
	memcpy(to, "u00", 3);
	to[3] = hex[c >> 4];
	to[4] = hex[c & 15];
	return to + 5;
}

static void
print_piece(struct ybh_buf *b, const char *p, size_t n)
{
	char *room = ybh_buf_room(b, 6 * n), *to = room;

	if (room == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
			*to++ = (char)c;
		else
			to = escape(to, c);
	}
	ybh_buf_wrote(b, (size_t)(to - room));
}

void
ybh_json_print_text(struct ybh_buf *b, yb_str s)
{
	if (s.p == NULL) {
		ybh_buf_put(b, "null", 4);
		return;
	}
	ybh_buf_char(b, '"');
	for (size_t at = 0; at < s.len; at += TEXT_PIECE)
		print_piece(b, s.p + at, s.len - at < TEXT_PIECE ? s.len - at : TEXT_PIECE);
	ybh_buf_char(b, '"');
}

static void
print_quoted(struct ybh_buf *b, const char *p, size_t n)
{
	char *room = ybh_buf_room(b, n + 2);

	if (room == NULL)
		return;
	room[0] = '"';
	memcpy(room + 1, p, n);
	room[n + 1] = '"';
	ybh_buf_wrote(b, n + 2);
}

/* The separator before it, its quoted name and the colon. Names of fields need no escape. */
static void
print_name(struct ybh_buf *b, char sep, const char *name)
{
	size_t n = strlen(name);
	char *room = ybh_buf_room(b, n + 4);

	if (room == NULL)
		return;
	room[0] = sep;
	room[1] = '"';
	memcpy(room + 2, name, n);
	room[n + 2] = '"';
	room[n + 3] = ':';
	ybh_buf_wrote(b, n + 4);
}

/* An ETag-like number without trailing zeros: 0.5, not 0.50. */
static void
print_decimal(struct ybh_buf *b, int64_t units, unsigned scale)
{
	char text[24];
	size_t n = ybh_dec_print(units, scale, text);

	for (; scale > 0 && text[n - 1] == '0'; scale--)
		n--;
	if (text[n - 1] == '.')
		n--;
	ybh_buf_put(b, text, n);
}

static void
print_member(struct ybh_buf *b, const yb_field *f, const void *m)
{
	char text[40];

	switch (f->type) {
	case YB_T_I64:
		ybh_buf_i64(b, *(const int64_t *)m);
		return;
	case YB_T_INT:
		ybh_buf_i64(b, ((const yb_int *)m)->v);
		return;
	case YB_T_BOOL:
		ybh_buf_cstr(b, *(const bool *)m ? "true" : "false");
		return;
	case YB_T_TEXT:
		if ((f->flags & YB_RAW) != 0)
			ybh_buf_str(b, *(const yb_str *)m);
		else
			ybh_json_print_text(b, *(const yb_str *)m);
		return;
	case YB_T_DATE:
		print_quoted(b, text, ybh_date_print(*(const yb_date *)m, text));
		return;
	case YB_T_TIME:
		print_quoted(b, text, ybh_time_print(*(const yb_time *)m, text));
		return;
	case YB_T_UUID:
		print_quoted(b, text, ybh_uuid_print(*(const yb_uuid *)m, text));
		return;
	case YB_T_DEC:
		print_decimal(b, ((const yb_dec *)m)->units, f->scale);
		return;
	case YB_T_LIST:
		ybh_json_print_list(b, f->of, f->size, m);
		return;
	case YB_T_RECORD:
		ybh_json_print(b, f->of, ((const yb_ref *)m)->p);
		return;
	case YB_T_FAULTS:
	case YB_T_BYTES:
	case YB_T_END:
		break;
	}
	b->failed = true; /* bytes have no JSON form: a fault of the table */
}

static void
print_faults(struct ybh_buf *b, const yb_faults *faults)
{
	ybh_buf_char(b, '[');
	for (size_t i = 0; i < faults->n; i++) {
		ybh_buf_cstr(b, i > 0 ? ",{\"field\":" : "{\"field\":");
		ybh_json_print_text(b, yb_cstr(faults->at[i].field));
		ybh_buf_cstr(b, ",\"code\":");
		ybh_json_print_text(b, yb_cstr(faults->at[i].code));
		ybh_buf_char(b, '}');
	}
	ybh_buf_char(b, ']');
}

void
ybh_json_print(struct ybh_buf *b, const yb_field *fields, const void *rec)
{
	char sep = '{';

	if (rec == NULL) {
		ybh_buf_put(b, "null", 4);
		return;
	}
	for (const yb_field *f = fields; f->type != YB_T_END; f++) {
		const void *m = (const char *)rec + f->offset;

		print_name(b, sep, f->name);
		sep = ',';
		if (f->type == YB_T_FAULTS)
			print_faults(b, m);
		else if (f->type != YB_T_LIST && ybh_field_is_null(f, rec))
			ybh_buf_put(b, "null", 4);
		else
			print_member(b, f, m);
	}
	if (sep == '{')
		ybh_buf_char(b, '{');
	ybh_buf_char(b, '}');
}

void
ybh_json_print_list(struct ybh_buf *b, const yb_field *fields, size_t size, const yb_list *list)
{
	ybh_buf_char(b, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			ybh_buf_char(b, ',');
		if (fields == NULL)
			ybh_json_print_text(b, ((const yb_str *)list->items)[i]);
		else
			ybh_json_print(b, fields, (const char *)list->items + i * size);
	}
	ybh_buf_char(b, ']');
}
