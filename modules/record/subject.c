/*
 * subject.c - a municipality's system registers persons (brief 4.3, 8.2, 15).
 */
#include "subject.h"

#include <yb/format.h>

#include <string.h>

#define ATTEMPTS 3

static const yb_field subject_in[] = {
	{ "muni_code", YB_OF(struct subject_in, muni_code), .flags = YB_REQUIRED, .max = 6,
	    .format = &yb_format_muni_code, .note = "the caller's own" },
	{ "muni_key", YB_OF(struct subject_in, muni_key), .flags = YB_REQUIRED, .max = 100,
	    .format = &record_format_key, .note = "自治体別本人キー" },
	{ "name", YB_OF(struct subject_in, name), .flags = YB_REQUIRED, .max = 100,
	    .format = &yb_format_name },
	{ "name_kana", YB_OF(struct subject_in, name_kana), .flags = YB_REQUIRED, .max = 100,
	    .format = &yb_format_name },
	{ "birth_date", YB_OF(struct subject_in, birth_date), .flags = YB_REQUIRED },
	{ "sex", YB_OF(struct subject_in, sex), .flags = YB_REQUIRED, .max = 1,
	    .note = "CL_SEX" },
	{ "address", YB_OF(struct subject_in, address), .max = 200 },
	{ "not_disclosed", YB_OF(struct subject_in, not_disclosed), .flags = YB_REQUIRED,
	    .note = "不開示該当フラグ" },
	{ "self_info_blocked", YB_OF(struct subject_in, self_info_blocked), .flags = YB_REQUIRED,
	    .note = "自己情報提供不可フラグ" },
	{ "my_number", YB_OF(struct subject_in, my_number), .flags = YB_SECRET, .max = 12,
	    .note = "個人番号; kept sealed, never answered" },
	{ "resident_state", YB_OF(struct subject_in, resident_state), .max = 2,
	    .one_of = RESIDENT "," REMOVED },
	{ "elim_date", YB_OF(struct subject_in, elim_date), .note = "with elim_reason" },
	{ "elim_reason", YB_OF(struct subject_in, elim_reason), .max = 1, .note = "CL_ELIM" },
	{ "due_date", YB_OF(struct subject_in, due_date), .note = "出産予定日" },
	{ "death_date", YB_OF(struct subject_in, death_date) },
	{ "modification", YB_OF(struct subject_in, modification), .max = 1, .one_of = "1,2",
	    .note = "1 register or update, 2 delete: the person is marked 消除" },
	{ "faults", YB_OF(struct subject_in, faults) },
	{ 0 },
};

const yb_field record_subjects_in[] = {
	{ "subjects", YB_OF(struct subjects_in, subjects), YB_EACH(subject_in, struct subject_in),
	    .flags = YB_REQUIRED | YB_ROWWISE, .min = 1, .max = SUBJECTS_MAX },
	{ 0 },
};

struct result {
	yb_str muni_key, subject_no, result;
	yb_faults errors;
};

static const yb_field result_out[] = {
	{ "muni_key", YB_OF(struct result, muni_key) },
	{ "subject_no", YB_OF(struct result, subject_no), .note = "null with an error" },
	{ "result", YB_OF(struct result, result), .one_of = "created,updated,unchanged,error" },
	{ "errors", YB_OF(struct result, errors) },
	{ 0 },
};

struct subjects_out {
	yb_list results;
};

const yb_field record_subjects_out[] = {
	{ "results", YB_OF(struct subjects_out, results), YB_EACH(result_out, struct result),
	    .note = "one for each subject, in their order" },
	{ 0 },
};

/* ---- what a row asks for ---- */

static struct subject
as_wanted(const struct subject_in *in)
{
	return (struct subject) {
		.muni_code = in->muni_code,
		.muni_key = in->muni_key,
		.name = in->name,
		.name_kana = in->name_kana,
		.birth_date = in->birth_date,
		.sex = in->sex,
		.address = in->address,
		.resident_state =
		    yb_date_is_null(in->elim_date) ? YB_STR(RESIDENT) : YB_STR(REMOVED),
		.elim_date = in->elim_date,
		.elim_reason = in->elim_reason,
		.not_disclosed = in->not_disclosed,
		.self_info_blocked = in->self_info_blocked,
		.due_date = in->due_date,
		.death_date = in->death_date,
	};
}

/* CL_MOD 2: nothing is taken away; the person is marked as gone (P-03 deletes, years later). */
static void
as_deleted(yb_req *r, struct subject *s)
{
	s->resident_state = YB_STR(REMOVED);
	if (yb_date_is_null(s->elim_date))
		s->elim_date = yb_today(r);
	if (s->elim_reason.p == NULL)
		s->elim_reason = YB_STR("3"); /* CL_ELIM: registered in error */
}

static bool
same_date(yb_date a, yb_date b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

static bool
same(const struct subject *a, const struct subject *b)
{
	return yb_str_eq(a->name, b->name) && yb_str_eq(a->name_kana, b->name_kana) &&
	    same_date(a->birth_date, b->birth_date) && yb_str_eq(a->sex, b->sex) &&
	    yb_str_eq(a->address, b->address) && yb_str_eq(a->resident_state, b->resident_state) &&
	    same_date(a->elim_date, b->elim_date) && yb_str_eq(a->elim_reason, b->elim_reason) &&
	    a->not_disclosed == b->not_disclosed &&
	    a->self_info_blocked == b->self_info_blocked && same_date(a->due_date, b->due_date) &&
	    same_date(a->death_date, b->death_date);
}

/* ---- the batch ---- */

/* The rows without faults of their own. */
static struct intake *
sound_rows(yb_req *r, struct subject_in *rows, size_t n, size_t *ret_n)
{
	struct intake *at = yb_alloc(r, (n + 1) * sizeof *at);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		if (rows[i].faults.n == 0)
			at[(*ret_n)++] = (struct intake) { .in = &rows[i] };
	return at;
}

/* Decides what each row means; a deletion of nobody is a fault of the row. */
static void
classify(yb_req *r, struct intake *at, size_t n, const struct subject *stored)
{
	for (size_t i = 0; i < n; i++) {
		struct intake *one = &at[i];
		bool deletion = yb_str_is(one->in->modification, "2");
		yb_str no = one->s.subject_no;
		int64_t id = one->s.subject_id;

		one->s = as_wanted(one->in);
		one->s.subject_no = no;
		one->s.subject_id = id;
		if (deletion)
			as_deleted(r, &one->s);
		if (deletion && one->exists && yb_date_is_null(one->in->elim_date) &&
		    yb_str_is(stored[i].resident_state, REMOVED))
			one->s.elim_date = stored[i].elim_date; /* sent again: no new date */
		if (deletion && !one->exists)
			yb_fault_row(r, &one->in->faults, "/muni_key", "E-VAL-011");
		one->changed = one->exists ? !same(&one->s, &stored[i]) : !deletion;
	}
}

/*
 * Reads, compares and writes. When a key or number is taken after all, once more with a read
 * that sees what is committed now; if that is newer than our snapshot the core begins anew.
 */
static int
store(yb_req *r, struct intake *at, size_t n)
{
	struct subject *stored = yb_alloc(r, (n + 1) * sizeof *stored);
	int rc = YB_DUPLICATE;

	for (int i = 0; i < ATTEMPTS && rc == YB_DUPLICATE; i++) {
		if (record_subjects_find(r, at, n, i > 0, stored) < 0)
			return -1;
		classify(r, at, n, stored);
		rc = record_subjects_insert(r, at, n);
	}
	if (rc == YB_DUPLICATE) {
		yb_retry_after(r, 1);
		return yb_problem(r, "E-SYS-002");
	}
	return rc == 0 && record_subjects_update(r, at, n) == 0 ? 0 : -1;
}

static int
store_numbers(yb_req *r, struct intake *at, size_t n)
{
	struct subject *stored = yb_alloc(r, (n + 1) * sizeof *stored);
	bool any = false, fresh = false;

	for (size_t i = 0; i < n; i++) {
		bool has = at[i].in->my_number.p != NULL && at[i].in->faults.n == 0;

		any = any || has;
		fresh = fresh || (has && !at[i].exists);
	}
	if (!any)
		return 0;
	if (fresh) { /* the database has given them their ids by now */
		struct intake *again = yb_alloc(r, n * sizeof *again);

		memcpy(again, at, n * sizeof *again);
		if (record_subjects_find(r, again, n, false, stored) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			at[i].s.subject_id = again[i].s.subject_id;
	}
	return record_numbers_compare(r, at, n) < 0 ? -1 : record_numbers_store(r, at, n);
}

static struct result
result_of(yb_req *r, const struct intake *one)
{
	struct result out = { .muni_key = one->in->muni_key, .subject_no = one->s.subject_no };

	if (!one->exists)
		out.result = YB_STR("created");
	else if (one->changed || one->new_number)
		out.result = YB_STR("updated");
	else
		out.result = YB_STR("unchanged");
	if (!yb_str_is(out.result, "unchanged"))
		yb_audit_subject(r, out.subject_no);
	return out;
}

/* PUT /record/subjects - registers or updates persons, each for itself. */
int
record_put_subjects(yb_req *r)
{
	const struct subjects_in *in = yb_body(r);
	size_t n = in->subjects.n, n_sound, next = 0;
	struct subject_in *rows = record_subjects_checked(r, &in->subjects);
	struct intake *at = sound_rows(r, rows, n, &n_sound);
	struct result *results = yb_alloc(r, n * sizeof *results);
	struct subjects_out out = { .results = { results, n } };

	if (store(r, at, n_sound) < 0 || store_numbers(r, at, n_sound) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct intake *one =
		    next < n_sound && at[next].in == &rows[i] ? &at[next++] : NULL;

		if (rows[i].faults.n == 0 && one != NULL)
			results[i] = result_of(r, one);
		else
			results[i] = (struct result) { .muni_key = rows[i].muni_key,
				.result = YB_STR("error"), .errors = rows[i].faults };
	}
	return yb_reply_record(r, 200, record_subjects_out, &out);
}
