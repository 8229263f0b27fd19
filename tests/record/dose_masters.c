/*
 * dose_masters.c - reads the master CSVs (RFC 4180, UTF-8) for the tests and the bench.
 */
#include "dose_masters.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
file_read(const char *dir, const char *name)
{
	char path[1024];
	char *text = NULL;
	FILE *f;
	long size;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (f == NULL)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0) {
		text = calloc((size_t)size + 1, 1);
		if (text != NULL && fread(text, 1, (size_t)size, f) != (size_t)size) {
			free(text);
			text = NULL;
		}
	}
	(void)fclose(f);
	return text;
}

/* Cuts one cell off; returns the character behind it. Quotes are undone in place. */
static char
cell_cut(char **at, const char **ret)
{
	char *p = *at, *to = p;
	bool quoted = *p == '"';
	char end;

	*ret = to;
	if (quoted)
		p++;
	while (*p != '\0') {
		if (quoted && *p == '"') {
			p++;
			if (*p != '"')
				break;
		} else if (!quoted && (*p == ',' || *p == '\n' || *p == '\r')) {
			break;
		}
		*to++ = *p++;
	}
	end = *p;
	if (end == '\r')
		end = *++p;
	*at = end == '\0' ? p : p + 1;
	*to = '\0';
	return end;
}

static int
master_load(struct master *t, const char *dir, const char *name)
{
	char *at;

	t->text = file_read(dir, name);
	if (t->text == NULL)
		return -1;
	at = t->text;
	if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	do {
		assert(t->n_columns < MASTER_COLUMNS);
	} while (cell_cut(&at, &t->heading[t->n_columns++]) == ',');
	while (*at != '\0') {
		size_t column = 0;

		assert(t->n < MASTER_ROWS);
		do {
			assert(column < t->n_columns);
		} while (cell_cut(&at, &t->cell[t->n][column++]) == ',');
		assert(column == t->n_columns);
		t->n++;
	}
	return 0;
}

int
masters_load(struct masters *m, const char *dir)
{
	memset(m, 0, sizeof *m);
	if (master_load(&m->vaccines, dir, "vaccines.csv") < 0 ||
	    master_load(&m->schedule, dir, "schedule.csv") < 0 ||
	    master_load(&m->intervals, dir, "interval_rules.csv") < 0 ||
	    master_load(&m->ages, dir, "age_tokens.csv") < 0) {
		masters_free(m);
		return -1;
	}
	return 0;
}

void
masters_free(struct masters *m)
{
	free(m->vaccines.text);
	free(m->schedule.text);
	free(m->intervals.text);
	free(m->ages.text);
	memset(m, 0, sizeof *m);
}

const char *
master_cell(const struct master *t, size_t row, const char *column)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		if (strcmp(t->heading[i], column) == 0)
			return t->cell[row][i];
	}
	abort();
}

static yb_str
text_of(const struct master *t, size_t row, const char *column)
{
	return yb_cstr(master_cell(t, row, column));
}

static yb_date
date_of(const struct master *t, size_t row, const char *column)
{
	yb_date d = { 0, 0, 0 };
	yb_str s = text_of(t, row, column);

	if (s.len > 0 && !yb_date_parse(s, &d))
		abort();
	return d;
}

static yb_int
number_of(const struct master *t, size_t row, const char *column)
{
	const char *s = master_cell(t, row, column);

	if (*s == '\0')
		return (yb_int) { 0, false };
	return (yb_int) { strtol(s, NULL, 10), true };
}

struct dose_vaccine_row
masters_vaccine(const struct masters *m, size_t row)
{
	const struct master *t = &m->vaccines;
	const char *ml = master_cell(t, row, "dose_ml");
	const char *point = strchr(ml, '.');
	struct dose_vaccine_row r = {
		.code = text_of(t, row, "code"),
		.category = text_of(t, row, "category"),
		.route = text_of(t, row, "route"),
		.live_type = text_of(t, row, "live_type"),
		.injectable_live = text_of(t, row, "injectable_live"),
		.routine_from = date_of(t, row, "routine_from"),
		.routine_to = date_of(t, row, "routine_to"),
	};

	if (*ml != '\0') {
		r.dose_ml.set = true;
		r.dose_ml.units = 100 * strtol(ml, NULL, 10);
		if (point != NULL)
			r.dose_ml.units +=
			    strtol(point + 1, NULL, 10) * (strlen(point + 1) == 1 ? 10 : 1);
	}
	return r;
}

struct dose_schedule_row
masters_schedule(const struct masters *m, size_t row)
{
	const struct master *t = &m->schedule;

	return (struct dose_schedule_row) {
		.vaccine_code = text_of(t, row, "vaccine_code"),
		.phase = text_of(t, row, "phase_ja"),
		.series_variant = text_of(t, row, "series_variant"),
		.dose_seq = number_of(t, row, "dose_seq").v,
		.dose_label = text_of(t, row, "dose_label_ja"),
		.min_age = text_of(t, row, "min_age"),
		.max_age = text_of(t, row, "max_age"),
		.std_from = text_of(t, row, "std_from"),
		.std_to = text_of(t, row, "std_to"),
		.min_interval_days = number_of(t, row, "min_interval_days"),
		.next_date_rule = text_of(t, row, "next_date_rule"),
		.std_interval = text_of(t, row, "std_interval_ja"),
		.interval_ref = text_of(t, row, "interval_ref"),
		.sex = text_of(t, row, "sex"),
		.valid_from = date_of(t, row, "valid_from"),
		.valid_to = date_of(t, row, "valid_to"),
	};
}

struct dose_interval_row
masters_interval(const struct masters *m, size_t row)
{
	const struct master *t = &m->intervals;

	return (struct dose_interval_row) {
		.rule_id = text_of(t, row, "rule_id"),
		.from_class = text_of(t, row, "from_class"),
		.to_class = text_of(t, row, "to_class"),
		.min_interval_days = number_of(t, row, "min_interval_days"),
		.next_date_rule = text_of(t, row, "next_date_rule"),
		.from_date = date_of(t, row, "from_date"),
		.severity = text_of(t, row, "severity"),
	};
}

int
masters_build(const struct masters *m, struct dose_rules *rules, struct dose_fault *f)
{
	for (size_t i = 0; i < m->vaccines.n; i++) {
		struct dose_vaccine_row row = masters_vaccine(m, i);

		if (dose_rules_add_vaccine(rules, &row, f) < 0)
			return -1;
	}
	for (size_t i = 0; i < m->schedule.n; i++) {
		struct dose_schedule_row row = masters_schedule(m, i);

		if (dose_rules_add_schedule(rules, &row, f) < 0)
			return -1;
	}
	for (size_t i = 0; i < m->intervals.n; i++) {
		struct dose_interval_row row = masters_interval(m, i);

		if (dose_rules_add_interval(rules, &row, f) < 0)
			return -1;
	}
	return dose_rules_finish(rules, f);
}

struct dose_rules *
masters_new_rules(void)
{
	struct dose_rules *rules = malloc(dose_rules_size());

	if (rules == NULL)
		abort();
	dose_rules_init(rules);
	return rules;
}
