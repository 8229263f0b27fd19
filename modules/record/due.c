/*
 * due.c - whom to remind of which dose (勧奨): reckoned every night for every resident by the
 * dose rules, read as a list or as a file.
 */
#include "due.h"

#include <string.h>

#define STEP	 500
#define PAGE_MAX 100
#define PER_STEP 2000

/* ---- timer record.due-list ---- */

const yb_query record_due_subjects = {
	.name = "record_due_subjects",
	.sql = "SELECT" SUBJECT_COLUMNS " FROM record_subject s WHERE s.subject_id > ?"
	       "  AND s.resident_state = '住民' AND s.death_date IS NULL"
	       " ORDER BY s.subject_id LIMIT 500",
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* Everybody between two persons, also who is not a resident any more. */
const yb_query record_due_clear = {
	.name = "record_due_clear",
	.sql = "DELETE FROM record_due WHERE subject_id > ? AND subject_id <= ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

struct due_row {
	int64_t org_id, subject_id;
	struct next_dose d;
	yb_time made;
};

static const yb_field put_params[] = {
	{ "org_id", YB_OF(struct due_row, org_id) },
	{ "subject_id", YB_OF(struct due_row, subject_id) },
	{ "vaccine_code", YB_OF(struct due_row, d.vaccine_code) },
	{ "phase", YB_OF(struct due_row, d.phase) },
	{ "dose_seq", YB_OF(struct due_row, d.dose_seq) },
	{ "dose_label", YB_OF(struct due_row, d.dose_label) },
	{ "earliest", YB_OF(struct due_row, d.earliest) },
	{ "recommended", YB_OF(struct due_row, d.recommended) },
	{ "latest", YB_OF(struct due_row, d.latest) },
	{ "made_us", YB_OF(struct due_row, made) },
	{ 0 },
};

const yb_query record_due_put = {
	.name = "record_due_put",
	.sql = "INSERT INTO record_due (org_id, subject_id, vaccine_code, phase, dose_seq,"
	       "  dose_label, earliest, recommended, latest, made_us)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 10,
	.tenant = YB_CROSS,
};

/* The doses of one person that can be given within the horizon and whose time is not over. */
static int
person_due(yb_req *r, const struct subject *s, struct dose_result *d, yb_date horizon,
    struct due_row *rows, size_t *n)
{
	struct dose_subject who = record_dose_subject(s);
	struct history h;

	if (record_history(r, s, &h) < 0)
		return -1;
	if (dose_forecast(record_rules(r), &who, h.at, h.n, yb_today(r), d) < 0)
		return 0; /* a vaccine the rules no longer know: nothing can be said */
	for (size_t i = 0; i < d->n_next; i++) {
		const struct dose_next *x = &d->next[i];

		if (yb_date_is_null(x->earliest) || yb_date_cmp(x->earliest, horizon) > 0 ||
		    (!yb_date_is_null(x->latest) && yb_date_cmp(x->latest, yb_today(r)) < 0))
			continue;
		rows[(*n)++] = (struct due_row) { s->org_id, s->subject_id,
			{ x->vaccine_code, { 0 }, x->phase, x->dose_seq, x->dose_label, x->earliest,
			    x->recommended, x->latest },
			yb_now(r) };
	}
	return 0;
}

/* Timer record.due-list - reckons anew what is due, some hundred persons a step. */
int
record_due_run(yb_req *r)
{
	yb_date horizon = yb_date_add_days(yb_today(r), yb_option_i64(r, "due_horizon_days"));
	int64_t *last = yb_run_state(r, sizeof *last), upto;
	struct dose_result *d = yb_alloc(r, sizeof *d);
	struct due_row *rows = yb_alloc(r, (size_t)STEP * DOSE_NEXT_MAX * sizeof *rows);
	const struct subject *at;
	yb_list people;
	size_t n = 0;

	if (yb_db_list(r, &record_due_subjects, YB_ARGS(yb_i64(*last)), STEP, &people) < 0)
		return -1;
	at = people.items;
	upto = people.n == STEP ? at[STEP - 1].subject_id : INT64_MAX;
	for (size_t i = 0; i < people.n; i++)
		if (person_due(r, &at[i], d, horizon, rows, &n) < 0)
			return -1;
	if (yb_db_exec(r, &record_due_clear, YB_ARGS(yb_i64(*last), yb_i64(upto)), NULL) != 0 ||
	    yb_db_each(r, &record_due_put, put_params, sizeof *rows, rows, n) != 0)
		return -1;
	yb_run_count(r, "persons", (int64_t)people.n);
	yb_run_count(r, "due", (int64_t)n);
	if (people.n == STEP) {
		*last = upto;
		yb_run_again(r);
	}
	return 0;
}

/* ---- GET /record/due ---- */

#define CONDITIONS(s)                                                                        \
	{ "vaccine_code", YB_OF(s, vaccine_code), .max = 12,                                 \
	    .format = &record_format_product },                                              \
	{ "from", YB_OF(s, from), .note = "can be given on or after this day" },             \
	{ "to", YB_OF(s, to), .note = "can be given on or before this day" },                \
	{ "overdue", YB_OF(s, overdue), .note = "true: the recommended day is over" },       \
	{ "purpose", YB_OF(s, purpose), .max = 2, .note = "CL_PURPOSE; 03 勧奨対象者の抽出" }, \
	{ "reason", YB_OF(s, reason), .max = 200, .note = "required with 99" }

const yb_field record_due_query[] = {
	CONDITIONS(struct due_query),
	{ "since", YB_OF(struct due_query, since), .note = "next of the last answer" },
	{ "limit", YB_OF(struct due_query, limit), .min = 1, .max = PAGE_MAX },
	{ 0 },
};

struct due_shown {
	int64_t due_id;
	yb_str subject_no, muni_key, name, name_kana;
	yb_date birth_date;
	struct next_dose d;
	bool restricted;
};

static const yb_field shown_row[] = {
	{ "due_id", YB_OF(struct due_shown, due_id) },
	{ "subject_no", YB_OF(struct due_shown, subject_no) },
	{ "muni_key", YB_OF(struct due_shown, muni_key) },
	{ "name", YB_OF(struct due_shown, name) },
	{ "name_kana", YB_OF(struct due_shown, name_kana) },
	{ "birth_date", YB_OF(struct due_shown, birth_date) },
	{ "vaccine_code", YB_OF(struct due_shown, d.vaccine_code) },
	{ "phase", YB_OF(struct due_shown, d.phase) },
	{ "dose_seq", YB_OF(struct due_shown, d.dose_seq) },
	{ "dose_label", YB_OF(struct due_shown, d.dose_label) },
	{ "earliest", YB_OF(struct due_shown, d.earliest) },
	{ "recommended", YB_OF(struct due_shown, d.recommended) },
	{ "latest", YB_OF(struct due_shown, d.latest) },
	{ "restricted", YB_OF(struct due_shown, restricted) },
	{ 0 },
};

#define SHOWN_MEMBERS                                                  \
	{ "subject_no", YB_OF(struct due_shown, subject_no) },         \
	{ "muni_key", YB_OF(struct due_shown, muni_key) },             \
	{ "name", YB_OF(struct due_shown, name) },                     \
	{ "name_kana", YB_OF(struct due_shown, name_kana) },           \
	{ "birth_date", YB_OF(struct due_shown, birth_date) },         \
	{ "vaccine_code", YB_OF(struct due_shown, d.vaccine_code) },   \
	{ "vaccine_name", YB_OF(struct due_shown, d.vaccine_name) },   \
	{ "phase", YB_OF(struct due_shown, d.phase) },                 \
	{ "dose_seq", YB_OF(struct due_shown, d.dose_seq) },           \
	{ "dose_label", YB_OF(struct due_shown, d.dose_label) },       \
	{ "earliest", YB_OF(struct due_shown, d.earliest) },           \
	{ "recommended", YB_OF(struct due_shown, d.recommended) },     \
	{ "latest", YB_OF(struct due_shown, d.latest) }

static const yb_field shown_out[] = {
	SHOWN_MEMBERS,
	{ "banner", YB_OF(struct due_shown, restricted), .note = "支援措置対象者" },
	{ 0 },
};

static const yb_field line_fields[] = {
	SHOWN_MEMBERS,
	{ 0 },
};

const yb_field record_due_page[] = {
	{ "due", YB_OF(struct due_page, due), YB_EACH(shown_out, struct due_shown),
	    .note = "as of last night" },
	{ "next", YB_OF(struct due_page, next),
	    .note = "the `since` of the next page; null: the end" },
	{ 0 },
};

/* Who has died, left or been hidden since last night is not reminded. */
const yb_query record_due_read = {
	.name = "record_due_read",
	.sql = "SELECT t.due_id, s.subject_no, s.muni_key, s.name, s.name_kana, s.birth_date,"
	       "  t.vaccine_code, t.phase, t.dose_seq, t.dose_label, t.earliest, t.recommended,"
	       "  t.latest, s.not_disclosed OR s.self_info_blocked AS restricted"
	       "  FROM record_due t JOIN record_subject s ON s.subject_id = t.subject_id"
	       " WHERE t.org_id = ? AND t.due_id > ? AND (? IS NULL OR t.vaccine_code = ?)"
	       "  AND (? IS NULL OR t.latest IS NULL OR t.latest >= ?)"
	       "  AND (? IS NULL OR t.earliest <= ?) AND (? = 0 OR t.recommended < ?)"
	       "  AND s.resident_state = '住民' AND s.death_date IS NULL"
	       "  AND (? OR (s.not_disclosed = 0 AND s.self_info_blocked = 0))"
	       " ORDER BY t.due_id LIMIT ?",
	.row = shown_row,
	.row_size = sizeof(struct due_shown),
	.nparams = 12,
	.tenant = YB_ORG,
};

static int
due_read(yb_req *r, const struct due_query *q, int64_t since, size_t limit, yb_list *ret)
{
	struct due_shown *at;

	if (yb_db_list(r, &record_due_read,
		YB_ARGS(yb_i64(since), yb_text(q->vaccine_code), yb_text(q->vaccine_code),
		    yb_day(q->from), yb_day(q->from), yb_day(q->to), yb_day(q->to),
		    yb_bool(q->overdue), yb_day(yb_today(r)),
		    yb_bool(yb_who(r)->restricted_view), yb_i64((int64_t)limit)),
		limit, ret) < 0)
		return -1;
	at = ret->items;
	for (size_t i = 0; i < ret->n; i++)
		at[i].d.vaccine_name = record_vaccine_name(r, at[i].d.vaccine_code);
	return 0;
}

static void
due_audit(yb_req *r, const yb_list *rows)
{
	const struct due_shown *at = rows->items;

	for (size_t i = 0; i < rows->n; i++)
		record_person_shown(r, at[i].subject_no, at[i].restricted);
}

/* GET /record/due - whom to remind. */
int
record_due_list(yb_req *r)
{
	const struct due_query *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE_MAX;
	struct due_page out = { 0 };
	const struct due_shown *at;

	if (record_purpose(r, (yb_uuid) { 0 }, q->purpose, q->reason) < 0 ||
	    due_read(r, q, q->since.v, limit + 1, &out.due) < 0)
		return -1;
	at = out.due.items;
	if (yb_page_cut(&out.due, limit))
		out.next = (yb_int) { at[limit - 1].due_id, true };
	due_audit(r, &out.due);
	return yb_reply_record(r, 200, record_due_page, &out);
}

/* ---- job record.due-list ---- */

static const yb_field params[] = {
	CONDITIONS(struct due_query),
	{ 0 },
};

static const char *const labels[] = { "予防接種対象者番号", "宛名番号", "氏名", "氏名カナ", "生年月日",
	"ワクチンコード", "ワクチン", "期", "回数番号", "回数", "接種できる日", "標準の日", "期限", NULL };

static int
due_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { .fields = line_fields, .size = sizeof(struct due_shown),
		.labels = labels };
	return 0;
}

static int
due_produce(yb_req *r)
{
	const struct due_query *q = yb_job_params(r);
	int64_t *since = yb_run_state(r, sizeof *since);
	const struct due_shown *at;
	yb_list rows;

	if (record_purpose(r, (yb_uuid) { 0 }, q->purpose, q->reason) < 0 ||
	    due_read(r, q, *since, PER_STEP, &rows) < 0)
		return -1;
	at = rows.items;
	due_audit(r, &rows);
	for (size_t i = 0; i < rows.n; i++)
		if (yb_job_write(r, &at[i]) < 0)
			return -1;
	if (rows.n == PER_STEP) {
		*since = at[rows.n - 1].due_id;
		yb_run_again(r);
	}
	return 0;
}

const yb_job_kind record_due_job = {
	.name = "record.due-list",
	.title = "勧奨対象者の一覧",
	.function = "H-3-2",
	.roles = YB_DO(H_3_2_SEARCH),
	.step_up = true,
	.shows = YB_SHOWS_PERSONS,
	.reach = YB_REACH_CROSS,
	.action = YB_ACT_EXPORT,
	.params = params,
	.params_size = sizeof(struct due_query),
	.approval_above = "export_approval_rows",
	.columns = due_columns,
	.produce = due_produce,
};
