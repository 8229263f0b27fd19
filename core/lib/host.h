/*
 * host.h - the second circle: what our own processes, tools and tests may also call.
 *
 * Modules see yb/ only. This header gathers ybh_ and says what a running worker is made of.
 */
#ifndef YBH_HOST_H
#define YBH_HOST_H

#include <stdatomic.h>

#include <yb/disclose.h>
#include <yb/format.h>
#include <yb/mail.h>
#include <yb/module.h>
#include <yb/org.h>
#include <yb/password.h>
#include <yb/run.h>
#include <yb/session.h>
#include <yb/token.h>

#include "arena.h"
#include "audit.h"
#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "dbconn.h"
#include "json.h"
#include "keeper.h"
#include "log.h"
#include "mail_text.h"
#include "metrics.h"
#include "tokens.h"

/* ---- the error catalogue (catalogue.def) ---- */

struct ybh_problem {
	const char *id;	  /* "E-REC-001" */
	int status;	  /* HTTP */
	const char *ja;	  /* title in Japanese: the brief's words */
	const char *en;	  /* the same in English */
	const char *ja_next; /* what to do now */
	const char *en_next;
};
/* NULL: not in the catalogue. */
const struct ybh_problem *ybh_problem_find(const char *id);
/* All of them, in the file's order; NULL after the last. */
const struct ybh_problem *ybh_problem_at(size_t index);

/* ---- core parameters and a module's options ---- */

extern const yb_option ybh_core_options[]; /* section [core] of yobo.conf */
/* The value of an option: yobo.conf, else the default. NULL: no such option. */
const char *ybh_option(const struct ybh_conf *c, const char *area, const yb_option *options,
    const char *name);
/* The same as a number already checked by ybh_options_check. */
int64_t ybh_option_number(const struct ybh_conf *c, const char *area, const yb_option *options,
    const char *name);
/* Every key of [area x] is known and in range. -1: err says which is not. */
int ybh_options_check(const struct ybh_conf *c, const char *area, const yb_option *options,
    char *err, size_t size);

/* ---- an account of the database, as yobo.conf names it ---- */

/* The first line of a file that holds a password, terminated, less than `size`. -1: err. */
int ybh_password_read(const char *path, char *out, size_t size, char *err, size_t err_size);

struct ybh_account {
	char user[80], password[256];
};
/*
 * db_user and db_password_file of `section` with the server of [db]; *ret lends from c and
 * from *account. -1: err.
 */
int ybh_account_read(const struct ybh_conf *c, const char *section, const char *default_user,
    struct ybh_account *account, struct ybh_db_conf *ret, char *err, size_t size);

/* ---- modules ---- */

struct ybh_loaded {
	const yb_module *module;
	void *state; /* of its start hook */
};

/*
 * Checks the constant: ABI, size, name, and every route, query and option by the rules of
 * yb/module.h. 0, or -EINVAL with "file: field: rule" in err.
 */
int ybh_module_check(const yb_module *m, const char *name, char *err, size_t size);
/* dlopen("<dir>/<name>.so") and the check above. Never closed. NULL: err. */
const yb_module *ybh_module_load(const char *dir, const char *name, char *err, size_t size);

/* The core's own routes: health. Part of every worker. */
extern const yb_module ybh_core_module;

/* ---- routes ---- */

#define YBH_PATH_PARAMS 4

struct ybh_match {
	const yb_route *route;
	const struct ybh_loaded *loaded;
	yb_str names[YBH_PATH_PARAMS], values[YBH_PATH_PARAMS]; /* values still percent-encoded */
	size_t n;
};
enum ybh_route_result { YBH_ROUTE_FOUND, YBH_ROUTE_NO_PATH, YBH_ROUTE_NO_METHOD };
/* path: as sent, without the query. allow (for 405) gets the methods of the path. */
enum ybh_route_result ybh_route_match(const struct ybh_loaded *loaded, size_t n, yb_str path,
    enum yb_method method, struct ybh_match *ret, char allow[64]);
enum yb_method ybh_method(yb_str name);
const char *ybh_method_name(enum yb_method m);
/* Two patterns that could match the same path. */
bool ybh_route_clash(const char *a, const char *b);

/* The API document (OpenAPI 3.1) of these modules. */
void ybh_openapi(struct ybh_buf *out, const yb_module *const *modules, size_t n,
    const char *base_url);

/*
 * Which operations these modules open to which roles, and the numbers that masters may set
 * (yb/parameter.h), for the workers of all pools.
 */
void ybh_operations_print(struct ybh_buf *out, const yb_module *const *modules, size_t n);
/* Reads that file again; what is returned lives in `a`. -1: it is not there or not whole. */
int ybh_operations_load(struct yb_arena *a, const char *path, const yb_list **ret_operations,
    const yb_list **ret_parameters);

/* ---- a process that serves ---- */

struct ybh_process { /* shared by the threads; read-only after start but for its own locks */
	const struct ybh_conf *conf;
	const char *pool;
	const char *base_url;
	struct ybh_loaded *loaded;
	size_t n_loaded;
	struct ybh_tokens *tokens;
	struct ybh_field_keys *field_keys;
	struct ybh_limiter *limiter, *strangers;
	struct ybh_clients *clients;
	struct ybh_group *group; /* where reads are logged; NULL: on the thread's own chain */
	struct ybh_gathers *gathers; /* reads of several requests as one; NULL: each alone */
	struct yb_arena *state; /* of the modules; only their start hooks allocate */
	const yb_list *operations; /* of all pools, for yb/permission.h */
	const yb_list *parameters; /* of all areas, for yb/parameter.h */
	_Atomic(struct ybh_overlay *) overlay; /* what masters set, see overlay.h; NULL: nothing */
	struct ybh_mail_texts *mails; /* of the loaded areas; NULL: none are known */
	int64_t request_log; /* 1: a line per request */
	int64_t queue_us; /* a request that waited longer for a thread is refused */
	atomic_bool disk_low; /* the background thread's: writes are refused */
	atomic_bool stopping; /* runner threads: end after this step */
	/* Counts of this worker and its neighbours; the worker says where they are. */
	struct ybh_metrics *metrics;
	size_t n_neighbours;
	const struct ybh_metrics *(*neighbours)(const struct ybh_process *p, size_t i);
	size_t (*busy)(const struct ybh_process *p, size_t i);
};

struct ybh_thread { /* one per thread */
	struct ybh_process *process;
	struct ybh_db *db;
	struct ybh_keeper *keeper;
	struct ybh_chain *chain;
	struct yb_arena *arena;
	struct ybh_buf reply; /* body of the answer under construction */
	struct ybh_buf scratch, headers;
	struct yb_req *req;
	/*
	 * Called when a request or a step of a run is known by name, and when a step has ended, for
	 * the scoreboard; NULL: nobody asks.
	 */
	void (*named)(struct ybh_thread *t, const char *operation, const char *trace);
	void (*ended)(struct ybh_thread *t);
};

/* What the web server handed over, already parsed into name/value pairs. */
struct ybh_input {
	const char *const *params; /* "NAME=value", NULL-ended, as FastCGI gives them */
	int64_t (*read)(void *arg, void *buf, size_t size); /* body; 0 at the end, < 0 broken */
	void *arg;
};
struct ybh_output {
	int status;
	yb_str headers; /* complete header block without the blank line, CRLF lines */
	yb_str body;
	/*
	 * After the body: the next bytes, lent until the next call; 0 at the end, negative when
	 * it broke off, which the length in the headers shows. NULL: nothing follows.
	 */
	int64_t (*more)(void *arg, const void **ret);
	void *arg;
};
/*
 * The whole pipeline of security 9.1 for one request: limits, parse, route, authn, authz,
 * reach, CSRF, step-up, idempotency, transaction, handler, access log, answer. What *out
 * lends lives until ybh_request_end. Always answers something.
 */
void ybh_serve(struct ybh_thread *t, const struct ybh_input *in, struct ybh_output *out);
/* After the answer was sent (or could not be): logs, resets the arena. */
void ybh_request_end(struct ybh_thread *t);

/* A request without caller or peer, for start hooks; ended by ybh_request_end. */
yb_req *ybh_boot_request(struct ybh_thread *t, const struct ybh_loaded *l);

/* ---- work without a request: timers and jobs (yb/run.h) ---- */

#define YBH_RUN_COUNTS 8

struct ybh_run_count {
	const char *name;
	int64_t n;
};

/* What lasts from the first step of a run to its last. */
struct ybh_run {
	const struct ybh_loaded *loaded; /* whose options and state the steps see */
	const yb_route *route; /* of the steps: id, handler, function, action, reach; YB_WRITES */
	yb_caller caller;      /* its texts outlive the run */
	bool dry;	       /* nothing is kept */
	void *arg;	       /* for the handler's own side of the core */
	void *state;	       /* yb_run_state: the run's, freed by ybh_run_end */
	size_t state_size;
	bool again;	       /* out: the last step asked for another */
	const char *problem;   /* out: catalogue id of the step that failed; NULL */
	struct ybh_run_count counts[YBH_RUN_COUNTS], before[YBH_RUN_COUNTS];
};
/*
 * One step: a transaction around route->handler with its row of the access log, tried again
 * like a request that met a deadlock. 0, or -1 with run->problem set and nothing kept. What
 * the step allocated ends with it.
 */
int ybh_run_step(struct ybh_thread *t, struct ybh_run *run) YB_MUST_USE;
/* Frees what the run kept between its steps. */
void ybh_run_end(struct ybh_run *run);

/*
 * A source of work of a pool with runners, polled by its runner threads twice a second: true when
 * it did something and may have more. A long piece looks at ybh_work_stopping between its steps.
 */
typedef bool ybh_work_fn(struct ybh_thread *t);
bool ybh_timers_work(struct ybh_thread *t);
bool ybh_jobs_work(struct ybh_thread *t);
/* The process drains: end after this step, give back the lease. */
bool ybh_work_stopping(const struct ybh_thread *t);

/* ---- timers (timer.c) ---- */

/* How a run in the foreground ended. */
enum ybh_timer_end {
	YBH_TIMER_DONE,
	YBH_TIMER_FAILED,  /* logged; due again in a minute, or later after several failures */
	YBH_TIMER_STOPPED, /* asked to end, or the lease was lost: due again at once */
	YBH_TIMER_BUSY,	   /* running elsewhere */
	YBH_TIMER_UNKNOWN, /* no loaded module has it */
	YBH_TIMER_AWAY,	   /* the database does not answer */
};
/* "area.name" of the i-th timer of the loaded modules; NULL: there are no more. */
const yb_timer *ybh_timer_at(const struct ybh_process *p, size_t i, char name[64]);
/* When it is due next after `now_us`. */
int64_t ybh_timer_next(const yb_timer *timer, int64_t now_us);
/* A row for every timer, before the first runner. 0 or a negative of dbconn.h. */
int ybh_timers_start(struct ybh_thread *t);
/* Runs one now, due or not. counts: of the run's report, names NULL where there are fewer. */
enum ybh_timer_end ybh_timer_now(struct ybh_thread *t, const char *name, bool dry,
    struct ybh_run_count counts[YBH_RUN_COUNTS]);
/* Copies the last successes into the metrics of this worker. */
void ybh_timers_count(struct ybh_thread *t);

/* The core's own statements, checked like a module's; NULL-ended lists. */
extern const yb_query *const *const ybh_job_queries[]; /* lists; of a pool with runners */
extern const yb_query *const ybh_session_queries[];
extern const yb_query *const ybh_idem_queries[];
extern const yb_query *const ybh_client_queries[];
extern const yb_query *const ybh_statement_queries[];
extern const yb_query *const ybh_org_queries[];
extern const yb_query *const ybh_person_queries[];
extern const yb_query *const ybh_mail_queries[];
/* The same, of a pool with runners only: its account may do more. */
extern const yb_query *const ybh_timer_queries[];
extern const yb_query *const ybh_purge_queries[];

/* What is known of API clients, for a few seconds. */
struct ybh_clients *ybh_clients_new(void);
void ybh_clients_free(struct ybh_clients *c);

void ybh_metrics_init(struct ybh_metrics *m, const char *pool, const struct ybh_loaded *loaded,
    size_t n, uint64_t threads);
/* NULL is fine: nobody counts. */
void ybh_metrics_count(struct ybh_metrics *m, enum ybh_counter what);
/* All workers' counts as OpenMetrics text. */
void ybh_metrics_print(struct ybh_buf *b, const struct ybh_process *p);

/* Machine rate limits (E-TKN-004): 0 go on, else seconds to wait. NULL limiter: 0. */
struct ybh_limiter *ybh_limiter_new(int64_t per_minute);
void ybh_limiter_free(struct ybh_limiter *l);
unsigned ybh_limiter_take(struct ybh_limiter *l, int64_t client, int64_t mono_us);

#endif
