/*
 * yb/session.h - sessions of people (vaccination brief 9, A-11, A-12).
 *
 * The cookie is an opaque 256-bit value; the database keeps its SHA-256. The core checks
 * it before any handler of a YB_STAFF route; modules only open and end sessions.
 */
#ifndef YB_SESSION_H
#define YB_SESSION_H

#include <yb/request.h>

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
 * Opens a session, ends the user's oldest beyond `keep`, sets the cookie of this answer
 * and gives the CSRF token the browser must send as X-Yobo-CSRF. -1 recorded.
 */
int yb_session_open(yb_req *r, const yb_session_user *u, int64_t keep, yb_str *ret_csrf)
    YB_MUST_USE;
/* Ends the session of this request and clears cookie, cache and storage. -1 recorded. */
int yb_session_close(yb_req *r) YB_MUST_USE;
/* Ends every session of a user (role change, suspension). -1 recorded. */
int yb_session_close_user(yb_req *r, int64_t actor_id) YB_MUST_USE;
/* The CSRF token of this request's session. */
yb_str yb_session_csrf(const yb_req *r);
/* Notes that the password was entered again: opens step_up routes for a few minutes. */
int yb_session_stepped_up(yb_req *r) YB_MUST_USE;
/* Seconds this session may stay idle. */
int64_t yb_session_idle_seconds(const yb_req *r);

#endif
