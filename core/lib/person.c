/*
 * person.c - which accounts are one natural person (yb/person.h).
 */
#include <yb/person.h>

#include "internal.h"

struct hands {
	bool same;
};

static const yb_field hands_row[] = {
	{ "same", YB_OF(struct hands, same) },
	{ 0 },
};

/* A user_id is never given twice. A caller who is no person has no row, and is no other one. */
static const yb_query person_same = {
	.name = "person_same",
	.sql = "SELECT COALESCE(p.person_id = me.person_id, 0) AS same FROM account_person_view me"
	       "  LEFT JOIN account_person_view p ON p.user_id = ? WHERE me.user_id = ?",
	.row = hands_row,
	.row_size = sizeof(struct hands),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query *const ybh_person_queries[] = { &person_same, NULL };

int
yb_same_person(yb_req *r, yb_str user_id)
{
	yb_str me = yb_who(r)->actor;
	struct hands hands;

	if (user_id.p == NULL)
		return 0;
	if (yb_str_eq(user_id, me))
		return 1;
	if (yb_db_find(r, &person_same, YB_ARGS(yb_text(user_id), yb_text(me)), &hands) < 0)
		return -1;
	return hands.same;
}
