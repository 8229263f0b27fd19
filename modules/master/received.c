/*
 * received.c - what a received master does to what others read (H-8-7 step 7): institutions
 * become organisations, contracts become the table of VR-20; and what ends with an institution.
 *
 * Statements of a whole change, so that one transaction does all of it in bounded memory.
 * Accounts and tokens follow core_org by clocks of their own areas.
 */
#include "exchange.h"

#define NOW_US "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"
#define CELL(name) "JSON_VALUE(n.cells, '$." name "')"

const yb_query q_received_orgs = {
	.name = "master_received_orgs",
	.sql = "INSERT INTO core_org (org_code, org_type, name, name_kana, pref_code, parent_org_id,"
	       " valid_from, valid_to, onboarding, created_us, updated_us)"
	       " SELECT k.key_text, 'HMI', " CELL("name") ", " CELL("name_kana") ","
	       "  " CELL("pref_code") ", (SELECT MIN(p.org_id) FROM core_org AS p"
	       "   WHERE p.org_type = 'NHIF' AND p.pref_code = " CELL("pref_code") "),"
	       "  " CELL("designated_from") ", " CELL("designated_to") ", '未申請',"
	       "  " NOW_US ", " NOW_US
	       "  FROM master_version AS n JOIN master_key AS k ON k.key_id = n.key_id"
	       " WHERE n.change_id = ? AND n.op IN ('NEW', 'REVISE')"
	       " ON DUPLICATE KEY UPDATE name = VALUES(name), name_kana = VALUES(name_kana),"
	       "  pref_code = VALUES(pref_code), valid_to = VALUES(valid_to),"
	       "  valid_from = LEAST(core_org.valid_from, VALUES(valid_from)),"
	       "  row_ver = core_org.row_ver + 1,"
	       "  updated_us = VALUES(updated_us)",
	.nparams = 1,
	.tenant = YB_CROSS,
};

/*
 * The day before the first on which it is not in the list any more. By its code: with all the
 * institutions for each of thousands that end, it would take half a minute.
 */
const yb_query q_received_orgs_ended = {
	.name = "master_received_orgs_ended",
	.sql = "UPDATE master_version AS n STRAIGHT_JOIN master_key AS k ON k.key_id = n.key_id"
	       " STRAIGHT_JOIN core_org AS o FORCE INDEX (org_code) ON o.org_code = k.key_text"
	       " SET o.valid_to = GREATEST(o.valid_from, n.valid_from - INTERVAL 1 DAY),"
	       "  o.row_ver = o.row_ver + 1, o.updated_us = " NOW_US
	       " WHERE n.change_id = ? AND n.op = 'END' AND o.org_type = 'HMI'"
	       "  AND (o.valid_to IS NULL OR o.valid_to >= n.valid_from)",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query *const received_institutions[] = { &q_received_orgs, &q_received_orgs_ended, NULL };

const yb_query q_received_contracts = {
	.name = "master_received_contracts",
	.sql = "INSERT INTO master_contract (key_id, contract_no, muni_code, org_code, vaccine_code,"
	       " contract_from, contract_to) SELECT n.key_id, " CELL("contract_no") ","
	       "  " CELL("muni_code") ", " CELL("org_code") ", " CELL("vaccine_code") ","
	       "  " CELL("contract_from") ", " CELL("contract_to")
	       "  FROM master_version AS n WHERE n.change_id = ? AND n.op IN ('NEW', 'REVISE')"
	       " ON DUPLICATE KEY UPDATE contract_from = VALUES(contract_from),"
	       "  contract_to = VALUES(contract_to)",
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* A contract that has ended held until then: vaccinations of those days are asked later too. */
const yb_query q_received_contracts_ended = {
	.name = "master_received_contracts_ended",
	.sql = "UPDATE master_version AS n STRAIGHT_JOIN master_contract AS c"
	       "  ON c.key_id = n.key_id SET c.contract_to = n.valid_from - INTERVAL 1 DAY"
	       " WHERE n.change_id = ? AND n.op = 'END' AND (c.contract_to IS NULL OR c.contract_to >= n.valid_from)",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query *const received_contracts[] = { &q_received_contracts, &q_received_contracts_ended,
	NULL };

/* ---- what ends with an institution ---- */

/* Its day counts as closed from the day after; a change that still waits goes with the version. */
#define OF_CLOSED                                                                              \
	" FROM core_org AS o FORCE INDEX (valid_to) STRAIGHT_JOIN master_key AS k"             \
	" FORCE INDEX (master_key_of) ON k.owner_id = o.org_id"                                \
	"  AND k.master REGEXP IF(o.org_type = 'MUNI', '^M0', '^M2')"                          \
	" STRAIGHT_JOIN master_version AS v FORCE INDEX (master_version_no)"                   \
	"  ON v.key_id = k.key_id AND v.op IN ('NEW', 'REVISE')"                               \
	"  AND v.status IN ('PENDING', 'APPROVED', 'EFFECTIVE')"                               \
	"  AND (v.valid_to IS NULL OR v.valid_to > o.valid_to)"                                \
	" WHERE o.org_type IN ('HMI', 'NMI', 'MUNI') AND o.valid_to < ?"

const yb_query q_closed_books = {
	.name = "master_closed_books",
	.sql = "UPDATE (SELECT DISTINCT k.master, k.owner_id" OF_CLOSED ") AS x"
	       " STRAIGHT_JOIN master_book AS b ON b.master = x.master AND b.owner_id = x.owner_id"
	       " SET b.rev = b.rev + 1, b.changed_us = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_closed_versions = {
	.name = "master_closed_versions",
	.sql = "UPDATE (SELECT v.version_id, o.valid_to" OF_CLOSED ") AS x"
	       " STRAIGHT_JOIN master_version AS u ON u.version_id = x.version_id"
	       " SET u.status = IF(u.status = 'EFFECTIVE', 'EXPIRED', 'WITHDRAWN'),"
	       "  u.pending = NULL, u.valid_to = x.valid_to",
	.nparams = 1,
	.tenant = YB_CROSS,
};

int
closed_run(yb_req *r)
{
	int64_t rows = 0;

	if (exec(r, &q_closed_books, YB_ARGS(yb_day(yb_today(r)), yb_at(yb_now(r)))) < 0 ||
	    yb_db_exec(r, &q_closed_versions, YB_ARGS(yb_day(yb_today(r))), &rows) != 0)
		return -1;
	if (rows > 0) {
		yb_run_count(r, "closed", rows);
		yb_audit_action(r, YB_ACT_CONFIG);
		yb_audit_target(r, "master:M21", YB_STR("closed institutions"));
	}
	return 0;
}
