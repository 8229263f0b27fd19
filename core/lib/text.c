/*
 * text.c - Japanese text (text.h). Normalisation by utf8proc.
 */
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

uint32_t
ybh_utf8_next(yb_str s, size_t *at)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p + *at,
	    (utf8proc_ssize_t)(s.len - *at), &c);

	if (n <= 0) {
		*at = s.len;
		return 0xFFFD;
	}
	*at += (size_t)n;
	return (uint32_t)c;
}

size_t
ybh_utf8_put(uint32_t c, char out[4])
{
	return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
}

bool
ybh_utf8_valid(yb_str s)
{
	size_t at = 0;

	while (at < s.len) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p + at,
		    (utf8proc_ssize_t)(s.len - at), &c);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static bool
is_variation_selector(uint32_t c)
{
	return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
}

size_t
ybh_text_length(yb_str s)
{
	size_t n = 0;

	for (size_t at = 0; at < s.len;)
		if (!is_variation_selector(ybh_utf8_next(s, &at)))
			n++;
	return n;
}

bool
ybh_text_plain(yb_str s, bool lines)
{
	for (size_t at = 0; at < s.len;) {
		uint32_t c = ybh_utf8_next(s, &at);

		if (lines && (c == '\n' || c == '\t'))
			continue;
		if ((c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF))
			return false; /* noncharacters */
		if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x202A && c <= 0x202E) ||
		    (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029)
			return false;
	}
	return true;
}

/* ---- folding ---- */

static uint32_t
to_katakana(uint32_t c)
{
	return (c >= 0x3041 && c <= 0x3096) || c == 0x309D || c == 0x309E ? c + 0x60 : c;
}

/* Variants of one character in family names, to the form most people type. */
static const struct {
	uint32_t from, to;
} variants[] = {
	{ 0x9AD9, 0x9AD8 },  /* 髙 高 */
	{ 0xFA11, 0x5D0E },  /* 﨑 崎 */
	{ 0x5D5C, 0x5D0E },  /* 嵜 崎 */
	{ 0x6FF5, 0x6D5C },  /* 濵 浜 */
	{ 0x6FF1, 0x6D5C },  /* 濱 浜 */
	{ 0x9089, 0x8FBA },  /* 邉 辺 */
	{ 0x908A, 0x8FBA },  /* 邊 辺 */
	{ 0x9F4B, 0x658E },  /* 齋 斎 */
	{ 0x9F4A, 0x6589 },  /* 齊 斉 */
	{ 0x6FA4, 0x6CA2 },  /* 澤 沢 */
	{ 0x5EE3, 0x5E83 },  /* 廣 広 */
	{ 0x5D8B, 0x5CF6 },  /* 嶋 島 */
	{ 0x5D8C, 0x5CF6 },  /* 嶌 島 */
	{ 0x6AFB, 0x685C },  /* 櫻 桜 */
	{ 0x570B, 0x56FD },  /* 國 国 */
	{ 0x9F8D, 0x7ADC },  /* 龍 竜 */
	{ 0x6FDF, 0x6E08 },  /* 濟 済 */
	{ 0x771E, 0x771F },  /* 眞 真 */
	{ 0x60E0, 0x6075 },  /* 惠 恵 */
	{ 0x69D9, 0x69C7 },  /* 槙 槇 */
	{ 0x5CEF, 0x5CF0 },  /* 峯 峰 */
	{ 0x9EB4, 0x9EB9 },  /* 麴 麹 */
	{ 0x7028, 0x702C },  /* 瀨 瀬 */
	{ 0x20BB7, 0x5409 }, /* 𠮷 吉 */
	{ 0x2000B, 0x4E08 }, /* 𠀋 丈 */
	{ 0x5FB7, 0x5FB3 },  /* 德 徳 */
};

static uint32_t
fold(uint32_t c)
{
	static const uint32_t small[][2] = { { 0x30A1, 0x30A2 }, { 0x30A3, 0x30A4 },
		{ 0x30A5, 0x30A6 }, { 0x30A7, 0x30A8 }, { 0x30A9, 0x30AA }, { 0x30C3, 0x30C4 },
		{ 0x30E3, 0x30E4 }, { 0x30E5, 0x30E6 }, { 0x30E7, 0x30E8 }, { 0x30EE, 0x30EF },
		{ 0x30F5, 0x30AB }, { 0x30F6, 0x30B1 } };

	c = to_katakana(c);
	for (size_t i = 0; i < sizeof small / sizeof small[0]; i++)
		if (c == small[i][0])
			return small[i][1];
	for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
		if (c == variants[i].from)
			return variants[i].to;
	if (c == 0x2010 || c == 0x2011 || c == 0x2012 || c == 0x2013 || c == 0x2014 ||
	    c == 0x2015 || c == 0x2212)
		return '-';
	return c;
}

static bool
is_space(uint32_t c)
{
	return c == ' ' || c == 0x3000 || c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x30FB;
}

bool
ybh_text_blank(yb_str s)
{
	for (size_t at = 0; at < s.len;) {
		uint32_t c = ybh_utf8_next(s, &at);

		if (!is_space(c) && c != '\n' && c != '\t')
			return false;
	}
	return true;
}

/* NFKC by utf8proc; NULL when there is no memory. */
static utf8proc_uint8_t *
normalise(yb_str s, utf8proc_ssize_t *len)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;

	*len = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.len, &out, how);
	return *len < 0 ? NULL : out;
}

static yb_str
mapped_once(struct yb_arena *a, yb_str s, bool search)
{
	utf8proc_ssize_t len;
	utf8proc_uint8_t *nfkc;
	size_t n = 0;
	char *out;
	yb_str in;

	if (s.p == NULL)
		return s;
	nfkc = normalise(s, &len);
	if (nfkc == NULL)
		return ybh_arena_copy(a, s);
	in = (yb_str) { (const char *)nfkc, (size_t)len };
	out = ybh_arena_must(a, in.len * 4 + 1);
	for (size_t at = 0; at < in.len;) {
		uint32_t c = ybh_utf8_next(in, &at);

		if (search && (is_space(c) || is_variation_selector(c)))
			continue;
		if (search)
			c = (uint32_t)utf8proc_tolower((utf8proc_int32_t)fold(c));
		else
			c = c == ' ' ? 0x3000 : to_katakana(c);
		n += ybh_utf8_put(c, out + n);
	}
	free(nfkc);
	return (yb_str) { out, n };
}

/* What was folded may compose anew (a mark behind a space that went): until nothing changes. */
static yb_str
mapped(struct yb_arena *a, yb_str s, bool search)
{
	for (int i = 0; i < 4; i++) {
		yb_str next = mapped_once(a, s, search);

		if (yb_str_eq(next, s))
			break;
		s = next;
	}
	return s;
}

yb_str
ybh_search_key(struct yb_arena *a, yb_str s)
{
	return mapped(a, s, true);
}

yb_str
ybh_kana(struct yb_arena *a, yb_str s)
{
	return mapped(a, s, false);
}
