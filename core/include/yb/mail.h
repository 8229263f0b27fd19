/*
 * yb/mail.h - mails to people, through an outbox in the transaction that causes them.
 *
 * A mail exists if and only if what it tells has been committed. It is sent at least once by
 * pool `jobs`; the Message-ID is the outbox row's, so that a repeated sending is recognised.
 * The text is a file: modules/<area>/mail/<name>.ja.txt, first line "Subject: ...", then an
 * empty line and the body; {word} stands for a value. The rendered text is sealed in the
 * outbox and wiped when the mail has been accepted by the mail server, or is given up: refused
 * for good, or not accepted for some days (mail_retry_days). Nobody is told of that but the log.
 */
#ifndef YB_MAIL_H
#define YB_MAIL_H

#include <yb/request.h>

typedef struct yb_mail_word {
	const char *name; /* "name" for {name} in the text */
	yb_str value;	  /* line breaks become spaces: a value cannot add a header or a paragraph */
} yb_mail_word;

/* clang-format off */
#define YB_MAIL_WORDS(...)						\
	(const yb_mail_word[]) { __VA_ARGS__ },				\
	    sizeof((const yb_mail_word[]) { __VA_ARGS__ }) / sizeof(yb_mail_word)
/* clang-format on */

/*
 * Puts one mail into the outbox. `mail` is the template's name in the area of the route or
 * run, `to` one addr-spec. {base_url} is known to every text. What only reads cannot send. A word
 * the text does not use, one it lacks, a value that is null and a `to` that is no address (check
 * it with yb_format_mail where it comes in) are faults of ours: 500. 0, or -1 recorded.
 */
int yb_mail(yb_req *r, const char *mail, yb_str to, const yb_mail_word *words, size_t n)
    YB_MUST_USE;

#endif
