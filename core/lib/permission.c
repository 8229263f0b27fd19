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

#include <yb/parameter.h>
#include <yb/permission.h>

#include "internal.h"
#include "overlay.h"

#define FILE_MAX (1 << 20)

static const yb_field operation_record[] = {
	{ "id", YB_OF(yb_operation, id), .flags = YB_REQUIRED },
	{ "area", YB_OF(yb_operation, area), .flags = YB_REQUIRED },
	{ "roles", YB_OF(yb_operation, roles), .max = 1000, .flags = YB_REQUIRED },
	{ "function", YB_OF(yb_operation, function), .max = 40 },
	{ "action", YB_OF(yb_operation, action), .max = 20, .flags = YB_REQUIRED },
	{ "any_state", YB_OF(yb_operation, any_state) },
	{ 0 },
};

static const yb_field parameter_record[] = {
	{ "key", YB_OF(yb_parameter, key), .flags = YB_REQUIRED },
	{ "normal", YB_OF(yb_parameter, normal), .flags = YB_REQUIRED },
	{ "unit", YB_OF(yb_parameter, unit) },
	{ "note", YB_OF(yb_parameter, note), .max = 1000, .flags = YB_REQUIRED },
	{ "min", YB_OF(yb_parameter, min) },
	{ "max", YB_OF(yb_parameter, max) },
	{ "security", YB_OF(yb_parameter, security) },
	{ 0 },
};

struct operations {
	yb_list operations, parameters;
};

static const yb_field operations_record[] = {
	{ "operations", YB_OF(struct operations, operations),
	    YB_EACH(operation_record, yb_operation), .flags = YB_REQUIRED },
	{ "parameters", YB_OF(struct operations, parameters),
	    YB_EACH(parameter_record, yb_parameter), .flags = YB_REQUIRED },
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
		yb_operation o;

		if ((r->who & YB_STAFF) == 0)
			continue;
		o = (yb_operation) { yb_cstr(r->id), yb_cstr(m->name), yb_cstr(r->roles),
			yb_cstr(r->function),
			yb_cstr(ybh_action_name(r->action)), (r->flags & YB_ANY_STATE) != 0 };
		ybh_buf_cstr(out, *sep);
		ybh_json_print(out, operation_record, &o);
		*sep = ",\n";
	}
}

/*
 * What decides who gets in, and who is watched: the areas that hold accounts and tokens, and
 * what the brief's rules on access (A, P, L) or the security notes ask for.
 */
static bool
of_security(const yb_module *m, const yb_option *o)
{
	return strcmp(m->name, "account") == 0 || strcmp(m->name, "token") == 0 ||
	    strstr(o->basis, "security") != NULL || strstr(o->basis, "P-") != NULL ||
	    strstr(o->basis, "L-") != NULL;
}

/* Numbers alone: a text may be a place on the disk, or whom to trust. */
static void
parameters_print(struct ybh_buf *out, const yb_module *m, const char **sep)
{
	char key[100];

	for (const yb_option *o = m->options; o != NULL && o->name != NULL; o++) {
		yb_parameter p;

		if ((o->min == 0 && o->max == 0) || strcmp(m->name, ybh_core_module.name) == 0)
			continue;
		(void)snprintf(key, sizeof key, "%s.%s", m->name, o->name);
		p = (yb_parameter) { yb_cstr(key), yb_cstr(o->value), yb_cstr(o->unit),
			yb_cstr(o->note), o->min, o->max, of_security(m, o) };
		ybh_buf_cstr(out, *sep);
		ybh_json_print(out, parameter_record, &p);
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
	ybh_buf_cstr(out, "\n],\"parameters\":[\n");
	sep = "";
	for (size_t at = 0; at <= N_HOUSE; at++)
		for (size_t i = 0; i < n; i++)
			if (place(modules[i]->name) == at)
				parameters_print(out, modules[i], &sep);
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
ybh_operations_load(struct yb_arena *a, const char *path, const yb_list **ret_operations,
    const yb_list **ret_parameters)
{
	struct operations *all = ybh_arena_must(a, sizeof *all);
	struct ybh_faults faults = { NULL, 0 };
	yb_operation *o;
	struct ybh_doc *doc;
	yb_str text = file_read(a, path);

	if (text.p == NULL || ybh_json_parse(a, text, &doc) != YBH_READ_OK ||
	    ybh_json_record(a, doc, operations_record, all, &faults) != YBH_READ_OK)
		return -1;
	o = all->operations.items;
	for (size_t i = 0; i < all->operations.n; i++)
		o[i].roles.p = ybh_arena_cstr(a, o[i].roles);
	*ret_operations = &all->operations;
	*ret_parameters = &all->parameters;
	return 0;
}

/* ---- asking ---- */

static bool
open_to(const struct ybh_process *p, const yb_operation *o, yb_str role, bool temporary)
{
	if (temporary && !o->any_state)
		return false;
	return strcmp(o->roles.p, "*") == 0 ||
	    (yb_word_in(role, o->roles.p, ',') && !ybh_overlay_closes(p, role, o));
}

yb_list
yb_permissions(yb_req *r, yb_str role, bool temporary)
{
	const yb_operation *o = r->p->operations->items;
	size_t n = r->p->operations->n, found = 0;
	yb_str *items = yb_alloc(r, (n + 1) * sizeof *items);

	for (size_t i = 0; i < n; i++)
		if (open_to(r->p, &o[i], role, temporary))
			items[found++] = o[i].id;
	return (yb_list) { items, found };
}

yb_list
yb_areas(yb_req *r, yb_str role, bool temporary)
{
	const yb_operation *o = r->p->operations->items;
	size_t n = r->p->operations->n, found = 0;
	yb_str *items = yb_alloc(r, (n + 1) * sizeof *items);

	/* The operations of an area stand together; the core's own belong to none. */
	for (size_t i = 0; i < n; i++) {
		if (!open_to(r->p, &o[i], role, temporary) || yb_str_is(o[i].area, ybh_core_module.name))
			continue;
		if (found == 0 || !yb_str_eq(items[found - 1], o[i].area))
			items[found++] = o[i].area;
	}
	return (yb_list) { items, found };
}
