/*
 * account_self.c - one's own data, and the confirmation of a new address (vaccination brief
 * 13 H-1-3).
 *
 * A new address counts when its owner has opened the link sent there; until then mails go to
 * the old one, which is told as well.
 */
#include "account_admin.h"

#include <string.h>

/* ---- shapes ---- */

static const char *
own_phone_check(yb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '-')
			return "E-VAL-002";
	return NULL;
}

static const yb_format own_phone = { "phone", "^[0-9-]+$", own_phone_check };

struct me {
	struct account_user u;
	yb_str org_code, org_name;
	yb_time mail_waiting_until;
};

const yb_field account_me_out[] = {
	{ "user_id", YB_OF(struct me, u.user_id) },
	{ "name", YB_OF(struct me, u.name) },
	{ "name_kana", YB_OF(struct me, u.name_kana) },
	{ "department", YB_OF(struct me, u.department) },
	{ "mail", YB_OF(struct me, u.mail) },
	{ "mail_waiting_until", YB_OF(struct me, mail_waiting_until),
	    .note = "A new address waits for its confirmation until then." },
	{ "phone", YB_OF(struct me, u.phone) },
	{ "org_code", YB_OF(struct me, org_code) },
	{ "org_name", YB_OF(struct me, org_name) },
	{ "role", YB_OF(struct me, u.role) },
	{ "is_admin", YB_OF(struct me, u.is_admin) },
	{ "restricted_view", YB_OF(struct me, u.restricted_view) },
	{ "status", YB_OF(struct me, u.status), .note = "CL_ACCSTAT." },
	{ "created_at", YB_OF(struct me, u.created) },
	{ "version", YB_OF(struct me, u.row_ver), .note = "For If-Match." },
	{ 0 },
};

#define NOT_HERE .max = 40, .note = "Never changed here: 422, and the attempt is logged."

const yb_field account_me_in[] = {
	{ "name", YB_OF(struct account_me_in, name), .max = 40, .min = 1,
	    .format = &yb_format_name },
	{ "name_kana", YB_OF(struct account_me_in, name_kana), .max = 60, .min = 1,
	    .format = &yb_format_kana },
	{ "department", YB_OF(struct account_me_in, department), .max = 60, .min = 1 },
	{ "phone", YB_OF(struct account_me_in, phone), .max = 15, .min = 1, .format = &own_phone },
	{ "mail", YB_OF(struct account_me_in, mail), .max = 254, .format = &yb_format_mail,
	    .note = "Counts when the link sent there has been opened." },
	{ "user_id", YB_OF(struct account_me_in, user_id), NOT_HERE },
	{ "org_code", YB_OF(struct account_me_in, org_code), NOT_HERE },
	{ "role", YB_OF(struct account_me_in, role), NOT_HERE },
	{ "status", YB_OF(struct account_me_in, status), NOT_HERE },
	{ "is_admin", YB_OF(struct account_me_in, is_admin), .note = "As role." },
	{ "restricted_view", YB_OF(struct account_me_in, restricted_view), .note = "As role." },
	{ 0 },
};

const yb_field account_token_in[] = {
	{ "token", YB_OF(struct account_token_in, token), .flags = YB_REQUIRED | YB_SECRET,
	    .max = 43, .min = 43, .note = "What stands behind # in the link." },
	{ 0 },
};

/* ---- queries ---- */

const yb_query account_me_set = {
	.name = "account_me_set",
	.sql = "UPDATE account_user AS u"
	       " JOIN (SELECT ? AS actor_id) AS caller ON caller.actor_id = u.actor_id"
	       " SET u.name = ?, u.name_kana = ?, u.department = ?, u.phone = ?,"
	       " u.row_ver = u.row_ver + 1, u.updated_us = ?",
	.nparams = 6,
	.tenant = YB_SELF,
};

/* YB_GLOBAL: the link says whose address it is, not a session. */
const yb_query account_mail_set = {
	.name = "account_mail_set",
	.sql = "UPDATE account_user SET mail = ?, mail_verified_us = ?, self_reset = 1,"
	       " row_ver = row_ver + 1, updated_us = ? WHERE actor_id = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

struct waiting {
	yb_time until;
};

static const yb_field waiting_row[] = {
	{ "until_us", YB_OF(struct waiting, until) },
	{ 0 },
};

const yb_query account_mail_waiting = {
	.name = "account_mail_waiting",
	.sql = "SELECT MAX(expires_us) AS until_us FROM account_link"
	       " WHERE actor_id = ? AND kind = 'M' AND expires_us > ?",
	.row = waiting_row,
	.row_size = sizeof(struct waiting),
	.nparams = 2,
	.tenant = YB_SELF,
};

yb_str
account_moment(yb_req *r, yb_time t)
{
	yb_date d = yb_date_in_japan(t);
	int64_t minute = (t.us / 60000000 + 9 * 60) % (24 * 60);

	return yb_format_text(r, "%d年%d月%d日 %02d:%02d", d.year, d.month, d.day, (int)(minute / 60),
	    (int)(minute % 60));
}

yb_str
account_number(yb_req *r, int64_t n)
{
	return yb_format_text(r, "%lld", (long long)n);
}

yb_str
account_hex(yb_req *r, yb_bytes b, size_t n)
{
	return yb_hex(r, (yb_bytes) { b.p, n });
}

/* ---- reading and changing ---- */

static int
me_reply(yb_req *r)
{
	struct waiting waiting;
	struct me out = { 0 };
	yb_org org = { 0 };

	if (yb_db_find(r, &account_self, YB_NO_ARGS, &out.u) < 0 ||
	    yb_org_by_id(r, out.u.org_id, &org) == YB_DB_FAILED ||
	    yb_db_find(r, &account_mail_waiting, YB_ARGS(yb_at(yb_now(r))), &waiting) < 0)
		return -1;
	out.org_code = org.org_code;
	out.org_name = org.name;
	out.mail_waiting_until = waiting.until;
	yb_reply_etag(r, out.u.row_ver);
	return yb_reply_record(r, 200, account_me_out, &out);
}

/* GET /account/me - one's own data, H-1-3. */
int
account_me(yb_req *r)
{
	return me_reply(r);
}

/* What only an administrator changes was sent along: refused, and written down. */
static int
refuse_rights(yb_req *r)
{
	static const char *const fields[] = { "user_id", "org_code", "role", "status", "is_admin",
		"restricted_view" };
	bool tried = false;

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (!yb_body_has(r, fields[i]))
			continue;
		yb_fault_add(r, yb_format_text(r, "/%s", fields[i]).p, "E-VAL-005");
		tried = true;
	}
	if (!tried)
		return 0;
	yb_audit_alert(r, "OWN_RIGHTS", (yb_str) { 0 });
	yb_keep_writes(r);
	return yb_faults_refuse(r);
}

/* Sends the link to the new address and a word to the old one. */
static int
mail_ask(yb_req *r, const struct account_user *u, yb_str fresh)
{
	yb_str place = yb_format_text(r, "account_link/mail/%lld", (long long)u->actor_id);
	yb_str token;

	if (account_link_new(r, 'M', u->actor_id, yb_seal(r, place, fresh), &token) < 0 ||
	    yb_mail(r, "mail-confirm", fresh,
		YB_MAIL_WORDS({ "name", u->name }, { "token", token },
		    { "minutes", account_number(r, yb_option_i64(r, "link_minutes")) })) < 0)
		return -1;
	return yb_mail(r, "mail-asked", u->mail,
	    YB_MAIL_WORDS({ "name", u->name }, { "at", account_moment(r, yb_now(r)) },
		{ "from", yb_peer(r) }));
}

static yb_str
either(const yb_req *r, const char *name, yb_str fresh, yb_str old)
{
	return yb_body_has(r, name) ? fresh : old;
}

/* Name, kana and address cannot be taken away, only changed. */
static int
change_check(yb_req *r, const struct account_me_in *in)
{
	if (yb_body_has(r, "name") && in->name.p == NULL)
		yb_fault_add(r, "/name", "E-VAL-001");
	if (yb_body_has(r, "name_kana") && in->name_kana.p == NULL)
		yb_fault_add(r, "/name_kana", "E-VAL-001");
	if (yb_body_has(r, "mail") && in->mail.p == NULL)
		yb_fault_add(r, "/mail", "E-VAL-001");
	return yb_faults_refuse(r);
}

/* PATCH /account/me - name, kana, department, phone; a new address is asked for, H-1-3. */
int
account_change_me(yb_req *r)
{
	const struct account_me_in *in = yb_body(r);
	struct account_user u, old;

	yb_audit_target(r, "user", yb_who(r)->actor);
	if (refuse_rights(r) < 0 || change_check(r, in) < 0 ||
	    yb_db_find(r, &account_self_locked, YB_NO_ARGS, &u) < 0 ||
	    yb_if_match(r, u.row_ver) < 0)
		return -1;
	old = u;
	if (in->name_kana.p != NULL)
		u.name_kana = yb_kana(r, in->name_kana);
	if (account_person_again(r, &old, &u) < 0)
		return -1;
	if (account_exec(r, &account_me_set,
		YB_ARGS(yb_text(either(r, "name", in->name, u.name)), yb_text(u.name_kana),
		    yb_text(either(r, "department", in->department, u.department)),
		    yb_text(either(r, "phone", in->phone, u.phone)), yb_at(yb_now(r)))) < 0)
		return -1;
	if (in->mail.p != NULL && !yb_str_eq(in->mail, u.mail) && mail_ask(r, &u, in->mail) < 0)
		return -1;
	return me_reply(r);
}

/* POST /account/mail-confirm - the link of the new address was opened, H-1-3. */
int
account_mail_confirm(yb_req *r)
{
	const struct account_token_in *in = yb_body(r);
	struct account_user u, old;
	struct account_link l;
	yb_org org = { 0 };
	yb_str fresh;

	if (account_link_find(r, 'M', in->token, &l) < 0 ||
	    yb_db_find(r, &account_by_actor, YB_ARGS(yb_i64(l.actor_id)), &u) < 0 ||
	    yb_org_by_id(r, u.org_id, &org) == YB_DB_FAILED)
		return -1;
	yb_audit_actor(r, YB_STAFF, u.user_id, u.org_id, org.org_code);
	yb_audit_target(r, "user", u.user_id);
	if (!yb_word_in(u.status, "TEMP,ACTIVE", ','))
		return yb_problem(r, "E-ACC-007");
	if (yb_unseal(r, yb_format_text(r, "account_link/mail/%lld", (long long)u.actor_id), l.mail,
		&fresh) < 0)
		return -1;
	if (account_links_end(r, u.actor_id) < 0 ||
	    account_exec(r, &account_mail_set,
		YB_ARGS(yb_text(fresh), yb_at(yb_now(r)), yb_at(yb_now(r)),
		    yb_i64(u.actor_id))) < 0)
		return -1;
	old = u;
	u.mail = fresh;
	if (account_person_again(r, &old, &u) < 0)
		return -1;
	if (yb_mail(r, "mail-changed", old.mail,
		YB_MAIL_WORDS({ "name", u.name }, { "at", account_moment(r, yb_now(r)) })) < 0 ||
	    yb_mail(r, "mail-changed", fresh,
		YB_MAIL_WORDS({ "name", u.name }, { "at", account_moment(r, yb_now(r)) })) < 0)
		return -1;
	return yb_reply_empty(r);
}
