/*
 * recall_done.c - the stopped lots of a municipality, and its word that it has dealt with one
 * (H-8-3 step 7). The word is about the records that were there and that the person who says it
 * may see: a new one, or one of a person under 支援措置, leaves the lot open.
 */
#include "outside.h"

#define LOTS_MAX 1000

struct recall_lot {
	yb_str lot_no, vaccine_code, vaccine_name;
	int64_t doses, open;
	yb_time handled_at;
	yb_str handled_by, reason;
};

static const yb_field lot_row[] = {
	{ "lot_no", YB_OF(struct recall_lot, lot_no) },
	{ "vaccine_code", YB_OF(struct recall_lot, vaccine_code) },
	{ "doses", YB_OF(struct recall_lot, doses) },
	{ "open", YB_OF(struct recall_lot, open) },
	{ "handled_us", YB_OF(struct recall_lot, handled_at) },
	{ "handled_by", YB_OF(struct recall_lot, handled_by) },
	{ "reason", YB_OF(struct recall_lot, reason) },
	{ 0 },
};

static const yb_field lot_out[] = {
	{ "lot_no", YB_OF(struct recall_lot, lot_no) },
	{ "vaccine_code", YB_OF(struct recall_lot, vaccine_code) },
	{ "vaccine_name", YB_OF(struct recall_lot, vaccine_name) },
	{ "doses", YB_OF(struct recall_lot, doses), .note = "residents' doses of it" },
	{ "open", YB_OF(struct recall_lot, open), .note = "of them, not dealt with" },
	{ "handled_at", YB_OF(struct recall_lot, handled_at), .note = "the last word; null: none" },
	{ "handled_by", YB_OF(struct recall_lot, handled_by) },
	{ "reason", YB_OF(struct recall_lot, reason) },
	{ 0 },
};

struct recall_lots {
	yb_list lots;
};

const yb_field record_recall_lots_out[] = {
	{ "lots", YB_OF(struct recall_lots, lots), YB_EACH(lot_out, struct recall_lot) },
	{ 0 },
};

const yb_query record_recall_lots_read = {
	.name = "record_recall_lots_read",
	.sql = "SELECT x.lot_no, x.vaccine_code, x.doses, x.doses - x.handled AS open,"
	       "  d.done_us AS handled_us, d.done_by AS handled_by, d.reason"
	       "  FROM (SELECT v.lot_no, v.vaccine_code, COUNT(DISTINCT v.record_id) AS doses,"
	       "    COUNT(DISTINCT h.record_id) AS handled, MAX(h.recall_id) AS last_id"
	       "    FROM (SELECT ? AS org_id, ? AS sees_all) me " RECORD_RECALL_RECORDS
	       "    LEFT JOIN (record_recall_seen h JOIN record_recall_done w"
	       "      ON w.recall_id = h.recall_id AND w.undone_us IS NULL)"
	       "     ON h.subject_id = v.subject_id AND h.record_id = v.record_id"
	       "      AND w.org_id = me.org_id AND w.lot_no = v.lot_no"
	       "      AND w.vaccine_code = v.vaccine_code"
	       "    GROUP BY v.lot_no, v.vaccine_code) x"
	       "  LEFT JOIN record_recall_done d ON d.recall_id = x.last_id"
	       " ORDER BY x.doses - x.handled = 0, x.lot_no, x.vaccine_code LIMIT 1000",
	.row = lot_row,
	.row_size = sizeof(struct recall_lot),
	.nparams = 2,
	.tenant = YB_ORG,
};

/* GET /record/recalls/lots - which stopped lots residents have received. */
int
record_recall_lots(yb_req *r)
{
	struct recall_lots out;
	struct recall_lot *at;

	if (yb_db_list(r, &record_recall_lots_read, YB_ARGS(yb_bool(yb_who(r)->restricted_view)),
		LOTS_MAX, &out.lots) < 0)
		return -1;
	at = out.lots.items;
	for (size_t i = 0; i < out.lots.n; i++)
		at[i].vaccine_name = record_vaccine_name(r, at[i].vaccine_code);
	return yb_reply_record(r, 200, record_recall_lots_out, &out);
}

/* ---- POST /record/recalls/handling ---- */

const yb_field record_recall_handling[] = {
	{ "lot_no", YB_OF(struct recall_handling, lot_no), .flags = YB_REQUIRED, .min = 1, .max = 20,
	    .format = &record_format_lot },
	{ "vaccine_code", YB_OF(struct recall_handling, vaccine_code), .flags = YB_REQUIRED, .min = 1,
	    .max = 12, .format = &record_format_product },
	{ "handled", YB_OF(struct recall_handling, handled), .flags = YB_REQUIRED,
	    .note = "false: the word is taken back" },
	{ "reason", YB_OF(struct recall_handling, reason), .flags = YB_REQUIRED, .min = 1,
	    .max = 200 },
	{ 0 },
};

struct recall_handled {
	yb_str lot_no, vaccine_code;
	bool handled;
	int64_t doses;
};

const yb_field record_recall_handled_out[] = {
	{ "lot_no", YB_OF(struct recall_handled, lot_no) },
	{ "vaccine_code", YB_OF(struct recall_handled, vaccine_code) },
	{ "handled", YB_OF(struct recall_handled, handled) },
	{ "doses", YB_OF(struct recall_handled, doses),
	    .note = "how many are dealt with, or open, by this" },
	{ 0 },
};

const yb_query record_recall_done_put = {
	.name = "record_recall_done_put",
	.sql = "INSERT INTO record_recall_done (org_id, lot_no, vaccine_code, reason, done_us,"
	       "  done_by) VALUES (?, ?, ?, ?, ?, ?)",
	.nparams = 6,
	.tenant = YB_ORG,
};

const yb_query record_recall_seen_put = {
	.name = "record_recall_seen_put",
	.sql = "INSERT INTO record_recall_seen (subject_id, record_id, recall_id)"
	       " SELECT v.subject_id, v.record_id, me.recall_id"
	       "  FROM (SELECT ? AS org_id, ? AS sees_all, ? AS recall_id, ? AS lot_no,"
	       "   ? AS vaccine_code) me " RECORD_RECALL_RECORDS
	       " WHERE v.lot_no = me.lot_no AND v.vaccine_code = me.vaccine_code"
	       "  AND NOT " RECORD_RECALL_HANDLED,
	.nparams = 5,
	.tenant = YB_ORG,
};

struct count {
	int64_t n;
};

static const yb_field count_row[] = {
	{ "n", YB_OF(struct count, n) },
	{ 0 },
};

const yb_query record_recall_seen_count = {
	.name = "record_recall_seen_count",
	.sql = "SELECT COUNT(DISTINCT z.record_id) AS n FROM record_recall_done d"
	       "  JOIN record_recall_seen z ON z.recall_id = d.recall_id"
	       " WHERE d.org_id = ? AND d.lot_no = ? AND d.vaccine_code = ?"
	       "  AND d.undone_us IS NULL",
	.row = count_row,
	.row_size = sizeof(struct count),
	.nparams = 3,
	.tenant = YB_ORG,
};

const yb_query record_recall_undone_put = {
	.name = "record_recall_undone_put",
	.sql = "UPDATE record_recall_done d JOIN (SELECT ? AS org_id) me ON me.org_id = d.org_id"
	       " SET d.undone_us = ?, d.undone_by = ?, d.undone_reason = ?"
	       " WHERE d.lot_no = ? AND d.vaccine_code = ? AND d.undone_us IS NULL",
	.nparams = 6,
	.tenant = YB_ORG,
};

static int
mark(yb_req *r, const struct recall_handling *in, int64_t *ret)
{
	yb_value lot = yb_text(in->lot_no), vaccine = yb_text(in->vaccine_code);

	if (yb_db_exec(r, &record_recall_done_put,
		YB_ARGS(lot, vaccine, yb_text(in->reason), yb_at(yb_now(r)),
		    yb_text(yb_who(r)->actor)),
		NULL) != 0)
		return -1;
	return yb_db_exec(r, &record_recall_seen_put,
		   YB_ARGS(yb_bool(yb_who(r)->restricted_view), yb_i64(yb_db_last_id(r)), lot,
		       vaccine),
		   ret) == 0
	    ? 0
	    : -1;
}

static int
unmark(yb_req *r, const struct recall_handling *in, int64_t *ret)
{
	yb_value lot = yb_text(in->lot_no), vaccine = yb_text(in->vaccine_code);
	struct count c;

	if (yb_db_find(r, &record_recall_seen_count, YB_ARGS(lot, vaccine), &c) < 0)
		return -1;
	*ret = c.n;
	return yb_db_exec(r, &record_recall_undone_put,
		   YB_ARGS(yb_at(yb_now(r)), yb_text(yb_who(r)->actor), yb_text(in->reason), lot,
		       vaccine),
		   NULL) == 0
	    ? 0
	    : -1;
}

/* POST /record/recalls/handling - the municipality has dealt with a lot, or has not after all. */
int
record_recall_handle(yb_req *r)
{
	const struct recall_handling *in = yb_body(r);
	struct recall_handled out = { in->lot_no, in->vaccine_code, in->handled, 0 };

	yb_audit_purpose(r, (yb_str) { NULL, 0 }, in->reason);
	yb_audit_target(r, "lot", in->lot_no);
	if ((in->handled ? mark(r, in, &out.doses) : unmark(r, in, &out.doses)) < 0)
		return -1;
	if (out.doses == 0) /* nothing is open, or nothing was dealt with */
		return yb_problem(r, "E-REC-010");
	return yb_reply_record(r, 200, record_recall_handled_out, &out);
}
