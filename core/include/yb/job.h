/*
 * yb/job.h - long work with rows: a CSV file that comes in, or one that goes out.
 *
 * The engine is the core's (core/api.md, /jobs): it takes the file in pieces, finds its
 * character set, reads its rows into records, keeps every fault with row, field and value,
 * counts, shows progress, waits for the word of a person, commits in one transaction, survives
 * a kill in every stage without doubling, cancels, keeps the result for 30 days and logs.
 * An area says which columns there are, what is wrong with a row, and what a row does.
 *
 * Stages: UPLOADING -> CHECKING -> READY (or REFUSED) -> COMMITTING -> DONE; exports go from
 * WAITING to DONE. Any of them may end in FAILED or CANCELLED.
 *
 * Who calls: columns and check see the person who started the job as yb_who, apply the one
 * who said the word to commit, produce the one who asked. Their account and role are read
 * again whenever the job is taken up, and once more before the commit. An export that a timer
 * began has YB_SYSTEM of its organisation, who sees what that organisation's own system may.
 *
 * A file that goes out has its SHA-256 and its number of rows in the job and in the control
 * file beside it, reckoned while it is written.
 *
 * yb_run_state keeps what check, or apply, remembers from its first call to its last.
 *
 * How cells are read: "" and nothing are null; spaces at both ends go; days may be written
 * 2026-04-01, 2026/4/1 or 20260401, because spreadsheets rewrite them; booleans true, false,
 * 1, 0; an apostrophe before = + - @ is the guard our own files put there, and goes. The
 * header names the columns in the order of the table, each by its label or its name; a last
 * column "エラー", as our lists of faults have it, is passed over. Empty lines are passed over.
 */
#ifndef YB_JOB_H
#define YB_JOB_H

#include <yb/run.h>

/* What a row would do, or did. */
enum yb_outcome { YB_ROW_UNSAID = 0, YB_ROW_ADDED, YB_ROW_CHANGED, YB_ROW_SAME, YB_ROW_ENDED };

/* One row of the batch the area is given; a batch has about a thousand. */
typedef struct yb_row {
	void *record;		 /* of the kind's struct, filled from the file and checked */
	int64_t line;		 /* of the file, from 1; the header is line 1 */
	enum yb_outcome outcome; /* out: set by check and apply */
	yb_faults faults;	 /* out: yb_row_fault(); a row with a fault is not applied */
} yb_row;

/*
 * Something is wrong with a row; `field` is a column's name, a literal or the request's
 * memory, or NULL for the row as a whole. `code` is a literal of the error catalogue.
 */
void yb_row_fault(yb_req *r, yb_row *row, const char *field, const char *code);

/* Fields of every type but lists, records, bytes and faults; at most 200 of them. */
typedef struct yb_columns {
	const yb_field *fields; /* the record; the header names them by `name` or by `label` */
	size_t size;		/* sizeof the record */
	const char *const *labels; /* Japanese headings in the order of fields; NULL: none */
	const char *key;	/* fields that name a row, "muni_code,valid_from": twice in a file
				   is E-VAL-014; NULL: rows have no name */
} yb_columns;

/* Whether a job's files, the first rows it shows and its faults may say anything of residents. */
enum yb_shows { YB_SHOWS_UNSAID = 0 /* refused at load */, YB_SHOWS_NOBODY, YB_SHOWS_PERSONS };

typedef struct yb_job_kind {
	const char *name;     /* unique in the installation, begins with its area: "account.users" */
	const char *title;    /* Japanese, as the list of jobs shows it */
	const char *function; /* flow step of the brief */
	const char *roles;    /* who may start, see and commit one, as in yb_route */
	bool step_up;	      /* the password is entered again before the commit, or the export */
	enum yb_reach reach;  /* of the queries that check and apply run */
	enum yb_action action;/* of the commit, or the export, in the access log */
	const yb_field *params; /* what the starter says besides the file; NULL: nothing */
	size_t params_size;
	bool partial;	      /* the good rows alone may be committed when a person says so */
	int64_t max_rows;     /* 0: the parameter job_rows */
	bool restricted;      /* its files hide nobody: for people with restricted_view alone */
	/*
	 * YB_SHOWS_PERSONS: what somebody with restricted_view has made may show persons under
	 * 支援措置, so its contents are kept from colleagues without that right (brief 10, P-09).
	 */
	enum yb_shows shows;
	/*
	 * Exports: the area's option with a number of rows. A file of more rows that a person asked
	 * for is given to nobody until another person has released it (brief H-3-2). NULL: never.
	 */
	const char *approval_above;

	/*
	 * The columns of this job, which may hang on its params (yb_job_params) and on who
	 * asks. Called first in every step, and when somebody asks for the empty form of the
	 * file; what it allocates from r ends with the step. -1: recorded, the job is refused.
	 */
	int (*columns)(yb_req *r, yb_columns *ret);
	/*
	 * Looks at n rows without fault, in the file's order, without writing: outcome or
	 * faults of each. What it allocates ends with the call. -1: the job fails.
	 */
	int (*check)(yb_req *r, yb_row *rows, size_t n);
	/* Called after the last row of the check: what only the whole shows. NULL: nothing. */
	int (*checked)(yb_req *r);
	/*
	 * The rows without fault again in the transaction of the commit, all of them or none:
	 * a fault here refuses the commit. What it allocates ends with the call. A person whose
	 * data a row changes is named with yb_audit_subject; the target of the log is the job.
	 */
	int (*apply)(yb_req *r, yb_row *rows, size_t n);
	/* Called after the last row was applied, in the same transaction. NULL: nothing. */
	int (*applied)(yb_req *r);

	/* ---- exports (check and apply are NULL) ---- */

	/*
	 * Writes some rows with yb_job_write, a few thousand at most, and asks for more with
	 * yb_run_again; yb_run_state keeps where it is.
	 */
	int (*produce)(yb_req *r);
	/*
	 * Called when a person takes the file, before its first byte leaves: for alerts about
	 * whom it shows (P-12). It reads only. -1: recorded, the file is not given. NULL: nothing.
	 */
	int (*taken)(yb_req *r);
} yb_job_kind;

/* ---- what the callbacks may ask ---- */

/* The record of the kind's `params`; NULL when it has none. */
const void *yb_job_params(const yb_req *r);
/* "JB" and 8 characters, as people see it; for reasons, targets and notices. Null before
 * there is a job, when somebody asks for the empty form of its file. */
yb_str yb_job_no(const yb_req *r);
/* In `checked` and `applied`: how many rows would do what, or did. */
int64_t yb_job_count(const yb_req *r, enum yb_outcome outcome);
/*
 * In `checked` and `applied`: holds the job for a second person or an explicit word; the text
 * of the catalogue's `code` is shown. A held job is committed only with `override` and its
 * reason; then a hold in `applied` is without effect. Without override a hold in `applied`
 * takes the commit back and the job waits for the word.
 */
void yb_job_hold(yb_req *r, const char *code);
/* Whether the commit was said with `override`, and why; null: it was not. */
yb_str yb_job_override(const yb_req *r);
/* Exports: one record as a line of the file, in the columns of this job; formulas are defused. */
int yb_job_write(yb_req *r, const void *record);
/*
 * Exports: what the control file says besides, as a column of this name. Only what the last call
 * of produce says counts; at most 8. `name` is a literal, `value` the request's memory.
 */
void yb_job_fact(yb_req *r, const char *name, yb_str value);

/* In `taken`: what was said under this name; null: nothing. */
yb_str yb_job_fact_said(const yb_req *r, const char *name);

/*
 * Starts an export for an organisation, in a timer: whoever there may start one may have it.
 * `params` is the JSON of the kind's params. *ret_no is its number, the request's memory. It begins
 * when the step commits. -1: recorded.
 */
int yb_job_begin(yb_req *r, const yb_job_kind *kind, int64_t org_id, yb_str params, yb_str *ret_no)
    YB_MUST_USE;

#endif
