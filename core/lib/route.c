/*
 * route.c - from method and path to a line of a module's table (host.h).
 *
 * Paths are compared as sent: a literal segment byte for byte, a {name} by any one segment.
 * A literal wins over a {name}, so that /users/me and /users/{id} can stand side by side.
 */
#include <string.h>

#include "host.h"

#define PREFIX "/api/v1"

static const char *const methods[] = { "", "GET", "POST", "PUT", "PATCH", "DELETE" };

enum yb_method
ybh_method(yb_str name)
{
	for (int i = YB_GET; i <= YB_DELETE; i++)
		if (yb_str_is(name, methods[i]))
			return (enum yb_method)i;
	return YB_NO_METHOD;
}

const char *
ybh_method_name(enum yb_method m)
{
	return methods[m];
}

/* The next segment of *s, without its slash; false at the end. */
static bool
segment(yb_str *s, yb_str *ret)
{
	const char *slash;

	if (s->len == 0 || s->p[0] != '/')
		return false;
	slash = memchr(s->p + 1, '/', s->len - 1);
	ret->p = s->p + 1;
	ret->len = slash == NULL ? s->len - 1 : (size_t)(slash - s->p) - 1;
	s->p += ret->len + 1;
	s->len -= ret->len + 1;
	return true;
}

static bool
is_param(yb_str seg)
{
	return seg.len > 2 && seg.p[0] == '{' && seg.p[seg.len - 1] == '}';
}

/* Most patterns differ from a path before their first {name}: told without taking them apart. */
static bool
begins_alike(const char *pattern, yb_str path)
{
	for (size_t i = 0; pattern[i] != '\0' && pattern[i] != '{'; i++)
		if (i == path.len || pattern[i] != path.p[i])
			return false;
	return true;
}

/* How many literal segments matched, or -1. */
static int
match(const char *pattern, yb_str path, struct ybh_match *m)
{
	yb_str want = yb_cstr(pattern), a, b;
	int literals = 0;

	m->n = 0;
	while (segment(&want, &a)) {
		if (!segment(&path, &b))
			return -1;
		if (!is_param(a)) {
			if (!yb_str_eq(a, b))
				return -1;
			literals++;
			continue;
		}
		if (b.len == 0 || m->n == YBH_PATH_PARAMS)
			return -1;
		m->names[m->n] = (yb_str) { a.p + 1, a.len - 2 };
		m->values[m->n++] = b;
	}
	return path.len == 0 ? literals : -1;
}

static yb_str
below_prefix(yb_str path)
{
	size_t n = sizeof PREFIX - 1;

	if (path.len > n + 1 && memcmp(path.p, PREFIX "/", n + 1) == 0 && path.p[n + 1] != '.' &&
	    !yb_word_in((yb_str) { path.p + n, path.len - n }, "/healthz,/metrics", ','))
		return (yb_str) { path.p + n, path.len - n };
	if (path.len > 13 && memcmp(path.p, "/.well-known/", 13) == 0)
		return path;
	return yb_word_in(path, "/healthz,/metrics", ',') ? path : (yb_str) { NULL, 0 };
}

static void
allow_add(char allow[64], enum yb_method m)
{
	size_t len = strlen(allow), more = strlen(methods[m]);

	if (strstr(allow, methods[m]) != NULL || len + more + 3 > 64)
		return;
	if (len > 0) {
		memcpy(allow + len, ", ", 3);
		len += 2;
	}
	memcpy(allow + len, methods[m], more + 1);
}

struct look { /* for a route, with what was found so far */
	yb_str path;
	enum yb_method method;
	int literals; /* of the best path; -1: none */
	bool found;   /* with the method */
	struct ybh_match *ret;
	char *allow;
};

static void
look_at(struct look *l, const struct ybh_loaded *loaded, const yb_route *route)
{
	struct ybh_match m = { .route = route, .loaded = loaded };
	int literals = begins_alike(route->path, l->path) ? match(route->path, l->path, &m) : -1;

	if (literals < 0 || literals < l->literals)
		return;
	if (literals > l->literals) {
		l->literals = literals;
		l->found = false;
		l->allow[0] = '\0';
	}
	allow_add(l->allow, route->method);
	if (route->method == l->method && !l->found) {
		l->found = true;
		*l->ret = m;
	}
}

enum ybh_route_result
ybh_route_match(const struct ybh_loaded *loaded, size_t n, yb_str path, enum yb_method method,
    struct ybh_match *ret, char allow[64])
{
	struct look l = { below_prefix(path), method, -1, false, ret, allow };

	allow[0] = '\0';
	if (l.path.p == NULL)
		return YBH_ROUTE_NO_PATH;
	for (size_t i = 0; i < n; i++)
		for (const yb_route *r = loaded[i].module->routes; r->path != NULL; r++)
			look_at(&l, &loaded[i], r);
	if (l.found)
		return YBH_ROUTE_FOUND;
	return l.literals >= 0 ? YBH_ROUTE_NO_METHOD : YBH_ROUTE_NO_PATH;
}

bool
ybh_route_clash(const char *a, const char *b)
{
	yb_str pa = yb_cstr(a), pb = yb_cstr(b), sa, sb;
	int literals = 0; /* of a more than of b */

	for (;;) {
		bool more_a = segment(&pa, &sa), more_b = segment(&pb, &sb);

		if (!more_a || !more_b) /* with as many literals nobody could say which is meant */
			return more_a == more_b && literals == 0;
		if (!is_param(sa) && !is_param(sb) && !yb_str_eq(sa, sb))
			return false;
		literals += (is_param(sb) ? 1 : 0) - (is_param(sa) ? 1 : 0);
	}
}
