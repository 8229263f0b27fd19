/*
 * job_sql.h - the columns of core_job, once for everybody who reads them.
 */
#ifndef YBH_JOB_SQL_H
#define YBH_JOB_SQL_H

#include "job_parts.h"

/* clang-format off */
#define JOB_COLUMNS_SQL							\
	"job_id, job_no, org_id, kind, state, actor_id, actor, commit_actor_id, commit_actor,"	\
	" commit_us, english, filename, params, bytes, received, lines_seen, in_quotes,"	\
	" said_sha256, sha256, facts, same_as, encoding, preview, partial, overridden,"		\
	" override_reason, hold,"							\
	" problem, problem_line, problem_column, problem_wanted, problem_found, rows_total,"	\
	" rows_done, bytes_done, added, changed, same, ended, unsaid, bad, error_bytes,"	\
	" result_bytes, claim, lease_us, attempts, row_ver, created_us, stage_us, finished_us,"	\
	" expires_us, release_needed, made_open, released_by, released_us"
/* clang-format on */

/* One clock for all nodes: the database's. */
#define JOB_NOW_SQL "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"
#define JOB_LEASE_SQL JOB_NOW_SQL " + 30000000"

extern const yb_field job_record[]; /* these columns as a struct job_row */

struct job_fault_row { /* core_job_fault */
	int64_t job_id;
	struct job_fault fault;
};

#endif
