/*
 * resolve.c - what is done about a number the municipality's system refused (H-3-1 step 6):
 * accepted as it is, put to another person of the municipality, or the institution is asked.
 */
#include "link.h"
#include "outside.h"
#include "request.h"
#include "vaccination.h"

const yb_field record_resolve_in[] = {
	{ "resolution", YB_OF(struct resolve_in, resolution), .flags = YB_REQUIRED, .max = 6,
	    .one_of = "accept,relink,asked" },
	{ "subject_no", YB_OF(struct resolve_in, subject_no), .max = 20,
	    .note = "with relink: the person of this municipality it belongs to" },
	{ "comment", YB_OF(struct resolve_in, comment), .flags = YB_REQUIRED, .max = 200,
	    .note = "why; with asked: what the institution is told" },
	{ 0 },
};

const yb_field record_resolve_out[] = {
	{ "seq", YB_OF(struct resolve_out, seq) },
	{ "state", YB_OF(struct resolve_out, state), .one_of = "RESOLVED" },
	{ "resolution", YB_OF(struct resolve_out, resolution), .one_of = "accept,relink,asked" },
	{ "record_id", YB_OF(struct resolve_out, record_id), .note = "relink: the new record" },
	{ "request_id", YB_OF(struct resolve_out, request_id), .note = "asked: the request" },
	{ 0 },
};

struct refused {
	int64_t seq, subject_id, version;
	yb_uuid record_id;
	yb_str state;
};

static const yb_field refused_row[] = {
	{ "seq", YB_OF(struct refused, seq) },
	{ "subject_id", YB_OF(struct refused, subject_id) },
	{ "record_id", YB_OF(struct refused, record_id) },
	{ "version", YB_OF(struct refused, version) },
	{ "state", YB_OF(struct refused, state) },
	{ 0 },
};

const yb_query record_outbox_refused = {
	.name = "record_outbox_refused",
	.sql = "SELECT seq, subject_id, record_id, version, state FROM record_outbox"
	       " WHERE org_id = ? AND seq = ? FOR UPDATE",
	.row = refused_row,
	.row_size = sizeof(struct refused),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query record_outbox_resolve = {
	.name = "record_outbox_resolve",
	.sql = "UPDATE record_outbox o JOIN (SELECT ? AS org_id) me ON me.org_id = o.org_id"
	       " SET o.state = 'RESOLVED', o.resolution = ?, o.comment = ?, o.resolved_us = ?,"
	       "  o.resolved_by = ? WHERE o.seq = ?",
	.nparams = 6,
	.tenant = YB_ORG,
};

/* The old record ends, with a reason that says where it went; the system is told of both. */
static int
relink_end(yb_req *r, const struct seen *from, struct vaccination *v, yb_str reason)
{
	yb_str source;
	int64_t seq;

	if (record_seq(r, from->who.org_id, &seq) < 0 || record_retire(r, v) != 0)
		return -1;
	v->live = v->dose_live = (yb_int) { 0 };
	v->change_kind = YB_STR(CHANGE_CANCEL);
	v->status = YB_STR("CANCELLED");
	v->reason_code = YB_STR("RELINK");
	v->reason_text = reason;
	v->version++;
	source = v->source;
	record_stamp(r, v);
	v->source = source; /* how it came in does not change */
	return record_store(r, &(struct history) { .n = 0 }, v) < 0
	    ? -1
	    : record_outbox_put(r, from->who.org_id, v, seq);
}

/* The same vaccination for another person of this municipality, evaluated for that person. */
static int
relink_begin(yb_req *r, const struct seen *to, struct vaccination *v, yb_str reason)
{
	struct evaluation e;
	struct history h;
	int64_t seq;

	v->subject_id = to->who.subject_id;
	v->record_id = yb_uuid_new();
	v->version = 1;
	v->change_kind = YB_STR(CHANGE_NEW);
	v->status = YB_STR("REGISTERED");
	v->mgmt_no = yb_random_number(r, 17);
	v->reason_text = reason;
	v->v.phase = v->v.dose_label = (yb_str) { 0 }; /* of this person's age */
	record_live(v);
	return record_seq(r, to->who.org_id, &seq) < 0 || record_history(r, &to->who, &h) < 0 ||
		record_outside(r, NULL, &to->who, &v->v, &v->outside) < 0 ||
		record_evaluate(r, &to->who, &h, false, v, &e) < 0 || record_store(r, &h, v) < 0 ||
		record_outbox_put(r, to->who.org_id, v, seq) < 0
	    ? -1
	    : 0;
}

/* Locks are taken before the first plain read (record_seq): persons in the order of their ids. */
static int
relink(yb_req *r, const struct resolve_in *in, const struct refused *at, struct resolve_out *out)
{
	struct subject_ref ref = { .subject_no = in->subject_no };
	struct vaccination v;
	struct seen from, to;
	yb_uuid old = at->record_id;

	if (in->subject_no.p == NULL)
		return yb_problem_field(r, "E-VAL-001", "/subject_no");
	if (record_subject_find(r, &ref, true, &to) < 0 ||
	    record_subject_load(r, at->subject_id, true, &from) < 0 ||
	    yb_db_find(r, &record_vaccination_last, YB_ARGS(yb_id(old)), &v) < 0)
		return -1;
	if (to.who.subject_id == from.who.subject_id)
		return yb_problem_field(r, "E-VAL-013", "/subject_no");
	if (!v.live.set || v.version != at->version || from.who.org_id != yb_who(r)->org_id)
		return yb_problem(r, "E-REC-010"); /* corrected or cancelled in the meantime */
	if (record_visit_refuse(r, &to.who, &v.v) < 0)
		return -1;
	yb_audit_subject(r, from.who.subject_no);
	yb_audit_subject(r, to.who.subject_no);
	if (relink_end(r, &from, &v, in->comment) < 0 || relink_begin(r, &to, &v, in->comment) < 0)
		return -1;
	out->record_id = v.record_id;
	return 0;
}

static int
ask(yb_req *r, const struct resolve_in *in, const struct refused *at, struct resolve_out *out)
{
	return record_request_put(r, at->record_id, in->comment, &out->request_id);
}

/* POST /record/link-errors/{seq}/resolution - one refused number is dealt with. */
int
record_resolve(yb_req *r)
{
	const struct resolve_in *in = yb_body(r);
	struct resolve_out out = { .resolution = in->resolution, .state = YB_STR("RESOLVED") };
	struct refused at;
	struct seen s;
	int rc = 0;

	if (!yb_number_parse(yb_path(r, "seq"), &out.seq))
		return yb_problem(r, "E-AUTH-005");
	if (in->subject_no.p != NULL && !yb_str_is(in->resolution, "relink"))
		return yb_problem_field(r, "E-VAL-013", "/subject_no");
	if (yb_db_find(r, &record_outbox_refused, YB_ARGS(yb_i64(out.seq)), &at) < 0)
		return -1;
	if (!yb_str_is(at.state, "NACKED"))
		return yb_problem(r, "E-REC-010");
	yb_audit_target(r, "outbox", yb_format_text(r, "%lld", (long long)out.seq));
	if (yb_str_is(in->resolution, "relink")) {
		rc = relink(r, in, &at, &out);
	} else if (yb_str_is(in->resolution, "asked")) {
		rc = ask(r, in, &at, &out);
	} else {
		rc = record_subject_load(r, at.subject_id, false, &s);
		if (rc == 0)
			yb_audit_subject(r, s.who.subject_no);
	}
	if (rc < 0 ||
	    yb_db_exec(r, &record_outbox_resolve,
		YB_ARGS(yb_text(in->resolution), yb_text(in->comment), yb_at(yb_now(r)),
		    yb_text(yb_who(r)->actor), yb_i64(out.seq)),
		NULL) != 0)
		return -1;
	return yb_reply_record(r, 200, record_resolve_out, &out);
}
