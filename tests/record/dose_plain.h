/*
 * dose_plain.h - the parts of the reference: dose_reference.c reckons with days and courses,
 * dose_plain.c says the findings, dose_plain_next.c the forecast, and dose_random.c makes
 * people and compares with the engine.
 */
#ifndef YB_TESTS_DOSE_PLAIN_H
#define YB_TESTS_DOSE_PLAIN_H

#include "dose_masters.h"

#define ALWAYS 0
#define NEVER  1000000
#define NO_ROW ((size_t)-1)

#define PLAIN_DOSES 40
#define PLAIN_TEXT  6000

struct plain_dose {
	int day;
	const char *code;
	const char *phase; /* "": not said */
	int seq;           /* 0: not said */
	char exec;
};

/* A person, the doses by day, and the dose that is judged. */
struct plain {
	const struct masters *m;
	const struct dose_subject *who;
	const struct dose_candidate *in;
	int birth, today;
	size_t n;
	struct plain_dose dose[PLAIN_DOSES];
	struct plain_dose it;
};

struct course {
	const char *code, *phase;
	int on;
	size_t n, n_all;
	int last, total;
	struct plain_dose dose[PLAIN_DOSES];
	size_t row[11];
};

int plain_day(yb_date d);
yb_date plain_date(int day);
int plain_months(int day, int n, bool *exists);
int plain_fiscal_year(int day);
int plain_token(const char *cell, int birth, int on, bool end);
const char *plain_phase(const struct plain *p, const char *code, const char *said, int day);
size_t plain_vaccine(const struct plain *p, const char *code);
int plain_routine(const struct plain *p, const char *code, bool end);
bool plain_live(const struct plain *p, const char *code);
const char *plain_cell(const struct plain *p, size_t row, const char *column);
void plain_course(const struct plain *p, struct course *c, const char *code, const char *phase,
    int on, bool forecast);
bool plain_booster(const struct plain *p, size_t row);
bool plain_start(const struct plain *p, const struct course *c);
bool plain_dropped(const struct plain *p, const struct course *c, int seq, int on);
int plain_wait(const struct plain *p, const struct course *c, int seq, const char *shortened);
int plain_valid_from(const struct plain *p, size_t row);
/* How many doses were given under the measure for the special cohort. */
int plain_special(const struct plain *p, const struct course *c);
enum dose_tri plain_risk(const struct plain *p, const char *code);
size_t
plain_windows(const struct plain *p, const struct course *c, int seq, bool risk, int at[][2]);

/* "VR-04E ?VR-06 ": by rule, unknown ones last. */
void plain_findings(const struct plain *p, char text[PLAIN_TEXT]);
/* A line for each dose that is due. */
void plain_forecast(const struct plain *p, char text[PLAIN_TEXT]);

#endif
