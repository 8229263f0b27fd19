/*
 * confirm.c - the municipality confirms what its register agrees with (H-3-1 step 7).
 */
#include "confirm.h"

#include <yb/org.h>

struct confirm_one {
	yb_str id; /* as it was sent */
	yb_str result;
};

const yb_field record_confirm_in[] = {
	{ "record_ids", YB_OF(struct confirm_in, record_ids), .flags = YB_REQUIRED, .min = 1,
	    .max = CONFIRM_MAX },
	{ 0 },
};

static const yb_field confirm_one[] = {
	{ "record_id", YB_OF(struct confirm_one, id) },
	{ "result", YB_OF(struct confirm_one, result),
	    .one_of = "confirmed,already,not_linked,cancelled,unknown" },
	{ 0 },
};

const yb_field record_confirm_out[] = {
	{ "results", YB_OF(struct confirm_out, results), YB_EACH(confirm_one, struct confirm_one) },
	{ 0 },
};

struct standing {
	int64_t subject_id, version;
	yb_uuid record_id;
	yb_str status, subject_no;
	bool restricted;
};

static const yb_field standing_row[] = {
	{ "subject_id", YB_OF(struct standing, subject_id) },
	{ "version", YB_OF(struct standing, version) },
	{ "record_id", YB_OF(struct standing, record_id) },
	{ "status", YB_OF(struct standing, status) },
	{ "subject_no", YB_OF(struct standing, subject_no) },
	{ "restricted", YB_OF(struct standing, restricted) },
	{ 0 },
};

const yb_query record_confirm_read = {
	.name = "record_confirm_read",
	.sql = "SELECT v.subject_id, v.version, v.record_id, v.status, s.subject_no,"
	       "  s.not_disclosed OR s.self_info_blocked AS restricted"
	       "  FROM record_vaccination v JOIN record_subject s ON s.subject_id = v.subject_id"
	       " WHERE v.muni_org_id IN (SELECT y.muni_org_id FROM master_realm_view y"
	       "   WHERE y.org_id = ?) AND v.record_id = ?"
	       " ORDER BY v.version DESC LIMIT 1 FOR UPDATE",
	.row = standing_row,
	.row_size = sizeof(struct standing),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query record_confirm_put = {
	.name = "record_confirm_put",
	.sql = "UPDATE record_vaccination v SET v.status = 'CONFIRMED'"
	       " WHERE v.muni_org_id IN (SELECT y.muni_org_id FROM master_realm_view y"
	       "  WHERE y.org_id = ?) AND v.subject_id = ? AND v.record_id = ? AND v.version = ?",
	.nparams = 4,
	.tenant = YB_ORG,
};

/* What a municipality without 健康管理システム confirms was never linked to one. */
static int
confirm(yb_req *r, bool linked_only, const struct standing *v, yb_str *ret)
{
	if (v->restricted && !yb_who(r)->restricted_view)
		*ret = YB_STR("unknown");
	else if (yb_str_is(v->status, "CONFIRMED"))
		*ret = YB_STR("already");
	else if (yb_str_is(v->status, "CANCELLED"))
		*ret = YB_STR("cancelled");
	else if (linked_only && !yb_str_is(v->status, "LINKED"))
		*ret = YB_STR("not_linked");
	else
		*ret = YB_STR("confirmed");
	if (!yb_str_is(*ret, "unknown"))
		yb_audit_subject(r, v->subject_no);
	if (!yb_str_is(*ret, "confirmed"))
		return 0;
	return yb_db_exec(r, &record_confirm_put,
	    YB_ARGS(yb_i64(v->subject_id), yb_id(v->record_id), yb_i64(v->version)), NULL);
}

/* POST /record/confirmations - records of this municipality become CONFIRMED. */
int
record_confirm(yb_req *r)
{
	const struct confirm_in *in = yb_body(r);
	const yb_str *ids = in->record_ids.items;
	struct confirm_one *at = yb_alloc(r, in->record_ids.n * sizeof *at);
	struct confirm_out out = { { at, in->record_ids.n } };
	yb_org me;

	if (yb_org_by_id(r, yb_who(r)->org_id, &me) != YB_ONE_ROW)
		return yb_problem(r, "E-SYS-003");
	for (size_t i = 0; i < in->record_ids.n; i++) {
		struct standing v;
		enum yb_found found = YB_NO_ROW;
		yb_uuid id;

		at[i] = (struct confirm_one) { ids[i], YB_STR("unknown") };
		if (yb_uuid_parse(ids[i], &id))
			found = yb_db_one(r, &record_confirm_read, YB_ARGS(yb_id(id)), &v);
		if (found == YB_DB_FAILED ||
		    (found == YB_ONE_ROW && confirm(r, me.uses_hms, &v, &at[i].result) != 0))
			return -1;
	}
	return yb_reply_record(r, 200, record_confirm_out, &out);
}
