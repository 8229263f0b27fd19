/*
 * account.h - what the files of this module know of each other.
 *
 * account.c has the roles, the organisation and the module's constant; account_self.h is what
 * a person does with the own account, account_admin.h what administrators do with others.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <yb/format.h>
#include <yb/mail.h>
#include <yb/module.h>
#include <yb/org.h>
#include <yb/password.h>
#include <yb/permission.h>
#include <yb/session.h>
#include <yb/words.h>

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
	yb_uuid person_id; /* accounts of one person have one: four eyes are two of these */
	yb_date valid_to;  /* last day; null: no end */
	bool self_reset;   /* false: the mail is the administrator's */
	yb_time reissued, suspended;
	int64_t idle_warned; /* warnings sent since idle_warned_at: 0, 1, 2 */
	yb_time idle_warned_at;
	bool second_factor;	    /* an app is enrolled */
	yb_time browser_locked; /* the last lock of a browser that counts for itself; null: none */
};

/* Until when a browser of the user is locked at the latest. */
#define ACCOUNT_BROWSER_LOCK                                                                  \
	"(SELECT MAX(d.locked_until_us) FROM account_device d"                                \
	" WHERE d.actor_id = account_user.actor_id)"
/* The columns of account_row, in its order, of a table that is called account_user. */
#define ACCOUNT_COLUMNS                                                                       \
	"actor_id, org_id, user_id, role, is_admin, restricted_view, name, name_kana,"        \
	" department, mail, phone, status, pw_phc, pw_count, pw_expires_us, temp_expires_us," \
	" failed_count, locked_until_us, last_login_us, prev_login_us, last_login_peer,"      \
	" prev_login_peer, created_us, row_ver, person_id, valid_to, self_reset,"              \
	" reissued_us, suspended_us, idle_warned, idle_warned_us,"                             \
	" EXISTS (SELECT 1 FROM account_factor f WHERE f.actor_id = account_user.actor_id"     \
	"  AND f.secret IS NOT NULL) AS second_factor, " ACCOUNT_BROWSER_LOCK                  \
	" AS browser_locked_us"

extern const yb_field account_row[];

/* ---- account.c: roles ---- */

/* Whether people of this type of organisation may have the role. */
bool account_role_allowed(yb_str role, enum yb_org_type type);
/* Roles whose holders manage the accounts of their organisation. */
bool account_role_is_admin(yb_str role);
/* Roles no administrator gives: each of their accounts is issued by 国保中央会 (H-1-1). */
bool account_role_of_centre(yb_str role);
/* A statement that cannot meet a duplicate key. Rows matched, or -1 recorded. */
int64_t account_exec(yb_req *r, const yb_query *q, yb_args args) YB_MUST_USE;

#include "account_self.h"

#include "account_admin.h"

#endif
