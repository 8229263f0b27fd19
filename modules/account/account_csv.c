/*
 * account_csv.c - files of applications and of accounts (vaccination brief 13 H-1-1 step 3,
 * H-1-2 step 4), as kinds of jobs (yb/job.h). A row obeys the rules of the screen.
 */
#include "account_admin.h"

#include <string.h>

/* "/mail" names the column "mail". */
static void
row_fault(yb_req *r, yb_row *row, const char *field, const char *code)
{
	yb_row_fault(r, row, field == NULL ? NULL : field + 1, code);
}

/* ---- applications ---- */

static int
applications_columns(yb_req *r, yb_columns *ret)
{
	static const char *const labels[] = { "組織コード", "新しい組織の名称",
		"新しい組織の名称カナ", "都道府県コード", "理由", "氏名", "氏名カナ", "部署",
		"メールアドレス", "電話", "申請書の保管場所", "申請日", "利用開始予定日",
		"書面で通知" };

	(void)r;
	*ret = (yb_columns) { account_apply_in, sizeof(struct account_apply_in), labels,
		"org_code,org_name" };
	return 0;
}

static int
applications_check(yb_req *r, yb_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *field, *code;

		if (account_apply_fault(r, rows[i].record, &field, &code) < 0)
			return -1;
		if (code != NULL)
			row_fault(r, &rows[i], field, code);
		rows[i].outcome = YB_ROW_ADDED;
	}
	return 0;
}

static int
applications_apply(yb_req *r, yb_row *rows, size_t n)
{
	struct account_user self;

	if (yb_db_find(r, &account_self, YB_NO_ARGS, &self) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct account_apply_in *in = rows[i].record;
		const char *field, *code;
		yb_org org;
		yb_str no;

		if (in->org_code.p != NULL && yb_org_by_code(r, in->org_code, &org) == YB_ONE_ROW &&
		    account_lock_org(r, org.org_id) < 0)
			return -1;
		if (account_apply_fault(r, in, &field, &code) < 0)
			return -1;
		rows[i].outcome = YB_ROW_ADDED;
		if (code != NULL)
			row_fault(r, &rows[i], field, code);
		else if (account_apply_store(r, in, &self, yb_job_no(r), &no) < 0)
			return -1;
	}
	return 0;
}

const yb_job_kind account_job_applications = {
	.name = "account.applications",
	.title = "初回管理者の利用申請",
	.function = "H-1-1",
	.roles = YB_DO(H_1_1),
	.reach = YB_REACH_CROSS,
	.action = YB_ACT_CREATE,
	.partial = true,
	.shows = YB_SHOWS_NOBODY,
	.max_rows = 2000,
	.columns = applications_columns,
	.check = applications_check,
	.apply = applications_apply,
};

/* ---- accounts ---- */

/* A file is no place for passwords: they go by mail or by letter. */
static const yb_field users_fields[] = {
	{ "name", YB_OF(struct account_create_in, name), .flags = YB_REQUIRED, .max = 40, .min = 1,
	    .format = &yb_format_name },
	{ "name_kana", YB_OF(struct account_create_in, name_kana), .flags = YB_REQUIRED, .max = 60,
	    .min = 1, .format = &yb_format_kana },
	{ "role", YB_OF(struct account_create_in, role), .flags = YB_REQUIRED, .max = 8 },
	{ "mail", YB_OF(struct account_create_in, mail), .max = 254, .format = &yb_format_mail },
	{ "phone", YB_OF(struct account_create_in, phone), .max = 15, .min = 1,
	    .format = &account_phone_format },
	{ "department", YB_OF(struct account_create_in, department), .max = 60, .min = 1 },
	{ "restricted_view", YB_OF(struct account_create_in, restricted_view) },
	{ "valid_to", YB_OF(struct account_create_in, valid_to) },
	{ "deliver", YB_OF(struct account_create_in, deliver), .flags = YB_REQUIRED,
	    .one_of = "MAIL,PAPER" },
	{ 0 },
};

static int
users_columns(yb_req *r, yb_columns *ret)
{
	static const char *const labels[] = { "氏名", "氏名カナ", "権限", "メールアドレス", "電話",
		"部署", "支援措置の閲覧", "有効期限", "通知方法" };

	(void)r;
	*ret = (yb_columns) { users_fields, sizeof(struct account_create_in), labels,
		"name,name_kana,mail,department" };
	return 0;
}

static int
users_check(yb_req *r, yb_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct account_create_in *in = rows[i].record;
		const char *code, *field;

		in->is_admin = account_role_is_admin(in->role);
		field = account_create_fault(r, in, &code);
		if (field != NULL)
			row_fault(r, &rows[i], field, code);
		rows[i].outcome = YB_ROW_ADDED;
	}
	return 0;
}

/* More than the organisation may have is a fault of the file, not of a row. */
static int
users_checked(yb_req *r)
{
	return account_room(r, yb_who(r)->org_id, yb_who(r)->org_type,
	    yb_job_count(r, YB_ROW_ADDED));
}

static int
users_apply(yb_req *r, yb_row *rows, size_t n)
{
	struct account_user self, u;

	if (account_lock_org(r, yb_who(r)->org_id) < 0 || account_manager(r, &self) < 0 ||
	    account_room(r, yb_who(r)->org_id, yb_who(r)->org_type, (int64_t)n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct account_create_in *in = rows[i].record;
		struct account_issued out = { 0 };
		const char *code, *field;

		in->is_admin = account_role_is_admin(in->role);
		field = account_create_fault(r, in, &code);
		rows[i].outcome = YB_ROW_ADDED;
		if (field != NULL) {
			row_fault(r, &rows[i], field, code);
			continue;
		}
		if (account_create_one(r, in, &self, &out, &u) < 0)
			return -1;
		yb_audit_also(r, YB_ACT_CREATE, "user", u.user_id);
	}
	return 0;
}

const yb_job_kind account_job_users = {
	.name = "account.users",
	.title = "利用者の一括登録",
	.function = "H-1-2",
	.roles = YB_DO(H_1_4),
	.reach = YB_REACH_OWN,
	.action = YB_ACT_CREATE,
	.shows = YB_SHOWS_NOBODY,
	.max_rows = 500,
	.columns = users_columns,
	.check = users_check,
	.checked = users_checked,
	.apply = users_apply,
};
