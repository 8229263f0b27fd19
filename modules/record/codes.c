/*
 * codes.c - masters this area looks into at every write: read when a worker starts, and again
 * within seconds after one of them has changed.
 *
 * The threads of a worker share a table and never lock it. A request holds the one it began
 * with; whoever finds a change fills a table that nobody holds, and later requests take that.
 */
#include "dose_rows.h"
#include "record.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CODES_MAX    2000
#define VACCINES_MAX 200
#define ROWS_MAX     2000
#define MUNIS_MAX    4000
#define TABLES	     4	     /* one that counts, and older ones somebody may still hold */
#define LOOK_US	     3000000 /* between two looks at the masters' numbers */

struct code { /* terminated, so that comparing needs no table of lengths */
	char list[21];
	char code[21];
};

struct vaccine {
	char code[13];
	char name[161];
	bool lots; /* there are lots of it */
};

struct muni {
	char code[7];
	bool received; /* 集合契約, not only its own contracts */
};

struct masters { /* read-only while anybody holds it */
	atomic_int held;
	int64_t rev;
	struct dose_rules *rules;
	size_t n_codes, n_vaccines, n_munis;
	struct code codes[CODES_MAX];
	struct vaccine vaccines[VACCINES_MAX];
	struct muni munis[MUNIS_MAX]; /* with contracts, by code */
};

struct shared {
	atomic_int current; /* place of the table that counts */
	atomic_llong looked_us;
	atomic_bool filling;
	struct masters at[TABLES];
};

struct record_state {
	struct shared *shared;
};

/* What this thread's request holds. */
static _Thread_local struct {
	const yb_req *r;
	struct masters *m;
} mine;

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
	struct dose_vaccine_row d; /* first: dose_rows_vaccines() */
	yb_str short_ja;
};

static const yb_field vaccine_row[] = {
	DOSE_VACCINE_FIELDS(struct vaccine_row, d),
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

const yb_query record_schedule = {
	.name = "record_schedule",
	.sql = "SELECT vaccine_code, phase_ja AS phase, series_variant, dose_seq,"
	       "  dose_label_ja AS dose_label, min_age, max_age, std_from, std_to,"
	       "  min_interval_days, next_date_rule, std_interval_ja AS std_interval,"
	       "  interval_ref, sex, valid_from, valid_to"
	       "  FROM master_schedule ORDER BY row_no",
	.row = dose_schedule_fields,
	.row_size = sizeof(struct dose_schedule_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

const yb_query record_intervals = {
	.name = "record_intervals",
	.sql = "SELECT rule_id, from_class, to_class, min_interval_days, next_date_rule,"
	       "  from_date, severity FROM master_interval_rule ORDER BY rule_id",
	.row = dose_interval_fields,
	.row_size = sizeof(struct dose_interval_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

struct lot_vaccine {
	yb_str vaccine_code;
};

static const yb_field lot_vaccine_row[] = {
	{ "vaccine_code", YB_OF(struct lot_vaccine, vaccine_code) },
	{ 0 },
};

const yb_query record_lots_vaccines = {
	.name = "record_lots_vaccines",
	.sql = "SELECT DISTINCT vaccine_code FROM master_lot_view",
	.row = lot_vaccine_row,
	.row_size = sizeof(struct lot_vaccine),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

struct muni_row {
	yb_str muni_code;
	bool received;
};

static const yb_field muni_row[] = {
	{ "muni_code", YB_OF(struct muni_row, muni_code) },
	{ "received", YB_OF(struct muni_row, received) },
	{ 0 },
};

const yb_query record_contract_munis = {
	.name = "record_contract_munis",
	.sql = "SELECT c.muni_code, MAX(c.received) AS received"
	       "  FROM (SELECT DISTINCT muni_code, 1 AS received FROM master_contract_view"
	       "   UNION ALL SELECT DISTINCT SUBSTRING_INDEX(key_text, '|', 1), 0"
	       "    FROM master_live_view WHERE master = 'M05') c"
	       " GROUP BY c.muni_code ORDER BY c.muni_code",
	.row = muni_row,
	.row_size = sizeof(struct muni_row),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

struct rev {
	int64_t rev;
};

static const yb_field rev_row[] = {
	{ "rev", YB_OF(struct rev, rev) },
	{ 0 },
};

const yb_query record_masters_rev = {
	.name = "record_masters_rev",
	.sql = "SELECT CAST(COALESCE(SUM(rev), 0) AS SIGNED) AS rev FROM master_rev_view"
	       " WHERE master IN ('M05', 'M12', 'M13', 'M14', 'M14I', 'M54', 'M62')",
	.row = rev_row,
	.row_size = sizeof(struct rev),
	.nparams = 0,
	.tenant = YB_GLOBAL,
};

/* ---- filling a table ---- */

static void
keep(char *out, size_t room, yb_str s)
{
	size_t n = s.len < room ? s.len : room - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

static int
load_codes(yb_req *boot, struct masters *st)
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
load_vaccines(yb_req *boot, struct masters *st)
{
	yb_list rows;

	if (yb_db_list(boot, &record_vaccines, YB_NO_ARGS, VACCINES_MAX, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct vaccine_row *row = (const struct vaccine_row *)rows.items + i;

		keep(st->vaccines[i].code, sizeof st->vaccines[i].code, row->d.code);
		keep(st->vaccines[i].name, sizeof st->vaccines[i].name, row->short_ja);
		st->vaccines[i].lots = false;
	}
	if (!dose_rows_vaccines(st->rules, &rows, sizeof(struct vaccine_row)))
		return 1;
	st->n_vaccines = rows.n;
	return rows.n == 0; /* no master was loaded: nothing could be registered */
}

static int
load_rules(yb_req *boot, struct masters *st)
{
	yb_list rows;

	if (yb_db_list(boot, &record_schedule, YB_NO_ARGS, ROWS_MAX, &rows) < 0)
		return -1;
	if (!dose_rows_schedule(st->rules, &rows))
		return 1;
	if (yb_db_list(boot, &record_intervals, YB_NO_ARGS, ROWS_MAX, &rows) < 0)
		return -1;
	return !dose_rows_intervals(st->rules, &rows);
}

/* For tables in the order of their codes, which come first in their rows. */
static int
code_order(const void *key, const void *row)
{
	const yb_str *code = key;
	const char *text = row;
	int by_text = strncmp(code->p, text, code->len);

	return by_text != 0 ? by_text : text[code->len] == '\0' ? 0 : -1;
}

static const struct vaccine *
vaccine_find(const struct masters *m, yb_str code)
{
	return yb_str_empty(code) ? NULL
				  : bsearch(&code, m->vaccines, m->n_vaccines,
					sizeof m->vaccines[0], code_order);
}

/* Of what the other masters have any: most writes then need not ask them. */
static int
load_outside(yb_req *boot, struct masters *st)
{
	yb_list rows;

	if (yb_db_list(boot, &record_lots_vaccines, YB_NO_ARGS, VACCINES_MAX, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct lot_vaccine *row = (const struct lot_vaccine *)rows.items + i;
		const struct vaccine *v = vaccine_find(st, row->vaccine_code);

		if (v != NULL)
			st->vaccines[v - st->vaccines].lots = true;
	}
	if (yb_db_list(boot, &record_contract_munis, YB_NO_ARGS, MUNIS_MAX, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct muni_row *row = (const struct muni_row *)rows.items + i;

		keep(st->munis[i].code, sizeof st->munis[i].code, row->muni_code);
		st->munis[i].received = row->received;
	}
	st->n_munis = rows.n;
	return 0;
}

/*
 * The number first: what changes while the rows are read is found at the next look. 0; 1: the
 * rules cannot be these; -1: recorded.
 */
static int
masters_fill(yb_req *r, struct masters *m)
{
	struct rev now = { 0 };
	int rc;

	if (yb_db_find(r, &record_masters_rev, YB_NO_ARGS, &now) < 0)
		return -1;
	m->rev = now.rev;
	dose_rules_init(m->rules);
	rc = load_codes(r, m);
	if (rc == 0)
		rc = load_vaccines(r, m);
	if (rc == 0)
		rc = load_rules(r, m);
	return rc == 0 ? load_outside(r, m) : rc;
}

int
record_start(yb_req *boot, void **ret_state)
{
	struct record_state *st = yb_alloc_state(boot, sizeof *st);

	st->shared = yb_alloc_state(boot, sizeof *st->shared);
	for (size_t i = 0; i < TABLES; i++)
		st->shared->at[i].rules = yb_alloc_state(boot, dose_rules_size());
	if (masters_fill(boot, &st->shared->at[0]) != 0)
		return yb_problem(boot, "E-SYS-003");
	atomic_store(&st->shared->looked_us, yb_now(boot).us);
	*ret_state = st;
	return 0;
}

/* ---- holding one ---- */

static void
let_go(void *arg)
{
	struct masters *m = arg;

	if (mine.m == m)
		mine.r = NULL;
	(void)atomic_fetch_sub(&m->held, 1);
}

/* A table found to count is held before it is looked into; it may have been replaced between. */
static struct masters *
hold(yb_req *r)
{
	const struct record_state *st = yb_module_state(r);
	struct masters *m;
	int place;

	for (;;) {
		place = atomic_load(&st->shared->current);
		m = &st->shared->at[place];
		(void)atomic_fetch_add(&m->held, 1);
		if (atomic_load(&st->shared->current) == place)
			break;
		(void)atomic_fetch_sub(&m->held, 1);
	}
	yb_defer(r, let_go, m);
	mine.r = r;
	mine.m = m;
	return m;
}

static const struct masters *
masters(yb_req *r)
{
	return mine.r == r ? mine.m : hold(r);
}

/* A table nobody holds, but the one that counts; NULL: all are held, ask again later. */
static struct masters *
spare(struct shared *s, int *ret_place)
{
	int current = atomic_load(&s->current);

	for (int i = 0; i < TABLES; i++) {
		if (i == current || atomic_load(&s->at[i].held) != 0)
			continue;
		*ret_place = i;
		return &s->at[i];
	}
	return NULL;
}

/* The masters' numbers have been looked at by nobody for a while: 1, and it is our turn. */
static bool
our_turn(yb_req *r, struct shared *s)
{
	long long last = atomic_load(&s->looked_us), now = yb_now(r).us;

	return now - last >= LOOK_US && !atomic_load(&s->filling) &&
	    atomic_compare_exchange_strong(&s->looked_us, &last, now) &&
	    !atomic_exchange(&s->filling, true);
}

/* Rules that contradict themselves are not taken: those before them go on, with an alert. */
static int
masters_renew(yb_req *r, struct shared *s)
{
	struct masters *was = &s->at[atomic_load(&s->current)], *m;
	struct rev now = { 0 };
	int place = 0, rc;

	if (yb_db_find(r, &record_masters_rev, YB_NO_ARGS, &now) < 0)
		return -1;
	m = now.rev == was->rev ? NULL : spare(s, &place);
	if (m == NULL)
		return 0;
	rc = masters_fill(r, m);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		was->rev = m->rev; /* not again before the next change; only we look at it */
		yb_audit_alert(r, "rules-refused", (yb_str) { NULL, 0 });
		return 0;
	}
	atomic_store(&s->current, place);
	(void)hold(r);
	return 0;
}

int
record_masters_follow(yb_req *r)
{
	const struct record_state *st = yb_module_state(r);
	int rc;

	if (!our_turn(r, st->shared))
		return 0;
	rc = masters_renew(r, st->shared);
	atomic_store(&st->shared->filling, false);
	return rc;
}

/* ---- asking ---- */

bool
record_code_known(yb_req *r, const char *list, yb_str code)
{
	const struct masters *m = masters(r);

	for (size_t i = 0; i < m->n_codes; i++)
		if (strcmp(m->codes[i].list, list) == 0 && yb_str_is(code, m->codes[i].code))
			return true;
	return false;
}

const struct dose_rules *
record_rules(yb_req *r)
{
	return masters(r)->rules;
}

yb_str
record_vaccine_name(yb_req *r, yb_str code)
{
	const struct masters *m = masters(r);
	const struct vaccine *v = vaccine_find(m, code);

	return v == NULL ? (yb_str) { 0 } : yb_cstr(v->name);
}

bool
record_lots_kept(yb_req *r, yb_str vaccine_code)
{
	const struct vaccine *v = vaccine_find(masters(r), vaccine_code);

	return v != NULL && v->lots;
}

enum record_contracts
record_contracts_kept(yb_req *r, yb_str muni_code)
{
	const struct masters *m = masters(r);
	const struct muni *at = yb_str_empty(muni_code)
	    ? NULL
	    : bsearch(&muni_code, m->munis, m->n_munis, sizeof *at, code_order);

	if (at == NULL)
		return RECORD_CONTRACTS_NONE;
	return at->received ? RECORD_CONTRACTS_RECEIVED : RECORD_CONTRACTS_OWN;
}
