/*
 * dose_bench.c - forecasts and checks of full histories per second on one core.
 *
 *	dose_bench [directory of the master CSVs [seconds]]
 *
 * Twelve infants with every dose of the first two years (26 doses), each asked on another
 * day; the same histories are checked with one more dose and evaluated as a record.
 */
#include "../record/dose_masters.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef YB_MASTERS_DIR
#define YB_MASTERS_DIR "sql/masters"
#endif

#define INFANTS 12
#define DOSES   26

struct infant {
	struct dose_subject who;
	struct dose_event history[DOSES];
	struct dose_candidate next;
	yb_date today;
};

static const struct {
	const char *code;
	int seq;
	int months, days; /* after birth */
} usual[DOSES] = {
	{ "HEPB", 1, 2, 0 },
	{ "ROTA5", 1, 2, 0 },
	{ "DPTIPVHIB", 1, 2, 0 },
	{ "PCV20", 1, 2, 0 },
	{ "HEPB", 2, 3, 0 },
	{ "ROTA5", 2, 3, 0 },
	{ "DPTIPVHIB", 2, 3, 0 },
	{ "PCV20", 2, 3, 0 },
	{ "ROTA5", 3, 4, 0 },
	{ "DPTIPVHIB", 3, 4, 0 },
	{ "PCV20", 3, 4, 0 },
	{ "BCG", 1, 5, 0 },
	{ "HEPB", 3, 7, 14 },
	{ "MR", 1, 12, 0 },
	{ "VAR", 1, 12, 0 },
	{ "PCV20", 4, 12, 0 },
	{ "DPTIPVHIB", 4, 12, 7 },
	{ "FLU", 1, 8, 0 },
	{ "FLU", 2, 9, 0 },
	{ "VAR", 2, 18, 0 },
	{ "FLU", 1, 20, 0 },
	{ "FLU", 2, 21, 0 },
	{ "COVID", 1, 9, 3 },
	{ "COVID", 2, 10, 3 },
	{ "JE", 1, 22, 0 },
	{ "JE", 2, 22, 14 },
};

static void
infant_make(struct infant *x, int n)
{
	x->who = (struct dose_subject) {
		.birth_date = yb_date_add_days((yb_date) { 2023, 4, 1 }, 29 * n),
		.sex = n % 2 == 0 ? YB_STR("2") : YB_STR("1"),
		.resident = DOSE_YES,
	};
	for (size_t i = 0; i < DOSES; i++) {
		yb_date on = yb_date_add_months(x->who.birth_date, usual[i].months);

		x->history[i] = (struct dose_event) {
			.vaccine_code = yb_cstr(usual[i].code),
			.dose_seq = usual[i].seq,
			.on = yb_date_add_days(on, usual[i].days),
		};
	}
	x->today = yb_date_add_days(yb_date_add_months(x->who.birth_date, 26), n);
	x->next = (struct dose_candidate) {
		.dose = { .vaccine_code = YB_STR("JE"), .dose_seq = 3, .on = x->today },
		.lot_no = YB_STR("A1234"),
		.route = YB_STR("SC"),
	};
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
ask(int what, const struct dose_rules *rules, const struct infant *x, struct dose_result *r)
{
	if (what == 0)
		return dose_forecast(rules, &x->who, x->history, DOSES, x->today, r);
	if (what == 1)
		return dose_check(rules, &x->who, x->history, DOSES, &x->next, x->today, r);
	return dose_evaluate(rules, &x->who, x->history, DOSES, &x->next, x->today, r);
}

int
main(int argc, char **argv)
{
	static const char *const names[] = { "dose_forecast", "dose_check", "dose_evaluate" };
	static struct infant infants[INFANTS];
	static struct dose_result r;
	static struct masters m;
	const char *dir = argc > 1 ? argv[1] : YB_MASTERS_DIR;
	double limit = argc > 2 ? strtod(argv[2], NULL) : 1.0;
	struct dose_rules *rules = masters_new_rules();
	struct dose_fault f;

	if (masters_load(&m, dir) < 0 || masters_build(&m, rules, &f) < 0) {
		(void)fprintf(stderr, "no usable masters in %s\n", dir);
		return 77;
	}
	for (int i = 0; i < INFANTS; i++)
		infant_make(&infants[i], i);
	for (int what = 0; what < 3; what++) {
		double start = seconds(), spent;
		unsigned long n = 0;

		do {
			for (int i = 0; i < INFANTS * 100; i++, n++) {
				if (ask(what, rules, &infants[i % INFANTS], &r) < 0)
					return 1;
			}
			spent = seconds() - start;
		} while (spent < limit);
		(void)printf("%-14s %9.0f /s/core  (%d doses, %zu due)\n", names[what],
		    (double)n / spent, DOSES, r.n_next);
	}
	free(rules);
	masters_free(&m);
	return 0;
}
