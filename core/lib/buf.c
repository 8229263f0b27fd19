/*
 * buf.c - a growing byte buffer whose first failure sticks (buf.h).
 */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP (64u * 1024u)

void
ybh_buf_init(struct ybh_buf *b, size_t max)
{
	*b = (struct ybh_buf) { .max = max };
}

void
ybh_buf_free(struct ybh_buf *b)
{
	free(b->p);
	*b = (struct ybh_buf) { .max = b->max };
}

void
ybh_buf_reset(struct ybh_buf *b)
{
	if (b->cap > KEEP)
		ybh_buf_free(b);
	b->len = 0;
	if (b->p != NULL)
		b->p[0] = '\0';
	b->failed = false;
}

/* Room for n more bytes and a terminator. */
static bool
grow(struct ybh_buf *b, size_t n)
{
	size_t want = b->cap == 0 ? 512 : b->cap;
	char *p;

	if (b->failed)
		return false;
	if (n > b->max || b->len > b->max - n) {
		b->failed = true;
		return false;
	}
	if (b->len + n + 1 <= b->cap)
		return true;
	while (want < b->len + n + 1)
		want *= 2;
	p = realloc(b->p, want);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = want;
	return true;
}

char *
ybh_buf_room(struct ybh_buf *b, size_t n)
{
	return grow(b, n) ? b->p + b->len : NULL;
}

void
ybh_buf_wrote(struct ybh_buf *b, size_t n)
{
	b->len += n;
	b->p[b->len] = '\0';
}

void
ybh_buf_put(struct ybh_buf *b, const void *p, size_t n)
{
	if (n == 0 || !grow(b, n))
		return;
	memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void
ybh_buf_str(struct ybh_buf *b, yb_str s)
{
	if (s.p != NULL)
		ybh_buf_put(b, s.p, s.len);
}

void
ybh_buf_cstr(struct ybh_buf *b, const char *s)
{
	ybh_buf_put(b, s, strlen(s));
}

void
ybh_buf_char(struct ybh_buf *b, char c)
{
	ybh_buf_put(b, &c, 1);
}

void
ybh_buf_i64(struct ybh_buf *b, int64_t v)
{
	char digits[24];
	size_t at = sizeof digits;
	uint64_t u = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;

	do {
		digits[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (v < 0)
		digits[--at] = '-';
	ybh_buf_put(b, digits + at, sizeof digits - at);
}

void
ybh_buf_printf(struct ybh_buf *b, const char *fmt, ...)
{
	size_t room = b->cap - b->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room == 0 ? NULL : b->p + b->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || !grow(b, (size_t)n)) {
		if (room > 0)
			b->p[b->len] = '\0'; /* as it was */
		return;
	}
	if ((size_t)n >= room) { /* it did not fit: now it does */
		va_start(ap, fmt);
		(void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
}

yb_str
ybh_buf_view(const struct ybh_buf *b)
{
	return (yb_str) { b->p == NULL ? "" : b->p, b->len };
}
