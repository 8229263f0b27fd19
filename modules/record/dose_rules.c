/*
 * dose_rules.c - builds the tables of the dose rules from master rows.
 *
 * Every text of a row is read once, here; a row that is not understood is refused with its
 * column named, because a rule that is silently ignored would let a wrong dose pass.
 * What a row holds in words for people ("20日以上 (標準20〜56日)") is read in dose_words.c.
 */
#include "dose_internal.h"
#include "dose_words.h"

#include <string.h>

#define FNV_START 14695981039346656037u
#define FNV_PRIME 1099511628211u

static int
fault(struct dose_fault *f, const char *column, const char *what)
{
	f->column = column;
	f->what = what;
	return -1;
}

/* ---- version ---- */

static uint64_t
hash_bytes(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * FNV_PRIME;
	return (h ^ 0x1fu) * FNV_PRIME;
}

static uint64_t
hash_text(uint64_t h, yb_str s)
{
	return hash_bytes(h, s.len == 0 ? "" : s.p, s.len);
}

static uint64_t
hash_number(uint64_t h, int64_t v)
{
	unsigned char b[8];

	for (size_t i = 0; i < sizeof b; i++)
		b[i] = (unsigned char)((uint64_t)v >> (8 * i));
	return hash_bytes(h, b, sizeof b);
}

static uint64_t
hash_date(uint64_t h, yb_date d)
{
	return hash_number(h, d.year * 10000 + d.month * 100 + d.day);
}

static uint64_t
hash_int(uint64_t h, yb_int v)
{
	return hash_number(hash_number(h, v.set), v.set ? v.v : 0);
}

/* ---- words ---- */

static bool
text_copy(char *room, size_t size, yb_str s)
{
	if (s.len >= size)
		return false;
	if (s.len > 0)
		memcpy(room, s.p, s.len);
	room[s.len] = '\0';
	return true;
}

unsigned
dose_route(yb_str word)
{
	static const struct {
		const char *word;
		unsigned bit;
	} routes[] = {
		{ "SC", ROUTE_SC },
		{ "IM", ROUTE_IM },
		{ "PERC", ROUTE_PERC },
		{ "PO", ROUTE_PO },
		{ "ID", ROUTE_ID },
	};

	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
		if (yb_str_is(word, routes[i].word))
			return routes[i].bit;
	}
	return 0;
}

/* "SC|IM"; 0: something in it is not a route. */
static unsigned
routes_parse(yb_str s)
{
	unsigned all = 0;

	while (s.len > 0) {
		yb_str rest = dose_after(s, "|");
		yb_str word = s;
		unsigned bit;

		if (rest.p != NULL)
			word.len = (size_t)(rest.p - 1 - s.p);
		bit = dose_route(word);
		if (bit == 0)
			return 0;
		all |= bit;
		s = rest;
	}
	return all;
}

int
dose_phase_number(yb_str text)
{
	if (yb_str_empty(text))
		return 0;
	if (yb_str_is(text, "第1期"))
		return 1;
	if (yb_str_is(text, "第2期"))
		return 2;
	if (yb_str_is(text, "第5期"))
		return 5;
	return yb_str_is(text, "特例") ? (int)PHASE_SPECIAL : -1;
}

/* ---- vaccines ---- */

static size_t
slot_of(yb_str code)
{
	uint64_t h = hash_text(FNV_START, code);

	return (size_t)((h ^ (h >> 32)) % RULES_SLOTS);
}

uint8_t
dose_vaccine_find(const struct dose_rules *rules, yb_str code)
{
	size_t slot;

	if (yb_str_empty(code))
		return NO_VACCINE;
	for (slot = slot_of(code); rules->slots[slot] != NO_VACCINE;
	     slot = (slot + 1) % RULES_SLOTS) {
		uint8_t i = rules->slots[slot];

		if (yb_str_is(code, rules->vaccines[i].code))
			return i;
	}
	return NO_VACCINE;
}

static int
vaccine_read(struct dose_vaccine *v, const struct dose_vaccine_row *row, struct dose_fault *f)
{
	if (yb_str_empty(row->code) || !text_copy(v->code, 13, row->code))
		return fault(f, "code", "missing, or longer than 12 bytes");
	if (!yb_str_is(row->category, "A") && !yb_str_is(row->category, "B"))
		return fault(f, "category", "neither A nor B");
	if (!yb_str_is(row->live_type, "live") && !yb_str_is(row->live_type, "inactivated"))
		return fault(f, "live_type", "neither live nor inactivated");
	if (!yb_str_is(row->injectable_live, "Y") && !yb_str_is(row->injectable_live, "N"))
		return fault(f, "injectable_live", "neither Y nor N");
	v->category = row->category.p[0];
	v->live = yb_str_is(row->live_type, "live");
	v->injectable_live = yb_str_is(row->injectable_live, "Y");
	if (v->injectable_live && !v->live)
		return fault(f, "injectable_live", "Y, but live_type is not live");
	v->routes = routes_parse(row->route);
	if (v->routes == 0)
		return fault(f, "route", "not a list of routes");
	if (row->dose_ml.set && (row->dose_ml.units < 1 || row->dose_ml.units > 9999))
		return fault(f, "dose_ml", "out of range");
	v->dose_ml = row->dose_ml.set ? (int32_t)row->dose_ml.units : -1;
	v->routine_from = dose_day(row->routine_from, DAY_MIN);
	v->routine_to = dose_day(row->routine_to, DAY_MAX);
	if (v->routine_from > v->routine_to)
		return fault(f, "routine_to", "before routine_from");
	return 0;
}

static uint64_t
vaccine_hash(const struct dose_vaccine_row *row)
{
	uint64_t h = hash_text(FNV_START, YB_STR("vaccine"));

	h = hash_text(h, row->code);
	h = hash_text(h, row->category);
	h = hash_text(h, row->route);
	h = hash_text(h, row->live_type);
	h = hash_text(h, row->injectable_live);
	h = hash_number(h, row->dose_ml.set ? row->dose_ml.units : -1);
	h = hash_date(h, row->routine_from);
	return hash_date(h, row->routine_to);
}

int
dose_rules_add_vaccine(
    struct dose_rules *rules, const struct dose_vaccine_row *row, struct dose_fault *ret_fault)
{
	struct dose_vaccine v = { .rows_of = NO_VACCINE };
	size_t slot;

	*ret_fault = (struct dose_fault) { .table = "vaccines", .row = ++rules->added_vaccines };
	if (rules->n_vaccines == RULES_VACCINES)
		return fault(ret_fault, "code", "too many vaccines");
	if (vaccine_read(&v, row, ret_fault) < 0)
		return -1;
	if (dose_vaccine_find(rules, row->code) != NO_VACCINE)
		return fault(ret_fault, "code", "twice in the table");
	v.policy = dose_policy_of(row->code);
	slot = slot_of(row->code);
	while (rules->slots[slot] != NO_VACCINE)
		slot = (slot + 1) % RULES_SLOTS;
	rules->slots[slot] = (uint8_t)rules->n_vaccines;
	rules->vaccines[rules->n_vaccines++] = v;
	rules->sum += vaccine_hash(row);
	return 0;
}

/* ---- schedule ---- */

static bool
window_reversed(struct dose_token a, struct dose_token b)
{
	return a.kind == b.kind && a.kind != TOKEN_NONE && a.kind != TOKEN_SEASON &&
	       (a.n > b.n || (a.n == b.n && a.plus > b.plus));
}

static int
row_ages(struct dose_row *r, const struct dose_schedule_row *row, struct dose_fault *f)
{
	if (!dose_token_parse(row->min_age, &r->min))
		return fault(f, "min_age", "not an age token");
	if (!dose_token_parse(row->max_age, &r->max))
		return fault(f, "max_age", "not an age token");
	if (!dose_token_parse(row->std_from, &r->std_from))
		return fault(f, "std_from", "not an age token");
	if (!dose_token_parse(row->std_to, &r->std_to))
		return fault(f, "std_to", "not an age token");
	if (window_reversed(r->min, r->max))
		return fault(f, "max_age", "before min_age");
	if (window_reversed(r->std_from, r->std_to))
		return fault(f, "std_to", "before std_from");
	return 0;
}

static int
row_names(struct dose_row *r, const struct dose_schedule_row *row, struct dose_fault *f)
{
	int phase = dose_phase_number(row->phase);

	if (phase < 0 || !text_copy(r->phase_text, sizeof r->phase_text, row->phase))
		return fault(f, "phase", "not a phase");
	r->phase = (uint8_t)phase;
	if (row->dose_seq < 1 || row->dose_seq > SEQ_MAX)
		return fault(f, "dose_seq", "not 1 to 9");
	r->seq = (uint8_t)row->dose_seq;
	if (yb_str_empty(row->dose_label) || !text_copy(r->label, sizeof r->label, row->dose_label))
		return fault(f, "dose_label", "missing or too long");
	r->booster = dose_after(row->dose_label, "追加").p != NULL;
	if (!text_copy(r->ref_text, sizeof r->ref_text, row->interval_ref))
		return fault(f, "interval_ref", "too long");
	if (!yb_str_empty(row->sex) && !yb_str_is(row->sex, "F") && !yb_str_is(row->sex, "M"))
		return fault(f, "sex", "neither F nor M nor empty");
	r->sex = yb_str_empty(row->sex) ? '\0' : row->sex.p[0];
	r->valid_from = dose_day(row->valid_from, DAY_MIN);
	r->valid_to = dose_day(row->valid_to, DAY_MAX);
	if (r->valid_from > r->valid_to)
		return fault(f, "valid_to", "before valid_from");
	if (!dose_words_variant(row->series_variant, r))
		return fault(f, "series_variant", "not a known variant");
	return 0;
}

/* min_interval_days counts the full days between, next_date_rule the day after them. */
static int
row_interval(struct dose_row *r, const struct dose_schedule_row *row, struct dose_fault *f)
{
	yb_int days = row->min_interval_days;

	if (days.set && (days.v < 0 || days.v > 9999))
		return fault(f, "min_interval_days", "out of range");
	if (!dose_words_rule(row->next_date_rule, r))
		return fault(f, "next_date_rule", "not understood");
	if (days.set && r->ref == REF_NONE) {
		r->ref = REF_PREV;
		r->gap = (struct dose_gap) { (int16_t)(days.v + 1), false };
	}
	if (days.set && (r->gap.months || r->gap.n != days.v + 1))
		return fault(f, "min_interval_days", "differs from next_date_rule");
	dose_words_standard(row->std_interval, r);
	return 0;
}

static uint64_t
schedule_hash(const struct dose_schedule_row *row)
{
	uint64_t h = hash_text(FNV_START, YB_STR("schedule"));

	h = hash_text(h, row->vaccine_code);
	h = hash_text(h, row->phase);
	h = hash_text(h, row->series_variant);
	h = hash_number(h, row->dose_seq);
	h = hash_text(h, row->dose_label);
	h = hash_text(h, row->min_age);
	h = hash_text(h, row->max_age);
	h = hash_text(h, row->std_from);
	h = hash_text(h, row->std_to);
	h = hash_int(h, row->min_interval_days);
	h = hash_text(h, row->next_date_rule);
	h = hash_text(h, row->std_interval);
	h = hash_text(h, row->interval_ref);
	h = hash_text(h, row->sex);
	h = hash_date(h, row->valid_from);
	return hash_date(h, row->valid_to);
}

int
dose_rules_add_schedule(
    struct dose_rules *rules, const struct dose_schedule_row *row, struct dose_fault *ret_fault)
{
	struct dose_row r[2] = { { 0 }, { 0 } };
	size_t n;

	*ret_fault = (struct dose_fault) { .table = "schedule", .row = ++rules->added_rows };
	r[0].source = rules->added_rows;
	r[0].vaccine = dose_vaccine_find(rules, row->vaccine_code);
	if (r[0].vaccine == NO_VACCINE)
		return fault(ret_fault, "vaccine_code", "not in the vaccine table");
	if (row_ages(&r[0], row, ret_fault) < 0 || row_names(&r[0], row, ret_fault) < 0 ||
	    row_interval(&r[0], row, ret_fault) < 0)
		return -1;
	n = dose_words_split(row->next_date_rule, r);
	if (rules->n_rows + n > RULES_ROWS)
		return fault(ret_fault, "vaccine_code", "too many rows");
	for (size_t i = 0; i < n; i++)
		rules->rows[rules->n_rows++] = r[i];
	rules->sum += schedule_hash(row);
	return 0;
}

/* ---- intervals between vaccines ---- */

static int
interval_gamma(struct dose_rules *rules, const struct dose_interval_row *row, struct dose_fault *f)
{
	yb_str list = row->to_class, rest;

	if (!dose_words_gamma(row->next_date_rule, &rules->gamma_gap, &rules->gamma_high_gap))
		return fault(f, "next_date_rule", "not understood");
	for (; list.len > 0; list = rest) {
		yb_str word = list;
		uint8_t i;

		rest = dose_after(list, " ");
		if (rest.p != NULL)
			word.len = (size_t)(rest.p - 1 - list.p);
		i = dose_vaccine_find(rules, word);
		if (i == NO_VACCINE)
			return fault(f, "to_class", "names a vaccine that is not in the table");
		rules->gamma_vaccines |= (uint64_t)1 << i;
	}
	return 0;
}

static int
interval_read(struct dose_rules *rules, const struct dose_interval_row *row, struct dose_fault *f)
{
	struct dose_row r = { 0 };

	if (yb_str_is(row->severity, "NONE"))
		return 0;
	if (!yb_str_is(row->severity, "ERROR") && !yb_str_is(row->severity, "WARN") &&
	    !yb_str_is(row->severity, "INFO"))
		return fault(f, "severity", "not ERROR, WARN, INFO or NONE");
	if (dose_after(row->from_class, "gamma globulin").p != NULL)
		return interval_gamma(rules, row, f);
	if (!dose_words_rule(row->next_date_rule, &r) || r.ref != REF_PREV)
		return fault(f, "next_date_rule", "not understood");
	if (row->min_interval_days.set && (r.gap.months || r.gap.n != row->min_interval_days.v + 1))
		return fault(f, "min_interval_days", "differs from next_date_rule");
	if (yb_str_is(row->from_class, "injectable_live")) {
		rules->live_gap = r.gap;
		rules->live_from = dose_day(row->from_date, DAY_MIN);
		rules->live_severity = row->severity.p[0];
		return 0;
	}
	if (dose_after(row->from_class, "before ").p != NULL &&
	    dose_after(row->from_class, "live").p != NULL) {
		rules->old_gap = r.gap;
		return 0;
	}
	return fault(f, "from_class", "not understood");
}

int
dose_rules_add_interval(
    struct dose_rules *rules, const struct dose_interval_row *row, struct dose_fault *ret_fault)
{
	uint64_t h = hash_text(FNV_START, YB_STR("interval"));

	*ret_fault =
	    (struct dose_fault) { .table = "interval_rules", .row = ++rules->added_intervals };
	if (interval_read(rules, row, ret_fault) < 0)
		return -1;
	h = hash_text(h, row->rule_id);
	h = hash_text(h, row->from_class);
	h = hash_text(h, row->to_class);
	h = hash_int(h, row->min_interval_days);
	h = hash_text(h, row->next_date_rule);
	h = hash_date(h, row->from_date);
	rules->sum += hash_text(h, row->severity);
	return 0;
}

/* ---- the whole ---- */

size_t
dose_rules_size(void)
{
	return sizeof(struct dose_rules);
}

void
dose_rules_init(struct dose_rules *rules)
{
	memset(rules, 0, sizeof *rules);
	memset(rules->slots, NO_VACCINE, sizeof rules->slots);
}

yb_str
dose_rules_version(const struct dose_rules *rules)
{
	return yb_cstr(rules->version);
}

bool
dose_rules_know(const struct dose_rules *rules, yb_str vaccine_code)
{
	return dose_vaccine_find(rules, vaccine_code) != NO_VACCINE;
}

bool
dose_rules_by_product(const struct dose_rules *rules, yb_str vaccine_code)
{
	uint8_t i = dose_vaccine_find(rules, vaccine_code);

	return i != NO_VACCINE && (rules->vaccines[i].policy->flags & POLICY_BRAND) != 0;
}
