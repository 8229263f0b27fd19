/*
 * account_suspend.c - accounts nobody uses end by the clock (vaccination brief 9 A-10; 13 H-1-8).
 *
 * A run goes once over the accounts, one a step, so that each change stands in the access log
 * under its own name; then over the organisations whose administrators are still to be told.
 * What was done is read from the rows themselves: a run that is repeated, or goes on after a
 * crash, changes and sends nothing twice.
 */
#include "account_admin.h"

#include <yb/mail.h>

/* Days count from the last login, else the creation, but not before the last reissue. */
#define IDLE_FROM                                                                              \
	"GREATEST(COALESCE(last_login_us, created_us), COALESCE(reissued_us, 0))"

const yb_query account_ended_next = {
	.name = "account_ended_next",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE actor_id > ?"
	       " AND (valid_to < ?"
	       "  OR (SELECT o.valid_to FROM core_org o WHERE o.org_id = account_user.org_id) < ?)"
	       " AND status IN ('TEMP', 'ACTIVE', 'SUSPENDED')"
	       " ORDER BY actor_id LIMIT 1 FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 3,
	.tenant = YB_CROSS,
};

/*
 * Candidates only; the days are counted in Japan's calendar below. Of those who are warned
 * already, only who comes to the next stage.
 */
const yb_query account_idle_next = {
	.name = "account_idle_next",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE actor_id > ?"
	       " AND status IN ('TEMP', 'ACTIVE') AND " IDLE_FROM " < ?"
	       " AND (" IDLE_FROM " < ? OR idle_warned_us IS NULL OR idle_warned_us < " IDLE_FROM
	       "  OR (idle_warned < 2 AND " IDLE_FROM " < ?))"
	       " ORDER BY actor_id LIMIT 1 FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query account_warned = {
	.name = "account_warned",
	.sql = "UPDATE account_user SET idle_warned = ?, idle_warned_us = ? WHERE actor_id = ?",
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query account_suspended = {
	.name = "account_suspended",
	.sql = "UPDATE account_user SET status = ?, suspended_us = ?, admins_told = ?,"
	       " updated_us = ?, row_ver = row_ver + 1 WHERE actor_id = ?",
	.nparams = 5,
	.tenant = YB_CROSS,
};

const yb_query account_untold_org = {
	.name = "account_untold_org",
	.sql = "SELECT MIN(org_id) AS n FROM account_user WHERE admins_told = 0"
	       " HAVING n IS NOT NULL",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 0,
	.tenant = YB_CROSS,
};

const yb_query account_untold_users = {
	.name = "account_untold_users",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE admins_told = 0 AND org_id = ?"
	       " ORDER BY actor_id LIMIT 200 FOR UPDATE",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query account_told = {
	.name = "account_told",
	.sql = "UPDATE account_user SET admins_told = 1 WHERE admins_told = 0 AND org_id = ?"
	       " AND actor_id <= ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query account_centre_admins = {
	.name = "account_centre_admins",
	.sql = "SELECT " ACCOUNT_COLUMNS " FROM account_user WHERE role = 'KC-A' AND is_admin = 1"
	       " AND status = 'ACTIVE' ORDER BY actor_id LIMIT 20",
	.row = account_row,
	.row_size = sizeof(struct account_user),
	.nparams = 0,
	.tenant = YB_CROSS,
};

enum phase { ENDED = 0, IDLE, TELL, SUMMARY };

struct progress {
	enum phase phase;
	int64_t after; /* actor_id the scan has come to */
	int64_t suspended, warned, ended, orphaned;
};

/* ---- an account ---- */

static int
log_step(yb_req *r, const struct account_user *u, const char *what, int64_t days)
{
	yb_audit_action(r, YB_ACT_UPDATE);
	yb_audit_target(r, "user", u->user_id);
	yb_audit_purpose(r, (yb_str) { 0 },
	    yb_format_text(r, "%s (%lld)", what, (long long)days));
	return 0;
}

static int
set_state(yb_req *r, const struct account_user *u, const char *status, bool tell_admins)
{
	bool suspended = tell_admins;
	yb_time at = { suspended ? yb_now(r).us : 0 };

	if (account_exec(r, &account_suspended,
		YB_ARGS(yb_text(yb_cstr(status)), yb_at(at), yb_bool(!tell_admins),
		    yb_at(yb_now(r)), yb_i64(u->actor_id))) < 0)
		return -1;
	return yb_session_close_user(r, u->actor_id);
}

static int
tell_centre(yb_req *r, const struct account_user *u, const yb_org *org)
{
	yb_list admins;

	if (yb_db_list(r, &account_centre_admins, YB_NO_ARGS, 20, &admins) < 0)
		return -1;
	for (size_t i = 0; i < admins.n; i++)
		if (yb_mail(r, "last-admin", ((struct account_user *)admins.items)[i].mail,
			YB_MAIL_WORDS({ "org_name", org->name }, { "org_code", org->org_code },
			    { "user_id", u->user_id })) < 0)
			return -1;
	return 0;
}

/*
 * 1 when nobody else of the organisation manages accounts, 0 when somebody does or u does not
 * either, -1 recorded.
 */
static int
is_last(yb_req *r, const struct account_user *u)
{
	struct account_counted other;
	enum yb_found found;

	if (!u->is_admin)
		return 0;
	found = yb_db_one(r, &account_other_admin_anywhere,
	    YB_ARGS(yb_i64(u->org_id), yb_i64(u->actor_id), yb_day(yb_today(r))), &other);
	return found == YB_DB_FAILED ? -1 : found == YB_NO_ROW ? 1 : 0;
}

/* An organisation without administrators: 国保中央会 issues the next one (H-1-1). */
static int
orphaned(yb_req *r, struct progress *p, const struct account_user *u, const yb_org *org)
{
	p->orphaned++;
	yb_run_count(r, "last_admin", 1);
	return tell_centre(r, u, org);
}

/* The last day of an account, or of its organisation, is over. */
static int
ended_step(yb_req *r, struct progress *p)
{
	yb_value today = yb_day(yb_today(r));
	struct account_user u;
	yb_org org = { 0 };
	int last;
	enum yb_found found =
	    yb_db_one(r, &account_ended_next, YB_ARGS(yb_i64(p->after), today, today), &u);

	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW) {
		p->phase = IDLE;
		p->after = 0;
		return 0;
	}
	p->after = u.actor_id;
	last = is_last(r, &u);
	if (last < 0 || yb_org_by_id(r, u.org_id, &org) == YB_DB_FAILED)
		return -1;
	if (last == 1 && yb_str_is(org.org_type, "NHIC"))
		return 0; /* nobody could ever open an account again */
	p->ended++;
	yb_run_count(r, "ended", 1);
	if (set_state(r, &u, "DISABLED", false) < 0)
		return -1;
	if (last == 1 && org.open_today && orphaned(r, p, &u, &org) < 0)
		return -1;
	return log_step(r, &u, "valid_to is over", 0);
}

static int
suspend(yb_req *r, struct progress *p, const struct account_user *u, int64_t days)
{
	yb_org org = { 0 };
	int last;

	if (yb_org_by_id(r, u->org_id, &org) == YB_DB_FAILED)
		return -1;
	last = is_last(r, u);
	if (last < 0)
		return -1;
	if (last == 1 && yb_str_is(org.org_type, "NHIC"))
		return 0; /* nobody could ever open an account again */
	if (set_state(r, u, "SUSPENDED", true) < 0 ||
	    yb_mail(r, "suspended", u->mail,
		YB_MAIL_WORDS({ "name", u->name }, { "user_id", u->user_id },
		    { "org_name", org.name },
		    { "days", yb_format_text(r, "%lld", (long long)days) })) < 0)
		return -1;
	p->suspended++;
	yb_run_count(r, "suspended", 1);
	if (last == 1 && orphaned(r, p, u, &org) < 0)
		return -1;
	return log_step(r, u, "suspended, days without login", days);
}

static int
warn(yb_req *r, struct progress *p, const struct account_user *u, int64_t stage, int64_t days)
{
	int64_t left = yb_option_i64(r, "idle_days") - days;
	yb_date on = yb_date_add_days(yb_today(r), left);
	yb_org org = { 0 };

	if (yb_org_by_id(r, u->org_id, &org) == YB_DB_FAILED)
		return -1;
	if (account_exec(r, &account_warned,
		YB_ARGS(yb_i64(stage), yb_at(yb_now(r)), yb_i64(u->actor_id))) < 0 ||
	    yb_mail(r, "suspend-warning", u->mail,
		YB_MAIL_WORDS({ "name", u->name }, { "user_id", u->user_id },
		    { "org_name", org.name },
		    { "days", yb_format_text(r, "%lld", (long long)days) },
		    { "left", yb_format_text(r, "%lld", (long long)left) },
		    { "on", account_day_label(r, on) })) < 0)
		return -1;
	p->warned++;
	yb_run_count(r, "warned", 1);
	return log_step(r, u, "warned, days without login", days);
}

static int64_t
idle_from(const struct account_user *u)
{
	int64_t from = u->last_login.us != 0 ? u->last_login.us : u->created.us;

	return u->reissued.us > from ? u->reissued.us : from;
}

/* Warnings sent before the last login are those of another time. */
static int64_t
warned_already(const struct account_user *u)
{
	return u->idle_warned_at.us >= idle_from(u) ? u->idle_warned : 0;
}

/* A moment behind every one of the day that is n days ago. */
static yb_value
days_ago(const yb_req *r, int64_t n)
{
	return yb_at((yb_time) { yb_now(r).us - (n - 1) * ACCOUNT_DAY_US });
}

static int
idle_step(yb_req *r, struct progress *p)
{
	int64_t limit = yb_option_i64(r, "idle_days"), first = yb_option_i64(r, "idle_warn_first");
	int64_t last = yb_option_i64(r, "idle_warn_last"), days, stage;
	struct account_user u;
	enum yb_found found = yb_db_one(r, &account_idle_next,
	    YB_ARGS(yb_i64(p->after), days_ago(r, limit - first), days_ago(r, limit),
		days_ago(r, limit - last)),
	    &u);

	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW) {
		p->phase = TELL;
		return 0;
	}
	p->after = u.actor_id;
	days = yb_date_days(yb_today(r)) -
	    yb_date_days(yb_date_in_japan((yb_time) { idle_from(&u) }));
	if (days >= limit)
		return suspend(r, p, &u, days);
	stage = days >= limit - last ? 2 : days >= limit - first ? 1 : 0;
	return stage > warned_already(&u) ? warn(r, p, &u, stage, days) : 0;
}

/* ---- an organisation ---- */

static yb_str
ids_of(yb_req *r, const yb_list *users)
{
	const struct account_user *u = users->items;
	yb_str text = YB_STR("");

	for (size_t i = 0; i < users->n; i++)
		text = yb_format_text(r, "%.*s%s%.*s", (int)text.len, text.p, i > 0 ? "、" : "",
		    (int)u[i].user_id.len, u[i].user_id.p);
	return text;
}

/* Who can help: the organisation's administrators, or the centre where it issues every account. */
static int
who_is_told(yb_req *r, const yb_org *org, yb_list *ret)
{
	if (account_role_of_centre(account_admin_role(yb_org_type_of(org->org_type))))
		return yb_db_list(r, &account_centre_admins, YB_NO_ARGS, 20, ret);
	return yb_db_list(r, &account_admins_of, YB_ARGS(yb_i64(org->org_id)), 20, ret);
}

static int
tell_step(yb_req *r, struct progress *p)
{
	struct account_counted org_id;
	yb_list users, admins;
	yb_org org = { 0 };
	enum yb_found found = yb_db_one(r, &account_untold_org, YB_NO_ARGS, &org_id);

	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW || yb_run_dry(r)) {
		p->phase = SUMMARY;
		return 0;
	}
	if (yb_db_list(r, &account_untold_users, YB_ARGS(yb_i64(org_id.n)), 200, &users) < 0 ||
	    yb_org_by_id(r, org_id.n, &org) == YB_DB_FAILED ||
	    who_is_told(r, &org, &admins) < 0)
		return -1;
	for (size_t i = 0; i < admins.n; i++)
		if (yb_mail(r, "suspended-admins", ((struct account_user *)admins.items)[i].mail,
			YB_MAIL_WORDS({ "org_name", org.name },
			    { "count", yb_format_text(r, "%zu", users.n) },
			    { "users", ids_of(r, &users) })) < 0)
			return -1;
	if (users.n == 0)
		return 0;
	return account_exec(r, &account_told,
		   YB_ARGS(yb_i64(org_id.n),
		       yb_i64(((struct account_user *)users.items)[users.n - 1].actor_id))) < 0
	    ? -1
	    : 0;
}

static int
summary_step(yb_req *r, const struct progress *p)
{
	yb_list admins;

	yb_audit_action(r, YB_ACT_CONFIG);
	yb_audit_purpose(r, (yb_str) { 0 },
	    yb_format_text(r, "suspended %lld warned %lld ended %lld last_admin %lld",
		(long long)p->suspended, (long long)p->warned, (long long)p->ended,
		(long long)p->orphaned));
	if (p->suspended + p->warned + p->ended == 0)
		return 0;
	if (yb_db_list(r, &account_centre_admins, YB_NO_ARGS, 20, &admins) < 0)
		return -1;
	for (size_t i = 0; i < admins.n; i++)
		if (yb_mail(r, "suspend-summary", ((struct account_user *)admins.items)[i].mail,
			YB_MAIL_WORDS({ "on", account_day_label(r, yb_today(r)) },
			    { "suspended", yb_format_text(r, "%lld", (long long)p->suspended) },
			    { "warned", yb_format_text(r, "%lld", (long long)p->warned) },
			    { "ended", yb_format_text(r, "%lld", (long long)p->ended) },
			    { "orphaned", yb_format_text(r, "%lld", (long long)p->orphaned) })) < 0)
			return -1;
	return 0;
}

/* Timer suspend-idle - daily 02:00, H-1-8. */
int
account_suspend_idle(yb_req *r)
{
	struct progress *p = yb_run_state(r, sizeof *p);

	if (p->phase == SUMMARY)
		return summary_step(r, p);
	yb_run_again(r);
	switch (p->phase) {
	case ENDED:
		return ended_step(r, p);
	case IDLE:
		return idle_step(r, p);
	case TELL:
		return tell_step(r, p);
	case SUMMARY:
		break;
	}
	return 0;
}
