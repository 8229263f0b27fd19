/*
 * request.c - requests to correct a record (H-3-2 step 7): ASKED (依頼), WORKING (対応中), then
 * CORRECTED (訂正済) or REJECTED (却下). The municipality asks, the institution answers.
 */
#include "request.h"
#include "vaccination.h"

#define PAGE_MAX 100

const yb_field record_ask_in[] = {
	{ "record_id", YB_OF(struct ask_in, record_id), .flags = YB_REQUIRED },
	{ "comment", YB_OF(struct ask_in, comment), .flags = YB_REQUIRED | YB_LINES, .max = 200,
	    .note = "what seems wrong" },
	{ 0 },
};

const yb_field record_asked_out[] = {
	{ "request_id", YB_OF(struct asked, request_id) },
	{ "state", YB_OF(struct asked, state), .one_of = "ASKED,WORKING,CORRECTED,REJECTED" },
	{ 0 },
};

/* ---- POST /record/correction-requests ---- */

const yb_query record_request_insert = {
	.name = "record_request_insert",
	.sql = "INSERT INTO record_request (from_org_id, request_id, subject_id, record_id,"
	       "  version, to_org_id, state, open, comment, asked_us, asked_by)"
	       " VALUES (?, ?, ?, ?, ?, ?, 'ASKED', 1, ?, ?, ?)",
	.nparams = 9,
	.tenant = YB_ORG,
};

int
record_request_put(yb_req *r, yb_uuid record_id, yb_str comment, yb_uuid *ret)
{
	struct vaccination v;
	struct seen s;
	int rc;

	if (yb_db_find(r, &record_vaccination_last, YB_ARGS(yb_id(record_id)), &v) < 0 ||
	    record_subject_load(r, v.subject_id, false, &s) < 0)
		return -1;
	if (!record_in_scope(r, &s, &v))
		return yb_problem(r, "E-AUTH-005");
	yb_audit_subject(r, s.who.subject_no);
	if (yb_str_is(v.status, "CANCELLED"))
		return yb_problem(r, "E-REC-010");
	if (v.org_id == yb_who(r)->org_id) /* its own: correctVaccination */
		return yb_problem_field(r, "E-VAL-011", "/record_id");
	*ret = yb_uuid_new();
	rc = yb_db_exec(r, &record_request_insert,
	    YB_ARGS(yb_id(*ret), yb_i64(v.subject_id), yb_id(v.record_id), yb_i64(v.version),
		yb_i64(v.org_id), yb_text(comment), yb_at(yb_now(r)), yb_text(yb_who(r)->actor)),
	    NULL);
	return rc == YB_DUPLICATE ? yb_problem(r, "E-REC-008") : rc;
}

/* POST /record/correction-requests - the municipality doubts a record. */
int
record_request_ask(yb_req *r)
{
	const struct ask_in *in = yb_body(r);
	struct asked out = { .state = YB_STR("ASKED") };

	if (record_request_put(r, in->record_id, in->comment, &out.request_id) < 0)
		return -1;
	yb_audit_target(r, "request", record_id_text(r, out.request_id));
	return yb_reply_record(r, 201, record_asked_out, &out);
}

/* ---- GET /record/correction-requests ---- */

const yb_field record_request_query[] = {
	{ "state", YB_OF(struct request_query, state), .max = 9,
	    .one_of = "ASKED,WORKING,CORRECTED,REJECTED" },
	{ "since", YB_OF(struct request_query, since), .note = "next of the last answer" },
	{ "limit", YB_OF(struct request_query, limit), .min = 1, .max = PAGE_MAX },
	{ 0 },
};

struct request {
	yb_uuid request_id;
	yb_str state, subject_no, comment, answer;
	yb_uuid record_id;
	int64_t version;
	yb_str vaccine_code, vaccine_name;
	yb_date vaccinated_on;
	yb_str from_org_name, to_org_name;
	yb_time asked_at, answered_at;
	int64_t subject_id;
	bool restricted, linked;
};

static const yb_field request_row[] = {
	{ "request_id", YB_OF(struct request, request_id) },
	{ "state", YB_OF(struct request, state) },
	{ "subject_id", YB_OF(struct request, subject_id) },
	{ "subject_no", YB_OF(struct request, subject_no) },
	{ "comment", YB_OF(struct request, comment) },
	{ "answer", YB_OF(struct request, answer) },
	{ "record_id", YB_OF(struct request, record_id) },
	{ "version", YB_OF(struct request, version) },
	{ "vaccine_code", YB_OF(struct request, vaccine_code) },
	{ "vaccinated_on", YB_OF(struct request, vaccinated_on) },
	{ "from_org_name", YB_OF(struct request, from_org_name) },
	{ "to_org_name", YB_OF(struct request, to_org_name) },
	{ "asked_us", YB_OF(struct request, asked_at) },
	{ "answered_us", YB_OF(struct request, answered_at) },
	{ "restricted", YB_OF(struct request, restricted) },
	{ "linked", YB_OF(struct request, linked) },
	{ 0 },
};

static const yb_field request_out[] = {
	{ "request_id", YB_OF(struct request, request_id) },
	{ "state", YB_OF(struct request, state), .one_of = "ASKED,WORKING,CORRECTED,REJECTED" },
	{ "subject_no", YB_OF(struct request, subject_no) },
	{ "record_id", YB_OF(struct request, record_id) },
	{ "version", YB_OF(struct request, version), .note = "the version that is doubted" },
	{ "vaccine_code", YB_OF(struct request, vaccine_code) },
	{ "vaccine_name", YB_OF(struct request, vaccine_name) },
	{ "vaccinated_on", YB_OF(struct request, vaccinated_on) },
	{ "from_org_name", YB_OF(struct request, from_org_name), .note = "null under 支援措置" },
	{ "to_org_name", YB_OF(struct request, to_org_name) },
	{ "comment", YB_OF(struct request, comment) },
	{ "answer", YB_OF(struct request, answer) },
	{ "asked_at", YB_OF(struct request, asked_at) },
	{ "answered_at", YB_OF(struct request, answered_at) },
	{ 0 },
};

const yb_field record_requests_out[] = {
	{ "requests", YB_OF(struct request_page, requests), YB_EACH(request_out, struct request),
	    .note = "the newest first" },
	{ "next", YB_OF(struct request_page, next),
	    .note = "the `since` of the next page; null: the end" },
	{ 0 },
};

/* Both sides have one list; only the column that names the caller differs. */
#define REQUESTS(mine)                                                                         \
	"SELECT q.request_id, q.state, q.subject_id, s.subject_no, q.comment, q.answer,"       \
	"  q.record_id, q.version, v.vaccine_code, v.vaccinated_on, f.name AS from_org_name,"  \
	"  t.name AS to_org_name, q.asked_us, q.answered_us,"                                  \
	"  s.not_disclosed OR s.self_info_blocked AS restricted, s.linked"                     \
	"  FROM record_request q"                                                              \
	"  JOIN record_subject s ON s.subject_id = q.subject_id"                               \
	"  JOIN record_vaccination v ON v.subject_id = q.subject_id"                           \
	"   AND v.record_id = q.record_id AND v.version = q.version"                           \
	"  LEFT JOIN core_org f ON f.org_id = q.from_org_id"                                   \
	"  LEFT JOIN core_org t ON t.org_id = q.to_org_id"                                     \
	"  LEFT JOIN record_request p ON p.request_id = ?"                                     \
	" WHERE q." mine " = ? AND (? IS NULL OR q.state = ?)"                                 \
	"  AND (? IS NULL OR (q.asked_us, q.request_id) < (p.asked_us, p.request_id))"         \
	" ORDER BY q.asked_us DESC, q.request_id DESC LIMIT ?"

const yb_query record_requests_asked = {
	.name = "record_requests_asked",
	.sql = "" REQUESTS("from_org_id"),
	.row = request_row,
	.row_size = sizeof(struct request),
	.nparams = 6,
	.tenant = YB_CROSS,
};

const yb_query record_requests_received = {
	.name = "record_requests_received",
	.sql = "" REQUESTS("to_org_id"),
	.row = request_row,
	.row_size = sizeof(struct request),
	.nparams = 6,
	.tenant = YB_CROSS,
};

/* To an institution no name under 支援措置, whichever row of the person has it (P-08). */
static int
request_mask(yb_req *r, struct request *one)
{
	struct subject s = { .subject_id = one->subject_id, .linked = one->linked };
	const struct person_row *at;
	bool hide = one->restricted;
	yb_list others;

	if (record_person(r, &s, &others) < 0)
		return -1;
	at = others.items;
	for (size_t i = 0; i < others.n; i++)
		hide = hide || at[i].restricted;
	if (hide)
		one->from_org_name = (yb_str) { 0 }; /* where the person lives */
	return 0;
}

/* A row this caller may not see any more: the person is under 支援措置 or has left. */
static int
request_visible(yb_req *r, struct request *one, bool *ret)
{
	struct subject s;

	*ret = true;
	if (yb_who(r)->org_type != YB_ORG_MUNI)
		return request_mask(r, one);
	if (!one->restricted)
		return 0;
	if (yb_db_find(r, &record_subject_by_id, YB_ARGS(yb_i64(one->subject_id)), &s) < 0)
		return -1;
	*ret = record_disclosure(record_viewer(r, &s), &s).exists && yb_who(r)->restricted_view;
	if (*ret)
		yb_audit_alert(r, "restricted", one->subject_no);
	return 0;
}

/* GET /record/correction-requests - asked by, or asked of, the caller's organisation. */
int
record_request_list(yb_req *r)
{
	const struct request_query *q = yb_params(r);
	const yb_caller *who = yb_who(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE_MAX, kept = 0;
	struct request_page out = { 0 };
	struct request *at;
	bool visible;

	if (yb_db_list(r,
		who->org_type == YB_ORG_MUNI ? &record_requests_asked : &record_requests_received,
		YB_ARGS(yb_id(q->since), yb_i64(who->org_id), yb_text(q->state),
		    yb_text(q->state), yb_id(q->since), yb_i64((int64_t)limit + 1)),
		limit + 1, &out.requests) < 0)
		return -1;
	at = out.requests.items;
	if (yb_page_cut(&out.requests, limit))
		out.next = at[limit - 1].request_id;
	for (size_t i = 0; i < out.requests.n; i++) {
		if (request_visible(r, &at[i], &visible) < 0)
			return -1;
		if (!visible)
			continue;
		at[kept] = at[i];
		at[kept].vaccine_name = record_vaccine_name(r, at[kept].vaccine_code);
		yb_audit_subject(r, at[kept++].subject_no);
	}
	out.requests.n = kept;
	return yb_reply_record(r, 200, record_requests_out, &out);
}

/* ---- POST /record/correction-requests/{request_id}/answer ---- */

const yb_field record_answer_in[] = {
	{ "state", YB_OF(struct answer_in, state), .flags = YB_REQUIRED, .max = 9,
	    .one_of = "WORKING,CORRECTED,REJECTED" },
	{ "comment", YB_OF(struct answer_in, comment), .flags = YB_LINES, .max = 200,
	    .note = "required with REJECTED" },
	{ 0 },
};

struct open_request {
	yb_uuid request_id, record_id;
	int64_t version, last_version;
	yb_str state, subject_no;
};

static const yb_field open_row[] = {
	{ "request_id", YB_OF(struct open_request, request_id) },
	{ "record_id", YB_OF(struct open_request, record_id) },
	{ "version", YB_OF(struct open_request, version) },
	{ "state", YB_OF(struct open_request, state) },
	{ "subject_no", YB_OF(struct open_request, subject_no) },
	{ "last_version", YB_OF(struct open_request, last_version) },
	{ 0 },
};

const yb_query record_request_read = {
	.name = "record_request_read",
	.sql = "SELECT q.request_id, q.record_id, q.version, q.state, s.subject_no,"
	       "  (SELECT MAX(v.version) FROM record_vaccination v WHERE v.record_id = q.record_id)"
	       "   AS last_version"
	       "  FROM record_request q JOIN record_subject s ON s.subject_id = q.subject_id"
	       " WHERE q.to_org_id = ? AND q.request_id = ? FOR UPDATE",
	.row = open_row,
	.row_size = sizeof(struct open_request),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query record_request_answer_put = {
	.name = "record_request_answer_put",
	.sql = "UPDATE record_request q JOIN (SELECT ? AS org_id) me ON me.org_id = q.to_org_id"
	       " SET q.open = IF(? = 'WORKING', 1, NULL), q.state = ?,"
	       "  q.answer = COALESCE(?, q.answer), q.answered_us = ?, q.answered_by = ?,"
	       "  q.row_ver = q.row_ver + 1"
	       " WHERE q.request_id = ?",
	.nparams = 7,
	.tenant = YB_ORG,
};

const yb_query record_request_close = {
	.name = "record_request_close",
	.sql = "UPDATE record_request q JOIN (SELECT ? AS org_id) me ON me.org_id = q.to_org_id"
	       " SET q.open = NULL, q.state = 'CORRECTED', q.answered_us = ?, q.answered_by = ?,"
	       "  q.row_ver = q.row_ver + 1"
	       " WHERE q.record_id = ? AND q.open = 1",
	.nparams = 4,
	.tenant = YB_ORG,
};

int
record_request_done(yb_req *r, yb_uuid record_id)
{
	return yb_db_exec(r, &record_request_close,
	    YB_ARGS(yb_at(yb_now(r)), yb_text(yb_who(r)->actor), yb_id(record_id)), NULL);
}

/* POST /record/correction-requests/{request_id}/answer - the institution says what it does. */
int
record_request_answer(yb_req *r)
{
	const struct answer_in *in = yb_body(r);
	struct open_request was;
	struct asked out;
	yb_uuid id;

	if (!yb_uuid_parse(yb_path(r, "request_id"), &id))
		return yb_problem(r, "E-AUTH-005");
	if (yb_str_is(in->state, "REJECTED") && in->comment.p == NULL)
		return yb_problem_field(r, "E-VAL-001", "/comment");
	if (yb_db_find(r, &record_request_read, YB_ARGS(yb_id(id)), &was) < 0)
		return -1;
	if (yb_str_is(was.state, "CORRECTED") || yb_str_is(was.state, "REJECTED"))
		return yb_problem(r, "E-REC-010");
	/* 訂正済 is a fact about the record, not a word. */
	if (yb_str_is(in->state, "CORRECTED") && was.last_version <= was.version)
		return yb_problem_field(r, "E-VAL-013", "/state");
	yb_audit_subject(r, was.subject_no);
	yb_audit_target(r, "request", record_id_text(r, id));
	if (yb_db_exec(r, &record_request_answer_put,
		YB_ARGS(yb_text(in->state), yb_text(in->state), yb_text(in->comment),
		    yb_at(yb_now(r)), yb_text(yb_who(r)->actor), yb_id(id)),
		NULL) != 0)
		return -1;
	out = (struct asked) { id, in->state };
	return yb_reply_record(r, 200, record_asked_out, &out);
}
