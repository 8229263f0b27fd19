/*
 * check.c - the check flight: would a worker start with this configuration and schema?
 *
 * Loads the modules of every pool, compares their routes with each other and their queries
 * with the schema, and writes the API document of exactly these modules beside the sockets,
 * with the list of their operations that the workers of all pools read.
 */
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct schema_row {
	yb_str area;
	int64_t number;
};

static const yb_field schema_record[] = {
	{ "area", YB_OF(struct schema_row, area) },
	{ "number", YB_OF(struct schema_row, number) },
	{ 0 },
};

static const yb_query schema_all = {
	.name = "schema_all",
	.sql = "SELECT area, number FROM core_schema",
	.row = schema_record,
	.row_size = sizeof(struct schema_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

static int
said(const struct worker *w)
{
	ybh_log(YBH_ERR, "%s", w->err);
	return WORKER_CONFIG;
}

static int64_t
applied(const yb_list *rows, const char *area)
{
	const struct schema_row *row = rows->items;

	for (size_t i = 0; i < rows->n; i++)
		if (yb_str_is(row[i].area, area))
			return row[i].number;
	return 0;
}

int
worker_schema(struct worker *w, struct ybh_db *db, struct yb_arena *a)
{
	yb_list rows;
	int rc = ybh_db_run(db, &schema_all, NULL, 0, a, 100, &rows, NULL);

	if (rc != 0) {
		(void)snprintf(w->err, sizeof w->err, "core_schema: %s", ybh_db_error(db));
		(void)said(w);
		return WORKER_AWAY;
	}
	for (size_t i = 0; i < w->process.n_loaded; i++) {
		const yb_module *m = w->loaded[i].module;
		int64_t have = applied(&rows, m->name);

		if (have < (int64_t)m->schema) {
			(void)snprintf(w->err, sizeof w->err,
			    "%s: schema %lld is older than %u: run yoboctl migrate", m->name,
			    (long long)have, m->schema);
			return said(w);
		}
	}
	return WORKER_OK;
}

/* Whether the pool of this section has runners, and so further rights. */
static bool
has_runners(const struct worker *w, const char *section)
{
	return strtol(ybh_conf_get(w->conf, section, "runners", "0"), NULL, 10) > 0;
}

/* [mail], which only a pool with runners uses. */
static int
mailer_check(struct worker *w, struct yb_arena *a)
{
	int rc;

	w->process.state = a;
	w->process.base_url = ybh_option(w->conf, "core", ybh_core_options, "base_url");
	rc = worker_mailer_start(w);
	worker_mailer_stop(w);
	w->process.state = NULL;
	return rc;
}

static int
queries_check(struct worker *w, struct ybh_db *db, const yb_query *const *q)
{
	for (; q != NULL && *q != NULL; q++)
		if (ybh_db_check(db, *q, w->err, sizeof w->err) != 0)
			return said(w);
	return WORKER_OK;
}

/* Schema and statements, seen with the pool's own account. */
static int
pool_check(struct worker *w, const char *section, const yb_module *const *modules, size_t n)
{
	const yb_query *const *const core[] = { ybh_session_queries, ybh_idem_queries,
		ybh_client_queries, ybh_statement_queries, ybh_org_queries, ybh_person_queries,
		ybh_mail_queries, ybh_core_module.queries };
	const yb_query *const *const more[] = { ybh_timer_queries, ybh_purge_queries,
		worker_mail_queries };
	struct yb_arena *a = ybh_arena_new(ARENA_FIRST, ARENA_LIMIT);
	struct ybh_db *db = NULL;
	int rc = WORKER_OK;

	if (ybh_account_read(w->conf, section, "yobo", &w->account, &w->db_conf, w->err,
		sizeof w->err) < 0)
		rc = said(w);
	else
		db = ybh_db_new(&w->db_conf);
	for (size_t i = 0; i < n; i++)
		w->loaded[i] = (struct ybh_loaded) { .module = modules[i] };
	w->process.n_loaded = n;
	if (rc == WORKER_OK)
		rc = db == NULL || a == NULL ? WORKER_AWAY : worker_schema(w, db, a);
	for (size_t i = 0; i < sizeof core / sizeof core[0] && rc == WORKER_OK; i++)
		rc = queries_check(w, db, core[i]);
	for (size_t i = 0; i < n && rc == WORKER_OK; i++)
		rc = queries_check(w, db, modules[i]->queries);
	for (size_t i = 0; has_runners(w, section) && i < sizeof more / sizeof more[0] &&
	     rc == WORKER_OK; i++)
		rc = queries_check(w, db, more[i]);
	for (size_t i = 0; has_runners(w, section) && ybh_job_queries[i] != NULL &&
	     rc == WORKER_OK; i++)
		rc = queries_check(w, db, ybh_job_queries[i]);
	if (rc == WORKER_OK)
		rc = worker_mails_load(w, modules, n);
	if (rc == WORKER_OK && has_runners(w, section))
		rc = mailer_check(w, a);
	ybh_db_free(db);
	ybh_arena_free(a);
	return rc;
}

static int
routes_check(struct worker *w, const yb_module *const *modules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			for (const yb_route *a = modules[i]->routes; a->path != NULL; a++)
				for (const yb_route *b = modules[j]->routes; b->path != NULL; b++)
					if (strcmp(a->id, b->id) == 0 ||
					    (a->method == b->method &&
						ybh_route_clash(a->path, b->path))) {
						(void)snprintf(w->err, sizeof w->err,
						    "%s: %s clashes with %s of %s", modules[i]->name,
						    a->id, b->id, modules[j]->name);
						return said(w);
					}
	return WORKER_OK;
}

/* Whole or not at all: the web server and starting workers read it at any time. */
static int
file_write(struct worker *w, const char *name, const struct ybh_buf *text)
{
	const char *dir = ybh_conf_get(w->conf, "yobod", "run_dir", "/run/yobo");
	char path[512], temporary[520];
	FILE *f;
	bool good;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	(void)snprintf(temporary, sizeof temporary, "%s.new", path);
	f = fopen(temporary, "we");
	good = f != NULL && !text->failed && fwrite(text->p, 1, text->len, f) == text->len;
	if (f != NULL && fclose(f) != 0)
		good = false;
	if (good && rename(temporary, path) == 0)
		return WORKER_OK;
	(void)snprintf(w->err, sizeof w->err, "%s cannot be written into run_dir", name);
	return said(w);
}

static int
documents_write(struct worker *w, const yb_module *const *modules, size_t n)
{
	struct ybh_buf text;
	int rc;

	ybh_buf_init(&text, REPLY_MAX);
	ybh_operations_print(&text, modules, n);
	rc = file_write(w, "operations.json", &text);
	ybh_buf_reset(&text);
	ybh_openapi(&text, modules, n, ybh_option(w->conf, "core", ybh_core_options, "base_url"));
	if (rc == WORKER_OK)
		rc = file_write(w, "openapi.json", &text);
	ybh_buf_free(&text);
	return rc;
}

/* Adds what is not there yet: a module may stand in several pools. */
static void
modules_add(const yb_module **at, size_t *n, const yb_module *const *more, size_t n_more)
{
	for (size_t i = 0; i < n_more; i++) {
		size_t k = 0;

		while (k < *n && at[k] != more[i])
			k++;
		if (k == *n && *n < MODULES_MAX - 1)
			at[(*n)++] = more[i];
	}
}

int
worker_check(struct worker *w)
{
	const yb_module *modules[MODULES_MAX], *pool[MODULES_MAX];
	const char *section;
	size_t n = 0;
	int rc = WORKER_OK;

	if (ybh_options_check(w->conf, "core", ybh_core_options, w->err, sizeof w->err) < 0)
		return said(w);
	for (size_t i = 0; rc == WORKER_OK; i++) {
		size_t n_pool = 0;

		section = ybh_conf_section(w->conf, "pool ", i);
		if (section == NULL)
			break;
		rc = worker_load(w, section, pool, &n_pool, MODULES_MAX - 1);
		if (rc == WORKER_OK)
			rc = routes_check(w, pool, n_pool);
		if (rc == WORKER_OK)
			rc = pool_check(w, section, pool, n_pool);
		if (rc == WORKER_OK)
			modules_add(modules, &n, pool, n_pool);
	}
	ybh_mail_texts_free(w->process.mails);
	w->process.mails = NULL;
	modules[n++] = &ybh_core_module;
	if (rc == WORKER_OK)
		rc = routes_check(w, modules, n);
	return rc == WORKER_OK ? documents_write(w, modules, n) : rc;
}
