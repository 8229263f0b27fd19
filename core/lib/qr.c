/*
 * qr.c - QR codes through libqrencode, as one SVG path (yb/qr.h).
 */
#include <limits.h>
#include <qrencode.h>
#include <stdio.h>

#include "internal.h"

#include <yb/qr.h>

#define QUIET	 4
#define RUN_TEXT 32 /* "M177 177h177v1h-177z" and its end */

/* Dark modules side by side are one rectangle. */
static size_t
runs(const QRcode *qr, char *out, size_t size)
{
	size_t n = 0;

	for (int y = 0; y < qr->width; y++) {
		const unsigned char *row = qr->data + (ptrdiff_t)y * qr->width;

		for (int x = 0, end; x < qr->width; x = end) {
			bool dark = (row[x] & 1) != 0;

			for (end = x + 1; end < qr->width && ((row[end] & 1) != 0) == dark; end++)
				continue;
			if (!dark)
				continue;
			if (out != NULL)
				(void)snprintf(out + n, size - n, "M%d %dh%dv1h-%dz", x + QUIET,
				    y + QUIET, end - x, end - x);
			n += out == NULL ? RUN_TEXT : yb_cstr(out + n).len;
		}
	}
	return n;
}

int
yb_qr_make(yb_req *r, yb_str text, enum yb_qr_level level, yb_qr *ret)
{
	size_t size;
	QRcode *qr;
	char *path;

	if (text.len == 0 || text.len > INT_MAX)
		return -1;
	qr = QRcode_encodeData((int)text.len, (const unsigned char *)text.p, 0, (QRecLevel)level);
	if (qr == NULL)
		return -1;
	size = runs(qr, NULL, 0) + 1;
	path = yb_alloc(r, size);
	ret->path = (yb_str) { path, runs(qr, path, size) };
	ret->size = qr->width + 2 * QUIET;
	QRcode_free(qr);
	return 0;
}
