/*
 * linkfile.c - the file route of H-3-1: records as CSV for a municipality whose system takes
 * files, every night or when somebody asks. The columns are those of pullVaccinations; the
 * control file says which numbers are in it; it is acknowledged as a pull is, by number.
 *
 * A file is a range of numbers and nothing else: made again, it has the same records. A night
 * that came to nothing is part of the next one.
 */
#include "link.h"
#include "outbox.h"
#include "watch.h"

#define PER_STEP       500
#define HIDDEN_MOST    10000
#define SEQ_MAX	       ((size_t)1 << 53) /* what a JSON number holds exactly */

struct file_params {
	int64_t since;
	yb_int until;
};

static const yb_field params[] = {
	{ "since", YB_OF(struct file_params, since), .max = SEQ_MAX,
	    .note = "as of pullVaccinations; 0" },
	{ "until", YB_OF(struct file_params, until), .max = SEQ_MAX,
	    .note = "the last number; absent: all there are" },
	{ 0 },
};

static const char *const labels[] = { "連携番号", "変更区分", "宛名番号", "予防接種対象者番号", "接種記録ID",
	"版", "予防接種管理番号", "自治体コード", "状態", "登録経路", "法的区分", "ワクチンコード", "HOT13",
	"YJコード", "GTIN", "ロット番号", "有効期限", "期", "回数番号", "回数", "接種年月日", "接種時刻", "接種量",
	"接種方法", "接種部位", "実施区分", "見合わせ理由", "接種方式", "医療機関コード", "会場", "医師名", "予診医",
	"予診票回答ID", "出産予定日", "確認の理由", "訂正理由コード", "訂正理由", "登録日時", "ハッシュ値", NULL };

static int
file_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { .fields = record_pulled_file, .size = record_pulled_size,
		.labels = labels };
	return 0;
}

/* ---- the file ---- */

struct count {
	int64_t n;
};

static const yb_field count_row[] = {
	{ "n", YB_OF(struct count, n) },
	{ 0 },
};

const yb_query record_link_last = {
	.name = "record_link_last",
	.sql = "SELECT COALESCE(MAX(last_seq), 0) AS n FROM record_muni_seq WHERE org_id = ?",
	.row = count_row,
	.row_size = sizeof(struct count),
	.nparams = 1,
	.tenant = YB_ORG,
};

/* How many numbers of the range there are, a step's at most. */
const yb_query record_link_left = {
	.name = "record_link_left",
	.sql = "SELECT COUNT(*) AS n FROM (SELECT o.seq FROM record_outbox o"
	       " WHERE o.org_id = ? AND o.seq > ? AND o.seq <= ? ORDER BY o.seq LIMIT 500) x",
	.row = count_row,
	.row_size = sizeof(struct count),
	.nparams = 3,
	.tenant = YB_ORG,
};

const yb_query record_link_file_done = {
	.name = "record_link_file_done",
	.sql = "UPDATE record_link_file f JOIN (SELECT ? AS org_id, ? AS at_us, ? AS job_no) me"
	       "   ON me.org_id = f.org_id AND me.job_no = f.job_no SET f.done_us = me.at_us",
	.nparams = 3,
	.tenant = YB_ORG,
};

struct hidden {
	yb_str subject_no;
};

static const yb_field hidden_row[] = {
	{ "subject_no", YB_OF(struct hidden, subject_no) },
	{ 0 },
};

const yb_query record_link_hidden = {
	.name = "record_link_hidden",
	.sql = "SELECT DISTINCT s.subject_no FROM record_outbox o"
	       "  JOIN record_subject s ON s.subject_id = o.subject_id"
	       " WHERE o.org_id = ? AND o.seq > ? AND o.seq <= ?"
	       "  AND (s.not_disclosed = 1 OR s.self_info_blocked = 1) LIMIT 10000",
	.row = hidden_row,
	.row_size = sizeof(struct hidden),
	.nparams = 3,
	.tenant = YB_ORG,
};

/* Who takes such records away has opened them (P-12), however the file came to be. */
static int
file_taken(yb_req *r)
{
	const struct file_params *p = yb_job_params(r);
	const struct hidden *at;
	yb_list found;
	int64_t until;

	if (!yb_number_parse(yb_job_fact_said(r, "to_seq"), &until))
		return 0; /* it has no numbers */
	if (yb_db_list(r, &record_link_hidden, YB_ARGS(yb_i64(p->since), yb_i64(until)), HIDDEN_MOST,
		&found) < 0)
		return -1;
	at = found.items;
	for (size_t i = 0; i < found.n; i++)
		yb_audit_alert(r, "restricted", at[i].subject_no);
	return 0;
}

struct range {
	bool known;
	int64_t first, since, until;
};

/* Where it begins and ends stays as it was at first, whatever is written meanwhile. */
static int
range_begin(yb_req *r, struct range *at)
{
	const struct file_params *p = yb_job_params(r);
	struct count last;

	if (at->known)
		return 0;
	if (yb_db_find(r, &record_link_last, YB_NO_ARGS, &last) < 0)
		return -1;
	*at = (struct range) { true, p->since + 1, p->since,
		p->until.set && p->until.v < last.n ? p->until.v : last.n };
	return 0;
}

static int
rows_write(yb_req *r, struct range *at, int64_t n)
{
	int64_t next = at->since;
	const char *row;
	yb_list rows;
	bool more;

	if (record_pulled(r, &next, n, &rows, &more) < 0)
		return -1;
	row = rows.items;
	for (size_t i = 0; i < rows.n; i++)
		if (yb_job_write(r, row + i * record_pulled_size) < 0)
			return -1;
	if (yb_db_exec(r, &record_link_mark_sent,
		YB_ARGS(yb_at(yb_now(r)), yb_i64(yb_who(r)->org_id), yb_i64(at->since),
		    yb_i64(next)),
		NULL) != 0)
		return -1;
	at->since = next;
	return 0;
}

static int
file_produce(yb_req *r)
{
	struct range *at = yb_run_state(r, sizeof *at);
	struct count left;

	if (range_begin(r, at) < 0 ||
	    yb_db_find(r, &record_link_left, YB_ARGS(yb_i64(at->since), yb_i64(at->until)), &left) < 0)
		return -1;
	if (left.n > 0 && rows_write(r, at, left.n) < 0)
		return -1;
	if (left.n == PER_STEP) {
		yb_run_again(r);
		return 0;
	}
	yb_job_fact(r, "muni_code", yb_who(r)->org_code);
	yb_job_fact(r, "from_seq", yb_format_text(r, "%lld", (long long)at->first));
	yb_job_fact(r, "to_seq", yb_format_text(r, "%lld",
	    (long long)(at->until < at->first ? at->first - 1 : at->until)));
	yb_job_fact(r, "schema_version", YB_STR(RECORD_LINK_SCHEMA));
	return yb_db_exec(r, &record_link_file_done,
		   YB_ARGS(yb_at(yb_now(r)), yb_text(yb_job_no(r))), NULL) != 0
	    ? -1
	    : 0;
}

const yb_job_kind record_link_job = {
	.name = "record.link-file",
	.title = "接種記録の連携ファイル",
	.function = "H-3-1",
	.roles = YB_DO(H_3_2_SEARCH),
	.step_up = true,
	.restricted = true,
	.shows = YB_SHOWS_PERSONS,
	.reach = YB_REACH_CROSS,
	.action = YB_ACT_SEND,
	.params = params,
	.params_size = sizeof(struct file_params),
	.columns = file_columns,
	.produce = file_produce,
	.taken = file_taken,
};

/* ---- timer record.link-files ---- */

struct night {
	int64_t org_id, since, until;
	yb_str org_code;
};

static const yb_field night_row[] = {
	{ "org_id", YB_OF(struct night, org_id) },
	{ "org_code", YB_OF(struct night, org_code) },
	{ "since", YB_OF(struct night, since) },
	{ "until", YB_OF(struct night, until) },
	{ 0 },
};

/*
 * The next municipality without a file of today. It begins behind the last whole file; the
 * first one behind what its system has taken by other ways. last_seq is read as committed, and
 * numbers are committed in their order.
 */
const yb_query record_link_night = {
	.name = "record_link_night",
	.sql = "SELECT c.org_id, c.org_code, COALESCE("
	       "  (SELECT MAX(f.to_seq) FROM record_link_file f"
	       "    WHERE f.org_id = c.org_id AND f.done_us IS NOT NULL),"
	       "  (SELECT MIN(o.seq) - 1 FROM record_outbox o"
	       "    WHERE o.org_id = c.org_id AND o.state IN ('READY', 'SENT')),"
	       "  q.last_seq, 0) AS since, COALESCE(q.last_seq, 0) AS until"
	       "  FROM core_org c LEFT JOIN record_muni_seq q ON q.org_id = c.org_id"
	       " WHERE c.org_type = 'MUNI' AND c.uses_hms = 1 AND c.org_id > ?"
	       "  AND c.valid_from <= ? AND (c.valid_to IS NULL OR c.valid_to >= ?)"
	       "  AND (? = 'all' OR FIND_IN_SET(c.org_code, ?) > 0)"
	       "  AND NOT EXISTS (SELECT 1 FROM record_link_file t WHERE t.org_id = c.org_id"
	       "   AND t.file_day = ?)"
	       " ORDER BY c.org_id LIMIT 1",
	.row = night_row,
	.row_size = sizeof(struct night),
	.nparams = 6,
	.tenant = YB_CROSS,
};

const yb_query record_link_file_put = {
	.name = "record_link_file_put",
	.sql = "INSERT INTO record_link_file (org_id, file_day, from_seq, to_seq, job_no, made_us)"
	       " VALUES (?, ?, ?, ?, ?, ?)",
	.nparams = 6,
	.tenant = YB_CROSS,
};

/* Timer record.link-files - tonight's file of each municipality that takes files, one a step. */
int
record_link_files_run(yb_req *r)
{
	int64_t *last = yb_run_state(r, sizeof *last);
	yb_value today = yb_day(yb_today(r)), who = yb_text(yb_option_text(r, "link_file_munis"));
	struct night n;
	enum yb_found found;
	yb_str no;

	found = yb_db_one(r, &record_link_night,
	    YB_ARGS(yb_i64(*last), today, today, who, who, today), &n);
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	*last = n.org_id;
	yb_run_again(r);
	if (yb_job_begin(r, &record_link_job, n.org_id,
		yb_format_text(r, "{\"since\":%lld,\"until\":%lld}", (long long)n.since,
		    (long long)n.until),
		&no) < 0)
		return -1;
	yb_audit_action(r, YB_ACT_SEND);
	yb_audit_target(r, "job", no);
	yb_audit_purpose(r, (yb_str) { NULL, 0 },
	    yb_format_text(r, "%.*s %lld-%lld", (int)n.org_code.len, n.org_code.p,
		(long long)n.since + 1, (long long)n.until));
	yb_run_count(r, "files", 1);
	return yb_db_exec(r, &record_link_file_put,
		   YB_ARGS(yb_i64(n.org_id), today, yb_i64(n.since + 1), yb_i64(n.until), yb_text(no),
		       yb_at(yb_now(r))),
		   NULL) == 0
	    ? 0
	    : yb_problem(r, "E-SYS-002"); /* somebody else has made it at this moment */
}
