/*
 * arena.c - memory with one owner and one end (arena.h).
 *
 * Chunks of growing size; a reset keeps the first. Under AddressSanitizer every
 * allocation is a chunk of its own, so that an overrun is seen.
 */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define ALIGN 16u

#if defined(__SANITIZE_ADDRESS__)
#define EACH_ALONE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EACH_ALONE 1
#endif
#endif
#ifndef EACH_ALONE
#define EACH_ALONE 0
#endif

struct chunk {
	struct chunk *next;
	size_t size, used;
	_Alignas(ALIGN) unsigned char data[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *arg;
};

struct yb_arena {
	struct chunk *chunks; /* the one in use first */
	struct deferred *deferred;
	size_t first, limit, used;
};

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *c = malloc(sizeof *c + size);

	if (c == NULL)
		return NULL;
	c->next = NULL;
	c->size = size;
	c->used = 0;
	return c;
}

struct yb_arena *
ybh_arena_new(size_t first, size_t limit)
{
	struct yb_arena *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->first = first;
	a->limit = limit;
	if (!EACH_ALONE && first > 0) {
		a->chunks = chunk_new(first);
		if (a->chunks == NULL) {
			free(a);
			return NULL;
		}
	}
	return a;
}

static void
run_deferred(struct yb_arena *a)
{
	while (a->deferred != NULL) {
		struct deferred *d = a->deferred;

		a->deferred = d->next;
		d->fn(d->arg);
	}
}

void
ybh_arena_reset(struct yb_arena *a)
{
	struct chunk *keep = NULL;

	run_deferred(a);
	while (a->chunks != NULL) {
		struct chunk *c = a->chunks;

		a->chunks = c->next;
		explicit_bzero(c->data, c->used); /* passwords and numbers do not outlive a request */
		if (!EACH_ALONE && keep == NULL && c->size == a->first)
			keep = c;
		else
			free(c);
	}
	if (keep != NULL) {
		keep->next = NULL;
		keep->used = 0;
		a->chunks = keep;
	}
	a->used = 0;
}

void
ybh_arena_free(struct yb_arena *a)
{
	if (a == NULL)
		return;
	a->first = 0; /* keep no chunk */
	ybh_arena_reset(a);
	while (a->chunks != NULL) {
		struct chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
	free(a);
}

static struct chunk *
chunk_for(struct yb_arena *a, size_t size)
{
	size_t want = a->first > 0 ? a->first * 2 : 4096;
	struct chunk *c = a->chunks;

	if (EACH_ALONE)
		want = size;
	else if (c != NULL && c->size - c->used >= size)
		return c;
	if (want < size)
		want = size;
	c = chunk_new(want);
	if (c == NULL)
		return NULL;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *
ybh_arena_alloc(struct yb_arena *a, size_t size)
{
	size_t need = EACH_ALONE ? size : (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	struct chunk *c;
	void *p;

	if (need < size || need > a->limit || a->used > a->limit - need)
		return NULL;
	c = chunk_for(a, need);
	if (c == NULL)
		return NULL;
	p = c->data + c->used;
	c->used += need;
	a->used += need;
	memset(p, 0, size);
	return p;
}

int
ybh_arena_defer(struct yb_arena *a, void (*fn)(void *), void *arg)
{
	struct deferred *d = ybh_arena_alloc(a, sizeof *d);

	if (d == NULL)
		return -1;
	d->fn = fn;
	d->arg = arg;
	d->next = a->deferred;
	a->deferred = d;
	return 0;
}

size_t
ybh_arena_used(const struct yb_arena *a)
{
	return a->used;
}

void *
ybh_arena_must(struct yb_arena *a, size_t size)
{
	void *p = ybh_arena_alloc(a, size);

	if (p == NULL) {
		ybh_log(YBH_ERR, "a request needs more than %zu bytes: everything a user can "
				 "make grow must be bounded before",
		    a->limit);
		abort();
	}
	return p;
}

char *
ybh_arena_cstr(struct yb_arena *a, yb_str s)
{
	char *p = ybh_arena_must(a, s.len + 1);

	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return p;
}

yb_str
ybh_arena_copy(struct yb_arena *a, yb_str s)
{
	if (s.p == NULL)
		return s;
	return (yb_str) { ybh_arena_cstr(a, s), s.len };
}

yb_str
ybh_arena_vformat(struct yb_arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		n = 0;
	p = ybh_arena_must(a, (size_t)n + 1);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	return (yb_str) { p, (size_t)n };
}

yb_str
ybh_arena_format(struct yb_arena *a, const char *fmt, ...)
{
	va_list ap;
	yb_str s;

	va_start(ap, fmt);
	s = ybh_arena_vformat(a, fmt, ap);
	va_end(ap);
	return s;
}
