/*
 * checks.c - what the columns of one master must be together, and its rows with the others
 * (H-8-1 checks, master items).
 *
 * Statements named .whole look at a change as if it had been approved: its own rows and those
 * that count from its day on. "?" 1 is the change, 2 its first day.
 */
#include "master.h"

#include <string.h>

static int64_t
number_of(yb_str s)
{
	int64_t v = 0;

	for (size_t i = 0; i < s.len; i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

/* ---- rows alone ---- */

/* M03: nobody pays more than it costs. */
void
check_fee(yb_req *r, const struct table *t, struct entry *e)
{
	if (number_of(cell_of(t, e, "self_pay_yen")) > number_of(cell_of(t, e, "price_yen")))
		entry_fault(r, e, "self_pay_yen", "E-VAL-013");
}

/* Pairs of days of which the first is not after the second. */
void
check_period(yb_req *r, const struct table *t, struct entry *e)
{
	static const char *const pairs[][2] = { { "routine_from", "routine_to" },
		{ "valid_from", "valid_to" }, { "opens_on", "closes_on" },
		{ "designated_from", "designated_to" }, { "contract_from", "contract_to" } };

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		yb_date from, to;

		if (yb_date_parse(cell_of(t, e, pairs[i][0]), &from) &&
		    yb_date_parse(cell_of(t, e, pairs[i][1]), &to) && yb_date_cmp(from, to) > 0)
			entry_fault(r, e, pairs[i][1], "E-VAL-003");
	}
}

/* M01: the digital service begins in June 2026. */
void
check_muni(yb_req *r, const struct table *t, struct entry *e)
{
	yb_date from;

	if (yb_date_parse(cell_of(t, e, "digital_from"), &from) &&
	    yb_date_cmp(from, (yb_date) { 2026, 6, 1 }) < 0)
		entry_fault(r, e, "digital_from", "E-VAL-003");
}

struct window {
	yb_str min_age, max_age;
};

static const yb_field window_row[] = {
	{ "min_age", YB_OF(struct window, min_age) },
	{ "max_age", YB_OF(struct window, max_age) },
	{ 0 },
};

const yb_query q_window = {
	.name = "master_window",
	.sql = "SELECT min_age, max_age FROM master_schedule WHERE vaccine_code = ?",
	.row = window_row,
	.row_size = sizeof(struct window),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

/* A token in days, months of 30 and years of 360; -1: not an age (school, pregnancy, season). */
static int64_t
age_days(yb_str token)
{
	int64_t v = 0, plus = 0, *to = &v;

	if (yb_str_is(token, "B0"))
		return 0;
	if (token.len < 2 || strchr("DMY", token.p[0]) == NULL)
		return -1;
	for (size_t i = 1; i < token.len && token.p[i] != 'd'; i++) {
		if (token.p[i] == '+')
			to = &plus;
		else
			*to = *to * 10 + (token.p[i] - '0');
	}
	return v * (token.p[0] == 'Y' ? 360 : token.p[0] == 'M' ? 30 : 1) + plus;
}

/* M02: a programme of one's own may widen the legal window, never narrow it. */
static void
check_window(yb_req *r, const struct table *t, struct entry *e)
{
	yb_str low = cell_of(t, e, "target_min_age"), high = cell_of(t, e, "target_max_age");
	const struct window *w;
	yb_list windows;

	if (low.p == NULL && high.p == NULL)
		return;
	if (yb_db_list(r, &q_window, YB_ARGS(yb_text(cell_of(t, e, "vaccine_code"))), 1000,
		&windows) < 0)
		return; /* recorded: the answer is that problem */
	w = windows.items;
	for (size_t i = 0; i < windows.n && !e->bad; i++) {
		int64_t law_low = age_days(w[i].min_age);
		int64_t law_high = w[i].max_age.p == NULL ? -1 : age_days(w[i].max_age);

		if (low.p != NULL && law_low >= 0 && age_days(low) > law_low)
			entry_fault(r, e, "target_min_age", "E-VAL-013");
		if (high.p != NULL && law_high >= 0 && age_days(high) < law_high)
			entry_fault(r, e, "target_max_age", "E-VAL-013");
	}
}

void
check_program(yb_req *r, const struct table *t, struct entry *e)
{
	bool from = cell_of(t, e, "season_from").p != NULL;

	if (from != (cell_of(t, e, "season_to").p != NULL))
		entry_fault(r, e, from ? "season_to" : "season_from", "E-VAL-013");
	check_window(r, t, e);
}

/* M13: a lot that is known to be stopped or not must say which lot it is: the key does. */
void
check_lot(yb_req *r, const struct table *t, struct entry *e)
{
	yb_date expiry;

	if (e->op == OP_NEW && yb_date_parse(cell_of(t, e, "expiry"), &expiry) &&
	    yb_date_cmp(expiry, yb_today(r)) < 0)
		entry_fault(r, e, "expiry", "E-VAL-003");
}

/* M23: a list of days. */
void
check_dates(yb_req *r, const struct table *t, struct entry *e)
{
	yb_str list = cell_of(t, e, "dates");

	for (size_t at = 0; at < list.len; at += 11) {
		yb_str day = { list.p + at, list.len - at < 10 ? list.len - at : 10 };
		yb_date ignored;

		if (!yb_date_parse(day, &ignored) ||
		    (at + 10 < list.len && list.p[at + 10] != '|')) {
			entry_fault(r, e, "dates", "E-VAL-003");
			return;
		}
	}
}

/* M41: the code is one of its type; only institutions and municipalities stand below another. */
void
check_org(yb_req *r, const struct table *t, struct entry *e)
{
	static const struct { const char *type; const yb_format *format; } types[] = {
		{ "MUNI", &yb_format_muni_code }, { "HMI", &yb_format_hmi_code },
		{ "NMI", &yb_format_nmi_code }, { "INSURER", &yb_format_insurer } };
	yb_str type = cell_of(t, e, "org_type"), code = cell_of(t, e, "org_code");

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		const char *bad = yb_str_is(type, types[i].type) ? types[i].format->check(code) : NULL;

		if (bad != NULL)
			entry_fault(r, e, "org_code", bad);
	}
	if (yb_str_is(type, "NHIF") && (code.len != 2 || !yb_str_eq(code, cell_of(t, e, "pref_code"))))
		entry_fault(r, e, "org_code", "E-VAL-013");
	check_period(r, t, e);
}

/* ---- M32: days of work ---- */

const yb_query q_holiday = {
	.name = "master_holiday",
	.sql = "SELECT k.key_text, 'E-VAL-003' AS code FROM master_key AS k"
	       " JOIN master_version AS v ON v.key_id = k.key_id AND v.op IN ('NEW', 'REVISE')"
	       "  AND v.status IN ('APPROVED', 'EFFECTIVE')"
	       " WHERE k.master = 'M44' AND k.key_text = ? LIMIT 1",
	.row = conflict_row,
	.row_size = sizeof(struct conflict),
	.nparams = 1,
	.tenant = YB_CROSS,
};

static void
check_working_day(yb_req *r, struct entry *e, const char *column, yb_str text, yb_date day)
{
	int64_t weekday = (yb_date_days(day) + 4) % 7; /* 1970-01-01 was a Thursday; 0: Sunday */
	struct conflict holiday;

	if (weekday == 0 || weekday == 6 ||
	    yb_db_one(r, &q_holiday, YB_ARGS(yb_text(text)), &holiday) == YB_ONE_ROW)
		entry_fault(r, e, column, "E-VAL-003");
}

void
check_calendar(yb_req *r, const struct table *t, struct entry *e)
{
	static const char *const columns[] = { "close_on", "check_on", "pay_on" };
	yb_date days[3];

	for (size_t i = 0; i < 3; i++) {
		yb_str text = cell_of(t, e, columns[i]);

		if (!yb_date_parse(text, &days[i]))
			return; /* its own fault is told already */
		if (i > 0 && yb_date_cmp(days[i - 1], days[i]) >= 0)
			entry_fault(r, e, columns[i], "E-VAL-013");
		check_working_day(r, e, columns[i], text, days[i]);
	}
}

/* ---- rows together ---- */

#define LIVE(v) v ".op IN ('NEW', 'REVISE') AND " v ".status IN ('APPROVED', 'EFFECTIVE')"
#define J(v, name) "JSON_VALUE(" v ".cells, '$." name "')"
/* The change's own rows, and what else counts on or after its first day. */
#define OTHERS(v) "(" v ".change_id = n.change_id OR (" LIVE(v) " AND (" v ".valid_to IS NULL OR " \
	v ".valid_to >= n.valid_from)))"
#define MINE                                                                                   \
	" FROM master_version AS n JOIN master_key AS k ON k.key_id = n.key_id"                \
	" WHERE n.change_id = ? AND n.op IN ('NEW', 'REVISE') AND n.valid_from = ?"
#define WHOLE_END " ORDER BY k.key_text LIMIT 20"

/* M14: an interval counts from an earlier dose of the same series. */
const yb_query q_dose_refs = {
	.name = "master_dose_refs",
	.sql = "SELECT k.key_text, 'E-VAL-011' AS code" MINE " AND COALESCE(" J("n", "interval_ref")
	       ", '最後の初回') <> '最後の初回' AND NOT EXISTS (SELECT 1 FROM master_key AS ok"
	       " JOIN master_version AS o ON o.key_id = ok.key_id WHERE ok.master = 'M14' AND " OTHERS("o")
	       " AND o.op <> 'END' AND " J("o", "vaccine_code") " = " J("n", "vaccine_code")
	       " AND " J("o", "series_variant") " = " J("n", "series_variant")
	       " AND " J("o", "dose_label_ja") " = " J("n", "interval_ref")
	       " AND CAST(" J("o", "dose_seq") " AS SIGNED) < CAST(" J("n", "dose_seq") " AS SIGNED))"
	       WHOLE_END,
	.row = conflict_row,
	.row_size = sizeof(struct conflict),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* M05: not beside a collective contract for the same vaccine. */
const yb_query q_contract = {
	.name = "master_contract",
	.sql = "SELECT k.key_text, 'E-MST-001' AS code" MINE " AND EXISTS (SELECT 1 FROM master_key AS ok"
	       " JOIN master_version AS o ON o.key_id = ok.key_id WHERE ok.master = 'M62' AND " LIVE("o")
	       " AND (o.valid_to IS NULL OR o.valid_to >= n.valid_from)"
	       " AND (n.valid_to IS NULL OR o.valid_from <= n.valid_to)"
	       " AND " J("o", "muni_code") " = " J("n", "muni_code")
	       " AND " J("o", "org_code") " = " J("n", "org_code")
	       " AND " J("o", "vaccine_code") " = " J("n", "vaccine_code") ")" WHOLE_END,
	.row = conflict_row,
	.row_size = sizeof(struct conflict),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* M22: a doctor is listed once. */
const yb_query q_doctors = {
	.name = "master_doctors",
	.sql = "SELECT k.key_text, 'E-MST-001' AS code" MINE " AND EXISTS (SELECT 1 FROM master_key AS ok"
	       " JOIN master_version AS o ON o.key_id = ok.key_id WHERE ok.master = 'M22'"
	       " AND ok.owner_id = k.owner_id AND ok.key_id <> k.key_id AND " OTHERS("o")
	       " AND (n.valid_to IS NULL OR o.valid_from <= n.valid_to)"
	       " AND " J("o", "name") " = " J("n", "name") ")" WHOLE_END,
	.row = conflict_row,
	.row_size = sizeof(struct conflict),
	.nparams = 2,
	.tenant = YB_CROSS,
};

#define YEAR_OF(v) "YEAR(CONCAT(" J(v, "target_month") ", '-01') - INTERVAL 3 MONTH)"

/* M32: a fiscal year has its twelve months. */
const yb_query q_calendar = {
	.name = "master_calendar",
	.sql = "SELECT k.key_text, 'E-VAL-013' AS code" MINE " AND (SELECT COUNT(DISTINCT ok.key_text)"
	       " FROM master_key AS ok JOIN master_version AS o ON o.key_id = ok.key_id"
	       " WHERE ok.master = 'M32' AND ok.owner_id = k.owner_id AND o.op IN ('NEW', 'REVISE')"
	       " AND (o.change_id = n.change_id OR o.status IN ('APPROVED', 'EFFECTIVE', 'EXPIRED'))"
	       " AND " YEAR_OF("o") " = " YEAR_OF("n") ") < 12" WHOLE_END,
	.row = conflict_row,
	.row_size = sizeof(struct conflict),
	.nparams = 2,
	.tenant = YB_CROSS,
};
