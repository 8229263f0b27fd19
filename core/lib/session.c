/*
 * session.c - sessions of people (yb/session.h; brief; security 9.2).
 */
#include <string.h>

#include "internal.h"

#define COOKIE	 "__Host-yobo"
#define SID_TEXT 43 /* 256 bits in base64url */

struct session_row {
	int64_t actor_id, org_id, idle_s;
	yb_int ended_by;
	yb_str user_id, role, org_code, org_type;
	bool restricted_view, temporary;
	yb_time created_us, seen_us, stepped_up_us, expires_us;
};

static const yb_field session_record[] = {
	{ "actor_id", YB_OF(struct session_row, actor_id) },
	{ "user_id", YB_OF(struct session_row, user_id) },
	{ "org_id", YB_OF(struct session_row, org_id) },
	{ "org_code", YB_OF(struct session_row, org_code) },
	{ "org_type", YB_OF(struct session_row, org_type) },
	{ "role", YB_OF(struct session_row, role) },
	{ "restricted_view", YB_OF(struct session_row, restricted_view) },
	{ "temporary", YB_OF(struct session_row, temporary) },
	{ "idle_s", YB_OF(struct session_row, idle_s) },
	{ "seen_us", YB_OF(struct session_row, seen_us) },
	{ "stepped_up_us", YB_OF(struct session_row, stepped_up_us) },
	{ "created_us", YB_OF(struct session_row, created_us) },
	{ "expires_us", YB_OF(struct session_row, expires_us) },
	{ "ended_by", YB_OF(struct session_row, ended_by) },
	{ 0 },
};

static const yb_query session_by_sid = {
	.name = "session_by_sid",
	.sql = "SELECT s.actor_id, s.user_id, s.org_id, o.org_code, o.org_type, s.role,"
	       "       s.restricted_view, s.temporary, s.idle_s, s.seen_us, s.stepped_up_us,"
	       "       s.created_us, s.expires_us, s.ended_by"
	       "  FROM core_session s JOIN core_org o ON o.org_id = s.org_id"
	       " WHERE s.sid_hash = ? AND o.valid_from <= ?"
	       "   AND (o.valid_to IS NULL OR o.valid_to >= ?)",
	.row = session_record,
	.row_size = sizeof(struct session_row),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query session_touch = {
	.name = "session_touch",
	.sql = "UPDATE core_session SET seen_us = ? WHERE sid_hash = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static const yb_query session_insert = {
	.name = "session_insert",
	.sql = "INSERT INTO core_session (sid_hash, actor_id, user_id, org_id, role, restricted_view,"
	       " temporary, created_us, seen_us, stepped_up_us, idle_s, expires_us, peer,"
	       " user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 14,
	.tenant = YB_GLOBAL,
};

static const yb_query session_delete = {
	.name = "session_delete",
	.sql = "DELETE FROM core_session WHERE sid_hash = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

/*
 * An ended session stays a while, so that its holder can be told why. By the user's own sessions
 * alone: on the way over all that are open it would meet everybody who logs in at this moment.
 */
#define END_SQL	    "UPDATE core_session FORCE INDEX (actor_id)"               \
		    " SET ended_us = ?, ended_by = ?,"                         \
		    " expires_us = LEAST(expires_us, ?)"                       \
		    " WHERE actor_id = ? AND ended_us IS NULL"
#define END_KEEP_US (INT64_C(86400) * 1000000)

static const yb_query session_end_user = {
	.name = "session_end_user",
	.sql = END_SQL,
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

static const yb_query session_end_others = {
	.name = "session_end_others",
	.sql = END_SQL " AND sid_hash <> ?",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

static const yb_query session_end_one = {
	.name = "session_end_one",
	.sql = END_SQL " AND LOWER(HEX(LEFT(sid_hash, 8))) = ?",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

/* Of a user's other sessions all but the newest few. */
static const yb_query session_trim = {
	.name = "session_trim",
	.sql = END_SQL " AND sid_hash <> ? AND sid_hash NOT IN (SELECT sid_hash FROM"
	       " (SELECT sid_hash FROM core_session FORCE INDEX (actor_id)"
	       "  WHERE actor_id = ? AND sid_hash <> ? AND ended_us IS NULL AND expires_us > ?"
	       "  ORDER BY created_us DESC LIMIT ?) newest)",
	.nparams = 9,
	.tenant = YB_GLOBAL,
};

static const yb_field seen_record[] = {
	{ "id", YB_OF(yb_session_seen, id) },
	{ "began_us", YB_OF(yb_session_seen, began) },
	{ "seen_us", YB_OF(yb_session_seen, seen) },
	{ "peer", YB_OF(yb_session_seen, peer) },
	{ "user_agent", YB_OF(yb_session_seen, user_agent) },
	{ "current", YB_OF(yb_session_seen, current) },
	{ 0 },
};

static const yb_query session_of_user = {
	.name = "session_of_user",
	.sql = "SELECT LOWER(HEX(LEFT(sid_hash, 8))) AS id, created_us AS began_us, seen_us, peer,"
	       " user_agent, sid_hash = ? AS current FROM core_session WHERE actor_id = ?"
	       " AND ended_us IS NULL AND expires_us > ? AND seen_us + idle_s * 1000000 >= ?"
	       " ORDER BY seen_us DESC LIMIT 1000",
	.row = seen_record,
	.row_size = sizeof(yb_session_seen),
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

static const yb_query session_step_up = {
	.name = "session_step_up",
	.sql = "UPDATE core_session SET stepped_up_us = ? WHERE sid_hash = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

/* A session whose time is over. */
struct over {
	yb_bytes sid_hash;
	yb_str id, user_id, role, org_code;
	int64_t org_id;
	yb_time over;
	int64_t at_us; /* as core_session_over has it */
	bool idle;
};

static const yb_field over_record[] = {
	{ "sid_hash", YB_OF(struct over, sid_hash) },
	{ "id", YB_OF(struct over, id) },
	{ "user_id", YB_OF(struct over, user_id) },
	{ "role", YB_OF(struct over, role) },
	{ "org_id", YB_OF(struct over, org_id) },
	{ "org_code", YB_OF(struct over, org_code) },
	{ "over_us", YB_OF(struct over, over) },
	{ "at_us", YB_OF(struct over, at_us) },
	{ "idle", YB_OF(struct over, idle) },
	{ 0 },
};

#define IS_OVER "ended_us IS NULL AND over_us <= ?"

static const yb_query session_over = {
	.name = "session_over",
	.sql = "SELECT s.sid_hash, LOWER(HEX(LEFT(s.sid_hash, 8))) AS id, s.user_id, s.role, s.org_id,"
	       " o.org_code, LEAST(s.expires_us, s.seen_us + s.idle_s * 1000000) AS over_us,"
	       " s.over_us AS at_us, s.seen_us + s.idle_s * 1000000 < s.expires_us AS idle"
	       " FROM core_session s FORCE INDEX (core_session_over)"
	       " JOIN core_org o ON o.org_id = s.org_id"
	       " WHERE s." IS_OVER " AND (s.over_us > ? OR (s.over_us = ? AND s.sid_hash > ?))"
	       " ORDER BY s.over_us, s.sid_hash LIMIT 1",
	.row = over_record,
	.row_size = sizeof(struct over),
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

/* Whoever comes back in the last moment wins: the row is looked at once more. */
static const yb_query session_time_out = {
	.name = "session_time_out",
	.sql = "UPDATE core_session SET ended_us = ?, ended_by = ?, expires_us = LEAST(expires_us, ?)"
	       " WHERE sid_hash = ? AND " IS_OVER,
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

const yb_query *const ybh_session_queries[] = { &session_by_sid, &session_touch, &session_insert,
	&session_delete, &session_end_user, &session_end_others, &session_end_one, &session_trim,
	&session_of_user, &session_step_up, &session_over, &session_time_out, NULL };

yb_str
yb_cookie(const yb_req *r, const char *name)
{
	yb_str found = { NULL, 0 }, all = ybh_header(r, "HTTP_COOKIE");
	size_t len = strlen(name);

	while (all.len > 0) {
		const char *end = memchr(all.p, ';', all.len);
		size_t n = end == NULL ? all.len : (size_t)(end - all.p);

		if (n > len && memcmp(all.p, name, len) == 0 && all.p[len] == '=') {
			if (found.p != NULL)
				return (yb_str) { NULL, 0 };
			found = (yb_str) { all.p + len + 1, n - len - 1 };
		}
		n += end != NULL ? 1 : 0;
		while (n < all.len && all.p[n] == ' ')
			n++;
		all.p += n;
		all.len -= n;
	}
	return found;
}

static yb_str
csrf_of(yb_req *r, yb_str sid)
{
	unsigned char mac[32];
	char *text = ybh_arena_must(r->arena, 64);

	ybh_match(r->p->field_keys, YB_STR("csrf"), sid, mac);
	return (yb_str) { text, ybh_b64url(mac, sizeof mac, text) };
}

static yb_bytes
sid_hash(const yb_req *r)
{
	return (yb_bytes) { r->session.sid_hash, 32 };
}

static void
caller_from(yb_req *r, const struct session_row *s)
{
	r->caller = (yb_caller) {
		.kind = yb_str_is(s->role, YB_ROLE_CITIZEN) ? YB_CITIZEN : YB_STAFF,
		.actor_id = s->actor_id,
		.actor = s->user_id,
		.org_id = s->org_id,
		.org_code = s->org_code,
		.org_type = yb_org_type_of(s->org_type),
		.role = s->role,
		.restricted_view = s->restricted_view,
	};
	r->session.open = true;
	r->session.temporary = s->temporary;
	r->session.idle_seconds = s->idle_s;
	r->session.stepped_up_us = s->stepped_up_us.us;
	r->session.created_us = s->created_us.us;
	r->session.expires_us = s->expires_us.us;
}

/* What E-AUTH-003 says to the holder of a session that somebody ended. */
static void
say_why(yb_req *r, int64_t ended_by)
{
	static const char *const words[][2] = {
		[YB_END_ELSEWHERE] = { "別の場所で同じユーザIDのログインがあったため、このセッションを終了しました。"
				       "心当たりがないときは、パスワードを変更し、管理者に連絡してください。",
		    "Somebody logged in elsewhere with your user ID, which ended this session. If it "
		    "was not you, change your password and tell your administrator." },
		[YB_END_CHANGED] = { "利用者情報または権限が変更されたため、セッションを終了しました。"
				     "もう一度ログインしてください。",
		    "Your account or rights were changed. Log in again." },
		[YB_END_PASSWORD] = { "パスワードが変更されたため、セッションを終了しました。"
				      "新しいパスワードでログインしてください。",
		    "Your password was changed. Log in with the new one." },
		[YB_END_OWNER] = { "利用中のセッションの一覧から終了されました。もう一度ログインしてください。",
		    "This session was ended from the list of your sessions. Log in again." },
	};

	if (ended_by < YB_END_ELSEWHERE || ended_by > YB_END_OWNER)
		return;
	r->detail[0] = words[ended_by][0];
	r->detail[1] = words[ended_by][1];
}

int
ybh_session_check(yb_req *r)
{
	yb_str sid = yb_cookie(r, COOKIE);
	int64_t touch =
	    ybh_option_number(r->p->conf, "core", ybh_core_options, "session_touch") * 1000000;
	struct session_row s = { 0 };
	unsigned char raw[64];
	yb_value today;

	if (sid.p == NULL || sid.len != SID_TEXT || ybh_b64url_decode(sid, raw) != 32)
		return 0;
	ybh_sha256(sid.p, sid.len, r->session.sid_hash);
	memcpy(r->session.came_hash, r->session.sid_hash, sizeof r->session.came_hash);
	today = yb_day(yb_today(r));
	switch (yb_db_one(r, &session_by_sid, YB_ARGS(yb_blob(sid_hash(r)), today, today), &s)) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		return 0;
	case YB_ONE_ROW:
		break;
	}
	if (s.ended_by.set) {
		say_why(r, s.ended_by.v);
		return 0;
	}
	if (r->now.us >= s.expires_us.us || r->now.us - s.seen_us.us > s.idle_s * 1000000)
		return 0;
	if (r->now.us - s.seen_us.us > touch &&
	    yb_db_exec(r, &session_touch, YB_ARGS(yb_at(r->now), yb_blob(sid_hash(r))), NULL) < 0)
		return -1;
	caller_from(r, &s);
	r->session.csrf = csrf_of(r, sid);
	return 1;
}

static yb_time
end_kept(const yb_req *r)
{
	return (yb_time) { r->now.us + END_KEEP_US };
}

/*
 * Whoever may do more from now on gets another session. It is the old one under another name:
 * nobody has proven anything anew, so there is neither a step-up nor more time in it.
 */
static int
session_replace(yb_req *r, yb_time *began, yb_time *stepped_up, yb_time *ends)
{
	began->us = r->session.created_us;
	stepped_up->us = r->session.stepped_up_us;
	if (ends->us > r->session.expires_us)
		ends->us = r->session.expires_us;
	return yb_db_exec(r, &session_delete,
		   YB_ARGS(yb_blob((yb_bytes) { r->session.came_hash, 32 })), NULL) < 0
	    ? -1
	    : 0;
}

int
yb_session_open(yb_req *r, const yb_session_user *u, int64_t keep, yb_str *ret_csrf)
{
	yb_time ends = { r->now.us + u->absolute_seconds * 1000000 };
	yb_time began = r->now, stepped_up = r->now;
	unsigned char raw[32];
	char *sid = ybh_arena_must(r->arena, 64);
	size_t n;

	if (r->session.open && session_replace(r, &began, &stepped_up, &ends) < 0)
		return -1;
	ybh_random(raw, sizeof raw);
	n = ybh_b64url(raw, sizeof raw, sid);
	ybh_sha256(sid, n, r->session.sid_hash);
	if (yb_db_exec(r, &session_insert,
		YB_ARGS(yb_blob(sid_hash(r)), yb_i64(u->actor_id), yb_text(u->user_id),
		    yb_i64(u->org_id), yb_text(u->role), yb_bool(u->restricted_view),
		    yb_bool(u->temporary), yb_at(began), yb_at(r->now), yb_at(stepped_up),
		    yb_i64(u->idle_seconds), yb_at(ends), yb_text(r->peer),
		    yb_text(yb_user_agent(r))),
		NULL) != 0)
		return yb_problem(r, "E-SYS-003");
	if (yb_db_exec(r, &session_trim,
		YB_ARGS(yb_at(r->now), yb_i64(YB_END_ELSEWHERE), yb_at(end_kept(r)),
		    yb_i64(u->actor_id), yb_blob(sid_hash(r)), yb_i64(u->actor_id),
		    yb_blob(sid_hash(r)), yb_at(r->now), yb_i64(keep > 0 ? keep - 1 : 0)),
		NULL) != 0)
		return -1;
	yb_reply_header(r, "Set-Cookie",
	    ybh_arena_format(r->arena, COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict", sid));
	r->session.csrf = csrf_of(r, (yb_str) { sid, n });
	*ret_csrf = r->session.csrf;
	return 0;
}

int
yb_session_close(yb_req *r)
{
	if (r->session.open &&
	    yb_db_exec(r, &session_delete, YB_ARGS(yb_blob(sid_hash(r))), NULL) < 0)
		return -1;
	yb_reply_header(r, "Set-Cookie",
	    YB_STR(COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"));
	yb_reply_header(r, "Clear-Site-Data", YB_STR("\"cache\", \"storage\""));
	return 0;
}

int
yb_session_end_user(yb_req *r, int64_t actor_id, enum yb_session_end why)
{
	return yb_db_exec(r, &session_end_user,
		   YB_ARGS(yb_at(r->now), yb_i64(why), yb_at(end_kept(r)), yb_i64(actor_id)),
		   NULL) < 0
	    ? -1
	    : 0;
}

int
yb_session_close_user(yb_req *r, int64_t actor_id)
{
	return yb_session_end_user(r, actor_id, YB_END_CHANGED);
}

int
yb_session_end_others(yb_req *r)
{
	return yb_db_exec(r, &session_end_others,
		   YB_ARGS(yb_at(r->now), yb_i64(YB_END_OWNER), yb_at(end_kept(r)),
		       yb_i64(r->caller.actor_id), yb_blob(sid_hash(r))),
		   NULL) < 0
	    ? -1
	    : 0;
}

int
yb_session_end_one(yb_req *r, yb_str id)
{
	int64_t rows = 0;

	if (yb_db_exec(r, &session_end_one,
		YB_ARGS(yb_at(r->now), yb_i64(YB_END_OWNER), yb_at(end_kept(r)),
		    yb_i64(r->caller.actor_id), yb_text(id)),
		&rows) < 0)
		return -1;
	return rows == 0 ? yb_problem(r, "E-AUTH-005") : 0;
}

int
yb_session_list(yb_req *r, yb_list *ret)
{
	return yb_db_list(r, &session_of_user,
	    YB_ARGS(yb_blob(sid_hash(r)), yb_i64(r->caller.actor_id), yb_at(r->now), yb_at(r->now)),
	    1000, ret);
}

yb_str
yb_session_csrf(const yb_req *r)
{
	return r->session.csrf;
}

int
yb_session_stepped_up(yb_req *r)
{
	return yb_db_exec(r, &session_step_up, YB_ARGS(yb_at(r->now), yb_blob(sid_hash(r))), NULL) < 0
	    ? -1
	    : 0;
}

int64_t
yb_session_idle_seconds(const yb_req *r)
{
	return r->session.idle_seconds;
}

/* ---- sessions whose time is over ---- */

#define ENDED_BY_TIME 99 /* no enum yb_session_end: its holder is told what everybody is told */

struct over_after { /* the one of the step before: those of a look stay as they are */
	int64_t at_us;
	unsigned char sid_hash[32];
};

int
ybh_session_time_out(yb_req *r)
{
	struct over_after *after = yb_run_state(r, sizeof *after);
	yb_value now = yb_at(r->now);
	struct over s;
	int64_t rows = 0;
	enum yb_found found = yb_db_one(r, &session_over,
	    YB_ARGS(now, yb_i64(after->at_us), yb_i64(after->at_us),
		yb_blob((yb_bytes) { after->sid_hash, 32 })),
	    &s);

	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	if (yb_db_exec(r, &session_time_out,
		YB_ARGS(yb_at(s.over), yb_i64(ENDED_BY_TIME), yb_at(end_kept(r)),
		    yb_blob(s.sid_hash), now),
		&rows) < 0)
		return -1;
	after->at_us = s.at_us;
	memcpy(after->sid_hash, s.sid_hash.p, 32);
	yb_run_again(r);
	if (rows == 0)
		return 0;
	yb_run_count(r, "sessions", 1);
	yb_audit_action(r, YB_ACT_LOGOUT);
	yb_audit_actor(r, yb_str_is(s.role, YB_ROLE_CITIZEN) ? YB_CITIZEN : YB_STAFF, s.user_id,
	    s.org_id, s.org_code);
	yb_audit_target(r, "session", s.id);
	yb_audit_purpose(r, (yb_str) { NULL, 0 }, s.idle ? YB_STR("TIMEOUT idle")
						      : YB_STR("TIMEOUT end of the session"));
	return 0;
}
