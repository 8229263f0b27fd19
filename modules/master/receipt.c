/*
 * receipt.c - received files as OPS and the central federation see them (H-8-7): the report, the
 * rows that were not taken, and the word of two persons on a file the brake has held.
 */
#include "exchange.h"

#include <yb/person.h>

#define PAGE 100

const yb_field receipt_row[] = {
	{ "receipt_id", YB_OF(struct receipt, receipt_id) },
	{ "name", YB_OF(struct receipt, name) },
	{ "fingerprint", YB_OF(struct receipt, fingerprint) },
	{ "sender", YB_OF(struct receipt, sender) },
	{ "master", YB_OF(struct receipt, master) },
	{ "layout", YB_OF(struct receipt, layout) },
	{ "sequence", YB_OF(struct receipt, sequence) },
	{ "rows_said", YB_OF(struct receipt, rows_said) },
	{ "sha256", YB_OF(struct receipt, sha256) },
	{ "status", YB_OF(struct receipt, status) },
	{ "problem", YB_OF(struct receipt, problem) },
	{ "attempts", YB_OF(struct receipt, attempts) },
	{ "n_before", YB_OF(struct receipt, n_before) },
	{ "n_rows", YB_OF(struct receipt, n_rows) },
	{ "n_bad", YB_OF(struct receipt, n_bad) },
	{ "n_same", YB_OF(struct receipt, n_same) },
	{ "n_added", YB_OF(struct receipt, n_added) },
	{ "n_changed", YB_OF(struct receipt, n_changed) },
	{ "n_ended", YB_OF(struct receipt, n_ended) },
	{ "change_id", YB_OF(struct receipt, change_id) },
	{ "asked_by", YB_OF(struct receipt, asked_by) },
	{ "asked_user", YB_OF(struct receipt, asked_user) },
	{ "asked_what", YB_OF(struct receipt, asked_what) },
	{ "asked_reason", YB_OF(struct receipt, asked_reason) },
	{ "decided_user", YB_OF(struct receipt, decided_user) },
	{ "decided_reason", YB_OF(struct receipt, decided_reason) },
	{ "asked_us", YB_OF(struct receipt, asked) },
	{ "decided_us", YB_OF(struct receipt, decided) },
	{ "received_us", YB_OF(struct receipt, received) },
	{ "verified_us", YB_OF(struct receipt, verified) },
	{ "settled_us", YB_OF(struct receipt, settled) },
	{ "acked_us", YB_OF(struct receipt, acked) },
	{ "row_ver", YB_OF(struct receipt, row_ver) },
	{ 0 },
};

const yb_field receipt_query[] = {
	{ "master", YB_OF(struct receipt_query, master), .max = 4 },
	{ "status", YB_OF(struct receipt_query, status),
	    .one_of = "RECEIVED,VERIFIED,HELD,RELEASED,APPLIED,FAILED,DISCARDED" },
	{ "after", YB_OF(struct receipt_query, after), .note = "`next` of the page before." },
	{ "limit", YB_OF(struct receipt_query, limit), .min = 1, .max = PAGE },
	{ 0 },
};

const yb_field receipt_rows_query[] = {
	{ "op", YB_OF(struct receipt_rows_query, op), .one_of = "NEW,REVISE,END" },
	{ "after", YB_OF(struct receipt_rows_query, after), .note = "`next` of the page before." },
	{ "limit", YB_OF(struct receipt_rows_query, limit), .min = 1, .max = PAGE },
	{ 0 },
};

struct shown {
	struct receipt p;
	yb_str sha256, master_name;
	int64_t ended_limit, added_limit;
	bool has_rows, can_release, asked_by_caller;
};

/* The core's texts of its codes are shown by the page; `problem` is one of these words. */
#define PROBLEMS                                                                               \
	"GONE,CONTROL,STRANGER,OVER,SIGNATURE,HASH,LARGE,ENCODING,FORM,LAYOUT,COUNT,GAP,"      \
	"SEQUENCE,DUPLICATE,REPLACED,DELETIONS,ADDITIONS"

const yb_field receipt_out[] = {
	{ "receipt_id", YB_OF(struct shown, p.receipt_id) },
	{ "file", YB_OF(struct shown, p.name) },
	{ "sender", YB_OF(struct shown, p.sender), .note = "null: not known, its signature is not good" },
	{ "master", YB_OF(struct shown, p.master) },
	{ "name", YB_OF(struct shown, master_name) },
	{ "layout", YB_OF(struct shown, p.layout) },
	{ "sequence", YB_OF(struct shown, p.sequence) },
	{ "sha256", YB_OF(struct shown, sha256) },
	{ "status", YB_OF(struct shown, p.status),
	    .one_of = "RECEIVED,VERIFIED,HELD,RELEASED,APPLIED,FAILED,DISCARDED" },
	{ "problem", YB_OF(struct shown, p.problem), .one_of = PROBLEMS },
	{ "attempts", YB_OF(struct shown, p.attempts) },
	{ "rows_said", YB_OF(struct shown, p.rows_said) },
	{ "before", YB_OF(struct shown, p.n_before), .note = "rows that counted before" },
	{ "rows", YB_OF(struct shown, p.n_rows) },
	{ "bad", YB_OF(struct shown, p.n_bad) },
	{ "same", YB_OF(struct shown, p.n_same) },
	{ "added", YB_OF(struct shown, p.n_added) },
	{ "changed", YB_OF(struct shown, p.n_changed) },
	{ "ended", YB_OF(struct shown, p.n_ended) },
	{ "asked_user", YB_OF(struct shown, p.asked_user) },
	{ "asked_decision", YB_OF(struct shown, p.asked_what), .one_of = "APPLY,DISCARD" },
	{ "asked_reason", YB_OF(struct shown, p.asked_reason) },
	{ "asked_at", YB_OF(struct shown, p.asked) },
	{ "decided_user", YB_OF(struct shown, p.decided_user) },
	{ "decided_reason", YB_OF(struct shown, p.decided_reason) },
	{ "decided_at", YB_OF(struct shown, p.decided) },
	{ "received_at", YB_OF(struct shown, p.received) },
	{ "verified_at", YB_OF(struct shown, p.verified) },
	{ "settled_at", YB_OF(struct shown, p.settled) },
	{ "acked_at", YB_OF(struct shown, p.acked), .note = "the sender was told" },
	{ "ended_limit_percent", YB_OF(struct shown, ended_limit),
	    .note = "More of `before` ended: held. As it is set now." },
	{ "added_limit_percent", YB_OF(struct shown, added_limit) },
	{ "has_rows", YB_OF(struct shown, has_rows), .note = "listReceiptRows has its difference" },
	{ "can_release", YB_OF(struct shown, can_release) },
	{ "asked_by_caller", YB_OF(struct shown, asked_by_caller),
	    .note = "by this account or another of the same person" },
	{ "version", YB_OF(struct shown, p.row_ver), .note = "for If-Match" },
	{ 0 },
};

struct receipt_page {
	yb_list receipts;
	yb_int next;
};

const yb_field receipt_page_out[] = {
	{ "receipts", YB_OF(struct receipt_page, receipts), YB_EACH(receipt_out, struct shown),
	    .note = "The newest first." },
	{ "next", YB_OF(struct receipt_page, next), .note = "null: the end" },
	{ 0 },
};

const yb_query q_receipts = {
	.name = "master_receipts",
	.sql = "SELECT " RECEIPT_COLUMNS " FROM master_receipt"
	       " WHERE (? IS NULL OR receipt_id < ?) AND (? IS NULL OR master = ?)"
	       "  AND (? IS NULL OR status = ?) ORDER BY receipt_id DESC LIMIT ?",
	.row = receipt_row,
	.row_size = sizeof(struct receipt),
	.nparams = 7,
	.tenant = YB_CROSS,
};

const yb_query q_receipt = {
	.name = "master_receipt",
	.sql = "SELECT " RECEIPT_COLUMNS " FROM master_receipt WHERE receipt_id = ?",
	.row = receipt_row,
	.row_size = sizeof(struct receipt),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_receipt_lock = {
	.name = "master_receipt_lock",
	.sql = "SELECT " RECEIPT_COLUMNS " FROM master_receipt WHERE receipt_id = ? FOR UPDATE",
	.row = receipt_row,
	.row_size = sizeof(struct receipt),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_receipt_asked = {
	.name = "master_receipt_asked",
	.sql = "UPDATE master_receipt SET asked_by = ?, asked_user = ?, asked_what = ?,"
	       " asked_reason = ?, asked_us = ?, row_ver = row_ver + 1 WHERE receipt_id = ?",
	.nparams = 6,
	.tenant = YB_CROSS,
};

const yb_query q_receipt_decided = {
	.name = "master_receipt_decided",
	.sql = "UPDATE master_receipt SET decided_by = ?, decided_user = ?, decided_reason = ?,"
	       " decided_us = ? WHERE receipt_id = ?",
	.nparams = 5,
	.tenant = YB_CROSS,
};

static int
shown_fill(yb_req *r, const struct receipt *p, struct shown *ret)
{
	const struct table *t = p->master.p == NULL ? NULL : table_find(p->master);
	bool held = yb_str_is(p->status, "HELD");
	int same = held ? yb_same_person(r, p->asked_user) : 0;

	*ret = (struct shown) { .p = *p,
		.sha256 = yb_hex(r, p->sha256),
		.master_name = t == NULL ? (yb_str) { NULL, 0 } : yb_cstr(t->name),
		.ended_limit = yb_option_i64(r, "brake_ended_percent"),
		.added_limit = yb_option_i64(r, "brake_added_percent"),
		.has_rows = p->change_id.set && !yb_str_is(p->status, "VERIFIED"),
		.can_release = held,
		.asked_by_caller = same == 1 };
	return same < 0 ? -1 : 0;
}

/* GET /master/receipts - received files, the newest first. */
int
receipt_list(yb_req *r)
{
	const struct receipt_query *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE;
	struct receipt_page out = { 0 };
	const struct receipt *at;
	struct shown *shown;
	yb_list rows;

	if (yb_db_list(r, &q_receipts,
		YB_ARGS(yb_int_or_null(q->after), yb_int_or_null(q->after), yb_text(q->master),
		    yb_text(q->master), yb_text(q->status), yb_text(q->status),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &rows) < 0)
		return -1;
	at = rows.items;
	if (yb_page_cut(&rows, limit))
		out.next = (yb_int) { at[limit - 1].receipt_id, true };
	shown = yb_alloc(r, (rows.n + 1) * sizeof *shown);
	for (size_t i = 0; i < rows.n; i++)
		if (shown_fill(r, &at[i], &shown[i]) < 0)
			return -1;
	out.receipts = (yb_list) { shown, rows.n };
	return yb_reply_record(r, 200, receipt_page_out, &out);
}

static int
receipt_find(yb_req *r, const yb_query *q, struct receipt *ret)
{
	if (yb_db_find(r, q, YB_ARGS(yb_i64(path_number(r, "receipt_id"))), ret) < 0)
		return -1;
	yb_audit_target(r, "master:file", ret->name);
	return 0;
}

static int
receipt_reply(yb_req *r, int64_t receipt_id)
{
	struct receipt p;
	struct shown s;

	if (yb_db_find(r, &q_receipt, YB_ARGS(yb_i64(receipt_id)), &p) < 0 ||
	    shown_fill(r, &p, &s) < 0)
		return -1;
	yb_reply_etag(r, p.row_ver);
	return yb_reply_record(r, 200, receipt_out, &s);
}

/* GET /master/receipts/{receipt_id} - one of them. */
int
receipt_get(yb_req *r)
{
	struct receipt p;

	return receipt_find(r, &q_receipt, &p) < 0 ? -1 : receipt_reply(r, p.receipt_id);
}

/* GET /master/receipts/{receipt_id}/rows - what it makes different, or would. */
int
receipt_rows(yb_req *r)
{
	const struct receipt_rows_query *q = yb_params(r);
	struct receipt p;
	const struct table *t;

	if (receipt_find(r, &q_receipt, &p) < 0)
		return -1;
	t = p.master.p == NULL ? NULL : table_find(p.master);
	if (t == NULL || !p.change_id.set)
		return yb_problem(r, "E-AUTH-005");
	return change_rows_reply(r, t,
	    &(struct change_rows) { .change_id = p.change_id.v,
		.op = q->op,
		.after = q->after.set ? q->after.v : 0,
		.limit = q->limit.set ? (size_t)q->limit.v : PAGE });
}

/* ---- what was held ---- */

const yb_field release_in[] = {
	{ "decision", YB_OF(struct release_in, decision), .flags = YB_REQUIRED,
	    .one_of = "APPLY,DISCARD",
	    .note = "APPLY: it counts after all; DISCARD: it never does, the sender is told." },
	{ "reason", YB_OF(struct release_in, reason), .flags = YB_REQUIRED, .max = 200, .min = 1 },
	{ 0 },
};

static int
release_ask(yb_req *r, const struct receipt *p, const struct release_in *in)
{
	const yb_caller *who = yb_who(r);

	yb_audit_action(r, YB_ACT_UPDATE);
	return exec(r, &q_receipt_asked,
	    YB_ARGS(yb_i64(who->actor_id), yb_text(who->actor), yb_text(in->decision),
		yb_text(in->reason), yb_at(yb_now(r)), yb_i64(p->receipt_id)));
}

/* The second person. What counts is done by the clock, which has all the time it takes. */
static int
release_decide(yb_req *r, struct receipt *p, const struct release_in *in)
{
	const yb_caller *who = yb_who(r);
	bool apply = yb_str_is(in->decision, "APPLY");

	if (exec(r, &q_receipt_decided,
		YB_ARGS(yb_i64(who->actor_id), yb_text(who->actor), yb_text(in->reason),
		    yb_at(yb_now(r)), yb_i64(p->receipt_id))) < 0 ||
	    (!apply && stage_forget(r, p) < 0) ||
	    receipt_set(r, p, apply ? "RELEASED" : "DISCARDED", NULL) < 0)
		return -1;
	yb_audit_action(r, apply ? YB_ACT_APPROVE : YB_ACT_REJECT);
	return 0;
}

/* POST /master/receipts/{receipt_id}/release - one asks, another person agrees. */
int
receipt_release(yb_req *r)
{
	const struct release_in *in = yb_body(r);
	bool agrees;
	struct receipt p;
	int same;

	if (receipt_find(r, &q_receipt_lock, &p) < 0)
		return -1;
	/* Who looked at an older state might agree where they meant to ask. */
	if (yb_header(r, "If-Match").p != NULL && yb_if_match(r, p.row_ver) < 0)
		return -1;
	if (!yb_str_is(p.status, "HELD"))
		return yb_problem(r, "E-MST-008");
	agrees = p.asked_by.set && yb_str_eq(p.asked_what, in->decision);
	same = agrees ? yb_same_person(r, p.asked_user) : 0;
	if (same != 0)
		return same < 0 ? -1 : yb_problem(r, "E-MST-005");
	if ((agrees ? release_decide(r, &p, in) : release_ask(r, &p, in)) < 0)
		return -1;
	return receipt_reply(r, p.receipt_id);
}

/* ---- rows that were not taken ---- */

struct quarantined {
	int64_t line;
	yb_str field, code, cells;
};

static const yb_field quarantined_row[] = {
	{ "line", YB_OF(struct quarantined, line) },
	{ "field", YB_OF(struct quarantined, field), .note = "null: the line as a whole" },
	{ "code", YB_OF(struct quarantined, code) },
	{ "cells", YB_OF(struct quarantined, cells), .note = "the line as it came" },
	{ 0 },
};

struct quarantine_page {
	yb_list rows;
	yb_int next;
};

const yb_field quarantine_page_out[] = {
	{ "rows", YB_OF(struct quarantine_page, rows), YB_EACH(quarantined_row, struct quarantined) },
	{ "next", YB_OF(struct quarantine_page, next), .note = "null: the end" },
	{ 0 },
};

const yb_query q_quarantine = {
	.name = "master_quarantine",
	.sql = "SELECT line, field, code, cells FROM master_quarantine"
	       " WHERE receipt_id = ? AND line > ? ORDER BY line LIMIT ?",
	.row = quarantined_row,
	.row_size = sizeof(struct quarantined),
	.nparams = 3,
	.tenant = YB_CROSS,
};

/* GET /master/receipts/{receipt_id}/quarantine - what is wrong with which line. */
int
quarantine_list(yb_req *r)
{
	const struct receipt_query *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE;
	struct quarantine_page out = { 0 };
	struct receipt p;

	if (receipt_find(r, &q_receipt, &p) < 0 ||
	    yb_db_list(r, &q_quarantine,
		YB_ARGS(yb_i64(p.receipt_id), yb_i64(q->after.set ? q->after.v : 0),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &out.rows) < 0)
		return -1;
	if (yb_page_cut(&out.rows, limit))
		out.next = (yb_int) {
			((const struct quarantined *)out.rows.items)[limit - 1].line, true };
	return yb_reply_record(r, 200, quarantine_page_out, &out);
}
