/*
 * text.h - Japanese text: valid, counted, normalised, folded for search.
 *
 * Names are kept as they were sent; only search columns are folded (house decision 9).
 */
#ifndef YBH_TEXT_H
#define YBH_TEXT_H

#include <yb/base.h>

#include "arena.h"

/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool ybh_utf8_valid(yb_str s);
/* Characters as a reader counts them: code points, but no variation selectors. */
size_t ybh_text_length(yb_str s);
/* No control characters (C0, DEL, C1) and no bidirectional overrides; `lines`: \n \t allowed. */
bool ybh_text_plain(yb_str s, bool lines);
/* Nothing but spaces, of whatever width, or nothing at all. */
bool ybh_text_blank(yb_str s);
/* The next code point at *at (valid UTF-8), advancing it. */
uint32_t ybh_utf8_next(yb_str s, size_t *at);
size_t ybh_utf8_put(uint32_t c, char out[4]);
yb_str ybh_search_key(struct yb_arena *a, yb_str s);
yb_str ybh_kana(struct yb_arena *a, yb_str s);

#endif
