/*
 * account_person.c - which accounts belong to one person (vaccination brief 10, A-16; security
 * 9.10).
 *
 * Two people must agree, not two accounts. The same mail and the same name in an organisation
 * are the same person, at the creation of an account and whenever a name or an address changes.
 * Persons only ever grow together: who was known as one stays one, whatever the names become.
 */
#include "account_admin.h"

#include <string.h>

struct same_person {
	yb_uuid person_id;
};

static const yb_field same_person_row[] = {
	{ "person_id", YB_OF(struct same_person, person_id) },
	{ 0 },
};

/*
 * YB_GLOBAL, all of them: whoever confirms an address by a link has no session. The row of the
 * organisation really changes: of two who change at the same moment the second one waits here,
 * is told that its view is old, and begins again with what the first has done before its eyes.
 */
const yb_query account_person_lock = {
	.name = "account_person_lock",
	.sql = "UPDATE core_org SET updated_us = GREATEST(updated_us + 1, ?) WHERE org_id = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

/* Names are compared without the space between their parts. */
const yb_query account_person = {
	.name = "account_person",
	.sql = "SELECT person_id FROM account_user WHERE org_id = ? AND actor_id <> ?"
	       " AND LOWER(mail) = LOWER(?) AND REPLACE(name_kana, '　', '') = REPLACE(?, '　', '')"
	       " ORDER BY actor_id LIMIT 1",
	.row = same_person_row,
	.row_size = sizeof(struct same_person),
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

const yb_query account_person_join = {
	.name = "account_person_join",
	.sql = "UPDATE account_user SET person_id = ? WHERE person_id = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

/* What waits for another person waits for one who is still another. */
const yb_query account_person_maker = {
	.name = "account_person_maker",
	.sql = "UPDATE account_application SET maker_person = ?"
	       " WHERE maker_person = ? AND state = 'WAITING'",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

enum yb_found
account_person_find(yb_req *r, const struct account_user *u, yb_uuid *ret)
{
	struct same_person p;
	enum yb_found found = yb_db_one(r, &account_person,
	    YB_ARGS(yb_i64(u->org_id), yb_i64(u->actor_id), yb_text(u->mail),
		yb_text(u->name_kana)),
	    &p);

	if (found == YB_ONE_ROW)
		*ret = p.person_id;
	return found;
}

int
account_person_again(yb_req *r, const struct account_user *old, struct account_user *u)
{
	if (yb_str_eq(old->mail, u->mail) && yb_str_eq(old->name_kana, u->name_kana) &&
	    old->org_id == u->org_id)
		return 0;
	if (account_exec(r, &account_person_lock,
		YB_ARGS(yb_at(yb_now(r)), yb_i64(u->org_id))) < 0 ||
	    account_person_find(r, u, &u->person_id) == YB_DB_FAILED)
		return -1;
	if (memcmp(old->person_id.b, u->person_id.b, sizeof u->person_id.b) == 0)
		return 0;
	if (account_exec(r, &account_person_join,
		YB_ARGS(yb_id(u->person_id), yb_id(old->person_id))) < 0)
		return -1;
	return account_exec(r, &account_person_maker,
		   YB_ARGS(yb_id(u->person_id), yb_id(old->person_id))) < 0
	    ? -1
	    : 0;
}
