/*
 * org.c - organisations (yb/org.h), read from the core's own table.
 */
#include <string.h>

#include "internal.h"

static const yb_field org_record[] = {
	{ "org_id", YB_OF(yb_org, org_id) },
	{ "org_code", YB_OF(yb_org, org_code) },
	{ "org_type", YB_OF(yb_org, org_type) },
	{ "name", YB_OF(yb_org, name) },
	{ "uses_hms", YB_OF(yb_org, uses_hms) },
	{ "open_today", YB_OF(yb_org, open_today) },
	{ 0 },
};

static const yb_query org_by_code = {
	.name = "org_by_code",
	.sql = "SELECT org_id, org_code, org_type, name, uses_hms,"
	       "       (valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)) AS open_today"
	       "  FROM core_org"
	       " WHERE org_code = ?",
	.row = org_record,
	.row_size = sizeof(yb_org),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query org_by_id = {
	.name = "org_by_id",
	.sql = "SELECT org_id, org_code, org_type, name, uses_hms,"
	       "       (valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)) AS open_today"
	       "  FROM core_org"
	       " WHERE org_id = ?",
	.row = org_record,
	.row_size = sizeof(yb_org),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query *const ybh_org_queries[] = { &org_by_code, &org_by_id, NULL };

enum yb_found
yb_org_by_code(yb_req *r, yb_str org_code, yb_org *ret)
{
	yb_value today = yb_day(yb_today(r));

	return yb_db_one(r, &org_by_code, YB_ARGS(today, today, yb_text(org_code)), ret);
}

enum yb_found
yb_org_by_id(yb_req *r, int64_t org_id, yb_org *ret)
{
	yb_value today = yb_day(yb_today(r));

	return yb_db_one(r, &org_by_id, YB_ARGS(today, today, yb_i64(org_id)), ret);
}

static const char *const type_names[] = {
	[YB_ORG_NONE] = "",
	[YB_ORG_NHIC] = "NHIC",
	[YB_ORG_NHIF] = "NHIF",
	[YB_ORG_MHLW] = "MHLW",
	[YB_ORG_MUNI] = "MUNI",
	[YB_ORG_HMI] = "HMI",
	[YB_ORG_NMI] = "NMI",
	[YB_ORG_OPS] = "OPS",
	[YB_ORG_INSURER] = "INSURER",
	[YB_ORG_MNP] = "MNP",
};

enum yb_org_type
yb_org_type_of(yb_str name)
{
	for (int i = YB_ORG_NHIC; i <= YB_ORG_MNP; i++)
		if (yb_str_is(name, type_names[i]))
			return (enum yb_org_type)i;
	return YB_ORG_NONE;
}

const char *
yb_org_type_name(enum yb_org_type type)
{
	return type_names[type];
}
