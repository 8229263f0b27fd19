/*
 * yb/qr.h - a text as a QR code (ISO/IEC 18004) that any page can draw.
 *
 * One SVG path of squares of 1 x 1, so that a page with a strict content security policy draws
 * it without an image: <svg viewBox="0 0 SIZE SIZE"><path d="PATH"/></svg>. The quiet zone of
 * four modules is inside `size`.
 */
#ifndef YB_QR_H
#define YB_QR_H

#include <yb/request.h>

enum yb_qr_level { YB_QR_LOW = 0, YB_QR_MEDIUM, YB_QR_QUARTILE, YB_QR_HIGH };

typedef struct yb_qr {
	int64_t size; /* of the square, quiet zone included */
	yb_str path;  /* dark modules, "M4 4h7v1h-7z..." */
} yb_qr;

/* -1: the text is too long for this level (QR version 40); nothing is recorded. */
int yb_qr_make(yb_req *r, yb_str text, enum yb_qr_level level, yb_qr *ret) YB_MUST_USE;

#endif
