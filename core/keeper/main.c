/*
 * yobo-keeper: holds every private key, signs for known peers, seals the access log.
 *
 *	yobo-keeper --config FILE
 *
 * Exit status: 0 stopped by SIGTERM or SIGINT, 78 the configuration or the keys are not fit,
 * 1 anything else.
 */
#include "keeper_daemon.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
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
#include "../lib/crypto.h"
#include "../lib/host.h"

#define EXIT_CONFIG 78
#define PEERS_MAX   64

struct settings {
	struct ybh_conf *conf;
	struct ybh_db_conf db;
	struct ybh_account account;
	char socket_path[256];
	const char *keys_dir, *base_url, *origin, *checkpoint_file;
	long seal_seconds;
	uid_t peers[PEERS_MAX];
	size_t n_peers;
	char err[512];
};

/* ---- settings ---- */

static int
wrong(struct settings *s, const char *what)
{
	(void)snprintf(s->err, sizeof(s->err), "%s", what);
	return -1;
}

static int
db_settings(struct settings *s)
{
	if (ybh_conf_get(s->conf, "db", "socket", NULL) != NULL &&
	    ybh_conf_get(s->conf, "db", "host", NULL) != NULL)
		return wrong(s, "[db]: either socket or host");
	return ybh_account_read(s->conf, "keeper", "yobo_keeper", &s->account, &s->db, s->err,
	    sizeof(s->err));
}

static int
peer_add(struct settings *s, const char *name)
{
	char buf[4096], *end;
	struct passwd pw, *found = NULL;
	unsigned long number;

	if (s->n_peers == PEERS_MAX)
		return wrong(s, "[keeper] peers: too many");
	errno = 0;
	number = strtoul(name, &end, 10);
	if (isdigit((unsigned char)name[0]) && *end == '\0' && errno == 0 && number < 0xffffffff) {
		s->peers[s->n_peers++] = (uid_t)number;
		return 0;
	}
	if (getpwnam_r(name, &pw, buf, sizeof(buf), &found) != 0 || found == NULL) {
		(void)snprintf(s->err, sizeof(s->err), "[keeper] peers: no user %s", name);
		return -1;
	}
	s->peers[s->n_peers++] = pw.pw_uid;
	return 0;
}

static int
peers_read(struct settings *s)
{
	const char *at = ybh_conf_get(s->conf, "keeper", "peers", "");
	char name[64];

	for (;;) {
		size_t n;

		at += strspn(at, ", \t");
		n = strcspn(at, ", \t");
		if (n == 0)
			return 0;
		if (n >= sizeof(name))
			return wrong(s, "[keeper] peers: a name is too long");
		memcpy(name, at, n);
		name[n] = '\0';
		if (peer_add(s, name) != 0)
			return -1;
		at += n;
	}
}

static int
socket_settings(struct settings *s)
{
	const char *path = ybh_conf_get(s->conf, "core", "keeper_socket", NULL);
	const char *dir = ybh_conf_get(s->conf, "yobod", "run_dir", NULL);
	int n;

	if (path != NULL)
		n = snprintf(s->socket_path, sizeof(s->socket_path), "%s", path);
	else if (dir != NULL)
		n = snprintf(s->socket_path, sizeof(s->socket_path), "%s/keeper.sock", dir);
	else
		return wrong(s, "[core] keeper_socket or [yobod] run_dir is needed");
	if (n <= 0 || (size_t)n >= sizeof(s->socket_path))
		return wrong(s, "[core] keeper_socket: too long");
	return 0;
}

static int
settings_read(struct settings *s, const char *path)
{
	s->conf = ybh_conf_load(path, s->err, sizeof(s->err));
	if (s->conf == NULL)
		return -1;
	s->keys_dir = ybh_conf_get(s->conf, "keeper", "keys_dir", NULL);
	s->checkpoint_file = ybh_conf_get(s->conf, "keeper", "checkpoint_file", NULL);
	s->base_url = ybh_conf_get(s->conf, "core", "base_url", NULL);
	s->seal_seconds = 10;
	if (s->keys_dir == NULL || s->base_url == NULL)
		return wrong(s, "[keeper] keys_dir and [core] base_url are needed");
	s->origin = strstr(s->base_url, "://");
	s->origin = s->origin != NULL ? s->origin + 3 : s->base_url;
	if (ybh_conf_long(s->conf, "keeper", "seal_seconds", 1, 3600, &s->seal_seconds, s->err,
		sizeof(s->err)) != 0)
		return -1;
	if (socket_settings(s) != 0 || db_settings(s) != 0)
		return -1;
	return peers_read(s);
}

/* ---- the process ---- */

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
db_prepare(const struct settings *s)
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
serve(const struct settings *s, struct keystore *keys, const sigset_t *signals)
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
run(struct settings *s, const char *path, const sigset_t *signals)
{
	struct keystore *keys;
	int rc;

	if (settings_read(s, path) != 0) {
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
	struct settings s = { .conf = NULL };
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
	ybh_wipe(&s.account, sizeof(s.account));
	ybh_conf_free(s.conf);
	return rc;
}
