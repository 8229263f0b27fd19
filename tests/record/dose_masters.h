/*
 * dose_masters.h - the master CSVs as text cells, for the tests and the bench.
 */
#ifndef YB_TESTS_DOSE_MASTERS_H
#define YB_TESTS_DOSE_MASTERS_H

#include "../../modules/record/dose.h"

#define MASTER_ROWS    200
#define MASTER_COLUMNS 24

struct master {
	char *text; /* the whole file, cut into cells in place */
	size_t n;   /* rows besides the heading */
	size_t n_columns;
	const char *heading[MASTER_COLUMNS];
	const char *cell[MASTER_ROWS][MASTER_COLUMNS];
};

struct masters {
	struct master vaccines, schedule, intervals, ages;
};

/* -1: a file of the directory cannot be read. */
int masters_load(struct masters *m, const char *dir);
void masters_free(struct masters *m);
/* A column that does not exist is a mistake of the test: aborts. */
const char *master_cell(const struct master *t, size_t row, const char *column);
/* Every row through the builder. -1: see the fault. */
int masters_build(const struct masters *m, struct dose_rules *rules, struct dose_fault *f);
/* One row as the builder takes it; texts are lent from the table. */
struct dose_vaccine_row masters_vaccine(const struct masters *m, size_t row);
struct dose_schedule_row masters_schedule(const struct masters *m, size_t row);
struct dose_interval_row masters_interval(const struct masters *m, size_t row);
/* New memory for a table, initialised; free() it. */
struct dose_rules *masters_new_rules(void);

#endif
