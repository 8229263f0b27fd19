/*
 * buf.h - a growing byte buffer whose first failure sticks.
 *
 * Write as long as you like and ask once at the end. Every buffer states its maximum.
 */
#ifndef YBH_BUF_H
#define YBH_BUF_H

#include <yb/base.h>

struct ybh_buf {
	char *p;
	size_t len, cap, max;
	bool failed; /* no memory, or beyond max; the content is then worthless */
};

void ybh_buf_init(struct ybh_buf *b, size_t max);
void ybh_buf_free(struct ybh_buf *b);
/* Forgets the content, keeps the memory (up to 64 KiB of it). */
void ybh_buf_reset(struct ybh_buf *b);
void ybh_buf_put(struct ybh_buf *b, const void *p, size_t n);
void ybh_buf_str(struct ybh_buf *b, yb_str s);
void ybh_buf_cstr(struct ybh_buf *b, const char *s);
void ybh_buf_char(struct ybh_buf *b, char c);
void ybh_buf_i64(struct ybh_buf *b, int64_t v);
void ybh_buf_printf(struct ybh_buf *b, const char *fmt, ...) YB_PRINTF(2, 3);
yb_str ybh_buf_view(const struct ybh_buf *b);
/*
 * Room for n more bytes to be written in place, NULL when there is none; ybh_buf_wrote says
 * how many of them were.
 */
char *ybh_buf_room(struct ybh_buf *b, size_t n);
void ybh_buf_wrote(struct ybh_buf *b, size_t n);

#endif
