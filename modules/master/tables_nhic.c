/*
 * tables_nhic.c - masters of 国保中央会 (M41 to M45) and of 運用保守事業者 (M51 to M55);
 * vaccination brief 13, H-8-1, H-8-6.
 *
 * Columns of M51 to M54 are those of the shipped files, in their order.
 */
#include "master.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct column m41[] = {
	{ "org_code", "組織コード", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 10,
	    .format = &yb_format_org_code },
	{ "org_type", "組織種別", KIND_TEXT, .flags = COL_MUST, .max = 10,
	    .one_of = "NHIC|NHIF|MHLW|MUNI|HMI|NMI|OPS|INSURER|MNP" },
	{ "name", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 80 },
	{ "name_kana", "カナ", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 160 },
	{ "pref_code", "都道府県コード", KIND_DIGITS, .min = 2, .max = 2, .ref = "M52" },
	{ "parent_code", "上位組織コード", KIND_TEXT, .max = 10, .ref = "ORG:NHIF,NHIC" },
	{ "opens_on", "有効期間（開始）", KIND_DAY, .flags = COL_MUST, .max = 10 },
	{ "closes_on", "有効期間（終了）", KIND_DAY, .max = 10 },
	{ "onboarding", "利用開始状態", KIND_TEXT, .flags = COL_MUST, .max = 10,
	    .one_of = "未申請|申請中|利用中|停止" },
};

static const struct column m42[] = {
	{ "role", "権限", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 8 },
	{ "function", "機能", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 10 },
	{ "action", "操作", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 10 },
	{ "allowed", "可否", KIND_FLAG, .flags = COL_MUST, .max = 1 },
};

#define PARAMETER_COLUMNS                                                                      \
	{ "key", "キー", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 60 },       \
	{ "value", "値", KIND_TEXT, .flags = COL_MUST, .max = 100 },                           \
	{ "min", "最小", KIND_NUMBER, .max = 999999999 },                                      \
	{ "max", "最大", KIND_NUMBER, .max = 999999999 },                                      \
	{ "unit", "単位", KIND_TEXT, .max = 20 },                                              \
	{ "security", "セキュリティ", KIND_FLAG, .flags = COL_MUST | COL_TWO, .max = 1 }

static const struct column m43[] = { PARAMETER_COLUMNS };
static const struct column m55[] = { PARAMETER_COLUMNS };

static const struct column m44[] = {
	{ "date", "日付", KIND_DAY, .flags = COL_KEY | COL_MUST, .max = 10 },
	{ "name", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 30 },
};

static const struct column m45[] = {
	{ "code", "分類コード", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 10 },
	{ "name", "分類名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 40 },
};

static const struct column m51[] = {
	{ "lg_code6", "団体コード", KIND_DIGITS, .flags = COL_KEY | COL_MUST | COL_FIND, .min = 6,
	    .max = 6, .format = &yb_format_muni_code },
	{ "pref_code", "都道府県コード", KIND_DIGITS, .flags = COL_MUST, .min = 2, .max = 2,
	    .ref = "M52" },
	{ "pref_ja", "都道府県", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 20 },
	{ "name_ja", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "name_kana", "カナ", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 120 },
	{ "type", "種別", KIND_TEXT, .flags = COL_MUST, .max = 20,
	    .one_of = "city|town|village|special_ward|administrative_ward" },
	{ "is_vaccination_body", "実施主体", KIND_FLAG, .flags = COL_MUST, .max = 1 },
	{ "check_digit_ok", "検査数字", KIND_FLAG, .flags = COL_MUST, .max = 1 },
	{ "note", "備考", KIND_TEXT, .max = 255 },
	{ "source", "出典", KIND_TEXT, .flags = COL_MUST, .max = 255 },
};

static const struct column m52[] = {
	{ "jis_code", "都道府県コード", KIND_DIGITS, .flags = COL_KEY | COL_MUST | COL_FIND,
	    .min = 2, .max = 2 },
	{ "lg_code6", "団体コード", KIND_DIGITS, .flags = COL_MUST, .min = 6, .max = 6,
	    .format = &yb_format_muni_code },
	{ "name_ja", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 20 },
	{ "name_kana", "カナ", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 40 },
	{ "name_en", "名称（英語）", KIND_TEXT, .flags = COL_MUST, .max = 40 },
	{ "iso3166_2", "ISO 3166-2", KIND_TEXT, .flags = COL_MUST, .min = 5, .max = 5 },
	{ "source", "出典", KIND_TEXT, .flags = COL_MUST, .max = 255 },
};

static const struct column m53[] = {
	{ "bank_code", "金融機関コード", KIND_DIGITS, .flags = COL_KEY | COL_MUST | COL_FIND,
	    .min = 4, .max = 4 },
	{ "name_ja", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "name_kana", "カナ", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "name_roma", "ローマ字", KIND_TEXT, .flags = COL_MUST, .max = 100 },
	{ "branch_count", "支店数", KIND_NUMBER, .flags = COL_MUST, .min = 0, .max = 9999 },
	{ "source", "出典", KIND_TEXT, .flags = COL_MUST, .max = 255 },
};

static const struct column m53b[] = {
	{ "bank_code", "金融機関コード", KIND_DIGITS, .flags = COL_KEY | COL_MUST | COL_FIND,
	    .min = 4, .max = 4, .ref = "M53" },
	{ "branch_code", "支店コード", KIND_DIGITS, .flags = COL_KEY | COL_MUST | COL_FIND, .min = 3,
	    .max = 3 },
	{ "branch_name_ja", "支店名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "branch_name_kana", "支店名カナ", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
};

static const struct column m54[] = {
	{ "list_id", "一覧ID", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 20 },
	{ "list_name_ja", "一覧名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 40 },
	{ "code", "コード", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 20 },
	{ "name_ja", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "name_en", "名称（英語）", KIND_TEXT, .flags = COL_MUST, .max = 100 },
	{ "source", "出典", KIND_TEXT, .flags = COL_MUST, .max = 255 },
};

#define NHIC                                                                                   \
	.owner = "NHIC", .edit = "KC-A,KC-S", .approve = "KC-A", .from = FROM_TODAY
#define OPS                                                                                    \
	.owner = "OPS", .edit = "OP", .approve = "KC-A", .approval = APPROVE_NHIC,             \
	.from = FROM_TODAY

static const struct table t41 = { "M41", "組織", "organisations", NHIC, .approval = APPROVE_OTHER,
	.flags = TABLE_NATIONAL | TABLE_ROLLBACK, .columns = m41, .n = N(m41),
	.check = check_org, .whole = &q_org_whole, .typed = &typed_org };
static const struct table t42 = { "M42", "権限・機能", "permissions", NHIC,
	.approval = APPROVE_TWO, .flags = TABLE_NATIONAL | TABLE_ROLLBACK | TABLE_INNER,
	.columns = m42, .n = N(m42), .check = check_permission, .typed = &typed_permission };
static const struct table t43 = { "M43", "全国共通パラメータ", "parameters", NHIC,
	.approval = APPROVE_OTHER, .flags = TABLE_NATIONAL | TABLE_ROLLBACK | TABLE_INNER,
	.columns = m43, .n = N(m43), .check = check_parameter, .whole = &q_parameter_twice,
	.typed = &typed_parameter };
static const struct table t44 = { "M44", "休日カレンダー", "holidays", NHIC,
	.approval = APPROVE_OTHER, .flags = TABLE_NATIONAL | TABLE_ROLLBACK, .columns = m44,
	.n = N(m44) };
static const struct table t45 = { "M45", "お知らせ分類", "notice-classes", NHIC,
	.approval = APPROVE_OTHER, .flags = TABLE_NATIONAL | TABLE_ROLLBACK, .columns = m45,
	.n = N(m45) };
static const struct table t51 = { "M51", "市区町村コード", "municipalities", OPS,
	.flags = TABLE_NATIONAL | TABLE_TICKET, .columns = m51, .n = N(m51),
	.typed = &typed_municipality };
static const struct table t52 = { "M52", "都道府県", "prefectures", OPS,
	.flags = TABLE_NATIONAL | TABLE_TICKET, .columns = m52, .n = N(m52),
	.typed = &typed_prefecture };
static const struct table t53 = { "M53", "金融機関", "banks", OPS,
	.flags = TABLE_NATIONAL | TABLE_TICKET, .columns = m53, .n = N(m53),
	.typed = &typed_bank };
static const struct table t53b = { "M53B", "金融機関支店", "bank-branches", OPS,
	.flags = TABLE_NATIONAL | TABLE_TICKET, .columns = m53b, .n = N(m53b),
	.typed = &typed_branch };
static const struct table t54 = { "M54", "コード表", "codes", OPS,
	.flags = TABLE_NATIONAL | TABLE_TICKET, .columns = m54, .n = N(m54),
	.typed = &typed_code };
static const struct table t55 = { "M55", "システムパラメータ", "system-parameters", OPS,
	.flags = TABLE_NATIONAL | TABLE_TICKET | TABLE_INNER, .columns = m55, .n = N(m55),
	.check = check_parameter, .whole = &q_parameter_twice, .typed = &typed_parameter };

const struct table *const master_nhic_tables[] = { &t41, &t42, &t43, &t44, &t45, &t51, &t52, &t53,
	&t53b, &t54, &t55, NULL };
