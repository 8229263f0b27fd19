/*
 * dose_rows.h - rows of the masters for the dose engine: their columns, and how they become rules.
 */
#ifndef RECORD_DOSE_ROWS_H
#define RECORD_DOSE_ROWS_H

#include <yb/record.h>

#include "dose.h"

/* clang-format off */
/* Fields of the struct dose_vaccine_row at path `p` of struct `s`. */
#define DOSE_VACCINE_FIELDS(s, p)						\
	{ "code", YB_OF(s, p.code) },						\
	{ "category", YB_OF(s, p.category) },					\
	{ "route", YB_OF(s, p.route) },						\
	{ "live_type", YB_OF(s, p.live_type) },					\
	{ "injectable_live", YB_OF(s, p.injectable_live) },			\
	{ "dose_ml", YB_OF(s, p.dose_ml), .scale = 2 },				\
	{ "routine_from", YB_OF(s, p.routine_from) },				\
	{ "routine_to", YB_OF(s, p.routine_to) }
/* clang-format on */

/* Of struct dose_schedule_row and struct dose_interval_row. */
extern const yb_field dose_schedule_fields[], dose_interval_fields[];

/*
 * Rows of a master into a table that was begun, in this order; the third finishes it. false: a
 * row is refused, or the rows contradict each other; the table cannot be used.
 */
/* Each row is `size` bytes and begins with its struct dose_vaccine_row. */
bool dose_rows_vaccines(struct dose_rules *rules, const yb_list *rows, size_t size) YB_MUST_USE;
bool dose_rows_schedule(struct dose_rules *rules, const yb_list *rows) YB_MUST_USE;
bool dose_rows_intervals(struct dose_rules *rules, const yb_list *rows) YB_MUST_USE;

#endif
