/*
 * correct.c - a record is corrected or cancelled: always a new version (H-3-1, H-3-2 step 7).
 */
#include "outside.h"
#include "request.h"
#include "vaccination.h"

const yb_field record_correct_in[] = {
	{ "record_id", YB_OF(struct correct_in, record_id), .flags = YB_REQUIRED },
	{ "cancel", YB_OF(struct correct_in, cancel), .note = "true: the record is cancelled" },
	VISIT_FIELDS(struct correct_in, v, 0),
	{ "reason_code", YB_OF(struct correct_in, reason_code), .max = 10,
	    .format = &record_format_key },
	{ "reason_text", YB_OF(struct correct_in, reason_text), .max = 200 },
	{ 0 },
};

/* The items a correction may change: those of VISIT_FIELDS, at their place in a version. */
struct row {
	struct visit v;
};

static const yb_field visit_items[] = {
	VISIT_FIELDS(struct row, v, 0),
	{ 0 },
};

const yb_query record_vaccination_last = {
	.name = "record_vaccination_last",
	.sql = "SELECT" VACCINATION_COLUMNS " FROM record_vaccination v"
	       " WHERE v.record_id = ? ORDER BY v.version DESC LIMIT 1 FOR UPDATE",
	.row = record_vaccination_row,
	.row_size = sizeof(struct vaccination),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query record_vaccination_retire = {
	.name = "record_vaccination_retire",
	.sql = "UPDATE record_vaccination SET live = NULL, dose_live = NULL, status = 'CORRECTED'"
	       " WHERE subject_id = ? AND record_id = ? AND version = ?",
	.nparams = 3,
	.tenant = YB_CROSS,
};

/* Who registered a record, or whose institution it names, may correct it. */
static bool
may_correct(yb_req *r, const struct seen *s, const struct vaccination *v)
{
	int64_t me = yb_who(r)->org_id;

	return record_in_scope(r, s, v) && (v->org_id == me || v->entered_org_id == me);
}

static bool
any_item_written(yb_req *r)
{
	for (const yb_field *f = visit_items; f->type != YB_T_END; f++)
		if (yb_body_has(r, f->name))
			return true;
	return false;
}

/* A mandatory item cannot be taken away by a correction. */
static void
keep_mandatory(yb_req *r, const struct visit *v)
{
	const struct {
		yb_str value;
		const char *field;
	} must[] = {
		{ v->legal_class, "/legal_class" },
		{ v->vaccine_code, "/vaccine_code" },
		{ v->exec_class, "/exec_class" },
		{ v->place_class, "/place_class" },
		{ v->doctor_name, "/doctor_name" },
	};

	for (size_t i = 0; i < sizeof must / sizeof must[0]; i++)
		if (must[i].value.p == NULL)
			yb_fault_add(r, must[i].field, "E-VAL-001");
	if (yb_date_is_null(v->vaccinated_on))
		yb_fault_add(r, "/vaccinated_on", "E-VAL-001");
}

/* A confirmed record changes by a correction that says why, or not at all (E-REC-004). */
static int
request_check(yb_req *r, const struct correct_in *in, const struct vaccination *v)
{
	bool reason = in->reason_code.p != NULL || in->reason_text.p != NULL;

	if (!reason && yb_str_is(v->status, "CONFIRMED"))
		return yb_problem(r, "E-REC-004");
	if (!reason)
		yb_fault_add(r, "/reason_code", "E-VAL-001");
	if (in->cancel && any_item_written(r))
		yb_fault_add(r, "/cancel", "E-VAL-013");
	if (!in->cancel && !any_item_written(r))
		yb_fault_add(r, "/record_id", "E-VAL-013"); /* nothing would change */
	return yb_faults_refuse(r);
}

/* The items as they are to be, and what follows from them. */
static int
apply(yb_req *r, const struct correct_in *in, const struct seen *s, struct history *h,
    struct vaccination *v, struct evaluation *e)
{
	struct row was = { v->v }, wanted = { in->v };
	yb_str lot = v->v.lot_no;

	record_take_written(r, visit_items, &was, &wanted);
	v->v = was.v;
	if (yb_body_has(r, "org_code") && record_visit_org(r, &v->v, &v->org_id) < 0)
		return -1;
	/* What was derived is derived again, unless the sender says it. */
	if (yb_body_has(r, "vaccine_code") || yb_body_has(r, "dose_seq") ||
	    yb_body_has(r, "vaccinated_on")) {
		v->v.phase = in->v.phase;
		v->v.dose_label = in->v.dose_label;
	}
	keep_mandatory(r, &v->v);
	if (yb_faults_refuse(r) < 0 || record_visit_refuse(r, &s->who, &v->v) < 0)
		return -1;
	if (record_outside(r, NULL, &s->who, &v->v, &v->outside) < 0)
		return -1;
	if (!yb_str_eq(v->v.lot_no, lot) && record_lot_refuse(r, v) < 0)
		return -1; /* a record keeps the lot it was made with */
	if (record_history(r, &s->who, h) < 0)
		return -1;
	record_history_without(h, v->record_id);
	record_live(v);
	v->change_kind = YB_STR(CHANGE_CORRECTION);
	v->status = YB_STR("REGISTERED");
	return record_evaluate(r, &s->who, h, true, v, e);
}

static void
cancel(yb_req *r, struct vaccination *v)
{
	v->live = v->dose_live = (yb_int) { 0 };
	v->change_kind = YB_STR(CHANGE_CANCEL);
	v->status = YB_STR("CANCELLED");
	yb_audit_action(r, YB_ACT_CANCEL);
}

int
record_retire(yb_req *r, const struct vaccination *v)
{
	return yb_db_exec(r, &record_vaccination_retire,
	    YB_ARGS(yb_i64(v->subject_id), yb_id(v->record_id), yb_i64(v->version)), NULL);
}

/* POST /record/corrections - a new version of a record, or its cancellation. */
int
record_correct(yb_req *r)
{
	const struct correct_in *in = yb_body(r);
	struct evaluation e, *shown = &e;
	struct history h = { 0 };
	struct vaccination v;
	struct seen s;
	int64_t seq;

	if (yb_db_find(r, &record_vaccination_last, YB_ARGS(yb_id(in->record_id)), &v) < 0 ||
	    record_subject_load(r, v.subject_id, true, &s) < 0)
		return -1;
	if (!may_correct(r, &s, &v))
		return yb_problem(r, "E-AUTH-005");
	if (yb_if_match(r, v.version) < 0)
		return -1;
	if (yb_str_is(v.status, "CANCELLED"))
		return yb_problem(r, "E-REC-004");
	yb_audit_subject(r, s.who.subject_no);
	yb_audit_target(r, "vaccination", record_id_text(r, v.record_id));
	if (request_check(r, in, &v) < 0 || record_seq(r, s.who.org_id, &seq) < 0 ||
	    record_retire(r, &v) != 0)
		return -1;
	v.reason_code = in->reason_code;
	v.reason_text = in->reason_text;
	record_stamp(r, &v);
	if (in->cancel) {
		cancel(r, &v);
		shown = NULL; /* what it was is in its versions */
	} else if (apply(r, in, &s, &h, &v, &e) < 0) {
		return -1;
	}
	v.version++;
	if (record_seen_whole(r, &s) < 0 || record_store(r, &h, &v) < 0 ||
	    record_outbox_put(r, s.who.org_id, &v, seq) < 0 || record_request_done(r, v.record_id) < 0)
		return -1;
	if (shown != NULL)
		shown = record_evaluation_told(r, &s, &h, &v, shown);
	return record_reply_stored(r, 200, &v, shown, seq);
}
