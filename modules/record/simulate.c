/*
 * simulate.c - whose doses a drafted change of the rules would move (H-8-3 step 2): the rules as
 * they will count on its first day, with the change and without, over every resident.
 *
 * The master asks and shows; persons stay here, only counts go back. What was counted and how
 * far that is stands in one transaction, so that a kill counts nobody twice.
 */
#include "dose_rows.h"
#include "record.h"

#include <string.h>

#define STEP	  500
#define ROWS_MAX  4000
#define CODES_MAX 400

struct simulation {
	int64_t change_id, n_persons, n_done, upto;
	yb_date on;
};

static const yb_field simulation_row[] = {
	{ "change_id", YB_OF(struct simulation, change_id) },
	{ "n_persons", YB_OF(struct simulation, n_persons) },
	{ "n_done", YB_OF(struct simulation, n_done) },
	{ "upto", YB_OF(struct simulation, upto) },
	{ "on_day", YB_OF(struct simulation, on) },
	{ 0 },
};

/* Found without a lock, then locked: who asks anew waits for the step, and is not in its way. */
const yb_query record_simulation_next = {
	.name = "record_simulation_next",
	.sql = "SELECT change_id, n_persons, n_done, upto, on_day FROM master_simulation"
	       " WHERE change_id = (SELECT n.change_id FROM (SELECT change_id FROM master_simulation"
	       "  WHERE status IN ('RUNNING', 'WAITING') ORDER BY status, asked_us LIMIT 1) AS n)"
	       " AND status IN ('RUNNING', 'WAITING') FOR UPDATE",
	.row = simulation_row,
	.row_size = sizeof(struct simulation),
	.nparams = 0,
	.tenant = YB_CROSS,
};

const yb_query record_simulation_set = {
	.name = "record_simulation_set",
	.sql = "UPDATE master_simulation SET status = ?, n_persons = ?, n_done = ?, upto = ?,"
	       " done_us = ? WHERE change_id = ?",
	.nparams = 6,
	.tenant = YB_CROSS,
};

struct people {
	int64_t n;
};

static const yb_field people_row[] = { { "n", YB_OF(struct people, n) }, { 0 } };

const yb_query record_simulation_people = {
	.name = "record_simulation_people",
	.sql = "SELECT COUNT(*) AS n FROM record_subject"
	       " WHERE resident_state = '住民' AND death_date IS NULL",
	.row = people_row,
	.row_size = sizeof(struct people),
	.nparams = 0,
	.tenant = YB_CROSS,
};

struct tally {
	int64_t change_id;
	yb_str kind, code;
	int64_t persons, changed, gained, lost;
};

static const yb_field tally_params[] = {
	{ "change_id", YB_OF(struct tally, change_id) },
	{ "kind", YB_OF(struct tally, kind) },
	{ "code", YB_OF(struct tally, code) },
	{ "persons", YB_OF(struct tally, persons) },
	{ "changed", YB_OF(struct tally, changed) },
	{ "gained", YB_OF(struct tally, gained) },
	{ "lost", YB_OF(struct tally, lost) },
	{ 0 },
};

const yb_query record_simulation_count = {
	.name = "record_simulation_count",
	.sql = "INSERT INTO master_simulation_count (change_id, kind, code, persons, changed, gained,"
	       " lost) VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
	       " persons = persons + VALUES(persons), changed = changed + VALUES(changed),"
	       " gained = gained + VALUES(gained), lost = lost + VALUES(lost)",
	.nparams = 7,
	.tenant = YB_CROSS,
};

/* ---- rules of a day, with the change or without ---- */

/* "?": the day twice, whether with the change, the change; the same change again. */
#define RULES(master, columns)                                                                 \
	"SELECT " columns " FROM (SELECT l.key_text, l.cells FROM master_live_view AS l"           \
	" WHERE l.master = '" master "' AND l.valid_from <= ?"                                     \
	"  AND (l.valid_to IS NULL OR l.valid_to >= ?) AND (? = 0 OR NOT EXISTS"                   \
	"   (SELECT 1 FROM master_draft_view AS d WHERE d.change_id = ? AND d.master = '" master   \
	"'    AND d.key_text = l.key_text))"                                                       \
	" UNION ALL SELECT d.key_text, d.cells FROM master_draft_view AS d"                        \
	" WHERE d.change_id = IF(? = 0, 0, ?) AND d.master = '" master "'"                         \
	"  AND d.op IN ('NEW', 'REVISE')) AS c"
#define J(name)	    "JSON_VALUE(c.cells, '$." name "')"
#define TEXT(name, as) J(name) " AS " as
#define DAY(name)   "CAST(" J(name) " AS DATE) AS " name
#define NUMBER(name) "CAST(" J(name) " AS SIGNED) AS " name

struct vaccine_row { /* gives the shared field list its path */
	struct dose_vaccine_row d;
};

static const yb_field vaccine_row[] = {
	DOSE_VACCINE_FIELDS(struct vaccine_row, d),
	{ 0 },
};

const yb_query record_draft_vaccines = {
	.name = "record_draft_vaccines",
	.sql = RULES("M12", TEXT("code", "code") ", " TEXT("category", "category") ", "
	    TEXT("route", "route") ", " TEXT("live_type", "live_type") ", "
	    TEXT("injectable_live", "injectable_live") ", CAST(" J("dose_ml")
	    " AS DECIMAL(4,2)) AS dose_ml, " DAY("routine_from") ", " DAY("routine_to"))
	    " ORDER BY c.key_text",
	.row = vaccine_row,
	.row_size = sizeof(struct vaccine_row),
	.nparams = 6,
	.tenant = YB_GLOBAL,
};

const yb_query record_draft_schedule = {
	.name = "record_draft_schedule",
	.sql = RULES("M14", TEXT("vaccine_code", "vaccine_code") ", " TEXT("phase_ja", "phase") ", "
	    TEXT("series_variant", "series_variant") ", COALESCE(CAST(" J("dose_seq")
	    " AS SIGNED), 0) AS dose_seq, " TEXT("dose_label_ja", "dose_label") ", "
	    TEXT("min_age", "min_age") ", " TEXT("max_age", "max_age") ", "
	    TEXT("std_from", "std_from") ", " TEXT("std_to", "std_to") ", "
	    NUMBER("min_interval_days") ", " TEXT("next_date_rule", "next_date_rule") ", "
	    TEXT("std_interval_ja", "std_interval") ", " TEXT("interval_ref", "interval_ref") ", "
	    TEXT("sex", "sex") ", " DAY("valid_from") ", " DAY("valid_to"))
	    " ORDER BY CAST(c.key_text AS SIGNED)",
	.row = dose_schedule_fields,
	.row_size = sizeof(struct dose_schedule_row),
	.nparams = 6,
	.tenant = YB_GLOBAL,
};

const yb_query record_draft_intervals = {
	.name = "record_draft_intervals",
	.sql = RULES("M14I", TEXT("rule_id", "rule_id") ", " TEXT("from_class", "from_class") ", "
	    TEXT("to_class", "to_class") ", " NUMBER("min_interval_days") ", "
	    TEXT("next_date_rule", "next_date_rule") ", " DAY("from_date") ", "
	    TEXT("severity", "severity")) " ORDER BY c.key_text",
	.row = dose_interval_fields,
	.row_size = sizeof(struct dose_interval_row),
	.nparams = 6,
	.tenant = YB_GLOBAL,
};

static int
rows_of(yb_req *r, const yb_query *q, const struct simulation *s, bool with, yb_list *ret)
{
	return yb_db_list(r, q,
	    YB_ARGS(yb_day(s->on), yb_day(s->on), yb_bool(with), yb_i64(s->change_id), yb_bool(with),
		yb_i64(s->change_id)),
	    ROWS_MAX, ret);
}

/* 1: rules that contradict themselves, nothing can be reckoned with them; -1: recorded. */
static int
rules_load(yb_req *r, const struct simulation *s, bool with, struct dose_rules *rules)
{
	yb_list vaccines, schedule, intervals;

	dose_rules_init(rules);
	if (rows_of(r, &record_draft_vaccines, s, with, &vaccines) < 0 ||
	    rows_of(r, &record_draft_schedule, s, with, &schedule) < 0 ||
	    rows_of(r, &record_draft_intervals, s, with, &intervals) < 0)
		return -1;
	return !dose_rows_vaccines(rules, &vaccines, sizeof(struct vaccine_row)) ||
	    !dose_rows_schedule(rules, &schedule) || !dose_rows_intervals(rules, &intervals);
}

/* ---- counting ---- */

struct counts { /* of one step */
	yb_req *r;
	struct tally *at;
	size_t n, room;
};

static struct tally *
tally_of(struct counts *c, const char *kind, yb_str code)
{
	for (size_t i = 0; i < c->n; i++)
		if (yb_str_is(c->at[i].kind, kind) && yb_str_eq(c->at[i].code, code))
			return &c->at[i];
	if (c->n == c->room)
		return NULL; /* more vaccines than there can be */
	c->at[c->n] = (struct tally) { .kind = yb_cstr(kind), .code = yb_copy(c->r, code) };
	return &c->at[c->n++];
}

/* A dose whose time is not over on that day. */
static bool
open_on(const struct dose_next *d, yb_date on)
{
	return !yb_date_is_null(d->earliest) &&
	    (yb_date_is_null(d->latest) || yb_date_cmp(d->latest, on) >= 0);
}

static bool
day_same(yb_date a, yb_date b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* The same dose there; `whole`: with the same days. */
static bool
has_dose(const struct dose_result *in, const struct dose_next *d, yb_date on, bool whole)
{
	for (size_t i = 0; i < in->n_next; i++) {
		const struct dose_next *x = &in->next[i];

		if (open_on(x, on) && yb_str_eq(x->vaccine_code, d->vaccine_code) &&
		    yb_str_eq(x->phase, d->phase) && x->dose_seq == d->dose_seq &&
		    (!whole || (day_same(x->earliest, d->earliest) && day_same(x->latest, d->latest))))
			return true;
	}
	return false;
}

/* Doses of `a` that `b` has not, or not with the same days, into their vaccines. */
static bool
differ(struct counts *c, const struct dose_result *a, const struct dose_result *b, yb_date on,
    bool gains)
{
	bool any = false;

	for (size_t i = 0; i < a->n_next; i++) {
		const struct dose_next *d = &a->next[i];
		struct tally *t;

		if (!open_on(d, on) || has_dose(b, d, on, true))
			continue;
		any = true;
		t = has_dose(b, d, on, false) ? NULL : tally_of(c, "VACC", d->vaccine_code);
		if (t != NULL && gains)
			t->gained++;
		else if (t != NULL)
			t->lost++;
	}
	return any;
}

struct engine {
	struct dose_rules *now, *then;
	struct dose_result *before, *after;
};

static int
person_count(yb_req *r, const struct engine *e, const struct simulation *s,
    const struct subject *p, struct counts *c)
{
	struct dose_subject who = record_dose_subject(p);
	struct tally *muni = tally_of(c, "MUNI", yb_format_text(r, "%lld", (long long)p->org_id));
	struct history h;
	bool moved;

	if (record_history(r, p, &h) < 0)
		return -1;
	if (dose_forecast(e->now, &who, h.at, h.n, s->on, e->before) < 0)
		e->before->n_next = 0; /* a vaccine these rules do not know: nothing is due by them */
	if (dose_forecast(e->then, &who, h.at, h.n, s->on, e->after) < 0)
		e->after->n_next = 0;
	moved = differ(c, e->before, e->after, s->on, false);
	moved = differ(c, e->after, e->before, s->on, true) || moved;
	if (muni != NULL) {
		muni->persons++;
		muni->changed += moved;
	}
	return 0;
}

static int
simulation_set(yb_req *r, const struct simulation *s, const char *status)
{
	bool over = strcmp(status, "RUNNING") != 0;

	return yb_db_exec(r, &record_simulation_set,
		   YB_ARGS(yb_text(yb_cstr(status)), yb_i64(s->n_persons), yb_i64(s->n_done),
		       yb_i64(s->upto), over ? yb_at(yb_now(r)) : yb_at((yb_time) { 0 }),
		       yb_i64(s->change_id)),
		   NULL) == 0
	    ? 0
	    : -1;
}

static int
step_count(yb_req *r, struct simulation *s, const struct engine *e)
{
	struct counts c = { .r = r, .room = STEP + CODES_MAX };
	const struct subject *at;
	yb_list people;

	c.at = yb_alloc(r, c.room * sizeof *c.at);
	if (yb_db_list(r, &record_due_subjects, YB_ARGS(yb_i64(s->upto)), STEP, &people) < 0)
		return -1;
	at = people.items;
	for (size_t i = 0; i < people.n; i++)
		if (person_count(r, e, s, &at[i], &c) < 0)
			return -1;
	for (size_t i = 0; i < c.n; i++)
		c.at[i].change_id = s->change_id;
	if (c.n > 0 &&
	    yb_db_each(r, &record_simulation_count, tally_params, sizeof *c.at, c.at, c.n) != 0)
		return yb_problem(r, "E-SYS-003");
	s->n_done += (int64_t)people.n;
	yb_run_count(r, "persons", (int64_t)people.n);
	if (people.n < STEP)
		return simulation_set(r, s, "DONE");
	s->upto = at[people.n - 1].subject_id;
	return simulation_set(r, s, "RUNNING");
}

/* Timer record.simulate - some hundred persons of the simulation that was asked first. */
int
record_simulate_run(yb_req *r)
{
	struct engine e = { yb_alloc(r, dose_rules_size()), yb_alloc(r, dose_rules_size()),
		yb_alloc(r, sizeof *e.before), yb_alloc(r, sizeof *e.after) };
	struct people people = { 0 };
	struct simulation s;
	enum yb_found found = yb_db_one(r, &record_simulation_next, YB_NO_ARGS, &s);
	int now, then;

	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	if (s.n_done == 0 && yb_db_find(r, &record_simulation_people, YB_NO_ARGS, &people) < 0)
		return -1;
	if (s.n_done == 0)
		s.n_persons = people.n;
	yb_run_again(r);
	now = rules_load(r, &s, false, e.now);
	then = now < 0 ? -1 : rules_load(r, &s, true, e.then);
	if (now < 0 || then < 0)
		return -1;
	if (now > 0 || then > 0)
		return simulation_set(r, &s, "REFUSED");
	return step_count(r, &s, &e);
}
