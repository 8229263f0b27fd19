/*
 * account.c - organisations and the people in them: roles, login, accounts (vaccination
 * brief 1.1, 4.1, 4.2, 9, 10, 13 H-1). This file has the roles and the table of routes.
 */
#include "account.h"

/* ---- roles (brief 10) ---- */

static const struct role {
	const char *name;
	enum yb_org_type type;
	bool admin;
} roles[] = {
	{ "KC-A", YB_ORG_NHIC, true },
	{ "KC-S", YB_ORG_NHIC, false },
	{ "KR-A", YB_ORG_NHIF, true },
	{ "KR-S", YB_ORG_NHIF, false },
	{ "MH-A", YB_ORG_MHLW, true },
	{ "MH-S", YB_ORG_MHLW, false },
	{ "MU-A", YB_ORG_MUNI, true },
	{ "MU-S", YB_ORG_MUNI, false },
	{ "MU-V", YB_ORG_MUNI, false },
	{ "MI-A", YB_ORG_HMI, true },
	{ "MI-S", YB_ORG_HMI, false },
	{ "NM-A", YB_ORG_NMI, true },
	{ "NM-S", YB_ORG_NMI, false },
	{ "OP", YB_ORG_OPS, false },
};

#define N_ROLES (sizeof roles / sizeof roles[0])

bool
account_role_allowed(yb_str role, enum yb_org_type type)
{
	for (size_t i = 0; i < N_ROLES; i++)
		if (yb_str_is(role, roles[i].name))
			return roles[i].type == type;
	return false;
}

bool
account_role_is_admin(yb_str role)
{
	for (size_t i = 0; i < N_ROLES; i++)
		if (yb_str_is(role, roles[i].name))
			return roles[i].admin;
	return false;
}

bool
account_role_of_centre(yb_str role)
{
	return yb_word_in(role, YB_ISSUED_H_1_1, ',');
}

int64_t
account_exec(yb_req *r, const yb_query *q, yb_args args)
{
	int64_t rows = 0;
	int rc = yb_db_exec(r, q, args, &rows);

	if (rc == YB_DUPLICATE)
		return yb_problem(r, "E-SYS-003");
	return rc < 0 ? -1 : rows;
}

/* ---- the row of a user ---- */

const yb_field account_row[] = {
	{ "actor_id", YB_OF(struct account_user, actor_id) },
	{ "org_id", YB_OF(struct account_user, org_id) },
	{ "user_id", YB_OF(struct account_user, user_id) },
	{ "role", YB_OF(struct account_user, role) },
	{ "is_admin", YB_OF(struct account_user, is_admin) },
	{ "restricted_view", YB_OF(struct account_user, restricted_view) },
	{ "name", YB_OF(struct account_user, name) },
	{ "name_kana", YB_OF(struct account_user, name_kana) },
	{ "department", YB_OF(struct account_user, department) },
	{ "mail", YB_OF(struct account_user, mail) },
	{ "phone", YB_OF(struct account_user, phone) },
	{ "status", YB_OF(struct account_user, status) },
	{ "pw_phc", YB_OF(struct account_user, pw_phc) },
	{ "pw_count", YB_OF(struct account_user, pw_count) },
	{ "pw_expires_us", YB_OF(struct account_user, pw_expires) },
	{ "temp_expires_us", YB_OF(struct account_user, temp_expires) },
	{ "failed_count", YB_OF(struct account_user, failed_count) },
	{ "locked_until_us", YB_OF(struct account_user, locked_until) },
	{ "last_login_us", YB_OF(struct account_user, last_login) },
	{ "prev_login_us", YB_OF(struct account_user, prev_login) },
	{ "last_login_peer", YB_OF(struct account_user, last_login_peer) },
	{ "prev_login_peer", YB_OF(struct account_user, prev_login_peer) },
	{ "created_us", YB_OF(struct account_user, created) },
	{ "row_ver", YB_OF(struct account_user, row_ver) },
	{ "person_id", YB_OF(struct account_user, person_id) },
	{ "valid_to", YB_OF(struct account_user, valid_to) },
	{ "self_reset", YB_OF(struct account_user, self_reset) },
	{ "reissued_us", YB_OF(struct account_user, reissued) },
	{ "suspended_us", YB_OF(struct account_user, suspended) },
	{ "idle_warned", YB_OF(struct account_user, idle_warned) },
	{ "idle_warned_us", YB_OF(struct account_user, idle_warned_at) },
	{ "second_factor", YB_OF(struct account_user, second_factor) },
	{ "browser_locked_us", YB_OF(struct account_user, browser_locked) },
	{ 0 },
};

/* ---- the organisation ---- */

struct organisation {
	yb_str org_code, org_type, name, name_kana, pref_code;
	yb_date valid_from, valid_to, digital_from;
	yb_str onboarding;
	bool uses_hms;
};

static const yb_field organisation_record[] = {
	{ "org_code", YB_OF(struct organisation, org_code) },
	{ "org_type", YB_OF(struct organisation, org_type) },
	{ "name", YB_OF(struct organisation, name) },
	{ "name_kana", YB_OF(struct organisation, name_kana) },
	{ "pref_code", YB_OF(struct organisation, pref_code) },
	{ "valid_from", YB_OF(struct organisation, valid_from) },
	{ "valid_to", YB_OF(struct organisation, valid_to) },
	{ "digital_from", YB_OF(struct organisation, digital_from) },
	{ "onboarding", YB_OF(struct organisation, onboarding) },
	{ "uses_hms", YB_OF(struct organisation, uses_hms) },
	{ 0 },
};

static const yb_query organisation_own = {
	.name = "organisation_own",
	.sql = "SELECT org_code, org_type, name, name_kana, pref_code, valid_from, valid_to,"
	       " digital_from, onboarding, uses_hms FROM core_org WHERE org_id = ?",
	.row = organisation_record,
	.row_size = sizeof(struct organisation),
	.nparams = 1,
	.tenant = YB_ORG,
	.absent = "E-ACC-001",
};

/* GET /account/organisation - the caller's organisation, brief 4.1. */
static int
account_organisation(yb_req *r)
{
	struct organisation o;

	if (yb_db_find(r, &organisation_own, YB_NO_ARGS, &o) < 0)
		return -1;
	return yb_reply_record(r, 200, organisation_record, &o);
}

/* ---- the module ---- */

static const yb_option options[] = {
	{ "lock_failures", "5", 1, 100, "failures", "A-05", "Wrong passwords before the lock." },
	{ "lock_minutes", "30", 0, 1440, "minutes", "A-06",
	    "How long a lock holds; 0: no lock but a wait that doubles with each failure." },
	{ "delay_seconds", "900", 1, 86400, "seconds", "security 9.6", "The longest such wait." },
	{ "network_failures", "100", 1, 100000000, "failures", "security 9.6",
	    "Failed logins of one network (/24, /56) before it must wait." },
	{ "network_minutes", "10", 1, 1440, "minutes", "security 9.6", "In how long." },
	{ "device_days", "30", 1, 365, "days", "security 9.6",
	    "How long a browser is known that somebody logged in from." },
	{ "new_place_mail", "0", 0, 1, NULL, "security 9.6",
	    "1: a mail tells of a login from a browser not known before." },
	{ "password_min", "12", 8, 64, "characters", "A-02", "Shortest password." },
	{ "password_max", "64", 16, 256, "characters", "A-02", "Longest password." },
	{ "password_classes", "3", 1, 4, "classes", "A-02",
	    "Of upper case, lower case, digits and others, so many must occur." },
	{ "password_history", "5", 1, 24, "passwords", "A-03", "Last ones that may not return." },
	{ "password_days", "90", 1, 3650, "days", "A-04",
	    "Life of a password shorter than 13 characters." },
	{ "password_hash", "$argon2id$v=19$m=47104,t=1,p=1$", 0, 0, NULL, "security 9.6",
	    "How a hash begins; another one is renewed at the next login." },
	{ "password_profile", "a02", 0, 0, NULL, "A-02, security J3",
	    "Which passwords are good, one of: a02 (the three above), mhlw13, nist15; or several." },
	{ "password_blocklist", "/usr/share/dict/american-english /usr/share/dict/cracklib-small", 0, 0,
	    NULL, "A-03, security N2",
	    "Files of words that are no passwords, 100,000 together at least; none: no list." },
	{ "temp_days", "14", 1, 90, "days", "A-08", "Life of a temporary password." },
	{ "idle_minutes_muni", "15", 1, 480, "minutes", "A-11", "Idle time, municipalities." },
	{ "idle_minutes_other", "30", 1, 480, "minutes", "A-11", "Idle time, all others." },
	{ "session_hours", "12", 1, 24, "hours", "A-11", "Life of a session, however busy." },
	{ "idle_minutes_admin", "0", 0, 480, "minutes", "A-11, security N5",
	    "Idle time of administrators; 0: like everybody." },
	{ "session_hours_admin", "0", 0, 24, "hours", "A-11, security N5",
	    "Life of an administrator's session; 0: like everybody's." },
	{ "sessions", "1", 1, 1000, "sessions", "A-12", "Of one user at a time." },
	{ "second_factor", "optional", 0, 0, NULL, "A-07, security J2",
	    "off, optional (whoever has one is asked for it), required (of everybody)." },
	{ "second_factor_roles", "", 0, 0, NULL, "A-07",
	    "Roles of whom it is required although it is optional: \"NM-A,NM-S\"." },
	{ "totp_issuer", "yobo", 0, 0, NULL, "A-07", "How the authenticator app calls us." },
	{ "login_minutes", "5", 1, 30, "minutes", "A-07", "Between the two steps of a login." },
	{ "factor_tries", "5", 1, 20, "codes", "A-07", "Wrong codes before a login starts again." },
	{ "factor_failures", "10", 1, 100, "codes", "security 9.6",
	    "Wrong codes in a row before each costs a wait." },
	{ "factor_suspend", "100", 1, 1000, "codes", "security N3",
	    "Wrong codes in a row before the app counts no more." },
	{ "service_hours", "", 0, 0, NULL, "H-1-9",
	    "When people may log in, in Japan: 08:00-21:00; empty: always. Operators may at any time." },
	{ "card_anchors", "", 0, 0, NULL, "A-07, security 9.6",
	    "PEM file of the CAs whose staff cards may log in; empty: no cards." },
	{ "terms", "ask", 0, 0, NULL, "H-1-7",
	    "Terms of use: off, ask (the session tells), required (nothing else before)." },
	{ "terms_version", "1", 0, 0, NULL, "H-1-7", "Their present version." },
	{ "link_minutes", "30", 5, 1440, "minutes", "A-09", "Life of a link in a mail." },
	{ "mails_per_name", "5", 1, 100000000, "requests", "H-1-5",
	    "An hour, for one user ID or one address named." },
	{ "mails_per_address", "5", 1, 100000000, "requests", "H-1-5",
	    "An hour, from one IP address." },
	{ "mail_denied", "mailinator.com,guerrillamail.com,10minutemail.com", 0, 0, NULL, "H-1-1",
	    "Domains, separated by commas, at which nobody is registered." },
	{ "application_days", "7", 1, 90, "days", "security 9.10",
	    "Until an application nobody decided runs out." },
	{ "idle_days", "90", 20, 3650, "days", "A-10", "Without a login until an account is suspended." },
	{ "idle_warn_first", "14", 1, 90, "days", "A-10", "Before that, the first warning." },
	{ "idle_warn_last", "3", 1, 90, "days", "A-10", "Before that, the last warning." },
	{ "review_months", "6", 1, 60, "months", "A-17", "From one review of accounts to the next." },
	{ "review_notice_days", "30", 1, 180, "days", "A-17", "Before a review is due it is a task." },
	{ "users_hmi", "20", 1, 10000, "accounts", "H-1-2", "Of an insured institution." },
	{ "users_muni", "200", 1, 10000, "accounts", "H-1-2", "Of a municipality." },
	{ "users_other", "100", 1, 10000, "accounts", "H-1-2", "Of any other organisation." },
	{ 0 },
};

static const yb_route routes[] = {
	{ YB_POST, "/account/login", account_login, "login",
	    "Checks user ID and password and opens a session.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY,
	    .effect = YB_WRITES, .action = YB_ACT_LOGIN, .function = "H-1-9",
	    .body = account_login_in, .body_size = sizeof(struct account_login_in),
	    .body_limit = 4096, .reply = account_session_out,
	    .flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF },
	{ YB_POST, "/account/login/factor", account_login_factor, "loginFactor",
	    "The second step of a login: a code, or a recovery code.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY,
	    .effect = YB_WRITES, .action = YB_ACT_LOGIN, .function = "H-1-9",
	    .body = account_login_code_in, .body_size = sizeof(struct account_code_in),
	    .body_limit = 4096, .reply = account_session_out,
	    .flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF },
	{ YB_POST, "/account/login/challenge", account_card_challenge, "challengeCard",
	    "A nonce for a staff card to sign.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY, .effect = YB_WRITES,
	    .reply = account_challenge_out, .flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF },
	{ YB_POST, "/account/login/card", account_card_login, "loginCard",
	    "Logs in with a staff card.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY,
	    .effect = YB_WRITES, .action = YB_ACT_LOGIN, .function = "H-1-9",
	    .body = account_card_in, .body_size = sizeof(struct account_card_login_in),
	    .body_limit = 16384, .reply = account_session_out,
	    .flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF },
	{ YB_POST, "/account/reset", account_reset_ask, "requestReset",
	    "Asks for a mail with a link to set a new password.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY,
	    .effect = YB_WRITES, .action = YB_ACT_CREATE, .function = "H-1-5",
	    .body = account_reset_in, .body_size = sizeof(struct account_reset_in),
	    .body_limit = 4096, .reply = account_accepted_out, .status = 202,
	    .flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF },
	{ YB_POST, "/account/reset/check", account_reset_check, "checkReset",
	    "Whether a link of a reset still holds, and whether a code is needed.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY,
	    .effect = YB_WRITES, .action = YB_ACT_VIEW, .function = "H-1-5",
	    .body = account_token_in, .body_size = sizeof(struct account_token_in),
	    .body_limit = 4096, .reply = account_link_out,
	    .flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF },
	{ YB_POST, "/account/reset/done", account_reset_done, "resetPassword",
	    "Sets a new password with the link of the mail.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-1-5",
	    .body = account_reset_done_in, .body_size = sizeof(struct account_reset_done_in),
	    .body_limit = 4096, .status = 204, .flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF },
	{ YB_POST, "/account/id-notice", account_notice_ask, "requestIdNotice",
	    "Asks for a mail with the user IDs of an address.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY,
	    .effect = YB_WRITES, .action = YB_ACT_CREATE, .function = "H-1-6",
	    .body = account_notice_in, .body_size = sizeof(struct account_notice_in),
	    .body_limit = 4096, .reply = account_accepted_out, .status = 202,
	    .flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF },
	{ YB_POST, "/account/mail-confirm", account_mail_confirm, "confirmMail",
	    "Confirms a new mail address with the link sent there.",
	    .who = YB_PUBLIC, .reach = YB_REACH_NOBODY,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-1-3",
	    .body = account_token_in, .body_size = sizeof(struct account_token_in),
	    .body_limit = 4096, .status = 204, .flags = YB_NO_IDEMPOTENCY | YB_NO_CSRF },
	{ YB_POST, "/account/logout", account_logout, "logout", "Ends this session.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_LOGOUT, .function = "H-1-9", .status = 204,
	    .flags = YB_NO_IDEMPOTENCY | YB_ANY_STATE },
	{ YB_GET, "/account/session", account_get_session, "getSession",
	    "Who is logged in, with which permissions.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-1-9",
	    .reply = account_session_out, .flags = YB_ANY_STATE },
	{ YB_POST, "/account/password", account_change_password, "changePassword",
	    "Changes one's own password; opens a new session.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-1-7",
	    .body = account_password_in, .body_size = sizeof(struct account_password_in),
	    .body_limit = 4096, .reply = account_session_out,
	    .flags = YB_NO_IDEMPOTENCY | YB_ANY_STATE },
	{ YB_POST, "/account/step-up", account_step_up, "stepUp",
	    "The password again: opens sensitive acts for a few minutes.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_VIEW, .function = "H-1-9",
	    .body = account_step_up_in, .body_size = sizeof(struct account_step_up_in),
	    .body_limit = 4096, .status = 204, .flags = YB_NO_IDEMPOTENCY | YB_ANY_STATE },
	{ YB_POST, "/account/terms", account_terms, "acceptTerms",
	    "Accepts the terms of use; opens a new session.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_APPROVE, .function = "H-1-7",
	    .body = account_terms_in, .body_size = sizeof(struct account_terms_in),
	    .body_limit = 4096, .reply = account_session_out,
	    .flags = YB_NO_IDEMPOTENCY | YB_ANY_STATE },
	{ YB_GET, "/account/sessions", account_sessions, "listSessions",
	    "Where one is logged in.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_READS, .action = YB_ACT_LIST, .function = "H-1-9",
	    .reply = account_sessions_out },
	{ YB_DELETE, "/account/sessions", account_session_end_others, "endOtherSessions",
	    "Ends all sessions of one's own but this.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_LOGOUT, .function = "H-1-9",
	    .status = 204 },
	{ YB_DELETE, "/account/sessions/{session_id}", account_session_end, "endSession",
	    "Ends one session of one's own.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_LOGOUT, .function = "H-1-9",
	    .status = 204 },
	{ YB_POST, "/account/factor/totp", account_factor_begin, "beginFactor",
	    "A new secret for an authenticator app, as text and QR code.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_CREATE, .function = "H-1-7",
	    .step_up = true, .reply = account_factor_begun_out,
	    .flags = YB_NO_IDEMPOTENCY | YB_ANY_STATE },
	{ YB_POST, "/account/factor/totp/confirm", account_factor_confirm, "confirmFactor",
	    "A first code: the app counts from now on. Recovery codes, shown once.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-1-7",
	    .step_up = true, .body = account_factor_code_in, .body_size = sizeof(yb_str),
	    .body_limit = 4096, .reply = account_factor_done_out,
	    .flags = YB_NO_IDEMPOTENCY | YB_ANY_STATE },
	{ YB_POST, "/account/factor/recovery", account_factor_recovery, "renewRecoveryCodes",
	    "Ten new recovery codes, shown once.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-1-7",
	    .step_up = true, .reply = account_recovery_out, .flags = YB_NO_IDEMPOTENCY },
	{ YB_DELETE, "/account/factor", account_factor_remove, "removeFactor",
	    "Takes one's own second factor away.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_DELETE, .function = "H-1-7",
	    .step_up = true, .status = 204 },
	{ YB_POST, "/account/cards", account_card_register, "registerCard",
	    "Registers a staff card for logging in.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_CREATE, .function = "H-1-9",
	    .step_up = true, .body = account_card_in, .body_size = sizeof(struct account_card_login_in),
	    .body_limit = 16384, .reply = account_cards_out, .flags = YB_NO_IDEMPOTENCY },
	{ YB_GET, "/account/cards", account_cards, "listCards",
	    "One's own staff cards.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_READS, .action = YB_ACT_LIST, .function = "H-1-9",
	    .reply = account_cards_out },
	{ YB_DELETE, "/account/cards/{card_id}", account_card_remove, "removeCard",
	    "A staff card logs in no more.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_DELETE, .function = "H-1-9",
	    .step_up = true, .status = 204 },
	{ YB_GET, "/account/me", account_me, "getMe",
	    "One's own data.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-1-3",
	    .reply = account_me_out },
	{ YB_PATCH, "/account/me", account_change_me, "changeMe",
	    "Changes one's own data; a new mail address waits for its confirmation.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-1-3",
	    .step_up = true, .body = account_me_in, .body_size = sizeof(struct account_me_in),
	    .reply = account_me_out, .flags = YB_IF_MATCH },
	{ YB_GET, "/account/organisation", account_organisation, "getOrganisation",
	    "The caller's organisation.",
	    .who = YB_STAFF, .roles = YB_DO(SELF), .reach = YB_REACH_OWN,
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-1-3",
	    .reply = organisation_record },
	{ YB_POST, "/account/users/{user_id}/factor-reset", account_factor_reset, "resetFactor",
	    "Takes the second factor of somebody away whose phone is lost.",
	    .who = YB_STAFF, .roles = YB_DO(H_1_4), .reach = YB_REACH_CROSS, .step_up = true,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-1-4",
	    .body = account_factor_reset_in, .body_size = sizeof(yb_str), .status = 204 },
#include "account_admin_routes.def"
	{ 0 },
};

static const yb_query *const queries[] = {
	&organisation_own,
	&account_by_login,
	&account_by_actor,
	&account_step_add,
	&account_step_find,
	&account_step_try,
	&account_step_end,
	&account_step_end_all,
	&account_org_in_use,
	&account_factor_of,
	&account_factor_pend,
	&account_factor_enrol,
	&account_factor_step,
	&account_factor_fail,
	&account_factor_clear,
	&account_recovery_set,
	&account_recovery_use,
	&account_recovery_drop,
	&account_throttle_of,
	&account_throttle_add,
	&account_device_of,
	&account_device_fail,
	&account_device_unlock,
	&account_device_seen,
	&account_device_trim,
	&account_device_drop,
	&account_device_any,
	&account_purge_throttle,
	&account_purge_step,
	&account_purge_link,
	&account_purge_device,
	&account_accept_terms,
	&account_me_set,
	&account_mail_set,
	&account_mail_waiting,
	&account_request_add,
	&account_request_next,
	&account_request_drop,
	&account_ids_of_mail,
	&account_link_add,
	&account_link_of,
	&account_link_tried,
	&account_link_replace,
	&account_link_end_all,
	&account_mail_verified,
	&account_card_by_certificate,
	&account_card_add,
	&account_card_again,
	&account_card_list,
	&account_card_used,
	&account_card_drop,
	&account_self,
	&account_count_failure,
	&account_logged_in,
	&account_rehash,
	&account_self_locked,
	&account_set_password,
	&account_history,
	&account_remember,
#include "account_admin_queries.def"
	NULL,
};

static const yb_timer timers[] = {
	{ "answer-requests", NULL, 5, account_answer_requests, "H-1-5", YB_ACT_NONE,
	    "Sends the mails of resets and user-ID notices that were asked for." },
	{ "purge", NULL, 600, account_purge, "H-1-9", YB_ACT_NONE,
	    "Deletes links, steps of logins, counts and browsers whose time is over." },
	{ "suspend-idle", .daily = "02:00", .run = account_suspend_idle, .function = "H-1-8",
	    .note = "Warns and suspends accounts nobody uses, disables those whose last day is over." },
	{ "move", NULL, 60, account_move, "H-8-6", YB_ACT_NONE,
	    "Moves the accounts of merged municipalities to the new one." },
	{ "tidy", .daily = "03:30", .run = account_tidy, .function = "H-1-1",
	    .note = "Wipes letters nobody printed and forgets applications nobody decided." },
	{ 0 },
};

static const yb_job_kind *const jobs[] = { &account_job_applications, &account_job_users, NULL };

extern const yb_module yb_module_account;

const yb_module yb_module_account = {
	.abi = YB_ABI,
	.size = sizeof(yb_module),
	.name = "account",
	.version = "0.1.0",
	.schema = 10,
	.options = options,
	.routes = routes,
	.queries = queries,
	.timers = timers,
	.jobs = jobs,
	.start = account_start,
};
