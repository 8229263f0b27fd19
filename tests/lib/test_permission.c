/* What a role may use in the installation: permission.c. */
#include "../support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../core/lib/internal.h"

#include <yb/permission.h>

static int
handler(yb_req *r)
{
	return yb_reply_empty(r);
}

#define ROUTE(path, id, ...)                                                                       \
	{ YB_GET, path, handler, id, "X.", .who = YB_STAFF, .reach = YB_REACH_OWN,                 \
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-0", __VA_ARGS__ }

static const yb_route pets[] = {
	ROUTE("/pets/a", "listPets", .roles = YB_SEE(H_3_2)),
	ROUTE("/pets/b", "feedPet", .roles = YB_DO(H_3_2)),
	{ 0 },
};
static const yb_route record[] = {
	ROUTE("/record/a", "getRecord", .roles = YB_SEE(H_3_2)),
	{ YB_GET, "/record/b", handler, "pull", "X.", .who = YB_CLIENT, .scope = "record:read",
	    .reach = YB_REACH_OWN, .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-0" },
	{ 0 },
};
static const yb_route account[] = {
	ROUTE("/account/a", "getSession", .roles = YB_DO(SELF), .flags = YB_ANY_STATE),
	ROUTE("/account/b", "listUsers", .roles = YB_DO(H_1_4)),
	ROUTE("/account/c", "changePassword", .roles = YB_DO(SELF), .flags = YB_ANY_STATE),
	{ 0 },
};
static const yb_route core[] = {
	ROUTE("/jobs", "listJobs", .roles = YB_DO(H_3_2)),
	{ 0 },
};
static const yb_module modules[] = { { .name = "core", .routes = core },
	{ .name = "pets", .routes = pets }, { .name = "record", .routes = record },
	{ .name = "account", .routes = account } };

/* An installation with three areas, as a worker of any pool sees it. */
struct fixture {
	char path[64];
	struct yb_arena *arena;
	struct ybh_process process;
	yb_req req;
};

static void
write_file(const char *path, yb_str text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.len, f), text.len);
	assert_int_equal(fclose(f), 0);
}

static int
setup(void **state)
{
	const yb_module *const all[] = { &modules[0], &modules[1], &modules[2], &modules[3] };
	struct fixture *fx = calloc(1, sizeof *fx);
	struct ybh_buf b;
	int fd;

	assert_non_null(fx);
	(void)snprintf(fx->path, sizeof fx->path, "/tmp/yobo-permission.XXXXXX");
	fd = mkstemp(fx->path);
	assert_true(fd >= 0);
	(void)close(fd);
	ybh_buf_init(&b, 1 << 20);
	ybh_operations_print(&b, all, 4);
	write_file(fx->path, ybh_buf_view(&b));
	ybh_buf_free(&b);
	fx->arena = ybh_arena_new(1 << 16, 1 << 24);
	assert_int_equal(ybh_operations_load(fx->arena, fx->path, &fx->process.operations,
			     &fx->process.parameters), 0);
	fx->req.arena = fx->arena;
	fx->req.p = &fx->process;
	*state = fx;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fx = *state;

	(void)unlink(fx->path);
	ybh_arena_free(fx->arena);
	free(fx);
	return 0;
}

static void
assert_words(const yb_list *list, const char *want)
{
	const yb_str *items = list->items;
	char got[500] = "";
	size_t len = 0;

	for (size_t i = 0; i < list->n; i++)
		len += (size_t)snprintf(got + len, sizeof got - len, "%s%.*s", i > 0 ? " " : "",
		    (int)items[i].len, items[i].p);
	assert_string_equal(got, want);
}

static void
a_role_gets_the_operations_of_its_row_in_the_order_of_the_house(void **state)
{
	struct fixture *fx = *state;
	yb_list p = yb_permissions(&fx->req, YB_STR("MU-A"), false);
	yb_list a = yb_areas(&fx->req, YB_STR("MU-A"), false);

	assert_words(&p, "getSession listUsers changePassword getRecord listJobs listPets feedPet");
	assert_words(&a, "account record pets");
	p = yb_permissions(&fx->req, YB_STR("MU-V"), false);
	assert_words(&p, "getSession changePassword getRecord listPets");
	p = yb_permissions(&fx->req, YB_STR("OP"), false);
	a = yb_areas(&fx->req, YB_STR("OP"), false);
	assert_words(&p, "getSession changePassword");
	assert_words(&a, "account");
}

static void
a_temporary_password_leaves_what_it_leaves(void **state)
{
	struct fixture *fx = *state;
	yb_list p = yb_permissions(&fx->req, YB_STR("MU-A"), true);
	yb_list a = yb_areas(&fx->req, YB_STR("MU-A"), true);

	assert_words(&p, "getSession changePassword");
	assert_words(&a, "account");
}

static void
half_a_role_is_no_role(void **state)
{
	struct fixture *fx = *state;
	const yb_str bad[] = { YB_STR("MU"), YB_STR("A,MU"), YB_STR("MU-A,MU-S"), YB_STR("mu-a") };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		yb_list p = yb_permissions(&fx->req, bad[i], false);

		assert_words(&p, "getSession changePassword");
	}
}

static void
a_file_that_is_not_whole_is_refused(void **state)
{
	struct fixture *fx = *state;
	const yb_str bad[] = { YB_STR(""), YB_STR("{"), YB_STR("{}"), YB_STR("{\"operations\":1}"),
		YB_STR("{\"operations\":[]}"),
		YB_STR("{\"operations\":[{\"id\":\"x\",\"area\":\"y\"}]}") };
	const yb_list *ret = NULL, *numbers = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		write_file(fx->path, bad[i]);
		assert_int_equal(ybh_operations_load(fx->arena, fx->path, &ret, &numbers), -1);
	}
	(void)unlink(fx->path);
	assert_int_equal(ybh_operations_load(fx->arena, fx->path, &ret, &numbers), -1);
	assert_null(ret);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_role_gets_the_operations_of_its_row_in_the_order_of_the_house),
		TEST(a_temporary_password_leaves_what_it_leaves),
		TEST(half_a_role_is_no_role),
		TEST(a_file_that_is_not_whole_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
