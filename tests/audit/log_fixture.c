/*
 * log_fixture.c - an access log of its own for the tests (log_fixture.h).
 */
#include "log_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "crypto.h"
#include "token_parts.h"

/* The tables as sql/core makes them. */
static const char schema[] =
    "CREATE TABLE audit_event (chain_id BIGINT UNSIGNED NOT NULL, seq BIGINT UNSIGNED NOT NULL,"
    " rec VARBINARY(4096) NOT NULL, hash BINARY(32) NOT NULL, mac BINARY(32) NOT NULL,"
    " at_us BIGINT NOT NULL, actor_kind TINYINT NOT NULL, actor VARCHAR(64) NULL,"
    " org_id BIGINT NULL, org_code VARCHAR(10) NULL, `function` VARCHAR(10) NULL,"
    " operation VARCHAR(40) NULL, action TINYINT NOT NULL, subject_no VARCHAR(20) NULL,"
    " target_type VARCHAR(20) NULL, target_id VARCHAR(64) NULL, purpose VARCHAR(2) NULL,"
    " ok TINYINT NOT NULL, error_id VARCHAR(12) NULL, row_count BIGINT NULL,"
    " trace_id VARCHAR(16) NULL, PRIMARY KEY (chain_id, seq), KEY subject_no (subject_no, at_us),"
    " KEY org_id (org_id, at_us));"
    "CREATE TABLE audit_chain (chain_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
    " host VARCHAR(80) NOT NULL, opened_us BIGINT NOT NULL, signature VARBINARY(72) NOT NULL,"
    " kid VARCHAR(43) NOT NULL);"
    "CREATE TABLE audit_leaf (n BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
    " chain_id BIGINT UNSIGNED NOT NULL, seq BIGINT UNSIGNED NOT NULL, hash BINARY(32) NOT NULL,"
    " KEY chain_id (chain_id, seq));"
    "CREATE TABLE audit_checkpoint (n BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " size BIGINT UNSIGNED NOT NULL, root BINARY(32) NOT NULL, at_us BIGINT NOT NULL,"
    " note BLOB NOT NULL);";

/* ---- the server ---- */

static void
child_quiet(char *const argv[])
{
	int null = open("/dev/null", O_RDWR);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes leaves no server behind */
	if (null >= 0) {
		(void)dup2(null, 0);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
	}
	(void)execvp(argv[0], argv);
	_exit(127);
}

static int
run_quiet(char *const argv[])
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		child_quiet(argv);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *
find_server(void)
{
	static const char *const places[] = { "/usr/sbin/mariadbd", "/usr/bin/mariadbd",
		"/usr/libexec/mariadbd" };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

static int
server_start(struct fixture *f, const char *server)
{
	const struct passwd *pw = getpwuid(getuid());
	char user[80], data[96], sock[112], pidfile[112], log[112];
	char *argv[24], *install[24];
	size_t n = 0, m = 0;

	(void)snprintf(user, sizeof user, "--user=%s", pw == NULL ? "root" : pw->pw_name);
	(void)snprintf(data, sizeof data, "--datadir=%s/data", f->dir);
	(void)snprintf(sock, sizeof sock, "--socket=%s", f->socket);
	(void)snprintf(pidfile, sizeof pidfile, "--pid-file=%s/pid", f->dir);
	(void)snprintf(log, sizeof log, "--log-error=%s/err.log", f->dir);
#define ARG(list, count, text) ((list)[(count)++] = strdup(text))
	ARG(install, m, "mariadb-install-db");
	ARG(install, m, "--no-defaults");
	ARG(install, m, user);
	ARG(install, m, data);
	ARG(install, m, "--auth-root-authentication-method=normal");
	ARG(install, m, "--skip-test-db");
	ARG(install, m, "--skip-name-resolve");
	ARG(install, m, "--innodb-log-file-size=8M");
	install[m] = NULL;
	ARG(argv, n, server);
	ARG(argv, n, "--no-defaults");
	ARG(argv, n, user);
	ARG(argv, n, data);
	ARG(argv, n, sock);
	ARG(argv, n, pidfile);
	ARG(argv, n, log);
	ARG(argv, n, "--skip-networking");
	ARG(argv, n, "--skip-name-resolve");
	ARG(argv, n, "--skip-log-bin");
	ARG(argv, n, "--character-set-server=utf8mb4");
	ARG(argv, n, "--collation-server=utf8mb4_bin");
	ARG(argv, n, "--innodb-buffer-pool-size=128M");
	ARG(argv, n, "--innodb-log-file-size=8M");
	ARG(argv, n, "--innodb-flush-log-at-trx-commit=0"); /* no power is lost in a test */
	argv[n] = NULL;
	if (run_quiet(install) != 0)
		return -1;
	f->pid = fork();
	if (f->pid == 0)
		child_quiet(argv);
	while (n > 0)
		free(argv[--n]);
	while (m > 0)
		free(install[--m]);
	return f->pid < 0 ? -1 : 0;
}

struct ybh_db *
fixture_connect(const struct fixture *f)
{
	struct ybh_db_conf conf = {
		.socket = f->socket,
		.name = "yobo",
		.user = "root",
		.password = "",
		.statement_s = 60,
	};

	return ybh_db_new(&conf);
}

static int
schema_make(const struct fixture *f)
{
	struct ybh_db_conf conf = { .socket = f->socket,
		.name = "mysql",
		.user = "root",
		.password = "",
		.statement_s = 60 };
	struct ybh_db *db = ybh_db_new(&conf);
	int rc = -1;

	for (int i = 0; db != NULL && i < 3000 && rc != 0; i++) {
		(void)usleep(20000);
		rc = ybh_db_ready(db);
	}
	if (rc == 0)
		rc = ybh_db_script(
		    db, YB_STR("CREATE DATABASE yobo CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"));
	ybh_db_free(db);
	return rc;
}

int
fixture_start(struct fixture *f)
{
	const char *server = find_server();

	*f = (struct fixture) { 0 };
	if (server == NULL)
		return 77;
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/yobo-log.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	(void)snprintf(f->socket, sizeof f->socket, "%s/s.sock", f->dir);
	(void)snprintf(f->state, sizeof f->state, "%s/seal.state", f->dir);
	(void)snprintf(f->checkpoints, sizeof f->checkpoints, "%s/checkpoints", f->dir);
	if (server_start(f, server) != 0 || schema_make(f) != 0)
		return -1;
	f->a = ybh_arena_new(1u << 20, 256u << 20);
	f->db = fixture_connect(f);
	f->keeper = fixture_keeper_new(f);
	if (f->a == NULL || f->db == NULL || f->keeper == NULL)
		return -1;
	return ybh_db_script(f->db, (yb_str) { schema, sizeof schema - 1 });
}

void
fixture_stop(struct fixture *f)
{
	char *const rm[] = { strdup("rm"), strdup("-rf"), f->dir, NULL };

	ybh_keeper_free(f->keeper);
	ybh_db_free(f->db);
	ybh_arena_free(f->a);
	if (f->pid > 0) {
		(void)kill(f->pid, SIGKILL); /* nothing of it is kept */
		(void)waitpid(f->pid, NULL, 0);
	}
	if (f->dir[0] != '\0')
		(void)run_quiet(rm);
	free(rm[0]);
	free(rm[1]);
}

static void
give_up(const struct fixture *f, const char *sql)
{
	(void)fprintf(stderr, "fixture: %s: %s\n", sql, ybh_db_error(f->db));
	abort();
}

void
fixture_sql(struct fixture *f, const char *fmt, ...)
{
	char sql[16384];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof sql ||
	    ybh_db_script(f->db, (yb_str) { sql, (size_t)n }) != 0)
		give_up(f, sql);
}

void
fixture_clear(struct fixture *f)
{
	fixture_sql(f, "TRUNCATE audit_event; TRUNCATE audit_chain; TRUNCATE audit_leaf;"
		       "TRUNCATE audit_checkpoint");
	(void)unlink(f->state);
	(void)unlink(f->checkpoints);
	ybh_arena_reset(f->a);
}

void
fixture_copy(const char *from, const char *to)
{
	char data[65536];
	FILE *f = fopen(from, "rb"), *t = fopen(to, "wb");
	size_t n;

	if (f == NULL || t == NULL)
		abort();
	n = fread(data, 1, sizeof data, f);
	if (fwrite(data, 1, n, t) != n || fclose(t) != 0)
		abort();
	(void)fclose(f);
}

struct number {
	yb_int n;
};
static const yb_field number_fields[] = { { "n", YB_OF(struct number, n) }, { 0 } };

int64_t
fixture_number(struct fixture *f, const char *fmt, ...)
{
	char sql[4096];
	yb_query q = { .name = "number",
		.sql = sql,
		.row = number_fields,
		.row_size = sizeof(struct number),
		.tenant = YB_GLOBAL };
	struct ybh_db *db = fixture_connect(f); /* a query on the stack must not stay prepared */
	struct yb_arena *a = ybh_arena_new(4096, 65536);
	yb_list rows;
	int64_t ret = -1;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	if (ybh_db_run(db, &q, NULL, 0, a, 1, &rows, NULL) != 0)
		give_up(f, sql);
	if (rows.n == 1)
		ret = ((const struct number *)rows.items)->n.v;
	ybh_arena_free(a);
	ybh_db_free(db);
	return ret;
}

/* ---- the keeper ---- */

struct ybh_keeper {
	struct ybh_db *db;
};

static struct {
	pthread_mutex_t lock;
	EVP_PKEY *key;
	char kid[48];
	unsigned char secret[32];
	atomic_bool away;
} keeper = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct ybh_keeper *
fixture_keeper_new(const struct fixture *f)
{
	struct ybh_keeper *k = calloc(1, sizeof *k);

	(void)pthread_mutex_lock(&keeper.lock);
	if (keeper.key == NULL) {
		keeper.key = ybh_p256_generate();
		ybh_random(keeper.secret, sizeof keeper.secret);
		if (ybh_p256_thumbprint(keeper.key, keeper.kid) != 0)
			abort();
	}
	(void)pthread_mutex_unlock(&keeper.lock);
	if (k != NULL)
		k->db = fixture_connect(f);
	return k;
}

void
fixture_keeper_away(bool away)
{
	atomic_store(&keeper.away, away);
}

void
ybh_keeper_free(struct ybh_keeper *k)
{
	if (k == NULL)
		return;
	ybh_db_free(k->db);
	free(k);
}

int
ybh_keeper_keys(struct ybh_keeper *k, struct yb_arena *a, yb_list *ret)
{
	struct ybh_key *key = ybh_arena_must(a, sizeof *key);

	(void)k;
	if (atomic_load(&keeper.away))
		return -ECONNREFUSED;
	key->cls = YBH_KEY_CHECKPOINT;
	key->state = YBH_KEY_CURRENT;
	key->kid = yb_cstr(keeper.kid);
	key->public_pem = ybh_p256_public_pem(keeper.key, a);
	*ret = (yb_list) { key, 1 };
	return 0;
}

static void
first_key(uint64_t chain_id, unsigned char ret[32])
{
	ybh_hmac_sha256(keeper.secret, 32, &chain_id, sizeof chain_id, ret);
}

int
ybh_keeper_chain_key(struct ybh_keeper *k, uint64_t chain_id, unsigned char ret[32])
{
	(void)k;
	if (atomic_load(&keeper.away))
		return -ECONNREFUSED;
	first_key(chain_id, ret);
	return 0;
}

static const yb_query chain_newest = {
	.name = "fixture_chain_newest",
	.sql = "SELECT CAST(MAX(chain_id) AS SIGNED) AS n FROM audit_chain",
	.row = number_fields,
	.row_size = sizeof(struct number),
	.tenant = YB_GLOBAL,
};
static const yb_query chain_insert = {
	.name = "fixture_chain_insert",
	.sql = "INSERT INTO audit_chain (chain_id, host, opened_us, signature, kid)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

static int
chain_open(struct ybh_keeper *k, struct yb_arena *a, yb_str host, struct ybh_chain_grant *g)
{
	unsigned char text[128], sig[64];
	yb_list rows;
	yb_args args;
	int rc = ybh_db_run(k->db, &chain_newest, NULL, 0, a, 1, &rows, NULL);

	if (rc != 0)
		return rc;
	g->chain_id = (uint64_t)((const struct number *)rows.items)->n.v + 1;
	g->opened_us = ybh_now_us();
	if (ybh_es256_sign(keeper.key, text,
		ybh_chain_statement(g->chain_id, g->opened_us, host, text), sig) != 0)
		return -EPROTO;
	g->signature_len = ybh_es256_der(sig, g->signature);
	first_key(g->chain_id, g->mac_key);
	args = YB_ARGS(yb_i64((int64_t)g->chain_id), yb_text(host), yb_i64(g->opened_us),
	    yb_blob((yb_bytes) { g->signature, g->signature_len }), yb_text(yb_cstr(keeper.kid)));
	return ybh_db_run(k->db, &chain_insert, args.v, args.n, a, 0, NULL, NULL);
}

int
ybh_keeper_chain_open(struct ybh_keeper *k, yb_str host, struct ybh_chain_grant *ret)
{
	struct yb_arena *a;
	int rc;

	if (atomic_load(&keeper.away))
		return -ECONNREFUSED;
	a = ybh_arena_new(4096, 65536);
	(void)pthread_mutex_lock(&keeper.lock);
	rc = chain_open(k, a, host, ret);
	(void)pthread_mutex_unlock(&keeper.lock);
	ybh_arena_free(a);
	if (rc != 0)
		(void)fprintf(stderr, "fixture: chain: %d %s\n", rc, ybh_db_error(k->db));
	return rc == 0 ? 0 : -EPROTO;
}

void
fixture_mac_key(uint64_t chain_id, uint64_t seq, unsigned char key[32])
{
	first_key(chain_id, key);
	for (uint64_t i = 0; i < seq; i++)
		ybh_record_key_next(key);
}

static int
sign(void *arg, const void *p, size_t n, unsigned char sig[64])
{
	(void)arg;
	return ybh_es256_sign(keeper.key, p, n, sig);
}

struct ybh_sealer *
fixture_sealer(struct fixture *f)
{
	char err[200];
	struct ybh_sealer *s = ybh_sealer_new(f->state, f->checkpoints, "yobo.example/audit",
	    yb_cstr(keeper.kid), sign, NULL, err, sizeof err);

	if (s == NULL)
		(void)fprintf(stderr, "fixture: %s\n", err);
	return s;
}

/* ---- events ---- */

struct ybh_event
fixture_event(struct yb_arena *a, unsigned n)
{
	static const unsigned char bytes[32] = "0123456789abcdef0123456789abcde";

	return (struct ybh_event) {
		.at_us = ybh_now_us() - (n % 4 == 0 ? 20 * INT64_C(1000000) : 0), /* a slow one */
		.actor_kind = YB_STAFF,
		.actor = ybh_arena_format(a, "staff%04u", n % 10000),
		.org_id = 7 + n % 3,
		.org_code = YB_STR("131016"),
		.role = YB_STR("MU-S"),
		.session = { bytes, 8 },
		.token = { bytes, 32 },
		.peer = YB_STR("192.0.2.17"),
		.user_agent = YB_STR("Mozilla/5.0 (X11; Linux x86_64) Example/1.0"),
		.function = YB_STR("H-3-2"),
		.operation = YB_STR("getTimeline"),
		.action = YB_ACT_VIEW,
		.subject_no = ybh_arena_format(a, "S%010u", n),
		.target_type = YB_STR("vaccination"),
		.target_id = ybh_arena_format(a, "0190-%u", n),
		.muni_code = YB_STR("131016"),
		.purpose = YB_STR("01"),
		.reason = YB_STR("接種歴の確認"),
		.ok = n % 5 != 0,
		.error_id = n % 5 == 0 ? YB_STR("E-AUTH-005") : (yb_str) { NULL, 0 },
		.row_count = n % 4,
		.body_sha256 = { bytes, 32 },
		.trace_id = YB_STR("K7QP-3M9X"),
	};
}

int64_t
fixture_verify(struct fixture *f, char *out, struct ybh_verify_report *report)
{
	struct ybh_db *db = fixture_connect(f);
	FILE *lines = fmemopen(out, FIXTURE_OUT, "w");
	int rc;

	out[0] = '\0';
	rc = ybh_audit_verify(db, f->keeper, f->checkpoints, lines, report);
	(void)fclose(lines);
	if (rc != 0)
		(void)fprintf(stderr, "fixture: verify: %d %s\n", rc, ybh_db_error(db));
	ybh_db_free(db);
	return rc == 0 ? (int64_t)report->findings : -1;
}
