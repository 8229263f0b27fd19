/*
 * sample.c - the record of sample.h, and what can be asked of any record.
 */
#include "sample.h"

#include <yb/format.h>

#include "../../core/lib/host.h"
#include "../../core/lib/text.h"

/* clang-format off */
#define MEMBERS								\
	{ "name", YB_OF(struct sample, name), .max = 20, .flags = YB_REQUIRED }, \
	{ "lines", YB_OF(struct sample, lines), .max = 100, .flags = YB_LINES }, \
	{ "kind", YB_OF(struct sample, kind), .one_of = "1,2,MR" },	\
	{ "lot", YB_OF(struct sample, lot), .format = &yb_format_lot },	\
	{ "org", YB_OF(struct sample, org), .format = &yb_format_org_code }, \
	{ "on", YB_OF(struct sample, on) },				\
	{ "at", YB_OF(struct sample, at) },				\
	{ "id", YB_OF(struct sample, id) },				\
	{ "seq", YB_OF(struct sample, seq), .min = 1, .max = 9 },	\
	{ "free", YB_OF(struct sample, free) },				\
	{ "count", YB_OF(struct sample, count) },			\
	{ "done", YB_OF(struct sample, done) },				\
	{ "ml", YB_OF(struct sample, ml), .scale = 2, .min = 5, .max = 200 }, \
	{ "price", YB_OF(struct sample, price), .scale = 2 }
/* clang-format on */

const yb_field sample_fields[] = { MEMBERS, { 0 } };
const yb_field sample_rows[] = { MEMBERS, { "errors", YB_OF(struct sample, faults) }, { 0 } };

static bool
same_list(const yb_field *f, const yb_list *a, const yb_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		size_t at = i * (f->of == NULL ? sizeof(yb_str) : f->size);
		const char *x = (const char *)a->items + at, *y = (const char *)b->items + at;

		if (f->of != NULL ? !sample_same(f->of, x, y)
				  : !yb_str_eq(((const yb_str *)a->items)[i],
					((const yb_str *)b->items)[i]))
			return false;
	}
	return true;
}

static bool
same_member(const yb_field *f, const void *a, const void *b)
{
	const yb_ref *x = a, *y = b;
	int64_t apart;

	switch (f->type) {
	case YB_T_I64:
		return *(const int64_t *)a == *(const int64_t *)b;
	case YB_T_INT:
		return ((const yb_int *)a)->v == ((const yb_int *)b)->v;
	case YB_T_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case YB_T_TEXT:
		return yb_str_eq(*(const yb_str *)a, *(const yb_str *)b);
	case YB_T_DATE:
		return yb_date_cmp(*(const yb_date *)a, *(const yb_date *)b) == 0;
	case YB_T_TIME:
		apart = ((const yb_time *)a)->us - ((const yb_time *)b)->us;
		return apart > -1000000 && apart < 1000000;
	case YB_T_UUID:
		return memcmp(a, b, sizeof(yb_uuid)) == 0;
	case YB_T_DEC:
		return ((const yb_dec *)a)->units == ((const yb_dec *)b)->units;
	case YB_T_LIST:
		return same_list(f, a, b);
	case YB_T_RECORD:
		return sample_same(f->of, x->p, y->p);
	case YB_T_FAULTS:
	case YB_T_BYTES:
	case YB_T_END:
		break;
	}
	return true;
}

bool
sample_same(const yb_field *fields, const void *a, const void *b)
{
	for (const yb_field *f = fields; f->type != YB_T_END; f++) {
		bool list = f->type == YB_T_LIST; /* none and [] are printed alike */
		bool null = !list && ybh_field_is_null(f, a);

		if (null != (!list && ybh_field_is_null(f, b)))
			return false;
		if (!null &&
		    !same_member(f, (const char *)a + f->offset, (const char *)b + f->offset))
			return false;
	}
	return true;
}

bool
sample_complete(const yb_field *fields, const void *rec)
{
	for (const yb_field *f = fields; f->type != YB_T_END; f++) {
		const void *m = (const char *)rec + f->offset;
		const yb_list *list = m;
		const yb_ref *ref = m;

		if ((f->flags & YB_REQUIRED) != 0 && ybh_field_is_null(f, rec))
			return false;
		if (f->type == YB_T_RECORD && ref->p != NULL && !sample_complete(f->of, ref->p))
			return false;
		if (f->type != YB_T_LIST || f->of == NULL || (f->flags & YB_ROWWISE) != 0)
			continue;
		for (size_t i = 0; i < list->n; i++)
			if (!sample_complete(f->of, (const char *)list->items + i * f->size))
				return false;
	}
	return true;
}

yb_str
sample_print(struct yb_arena *a, const yb_field *fields, const void *rec)
{
	struct ybh_buf b;
	yb_str ret;

	ybh_buf_init(&b, (size_t)16 << 20);
	ybh_json_print(&b, fields, rec);
	must(!b.failed);
	ret = ybh_arena_copy(a, ybh_buf_view(&b));
	ybh_buf_free(&b);
	return ret;
}

void
sample_faults(const yb_fault *at, size_t n)
{
	must(n <= YBH_FAULTS_MAX);
	for (size_t i = 0; i < n; i++) {
		must(at[i].field[0] == '/' || at[i].field[0] == '\0');
		must(ybh_utf8_valid(yb_cstr(at[i].field)));
		must(ybh_problem_find(at[i].code) != NULL);
	}
}
