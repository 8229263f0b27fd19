/*
 * permission.c - the operations of the installation and the roles they are open to
 * (yb/permission.h, host.h).
 *
 * A worker knows the routes of its own pool. What the other pools have is written down by the
 * check flight, which loads them all, and read once when a worker starts.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <yb/permission.h>

#include "internal.h"

#define FILE_MAX (1 << 20)

struct operation {
	yb_str id, area, roles; /* roles as a yb_route has them, terminated */
	bool any_state;
};

static const yb_field operation_record[] = {
	{ "id", YB_OF(struct operation, id), .flags = YB_REQUIRED },
	{ "area", YB_OF(struct operation, area), .flags = YB_REQUIRED },
	{ "roles", YB_OF(struct operation, roles), .max = 1000, .flags = YB_REQUIRED },
	{ "any_state", YB_OF(struct operation, any_state) },
	{ 0 },
};

struct operations {
	yb_list operations;
};

static const yb_field operations_record[] = {
	{ "operations", YB_OF(struct operations, operations),
	    YB_EACH(operation_record, struct operation), .flags = YB_REQUIRED },
	{ 0 },
};

/* ---- writing ---- */

/* The areas as the house counts them; whatever else there is follows. */
static const char *const house[] = { "account", "token", "record", "questionnaire", "certificate",
	"statistics", "checkup", "master", "bankaccount", "banklink", "notice", "accesslog",
	"insurer", "eligibility", "jpki" };

#define N_HOUSE (sizeof house / sizeof house[0])

static size_t
place(const char *area)
{
	for (size_t i = 0; i < N_HOUSE; i++)
		if (strcmp(area, house[i]) == 0)
			return i;
	return N_HOUSE;
}

static void
area_print(struct ybh_buf *out, const yb_module *m, const char **sep)
{
	for (const yb_route *r = m->routes; r->path != NULL; r++) {
		struct operation o;

		if ((r->who & YB_STAFF) == 0)
			continue;
		o = (struct operation) { yb_cstr(r->id), yb_cstr(m->name), yb_cstr(r->roles),
			(r->flags & YB_ANY_STATE) != 0 };
		ybh_buf_cstr(out, *sep);
		ybh_json_print(out, operation_record, &o);
		*sep = ",\n";
	}
}

void
ybh_operations_print(struct ybh_buf *out, const yb_module *const *modules, size_t n)
{
	const char *sep = "";

	ybh_buf_cstr(out, "{\"operations\":[\n");
	for (size_t at = 0; at <= N_HOUSE; at++)
		for (size_t i = 0; i < n; i++)
			if (place(modules[i]->name) == at)
				area_print(out, modules[i], &sep);
	ybh_buf_cstr(out, "\n]}\n");
}

/* ---- reading ---- */

/* Null: not there, or not whole. */
static yb_str
file_read(struct yb_arena *a, const char *path)
{
	FILE *f = fopen(path, "re");
	yb_str text = { NULL, 0 };
	struct stat st;

	if (f != NULL && fstat(fileno(f), &st) == 0 && st.st_size > 0 && st.st_size <= FILE_MAX) {
		char *p = ybh_arena_must(a, (size_t)st.st_size);

		if (fread(p, 1, (size_t)st.st_size, f) == (size_t)st.st_size)
			text = (yb_str) { p, (size_t)st.st_size };
	}
	if (f != NULL)
		(void)fclose(f);
	return text;
}

int
ybh_operations_load(struct yb_arena *a, const char *path, const yb_list **ret)
{
	struct operations *all = ybh_arena_must(a, sizeof *all);
	struct ybh_faults faults = { NULL, 0 };
	struct operation *o;
	struct ybh_doc *doc;
	yb_str text = file_read(a, path);

	if (text.p == NULL || ybh_json_parse(a, text, &doc) != YBH_READ_OK ||
	    ybh_json_record(a, doc, operations_record, all, &faults) != YBH_READ_OK)
		return -1;
	o = all->operations.items;
	for (size_t i = 0; i < all->operations.n; i++)
		o[i].roles.p = ybh_arena_cstr(a, o[i].roles);
	*ret = &all->operations;
	return 0;
}

/* ---- asking ---- */

static bool
open_to(const struct operation *o, yb_str role, bool temporary)
{
	if (temporary && !o->any_state)
		return false;
	return strcmp(o->roles.p, "*") == 0 || yb_word_in(role, o->roles.p, ',');
}

yb_list
yb_permissions(yb_req *r, yb_str role, bool temporary)
{
	const struct operation *o = r->p->operations->items;
	size_t n = r->p->operations->n, found = 0;
	yb_str *items = yb_alloc(r, (n + 1) * sizeof *items);

	for (size_t i = 0; i < n; i++)
		if (open_to(&o[i], role, temporary))
			items[found++] = o[i].id;
	return (yb_list) { items, found };
}

yb_list
yb_areas(yb_req *r, yb_str role, bool temporary)
{
	const struct operation *o = r->p->operations->items;
	size_t n = r->p->operations->n, found = 0;
	yb_str *items = yb_alloc(r, (n + 1) * sizeof *items);

	/* The operations of an area stand together; the core's own belong to none. */
	for (size_t i = 0; i < n; i++) {
		if (!open_to(&o[i], role, temporary) || yb_str_is(o[i].area, ybh_core_module.name))
			continue;
		if (found == 0 || !yb_str_eq(items[found - 1], o[i].area))
			items[found++] = o[i].area;
	}
	return (yb_list) { items, found };
}
