/*
 * account_state.c - the states of an account (vaccination brief 9, chart A; 13 H-1-4, H-1-8):
 * unlock, suspend, resume, disable, enable, delete, reissue; seasonal staff that comes back.
 */
#include "account_admin.h"

/* ---- shapes ---- */

const yb_field account_state_in[] = {
	{ "operation", YB_OF(struct account_state_in, operation), .flags = YB_REQUIRED,
	    .one_of = "unlock,suspend,resume,disable,enable,reissue,delete" },
	{ "reason", YB_OF(struct account_state_in, reason), .flags = YB_REQUIRED, .max = 200,
	    .min = 1 },
	{ "deliver", YB_OF(struct account_state_in, deliver), .one_of = ACCOUNT_DELIVER,
	    .note = "How a new temporary password goes; SCREEN unless said." },
	{ 0 },
};

const yb_field account_resume_in[] = {
	{ "user_ids", YB_OF(struct account_resume_in, user_ids), .flags = YB_REQUIRED, .max = 50,
	    .min = 1 },
	{ "reason", YB_OF(struct account_resume_in, reason), .flags = YB_REQUIRED, .max = 200,
	    .min = 1 },
	{ "deliver", YB_OF(struct account_resume_in, deliver), .one_of = ACCOUNT_DELIVER },
	{ 0 },
};

struct resumed {
	yb_str user_id, result, error_id, temporary_password;
	bool notice;
};

static const yb_field resumed_out[] = {
	{ "user_id", YB_OF(struct resumed, user_id) },
	{ "result", YB_OF(struct resumed, result), .one_of = "resumed,error" },
	{ "error_id", YB_OF(struct resumed, error_id) },
	{ "temporary_password", YB_OF(struct resumed, temporary_password), .flags = YB_SECRET },
	{ "notice", YB_OF(struct resumed, notice) },
	{ 0 },
};

struct resume_out {
	yb_list results;
};

const yb_field account_resume_out[] = {
	{ "results", YB_OF(struct resume_out, results), YB_EACH(resumed_out, struct resumed) },
	{ 0 },
};

/* ---- queries ---- */

#define SET_STATE                                                                              \
	" SET u.status = ?, u.pw_phc = ?, u.temp_expires_us = ?, u.reissued_us = ?,"           \
	" u.suspended_us = ?, u.admins_told = 1, u.failed_count = 0, u.locked_until_us = NULL,"\
	" u.updated_us = ?, u.row_ver = u.row_ver + 1 WHERE u.actor_id = ?"

const yb_query account_set_state = {
	.name = "account_set_state",
	.sql = "UPDATE account_user AS u"
	       " JOIN (SELECT ? AS org_id) AS caller ON caller.org_id = u.org_id" SET_STATE,
	.nparams = 8,
	.tenant = YB_ORG,
};

const yb_query account_set_state_anywhere = {
	.name = "account_set_state_anywhere",
	.sql = "UPDATE account_user AS u" SET_STATE " AND " ACCOUNT_REACHED,
	.nparams = 7,
	.tenant = YB_CROSS,
};

/* ---- the chart ---- */

struct chart_step {
	const char *operation, *from, *to; /* to NULL: stays; TEMP: with a new password */
	bool ends;			   /* an administrator who is not there any more */
	const char *what;		   /* as the person is told */
};

/* The chart of the brief (9). */
static const struct chart_step steps[] = {
	{ "unlock", "TEMP,ACTIVE", NULL, false, "ロックの解除" },
	{ "suspend", "TEMP,ACTIVE", "SUSPENDED", true, "アカウントの停止" },
	{ "resume", "SUSPENDED", "TEMP", false, "アカウントの再開" },
	{ "disable", "TEMP,ACTIVE,SUSPENDED,DISABLED", "DISABLED", true, "アカウントの無効化" },
	{ "enable", "SUSPENDED,DISABLED", "TEMP", false, "アカウントの再開" },
	{ "reissue", "TEMP,ACTIVE", "TEMP", false, "仮パスワードの再発行" },
	{ "delete", "TEMP,ACTIVE,SUSPENDED,DISABLED", "DELETED", true, "アカウントの削除" },
};

/* The table of the body lets no other word in than these. */
static const struct chart_step *
step_of(yb_str operation)
{
	size_t i = 0;

	while (i + 1 < sizeof steps / sizeof steps[0] && !yb_str_is(operation, steps[i].operation))
		i++;
	return &steps[i];
}

static int
state_store(yb_req *r, struct account_user *u, bool reissued)
{
	yb_time now = yb_now(r), suspended = { 0 };
	yb_value args[7];
	int64_t rows;

	if (yb_str_is(u->status, "SUSPENDED"))
		suspended = now;
	if (reissued)
		u->reissued = now;
	args[0] = yb_text(u->status);
	args[1] = yb_text(u->pw_phc);
	args[2] = yb_at(u->temp_expires);
	args[3] = yb_at(u->reissued);
	args[4] = yb_at(suspended);
	args[5] = yb_at(now);
	args[6] = yb_i64(u->actor_id);
	rows = account_exec(r,
	    u->org_id == yb_who(r)->org_id ? &account_set_state : &account_set_state_anywhere,
	    (yb_args) { args, sizeof args / sizeof args[0] });
	if (rows != 1)
		return rows < 0 ? -1 : yb_problem(r, "E-SYS-003");
	u->row_ver++;
	u->suspended = suspended;
	u->locked_until.us = u->browser_locked.us = 0;
	return account_device_unlocked(r, u->actor_id);
}

/* One step of the chart for a user that is locked; `secret` where it leads to TEMP. */
static int
step_take(yb_req *r, const struct chart_step *step, struct account_user *u,
    const struct account_secret *secret, yb_str deliver, struct account_issued *out)
{
	bool temp = step->to != NULL && yb_str_is(YB_STR("TEMP"), step->to);

	if (step->to != NULL)
		u->status = yb_cstr(step->to);
	if (temp) {
		u->pw_phc = secret->phc;
		u->temp_expires = secret->until;
	}
	if (state_store(r, u, temp) < 0 || account_tell(r, u, u->mail, yb_cstr(step->what)) < 0)
		return -1;
	if (step->to != NULL && (account_begun_end(r, u->actor_id) < 0 ||
				    yb_session_close_user(r, u->actor_id) < 0))
		return -1;
	return temp ? account_secret_deliver(r, u, secret, deliver, out) : 0;
}

int
account_disable(yb_req *r, struct account_user *u)
{
	const struct account_secret none = { 0 }; /* it does not lead to TEMP */

	if (account_guard_last(r, u) < 0)
		return -1;
	return step_take(r, step_of(YB_STR("disable")), u, &none, (yb_str) { 0 }, NULL);
}

/* POST /account/users/{user_id}/state - a step of the chart for one user, H-1-4. */
int
account_state(yb_req *r)
{
	const struct account_state_in *in = yb_body(r);
	const struct chart_step *step = step_of(in->operation);
	struct account_issued out = { 0 };
	struct account_secret secret = { 0 };
	struct account_user u, self;

	if (step->to != NULL && yb_str_is(YB_STR("TEMP"), step->to) &&
	    account_secret_make(r, &secret) < 0)
		return -1;
	if (account_target(r, yb_path(r, "user_id"), &u, &self) < 0)
		return -1;
	yb_audit_target(r, "user", u.user_id);
	yb_audit_purpose(r, (yb_str) { 0 },
	    yb_format_text(r, "%s: %.*s", step->operation, (int)in->reason.len, in->reason.p));
	if (yb_str_is(in->operation, "delete"))
		yb_audit_action(r, YB_ACT_DELETE);
	if (yb_if_match(r, u.row_ver) < 0)
		return -1;
	if (u.actor_id == self.actor_id)
		return yb_problem(r, "E-ACC-004");
	if (!yb_word_in(u.status, step->from, ','))
		return yb_problem_field(r, "E-VAL-011", "/operation");
	if ((step->ends && account_guard_last(r, &u) < 0) ||
	    step_take(r, step, &u, &secret, in->deliver, &out) < 0)
		return -1;
	yb_reply_etag(r, u.row_ver);
	account_show_state(&u, yb_now(r));
	out.user.p = &u;
	return yb_reply_record(r, 200, account_issued_out, &out);
}

/* ---- many at once: seasonal staff comes back ---- */

static int
resume_one(yb_req *r, const struct account_resume_in *in, const struct account_secret *secret,
    struct resumed *ret)
{
	struct account_issued out = { 0 };
	struct account_user u;
	enum yb_found found =
	    yb_db_one(r, &account_by_id_locked, YB_ARGS(yb_text(ret->user_id)), &u);

	if (found == YB_DB_FAILED)
		return -1;
	ret->result = YB_STR("error");
	if (found == YB_NO_ROW || yb_str_is(u.status, "DELETED"))
		ret->error_id = YB_STR("E-AUTH-005");
	else if (!yb_str_is(u.status, "SUSPENDED"))
		ret->error_id = YB_STR("E-VAL-011");
	if (ret->error_id.p != NULL)
		return 0;
	if (step_take(r, step_of(YB_STR("resume")), &u, secret, in->deliver, &out) < 0)
		return -1;
	ret->result = YB_STR("resumed");
	ret->temporary_password = out.temporary_password;
	ret->notice = out.notice;
	return 0;
}

/* POST /account/users/resume - suspended accounts of the organisation back to TEMP, H-1-8. */
int
account_resume(yb_req *r)
{
	const struct account_resume_in *in = yb_body(r);
	const yb_str *ids = in->user_ids.items;
	struct account_secret *secrets = yb_alloc(r, in->user_ids.n * sizeof *secrets);
	struct resumed *results = yb_alloc(r, in->user_ids.n * sizeof *results);
	struct resume_out out = { { results, in->user_ids.n } };
	struct account_user self;

	for (size_t i = 0; i < in->user_ids.n; i++)
		if (account_secret_make(r, &secrets[i]) < 0)
			return -1;
	if (account_lock_org(r, yb_who(r)->org_id) < 0 || account_manager(r, &self) < 0)
		return -1;
	yb_audit_purpose(r, (yb_str) { 0 }, in->reason);
	for (size_t i = 0; i < in->user_ids.n; i++) {
		results[i].user_id = ids[i];
		if (resume_one(r, in, &secrets[i], &results[i]) < 0)
			return -1;
	}
	return yb_reply_record(r, 200, account_resume_out, &out);
}
