/*
 * impact.c - what a change does beyond the masters: records and persons it touches (H-8-2 step
 * 4), and the simulation of changed rules (H-8-3 step 2), which the area record counts.
 *
 * A number of persons below the threshold is never shown, nor can it be reckoned from what is.
 */
#include "impact.h"

#include <string.h>

/* ---- records ---- */

const yb_field touched_out[] = {
	{ "what", YB_OF(struct touched, what),
	    .note = "LOT_RECORDS, LOT_PERSONS, DUE_PERSONS, CONTRACTS or WAITING." },
	{ "key", YB_OF(struct touched, key), .note = "The lot or the vaccine; null: the municipality." },
	{ "count", YB_OF(struct touched, n), .note = "null: below the threshold, and so not shown." },
	{ 0 },
};

struct code { /* what a row of the change speaks of */
	yb_str code, lot_no;
};

static const yb_field code_row[] = {
	{ "code", YB_OF(struct code, code) },
	{ "lot_no", YB_OF(struct code, lot_no) },
	{ 0 },
};

const yb_query q_impact_codes = {
	.name = "master_impact_codes",
	.sql = "SELECT DISTINCT JSON_VALUE(cells, ?) AS code, JSON_VALUE(cells, '$.lot_no') AS lot_no"
	       " FROM master_version WHERE change_id = ? AND JSON_VALUE(cells, ?) IS NOT NULL LIMIT 21",
	.row = code_row,
	.row_size = sizeof(struct code),
	.nparams = 3,
	.tenant = YB_CROSS,
};

struct two {
	int64_t n, persons;
};

static const yb_field two_row[] = {
	{ "n", YB_OF(struct two, n) },
	{ "persons", YB_OF(struct two, persons) },
	{ 0 },
};

#define PERSONS "COUNT(DISTINCT org_id, subject_id)"

const yb_query q_impact_lot = {
	.name = "master_impact_lot",
	.sql = "SELECT COUNT(*) AS n, " PERSONS " AS persons"
	       " FROM record_lot_view WHERE lot_no = ? AND vaccine_code = ?",
	.row = two_row,
	.row_size = sizeof(struct two),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_impact_due = {
	.name = "master_impact_due",
	.sql = "SELECT 0 AS n, " PERSONS " AS persons FROM record_due_view WHERE vaccine_code = ?",
	.row = two_row,
	.row_size = sizeof(struct two),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_impact_due_own = {
	.name = "master_impact_due_own",
	.sql = "SELECT 0 AS n, " PERSONS " AS persons FROM record_due_view"
	       " WHERE vaccine_code = ? AND org_id = ?",
	.row = two_row,
	.row_size = sizeof(struct two),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_impact_contracts = {
	.name = "master_impact_contracts",
	.sql = "SELECT COUNT(*) AS n, 0 AS persons FROM master_contract_view AS c"
	       " JOIN core_org AS o ON o.org_code = c.muni_code WHERE o.org_id = ?"
	       " AND c.vaccine_code = ? AND (c.contract_to IS NULL OR c.contract_to >= ?)",
	.row = two_row,
	.row_size = sizeof(struct two),
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_impact_waiting = {
	.name = "master_impact_waiting",
	.sql = "SELECT COUNT(*) AS n, 0 AS persons FROM record_waiting_view WHERE org_id = ?",
	.row = two_row,
	.row_size = sizeof(struct two),
	.nparams = 1,
	.tenant = YB_CROSS,
};

#define CODES 20 /* more are a file, of which nobody reads each line */

struct touch {
	yb_req *r;
	struct touched *at;
	size_t n;
	int64_t threshold;
};

static void
touch_add(struct touch *t, const char *what, yb_str key, int64_t n, bool persons)
{
	bool shown = !persons || n == 0 || n >= t->threshold;

	t->at[t->n++] = (struct touched) { yb_cstr(what), key, { n, shown } };
}

static int
lot_touch(struct touch *t, const struct code *c)
{
	struct two two = { 0 };

	if (c->lot_no.p == NULL)
		return 0;
	if (yb_db_find(t->r, &q_impact_lot, YB_ARGS(yb_text(c->lot_no), yb_text(c->code)), &two) < 0)
		return -1;
	/* One record a person or nearly so: both are shown, or neither. */
	touch_add(t, "LOT_RECORDS", c->lot_no, two.n, two.persons < t->threshold);
	touch_add(t, "LOT_PERSONS", c->lot_no, two.persons, true);
	return 0;
}

static int
vaccine_touch(struct touch *t, const struct change *ch, const struct code *c)
{
	yb_value code = yb_text(c->code), owner = yb_i64(ch->owner_id);
	struct two two = { 0 };

	if (ch->owner_id == 0) {
		if (yb_db_find(t->r, &q_impact_due, YB_ARGS(code), &two) < 0)
			return -1;
		touch_add(t, "DUE_PERSONS", c->code, two.persons, true);
		return 0;
	}
	if (yb_db_find(t->r, &q_impact_due_own, YB_ARGS(code, owner), &two) < 0)
		return -1;
	/* A municipality knows its own residents. */
	touch_add(t, "DUE_PERSONS", c->code, two.persons, false);
	if (yb_db_find(t->r, &q_impact_contracts, YB_ARGS(owner, code, yb_day(ch->valid_from)), &two) < 0)
		return -1;
	touch_add(t, "CONTRACTS", c->code, two.n, false);
	return 0;
}

/* Where a master's rows name a vaccine; NULL: they do not. */
static const char *
vaccine_path(yb_str master)
{
	static const char by_name[] = "M02,M03,M04,M05,M07,M13,M14,M15,M16";

	if (yb_str_is(master, "M12"))
		return "$.code";
	return yb_word_in(master, by_name, ',') ? "$.vaccine_code" : NULL;
}

int
records_touched(yb_req *r, const struct change *c, yb_list *ret)
{
	struct touch t = { r, yb_alloc(r, (2 * CODES + 2) * sizeof *t.at), 0,
		yb_option_i64(r, "hidden_below") };
	const char *path = vaccine_path(c->master);
	const struct code *at;
	struct two two = { 0 };
	yb_list codes;

	*ret = (yb_list) { NULL, 0 };
	if (yb_str_is(c->master, "M01") || yb_str_is(c->master, "M06")) {
		if (yb_db_find(r, &q_impact_waiting, YB_ARGS(yb_i64(c->owner_id)), &two) < 0)
			return -1;
		touch_add(&t, "WAITING", (yb_str) { NULL, 0 }, two.n, false);
	}
	if (path != NULL) {
		yb_value p = yb_text(yb_cstr(path));

		if (yb_db_list(r, &q_impact_codes, YB_ARGS(p, yb_i64(c->change_id), p), CODES + 1,
			&codes) < 0)
			return -1;
		at = codes.items;
		for (size_t i = 0; i < codes.n && i < CODES; i++)
			if ((yb_str_is(c->master, "M13") ? lot_touch(&t, &at[i])
							 : vaccine_touch(&t, c, &at[i])) < 0)
				return -1;
	}
	*ret = (yb_list) { t.at, t.n };
	return 0;
}

/* ---- simulation ---- */

static const yb_field area_out[] = {
	{ "muni_code", YB_OF(struct area_count, muni_code) },
	{ "name", YB_OF(struct area_count, name) },
	{ "persons", YB_OF(struct area_count, persons) },
	{ "changed", YB_OF(struct area_count, changed) },
	{ 0 },
};

static const yb_field vaccine_out[] = {
	{ "vaccine_code", YB_OF(struct vaccine_count, vaccine_code) },
	{ "gained", YB_OF(struct vaccine_count, gained), .note = "Persons with a dose more; null: hidden." },
	{ "lost", YB_OF(struct vaccine_count, lost) },
	{ 0 },
};

const yb_field simulation_out[] = {
	{ "status", YB_OF(struct simulated, status),
	    .note = "WAITING, RUNNING, DONE; REFUSED: the rules contradict themselves." },
	{ "current", YB_OF(struct simulated, current), .note = "false: the change was written anew since." },
	{ "asked_user", YB_OF(struct simulated, asked_user) },
	{ "asked_at", YB_OF(struct simulated, asked) },
	{ "done_at", YB_OF(struct simulated, done) },
	{ "persons", YB_OF(struct simulated, n_persons), .note = "Residents to be looked at." },
	{ "persons_done", YB_OF(struct simulated, n_done) },
	{ "changed", YB_OF(struct simulated, changed),
	    .note = "Whose doses, or the days of them, change; null: not done, or hidden." },
	{ "municipalities", YB_OF(struct simulated, areas), YB_EACH(area_out, struct area_count),
	    .note = "Those that may be shown." },
	{ "hidden", YB_OF(struct simulated, hidden), .note = "Municipalities that are not." },
	{ "vaccines", YB_OF(struct simulated, vaccines), YB_EACH(vaccine_out, struct vaccine_count) },
	{ 0 },
};

static const yb_field simulation_row[] = {
	{ "status", YB_OF(struct simulated, status) },
	{ "change_ver", YB_OF(struct simulated, change_ver) },
	{ "asked_user", YB_OF(struct simulated, asked_user) },
	{ "asked_us", YB_OF(struct simulated, asked) },
	{ "done_us", YB_OF(struct simulated, done) },
	{ "n_persons", YB_OF(struct simulated, n_persons) },
	{ "n_done", YB_OF(struct simulated, n_done) },
	{ 0 },
};

const yb_query q_simulation = {
	.name = "master_simulation",
	.sql = "SELECT status, change_ver, asked_user, asked_us, done_us, n_persons, n_done"
	       " FROM master_simulation WHERE change_id = ?",
	.row = simulation_row,
	.row_size = sizeof(struct simulated),
	.nparams = 1,
	.tenant = YB_CROSS,
};

static const yb_field area_row[] = {
	{ "muni_code", YB_OF(struct area_count, muni_code) },
	{ "name", YB_OF(struct area_count, name) },
	{ "persons", YB_OF(struct area_count, persons) },
	{ "changed", YB_OF(struct area_count, changed) },
	{ 0 },
};

/* The largest first: what may be shown stands before what may not. */
const yb_query q_simulation_areas = {
	.name = "master_simulation_areas",
	.sql = "SELECT o.org_code AS muni_code, o.name, c.persons, c.changed"
	       " FROM master_simulation_count AS c JOIN core_org AS o ON o.org_id = c.code"
	       " WHERE c.change_id = ? AND c.kind = 'MUNI' ORDER BY c.changed DESC, o.org_code",
	.row = area_row,
	.row_size = sizeof(struct area_count),
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct vaccine_row {
	yb_str vaccine_code;
	int64_t gained, lost;
};

static const yb_field vaccine_row[] = {
	{ "vaccine_code", YB_OF(struct vaccine_row, vaccine_code) },
	{ "gained", YB_OF(struct vaccine_row, gained) },
	{ "lost", YB_OF(struct vaccine_row, lost) },
	{ 0 },
};

const yb_query q_simulation_vaccines = {
	.name = "master_simulation_vaccines",
	.sql = "SELECT code AS vaccine_code, gained, lost FROM master_simulation_count"
	       " WHERE change_id = ? AND kind = 'VACC' ORDER BY code",
	.row = vaccine_row,
	.row_size = sizeof(struct vaccine_row),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_simulation_drop = {
	.name = "master_simulation_drop",
	.sql = "DELETE FROM master_simulation WHERE change_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_simulation_ask = {
	.name = "master_simulation_ask",
	.sql = "INSERT INTO master_simulation (change_id, change_ver, status, on_day, asked_user,"
	       " asked_us) VALUES (?, ?, 'WAITING', ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_CROSS,
};

/*
 * How many of the areas, the largest first, may be shown: none below the threshold, and what is
 * hidden is together not below it either, so that the sum of all gives nobody away. -1: not
 * even that sum.
 */
static int64_t
areas_shown(const struct area_count *at, size_t n, int64_t threshold)
{
	int64_t hidden = 0;
	size_t shown = 0;

	while (shown < n && at[shown].changed >= threshold)
		shown++;
	for (size_t i = shown; i < n; i++)
		hidden += at[i].changed;
	while (shown > 0 && hidden > 0 && (hidden < threshold || n - shown < 2))
		hidden += at[--shown].changed;
	return hidden > 0 && hidden < threshold ? -1 : (int64_t)shown;
}

#define AREAS_MAX 4000

static int
areas_show(yb_req *r, int64_t change_id, int64_t threshold, struct simulated *s)
{
	const struct area_count *at;
	int64_t shown, sum = 0;

	if (yb_db_list(r, &q_simulation_areas, YB_ARGS(yb_i64(change_id)), AREAS_MAX, &s->areas) < 0)
		return -1;
	at = s->areas.items;
	for (size_t i = 0; i < s->areas.n; i++)
		sum += at[i].changed;
	shown = areas_shown(at, s->areas.n, threshold);
	s->changed = (yb_int) { sum, shown >= 0 };
	s->hidden = (int64_t)s->areas.n - (shown < 0 ? 0 : shown);
	s->areas.n = shown < 0 ? 0 : (size_t)shown;
	return 0;
}

static yb_int
unless_few(int64_t n, int64_t threshold)
{
	return (yb_int) { n, n == 0 || n >= threshold };
}

static int
vaccines_show(yb_req *r, int64_t change_id, int64_t threshold, struct simulated *s)
{
	const struct vaccine_row *at;
	struct vaccine_count *out;
	yb_list rows;

	if (yb_db_list(r, &q_simulation_vaccines, YB_ARGS(yb_i64(change_id)), AREAS_MAX, &rows) < 0)
		return -1;
	at = rows.items;
	out = yb_alloc(r, (rows.n + 1) * sizeof *out);
	for (size_t i = 0; i < rows.n; i++)
		out[i] = (struct vaccine_count) { at[i].vaccine_code, unless_few(at[i].gained, threshold),
			unless_few(at[i].lost, threshold) };
	s->vaccines = (yb_list) { out, rows.n };
	return 0;
}

int
simulation_show(yb_req *r, const struct change *c, yb_ref *ret)
{
	int64_t threshold = yb_option_i64(r, "hidden_below");
	struct simulated *s = yb_alloc(r, sizeof *s);
	enum yb_found found = yb_db_one(r, &q_simulation, YB_ARGS(yb_i64(c->change_id)), s);

	*ret = (yb_ref) { NULL };
	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	if (yb_str_is(s->status, "WAITING") || yb_str_is(s->status, "RUNNING"))
		yb_retry_after(r, 2);
	s->current = s->change_ver == c->row_ver || !yb_str_is(c->status, "DRAFT");
	/* Half of the people would show who is in the other half. */
	if (yb_str_is(s->status, "DONE") &&
	    (areas_show(r, c->change_id, threshold, s) < 0 ||
		vaccines_show(r, c->change_id, threshold, s) < 0))
		return -1;
	*ret = (yb_ref) { s };
	return 0;
}

/* POST /master/changes/{change_id}/simulate - whose eligibility it would move, H-8-3 step 2. */
int
change_simulate(yb_req *r)
{
	const struct table *t;
	struct change c;

	if (change_open(r, &c, &t) < 0)
		return -1;
	if (!change_is_ours(r, &c))
		return yb_problem(r, "E-AUTH-005");
	if (!has_role(r, t->edit) || !yb_word_in(c.master, "M12,M14,M14I", ','))
		return yb_problem(r, "E-AUTH-004");
	if (!yb_str_is(c.status, "DRAFT") && !yb_str_is(c.status, "PENDING"))
		return yb_problem(r, "E-ACC-005");
	if (exec(r, &q_simulation_drop, YB_ARGS(yb_i64(c.change_id))) < 0 ||
	    exec(r, &q_simulation_ask,
		YB_ARGS(yb_i64(c.change_id), yb_i64(c.row_ver), yb_day(c.valid_from),
		    yb_text(yb_who(r)->actor), yb_at(yb_now(r)))) < 0)
		return -1;
	return impact_reply(r, 202, &c);
}
