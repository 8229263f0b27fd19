/*
 * sending.c - files for 集合契約システム as people see them (H-8-8): OPS and the central federation
 * see the files, every owner the state of its own rows.
 */
#include "send.h"

#define PAGE 100

const yb_field sending_query[] = {
	{ "master", YB_OF(struct sending_query, master), .max = 4 },
	{ "status", YB_OF(struct sending_query, status),
	    .one_of = "READY,SENT,ACKED,NACKED,HELD" },
	{ "after", YB_OF(struct sending_query, after), .note = "`next` of the page before." },
	{ "limit", YB_OF(struct sending_query, limit), .min = 1, .max = PAGE },
	{ 0 },
};

const yb_field sent_query[] = {
	{ "refused", YB_OF(struct sent_query, refused), .note = "only those that were refused" },
	{ "after", YB_OF(struct sent_query, after), .note = "`next` of the page before." },
	{ "limit", YB_OF(struct sent_query, limit), .min = 1, .max = PAGE },
	{ 0 },
};

struct shown {
	struct sending s;
	yb_str sha256, master_name;
	bool can_resend;
	yb_list sent;
	yb_int next;
};

#define SENDING_OUT                                                                            \
	{ "sending_id", YB_OF(struct shown, s.sending_id) },                                   \
	{ "master", YB_OF(struct shown, s.master) },                                           \
	{ "name", YB_OF(struct shown, master_name) },                                          \
	{ "sequence", YB_OF(struct shown, s.sequence) },                                       \
	{ "file", YB_OF(struct shown, s.name) },                                               \
	{ "status", YB_OF(struct shown, s.status), .one_of = "READY,SENT,ACKED,NACKED,HELD" }, \
	{ "problem", YB_OF(struct shown, s.problem),                                           \
	    .one_of = "COUNT,ANSWER,REFUSED,SILENCE" },                                        \
	{ "rows", YB_OF(struct shown, s.n_rows) },                                             \
	{ "refused", YB_OF(struct shown, s.n_refused) },                                       \
	{ "attempts", YB_OF(struct shown, s.attempts) },                                       \
	{ "sha256", YB_OF(struct shown, sha256) },                                             \
	{ "made_at", YB_OF(struct shown, s.made) },                                            \
	{ "sent_at", YB_OF(struct shown, s.sent) },                                            \
	{ "acked_at", YB_OF(struct shown, s.acked) },                                          \
	{ "can_resend", YB_OF(struct shown, can_resend) }

const yb_field sending_out[] = { SENDING_OUT, { 0 } };

struct sent_row {
	int64_t sending_id, version_id, version_no, row_no;
	yb_str master, key_text, kind, status, refused;
};

static const yb_field sent_row[] = {
	{ "sending_id", YB_OF(struct sent_row, sending_id) },
	{ "version_id", YB_OF(struct sent_row, version_id) },
	{ "version_no", YB_OF(struct sent_row, version_no) },
	{ "row_no", YB_OF(struct sent_row, row_no) },
	{ "master", YB_OF(struct sent_row, master) },
	{ "key_text", YB_OF(struct sent_row, key_text) },
	{ "kind", YB_OF(struct sent_row, kind) },
	{ "status", YB_OF(struct sent_row, status) },
	{ "refused", YB_OF(struct sent_row, refused) },
	{ 0 },
};

static const yb_field sent_row_out[] = {
	{ "sending_id", YB_OF(struct sent_row, sending_id) },
	{ "row", YB_OF(struct sent_row, row_no), .note = "its place in the file, from 1" },
	{ "master", YB_OF(struct sent_row, master) },
	{ "key", YB_OF(struct sent_row, key_text) },
	{ "version_no", YB_OF(struct sent_row, version_no) },
	{ "kind", YB_OF(struct sent_row, kind), .one_of = "COUNTS,GONE" },
	{ "status", YB_OF(struct sent_row, status), .one_of = "READY,SENT,ACKED,NACKED,HELD" },
	{ "refused", YB_OF(struct sent_row, refused), .note = "what the receiver says of it" },
	{ 0 },
};

const yb_field sending_rows_out[] = {
	SENDING_OUT,
	{ "sent", YB_OF(struct shown, sent), YB_EACH(sent_row_out, struct sent_row),
	    .note = "Its rows, in the order of the file." },
	{ "next", YB_OF(struct shown, next), .note = "null: the end" },
	{ 0 },
};

struct sending_page {
	yb_list sendings, rows;
	yb_int next;
};

const yb_field sending_page_out[] = {
	{ "sendings", YB_OF(struct sending_page, sendings), YB_EACH(sending_out, struct shown),
	    .note = "Files, the newest first; of OPS and the central federation only." },
	{ "rows", YB_OF(struct sending_page, rows), YB_EACH(sent_row_out, struct sent_row),
	    .note = "The last 100 rows of the caller's masters, the newest first; of OPS and the "
		    "central federation: those that were refused." },
	{ "next", YB_OF(struct sending_page, next), .note = "of the files; null: the end" },
	{ 0 },
};

const yb_query q_sendings = {
	.name = "master_sendings",
	.sql = "SELECT " SENDING_COLUMNS " FROM master_sending"
	       " WHERE (? IS NULL OR sending_id < ?) AND (? IS NULL OR master = ?)"
	       "  AND (? IS NULL OR status = ?) ORDER BY sending_id DESC LIMIT ?",
	.row = sending_row,
	.row_size = sizeof(struct sending),
	.nparams = 7,
	.tenant = YB_CROSS,
};

const yb_query q_sending = {
	.name = "master_sending",
	.sql = "SELECT " SENDING_COLUMNS " FROM master_sending WHERE sending_id = ?",
	.row = sending_row,
	.row_size = sizeof(struct sending),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_sending_lock = {
	.name = "master_sending_lock",
	.sql = "SELECT " SENDING_COLUMNS " FROM master_sending WHERE sending_id = ? FOR UPDATE",
	.row = sending_row,
	.row_size = sizeof(struct sending),
	.nparams = 1,
	.tenant = YB_CROSS,
};

#define SENT_COLUMNS                                                                           \
	" s.sending_id, s.version_id, v.version_no, s.row_no, k.master, k.key_text,"           \
	" s.kind, g.status, s.refused"
#define NEWEST " ORDER BY s.sending_id DESC, s.row_no LIMIT 100"

const yb_query q_sending_refused = {
	.name = "master_sending_refused",
	.sql = "SELECT" SENT_COLUMNS " FROM master_sending_row AS s"
	       " FORCE INDEX (master_sending_refused)"
	       " JOIN master_sending AS g ON g.sending_id = s.sending_id"
	       " JOIN master_version AS v ON v.version_id = s.version_id"
	       " JOIN master_key AS k ON k.key_id = v.key_id"
	       " WHERE s.refused IS NOT NULL" NEWEST,
	.row = sent_row,
	.row_size = sizeof(struct sent_row),
	.nparams = 0,
	.tenant = YB_CROSS,
};

/* From the keys of the owner: from the newest rows on, those of all others came first. */
const yb_query q_sending_rows = {
	.name = "master_sending_rows",
	.sql = "SELECT STRAIGHT_JOIN" SENT_COLUMNS " FROM master_key AS k"
	       " JOIN master_version AS v ON v.key_id = k.key_id"
	       " JOIN master_sending_row AS s ON s.version_id = v.version_id"
	       " JOIN master_sending AS g ON g.sending_id = s.sending_id"
	       " WHERE k.master IN (" SENT_MASTERS ") AND k.owner_id = ?" NEWEST,
	.row = sent_row,
	.row_size = sizeof(struct sent_row),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_sent_rows = {
	.name = "master_sent_rows",
	.sql = "SELECT s.sending_id, s.version_id, v.version_no, s.row_no, k.master, k.key_text,"
	       " s.kind, g.status, s.refused FROM master_sending_row AS s"
	       " JOIN master_sending AS g ON g.sending_id = s.sending_id"
	       " JOIN master_version AS v ON v.version_id = s.version_id"
	       " JOIN master_key AS k ON k.key_id = v.key_id"
	       " WHERE s.sending_id = ? AND s.row_no > ? AND (? = 0 OR s.refused IS NOT NULL)"
	       " ORDER BY s.row_no LIMIT ?",
	.row = sent_row,
	.row_size = sizeof(struct sent_row),
	.nparams = 4,
	.tenant = YB_CROSS,
};

static struct shown
shown_of(yb_req *r, const struct sending *s)
{
	const struct table *t = table_find(s->master);

	return (struct shown) { .s = *s,
		.sha256 = yb_hex(r, s->sha256),
		.master_name = t == NULL ? (yb_str) { NULL, 0 } : yb_cstr(t->name),
		.can_resend = has_role(r, YB_DO(H_8_7)) && !yb_str_is(s->status, "READY") };
}

static int
files_list(yb_req *r, const struct sending_query *q, struct sending_page *out)
{
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE;
	const struct sending *at;
	struct shown *shown;
	yb_list rows;

	if (yb_db_list(r, &q_sendings,
		YB_ARGS(yb_int_or_null(q->after), yb_int_or_null(q->after), yb_text(q->master),
		    yb_text(q->master), yb_text(q->status), yb_text(q->status),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &rows) < 0)
		return -1;
	at = rows.items;
	if (yb_page_cut(&rows, limit))
		out->next = (yb_int) { at[limit - 1].sending_id, true };
	shown = yb_alloc(r, (rows.n + 1) * sizeof *shown);
	for (size_t i = 0; i < rows.n; i++)
		shown[i] = shown_of(r, &at[i]);
	out->sendings = (yb_list) { shown, rows.n };
	return 0;
}

/* GET /master/sendings - what was sent, and what became of it. */
int
sending_list(yb_req *r)
{
	const struct sending_query *q = yb_params(r);
	const yb_caller *who = yb_who(r);
	bool watches = has_role(r, YB_DO(H_8_7));
	int64_t owner = who->org_type == YB_ORG_MHLW ? 0 : who->org_id;
	struct sending_page out = { 0 };

	if ((watches && files_list(r, q, &out) < 0) ||
	    (watches ? yb_db_list(r, &q_sending_refused, YB_NO_ARGS, PAGE, &out.rows)
		     : yb_db_list(r, &q_sending_rows, YB_ARGS(yb_i64(owner)), PAGE, &out.rows)) < 0)
		return -1;
	return yb_reply_record(r, 200, sending_page_out, &out);
}

/* GET /master/sendings/{sending_id} - one file with its rows, and what was said of them. */
int
sending_get(yb_req *r)
{
	const struct sent_query *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE;
	yb_value id = yb_i64(path_number(r, "sending_id"));
	const struct sent_row *at;
	struct sending s;
	struct shown out;

	if (yb_db_find(r, &q_sending, YB_ARGS(id), &s) < 0)
		return -1;
	out = shown_of(r, &s);
	if (yb_db_list(r, &q_sent_rows,
		YB_ARGS(id, yb_i64(q->after.set ? q->after.v : 0), yb_bool(q->refused),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &out.sent) < 0)
		return -1;
	at = out.sent.items;
	if (yb_page_cut(&out.sent, limit))
		out.next = (yb_int) { at[limit - 1].row_no, true };
	yb_audit_target(r, "master:file", s.name);
	return yb_reply_record(r, 200, sending_rows_out, &out);
}

/* POST /master/sendings/{sending_id}/resend - under another name, with the same number. */
int
sending_resend(yb_req *r)
{
	struct sending s;
	struct shown out;

	if (yb_db_find(r, &q_sending_lock, YB_ARGS(yb_i64(path_number(r, "sending_id"))), &s) < 0)
		return -1;
	if (yb_str_is(s.status, "READY"))
		return yb_problem(r, "E-MST-011");
	s.name = yb_format_text(r, "%.*s-%07lld-r%lld", (int)s.master.len, s.master.p,
	    (long long)s.sequence, (long long)s.row_ver);
	s.attempts = s.n_refused = 0;
	s.sent.us = s.acked.us = 0;
	if (exec(r, &q_send_unrefused, YB_ARGS(yb_i64(s.sending_id))) < 0 ||
	    sending_set(r, &s, "READY", NULL) < 0)
		return -1;
	out = shown_of(r, &s);
	return yb_reply_record(r, 200, sending_out, &out);
}
