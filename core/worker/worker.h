/*
 * worker.h - what the files of yobo-worker share.
 */
#ifndef YOBO_WORKER_H
#define YOBO_WORKER_H

#include <pthread.h>

#include "../lib/host.h"
#include "../lib/overlay.h"
#include "../supervisor/scoreboard.h"
#include "mailer.h"

/* Sanitizers map terabytes, run a symbolizer and trace themselves. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

#define MODULES_MAX 32
#define THREADS_MAX YBH_BOARD_THREADS
#define RUNNERS_MAX 16
#define ARENA_FIRST ((size_t)64 << 10)
#define ARENA_LIMIT ((size_t)64 << 20)
#define STATE_LIMIT ((size_t)64 << 20)
#define REPLY_MAX   ((size_t)4 << 20) /* the web server has room for it (yobo-fastcgi.conf) */
#define HEADERS_MAX ((size_t)16 << 10)

enum worker_exit {
	WORKER_OK = 0,
	WORKER_FAILED = 1, /* of --run: the timer's run */
	WORKER_USAGE = 64,
	WORKER_AWAY = 75,   /* EX_TEMPFAIL: database or keeper is not there; try again */
	WORKER_CONFIG = 78, /* EX_CONFIG: trying again would not help */
};

struct worker_args {
	const char *config, *pool, *listen_path;
	const char *run; /* "area.timer": only that, and now */
	int config_fd, listen_fd, board_fd, ready_fd; /* -1: none */
	unsigned slot;
	uint64_t generation;
	bool check, dry;
};

struct worker {
	struct worker_args args;
	struct ybh_conf *conf;
	char section[64]; /* "pool main" */
	struct ybh_account account;
	struct ybh_db_conf db_conf, run_conf; /* of requests; of timers and jobs */
	struct ybh_loaded loaded[MODULES_MAX];
	struct ybh_process process;
	struct ybh_board_worker *board; /* NULL: run by hand */
	int listen_fd, stop_fd;
	long threads, runners;
	pthread_t thread_ids[THREADS_MAX], runner_ids[RUNNERS_MAX], background_id;
	struct worker_mailer *mailer; /* NULL: no runners */
	char err[512];
};

/* ---- start.c: from configuration to a process that can serve ---- */

/* Loads the modules of one pool after those already there. 0 or an exit status, said. */
int worker_load(struct worker *w, const char *section, const yb_module **at, size_t *n, size_t max);
/* The texts of mails of some modules. 0 or an exit status, said. */
int worker_mails_load(struct worker *w, const yb_module *const *modules, size_t n);
int worker_start(struct worker *w);
void worker_stop(struct worker *w);
/* A thread's share: connection (as `db` says), keeper, chain, memory. false: no memory. */
bool worker_thread_init(struct worker *w, struct ybh_thread *t, unsigned number,
    const struct ybh_db_conf *db);
void worker_thread_done(struct ybh_thread *t);

/* ---- check.c: the check flight ---- */
int worker_check(struct worker *w);
/* core_schema against what the modules rely on. 0 or an exit status, said. */
int worker_schema(struct worker *w, struct ybh_db *db, struct yb_arena *a);

/* The worker a process description belongs to. */
struct worker *worker_of(struct ybh_process *p);

/* ---- runner.c ---- */

void *worker_runner(void *arg); /* struct worker_thread *, freed by it */
/* The timer args.run, now. An exit status, said; its figures on standard output. */
int worker_run_now(struct worker *w);

/* ---- seccomp.c ---- */

/* Forbids every thread of the process what it never needs. 1: the kernel cannot; -1: errno. */
int worker_seccomp(void);

/* ---- answer.c ---- */

/* Whether it fits one record of FastCGI, and nothing follows it. */
bool answer_fits(const struct ybh_output *out);
/* Writes one that fits, and the end of the request, in one write. Of a peer that has gone
 * nobody is told. */
void answer_at_once(int fd, int request_id, const struct ybh_output *out);

/* ---- thread.c, background.c ---- */
struct worker_thread {
	struct worker *worker;
	unsigned number;
};
void *worker_thread(void *arg); /* struct worker_thread *, freed by it */
void *worker_background(void *arg);
/* One round of what must be fresh before anything is served. 0 or negative. */
int worker_refresh(struct worker *w, struct ybh_thread *t);
/* Looks at the database's disk: is there room for writes? */
void worker_disk_look(struct worker *w);

#endif
