/*
 * control.c - masters that steer the programs: operations closed to a role (M42) and numbers
 * of the areas (M43, M55), which every worker reads each second (yb/parameter.h); H-8-6.
 *
 * M42 can only take away what the route table gives, or give that back: what a role never had
 * no master opens. The central federation cannot lock itself out.
 */
#include "master.h"

#include <yb/parameter.h>

#include <string.h>

/* ---- M43, M55 ---- */

/* A whole number as one writes it: no sign but minus, no leading zeros, at most 18 digits. */
static bool
whole_number(yb_str s, int64_t *ret)
{
	size_t at = s.len > 0 && s.p[0] == '-' ? 1 : 0;
	int64_t v = 0;

	if (s.len == at || s.len - at > 18 || (s.p[at] == '0' && s.len > 1))
		return false;
	for (size_t i = at; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*ret = at == 1 ? -v : v;
	return true;
}

static void
out_of_range(yb_req *r, struct entry *e, const char *column, int64_t min, int64_t max)
{
	entry_fault(r, e, column, "E-VAL-006");
	yb_problem_next(r,
	    yb_format_text(r, "%lld以上%lld以下にしてください。", (long long)min, (long long)max).p,
	    yb_format_text(r, "Use a value from %lld to %lld.", (long long)min, (long long)max).p);
}

/* Numbers of which the first is not more than the second. */
static const char *const pairs[][2] = { { "account.password_min", "account.password_max" },
	{ "account.idle_warn_last", "account.idle_warn_first" },
	{ "account.idle_warn_first", "account.idle_days" } };

/* Together with what counts of the other one: nobody could set a password otherwise. */
static bool
pair_fits(yb_req *r, yb_str key, int64_t v)
{
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		for (size_t k = 0; k < 2; k++) {
			const yb_parameter *other = yb_parameter_find(r, yb_cstr(pairs[i][1 - k]));
			int64_t o;

			if (!yb_str_is(key, pairs[i][k]) || other == NULL ||
			    !whole_number(yb_parameter_value(r, other), &o))
				continue;
			if (k == 0 ? v > o : v < o)
				return false;
		}
	return true;
}

/* The row may narrow the range of the number, and its value is within what is left. */
void
check_parameter(yb_req *r, const struct table *t, struct entry *e)
{
	const yb_parameter *p = yb_parameter_find(r, cell_of(t, e, "key"));
	yb_str low = cell_of(t, e, "min"), high = cell_of(t, e, "max");
	int64_t v, min, max;

	if (p == NULL) {
		entry_fault(r, e, "key", "E-VAL-011");
		return;
	}
	if (p->security && !yb_str_is(cell_of(t, e, "security"), "Y"))
		entry_fault(r, e, "security", "E-VAL-013");
	min = p->min;
	max = p->max;
	if (low.p != NULL && (!whole_number(low, &min) || min < p->min || min > p->max))
		out_of_range(r, e, "min", p->min, p->max);
	else if (high.p != NULL && (!whole_number(high, &max) || max < min || max > p->max))
		out_of_range(r, e, "max", min, p->max);
	else if (!whole_number(cell_of(t, e, "value"), &v))
		entry_fault(r, e, "value", "E-VAL-004");
	else if (v < min || v > max)
		out_of_range(r, e, "value", min, max);
	else if (!pair_fits(r, p->key, v))
		entry_fault(r, e, "value", "E-VAL-013");
}

/* One master sets a number, not two: M43 is NHIC's, M55 of the operators. */
const yb_query q_parameter_twice = {
	.name = "master_parameter_twice",
	.sql = "SELECT k.key_text, 'E-MST-001' AS code FROM master_version AS n"
	       " JOIN master_key AS k ON k.key_id = n.key_id"
	       " JOIN master_key AS ok ON ok.key_text = k.key_text AND ok.key_id <> k.key_id"
	       "  AND ok.master IN ('M43', 'M55')"
	       " JOIN master_version AS o ON o.key_id = ok.key_id AND o.op IN ('NEW', 'REVISE')"
	       "  AND o.status IN ('PENDING', 'APPROVED', 'EFFECTIVE')"
	       "  AND (o.valid_to IS NULL OR o.valid_to >= n.valid_from)"
	       "  AND (n.valid_to IS NULL OR o.valid_from <= n.valid_to)"
	       " WHERE n.change_id = ? AND n.op IN ('NEW', 'REVISE') AND n.valid_from = ?"
	       " ORDER BY k.key_text LIMIT 20",
	.row = conflict_row,
	.row_size = sizeof(struct conflict),
	.nparams = 2,
	.tenant = YB_CROSS,
};

struct parameter_line {
	yb_str key, value, configured, normal, unit, note;
	int64_t min, max;
	bool security;
};

static const yb_field parameter_line[] = {
	{ "key", YB_OF(struct parameter_line, key) },
	{ "value", YB_OF(struct parameter_line, value), .note = "What counts now." },
	{ "configured", YB_OF(struct parameter_line, configured),
	    .note = "What counts when no master says anything." },
	{ "normal", YB_OF(struct parameter_line, normal), .note = "As the programs come." },
	{ "min", YB_OF(struct parameter_line, min) },
	{ "max", YB_OF(struct parameter_line, max) },
	{ "unit", YB_OF(struct parameter_line, unit) },
	{ "security", YB_OF(struct parameter_line, security),
	    .note = "Its row says security Y, and two approve." },
	{ "note", YB_OF(struct parameter_line, note) },
	{ 0 },
};

struct parameter_page {
	yb_list parameters;
};

const yb_field parameters_out[] = {
	{ "parameters", YB_OF(struct parameter_page, parameters),
	    YB_EACH(parameter_line, struct parameter_line) },
	{ 0 },
};

/* GET /master/parameters - what M43 and M55 may set, for those who read them. */
int
parameters_list(yb_req *r)
{
	const yb_list *all = yb_parameters(r);
	const yb_parameter *p = all->items;
	struct parameter_line *lines = yb_alloc(r, (all->n + 1) * sizeof *lines);
	struct parameter_page out = { { lines, all->n } };

	if (table_to_read(r, YB_STR("M43")) == NULL)
		return -1;
	for (size_t i = 0; i < all->n; i++)
		lines[i] = (struct parameter_line) { p[i].key, yb_parameter_value(r, &p[i]),
			yb_parameter_configured(r, &p[i]), p[i].normal, p[i].unit, p[i].note, p[i].min,
			p[i].max, p[i].security };
	return yb_reply_record(r, 200, parameters_out, &out);
}

/* ---- M41: the organisation whose administrators approve all this ---- */

const yb_query q_org_whole = {
	.name = "master_org_whole",
	.sql = "SELECT k.key_text, IF(o.org_type = 'NHIC', 'E-ACC-003', 'E-VAL-013') AS code"
	       " FROM master_version AS n JOIN master_key AS k ON k.key_id = n.key_id"
	       " JOIN core_org AS o ON o.org_code = k.key_text"
	       " WHERE n.change_id = ? AND n.valid_from = ? AND ("
	       "  (n.op IN ('NEW', 'REVISE') AND JSON_VALUE(n.cells, '$.org_type') <> o.org_type)"
	       "  OR (o.org_type = 'NHIC' AND (n.op IN ('END', 'DELETE') OR n.valid_to IS NOT NULL"
	       "   OR JSON_VALUE(n.cells, '$.closes_on') IS NOT NULL"
	       "   OR JSON_VALUE(n.cells, '$.opens_on') > n.valid_from"
	       "   OR JSON_VALUE(n.cells, '$.onboarding') <> '利用中')))"
	       " ORDER BY k.key_text LIMIT 20",
	.row = conflict_row,
	.row_size = sizeof(struct conflict),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* ---- M42 ---- */

/* Without these nobody could undo a mistake: KC-A keeps masters of NHIC and accounts. */
static bool
is_needed(yb_str role, yb_str function)
{
	static const char needed[] = "H-8-1,H-8-6,H-1-1,H-1-2,H-1-4";

	return yb_str_is(role, "KC-A") && yb_word_in(function, needed, ',');
}

/* Whether the route table gives it to this role, and not to everybody. */
static bool
is_given(const yb_operation *o, yb_str role)
{
	return strcmp(o->roles.p, "*") != 0 && yb_word_in(role, o->roles.p, ',');
}

void
check_permission(yb_req *r, const struct table *t, struct entry *e)
{
	yb_str role = cell_of(t, e, "role"), function = cell_of(t, e, "function");
	yb_str action = cell_of(t, e, "action");
	const yb_list *all = yb_operations(r);
	const yb_operation *o = all->items;
	size_t named = 0, given = 0;

	for (size_t i = 0; i < all->n; i++)
		if (yb_operation_named(&o[i], function, action)) {
			named++;
			given += is_given(&o[i], role);
		}
	if (named == 0)
		entry_fault(r, e, "function", "E-VAL-011");
	else if (given == 0)
		entry_fault(r, e, "role", "E-VAL-013");
	else if (!yb_str_is(cell_of(t, e, "allowed"), "Y") && is_needed(role, function))
		entry_fault(r, e, "allowed", "E-ACC-003");
}

const yb_field opening_out[] = {
	{ "role", YB_OF(struct opening, role) },
	{ "operation", YB_OF(struct opening, operation), .note = "operationId." },
	{ "area", YB_OF(struct opening, area) },
	{ "function", YB_OF(struct opening, function) },
	{ "action", YB_OF(struct opening, action) },
	{ "effect", YB_OF(struct opening, effect), .note = "GAINS or LOSES." },
	{ 0 },
};

struct closing { /* a row of M42 that closes something, before, after the change, or both */
	yb_str role, function, action;
	int64_t was, will;
};

static const yb_field closing_row[] = {
	{ "role", YB_OF(struct closing, role) },
	{ "function_id", YB_OF(struct closing, function) },
	{ "action", YB_OF(struct closing, action) },
	{ "was", YB_OF(struct closing, was) },
	{ "will", YB_OF(struct closing, will) },
	{ 0 },
};

#define CLOSING(v)                                                                             \
	"JSON_VALUE(" v ".cells, '$.role') AS role, JSON_VALUE(" v ".cells, '$.function') AS"      \
	" function_id, JSON_VALUE(" v ".cells, '$.action') AS action"
#define CLOSED(v)                                                                              \
	v ".op IN ('NEW', 'REVISE') AND JSON_VALUE(" v ".cells, '$.allowed') = 'N'"

/* "?": the change three times, its first day twice, the change. */
const yb_query q_closings = {
	.name = "master_closings",
	.sql = "SELECT role, function_id, action, CAST(MAX(was) AS SIGNED) AS was,"
	       " CAST(MAX(will) AS SIGNED) AS will FROM (SELECT "
	       CLOSING("o") ", 1 AS was, NOT EXISTS (SELECT 1 FROM master_version AS n"
	       "  WHERE n.key_id = o.key_id AND n.change_id = ?) AS will"
	       " FROM master_key AS k JOIN master_version AS o ON o.key_id = k.key_id"
	       " WHERE k.master = 'M42' AND " CLOSED("o") " AND o.change_id <> ? AND (o.version_id IN"
	       "  (SELECT x.replaces FROM master_version AS x WHERE x.change_id = ?)"
	       "  OR (o.status IN ('APPROVED', 'EFFECTIVE') AND o.valid_from <= ?"
	       "  AND (o.valid_to IS NULL OR o.valid_to >= ?)))"
	       " UNION ALL SELECT " CLOSING("n") ", 0, 1 FROM master_version AS n"
	       " WHERE n.change_id = ? AND " CLOSED("n") ") AS c"
	       " GROUP BY role, function_id, action",
	.row = closing_row,
	.row_size = sizeof(struct closing),
	.nparams = 6,
	.tenant = YB_CROSS,
};

static bool
is_closed(const yb_list *closings, const yb_operation *o, yb_str role, bool after)
{
	const struct closing *c = closings->items;

	for (size_t i = 0; i < closings->n; i++)
		if ((after ? c[i].will : c[i].was) != 0 && yb_str_eq(c[i].role, role) &&
		    yb_operation_named(o, c[i].function, c[i].action))
			return true;
	return false;
}

#define CLOSINGS_MAX 5000

/* Each role of the closings once, whatever the order they came in. */
static size_t
roles_of(yb_req *r, const yb_list *closings, yb_str **ret)
{
	const struct closing *c = closings->items;
	yb_str *roles = yb_alloc(r, (closings->n + 1) * sizeof *roles);
	size_t n = 0;

	for (size_t i = 0; i < closings->n; i++) {
		size_t k = 0;

		while (k < n && !yb_str_eq(roles[k], c[i].role))
			k++;
		if (k == n)
			roles[n++] = c[i].role;
	}
	*ret = roles;
	return n;
}

int
permissions_moved(yb_req *r, const struct change *c, yb_list *ret)
{
	const yb_list *all = yb_operations(r);
	const yb_operation *o = all->items;
	yb_value id = yb_i64(c->change_id), day = yb_day(c->valid_from);
	struct opening *out;
	size_t n = 0, n_roles;
	yb_list closings;
	yb_str *roles;

	*ret = (yb_list) { NULL, 0 };
	if (!yb_str_is(c->master, "M42"))
		return 0;
	if (yb_db_list(r, &q_closings, YB_ARGS(id, id, id, day, day, id), CLOSINGS_MAX, &closings) < 0)
		return -1;
	n_roles = roles_of(r, &closings, &roles);
	out = yb_alloc(r, (n_roles * all->n + 1) * sizeof *out);
	for (size_t k = 0; k < n_roles; k++)
		for (size_t i = 0; i < all->n; i++) {
			bool was = is_closed(&closings, &o[i], roles[k], false);
			bool will = is_closed(&closings, &o[i], roles[k], true);

			if (was != will && is_given(&o[i], roles[k]))
				out[n++] = (struct opening) { roles[k], o[i].id, o[i].area, o[i].function,
					o[i].action, will ? YB_STR("LOSES") : YB_STR("GAINS") };
		}
	*ret = (yb_list) { out, n };
	return 0;
}
