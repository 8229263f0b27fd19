/*
 * person.c - finding rows that are one person (C5): by the same 個人番号, which is certain when
 * birth and sex agree, or by kana, birth and sex, which somebody must look at.
 *
 * The numbers themselves are never read: equal match keys are equal numbers (P-05). Of namesakes
 * only those are candidates who could have moved from one to the other, or who are registered
 * twice by one municipality; two different numbers are two people; and where very many are alike,
 * likeness says nothing.
 */
#include "person.h"

#define STEP 500

struct due {
	int64_t subject_id;
};

static const yb_field due_row[] = {
	{ "subject_id", YB_OF(struct due, subject_id) },
	{ 0 },
};

const yb_query record_pairs_due = {
	.name = "record_pairs_due",
	.sql = "SELECT subject_id FROM record_subject WHERE pair_due = 1"
	       " ORDER BY subject_id LIMIT 500 FOR UPDATE",
	.row = due_row,
	.row_size = sizeof(struct due),
	.nparams = 0,
	.tenant = YB_CROSS,
};

#define IDS " JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j"

/*
 * A number that was corrected joins nobody any more: what it alone has decided is a question
 * again, what somebody has decided stays.
 */
const yb_query record_pairs_by_number_no_more = {
	.name = "record_pairs_by_number_no_more",
	.sql = "UPDATE (SELECT STRAIGHT_JOIN p.pair_id FROM" IDS
	       "   JOIN record_pair p ON p.a_id = j.id AND p.kind = 'number'"
	       "   UNION SELECT STRAIGHT_JOIN p.pair_id FROM" IDS
	       "   JOIN record_pair p ON p.b_id = j.id AND p.kind = 'number') x"
	       "  JOIN record_pair q ON q.pair_id = x.pair_id"
	       "  LEFT JOIN record_vault v ON v.subject_id = q.a_id"
	       "  LEFT JOIN record_vault w ON w.subject_id = q.b_id"
	       " SET q.kind = 'candidate',"
	       "  q.decided_us = IF(q.decided_by IS NULL, NULL, q.decided_us),"
	       "  q.state = IF(q.state = 'SAME' AND q.decided_by IS NULL, 'OPEN', q.state),"
	       "  q.row_ver = q.row_ver + 1"
	       " WHERE v.match_key IS NULL OR w.match_key IS NULL OR v.match_key <> w.match_key",
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* What somebody has decided is not undone by a number that comes later. */
const yb_query record_pairs_by_number = {
	.name = "record_pairs_by_number",
	.sql = "INSERT INTO record_pair (a_id, b_id, a_org_id, b_org_id, kind, state,"
	       "  created_us, decided_us)"
	       " SELECT STRAIGHT_JOIN LEAST(s.subject_id, t.subject_id),"
	       "   GREATEST(s.subject_id, t.subject_id),"
	       "   IF(s.subject_id < t.subject_id, s.org_id, t.org_id),"
	       "   IF(s.subject_id < t.subject_id, t.org_id, s.org_id), 'number',"
	       "   IF(s.birth_date = t.birth_date AND s.sex = t.sex AND s.org_id <> t.org_id,"
	       "    'SAME', 'OPEN'), n.us,"
	       "   IF(s.birth_date = t.birth_date AND s.sex = t.sex AND s.org_id <> t.org_id,"
	       "    n.us, NULL)"
	       "  FROM (SELECT ? AS us) n JOIN" IDS
	       "  JOIN record_vault v ON v.subject_id = j.id"
	       "  JOIN record_vault w ON w.match_key = v.match_key"
	       "  JOIN record_subject s ON s.subject_id = v.subject_id"
	       "  JOIN record_subject t ON t.subject_id = w.subject_id"
	       " WHERE s.subject_id <> t.subject_id" /* or ON DUPLICATE is read as a join's ON */
	       " ON DUPLICATE KEY UPDATE kind = 'number',"
	       "  decided_us = IF(record_pair.state = 'OPEN', VALUES(decided_us),"
	       "   record_pair.decided_us),"
	       "  state = IF(record_pair.state = 'OPEN', VALUES(state), record_pair.state)",
	.nparams = 2,
	.tenant = YB_CROSS,
};

#define LEFT_BY_MOVING(x) "(" x ".resident_state = '消除' AND " x ".elim_reason = '1')"

const yb_query record_pairs_by_likeness = {
	.name = "record_pairs_by_likeness",
	.sql = "INSERT INTO record_pair (a_id, b_id, a_org_id, b_org_id, kind, state, created_us)"
	       " SELECT STRAIGHT_JOIN LEAST(s.subject_id, t.subject_id),"
	       "   GREATEST(s.subject_id, t.subject_id),"
	       "   IF(s.subject_id < t.subject_id, s.org_id, t.org_id),"
	       "   IF(s.subject_id < t.subject_id, t.org_id, s.org_id), 'candidate', 'OPEN', n.us"
	       "  FROM (SELECT ? AS us) n JOIN" IDS
	       "  JOIN record_subject s ON s.subject_id = j.id"
	       "  JOIN (SELECT x.birth_date, x.kana_key, x.sex FROM (SELECT DISTINCT y.birth_date,"
	       "     y.kana_key, y.sex FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) k"
	       "     JOIN record_subject y ON y.subject_id = k.id) d"
	       "    JOIN record_subject x ON x.birth_date = d.birth_date"
	       "     AND x.kana_key = d.kana_key AND x.sex = d.sex"
	       "    GROUP BY x.birth_date, x.kana_key, x.sex HAVING COUNT(*) <= ?) g"
	       "   ON g.birth_date = s.birth_date AND g.kana_key = s.kana_key AND g.sex = s.sex"
	       "  JOIN record_subject t ON t.birth_date = s.birth_date AND t.kana_key = s.kana_key"
	       "   AND t.sex = s.sex AND t.subject_id <> s.subject_id"
	       "   AND (t.org_id = s.org_id"
	       "    OR " LEFT_BY_MOVING("s") " <> " LEFT_BY_MOVING("t") ")"
	       "  LEFT JOIN record_vault v ON v.subject_id = s.subject_id"
	       "  LEFT JOIN record_vault w ON w.subject_id = t.subject_id"
	       " WHERE v.match_key IS NULL OR w.match_key IS NULL OR v.match_key = w.match_key"
	       " ON DUPLICATE KEY UPDATE kind = record_pair.kind",
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query record_pairs_done = {
	.name = "record_pairs_done",
	.sql = "UPDATE record_subject s JOIN" IDS " ON j.id = s.subject_id SET s.pair_due = 0",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query record_pairs_link = {
	.name = "record_pairs_link",
	.sql = "UPDATE record_subject s JOIN (SELECT j.id FROM" IDS
	       "   UNION SELECT p.b_id FROM" IDS " JOIN record_pair p ON p.a_id = j.id"
	       "   UNION SELECT p.a_id FROM" IDS " JOIN record_pair p ON p.b_id = j.id) x"
	       "  ON x.id = s.subject_id SET s.linked = " RECORD_LINKED,
	.nparams = 3,
	.tenant = YB_CROSS,
};

/* Timer record.pairs - compares who was registered or changed with everybody. */
int
record_pairs_run(yb_req *r)
{
	int64_t undone = 0, certain = 0, likely = 0, most = yb_option_i64(r, "pair_alike_most");
	const struct due *at;
	yb_list rows;
	yb_value ids, now = yb_at(yb_now(r));

	if (yb_db_list(r, &record_pairs_due, YB_NO_ARGS, STEP, &rows) < 0)
		return -1;
	if (rows.n == 0)
		return 0;
	at = rows.items;
	ids = yb_text(yb_json_numbers(r, &at->subject_id, rows.n, sizeof *at));
	if (yb_db_exec(r, &record_pairs_by_number_no_more, YB_ARGS(ids, ids), &undone) != 0 ||
	    yb_db_exec(r, &record_pairs_by_number, YB_ARGS(now, ids), &certain) != 0 ||
	    yb_db_exec(r, &record_pairs_by_likeness, YB_ARGS(now, ids, ids, yb_i64(most)),
		&likely) != 0 ||
	    yb_db_exec(r, &record_pairs_link, YB_ARGS(ids, ids, ids), NULL) != 0 ||
	    yb_db_exec(r, &record_pairs_done, YB_ARGS(ids), NULL) != 0)
		return -1;
	yb_run_count(r, "compared", (int64_t)rows.n);
	yb_run_count(r, "by_number_no_more", undone);
	yb_run_count(r, "by_number", certain);
	yb_run_count(r, "by_likeness", likely);
	if (rows.n == STEP)
		yb_run_again(r);
	return 0;
}

/* ---- the rows of one person ---- */

static const yb_field subject_flags_row[] = {
	{ "subject_id", YB_OF(struct person_row, subject_id) },
	{ "subject_no", YB_OF(struct person_row, subject_no) },
	{ "restricted", YB_OF(struct person_row, restricted) },
	{ 0 },
};

const yb_query record_person_rows = {
	.name = "record_person_rows",
	.sql = "WITH RECURSIVE p (id) AS ("
	       "  SELECT subject_id FROM record_subject WHERE subject_id = ?"
	       "  UNION SELECT q.b_id FROM p"
	       "   JOIN record_pair q ON q.a_id = p.id AND q.state = 'SAME'"
	       "  UNION SELECT q.a_id FROM p"
	       "   JOIN record_pair q ON q.b_id = p.id AND q.state = 'SAME')"
	       " SELECT s.subject_id, s.subject_no, s.not_disclosed OR s.self_info_blocked"
	       "   AS restricted FROM p JOIN record_subject s ON s.subject_id = p.id"
	       " WHERE s.subject_id <> ? ORDER BY s.subject_id LIMIT 20",
	.row = subject_flags_row,
	.row_size = sizeof(struct person_row),
	.nparams = 2,
	.tenant = YB_CROSS,
};

int
record_person(yb_req *r, const struct subject *s, yb_list *ret)
{
	*ret = (yb_list) { NULL, 0 };
	if (!s->linked)
		return 0;
	return yb_db_list(r, &record_person_rows,
	    YB_ARGS(yb_i64(s->subject_id), yb_i64(s->subject_id)), PERSON_ROWS, ret);
}

yb_str
record_person_ids(yb_req *r, const struct subject *s, const yb_list *others)
{
	const struct person_row *at = others->items;
	int64_t *ids = yb_alloc(r, (others->n + 1) * sizeof *ids);

	ids[0] = s->subject_id;
	for (size_t i = 0; i < others->n; i++)
		ids[i + 1] = at[i].subject_id;
	return yb_json_numbers(r, ids, others->n + 1, sizeof *ids);
}
