/*
 * yb/session.h - sessions of people (vaccination brief 9, A-11, A-12).
 *
 * The cookie is an opaque 256-bit value; the database keeps its SHA-256. The core checks
 * it before any handler of a YB_STAFF route; modules only open and end sessions.
 */
#ifndef YB_SESSION_H
#define YB_SESSION_H

#include <yb/request.h>

/* The role of a resident's session (YB_CITIZEN): none of the matrix, so no staff route has it. */
#define YB_ROLE_CITIZEN "CITIZEN"

/* What a session remembers of the person, copied from the account when it is opened. */
typedef struct yb_session_user {
	int64_t actor_id;
	yb_str user_id;
	int64_t org_id;
	yb_str role;
	bool restricted_view;
	bool temporary; /* only YB_ANY_STATE routes until the password is changed */
	int64_t idle_seconds, absolute_seconds;
} yb_session_user;

/*
 * Opens a session, ends the user's oldest beyond `keep`, sets the cookie of this answer and gives
 * the CSRF token the browser must send as X-Yobo-CSRF. It takes the place of that of the request,
 * if there is one, and keeps its beginning, absolute end and step-up; one of a login is stepped up
 * (security 9.2). -1 recorded.
 */
int yb_session_open(yb_req *r, const yb_session_user *u, int64_t keep, yb_str *ret_csrf)
    YB_MUST_USE;
/* Ends the session of this request and clears cookie, cache and storage. -1 recorded. */
int yb_session_close(yb_req *r) YB_MUST_USE;
/* Why a session ended; its holder is told in the detail of E-AUTH-003. */
enum yb_session_end {
	YB_END_ELSEWHERE = 1, /* the same user logged in elsewhere */
	YB_END_CHANGED,	      /* role, state or second factor were changed by others */
	YB_END_PASSWORD,      /* the password was changed or reset */
	YB_END_OWNER,	      /* its owner ended it from the list of sessions */
};
/* Ends every session of a user, for a reason. -1 recorded. */
int yb_session_end_user(yb_req *r, int64_t actor_id, enum yb_session_end why) YB_MUST_USE;
/* The same for YB_END_CHANGED (role change, suspension). -1 recorded. */
int yb_session_close_user(yb_req *r, int64_t actor_id) YB_MUST_USE;

/* A session as its owner sees it. */
typedef struct yb_session_seen {
	yb_str id; /* names it among the sessions of its user; opens nothing */
	yb_time began, seen;
	yb_str peer, user_agent;
	bool current; /* that of this request */
} yb_session_seen;

/* The caller's open sessions (yb_session_seen), the last used first. -1 recorded. */
int yb_session_list(yb_req *r, yb_list *ret) YB_MUST_USE;
/* Ends one of them, -1 recorded (E-AUTH-005: there is none), or all but that of this request. */
int yb_session_end_one(yb_req *r, yb_str id) YB_MUST_USE;
int yb_session_end_others(yb_req *r) YB_MUST_USE;

/* A cookie of the request; null when it is not there, or there twice. */
yb_str yb_cookie(const yb_req *r, const char *name);
/* The CSRF token of this request's session. */
yb_str yb_session_csrf(const yb_req *r);
/* Notes that the password was entered again: opens step_up routes for a few minutes. */
int yb_session_stepped_up(yb_req *r) YB_MUST_USE;
/* Seconds this session may stay idle. */
int64_t yb_session_idle_seconds(const yb_req *r);

#endif
