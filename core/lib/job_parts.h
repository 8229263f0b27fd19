/*
 * job_parts.h - what the files behind yb/job.h know of each other.
 *
 *	job_kind.c    kinds, their params and columns
 *	job_cell.c    a cell into a field of a record, a record into a line of CSV
 *	job_keys.c    which keys a file has had already
 *	job_source.c  the pieces of a file as rows of cells
 *	job_store.c   the tables
 *	job_rows.c    rows of cells into rows of records, in batches
 *	job_check.c   CHECKING, one bounded step after the other
 *	job_commit.c  COMMITTING, one transaction
 *	job_export.c  WAITING: what goes out
 *	job_release.c what goes out only by the word of another person
 *	job_work.c    who takes up which job, and what becomes of one that failed
 *	job_purge.c   the end of files and jobs
 *	job_routes.c  /jobs: start, send, say the word
 *	job_show.c    /jobs: look
 *	job_files.c   /jobs: files that leave, empty forms
 */
#ifndef YBH_JOB_PARTS_H
#define YBH_JOB_PARTS_H

#include <openssl/evp.h>

#include "csv.h"
#include "host.h"

#define JOB_PIECE	((size_t)512 << 10) /* bytes of a file in one row of the database */
#define JOB_UPLOAD	((size_t)8 << 20) /* bytes of a file in one request */
#define JOB_BATCH	1000		  /* rows the callbacks get at a time */
#define JOB_STEP_US	INT64_C(500000)	  /* of a check, between two commits */
#define JOB_ATTEMPTS	5
#define JOB_FAULTS	200 /* shown with their values; the file of faults has all */
#define JOB_PREVIEW	5
#define JOB_OUTCOMES	5
#define JOB_COLUMNS	200 /* of a file; the reader takes a few more */
#define JOB_FACTS	8
#define JOB_ARENA	((size_t)48 << 20)

enum job_stream { JOB_FILE = 1, JOB_ERRORS, JOB_RESULT, JOB_FAULTY };

/* What is wrong with a file as a whole; texts are the job's own memory. */
struct job_trouble {
	const char *code; /* NULL: nothing */
	int64_t line, column;
	yb_str wanted, found;
};

/* A row of core_job as the engine and the routes need it. */
struct job_row {
	int64_t job_id, org_id, actor_id, bytes, received, lines_seen, rows_done, bytes_done, added,
	    changed, same, ended, unsaid, bad, claim, attempts, row_ver, error_bytes, result_bytes,
	    lease_us;
	yb_int commit_actor_id, rows_total, problem_line, problem_column;
	bool english, partial, overridden, in_quotes, release_needed, made_open;
	yb_str job_no, kind, state, actor, commit_actor, filename, params, encoding, preview,
	    hold, problem, problem_wanted, problem_found, override_reason, same_as, facts,
	    released_by;
	yb_bytes said_sha256, sha256;
	yb_time commit_us, created_us, stage_us, finished_us, expires_us, released_us;
};

struct job_fact {
	yb_str name, value;
};

struct job_facts {
	yb_list facts; /* struct job_fact */
};

/* The job whose callbacks run: r->job. */
struct ybh_job {
	const yb_job_kind *kind;
	const struct ybh_loaded *loaded;
	yb_str no;
	void *params;
	yb_columns columns;
	size_t n_columns;
	int64_t outcome[JOB_OUTCOMES];
	const char *hold;
	yb_str override; /* reason; null: no override */
	struct ybh_buf out; /* exports: lines not yet stored */
	int64_t out_rows;
	struct job_fact facts[JOB_FACTS]; /* of the step under way */
	size_t n_facts;
};

/* ---- job_kind.c ---- */

/* NULL: no module of this worker has it. */
const yb_job_kind *job_kind_find(const struct ybh_process *p, yb_str name,
    const struct ybh_loaded **ret);
bool job_may(const struct ybh_process *p, const yb_job_kind *k, const yb_caller *who);
/* Whether it may show persons they must not see, since who made it may (P-09). */
bool job_hidden_from(const yb_caller *who, const struct job_row *job, const yb_job_kind *k);
/* Names of the kinds of this worker, "a.x,b.y"; who NULL: all, else those open to them. */
yb_str job_kinds(struct yb_arena *a, const struct ybh_process *p, const yb_caller *who);
/* Of those open to the caller the ones whose jobs job_hidden_from may keep from them. */
yb_str job_kinds_hiding(yb_req *r);
/* The record of the kind's params from JSON; null text is {}. false: see faults. */
bool job_params_read(struct yb_arena *a, const yb_job_kind *k, yb_str json, void **ret,
    struct ybh_faults *faults);
/* Asks the kind for its columns, as its module and with its reach. 0, or -1 recorded. */
int job_columns(yb_req *r, struct ybh_job *j) YB_MUST_USE;
/* Tells the kind that a person takes the job's file. 0, or -1 recorded. */
int job_taken(yb_req *r, const struct job_row *job, const yb_job_kind *k) YB_MUST_USE;
/* The heading of column i. */
yb_str job_label(const struct ybh_job *j, size_t i);
/* The place of a field among the columns; n_columns: none has that name. */
size_t job_column_named(const struct ybh_job *j, const char *name);

/* ---- job_cell.c ---- */

/* Reads a cell into its field of a zeroed record. NULL, or the catalogue's id. */
const char *job_cell_set(struct yb_arena *a, const yb_field *f, yb_str cell, void *record);
/* A field as a cell has it; null is "". It lends from the record or from `text`. */
#define JOB_TEXT 64
yb_str job_field_text(const yb_field *f, const void *record, char text[JOB_TEXT]);
/* The first n characters. */
yb_str job_cut(yb_str s, size_t n);
/* `text`: spreadsheets must not take it for a formula. Quoted always. */
void job_cell_print(struct ybh_buf *b, yb_str cell, bool text);
void job_line_print(struct ybh_buf *b, const struct ybh_job *j, const void *record);
/* The line of headings, with `more` (null: none) as a last column. */
void job_header_print(struct ybh_buf *b, const struct ybh_job *j, yb_str more);

/* ---- job_keys.c ---- */

struct job_keys;
/* Grows when more come than expected. NULL: no memory. */
struct job_keys *job_keys_new(int64_t expected);
void job_keys_free(struct job_keys *k);
/* 1: this key was there already; 0: not, now it is; -1: no memory. */
int job_keys_add(struct job_keys *k, const yb_str *parts, size_t n);

/* ---- job_source.c ---- */

struct job_source;
/* Nothing is read before the first row. NULL: no memory. */
struct job_source *job_source_new(struct ybh_thread *t, const struct job_row *job);
void job_source_free(struct job_source *s);
enum ybh_csv_result job_source_next(struct job_source *s, struct ybh_csv_record *ret) YB_MUST_USE;
/* After YBH_CSV_BAD: what the file is refused with; code NULL: the database did not answer. */
void job_source_trouble(const struct job_source *s, struct job_trouble *ret);
const char *job_source_encoding(const struct job_source *s);
int64_t job_source_bytes(const struct job_source *s);
/* SHA-256 of the file, after its end. */
void job_source_sha256(struct job_source *s, unsigned char out[32]);

/* ---- job_store.c ---- */

extern const yb_query *const job_store_queries[];

/* The claimed job, if it is still ours and in this state; locked. */
enum yb_found job_lock(yb_req *r, const struct job_row *claimed, const char *state);
/* A part of one of the job's files; sealed. 0, or -1 recorded. */
int job_piece_put(yb_req *r, const struct job_row *job, enum job_stream stream, int64_t at,
    yb_str bytes) YB_MUST_USE;
/*
 * The piece that begins at `at`, in `a`; null at the end of the stream. 0, or a negative of
 * dbconn.h; it runs on db, in whatever transaction is open there.
 */
int job_piece_get(struct ybh_thread *t, struct ybh_db *db, struct yb_arena *a,
    const struct job_row *job, enum job_stream stream, int64_t at, yb_str *ret) YB_MUST_USE;
/* At most `limit` pieces of a stream go. Rows, or -1 recorded. */
int64_t job_pieces_drop(yb_req *r, int64_t job_id, enum job_stream stream, int64_t limit);

struct job_fault { /* one of the first JOB_FAULTS */
	int64_t n, line;
	yb_str field, label, value, code;
};
int job_faults_put(yb_req *r, int64_t job_id, const struct job_fault *at, size_t n) YB_MUST_USE;
int job_faults_drop(yb_req *r, int64_t job_id) YB_MUST_USE;

/* ---- work of one runner thread (job_work.c) ---- */

struct job_work {
	struct ybh_thread *t;
	struct ybh_job job;
	struct job_row row;    /* as it was claimed; in `keep` */
	struct yb_arena *keep; /* as long as the work */
	struct yb_arena *batch; /* as long as a batch */
	struct ybh_run run;
	yb_route route;
	struct job_trouble trouble; /* the file is refused with it */
	bool dirty;    /* a step has begun whose commit is not known */
	bool lost;     /* somebody else has the job, or it was cancelled */
	bool finished; /* this stage is over */
	const char *failed; /* the catalogue's id it failed with */

	/* of the rows (job_rows.c) */
	struct job_source *source;
	struct job_keys *keys;
	bool header_read, ended, spare_column;
	int64_t rows, bad, max_rows;
	size_t keyed[8], n_keyed; /* columns of the key */
	unsigned char *faulty; /* a bit per row, from 0 */
	size_t faulty_size;
	struct ybh_buf errors; /* lines of the file of faults not yet stored */
	int64_t errors_at;
	struct job_fault *faults; /* the first of them, in `keep` */
	size_t n_faults, faults_stored;
	yb_str preview;	       /* in `keep`; null: not yet made */

	/* of the commit */
	struct ybh_db *aside; /* a connection outside its transaction */
	int64_t shown_us;
	int64_t outcome[JOB_OUTCOMES]; /* of the check, kept over the commit */
	int64_t n_bad; /* rows that were good and are not any more */
	bool refused, held;

	/* of an export: what is committed, and what the step under way would add */
	int64_t out_at, out_next, out_rows;
	EVP_MD_CTX *sha, *sha_next;
};

/* A row with what it was made of. */
struct job_line {
	yb_row row;
	const yb_str *cells; /* n_cells of them */
	size_t n_cells;
	int64_t at; /* its number among the rows, from 0 */
};

/* ---- job_rows.c ---- */

/* Forgets what was read, for a stage that begins again. 0, or -1: no memory. */
int job_rows_begin(struct job_work *w) YB_MUST_USE;
void job_rows_end(struct job_work *w);
/*
 * Reads the next rows into `lines` (JOB_BATCH of them), n = 0 at the end. 0, or -1: refused
 * (w->trouble.code set) or recorded.
 */
int job_rows_read(yb_req *r, struct job_work *w, struct job_line *lines, size_t *ret_n)
    YB_MUST_USE;
/* Notes the faults of a line: for people, for the file of faults, for the commit. */
int job_rows_fault(yb_req *r, struct job_work *w, const struct job_line *line) YB_MUST_USE;
/* The same for people alone, where nothing may be written. */
void job_rows_note(struct job_work *w, const struct job_line *line);
bool job_rows_faulty(const struct job_work *w, int64_t at);
/* Calls fn with the rows of `lines` that have no fault; their outcome goes back there. */
typedef int job_rows_fn(yb_req *r, yb_row *rows, size_t n);
int job_rows_call(yb_req *r, struct job_work *w, job_rows_fn *fn, struct job_line *lines, size_t n)
    YB_MUST_USE;
/* Calls a callback that is given no rows. */
int job_call(yb_req *r, struct job_work *w, yb_handler *fn) YB_MUST_USE;

/* ---- the stages: handlers of ybh_run_step, w is r->run->arg ---- */

int job_check_step(yb_req *r);
int job_commit_step(yb_req *r);
int job_refuse_step(yb_req *r); /* what a commit found that may not be committed */
int job_export_step(yb_req *r);
/* Ends the job as FAILED with run->problem; part of the access log. */
int job_fail_step(yb_req *r);
extern const yb_query *const job_check_queries[], *const job_commit_queries[],
    *const job_export_queries[];

/* ---- job_release.c ---- */

/* Whether what was written is given out only when another person has released it. */
bool job_release_needed(const struct job_work *w);
/* Whether it still waits for that. */
bool job_unreleased(const struct job_row *job);

/* ---- who is the job's owner now ---- */

/* 1: found and may; 0: may not any more; negative of dbconn.h. *ret lends from `a`. */
int job_owner(const struct job_work *w, struct ybh_db *db, struct yb_arena *a, yb_caller *ret);
/* Shows how far a commit is, outside its transaction. */
void job_progress(struct job_work *w, int64_t rows);

/* ---- job_purge.c, job_routes.c, job_show.c, job_files.c: parts of the core's module ---- */

struct job_start_body {
	yb_str kind, filename, sha256, params;
	yb_int bytes;
	bool partial;
};

struct job_commit_body {
	bool partial, override;
	yb_str reason;
};

struct job_file_query {
	int64_t offset;
};

struct job_list_query {
	yb_str kind, state, after;
	yb_int limit;
	bool waiting;
};

struct job_kind_query {
	yb_str params;
};

struct job_release_body {
	yb_str reason;
};

int job_purge(yb_req *r);
int job_start(yb_req *r);
int job_file(yb_req *r);
int job_commit(yb_req *r);
int job_cancel(yb_req *r);
int job_list(yb_req *r);
int job_get(yb_req *r);
int job_errors(yb_req *r);
int job_result(yb_req *r);
int job_control(yb_req *r);
int job_release(yb_req *r);
int job_kind_list(yb_req *r);
int job_kind_columns(yb_req *r);
int job_kind_template(yb_req *r);
/* Of the file that goes out, in hex. */
yb_str job_sha256_text(yb_req *r, const struct job_row *job);
/* What its kind said of it. -1: recorded. */
int job_facts(yb_req *r, const struct job_row *job, struct job_facts *ret) YB_MUST_USE;
extern const yb_field job_fact_record[], job_facts_record[];
extern const yb_field job_start_body[], job_commit_body[], job_file_query[], job_list_query[],
    job_kind_query[], job_release_body[], job_reply[], job_list_reply[], job_kinds_reply[],
    job_columns_reply[];

/* The job of the caller's organisation that the path names, if its kind is open to the caller. */
int job_mine(yb_req *r, struct job_row *ret, const yb_job_kind **ret_kind) YB_MUST_USE;
/* The same for one of its files: E-AUTH-004 too when its contents are kept from the caller. */
int job_mine_open(yb_req *r, struct job_row *ret, const yb_job_kind **ret_kind) YB_MUST_USE;
/*
 * The same, locked, for a change that needs one of these states. A commit holds the row to its
 * end, which may take long: so the state is looked at before it is waited for.
 */
int job_mine_locked(yb_req *r, const char *states, struct job_row *ret,
    const yb_job_kind **ret_kind) YB_MUST_USE;
int job_find(yb_req *r, yb_str job_no, struct job_row *ret) YB_MUST_USE;
/* Whether the password was entered again, where the kind asks for it. 0, or -1 recorded. */
int job_step_up(yb_req *r, const yb_job_kind *k) YB_MUST_USE;
/* Answers with the job as it is now. */
int job_answer(yb_req *r, int status, yb_str job_no) YB_MUST_USE;
extern const yb_query *const job_route_queries[], *const job_show_queries[],
    *const job_work_queries[], *const job_purge_queries[], *const job_release_queries[];

#endif
