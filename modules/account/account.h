/*
 * account.h - what the files of this module know of each other.
 *
 * account.c has the roles, the organisation and the module's constant; account_login.c
 * opens and ends sessions; account_password.c knows the rules of passwords;
 * account_users.c is the administrator's hand.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <yb/format.h>
#include <yb/module.h>
#include <yb/org.h>
#include <yb/password.h>
#include <yb/session.h>

/* A row of account_user. */
struct account_user {
	int64_t actor_id, org_id;
	yb_str user_id, role;
	bool is_admin, restricted_view;
	yb_str name, name_kana, department, mail, phone;
	yb_str status; /* TEMP, ACTIVE, SUSPENDED, DISABLED, DELETED; LOCKED only when shown */
	yb_str pw_phc;
	int64_t pw_count;
	yb_time pw_expires, temp_expires;
	int64_t failed_count;
	yb_time locked_until;
	yb_time last_login, prev_login;
	yb_str last_login_peer, prev_login_peer;
	yb_time created;
	int64_t row_ver;
};

/* The columns of account_row, in its order. */
#define ACCOUNT_COLUMNS                                                                       \
	"actor_id, org_id, user_id, role, is_admin, restricted_view, name, name_kana,"        \
	" department, mail, phone, status, pw_phc, pw_count, pw_expires_us, temp_expires_us," \
	" failed_count, locked_until_us, last_login_us, prev_login_us, last_login_peer,"      \
	" prev_login_peer, created_us, row_ver"

extern const yb_field account_row[];

/* ---- account.c: roles ---- */

/* Whether people of this type of organisation may have the role. */
bool account_role_allowed(yb_str role, enum yb_org_type type);
/* Roles whose holders manage the accounts of their organisation. */
bool account_role_is_admin(yb_str role);
/* operationIds a role may use; a temporary password opens only its own change. */
yb_list account_permissions(yb_req *r, yb_str role, bool restricted_view, bool temporary);
/* Names of the areas these permissions belong to. */
yb_list account_areas(yb_req *r, yb_str role, bool temporary);
/* A statement that cannot meet a duplicate key. Rows matched, or -1 recorded. */
int64_t account_exec(yb_req *r, const yb_query *q, yb_args args) YB_MUST_USE;

/* ---- account_login.c: sessions ---- */

struct account_session { /* what the shell needs to know of who is logged in */
	yb_ref user, org;
	yb_list roles, permissions, areas;
	int64_t idle_seconds;
	yb_str csrf_token;
	bool temporary;
	yb_time last_login_at;
	yb_str last_login_from;
};

struct account_login_in {
	yb_str user_id, password, org_code;
};

extern const yb_field account_login_in[], account_session_out[];

enum account_verdict {
	ACCOUNT_WELCOME,
	ACCOUNT_REFUSED, /* E-AUTH-001, whatever the reason */
	ACCOUNT_LOCKED,	 /* E-AUTH-002: the password was right */
	ACCOUNT_EXPIRED, /* E-ACC-008: the temporary password was right, but too late */
};
/*
 * What to answer to a password that matched or did not. `limit`: failures before the lock.
 * Under attack (three times the limit) a locked account no longer tells right from wrong.
 */
enum account_verdict account_judge(const struct account_user *u, bool matched, yb_time now,
    int64_t limit);
/* Records the problem of a verdict and counts a wrong password. Always -1. */
int account_refuse(yb_req *r, enum account_verdict v, const struct account_user *u,
    const char *field);
/* Whether everything but a new password is closed to the user. */
bool account_must_change(const struct account_user *u, yb_time now);
/* Opens a session and answers 200 with it. */
int account_welcome(yb_req *r, const struct account_user *u, const yb_org *org, bool temporary);

int account_login(yb_req *r);
int account_logout(yb_req *r);
int account_get_session(yb_req *r);

extern const yb_query account_by_login, account_self, account_count_failure, account_logged_in,
    account_rehash;

/* ---- account_password.c ---- */

struct account_password_rule {
	int64_t min, max, classes;
};

struct account_password_in {
	yb_str current_password, new_password;
};

extern const yb_field account_password_in[];

/* Length in characters, classes, not the user's id, not a common one. */
bool account_password_good(const struct account_password_rule *rule, yb_str password,
    yb_str user_id);
/* A temporary password of 80 random bits in letters and digits that are not mistaken. */
yb_str account_password_temporary(yb_req *r);

int account_change_password(yb_req *r);

extern const yb_query account_self_locked, account_set_password, account_history,
    account_remember;

/* ---- account_users.c ---- */

struct account_list_in {
	yb_int limit;
	yb_str after, status, role;
};

struct account_create_in {
	yb_str name, name_kana, role, mail, phone, department;
	bool restricted_view;
};

struct account_state_in {
	yb_str operation, reason;
};

extern const yb_field account_list_in[], account_list_out[], account_user_out[],
    account_create_in[], account_state_in[], account_issued_out[];

int account_list(yb_req *r);
int account_get(yb_req *r);
int account_create(yb_req *r);
int account_state(yb_req *r);

extern const yb_query account_page, account_by_id, account_by_id_locked, account_admin_anywhere,
    account_org_lock, account_org_count, account_insert, account_other_admin,
    account_other_admin_anywhere, account_set_state, account_set_state_anywhere;

#endif
