/*
 * mail_text.c - filling in the text of a mail, and its form on the wire (mail_text.h).
 *
 * Nothing a person wrote can leave its place: values lose their line breaks, the subject and
 * the body travel in base64, addresses are checked byte by byte.
 */
#include "mail_text.h"

#include <string.h>
#include <yb/format.h>

#include "clock.h"
#include "text.h"

#define WORDS_MAX    32
#define WORD_MAX     32
#define SUBJECT	     "Subject: "
#define SUBJECT_MAX  ((size_t)200) /* bytes of the file's line */
#define ENCODED_HEAD "=?UTF-8?B?"
#define LINE_BYTES   57 /* 76 characters of base64 */

/* ---- the file ---- */

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The {word} at `at`: its length with the braces, or 0. */
static size_t
word_at(yb_str s, size_t at, yb_str *ret)
{
	size_t n = 0;

	while (at + 1 + n < s.len && is_word_char(s.p[at + 1 + n]))
		n++;
	*ret = (yb_str) { s.p + at + 1, n };
	return n > 0 && n <= WORD_MAX && at + 1 + n < s.len && s.p[at + 1 + n] == '}' ? n + 2 : 0;
}

static const char *
braces_check(yb_str s)
{
	yb_str word;

	for (size_t i = 0; i < s.len;) {
		size_t n = s.p[i] == '{' ? word_at(s, i, &word) : 1;

		if (n == 0 || s.p[i] == '}')
			return "braces stand around a word of a-z, 0-9 and _ only";
		i += n;
	}
	return NULL;
}

const char *
ybh_mail_text_parse(yb_str file, struct ybh_mail_text *ret)
{
	const size_t head = sizeof SUBJECT - 1;
	const char *end, *why;

	if (!ybh_utf8_valid(file) || !ybh_text_plain(file, true))
		return "is not plain UTF-8 with line feeds";
	if (file.len < head || memcmp(file.p, SUBJECT, head) != 0)
		return "the first line is not \"Subject: ...\"";
	end = memchr(file.p, '\n', file.len);
	if (end == NULL || (size_t)(end - file.p) + 2 >= file.len || end[1] != '\n')
		return "an empty line and a text follow the subject";
	ret->subject = (yb_str) { file.p + head, (size_t)(end - file.p) - head };
	ret->body = (yb_str) { end + 2, file.len - (size_t)(end + 2 - file.p) };
	if (ybh_text_blank(ret->subject) || ret->subject.len > SUBJECT_MAX)
		return "the subject is empty or too long";
	if (ybh_text_blank(ret->body))
		return "the text is empty";
	why = braces_check(ret->subject);
	return why != NULL ? why : braces_check(ret->body);
}

/* ---- filling in ---- */

/* A value as one line: control characters and everything that turns the text become spaces. */
static void
value_put(struct ybh_buf *out, yb_str v)
{
	for (size_t at = 0; at < v.len;) {
		size_t from = at;
		uint32_t c = ybh_utf8_next(v, &at);
		yb_str one = { v.p + from, at - from };

		if (c == 0x2028 || c == 0x2029 || !ybh_text_plain(one, false))
			ybh_buf_char(out, ' ');
		else
			ybh_buf_str(out, one);
	}
}

static const char *
part_fill(struct ybh_buf *out, yb_str part, const yb_mail_word *words, size_t n, bool *used)
{
	for (size_t i = 0; i < part.len;) {
		yb_str word;
		size_t len, k = 0;

		if (part.p[i] != '{') {
			ybh_buf_char(out, part.p[i++]);
			continue;
		}
		len = word_at(part, i, &word);
		while (k < n && !yb_str_is(word, words[k].name))
			k++;
		if (len == 0 || k == n)
			return "a word of the text is not given";
		value_put(out, words[k].value);
		used[k] = true;
		i += len;
	}
	return NULL;
}

const char *
ybh_mail_text_fill(struct ybh_buf *out, const struct ybh_mail_text *text, yb_str base_url,
    const yb_mail_word *words, size_t n)
{
	yb_mail_word all[WORDS_MAX + 1];
	bool used[WORDS_MAX + 1] = { false };
	const char *why;

	if (n > WORDS_MAX)
		return "too many words";
	for (size_t i = 0; i < n; i++) {
		all[i] = words[i];
		if (words[i].value.p == NULL || !ybh_utf8_valid(words[i].value))
			return "a value is null or not UTF-8";
		for (size_t k = 0; k < i; k++)
			if (strcmp(words[i].name, words[k].name) == 0)
				return "a word is given twice";
	}
	all[n] = (yb_mail_word) { "base_url", base_url };
	why = part_fill(out, text->subject, all, n + 1, used);
	ybh_buf_char(out, '\n');
	if (why == NULL)
		why = part_fill(out, text->body, all, n + 1, used);
	for (size_t i = 0; i < n && why == NULL; i++)
		if (!used[i])
			why = "a given word is not in the text";
	return why != NULL ? why : out->failed ? "too long" : NULL;
}

/* ---- the message ---- */

static void
base64_put(struct ybh_buf *out, const char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned a = (unsigned char)p[i];
		unsigned b = i + 1 < n ? (unsigned char)p[i + 1] : 0;
		unsigned c = i + 2 < n ? (unsigned char)p[i + 2] : 0;

		ybh_buf_char(out, digits[a >> 2]);
		ybh_buf_char(out, digits[(a & 3) << 4 | b >> 4]);
		ybh_buf_char(out, i + 1 < n ? digits[(b & 15) << 2 | c >> 6] : '=');
		ybh_buf_char(out, i + 2 < n ? digits[c & 63] : '=');
	}
}

/*
 * Words of RFC 2047: whole characters, no line beyond 76, the first one after `taken` bytes. An
 * encoded word costs 12 bytes besides its base64.
 */
static void
encoded_put(struct ybh_buf *out, yb_str s, size_t taken)
{
	size_t at = 0;

	while (at < s.len) {
		size_t room = (76 - taken - 12) / 4 * 3, from = at, end = at;

		while (at < s.len) {
			(void)ybh_utf8_next(s, &at);
			if (at - from > room)
				break;
			end = at;
		}
		at = end;
		ybh_buf_cstr(out, from == 0 ? ENCODED_HEAD : "\r\n " ENCODED_HEAD);
		base64_put(out, s.p + from, end - from);
		ybh_buf_cstr(out, "?=");
		taken = 1; /* the space that begins a folded line */
	}
}

/* "Sat, 21 Nov 2026 09:00:00 +0900" */
static void
date_put(struct ybh_buf *out, yb_time t)
{
	static const char names[] = "ThuFriSatSunMonTueWed", months[] =
	    "JanFebMarAprMayJunJulAugSepOctNovDec";
	yb_date d = yb_date_in_japan(t);
	int64_t s = (t.us / 1000000 + 32400) % 86400;

	ybh_buf_printf(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0900\r\n",
	    names + yb_date_days(d) % 7 * 3, d.day, months + (d.month - 1) * 3, d.year,
	    (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

static void
from_put(struct ybh_buf *out, const struct ybh_mail_from *from)
{
	ybh_buf_cstr(out, "From: ");
	if (from->name.p != NULL) {
		encoded_put(out, from->name, 6);
		ybh_buf_cstr(out, "\r\n ");
	}
	ybh_buf_char(out, '<');
	ybh_buf_str(out, from->address);
	ybh_buf_cstr(out, ">\r\n");
}

/* Lines of text end in CRLF before they are encoded (RFC 2045 6.8). */
static void
body_put(struct ybh_buf *out, yb_str body)
{
	char line[LINE_BYTES] = "";
	size_t n = 0;

	for (size_t i = 0; i < body.len; i++) {
		const char *bytes = body.p[i] == '\n' ? "\r\n" : body.p + i;
		size_t k = body.p[i] == '\n' ? 2 : 1;

		while (k-- > 0) {
			line[n++] = *bytes++;
			if (n < LINE_BYTES)
				continue;
			base64_put(out, line, n);
			ybh_buf_cstr(out, "\r\n");
			n = 0;
		}
	}
	base64_put(out, line, n);
	ybh_buf_cstr(out, n > 0 ? "\r\n" : "");
}

void
ybh_mail_message(struct ybh_buf *out, const struct ybh_mail_envelope *e, yb_str text)
{
	const char *end = memchr(text.p, '\n', text.len);
	yb_str subject = { text.p, end == NULL ? text.len : (size_t)(end - text.p) };
	yb_str body = { text.p + subject.len, text.len - subject.len };
	char id[40];

	if (body.len > 0)
		body = (yb_str) { body.p + 1, body.len - 1 };
	(void)ybh_uuid_print(e->id, id);
	date_put(out, e->date);
	from_put(out, &e->from);
	ybh_buf_cstr(out, "To: <");
	ybh_buf_str(out, e->to);
	ybh_buf_printf(out, ">\r\nMessage-ID: <%s@", id);
	ybh_buf_str(out, e->host);
	ybh_buf_cstr(out, ">\r\n" SUBJECT);
	encoded_put(out, subject, sizeof SUBJECT - 1);
	ybh_buf_cstr(out, "\r\nMIME-Version: 1.0\r\n"
			  "Content-Type: text/plain; charset=UTF-8\r\n"
			  "Content-Transfer-Encoding: base64\r\n"
			  "Auto-Submitted: auto-generated\r\n\r\n");
	body_put(out, body);
}

/* ---- addresses of our own ---- */

bool
ybh_mail_from_parse(yb_str s, struct ybh_mail_from *ret)
{
	const char *open = memchr(s.p, '<', s.len);
	size_t n = open == NULL ? 0 : (size_t)(open - s.p);

	*ret = (struct ybh_mail_from) { .address = s };
	if (open != NULL) {
		if (s.p[s.len - 1] != '>')
			return false;
		ret->address = (yb_str) { open + 1, s.len - n - 2 };
		while (n > 0 && s.p[n - 1] == ' ')
			n--;
		ret->name = (yb_str) { n > 0 ? s.p : NULL, n };
	}
	return yb_format_mail.check(ret->address) == NULL && ret->address.len <= 254 &&
	    (ret->name.p == NULL || (n <= 100 && ybh_utf8_valid(ret->name) &&
					ybh_text_plain(ret->name, false)));
}

yb_str
ybh_mail_host(struct yb_arena *a, yb_str base_url)
{
	const char *from = memchr(base_url.p, '/', base_url.len);
	yb_str host;
	bool digits = true;

	if (from == NULL || (size_t)(from - base_url.p) + 2 > base_url.len)
		from = base_url.p;
	else
		from += 2;
	host = (yb_str) { from, base_url.len - (size_t)(from - base_url.p) };
	if (host.len > 0 && host.p[0] == '[') { /* an IPv6 address has brackets already */
		const char *end = memchr(host.p, ']', host.len);

		host.len = end == NULL ? host.len : (size_t)(end - host.p) + 1;
		return ybh_arena_format(a, "[IPv6:%.*s", (int)host.len - 1, host.p + 1);
	}
	for (size_t i = 0; i < host.len; i++) {
		if (host.p[i] == ':' || host.p[i] == '/')
			host.len = i;
		else if ((host.p[i] < '0' || host.p[i] > '9') && host.p[i] != '.')
			digits = false;
	}
	if (digits)
		return ybh_arena_format(a, "[%.*s]", (int)host.len, host.p);
	return ybh_arena_copy(a, host);
}
