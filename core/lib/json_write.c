/*
 * json_write.c - records as JSON, printed straight into the reply (json.h).
 */
#include <string.h>

#include "clock.h"
#include "decimal.h"
#include "json.h"

void
ybh_json_print_text(struct ybh_buf *b, yb_str s)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	if (s.p == NULL) {
		ybh_buf_put(b, "null", 4);
		return;
	}
	ybh_buf_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char esc[6] = { '\\', 'u', '0', '0', 0, 0 };

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
			continue;
		ybh_buf_put(b, s.p + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\') {
			esc[1] = (char)c;
			ybh_buf_put(b, esc, 2);
		} else if (c == '\n') {
			ybh_buf_put(b, "\\n", 2);
		} else {
			esc[4] = hex[c >> 4];
			esc[5] = hex[c & 15];
			ybh_buf_put(b, esc, 6);
		}
	}
	ybh_buf_put(b, s.p + from, s.len - from);
	ybh_buf_char(b, '"');
}

static void
print_quoted(struct ybh_buf *b, const char *p, size_t n)
{
	ybh_buf_char(b, '"');
	ybh_buf_put(b, p, n);
	ybh_buf_char(b, '"');
}

/* An ETag-like number without trailing zeros: 0.5, not 0.50. */
static void
print_decimal(struct ybh_buf *b, int64_t units, unsigned scale)
{
	char text[24];
	size_t n = ybh_dec_print(units, scale, text);

	while (scale > 0 && text[n - 1] == '0' && scale-- > 0)
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

		ybh_buf_char(b, sep);
		sep = ',';
		print_quoted(b, f->name, strlen(f->name));
		ybh_buf_char(b, ':');
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
