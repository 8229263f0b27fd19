/*
 * migrate_sql.c - cuts an SQL file into statements, so that a failure can name its own.
 *
 * Knows quotes, comments and the DELIMITER lines of the mariadb client, so that the same
 * file can be given to either.
 */
#include "migrate.h"

#include <stdio.h>
#include <string.h>

void
sql_text_init(struct sql_text *s, const char *name, yb_str text)
{
	*s = (struct sql_text) { .name = name, .text = text, .line = 1, .delimiter = ";" };
	if (text.len >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		s->at = 3;
}

static bool
looking_at(const struct sql_text *s, const char *word)
{
	size_t n = strlen(word);

	return s->text.len - s->at >= n && memcmp(s->text.p + s->at, word, n) == 0;
}

static int
unclosed(const struct sql_text *s, size_t line, const char *what)
{
	ctl_error("%s:%zu: %s is not closed", s->name, line, what);
	return -1;
}

static void
skip(struct sql_text *s, size_t n)
{
	for (; n > 0 && s->at < s->text.len; n--) {
		if (s->text.p[s->at++] == '\n')
			s->line++;
	}
}

/* Up to and with `end`; false: it never comes. */
static bool
skip_past(struct sql_text *s, const char *end)
{
	while (s->at < s->text.len && !looking_at(s, end))
		skip(s, 1);
	if (s->at == s->text.len)
		return false;
	skip(s, strlen(end));
	return true;
}

/* A comment that begins here: 1 skipped, 0 there is none, -1 not closed. */
static int
skip_comment(struct sql_text *s)
{
	size_t line = s->line;

	if (looking_at(s, "-- ") || looking_at(s, "--\n") || looking_at(s, "--\t") ||
	    looking_at(s, "--\r") || looking_at(s, "#")) {
		(void)skip_past(s, "\n"); /* the file's end ends a comment too */
		return 1;
	}
	if (!looking_at(s, "/*"))
		return 0;
	skip(s, 2);
	return skip_past(s, "*/") ? 1 : unclosed(s, line, "a comment");
}

/* A quoted text or name; a doubled quote ends one and begins the next, which is the same. */
static int
skip_quoted(struct sql_text *s)
{
	char quote = s->text.p[s->at];
	size_t line = s->line;

	for (skip(s, 1); s->at < s->text.len; skip(s, 1)) {
		if (s->text.p[s->at] == quote) {
			skip(s, 1);
			return 0;
		}
		if (s->text.p[s->at] == '\\' && quote != '`')
			skip(s, 1);
	}
	return unclosed(s, line, "a quote");
}

/* "DELIMITER //", alone on its line. */
static int
take_delimiter(struct sql_text *s)
{
	const char *p;
	size_t n;

	skip(s, strlen("DELIMITER"));
	while (looking_at(s, " ") || looking_at(s, "\t"))
		skip(s, 1);
	p = s->text.p + s->at;
	for (n = 0; s->at + n < s->text.len && strchr(" \t\r\n", p[n]) == NULL;)
		n++;
	if (n == 0 || n >= sizeof s->delimiter) {
		ctl_error("%s:%zu: DELIMITER: 1 to %zu characters", s->name, s->line,
		    sizeof s->delimiter - 1);
		return -1;
	}
	memcpy(s->delimiter, p, n);
	s->delimiter[n] = '\0';
	skip(s, n);
	return 0;
}

/* Spaces, comments, DELIMITER lines and empty statements before the next one. */
static int
skip_between(struct sql_text *s)
{
	while (s->at < s->text.len) {
		int rc = 1;

		if (strchr(" \t\r\n", s->text.p[s->at]) != NULL)
			skip(s, 1);
		else if (looking_at(s, "DELIMITER ") || looking_at(s, "DELIMITER\t"))
			rc = take_delimiter(s) < 0 ? -1 : 1;
		else if (looking_at(s, s->delimiter))
			skip(s, strlen(s->delimiter));
		else
			rc = skip_comment(s);
		if (rc < 0)
			return -1;
		if (rc == 0)
			return 1;
	}
	return 0;
}

int
sql_text_next(struct sql_text *s, struct sql_statement *ret)
{
	size_t begin;
	int rc = skip_between(s);

	if (rc <= 0)
		return rc;
	begin = s->at;
	ret->line = s->line;
	while (s->at < s->text.len && !looking_at(s, s->delimiter)) {
		bool quote = strchr("'\"`", s->text.p[s->at]) != NULL;

		rc = quote ? skip_quoted(s) : skip_comment(s);
		if (rc < 0)
			return -1;
		if (rc == 0 && !quote)
			skip(s, 1);
	}
	ret->text = (yb_str) { s->text.p + begin, s->at - begin };
	if (s->at < s->text.len)
		skip(s, strlen(s->delimiter));
	ret->end = s->at;
	return 1;
}

/* The first line or two of a statement, for a message. */
static void
excerpt(yb_str text, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n + 1 < size; i++) {
		char ch = text.p[i];
		bool space = ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';

		if (space && n > 0 && out[n - 1] == ' ')
			continue;
		out[n++] = space ? ' ' : ch;
	}
	out[n] = '\0';
}

int
sql_statement_run(struct ybh_db *db, const struct sql_text *s, const struct sql_statement *st,
    unsigned number)
{
	static const char first[] = "statement 1: ";
	const char *error, *at;
	char begin[100];

	if (ybh_db_script(db, st->text) == 0)
		return 0;
	error = ybh_db_error(db);
	at = strstr(error, first); /* its count is ours: one statement is sent at a time */
	excerpt(st->text, begin, sizeof begin);
	ctl_error("%s:%zu: statement %u: %.*s%s\n  in: %s%s", s->name, st->line, number,
	    at == NULL ? 0 : (int)(at - error), error, at == NULL ? error : at + sizeof first - 1,
	    begin, strlen(begin) + 1 == sizeof begin ? " ..." : "");
	return -1;
}
