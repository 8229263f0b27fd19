/*
 * account_apply.c - applications for the first administrator of an organisation (vaccination
 * brief 13 H-1-1): what one person of 国保中央会 asks for and another one decides
 * (account_approve.c).
 */
#include "account_admin.h"

#include <string.h>

/* ---- shapes ---- */

const yb_field account_apply_in[] = {
	{ "org_code", YB_OF(struct account_apply_in, org_code), .max = 10,
	    .format = &yb_format_org_code,
	    .note = "An organisation of the master; none for a new 非保険医療機関." },
	{ "org_name", YB_OF(struct account_apply_in, org_name), .max = 80, .min = 1,
	    .format = &yb_format_name, .note = "Of a new 非保険医療機関, which is numbered here." },
	{ "org_name_kana", YB_OF(struct account_apply_in, org_name_kana), .max = 160, .min = 1,
	    .format = &yb_format_kana },
	{ "pref_code", YB_OF(struct account_apply_in, pref_code), .max = 2, .min = 2,
	    .note = "01 to 47, of a new 非保険医療機関." },
	{ "reason", YB_OF(struct account_apply_in, reason), .one_of = "FIRST,NO_ADMIN",
	    .note = "FIRST unless said; NO_ADMIN (管理者不在) where administrators exist." },
	{ "name", YB_OF(struct account_apply_in, name), .flags = YB_REQUIRED, .max = 40, .min = 1,
	    .format = &yb_format_name },
	{ "name_kana", YB_OF(struct account_apply_in, name_kana), .flags = YB_REQUIRED, .max = 60,
	    .min = 1, .format = &yb_format_kana },
	{ "department", YB_OF(struct account_apply_in, department), .max = 60, .min = 1 },
	{ "mail", YB_OF(struct account_apply_in, mail), .flags = YB_REQUIRED, .max = 254,
	    .format = &yb_format_mail },
	{ "phone", YB_OF(struct account_apply_in, phone), .max = 15, .min = 1,
	    .format = &account_phone_format },
	{ "evidence", YB_OF(struct account_apply_in, evidence), .max = 200, .min = 1,
	    .note = "Where the form is kept." },
	{ "applied_on", YB_OF(struct account_apply_in, applied_on), .flags = YB_REQUIRED,
	    .note = "Day of the form, not after today." },
	{ "start_on", YB_OF(struct account_apply_in, start_on), .note = "Planned start." },
	{ "paper", YB_OF(struct account_apply_in, paper),
	    .note = "The temporary password goes by letter (発行通知書) instead of mail." },
	{ 0 },
};

const yb_field account_application_row[] = {
	{ "application_id", YB_OF(struct account_application, application_id) },
	{ "application_no", YB_OF(struct account_application, application_no) },
	{ "org_id", YB_OF(struct account_application, org_id) },
	{ "org_is_new", YB_OF(struct account_application, org_is_new) },
	{ "org_code", YB_OF(struct account_application, org_code) },
	{ "org_type", YB_OF(struct account_application, org_type) },
	{ "org_name", YB_OF(struct account_application, org_name) },
	{ "reason", YB_OF(struct account_application, reason) },
	{ "name", YB_OF(struct account_application, name) },
	{ "name_kana", YB_OF(struct account_application, name_kana) },
	{ "department", YB_OF(struct account_application, department) },
	{ "mail", YB_OF(struct account_application, mail) },
	{ "phone", YB_OF(struct account_application, phone) },
	{ "applied_on", YB_OF(struct account_application, applied_on) },
	{ "start_on", YB_OF(struct account_application, start_on) },
	{ "evidence", YB_OF(struct account_application, evidence) },
	{ "paper", YB_OF(struct account_application, paper) },
	{ "job_no", YB_OF(struct account_application, job_no) },
	{ "sha256", YB_OF(struct account_application, sha256) },
	{ "state", YB_OF(struct account_application, state) },
	{ "maker_id", YB_OF(struct account_application, maker_id) },
	{ "maker_person", YB_OF(struct account_application, maker_person) },
	{ "maker_user_id", YB_OF(struct account_application, maker_user_id) },
	{ "maker_name", YB_OF(struct account_application, maker_name) },
	{ "made_us", YB_OF(struct account_application, made) },
	{ "expires_us", YB_OF(struct account_application, expires) },
	{ "approver_user_id", YB_OF(struct account_application, approver_user_id) },
	{ "approver_name", YB_OF(struct account_application, approver_name) },
	{ "decided_us", YB_OF(struct account_application, decided) },
	{ "comment", YB_OF(struct account_application, comment) },
	{ "issued_user_id", YB_OF(struct account_application, issued_user_id) },
	{ "issued_actor_id", YB_OF(struct account_application, issued_actor_id) },
	{ 0 },
};

const yb_field account_application_out[] = {
	{ "application_no", YB_OF(struct account_application, application_no) },
	{ "org_code", YB_OF(struct account_application, org_code) },
	{ "org_type", YB_OF(struct account_application, org_type) },
	{ "org_name", YB_OF(struct account_application, org_name) },
	{ "org_is_new", YB_OF(struct account_application, org_is_new) },
	{ "reason", YB_OF(struct account_application, reason) },
	{ "name", YB_OF(struct account_application, name) },
	{ "name_kana", YB_OF(struct account_application, name_kana) },
	{ "department", YB_OF(struct account_application, department) },
	{ "mail", YB_OF(struct account_application, mail) },
	{ "phone", YB_OF(struct account_application, phone) },
	{ "applied_on", YB_OF(struct account_application, applied_on) },
	{ "start_on", YB_OF(struct account_application, start_on) },
	{ "evidence", YB_OF(struct account_application, evidence) },
	{ "paper", YB_OF(struct account_application, paper) },
	{ "job_no", YB_OF(struct account_application, job_no) },
	{ "sha256", YB_OF(struct account_application, sha256_hex),
	    .note = "Of what was asked for; the decision names it." },
	{ "state", YB_OF(struct account_application, state),
	    .note = "WAITING, ISSUED, REJECTED, EXPIRED." },
	{ "maker_user_id", YB_OF(struct account_application, maker_user_id) },
	{ "maker_name", YB_OF(struct account_application, maker_name) },
	{ "made_at", YB_OF(struct account_application, made) },
	{ "expires_at", YB_OF(struct account_application, expires) },
	{ "approver_user_id", YB_OF(struct account_application, approver_user_id) },
	{ "approver_name", YB_OF(struct account_application, approver_name) },
	{ "decided_at", YB_OF(struct account_application, decided) },
	{ "comment", YB_OF(struct account_application, comment) },
	{ "issued_user_id", YB_OF(struct account_application, issued_user_id) },
	{ "may_decide", YB_OF(struct account_application, may_decide),
	    .note = "The reader is another person than the maker." },
	{ "similar", YB_OF(struct account_application, similar),
	    YB_EACH(account_similar_out, struct account_similar),
	    .note = "Accounts of the organisation with this mail or name: a warning." },
	{ 0 },
};

const yb_field account_applications_in[] = {
	{ "limit", YB_OF(struct account_applications_in, limit), .min = 1, .max = 200,
	    .note = "50." },
	{ "after", YB_OF(struct account_applications_in, after),
	    .note = "`next` of the page before." },
	{ "state", YB_OF(struct account_applications_in, state),
	    .one_of = "WAITING,ISSUED,REJECTED,EXPIRED" },
	{ "org_code", YB_OF(struct account_applications_in, org_code), .max = 10 },
	{ "job_no", YB_OF(struct account_applications_in, job_no), .max = 12 },
	{ 0 },
};

struct applications_out {
	yb_list applications;
	yb_int next;
};

const yb_field account_applications_out[] = {
	{ "applications", YB_OF(struct applications_out, applications),
	    YB_EACH(account_application_out, struct account_application) },
	{ "next", YB_OF(struct applications_out, next), .note = "Null on the last page." },
	{ 0 },
};

/* ---- queries ---- */

const yb_query account_has_admin_query = {
	.name = "account_has_admin_query",
	.sql = "SELECT COUNT(*) AS n FROM account_user WHERE org_id = ? AND is_admin = 1"
	       " AND status IN ('TEMP', 'ACTIVE')",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query account_waiting = {
	.name = "account_waiting",
	.sql = "SELECT COUNT(*) AS n FROM account_application WHERE org_id = ?"
	       " AND state = 'WAITING' AND expires_us > ?",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* Forward only: an organisation in use stays in use when it applies again. */
const yb_query account_org_set_onboarding = {
	.name = "account_org_set_onboarding",
	.sql = "UPDATE core_org SET onboarding = ?, row_ver = row_ver + 1, updated_us = ?"
	       " WHERE org_id = ? AND onboarding IN ('未申請', '申請中')",
	.nparams = 3,
	.tenant = YB_CROSS,
};

/* Serials of the 999 thousands are samples. Locked: the next one waits. */
const yb_query account_nmi_last = {
	.name = "account_nmi_last",
	.sql = "SELECT COALESCE(MAX(CAST(SUBSTRING(org_code, 4, 6) AS SIGNED)), 0) AS n"
	       " FROM core_org WHERE org_code LIKE CONCAT('N', ?, '%')"
	       " AND SUBSTRING(org_code, 4, 6) < '999000' FOR UPDATE",
	.row = account_counted_row,
	.row_size = sizeof(struct account_counted),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query account_nmi_insert = {
	.name = "account_nmi_insert",
	.sql = "INSERT INTO core_org (org_code, org_type, name, name_kana, pref_code,"
	       " parent_org_id, valid_from, onboarding, uses_hms, created_us, updated_us)"
	       " VALUES (?, 'NMI', ?, ?, ?, (SELECT f.org_id FROM core_org f"
	       " WHERE f.org_type = 'NHIF' AND f.org_code = ?), ?, '未申請', 0, ?, ?)",
	.nparams = 8,
	.tenant = YB_CROSS,
};

const yb_query account_application_insert = {
	.name = "account_application_insert",
	.sql = "INSERT INTO account_application (application_no, org_id, org_is_new, reason, name,"
	       " name_kana, department, mail, phone, applied_on, start_on, evidence, paper, job_no,"
	       " sha256, maker_id, maker_person, made_us, expires_us)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 19,
	.tenant = YB_CROSS,
};

const yb_query account_application_page = {
	.name = "account_application_page",
	.sql = ACCOUNT_APPLICATION
	       " WHERE a.application_id < ? AND (? IS NULL OR ? = IF(a.state = 'WAITING'"
	       "  AND a.expires_us <= ?, 'EXPIRED', a.state))"
	       " AND (? IS NULL OR a.state = ?) AND (? IS NULL OR a.org_id ="
	       "  (SELECT w.org_id FROM core_org w WHERE w.org_code = ?))"
	       " AND (? IS NULL OR a.job_no = ?) ORDER BY a.application_id DESC LIMIT ?",
	.row = account_application_row,
	.row_size = sizeof(struct account_application),
	.nparams = 11,
	.tenant = YB_CROSS,
};

const yb_query account_application_by_no = {
	.name = "account_application_by_no",
	.sql = ACCOUNT_APPLICATION " WHERE a.application_no = ?",
	.row = account_application_row,
	.row_size = sizeof(struct account_application),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* ---- looking ---- */

yb_str
account_admin_role(enum yb_org_type type)
{
	static const char *const roles[] = {
		[YB_ORG_NHIC] = "KC-A",
		[YB_ORG_NHIF] = "KR-A",
		[YB_ORG_MHLW] = "MH-A",
		[YB_ORG_MUNI] = "MU-A",
		[YB_ORG_HMI] = "MI-A",
		[YB_ORG_NMI] = "NM-A",
		[YB_ORG_OPS] = "OP",
		[YB_ORG_MNP] = NULL,
	};

	return yb_cstr(roles[type]);
}

int
account_has_admin(yb_req *r, int64_t org_id)
{
	struct account_counted n;

	if (yb_db_find(r, &account_has_admin_query, YB_ARGS(yb_i64(org_id)), &n) < 0)
		return -1;
	return n.n > 0 ? 1 : 0;
}

/* ---- asking ---- */

static const char *
fault(const char **ret_code, const char *code, const char *field)
{
	*ret_code = code;
	return field;
}

/* A new 非保険医療機関: everything to number it, and nothing that names one. */
static const char *
new_org_fault(const struct account_apply_in *in, const char **ret_code)
{
	int pref = 0;

	if (in->org_name.p == NULL)
		return fault(ret_code, "E-VAL-001", "/org_code");
	if (in->org_name_kana.p == NULL)
		return fault(ret_code, "E-VAL-001", "/org_name_kana");
	if (in->pref_code.p == NULL)
		return fault(ret_code, "E-VAL-001", "/pref_code");
	for (size_t i = 0; i < in->pref_code.len; i++) {
		if (in->pref_code.p[i] < '0' || in->pref_code.p[i] > '9')
			return fault(ret_code, "E-VAL-011", "/pref_code");
		pref = pref * 10 + (in->pref_code.p[i] - '0');
	}
	if (pref < 1 || pref > 47)
		return fault(ret_code, "E-VAL-011", "/pref_code");
	if (yb_str_is(in->reason, "NO_ADMIN"))
		return fault(ret_code, "E-VAL-013", "/reason");
	return NULL;
}

/* What is wrong with an organisation of the master; 0, or -1 recorded. */
static int
known_org_fault(yb_req *r, const struct account_apply_in *in, const char **ret_field,
    const char **ret_code)
{
	struct account_counted waiting;
	yb_org org;
	int has;

	if (in->org_name.p != NULL || in->org_name_kana.p != NULL || in->pref_code.p != NULL) {
		*ret_field = fault(ret_code, "E-VAL-013", "/org_name");
		return 0;
	}
	switch (yb_org_by_code(r, in->org_code, &org)) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		*ret_field = fault(ret_code, "E-ACC-001", "/org_code");
		return 0;
	case YB_ONE_ROW:
		break;
	}
	*ret_field = "/org_code";
	if (account_admin_role(yb_org_type_of(org.org_type)).p == NULL)
		*ret_code = "E-VAL-011"; /* nobody logs in there */
	else if (!org.open_today)
		*ret_code = "E-VAL-012";
	if (*ret_code != NULL)
		return 0;
	has = account_has_admin(r, org.org_id);
	if (has < 0 ||
	    yb_db_find(r, &account_waiting, YB_ARGS(yb_i64(org.org_id), yb_at(yb_now(r))),
		&waiting) < 0)
		return -1;
	if (has == 1 && !yb_str_is(in->reason, "NO_ADMIN"))
		*ret_code = "E-ACC-002";
	else if (waiting.n > 0)
		*ret_code = "E-ACC-022";
	return 0;
}

int
account_apply_fault(yb_req *r, const struct account_apply_in *in, const char **ret_field,
    const char **ret_code)
{
	*ret_field = *ret_code = NULL;
	if (account_mail_denied(r, in->mail))
		*ret_field = fault(ret_code, "E-VAL-002", "/mail");
	else if (yb_date_cmp(in->applied_on, yb_today(r)) > 0)
		*ret_field = fault(ret_code, "E-VAL-003", "/applied_on");
	else if (in->start_on.year != 0 && yb_date_cmp(in->start_on, in->applied_on) < 0)
		*ret_field = fault(ret_code, "E-VAL-003", "/start_on");
	else if (in->org_code.p == NULL)
		*ret_field = new_org_fault(in, ret_code);
	else
		return known_org_fault(r, in, ret_field, ret_code);
	return 0;
}

/* The next number of a prefecture (ID-04): N, prefecture, serial, check digit. */
static int
nmi_create(yb_req *r, const struct account_apply_in *in, int64_t *ret_org_id, yb_str *ret_code)
{
	yb_value now = yb_at(yb_now(r)), pref = yb_text(in->pref_code);
	struct account_counted last;
	int rc = YB_DUPLICATE;

	for (int i = 0; i < 4 && rc == YB_DUPLICATE; i++) {
		yb_str body;

		if (yb_db_find(r, &account_nmi_last, YB_ARGS(pref), &last) < 0)
			return -1;
		body = yb_format_text(r, "%.*s%06lld", (int)in->pref_code.len, in->pref_code.p,
		    (long long)last.n + 1 + i);
		*ret_code = yb_format_text(r, "N%.*s%d", (int)body.len, body.p,
		    yb_check_digit_luhn(body));
		rc = yb_db_exec(r, &account_nmi_insert,
		    YB_ARGS(yb_text(*ret_code), yb_text(in->org_name),
			yb_text(yb_kana(r, in->org_name_kana)), pref, pref, yb_day(yb_today(r)),
			now, now),
		    NULL);
	}
	*ret_org_id = yb_db_last_id(r);
	if (rc == YB_DUPLICATE)
		return yb_problem(r, "E-SYS-003");
	return rc;
}

/* What the approver says to have seen. Fields cannot hold a line break. */
static yb_bytes
payload_hash(yb_req *r, const struct account_apply_in *in, yb_str org_code, yb_str kana)
{
	yb_str reason = yb_str_empty(in->reason) ? YB_STR("FIRST") : in->reason;
	yb_str text = yb_format_text(r,
	    "%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%lld\n%lld\n%d", (int)org_code.len,
	    org_code.p, (int)reason.len, reason.p, (int)in->name.len, in->name.p, (int)kana.len,
	    kana.p, (int)in->department.len, in->department.p, (int)in->mail.len, in->mail.p,
	    (int)in->phone.len, in->phone.p, (int)in->evidence.len, in->evidence.p,
	    (long long)yb_date_days(in->applied_on),
	    in->start_on.year == 0 ? -1LL : (long long)yb_date_days(in->start_on), in->paper);

	return yb_sha256(r, (yb_bytes) { (const unsigned char *)text.p, text.len });
}

int
account_apply_store(yb_req *r, const struct account_apply_in *in, const struct account_user *self,
    yb_str job_no, yb_str *ret_no)
{
	yb_time now = yb_now(r);
	yb_value until = yb_at((yb_time) {
	    now.us + yb_option_i64(r, "application_days") * ACCOUNT_DAY_US });
	yb_str kana = yb_kana(r, in->name_kana), org_code = in->org_code;
	yb_org org = { 0 };

	if (in->org_code.p == NULL) {
		if (nmi_create(r, in, &org.org_id, &org_code) < 0)
			return -1;
	} else if (yb_org_by_code(r, in->org_code, &org) != YB_ONE_ROW) {
		return yb_problem(r, "E-ACC-001");
	}
	*ret_no = yb_format_text(r, "AP%.*s", 9, yb_random_number(r, 8).p);
	if (yb_db_exec(r, &account_application_insert,
		YB_ARGS(yb_text(*ret_no), yb_i64(org.org_id), yb_bool(in->org_code.p == NULL),
		    yb_text(yb_str_empty(in->reason) ? YB_STR("FIRST") : in->reason),
		    yb_text(in->name), yb_text(kana), yb_text(in->department), yb_text(in->mail),
		    yb_text(in->phone), yb_day(in->applied_on), yb_day(in->start_on),
		    yb_text(in->evidence), yb_bool(in->paper), yb_text(job_no),
		    yb_blob(payload_hash(r, in, org_code, kana)), yb_i64(self->actor_id),
		    yb_id(self->person_id), yb_at(now), until),
		NULL) != 0)
		return yb_problem(r, "E-SYS-002"); /* the number is taken: ask again */
	return account_exec(r, &account_org_set_onboarding,
		   YB_ARGS(yb_text(YB_STR("申請中")), yb_at(now), yb_i64(org.org_id))) < 0
	    ? -1
	    : 0;
}

/* ---- showing ---- */

void
account_application_show(yb_req *r, struct account_application *a, const struct account_user *self)
{
	a->sha256_hex = yb_hex(r, a->sha256);
	if (yb_str_is(a->state, "WAITING") && a->expires.us <= yb_now(r).us)
		a->state = YB_STR("EXPIRED");
	a->may_decide = yb_str_is(a->state, "WAITING") && a->maker_id != self->actor_id &&
	    memcmp(a->maker_person.b, self->person_id.b, sizeof a->maker_person.b) != 0;
}

static int
application_reply(yb_req *r, int status, yb_str no, const struct account_user *self)
{
	struct account_application a;

	if (yb_db_find(r, &account_application_by_no, YB_ARGS(yb_text(no)), &a) < 0)
		return -1;
	yb_audit_target(r, "application", a.application_no);
	if (account_similar_find(r, a.org_id, a.mail, a.name_kana, &a.similar) < 0)
		return -1;
	account_application_show(r, &a, self);
	return yb_reply_record(r, status, account_application_out, &a);
}

/* POST /account/applications - asks for the first administrator of an organisation, H-1-1. */
int
account_apply(yb_req *r)
{
	const struct account_apply_in *in = yb_body(r);
	const char *field, *code;
	struct account_user self;
	yb_org org;
	yb_str no;

	/* Two who ask for the same organisation meet here; an unknown one is found below. */
	if (in->org_code.p != NULL) {
		enum yb_found found = yb_org_by_code(r, in->org_code, &org);

		if (found == YB_DB_FAILED ||
		    (found == YB_ONE_ROW && account_lock_org(r, org.org_id) < 0))
			return -1;
	}
	if (account_apply_fault(r, in, &field, &code) < 0)
		return -1;
	if (code != NULL)
		return yb_problem_field(r, code, field);
	if (yb_db_find(r, &account_self, YB_NO_ARGS, &self) < 0 ||
	    account_apply_store(r, in, &self, (yb_str) { 0 }, &no) < 0)
		return -1;
	return application_reply(r, 201, no, &self);
}

/* GET /account/applications/{application_no} - one of them, H-1-1. */
int
account_application_get(yb_req *r)
{
	struct account_user self;

	if (yb_db_find(r, &account_self, YB_NO_ARGS, &self) < 0)
		return -1;
	return application_reply(r, 200, yb_path(r, "application_no"), &self);
}

/* GET /account/applications - the newest first, H-1-1. */
int
account_applications(yb_req *r)
{
	const struct account_applications_in *in = yb_params(r);
	/* As it stands in its row; that one has expired is reckoned. */
	yb_value kept = yb_text(yb_str_is(in->state, "EXPIRED") ? YB_STR("WAITING") : in->state);
	size_t limit = in->limit.set ? (size_t)in->limit.v : 50;
	struct applications_out out = { 0 };
	struct account_application *all;
	struct account_user self;

	if (yb_db_find(r, &account_self, YB_NO_ARGS, &self) < 0 ||
	    yb_db_list(r, &account_application_page,
		YB_ARGS(yb_i64(in->after.set ? in->after.v : INT64_MAX), yb_text(in->state),
		    yb_text(in->state), yb_at(yb_now(r)), kept, kept, yb_text(in->org_code),
		    yb_text(in->org_code), yb_text(in->job_no), yb_text(in->job_no),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &out.applications) < 0)
		return -1;
	all = out.applications.items;
	if (yb_page_cut(&out.applications, limit))
		out.next = (yb_int) { all[limit - 1].application_id, true };
	for (size_t i = 0; i < out.applications.n; i++)
		account_application_show(r, &all[i], &self);
	return yb_reply_record(r, 200, account_applications_out, &out);
}
