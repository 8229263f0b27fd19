/*
 * master.h - masters as data: what one says of itself, and what the engine's files know of
 * each other (vaccination brief 13, H-8).
 *
 * tables_*.c declare the masters, one struct table each; typed.c knows those that other areas
 * read from tables of their own. cells.c and check.c look at the values of a row, current.c at
 * what counts now, draft.c makes a change, flow.c takes it from hand to hand, effect.c lets it
 * count, baseline.c adopts what is shipped; show.c and list.c answer, import.c is the CSV path.
 */
#ifndef MASTER_H
#define MASTER_H

#include <yb/format.h>
#include <yb/module.h>
#include <yb/org.h>

/* ---- what a master says of itself ---- */

enum kind { /* of a column; all values are texts, in one canonical form */
	KIND_TEXT,
	KIND_LINES,   /* text with line breaks */
	KIND_DIGITS,  /* min to max digits; leading zeros are part of it */
	KIND_NUMBER,  /* min to max, no leading zeros */
	KIND_DECIMAL, /* at most max decimals, no zeros at the end */
	KIND_DAY,     /* YYYY-MM-DD */
	KIND_MONTH,   /* YYYY-MM */
	KIND_SEASON,  /* MM-DD */
	KIND_FLAG,    /* Y, N */
	KIND_LIST,    /* words, | between them */
	KIND_URL,     /* https only */
	KIND_PHONE,
	KIND_HOURS,   /* 月火水 09:00-12:00|土 09:00-11:30 */
	KIND_IMAGE,   /* PNG in base64, at most max KiB */
	KIND_AGE,     /* token of age_tokens.csv */
	KIND_AFTER,   /* prev+28d, ref+6M, per dose (5.2) */
};

#define COL_KEY	    0x01u /* names the row; key columns come first */
#define COL_MUST    0x02u /* E-VAL-001 without */
#define COL_FIND    0x04u /* the search of the list looks into it */
#define COL_PARTIES 0x08u /* shown to the parties of the contract only (H-8-9) */
#define COL_OWNER   0x10u /* shown to the owner only */
#define COL_NHIC    0x20u /* NHIC approves what changes here */
#define COL_TWO	    0x40u /* Y here, before or after: two approvers */

struct column {
	const char *name, *label;
	enum kind kind;
	unsigned flags;
	unsigned min, max;
	const char *one_of;	 /* "a|b": E-VAL-011 */
	const yb_format *format;
	const char *ref;	 /* id of the master it names a row of, or "ORG:HMI,NMI" */
	const char *list;	 /* with ref "M54": which list */
};

enum approval {
	APPROVE_NONE,  /* counts when handed in */
	APPROVE_OTHER, /* another person of the owner */
	APPROVE_TWO,   /* two other persons of the owner */
	APPROVE_NHIC,  /* a person of NHIC */
	APPROVE_MUNI,  /* the municipality named by the column muni_code */
};

enum from { /* earliest valid_from */
	FROM_TODAY,
	FROM_TOMORROW,
	FROM_COOL_OFF, /* parameter cool_off_days */
};

#define TABLE_NATIONAL	0x01u /* rows of the country, not of an organisation */
#define TABLE_RECEIVED	0x02u /* comes from another system; nobody edits it here (H-8-7) */
#define TABLE_INNER	0x04u /* read by its owner, NHIC and OPS only */
#define TABLE_LEGAL	0x08u /* a change names the law (H-8-3) */
#define TABLE_TICKET	0x10u /* a change names its ticket (H-8-1, OPS) */
#define TABLE_ROLLBACK	0x20u /* NHIC takes it back within 24 hours (H-8-6) */
#define TABLE_EMERGENCY 0x40u /* knows the emergency path (H-8-3 step 7) */

#define COLUMNS_MAX 24
#define KEY_MAX	    120

struct entry;

/* A table of its own in the database that follows what counts today. */
struct typed {
	const char *source;	 /* master_source.table_name; NULL: nothing is shipped */
	const yb_query *shipped; /* all its rows as texts, columns in the master's order */
	const yb_query *put;	 /* one row, whether new or changed */
	const char *put_columns; /* "a,b": what put binds, in its order; NULL: all columns */
	const yb_query *drop;	 /* one row by its key columns; NULL: it stays */
};

struct table {
	const char *id, *name; /* "M03", Japanese */
	const char *word;      /* "fees": its name for machines */
	const char *owner;     /* types of organisation whose rows they are: "HMI,NMI" */
	const char *own;       /* the column that carries the owner's code; NULL with NATIONAL */
	const char *edit, *approve; /* roles */
	enum approval approval;
	enum from from;
	unsigned flags;
	const struct column *columns;
	size_t n;
	void (*check)(yb_req *r, const struct table *t, struct entry *e); /* columns together */
	const yb_query *whole; /* rows of a change that do not go with the others: key, code */
	const struct typed *typed;
	const yb_query *const *received; /* what a received change does elsewhere; each binds it */
};

/* ---- tables_*.c ---- */

extern const struct table *const master_muni_tables[], *const master_mhlw_tables[],
    *const master_org_tables[], *const master_nhic_tables[];

/* ---- tables.c ---- */

/* By id or word; NULL: none. */
const struct table *table_find(yb_str name);
/* The i-th of all, in the order of their ids; NULL after the last. */
const struct table *table_at(size_t i);
/* The column's place; t->n: none. */
size_t column_of(const struct table *t, yb_str name);
bool has_role(const yb_req *r, const char *roles);
/* Whose book the caller's rows are in: 0 for the country, else the organisation. */
int64_t owner_of(const yb_req *r, const struct table *t);
/* The master of the path that the caller may edit, or NULL with the problem recorded. */
const struct table *table_to_edit(yb_req *r, yb_str name);
/* The master the caller may read; NULL: recorded. */
const struct table *table_to_read(yb_req *r, yb_str name);

/* ---- cells.c: the values of a row ---- */

enum op { OP_NEW, OP_REVISE, OP_END, OP_DELETE };
extern const char *const op_names[];

struct current;

struct reject { /* why a row of a received file is not taken; code NULL: it is */
	const char *field, *code;
};

struct entry { /* a row on its way in */
	yb_str *cells; /* of the master's columns; null: empty */
	enum op op;
	size_t at;     /* place in the request */
	yb_row *row;   /* of the file; NULL: a form */
	struct reject *reject; /* of a received file; NULL: not received */
	bool bad;
	yb_date valid_to;
	yb_str key, json, search;
	yb_bytes hash;
	const struct current *base; /* the key as it stands; NULL: unknown */
	int64_t key_id, version_no;
};

yb_str cells_key(yb_req *r, const struct table *t, const yb_str *cells);
yb_str cells_json(yb_req *r, const struct table *t, const yb_str *cells);
/* Reads what cells_json wrote; members of columns that are gone are passed over. */
yb_str *cells_read(yb_req *r, const struct table *t, yb_str json);
/* Key, JSON, hash and search key of an entry. */
void entry_seal(yb_req *r, const struct table *t, struct entry *e);
void entry_fault(yb_req *r, struct entry *e, const char *column, const char *code);
yb_str cell_of(const struct table *t, const struct entry *e, const char *column);

/* ---- check.c, grammar.c ---- */

/* NULL: good, with *ret in canonical form. */
const char *cell_check(yb_req *r, const struct column *c, yb_str in, yb_str *ret);
const char *grammar_age(yb_str in);
const char *grammar_after(yb_str in);
const char *grammar_hours(yb_str in);
const char *grammar_image(yb_str in, unsigned kib);
/*
 * Every cell, what cells must be together, and every name of another master, which must count
 * on `on`. Faults go to the entries. -1: recorded.
 */
int entries_check(yb_req *r, const struct table *t, struct entry *entries, size_t n, yb_date on);

/* ---- current.c: what counts ---- */

struct current {
	int64_t key_id, next_no, owner_id;
	yb_str key_text;
	yb_int version_id; /* null: nothing counts on that day */
	yb_date valid_from, valid_to;
	yb_bytes row_hash;
	yb_str cells;
	bool shipped; /* counts as it was shipped; or nothing counts, and nobody else ended it */
};

extern const yb_field current_row[];
/* Keys from..to as they stand on a day, in order; without cells when not wanted. */
int current_between(yb_req *r, const struct table *t, yb_str from, yb_str to, yb_date on,
    bool cells, yb_list *ret);
/* Sorts the entries by key and gives each its current row. -1: recorded. */
int current_merge(yb_req *r, const struct table *t, struct entry *entries, size_t n, yb_date on,
    bool cells);
/* Whether what counts of its key, as merged, has these very cells. */
bool entry_stands(const struct entry *e);
int current_count(yb_req *r, const struct table *t, int64_t owner_id, yb_date on, int64_t *ret);
/* Locks the book; what is read after this is what the last change left. */
int book_lock(yb_req *r, const struct table *t, int64_t owner_id);
int book_moved(yb_req *r, const struct table *t, int64_t owner_id);

/* ---- store.c: changes in the database ---- */

struct change {
	int64_t change_id, owner_id, row_ver;
	yb_int org_id, created_by, need_muni;
	yb_str master, kind, status, reason, legal_ref, ticket_no, created_user, decided_user,
	    decided_text, org_code;
	yb_date valid_from;
	int64_t need_own, need_nhic, n_rows, n_added, n_changed, n_ended;
	yb_bytes diff_hash;
	yb_time created, submitted, decided, effective;
	yb_str diff_hex;
};

struct change_new {
	yb_str kind, reason, legal_ref, ticket_no;
	yb_date valid_from;
};

int change_insert(yb_req *r, const struct table *t, int64_t owner_id, const struct change_new *in,
    const char *status, int64_t *ret_id);
/* Keys and versions of the entries, in order of their keys; entries that are bad are left out. */
int change_add(yb_req *r, const struct table *t, int64_t owner_id, int64_t change_id,
    yb_date valid_from, const char *status, struct entry *entries, size_t n);
int change_find(yb_req *r, int64_t change_id, struct change *ret);
/* The change of the path, its book locked, for somebody who may see it; -1 recorded. */
int change_open(yb_req *r, struct change *ret, const struct table **ret_table);
/* The number in the path; 0: none, which nothing has. */
int64_t path_number(const yb_req *r, const char *name);
/* Whether the caller's organisation handed it in. */
bool change_is_ours(const yb_req *r, const struct change *c);
/*
 * MS-5: 1 when the caller's person, by this account or another, made the change, or (when asked
 * of approvers too) has approved it already; 0: new eyes; -1: recorded.
 */
int hands_same(yb_req *r, int64_t change_id, bool approvers);
int change_set(yb_req *r, const struct change *c, const char *status);
int versions_set(yb_req *r, int64_t change_id, const char *status, bool pending);
int change_delete(yb_req *r, int64_t change_id);
int change_recount(yb_req *r, int64_t change_id);
int exec(yb_req *r, const yb_query *q, yb_args args);

extern const yb_field change_row[];

/* ---- rules.c: what only the whole change shows ---- */

/* Finds what every version takes over from; then MS-1, MS-2, MS-4. -1: refused. */
struct conflict { /* what a statement of rules.c or checks.c finds */
	yb_str key_text, code;
};

extern const yb_field conflict_row[];
int change_rules(yb_req *r, const struct table *t, const struct change *c);
int change_hash(yb_req *r, int64_t change_id, yb_bytes *ret);
/* Who must approve: fills need_own, need_nhic, need_muni. */
int change_needs(yb_req *r, const struct table *t, struct change *c);

/* ---- draft.c ---- */

struct row_in {
	yb_str op;
	yb_date valid_to;
	yb_list values; /* of struct value_in */
};

struct value_in {
	yb_str column, value;
};

struct change_in {
	yb_str kind, reason, legal_ref, ticket_no;
	yb_date valid_from;
	yb_list rows;
};

extern const yb_field change_in[];
int change_create(yb_req *r);
int change_replace(yb_req *r);
int change_drop(yb_req *r);
/* Earliest day, law, ticket: what a change says of itself. */
int change_head_check(yb_req *r, const struct table *t, const struct change_new *in);

/* ---- flow.c ---- */

struct approve_in {
	yb_str diff_hash, comment;
};

struct reason_in {
	yb_str reason;
};

extern const yb_field approve_in[], reason_in[];
int change_submit(yb_req *r);
int change_approve(yb_req *r);
int change_reject(yb_req *r);
int change_withdraw(yb_req *r);
int change_rollback(yb_req *r);
/* The handed-in part of change_submit, for the CSV path too. */
int change_hand_in(yb_req *r, const struct table *t, struct change *c);

/* ---- effect.c ---- */

/* Everybody has approved: takes over from what counted, at once or on its day. */
int change_take_over(yb_req *r, const struct table *t, struct change *c);
/*
 * The typed rows of a change's keys as they count on a day: at most FOLLOW_PAGE, from *after
 * on. 1: there are more; 0: that was all; -1: recorded.
 */
#define FOLLOW_PAGE 5000
int typed_follow(yb_req *r, const struct table *t, int64_t change_id, yb_date on, int64_t *after);
/* Rows of the typed table: END takes them away, all others put them there. */
int typed_write(yb_req *r, const struct table *t, const struct entry *entries, size_t n);
int effective_run(yb_req *r);

/* ---- baseline.c ---- */

/* How far the shipped rows of one master have been taken in; zero at its beginning. */
struct adoption {
	int64_t change_id, rows; /* of the change; how many of the file */
	char after[4 * KEY_MAX];
	size_t len;
	bool first;
};

/* One step of it: 1 there is more, 0 done, or nothing to do. -1: recorded. */
int baseline_step(yb_req *r, const struct table *t, struct adoption *a, bool *ret_did);
/* Whether the shipped rows of a master, and of those its columns name, are in; -1: 503. */
int baseline_ready(yb_req *r, const struct table *t);

/* ---- show.c: one change, its difference, its impact ---- */

struct change_query {
	yb_int limit, after;
	yb_str master, status;
};

struct rows_query {
	yb_int limit;
	yb_str after, q, org_code;
	yb_date as_of;
};

extern const yb_field change_query[], change_out[], change_page_out[], impact_out[];
int change_list(yb_req *r);
int change_get(yb_req *r);
int change_impact(yb_req *r);
int change_reply(yb_req *r, int status, int64_t change_id);

struct change_rows { /* which rows of a change: those of one op, or (null) all of them */
	int64_t change_id, after;
	yb_str op;
	size_t limit;
};

/* The difference of a received file, without what only the parties of a row may read. */
int change_rows_reply(yb_req *r, const struct table *t, const struct change_rows *q);
extern const yb_field received_page_out[];
extern const yb_query q_received_diff;

/* ---- control.c: what M42, M43 and M55 steer ---- */

struct opening { /* an operation a role gains or loses */
	yb_str role, operation, area, function, action, effect;
};

extern const yb_field opening_out[], parameters_out[];
/* Who would gain or lose what by a change of M42 (H-8-6 step 2): struct opening. */
int permissions_moved(yb_req *r, const struct change *c, yb_list *ret);
int parameters_list(yb_req *r);

/* ---- list.c: rows of a master ---- */

extern const yb_field rows_query[], tables_out[], rows_out[];
int tables_list(yb_req *r);
int rows_list(yb_req *r);
int row_get(yb_req *r);
/* JSON path of the master's image, which long lists leave out; null: it has none. */
yb_str image_path(yb_req *r, const struct table *t);
/* Takes away what this caller may not see of a row. */
void cells_withhold(const yb_req *r, const struct table *t, int64_t owner_id, yb_str *cells);

/* ---- import.c ---- */

/* What counts of the owner's rows on the day, and is neither in the change nor the same, ends. */
int import_rest_end(yb_req *r, const struct table *t, int64_t owner_id, int64_t change_id,
    yb_date on);

extern const yb_job_kind master_rows_job, master_export_job;

/* ---- all statements ---- */

extern const yb_query q_item, q_current, q_current_keys, q_current_count, q_book_lock, q_book_insert, q_book_moved,
    q_change, q_change_lock, q_change_insert, q_change_head, q_change_set, q_change_recount,
    q_change_delete, q_versions_delete, q_versions_set, q_key_insert, q_key_used, q_version_insert,
    q_take_base, q_conflicts, q_in_use, q_limited, q_diff_lines, q_column_moves, q_column_yes, q_places,
    q_approval_insert, q_approvals, q_hands, q_restore_base, q_built_on, q_close_base,
    q_delete_keys, q_expire_base, q_expire_own, q_follow, q_due, q_over, q_source, q_source_done,
    q_unfinished, q_changes, q_changes_nhic,
    q_diff, q_approvers, q_references, q_rev, q_rows, q_history, q_window,
    q_contract, q_import_ended, q_import_numbered, q_import_key, q_import_done, q_export, q_doctors,
    q_dose_refs, q_calendar, q_holiday;
extern const yb_query q_municipality_shipped, q_municipality_put, q_municipality_drop,
    q_prefecture_shipped, q_prefecture_put, q_prefecture_drop, q_bank_shipped, q_bank_put,
    q_bank_drop, q_branch_shipped, q_branch_put, q_branch_drop, q_vaccine_shipped, q_vaccine_put,
    q_vaccine_drop, q_schedule_shipped, q_schedule_put, q_schedule_drop, q_interval_shipped,
    q_interval_put, q_interval_drop, q_code_shipped, q_code_put, q_code_drop, q_lot_put,
    q_lot_drop, q_org_put, q_org_drop, q_muni_org_put, q_permission_put, q_permission_drop, q_parameter_put,
    q_parameter_drop, q_parameter_twice, q_org_whole, q_closings;

extern const struct typed typed_municipality, typed_prefecture, typed_bank, typed_branch,
    typed_vaccine, typed_schedule, typed_interval, typed_code, typed_lot, typed_org,
    typed_muni_org, typed_permission, typed_parameter;

/* ---- checks of whole rows ---- */

void check_fee(yb_req *r, const struct table *t, struct entry *e);
void check_period(yb_req *r, const struct table *t, struct entry *e);
void check_program(yb_req *r, const struct table *t, struct entry *e);
void check_dates(yb_req *r, const struct table *t, struct entry *e);
void check_lot(yb_req *r, const struct table *t, struct entry *e);
void check_calendar(yb_req *r, const struct table *t, struct entry *e);
void check_org(yb_req *r, const struct table *t, struct entry *e);
void check_parameter(yb_req *r, const struct table *t, struct entry *e);
void check_permission(yb_req *r, const struct table *t, struct entry *e);
void check_muni(yb_req *r, const struct table *t, struct entry *e);

#endif
