/*
 * codes.c - masters this area looks into at every write, read once when a worker starts.
 *
 * A master that changes is followed by a reload, which starts new workers (architecture 6).
 */
#include "record.h"

#include <string.h>

#define CODES_MAX    2000
#define VACCINES_MAX 200
#define ROWS_MAX     2000

struct code { /* terminated, so that comparing needs no table of lengths */
	char list[21];
	char code[21];
};

struct vaccine {
	char code[13];
	char name[161];
};

struct record_state {
	struct dose_rules *rules;
	size_t n_codes, n_vaccines;
	struct code codes[CODES_MAX];
	struct vaccine vaccines[VACCINES_MAX];
};

/* ---- reading ---- */

struct code_row {
	yb_str list_id, code;
};

static const yb_field code_row[] = {
	{ "list_id", YB_OF(struct code_row, list_id) },
	{ "code", YB_OF(struct code_row, code) },
	{ 0 },
};

const yb_query record_codes = {
	.name = "record_codes",
	.sql = "SELECT list_id, code FROM master_code"
	       " WHERE list_id IN ('CL_LEGAL','CL_ROUTE','CL_SITE','CL_EXEC','CL_PLACE',"
	       "'CL_SEX','CL_ELIM','CL_PURPOSE')",
	.row = code_row,
	.row_size = sizeof(struct code_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

struct vaccine_row {
	struct dose_vaccine_row d;
	yb_str short_ja;
};

static const yb_field vaccine_row[] = {
	{ "code", YB_OF(struct vaccine_row, d.code) },
	{ "category", YB_OF(struct vaccine_row, d.category) },
	{ "route", YB_OF(struct vaccine_row, d.route) },
	{ "live_type", YB_OF(struct vaccine_row, d.live_type) },
	{ "injectable_live", YB_OF(struct vaccine_row, d.injectable_live) },
	{ "dose_ml", YB_OF(struct vaccine_row, d.dose_ml), .scale = 2 },
	{ "routine_from", YB_OF(struct vaccine_row, d.routine_from) },
	{ "routine_to", YB_OF(struct vaccine_row, d.routine_to) },
	{ "short_ja", YB_OF(struct vaccine_row, short_ja) },
	{ 0 },
};

const yb_query record_vaccines = {
	.name = "record_vaccines",
	.sql = "SELECT code, category, route, live_type, IF(injectable_live, 'Y', 'N')"
	       "  AS injectable_live, dose_ml, routine_from, routine_to, short_ja"
	       "  FROM master_vaccine ORDER BY code",
	.row = vaccine_row,
	.row_size = sizeof(struct vaccine_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

static const yb_field schedule_row[] = {
	{ "vaccine_code", YB_OF(struct dose_schedule_row, vaccine_code) },
	{ "phase", YB_OF(struct dose_schedule_row, phase) },
	{ "series_variant", YB_OF(struct dose_schedule_row, series_variant) },
	{ "dose_seq", YB_OF(struct dose_schedule_row, dose_seq) },
	{ "dose_label", YB_OF(struct dose_schedule_row, dose_label) },
	{ "min_age", YB_OF(struct dose_schedule_row, min_age) },
	{ "max_age", YB_OF(struct dose_schedule_row, max_age) },
	{ "std_from", YB_OF(struct dose_schedule_row, std_from) },
	{ "std_to", YB_OF(struct dose_schedule_row, std_to) },
	{ "min_interval_days", YB_OF(struct dose_schedule_row, min_interval_days) },
	{ "next_date_rule", YB_OF(struct dose_schedule_row, next_date_rule) },
	{ "std_interval", YB_OF(struct dose_schedule_row, std_interval) },
	{ "interval_ref", YB_OF(struct dose_schedule_row, interval_ref) },
	{ "sex", YB_OF(struct dose_schedule_row, sex) },
	{ "valid_from", YB_OF(struct dose_schedule_row, valid_from) },
	{ "valid_to", YB_OF(struct dose_schedule_row, valid_to) },
	{ 0 },
};

const yb_query record_schedule = {
	.name = "record_schedule",
	.sql = "SELECT vaccine_code, phase_ja AS phase, series_variant, dose_seq,"
	       "  dose_label_ja AS dose_label, min_age, max_age, std_from, std_to,"
	       "  min_interval_days, next_date_rule, std_interval_ja AS std_interval,"
	       "  interval_ref, sex, valid_from, valid_to"
	       "  FROM master_schedule ORDER BY row_no",
	.row = schedule_row,
	.row_size = sizeof(struct dose_schedule_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

static const yb_field interval_row[] = {
	{ "rule_id", YB_OF(struct dose_interval_row, rule_id) },
	{ "from_class", YB_OF(struct dose_interval_row, from_class) },
	{ "to_class", YB_OF(struct dose_interval_row, to_class) },
	{ "min_interval_days", YB_OF(struct dose_interval_row, min_interval_days) },
	{ "next_date_rule", YB_OF(struct dose_interval_row, next_date_rule) },
	{ "from_date", YB_OF(struct dose_interval_row, from_date) },
	{ "severity", YB_OF(struct dose_interval_row, severity) },
	{ 0 },
};

const yb_query record_intervals = {
	.name = "record_intervals",
	.sql = "SELECT rule_id, from_class, to_class, min_interval_days, next_date_rule,"
	       "  from_date, severity FROM master_interval_rule ORDER BY rule_id",
	.row = interval_row,
	.row_size = sizeof(struct dose_interval_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

/* ---- the start hook ---- */

static void
keep(char *out, size_t room, yb_str s)
{
	size_t n = s.len < room ? s.len : room - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

static int
load_codes(yb_req *boot, struct record_state *st)
{
	yb_list rows;

	if (yb_db_list(boot, &record_codes, YB_NO_ARGS, CODES_MAX, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct code_row *row = (const struct code_row *)rows.items + i;

		keep(st->codes[i].list, sizeof st->codes[i].list, row->list_id);
		keep(st->codes[i].code, sizeof st->codes[i].code, row->code);
	}
	st->n_codes = rows.n;
	return 0;
}

static int
load_vaccines(yb_req *boot, struct record_state *st)
{
	struct dose_fault fault;
	yb_list rows;

	if (yb_db_list(boot, &record_vaccines, YB_NO_ARGS, VACCINES_MAX, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct vaccine_row *row = (const struct vaccine_row *)rows.items + i;

		keep(st->vaccines[i].code, sizeof st->vaccines[i].code, row->d.code);
		keep(st->vaccines[i].name, sizeof st->vaccines[i].name, row->short_ja);
		if (dose_rules_add_vaccine(st->rules, &row->d, &fault) < 0)
			return -1;
	}
	st->n_vaccines = rows.n;
	return rows.n == 0 ? -1 : 0; /* no master was loaded: nothing could be registered */
}

static int
load_rules(yb_req *boot, struct record_state *st)
{
	struct dose_fault fault;
	yb_list rows;

	if (yb_db_list(boot, &record_schedule, YB_NO_ARGS, ROWS_MAX, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (dose_rules_add_schedule(st->rules,
			(const struct dose_schedule_row *)rows.items + i, &fault) < 0)
			return -1;
	if (yb_db_list(boot, &record_intervals, YB_NO_ARGS, ROWS_MAX, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (dose_rules_add_interval(st->rules,
			(const struct dose_interval_row *)rows.items + i, &fault) < 0)
			return -1;
	return dose_rules_finish(st->rules, &fault);
}

int
record_start(yb_req *boot, void **ret_state)
{
	struct record_state *st = yb_alloc_state(boot, sizeof *st);

	st->rules = yb_alloc_state(boot, dose_rules_size());
	dose_rules_init(st->rules);
	if (load_codes(boot, st) < 0 || load_vaccines(boot, st) < 0 || load_rules(boot, st) < 0)
		return yb_problem(boot, "E-SYS-003");
	*ret_state = st;
	return 0;
}

/* ---- asking ---- */

bool
record_code_known(const yb_req *r, const char *list, yb_str code)
{
	const struct record_state *st = yb_module_state(r);

	for (size_t i = 0; i < st->n_codes; i++)
		if (strcmp(st->codes[i].list, list) == 0 && yb_str_is(code, st->codes[i].code))
			return true;
	return false;
}

const struct dose_rules *
record_rules(const yb_req *r)
{
	const struct record_state *st = yb_module_state(r);

	return st->rules;
}

yb_str
record_vaccine_name(const yb_req *r, yb_str code)
{
	const struct record_state *st = yb_module_state(r);

	for (size_t i = 0; i < st->n_vaccines; i++)
		if (yb_str_is(code, st->vaccines[i].code))
			return yb_cstr(st->vaccines[i].name);
	return (yb_str) { 0 };
}
