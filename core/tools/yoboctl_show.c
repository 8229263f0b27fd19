/*
 * yoboctl_show.c - what is installed, on paper: routes, API document, parameters, errors.
 */
#include "ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DOCUMENT_MAX ((size_t)32 << 20)

/* ---- routes ---- */

static const char *
audience(struct yb_arena *a, unsigned who)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ YB_STAFF, "staff" },
		{ YB_CITIZEN, "citizen" },
		{ YB_CLIENT, "client" },
		{ YB_PUBLIC, "public" },
	};
	yb_str s = { "", 0 };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if ((who & names[i].bit) != 0)
			s = ybh_arena_format(a, "%.*s%s%s", (int)s.len, s.p,
			    s.len > 0 ? "," : "", names[i].name);
	}
	return ybh_arena_cstr(a, s);
}

static const char *
reach_name(enum yb_reach reach)
{
	switch (reach) {
	case YB_REACH_NOBODY:
		return "nobody";
	case YB_REACH_SELF:
		return "self";
	case YB_REACH_OWN:
		return "own";
	case YB_REACH_CROSS:
		return "cross";
	case YB_REACH_UNSAID:
		break;
	}
	return "unsaid";
}

static const char *
action_name(enum yb_action action)
{
	static const char *const names[] = { "none", "login", "logout", "login_fail", "list",
		"view", "create", "update", "correct", "cancel", "delete", "print", "export",
		"issue", "approve", "reject", "send", "receive", "config", "revoke", "alert" };
	size_t i = (size_t)action;

	return i < sizeof names / sizeof *names ? names[i] : "unknown";
}

static void
routes_of(struct ctl_table *t, const char *pool, const yb_module *m)
{
	for (const yb_route *r = m->routes; r != NULL && r->path != NULL; r++) {
		const char *scope = r->scope;

		if (scope != NULL && r->bound)
			scope = ybh_arena_cstr(t->a, ybh_arena_format(t->a, "%s (bound)", scope));
		ctl_table_row(t, ybh_method_name(r->method), r->path, r->id,
		    audience(t->a, r->who), scope, r->roles, reach_name(r->reach),
		    r->effect == YB_WRITES ? "writes" : "reads", action_name(r->action),
		    r->function, pool + strlen("pool "));
	}
}

int
ctl_routes(struct ctl *c, int argc, char **argv)
{
	struct ctl_modules modules;
	struct ctl_table t;
	int errors = ctl_modules_load(c, &modules);

	(void)argc;
	(void)argv;
	ctl_table_init(&t, c->arena, 11);
	ctl_table_row(&t, "METHOD", "PATH", "OPERATION", "WHO", "SCOPE", "ROLES", "REACH", "EFFECT",
	    "ACTION", "FUNCTION", "POOL");
	for (size_t i = 0; i < modules.n; i++)
		if (ctl_module_first(&modules, i))
			routes_of(&t, modules.pool[i], modules.at[i]);
	ctl_table_print(&t);
	return errors > 0 ? CTL_CONFIG : CTL_OK;
}

/* ---- the API document ---- */

int
ctl_openapi(struct ctl *c, int argc, char **argv)
{
	struct ctl_modules modules;
	const yb_module *once[CTL_MODULES_MAX];
	struct ybh_buf out;
	size_t written, n = 0;
	int rc = CTL_OK;

	(void)argc;
	(void)argv;
	if (ctl_modules_load(c, &modules) > 0)
		return CTL_CONFIG;
	for (size_t i = 0; i < modules.n; i++)
		if (ctl_module_first(&modules, i))
			once[n++] = modules.at[i];
	ybh_buf_init(&out, DOCUMENT_MAX);
	ybh_openapi(&out, once, n,
	    ybh_option(c->conf, "core", ybh_core_options, "base_url"));
	written = out.failed ? 0 : fwrite(out.p, 1, out.len, stdout);
	if (out.failed || written != out.len) {
		ctl_error("openapi: the document could not be written");
		rc = CTL_FAILED;
	}
	(void)fputc('\n', stdout);
	ybh_buf_free(&out);
	return rc;
}

/* ---- parameters ---- */

static const char *
range(struct yb_arena *a, const yb_option *o)
{
	if (o->min == 0 && o->max == 0)
		return "text";
	return ybh_arena_cstr(a, ybh_arena_format(a, "%" PRId64 "..%" PRId64, o->min, o->max));
}

static void
params_of(struct ctl *c, struct ctl_table *t, const char *area, const yb_option *options)
{
	for (const yb_option *o = options; o != NULL && o->name != NULL; o++) {
		const char *key =
		    ybh_arena_cstr(t->a, ybh_arena_format(t->a, "%s.%s", area, o->name));

		ctl_table_row(t, key, ybh_option(c->conf, area, options, o->name), o->value,
		    range(t->a, o), o->unit, o->basis, o->note);
	}
}

int
ctl_params(struct ctl *c, int argc, char **argv)
{
	struct ctl_modules modules;
	struct ctl_table t;
	int errors = ctl_modules_load(c, &modules);

	(void)argc;
	(void)argv;
	ctl_table_init(&t, c->arena, 7);
	ctl_table_row(&t, "PARAMETER", "VALUE", "DEFAULT", "RANGE", "UNIT", "BASIS", "MEANING");
	params_of(c, &t, "core", ybh_core_options);
	for (size_t i = 0; i + 1 < modules.n; i++)
		if (ctl_module_first(&modules, i))
			params_of(c, &t, modules.at[i]->name, modules.at[i]->options);
	ctl_table_print(&t);
	return errors > 0 ? CTL_CONFIG : CTL_OK;
}

/* ---- the error catalogue ---- */

struct words {
	yb_str ja, en;
};
static const yb_field words_fields[] = {
	{ "ja", YB_OF(struct words, ja) },
	{ "en", YB_OF(struct words, en) },
	{ 0 },
};

struct entry {
	yb_str id;
	int64_t status;
	yb_ref title, next;
};
static const yb_field entry_fields[] = {
	{ "id", YB_OF(struct entry, id) },
	{ "status", YB_OF(struct entry, status) },
	{ "title", YB_OF(struct entry, title), YB_EACH(words_fields, struct words) },
	{ "next", YB_OF(struct entry, next), YB_EACH(words_fields, struct words) },
	{ 0 },
};

static int
errors_json(void)
{
	const struct ybh_problem *p;
	struct ybh_buf out;
	int rc = CTL_OK;

	ybh_buf_init(&out, DOCUMENT_MAX);
	for (size_t i = 0; (p = ybh_problem_at(i)) != NULL; i++) {
		struct words title = { yb_cstr(p->ja), yb_cstr(p->en) };
		struct words next = { yb_cstr(p->ja_next), yb_cstr(p->en_next) };
		struct entry e = { yb_cstr(p->id), p->status, { &title }, { &next } };

		ybh_buf_cstr(&out, i == 0 ? "[" : ",\n");
		ybh_json_print(&out, entry_fields, &e);
	}
	ybh_buf_cstr(&out, "]\n");
	if (out.failed || fwrite(out.p, 1, out.len, stdout) != out.len) {
		ctl_error("errors: the catalogue could not be written");
		rc = CTL_FAILED;
	}
	ybh_buf_free(&out);
	return rc;
}

int
ctl_errors(struct ctl *c, int argc, char **argv)
{
	const struct ybh_problem *p;
	struct ctl_table t;

	if (argc > 1 && strcmp(argv[1], "--json") == 0)
		return errors_json();
	if (argc > 1) {
		ctl_error("errors: %s: not an argument of this command", argv[1]);
		return CTL_USAGE;
	}
	ctl_table_init(&t, c->arena, 4);
	ctl_table_row(&t, "ID", "STATUS", "日本語", "ENGLISH");
	for (size_t i = 0; (p = ybh_problem_at(i)) != NULL; i++) {
		yb_str status = ybh_arena_format(c->arena, "%d", p->status);

		ctl_table_row(&t, p->id, ybh_arena_cstr(c->arena, status), p->ja, p->en);
	}
	ctl_table_print(&t);
	return CTL_OK;
}
