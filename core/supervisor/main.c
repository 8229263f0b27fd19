/*
 * main.c - yobod: opens the sockets, starts and watches the workers, reloads them by
 * generations. It knows no module, no database and no key.
 *
 *	yobod --config FILE [--check] [--foreground]
 *
 * Under systemd ($NOTIFY_SOCKET) or with --foreground it stays where it was started;
 * otherwise it goes to the background, and the command returns when all workers serve.
 * Exit status: 0 asked to end, 1 trouble, 64 usage, 75 no database (trying again helps), 78
 * configuration.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "yobod.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define TICK_MS 1000
#define BUSY_MS 50 /* while something is due soon */

static int
fail(const char *what, int code)
{
	log_line(LOG_ERR, "%s", what);
	return code;
}

static int
usage(void)
{
	return fail("usage: yobod --config FILE [--check] [--foreground]", EXIT_USAGE);
}

static int
read_arguments(int argc, char **argv, struct yobod *y, bool *foreground)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'k' },
		{ "foreground", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 'c')
			y->config = optarg;
		else if (o == 'k')
			y->check_only = true;
		else if (o == 'f')
			*foreground = true;
		else
			return -1;
	}
	return y->config != NULL && optind == argc ? 0 : -1;
}

/* Workers and reloads get the same file wherever they look from. */
static const char *
absolute(const char *path)
{
	static char out[PATH_MAX];
	char cwd[PATH_MAX];
	int n;

	if (*path == '/' || getcwd(cwd, sizeof cwd) == NULL)
		return path;
	n = snprintf(out, sizeof out, "%s/%s", cwd, path);
	return n > 0 && (size_t)n < sizeof out ? out : path;
}

/* Descriptors 0 to 2 are open, others are ours or systemd's; /dev/null as input. */
static int
settle_descriptors(void)
{
	int fd = open("/dev/null", O_RDWR); /* the lowest free: 0, 1 or 2 when one was closed */
	unsigned n;

	while (fd >= 0 && fd <= STDERR_FILENO)
		fd = dup(fd);
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		return -1;
	(void)close(fd);
	n = activation_take();
	return close_range(3 + n, ~0U, 0);
}

/* Signals arrive through the descriptor only, between two looks at the world. */
static int
signals_open(void)
{
	static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2,
		SIGPIPE };
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
		(void)sigaddset(&set, caught[i]);
		/* An ignored SIGCHLD, inherited, would make the children vanish unseen. */
		(void)sigaction(caught[i], &dfl, NULL);
	}
	if (sigprocmask(SIG_SETMASK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The parent stays until the first generation serves, or hands on why it does not. */
static int
go_to_background(struct yobod *y)
{
	int ends[2], status = 0;
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		(void)close(ends[0]);
		y->announce_fd = ends[1];
		return setsid() < 0 ? -1 : 0;
	}
	(void)close(ends[1]);
	if (read(ends[0], &byte, 1) == 1)
		_exit(0);
	(void)waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void
begin_stop(struct yobod *y)
{
	if (y->phase == PHASE_STOP) { /* asked again: no more patience */
		for (size_t i = 0; i < YBH_BOARD_WORKERS; i++)
			if (y->workers[i].pid != 0) {
				y->workers[i].next_signal = SIGKILL;
				y->workers[i].next_signal_us = 0;
			}
		return;
	}
	log_line(LOG_NOTICE, "stopping");
	notify_send("STOPPING=1");
	y->phase = PHASE_STOP;
	if (y->check_pid > 0)
		(void)kill(y->check_pid, SIGKILL);
	for (size_t i = 0; i < YBH_BOARD_WORKERS; i++)
		if (y->workers[i].pid != 0 && y->workers[i].pool != NULL)
			worker_drain(&y->workers[i],
			    (y->current != NULL ? y->current : y->next)->drain_us);
	/* The web server learns at once that nobody accepts here any more. */
	if (y->next != NULL)
		sockets_close(y->next, y->current);
	if (y->current != NULL)
		sockets_close(y->current, NULL);
}

static void
reap(struct yobod *y)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == y->check_pid) {
			check_ended(y, status);
			continue;
		}
		for (size_t i = 0; i < YBH_BOARD_WORKERS; i++) {
			if (y->workers[i].pid == pid) {
				worker_died(y, &y->workers[i], status);
				break;
			}
		}
	}
}

static void
take_signals(struct yobod *y, int fd)
{
	struct signalfd_siginfo si;

	while (read(fd, &si, sizeof si) == (ssize_t)sizeof si) {
		if (si.ssi_signo == SIGCHLD)
			reap(y);
		else if (si.ssi_signo == SIGHUP)
			reload_begin(y);
		else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT
		    || si.ssi_signo == SIGQUIT)
			begin_stop(y);
	}
}

static void
tell(struct yobod *y)
{
	static char told[320];
	char status[320];
	size_t ready, wanted = 0;

	if (y->current == NULL || y->phase == PHASE_STOP)
		return;
	ready = workers_ready(y, y->current);
	for (size_t i = 0; i < y->current->n; i++)
		if (!y->current->pools[i].stopped)
			wanted += (size_t)y->current->pools[i].workers;
	if (!y->announced && ready > 0 && ready >= wanted) {
		y->announced = true;
		log_line(LOG_NOTICE, "generation %lu serves with %zu workers",
		    y->current->generation, ready);
		notify_send("READY=1");
		if (y->announce_fd >= 0) {
			(void)!write(y->announce_fd, "R", 1); /* the parent may be gone */
			(void)close(y->announce_fd);
			y->announce_fd = -1;
		}
	}
	(void)snprintf(status, sizeof status, "generation %lu: %zu of %zu workers ready%s%s",
	    y->current->generation, ready, workers_wanted(y->current), *y->note ? "; " : "",
	    y->note);
	if (strcmp(status, told) != 0) {
		memcpy(told, status, sizeof told);
		notify_send("STATUS=%s", status);
	}
}

/* Nobody serves and nobody will: better a restart of the whole by the service manager. */
static bool
all_lost(const struct yobod *y)
{
	if (y->phase != PHASE_SERVE || workers_alive(y) != 0)
		return false;
	for (size_t i = 0; i < y->current->n; i++)
		if (!y->current->pools[i].stopped)
			return false;
	return true;
}

/* Milliseconds to sleep: short while a restart, a signal or a reload is pending. */
static int
tick(struct yobod *y)
{
	int64_t now = mono_us();
	bool busy = y->phase != PHASE_SERVE;

	pools_tick(y, now);
	reload_tick(y, now);
	tell(y);
	if (y->phase == PHASE_STOP && workers_alive(y) == 0 && y->check_pid == 0)
		y->done = true;
	if (all_lost(y)) {
		y->exit_code = fail("every pool is stopped", 1);
		y->done = true;
	}
	for (size_t i = 0; i < YBH_BOARD_WORKERS; i++)
		busy = busy || (y->workers[i].pid != 0 && y->workers[i].next_signal != 0);
	for (size_t i = 0; y->current != NULL && i < y->current->n; i++)
		busy = busy || y->current->pools[i].next_start_us > now;
	return notify_watchdog(now, busy ? BUSY_MS : TICK_MS);
}

static int
serve(struct yobod *y, int signal_fd)
{
	struct pollfd fds[1 + YBH_BOARD_WORKERS];
	struct worker *of[1 + YBH_BOARD_WORKERS];

	check_begin(y);
	while (!y->done) {
		int timeout = tick(y);
		nfds_t n = 1;

		if (y->done)
			break;
		fds[0] = (struct pollfd) { signal_fd, POLLIN, 0 };
		for (size_t i = 0; i < YBH_BOARD_WORKERS; i++) {
			if (y->workers[i].pid == 0 || y->workers[i].ready_fd < 0)
				continue;
			of[n] = &y->workers[i];
			fds[n++] = (struct pollfd) { y->workers[i].ready_fd, POLLIN, 0 };
		}
		if (poll(fds, n, timeout) < 0 && errno != EINTR)
			return fail("poll", 1);
		for (nfds_t i = 1; i < n; i++)
			if (fds[i].revents != 0)
				worker_heard(of[i]);
		if (fds[0].revents != 0)
			take_signals(y, signal_fd);
	}
	return y->exit_code;
}

/* What needs root, or must be there before the first worker. 0 or the exit status. */
static int
prepare(struct yobod *y, bool foreground)
{
	char err[512];

	if (run_dir_prepare(y->next, err, sizeof err) != 0)
		return fail(err, 1);
	if (!y->check_only) {
		if (!foreground && !notify_wanted() && go_to_background(y) != 0)
			return fail("fork", 1);
		if (pid_file_take(y->next, err, sizeof err) != 0
		    || sockets_open(y->next, NULL, err, sizeof err) != 0)
			return fail(err, 1);
	}
	if (privileges_drop(y->next, err, sizeof err) != 0)
		return fail(err, 1);
	y->board = ybh_board_new(&y->board_fd);
	return y->board == NULL ? fail("scoreboard: no memory", 1) : 0;
}

int
main(int argc, char **argv)
{
	static struct yobod y = { .announce_fd = -1, .board_fd = -1 };
	bool foreground = false;
	int signal_fd, rc;
	char err[512];

	if (read_arguments(argc, argv, &y, &foreground) != 0)
		return usage();
	if (settle_descriptors() != 0)
		return fail("descriptors", 1);
	(void)umask(027);
	y.config = absolute(y.config);
	notify_init();
	y.next = fleet_load(y.config, err, sizeof err);
	if (y.next == NULL)
		return fail(err, EXIT_CONFIG);
	rc = prepare(&y, foreground);
	if (rc != 0)
		return rc;
	signal_fd = signals_open();
	if (signal_fd < 0)
		return fail("signals", 1);
	rc = serve(&y, signal_fd);
	if (!y.check_only) {
		struct fleet *last = y.current != NULL ? y.current : y.next;

		sockets_close(last, NULL);
		pid_file_remove(last);
	}
	if (y.next != y.current)
		fleet_free(y.next);
	fleet_free(y.current);
	return rc;
}
