/*
 * yobod.h - what the files of the supervisor share.
 *
 * A fleet is one reading of yobo.conf: its pools with their sockets and counters. What was read is
 * kept: whoever is started for it later finds the same, whatever has been written since. A worker
 * is one child process; its index in the table is its block in the scoreboard. There is
 * the fleet that serves and, during a reload, the one that is being started.
 */
#ifndef YOBOD_H
#define YOBOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "scoreboard.h"

#define SECOND_US   INT64_C(1000000)
#define POOLS_MAX   32
#define POOL_NAME_MAX   32
#define CRASHES_MAX 100
/* Of one configuration: two generations and some replacements must fit the scoreboard. */
#define WORKERS_MAX 48

#define EXIT_CONFIG 78 /* sysexits: EX_CONFIG */
#define EXIT_AWAY   75 /* EX_TEMPFAIL: database or keeper is not there; trying again helps */
#define EXIT_USAGE  64

enum { LOG_ERR = 3, LOG_WARN = 4, LOG_NOTICE = 5, LOG_INFO = 6 };

struct pool {
	char name[POOL_NAME_MAX + 1];
	long workers;
	int64_t request_timeout_us;
	bool batch;	/* SCHED_BATCH: its threads interrupt nobody */
	int listen_fd;	/* -1: not open */
	bool activated; /* the socket is systemd's: never unlinked */
	/* Back-off and crash limit. */
	unsigned failures; /* bad ends without 60 s of health between them */
	int64_t last_end_us, next_start_us;
	int64_t crashes[CRASHES_MAX]; /* ring of the last crash_limit moments */
	size_t n_crashes;
	bool stopped; /* crashed too often: not restarted until a reload */
};

struct fleet {
	unsigned long generation;
	int config_fd; /* the text it was read from, sealed */
	char run_dir[108];
	char worker[1024];
	char user[64];
	uid_t uid; /* what the workers run as */
	gid_t gid, socket_gid;
	mode_t socket_mode;
	char fixed[512]; /* what only a restart can change, as one text to compare */
	int64_t drain_us;
	size_t crash_limit;
	struct pool pools[POOLS_MAX];
	size_t n;
};

struct worker {
	pid_t pid;	   /* 0: the entry is free */
	struct pool *pool; /* NULL: told to end, counts no more */
	char pool_name[POOL_NAME_MAX + 1];
	unsigned long generation;
	int64_t started_us;
	bool ready;
	int ready_fd;	 /* -1: closed */
	int next_signal; /* sent at next_signal_us; 0: none */
	int64_t next_signal_us;
	uint64_t suspect; /* a slot's state that was too old at the last look */
};

enum phase { PHASE_CHECK, PHASE_START, PHASE_SERVE, PHASE_STOP };

struct yobod {
	const char *config;
	bool check_only;
	enum phase phase;
	struct fleet *current; /* serves; NULL before the first check has passed */
	struct fleet *next;    /* being checked (PHASE_CHECK) or started (PHASE_START) */
	unsigned long generation;
	struct worker workers[YBH_BOARD_WORKERS];
	struct ybh_board *board;
	int board_fd;
	pid_t check_pid;
	int64_t check_until_us; /* also the time limit of PHASE_START */
	bool reload_again;	/* SIGHUP came during a reload */
	bool announced;		/* READY=1 of the first generation is sent */
	int announce_fd;	/* the parent that waits for it, else -1 */
	int64_t watched_us;	/* last look at the scoreboard */
	char note[200];		/* last trouble, for STATUS */
	bool done;
	int exit_code;
};

/* notify.c */
int64_t mono_us(void);
void log_line(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Remembers $NOTIFY_SOCKET and $WATCHDOG_USEC. */
void notify_init(void);
bool notify_wanted(void);
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* WATCHDOG=1 when due. Milliseconds until the next one, at most `most`. */
int notify_watchdog(int64_t now, int most);

/* settings.c: NULL with a reason in err. Sockets are not open yet. */
struct fleet *fleet_load(const char *config, char *err, size_t size);
/* Whether yobod could start with it, as root or as somebody else; 0, or -1 with a reason in err. */
int fleet_check(const char *config, char *err, size_t size);
/* Its sockets are closed. NULL: nothing. */
void fleet_free(struct fleet *f);
struct pool *fleet_pool(struct fleet *f, const char *name);
bool fleet_has(const struct fleet *f, const struct pool *p);
size_t workers_wanted(const struct fleet *f);

/* sockets.c: 0, or -1 with a reason in err. */
int run_dir_prepare(const struct fleet *f, char *err, size_t size);
/* The lock held by a live yobod; never released by hand. */
int pid_file_take(const struct fleet *f, char *err, size_t size);
void pid_file_remove(const struct fleet *f);
/* Sockets handed over by systemd ($LISTEN_FDS, named like the pools). Number of them. */
unsigned activation_take(void);
/* Opens every pool's socket, or takes it over from the pool of that name in `before`. */
int sockets_open(struct fleet *f, struct fleet *before, char *err, size_t size);
/* Closes and unlinks what `keep` (NULL: nothing) does not have. */
void sockets_close(struct fleet *f, struct fleet *keep);

/* privileges.c: 0, or -1 with a reason in err. */
int privileges_drop(const struct fleet *f, char *err, size_t size);

/* spawn.c: the pid, or -1 with errno. */
pid_t spawn_check(const struct yobod *y, const struct fleet *f);
pid_t spawn_worker(const struct yobod *y, const struct fleet *f, unsigned slot, int ready_fd);

/* pool.c */
int worker_start(struct yobod *y, struct fleet *f, struct pool *p);
/* SIGQUIT, after drain_us SIGTERM, 5 s later SIGKILL; counts no more. */
void worker_drain(struct worker *w, int64_t drain_us);
/* The ready pipe has something to say. */
void worker_heard(struct worker *w);
void worker_died(struct yobod *y, struct worker *w, int status);
size_t workers_ready(const struct yobod *y, const struct fleet *f);
size_t workers_alive(const struct yobod *y);
/* Overdue signals, late starters, stuck slots, missing workers. */
void pools_tick(struct yobod *y, int64_t now);

/* reload.c */
void check_begin(struct yobod *y);
void check_ended(struct yobod *y, int status);
void reload_begin(struct yobod *y);
void reload_abort(struct yobod *y, const char *why);
void reload_tick(struct yobod *y, int64_t now);

#endif
