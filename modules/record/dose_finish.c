/*
 * dose_finish.c - completes the tables: order, references between rows, version.
 *
 * Rows are sorted, so that neither the behaviour nor the version depends on the order in
 * which a database returns them.
 */
#include "dose_internal.h"

#include <stdio.h>
#include <string.h>

#define ENGINE_VERSION "1.1" /* raised when the code answers differently for equal tables */

static int
compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
row_compare(const struct dose_row *a, const struct dose_row *b)
{
	int64_t keys[][2] = {
		{ a->vaccine, b->vaccine },
		{ a->phase, b->phase },
		{ a->kind, b->kind },
		{ a->start_from.n, b->start_from.n },
		{ a->start_from.plus, b->start_from.plus },
		{ a->seq, b->seq },
		{ a->valid_from, b->valid_from },
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		int c = compare(keys[i][0], keys[i][1]);

		if (c != 0)
			return c;
	}
	return 0;
}

static void
rows_sort(struct dose_rules *rules)
{
	for (size_t i = 1; i < rules->n_rows; i++) {
		struct dose_row row = rules->rows[i];
		size_t k = i;

		for (; k > 0 && row_compare(&rules->rows[k - 1], &row) > 0; k--)
			rules->rows[k] = rules->rows[k - 1];
		rules->rows[k] = row;
	}
}

static bool
same_variant(const struct dose_row *a, const struct dose_row *b)
{
	return a->vaccine == b->vaccine && a->phase == b->phase && a->kind == b->kind &&
	       a->start_from.n == b->start_from.n && a->start_from.plus == b->start_from.plus;
}

/* Two rows for one dose on one day would leave the answer to chance. */
static bool
rows_overlap(const struct dose_row *a, const struct dose_row *b)
{
	return same_variant(a, b) && a->seq == b->seq && a->valid_from <= b->valid_to &&
	       b->valid_from <= a->valid_to;
}

static int
fault_at(struct dose_fault *f, const struct dose_row *row, const char *column, const char *what)
{
	*f = (struct dose_fault) { "schedule", row->source, column, what };
	return -1;
}

static int
reference_resolve(const struct dose_rules *rules, struct dose_row *row, struct dose_fault *f)
{
	if (row->ref != REF_SEQ)
		return 0;
	if (strcmp(row->ref_text, "最後の初回") == 0) {
		row->ref = REF_LAST_INITIAL;
		return 0;
	}
	for (size_t i = 0; i < rules->n_rows; i++) {
		const struct dose_row *other = &rules->rows[i];

		if (!same_variant(row, other) || strcmp(row->ref_text, other->label) != 0)
			continue;
		if (other->seq >= row->seq)
			return fault_at(f, row, "interval_ref", "not an earlier dose");
		row->ref_seq = other->seq;
		return 0;
	}
	return fault_at(f, row, "interval_ref", "no such dose in this variant");
}

static int
rows_resolve(struct dose_rules *rules, struct dose_fault *f)
{
	for (size_t i = 0; i < rules->n_rows; i++) {
		struct dose_row *row = &rules->rows[i];

		if (i > 0 && rows_overlap(&rules->rows[i - 1], row))
			return fault_at(f, row, "dose_seq", "twice in one period");
		if (reference_resolve(rules, row, f) < 0)
			return -1;
	}
	return 0;
}

static int
goal_add(struct dose_rules *rules, const struct dose_row *row, struct dose_fault *f)
{
	struct dose_vaccine *v = &rules->vaccines[row->vaccine];
	struct dose_goal *g = &rules->goals[rules->n_goals];

	if (v->n_rows++ == 0)
		v->first_row = (uint16_t)(row - rules->rows);
	v->seasonal = v->seasonal || row->kind == ROW_SEASON;
	v->maternal = v->maternal || row->min.kind == TOKEN_GESTATION;
	if (rules->n_goals > 0 && g[-1].vaccine == row->vaccine && g[-1].phase == row->phase)
		return 0;
	if (rules->n_goals == DOSE_NEXT_MAX)
		return fault_at(f, row, "phase", "too many series");
	if (rules->n_goals > 0 && g[-1].vaccine == row->vaccine)
		v->phased = true;
	*g = (struct dose_goal) { row->vaccine, row->phase };
	rules->n_goals++;
	return 0;
}

static uint64_t
mask_of(const struct dose_rules *rules, const char *codes)
{
	uint64_t mask = 0;

	if (codes == NULL)
		return 0;
	for (size_t i = 0; i < rules->n_vaccines; i++) {
		if (yb_word_in(yb_cstr(rules->vaccines[i].code), codes, ' '))
			mask |= (uint64_t)1 << i;
	}
	return mask;
}

static void
vaccine_finish(struct dose_rules *rules, size_t i)
{
	struct dose_vaccine *v = &rules->vaccines[i];
	uint64_t self = (uint64_t)1 << i;
	uint8_t of = (uint8_t)i;

	v->counts = self | mask_of(rules, v->policy->counts);
	if ((v->policy->flags & POLICY_PNEUMO) != 0)
		rules->pneumo_vaccines |= self;
	if ((v->policy->flags & POLICY_FLU) != 0)
		rules->flu_vaccines |= self;
	if ((v->policy->flags & POLICY_ZOSTER) != 0)
		rules->zoster_vaccines |= self;
	if (v->n_rows == 0 && v->policy->rows_of != NULL)
		of = dose_vaccine_find(rules, yb_cstr(v->policy->rows_of));
	v->rows_of = of == NO_VACCINE ? (uint8_t)i : of;
}

int
dose_rules_finish(struct dose_rules *rules, struct dose_fault *ret_fault)
{
	*ret_fault = (struct dose_fault) { .table = "schedule" };
	rows_sort(rules);
	if (rows_resolve(rules, ret_fault) < 0)
		return -1;
	for (size_t i = 0; i < rules->n_rows; i++) {
		if (goal_add(rules, &rules->rows[i], ret_fault) < 0)
			return -1;
	}
	for (size_t i = 0; i < rules->n_vaccines; i++)
		vaccine_finish(rules, i);
	for (size_t i = 0; i < rules->n_vaccines; i++) {
		struct dose_vaccine *v = &rules->vaccines[i];
		const struct dose_vaccine *of = &rules->vaccines[v->rows_of];

		v->phased = of->phased;
		v->seasonal = of->seasonal;
		v->maternal = of->maternal;
	}
	(void)snprintf(rules->version, sizeof rules->version, "%s-%016llx", ENGINE_VERSION,
	    (unsigned long long)rules->sum);
	return 0;
}
