/*
 * arena.h - memory with one owner and one end.
 *
 * Everything allocated lives until the next reset; nothing is freed singly. An arena
 * belongs to one thread. Allocations are zeroed and 16-byte aligned.
 */
#ifndef YBH_ARENA_H
#define YBH_ARENA_H

#include <stdarg.h>
#include <yb/base.h>

struct yb_arena;

/* First chunk of `first` bytes, at most `limit` in all. NULL: no memory. */
struct yb_arena *ybh_arena_new(size_t first, size_t limit);
/* NULL is fine. */
void ybh_arena_free(struct yb_arena *a);
/* Runs the deferred calls, newest first, then forgets all memory. */
void ybh_arena_reset(struct yb_arena *a);
/* NULL: limit reached or no memory. */
void *ybh_arena_alloc(struct yb_arena *a, size_t size) YB_MUST_USE;
/* -1: limit reached; the caller still owns arg. */
int ybh_arena_defer(struct yb_arena *a, void (*fn)(void *), void *arg) YB_MUST_USE;
/* Bytes given out since the last reset. */
size_t ybh_arena_used(const struct yb_arena *a);

/* As ybh_arena_alloc, but the limit is a fault of ours: logs and aborts. Never NULL. */
void *ybh_arena_must(struct yb_arena *a, size_t size);
yb_str ybh_arena_copy(struct yb_arena *a, yb_str s);
yb_str ybh_arena_vformat(struct yb_arena *a, const char *fmt, va_list ap) YB_PRINTF(2, 0);
yb_str ybh_arena_format(struct yb_arena *a, const char *fmt, ...) YB_PRINTF(2, 3);
/* A terminated copy. */
char *ybh_arena_cstr(struct yb_arena *a, yb_str s);

#endif
