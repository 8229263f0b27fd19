/*
 * migrate_files.c - reads the migrations of every area from sql/.
 *
 * A migration is sql/<area>/NNNN_name.sql. Numbers begin at 1 and leave no gap; core comes
 * first, master second, the areas in the order of their names.
 */
#include "migrate.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 2000

void
sha256_hex(yb_str text, char out[65])
{
	unsigned char hash[32];

	ybh_sha256(text.p, text.len, hash);
	(void)ybh_hex(hash, sizeof hash, out);
	out[64] = '\0';
}

static bool
is_area(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789");

	return n > 0 && n <= MIGRATE_AREA_NAME && s[n] == '\0' && strcmp(s, "masters") != 0;
}

/* The number of "0001_name.sql"; 0: not a migration; -1: meant to be one. */
static int64_t
number_of(const char *file)
{
	size_t len = strlen(file), digits = strspn(file, "0123456789"), body;

	if (len < 5 || strcmp(file + len - 4, ".sql") != 0 || digits == 0)
		return 0;
	if (digits != 4 || file[4] != '_')
		return -1;
	body = strspn(file + 5, "abcdefghijklmnopqrstuvwxyz0123456789_");
	if (body == 0 || strcmp(file + 5 + body, ".sql") != 0)
		return -1;
	return strtoll(file, NULL, 10);
}

static int
rank(const char *area)
{
	return strcmp(area, "core") == 0 ? 0 : strcmp(area, "master") == 0 ? 1 : 2;
}

static int
migration_cmp(const void *a, const void *b)
{
	const struct migration *x = a, *y = b;
	int d = rank(x->area) - rank(y->area);

	if (d == 0)
		d = strcmp(x->area, y->area);
	if (d == 0)
		d = (x->number > y->number) - (x->number < y->number);
	return d;
}

static int
file_read(struct migrate *m, const char *area, const char *file, struct migrations *ret)
{
	struct yb_arena *a = m->c->arena;
	struct migration *f = &ret->at[ret->n];
	const char *err = NULL;

	*f = (struct migration) { .number = number_of(file) };
	if (f->number == 0)
		return 0; /* grants.sql and the like */
	if (ret->n == FILES_MAX) {
		ctl_error("%s: more than %d migrations", m->sql_dir, FILES_MAX);
		return 1;
	}
	f->area = area;
	f->file = ybh_arena_cstr(a, yb_cstr(file));
	f->name = ybh_arena_cstr(a, ybh_arena_format(a, "%s/%s", area, file));
	if (f->number < 0) {
		ctl_error("%s: a migration is called NNNN_name.sql, from 0001", f->name);
		return 1;
	}
	f->text = ctl_file(a,
	    ybh_arena_cstr(a, ybh_arena_format(a, "%s/%s", m->sql_dir, f->name)), MIGRATE_FILE_MAX,
	    &err);
	if (f->text.p == NULL) {
		ctl_error("%s: %s", f->name, err);
		return 1;
	}
	sha256_hex(f->text, f->sha256);
	ret->n++;
	return 0;
}

static int
area_read(struct migrate *m, const char *area, struct migrations *ret)
{
	yb_str path = ybh_arena_format(m->c->arena, "%s/%s", m->sql_dir, area);
	DIR *d = opendir(ybh_arena_cstr(m->c->arena, path));
	const struct dirent *e;
	int errors = 0;

	if (d == NULL)
		return 0; /* a file, not an area */
	while ((e = readdir(d)) != NULL)
		errors += file_read(m, area, e->d_name, ret);
	(void)closedir(d);
	return errors;
}

/* A number missing or given twice. */
static int
check_order(const struct migrations *files)
{
	int64_t expected = 1;
	int errors = 0;

	for (size_t i = 0; i < files->n; i++) {
		const struct migration *f = &files->at[i];

		if (i > 0 && strcmp(f->area, f[-1].area) != 0)
			expected = 1;
		if (f->number != expected) {
			ctl_error("%s: %s (expected %04lld)", f->name,
			    f->number < expected ? "this number is there twice"
						 : "a migration before it is missing",
			    (long long)expected);
			errors++;
		}
		expected = f->number + 1;
	}
	return errors;
}

int
migrations_read(struct migrate *m, struct migrations *ret)
{
	DIR *d = opendir(m->sql_dir);
	const struct dirent *e;
	int errors = 0;

	ret->at = ybh_arena_must(m->c->arena, (FILES_MAX + 1) * sizeof *ret->at);
	ret->n = 0;
	if (d == NULL) {
		ctl_error("[migrate] sql_dir %s: %s", m->sql_dir, ctl_errno());
		return 1;
	}
	while ((e = readdir(d)) != NULL) {
		const char *area = ybh_arena_cstr(m->c->arena, yb_cstr(e->d_name));

		if (is_area(area))
			errors += area_read(m, area, ret);
	}
	(void)closedir(d);
	qsort(ret->at, ret->n, sizeof *ret->at, migration_cmp);
	errors += check_order(ret);
	if (ret->n == 0 || strcmp(ret->at[0].area, "core") != 0) {
		ctl_error("%s: there is no core/0001_*.sql", m->sql_dir);
		errors++;
	}
	return errors;
}
