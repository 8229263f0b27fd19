/*
 * db_internal.h - what db.c and db_bind.c share; the two files that see mysql.h.
 */
#ifndef YBH_DB_INTERNAL_H
#define YBH_DB_INTERNAL_H

#include <mysql.h>

#include "dbconn.h"

#define DB_STMTS  128 /* statements kept prepared by a connection */
#define DB_PARAMS 64
#define DB_INLINE 192 /* bytes of a text column fetched without a second call */

struct db_column {
	int64_t number;
	signed char tiny;
	MYSQL_TIME time;
	char text[DB_INLINE];
	unsigned long length;
	my_bool is_null, truncated;
};

struct db_stmt {
	const yb_query *q;
	MYSQL_STMT *stmt;
	struct db_column *result;
	size_t n_columns;
	unsigned rows; /* array size it was executed with last; 0: one row, not bound as an array */
	uint64_t used;
};

struct db_param { /* storage a bound parameter points to */
	int64_t number;
	signed char tiny;
	MYSQL_TIME time;
	char text[24];
	unsigned long length;
};

struct ybh_db {
	struct ybh_db_conf conf;
	MYSQL *my; /* NULL: not connected */
	bool in_transaction;
	struct db_stmt stmts[DB_STMTS];
	uint64_t uses;
	int64_t last_id;
	int64_t answered_us; /* when it last answered a statement, monotonic */
	char error[512];
};

int db_result(struct ybh_db *db, unsigned code, const char *text);
int db_prepare(struct ybh_db *db, const yb_query *q, struct db_stmt **ret);
int db_result_bind(struct ybh_db *db, struct db_stmt *s);
int db_fetch_all(struct ybh_db *db, struct db_stmt *s, struct yb_arena *a, size_t limit,
    yb_list *rows);
/* The rows of several askers; key: its column. */
int db_fetch_gathered(struct ybh_db *db, struct db_stmt *s, const char *key,
    struct ybh_asker *const *askers, size_t n);
void db_bind_value(MYSQL_BIND *b, struct db_param *p, const yb_value *v);
size_t db_bind_rows(MYSQL_BIND *params, const yb_value *first, const yb_field *fields, size_t size,
    const void *rows, size_t n, struct yb_arena *a);
int db_check_columns(const struct db_stmt *s, char *err, size_t size);

#endif
