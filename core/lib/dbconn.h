/*
 * dbconn.h - one MariaDB connection with its prepared statements (host side of yb/db.h).
 *
 * db.c is the only file that includes mysql.h. A connection belongs to one thread.
 * After an error that leaves it in doubt the connection is dropped with its statements and
 * opened anew at the next use; a transaction is then over and says so with -ECONNRESET.
 *
 * Results: 0, or
 *	-EEXIST      duplicate key (the statement had no effect; the transaction lives)
 *	-EAGAIN      deadlock, or somebody wrote first: the transaction is rolled back, try again
 *	-ECONNRESET  connection lost; of a commit: the outcome is unknown
 *	-ETIMEDOUT   statement deadline
 *	-EBUSY       no room for another prepared statement: nothing was done
 *	-EOVERFLOW   more rows than `limit`
 *	-EIO         anything else: a fault of ours; ybh_db_error() says what
 */
#ifndef YBH_DBCONN_H
#define YBH_DBCONN_H

#include <yb/db.h>

#include "arena.h"

struct ybh_db;

struct ybh_db_conf {
	const char *socket; /* NULL: TCP with TLS to host:port */
	const char *host;
	unsigned port;
	const char *ca; /* PEM of the server's CA, with host */
	const char *name;
	const char *user;
	const char *password;	/* "" with unix_socket authentication */
	unsigned statement_s;	/* max_statement_time of the session; 0: 5 */
	bool tool; /* messages may quote what was sent: migrations, masters */
};

/* Does not connect yet. NULL: no memory. */
struct ybh_db *ybh_db_new(const struct ybh_db_conf *conf);
void ybh_db_free(struct ybh_db *db);
/* Another connection of the same account to the same server. NULL: no memory. */
struct ybh_db *ybh_db_like(const struct ybh_db *db);
/* Connects when not connected. 0 or -ECONNRESET. */
int ybh_db_ready(struct ybh_db *db) YB_MUST_USE;
/* The last error, without values of parameters. */
const char *ybh_db_error(const struct ybh_db *db);

int ybh_db_begin(struct ybh_db *db) YB_MUST_USE;
int ybh_db_commit(struct ybh_db *db) YB_MUST_USE;
void ybh_db_rollback(struct ybh_db *db);
bool ybh_db_in_transaction(const struct ybh_db *db);

/*
 * Runs a query. rows (NULL: none wanted) gets at most `limit` records of q->row in `a`.
 * Outside a transaction every statement commits itself, and one that a deadlock undid runs again.
 */
int ybh_db_run(struct ybh_db *db, const yb_query *q, const yb_value *args, size_t nargs,
    struct yb_arena *a, size_t limit, yb_list *rows, int64_t *affected) YB_MUST_USE;
/* Once per record; `first` (NULL: none) is bound before the fields of every record. */
int ybh_db_each(struct ybh_db *db, const yb_query *q, const yb_value *first,
    const yb_field *fields, size_t size, const void *rows, size_t n,
    struct yb_arena *a) YB_MUST_USE;
int64_t ybh_db_last_id(const struct ybh_db *db);

/* One of those for whom a statement reads (gather.h). */
struct ybh_asker {
	const yb_value *key;
	struct yb_arena *a; /* its rows and their texts go here and nowhere else */
	size_t limit;
	yb_list rows;
	size_t room; /* rows there is memory for already */
};
/*
 * Runs q->gathered for n keys (1 .. YB_GATHER); a row is given to whoever asked for its key. One
 * more than somebody's limit is -EOVERFLOW for all of them, and one that nobody asked for -EIO.
 */
int ybh_db_gather(struct ybh_db *db, const yb_query *q, struct ybh_asker *const *askers,
    size_t n) YB_MUST_USE;
/* Whether it has answered a statement within the last five seconds: others may rely on it. */
bool ybh_db_lively(const struct ybh_db *db);
/* The answer rc, and why, of a statement that another connection has run. */
int ybh_db_refused(struct ybh_db *db, int rc, const char *why);

/* Runs SQL text as it is, for migrations only (several statements in one text). */
int ybh_db_script(struct ybh_db *db, yb_str sql) YB_MUST_USE;
/*
 * Prepares q and compares parameter count, column count, column names and types with its
 * row table. 0, or -EINVAL with the rule in err.
 */
int ybh_db_check(struct ybh_db *db, const yb_query *q, char *err, size_t size) YB_MUST_USE;

#endif
