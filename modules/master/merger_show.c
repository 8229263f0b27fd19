/*
 * merger_show.c - mergers as people see them: the plan, what would move, and what is left.
 */
#include "merger.h"

#include <yb/person.h>

#define PAGE 50

const yb_field merger_row[] = {
	{ "merger_id", YB_OF(struct merger, merger_id) },
	{ "new_code", YB_OF(struct merger, new_code) },
	{ "name", YB_OF(struct merger, name) },
	{ "name_kana", YB_OF(struct merger, name_kana) },
	{ "new_org_id", YB_OF(struct merger, new_org_id) },
	{ "on_day", YB_OF(struct merger, on_day) },
	{ "status", YB_OF(struct merger, status) },
	{ "reason", YB_OF(struct merger, reason) },
	{ "created_user", YB_OF(struct merger, created_user) },
	{ "decided_user", YB_OF(struct merger, decided_user) },
	{ "created_us", YB_OF(struct merger, created) },
	{ "decided_us", YB_OF(struct merger, decided) },
	{ "began_us", YB_OF(struct merger, began) },
	{ "done_us", YB_OF(struct merger, done) },
	{ "row_ver", YB_OF(struct merger, row_ver) },
	{ 0 },
};

const yb_field merged_row[] = {
	{ "org_id", YB_OF(struct merged, org_id) },
	{ "old_code", YB_OF(struct merged, old_code) },
	{ "name", YB_OF(struct merged, name) },
	{ "key_prefix", YB_OF(struct merged, key_prefix) },
	{ "subjects", YB_OF(struct merged, subjects) },
	{ "accounts", YB_OF(struct merged, accounts) },
	{ "clients", YB_OF(struct merged, clients) },
	{ "waiting", YB_OF(struct merged, waiting) },
	{ 0 },
};

const yb_query q_merger = {
	.name = "master_merger",
	.sql = "SELECT " MERGER_COLUMNS " FROM master_merger WHERE merger_id = ?",
	.row = merger_row,
	.row_size = sizeof(struct merger),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_merger_lock = {
	.name = "master_merger_lock",
	.sql = "SELECT " MERGER_COLUMNS " FROM master_merger WHERE merger_id = ? FOR UPDATE",
	.row = merger_row,
	.row_size = sizeof(struct merger),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_mergers = {
	.name = "master_mergers",
	.sql = "SELECT " MERGER_COLUMNS " FROM master_merger WHERE ? IS NULL OR merger_id < ?"
	       " ORDER BY merger_id DESC LIMIT ?",
	.row = merger_row,
	.row_size = sizeof(struct merger),
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_merger_parts = {
	.name = "master_merger_parts",
	.sql = "SELECT m.org_id, m.old_code, o.name, m.key_prefix,"
	       " (SELECT COUNT(*) FROM record_residence_view AS s WHERE s.org_id = m.org_id)"
	       "  AS subjects,"
	       " (SELECT COUNT(*) FROM account_seat_view AS u WHERE u.org_id = m.org_id) AS accounts,"
	       " (SELECT COUNT(*) FROM token_client_org_view AS c WHERE c.org_id = m.org_id)"
	       "  + (SELECT COUNT(*) FROM token_issued_org_view AS t WHERE t.org_id = m.org_id)"
	       "  AS clients,"
	       " (SELECT COUNT(*) FROM record_waiting_view AS w WHERE w.org_id = m.org_id) AS waiting"
	       " FROM master_merger_org AS m JOIN core_org AS o ON o.org_id = m.org_id"
	       " WHERE m.merger_id = ? ORDER BY m.old_code",
	.row = merged_row,
	.row_size = sizeof(struct merged),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_field collisions_row[] = {
	{ "n", YB_OF(struct collisions, n) },
	{ 0 },
};

/* Those of the old ones as they would be, and those the new one has already. */
const yb_query q_merger_collisions = {
	.name = "master_merger_collisions",
	.sql = "SELECT COUNT(*) AS n FROM (SELECT x.k FROM ("
	       "SELECT CONCAT(m.key_prefix, s.muni_key) AS k FROM master_merger_org AS m"
	       "  JOIN record_residence_view AS s ON s.org_id = m.org_id WHERE m.merger_id = ?"
	       " UNION ALL SELECT s.muni_key FROM master_merger AS g"
	       "  JOIN record_residence_view AS s ON s.org_id = g.new_org_id WHERE g.merger_id = ?"
	       ") AS x GROUP BY x.k HAVING COUNT(*) > 1 OR CHAR_LENGTH(x.k) > 100) AS y",
	.row = collisions_row,
	.row_size = sizeof(struct collisions),
	.nparams = 2,
	.tenant = YB_CROSS,
};

struct shown {
	struct merger m;
	yb_list old;
	yb_int collisions;
	bool can_approve, can_cancel;
};

static const yb_field merged_out[] = {
	{ "muni_code", YB_OF(struct merged, old_code) },
	{ "name", YB_OF(struct merged, name) },
	{ "key_prefix", YB_OF(struct merged, key_prefix) },
	{ "subjects", YB_OF(struct merged, subjects), .note = "persons that would move, or are left" },
	{ "accounts", YB_OF(struct merged, accounts) },
	{ "clients", YB_OF(struct merged, clients), .note = "programs, and tokens that end" },
	{ "waiting", YB_OF(struct merged, waiting), .note = "records its system has not taken" },
	{ 0 },
};

#define MERGER_MEMBERS                                                                         \
	{ "merger_id", YB_OF(struct shown, m.merger_id) },                                     \
	{ "new_code", YB_OF(struct shown, m.new_code) },                                       \
	{ "name", YB_OF(struct shown, m.name) },                                               \
	{ "name_kana", YB_OF(struct shown, m.name_kana) },                                     \
	{ "on_day", YB_OF(struct shown, m.on_day) },                                           \
	{ "status", YB_OF(struct shown, m.status),                                             \
	    .one_of = "PLANNED,APPROVED,MOVING,DONE,CANCELLED" },                              \
	{ "reason", YB_OF(struct shown, m.reason) },                                           \
	{ "created_user", YB_OF(struct shown, m.created_user) },                               \
	{ "decided_user", YB_OF(struct shown, m.decided_user) },                               \
	{ "created_at", YB_OF(struct shown, m.created) },                                      \
	{ "decided_at", YB_OF(struct shown, m.decided) },                                      \
	{ "began_at", YB_OF(struct shown, m.began) },                                          \
	{ "done_at", YB_OF(struct shown, m.done) },                                            \
	{ "version", YB_OF(struct shown, m.row_ver) }

const yb_field merger_out[] = {
	MERGER_MEMBERS,
	{ "collisions", YB_OF(struct shown, collisions),
	    .note = "residents' numbers that two persons would have; null once it has begun" },
	{ "can_approve", YB_OF(struct shown, can_approve) },
	{ "can_cancel", YB_OF(struct shown, can_cancel) },
	{ "old", YB_OF(struct shown, old), YB_EACH(merged_out, struct merged) },
	{ 0 },
};

static const yb_field listed_out[] = {
	MERGER_MEMBERS,
	{ 0 },
};

const yb_field looked_row[] = {
	{ "org_id", YB_OF(struct looked, m.org_id) },
	{ "old_code", YB_OF(struct looked, m.old_code) },
	{ "name", YB_OF(struct looked, m.name) },
	{ "subjects", YB_OF(struct looked, m.subjects) },
	{ "accounts", YB_OF(struct looked, m.accounts) },
	{ "clients", YB_OF(struct looked, m.clients) },
	{ "waiting", YB_OF(struct looked, m.waiting) },
	{ "busy", YB_OF(struct looked, busy) },
	{ 0 },
};

struct checked {
	yb_str new_name;
	int64_t collisions;
	yb_list old;
};

const yb_field merger_check_out[] = {
	{ "new_name", YB_OF(struct checked, new_name),
	    .note = "of the municipality that goes on; null: it is a new one" },
	{ "collisions", YB_OF(struct checked, collisions),
	    .note = "residents' numbers that two persons would have" },
	{ "old", YB_OF(struct checked, old), YB_EACH(merged_out, struct merged) },
	{ 0 },
};

struct merger_page {
	yb_list mergers;
	yb_int next;
};

const yb_field merger_page_out[] = {
	{ "mergers", YB_OF(struct merger_page, mergers), YB_EACH(listed_out, struct shown),
	    .note = "The newest first." },
	{ "next", YB_OF(struct merger_page, next), .note = "null: the end" },
	{ 0 },
};

const yb_field merger_query[] = {
	{ "after", YB_OF(struct merger_query, after), .note = "`next` of the page before." },
	{ "limit", YB_OF(struct merger_query, limit), .min = 1, .max = PAGE },
	{ 0 },
};

int
merger_find(yb_req *r, bool reads, struct merger *ret)
{
	int64_t id = path_number(r, "merger_id");

	if (yb_db_find(r, reads ? &q_merger : &q_merger_lock, YB_ARGS(yb_i64(id)), ret) < 0)
		return -1;
	yb_audit_target(r, "merger", yb_format_text(r, "%lld", (long long)id));
	return 0;
}

int
merger_parts(yb_req *r, int64_t merger_id, yb_list *ret)
{
	return yb_db_list(r, &q_merger_parts, YB_ARGS(yb_i64(merger_id)), MERGER_OLD_MAX, ret);
}

int
merger_collisions(yb_req *r, int64_t merger_id, int64_t *ret)
{
	yb_value id = yb_i64(merger_id);
	struct collisions row = { 0 };

	if (yb_db_find(r, &q_merger_collisions, YB_ARGS(id, id), &row) < 0)
		return -1;
	*ret = row.n;
	return 0;
}

int
merger_reply(yb_req *r, int status, int64_t merger_id)
{
	struct shown s = { .can_approve = false };
	int same;

	if (yb_db_find(r, &q_merger, YB_ARGS(yb_i64(merger_id)), &s.m) < 0 ||
	    merger_parts(r, merger_id, &s.old) < 0)
		return -1;
	s.can_cancel = yb_str_is(s.m.status, "PLANNED") || yb_str_is(s.m.status, "APPROVED");
	s.collisions.set = s.can_cancel;
	if (s.can_cancel && merger_collisions(r, merger_id, &s.collisions.v) < 0)
		return -1;
	same = yb_same_person(r, s.m.created_user);
	if (same < 0)
		return -1;
	s.can_approve = yb_str_is(s.m.status, "PLANNED") && same == 0 && has_role(r, "KC-A") &&
	    s.collisions.v == 0;
	yb_reply_etag(r, s.m.row_ver);
	return yb_reply_record(r, status, merger_out, &s);
}

int
merger_check_reply(yb_req *r, const yb_org *new_org, yb_list old, int64_t collisions)
{
	struct checked s = { .new_name = new_org->name, .collisions = collisions, .old = old };

	return yb_reply_record(r, 200, merger_check_out, &s);
}

/* GET /master/mergers/{merger_id} - the plan, and what would move or is left. */
int
merger_get(yb_req *r)
{
	struct merger m;

	return merger_find(r, true, &m) < 0 ? -1 : merger_reply(r, 200, m.merger_id);
}

/* GET /master/mergers - all of them, the newest first. */
int
merger_list(yb_req *r)
{
	const struct merger_query *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE;
	struct merger_page out = { 0 };
	const struct merger *at;
	struct shown *shown;
	yb_list rows;

	if (yb_db_list(r, &q_mergers,
		YB_ARGS(yb_int_or_null(q->after), yb_int_or_null(q->after),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &rows) < 0)
		return -1;
	at = rows.items;
	if (yb_page_cut(&rows, limit))
		out.next = (yb_int) { at[limit - 1].merger_id, true };
	shown = yb_alloc(r, (rows.n + 1) * sizeof *shown);
	for (size_t i = 0; i < rows.n; i++)
		shown[i].m = at[i];
	out.mergers = (yb_list) { shown, rows.n };
	return yb_reply_record(r, 200, merger_page_out, &out);
}
