/*
 * bulk.c - an inquiry by a list of numbers (P-06): asked for by one person, approved by another,
 * answered by a job whose file names every person in the access log. Never by 個人番号.
 */
#include "bulk.h"
#include "vaccination.h"

#include <string.h>

#include <yb/person.h>

#define PAGE	 100
#define PER_STEP 50

const yb_field record_bulk_in[] = {
	{ "purpose", YB_OF(struct bulk_in, purpose), .flags = YB_REQUIRED, .max = 2,
	    .note = "CL_PURPOSE" },
	{ "reason", YB_OF(struct bulk_in, reason), .flags = YB_REQUIRED, .max = 200 },
	{ "subject_nos", YB_OF(struct bulk_in, subject_nos), .max = BULK_MOST },
	{ "muni_keys", YB_OF(struct bulk_in, muni_keys), .max = BULK_MOST,
	    .note = "together with subject_nos at most bulk_limit" },
	{ 0 },
};

const yb_field record_bulk_asked[] = {
	{ "bulk_id", YB_OF(struct bulk_asked, bulk_id) },
	{ "state", YB_OF(struct bulk_asked, state), .one_of = "ASKED,APPROVED,REJECTED" },
	{ "n", YB_OF(struct bulk_asked, n) },
	{ 0 },
};

/* ---- POST /record/bulk-inquiries ---- */

const yb_query record_bulk_insert = {
	.name = "record_bulk_insert",
	.sql = "INSERT INTO record_bulk (org_id, bulk_id, state, purpose, reason, n, sealed,"
	       "  asked_us, asked_by) VALUES (?, ?, 'ASKED', ?, ?, ?, ?, ?, ?)",
	.nparams = 8,
	.tenant = YB_ORG,
};

/* One number a line; N or K before it says which kind. */
static bool
numbers_add(yb_req *r, const yb_list *list, char kind, char *out, size_t *len, const char *field)
{
	const yb_str *at = list->items;

	for (size_t i = 0; i < list->n; i++) {
		bool sized = at[i].len > 0 && at[i].len <= 100;
		const char *bad = sized ? record_format_key.check(at[i]) : "E-VAL-002";

		if (bad != NULL) {
			yb_fault_add(r, yb_format_text(r, "%s/%zu", field, i).p, bad);
			return false;
		}
		out[(*len)++] = kind;
		memcpy(out + *len, at[i].p, at[i].len);
		*len += at[i].len;
		out[(*len)++] = '\n';
	}
	return true;
}

static yb_str
place(yb_req *r, yb_uuid id)
{
	yb_str text = record_id_text(r, id);

	return yb_format_text(r, "record_bulk/sealed/%.*s", (int)text.len, text.p);
}

/* POST /record/bulk-inquiries - asks for the records of the persons of a list. */
int
record_bulk_ask(yb_req *r)
{
	const struct bulk_in *in = yb_body(r);
	struct bulk_asked out = { yb_uuid_new(), YB_STR("ASKED"),
		(int64_t)(in->subject_nos.n + in->muni_keys.n) };
	char *p = yb_alloc(r, (size_t)out.n * 102 + 1);
	size_t len = 0;

	record_purpose_check(r, in->purpose, in->reason);
	if (out.n == 0)
		yb_fault_add(r, "/subject_nos", "E-VAL-001");
	if (out.n > yb_option_i64(r, "bulk_limit"))
		yb_fault_add(r, "/subject_nos", "E-VAL-006");
	if (yb_faults_refuse(r) < 0 ||
	    !numbers_add(r, &in->subject_nos, 'N', p, &len, "/subject_nos") ||
	    !numbers_add(r, &in->muni_keys, 'K', p, &len, "/muni_keys"))
		return yb_faults_refuse(r);
	yb_audit_purpose(r, in->purpose, in->reason);
	yb_audit_target(r, "bulk", record_id_text(r, out.bulk_id));
	if (yb_db_exec(r, &record_bulk_insert,
		YB_ARGS(yb_id(out.bulk_id), yb_text(in->purpose), yb_text(in->reason),
		    yb_i64(out.n),
		    yb_blob(yb_seal(r, place(r, out.bulk_id), (yb_str) { p, len })),
		    yb_at(yb_now(r)), yb_text(yb_who(r)->actor)),
		NULL) != 0)
		return -1;
	return yb_reply_record(r, 201, record_bulk_asked, &out);
}

/* ---- GET /record/bulk-inquiries ---- */

struct bulk {
	yb_uuid bulk_id;
	yb_str state, purpose, reason;
	int64_t n;
	yb_time asked_at;
	yb_str asked_by;
	yb_time decided_at;
	yb_str decided_by, comment;
	yb_bytes sealed;
};

#define BULK_COLUMNS                                                              \
	"SELECT bulk_id, state, purpose, reason, n, asked_us, asked_by, decided_us," \
	"  decided_by, comment, sealed FROM record_bulk"

static const yb_field bulk_row[] = {
	{ "bulk_id", YB_OF(struct bulk, bulk_id) },
	{ "state", YB_OF(struct bulk, state) },
	{ "purpose", YB_OF(struct bulk, purpose) },
	{ "reason", YB_OF(struct bulk, reason) },
	{ "n", YB_OF(struct bulk, n) },
	{ "asked_us", YB_OF(struct bulk, asked_at) },
	{ "asked_by", YB_OF(struct bulk, asked_by) },
	{ "decided_us", YB_OF(struct bulk, decided_at) },
	{ "decided_by", YB_OF(struct bulk, decided_by) },
	{ "comment", YB_OF(struct bulk, comment) },
	{ "sealed", YB_OF(struct bulk, sealed) },
	{ 0 },
};

static const yb_field bulk_out[] = {
	{ "bulk_id", YB_OF(struct bulk, bulk_id) },
	{ "state", YB_OF(struct bulk, state), .one_of = "ASKED,APPROVED,REJECTED" },
	{ "purpose", YB_OF(struct bulk, purpose) },
	{ "reason", YB_OF(struct bulk, reason) },
	{ "n", YB_OF(struct bulk, n) },
	{ "asked_at", YB_OF(struct bulk, asked_at) },
	{ "asked_by", YB_OF(struct bulk, asked_by) },
	{ "decided_at", YB_OF(struct bulk, decided_at) },
	{ "decided_by", YB_OF(struct bulk, decided_by) },
	{ "comment", YB_OF(struct bulk, comment) },
	{ 0 },
};

const yb_field record_bulk_page[] = {
	{ "inquiries", YB_OF(struct bulk_page, inquiries), YB_EACH(bulk_out, struct bulk),
	    .note = "the newest hundred of the municipality" },
	{ 0 },
};

const yb_query record_bulk_list = {
	.name = "record_bulk_list",
	.sql = "SELECT bulk_id, state, purpose, reason, n, asked_us, asked_by, decided_us,"
	       "  decided_by, comment, NULLIF(sealed, sealed) AS sealed FROM record_bulk"
	       " WHERE org_id = ? ORDER BY asked_us DESC LIMIT 100",
	.row = bulk_row,
	.row_size = sizeof(struct bulk),
	.nparams = 1,
	.tenant = YB_ORG,
};

const yb_query record_bulk_read = {
	.name = "record_bulk_read",
	.sql = "" BULK_COLUMNS " WHERE org_id = ? AND bulk_id = ?",
	.row = bulk_row,
	.row_size = sizeof(struct bulk),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query record_bulk_read_lock = {
	.name = "record_bulk_read_lock",
	.sql = "" BULK_COLUMNS " WHERE org_id = ? AND bulk_id = ? FOR UPDATE",
	.row = bulk_row,
	.row_size = sizeof(struct bulk),
	.nparams = 2,
	.tenant = YB_ORG,
};

/* GET /record/bulk-inquiries - who asked, for what, and who decided. */
int
record_bulk_show(yb_req *r)
{
	struct bulk_page out;

	if (yb_db_list(r, &record_bulk_list, YB_NO_ARGS, PAGE, &out.inquiries) < 0)
		return -1;
	return yb_reply_record(r, 200, record_bulk_page, &out);
}

/* ---- POST /record/bulk-inquiries/{bulk_id}/decision ---- */

const yb_field record_bulk_decide[] = {
	{ "decision", YB_OF(struct bulk_decide, decision), .flags = YB_REQUIRED, .max = 7,
	    .one_of = "approve,reject" },
	{ "comment", YB_OF(struct bulk_decide, comment), .max = 200,
	    .note = "required with reject" },
	{ 0 },
};

const yb_query record_bulk_decide_put = {
	.name = "record_bulk_decide_put",
	.sql = "UPDATE record_bulk b JOIN (SELECT ? AS org_id) me ON me.org_id = b.org_id"
	       " SET b.state = ?, b.comment = ?, b.decided_us = ?, b.decided_by = ?,"
	       "  b.sealed = IF(? = 'REJECTED', NULL, b.sealed) WHERE b.bulk_id = ?",
	.nparams = 7,
	.tenant = YB_ORG,
};

/* POST /record/bulk-inquiries/{bulk_id}/decision - the second person's word. */
int
record_bulk_decision(yb_req *r)
{
	const struct bulk_decide *in = yb_body(r);
	bool approve = yb_str_is(in->decision, "approve");
	yb_str state = approve ? YB_STR("APPROVED") : YB_STR("REJECTED");
	struct bulk_asked out;
	struct bulk b;
	yb_uuid id;
	int same;

	if (!yb_uuid_parse(yb_path(r, "bulk_id"), &id))
		return yb_problem(r, "E-AUTH-005");
	if (!approve && in->comment.p == NULL)
		return yb_problem_field(r, "E-VAL-001", "/comment");
	if (yb_db_find(r, &record_bulk_read_lock, YB_ARGS(yb_id(id)), &b) < 0)
		return -1;
	if (!yb_str_is(b.state, "ASKED"))
		return yb_problem(r, "E-REC-010");
	same = yb_same_person(r, b.asked_by);
	if (same != 0)
		return same < 0 ? -1 : yb_problem(r, "E-REC-009");
	yb_audit_action(r, approve ? YB_ACT_APPROVE : YB_ACT_REJECT);
	yb_audit_purpose(r, b.purpose, b.reason);
	yb_audit_target(r, "bulk", record_id_text(r, id));
	if (yb_db_exec(r, &record_bulk_decide_put,
		YB_ARGS(yb_text(state), yb_text(in->comment), yb_at(yb_now(r)),
		    yb_text(yb_who(r)->actor), yb_text(state), yb_id(id)),
		NULL) != 0)
		return -1;
	out = (struct bulk_asked) { id, state, b.n };
	return yb_reply_record(r, 200, record_bulk_asked, &out);
}

/* ---- job record.bulk-inquiry ---- */

struct bulk_params {
	yb_uuid bulk_id;
};

static const yb_field params[] = {
	{ "bulk_id", YB_OF(struct bulk_params, bulk_id), .flags = YB_REQUIRED },
	{ 0 },
};

struct line {
	yb_str asked, result, subject_no, muni_key, name, name_kana;
	yb_date birth_date;
	yb_str sex;
	struct vaccination r;
	yb_str vaccine_name, org_name;
};

static const yb_field line_fields[] = {
	{ "asked", YB_OF(struct line, asked) },
	{ "result", YB_OF(struct line, result) },
	{ "subject_no", YB_OF(struct line, subject_no) },
	{ "muni_key", YB_OF(struct line, muni_key) },
	{ "name", YB_OF(struct line, name) },
	{ "name_kana", YB_OF(struct line, name_kana) },
	{ "birth_date", YB_OF(struct line, birth_date) },
	{ "sex", YB_OF(struct line, sex) },
	{ "vaccine_code", YB_OF(struct line, r.v.vaccine_code) },
	{ "vaccine_name", YB_OF(struct line, vaccine_name) },
	{ "dose_label", YB_OF(struct line, r.v.dose_label) },
	{ "vaccinated_on", YB_OF(struct line, r.v.vaccinated_on) },
	{ "lot_no", YB_OF(struct line, r.v.lot_no) },
	{ "org_code", YB_OF(struct line, r.v.org_code) },
	{ "org_name", YB_OF(struct line, org_name) },
	{ "exec_class", YB_OF(struct line, r.v.exec_class) },
	{ "status", YB_OF(struct line, r.status) },
	{ 0 },
};

static const char *const labels[] = { "照会した番号", "結果", "予防接種対象者番号", "宛名番号", "氏名",
	"氏名カナ", "生年月日", "性別", "ワクチンコード", "ワクチン", "回数", "接種年月日", "ロット番号",
	"医療機関コード", "医療機関", "実施区分", "状態", NULL };

static int
bulk_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { .fields = line_fields, .size = sizeof(struct line),
		.labels = labels };
	return 0;
}

/* The person of a line as this caller may see them; *ret_found false: nobody, or not for them. */
static int
person_of(yb_req *r, yb_str line, struct seen *s, bool *ret_found)
{
	yb_str number = { line.p + 1, line.len - 1 };
	bool by_no = line.p[0] == 'N';
	enum yb_found found = by_no
	    ? yb_db_one(r, &record_subject_by_no, YB_ARGS(yb_text(number)), &s->who)
	    : yb_db_one(r, &record_subject_by_key,
		  YB_ARGS(yb_text(yb_who(r)->org_code), yb_text(number)), &s->who);

	*ret_found = false;
	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW)
		return 0;
	s->as = record_viewer(r, &s->who);
	s->may = record_disclosure(s->as, &s->who);
	*ret_found = s->as != YB_VIEW_OTHER_MUNI && s->may.exists &&
	    (!s->may.needs_right || yb_who(r)->restricted_view);
	return 0;
}

static int
person_write(yb_req *r, yb_str line, const struct seen *s)
{
	struct line out = { .asked = { line.p + 1, line.len - 1 }, .result = YB_STR("該当あり"),
		.subject_no = s->who.subject_no, .muni_key = s->who.muni_key, .name = s->who.name,
		.name_kana = s->who.name_kana, .birth_date = s->who.birth_date, .sex = s->who.sex };
	const struct shown *at;
	bool any = false;
	yb_list rows;

	record_person_shown(r, s->who.subject_no, s->may.banner);
	if (record_shown_live(r, s->who.subject_id, &rows) < 0)
		return -1;
	at = rows.items;
	for (size_t i = 0; i < rows.n; i++) {
		if (!record_in_scope(r, s, &at[i].r))
			continue;
		any = true;
		out.r = at[i].r;
		out.org_name = at[i].org_name;
		out.vaccine_name = record_vaccine_name(r, at[i].r.v.vaccine_code);
		if (yb_job_write(r, &out) < 0)
			return -1;
	}
	return any ? 0 : yb_job_write(r, &out);
}

/* The approved list; -1 recorded when there is none for this person. */
static int
list_open(yb_req *r, yb_str *ret)
{
	const struct bulk_params *p = yb_job_params(r);
	int64_t days_us = yb_option_i64(r, "bulk_days") * 86400 * 1000000;
	struct bulk b;

	if (yb_db_find(r, &record_bulk_read, YB_ARGS(yb_id(p->bulk_id)), &b) < 0)
		return -1;
	if (!yb_str_eq(b.asked_by, yb_who(r)->actor))
		return yb_problem(r, "E-AUTH-005");
	if (!yb_str_is(b.state, "APPROVED") || b.sealed.p == NULL ||
	    yb_now(r).us - b.decided_at.us > days_us)
		return yb_problem(r, "E-REC-010");
	yb_audit_purpose(r, b.purpose, b.reason);
	return yb_unseal(r, place(r, p->bulk_id), b.sealed, ret);
}

static int
bulk_produce(yb_req *r)
{
	size_t *done = yb_run_state(r, sizeof *done), n = 0;
	struct seen s;
	yb_str list;
	bool found;

	if (list_open(r, &list) < 0)
		return -1;
	for (const char *p = list.p, *end = list.p + list.len; p < end; n++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		yb_str line = { p, (size_t)(stop - p) };

		p = stop + 1;
		if (n < *done)
			continue;
		if (n == *done + PER_STEP) {
			*done = n;
			yb_run_again(r);
			return 0;
		}
		if (person_of(r, line, &s, &found) < 0)
			return -1;
		if (!found &&
		    yb_job_write(r,
			&(struct line) { .asked = { line.p + 1, line.len - 1 },
			    .result = YB_STR("該当なし") }) < 0)
			return -1;
		if (found && person_write(r, line, &s) < 0)
			return -1;
	}
	return 0;
}

const yb_job_kind record_bulk_job = {
	.name = "record.bulk-inquiry",
	.title = "接種記録の一括照会",
	.function = "H-3-2",
	.roles = YB_DO(H_3_2_SEARCH),
	.step_up = true,
	.shows = YB_SHOWS_PERSONS,
	.reach = YB_REACH_CROSS,
	.action = YB_ACT_EXPORT,
	.params = params,
	.params_size = sizeof(struct bulk_params),
	.columns = bulk_columns,
	.produce = bulk_produce,
};
