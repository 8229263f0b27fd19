/*
 * move.c - a municipality becomes part of another (H-8-6): its persons are the new one's, and
 * what waits for its system waits for the new one's. Records keep the code they were made under.
 *
 * A step moves some hundred persons with all that goes by their municipality. What is left is
 * read from the rows themselves, so that a run that was killed goes on where it ended.
 */
#include "record.h"

#define STEP 500

struct moving {
	int64_t merger_id, old_org_id, new_org_id;
	yb_str old_code, new_code, key_prefix;
};

static const yb_field moving_row[] = {
	{ "merger_id", YB_OF(struct moving, merger_id) },
	{ "old_org_id", YB_OF(struct moving, old_org_id) },
	{ "new_org_id", YB_OF(struct moving, new_org_id) },
	{ "old_code", YB_OF(struct moving, old_code) },
	{ "new_code", YB_OF(struct moving, new_code) },
	{ "key_prefix", YB_OF(struct moving, key_prefix) },
	{ 0 },
};

#define MOVING                                                                               \
	"SELECT m.merger_id, m.old_org_id, m.new_org_id, m.old_code, m.new_code, m.key_prefix" \
	"  FROM master_moving_view m WHERE EXISTS (SELECT 1 FROM "

const yb_query record_move_persons = {
	.name = "record_move_persons",
	.sql = "" MOVING "record_subject s WHERE s.org_id = m.old_org_id)"
	       " ORDER BY m.old_org_id LIMIT 1",
	.row = moving_row,
	.row_size = sizeof(struct moving),
	.nparams = 0,
	.tenant = YB_CROSS,
};

const yb_query record_move_waiting = {
	.name = "record_move_waiting",
	.sql = "" MOVING "record_outbox o WHERE o.org_id = m.old_org_id"
	       "  AND o.state IN ('READY', 'SENT', 'NACKED')) ORDER BY m.old_org_id LIMIT 1",
	.row = moving_row,
	.row_size = sizeof(struct moving),
	.nparams = 0,
	.tenant = YB_CROSS,
};

struct mover {
	int64_t subject_id;
	yb_str subject_no;
};

static const yb_field mover_row[] = {
	{ "subject_id", YB_OF(struct mover, subject_id) },
	{ "subject_no", YB_OF(struct mover, subject_no) },
	{ 0 },
};

const yb_query record_movers = {
	.name = "record_movers",
	.sql = "SELECT subject_id, subject_no FROM record_subject WHERE org_id = ? LIMIT 500"
	       " FOR UPDATE",
	.row = mover_row,
	.row_size = sizeof(struct mover),
	.nparams = 1,
	.tenant = YB_CROSS,
};

#define THESE(column) \
	" JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j ON j.id = " column

const yb_query record_move_subjects = {
	.name = "record_move_subjects",
	.sql = "UPDATE record_subject s" THESE("s.subject_id")
	       " SET s.org_id = ?, s.muni_code = ?, s.muni_key = CONCAT(?, s.muni_key),"
	       "  s.row_ver = s.row_ver + 1, s.updated_us = ?",
	.nparams = 5,
	.tenant = YB_CROSS,
};

/* What lies beside a person under the municipality's number: "?" the ids, the new one. */
#define BESIDE(what, table, column, key)                                        \
	const yb_query record_move_##what = {                                   \
		.name = "record_move_" #what,                                   \
		.sql = "UPDATE " table " t" THESE("t." key) " SET t." column " = ?", \
		.nparams = 2,                                                   \
		.tenant = YB_CROSS,                                             \
	}

BESIDE(vault, "record_vault", "org_id", "subject_id");
BESIDE(due, "record_due", "org_id", "subject_id");
BESIDE(retention, "record_retention", "org_id", "subject_id");
BESIDE(requests, "record_request", "from_org_id", "subject_id");
BESIDE(enquiries, "record_enquiry", "org_id", "subject_id");
BESIDE(pairs_a, "record_pair", "a_org_id", "a_id");
BESIDE(pairs_b, "record_pair", "b_org_id", "b_id");

/* New numbers of the new municipality, in the order of the old ones. */
const yb_query record_move_outbox = {
	.name = "record_move_outbox",
	.sql = "INSERT INTO record_outbox (org_id, seq, subject_id, record_id, version,"
	       "  change_kind, created_us)"
	       " SELECT p.org_id, p.first + x.n - 1, x.subject_id, x.record_id, x.version,"
	       "   x.change_kind, x.created_us"
	       "  FROM (SELECT ? AS org_id, ? AS first) p JOIN (SELECT o.subject_id, o.record_id,"
	       "    o.version, o.change_kind, o.created_us,"
	       "    ROW_NUMBER() OVER (ORDER BY o.seq) AS n FROM record_outbox o"
	       "    WHERE o.org_id = ? AND o.state IN ('READY', 'SENT', 'NACKED')"
	       "    ORDER BY o.seq LIMIT 500) x",
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query record_move_numbers = {
	.name = "record_move_numbers",
	.sql = "UPDATE record_muni_seq SET last_seq = ? WHERE org_id = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query record_move_settle = {
	.name = "record_move_settle",
	.sql = "UPDATE record_outbox SET state = 'RESOLVED', resolution = 'resent',"
	       "  resolved_us = ?, resolved_by = 'merger' WHERE org_id = ?"
	       "  AND state IN ('READY', 'SENT', 'NACKED') ORDER BY seq LIMIT 500",
	.nparams = 2,
	.tenant = YB_CROSS,
};

static void
move_log(yb_req *r, const struct moving *m)
{
	yb_audit_action(r, YB_ACT_UPDATE);
	yb_audit_target(r, "merger", yb_format_text(r, "%lld", (long long)m->merger_id));
	yb_audit_purpose(r, (yb_str) { 0 },
	    yb_format_text(r, "%.*s -> %.*s", (int)m->old_code.len, m->old_code.p,
		(int)m->new_code.len, m->new_code.p));
}

static int
persons_step(yb_req *r, const struct moving *m)
{
	static const yb_query *const beside[] = { &record_move_vault, &record_move_due,
		&record_move_retention, &record_move_requests, &record_move_enquiries,
		&record_move_pairs_a, &record_move_pairs_b };
	const struct mover *at;
	yb_list movers;
	yb_value ids;

	if (yb_db_list(r, &record_movers, YB_ARGS(yb_i64(m->old_org_id)), STEP, &movers) < 0)
		return -1;
	at = movers.items;
	if (movers.n == 0)
		return 0;
	ids = yb_text(yb_json_numbers(r, &at->subject_id, movers.n, sizeof *at));
	if (yb_db_exec(r, &record_move_subjects,
		YB_ARGS(ids, yb_i64(m->new_org_id), yb_text(m->new_code), yb_text(m->key_prefix),
		    yb_at(yb_now(r))),
		NULL) != 0)
		return yb_problem(r, "E-MST-010"); /* a number that is taken there */
	for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++)
		if (yb_db_exec(r, beside[i], YB_ARGS(ids, yb_i64(m->new_org_id)), NULL) != 0)
			return -1;
	move_log(r, m);
	for (size_t i = 0; i < movers.n; i++)
		yb_audit_subject(r, at[i].subject_no);
	yb_run_count(r, "persons", (int64_t)movers.n);
	return 0;
}

static int
waiting_step(yb_req *r, const struct moving *m)
{
	int64_t first, rows = 0;

	if (record_seq(r, m->new_org_id, &first) < 0 ||
	    yb_db_exec(r, &record_move_outbox,
		YB_ARGS(yb_i64(m->new_org_id), yb_i64(first), yb_i64(m->old_org_id)), &rows) != 0 ||
	    yb_db_exec(r, &record_move_numbers,
		YB_ARGS(yb_i64(first + rows - 1), yb_i64(m->new_org_id)), NULL) != 0 ||
	    yb_db_exec(r, &record_move_settle,
		YB_ARGS(yb_at(yb_now(r)), yb_i64(m->old_org_id)), NULL) != 0)
		return -1;
	move_log(r, m);
	yb_run_count(r, "numbers", rows);
	return 0;
}

/* Timer record.move, a step. */
int
record_move_run(yb_req *r)
{
	struct moving m;
	enum yb_found found = yb_db_one(r, &record_move_persons, YB_NO_ARGS, &m);
	bool persons = found == YB_ONE_ROW;

	if (found == YB_NO_ROW)
		found = yb_db_one(r, &record_move_waiting, YB_NO_ARGS, &m);
	if (found != YB_ONE_ROW || yb_run_dry(r))
		return found == YB_DB_FAILED ? -1 : 0;
	yb_run_again(r);
	return persons ? persons_step(r, &m) : waiting_step(r, &m);
}
