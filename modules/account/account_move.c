/*
 * account_move.c - accounts of a municipality that is merged into another (H-8-6): each goes on
 * as it is, under the new organisation; its sessions end, and its owner is told.
 *
 * One account a step, so that each stands in the access log under its own name.
 */
#include "account_admin.h"

#include <yb/mail.h>

struct mover {
	int64_t actor_id, new_org_id;
	yb_str user_id, name, name_kana, mail, old_code, new_code;
	yb_uuid person_id;
};

static const yb_field mover_row[] = {
	{ "actor_id", YB_OF(struct mover, actor_id) },
	{ "new_org_id", YB_OF(struct mover, new_org_id) },
	{ "user_id", YB_OF(struct mover, user_id) },
	{ "name", YB_OF(struct mover, name) },
	{ "name_kana", YB_OF(struct mover, name_kana) },
	{ "mail", YB_OF(struct mover, mail) },
	{ "person_id", YB_OF(struct mover, person_id) },
	{ "old_code", YB_OF(struct mover, old_code) },
	{ "new_code", YB_OF(struct mover, new_code) },
	{ 0 },
};

const yb_query account_move_next = {
	.name = "account_move_next",
	.sql = "SELECT u.actor_id, m.new_org_id, u.user_id, u.name, u.name_kana, u.mail,"
	       " u.person_id, m.old_code, m.new_code"
	       " FROM master_moving_view m JOIN account_user u ON u.org_id = m.old_org_id"
	       " ORDER BY u.actor_id LIMIT 1",
	.row = mover_row,
	.row_size = sizeof(struct mover),
	.nparams = 0,
	.tenant = YB_CROSS,
};

const yb_query account_move_put = {
	.name = "account_move_put",
	.sql = "UPDATE account_user SET org_id = ?, updated_us = ?, row_ver = row_ver + 1"
	       " WHERE actor_id = ?",
	.nparams = 3,
	.tenant = YB_CROSS,
};

/* Timer account.move */
int
account_move(yb_req *r)
{
	struct account_user before, person;
	yb_org org = { 0 };
	struct mover u;
	enum yb_found found = yb_db_one(r, &account_move_next, YB_NO_ARGS, &u);

	if (found != YB_ONE_ROW || yb_run_dry(r))
		return found == YB_DB_FAILED ? -1 : 0;
	yb_run_again(r);
	yb_run_count(r, "moved", 1);
	yb_audit_action(r, YB_ACT_UPDATE);
	yb_audit_target(r, "user", u.user_id);
	yb_audit_purpose(r, (yb_str) { NULL, 0 },
	    yb_format_text(r, "merger %.*s -> %.*s", (int)u.old_code.len, u.old_code.p,
		(int)u.new_code.len, u.new_code.p));
	if (yb_org_by_id(r, u.new_org_id, &org) != YB_ONE_ROW)
		return yb_problem(r, "E-SYS-003");
	before = (struct account_user) { .actor_id = u.actor_id, .mail = u.mail,
		.name_kana = u.name_kana, .person_id = u.person_id };
	person = before;
	person.org_id = u.new_org_id;
	if (account_person_again(r, &before, &person) < 0) /* who had accounts in both */
		return -1;
	if (account_exec(r, &account_move_put,
		YB_ARGS(yb_i64(u.new_org_id), yb_at(yb_now(r)), yb_i64(u.actor_id))) < 0 ||
	    yb_session_close_user(r, u.actor_id) < 0)
		return -1;
	return yb_mail(r, "moved", u.mail,
	    YB_MAIL_WORDS({ "name", u.name }, { "user_id", u.user_id }, { "org_name", org.name }));
}
