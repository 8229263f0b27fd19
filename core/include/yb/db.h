/*
 * yb/db.h - statements as constants, values as typed constants, rows as records.
 *
 * There is no way to run SQL that is not a literal in a yb_query. Every query says
 * whose rows it touches; for YB_ORG and YB_SELF the core itself binds the caller to
 * the first "?", so a handler cannot name another organisation.
 *
 * A route that writes runs inside one transaction which the core opens before the
 * handler and commits after it, together with the access log and the idempotency
 * record. A handler never begins, commits or retries.
 */
#ifndef YB_DB_H
#define YB_DB_H

#include <yb/record.h>

typedef struct yb_req yb_req;

enum yb_tenant {
	YB_NO_TENANT = 0, /* refused at load */
	YB_ORG,	   /* rows of the caller's organisation: "?" 1 is its org_id (BIGINT) */
	YB_SELF,   /* rows of the caller: "?" 1 is its actor id (user or client, BIGINT) */
	YB_GLOBAL, /* rows that belong to no organisation: masters, codes */
	YB_CROSS,  /* rows of other organisations: only from a route with .reach = YB_REACH_CROSS */
};

typedef struct yb_query {
	const char *name; /* unique, for logs and metrics */
	const char *sql;  /* a literal; columns named, aliased to the field names of `row` */
	const yb_field *row; /* NULL: no result set */
	size_t row_size;
	unsigned nparams;     /* all "?", the caller's included */
	enum yb_tenant tenant;
	const char *absent;   /* yb_db_find: catalogue id when there is no row; NULL: E-AUTH-005 */
	/*
	 * Of a query with one "?": the same for YB_GATHER keys, `key` being the field of the row that
	 * equals one of them, byte for byte where it is text. Requests that ask at the same moment,
	 * outside a transaction, are then answered by one statement, each with the rows of its own
	 * key; NULL: each asks alone.
	 */
	const struct yb_query *gathered;
	const char *key;
	/*
	 * Another gathered query, whose row has a number of the name `key`: yb_db_one_with reads that
	 * row and then the rows of this query whose `key` equals it, unless may_read is false. That
	 * only reads r, and may be called by another thread while the request waits.
	 */
	const struct yb_query *parent;
	bool (*may_read)(const yb_req *r, const void *parent_row);
} yb_query;

#define YB_GATHER      16 /* keys of a statement for several requests */
#define YB_GATHER_KEYS "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

/* A value to bind. Made by the constructors below, in YB_ARGS(...). */
typedef struct yb_value {
	enum yb_type type; /* YB_T_END: SQL NULL */
	union {
		int64_t i64;
		yb_str text;
		yb_bytes bytes;
		yb_date date;
		yb_time time;
		yb_uuid uuid;
	} u;
	unsigned scale;
} yb_value;

typedef struct yb_args {
	const yb_value *v;
	size_t n;
} yb_args;

/* clang-format off */
#define YB_ARGS(...)							\
	((yb_args) { (const yb_value[]) { __VA_ARGS__ },		\
	    sizeof((const yb_value[]) { __VA_ARGS__ }) / sizeof(yb_value) })
#define YB_NO_ARGS ((yb_args) { NULL, 0 })
/* clang-format on */

yb_value yb_null(void);
yb_value yb_i64(int64_t v);
yb_value yb_int_or_null(yb_int v);
yb_value yb_bool(bool v);
yb_value yb_text(yb_str v);	/* null text is NULL */
yb_value yb_blob(yb_bytes v);	/* null bytes is NULL */
yb_value yb_day(yb_date v);	/* null date is NULL */
yb_value yb_at(yb_time v);	/* column BIGINT: microseconds UTC; null is NULL */
yb_value yb_id(yb_uuid v);	/* column BINARY(16); null is NULL */
yb_value yb_number(yb_dec v, unsigned scale); /* column DECIMAL(p, scale) */

/*
 * Many values as the text of one "?", for JSON_TABLE(?, '$[*]' COLUMNS (... PATH '$')): [1,2],
 * ["a","b"], a null text as null; [] for none. From one value to the next it is `size` bytes:
 * that of the value itself, or of the records it is a member of. In the request's memory.
 */
yb_str yb_json_numbers(yb_req *r, const int64_t *first, size_t n, size_t size);
yb_str yb_json_texts(yb_req *r, const yb_str *first, size_t n, size_t size);

enum yb_found { YB_DB_FAILED = -1, YB_NO_ROW = 0, YB_ONE_ROW = 1 };

/*
 * Every function below records the problem (503 E-SYS-002 when the database is away or
 * busy, 500 E-SYS-003 for a fault of ours) before it answers failure, so that a handler
 * only passes failure on. A duplicate key is not a failure of yb_db_exec: see there.
 */

/* The one row. Several rows are a fault of the query. */
enum yb_found yb_db_one(yb_req *r, const yb_query *q, yb_args args, void *row) YB_MUST_USE;
/*
 * The one row of q->parent by its key, and the rows of q under it, at most `limit`; none where
 * q->may_read is false, which the caller has to ask again. Requests that ask at the same moment
 * share both statements, and wait for each other once.
 */
enum yb_found yb_db_one_with(yb_req *r, const yb_query *q, yb_value key, void *row, size_t limit,
    yb_list *ret) YB_MUST_USE;
/* The one row, or -1 with the query's `absent` problem recorded. */
int yb_db_find(yb_req *r, const yb_query *q, yb_args args, void *row) YB_MUST_USE;
/* All rows, at most `limit` (1 .. 100,000); more rows than that is a fault of the query. */
int yb_db_list(yb_req *r, const yb_query *q, yb_args args, size_t limit, yb_list *ret) YB_MUST_USE;
/*
 * Leaves a page of `limit` rows, where one more was asked for than it shows; true: there was one,
 * so that another page begins after the last that is left.
 */
bool yb_page_cut(yb_list *rows, size_t limit);
/*
 * A statement without rows. *ret_rows: rows matched (not only changed).
 * Answers 0, -1 (recorded), or YB_DUPLICATE when a unique key is taken; then nothing was
 * written, nothing is recorded, and the transaction goes on.
 */
#define YB_DUPLICATE 1
int yb_db_exec(yb_req *r, const yb_query *q, yb_args args, int64_t *ret_rows) YB_MUST_USE;
/* AUTO_INCREMENT or LAST_INSERT_ID(expr) value of this thread's last yb_db_exec. */
int64_t yb_db_last_id(yb_req *r);
/*
 * The statement once per record, in one round trip. `params` describes the struct and gives
 * the "?" in order; for YB_ORG and YB_SELF the caller comes first by itself.
 * 0, -1 or, for an INSERT, YB_DUPLICATE as above.
 */
int yb_db_each(yb_req *r, const yb_query *q, const yb_field *params, size_t size, const void *rows,
    size_t n) YB_MUST_USE;

#endif
