/*
 * dose_rows.c - rows of the masters for the dose engine, whoever has read them: the masters as
 * they count (codes.c), or as a draft would have them (simulate.c).
 */
#include "dose_rows.h"

const yb_field dose_schedule_fields[] = {
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

const yb_field dose_interval_fields[] = {
	{ "rule_id", YB_OF(struct dose_interval_row, rule_id) },
	{ "from_class", YB_OF(struct dose_interval_row, from_class) },
	{ "to_class", YB_OF(struct dose_interval_row, to_class) },
	{ "min_interval_days", YB_OF(struct dose_interval_row, min_interval_days) },
	{ "next_date_rule", YB_OF(struct dose_interval_row, next_date_rule) },
	{ "from_date", YB_OF(struct dose_interval_row, from_date) },
	{ "severity", YB_OF(struct dose_interval_row, severity) },
	{ 0 },
};

bool
dose_rows_vaccines(struct dose_rules *rules, const yb_list *rows, size_t size)
{
	struct dose_fault fault;

	for (size_t i = 0; i < rows->n; i++) {
		const void *row = (const char *)rows->items + i * size;

		if (dose_rules_add_vaccine(rules, row, &fault) < 0)
			return false;
	}
	return true;
}

bool
dose_rows_schedule(struct dose_rules *rules, const yb_list *rows)
{
	const struct dose_schedule_row *at = rows->items;
	struct dose_fault fault;

	for (size_t i = 0; i < rows->n; i++)
		if (dose_rules_add_schedule(rules, &at[i], &fault) < 0)
			return false;
	return true;
}

bool
dose_rows_intervals(struct dose_rules *rules, const yb_list *rows)
{
	const struct dose_interval_row *at = rows->items;
	struct dose_fault fault;

	for (size_t i = 0; i < rows->n; i++)
		if (dose_rules_add_interval(rules, &at[i], &fault) < 0)
			return false;
	return dose_rules_finish(rules, &fault) == 0;
}
