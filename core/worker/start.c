/*
 * start.c - from configuration to a process that can serve.
 */
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../lib/gather.h"

#if !defined YB_MODULES_DIR || !defined YB_MAIL_DIR
#error "YB_MODULES_DIR and YB_MAIL_DIR are where modules and texts of mails are installed"
#endif

#define PATIENCE_S 20 /* how long a starting worker waits for database and keeper */

static const char *
core_option(const struct worker *w, const char *name)
{
	return ybh_option(w->conf, "core", ybh_core_options, name);
}

static int
config_error(const struct worker *w)
{
	ybh_log(YBH_ERR, "%s", w->err);
	return WORKER_CONFIG;
}

static int
load_one(struct worker *w, yb_str area, const yb_module **ret)
{
	const char *dir = core_option(w, "modules_dir");
	char name[32];

	if (area.len == 0 || area.len >= sizeof name) {
		(void)snprintf(w->err, sizeof w->err, "[%s] areas: a bad name", w->section);
		return config_error(w);
	}
	memcpy(name, area.p, area.len);
	name[area.len] = '\0';
	*ret = ybh_module_load(dir[0] != '\0' ? dir : YB_MODULES_DIR, name, w->err, sizeof w->err);
	if (*ret == NULL || ybh_options_check(w->conf, name, (*ret)->options, w->err,
				sizeof w->err) < 0)
		return config_error(w);
	return WORKER_OK;
}

int
worker_load(struct worker *w, const char *section, const yb_module **at, size_t *n, size_t max)
{
	const char *areas = ybh_conf_get(w->conf, section, "areas", "");

	(void)snprintf(w->section, sizeof w->section, "%s", section);
	for (;;) {
		size_t len;
		int rc;

		areas += strspn(areas, ", \t");
		len = strcspn(areas, ", \t");
		if (len == 0)
			return WORKER_OK;
		if (*n == max) {
			(void)snprintf(w->err, sizeof w->err, "[%s] areas: too many", section);
			return config_error(w);
		}
		rc = load_one(w, (yb_str) { areas, len }, &at[*n]);
		if (rc != WORKER_OK)
			return rc;
		(*n)++;
		areas += len;
	}
}

/* The texts of mails of some modules. 0 or an exit status, said. */
int
worker_mails_load(struct worker *w, const yb_module *const *modules, size_t n)
{
	const char *dir = core_option(w, "mail_dir");
	const char *areas[MODULES_MAX];

	for (size_t i = 0; i < n; i++)
		areas[i] = modules[i]->name;
	ybh_mail_texts_free(w->process.mails);
	w->process.mails = ybh_mail_texts_load(dir[0] != '\0' ? dir : YB_MAIL_DIR, areas, n, w->err,
	    sizeof w->err);
	return w->process.mails == NULL ? config_error(w) : WORKER_OK;
}

bool
worker_thread_init(struct worker *w, struct ybh_thread *t, unsigned number,
    const struct ybh_db_conf *db)
{
	char host[40] = "", name[120];

	(void)gethostname(host, sizeof host - 1);
	(void)snprintf(name, sizeof name, "%s/%s/%d/%u", host, w->process.pool, (int)getpid(), number);
	*t = (struct ybh_thread) { .process = &w->process };
	t->db = ybh_db_new(db);
	t->keeper = ybh_keeper_new(core_option(w, "keeper_socket"));
	t->arena = ybh_arena_new(ARENA_FIRST, ARENA_LIMIT);
	t->chain = t->keeper == NULL ? NULL : ybh_chain_new(t->keeper, name);
	ybh_buf_init(&t->headers, HEADERS_MAX);
	ybh_buf_init(&t->reply, REPLY_MAX);
	ybh_buf_init(&t->scratch, REPLY_MAX);
	return t->db != NULL && t->keeper != NULL && t->arena != NULL && t->chain != NULL;
}

void
worker_thread_done(struct ybh_thread *t)
{
	if (t->arena != NULL)
		ybh_request_end(t);
	ybh_chain_free(t->chain, t->db);
	ybh_keeper_free(t->keeper);
	ybh_db_free(t->db);
	ybh_arena_free(t->arena);
	ybh_buf_free(&t->headers);
	ybh_buf_free(&t->reply);
	ybh_buf_free(&t->scratch);
}

/* A rate of the installation, of which this process has its share. */
static struct ybh_limiter *
limiter_of(struct worker *w, const char *name)
{
	int64_t rate = ybh_option_number(w->conf, "core", ybh_core_options, name);
	char section[64];
	long workers = 1;

	(void)snprintf(section, sizeof section, "pool %s", w->args.pool);
	if (ybh_conf_long(w->conf, section, "workers", 1, 1000, &workers, w->err, sizeof w->err) < 0)
		workers = 1; /* the supervisor has said so already */
	return ybh_limiter_new(rate > workers ? rate / workers : 1);
}

/* What a leak or a flood may cost the machine. */
static int
limits_set(struct worker *w)
{
	const rlim_t memory = (rlim_t)ybh_option_number(w->conf, "core", ybh_core_options,
	    "memory_mib") << 20;
	const rlim_t files = (rlim_t)ybh_option_number(w->conf, "core", ybh_core_options, "open_files");
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_max > files) {
		r = (struct rlimit) { files, files };
		if (setrlimit(RLIMIT_NOFILE, &r) != 0)
			return -1;
	}
#ifndef SANITIZED /* shadow memory takes terabytes of addresses */
	if (getrlimit(RLIMIT_AS, &r) == 0 && r.rlim_max > memory) {
		r = (struct rlimit) { memory, memory };
		if (setrlimit(RLIMIT_AS, &r) != 0)
			return -1;
	}
#else
	(void)memory;
#endif
	return 0;
}

/* What every request needs: tokens, keys for sealed columns, limits, options. */
static int
process_init(struct worker *w)
{
	struct ybh_process *p = &w->process;
	char audience[300];

	if (ybh_options_check(w->conf, "core", ybh_core_options, w->err, sizeof w->err) < 0)
		return config_error(w);
	if (limits_set(w) != 0) {
		(void)snprintf(w->err, sizeof w->err, "memory_mib or open_files cannot be set");
		return config_error(w);
	}
	p->conf = w->conf;
	p->pool = w->args.pool;
	p->base_url = core_option(w, "base_url");
	p->loaded = w->loaded;
	p->request_log = ybh_option_number(w->conf, "core", ybh_core_options, "request_log");
	p->queue_us = ybh_option_number(w->conf, "core", ybh_core_options, "queue_seconds") * 1000000;
	p->field_keys = ybh_field_keys_load(core_option(w, "field_keys"), w->err, sizeof w->err);
	if (p->field_keys == NULL)
		return config_error(w);
	(void)snprintf(audience, sizeof audience, "%s/api/v1", p->base_url);
	p->tokens = ybh_tokens_new(p->base_url, audience);
	if (p->tokens != NULL)
		ybh_tokens_stale_after(p->tokens,
		    ybh_option_number(w->conf, "core", ybh_core_options, "revocation_seconds"));
	p->clients = ybh_clients_new();
	p->state = ybh_arena_new(ARENA_FIRST, STATE_LIMIT);
	p->limiter = limiter_of(w, "rate_per_minute");
	p->strangers = limiter_of(w, "failures_per_minute");
	return p->tokens != NULL && p->clients != NULL && p->limiter != NULL &&
		p->strangers != NULL && p->state != NULL
	    ? WORKER_OK
	    : WORKER_AWAY;
}

/* What all pools together offer, as the check flight before this start has written it. */
static int
operations_read(struct worker *w)
{
	const char *dir = ybh_conf_get(w->conf, "yobod", "run_dir", "/run/yobo");
	char path[512];

	(void)snprintf(path, sizeof path, "%s/operations.json", dir);
	if (ybh_operations_load(w->process.state, path, &w->process.operations,
		&w->process.parameters) == 0)
		return WORKER_OK;
	(void)snprintf(w->err, sizeof w->err,
	    "operations.json cannot be read in run_dir: yobo-worker --check writes it");
	return config_error(w);
}

static int
pool_read(struct worker *w)
{
	const yb_module *modules[MODULES_MAX];
	char section[64];
	size_t n = 0;
	int rc;

	(void)snprintf(section, sizeof section, "pool %s", w->args.pool);
	w->threads = 4;
	w->runners = 0;
	if (ybh_conf_long(w->conf, section, "threads", 1, THREADS_MAX, &w->threads, w->err,
		sizeof w->err) < 0 ||
	    ybh_conf_long(w->conf, section, "runners", 0, RUNNERS_MAX, &w->runners, w->err,
		sizeof w->err) < 0 ||
	    ybh_account_read(w->conf, section, "yobo", &w->account, &w->db_conf, w->err,
		sizeof w->err) < 0)
		return config_error(w);
	w->db_conf.statement_s = (unsigned)ybh_option_number(w->conf, "core", ybh_core_options,
	    "statement_seconds");
	w->run_conf = w->db_conf;
	w->run_conf.statement_s = (unsigned)ybh_option_number(w->conf, "core", ybh_core_options,
	    "run_statement_seconds");
	if (w->threads + w->runners > THREADS_MAX) {
		(void)snprintf(w->err, sizeof w->err, "[%s] threads and runners: more than %d", section,
		    THREADS_MAX);
		return config_error(w);
	}
	rc = worker_load(w, section, modules, &n, MODULES_MAX);
	if (rc == WORKER_OK)
		rc = worker_mails_load(w, modules, n);
	for (size_t i = 0; i < n; i++)
		w->loaded[i].module = modules[i];
	if (n < MODULES_MAX)
		w->loaded[n++].module = &ybh_core_module;
	w->process.n_loaded = n;
	return rc;
}

static int
modules_start(struct worker *w, struct ybh_thread *t)
{
	for (size_t i = 0; i < w->process.n_loaded; i++) {
		struct ybh_loaded *l = &w->loaded[i];
		int rc = 0;

		if (l->module->start != NULL)
			rc = l->module->start(ybh_boot_request(t, l), &l->state);
		ybh_request_end(t);
		if (rc != 0) {
			ybh_log(YBH_ERR, "module %s does not start", l->module->name);
			return WORKER_AWAY;
		}
	}
	return WORKER_OK;
}

/* Keys and revocations must be known, and the schema right, before anything is served. */
static int
first_refresh(struct worker *w, struct ybh_thread *t)
{
	int rc = -1;

	for (int i = 0; i < PATIENCE_S * 4 && rc != 0; i++) {
		if (i > 0)
			(void)usleep(250000);
		rc = worker_refresh(w, t);
		ybh_arena_reset(t->arena);
	}
	if (rc != 0) {
		ybh_log(YBH_ERR, "no answer from database or keeper within %d s: %s", PATIENCE_S,
		    ybh_db_error(t->db));
		return WORKER_AWAY;
	}
	rc = worker_schema(w, t->db, t->arena);
	if (rc == WORKER_OK && ybh_overlay_refresh(&w->process, t->db, t->arena) != 0) {
		ybh_log(YBH_ERR, "parameters of masters: %s", ybh_db_error(t->db));
		rc = WORKER_AWAY;
	}
	ybh_arena_reset(t->arena);
	return rc;
}

/* The scoreboard's block of worker i, counted from our own. */
struct worker *
worker_of(struct ybh_process *p)
{
	return (struct worker *)(void *)((char *)p - offsetof(struct worker, process));
}

static const struct ybh_board_worker *
board_at(const struct ybh_process *p, size_t i)
{
	const struct worker *w = (const struct worker *)(const void *)((const char *)p -
	    offsetof(struct worker, process));

	return w->board + ((ptrdiff_t)i - (ptrdiff_t)w->args.slot);
}

static const struct ybh_metrics *
neighbour(const struct ybh_process *p, size_t i)
{
	const struct ybh_board_worker *n = board_at(p, i);

	return atomic_load_explicit(&n->pid, memory_order_relaxed) == 0 ? NULL : &n->metrics;
}

static size_t
busy_threads(const struct ybh_process *p, size_t i)
{
	const struct ybh_board_worker *n = board_at(p, i);
	size_t busy = 0;

	for (size_t k = 0; k < YBH_BOARD_THREADS; k++)
		if ((atomic_load_explicit(&n->slots[k].state, memory_order_relaxed) & 7) !=
		    YBH_STAGE_IDLE)
			busy++;
	return busy;
}

/* Counts live in the scoreboard, beside those of the other workers. */
static void
metrics_start(struct worker *w)
{
	struct ybh_process *p = &w->process;

	if (w->board == NULL)
		return;
	p->metrics = &w->board->metrics;
	p->n_neighbours = YBH_BOARD_WORKERS;
	p->neighbours = neighbour;
	p->busy = busy_threads;
	ybh_metrics_init(p->metrics, w->args.pool, w->loaded, p->n_loaded,
	    (uint64_t)(w->threads + w->runners));
}

/* Where the threads log what they read, together. */
static int
group_start(struct worker *w)
{
	char host[40] = "", name[120];

	(void)gethostname(host, sizeof host - 1);
	(void)snprintf(name, sizeof name, "%s/%s/%d/reads", host, w->process.pool, (int)getpid());
	w->process.group = ybh_group_new(&w->db_conf, core_option(w, "keeper_socket"), name);
	return w->process.group == NULL ? WORKER_AWAY : WORKER_OK;
}

/* Which reads of several requests are asked for as one. */
static int
gathers_start(struct worker *w)
{
	struct ybh_gathers *all = w->process.gathers = ybh_gathers_new();

	if (all == NULL)
		return WORKER_AWAY;
	for (size_t i = 0; i < w->process.n_loaded; i++)
		if (ybh_gathers_add(all, w->loaded[i].module->queries) != 0)
			return WORKER_AWAY;
	return WORKER_OK;
}

/* What runners need before the first of them. 0 or an exit status, said. */
static int
runners_start(struct worker *w, struct ybh_thread *t)
{
	int rc;

	if (w->runners == 0 && w->args.run == NULL)
		return WORKER_OK;
	rc = ybh_timers_start(t);
	ybh_arena_reset(t->arena);
	if (rc != 0) {
		ybh_log(YBH_ERR, "timers: %s", ybh_db_error(t->db));
		return WORKER_AWAY;
	}
	return worker_mailer_start(w);
}

int
worker_start(struct worker *w)
{
	struct ybh_thread t;
	int rc = process_init(w);

	if (rc == WORKER_OK)
		rc = operations_read(w);
	if (rc == WORKER_OK)
		rc = pool_read(w);
	if (rc == WORKER_OK)
		rc = group_start(w);
	if (rc == WORKER_OK)
		rc = gathers_start(w);
	if (rc != WORKER_OK)
		return rc;
	if (w->args.board_fd >= 0) {
		w->board = ybh_board_attach(w->args.board_fd, w->args.slot, w->args.generation);
		if (w->board == NULL)
			return WORKER_CONFIG;
	}
	metrics_start(w);
	rc = worker_thread_init(w, &t, 1000, &w->db_conf) ? first_refresh(w, &t) : WORKER_AWAY;
	if (rc == WORKER_OK)
		rc = modules_start(w, &t);
	if (rc == WORKER_OK)
		rc = runners_start(w, &t);
	worker_thread_done(&t);
	worker_disk_look(w);
	return rc;
}

void
worker_stop(struct worker *w)
{
	for (size_t i = 0; i < w->process.n_loaded; i++)
		if (w->loaded[i].module->stop != NULL && w->loaded[i].state != NULL)
			w->loaded[i].module->stop(w->loaded[i].state);
	ybh_group_free(w->process.group);
	ybh_gathers_free(w->process.gathers);
	worker_mailer_stop(w);
	ybh_mail_texts_free(w->process.mails);
	ybh_overlay_free(&w->process);
	ybh_arena_free(w->process.state);
	ybh_tokens_free(w->process.tokens);
	ybh_clients_free(w->process.clients);
	ybh_limiter_free(w->process.limiter);
	ybh_limiter_free(w->process.strangers);
	ybh_field_keys_free(w->process.field_keys);
}
