/*
 * module.c - loading a module and refusing one that leaves something unsaid (host.h).
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host.h"

struct check {
	const char *module;
	char *err;
	size_t size;
};

static int bad(const struct check *c, const char *what, const char *fmt, ...) YB_PRINTF(3, 4);

static int
bad(const struct check *c, const char *what, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)snprintf(c->err, c->size, "%s: %s: %s", c->module, what, text);
	return -EINVAL;
}

/* Whether a row has a place for what is wrong with it. */
static bool
has_faults(const yb_field *f)
{
	for (; f != NULL && f->type != YB_T_END; f++)
		if (f->type == YB_T_FAULTS)
			return true;
	return false;
}

static int
fields_check(const struct check *c, const char *what, const yb_field *f, unsigned depth)
{
	for (; f != NULL && f->type != YB_T_END; f++) {
		bool nested = f->type == YB_T_RECORD || (f->type == YB_T_LIST && f->of != NULL);

		if (f->name == NULL)
			return bad(c, what, "a field without a name");
		if (nested && (f->of == NULL || f->size == 0 || depth > 6))
			return bad(c, what, "%s: nested records need `of`, `size` and an end", f->name);
		if (nested && fields_check(c, what, f->of, depth + 1) != 0)
			return -EINVAL;
		if ((f->flags & YB_ROWWISE) != 0 && !has_faults(f->of))
			return bad(c, what, "%s: a row-wise list needs a yb_faults field", f->name);
		if (f->scale > 9)
			return bad(c, what, "%s: scale is at most 9", f->name);
	}
	return 0;
}

/* What a sender can make grow has an end. */
static int
input_check(const struct check *c, const char *what, const yb_field *f, size_t most)
{
	size_t n = 0;

	for (; f != NULL && f->type != YB_T_END; f++) {
		if (f->type == YB_T_LIST && f->max == 0)
			return bad(c, what, "%s: a list that is sent needs a max", f->name);
		if (f->of != NULL && input_check(c, what, f->of, most) != 0)
			return -EINVAL;
		if (++n > most)
			return bad(c, what, "more than %zu fields", most);
	}
	return 0;
}

static int
path_check(const struct check *c, const yb_route *r)
{
	size_t area = strlen(c->module), len = strlen(r->path), params = 0;
	bool below = strncmp(r->path + 1, c->module, area) == 0 &&
	    (r->path[area + 1] == '/' || r->path[area + 1] == '\0');

	if (r->path[0] != '/' || len > 120 || r->path[len - 1] == '/' ||
	    strstr(r->path, "//") != NULL)
		return bad(c, r->path, "a path begins with / and has no empty segment");
	for (const char *at = r->path; (at = strchr(at, '{')) != NULL; at++)
		params++;
	if (params > YBH_PATH_PARAMS)
		return bad(c, r->path, "more than %d names in a path", YBH_PATH_PARAMS);
	if (!below && strncmp(r->path, "/.well-known/", 13) != 0)
		return bad(c, r->path, "a path begins with its area, /%s/", c->module);
	return 0;
}

/* "*", or roles of the brief's matrix: a role that is misspelt would let nobody in. */
static bool
roles_known(const char *roles)
{
	static const char all[] =
	    "KC-A,KC-S,KR-A,KR-S,MH-A,MH-S,MU-A,MU-S,MU-V,MI-A,MI-S,NM-A,NM-S,OP";

	if (strcmp(roles, "*") == 0)
		return true;
	for (;;) {
		size_t n = strcspn(roles, ",");

		if (!yb_word_in((yb_str) { roles, n }, all, ','))
			return false;
		if (roles[n] == '\0')
			return true;
		roles += n + 1;
	}
}

/* What each kind of caller has to bring along. */
static int
credentials_check(const struct check *c, const yb_route *r)
{
	if ((r->who & YB_CLIENT) != 0 && r->scope == NULL)
		return bad(c, r->id, "a route for clients needs a scope");
	if ((r->who & YB_STAFF) != 0 && r->roles == NULL)
		return bad(c, r->id, "a route for staff needs roles");
	if (r->roles != NULL && !roles_known(r->roles))
		return bad(c, r->id, "a role of %s is not in the matrix", r->roles);
	if (r->bound && (r->who & YB_CLIENT) == 0)
		return bad(c, r->id, "only clients can be bound to a certificate");
	if ((r->who & YB_STAFF) != 0 && (r->flags & YB_NO_CSRF) != 0)
		return bad(c, r->id, "a session needs its CSRF token");
	return 0;
}

static int
audience_check(const struct check *c, const yb_route *r)
{
	unsigned known = YB_STAFF | YB_CITIZEN | YB_CLIENT | YB_PUBLIC;

	if (r->who == 0 || (r->who & ~known) != 0)
		return bad(c, r->id, "who may call it is not said");
	if ((r->who & YB_PUBLIC) != 0 && r->who != YB_PUBLIC)
		return bad(c, r->id, "public and somebody contradict each other");
	if (credentials_check(c, r) != 0)
		return -EINVAL;
	if (r->reach == YB_REACH_UNSAID)
		return bad(c, r->id, "its reach is not said");
	if (r->who != YB_PUBLIC && (r->flags & YB_CROSS_SITE) != 0)
		return bad(c, r->id, "with a session or token, another site may not send its form");
	if (r->who == YB_PUBLIC && r->effect == YB_WRITES && (r->flags & YB_NO_IDEMPOTENCY) == 0)
		return bad(c, r->id, "strangers have no Idempotency-Key in common");
	if (r->body_kind == YB_BODY_UPLOAD && (r->flags & YB_NO_IDEMPOTENCY) == 0)
		return bad(c, r->id, "an upload is not remembered by Idempotency-Key");
	if (r->reach != YB_REACH_NOBODY && (r->action == YB_ACT_NONE || r->function == NULL))
		return bad(c, r->id, "a route with data needs an action and a function");
	return 0;
}

static int
effect_check(const struct check *c, const yb_route *r)
{
	if (r->effect != YB_READS && r->effect != YB_WRITES)
		return bad(c, r->id, "whether it reads or writes is not said");
	if (r->effect == YB_READS && (r->flags & YB_BULK) != 0)
		return bad(c, r->id, "what only reads waits for no writer");
	if (r->method == YB_GET && r->effect == YB_WRITES)
		return bad(c, r->id, "GET does not write");
	return 0;
}

static int
route_check(const struct check *c, const yb_route *r)
{
	if (r->id == NULL || r->handler == NULL || r->summary == NULL)
		return bad(c, r->path, "id, handler and summary are needed");
	if (r->method < YB_GET || r->method > YB_DELETE)
		return bad(c, r->id, "method is not said");
	if (path_check(c, r) != 0 || audience_check(c, r) != 0 || effect_check(c, r) != 0)
		return -EINVAL;
	if ((r->body == NULL) != (r->body_size == 0) || (r->query == NULL) != (r->query_size == 0))
		return bad(c, r->id, "a table and its size go together");
	if (r->method == YB_GET && (r->body != NULL || r->body_kind == YB_BODY_UPLOAD))
		return bad(c, r->id, "GET has no body");
	if (input_check(c, r->id, r->query, 64) != 0 ||
	    input_check(c, r->id, r->body, r->body_kind == YB_BODY_FORM ? 64 : 200) != 0)
		return -EINVAL;
	if (fields_check(c, r->id, r->query, 0) != 0 || fields_check(c, r->id, r->body, 0) != 0 ||
	    fields_check(c, r->id, r->reply, 0) != 0)
		return -EINVAL;
	return 0;
}

/* YB_T_END: there is none of that name. */
static enum yb_type
type_in(const yb_field *row, const char *name)
{
	for (const yb_field *f = row; f != NULL && name != NULL && f->type != YB_T_END; f++)
		if (strcmp(f->name, name) == 0)
			return f->type;
	return YB_T_END;
}

/* Asked for by several requests at once: the same rows, of nobody's organisation in particular. */
static int
gathered_check(const struct check *c, const yb_query *q)
{
	const yb_query *g = q->gathered;

	if (g == NULL)
		return 0;
	if (q->nparams != 1 || g->nparams != YB_GATHER || g->gathered != NULL)
		return bad(c, q->name, "one parameter, and of its gathered query %d", YB_GATHER);
	if (g->row != q->row || g->row_size != q->row_size || g->tenant != q->tenant)
		return bad(c, q->name, "its gathered query has other rows");
	if (q->tenant != YB_GLOBAL && q->tenant != YB_CROSS)
		return bad(c, q->name, "rows of the caller alone are not gathered");
	if (type_in(q->row, q->key) != YB_T_I64 && type_in(q->row, q->key) != YB_T_TEXT)
		return bad(c, q->name, "its key is a number or a text of the row");
	return 0;
}

static int
parent_check(const struct check *c, const yb_query *q)
{
	if (q->parent == NULL)
		return 0;
	if (q->may_read == NULL)
		return bad(c, q->name, "who may read under its parent's row is not said");
	if (q->gathered == NULL || q->parent->gathered == NULL)
		return bad(c, q->name, "with a parent, it and its parent are gathered");
	if (gathered_check(c, q->parent) != 0)
		return -EINVAL;
	if (type_in(q->row, q->key) != YB_T_I64 || type_in(q->parent->row, q->key) != YB_T_I64)
		return bad(c, q->name, "its key is a number in its parent's row too");
	return 0;
}

static int
query_check(const struct check *c, const yb_query *q)
{
	if (q->name == NULL || q->sql == NULL)
		return bad(c, "query", "name and sql are needed");
	if (q->tenant == YB_NO_TENANT)
		return bad(c, q->name, "its tenant is not said");
	if ((q->row == NULL) != (q->row_size == 0))
		return bad(c, q->name, "row and row_size go together");
	if ((q->tenant == YB_ORG || q->tenant == YB_SELF) && q->nparams == 0)
		return bad(c, q->name, "the caller needs a parameter");
	if (q->absent != NULL && ybh_problem_find(q->absent) == NULL)
		return bad(c, q->name, "%s is not in the catalogue", q->absent);
	if (gathered_check(c, q) != 0 || parent_check(c, q) != 0)
		return -EINVAL;
	return fields_check(c, q->name, q->row, 0);
}

/* "02:30" */
static bool
daily_ok(const char *s)
{
	return strspn(s, "0123456789:") == 5 && s[5] == '\0' && s[2] == ':' &&
	    strchr(s, ':') == strrchr(s, ':') && s[0] <= '2' && (s[0] < '2' || s[1] <= '3') &&
	    s[3] <= '5';
}

static int
timers_check(const struct check *c, const yb_timer *timers)
{
	for (const yb_timer *t = timers; t != NULL && t->name != NULL; t++) {
		size_t n = strspn(t->name, "abcdefghijklmnopqrstuvwxyz0123456789-");

		if (n == 0 || t->name[n] != '\0' || strlen(c->module) + n > 38)
			return bad(c, t->name, "a timer is called by a-z, 0-9 and -, not too long");
		if (t->run == NULL || t->function == NULL || t->note == NULL)
			return bad(c, t->name, "a timer needs run, function and note");
		if (t->daily != NULL ? t->seconds != 0 || !daily_ok(t->daily) : t->seconds == 0)
			return bad(c, t->name, "a timer is daily at HH:MM or every so many seconds");
		for (const yb_timer *u = timers; u < t; u++)
			if (strcmp(u->name, t->name) == 0)
				return bad(c, t->name, "this timer is there twice");
	}
	return 0;
}

static bool
has_number(const yb_option *o, const char *name)
{
	while (o != NULL && o->name != NULL && strcmp(o->name, name) != 0)
		o++;
	return o != NULL && o->name != NULL && o->max > 0;
}

static int
job_check(const struct check *c, const yb_module *m, const yb_job_kind *k)
{
	size_t area = strlen(c->module);
	bool in = k->check != NULL && k->apply != NULL;

	if (k->name == NULL || strncmp(k->name, c->module, area) != 0 || k->name[area] != '.' ||
	    strlen(k->name) > 40 || strchr(k->name, ',') != NULL)
		return bad(c, "job", "its name begins with its area, %s.", c->module);
	if (k->title == NULL || k->function == NULL || k->columns == NULL)
		return bad(c, k->name, "title, function and columns are needed");
	if (k->roles == NULL || !roles_known(k->roles))
		return bad(c, k->name, "its roles are not said, or not in the matrix");
	if (k->reach == YB_REACH_UNSAID || k->action == YB_ACT_NONE)
		return bad(c, k->name, "its reach and action are not said");
	if (k->shows == YB_SHOWS_UNSAID)
		return bad(c, k->name, "it does not say whether it shows persons");
	if (in == (k->produce != NULL) || (k->check != NULL) != (k->apply != NULL))
		return bad(c, k->name, "it takes rows by check and apply, or gives them by produce");
	if ((k->params == NULL) != (k->params_size == 0))
		return bad(c, k->name, "params and their size go together");
	if (k->approval_above != NULL &&
	    (k->produce == NULL || !has_number(m->options, k->approval_above)))
		return bad(c, k->name, "approval_above is for exports, and names a number");
	return fields_check(c, k->name, k->params, 0) != 0 ? -EINVAL
							   : input_check(c, k->name, k->params, 64);
}

static int
routes_check(const struct check *c, const yb_route *routes)
{
	for (const yb_route *r = routes; r->path != NULL; r++) {
		if (route_check(c, r) != 0)
			return -EINVAL;
		for (const yb_route *s = routes; s < r; s++)
			if (strcmp(s->id, r->id) == 0 ||
			    (s->method == r->method && ybh_route_clash(s->path, r->path)))
				return bad(c, r->id, "clashes with %s", s->id);
	}
	return 0;
}

static int
tables_check(const struct check *c, const yb_module *m)
{
	if (routes_check(c, m->routes) != 0)
		return -EINVAL;
	for (const yb_job_kind *const *k = m->jobs; k != NULL && *k != NULL; k++)
		if (job_check(c, m, *k) != 0)
			return -EINVAL;
	for (const yb_query *const *q = m->queries; q != NULL && *q != NULL; q++)
		if (query_check(c, *q) != 0)
			return -EINVAL;
	for (const yb_option *o = m->options; o != NULL && o->name != NULL; o++)
		if (o->value == NULL || o->basis == NULL || o->note == NULL)
			return bad(c, o->name, "an option says its default, its basis and its meaning");
	return timers_check(c, m->timers);
}

int
ybh_module_check(const yb_module *m, const char *name, char *err, size_t size)
{
	struct check c = { name, err, size };

	if (m->abi != YB_ABI || m->size != sizeof *m)
		return bad(&c, "abi", "built for another core (abi %u size %u)", m->abi, m->size);
	if (m->name == NULL || strcmp(m->name, name) != 0)
		return bad(&c, "name", "the constant calls itself %s", m->name);
	if (m->version == NULL || m->routes == NULL)
		return bad(&c, "module", "version and routes are needed");
	return tables_check(&c, m);
}

/* Code that anybody but its owner or root could have put there is not run. */
static int
file_trusted(const struct check *c, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return bad(c, "file", "%s is not there", path);
	if (!S_ISREG(st.st_mode) || (st.st_mode & S_IWOTH) != 0)
		return bad(c, "file", "%s can be written by anybody", path);
	return 0;
}

const yb_module *
ybh_module_load(const char *dir, const char *name, char *err, size_t size)
{
	struct check c = { name, err, size };
	char path[512], symbol[64];
	const yb_module *m;
	void *so;

	(void)snprintf(path, sizeof path, "%s/%s.so", dir, name);
	(void)snprintf(symbol, sizeof symbol, "yb_module_%s", name);
	if (file_trusted(&c, path) != 0)
		return NULL;
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (so == NULL) {
		(void)bad(&c, "load", "%s", dlerror());
		return NULL;
	}
	m = dlsym(so, symbol);
	if (m == NULL) {
		(void)bad(&c, "load", "exports no %s", symbol);
		return NULL;
	}
	return ybh_module_check(m, name, err, size) == 0 ? m : NULL;
}
