/*
 * account_notice.c - how a temporary password reaches its owner (vaccination brief 9;
 * 13 H-1-1, H-1-2): two mails, or a letter, or the screen of whoever hands it over.
 *
 * The database never holds a password one could read. The letter is made when the password
 * is, waits sealed, can be taken once, and is wiped after 14 days at the latest.
 */
#include "account_admin.h"

#include <yb/mail.h>
#include <yb/pdf.h>

/* ---- words for people ---- */

yb_str
account_role_label(yb_str role)
{
	static const struct {
		const char *role, *label;
	} labels[] = {
		{ "KC-A", "国保中央会 管理者" }, { "KC-S", "国保中央会 担当者" },
		{ "KR-A", "国保連合会 管理者" }, { "KR-S", "国保連合会 担当者" },
		{ "MH-A", "厚生労働省 管理者" }, { "MH-S", "厚生労働省 担当者" },
		{ "MU-A", "市区町村 管理者" }, { "MU-S", "市区町村 担当者" },
		{ "MU-V", "市区町村 閲覧者" }, { "MI-A", "保険医療機関 管理者" },
		{ "MI-S", "保険医療機関 担当者" }, { "NM-A", "非保険医療機関 管理者" },
		{ "NM-S", "非保険医療機関 担当者" }, { "OP", "運用保守事業者" },
	};

	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
		if (yb_str_is(role, labels[i].role))
			return yb_cstr(labels[i].label);
	return role;
}

yb_str
account_day_label(yb_req *r, yb_date d)
{
	return yb_format_text(r, "%d年%d月%d日", d.year, d.month, d.day);
}

/* "令和8年11月21日"; everything dated here is of this era. */
static yb_str
era_label(yb_req *r, yb_date d)
{
	return yb_format_text(r, "令和%d年%d月%d日", d.year - 2018, d.month, d.day);
}

/* ---- queries ---- */

/* One letter for an account: a new one takes the place of the old one. */
const yb_query account_notice_put = {
	.name = "account_notice_put",
	.sql = "INSERT INTO account_notice (org_id, actor_id, sealed, made_us, expires_us)"
	       " VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE org_id = VALUES(org_id),"
	       " sealed = VALUES(sealed), made_us = VALUES(made_us),"
	       " expires_us = VALUES(expires_us), taken_us = NULL, taken_by = NULL",
	.nparams = 5,
	.tenant = YB_ORG,
};

struct letter {
	int64_t actor_id;
	yb_bytes sealed;
	yb_time expires;
};

static const yb_field letter_row[] = {
	{ "actor_id", YB_OF(struct letter, actor_id) },
	{ "sealed", YB_OF(struct letter, sealed) },
	{ "expires_us", YB_OF(struct letter, expires) },
	{ 0 },
};

const yb_query account_notice_find = {
	.name = "account_notice_find",
	.sql = "SELECT n.actor_id, n.sealed, n.expires_us FROM account_notice n"
	       " JOIN account_user u ON u.actor_id = n.actor_id"
	       " WHERE n.org_id = ? AND u.user_id = ? FOR UPDATE",
	.row = letter_row,
	.row_size = sizeof(struct letter),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query account_notice_taken = {
	.name = "account_notice_taken",
	.sql = "UPDATE account_notice AS n"
	       " JOIN (SELECT ? AS org_id) AS caller ON caller.org_id = n.org_id"
	       " SET n.sealed = NULL, n.taken_us = ?, n.taken_by = ? WHERE n.actor_id = ?",
	.nparams = 4,
	.tenant = YB_ORG,
};

const yb_query account_notice_wipe = {
	.name = "account_notice_wipe",
	.sql = "UPDATE account_notice SET sealed = NULL WHERE expires_us <= ?"
	       " AND sealed IS NOT NULL",
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* Nobody decided in time, and nobody has ever been given an account. */
const yb_query account_onboarding_back = {
	.name = "account_onboarding_back",
	.sql = "UPDATE core_org o SET o.onboarding = '未申請', o.row_ver = o.row_ver + 1,"
	       " o.updated_us = ? WHERE o.onboarding = '申請中'"
	       " AND NOT EXISTS (SELECT 1 FROM account_application a WHERE a.org_id = o.org_id"
	       "  AND (a.state = 'ISSUED' OR (a.state = 'WAITING' AND a.expires_us > ?)))",
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* ---- the letter ---- */

#define LEFT  250
#define INNER 1600 /* A4 without the margins of 25 mm */

static void
letter_head(yb_req *r, yb_pdf *p, const struct account_user *u, const yb_org *org, yb_str from)
{
	const yb_pdf_type plain = { .size = 105, .face = YB_PDF_MINCHO };
	const yb_pdf_type right = { .size = 105, .face = YB_PDF_MINCHO, .align = YB_PDF_RIGHT };
	const yb_pdf_type title = { .size = 170, .leading = 150, .face = YB_PDF_MINCHO,
		.align = YB_PDF_CENTRE, .bold = true, .heading = true, .spacing = 10 };
	bool department = !yb_str_empty(u->department);

	yb_pdf_text(p, &right, era_label(r, yb_today(r)));
	yb_pdf_space(p, 90);
	yb_pdf_text(p, &plain, org->name);
	if (department)
		yb_pdf_text(p, &plain, u->department);
	yb_pdf_text(p, &plain,
	    yb_format_text(r, "%.*s　様", (int)u->name.len, u->name.p));
	yb_pdf_space(p, 60);
	yb_pdf_text(p, &right, from);
	yb_pdf_space(p, department ? 120 : 180);
	yb_pdf_text(p, &title, YB_STR("利用者登録 発行通知書"));
	yb_pdf_space(p, 100);
	yb_pdf_text(p, &plain,
	    YB_STR("　予防接種事務・資格確認システムの利用者として、下記のとおり登録しましたので"
		   "通知します。仮パスワードの有効期限までにログインし、パスワードを変更してください。"));
	yb_pdf_space(p, 70);
}

static void
letter_facts(yb_req *r, yb_pdf *p, const struct account_user *u, const yb_org *org,
    const struct account_secret *s)
{
	static const yb_pdf_type big = { .size = 165, .leading = 165, .bold = true, .spacing = 8 };
	static const yb_pdf_column columns[] = {
		{ .width = 480, .label = true },
		{ .width = INNER - 480 },
	};
	static const yb_pdf_column secrets[] = {
		{ .width = 480, .label = true },
		{ .width = INNER - 480, .type = &big },
	};
	const yb_pdf_type centre = { .size = 105, .face = YB_PDF_MINCHO, .align = YB_PDF_CENTRE };
	const yb_pdf_type type = { .size = 110, .leading = 175 };
	const yb_str code = yb_format_text(r, "%.*s（%.*s）", (int)org->name.len, org->name.p,
	    (int)org->org_code.len, org->org_code.p);
	const yb_str first[] = { YB_STR("組織（組織コード）"), code, YB_STR("氏名"), u->name,
		YB_STR("権限"), account_role_label(u->role) };
	const yb_str secret[] = { YB_STR("ユーザID"), u->user_id, YB_STR("仮パスワード"),
		s->password };
	const yb_str last[] = { YB_STR("有効期限"),
		account_day_label(r, yb_date_in_japan(s->until)), YB_STR("ログイン画面"),
		yb_base_url(r) };

	yb_pdf_text(p, &centre, YB_STR("記"));
	yb_pdf_space(p, 50);
	yb_pdf_table(p, columns, 2, &type, first, 3);
	yb_pdf_table(p, secrets, 2, &type, secret, 2);
	yb_pdf_table(p, columns, 2, &type, last, 2);
}

static void
letter_advice(yb_pdf *p)
{
	static const char *const advice[] = {
		"１　はじめてログインすると、パスワードを変更する画面になります。変更するまで、ほかの画面は使えません。",
		"２　仮パスワードは、パスワードを変更すると使えなくなります。有効期限を過ぎたときは、組織の管理者（管理者の方は国保中央会）に"
		"再発行を依頼してください。",
		"３　ユーザIDは１人に１つです。ほかの人と共用しないでください。パスワードを電話やメールでお尋ねすることは"
		"ありません。",
		"４　この通知書は、パスワードを変更したら裁断して廃棄してください。封が開いていたときは、使わずに"
		"管理者に知らせてください。",
	};
	const yb_pdf_type type = { .size = 95, .leading = 165, .face = YB_PDF_MINCHO, .hang = 190 };
	const yb_pdf_type right = { .size = 105, .face = YB_PDF_MINCHO, .align = YB_PDF_RIGHT };

	yb_pdf_space(p, 80);
	for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++) {
		yb_pdf_text(p, &type, yb_cstr(advice[i]));
		yb_pdf_space(p, 16);
	}
	yb_pdf_space(p, 40);
	yb_pdf_text(p, &right, YB_STR("以上"));
}

static int
letter_make(yb_req *r, const struct account_user *u, const yb_org *org, yb_str from,
    const struct account_secret *s, yb_bytes *ret)
{
	const yb_pdf_paper paper = {
		.title = YB_STR("利用者登録 発行通知書"),
		.author = from,
		.made = yb_now(r),
		.left = LEFT,
		.top = 260,
		.right = LEFT,
		.bottom = 220,
		.foot = YB_STR("親展　本書は１回だけ出力されます"),
	};
	yb_pdf *p = yb_pdf_new(r, &paper);

	letter_head(r, p, u, org, from);
	letter_facts(r, p, u, org, s);
	letter_advice(p);
	return yb_pdf_end(p, ret);
}

static yb_str
letter_place(yb_req *r, int64_t actor_id)
{
	return yb_format_text(r, "account_notice/sealed/%lld", (long long)actor_id);
}

static int
letter_put(yb_req *r, const struct account_user *u, const yb_org *org,
    const struct account_secret *s)
{
	yb_time now = yb_now(r);
	yb_org from = { 0 };
	yb_bytes pdf;

	if (yb_org_by_id(r, yb_who(r)->org_id, &from) != YB_ONE_ROW)
		return yb_problem(r, "E-SYS-003");
	if (letter_make(r, u, org, from.name, s, &pdf) < 0)
		return -1;
	pdf = yb_seal(r, letter_place(r, u->actor_id), (yb_str) { (const char *)pdf.p, pdf.len });
	return account_exec(r, &account_notice_put,
		   YB_ARGS(yb_i64(u->actor_id), yb_blob(pdf), yb_at(now), yb_at(s->until))) < 0
	    ? -1
	    : 0;
}

/* ---- handing over ---- */

int
account_secret_make(yb_req *r, struct account_secret *ret)
{
	ret->password = account_password_temporary(r);
	ret->until.us = yb_now(r).us + yb_option_i64(r, "temp_days") * ACCOUNT_DAY_US;
	return yb_password_hash(r, ret->password, &ret->phc);
}

int
account_secret_deliver(yb_req *r, const struct account_user *u, const struct account_secret *s,
    yb_str deliver, struct account_issued *out)
{
	yb_str until = account_day_label(r, yb_date_in_japan(s->until));
	bool by_mail = yb_str_is(deliver, "MAIL"), on_paper = yb_str_is(deliver, "PAPER");
	yb_org org = { 0 };

	if (by_mail && !u->self_reset) /* that address is not the person's */
		return yb_problem_field(r, "E-VAL-013", "/deliver");
	if (yb_org_by_id(r, u->org_id, &org) != YB_ONE_ROW)
		return yb_problem(r, "E-SYS-003");
	if (yb_mail(r, "issued-id", u->mail,
		YB_MAIL_WORDS({ "name", u->name }, { "org_name", org.name },
		    { "user_id", u->user_id }, { "until", until })) < 0)
		return -1;
	yb_audit_also(r, YB_ACT_SEND, "mail:issued-id", u->user_id);
	if (by_mail) {
		yb_audit_also(r, YB_ACT_SEND, "mail:issued-password", u->user_id);
		return yb_mail(r, "issued-password", u->mail,
		    YB_MAIL_WORDS({ "name", u->name }, { "password", s->password },
			{ "until", until }));
	}
	out->notice = on_paper;
	if (on_paper)
		return letter_put(r, u, &org, s);
	out->temporary_password = s->password;
	return 0;
}

/* ---- printing ---- */

static int
letter_print(yb_req *r, yb_str user_id)
{
	struct letter found;
	yb_str name, pdf;

	if (yb_db_find(r, &account_notice_find, YB_ARGS(yb_text(user_id)), &found) < 0)
		return -1;
	yb_audit_target(r, "user", user_id);
	if (found.sealed.p == NULL || found.expires.us <= yb_now(r).us)
		return yb_problem(r, "E-ACC-023");
	if (yb_unseal(r, letter_place(r, found.actor_id), found.sealed, &pdf) < 0)
		return yb_problem(r, "E-SYS-003");
	if (account_exec(r, &account_notice_taken,
		YB_ARGS(yb_at(yb_now(r)), yb_i64(yb_who(r)->actor_id), yb_i64(found.actor_id))) < 0)
		return -1;
	name = yb_format_text(r, "notice-%.*s.pdf", (int)user_id.len, user_id.p);
	return yb_reply_bytes(r, 200, "application/pdf", name.p,
	    (yb_bytes) { (const unsigned char *)pdf.p, pdf.len });
}

/* POST /account/users/{user_id}/notice.pdf - the letter of an account, once, H-1-2. */
int
account_user_notice(yb_req *r)
{
	struct account_user self;

	if (account_manager(r, &self) < 0)
		return -1;
	return letter_print(r, yb_path(r, "user_id"));
}

/* POST /account/applications/{application_no}/notice.pdf - of a first administrator, H-1-1. */
int
account_application_notice(yb_req *r)
{
	yb_value no = yb_text(yb_path(r, "application_no"));
	struct account_application a;

	if (yb_db_find(r, &account_application_by_no, YB_ARGS(no), &a) < 0)
		return -1;
	if (a.issued_user_id.p == NULL)
		return yb_problem(r, "E-AUTH-005");
	return letter_print(r, a.issued_user_id);
}

/* Timer tidy - daily: letters nobody printed, organisations whose application ran out. */
int
account_tidy(yb_req *r)
{
	yb_value now = yb_at(yb_now(r));
	int64_t wiped = account_exec(r, &account_notice_wipe, YB_ARGS(now)), back;

	if (wiped < 0)
		return -1;
	back = account_exec(r, &account_onboarding_back, YB_ARGS(now, now));
	if (back < 0)
		return -1;
	yb_run_count(r, "letters", wiped);
	yb_run_count(r, "applications", back);
	return 0;
}
