/*
 * jobkind.c - an area of its own for the tests of the job engine: kinds that add, change,
 * refuse, hold, wait and export. Its tables are made by the tests (tables.sql); it is no part
 * of the product.
 */
#include <string.h>

#include <yb/module.h>

/* ---- jobkind.items: everything a column can be ---- */

struct item {
	yb_str code, name, kind, memo, secret;
	yb_date valid_from;
	yb_int price;
	yb_dec dose;
	bool active;
};

static const char *
code_check(yb_str s)
{
	if (s.len != 6)
		return "E-VAL-002";
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return "E-VAL-002";
	return NULL;
}

static const yb_format item_code = { "item-code", "^[0-9]{6}$", code_check };

static const yb_field item_fields[] = {
	{ "code", YB_OF(struct item, code), .flags = YB_REQUIRED, .max = 6, .format = &item_code },
	{ "valid_from", YB_OF(struct item, valid_from), .flags = YB_REQUIRED },
	{ "name", YB_OF(struct item, name), .flags = YB_REQUIRED, .max = 40 },
	{ "kind", YB_OF(struct item, kind), .max = 2, .one_of = "01,02,99" },
	{ "price", YB_OF(struct item, price), .max = 99999, .min = 1 },
	{ "dose", YB_OF(struct item, dose), .scale = 2, .max = 1000 },
	{ "active", YB_OF(struct item, active) },
	{ "memo", YB_OF(struct item, memo), .max = 200, .flags = YB_LINES },
	{ "secret", YB_OF(struct item, secret), .max = 20, .min = 4, .flags = YB_SECRET },
	{ 0 },
};

static const char *const item_labels[] = { "品目コード", "適用開始日", "名称", "区分", "単価", "用量", "有効",
	"備考", "暗証" };

struct item_params {
	yb_str mode;
};

static const yb_field item_params[] = {
	{ "mode", YB_OF(struct item_params, mode), .max = 8,
	    .one_of = "hold,late,slow,long,fail,crowd,count" },
	{ 0 },
};

static int
item_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { item_fields, sizeof(struct item), item_labels, "code,valid_from" };
	return 0;
}

static bool
mode_is(const yb_req *r, const char *mode)
{
	const struct item_params *p = yb_job_params(r);

	return yb_str_is(p->mode, mode);
}

struct known {
	yb_str code, name;
};

static const yb_field known_record[] = {
	{ "code", YB_OF(struct known, code) },
	{ "name", YB_OF(struct known, name) },
	{ 0 },
};

/* Many keys in one question: a list of codes, separated by commas. */
static const yb_query items_known = {
	.name = "jobkind_known",
	.sql = "SELECT code, name FROM jobkind_item WHERE org_id = ? AND FIND_IN_SET(code, ?) > 0",
	.row = known_record,
	.row_size = sizeof(struct known),
	.nparams = 2,
	.tenant = YB_ORG,
};

static const yb_query items_blocked = {
	.name = "jobkind_blocked",
	.sql = "SELECT code, '' AS name FROM jobkind_block WHERE FIND_IN_SET(code, ?) > 0",
	.row = known_record,
	.row_size = sizeof(struct known),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

struct slept {
	int64_t n;
};

static const yb_field slept_record[] = { { "n", YB_OF(struct slept, n) }, { 0 } };

static const yb_query sleep_a_while = {
	.name = "jobkind_sleep",
	.sql = "SELECT SLEEP(? / 1000) AS n",
	.row = slept_record,
	.row_size = sizeof(struct slept),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query item_put = {
	.name = "jobkind_put",
	.sql = "INSERT INTO jobkind_item (org_id, code, valid_from, name, kind, price, dose, active,"
	       " memo, secret) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	       " ON DUPLICATE KEY UPDATE name = VALUES(name), price = VALUES(price)",
	.nparams = 10,
	.tenant = YB_ORG,
};

static const yb_field item_params_of_put[] = {
	{ "code", YB_OF(struct item, code) },
	{ "valid_from", YB_OF(struct item, valid_from) },
	{ "name", YB_OF(struct item, name) },
	{ "kind", YB_OF(struct item, kind) },
	{ "price", YB_OF(struct item, price) },
	{ "dose", YB_OF(struct item, dose), .scale = 2 },
	{ "active", YB_OF(struct item, active) },
	{ "memo", YB_OF(struct item, memo) },
	{ "secret", YB_OF(struct item, secret) },
	{ 0 },
};

static yb_str
codes_of(yb_req *r, const yb_row *rows, size_t n)
{
	char *list = yb_alloc(r, n * 7 + 1);

	for (size_t i = 0; i < n; i++) {
		memcpy(list + i * 7, ((const struct item *)rows[i].record)->code.p, 6);
		list[i * 7 + 6] = ',';
	}
	return (yb_str) { list, n * 7 - 1 };
}

static const struct known *
known_find(const yb_list *list, yb_str code)
{
	const struct known *k = list->items;

	for (size_t i = 0; i < list->n; i++)
		if (yb_str_eq(k[i].code, code))
			return &k[i];
	return NULL;
}

/* In one statement; 0 or -1. */
static int
waits(yb_req *r, const char *mode, int64_t ms)
{
	struct slept s;

	return mode_is(r, mode) ? yb_db_find(r, &sleep_a_while, YB_ARGS(yb_i64(ms)), &s) : 0;
}

static int
item_check(yb_req *r, yb_row *rows, size_t n)
{
	yb_list known;

	/* "long": longer than a statement of a request may take. */
	if (waits(r, "slow", 400) < 0 || waits(r, "long", 5500) < 0 ||
	    yb_db_list(r, &items_known, YB_ARGS(yb_text(codes_of(r, rows, n))), n + 1, &known) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct item *item = rows[i].record;
		const struct known *old = known_find(&known, item->code);

		if (yb_str_is(item->name, "不可"))
			yb_row_fault(r, &rows[i], "name", "E-VAL-013");
		rows[i].outcome = old == NULL		     ? YB_ROW_ADDED
		    : yb_str_eq(old->name, item->name) ? YB_ROW_SAME
						       : YB_ROW_CHANGED;
	}
	return 0;
}

static int
item_checked(yb_req *r)
{
	if (mode_is(r, "hold") && yb_job_count(r, YB_ROW_ADDED) > 0)
		yb_job_hold(r, "E-MST-002");
	return 0;
}

static int
item_apply(yb_req *r, yb_row *rows, size_t n)
{
	struct item *items = yb_alloc(r, n * sizeof *items);
	yb_list known, blocked;

	if (waits(r, "slow", 400) < 0 ||
	    yb_db_list(r, &items_known, YB_ARGS(yb_text(codes_of(r, rows, n))), n + 1, &known) < 0 ||
	    yb_db_list(r, &items_blocked, YB_ARGS(yb_text(codes_of(r, rows, n))), n + 1,
		&blocked) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct known *old;

		items[i] = *(const struct item *)rows[i].record;
		old = known_find(&known, items[i].code);
		if (known_find(&blocked, items[i].code) != NULL)
			yb_row_fault(r, &rows[i], "code", "E-MST-003");
		rows[i].outcome = old == NULL		      ? YB_ROW_ADDED
		    : yb_str_eq(old->name, items[i].name) ? YB_ROW_SAME
							  : YB_ROW_CHANGED;
		if (mode_is(r, "count"))
			yb_audit_subject(r, items[i].code);
	}
	if (mode_is(r, "count"))
		yb_audit_purpose(r, YB_STR("05"), YB_STR("counted"));
	if (mode_is(r, "fail"))
		return yb_problem(r, "E-SYS-001");
	return yb_db_each(r, &item_put, item_params_of_put, sizeof *items, items, n) == 0 ? 0 : -1;
}

static int
item_applied(yb_req *r)
{
	if (mode_is(r, "late"))
		yb_job_hold(r, "E-MST-002");
	return 0;
}

static const yb_job_kind job_items = {
	.name = "jobkind.items",
	.title = "試験品目の取込",
	.function = "H-8-1",
	.roles = "MU-A,MU-S",
	.reach = YB_REACH_OWN,
	.action = YB_ACT_UPDATE,
	.params = item_params,
	.params_size = sizeof(struct item_params),
	.shows = YB_SHOWS_PERSONS,
	.partial = true,
	.columns = item_columns,
	.check = item_check,
	.checked = item_checked,
	.apply = item_apply,
	.applied = item_applied,
};

/* The same without the choice of good rows, for administrators, with the password again. */
static const yb_job_kind job_strict = {
	.name = "jobkind.strict",
	.title = "試験品目の一括取込",
	.function = "H-8-1",
	.roles = "MU-A",
	.step_up = true,
	.reach = YB_REACH_OWN,
	.action = YB_ACT_UPDATE,
	.shows = YB_SHOWS_NOBODY,
	.params = item_params,
	.params_size = sizeof(struct item_params),
	.max_rows = 1500,
	.columns = item_columns,
	.check = item_check,
	.apply = item_apply,
};

/* ---- jobkind.plain: three columns and no questions, for measuring ---- */

struct plain {
	int64_t id;
	yb_str name;
	yb_int amount;
};

static const yb_field plain_fields[] = {
	{ "id", YB_OF(struct plain, id), .flags = YB_REQUIRED, .min = 1, .max = 999999999 },
	{ "name", YB_OF(struct plain, name), .flags = YB_REQUIRED, .max = 40 },
	{ "amount", YB_OF(struct plain, amount), .max = 9999999 },
	{ 0 },
};

static int
plain_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { plain_fields, sizeof(struct plain), NULL, "id" };
	return 0;
}

static int
plain_check(yb_req *r, yb_row *rows, size_t n)
{
	(void)r;
	for (size_t i = 0; i < n; i++)
		rows[i].outcome = YB_ROW_ADDED;
	return 0;
}

static const yb_query plain_put = {
	.name = "jobkind_plain_put",
	.sql = "INSERT INTO jobkind_plain (id, name, amount) VALUES (?, ?, ?)",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static int
plain_apply(yb_req *r, yb_row *rows, size_t n)
{
	struct plain *all = yb_alloc(r, n * sizeof *all);

	for (size_t i = 0; i < n; i++) {
		all[i] = *(const struct plain *)rows[i].record;
		rows[i].outcome = YB_ROW_ADDED;
	}
	return yb_db_each(r, &plain_put, plain_fields, sizeof *all, all, n) == 0
	    ? 0
	    : yb_problem(r, "E-VAL-014");
}

static const yb_job_kind job_plain = {
	.name = "jobkind.plain",
	.title = "試験の取込",
	.function = "H-8-1",
	.roles = "MU-A,MU-S",
	.reach = YB_REACH_OWN,
	.action = YB_ACT_UPDATE,
	.shows = YB_SHOWS_NOBODY,
	.partial = true,
	.columns = plain_columns,
	.check = plain_check,
	.apply = plain_apply,
};

/* ---- jobkind.out: what is there, as a file ---- */

struct cursor {
	int64_t after;
};

struct item_out {
	int64_t item_id;
	struct item item;
};

static const yb_field out_record[] = {
	{ "item_id", YB_OF(struct item_out, item_id) },
	{ "code", YB_OF(struct item_out, item.code) },
	{ "valid_from", YB_OF(struct item_out, item.valid_from) },
	{ "name", YB_OF(struct item_out, item.name) },
	{ "kind", YB_OF(struct item_out, item.kind) },
	{ "price", YB_OF(struct item_out, item.price) },
	{ "dose", YB_OF(struct item_out, item.dose), .scale = 2 },
	{ "active", YB_OF(struct item_out, item.active) },
	{ "memo", YB_OF(struct item_out, item.memo) },
	{ "secret", YB_OF(struct item_out, item.secret) },
	{ 0 },
};

static const yb_query items_after = {
	.name = "jobkind_after",
	.sql = "SELECT item_id, code, valid_from, name, kind, price, dose, active, memo, secret"
	       " FROM jobkind_item WHERE org_id = ? AND item_id > ? ORDER BY item_id LIMIT 500",
	.row = out_record,
	.row_size = sizeof(struct item_out),
	.nparams = 2,
	.tenant = YB_ORG,
};

static int
out_produce(yb_req *r)
{
	struct cursor *at = yb_run_state(r, sizeof *at);
	const struct item_out *item;
	yb_list rows;

	if (waits(r, "slow", 400) < 0 ||
	    yb_db_list(r, &items_after, YB_ARGS(yb_i64(at->after)), 500, &rows) < 0)
		return -1;
	item = rows.items;
	for (size_t i = 0; i < rows.n; i++) {
		if (yb_job_write(r, &item[i].item) < 0)
			return -1;
		at->after = item[i].item_id;
	}
	if (rows.n == 500)
		yb_run_again(r);
	yb_job_fact(r, "last_item", yb_format_text(r, "%lld", (long long)at->after));
	yb_job_fact(r, "quoted", YB_STR("a \"b\", c"));
	return 0;
}

static const yb_job_kind job_out = {
	.name = "jobkind.out",
	.title = "試験品目の出力",
	.function = "H-8-1",
	.roles = "MU-A,MU-S",
	.reach = YB_REACH_OWN,
	.action = YB_ACT_EXPORT,
	.params = item_params,
	.params_size = sizeof(struct item_params),
	.shows = YB_SHOWS_PERSONS,
	.columns = item_columns,
	.produce = out_produce,
};

/* ---- the area ---- */

static const yb_route routes[] = { { 0 } };

static const yb_query *const queries[] = { &items_known, &items_blocked, &sleep_a_while, &item_put,
	&plain_put, &items_after, NULL };

static const yb_job_kind *const jobs[] = { &job_items, &job_strict, &job_plain, &job_out, NULL };

extern const yb_module yb_module_jobkind;
const yb_module yb_module_jobkind = {
	.abi = YB_ABI,
	.size = sizeof(yb_module),
	.name = "jobkind",
	.version = "1",
	.routes = routes,
	.queries = queries,
	.jobs = jobs,
};
