/*
 * masters_tables.c - the columns of every master file, in the file's order.
 *
 * Tables: sql/master/0001_tables.sql. Sources and licences: sql/masters/README.md.
 */
#include "masters.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct master_column prefecture_columns[] = {
	{ "jis_code", CELL_TEXT, false },
	{ "lg_code6", CELL_TEXT, false },
	{ "name_ja", CELL_TEXT, false },
	{ "name_kana", CELL_TEXT, false },
	{ "name_en", CELL_TEXT, false },
	{ "iso3166_2", CELL_TEXT, false },
	{ "source", CELL_TEXT, false },
};
static const yb_query prefecture_insert = {
	.name = "master_prefecture_insert",
	.sql = "INSERT INTO master_prefecture ("
	       "jis_code, lg_code6, name_ja, name_kana, name_en, iso3166_2, source)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?)",
	.nparams = 7,
	.tenant = YB_GLOBAL,
};
static const yb_query prefecture_empty = {
	.name = "master_prefecture_empty",
	.sql = "DELETE FROM master_prefecture",
	.tenant = YB_GLOBAL,
};

static const struct master_column municipality_columns[] = {
	{ "lg_code6", CELL_TEXT, false },
	{ "pref_code", CELL_TEXT, false },
	{ "pref_ja", CELL_TEXT, false },
	{ "name_ja", CELL_TEXT, false },
	{ "name_kana", CELL_TEXT, false },
	{ "type", CELL_TEXT, false },
	{ "is_vaccination_body", CELL_FLAG, false },
	{ "check_digit_ok", CELL_FLAG, false },
	{ "note", CELL_TEXT, true },
	{ "source", CELL_TEXT, false },
};
static const yb_query municipality_insert = {
	.name = "master_municipality_insert",
	.sql = "INSERT INTO master_municipality ("
	       "lg_code6, pref_code, pref_ja, name_ja, name_kana, type, is_vaccination_body, "
	       "check_digit_ok, note, source)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 10,
	.tenant = YB_GLOBAL,
};
static const yb_query municipality_empty = {
	.name = "master_municipality_empty",
	.sql = "DELETE FROM master_municipality",
	.tenant = YB_GLOBAL,
};

static const struct master_column bank_columns[] = {
	{ "bank_code", CELL_TEXT, false },
	{ "name_ja", CELL_TEXT, false },
	{ "name_kana", CELL_TEXT, false },
	{ "name_roma", CELL_TEXT, false },
	{ "branch_count", CELL_NUMBER, false },
	{ "source", CELL_TEXT, false },
};
static const yb_query bank_insert = {
	.name = "master_bank_insert",
	.sql = "INSERT INTO master_bank ("
	       "bank_code, name_ja, name_kana, name_roma, branch_count, source)"
	       " VALUES (?, ?, ?, ?, ?, ?)",
	.nparams = 6,
	.tenant = YB_GLOBAL,
};
static const yb_query bank_empty = {
	.name = "master_bank_empty",
	.sql = "DELETE FROM master_bank",
	.tenant = YB_GLOBAL,
};

static const struct master_column bank_branch_columns[] = {
	{ "bank_code", CELL_TEXT, false },
	{ "branch_code", CELL_TEXT, false },
	{ "branch_name_ja", CELL_TEXT, false },
	{ "branch_name_kana", CELL_TEXT, false },
};
static const yb_query bank_branch_insert = {
	.name = "master_bank_branch_insert",
	.sql = "INSERT INTO master_bank_branch ("
	       "bank_code, branch_code, branch_name_ja, branch_name_kana)"
	       " VALUES (?, ?, ?, ?)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};
static const yb_query bank_branch_empty = {
	.name = "master_bank_branch_empty",
	.sql = "DELETE FROM master_bank_branch",
	.tenant = YB_GLOBAL,
};

static const struct master_column vaccine_columns[] = {
	{ "code", CELL_TEXT, false },
	{ "code_status", CELL_TEXT, false },
	{ "name_ja", CELL_TEXT, false },
	{ "name_en", CELL_TEXT, false },
	{ "short_ja", CELL_TEXT, false },
	{ "disease_ja", CELL_TEXT, false },
	{ "route", CELL_TEXT, false },
	{ "route_ja", CELL_TEXT, false },
	{ "live_type", CELL_TEXT, false },
	{ "injectable_live", CELL_FLAG, false },
	{ "category", CELL_TEXT, false },
	{ "dose_ml", CELL_NUMBER, true },
	{ "brand_examples_ja", CELL_TEXT, true },
	{ "cvx_code", CELL_TEXT, false },
	{ "cvx_display", CELL_TEXT, false },
	{ "cvx_fit", CELL_TEXT, false },
	{ "routine_from", CELL_DAY, true },
	{ "routine_to", CELL_DAY, true },
	{ "source", CELL_TEXT, false },
	{ "note", CELL_TEXT, true },
};
static const yb_query vaccine_insert = {
	.name = "master_vaccine_insert",
	.sql = "INSERT INTO master_vaccine ("
	       "code, code_status, name_ja, name_en, short_ja, disease_ja, route, route_ja, "
	       "live_type, injectable_live, category, dose_ml, brand_examples_ja, cvx_code, "
	       "cvx_display, cvx_fit, routine_from, routine_to, source, note)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 20,
	.tenant = YB_GLOBAL,
};
static const yb_query vaccine_empty = {
	.name = "master_vaccine_empty",
	.sql = "DELETE FROM master_vaccine",
	.tenant = YB_GLOBAL,
};

static const struct master_column schedule_columns[] = {
	{ "vaccine_code", CELL_TEXT, false },
	{ "vaccine_ja", CELL_TEXT, false },
	{ "category", CELL_TEXT, false },
	{ "phase_ja", CELL_TEXT, true },
	{ "series_variant", CELL_TEXT, false },
	{ "dose_seq", CELL_NUMBER, false },
	{ "dose_label_ja", CELL_TEXT, false },
	{ "min_age", CELL_TEXT, false },
	{ "max_age", CELL_TEXT, true },
	{ "std_from", CELL_TEXT, true },
	{ "std_to", CELL_TEXT, true },
	{ "min_interval_days", CELL_NUMBER, true },
	{ "next_date_rule", CELL_TEXT, true },
	{ "std_interval_ja", CELL_TEXT, true },
	{ "interval_ref", CELL_TEXT, true },
	{ "sex", CELL_TEXT, true },
	{ "valid_from", CELL_DAY, true },
	{ "valid_to", CELL_DAY, true },
	{ "source", CELL_TEXT, false },
	{ "confidence", CELL_TEXT, false },
	{ "note", CELL_TEXT, true },
};
static const yb_query schedule_insert = {
	.name = "master_schedule_insert",
	.sql = "INSERT INTO master_schedule ("
	       "row_no, vaccine_code, vaccine_ja, category, phase_ja, series_variant, "
	       "dose_seq, dose_label_ja, min_age, max_age, std_from, std_to, "
	       "min_interval_days, next_date_rule, std_interval_ja, interval_ref, sex, "
	       "valid_from, valid_to, source, confidence, note)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	       " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 22,
	.tenant = YB_GLOBAL,
};
static const yb_query schedule_empty = {
	.name = "master_schedule_empty",
	.sql = "DELETE FROM master_schedule",
	.tenant = YB_GLOBAL,
};

static const struct master_column interval_rule_columns[] = {
	{ "rule_id", CELL_TEXT, false },
	{ "from_class", CELL_TEXT, false },
	{ "to_class", CELL_TEXT, false },
	{ "min_interval_days", CELL_NUMBER, true },
	{ "next_date_rule", CELL_TEXT, false },
	{ "from_date", CELL_DAY, true },
	{ "severity", CELL_TEXT, false },
	{ "source", CELL_TEXT, false },
	{ "note", CELL_TEXT, true },
};
static const yb_query interval_rule_insert = {
	.name = "master_interval_rule_insert",
	.sql = "INSERT INTO master_interval_rule ("
	       "rule_id, from_class, to_class, min_interval_days, next_date_rule, from_date, "
	       "severity, source, note)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 9,
	.tenant = YB_GLOBAL,
};
static const yb_query interval_rule_empty = {
	.name = "master_interval_rule_empty",
	.sql = "DELETE FROM master_interval_rule",
	.tenant = YB_GLOBAL,
};

static const struct master_column code_columns[] = {
	{ "list_id", CELL_TEXT, false },
	{ "list_name_ja", CELL_TEXT, false },
	{ "code", CELL_TEXT, false },
	{ "name_ja", CELL_TEXT, false },
	{ "name_en", CELL_TEXT, false },
	{ "source", CELL_TEXT, false },
};
static const yb_query code_insert = {
	.name = "master_code_insert",
	.sql = "INSERT INTO master_code ("
	       "list_id, list_name_ja, code, name_ja, name_en, source)"
	       " VALUES (?, ?, ?, ?, ?, ?)",
	.nparams = 6,
	.tenant = YB_GLOBAL,
};
static const yb_query code_empty = {
	.name = "master_code_empty",
	.sql = "DELETE FROM master_code",
	.tenant = YB_GLOBAL,
};

static const struct master_column questionnaire_item_columns[] = {
	{ "item_id", CELL_TEXT, false },
	{ "text_ja", CELL_TEXT, false },
	{ "text_en", CELL_TEXT, false },
	{ "type", CELL_TEXT, false },
	{ "choices_or_range", CELL_TEXT, true },
	{ "attention_answer", CELL_TEXT, true },
	{ "applies_to", CELL_TEXT, false },
	{ "source", CELL_TEXT, false },
};
static const yb_query questionnaire_item_insert = {
	.name = "master_questionnaire_item_insert",
	.sql = "INSERT INTO master_questionnaire_item ("
	       "item_id, text_ja, text_en, type, choices_or_range, attention_answer, "
	       "applies_to, source)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 8,
	.tenant = YB_GLOBAL,
};
static const yb_query questionnaire_item_empty = {
	.name = "master_questionnaire_item_empty",
	.sql = "DELETE FROM master_questionnaire_item",
	.tenant = YB_GLOBAL,
};

static const struct master_column mch_item_columns[] = {
	{ "check_type", CELL_TEXT, false },
	{ "item_id", CELL_TEXT, false },
	{ "name_ja", CELL_TEXT, false },
	{ "name_en", CELL_TEXT, false },
	{ "type", CELL_TEXT, false },
	{ "constraint", CELL_TEXT, true },
	{ "unit_or_flag", CELL_TEXT, true },
	{ "source", CELL_TEXT, false },
};
static const yb_query mch_item_insert = {
	.name = "master_mch_item_insert",
	.sql = "INSERT INTO master_mch_item ("
	       "check_type, item_id, name_ja, name_en, type, item_constraint, unit_or_flag, "
	       "source)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 8,
	.tenant = YB_GLOBAL,
};
static const yb_query mch_item_empty = {
	.name = "master_mch_item_empty",
	.sql = "DELETE FROM master_mch_item",
	.tenant = YB_GLOBAL,
};

static const struct master_column age_token_columns[] = {
	{ "token", CELL_TEXT, false },
	{ "meaning_ja", CELL_TEXT, false },
	{ "date_formula", CELL_TEXT, false },
	{ "inclusive", CELL_FLAG, false },
	{ "example_birth", CELL_TEXT, true },
	{ "example_date", CELL_DAY, true },
	{ "source", CELL_TEXT, false },
};
static const yb_query age_token_insert = {
	.name = "master_age_token_insert",
	.sql = "INSERT INTO master_age_token ("
	       "row_no, token, meaning_ja, date_formula, inclusive, example_birth, "
	       "example_date, source)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 8,
	.tenant = YB_GLOBAL,
};
static const yb_query age_token_empty = {
	.name = "master_age_token_empty",
	.sql = "DELETE FROM master_age_token",
	.tenant = YB_GLOBAL,
};

static const struct master_column identifier_format_columns[] = {
	{ "id_name_ja", CELL_TEXT, false },
	{ "id_name_en", CELL_TEXT, false },
	{ "length", CELL_TEXT, false },
	{ "charset", CELL_TEXT, false },
	{ "check_digit", CELL_TEXT, false },
	{ "structure", CELL_TEXT, true },
	{ "source", CELL_TEXT, false },
};
static const yb_query identifier_format_insert = {
	.name = "master_identifier_format_insert",
	.sql = "INSERT INTO master_identifier_format ("
	       "id_name_ja, id_name_en, length, charset, check_digit, structure, source)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?)",
	.nparams = 7,
	.tenant = YB_GLOBAL,
};
static const yb_query identifier_format_empty = {
	.name = "master_identifier_format_empty",
	.sql = "DELETE FROM master_identifier_format",
	.tenant = YB_GLOBAL,
};

static const struct master_column check_digit_vector_columns[] = {
	{ "scheme", CELL_TEXT, false },
	{ "value", CELL_TEXT, false },
	{ "valid", CELL_FLAG, false },
	{ "kind", CELL_TEXT, false },
	{ "explanation", CELL_TEXT, false },
};
static const yb_query check_digit_vector_insert = {
	.name = "master_check_digit_vector_insert",
	.sql = "INSERT INTO master_check_digit_vector ("
	       "scheme, value, valid, kind, explanation)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};
static const yb_query check_digit_vector_empty = {
	.name = "master_check_digit_vector_empty",
	.sql = "DELETE FROM master_check_digit_vector",
	.tenant = YB_GLOBAL,
};

static const struct master_column kana_columns[] = {
	{ "class", CELL_TEXT, false },
	{ "char", CELL_TEXT, false },
	{ "codepoint", CELL_TEXT, true },
	{ "allowed", CELL_TEXT, false },
	{ "note", CELL_TEXT, true },
};
static const yb_query kana_insert = {
	.name = "master_kana_insert",
	.sql = "INSERT INTO master_kana ("
	       "kana_class, kana_char, codepoint, allowed, note)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};
static const yb_query kana_empty = {
	.name = "master_kana_empty",
	.sql = "DELETE FROM master_kana",
	.tenant = YB_GLOBAL,
};

static const struct master_column flow_columns[] = {
	{ "flow_id", CELL_TEXT, false },
	{ "title_ja", CELL_TEXT, false },
	{ "title_en", CELL_TEXT, false },
	{ "actors_ja", CELL_TEXT, false },
	{ "summary_ja", CELL_TEXT, false },
	{ "sheets", CELL_NUMBER, false },
	{ "source", CELL_TEXT, false },
};
static const yb_query flow_insert = {
	.name = "master_flow_insert",
	.sql = "INSERT INTO master_flow ("
	       "flow_id, title_ja, title_en, actors_ja, summary_ja, sheets, source)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?)",
	.nparams = 7,
	.tenant = YB_GLOBAL,
};
static const yb_query flow_empty = {
	.name = "master_flow_empty",
	.sql = "DELETE FROM master_flow",
	.tenant = YB_GLOBAL,
};
const struct master masters[] = {
	{ .table = "master_prefecture",
	    .file = "prefectures.csv",
	    .source = "code4fukui/localgovjp prefjp-utf8.csv",
	    .licence = "CC0",
	    .columns = prefecture_columns,
	    .n = COUNT(prefecture_columns),
	    .numbered = false,
	    .insert = &prefecture_insert,
	    .empty = &prefecture_empty },
	{ .table = "master_municipality",
	    .file = "municipalities.csv",
	    .source = "code4fukui/localgovjp localgovjp-utf8.csv (origin: 国土地理院, J-LIS)",
	    .licence = "CC0",
	    .columns = municipality_columns,
	    .n = COUNT(municipality_columns),
	    .numbered = false,
	    .insert = &municipality_insert,
	    .empty = &municipality_empty },
	{ .table = "master_bank",
	    .file = "banks.csv",
	    .source = "zengin-code/source-data data/banks.json, commit d6452166",
	    .licence = "MIT",
	    .columns = bank_columns,
	    .n = COUNT(bank_columns),
	    .numbered = false,
	    .insert = &bank_insert,
	    .empty = &bank_empty },
	{ .table = "master_bank_branch",
	    .file = "bank_branches.csv",
	    .source = "zengin-code/source-data data/branches/*.json, commit d6452166",
	    .licence = "MIT",
	    .columns = bank_branch_columns,
	    .n = COUNT(bank_branch_columns),
	    .numbered = false,
	    .insert = &bank_branch_insert,
	    .empty = &bank_branch_empty },
	{ .table = "master_vaccine",
	    .file = "vaccines.csv",
	    .source = "column source",
	    .licence = "facts of law and practice; CVX: US CDC, public domain",
	    .columns = vaccine_columns,
	    .n = COUNT(vaccine_columns),
	    .numbered = false,
	    .insert = &vaccine_insert,
	    .empty = &vaccine_empty },
	{ .table = "master_schedule",
	    .file = "schedule.csv",
	    .source = "column source",
	    .licence = "facts of law",
	    .columns = schedule_columns,
	    .n = COUNT(schedule_columns),
	    .numbered = true,
	    .insert = &schedule_insert,
	    .empty = &schedule_empty },
	{ .table = "master_interval_rule",
	    .file = "interval_rules.csv",
	    .source = "column source",
	    .licence = "facts of law",
	    .columns = interval_rule_columns,
	    .n = COUNT(interval_rule_columns),
	    .numbered = false,
	    .insert = &interval_rule_insert,
	    .empty = &interval_rule_empty },
	{ .table = "master_code",
	    .file = "code_lists.csv",
	    .source = "column source",
	    .licence = "own work and facts",
	    .columns = code_columns,
	    .n = COUNT(code_columns),
	    .numbered = false,
	    .insert = &code_insert,
	    .empty = &code_empty },
	{ .table = "master_questionnaire_item",
	    .file = "questionnaire_items.csv",
	    .source = "column source",
	    .licence = "official forms",
	    .columns = questionnaire_item_columns,
	    .n = COUNT(questionnaire_item_columns),
	    .numbered = false,
	    .insert = &questionnaire_item_insert,
	    .empty = &questionnaire_item_empty },
	{ .table = "master_mch_item",
	    .file = "mch_items.csv",
	    .source = "column source",
	    .licence = "official forms",
	    .columns = mch_item_columns,
	    .n = COUNT(mch_item_columns),
	    .numbered = false,
	    .insert = &mch_item_insert,
	    .empty = &mch_item_empty },
	{ .table = "master_age_token",
	    .file = "age_tokens.csv",
	    .source = "column source",
	    .licence = "facts of law",
	    .columns = age_token_columns,
	    .n = COUNT(age_token_columns),
	    .numbered = true,
	    .insert = &age_token_insert,
	    .empty = &age_token_empty },
	{ .table = "master_identifier_format",
	    .file = "identifier_formats.csv",
	    .source = "column source",
	    .licence = "facts",
	    .columns = identifier_format_columns,
	    .n = COUNT(identifier_format_columns),
	    .numbered = false,
	    .insert = &identifier_format_insert,
	    .empty = &identifier_format_empty },
	{ .table = "master_check_digit_vector",
	    .file = "check_digit_vectors.csv",
	    .source = "column explanation",
	    .licence = "facts",
	    .columns = check_digit_vector_columns,
	    .n = COUNT(check_digit_vector_columns),
	    .numbered = false,
	    .insert = &check_digit_vector_insert,
	    .empty = &check_digit_vector_empty },
	{ .table = "master_kana",
	    .file = "zengin_kana_charset.csv",
	    .source = "全銀協 総合振込 record format, MUFG FAQ",
	    .licence = "facts",
	    .columns = kana_columns,
	    .n = COUNT(kana_columns),
	    .numbered = false,
	    .insert = &kana_insert,
	    .empty = &kana_empty },
	{ .table = "master_flow",
	    .file = "flows.csv",
	    .source = "業務フロー H-1 to H-12",
	    .licence = "own work",
	    .columns = flow_columns,
	    .n = COUNT(flow_columns),
	    .numbered = false,
	    .insert = &flow_insert,
	    .empty = &flow_empty },
};
const size_t masters_count = COUNT(masters);
