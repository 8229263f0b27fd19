/*
 * charset.c - UTF-8 or CP932 (charset.h).
 *
 * The table of CP932 is asked of iconv once: a confined process could not load its module, and
 * a table converts a file several times faster.
 */
#include "charset.h"

#include <iconv.h>
#include <pthread.h>
#include <string.h>

#include "text.h"

#define LEADS	  0x100
#define TRAILS	  0x100
#define NO_CHAR	  0
#define BAD_BYTE  '\xff'
#define CHAR_ROOM 4 /* bytes one character of CP932 may need in UTF-8, rounded up */

static uint16_t single[LEADS];
static uint16_t pair[LEADS][TRAILS];
static bool known;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool
is_lead(unsigned b)
{
	return (b >= 0x81 && b <= 0x9f) || (b >= 0xe0 && b <= 0xfc);
}

static bool
is_trail(unsigned b)
{
	return b >= 0x40 && b <= 0xfc && b != 0x7f;
}

/* The UTF-16 unit of one or two bytes; all of CP932 lies in the first plane. */
static uint16_t
ask(iconv_t cd, char *bytes, size_t n)
{
	unsigned char out[4] = { 0 };
	char *in = bytes, *to = (char *)out;
	size_t left = n, room = sizeof out;

	(void)iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &in, &left, &to, &room) == (size_t)-1 || left > 0 || room != 2)
		return NO_CHAR;
	return (uint16_t)(out[0] | (unsigned)out[1] << 8);
}

static void
tables_read(void)
{
	iconv_t cd = iconv_open("UTF-16LE", "CP932");
	char bytes[2];

	if (cd == (iconv_t)-1)
		return;
	for (unsigned b = 1; b < LEADS; b++) {
		bytes[0] = (char)b;
		single[b] = is_lead(b) ? NO_CHAR : ask(cd, bytes, 1);
		for (unsigned t = 0; t < TRAILS && is_lead(b); t++) {
			bytes[1] = (char)t;
			pair[b][t] = is_trail(t) ? ask(cd, bytes, 2) : NO_CHAR;
		}
	}
	(void)iconv_close(cd); /* nothing was written through it */
	known = pair[0x93][0xfa] == 0x65e5; /* 日 */
}

bool
ybh_charset_init(void)
{
	(void)pthread_once(&once, tables_read);
	return known;
}

const char *
ybh_charset_name(enum ybh_charset c)
{
	return c == YBH_CHARSET_CP932 ? "Shift_JIS" : "UTF-8";
}

/* ---- guessing ---- */

/* Bytes of the UTF-8 character at p: 0 it is none, > n it is cut off. */
static size_t
utf8_at(const unsigned char *p, size_t n)
{
	size_t want = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] <= 0xdf ? 2
	    : p[0] >= 0xe0 && p[0] <= 0xef			 ? 3
	    : p[0] >= 0xf0 && p[0] <= 0xf4			 ? 4
								 : 0;

	for (size_t i = 1; i < want && i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

/* Characters beyond ASCII, and bytes that belong to none. */
static void
utf8_count(yb_str s, bool more, size_t *good, size_t *bad)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.len;

	while (p < end) {
		size_t n = utf8_at(p, (size_t)(end - p));

		if (n > (size_t)(end - p)) {
			*bad += more ? 0 : 1;
			return;
		}
		*good += n > 1 ? 1 : 0;
		*bad += n == 0 ? 1 : 0;
		p += n == 0 ? 1 : n;
	}
}

static size_t
cp932_bad(yb_str s, bool more)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.len;
	size_t bad = 0;

	while (p < end) {
		bool two = is_lead(*p);

		if (two && p + 1 == end)
			return bad + (more ? 0 : 1);
		if (two ? pair[*p][p[1]] == NO_CHAR : single[*p] == NO_CHAR)
			bad++;
		p += two && is_trail(p[1]) ? 2 : 1;
	}
	return bad;
}

/*
 * Bytes that make UTF-8 by accident are rare, so a text that has more characters of it than
 * errors is UTF-8 with errors, unless CP932 explains every byte and UTF-8 hardly any.
 */
enum ybh_charset
ybh_charset_guess(yb_str part, bool more)
{
	size_t good = 0, bad = 0;

	utf8_count(part, more, &good, &bad);
	if (good == 0 && bad == 0)
		return YBH_CHARSET_ASCII;
	if (bad == 0 || good > 4 * bad)
		return YBH_CHARSET_UTF8;
	return cp932_bad(part, more) < bad ? YBH_CHARSET_CP932 : YBH_CHARSET_UTF8;
}

/* ---- decoding ---- */

size_t
ybh_cp932_decode(struct ybh_cp932 *s, const unsigned char **at, const unsigned char *end,
    bool last, char *out, size_t size)
{
	size_t n = 0;

	while (*at < end && n + CHAR_ROOM <= size) {
		unsigned char b = **at;
		uint32_t c;

		if (s->lead == 0 && b < 0x80) {
			out[n++] = (char)b;
			++*at;
			continue;
		}
		if (s->lead == 0 && is_lead(b)) {
			s->lead = b;
			++*at;
			continue;
		}
		c = s->lead != 0 ? pair[s->lead][b] : single[b];
		if (s->lead == 0 || is_trail(b))
			++*at; /* else it begins something of its own: a comma, a line end */
		s->lead = 0;
		if (c == NO_CHAR)
			out[n++] = BAD_BYTE;
		else
			n += ybh_utf8_put(c, out + n);
	}
	if (last && *at == end && s->lead != 0 && n + CHAR_ROOM <= size) {
		s->lead = 0;
		out[n++] = BAD_BYTE;
	}
	return n;
}
