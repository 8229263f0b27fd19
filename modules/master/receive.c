/*
 * receive.c - masters from other systems by the clock (H-8-7): RECEIVED, VERIFIED, then APPLIED,
 * HELD or FAILED.
 *
 * A run looks at the directory, then takes up whatever is not settled, then tells the senders. A
 * step is one transaction; what a step did is found by the next run, so that a process may be
 * killed anywhere. A sender's files count in the order of their numbers: a gap waits, a number
 * that was used is refused.
 */
#include "exchange.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)

const yb_query q_receipt_known = {
	.name = "master_receipt_known",
	.sql = "SELECT " RECEIPT_COLUMNS " FROM master_receipt WHERE fingerprint = ? FOR UPDATE",
	.row = receipt_row,
	.row_size = sizeof(struct receipt),
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct last {
	yb_int settled; /* the highest number that was carried out or thrown away */
	bool used, same; /* this number: carried out; with these rows */
};

static const yb_field last_row[] = {
	{ "settled", YB_OF(struct last, settled) },
	{ "used", YB_OF(struct last, used) },
	{ "same", YB_OF(struct last, same) },
	{ 0 },
};

const yb_query q_receipt_last = {
	.name = "master_receipt_last",
	.sql = "SELECT MAX(sequence) AS settled,"
	       " COALESCE(MAX(status = 'APPLIED' AND sequence >= ?), 0) AS used,"
	       " COALESCE(MAX(status = 'APPLIED' AND sequence = ? AND sha256 = ?), 0) AS same"
	       " FROM master_receipt WHERE sender = ? AND master = ?"
	       "  AND status IN ('APPLIED', 'DISCARDED')",
	.row = last_row,
	.row_size = sizeof(struct last),
	.nparams = 5,
	.tenant = YB_CROSS,
};

const yb_query q_receipt_insert = {
	.name = "master_receipt_insert",
	.sql = "INSERT INTO master_receipt (name, fingerprint, sender, master, layout, sequence,"
	       " rows_said, sha256, status, problem, attempts, received_us, settled_us)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 13,
	.tenant = YB_CROSS,
};

/* A file under the same name that is another one now: the former will not come any more. */
const yb_query q_receipt_outdated = {
	.name = "master_receipt_outdated",
	.sql = "UPDATE master_receipt SET status = 'FAILED', problem = 'REPLACED', settled_us = ?,"
	       " acked_us = ?, row_ver = row_ver + 1"
	       " WHERE name = ? AND status = 'RECEIVED' AND fingerprint <> ?",
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query q_receipt_next = {
	.name = "master_receipt_next",
	.sql = "SELECT " RECEIPT_COLUMNS " FROM master_receipt"
	       " WHERE status IN ('RECEIVED', 'VERIFIED', 'RELEASED') AND retry_us <= ?"
	       "  AND (COALESCE(sequence, 0), receipt_id) > (?, ?)"
	       " ORDER BY COALESCE(sequence, 0), receipt_id LIMIT 1 FOR UPDATE",
	.row = receipt_row,
	.row_size = sizeof(struct receipt),
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_receipt_set = {
	.name = "master_receipt_set",
	.sql = "UPDATE master_receipt SET status = ?, problem = ?, attempts = ?, retry_us = ?,"
	       " sender = ?, master = ?, layout = ?, sequence = ?, rows_said = ?, sha256 = ?,"
	       " n_before = ?, n_rows = ?, n_bad = ?, n_same = ?, n_added = ?, n_changed = ?,"
	       " n_ended = ?, verified_us = ?, settled_us = ?, row_ver = row_ver + 1"
	       " WHERE receipt_id = ?",
	.nparams = 20,
	.tenant = YB_CROSS,
};

/* Held, or let through, when what came after it under its number or a later one counts. */
const yb_query q_receipt_behind = {
	.name = "master_receipt_behind",
	.sql = "SELECT " RECEIPT_COLUMNS " FROM master_receipt WHERE sender = ? AND master = ?"
	       " AND sequence <= ? AND receipt_id <> ? AND status IN ('HELD', 'RELEASED')"
	       " ORDER BY receipt_id LIMIT 10 FOR UPDATE",
	.row = receipt_row,
	.row_size = sizeof(struct receipt),
	.nparams = 4,
	.tenant = YB_CROSS,
};

/* Settled, and the sender has not been told. */
const yb_query q_receipt_unsaid = {
	.name = "master_receipt_unsaid",
	.sql = "SELECT " RECEIPT_COLUMNS " FROM master_receipt WHERE acked_us IS NULL"
	       " AND status IN ('APPLIED', 'FAILED', 'DISCARDED') ORDER BY receipt_id LIMIT 1"
	       " FOR UPDATE",
	.row = receipt_row,
	.row_size = sizeof(struct receipt),
	.nparams = 0,
	.tenant = YB_CROSS,
};

const yb_query q_receipt_acked = {
	.name = "master_receipt_acked",
	.sql = "UPDATE master_receipt SET acked_us = ? WHERE receipt_id = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* ---- what a receipt says ---- */

static bool
settles(const char *status)
{
	return strcmp(status, "APPLIED") == 0 || strcmp(status, "FAILED") == 0 ||
	    strcmp(status, "DISCARDED") == 0;
}

void
receipt_log(yb_req *r, const struct receipt *p)
{
	const char *target = p->master.p == NULL
	    ? "master:file"
	    : yb_format_text(r, "master:%.*s", (int)p->master.len, p->master.p).p;

	yb_audit_action(r, YB_ACT_RECEIVE);
	yb_audit_target(r, target, p->sha256.p == NULL ? p->name : yb_hex(r, p->sha256));
	yb_audit_purpose(r, (yb_str) { NULL, 0 },
	    yb_format_text(r, "%.*s %.*s %.*s rows %lld bad %lld added %lld changed %lld ended %lld",
		(int)p->name.len, p->name.p, (int)p->status.len, p->status.p, (int)p->problem.len,
		p->problem.p == NULL ? "" : p->problem.p, (long long)p->n_rows, (long long)p->n_bad,
		(long long)p->n_added, (long long)p->n_changed, (long long)p->n_ended));
}

static int
receipt_keep(yb_req *r, struct receipt *p, int64_t retry_us)
{
	return exec(r, &q_receipt_set,
	    YB_ARGS(yb_text(p->status), yb_text(p->problem), yb_i64(p->attempts), yb_i64(retry_us),
		yb_text(p->sender), yb_text(p->master), yb_text(p->layout),
		yb_int_or_null(p->sequence), yb_int_or_null(p->rows_said), yb_blob(p->sha256),
		yb_int_or_null(p->n_before), yb_i64(p->n_rows), yb_i64(p->n_bad), yb_i64(p->n_same),
		yb_i64(p->n_added), yb_i64(p->n_changed), yb_i64(p->n_ended), yb_at(p->verified),
		yb_at(p->settled), yb_i64(p->receipt_id)));
}

int
receipt_set(yb_req *r, struct receipt *p, const char *status, const char *problem)
{
	p->status = yb_cstr(status);
	p->problem = yb_cstr(problem);
	if (settles(status))
		p->settled = yb_now(r);
	if (strcmp(status, "HELD") == 0)
		yb_audit_alert(r, "master-held", (yb_str) { NULL, 0 });
	if (strcmp(status, "FAILED") == 0)
		yb_audit_alert(r, "master-failed", (yb_str) { NULL, 0 });
	receipt_log(r, p);
	return receipt_keep(r, p, 0) < 0 ? -1 : receipt_tell(r, p);
}

/* Perhaps it was still being written: again later, a few times. */
static int
receipt_retry(yb_req *r, struct receipt *p, const char *problem)
{
	p->attempts++;
	if (p->attempts >= yb_option_i64(r, "receive_attempts"))
		return receipt_set(r, p, "FAILED", problem);
	p->status = YB_STR("RECEIVED");
	p->problem = yb_cstr(problem);
	receipt_log(r, p);
	return receipt_keep(r, p,
	    yb_now(r).us + yb_option_i64(r, "receive_retry_seconds") * SECOND_US);
}

/* ---- who sends what ---- */

static const struct {
	const char *sender, *master, *layout;
} agreed[] = {
	{ "ONS", "M61", "M61-1" },
	{ "ONS", "M63", "M63-1" },
	{ "SKS", "M62", "M62-1" },
};

/* The master a sender may send in this layout; NULL: none. */
static const char *
master_of(const yb_drop *d)
{
	for (size_t i = 0; i < sizeof agreed / sizeof agreed[0]; i++)
		if (yb_str_is(d->sender, agreed[i].sender) &&
		    yb_str_is(d->layout, agreed[i].layout))
			return agreed[i].master;
	return NULL;
}

static const char *
word_of(enum yb_drop_verdict v)
{
	static const char *const words[] = {
		[YB_DROP_GOOD] = NULL,
		[YB_DROP_GONE] = "GONE",
		[YB_DROP_CONTROL] = "CONTROL",
		[YB_DROP_STRANGER] = "STRANGER",
		[YB_DROP_OVER] = "OVER",
		[YB_DROP_SIGNATURE] = "SIGNATURE",
		[YB_DROP_HASH] = "HASH",
		[YB_DROP_LARGE] = "LARGE",
		[YB_DROP_ENCODING] = "ENCODING",
		[YB_DROP_FORM] = "FORM",
	};

	return words[v];
}

static yb_str
drop_dir(const yb_req *r)
{
	return yb_option_text(r, "receive_dir");
}

/* Looks who has signed it, and keeps what that sender says. NULL: good. */
static const char *
receipt_open(yb_req *r, struct receipt *p)
{
	enum yb_drop_verdict v;
	const char *master;
	yb_drop d;

	v = yb_drop_open(r, drop_dir(r), p->name, yb_option_text(r, "receive_certs"), &d);
	if (v != YB_DROP_GONE)
		p->fingerprint = d.fingerprint;
	if (v != YB_DROP_GOOD)
		return word_of(v);
	master = master_of(&d);
	p->sender = d.sender;
	p->layout = d.layout;
	p->sequence = (yb_int) { d.sequence, true };
	p->rows_said = (yb_int) { d.rows, true };
	p->sha256 = d.sha256;
	p->master = yb_cstr(master);
	return master == NULL ? "LAYOUT" : NULL;
}

/* ---- phase one: what lies in the directory ---- */

/*
 * Whether its number is the next: NULL; "GAP": one before is missing, or not settled; else why
 * it can never be carried out. -1 in *rc: recorded.
 */
static const char *
number_check(yb_req *r, const struct receipt *p, int *rc)
{
	yb_value seq = yb_int_or_null(p->sequence);
	struct last last = { .used = false };

	*rc = yb_db_find(r, &q_receipt_last,
	    YB_ARGS(seq, seq, yb_blob(p->sha256), yb_text(p->sender), yb_text(p->master)), &last);
	if (last.same)
		return "DUPLICATE";
	if (last.used)
		return "SEQUENCE";
	return last.settled.set && p->sequence.v > last.settled.v + 1 ? "GAP" : NULL;
}

static int
receipt_new(yb_req *r, struct receipt *p, const char *problem)
{
	yb_value now = yb_at(yb_now(r));
	const char *used = NULL;
	bool final;
	int rc = 0;

	if (problem == NULL)
		used = number_check(r, p, &rc);
	final = used != NULL && strcmp(used, "GAP") != 0;
	p->status = final ? YB_STR("FAILED") : YB_STR("RECEIVED");
	p->problem = yb_cstr(problem != NULL ? problem : final ? used : NULL);
	if (rc < 0 ||
	    exec(r, &q_receipt_outdated,
		YB_ARGS(now, now, yb_text(p->name), yb_blob(p->fingerprint))) < 0 ||
	    exec(r, &q_receipt_insert,
		YB_ARGS(yb_text(p->name), yb_blob(p->fingerprint), yb_text(p->sender),
		    yb_text(p->master), yb_text(p->layout), yb_int_or_null(p->sequence),
		    yb_int_or_null(p->rows_said), yb_blob(p->sha256), yb_text(p->status),
		    yb_text(p->problem), yb_i64(0), now, final ? now : yb_null())) < 0)
		return -1;
	p->receipt_id = yb_db_last_id(r);
	yb_run_count(r, "received", 1);
	receipt_log(r, p);
	return receipt_tell(r, p);
}

struct progress {
	enum stage { SCAN, WORK, TELL, DONE } phase;
	char after[64]; /* SCAN: name */
	size_t len;
	int64_t sequence, receipt_id; /* WORK: the last one looked at */
	struct staging staging;
};

/* It was settled and answered, and is here again: what failed has another chance. */
static int
again(yb_req *r, struct receipt *known)
{
	if (known->acked.us == 0)
		return 0;
	yb_run_count(r, "again", 1);
	if (yb_str_is(known->status, "FAILED")) {
		known->status = YB_STR("RECEIVED");
		known->attempts = 0;
		known->settled.us = 0;
		if (receipt_keep(r, known, 0) < 0)
			return -1;
	}
	return exec(r, &q_receipt_acked, YB_ARGS(yb_null(), yb_i64(known->receipt_id)));
}

static int
scan_step(yb_req *r, struct progress *s)
{
	struct receipt p = { .name = { s->after, s->len } }, known;
	enum yb_found found;
	const char *problem;
	yb_list names;

	if (yb_drop_list(r, drop_dir(r), yb_copy(r, p.name), 1, &names) < 0)
		return -1;
	if (names.n == 0) {
		s->phase = WORK;
		return 0;
	}
	p.name = *(const yb_str *)names.items;
	memcpy(s->after, p.name.p, p.name.len);
	s->len = p.name.len;
	problem = receipt_open(r, &p);
	if (p.fingerprint.p == NULL)
		return 0; /* gone between */
	found = yb_db_one(r, &q_receipt_known, YB_ARGS(yb_blob(p.fingerprint)), &known);
	if (found == YB_NO_ROW)
		return receipt_new(r, &p, problem);
	return found == YB_DB_FAILED ? -1 : again(r, &known);
}

/* ---- phase two: what is not settled ---- */

static bool
header_fits(const struct table *t, const yb_drop_line *header)
{
	for (size_t i = 0; i < t->n; i++)
		if (header->n != t->n || !yb_str_is(header->cells[i], t->columns[i].name))
			return false;
	return true;
}

/* The rows are those that were signed, as many as were said, in the layout that was agreed. */
static const char *
rows_verify(yb_req *r, const struct table *t, const struct receipt *p)
{
	yb_drop d = { .sha256 = p->sha256 };
	yb_str spool = yb_option_text(r, "receive_spool");
	enum yb_drop_verdict v;
	yb_drop_line header;
	int64_t rows = 0;

	v = yb_drop_take(r, drop_dir(r), p->name, spool, &d, yb_option_i64(r, "receive_max_bytes"));
	if (v == YB_DROP_GOOD)
		v = yb_drop_survey(r, spool, p->name, &header, &rows);
	if (v != YB_DROP_GOOD)
		return word_of(v);
	if (!header_fits(t, &header))
		return "LAYOUT";
	return rows == p->rows_said.v ? NULL : "COUNT";
}

static int
verify_step(yb_req *r, struct receipt *p)
{
	const char *problem = receipt_open(r, p), *number = NULL;
	int rc = 0;

	if (problem == NULL)
		number = number_check(r, p, &rc);
	if (rc < 0)
		return -1;
	if (problem != NULL)
		return receipt_retry(r, p, problem);
	if (number != NULL && strcmp(number, "GAP") != 0)
		return receipt_set(r, p, "FAILED", number);
	if (number != NULL) { /* it waits, however long */
		if (yb_str_is(p->problem, number))
			return 0;
		p->problem = yb_cstr(number);
		return receipt_keep(r, p, 0);
	}
	problem = rows_verify(r, table_find(p->master), p);
	if (problem != NULL)
		return receipt_retry(r, p, problem);
	p->verified = yb_now(r);
	yb_run_count(r, "verified", 1);
	return receipt_set(r, p, "VERIFIED", NULL);
}

/* What was held before it will never count any more. */
static int
behind_settle(yb_req *r, const struct receipt *p)
{
	struct receipt *at;
	yb_list held;

	if (!yb_str_is(p->status, "APPLIED"))
		return 0;
	if (yb_db_list(r, &q_receipt_behind,
		YB_ARGS(yb_text(p->sender), yb_text(p->master), yb_int_or_null(p->sequence),
		    yb_i64(p->receipt_id)),
		10, &held) < 0)
		return -1;
	at = held.items;
	for (size_t i = 0; i < held.n; i++)
		if (stage_forget(r, &at[i]) < 0 || receipt_set(r, &at[i], "FAILED", "REPLACED") < 0)
			return -1;
	receipt_log(r, p);
	return 0;
}

/* 1: more of this file; 0: done with it. */
static int
take_step(yb_req *r, struct receipt *p, struct progress *s)
{
	const struct table *t = table_find(p->master);
	int more;

	if (s->staging.receipt_id != p->receipt_id && rows_verify(r, t, p) != NULL)
		return receipt_retry(r, p, "GONE"); /* the copy is not there any more, nor the file */
	more = stage_step(r, t, p, &s->staging);
	if (more != 0)
		return more;
	if (stage_finish(r, t, p, &s->staging) < 0)
		return -1;
	yb_run_count(r, yb_str_is(p->status, "HELD") ? "held" : "applied", 1);
	return behind_settle(r, p);
}

/* Two persons let it through; one that came later may have been carried out meanwhile. */
static int
release_step(yb_req *r, struct receipt *p)
{
	int rc;
	const char *number = number_check(r, p, &rc);

	if (rc < 0)
		return -1;
	if (number != NULL && strcmp(number, "GAP") != 0)
		return stage_forget(r, p) < 0 ? -1 : receipt_set(r, p, "FAILED", number);
	yb_run_count(r, "applied", 1);
	return stage_release(r, table_find(p->master), p) < 0 ? -1 : behind_settle(r, p);
}

static int
work_step(yb_req *r, struct progress *s)
{
	struct receipt p;
	int rc = 0;
	enum yb_found found = yb_db_one(r, &q_receipt_next,
	    YB_ARGS(yb_i64(yb_now(r).us), yb_i64(s->sequence), yb_i64(s->receipt_id)), &p);

	if (found == YB_NO_ROW)
		s->phase = TELL;
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	if (yb_str_is(p.status, "VERIFIED")) {
		rc = take_step(r, &p, s);
	} else if (yb_str_is(p.status, "RELEASED")) {
		rc = release_step(r, &p);
	} else {
		rc = verify_step(r, &p);
		if (rc == 0 && yb_str_is(p.status, "VERIFIED"))
			rc = 1; /* and now its rows */
	}
	if (rc == 0) {
		s->sequence = p.sequence.set ? p.sequence.v : 0;
		s->receipt_id = p.receipt_id;
	}
	return rc < 0 ? -1 : 0;
}

/* ---- phase three: the sender is told ---- */

static yb_str
figure(yb_req *r, int64_t n)
{
	return yb_format_text(r, "%lld", (long long)n);
}

static yb_bytes
ack_text(yb_req *r, const struct receipt *p)
{
	const yb_str names[] = { YB_STR("file"), YB_STR("result"), YB_STR("problem"),
		YB_STR("rows"), YB_STR("bad"), YB_STR("added"), YB_STR("changed"), YB_STR("ended") };
	const yb_str cells[] = { p->name, p->status, p->problem, figure(r, p->n_rows),
		figure(r, p->n_bad), figure(r, p->n_added), figure(r, p->n_changed),
		figure(r, p->n_ended) };
	size_t n = sizeof names / sizeof names[0];
	yb_str head = yb_drop_csv(r, names, n), line = yb_drop_csv(r, cells, n);
	yb_str all = yb_format_text(r, "%.*s%.*s", (int)head.len, head.p, (int)line.len, line.p);

	return (yb_bytes) { (const unsigned char *)all.p, all.len };
}

/*
 * First the answer, then the file goes, then we know of both: whoever is killed between does it
 * again. A file that was replaced by another under its name stays where it is.
 */
static int
tell_step(yb_req *r, struct progress *s)
{
	yb_str dir = drop_dir(r);
	struct receipt p;
	yb_drop d;
	enum yb_found found = yb_db_one(r, &q_receipt_unsaid, YB_NO_ARGS, &p);

	if (found == YB_NO_ROW)
		s->phase = DONE;
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	if (yb_drop_put(r, yb_format_text(r, "%.*s/ack", (int)dir.len, dir.p), p.name, "ack",
		ack_text(r, &p)) < 0)
		return -1;
	(void)yb_drop_open(r, dir, p.name, yb_option_text(r, "receive_certs"), &d);
	if (d.fingerprint.p == NULL || memcmp(d.fingerprint.p, p.fingerprint.p, 32) == 0) {
		if (yb_drop_clear(r, dir, p.name,
			yb_str_is(p.status, "APPLIED") ? "done" : "failed",
			yb_option_text(r, "receive_spool")) < 0)
			return -1;
	}
	return exec(r, &q_receipt_acked, YB_ARGS(yb_at(yb_now(r)), yb_i64(p.receipt_id)));
}

/* Timer master.receive, a step. */
int
receive_run(yb_req *r)
{
	struct progress *s = yb_run_state(r, sizeof *s);
	int rc = 0;

	if (yb_option_text(r, "receive_dir").len == 0 || yb_run_dry(r))
		return 0;
	if (s->phase == SCAN)
		rc = scan_step(r, s);
	else if (s->phase == WORK)
		rc = work_step(r, s);
	else
		rc = tell_step(r, s);
	if (rc == 0 && s->phase != DONE)
		yb_run_again(r);
	return rc;
}
