/*
 * The dose rules: every vector and every rule row of sections 5.1, 5.2 and 5.4 of the
 * vaccination brief, its tests T05 to T14, and random histories against the reference.
 *
 *	test_dose [directory of the master CSVs [number of random histories]]
 */
#include <setjmp.h> /* cmocka 1.1.5 needs these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../modules/record/dose.h"
#include "dose_masters.h"
#include "dose_reference.h"
#include "dose_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef YB_MASTERS_DIR
#define YB_MASTERS_DIR "sql/masters"
#endif

#define SKIPPED 77

static struct masters masters;
static struct dose_rules *rules;
static unsigned long random_histories = 20000;

/* ---- 5.1 ---- */

struct vector {
	const char *birth, *token, *day;
};

static const struct vector vectors[] = {
	{ "2013-04-01", "M1", "2013-04-30" },
	{ "2013-04-01", "M3", "2013-06-30" },
	{ "2013-04-01", "M6", "2013-09-30" },
	{ "2013-04-01", "M12", "2014-03-31" },
	{ "2013-01-31", "M1", "2013-02-28" },
	{ "2024-02-29", "M12", "2025-02-28" },
	{ "2024-02-29", "M48", "2028-02-28" },
	{ "2024-02-29", "Y1", "2025-02-28" },
	{ "2026-12-31", "M2", "2027-02-28" },
	{ "2020-04-01", "SCH", "2026-04-01" },
	{ "2020-04-02", "SCH", "2027-04-01" },
	{ "2020-04-02", "SCH-1", "2026-04-01" },
	{ "2020-04-02", "SCH0e", "2027-03-31" },
	{ "2014-04-02", "FY12s", "2026-04-01" },
	{ "2014-04-02", "FY16e", "2031-03-31" },
	{ "2014-04-01", "FY12s", "2025-04-01" },
	{ "2026-05-10", "B0", "2026-05-10" },
	{ "2026-05-10", "M12", "2027-05-09" },
	{ "2026-05-10", "D42", "2026-06-21" },
	{ "2026-05-10", "D224", "2026-12-20" },
	{ "2026-05-10", "M2", "2026-07-09" },
	{ "2026-05-10", "M90", "2033-11-09" },
	{ "2026-05-10", "M60", "2031-05-09" },
	{ "2026-05-10", "M5", "2026-10-09" },
	{ "2026-05-10", "M8", "2027-01-09" },
	{ "2026-05-10", "M36", "2029-05-09" },
	{ "2026-05-10", "M6", "2026-11-09" },
	{ "2026-05-10", "Y9", "2035-05-09" },
	{ "2026-05-10", "Y13", "2039-05-09" },
	{ "2026-05-10", "M7+1d", "2026-12-10" },
	{ "1960-04-02", "FY65", "2025-04-01" },
	{ "1961-04-01", "FY65", "2025-04-01" },
	{ "1961-04-02", "FY65", "2026-04-01" },
	{ "1995-01-01", "GA28w0d", "2026-05-28" }, /* due 2026-08-20 */
	{ "1995-01-01", "GA40w0d", "2026-08-20" },
	{ "1950-01-01", "SEASON 10-01", "2026-10-01" }, /* on 2027-01-15 */
	{ "1950-01-01", "SEASON 03-31", "2027-03-31" },
};

static void
ages_are_reached_on_the_day_before_the_birthday(void **state)
{
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		const struct vector *v = &vectors[i];
		yb_date got = { 0, 0, 0 }, want = story_date(v->day);

		if (!dose_age_day(yb_cstr(v->token), story_date(v->birth), story_date("2026-08-20"),
			story_date("2027-01-15"), &got) ||
		    yb_date_cmp(got, want) != 0)
			fail_msg("%s of %s: %04d-%02d-%02d, not %s", v->token, v->birth, got.year,
			    got.month, got.day, v->day);
	}
	(void)state;
}

/* age_tokens.csv: "Mn" with "2013-04-01 n=3" means M3. */
static void
the_examples_of_the_token_master_hold(void **state)
{
	size_t tried = 0;

	for (size_t i = 0; i < masters.ages.n; i++) {
		char token[16], birth[11] = "", head[16];
		const char *name = master_cell(&masters.ages, i, "token");
		const char *example = master_cell(&masters.ages, i, "example_birth");
		const char *day = master_cell(&masters.ages, i, "example_date");
		const char *n = strstr(example, "n=");
		size_t stem = strcspn(name, "n ");
		yb_date got;

		if (*day == '\0' || strlen(example) < 10)
			continue;
		(void)snprintf(birth, sizeof birth, "%.10s", example);
		(void)snprintf(head, sizeof head, "%.*s", (int)stem, name);
		(void)snprintf(token, sizeof token, "%s%.2s%s", head, n != NULL ? n + 2 : "",
		    name[stem] == 'n' && name[stem + 1] != ' ' ? name + stem + 1 : "");
		assert_true(dose_age_day(
		    yb_cstr(token), story_date(birth), story_date(""), story_date(""), &got));
		if (yb_date_cmp(got, story_date(day)) != 0)
			fail_msg("%s of %s is not %s", token, birth, day);
		tried++;
	}
	assert_true(tried >= 9);
	(void)state;
}

static void
other_words_are_no_age_tokens(void **state)
{
	static const char *const words[] = { "X1", "M", "Mx", "M3 ", "M3+", "M3+d", "FY", "FYs",
		"GA28", "GA28w7d", "SEASON", "SEASON 13-01", "SEASON 02-30", "SCH-", "D", "B",
		"M99999999999", "Y", "M7+1" };
	yb_date got;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (dose_age_day(yb_cstr(words[i]), story_date("2020-01-01"),
			story_date("2026-08-20"), story_date("2026-08-20"), &got))
			fail_msg("\"%s\" was taken for an age token", words[i]);
	}
	(void)state;
}

/* ---- 5.2 to 5.4: stories (see dose_story.h) ---- */

static void
stories_hold(const struct story *s, size_t n)
{
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		char why[1024] = "";

		if (story_holds(&s[i], rules, why, sizeof why))
			continue;
		print_error("%s (%s | %s): %s\n", s[i].what, s[i].history, s[i].dose, why);
		failed++;
	}
	if (failed > 0)
		fail_msg("%zu of %zu stories fail", failed, n);
}

static void
intervals_count_full_days_between(void **state)
{
	stories_hold(story_intervals, story_intervals_n);
	(void)state;
}

static void
windows_include_both_ends(void **state)
{
	stories_hold(story_ages, story_ages_n);
	(void)state;
}

static void
series_follow_their_variants(void **state)
{
	stories_hold(story_series, story_series_n);
	(void)state;
}

static void
facts_are_classified(void **state)
{
	stories_hold(story_facts, story_facts_n);
	(void)state;
}

static void
the_lot_master_decides(void **state)
{
	static const struct {
		enum dose_lot lot;
		const char *severity;
		bool valid;
	} cases[] = {
		{ DOSE_LOT_KNOWN, NULL, true },
		{ DOSE_LOT_MISSING, "W", true },
		{ DOSE_LOT_STOPPED, "E", false },
	};
	static struct dose_result r;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct story s = { "", "2026-05-10", "", "HEPB 1 2026-07-10 lot=A1", "" };
		struct story_case c;
		const struct dose_finding *f = NULL;

		story_read(&s, &c);
		c.in.lot = cases[i].lot;
		assert_int_equal(
		    dose_evaluate(rules, &c.who, NULL, 0, &c.in, story_date("2026-07-10"), &r), 0);
		for (size_t k = 0; k < r.n_findings; k++)
			f = yb_str_is(r.findings[k].rule, "VR-16") ? &r.findings[k] : f;
		assert_int_equal(r.valid, cases[i].valid);
		assert_int_equal(f != NULL, cases[i].severity != NULL);
		if (f != NULL)
			assert_true(yb_str_is(f->severity, cases[i].severity) && !f->refuse);
	}
	(void)state;
}

/* ---- the builder ---- */

static void
copy_of_masters(struct masters *m)
{
	*m = masters; /* cells are pointers, a test replaces some of them */
}

static const char **
cell_at(struct master *t, size_t row, const char *column)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		if (strcmp(t->heading[i], column) == 0)
			return &t->cell[row][i];
	}
	abort();
}

static void
a_wrong_row_is_named(void **state)
{
	static const struct {
		char table; /* v, s, i */
		size_t row;
		const char *column, *value;
	} wrong[] = {
		{ 'v', 3, "category", "C" },
		{ 'v', 3, "route", "SC|X" },
		{ 'v', 3, "live_type", "" },
		{ 'v', 2, "injectable_live", "Y" }, /* of an inactivated one */
		{ 'v', 5, "code", "ROTA1" },
		{ 'v', 5, "code", "ABCDEFGHIJKLM" },
		{ 'v', 4, "routine_to", "2000-01-01" },
		{ 's', 7, "vaccine_code", "NONE" },
		{ 's', 7, "min_age", "M2x" },
		{ 's', 8, "max_age", "M1" },
		{ 's', 8, "std_to", "M1" },
		{ 's', 0, "phase_ja", "第9期" },
		{ 's', 0, "dose_seq", "0" },
		{ 's', 0, "dose_label_ja", "" },
		{ 's', 0, "sex", "X" },
		{ 's', 0, "series_variant", "other" },
		{ 's', 1, "min_interval_days", "20" },
		{ 's', 1, "next_date_rule", "next+1d" },
		{ 's', 7, "interval_ref", "9回目" },
		{ 's', 7, "interval_ref", "3回目" }, /* itself */
		{ 's', 6, "dose_seq", "1" },         /* twice */
		{ 's', 0, "valid_to", "2001-01-01" },
		{ 'i', 0, "next_date_rule", "27" },
		{ 'i', 0, "from_class", "all" },
		{ 'i', 0, "severity", "BAD" },
		{ 'i', 0, "min_interval_days", "28" },
		{ 'i', 5, "to_class", "MR XX" },
	};
	static struct masters m;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct dose_rules *k = masters_new_rules();
		struct dose_fault f = { NULL, 0, NULL, NULL };
		struct master *t;

		copy_of_masters(&m);
		t = wrong[i].table == 'v'   ? &m.vaccines
		    : wrong[i].table == 's' ? &m.schedule
					    : &m.intervals;
		*cell_at(t, wrong[i].row, wrong[i].column) = wrong[i].value;
		assert_int_equal(masters_build(&m, k, &f), -1);
		assert_non_null(f.what);
		assert_int_equal(f.table[0], wrong[i].table);
		if (f.row != wrong[i].row + 1 ||
		    strncmp(f.column, wrong[i].column, strlen(f.column)) != 0)
			fail_msg("case %zu: row %zu column %s: %s", i, f.row, f.column, f.what);
		free(k);
	}
	(void)state;
}

static struct dose_rules *
build(const struct masters *m)
{
	struct dose_rules *k = masters_new_rules();
	struct dose_fault f;

	assert_int_equal(masters_build(m, k, &f), 0);
	return k;
}

static void
the_version_tells_content_not_order(void **state)
{
	static struct masters m;
	struct dose_rules *k;

	copy_of_masters(&m);
	for (size_t c = 0; c < m.schedule.n_columns; c++) {
		const char *x = m.schedule.cell[0][c];

		m.schedule.cell[0][c] = m.schedule.cell[40][c];
		m.schedule.cell[40][c] = x;
	}
	k = build(&m);
	assert_true(yb_str_eq(dose_rules_version(k), dose_rules_version(rules)));
	free(k);
	*cell_at(&m.schedule, 3, "max_age") = "D225";
	k = build(&m);
	assert_false(yb_str_eq(dose_rules_version(k), dose_rules_version(rules)));
	free(k);
	(void)state;
}

/* A later version of a row rules only the doses of its period. */
static void
rows_hold_in_their_period(void **state)
{
	static const struct story stories[] = {
		{ "old rule", "2026-05-10", "", "BCG 1 2026-12-31", "-VR-04 ok" },
		{ "new rule", "2026-05-10", "", "BCG 1 2027-01-01", "VR-04E" },
	};
	static struct masters m;
	struct dose_rules *k;
	size_t bcg = 0;
	char why[1024];

	copy_of_masters(&m);
	while (strcmp(master_cell(&m.schedule, bcg, "vaccine_code"), "BCG") != 0)
		bcg++;
	memcpy(m.schedule.cell[m.schedule.n], m.schedule.cell[bcg], sizeof m.schedule.cell[0]);
	*cell_at(&m.schedule, bcg, "valid_to") = "2026-12-31";
	*cell_at(&m.schedule, m.schedule.n, "valid_from") = "2027-01-01";
	*cell_at(&m.schedule, m.schedule.n, "max_age") = "M6";
	m.schedule.n++;
	k = build(&m);
	for (size_t i = 0; i < 2; i++) {
		if (!story_holds(&stories[i], k, why, sizeof why))
			fail_msg("%s: %s", stories[i].what, why);
	}
	free(k);
	(void)state;
}

/* ---- names and keys ---- */

static void
seasons_have_keys(void **state)
{
	static const struct {
		const char *code, *on, *due, *key;
	} cases[] = {
		{ "FLU", "2026-10-01", "", "2026" },
		{ "FLU", "2027-03-31", "", "2026" },
		{ "FLU", "2027-04-01", "", "2027" },
		{ "COVID", "2026-12-31", "", "2026" },
		{ "RSVM", "2026-07-01", "2026-08-20", "2026-08-20" },
		{ "RSVM", "2026-07-01", "", "" },
		{ "HEPB", "2026-07-01", "2026-08-20", "" },
		{ "NONE", "2026-07-01", "", "" },
	};
	char room[DOSE_SEASON_KEY];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_true(yb_str_is(dose_season_key(rules, yb_cstr(cases[i].code),
					  story_date(cases[i].on), story_date(cases[i].due), room),
		    cases[i].key));
	(void)state;
}

static void
doses_have_names(void **state)
{
	struct dose_subject who = { .birth_date = { 2026, 5, 10 } };
	struct dose_event first = {
		.vaccine_code = YB_STR("PCV20"), .dose_seq = 1, .on = { 2027, 6, 10 }
	};
	struct dose_event dose = {
		.vaccine_code = YB_STR("PCV20"), .dose_seq = 2, .on = { 2027, 8, 10 }
	};
	yb_str phase, label;

	assert_int_equal(dose_name(rules, &who, &first, 1, &dose, &phase, &label), 0);
	assert_true(yb_str_is(label, "2回目") && phase.p == NULL);
	dose = (struct dose_event) {
		.vaccine_code = YB_STR("JE"), .dose_seq = 1, .on = { 2035, 5, 9 }
	};
	assert_int_equal(dose_name(rules, &who, NULL, 0, &dose, &phase, &label), 0);
	assert_true(yb_str_is(label, "2期") && yb_str_is(phase, "第2期"));
	dose.dose_seq = 7;
	assert_int_equal(dose_name(rules, &who, NULL, 0, &dose, &phase, &label), -1);
	(void)state;
}

static void
impossible_input_is_refused(void **state)
{
	static struct dose_result r;
	static struct dose_event many[DOSE_HISTORY_MAX + 1];
	struct dose_subject who = { .birth_date = { 2026, 5, 10 } };
	struct dose_subject nobody = { .sex = YB_STR("1") };
	struct dose_candidate in = { .dose = { .vaccine_code = YB_STR("NONE") } };
	yb_date today = { 2026, 8, 1 };

	assert_int_equal(dose_check(rules, &who, NULL, 0, &in, today, &r), -1);
	in.dose.vaccine_code = YB_STR("BCG");
	assert_int_equal(dose_check(rules, &nobody, NULL, 0, &in, today, &r), -1);
	assert_int_equal(dose_check(rules, &who, NULL, 0, &in, (yb_date) { 0, 0, 0 }, &r), -1);
	assert_int_equal(dose_check(rules, &who, many, DOSE_HISTORY_MAX + 1, &in, today, &r), -1);
	assert_int_equal(dose_check(rules, &who, many, DOSE_HISTORY_MAX, &in, today, &r), 0);
	(void)state;
}

/* ---- forecast ---- */

static const struct dose_next *
next_of(const struct dose_result *r, const char *code)
{
	for (size_t i = 0; i < r->n_next; i++) {
		if (yb_str_is(r->next[i].vaccine_code, code))
			return &r->next[i];
	}
	return NULL;
}

static void
the_next_doses_are_forecast(void **state)
{
	static struct dose_result r;

	for (size_t i = 0; i < story_dues_n; i++) {
		const struct due *d = &story_dues[i];
		struct story s = { "", d->birth, d->history, "BCG 1 2026-05-10", "" };
		struct story_case c;
		const struct dose_next *n;

		story_read(&s, &c);
		c.who.sex = yb_cstr(d->sex);
		assert_int_equal(
		    dose_forecast(rules, &c.who, c.history, c.n, story_date(d->today), &r), 0);
		n = next_of(&r, d->code);
		if (*d->earliest == '\0'
			? n != NULL
			: n == NULL || n->dose_seq != d->seq ||
			      yb_date_cmp(n->earliest, story_date(d->earliest)) != 0 ||
			      yb_date_cmp(n->recommended, story_date(d->recommended)) != 0 ||
			      yb_date_cmp(n->latest, story_date(d->latest)) != 0)
			fail_msg("due %zu %s %s on %s", i, d->code, d->history, d->today);
	}
	(void)state;
}

static void
a_pregnancy_has_one_dose(void **state)
{
	static struct dose_result r;
	struct dose_subject who = {
		.birth_date = { 1995, 1, 1 },
		.sex = YB_STR("2"),
		.due_date = { 2026, 8, 20 },
	};
	struct dose_event given = {
		.vaccine_code = YB_STR("RSVM"),
		.dose_seq = 1,
		.on = { 2026, 6, 1 },
	};
	yb_date today = { 2026, 6, 2 };
	const struct dose_next *n;

	assert_int_equal(dose_forecast(rules, &who, NULL, 0, today, &r), 0);
	n = next_of(&r, "RSVM");
	assert_true(n != NULL && yb_date_cmp(n->earliest, story_date("2026-05-28")) == 0 &&
		    yb_date_cmp(n->latest, story_date("2026-07-29")) == 0);
	assert_int_equal(dose_forecast(rules, &who, &given, 1, today, &r), 0);
	assert_null(next_of(&r, "RSVM"));
	who.pregnant = DOSE_NO;
	assert_int_equal(dose_forecast(rules, &who, NULL, 0, today, &r), 0);
	assert_null(next_of(&r, "RSVM"));
	(void)state;
}

/* ---- random histories ---- */

static void
random_histories_agree_with_the_reference(void **state)
{
	char why[4096] = "";

	for (unsigned long i = 0; i < random_histories; i++) {
		if (!reference_agrees(&masters, rules, i, why, sizeof why))
			fail_msg("history %lu: %s", i, why);
	}
	(void)state;
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages_are_reached_on_the_day_before_the_birthday),
		cmocka_unit_test(the_examples_of_the_token_master_hold),
		cmocka_unit_test(other_words_are_no_age_tokens),
		cmocka_unit_test(intervals_count_full_days_between),
		cmocka_unit_test(windows_include_both_ends),
		cmocka_unit_test(series_follow_their_variants),
		cmocka_unit_test(facts_are_classified),
		cmocka_unit_test(the_lot_master_decides),
		cmocka_unit_test(a_wrong_row_is_named),
		cmocka_unit_test(the_version_tells_content_not_order),
		cmocka_unit_test(rows_hold_in_their_period),
		cmocka_unit_test(seasons_have_keys),
		cmocka_unit_test(doses_have_names),
		cmocka_unit_test(impossible_input_is_refused),
		cmocka_unit_test(the_next_doses_are_forecast),
		cmocka_unit_test(a_pregnancy_has_one_dose),
		cmocka_unit_test(random_histories_agree_with_the_reference),
	};
	const char *dir = argc > 1 ? argv[1] : YB_MASTERS_DIR;
	int failed;

	if (argc > 2)
		random_histories = strtoul(argv[2], NULL, 10);
	if (masters_load(&masters, dir) < 0) {
		(void)fprintf(stderr, "no masters in %s\n", dir);
		return SKIPPED;
	}
	rules = build(&masters);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(rules);
	masters_free(&masters);
	return failed == 0 ? 0 : 1;
}
