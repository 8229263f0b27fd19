/*
 * retention.c - the end of retention (P-03): five years after death a person may be deleted, and
 * not earlier. A timer lists, one person proposes, another deletes; the log keeps the numbers of
 * what went.
 */
#include "person.h"
#include "retention.h"

#include <string.h>

#include <yb/person.h>

const yb_field record_retention_query[] = {
	{ "state", YB_OF(struct retention_query, state), .max = 8, .one_of = "LISTED,PROPOSED" },
	{ "limit", YB_OF(struct retention_query, limit), .min = 1, .max = RETENTION_MAX },
	{ 0 },
};

/* The last day of death whose period is over. */
static yb_date
period_ends(yb_req *r)
{
	return yb_date_add_months(yb_today(r), -12 * (int)yb_option_i64(r, "retention_years"));
}

/* ---- timer record.retention ---- */

const yb_query record_retention_list = {
	.name = "record_retention_list",
	.sql = "INSERT INTO record_retention (subject_id, org_id, state, death_date, listed_us)"
	       " SELECT s.subject_id, s.org_id, 'LISTED', s.death_date, ?"
	       "  FROM record_subject s WHERE s.death_date < ? AND NOT EXISTS"
	       "   (SELECT 1 FROM record_retention t WHERE t.subject_id = s.subject_id)",
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* A death that was registered in error, or for another day. */
const yb_query record_retention_unlist = {
	.name = "record_retention_unlist",
	.sql = "DELETE t FROM record_retention t"
	       "  JOIN record_subject s ON s.subject_id = t.subject_id"
	       " WHERE s.death_date IS NULL OR s.death_date >= ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* Lists of numbers are kept no longer than their answers. */
const yb_query record_bulk_expire = {
	.name = "record_bulk_expire",
	.sql = "UPDATE record_bulk SET sealed = NULL WHERE sealed IS NOT NULL AND asked_us < ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* Timer record.retention - lists whose period has ended. */
int
record_retention_run(yb_req *r)
{
	yb_value before = yb_day(period_ends(r));
	int64_t listed = 0, unlisted = 0, month_us = (int64_t)30 * 86400 * 1000000;

	if (yb_db_exec(r, &record_retention_unlist, YB_ARGS(before), &unlisted) != 0 ||
	    yb_db_exec(r, &record_retention_list, YB_ARGS(yb_at(yb_now(r)), before),
		&listed) != 0 ||
	    yb_db_exec(r, &record_bulk_expire, YB_ARGS(yb_i64(yb_now(r).us - month_us)), NULL) != 0)
		return -1;
	yb_run_count(r, "listed", listed);
	yb_run_count(r, "taken_off", unlisted);
	return 0;
}

/* ---- GET /record/retention ---- */

struct candidate {
	int64_t subject_id;
	yb_str subject_no, muni_key, name, state;
	yb_date death_date;
	int64_t records;
	yb_time listed_at, proposed_at;
	yb_str proposed_by;
	bool restricted, linked;
};

static const yb_field candidate_row[] = {
	{ "subject_id", YB_OF(struct candidate, subject_id) },
	{ "subject_no", YB_OF(struct candidate, subject_no) },
	{ "muni_key", YB_OF(struct candidate, muni_key) },
	{ "name", YB_OF(struct candidate, name) },
	{ "state", YB_OF(struct candidate, state) },
	{ "death_date", YB_OF(struct candidate, death_date) },
	{ "records", YB_OF(struct candidate, records) },
	{ "listed_us", YB_OF(struct candidate, listed_at) },
	{ "proposed_us", YB_OF(struct candidate, proposed_at) },
	{ "proposed_by", YB_OF(struct candidate, proposed_by) },
	{ "restricted", YB_OF(struct candidate, restricted) },
	{ "linked", YB_OF(struct candidate, linked) },
	{ 0 },
};

static const yb_field candidate_out[] = {
	{ "subject_no", YB_OF(struct candidate, subject_no) },
	{ "muni_key", YB_OF(struct candidate, muni_key) },
	{ "name", YB_OF(struct candidate, name) },
	{ "state", YB_OF(struct candidate, state), .one_of = "LISTED,PROPOSED" },
	{ "death_date", YB_OF(struct candidate, death_date) },
	{ "records", YB_OF(struct candidate, records), .note = "vaccinations, each counted once" },
	{ "listed_at", YB_OF(struct candidate, listed_at) },
	{ "proposed_at", YB_OF(struct candidate, proposed_at) },
	{ "proposed_by", YB_OF(struct candidate, proposed_by) },
	{ 0 },
};

const yb_field record_retention_page[] = {
	{ "persons", YB_OF(struct retention_page, persons),
	    YB_EACH(candidate_out, struct candidate) },
	{ 0 },
};

#define CANDIDATES                                                                            \
	"SELECT t.subject_id, s.subject_no, s.muni_key, s.name, t.state, s.death_date,"       \
	"  (SELECT COUNT(DISTINCT v.record_id) FROM record_vaccination v"                     \
	"    WHERE v.subject_id = t.subject_id) AS records,"                                  \
	"  t.listed_us, t.proposed_us, t.proposed_by,"                                        \
	"  s.not_disclosed OR s.self_info_blocked AS restricted, s.linked"                    \
	"  FROM record_retention t JOIN record_subject s ON s.subject_id = t.subject_id"

const yb_query record_retention_read = {
	.name = "record_retention_read",
	.sql = "" CANDIDATES " WHERE t.org_id = ? AND (? IS NULL OR t.state = ?)"
	       "  AND (? OR (s.not_disclosed = 0 AND s.self_info_blocked = 0))"
	       " ORDER BY t.subject_id LIMIT ?",
	.row = candidate_row,
	.row_size = sizeof(struct candidate),
	.nparams = 5,
	.tenant = YB_ORG,
};

/* GET /record/retention - persons whose records may go. */
int
record_retention_show(yb_req *r)
{
	const struct retention_query *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : RETENTION_MAX;
	struct retention_page out;
	const struct candidate *at;

	if (yb_db_list(r, &record_retention_read,
		YB_ARGS(yb_text(q->state), yb_text(q->state), yb_bool(yb_who(r)->restricted_view),
		    yb_i64((int64_t)limit)),
		limit, &out.persons) < 0)
		return -1;
	at = out.persons.items;
	for (size_t i = 0; i < out.persons.n; i++)
		record_person_shown(r, at[i].subject_no, at[i].restricted);
	return yb_reply_record(r, 200, record_retention_page, &out);
}

/* ---- proposing and deleting ---- */

const yb_field record_retention_in[] = {
	{ "subject_nos", YB_OF(struct retention_in, subject_nos), .flags = YB_REQUIRED, .min = 1,
	    .max = RETENTION_MAX },
	{ "reason", YB_OF(struct retention_in, reason), .flags = YB_REQUIRED, .max = 200 },
	{ 0 },
};

const yb_field record_retention_done[] = {
	{ "persons", YB_OF(struct retention_done, persons) },
	{ "vaccinations", YB_OF(struct retention_done, vaccinations),
	    .note = "versions of records" },
	{ "numbers", YB_OF(struct retention_done, numbers), .note = "sealed 個人番号" },
	{ "outbox", YB_OF(struct retention_done, outbox) },
	{ 0 },
};

const yb_query record_retention_one = {
	.name = "record_retention_one",
	.sql = "" CANDIDATES " WHERE t.org_id = ? AND s.subject_no = ? AND s.death_date < ?"
	       " FOR UPDATE",
	.row = candidate_row,
	.row_size = sizeof(struct candidate),
	.nparams = 3,
	.tenant = YB_ORG,
};

const yb_query record_retention_propose_put = {
	.name = "record_retention_propose_put",
	.sql = "UPDATE record_retention t JOIN (SELECT ? AS org_id) me ON me.org_id = t.org_id"
	       " SET t.state = 'PROPOSED', t.proposed_us = ?, t.proposed_by = ?"
	       " WHERE t.subject_id = ?",
	.nparams = 4,
	.tenant = YB_ORG,
};

/* The candidate as it stands now, the period checked again; -1 recorded. */
static int
candidate_find(yb_req *r, yb_str subject_no, struct candidate *ret)
{
	if (yb_db_find(r, &record_retention_one,
		YB_ARGS(yb_text(subject_no), yb_day(period_ends(r))), ret) < 0)
		return -1;
	if (ret->restricted && !yb_who(r)->restricted_view)
		return yb_problem(r, "E-AUTH-005");
	yb_audit_subject(r, ret->subject_no);
	return 0;
}

/* POST /record/retention/proposals - the first person's word. */
int
record_retention_propose(yb_req *r)
{
	const struct retention_in *in = yb_body(r);
	const yb_str *at = in->subject_nos.items;
	struct retention_done out = { .persons = (int64_t)in->subject_nos.n };
	struct candidate c;

	yb_audit_purpose(r, (yb_str) { 0 }, in->reason);
	for (size_t i = 0; i < in->subject_nos.n; i++) {
		if (candidate_find(r, at[i], &c) < 0)
			return -1;
		if (!yb_str_is(c.state, "LISTED"))
			return yb_problem(r, "E-REC-010");
		if (yb_db_exec(r, &record_retention_propose_put,
			YB_ARGS(yb_at(yb_now(r)), yb_text(yb_who(r)->actor), yb_i64(c.subject_id)),
			NULL) != 0)
			return -1;
	}
	return yb_reply_record(r, 200, record_retention_done, &out);
}

#define GO(id, text)                                                     \
	const yb_query id = {                                            \
		.name = #id,                                             \
		.sql = "" text,                                          \
		.nparams = 1,                                            \
		.tenant = YB_CROSS,                                      \
	}

GO(record_go_outbox, "DELETE FROM record_outbox WHERE subject_id = ?");
GO(record_go_requests, "DELETE FROM record_request WHERE subject_id = ?");
GO(record_go_due, "DELETE FROM record_due WHERE subject_id = ?");
GO(record_go_recalls, "DELETE FROM record_recall_seen WHERE subject_id = ?");
GO(record_go_vaccinations, "DELETE FROM record_vaccination WHERE subject_id = ?");
GO(record_go_number, "DELETE FROM record_vault WHERE subject_id = ?");
GO(record_go_candidate, "DELETE FROM record_retention WHERE subject_id = ?");
GO(record_go_subject, "DELETE FROM record_subject WHERE subject_id = ?");

const yb_query record_go_pairs = {
	.name = "record_go_pairs",
	.sql = "DELETE FROM record_pair WHERE a_id = ? OR b_id = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query record_unlink = {
	.name = "record_unlink",
	.sql = "UPDATE record_subject s SET s.linked = " RECORD_LINKED " WHERE s.subject_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

static int
go(yb_req *r, const yb_query *q, int64_t subject_id, int64_t *count)
{
	int64_t rows = 0;

	if (yb_db_exec(r, q, YB_ARGS(yb_i64(subject_id)), &rows) != 0)
		return -1;
	*count += rows;
	return 0;
}

/* Rows that were the same person are their own again. */
static int
pairs_go(yb_req *r, const struct candidate *c)
{
	struct subject s = { .subject_id = c->subject_id, .linked = c->linked };
	const struct person_row *at;
	yb_list others;
	int64_t rows = 0;

	if (record_person(r, &s, &others) < 0 ||
	    yb_db_exec(r, &record_go_pairs, YB_ARGS(yb_i64(c->subject_id), yb_i64(c->subject_id)),
		NULL) != 0)
		return -1;
	at = others.items;
	for (size_t i = 0; i < others.n; i++)
		if (go(r, &record_unlink, at[i].subject_id, &rows) < 0)
			return -1;
	return 0;
}

static int
person_go(yb_req *r, const struct candidate *c, struct retention_done *out)
{
	int64_t id = c->subject_id, other = 0;

	return pairs_go(r, c) < 0 || go(r, &record_go_outbox, id, &out->outbox) < 0 ||
		go(r, &record_go_requests, id, &other) < 0 ||
		go(r, &record_go_due, id, &other) < 0 ||
		go(r, &record_go_recalls, id, &other) < 0 ||
		go(r, &record_go_vaccinations, id, &out->vaccinations) < 0 ||
		go(r, &record_go_number, id, &out->numbers) < 0 ||
		go(r, &record_go_candidate, id, &other) < 0 ||
		go(r, &record_go_subject, id, &out->persons) < 0
	    ? -1
	    : 0;
}

/* POST /record/retention/deletions - the second person's word: all of a person goes, for good. */
int
record_retention_delete(yb_req *r)
{
	const struct retention_in *in = yb_body(r);
	const yb_str *at = in->subject_nos.items;
	struct retention_done out = { 0 };
	struct candidate c;
	int same;

	for (size_t i = 0; i < in->subject_nos.n; i++) {
		if (candidate_find(r, at[i], &c) < 0)
			return -1;
		if (!yb_str_is(c.state, "PROPOSED"))
			return yb_problem(r, "E-REC-010");
		same = yb_same_person(r, c.proposed_by);
		if (same != 0)
			return same < 0 ? -1 : yb_problem(r, "E-REC-009");
		if (person_go(r, &c, &out) < 0)
			return -1;
	}
	yb_audit_target(r, "retention",
	    yb_format_text(r, "%lld/%lld/%lld/%lld", (long long)out.persons,
		(long long)out.vaccinations, (long long)out.numbers, (long long)out.outbox));
	yb_audit_purpose(r, (yb_str) { 0 }, in->reason);
	return yb_reply_record(r, 200, record_retention_done, &out);
}
