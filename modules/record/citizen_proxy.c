/*
 * citizen_proxy.c - whom the municipality does not let look for a child (P-11), and since when a
 * person under 支援措置 lives elsewhere (P-08).
 *
 * A block is one person's word and holds at once; that it ends is another's.
 */
#include "citizen.h"

#define PROXIES_MAX 200

/* ---- GET /record/subjects/{subject_no}/proxies ---- */

const yb_field record_proxy_query[] = {
	{ "search_id", YB_OF(struct proxy_query, search_id),
	    .note = "the search this person was found with" },
	{ "purpose", YB_OF(struct proxy_query, purpose), .max = 2,
	    .note = "instead of search_id: CL_PURPOSE" },
	{ "reason", YB_OF(struct proxy_query, reason), .max = 200, .note = "required with 99" },
	{ 0 },
};

struct proxy {
	int64_t proxy_id;
	bool everyone;
	yb_str guardian_subject_no, guardian_name;
	bool blocked;
	yb_str reason;
	yb_time set_at;
	yb_str set_by;
	yb_time first_at, last_at;
};

static const yb_field proxy_row[] = {
	{ "proxy_id", YB_OF(struct proxy, proxy_id) },
	{ "everyone", YB_OF(struct proxy, everyone) },
	{ "guardian_subject_no", YB_OF(struct proxy, guardian_subject_no) },
	{ "guardian_name", YB_OF(struct proxy, guardian_name) },
	{ "blocked", YB_OF(struct proxy, blocked) },
	{ "reason", YB_OF(struct proxy, reason) },
	{ "set_us", YB_OF(struct proxy, set_at) },
	{ "set_by", YB_OF(struct proxy, set_by) },
	{ "first_us", YB_OF(struct proxy, first_at) },
	{ "last_us", YB_OF(struct proxy, last_at) },
	{ 0 },
};

static const yb_field proxy_out[] = {
	{ "proxy_id", YB_OF(struct proxy, proxy_id) },
	{ "everyone", YB_OF(struct proxy, everyone), .note = "true: whoever comes as a proxy" },
	{ "guardian_subject_no", YB_OF(struct proxy, guardian_subject_no),
	    .note = "a person of this municipality; else null" },
	{ "guardian_name", YB_OF(struct proxy, guardian_name) },
	{ "blocked", YB_OF(struct proxy, blocked) },
	{ "reason", YB_OF(struct proxy, reason) },
	{ "set_at", YB_OF(struct proxy, set_at) },
	{ "set_by", YB_OF(struct proxy, set_by) },
	{ "first_seen", YB_OF(struct proxy, first_at), .note = "through the portal" },
	{ "last_seen", YB_OF(struct proxy, last_at), .note = "also when it was refused" },
	{ 0 },
};

struct proxies {
	yb_list proxies;
	yb_date evacuated_on;
};

const yb_field record_proxies_out[] = {
	{ "proxies", YB_OF(struct proxies, proxies), YB_EACH(proxy_out, struct proxy) },
	{ "evacuated_on", YB_OF(struct proxies, evacuated_on),
	    .note = "from this day on the portal hides places; null: always, under 支援措置" },
	{ 0 },
};

/* A guardian is named only where the municipality knows the person itself. */
const yb_query record_proxies = {
	.name = "record_proxies",
	.sql = "SELECT x.proxy_id, x.viewer IS NULL AND x.guardian_id IS NULL AS everyone,"
	       "  g.subject_no AS guardian_subject_no, g.name AS guardian_name, x.blocked, x.reason,"
	       "  x.set_us, x.set_by, x.first_us, x.last_us"
	       "  FROM (SELECT ? AS org_id) me"
	       "  JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j"
	       "  JOIN record_proxy x ON x.subject_id = j.id"
	       "  LEFT JOIN record_subject g ON g.subject_id = x.guardian_id AND g.org_id = me.org_id"
	       "   AND (? OR (g.not_disclosed = 0 AND g.self_info_blocked = 0))"
	       " ORDER BY x.blocked DESC, x.proxy_id LIMIT 200",
	.row = proxy_row,
	.row_size = sizeof(struct proxy),
	.nparams = 3,
	.tenant = YB_ORG,
};

struct evacuation {
	yb_date evacuated_on;
};

static const yb_field evacuation_row[] = {
	{ "evacuated_on", YB_OF(struct evacuation, evacuated_on) },
	{ 0 },
};

const yb_query record_evacuation_read = {
	.name = "record_evacuation_read",
	.sql = "SELECT evacuated_on FROM record_evacuation WHERE subject_id = ?",
	.row = evacuation_row,
	.row_size = sizeof(struct evacuation),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* The child of the path, which this municipality is responsible for, and its rows. */
static int
child_find(yb_req *r, struct seen *s, yb_str *ret_ids)
{
	struct subject_ref ref = { .subject_no = yb_path(r, "subject_no") };
	yb_list others;

	if (record_subject_find(r, &ref, false, s) < 0)
		return -1;
	if (s->as != YB_VIEW_RESPONSIBLE) /* who moved away is for the next municipality */
		return yb_problem(r, "E-AUTH-005");
	yb_audit_subject(r, s->who.subject_no);
	if (record_person(r, &s->who, &others) < 0)
		return -1;
	*ret_ids = record_person_ids(r, &s->who, &others);
	return 0;
}

/* GET /record/subjects/{subject_no}/proxies - who comes as a proxy, and who is not let. */
int
record_proxy_list(yb_req *r)
{
	const struct proxy_query *q = yb_params(r);
	struct proxies out = { 0 };
	struct evacuation e = { 0 };
	const struct proxy *at;
	struct seen s;
	yb_str ids;

	if (record_purpose(r, q->search_id, q->purpose, q->reason) < 0 || child_find(r, &s, &ids) < 0 ||
	    yb_db_list(r, &record_proxies,
		YB_ARGS(yb_text(ids), yb_bool(yb_who(r)->restricted_view)), PROXIES_MAX,
		&out.proxies) < 0 ||
	    yb_db_one(r, &record_evacuation_read, YB_ARGS(yb_i64(s.who.subject_id)), &e) < 0)
		return -1;
	at = out.proxies.items;
	for (size_t i = 0; i < out.proxies.n; i++)
		if (at[i].guardian_subject_no.p != NULL)
			yb_audit_subject(r, at[i].guardian_subject_no);
	out.evacuated_on = e.evacuated_on;
	return yb_reply_record(r, 200, record_proxies_out, &out);
}

/* ---- PUT /record/subjects/{subject_no}/proxies ---- */

const yb_field record_proxy_in[] = {
	{ "proxy_id", YB_OF(struct proxy_in, proxy_id), .note = "one of listProxies" },
	{ "guardian_subject_no", YB_OF(struct proxy_in, guardian_subject_no), .max = 20,
	    .note = "or a person of this municipality" },
	{ "everyone", YB_OF(struct proxy_in, everyone), .note = "or true: whoever comes" },
	{ "blocked", YB_OF(struct proxy_in, blocked), .flags = YB_REQUIRED },
	{ "reason", YB_OF(struct proxy_in, reason), .flags = YB_REQUIRED, .max = 200 },
	{ 0 },
};

struct proxy_done {
	int64_t proxy_id;
	bool blocked;
};

const yb_field record_proxy_out[] = {
	{ "proxy_id", YB_OF(struct proxy_done, proxy_id) },
	{ "blocked", YB_OF(struct proxy_done, blocked) },
	{ 0 },
};

struct proxy_was {
	int64_t proxy_id;
	bool blocked;
	yb_str set_by;
};

static const yb_field proxy_was_row[] = {
	{ "proxy_id", YB_OF(struct proxy_was, proxy_id) },
	{ "blocked", YB_OF(struct proxy_was, blocked) },
	{ "set_by", YB_OF(struct proxy_was, set_by) },
	{ 0 },
};

const yb_query record_proxy_find = {
	.name = "record_proxy_find",
	.sql = "SELECT x.proxy_id, x.blocked, x.set_by FROM record_proxy x"
	       "  JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j ON j.id = x.subject_id"
	       " WHERE x.proxy_id = ? OR x.guardian_id = ?"
	       "  OR (? AND x.viewer IS NULL AND x.guardian_id IS NULL)"
	       " ORDER BY x.proxy_id LIMIT 1 FOR UPDATE",
	.row = proxy_was_row,
	.row_size = sizeof(struct proxy_was),
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query record_proxy_put = {
	.name = "record_proxy_put",
	.sql = "INSERT INTO record_proxy (subject_id, guardian_id, blocked, reason, set_us, set_by)"
	       " VALUES (?, ?, ?, ?, ?, ?)",
	.nparams = 6,
	.tenant = YB_CROSS,
};

const yb_query record_proxy_change = {
	.name = "record_proxy_change",
	.sql = "UPDATE record_proxy SET blocked = ?, reason = ?, set_us = ?, set_by = ?"
	       " WHERE proxy_id = ?",
	.nparams = 5,
	.tenant = YB_CROSS,
};

/* Exactly one way of naming, and the guardian it names; -1 recorded. */
static int
guardian_find(yb_req *r, const struct proxy_in *in, int64_t *ret_id)
{
	struct subject_ref ref = { .subject_no = in->guardian_subject_no };
	int ways = (in->proxy_id.set ? 1 : 0) + (ref.subject_no.p != NULL ? 1 : 0) +
	    (in->everyone ? 1 : 0);
	struct seen g;

	*ret_id = 0;
	if (ways != 1)
		return yb_problem_field(r, ways == 0 ? "E-VAL-001" : "E-VAL-013", "/proxy_id");
	if (ref.subject_no.p == NULL)
		return 0;
	if (record_subject_find(r, &ref, false, &g) < 0)
		return -1;
	yb_audit_subject(r, g.who.subject_no);
	*ret_id = g.who.subject_id;
	return 0;
}

/* PUT /record/subjects/{subject_no}/proxies - whether a guardian may look for the child. */
int
record_proxy_set(yb_req *r)
{
	const struct proxy_in *in = yb_body(r);
	yb_value now = yb_at(yb_now(r)), me = yb_text(yb_who(r)->actor);
	struct proxy_done out = { .blocked = in->blocked };
	struct proxy_was was = { 0 };
	enum yb_found found;
	int64_t guardian;
	struct seen s;
	yb_str ids;

	if (child_find(r, &s, &ids) < 0 || guardian_find(r, in, &guardian) < 0)
		return -1;
	yb_audit_purpose(r, (yb_str) { 0 }, in->reason);
	found = yb_db_one(r, &record_proxy_find,
	    YB_ARGS(yb_text(ids), yb_int_or_null(in->proxy_id),
		guardian == 0 ? yb_null() : yb_i64(guardian), yb_bool(in->everyone)),
	    &was);
	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW && (in->proxy_id.set || !in->blocked))
		return yb_problem(r, "E-AUTH-005");
	if (found == YB_ONE_ROW && was.blocked && !in->blocked && yb_str_eq(was.set_by, yb_who(r)->actor))
		return yb_problem(r, "E-REC-009");
	if (found == YB_ONE_ROW
		? yb_db_exec(r, &record_proxy_change,
		      YB_ARGS(yb_bool(in->blocked), yb_text(in->reason), now, me,
			  yb_i64(was.proxy_id)),
		      NULL) != 0
		: yb_db_exec(r, &record_proxy_put,
		      YB_ARGS(yb_i64(s.who.subject_id), guardian == 0 ? yb_null() : yb_i64(guardian),
			  yb_bool(in->blocked), yb_text(in->reason), now, me),
		      NULL) != 0)
		return -1;
	out.proxy_id = found == YB_ONE_ROW ? was.proxy_id : yb_db_last_id(r);
	yb_audit_target(r, "proxy", yb_format_text(r, "%lld/%s", (long long)out.proxy_id,
		in->blocked ? "blocked" : "free"));
	return yb_reply_record(r, 200, record_proxy_out, &out);
}

/* ---- PUT /record/subjects/{subject_no}/evacuation ---- */

const yb_field record_evacuation_in[] = {
	{ "evacuated_on", YB_OF(struct evacuation_in, evacuated_on),
	    .note = "null: not known, everything is hidden" },
	{ "reason", YB_OF(struct evacuation_in, reason), .flags = YB_REQUIRED, .max = 200 },
	{ 0 },
};

const yb_field record_evacuation_out[] = {
	{ "evacuated_on", YB_OF(struct evacuation, evacuated_on) },
	{ 0 },
};

const yb_query record_evacuation_put = {
	.name = "record_evacuation_put",
	.sql = "INSERT INTO record_evacuation (subject_id, evacuated_on, reason, set_us, set_by)"
	       " VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE evacuated_on = VALUES(evacuated_on),"
	       "  reason = VALUES(reason), set_us = VALUES(set_us), set_by = VALUES(set_by)",
	.nparams = 5,
	.tenant = YB_CROSS,
};

const yb_query record_evacuation_clear = {
	.name = "record_evacuation_clear",
	.sql = "DELETE FROM record_evacuation WHERE subject_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* PUT /record/subjects/{subject_no}/evacuation - from which day on the portal hides places. */
int
record_evacuation_set(yb_req *r)
{
	const struct evacuation_in *in = yb_body(r);
	struct evacuation out = { in->evacuated_on };
	struct seen s;
	yb_str ids;
	int rc;

	if (child_find(r, &s, &ids) < 0)
		return -1;
	if (!yb_date_is_null(in->evacuated_on) &&
	    (yb_date_cmp(in->evacuated_on, yb_today(r)) > 0 ||
		yb_date_cmp(in->evacuated_on, s.who.birth_date) < 0))
		return yb_problem_field(r, "E-VAL-003", "/evacuated_on");
	yb_audit_purpose(r, (yb_str) { 0 }, in->reason);
	rc = yb_date_is_null(in->evacuated_on)
	    ? yb_db_exec(r, &record_evacuation_clear, YB_ARGS(yb_i64(s.who.subject_id)), NULL)
	    : yb_db_exec(r, &record_evacuation_put,
		  YB_ARGS(yb_i64(s.who.subject_id), yb_day(in->evacuated_on), yb_text(in->reason),
		      yb_at(yb_now(r)), yb_text(yb_who(r)->actor)),
		  NULL);
	if (rc != 0)
		return -1;
	return yb_reply_record(r, 200, record_evacuation_out, &out);
}
