/*
 * yobo-keeper: holds every private key, signs for known peers, seals the access log.
 *
 *	yobo-keeper --config FILE
 *
 * Exit status: 0 stopped by SIGTERM or SIGINT, 78 the configuration or the keys are not fit,
 * 1 anything else.
 */
#include "keeper_daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "settings.h"

#define EXIT_CONFIG 78

/* Keys do not go to core files, to debuggers, nor, where we are allowed to say so, to swap. */
static void
process_close(void)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit files, locked;

	(void)umask(077);
	(void)setrlimit(RLIMIT_CORE, &none); /* lowering a limit is always allowed */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 8192) {
		files.rlim_cur = files.rlim_max < 8192 ? files.rlim_max : 8192;
		(void)setrlimit(RLIMIT_NOFILE, &files); /* fewer peers then */
	}
	/* Memory to come is locked only without a limit: it would else be refused. */
	if (getrlimit(RLIMIT_MEMLOCK, &locked) == 0 &&
	    (locked.rlim_cur == RLIM_INFINITY || geteuid() == 0))
		(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	else
		(void)mlockall(MCL_CURRENT);
}

static void
notify(const char *text)
{
	const char *path = secure_getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = path == NULL ? 0 : strlen(path);
	socklen_t len;
	int fd;

	if (n < 2 || n >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&to, len);
	(void)close(fd);
}

/* The database's library prepares itself at its first use, which must not be in two threads. */
static void
db_prepare(const struct keeper_settings *s)
{
	struct ybh_db *db = ybh_db_new(&s->db);

	if (db != NULL && ybh_db_ready(db) != 0)
		ybh_log(YBH_WARN, "the database is away: %s", ybh_db_error(db));
	ybh_db_free(db);
}

static void
watch(struct server *server, struct keystore *keys, const sigset_t *signals)
{
	const struct timespec second = { .tv_sec = 1 };
	int sig;

	for (;;) {
		sig = sigtimedwait(signals, NULL, &second);
		if (sig == SIGTERM || sig == SIGINT)
			return;
		server_tick(server, ybh_mono_us());
		keystore_expire(keys, ybh_now_us());
	}
}

static int
serve(const struct keeper_settings *s, struct keystore *keys, const sigset_t *signals)
{
	const struct server_conf server_conf = { .socket_path = s->socket_path,
		.peers = s->peers,
		.n_peers = s->n_peers,
		.keys = keys,
		.db = &s->db };
	const struct seal_conf seal_conf = { .keys_dir = s->keys_dir,
		.checkpoint_file = s->checkpoint_file,
		.origin = s->origin,
		.seconds = s->seal_seconds,
		.keys = keys,
		.db = &s->db };
	struct server *server = NULL;
	struct seal *seal;
	char err[512] = "";

	seal = seal_start(&seal_conf, err, sizeof(err));
	if (seal != NULL)
		server = server_start(&server_conf, err, sizeof(err));
	if (server == NULL) {
		ybh_log(YBH_ERR, "%s", err);
		seal_stop(seal);
		return EXIT_FAILURE;
	}
	ybh_log(YBH_NOTICE, "serving %s", s->socket_path);
	notify("READY=1\nSTATUS=signing");
	watch(server, keys, signals);
	notify("STOPPING=1");
	server_stop(server);
	seal_stop(seal);
	return EXIT_SUCCESS;
}

static int
run(struct keeper_settings *s, const char *path, const sigset_t *signals)
{
	struct keystore *keys;
	int rc;

	if (keeper_settings_read(s, path) != 0) {
		ybh_log(YBH_ERR, "%s", s->err);
		return EXIT_CONFIG;
	}
	keys = keystore_open(s->keys_dir, s->base_url, s->err, sizeof(s->err));
	if (keys == NULL) {
		ybh_log(YBH_ERR, "keys: %s", s->err);
		return EXIT_CONFIG;
	}
	db_prepare(s);
	rc = serve(s, keys, signals);
	keystore_free(keys);
	return rc;
}

int
main(int argc, char **argv)
{
	struct keeper_settings s;
	sigset_t signals;
	int rc;

	ybh_log_name("yobo-keeper");
	if (argc != 3 || strcmp(argv[1], "--config") != 0) {
		ybh_log(YBH_ERR, "usage: yobo-keeper --config FILE");
		return EXIT_CONFIG;
	}
	process_close();
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* for every thread; watch() takes them */
	(void)signal(SIGPIPE, SIG_IGN);
	rc = run(&s, argv[2], &signals);
	keeper_settings_free(&s);
	return rc;
}
