/*
 * mail.c - the outbox of mails (yb/mail.h), and the files its texts come from.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define TEXTS_MAX  256
#define TEXTS_SIZE ((size_t)8 << 20)
#define SUFFIX	   ".ja.txt"

struct ybh_mail_texts {
	struct yb_arena *arena;
	struct ybh_mail_text at[TEXTS_MAX];
	size_t n;
};

static const yb_query mail_put = {
	.name = "mail_put",
	.sql = "INSERT INTO core_mail (mail_id, area, template, recipient, message, next_us,"
	       " created_us) VALUES (?, ?, ?, ?, ?, ?, ?)",
	.nparams = 7,
	.tenant = YB_GLOBAL,
};

const yb_query *const ybh_mail_queries[] = { &mail_put, NULL };

/* ---- the texts ---- */

/* A whole small file; null: errno, or EFBIG. */
static yb_str
file_read(struct yb_arena *a, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *p = fd < 0 ? NULL : ybh_arena_alloc(a, YBH_MAIL_TEXT_MAX);
	size_t have = 0;
	ssize_t n = p == NULL ? -1 : 1;

	while (n > 0 && have < YBH_MAIL_TEXT_MAX) {
		n = read(fd, p + have, YBH_MAIL_TEXT_MAX - have);
		have += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		(void)close(fd); /* only read */
	if (n == 0)
		return (yb_str) { p, have };
	if (n > 0)
		errno = EFBIG;
	return (yb_str) { NULL, 0 };
}

/* "reset.ja.txt" -> "reset"; NULL: not the name of a text. */
static const char *
name_of(struct yb_arena *a, const char *file)
{
	size_t n = strspn(file, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (n == 0 || n > 40 || strcmp(file + n, SUFFIX) != 0)
		return NULL;
	return ybh_arena_cstr(a, (yb_str) { file, n });
}

static int
text_load(struct ybh_mail_texts *t, const char *dir, const char *area, const char *file, char *err,
    size_t size)
{
	struct ybh_mail_text *text = &t->at[t->n];
	yb_str path = ybh_arena_format(t->arena, "%s/%s/%s", dir, area, file), all;
	const char *why = NULL, *name = name_of(t->arena, file);

	if (name == NULL) {
		why = "its name is not NAME.ja.txt";
	} else if (t->n == TEXTS_MAX) {
		why = "one text too many";
	} else {
		all = file_read(t->arena, path.p);
		why = all.p == NULL ? "cannot be read" : ybh_mail_text_parse(all, text);
	}
	if (why != NULL) {
		(void)snprintf(err, size, "%s: %s", path.p, why);
		return -1;
	}
	text->area = ybh_arena_cstr(t->arena, yb_cstr(area));
	text->name = name;
	t->n++;
	return 0;
}

static int
area_load(struct ybh_mail_texts *t, const char *dir, const char *area, char *err, size_t size)
{
	yb_str path = ybh_arena_format(t->arena, "%s/%s", dir, area);
	DIR *d = opendir(path.p);
	const struct dirent *e;
	int rc = 0;

	if (d == NULL && errno == ENOENT)
		return 0;
	if (d == NULL) {
		(void)snprintf(err, size, "%s: cannot be read", path.p);
		return -1;
	}
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			rc = text_load(t, dir, area, e->d_name, err, size);
	(void)closedir(d);
	return rc;
}

struct ybh_mail_texts *
ybh_mail_texts_load(const char *dir, const char *const *areas, size_t n, char *err, size_t size)
{
	struct ybh_mail_texts *t = calloc(1, sizeof *t);
	int rc = 0;

	if (t != NULL)
		t->arena = ybh_arena_new(YBH_MAIL_TEXT_MAX * 2, TEXTS_SIZE);
	if (t == NULL || t->arena == NULL) {
		(void)snprintf(err, size, "no memory for the texts of mails");
		rc = -1;
	}
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = area_load(t, dir, areas[i], err, size);
	if (rc == 0)
		return t;
	ybh_mail_texts_free(t);
	return NULL;
}

void
ybh_mail_texts_free(struct ybh_mail_texts *t)
{
	if (t == NULL)
		return;
	ybh_arena_free(t->arena);
	free(t);
}

const struct ybh_mail_text *
ybh_mail_text_find(const struct ybh_mail_texts *t, const char *area, const char *name)
{
	for (size_t i = 0; t != NULL && i < t->n; i++)
		if (strcmp(t->at[i].area, area) == 0 && strcmp(t->at[i].name, name) == 0)
			return &t->at[i];
	return NULL;
}

/* ---- the outbox ---- */

yb_str
ybh_mail_place(struct yb_arena *a, const char *column, yb_uuid id)
{
	char text[40];

	(void)ybh_uuid_print(id, text);
	return ybh_arena_format(a, "core_mail/%s/%s", column, text);
}

static int
fault(yb_req *r, const char *mail, const char *why)
{
	ybh_log(YBH_ERR, "%s: mail %s.%s: %s", r->trace, r->match.loaded->module->name, mail, why);
	return yb_problem(r, "E-SYS-003");
}

static int
put(yb_req *r, const char *area, const char *mail, yb_str to, yb_str text)
{
	yb_uuid id = yb_uuid_new();
	yb_bytes recipient = yb_seal(r, ybh_mail_place(r->arena, "recipient", id), to);
	yb_bytes message = yb_seal(r, ybh_mail_place(r->arena, "message", id), text);

	return yb_db_exec(r, &mail_put,
		   YB_ARGS(yb_id(id), yb_text(yb_cstr(area)), yb_text(yb_cstr(mail)),
		       yb_blob(recipient), yb_blob(message), yb_at(r->now), yb_at(r->now)),
		   NULL) == 0
	    ? 0
	    : -1;
}

int
yb_mail(yb_req *r, const char *mail, yb_str to, const yb_mail_word *words, size_t n)
{
	const char *area = r->match.loaded->module->name, *why;
	const struct ybh_mail_text *text = ybh_mail_text_find(r->p->mails, area, mail);
	struct ybh_buf filled;
	int rc;

	if (text == NULL)
		return fault(r, mail, "there is no such text");
	if (!r->in_write)
		return fault(r, mail, "only what writes can send");
	if (to.p == NULL || to.len > 254 || yb_format_mail.check(to) != NULL)
		return fault(r, mail, "the recipient is not an address");
	ybh_buf_init(&filled, YBH_MAIL_TEXT_MAX);
	why = ybh_mail_text_fill(&filled, text, yb_base_url(r), words, n);
	rc = why != NULL ? fault(r, mail, why) : put(r, area, mail, to, ybh_buf_view(&filled));
	if (filled.p != NULL)
		ybh_wipe(filled.p, filled.len); /* a password for once may be in it */
	ybh_buf_free(&filled);
	return rc;
}
