/*
 * recall.c - who received a lot that has been stopped (H-8-3 step 7): a work list for the
 * municipality, read when somebody needs it and named person by person in the access log.
 */
#include "outside.h"

#include <string.h>

#define PAGE_MAX 100
#define PER_STEP 2000

/* clang-format off */
#define CONDITIONS(q)								\
	{ "lot_no", YB_OF(q, lot_no), .max = 20, .format = &record_format_lot,	\
	    .note = "one lot; without: all that are stopped" },			\
	{ "vaccine_code", YB_OF(q, vaccine_code), .max = 12,			\
	    .format = &record_format_product },					\
	{ "purpose", YB_OF(q, purpose), .max = 2, .note = "CL_PURPOSE" },	\
	{ "reason", YB_OF(q, reason), .max = 200, .note = "required with 99" }
/* clang-format on */

const yb_field record_recall_query[] = {
	CONDITIONS(struct recall_query),
	{ "after", YB_OF(struct recall_query, after), .max = 20, .note = "next of the last answer" },
	{ "limit", YB_OF(struct recall_query, limit), .min = 1, .max = PAGE_MAX },
	{ 0 },
};

struct recalled {
	yb_str mgmt_no, subject_no, muni_key, name, name_kana;
	yb_date birth_date;
	yb_uuid record_id;
	yb_str vaccine_code, vaccine_name, lot_no;
	yb_date vaccinated_on;
	yb_str org_code, org_name;
	bool restricted;
};

static const yb_field recalled_row[] = {
	{ "mgmt_no", YB_OF(struct recalled, mgmt_no) },
	{ "subject_no", YB_OF(struct recalled, subject_no) },
	{ "muni_key", YB_OF(struct recalled, muni_key) },
	{ "name", YB_OF(struct recalled, name) },
	{ "name_kana", YB_OF(struct recalled, name_kana) },
	{ "birth_date", YB_OF(struct recalled, birth_date) },
	{ "record_id", YB_OF(struct recalled, record_id) },
	{ "vaccine_code", YB_OF(struct recalled, vaccine_code) },
	{ "lot_no", YB_OF(struct recalled, lot_no) },
	{ "vaccinated_on", YB_OF(struct recalled, vaccinated_on) },
	{ "org_code", YB_OF(struct recalled, org_code) },
	{ "org_name", YB_OF(struct recalled, org_name) },
	{ "restricted", YB_OF(struct recalled, restricted) },
	{ 0 },
};

static const yb_field recalled_out[] = {
	{ "subject_no", YB_OF(struct recalled, subject_no) },
	{ "muni_key", YB_OF(struct recalled, muni_key) },
	{ "name", YB_OF(struct recalled, name) },
	{ "name_kana", YB_OF(struct recalled, name_kana) },
	{ "birth_date", YB_OF(struct recalled, birth_date) },
	{ "record_id", YB_OF(struct recalled, record_id) },
	{ "vaccine_code", YB_OF(struct recalled, vaccine_code) },
	{ "vaccine_name", YB_OF(struct recalled, vaccine_name) },
	{ "lot_no", YB_OF(struct recalled, lot_no) },
	{ "vaccinated_on", YB_OF(struct recalled, vaccinated_on) },
	{ "org_code", YB_OF(struct recalled, org_code) },
	{ "org_name", YB_OF(struct recalled, org_name) },
	{ "banner", YB_OF(struct recalled, restricted), .note = "支援措置対象者" },
	{ 0 },
};

struct recall_page {
	yb_list recalled;
	yb_str next;
};

const yb_field record_recall_page[] = {
	{ "recalled", YB_OF(struct recall_page, recalled), YB_EACH(recalled_out, struct recalled) },
	{ "next", YB_OF(struct recall_page, next),
	    .note = "the `after` of the next page; null: the end" },
	{ 0 },
};

const yb_query record_recall_read = {
	.name = "record_recall_read",
	.sql = "SELECT v.mgmt_no, s.subject_no, s.muni_key, s.name, s.name_kana, s.birth_date,"
	       "  v.record_id, v.vaccine_code, v.lot_no, v.vaccinated_on, v.org_code,"
	       "  o.name AS org_name, s.not_disclosed OR s.self_info_blocked AS restricted"
	       "  FROM (SELECT ? AS org_id) me"
	       "  JOIN (SELECT DISTINCT lot_no, vaccine_code FROM master_stopped_view) l"
	       "  JOIN master_realm_view y ON y.org_id = me.org_id"
	       "  JOIN record_vaccination v ON v.muni_org_id = y.muni_org_id"
	       "   AND v.lot_no = l.lot_no AND v.vaccine_code = l.vaccine_code"
	       "   AND v.live = 1 AND v.exec_class = '1'"
	       "  JOIN record_subject s ON s.subject_id = v.subject_id AND s.org_id = me.org_id"
	       "  LEFT JOIN core_org o ON o.org_id = v.org_id"
	       " WHERE v.mgmt_no > ? AND (? IS NULL OR v.lot_no = ?)"
	       "  AND (? IS NULL OR v.vaccine_code = ?)"
	       "  AND " RECORD_LISTED("s", "?") " AND " RECORD_UNTIL("s", "v")
	       " ORDER BY v.mgmt_no LIMIT ?",
	.row = recalled_row,
	.row_size = sizeof(struct recalled),
	.nparams = 8,
	.tenant = YB_ORG,
};

/* Some of the list behind `after`, named in the log, with their alerts. */
static int
recall_read(yb_req *r, const struct recall_query *q, yb_str after, size_t limit, yb_list *ret)
{
	struct recalled *at;

	if (record_purpose(r, (yb_uuid) { 0 }, q->purpose, q->reason) < 0 ||
	    yb_db_list(r, &record_recall_read,
		YB_ARGS(yb_text(after), yb_text(q->lot_no), yb_text(q->lot_no),
		    yb_text(q->vaccine_code), yb_text(q->vaccine_code),
		    yb_bool(yb_who(r)->restricted_view), yb_i64((int64_t)limit)),
		limit, ret) < 0)
		return -1;
	at = ret->items;
	for (size_t i = 0; i < ret->n; i++)
		at[i].vaccine_name = record_vaccine_name(r, at[i].vaccine_code);
	return 0;
}

static void
recall_audit(yb_req *r, const yb_list *rows)
{
	const struct recalled *at = rows->items;

	for (size_t i = 0; i < rows->n; i++)
		record_person_shown(r, at[i].subject_no, at[i].restricted);
}

/* GET /record/recalls - whom to reach because of a stopped lot. */
int
record_recall_list(yb_req *r)
{
	const struct recall_query *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE_MAX;
	yb_str after = q->after.p == NULL ? YB_STR("") : q->after;
	struct recall_page out = { 0 };
	const struct recalled *at;

	if (recall_read(r, q, after, limit + 1, &out.recalled) < 0)
		return -1;
	at = out.recalled.items;
	if (yb_page_cut(&out.recalled, limit))
		out.next = at[limit - 1].mgmt_no;
	recall_audit(r, &out.recalled);
	return yb_reply_record(r, 200, record_recall_page, &out);
}

/* ---- job record.recall-list ---- */

static const yb_field params[] = {
	CONDITIONS(struct recall_query),
	{ 0 },
};

static const yb_field line_fields[] = {
	{ "subject_no", YB_OF(struct recalled, subject_no) },
	{ "muni_key", YB_OF(struct recalled, muni_key) },
	{ "name", YB_OF(struct recalled, name) },
	{ "name_kana", YB_OF(struct recalled, name_kana) },
	{ "birth_date", YB_OF(struct recalled, birth_date) },
	{ "vaccine_code", YB_OF(struct recalled, vaccine_code) },
	{ "vaccine_name", YB_OF(struct recalled, vaccine_name) },
	{ "lot_no", YB_OF(struct recalled, lot_no) },
	{ "vaccinated_on", YB_OF(struct recalled, vaccinated_on) },
	{ "org_code", YB_OF(struct recalled, org_code) },
	{ "org_name", YB_OF(struct recalled, org_name) },
	{ "banner", YB_OF(struct recalled, restricted) },
	{ 0 },
};

static const char *const labels[] = { "予防接種対象者番号", "宛名番号", "氏名", "氏名カナ", "生年月日",
	"ワクチンコード", "ワクチン", "ロット番号", "接種年月日", "医療機関コード", "医療機関", "支援措置", NULL };

static int
recall_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { .fields = line_fields, .size = sizeof(struct recalled),
		.labels = labels };
	return 0;
}

struct recall_place {
	char after[24]; /* the 予防接種管理番号 of the last line */
	size_t len;
};

static int
recall_produce(yb_req *r)
{
	const struct recall_query *q = yb_job_params(r);
	struct recall_place *place = yb_run_state(r, sizeof *place);
	const struct recalled *at;
	yb_list rows;

	if (recall_read(r, q, (yb_str) { place->after, place->len }, PER_STEP, &rows) < 0)
		return -1;
	at = rows.items;
	recall_audit(r, &rows);
	for (size_t i = 0; i < rows.n; i++)
		if (yb_job_write(r, &at[i]) < 0)
			return -1;
	if (rows.n == PER_STEP && at[rows.n - 1].mgmt_no.len <= sizeof place->after) {
		place->len = at[rows.n - 1].mgmt_no.len;
		memcpy(place->after, at[rows.n - 1].mgmt_no.p, place->len);
		yb_run_again(r);
	}
	return 0;
}

const yb_job_kind record_recall_job = {
	.name = "record.recall-list",
	.title = "回収対象の一覧",
	.function = "H-8-3",
	.roles = YB_DO(H_3_2_SEARCH),
	.step_up = true,
	.shows = YB_SHOWS_PERSONS,
	.reach = YB_REACH_OWN,
	.action = YB_ACT_EXPORT,
	.params = params,
	.params_size = sizeof(struct recall_query),
	.approval_above = "export_approval_rows",
	.columns = recall_columns,
	.produce = recall_produce,
};
