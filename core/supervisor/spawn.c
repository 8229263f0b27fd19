/*
 * spawn.c - fork and exec of a worker: what it inherits, and nothing else.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "yobod.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define FIRST_FD 3 /* configuration, listener, scoreboard, ready pipe */
#define FDS_MAX	 4
#define HIGH_FD	 64 /* out of the way while they are put in place */

/* Arguments or environment: texts in one buffer, and the array exec wants. */
struct strings {
	char *v[48];
	size_t n;
	char text[8192];
	size_t used;
	bool full;
};

__attribute__((format(printf, 2, 3))) static void
add(struct strings *s, const char *fmt, ...)
{
	size_t room = sizeof s->text - s->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->text + s->used, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room || s->n + 1 == sizeof s->v / sizeof *s->v) {
		s->full = true;
		return;
	}
	s->v[s->n++] = s->text + s->used;
	s->v[s->n] = NULL;
	s->used += (size_t)n + 1;
}

#ifdef YB_DEVELOPER
/* Sanitizers and a false clock reach the workers of a developer's build only. */
static void
add_developer(struct strings *env)
{
	static const char *const names[] = { "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=",
		"TSAN_OPTIONS=", "FAKETIME", "LD_PRELOAD=" };

	for (char **e = environ; *e != NULL; e++)
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (strncmp(*e, names[i], strlen(names[i])) == 0)
				add(env, "%s", *e);
}
#endif

static void
make_environment(struct strings *env)
{
	add(env, "PATH=/usr/bin:/bin");
	add(env, "LANG=C.UTF-8");
	add(env, "TZ=UTC");
	/* libfcgi waits 2 s for a peer that neither speaks nor closes; ours is nginx. */
	add(env, "LIBFCGI_OS_CLOSE_POLL_TIMEOUT=200");
	add(env, "LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT=200");
#ifdef YB_DEVELOPER
	add_developer(env);
#endif
}

static int
place_fds(const int *fds, int n)
{
	int high[FDS_MAX];

	for (int i = 0; i < n; i++)
		if ((high[i] = fcntl(fds[i], F_DUPFD, HIGH_FD)) < 0)
			return -1;
	for (int i = 0; i < n; i++)
		if (dup2(high[i], FIRST_FD + i) < 0) /* without close-on-exec */
			return -1;
	return 0;
}

/* Signals as a fresh process has them, and a session that the terminal's ^C does not reach. */
static int
reset_signals(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL); /* refused for KILL, STOP and libc's own */
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0 && setsid() >= 0 ? 0 : -1;
}

/* A kernel or a container that does not allow it costs speed, not the worker. */
static void
schedule_as(const struct pool *p)
{
	const struct sched_param none = { 0 };

	if (p != NULL && p->batch && sched_setscheduler(0, SCHED_BATCH, &none) != 0)
		log_line(LOG_WARN, "pool %s: scheduling = batch: %s", p->name,
		    strerrordesc_np(errno));
}

static _Noreturn void
child(pid_t parent, const struct pool *p, const int *fds, int n, char *const argv[],
    char *const env[])
{
	const struct rlimit no_core = { 0, 0 };

	schedule_as(p);
	if (reset_signals() == 0 && place_fds(fds, n) == 0
	    && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0
	    && getppid() == parent /* else it died before it could take us along */
	    && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &no_core) == 0
	    && close_range(FIRST_FD + (unsigned)n, ~0U, 0) == 0)
		(void)execve(argv[0], argv, env);
	log_line(LOG_ERR, "%s: cannot be run: %s", argv[0], strerrordesc_np(errno));
	_exit(127);
}

/* p: NULL for a check. */
static pid_t
spawn(const struct pool *p, const int *fds, int n, struct strings *argv)
{
	struct strings env = { 0 };
	pid_t parent = getpid();
	pid_t pid;

	make_environment(&env);
	if (argv->full || env.full) {
		errno = E2BIG;
		return -1;
	}
	pid = fork();
	if (pid == 0)
		child(parent, p, fds, n, argv->v, env.v);
	return pid;
}

static void
make_arguments(struct strings *argv, const struct yobod *y, const struct fleet *f)
{
	add(argv, "%s", f->worker);
	add(argv, "--config-fd");
	add(argv, "%d", FIRST_FD);
	add(argv, "--config"); /* what messages call it */
	add(argv, "%s", y->config);
}

pid_t
spawn_check(const struct yobod *y, const struct fleet *f)
{
	struct strings argv = { 0 };

	make_arguments(&argv, y, f);
	add(&argv, "--check");
	return spawn(NULL, &f->config_fd, 1, &argv);
}

pid_t
spawn_worker(const struct yobod *y, const struct fleet *f, unsigned slot, int ready_fd)
{
	const struct pool *p = y->workers[slot].pool;
	const int fds[FDS_MAX] = { f->config_fd, p->listen_fd, y->board_fd, ready_fd };
	struct strings argv = { 0 };

	make_arguments(&argv, y, f);
	add(&argv, "--pool");
	add(&argv, "%s", p->name);
	add(&argv, "--listen-fd");
	add(&argv, "%d", FIRST_FD + 1);
	add(&argv, "--scoreboard-fd");
	add(&argv, "%d", FIRST_FD + 2);
	add(&argv, "--ready-fd");
	add(&argv, "%d", FIRST_FD + 3);
	add(&argv, "--slot");
	add(&argv, "%u", slot);
	add(&argv, "--generation");
	add(&argv, "%lu", f->generation);
	return spawn(p, fds, FDS_MAX, &argv);
}
