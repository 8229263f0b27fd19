/*
 * linkack.c - job record.link-acks: what became of a file's records in the municipality's system,
 * as a file (H-3-1 steps 4 and 5). It says what ackVaccinations says, by the same rules: an ok
 * stays, an ng may become ok.
 */
#include "link.h"
#include "outbox.h"

#define BATCH_MAX 5000

struct ack_line {
	int64_t seq;
	yb_str result, error;
};

static const yb_field fields[] = {
	{ "seq", YB_OF(struct ack_line, seq), .flags = YB_REQUIRED, .min = 1 },
	{ "result", YB_OF(struct ack_line, result), .flags = YB_REQUIRED, .max = 2,
	    .one_of = "ok,ng" },
	{ "error", YB_OF(struct ack_line, error), .max = 100 },
	{ 0 },
};

static const char *const labels[] = { "連携番号", "結果", "エラー内容", NULL };

static int
ack_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { .fields = fields, .size = sizeof(struct ack_line), .labels = labels,
		.key = "seq" };
	return 0;
}

/* ---- what is known of the numbers ---- */

struct known {
	int64_t seq;
	yb_str state, error, subject_no;
};

static const yb_field known_row[] = {
	{ "seq", YB_OF(struct known, seq) },
	{ "state", YB_OF(struct known, state) },
	{ "error", YB_OF(struct known, error) },
	{ "subject_no", YB_OF(struct known, subject_no) },
	{ 0 },
};

/* In the order of the numbers. */
const yb_query record_link_ack_known = {
	.name = "record_link_ack_known",
	.sql = "SELECT STRAIGHT_JOIN o.seq, o.state, o.error, s.subject_no"
	       "  FROM (SELECT ? AS org_id) me"
	       "  JOIN JSON_TABLE(?, '$[*]' COLUMNS (seq BIGINT PATH '$')) n"
	       "  JOIN record_outbox o ON o.org_id = me.org_id AND o.seq = n.seq"
	       "  JOIN record_subject s ON s.subject_id = o.subject_id ORDER BY o.seq",
	.row = known_row,
	.row_size = sizeof(struct known),
	.nparams = 2,
	.tenant = YB_ORG,
};

static yb_str
numbers(yb_req *r, const yb_row *rows, size_t n, bool ok_only)
{
	char *p = yb_alloc(r, n * 22 + 3);
	size_t len = 0;

	p[len++] = '[';
	for (size_t i = 0; i < n; i++) {
		const struct ack_line *a = rows[i].record;
		yb_str one;

		if (ok_only && !yb_str_is(a->result, "ok"))
			continue;
		one = yb_format_text(r, "%s%lld", len > 1 ? "," : "", (long long)a->seq);
		for (size_t c = 0; c < one.len; c++)
			p[len++] = one.p[c];
	}
	p[len++] = ']';
	return (yb_str) { p, len };
}

static const struct known *
known_find(const yb_list *all, int64_t seq)
{
	const struct known *at = all->items;
	size_t from = 0, to = all->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (at[mid].seq == seq)
			return &at[mid];
		if (at[mid].seq < seq)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

static bool
changes(const struct known *k, const struct ack_line *a)
{
	if (yb_str_is(k->state, "ACKED"))
		return false;
	if (yb_str_is(a->result, "ok"))
		return true;
	return !yb_str_is(k->state, "RESOLVED") &&
	    !(yb_str_is(k->state, "NACKED") && yb_str_eq(k->error, a->error));
}

static int
ack_check(yb_req *r, yb_row *rows, size_t n)
{
	yb_list known;

	if (yb_db_list(r, &record_link_ack_known, YB_ARGS(yb_text(numbers(r, rows, n, false))),
		BATCH_MAX, &known) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct ack_line *a = rows[i].record;
		const struct known *k = known_find(&known, a->seq);

		if (k == NULL)
			yb_row_fault(r, &rows[i], "seq", "E-VAL-011");
		else
			rows[i].outcome = changes(k, a) ? YB_ROW_CHANGED : YB_ROW_SAME;
	}
	return 0;
}

/* ---- into the outbox ---- */

struct ack_put {
	yb_str state, error;
	yb_time acked_us;
	int64_t seq;
};

static const yb_field put_params[] = {
	{ "state", YB_OF(struct ack_put, state) },
	{ "error", YB_OF(struct ack_put, error) },
	{ "acked_us", YB_OF(struct ack_put, acked_us) },
	{ "seq", YB_OF(struct ack_put, seq) },
	{ "state", YB_OF(struct ack_put, state) },
	{ 0 },
};

static int
ack_apply(yb_req *r, yb_row *rows, size_t n)
{
	struct ack_put *put = yb_alloc(r, (n + 1) * sizeof *put);
	size_t m = 0;
	yb_list known;

	if (yb_db_list(r, &record_link_ack_known, YB_ARGS(yb_text(numbers(r, rows, n, false))),
		BATCH_MAX, &known) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct ack_line *a = rows[i].record;
		const struct known *k = known_find(&known, a->seq);
		bool ok = yb_str_is(a->result, "ok");

		if (k == NULL) {
			yb_row_fault(r, &rows[i], "seq", "E-VAL-011");
			continue;
		}
		rows[i].outcome = changes(k, a) ? YB_ROW_CHANGED : YB_ROW_SAME;
		if (rows[i].outcome == YB_ROW_SAME)
			continue;
		yb_audit_subject(r, k->subject_no);
		put[m++] = (struct ack_put) { ok ? YB_STR("ACKED") : YB_STR("NACKED"),
			ok ? (yb_str) { NULL, 0 } : a->error, yb_now(r), a->seq };
	}
	return yb_db_each(r, &record_outbox_ack, put_params, sizeof *put, put, m) != 0 ||
		yb_db_exec(r, &record_vaccination_linked,
		    YB_ARGS(yb_text(numbers(r, rows, n, true))), NULL) != 0
	    ? -1
	    : 0;
}

const yb_job_kind record_ack_job = {
	.name = "record.link-acks",
	.title = "連携結果ファイルの取込",
	.function = "H-3-1",
	.roles = YB_DO(H_3_2_SEARCH),
	.reach = YB_REACH_OWN,
	.action = YB_ACT_RECEIVE,
	.partial = true,
	.columns = ack_columns,
	.check = ack_check,
	.apply = ack_apply,
};
