/*
 * tables_muni.c - masters of the municipalities, M01 to M07 (vaccination brief 13, H-8-1, H-8-2).
 */
#include "master.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define MUNI_KEY                                                                               \
	{ "muni_code", "市区町村コード", KIND_DIGITS, .flags = COL_KEY | COL_MUST, .min = 6,   \
		.max = 6, .format = &yb_format_muni_code, .ref = "M51" }
#define VACCINE(more)                                                                          \
	{ "vaccine_code", "ワクチンコード", KIND_TEXT, .flags = COL_MUST | COL_FIND | (more),  \
		.max = 12, .ref = "M12" }

static const struct column m01[] = {
	MUNI_KEY,
	{ "mayor_title", "首長名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "department", "担当課", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "phone", "電話", KIND_PHONE, .flags = COL_MUST, .max = 15 },
	{ "mail", "メール", KIND_TEXT, .flags = COL_MUST, .max = 254, .format = &yb_format_mail },
	{ "digital_from", "デジタル移行日", KIND_DAY, .max = 10 },
	{ "uses_hms", "健康管理システム利用", KIND_FLAG, .flags = COL_MUST | COL_NHIC, .max = 1 },
};

static const struct column m02[] = {
	MUNI_KEY,
	{ "program_id", "事業ID", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 36 },
	{ "name", "事業名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	VACCINE(0),
	{ "legal_class", "接種の法的区分", KIND_DIGITS, .flags = COL_MUST, .min = 1, .max = 1,
	    .ref = "M54", .list = "CL_LEGAL" },
	{ "target_min_age", "対象下限", KIND_AGE, .max = 12 },
	{ "target_max_age", "対象上限（拡大）", KIND_AGE, .max = 12 },
	{ "season_from", "実施期間（開始）", KIND_SEASON, .max = 5 },
	{ "season_to", "実施期間（終了）", KIND_SEASON, .max = 5 },
};

static const struct column m03[] = {
	MUNI_KEY,
	VACCINE(COL_KEY),
	{ "age_band", "年齢区分", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 20 },
	{ "exec_class", "実施区分", KIND_DIGITS, .flags = COL_KEY | COL_MUST, .min = 1, .max = 1,
	    .one_of = "1|2", .ref = "M54", .list = "CL_EXEC" },
	{ "place_class", "接種方式", KIND_DIGITS, .flags = COL_KEY | COL_MUST, .min = 1, .max = 1,
	    .ref = "M54", .list = "CL_PLACE" },
	{ "price_yen", "委託料（円）", KIND_NUMBER, .flags = COL_MUST, .min = 0, .max = 99999 },
	{ "self_pay_yen", "自己負担額（円）", KIND_NUMBER, .flags = COL_MUST, .min = 0,
	    .max = 99999 },
	{ "self_pay_exempt", "免除区分", KIND_LIST, .max = 20, .one_of = "生活保護|非課税|その他" },
	{ "tax_class", "税区分", KIND_TEXT, .flags = COL_MUST, .max = 4,
	    .one_of = "課税|非課税|不課税" },
};

static const struct column m04[] = {
	MUNI_KEY,
	VACCINE(COL_KEY),
	/* One digit is five questions at most, whoever hands them in together. */
	{ "item_id", "項目ID", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 10,
	    .one_of = "L1|L2|L3|L4|L5" },
	{ "text_ja", "質問文", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 100 },
	{ "type", "回答形式", KIND_TEXT, .flags = COL_MUST, .max = 10,
	    .one_of = "boolean|code|text|date" },
	{ "choices", "選択肢", KIND_LIST, .max = 400 },
};

static const struct column m05[] = {
	MUNI_KEY,
	{ "org_code", "医療機関コード", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND,
	    .max = 10, .format = &yb_format_org_code, .ref = "ORG:HMI,NMI" },
	VACCINE(COL_KEY),
	{ "contract_no", "契約番号", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 20 },
	{ "price_yen", "契約単価（円）", KIND_NUMBER, .flags = COL_MUST | COL_PARTIES, .min = 0,
	    .max = 99999 },
};

static const struct column m06[] = {
	MUNI_KEY,
	{ "language", "言語", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 2, .one_of = "ja|en" },
	{ "header", "見出し", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 100 },
	{ "legend", "証明文", KIND_LINES, .flags = COL_MUST, .max = 400 },
	{ "seal_image", "公印画像（PNG）", KIND_IMAGE, .flags = COL_MUST | COL_OWNER, .max = 200 },
};

static const struct column m07[] = {
	MUNI_KEY,
	VACCINE(COL_KEY),
	{ "text_id", "文面ID", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 10 },
	{ "subject_ja", "件名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "body_ja", "本文", KIND_LINES, .flags = COL_MUST, .max = 1000 },
	{ "send_at", "送付時期", KIND_AGE, .max = 12 },
};

#define MUNI                                                                                   \
	.owner = "MUNI", .own = "muni_code", .edit = "MU-A,MU-S", .approve = "MU-A",           \
	.approval = APPROVE_OTHER, .from = FROM_TOMORROW

static const struct table t01 = { "M01", "自治体基本", "municipality-profiles", MUNI,
	.columns = m01, .n = N(m01), .check = check_muni, .typed = &typed_muni_org };
static const struct table t02 = { "M02", "接種事業", "programs", MUNI, .columns = m02,
	.n = N(m02), .check = check_program };
static const struct table t03 = { "M03", "委託料・自己負担額", "fees", MUNI, .columns = m03,
	.n = N(m03), .check = check_fee };
static const struct table t04 = { "M04", "追加予診項目", "added-questions", MUNI, .columns = m04,
	.n = N(m04) };
static const struct table t05 = { "M05", "個別契約医療機関", "own-contracts", MUNI,
	.columns = m05, .n = N(m05), .whole = &q_contract };
static const struct table t06 = { "M06", "済証様式・公印画像", "certificate-forms", MUNI,
	.columns = m06, .n = N(m06) };
static const struct table t07 = { "M07", "勧奨文面", "invitations", MUNI, .columns = m07,
	.n = N(m07) };

const struct table *const master_muni_tables[] = { &t01, &t02, &t03, &t04, &t05, &t06, &t07, NULL };
