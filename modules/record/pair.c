/*
 * pair.c - somebody decides whether two rows are one person (ひも付け), and takes it back.
 *
 * A pair is shown to the municipality of a row that has not left: the one that was left learns
 * nothing of the new one (P-10). Of the other row only what is compared is shown.
 */
#include "person.h"

#include <yb/person.h>

#define PAGE_MAX 100

const yb_field record_pair_query[] = {
	{ "state", YB_OF(struct pair_query, state), .max = 9,
	    .one_of = "OPEN,PROPOSED,HOLD,SAME,DIFFERENT", .note = "OPEN when absent" },
	{ "since", YB_OF(struct pair_query, since), .note = "next of the last answer" },
	{ "limit", YB_OF(struct pair_query, limit), .min = 1, .max = PAGE_MAX },
	{ 0 },
};

struct side {
	struct subject s;
	yb_str name_key, kana_key;
};

struct pair {
	int64_t pair_id;
	yb_str kind, state, reason, proposed_by, decided_by;
	yb_time decided_at, created_at;
	struct side mine, other;
	yb_ref mine_ref, other_ref;
	yb_list agree, differ;
	bool banner;
};

/* clang-format off */
#define SIDE_ROW(prefix, m)							\
	{ prefix "org_id", YB_OF(struct pair, m.s.org_id) },		\
	{ prefix "subject_no", YB_OF(struct pair, m.s.subject_no) },	\
	{ prefix "muni_code", YB_OF(struct pair, m.s.muni_code) },	\
	{ prefix "muni_key", YB_OF(struct pair, m.s.muni_key) },	\
	{ prefix "name", YB_OF(struct pair, m.s.name) },		\
	{ prefix "name_kana", YB_OF(struct pair, m.s.name_kana) },	\
	{ prefix "birth_date", YB_OF(struct pair, m.s.birth_date) },	\
	{ prefix "sex", YB_OF(struct pair, m.s.sex) },			\
	{ prefix "resident_state", YB_OF(struct pair, m.s.resident_state) },	\
	{ prefix "elim_date", YB_OF(struct pair, m.s.elim_date) },	\
	{ prefix "elim_reason", YB_OF(struct pair, m.s.elim_reason) },	\
	{ prefix "not_disclosed", YB_OF(struct pair, m.s.not_disclosed) },	\
	{ prefix "self_info_blocked", YB_OF(struct pair, m.s.self_info_blocked) },	\
	{ prefix "name_key", YB_OF(struct pair, m.name_key) },			\
	{ prefix "kana_key", YB_OF(struct pair, m.kana_key) }
/* clang-format on */

static const yb_field pair_row[] = {
	{ "pair_id", YB_OF(struct pair, pair_id) },
	{ "kind", YB_OF(struct pair, kind) },
	{ "state", YB_OF(struct pair, state) },
	{ "reason", YB_OF(struct pair, reason) },
	{ "proposed_by", YB_OF(struct pair, proposed_by) },
	{ "decided_by", YB_OF(struct pair, decided_by) },
	{ "decided_us", YB_OF(struct pair, decided_at) },
	{ "created_us", YB_OF(struct pair, created_at) },
	SIDE_ROW("m_", mine),
	SIDE_ROW("o_", other),
	{ 0 },
};

#define COLUMN(p, t, name) " " t "." name " AS " p name
#define SIDE(p, t)                                                                             \
	COLUMN(p, t, "org_id") "," COLUMN(p, t, "subject_no") "," COLUMN(p, t, "muni_code") "," \
	COLUMN(p, t, "muni_key") "," COLUMN(p, t, "name") "," COLUMN(p, t, "name_kana") "," \
	COLUMN(p, t, "birth_date") "," COLUMN(p, t, "sex") "," COLUMN(p, t, "resident_state") "," \
	COLUMN(p, t, "elim_date") "," COLUMN(p, t, "elim_reason") "," \
	COLUMN(p, t, "not_disclosed") "," \
	COLUMN(p, t, "self_info_blocked") "," COLUMN(p, t, "name_key") "," COLUMN(p, t, "kana_key")

/* Both rows of a pair; of two rows of one municipality the smaller is "mine". */
#define PAIR_COLUMNS                                                                           \
	"SELECT p.pair_id, p.kind, p.state, p.reason, p.proposed_by, p.decided_by,"            \
	"  p.decided_us, p.created_us," SIDE("m_", "m") "," SIDE("o_", "o")

const yb_query record_pairs_list = {
	.name = "record_pairs_list",
	.sql = "" PAIR_COLUMNS
	       "  FROM (SELECT pair_id, a_id AS mine, b_id AS other FROM record_pair"
	       "    WHERE a_org_id = ? AND state = ? AND pair_id > ?"
	       "   UNION ALL SELECT pair_id, b_id, a_id FROM record_pair"
	       "    WHERE b_org_id = ? AND state = ? AND pair_id > ? AND a_org_id <> b_org_id) k"
	       "  JOIN record_pair p ON p.pair_id = k.pair_id"
	       "  JOIN record_subject m ON m.subject_id = k.mine"
	       "  JOIN record_subject o ON o.subject_id = k.other"
	       " ORDER BY p.pair_id LIMIT ?",
	.row = pair_row,
	.row_size = sizeof(struct pair),
	.nparams = 7,
	.tenant = YB_CROSS,
};

const yb_query record_pair_read = {
	.name = "record_pair_read",
	.sql = "" PAIR_COLUMNS
	       "  FROM (SELECT ? AS org_id) me JOIN record_pair p"
	       "  JOIN record_subject m"
	       "   ON m.subject_id = IF(p.a_org_id = me.org_id, p.a_id, p.b_id)"
	       "   AND m.org_id = me.org_id"
	       "  JOIN record_subject o ON o.subject_id = p.a_id + p.b_id - m.subject_id"
	       " WHERE p.pair_id = ? FOR UPDATE",
	.row = pair_row,
	.row_size = sizeof(struct pair),
	.nparams = 2,
	.tenant = YB_ORG,
};

static const yb_field side_out[] = {
	{ "subject_no", YB_OF(struct side, s.subject_no) },
	{ "muni_code", YB_OF(struct side, s.muni_code) },
	{ "muni_key", YB_OF(struct side, s.muni_key), .note = "null for another municipality's" },
	{ "name", YB_OF(struct side, s.name) },
	{ "name_kana", YB_OF(struct side, s.name_kana) },
	{ "birth_date", YB_OF(struct side, s.birth_date) },
	{ "sex", YB_OF(struct side, s.sex) },
	{ "resident_state", YB_OF(struct side, s.resident_state) },
	{ "elim_date", YB_OF(struct side, s.elim_date) },
	{ 0 },
};

static const yb_field pair_out[] = {
	{ "pair_id", YB_OF(struct pair, pair_id) },
	{ "kind", YB_OF(struct pair, kind), .one_of = "number,candidate",
	    .note = "the same 個人番号; or kana, birth date and sex" },
	{ "state", YB_OF(struct pair, state), .one_of = "OPEN,PROPOSED,HOLD,SAME,DIFFERENT" },
	{ "reason", YB_OF(struct pair, reason) },
	{ "proposed_by", YB_OF(struct pair, proposed_by) },
	{ "decided_by", YB_OF(struct pair, decided_by),
	    .note = "null with SAME: the number decided" },
	{ "decided_at", YB_OF(struct pair, decided_at) },
	{ "created_at", YB_OF(struct pair, created_at) },
	{ "mine", YB_OF(struct pair, mine_ref), YB_EACH(side_out, struct side) },
	{ "other", YB_OF(struct pair, other_ref), YB_EACH(side_out, struct side) },
	{ "agree", YB_OF(struct pair, agree), .note = "members that agree" },
	{ "differ", YB_OF(struct pair, differ), .note = "members that differ" },
	{ "banner", YB_OF(struct pair, banner), .note = "支援措置対象者" },
	{ 0 },
};

const yb_field record_pairs_out[] = {
	{ "pairs", YB_OF(struct pair_page, pairs), YB_EACH(pair_out, struct pair) },
	{ "next", YB_OF(struct pair_page, next),
	    .note = "the `since` of the next page; null: the end" },
	{ 0 },
};

/* ---- GET /record/pairs ---- */

#define COMPARED 5

static void
compare(yb_req *r, struct pair *p)
{
	const struct {
		yb_str name;
		bool same;
	} at[COMPARED] = {
		{ YB_STR("my_number"), yb_str_is(p->kind, "number") },
		{ YB_STR("name"), yb_str_eq(p->mine.name_key, p->other.name_key) },
		{ YB_STR("name_kana"), yb_str_eq(p->mine.kana_key, p->other.kana_key) },
		{ YB_STR("birth_date"),
		    yb_date_cmp(p->mine.s.birth_date, p->other.s.birth_date) == 0 },
		{ YB_STR("sex"), yb_str_eq(p->mine.s.sex, p->other.s.sex) },
	};
	yb_str *agree = yb_alloc(r, COMPARED * sizeof *agree);
	yb_str *differ = yb_alloc(r, COMPARED * sizeof *differ);

	p->agree = (yb_list) { agree, 0 };
	p->differ = (yb_list) { differ, 0 };
	for (size_t i = 0; i < COMPARED; i++) {
		if (at[i].same)
			agree[p->agree.n++] = at[i].name;
		else if (i > 0) /* a number that one of them lacks is no difference */
			differ[p->differ.n++] = at[i].name;
	}
}

/*
 * Whether this caller may know of the pair: its own row has not left, unless both are its own,
 * and neither row is hidden from it.
 */
static bool
pair_visible(yb_req *r, struct pair *p)
{
	enum yb_viewer as = record_viewer(r, &p->mine.s), of = record_viewer(r, &p->other.s);
	yb_disclosure mine = record_disclosure(as, &p->mine.s);
	yb_disclosure other = record_disclosure(of, &p->other.s);

	p->banner = mine.banner || other.banner;
	if (as == YB_VIEW_FORMER && of == YB_VIEW_OTHER_MUNI)
		return false;
	return mine.exists && other.exists && (!p->banner || yb_who(r)->restricted_view);
}

static void
pair_show(yb_req *r, struct pair *p)
{
	compare(r, p);
	if (!yb_str_eq(p->mine.s.muni_code, p->other.s.muni_code))
		p->other.s.muni_key = (yb_str) { 0 };
	p->mine_ref.p = &p->mine;
	p->other_ref.p = &p->other;
	yb_audit_subject(r, p->mine.s.subject_no);
	yb_audit_subject(r, p->other.s.subject_no);
	if (p->banner)
		yb_audit_alert(r, "restricted", p->mine.s.subject_no);
}

/* GET /record/pairs - rows that may be, or are, one person. */
int
record_pair_list(yb_req *r)
{
	const struct pair_query *q = yb_params(r);
	yb_value org = yb_i64(yb_who(r)->org_id), since = yb_i64(q->since.v);
	yb_value state = yb_text(q->state.p == NULL ? YB_STR("OPEN") : q->state);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE_MAX, kept = 0;
	struct pair_page out = { 0 };
	struct pair *at;

	if (yb_db_list(r, &record_pairs_list,
		YB_ARGS(org, state, since, org, state, since, yb_i64((int64_t)limit + 1)),
		limit + 1, &out.pairs) < 0)
		return -1;
	at = out.pairs.items;
	if (yb_page_cut(&out.pairs, limit))
		out.next = (yb_int) { at[limit - 1].pair_id, true };
	for (size_t i = 0; i < out.pairs.n; i++) {
		if (!pair_visible(r, &at[i]))
			continue;
		at[kept] = at[i];
		pair_show(r, &at[kept++]);
	}
	out.pairs.n = kept;
	return yb_reply_record(r, 200, record_pairs_out, &out);
}

/* ---- POST /record/pairs/{pair_id}/decision, …/undo ---- */

const yb_field record_decide_in[] = {
	{ "decision", YB_OF(struct decide_in, decision), .flags = YB_REQUIRED, .max = 9,
	    .one_of = "same,different,hold" },
	{ "reason", YB_OF(struct decide_in, reason), .flags = YB_REQUIRED, .max = 200 },
	{ 0 },
};

const yb_field record_undo_in[] = {
	{ "reason", YB_OF(struct undo_in, reason), .flags = YB_REQUIRED, .max = 200 },
	{ 0 },
};

const yb_field record_decided_out[] = {
	{ "pair_id", YB_OF(struct decided, pair_id) },
	{ "state", YB_OF(struct decided, state), .one_of = "OPEN,PROPOSED,HOLD,SAME,DIFFERENT" },
	{ 0 },
};

const yb_query record_pair_decide = {
	.name = "record_pair_decide",
	.sql = "UPDATE record_pair SET state = ?, reason = ?, proposed_by = ?, decided_by = ?,"
	       "  decided_us = ?, row_ver = row_ver + 1 WHERE pair_id = ?",
	.nparams = 6,
	.tenant = YB_CROSS,
};

const yb_query record_pair_linked = {
	.name = "record_pair_linked",
	.sql = "UPDATE record_subject s JOIN record_pair p ON s.subject_id IN (p.a_id, p.b_id)"
	       " SET s.linked = " RECORD_LINKED " WHERE p.pair_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

static int
pair_find(yb_req *r, struct pair *ret)
{
	int64_t id;

	if (!yb_number_parse(yb_path(r, "pair_id"), &id))
		return yb_problem(r, "E-AUTH-005");
	if (yb_db_find(r, &record_pair_read, YB_ARGS(yb_i64(id)), ret) < 0)
		return -1;
	if (!pair_visible(r, ret))
		return yb_problem(r, "E-AUTH-005");
	yb_audit_target(r, "pair", yb_format_text(r, "%lld", (long long)id));
	yb_audit_subject(r, ret->mine.s.subject_no);
	yb_audit_subject(r, ret->other.s.subject_no);
	if (ret->banner)
		yb_audit_alert(r, "restricted", ret->mine.s.subject_no);
	return 0;
}

static int
pair_store(yb_req *r, const struct pair *p, yb_str state, yb_str reason, yb_str proposed_by,
    yb_str decided_by)
{
	struct decided out = { p->pair_id, state };
	bool decided = yb_str_is(state, "SAME") || yb_str_is(state, "DIFFERENT");

	if (yb_db_exec(r, &record_pair_decide,
		YB_ARGS(yb_text(state), yb_text(reason), yb_text(proposed_by), yb_text(decided_by),
		    decided ? yb_at(yb_now(r)) : yb_null(), yb_i64(p->pair_id)),
		NULL) != 0 ||
	    yb_db_exec(r, &record_pair_linked, YB_ARGS(yb_i64(p->pair_id)), NULL) != 0)
		return -1;
	return yb_reply_record(r, 200, record_decided_out, &out);
}

/* POST /record/pairs/{pair_id}/decision - one person, two, or later. */
int
record_pair_decision(yb_req *r)
{
	const struct decide_in *in = yb_body(r);
	yb_str me = yb_who(r)->actor, nobody = { 0 };
	bool two = yb_option_i64(r, "pair_second_person") != 0;
	struct pair p;
	int same = 0;

	if (pair_find(r, &p) < 0)
		return -1;
	if (yb_str_is(p.state, "SAME") || yb_str_is(p.state, "DIFFERENT"))
		return yb_problem(r, "E-REC-010");
	if (yb_str_is(in->decision, "hold"))
		return pair_store(r, &p, YB_STR("HOLD"), in->reason, nobody, me);
	if (yb_str_is(in->decision, "different"))
		return pair_store(r, &p, YB_STR("DIFFERENT"), in->reason, nobody, me);
	if (two && !yb_str_is(p.state, "PROPOSED"))
		return pair_store(r, &p, YB_STR("PROPOSED"), in->reason, me, nobody);
	if (two)
		same = yb_same_person(r, p.proposed_by);
	if (same != 0)
		return same < 0 ? -1 : yb_problem(r, "E-REC-009");
	return pair_store(r, &p, YB_STR("SAME"), in->reason, p.proposed_by, me);
}

/* POST /record/pairs/{pair_id}/undo - the decision is taken back, for some days. */
int
record_pair_undo(yb_req *r)
{
	const struct undo_in *in = yb_body(r);
	int64_t days_us = yb_option_i64(r, "pair_undo_days") * 86400 * 1000000;
	yb_str nobody = { 0 };
	struct pair p;

	if (pair_find(r, &p) < 0)
		return -1;
	if (yb_str_is(p.state, "OPEN") ||
	    (p.decided_at.us != 0 && yb_now(r).us - p.decided_at.us > days_us))
		return yb_problem(r, "E-REC-010");
	return pair_store(r, &p, YB_STR("OPEN"), in->reason, nobody, nobody);
}
