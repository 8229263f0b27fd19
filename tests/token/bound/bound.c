/*
 * bound.c - an area of its own for tests/token/bound.test.mjs: one route that only tokens bound
 * to a certificate open, and its twin that takes any (wire: Tokens). It is no part of the
 * product.
 */
#include <yb/module.h>

static int
bound_get(yb_req *r)
{
	return yb_reply_empty(r);
}

static const yb_route routes[] = {
	{ YB_GET, "/bound/closed", bound_get, "getBound", "Open to bound tokens only.",
	    .who = YB_CLIENT, .scope = "record:read", .reach = YB_REACH_NOBODY, .bound = true,
	    .effect = YB_READS, .function = "H-2-1", .status = 204 },
	{ YB_GET, "/bound/open", bound_get, "getUnbound", "Open to any token.",
	    .who = YB_CLIENT, .scope = "record:read", .reach = YB_REACH_NOBODY,
	    .effect = YB_READS, .function = "H-2-1", .status = 204 },
	{ 0 },
};

static const yb_query *const queries[] = { NULL };

extern const yb_module yb_module_bound;
const yb_module yb_module_bound = {
	.abi = YB_ABI,
	.size = sizeof(yb_module),
	.name = "bound",
	.version = "1",
	.routes = routes,
	.queries = queries,
};
