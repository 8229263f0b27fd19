/*
 * fake_worker.c - a yobo-worker that does what the tests of the supervisor ask for.
 *
 * As a worker it reads section [fake] of the configuration (check, start = ok | fail | hang | away
 * as if the database were, for start until the file `database` is there;
 * stubborn = yes ignores SIGQUIT and SIGTERM) and answers one command per connection: pid,
 * about, slow, crash, exit, stuck, stuck-hard, reading.
 * As a tool: --ask SOCKET COMMAND · --load SOCKET SECONDS · --listen SOCKET FILE.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "../../core/lib/conf.h"
#include "../../core/supervisor/scoreboard.h"

static volatile sig_atomic_t quit;
static struct ybh_slot *slot;
static const char *pool, *generation;
static bool clean; /* nothing was left of who had the slot before */

static void
on_quit(int sig)
{
	(void)sig;
	quit = 1;
}

static int64_t
now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

static void
nap(int ms)
{
	const struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&ts, NULL);
}

static _Noreturn void
hang(void)
{
	for (;;)
		(void)pause();
}

__attribute__((format(printf, 2, 3))) static void
say(int fd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vdprintf(fd, fmt, ap);
	va_end(ap);
}

/* ---- tool ---- */

static int
dial(const char *path, int type)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* The answer's length, 0: the connection ended without one, -1: refused. */
static ssize_t
ask(const char *path, const char *command, char *out, size_t size)
{
	int fd = dial(path, SOCK_STREAM);
	ssize_t n, used = 0;

	if (fd < 0)
		return -1;
	say(fd, "%s\n", command);
	while ((n = read(fd, out + used, size - 1 - (size_t)used)) > 0)
		used += n;
	(void)close(fd);
	out[used] = '\0';
	return used;
}

/* Requests one after another; "answered N lost M generations A..B". */
static int
load(const char *path, int seconds)
{
	int64_t until = now_us() + seconds * INT64_C(1000000);
	long answered = 0, lost = 0, first = 0, last = 0;
	char out[256];

	while (now_us() < until) {
		if (ask(path, "slow 5", out, sizeof out) > 0) {
			const char *g = strrchr(out, ' ');

			last = g == NULL ? 0 : strtol(g, NULL, 10);
			first = first == 0 ? last : first;
			answered++;
		} else {
			lost++;
		}
	}
	printf("answered %s lost %ld generations %ld..%ld\n", answered > 50 ? "many" : "few", lost,
	    first, last);
	return 0;
}

/* What sd_notify sends, one line per datagram. */
static int
listen_to(const char *path, const char *file)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int in = socket(AF_UNIX, SOCK_DGRAM, 0);
	int out = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
	char text[600];
	ssize_t n;

	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	if (bind(in, (const struct sockaddr *)&a, sizeof a) != 0)
		return 1;
	while ((n = recv(in, text, sizeof text, 0)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (text[i] == '\n')
				text[i] = '|';
		say(out, "%.*s\n", (int)n, text);
	}
	return 1;
}

/* ---- worker ---- */

/* Everything the supervisor promised about a worker's surroundings. */
static void
about(int fd)
{
	struct rlimit core = { 1, 1 };
	sigset_t blocked;
	int death = 0, n_blocked = 0, n_fds = 0;

	(void)prctl(PR_GET_PDEATHSIG, &death);
	(void)getrlimit(RLIMIT_CORE, &core);
	(void)sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int i = 1; i < 32; i++)
		n_blocked += sigismember(&blocked, i) == 1;
	for (int i = 7; i < 256; i++)
		n_fds += i != fd && fcntl(i, F_GETFD) != -1;
	say(fd, "uid=%d gid=%d death=%d nnp=%d core=%d blocked=%d fds=%d session=%d clean=%d\n",
	    (int)getuid(), (int)getgid(), death,
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), (int)core.rlim_max, n_blocked,
	    n_fds, getsid(0) == getpid(), clean);
	for (char **e = environ; *e != NULL; e++)
		say(fd, "%s\n", *e);
}

static void
obey(int fd, const char *command)
{
	ybh_slot_label(slot, 7, "record.get", 10, "trace-0123456789-too-long", 25);
	if (strcmp(command, "reading") == 0)
		hang();
	ybh_slot_stage(slot, YBH_STAGE_HANDLING, now_us());
	if (strncmp(command, "slow ", 5) == 0) {
		for (long ms = strtol(command + 5, NULL, 10); ms > 0; ms -= 5)
			nap(5);
		say(fd, "%ld %s\n", (long)getpid(), generation);
	} else if (strcmp(command, "about") == 0) {
		about(fd);
	} else if (strcmp(command, "crash") == 0) {
		(void)raise(SIGSEGV);
	} else if (strcmp(command, "exit") == 0) {
		_exit(0);
	} else if (strcmp(command, "stuck-hard") == 0) {
		(void)signal(SIGABRT, SIG_IGN);
		hang();
	} else if (strcmp(command, "stuck") == 0) {
		hang();
	} else {
		say(fd, "%ld %s %s\n", (long)getpid(), pool, generation);
	}
	ybh_slot_stage(slot, YBH_STAGE_SENDING, now_us());
	ybh_slot_served(slot);
}

static void
serve(int listen_fd)
{
	while (!quit) {
		struct pollfd p = { listen_fd, POLLIN, 0 };
		char command[128];
		ssize_t n;
		int fd;

		if (poll(&p, 1, 20) <= 0) /* short: a signal may fall between test and poll */
			continue;
		ybh_slot_stage(slot, YBH_STAGE_READING, now_us());
		fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
		n = fd < 0 ? 0 : read(fd, command, sizeof command - 1);
		if (n > 0) {
			command[n] = '\0';
			command[strcspn(command, "\n")] = '\0';
			obey(fd, command);
		}
		if (fd >= 0)
			(void)close(fd);
		ybh_slot_stage(slot, YBH_STAGE_IDLE, now_us());
	}
}

static int
work(int argc, char **argv)
{
	const char *config = "", *index = "0", *text = "-1", *ready = "-1", *board = "-1",
		   *listener = "-1";
	const struct {
		const char *name;
		const char **value;
	} options[] = { { "--config", &config }, { "--config-fd", &text }, { "--pool", &pool },
		{ "--listen-fd", &listener },
		{ "--scoreboard-fd", &board }, { "--ready-fd", &ready }, { "--slot", &index },
		{ "--generation", &generation } };
	struct ybh_board_worker *mine;
	struct ybh_conf *c;
	bool check = strcmp(argv[argc - 1], "--check") == 0;
	bool stubborn, fails, hangs, away;
	const char *wish;
	char err[256];

	for (int i = 1; i + 1 < argc; i += 2)
		for (size_t o = 0; o < sizeof options / sizeof *options; o++)
			if (strcmp(argv[i], options[o].name) == 0)
				*options[o].value = argv[i + 1];
	c = ybh_conf_load_fd((int)strtol(text, NULL, 10), config, err, sizeof err);
	(void)close((int)strtol(text, NULL, 10));
	if (c == NULL)
		return 78;
	wish = ybh_conf_get(c, "fake", check ? "check" : "start", "ok");
	fails = strcmp(wish, "fail") == 0;
	hangs = strcmp(wish, "hang") == 0;
	away = strcmp(wish, "away") == 0 &&
	    access(ybh_conf_get(c, "fake", "database", "/nowhere"), F_OK) != 0;
	stubborn = strcmp(ybh_conf_get(c, "fake", "stubborn", "no"), "yes") == 0;
	ybh_conf_free(c);
	if (hangs)
		hang();
	if (away)
		return 75;
	if (fails || check)
		return fails ? 78 : 0;
	if (stubborn) {
		(void)signal(SIGQUIT, SIG_IGN);
		(void)signal(SIGTERM, SIG_IGN);
	} else {
		(void)signal(SIGQUIT, on_quit);
	}
	mine = ybh_board_attach((int)strtol(board, NULL, 10),
	    (unsigned)strtoul(index, NULL, 10), strtoull(generation, NULL, 10));
	if (mine == NULL)
		return 1;
	slot = &mine->slots[0];
	clean = mine->metrics.pool[0] == '\0';
	mine->metrics.pool[0] = 'x';
	nap(100);
	say((int)strtol(ready, NULL, 10), "R");
	serve((int)strtol(listener, NULL, 10));
	return 0;
}

int
main(int argc, char **argv)
{
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && strcmp(argv[1], "--ask") == 0) {
		char out[4096];

		if (ask(argv[2], argv[3], out, sizeof out) <= 0)
			return 1;
		(void)fputs(out, stdout);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "--load") == 0)
		return load(argv[2], (int)strtol(argv[3], NULL, 10));
	if (argc == 4 && strcmp(argv[1], "--listen") == 0)
		return listen_to(argv[2], argv[3]);
	return argc < 2 ? 64 : work(argc, argv);
}
