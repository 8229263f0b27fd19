/*
 * typed.c - masters that other areas read from tables of their own, with real columns and
 * indexes (sql/master/0001, 0002). They hold what counts today and nothing else.
 *
 * `shipped` gives every column of the master, in its order, as text, a page of rows after a
 * key; `put` binds texts and leaves it to the database to make numbers and days of them.
 */
#include "master.h"

struct texts {
	yb_str c[COLUMNS_MAX];
};

#define C(n, i) { n, YB_OF(struct texts, c[i]) }

/* ---- M51 ---- */

static const yb_field municipality_row[] = { C("lg_code6", 0), C("pref_code", 1), C("pref_ja", 2),
	C("name_ja", 3), C("name_kana", 4), C("type", 5), C("is_vaccination_body", 6),
	C("check_digit_ok", 7), C("note", 8), C("source", 9), { 0 } };

const yb_query q_municipality_shipped = {
	.name = "master_municipality_shipped",
	.sql = "SELECT lg_code6, pref_code, pref_ja, name_ja, name_kana, type,"
	       " IF(is_vaccination_body, 'Y', 'N') AS is_vaccination_body, IF(check_digit_ok,"
	       " 'Y', 'N') AS check_digit_ok, note, source FROM master_municipality WHERE"
	       " lg_code6 > ? ORDER BY lg_code6 LIMIT 4000",
	.row = municipality_row,
	.row_size = 10 * sizeof(yb_str),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query q_municipality_put = {
	.name = "master_municipality_put",
	.sql = "INSERT INTO master_municipality (lg_code6, pref_code, pref_ja, name_ja,"
	       " name_kana, type, is_vaccination_body, check_digit_ok, note, source) VALUES (?,"
	       " ?, ?, ?, ?, ?, IF(? = 'Y', 1, 0), IF(? = 'Y', 1, 0), ?, ?) ON DUPLICATE KEY"
	       " UPDATE pref_code = VALUES(pref_code), pref_ja = VALUES(pref_ja), name_ja ="
	       " VALUES(name_ja), name_kana = VALUES(name_kana), type = VALUES(type),"
	       " is_vaccination_body = VALUES(is_vaccination_body), check_digit_ok ="
	       " VALUES(check_digit_ok), note = VALUES(note), source = VALUES(source)",
	.nparams = 10,
	.tenant = YB_GLOBAL,
};

const yb_query q_municipality_drop = {
	.name = "master_municipality_drop",
	.sql = "DELETE FROM master_municipality WHERE lg_code6 = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const struct typed typed_municipality = { .source = "master_municipality",
	.shipped = &q_municipality_shipped,
	.put = &q_municipality_put,
	.drop = &q_municipality_drop };

/* ---- M52 ---- */

static const yb_field prefecture_row[] = { C("jis_code", 0), C("lg_code6", 1), C("name_ja", 2),
	C("name_kana", 3), C("name_en", 4), C("iso3166_2", 5), C("source", 6), { 0 } };

const yb_query q_prefecture_shipped = {
	.name = "master_prefecture_shipped",
	.sql = "SELECT jis_code, lg_code6, name_ja, name_kana, name_en, iso3166_2, source FROM"
	       " master_prefecture WHERE jis_code > ? ORDER BY jis_code LIMIT 4000",
	.row = prefecture_row,
	.row_size = 7 * sizeof(yb_str),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query q_prefecture_put = {
	.name = "master_prefecture_put",
	.sql = "INSERT INTO master_prefecture (jis_code, lg_code6, name_ja, name_kana, name_en,"
	       " iso3166_2, source) VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
	       " lg_code6 = VALUES(lg_code6), name_ja = VALUES(name_ja), name_kana ="
	       " VALUES(name_kana), name_en = VALUES(name_en), iso3166_2 = VALUES(iso3166_2),"
	       " source = VALUES(source)",
	.nparams = 7,
	.tenant = YB_GLOBAL,
};

const yb_query q_prefecture_drop = {
	.name = "master_prefecture_drop",
	.sql = "DELETE FROM master_prefecture WHERE jis_code = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const struct typed typed_prefecture = { .source = "master_prefecture",
	.shipped = &q_prefecture_shipped,
	.put = &q_prefecture_put,
	.drop = &q_prefecture_drop };

/* ---- M53 and its branches ---- */

static const yb_field bank_row[] = { C("bank_code", 0), C("name_ja", 1), C("name_kana", 2),
	C("name_roma", 3), C("branch_count", 4), C("source", 5), { 0 } };

const yb_query q_bank_shipped = {
	.name = "master_bank_shipped",
	.sql = "SELECT bank_code, name_ja, name_kana, name_roma, CAST(branch_count AS CHAR) AS"
	       " branch_count, source FROM master_bank WHERE bank_code > ? ORDER BY bank_code"
	       " LIMIT 4000",
	.row = bank_row,
	.row_size = 6 * sizeof(yb_str),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query q_bank_put = {
	.name = "master_bank_put",
	.sql = "INSERT INTO master_bank (bank_code, name_ja, name_kana, name_roma,"
	       " branch_count, source) VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
	       " name_ja = VALUES(name_ja), name_kana = VALUES(name_kana), name_roma ="
	       " VALUES(name_roma), branch_count = VALUES(branch_count), source = VALUES(source)",
	.nparams = 6,
	.tenant = YB_GLOBAL,
};

const yb_query q_bank_drop = {
	.name = "master_bank_drop",
	.sql = "DELETE FROM master_bank WHERE bank_code = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const struct typed typed_bank = { .source = "master_bank",
	.shipped = &q_bank_shipped,
	.put = &q_bank_put,
	.drop = &q_bank_drop };

static const yb_field branch_row[] = { C("bank_code", 0), C("branch_code", 1),
	C("branch_name_ja", 2), C("branch_name_kana", 3), { 0 } };

const yb_query q_branch_shipped = {
	.name = "master_branch_shipped",
	.sql = "SELECT bank_code, branch_code, branch_name_ja, branch_name_kana FROM"
	       " master_bank_branch WHERE CONCAT(bank_code, '|', branch_code) > ? ORDER BY"
	       " CONCAT(bank_code, '|', branch_code) LIMIT 4000",
	.row = branch_row,
	.row_size = 4 * sizeof(yb_str),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query q_branch_put = {
	.name = "master_branch_put",
	.sql = "INSERT INTO master_bank_branch (bank_code, branch_code, branch_name_ja,"
	       " branch_name_kana) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE branch_name_ja ="
	       " VALUES(branch_name_ja), branch_name_kana = VALUES(branch_name_kana)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

const yb_query q_branch_drop = {
	.name = "master_branch_drop",
	.sql = "DELETE FROM master_bank_branch WHERE bank_code = ? AND branch_code = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const struct typed typed_branch = { .source = "master_bank_branch",
	.shipped = &q_branch_shipped,
	.put = &q_branch_put,
	.drop = &q_branch_drop };

/* ---- M12 ---- */

static const yb_field vaccine_row[] = { C("code", 0), C("code_status", 1), C("name_ja", 2),
	C("name_en", 3), C("short_ja", 4), C("disease_ja", 5), C("route", 6), C("route_ja", 7),
	C("live_type", 8), C("injectable_live", 9), C("category", 10), C("dose_ml", 11),
	C("brand_examples_ja", 12), C("cvx_code", 13), C("cvx_display", 14), C("cvx_fit", 15),
	C("routine_from", 16), C("routine_to", 17), C("source", 18), C("note", 19), { 0 } };

const yb_query q_vaccine_shipped = {
	.name = "master_vaccine_shipped",
	.sql = "SELECT code, code_status, name_ja, name_en, short_ja, disease_ja, route,"
	       " route_ja, live_type, IF(injectable_live, 'Y', 'N') AS injectable_live,"
	       " category, CAST(dose_ml AS CHAR) AS dose_ml, brand_examples_ja, cvx_code,"
	       " cvx_display, cvx_fit, CAST(routine_from AS CHAR) AS routine_from,"
	       " CAST(routine_to AS CHAR) AS routine_to, source, note FROM master_vaccine WHERE"
	       " code > ? ORDER BY code LIMIT 4000",
	.row = vaccine_row,
	.row_size = 20 * sizeof(yb_str),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query q_vaccine_put = {
	.name = "master_vaccine_put",
	.sql = "INSERT INTO master_vaccine (code, code_status, name_ja, name_en, short_ja,"
	       " disease_ja, route, route_ja, live_type, injectable_live, category, dose_ml,"
	       " brand_examples_ja, cvx_code, cvx_display, cvx_fit, routine_from, routine_to,"
	       " source, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, IF(? = 'Y', 1, 0), ?, ?, ?,"
	       " ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE code_status ="
	       " VALUES(code_status), name_ja = VALUES(name_ja), name_en = VALUES(name_en),"
	       " short_ja = VALUES(short_ja), disease_ja = VALUES(disease_ja), route ="
	       " VALUES(route), route_ja = VALUES(route_ja), live_type = VALUES(live_type),"
	       " injectable_live = VALUES(injectable_live), category = VALUES(category),"
	       " dose_ml = VALUES(dose_ml), brand_examples_ja = VALUES(brand_examples_ja),"
	       " cvx_code = VALUES(cvx_code), cvx_display = VALUES(cvx_display), cvx_fit ="
	       " VALUES(cvx_fit), routine_from = VALUES(routine_from), routine_to ="
	       " VALUES(routine_to), source = VALUES(source), note = VALUES(note)",
	.nparams = 20,
	.tenant = YB_GLOBAL,
};

const yb_query q_vaccine_drop = {
	.name = "master_vaccine_drop",
	.sql = "DELETE FROM master_vaccine WHERE code = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const struct typed typed_vaccine = { .source = "master_vaccine",
	.shipped = &q_vaccine_shipped,
	.put = &q_vaccine_put,
	.drop = &q_vaccine_drop };

/* ---- M14 and the intervals between vaccines ---- */

static const yb_field schedule_row[] = { C("row_no", 0), C("vaccine_code", 1), C("vaccine_ja", 2),
	C("category", 3), C("phase_ja", 4), C("series_variant", 5), C("dose_seq", 6),
	C("dose_label_ja", 7), C("min_age", 8), C("max_age", 9), C("std_from", 10), C("std_to", 11),
	C("min_interval_days", 12), C("next_date_rule", 13), C("std_interval_ja", 14),
	C("interval_ref", 15), C("sex", 16), C("valid_from", 17), C("valid_to", 18), C("source", 19),
	C("confidence", 20), C("note", 21), { 0 } };

const yb_query q_schedule_shipped = {
	.name = "master_schedule_shipped",
	.sql = "SELECT CAST(row_no AS CHAR) AS row_no, vaccine_code, vaccine_ja, category,"
	       " phase_ja, series_variant, CAST(dose_seq AS CHAR) AS dose_seq, dose_label_ja,"
	       " min_age, max_age, std_from, std_to, CAST(min_interval_days AS CHAR) AS"
	       " min_interval_days, next_date_rule, std_interval_ja, interval_ref, sex,"
	       " CAST(valid_from AS CHAR) AS valid_from, CAST(valid_to AS CHAR) AS valid_to,"
	       " source, confidence, note FROM master_schedule WHERE CAST(row_no AS CHAR) > ?"
	       " ORDER BY CAST(row_no AS CHAR) LIMIT 4000",
	.row = schedule_row,
	.row_size = 22 * sizeof(yb_str),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query q_schedule_put = {
	.name = "master_schedule_put",
	.sql = "INSERT INTO master_schedule (row_no, vaccine_code, vaccine_ja, category,"
	       " phase_ja, series_variant, dose_seq, dose_label_ja, min_age, max_age, std_from,"
	       " std_to, min_interval_days, next_date_rule, std_interval_ja, interval_ref, sex,"
	       " valid_from, valid_to, source, confidence, note) VALUES (?, ?, ?, ?, ?, ?, ?,"
	       " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
	       " vaccine_code = VALUES(vaccine_code), vaccine_ja = VALUES(vaccine_ja), category"
	       " = VALUES(category), phase_ja = VALUES(phase_ja), series_variant ="
	       " VALUES(series_variant), dose_seq = VALUES(dose_seq), dose_label_ja ="
	       " VALUES(dose_label_ja), min_age = VALUES(min_age), max_age = VALUES(max_age),"
	       " std_from = VALUES(std_from), std_to = VALUES(std_to), min_interval_days ="
	       " VALUES(min_interval_days), next_date_rule = VALUES(next_date_rule),"
	       " std_interval_ja = VALUES(std_interval_ja), interval_ref ="
	       " VALUES(interval_ref), sex = VALUES(sex), valid_from = VALUES(valid_from),"
	       " valid_to = VALUES(valid_to), source = VALUES(source), confidence ="
	       " VALUES(confidence), note = VALUES(note)",
	.nparams = 22,
	.tenant = YB_GLOBAL,
};

const yb_query q_schedule_drop = {
	.name = "master_schedule_drop",
	.sql = "DELETE FROM master_schedule WHERE row_no = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const struct typed typed_schedule = { .source = "master_schedule",
	.shipped = &q_schedule_shipped,
	.put = &q_schedule_put,
	.drop = &q_schedule_drop };

static const yb_field interval_row[] = { C("rule_id", 0), C("from_class", 1), C("to_class", 2),
	C("min_interval_days", 3), C("next_date_rule", 4), C("from_date", 5), C("severity", 6),
	C("source", 7), C("note", 8), { 0 } };

const yb_query q_interval_shipped = {
	.name = "master_interval_shipped",
	.sql = "SELECT rule_id, from_class, to_class, CAST(min_interval_days AS CHAR) AS"
	       " min_interval_days, next_date_rule, CAST(from_date AS CHAR) AS from_date,"
	       " severity, source, note FROM master_interval_rule WHERE rule_id > ? ORDER BY"
	       " rule_id LIMIT 4000",
	.row = interval_row,
	.row_size = 9 * sizeof(yb_str),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query q_interval_put = {
	.name = "master_interval_put",
	.sql = "INSERT INTO master_interval_rule (rule_id, from_class, to_class,"
	       " min_interval_days, next_date_rule, from_date, severity, source, note) VALUES"
	       " (?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE from_class ="
	       " VALUES(from_class), to_class = VALUES(to_class), min_interval_days ="
	       " VALUES(min_interval_days), next_date_rule = VALUES(next_date_rule), from_date"
	       " = VALUES(from_date), severity = VALUES(severity), source = VALUES(source),"
	       " note = VALUES(note)",
	.nparams = 9,
	.tenant = YB_GLOBAL,
};

const yb_query q_interval_drop = {
	.name = "master_interval_drop",
	.sql = "DELETE FROM master_interval_rule WHERE rule_id = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const struct typed typed_interval = { .source = "master_interval_rule",
	.shipped = &q_interval_shipped,
	.put = &q_interval_put,
	.drop = &q_interval_drop };

/* ---- M54 ---- */

static const yb_field code_row[] = { C("list_id", 0), C("list_name_ja", 1), C("code", 2),
	C("name_ja", 3), C("name_en", 4), C("source", 5), { 0 } };

const yb_query q_code_shipped = {
	.name = "master_code_shipped",
	.sql = "SELECT list_id, list_name_ja, code, name_ja, name_en, source FROM master_code"
	       " WHERE CONCAT(list_id, '|', code) > ? ORDER BY CONCAT(list_id, '|', code) LIMIT"
	       " 4000",
	.row = code_row,
	.row_size = 6 * sizeof(yb_str),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query q_code_put = {
	.name = "master_code_put",
	.sql = "INSERT INTO master_code (list_id, list_name_ja, code, name_ja, name_en, source)"
	       " VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE list_name_ja ="
	       " VALUES(list_name_ja), name_ja = VALUES(name_ja), name_en = VALUES(name_en),"
	       " source = VALUES(source)",
	.nparams = 6,
	.tenant = YB_GLOBAL,
};

const yb_query q_code_drop = {
	.name = "master_code_drop",
	.sql = "DELETE FROM master_code WHERE list_id = ? AND code = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const struct typed typed_code = { .source = "master_code",
	.shipped = &q_code_shipped,
	.put = &q_code_put,
	.drop = &q_code_drop };

/* ---- M13: nothing is shipped, no open list exists ---- */

const yb_query q_lot_put = {
	.name = "master_lot_put",
	.sql = "INSERT INTO master_lot (product_code, lot_no, vaccine_code, maker, hot13, yj,"
	       " gtin14, expiry, lot_status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE"
	       " KEY UPDATE vaccine_code = VALUES(vaccine_code), maker = VALUES(maker), hot13 ="
	       " VALUES(hot13), yj = VALUES(yj), gtin14 = VALUES(gtin14), expiry ="
	       " VALUES(expiry), lot_status = VALUES(lot_status)",
	.nparams = 9,
	.tenant = YB_GLOBAL,
};

const yb_query q_lot_drop = {
	.name = "master_lot_drop",
	.sql = "DELETE FROM master_lot WHERE product_code = ? AND lot_no = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const struct typed typed_lot = { .put = &q_lot_put, .drop = &q_lot_drop };

/* ---- M41 and M01: what organisations are is the core's own table ---- */

#define NOW_US "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"

const yb_query q_org_put = {
	.name = "master_org_put",
	.sql = "INSERT INTO core_org (org_code, org_type, name, name_kana, pref_code, parent_org_id,"
	       " valid_from, valid_to, onboarding, created_us, updated_us) VALUES (?, ?, ?, ?, ?,"
	       " (SELECT p.org_id FROM (SELECT org_id, org_code FROM core_org) AS p"
	       "  WHERE p.org_code = ?), ?, ?, ?, " NOW_US ", " NOW_US ")"
	       " ON DUPLICATE KEY UPDATE name = VALUES(name), name_kana = VALUES(name_kana),"
	       " pref_code = VALUES(pref_code), parent_org_id = VALUES(parent_org_id),"
	       " valid_from = VALUES(valid_from), valid_to = VALUES(valid_to),"
	       " onboarding = VALUES(onboarding), row_ver = row_ver + 1,"
	       " updated_us = VALUES(updated_us)",
	.nparams = 9,
	.tenant = YB_GLOBAL,
};

/* One that was to open later never was open; the one that approves all this never closes. */
const yb_query q_org_drop = {
	.name = "master_org_drop",
	.sql = "UPDATE core_org SET valid_to = DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR) -"
	       " INTERVAL 1 DAY, valid_from = LEAST(valid_from, valid_to), row_ver = row_ver + 1"
	       " WHERE org_code = ? AND org_type <> 'NHIC'",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const struct typed typed_org = { .put = &q_org_put, .drop = &q_org_drop };

const yb_query q_muni_org_put = {
	.name = "master_muni_org_put",
	.sql = "UPDATE core_org SET digital_from = ?, uses_hms = IF(? = 'Y', 1, 0), row_ver ="
	       " row_ver + 1 WHERE org_code = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

/* ---- M42, M43, M55: what the core takes from masters (yb/parameter.h) ---- */

const yb_query q_permission_put = {
	.name = "master_permission_put",
	.sql = "INSERT INTO core_permission (role, function_id, action, allowed) VALUES (?, ?, ?,"
	       " IF(? = 'Y', 1, 0)) ON DUPLICATE KEY UPDATE allowed = VALUES(allowed)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

const yb_query q_permission_drop = {
	.name = "master_permission_drop",
	.sql = "DELETE FROM core_permission WHERE role = ? AND function_id = ? AND action = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const struct typed typed_permission = { .put = &q_permission_put, .drop = &q_permission_drop };

const yb_query q_parameter_put = {
	.name = "master_parameter_put",
	.sql = "INSERT INTO core_parameter (param_key, value) VALUES (?, ?)"
	       " ON DUPLICATE KEY UPDATE value = VALUES(value)",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query q_parameter_drop = {
	.name = "master_parameter_drop",
	.sql = "DELETE FROM core_parameter WHERE param_key = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const struct typed typed_parameter = { .put = &q_parameter_put,
	.put_columns = "key,value",
	.drop = &q_parameter_drop };

const struct typed typed_muni_org = { .put = &q_muni_org_put,
	.put_columns = "digital_from,uses_hms,muni_code" };
