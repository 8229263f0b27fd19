/*
 * mail_text.h - the texts of mails: read from their files, filled in, wrapped for the journey.
 */
#ifndef YBH_MAIL_TEXT_H
#define YBH_MAIL_TEXT_H

#include <yb/mail.h>

#include "arena.h"
#include "buf.h"

#define YBH_MAIL_TEXT_MAX ((size_t)64 << 10) /* of a file, and of a text filled in */

struct ybh_mail_text {
	const char *area, *name; /* modules/<area>/mail/<name>.ja.txt */
	yb_str subject, body;
};

/*
 * Reads "Subject: ...", an empty line and the body, in which {word} is the only use of braces.
 * What it finds lends from `file`. NULL, or what is wrong.
 */
const char *ybh_mail_text_parse(yb_str file, struct ybh_mail_text *ret);
/*
 * Subject, line break, body, with every word filled in. NULL, or what is wrong: a word that is
 * lacking or not used, a value that is not UTF-8. out is then worthless.
 */
const char *ybh_mail_text_fill(struct ybh_buf *out, const struct ybh_mail_text *text,
    yb_str base_url, const yb_mail_word *words, size_t n);

/* All texts of some areas. */
struct ybh_mail_texts;
/*
 * Reads <dir>/<area>/ *.ja.txt of every area; an area without the directory has none. NULL: err.
 */
struct ybh_mail_texts *ybh_mail_texts_load(const char *dir, const char *const *areas, size_t n,
    char *err, size_t size);
void ybh_mail_texts_free(struct ybh_mail_texts *t);
/* NULL: there is none. */
const struct ybh_mail_text *ybh_mail_text_find(const struct ybh_mail_texts *t, const char *area,
    const char *name);

/* Whom a mail is from, as yobo.conf says: "Name <local@domain>" or the address alone. */
struct ybh_mail_from {
	yb_str name; /* null: none */
	yb_str address;
};
/* false: not an address. */
bool ybh_mail_from_parse(yb_str s, struct ybh_mail_from *ret);

struct ybh_mail_envelope {
	struct ybh_mail_from from;
	yb_str to; /* checked by yb_format_mail */
	yb_uuid id;
	yb_str host; /* of the installation, for Message-ID */
	yb_time date;
};
/* The message of RFC 5322, lines ending in CRLF; `text` is what ybh_mail_text_fill made. */
void ybh_mail_message(struct ybh_buf *out, const struct ybh_mail_envelope *e, yb_str text);
/* Where a sealed column of the outbox is, for ybh_seal. */
yb_str ybh_mail_place(struct yb_arena *a, const char *column, yb_uuid id);
/* The host of "https://host:port", an IP address as RFC 5321 has it: "[127.0.0.1]". */
yb_str ybh_mail_host(struct yb_arena *a, yb_str base_url);

#endif
