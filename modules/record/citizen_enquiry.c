/*
 * citizen_enquiry.c - 「記録が違う」 (H-3-3 step 7): RECEIVED (受付), WORKING (対応中), ANSWERED
 * (回答済). It goes to the municipality responsible now, which has the whole history and can ask
 * the institution to correct (request.c).
 */
#include "citizen.h"
#include "vaccination.h"

#define PAGE_MAX     100
#define ENQUIRIES_MAX 200
#define STATES	     "RECEIVED,WORKING,ANSWERED"

const yb_field citizen_behalf_in[] = {
	BEHALF_FIELDS(struct citizen_search_in, by),
	{ 0 },
};

const yb_field citizen_enquiry_in[] = {
	BEHALF_FIELDS(struct citizen_enquiry_in, by),
	{ "record_id", YB_OF(struct citizen_enquiry_in, record_id), .flags = YB_REQUIRED },
	{ "text", YB_OF(struct citizen_enquiry_in, text), .flags = YB_REQUIRED | YB_LINES, .max = 400,
	    .note = "what differs" },
	{ 0 },
};

struct sent {
	yb_uuid enquiry_id;
	yb_str state;
};

const yb_field citizen_enquiry_out[] = {
	{ "enquiry_id", YB_OF(struct sent, enquiry_id) },
	{ "state", YB_OF(struct sent, state), .one_of = STATES },
	{ 0 },
};

struct record_of {
	int64_t subject_id, version;
};

static const yb_field record_of_row[] = {
	{ "subject_id", YB_OF(struct record_of, subject_id) },
	{ "version", YB_OF(struct record_of, version) },
	{ 0 },
};

const yb_query citizen_record_of = {
	.name = "citizen_record_of",
	.sql = "SELECT v.subject_id, v.version FROM"
	       "  JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j"
	       "  JOIN record_vaccination v ON v.subject_id = j.id"
	       " WHERE v.record_id = ? AND v.live = 1",
	.row = record_of_row,
	.row_size = sizeof(struct record_of),
	.nparams = 2,
	.absent = "E-CIT-001",
	.tenant = YB_CROSS,
};

const yb_query citizen_enquiry_put = {
	.name = "citizen_enquiry_put",
	.sql = "INSERT INTO record_enquiry (enquiry_id, org_id, subject_id, of_id, record_id, version,"
	       "  viewer, proxy, state, open, text, asked_us)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'RECEIVED', 1, ?, ?)",
	.nparams = 10,
	.tenant = YB_CROSS,
};

/* POST /record/citizen/enquiries - a person doubts a record. */
int
citizen_enquire(yb_req *r)
{
	const struct citizen_enquiry_in *in = yb_body(r);
	struct sent out = { yb_uuid_new(), YB_STR("RECEIVED") };
	struct about about = { 0 };
	struct record_of of;
	struct citizen c;
	struct beheld b;
	int rc;

	if (citizen_open(r, &in->by, citizen_about, &about, &c) < 0 || citizen_behold(r, &c, &b) < 0 ||
	    yb_db_find(r, &citizen_record_of, YB_ARGS(yb_text(b.ids), yb_id(in->record_id)), &of) < 0)
		return -1;
	rc = yb_db_exec(r, &citizen_enquiry_put,
	    YB_ARGS(yb_id(out.enquiry_id), yb_i64(b.who.org_id), yb_i64(b.who.subject_id),
		yb_i64(of.subject_id), yb_id(in->record_id), yb_i64(of.version), yb_blob(c.viewer),
		yb_bool(c.proxy), yb_text(in->text), yb_at(yb_now(r))),
	    NULL);
	if (rc != 0)
		return rc == YB_DUPLICATE ? yb_problem(r, "E-CIT-003") : -1;
	return yb_reply_record(r, 201, citizen_enquiry_out, &out);
}

/* ---- POST /record/citizen/enquiries/search ---- */

struct enquiry {
	yb_uuid enquiry_id, record_id;
	yb_str state, vaccine_code, vaccine_name, dose_label;
	yb_date vaccinated_on;
	yb_str text, answer;
	yb_time asked_at, answered_at;
	int64_t version, subject_id; /* from here on for the municipality */
	yb_str subject_no, name;
	bool proxy, restricted;
};

#define ENQUIRY_ROW(s)                                           \
	{ "enquiry_id", YB_OF(s, enquiry_id) },                  \
	{ "state", YB_OF(s, state) },                            \
	{ "record_id", YB_OF(s, record_id) },                    \
	{ "vaccine_code", YB_OF(s, vaccine_code) },              \
	{ "dose_label", YB_OF(s, dose_label) },                  \
	{ "vaccinated_on", YB_OF(s, vaccinated_on) },            \
	{ "text", YB_OF(s, text) },                              \
	{ "answer", YB_OF(s, answer) },                          \
	{ "asked_us", YB_OF(s, asked_at) },                      \
	{ "answered_us", YB_OF(s, answered_at) }

#define ENQUIRY_OUT(s)                                           \
	{ "enquiry_id", YB_OF(s, enquiry_id) },                  \
	{ "state", YB_OF(s, state), .one_of = STATES },          \
	{ "record_id", YB_OF(s, record_id) },                    \
	{ "vaccine_code", YB_OF(s, vaccine_code) },              \
	{ "vaccine_name", YB_OF(s, vaccine_name) },              \
	{ "dose_label", YB_OF(s, dose_label) },                  \
	{ "vaccinated_on", YB_OF(s, vaccinated_on) },            \
	{ "text", YB_OF(s, text) },                              \
	{ "answer", YB_OF(s, answer) },                          \
	{ "asked_at", YB_OF(s, asked_at) },                      \
	{ "answered_at", YB_OF(s, answered_at) }

static const yb_field own_row[] = {
	ENQUIRY_ROW(struct enquiry),
	{ 0 },
};

static const yb_field own_out[] = {
	ENQUIRY_OUT(struct enquiry),
	{ 0 },
};

struct own_page {
	yb_list enquiries;
};

const yb_field citizen_enquiries_out[] = {
	{ "enquiries", YB_OF(struct own_page, enquiries), YB_EACH(own_out, struct enquiry),
	    .note = "of this viewer about this person, the newest first" },
	{ 0 },
};

#define ENQUIRY_COLUMNS                                                                   \
	"SELECT e.enquiry_id, e.state, e.record_id, v.vaccine_code, v.dose_label,"        \
	"  v.vaccinated_on, e.text, e.answer, e.asked_us, e.answered_us"
#define ENQUIRY_TABLES                                                                    \
	"  JOIN record_vaccination v ON v.subject_id = e.of_id"                           \
	"   AND v.record_id = e.record_id AND v.version = e.version"

const yb_query citizen_enquiries = {
	.name = "citizen_enquiries",
	.sql = "" ENQUIRY_COLUMNS " FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j"
	       "  JOIN record_enquiry e ON e.subject_id = j.id" ENQUIRY_TABLES
	       " WHERE e.viewer = ? ORDER BY e.asked_us DESC LIMIT 200",
	.row = own_row,
	.row_size = sizeof(struct enquiry),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/*
 * POST /record/citizen/enquiries/search - what became of one's enquiries. Who may not be shown has
 * asked nothing: the rows of nobody have no enquiries (P-09).
 */
int
citizen_enquiries_show(yb_req *r)
{
	const struct citizen_search_in *in = yb_body(r);
	struct own_page out;
	struct about about = { 0 };
	struct enquiry *at;
	struct citizen c;
	struct beheld b;

	if (citizen_open(r, &in->by, citizen_about, &about, &c) < 0 || citizen_behold(r, &c, &b) < 0 ||
	    yb_db_list(r, &citizen_enquiries, YB_ARGS(yb_text(b.ids), yb_blob(c.viewer)),
		ENQUIRIES_MAX, &out.enquiries) < 0)
		return -1;
	at = out.enquiries.items;
	for (size_t i = 0; i < out.enquiries.n; i++)
		at[i].vaccine_name = record_vaccine_name(r, at[i].vaccine_code);
	return yb_reply_record(r, 200, citizen_enquiries_out, &out);
}

/* ---- GET /record/enquiries ---- */

const yb_field record_enquiry_query[] = {
	{ "state", YB_OF(struct enquiry_query, state), .max = 8, .one_of = STATES },
	{ "enquiry_id", YB_OF(struct enquiry_query, enquiry_id),
	    .note = "this one: looking at it names nobody else" },
	{ "since", YB_OF(struct enquiry_query, since), .note = "next of the last answer" },
	{ "limit", YB_OF(struct enquiry_query, limit), .min = 1, .max = PAGE_MAX },
	{ 0 },
};

static const yb_field enquiry_row[] = {
	ENQUIRY_ROW(struct enquiry),
	{ "version", YB_OF(struct enquiry, version) },
	{ "subject_id", YB_OF(struct enquiry, subject_id) },
	{ "subject_no", YB_OF(struct enquiry, subject_no) },
	{ "name", YB_OF(struct enquiry, name) },
	{ "proxy", YB_OF(struct enquiry, proxy) },
	{ "restricted", YB_OF(struct enquiry, restricted) },
	{ 0 },
};

static const yb_field enquiry_out[] = {
	ENQUIRY_OUT(struct enquiry),
	{ "version", YB_OF(struct enquiry, version), .note = "the version that is doubted" },
	{ "subject_no", YB_OF(struct enquiry, subject_no) },
	{ "name", YB_OF(struct enquiry, name) },
	{ "proxy", YB_OF(struct enquiry, proxy), .note = "true: asked by a proxy" },
	{ "banner", YB_OF(struct enquiry, restricted), .note = "支援措置対象者" },
	{ 0 },
};

struct enquiry_page {
	yb_list enquiries;
	yb_uuid next;
	int64_t open;
};

const yb_field record_enquiries_out[] = {
	{ "enquiries", YB_OF(struct enquiry_page, enquiries), YB_EACH(enquiry_out, struct enquiry),
	    .note = "the newest first" },
	{ "next", YB_OF(struct enquiry_page, next),
	    .note = "the `since` of the next page; null: the end" },
	{ "open", YB_OF(struct enquiry_page, open), .note = "how many wait for an answer" },
	{ 0 },
};

/* Persons under 支援措置 and their number are for people with restricted_view only. */
#define SEEN " AND (? OR (s.not_disclosed = 0 AND s.self_info_blocked = 0))"

const yb_query record_enquiries = {
	.name = "record_enquiries",
	.sql = "" ENQUIRY_COLUMNS ", e.version, e.subject_id, s.subject_no, s.name, e.proxy,"
	       "  s.not_disclosed OR s.self_info_blocked AS restricted"
	       "  FROM record_enquiry e JOIN record_subject s ON s.subject_id = e.subject_id"
	       ENQUIRY_TABLES " LEFT JOIN record_enquiry p ON p.enquiry_id = ?"
	       " WHERE e.org_id = ? AND (? IS NULL OR e.state = ?)"
	       "  AND (? IS NULL OR e.enquiry_id = ?)" SEEN
	       "  AND (? IS NULL OR (e.asked_us, e.enquiry_id) < (p.asked_us, p.enquiry_id))"
	       " ORDER BY e.asked_us DESC, e.enquiry_id DESC LIMIT ?",
	.row = enquiry_row,
	.row_size = sizeof(struct enquiry),
	.nparams = 9,
	.tenant = YB_CROSS,
};

struct waiting {
	int64_t n;
};

static const yb_field waiting_row[] = {
	{ "n", YB_OF(struct waiting, n) },
	{ 0 },
};

const yb_query record_enquiry_count = {
	.name = "record_enquiry_count",
	.sql = "SELECT COUNT(*) AS n FROM record_enquiry e"
	       "  JOIN record_subject s ON s.subject_id = e.subject_id"
	       " WHERE e.org_id = ? AND e.open = 1" SEEN,
	.row = waiting_row,
	.row_size = sizeof(struct waiting),
	.nparams = 2,
	.tenant = YB_ORG,
};

/* GET /record/enquiries - what residents doubt. */
int
record_enquiry_list(yb_req *r)
{
	const struct enquiry_query *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE_MAX;
	yb_value all = yb_bool(yb_who(r)->restricted_view);
	struct enquiry_page out = { 0 };
	struct waiting waiting;
	struct enquiry *at;

	if (yb_db_list(r, &record_enquiries,
		YB_ARGS(yb_id(q->since), yb_i64(yb_who(r)->org_id), yb_text(q->state),
		    yb_text(q->state), yb_id(q->enquiry_id), yb_id(q->enquiry_id), all,
		    yb_id(q->since), yb_i64((int64_t)limit + 1)),
		limit + 1, &out.enquiries) < 0 ||
	    yb_db_find(r, &record_enquiry_count, YB_ARGS(all), &waiting) < 0)
		return -1;
	at = out.enquiries.items;
	out.open = waiting.n;
	if (yb_page_cut(&out.enquiries, limit))
		out.next = at[limit - 1].enquiry_id;
	for (size_t i = 0; i < out.enquiries.n; i++) {
		at[i].vaccine_name = record_vaccine_name(r, at[i].vaccine_code);
		record_person_shown(r, at[i].subject_no, at[i].restricted);
	}
	return yb_reply_record(r, 200, record_enquiries_out, &out);
}

/* ---- POST /record/enquiries/{enquiry_id}/answer ---- */

const yb_field record_enquiry_answer_in[] = {
	{ "state", YB_OF(struct enquiry_answer, state), .flags = YB_REQUIRED, .max = 8,
	    .one_of = "WORKING,ANSWERED" },
	{ "answer", YB_OF(struct enquiry_answer, answer), .flags = YB_LINES, .max = 400,
	    .note = "with ANSWERED, and then required: the person reads it" },
	{ 0 },
};

struct asked_row {
	int64_t subject_id;
	yb_str state;
};

static const yb_field asked_row[] = {
	{ "subject_id", YB_OF(struct asked_row, subject_id) },
	{ "state", YB_OF(struct asked_row, state) },
	{ 0 },
};

const yb_query record_enquiry_read = {
	.name = "record_enquiry_read",
	.sql = "SELECT subject_id, state FROM record_enquiry WHERE org_id = ? AND enquiry_id = ?"
	       " FOR UPDATE",
	.row = asked_row,
	.row_size = sizeof(struct asked_row),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query record_enquiry_answer_put = {
	.name = "record_enquiry_answer_put",
	.sql = "UPDATE record_enquiry e JOIN (SELECT ? AS org_id) me ON me.org_id = e.org_id"
	       " SET e.open = IF(? = 'WORKING', 1, NULL), e.state = ?, e.answer = ?,"
	       "  e.answered_us = ?, e.answered_by = ?, e.row_ver = e.row_ver + 1"
	       " WHERE e.enquiry_id = ?",
	.nparams = 7,
	.tenant = YB_ORG,
};

/* POST /record/enquiries/{enquiry_id}/answer - the municipality works on it, or answers. */
int
record_enquiry_answered(yb_req *r)
{
	const struct enquiry_answer *in = yb_body(r);
	bool answered = yb_str_is(in->state, "ANSWERED");
	struct asked_row was;
	struct sent out;
	struct seen s;
	yb_uuid id;

	if (!yb_uuid_parse(yb_path(r, "enquiry_id"), &id))
		return yb_problem(r, "E-AUTH-005");
	if (answered != (in->answer.p != NULL))
		return yb_problem_field(r, answered ? "E-VAL-001" : "E-VAL-013", "/answer");
	if (yb_db_find(r, &record_enquiry_read, YB_ARGS(yb_id(id)), &was) < 0 ||
	    record_subject_load(r, was.subject_id, false, &s) < 0)
		return -1;
	if (yb_str_is(was.state, "ANSWERED"))
		return yb_problem(r, "E-REC-010");
	yb_audit_subject(r, s.who.subject_no);
	yb_audit_target(r, "enquiry", record_id_text(r, id));
	if (yb_db_exec(r, &record_enquiry_answer_put,
		YB_ARGS(yb_text(in->state), yb_text(in->state), yb_text(in->answer),
		    answered ? yb_at(yb_now(r)) : yb_null(), yb_text(yb_who(r)->actor), yb_id(id)),
		NULL) != 0)
		return -1;
	out = (struct sent) { id, in->state };
	return yb_reply_record(r, 200, citizen_enquiry_out, &out);
}
