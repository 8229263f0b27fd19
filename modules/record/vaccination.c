/*
 * vaccination.c - a vaccination is registered, and one is looked at (H-3-1, H-3-2).
 */
#include "outside.h"
#include "vaccination.h"

#include <yb/org.h>

/* ---- POST /record/vaccinations ---- */

const yb_field record_create_in[] = {
	SUBJECT_REF_FIELDS(struct create_in, ref),
	VISIT_FIELDS(struct create_in, v, YB_REQUIRED),
	{ 0 },
};

const yb_field record_created_out[] = {
	{ "record_id", YB_OF(struct created, record_id) },
	{ "mgmt_no", YB_OF(struct created, mgmt_no), .note = "予防接種管理番号" },
	{ "version", YB_OF(struct created, version) },
	{ "change_kind", YB_OF(struct created, change_kind) },
	{ "status", YB_OF(struct created, status) },
	{ "seq", YB_OF(struct created, seq), .note = "in the outbox of the municipality" },
	{ "phase", YB_OF(struct created, phase) },
	{ "dose_label", YB_OF(struct created, dose_label) },
	{ "evaluation", YB_OF(struct created, evaluation),
	    YB_EACH(record_evaluation_out, struct evaluation) },
	{ 0 },
};

const yb_query record_vaccination_insert = {
	.name = "record_vaccination_insert",
	.sql = "INSERT INTO record_vaccination (subject_id, record_id, version, change_kind,"
	       "  status, live, dose_live, dose_key, mgmt_no, muni_org_id, muni_code, org_id,"
	       "  entered_org_id, source, legal_class, vaccine_code, hot13, yj, gtin, lot_no,"
	       "  expiry_date, phase, dose_seq, dose_label, vaccinated_on, vaccinated_at,"
	       "  dose_ml, route, site, exec_class, not_done_reason, place_class, org_code,"
	       "  venue, doctor_name, screening_doctor, qre_id, due_date, confirm_reason,"
	       "  evaluation, reason_code, reason_text, registered_at, registered_by)"
	       " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
	       "?,?,?,?,?,?,?,?,?)",
	.nparams = 44,
	.tenant = YB_CROSS,
};

/* Which item of the row says what is taken: the day (VR-09), else the dose (VR-08). */
static const char *
taken_item(const struct history *h, const struct visit *v)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->own[i] && yb_str_eq(h->at[i].vaccine_code, v->vaccine_code) &&
		    yb_str_eq(h->at[i].exec_class, v->exec_class) &&
		    yb_date_cmp(h->at[i].on, v->vaccinated_on) == 0)
			return "/vaccinated_on";
	return "/dose_seq";
}

int
record_store(yb_req *r, const struct history *h, struct vaccination *v)
{
	yb_value values[RECORD_VALUES_MAX];
	size_t n = record_values(record_vaccination_row, v, values);
	int rc = yb_db_exec(r, &record_vaccination_insert, (yb_args) { values, n }, NULL);

	if (rc == YB_DUPLICATE)
		return yb_problem_field(r, "E-REC-001", taken_item(h, &v->v));
	return rc;
}

void
record_live(struct vaccination *v)
{
	v->live = (yb_int) { 1, true };
	v->dose_live = (yb_int) { record_administered(&v->v) ? 1 : 0, record_administered(&v->v) };
}

yb_str
record_id_text(yb_req *r, yb_uuid id)
{
	const uint8_t *b = id.b;

	return yb_format_text(r,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
	    b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
	    b[15]);
}

static yb_str
source_of(const yb_caller *who)
{
	if (who->org_type == YB_ORG_MUNI)
		return YB_STR("自治体代行");
	return who->kind == YB_STAFF ? YB_STR("医療機関画面") : YB_STR("API");
}

void
record_stamp(yb_req *r, struct vaccination *v)
{
	const yb_caller *who = yb_who(r);

	v->entered_org_id = who->org_id;
	v->source = source_of(who);
	v->registered_at = yb_now(r);
	v->registered_by = who->actor;
}

int
record_reply_stored(yb_req *r, int status, const struct vaccination *v, struct evaluation *e,
    int64_t seq)
{
	struct created out = {
		.record_id = v->record_id,
		.mgmt_no = v->mgmt_no,
		.version = v->version,
		.change_kind = v->change_kind,
		.status = v->status,
		.seq = seq,
		.phase = v->v.phase,
		.dose_label = v->v.dose_label,
		.evaluation = { e },
	};

	yb_reply_etag(r, v->version);
	return yb_reply_record(r, status, record_created_out, &out);
}

/* POST /record/vaccinations - a vaccination that took place, or a visit without one. */
int
record_create(yb_req *r)
{
	const struct create_in *in = yb_body(r);
	struct vaccination v = { .v = in->v };
	struct evaluation e;
	struct history h;
	struct seen s;
	int64_t seq;

	if (record_ref_check(r, &in->ref) < 0 || record_subject_find(r, &in->ref, true, &s) < 0)
		return -1;
	if (record_visit_org(r, &v.v, &v.org_id) < 0 || record_visit_refuse(r, &s.who, &v.v) < 0)
		return -1;
	v.subject_id = s.who.subject_id;
	v.record_id = yb_uuid_new();
	v.version = 1;
	v.change_kind = YB_STR(CHANGE_NEW);
	v.status = YB_STR("REGISTERED");
	v.mgmt_no = yb_random_number(r, 17);
	v.muni_org_id = s.who.org_id;
	v.muni_code = s.who.muni_code;
	record_stamp(r, &v);
	record_live(&v);
	yb_audit_subject(r, s.who.subject_no);
	yb_audit_target(r, "vaccination", record_id_text(r, v.record_id));
	/* Whatever only reads comes after what is locked (innodb_snapshot_isolation). */
	if (record_seq(r, v.muni_org_id, &seq) < 0 || record_seen_whole(r, &s) < 0 ||
	    record_outside(r, NULL, &s.who, &v.v, &v.outside) < 0 || record_lot_refuse(r, &v) < 0 ||
	    record_history(r, &s.who, &h) < 0 ||
	    record_evaluate(r, &s.who, &h, false, &v, &e) < 0 || record_store(r, &h, &v) < 0 ||
	    record_outbox_put(r, v.muni_org_id, &v, seq) < 0)
		return -1;
	return record_reply_stored(r, 201, &v, record_evaluation_told(r, &s, &h, &v, &e), seq);
}

/* ---- GET /record/vaccinations/{record_id} ---- */

const yb_query record_vaccination_versions = {
	.name = "record_vaccination_versions",
	.sql = "SELECT" SHOWN_COLUMNS " FROM record_vaccination v"
	       " LEFT JOIN core_org o ON o.org_id = v.org_id"
	       " WHERE v.record_id = ? ORDER BY v.version DESC LIMIT 200",
	.row = record_shown_row,
	.row_size = sizeof(struct shown),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_field record_get_out[] = {
	{ "subject_no", YB_OF(struct got, subject_no) },
	{ "record", YB_OF(struct got, record), YB_EACH(record_shown_out, struct shown),
	    .note = "as it stands" },
	{ "versions", YB_OF(struct got, versions), YB_EACH(record_shown_out, struct shown),
	    .note = "all, the newest first" },
	{ 0 },
};

/* GET /record/vaccinations/{record_id} - one record with all its versions. */
int
record_get(yb_req *r)
{
	struct shown *at;
	struct seen s;
	struct got out;
	yb_uuid id;
	yb_list rows;

	if (!yb_uuid_parse(yb_path(r, "record_id"), &id))
		return yb_problem(r, "E-AUTH-005");
	if (yb_db_list(r, &record_vaccination_versions, YB_ARGS(yb_id(id)), 200, &rows) < 0)
		return -1;
	at = rows.items;
	if (rows.n == 0)
		return yb_problem(r, "E-AUTH-005");
	if (record_subject_load(r, at[0].r.subject_id, false, &s) < 0)
		return -1;
	if (!record_in_scope(r, &s, &at[0].r))
		return yb_problem(r, "E-AUTH-005");
	for (size_t i = 0; i < rows.n; i++)
		record_show(r, &s, &at[i]);
	yb_audit_subject(r, s.who.subject_no);
	yb_audit_target(r, "vaccination", record_id_text(r, id));
	out = (struct got) { s.who.subject_no, { &at[0] }, rows };
	yb_reply_etag(r, at[0].r.version);
	return yb_reply_record(r, 200, record_get_out, &out);
}
