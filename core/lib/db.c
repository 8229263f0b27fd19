/*
 * db.c - one MariaDB connection with its prepared statements (dbconn.h).
 *
 * The only file that includes mysql.h. What Connector/C does by default and we do not
 * want: LOCAL INFILE, reconnecting, unverified TLS, endless reads.
 */
#include "db_internal.h"

#include <errno.h>
#include <mysqld_error.h>
#include <errmsg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

#define ER_STATEMENT_TIMEOUT_ 1969 /* max_statement_time passed */
#define ALONE_TRIES	      3	   /* of a statement outside a transaction */
#define LIVELY_US	      INT64_C(5000000)

struct ybh_db *
ybh_db_new(const struct ybh_db_conf *conf)
{
	struct ybh_db *db = calloc(1, sizeof *db);

	if (db != NULL)
		db->conf = *conf;
	return db;
}

struct ybh_db *
ybh_db_like(const struct ybh_db *db)
{
	return ybh_db_new(&db->conf);
}

static void
stmt_drop(struct db_stmt *s)
{
	if (s->stmt != NULL)
		(void)mysql_stmt_close(s->stmt); /* the connection may be gone already */
	free(s->result);
	*s = (struct db_stmt) { 0 };
}

static void
db_drop(struct ybh_db *db)
{
	for (size_t i = 0; i < DB_STMTS; i++)
		stmt_drop(&db->stmts[i]);
	if (db->my != NULL)
		mysql_close(db->my);
	db->my = NULL;
	db->in_transaction = false;
}

void
ybh_db_free(struct ybh_db *db)
{
	if (db == NULL)
		return;
	db_drop(db);
	free(db);
}

const char *
ybh_db_error(const struct ybh_db *db)
{
	return db->error;
}

bool
ybh_db_in_transaction(const struct ybh_db *db)
{
	return db->in_transaction;
}

int64_t
ybh_db_last_id(const struct ybh_db *db)
{
	return db->last_id;
}

/* The server quotes values in its messages; they must not reach a log. */
static void
values_hide(char *text)
{
	bool quoted = false;

	for (; *text != '\0'; text++) {
		if (*text == '\'')
			quoted = !quoted;
		else if (quoted)
			*text = '*';
	}
}

static bool
quotes_values(unsigned code)
{
	switch (code) {
	case ER_BAD_FIELD_ERROR:
	case ER_NO_SUCH_TABLE:
	case ER_TABLEACCESS_DENIED_ERROR:
	case ER_COLUMNACCESS_DENIED_ERROR:
	case ER_DBACCESS_DENIED_ERROR:
	case ER_ACCESS_DENIED_ERROR:
	case CR_CONNECTION_ERROR:
		return false;
	default:
		return true;
	}
}

/* Our result for a server or client error; drops a connection that is in doubt. */
int
db_result(struct ybh_db *db, unsigned code, const char *text)
{
	(void)snprintf(db->error, sizeof db->error, "%u %s", code, text);
	if (quotes_values(code) && !db->conf.tool)
		values_hide(db->error);
	switch (code) {
	case ER_DUP_ENTRY:
		return -EEXIST;
	case ER_LOCK_DEADLOCK:
	case ER_CHECKREAD: /* innodb_snapshot_isolation: somebody else wrote first */
		ybh_db_rollback(db);
		return -EAGAIN;
	case ER_LOCK_WAIT_TIMEOUT: /* waited long enough already */
		ybh_db_rollback(db);
		return -ETIMEDOUT;
	case ER_STATEMENT_TIMEOUT_:
	case ER_QUERY_INTERRUPTED:
		return -ETIMEDOUT;
	case ER_MAX_PREPARED_STMT_COUNT_REACHED:
		return -EBUSY;
	case ER_OPTION_PREVENTS_STATEMENT:
	case ER_DISK_FULL:
	case ER_RECORD_FILE_FULL:
	case ER_SERVER_SHUTDOWN:
	case ER_CONNECTION_KILLED:
	case ER_NEW_ABORTING_CONNECTION:
	case ER_NET_READ_ERROR:
	case ER_NET_READ_INTERRUPTED:
	case ER_NET_ERROR_ON_WRITE:
	case ER_NET_WRITE_INTERRUPTED:
	case ER_CON_COUNT_ERROR:
	case ER_ACCESS_DENIED_ERROR:
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_COMMANDS_OUT_OF_SYNC:
		db_drop(db);
		return -ECONNRESET;
	default:
		if (code >= CR_MIN_ERROR && code <= CR_MAX_ERROR && code != CR_NEW_STMT_METADATA) {
			db_drop(db);
			return -ECONNRESET;
		}
		return -EIO;
	}
}

static int
db_plain(struct ybh_db *db, const char *sql)
{
	if (mysql_real_query(db->my, sql, (unsigned long)strlen(sql)) != 0)
		return db_result(db, mysql_errno(db->my), mysql_error(db->my));
	return 0;
}

static void
db_options(struct ybh_db *db)
{
	unsigned connect_s = 3, io_s = db->conf.statement_s + 3;
	unsigned off = 0;
	my_bool no = 0, yes = 1;

	/* The server gives up first and says so; one that is silent costs a request this, and two
	 * attempts to connect, which together must stay below request_timeout. */
	if (db->conf.statement_s == 0 || db->conf.tool)
		io_s = 15;
	(void)mysql_options(db->my, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	(void)mysql_options(db->my, MYSQL_OPT_READ_TIMEOUT, &io_s);
	(void)mysql_options(db->my, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
	(void)mysql_options(db->my, MYSQL_OPT_LOCAL_INFILE, &off);
	(void)mysql_options(db->my, MYSQL_OPT_RECONNECT, &no);
	(void)mysql_options(db->my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (db->conf.host != NULL) {
		(void)mysql_options(db->my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
		(void)mysql_options(db->my, MYSQL_OPT_SSL_ENFORCE, &yes);
		(void)mysql_options(db->my, MYSQL_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
		if (db->conf.ca != NULL)
			(void)mysql_ssl_set(db->my, NULL, NULL, db->conf.ca, NULL, NULL);
	}
}

static int
db_session(struct ybh_db *db)
{
	char sql[512];

	(void)snprintf(sql, sizeof sql,
	    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
	    "ERROR_FOR_DIVISION_BY_ZERO,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION',"
	    " time_zone = '+00:00', innodb_snapshot_isolation = ON,"
	    " max_statement_time = %u, innodb_lock_wait_timeout = 5",
	    db->conf.statement_s == 0 ? 5 : db->conf.statement_s);
	return db_plain(db, sql);
}

int
ybh_db_ready(struct ybh_db *db)
{
	const struct ybh_db_conf *c = &db->conf;
	unsigned long flags = CLIENT_FOUND_ROWS;

	if (db->my != NULL)
		return 0;
	db->my = mysql_init(NULL);
	if (db->my == NULL)
		return -ECONNRESET;
	db_options(db);
	if (mysql_real_connect(db->my, c->host == NULL ? NULL : c->host, c->user, c->password,
		c->name, c->host == NULL ? 0 : c->port, c->host == NULL ? c->socket : NULL,
		flags) == NULL) {
		(void)snprintf(db->error, sizeof db->error, "%u %s", mysql_errno(db->my),
		    mysql_error(db->my));
		db_drop(db);
		return -ECONNRESET;
	}
	if (db_session(db) == 0)
		return 0;
	db_drop(db);
	return -ECONNRESET;
}

/* ---- transactions ---- */

int
ybh_db_begin(struct ybh_db *db)
{
	int rc = ybh_db_ready(db);

	if (rc == 0)
		rc = db_plain(db, "START TRANSACTION");
	if (rc == -ECONNRESET && ybh_db_ready(db) == 0)
		rc = db_plain(db, "START TRANSACTION"); /* a kept connection had died: nothing was begun */
	if (rc == 0)
		db->in_transaction = true;
	return rc;
}

int
ybh_db_commit(struct ybh_db *db)
{
	int rc;

	if (!db->in_transaction || db->my == NULL)
		return -ECONNRESET;
	db->in_transaction = false;
	rc = db_plain(db, "COMMIT");
	if (rc != 0 && rc != -ECONNRESET)
		db_drop(db); /* whatever it was, this connection is not to be trusted */
	return rc == 0 ? 0 : -ECONNRESET;
}

void
ybh_db_rollback(struct ybh_db *db)
{
	bool open = db->in_transaction;

	db->in_transaction = false;
	if (open && db->my != NULL && mysql_real_query(db->my, "ROLLBACK", 8) != 0)
		db_drop(db);
}

/* ---- statements ---- */

static struct db_stmt *
stmt_slot(struct ybh_db *db, const yb_query *q)
{
	struct db_stmt *oldest = NULL;

	for (size_t i = 0; i < DB_STMTS; i++) {
		struct db_stmt *s = &db->stmts[i];

		if (s->q == q)
			return s;
		if (oldest == NULL || s->used < oldest->used)
			oldest = s; /* an empty slot was never used */
	}
	stmt_drop(oldest);
	return oldest;
}

/* Every other connection keeps its own: where the database has room for no more, ours go. */
static bool
stmt_prepare(struct ybh_db *db, struct db_stmt *s, const yb_query *q)
{
	unsigned long len = (unsigned long)strlen(q->sql);

	if (mysql_stmt_prepare(s->stmt, q->sql, len) == 0)
		return true;
	if (mysql_stmt_errno(s->stmt) != ER_MAX_PREPARED_STMT_COUNT_REACHED)
		return false;
	for (size_t i = 0; i < DB_STMTS; i++)
		if (&db->stmts[i] != s)
			stmt_drop(&db->stmts[i]);
	return mysql_stmt_prepare(s->stmt, q->sql, len) == 0;
}

int
db_prepare(struct ybh_db *db, const yb_query *q, struct db_stmt **ret)
{
	struct db_stmt *s = stmt_slot(db, q);
	int rc;

	s->used = ++db->uses;
	*ret = s;
	if (s->q == q)
		return 0;
	s->stmt = mysql_stmt_init(db->my);
	if (s->stmt == NULL)
		return -EIO;
	if (!stmt_prepare(db, s, q)) {
		rc = db_result(db, mysql_stmt_errno(s->stmt), mysql_stmt_error(s->stmt));
		if (db->my != NULL)
			stmt_drop(s);
		return rc;
	}
	s->q = q;
	rc = db_result_bind(db, s);
	if (rc != 0)
		stmt_drop(s);
	return rc;
}

static int
stmt_failed(struct ybh_db *db, struct db_stmt *s)
{
	unsigned code = mysql_stmt_errno(s->stmt);
	int rc = db_result(db, code, mysql_stmt_error(s->stmt));

	/* Columns changed under a prepared statement: prepare it again next time. */
	if (db->my != NULL && (code == CR_NEW_STMT_METADATA || code == ER_NEED_REPREPARE))
		stmt_drop(s);
	return rc;
}

static int
db_execute(struct ybh_db *db, const yb_query *q, MYSQL_BIND *params, size_t rows,
    struct db_stmt **ret)
{
	struct db_stmt *s;
	unsigned n = (unsigned)rows;
	int rc = db_prepare(db, q, &s);

	if (rc != 0)
		return rc;
	*ret = s;
	if (s->rows != n)
		(void)mysql_stmt_attr_set(s->stmt, STMT_ATTR_ARRAY_SIZE, &n);
	s->rows = n;
	if (mysql_stmt_param_count(s->stmt) > 0 && mysql_stmt_bind_param(s->stmt, params) != 0)
		return stmt_failed(db, s);
	if (mysql_stmt_execute(s->stmt) != 0)
		return stmt_failed(db, s);
	db->last_id = (int64_t)mysql_stmt_insert_id(s->stmt);
	db->answered_us = ybh_mono_us();
	return 0;
}

/* max_statement_time can surface here although execute succeeded. */
static int
rows_hold(struct ybh_db *db, struct db_stmt *s)
{
	return mysql_stmt_store_result(s->stmt) == 0 ? 0 : stmt_failed(db, s);
}

static int
rows_drop(struct db_stmt *s, int rc)
{
	if (s->stmt != NULL) /* else the connection was in doubt and is dropped with its statements */
		(void)mysql_stmt_free_result(s->stmt); /* already in memory: nothing to lose */
	return rc;
}

static int
db_run_once(struct ybh_db *db, const yb_query *q, MYSQL_BIND *params, struct yb_arena *a,
    size_t limit, yb_list *rows, int64_t *affected)
{
	struct db_stmt *s;
	int rc = db_execute(db, q, params, 0, &s);

	if (rc != 0)
		return rc;
	if (q->row != NULL) {
		rc = rows_hold(db, s);
		return rc != 0 ? rc : rows_drop(s, db_fetch_all(db, s, a, limit, rows));
	}
	if (affected != NULL)
		*affected = (int64_t)mysql_stmt_affected_rows(s->stmt);
	return 0;
}

/*
 * Whether a statement that failed with rc may run again. Outside a transaction a deadlock has
 * undone the statement and nothing else; a read whose connection was lost has done nothing.
 */
static bool
once_more(struct ybh_db *db, const yb_query *q, bool alone, int rc, int *tries)
{
	if (!alone || ++*tries == ALONE_TRIES)
		return false;
	if (rc == -EAGAIN)
		return true;
	return rc == -ECONNRESET && q->row != NULL && *tries == 1 && ybh_db_ready(db) == 0;
}

int
ybh_db_run(struct ybh_db *db, const yb_query *q, const yb_value *args, size_t nargs,
    struct yb_arena *a, size_t limit, yb_list *rows, int64_t *affected)
{
	MYSQL_BIND params[DB_PARAMS];
	struct db_param store[DB_PARAMS];
	bool alone = !db->in_transaction;
	int rc, tries = 0;

	if (nargs != q->nparams || nargs > DB_PARAMS) {
		(void)snprintf(db->error, sizeof db->error, "%s: %zu values for %u parameters",
		    q->name, nargs, q->nparams);
		return -EIO;
	}
	if (db->in_transaction && db->my == NULL)
		return -ECONNRESET;
	rc = ybh_db_ready(db);
	if (rc != 0)
		return rc;
	memset(params, 0, sizeof params);
	for (size_t i = 0; i < nargs; i++)
		db_bind_value(&params[i], &store[i], &args[i]);
	do
		rc = db_run_once(db, q, params, a, limit, rows, affected);
	while (rc != 0 && once_more(db, q, alone, rc, &tries));
	return rc;
}

static int
gather_once(struct ybh_db *db, const yb_query *q, MYSQL_BIND *params,
    struct ybh_asker *const *askers, size_t n)
{
	struct db_stmt *s;
	int rc = db_execute(db, q->gathered, params, 0, &s);

	for (size_t i = 0; i < n; i++) { /* nothing of an attempt before */
		askers[i]->rows = (yb_list) { NULL, 0 };
		askers[i]->room = 0;
	}
	if (rc == 0)
		rc = rows_hold(db, s);
	return rc != 0 ? rc : rows_drop(s, db_fetch_gathered(db, s, q->key, askers, n));
}

int
ybh_db_gather(struct ybh_db *db, const yb_query *q, struct ybh_asker *const *askers, size_t n)
{
	MYSQL_BIND params[YB_GATHER];
	struct db_param store[YB_GATHER];
	int rc, tries = 0;

	rc = ybh_db_ready(db);
	if (rc != 0)
		return rc;
	memset(params, 0, sizeof params);
	for (size_t i = 0; i < YB_GATHER; i++) /* the last one's key again, where there are fewer */
		db_bind_value(&params[i], &store[i], askers[i < n ? i : n - 1]->key);
	do
		rc = gather_once(db, q, params, askers, n);
	while (rc != 0 && once_more(db, q, true, rc, &tries));
	return rc;
}

bool
ybh_db_lively(const struct ybh_db *db)
{
	return db->my != NULL && ybh_mono_us() - db->answered_us < LIVELY_US;
}

int
ybh_db_refused(struct ybh_db *db, int rc, const char *why)
{
	(void)snprintf(db->error, sizeof db->error, "%s", why);
	return rc;
}

int
ybh_db_each(struct ybh_db *db, const yb_query *q, const yb_value *first, const yb_field *fields,
    size_t size, const void *rows, size_t n, struct yb_arena *a)
{
	MYSQL_BIND params[DB_PARAMS];
	bool alone = !db->in_transaction;
	struct db_stmt *s;
	size_t count;
	int rc, tries = 0;

	if (n == 0)
		return 0;
	if (db->in_transaction && db->my == NULL)
		return -ECONNRESET;
	memset(params, 0, sizeof params);
	count = db_bind_rows(params, first, fields, size, rows, n, a);
	if (count != q->nparams) {
		(void)snprintf(db->error, sizeof db->error, "%s: %zu fields for %u parameters",
		    q->name, count, q->nparams);
		return -EIO;
	}
	rc = ybh_db_ready(db);
	if (rc == 0)
		do
			rc = db_execute(db, q, params, n, &s);
		while (rc != 0 && once_more(db, q, alone, rc, &tries));
	if (rc == -EEXIST && strncmp(q->sql, "INSERT", 6) != 0)
		rc = -EIO; /* rows before the duplicate were changed: nobody may go on */
	return rc;
}

/* ---- for tools ---- */

int
ybh_db_script(struct ybh_db *db, yb_str sql)
{
	int rc = ybh_db_ready(db), next;
	unsigned statement = 1;

	if (rc != 0)
		return rc;
	(void)mysql_set_server_option(db->my, MYSQL_OPTION_MULTI_STATEMENTS_ON);
	next = mysql_real_query(db->my, sql.p, (unsigned long)sql.len);
	while (next == 0) {
		MYSQL_RES *res = mysql_store_result(db->my);

		mysql_free_result(res);
		statement++;
		next = mysql_next_result(db->my);
	}
	if (next > 0) {
		char text[400];

		(void)snprintf(text, sizeof text, "statement %u: %s", statement,
		    mysql_error(db->my));
		rc = db_result(db, mysql_errno(db->my), text);
		if (rc == -EEXIST)
			rc = -EIO;
	}
	if (db->my != NULL)
		(void)mysql_set_server_option(db->my, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
	return rc;
}

int
ybh_db_check(struct ybh_db *db, const yb_query *q, char *err, size_t size)
{
	struct db_stmt *s = NULL;
	int rc = ybh_db_ready(db);

	if (rc == 0)
		rc = db_prepare(db, q, &s);
	if (rc != 0) {
		(void)snprintf(err, size, "query %s: %s", q->name, db->error);
		return -EINVAL;
	}
	if (mysql_stmt_param_count(s->stmt) != q->nparams) {
		(void)snprintf(err, size, "query %s: has %lu parameters, says %u", q->name,
		    mysql_stmt_param_count(s->stmt), q->nparams);
		return -EINVAL;
	}
	return db_check_columns(s, err, size);
}
