/*
 * exchange.h - masters from other systems (H-8-7) and to them (H-8-8).
 *
 * receive.c is the clock's: it finds files, verifies them and takes them in, one step at a
 * time. stage.c compares their rows with what counts; received.c says what a received master
 * does to tables others read; receipt.c is what people see and decide, tell.c mails OPS what needs
 * a person. send.c makes, sends and watches our own files; sending.c shows them.
 */
#ifndef MASTER_EXCHANGE_H
#define MASTER_EXCHANGE_H

#include "master.h"

#include <yb/drop.h>

/* ---- receive.c ---- */

struct receipt { /* a row of master_receipt */
	int64_t receipt_id;
	yb_str name;
	yb_bytes fingerprint;
	yb_str sender, master, layout;
	yb_int sequence, rows_said;
	yb_bytes sha256;
	yb_str status, problem;
	int64_t attempts;
	yb_int n_before;
	int64_t n_rows, n_bad, n_same, n_added, n_changed, n_ended;
	yb_int change_id, asked_by;
	yb_str asked_user, asked_what, asked_reason, decided_user, decided_reason;
	yb_time asked, decided, received, verified, settled, acked;
	int64_t row_ver;
};

#define RECEIPT_COLUMNS                                                                        \
	"receipt_id, name, fingerprint, sender, master, layout, sequence, rows_said, sha256,"  \
	" status, problem, attempts, n_before, n_rows, n_bad, n_same, n_added, n_changed,"     \
	" n_ended, change_id, asked_by, asked_user, asked_what, asked_reason, decided_user,"   \
	" decided_reason, asked_us, decided_us, received_us, verified_us, settled_us,"         \
	" acked_us, row_ver"

extern const yb_field receipt_row[];
int receive_run(yb_req *r);
/* What it says now, with its times; -1: recorded. */
int receipt_set(yb_req *r, struct receipt *p, const char *status, const char *problem);
/* RECEIVE in the access log, with counts and the hash of the rows. */
void receipt_log(yb_req *r, const struct receipt *p);

/* ---- stage.c ---- */

/* How far a file has been compared; zeroed at its beginning. */
struct staging {
	int64_t receipt_id; /* 0: none is under way */
	yb_drop_place place;
	int64_t rows, bad, same;
};

/* One piece. 1: there is more; 0: that was the last; -1: recorded. */
int stage_step(yb_req *r, const struct table *t, struct receipt *p, struct staging *s);
/* All rows were compared: applied, or held when too many end or begin. -1: recorded. */
int stage_finish(yb_req *r, const struct table *t, struct receipt *p, const struct staging *s);
/* Throws away what was staged of it. */
int stage_forget(yb_req *r, struct receipt *p);
/* What was held counts from today on. */
int stage_release(yb_req *r, const struct table *t, struct receipt *p);

/* ---- received.c ---- */

extern const yb_query *const received_institutions[], *const received_contracts[];
extern const yb_query q_received_orgs, q_received_orgs_ended, q_received_contracts,
    q_received_contracts_ended, q_closed_versions, q_closed_books;
/* Masters of institutions that are closed end with them (H-8-4 step 5). */
int closed_run(yb_req *r);

/* ---- receipt.c ---- */

struct receipt_query {
	yb_str master, status;
	yb_int after, limit;
};

struct receipt_rows_query {
	yb_str op;
	yb_int after, limit;
};

struct release_in {
	yb_str decision, reason;
};

extern const yb_field receipt_query[], receipt_rows_query[], receipt_out[], receipt_page_out[],
    release_in[], quarantine_page_out[];
int receipt_list(yb_req *r);
int receipt_get(yb_req *r);
int receipt_rows(yb_req *r);
int receipt_release(yb_req *r);
int quarantine_list(yb_req *r);

extern const yb_query q_receipt_known, q_receipt_last, q_receipt_insert, q_receipt_next, q_receipt_set,
    q_receipt_outdated, q_receipt_unsaid, q_receipt_behind, q_receipt_acked, q_receipt,
    q_receipt_lock, q_receipts, q_receipt_asked, q_receipt_decided, q_quarantine, q_quarantine_put,
    q_quarantine_drop, q_receipt_change, q_staged_key, q_staged_keys, q_release_day, q_release_head;

/* ---- tell.c ---- */

/* It is held, or has failed for good: OPS gets a mail, once a file. -1: recorded. */
int receipt_tell(yb_req *r, const struct receipt *p);
extern const yb_query q_receipt_told, q_watchers;

#endif
