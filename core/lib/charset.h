/*
 * charset.h - which of the two encodings of Japan's spreadsheets a text has, and reading the
 * older one: CP932, what Excel calls Shift_JIS.
 */
#ifndef YBH_CHARSET_H
#define YBH_CHARSET_H

#include <yb/base.h>

enum ybh_charset {
	YBH_CHARSET_ASCII, /* nothing seen yet that would tell */
	YBH_CHARSET_UTF8,
	YBH_CHARSET_CP932,
};

/*
 * Reads the tables of the C library, once in a process; before the process is confined and
 * before the first ybh_cp932_decode. false: this system does not know CP932.
 */
bool ybh_charset_init(void);

/*
 * The encoding of a part of a text. `more`: the part may end in the middle of a character.
 * A text with a few bad bytes is still of the encoding nearly all of it has, so that the bad
 * ones can be named.
 */
enum ybh_charset ybh_charset_guess(yb_str part, bool more);
/* "UTF-8", "Shift_JIS"; ASCII is UTF-8 too. */
const char *ybh_charset_name(enum ybh_charset c);

struct ybh_cp932 {
	unsigned char lead; /* the first half of a character whose second half is to come; 0 */
};

/*
 * Converts from *at up to `end` into at most `size` (>= 4) bytes of UTF-8 and moves *at. A
 * byte that is no CP932 becomes 0xFF, which no UTF-8 has. `last`: nothing follows `end`.
 */
size_t ybh_cp932_decode(struct ybh_cp932 *s, const unsigned char **at, const unsigned char *end,
    bool last, char *out, size_t size);

#endif
