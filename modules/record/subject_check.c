/*
 * subject_check.c - what is wrong with one row of the intake (brief 4.3, ID-01, ID-02).
 */
#include "subject.h"

#include <yb/format.h>

#include <stdlib.h>
#include <string.h>

static const yb_date oldest_birth = { 1890, 1, 1 };

static void
must_have(yb_req *r, struct subject_in *in, bool has, const char *field)
{
	if (!has)
		yb_fault_row(r, &in->faults, field, "E-VAL-001");
}

static void
code_check(yb_req *r, struct subject_in *in, const char *list, yb_str code, const char *field)
{
	if (code.p != NULL && !record_code_known(r, list, code))
		yb_fault_row(r, &in->faults, field, "E-VAL-011");
}

/* A date of this person's life: not before birth, and for what has happened not ahead. */
static void
date_check(yb_req *r, struct subject_in *in, yb_date d, bool past, const char *field)
{
	if (yb_date_is_null(d))
		return;
	if ((past && yb_date_cmp(d, yb_today(r)) > 0) || yb_date_cmp(d, in->birth_date) < 0)
		yb_fault_row(r, &in->faults, field, "E-VAL-003");
}

static bool
is_deletion(const struct subject_in *in)
{
	return yb_str_is(in->modification, "2");
}

/* 消除: date and reason go together, and with the state (4.3). A deletion means it. */
static void
leaving_check(yb_req *r, struct subject_in *in)
{
	bool date = !yb_date_is_null(in->elim_date), reason = in->elim_reason.p != NULL;
	bool removed = yb_str_is(in->resident_state, REMOVED);

	if (is_deletion(in))
		return;
	if (date || reason || removed) {
		must_have(r, in, date, "/elim_date");
		must_have(r, in, reason, "/elim_reason");
	}
	if ((date || reason) && yb_str_is(in->resident_state, RESIDENT))
		yb_fault_row(r, &in->faults, "/resident_state", "E-VAL-013");
}

/* The digits are never echoed: only the place is named (P-05). */
static void
my_number_check(yb_req *r, struct subject_in *in)
{
	yb_str s = in->my_number;

	if (s.p == NULL)
		return;
	for (size_t i = 0; i < s.len; i++) {
		if (s.len == 12 && s.p[i] >= '0' && s.p[i] <= '9')
			continue;
		yb_fault_row(r, &in->faults, "/my_number", "E-VAL-002");
		return;
	}
	if (yb_option_i64(r, "mynumber_strict") != 0 &&
	    yb_check_digit_my_number((yb_str) { s.p, 11 }) != s.p[11] - '0')
		yb_fault_row(r, &in->faults, "/my_number", "E-VAL-010");
}

static void
row_check(yb_req *r, struct subject_in *in)
{
	const char *kana;

	/* A municipality writes its own residents; a ward's code is nobody's (ID-02). */
	if (!yb_str_eq(in->muni_code, yb_who(r)->org_code))
		yb_fault_row(r, &in->faults, "/muni_code", "E-VAL-011");
	kana = yb_format_kana.check(yb_kana(r, in->name_kana));
	if (kana != NULL)
		yb_fault_row(r, &in->faults, "/name_kana", kana);
	if (yb_date_cmp(in->birth_date, yb_today(r)) > 0 ||
	    yb_date_cmp(in->birth_date, oldest_birth) < 0)
		yb_fault_row(r, &in->faults, "/birth_date", "E-VAL-003");
	date_check(r, in, in->elim_date, false, "/elim_date");
	date_check(r, in, in->due_date, false, "/due_date");
	date_check(r, in, in->death_date, true, "/death_date");
	code_check(r, in, "CL_SEX", in->sex, "/sex");
	code_check(r, in, "CL_ELIM", in->elim_reason, "/elim_reason");
	leaving_check(r, in);
	my_number_check(r, in);
}

/* ---- one key, one row ---- */

struct keyed {
	yb_str key;
	size_t row;
};

static int
keyed_order(const void *va, const void *vb)
{
	const struct keyed *a = va, *b = vb;
	int c = yb_str_cmp(a->key, b->key);

	return c != 0 ? c : a->row < b->row ? -1 : 1;
}

static void
repeated_check(yb_req *r, struct subject_in *rows, size_t n)
{
	struct keyed *at = yb_alloc(r, n * sizeof *at);

	for (size_t i = 0; i < n; i++)
		at[i] = (struct keyed) { rows[i].muni_key, i };
	qsort(at, n, sizeof *at, keyed_order);
	for (size_t i = 1; i < n; i++)
		if (yb_str_eq(at[i].key, at[i - 1].key) && at[i].key.p != NULL)
			yb_fault_row(r, &rows[at[i].row].faults, "/muni_key", "E-VAL-013");
}

struct subject_in *
record_subjects_checked(yb_req *r, const yb_list *rows)
{
	struct subject_in *at = yb_alloc(r, (rows->n + 1) * sizeof *at);

	if (rows->n > 0)
		memcpy(at, rows->items, rows->n * sizeof *at);
	for (size_t i = 0; i < rows->n; i++) {
		yb_faults read = at[i].faults; /* the reader's, of a body that may be read again */

		at[i].faults = (yb_faults) { NULL, 0 };
		for (size_t f = 0; f < read.n; f++)
			yb_fault_row(r, &at[i].faults, read.at[f].field, read.at[f].code);
		if (read.n == 0)
			row_check(r, &at[i]);
	}
	repeated_check(r, at, rows->n);
	return at;
}
