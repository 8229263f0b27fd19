/*
 * send.c - files for 集合契約システム by the clock (H-8-8): READY, SENT, then ACKED, NACKED or HELD.
 *
 * A file is a row and its lines before it is bytes: whoever is killed writes the same bytes
 * again. Its control file carries the SHA-256 of the rows, and yobo-keeper signs that.
 */
#include "send.h"

#include <string.h>

#define LINES_MAX 1000
#define ACK_MAX	  1048576
#define HOUR_US	  INT64_C(3600000000)

/* Parents before those that name them. */
static const char *const sent_masters[] = { "M12", "M01", "M03", "M21", NULL };

const yb_field sending_row[] = {
	{ "sending_id", YB_OF(struct sending, sending_id) },
	{ "master", YB_OF(struct sending, master) },
	{ "sequence", YB_OF(struct sending, sequence) },
	{ "name", YB_OF(struct sending, name) },
	{ "status", YB_OF(struct sending, status) },
	{ "problem", YB_OF(struct sending, problem) },
	{ "n_rows", YB_OF(struct sending, n_rows) },
	{ "sha256", YB_OF(struct sending, sha256) },
	{ "attempts", YB_OF(struct sending, attempts) },
	{ "n_refused", YB_OF(struct sending, n_refused) },
	{ "made_us", YB_OF(struct sending, made) },
	{ "sent_us", YB_OF(struct sending, sent) },
	{ "acked_us", YB_OF(struct sending, acked) },
	{ "row_ver", YB_OF(struct sending, row_ver) },
	{ 0 },
};

struct line { /* of a file */
	int64_t version_id, version_no, row_no;
	yb_str kind, op, key_text, cells;
	yb_date valid_from, valid_to;
};

static const yb_field line_row[] = {
	{ "version_id", YB_OF(struct line, version_id) },
	{ "kind", YB_OF(struct line, kind) },
	{ "version_no", YB_OF(struct line, version_no) },
	{ "op", YB_OF(struct line, op) },
	{ "key_text", YB_OF(struct line, key_text) },
	{ "valid_from", YB_OF(struct line, valid_from) },
	{ "valid_to", YB_OF(struct line, valid_to) },
	{ "cells", YB_OF(struct line, cells) },
	{ 0 },
};

#define LINE_COLUMNS                                                                           \
	" v.version_no, v.op, k.key_text, v.valid_from, v.valid_to, v.cells"

/*
 * Approved and not sent; or sent and then withdrawn. What was shipped with the house is known
 * to everybody from its own source until somebody changes it.
 */
const yb_query q_send_next = {
	.name = "master_send_next",
	.sql = "SELECT v.version_id, x.kind," LINE_COLUMNS
	       " FROM master_key AS k JOIN master_version AS v ON v.key_id = k.key_id"
	       " JOIN master_change AS c ON c.change_id = v.change_id AND c.kind <> 'SHIPPED'"
	       " JOIN (SELECT 'COUNTS' AS kind UNION ALL SELECT 'GONE') AS x"
	       " LEFT JOIN master_sending_row AS s ON s.version_id = v.version_id"
	       "  AND s.kind = x.kind"
	       " LEFT JOIN master_sending_row AS b ON b.version_id = v.version_id"
	       "  AND b.kind = 'COUNTS'"
	       " WHERE k.master = ? AND s.version_id IS NULL AND v.op <> 'DELETE'"
	       "  AND ((x.kind = 'COUNTS' AND v.status IN ('APPROVED', 'EFFECTIVE'))"
	       "   OR (x.kind = 'GONE' AND v.status IN ('WITHDRAWN', 'ROLLED_BACK')"
	       "    AND b.version_id IS NOT NULL))"
	       " ORDER BY v.version_id, x.kind LIMIT 1000",
	.row = line_row,
	.row_size = sizeof(struct line),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_send_lines = {
	.name = "master_send_lines",
	.sql = "SELECT v.version_id, s.kind," LINE_COLUMNS
	       " FROM master_sending_row AS s JOIN master_version AS v"
	       "  ON v.version_id = s.version_id JOIN master_key AS k ON k.key_id = v.key_id"
	       " WHERE s.sending_id = ? ORDER BY s.row_no",
	.row = line_row,
	.row_size = sizeof(struct line),
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct number {
	int64_t n;
};

static const yb_field number_row[] = {
	{ "n", YB_OF(struct number, n) },
	{ 0 },
};

const yb_query q_send_last = {
	.name = "master_send_last",
	.sql = "SELECT COALESCE(MAX(sequence), 0) AS n FROM master_sending WHERE master = ?",
	.row = number_row,
	.row_size = sizeof(struct number),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_send_insert = {
	.name = "master_send_insert",
	.sql = "INSERT INTO master_sending (master, sequence, name, status, n_rows, sha256, made_us)"
	       " VALUES (?, ?, ?, 'READY', ?, ?, ?)",
	.nparams = 6,
	.tenant = YB_CROSS,
};

struct sent_line {
	int64_t version_id, sending_id, row_no;
	yb_str kind;
};

static const yb_field sent_line[] = {
	{ "version_id", YB_OF(struct sent_line, version_id) },
	{ "kind", YB_OF(struct sent_line, kind) },
	{ "sending_id", YB_OF(struct sent_line, sending_id) },
	{ "row_no", YB_OF(struct sent_line, row_no) },
	{ 0 },
};

const yb_query q_send_row = {
	.name = "master_send_row",
	.sql = "INSERT INTO master_sending_row (version_id, kind, sending_id, row_no)"
	       " VALUES (?, ?, ?, ?)",
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query q_send_ready = {
	.name = "master_send_ready",
	.sql = "SELECT " SENDING_COLUMNS " FROM master_sending WHERE status = 'READY'"
	       " AND sending_id > ? ORDER BY sending_id LIMIT 1 FOR UPDATE",
	.row = sending_row,
	.row_size = sizeof(struct sending),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_send_waiting = {
	.name = "master_send_waiting",
	.sql = "SELECT " SENDING_COLUMNS " FROM master_sending WHERE status = 'SENT'"
	       " AND sending_id > ? ORDER BY sending_id LIMIT 1 FOR UPDATE",
	.row = sending_row,
	.row_size = sizeof(struct sending),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_send_set = {
	.name = "master_send_set",
	.sql = "UPDATE master_sending SET status = ?, problem = ?, name = ?, attempts = ?,"
	       " n_refused = ?, sha256 = ?, sent_us = ?, acked_us = ?, row_ver = row_ver + 1"
	       " WHERE sending_id = ?",
	.nparams = 9,
	.tenant = YB_CROSS,
};

struct refusal {
	yb_str error;
	int64_t sending_id, row_no;
};

static const yb_field refusal_params[] = {
	{ "refused", YB_OF(struct refusal, error) },
	{ "sending_id", YB_OF(struct refusal, sending_id) },
	{ "row_no", YB_OF(struct refusal, row_no) },
	{ 0 },
};

const yb_query q_send_refused = {
	.name = "master_send_refused",
	.sql = "UPDATE master_sending_row SET refused = ? WHERE sending_id = ? AND row_no = ?",
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_send_unrefused = {
	.name = "master_send_unrefused",
	.sql = "UPDATE master_sending_row SET refused = NULL WHERE sending_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

int
sending_set(yb_req *r, struct sending *s, const char *status, const char *problem)
{
	s->status = yb_cstr(status);
	s->problem = yb_cstr(problem);
	yb_audit_action(r, YB_ACT_SEND);
	yb_audit_target(r, yb_format_text(r, "master:%.*s", (int)s->master.len, s->master.p).p,
	    yb_hex(r, s->sha256));
	yb_audit_purpose(r, (yb_str) { NULL, 0 },
	    yb_format_text(r, "%.*s %s rows %lld refused %lld", (int)s->name.len, s->name.p, status,
		(long long)s->n_rows, (long long)s->n_refused));
	if (strcmp(status, "HELD") == 0 || strcmp(status, "NACKED") == 0)
		yb_audit_alert(r, "master-unsent", (yb_str) { NULL, 0 });
	return exec(r, &q_send_set,
	    YB_ARGS(yb_text(s->status), yb_text(s->problem), yb_text(s->name), yb_i64(s->attempts),
		yb_i64(s->n_refused), yb_blob(s->sha256), yb_at(s->sent), yb_at(s->acked),
		yb_i64(s->sending_id)));
}

/* ---- the bytes ---- */

static yb_str
change_kind(const struct line *l)
{
	if (yb_str_is(l->kind, "GONE"))
		return YB_STR("4");
	if (yb_str_is(l->op, "END"))
		return YB_STR("3");
	return yb_str_is(l->op, "NEW") ? YB_STR("1") : YB_STR("2");
}

#define HEAD 5

static bool
column_goes(const struct column *c)
{
	return (c->flags & COL_OWNER) == 0 && c->kind != KIND_IMAGE;
}

static yb_str
header_line(yb_req *r, const struct table *t)
{
	yb_str cells[HEAD + COLUMNS_MAX] = { YB_STR("change_kind"), YB_STR("key"),
		YB_STR("version"), YB_STR("valid_from"), YB_STR("valid_to") };
	size_t n = HEAD;

	for (size_t i = 0; i < t->n; i++)
		if (column_goes(&t->columns[i]))
			cells[n++] = yb_cstr(t->columns[i].name);
	return yb_drop_csv(r, cells, n);
}

static yb_str
row_line(yb_req *r, const struct table *t, const struct line *l)
{
	yb_str cells[HEAD + COLUMNS_MAX] = { change_kind(l), l->key_text,
		yb_format_text(r, "%lld", (long long)l->version_no), yb_date_text(r, l->valid_from),
		yb_date_text(r, l->valid_to) };
	const yb_str *values = cells_read(r, t, l->cells);
	size_t n = HEAD;

	for (size_t i = 0; i < t->n; i++)
		if (column_goes(&t->columns[i]))
			cells[n++] = values[i];
	return yb_drop_csv(r, cells, n);
}

static yb_bytes
file_bytes(yb_req *r, const struct table *t, const yb_list *lines)
{
	yb_str *parts = yb_alloc(r, (lines->n + 1) * sizeof *parts);
	const struct line *at = lines->items;
	size_t room = 0, n = 0;
	unsigned char *out;

	parts[0] = header_line(r, t);
	for (size_t i = 0; i < lines->n; i++)
		parts[i + 1] = row_line(r, t, &at[i]);
	for (size_t i = 0; i <= lines->n; i++)
		room += parts[i].len;
	out = yb_alloc(r, room + 1);
	for (size_t i = 0; i <= lines->n; i++) {
		memcpy(out + n, parts[i].p, parts[i].len);
		n += parts[i].len;
	}
	return (yb_bytes) { out, n };
}

static yb_bytes
control_bytes(yb_req *r, const struct sending *s)
{
	const yb_str names[] = { YB_STR("file"), YB_STR("sender"), YB_STR("layout"),
		YB_STR("sequence"), YB_STR("rows"), YB_STR("sha256") };
	const yb_str cells[] = { s->name, YB_STR("YOBO"),
		yb_format_text(r, "%.*s-1", (int)s->master.len, s->master.p),
		yb_format_text(r, "%lld", (long long)s->sequence),
		yb_format_text(r, "%lld", (long long)s->n_rows), yb_hex(r, s->sha256) };
	yb_str head = yb_drop_csv(r, names, 6), line = yb_drop_csv(r, cells, 6);
	yb_str all = yb_format_text(r, "%.*s%.*s", (int)head.len, head.p, (int)line.len, line.p);

	return (yb_bytes) { (const unsigned char *)all.p, all.len };
}

/* ---- phase one: what has not been sent ---- */

/* 1: a file was made, there may be more; 0: nothing; -1: recorded. */
static int
make_step(yb_req *r, const struct table *t)
{
	yb_value master = yb_text(yb_cstr(t->id));
	struct sent_line *rows;
	const struct line *at;
	struct number last = { 0 };
	yb_list lines;
	yb_str name;
	int64_t id;

	if (book_lock(r, t, 0) < 0 ||
	    yb_db_list(r, &q_send_next, YB_ARGS(master), LINES_MAX, &lines) < 0)
		return -1;
	if (lines.n == 0)
		return 0;
	if (yb_db_find(r, &q_send_last, YB_ARGS(master), &last) < 0)
		return -1;
	name = yb_format_text(r, "%s-%07lld", t->id, (long long)last.n + 1);
	if (exec(r, &q_send_insert,
		YB_ARGS(master, yb_i64(last.n + 1), yb_text(name), yb_i64((int64_t)lines.n),
		    yb_blob(yb_sha256(r, file_bytes(r, t, &lines))), yb_at(yb_now(r)))) < 0)
		return -1;
	id = yb_db_last_id(r);
	rows = yb_alloc(r, lines.n * sizeof *rows);
	at = lines.items;
	for (size_t i = 0; i < lines.n; i++)
		rows[i] = (struct sent_line) { at[i].version_id, id, (int64_t)i + 1, at[i].kind };
	yb_run_count(r, "made", 1);
	return yb_db_each(r, &q_send_row, sent_line, sizeof *rows, rows, lines.n) == 0
	    ? 1
	    : yb_problem(r, "E-SYS-003");
}

/* ---- phase two: files ---- */

static int
write_step(yb_req *r, struct sending *s)
{
	const struct table *t = table_find(s->master);
	yb_str dir = yb_option_text(r, "send_dir");
	yb_bytes rows, control, sig;
	yb_list lines;

	if (t == NULL ||
	    yb_db_list(r, &q_send_lines, YB_ARGS(yb_i64(s->sending_id)), LINES_MAX, &lines) < 0)
		return t == NULL ? yb_problem(r, "E-SYS-003") : -1;
	rows = file_bytes(r, t, &lines);
	s->sha256 = yb_sha256(r, rows); /* a last day may have become known meanwhile */
	control = control_bytes(r, s);
	/* Who looks for all three finds them only when they belong together. */
	if (yb_drop_sign(r, control, &sig) < 0 || yb_drop_put(r, dir, s->name, "csv", rows) < 0 ||
	    yb_drop_put(r, dir, s->name, "ctl", control) < 0 ||
	    yb_drop_put(r, dir, s->name, "sig", sig) < 0)
		return -1;
	s->sent = yb_now(r);
	s->attempts++;
	yb_run_count(r, "sent", 1);
	return sending_set(r, s, "SENT", NULL);
}

/* ---- phase three: what the receiver says ---- */

/* The next line end, which an answer of ours or theirs has as CRLF or LF. */
static yb_str
line_next(yb_str *text)
{
	const char *end = memchr(text->p, '\n', text->len);
	yb_str line = { text->p, end == NULL ? text->len : (size_t)(end - text->p) };
	size_t used = end == NULL ? line.len : line.len + 1;

	text->p += used;
	text->len -= used;
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* A cell, in quotes or not; quotes within are not for an answer. */
static yb_str
cell_next(yb_str *line)
{
	const char *comma = memchr(line->p, ',', line->len);
	yb_str cell = { line->p, comma == NULL ? line->len : (size_t)(comma - line->p) };
	size_t used = comma == NULL ? cell.len : cell.len + 1;

	line->p += used;
	line->len -= used;
	if (cell.len >= 2 && cell.p[0] == '"' && cell.p[cell.len - 1] == '"')
		cell = (yb_str) { cell.p + 1, cell.len - 2 };
	return cell;
}

static int64_t
number_of(yb_str s)
{
	int64_t v = 0;

	for (size_t i = 0; i < s.len && i < 15; i++)
		v = s.p[i] >= '0' && s.p[i] <= '9' ? v * 10 + (s.p[i] - '0') : -1000000;
	return s.len == 0 ? -1 : v;
}

struct answer {
	bool good;   /* it is one, of this file */
	bool accepted;
	int64_t rows;
	struct refusal *refused;
	size_t n;
};

/* "file,result,rows,row,error": one line with ACK, or a line for each row with NACK. */
static struct answer
answer_read(yb_req *r, const struct sending *s, yb_str text)
{
	struct answer a = { .refused = yb_alloc(r, (size_t)s->n_rows * sizeof *a.refused) };

	(void)line_next(&text); /* the header */
	while (text.len > 0) {
		yb_str line = line_next(&text), file = cell_next(&line), result = cell_next(&line);
		yb_str rows = cell_next(&line), row = cell_next(&line), error = cell_next(&line);

		if (file.len == 0)
			continue;
		a.good = yb_str_eq(file, s->name) &&
		    (yb_str_is(result, "ACK") || yb_str_is(result, "NACK"));
		a.accepted = yb_str_is(result, "ACK");
		a.rows = number_of(rows);
		if (!a.good)
			break;
		if (!a.accepted && number_of(row) > 0 && a.n < (size_t)s->n_rows)
			a.refused[a.n++] = (struct refusal) {
				(yb_str) { error.p, error.len > 100 ? 100 : error.len },
				s->sending_id, number_of(row) };
	}
	return a;
}

static int
answer_take(yb_req *r, struct sending *s, const struct answer *a)
{
	s->acked = yb_now(r);
	if (!a->good || a->rows != s->n_rows)
		return sending_set(r, s, "HELD", a->good ? "COUNT" : "ANSWER");
	if (a->accepted)
		return sending_set(r, s, "ACKED", NULL);
	s->n_refused = (int64_t)a->n;
	if (a->n > 0 &&
	    yb_db_each(r, &q_send_refused, refusal_params, sizeof *a->refused, a->refused, a->n) != 0)
		return yb_problem(r, "E-SYS-003");
	return sending_set(r, s, "NACKED", "REFUSED");
}

static int
answer_step(yb_req *r, struct sending *s)
{
	yb_str dir = yb_option_text(r, "send_dir"), text;
	int64_t waited = yb_now(r).us - s->sent.us;
	struct answer a;
	enum yb_found found = yb_drop_get(r,
	    yb_format_text(r, "%.*s/ack", (int)dir.len, dir.p), s->name, "ack", ACK_MAX, &text);

	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_ONE_ROW) {
		a = answer_read(r, s, text);
		yb_run_count(r, "answered", 1);
		return answer_take(r, s, &a);
	}
	if (waited < yb_option_i64(r, "send_ack_hours") * HOUR_US)
		return 0;
	if (s->attempts >= yb_option_i64(r, "send_attempts"))
		return sending_set(r, s, "HELD", "SILENCE");
	return sending_set(r, s, "READY", "SILENCE");
}

/* ---- the clock ---- */

struct progress {
	enum send_phase { MAKE, WRITE, ANSWER, DONE } phase;
	int64_t table, sending_id;
};

/* 1: something was looked at, ask again; 0: this phase has nothing more. */
static int
phase_step(yb_req *r, struct progress *p)
{
	const yb_query *q = p->phase == WRITE ? &q_send_ready : &q_send_waiting;
	struct sending s;
	enum yb_found found;

	if (p->phase == MAKE) {
		const char *id = sent_masters[p->table];
		int more = id == NULL ? 0 : make_step(r, table_find(yb_cstr(id)));

		p->table += more == 0;
		return more < 0 ? -1 : id != NULL;
	}
	found = yb_db_one(r, q, YB_ARGS(yb_i64(p->sending_id)), &s);
	if (found != YB_ONE_ROW)
		return found == YB_DB_FAILED ? -1 : 0;
	p->sending_id = s.sending_id;
	return (p->phase == WRITE ? write_step(r, &s) : answer_step(r, &s)) < 0 ? -1 : 1;
}

/* Timer master.send, a step. */
int
send_run(yb_req *r)
{
	struct progress *p = yb_run_state(r, sizeof *p);
	int rc;

	if (yb_option_text(r, "send_dir").len == 0 || yb_run_dry(r))
		return 0;
	rc = phase_step(r, p);
	if (rc == 0) {
		p->phase++;
		p->sending_id = 0;
	}
	if (rc >= 0 && p->phase != DONE)
		yb_run_again(r);
	return rc < 0 ? -1 : 0;
}
