/*
 * main.c - yobo-worker: one pool's modules in W processes of T threads.
 *
 *	yobo-worker --config FILE --check
 *	yobo-worker --config-fd 3 --config FILE --pool NAME --listen-fd 4 ...   (as yobod starts it)
 *	yobo-worker --config FILE --pool NAME --listen /tmp/x.sock  (by hand)
 *	yobo-worker --config FILE --pool NAME --run AREA.TIMER [--dry-run]  (yoboctl run)
 *
 * SIGTERM and SIGQUIT drain: no new requests, those under way are answered, then exit 0.
 */
#include "worker.h"

#include <errno.h>
#include <fcgiapp.h>
#include <getopt.h>
#include <malloc.h>
#include <mysql.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int
usage(void)
{
	(void)fprintf(stderr, "usage: yobo-worker --config FILE (--check | --pool NAME "
			      "(--listen-fd N | --listen PATH | --run TIMER [--dry-run]))\n");
	return WORKER_USAGE;
}

static int
args_read(int argc, char **argv, struct worker_args *a)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		{ "config-fd", required_argument, NULL, 'f' },
		{ "pool", required_argument, NULL, 'p' }, { "check", no_argument, NULL, 'k' },
		{ "listen", required_argument, NULL, 'L' }, { "listen-fd", required_argument, NULL, 'l' },
		{ "scoreboard-fd", required_argument, NULL, 'b' },
		{ "ready-fd", required_argument, NULL, 'r' }, { "slot", required_argument, NULL, 's' },
		{ "generation", required_argument, NULL, 'g' },
		{ "run", required_argument, NULL, 'R' }, { "dry-run", no_argument, NULL, 'd' }, { NULL, 0, NULL, 0 } };
	int c;

	*a = (struct worker_args) { .config_fd = -1, .listen_fd = -1, .board_fd = -1,
		.ready_fd = -1 };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			a->config = optarg;
			break;
		case 'f':
			a->config_fd = (int)strtol(optarg, NULL, 10);
			break;
		case 'p':
			a->pool = optarg;
			break;
		case 'k':
			a->check = true;
			break;
		case 'L':
			a->listen_path = optarg;
			break;
		case 'l':
			a->listen_fd = (int)strtol(optarg, NULL, 10);
			break;
		case 'b':
			a->board_fd = (int)strtol(optarg, NULL, 10);
			break;
		case 'r':
			a->ready_fd = (int)strtol(optarg, NULL, 10);
			break;
		case 's':
			a->slot = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'g':
			a->generation = strtoull(optarg, NULL, 10);
			break;
		case 'R':
			a->run = optarg;
			break;
		case 'd':
			a->dry = true;
			break;
		default:
			return -1;
		}
	}
	if (a->config == NULL || optind != argc)
		return -1;
	if (a->dry && a->run == NULL)
		return -1;
	return a->check || (a->pool != NULL && (a->listen_fd >= 0 || a->listen_path != NULL ||
						   a->run != NULL))
	    ? 0
	    : -1;
}

/* A listening socket of our own, when nobody gave us one. */
static int
listen_on(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof sa.sun_path)
		return -1;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	(void)umask(0117);
	if (bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(fd, 511) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void
harden(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void
signals_block(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGQUIT);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGUSR1); /* libfcgi would install a handler of its own */
	(void)sigaddset(set, SIGPIPE);
	(void)sigaddset(set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

/*
 * Embedding a font in a PDF reads all of it, some 20 MB, as single pieces. They shall come from
 * the system and go back there; left to itself malloc learns to keep them, once per thread.
 */
static void
memory_returns(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

/* After the modules are loaded, before the first thread and the first request. */
static int
forbid(void)
{
	int rc = worker_seccomp();

	if (rc == 0)
		return WORKER_OK;
	ybh_log(rc < 0 ? YBH_ERR : YBH_WARN, "no system call filter (errno %d)", errno);
	return rc < 0 ? WORKER_AWAY : WORKER_OK;
}

static bool
threads_make(struct worker *w, pthread_t *ids, long n, void *(*run)(void *))
{
	for (unsigned i = 0; i < (unsigned)n; i++) {
		struct worker_thread *t = malloc(sizeof *t);

		if (t == NULL)
			return false;
		*t = (struct worker_thread) { w, i };
		if (pthread_create(&ids[i], NULL, run, t) != 0) {
			free(t);
			return false;
		}
	}
	return true;
}

static bool
threads_start(struct worker *w)
{
	return pthread_create(&w->background_id, NULL, worker_background, w) == 0 &&
	    threads_make(w, w->thread_ids, w->threads, worker_thread) &&
	    threads_make(w, w->runner_ids, w->runners, worker_runner);
}

static void
threads_join(struct worker *w)
{
	const uint64_t one = 1;

	atomic_store(&w->process.stopping, true);
	if (write(w->stop_fd, &one, sizeof one) != (ssize_t)sizeof one)
		ybh_log(YBH_ERR, "cannot tell the threads to stop");
	for (long i = 0; i < w->threads; i++)
		(void)pthread_join(w->thread_ids[i], NULL);
	for (long i = 0; i < w->runners; i++)
		(void)pthread_join(w->runner_ids[i], NULL);
	(void)pthread_join(w->background_id, NULL);
}

static int
serve(struct worker *w, const sigset_t *set)
{
	int sig;

	w->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->listen_fd = w->args.listen_path != NULL ? listen_on(w->args.listen_path)
						   : w->args.listen_fd;
	if (w->stop_fd < 0 || w->listen_fd < 0 || FCGX_Init() != 0 || !threads_start(w)) {
		ybh_log(YBH_ERR, "cannot listen or start threads (errno %d)", errno);
		_exit(WORKER_AWAY); /* some threads may run already */
	}
	if (w->args.ready_fd >= 0) {
		if (write(w->args.ready_fd, "R", 1) != 1)
			ybh_log(YBH_WARN, "the supervisor does not hear that we are ready");
		(void)close(w->args.ready_fd);
	}
	ybh_log(YBH_NOTICE, "ready: %zu modules, %ld threads, %ld runners", w->process.n_loaded,
	    w->threads, w->runners);
	do {
		if (sigwait(set, &sig) != 0)
			continue;
	} while (sig != SIGTERM && sig != SIGQUIT && sig != SIGINT);
	threads_join(w);
	return WORKER_OK;
}

/* As the supervisor has read and checked it; the path is what messages call it. */
static struct ybh_conf *
config_load(const struct worker_args *a, char *err, size_t size)
{
	struct ybh_conf *c;

	if (a->config_fd < 0)
		return ybh_conf_load(a->config, err, size);
	c = ybh_conf_load_fd(a->config_fd, a->config, err, size);
	(void)close(a->config_fd);
	return c;
}

int
main(int argc, char **argv)
{
	static struct worker w; /* lives as long as the process */
	static char name[80];
	sigset_t set;
	int rc;

	if (args_read(argc, argv, &w.args) < 0)
		return usage();
	(void)snprintf(name, sizeof name, "yobo-worker[%s]", w.args.check ? "check" : w.args.pool);
	ybh_log_name(name);
	harden();
	memory_returns();
	signals_block(&set);
	w.conf = config_load(&w.args, w.err, sizeof w.err);
	if (w.conf == NULL) {
		ybh_log(YBH_ERR, "%s", w.err);
		return WORKER_CONFIG;
	}
	if (mysql_library_init(0, NULL, NULL) != 0)
		return WORKER_AWAY;
	if (w.args.check) {
		rc = worker_check(&w);
	} else {
		rc = worker_start(&w);
		if (rc == WORKER_OK)
			rc = forbid();
		if (rc == WORKER_OK)
			rc = w.args.run != NULL ? worker_run_now(&w) : serve(&w, &set);
		worker_stop(&w);
	}
	ybh_conf_free(w.conf);
	mysql_library_end();
	return rc;
}
