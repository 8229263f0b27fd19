/*
 * tables_mhlw.c - masters of 厚生労働省, M11 to M17 (vaccination brief 13, H-8-1, H-8-3).
 *
 * Columns of M12 and M14 are those of the shipped files, in their order.
 */
#include "master.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct column m11[] = {
	{ "disease_code", "疾病コード", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 12 },
	{ "name_ja", "疾病名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "category", "類型", KIND_TEXT, .flags = COL_MUST, .max = 1, .one_of = "A|B" },
	{ "law_from", "法定化日", KIND_DAY, .max = 10 },
};

static const struct column m12[] = {
	{ "code", "ワクチンコード", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 12 },
	{ "code_status", "コード種別", KIND_TEXT, .flags = COL_MUST, .max = 10 },
	{ "name_ja", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 80 },
	{ "name_en", "名称（英語）", KIND_TEXT, .flags = COL_MUST, .max = 100 },
	{ "short_ja", "略称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 40 },
	{ "disease_ja", "対象疾病", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 80 },
	{ "route", "接種方法", KIND_LIST, .flags = COL_MUST, .max = 12, .ref = "M54",
	    .list = "CL_ROUTE" },
	{ "route_ja", "接種方法（表示）", KIND_TEXT, .flags = COL_MUST, .max = 40 },
	{ "live_type", "生・不活化", KIND_TEXT, .flags = COL_MUST, .max = 12,
	    .one_of = "live|inactivated" },
	{ "injectable_live", "注射生ワクチン", KIND_FLAG, .flags = COL_MUST, .max = 1 },
	{ "category", "類型", KIND_TEXT, .flags = COL_MUST, .max = 1, .one_of = "A|B" },
	{ "dose_ml", "標準接種量（mL）", KIND_DECIMAL, .max = 2 },
	{ "brand_examples_ja", "製品例", KIND_TEXT, .flags = COL_FIND, .max = 120 },
	{ "cvx_code", "CVX", KIND_TEXT, .flags = COL_MUST, .max = 4 },
	{ "cvx_display", "CVX表示", KIND_TEXT, .flags = COL_MUST, .max = 100 },
	{ "cvx_fit", "CVX適合", KIND_TEXT, .flags = COL_MUST, .max = 40 },
	{ "routine_from", "定期接種開始日", KIND_DAY, .max = 10 },
	{ "routine_to", "定期接種終了日", KIND_DAY, .max = 10 },
	{ "source", "出典", KIND_TEXT, .flags = COL_MUST, .max = 255 },
	{ "note", "備考", KIND_TEXT, .max = 400 },
};

static const struct column m13[] = {
	{ "product_code", "製品コード", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 20 },
	{ "lot_no", "ロット番号", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 20,
	    .format = &yb_format_lot },
	{ "vaccine_code", "ワクチンコード", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 12,
	    .ref = "M12" },
	{ "maker", "製造販売業者", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "hot13", "HOT13", KIND_DIGITS, .min = 13, .max = 13 },
	{ "yj", "YJコード", KIND_TEXT, .min = 12, .max = 12 },
	{ "gtin14", "GTIN-14", KIND_DIGITS, .min = 14, .max = 14, .format = &yb_format_gtin },
	{ "expiry", "有効期限", KIND_DAY, .max = 10 },
	{ "lot_status", "ロット状態", KIND_TEXT, .flags = COL_MUST, .max = 10,
	    .one_of = "使用可|使用停止" },
};

static const struct column m14[] = {
	{ "row_no", "行番号", KIND_NUMBER, .flags = COL_KEY | COL_MUST, .min = 1, .max = 9999 },
	{ "vaccine_code", "ワクチンコード", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 12,
	    .ref = "M12" },
	{ "vaccine_ja", "ワクチン", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 40 },
	{ "category", "類型", KIND_TEXT, .flags = COL_MUST, .max = 1, .one_of = "A|B" },
	{ "phase_ja", "期", KIND_TEXT, .max = 12 },
	{ "series_variant", "系列", KIND_TEXT, .flags = COL_MUST, .max = 40 },
	{ "dose_seq", "回数", KIND_NUMBER, .flags = COL_MUST, .min = 1, .max = 20 },
	{ "dose_label_ja", "回数（表示）", KIND_TEXT, .flags = COL_MUST, .max = 40 },
	{ "min_age", "対象下限", KIND_AGE, .flags = COL_MUST, .max = 12 },
	{ "max_age", "対象上限", KIND_AGE, .max = 12 },
	{ "std_from", "標準開始", KIND_AGE, .max = 20 },
	{ "std_to", "標準終了", KIND_AGE, .max = 20 },
	{ "min_interval_days", "最短間隔（日）", KIND_NUMBER, .min = 0, .max = 9999 },
	{ "next_date_rule", "次回可能日", KIND_AFTER, .max = 40 },
	{ "std_interval_ja", "標準間隔", KIND_TEXT, .max = 80 },
	{ "interval_ref", "間隔の起点", KIND_TEXT, .max = 40 },
	{ "sex", "性別", KIND_TEXT, .max = 1 },
	{ "valid_from", "規定の適用開始", KIND_DAY, .max = 10 },
	{ "valid_to", "規定の適用終了", KIND_DAY, .max = 10 },
	{ "source", "出典", KIND_TEXT, .flags = COL_MUST, .max = 255 },
	{ "confidence", "確度", KIND_TEXT, .flags = COL_MUST, .max = 20 },
	{ "note", "備考", KIND_TEXT, .max = 400 },
};

static const struct column m14i[] = {
	{ "rule_id", "規則ID", KIND_TEXT, .flags = COL_KEY | COL_MUST, .min = 5, .max = 5 },
	{ "from_class", "前のワクチン", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 80 },
	{ "to_class", "次のワクチン", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 80 },
	{ "min_interval_days", "最短間隔（日）", KIND_NUMBER, .min = 0, .max = 9999 },
	{ "next_date_rule", "次回可能日", KIND_AFTER, .flags = COL_MUST, .max = 40 },
	{ "from_date", "適用開始日", KIND_DAY, .max = 10 },
	{ "severity", "扱い", KIND_TEXT, .flags = COL_MUST, .max = 8,
	    .one_of = "ERROR|WARN|INFO|NONE" },
	{ "source", "出典", KIND_TEXT, .flags = COL_MUST, .max = 255 },
	{ "note", "備考", KIND_TEXT, .max = 400 },
};

static const struct column m15[] = {
	{ "template_id", "様式ID", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 20 },
	{ "version", "様式の版", KIND_NUMBER, .flags = COL_KEY | COL_MUST, .min = 1, .max = 999 },
	{ "vaccine_code", "ワクチンコード", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 12,
	    .ref = "M12" },
	{ "name_ja", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "items", "質問項目", KIND_LIST, .flags = COL_MUST, .max = 400, .ref = "ITEM" },
};

static const struct column m16[] = {
	{ "rule_id", "基準ID", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 20 },
	{ "vaccine_code", "ワクチンコード", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 12,
	    .ref = "M12" },
	{ "symptom_ja", "症状", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 100 },
	{ "within_days", "発生までの日数", KIND_NUMBER, .flags = COL_MUST, .min = 0, .max = 9999 },
};

static const struct column m17[] = {
	{ "indicator_id", "指標ID", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 20 },
	{ "name_ja", "指標名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "numerator", "分子", KIND_TEXT, .flags = COL_MUST, .max = 200 },
	{ "denominator", "分母", KIND_TEXT, .flags = COL_MUST, .max = 200 },
	{ "area_levels", "地域の単位", KIND_LIST, .flags = COL_MUST, .max = 40,
	    .one_of = "全国|都道府県|市区町村" },
	{ "threshold", "秘匿の下限", KIND_NUMBER, .flags = COL_MUST, .min = 10, .max = 1000 },
};

#define MHLW                                                                                   \
	.owner = "MHLW", .edit = "MH-A,MH-S", .approve = "MH-A", .approval = APPROVE_OTHER,    \
	.from = FROM_COOL_OFF

static const struct table t11 = { "M11", "疾病", "diseases", MHLW,
	.flags = TABLE_NATIONAL | TABLE_LEGAL, .columns = m11, .n = N(m11) };
static const struct table t12 = { "M12", "ワクチン", "vaccines", MHLW,
	.flags = TABLE_NATIONAL | TABLE_LEGAL, .columns = m12, .n = N(m12),
	.check = check_period, .typed = &typed_vaccine };
/* A new lot is no rule: it may count from the day it is known. */
static const struct table t13 = { "M13", "製品・ロット", "lots", .owner = "MHLW",
	.edit = "MH-A,MH-S", .approve = "MH-A", .approval = APPROVE_OTHER, .from = FROM_TODAY,
	.flags = TABLE_NATIONAL | TABLE_EMERGENCY, .columns = m13, .n = N(m13),
	.check = check_lot, .typed = &typed_lot };
static const struct table t14 = { "M14", "接種スケジュール", "schedule", MHLW,
	.flags = TABLE_NATIONAL | TABLE_LEGAL, .columns = m14, .n = N(m14),
	.check = check_period, .whole = &q_dose_refs, .typed = &typed_schedule };
static const struct table t14i = { "M14I", "接種間隔", "intervals", MHLW,
	.flags = TABLE_NATIONAL | TABLE_LEGAL, .columns = m14i, .n = N(m14i),
	.typed = &typed_interval };
static const struct table t15 = { "M15", "標準予診票", "questionnaires", MHLW,
	.flags = TABLE_NATIONAL | TABLE_LEGAL, .columns = m15, .n = N(m15) };
static const struct table t16 = { "M16", "副反応報告基準", "adverse-event-rules", MHLW,
	.flags = TABLE_NATIONAL | TABLE_LEGAL, .columns = m16, .n = N(m16) };
static const struct table t17 = { "M17", "公表定義", "indicators", MHLW,
	.flags = TABLE_NATIONAL | TABLE_LEGAL, .columns = m17, .n = N(m17) };

const struct table *const master_mhlw_tables[] = { &t11, &t12, &t13, &t14, &t14i, &t15, &t16, &t17,
	NULL };
