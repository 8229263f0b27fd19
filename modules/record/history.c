/*
 * history.c - what happened to a record: who, when, what it said before and after (H-3-2).
 */
#include "confirm.h"
#include "vaccination.h"

#include <string.h>

const yb_field record_history_query[] = {
	{ "search_id", YB_OF(struct history_query, search_id), .note = "as of getTimeline" },
	{ "purpose", YB_OF(struct history_query, purpose), .max = 2,
	    .note = "staff, instead of search_id: CL_PURPOSE" },
	{ "reason", YB_OF(struct history_query, reason), .max = 200, .note = "required with 99" },
	{ 0 },
};

struct change {
	int64_t version;
	yb_str change_kind, status;
	yb_time at;
	yb_str org_name, by, source, reason_code, reason_text;
	yb_list items;
};

struct item {
	yb_str field, before, after;
};

static const yb_field item_out[] = {
	{ "field", YB_OF(struct item, field) },
	{ "before", YB_OF(struct item, before) },
	{ "after", YB_OF(struct item, after) },
	{ 0 },
};

static const yb_field change_out[] = {
	{ "version", YB_OF(struct change, version) },
	{ "change_kind", YB_OF(struct change, change_kind), .one_of = "1,2,3" },
	{ "status", YB_OF(struct change, status) },
	{ "at", YB_OF(struct change, at) },
	{ "org_name", YB_OF(struct change, org_name),
	    .note = "the organisation that did it; to an institution its own name only" },
	{ "by", YB_OF(struct change, by),
	    .note = "the user or client; null when another organisation's" },
	{ "source", YB_OF(struct change, source), .note = "登録経路" },
	{ "reason_code", YB_OF(struct change, reason_code) },
	{ "reason_text", YB_OF(struct change, reason_text) },
	{ "items", YB_OF(struct change, items), YB_EACH(item_out, struct item),
	    .note = "what differs from the version before" },
	{ 0 },
};

const yb_field record_history_out[] = {
	{ "subject_no", YB_OF(struct history_out, subject_no) },
	{ "record_id", YB_OF(struct history_out, record_id) },
	{ "changes", YB_OF(struct history_out, changes), YB_EACH(change_out, struct change),
	    .note = "the newest first" },
	{ 0 },
};

struct row {
	struct visit v;
};

static const yb_field items[] = {
	VISIT_FIELDS(struct row, v, 0),
	{ 0 },
};
#define ITEMS (sizeof items / sizeof items[0])

struct version {
	struct vaccination r;
	yb_str entered_org_name;
};

static const yb_field version_row[] = {
	VACCINATION_FIELDS(struct version, r),
	{ "entered_org_name", YB_OF(struct version, entered_org_name) },
	{ 0 },
};

const yb_query record_history_versions = {
	.name = "record_history_versions",
	.sql = "SELECT" VACCINATION_COLUMNS ", o.name AS entered_org_name"
	       "  FROM record_vaccination v LEFT JOIN core_org o ON o.org_id = v.entered_org_id"
	       " WHERE v.record_id = ? ORDER BY v.version DESC LIMIT 200",
	.row = version_row,
	.row_size = sizeof(struct version),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* What differs between two versions; of a cancellation nothing does. */
static yb_list
differences(yb_req *r, const struct vaccination *before, const struct vaccination *after)
{
	struct item *at = yb_alloc(r, ITEMS * sizeof *at);
	size_t n = 0;

	for (const yb_field *f = items; f->type != YB_T_END; f++) {
		struct item one = { yb_cstr(f->name), record_member_text(r, f, &before->v),
			record_member_text(r, f, &after->v) };

		if (!yb_str_eq(one.before, one.after))
			at[n++] = one;
	}
	return (yb_list) { at, n };
}

static struct change
change_of(yb_req *r, const struct seen *s, const struct version *v)
{
	bool mine = v->r.entered_org_id == yb_who(r)->org_id;
	/* To an institution anybody else may be the municipality of residence (P-08). */
	bool named = mine ||
	    (s->as != YB_VIEW_INSTITUTION && record_shows_institution(r, s, &v->r));

	return (struct change) {
		.version = v->r.version,
		.change_kind = v->r.change_kind,
		.status = v->r.status,
		.at = v->r.registered_at,
		.org_name = named ? v->entered_org_name : (yb_str) { 0 },
		.by = mine ? v->r.registered_by : (yb_str) { 0 },
		.source = v->r.source,
		.reason_code = v->r.reason_code,
		.reason_text = v->r.reason_text,
	};
}

/* GET /record/vaccinations/{record_id}/history - every change of a record. */
int
record_history_show(yb_req *r)
{
	const struct history_query *q = yb_params(r);
	struct history_out out;
	struct change *at;
	struct version *v;
	struct seen s;
	yb_list rows;

	if (!yb_uuid_parse(yb_path(r, "record_id"), &out.record_id))
		return yb_problem(r, "E-AUTH-005");
	if (record_purpose(r, q->search_id, q->purpose, q->reason) < 0 ||
	    yb_db_list(r, &record_history_versions, YB_ARGS(yb_id(out.record_id)), 200, &rows) < 0)
		return -1;
	v = rows.items;
	if (rows.n == 0)
		return yb_problem(r, "E-AUTH-005");
	if (record_subject_load(r, v[0].r.subject_id, false, &s) < 0)
		return -1;
	if (!record_in_scope(r, &s, &v[0].r))
		return yb_problem(r, "E-AUTH-005");
	at = yb_alloc(r, rows.n * sizeof *at);
	for (size_t i = 0; i < rows.n; i++) { /* names before anything is masked */
		at[i] = change_of(r, &s, &v[i]);
		record_mask(r, &s, &v[i].r);
	}
	for (size_t i = 0; i + 1 < rows.n; i++)
		at[i].items = differences(r, &v[i + 1].r, &v[i].r);
	out.subject_no = s.who.subject_no;
	out.changes = (yb_list) { at, rows.n };
	yb_audit_subject(r, s.who.subject_no);
	yb_audit_target(r, "vaccination", record_id_text(r, out.record_id));
	return yb_reply_record(r, 200, record_history_out, &out);
}
