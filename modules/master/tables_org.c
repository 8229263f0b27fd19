/*
 * tables_org.c - masters of institutions (M21 to M23), of 国保連合会 (M31 to M33), and those that
 * other systems send (M61 to M63); vaccination brief 13, H-8-1, H-8-4, H-8-5, H-8-7.
 */
#include "exchange.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define ORG_KEY                                                                                \
	{ "org_code", "医療機関コード", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND,     \
		.max = 10, .format = &yb_format_org_code }
#define PREF_KEY                                                                               \
	{ "pref_code", "都道府県コード", KIND_DIGITS, .flags = COL_KEY | COL_MUST, .min = 2,   \
		.max = 2, .ref = "M52" }

static const struct column m21[] = {
	ORG_KEY,
	{ "vaccines", "取扱ワクチン", KIND_LIST, .flags = COL_FIND, .max = 400, .ref = "M12" },
	{ "hours", "診療日・時間", KIND_HOURS, .max = 400 },
	{ "url", "予約URL", KIND_URL, .max = 200 },
	{ "contact", "連絡先", KIND_PHONE, .max = 15 },
};

static const struct column m22[] = {
	ORG_KEY,
	{ "doctor_id", "医師ID", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 10 },
	{ "name", "医師名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 40,
	    .format = &yb_format_name },
	{ "license_no", "医籍登録番号", KIND_DIGITS, .flags = COL_OWNER, .min = 6, .max = 6 },
};

static const struct column m23[] = {
	ORG_KEY,
	{ "venue_id", "会場ID", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 10 },
	{ "name", "会場名", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 30 },
	{ "address", "所在地", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 200 },
	{ "muni_code", "市区町村コード", KIND_DIGITS, .flags = COL_MUST, .min = 6, .max = 6,
	    .format = &yb_format_muni_code, .ref = "M51" },
	{ "dates", "実施日", KIND_LIST, .flags = COL_MUST, .max = 400 },
};

static const struct column m31[] = {
	PREF_KEY,
	{ "name", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 60 },
	{ "contact", "連絡先", KIND_PHONE, .flags = COL_MUST, .max = 15 },
	{ "consignor_code", "委託者コード", KIND_DIGITS, .flags = COL_MUST, .min = 10, .max = 10 },
};

static const struct column m32[] = {
	PREF_KEY,
	{ "target_month", "対象月", KIND_MONTH, .flags = COL_KEY | COL_MUST, .max = 7 },
	{ "close_on", "請求締切日", KIND_DAY, .flags = COL_MUST, .max = 10 },
	{ "check_on", "審査日", KIND_DAY, .flags = COL_MUST, .max = 10 },
	{ "pay_on", "支払日", KIND_DAY, .flags = COL_MUST, .max = 10 },
};

static const struct column m33[] = {
	PREF_KEY,
	{ "fee_class", "手数料区分", KIND_TEXT, .flags = COL_KEY | COL_MUST, .max = 10 },
	{ "unit_yen", "単価（円）", KIND_NUMBER, .flags = COL_MUST, .min = 0, .max = 99999 },
	{ "tax", "税区分", KIND_TEXT, .flags = COL_MUST, .max = 4, .one_of = "課税|非課税|不課税" },
};

static const struct column m61[] = {
	{ "org_code", "医療機関コード", KIND_DIGITS, .flags = COL_KEY | COL_MUST | COL_FIND,
	    .min = 10, .max = 10, .format = &yb_format_hmi_code },
	{ "name", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 80 },
	{ "name_kana", "カナ", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 160 },
	{ "postal_code", "郵便番号", KIND_DIGITS, .min = 7, .max = 7 },
	{ "address", "住所", KIND_TEXT, .flags = COL_FIND, .max = 200 },
	{ "phone", "電話", KIND_PHONE, .max = 15 },
	{ "pref_code", "都道府県コード", KIND_DIGITS, .flags = COL_MUST, .min = 2, .max = 2,
	    .ref = "M52" },
	{ "tensu", "点数表番号", KIND_DIGITS, .flags = COL_MUST, .min = 1, .max = 1, .ref = "M54",
	    .list = "CL_TENSU" },
	{ "designated_from", "指定開始日", KIND_DAY, .flags = COL_MUST, .max = 10 },
	{ "designated_to", "指定終了日", KIND_DAY, .max = 10 },
};

static const struct column m62[] = {
	{ "contract_no", "契約番号", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 20 },
	{ "muni_code", "委託元市区町村", KIND_DIGITS, .flags = COL_KEY | COL_MUST, .min = 6,
	    .max = 6, .format = &yb_format_muni_code, .ref = "M51" },
	{ "org_code", "受託医療機関", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND, .max = 10,
	    .format = &yb_format_org_code, .ref = "ORG:HMI,NMI" },
	{ "vaccine_code", "ワクチンコード", KIND_TEXT, .flags = COL_KEY | COL_MUST | COL_FIND,
	    .max = 12, .ref = "M12" },
	{ "group_name", "取りまとめ団体", KIND_TEXT, .flags = COL_FIND, .max = 80 },
	{ "price_yen", "契約単価（円）", KIND_NUMBER, .flags = COL_MUST | COL_PARTIES, .min = 0,
	    .max = 99999 },
	{ "contract_from", "契約期間（開始）", KIND_DAY, .flags = COL_MUST, .max = 10 },
	{ "contract_to", "契約期間（終了）", KIND_DAY, .max = 10 },
	{ "mandate_on", "委任状の日", KIND_DAY, .max = 10 },
};

static const struct column m63[] = {
	{ "insurer_no", "保険者番号", KIND_DIGITS, .flags = COL_KEY | COL_MUST | COL_FIND, .min = 6,
	    .max = 8, .format = &yb_format_insurer },
	{ "name", "名称", KIND_TEXT, .flags = COL_MUST | COL_FIND, .max = 80 },
	{ "name_kana", "カナ", KIND_TEXT, .flags = COL_FIND, .max = 160 },
	{ "pref_code", "都道府県コード", KIND_DIGITS, .min = 2, .max = 2, .ref = "M52" },
};

#define INSTITUTION                                                                            \
	.owner = "HMI,NMI", .own = "org_code", .edit = "MI-A,NM-A", .approve = "MI-A,NM-A",    \
	.from = FROM_TODAY
#define NHIF                                                                                   \
	.owner = "NHIF", .own = "pref_code", .edit = "KR-A,KR-S", .approve = "KR-A",           \
	.approval = APPROVE_OTHER, .from = FROM_TOMORROW
#define RECEIVED .owner = "", .edit = "", .approve = "", .flags = TABLE_NATIONAL | TABLE_RECEIVED

static const struct table t21 = { "M21", "医療機関付加情報", "institution-details", INSTITUTION,
	.columns = m21, .n = N(m21) };
static const struct table t22 = { "M22", "医師", "doctors", INSTITUTION, .columns = m22,
	.n = N(m22), .whole = &q_doctors };
static const struct table t23 = { "M23", "会場（集団接種）", "venues", INSTITUTION,
	.approval = APPROVE_MUNI, .columns = m23, .n = N(m23), .check = check_dates };
static const struct table t31 = { "M31", "連合会基本", "federation-profiles", NHIF, .columns = m31,
	.n = N(m31) };
static const struct table t32 = { "M32", "支払日程", "payment-calendar", NHIF, .columns = m32,
	.n = N(m32), .check = check_calendar, .whole = &q_calendar };
static const struct table t33 = { "M33", "手数料", "charges", NHIF, .columns = m33,
	.n = N(m33) };
static const struct table t61 = { "M61", "医療機関（オンライン資格確認等システム）", "institutions",
	RECEIVED, .columns = m61, .n = N(m61), .check = check_period,
	.received = received_institutions };
static const struct table t62 = { "M62", "集合契約", "contracts", RECEIVED, .columns = m62,
	.n = N(m62), .check = check_period, .received = received_contracts };
static const struct table t63 = { "M63", "保険者", "insurers", RECEIVED, .columns = m63,
	.n = N(m63) };

const struct table *const master_org_tables[] = { &t21, &t22, &t23, &t31, &t32, &t33, &t61, &t62,
	&t63, NULL };
