/*
 * linkack.c - job record.link-acks: what became of a file's records in the municipality's system,
 * as a file (H-3-1 steps 4 and 5). It says what ackVaccinations says, by the same rules: an ok
 * stays, an ng may become ok.
 */
#include "link.h"
#include "outbox.h"

static const yb_field fields[] = {
	{ "seq", YB_OF(struct ack, seq), .flags = YB_REQUIRED, .min = 1 },
	{ "result", YB_OF(struct ack, result), .flags = YB_REQUIRED, .max = 2,
	    .one_of = "ok,ng" },
	{ "error", YB_OF(struct ack, error), .max = 100 },
	{ 0 },
};

static const char *const labels[] = { "連携番号", "結果", "エラー内容", NULL };

static int
ack_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { .fields = fields, .size = sizeof(struct ack), .labels = labels,
		.key = "seq" };
	return 0;
}

static bool
changes(const struct ack_known *k, const struct ack *a)
{
	if (yb_str_is(k->state, "ACKED"))
		return false;
	if (yb_str_is(a->result, "ok"))
		return true;
	return !yb_str_is(k->state, "RESOLVED") &&
	    !(yb_str_is(k->state, "NACKED") && yb_str_eq(k->error, a->error));
}

/*
 * Says of each line what it will change, or that there is no such number. *ret: what is known of
 * each of them, with the number 0 where that is nothing.
 */
static int
acks_compare(yb_req *r, yb_row *rows, size_t n, struct ack_known **ret)
{
	int64_t *seq = yb_alloc(r, (n + 1) * sizeof *seq);
	yb_list known;

	*ret = yb_alloc(r, (n + 1) * sizeof **ret);
	for (size_t i = 0; i < n; i++)
		seq[i] = ((const struct ack *)rows[i].record)->seq;
	if (record_acks_known(r, seq, n, &known) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct ack_known *k = record_ack_known(&known, seq[i]);

		if (k == NULL) {
			yb_row_fault(r, &rows[i], "seq", "E-VAL-011");
			continue;
		}
		(*ret)[i] = *k;
		rows[i].outcome = changes(k, rows[i].record) ? YB_ROW_CHANGED : YB_ROW_SAME;
	}
	return 0;
}

static int
ack_check(yb_req *r, yb_row *rows, size_t n)
{
	struct ack_known *known;

	return acks_compare(r, rows, n, &known);
}

static int
ack_apply(yb_req *r, yb_row *rows, size_t n)
{
	struct ack_known *known;
	struct ack *kept = yb_alloc(r, (n + 1) * sizeof *kept);
	int64_t *linked = yb_alloc(r, (n + 1) * sizeof *linked);
	size_t n_kept = 0, n_linked = 0;

	if (acks_compare(r, rows, n, &known) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct ack *a = rows[i].record;

		if (known[i].seq == 0)
			continue;
		if (yb_str_is(a->result, "ok"))
			linked[n_linked++] = a->seq;
		if (rows[i].outcome == YB_ROW_SAME)
			continue;
		yb_audit_subject(r, known[i].subject_no);
		kept[n_kept++] = *a;
	}
	return record_acks_keep(r, kept, n_kept, linked, n_linked);
}

const yb_job_kind record_ack_job = {
	.name = "record.link-acks",
	.title = "連携結果ファイルの取込",
	.function = "H-3-1",
	.roles = YB_DO(H_3_2_SEARCH),
	.reach = YB_REACH_OWN,
	.action = YB_ACT_RECEIVE,
	.partial = true,
	.shows = YB_SHOWS_PERSONS,
	.columns = ack_columns,
	.check = ack_check,
	.apply = ack_apply,
};
