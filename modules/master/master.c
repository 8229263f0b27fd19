/*
 * master.c - masters: registration, update, approval, reference (vaccination brief 13, H-8-1 to
 * H-8-6, H-8-9). One engine for all of them; what differs is said in tables_*.c. This file has
 * the table of routes.
 */
#include "master.h"

static const yb_option options[] = {
	{ "cool_off_days", "14", 0, 365, "days", "H-8-3",
	    "Between the day a rule of the country is handed in and the day it counts, at least." },
	{ "rollback_hours", "24", 1, 168, "hours", "H-8-6",
	    "How long NHIC can take back what has come to count." },
	{ "export_rows", "10000", 100, 1000000, "rows", "H-8-9",
	    "Rows of a CSV file for those who do not edit the master." },
	{ 0 },
};

/* Seals of cities are images: a draft may be larger than other bodies. */
#define DRAFT_BYTES (1024 * 1024)

static const yb_route routes[] = {
	{ YB_GET, "/master/masters", tables_list, "listMasters",
	    "The masters and their columns, and what the caller may do with each.",
	    .who = YB_STAFF | YB_CLIENT, .scope = "master:read", .roles = YB_SEE(H_8_9),
	    .reach = YB_REACH_NOBODY,
	    .effect = YB_READS, .action = YB_ACT_NONE, .function = "H-8-9",
	    .reply = tables_out },
	{ YB_GET, "/master/masters/{master}/rows", rows_list, "listMasterRows",
	    "Rows of a master as they count on a day, in the order of their keys.",
	    .who = YB_STAFF, .roles = YB_SEE(H_8_9), .reach = YB_REACH_CROSS,
	    .effect = YB_READS, .action = YB_ACT_LIST, .function = "H-8-9",
	    .query = rows_query, .query_size = sizeof(struct rows_query), .reply = rows_out },
	{ YB_GET, "/master/masters/{master}/rows/{key}", row_get, "getMasterRow",
	    "One row with its versions, newest first.",
	    .who = YB_STAFF, .roles = YB_SEE(H_8_9), .reach = YB_REACH_CROSS,
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-8-9",
	    .reply = rows_out },
	{ YB_GET, "/master/values/{master}", rows_list, "getMaster",
	    "The same rows for programs.",
	    .who = YB_CLIENT, .scope = "master:read", .reach = YB_REACH_CROSS,
	    .effect = YB_READS, .action = YB_ACT_LIST, .function = "H-8-9",
	    .query = rows_query, .query_size = sizeof(struct rows_query), .reply = rows_out },
	{ YB_POST, "/master/masters/{master}/changes", change_create, "createMasterChange",
	    "A draft of new, revised, ended or deleted rows of one master.",
	    .who = YB_STAFF, .roles = YB_DO(H_8), .reach = YB_REACH_CROSS,
	    .effect = YB_WRITES, .action = YB_ACT_CREATE, .function = "H-8-1",
	    .body = change_in, .body_size = sizeof(struct change_in), .body_limit = DRAFT_BYTES,
	    .reply = change_out, .status = 201 },
	{ YB_GET, "/master/changes", change_list, "listMasterChanges",
	    "Changes of the own organisation and those that wait for its word, newest first.",
	    .who = YB_STAFF, .roles = YB_SEE(H_8), .reach = YB_REACH_CROSS,
	    .effect = YB_READS, .action = YB_ACT_LIST, .function = "H-8-1",
	    .query = change_query, .query_size = sizeof(struct change_query),
	    .reply = change_page_out },
	{ YB_GET, "/master/changes/{change_id}", change_get, "getMasterChange",
	    "One change with the difference it makes, row by row, old and new.",
	    .who = YB_STAFF, .roles = YB_SEE(H_8), .reach = YB_REACH_CROSS,
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-8-1",
	    .query = change_query, .query_size = sizeof(struct change_query),
	    .reply = change_out },
	{ YB_GET, "/master/changes/{change_id}/impact", change_impact, "getMasterImpact",
	    "Rows of other masters that name a row of this change, counted.",
	    .who = YB_STAFF, .roles = YB_SEE(H_8), .reach = YB_REACH_CROSS,
	    .effect = YB_READS, .action = YB_ACT_VIEW, .function = "H-8-2",
	    .reply = impact_out },
	{ YB_PUT, "/master/changes/{change_id}", change_replace, "replaceMasterChange",
	    "Writes a draft anew.",
	    .who = YB_STAFF, .roles = YB_DO(H_8), .reach = YB_REACH_CROSS, .flags = YB_IF_MATCH,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-8-1",
	    .body = change_in, .body_size = sizeof(struct change_in), .body_limit = DRAFT_BYTES,
	    .reply = change_out },
	{ YB_DELETE, "/master/changes/{change_id}", change_drop, "dropMasterChange",
	    "Throws a draft away.",
	    .who = YB_STAFF, .roles = YB_DO(H_8), .reach = YB_REACH_CROSS, .flags = YB_IF_MATCH,
	    .effect = YB_WRITES, .action = YB_ACT_DELETE, .function = "H-8-1", .status = 204 },
	{ YB_POST, "/master/changes/{change_id}/submit", change_submit, "submitMasterChange",
	    "Hands a draft in; without approvers it counts, today or on its day.",
	    .who = YB_STAFF, .roles = YB_DO(H_8), .reach = YB_REACH_CROSS, .flags = YB_IF_MATCH,
	    .effect = YB_WRITES, .action = YB_ACT_UPDATE, .function = "H-8-1",
	    .reply = change_out },
	{ YB_POST, "/master/changes/{change_id}/approve", change_approve, "approveMasterChange",
	    "Approves what was handed in, by the hash of the difference that was looked at.",
	    .who = YB_STAFF, .roles = YB_DO(H_8_APPROVE), .reach = YB_REACH_CROSS,
	    .effect = YB_WRITES, .action = YB_ACT_APPROVE, .function = "H-8-1",
	    .body = approve_in, .body_size = sizeof(struct approve_in), .reply = change_out },
	{ YB_POST, "/master/changes/{change_id}/reject", change_reject, "rejectMasterChange",
	    "Gives a change back, with the reason.",
	    .who = YB_STAFF, .roles = YB_DO(H_8_APPROVE), .reach = YB_REACH_CROSS,
	    .effect = YB_WRITES, .action = YB_ACT_REJECT, .function = "H-8-1",
	    .body = reason_in, .body_size = sizeof(struct reason_in), .reply = change_out },
	{ YB_POST, "/master/changes/{change_id}/withdraw", change_withdraw, "withdrawMasterChange",
	    "Takes a change back that does not count yet.",
	    .who = YB_STAFF, .roles = YB_DO(H_8), .reach = YB_REACH_CROSS,
	    .effect = YB_WRITES, .action = YB_ACT_CANCEL, .function = "H-8-1",
	    .body = reason_in, .body_size = sizeof(struct reason_in), .reply = change_out },
	{ YB_POST, "/master/changes/{change_id}/rollback", change_rollback, "rollBackMasterChange",
	    "Back to the former versions, within a day.",
	    .who = YB_STAFF, .roles = YB_DO(H_8_APPROVE), .reach = YB_REACH_CROSS, .step_up = true,
	    .effect = YB_WRITES, .action = YB_ACT_CONFIG, .function = "H-8-6",
	    .body = reason_in, .body_size = sizeof(struct reason_in), .reply = change_out },
	{ 0 },
};

static const yb_query *const queries[] = { &q_item, &q_current, &q_current_count, &q_book_lock,
	&q_book_insert, &q_book_moved, &q_change, &q_change_lock, &q_change_insert, &q_change_head,
	&q_change_set, &q_change_recount, &q_change_delete, &q_versions_delete, &q_versions_set,
	&q_key_insert, &q_key_used, &q_version_insert, &q_take_base, &q_conflicts, &q_in_use,
	&q_diff_lines, &q_column_moves, &q_column_yes, &q_places, &q_approval_insert, &q_approvals,
	&q_restore_base, &q_built_on, &q_close_base, &q_delete_keys, &q_expire_base, &q_expire_own,
	&q_follow, &q_due, &q_over, &q_source, &q_source_done, &q_unfinished, &q_changes,
	&q_diff, &q_approvers,
	&q_references, &q_rev, &q_rows, &q_history, &q_window, &q_contract, &q_import_ended,
	&q_import_numbered,
	&q_import_key, &q_import_done, &q_export, &q_doctors, &q_dose_refs, &q_calendar, &q_holiday,
	&q_municipality_shipped, &q_municipality_put, &q_municipality_drop, &q_prefecture_shipped,
	&q_prefecture_put, &q_prefecture_drop, &q_bank_shipped, &q_bank_put, &q_bank_drop,
	&q_branch_shipped, &q_branch_put, &q_branch_drop, &q_vaccine_shipped, &q_vaccine_put,
	&q_vaccine_drop, &q_schedule_shipped, &q_schedule_put, &q_schedule_drop,
	&q_interval_shipped, &q_interval_put, &q_interval_drop, &q_code_shipped, &q_code_put,
	&q_code_drop, &q_lot_put, &q_lot_drop, &q_org_put, &q_org_drop, &q_muni_org_put, NULL };

/*
 * Days begin in Japan at midnight, whoever is awake: what counts follows from them. The minute
 * is for statuses, for the tables others read, and for files that `yoboctl migrate` has loaded.
 */
static const yb_timer timers[] = {
	{ "effective", NULL, 60, effective_run, "H-8-1", YB_ACT_NONE,
	    "Versions whose day has come take over, those whose last day has passed end; shipped "
	    "rows become versions." },
	{ 0 },
};

static const yb_job_kind *const jobs[] = { &master_rows_job, &master_export_job, NULL };

extern const yb_module yb_module_master;

const yb_module yb_module_master = {
	.abi = YB_ABI,
	.size = sizeof(yb_module),
	.name = "master",
	.version = "0.1.0",
	.schema = 2,
	.options = options,
	.routes = routes,
	.queries = queries,
	.timers = timers,
	.jobs = jobs,
};
