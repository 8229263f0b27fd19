/*
 * Frames of the keeper (keeper_wire.h).
 */
#include "keeper_wire.h"

#include <string.h>

void
ybh_frame_begin(struct ybh_frame *f, unsigned op)
{
	f->failed = false;
	f->at[4] = (unsigned char)op;
	f->len = 5;
}

void
ybh_frame_put(struct ybh_frame *f, enum ybh_keeper_tag tag, const void *p, size_t n)
{
	if (f->failed || n > 0xffff || f->len + 3 + n > sizeof(f->at)) {
		f->failed = true;
		return;
	}
	f->at[f->len++] = (unsigned char)tag;
	f->at[f->len++] = (unsigned char)(n >> 8);
	f->at[f->len++] = (unsigned char)(n & 0xff);
	if (n > 0)
		memcpy(f->at + f->len, p, n);
	f->len += n;
}

void
ybh_frame_u8(struct ybh_frame *f, enum ybh_keeper_tag tag, unsigned v)
{
	unsigned char b = (unsigned char)v;

	ybh_frame_put(f, tag, &b, 1);
}

void
ybh_frame_u64(struct ybh_frame *f, enum ybh_keeper_tag tag, uint64_t v)
{
	unsigned char b[8];

	for (int i = 7; i >= 0; i--) {
		b[i] = (unsigned char)(v & 0xff);
		v >>= 8;
	}
	ybh_frame_put(f, tag, b, sizeof(b));
}

int
ybh_frame_end(struct ybh_frame *f)
{
	size_t n = f->len - 4;

	if (f->failed)
		return -1;
	f->at[0] = (unsigned char)(n >> 24);
	f->at[1] = (unsigned char)(n >> 16 & 0xff);
	f->at[2] = (unsigned char)(n >> 8 & 0xff);
	f->at[3] = (unsigned char)(n & 0xff);
	return 0;
}

size_t
ybh_frame_expect(const unsigned char at[4])
{
	size_t n = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];

	return n <= YBH_FRAME_MAX ? n : 0;
}

struct ybh_fields
ybh_frame_fields(const struct ybh_frame *f)
{
	return (struct ybh_fields){ f->at + 5, f->len - 5 };
}

int
ybh_field_next(struct ybh_fields *s, unsigned *ret_tag, yb_bytes *ret)
{
	size_t n;

	if (s->n == 0)
		return 0;
	if (s->n < 3)
		return -1;
	n = (size_t)s->p[1] << 8 | s->p[2];
	if (n > s->n - 3)
		return -1;
	*ret_tag = s->p[0];
	*ret = (yb_bytes){ s->p + 3, n };
	s->p += 3 + n;
	s->n -= 3 + n;
	return 1;
}

bool
ybh_field_u64(yb_bytes b, uint64_t *ret)
{
	uint64_t v = 0;

	if (b.len != 8)
		return false;
	for (size_t i = 0; i < 8; i++)
		v = v << 8 | b.p[i];
	*ret = v;
	return true;
}
