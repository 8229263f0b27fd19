/*
 * A real keeper, and a database (keeper_fixture.h).
 */
#include "keeper_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "crypto.h"
#include "token_parts.h"

static void
must(bool fact, const char *what)
{
	if (fact)
		return;
	(void)fprintf(stderr, "fixture: %s\n", what);
	abort();
}

static pid_t
run(char *const argv[], const char *log)
{
	pid_t pid = fork();
	int fd;

	must(pid >= 0, "fork");
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that aborts leaves nothing running */
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd >= 0) {
		(void)dup2(fd, 1);
		(void)dup2(fd, 2);
	}
	(void)execvp(argv[0], argv);
	_exit(127);
}

static int
wait_for(pid_t pid)
{
	int status = 0;

	must(waitpid(pid, &status, 0) == pid, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Three texts after each other, to be freed. */
static char *
text(const char *a, const char *b, const char *c)
{
	char *p = NULL;

	must(asprintf(&p, "%s%s%s", a, b, c) > 0, "no memory");
	return p;
}

/* ---- the database ---- */

static bool
database_install(const struct house *h, char *user, char *log)
{
	char *data = text("--datadir=", h->dir, "/data");
	char program[] = "mariadb-install-db", plain[] = "--no-defaults",
	     normal[] = "--auth-root-authentication-method=normal", bare[] = "--skip-test-db",
	     names[] = "--skip-name-resolve", log_size[] = "--innodb-log-file-size=8M";
	char *argv[] = { program, plain, user, data, normal, bare, names, log_size, NULL };
	bool good = wait_for(run(argv, log)) == 0;

	free(data);
	return good;
}

static void
database_schema(struct house *h)
{
	const char *srcdir = secure_getenv("srcdir");
	char path[512];
	yb_str sql;
	char *p;
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "%s/sql/core/0001_core.sql", srcdir != NULL ? srcdir : ".");
	f = fopen(path, "re");
	must(f != NULL, path);
	p = ybh_arena_must(h->a, 65536);
	sql.p = p;
	sql.len = fread(p, 1, 65535, f);
	(void)fclose(f);
	must(ybh_db_script(h->db, YB_STR("CREATE DATABASE yobo; USE yobo")) == 0, "database");
	must(ybh_db_script(h->db, sql) == 0, ybh_db_error(h->db));
}

static void
database_connect(struct house *h, const char *name)
{
	const struct ybh_db_conf conf = { .socket = h->db_socket,
		.name = name,
		.user = "root",
		.password = "" };

	ybh_db_free(h->db);
	h->db = ybh_db_new(&conf);
	must(h->db != NULL, "no memory");
	for (int i = 0; i < 1200 && ybh_db_ready(h->db) != 0; i++)
		(void)usleep(50000);
	must(ybh_db_ready(h->db) == 0, ybh_db_error(h->db));
}

static void
database_start(struct house *h)
{
	struct passwd *me = getpwuid(geteuid());
	char *user = text("--user=", me != NULL ? me->pw_name : "root", "");
	char *data = text("--datadir=", h->dir, "/data"),
	     *sock = text("--socket=", h->db_socket, "");
	char *pid = text("--pid-file=", h->dir, "/db.pid"), *log = text("", h->dir, "/db.log");
	char program[] = "mariadbd", plain[] = "--no-defaults", net[] = "--skip-networking",
	     names[] = "--skip-name-resolve", bin[] = "--skip-log-bin",
	     flush[] = "--innodb-flush-log-at-trx-commit=0",
	     cs[] = "--character-set-server=utf8mb4", co[] = "--collation-server=utf8mb4_bin";
	char *argv[] = { program, plain, user, data, sock, pid, net, names, bin, flush, cs, co,
		NULL };

	if (database_install(h, user, log)) {
		h->mariadbd = run(argv, log);
		database_connect(h, "mysql");
		database_schema(h);
		database_connect(h, "yobo");
	}
	free(user);
	free(data);
	free(sock);
	free(pid);
	free(log);
}

void
database_stop(struct house *h)
{
	if (h->mariadbd == 0)
		return;
	(void)kill(h->mariadbd, SIGTERM);
	(void)wait_for(h->mariadbd);
	h->mariadbd = 0;
}

/* ---- the keeper ---- */

static pid_t
keeper_run(const struct house *h)
{
	const char *path = secure_getenv("YOBO_KEEPER");
	char *program = text("", path != NULL ? path : "core/keeper/yobo-keeper", "");
	char *conf = text("", h->conf, ""), *log = text("", h->dir, "/keeper.log");
	char option[] = "--config";
	char *argv[] = { program, option, conf, NULL };
	pid_t pid = run(argv, log);

	free(program);
	free(conf);
	free(log);
	return pid;
}

void
keeper_start(struct house *h)
{
	struct yb_arena *a = ybh_arena_new(65536, 1u << 20);
	int rc = -1, status;
	yb_list keys;

	h->keeper = keeper_run(h);
	for (int i = 0; i < 1500 && rc != 0; i++) {
		must(waitpid(h->keeper, &status, WNOHANG) == 0, "the keeper ended");
		rc = ybh_keeper_keys(h->k, a, &keys);
		ybh_arena_reset(a);
		(void)usleep(20000);
	}
	ybh_arena_free(a);
	must(rc == 0, "the keeper does not answer");
}

int
keeper_refuses(struct house *h)
{
	return wait_for(keeper_run(h));
}

int
keeper_stop(struct house *h)
{
	pid_t pid = h->keeper;

	h->keeper = 0;
	(void)kill(pid, SIGTERM);
	return wait_for(pid);
}

static void
conf_write(const struct house *h)
{
	FILE *f = fopen(h->conf, "we");

	must(f != NULL, "yobo.conf");
	(void)fprintf(f,
	    "[yobod]\nrun_dir = %s\n[core]\nbase_url = " KEEPER_ISSUER "\n"
	    "[db]\nsocket = %s\nname = yobo\n"
	    "[keeper]\nkeys_dir = %s\ndb_user = root\nseal_seconds = 1\npeers = %d\n",
	    h->dir, h->db_socket, h->keys, PEER_UID);
	(void)fclose(f);
}

struct house *
house_new(void)
{
	struct house *h = calloc(1, sizeof(*h));

	must(h != NULL, "no memory");
	(void)snprintf(h->dir, sizeof(h->dir), "/tmp/yobo-keeper-test-XXXXXX");
	must(mkdtemp(h->dir) != NULL && chmod(h->dir, 0711) == 0, "mkdtemp");
	(void)snprintf(h->keys, sizeof(h->keys), "%s/keys", h->dir);
	(void)snprintf(h->socket, sizeof(h->socket), "%s/keeper.sock", h->dir);
	(void)snprintf(h->conf, sizeof(h->conf), "%s/yobo.conf", h->dir);
	(void)snprintf(h->db_socket, sizeof(h->db_socket), "%s/db.sock", h->dir);
	h->a = ybh_arena_new(65536, 64u << 20);
	h->k = ybh_keeper_new(h->socket);
	must(h->a != NULL && h->k != NULL, "no memory");
	conf_write(h);
	database_start(h);
	keeper_start(h);
	return h;
}

static int
unlink_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void
house_free(struct house *h)
{
	if (h->keeper != 0)
		(void)keeper_stop(h);
	database_stop(h);
	ybh_db_free(h->db);
	ybh_keeper_free(h->k);
	ybh_arena_free(h->a);
	(void)nftw(h->dir, unlink_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(h);
}

int
house_begin(void **state)
{
	*state = house_new();
	return 0;
}

int
house_end(void **state)
{
	house_free(*state);
	return 0;
}

/* ---- asking ---- */

yb_str
claims_now(struct house *h, enum ybh_key_class cls, int64_t life_s)
{
	static const char *const uses[] = { "", "issued", "access", "internal", "checkpoint",
		"exchange" };
	long long now = ybh_now_us() / 1000000;
	unsigned char raw[16];
	char jti[32];

	ybh_random(raw, sizeof(raw));
	(void)ybh_b64url(raw, sizeof(raw), jti);
	return ybh_arena_format(h->a,
	    "{\"iss\":\"" KEEPER_ISSUER "\",\"aud\":\"" KEEPER_ISSUER "\",\"sub\":\"C-1\","
	    "\"client_id\":\"C-1\",\"org\":\"131016\",\"scope\":\"record:read\",\"iat\":%lld,"
	    "\"nbf\":%lld,\"exp\":%lld,\"jti\":\"%s\",\"token_use\":\"%s\"}",
	    now, now, now + life_s, jti, uses[cls]);
}

yb_list
keys_now(struct house *h)
{
	yb_list keys = { NULL, 0 };

	must(ybh_keeper_keys(h->k, h->a, &keys) == 0, "keys");
	return keys;
}

const struct ybh_key *
key_in(const yb_list *keys, enum ybh_key_class cls, enum ybh_key_state state)
{
	for (size_t i = 0; i < keys->n; i++) {
		const struct ybh_key *k = (const struct ybh_key *)keys->items + i;

		if (k->cls == cls && k->state == state)
			return k;
	}
	return NULL;
}

int
as_uid(struct house *h, uid_t uid, int (*fn)(struct house *h))
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid > 0)
		return wait_for(pid);
	h->k = ybh_keeper_new(h->socket); /* a connection of its own */
	if (setgid(uid) != 0 || setuid(uid) != 0)
		_exit(101);
	_exit(fn(h));
}

int
raw_connect(const struct house *h)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path, h->socket, strlen(h->socket));
	must(fd >= 0 && connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0, "connect");
	return fd;
}

struct ybh_tokens *
verifier(struct house *h)
{
	struct ybh_tokens *t = ybh_tokens_new(KEEPER_ISSUER, KEEPER_ISSUER);
	yb_list keys = keys_now(h);

	must(t != NULL, "no memory");
	must(ybh_tokens_set_keys(t, &keys) == 0, "set_keys");
	ybh_revoked_fresh(ybh_tokens_revoked(t), ybh_mono_us());
	return t;
}

enum ybh_token_verdict
verdict(struct house *h, struct ybh_tokens *t, yb_str token)
{
	yb_token_facts facts;

	return ybh_token_verify(t, h->a, token, (yb_str){ NULL, 0 }, ybh_now_us(), &facts);
}

int
sign(struct house *h, enum ybh_key_class cls, int64_t life, yb_str *token)
{
	return ybh_keeper_sign(h->k, cls, claims_now(h, cls, life), h->a, token);
}
