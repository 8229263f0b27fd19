/*
 * citizen_view.c - what a person is shown of their own vaccinations (H-3-3 steps 4 to 6).
 *
 * The doctor's name, amounts and comments are not left out here: they are never read.
 */
#include "citizen.h"

#define RECORDS_MAX 500

const yb_field citizen_search_in[] = {
	BEHALF_FIELDS(struct citizen_search_in, by),
	{ "download", YB_OF(struct citizen_search_in, download),
	    .note = "true: as a file to be kept" },
	{ 0 },
};

struct line {
	int64_t subject_id;
	yb_uuid record_id;
	yb_str vaccine_code, vaccine_name, product, phase;
	yb_int dose_seq;
	yb_str dose_label;
	yb_date vaccinated_on, due_date;
	yb_str lot_no, exec_class, legal_class, result, org_code, org_name, venue, muni_code, muni_name,
	    enquiry;
};

static const yb_field line_row[] = {
	{ "subject_id", YB_OF(struct line, subject_id) },
	{ "record_id", YB_OF(struct line, record_id) },
	{ "vaccine_code", YB_OF(struct line, vaccine_code) },
	{ "product", YB_OF(struct line, product) },
	{ "phase", YB_OF(struct line, phase) },
	{ "dose_seq", YB_OF(struct line, dose_seq) },
	{ "dose_label", YB_OF(struct line, dose_label) },
	{ "vaccinated_on", YB_OF(struct line, vaccinated_on) },
	{ "due_date", YB_OF(struct line, due_date) },
	{ "lot_no", YB_OF(struct line, lot_no) },
	{ "exec_class", YB_OF(struct line, exec_class) },
	{ "legal_class", YB_OF(struct line, legal_class) },
	{ "org_code", YB_OF(struct line, org_code) },
	{ "org_name", YB_OF(struct line, org_name) },
	{ "venue", YB_OF(struct line, venue) },
	{ "muni_code", YB_OF(struct line, muni_code) },
	{ "muni_name", YB_OF(struct line, muni_name) },
	{ "enquiry", YB_OF(struct line, enquiry) },
	{ 0 },
};

static const yb_field line_out[] = {
	{ "record_id", YB_OF(struct line, record_id) },
	{ "vaccine_code", YB_OF(struct line, vaccine_code) },
	{ "vaccine_name", YB_OF(struct line, vaccine_name) },
	{ "phase", YB_OF(struct line, phase) },
	{ "dose_seq", YB_OF(struct line, dose_seq) },
	{ "dose_label", YB_OF(struct line, dose_label) },
	{ "vaccinated_on", YB_OF(struct line, vaccinated_on) },
	{ "lot_no", YB_OF(struct line, lot_no) },
	{ "exec_class", YB_OF(struct line, exec_class), .note = "CL_EXEC" },
	{ "result", YB_OF(struct line, result), .note = "接種済, 予診のみ or 接種中止" },
	{ "org_name", YB_OF(struct line, org_name), .note = "null under 支援措置" },
	{ "venue", YB_OF(struct line, venue), .note = "null under 支援措置" },
	{ "muni_code", YB_OF(struct line, muni_code), .note = "実施主体; null under 支援措置" },
	{ "muni_name", YB_OF(struct line, muni_name), .note = "null under 支援措置" },
	{ "enquiry", YB_OF(struct line, enquiry), .one_of = "RECEIVED,WORKING,ANSWERED",
	    .note = "the viewer's last enquiry about it" },
	{ 0 },
};

struct viewed {
	yb_str name;
	yb_date birth_date;
};

static const yb_field viewed_out[] = {
	{ "name", YB_OF(struct viewed, name), .note = "null under 支援措置" },
	{ "birth_date", YB_OF(struct viewed, birth_date) },
	{ 0 },
};

struct view {
	yb_ref subject;
	yb_list next, records;
	yb_str notice;
	yb_date as_of;
	int64_t enquiries;
};

const yb_field citizen_view_out[] = {
	{ "notice", YB_OF(struct view, notice), .note = "証明書ではありません" },
	{ "as_of", YB_OF(struct view, as_of) },
	{ "subject", YB_OF(struct view, subject), YB_EACH(viewed_out, struct viewed) },
	{ "next", YB_OF(struct view, next), YB_EACH(record_next_out, struct next_dose) },
	{ "records", YB_OF(struct view, records), YB_EACH(line_out, struct line),
	    .note = "the newest first" },
	{ "enquiries", YB_OF(struct view, enquiries),
	    .note = "how many the viewer has sent about this person" },
	{ 0 },
};

struct enquired {
	int64_t n;
};

static const yb_field enquired_row[] = {
	{ "n", YB_OF(struct enquired, n) },
	{ 0 },
};

const yb_query citizen_enquired = {
	.name = "citizen_enquired",
	.sql = "SELECT COUNT(*) AS n FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j"
	       "  JOIN record_enquiry e ON e.subject_id = j.id WHERE e.viewer = ?",
	.row = enquired_row,
	.row_size = sizeof(struct enquired),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* What two municipalities have of one dose stands together, the present one's first. */
const yb_query citizen_records = {
	.name = "citizen_records",
	.sql = "SELECT v.subject_id, v.record_id, v.vaccine_code, COALESCE(v.hot13, v.yj, v.gtin)"
	       "   AS product, v.phase, v.dose_seq, v.dose_label, v.vaccinated_on, v.due_date, v.lot_no,"
	       "  v.exec_class, v.legal_class, v.org_code, o.name AS org_name, v.venue, v.muni_code,"
	       "  m.name AS muni_name, (SELECT e.state FROM record_enquiry e"
	       "    WHERE e.viewer = k.viewer AND e.record_id = v.record_id"
	       "    ORDER BY e.asked_us DESC LIMIT 1) AS enquiry"
	       "  FROM (SELECT ? AS viewer, ? AS subject_id) k"
	       "  JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j"
	       "  JOIN record_vaccination v ON v.subject_id = j.id AND v.live = 1"
	       "  LEFT JOIN core_org o ON o.org_id = v.org_id"
	       "  LEFT JOIN core_org m ON m.org_id = v.muni_org_id"
	       " ORDER BY v.vaccinated_on DESC, v.vaccine_code, v.exec_class,"
	       "  v.subject_id = k.subject_id DESC, v.registered_at DESC LIMIT 500",
	.row = line_row,
	.row_size = sizeof(struct line),
	.nparams = 3,
	.tenant = YB_CROSS,
};

static bool
same_dose(const struct line *a, const struct line *b)
{
	return a->subject_id != b->subject_id && yb_date_cmp(a->vaccinated_on, b->vaccinated_on) == 0 &&
	    yb_str_eq(a->vaccine_code, b->vaccine_code) && yb_str_eq(a->exec_class, b->exec_class);
}

/* P-08: where somebody was after they fled is not for the portal. */
static void
line_mask(const struct beheld *b, struct line *one)
{
	if (b->may.institution ||
	    (!yb_date_is_null(b->hidden_from) && yb_date_cmp(one->vaccinated_on, b->hidden_from) < 0))
		return;
	one->org_code = one->org_name = one->venue = one->muni_code = one->muni_name = (yb_str) { 0 };
}

static yb_str
result_of(yb_str exec_class)
{
	if (yb_str_is(exec_class, "1"))
		return YB_STR("接種済");
	return yb_str_is(exec_class, "2") ? YB_STR("予診のみ") : YB_STR("接種中止");
}

/* What is due. For nobody it is reckoned as well, and thrown away: an answer takes its time. */
static yb_list
forecast(yb_req *r, const struct beheld *b, const yb_list *lines)
{
	struct dose_subject who = record_dose_subject(&b->who);
	struct dose_event *at = yb_alloc(r, (lines->n + 1) * sizeof *at);
	struct dose_result *d = yb_alloc(r, sizeof *d);
	size_t n = 0;

	for (; n < lines->n && n < DOSE_HISTORY_MAX; n++) {
		const struct line *one = (const struct line *)lines->items + n;

		at[n] = (struct dose_event) { .vaccine_code = one->vaccine_code,
			.product = one->product, .phase = one->phase, .dose_seq = one->dose_seq.v,
			.on = one->vaccinated_on, .due_date = one->due_date,
			.exec_class = one->exec_class, .legal_class = one->legal_class };
	}
	if (dose_forecast(record_rules(r), &who, at, n, yb_today(r), d) < 0 || !b->shown)
		return (yb_list) { NULL, 0 };
	return record_next(r, d);
}

static int
lines_read(yb_req *r, const struct citizen *c, const struct beheld *b, yb_list *ret)
{
	struct line *at;
	size_t kept = 0;

	if (yb_db_list(r, &citizen_records,
		YB_ARGS(yb_blob(c->viewer), yb_i64(b->who.subject_id), yb_text(b->ids)), RECORDS_MAX,
		ret) < 0)
		return -1;
	at = ret->items;
	for (size_t i = 0; i < ret->n; i++) {
		if (kept > 0 && same_dose(&at[kept - 1], &at[i]))
			continue;
		at[kept] = at[i];
		at[kept].vaccine_name = record_vaccine_name(r, at[i].vaccine_code);
		at[kept].result = result_of(at[i].exec_class);
		line_mask(b, &at[kept++]);
	}
	ret->n = kept;
	return 0;
}

/* POST /record/citizen/records/search - records and next doses of oneself, or of one's child. */
int
citizen_search(yb_req *r)
{
	const struct citizen_search_in *in = yb_body(r);
	struct view out = { .notice = YB_STR("証明書ではありません"), .as_of = yb_today(r) };
	struct about about = { 0 };
	struct enquired enquired;
	struct viewed viewed;
	struct citizen c;
	struct beheld b;

	if (citizen_open(r, &in->by, citizen_about, &about, &c) < 0 || citizen_behold(r, &c, &b) < 0 ||
	    lines_read(r, &c, &b, &out.records) < 0 ||
	    yb_db_find(r, &citizen_enquired, YB_ARGS(yb_text(b.ids), yb_blob(c.viewer)), &enquired) < 0)
		return -1;
	out.next = forecast(r, &b, &out.records);
	if (!b.shown || out.records.n + out.next.n == 0)
		return yb_problem(r, "E-CIT-001");
	viewed = (struct viewed) { b.may.address ? b.who.name : (yb_str) { 0 }, b.who.birth_date };
	out.subject.p = &viewed;
	out.enquiries = enquired.n;
	if (in->download) {
		yb_audit_action(r, YB_ACT_EXPORT);
		yb_reply_header(r, "Content-Disposition",
		    YB_STR("attachment; filename=\"vaccination-record.json\""));
	}
	return yb_reply_record(r, 200, citizen_view_out, &out);
}
