/*
 * conf.c - yobo.conf read into memory; see conf.h for the grammar.
 *
 * One copy of the text holds every name and value; the tables point into it. Lookups walk
 * the tables: a configuration has tens of lines, and it is read at start only.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strerrordesc_np */
#endif

#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 20)
#define LINE_MAX_BYTES 4095
#define SECTIONS_MAX 256
#define KEYS_MAX 4096 /* bounds the quadratic search for duplicates */

struct entry {
	size_t section; /* index into sections */
	size_t line;
	const char *key;
	const char *value;
};

struct ybh_conf {
	char *name; /* of the file, for messages */
	char *text;
	const char *sections[SECTIONS_MAX];
	size_t n_sections;
	struct entry *entries;
	size_t n_entries, room;
};

struct parser {
	struct ybh_conf *c;
	size_t line;
	char *err;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int
refuse(const struct parser *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (p->size == 0)
		return -1;
	n = snprintf(p->err, p->size, "%s:%zu: ", p->c->name, p->line);
	if (n < 0 || (size_t)n >= p->size)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(p->err + n, p->size - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

/* Cuts blanks (and the CR of a file written elsewhere) off both ends, in place. */
static char *
trim(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	n = strlen(s);
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r'))
		n--;
	s[n] = '\0';
	return s;
}

/* Letters, digits, "_", "-", "."; in a section name also single blanks between words. */
static bool
is_name(const char *s, bool blanks)
{
	char before = ' ';

	for (; *s != '\0'; s++) {
		bool word = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z')
		    || (*s >= '0' && *s <= '9') || *s == '_' || *s == '-' || *s == '.';

		if (!word && !(blanks && *s == ' ' && before != ' '))
			return false;
		before = *s;
	}
	return before != ' ';
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return true;
	return false;
}

static int
take_section(struct parser *p, char *s)
{
	struct ybh_conf *c = p->c;
	size_t n = strlen(s);

	if (s[n - 1] != ']')
		return refuse(p, "a section is written [name]");
	s[n - 1] = '\0';
	s = trim(s + 1);
	if (!is_name(s, true))
		return refuse(p, "a section name is words of letters, digits, '_', '-', '.'");
	for (size_t i = 0; i < c->n_sections; i++)
		if (strcmp(c->sections[i], s) == 0)
			return refuse(p, "section [%s] is there twice", s);
	if (c->n_sections == SECTIONS_MAX)
		return refuse(p, "more than %d sections", SECTIONS_MAX);
	c->sections[c->n_sections++] = s;
	return 0;
}

static int
take_key(struct parser *p, char *s)
{
	struct ybh_conf *c = p->c;
	char *eq = strchr(s, '=');
	struct entry e;

	if (eq == NULL)
		return refuse(p, "a line is \"key = value\", \"[section]\" or \"# comment\"");
	if (c->n_sections == 0)
		return refuse(p, "a key before the first [section]");
	*eq = '\0';
	e = (struct entry) { c->n_sections - 1, p->line, trim(s), trim(eq + 1) };
	if (!is_name(e.key, false))
		return refuse(p, "a key is of letters, digits, '_', '-', '.'");
	if (has_control(e.value))
		return refuse(p, "%s: a control character in the value", e.key);
	for (size_t i = c->n_entries; i-- > 0 && c->entries[i].section == e.section;)
		if (strcmp(c->entries[i].key, e.key) == 0)
			return refuse(p, "%s is there twice, first in line %zu", e.key,
			    c->entries[i].line);
	if (c->n_entries == KEYS_MAX)
		return refuse(p, "more than %d keys", KEYS_MAX);
	if (c->n_entries == c->room) {
		size_t room = c->room == 0 ? 64 : 2 * c->room;
		struct entry *more = realloc(c->entries, room * sizeof *more);

		if (more == NULL)
			return refuse(p, "no memory");
		c->entries = more;
		c->room = room;
	}
	c->entries[c->n_entries++] = e;
	return 0;
}

static int
take_lines(struct parser *p, size_t len)
{
	char *s = p->c->text;
	char *end = s + len;

	while (s < end) {
		char *eol = memchr(s, '\n', (size_t)(end - s));
		char *word;
		int rc = 0;

		if (eol == NULL)
			eol = end;
		p->line++;
		if (eol - s > LINE_MAX_BYTES)
			return refuse(p, "a line longer than %d bytes", LINE_MAX_BYTES);
		if (memchr(s, '\0', (size_t)(eol - s)) != NULL)
			return refuse(p, "a NUL byte");
		*eol = '\0'; /* the copy has one byte more than the text */
		word = trim(s);
		if (*word == '[')
			rc = take_section(p, word);
		else if (*word != '\0' && *word != '#')
			rc = take_key(p, word);
		if (rc != 0)
			return rc;
		s = eol + 1;
	}
	return 0;
}

static struct ybh_conf *
parse(const char *name, const char *text, size_t len, char *err, size_t size)
{
	struct parser p = { calloc(1, sizeof *p.c), 0, err, size };

	if (p.c != NULL) {
		p.c->name = strdup(name);
		p.c->text = malloc(len + 1);
	}
	if (p.c == NULL || p.c->name == NULL || p.c->text == NULL) {
		if (size > 0)
			(void)snprintf(err, size, "%s: no memory", name);
		ybh_conf_free(p.c);
		return NULL;
	}
	if (len > 0)
		memcpy(p.c->text, text, len);
	p.c->text[len] = '\0';
	if (take_lines(&p, len) != 0) {
		ybh_conf_free(p.c);
		return NULL;
	}
	return p.c;
}

struct ybh_conf *
ybh_conf_parse(const char *text, size_t len, char *err, size_t size)
{
	return parse("yobo.conf", text, len, err, size);
}

/* Bytes read, or -errno; -EFBIG when there are more than `room`. `shared`: not from where it is. */
static ssize_t
read_all(int fd, bool shared, char *buf, size_t room)
{
	size_t used = 0;

	for (;;) {
		ssize_t n = shared ? pread(fd, buf + used, room + 1 - used, (off_t)used)
				   : read(fd, buf + used, room + 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return (ssize_t)used;
		used += (size_t)n;
		if (used > room)
			return -EFBIG;
	}
}

static struct ybh_conf *
load(int fd, bool shared, const char *name, char *err, size_t size)
{
	struct ybh_conf *c = NULL;
	ssize_t n = fd < 0 ? -errno : -ENOMEM;
	char *buf = malloc(FILE_MAX + 1);

	if (fd >= 0 && buf != NULL)
		n = read_all(fd, shared, buf, FILE_MAX);
	if (n >= 0)
		c = parse(name, buf, (size_t)n, err, size);
	else if (size > 0)
		(void)snprintf(err, size, "%s: %s", name, strerrordesc_np((int)-n));
	free(buf);
	return c;
}

struct ybh_conf *
ybh_conf_load(const char *path, char *err, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct ybh_conf *c = load(fd, false, path, err, size);

	if (fd >= 0)
		(void)close(fd);
	return c;
}

struct ybh_conf *
ybh_conf_load_fd(int fd, const char *name, char *err, size_t size)
{
	errno = EBADF; /* what is wrong where there is none */
	return load(fd, true, name, err, size);
}

void
ybh_conf_free(struct ybh_conf *c)
{
	if (c == NULL)
		return;
	free(c->entries);
	free(c->text);
	free(c->name);
	free(c);
}

static const struct entry *
find(const struct ybh_conf *c, const char *section, const char *key)
{
	for (size_t i = 0; i < c->n_entries; i++) {
		const struct entry *e = &c->entries[i];

		if (strcmp(e->key, key) == 0 && strcmp(c->sections[e->section], section) == 0)
			return e;
	}
	return NULL;
}

const char *
ybh_conf_get(const struct ybh_conf *c, const char *section, const char *key, const char *otherwise)
{
	const struct entry *e = find(c, section, key);

	return e == NULL ? otherwise : e->value;
}

int
ybh_conf_long(const struct ybh_conf *c, const char *section, const char *key, long min, long max,
    long *ret, char *err, size_t size)
{
	const struct entry *e = find(c, section, key);
	char *end = NULL;
	bool plain;
	long v;

	if (e == NULL)
		return 0;
	/* strtol alone would take " +5" as well. */
	plain = (e->value[0] >= '0' && e->value[0] <= '9') || e->value[0] == '-';
	errno = 0;
	v = strtol(e->value, &end, 10);
	if (plain && errno == 0 && end != e->value && *end == '\0' && v >= min && v <= max) {
		*ret = v;
		return 0;
	}
	if (size > 0)
		(void)snprintf(err, size, "%s:%zu: [%s] %s: a whole number from %ld to %ld",
		    c->name, e->line, section, key, min, max);
	return -1;
}

const char *
ybh_conf_section(const struct ybh_conf *c, const char *prefix, size_t index)
{
	size_t n = strlen(prefix);

	for (size_t i = 0; i < c->n_sections; i++)
		if (strncmp(c->sections[i], prefix, n) == 0 && index-- == 0)
			return c->sections[i];
	return NULL;
}

const char *
ybh_conf_key(const struct ybh_conf *c, const char *section, size_t index)
{
	for (size_t i = 0; i < c->n_entries; i++) {
		const struct entry *e = &c->entries[i];

		if (strcmp(c->sections[e->section], section) == 0 && index-- == 0)
			return e->key;
	}
	return NULL;
}
