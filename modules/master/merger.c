/*
 * merger.c - a merger is planned, approved, and begun on its day (H-8-6).
 *
 * On the day the old organisations are closed with the day before, the new one opens, and whose
 * records are whose is written down; from then on areas move what is theirs. The clock looks
 * what is left of the old ones, and ends the merger when there is nothing.
 */
#include "merger.h"

#include <yb/person.h>

static const yb_field old_in[] = {
	{ "muni_code", YB_OF(struct merger_old, muni_code), .flags = YB_REQUIRED, .max = 6,
	    .format = &yb_format_muni_code },
	{ "key_prefix", YB_OF(struct merger_old, key_prefix), .max = 10, .min = 1,
	    .note = "Goes before its residents' numbers, so that none collide." },
	{ 0 },
};

const yb_field merger_in[] = {
	{ "new_code", YB_OF(struct merger_in, new_code), .flags = YB_REQUIRED, .max = 6,
	    .format = &yb_format_muni_code,
	    .note = "Of a municipality that is there already, when the others join it." },
	{ "name", YB_OF(struct merger_in, name), .flags = YB_REQUIRED, .max = 80, .min = 1 },
	{ "name_kana", YB_OF(struct merger_in, name_kana), .flags = YB_REQUIRED, .max = 160,
	    .min = 1 },
	{ "on_day", YB_OF(struct merger_in, on_day), .flags = YB_REQUIRED,
	    .note = "The first of a month to come." },
	{ "reason", YB_OF(struct merger_in, reason), .flags = YB_REQUIRED, .max = 200, .min = 1 },
	{ "old", YB_OF(struct merger_in, old), .flags = YB_REQUIRED, .min = 1,
	    .max = MERGER_OLD_MAX, YB_EACH(old_in, struct merger_old),
	    .note = "Those that end." },
	{ 0 },
};

const yb_query q_merger_insert = {
	.name = "master_merger_insert",
	.sql = "INSERT INTO master_merger (new_code, name, name_kana, new_org_id, on_day, status,"
	       " reason, created_by, created_user, created_us)"
	       " VALUES (?, ?, ?, ?, ?, 'PLANNED', ?, ?, ?, ?)",
	.nparams = 9,
	.tenant = YB_CROSS,
};

const yb_query q_merger_org = {
	.name = "master_merger_org",
	.sql = "INSERT INTO master_merger_org (merger_id, org_id, old_code, key_prefix, open)"
	       " VALUES (?, ?, ?, ?, 1)",
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query q_merger_counted = {
	.name = "master_merger_counted",
	.sql = "UPDATE master_merger_org SET subjects = ?, accounts = ?, clients = ?"
	       " WHERE merger_id = ? AND org_id = ?",
	.nparams = 5,
	.tenant = YB_CROSS,
};

const yb_query q_merger_decided = {
	.name = "master_merger_decided",
	.sql = "UPDATE master_merger SET status = ?, decided_by = ?, decided_user = ?,"
	       " decided_us = ?, row_ver = row_ver + 1 WHERE merger_id = ?",
	.nparams = 5,
	.tenant = YB_CROSS,
};

const yb_query q_merger_shut = {
	.name = "master_merger_shut",
	.sql = "UPDATE master_merger_org SET open = NULL WHERE merger_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* ---- the plan ---- */

/* Pointers of the request's memory: yb_fault_add keeps them. */
static const char *
place(yb_req *r, size_t i)
{
	return yb_format_text(r, "/old/%zu/muni_code", i).p;
}

/* Each a municipality that is open, once, and not the new one itself. */
static int
old_check(yb_req *r, const struct merger_in *in, yb_org *orgs)
{
	const struct merger_old *old = in->old.items;

	for (size_t i = 0; i < in->old.n; i++) {
		enum yb_found found = yb_org_by_code(r, old[i].muni_code, &orgs[i]);

		if (found == YB_DB_FAILED)
			return -1;
		if (found == YB_NO_ROW || !yb_str_is(orgs[i].org_type, "MUNI"))
			yb_fault_add(r, place(r, i), "E-VAL-011");
		else if (!orgs[i].open_today)
			yb_fault_add(r, place(r, i), "E-VAL-012");
		if (yb_str_eq(old[i].muni_code, in->new_code))
			yb_fault_add(r, place(r, i), "E-VAL-013");
		for (size_t k = 0; k < i; k++)
			if (yb_str_eq(old[i].muni_code, old[k].muni_code))
				yb_fault_add(r, place(r, i), "E-VAL-014");
	}
	return 0;
}

/* The new one is new (then it is zero), or it is there and others join it. */
static int
new_check(yb_req *r, const struct merger_in *in, yb_org *ret)
{
	enum yb_found found = yb_org_by_code(r, in->new_code, ret);

	if (found == YB_ONE_ROW && (!yb_str_is(ret->org_type, "MUNI") || !ret->open_today))
		yb_fault_add(r, "/new_code", "E-VAL-012");
	if (found != YB_ONE_ROW)
		*ret = (yb_org) { 0 };
	if (in->on_day.day != 1 || yb_date_cmp(in->on_day, yb_today(r)) <= 0)
		yb_fault_add(r, "/on_day", "E-VAL-003");
	return found == YB_DB_FAILED ? -1 : 0;
}

static int
counts_keep(yb_req *r, int64_t merger_id)
{
	const struct merged *at;
	yb_list parts;

	if (merger_parts(r, merger_id, &parts) < 0)
		return -1;
	at = parts.items;
	for (size_t i = 0; i < parts.n; i++)
		if (exec(r, &q_merger_counted,
			YB_ARGS(yb_i64(at[i].subjects), yb_i64(at[i].accounts),
			    yb_i64(at[i].clients), yb_i64(merger_id), yb_i64(at[i].org_id))) < 0)
			return -1;
	return 0;
}

static yb_str
prefix_of(const struct merger_old *old)
{
	return old->key_prefix.p == NULL ? YB_STR("") : old->key_prefix;
}

/* POST /master/mergers - a plan; its answer is the dry run. */
int
merger_create(yb_req *r)
{
	const struct merger_in *in = yb_body(r);
	const struct merger_old *old = in->old.items;
	yb_org *orgs = yb_alloc(r, (in->old.n + 1) * sizeof *orgs);
	const yb_caller *who = yb_who(r);
	yb_org new_org;
	int64_t id, rows;

	if (old_check(r, in, orgs) < 0 || new_check(r, in, &new_org) < 0 ||
	    yb_faults_refuse(r) < 0 ||
	    exec(r, &q_merger_insert,
		YB_ARGS(yb_text(in->new_code), yb_text(in->name), yb_text(in->name_kana),
		    new_org.org_id == 0 ? yb_null() : yb_i64(new_org.org_id), yb_day(in->on_day),
		    yb_text(in->reason),
		    yb_i64(who->actor_id), yb_text(who->actor), yb_at(yb_now(r)))) < 0)
		return -1;
	id = yb_db_last_id(r);
	for (size_t i = 0; i < in->old.n; i++) {
		int rc = yb_db_exec(r, &q_merger_org,
		    YB_ARGS(yb_i64(id), yb_i64(orgs[i].org_id), yb_text(orgs[i].org_code),
			yb_text(prefix_of(&old[i]))),
		    &rows);

		if (rc != 0) /* one merger at a time */
			return rc == YB_DUPLICATE ? yb_problem_field(r, "E-MST-009", place(r, i)) : -1;
	}
	yb_audit_target(r, "merger", yb_format_text(r, "%lld", (long long)id));
	return counts_keep(r, id) < 0 ? -1 : merger_reply(r, 201, id);
}

/* ---- what a plan would move, before there is one ---- */

const yb_query q_merger_look = {
	.name = "master_merger_look",
	.sql = "SELECT o.org_id, o.org_code AS old_code, o.name,"
	       " (SELECT COUNT(*) FROM record_residence_view AS s WHERE s.org_id = o.org_id)"
	       "  AS subjects,"
	       " (SELECT COUNT(*) FROM account_seat_view AS u WHERE u.org_id = o.org_id) AS accounts,"
	       " (SELECT COUNT(*) FROM token_client_org_view AS c WHERE c.org_id = o.org_id)"
	       "  + (SELECT COUNT(*) FROM token_issued_org_view AS t WHERE t.org_id = o.org_id)"
	       "  AS clients,"
	       " (SELECT COUNT(*) FROM record_waiting_view AS w WHERE w.org_id = o.org_id) AS waiting,"
	       " EXISTS (SELECT 1 FROM master_merger_org AS m WHERE m.org_id = o.org_id AND m.open = 1)"
	       "  AS busy FROM core_org AS o WHERE o.org_id = ?",
	.row = looked_row,
	.row_size = sizeof(struct looked),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* As q_merger_collisions, of prefixes (hexadecimal: they are anybody's text) nobody has stored. */
const yb_query q_merger_look_collisions = {
	.name = "master_merger_look_collisions",
	.sql = "SELECT COUNT(*) AS n FROM (SELECT x.k FROM ("
	       "SELECT CONCAT(CONVERT(UNHEX(j.p) USING utf8mb4) COLLATE utf8mb4_bin, s.muni_key) AS k"
	       "  FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$[0]', p VARCHAR(80) PATH '$[1]'))"
	       "  AS j JOIN record_residence_view AS s ON s.org_id = j.id"
	       " UNION ALL SELECT s.muni_key FROM record_residence_view AS s WHERE s.org_id = ?"
	       ") AS x GROUP BY x.k HAVING COUNT(*) > 1 OR CHAR_LENGTH(x.k) > 100) AS y",
	.row = collisions_row,
	.row_size = sizeof(struct collisions),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* [[org_id, "prefix in hexadecimal"], ...] */
static yb_str
prefixes_json(yb_req *r, const struct merger_in *in, const yb_org *orgs)
{
	const struct merger_old *old = in->old.items;
	yb_str all = YB_STR("[");

	for (size_t i = 0; i < in->old.n; i++) {
		yb_str prefix = prefix_of(&old[i]);
		yb_str at = yb_hex(r, (yb_bytes) { (const unsigned char *)prefix.p, prefix.len });

		all = yb_format_text(r, "%.*s%s[%lld,\"%.*s\"]", (int)all.len, all.p,
		    i == 0 ? "" : ",", (long long)orgs[i].org_id, (int)at.len,
		    at.p == NULL ? "" : at.p);
	}
	return yb_format_text(r, "%.*s]", (int)all.len, all.p);
}

/* POST /master/mergers/check - the dry run of a plan that is still being written. */
int
merger_check(yb_req *r)
{
	const struct merger_in *in = yb_body(r);
	const struct merger_old *old = in->old.items;
	yb_org *orgs = yb_alloc(r, (in->old.n + 1) * sizeof *orgs), new_org;
	struct merged *parts = yb_alloc(r, (in->old.n + 1) * sizeof *parts);
	struct collisions found = { 0 };

	if (old_check(r, in, orgs) < 0 || new_check(r, in, &new_org) < 0 ||
	    yb_faults_refuse(r) < 0)
		return -1;
	for (size_t i = 0; i < in->old.n; i++) {
		struct looked at = { .busy = false };

		if (yb_db_find(r, &q_merger_look, YB_ARGS(yb_i64(orgs[i].org_id)), &at) < 0)
			return -1;
		if (at.busy)
			return yb_problem_field(r, "E-MST-009", place(r, i));
		parts[i] = at.m;
		parts[i].key_prefix = prefix_of(&old[i]);
	}
	if (yb_db_find(r, &q_merger_look_collisions,
		YB_ARGS(yb_text(prefixes_json(r, in, orgs)), yb_i64(new_org.org_id)), &found) < 0)
		return -1;
	yb_audit_target(r, "merger", in->new_code);
	return merger_check_reply(r, &new_org, (yb_list) { parts, in->old.n }, found.n);
}

/* ---- the word of another person ---- */

static int
decided(yb_req *r, const struct merger *m, const char *status)
{
	const yb_caller *who = yb_who(r);

	return exec(r, &q_merger_decided,
	    YB_ARGS(yb_text(yb_cstr(status)), yb_i64(who->actor_id), yb_text(who->actor),
		yb_at(yb_now(r)), yb_i64(m->merger_id)));
}

/* POST /master/mergers/{merger_id}/approve - another person, and no number twice. */
int
merger_approve(yb_req *r)
{
	int64_t collisions;
	struct merger m;
	int same;

	if (merger_find(r, false, &m) < 0 ||
	    (yb_header(r, "If-Match").p != NULL && yb_if_match(r, m.row_ver) < 0))
		return -1;
	if (!yb_str_is(m.status, "PLANNED") || yb_date_cmp(m.on_day, yb_today(r)) <= 0)
		return yb_problem(r, "E-MST-009");
	same = yb_same_person(r, m.created_user);
	if (same != 0)
		return same < 0 ? -1 : yb_problem(r, "E-MST-005");
	if (merger_collisions(r, m.merger_id, &collisions) < 0)
		return -1;
	if (collisions > 0)
		return yb_problem(r, "E-MST-010");
	if (counts_keep(r, m.merger_id) < 0 || decided(r, &m, "APPROVED") < 0)
		return -1;
	return merger_reply(r, 200, m.merger_id);
}

/* POST /master/mergers/{merger_id}/cancel - before it has begun. */
int
merger_cancel(yb_req *r)
{
	struct merger m;

	if (merger_find(r, false, &m) < 0 ||
	    (yb_header(r, "If-Match").p != NULL && yb_if_match(r, m.row_ver) < 0))
		return -1;
	if (!yb_str_is(m.status, "PLANNED") && !yb_str_is(m.status, "APPROVED"))
		return yb_problem(r, "E-MST-009");
	if (decided(r, &m, "CANCELLED") < 0 ||
	    exec(r, &q_merger_shut, YB_ARGS(yb_i64(m.merger_id))) < 0)
		return -1;
	return merger_reply(r, 200, m.merger_id);
}

/* ---- by the clock ---- */

const yb_query q_merge_due = {
	.name = "master_merge_due",
	.sql = "SELECT " MERGER_COLUMNS " FROM master_merger WHERE status = 'APPROVED'"
	       " AND on_day <= ? AND merger_id > ? ORDER BY merger_id LIMIT 1 FOR UPDATE",
	.row = merger_row,
	.row_size = sizeof(struct merger),
	.nparams = 2,
	.tenant = YB_CROSS,
};

#define NOW_US "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"

/* As the first of the old ones where it says nothing of its own. */
const yb_query q_merge_new = {
	.name = "master_merge_new",
	.sql = "INSERT INTO core_org (org_code, org_type, name, name_kana, pref_code, parent_org_id,"
	       " valid_from, onboarding, digital_from, uses_hms, created_us, updated_us)"
	       " SELECT g.new_code, 'MUNI', g.name, g.name_kana, o.pref_code, o.parent_org_id,"
	       "  g.on_day, '利用中', o.digital_from, o.uses_hms, " NOW_US ", " NOW_US
	       "  FROM master_merger AS g JOIN master_merger_org AS m ON m.merger_id = g.merger_id"
	       "  JOIN core_org AS o ON o.org_id = m.org_id WHERE g.merger_id = ?"
	       " ORDER BY m.subjects DESC, m.org_id LIMIT 1",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_merge_old = {
	.name = "master_merge_old",
	.sql = "UPDATE core_org AS o JOIN master_merger_org AS m ON m.org_id = o.org_id"
	       " JOIN master_merger AS g ON g.merger_id = m.merger_id"
	       " SET o.valid_to = GREATEST(o.valid_from, g.on_day - INTERVAL 1 DAY),"
	       "  o.row_ver = o.row_ver + 1, o.updated_us = " NOW_US " WHERE g.merger_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* What the old ones had taken over before. */
const yb_query q_merge_chain = {
	.name = "master_merge_chain",
	.sql = "UPDATE master_realm AS y JOIN master_merger_org AS m ON m.org_id = y.org_id"
	       " SET y.org_id = ? WHERE m.merger_id = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_merge_realm = {
	.name = "master_merge_realm",
	.sql = "INSERT INTO master_realm (org_id, muni_org_id) SELECT ?, m.org_id"
	       " FROM master_merger_org AS m WHERE m.merger_id = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_merge_begun = {
	.name = "master_merge_begun",
	.sql = "UPDATE master_merger SET status = 'MOVING', new_org_id = ?, began_us = ?,"
	       " row_ver = row_ver + 1 WHERE merger_id = ?",
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_merge_moving = {
	.name = "master_merge_moving",
	.sql = "SELECT " MERGER_COLUMNS " FROM master_merger WHERE status = 'MOVING'"
	       " AND merger_id > ? ORDER BY merger_id LIMIT 1 FOR UPDATE",
	.row = merger_row,
	.row_size = sizeof(struct merger),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_merge_done = {
	.name = "master_merge_done",
	.sql = "UPDATE master_merger SET status = 'DONE', done_us = ?, row_ver = row_ver + 1"
	       " WHERE merger_id = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

struct merging {
	bool begun; /* all that are due have begun */
	int64_t merger_id;
};

static void
merge_log(yb_req *r, const struct merger *m, const char *what)
{
	yb_run_count(r, what, 1);
	yb_audit_action(r, YB_ACT_CONFIG);
	yb_audit_target(r, "merger", yb_format_text(r, "%lld", (long long)m->merger_id));
	yb_audit_purpose(r, (yb_str) { NULL, 0 },
	    yb_format_text(r, "%s %.*s", what, (int)m->new_code.len, m->new_code.p));
}

/* Numbers that were free when it was approved may be taken now: then somebody must look. */
static int
begin(yb_req *r, struct merger *m)
{
	yb_value id = yb_i64(m->merger_id), now = yb_at(yb_now(r));
	int64_t collisions;

	if (merger_collisions(r, m->merger_id, &collisions) < 0)
		return -1;
	if (collisions > 0) {
		yb_audit_alert(r, "merger-collides", (yb_str) { NULL, 0 });
		merge_log(r, m, "collides");
		return 0;
	}
	if (!m->new_org_id.set) {
		if (exec(r, &q_merge_new, YB_ARGS(id)) < 0)
			return -1;
		m->new_org_id = (yb_int) { yb_db_last_id(r), true };
	}
	merge_log(r, m, "begun");
	return exec(r, &q_merge_old, YB_ARGS(id)) < 0 ||
		exec(r, &q_merge_chain, YB_ARGS(yb_i64(m->new_org_id.v), id)) < 0 ||
		exec(r, &q_merge_realm, YB_ARGS(yb_i64(m->new_org_id.v), id)) < 0 ||
		exec(r, &q_merge_begun, YB_ARGS(yb_i64(m->new_org_id.v), now, id)) < 0
	    ? -1
	    : 0;
}

static int
look(yb_req *r, const struct merger *m)
{
	yb_value id = yb_i64(m->merger_id);
	const struct merged *at;
	int64_t left = 0;
	yb_list parts;

	if (merger_parts(r, m->merger_id, &parts) < 0)
		return -1;
	at = parts.items;
	for (size_t i = 0; i < parts.n; i++)
		left += at[i].subjects + at[i].accounts + at[i].clients + at[i].waiting;
	if (left > 0)
		return 0;
	merge_log(r, m, "done");
	return exec(r, &q_merger_shut, YB_ARGS(id)) < 0 ||
		exec(r, &q_merge_done, YB_ARGS(yb_at(yb_now(r)), id)) < 0
	    ? -1
	    : 0;
}

/* Timer master.merge, a step: first those whose day has come, then those under way. */
int
merge_run(yb_req *r)
{
	struct merging *s = yb_run_state(r, sizeof *s);
	yb_value after = yb_i64(s->merger_id);
	struct merger m;
	enum yb_found found = s->begun
	    ? yb_db_one(r, &q_merge_moving, YB_ARGS(after), &m)
	    : yb_db_one(r, &q_merge_due, YB_ARGS(yb_day(yb_today(r)), after), &m);

	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW && s->begun)
		return 0;
	yb_run_again(r);
	if (found == YB_NO_ROW) {
		*s = (struct merging) { .begun = true };
		return 0;
	}
	s->merger_id = m.merger_id;
	return s->begun ? look(r, &m) : begin(r, &m);
}
