/*
 * account_admin.h - what the files of the administrator's side know of each other.
 *
 * account_users.c lists and creates; account_change.c changes data, account_state.c states;
 * account_apply.c and account_approve.c are the first administrator's four eyes,
 * account_search.c finds organisations for them and accounts that look alike;
 * account_notice.c hands temporary passwords over; account_suspend.c ends idle accounts;
 * account_review.c is the half-yearly review and the list of tasks; account_csv.c takes files.
 */
#ifndef ACCOUNT_ADMIN_H
#define ACCOUNT_ADMIN_H

#include "account.h"

#define ACCOUNT_DAY_US (INT64_C(86400) * 1000000)

/* Whom 国保中央会 reaches elsewhere: administrators, and those only it can help. */
#define ACCOUNT_REACHED "(is_admin = 1 OR FIND_IN_SET(role, '" YB_ISSUED_H_1_1 "') > 0)"

struct account_counted {
	int64_t n;
};

extern const yb_field account_counted_row[];
extern const yb_format account_phone_format;

/* A mail address nobody may register (option mail_denied). */
bool account_mail_denied(const yb_req *r, yb_str mail);

/* ---- account_person.c: two accounts, one person ---- */

/* The person that mail and name say u is, if another account of the organisation has them. */
enum yb_found account_person_find(yb_req *r, const struct account_user *u, yb_uuid *ret)
    YB_MUST_USE;
/*
 * When name, mail or organisation of u are others than before: u and all accounts of the same
 * person become the person of the account that has them. u->person_id is what it is then.
 */
int account_person_again(yb_req *r, const struct account_user *old, struct account_user *u)
    YB_MUST_USE;

extern const yb_query account_person_lock, account_person, account_person_join,
    account_person_maker;

/* ---- account_users.c: list, open, create ---- */

struct account_list_in {
	yb_int limit;
	yb_str after, status, role, q, org_code;
	yb_date idle_since;
	bool deleted;
};

struct account_create_in {
	yb_str name, name_kana, role, mail, phone, department, deliver;
	yb_date valid_to;
	bool is_admin, restricted_view;
};

/* What every way to a new account says of it. */
struct account_new {
	int64_t org_id;
	yb_str role;
	bool is_admin, restricted_view, self_reset;
	yb_str name, name_kana, department, mail, phone;
	yb_date valid_to;
};

/* An answer with a user and, when it is to be shown, the temporary password. */
struct account_issued {
	yb_ref user;
	yb_str temporary_password;
	bool notice;
	yb_list similar;
	int64_t tokens_revoked;
};

extern const yb_field account_list_in[], account_list_out[], account_user_out[],
    account_create_in[], account_issued_out[];

/* Whether the last day of the account is over: then nobody logs in with it. */
bool account_ended(const struct account_user *u, yb_date today);
/* As people know the state: a lock that still holds is one. */
void account_show_state(struct account_user *u, yb_time now);
/*
 * Refuses whoever has the role but does not manage accounts (is_admin), as of this moment:
 * the row is locked. *ret is the caller.
 */
int account_manager(yb_req *r, struct account_user *ret) YB_MUST_USE;
/* Whose turn it is: changes of one organisation's accounts wait for each other here. */
int account_lock_org(yb_req *r, int64_t org_id) YB_MUST_USE;
/* E-ACC-009 when `more` accounts do not fit. The organisation is locked. */
int account_room(yb_req *r, int64_t org_id, enum yb_org_type type, int64_t more) YB_MUST_USE;
/* What is wrong with a new account of the caller's organisation; *ret_code NULL: nothing. */
const char *account_create_fault(yb_req *r, const struct account_create_in *in,
    const char **ret_code);
/* The row of a new account, locked organisation and room given; *u is what became of it. */
int account_insert_new(yb_req *r, const struct account_new *n, yb_str phc, yb_time until,
    struct account_user *u) YB_MUST_USE;
/* A new account as the administrator `self` asked for it, with its temporary password. */
int account_create_one(yb_req *r, const struct account_create_in *in,
    const struct account_user *self, struct account_issued *out, struct account_user *u)
    YB_MUST_USE;

int account_list(yb_req *r);
int account_get(yb_req *r);
int account_create(yb_req *r);

extern const yb_query account_page, account_page_anywhere, account_by_id, account_admin_show,
    account_org_lock, account_org_lock_anywhere, account_org_count, account_org_count_anywhere,
    account_insert, account_insert_anywhere, account_by_actor_anywhere, account_admins_of;

/* ---- account_change.c: data, role, rights ---- */

struct account_change_in {
	yb_str name, name_kana, department, mail, phone, role, reason;
	yb_date valid_to;
	bool is_admin, restricted_view;
};

struct account_state_in {
	yb_str operation, reason, deliver;
};

struct account_resume_in {
	yb_list user_ids;
	yb_str reason, deliver;
};

extern const yb_field account_change_in[], account_state_in[], account_resume_in[],
    account_resume_out[];

/*
 * The user, behind the row of its organisation: of the own one, or for KC-A an administrator
 * anywhere. *self is the caller, still a manager.
 */
int account_target(yb_req *r, yb_str user_id, struct account_user *u, struct account_user *self)
    YB_MUST_USE;
/* An organisation keeps an administrator who can be asked (E-ACC-003). */
int account_guard_last(yb_req *r, const struct account_user *u) YB_MUST_USE;
/* Tells the person at `to`; who has no mail of the own is told through the administrator. */
int account_tell(yb_req *r, const struct account_user *u, yb_str to, yb_str what) YB_MUST_USE;
/* DISABLED: but for the last administrator the state is set, sessions end, the person is told. */
int account_disable(yb_req *r, struct account_user *u) YB_MUST_USE;

int account_change(yb_req *r);
int account_state(yb_req *r);
int account_resume(yb_req *r);

extern const yb_query account_by_id_locked, account_admin_anywhere, account_other_admin,
    account_other_admin_anywhere, account_set_state, account_set_state_anywhere,
    account_set_data, account_set_data_anywhere, account_tokens_of, account_tokens_revoke;

/* ---- account_notice.c: how a temporary password reaches its owner (A-14) ---- */

#define ACCOUNT_DELIVER "MAIL,PAPER,SCREEN"

struct account_secret { /* a temporary password and its hash */
	yb_str password, phc;
	yb_time until;
};

/* Takes tens of milliseconds: before locks. */
int account_secret_make(yb_req *r, struct account_secret *ret) YB_MUST_USE;
/*
 * Sends the user ID by mail, and the temporary password apart from it: by a mail of its own
 * (MAIL), in a sealed letter the caller's organisation may print once (PAPER), or in
 * out->temporary_password (SCREEN, also when `deliver` is null).
 */
int account_secret_deliver(yb_req *r, const struct account_user *u, const struct account_secret *s,
    yb_str deliver, struct account_issued *out) YB_MUST_USE;

/* What a person sees of a role, in Japanese. */
yb_str account_role_label(yb_str role);
/* "2026年11月20日" */
yb_str account_day_label(yb_req *r, yb_date d);

int account_user_notice(yb_req *r);
int account_application_notice(yb_req *r);
/* Timer: letters nobody printed, applications nobody decided in time. */
int account_tidy(yb_req *r);

extern const yb_query account_notice_put, account_notice_find, account_notice_taken,
    account_notice_wipe, account_onboarding_back;

/* ---- account_apply.c: applications for the first administrator (H-1-1) ---- */

struct account_apply_in {
	yb_str org_code, org_name, org_name_kana, pref_code, reason;
	yb_str name, name_kana, department, mail, phone, evidence;
	yb_date applied_on, start_on;
	bool paper;
};

struct account_application {
	int64_t application_id;
	yb_str application_no;
	int64_t org_id;
	bool org_is_new;
	yb_str org_code, org_type, org_name, reason, name, name_kana, department, mail, phone;
	yb_date applied_on, start_on;
	yb_str evidence;
	bool paper;
	yb_str job_no;
	yb_bytes sha256;
	yb_str state;
	int64_t maker_id;
	yb_uuid maker_person;
	yb_str maker_user_id, maker_name;
	yb_time made, expires;
	yb_str approver_user_id, approver_name;
	yb_time decided;
	yb_str comment, issued_user_id;
	yb_int issued_actor_id;
	/* filled for showing */
	yb_str sha256_hex;
	bool may_decide;
	yb_list similar;
};

extern const yb_field account_application_row[];

#define ACCOUNT_APPLICATION                                                                    \
	"SELECT a.application_id, a.application_no, a.org_id, a.org_is_new, o.org_code,"       \
	" o.org_type, o.name AS org_name, a.reason, a.name, a.name_kana, a.department, a.mail,"\
	" a.phone, a.applied_on, a.start_on, a.evidence, a.paper, a.job_no, a.sha256, a.state,"\
	" a.maker_id, a.maker_person, m.user_id AS maker_user_id, m.name AS maker_name,"       \
	" a.made_us, a.expires_us, p.user_id AS approver_user_id, p.name AS approver_name,"    \
	" a.decided_us, a.comment, i.user_id AS issued_user_id, a.issued_actor_id"             \
	"  FROM account_application a JOIN core_org o ON o.org_id = a.org_id"                  \
	"  JOIN account_user m ON m.actor_id = a.maker_id"                                     \
	"  LEFT JOIN account_user p ON p.actor_id = a.approver_id"                             \
	"  LEFT JOIN account_user i ON i.actor_id = a.issued_actor_id"

struct account_similar { /* somebody who may be the same person */
	yb_str user_id, name, role, status;
	bool same_mail, same_name;
};

extern const yb_field account_similar_out[];

struct account_orgs_in {
	yb_str org_code, org_type, q, after;
	yb_int limit;
};

struct account_applications_in {
	yb_int limit, after;
	yb_str state, org_code, job_no;
};

extern const yb_field account_apply_in[], account_application_out[], account_orgs_in[],
    account_orgs_out[], account_applications_in[], account_applications_out[];

/* EXPIRED and who may decide, as people see it. `self` is the caller. */
void account_application_show(yb_req *r, struct account_application *a,
    const struct account_user *self);
/* What is wrong with an application, as field and code; *ret_code NULL: nothing. -1 recorded. */
int account_apply_fault(yb_req *r, const struct account_apply_in *in, const char **ret_field,
    const char **ret_code) YB_MUST_USE;
/* Stores an application that has no fault; *ret_no is its number. */
int account_apply_store(yb_req *r, const struct account_apply_in *in,
    const struct account_user *self, yb_str job_no, yb_str *ret_no) YB_MUST_USE;
/* Whether the organisation has an administrator who could be asked; -1 recorded. */
int account_has_admin(yb_req *r, int64_t org_id) YB_MUST_USE;
/* "MU-A" for a municipality; null for organisations without people. */
yb_str account_admin_role(enum yb_org_type type);
/* Accounts of the organisation with this mail or this name. */
int account_similar_find(yb_req *r, int64_t org_id, yb_str mail, yb_str name_kana, yb_list *ret)
    YB_MUST_USE;

int account_orgs(yb_req *r);
int account_apply(yb_req *r);
int account_applications(yb_req *r);
int account_application_get(yb_req *r);

extern const yb_query account_org_page, account_similar, account_similar_anywhere,
    account_org_set_onboarding, account_nmi_last, account_nmi_insert, account_waiting,
    account_application_insert, account_application_page, account_application_by_no,
    account_has_admin_query;

/* ---- account_approve.c ---- */

struct account_decide_in {
	yb_str decision, comment, sha256;
};

extern const yb_field account_decide_in[];

int account_decide(yb_req *r);

extern const yb_query account_application_locked, account_application_decided;

/* ---- account_suspend.c: H-1-8 ---- */

int account_suspend_idle(yb_req *r);

extern const yb_query account_ended_next, account_idle_next, account_warned, account_suspended,
    account_untold_org, account_untold_users, account_told, account_centre_admins;

/* ---- account_move.c: H-8-6 ---- */

int account_move(yb_req *r);

extern const yb_query account_move_next, account_move_put;

/* ---- account_review.c: A-17, tasks ---- */

struct account_review_in {
	yb_int limit;
	yb_str after, verdict;
};

struct account_marks_in {
	yb_list marks;
};

extern const yb_field account_review_in[], account_review_out[], account_marks_in[],
    account_marks_out[], account_complete_out[], account_tasks_out[];

int account_review(yb_req *r);
int account_review_mark(yb_req *r);
int account_review_complete(yb_req *r);
int account_tasks(yb_req *r);

extern const yb_query account_review_last, account_review_open, account_review_first,
    account_review_page, account_review_insert, account_review_put, account_review_unmarked,
    account_review_stop, account_review_counts, account_review_close, account_task_temp,
    account_task_waiting, account_task_suspended;

/* ---- account_csv.c ---- */

extern const yb_job_kind account_job_applications, account_job_users;

#endif
