/*
 * json_read.c - JSON text into a record, every field checked (json.h). Parsed by jansson.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "decimal.h"
#include "json.h"
#include "json_load.h"
#include "text.h"

struct ybh_doc {
	json_t *root;
};

struct reader {
	struct yb_arena *a;
	struct ybh_faults *faults; /* where to report: the document's, or a row's own */
};

/* jansson allows 2,048 levels and counts no members: bound both before it allocates. */
static bool
within_bounds(yb_str text)
{
	size_t depth = 0, members = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > YBH_JSON_DEPTH)
				return false;
		} else if (c == '}' || c == ']') {
			depth -= depth > 0 ? 1 : 0;
		} else if (c == ',' && ++members > YBH_JSON_MEMBERS) {
			return false;
		}
	}
	return true;
}

static void
drop(void *root)
{
	json_decref(root);
}

enum ybh_read
ybh_json_parse(struct yb_arena *a, yb_str text, struct ybh_doc **ret)
{
	struct ybh_doc *doc;
	bool no_memory;
	json_t *root;

	if (text.p == NULL || !within_bounds(text))
		return YBH_READ_SYNTAX;
	root = ybh_json_load(text, &no_memory);
	if (root == NULL)
		return no_memory ? YBH_READ_NO_MEMORY : YBH_READ_SYNTAX;
	no_memory = json_is_object(root) && ybh_arena_defer(a, drop, root) < 0;
	if (!json_is_object(root) || no_memory) {
		json_decref(root);
		return no_memory ? YBH_READ_NO_MEMORY : YBH_READ_SYNTAX;
	}
	doc = ybh_arena_must(a, sizeof *doc);
	doc->root = root;
	*ret = doc;
	return YBH_READ_OK;
}

bool
ybh_json_has(const struct ybh_doc *doc, const char *name)
{
	return json_object_get(doc->root, name) != NULL;
}

void
ybh_fault(struct yb_arena *a, struct ybh_faults *faults, const char *field, const char *code)
{
	if (faults->at == NULL)
		faults->at = ybh_arena_must(a, YBH_FAULTS_MAX * sizeof *faults->at);
	if (faults->n < YBH_FAULTS_MAX)
		faults->at[faults->n++] = (yb_fault) { field, code };
}

/* ---- one value ---- */

/* YB_RAW: whoever knows what it should be reads it again. */
static const char *
read_raw(struct reader *rd, const yb_field *f, const json_t *v, yb_str *out)
{
	char *text = json_is_object(v) ? json_dumps(v, JSON_COMPACT) : NULL;

	if (text == NULL)
		return "E-VAL-004";
	*out = ybh_arena_copy(rd->a, yb_cstr(text));
	free(text);
	return f->max != 0 && out->len > f->max ? "E-VAL-006" : NULL;
}

static const char *
read_text(struct reader *rd, const yb_field *f, const json_t *v, yb_str *out)
{
	yb_str s;

	if ((f->flags & YB_RAW) != 0)
		return read_raw(rd, f, v, out);
	if (!json_is_string(v))
		return "E-VAL-004";
	s = (yb_str) { json_string_value(v), json_string_length(v) };
	(void)rd;
	*out = s; /* lent by the document, which lives as long as the arena */
	return ybh_record_check_text(f, s);
}

static const char *
read_number(const yb_field *f, const json_t *v, int64_t *out)
{
	if (!json_is_integer(v))
		return "E-VAL-004";
	*out = json_integer_value(v);
	if ((f->max != 0 || f->min != 0) &&
	    (*out < (int64_t)f->min || (f->max != 0 && *out > (int64_t)f->max)))
		return "E-VAL-006";
	return NULL;
}

/*
 * With up to 15 digits a double says exactly which decimal was meant: the one whose nearest
 * double it is. Any other has more decimals than the field.
 */
static const char *
read_decimal(const yb_field *f, const json_t *v, yb_dec *out)
{
	double unit = 1, x, back;

	for (unsigned i = 0; i < f->scale; i++)
		unit *= 10;
	if (!json_is_number(v))
		return "E-VAL-004";
	x = json_number_value(v);
	if (!(fabs(x * unit) < (double)YBH_DEC_MOST))
		return "E-VAL-006";
	*out = (yb_dec) { llround(x * unit), true };
	back = (double)out->units / unit;
	if (x < back || x > back)
		return "E-VAL-006";
	if ((f->max != 0 || f->min != 0) &&
	    (out->units < (int64_t)f->min || (f->max != 0 && out->units > (int64_t)f->max)))
		return "E-VAL-006";
	return NULL;
}

static const char *
read_scalar(struct reader *rd, const yb_field *f, const json_t *v, void *m)
{
	yb_str s = { json_string_value(v), json_string_length(v) };

	switch (f->type) {
	case YB_T_I64:
		return read_number(f, v, m);
	case YB_T_INT:
		((yb_int *)m)->set = true;
		return read_number(f, v, &((yb_int *)m)->v);
	case YB_T_BOOL:
		if (!json_is_boolean(v))
			return "E-VAL-004";
		*(bool *)m = json_is_true(v);
		return NULL;
	case YB_T_TEXT:
		return read_text(rd, f, v, m);
	case YB_T_DATE:
		if (!json_is_string(v))
			return "E-VAL-004";
		return yb_date_parse(s, m) ? NULL : "E-VAL-003";
	case YB_T_TIME:
		if (!json_is_string(v))
			return "E-VAL-004";
		return ybh_time_parse(s, m) ? NULL : "E-VAL-003";
	case YB_T_UUID:
		if (!json_is_string(v))
			return "E-VAL-004";
		return yb_uuid_parse(s, m) ? NULL : "E-VAL-002";
	case YB_T_DEC:
		return read_decimal(f, v, m);
	case YB_T_BYTES:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
	case YB_T_END:
		break;
	}
	return "E-VAL-005";
}

/* ---- lists and records ---- */

static void read_object(struct reader *rd, const json_t *object, const yb_field *fields, void *out,
    const char *at);

static const yb_field *
faults_field(const yb_field *fields)
{
	for (; fields->type != YB_T_END; fields++)
		if (fields->type == YB_T_FAULTS)
			return fields;
	return NULL;
}

/* A row with faults of its own: what is wrong is noted in the row, not in the request. */
static void
read_row(struct reader *rd, const yb_field *f, const json_t *v, void *row)
{
	const yb_field *own = faults_field(f->of);
	struct ybh_faults found = { NULL, 0 };
	struct reader alone = { rd->a, &found };
	yb_faults kept;

	if (json_is_object(v))
		read_object(&alone, v, f->of, row, "");
	else
		ybh_fault(rd->a, &found, "", "E-VAL-004");
	kept = (yb_faults) { found.at, found.n };
	if (own != NULL) /* always: the loader refuses a YB_ROWWISE table without one */
		memcpy((char *)row + own->offset, &kept, sizeof kept);
}

static void
read_list(struct reader *rd, const yb_field *f, const json_t *v, yb_list *out, const char *at)
{
	size_t n = json_array_size(v), size = f->of == NULL ? sizeof(yb_str) : f->size;
	yb_field item = { .type = YB_T_TEXT, .max = 200, .one_of = f->one_of, .format = f->format };

	if (!json_is_array(v)) {
		ybh_fault(rd->a, rd->faults, at, "E-VAL-004");
		return;
	}
	if (n < f->min || (f->max != 0 && n > f->max)) {
		ybh_fault(rd->a, rd->faults, at, "E-VAL-006");
		return;
	}
	out->items = ybh_arena_must(rd->a, n * size + 1);
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		void *row = (char *)out->items + i * size;
		const json_t *one = json_array_get(v, i);
		const char *where = ybh_arena_format(rd->a, "%s/%zu", at, i).p;
		const char *bad = NULL;

		if (f->of != NULL && (f->flags & YB_ROWWISE) != 0)
			read_row(rd, f, one, row);
		else if (f->of != NULL && json_is_object(one))
			read_object(rd, one, f->of, row, where);
		else
			bad = f->of != NULL ? "E-VAL-004" : read_text(rd, &item, one, row);
		if (bad != NULL)
			ybh_fault(rd->a, rd->faults, where, bad);
	}
}

static void
read_member(struct reader *rd, const yb_field *f, const json_t *v, void *out, const char *at)
{
	void *m = (char *)out + f->offset;
	const char *bad = NULL;

	if (json_is_null(v))
		return; /* null and absent are the same; YB_REQUIRED is checked afterwards */
	if (f->type == YB_T_LIST) {
		read_list(rd, f, v, m, at);
	} else if (f->type == YB_T_RECORD && json_is_object(v)) {
		((yb_ref *)m)->p = ybh_arena_must(rd->a, f->size);
		read_object(rd, v, f->of, ((yb_ref *)m)->p, at);
	} else if (f->type == YB_T_RECORD) {
		bad = "E-VAL-004";
	} else {
		bad = read_scalar(rd, f, v, m);
		if (bad == NULL && ybh_field_is_null(f, out))
			bad = f->type == YB_T_TIME ? "E-VAL-003" : "E-VAL-002"; /* e.g. the nil UUID */
	}
	if (bad != NULL)
		ybh_fault(rd->a, rd->faults, at, bad);
}

static const char *
pointer(struct yb_arena *a, const char *at, const char *name)
{
	return ybh_arena_format(a, "%s/%s", at, name).p;
}

static void
read_object(struct reader *rd, const json_t *object, const yb_field *fields, void *out,
    const char *at)
{
	size_t known = 0;

	for (const yb_field *f = fields; f->type != YB_T_END; f++) {
		const json_t *v = f->type == YB_T_FAULTS ? NULL : json_object_get(object, f->name);

		known += v != NULL ? 1 : 0;
		if (v != NULL && !json_is_null(v))
			read_member(rd, f, v, out, pointer(rd->a, at, f->name));
		else if ((f->flags & YB_REQUIRED) != 0)
			ybh_fault(rd->a, rd->faults, pointer(rd->a, at, f->name), "E-VAL-001");
	}
	if (known < json_object_size(object)) {
		const char *name;
		json_t *v;
		union {
			const json_t *in;
			json_t *out;
		} u = { .in = object }; /* jansson's iterator is not const */

		json_object_foreach(u.out, name, v)
		{
			const yb_field *f = ybh_field_named(fields, yb_cstr(name));

			if (f == NULL || f->type == YB_T_FAULTS)
				ybh_fault(rd->a, rd->faults, pointer(rd->a, at, name), "E-VAL-005");
		}
	}
}

enum ybh_read
ybh_json_record(struct yb_arena *a, const struct ybh_doc *doc, const yb_field *fields, void *out,
    struct ybh_faults *faults)
{
	struct reader rd = { a, faults };

	read_object(&rd, doc->root, fields, out, "");
	return faults->n == 0 ? YBH_READ_OK : YBH_READ_REFUSED;
}
