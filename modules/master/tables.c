/*
 * tables.c - all masters in one row, and who may touch which (vaccination brief 10, 13 H-8).
 */
#include "master.h"

#include <string.h>

const struct table *
table_at(size_t i)
{
	static const struct table *const *const lists[] = { master_muni_tables, master_mhlw_tables,
		master_org_tables, master_nhic_tables };

	for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
		for (size_t j = 0; lists[k][j] != NULL; j++)
			if (i-- == 0)
				return lists[k][j];
	return NULL;
}

const struct table *
table_find(yb_str name)
{
	const struct table *t;

	for (size_t i = 0; (t = table_at(i)) != NULL; i++)
		if (yb_str_is(name, t->id) || yb_str_is(name, t->word))
			return t;
	return NULL;
}

size_t
column_of(const struct table *t, yb_str name)
{
	for (size_t i = 0; i < t->n; i++)
		if (yb_str_is(name, t->columns[i].name))
			return i;
	return t->n;
}

bool
has_role(const yb_req *r, const char *roles)
{
	return yb_who(r)->kind == YB_STAFF && yb_word_in(yb_who(r)->role, roles, ',');
}

int64_t
owner_of(const yb_req *r, const struct table *t)
{
	return (t->flags & TABLE_NATIONAL) != 0 ? 0 : yb_who(r)->org_id;
}

const struct table *
table_to_edit(yb_req *r, yb_str name)
{
	const struct table *t = table_find(name);

	if (t == NULL)
		(void)yb_problem(r, "E-AUTH-005");
	else if ((t->flags & TABLE_RECEIVED) != 0 || !has_role(r, t->edit))
		(void)yb_problem(r, "E-AUTH-004");
	else
		return t;
	return NULL;
}

const struct table *
table_to_read(yb_req *r, yb_str name)
{
	const struct table *t = table_find(name);
	enum yb_org_type type = yb_who(r)->org_type;

	if (t == NULL)
		(void)yb_problem(r, "E-AUTH-005");
	else if ((t->flags & TABLE_INNER) != 0 && type != YB_ORG_NHIC && type != YB_ORG_OPS)
		(void)yb_problem(r, "E-AUTH-004");
	else
		return t;
	return NULL;
}
