/*
 * show.c - a record as it is answered.
 */
#include "record.h"

const yb_field record_shown_row[] = {
	VACCINATION_FIELDS(struct shown, r),
	{ "org_name", YB_OF(struct shown, org_name) },
	{ 0 },
};

const yb_field record_shown_out[] = {
	{ "record_id", YB_OF(struct shown, r.record_id) },
	{ "version", YB_OF(struct shown, r.version), .note = "the ETag of a correction" },
	{ "change_kind", YB_OF(struct shown, r.change_kind),
	    .note = "1 new, 2 correction, 3 cancellation" },
	{ "status", YB_OF(struct shown, r.status) },
	{ "mgmt_no", YB_OF(struct shown, r.mgmt_no), .note = "予防接種管理番号" },
	{ "muni_code", YB_OF(struct shown, r.muni_code), .note = "null for institutions" },
	{ "source", YB_OF(struct shown, r.source), .note = "登録経路" },
	{ "vaccine_name", YB_OF(struct shown, vaccine_name) },
	VISIT_FIELDS(struct shown, r.v, 0),
	{ "org_name", YB_OF(struct shown, org_name) },
	{ "evaluation", YB_OF(struct shown, evaluation),
	    YB_EACH(record_evaluation_out, struct evaluation) },
	{ "reason_code", YB_OF(struct shown, r.reason_code) },
	{ "reason_text", YB_OF(struct shown, r.reason_text) },
	{ "registered_at", YB_OF(struct shown, r.registered_at) },
	{ "previous", YB_OF(struct shown, previous),
	    .note = "of an earlier municipality, or of another row of the person" },
	{ 0 },
};

void
record_show(yb_req *r, const struct seen *s, struct shown *row)
{
	if (!record_shows_institution(r, s, &row->r))
		row->org_name = (yb_str) { 0 };
	record_mask(r, s, &row->r);
	if (s->as == YB_VIEW_INSTITUTION)
		row->r.muni_code = (yb_str) { 0 }; /* of nobody (P-08): a gap would tell */
	row->vaccine_name = record_vaccine_name(r, row->r.v.vaccine_code);
	if (s->may.history) /* findings tell of other records */
		row->evaluation.p = record_evaluation_read(r, row->r.evaluation);
}
