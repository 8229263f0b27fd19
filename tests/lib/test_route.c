/* Routes, and what the loader refuses: route.c, module.c, options.c, openapi.c. */
#include "../support/unit.h"

#include <string.h>

#include "../../core/lib/host.h"

static int
handler(yb_req *r)
{
	return yb_reply_empty(r);
}

#define STAFF                                                                                      \
	.who = YB_STAFF, .roles = "*", .reach = YB_REACH_OWN, .effect = YB_READS,                  \
	.action = YB_ACT_VIEW, .function = "H-0"

static const yb_route routes[] = {
	{ YB_GET, "/pets/{id}", handler, "getPet", "One.", STAFF },
	{ YB_GET, "/pets/mine", handler, "getMine", "Mine.", STAFF },
	{ YB_DELETE, "/pets/{id}", handler, "deletePet", "Gone.", .who = YB_STAFF, .roles = "*",
	    .reach = YB_REACH_OWN, .effect = YB_WRITES, .action = YB_ACT_DELETE, .function = "H-0" },
	{ YB_GET, "/pets/{id}/toys/{toy}", handler, "getToy", "Toy.", STAFF },
	{ 0 },
};

static const yb_module pets = { .abi = YB_ABI, .size = sizeof(yb_module), .name = "pets",
	.version = "1", .routes = routes };

static enum ybh_route_result
find(const char *path, enum yb_method m, struct ybh_match *match, char allow[64])
{
	const struct ybh_loaded loaded = { .module = &pets };

	return ybh_route_match(&loaded, 1, yb_cstr(path), m, match, allow);
}

static void
paths_are_matched_as_sent(void **state)
{
	struct ybh_match m;
	char allow[64];

	assert_int_equal(find("/api/v1/pets/7", YB_GET, &m, allow), YBH_ROUTE_FOUND);
	assert_string_equal(m.route->id, "getPet");
	assert_text(m.values[0], "7");
	assert_int_equal(find("/api/v1/pets/mine", YB_GET, &m, allow), YBH_ROUTE_FOUND);
	assert_string_equal(m.route->id, "getMine");
	assert_int_equal(find("/api/v1/pets/7/toys/9", YB_GET, &m, allow), YBH_ROUTE_FOUND);
	assert_text(m.values[1], "9");
	assert_int_equal(find("/api/v1/pets/7", YB_POST, &m, allow), YBH_ROUTE_NO_METHOD);
	assert_string_equal(allow, "GET, DELETE");
	(void)state;
}

static void
lookalikes_are_no_such_path(void **state)
{
	static const char *const bad[] = { "/api/v1/pets", "/api/v1/pets/", "/api/v1/Pets/7",
		"/api/v1/pets/7/", "/api/v1//pets/7", "/api/v1/pets;x/7", "/api/v2/pets/7", "/pets/7",
		"/api/v1/pets/7/toys/", "", "/", "/api/v1", "/.well-known" };
	struct ybh_match m;
	char allow[64];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(find(bad[i], YB_GET, &m, allow), YBH_ROUTE_NO_PATH);
	(void)state;
}

static void
only_truly_equal_patterns_clash(void **state)
{
	assert_true(ybh_route_clash("/a/{x}", "/a/{y}"));
	assert_false(ybh_route_clash("/a/{x}", "/a/b"));
	assert_false(ybh_route_clash("/a/{x}", "/a/{y}/b"));
	(void)state;
}

struct unsaid {
	yb_route route;
	const char *says;
};

static void
a_route_that_leaves_something_unsaid_is_refused(void **state)
{
	const struct unsaid bad[] = {
		{ { YB_GET, "/pets/x", handler, "x", "X.", .roles = "*", .reach = YB_REACH_OWN,
		      .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-0" },
		    "who may call it" },
		{ { YB_GET, "/pets/x", handler, "x", "X.", .who = YB_STAFF, .reach = YB_REACH_OWN,
		      .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-0" },
		    "needs roles" },
		{ { YB_GET, "/pets/x", handler, "x", "X.", .who = YB_CLIENT, .reach = YB_REACH_OWN,
		      .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-0" },
		    "needs a scope" },
		{ { YB_GET, "/pets/x", handler, "x", "X.", .who = YB_STAFF, .roles = "*",
		      .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-0" },
		    "reach" },
		{ { YB_GET, "/pets/x", handler, "x", "X.", .who = YB_STAFF, .roles = "*",
		      .reach = YB_REACH_OWN, .effect = YB_READS },
		    "needs an action" },
		{ { YB_GET, "/pets/x", handler, "x", "X.", .who = YB_STAFF, .roles = "*",
		      .reach = YB_REACH_OWN, .action = YB_ACT_VIEW, .function = "H-0" },
		    "reads or writes" },
		{ { YB_GET, "/pets/x", handler, "x", "X.", .who = YB_STAFF, .roles = "*",
		      .reach = YB_REACH_OWN, .effect = YB_WRITES, .action = YB_ACT_VIEW,
		      .function = "H-0" },
		    "GET does not write" },
		{ { YB_GET, "/pets/x", handler, "x", "X.", .who = YB_STAFF, .roles = "*",
		      .reach = YB_REACH_OWN, .effect = YB_READS, .action = YB_ACT_VIEW,
		      .function = "H-0", .flags = YB_BULK },
		    "waits for no writer" },
		{ { YB_GET, "/pets/x", handler, "x", "X.", .who = YB_STAFF, .roles = "MU-A,MU-X",
		      .reach = YB_REACH_OWN, .effect = YB_READS, .action = YB_ACT_VIEW,
		      .function = "H-0" },
		    "not in the matrix" },
		{ { YB_GET, "/cats/x", handler, "x", "X.", STAFF }, "begins with its area" },
		{ { YB_GET, "/petshop/x", handler, "x", "X.", STAFF }, "begins with its area" },
		{ { YB_GET, "/pets/x", handler, "x", "X.", .who = YB_PUBLIC | YB_STAFF, .roles = "*",
		      .reach = YB_REACH_OWN, .effect = YB_READS, .action = YB_ACT_VIEW,
		      .function = "H-0" },
		    "contradict" },
	};
	char err[256];

	assert_int_equal(ybh_module_check(&pets, "pets", err, sizeof err), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const yb_route table[] = { bad[i].route, { 0 } };
		yb_module m = pets;

		m.routes = table;
		assert_int_not_equal(ybh_module_check(&m, "pets", err, sizeof err), 0);
		assert_non_null(strstr(err, bad[i].says));
	}
	(void)state;
}

struct pet {
	int64_t pet_id;
	bool tame;
};

static const yb_field pet_row[] = {
	{ "pet_id", YB_OF(struct pet, pet_id) },
	{ "tame", YB_OF(struct pet, tame) },
	{ 0 },
};

struct name {
	yb_str pet_id;
};

static const yb_field name_row[] = { { "pet_id", YB_OF(struct name, pet_id) }, { 0 } };

#define OPEN .tenant = YB_GLOBAL
#define PET(...)                                                                               \
	{ .name = "pet", .sql = "SELECT", .row = pet_row, .row_size = sizeof(struct pet),      \
		__VA_ARGS__ }

static bool
anybody(const yb_req *r, const void *row)
{
	return r == NULL || row != NULL;
}

static void
a_query_for_several_requests_is_the_same_for_many_keys(void **state)
{
	static const yb_query many = PET(OPEN, .nparams = YB_GATHER), few = PET(OPEN, .nparams = 3),
			      others = PET(.tenant = YB_CROSS, .nparams = YB_GATHER),
			      own = PET(.tenant = YB_ORG, .nparams = YB_GATHER);
	static const yb_query good = PET(OPEN, .nparams = 1, .gathered = &many, .key = "pet_id");
	static const yb_query child =
	    PET(OPEN, .nparams = 1, .gathered = &many, .key = "pet_id", .parent = &good,
		.may_read = anybody);
	static const yb_query names = { .name = "names", .sql = "SELECT", .row = name_row,
		.row_size = sizeof(struct name), .nparams = YB_GATHER, .tenant = YB_GLOBAL };
	static const yb_query named = { .name = "named", .sql = "SELECT", .row = name_row,
		.row_size = sizeof(struct name), .nparams = 1, .tenant = YB_GLOBAL, .gathered = &names,
		.key = "pet_id" };
	static const struct {
		yb_query q;
		const char *says;
	} bad[] = {
		{ PET(OPEN, .nparams = 2, .gathered = &many, .key = "pet_id"), "one parameter" },
		{ PET(OPEN, .nparams = 1, .gathered = &few, .key = "pet_id"), "one parameter" },
		{ PET(OPEN, .nparams = YB_GATHER, .gathered = &good, .key = "pet_id"), "one parameter" },
		{ PET(OPEN, .nparams = 1, .gathered = &others, .key = "pet_id"), "other rows" },
		{ PET(.tenant = YB_ORG, .nparams = 1, .gathered = &own, .key = "pet_id"), "caller alone" },
		{ PET(OPEN, .nparams = 1, .gathered = &many), "its key" },
		{ PET(OPEN, .nparams = 1, .gathered = &many, .key = "tame"), "its key" },
		{ PET(OPEN, .nparams = 1, .gathered = &many, .key = "owner"), "its key" },
		{ PET(OPEN, .nparams = 1, .parent = &good, .may_read = anybody), "gathered" },
		{ PET(OPEN, .nparams = 1, .gathered = &many, .key = "pet_id", .parent = &good), "who may" },
		{ PET(OPEN, .nparams = 1, .gathered = &many, .key = "pet_id", .parent = &many,
			.may_read = anybody), "gathered" },
		{ PET(OPEN, .nparams = 1, .gathered = &many, .key = "pet_id", .parent = &named,
			.may_read = anybody), "parent's row" },
	};
	const yb_query *queries[] = { &child, &good, NULL };
	yb_module m = pets;
	char err[256];

	m.queries = queries;
	assert_int_equal(ybh_module_check(&m, "pets", err, sizeof err), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		queries[0] = &bad[i].q;
		assert_int_not_equal(ybh_module_check(&m, "pets", err, sizeof err), 0);
		assert_non_null(strstr(err, bad[i].says));
	}
	(void)state;
}

static void
a_module_of_another_core_is_refused(void **state)
{
	yb_module m = pets;
	char err[256];

	m.abi++;
	assert_int_not_equal(ybh_module_check(&m, "pets", err, sizeof err), 0);
	m = pets;
	m.size--;
	assert_int_not_equal(ybh_module_check(&m, "pets", err, sizeof err), 0);
	m = pets;
	assert_int_not_equal(ybh_module_check(&m, "dogs", err, sizeof err), 0);
	(void)state;
}

static void
options_outside_their_range_or_table_are_refused(void **state)
{
	char err[256];
	struct ybh_conf *c;

	c = ybh_conf_parse("[core]\nrate_per_minute = 600\n", 29, err, sizeof err);
	assert_non_null(c);
	assert_int_equal(ybh_options_check(c, "core", ybh_core_options, err, sizeof err), 0);
	assert_int_equal(ybh_option_number(c, "core", ybh_core_options, "rate_per_minute"), 600);
	assert_int_equal(ybh_option_number(c, "core", ybh_core_options, "idempotency_hours"), 24);
	ybh_conf_free(c);
	c = ybh_conf_parse("[core]\nrate_per_minute = 0\n", 27, err, sizeof err);
	assert_int_equal(ybh_options_check(c, "core", ybh_core_options, err, sizeof err), -1);
	ybh_conf_free(c);
	c = ybh_conf_parse("[core]\nrate = 5\n", 16, err, sizeof err);
	assert_int_equal(ybh_options_check(c, "core", ybh_core_options, err, sizeof err), -1);
	ybh_conf_free(c);
	(void)state;
}

static void
every_problem_of_the_catalogue_is_whole_and_named_once(void **state)
{
	const struct ybh_problem *p, *q;

	for (size_t i = 0; (p = ybh_problem_at(i)) != NULL; i++) {
		assert_true(p->status >= 400 && p->status < 600);
		assert_true(strlen(p->ja) > 0 && strlen(p->en) > 0);
		assert_true(strlen(p->ja_next) > 0 && strlen(p->en_next) > 0);
		for (size_t j = 0; j < i; j++) {
			q = ybh_problem_at(j);
			assert_string_not_equal(p->id, q->id);
		}
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_matched_as_sent),
		cmocka_unit_test(lookalikes_are_no_such_path),
		cmocka_unit_test(only_truly_equal_patterns_clash),
		cmocka_unit_test(a_route_that_leaves_something_unsaid_is_refused),
		cmocka_unit_test(a_query_for_several_requests_is_the_same_for_many_keys),
		cmocka_unit_test(a_module_of_another_core_is_refused),
		cmocka_unit_test(options_outside_their_range_or_table_are_refused),
		cmocka_unit_test(every_problem_of_the_catalogue_is_whole_and_named_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
