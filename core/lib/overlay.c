/*
 * overlay.c - what approved masters say over yobo.conf and the route table (overlay.h).
 *
 * Both are a handful of rows, read each second and compared with what is known. Readers never
 * wait: a change makes a new list, and the old ones stay until the process ends, because a
 * request may still hold a text of theirs. Parameters change some times a year.
 */
#include "overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define LINES_MAX 5000

struct line { /* P: key, value; C: role, function, action */
	yb_str kind, a, b, c;
};

static const yb_field line_row[] = {
	{ "kind", YB_OF(struct line, kind) },
	{ "a", YB_OF(struct line, a) },
	{ "b", YB_OF(struct line, b) },
	{ "c", YB_OF(struct line, c) },
	{ 0 },
};

static const yb_query overlay_lines = {
	.name = "overlay_lines",
	.sql = "SELECT 'P' AS kind, param_key AS a, value AS b, '' AS c FROM core_parameter"
	       " UNION ALL SELECT 'C', role, function_id, action FROM core_permission"
	       "  WHERE allowed = 0 ORDER BY kind, a, b, c",
	.row = line_row,
	.row_size = sizeof(struct line),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

struct ybh_overlay {
	struct ybh_overlay *older;
	struct yb_arena *arena;
	const struct line *lines; /* texts are terminated */
	size_t n;
};

static const struct ybh_overlay *
overlay_of(const struct ybh_process *p)
{
	return atomic_load_explicit(&p->overlay, memory_order_acquire);
}

static bool
same(const struct ybh_overlay *o, const yb_list *rows)
{
	const struct line *at = rows->items;

	if (o == NULL || o->n != rows->n)
		return o == NULL && rows->n == 0;
	for (size_t i = 0; i < o->n; i++)
		if (!yb_str_eq(o->lines[i].kind, at[i].kind) || !yb_str_eq(o->lines[i].a, at[i].a) ||
		    !yb_str_eq(o->lines[i].b, at[i].b) || !yb_str_eq(o->lines[i].c, at[i].c))
			return false;
	return true;
}

static yb_str
kept(struct yb_arena *a, yb_str s)
{
	return yb_cstr(ybh_arena_cstr(a, s));
}

/* NULL: no memory. */
static struct ybh_overlay *
overlay_new(const yb_list *rows)
{
	struct ybh_overlay *o = calloc(1, sizeof *o);
	const struct line *at = rows->items;
	struct line *lines;

	if (o != NULL)
		o->arena = ybh_arena_new(4096, 8u << 20);
	if (o == NULL || o->arena == NULL) {
		free(o);
		return NULL;
	}
	lines = ybh_arena_must(o->arena, (rows->n + 1) * sizeof *lines);
	for (size_t i = 0; i < rows->n; i++)
		lines[i] = (struct line) { kept(o->arena, at[i].kind), kept(o->arena, at[i].a),
			kept(o->arena, at[i].b), kept(o->arena, at[i].c) };
	o->lines = lines;
	o->n = rows->n;
	return o;
}

int
ybh_overlay_refresh(struct ybh_process *p, struct ybh_db *db, struct yb_arena *a)
{
	struct ybh_overlay *old = atomic_load_explicit(&p->overlay, memory_order_relaxed), *o;
	yb_list rows;
	int rc = ybh_db_run(db, &overlay_lines, NULL, 0, a, LINES_MAX, &rows, NULL);

	if (rc != 0 || same(old, &rows))
		return rc;
	o = overlay_new(&rows);
	if (o == NULL)
		return -ENOMEM;
	o->older = old;
	atomic_store_explicit(&p->overlay, o, memory_order_release);
	return 0;
}

void
ybh_overlay_free(struct ybh_process *p)
{
	struct ybh_overlay *o = atomic_exchange(&p->overlay, NULL);

	while (o != NULL) {
		struct ybh_overlay *older = o->older;

		ybh_arena_free(o->arena);
		free(o);
		o = older;
	}
}

/* ---- numbers ---- */

/* "area.option" without writing it down. */
static bool
key_is(yb_str key, const char *area, const char *option)
{
	size_t n = strlen(area);

	return key.len > n + 1 && memcmp(key.p, area, n) == 0 && key.p[n] == '.' &&
	    strcmp(key.p + n + 1, option) == 0;
}

/* The number a master has set, as text; NULL: none, or none of the option's range. */
static const char *
number_set(const struct ybh_process *p, const char *area, const yb_option *opt)
{
	const struct ybh_overlay *o = overlay_of(p);

	if (o == NULL || (opt->min == 0 && opt->max == 0))
		return NULL;
	for (size_t i = 0; i < o->n; i++) {
		const struct line *l = &o->lines[i];
		long long v;
		char *end;

		if (!yb_str_is(l->kind, "P") || !key_is(l->a, area, opt->name))
			continue;
		v = strtoll(l->b.p, &end, 10);
		return end != l->b.p && *end == '\0' && v >= opt->min && v <= opt->max ? l->b.p : NULL;
	}
	return NULL;
}

const char *
ybh_overlay_option(const struct ybh_process *p, const char *area, const yb_option *options,
    const char *name)
{
	const char *set = NULL;

	for (const yb_option *o = options; o != NULL && o->name != NULL && set == NULL; o++)
		if (strcmp(o->name, name) == 0)
			set = number_set(p, area, o);
	return set != NULL ? set : ybh_option(p->conf, area, options, name);
}

const yb_list *
yb_parameters(const yb_req *r)
{
	return r->p->parameters;
}

const yb_parameter *
yb_parameter_find(const yb_req *r, yb_str key)
{
	const yb_parameter *p = r->p->parameters->items;

	for (size_t i = 0; i < r->p->parameters->n; i++)
		if (yb_str_eq(p[i].key, key))
			return &p[i];
	return NULL;
}

yb_str
yb_parameter_configured(yb_req *r, const yb_parameter *p)
{
	size_t dot = (size_t)((const char *)memchr(p->key.p, '.', p->key.len) - p->key.p);
	const char *section = yb_format_text(r, "area %.*s", (int)dot, p->key.p).p;
	const char *name = ybh_arena_cstr(r->arena,
	    (yb_str) { p->key.p + dot + 1, p->key.len - dot - 1 });

	return yb_cstr(ybh_conf_get(r->p->conf, section, name, ybh_arena_cstr(r->arena, p->normal)));
}

yb_str
yb_parameter_value(yb_req *r, const yb_parameter *p)
{
	size_t dot = (size_t)((const char *)memchr(p->key.p, '.', p->key.len) - p->key.p);
	const char *area = ybh_arena_cstr(r->arena, (yb_str) { p->key.p, dot });
	const yb_option o[] = { { .min = p->min, .max = p->max,
		    .value = ybh_arena_cstr(r->arena, p->normal),
		    .name = ybh_arena_cstr(r->arena,
			(yb_str) { p->key.p + dot + 1, p->key.len - dot - 1 }) },
		{ 0 } };

	return yb_cstr(ybh_overlay_option(r->p, area, o, o->name));
}

/* ---- operations ---- */

const char *
ybh_action_name(enum yb_action action)
{
	static const char *const names[] = { [YB_ACT_NONE] = "NONE", [YB_ACT_LOGIN] = "LOGIN",
		[YB_ACT_LOGOUT] = "LOGOUT", [YB_ACT_LOGIN_FAIL] = "LOGIN_FAIL", [YB_ACT_LIST] = "LIST",
		[YB_ACT_VIEW] = "VIEW", [YB_ACT_CREATE] = "CREATE", [YB_ACT_UPDATE] = "UPDATE",
		[YB_ACT_CORRECT] = "CORRECT", [YB_ACT_CANCEL] = "CANCEL", [YB_ACT_DELETE] = "DELETE",
		[YB_ACT_PRINT] = "PRINT", [YB_ACT_EXPORT] = "EXPORT", [YB_ACT_ISSUE] = "ISSUE",
		[YB_ACT_APPROVE] = "APPROVE", [YB_ACT_REJECT] = "REJECT", [YB_ACT_SEND] = "SEND",
		[YB_ACT_RECEIVE] = "RECEIVE", [YB_ACT_CONFIG] = "CONFIG", [YB_ACT_REVOKE] = "REVOKE",
		[YB_ACT_ALERT] = "ALERT" };
	size_t i = (size_t)action;

	return i < sizeof names / sizeof names[0] && names[i] != NULL ? names[i] : "NONE";
}

static bool
words_name(yb_str function, yb_str action, yb_str of_function, yb_str of_action)
{
	return of_function.len > 0 && yb_str_eq(function, of_function) &&
	    (yb_str_is(action, "*") || yb_str_eq(action, of_action));
}

static bool
closed(const struct ybh_process *p, yb_str role, yb_str function, yb_str action)
{
	const struct ybh_overlay *o = overlay_of(p);

	for (size_t i = 0; o != NULL && i < o->n; i++)
		if (yb_str_is(o->lines[i].kind, "C") && yb_str_eq(o->lines[i].a, role) &&
		    words_name(o->lines[i].b, o->lines[i].c, function, action))
			return true;
	return false;
}

bool
ybh_overlay_closed(const struct ybh_process *p, yb_str role, const char *function,
    enum yb_action action)
{
	return function != NULL && closed(p, role, yb_cstr(function), yb_cstr(ybh_action_name(action)));
}

bool
ybh_overlay_closes(const struct ybh_process *p, yb_str role, const yb_operation *o)
{
	return closed(p, role, o->function, o->action);
}

const yb_list *
yb_operations(const yb_req *r)
{
	return r->p->operations;
}

bool
yb_operation_named(const yb_operation *o, yb_str function, yb_str action)
{
	return words_name(function, action, o->function, o->action);
}
