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

#define EVERYBODY  "KC-A,KC-S,KR-A,KR-S,MH-A,MH-S,MU-A,MU-S,MU-V,MI-A,MI-S,NM-A,NM-S,OP"
#define ADMINS	   "KC-A,KR-A,MH-A,MU-A,MI-A,NM-A"
#define ISSUERS	   "MU-A,NM-A"
#define RECORDERS  "MU-A,MU-S,MI-A,MI-S,NM-A,NM-S"
#define VIEWERS	   "MU-A,MU-S,MU-V,MI-A,MI-S,NM-A,NM-S"
#define SEARCHERS  "MU-A,MU-S,MU-V"

/* What the shell offers to whom; the routes themselves decide, this only hides the rest. */
static const struct permission {
	const char *operation; /* operationId */
	const char *area, *roles;
} permissions[] = {
	{ "changePassword", "account", EVERYBODY },
	{ "getOrganisation", "account", EVERYBODY },
	{ "listUsers", "account", ADMINS },
	{ "getUser", "account", ADMINS },
	{ "createUser", "account", ADMINS },
	{ "changeUserState", "account", ADMINS },
	{ "listAccessTokens", "token", "MU-A,MU-S,NM-A,NM-S" },
	{ "issueAccessToken", "token", ISSUERS },
	{ "revokeAccessToken", "token", ISSUERS ",KC-A" },
	{ "searchSubjects", "record", SEARCHERS },
	{ "getSearch", "record", SEARCHERS },
	{ "getTimeline", "record", VIEWERS },
	{ "getVaccination", "record", VIEWERS },
	{ "checkVaccination", "record", RECORDERS },
	{ "createVaccination", "record", RECORDERS },
	{ "correctVaccination", "record", RECORDERS },
};

#define N_PERMISSIONS (sizeof permissions / sizeof permissions[0])

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

/* The first permission is the one a temporary password leaves. */
static bool
permitted(size_t i, yb_str role, bool temporary)
{
	return (i == 0 || !temporary) && yb_word_in(role, permissions[i].roles, ',');
}

yb_list
account_permissions(yb_req *r, yb_str role, bool restricted_view, bool temporary)
{
	yb_str *items = yb_alloc(r, (N_PERMISSIONS + 1) * sizeof *items);
	size_t n = 0;

	for (size_t i = 0; i < N_PERMISSIONS; i++)
		if (permitted(i, role, temporary))
			items[n++] = yb_cstr(permissions[i].operation);
	if (restricted_view && !temporary)
		items[n++] = YB_STR("restricted_view");
	return (yb_list) { items, n };
}

yb_list
account_areas(yb_req *r, yb_str role, bool temporary)
{
	yb_str *items = yb_alloc(r, N_PERMISSIONS * sizeof *items);
	size_t n = 0;

	/* Permissions of an area stand together. */
	for (size_t i = 0; i < N_PERMISSIONS; i++)
		if (permitted(i, role, temporary) &&
		    (n == 0 || !yb_str_is(items[n - 1], permissions[i].area)))
			items[n++] = yb_cstr(permissions[i].area);
	return (yb_list) { items, n };
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
	{ "lock_minutes", "30", 1, 1440, "minutes", "A-06", "How long a lock holds." },
	{ "password_min", "12", 8, 64, "characters", "A-02", "Shortest password." },
	{ "password_max", "64", 16, 256, "characters", "A-02", "Longest password." },
	{ "password_classes", "3", 1, 4, "classes", "A-02",
	    "Of upper case, lower case, digits and others, so many must occur." },
	{ "password_history", "5", 1, 24, "passwords", "A-03", "Last ones that may not return." },
	{ "password_days", "90", 1, 3650, "days", "A-04",
	    "Life of a password shorter than 13 characters." },
	{ "password_hash", "$argon2id$v=19$m=47104,t=1,p=1$", 0, 0, NULL, "security 9.6",
	    "How a hash begins; another one is renewed at the next login." },
	{ "temp_days", "14", 1, 90, "days", "A-08", "Life of a temporary password." },
	{ "idle_minutes_muni", "15", 1, 480, "minutes", "A-11", "Idle time, municipalities." },
	{ "idle_minutes_other", "30", 1, 480, "minutes", "A-11", "Idle time, all others." },
	{ "session_hours", "12", 1, 24, "hours", "A-11", "Life of a session, however busy." },
	{ "sessions", "1", 1, 1000, "sessions", "A-12", "Of one user at a time." },
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
	{ YB_POST, "/account/logout", account_logout, "logout", "Ends this session.",
	    .who = YB_STAFF, .roles = "*", .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_LOGOUT, .function = "H-1-9", .status = 204,
	    .flags = YB_NO_IDEMPOTENCY | YB_ANY_STATE },
	{ YB_GET, "/account/session", account_get_session, "getSession",
	    "Who is logged in, with which permissions.",
	    .who = YB_STAFF, .roles = "*", .reach = YB_REACH_SELF,
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-1-9",
	    .reply = account_session_out, .flags = YB_ANY_STATE },
	{ YB_POST, "/account/password", account_change_password, "changePassword",
	    "Changes one's own password; opens a new session.",
	    .who = YB_STAFF, .roles = "*", .reach = YB_REACH_SELF,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-1-7",
	    .body = account_password_in, .body_size = sizeof(struct account_password_in),
	    .body_limit = 4096, .reply = account_session_out,
	    .flags = YB_NO_IDEMPOTENCY | YB_ANY_STATE },
	{ YB_GET, "/account/organisation", account_organisation, "getOrganisation",
	    "The caller's organisation.",
	    .who = YB_STAFF, .roles = "*", .reach = YB_REACH_OWN,
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-1-3",
	    .reply = organisation_record },
	{ YB_GET, "/account/users", account_list, "listUsers",
	    "Users of the own organisation, page by page.",
	    .who = YB_STAFF, .roles = ADMINS, .reach = YB_REACH_OWN,
	    .effect = YB_READS, .action = YB_ACT_LIST, .function = "H-1-4",
	    .query = account_list_in, .query_size = sizeof(struct account_list_in),
	    .reply = account_list_out },
	{ YB_GET, "/account/users/{user_id}", account_get, "getUser",
	    "One user of the own organisation.",
	    .who = YB_STAFF, .roles = ADMINS, .reach = YB_REACH_OWN,
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-1-4",
	    .reply = account_user_out },
	{ YB_POST, "/account/users", account_create, "createUser",
	    "A new account with a temporary password, shown once.",
	    .who = YB_STAFF, .roles = ADMINS, .reach = YB_REACH_OWN,
	    .effect = YB_WRITES, .action = YB_ACT_CREATE, .function = "H-1-2",
	    .body = account_create_in, .body_size = sizeof(struct account_create_in),
	    .reply = account_issued_out, .status = 201 },
	{ YB_POST, "/account/users/{user_id}/state", account_state, "changeUserState",
	    "Unlocks, disables, enables, deletes an account or reissues its password.",
	    .who = YB_STAFF, .roles = ADMINS, .reach = YB_REACH_CROSS,
	    .flags = YB_IF_MATCH, .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-1-4",
	    .body = account_state_in, .body_size = sizeof(struct account_state_in),
	    .reply = account_issued_out },
	{ 0 },
};

static const yb_query *const queries[] = {
	&organisation_own,
	&account_by_login,
	&account_self,
	&account_count_failure,
	&account_logged_in,
	&account_rehash,
	&account_self_locked,
	&account_set_password,
	&account_history,
	&account_remember,
	&account_page,
	&account_by_id,
	&account_by_id_locked,
	&account_admin_anywhere,
	&account_org_lock,
	&account_org_count,
	&account_insert,
	&account_other_admin,
	&account_other_admin_anywhere,
	&account_set_state,
	&account_set_state_anywhere,
	NULL,
};

extern const yb_module yb_module_account;

const yb_module yb_module_account = {
	.abi = YB_ABI,
	.size = sizeof(yb_module),
	.name = "account",
	.version = "0.1.0",
	.schema = 1,
	.options = options,
	.routes = routes,
	.queries = queries,
};
