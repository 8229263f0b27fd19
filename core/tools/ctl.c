/*
 * ctl.c - what the commands of yoboctl share: messages, files, connections, modules, tables.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strerrordesc_np */
#endif

#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
ctl_error(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("yoboctl: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

const char *
ctl_errno(void)
{
	const char *text = strerrordesc_np(errno);

	return text == NULL ? "unknown error" : text;
}

yb_str
ctl_word(struct yb_arena *a, const char **list)
{
	const char *p = *list + strspn(*list, ", \t");
	size_t n = strcspn(p, ", \t");

	*list = p + n;
	if (n == 0)
		return (yb_str) { NULL, 0 };
	return yb_cstr(ybh_arena_cstr(a, (yb_str) { p, n }));
}

static ssize_t
read_all(int fd, char *p, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, p + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

yb_str
ctl_file(struct yb_arena *a, const char *path, size_t max, const char **err)
{
	yb_str none = { NULL, 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	ssize_t n = -1;
	char *p;

	if (fd < 0) {
		*err = ctl_errno();
		return none;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (size_t)st.st_size > max) {
		*err = "not a regular file, or larger than expected";
		(void)close(fd);
		return none;
	}
	p = ybh_arena_must(a, (size_t)st.st_size + 1);
	n = read_all(fd, p, (size_t)st.st_size);
	(void)close(fd); /* only read */
	if (n == (ssize_t)st.st_size)
		return (yb_str) { p, (size_t)n };
	*err = n < 0 ? ctl_errno() : "changed while it was read";
	return none;
}

/* ---- connections ---- */

int
ctl_account(const struct ctl *c, const char *section, const char *otherwise,
    struct ctl_account *ret)
{
	struct stat st;
	char err[512];

	*ret = (struct ctl_account) { .section = section };
	ret->password_file = ybh_conf_get(c->conf, section, "db_password_file", NULL);
	if (ret->password_file != NULL && stat(ret->password_file, &st) == 0 &&
	    (st.st_mode & S_IRWXO) != 0) {
		ctl_error("[%s] db_password_file %s: must not be open to others (mode 0600, 0640)",
		    section, ret->password_file);
		return -1;
	}
	if (ybh_account_read(c->conf, section, otherwise, &ret->login, &ret->db, err,
		sizeof err) == 0)
		return 0;
	ctl_error("[%s] %s", section, err);
	return -1;
}

const char *
ctl_schema(const struct ctl *c)
{
	const char *name = ybh_conf_get(c->conf, "db", "name", "yobo");
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (n > 0 && n <= 64 && name[n] == '\0')
		return name;
	ctl_error("[db] name: lower case letters, digits and _ only");
	return NULL;
}

struct ybh_db *
ctl_connect(const struct ctl_account *account, const char *schema, unsigned statement_s,
    const char **err)
{
	static char text[512];
	struct ybh_db_conf d = account->db;
	struct ybh_db *db;

	/* The copy of an account has its own text: what is lent must be this one's. */
	d.user = account->login.user;
	d.password = account->login.password;
	d.statement_s = statement_s;
	if (schema != NULL)
		d.name = schema;
	db = ybh_db_new(&d);
	if (db != NULL && ybh_db_ready(db) == 0)
		return db;
	(void)snprintf(text, sizeof text, "database, as %s: %s", d.user,
	    db == NULL ? "no memory" : ybh_db_error(db));
	*err = text;
	ybh_db_free(db);
	return NULL;
}

/* ---- modules ---- */

static int
pool_load(const struct ctl *c, const char *section, struct ctl_modules *ret)
{
	const char *dir = ybh_option(c->conf, "core", ybh_core_options, "modules_dir");
	const char *list = ybh_conf_get(c->conf, section, "areas", "");
	int errors = 0;
	char err[512];
	yb_str area;

	if (dir == NULL || dir[0] == '\0')
		dir = YB_MODULES_DIR;
	while ((area = ctl_word(c->arena, &list)).p != NULL) {
		const yb_module *m;

		if (ret->n == CTL_MODULES_MAX - 1) {
			ctl_error("[%s] areas: more than %d in all", section,
			    CTL_MODULES_MAX - 1);
			return errors + 1;
		}
		m = ybh_module_load(dir, area.p, err, sizeof err);
		if (m == NULL) {
			ctl_error("[%s] %s", section, err);
			errors++;
			continue;
		}
		ret->pool[ret->n] = section;
		ret->at[ret->n++] = m;
	}
	return errors;
}

int
ctl_modules_load(const struct ctl *c, struct ctl_modules *ret)
{
	const char *section;
	int errors = 0;

	*ret = (struct ctl_modules) { .n = 0 };
	for (size_t i = 0; (section = ybh_conf_section(c->conf, "pool ", i)) != NULL; i++)
		errors += pool_load(c, section, ret);
	ret->pool[ret->n] = "pool *";
	ret->at[ret->n++] = &ybh_core_module;
	return errors;
}

bool
ctl_module_first(const struct ctl_modules *m, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (m->at[k] == m->at[i])
			return false;
	return true;
}

/* ---- a table on paper ---- */

void
ctl_table_init(struct ctl_table *t, struct yb_arena *a, size_t columns)
{
	*t = (struct ctl_table) { .a = a, .columns = columns };
}

void
ctl_table_row(struct ctl_table *t, ...)
{
	va_list ap;

	if (t->n == t->room) {
		size_t room = t->room == 0 ? 64 : t->room * 2;
		yb_str *cells = ybh_arena_must(t->a, room * t->columns * sizeof *cells);

		if (t->n > 0)
			memcpy(cells, t->cells, t->n * t->columns * sizeof *cells);
		t->cells = cells;
		t->room = room;
	}
	va_start(ap, t);
	for (size_t i = 0; i < t->columns; i++) {
		const char *s = va_arg(ap, const char *);

		t->cells[t->n * t->columns + i] =
		    ybh_arena_copy(t->a, yb_cstr(s == NULL || s[0] == '\0' ? "-" : s));
	}
	va_end(ap);
	t->n++;
}

/* Columns of a terminal; what takes three bytes or more is taken for wide. */
static size_t
text_width(yb_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char b = (unsigned char)s.p[i];

		n += (b & 0xc0) == 0x80 ? 0 : b >= 0xe0 ? 2 : 1;
	}
	return n;
}

void
ctl_table_print(const struct ctl_table *t)
{
	size_t width[CTL_COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < t->n * t->columns; i++) {
		size_t w = text_width(t->cells[i]);

		if (w > width[i % t->columns])
			width[i % t->columns] = w;
	}
	for (size_t i = 0; i < t->n * t->columns; i++) {
		bool last = (i + 1) % t->columns == 0;
		size_t pad = last ? 0 : width[i % t->columns] - text_width(t->cells[i]) + 2;

		(void)printf("%.*s%*s%s", (int)t->cells[i].len, t->cells[i].p, (int)pad, "",
		    last ? "\n" : "");
	}
}
